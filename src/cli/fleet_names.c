/* fleet_names.c - looks up the names of a fleet's devices before anything is sent to one of them.
 */
#include "cli/fleet.h"

#include "base/mem.h"
#include <stdlib.h>

/* Lookups that are asked for at a time; the loop gives threads to some of them. */
enum { LOOKUPS_MOST = 128 };

/* One lookup, and which name it is for. */
struct asked {
	struct fleet_list *list;
	size_t index, *running;
	bool *enough;
};

static void names_on_answer(
	void *arg, const struct sockaddr_storage *list, size_t count, const struct error *err)
{
	struct asked *a = arg;
	(void)list;
	--*a->running;
	if (!count && !*a->enough)
		*a->enough =
			!fleet_list_tell(a->list, targets_line(&a->list->hosts, a->index), err);
	free(a);
}

static void names_ask(struct fleet_list *l, size_t index, size_t *running, bool *enough)
{
	struct asked *a = mem_new(sizeof *a);
	struct slice host = targets_name(&l->hosts, index);
	char *name = mem_strn(host.at, host.len);
	*a = (struct asked){l, index, running, enough};
	++*running;
	loop_lookup_new(l->config.loop, name, 0, names_on_answer, a);
	free(name);
}

bool fleet_names_check(struct fleet_list *l)
{
	size_t running = 0, next = 0;
	bool enough = false;
	while (running || (next < l->hosts.count && !enough)) {
		while (running < LOOKUPS_MOST && next < l->hosts.count && !enough)
			names_ask(l, next++, &running, &enough);
		loop_step(l->config.loop, true);
	}
	return !l->errors;
}
