/* differ.c - see differ.h. */
#include "cli/differ.h"

#include "base/escape.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/out.h"
#include "pane/pane.h"
#include <stdio.h>
#include <stdlib.h>

enum { DIFFER_INDENT = 7, DIFFER_CELLS = 72, PART_SHOWN = 12 };

static void print_row(const char *what, struct slice text, unsigned flags)
{
	struct bytes *out = out_begin();
	bytes_addf(out, "%*s%s", DIFFER_INDENT, "", what);
	text_add(out, text, flags | out_spelling());
	out_end();
}

static void print_safe(struct slice text)
{
	struct slice line;
	while (slice_line(&text, &line)) {
		while (line.len && line.at[line.len - 1] == ' ')
			line.len--;
		print_row("", line, TEXT_PLAIN);
	}
}

/* Takes the bytes out of their spelling; false: it is a mark or a pattern.  A byte of a mask that
 * may be any is the one that came (`got`). */
static bool bytes_of(const char *spelled, struct slice got, struct bytes *out)
{
	struct error none;
	struct bytes text;
	struct slice s = slice_str(spelled);
	bool pattern = slice_ends(s, SLICE(" (re)")) || slice_ends(s, SLICE(" (glob)")) ||
		       slice_ends(s, SLICE(" (any)"));
	if (slice_is(s, "(empty)"))
		return true;
	if (!s.len || s.at[0] == '(' || pattern)
		return false;
	bytes_init(&text, s.len + 1);
	bytes_add(&text, s);
	if (slice_starts(s, SLICE("\\<"))) /* \<01 ?? 03> */
		for (size_t i = 0; 2 + 3 * i + 1 < text.len; i++)
			if (text.at[2 + 3 * i] == '?') {
				char hex[3];
				snprintf(hex, sizeof hex, "%02x", i < got.len ? got.at[i] : 0);
				memcpy(text.at + 2 + 3 * i, hex, 2);
			}
	bool good = escape_decode(bytes_slice(&text), out, &none);
	bytes_free(&text);
	return good;
}

/* ---- by the parts of the frame ---- */

/* The frame that came, and the one that was expected. */
struct sides {
	const struct frame *frame;
	struct slice raw[2];
	struct bytes scratch[2];
	struct frame_part parts[2][FRAME_PARTS_MAX];
	size_t count[2];
};

/* Finds the reply with this payload. */
static const struct reply *reply_with(const struct exchange *x, struct slice payload)
{
	const struct reply *r = x ? x->replies : NULL;
	while (r && !(r->kind == SPLIT_FRAME && slice_equal(r->payload, payload)))
		r = r->next;
	return r;
}

/* Encodes what was expected, with the fields that came. */
static bool encode_expected(
	const struct exchange *x, const struct reply *r, struct slice payload, struct bytes *wire)
{
	struct frame_values sent = {0};
	struct bytes scratch;
	struct error none;
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	for (size_t i = 0; r->fields && i < frame_field_count(x->frame); i++)
		sent.at[i] = r->fields[i];
	bool good = frame_encode(
		x->frame, SIDE_REPLY, payload, r->fields, sent.at, 0, &scratch, wire, &none);
	bytes_free(&scratch);
	return good;
}

static void add_part(const struct frame_part *p, struct bytes *out)
{
	struct slice shown = slice_cut(p->bytes, 0, PART_SHOWN);
	struct bytes hex;
	bytes_init(&hex, LIMIT_MESSAGE);
	text_add_hex(&hex, shown, true);
	bytes_add_str(&hex, shown.len < p->bytes.len ? " ..." : "");
	bytes_addf(out, "%-*s", 3 * PART_SHOWN / 2, bytes_str(&hex));
	bytes_free(&hex);
}

