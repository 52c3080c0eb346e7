/* traffic.c - see traffic.h. */
#include "cli/traffic.h"

#include "base/fd.h"
#include "base/mem.h"
#include "base/text.h"
#include "capture/told.h"
#include "cli/cli.h"
#include "play/source.h"
#include "viewed/captured.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <wilco/limits.h>

enum { PROGRAM, DEVICE };
enum { TEXT_STREAMS = 4096 }; /* devices in a log; each line is compared with their names */

/* What is read, and into what. */
struct job {
	struct traffic *traffic;
	const struct cli *cli;
	struct source *source;
	uint32_t choice;
	uint16_t port;
	size_t room; /* bytes and pieces that may still be taken, as bytes */
	bool over;
	struct streams *streams; /* of a capture */
	size_t *numbers;         /* of its streams, in t->streams; NOT_TAKEN */
};

static const size_t not_taken = SIZE_MAX;

void traffic_free(struct traffic *t)
{
	for (size_t i = 0; i < t->count; i++) {
		free(t->streams[i].device);
		free(t->streams[i].program);
		talk_free(&t->streams[i].talk);
	}
	free(t->streams);
	*t = (struct traffic){0};
}

static struct traffic_stream *add_stream(
	struct traffic *t, size_t number, const char *device, const char *program)
{
	t->streams = mem_more(t->streams, t->count, &t->room, sizeof *t->streams);
	struct traffic_stream *s = &t->streams[t->count++];
	*s = (struct traffic_stream){.number = number,
		.device = mem_str(device),
		.program = mem_str(program),
		.known = true};
	talk_init(&s->talk);
	return s;
}

static void add_said(
	struct job *j, struct traffic_stream *s, const struct said *what, struct slice bytes)
{
	size_t size = bytes.len + sizeof *what;
	if (j->over || size > j->room || !talk_add(&s->talk, what, bytes))
		j->over = true;
	else
		j->room -= size;
}

static bool too_much(struct error *err)
{
	return error_set(err, STATUS_USAGE,
		"the file has more than %d MiB, or too many pieces, for a macro",
		LIMIT_TRAFFIC >> 20);
}

/* Finds out which streams are wanted. */
static bool choose(const struct job *j, struct error *err)
{
	struct traffic *t = j->traffic;
	if (!t->count)
		return error_set(err, STATUS_USAGE, "nobody says anything in this file%s",
			j->port ? ", at this port" : "");
	if (j->choice == STREAM_NONE && t->count > 1)
		return error_set(err, STATUS_USAGE,
			"the file has %zu streams: --stream N takes one of them, "
			"--stream all takes all",
			t->count);
	size_t taken = 0;
	for (size_t i = 0; i < t->count; i++) {
		struct traffic_stream *s = &t->streams[i];
		s->taken = j->choice == STREAM_ALL || j->choice == STREAM_NONE ||
			   j->choice == s->number;
		taken += s->taken;
	}
	return taken || error_set(err, STATUS_USAGE,
				"in stream %u nobody says anything; the last one is %zu", j->choice,
				t->streams[t->count - 1].number);
}

/* ---- captures: read twice, first to find the streams ---- */

static ssize_t read_source(void *arg, void *to, size_t size)
{
	return fd_read(source_descriptor(arg), to, size);
}

static void ignore_bytes(void *arg, size_t stream, int side, uint64_t offset, struct slice bytes,
	const struct packet_at *at)
{
	(void)arg, (void)stream, (void)side, (void)offset, (void)bytes, (void)at;
}

static void ignore_missing(void *arg, size_t stream, int side, uint64_t offset, uint64_t count)
{
	(void)arg, (void)stream, (void)side, (void)offset, (void)count;
}

static void ignore_closed(void *arg, size_t stream, int side, const struct packet_at *at)
{
	(void)arg, (void)stream, (void)side, (void)at;
}

static const struct streams_events ignoring = {ignore_bytes, ignore_missing, ignore_closed};

static struct traffic_stream *taken(const struct job *j, size_t stream)
{
	size_t number = j->numbers[stream];
	struct traffic_stream *s = number == not_taken ? NULL : &j->traffic->streams[number];
	return s && s->taken ? s : NULL;
}

static struct said said_of(
	const struct job *j, enum said_kind kind, size_t stream, int side, uint64_t offset)
{
	const struct stream *s = streams_at(j->streams, stream);
	return (struct said){.kind = kind,
		.side = side == captured_device(s, j->port) ? DEVICE : PROGRAM,
		.apart = s->udp,
		.offset = offset};
}

static void take_bytes(void *arg, size_t stream, int side, uint64_t offset, struct slice bytes,
	const struct packet_at *at)
{
	struct job *j = arg;
	struct said said = said_of(j, SAID_BYTES, stream, side, offset);
	said.when = *at;
	if (taken(j, stream))
		add_said(j, taken(j, stream), &said, bytes);
}

