/* frame.c - `wilco frame list|show|encode|decode`: frames without a device. */
#include "cli/cli.h"

#include "base/escape.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"
#include "cli/output.h"
#include "pane/view.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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

/* ---- what all of them take ---- */

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
	return frame_field_parse(job->frame, (size_t)field, slice_str(equals + 1), &job->set, err);
}

static enum status job_open(struct job *job, struct cli *cli)
{
	struct error err;
	const struct options *o = &cli->options;
	*job = (struct job){.cli = cli};
	job->frame = frame_find(cli->context.book, slice_str(cli->words[1]), &err);
	if (!job->frame)
		return fail(&err, cli->words[1]);
	for (size_t i = 0; i < o->set_count; i++)
		if (!take_set(job, o->set[i], &err)) {
			frame_unref(job->frame);
			return fail(&err, "");
		}
	return STATUS_OK;
}

/* ---- list ---- */

static enum status list(struct cli *cli)
{
	const char *name, *group, *what, *last = "";
	struct bytes line;
	bytes_init(&line, LIMIT_MESSAGE);
	for (size_t i = 0; (name = frame_book_name(cli->context.book, i, &group, &what)); i++) {
		bytes_clear(&line);
		if (strcmp(group, last) != 0)
			bytes_addf(&line, "%s%s\n", i ? "\n" : "", group);
		last = group;
		bytes_addf(&line, "  %-12s %s", name,
			what ? what : frame_book_notation(cli->context.book, slice_str(name)));
		out_line(bytes_slice(&line));
	}
	bytes_free(&line);
	return STATUS_OK;
}

/* ---- show ---- */

static enum status show(struct cli *cli)
{
	struct job job;
	struct bytes text;
	enum status status = job_open(&job, cli);
	if (status)
		return status;
	bytes_init(&text, LIMIT_MESSAGE);
	if (frame_explain(job.frame, &text))
		out_write(bytes_slice(&text));
	bytes_free(&text);
	frame_unref(job.frame);
	return STATUS_OK;
}

/* ---- encode ---- */

static bool payload_of(
	const struct cli *cli, const char *word, struct bytes *payload, struct error *err)
{
	return cli->options.hex ? escape_bytes(slice_str(word), payload, err)
				: escape_decode(slice_str(word), payload, err);
}

static enum status encode_one(struct job *job, const char *word, struct frame_values *sent)
{
	struct bytes payload, wire, scratch, line;
	struct error err;
	unsigned flags = job->cli->options.force ? ENCODE_FORCE : 0;
	enum status status = STATUS_OK;
	bytes_init(&payload, LIMIT_LINE);
	bytes_init(&wire, LIMIT_FRAME_MOST);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	bytes_init(&line, LIMIT_FRAME_MOST);
	if (!payload_of(job->cli, word, &payload, &err)) {
		status = fail(&err, word);
	} else if (!frame_encode(job->frame, job->side, bytes_slice(&payload), &job->set, sent,
			   flags, &scratch, &wire, &err)) {
		status = fail(&err, "");
	} else if (job->cli->options.output == OUTPUT_RAW) {
		out_write(bytes_slice(&wire));
	} else {
		text_add_hex(&line, bytes_slice(&wire), false);
		out_line(bytes_slice(&line));
	}
	bytes_free(&payload);
	bytes_free(&wire);
	bytes_free(&scratch);
	bytes_free(&line);
	return status;
}

static enum status encode(struct cli *cli)
{
	struct job job;
	enum status status = job_open(&job, cli);
	if (status)
		return status;
	job.side = cli->options.reply ? SIDE_REPLY : SIDE_COMMAND;
	/* What was set counts as received: bare names and counters of the reply repeat it. */
	struct frame_values sent = {0};
	if (cli->options.reply)
		sent = job.set;
	if (cli->count < 3) {
		struct error err;
		error_set(&err, STATUS_USAGE, "wilco frame encode FRAME PAYLOAD...");
		status = fail(&err, "");
	}
	for (int i = 2; i < cli->count && !status && !out_failed(); i++)
		status = encode_one(&job, cli->words[i], &sent);
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
	[MARK_INSIDE] = "inside"};

static void json_event(const struct job *job, const struct split_event *e)
{
	char text[SPLIT_TEXT_MAX];
	struct bytes o;
	bytes_init(&o, LIMIT_FRAME_MOST);
	json_open(&o, NULL, '{');
	json_text(&o, "event", slice_str(kinds[e->kind]));
	if (e->mark)
		json_text(&o, "mark", slice_str(marks[e->mark]));
	else
		json_null(&o, "mark");
	json_uint(&o, "offset", e->offset);
	if (e->has_payload)
		json_hex(&o, "payload_hex", e->payload);
	else
		json_null(&o, "payload_hex");
	json_hex(&o, "raw_hex", e->raw);
	if (e->kind == SPLIT_FRAME)
		json_text(&o, "end", slice_str(split_end_text(e, text)));
	else
		json_null(&o, "end");
	out_fields(&o, job->frame, e->values && e->kind != SPLIT_ACK ? e->values->at : NULL);
	if (*split_error_text(e, text))
		json_text(&o, "error", slice_str(text));
	else
		json_null(&o, "error");
	json_close(&o, '}');
	out_line(bytes_slice(&o));
	bytes_free(&o);
}

