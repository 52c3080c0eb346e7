/* cmd_set.c - .set: changes settings of the session and of wilco, and fields of the frame. */
#include "base/table.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "pane/pane.h"

static cmd_run run;
static cmd_configure cmd_set_configure;
static cmd_complete complete;

const struct cmd cmd_set = {
	.verb = {.name = "set",
		.places = PLACE_PROMPT | PLACE_CONFIG | PLACE_DEVICE | PLACE_PLAY,
		.args = "[NAME[=VALUE]]",
		.help = "show the settings, or change one; or set a field of the frame",
		.examples = ".set\n.set timeout=2s\n.set unit=17"},
	.takes_rest = true,
	.run = run,
	.configure = cmd_set_configure,
	.complete = complete,
};

static const struct transport_kind *kind(const struct shell *sh)
{
	return shell_now(sh) ? session_address(shell_now(sh))->kind : NULL;
}

static const struct settings *current(const struct shell *sh)
{
	return shell_now(sh) ? session_settings(shell_now(sh)) : &sh->context->settings;
}

static void show_one(struct shell *sh, size_t index)
{
	struct bytes text;
	bytes_init(&text, 256);
	setting_text(current(sh), index, &text);
	shell_print(sh, UI_OUTPUT, "%-16s %-10s %s", setting_name(index), bytes_str(&text),
		setting_help(index));
	bytes_free(&text);
}

static size_t field_count(const struct shell *sh)
{
	return shell_now(sh) ? frame_field_count(session_frame(shell_now(sh))) : 0;
}

static void show_field(struct shell *sh, size_t index)
{
	const struct field_value *v = &session_fields(shell_now(sh))[index];
	struct bytes text;
	bytes_init(&text, 256);
	if (v->set)
		frame_field_text(v, &text);
	shell_print(sh, UI_OUTPUT, "%-16s %-10s a field of the frame%s",
		frame_field_name(session_frame(shell_now(sh)), index), bytes_str(&text),
		v->set ? "" : ", as the frame has it");
	bytes_free(&text);
}

static void show_exec(struct shell *sh)
{
	bool no = transport_refuses_commands();
	shell_print(sh, UI_OUTPUT, "%-16s %-10s %s", "exec", no ? "no" : "yes",
		"whether addresses may run commands (exec:, via=); no cannot be taken back");
}

static void show_transcript(struct shell *sh)
{
	shell_print(sh, UI_OUTPUT,
		"%-16s %-10llu bytes of memory for what happened, for all devices",
		SETTING_TRANSCRIPT, (unsigned long long)sh->context->transcript);
}

static void show_log(struct shell *sh)
{
	struct bytes text;
	bytes_init(&text, LIMIT_LINE);
	text_add(&text, slice_str(sh->context->log ? sh->context->log : "off"),
		TEXT_PLAIN | text_charset(sh->ui->utf8));
	shell_print(sh, UI_OUTPUT, "%-16s %-10s where a device is logged from when it is opened",
		"log", bytes_str(&text));
	bytes_free(&text);
}

static void show_leave(struct shell *sh)
{
	char names[TABLE_NAMES_MAX];
	shell_print(sh, UI_OUTPUT, "%-16s %-10s what the console leaves in the terminal: %s",
		"leave", leave_name(NULL, sh->context->leave),
		table_either(leave_name, NULL, names));
}

static void show_mouse(struct shell *sh)
{
	char names[TABLE_NAMES_MAX];
	shell_print(sh, UI_OUTPUT, "%-16s %-10s what the console uses the mouse for: %s", "mouse",
		mouse_name(NULL, sh->context->mouse), table_either(mouse_name, NULL, names));
}

static void show_all(struct shell *sh)
{
	char names[TABLE_NAMES_MAX];
	for (size_t i = 0; setting_name(i); i++)
		if (setting_applies(kind(sh), i))
			show_one(sh, i);
	show_transcript(sh);
	shell_print(sh, UI_OUTPUT, "%-16s %-10s how replies are shown: %s", "view",
		sh->context->view->name, table_either(view_name, NULL, names));
	show_log(sh);
	show_leave(sh);
	show_mouse(sh);
	show_exec(sh);
	for (size_t i = 0; i < field_count(sh); i++)
		show_field(sh, i);
}

