/* ansible_ask.c - a task of Ansible's: asks what the device is, changes it, and asks again; see
 * ansible.h.
 *
 * Everything is read and checked before anything is sent.  A command that fails is the last one.
 */
#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/ansible.h"
#include "cmd/runner.h"
#include "macro/request.h"
#include <stdio.h>
#include <stdlib.h>

enum phase { PHASE_BEFORE, PHASE_COMMANDS, PHASE_AFTER };
enum { NAME_MAX_SHOWN = 32 };

struct asking {
	struct ansible *task;
	struct session *session;
	struct runner runner;
	struct order order; /* the command that was read last */
	struct loop_timer wait;
	struct ansible_expect *expect;
	struct ansible_play *play; /* NULL: commands are sent */
	enum phase phase;
	size_t index; /* the next command's */
	bool tried;   /* the line was opened for a `.wait`, or that was tried */
	bool held;    /* this `.wait` begins when the line is open, or could not be opened */
	bool over;
};

static void asking_next(struct asking *t);

static struct ansible_result *result_of(struct asking *t)
{
	return &t->task->result;
}

static void asking_end(struct asking *t)
{
	t->over = true;
	loop_stop(t->task->cli.loop);
}

/* ---- reading ---- */

/* Hides the value of a secret that stands in the text itself. */
static void hide_values(struct order *o, struct slice text)
{
	struct bytes *seen = o->secret ? &o->shown : &o->payload;
	struct bytes hidden;
	if (!secret_in(text) && !secret_in(bytes_slice(seen)))
		return;
	bytes_init(&hidden, LIMIT_LINE);
	secret_hide(bytes_slice(seen), &hidden);
	bytes_free(&o->shown);
	o->shown = hidden;
	o->secret = true;
}

static bool read_command(struct asking *t, const char *text, struct error *err)
{
	const struct session *s = t->session;
	const struct reading reading = {.verbs = verbs,
		.place = PLACE_COMMAND,
		.flags = ORDER_EXACT,
		.frame = session_frame(s),
		.names = secret_names(),
		.charset = (unsigned)session_settings(s)->at[SET_CHARSET].value};
	bool good = order_read(&t->order, slice_str(text), &reading, err);
	if (good)
		hide_values(&t->order, slice_str(text));
	return good;
}

/* Returns what is expected of a command; NULL: anything. */
static const char *expected_of(const struct asking *t, size_t index)
{
	const struct ansible_texts *expect = &t->task->args.expect;
	return expect->count ? expect->at[expect->count > 1 ? index : 0] : NULL;
}

/* ---- checking ---- */

/* Fails because of a parameter, which is quoted unless a secret is in it. */
static bool refuse(struct asking *t, const char *name, const char *text, const struct error *err)
{
	struct error about;
	if (secret_in(slice_str(text))) {
		error_set(&about, err->status, "%s cannot be used", name);
		error_hint(&about, "why would show the secret in it, for which \\{secret:NAME} can "
				   "stand");
	} else {
		error_set(&about, err->status, "%s: %s: '%s'", name, err->what,
			quote(slice_str(text)).text);
		error_hint(&about, "%s", err->hint);
	}
	ansible_fail_with(result_of(t), &about);
	return false;
}

static bool check_command(struct asking *t, const char *name, const char *text)
{
	struct error err;
	return (read_command(t, text, &err) && runner_check(&t->runner, &t->order, NULL, &err)) ||
	       refuse(t, name, text, &err);
}

static bool check_expected(struct asking *t, const char *name, const char *lines)
{
	struct error err;
	return !lines || ansible_expect_check(t->expect, lines, &err) ||
	       refuse(t, name, lines, &err);
}

/* Names an element as Ansible counts them. */
static const char *element(const char *name, size_t index, size_t count, char out[NAME_MAX_SHOWN])
{
	if (count > 1)
		snprintf(out, NAME_MAX_SHOWN, "%s[%zu]", name, index);
	else
		snprintf(out, NAME_MAX_SHOWN, "%s", name);
	return out;
}

