/* status.c - draws the open devices, and the state of the current one. */
#include "base/mem.h"
#include "console/console_private.h"

#include "base/number.h"
#include "base/text.h"
#include <stdio.h>
#include <time.h>

/* ---- the bar ---- */

/* The cells of the shortest hint and a blank, and a bar that has no room for one. */
enum { HINT_LEAST = 9, BAR_LEAST = 30 };

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

/* Adds the title of a shell that only listens; false: it talks to devices. */
static bool add_title(struct console *c, struct styled *row)
{
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	bool listens = shell_title(c->shell, &text);
	if (listens) {
		styled_add(row, STYLE_CURRENT, SLICE(" "));
		full_add_safe(c, row, STYLE_CURRENT, bytes_str(&text));
		styled_add(row, STYLE_CURRENT, SLICE(" "));
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
	styled_cut(row, width);
}

/* Returns the longest hint for so many cells; many devices leave room for the shortest one. */
static struct slice bar_hint(const struct console *c, size_t room)
{
	static const char *const hints[] = {
		"F1 help  Ctrl-O browse ", "F1 help  ^O browse ", "F1 help "};
	const struct slice of_file = SLICE("read only  / find  f filter  v view ");
	if (c->viewing)
		return of_file.len < room ? of_file : SLICE("");
	for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
		if (strlen(hints[i]) < room)
			return slice_str(hints[i]);
	return SLICE("");
}

void status_paint_bar(struct console *c)
{
	MEM_UNSET struct styled row;
	size_t width = terminal_columns(c->terminal);
	styled_init(&row);
	bool flashes = alarm_row(c, &row);
	if (!flashes && !add_title(c, &row))
		add_devices(c, width > BAR_LEAST ? width - HINT_LEAST : width, &row);
	const struct slice hint =
		bar_hint(c, !flashes && row.cells < width ? width - row.cells : 0);
	if (hint.len) {
		styled_pad(&row, STYLE_BAR, width - hint.len);
		styled_add(&row, STYLE_BAR, hint);
	}
	styled_pad(&row, flashes ? STYLE_RED : STYLE_BAR, width);
	styled_cut(&row, width);
	screen_row(c->screen, 0, &row, false);
	styled_free(&row);
}

/* ---- the status ---- */

/* Writes the time of day so many ns from now. */
static const char *time_from_now(int64_t ns, char out[CLOCK_TEXT_MAX])
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now); /* time() lags, and the second would flicker */
	now.tv_sec += (time_t)((now.tv_nsec + ns) / NS_PER_S);
	return clock_text(&now, false, out);
}

/* ---- fields ---- */

/* The row has as many whole fields as there is room for: those come first that are needed most. */
enum need {
	NEED_HELD,
	NEED_FILTER,
	NEED_STATE,
	NEED_NAME,
	NEED_MODE,
	NEED_VIEW,
	NEED_LIVE,
	NEED_FRAME,
	NEED_UP,
	NEED_RTT,
	NEED_PLACE,
	NEED_DATE,
	NEEDS
};
enum { FIELDS_MAX = 16, FIELD_MAX = 256, FRAME_CELLS = 24, FIELD_GAP = 2 };

struct field {
	char text[FIELD_MAX]; /* safe */
	size_t cells;
	enum need need;
	enum style style;
	bool right, shown;
};

struct fields {
	struct field at[FIELDS_MAX];
	size_t count;
};

/* Adds a field, whose text is not safe yet; an empty one is none. */
static void add_field(struct console *c, struct fields *f, bool right, enum need need,
	enum style style, const char *text)
{
	struct bytes safe;
	if (!*text || f->count == FIELDS_MAX)
		return;
	struct field *new = &f->at[f->count++];
	*new = (struct field){.need = need, .style = style, .right = right};
	bytes_init(&safe, FIELD_MAX);
	text_add(&safe, slice_str(text), TEXT_PLAIN | text_charset(c->ui.utf8));
	slice_copy(new->text, text_cut(bytes_slice(&safe), FIELD_MAX - 1));
	new->cells = text_cells(slice_str(new->text));
	bytes_free(&safe);
}

/* Chooses the fields for so many cells, which have a gap each.  What does not fit leaves its room
 * to what is needed less. */
static void choose_fields(struct fields *f, size_t room)
{
	size_t taken = 0;
	for (unsigned need = 0; need < NEEDS; need++)
		for (size_t i = 0; i < f->count; i++) {
			struct field *field = &f->at[i];
			if (field->need != need || taken + field->cells + FIELD_GAP > room)
				continue;
			field->shown = true;
			taken += field->cells + FIELD_GAP;
		}
}

