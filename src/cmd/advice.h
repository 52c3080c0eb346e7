/* advice.h - leads to the right frame: looks at what came in vain, or behind a reply, and proposes
 * what to type.  One key takes the proposal over; nothing is sent by that. */
#ifndef WILCO_CMD_ADVICE_H
#define WILCO_CMD_ADVICE_H

#include "cmd/guess.h"
#include "cmd/zmodem.h"
#include "loop/loop.h"
#include <wilco/session.h>

struct shell;
struct opened;

/* What is known of a device, and what is proposed for it. */
struct advice {
	bool answered;   /* a frame of a reply came since the frame was chosen */
	unsigned missed; /* commands in a row without a whole reply */
	uint64_t asked;  /* the entry of the last command; RECORD_NONE: there was none */
	char *lines;     /* what is proposed: lines of wilco's own to run; owned; NULL: nothing */
	char *typed;     /* what to put on the line then; owned; NULL: nothing */
	/* What came behind a reply, unasked and at once: more of it, perhaps. */
	struct bytes behind;
	int64_t behind_at;       /* when the last of it came, monotonic ns; 0: nothing may come */
	struct loop_timer quiet; /* nothing more has come */
	bool behind_told;        /* a proposal for it was said: once for a frame is enough */
	/* Since the last command: a file's begin was proposed, and in how many replies sought. */
	bool file_told;
	uint64_t file_looks;
};

void advice_init(struct opened *device);
void advice_free(struct opened *device);
/* The frame was chosen anew: nothing is known any more. */
void advice_forget(struct opened *device);
/* Tell it what happens: a person's command has ended, and is the newest entry; a frame of any reply
 * came; a frame came unasked. */
void advice_ended(struct opened *device, const struct exchange *x);
void advice_heard(struct opened *device);
void advice_unasked(struct opened *device, const struct exchange *x);
/* Says whether a file begins by ZMODEM in what came soon after the last command; proposes to
 * receive or send it, once for each command, because a device says so again and again. */
enum zmodem_start advice_look(struct opened *device, const struct exchange *x);
void advice_file(struct opened *device, enum zmodem_start start);
/* Proposes lines (separated by LF) to run, and text to put on the line.  NULL: none. */
void advice_propose(struct opened *device, const char *lines, struct slice typed);
/* Adds `before`, the key that takes the proposal over, and what it does: "; F2 sets it".  Nothing
 * where there are no keys, or another device is the current one, whose proposals the key takes. */
void advice_add_key(
	const struct opened *device, const char *before, const char *does, struct bytes *out);
/* Says something about a device, with its name where another one is the current one. */
void advice_say(const struct opened *device, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Returns the last command for this device, while it is in memory and is text that may be shown;
 * NULL: there is none. */
const struct exchange *advice_asked(const struct opened *device);

#endif
