/* packet.c - see packet.h.  Ethernet (IEEE 802.3, 802.1Q), IPv4 (RFC 791), IPv6 (RFC 8200), TCP
 * (RFC 9293), UDP (RFC 768). */
#include "capture/packet.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { IPV4_LEAST = 20, IPV6_HEADER = 40, TCP_LEAST = 20, UDP_HEADER = 8, OPTIONS_UNIT = 8 };
enum { TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86dd };
enum { IP_HOP = 0, IP_TCP = 6, IP_UDP = 17, IP_ROUTING = 43, IP_FRAGMENT = 44, IP_AUTH = 51 };
enum { IP_DESTINATION = 60, IP_MOBILITY = 135 };

static unsigned get16(struct slice s, size_t at)
{
	return (unsigned)s.at[at] << 8 | s.at[at + 1];
}

static uint32_t get32(struct slice s, size_t at)
{
	return (uint32_t)get16(s, at) << 16 | get16(s, at + 2);
}

/* What is left of a packet while its headers are taken off. */
struct rest {
	struct slice bytes; /* captured */
	size_t size;        /* on the wire */
};

/* Takes a header off the front; false: it is not there. */
static bool skip(struct rest *r, size_t n)
{
	if (r->bytes.len < n)
		return false;
	r->bytes = slice_cut(r->bytes, n, r->bytes.len);
	r->size -= n < r->size ? n : r->size;
	return true;
}

/* Cuts off what fills a short packet up. */
static void limit(struct rest *r, size_t size)
{
	r->bytes = slice_cut(r->bytes, 0, size);
	r->size = size;
}

/* ---- TCP and UDP ---- */

static void take_data(const struct rest *r, struct packet *p)
{
	p->data = r->bytes;
	p->cut = r->size > r->bytes.len ? r->size - r->bytes.len : 0;
}

static enum packet_kind read_tcp(struct rest r, struct packet *p)
{
	if (r.bytes.len < TCP_LEAST)
		return PACKET_CUT;
	size_t header = (size_t)(r.bytes.at[12] >> 4) * 4;
	p->from.port = (uint16_t)get16(r.bytes, 0);
	p->to.port = (uint16_t)get16(r.bytes, 2);
	p->seq = get32(r.bytes, 4);
	p->ack = get32(r.bytes, 8);
	p->flags = r.bytes.at[13];
	if (header < TCP_LEAST || header > r.size)
		return PACKET_CUT;
	if (!skip(&r, header))
		r = (struct rest){SLICE(""), r.size - header};
	take_data(&r, p);
	return PACKET_TCP;
}

static enum packet_kind read_udp(struct rest r, struct packet *p)
{
	if (r.bytes.len < UDP_HEADER)
		return PACKET_CUT;
	size_t size = get16(r.bytes, 4);
	p->from.port = (uint16_t)get16(r.bytes, 0);
	p->to.port = (uint16_t)get16(r.bytes, 2);
	if (size >= UDP_HEADER && size < r.size)
		limit(&r, size);
	skip(&r, UDP_HEADER);
	take_data(&r, p);
	return PACKET_UDP;
}

static enum packet_kind read_inside(unsigned protocol, struct rest r, struct packet *p)
{
	return protocol == IP_TCP   ? read_tcp(r, p)
	       : protocol == IP_UDP ? read_udp(r, p)
				    : PACKET_OTHER;
}

/* ---- IP ---- */

static enum packet_kind read_ipv4(struct rest r, struct packet *p)
{
	if (r.bytes.len < IPV4_LEAST || r.bytes.at[0] >> 4 != 4)
		return PACKET_CUT;
	size_t header = (r.bytes.at[0] & 15u) * 4, size = get16(r.bytes, 2);
	unsigned protocol = r.bytes.at[9];
	bool fragment = get16(r.bytes, 6) & 0x3fff;
	p->fragment = (struct packet_fragment){get16(r.bytes, 4), protocol,
		(size_t)(get16(r.bytes, 6) & 0x1fff) * OPTIONS_UNIT, get16(r.bytes, 6) & 0x2000};
	if (header < IPV4_LEAST || (size && size < header))
		return PACKET_CUT;
	memcpy(p->from.host, r.bytes.at + 12, 4);
	memcpy(p->to.host, r.bytes.at + 16, 4);
	p->from.version = p->to.version = 4;
	/* Without a length it is one that the network card was to cut up. */
	if (size && size < r.size)
		limit(&r, size);
	if (!skip(&r, header))
		return PACKET_CUT;
	if (!fragment)
		return read_inside(protocol, r, p);
	take_data(&r, p);
	return PACKET_FRAGMENT;
}

static bool has_options(unsigned next)
{
	return next == IP_HOP || next == IP_ROUTING || next == IP_DESTINATION ||
	       next == IP_MOBILITY || next == IP_AUTH;
}

