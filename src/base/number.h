/* number.h - strict numbers: the whole text or nothing, with what is accepted in the error. */
#ifndef WILCO_NUMBER_H
#define WILCO_NUMBER_H

#include <wilco/bytes.h>
#include <wilco/error.h>

enum { NS_PER_US = 1000, NS_PER_MS = 1000000, NS_PER_S = 1000000000 };

/* Decimal or 0x hex, min..max; `name` is what the number is called in the error. */
bool number_parse(struct slice text, const char *name, uint64_t min, uint64_t max, uint64_t *value,
	struct error *err);
/* "500ms", "1.5s", "2m", "1h", "250us"; without a unit seconds.  Nanoseconds, at most 24 h. */
bool duration_parse(struct slice text, const char *name, int64_t *ns, struct error *err);
/* Bytes: "65536", "64K", "1M", "1MiB". */
bool size_parse(
	struct slice text, const char *name, uint64_t max, uint64_t *bytes, struct error *err);
enum { DURATION_TEXT_MAX = 24 };
/* "5 s", "250 ms", "1.2 ms": for people. */
const char *duration_text(int64_t ns, char out[DURATION_TEXT_MAX]);

enum { TIME_TEXT_MAX = 32 };
struct timespec;
/* "2026-11-23T12:01:02.123456Z" (RFC 3339, UTC). */
const char *time_text(const struct timespec *t, char out[TIME_TEXT_MAX]);

#endif
