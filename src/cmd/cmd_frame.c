/* cmd_frame.c - .frame: shows, chooses or defines the frame around commands and replies. */
#include "base/mem.h"
#include "cmd/cmd.h"
#include <stdlib.h>

static cmd_run run;
static bool wire(
	struct shell *sh, const struct cmd_call *call, struct bytes *out, struct error *err);
static cmd_configure cmd_frame_configure;
static cmd_complete complete;

const struct cmd cmd_frame = {
	.verb = {.name = "frame",
		.places = PLACE_PROMPT | PLACE_CONFIG | PLACE_DEVICE | PLACE_PLAY,
		.args = "[NAME | NOTATION | NAME = NOTATION]",
		.help = "show or choose the frame around commands and replies, or define a named "
			"one",
		.examples = ".frame esc-cr-nul\n"
			    ".frame payload CR LF\n"
			    ".frame acme = STX payload ETX",
		.read = verb_read_frame},
	.takes_rest = true,
	.most = 1,
	.run = run,
	.wire = wire,
	.as_if = true,
	.configure = cmd_frame_configure,
	.complete = complete,
};

static void cmd_frame_show(struct shell *sh, enum ui_kind kind, const struct frame *frame)
{
	const char *name = frame_name(frame), *notation = frame_notation(frame);
	if (strcmp(name, notation) == 0)
		shell_print(sh, kind, "frame %s", notation);
	else
		shell_print(sh, kind, "frame %s = %s", name, notation);
}

static bool cmd_frame_choose(struct shell *sh, struct slice text, struct error *err)
{
	if (sh->role)
		return error_set(err, STATUS_USAGE, "a %s has the frame with which it began: -f %s",
			sh->role->name, frame_name(session_frame(shell_now(sh))));
	struct session *s = shell_session(sh, err);
	struct frame *frame = s ? frame_find(sh->context->book, text, err) : NULL;
	bool good = frame && session_set_frame(s, frame, err);
	if (good) {
		advice_forget(shell_current(sh));
		cmd_frame_show(sh, UI_NOTE, frame);
	}
	frame_unref(frame);
	return good;
}

static bool define(struct shell *sh, struct slice rest, struct error *err)
{
	struct bytes warnings;
	bytes_init(&warnings, LIMIT_MESSAGE);
	bool good = context_define_frame(sh->context, rest, &warnings, err);
	struct slice lines = bytes_shown(&warnings), line;
	while (good && slice_line(&lines, &line))
		shell_print(sh, UI_NOTE, "%.*s", SLICE_ARG(line));
	bytes_free(&warnings);
	return good;
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	if (frame_book_defines(call->rest))
		return define(sh, call->rest, err);
	if (call->rest.len)
		return cmd_frame_choose(sh, call->rest, err);
	struct session *s = shell_session(sh, err);
	if (s)
		cmd_frame_show(sh, UI_OUTPUT, session_frame(s));
	return s != NULL;
}

/* Adds the last command as it would go out in this frame; nothing if it cannot carry that. */
static void add_last(const struct frame *frame, const struct exchange *x, struct bytes *out)
{
	struct frame_values sent = {0};
	struct bytes scratch;
	struct error ignored;
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	if (!frame_encode(
		    frame, SIDE_COMMAND, x->payload, NULL, sent.at, 0, &scratch, out, &ignored))
		bytes_clear(out);
	bytes_free(&scratch);
}

static bool wire(
	struct shell *sh, const struct cmd_call *call, struct bytes *out, struct error *err)
{
	struct opened *device = shell_current(sh);
	if (sh->role || !device || frame_book_defines(call->rest))
		return true; /* it says why when it runs */
	struct frame *frame = frame_find(sh->context->book, call->rest, err);
	bool good = frame && session_frame_fits(session_address(device->session), frame, err);
	const struct exchange *x = good ? advice_asked(device) : NULL;
	if (x)
		add_last(frame, x, out);
	frame_unref(frame);
	return good;
}

static bool cmd_frame_configure(struct context *c, struct slice rest, struct error *err)
{
	if (frame_book_defines(rest))
		return context_define_frame(c, rest, &c->warnings, err);
	struct frame *frame = frame_find(c->book, rest, err);
	if (!frame)
		return false;
	frame_unref(frame);
	free(c->frame);
	c->frame = mem_strn(rest.at, rest.len);
	return true;
}

static void complete(const struct completion *c)
{
	const char *group, *name;
	for (size_t i = 0; (name = frame_book_name(c->shell->context->book, i, &group, NULL)); i++)
		complete_add(c, name);
}
