/* bytes.c - see bytes.h. */
#include <wilco/bytes.h>
#include <wilco/limits.h>

#include "mem.h"
#include <stdio.h>
#include <stdlib.h>

enum {
	FIRST_CAP = 64,
	RESERVE = sizeof BYTES_CUT /* memory above the cap, for bytes_str() */
};

struct slice slice_trim(struct slice s)
{
	while (s.len && is_blank(s.at[0]))
		s = slice_cut(s, 1, s.len);
	while (s.len && is_blank(s.at[s.len - 1]))
		s.len--;
	return s;
}

struct slice slice_word(struct slice *s)
{
	size_t from = 0, to;
	while (from < s->len && is_blank(s->at[from]))
		from++;
	for (to = from; to < s->len && !is_blank(s->at[to]); to++)
		;
	struct slice word = slice_cut(*s, from, to);
	*s = slice_cut(*s, to, s->len);
	return word;
}

bool slice_is_name(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_alnum(s.at[i]) && (i == 0 || !memchr("_.-", s.at[i], 3)))
			return false;
	return s.len > 0;
}

bool slice_line(struct slice *s, struct slice *line)
{
	if (!s->len)
		return false;
	const uint8_t *lf = memchr(s->at, '\n', s->len);
	size_t end = lf ? (size_t)(lf - s->at) : s->len;
	*line = slice_cut(*s, 0, end);
	if (lf && line->len && line->at[line->len - 1] == '\r')
		line->len--;
	*s = slice_cut(*s, lf ? end + 1 : end, s->len);
	return true;
}

void bytes_init(struct bytes *b, size_t max)
{
	*b = (struct bytes){.max = max};
}

void bytes_stream(struct bytes *b, size_t max, const struct bytes_drain *drain)
{
	*b = (struct bytes){.max = max, .drain = drain};
}

void bytes_pass(struct bytes *b)
{
	struct slice held = bytes_slice(b);
	b->len = 0;
	if (held.len)
		b->drain->take(b->drain->arg, held);
}

void bytes_free(struct bytes *b)
{
	mem_drop(b->at);
	*b = (struct bytes){.max = b->max, .drain = b->drain};
}

void bytes_clear(struct bytes *b)
{
	b->len = 0;
	b->over = false;
}

static void grow(struct bytes *b, size_t need)
{
	size_t most = b->max > SIZE_MAX - RESERVE ? SIZE_MAX : b->max + RESERVE;
	size_t cap = b->cap ? b->cap : FIRST_CAP;
	while (cap < need)
		cap = cap > most / 2 ? most : cap * 2;
	b->at = cap > LIMIT_READ ? mem_grow_line(b->at, b->len, cap) : mem_grow(b->at, cap, 1);
	b->cap = cap;
}

/* Makes room for `need` bytes, at most max + RESERVE.  Inline, because nearly always there is
 * room. */
static inline void make_room(struct bytes *b, size_t need)
{
	if (need > b->cap || !b->at)
		grow(b, need);
}

/* Makes room where there is none.  It stands apart, because nearly always there is room. */
static APART uint8_t *space_anew(struct bytes *b, size_t more)
{
	if (more > b->max || b->len > b->max - more) {
		if (!b->drain || more > b->max) {
			b->over = true;
			return NULL;
		}
		bytes_pass(b);
	}
	make_room(b, b->len + more);
	return b->at + b->len;
}

static inline uint8_t *space(struct bytes *b, size_t more)
{
	bool fits = b->at && more <= b->cap && b->len <= b->cap - more && more <= b->max &&
		    b->len <= b->max - more;
	return fits ? b->at + b->len : space_anew(b, more);
}

uint8_t *bytes_space(struct bytes *b, size_t more)
{
	return space(b, more);
}

bool bytes_add(struct bytes *b, struct slice s)
{
	if (s.len > b->max && b->drain) {
		bytes_pass(b);
		b->drain->take(b->drain->arg, s);
		return true;
	}
	uint8_t *to = space(b, s.len);
	if (!to)
		return false;
	slice_copy(to, s);
	b->len += s.len;
	return true;
}

bool bytes_add_byte(struct bytes *b, uint8_t byte)
{
	return bytes_add(b, slice_of(&byte, 1));
}

bool bytes_add_str(struct bytes *b, const char *text)
{
	return bytes_add(b, slice_str(text));
}

/* Adds a text that is longer than the room in a stream. */
__attribute__((format(printf, 3, 0))) static bool add_long(
	struct bytes *b, size_t n, const char *format, va_list args)
{
	char *text = mem_grow(NULL, n + 1, 1);
	vsnprintf(text, n + 1, format, args);
	bytes_add(b, slice_of(text, n));
	free(text);
	return true;
}

/* Formats in place at first, because nearly always there is room. */
bool bytes_addv(struct bytes *b, const char *format, va_list args)
{
	va_list again;
	size_t room = b->at ? b->cap - b->len : 0;
	va_copy(again, args);
	int n = vsnprintf(room ? (char *)b->at + b->len : NULL, room, format, again);
	va_end(again);
	if (n < 0)
		return false;
	if ((size_t)n < room && (size_t)n <= b->max && b->len <= b->max - (size_t)n) {
		b->len += (size_t)n;
		return true;
	}
	if (b->drain && (size_t)n > b->max)
		return add_long(b, (size_t)n, format, args);
	if (!bytes_space(b, (size_t)n))
		return false;
	make_room(b, b->len + (size_t)n + 1); /* with its NUL */
	vsnprintf((char *)b->at + b->len, (size_t)n + 1, format, args);
	b->len += (size_t)n;
	return true;
}

bool bytes_addf(struct bytes *b, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	bool good = bytes_addv(b, format, args);
	va_end(args);
	return good;
}

void bytes_drop(struct bytes *b, size_t n)
{
	if (n > b->len)
		n = b->len;
	b->len -= n;
	if (b->len && n)
		memmove(b->at, b->at + n, b->len);
}

struct slice bytes_shown(struct bytes *b)
{
	size_t more = b->over ? sizeof BYTES_CUT - 1 : 0;
	make_room(b, b->len + RESERVE);
	memcpy(b->at + b->len, b->over ? BYTES_CUT : "", more + 1);
	return slice_of(b->at, b->len + more);
}

const char *bytes_str(struct bytes *b)
{
	return (const char *)bytes_shown(b).at;
}
