/* entry.c - see entry.h.
 *
 * An exchange is a few blocks (block.h): the command, each frame that came, stray bytes, and what
 * went wrong.
 */
#include "pane/entry.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/sorted.h"
#include "base/text.h"
#include "pane/block.h"
#include "pane/detail.h"
#include "pane/passed.h"
#include "pane/spelled.h"
#include <stdio.h>
#include <stdlib.h>

enum { PLACE_EACH = 64 };
/* Of a reply that is coming so many rows are looked at; a frame of so many bytes has its parts. */
enum { COMING_ROWS = 400, COMING_PARTS = 4096 };
enum { WAITING_MAX = DURATION_TEXT_MAX + 128 };

/* ---- exchanges ---- */

static struct timespec later(struct timespec t, int64_t ns)
{
	int64_t all = t.tv_nsec + ns;
	return (struct timespec){t.tv_sec + all / NS_PER_S, (long)(all % NS_PER_S)};
}

static struct timespec last_line_of(const struct entry *e)
{
	return e->kind == ENTRY_EXCHANGE ? later(e->time, exchange_took(e->exchange)) : e->time;
}

/* Returns 0 where one of the times is not known; a negative time: the clock was set back. */
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
	char detail[DETAIL_MAX];
	struct block b = {.look = look,
		.mark = ">",
		.style = STYLE_SENT,
		.time = e->time,
		.session = e->device->session,
		.link = x->link,
		.frame = x->file ? NULL : x->frame,
		.side = SIDE_COMMAND,
		.payload = x->payload,
		.charset = x->charset,
		.raw = x->sent,
		.open = e->open,
		.unframed = x->wire,
		.hidden = x->hidden || x->file,
		.since = since,
		.detail = detail_sent(x, detail)};
	block_rows(&b, out);
}

static void reply_block(const struct entry *e, const struct reply *r, const struct look *look,
	int64_t since, struct rows *out)
{
	const struct exchange *x = e->exchange;
	struct bytes detail;
	MEM_UNSET char end[SPLIT_TEXT_MAX];
	bool whole = r->kind == SPLIT_FRAME;
	bool event = whole && (!x->command || r->mark == MARK_ASYNC || r->mark == MARK_NOT_OURS);
	bytes_init(&detail, LIMIT_MESSAGE);
	view_about(x, r, &detail);
	if (x->overheard && !whole)
		bytes_addf(&detail, "%sthe device broke it", detail.len ? "  " : "");
	struct block b = {.look = look,
		.mark = event          ? "*"
			: whole        ? "<"
			: x->overheard ? "<!"
				       : "!",
		.style = event   ? STYLE_EVENT
			 : whole ? STYLE_PLAIN
				 : STYLE_WRONG,
		.session = e->device->session,
		.link = x->link,
		.frame = x->frame,
		.side = SIDE_REPLY,
		.payload = view_bytes(r),
		.charset = x->charset,
		.raw = r->raw,
		.hidden = r->hidden,
		.came = true,
		.open = e->open,
		.since = since,
		.detail = bytes_str(&detail),
		.end = view_end(r, end)};
	if (!x->command)
		b.time = x->time;
	else if (r == x->last && exchange_took(x))
		b.time = later(x->time, exchange_took(x));
	block_rows(&b, out);
	bytes_free(&detail);
}

static void stray_block(
	const struct entry *e, const struct look *look, int64_t since, struct rows *out)
{
	struct slice stray = e->exchange->stray;
	struct block b = {.look = look,
		.mark = e->exchange->overheard ? "<!" : "?",
		.style = e->exchange->overheard ? STYLE_WRONG : STYLE_EVENT,
		.session = e->device->session,
		.link = e->exchange->link,
		.payload = stray,
		.charset = e->exchange->charset,
		.raw = stray,
		.open = e->open,
		.came = true,
		.unframed = true,
		.since = since,
		.detail = e->exchange->overheard ? "bytes of the device, of no frame"
						 : "stray bytes"};
	if (!e->exchange->command && !e->exchange->replies)
		b.time = e->time;
	block_rows(&b, out);
}

