/* frame_job.h - what the actions of `wilco frame` share; each is one file (frame_NAME.c). */
#ifndef WILCO_CLI_FRAME_JOB_H
#define WILCO_CLI_FRAME_JOB_H

#include "cli/cli.h"
#include <wilco/frame.h>

/* The frame that the words name, and what --set gave its fields. */
struct frame_job {
	struct cli *cli;
	struct frame *frame; /* a reference of the job's own */
	enum frame_side side;
	struct frame_values set;
};

/* Opens the frame that the second word names.  On another status than STATUS_OK the error was said,
 * and there is nothing to close. */
enum status frame_job_open(struct frame_job *job, struct cli *cli);
void frame_job_close(struct frame_job *job);

extern const struct cli_command frame_action_list, frame_action_show, frame_action_encode,
	frame_action_decode;

#endif
