/* spelled.c - see spelled.h. */
#include "pane/spelled.h"

#include "base/mem.h"
#include "base/text.h"
#include <stdlib.h>

enum { ROOM_LEAST = 8, EDGE_CELLS = 4, TAB_CELLS = 8, HANGS = 2 };
/* Marks have no cells.  So many bytes fit into a row however they are spelled. */
enum { ROW_BYTES = ROW_MAX / TEXT_MOST };
enum { LOOKED_AT = 16 * 1024 }; /* of a text, for its longest line */

static bool spelled_add_hex(struct bytes *out, struct slice bytes)
{
	return text_add_hex(out, bytes, true);
}

const struct digits digits_hex = {.cells = 3, .add = spelled_add_hex};

/* Says whether a byte must be escaped: a blank at an end of the text would not be seen, and text
 * like SPELLED_EMPTY would be taken for no bytes.  The first of several lines shows its indent. */
static bool is_edge(const struct spelled *s, size_t at)
{
	bool first = at == 0 && !s->lines, last = at + 1 == s->bytes.len;
	return (s->bytes.at[at] == ' ' && (first || last)) ||
	       (first && slice_is(s->bytes, SPELLED_EMPTY));
}

static unsigned flags_of(const struct spelled *s)
{
	return text_charset(s->utf8) | (s->combining ? TEXT_MARKS : 0) | s->charset * TEXT_CHARSET;
}

static size_t spelled_step(const struct spelled *s, size_t at, size_t *cells)
{
	uint8_t byte = s->bytes.at[at];
	*cells = 1;
	if (at && !s->combining && byte > ' ' && byte < 0x7F && byte != '\\')
		return 1; /* the usual case */
	if (is_edge(s, at)) {
		*cells = EDGE_CELLS;
		return 1;
	}
	return text_step(slice_cut(s->bytes, at, s->bytes.len), flags_of(s), cells);
}

/* ---- lines ---- */

/* Returns the length of the line end that begins at `at`; 0: there is none.  It is an LF with the
 * CRs before it, or with the CR behind it that belongs to no other LF.  CRs that are the last bytes
 * end a line, too: their LF belongs to the delimiter. */
static size_t line_end(const struct spelled *s, size_t at)
{
	enum { CRS_MAX = 2 };
	const uint8_t *b = s->bytes.at + at;
	size_t crs = 0, left = s->bytes.len - at;
	while (crs < CRS_MAX && crs < left && b[crs] == '\r')
		crs++;
	if (crs == left || b[crs] != '\n')
		return crs == left ? crs : 0;
	return crs == 0 && left > 1 && b[1] == '\r' && (left == 2 || b[2] != '\n') ? 2 : crs + 1;
}

/* Adds the mark for a line end: an arrow each for CR LF and LF, and the CRs that are left over. */
static void spell_line_end(const struct spelled *s, struct slice end, struct bytes *out)
{
	for (size_t i = 0; i < end.len; i++) {
		bool both = i + 1 < end.len && end.at[i] == '\r' && end.at[i + 1] == '\n';
		if (!s->utf8)
			bytes_add_str(out, end.at[i] == '\r' ? "\\r" : "\\n");
		else
			bytes_add_str(out, both ? "\u21b5" : end.at[i] == '\n' ? "\u2193" : "\\r");
		i += both && s->utf8;
	}
}

static size_t line_end_cells(const struct spelled *s, struct slice end)
{
	size_t cells = 2 * end.len;
	for (size_t i = 0; s->utf8 && i < end.len; i++)
		if (end.at[i] == '\n')
			cells -= i > 0 ? 3 : 1;
	return cells;
}

/* As spelled_step(); `used` are the cells in front of it, which a tab needs to know. */
static size_t step_from(const struct spelled *s, size_t at, size_t used, size_t *cells)
{
	if (!s->lines || s->bytes.at[at] != '\t')
		return spelled_step(s, at, cells);
	*cells = TAB_CELLS - used % TAB_CELLS;
	return 1;
}

/* What stands in a row: bytes up to `text`, and from there to `next` a line end, or one blank at
 * which the row was broken. */
struct cut {
	size_t text, next, cells;
	bool line; /* it ends here */
};

/* Cuts at the edge of the row: behind the last blank that is not too far in front. */
static void cut_word(const struct spelled *s, size_t from, size_t blank, struct cut *c)
{
	c->next = c->text;
	if (!s->words || c->text == s->bytes.len)
		return;
	if (s->bytes.at[c->text] == ' ' && c->text + 1 < s->bytes.len)
		c->next++;
	else if (blank > from + (c->text - from) / 2)
		c->text = c->next = blank;
}

