/* next.c - see next.h. */
#include "cmd/next.h"

#include "base/mem.h"
#include "cmd/cmd.h"
#include "transport/ports.h"
#include <stdlib.h>

struct next {
	struct shell *shell;
	struct ports_watch *watch;
	char *settings; /* "?baud=115200", or nothing */
	struct bytes address, name;
	struct loop_timer opens; /* the watch is not freed inside its own callback */
};

bool next_is(struct slice word)
{
	return slice_is(word, "next") || slice_starts(word, SLICE("next?"));
}

static void next_free(struct next *n)
{
	loop_timer_stop(&n->opens);
	ports_watch_free(n->watch);
	bytes_free(&n->address);
	bytes_free(&n->name);
	free(n->settings);
	free(n);
}

void next_stop(struct shell *sh)
{
	struct next *n = sh->next;
	sh->next = NULL;
	if (n)
		next_free(n);
}

bool next_interrupt(struct shell *sh)
{
	if (!sh->next)
		return false;
	next_stop(sh);
	shell_print(sh, UI_NOTE, "no port is waited for any more");
	return true;
}

bool next_progress(const struct shell *sh, struct bytes *out)
{
	return sh->next && bytes_add_str(out, "waiting for a port: plug it in; Ctrl-C gives up");
}

static void next_open(void *arg)
{
	struct next *n = arg;
	struct shell *sh = n->shell;
	struct error err;
	sh->next = NULL;
	if (!shell_open(sh, bytes_str(&n->name), bytes_slice(&n->address), NAMED_BY_LINE, &err))
		shell_complain(sh, &err, SLICE(""));
	next_free(n);
	shell_run_soon(sh);
	shell_refresh(sh);
}

static void next_came(void *arg, const struct port_info *port)
{
	struct next *n = arg;
	bytes_addf(&n->address, "serial:%s%s", port_address(port), n->settings);
	bytes_addf(&n->name, "%s", port->name);
	loop_timer_set(&n->opens, 0);
}

bool next_start(struct shell *sh, struct slice word, struct error *err)
{
	struct slice settings = slice_cut(word, 4, word.len);
	if (sh->next)
		return error_set(
			err, STATUS_USAGE, ".open next waits for a port already: Ctrl-C ends that");
	struct next *n = mem_new(sizeof *n);
	n->shell = sh;
	n->settings = mem_strn(settings.at, settings.len);
	bytes_init(&n->address, LIMIT_MESSAGE);
	bytes_init(&n->name, LIMIT_MESSAGE);
	loop_timer_init(&n->opens, sh->loop, next_open, n);
	n->watch = ports_watch_new(sh->loop, next_came, n, err);
	if (!n->watch) {
		next_free(n);
		return false;
	}
	sh->next = n;
	shell_print(sh, UI_NOTE, "plug the adapter in; Ctrl-C gives up");
	return true;
}
