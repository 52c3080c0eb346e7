/* ansible_play.c - plays the macro of a task of Ansible's; see ansible.h.
 *
 * The macro is a file, or the text itself, because only the program and the parameters come to the
 * machine on which a task runs.  Whatever it calls its device is the task's device.
 */
#include "base/mem.h"
#include "cli/ansible.h"
#include "cli/differ.h"
#include <stdio.h>
#include <stdlib.h>

struct ansible_play {
	struct ansible *task;
	bool check; /* it is only checked */
	bool over;
	bool differs;           /* the step that ended last does not hold */
	struct context context; /* what the macro defines ends with it */
	struct play *play;
	const char *instead[1];
	char **vars; /* NAME=VALUE; owned */
	void (*ended)(void *arg);
	void *arg;
};

/* ---- events ---- */

static void play_fail(struct ansible_play *p, const struct step_result *r)
{
	struct bytes text;
	if (exchange_failed(r->exchange) && !r->differences->count) {
		ansible_failed(&p->task->result, p->task->args.device, r->exchange);
		return;
	}
	bytes_init(&text, LIMIT_MESSAGE);
	step_summary(r, &text);
	ansible_fail(&p->task->result, r->status, bytes_shown(&text));
	bytes_free(&text);
}

static void ansible_play_on_step(void *owner, const struct step_result *r)
{
	struct ansible_play *p = owner;
	struct ansible_result *result = &p->task->result;
	result->changed |= r->exchange->sent_at && !p->task->args.read_only;
	ansible_object(result, r->session, r->exchange, r);
	ansible_said(result, r->exchange);
	p->differs = r->status == STATUS_DIFFERS;
	if (r->status)
		play_fail(p, r);
}

static void ansible_play_on_unasked(
	void *owner, struct session *s, const struct exchange *x, bool listed)
{
	struct ansible_play *p = owner;
	(void)s;
	(void)listed;
	if (x->lost)
		ansible_fail(&p->task->result, STATUS_DAMAGED, slice_str(x->error));
}

static bool ansible_play_on_exchange(void *owner, struct session *s, struct exchange *x)
{
	struct ansible_play *p = owner;
	(void)s;
	if (!x->command)
		return false;
	if (p->differs && x->status == EXCHANGE_OK)
		x->status = EXCHANGE_MISMATCH;
	ansible_keep(&p->task->result, x);
	return true;
}

static void ansible_play_on_note(
	void *owner, const struct session *s, bool warning, struct slice text)
{
	struct ansible_play *p = owner;
	(void)s;
	if (warning && !p->check)
		ansible_warn(&p->task->result, text);
}

static void ansible_play_on_failed(void *owner, enum status status, struct bytes *shown)
{
	struct ansible_play *p = owner;
	ansible_fail(&p->task->result, status, bytes_shown(shown));
}

static void ansible_play_on_end(void *owner, enum status status)
{
	struct ansible_play *p = owner;
	if (p->over)
		return;
	p->over = true;
	if (status)
		ansible_fail(&p->task->result, status, SLICE("the macro does not hold"));
	if (!p->check)
		p->ended(p->arg);
}

static const struct play_events ansible_play_events = {.step = ansible_play_on_step,
	.unasked = ansible_play_on_unasked,
	.exchange = ansible_play_on_exchange,
	.note = ansible_play_on_note,
	.failed = ansible_play_on_failed,
	.ended = ansible_play_on_end};

static bool ansible_play_target(void *owner, struct slice name, const char *instead,
	struct target *t, struct slice *wrong, struct error *err)
{
	const struct ansible_play *p = owner;
	(void)instead;
	(void)err;
	*wrong = name;
	*t = p->task->target;
	frame_ref(t->frame);
	address_copy(&t->address, &p->task->target.address);
	return true;
}

static bool ansible_play_define(void *owner, struct slice line, struct error *err)
{
	struct ansible_play *p = owner;
	return devices_define(&p->context.devices, line, err);
}

static const struct play_host ansible_play_host = {
	.target = ansible_play_target, .define = ansible_play_define};

/* ---- the macro ---- */

static struct play *open_macro(struct ansible_play *p, struct error *err)
{
	const struct ansible_args *args = &p->task->args;
	const struct play_config config = {.loop = p->task->cli.loop,
		.book = p->context.book,
		.verbs = verbs,
		.said = &p->context.said,
		.instead = p->instead,
		.instead_count = 1,
		.vars = (const char *const *)p->vars,
		.var_count = args->vars.count,
		.flags = (args->frame ? PLAY_FRAMED : 0u) | (p->check ? PLAY_CHECK : 0u),
		.host = &ansible_play_host,
		.events = &ansible_play_events,
		.owner = p};
	if (strchr(args->macro, '\n'))
		return play_new_text(&config, slice_str(args->macro), err);
	char *path = cli_macro_path(args->macro);
	struct play *play = play_new(&config, path, err);
	free(path);
	return play;
}

static void spell_vars(struct ansible_play *p)
{
	const struct ansible_pairs *vars = &p->task->args.vars;
	p->vars = mem_new((vars->count + 1) * sizeof *p->vars);
	for (size_t i = 0; i < vars->count; i++) {
		const struct ansible_pair *pair = &vars->at[i];
		size_t size = strlen(pair->name) + strlen(pair->value) + 2;
		p->vars[i] = mem_new(size);
		snprintf(p->vars[i], size, "%s=%s", pair->name, pair->value);
	}
}

struct ansible_play *ansible_play_new(
	struct ansible *task, bool check, void (*ended)(void *arg), void *arg)
{
	struct ansible_play *p = mem_new(sizeof *p);
	*p = (struct ansible_play){.task = task, .check = check, .ended = ended, .arg = arg};
	p->context = *task->cli.context;
	p->context.book = frame_book_over(task->cli.context->book);
	p->context.devices = (struct devices){.below = &task->cli.context->devices};
	p->instead[0] = task->args.device;
	spell_vars(p);
	return p;
}

void ansible_play_go(struct ansible_play *p)
{
	struct error err;
	p->play = open_macro(p, &err);
	if (p->play) {
		play_go(p->play);
	} else {
		ansible_fail_with(&p->task->result, &err);
		ansible_play_on_end(p, err.status);
	}
}

void ansible_play_stop(struct ansible_play *p)
{
	if (p && p->play)
		play_stop(p->play);
}

void ansible_play_free(struct ansible_play *p)
{
	if (!p)
		return;
	play_free(p->play);
	for (size_t i = 0; i < p->task->args.vars.count; i++)
		free(p->vars[i]);
	free(p->vars);
	frame_book_free(p->context.book);
	devices_free(&p->context.devices);
	free(p);
}
