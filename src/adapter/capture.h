/* capture.h - capture files that Wireshark opens, as plain functions on bytes.  A leaf: it knows
 * libpcap and nothing of wilco. */
#ifndef WILCO_ADAPTER_CAPTURE_H
#define WILCO_ADAPTER_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

struct capture;        /* a file that is written */
struct capture_reader; /* one that is read, pcap or pcapng */

/* A packet of a capture. */
struct capture_packet {
	struct timespec time;
	const void *bytes; /* valid until the next one */
	size_t captured, size;
};

/* Reads as read(2) does. */
typedef ssize_t capture_read(void *arg, void *to, size_t size);

enum { CAPTURE_FUNCTIONS_VERSION = 3, CAPTURE_TEXT_MAX = 512 };

struct capture_functions {
	int version;
	/* Begins a new file of raw IP packets on an open descriptor, which it takes over even on
	 * failure. Returns NULL where why[] says why. */
	struct capture *(*open)(int fd, char why[CAPTURE_TEXT_MAX]);
	/* Writes one packet, which begins with its IP header. */
	bool (*packet)(
		struct capture *c, const struct timespec *time, const void *bytes, size_t size);
	bool (*flush)(struct capture *c); /* false: the file could not be written */
	bool (*close)(struct capture *c);
	/* Begins to read a capture, from its first byte.  Returns NULL where why[] says why. */
	struct capture_reader *(*read)(capture_read *read, void *arg, char why[CAPTURE_TEXT_MAX]);
	/* Returns what its packets begin with, as libpcap counts it, and its name. */
	int (*link)(const struct capture_reader *r, const char **name);
	/* Gives the next packet: 1; 0: that was the last one; -1: why[] says what is wrong. */
	int (*next)(struct capture_reader *r, struct capture_packet *p, char why[CAPTURE_TEXT_MAX]);
	/* More packets may have come behind the last one. */
	void (*again)(struct capture_reader *r);
	void (*end)(struct capture_reader *r);
};

extern const struct capture_functions capture_functions;

#endif