static void take_missing(void *arg, size_t stream, int side, uint64_t offset, uint64_t count)
{
	struct job *j = arg;
	struct said said = said_of(j, SAID_MISSING, stream, side, offset);
	said.len = count;
	if (taken(j, stream))
		add_said(j, taken(j, stream), &said, SLICE(""));
}

static void take_closed(void *arg, size_t stream, int side, const struct packet_at *at)
{
	struct job *j = arg;
	const struct stream *s = streams_at(j->streams, stream);
	struct said said = said_of(j, SAID_CLOSE, stream, side, s->bytes[side] + s->missing[side]);
	said.when = *at;
	if (taken(j, stream))
		add_said(j, taken(j, stream), &said, SLICE(""));
}

static const struct streams_events taking = {take_bytes, take_missing, take_closed};

/* Says whether a stream counts: something was said, and at the port that is asked for. */
static bool counts(const struct stream *s, uint16_t port)
{
	bool said = s->bytes[0] || s->bytes[1] || s->missing[0] || s->missing[1];
	return said && (!port || s->ends[0].port == port || s->ends[1].port == port);
}

static void list_stream(struct job *j, size_t number, const struct stream *s)
{
	char text[2][PACKET_END_TEXT], url[PACKET_END_TEXT + 8];
	int device = captured_device(s, j->port), which = device < 0 ? 1 : device;
	for (int i = 0; i < 2; i++)
		packet_end_text(&s->ends[i], text[i]);
	snprintf(url, sizeof url, "%s%s", s->udp ? "udp://" : "", text[which]);
	struct traffic_stream *t = add_stream(j->traffic, number, url, text[1 - which]);
	t->known = device >= 0;
	t->first = s->first;
	t->last = s->last;
	for (int i = 0; i < 2; i++) {
		t->bytes[i == which ? DEVICE : PROGRAM] = s->bytes[i];
		t->missing[i == which ? DEVICE : PROGRAM] = s->missing[i];
	}
}