static bool check_lists(struct asking *t)
{
	const struct ansible_texts *commands = &t->task->args.command;
	const struct ansible_texts *expect = &t->task->args.expect;
	char name[NAME_MAX_SHOWN];
	for (size_t i = 0; i < commands->count; i++)
		if (!check_command(
			    t, element("command", i, commands->count, name), commands->at[i]))
			return false;
	for (size_t i = 0; i < expect->count; i++)
		if (!check_expected(t, element("expect", i, expect->count, name), expect->at[i]))
			return false;
	return true;
}

static bool check_query(struct asking *t)
{
	const char *query = t->task->args.query;
	struct error err;
	if (!query)
		return true;
	if (!check_command(t, "query", query) || !check_expected(t, "want", t->task->args.want))
		return false;
	if (t->order.kind == ORDER_SEND && !t->order.tell)
		return true;
	error_set(&err, STATUS_USAGE, "a query is a command that the device answers");
	return refuse(t, "query", query, &err);
}

static bool check_macro(struct asking *t)
{
	if (!t->task->args.macro)
		return true;
	struct ansible_play *play = ansible_play_new(t->task, true, NULL, NULL);
	ansible_play_go(play);
	ansible_play_free(play);
	return !result_of(t)->status;
}

/* ---- how it goes on ---- */

/* Adds the commands that are not sent to the results. */
static void skip_rest(struct asking *t, const char *why)
{
	const struct ansible_texts *commands = &t->task->args.command;
	struct error unused;
	for (; t->index < commands->count; t->index++) {
		if (!read_command(t, commands->at[t->index], &unused) ||
			t->order.kind != ORDER_SEND)
			continue;
		struct exchange *x = order_skipped(
			&t->order, session_frame(t->session), loop_now(t->task->cli.loop), why);
		ansible_object(result_of(t), t->session, x, NULL);
		exchange_free(x);
	}
}

static void asking_fail(struct asking *t, const char *why)
{
	skip_rest(t, why);
	asking_end(t);
}

/* Opens the line before a `.wait`, as `wilco send` does: a board that restarts then needs that time
 * before its first command. */
static bool asking_hold(struct asking *t)
{
	if (t->order.kind != ORDER_WAIT || t->tried || session_state(t->session) == SESSION_OPEN)
		return false;
	t->tried = t->held = true;
	session_open(t->session);
	return true;
}

/* Runs the order that was read; false: there is nothing to wait for. */
static bool asking_run_order(struct asking *t, const char *text)
{
	struct error err;
	enum run_state state = runner_run(&t->runner, &t->order, &err);
	if (state != RUN_REFUSED)
		return state == RUN_GOES_ON;
	refuse(t, t->phase == PHASE_COMMANDS ? "command" : "query", text, &err);
	asking_fail(t, "not sent: what was before it failed");
	return true;
}

/* Starts what the text says, which was checked; false: there is nothing to wait for. */
static bool start(struct asking *t, const char *text)
{
	struct error unused;
	return read_command(t, text, &unused) && (asking_hold(t) || asking_run_order(t, text));
}

static void ask_again(struct asking *t)
{
	t->phase = PHASE_AFTER;
	if (t->task->args.query)
		start(t, t->task->args.query);
	else
		asking_end(t);
}

static void asking_played(void *arg)
{
	struct asking *t = arg;
	if (result_of(t)->status)
		asking_end(t);
	else
		ask_again(t);
}

/* The macro opens a line of its own, and many a device has room for one only. */
static void start_macro(struct asking *t)
{
	session_close(t->session);
	t->play = ansible_play_new(t->task, false, asking_played, t);
	ansible_play_go(t->play);
}

