/* status.c - the two rows that say what there is: the open devices, and how the current one does.
 */
#include "console/console_private.h"

#include "base/number.h"
#include <time.h>

enum { STATUS_MIN = 20 };

/* ---- the bar ---- */

/* " 1 pump1  2 scope*  3 plc": the star says that something came. */
static void add_device(struct console *c, const struct shell_device *d, struct styled *row)
{
	enum style style = d->current ? STYLE_CURRENT : STYLE_BAR;
	styled_addf(row, style, " %u ", d->number);
	full_add_safe(c, row, style, session_name(d->session));
	styled_addf(row, style, "%s", d->unseen ? "* " : " ");
}

/* The devices from `first` on, up to the current one, or all behind it too. */
static void add_devices(struct console *c, size_t first, bool all, struct styled *row)
{
	struct shell_device d;
	bool seen = false;
	styled_add(row, STYLE_BAR, first ? SLICE("<") : SLICE(""));
	for (size_t i = first; (all || !seen) && shell_device(c->shell, i, &d); i++) {
		add_device(c, &d, row);
		seen = d.current;
	}
}

/* Where there is no room for all, the first ones go, so that the current one is in sight. */
void status_paint_bar(struct console *c)
{
	struct styled row;
	struct shell_device d;
	size_t width = terminal_columns(c->terminal), first = 0;
	styled_init(&row);
	for (add_devices(c, 0, false, &row);
		row.cells > width && shell_device(c->shell, first, &d) && !d.current;) {
		styled_clear(&row);
		add_devices(c, ++first, false, &row);
	}
	styled_clear(&row);
	add_devices(c, first, true, &row);
	if (!row.cells)
		styled_add(&row, STYLE_BAR, SLICE(" wilco"));
	static const char hint[] = "F1 help  Ctrl-O browse ";
	if (row.cells + sizeof hint < width) {
		styled_pad(&row, STYLE_BAR, width - sizeof hint + 1);
		styled_addf(&row, STYLE_BAR, "%s", hint);
	}
	styled_pad(&row, STYLE_BAR, width);
	styled_cut(&row, width);
	screen_row(c->screen, 0, &row, false);
	styled_free(&row);
}

/* ---- the status ---- */

static const char *state_name(const struct session *s)
{
	static const char *const names[] = {[SESSION_CLOSED] = "closed",
		[SESSION_CONNECTING] = "connecting",
		[SESSION_OPEN] = "open",
		[SESSION_RETRYING] = "down"};
	enum session_state state = session_state(s);
	bool called = state == SESSION_CONNECTING && address_listens(session_address(s));
	return called ? "waits for its call" : names[state];
}

