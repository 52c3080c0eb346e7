/* block.c - see block.h. */
#include "pane/block.h"

#include "base/number.h"
#include "base/text.h"
#include <stdio.h>

enum { LABEL_CELLS = 10, LINK_CELLS = 3, NARROW = 40 };
/* Lines are read one below the other, so many more rows of them are shown than of one long text. */
enum { LINES_FOLD = 1024 };

/* ---- heads ---- */

static void add_time(const struct block *b, struct styled *line, size_t width)
{
	char time[CLOCK_TEXT_MAX];
	if (width < NARROW)
		return;
	if (!b->time.tv_sec || line->blind) {
		styled_pad(line, STYLE_DIM, width < BLOCK_WIDE ? 9 : 13);
		return;
	}
	styled_add(line, STYLE_DIM, slice_str(clock_text(&b->time, width >= BLOCK_WIDE, time)));
	styled_add(line, STYLE_PLAIN, SLICE(" "));
}

/* Adds the device's name; a long one shows its end, because there addresses differ. */
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
	text_add(&name, slice_str(session_name(b->session)), text_charset(b->look->utf8));
	struct slice tail = bytes_slice(&name);
	size_t cells = text_cells(tail);
	bool cut = cells > LABEL_CELLS;
	while (cut && cells >= LABEL_CELLS) {
		tail = slice_cut(tail, text_decode(tail, &code), tail.len);
		cells -= (size_t)text_width(code);
	}
	styled_add(line, STYLE_DIM, cut ? SLICE("~") : SLICE(""));
	styled_add(line, STYLE_DIM, tail);
	styled_pad(line, STYLE_PLAIN, end);
	bytes_free(&name);
}

/* Adds the number of the connection; most have one digit. */
static void add_link(const struct block *b, struct styled *line)
{
	size_t end = line->cells + LINK_CELLS;
	if (!b->link)
		return;
	styled_addf(line, STYLE_DIM, "%u ", b->link);
	styled_pad(line, STYLE_DIM, end);
}

size_t block_begin(const struct block *b, struct rows *out)
{
	add_time(b, &out->line, out->width);
	add_label(b, &out->line);
	add_link(b, &out->line);
	styled_add(&out->line, b->style, slice_str(b->mark));
	styled_add(&out->line, b->style, SLICE(" "));
	return out->line.cells;
}

/* The texts at the right edge. */
struct edge {
	char since[DURATION_TEXT_MAX + 1];
	struct bytes detail, end;
};

