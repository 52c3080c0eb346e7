/* tap.c - see tap.h. */
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int count, failed;

__attribute__((format(printf, 4, 0))) static bool report(
	bool condition, const char *file, int line, const char *format, va_list args)
{
	printf("%s %d - ", condition ? "ok" : "not ok", ++count);
	vprintf(format, args);
	putchar('\n');
	if (!condition) {
		failed++;
		printf("# at %s:%d\n", file, line);
	}
	fflush(stdout);
	return condition;
}

#define REPORT(condition)                                          \
	va_list args;                                              \
	va_start(args, format);                                    \
	bool good = report((condition), file, line, format, args); \
	va_end(args)

bool tap_ok(bool condition, const char *file, int line, const char *format, ...)
{
	REPORT(condition);
	return good;
}

bool tap_is_str(
	const char *got, const char *expected, const char *file, int line, const char *format, ...)
{
	REPORT(got && expected ? strcmp(got, expected) == 0 : got == expected);
	if (!good)
		printf("#      got: %s\n# expected: %s\n", got ? got : "(null)",
			expected ? expected : "(null)");
	return good;
}

static void show_hex(const char *label, struct slice s)
{
	printf("# %s (%zu bytes):", label, s.len);
	for (size_t i = 0; i < s.len && i < 64; i++)
		printf(" %02x", s.at[i]);
	puts(s.len > 64 ? " ..." : "");
}

bool tap_is_bytes(struct slice got, struct slice expected, const char *file, int line,
	const char *format, ...)
{
	REPORT(slice_equal(got, expected));
	if (!good) {
		show_hex("     got", got);
		show_hex("expected", expected);
	}
	return good;
}

bool tap_is_int(
	long long got, long long expected, const char *file, int line, const char *format, ...)
{
	REPORT(got == expected);
	if (!good)
		printf("#      got: %lld\n# expected: %lld\n", got, expected);
	return good;
}

void tap_note(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fputs("# ", stdout);
	vprintf(format, args);
	putchar('\n');
	va_end(args);
}

void tap_skip(const char *reason)
{
	bool ci = getenv("CI") != NULL;
	printf("%s %d # SKIP %s\n", ci ? "not ok" : "ok", ++count, reason);
	failed += ci;
}

bool tap_slow(void)
{
	const char *wrap = getenv("WILCO_WRAP");
	return wrap && *wrap;
}

/* Lowers *least to the least time of a few more runs, because the other runs were disturbed. */
static void cost_of(void (*work)(size_t n), size_t n, double *least)
{
	const int runs = tap_slow() ? 2 : 5;
	for (int i = 0; i < runs; i++) {
		struct timespec from, to;
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
		work(n);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
		double took = (double)(to.tv_sec - from.tv_sec) * 1e9 +
			      (double)(to.tv_nsec - from.tv_nsec);
		*least = *least > 0 && *least < took ? *least : took;
	}
}

bool tap_is_linear(
	void (*work)(size_t n), size_t n, const char *file, int line, const char *format, ...)
{
	double once = 0, four = 0;
	bool linear = false;
	for (int i = 0; i < 5 && !linear;
		i++) { /* what is quadratic costs 16 times as much, always */
		cost_of(work, n, &once);
		cost_of(work, 4 * n, &four);
		linear = four <= 8 * once;
	}
	REPORT(linear);
	if (!good)
		printf("# for %zu: %.0f us, for %zu: %.0f us\n", n, once / 1e3, 4 * n, four / 1e3);
	return good;
}

int tap_done(void)
{
	printf("1..%d\n", count);
	return failed ? 1 : 0;
}
