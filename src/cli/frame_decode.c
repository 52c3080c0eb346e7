/* frame_decode.c - `wilco frame decode`: the events of a stream, or of both sides of a capture. */
#include "cli/frame_job.h"

#include "base/escape.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"
#include "capture/magic.h"
#include "cli/frame_capture.h"
#include "cli/out.h"
#include "pane/view.h"
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

struct counts {
	uint64_t frames, damaged, partial, oversize, stray_bytes;
};

static const char kinds[][12] = {[SPLIT_FRAME] = "frame",
	[SPLIT_DAMAGED] = "damaged",
	[SPLIT_PARTIAL] = "partial",
	[SPLIT_OVERSIZE] = "oversize",
	[SPLIT_STRAY] = "stray",
	[SPLIT_ACK] = "ack"};
static const char *const marks[] = {[MARK_ASYNC] = "async",
	[MARK_NOT_OURS] = "not-ours",
	[MARK_ECHO] = "echo",
	[MARK_INSIDE] = "inside",
	[MARK_GREETING] = "greeting"};

/* An event of the stream that is decoded. */
struct decoded {
	const struct frame_job *job;
	const struct split_event *event;
	const struct captured_side *of; /* NULL: this is no capture */
};

/* Returns ">" for what goes to the device, "<" for what comes from it. */
static const char *direction(const struct captured_side *of)
{
	return of->side == SIDE_REPLY ? "<" : ">";
}

/* Adds whose event it is. */
static void json_side(struct json *o, const struct captured_side *of)
{
	if (!of)
		return;
	json_uint(o, "stream", of->stream);
	json_text(o, "direction", slice_str(direction(of)));
}

static void json_event(struct json *o, const void *arg)
{
	const struct decoded *seen = arg;
	const struct split_event *e = seen->event;
	char text[SPLIT_TEXT_MAX];
	json_side(o, seen->of);
	json_text(o, "event", slice_str(kinds[e->kind]));
	if (e->mark)
		json_text(o, "mark", slice_str(marks[e->mark]));
	else
		json_none(o, "mark");
	json_uint(o, "offset", e->offset);
	if (e->has_payload)
		json_hex(o, "payload_hex", e->payload);
	else
		json_none(o, "payload_hex");
	json_hex(o, "raw_hex", e->raw);
	if (e->kind == SPLIT_FRAME)
		json_text(o, "end", slice_str(split_end_text(e, text)));
	else
		json_none(o, "end");
	out_fields(o, seen->job->frame, e->values && e->kind != SPLIT_ACK ? e->values : NULL);
	if (*split_error_text(e, text))
		json_text(o, "error", slice_str(text));
	else
		json_none(o, "error");
}

/* Adds "wilco: 1 <: at byte 12: "; without a capture only the byte. */
static void add_place(const struct captured_side *of, uint64_t offset, struct bytes *line)
{
	bytes_add_str(line, "wilco: ");
	if (of)
		bytes_addf(line, "%zu %s: ", of->stream, direction(of));
	bytes_addf(line, "at byte %llu: ", (unsigned long long)offset);
}

/* Writes "at byte 12: damaged: 01 02: sum8: expected 03, got 04" to standard error. */
static void note_event(const struct captured_side *of, const struct split_event *e)
{
	char text[SPLIT_TEXT_MAX];
	struct bytes line;
	bytes_init(&line, LIMIT_FRAME_MOST);
	add_place(of, e->offset, &line);
	bytes_addf(&line, "%s: ", kinds[e->kind]);
	text_add_hex(&line, slice_cut(e->raw, 0, 64), true);
	bytes_add_str(&line, e->raw.len > 64 ? " ..." : "");
	if (*split_error_text(e, text))
		bytes_addf(&line, ": %s", text);
	bytes_add_byte(&line, '\n');
	out_flush(); /* keeps the order with standard output */
	cli_stderr(bytes_shown(&line));
	bytes_free(&line);
}

static void plain_event(const struct output *format, const void *arg)
{
	const struct decoded *seen = arg;
	const struct frame_job *job = seen->job;
	const struct split_event *e = seen->event;
	if (e->kind != SPLIT_FRAME) {
		note_event(seen->of, e);
		return;
	}
	struct shown shown = {.frame = job->frame,
		.side = seen->of ? seen->of->side : job->side,
		.payload = e->payload,
		.raw = e->raw,
		.flags = out_spelling() | frame_spelling(job->frame)};
	struct out_head head = {.inside = false};
	if (seen->of && !format->binary)
		snprintf(head.text, sizeof head.text, "%zu %s ", seen->of->stream,
			direction(seen->of));
	format->bytes(format, &shown, out_headed_part, &head);
}

