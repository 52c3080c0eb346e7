/* view_dump.c - shows the bytes on the wire with their offsets, in hex and as ASCII. */
#include "base/dump.h"
#include "pane/block.h"
#include "pane/marks.h"

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

/* A row of the dump: its text, and the styles of what is marked in it. */
struct dump_row {
	char hex[HEX_MOST + 1];
	uint8_t in_hex[HEX_MOST];
	char ascii[DUMP_MOST + 1];
	uint8_t in_ascii[DUMP_MOST];
};

static void dump_byte(struct dump_row *row, size_t i, uint8_t byte, size_t columns, uint8_t mark)
{
	static const char digits[] = "0123456789abcdef";
	size_t at = 3 * i + (columns > 8 && i >= 8);
	row->hex[at] = digits[byte >> 4];
	row->hex[at + 1] = digits[byte & 15];
	row->ascii[i] = byte >= 0x20 && byte < 0x7f ? (char)byte : '.';
	row->in_ascii[i] = row->in_hex[at] = row->in_hex[at + 1] = mark;
	/* Blanks between two bytes with the same mark are marked, too. */
	for (size_t gap = at; i && row->in_ascii[i - 1] == mark && row->hex[gap - 1] == ' '; gap--)
		row->in_hex[gap - 1] = mark;
}

static void dump_row(const struct block *b, size_t offset, size_t columns, struct styled *line)
{
	struct dump_row row = {.in_hex = {0}};
	size_t width = 3 * columns + (columns > 8);
	memset(row.hex, ' ', width);
	for (size_t i = 0; i < columns && offset + i < b->raw.len; i++)
		dump_byte(
			&row, i, b->raw.at[offset + i], columns, marks_at(b->on_wire, offset + i));
	styled_addf(line, STYLE_DIM, b->raw.len > 0x10000 ? "%08zx  " : "%04zx  ", offset);
	styled_add_marked(line, STYLE_PLAIN, slice_of(row.hex, width), row.in_hex);
	styled_add_marked(line, STYLE_PLAIN, slice_str(row.ascii), row.in_ascii);
}

/* Rows in front of the window are not made, so that a long reply scrolls in no time. */
void block_dump(const struct block *b, struct rows *out)
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
		if (!out->row) { /* rows are only counted */
			rows_pass(out, shown - at);
			break;
		}
		styled_pad(&out->line, STYLE_PLAIN, indent);
		dump_row(b, at * columns, columns, &out->line);
		rows_end(out);
	}
	if (shown < all)
		rows_folded(out, indent, b->raw.len - shown * columns, b->look->lines);
}

/* The head shows the beginning of the text. */
static void dump_view(const struct block *b, size_t indent, struct rows *out)
{
	(void)indent;
	block_head(b, out);
	block_dump(b, out);
}

static void dump_lines(const struct shown *s, view_sink *sink, void *arg)
{
	struct slice bytes = s->payload;
	struct bytes row;
	bytes_init(&row, 256);
	for (size_t at = 0; at < bytes.len || at == 0; at += DUMP_ROW) {
		bytes_clear(&row);
		dump_add_row(&row, at, slice_cut(bytes, at, at + DUMP_ROW), bytes.len > 0x10000);
		sink(arg, bytes_slice(&row), true);
	}
	bytes_free(&row);
}

const struct view view_dump = {
	.name = "dump", .wire = true, .rows = dump_view, .lines = dump_lines};
