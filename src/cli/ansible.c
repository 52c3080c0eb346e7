/* ansible.c - starts and ends a task of Ansible's; see ansible.h. */
#include "cli/ansible.h"

#include "base/paths.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/out.h"
#include "play/login.h"

bool ansible_called(int argc, char **argv)
{
	const char *slash = argc == 2 ? strrchr(argv[0], '/') : NULL;
	return slash && strncmp(slash + 1, "AnsiballZ_", 10) == 0;
}

/* ---- the device ---- */

static bool set_settings(struct ansible *a, struct error *err)
{
	const struct ansible_pairs *settings = &a->args.settings;
	for (size_t i = 0; i < settings->count; i++) {
		const struct ansible_pair *s = &settings->at[i];
		if (!address_set(&a->target.address, slice_str(s->name), slice_str(s->value), err))
			return false;
	}
	return settings_agree(&a->target.address.settings, err) &&
	       session_frame_fits(&a->target.address, a->target.frame, err) &&
	       address_may_open(&a->target.address, err);
}

static bool set_fields(struct ansible *a, struct error *err)
{
	const struct frame *frame = a->target.frame;
	const struct ansible_pairs *fields = &a->args.fields;
	for (size_t i = 0; i < fields->count; i++) {
		const struct ansible_pair *f = &fields->at[i];
		int index = frame_field_index(frame, slice_str(f->name));
		if (index < 0)
			return error_set(err, STATUS_USAGE, "the frame %s has no field '%s'",
				quote(slice_str(frame_name(frame))).text,
				quote(slice_str(f->name)).text);
		if (!frame_field_parse(
			    frame, (size_t)index, slice_str(f->value), a->target.fields.at, err))
			return false;
	}
	return true;
}

static bool open_target(struct ansible *a, struct error *err)
{
	struct slice wrong;
	if (!context_target(a->cli.context, slice_str(a->args.device), NAMED_BY_ARGUMENT,
		    &a->target, &wrong, err))
		return false;
	if (set_settings(a, err) && set_fields(a, err) && login_check(a->cli.loop, &a->target, err))
		return true;
	target_free(&a->target);
	return false;
}

/* ---- the task ---- */

static void ansible_on_note(void *arg, const char *text)
{
	ansible_warn(arg, slice_str(text));
}

static void warn_of_context(struct ansible *a)
{
	struct slice warnings = bytes_shown(&a->cli.context->warnings), line;
	while (slice_line(&warnings, &line))
		ansible_warn(&a->result, line);
}

/* Opens the context, which reads the configuration; false: it failed. */
static bool open_context(struct ansible *a, struct error *err)
{
	struct bytes shown;
	struct options *o = &a->cli.options;
	*o = (struct options){.output = &output_json,
		.frame = a->args.frame,
		.port = a->args.port,
		.timeout = a->args.timeout};
	bytes_init(&shown, LIMIT_MESSAGE);
	bool good = cli_open(&a->cli, &shown, err);
	if (!good && shown.len)
		ansible_fail(&a->result, STATUS_USAGE, bytes_shown(&shown));
	bytes_free(&shown);
	return good && (a->cli.loop = loop_new(err));
}

static void run_task(struct ansible *a)
{
	struct error err;
	if (!open_context(a, &err) || !open_target(a, &err)) {
		ansible_fail_with(&a->result, &err);
		return;
	}
	warn_of_context(a);
	ansible_ask(a);
	target_free(&a->target);
}

static bool read_args(struct ansible *a, const char *file, struct error *err)
{
	struct bytes json;
	bytes_init(&json, LIMIT_FILE + 1);
	int found = path_read(file, PATH_FILE, LIMIT_FILE, &json, err);
	if (found == 0)
		error_set(err, STATUS_USAGE, "there is no file %s with the task's parameters",
			quote(slice_str(file)).text);
	bool good = found > 0 && ansible_args_read(bytes_slice(&json), &a->args, err);
	if (json.len)
		explicit_bzero(json.at, json.len);
	bytes_free(&json);
	return good;
}

enum status ansible_main(const char *file)
{
	struct ansible a = {.args = {.port = 0}};
	struct error err;
	out_open(NULL, &output_json);
	ansible_begin(&a.result);
	secret_on_ask(NULL, ansible_on_note, &a.result);
	if (read_args(&a, file, &err))
		run_task(&a);
	else
		ansible_fail_with(&a.result, &err);
	enum status status = out_close(ansible_end(&a.result));
	cli_close(&a.cli, status);
	ansible_args_free(&a.args);
	return status;
}
