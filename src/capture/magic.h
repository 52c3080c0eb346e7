/* magic.h - tells captures from other files by their first bytes. */
#ifndef WILCO_CAPTURE_MAGIC_H
#define WILCO_CAPTURE_MAGIC_H

#include <wilco/bytes.h>

enum { MAGIC_MOST = 12 }; /* so many bytes always decide */
enum magic { MAGIC_NONE, MAGIC_PERHAPS /* more bytes are needed */, MAGIC_CAPTURE };
/* Looks for pcap (with micro- or nanoseconds) and pcapng, in either byte order. */
enum magic magic_of(struct slice head);

#endif
