/* cmd.c - the table of commands; see cmd.h. */
#include "cmd/cmd.h"

extern const struct cmd cmd_all, cmd_bind, cmd_break, cmd_close, cmd_copy, cmd_device, cmd_do,
	cmd_filter, cmd_find_text, cmd_goto, cmd_save, cmd_devices, cmd_frame, cmd_help,
	cmd_history, cmd_log, cmd_open, cmd_quit, cmd_set, cmd_use, cmd_view, cmd_wait, cmd_watch;

static const struct cmd *const cmds[] = {&cmd_all, &cmd_bind, &cmd_break, &cmd_close, &cmd_copy,
	&cmd_device, &cmd_do, &cmd_filter, &cmd_find_text, &cmd_goto, &cmd_save, &cmd_devices,
	&cmd_frame, &cmd_help, &cmd_history, &cmd_log, &cmd_open, &cmd_quit, &cmd_set, &cmd_use,
	&cmd_view, &cmd_wait, &cmd_watch};

const struct cmd *cmd_find(enum verb_id verb)
{
	for (size_t i = 0; i < sizeof cmds / sizeof cmds[0]; i++)
		if (cmds[i]->verb == verb)
			return cmds[i];
	return NULL;
}
