/* spelled.c - see spelled.h. */
#include "pane/spelled.h"

#include "base/mem.h"
#include "base/text.h"
#include <stdlib.h>

enum { ROOM_LEAST = 8, EDGE_CELLS = 4 };

static bool spelled_add_hex(struct bytes *out, struct slice bytes)
{
	return text_add_hex(out, bytes, true);
}

const struct digits digits_hex = {.cells = 3, .add = spelled_add_hex};

/* Says whether a byte must be escaped: a blank at an end of the text would not be seen, and text
 * like SPELLED_EMPTY would be taken for no bytes. */
static bool is_edge(const struct spelled *s, size_t at)
{
	bool first = at == 0, last = at + 1 == s->bytes.len;
	return (s->bytes.at[at] == ' ' && (first || last)) ||
	       (first && slice_is(s->bytes, SPELLED_EMPTY));
}

static unsigned flags_of(const struct spelled *s)
{
	return text_charset(s->utf8) | s->charset * TEXT_CHARSET;
}

static size_t spelled_step(const struct spelled *s, size_t at, size_t *cells)
{
	uint8_t byte = s->bytes.at[at];
	*cells = 1;
	if (at && byte > ' ' && byte < 0x7F && byte != '\\')
		return 1; /* the usual case */
	if (is_edge(s, at)) {
		*cells = EDGE_CELLS;
		return 1;
	}
	return text_step(slice_cut(s->bytes, at, s->bytes.len), flags_of(s), cells);
}

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

static bool is_found(const struct spelled *s, size_t from, size_t to)
{
	for (size_t i = from; s->marks && i < to; i++)
		if (marks_at(s->marks, s->marked_from + i))
			return true;
	return false;
}

/* Returns flags for the text that begins with byte `from`: set for each character (in digits, each
 * byte) that was found; NULL: none was. */
static uint8_t *found_in(const struct spelled *s, size_t from, size_t to, size_t length)
{
	struct bytes one;
	if (!is_found(s, from, to))
		return NULL;
	uint8_t *found = mem_new(length + 1);
	bytes_init(&one, ROW_MAX);
	for (size_t at = from, end, text = 0, cells; at < to; at = end) {
		end = at + (s->digits ? 1 : spelled_step(s, at, &cells));
		bytes_clear(&one);
		spelled_spell(s, at, end, &one);
		memset(found + text, is_found(s, at, end), one.len);
		text += one.len;
		/* A blank between two found bytes is marked, too. */
		if (s->digits && end < to)
			found[text++] = is_found(s, at, end) && is_found(s, end, end + 1);
	}
	bytes_free(&one);
	return found;
}

static size_t cells_of(const struct spelled *s, size_t from, size_t to)
{
	size_t all = 0;
	if (s->digits)
		return from < to ? s->digits->cells * (to - from) - 1 : 0;
	for (size_t cells; from < to; all += cells)
		from += spelled_step(s, from, &cells);
	return all;
}

/* Adds the text of bytes [from, to), each byte in its style. */
static void add_spans(const struct spelled *s, size_t from, size_t to, struct slice text,
	const uint8_t *found, struct styled *line)
{
	size_t done = 0, end;
	for (size_t i = 0; i < s->span_count; i++, done = end) {
		size_t last = s->spans[i].end < to ? s->spans[i].end : to;
		end = last <= from ? 0 : last == to ? text.len : s->digits->cells * (last - from);
		styled_add_found(line, s->spans[i].style, slice_cut(text, done, end),
			found ? found + done : NULL);
	}
	styled_add_found(
		line, s->style, slice_cut(text, done, text.len), found ? found + done : NULL);
}

static void add(const struct spelled *s, size_t from, size_t to, struct styled *line)
{
	struct bytes text;
	if (line->blind) {
		line->cells += cells_of(s, from, to);
		return;
	}
	bytes_init(&text, ROW_MAX);
	spelled_spell(s, from, to, &text);
	uint8_t *found = found_in(s, from, to, text.len);
	add_spans(s, from, to, bytes_slice(&text), found, line);
	free(found);
	bytes_free(&text);
}

size_t spelled_rows(const struct spelled *s, size_t indent, size_t most, struct rows *out)
{
	size_t at = 0, left = out->line.cells, none;
	indent = indent + ROOM_LEAST > out->width ? 0 : indent;
	for (size_t n = 1; !rows_enough(out); n++) {
		size_t took = fit(s, at, out->width > left ? out->width - left : 0),
		       end = at + took;
		/* Where not even one fits, it is cut. */
		if (!took && at < s->bytes.len && left <= indent)
			end += s->digits ? 1 : spelled_step(s, at, &none);
		bool last = end == s->bytes.len ||
			    (most && n >= most &&
				    end + fit(s, end, out->width - indent) < s->bytes.len);
		rows_hold(out, slice_cut(s->bytes, at, end), SIZE_MAX);
		if (last || rows_seen(out)) {
			styled_pad(&out->line, STYLE_PLAIN, left);
			add(s, at, end, &out->line);
		}
		at = end;
		if (last)
			break;
		rows_end(out);
		left = indent;
	}
	return at;
}

void spelled_short(const struct spelled *s, size_t cells, struct styled *line)
{
	size_t n = fit(s, 0, cells);
	bool cut = n < s->bytes.len;
	if (cut)
		n = fit(s, 0, cells ? cells - 1 : 0);
	add(s, 0, n, line);
	styled_add(line, s->style, cut && cells ? SLICE("~") : SLICE(""));
}
