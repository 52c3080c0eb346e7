/* pieces_capture.c - captures: what their packets say is written down, once, in a file without a
 * name; see pieces.h. */
#include "base/fd.h"
#include "base/mem.h"
#include "base/text.h"
#include "capture/records.h"
#include "viewed/captured.h"
#include "viewed/pieces_private.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* So many packets without a piece are read at a time. */
enum { PACKETS = 4096 };
/* Bytes of the capture that are read at a time. */
enum { WINDOW = 64 * 1024 };

struct captured {
	struct captured_walk walk;
	struct streams *streams;
	size_t *numbers; /* of its streams, in p->streams, from 1; 0: nothing was said yet */
	size_t numbers_room;
	struct kept kept;
	struct bytes window; /* bytes of the capture in front of `packets` that libpcap may have, */
	size_t taken;        /* and has */
	uint64_t packets;    /* bytes of the capture that were read */
	struct records records;
	bool follows; /* what is added to it is read, too */
	bool ended;
};

/* Reads on; of a file that grows only records that are whole.  False: errno says why not. */
static bool fill(struct pieces *p)
{
	struct captured *c = p->captured;
	ssize_t n;
	bytes_clear(&c->window);
	c->taken = 0;
	uint8_t *to = bytes_space(&c->window, WINDOW);
	do
		n = pread(source_descriptor(p->source), to, WINDOW, (off_t)c->packets);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return false;
	c->window.len = c->follows ? records_whole(&c->records, c->packets, slice_of(to, (size_t)n),
					     p->size)
				   : (size_t)n;
	c->packets += c->window.len;
	return true;
}

static ssize_t read_packets(void *arg, void *to, size_t size)
{
	struct pieces *p = arg;
	struct captured *c = p->captured;
	if (c->taken == c->window.len && !fill(p))
		return -1;
	struct slice next = slice_cut(bytes_slice(&c->window), c->taken, c->taken + size);
	slice_copy(to, next);
	c->taken += next.len;
	return (ssize_t)next.len;
}

/* ---- writing ---- */

/* Of the two ends the one with the lower port is most likely the device, where nobody knows. */
static int device_of(const struct stream *s, uint16_t port)
{
	int device = captured_device(s, port);
	return device >= 0 ? device : s->ends[0].port < s->ends[1].port ? 0 : 1;
}

static size_t add_stream(struct pieces *p, const struct stream *s, size_t index)
{
	char text[2][PACKET_END_TEXT], url[PACKET_END_TEXT + 8];
	int device = device_of(s, p->config.port);
	for (int i = 0; i < 2; i++)
		packet_end_text(&s->ends[i], text[i]);
	snprintf(url, sizeof url, "%s%s", s->udp ? "udp://" : "", text[device]);
	pieces_add(p, index + 1, slice_str(url), text[1 - device], 0)->first =
		0; /* when it is read */
	return p->count;
}

static bool is_wanted(const struct pieces *p, const struct stream *s, size_t index)
{
	uint16_t port = p->config.port;
	return (!p->config.stream || p->config.stream == index + 1) &&
	       (!port || s->ends[0].port == port || s->ends[1].port == port);
}

/* Returns the index of a stream in p->streams, from 1; 0: it is not wanted. */
static size_t number_of(struct pieces *p, size_t index)
{
	struct captured *c = p->captured;
	const struct stream *s = streams_at(c->streams, index);
	if (!is_wanted(p, s, index))
		return 0;
	if (index >= c->numbers_room) {
		size_t room = 2 * index + 64;
		c->numbers = mem_grow(c->numbers, room, sizeof *c->numbers);
		memset(c->numbers + c->numbers_room, 0,
			(room - c->numbers_room) * sizeof *c->numbers);
		c->numbers_room = room;
	}
	if (!c->numbers[index])
		c->numbers[index] = add_stream(p, s, index);
	return c->numbers[index];
}

static void write_piece(struct pieces *p, size_t index, int side, struct kept_piece w,
	struct slice bytes, const struct timespec *time)
{
	struct captured *c = p->captured;
	size_t number = number_of(p, index);
	if (!number)
		return;
	const struct stream *s = streams_at(c->streams, index);
	w.stream = (uint32_t)number - 1;
	w.side = side == device_of(s, p->config.port) ? PIECES_DEVICE : PIECES_PROGRAM;
	w.apart = s->udp;
	w.seconds = time->tv_sec;
	w.ns = (uint32_t)time->tv_nsec;
	kept_add(&c->kept, w, bytes);
}

static void on_bytes(void *arg, size_t stream, int side, uint64_t offset, struct slice bytes,
	const struct packet_at *at)
{
	write_piece(arg, stream, side, (struct kept_piece){.kind = SAID_BYTES, .offset = offset},
		bytes, &at->time);
}

