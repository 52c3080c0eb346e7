/* frame_capture.c - see frame_capture.h. */
#include "cli/frame_capture.h"

#include "base/fd.h"
#include "base/mem.h"
#include "cli/out.h"
#include "cli/traffic.h"
#include "session/overheard.h"
#include "viewed/captured.h"
#include <unistd.h>

/* A stream of the capture. */
struct decoding {
	const struct frame_capture *f;
	size_t number;               /* from 1 */
	bool begun;                  /* something was said */
	int device;                  /* -1: not known, or not asked for */
	struct overheard *overheard; /* NULL: it is not decoded */
	uint64_t missing[2];         /* by enum frame_side, which no frame counts */
};

struct job {
	const struct frame_capture *f;
	struct slice head; /* what is left of it */
	struct streams *streams;
	struct decoding **all; /* by the stream's index; NULL: not begun */
	size_t room;
	enum status status;
};

static ssize_t read_input(void *arg, void *to, size_t size)
{
	struct job *j = arg;
	struct slice part = slice_cut(j->head, 0, size);
	j->head = slice_cut(j->head, part.len, j->head.len);
	slice_copy(to, part);
	if (part.len)
		return (ssize_t)part.len;
	out_flush();
	return fd_read(STDIN_FILENO, to, size);
}

static void take_event(void *arg, enum frame_side side, struct split_event *e)
{
	const struct decoding *d = arg;
	const struct captured_side of = {d->number, side};
	e->offset += d->missing[side];
	d->f->event(d->f->arg, &of, e);
}

/* Finds out which end is the device, when something is said for the first time. */
static void begin(struct job *j, struct decoding *d, const struct stream *s)
{
	struct error err;
	uint16_t port = j->f->cli->options.port;
	d->begun = true;
	d->device = -1;
	if (port && s->ends[0].port != port && s->ends[1].port != port)
		return;
	d->device = captured_device(s, port);
	if (d->device >= 0) {
		d->overheard = overheard_new(j->f->frame, false, take_event, d);
		return;
	}
	captured_unknown(s, d->number, &err);
	j->status = cli_error(&err, SLICE(""));
}

static void make_room(struct job *j, size_t stream)
{
	size_t had = j->room;
	while (j->room <= stream)
		j->all = mem_more(j->all, j->room, &j->room, sizeof(struct decoding *));
	if (j->room > had)
		memset(j->all + had, 0, (j->room - had) * sizeof *j->all);
}

/* Returns the stream; NULL: it is not decoded. */
static struct decoding *stream_of(struct job *j, size_t stream)
{
	make_room(j, stream);
	struct decoding *d = j->all[stream];
	if (!d) {
		d = j->all[stream] = mem_new(sizeof *d);
		d->f = j->f;
		d->number = stream + 1;
	}
	if (!d->begun)
		begin(j, d, streams_at(j->streams, stream));
	return d->overheard ? d : NULL;
}

static enum frame_side side_of(const struct decoding *d, int side)
{
	return side == d->device ? SIDE_REPLY : SIDE_COMMAND;
}

static void on_bytes(void *arg, size_t stream, int side, uint64_t offset, struct slice bytes,
	const struct packet_at *at)
{
	struct job *j = arg;
	struct decoding *d = stream_of(j, stream);
	(void)offset;
	if (d)
		overheard_bytes(d->overheard, side_of(d, side), bytes, &at->time,
			streams_at(j->streams, stream)->udp);
}

static void on_missing(void *arg, size_t stream, int side, uint64_t offset, uint64_t count)
{
	struct job *j = arg;
	struct decoding *d = stream_of(j, stream);
	if (!d)
		return;
	const struct captured_side of = {d->number, side_of(d, side)};
	struct slice rest = overheard_missing(d->overheard, of.side);
	struct split_event cut = {.kind = SPLIT_PARTIAL,
		.end = END_BREAK,
		.offset = offset - rest.len,
		.raw = rest,
		.fault = FAULT_MISSING,
		.a = (size_t)count};
	if (rest.len)
		d->f->event(d->f->arg, &of, &cut);
	d->missing[of.side] += count;
	d->f->missing(d->f->arg, &of, offset, count);
	if (j->status == STATUS_OK)
		j->status = STATUS_DAMAGED;
}

static void on_closed(void *arg, size_t stream, int side, const struct packet_at *at)
{
	struct job *j = arg;
	struct decoding *d = stream < j->room ? j->all[stream] : NULL;
	(void)at;
	if (!d || !d->overheard)
		return;
	overheard_closed(d->overheard, side_of(d, side));
	const struct stream *s = streams_at(j->streams, stream);
	if (s->closed[0] && s->closed[1]) { /* a capture may have very many of them */
		overheard_free(d->overheard);
		d->overheard = NULL;
	}
}

static const struct streams_events events = {on_bytes, on_missing, on_closed};

/* What is pending at the end of the capture has no end. */
static void end_all(struct job *j)
{
	for (size_t i = 0; i < j->room; i++) {
		struct decoding *d = j->all[i];
		for (enum frame_side side = SIDE_COMMAND; d && d->overheard && side <= SIDE_REPLY;
			side++)
			overheard_closed(d->overheard, side);
	}
}

static void job_free(struct job *j)
{
	for (size_t i = 0; i < j->room; i++) {
		if (j->all[i])
			overheard_free(j->all[i]->overheard);
		free(j->all[i]);
	}
	free(j->all);
	streams_free(j->streams);
}

bool frame_capture(
	const struct frame_capture *f, struct slice head, enum status *status, struct error *err)
{
	char broke[CAPTURE_TEXT_MAX];
	struct job j = {.f = f, .head = head};
	j.streams = streams_new(&events, &j);
	bool good = captured_walk(read_input, &j, j.streams, broke, err);
	if (good) {
		end_all(&j);
		bool whole = traffic_whole(f->cli, j.streams, broke);
		if (!whole && j.status == STATUS_OK)
			j.status = STATUS_DAMAGED;
	}
	*status = j.status;
	job_free(&j);
	return good;
}
