/* anatomy.c - see anatomy.h. */
#include "pane/anatomy.h"

#include "base/text.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { BYTES_SHOWN = 8, NAME_CELLS = 12 };

static enum style style_of(const struct frame_part *p)
{
	static const enum style styles[] = {[PART_LITERAL] = STYLE_LITERAL,
		[PART_FILLER] = STYLE_DIM,
		[PART_PAYLOAD] = STYLE_PAYLOAD,
		[PART_FIELD] = STYLE_FIELD,
		[PART_LENGTH] = STYLE_FIELD,
		[PART_CHECK] = STYLE_GOOD,
		[PART_TRANSFORM] = STYLE_LITERAL,
		[PART_END] = STYLE_LITERAL,
		[PART_ALIGN] = STYLE_DIM};
	return p->wrong ? STYLE_WRONG : styles[p->kind];
}

static const char *name_of(const struct frame_part *p)
{
	static const char *const names[] = {[PART_LITERAL] = "literal",
		[PART_FILLER] = "filler",
		[PART_PAYLOAD] = "payload",
		[PART_FIELD] = "field",
		[PART_LENGTH] = "length",
		[PART_CHECK] = "check",
		[PART_TRANSFORM] = "coded",
		[PART_END] = "end",
		[PART_ALIGN] = "padding"};
	return p->name ? p->name : names[p->kind];
}

static void add_value(
	const struct frame_part *p, size_t indent, enum style style, bool utf8, struct rows *out)
{
	struct bytes text;
	bytes_init(&text, p->bytes.len * 10 + 64);
	if (p->kind == PART_CHECK)
		bytes_addf(&text, "%s", p->wrong ? "wrong" : "right");
	else if (p->kind == PART_LENGTH || (p->kind == PART_FIELD && p->type))
		bytes_addf(&text, "%" PRIu64, p->number);
	else if (p->kind != PART_TRANSFORM)
		text_add(&text, p->bytes, TEXT_EDGES | (utf8 ? 0 : TEXT_ASCII));
	if (p->wrong && p->kind == PART_CHECK)
		bytes_addf(&text, ": expected %" PRIx64 ", got %" PRIx64, p->expected, p->number);
	else if (p->wrong)
		bytes_addf(&text, ": should be %" PRIu64, p->expected);
	if (p->type)
		bytes_addf(&text, "  (%s)", p->type);
	rows_text(out, style, indent, 4, bytes_slice(&text));
	bytes_free(&text);
}

static void part_row(const struct frame_part *p, size_t indent, bool utf8, struct rows *out)
{
	enum style style = style_of(p);
	struct slice shown =
		slice_cut(p->bytes, 0, p->bytes.len < BYTES_SHOWN ? p->bytes.len : BYTES_SHOWN);
	struct bytes hex;
	bytes_init(&hex, 64);
	text_add_hex(&hex, shown, true);
	if (shown.len < p->bytes.len)
		bytes_addf(&hex, " +%zu", p->bytes.len - shown.len);
	size_t left = indent + 2 * p->level;
	styled_pad(&out->line, STYLE_PLAIN, left);
	styled_add(&out->line, style, bytes_slice(&hex));
	/* The value stands below where the columns would be too narrow. */
	size_t name_at = out->width >= 60 ? indent + 3 * BYTES_SHOWN + 4 : out->line.cells + 2;
	styled_pad(
		&out->line, STYLE_PLAIN, name_at > out->line.cells ? name_at : out->line.cells + 1);
	styled_addf(&out->line, style, "%-*s ", NAME_CELLS, name_of(p));
	add_value(p, out->line.cells, style, utf8, out);
	rows_end(out);
	bytes_free(&hex);
}

bool anatomy_rows(const struct frame *frame, enum frame_side side, struct slice raw, size_t indent,
	bool utf8, struct rows *out)
{
	struct frame_part *parts = calloc(FRAME_PARTS_MAX, sizeof *parts);
	struct bytes scratch;
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	size_t count = parts ? frame_parts(frame, side, raw, NULL, &scratch, parts) : 0;
	for (size_t i = 0; i < count; i++)
		if (parts[i].bytes.len || parts[i].wrong)
			part_row(&parts[i], indent, utf8, out);
	bytes_free(&scratch);
	free(parts);
	return count > 0;
}
