/* frame_encode.c - `wilco frame encode`: the bytes of payloads on the wire. */
#include "cli/frame_job.h"

#include "base/escape.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/out.h"
#include <wilco/macro.h>

/* Reads a payload like a COMMAND of send, or with --hex as bytes. */
static bool read_payload(
	const struct frame_job *job, const char *word, struct order *o, struct error *err)
{
	struct reading reading = {
		.verbs = verbs, .place = PLACE_COMMAND, .flags = ORDER_EXACT, .frame = job->frame};
	struct slice text = slice_str(word);
	if (job->cli->options.hex)
		return escape_bytes(text, &o->payload, err);
	return order_read(o, text, &reading, err) && order_sends(o, text, err);
}

static bool encode_order(const struct frame_job *job, const struct order *o,
	struct field_value *sent, struct bytes *wire, struct error *err)
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
	const struct frame_job *job;
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

static enum status encode_one(struct frame_job *job, const char *word, struct field_value *sent)
{
	struct order o;
	struct bytes wire;
	struct error err;
	enum status status = STATUS_OK;
	order_init(&o);
	bytes_init(&wire, LIMIT_FRAME_MOST);
	if (!read_payload(job, word, &o, &err)) {
		status = cli_error(&err, slice_str(word));
	} else if (!encode_order(job, &o, sent, &wire, &err)) {
		status = cli_error(&err, SLICE(""));
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
	struct frame_job job;
	enum status status = frame_job_open(&job, cli);
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
		status = cli_error(&err, SLICE(""));
	}
	for (int i = 2; i < cli->count && !status && !out_failed(); i++)
		status = encode_one(&job, cli->words[i], sent.at);
	frame_job_close(&job);
	return status;
}

const struct cli_command frame_action_encode = {.name = "encode",
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
