/* recorder.h - a recording (`.record`, `send --record`): exchanges are written to a file as lines
 * of the language, each as soon as it has ended.
 *
 * Who is killed loses the exchange in flight.  One that cannot be written whole is taken back.
 */
#ifndef WILCO_RECORDER_H
#define WILCO_RECORDER_H

#include <wilco/session.h>

struct recorder;

enum record_how {
	RECORD_APPEND = 1, /* to a file that exists */
	RECORD_TIMING = 2, /* how long nothing was sent is a .wait */
	RECORD_EXACT = 4,  /* it will be a device for others: written.h */
};
/* Begins a recording.  `name` is a macro (in the folder of macros), or a file if it has a slash or
 * ends in .wilco.  One that exists is refused without RECORD_APPEND, and so is one to which another
 * recording writes.  how: enum record_how. */
struct recorder *recorder_open(struct slice name, unsigned how, struct error *err);
const char *recorder_path(const struct recorder *r);
uint64_t recorder_count(const struct recorder *r); /* commands that were recorded */
/* Returns how many commands and replies are comments, because no line can hold them; r NULL: 0. */
uint64_t recorder_left_out(const struct recorder *r);
/* Write an exchange, or a comment.  After a failure the recording must be closed. */
bool recorder_exchange(
	struct recorder *r, const struct session *s, const struct exchange *x, struct error *err);
bool recorder_note(struct recorder *r, struct slice safe, struct error *err);
bool recorder_close(struct recorder *r, struct error *err); /* NULL is allowed */

#endif