static struct cut cut_row(const struct spelled *s, size_t from, size_t room)
{
	struct cut c = {.text = from};
	size_t blank = from, more, n;
	for (; c.text < s->bytes.len; c.text += n, c.cells += more) {
		uint8_t byte = s->bytes.at[c.text];
		if (s->lines && byte < ' ' && (n = line_end(s, c.text)) > 0) {
			c.next = c.text + n;
			c.line = true;
			return c;
		}
		n = step_from(s, c.text, c.cells, &more);
		if (c.cells + more > room || c.text + n - from > ROW_BYTES)
			break;
		if (byte == ' ')
			blank = c.text + 1;
	}
	cut_word(s, from, blank, &c);
	return c;
}

/* Returns where the line that goes on at `at` ends. */
static size_t after_line(const struct spelled *s, size_t at)
{
	const uint8_t *from = s->bytes.at + at, *end = memchr(from, '\n', s->bytes.len - at);
	return end ? at + (size_t)(end - from) + 1 : s->bytes.len;
}

size_t spelled_longest(const struct spelled *s, size_t most, bool *all)
{
	size_t longest = 0, looked = s->bytes.len < LOOKED_AT ? s->bytes.len : LOOKED_AT;
	*all = true;
	for (size_t at = 0; at < looked;) {
		struct cut c = cut_row(s, at, most);
		if (!c.line && c.next < s->bytes.len) {
			*all = false;
			at = after_line(s, c.next);
			continue;
		}
		size_t mark = line_end_cells(s, slice_cut(s->bytes, c.text, c.next));
		size_t cells = c.cells + mark <= most ? c.cells + mark : c.cells;
		longest = cells > longest ? cells : longest;
		at = c.next;
	}
	return longest;
}

/* ---- rows ---- */

/* Returns how many bytes from `at` on fit. */
static size_t fit(const struct spelled *s, size_t at, size_t cells)
{
	size_t from = at, used = 0, more;
	if (s->digits) {
		size_t room = (cells + 1) / s->digits->cells, rest = s->bytes.len - at;
		return room < rest ? room : rest;
	}
	while (at < s->bytes.len) {
		size_t n = spelled_step(s, at, &more);
		if (used + more > cells)
			break;
		used += more;
		at += n;
	}
	return at - from;
}

static void spell_edge(const struct spelled *s, size_t at, struct bytes *out)
{
	bytes_addf(out, "\\x%02x", s->bytes.at[at]);
}

static void spelled_spell(const struct spelled *s, size_t from, size_t to, struct bytes *out)
{
	if (s->digits) {
		s->digits->add(out, slice_cut(s->bytes, from, to));
		return;
	}
	bool first = from < to && is_edge(s, from);
	from += first;
	bool last = from < to && is_edge(s, to - 1);
	if (first)
		spell_edge(s, from - 1, out);
	text_add(out, slice_cut(s->bytes, from, to - last), flags_of(s));
	if (last)
		spell_edge(s, to - 1, out);
}

/* Returns the style of the first of these bytes that is marked; 0: none is. */
static uint8_t mark_of(const struct spelled *s, size_t from, size_t to)
{
	uint8_t style = 0;
	for (size_t i = from; s->marks && !style && i < to; i++)
		style = marks_at(s->marks, s->marked_from + i);
	return style;
}

/* Returns the styles of the text that begins with byte `from`, those of marks: each character (in
 * digits, each byte) has one; NULL: nothing is marked. */
static uint8_t *marked_text(const struct spelled *s, size_t from, size_t to, size_t length)
{
	struct bytes one;
	if (!mark_of(s, from, to))
		return NULL;
	uint8_t *marked = mem_new(length + 1);
	bytes_init(&one, ROW_MAX);
	for (size_t at = from, end, text = 0, cells; at < to; at = end) {
		end = at + (s->digits ? 1 : spelled_step(s, at, &cells));
		bytes_clear(&one);
		spelled_spell(s, at, end, &one);
		uint8_t style = mark_of(s, at, end);
		memset(marked + text, style, one.len);
		text += one.len;
		/* A blank between two bytes with the same mark is marked, too. */
		if (s->digits && end < to)
			marked[text++] = mark_of(s, end, end + 1) == style ? style : 0;
	}
	bytes_free(&one);
	return marked;
}

static size_t cells_of(const struct spelled *s, size_t from, size_t to)
{
	size_t all = 0;
	if (s->digits)
		return from < to ? s->digits->cells * (to - from) - 1 : 0;
	for (size_t cells; from < to; all += cells)
		from += step_from(s, from, all, &cells);
	return all;
}

/* Adds the text of bytes [from, to), each byte in its style. */
static void add_spans(const struct spelled *s, size_t from, size_t to, struct slice text,
	const uint8_t *marked, struct styled *line)
{
	size_t done = 0, end;
	for (size_t i = 0; i < s->span_count; i++, done = end) {
		size_t last = s->spans[i].end < to ? s->spans[i].end : to;
		end = last <= from ? 0 : last == to ? text.len : s->digits->cells * (last - from);
		styled_add_marked(line, s->spans[i].style, slice_cut(text, done, end),
			marked ? marked + done : NULL);
	}
	styled_add_marked(
		line, s->style, slice_cut(text, done, text.len), marked ? marked + done : NULL);
}

