/* row.c - see row.h. */
#include "console/row.h"

#include "base/text.h"
#include "console/lines.h"
#include <wilco/limits.h>

void row_init(struct row *r)
{
	*r = (struct row){0};
	bytes_init(&r->text, LIMIT_MESSAGE);
}

void row_free(struct row *r)
{
	size_t offset = r->offset;
	bytes_free(&r->text);
	row_init(r);
	r->offset = offset;
}

/* ---- composing ---- */

/* Adds what a character looks like, and returns its cells. */
static size_t row_spell(wchar_t c, bool utf8, struct bytes *out)
{
	uint8_t raw[4];
	size_t before = out->len, n = text_encode((uint32_t)c, raw);
	if (c == LINE_BREAK)
		bytes_add_str(out, utf8 ? "\u00b6" : "^J");
	else if (n)
		text_add(out, slice_of(raw, n), TEXT_PLAIN | text_charset(utf8));
	return text_cells(slice_cut(bytes_slice(out), before, out->len));
}

static size_t cells_of(const wchar_t *line, size_t from, size_t to, bool utf8)
{
	size_t cells = 0;
	struct bytes spelled;
	bytes_init(&spelled, 64);
	for (size_t i = from; i < to; i++) {
		bytes_clear(&spelled);
		cells += row_spell(line[i], utf8, &spelled);
	}
	bytes_free(&spelled);
	return cells;
}

/* Returns where the visible part begins: it stays unless the cursor would be out of sight. */
static size_t choose_offset(const struct row *r, const wchar_t *line, size_t length, size_t cursor,
	size_t room, bool utf8)
{
	size_t offset = r->offset < length ? r->offset : length;
	if (cells_of(line, 0, length, utf8) < room)
		return 0;
	if (cursor > offset && cells_of(line, offset, cursor, utf8) + 2 < room)
		return offset;
	/* Keep a third of the room in front of the cursor. */
	size_t cells = 0;
	for (offset = cursor; offset > 0; offset--) {
		cells += cells_of(line, offset - 1, offset, utf8);
		if (cells > room * 2 / 3)
			break;
	}
	return offset;
}

/* Adds the prompt; a long one shows its end, because there addresses differ. */
static void add_prompt(struct row *r, struct slice prompt, size_t most)
{
	uint32_t code;
	bool cut = text_cells(prompt) > most;
	while (cut && text_cells(prompt) >= most && prompt.len > 2)
		prompt = slice_cut(prompt, text_decode(prompt, &code), prompt.len);
	if (most < 4)
		prompt = slice_cut(prompt, prompt.len, prompt.len);
	else if (cut)
		bytes_add_byte(&r->text, '~');
	bytes_add(&r->text, prompt);
	r->cells = text_cells(bytes_slice(&r->text));
}

/* The last column stays free: writing there moves some terminals to the next row. */
static size_t row_most(size_t columns)
{
	return columns > 2 ? columns - 1 : 1;
}

size_t row_prompt_most(size_t columns)
{
	return row_most(columns) / 2;
}

void row_compose(struct row *r, struct slice prompt, const wchar_t *line, size_t length,
	size_t cursor, size_t columns, bool utf8)
{
	size_t most = row_most(columns);
	bytes_clear(&r->text);
	add_prompt(r, prompt, row_prompt_most(columns));
	r->offset = choose_offset(r, line, length, cursor, most - r->cells, utf8);
	if (r->offset && r->cells < most) {
		bytes_add_byte(&r->text, '<');
		r->cells++;
	}
	r->cursor = r->cells;
	for (size_t i = r->offset; i < length; i++) {
		size_t before = r->text.len;
		if (i == cursor)
			r->cursor = r->cells;
		size_t cells = row_spell(line[i], utf8, &r->text);
		if (r->cells + cells + (i + 1 < length) > most) {
			r->text.len = before;
			if (r->cells < most) {
				bytes_add_byte(&r->text, '>');
				r->cells++;
			}
			break;
		}
		r->cells += cells;
	}
	if (cursor >= length)
		r->cursor = r->cells;
}

/* ---- painting ---- */

/* Returns how many bytes at the front of the text fill at most `cells`. */
static size_t prefix_of(struct slice text, size_t cells)
{
	size_t at = 0, used = 0;
	uint32_t code;
	for (size_t n;
		used < cells && (n = text_decode(slice_cut(text, at, text.len), &code)) > 0;) {
		used += (size_t)text_width(code);
		at += n;
	}
	return at;
}

/* Moves the cursor: back by BS, or from the left edge if that is shorter; forward by writing again
 * what is there. */
static void move(const struct row *painted, size_t from, size_t to, struct bytes *out)
{
	struct slice text = bytes_slice(&painted->text);
	if (to < from && from - to > to + 1) {
		bytes_add_byte(out, '\r');
		from = 0;
	}
	for (; from > to; from--)
		bytes_add_byte(out, '\b');
	if (from < to)
		bytes_add(out, slice_cut(text, prefix_of(text, from), prefix_of(text, to)));
}

/* Returns the length of the longest common prefix, which cuts no character. */
static size_t common(struct slice a, struct slice b)
{
	size_t n = 0;
	while (n < a.len && n < b.len && a.at[n] == b.at[n])
		n++;
	while (n > 0 && ((n < a.len && (a.at[n] & 0xC0) == 0x80) ||
				(n < b.len && (b.at[n] & 0xC0) == 0x80)))
		n--;
	return n;
}

static void clear_rest(size_t cells, const char *clear_eol, struct bytes *out)
{
	if (!cells)
		return;
	if (clear_eol[0]) {
		bytes_add_str(out, clear_eol);
		return;
	}
	for (size_t i = 0; i < cells; i++)
		bytes_add_byte(out, ' ');
	for (size_t i = 0; i < cells; i++)
		bytes_add_byte(out, '\b');
}

void row_paint(
	const struct row *from, const struct row *to, const char *clear_eol, struct bytes *out)
{
	struct slice was = bytes_slice(&from->text), is = bytes_slice(&to->text);
	size_t same = common(was, is), at = from->cursor;
	if (same < was.len || same < is.len) {
		size_t start = text_cells(slice_cut(is, 0, same));
		move(from, at, start, out);
		bytes_add(out, slice_cut(is, same, is.len));
		clear_rest(from->cells > to->cells ? from->cells - to->cells : 0, clear_eol, out);
		at = to->cells;
	}
	move(to, at, to->cursor, out);
}

void row_erase(const struct row *from, const char *clear_eol, struct bytes *out)
{
	if (!from->cells)
		return;
	bytes_add_byte(out, '\r');
	clear_rest(from->cells, clear_eol, out);
}

void row_print(const struct row *from, const struct row *to, struct bytes *out)
{
	struct slice was = bytes_slice(&from->text), is = bytes_slice(&to->text);
	size_t same = common(was, is);
	if (same < was.len && same < is.len) {
		bytes_add_str(out, "\r\n");
		same = 0;
	} else {
		for (size_t n = from->cells; same < was.len && n > to->cells; n--)
			bytes_add_str(out, "\b \b");
	}
	bytes_add(out, slice_cut(is, same, is.len));
}
