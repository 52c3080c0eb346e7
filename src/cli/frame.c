/* frame.c - `wilco frame list|show|encode|decode`: frames without a device. */
#include "cli/cli.h"

#include "base/escape.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"
#include "capture/magic.h"
#include "cli/frame_capture.h"
#include "cli/out.h"
#include "pane/view.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <wilco/macro.h>

struct job {
	struct cli *cli;
	struct frame *frame;
	enum frame_side side;
	struct frame_values set;
};

static enum status fail(const struct error *err, const char *text)
{
	return cli_error(err, slice_str(text));
}

/* ---- what they have in common ---- */

static bool take_set(struct job *job, const char *text, struct error *err)
{
	const char *equals = strchr(text, '=');
	size_t n = equals ? (size_t)(equals - text) : 0;
	int field = equals ? frame_field_index(job->frame, slice_of(text, n)) : -1;
	if (!equals)
		return error_set(err, STATUS_USAGE, "--set takes FIELD=VALUE, not '%s'",
			quote(slice_str(text)).text);
	if (field < 0)
		return error_set(err, STATUS_USAGE, "the frame has no field '%s'",
			quote(slice_of(text, n)).text);
	return frame_field_typed(
		job->frame, (size_t)field, slice_str(equals + 1), job->set.at, err);
}

static enum status job_open(struct job *job, struct cli *cli)
{
	struct error err;
	const struct options *o = &cli->options;
	*job = (struct job){.cli = cli};
	job->frame = frame_find(cli->context.book, slice_str(cli->words[1]), &err);
	if (!job->frame)
		return fail(&err, cli->words[1]);
	for (size_t i = 0; i < o->set.count; i++)
		if (!take_set(job, o->set.at[i], &err)) {
			frame_unref(job->frame);
			return fail(&err, "");
		}
	return STATUS_OK;
}

/* ---- list ---- */

/* An entry of the book of frames. */
struct listed {
	const char *name, *group, *what, *notation;
	const char *before; /* the group of the entry before; NULL: this is the first */
};

static void list_plain(const struct output *format, const void *arg)
{
	const struct listed *l = arg;
	(void)format;
	if (!l->before || strcmp(l->group, l->before) != 0)
		bytes_addf(out_begin(), "%s%s\n", l->before ? "\n" : "", l->group);
	bytes_addf(out_begin(), "  %-12s %s", l->name, l->what ? l->what : l->notation);
	out_end();
}

static void list_json(struct json *o, const void *arg)
{
	const struct listed *l = arg;
	json_text(o, "frame", slice_str(l->name));
	json_text(o, "group", slice_str(l->group));
	json_text(o, "help", slice_str(l->what ? l->what : ""));
	json_text(o, "notation", slice_str(l->notation));
}

static void list_crc_plain(const struct output *format, const void *arg)
{
	const struct frame_crc *crc = arg;
	(void)format;
	bytes_addf(out_begin(), "%-26s %s", crc->name, crc->users ? crc->users : "your own");
	if (crc->others->len)
		bytes_addf(out_begin(), "; also %s", bytes_str(crc->others));
	out_end();
}

static void list_crc_json(struct json *o, const void *arg)
{
	const struct frame_crc *crc = arg;
	json_text(o, "crc", slice_str(crc->name));
	json_text(o, "also", bytes_slice(crc->others));
	json_text(o, "help", slice_str(crc->users ? crc->users : ""));
	json_text(o, "parameters", bytes_slice(crc->line));
}

/* Lists the CRCs that a notation can name. */
static enum status list_crcs(struct cli *cli)
{
	struct bytes others, line;
	struct frame_crc crc = {.others = &others, .line = &line};
	bytes_init(&others, LIMIT_MESSAGE);
	bytes_init(&line, LIMIT_MESSAGE);
	for (size_t i = 0; frame_crc(cli->context.book, i, &crc) && !out_failed(); i++)
		out_result(&(struct result){list_crc_plain, list_crc_json, &crc});
	bytes_free(&others);
	bytes_free(&line);
	return STATUS_OK;
}

