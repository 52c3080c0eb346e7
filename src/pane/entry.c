/* entry.c - see entry.h.
 *
 * An exchange is a few blocks: the command, each frame that came, stray bytes, what went wrong.
 * A block has a head (time, mark, text, detail at the right edge) and, by the view, a body.
 */
#include "pane/entry.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "pane/anatomy.h"
#include "pane/spelled.h"
#include <stdio.h>
#include <stdlib.h>

enum { LABEL_CELLS = 10, WIDE = 60, NARROW = 40, PLACE_EACH = 64 };

bool entry_there(const struct entry *e)
{
	if (e->kind != ENTRY_EXCHANGE || e->lent)
		return true;
	const struct transcript *t = session_transcript(e->session);
	return e->ordinal >= t->dropped && e->ordinal < t->dropped + t->count;
}

bool entry_gone(const struct entry *e)
{
	return e->kind == ENTRY_EXCHANGE && e->ordinal < session_transcript(e->session)->dropped;
}

/* One block of rows. */
struct block {
	const struct look *look;
	const char *mark;
	enum style style;
	struct timespec time; /* tv_sec 0: none is known */
	const struct session *session;
	const struct frame *frame;
	enum frame_side side;
	struct slice payload; /* for text and hex */
	struct slice raw;     /* for dump and anatomy */
	bool open, unframed;
	const char *detail;
	const char *end;     /* why a good frame ended: the first to go where there is no room */
	int64_t since;       /* ns from the line above; shown where there is room, from 1 ms on */
	struct marks *marks; /* of what the view shows: payload or raw */
};

/* ---- heads ---- */