/* Sends the next command, or does what is behind the last one. */
static void asking_next(struct asking *t)
{
	const struct ansible_texts *commands = &t->task->args.command;
	while (!t->over && t->index < commands->count)
		if (start(t, commands->at[t->index++]))
			return;
	if (!t->over)
		ask_again(t);
}

static void begin_commands(struct asking *t)
{
	t->phase = PHASE_COMMANDS;
	if (t->task->args.macro)
		start_macro(t);
	else
		asking_next(t);
}

/* ---- how the device is ---- */

static void add_wanted(const char *want, struct bytes *out)
{
	struct slice rest = slice_str(want), line;
	while (slice_line(&rest, &line)) {
		secret_hide(line, out);
		bytes_add_byte(out, '\n');
	}
}

static void keep_query(struct asking *t, const struct exchange *x)
{
	struct bytes name;
	bytes_init(&name, LIMIT_MESSAGE);
	bytes_addf(&name, "%s ", session_name(t->session));
	exchange_spell(x, &name);
	result_of(t)->query = mem_str(bytes_str(&name));
	bytes_free(&name);
}

static void answered_before(struct asking *t, const struct exchange *x, bool holds)
{
	struct ansible_result *r = result_of(t);
	keep_query(t, x);
	ansible_expect_spell(x, &r->before);
	r->differs = holds || t->task->args.check_mode;
	if (holds) {
		bytes_add(&r->after, bytes_slice(&r->before));
		skip_rest(t, "not sent: the device is as it should be");
		asking_end(t);
	} else if (t->task->args.check_mode) {
		r->changed = true;
		add_wanted(t->task->args.want, &r->after);
		skip_rest(t, "not sent: check mode");
		asking_end(t);
	} else {
		begin_commands(t);
	}
}

static void answered_after(struct asking *t, const struct exchange *x)
{
	struct ansible_result *r = result_of(t);
	ansible_expect_spell(x, &r->after);
	r->differs = true;
	asking_end(t);
}

/* ---- what was answered ---- */

static void fail_differs(
	struct asking *t, struct exchange *x, const struct differences *differences)
{
	struct bytes text, hidden;
	bytes_init(&text, LIMIT_MESSAGE);
	bytes_init(&hidden, LIMIT_MESSAGE);
	bytes_addf(&text, "device %s does not answer ", session_name(t->session));
	exchange_spell(x, &text);
	bytes_add_str(&text, " as expected: ");
	difference_spell(&differences->at[0], &text);
	secret_hide(bytes_shown(&text), &hidden);
	x->status = EXCHANGE_MISMATCH;
	free(x->error);
	x->error = mem_str(bytes_str(&hidden));
	ansible_fail(result_of(t), STATUS_DIFFERS, bytes_shown(&hidden));
	bytes_free(&text);
	bytes_free(&hidden);
}

/* Says whether the reply is what is wanted.  Where it has to be, it fails otherwise. */
static bool judge(struct asking *t, struct exchange *x, const char *wanted)
{
	struct differences differences = {.count = 0};
	bool holds = !wanted || ansible_expect_holds(t->expect, wanted, x, &differences);
	bool silent = wanted && holds && x->status == EXCHANGE_TIMEOUT; /* (none) */
	if (x->status != EXCHANGE_OK && !silent)
		ansible_failed(result_of(t), session_name(t->session), x);
	else if (!holds && t->phase != PHASE_BEFORE)
		fail_differs(t, x, &differences);
	differences_clear(&differences);
	return holds;
}

static void asking_answered(struct asking *t, const struct exchange *x, bool holds)
{
	if (t->over)
		return;
	if (result_of(t)->status)
		asking_fail(t, "not sent: what was before it failed");
	else if (t->phase == PHASE_BEFORE)
		answered_before(t, x, holds);
	else if (t->phase == PHASE_AFTER)
		answered_after(t, x);
	else
		asking_next(t);
}

