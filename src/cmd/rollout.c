/* rollout.c - see rollout.h.
 *
 * The engine is that of `wilco fleet` (fleet/fleet.h), in the shell's loop.  Where a person looks,
 * the answers are told in groups when all have come; in a pipe each as it comes.
 */
#include "cmd/rollout.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/fleet_list.h"
#include "fleet/grouped.h"
#include "fleet/tally.h"
#include <stdlib.h>

enum {
	ROLLOUT_ASKS_ABOVE = 20, /* devices */
	ROLLOUT_COMMANDS_MAX = 64,
	ROLLOUT_NOTES_MAX = 20, /* notes of lines; what went wrong is in the groups */
	DEVICES_AT_A_TIME = 10000,
};
static const int64_t SHOWN_EVERY = 200ll * NS_PER_MS, TOLD_EVERY = 5ll * NS_PER_S;

struct rollout {
	struct shell *shell;
	char *commands[ROLLOUT_COMMANDS_MAX]; /* owned */
	size_t command_count;
	struct fleet_list list;
	struct fleet *fleet; /* NULL: it was not begun */
	struct tally tally;
	struct answers *answers;
	size_t notes;
	bool asks;    /* a person, whether it may begin */
	bool unasked; /* it cannot be asked at the moment */
	bool interrupted;
	struct loop_timer tick;
	struct loop_timer over; /* it cannot be freed inside its own callback */
};

/* ---- the line ---- */

static bool add_command(struct rollout *r, struct slice text, struct error *err)
{
	if (r->command_count == ROLLOUT_COMMANDS_MAX)
		return error_set(
			err, STATUS_USAGE, "at most %d commands at a time", ROLLOUT_COMMANDS_MAX);
	r->commands[r->command_count++] = mem_strn(text.at, text.len);
	return true;
}

/* Reads commands in quotes, in which everything is as it would be typed. */
static bool read_quoted(struct rollout *r, struct slice rest, struct error *err)
{
	while (rest.len) {
		uint8_t quote = rest.at[0];
		const uint8_t *end = quote == '\'' || quote == '"'
					     ? memchr(rest.at + 1, quote, rest.len - 1)
					     : NULL;
		if (!end)
			return error_set(err, STATUS_USAGE,
				"put each of several commands in quotes: .fleet pumps 'SET LEVEL "
				"5' 'LEVEL?'");
		size_t n = (size_t)(end - rest.at);
		if (!add_command(r, slice_cut(rest, 1, n), err))
			return false;
		rest = slice_trim(slice_cut(rest, n + 1, rest.len));
	}
	return true;
}

/* Takes what follows TARGETS as it would be typed, so that `SET LEVEL 5` is one command. */
static bool read_commands(struct rollout *r, struct slice rest, struct error *err)
{
	bool quoted = rest.len && (rest.at[0] == '\'' || rest.at[0] == '"');
	return quoted ? read_quoted(r, rest, err) : add_command(r, rest, err);
}

static void rollout_on_error(void *owner, struct bytes *shown, enum status status)
{
	struct shell *sh = ((struct rollout *)owner)->shell;
	struct slice rest = bytes_shown(shown), line;
	while (slice_line(&rest, &line))
		sh->ui->ops->line(sh->ui, UI_ERROR, line);
	shell_raise_status(sh, status);
}

/* ---- what is told ---- */

static bool looks(const struct shell *sh)
{
	return sh->ui->interactive;
}

static void rollout_begin(void *owner, size_t target, const struct session_events *events,
	void *session_owner, struct fleet_device *device)
{
	struct rollout *r = owner;
	device->session = fleet_list_session(&r->list, target, events, session_owner);
	device->orders = fleet_list_orders(&r->list, device->session);
}

static void rollout_on_result(void *owner, const struct fleet_result *result)
{
	struct rollout *r = owner;
	struct shell *sh = r->shell;
	struct ui *ui = sh->ui;
	shell_raise_status(sh, exchange_exit(result->exchange->status));
	if (result->exchange->lost)
		shell_raise_status(sh, STATUS_DAMAGED);
	tally_result(&r->tally, result);
	if (r->answers)
		answers_add(r->answers, result->target, result->exchange);
	else if (ui->ops->exchange)
		ui->ops->exchange(ui, result->session, result->exchange, true);
}

static void rollout_on_unasked(void *owner, const struct session *s, const struct exchange *x)
{
	(void)s;
	if (x->lost)
		shell_raise_status(((struct rollout *)owner)->shell, STATUS_DAMAGED);
}

