/* ansible_result.c - the object that a task of Ansible's returns; see ansible.h.
 *
 * Its results are written as they come, so that nothing has to be collected but what the other
 * members say.  Ansible takes ASCII only and nothing beside the object, so warnings are in it, too.
 */
#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/ansible.h"
#include "cli/out.h"
#include "pane/view.h"

void ansible_begin(struct ansible_result *r)
{
	*r = (struct ansible_result){.json = {.out = out_begin()}};
	bytes_init(&r->said, LIMIT_EXCHANGE);
	bytes_init(&r->warnings, LIMIT_MESSAGE);
	bytes_init(&r->msg, LIMIT_MESSAGE);
	bytes_init(&r->before, LIMIT_EXCHANGE);
	bytes_init(&r->after, LIMIT_EXCHANGE);
	json_open(&r->json, NULL, '{');
	json_open(&r->json, "results", '[');
}

/* ---- failures and warnings ---- */

/* Adds text that may quote parameters: a secret in one is hidden. */
static void add_hidden(struct bytes *out, struct slice text)
{
	while (text.len && text.at[text.len - 1] == '\n')
		text.len--;
	secret_hide(text, out);
}

void ansible_fail(struct ansible_result *r, enum status status, struct slice text)
{
	if (status > r->status)
		r->status = status;
	if (!r->msg.len)
		add_hidden(&r->msg, text);
}

/* In one line, as Ansible shows it. */
void ansible_fail_with(struct ansible_result *r, const struct error *err)
{
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	bytes_addf(&text, "%s%s%s", err->what, err->hint[0] ? "; " : "", err->hint);
	ansible_fail(r, err->status, bytes_shown(&text));
	bytes_free(&text);
}

void ansible_warn(struct ansible_result *r, struct slice text)
{
	add_hidden(&r->warnings, text);
	bytes_add_byte(&r->warnings, '\n');
}

void ansible_failed(struct ansible_result *r, const char *device, const struct exchange *x)
{
	struct bytes failure;
	bytes_init(&failure, LIMIT_MESSAGE);
	view_failure(device, x, &failure);
	ansible_fail(r, exchange_exit(x->status), bytes_shown(&failure));
	bytes_free(&failure);
}

/* ---- what came ---- */

void ansible_object(struct ansible_result *r, const struct session *s, const struct exchange *x,
	const struct step_result *step)
{
	out_object(&r->json, s, x, step);
}

static void said_part(void *arg, struct slice part, bool ends)
{
	bytes_add(arg, part);
	if (ends)
		bytes_add_byte(arg, '\n');
}

void ansible_said(struct ansible_result *r, const struct exchange *x)
{
	unsigned flags = frame_spelling(x->frame); /* as in a pipe */
	for (const struct reply *reply = x->replies; reply; reply = reply->next) {
		struct shown shown = view_shown(x->frame, reply, flags);
		if (view_counts(reply))
			view_text.lines(&shown, said_part, &r->said);
	}
}

void ansible_keep(struct ansible_result *r, struct exchange *x)
{
	if (r->last)
		exchange_free(r->last);
	r->last = x;
}

/* ---- the rest of the object ---- */

static void end_text(struct json *j, const char *key, const char *text)
{
	if (text)
		json_text(j, key, slice_str(text));
	else
		json_none(j, key);
}

/* Adds what the last exchange ended with. */
static void end_last(struct json *j, const struct exchange *x)
{
	char end[SPLIT_TEXT_MAX];
	const struct reply *answer = view_answer(x);
	out_payload(j, "response", "response_hex", answer);
	end_text(j, "status", exchange_status_name(x->status));
	end_text(j, "end", exchange_end_text(x, end));
	out_fields(j, x->frame, answer ? answer->fields : NULL);
	if (exchange_rtt(x) >= 0)
		json_ms(j, "rtt_ms", exchange_rtt(x));
	else
		json_none(j, "rtt_ms");
}

static void end_lines(struct json *j, const char *key, struct slice lines)
{
	struct slice line;
	json_open(j, key, '[');
	while (slice_line(&lines, &line))
		json_text(j, NULL, line);
	json_close(j, ']');
}

static void end_said(struct json *j, struct bytes *said)
{
	struct slice lines = bytes_shown(said);
	struct slice text = lines;
	if (text.len && text.at[text.len - 1] == '\n')
		text.len--;
	json_text(j, "stdout", text);
	end_lines(j, "stdout_lines", lines);
}

static void end_diff(struct json *j, struct ansible_result *r)
{
	json_open(j, "diff", '{');
	json_text(j, "before", bytes_shown(&r->before));
	json_text(j, "after", bytes_shown(&r->after));
	end_text(j, "before_header", r->query);
	end_text(j, "after_header", r->query);
	json_close(j, '}');
}

static void end_members(struct json *j, struct ansible_result *r)
{
	json_bool(j, "changed", r->changed);
	json_bool(j, "failed", r->status != STATUS_OK);
	json_uint(j, "rc", (uint64_t)r->status);
	json_text(j, "msg", bytes_shown(&r->msg));
	if (r->skipped)
		json_bool(j, "skipped", true);
	if (r->last)
		end_last(j, r->last);
	end_said(j, &r->said);
	if (r->differs)
		end_diff(j, r);
	if (r->warnings.len)
		end_lines(j, "warnings", bytes_shown(&r->warnings));
}

enum status ansible_end(struct ansible_result *r)
{
	json_close(&r->json, ']');
	end_members(&r->json, r);
	json_close(&r->json, '}');
	out_end();
	bytes_free(&r->said);
	bytes_free(&r->warnings);
	bytes_free(&r->msg);
	bytes_free(&r->before);
	bytes_free(&r->after);
	free(r->query);
	if (r->last)
		exchange_free(r->last);
	return r->status;
}
