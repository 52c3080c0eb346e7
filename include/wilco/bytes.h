/* bytes.h - borrowed and owned runs of bytes.
 *
 * A slice borrows: whoever made it says how long it stays valid, and nobody frees it. A struct
 * bytes owns its memory, grows up to a cap named at bytes_init and is freed by bytes_free.  Going
 * over the cap never truncates silently: the call returns false (or NULL), adds nothing, and `over`
 * stays set, so that a chain of additions can be checked once.
 *
 * Everything that is shown, stored or sent is checked for `over`.  Text for people goes through
 * bytes_shown() or bytes_str(), which say that something is missing; whoever needs the whole, such
 * as a record or a file's name, tests `over`.  bytes_slice() is for content that is only read.
 *
 * A stream is a struct bytes that hands on its content whenever it is full, so that any amount of
 * text can be composed by the same functions and a stream never goes over.  An addition is handed
 * on in one piece or in two.
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

/* A stream hands its content to `take`, part by part. */
struct bytes_drain {
	void (*take)(void *arg, struct slice part);
	void *arg;
};

struct bytes {
	uint8_t *at;
	size_t len;
	size_t cap;                      /* allocated */
	size_t max;                      /* bytes of content at most */
	bool over;                       /* an addition did not fit below max */
	const struct bytes_drain *drain; /* of a stream; NULL: this is no stream */
};

/* Makes the slice of a string literal. */
#define SLICE(literal) ((struct slice){(const uint8_t *)(literal), sizeof(literal) - 1})
/* Gives the arguments for printf's "%.*s"; only for bytes that are known to be safe text. */
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

static inline bool slice_ends(struct slice a, struct slice end)
{
	return a.len >= end.len &&
	       (end.len == 0 || memcmp(a.at + a.len - end.len, end.at, end.len) == 0);
}

static inline bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static inline bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static inline bool is_letter(uint8_t c) /* of ASCII */
{
	return (c | 32) >= 'a' && (c | 32) <= 'z';
}

static inline bool is_alnum(uint8_t c)
{
	return is_digit(c) || is_letter(c);
}

/* Says whether this names a device, a frame or a macro: letters, digits and, behind the first of
 * them,
 * `_`, `.` and `-`. */
bool slice_is_name(struct slice s);

/* Copies the bytes to where there is room for them.  memcpy() takes no NULL, which an empty slice
 * may be. */
static inline void slice_copy(void *to, struct slice s)
{
	if (s.len)
		memcpy(to, s.at, s.len);
}

/* Returns the part [from, to); both limits are cut to the slice's end. */
static inline struct slice slice_cut(struct slice s, size_t from, size_t to)
{
	if (to > s.len)
		to = s.len;
	if (from > to)
		from = to;
	return (struct slice){s.at ? s.at + from : s.at, to - from};
}

/* Returns the slice without blanks and tabs at both ends. */
struct slice slice_trim(struct slice s);
/* Takes the next word (up to a blank or tab) off the front of *s; empty when there is none. */
struct slice slice_word(struct slice *s);
/* Takes the next line off the front of *s without its LF or CR LF; false at the end. */
bool slice_line(struct slice *s, struct slice *line);

void bytes_init(struct bytes *b, size_t max);
/* Begins a stream.  It holds up to `max` bytes before it hands them on; `drain` is borrowed. */
void bytes_stream(struct bytes *b, size_t max, const struct bytes_drain *drain);
/* Hands on what a stream still holds. */
void bytes_pass(struct bytes *b);
/* Frees the memory; *b stays usable, empty, with the same cap. */
void bytes_free(struct bytes *b);
void bytes_clear(struct bytes *b);
/* Makes room for `more` bytes after the content and returns where it begins; the caller fills it
 * and then adds to len.  Returns NULL where that would go over the cap; in a stream, only where
 * `more` alone is over it. */
uint8_t *bytes_space(struct bytes *b, size_t more);
bool bytes_add(struct bytes *b, struct slice s);
bool bytes_add_byte(struct bytes *b, uint8_t byte);
bool bytes_add_str(struct bytes *b, const char *text);
bool bytes_addf(struct bytes *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool bytes_addv(struct bytes *b, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
/* Forgets the first n bytes. */
void bytes_drop(struct bytes *b, size_t n);
/* Returns the content for people.  Where something did not fit below the cap, BYTES_CUT follows it,
 * so that a part is never taken for the whole.  Valid until the next call that changes b. */
#define BYTES_CUT " ..."
struct slice bytes_shown(struct bytes *b);
/* Returns the same as a string that ends in NUL; never NULL. */
const char *bytes_str(struct bytes *b);

/* Returns the ending of a noun after a count: "s", or "" for one. */
static inline const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static inline struct slice bytes_slice(const struct bytes *b)
{
	return (struct slice){b->at, b->len};
}

#endif
