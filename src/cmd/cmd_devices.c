/* cmd_devices.c - .device, .devices: the device book, and what is open. */
#include "base/number.h"
#include "cmd/cmd.h"

static const char *state_name(enum session_state state)
{
	static const char *const names[] = {[SESSION_CLOSED] = "closed",
		[SESSION_CONNECTING] = "connecting",
		[SESSION_OPEN] = "open",
		[SESSION_RETRYING] = "lost, trying again"};
	return names[state];
}

void shell_list_opened(struct shell *sh)
{
	struct bytes where;
	char rtt[DURATION_TEXT_MAX];
	bytes_init(&where, LIMIT_MESSAGE);
	for (const struct opened *each = sh->opened; each; each = each->next) {
		const struct session *s = each->session;
		const char *log = session_log_path(s);
		bytes_clear(&where);
		address_text(session_address(s), &where);
		shell_print(sh, UI_OUTPUT, "%c%3u %-12s %s  %s  %s%s%s%s%s",
			each == sh->current ? '*' : ' ', each->number, session_name(s),
			bytes_str(&where), frame_name(session_frame(each->session)),
			state_name(session_state(s)), session_rtt(s) >= 0 ? "  " : "",
			session_rtt(s) >= 0 ? duration_text(session_rtt(s), rtt) : "",
			log ? "  log " : "", log ? log : "");
	}
	bytes_free(&where);
}

static void list_book(struct shell *sh)
{
	struct bytes line;
	bytes_init(&line, LIMIT_MESSAGE);
	for (const struct device *d = sh->context->devices.first; d; d = d->next) {
		bytes_clear(&line);
		address_url(&d->address, &line);
		if (d->frame)
			bytes_addf(&line, "  frame=%s", d->frame);
		for (size_t at = 0; at < d->fields_len; at += strlen(d->fields + at) + 1)
			bytes_addf(&line, "  %s", d->fields + at);
		shell_print(sh, UI_OUTPUT, "     %-12s %s", d->name, bytes_str(&line));
	}
	bytes_free(&line);
}

static bool run_list(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	(void)call;
	(void)err;
	if (!sh->opened && !sh->context->devices.first)
		shell_print(sh, UI_NOTE,
			"no device is open, and the device book is empty: .device NAME ADDRESS "
			"adds one");
	shell_list_opened(sh);
	list_book(sh);
	return true;
}

static bool run_define(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	return devices_define(&sh->context->devices, call->rest, err);
}

const struct cmd cmd_devices = {.verb = VERB_DEVICES, .at_once = true, .run = run_list};
const struct cmd cmd_device = {.verb = VERB_DEVICE, .takes_rest = true, .run = run_define};
