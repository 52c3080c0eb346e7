/* entry.c - see entry.h.
 *
 * An exchange is a few blocks (block.h): the command, each frame that came, stray bytes, what went
 * wrong.
 */
#include "pane/entry.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "pane/block.h"
#include "pane/spelled.h"
#include <stdio.h>
#include <stdlib.h>

enum { PLACE_EACH = 64 };

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
	words(look, style, block_begin(&b, out), text, out);
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

/* An echo and an acknowledgement are part of the wire, not of the answer. */
static bool shows(const struct reply *r, enum view view)
{
	return view >= VIEW_DUMP || (r->mark != MARK_ECHO && r->kind != SPLIT_ACK);
}

/* The frame that failed says so in its own row. */
static bool is_told(const struct exchange *x, enum view view)
{
	return x->last && x->last->error && shows(x->last, view) &&
	       strcmp(x->last->error, view_reason(x)) == 0;
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
	if (has_failed(x) && !is_told(x, look->view))
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
	char detail[DURATION_TEXT_MAX + 24] = "waiting", time[DURATION_TEXT_MAX];
	if (!x->sent_at)
		snprintf(detail, sizeof detail, "waits for the line");
	else if (waited >= NS_PER_S)
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
		*place = is_told(x, view) ? x->last->raw.at : failure_place(e).at;
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