static void on_missing(void *arg, size_t stream, int side, uint64_t offset, uint64_t count)
{
	const struct pieces *p = arg;
	const struct timespec time = streams_at(p->captured->streams, stream)->last;
	write_piece(arg, stream, side,
		(struct kept_piece){.kind = SAID_MISSING, .offset = offset, .missing = count},
		SLICE(""), &time);
}

static void on_closed(void *arg, size_t stream, int side, const struct packet_at *at)
{
	const struct pieces *p = arg;
	const struct stream *s = streams_at(p->captured->streams, stream);
	if (s->bytes[0] || s->bytes[1]) /* who says nothing is nobody */
		write_piece(arg, stream, side, (struct kept_piece){.kind = SAID_CLOSE}, SLICE(""),
			&at->time);
}

static const struct streams_events writing = {on_bytes, on_missing, on_closed};

/* ---- reading ---- */

/* Reads packets until there is a piece to be read. */
static enum pieces_state walk_on(struct captured *c)
{
	for (int n = 0; n < PACKETS && !c->ended; n++) {
		c->ended = !captured_step(&c->walk) || c->kept.full;
		if (kept_is_ahead(&c->kept))
			return PIECES_ONE;
	}
	return c->ended ? PIECES_END : PIECES_LATER;
}

static enum pieces_state capture_next(struct pieces *p, struct piece *piece)
{
	struct captured *c = p->captured;
	struct kept_piece w;
	enum pieces_state state = PIECES_ONE;
	struct slice bytes;
	if (!kept_is_ahead(&c->kept))
		state = walk_on(c);
	if (state != PIECES_ONE || !kept_next(&c->kept, &w, &bytes))
		return state == PIECES_ONE ? PIECES_END : state;
	pieces_give(p, &w, bytes, piece);
	return PIECES_ONE;
}

static void capture_here(const struct pieces *p, struct pieces_place *place)
{
	*place = (struct pieces_place){.offset = p->captured->kept.at, .number = p->number};
}

static void capture_go(struct pieces *p, const struct pieces_place *place)
{
	p->captured->kept.at = place->offset;
}

static uint64_t capture_count(const struct pieces *p)
{
	return p->captured->packets < p->size ? p->captured->packets : p->size;
}

static bool capture_left_out(const struct pieces *p, struct bytes *out)
{
	const struct captured *c = p->captured;
	size_t before = out->len;
	for (size_t i = 0; captured_left_out(c->streams, c->walk.broke, i, out); i++)
		bytes_add_str(out, "; ");
	if (kept_left_out(&c->kept, out))
		bytes_add_str(out, "; ");
	out->len -= out->len > before ? 2 : 0;
	return out->len > before;
}

static void capture_close(struct pieces *p)
{
	struct captured *c = p->captured;
	captured_end(&c->walk);
	streams_free(c->streams);
	kept_end(&c->kept);
	bytes_free(&c->window);
	free(c->numbers);
	free(c);
}

const struct pieces_kind pieces_capture = {
	capture_next, capture_here, capture_go, capture_count, capture_left_out, capture_close};

static bool begin(struct pieces *p, struct error *err)
{
	struct captured *c = p->captured;
	c->streams = streams_new(&writing, p);
	streams_at_once(c->streams);
	bytes_init(&c->window, WINDOW);
	bool good = captured_begin(&c->walk, read_packets, p, c->streams, err);
	c->walk.follows = c->follows;
	c->ended = !good;
	return good;
}

bool pieces_begin_capture(struct pieces *p, struct error *err)
{
	struct captured *c = p->captured = mem_new(sizeof *c);
	p->kind = &pieces_capture;
	p->name = "a capture";
	return kept_begin(&c->kept, "the capture", err) && begin(p, err);
}

/* At its end all that waits in a capture was given up, so the first time it is read anew. */
const char *pieces_grow_capture(struct pieces *p, bool *anew)
{
	struct captured *c = p->captured;
	struct error err;
	if (!c->walk.reader || c->kept.full || (c->follows && *c->walk.broke))
		return "the capture cannot be read on";
	*anew = !c->follows;
	if (!*anew) {
		c->ended = false;
		c->walk.functions->again(c->walk.reader);
		return NULL;
	}
	captured_end(&c->walk);
	streams_free(c->streams);
	bytes_free(&c->window);
	kept_again(&c->kept);
	c->taken = 0;
	c->packets = 0;
	c->follows = true;
	for (size_t i = 0; i < p->count; i++)
		p->streams[i].first = 0; /* when it is read */
	return begin(p, &err) ? NULL : "the capture cannot be read again";
}