static enum status list(struct cli *cli)
{
	struct frame_book *book = cli->context.book;
	struct error err;
	if (cli->count == 2 && strcmp(cli->words[1], "crc") == 0)
		return list_crcs(cli);
	if (cli->count == 2) {
		error_set(&err, STATUS_USAGE, "wilco frame list [crc], not '%s'",
			quote(slice_str(cli->words[1])).text);
		return fail(&err, "");
	}
	struct listed l = {0};
	for (size_t i = 0; (l.name = frame_book_name(book, i, &l.group, &l.what)); i++) {
		l.notation = frame_book_notation(book, slice_str(l.name));
		out_result(&(struct result){list_plain, list_json, &l});
		l.before = l.group;
	}
	return STATUS_OK;
}

/* ---- show ---- */

/* A frame, and what it is in words. */
struct explained {
	const struct frame *frame;
	struct slice text;
};

static void show_plain(const struct output *format, const void *arg)
{
	const struct explained *e = arg;
	(void)format;
	out_write(e->text);
}

static void show_json(struct json *o, const void *arg)
{
	const struct explained *e = arg;
	json_text(o, "frame", slice_str(frame_name(e->frame)));
	json_text(o, "notation", slice_str(frame_notation(e->frame)));
	json_text(o, "text", e->text);
}

static enum status show(struct cli *cli)
{
	struct job job;
	struct bytes text;
	enum status status = job_open(&job, cli);
	if (status)
		return status;
	bytes_init(&text, LIMIT_MESSAGE);
	struct error err;
	if (frame_explain(job.frame, &text)) {
		struct explained e = {job.frame, bytes_slice(&text)};
		out_result(&(struct result){show_plain, show_json, &e});
	} else {
		error_set(&err, STATUS_OUTPUT,
			"the explanation of this frame has more than %zu bytes", text.max);
		status = fail(&err, "");
	}
	bytes_free(&text);
	frame_unref(job.frame);
	return status;
}

/* ---- encode ---- */

/* Reads a payload like a COMMAND of send, or with --hex as bytes. */
static bool read_payload(
	const struct job *job, const char *word, struct order *o, struct error *err)
{
	struct reading reading = {
		.verbs = verbs, .place = PLACE_COMMAND, .flags = ORDER_EXACT, .frame = job->frame};
	struct slice text = slice_str(word);
	if (job->cli->options.hex)
		return escape_bytes(text, &o->payload, err);
	return order_read(o, text, &reading, err) && order_sends(o, text, err);
}

static bool encode_order(const struct job *job, const struct order *o, struct field_value *sent,
	struct bytes *wire, struct error *err)
{
	struct frame_values set = job->set;
	struct bytes scratch;
	unsigned flags = job->cli->options.force ? ENCODE_FORCE : 0;
	if (o->wire)
		return bytes_add(wire, bytes_slice(&o->payload));
	for (size_t i = 0; o->fields && i < frame_field_count(job->frame); i++)
		if (o->with.at[i].set)
			set.at[i] = o->with.at[i];
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	bool good = frame_encode(job->frame, job->side, bytes_slice(&o->payload), set.at, sent,
		flags, &scratch, wire, err);
	bytes_free(&scratch);
	return good;
}

/* The bytes of a payload in a frame. */
struct encoded {
	const struct job *job;
	struct slice payload, wire;
};

static void encode_plain(const struct output *format, const void *arg)
{
	const struct encoded *e = arg;
	if (format->binary) {
		out_write(e->wire);
		return;
	}
	text_add_hex(out_begin(), e->wire, false);
	out_end();
}

static void encode_json(struct json *o, const void *arg)
{
	const struct encoded *e = arg;
	json_text(o, "frame", slice_str(frame_name(e->job->frame)));
	json_canon(o, "payload", e->payload);
	json_hex(o, "wire_hex", e->wire);
}

