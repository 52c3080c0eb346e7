/* cmd_set.c - .set: changes settings of the session and of wilco, and fields of the frame. */
#include "base/table.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "pane/pane.h"
#include <stdio.h>

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
	.most = 1,
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

/* Says what a setting is, in three columns. */
static void show_row(struct shell *sh, const char *name, const char *value, const char *help)
{
	struct bytes left;
	bytes_init(&left, LIMIT_MESSAGE);
	bytes_addf(&left, "%-16s %-10s", name, value);
	if (!shell_item(sh, bytes_str(&left), "%s", help))
		shell_print(sh, UI_OUTPUT, "%s %s", bytes_str(&left), help);
	bytes_free(&left);
}

static void show_one(struct shell *sh, size_t index)
{
	struct bytes text;
	bytes_init(&text, 256);
	setting_text(current(sh), index, &text);
	show_row(sh, setting_name(index), bytes_str(&text), setting_help(index));
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
	show_row(sh, frame_field_name(session_frame(shell_now(sh)), index), bytes_str(&text),
		v->set ? "a field of the frame" : "a field of the frame, as the frame has it");
	bytes_free(&text);
}

/* ---- settings of no line ---- */

static void exec_value(const struct context *c, struct bytes *out)
{
	(void)c;
	bytes_add_str(out, transport_refuses_commands() ? "no" : "yes");
}

static void transcript_value(const struct context *c, struct bytes *out)
{
	bytes_addf(out, "%llu", (unsigned long long)c->transcript);
}

static void log_value(const struct context *c, struct bytes *out)
{
	bytes_add_str(out, c->log ? c->log : "off");
}

static void view_value(const struct context *c, struct bytes *out)
{
	bytes_add_str(out, c->view->name);
}

static void leave_value(const struct context *c, struct bytes *out)
{
	bytes_add_str(out, leave_name(NULL, c->leave));
}

static void mouse_value(const struct context *c, struct bytes *out)
{
	bytes_add_str(out, mouse_name(NULL, c->mouse));
}

static const struct general {
	const char *name, *help;
	table_names choices; /* NULL: it has other values */
	void (*value)(const struct context *c, struct bytes *out);
	const char *offered; /* by completion, where there are no choices */
} general[] = {
	{SETTING_TRANSCRIPT, "bytes of memory for what happened, for all devices", NULL,
		transcript_value, ""},
	{"view", "how replies are shown", view_name, view_value, NULL},
	{"log", "where a device is logged from when it is opened", NULL, log_value, ""},
	{"leave", "what the console leaves in the terminal", leave_name, leave_value, NULL},
	{"mouse", "what the console uses the mouse for", mouse_name, mouse_value, NULL},
	{"exec", "whether addresses may run commands (exec:, via=); no cannot be taken back", NULL,
		exec_value, "no"},
};
enum { GENERAL = sizeof general / sizeof general[0] };

const char *general_setting(size_t index, const char **help)
{
	if (index >= GENERAL)
		return NULL;
	*help = general[index].help;
	return general[index].name;
}

static void show_general(struct shell *sh, const struct general *g)
{
	char either[TABLE_NAMES_MAX], help[TABLE_NAMES_MAX + 80];
	struct bytes value;
	bytes_init(&value, LIMIT_LINE);
	g->value(sh->context, &value);
	snprintf(help, sizeof help, "%s%s%s", g->help, g->choices ? ": " : "",
		g->choices ? table_either(g->choices, NULL, either) : "");
	show_row(sh, g->name, bytes_str(&value), help);
	bytes_free(&value);
}

static const struct general *find_general(struct slice name)
{
	for (size_t i = 0; i < GENERAL; i++)
		if (slice_is(name, general[i].name))
			return &general[i];
	return NULL;
}

/* ---- showing ---- */

static void show_all(struct shell *sh)
{
	shell_sheet(sh, "settings");
	for (size_t i = 0; setting_name(i); i++)
		if (setting_applies(kind(sh), i))
			show_one(sh, i);
	for (size_t i = 0; i < GENERAL; i++)
		show_general(sh, &general[i]);
	for (size_t i = 0; i < field_count(sh); i++)
		show_field(sh, i);
	shell_sheet(sh, NULL);
}

static bool is_setting(struct slice name)
{
	for (size_t i = 0; setting_name(i); i++)
		if (slice_is(name, setting_name(i)))
			return true;
	return find_general(name);
}

static bool show_named(struct shell *sh, struct slice name, struct error *err)
{
	struct slice rest = name, first = slice_word(&rest);
	for (size_t i = 0; setting_name(i); i++)
		if (slice_is(name, setting_name(i))) {
			show_one(sh, i);
			return true;
		}
	if (find_general(name)) {
		show_general(sh, find_general(name));
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

/* A frame's own limit is a part of it, as its bytes are. */
static void tell_own_max(struct shell *sh, struct slice name)
{
	const struct session *s = shell_now(sh);
	size_t own = s ? frame_rules(session_frame(s))->max : 0;
	if (own && slice_is(name, setting_name(SET_MAX)))
		shell_print(
			sh, UI_NOTE, "max= is for other frames: this one has max %zu itself", own);
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
	if (find_general(name) || slice_is(name, "device")) {
		bool good = context_set(sh->context, name, value, err);
		sh->ui->pane->record->cap = sh->context->transcript;
		shell_set_view(sh, sh->context->view);
		return good;
	}
	bool good = shell_now(sh) ? session_set(shell_now(sh), name, value, err)
				  : context_set(sh->context, name, value, err);
	if (good)
		tell_own_max(sh, name);
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
	for (const struct general *g = general; g < general + GENERAL; g++) {
		for (size_t i = 0; g->choices && (name = g->choices(NULL, i)); i++)
			complete_pair(c, g->name, name);
		if (!g->choices)
			complete_pair(c, g->name, g->offered);
	}
}
