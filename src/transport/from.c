/* from.c - see from.h.  An IPv4 address counts as the IPv6 address that stands for it
 * (::ffff:a.b.c.d, RFC 4291, 2.5.5.2), because a socket of both families shows it so. */
#include "transport/from.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include <arpa/inet.h>

enum { ALL_BITS = 128, MAPPED = 96 /* bits in front of an IPv4 address */ };

static struct in6_addr mapped(struct in_addr four)
{
	struct in6_addr six = {.s6_addr = {[10] = 0xff, [11] = 0xff}};
	memcpy(&six.s6_addr[MAPPED / 8], &four, sizeof four);
	return six;
}

/* Returns how many bits an address of the text's family has; 0: the text is no address. */
static size_t parse_address(struct slice text, struct in6_addr *out)
{
	char buffer[INET6_ADDRSTRLEN] = "";
	struct in_addr four;
	if (!text.len || text.len >= sizeof buffer || memchr(text.at, 0, text.len))
		return 0;
	slice_copy(buffer, text);
	if (inet_pton(AF_INET6, buffer, out) == 1)
		return ALL_BITS;
	if (inet_pton(AF_INET, buffer, &four) != 1)
		return 0;
	*out = mapped(four);
	return ALL_BITS - MAPPED;
}

bool from_parse(struct slice text, struct from *from, struct error *err)
{
	const uint8_t *slash = text.len ? memchr(text.at, '/', text.len) : NULL;
	size_t n = slash ? (size_t)(slash - text.at) : text.len;
	*from = (struct from){0};
	if (slice_is(text, "any"))
		return true;
	size_t family = parse_address(slice_cut(text, 0, n), &from->address);
	if (!family)
		return error_set(err, STATUS_USAGE,
			"from is any, or a numeric address such as 10.0.0.5 or 10.0.0.0/24, not "
			"'%s'",
			quote(text).text);
	uint64_t bits = family;
	if (slash && !number_parse(slice_cut(text, n + 1, text.len),
			     "the number after the / of from", 0, family, &bits, err))
		return false;
	from->bits = ALL_BITS - family + (size_t)bits;
	return true;
}

struct from *from_of(const struct address *a)
{
	struct error unused;
	if (!a->text[TEXT_FROM])
		return NULL;
	struct from *from = mem_new(sizeof *from);
	from_parse(slice_str(a->text[TEXT_FROM]), from, &unused);
	return from;
}

struct in6_addr from_host(const struct sockaddr *peer)
{
	if (peer->sa_family == AF_INET)
		return mapped(((const struct sockaddr_in *)peer)->sin_addr);
	return ((const struct sockaddr_in6 *)peer)->sin6_addr;
}

bool from_takes(const struct from *from, const struct sockaddr *peer)
{
	struct in6_addr other = from_host(peer);
	size_t whole = from->bits / 8, rest = from->bits % 8;
	unsigned differ = rest ? from->address.s6_addr[whole] ^ other.s6_addr[whole] : 0;
	return memcmp(&from->address, &other, whole) == 0 && !(differ >> (8 - rest));
}
