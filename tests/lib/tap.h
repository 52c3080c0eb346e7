/* tap.h - unit tests as TAP: each assertion is one line of `make check`. */
#ifndef WILCO_TAP_H
#define WILCO_TAP_H

#include <stdbool.h>
#include <wilco/bytes.h>

/* "ok N - name"; on failure says where.  Returns what it was given. */
#define ok(condition, ...) tap_ok((condition), __FILE__, __LINE__, __VA_ARGS__)
bool tap_ok(bool condition, const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Shows both on failure. */
#define is_str(got, expected, ...) tap_is_str((got), (expected), __FILE__, __LINE__, __VA_ARGS__)
bool tap_is_str(const char *got, const char *expected, const char *file, int line,
	const char *format, ...) __attribute__((format(printf, 5, 6)));
#define is_bytes(got, expected, ...) \
	tap_is_bytes((got), (expected), __FILE__, __LINE__, __VA_ARGS__)
bool tap_is_bytes(struct slice got, struct slice expected, const char *file, int line,
	const char *format, ...) __attribute__((format(printf, 5, 6)));
#define is_int(got, expected, ...) \
	tap_is_int((long long)(got), (long long)(expected), __FILE__, __LINE__, __VA_ARGS__)
bool tap_is_int(long long got, long long expected, const char *file, int line, const char *format,
	...) __attribute__((format(printf, 5, 6)));
void tap_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Without the program, privilege or limit it needs; a failure instead where CI is set. */
void tap_skip(const char *reason);
/* Under valgrind, which makes everything tens of times slower: less is enough there. */
bool tap_slow(void);
/* Prints the plan; the exit status. */
int tap_done(void);

#endif
