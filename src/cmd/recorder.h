/* recorder.h - a recording (`.record`, `send --record`): exchanges are written to a file as lines
 * of the language, each as soon as it has ended.
 *
 * Who is killed loses the exchange in flight.  One that cannot be written whole is taken back.
 */
#ifndef WILCO_RECORDER_H
#define WILCO_RECORDER_H

#include <wilco/session.h>

struct recorder;

/* Begins a recording.  `name` is a macro (in the folder of macros), or a file if it has a slash or
 * ends in .wilco.  One that exists is refused unless `append`, and so is one to which another
 * recording writes. */
struct recorder *recorder_open(struct slice name, bool append, struct error *err);
const char *recorder_path(const struct recorder *r);
uint64_t recorder_count(const struct recorder *r); /* commands that were recorded */
/* Write an exchange, or a comment.  After a failure the recording must be closed. */
bool recorder_exchange(
	struct recorder *r, struct session *s, const struct exchange *x, struct error *err);
bool recorder_note(struct recorder *r, struct slice safe, struct error *err);
bool recorder_close(struct recorder *r, struct error *err); /* NULL is allowed */

#endif