static enum status encode_one(struct job *job, const char *word, struct field_value *sent)
{
	struct order o;
	struct bytes wire;
	struct error err;
	enum status status = STATUS_OK;
	order_init(&o);
	bytes_init(&wire, LIMIT_FRAME_MOST);
	if (!read_payload(job, word, &o, &err)) {
		status = fail(&err, word);
	} else if (!encode_order(job, &o, sent, &wire, &err)) {
		status = fail(&err, "");
	} else {
		struct encoded e = {job, bytes_slice(&o.payload), bytes_slice(&wire)};
		out_result(&(struct result){encode_plain, encode_json, &e});
	}
	order_free(&o);
	bytes_free(&wire);
	return status;
}

static enum status encode(struct cli *cli)
{
	struct job job;
	enum status status = job_open(&job, cli);
	if (status)
		return status;
	job.side = cli->options.reply ? SIDE_REPLY : SIDE_COMMAND;
	/* The fields that were set count as received: bare names and counters repeat them. */
	struct frame_values sent = {0};
	if (cli->options.reply)
		sent = job.set;
	if (cli->count < 3) {
		struct error err;
		error_set(&err, STATUS_USAGE, "wilco frame encode FRAME PAYLOAD...");
		status = fail(&err, "");
	}
	for (int i = 2; i < cli->count && !status && !out_failed(); i++)
		status = encode_one(&job, cli->words[i], sent.at);
	frame_unref(job.frame);
	return status;
}

/* ---- decode ---- */

struct counts {
	uint64_t frames, damaged, partial, oversize, stray_bytes;
};

static const char *const kinds[] = {[SPLIT_FRAME] = "frame",
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
	const struct job *job;
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
	const struct job *job = seen->job;
	const struct split_event *e = seen->event;
	if (e->kind != SPLIT_FRAME) {
		note_event(seen->of, e);
		return;
	}
	struct shown shown = {.frame = job->frame,
		.side = seen->of ? seen->of->side : job->side,
		.payload = e->payload,
		.raw = e->raw,
		.flags = text_charset(out_utf8()) | frame_spelling(job->frame)};
	struct out_head head = {.inside = false};
	if (seen->of && !format->binary)
		snprintf(head.text, sizeof head.text, "%zu %s ", seen->of->stream,
			direction(seen->of));
	format->bytes(format, &shown, out_headed_part, &head);
}

static void show_event(
	const struct job *job, const struct captured_side *of, const struct split_event *e)
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

static void take_events(const struct job *job, struct split *s, struct counts *c)
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

static bool read_stream(const struct job *job, struct slice head, struct split *s, struct counts *c,
	struct error *err)
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

static enum status decode_stream(const struct job *job, struct slice head, struct counts *counts)
{
	struct bytes pending, scratch;
	struct frame_values came;
	struct error err;
	bytes_init(&pending, LIMIT_PENDING);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	struct split *s =
		split_new(job->frame, job->side, job->set.at, came.at, 0, &pending, &scratch);
	enum status status = read_stream(job, head, s, counts, &err) ? STATUS_OK : fail(&err, "");
	bytes_free(&pending);
	bytes_free(&scratch);
	split_free(s);
	return status;
}

/* ---- decode a capture ---- */

