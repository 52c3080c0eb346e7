/* bytes.h - borrowed and owned runs of bytes.
 *
 * A slice borrows: whoever made it says how long it stays valid, and nobody frees it.
 * A struct bytes owns its memory, grows up to a cap named at bytes_init and is freed by
 * bytes_free.  Going over the cap never truncates silently: the call returns false (or NULL),
 * adds nothing, and `over` stays set, so that a chain of additions can be checked once.
 */
#ifndef WILCO_BYTES_H
#define WILCO_BYTES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const uint8_t *at;
	size_t len; /* bytes */
};

struct bytes {
	uint8_t *at;
	size_t len;
	size_t cap; /* allocated */
	size_t max; /* never allocates more than this */
	bool over;  /* an addition did not fit below max */
};

/* The slice of a string literal. */
#define SLICE(literal) ((struct slice){(const uint8_t *)(literal), sizeof(literal) - 1})
/* For printf's "%.*s"; only for bytes known to be safe text. */
#define SLICE_ARG(s) (int)(s).len, (const char *)(s).at

static inline struct slice slice_of(const void *at, size_t len)
{
	return (struct slice){at, len};
}

static inline struct slice slice_str(const char *text)
{
	return (struct slice){(const uint8_t *)text, text ? strlen(text) : 0};
}

static inline bool slice_equal(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline bool slice_is(struct slice a, const char *text)
{
	return slice_equal(a, slice_str(text));
}

static inline bool slice_starts(struct slice a, struct slice prefix)
{
	return a.len >= prefix.len && (prefix.len == 0 || memcmp(a.at, prefix.at, prefix.len) == 0);
}

/* The part [from, to), both cut to the slice's end. */
static inline struct slice slice_cut(struct slice s, size_t from, size_t to)
{
	if (to > s.len)
		to = s.len;
	if (from > to)
		from = to;
	return (struct slice){s.at ? s.at + from : s.at, to - from};
}

/* Without blanks and tabs at both ends. */
struct slice slice_trim(struct slice s);
/* Takes the next word (up to a blank or tab) off the front of *s; empty when there is none. */
struct slice slice_word(struct slice *s);
/* Takes the next line off the front of *s without its LF or CR LF; false at the end. */
bool slice_line(struct slice *s, struct slice *line);

void bytes_init(struct bytes *b, size_t max);
/* Frees the memory; *b stays usable, empty, with the same cap. */
void bytes_free(struct bytes *b);
void bytes_clear(struct bytes *b);
/* Room for `more` bytes behind len (the caller then adds to len); NULL over the cap. */
uint8_t *bytes_space(struct bytes *b, size_t more);
bool bytes_add(struct bytes *b, struct slice s);
bool bytes_add_byte(struct bytes *b, uint8_t byte);
bool bytes_add_str(struct bytes *b, const char *text);
bool bytes_addf(struct bytes *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool bytes_addv(struct bytes *b, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
/* Forgets the first n bytes. */
void bytes_drop(struct bytes *b, size_t n);
/* The content with a NUL behind it (not counted in len); NULL when over the cap. */
const char *bytes_str(struct bytes *b);

static inline struct slice bytes_slice(const struct bytes *b)
{
	return (struct slice){b->at, b->len};
}

#endif
