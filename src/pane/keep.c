/* keep.c - entries as files and comparisons; see pane.h. */
#include "base/number.h"
#include "base/text.h"
#include "pane/pane_private.h"
#include "pane/spelled.h"
#include <stdlib.h>

enum { LISTED_ROWS = 64, COPIED_ROWS = 4096 };
enum { COMPARED_WHOLE = 256, COMPARED_ROWS = 64 };

/* ---- lines of the language ---- */

/* Fields that were given for this command alone. */
static void add_with(const struct exchange *x, struct bytes *out)
{
	bytes_add_str(out, ".with ");
	for (size_t i = 0; i < frame_field_count(x->frame); i++) {
		const struct field_value *v = &x->with->at[i];
		if (!v->set)
			continue;
		bytes_addf(out, "%s=", frame_field_name(x->frame, i));
		frame_field_text(v, out);
		bytes_add_str(out, " ");
	}
	bytes_add_str(out, "-- ");
}

/* The canonical spelling of design section 6: what would read as something else is escaped. */
static void add_command(const struct exchange *x, struct bytes *out)
{
	struct bytes text;
	bool bin = frame_rules(x->frame)->bin;
	bytes_init(&text, x->payload.len * 10 + 8);
	if (x->wire || bin)
		text_add_hex(&text, x->payload, true);
	else
		text_add(&text, x->payload, TEXT_EDGES);
	struct slice t = bytes_slice(&text);
	if (x->with)
		add_with(x, out);
	if (x->wire)
		bytes_add_str(out, ".wire ");
	else if (bin)
		bytes_add_str(out, ".hex ");
	else if (!t.len)
		bytes_add_str(out, ".text");
	else if (t.at[0] == '.')
		bytes_add_str(out, ".");
	else if (t.at[0] == '#') {
		bytes_add_str(out, "\\x23");
		t = slice_cut(t, 1, t.len);
	}
	bytes_add(out, t);
	bytes_add_str(out, "\n");
	bytes_free(&text);
}

static void add_reply(const struct exchange *x, const struct reply *r, struct bytes *out)
{
	struct bytes text;
	struct slice payload = view_bytes(r);
	bytes_init(&text, payload.len * 10 + 8);
	bytes_add_str(out, "  ");
	if (frame_rules(x->frame)->bin) {
		bytes_add_str(out, "\\<");
		text_add_hex(out, payload, true);
		bytes_add_str(out, ">");
	} else if (!payload.len) {
		bytes_add_str(out, SPELLED_EMPTY);
	} else {
		text_add(&text, payload, TEXT_EDGES);
		struct slice t = bytes_slice(&text);
		bool paren = t.at[0] == '(', ends = t.at[t.len - 1] == ')';
		bytes_add_str(out, paren ? "\\x28" : "");
		bytes_add(out, slice_cut(t, paren, t.len - (ends && t.len > paren)));
		bytes_add_str(out, ends && t.len > paren ? "\\x29" : "");
	}
	bytes_add_str(out, "\n");
	bytes_free(&text);
}

enum { AT_COMMAND, AT_REPLIES, AT_END };

bool entry_next_lines(const struct entry *e, struct entry_at *at, struct bytes *out)
{
	const struct exchange *x = e->exchange;
	if (at->stage == AT_COMMAND) {
		add_command(x, out);
		*at = (struct entry_at){AT_REPLIES, x->replies};
	} else if (at->stage == AT_REPLIES && at->reply) {
		if (view_counts(at->reply))
			add_reply(x, at->reply, out);
		at->reply = at->reply->next;
	} else if (at->stage == AT_REPLIES) {
		if (x->status != EXCHANGE_OK)
			bytes_addf(out, "# ended as %s\n", exchange_status_name(x->status));
		at->stage = AT_END;
	}
	return at->stage != AT_END;
}

void entry_lines(const struct entry *e, struct bytes *out)
{
	struct entry_at at = {0};
	if (e->kind == ENTRY_EXCHANGE && entry_there(e) && e->exchange->command)
		while (entry_next_lines(e, &at, out))
			;
}

/* ---- as shown ---- */

void entry_replies(const struct entry *e, struct bytes *out)
{
	bool there = e->kind == ENTRY_EXCHANGE && entry_there(e);
	for (const struct reply *r = there ? e->exchange->replies : NULL; r; r = r->next) {
		if (!view_counts(r))
			continue;
		if (frame_rules(e->exchange->frame)->bin)
			text_add_hex(out, view_bytes(r), true);
		else
			text_add(out, view_bytes(r), 0);
		bytes_add_str(out, "\n");
	}
}

static void add_row(void *arg, const struct styled *row)
{
	struct bytes *out = arg;
	bytes_add(out, bytes_slice(&row->text));
	bytes_add_str(out, "\n");
}

void pane_copy_begin(struct entry_copy *c, const struct pane *p, const struct entry *e)
{
	*c = (struct entry_copy){.entry = *e, .look = p->look, .width = p->width};
	c->look.fold = 0;
	c->look.find = NULL; /* marks are no text */
}

bool pane_copy_next(struct entry_copy *c, struct bytes *out)
{
	struct rows rows;
	rows_init(&rows, c->width, c->row, COPIED_ROWS, add_row, out);
	entry_rows(&c->entry, &c->look, NULL, &c->places, &rows);
	bool more = rows_enough(&rows);
	c->row += COPIED_ROWS;
	rows_free(&rows);
	return more;
}

void pane_copy_end(struct entry_copy *c)
{
	free(c->places.at);
}

