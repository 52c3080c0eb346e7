/* log.h - writes everything that a session sends and receives to a file: text with times, or a
 * capture that Wireshark opens.
 *
 * Text has a line for each event, in canonical spelling (doc/wilco.1, LOG FILES), so that no byte
 * is lost:
 *
 *     TIME DEVICE > BYTES     sent
 *     TIME DEVICE < BYTES     received
 *     TIME DEVICE = STATUS    how an exchange ended, its round trip, and why
 *     TIME DEVICE - TEXT      what happened to the line
 *
 * It is written whenever an exchange ends, when LOG_BUFFER bytes wait, and a moment after anything
 * else, so that nothing is on the screen long before it is in the file.
 */
#ifndef WILCO_SESSION_LOG_H
#define WILCO_SESSION_LOG_H

#include <wilco/session.h>

struct log;
struct loop;

/* Opens a log (the loop may be NULL: then nothing is written by itself), of one file or of two with
 * the same in them (NULL: there is none of this kind).  A name may contain \{device} and \{date};
 * where the day is in it, each day begins a file. `capture`, and a `name` that ends in .pcap, is a
 * capture, which must not exist yet; else it is a text, to which lines are appended.  The device
 * and the address stay the caller's and must outlive the log. */
struct log *log_open(struct loop *loop, const char *name, const char *capture, const char *device,
	const struct address *a, struct error *err);
const char *log_path(const struct log *l, size_t index); /* of its files; NULL: there are no more */
/* Goes on in the file that has the name now, unless that is the one that is open. */
void log_reopen(struct log *l);
/* One line of several that the log is about at the same time (a tap).  In a text it has a name of
 * its own, NAME#N, and the first one has that of the device; in a capture it is a stream. */
struct log_line;
struct log_line *log_line_new(struct log *l, unsigned n);
void log_line_free(struct log_line *line); /* NULL is allowed; it must not be in use */
/* Says that what comes next is about this line, NULL: about the log's own. */
void log_use(struct log *l, struct log_line *line);
void log_connected(struct log *l, const char *peer);
/* One side of the line says nothing more; broke: there is no orderly end.  A capture gets the
 * packet for it, a text only what the caller notes. */
void log_side_ended(struct log *l, bool sent, bool broke);
void log_disconnected(struct log *l);
/* hex: the bytes are a binary frame's, written as \<01 03>. */
void log_bytes(struct log *l, bool sent, struct slice bytes, bool hex);
/* The same for so many bytes with a secret, which are written as x. */
void log_hidden(struct log *l, bool sent, size_t len);
/* So many bytes that were typed passed: a capture gets as many x, a text nothing yet; and so many
 * keys, or bytes of a program, were typed: a text says "(7 keys)". */
void log_keys_passed(struct log *l, size_t len);
void log_keys(struct log *l, size_t keys, const char *what);
void log_note(struct log *l, const char *text);
void log_exchange(struct log *l, const struct exchange *x);
/* Writes what waits; false: that failed (said once). */
bool log_flush(struct log *l, struct error *err);
bool log_close(struct log *l, struct error *err); /* NULL is allowed */

#endif
