/* capture.h - capture files that Wireshark opens, as plain functions on bytes.  A leaf: it knows
 * libpcap and nothing of wilco. */
#ifndef WILCO_ADAPTER_CAPTURE_H
#define WILCO_ADAPTER_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct capture;

enum { CAPTURE_FUNCTIONS_VERSION = 1, CAPTURE_TEXT_MAX = 512 };

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
};

extern const struct capture_functions capture_functions;

#endif
