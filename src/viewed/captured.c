/* captured.c - see captured.h. */
#include "viewed/captured.h"

#include "adapter/module.h"
#include "base/text.h"
#include "capture/magic.h"
#include <unistd.h>

bool captured_is(int fd)
{
	uint8_t head[MAGIC_MOST];
	ssize_t n = pread(fd, head, sizeof head, 0);
	return n > 0 && magic_of(slice_of(head, (size_t)n)) == MAGIC_CAPTURE;
}

static bool check_link(
	const struct capture_functions *f, const struct capture_reader *r, struct error *err)
{
	const char *name;
	int link = f->link(r, &name);
	if (packet_link_known(link))
		return true;
	return error_set(err, STATUS_USAGE,
		"the packets of the capture are of link type %d (%s); wilco reads Ethernet, raw "
		"IP, Linux cooked and loopback",
		link, quote(slice_str(name)).text);
}

bool captured_begin(struct captured_walk *w, capture_read *read, void *arg, struct streams *s,
	struct error *err)
{
	char why[CAPTURE_TEXT_MAX] = "";
	const char *name;
	*w = (struct captured_walk){.functions = module_capture(err), .streams = s};
	if (!w->functions)
		return false;
	w->reader = w->functions->read(read, arg, why);
	if (!w->reader)
		return error_set(err, STATUS_USAGE, "cannot read the capture: %s",
			quote(slice_str(why)).text);
	w->link = w->functions->link(w->reader, &name);
	return check_link(w->functions, w->reader, err);
}

bool captured_step(struct captured_walk *w)
{
	struct capture_packet c;
	struct packet p;
	char why[CAPTURE_TEXT_MAX] = "";
	int got = w->functions->next(w->reader, &c, why);
	if (got != 1) {
		memcpy(w->broke, got < 0 ? why : "", got < 0 ? sizeof w->broke : 1);
		if (got < 0 || !w->follows)
			streams_end(w->streams);
		return false;
	}
	enum packet_kind kind = packet_read(w->link, slice_of(c.bytes, c.captured), c.size, &p);
	streams_packet(w->streams, kind, &p, &c.time);
	return true;
}

void captured_end(struct captured_walk *w)
{
	if (w->reader)
		w->functions->end(w->reader);
	w->reader = NULL;
}

bool captured_walk(capture_read *read, void *arg, struct streams *s, char broke[CAPTURE_TEXT_MAX],
	struct error *err)
{
	struct captured_walk w;
	bool good = captured_begin(&w, read, arg, s, err);
	while (good && captured_step(&w))
		;
	memcpy(broke, w.broke, sizeof w.broke);
	captured_end(&w);
	return good;
}

bool captured_left_out(const struct streams *s, const char broke[CAPTURE_TEXT_MAX], size_t index,
	struct bytes *out)
{
	struct streams_left_out left = streams_left_out(s);
	const struct {
		uint64_t packets;
		const char *why;
	} kinds[] = {{left.cut, "their headers are not whole"},
		{left.over, "there are more streams than wilco counts"}};
	if (left.fragments && !index--)
		return bytes_addf(out, "of %llu packet%s not all fragments are there",
			(unsigned long long)left.fragments, plural(left.fragments));
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (kinds[i].packets && !index--)
			return bytes_addf(out, "%llu packet%s %s left out: %s",
				(unsigned long long)kinds[i].packets, plural(kinds[i].packets),
				kinds[i].packets == 1 ? "is" : "are", kinds[i].why);
	if (*broke && !index)
		bytes_addf(out, "the capture breaks off: %s", quote(slice_str(broke)).text);
	return *broke && !index;
}

int captured_device(const struct stream *s, uint16_t port)
{
	bool one = port && s->ends[0].port == port, other = port && s->ends[1].port == port;
	return one != other ? other : s->device;
}

bool captured_unknown(const struct stream *s, size_t number, struct error *err)
{
	char one[PACKET_END_TEXT], other[PACKET_END_TEXT];
	error_set(err, STATUS_USAGE, "which end of stream %zu is the device, %s or %s?", number,
		packet_end_text(&s->ends[0], one), packet_end_text(&s->ends[1], other));
	return error_hint(err, "%s: --port %u or --port %u says it",
		s->udp ? "datagrams do not tell" : "the capture does not have its beginning",
		s->ends[0].port, s->ends[1].port);
}
