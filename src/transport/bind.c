/* bind.c - see bind.h. */
#include "transport/bind.h"
#include "transport/transport_private.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

enum { HOST_MAX = 64 }; /* an IPv6 address with its zone (RFC 4007) */

static void set_port(struct sockaddr_storage *address, uint16_t port)
{
	if (address->ss_family == AF_INET)
		((struct sockaddr_in *)address)->sin_port = htons(port);
	else
		((struct sockaddr_in6 *)address)->sin6_port = htons(port);
}

static bool bind_parse_host(struct slice text, struct sockaddr_storage *out)
{
	char host[HOST_MAX] = "";
	if (text.len >= sizeof host || memchr(text.at, 0, text.len))
		return false;
	slice_copy(host, text);
	return uv_ip4_addr(host, 0, (struct sockaddr_in *)out) == 0 ||
	       uv_ip6_addr(host, 0, (struct sockaddr_in6 *)out) == 0;
}

/* Cuts "HOST:PORT", "[HOST]:PORT" or a part of it.  Without brackets, a text with more than one
 * colon is an IPv6 address. */
static void cut(struct slice text, struct slice *host, struct slice *port)
{
	bool bracket = slice_starts(text, SLICE("["));
	const uint8_t *end = text.len ? memrchr(text.at, bracket ? ']' : ':', text.len) : NULL;
	bool alone = end && memchr(text.at, ':', text.len) == end;
	size_t n = end ? (size_t)(end - text.at) : text.len;
	*host = text;
	*port = slice_cut(text, text.len, text.len);
	if (!end || (!bracket && !alone))
		return;
	*host = slice_cut(text, bracket, n);
	*port = slice_cut(text, n + bracket, text.len);
}

bool bind_parse(struct slice text, struct bind *bind, struct error *err)
{
	struct slice host, port;
	uint64_t number = 0;
	*bind = (struct bind){0};
	cut(text, &host, &port);
	bool placed = !port.len || port.at[0] == ':';
	if (!placed || (!host.len && !port.len) ||
		(host.len && !bind_parse_host(host, &bind->address)))
		return error_set(err, STATUS_USAGE,
			"bind is a numeric address of this machine, a port, or both, such as "
			"10.0.0.7, :5000 or 10.0.0.7:5000, not '%s'",
			quote(text).text);
	if (port.len && !number_parse(slice_cut(port, 1, port.len), "the port of bind", 1, 65535,
				&number, err))
		return false;
	bind->port = (uint16_t)number;
	return true;
}

struct bind *bind_of(const struct address *a)
{
	struct error unused;
	if (!a->text[TEXT_BIND])
		return NULL;
	struct bind *bind = mem_new(sizeof *bind);
	bind_parse(slice_str(a->text[TEXT_BIND]), bind, &unused);
	return bind;
}

struct sockaddr_storage bind_for(const struct bind *bind, sa_family_t family)
{
	struct sockaddr_storage address = bind->address;
	if (address.ss_family == AF_UNSPEC)
		address.ss_family = family; /* the rest stays zero: any address */
	set_port(&address, bind->port);
	return address;
}

int bind_stream(const struct bind *b, int socket, sa_family_t family)
{
	struct sockaddr_storage here = bind_for(b, family);
	int on = 1;
	if (here.ss_family != family)
		return -EAFNOSUPPORT;
	setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	/* The system chooses the port when it knows the peer: ports then last for each peer anew.
	 */
	if (!b->port)
		setsockopt(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
	const struct sockaddr *to = (const struct sockaddr *)&here;
	return bind(socket, to, transport_size(to)) < 0 ? -errno : 0;
}