void pane_as_shown(const struct pane *p, const struct entry *e, struct bytes *out)
{
	struct entry_copy c;
	pane_copy_begin(&c, p, e);
	while (pane_copy_next(&c, out))
		;
	pane_copy_end(&c);
}

void pane_list(
	struct pane *p, size_t i, void (*row)(void *arg, const struct styled *row), void *arg)
{
	struct rows rows;
	struct look look = p->look;
	size_t above = pane_above(p, i);
	struct timespec before = {0};
	if (above != PANE_NONE)
		before = entry_end(&p->slots[above].entry, &p->look);
	look.fold = LISTED_ROWS;
	look.lines = true;
	rows_init(&rows, p->width, 0, (size_t)-1, row, arg);
	entry_rows(&p->slots[i].entry, &look, &before, NULL, &rows);
	rows_free(&rows);
}

/* ---- comparing ---- */

/* Columns of a comparison: where there is little room, with little between them. */
struct sides {
	size_t bytes; /* in a row of each */
	const char *gap, *between;
};

static struct sides sides_for(size_t width)
{
	if (width < 75)
		return (struct sides){4, " ", "|"};
	return (struct sides){width < 139 ? 8 : 16, "  ", " | "};
}

static void add_side(struct slice part, size_t bytes, struct bytes *out)
{
	for (size_t i = 0; i < bytes; i++)
		if (i < part.len)
			bytes_addf(out, "%02x ", part.at[i]);
		else
			bytes_add_str(out, "   ");
	for (size_t i = 0; i < bytes; i++)
		bytes_addf(out, "%c",
			i >= part.len                             ? ' '
			: part.at[i] >= 0x20 && part.at[i] < 0x7f ? part.at[i]
								  : '.');
}

static void add_marks(struct slice a, struct slice b, size_t indent, struct bytes *out)
{
	bytes_addf(out, "%*s", (int)indent, "");
	for (size_t i = 0; i < a.len || i < b.len; i++) {
		bool same = i < a.len && i < b.len && a.at[i] == b.at[i];
		bytes_add_str(out, same ? "   " : "^^ ");
	}
	bytes_add_str(out, "\n");
}

static size_t count_differing(struct slice a, struct slice b)
{
	size_t most = a.len > b.len ? a.len : b.len, differ = 0;
	for (size_t i = 0; i < most; i++)
		differ += i >= a.len || i >= b.len || a.at[i] != b.at[i];
	return differ;
}

/* "left:  12:01:02.123 > SPEED?" */
static void add_heading(const char *side, const struct entry *e, size_t width, struct bytes *out)
{
	const struct exchange *x = e->exchange;
	struct styled row;
	struct bytes text;
	struct tm tm;
	styled_init(&row);
	bytes_init(&text, x->payload.len * 10 + LIMIT_MESSAGE);
	localtime_r(&e->time.tv_sec, &tm);
	styled_addf(&row, STYLE_PLAIN, "%-6s %02d:%02d:%02d.%03ld %c ", side, tm.tm_hour, tm.tm_min,
		tm.tm_sec, e->time.tv_nsec / NS_PER_MS, x->command ? '>' : '*');
	if (!x->command)
		bytes_add_str(&text, exchange_status_name(x->status));
	else if (x->wire || frame_rules(x->frame)->bin)
		text_add_hex(&text, x->payload, true);
	else
		text_add(&text, x->payload, TEXT_ASCII);
	styled_add(&row, STYLE_PLAIN, slice_cut(bytes_slice(&text), 0, width));
	styled_cut(&row, width);
	bytes_addf(out, "%.*s\n", SLICE_ARG(bytes_slice(&row.text)));
	bytes_free(&text);
	styled_free(&row);
}

static bool can_compare(const char *side, const struct entry *e, struct bytes *out)
{
	if (e->kind != ENTRY_EXCHANGE)
		bytes_addf(out, "only what devices said is compared: the %s one is wilco's own\n",
			side);
	else if (!entry_there(e))
		bytes_addf(out, "the %s one is no longer in memory\n", side);
	return e->kind == ENTRY_EXCHANGE && entry_there(e);
}

/* Of long replies only rows that differ, and no more of them than somebody reads. */
static void compare(struct slice left, struct slice right, size_t width, struct bytes *out)
{
	const struct sides sides = sides_for(width);
	size_t most = left.len > right.len ? left.len : right.len, shown = 0;
	size_t differ = count_differing(left, right), told = 0;
	bytes_addf(out, "%zu and %zu bytes, %zu differ\n", left.len, right.len, differ);
	for (size_t at = 0; at < most && shown < COMPARED_ROWS; at += sides.bytes) {
		struct slice l = slice_cut(left, at, at + sides.bytes);
		struct slice r = slice_cut(right, at, at + sides.bytes);
		size_t here = count_differing(l, r), before = out->len;
		if (!here && most > COMPARED_WHOLE)
			continue;
		bytes_addf(out, "%04zx%s", at, sides.gap);
		size_t indent = out->len - before;
		add_side(l, sides.bytes, out);
		bytes_add_str(out, sides.between);
		add_side(r, sides.bytes, out);
		bytes_add_str(out, "\n");
		if (here)
			add_marks(l, r, indent, out);
		told += here;
		shown++;
	}
	if (told < differ)
		bytes_addf(out, "... %zu more bytes differ\n", differ - told);
}

void entry_compare(const struct entry *a, const struct entry *b, size_t width, struct bytes *out)
{
	if (!can_compare("left", a, out) || !can_compare("right", b, out))
		return;
	add_heading("left:", a, width, out);
	add_heading("right:", b, width, out);
	compare(entry_reply(a), entry_reply(b), width, out);
}
