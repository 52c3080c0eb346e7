/* tap.c - see tap.h. */
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>

static int count, failed;

static bool report(bool condition, const char *file, int line, const char *format, va_list args)
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

int tap_done(void)
{
	printf("1..%d\n", count);
	return failed ? 1 : 0;
}
