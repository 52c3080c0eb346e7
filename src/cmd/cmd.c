/* cmd.c - the table of commands; see cmd.h. */
#include "cmd/cmd.h"

extern const struct cmd cmd_all, cmd_break, cmd_close, cmd_device, cmd_devices, cmd_frame, cmd_help,
	cmd_history, cmd_log, cmd_open, cmd_quit, cmd_set, cmd_use, cmd_view, cmd_wait;

static const struct cmd *const cmds[] = {&cmd_all, &cmd_break, &cmd_close, &cmd_device,
	&cmd_devices, &cmd_frame, &cmd_help, &cmd_history, &cmd_log, &cmd_open, &cmd_quit, &cmd_set,
	&cmd_use, &cmd_view, &cmd_wait};

const struct cmd *cmd_find(enum verb_id verb)
{
	for (size_t i = 0; i < sizeof cmds / sizeof cmds[0]; i++)
		if (cmds[i]->verb == verb)
			return cmds[i];
	return NULL;
}