/* Adds a text behind those that stand there. */
static void add_behind(struct styled *row, enum style style, struct slice text)
{
	styled_add(row, STYLE_DIM, row->cells > 1 ? SLICE("  ") : SLICE(""));
	styled_add(row, style, text);
}

static void add_shown(const struct fields *f, bool right, struct styled *row)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->at[i].shown && f->at[i].right == right)
			add_behind(row, f->at[i].style, slice_str(f->at[i].text));
}

/* What is needed least is there only in a wide window: elsewhere it would come and go with the
 * length of a time. */
static bool is_wide(const struct console *c)
{
	enum { WIDE = 100 };
	return terminal_columns(c->terminal) >= WIDE;
}

/* ---- what the fields say ---- */

/* Says the time in seconds at first, then in minutes, so that it is seldom painted. */
static void up_time(int64_t ns, char out[FIELD_MAX])
{
	int seconds = (int)(ns / (int64_t)NS_PER_S), minutes = seconds / 60;
	if (minutes < 1)
		snprintf(out, FIELD_MAX, "up %d s", seconds);
	else if (minutes < 60)
		snprintf(out, FIELD_MAX, "up %d min", minutes);
	else
		snprintf(out, FIELD_MAX, "up %d h %02d", minutes / 60, minutes % 60);
}

int64_t status_changes_in(const struct console *c)
{
	const struct session *s = console_current(c);
	int64_t since = s ? session_opened_at(s) : 0, up = loop_now_fresh(c->loop) - since;
	int64_t step = (up < 60 * (int64_t)NS_PER_S ? 1 : 60) * (int64_t)NS_PER_S;
	return since ? step - up % step : 0;
}

/* Says "115200 8N1" for a serial port. */
static void serial_mode(const struct session *s, char out[FIELD_MAX])
{
	struct bytes text;
	bytes_init(&text, FIELD_MAX - 1);
	if (setting_applies(session_address(s)->kind, SET_BAUD)) {
		setting_text(session_settings(s), SET_BAUD, &text);
		bytes_add_str(&text, " ");
		setting_text(session_settings(s), SET_MODE, &text);
	}
	snprintf(out, FIELD_MAX, "%s", bytes_str(&text));
	bytes_free(&text);
}

/* Says the name of a frame, or the words at the beginning of its notation. */
static void in_short(struct slice name, char out[FIELD_MAX])
{
	struct slice rest = name, word;
	size_t used = 0;
	if (name.len <= FRAME_CELLS) {
		snprintf(out, FIELD_MAX, "%.*s", SLICE_ARG(name));
		return;
	}
	while ((word = slice_word(&rest)).len &&
		(size_t)(word.at - name.at) + word.len + 3 <= FRAME_CELLS)
		used = (size_t)(word.at - name.at) + word.len;
	snprintf(out, FIELD_MAX, "%.*s%s..", (int)used, (const char *)name.at, used ? " " : "");
}

/* Says the state and how long it has lasted; for a device that is down, when it is tried again,
 * which does not change, so that nothing must be painted meanwhile. */
static void state_text(struct console *c, const struct session *s, char out[FIELD_MAX])
{
	enum session_state state = session_state(s);
	const char *name = shell_state_name(s);
	const char *each = session_each(s) && !session_rests(s) ? " each" : "";
	char time[CLOCK_TEXT_MAX];
	int64_t now = loop_now_fresh(c->loop), seconds = (now - session_since(s)) / NS_PER_S;
	int64_t left = session_retry_at(s) - now;
	if (state == SESSION_CONNECTING && seconds > 0 && !address_listens(session_address(s)))
		snprintf(out, FIELD_MAX, "%s %d s%s", name, (int)seconds, each);
	else if (state == SESSION_RETRYING && left > NS_PER_S)
		snprintf(out, FIELD_MAX, "%s, again %s%s", name, time_from_now(left, time), each);
	else
		snprintf(out, FIELD_MAX, "%s%s", name, each);
}

static void add_times(struct console *c, const struct session *s, struct fields *f)
{
	char text[FIELD_MAX], time[DURATION_TEXT_MAX];
	int64_t since = session_opened_at(s), rtt = session_rtt(s);
	if (since && session_state(s) == SESSION_OPEN) {
		up_time(loop_now_fresh(c->loop) - since, text);
		add_field(c, f, false, NEED_UP, STYLE_DIM, text);
	}
	if (rtt >= 0) {
		snprintf(text, sizeof text, "rtt %s", duration_text(rtt, time));
		add_field(c, f, false, NEED_RTT, STYLE_DIM, text);
	}
}

