/* cmd_screen.c - .bind .copy .do .filter .find .goto .save: what is done on a screen. */
#include "cmd/cmd.h"
#include "pane/pane.h"

static bool on_screen(
	struct shell *sh, enum verb_id verb, const struct cmd_call *call, struct error *err)
{
	if (sh->ui->ops->screen)
		return sh->ui->ops->screen(sh->ui, (int)verb, call->rest, err);
	return error_set(err, STATUS_USAGE, ".%s needs the console's screen", verbs[verb].name);
}

static bool run_bind(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	/* In a configuration that is read without a screen it means nothing. */
	return on_screen(sh, VERB_BIND, call, err);
}

static bool run_copy(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	return on_screen(sh, VERB_COPY, call, err);
}

static bool run_do(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	return on_screen(sh, VERB_DO, call, err);
}

static bool run_filter(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	return on_screen(sh, VERB_FILTER, call, err);
}

static bool run_find(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	return on_screen(sh, VERB_FIND, call, err);
}

static bool run_goto(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	return on_screen(sh, VERB_GOTO, call, err);
}

static bool run_save(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	return on_screen(sh, VERB_SAVE, call, err);
}

static const char *complete_filter(const struct shell *sh, size_t index)
{
	(void)sh;
	return filter_name(NULL, index);
}

static const char *complete_goto(const struct shell *sh, size_t index)
{
	static const char *const names[] = {"top", "end"};
	(void)sh;
	return index < sizeof names / sizeof names[0] ? names[index] : NULL;
}

/* What a key may do. */
static const char *complete_action(const struct shell *sh, size_t index)
{
	return sh->ui->ops->action ? sh->ui->ops->action(NULL, index) : NULL;
}

const struct cmd cmd_bind = {.verb = VERB_BIND,
	.takes_rest = true,
	.at_once = true,
	.run = run_bind,
	.complete = complete_action};
const struct cmd cmd_copy = {
	.verb = VERB_COPY, .takes_rest = true, .at_once = true, .files = true, .run = run_copy};
const struct cmd cmd_do = {.verb = VERB_DO,
	.takes_rest = true,
	.at_once = true,
	.run = run_do,
	.complete = complete_action};
const struct cmd cmd_filter = {.verb = VERB_FILTER,
	.takes_rest = true,
	.at_once = true,
	.run = run_filter,
	.complete = complete_filter};
const struct cmd cmd_find_text = {
	.verb = VERB_FIND, .takes_rest = true, .at_once = true, .run = run_find};
const struct cmd cmd_goto = {.verb = VERB_GOTO,
	.takes_rest = true,
	.at_once = true,
	.run = run_goto,
	.complete = complete_goto};
const struct cmd cmd_save = {
	.verb = VERB_SAVE, .takes_rest = true, .at_once = true, .files = true, .run = run_save};
