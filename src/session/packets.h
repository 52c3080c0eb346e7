/* packets.h - writes a session's bytes as IP packets to a capture file: every connection is a TCP
 * stream with handshake and end, whatever line it used, so that Wireshark can follow it.
 *
 * The headers are made up where the line has none: we are 10.0.0.1, the device is 10.0.0.2, or its
 * own address if that is IPv4. */
#ifndef WILCO_SESSION_PACKETS_H
#define WILCO_SESSION_PACKETS_H

#include <wilco/transport.h>

struct packets;

/* Takes the descriptor over, even on failure. */
struct packets *packets_open(int fd, const struct address *a, struct error *err);
/* One connection of several that are open at the same time; the first one is there already. */
struct packets_line;
struct packets_line *packets_line_new(void);
void packets_line_free(struct packets_line *line); /* NULL is allowed */
/* Says that what comes next is about this one, NULL: the first one. */
void packets_use(struct packets *p, struct packets_line *line);
void packets_begin(struct packets *p, const char *peer); /* starts one to "10.0.0.5:9100" */
void packets_data(struct packets *p, bool sent, struct slice bytes);
/* One side says nothing more; broke: the connection has no orderly end. */
void packets_side_end(struct packets *p, bool sent, bool broke);
void packets_end(struct packets *p); /* ends what is left of the connection */
bool packets_flush(struct packets *p);
bool packets_close(struct packets *p);

#endif
