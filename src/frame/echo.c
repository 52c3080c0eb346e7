/* echo.c - see echo.h. */
#include "frame/echo.h"

#include "base/mem.h"
#include <stdlib.h>

/* Bytes of a line that is drawn again, and of a prompt before it.  The line is compared at each of
 * its ends, of which there may be as many as bytes. */
enum { REDRAW_LINE = 1000, REDRAW_PROMPT = 500, REDRAW_BYTES = 1024 * 1024 };

/* Bytes of a line's end by which it is known, with the mark before them. */
enum { SCROLLED_LEAST = 8 };

/* The line as a terminal shows it. */
struct redraw {
	uint8_t line[REDRAW_LINE + REDRAW_PROMPT];
	size_t len, cursor;
	size_t came; /* bytes that were drawn */
	enum { DRAW_TEXT, DRAW_ESC, DRAW_CSI } state;
	size_t number; /* of the sequence; 0: none */
	bool again;    /* it was drawn from its beginning, where a prompt may stand */
};

void echo_expect(struct echo *e, struct slice sent)
{
	free(e->redraw);
	*e = (struct echo){.sent = sent};
}

/* ---- as it was sent ---- */

/* Says whether the byte is one more than was sent: CR comes back as CR LF, and so does LF. */
static bool is_line_end(const struct echo *e, uint8_t c, uint8_t before)
{
	bool cr_was_sent = e->same && e->sent.at[e->same - 1] == '\r';
	return c == '\n' ? before == '\r' && cr_was_sent
			 : c == '\r' && before != '\r' && e->sent.at[e->same] == '\n';
}

static enum echo_is compare_bytes(struct echo *e, bool terminal, struct slice rest)
{
	while (e->came < rest.len && e->same < e->sent.len) {
		uint8_t c = rest.at[e->came], before = e->came ? rest.at[e->came - 1] : 0;
		if (c == e->sent.at[e->same])
			e->same++;
		else if (!terminal || !is_line_end(e, c, before))
			return ECHO_OTHER;
		e->came++;
	}
	return e->same == e->sent.len ? ECHO_WHOLE : ECHO_WAITS;
}

/* ---- a line that is drawn again ---- */

/* Returns the line that was sent, without its end. */
static struct slice line_of(struct slice sent)
{
	size_t n = sent.len;
	while (n && (sent.at[n - 1] == '\r' || sent.at[n - 1] == '\n'))
		n--;
	return slice_cut(sent, 0, n);
}

/* Says whether a terminal can draw it again, and whether the byte may begin that. */
static bool may_redraw(const struct echo *e, uint8_t c)
{
	struct slice line = line_of(e->sent);
	if (line.len == e->sent.len || !line.len || line.len > REDRAW_LINE ||
		!memchr("\r\b\x1b\a ", c, 5))
		return false;
	for (size_t i = 0; i < line.len; i++)
		if (line.at[i] < ' ' || line.at[i] == 0x7F)
			return false;
	return true;
}

static struct slice drawn(const struct redraw *r)
{
	return slice_of(r->line, r->len);
}

/* Says whether the line that was sent stands before the cursor, perhaps behind a prompt, or the end
 * of it where the terminal is too narrow and marks that. */
static bool shows(const struct redraw *r, struct slice line)
{
	struct slice text = slice_of(r->line, r->cursor), tail = slice_cut(text, 1, text.len);
	for (size_t i = r->cursor; i < r->len; i++)
		if (r->line[i] != ' ')
			return false;
	if (text.len > SCROLLED_LEAST && (text.at[0] == '<' || text.at[0] == '$') &&
		slice_ends(line, tail))
		return true;
	return r->again ? slice_ends(text, line) : slice_equal(text, line);
}

/* Moves over a character of UTF-8. */
static void move(struct redraw *r, bool left)
{
	size_t n = r->number ? r->number : 1;
	for (; n && (left ? r->cursor > 0 : r->cursor < r->len); n--)
		do
			r->cursor += left ? (size_t)-1 : 1;
		while (r->cursor > 0 && r->cursor < r->len && (r->line[r->cursor] & 0xC0) == 0x80);
}

static enum echo_is draw_sequence(struct redraw *r, uint8_t c)
{
	if (is_digit(c)) {
		r->number = r->number < sizeof r->line ? r->number * 10 + (c - '0') : r->number;
		return ECHO_WAITS;
	}
	if (c == ';' || c == '?')
		return ECHO_WAITS;
	r->state = DRAW_TEXT;
	if (c == 'D' || c == 'C')
		move(r, c == 'D');
	else if (c == 'K' || c == 'J')
		r->len = r->cursor;
	else if (c != 'm' && c != 'h' && c != 'l')
		return ECHO_OTHER;
	return ECHO_WAITS;
}

/* Handles CR: the line ends, or is drawn from its beginning.  At the right edge of a terminal blank
 * and CR bring the cursor to its next row, which is the same line. */
static enum echo_is draw_return(struct redraw *r, struct slice line)
{
	bool blank = r->cursor == r->len && r->len && r->line[r->len - 1] == ' ';
	if (shows(r, line))
		return ECHO_WHOLE;
	if (blank && !slice_starts(line, drawn(r)) &&
		slice_starts(line, slice_of(r->line, r->len - 1))) {
		r->cursor = --r->len;
	} else {
		r->cursor = 0;
		r->again = true;
	}
	return ECHO_WAITS;
}

static enum echo_is draw_text(struct redraw *r, uint8_t c)
{
	if (c == 0x7F || r->cursor == sizeof r->line)
		return ECHO_OTHER;
	r->line[r->cursor++] = c;
	r->len = r->cursor > r->len ? r->cursor : r->len;
	return ECHO_WAITS;
}

static enum echo_is draw(struct redraw *r, struct slice line, uint8_t c)
{
	if (r->state == DRAW_ESC) {
		r->state = DRAW_CSI;
		r->number = 0;
		return c == '[' ? ECHO_WAITS : ECHO_OTHER;
	}
	if (r->state == DRAW_CSI)
		return draw_sequence(r, c);
	switch (c) {
	case '\r':
		return draw_return(r, line);
	case '\n':
		return shows(r, line) ? ECHO_WHOLE : ECHO_OTHER;
	case '\b':
		r->number = 1;
		move(r, true);
		return ECHO_WAITS;
	case '\a':
		return ECHO_WAITS;
	case '\x1b':
		r->state = DRAW_ESC;
		return ECHO_WAITS;
	default:
		return c < ' ' ? ECHO_OTHER : draw_text(r, c);
	}
}

static enum echo_is compare_redraw(struct redraw *r, struct slice line, struct slice rest)
{
	enum echo_is is = ECHO_WAITS;
	while (is == ECHO_WAITS && r->came < rest.len)
		is = r->came == REDRAW_BYTES ? ECHO_OTHER : draw(r, line, rest.at[r->came++]);
	return is;
}

enum echo_is echo_compare(struct echo *e, enum echo_line line, struct slice rest, size_t *size)
{
	enum echo_is is = e->redraw ? ECHO_OTHER : compare_bytes(e, line != ECHO_BYTES, rest);
	*size = e->came;
	if (is != ECHO_OTHER || line != ECHO_TERMINAL ||
		(!e->redraw && !may_redraw(e, rest.at[e->came])))
		return is;
	if (!e->redraw)
		e->redraw = mem_new(sizeof *e->redraw);
	is = compare_redraw(e->redraw, line_of(e->sent), rest);
	*size = e->redraw->came;
	return is;
}