/* Says whether a setting belongs to no line. */
static bool is_general(struct slice name)
{
	return slice_is(name, "view") || slice_is(name, "leave") || slice_is(name, "log") ||
	       slice_is(name, "mouse") || slice_is(name, "device") || slice_is(name, "exec") ||
	       slice_is(name, SETTING_TRANSCRIPT);
}

static bool is_setting(struct slice name)
{
	for (size_t i = 0; setting_name(i); i++)
		if (slice_is(name, setting_name(i)))
			return true;
	return is_general(name);
}

static bool show_named(struct shell *sh, struct slice name, struct error *err)
{
	struct slice rest = name, first = slice_word(&rest);
	for (size_t i = 0; setting_name(i); i++)
		if (slice_is(name, setting_name(i))) {
			show_one(sh, i);
			return true;
		}
	if (slice_is(name, "exec")) {
		show_exec(sh);
		return true;
	}
	if (slice_is(name, "leave")) {
		show_leave(sh);
		return true;
	}
	if (slice_is(name, "mouse")) {
		show_mouse(sh);
		return true;
	}
	if (slice_is(name, "log")) {
		show_log(sh);
		return true;
	}
	if (slice_is(name, SETTING_TRANSCRIPT)) {
		show_transcript(sh);
		return true;
	}
	for (size_t i = 0; i < field_count(sh); i++)
		if (slice_is(name, frame_field_name(session_frame(shell_now(sh)), i))) {
			show_field(sh, i);
			return true;
		}
	error_set(err, STATUS_USAGE, ".set needs NAME=VALUE; there is no setting and no field '%s'",
		quote(name).text);
	bool field = field_count(sh) && frame_field_index(session_frame(shell_now(sh)), first) >= 0;
	if (rest.len && (field || is_setting(first)))
		error_hint(err, "did you mean .set %s=%s?", quote(first).text,
			quote(slice_trim(rest)).text);
	return false;
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	struct slice rest = call->rest;
	const uint8_t *equals = rest.len ? memchr(rest.at, '=', rest.len) : NULL;
	if (!rest.len)
		show_all(sh);
	if (!equals)
		return !rest.len || show_named(sh, rest, err);
	size_t at = (size_t)(equals - rest.at);
	struct slice name = slice_trim(slice_cut(rest, 0, at));
	struct slice value = slice_trim(slice_cut(rest, at + 1, rest.len));
	if (is_general(name)) {
		bool good = context_set(sh->context, name, value, err);
		sh->ui->pane->record->cap = sh->context->transcript;
		shell_set_view(sh, sh->context->view);
		return good;
	}
	bool good = shell_now(sh) ? session_set(shell_now(sh), name, value, err)
				  : context_set(sh->context, name, value, err);
	if (sh->role && sh->role->settings)
		sh->role->settings(sh);
	return good;
}

/* Reads NAME=VALUE only: there is no device yet whose settings could be shown. */
static bool cmd_set_configure(struct context *c, struct slice rest, struct error *err)
{
	const uint8_t *equals = rest.len ? memchr(rest.at, '=', rest.len) : NULL;
	if (!equals)
		return error_at(err, 0, rest.len, ".set needs NAME=VALUE, such as .set timeout=2s");
	size_t at = (size_t)(equals - rest.at);
	return context_set(c, slice_trim(slice_cut(rest, 0, at)),
		slice_trim(slice_cut(rest, at + 1, rest.len)), err);
}

/* Completes the frame's fields, the settings of the line, and those of no line. */
static void complete(const struct completion *c)
{
	const char *name;
	complete_fields(c);
	complete_settings(c, shell_now(c->shell));
	for (size_t i = 0; (name = view_name(NULL, i)); i++)
		complete_pair(c, "view", name);
	for (size_t i = 0; (name = leave_name(NULL, i)); i++)
		complete_pair(c, "leave", name);
	for (size_t i = 0; (name = mouse_name(NULL, i)); i++)
		complete_pair(c, "mouse", name);
	complete_pair(c, "exec", "no");
	complete_pair(c, "log", "");
	complete_pair(c, SETTING_TRANSCRIPT, "");
}
