/* bytes.c - see bytes.h. */
#include <wilco/bytes.h>

#include "mem.h"
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_CAP = 64 };

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

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

void bytes_free(struct bytes *b)
{
	free(b->at);
	bytes_init(b, b->max);
}

void bytes_clear(struct bytes *b)
{
	b->len = 0;
	b->over = false;
}

uint8_t *bytes_space(struct bytes *b, size_t more)
{
	if (more > b->max || b->len > b->max - more) {
		b->over = true;
		return NULL;
	}
	size_t need = b->len + more;
	if (need > b->cap || !b->at) {
		size_t cap = b->cap ? b->cap : FIRST_CAP;
		while (cap < need)
			cap = cap > b->max / 2 ? b->max : cap * 2;
		b->at = mem_grow(b->at, cap, 1);
		b->cap = cap;
	}
	return b->at + b->len;
}

bool bytes_add(struct bytes *b, struct slice s)
{
	uint8_t *to = bytes_space(b, s.len);
	if (!to)
		return false;
	if (s.len)
		memcpy(to, s.at, s.len);
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

bool bytes_addv(struct bytes *b, const char *format, va_list args)
{
	va_list again;
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (n < 0)
		return false;
	char *to = (char *)bytes_space(b, (size_t)n + 1);
	if (!to)
		return false;
	vsnprintf(to, (size_t)n + 1, format, args);
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

const char *bytes_str(struct bytes *b)
{
	uint8_t *end = bytes_space(b, 1);
	if (!end)
		return NULL;
	*end = 0;
	return (const char *)b->at;
}
