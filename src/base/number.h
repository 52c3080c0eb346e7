/* number.h - strict numbers: the whole text must be one, or the error says what is accepted. */
#ifndef WILCO_NUMBER_H
#define WILCO_NUMBER_H

#include <wilco/bytes.h>
#include <wilco/error.h>

enum { NS_PER_US = 1000, NS_PER_MS = 1000000, NS_PER_S = 1000000000 };

/* Reads a decimal or 0x hex number from min to max; `name` is what the error calls the number. */
bool number_parse(struct slice text, const char *name, uint64_t min, uint64_t max, uint64_t *value,
	struct error *err);
/* Reads a duration such as "500ms", "1.5s", "2m", "1h", "250us" into nanoseconds, at most 24 h.
 * Without a unit it counts seconds. */
bool duration_parse(struct slice text, const char *name, int64_t *ns, struct error *err);
/* Reads a number of bytes: "65536", "64K", "1M", "1MiB". */
bool size_parse(
	struct slice text, const char *name, uint64_t max, uint64_t *bytes, struct error *err);
enum { DURATION_TEXT_MAX = 32 };
/* Writes a duration for people: "5 s", "250 ms", "1.2 ms". */
const char *duration_text(int64_t ns, char out[DURATION_TEXT_MAX]);

enum { SIZE_TEXT_MAX = 32 };
/* Writes a number of bytes for people: "312 bytes", "11.2 KiB", "1.0 MiB". */
const char *size_text(uint64_t bytes, char out[SIZE_TEXT_MAX]);

enum { TIME_TEXT_MAX = 32 };
struct timespec;
/* Writes "2026-11-23T12:01:02.123456Z" (RFC 3339, UTC). */
const char *time_text(const struct timespec *t, char out[TIME_TEXT_MAX]);
int64_t time_now(void); /* in seconds; it does not lag, as time() does */
enum { CLOCK_TEXT_MAX = 16 };
/* Writes the local time of day, "12:01:02", with `ms` "12:01:02.123". */
const char *clock_text(const struct timespec *t, bool ms, char out[CLOCK_TEXT_MAX]);

#endif
