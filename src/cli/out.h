/* out.h - standard output, which notices when nobody reads it any more.
 *
 * It is a stream (bytes.h): a line of any length is composed in it and goes out in parts, so that
 * nothing is cut.  A terminal gets each line at once; otherwise out_flush() writes, which is called
 * before wilco waits for standard input, 50 ms after the first unwritten byte, and at the end.
 */
#ifndef WILCO_OUT_H
#define WILCO_OUT_H

#include "base/json.h"
#include "cli/spool.h"
#include "cmd/options.h"
#include "loop/loop.h"
#include "play/play.h"
#include <wilco/session.h>

/* Opens standard output.  loop NULL: only out_flush() writes. */
void out_open(struct loop *loop, const struct output *format);
/* Chooses another view from now on, unless the format is not for people. */
void out_view(const struct view *view);
/* Nobody waits for the reader of standard output and standard error from now on (outlet.h).  what:
 * a noun, for what is left out ("frame"). */
void out_let_go(const char *what, bool quiet);
/* Says whether there is room for one more of these; false: it is left out, and counted, which is
 * said. */
bool out_room(void);
/* Has a spool take what is written from now on, also to standard error; NULL: none does. */
void out_to(struct spool *s);
void out_write(struct slice bytes);
/* Writes lines as they are, or, to a terminal, with what it may not get escaped. */
void out_text(struct slice text);
/* Begin and end a line: what is added to the stream between the two calls, and the LF. */
struct bytes *out_begin(void);
void out_end(void);
void out_line(struct slice text); /* writes a line that is there already */
void out_only(
	struct slice text); /* writes a text that is all there is to write: no buffer is needed */
bool out_objects(void);     /* says whether only JSON objects are written */
bool out_flush(void);       /* false: writing fails, now or earlier */
/* Flushes and returns `status`; where writing failed it returns STATUS_OUTPUT, and says so unless
 * the reader has gone. */
enum status out_close(enum status status);
bool out_failed(void);
bool out_utf8(void);
/* Returns the flags of text_add() for what is written there. */
unsigned out_spelling(void);
bool out_by_line(void); /* it is a terminal */

/* Takes the lines of a view; each is a line of standard output. */
void out_part(void *unused, struct slice part, bool ends);
/* The same, with a text before each line. */
struct out_head {
	char text[64];
	bool inside; /* the beginning of the line has been written */
};
void out_headed_part(void *head, struct slice part, bool ends);
/* Writes a result in the format of out_open(). */
void out_result(const struct result *r);

/* Writes an exchange in the format of out_open(): replies to standard output, the rest as notes to
 * standard error unless quiet. */
void out_exchange(const struct session *s, const struct exchange *x, bool quiet, bool labelled);

/* Writes the failure of an exchange to standard error, as out_exchange() does; nothing where it did
 * not fail. */
void out_failure(const struct session *s, const struct exchange *x);
/* Writes a step of a macro as an object. */
void out_step(const struct step_result *r, uint64_t round);
/* Adds an object of an exchange, or of a step (NULL: of none), to a list. */
void out_object(struct json *o, const struct session *s, const struct exchange *x,
	const struct step_result *r);
/* Adds the members of an exchange; round: of a fleet, 0: there are none. */
void out_members(struct json *o, const struct session *s, const struct exchange *x,
	const struct step_result *step, uint64_t round);
/* Adds bytes as hex; those that are not known, or hold a secret (hidden), are null. */
void out_bytes(struct json *o, const char *key, bool hidden, struct slice bytes);
/* Adds a payload and its hex as two members, null where there is none; r may be NULL. */
void out_payload(struct json *o, const char *key, const char *hex_key, const struct reply *r);
/* Writes the result of a fleet, labelled; round: its number, 0: there are none. */
void out_round(const struct session *s, const struct exchange *x, bool quiet, uint64_t round);

/* Writes the bytes that a command would have on the wire. */
void out_wire(const struct session *s, const struct order *o, struct slice wire, bool labelled);

/* Says whether a device's bytes may go to standard output as they are, if the format does that. */
bool out_binary_fits(struct error *err);

/* Adds the member "fields" to an object; fields NULL: its value is null. */
void out_fields(struct json *o, const struct frame *frame, const struct field_value *fields);

#endif
