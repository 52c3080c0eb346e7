/* frame_job.c - see frame_job.h. */
#include "cli/frame_job.h"

#include "base/text.h"

static bool take_set(struct frame_job *job, const char *text, struct error *err)
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

enum status frame_job_open(struct frame_job *job, struct cli *cli)
{
	struct error err;
	const struct options *o = &cli->options;
	*job = (struct frame_job){.cli = cli};
	job->frame = frame_find(cli->context->book, slice_str(cli->words[1]), &err);
	if (!job->frame)
		return cli_error(&err, slice_str(cli->words[1]));
	for (size_t i = 0; i < o->set.count; i++)
		if (!take_set(job, o->set.at[i], &err)) {
			frame_unref(job->frame);
			return cli_error(&err, SLICE(""));
		}
	return STATUS_OK;
}

void frame_job_close(struct frame_job *job)
{
	frame_unref(job->frame);
}
