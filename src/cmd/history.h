/* history.h - the lines typed at a device, kept across runs: $XDG_STATE_HOME/wilco/history/NAME.
 *
 * Each line is a line of the file, in UTF-8.  When it was typed stands above it, to the minute, on
 * a line that begins with a blank, which no line of a history does: " 2026-11-30T22:05Z".  Lines
 * are appended one by one under flock, so that consoles that run at the same time keep each other's
 * lines (seldom twice, never not).  The file is rewritten only to halve it beyond HISTORY_FILE_MAX
 * (new file, rename).  Garbage in it is skipped. The caller decides what must not be kept (a
 * leading blank, secrets).
 */
#ifndef WILCO_HISTORY_H
#define WILCO_HISTORY_H

#include <wilco/bytes.h>
#include <wilco/error.h>

enum { HISTORY_LINES_MAX = 10000, HISTORY_FILE_MAX = 4 * 1024 * 1024 };

struct history;

/* Opens the history of a device; "" is for a console without a device, NULL keeps lines in memory
 * only.  The history is usable even when err is set (a folder that cannot be made, an unreadable
 * file): then it is in memory only. */
struct history *history_open(const char *name, struct error *err);
void history_close(struct history *h); /* NULL is allowed */
/* Adds a line unless it is empty or equals the last one.  Returns false the first time that it
 * could not be written; it is in memory all the same. */
bool history_add(struct history *h, struct slice line, struct error *err);
size_t history_count(const struct history *h);
/* Returns the n-th line; 0 is the oldest. */
struct slice history_line(const struct history *h, size_t n);
/* Returns when it was typed, in seconds since 1970; 0: that is not known. */
int64_t history_time(const struct history *h, size_t n);
enum { HISTORY_TIME_MAX = 20 };
/* Gives that as local time, "2026-11-30 23:05"; as many blanks where it is not known. */
const char *history_time_text(const struct history *h, size_t n, char out[HISTORY_TIME_MAX]);
/* Gives a time, in seconds since 1970, in short: "23:05" for one of today, else "2026-11-30". */
const char *history_short_time(int64_t time, char out[HISTORY_TIME_MAX]);
/* Reads the histories of all devices, sorted by time: the newest HISTORY_LINES_MAX lines.  Nothing
 * can be added to it. */
struct history *history_open_all(void);
/* Returns whose line it is in that; "" for a console without a device. */
const char *history_device(const struct history *h, size_t n);

/* A device that has a history, and when that was written last. */
struct history_use {
	char *device; /* free() it */
	int64_t time; /* seconds since 1970 */
};
/* Gives at most `most` of them, the latest first; returns how many. */
size_t history_last_used(struct history_use *out, size_t most);

#endif