/* Takes an extension header off; false: there is none, or it is not whole. */
static bool skip_extension(
	struct rest *r, unsigned *next, struct packet_fragment *part, bool *fragment)
{
	bool is_fragment = *next == IP_FRAGMENT;
	if (r->bytes.len < OPTIONS_UNIT || (!is_fragment && !has_options(*next)))
		return false;
	size_t size = is_fragment        ? OPTIONS_UNIT
		      : *next == IP_AUTH ? (r->bytes.at[1] + 2u) * 4
					 : (r->bytes.at[1] + 1u) * OPTIONS_UNIT;
	*next = r->bytes.at[0];
	if (is_fragment) {
		unsigned place = get16(r->bytes, 2);
		*fragment |= (place & 0xfff9) != 0;
		*part = (struct packet_fragment){
			get32(r->bytes, 4), *next, place & 0xfff8, place & 1};
	}
	return skip(r, size);
}

static enum packet_kind read_ipv6(struct rest r, struct packet *p)
{
	if (r.bytes.len < IPV6_HEADER || r.bytes.at[0] >> 4 != 6)
		return PACKET_CUT;
	size_t size = get16(r.bytes, 4);
	unsigned next = r.bytes.at[6];
	bool fragment = false;
	memcpy(p->from.host, r.bytes.at + 8, 16);
	memcpy(p->to.host, r.bytes.at + 24, 16);
	p->from.version = p->to.version = 6;
	skip(&r, IPV6_HEADER);
	if (size && size < r.size)
		limit(&r, size);
	while (!fragment && skip_extension(&r, &next, &p->fragment, &fragment))
		;
	if (!fragment)
		return read_inside(next, r, p);
	take_data(&r, p);
	return PACKET_FRAGMENT;
}

enum packet_kind packet_inside(struct slice bytes, size_t size, struct packet *p)
{
	struct rest r = {bytes, size};
	unsigned next = p->fragment.protocol;
	struct packet_fragment part = {0};
	bool fragment = false;
	while (p->from.version == 6 && !fragment && skip_extension(&r, &next, &part, &fragment))
		;
	return fragment ? PACKET_OTHER : read_inside(next, r, p);
}

static enum packet_kind read_ip(struct rest r, struct packet *p)
{
	if (!r.bytes.len)
		return PACKET_CUT;
	return r.bytes.at[0] >> 4 == 6 ? read_ipv6(r, p) : read_ipv4(r, p);
}

/* ---- what is in front of IP ---- */

static bool is_vlan(unsigned type)
{
	return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

static enum packet_kind read_typed(unsigned type, struct rest r, struct packet *p)
{
	while (is_vlan(type)) { /* tags may be nested */
		if (r.bytes.len < 4)
			return PACKET_CUT;
		type = get16(r.bytes, 2);
		skip(&r, 4);
	}
	return type == TYPE_IPV4   ? read_ipv4(r, p)
	       : type == TYPE_IPV6 ? read_ipv6(r, p)
				   : PACKET_OTHER;
}

/* How many bytes are in front of IP, and where its type is; type_at 0: IP says itself what it
 * is. */
static const struct packet_layout {
	int link;
	unsigned header, type_at;
	bool typed;
} layouts[] = {
	{LINK_NULL, 4, 0, false},
	{LINK_ETHERNET, 14, 12, true},
	{LINK_RAW, 0, 0, false},
	{LINK_LOOP, 4, 0, false},
	{LINK_COOKED, 16, 14, true},
	{LINK_IPV4, 0, 0, false},
	{LINK_IPV6, 0, 0, false},
	{LINK_COOKED2, 20, 0, true},
};

static const struct packet_layout *layout_of(int link)
{
	for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++)
		if (layouts[i].link == link)
			return &layouts[i];
	return NULL;
}

bool packet_link_known(int link)
{
	return layout_of(link);
}

enum packet_kind packet_read(int link, struct slice bytes, size_t size, struct packet *p)
{
	const struct packet_layout *l = layout_of(link);
	struct rest r = {bytes, size > bytes.len ? size : bytes.len};
	*p = (struct packet){0};
	if (!l)
		return PACKET_OTHER;
	unsigned type = l->typed && bytes.len >= l->header ? get16(bytes, l->type_at) : 0;
	if (!skip(&r, l->header))
		return PACKET_CUT;
	return l->typed ? read_typed(type, r, p) : read_ip(r, p);
}

/* ---- ends ---- */

const char *packet_end_text(const struct packet_end *end, char out[PACKET_END_TEXT])
{
	char host[INET6_ADDRSTRLEN];
	bool six = end->version == 6;
	inet_ntop(six ? AF_INET6 : AF_INET, end->host, host, sizeof host);
	snprintf(out, PACKET_END_TEXT, six ? "[%s]:%u" : "%s:%u", host, end->port);
	return out;
}

bool packet_end_equal(const struct packet_end *a, const struct packet_end *b)
{
	return a->version == b->version && a->port == b->port &&
	       memcmp(a->host, b->host, sizeof a->host) == 0;
}
