/* cmd_edit.c - .edit: opens a macro in the editor, and checks it afterwards. */
#include "base/text.h"
#include "cmd/cmd.h"
#include "play/macros.h"
#include "play/play.h"
#include <stdlib.h>
#include <unistd.h>

static cmd_run run;

const struct cmd cmd_edit = {
	.verb = {.name = "edit",
		.places = PLACE_PROMPT,
		.args = "NAME | FILE",
		.help = "open a macro or a file in the editor ($VISUAL, $EDITOR), and check it "
			"afterwards",
		.examples = ".edit selftest"},
	.most = 1,
	.run = run,
	.complete = complete_macros,
};

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	if (call->count != 1)
		return error_set(err, STATUS_USAGE, ".edit needs the name of a macro or a file");
	if (!sh->ui->ops->edit)
		return error_set(err, STATUS_USAGE, "an editor needs a terminal");
	char *path = macros_path_to_write(call->args[0], err);
	bool good = path && sh->ui->ops->edit(sh->ui, path, err);
	free(path);
	return good;
}

/* ---- the check ---- */

struct edited {
	struct shell *shell;
	struct context context; /* what the file defines is forgotten after the check */
	bool wrong;
};

static void edited_on_failed(void *owner, enum status status, struct bytes *shown)
{
	struct edited *e = owner;
	struct slice rest = bytes_shown(shown), line;
	(void)status;
	e->wrong = true;
	while (slice_line(&rest, &line))
		e->shell->ui->ops->line(e->shell->ui, UI_ERROR, line);
}

/* The device of a macro may be chosen when it is played: until then it is the current one. */
static bool edited_target(void *owner, struct slice name, const char *instead, struct target *t,
	struct slice *wrong, struct error *err)
{
	const struct edited *e = owner;
	const struct session *s = shell_now(e->shell);
	struct slice device = name.len ? name : s ? slice_str(session_name(s)) : SLICE("localhost");
	(void)instead;
	return context_target(&e->context, device, NAMED_BY_LINE, t, wrong, err);
}

static bool edited_define(void *owner, struct slice line, struct error *err)
{
	struct edited *e = owner;
	return devices_define(&e->context.devices, line, err);
}

/* Arguments and secrets are known when it is played. */
static enum name_is edited_ask(
	void *owner, struct slice name, bool secret, struct bytes *out, struct error *err)
{
	(void)owner;
	(void)name;
	(void)secret;
	(void)out;
	(void)err;
	return NAME_LATER;
}

static void ignore_step(void *owner, const struct step_result *r)
{
	(void)owner;
	(void)r;
}

static void ignore_end(void *owner, enum status status)
{
	(void)owner;
	(void)status;
}

static void check_macro(struct shell *sh, const char *path)
{
	static const struct play_events events = {
		.step = ignore_step, .failed = edited_on_failed, .ended = ignore_end};
	static const struct play_host host = {.target = edited_target, .define = edited_define};
	struct edited e = {.shell = sh, .context = *sh->context};
	e.context.book = frame_book_over(sh->context->book);
	e.context.devices = (struct devices){.below = &sh->context->devices};
	const struct play_config config = {.loop = sh->loop,
		.book = e.context.book,
		.verbs = verbs,
		.said = &sh->context->said,
		.ask = edited_ask,
		.flags = PLAY_CHECK,
		.host = &host,
		.events = &events,
		.owner = &e};
	struct error err;
	struct play *play = play_new(&config, path, &err);
	if (play)
		play_go(play);
	else
		shell_complain(sh, &err, SLICE(""));
	if (play && !e.wrong)
		shell_say(sh, "%s: checked", shell_paste(sh, path));
	play_free(play);
	frame_book_free(e.context.book);
	devices_free(&e.context.devices);
}

void shell_edited(struct shell *sh, const char *path)
{
	if (access(path, F_OK) == 0)
		check_macro(sh, path);
	else
		shell_print(sh, UI_NOTE, "%s was not written", shell_paste(sh, path));
}