static bool find_streams(struct job *j, const struct streams *s, struct error *err)
{
	size_t count = streams_count(s);
	j->numbers = mem_grow(NULL, count + 1, sizeof *j->numbers);
	for (size_t i = 0; i < count; i++) {
		j->numbers[i] = not_taken;
		if (!counts(streams_at(s, i), j->port))
			continue;
		j->numbers[i] = j->traffic->count;
		list_stream(j, i + 1, streams_at(s, i));
	}
	if (!choose(j, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		size_t number = j->numbers[i];
		if (number != not_taken && j->traffic->streams[number].taken &&
			!j->traffic->streams[number].known)
			return captured_unknown(streams_at(s, i), i + 1, err);
	}
	return true;
}

/* Walks the capture from its beginning; false: it cannot be read. */
static bool walk(struct job *j, const struct streams_events *events, char broke[CAPTURE_TEXT_MAX],
	struct error *err)
{
	j->streams = streams_new(events, j);
	return (lseek(source_descriptor(j->source), 0, SEEK_SET) == 0 ||
		       error_set(err, STATUS_USAGE, "cannot read the file again: %s",
			       strerror(errno))) &&
	       captured_walk(read_source, j->source, j->streams, broke, err);
}

bool traffic_whole(
	const struct cli *cli, const struct streams *s, const char broke[CAPTURE_TEXT_MAX])
{
	struct bytes text;
	size_t i = 0;
	bytes_init(&text, LIMIT_MESSAGE);
	for (; captured_left_out(s, broke, i, &text); i++, bytes_clear(&text))
		cli_note(cli, "%s", bytes_str(&text));
	bytes_free(&text);
	return !i;
}

static bool read_capture(struct job *j, struct error *err)
{
	char broke[CAPTURE_TEXT_MAX];
	bool good = walk(j, &ignoring, broke, err);
	if (good && !streams_count(j->streams) && *broke)
		good = error_set(err, STATUS_USAGE, "cannot read the capture: %s",
			quote(slice_str(broke)).text);
	if (good)
		j->traffic->whole = traffic_whole(j->cli, j->streams, broke);
	good = good && find_streams(j, j->streams, err);
	streams_free(j->streams);
	if (!good)
		return false;
	good = walk(j, &taking, broke, err);
	streams_free(j->streams);
	return good;
}

/* ---- text ---- */

static struct traffic_stream *stream_of(struct job *j, struct slice who)
{
	struct traffic *t = j->traffic;
	for (size_t i = t->count; i--;)
		if (slice_is(who, t->streams[i].device))
			return &t->streams[i];
	if (t->count == TEXT_STREAMS)
		return NULL;
	char *name = mem_strn(who.at, who.len);
	struct traffic_stream *s = add_stream(t, t->count + 1, name, "");
	free(name);
	return s;
}

static void take_told(struct job *j, const struct told *told, uint64_t line)
{
	struct traffic_stream *s = stream_of(j, told->who);
	if (!s) {
		j->over = true;
		return;
	}
	struct said said = {.side = told->device ? DEVICE : PROGRAM,
		.when = {.number = line, .time = told->time}};
	said.offset = s->bytes[said.side] + s->missing[said.side];
	if (!s->first.tv_sec)
		s->first = told->time;
	s->last = told->time;
	if (told->kind == TOLD_BYTES) {
		s->bytes[said.side] += told->bytes.len;
		add_said(j, s, &said, told->bytes);
	} else if (told->kind == TOLD_MISSING) {
		said.kind = SAID_MISSING;
		said.len = told->missing;
		s->missing[said.side] += told->missing;
		add_said(j, s, &said, SLICE(""));
	} else if (told->kind == TOLD_ENDED) {
		said.kind = SAID_CLOSE;
		add_said(j, s, &said, SLICE(""));
	} else {
		said.kind = SAID_CLOSE;
		for (said.side = PROGRAM; said.side <= DEVICE; said.side++)
			add_said(j, s, &said, SLICE(""));
	}
}

/* Lines that say nothing that can be read. */
struct unread {
	uint64_t count;
	struct error first;
	unsigned line;
};

static void add_unread(const struct job *j, const struct error *err, struct unread *bad)
{
	if (bad->count++)
		return;
	bad->first = *err;
	bad->line = source_here(j->source).line;
}

static void take_line(struct job *j, struct told_reader *r, struct slice line, struct unread *bad)
{
	struct told told;
	struct error err;
	unsigned number = source_here(j->source).line;
	if (!told_line(r, line, &told, &err)) {
		add_unread(j, &err, bad);
	} else if (told.kind != TOLD_NOTHING) {
		take_told(j, &told, number);
	}
}

static void note_unread(const struct job *j, const struct unread *bad)
{
	if (!bad->count)
		return;
	cli_note(j->cli, "%llu line%s cannot be read; the first is line %u: %s",
		(unsigned long long)bad->count, plural(bad->count), bad->line, bad->first.what);
	j->traffic->whole = false;
}

static bool unknown_kind(const struct job *j, struct slice line, struct error *err)
{
	told_unknown(source_name(j->source), line, err);
	return error_hint(err, "wilco import reads pcap, pcapng, %s, %s, %s", told_log.name,
		told_socat.name, told_hex.name);
}

/* Says whether the last line has no end: whoever wrote it was killed, or the disk was full. */
static bool is_torn(const struct job *j)
{
	int fd = source_descriptor(j->source);
	off_t size = lseek(fd, 0, SEEK_END);
	char last = '\n';
	return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

/* Reads the next line that is not too long. */
static enum source_state next_line(
	struct job *j, struct slice *line, struct unread *bad, struct error *err)
{
	enum source_state state;
	while ((state = source_next(j->source, line, err)) == SOURCE_FAILED &&
		source_skip(j->source))
		add_unread(j, err, bad);
	return state;
}

static bool read_lines(struct job *j, struct told_reader *r, struct error *err)
{
	struct unread bad = {0};
	struct slice line;
	struct told told;
	enum source_state state;
	while ((state = next_line(j, &line, &bad, err)) == SOURCE_LINE) {
		if (!r->kind && told_says_nothing(line))
			continue;
		if (!r->kind && !(r->kind = told_kind_of(line)))
			return unknown_kind(j, line, err);
		take_line(j, r, line, &bad);
	}
	while (r->kind && told_rest(r, &told))
		take_told(j, &told, source_here(j->source).line);
	note_unread(j, &bad);
	if (r->kind == &told_log && is_torn(j)) {
		cli_note(j->cli, "the last line has no line end: it may be cut off");
		j->traffic->whole = false;
	}
	return state == SOURCE_END && choose(j, err);
}

static bool read_text(struct job *j, struct error *err)
{
	struct told_reader r;
	told_begin(&r, NULL);
	j->traffic->whole = true;
	bool good = read_lines(j, &r, err);
	told_end(&r);
	return good;
}

/* ---- both ---- */

bool traffic_read(struct traffic *t, const struct cli *cli, const char *file, uint32_t choice,
	uint16_t port, struct error *err)
{
	struct job j = {
		.traffic = t, .cli = cli, .choice = choice, .port = port, .room = LIMIT_TRAFFIC};
	*t = (struct traffic){0};
	j.source = source_open(file, true, err);
	bool good = j.source && (captured_is(source_descriptor(j.source)) ? read_capture(&j, err)
									  : read_text(&j, err));
	if (good && j.over)
		good = too_much(err);
	source_close(j.source);
	free(j.numbers);
	for (size_t i = 0; good && i < t->count; i++)
		talk_order(&t->streams[i].talk);
	return good;
}
