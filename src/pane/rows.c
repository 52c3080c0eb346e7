/* rows.c - see rows.h. */
#include "pane/rows.h"

#include "base/mem.h"
#include "base/text.h"
#include <stdarg.h>
#include <string.h>

void styled_init(struct styled *s)
{
	bytes_init(&s->text, ROW_MAX);
	s->cells = s->run_count = 0;
	s->blind = false;
}

void styled_free(struct styled *s)
{
	bytes_free(&s->text);
	styled_init(s);
}

void styled_clear(struct styled *s)
{
	bytes_clear(&s->text);
	s->cells = s->run_count = 0;
}

/* Returns the bytes that fit; the last byte of the row is for the mark of a cut. */
static size_t room_in(const struct styled *s)
{
	return s->text.len < ROW_MAX - 1 ? ROW_MAX - 1 - s->text.len : 0;
}

/* Adds text that has so many cells. */
static void add_cells(struct styled *s, enum style style, struct slice text, size_t cells)
{
	struct run *last = s->run_count ? &s->runs[s->run_count - 1] : NULL;
	if (s->blind) {
		s->cells += cells;
		return;
	}
	if (text.len > room_in(s)) {
		text = text_cut(text, room_in(s));
		cells = text_cells(text);
		s->text.over = true; /* styled_cut() marks it */
	}
	if (!text.len || !bytes_add(&s->text, text))
		return;
	s->cells += cells;
	if (last && (last->style == style || s->run_count == RUNS_MAX))
		last->len = (uint16_t)(last->len + text.len);
	else
		s->runs[s->run_count++] =
			(struct run){(uint16_t)(s->text.len - text.len), (uint16_t)text.len, style};
}

void styled_add(struct styled *s, enum style style, struct slice text)
{
	add_cells(s, style, text, text_cells(text));
}

void styled_add_marked(struct styled *s, enum style style, struct slice text, const uint8_t *marks)
{
	for (size_t at = 0, end = text.len; at < text.len; at = end, end = text.len) {
		if (marks)
			for (end = at + 1; end < text.len && marks[end] == marks[at];)
				end++;
		styled_add(s, marks && marks[at] ? (enum style)marks[at] : style,
			slice_cut(text, at, end));
	}
}

void styled_addf(struct styled *s, enum style style, const char *format, ...)
{
	struct bytes text;
	va_list args;
	bytes_init(&text, ROW_MAX);
	va_start(args, format);
	bytes_addv(&text, format, args);
	va_end(args);
	styled_add(s, style, bytes_shown(&text));
	bytes_free(&text);
}

void styled_repeat(struct styled *s, enum style style, struct slice character, size_t times)
{
	MEM_UNSET uint8_t many[256];
	while (times) {
		size_t n = 0, len = 0;
		for (; n < times && len + character.len <= sizeof many; n++, len += character.len)
			slice_copy(many + len, character);
		add_cells(s, style, slice_of(many, len), n);
		times -= n;
	}
}

void styled_pad(struct styled *s, enum style style, size_t cell)
{
	if (cell > s->cells && s->blind)
		s->cells = cell;
	else if (cell > s->cells)
		styled_repeat(s, style, SLICE(" "), cell - s->cells);
}

/* Returns how many bytes at the front of the text fill at most `cells`. */
static size_t fitting(struct slice text, size_t cells)
{
	size_t at = 0, used = 0;
	uint32_t code;
	for (size_t n; (n = text_decode(slice_cut(text, at, text.len), &code)) > 0; at += n) {
		used += (size_t)text_width(code);
		if (used > cells)
			break;
	}
	return at;
}

/* Keeps so many bytes, and returns the style of the last one. */
static enum style keep_bytes(struct styled *s, size_t keep)
{
	enum style style = STYLE_PLAIN;
	while (s->run_count && s->runs[s->run_count - 1].from >= keep)
		s->run_count--;
	if (s->run_count) {
		struct run *last = &s->runs[s->run_count - 1];
		if (last->from + last->len > keep)
			last->len = (uint16_t)(keep - last->from);
		style = last->style;
	}
	s->text.len = keep;
	s->text.over = false;
	s->cells = text_cells(bytes_slice(&s->text));
	return style;
}

