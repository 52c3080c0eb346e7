/* tap.h - unit tests as TAP: each assertion is one line of `make check`. */
#ifndef WILCO_TESTS_TAP_H
#define WILCO_TESTS_TAP_H

#include <stdbool.h>
#include <wilco/bytes.h>

/* Prints "ok N - name"; on failure also the place.  Returns what it was given. */
#define ok(condition, ...) tap_ok((condition), __FILE__, __LINE__, __VA_ARGS__)
bool tap_ok(bool condition, const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* The is_...() macros show both values on failure. */
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
/* Skips a test whose program, privilege or limit is missing; where CI is set, that is a failure. */
void tap_skip(const char *reason);
/* Says whether the test runs under valgrind, which makes everything tens of times slower, so that
 * less work is enough. */
bool tap_slow(void);
/* Asserts that work(n) costs at most in proportion to n: four times n may take at most eight times
 * the processor time.  Work that walks all bytes once for each byte takes sixteen times. */
#define is_linear(work, n, ...) tap_is_linear((work), (n), __FILE__, __LINE__, __VA_ARGS__)
bool tap_is_linear(void (*work)(size_t n), size_t n, const char *file, int line, const char *format,
	...) __attribute__((format(printf, 5, 6)));
/* Prints the plan and returns the exit status. */
int tap_done(void);

#endif
