/* status.c - draws the open devices, and the state of the current one. */
#include "base/mem.h"
#include "console/console_private.h"

#include "base/number.h"
#include <time.h>

enum { STATUS_MIN = 20 };

/* ---- the bar ---- */

/* Adds " 1 pump1  2 scope*  3 plc"; the star says that something came. */
static void add_device(struct console *c, const struct shell_device *d, struct styled *row)
{
	enum style style = d->current ? STYLE_CURRENT : STYLE_BAR;
	styled_addf(row, style, " %zu ", d->number);
	full_add_safe(c, row, style, session_name(d->session));
	styled_add(row, style, d->unseen ? SLICE("* ") : SLICE(" "));
}

/* Returns the first device of the bar.  Where there is no room for all, as many as fit stand before
 * the current one, which is in sight. */
static size_t first_in_bar(struct console *c, size_t width)
{
	struct shell_device d;
	MEM_UNSET struct styled row;
	size_t first = shell_current_index(c->shell), cells = 0;
	if (!shell_device(c->shell, first, &d))
		return 0;
	styled_init(&row);
	for (size_t i = first + 1; i-- > 0 && shell_device(c->shell, i, &d);) {
		styled_clear(&row);
		add_device(c, &d, &row);
		cells += row.cells;
		if (cells + (i > 0) > width)
			break;
		first = i;
	}
	styled_free(&row);
	return first;
}

/* Adds what a shell says of itself that only listens; false: it talks to devices. */
static bool add_role(struct console *c, enum style style,
	bool (*say)(const struct shell *sh, struct bytes *out), struct styled *row)
{
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	bool listens = say(c->shell, &text);
	if (listens) {
		styled_add(row, style, SLICE(" "));
		full_add_safe(c, row, style, bytes_str(&text));
		styled_add(row, style, SLICE(" "));
	}
	bytes_free(&text);
	return listens;
}

static void add_devices(struct console *c, size_t width, struct styled *row)
{
	struct shell_device d;
	size_t first = first_in_bar(c, width);
	styled_add(row, STYLE_BAR, first ? SLICE("<") : SLICE(""));
	for (size_t i = first; row->cells <= width && shell_device(c->shell, i, &d); i++)
		add_device(c, &d, row);
	if (!row->cells)
		styled_add(row, STYLE_BAR, SLICE(" wilco"));
}

void status_paint_bar(struct console *c)
{
	MEM_UNSET struct styled row;
	size_t width = terminal_columns(c->terminal);
	styled_init(&row);
	bool flashes = alarm_row(c, &row);
	if (!flashes && !add_role(c, STYLE_CURRENT, shell_title, &row))
		add_devices(c, width, &row);
	const struct slice hint = c->viewing ? SLICE("read only  / find  f filter  v view ")
					     : SLICE("F1 help  Ctrl-O browse ");
	if (!flashes && row.cells + hint.len + 1 < width) {
		styled_pad(&row, STYLE_BAR, width - hint.len);
		styled_add(&row, STYLE_BAR, hint);
	}
	styled_pad(&row, flashes ? STYLE_RED : STYLE_BAR, width);
	styled_cut(&row, width);
	screen_row(c->screen, 0, &row, false);
	styled_free(&row);
}

/* ---- the status ---- */

/* Adds the time of day so many ns from now. */
static void add_time(struct styled *row, enum style style, int64_t ns)
{
	char time[CLOCK_TEXT_MAX];
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now); /* time() lags, and the second would flicker */
	now.tv_sec += (time_t)((now.tv_nsec + ns) / NS_PER_S);
	styled_add(row, style, slice_str(clock_text(&now, false, time)));
}

/* Adds the state and how long it has lasted; for a device that is down, when it is tried again,
 * which does not change, so that nothing must be painted meanwhile. */
static void add_state(struct console *c, const struct session *s, struct styled *row)
{
	enum session_state state = session_state(s);
	enum style style =
		state == SESSION_OPEN || state == SESSION_CLOSED ? STYLE_DIM : STYLE_EVENT;
	int64_t now = loop_now_fresh(c->loop), seconds = (now - session_since(s)) / NS_PER_S;
	int64_t left = session_retry_at(s) - now;
	styled_add(row, style, SLICE(" "));
	styled_add(row, style, slice_str(shell_state_name(s)));
	if (state == SESSION_CONNECTING && seconds > 0 && !address_listens(session_address(s)))
		styled_addf(row, style, " %d s", (int)seconds);
	if (state == SESSION_RETRYING && left > NS_PER_S) {
		styled_add(row, style, SLICE(", again "));
		add_time(row, style, left);
	}
	if (session_each(s) && !session_rests(s))
		styled_add(row, STYLE_DIM, SLICE(" each"));
	styled_add(row, style, SLICE("  "));
}

