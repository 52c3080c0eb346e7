/* packet.h - takes a captured packet apart, down to the bytes that a program sent.
 *
 * It looks at bytes alone, which anybody may have sent: lengths that are not true end at what was
 * captured.
 */
#ifndef WILCO_CAPTURE_PACKET_H
#define WILCO_CAPTURE_PACKET_H

#include <wilco/bytes.h>

/* What a packet begins with; the numbers are those of libpcap on Linux. */
enum packet_link {
	LINK_NULL = 0, /* 4 bytes, then IP: loopback of the BSDs */
	LINK_ETHERNET = 1,
	LINK_RAW = 12, /* IP */
	LINK_LOOP = 108,
	LINK_COOKED = 113, /* "any" of Linux */
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_COOKED2 = 276,
};
bool packet_link_known(int link);

/* One end of a stream. */
struct packet_end {
	uint8_t host[16]; /* an IPv4 address has the first four */
	uint8_t version;  /* 4 or 6 */
	uint16_t port;
};
enum { PACKET_END_TEXT = 64 };
/* Writes "10.0.0.5:9100" or "[::1]:9100". */
const char *packet_end_text(const struct packet_end *end, char out[PACKET_END_TEXT]);
bool packet_end_equal(const struct packet_end *a, const struct packet_end *b);

enum packet_kind {
	PACKET_TCP,
	PACKET_UDP,
	PACKET_OTHER,    /* another protocol */
	PACKET_FRAGMENT, /* a part of an IP packet: fragments.h */
	PACKET_CUT,      /* the capture ends inside of its headers, or they are wrong */
};
enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_ACK = 16 };

/* Which part of which packet a fragment is. */
struct packet_fragment {
	uint32_t id;
	unsigned protocol;
	size_t offset; /* of its bytes in the packet */
	bool more;     /* others follow */
};

struct packet {
	struct packet_end from, to;
	uint32_t seq, ack;
	unsigned flags;                  /* TCP_...; 0: UDP */
	struct slice data;               /* borrowed from the packet */
	uint64_t cut;                    /* bytes behind them that the capture left out */
	struct packet_fragment fragment; /* PACKET_FRAGMENT */
};
/* `size`: of the packet on the wire, of which the capture may have less. */
enum packet_kind packet_read(int link, struct slice bytes, size_t size, struct packet *p);
/* Reads what the fragments of a packet are together, of which `size` bytes were sent; *p has been
 * read from its first one. */
enum packet_kind packet_inside(struct slice bytes, size_t size, struct packet *p);

#endif
