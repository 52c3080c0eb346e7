/* record.c - see record.h. */
#include "cli/record.h"

#include "base/mem.h"
#include "cli/cli.h"
#include "cmd/recorder.h"
#include <stdio.h>

bool cli_record_begin(const struct options *o, unsigned how, struct recorder **r, struct error *err)
{
	how |= o->timing ? RECORD_TIMING : 0;
	*r = NULL;
	if (!o->record || o->dry_run)
		return true;
	*r = recorder_open(slice_str(o->record), how, err);
	return *r != NULL;
}

enum status cli_record(struct recorder **r, const struct session *s, const struct exchange *x)
{
	MEM_UNSET struct error err;
	if (!*r || recorder_exchange(*r, s, x, &err))
		return STATUS_OK;
	error_hint(&err, "the recording has ended");
	enum status status = cli_error(&err, SLICE(""));
	cli_record_end(r);
	return status;
}

void cli_say_left_out(uint64_t lines)
{
	char text[96];
	snprintf(text, sizeof text, "%llu line%s left out: longer than can be read",
		(unsigned long long)lines, lines == 1 ? " is" : "s are");
	if (lines)
		cli_say(slice_str(text));
}

enum status cli_record_end(struct recorder **r)
{
	struct error err;
	cli_say_left_out(recorder_left_out(*r));
	enum status status = recorder_close(*r, &err) ? STATUS_OK : cli_error(&err, SLICE(""));
	*r = NULL;
	return status;
}
