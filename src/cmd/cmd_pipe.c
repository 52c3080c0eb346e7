/* cmd_pipe.c - .pipe: hands the line to a program, and takes it back when the program ends. */
#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/headway.h"
#include "cmd/piped.h"
#include <stdlib.h>

static cmd_run run;

const struct cmd cmd_pipe = {
	.verb = {.name = "pipe",
		.places = PLACE_PROMPT,
		.args = "COMMAND",
		.help = "hand the line to a command of this machine: its stdin has what the device "
			"says, its stdout goes to the device; Ctrl-C ends it",
		.examples = ".pipe kermit -s firmware.bin\n.pipe ./flash.py\n.pipe cat > boot.txt"},
	.takes_rest = true,
	.talks = true,
	.run = run,
};

struct pipe_job {
	struct piped_job job; /* first */
	const char *words[4];
	char *command;
};

static void progress(const struct piped_job *job, const struct piped_count *count,
	const struct headway *p, const char *row, struct bytes *out)
{
	const struct pipe_job *j = (const struct pipe_job *)job;
	(void)p;
	headway_add_size(count->sent, out);
	bytes_add_str(out, " sent, ");
	headway_add_size(count->came, out);
	bytes_addf(out, " came, Ctrl-C ends: %s", *row ? row : j->command);
}

static enum status ended(struct piped_job *job, struct opened *device, const struct piped_end *end,
	struct bytes *said)
{
	struct pipe_job *j = (struct pipe_job *)job;
	bool good = !end->why && !end->interrupted;
	(void)device;
	bytes_addf(said, "%s: ",
		end->interrupted ? "ended by Ctrl-C"
		: good           ? "the command ended with status 0"
				 : end->why);
	piped_add_counts(end, said);
	free(j->command);
	free(j);
	return good ? STATUS_OK : end->interrupted ? STATUS_INTERRUPT : STATUS_REPLY;
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	if (!call->rest.len)
		return error_set(err, STATUS_USAGE, ".pipe needs a command, which /bin/sh runs");
	if (!transport_may_run(".pipe", err))
		return false;
	struct pipe_job *j = mem_new(sizeof *j);
	j->command = mem_strn(call->rest.at, call->rest.len);
	j->words[0] = "/bin/sh";
	j->words[1] = "-c";
	j->words[2] = j->command;
	j->job = (struct piped_job){.words = j->words, .progress = progress, .ended = ended};
	if (piped_start(sh, &j->job, NULL, NULL, err))
		return true;
	free(j->command);
	free(j);
	return false;
}