static void show_event(
	const struct frame_job *job, const struct captured_side *of, const struct split_event *e)
{
	const struct decoded seen = {job, e, of};
	out_result(&(struct result){plain_event, json_event, &seen});
}

static void count_event(const struct split_event *e, struct counts *c)
{
	if (e->kind == SPLIT_FRAME) {
		c->frames++;
		return;
	}
	c->damaged += e->kind == SPLIT_DAMAGED;
	c->partial += e->kind == SPLIT_PARTIAL;
	c->oversize += e->kind == SPLIT_OVERSIZE;
	c->stray_bytes += e->kind == SPLIT_STRAY ? e->raw.len : 0;
}

static void take_events(const struct frame_job *job, struct split *s, struct counts *c)
{
	struct split_event e = {0};
	bool count = job->cli->options.count;
	if (count) {
		for (c->frames += split_count(s); split_next(s, &e); c->frames += split_count(s))
			count_event(&e, c);
		return;
	}
	while (!out_failed() && split_next(s, &e)) {
		count_event(&e, c);
		if (e.kind == SPLIT_FRAME && job->side == SIDE_REPLY)
			frame_mark_async(job->frame, &e);
		show_event(job, NULL, &e);
	}
}

/* Turns hex digits and blanks into bytes, in place; a single digit waits for the next block. */
static bool unhex(uint8_t *at, size_t *n, int *half, uint64_t *offset, struct error *err)
{
	size_t to = 0;
	for (size_t i = 0; i < *n; i++, ++*offset) {
		int digit = hex_digit(at[i]);
		if (strchr(" \t\r\n", at[i]) && at[i])
			continue;
		if (digit < 0)
			return error_set(err, STATUS_USAGE,
				"--hex reads hex digits and blanks, not '%s' at byte %llu",
				quote(slice_of(at + i, 1)).text, (unsigned long long)*offset);
		if (*half < 0) {
			*half = digit;
			continue;
		}
		at[to++] = (uint8_t)(*half << 4 | digit);
		*half = -1;
	}
	*n = to;
	return true;
}

static bool read_stream(const struct frame_job *job, struct slice head, struct split *s,
	struct counts *c, struct error *err)
{
	int half = -1;
	uint64_t offset = 0;
	split_feed(s, head);
	take_events(job, s, c);
	if (!job->cli->options.count)
		out_flush();
	for (;;) {
		uint8_t *space = split_space(s, LIMIT_READ);
		ssize_t got = space ? fd_read(STDIN_FILENO, space, LIMIT_READ) : -1;
		if (got < 0)
			return error_set(err, STATUS_USAGE, "cannot read standard input: %s",
				space ? strerror(errno) : "over the limit");
		size_t n = (size_t)got;
		if (job->cli->options.hex && !unhex(space, &n, &half, &offset, err))
			return false;
		split_add(s, n);
		if (got == 0)
			break;
		take_events(job, s, c);
		if (out_failed())
			return true;
		if (!job->cli->options.count)
			out_flush();
	}
	if (half >= 0)
		return error_set(err, STATUS_USAGE, "half a byte at the end of the input");
	split_close(s);
	take_events(job, s, c);
	return true;
}

static void show_counts(const struct counts *c)
{
	bytes_addf(out_begin(),
		"%llu frames, %llu damaged, %llu partial, %llu oversize, %llu stray bytes",
		(unsigned long long)c->frames, (unsigned long long)c->damaged,
		(unsigned long long)c->partial, (unsigned long long)c->oversize,
		(unsigned long long)c->stray_bytes);
	out_end();
}

static enum status decode_stream(
	const struct frame_job *job, struct slice head, struct counts *counts)
{
	struct bytes pending, scratch;
	struct frame_values came;
	struct error err;
	bytes_init(&pending, LIMIT_PENDING);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	struct split *s =
		split_new(job->frame, job->side, job->set.at, came.at, 0, &pending, &scratch);
	enum status status =
		read_stream(job, head, s, counts, &err) ? STATUS_OK : cli_error(&err, SLICE(""));
	bytes_free(&pending);
	bytes_free(&scratch);
	split_free(s);
	return status;
}

