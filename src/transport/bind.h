/* bind.h - the address and port of this machine from which a line begins: the text `bind` of an
 * address.
 */
#ifndef WILCO_TRANSPORT_BIND_H
#define WILCO_TRANSPORT_BIND_H

#include <sys/socket.h>
#include <wilco/error.h>
#include <wilco/transport.h>

/* All zeroes mean any address and any free port. */
struct bind {
	struct sockaddr_storage address; /* its family is AF_UNSPEC where only a port was given */
	uint16_t port;
};

/* Parses "10.0.0.7", "10.0.0.7:5000", ":5000", "fe80::1%eth0" or "[fe80::1%eth0]:5000". */
bool bind_parse(struct slice text, struct bind *bind, struct error *err);
/* Returns the bind of an address whose text was parsed before; the caller frees it.  NULL: none. */
struct bind *bind_of(const struct address *a);
/* Returns the socket address from which to reach a peer of this family. */
struct sockaddr_storage bind_for(const struct bind *bind, sa_family_t family);
/* Binds a TCP socket of this family; 0, or the negative errno. */
int bind_stream(const struct bind *b, int socket, sa_family_t family);

#endif