void styled_cut(struct styled *s, size_t cells)
{
	if (s->cells <= cells && !s->text.over)
		return;
	size_t keep = fitting(text_cut(bytes_slice(&s->text), ROW_MAX - 2), cells ? cells - 1 : 0);
	enum style style = keep_bytes(s, keep);
	if (cells)
		styled_add(s, style, SLICE("~"));
}

void styled_cut_words(struct styled *s, size_t cells)
{
	const struct slice more = SLICE(" ..");
	if ((s->cells <= cells && !s->text.over) || cells <= more.len)
		return;
	size_t fits = fitting(text_cut(bytes_slice(&s->text), ROW_MAX - 4), cells - more.len);
	size_t keep = fits;
	while (keep && s->text.at[keep] != ' ')
		keep--;
	enum style style = keep_bytes(s, keep ? keep : fits);
	styled_add(s, style, more);
}

void rows_init(struct rows *r, size_t width, size_t skip, size_t want,
	void (*row)(void *arg, const struct styled *row), void *arg)
{
	r->width = width;
	r->skip = skip;
	r->want = want;
	r->row = row;
	r->arg = arg;
	r->made = r->met_at = 0;
	r->sought = NULL;
	r->met = false;
	styled_init(&r->line); /* not its runs, which are many */
	r->line.blind = !rows_seen(r);
}

void rows_free(struct rows *r)
{
	styled_free(&r->line);
}

bool rows_enough(const struct rows *r)
{
	return r->made >= r->skip && r->made - r->skip >= r->want;
}

bool rows_seen(const struct rows *r)
{
	return r->row && r->made >= r->skip && !rows_enough(r);
}

void rows_hold(struct rows *r, struct slice bytes, size_t each)
{
	if (!r->sought || !bytes.len || r->sought < bytes.at || r->sought >= bytes.at + bytes.len)
		return;
	r->met = true;
	r->met_at = r->made + (size_t)(r->sought - bytes.at) / each;
}

size_t rows_ahead(const struct rows *r)
{
	return r->made < r->skip ? r->skip - r->made : 0;
}

void rows_pass(struct rows *r, size_t n)
{
	r->made += n;
	r->line.blind = !rows_seen(r);
}

void rows_end(struct rows *r)
{
	if (rows_seen(r)) {
		styled_cut(&r->line, r->width);
		r->row(r->arg, &r->line);
	}
	r->made++;
	styled_clear(&r->line);
	r->line.blind = !rows_seen(r);
}

void rows_folded(struct rows *r, size_t indent, size_t bytes, bool list)
{
	const char *opens = list ? ": .save FILE has them" : ": Ctrl-O, then o opens";
	const char *briefly = list ? ": .save" : ": Ctrl-O o";
	styled_pad(&r->line, STYLE_DIM, indent);
	styled_addf(&r->line, STYLE_DIM, "+ %zu more byte%s", bytes, plural(bytes));
	bool fits = r->line.cells + strlen(opens) <= r->width;
	styled_addf(&r->line, STYLE_DIM, "%s", fits ? opens : briefly);
	rows_end(r);
}

void rows_words(
	struct rows *r, enum style style, size_t indent, struct slice text, const uint8_t *marks)
{
	size_t at = 0;
	if (indent + 8 > r->width)
		indent = 0;
	for (;;) {
		size_t room = r->width > r->line.cells ? r->width - r->line.cells : 1;
		struct slice rest = slice_cut(text, at, text.len);
		size_t used = fitting(rest, room), end = used;
		if (used < rest.len) {
			while (end > used / 2 && rest.at[end] != ' ')
				end--;
			if (end <= used / 2)
				end = used ? used : rest.len;
		}
		rows_hold(r, slice_cut(rest, 0, end), SIZE_MAX);
		styled_add_marked(
			&r->line, style, slice_cut(rest, 0, end), marks ? marks + at : NULL);
		rows_end(r);
		for (at += end; at < text.len && text.at[at] == ' ';)
			at++;
		if (at == text.len)
			return;
		styled_pad(&r->line, STYLE_PLAIN, indent);
	}
}
