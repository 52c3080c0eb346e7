/* record.h - the recording of a sub-command (--record). */
#ifndef WILCO_CLI_RECORD_H
#define WILCO_CLI_RECORD_H

#include "cmd/options.h"
#include <wilco/session.h>

struct recorder;

/* Begins it if the options ask for it; a dry run records nothing.  how: of enum record_how. */
bool cli_record_begin(
	const struct options *o, unsigned how, struct recorder **r, struct error *err);
/* Writes an exchange.  After a failure, which is said, *r is NULL, and all else goes on. */
enum status cli_record(struct recorder **r, const struct session *s, const struct exchange *x);
/* Says how many lines are not in a macro. */
void cli_say_left_out(uint64_t lines);
/* Ends it; a failure is said, and what is not in it. */
enum status cli_record_end(struct recorder **r);

#endif
