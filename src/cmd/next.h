/* next.h - .open next: waits for the next serial port that is plugged in, and opens it. */
#ifndef WILCO_NEXT_H
#define WILCO_NEXT_H

#include <wilco/bytes.h>
#include <wilco/error.h>

struct shell;
struct next;

/* Says whether the word is `next`, perhaps with settings behind it: next?baud=115200. */
bool next_is(struct slice word);
bool next_start(struct shell *sh, struct slice word, struct error *err);
/* Adds that a port is waited for; false: none is. */
bool next_progress(const struct shell *sh, struct bytes *out);
/* Ends it, which is said; false: nobody waits. */
bool next_interrupt(struct shell *sh);
void next_stop(struct shell *sh);

#endif