static void edge_begin(struct edge *edge, const struct block *b)
{
	char time[DURATION_TEXT_MAX];
	unsigned flags = TEXT_PLAIN | text_charset(b->look->utf8);
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

static void add_part(struct bytes *out, struct slice part)
{
	bytes_add(out, out->len && part.len ? SLICE("  ") : SLICE(""));
	bytes_add(out, part);
}

/* The order in which texts go where there is no room: first why a good frame ended, then the time
 * since the line above.  What is wrong keeps all of its text. */
enum { EDGE_ALL, EDGE_NO_END, EDGE_NO_SINCE, EDGE_STEPS };

static void edge_text(struct edge *edge, unsigned step, bool wrong, struct bytes *out)
{
	bytes_clear(out);
	if (step < EDGE_NO_SINCE)
		add_part(out, slice_str(edge->since));
	add_part(out, bytes_shown(&edge->detail));
	if (step < EDGE_NO_END || wrong)
		add_part(out, bytes_shown(&edge->end));
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

/* Ends the head: its texts stand at the right edge, or in a row of their own where they do not fit.
 * The number of rows does not depend on the time since the line above. */
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
	/* A narrow window has few rows: what is wrong gets one more, and what counts. */
	if (step < EDGE_STEPS || wrong || b->counts || out->width >= BLOCK_WIDE)
		edge_row(bytes_shown(&text), wrong ? STYLE_WRONG : STYLE_DIM, out);
	edge_free(&edge);
	bytes_free(&text);
}

/* ---- bodies ---- */

struct spelled block_payload(const struct block *b)
{
	bool digits = b->frame && frame_spelling(b->frame), breaks = b->look->breaks && !digits;
	bool lines =
		breaks && b->came && b->payload.len && memchr(b->payload.at, '\n', b->payload.len);
	return (struct spelled){.bytes = b->payload,
		.digits = digits ? &digits_hex : NULL,
		.charset = b->look->canonical ? 0 : b->charset,
		.utf8 = b->look->utf8,
		.combining = b->look->marks,
		.words = breaks,
		.lines = lines,
		.unmarked = b->look->unmarked,
		.style = b->style,
		.marks = b->in_payload};
}

static void empty_text(const struct block *b, const struct spelled *s, struct rows *out)
{
	styled_add(&out->line, STYLE_DIM,
		s->bytes.len || b->coming ? SLICE("") : SLICE(SPELLED_EMPTY));
}

/* Returns where lines begin: beside the head, or further left, and then below it, if that keeps
 * them whole.  Where a narrow window breaks lines, they have all of it. */
static size_t lines_indent(const struct spelled *s, size_t indent, size_t width)
{
	enum { BELOW = 2 };
	bool all;
	size_t longest = spelled_longest(s, width, &all);
	if (!all && width < BLOCK_WIDE)
		return 0;
	return indent + longest <= width ? indent : BELOW + longest <= width ? BELOW : 0;
}

/* Ends a text that began on the head's row. */
static void end_text(const struct block *b, struct rows *out)
{
	if (!b->coming)
		end_head(b, out);
}

static void folded(const struct block *b, size_t indent, size_t left, struct rows *out)
{
	if (left && !rows_enough(out))
		rows_folded(out, indent, left, b->look->lines);
}

static void block_lines(const struct block *b, const struct spelled *s, size_t indent, size_t most,
	struct rows *out)
{
	size_t at = lines_indent(s, indent, out->width);
	bool below = at < indent;
	if (below) {
		end_head(b, out);
		styled_pad(&out->line, STYLE_PLAIN, at);
	}
	size_t took = spelled_rows(s, at, most, out);
	if (!below)
		end_text(b, out);
	else if (!b->coming && !rows_enough(out))
		rows_end(out);
	folded(b, at, s->bytes.len - took, out);
}

void block_spelled(const struct block *b, const struct spelled *s, size_t indent, struct rows *out)
{
	size_t most = b->open ? 0 : b->look->fold;
	if (s->lines) {
		block_lines(b, s, indent, b->look->lines ? most : most * LINES_FOLD, out);
		return;
	}
	empty_text(b, s, out);
	size_t took = spelled_rows(s, indent, most, out);
	end_text(b, out);
	folded(b, indent, s->bytes.len - took, out);
}

void block_head(const struct block *b, struct rows *out)
{
	struct spelled s = block_payload(b);
	size_t room = out->width > out->line.cells ? out->width - out->line.cells : 0;
	size_t detail = strlen(b->detail) + 2 + (b->end ? strlen(b->end) + 2 : 0);
	empty_text(b, &s, out);
	spelled_short(&s, room > detail + 8 ? room - detail : room, &out->line);
	end_head(b, out);
}

/* What was typed, and a frame that must be one line, are text. */
const struct view *block_view(const struct look *look, bool came, const struct frame *frame,
	struct slice payload, unsigned charset)
{
	if (!look->view->choose)
		return look->view;
	return came && look->chooses ? look->view->choose(frame, payload, charset) : &view_text;
}

size_t block_rows(struct block *b, struct rows *out)
{
	const struct view *view =
		b->hidden ? &view_text
			  : block_view(b->look, b->came, b->frame, b->payload, b->charset);
	struct marks in_payload, on_wire;
	size_t indent = block_begin(b, out);
	marks_begin(&in_payload, &b->look->marking, b->payload, b->payload, b->raw);
	marks_begin(&on_wire, &b->look->marking, b->raw, b->payload, b->raw);
	b->in_payload = &in_payload;
	b->on_wire = &on_wire;
	view->rows(b, indent, out);
	marks_free(&in_payload);
	marks_free(&on_wire);
	return indent;
}

void block_cursor(const struct look *look, struct styled *line)
{
	styled_add(line, STYLE_PLAIN, look->utf8 ? SLICE("\u258c") : SLICE("_"));
}

void block_coming(struct block *b, const char *count, struct rows *out)
{
	b->coming = true;
	size_t indent = block_rows(b, out);
	if (out->line.cells + strlen("_ ") + strlen(count) > out->width)
		rows_end(out);
	if (!out->line.cells)
		styled_pad(&out->line, STYLE_PLAIN, indent);
	block_cursor(b->look, &out->line);
	styled_addf(&out->line, STYLE_DIM, " %s", count);
	rows_end(out);
}
