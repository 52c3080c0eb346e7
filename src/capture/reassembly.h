/* reassembly.h - puts one direction of a TCP connection together.
 *
 * Segments may come twice, in another order, and overlap: of two that hold the same byte the first
 * counts.  What never comes is told as missing.  Bytes that come in order are handed on at once;
 * those behind a hole are kept until it is filled, until too many wait, or until the end.
 */
#ifndef WILCO_CAPTURE_REASSEMBLY_H
#define WILCO_CAPTURE_REASSEMBLY_H

#include <time.h>
#include <wilco/bytes.h>

/* The packet that brought some bytes. */
struct packet_at {
	uint64_t number; /* in the capture, from 1 */
	uint64_t acked;  /* how many bytes its sender had got from the other side */
	struct timespec time;
};

struct reassembly_events {
	/* The slice is valid during the call.  Offsets count from the first byte of the direction
	 * and have no gaps that were not told as missing. */
	void (*bytes)(void *arg, uint64_t offset, struct slice bytes, const struct packet_at *at);
	void (*missing)(void *arg, uint64_t offset, uint64_t count);
};

/* How many bytes may wait behind holes, in all directions together. */
struct reassembly_room {
	size_t left;
};

struct kept_segment;
/* Begins as zeroes; reassembly_free() frees what it owns. */
struct reassembly {
	struct kept_segment *kept; /* in order, without overlap */
	size_t count, room;
	uint32_t first; /* the number of byte 0 */
	bool begun, finished;
	uint64_t next;   /* the offset up to which all is told */
	uint64_t end;    /* the highest end of a segment that is known */
	uint64_t acked;  /* the highest offset that the other side has confirmed */
	uint64_t number; /* of the last packet whose bytes were told */
};

/* Says which sequence number the next byte has; only the first call counts. */
void reassembly_begin(struct reassembly *r, uint32_t seq);
/* Returns the offset of a sequence number, at most 2 GiB from the bytes that come next; below 0: it
 * is before the first one. */
int64_t reassembly_offset(const struct reassembly *r, uint32_t seq);
/* Takes a segment. */
void reassembly_feed(struct reassembly *r, uint32_t seq, struct slice bytes,
	const struct packet_at *at, struct reassembly_room *room,
	const struct reassembly_events *events, void *arg);
/* Notes that the direction has this many bytes, though they may not be in the capture. */
void reassembly_reaches(struct reassembly *r, int64_t offset);
/* Notes that the other side has got so many; one more may be the number of a FIN. */
void reassembly_acked(struct reassembly *r, int64_t offset);
/* Gives up the holes in front of what the other side has confirmed: the capture does not have it.
 */
void reassembly_confirmed(struct reassembly *r, struct reassembly_room *room,
	const struct reassembly_events *events, void *arg);
/* Tells the rest: nothing more comes. */
void reassembly_end(struct reassembly *r, struct reassembly_room *room,
	const struct reassembly_events *events, void *arg);
void reassembly_free(struct reassembly *r);

#endif