/* The time of day, so many ns from now. */
static void add_time(struct styled *row, enum style style, int64_t ns)
{
	struct tm tm;
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now); /* time() lags, and the second would come and go */
	time_t then = now.tv_sec + (time_t)((now.tv_nsec + ns) / NS_PER_S);
	localtime_r(&then, &tm);
	styled_addf(row, style, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* With how long it takes; a device that is down is tried again at a time that stands still, so that
 * nothing has to be painted meanwhile. */
static void add_state(struct console *c, const struct session *s, struct styled *row)
{
	enum session_state state = session_state(s);
	enum style style =
		state == SESSION_OPEN || state == SESSION_CLOSED ? STYLE_DIM : STYLE_EVENT;
	int64_t now = loop_now_fresh(c->loop), seconds = (now - session_since(s)) / NS_PER_S;
	int64_t left = session_retry_at(s) - now;
	styled_addf(row, style, " %s", state_name(s));
	if (state == SESSION_CONNECTING && seconds > 0 && !address_listens(session_address(s)))
		styled_addf(row, style, " %d s", (int)seconds);
	if (state == SESSION_RETRYING && left > NS_PER_S) {
		styled_add(row, style, SLICE(", again "));
		add_time(row, style, left);
	}
	styled_add(row, style, SLICE("  "));
}

/* In minutes: nothing has to be painted more often. */
static void add_up_time(struct styled *row, int64_t ns)
{
	int minutes = (int)(ns / (60 * (int64_t)NS_PER_S));
	if (minutes < 60)
		styled_addf(row, STYLE_DIM, "  up %d min", minutes);
	else
		styled_addf(row, STYLE_DIM, "  up %d h %02d", minutes / 60, minutes % 60);
}

static void add_session(struct console *c, const struct session *s, struct styled *row)
{
	char time[DURATION_TEXT_MAX];
	struct bytes place;
	enum session_state state = session_state(s);
	int64_t since = session_opened_at(s), rtt = session_rtt(s);
	bytes_init(&place, LIMIT_MESSAGE);
	address_place(session_address(s), &place);
	/* First what changes: the rest is cut where there is no room. */
	add_state(c, s, row);
	if (!full_is_narrow(c)) {
		full_add_safe(c, row, STYLE_DIM, bytes_str(&place));
		styled_add(row, STYLE_DIM, SLICE("  "));
	}
	full_add_safe(c, row, STYLE_DIM, frame_name(session_frame(s)));
	if (since && state == SESSION_OPEN && !full_is_narrow(c))
		add_up_time(row, loop_now_fresh(c->loop) - since);
	if (rtt >= 0)
		styled_addf(row, STYLE_DIM, "  %s", duration_text(rtt, time));
	bytes_free(&place);
}

static void add_activity(struct console *c, struct styled *row)
{
	size_t lines = shell_queued(c->shell);
	int64_t waits = shell_waits_until(c->shell) - loop_now_fresh(c->loop);
	struct bytes progress;
	bytes_init(&progress, LIMIT_MESSAGE);
	if (c->message.len)
		styled_add(row, STYLE_CURRENT, bytes_slice(&c->message));
	else if (shell_progress(c->shell, &progress))
		full_add_safe(c, row, STYLE_EVENT, bytes_str(&progress));
	else if (waits > 0)
		styled_addf(row, STYLE_EVENT, ".wait: %d s more: Ctrl-C ends it",
			(int)((waits + NS_PER_S - 1) / NS_PER_S));
	else if (lines)
		styled_addf(row, STYLE_EVENT, "%zu line%s wait%s: Ctrl-C forgets them", lines,
			lines == 1 ? "" : "s", lines == 1 ? "s" : "");
	else if (console_browses(c))
		styled_add(row, STYLE_CURRENT, SLICE("browsing: h lists the keys, q leaves"));
	bytes_free(&progress);
}

static void end_status(const struct console *c, struct styled *right)
{
	styled_addf(right, STYLE_DIM, " %s", view_name(NULL, c->pane.look.view));
	if (c->pane.filter != FILTER_NONE)
		styled_addf(right, STYLE_EVENT, "  only %s", filter_name(NULL, c->pane.filter));
	uint64_t more = pane_unfollowed(&c->pane);
	if (!c->pane.follow || !full_is_narrow(c))
		styled_addf(right, STYLE_DIM, "  %s", c->pane.follow ? "follow" : "held");
	if (more)
		styled_addf(right, STYLE_EVENT, " +%llu", (unsigned long long)more);
	styled_add(right, STYLE_DIM, SLICE(" "));
}

void status_paint(struct console *c)
{
	struct styled row, right, middle;
	struct shell_device d;
	size_t width = terminal_columns(c->terminal);
	styled_init(&row);
	styled_init(&right);
	styled_init(&middle);
	for (size_t i = 0; shell_device(c->shell, i, &d); i++)
		if (d.current)
			add_session(c, d.session, &row);
	end_status(c, &right);
	add_activity(c, &middle);
	if (right.cells + STATUS_MIN > width)
		styled_clear(&right);
	size_t room = width - right.cells;
	/* What was just said is more important than what is there all the time. */
	if (middle.cells) {
		styled_cut(&middle, room > 2 ? room - 2 : room);
		styled_cut(&row, room > middle.cells + 4 ? room - middle.cells - 4 : 0);
		styled_add(&row, STYLE_DIM, SLICE("  "));
		styled_add(&row, middle.runs[0].style, bytes_slice(&middle.text));
	}
	styled_cut(&row, room);
	styled_add(&row, STYLE_DIM, row.cells < room ? SLICE(" ") : SLICE(""));
	for (size_t before = 0; row.cells < room && row.cells != before;) {
		before = row.cells; /* a row has its own limit */
		styled_add(&row, STYLE_DIM, c->ui.utf8 ? SLICE("\u2500") : SLICE("-"));
	}
	styled_add(&row, STYLE_DIM, bytes_slice(&right.text));
	if (full_below(c) > c->input_rows)
		screen_row(c->screen, full_height(c) - full_below(c), &row, false);
	styled_free(&row);
	styled_free(&right);
	styled_free(&middle);
}