/* Adds a name, of which the end differs most.  A long one leaves room for the state and the view;
 * the bar has it, too. */
static void add_short_name(struct console *c, struct slice name, struct fields *f)
{
	char text[FIELD_MAX];
	size_t most = terminal_columns(c->terminal) * 2 / 5, cells = text_cells(name);
	bool cut = cells > most && most > 1;
	for (uint32_t code; cut && text_cells(name) >= most;)
		name = slice_cut(name, text_decode(name, &code), name.len);
	snprintf(text, sizeof text, "%s%.*s", cut ? "~" : "", SLICE_ARG(name));
	add_field(c, f, false, NEED_NAME, STYLE_DIM, text);
}

static void add_session(struct console *c, const struct session *s, struct fields *f)
{
	char text[FIELD_MAX];
	struct bytes name, place;
	enum session_state state = session_state(s);
	bool calm = state == SESSION_OPEN || state == SESSION_CLOSED;
	bytes_init(&name, LIMIT_MESSAGE);
	bytes_init(&place, LIMIT_MESSAGE);
	shell_short_name(s, &name);
	address_place(session_address(s), &place);
	add_short_name(c, bytes_shown(&name), f);
	serial_mode(s, text);
	add_field(c, f, false, NEED_MODE, STYLE_DIM, text);
	state_text(c, s, text);
	add_field(c, f, false, NEED_STATE, calm ? STYLE_DIM : STYLE_EVENT, text);
	in_short(slice_str(frame_name(session_frame(s))), text);
	add_field(c, f, false, NEED_FRAME, STYLE_DIM, text);
	add_times(c, s, f);
	if (is_wide(c))
		add_field(c, f, false, NEED_PLACE, STYLE_DIM, bytes_str(&place));
	bytes_free(&name);
	bytes_free(&place);
}

/* Adds what a shell says of itself that only listens, a field behind each two blanks; false: it
 * talks to devices. */
static bool add_role(struct console *c, struct fields *f)
{
	struct bytes said;
	char text[FIELD_MAX];
	bytes_init(&said, LIMIT_MESSAGE);
	bool listens = shell_status_text(c->shell, &said);
	struct slice rest = bytes_shown(&said);
	for (enum need need = NEED_STATE; rest.len; need = NEED_FRAME) {
		const uint8_t *gap = memmem(rest.at, rest.len, "  ", 2);
		size_t end = gap ? (size_t)(gap - rest.at) : rest.len;
		in_short(slice_cut(rest, 0, end), text);
		add_field(c, f, false, need, STYLE_DIM, text);
		rest = slice_trim(slice_cut(rest, end, rest.len));
	}
	bytes_free(&said);
	return listens;
}

/* Says that the window is held, over how many that came since, and which key goes back: where there
 * is little room, that above all. */
static void held_text(const struct console *c, uint64_t unseen, char out[FIELD_MAX])
{
	char more[32] = "";
	const char *key = editor_is_vi(c->editor) ? "End" : "Esc";
	bool narrow = full_is_narrow(c);
	if (unseen)
		snprintf(more, sizeof more, "+%llu", (unsigned long long)unseen);
	snprintf(out, FIELD_MAX, "%s%s%s%s%s: live", narrow ? "" : "held",
		!narrow && unseen ? " " : "", more, !narrow || unseen ? ", " : "", key);
	if (text_cells(slice_str(out)) + 2 * FIELD_GAP > terminal_columns(c->terminal))
		snprintf(out, FIELD_MAX, "%s", key);
}

/* Adds where the window is: it follows what comes, or is held. */
static void add_place(struct console *c, struct fields *f)
{
	char text[FIELD_MAX];
	struct bytes where;
	uint64_t unseen = pane_unfollowed(&c->pane);
	bytes_init(&where, FIELD_MAX - 1);
	if (viewing_where(c, &where)) {
		add_field(c, f, true, NEED_HELD, STYLE_DIM, bytes_str(&where));
	} else if (c->pane.follow) {
		add_field(c, f, true, NEED_LIVE, STYLE_DIM, "live");
	} else {
		held_text(c, unseen, text);
		add_field(c, f, true, NEED_HELD, unseen ? STYLE_EVENT : STYLE_DIM, text);
	}
	bytes_free(&where);
}

