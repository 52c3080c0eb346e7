/* cmd_set.c - .set: settings of the session, the view, and fields of the frame. */
#include "base/text.h"
#include "cmd/cmd.h"

static const struct transport_kind *kind(const struct shell *sh)
{
	return sh->session ? session_address(sh->session)->kind : NULL;
}

static const struct settings *current(const struct shell *sh)
{
	return sh->session ? session_settings(sh->session) : &sh->context->settings;
}

static bool change(struct shell *sh, struct slice name, struct slice value, struct error *err)
{
	if (!sh->session)
		return context_set(sh->context, name, value, err);
	struct settings changed = *current(sh);
	return setting_parse(kind(sh), name, value, &changed, err) &&
	       session_change(sh->session, &changed, err);
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
	return sh->session ? frame_field_count(session_frame(sh->session)) : 0;
}

static void show_field(struct shell *sh, size_t index)
{
	const struct field_value *v = &session_fields(sh->session)->at[index];
	struct bytes text;
	bytes_init(&text, 256);
	if (v->set)
		frame_field_text(v, &text);
	shell_print(sh, UI_OUTPUT, "%-16s %-10s a field of the frame%s",
		frame_field_name(session_frame(sh->session), index), bytes_str(&text),
		v->set ? "" : ", as the frame has it");
	bytes_free(&text);
}

static void show_all(struct shell *sh)
{
	for (size_t i = 0; setting_name(i); i++)
		if (setting_applies(kind(sh), i))
			show_one(sh, i);
	shell_print(sh, UI_OUTPUT, "%-16s %-10s %s", "view", view_name(NULL, sh->context->view),
		"how replies are shown: text, hex, dump or anatomy");
	for (size_t i = 0; i < field_count(sh); i++)
		show_field(sh, i);
}

static bool is_setting(struct slice name)
{
	for (size_t i = 0; setting_name(i); i++)
		if (slice_is(name, setting_name(i)))
			return true;
	return slice_is(name, "view") || slice_is(name, "device");
}

static bool show_named(struct shell *sh, struct slice name, struct error *err)
{
	struct slice rest = name, first = slice_word(&rest);
	for (size_t i = 0; setting_name(i); i++)
		if (slice_is(name, setting_name(i))) {
			show_one(sh, i);
			return true;
		}
	for (size_t i = 0; i < field_count(sh); i++)
		if (slice_is(name, frame_field_name(session_frame(sh->session), i))) {
			show_field(sh, i);
			return true;
		}
	error_set(err, STATUS_USAGE, ".set needs NAME=VALUE; there is no setting and no field '%s'",
		quote(name).text);
	bool field = field_count(sh) && frame_field_index(session_frame(sh->session), first) >= 0;
	if (rest.len && (field || is_setting(first)))
		error_hint(err, "did you mean .set %s=%s?", quote(first).text,
			quote(slice_trim(rest)).text);
	return false;
}

/* Not those that the frame computes: lengths, checks. */
static bool refuse_field(const struct shell *sh, struct slice name, struct error *err)
{
	struct bytes list;
	bytes_init(&list, LIMIT_MESSAGE);
	for (size_t i = 0; i < field_count(sh); i++)
		bytes_addf(&list, "%s%s", i ? ", " : "",
			frame_field_name(session_frame(sh->session), i));
	error_set(err, STATUS_USAGE, "the frame has no field '%s' to set", quote(name).text);
	if (list.len)
		error_hint(err, "it has %s; what it computes cannot be set", bytes_str(&list));
	bytes_free(&list);
	return false;
}

static bool set_field(
	struct shell *sh, struct slice name, struct slice value, bool *found, struct error *err)
{
	struct frame *frame = sh->session ? session_frame(sh->session) : NULL;
	int index = frame ? frame_field_index(frame, name) : -1;
	*found = index >= 0;
	return *found &&
	       frame_field_parse(frame, (size_t)index, value, session_fields(sh->session), err);
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
	bool forced = slice_starts(name, SLICE("field."));
	bool field;
	if (forced)
		name = slice_cut(name, 6, name.len);
	if (forced || !is_setting(name)) {
		bool good = set_field(sh, name, value, &field, err);
		if (field)
			return good;
		if (forced)
			return refuse_field(sh, name, err);
	}
	if (slice_is(name, "view") || slice_is(name, "device")) {
		bool good = context_set(sh->context, name, value, err);
		shell_set_view(sh, sh->context->view);
		return good;
	}
	return change(sh, name, value, err);
}

const struct cmd cmd_set = {.verb = VERB_SET, .takes_rest = true, .run = run};