/* Adds bytes that stand beside each other. */
static void add_piece(const struct spelled *s, size_t from, size_t to, struct styled *line)
{
	struct bytes text;
	if (from == to)
		return;
	bytes_init(&text, ROW_MAX);
	spelled_spell(s, from, to, &text);
	uint8_t *marked = marked_text(s, from, to, text.len);
	add_spans(s, from, to, bytes_slice(&text), marked, line);
	free(marked);
	bytes_free(&text);
}

/* Returns the style of what stands for bytes that are not spelled: dim, unless they are marked. */
static enum style style_of(const struct spelled *s, size_t from, size_t to)
{
	uint8_t mark = mark_of(s, from, to);
	return mark ? (enum style)mark : STYLE_DIM;
}

static void add(const struct spelled *s, size_t from, size_t to, struct styled *line)
{
	size_t begin = line->cells;
	if (line->blind) {
		line->cells += cells_of(s, from, to);
		return;
	}
	for (size_t at = from; s->lines && at < to; at++) {
		if (s->bytes.at[at] != '\t')
			continue;
		add_piece(s, from, at, line);
		size_t used = line->cells - begin;
		styled_add(line, style_of(s, at, at + 1),
			s->unmarked ? SLICE(" ")
			: s->utf8   ? SLICE("\u2192")
				    : SLICE(">"));
		styled_pad(line, s->style, begin + used + TAB_CELLS - used % TAB_CELLS);
		from = at + 1;
	}
	add_piece(s, from, to, line);
}

/* Adds the mark of a line end where there is room for it: the next row shows by where it begins
 * that a line ended here. */
static void add_line_end(
	const struct spelled *s, const struct cut *c, size_t width, struct styled *line)
{
	struct slice end = slice_cut(s->bytes, c->text, c->next);
	struct bytes mark;
	if (s->unmarked || line->cells + line_end_cells(s, end) > width)
		return;
	bytes_init(&mark, ROW_MAX);
	spell_line_end(s, end, &mark);
	styled_add(line, style_of(s, c->text, c->next), bytes_slice(&mark));
	bytes_free(&mark);
}

/* Returns what stands in a row with so many cells; fixed: there will not be more in another row. */
static struct cut next_row(const struct spelled *s, size_t at, size_t room, bool fixed)
{
	size_t none;
	struct cut c = {.text = at + (s->digits ? fit(s, at, room) : 0)};
	if (s->digits)
		c.next = c.text;
	else
		c = cut_row(s, at, room);
	/* Where not even one fits, it is cut. */
	if (c.next == at && at < s->bytes.len && fixed)
		c.text = c.next = at + (s->digits ? 1 : spelled_step(s, at, &none));
	return c;
}

size_t spelled_rows(const struct spelled *s, size_t indent, size_t most, struct rows *out)
{
	size_t at = 0, left = out->line.cells;
	indent = indent + ROOM_LEAST > out->width ? 0 : indent;
	for (size_t n = 1; !rows_enough(out); n++) {
		size_t room = out->width > left ? out->width - left : 0;
		struct cut c = next_row(s, at, room, left <= indent + HANGS);
		size_t hangs = s->lines && !c.line ? indent + HANGS : indent;
		bool last = c.next == s->bytes.len;
		if (!last && most && n >= most) {
			size_t below = out->width > hangs ? out->width - hangs : 0;
			last = next_row(s, c.next, below, false).next < s->bytes.len;
		}
		rows_hold(out, slice_cut(s->bytes, at, c.next), SIZE_MAX);
		if (last || rows_seen(out)) {
			styled_pad(&out->line, STYLE_PLAIN, left);
			add(s, at, c.text, &out->line);
			if (c.line)
				add_line_end(s, &c, out->width, &out->line);
		}
		at = c.next;
		if (last)
			break;
		rows_end(out);
		left = hangs;
	}
	return at;
}

void spelled_short(const struct spelled *s, size_t cells, struct styled *line)
{
	struct spelled whole = *s;
	whole.lines = false;
	size_t n = fit(&whole, 0, cells);
	bool cut = n < s->bytes.len;
	if (cut)
		n = fit(&whole, 0, cells ? cells - 1 : 0);
	add(&whole, 0, n, line);
	styled_add(line, s->style, cut && cells ? SLICE("~") : SLICE(""));
}

void spelled_end(const struct spelled *s, size_t cells, struct styled *line)
{
	struct spelled end = *s;
	size_t from =
		s->bytes.len > cells ? s->bytes.len - cells : 0; /* a byte has a cell at least */
	end.lines = false;
	while (from < s->bytes.len && from && (s->bytes.at[from] & 0xC0) == 0x80)
		from++;
	while (from < s->bytes.len && cells_of(&end, from, s->bytes.len) + (from > 0) > cells)
		from += s->digits ? 1 : spelled_step(&end, from, &(size_t){0});
	styled_add(line, s->style, from && cells ? SLICE("~") : SLICE(""));
	add(&end, from, s->bytes.len, line);
}