/* Adds words of wilco's own and ends the row.  Outside of a screen the terminal breaks the line, so
 * that searches find the whole text. */
static void words(const struct look *look, enum style style, size_t indent, struct slice text,
	struct rows *out)
{
	uint8_t *marks = NULL;
	if (out->row) {
		marks = mem_new(text.len + 1);
		marks_of_text(&look->marking, text, marks);
	}
	size_t width = out->width;
	if (look->lines)
		out->width = ROW_MAX;
	rows_words(out, style, indent, text, marks);
	out->width = width;
	free(marks);
}

static void text_rows(const struct entry *e, const struct look *look, const char *mark,
	enum style style, struct slice text, struct rows *out)
{
	struct block b = {.look = look,
		.mark = mark,
		.style = style,
		.time = last_line_of(e),
		.session = e->device->session,
		.detail = ""};
	words(look, style, block_begin(&b, out), text, out);
}

/* Adds why it failed.  A screen's label names the device; scripts read lines and need it all. */
static void add_failure(const struct entry *e, const struct look *look, struct bytes *safe)
{
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	if (look->lines)
		view_failure(session_name(e->device->session), e->exchange, &text);
	else
		bytes_add_str(&text, view_reason(e->exchange));
	text_add(safe, bytes_shown(&text), TEXT_PLAIN | text_charset(look->utf8));
	bytes_free(&text);
}

/* Returns bytes that stand for the text of a failure, which is made anew when it is shown. */
static struct slice failure_place(const struct entry *e)
{
	return slice_of(e->exchange, 1);
}

/* Says whether a view shows a frame.  An echo or acknowledgement is only a part of the wire. */
static bool entry_shows(const struct reply *r, const struct view *view)
{
	return view->wire || (r->mark != MARK_ECHO && r->kind != SPLIT_ACK);
}

/* Says whether the frame that failed says so in its own row. */
static bool is_told(const struct exchange *x, const struct look *look)
{
	if (x->overheard && x->last && x->status == EXCHANGE_DAMAGED)
		return !look->lines;
	return !look->lines && x->last && x->last->error && entry_shows(x->last, look->view) &&
	       strcmp(x->last->error, view_reason(x)) == 0;
}

static void wrong_row(const struct entry *e, const struct look *look, struct rows *out)
{
	struct bytes safe;
	bytes_init(&safe, LIMIT_MESSAGE * 4);
	add_failure(e, look, &safe);
	rows_hold(out, failure_place(e), 1);
	struct look here = *look; /* its place stands for its text */
	if (here.marking.here.at == failure_place(e).at)
		here.marking.here = bytes_shown(&safe);
	text_rows(e, &here, "!", STYLE_WRONG, bytes_shown(&safe), out);
	bytes_free(&safe);
}

static bool is_not_below(const void *place, const void *row)
{
	return ((const struct place *)place)->row <= *(const size_t *)row;
}

/* Returns the last place in front of the window; places NULL: none is kept. */
static const struct place *place_before(const struct places *places, size_t row)
{
	if (!places)
		return NULL;
	size_t n = sorted_place(places->at, places->count, sizeof *places->at, is_not_below, &row);
	return n ? &places->at[n - 1] : NULL;
}

static void add_place(struct places *places, const struct reply *r, size_t row)
{
	if (row <= (places->count ? places->at[places->count - 1].row : 0))
		return;
	places->at = mem_more(places->at, places->count, &places->room, sizeof *places->at);
	places->at[places->count++] = (struct place){r, row};
}

/* Returns the look of this entry, in `room` if it has one of its own. */
static const struct look *own_look(
	const struct entry *e, const struct look *look, struct look *room)
{
	if (!e->parts)
		return look;
	*room = *look;
	room->view = &view_anatomy;
	return room;
}

