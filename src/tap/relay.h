/* relay.h - one connection of a tap: a program's line and a device's, and the bytes between them.
 *
 * Bytes pass as they were read, at once.  A side that takes them more slowly than they come has a
 * queue of RELAY_QUEUE bytes and one read more; then the other side is not read until it is empty.
 * The end of one side is passed on as its end, a reset as a reset.  When both have said all, what
 * waits for a side goes out first, as long as it takes anything.  Where a gate (gate.h) keeps the
 * frames of a direction, that side's end comes behind them.
 *
 * Datagrams pass one by one.  Their relay has no end, and is over when a line breaks.
 */
#ifndef WILCO_TAP_RELAY_H
#define WILCO_TAP_RELAY_H

#include "tap/gate.h"
#include <wilco/transport.h>

enum { RELAY_QUEUE = 256 * 1024 };
/* Datagrams that wait for the device's line to be opened; others are lost, and counted. */
enum { RELAY_EARLY = 64 };

enum tap_side { TAP_PROGRAM, TAP_DEVICE };
static inline enum tap_side tap_other(enum tap_side side)
{
	return side == TAP_PROGRAM ? TAP_DEVICE : TAP_PROGRAM;
}

struct relay;

/* All but `over` may be called in any order, and none of them may free the relay. */
struct relay_events {
	/* What happens while the device's line is opened. */
	void (*step)(void *owner, enum transport_step step, const char *text);
	void (*open)(void *owner); /* the device's line is open */
	/* The bytes have been passed on, or are at the gate; they are valid during the call. */
	void (*passed)(void *owner, enum tap_side from, struct slice bytes);
	/* The datagram whose bytes passed is over. */
	void (*boundary)(void *owner, enum tap_side from);
	/* The side does not take what waits for it: so many bytes, and the other one is not read.
	 * 0: it took them. */
	void (*stuck)(void *owner, enum tap_side side, size_t bytes);
	/* The device's line cannot be opened, and is tried again. */
	void (*unreachable)(void *owner, const struct error *why);
	/* The side closed its half, or for a reason broke. */
	void (*ended)(void *owner, enum tap_side side, const struct error *why);
	/* The side took nothing for so long that bytes that waited for it are dropped. */
	void (*lost)(void *owner, enum tap_side side, size_t bytes);
	/* Both sides are closed; only relay_close() may follow. */
	void (*over)(void *owner);
};

/* How a relay opens the device's line. */
struct relay_device {
	const struct address *address; /* borrowed until relay_close() */
	int64_t connect_timeout;       /* ns; 0: none */
	bool again; /* it is tried again until it can be opened: the program does not notice */
};
/* Opens the device's line for a program that has called, whose line it takes over. */
struct relay *relay_new(struct loop *loop, struct transport *program,
	const struct relay_device *device, const struct relay_events *events, void *owner);
/* Reads no more: what waits for the sides goes out, and then it is over. */
void relay_finish(struct relay *r);
/* Returns how many bytes wait for a side. */
size_t relay_waiting(const struct relay *r, enum tap_side side);
/* Closes what is open, and frees it; nothing is told. */
void relay_close(struct relay *r);
/* Returns the gate of the bytes that come from a side. */
struct gate *relay_gate(struct relay *r, enum tap_side from);
const char *relay_peer(const struct relay *r); /* the device's address; its line is open */
/* Says whether what a side says can still go on to the other one. */
bool relay_passes(const struct relay *r, enum tap_side from);
/* Takes the count of datagrams that were lost before the device's line was open. */
size_t relay_lost(struct relay *r);
/* Says whether the program has closed its half, and the device has taken all that it said. */
bool relay_program_ended(const struct relay *r);

#endif
