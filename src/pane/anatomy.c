/* anatomy.c - see anatomy.h. */
#include "pane/anatomy.h"

#include "base/text.h"
#include "pane/spelled.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { BYTES_SHOWN = 8, NAME_CELLS = 12, NAME_LEAST = 8, WIDE = 60 };

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

static bool is_number(const struct frame_part *p)
{
	return p->kind == PART_LENGTH || p->kind == PART_CHECK ||
	       (p->kind == PART_FIELD && p->type && !field_is_text(&p->value));
}

/* Says whether the value is what the bytes spell: no number, and not what is coded in them. */
static bool is_spelled(const struct frame_part *p)
{
	return !is_number(p) && p->kind != PART_TRANSFORM;
}

static void add_check(const struct frame_part *p, bool wide, struct bytes *out)
{
	if (!p->wrong) {
		bytes_add_str(out, "right");
		return;
	}
	bytes_add_str(out, wide ? "wrong: expected " : "should be ");
	frame_value_add(out, p->expected, p->digits);
	if (wide) {
		bytes_add_str(out, ", got ");
		frame_value_add(out, p->number, p->digits);
	}
}

static void add_number(const struct frame_part *p, bool wide, struct bytes *out)
{
	if (p->kind == PART_CHECK) {
		add_check(p, wide, out);
		return;
	}
	if (p->kind == PART_FIELD)
		frame_field_text(&p->value, out);
	else
		bytes_addf(out, "%" PRIu64, p->number);
	if (p->wrong)
		bytes_addf(out, ": should be %" PRIu64, p->expected);
}

/* Adds the type, which gives way in a narrow window, and where the row has room for all else. */
static void add_type(const struct frame_part *p, bool wide, size_t room, struct bytes *text)
{
	size_t cells = text_cells(bytes_slice(text)), more = strlen(p->type) + strlen("  ()");
	if ((wide && cells > room) || cells + more <= room)
		bytes_addf(text, "  (%s)", p->type);
}

static size_t room_of(const struct rows *out)
{
	return out->width > out->line.cells ? out->width - out->line.cells : 0;
}

/* Adds the value and ends the row.  A narrow window has few rows: there a mark shows a fold. */
static void add_value(const struct anatomy *a, const struct frame_part *p,
	const struct spelled *bytes, struct rows *out)
{
	size_t indent = out->line.cells, shown = p->bytes.len, most = 0;
	bool wide = out->width >= WIDE;
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	if (a->folded)
		most = wide ? 4 : 2;
	if (is_spelled(p))
		shown = spelled_rows(bytes, indent, most, out);
	else if (is_number(p))
		add_number(p, wide, &text);
	bytes_add_str(&text, shown < p->bytes.len && !wide ? "~" : "");
	if (p->type)
		add_type(p, wide, room_of(out), &text);
	rows_words(out, bytes->style, indent, bytes_shown(&text), NULL);
	if (shown < p->bytes.len && wide)
		rows_folded(out, indent, p->bytes.len - shown, a->list);
	bytes_free(&text);
}

/* The columns after the indent; a narrow window makes each narrower. */
struct columns {
	size_t bytes, name, value; /* most bytes; where the others begin */
};

static struct columns columns_of(const struct rows *out, size_t indent)
{
	bool wide = out->width >= WIDE;
	size_t bytes = wide ? BYTES_SHOWN : BYTES_SHOWN / 2;
	size_t name = indent + 3 * bytes + 4;
	return (struct columns){bytes, name, name + (wide ? NAME_CELLS : NAME_LEAST) + 1};
}

/* Pads to this cell, with at least one blank. */
static void pad_to(struct styled *line, enum style style, size_t cell)
{
	styled_pad(line, style, line->cells < cell ? cell : line->cells + 1);
}

/* Adds bytes, and how many more there are where not all fit, so that names stay in their column. */
static void add_bytes(struct spelled s, const struct columns *columns, struct styled *line)
{
	char more[32];
	size_t all = s.bytes.len, n = all < columns->bytes ? all : columns->bytes;
	for (;; n--) {
		snprintf(more, sizeof more, " +%zu", all - n);
		if (n == all)
			more[0] = 0;
		if (n <= 1 || line->cells + 3 * n - 1 + strlen(more) < columns->name)
			break;
	}
	s.digits = &digits_hex;
	s.bytes.len = n;
	spelled_short(&s, SIZE_MAX - 1, line);
	styled_addf(line, s.style, "%s", more);
	pad_to(line, STYLE_PLAIN, columns->name);
}

static void part_row(const struct anatomy *a, const struct frame_part *p,
	const struct spelled *bytes, size_t indent, struct rows *out)
{
	struct columns columns = columns_of(out, indent);
	if (!is_spelled(p))
		rows_hold(out, p->bytes, SIZE_MAX);
	styled_pad(&out->line, STYLE_PLAIN, indent + 2 * p->level);
	add_bytes(*bytes, &columns, &out->line);
	styled_addf(&out->line, bytes->style, "%s", frame_part_name(p));
	pad_to(&out->line, bytes->style, columns.value);
	add_value(a, p, bytes, out);
}

/* Adds a row for a part.  The bytes inside a transform have marks of their own. */
static void marked_part(
	const struct anatomy *a, const struct frame_part *p, size_t indent, struct rows *out)
{
	const uint8_t *end = a->raw.at + a->raw.len;
	struct spelled s = {
		.bytes = p->bytes, .utf8 = a->utf8, .style = style_of(p), .marks = a->marks};
	static const struct marking none;
	struct marks own;
	bool outside = p->bytes.at < a->raw.at || p->bytes.at + p->bytes.len > end;
	marks_begin(&own, a->marks ? &a->marks->marking : &none, p->bytes, p->bytes, p->bytes);
	if (outside)
		s.marks = &own;
	else
		s.marked_from = (size_t)(p->bytes.at - a->raw.at);
	part_row(a, p, &s, indent, out);
	marks_free(&own);
}

bool anatomy_rows(const struct anatomy *a, size_t indent, struct rows *out)
{
	struct frame_part *parts = calloc(FRAME_PARTS_MAX, sizeof *parts);
	struct bytes scratch;
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	size_t count = parts ? frame_parts(a->frame, a->side, a->raw, NULL, &scratch, parts) : 0;
	for (size_t i = 0; i < count; i++)
		if (parts[i].bytes.len || parts[i].wrong || parts[i].bits)
			marked_part(a, &parts[i], indent, out);
	bytes_free(&scratch);
	free(parts);
	return count > 0;
}