static void reply_rows(const struct entry *e, const struct reply *r, const struct look *look,
	int64_t since, struct places *places, struct rows *out)
{
	for (size_t n = 0; r && !rows_enough(out); r = r->next, n++) {
		if (places && n % PLACE_EACH == 0)
			add_place(places, r, out->made);
		if (!entry_shows(r, look->view))
			continue;
		reply_block(e, r, look, since, out);
		since = 0;
	}
}

/* Adds an exchange.  If it has no command, its first line shows the time since the line above. */
static void exchange_rows(const struct entry *e, const struct look *look,
	const struct timespec *before, struct places *places, struct rows *out)
{
	const struct exchange *x = e->exchange;
	const struct place *place = place_before(places, out->skip);
	int64_t since = time_since(before, &e->time);
	if (x->passed) {
		passed_block(e, look, since, out);
		return;
	}
	if (place)
		rows_pass(out, place->row);
	else if (x->broke)
		passed_block(e, look, since, out);
	else if (x->command)
		command_block(e, look, since, out);
	if (look->only_sent)
		return;
	since = place || x->command ? 0 : since;
	reply_rows(e, place ? place->reply : x->replies, look, since, places, out);
	if (x->stray.len)
		stray_block(e, look, x->replies ? 0 : since, out);
	if (exchange_failed(x) && !is_told(x, look))
		wrong_row(e, look, out);
}

struct timespec entry_end(const struct entry *e, const struct look *look)
{
	return look->only_sent ? e->time : last_line_of(e);
}

void entry_rows(const struct entry *e, const struct look *look, const struct timespec *before,
	struct places *places, struct rows *out)
{
	static const char marks[][2] = {
		[ENTRY_OUTPUT] = " ", [ENTRY_NOTE] = "-", [ENTRY_ERROR] = "!"};
	static const enum style styles[] = {[ENTRY_OUTPUT] = STYLE_PLAIN,
		[ENTRY_NOTE] = STYLE_DIM,
		[ENTRY_ERROR] = STYLE_WRONG};
	MEM_UNSET struct look own;
	if (e->kind == ENTRY_EXCHANGE)
		exchange_rows(e, own_look(e, look, &own), before, places, out);
	else if (e->kind == ENTRY_OUTPUT) {
		words(look, STYLE_PLAIN, strspn(e->text, " "), slice_str(e->text), out);
	} else
		text_rows(e, look, marks[e->kind], styles[e->kind], slice_str(e->text), out);
}

/* ---- what waits ---- */

void entry_waiting(const struct waiting *w, const struct look *look, struct rows *out)
{
	const struct exchange *x = w->exchange;
	char detail[DETAIL_MAX];
	detail_waiting(w, out->width, detail);
	struct block b = {.look = look,
		.mark = ">",
		.style = STYLE_SENT,
		.time = x->time,
		.session = w->session,
		.frame = x->file ? NULL : x->frame,
		.side = SIDE_COMMAND,
		.payload = x->payload,
		.charset = x->charset,
		.raw = x->sent,
		.unframed = x->wire,
		.hidden = x->hidden || x->file,
		.counts = x->file,
		.detail = detail};
	block_rows(&b, out);
}

/* Returns the end of what came, beginning with a line.  More than a window shows is not looked at
 * again and again while it grows. */
static struct slice end_of(struct slice bytes, size_t width)
{
	size_t most = COMING_ROWS * width;
	if (bytes.len <= most)
		return bytes;
	struct slice end = slice_cut(bytes, bytes.len - most, bytes.len);
	const uint8_t *line = memchr(end.at, '\n', end.len / 2);
	return line ? slice_cut(end, (size_t)(line - end.at) + 1, end.len) : end;
}

/* Returns the bytes that came last: of no frame, or of the last one. */
static struct slice came_last(const struct waiting *w)
{
	const struct exchange *x = w->exchange;
	return w->coming.rest.len ? w->coming.rest : x->last ? view_bytes(x->last) : x->stray;
}