static void add_time(const struct block *b, struct styled *line, size_t width)
{
	struct tm tm;
	if (width < NARROW)
		return;
	if (!b->time.tv_sec || line->blind) {
		styled_pad(line, STYLE_DIM, width < WIDE ? 9 : 13);
		return;
	}
	localtime_r(&b->time.tv_sec, &tm);
	styled_addf(line, STYLE_DIM, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
	if (width >= WIDE)
		styled_addf(line, STYLE_DIM, ".%03ld", b->time.tv_nsec / NS_PER_MS);
	styled_add(line, STYLE_PLAIN, SLICE(" "));
}

/* Of a long name the end: there addresses differ. */
static void add_label(const struct block *b, struct styled *line)
{
	struct bytes name;
	uint32_t code;
	size_t end = line->cells + LABEL_CELLS + 1;
	if (!b->look->labels || !b->session)
		return;
	if (line->blind) {
		line->cells = end;
		return;
	}
	bytes_init(&name, LIMIT_MESSAGE);
	text_add(&name, slice_str(session_name(b->session)), b->look->utf8 ? 0 : TEXT_ASCII);
	struct slice tail = bytes_slice(&name);
	bool cut = text_cells(tail) > LABEL_CELLS;
	while (cut && text_cells(tail) >= LABEL_CELLS)
		tail = slice_cut(tail, text_decode(tail, &code), tail.len);
	styled_add(line, STYLE_DIM, cut ? SLICE("~") : SLICE(""));
	styled_add(line, STYLE_DIM, tail);
	styled_pad(line, STYLE_PLAIN, end);
	bytes_free(&name);
}

static size_t begin_head(const struct block *b, struct rows *out)
{
	add_time(b, &out->line, out->width);
	add_label(b, &out->line);
	styled_add(&out->line, b->style, slice_str(b->mark));
	styled_add(&out->line, b->style, SLICE(" "));
	return out->line.cells;
}

/* What stands at the right edge. */
struct edge {
	char since[DURATION_TEXT_MAX + 1];
	struct bytes detail, end;
};

static void edge_begin(struct edge *edge, const struct block *b)
{
	char time[DURATION_TEXT_MAX];
	unsigned flags = TEXT_PLAIN | (b->look->utf8 ? 0 : TEXT_ASCII);
	edge->since[0] = 0;
	if (b->since >= NS_PER_MS)
		snprintf(edge->since, sizeof edge->since, "+%s", duration_text(b->since, time));
	bytes_init(&edge->detail, LIMIT_MESSAGE);
	bytes_init(&edge->end, LIMIT_MESSAGE);
	text_add(&edge->detail, slice_str(b->detail), flags);
	text_add(&edge->end, slice_str(b->end ? b->end : ""), flags);
}

static void edge_free(struct edge *edge)
{
	bytes_free(&edge->detail);
	bytes_free(&edge->end);
}

static void add_part(struct bytes *out, const char *part)
{
	bytes_addf(out, "%s%s", out->len && *part ? "  " : "", part);
}

/* What has to go where there is no room: first why a good frame ended, then the time since the line
 * above.  What is wrong keeps all that is said of it. */
enum { EDGE_ALL, EDGE_NO_END, EDGE_NO_SINCE, EDGE_STEPS };

static void edge_text(struct edge *edge, unsigned step, bool wrong, struct bytes *out)
{
	bytes_clear(out);
	if (step < EDGE_NO_SINCE)
		add_part(out, edge->since);
	add_part(out, bytes_str(&edge->detail));
	if (step < EDGE_NO_END || wrong)
		add_part(out, bytes_str(&edge->end));
}

static bool edge_fits(const struct rows *out, struct slice text)
{
	return !text.len || out->line.cells + 2 + text_cells(text) <= out->width;
}

static void edge_row(struct slice text, enum style style, struct rows *out)
{
	size_t cells = text_cells(text);
	if (cells >= out->width) {
		rows_words(out, style, 2, text, NULL);
		return;
	}
	if (cells) {
		styled_pad(&out->line, STYLE_PLAIN, out->width - cells);
		styled_add(&out->line, style, text);
	}
	rows_end(out);
}

/* At the right edge where it fits, else in a row of its own.  How many rows that takes does not
 * depend on the time since the line above. */
static void end_head(const struct block *b, struct rows *out)
{
	struct edge edge;
	struct bytes text;
	bool wrong = b->style == STYLE_WRONG;
	unsigned step = EDGE_ALL;
	bytes_init(&text, LIMIT_MESSAGE);
	edge_begin(&edge, b);
	for (; step < EDGE_STEPS; step++) {
		edge_text(&edge, step, wrong, &text);
		if (edge_fits(out, bytes_slice(&text)))
			break;
	}
	if (step == EDGE_STEPS) {
		rows_end(out);
		edge_text(&edge, EDGE_NO_SINCE, true, &text);
	}
	/* In a narrow window rows are dear: only what is wrong gets one more. */
	if (step < EDGE_STEPS || wrong || out->width >= WIDE)
		edge_row(bytes_slice(&text), wrong ? STYLE_WRONG : STYLE_DIM, out);
	edge_free(&edge);
	bytes_free(&text);
}

/* ---- bodies ---- */

static void folded_row(const struct block *b, struct rows *out, size_t indent, size_t bytes)
{
	const char *opens = b->look->lines ? ": .save FILE has them" : ": Ctrl-O, then o opens";
	styled_pad(&out->line, STYLE_DIM, indent);
	styled_addf(&out->line, STYLE_DIM, "+ %zu more byte%s", bytes, bytes == 1 ? "" : "s");
	bool fits = out->line.cells + strlen(opens) <= out->width;
	styled_addf(&out->line, STYLE_DIM, "%s",
		fits             ? opens
		: b->look->lines ? ": .save"
				 : ": Ctrl-O o");
	rows_end(out);
}

static size_t dump_columns(size_t width, size_t *indent)
{
	const size_t whole = 4 + 2 + 3 * 16 + 2 + 16;
	for (size_t try = 0; try < 3; try++) {
		const size_t indents[] = {13, 4, 0};
		*indent = indents[try];
		if (indents[try] + whole <= width)
			return 16;
	}
	return width >= 4 + 2 + 3 * 8 + 1 + 8 ? 8 : 4;
}

enum { DUMP_MOST = 16, HEX_MOST = DUMP_MOST * 3 + 1 };

/* A row of the dump: text, and where it was found. */
struct dump_row {
	char hex[HEX_MOST + 1];
	uint8_t in_hex[HEX_MOST];
	char ascii[DUMP_MOST + 1];
	uint8_t in_ascii[DUMP_MOST];
};

static void dump_byte(struct dump_row *row, size_t i, uint8_t byte, size_t columns, bool found)
{
	static const char digits[] = "0123456789abcdef";
	size_t at = 3 * i + (columns > 8 && i >= 8);
	row->hex[at] = digits[byte >> 4];
	row->hex[at + 1] = digits[byte & 15];
	row->ascii[i] = byte >= 0x20 && byte < 0x7f ? (char)byte : '.';
	row->in_ascii[i] = row->in_hex[at] = row->in_hex[at + 1] = found;
	/* So are blanks between two bytes that were. */
	for (size_t gap = at; i && found && row->in_ascii[i - 1] && row->hex[gap - 1] == ' '; gap--)
		row->in_hex[gap - 1] = 1;
}

static void dump_row(const struct block *b, size_t offset, size_t columns, struct styled *line)
{
	struct dump_row row = {.in_hex = {0}};
	size_t width = 3 * columns + (columns > 8);
	memset(row.hex, ' ', width);
	for (size_t i = 0; i < columns && offset + i < b->raw.len; i++)
		dump_byte(&row, i, b->raw.at[offset + i], columns, marks_at(b->marks, offset + i));
	styled_addf(line, STYLE_DIM, b->raw.len > 0x10000 ? "%08zx  " : "%04zx  ", offset);
	styled_add_found(line, STYLE_PLAIN, slice_of(row.hex, width), row.in_hex);
	styled_add_found(line, STYLE_PLAIN, slice_str(row.ascii), row.in_ascii);
}

/* Rows in front of the window are skipped without being made: a long reply scrolls in no time. */
static void dump_body(const struct block *b, struct rows *out)
{
	size_t indent, columns = dump_columns(out->width, &indent);
	size_t all = (b->raw.len + columns - 1) / columns, shown = all;
	if (b->look->fold && !b->open && all > b->look->fold + 1)
		shown = b->look->fold;
	size_t at = rows_ahead(out);
	if (at > shown)
		at = shown;
	rows_hold(out, slice_cut(b->raw, 0, shown * columns), columns);
	rows_pass(out, at);
	for (; at < shown && !(out->row && rows_enough(out)); at++) {
		if (!out->row) { /* only counted */
			rows_pass(out, shown - at);
			break;
		}
		styled_pad(&out->line, STYLE_PLAIN, indent);
		dump_row(b, at * columns, columns, &out->line);
		rows_end(out);
	}
	if (shown < all)
		folded_row(b, out, indent, b->raw.len - shown * columns);
}

static struct spelled spelled_of(const struct block *b, bool hex)
{
	return (struct spelled){.bytes = b->payload,
		.hex = hex || (b->frame && frame_rules(b->frame)->bin),
		.utf8 = b->look->utf8,
		.style = b->style,
		.marks = b->marks};
}

static void empty_text(const struct block *b, struct rows *out)
{
	styled_add(&out->line, STYLE_DIM, b->payload.len ? SLICE("") : SLICE(SPELLED_EMPTY));
}

/* Text and hex begin on the head's row. */
static void spelled_body(const struct block *b, size_t indent, struct rows *out)
{
	struct spelled s = spelled_of(b, b->look->view == VIEW_HEX);
	empty_text(b, out);
	size_t took = spelled_rows(&s, indent, b->open ? 0 : b->look->fold, out);
	end_head(b, out);
	if (took < s.bytes.len && !rows_enough(out))
		folded_row(b, out, indent, s.bytes.len - took);
}

static void short_text(const struct block *b, struct rows *out)
{
	struct spelled s = spelled_of(b, false);
	size_t room = out->width > out->line.cells ? out->width - out->line.cells : 0;
	size_t detail = strlen(b->detail) + 2 + (b->end ? strlen(b->end) + 2 : 0);
	empty_text(b, out);
	spelled_short(&s, room > detail + 8 ? room - detail : room, &out->line);
}

/* In the other views the head shows the beginning of the text. */
static void wire_body(struct block *b, struct rows *out)
{
	struct marks marks;
	short_text(b, out);
	end_head(b, out);
	marks_begin(&marks, b->look->find, b->raw, b->payload, b->raw);
	b->marks = &marks;
	if (b->look->view != VIEW_ANATOMY || b->unframed || !b->frame ||
		!anatomy_rows(b->frame, b->side, b->raw, out->width >= WIDE ? 13 : 2, b->look->utf8,
			&marks, out))
		dump_body(b, out);
	marks_free(&marks);
}

static void block_rows(struct block *b, struct rows *out)
{
	struct marks marks;
	size_t indent = begin_head(b, out);
	marks_begin(&marks, b->look->find, b->payload, b->payload, b->raw);
	b->marks = &marks;
	if (b->look->view == VIEW_TEXT || b->look->view == VIEW_HEX)
		spelled_body(b, indent, out);
	else
		wire_body(b, out);
	marks_free(&marks);
}

/* ---- exchanges ---- */

static struct timespec later(struct timespec t, int64_t ns)
{
	int64_t all = t.tv_nsec + ns;
	return (struct timespec){t.tv_sec + all / NS_PER_S, (long)(all % NS_PER_S)};
}

/* 0: one of the times is not known; less: the clock was set back. */
static int64_t time_since(const struct timespec *before, const struct timespec *time)
{
	if (!before || !before->tv_sec || !time->tv_sec)
		return 0;
	return (time->tv_sec - before->tv_sec) * (int64_t)NS_PER_S + time->tv_nsec -
	       before->tv_nsec;
}

static void command_block(
	const struct entry *e, const struct look *look, int64_t since, struct rows *out)
{
	const struct exchange *x = e->exchange;
	bool sent = x->sent.len > 0 && x->sent_at;
	struct block b = {.look = look,
		.mark = ">",
		.style = STYLE_SENT,
		.time = e->time,
		.session = e->session,
		.frame = x->frame,
		.side = SIDE_COMMAND,
		.payload = x->payload,
		.raw = bytes_slice(&x->sent),
		.open = e->open,
		.unframed = x->wire,
		.since = since,
		.detail = sent ? "" : "not sent"};
	block_rows(&b, out);
}

static void reply_block(const struct entry *e, const struct reply *r, const struct look *look,
	int64_t since, struct rows *out)
{
	const struct exchange *x = e->exchange;
	struct bytes detail;
	bool whole = r->kind == SPLIT_FRAME;
	bool event = whole && (!x->command || r->mark == MARK_ASYNC || r->mark == MARK_NOT_OURS);
	bytes_init(&detail, LIMIT_MESSAGE);
	view_about(x, r, &detail);
	struct block b = {.look = look,
		.mark = event   ? "*"
			: whole ? "<"
				: "!",
		.style = event   ? STYLE_EVENT
			 : whole ? STYLE_PLAIN
				 : STYLE_WRONG,
		.session = e->session,
		.frame = x->frame,
		.side = SIDE_REPLY,
		.payload = view_bytes(r),
		.raw = r->raw,
		.open = e->open,
		.since = since,
		.detail = bytes_str(&detail),
		.end = view_end(r)};
	if (!x->command)
		b.time = x->time;
	else if (r == x->last && x->ended_at > x->sent_at && x->sent_at)
		b.time = later(x->time, x->ended_at - x->sent_at);
	block_rows(&b, out);
	bytes_free(&detail);
}

/* An echo and an acknowledgement are part of the wire, not of the answer. */
static bool shows(const struct reply *r, enum view view)
{
	return view >= VIEW_DUMP || (r->mark != MARK_ECHO && r->kind != SPLIT_ACK);
}

static void stray_block(
	const struct entry *e, const struct look *look, int64_t since, struct rows *out)
{
	struct slice stray = bytes_slice(&e->exchange->stray);
	struct block b = {.look = look,
		.mark = "?",
		.style = STYLE_EVENT,
		.session = e->session,
		.payload = stray,
		.raw = stray,
		.open = e->open,
		.unframed = true,
		.since = since,
		.detail = "stray bytes"};
	if (!e->exchange->command && !e->exchange->replies)
		b.time = e->time;
	block_rows(&b, out);
}

/* What wilco itself says; ends the row. */
static void words(const struct look *look, enum style style, size_t indent, struct slice text,
	struct rows *out)
{
	uint8_t *found = NULL;
	if (out->row && look->find) {
		found = mem_new(text.len + 1);
		find_mark(look->find, text, true, 0, text.len, found);
	}
	rows_words(out, style, indent, text, found);
	free(found);
}

static void text_rows(const struct entry *e, const struct look *look, const char *mark,
	enum style style, struct slice text, struct rows *out)
{
	struct block b = {.look = look,
		.mark = mark,
		.style = style,
		.time = later(e->time, e->took),
		.session = e->session,
		.detail = ""};
	words(look, style, begin_head(&b, out), text, out);
}

/* Whose it is the label says, where there are several. */
static void add_failure(const struct entry *e, bool utf8, struct bytes *safe)
{
	text_add(safe, slice_str(view_reason(e->exchange)), TEXT_PLAIN | (utf8 ? 0 : TEXT_ASCII));
}

/* Its text is made as it is shown: this stands for it where a place is sought. */
static struct slice failure_place(const struct entry *e)
{
	return slice_of(e->exchange, 1);
}

static bool has_failed(const struct exchange *x)
{
	return x->command && x->status != EXCHANGE_OK;
}

static void wrong_row(const struct entry *e, const struct look *look, struct rows *out)
{
	struct bytes safe;
	bytes_init(&safe, LIMIT_MESSAGE * 4);
	add_failure(e, look->utf8, &safe);
	rows_hold(out, failure_place(e), 1);
	text_rows(e, look, "!", STYLE_WRONG, bytes_slice(&safe), out);
	bytes_free(&safe);
}

/* The last place in front of the window. */
static const struct place *place_before(const struct places *places, size_t row)
{
	size_t low = 0, high = places ? places->count : 0;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (places->at[mid].row <= row)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? &places->at[low - 1] : NULL;
}

static void add_place(struct places *places, const struct reply *r, size_t row)
{
	if (row <= (places->count ? places->at[places->count - 1].row : 0))
		return;
	if (places->count == places->room) {
		places->room = places->room ? places->room * 2 : 64;
		places->at = mem_grow(places->at, places->room, sizeof *places->at);
	}
	places->at[places->count++] = (struct place){r, row};
}

static void reply_rows(const struct entry *e, const struct reply *r, const struct look *look,
	int64_t since, struct places *places, struct rows *out)
{
	for (size_t n = 0; r && !rows_enough(out); r = r->next, n++) {
		if (places && n % PLACE_EACH == 0)
			add_place(places, r, out->made);
		if (!shows(r, look->view))
			continue;
		reply_block(e, r, look, since, out);
		since = 0;
	}
}

/* What answers no command says how long after the line above it came. */
static void exchange_rows(const struct entry *e, const struct look *look,
	const struct timespec *before, struct places *places, struct rows *out)
{
	const struct exchange *x = e->exchange;
	const struct place *place = place_before(places, out->skip);
	int64_t since = time_since(before, &e->time);
	if (place)
		rows_pass(out, place->row);
	else if (x->command)
		command_block(e, look, since, out);
	if (look->only_sent)
		return;
	since = place || x->command ? 0 : since;
	reply_rows(e, place ? place->reply : x->replies, look, since, places, out);
	if (x->stray.len)
		stray_block(e, look, x->replies ? 0 : since, out);
	if (has_failed(x))
		wrong_row(e, look, out);
}

struct timespec entry_end(const struct entry *e, const struct look *look)
{
	return look->only_sent ? e->time : later(e->time, e->took);
}

void entry_rows(const struct entry *e, const struct look *look, const struct timespec *before,
	struct places *places, struct rows *out)
{
	static const char *const marks[] = {
		[ENTRY_OUTPUT] = " ", [ENTRY_NOTE] = "-", [ENTRY_ERROR] = "!"};
	static const enum style styles[] = {[ENTRY_OUTPUT] = STYLE_PLAIN,
		[ENTRY_NOTE] = STYLE_DIM,
		[ENTRY_ERROR] = STYLE_WRONG};
	if (!entry_there(e))
		return;
	if (e->kind == ENTRY_EXCHANGE)
		exchange_rows(e, look, before, places, out);
	else if (e->kind == ENTRY_OUTPUT) {
		words(look, STYLE_PLAIN, strspn(e->text, " "), slice_str(e->text), out);
	} else
		text_rows(e, look, marks[e->kind], styles[e->kind], slice_str(e->text), out);
}

void entry_waiting(const struct session *s, const struct exchange *x, int64_t waited,
	const struct look *look, struct rows *out)
{
	char detail[DURATION_TEXT_MAX + 16] = "waiting", time[DURATION_TEXT_MAX];
	if (waited >= NS_PER_S)
		snprintf(detail, sizeof detail, "waiting %s",
			duration_text(waited / NS_PER_S * NS_PER_S, time));
	struct block b = {.look = look,
		.mark = ">",
		.style = STYLE_SENT,
		.time = x->time,
		.session = s,
		.frame = x->frame,
		.side = SIDE_COMMAND,
		.payload = x->payload,
		.raw = bytes_slice(&x->sent),
		.unframed = x->wire,
		.detail = detail};
	block_rows(&b, out);
}

/* ---- what it holds ---- */

bool exchange_is_wrong(const struct exchange *x)
{
	if (x->stray.len || has_failed(x))
		return true;
	for (const struct reply *r = x->replies; r; r = r->next)
		if (r->kind != SPLIT_FRAME && r->kind != SPLIT_ACK)
			return true;
	return false;
}

static bool failure_is_found(const struct entry *e, const struct find *f)
{
	struct bytes safe;
	bytes_init(&safe, LIMIT_MESSAGE * 4);
	add_failure(e, true, &safe);
	bool found = find_in(f, bytes_slice(&safe), true);
	bytes_free(&safe);
	return found;
}

/* Of a place that the view does not show as it is, the beginning of what it shows instead. */
static bool block_find(const struct find *f, struct slice payload, struct slice wire,
	enum view view, const uint8_t **place)
{
	struct marks m;
	struct slice in = f->kind == FIND_BYTES ? wire : payload;
	struct slice shown = view < VIEW_DUMP ? payload : wire;
	size_t at;
	if (!find_at(f, in, false, place ? &at : NULL))
		return false;
	if (!place)
		return true;
	marks_begin(&m, f, shown, payload, wire);
	bool same = m.in.at == in.at && m.in.len == in.len && at - m.shift < shown.len;
	*place = shown.at + (same ? at - m.shift : 0);
	return true;
}

static bool exchange_find(
	const struct entry *e, const struct find *f, enum view view, const uint8_t **place)
{
	const struct exchange *x = e->exchange;
	struct slice stray = bytes_slice(&x->stray);
	if (x->command && block_find(f, x->payload, bytes_slice(&x->sent), view, place))
		return true;
	for (const struct reply *r = x->replies; r; r = r->next)
		if (block_find(f, view_bytes(r), r->raw, view, place))
			return true;
	if (block_find(f, stray, stray, view, place))
		return true;
	if (!has_failed(x) || !failure_is_found(e, f))
		return false;
	if (place)
		*place = failure_place(e).at;
	return true;
}

bool entry_find(const struct entry *e, const struct find *f, enum view view, const uint8_t **place)
{
	size_t at;
	if (e->kind == ENTRY_EXCHANGE)
		return entry_there(e) && exchange_find(e, f, view, place);
	if (!find_at(f, slice_str(e->text), true, &at))
		return false;
	if (place)
		*place = (const uint8_t *)e->text + at;
	return true;
}

struct slice entry_reply(const struct entry *e)
{
	struct slice found = {0};
	if (e->kind == ENTRY_EXCHANGE && entry_there(e))
		for (const struct reply *r = e->exchange->replies; r; r = r->next)
			if (view_counts(r))
				found = view_bytes(r);
	return found;
}
