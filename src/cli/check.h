/* check.h - the steps that `wilco check` reports. */
#ifndef WILCO_CLI_CHECK_H
#define WILCO_CLI_CHECK_H

#include "cli/cli.h"

/* One step that is reported. */
struct check_step {
	const char *device; /* as it was given */
	const char *step; /* name, listen, connect, tls, warning, said, banner, try, frame, hint */
	const char *where;
	bool good;
	const char *result; /* a peer's bytes in it are spelled, or are its own text */
	int64_t took;       /* ns; -1: no time to tell */
};
void check_report(const struct check_step *s);
/* Reports the steps of a line that check and --probe have in common. */
void check_line_step(
	const char *device, const char *where, enum transport_step step, const char *text);

/* Returns how long to wait for a connection, in ns. */
int64_t check_connect_timeout(const struct address *a);

/* Finds out for `--probe` how a device wants to be asked (probe.c).  command NULL: only listen. The
 * probe goes on with a line that is open, which it closes; then it stops the loop. */
struct probe *probe_new(const struct cli *cli, const char *device, const struct bytes *command);
void probe_begin(struct probe *p, const struct address *a, struct transport *line);
/* Frees the probe; returns STATUS_CONNECT where it never began. */
enum status probe_end(struct probe *p);

#endif
