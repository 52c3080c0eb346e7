/* frame_show.c - `wilco frame show`: a frame in words. */
#include "cli/frame_job.h"

#include "base/json.h"
#include "cli/out.h"

/* A frame, and what it is in words. */
struct explained {
	const struct frame *frame;
	struct slice text;
};

static void show_plain(const struct output *format, const void *arg)
{
	const struct explained *e = arg;
	(void)format;
	out_text(e->text);
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
	struct frame_job job;
	struct bytes text;
	enum status status = frame_job_open(&job, cli);
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
		status = cli_error(&err, SLICE(""));
	}
	bytes_free(&text);
	frame_job_close(&job);
	return status;
}

const struct cli_command frame_action_show = {.name = "show",
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
