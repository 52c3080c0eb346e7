/* cmd_frame.c - .frame: show, choose or define the frame around commands and replies. */
#include "cmd/cmd.h"

static const char *complete(const struct shell *sh, size_t index)
{
	const char *group;
	return frame_book_name(sh->context->book, index, &group, NULL);
}

static void show(struct shell *sh, enum ui_kind kind, const struct frame *frame)
{
	const char *name = frame_name(frame), *notation = frame_notation(frame);
	if (strcmp(name, notation) == 0)
		shell_print(sh, kind, "frame %s", notation);
	else
		shell_print(sh, kind, "frame %s = %s", name, notation);
}

static bool choose(struct shell *sh, struct slice text, struct error *err)
{
	struct session *s = shell_session(sh, err);
	struct frame *frame = s ? frame_find(sh->context->book, text, err) : NULL;
	bool good = frame && session_set_frame(s, frame, err);
	if (good)
		show(sh, UI_NOTE, frame);
	frame_unref(frame);
	return good;
}

static bool define(struct shell *sh, struct slice rest, struct error *err)
{
	struct bytes warnings;
	bytes_init(&warnings, LIMIT_MESSAGE);
	bool good = context_define_frame(sh->context, rest, &warnings, err);
	struct slice lines = bytes_slice(&warnings), line;
	while (good && slice_line(&lines, &line))
		shell_print(sh, UI_NOTE, "%.*s", SLICE_ARG(line));
	bytes_free(&warnings);
	return good;
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	if (context_defines_frame(call->rest))
		return define(sh, call->rest, err);
	if (call->rest.len)
		return choose(sh, call->rest, err);
	struct session *s = shell_session(sh, err);
	if (s)
		show(sh, UI_OUTPUT, session_frame(s));
	return s != NULL;
}

const struct cmd cmd_frame = {
	.verb = VERB_FRAME, .takes_rest = true, .run = run, .complete = complete};
