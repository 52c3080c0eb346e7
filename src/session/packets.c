/* packets.c - see packets.h.  The headers are those of RFC 791 (IPv4), 9293 (TCP) and 768 (UDP). */
#include "session/packets.h"

#include "adapter/capture.h"
#include "adapter/module.h"
#include "base/mem.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
	IP_HEADER = 20,
	TCP_HEADER = 20,
	UDP_HEADER = 8,
	SEGMENT = 32 * 1024,
	WINDOW = 65535,
	FIRST_PORT = 49152,
	PORTS = 16384,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
};

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

struct endpoint {
	uint32_t host; /* host byte order */
	uint16_t port;
	uint32_t seq; /* the number of its next byte */
	bool ended;   /* it said that nothing more comes */
};

struct packets_line {
	struct endpoint us, device;
	bool connected;
};

struct packets {
	const struct capture_functions *functions;
	struct capture *file;
	struct packets_line first, *line; /* line: the one that is spoken of */
	bool udp, failed;
	unsigned connections;
	uint16_t id;
};

/* ---- one packet ---- */

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

/* Computes the sum of RFC 1071, without the final complement. */
static uint32_t sum_up(uint32_t sum, const uint8_t *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum += i % 2 ? at[i] : (uint32_t)at[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void fill_ip(struct packets *p, const struct endpoint *from, const struct endpoint *to,
	uint8_t *ip, size_t size, unsigned protocol)
{
	ip[0] = 0x45;
	put16(ip + 2, (unsigned)size);
	put16(ip + 4, p->id++);
	put16(ip + 6, 0x4000); /* not fragmented */
	ip[8] = 64;
	ip[9] = (uint8_t)protocol;
	put32(ip + 12, from->host);
	put32(ip + 16, to->host);
	put16(ip + 10, ~sum_up(0, ip, IP_HEADER) & 0xffff);
}

/* Returns the checksum over addresses, protocol, length and the segment. */
static unsigned segment_sum(const uint8_t *ip, size_t size)
{
	size_t n = size - IP_HEADER;
	uint32_t sum = sum_up(0, ip + 12, 8);
	sum += ip[9] + (uint32_t)n;
	return ~sum_up(sum, ip + IP_HEADER, n) & 0xffff;
}

static void write_packet(struct packets *p, const uint8_t *bytes, size_t size)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	if (!p->functions->packet(p->file, &now, bytes, size))
		p->failed = true;
}

static void write_tcp(struct packets *p, bool sent, unsigned flags, struct slice data)
{
	struct packets_line *l = p->line;
	struct endpoint *from = sent ? &l->us : &l->device;
	const struct endpoint *to = sent ? &l->device : &l->us;
	size_t size = IP_HEADER + TCP_HEADER + data.len;
	uint8_t *packet = mem_new(size), *tcp = packet + IP_HEADER;
	fill_ip(p, from, to, packet, size, PROTOCOL_TCP);
	put16(tcp, from->port);
	put16(tcp + 2, to->port);
	put32(tcp + 4, from->seq);
	put32(tcp + 8, flags & ACK ? to->seq : 0);
	tcp[12] = TCP_HEADER / 4 << 4;
	tcp[13] = (uint8_t)flags;
	put16(tcp + 14, WINDOW);
	slice_copy(tcp + TCP_HEADER, data);
	put16(tcp + 16, segment_sum(packet, size));
	write_packet(p, packet, size);
	free(packet);
	from->seq += (uint32_t)data.len + (flags & (SYN | FIN) ? 1 : 0);
}

static void write_udp(struct packets *p, bool sent, struct slice data)
{
	const struct packets_line *l = p->line;
	const struct endpoint *from = sent ? &l->us : &l->device, *to = sent ? &l->device : &l->us;
	size_t size = IP_HEADER + UDP_HEADER + data.len;
	uint8_t *packet = mem_new(size), *udp = packet + IP_HEADER;
	fill_ip(p, from, to, packet, size, PROTOCOL_UDP);
	put16(udp, from->port);
	put16(udp + 2, to->port);
	put16(udp + 4, (unsigned)(UDP_HEADER + data.len));
	slice_copy(udp + UDP_HEADER, data);
	put16(udp + 6, segment_sum(packet, size));
	write_packet(p, packet, size);
	free(packet);
}

/* ---- the file ---- */

struct packets *packets_open(int fd, const struct address *a, struct error *err)
{
	char why[CAPTURE_TEXT_MAX];
	const struct capture_functions *functions = module_capture(err);
	struct capture *file = functions ? functions->open(fd, why) : NULL;
	if (!functions)
		close(fd);
	else if (!file)
		error_set(err, STATUS_OUTPUT, "cannot begin a capture: %s", why);
	if (!file)
		return NULL;
	struct packets *p = mem_new(sizeof *p);
	p->functions = functions;
	p->file = file;
	p->udp = address_datagrams(a);
	p->first.us.host = 0x0a000001;
	p->first.device =
		(struct endpoint){.host = 0x0a000002, .port = a->port ? a->port : PORT_DEFAULT};
	p->line = &p->first;
	return p;
}

/* Takes "10.0.0.5:9100"; any other peer leaves what was made up. */
static void take_peer(struct endpoint *device, const char *peer)
{
	const char *colon = strrchr(peer, ':');
	char host[INET_ADDRSTRLEN];
	struct in_addr in;
	if (!colon || (size_t)(colon - peer) >= sizeof host)
		return;
	snprintf(host, sizeof host, "%.*s", (int)(colon - peer), peer);
	if (inet_pton(AF_INET, host, &in) != 1)
		return;
	device->host = ntohl(in.s_addr);
	device->port = (uint16_t)strtoul(colon + 1, NULL, 10);
}

struct packets_line *packets_line_new(void)
{
	return mem_new(sizeof(struct packets_line));
}

void packets_line_free(struct packets_line *line)
{
	free(line);
}

void packets_use(struct packets *p, struct packets_line *line)
{
	if (line && !line->us.host) {
		line->us = p->first.us;
		line->device = p->first.device;
	}
	p->line = line ? line : &p->first;
}

void packets_begin(struct packets *p, const char *peer)
{
	struct packets_line *l = p->line;
	packets_end(p);
	l->us.port = (uint16_t)(FIRST_PORT + p->connections++ % PORTS);
	l->us.seq = l->device.seq = 0;
	l->us.ended = l->device.ended = false;
	take_peer(&l->device, peer);
	l->connected = true;
	if (p->udp)
		return;
	write_tcp(p, true, SYN, SLICE(""));
	write_tcp(p, false, SYN | ACK, SLICE(""));
	write_tcp(p, true, ACK, SLICE(""));
}

void packets_data(struct packets *p, bool sent, struct slice bytes)
{
	if (!p->line->connected)
		packets_begin(p, "");
	while (bytes.len) {
		struct slice part = slice_cut(bytes, 0, SEGMENT);
		if (p->udp)
			write_udp(p, sent, part);
		else
			write_tcp(p, sent, PSH | ACK, part);
		bytes = slice_cut(bytes, part.len, bytes.len);
	}
}

void packets_side_end(struct packets *p, bool sent, bool broke)
{
	struct packets_line *l = p->line;
	struct endpoint *from = sent ? &l->us : &l->device;
	if (!l->connected || p->udp || from->ended)
		return;
	write_tcp(p, sent, broke ? RST | ACK : FIN | ACK, SLICE(""));
	from->ended = true;
	if (broke) /* of both sides */
		l->us.ended = l->device.ended = true;
	else
		write_tcp(p, !sent, ACK, SLICE(""));
}

void packets_end(struct packets *p)
{
	packets_side_end(p, true, false);
	packets_side_end(p, false, false);
	p->line->connected = false;
}

bool packets_flush(struct packets *p)
{
	return p->functions->flush(p->file) && !p->failed;
}

bool packets_close(struct packets *p)
{
	packets_end(p);
	bool good = !p->failed;
	good = p->functions->close(p->file) && good;
	free(p);
	return good;
}
