/* block.c - see block.h. */
#include "pane/block.h"

#include "base/number.h"
#include "base/text.h"
#include "pane/anatomy.h"
#include "pane/spelled.h"
#include <stdio.h>

enum { LABEL_CELLS = 10, WIDE = 60, NARROW = 40 };

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

size_t block_begin(const struct block *b, struct rows *out)
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
		rows_folded(out, indent, b->raw.len - shown * columns, b->look->lines);
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
		rows_folded(out, indent, s.bytes.len - took, b->look->lines);
}

static void short_text(const struct block *b, struct rows *out)
{
	struct spelled s = spelled_of(b, false);
	size_t room = out->width > out->line.cells ? out->width - out->line.cells : 0;
	size_t detail = strlen(b->detail) + 2 + (b->end ? strlen(b->end) + 2 : 0);
	empty_text(b, out);
	spelled_short(&s, room > detail + 8 ? room - detail : room, &out->line);
}

static bool anatomy_body(const struct block *b, struct rows *out)
{
	const struct look *look = b->look;
	struct anatomy a = {.frame = b->frame,
		.side = b->side,
		.raw = b->raw,
		.utf8 = look->utf8,
		.folded = look->fold && !b->open,
		.list = look->lines,
		.marks = b->marks};
	return look->view == VIEW_ANATOMY && !b->unframed && b->frame &&
	       anatomy_rows(&a, out->width >= WIDE ? 13 : 2, out);
}

/* In the other views the head shows the beginning of the text. */
static void wire_body(struct block *b, struct rows *out)
{
	struct marks marks;
	short_text(b, out);
	end_head(b, out);
	marks_begin(&marks, b->look->find, b->raw, b->payload, b->raw);
	b->marks = &marks;
	if (!anatomy_body(b, out))
		dump_body(b, out);
	marks_free(&marks);
}

void block_rows(struct block *b, struct rows *out)
{
	struct marks marks;
	size_t indent = block_begin(b, out);
	marks_begin(&marks, b->look->find, b->payload, b->payload, b->raw);
	b->marks = &marks;
	if (b->look->view == VIEW_TEXT || b->look->view == VIEW_HEX)
		spelled_body(b, indent, out);
	else
		wire_body(b, out);
	marks_free(&marks);
}
