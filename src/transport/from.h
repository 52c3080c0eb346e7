/* from.h - whose bytes, or calls, are taken: the text `from` of an address. */
#ifndef WILCO_TRANSPORT_FROM_H
#define WILCO_TRANSPORT_FROM_H

#include <netinet/in.h>
#include <wilco/transport.h>

/* Whose calls or bytes are taken.  All zeroes mean everybody's. */
struct from {
	size_t bits; /* leading bits of the address that must be the same */
	struct in6_addr address;
};

/* Parses "any", "10.0.0.5", "10.0.0.0/24" or "fd00::/8". */
bool from_parse(struct slice text, struct from *from, struct error *err);
/* Returns the `from` of an address whose text was parsed before; the caller frees it.  NULL:
 * none. */
struct from *from_of(const struct address *a);
/* Returns the host of a socket address, in one form for both families. */
struct in6_addr from_host(const struct sockaddr *peer);
bool from_takes(const struct from *from, const struct sockaddr *peer);

#endif
