/* compare.c - shows the bytes of two replies side by side; see pane.h. */
#include "base/number.h"
#include "base/text.h"
#include "pane/pane.h"

enum { COMPARED_WHOLE = 256, COMPARED_ROWS = 64 };

/* The columns of a comparison; a narrow window has smaller gaps. */
struct sides {
	size_t bytes; /* in a row of each side */
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

/* Adds "left:  12:01:02.123 > SPEED?"; a file may have no times. */
static void add_heading(const char *side, const struct entry *e, size_t width, struct bytes *out)
{
	const struct exchange *x = e->exchange;
	struct styled row;
	struct bytes text;
	char time[CLOCK_TEXT_MAX];
	styled_init(&row);
	bytes_init(&text, (x->payload.len + x->held) * TEXT_MOST + LIMIT_MESSAGE);
	styled_addf(&row, STYLE_PLAIN, "%-6s %s%s%c ", side,
		e->time.tv_sec ? clock_text(&e->time, true, time) : "", e->time.tv_sec ? " " : "",
		x->command  ? '>'
		: x->passed ? '<'
			    : '*');
	if (x->passed)
		text_add(&text, x->replies ? view_bytes(x->replies) : x->stray,
			TEXT_ASCII | frame_spelling(x->frame));
	else if (!x->command)
		bytes_add_str(&text, exchange_status_name(x->status));
	else
		text_add(&text, x->payload,
			TEXT_ASCII | (x->file          ? 0
					     : x->wire ? TEXT_BIN
						       : frame_spelling(x->frame)));
	styled_add(&row, STYLE_PLAIN, slice_cut(bytes_slice(&text), 0, width));
	styled_cut(&row, width);
	bytes_addf(out, "%.*s\n", SLICE_ARG(bytes_slice(&row.text)));
	bytes_free(&text);
	styled_free(&row);
}

static bool can_compare(const char *side, const struct entry *e, struct bytes *out)
{
	bool exchange = e && e->kind == ENTRY_EXCHANGE;
	if (!e)
		bytes_addf(out, "the %s entry is no longer in memory\n", side);
	else if (!exchange)
		bytes_addf(out, "only exchanges can be compared: the %s entry is none\n", side);
	return exchange;
}

void compare_bytes(struct slice left, struct slice right, size_t width, struct bytes *out)
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
	compare_bytes(entry_reply(a), entry_reply(b), width, out);
}
