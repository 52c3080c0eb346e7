/* captured.h - walks the packets of a capture through the table of its streams. */
#ifndef WILCO_CLI_CAPTURED_H
#define WILCO_CLI_CAPTURED_H

#include "adapter/capture.h"
#include "capture/streams.h"
#include <wilco/error.h>

/* Reads all packets.  False: it is no capture that can be read, and err says why.  Where it breaks
 * off in its middle, all before that counts, and broke[] says what is wrong (else it is empty). */
bool captured_walk(capture_read *read, void *arg, struct streams *s, char broke[CAPTURE_TEXT_MAX],
	struct error *err);
/* Says what the walk left out, in notes; false: something. */
struct cli;
bool captured_whole(
	const struct cli *cli, const struct streams *s, const char broke[CAPTURE_TEXT_MAX]);
/* Returns the end of a stream that is the device: the one with this port, or where `port` is 0 or
 * at both ends the one that got the SYN; -1: nobody knows. */
int captured_device(const struct stream *s, uint16_t port);
/* Says that nobody knows, and what to do. */
bool captured_unknown(const struct stream *s, size_t number, struct error *err);

#endif
