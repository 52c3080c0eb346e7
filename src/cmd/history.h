/* history.h - the lines typed at a device, kept across runs: $XDG_STATE_HOME/wilco/history/NAME.
 *
 * A line a file line, UTF-8.  Appended one by one under flock, so that consoles that run at the
 * same time keep each other's lines (seldom twice, never not); never rewritten in place except to
 * halve a file that passed HISTORY_FILE_MAX (new file, rename).  Garbage in the file is skipped.
 * What must not be kept (a leading blank, secrets) is decided by the caller.
 */
#ifndef WILCO_HISTORY_H
#define WILCO_HISTORY_H

#include <wilco/bytes.h>
#include <wilco/error.h>

enum { HISTORY_LINES_MAX = 10000, HISTORY_FILE_MAX = 4 * 1024 * 1024 };

struct history;

/* `name` is the device's; "" keeps the lines of a console without a device; NULL keeps them in
 * memory only.  The history is
 * usable even when err is set (a folder that cannot be made, an unreadable file): then it lives
 * in memory only. */
struct history *history_open(const char *name, struct error *err);
void history_close(struct history *h); /* NULL is allowed */
/* Adds a line unless it is empty or equals the last one; false when it could not be written
 * (said once by err; the line is in memory all the same). */
bool history_add(struct history *h, struct slice line, struct error *err);
size_t history_count(const struct history *h);
/* The n-th line, 0 the oldest. */
struct slice history_line(const struct history *h, size_t n);

#endif