/* What its events go to. */
struct capture_job {
	const struct frame_job *job;
	struct counts *counts;
};

static void take_captured(void *arg, const struct captured_side *of, struct split_event *e)
{
	const struct capture_job *c = arg;
	count_event(e, c->counts);
	if (!c->job->cli->options.count && !out_failed())
		show_event(c->job, of, e);
}

/* Bytes that the capture does not have. */
struct missed {
	const struct captured_side *of;
	uint64_t offset, count;
};

static void missing_plain(const struct output *format, const void *arg)
{
	const struct missed *m = arg;
	struct bytes line;
	(void)format;
	bytes_init(&line, LIMIT_MESSAGE);
	add_place(m->of, m->offset, &line);
	bytes_addf(&line, "%llu byte%s missing\n", (unsigned long long)m->count,
		m->count == 1 ? " is" : "s are");
	out_flush(); /* keeps the order with standard output */
	cli_stderr(bytes_shown(&line));
	bytes_free(&line);
}

static void missing_json(struct json *o, const void *arg)
{
	const struct missed *m = arg;
	json_side(o, m->of);
	json_text(o, "event", SLICE("missing"));
	json_uint(o, "offset", m->offset);
	json_uint(o, "bytes", m->count);
}

static void take_missing(void *arg, const struct captured_side *of, uint64_t offset, uint64_t count)
{
	const struct capture_job *c = arg;
	const struct missed m = {of, offset, count};
	if (!c->job->cli->options.count && !out_failed())
		out_result(&(struct result){missing_plain, missing_json, &m});
}

static enum status decode_capture(
	const struct frame_job *job, struct slice head, struct counts *counts)
{
	struct capture_job c = {job, counts};
	const struct frame_capture f = {.cli = job->cli,
		.frame = job->frame,
		.event = take_captured,
		.missing = take_missing,
		.arg = &c};
	struct error err;
	enum status status;
	return frame_capture(&f, head, &status, &err) ? status : cli_error(&err, SLICE(""));
}

/* Reads the first bytes of standard input, until they say whether it is a capture. */
static bool read_head(const struct options *o, struct bytes *head, bool *capture)
{
	enum magic magic = o->raw || o->hex ? MAGIC_NONE : MAGIC_PERHAPS;
	ssize_t n = 1;
	while (magic == MAGIC_PERHAPS && n > 0) {
		n = fd_read(STDIN_FILENO, bytes_space(head, MAGIC_MOST), MAGIC_MOST - head->len);
		head->len += n > 0 ? (size_t)n : 0;
		magic = magic_of(bytes_slice(head));
	}
	*capture = magic == MAGIC_CAPTURE;
	return n >= 0;
}

static enum status decode(struct cli *cli)
{
	struct frame_job job;
	struct bytes head;
	struct counts counts = {0};
	struct error err;
	bool capture;
	enum status status = frame_job_open(&job, cli);
	if (status)
		return status;
	job.side = cli->options.command ? SIDE_COMMAND : SIDE_REPLY;
	bytes_init(&head, 2 * MAGIC_MOST);
	if (!read_head(&cli->options, &head, &capture)) {
		error_set(&err, STATUS_USAGE, "cannot read standard input: %s", strerror(errno));
		status = cli_error(&err, SLICE(""));
	} else {
		status = (capture ? decode_capture : decode_stream)(
			&job, bytes_slice(&head), &counts);
	}
	if (!status && (counts.damaged || counts.partial || counts.oversize))
		status = STATUS_DAMAGED;
	if (cli->options.count && status != STATUS_USAGE)
		show_counts(&counts);
	bytes_free(&head);
	frame_job_close(&job);
	return status;
}

const struct cli_command frame_action_decode = {.name = "decode",
	.args = "FRAME",
	.help = "decode bytes, or a capture, of standard input",
	.about = "Reads bytes or a capture from standard input, and prints an event a line: "
		 "payloads on standard output, all else on standard error.",
	.example = "frame decode nmea < gps.bin",
	.least = 2,
	.most = 2,
	.by = BY_FRAME_DECODE,
	.words = {WORD_FRAME, WORD_ANY},
	.run = decode,
	.part_of = &cli_frame};