static void rollout_on_note(void *owner, const struct session *s, bool warning, const char *text)
{
	struct rollout *r = owner;
	if (!warning || r->notes > ROLLOUT_NOTES_MAX)
		return;
	if (r->notes++ < ROLLOUT_NOTES_MAX)
		shell_print(r->shell, UI_NOTE, "%s: %s", session_name(s), text);
	else
		shell_print(r->shell, UI_NOTE, "more notes of the fleet are not shown");
}

static void rollout_on_target_over(void *owner, const struct fleet_outcome *outcome)
{
	struct rollout *r = owner;
	tally_over(&r->tally, outcome);
	if (r->answers)
		answers_end(r->answers, outcome->target);
}

static void rollout_on_round_over(void *owner, uint64_t round)
{
	(void)owner;
	(void)round;
}

static void rollout_on_over(void *owner)
{
	loop_timer_set(&((struct rollout *)owner)->over, 0);
}

static const struct fleet_events rollout_events = {.begin = rollout_begin,
	.result = rollout_on_result,
	.unasked = rollout_on_unasked,
	.note = rollout_on_note,
	.target_over = rollout_on_target_over,
	.round_over = rollout_on_round_over,
	.over = rollout_on_over};

/* ---- progress ---- */

bool rollout_progress(const struct shell *sh, struct bytes *out)
{
	const struct rollout *r = sh->rollout;
	if (!r || !r->fleet || !r->answers)
		return false;
	tally_progress(&r->tally, r->answers, loop_now_fresh(sh->loop), out);
	return true;
}

/* Shows it in the status of a screen, elsewhere with a note now and then. */
static void rollout_on_tick(void *arg)
{
	struct rollout *r = arg;
	struct shell *sh = r->shell;
	struct bytes text;
	loop_timer_set(&r->tick, sh->ui->window ? SHOWN_EVERY : TOLD_EVERY);
	if (sh->ui->window) {
		shell_refresh(sh);
		return;
	}
	bytes_init(&text, LIMIT_MESSAGE);
	rollout_progress(sh, &text);
	shell_print(sh, UI_NOTE, "%s", bytes_str(&text));
	bytes_free(&text);
}

/* ---- the end ---- */

static void print_group(void *arg, struct slice line)
{
	struct shell *sh = arg;
	sh->ui->ops->line(sh->ui, UI_OUTPUT, line);
}

static void tell_end(struct rollout *r)
{
	struct shell *sh = r->shell;
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	if (r->answers)
		grouped_write(r->answers, &r->list.targets, ui_spelling(sh->ui), print_group, sh);
	tally_summary(&r->tally, r->answers, loop_now_fresh(sh->loop), &text);
	shell_print(sh, UI_NOTE, "%s", bytes_str(&text));
	bytes_clear(&text);
	tally_times(&r->tally, &text);
	if (text.len)
		shell_print(sh, UI_NOTE, "%s", bytes_str(&text));
	bytes_free(&text);
}

static void leave(struct shell *sh)
{
	rollout_free(sh);
	shell_run_soon(sh);
	shell_refresh(sh);
}

static void on_over(void *arg)
{
	struct rollout *r = arg;
	tell_end(r);
	leave(r->shell);
}

/* ---- its life ---- */

bool rollout_runs(const struct shell *sh)
{
	return sh->rollout;
}

static void go(struct rollout *r)
{
	struct shell *sh = r->shell;
	struct fleet_config config = {.loop = sh->loop,
		.targets = r->list.targets.count,
		.commands = r->command_count,
		.limit = DEVICES_AT_A_TIME,
		.together = true,
		.events = &rollout_events,
		.owner = r};
	const struct answers_config compared = {
		.targets = config.targets, .commands = config.commands};
	fleet_list_fit(&r->list, &config.limit);
	if (looks(sh)) {
		r->answers = answers_new(&compared);
		shell_print(sh, UI_NOTE, "asking %zu device%s; Ctrl-C begins no other",
			config.targets, plural(config.targets));
		loop_timer_set(&r->tick, sh->ui->window ? SHOWN_EVERY : TOLD_EVERY);
	}
	tally_begin(&r->tally, config.targets, loop_now_fresh(sh->loop));
	r->fleet = fleet_new(&config);
	fleet_start(r->fleet);
	shell_refresh(sh);
}

static void put_question(struct rollout *r)
{
	struct shell *sh = r->shell;
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	bytes_addf(&text, "send %s", quote(slice_str(r->commands[0])).text);
	if (r->command_count > 1)
		bytes_addf(&text, " and %zu more", r->command_count - 1);
	bytes_addf(&text, " to %zu devices?", r->list.targets.count);
	r->asks = true;
	r->unasked = !sh->ui->ops->ask(sh->ui, bytes_shown(&text), false);
	bytes_free(&text);
}

