/* ports_watch.c - waits for a port that is plugged in (see ports.h).
 *
 * The kernel tells that something changed in /dev (inotify(7)).  udev gives a new port its names
 * and its permission a moment later, so the port is looked at until both are there, at most
 * SETTLES. A /dev that nobody fills, as in a container, says nothing: hence a look each LOOKS.
 */
#include "transport/ports.h"

#include "base/mem.h"
#include "base/number.h"
#include "loop/loop.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

static const int64_t SETTLES = 2ll * NS_PER_S, LOOKS = NS_PER_S, LOOKS_AGAIN = 50 * NS_PER_MS;

struct ports_watch {
	struct loop *loop;
	struct ports known; /* those that are not new */
	int fd;             /* of inotify; -1: there is none */
	struct loop_watch *watch;
	struct loop_timer timer;
	char *candidate; /* the name of a new one; NULL: there is none yet */
	int64_t until;   /* it is waited for so long */
	void (*came)(void *arg, const struct port_info *port);
	void *arg;
};

/* A port that was pulled out and comes again has its name, but is another one to the kernel. */
static bool is_known(const struct ports *known, const struct port_info *p)
{
	for (size_t i = 0; i < known->count; i++)
		if (known->at[i].instance == p->instance && strcmp(known->at[i].name, p->name) == 0)
			return true;
	return false;
}

static const struct port_info *find_new(const struct ports_watch *w, const struct ports *now)
{
	for (size_t i = 0; i < now->count; i++)
		if (!is_known(&w->known, &now->at[i]))
			return &now->at[i];
	return NULL;
}

static bool is_settled(const struct port_info *p)
{
	struct bytes why;
	bytes_init(&why, LIMIT_MESSAGE);
	bool named = !p->usb || p->by_id || p->by_path;
	bool good = named && port_may_open(p, &why);
	bytes_free(&why);
	return good;
}

/* Notes since when a new one is there; true: it can be given. */
static bool is_due(struct ports_watch *w, const struct port_info *p)
{
	int64_t now = loop_now(w->loop);
	if (!w->candidate || strcmp(w->candidate, p->name) != 0) {
		free(w->candidate);
		w->candidate = mem_str(p->name);
		w->until = now + SETTLES;
	}
	return is_settled(p) || now >= w->until;
}

static void look(struct ports_watch *w)
{
	struct ports now;
	struct error unsaid;
	if (!ports_list(&now, &unsaid))
		now = (struct ports){0};
	const struct port_info *found = find_new(w, &now);
	bool due = found && is_due(w, found);
	loop_timer_set(&w->timer, found ? LOOKS_AGAIN : LOOKS);
	if (due) {
		loop_timer_stop(&w->timer);
		w->came(w->arg, found); /* it may free the watch */
	}
	ports_free(&now);
}

static void ports_on_time(void *arg)
{
	look(arg);
}

static void ports_on_change(void *arg, int events)
{
	struct ports_watch *w = arg;
	char told[4096]; /* what changed does not matter */
	(void)events;
	while (read(w->fd, told, sizeof told) > 0)
		;
	look(w);
}

/* Without it each look comes a little later. */
static void listen_to_kernel(struct ports_watch *w)
{
	char path[4096];
	struct error unsaid;
	snprintf(path, sizeof path, "%s/dev", ports_root());
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->fd < 0)
		return;
	if (inotify_add_watch(w->fd, path, IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM) >=
		0)
		w->watch = loop_watch_new(w->loop, w->fd, ports_on_change, w, &unsaid);
	if (w->watch)
		loop_watch_set(w->watch, WATCH_READ);
}

struct ports_watch *ports_watch_new(struct loop *loop,
	void (*came)(void *arg, const struct port_info *port), void *arg, struct error *err)
{
	struct ports known;
	if (!ports_list(&known, err))
		return NULL;
	struct ports_watch *w = mem_new(sizeof *w);
	*w = (struct ports_watch){.loop = loop, .known = known, .came = came, .arg = arg};
	loop_timer_init(&w->timer, loop, ports_on_time, w);
	listen_to_kernel(w);
	loop_timer_set(&w->timer, LOOKS);
	return w;
}

void ports_watch_free(struct ports_watch *w)
{
	if (!w)
		return;
	loop_timer_stop(&w->timer);
	loop_watch_free(w->watch);
	if (w->fd >= 0)
		close(w->fd);
	ports_free(&w->known);
	free(w->candidate);
	free(w);
}