static struct block coming_block(
	const struct waiting *w, const struct look *look, struct slice bytes)
{
	return (struct block){.look = look,
		.mark = look->utf8 ? "\u2039" : "<",
		.style = STYLE_PLAIN,
		.session = w->session,
		.frame = w->exchange->frame,
		.side = SIDE_REPLY,
		.payload = bytes,
		.charset = w->exchange->charset,
		.raw = bytes,
		.came = true,
		.unframed = bytes.len > COMING_PARTS,
		.detail = ""};
}

static void coming_count(const struct waiting *w, char out[WAITING_MAX])
{
	size_t bytes = w->coming.bytes;
	snprintf(out, WAITING_MAX, "%zu byte%s so far", bytes, plural(bytes));
}

static void add_coming(const struct waiting *w, const struct look *look, struct rows *out)
{
	struct slice rest = w->coming.rest;
	unsigned charset = w->exchange->charset;
	struct look here = *look;
	here.view = block_view(look, true, w->exchange->frame, rest, charset);
	here.fold = 0;
	if (here.view == &view_text ||
		here.view == &view_hex) /* a dump counts from its beginning */
		rest = end_of(rest, out->width);
	char count[WAITING_MAX];
	struct block b = coming_block(w, &here, rest);
	coming_count(w, count);
	block_coming(&b, count, out);
}

void entry_coming(const struct waiting *w, const struct look *look, struct rows *out)
{
	struct record_device device = {.session = w->session};
	struct exchange x = *w->exchange;
	struct entry e = {.device = &device, .exchange = &x, .kind = ENTRY_EXCHANGE, .open = true};
	x.last = NULL; /* no frame is known to be the last */
	x.stray = end_of(x.stray, out->width);
	reply_rows(&e, w->from, look, 0, NULL, out);
	if (x.stray.len)
		stray_block(&e, look, 0, out);
	add_coming(w, look, out);
}

void entry_waiting_line(
	const struct waiting *w, const struct look *look, size_t cells, struct styled *line)
{
	char detail[DETAIL_MAX], count[WAITING_MAX];
	bool came = w->coming.bytes;
	struct block b = coming_block(w, look, came ? came_last(w) : w->exchange->payload);
	struct spelled s = block_payload(&b);
	MEM_UNSET struct styled behind;
	styled_init(&behind);
	detail_waiting(w, cells, detail);
	coming_count(w, count);
	if (w->exchange->file && !came)
		s.digits = NULL;
	else if (look->view->wire)
		s.digits = &digits_hex;
	if (came)
		block_cursor(look, &behind);
	styled_addf(&behind, STYLE_DIM, " %s%s%s", came ? count : "", came ? ", " : " ", detail);
	styled_add(line, STYLE_PLAIN, slice_str(came ? b.mark : ">"));
	styled_add(line, STYLE_PLAIN, SLICE(" "));
	size_t taken = line->cells + behind.cells, room = cells > taken ? cells - taken : 0;
	(came ? spelled_end : spelled_short)(&s, room, line);
	styled_add(line, STYLE_PLAIN, bytes_slice(&behind.text));
	styled_cut(line, cells);
	styled_free(&behind);
}

/* ---- searching ---- */

/* The places in an entry are walked through one by one, to count them or to find one. */
struct finding {
	const struct find *find;
	const struct look *look;
	size_t count, before;      /* of those so far; of the wanted one */
	struct entry_place *place; /* where to put it; NULL: they are only counted */
};

/* Counts n more places; true: the wanted one is among them, with *before others before it. */
static bool finding_count(struct finding *f, size_t n, size_t *before)
{
	bool among = f->place && f->before >= f->count && f->before - f->count < n;
	*before = f->before - f->count;
	f->count += n;
	return among;
}

/* Walks over a block; true: the place was found.  If the view shows other bytes, it is where those
 * begin. */