/* Adds the day: a session may last over night. */
static void add_day(struct console *c, struct fields *f)
{
	char text[FIELD_MAX];
	time_t now = time_now();
	struct tm tm;
	if (!is_wide(c))
		return;
	strftime(text, sizeof text, "%a %Y-%m-%d", localtime_r(&now, &tm));
	add_field(c, f, true, NEED_DATE, STYLE_DIM, text);
}

static void add_right(struct console *c, struct fields *f)
{
	char text[FIELD_MAX];
	add_day(c, f);
	if (shell_recording(c->shell))
		add_field(c, f, true, NEED_FILTER, STYLE_EVENT, "recording");
	add_field(c, f, true, NEED_VIEW, STYLE_DIM, c->pane.look.view->name);
	if (c->pane.filter != FILTER_NONE) {
		snprintf(text, sizeof text, "only %s", filter_name(NULL, c->pane.filter));
		add_field(c, f, true, NEED_FILTER, STYLE_EVENT, text);
	}
	add_place(c, f);
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

/* ---- a message with rows of its own ---- */

enum { SAID_HEIGHT = 8, SAID_OTHERS = 6 }; /* a lower window has no rows for it; all but these */

static void wrap_message(struct console *c, struct rows *rows)
{
	styled_add(&rows->line, STYLE_CURRENT, SLICE(" "));
	rows_words(rows, STYLE_CURRENT, 1, bytes_shown(&c->message), NULL);
}

size_t status_said_rows(struct console *c)
{
	MEM_UNSET struct rows rows;
	size_t width = terminal_columns(c->terminal), height = full_height(c);
	if (height < SAID_HEIGHT || text_cells(bytes_slice(&c->message)) + 2 <= width)
		return 0;
	rows_init(&rows, width, 0, (size_t)-1, NULL, NULL);
	wrap_message(c, &rows);
	rows_free(&rows);
	size_t others = SAID_OTHERS + c->preview_rows - 1,
	       most = height > others ? height - others : 0;
	return rows.made < most ? rows.made : most;
}

struct said {
	struct console *c;
	size_t y;
};

static void draw_said(void *arg, const struct styled *row)
{
	struct said *said = arg;
	screen_row(said->c->screen, said->y++, row, false);
}

static void paint_said(struct console *c, size_t count)
{
	MEM_UNSET struct rows rows;
	struct said said = {c, full_height(c) - full_below(c)};
	rows_init(&rows, terminal_columns(c->terminal), 0, count, draw_said, &said);
	wrap_message(c, &rows);
	rows_free(&rows);
}

void status_paint(struct console *c)
{
	MEM_UNSET struct styled row, right, middle;
	MEM_UNSET struct fields fields;
	struct shell_device d;
	size_t width = terminal_columns(c->terminal);
	styled_init(&row);
	styled_init(&right);
	styled_init(&middle);
	fields.count = 0;
	if (!add_role(c, &fields) && shell_device(c->shell, shell_current_index(c->shell), &d))
		add_session(c, d.session, &fields);
	add_right(c, &fields);
	size_t said_rows = status_said_rows(c);
	if (said_rows)
		paint_said(c, said_rows);
	else
		add_activity(c, &middle);
	/* A message is more important than what always stands there. */
	styled_cut(&middle, width > 2 ? width - 2 : width);
	size_t said = 1 + (middle.cells ? middle.cells + FIELD_GAP : 0);
	choose_fields(&fields, width > said ? width - said : 0);
	styled_add(&row, STYLE_DIM, SLICE(" "));
	styled_add(&right, STYLE_DIM, SLICE(" "));
	add_shown(&fields, false, &row);
	add_shown(&fields, true, &right);
	if (middle.cells)
		add_behind(&row, middle.runs[0].style, bytes_slice(&middle.text));
	styled_add(&row, STYLE_DIM, row.cells > 1 ? SLICE(" ") : SLICE(""));
	styled_add(&right, STYLE_DIM, right.cells > 1 ? SLICE(" ") : SLICE(""));
	size_t taken = row.cells + right.cells;
	styled_repeat(&row, STYLE_DIM, c->ui.utf8 ? SLICE("\u2500") : SLICE("-"),
		taken < width ? width - taken : 0);
	for (const struct run *r = right.runs; r < right.runs + right.run_count; r++)
		styled_add(&row, r->style, slice_of(right.text.at + r->from, r->len));
	styled_cut(&row, width);
	if (full_below(c) > c->input_rows)
		screen_row(c->screen, full_height(c) - full_below(c) + said_rows, &row, false);
	styled_free(&row);
	styled_free(&right);
	styled_free(&middle);
}
