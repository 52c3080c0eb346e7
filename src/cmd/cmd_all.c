/* cmd_all.c - .all: one command to all open devices, or to a named few. */
#include "base/text.h"
#include "cmd/cmd.h"

enum { ALL_MAX = 1000 };

struct all {
	struct opened *device[ALL_MAX];
	size_t count;
};

static bool is_chosen(const struct all *all, const struct opened *device)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->device[i] == device)
			return true;
	return false;
}

static bool choose_named(struct shell *sh, struct slice names, struct all *all, struct error *err)
{
	while (names.len) {
		const uint8_t *comma = memchr(names.at, ',', names.len);
		size_t n = comma ? (size_t)(comma - names.at) : names.len;
		struct opened *device = shell_find(sh, slice_cut(names, 0, n), err);
		if (!device)
			return false;
		if (!is_chosen(all, device) && all->count < ALL_MAX)
			all->device[all->count++] = device;
		names = slice_cut(names, n + 1, names.len);
	}
	return true;
}

/* "NAME,NAME -- COMMAND", or the command alone. */
static bool choose(struct shell *sh, struct slice *rest, struct all *all, struct error *err)
{
	struct slice behind = *rest, names = slice_word(&behind);
	if (slice_is(slice_word(&behind), "--")) {
		*rest = slice_trim(behind);
		return choose_named(sh, names, all, err);
	}
	for (struct opened *each = sh->opened; each && all->count < ALL_MAX; each = each->next)
		all->device[all->count++] = each;
	return all->count || shell_session(sh, err);
}

static void say_list(struct shell *sh, const struct all *all)
{
	struct bytes list;
	bytes_init(&list, LIMIT_MESSAGE);
	for (size_t i = 0; i < all->count; i++)
		bytes_addf(&list, "%s%s", i ? ", " : "", session_name(all->device[i]->session));
	shell_print(sh, UI_NOTE, "to %s", bytes_str(&list));
	bytes_free(&list);
}

/* Behind the lines that wait for the device already. */
static void send_to(struct shell *sh, struct opened *device, struct slice text, struct error *err)
{
	if (!queue_count(&sh->queue, device) || !queue_add(&sh->queue, device, text))
		shell_send(sh, device, text, false, err);
}

/* All can carry it, or none gets it. */
static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	struct all all = {.count = 0};
	struct slice rest = call->rest;
	if (!choose(sh, &rest, &all, err))
		return false;
	if (!rest.len)
		return error_set(err, STATUS_USAGE,
			".all needs a command: .all STATUS, or .all pump1,pump2 -- STATUS");
	for (size_t i = 0; i < all.count; i++)
		if (!shell_send(sh, all.device[i], rest, true, err)) {
			if (err->placed)
				err->column += (size_t)(rest.at - call->rest.at);
			return false;
		}
	say_list(sh, &all);
	for (size_t i = 0; i < all.count; i++)
		send_to(sh, all.device[i], rest, err);
	return true;
}

const struct cmd cmd_all = {.verb = VERB_ALL, .devices = true, .takes_rest = true, .run = run};