static bool find_in_block(
	struct finding *f, struct slice payload, struct slice wire, const struct view *view)
{
	struct marks m;
	bool on_wire = f->find->kind == FIND_BYTES;
	struct slice in = on_wire ? wire : payload, shown = view->wire ? wire : payload;
	size_t before;
	if (!finding_count(f, find_count(f->find, in, false), &before) ||
		!find_place(f->find, in, false, before, &f->place->bytes))
		return false;
	marks_begin(&m, &(struct marking){.find = f->find}, shown, payload, wire);
	size_t at = (size_t)(f->place->bytes.at - in.at) - m.search.shift;
	bool same = m.search.in.at == in.at && m.search.in.len == in.len && at < shown.len;
	f->place->shown = same ? shown.at + at : shown.at;
	return true;
}

/* A failure has one place, whatever is found in its text. */
static bool find_in_failure(struct finding *f, const struct entry *e)
{
	struct bytes safe;
	size_t before;
	bytes_init(&safe, LIMIT_MESSAGE * 4);
	add_failure(e, &(struct look){.utf8 = true}, &safe);
	bool found = find_in(f->find, bytes_slice(&safe), true);
	bytes_free(&safe);
	if (!finding_count(f, found, &before))
		return false;
	f->place->bytes = failure_place(e);
	f->place->shown =
		is_told(e->exchange, f->look) ? e->exchange->last->raw.at : f->place->bytes.at;
	return true;
}

static bool find_in_exchange(struct finding *f, const struct entry *e)
{
	const struct exchange *x = e->exchange;
	MEM_UNSET struct look own;
	const struct look *look = own_look(e, f->look, &own);
	unsigned charset = x->charset;
	struct slice stray = x->stray, payload = x->payload;
	struct slice wire = x->broke ? x->broke->raw : x->sent;
	struct frame *frame = x->broke && !passed_of(x) ? NULL : x->frame;
	if (x->broke)
		payload = frame ? view_bytes(x->broke) : wire;
	const struct view *view = block_view(look, x->broke, frame, payload, charset);
	if (x->command && find_in_block(f, payload, wire, view))
		return true;
	if (f->look->only_sent)
		return false;
	for (const struct reply *r = x->replies; r; r = r->next) {
		payload = view_bytes(r);
		view = block_view(look, true, x->frame, payload, charset);
		if (find_in_block(f, payload, r->raw, view))
			return true;
	}
	view = block_view(look, true, NULL, stray, charset);
	if (stray.len && find_in_block(f, stray, stray, view))
		return true;
	return exchange_failed(x) && find_in_failure(f, e);
}

static bool find_in_text(struct finding *f, struct slice text)
{
	size_t before;
	if (!finding_count(f, find_count(f->find, text, true), &before) ||
		!find_place(f->find, text, true, before, &f->place->bytes))
		return false;
	f->place->shown = f->place->bytes.at;
	return true;
}

static bool find_in_entry(struct finding *f, const struct entry *e)
{
	return e->kind == ENTRY_EXCHANGE ? find_in_exchange(f, e)
					 : find_in_text(f, slice_str(e->text));
}

size_t entry_count(const struct entry *e, const struct find *f, const struct look *look)
{
	struct finding finding = {.find = f, .look = look};
	find_in_entry(&finding, e);
	return finding.count;
}

bool entry_find(const struct entry *e, const struct find *f, const struct look *look, size_t before,
	struct entry_place *place)
{
	struct finding finding = {.find = f, .look = look, .before = before, .place = place};
	return find_in_entry(&finding, e);
}

struct slice entry_reply(const struct entry *e)
{
	const struct exchange *x = e->kind == ENTRY_EXCHANGE ? e->exchange : NULL;
	const struct reply *r = !x ? NULL : x->passed ? x->replies : view_answer(x);
	if (x && x->passed)
		return r ? r->raw : x->stray;
	return r ? view_bytes(r) : (struct slice){0};
}