static bool asking_on_answer(void *asker, struct session *s, struct exchange *x)
{
	struct asking *t = asker;
	struct ansible_result *r = result_of(t);
	bool command = t->phase == PHASE_COMMANDS;
	bool holds = judge(t, x, command ? expected_of(t, t->index - 1) : t->task->args.want);
	if (command) {
		r->changed |= x->sent_at && !t->task->args.read_only;
		ansible_object(r, s, x, NULL);
	}
	ansible_said(r, x);
	ansible_keep(r, x);
	asking_answered(t, x, holds);
	return true;
}

static bool asking_on_unasked(void *owner, struct session *s, struct exchange *x)
{
	struct asking *t = owner;
	(void)s;
	if (x->lost)
		ansible_fail(result_of(t), STATUS_DAMAGED, slice_str(x->error));
	return false;
}

/* Begins the `.wait`.  If the line could not be opened, the next command tries it and says why. */
static void asking_on_state(void *owner, struct session *s)
{
	struct asking *t = owner;
	enum session_state state = session_state(s);
	if (!t->held || (state != SESSION_OPEN && state != SESSION_CLOSED))
		return;
	t->held = false;
	if (!asking_run_order(t, t->task->args.command.at[t->index - 1]))
		asking_next(t);
}

static void asking_on_note(void *owner, struct session *s, bool warning, const char *text)
{
	struct asking *t = owner;
	(void)s;
	if (warning)
		ansible_warn(result_of(t), slice_str(text));
}

static const struct session_events asking_events = {
	.state = asking_on_state, .note = asking_on_note, .unasked = asking_on_unasked};

static void asking_on_wait_over(void *arg)
{
	asking_next(arg);
}

static void asking_on_signal(void *arg)
{
	struct asking *t = arg;
	ansible_fail(result_of(t), cli_signalled(), SLICE("a signal ended the task"));
	t->over = true;
	session_cancel(t->session);
	ansible_play_stop(t->play);
	skip_rest(t, "not sent: a signal ended the task");
}

/* ---- all of it ---- */

static void asking_open(struct asking *t)
{
	const struct target *target = &t->task->target;
	const struct session_config config = {.loop = t->task->cli.loop,
		.name = t->task->args.device,
		.address = &target->address,
		.settings = &target->address.settings,
		.frame = target->frame,
		.fields = target->fields.at,
		.events = &asking_events,
		.owner = t};
	t->session = session_new(&config);
	t->runner = (struct runner){
		.session = t->session, .answered = asking_on_answer, .asker = t, .wait = &t->wait};
	t->expect = ansible_expect_new(t->session);
	order_init(&t->order);
	loop_timer_init(&t->wait, t->task->cli.loop, asking_on_wait_over, t);
}

static void asking_close(struct asking *t)
{
	loop_timer_stop(&t->wait);
	ansible_play_free(t->play);
	session_tell_rest(t->session);
	session_free(t->session);
	ansible_expect_free(t->expect);
	order_free(&t->order);
}

static void asking_run(struct asking *t)
{
	cli_watch_signals(t->task->cli.loop, asking_on_signal, t);
	if (t->task->args.query)
		start(t, t->task->args.query);
	else
		begin_commands(t);
	if (!t->over)
		loop_run(t->task->cli.loop);
	cli_unwatch_signals();
}

/* In check mode only questions are sent. */
static void asking_begin(struct asking *t)
{
	struct ansible_result *r = result_of(t);
	const struct ansible_args *args = &t->task->args;
	if (!args->check_mode || args->query || args->read_only) {
		asking_run(t);
		return;
	}
	r->skipped = true;
	bytes_add_str(&r->msg, "check mode: nothing was sent");
	skip_rest(t, "not sent: check mode");
}

void ansible_ask(struct ansible *task)
{
	struct asking t = {.task = task};
	asking_open(&t);
	if (check_lists(&t) && check_query(&t) && check_macro(&t))
		asking_begin(&t);
	asking_close(&t);
}
