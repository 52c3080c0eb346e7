/* check.h - the steps that `wilco check` reports. */
#ifndef WILCO_CLI_CHECK_H
#define WILCO_CLI_CHECK_H

#include "cli/cli.h"

/* One step: what was done, how it went, how long it took in ns. */
struct check_step {
	const char *device; /* as it was given */
	const char *step; /* name, listen, connect, tls, warning, said, banner, try, reply, frame */
	const char *where;
	bool good;
	const char *result; /* a peer's bytes in it are spelled already or are text of theirs */
	int64_t took;       /* -1: no time to tell */
};
void check_report(const struct cli *cli, const struct check_step *s);
/* The steps of a line that both ways of checking show. */
void check_line_step(const struct cli *cli, const char *device, const char *where,
	enum transport_step step, const char *text);

/* How long to wait for a connection, ns. */
int64_t check_connect_timeout(const struct address *a);

/* `--probe`: how the device wants to be spoken to (probe.c).  command: bytes; NULL: only listen. */
enum status probe_device(const struct cli *cli, const char *device, const struct address *a,
	const struct bytes *command);

#endif