/* What its events go to. */
struct capture_job {
	const struct job *job;
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

static enum status decode_capture(const struct job *job, struct slice head, struct counts *counts)
{
	struct capture_job c = {job, counts};
	const struct frame_capture f = {.cli = job->cli,
		.frame = job->frame,
		.event = take_captured,
		.missing = take_missing,
		.arg = &c};
	struct error err;
	enum status status;
	return frame_capture(&f, head, &status, &err) ? status : fail(&err, "");
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
	struct job job;
	struct bytes head;
	struct counts counts = {0};
	struct error err;
	bool capture;
	enum status status = job_open(&job, cli);
	if (status)
		return status;
	job.side = cli->options.command ? SIDE_COMMAND : SIDE_REPLY;
	bytes_init(&head, 2 * MAGIC_MOST);
	if (!read_head(&cli->options, &head, &capture)) {
		error_set(&err, STATUS_USAGE, "cannot read standard input: %s", strerror(errno));
		status = fail(&err, "");
	} else {
		status = (capture ? decode_capture : decode_stream)(
			&job, bytes_slice(&head), &counts);
	}
	if (!status && (counts.damaged || counts.partial || counts.oversize))
		status = STATUS_DAMAGED;
	if (cli->options.count && status != STATUS_USAGE)
		show_counts(&counts);
	bytes_free(&head);
	frame_unref(job.frame);
	return status;
}

/* ---- the table of actions ---- */

static const struct cli_command action_list = {.name = "list",
	.args = "[crc]",
	.help = "the frames, or the CRCs, that have a name",
	.about = "Lists the frames that have a name, by group; with crc the CRCs that a notation "
		 "can name.",
	.example = "frame list crc",
	.least = 1,
	.most = 2,
	.by = BY_FRAME_LIST,
	.words = {WORD_CRC, WORD_ANY},
	.run = list,
	.part_of = &cli_frame};

static const struct cli_command action_show = {.name = "show",
	.args = "FRAME",
	.help = "explain a frame in words",
	.about = "Explains a frame in words, with an example byte by byte, what ends a reply, and "
		 "what is fragile.",
	.example = "frame show modbus-rtu",
	.least = 2,
	.most = 2,
	.by = BY_FRAME_SHOW,
	.words = {WORD_FRAME, WORD_ANY},
	.run = show,
	.part_of = &cli_frame};

static const struct cli_command action_encode = {.name = "encode",
	.args = "FRAME PAYLOAD...",
	.help = "print the bytes on the wire as hex",
	.about = "Prints the bytes on the wire as hex, a line a payload. A PAYLOAD is read as a "
		 "COMMAND of wilco send.",
	.example = "frame encode --hex modbus-rtu '03 00 6b 00 03'",
	.least = 2,
	.most = -1,
	.by = BY_FRAME_ENCODE,
	.words = {WORD_FRAME, WORD_COMMAND},
	.run = encode,
	.part_of = &cli_frame};

static const struct cli_command action_decode = {.name = "decode",
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

static const struct cli_command *const actions[] = {
	&action_list, &action_show, &action_encode, &action_decode, NULL};

static const char *action_at(const void *unused, size_t index)
{
	(void)unused;
	return actions[index] ? actions[index]->name : NULL;
}

static enum status run(struct cli *cli)
{
	struct error err;
	int found = table_exact(slice_str(cli->words[0]), action_at, NULL);
	if (found < 0) {
		const char *near = table_near(slice_str(cli->words[0]), action_at, NULL);
		error_set(&err, STATUS_USAGE, "wilco frame list, show, encode or decode, not '%s'",
			quote(slice_str(cli->words[0])).text);
		if (near)
			error_hint(&err, "did you mean %s?", near);
		return fail(&err, "");
	}
	const struct cli_command *action = actions[found];
	if (cli->count >= action->least && (action->most < 0 || cli->count <= action->most))
		return action->run(cli);
	error_set(&err, STATUS_USAGE,
		"wilco frame list [crc] | show FRAME | encode FRAME PAYLOAD... | decode FRAME");
	return fail(&err, "");
}

const struct cli_command cli_frame = {.name = "frame",
	.args = "list|show|encode|decode ...",
	.help = "explain, encode and decode without a device",
	.about = "Lists and explains frames, and encodes and decodes without a device.",
	.example = "frame show modbus-rtu",
	.least = 1,
	.most = -1,
	.by = BY_FRAME,
	.run = run,
	.parts = actions};