/* Takes an option off the line; false: it is not there. */
static bool takes_yes(struct slice *rest)
{
	struct slice after = *rest;
	if (!slice_is(slice_word(&after), "--yes"))
		return false;
	*rest = slice_trim(after);
	return true;
}

/* An option of `wilco fleet` must not become a command: it would go to all devices. */
static bool no_option(struct slice rest, struct error *err)
{
	struct slice word = slice_word(&rest);
	if (slice_is(word, "--yes"))
		return error_set(err, STATUS_USAGE,
			"--yes stands in front of TARGETS; in quotes it is sent as a command");
	for (size_t i = 0; slice_starts(word, SLICE("--")) && option_at(i); i++)
		if (slice_is(slice_cut(word, 2, word.len), option_at(i)->name))
			return error_set(err, STATUS_USAGE,
				".fleet has no option but --yes; %s is for `wilco fleet`; in "
				"quotes "
				"it is sent as a command",
				quote(word).text);
	return true;
}

static bool rollout_read(
	struct rollout *r, struct slice targets, struct slice rest, struct error *err)
{
	struct shell *sh = r->shell;
	if (!rest.len)
		return error_set(err, STATUS_USAGE,
			".fleet needs TARGETS and a command, such as .fleet pumps STATUS");
	if (!read_commands(r, slice_trim(rest), err))
		return false;
	const struct fleet_list_config config = {.loop = sh->loop,
		.context = sh->context,
		.commands = r->commands,
		.command_count = r->command_count,
		.typed = true,
		.utf8 = sh->ui->utf8,
		.tell = rollout_on_error,
		.owner = r};
	char *text = mem_strn(targets.at, targets.len);
	bool good = fleet_list_open(&r->list, &config, text);
	free(text);
	err->what[0] = '\0'; /* what is wrong was told */
	return good;
}

bool rollout_start(struct shell *sh, struct slice rest, struct error *err)
{
	if (sh->rollout)
		return error_set(err, STATUS_USAGE,
			"a fleet is being asked already: Ctrl-C begins no other device, and Ctrl-C "
			"again gives up the rest");
	bool yes = takes_yes(&rest);
	struct slice before = rest, targets = slice_word(&rest);
	if (!no_option(before, err) || !no_option(rest, err))
		return false;
	struct rollout *r = sh->rollout = mem_new(sizeof *r);
	r->shell = sh;
	loop_timer_init(&r->tick, sh->loop, rollout_on_tick, r);
	loop_timer_init(&r->over, sh->loop, on_over, r);
	if (!rollout_read(r, targets, slice_trim(rest), err)) {
		rollout_free(sh);
		return !err->what[0];
	}
	bool asks =
		looks(sh) && sh->ui->ops->ask && !yes && r->list.targets.count > ROLLOUT_ASKS_ABOVE;
	if (asks)
		put_question(r);
	else
		go(r);
	return true;
}

bool rollout_asks(const struct shell *sh)
{
	return sh->rollout && sh->rollout->asks && !sh->rollout->unasked;
}

void rollout_answer(struct shell *sh, bool given)
{
	struct rollout *r = sh->rollout;
	r->asks = false;
	if (given) {
		go(r);
		return;
	}
	shell_print(sh, UI_NOTE, "nothing was sent");
	leave(sh);
}

void rollout_asks_again(struct shell *sh)
{
	if (sh->rollout && sh->rollout->asks && sh->rollout->unasked)
		put_question(sh->rollout);
}

bool rollout_interrupt(struct shell *sh)
{
	struct rollout *r = sh->rollout;
	if (!r || (!r->fleet && !r->unasked))
		return false;
	if (!r->fleet) {
		rollout_answer(sh, false);
		return true;
	}
	bool again = r->interrupted || !looks(sh);
	r->interrupted = true;
	if (again) {
		fleet_cancel(r->fleet, "not tried: interrupted");
		return true;
	}
	fleet_stop(r->fleet, "not tried: interrupted");
	if (fleet_running(r->fleet))
		shell_print(sh, UI_NOTE,
			"no other device is begun; %zu %s still under way: Ctrl-C gives %s up",
			fleet_running(r->fleet), fleet_running(r->fleet) == 1 ? "is" : "are",
			fleet_running(r->fleet) == 1 ? "it" : "them");
	return true;
}

void rollout_free(struct shell *sh)
{
	struct rollout *r = sh->rollout;
	if (!r)
		return;
	sh->rollout = NULL;
	loop_timer_stop(&r->tick);
	loop_timer_stop(&r->over);
	fleet_free(r->fleet);
	answers_free(r->answers);
	fleet_list_close(&r->list);
	for (size_t i = 0; i < r->command_count; i++)
		free(r->commands[i]);
	free(r);
}
