/* cmd_device.c - .device: adds a device to the device book. */
#include "base/paths.h"
#include "cmd/cmd.h"
#include "play/macros.h"
#include <stdlib.h>

static cmd_run run;
static cmd_configure cmd_device_configure;
static cmd_complete complete;

const struct cmd cmd_device = {
	.verb = {.name = "device",
		.places = PLACE_PROMPT | PLACE_CONFIG | PLACE_PLAY,
		.args = "[--keep] NAME ADDRESS [KEY=VALUE...]",
		.help = "put a device into the device book: frame=, login=, settings, fields of "
			"its "
			"frame; --keep writes it into the configuration",
		.examples = ".device pump1 10.0.0.5 frame=esc-cr timeout=2s\n"
			    ".device --keep pump1\n"
			    ".device plc 10.0.0.7:502 frame=modbus-tcp unit=17"},
	.takes_rest = true,
	.run = run,
	.configure = cmd_device_configure,
	.complete = complete,
};

/* Adds the line to the configuration's text, which may lack its last line feed. */
static bool keep_line(const char *path, struct slice line, struct error *err)
{
	struct bytes file, added;
	bytes_init(&file, LIMIT_FILE);
	bytes_init(&added, LIMIT_LINE + 2);
	bool good = path_make_parents(path, err) &&
		    path_read(path, PATH_FILE, LIMIT_FILE, &file, err) >= 0;
	if (good && file.len && file.at[file.len - 1] != '\n')
		bytes_add_byte(&added, '\n');
	bytes_add(&added, line);
	bytes_add_byte(&added, '\n');
	if (good && (added.over || added.len > LIMIT_FILE - file.len))
		good = error_set(
			err, STATUS_OUTPUT, "a configuration has at most %d bytes", LIMIT_FILE);
	good = good && path_write(path, PATH_APPEND, bytes_slice(&added), err);
	bytes_free(&file);
	bytes_free(&added);
	return good;
}

static bool keep(struct shell *sh, const struct device *device, struct error *err)
{
	struct bytes line;
	char *path = path_of(PATH_CONFIG, "config");
	if (!path)
		return error_set(err, STATUS_OUTPUT,
			"there is no place for a configuration: neither HOME nor XDG_CONFIG_HOME "
			"is set");
	bytes_init(&line, LIMIT_LINE);
	device_add_line(device, &line, 0);
	bool good = keep_line(path, bytes_slice(&line), err);
	if (good)
		shell_print(sh, UI_NOTE, "%s is in %s now", device->name, shell_paste(sh, path));
	bytes_free(&line);
	free(path);
	return good;
}

/* Takes --keep off the front or, where options are often typed, the end. */
static bool take_keep(struct slice *rest)
{
	const struct slice keep = SLICE("--keep");
	struct slice after = *rest;
	if (slice_is(slice_word(&after), "--keep")) {
		*rest = slice_trim(after);
		return true;
	}
	size_t end = rest->len - (rest->len > keep.len ? keep.len : rest->len);
	if (!end || rest->at[end - 1] != ' ' ||
		!slice_is(slice_cut(*rest, end, rest->len), "--keep"))
		return false;
	*rest = slice_trim(slice_cut(*rest, 0, end));
	return true;
}

/* A device of the book can be kept by its name alone. */
static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	struct slice rest = slice_trim(call->rest);
	bool keeps = take_keep(&rest);
	struct devices *book = &sh->context->devices;
	const struct device *device = keeps ? devices_find(book, rest) : NULL;
	if (!device && !(device = devices_define(book, rest, err))) {
		err->column += (size_t)(rest.at - call->rest.at);
		return false;
	}
	if (keeps)
		return keep(sh, device, err);
	if (sh->ui->interactive)
		shell_print(sh, UI_NOTE,
			"%s is in the device book for this session; .device --keep %s writes it "
			"into the "
			"configuration",
			device->name, device->name);
	return true;
}

static bool cmd_device_configure(struct context *c, struct slice rest, struct error *err)
{
	return devices_define(&c->devices, rest, err);
}

static bool offer_login(void *completion, const char *name, struct slice comment)
{
	(void)comment;
	complete_pair(completion, "login", name);
	return true;
}

/* Completes `login=` and `frame=`, and after them the names of macros and frames. */
static void complete(const struct completion *c)
{
	const char *group, *name;
	struct error none;
	struct slice before = c->before;
	size_t keep = slice_is(slice_word(&before), "--keep");
	if (!c->nth)
		complete_add(c, "--keep");
	if (c->nth == keep)
		complete_names(c, device_name_at, &c->shell->context->devices);
	if (c->nth == keep + 1)
		complete_ports(c);
	if (c->nth < keep + 2)
		return;
	complete_settings(c, NULL);
	if (slice_starts(c->word, SLICE("login=")))
		macros_each(offer_login, (void *)c, &none);
	else
		complete_pair(c, "login", "");
	if (!slice_starts(c->word, SLICE("frame="))) {
		complete_pair(c, "frame", "");
		return;
	}
	for (size_t i = 0; (name = frame_book_name(c->shell->context->book, i, &group, NULL)); i++)
		complete_pair(c, "frame", name);
}
