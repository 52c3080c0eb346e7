/* captured.c - see captured.h. */
#include "cli/captured.h"

#include "adapter/module.h"
#include "base/text.h"
#include "cli/cli.h"

static bool check_link(
	const struct capture_functions *f, const struct capture_reader *r, struct error *err)
{
	const char *name;
	int link = f->link(r, &name);
	if (packet_link_known(link))
		return true;
	return error_set(err, STATUS_USAGE,
		"the packets of the capture are of type %s; wilco reads Ethernet, raw IP, "
		"Linux cooked and loopback",
		quote(slice_str(name)).text);
}

static int take_next(const struct capture_functions *f, struct capture_reader *r, int link,
	struct streams *s, char why[CAPTURE_TEXT_MAX])
{
	struct capture_packet c;
	struct packet p;
	int got = f->next(r, &c, why);
	if (got == 1) {
		enum packet_kind kind =
			packet_read(link, slice_of(c.bytes, c.captured), c.size, &p);
		streams_packet(s, kind, &p, &c.time);
	}
	return got;
}

bool captured_walk(capture_read *read, void *arg, struct streams *s, char broke[CAPTURE_TEXT_MAX],
	struct error *err)
{
	char why[CAPTURE_TEXT_MAX] = "";
	const char *name;
	const struct capture_functions *f = module_capture(err);
	struct capture_reader *r = f ? f->read(read, arg, why) : NULL;
	int got = -1;
	broke[0] = '\0';
	if (f && !r)
		error_set(err, STATUS_USAGE, "cannot read the capture: %s",
			quote(slice_str(why)).text);
	if (!r)
		return false;
	bool good = check_link(f, r, err);
	while (good && (got = take_next(f, r, f->link(r, &name), s, why)) == 1)
		;
	if (good && got < 0)
		memcpy(broke, why, CAPTURE_TEXT_MAX);
	if (good)
		streams_end(s);
	f->end(r);
	return good;
}

static bool note_left(const struct cli *cli, uint64_t packets, const char *why)
{
	if (packets)
		cli_note(cli, "%llu packet%s %s left out: %s", (unsigned long long)packets,
			plural(packets), packets == 1 ? "is" : "are", why);
	return !packets;
}

bool captured_whole(
	const struct cli *cli, const struct streams *s, const char broke[CAPTURE_TEXT_MAX])
{
	struct streams_left_out left = streams_left_out(s);
	bool all = !left.fragments;
	if (left.fragments)
		cli_note(cli, "of %llu packet%s not all fragments are there",
			(unsigned long long)left.fragments, plural(left.fragments));
	all &= note_left(cli, left.cut, "their headers are not whole");
	all &= note_left(cli, left.over, "there are more streams than wilco counts");
	if (*broke)
		cli_note(cli, "the capture breaks off: %s", quote(slice_str(broke)).text);
	return all && !*broke;
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