/* Adds the time in minutes, so that it is seldom painted. */
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
	/* What changes comes first: the rest is cut where there is no room. */
	add_state(c, s, row);
	if (!full_is_narrow(c)) {
		full_add_safe(c, row, STYLE_DIM, bytes_str(&place));
		styled_add(row, STYLE_DIM, SLICE("  "));
	}
	full_add_safe(c, row, STYLE_DIM, frame_name(session_frame(s)));
	if (since && state == SESSION_OPEN && !full_is_narrow(c))
		add_up_time(row, loop_now_fresh(c->loop) - since);
	if (rtt >= 0) {
		styled_add(row, STYLE_DIM, SLICE("  "));
		styled_add(row, STYLE_DIM, slice_str(duration_text(rtt, time)));
	}
	bytes_free(&place);
}

static void add_activity(struct console *c, struct styled *row)
{
	size_t lines = shell_queued(c->shell);
	int64_t waits = shell_waits_until(c->shell) - loop_now_fresh(c->loop);
	struct bytes progress;
	bytes_init(&progress, LIMIT_MESSAGE);
	if (c->message.len)
		styled_add(row, STYLE_CURRENT, bytes_shown(&c->message));
	else if (shell_progress(c->shell, &progress))
		full_add_safe(c, row, STYLE_EVENT, bytes_str(&progress));
	else if (waits > 0)
		styled_addf(row, STYLE_EVENT, ".wait: %d s more; Ctrl-C ends it",
			(int)((waits + NS_PER_S - 1) / NS_PER_S));
	else if (lines)
		styled_addf(row, STYLE_EVENT, "%zu line%s %s waiting; Ctrl-C drops %s", lines,
			plural(lines), lines == 1 ? "is" : "are", lines == 1 ? "it" : "them");
	else if (viewing_progress(c, &progress))
		full_add_safe(c, row, STYLE_EVENT, bytes_str(&progress));
	else if (console_browses(c))
		styled_add(row, STYLE_EVENT, slice_str(viewing_hint(c)));
	bytes_free(&progress);
}

static void end_status(struct console *c, struct styled *right)
{
	styled_add(right, STYLE_DIM, SLICE(" "));
	if (shell_recording(c->shell))
		styled_add(right, STYLE_EVENT, SLICE("recording  "));
	styled_add(right, STYLE_DIM, slice_str(c->pane.look.view->name));
	if (c->pane.filter != FILTER_NONE)
		styled_addf(right, STYLE_EVENT, "  only %s", filter_name(NULL, c->pane.filter));
	uint64_t more = pane_unfollowed(&c->pane);
	bool held = !c->pane.follow;
	if (viewing_where(c, right)) {
		more = 0;
		held = false;
	} else if (held || !full_is_narrow(c)) {
		styled_add(right, STYLE_DIM, held ? SLICE("  held") : SLICE("  follow"));
	}
	if (more)
		styled_addf(right, STYLE_EVENT, " +%llu", (unsigned long long)more);
	if (held && !full_is_narrow(c))
		styled_addf(
			right, STYLE_EVENT, ", %s: live", editor_is_vi(c->editor) ? "End" : "Esc");
	styled_add(right, STYLE_DIM, SLICE(" "));
}

void status_paint(struct console *c)
{
	MEM_UNSET struct styled row, right, middle;
	struct shell_device d;
	size_t width = terminal_columns(c->terminal);
	styled_init(&row);
	styled_init(&right);
	styled_init(&middle);
	if (!add_role(c, STYLE_DIM, shell_status_text, &row) &&
		shell_device(c->shell, shell_current_index(c->shell), &d))
		add_session(c, d.session, &row);
	end_status(c, &right);
	add_activity(c, &middle);
	/* A message is more important than what always stands there. */
	if (right.cells + STATUS_MIN > width ||
		(c->message.len && right.cells + middle.cells + 2 > width))
		styled_clear(&right);
	size_t room = width - right.cells;
	if (middle.cells) {
		styled_cut(&middle, room > 2 ? room - 2 : room);
		size_t left = room > middle.cells + 4 ? room - middle.cells - 4 : 0;
		if (full_is_narrow(c) && row.cells > left)
			styled_clear(&row); /* a few letters of it say nothing */
		styled_cut(&row, left);
		styled_add(&row, STYLE_DIM, SLICE("  "));
		styled_add(&row, middle.runs[0].style, bytes_slice(&middle.text));
	}
	styled_cut(&row, room);
	styled_add(&row, STYLE_DIM, row.cells < room ? SLICE(" ") : SLICE(""));
	styled_repeat(&row, STYLE_DIM, c->ui.utf8 ? SLICE("\u2500") : SLICE("-"),
		row.cells < room ? room - row.cells : 0);
	styled_add(&row, STYLE_DIM, bytes_slice(&right.text));
	if (full_below(c) > c->input_rows)
		screen_row(c->screen, full_height(c) - full_below(c), &row, false);
	styled_free(&row);
	styled_free(&right);
	styled_free(&middle);
}
