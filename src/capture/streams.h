/* streams.h - the connections in a capture: sorts packets, and tells what each side said.
 *
 * A connection of TCP begins with its SYN, or with the first packet that the capture has of it. All
 * datagrams between the same two ends are one stream of UDP.
 */
#ifndef WILCO_CAPTURE_STREAMS_H
#define WILCO_CAPTURE_STREAMS_H

#include "capture/packet.h"
#include "capture/reassembly.h"

struct stream {
	struct packet_end ends[2]; /* [0] is the one whose packet came first */
	bool udp;
	int device; /* the end that got the SYN; -1: that is not in the capture */
	struct timespec first, last;
	uint64_t packets;
	uint64_t bytes[2], missing[2]; /* of what each end said */
	bool closed[2];                /* each end has said that it says nothing more */
	struct reassembly way[2];      /* private, as the members from here on are */
	bool fin[2];                   /* it came, perhaps before what is in front of it */
	size_t index;
	uint64_t hash;
	struct stream *older; /* in the same bucket */
};

struct streams_events {
	/* `side` is the end that said it: an index of stream.ends.  Slices are valid during the
	 * call.  A stream of UDP tells each datagram by itself. */
	void (*bytes)(void *arg, size_t stream, int side, uint64_t offset, struct slice bytes,
		const struct packet_at *at);
	void (*missing)(void *arg, size_t stream, int side, uint64_t offset, uint64_t count);
	/* The side says nothing more. */
	void (*closed)(void *arg, size_t stream, int side, const struct packet_at *at);
};

struct streams;
/* The events are borrowed. */
struct streams *streams_new(const struct streams_events *events, void *arg);
/* Tells what is missing as soon as its receiver is known to have had it, not when it is sure that
 * it is not in the rest of the capture: so all is told in the order in which it was said. */
void streams_at_once(struct streams *s);
void streams_free(struct streams *s); /* NULL is allowed */
/* Takes what packet_read() made of a packet of the capture. */
void streams_packet(struct streams *s, enum packet_kind kind, const struct packet *p,
	const struct timespec *time);
/* Tells what is left: the capture has ended. */
void streams_end(struct streams *s);

size_t streams_count(const struct streams *s);
const struct stream *streams_at(const struct streams *s, size_t stream);

/* Packets that are in no stream, each kind for a reason that a person must know. */
struct streams_left_out {
	uint64_t fragments; /* packets whose fragments did not all come; their beginning may be told
			     */
	uint64_t cut, other;
	uint64_t over; /* of streams beyond LIMIT_STREAMS */
};
struct streams_left_out streams_left_out(const struct streams *s);

#endif
