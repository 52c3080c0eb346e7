/* frame.c - `wilco frame ACTION ...`: frames without a device. */
#include "cli/frame_job.h"

#include "base/table.h"
#include "base/text.h"

static const struct cli_command *const actions[] = {
	&frame_action_list, &frame_action_show, &frame_action_encode, &frame_action_decode, NULL};

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
		return cli_error(&err, SLICE(""));
	}
	const struct cli_command *action = actions[found];
	if (cli->count >= action->least && (action->most < 0 || cli->count <= action->most))
		return action->run(cli);
	error_set(&err, STATUS_USAGE,
		"wilco frame list [crc] | show FRAME | encode FRAME PAYLOAD... | decode FRAME");
	return cli_error(&err, SLICE(""));
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
