/* cmd_all.c - .all: sends one command to all open devices, or to a named few. */
#include "base/mem.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include <stdlib.h>

static cmd_run run;

const struct cmd cmd_all = {
	.verb = {.name = "all",
		.places = PLACE_PROMPT,
		.args = "[NAME,NAME... --] COMMAND",
		.help = "send a command to all open devices, or to the named ones",
		.examples = ".all STATUS\n.all pump1,pump2 -- STATUS"},
	.takes_rest = true,
	.most = 1,
	.talks = true,
	.run = run,
	.complete = complete_opened,
};

enum { NAMES_SHOWN = 20 };

/* A choice of the shell's devices. */
struct all {
	struct opened **device;
	bool *chosen; /* by the device's index */
	size_t count;
};

static void all_begin(struct all *all, const struct shell *sh)
{
	all->count = 0;
	all->device = mem_new(sh->device_count * sizeof *all->device);
	all->chosen = mem_new(sh->device_count * sizeof *all->chosen);
}

static void all_end(struct all *all)
{
	free(all->device);
	free(all->chosen);
}

static void choose_one(struct all *all, struct opened *device)
{
	if (all->chosen[device->index])
		return;
	all->chosen[device->index] = true;
	all->device[all->count++] = device;
}

static bool choose_named(struct shell *sh, struct slice names, struct all *all, struct error *err)
{
	while (names.len) {
		const uint8_t *comma = memchr(names.at, ',', names.len);
		size_t n = comma ? (size_t)(comma - names.at) : names.len;
		struct opened *device = shell_find(sh, slice_cut(names, 0, n), err);
		if (!device)
			return false;
		choose_one(all, device);
		names = slice_cut(names, n + 1, names.len);
	}
	return true;
}

/* Reads the devices of "NAME,NAME -- COMMAND"; the command alone is for all of them. */
static bool cmd_all_choose(struct shell *sh, struct slice *rest, struct all *all, struct error *err)
{
	struct slice behind = *rest, names = slice_word(&behind);
	if (slice_is(slice_word(&behind), "--")) {
		*rest = slice_trim(behind);
		return choose_named(sh, names, all, err);
	}
	for (size_t i = 0; i < sh->device_count; i++)
		choose_one(all, sh->devices[i]);
	return all->count || shell_session(sh, err);
}

static void say_list(struct shell *sh, const struct all *all)
{
	struct bytes list;
	size_t shown = all->count > NAMES_SHOWN ? NAMES_SHOWN : all->count;
	bytes_init(&list, LIMIT_MESSAGE);
	for (size_t i = 0; i < shown; i++)
		bytes_addf(&list, "%s%s", i ? ", " : "", session_name(all->device[i]->session));
	if (shown < all->count)
		bytes_addf(&list, " and %zu more", all->count - shown);
	shell_print(sh, UI_NOTE, "to %s", bytes_str(&list));
	bytes_free(&list);
}

/* Lines that wait for the device already go first. */
static void cmd_all_send_to(
	struct shell *sh, struct opened *device, struct slice text, struct error *err)
{
	if (!queue_count(&sh->queue, device) || !queue_add(&sh->queue, device, text, false))
		shell_ask(device, text, shell_answered, device, err);
}

/* Sends the command to every device, or to none if one of them cannot carry it. */
static bool send_all(struct shell *sh, const struct all *all, struct slice text, struct error *err)
{
	for (size_t i = 0; i < all->count; i++)
		if (!shell_can_ask(all->device[i], text, err))
			return false;
	say_list(sh, all);
	for (size_t i = 0; i < all->count; i++)
		cmd_all_send_to(sh, all->device[i], text, err);
	return true;
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	struct all all;
	struct slice rest = call->rest;
	all_begin(&all, sh);
	bool good = cmd_all_choose(sh, &rest, &all, err);
	if (good && !rest.len) {
		good = error_set(err, STATUS_USAGE,
			".all needs a command: .all STATUS, or .all pump1,pump2 -- STATUS");
	} else if (good) {
		good = send_all(sh, &all, rest, err);
		if (!good && err->placed)
			err->column += (size_t)(rest.at - call->rest.at);
	}
	all_end(&all);
	return good;
}
