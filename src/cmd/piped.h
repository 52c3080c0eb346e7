/* piped.h - a program has the line of a device: .pipe, .upload, .download.
 *
 * What the device says goes to the program's stdin, and what the program writes to the device, with
 * back-pressure both ways.  All of it is in the record and in the log.  Each device can have one;
 * lines that are typed for it meanwhile wait. */
#ifndef WILCO_CMD_PIPED_H
#define WILCO_CMD_PIPED_H

#include <wilco/error.h>
#include <wilco/transport.h>

struct shell;
struct opened;
struct session;
struct headway;

/* How it went. */
struct piped_count {
	uint64_t sent, came; /* bytes of the program, and of the device */
	uint64_t lost;       /* of those that were to be sent: the line had ended */
	uint64_t unread;     /* of those that came: the program did not read them */
};
struct piped_end {
	const char *why;        /* how the program failed; NULL: it ended with status 0 */
	bool interrupted, gone; /* Ctrl-C; the line ended first */
	struct piped_count count;
	const struct headway *headway; /* since more passed than its first words */
};

/* What is run; whoever starts it owns it until `ended` was called, which is called once. */
struct piped_job {
	const char *const *words; /* of the program, as those of struct program */
	const char *folder;
	bool binary; /* it does not begin on a line that changes some bytes */
	/* What the device gets instead of what the program still writes when Ctrl-C ends it; NULL:
	 * all of that. blocks: a device in the middle of a block takes it for that, and gets it
	 * again when it asks for the block (NAK, C). */
	const char *cancel;
	bool blocks;
	/* Takes a line that it wrote to its stderr, not escaped; false: it is shown. */
	bool (*said)(struct piped_job *job, const char *line);
	/* Adds how far it is; row: what its stderr would show now, not escaped, or "". */
	void (*progress)(const struct piped_job *job, const struct piped_count *count,
		const struct headway *p, const char *row, struct bytes *out);
	/* It is over: adds what to say about it, lines of any bytes, and frees the job.  Returns
	 * STATUS_OK, STATUS_REPLY or STATUS_INTERRUPT. */
	enum status (*ended)(struct piped_job *job, struct opened *device,
		const struct piped_end *end, struct bytes *said);
};
/* The line is given back; `said`: the last line of that, which was shown. */
typedef void piped_over(void *arg, struct slice said);

/* Hands the line of the current device to a program as soon as it is open.  `over` (may be NULL) is
 * called when the line is given back.  False: err says why not, and nothing is called. */
bool piped_start(
	struct shell *sh, struct piped_job *job, piped_over *over, void *arg, struct error *err);
bool piped_at(const struct opened *device); /* a program has its line, or will have it */
bool piped_any(const struct shell *sh);
/* Has the program of this device (NULL: of all) end: false: there is none.  The second time it is
 * killed. */
bool piped_interrupt(struct shell *sh, const struct opened *device);
/* The device is taken away: ends it at once. */
void piped_stop(struct opened *device);
/* The state of its line has changed. */
void piped_state(struct opened *device);
/* Adds how far that of the current device is; false: there is none. */
bool piped_progress(const struct shell *sh, struct bytes *out);
/* Adds "1.0 MiB were sent, 312 bytes came" and what was lost. */
void piped_add_counts(const struct piped_end *end, struct bytes *out);

#endif
