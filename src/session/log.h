/* log.h - everything that a session sends and receives, in a file: text with times, or a capture
 * that Wireshark opens.
 *
 * Text, a line each, in canonical spelling (doc/wilco.1, LOG FILES), so that nothing of the bytes
 * is lost:
 *
 *     TIME DEVICE > BYTES     sent
 *     TIME DEVICE < BYTES     received
 *     TIME DEVICE = STATUS    how an exchange ended, its round trip, and why
 *     TIME DEVICE - TEXT      what happened to the line
 *
 * Written whenever an exchange ends, and when LOG_BUFFER bytes are waiting.
 */
#ifndef WILCO_SESSION_LOG_H
#define WILCO_SESSION_LOG_H

#include <wilco/session.h>

struct log;

/* `name` may contain \{device} and \{date}.  capture, or a name that ends in .pcap: a capture,
 * which must not be there yet; else a text, which is appended to. */
struct log *log_open(const char *name, bool capture, const char *device, const struct address *a,
	struct error *err);
const char *log_path(const struct log *l);
void log_connected(struct log *l, const char *peer);
void log_disconnected(struct log *l);
/* hex: bytes of a binary frame, spelled \<01 03>. */
void log_bytes(struct log *l, bool sent, struct slice bytes, bool hex);
void log_note(struct log *l, const char *text);
void log_exchange(struct log *l, const struct exchange *x);
/* Writes what is waiting; false: it could not be written (said once). */
bool log_flush(struct log *l, struct error *err);
bool log_close(struct log *l, struct error *err); /* NULL is allowed */

#endif