static void part_row(const struct sides *s, size_t i)
{
	const struct frame_part *a = &s->parts[0][i], *b = &s->parts[1][i];
	bool same = slice_equal(a->bytes, b->bytes);
	bool inside = b->level > 0; /* a transform: its bytes are not those on the wire */
	struct bytes row;
	bytes_init(&row, LIMIT_MESSAGE);
	if (inside)
		bytes_add_str(&row, "   -  ");
	else
		bytes_addf(&row, "%04zx  ", (size_t)(b->bytes.at - s->raw[1].at));
	bytes_addf(&row, "%-12s ", frame_part_name(b));
	add_part(a, &row);
	bytes_add_str(&row, same ? "   " : " * ");
	add_part(b, &row);
	print_safe(slice_trim(bytes_slice(&row)));
	bytes_free(&row);
}

/* Says whether the frame has more than a payload between its ends, and both have the same parts. */
static bool has_parts(const struct sides *s)
{
	bool named = false;
	for (size_t i = 0; i < s->count[1]; i++) {
		enum part_kind kind = s->parts[1][i].kind;
		named |= kind == PART_FIELD || kind == PART_LENGTH || kind == PART_CHECK;
		if (i >= s->count[0] || s->parts[0][i].kind != kind)
			return false;
	}
	return named && s->count[0] == s->count[1];
}

static void part_rows(const struct sides *s)
{
	bool differ = false;
	for (size_t i = 0; i < s->count[1]; i++)
		differ |= !slice_equal(s->parts[0][i].bytes, s->parts[1][i].bytes);
	for (size_t i = 0; differ && i < s->count[1]; i++)
		part_row(s, i);
}

static void print_parts(const struct exchange *x, struct slice expected, struct slice got)
{
	const struct reply *r = reply_with(x, got);
	struct bytes wire;
	bytes_init(&wire, LIMIT_WIRE);
	if (r && encode_expected(x, r, expected, &wire)) {
		struct sides *s = mem_new(sizeof *s);
		s->frame = x->frame;
		s->raw[0] = bytes_slice(&wire);
		s->raw[1] = r->raw;
		for (size_t i = 0; i < 2; i++) {
			bytes_init(&s->scratch[i], LIMIT_FRAME_MOST);
			s->count[i] = frame_parts(
				x->frame, SIDE_REPLY, s->raw[i], NULL, &s->scratch[i], s->parts[i]);
		}
		if (has_parts(s))
			part_rows(s);
		bytes_free(&s->scratch[0]);
		bytes_free(&s->scratch[1]);
		free(s);
	}
	bytes_free(&wire);
}

/* ---- the difference ---- */

static void print_bytes(const struct exchange *x, const struct difference *d)
{
	struct bytes expected, got, text;
	bytes_init(&expected, LIMIT_MESSAGE);
	bytes_init(&got, LIMIT_MESSAGE);
	bytes_init(&text, LIMIT_MESSAGE);
	if (d->expected && d->got && strstr(d->at, "byte ") && bytes_of(d->got, SLICE(""), &got) &&
		bytes_of(d->expected, bytes_slice(&got), &expected)) {
		compare_bytes(bytes_slice(&expected), bytes_slice(&got), DIFFER_CELLS, &text);
		print_safe(bytes_shown(&text));
		print_parts(x, bytes_slice(&expected), bytes_slice(&got));
	}
	bytes_free(&expected);
	bytes_free(&got);
	bytes_free(&text);
}

void differ_print(const struct step_result *r)
{
	const struct differences *all = r->differences;
	for (size_t i = 0; i < all->count; i++) {
		const struct difference *d = &all->at[i];
		print_row("at       ", slice_str(d->at), TEXT_PLAIN);
		print_row(
			"expected ", slice_str(d->expected ? d->expected : "nothing"), TEXT_PLAIN);
		print_row("got      ", slice_str(d->got ? d->got : "nothing"), TEXT_PLAIN);
		print_bytes(r->exchange, d);
	}
	if (all->more) {
		char more[64];
		snprintf(more, sizeof more, "and %zu more differences", all->more);
		print_row(more, SLICE(""), 0);
	}
}