static void text_sink(void *arg, struct slice text)
{
	(void)arg;
	out_line(text);
}

/* "at 12: damaged: 01 02: sum8: expected 03, got 04", on standard error. */
static void note_event(const struct split_event *e)
{
	char text[SPLIT_TEXT_MAX];
	struct bytes line;
	bytes_init(&line, LIMIT_FRAME_MOST);
	bytes_addf(
		&line, "wilco: at byte %llu: %s: ", (unsigned long long)e->offset, kinds[e->kind]);
	text_add_hex(&line, slice_cut(e->raw, 0, 64), true);
	bytes_add_str(&line, e->raw.len > 64 ? " ..." : "");
	if (*split_error_text(e, text))
		bytes_addf(&line, ": %s", text);
	bytes_add_byte(&line, '\n');
	out_flush(); /* what came before stands before it */
	cli_stderr(bytes_slice(&line));
	bytes_free(&line);
}

static void show_event(const struct job *job, const struct split_event *e)
{
	enum output format = job->cli->options.output;
	if (format == OUTPUT_JSON)
		json_event(job, e);
	else if (e->kind != SPLIT_FRAME)
		note_event(e);
	else if (format == OUTPUT_RAW)
		out_write(e->payload);
	else
		view_lines((enum view)format, e->payload,
			(out_utf8() ? 0 : TEXT_ASCII) |
				(frame_rules(job->frame)->bin ? TEXT_BIN : 0),
			text_sink, NULL);
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
	struct reply_tracker tracker;
	bool count = job->cli->options.count;
	if (count) {
		while (split_next(s, &e))
			count_event(&e, c);
		return;
	}
	while (!out_failed() && split_next(s, &e)) {
		count_event(&e, c);
		reply_begin(&tracker, job->frame); /* for its marks */
		if (e.kind == SPLIT_FRAME && job->side == SIDE_REPLY)
			reply_take(&tracker, &e);
		show_event(job, &e);
	}
}

/* Hex digits and blanks to bytes, in place; a digit alone waits for the next block. */
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

static bool read_stream(const struct job *job, struct split *s, struct counts *c, struct error *err)
{
	int half = -1;
	uint64_t offset = 0;
	for (;;) {
		uint8_t *space = split_space(s, LIMIT_READ);
		ssize_t got = space ? read(STDIN_FILENO, space, LIMIT_READ) : -1;
		if (got < 0 && errno == EINTR && space)
			continue;
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
	struct bytes line;
	bytes_init(&line, LIMIT_MESSAGE);
	bytes_addf(&line,
		"%llu frames, %llu damaged, %llu partial, %llu oversize, %llu stray bytes",
		(unsigned long long)c->frames, (unsigned long long)c->damaged,
		(unsigned long long)c->partial, (unsigned long long)c->oversize,
		(unsigned long long)c->stray_bytes);
	out_line(bytes_slice(&line));
	bytes_free(&line);
}

static enum status decode(struct cli *cli)
{
	struct job job;
	struct bytes pending, scratch;
	struct counts counts = {0};
	struct error err;
	struct split *s = mem_new(sizeof *s);
	enum status status = job_open(&job, cli);
	if (status) {
		free(s);
		return status;
	}
	job.side = cli->options.command ? SIDE_COMMAND : SIDE_REPLY;
	bytes_init(&pending, LIMIT_FRAME_MOST);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	split_init(s, job.frame, job.side, &job.set, 0, &pending, &scratch);
	if (!read_stream(&job, s, &counts, &err))
		status = fail(&err, "");
	else if (counts.damaged || counts.partial || counts.oversize)
		status = STATUS_DAMAGED;
	if (cli->options.count && status != STATUS_USAGE)
		show_counts(&counts);
	bytes_free(&pending);
	bytes_free(&scratch);
	frame_unref(job.frame);
	free(s);
	return status;
}

/* ---- which of them ---- */

static const struct {
	const char *name;
	enum status (*run)(struct cli *cli);
	int least, most;
} verbs[] = {{"list", list, 1, 1}, {"show", show, 2, 2}, {"encode", encode, 2, -1},
	{"decode", decode, 2, 2}};

static const char *verb_at(const void *unused, size_t index)
{
	(void)unused;
	return index < sizeof verbs / sizeof verbs[0] ? verbs[index].name : NULL;
}

static enum status run(struct cli *cli)
{
	struct error err;
	int found = table_exact(slice_str(cli->words[0]), verb_at, NULL);
	if (found < 0) {
		const char *near = table_near(slice_str(cli->words[0]), verb_at, NULL);
		error_set(&err, STATUS_USAGE, "wilco frame list, show, encode or decode, not '%s'",
			quote(slice_str(cli->words[0])).text);
		if (near)
			error_hint(&err, "did you mean %s?", near);
		return fail(&err, "");
	}
	bool fits = cli->count >= verbs[found].least &&
		    (verbs[found].most < 0 || cli->count <= verbs[found].most);
	if (fits)
		return verbs[found].run(cli);
	error_set(&err, STATUS_USAGE,
		"wilco frame list | show FRAME | encode FRAME PAYLOAD... | decode FRAME");
	return fail(&err, "");
}

const struct cli_command cli_frame = {"frame", "list|show|encode|decode ...",
	"frames without a device: explain, encode, decode stdin", 1, -1, run};
