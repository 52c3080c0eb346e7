/* watch.c - descriptors and signals; see loop.h. */
#include "loop/loop_private.h"

#include "base/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

int loop_reserve(const uv_handle_t *handle)
{
	struct epoll_event nothing = {0};
	uv_os_fd_t fd;
	int rc = uv_fileno(handle, &fd);
	if (rc == 0 && epoll_ctl(uv_backend_fd(handle->loop), EPOLL_CTL_ADD, fd, &nothing) != 0 &&
		errno != EEXIST)
		rc = -errno;
	return rc;
}

/* ---- descriptors ---- */

enum { EVENTS_A_TIME = 64, EVENTS_TURN_MS = 10 };

static uint32_t epoll_events(int events)
{
	return (events & WATCH_READ ? EPOLLIN : 0u) | (events & WATCH_WRITE ? EPOLLOUT : 0u);
}

/* Tells the kernel for what to watch; 0, or the negative errno. */
static int set_register(struct loop_watch *w, int events)
{
	struct loop *loop = w->loop;
	struct epoll_event event = {.events = epoll_events(events),
		.data.u64 = (uint64_t)w->serial << 32 | (uint32_t)w->fd};
	int how = w->registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
	if (epoll_ctl(loop->set_fd, how, w->fd, &event) < 0)
		return -errno;
	w->known = (uint8_t)events;
	if (!w->registered) {
		w->registered = true;
		loop->registered++;
		loop->last = w;
	}
	return 0;
}

/* Notes that the kernel does not have it any more. */
static void set_forget(struct loop_watch *w)
{
	struct loop *loop = w->loop;
	if (!w->registered)
		return;
	w->registered = false;
	loop->registered--;
	if (loop->last == w)
		loop->last = NULL;
}

static void set_leave(struct loop_watch *w)
{
	if (w->registered)
		epoll_ctl(w->loop->set_fd, EPOLL_CTL_DEL, w->fd, NULL);
	set_forget(w);
}

/* The loop goes on while somebody wants something. */
static void set_wanted(struct loop_watch *w, int events)
{
	struct loop *loop = w->loop;
	size_t before = loop->wanted;
	loop->wanted += !w->wanted && events;
	loop->wanted -= w->wanted && !events;
	w->wanted = (uint8_t)events;
	if (!before && loop->wanted)
		uv_ref((uv_handle_t *)&loop->set);
	else if (before && !loop->wanted)
		uv_unref((uv_handle_t *)&loop->set);
}

/* What nobody wants any more leaves the set only when it happens, which it seldom does. */
static void watch_tell(struct loop_watch *w, uint32_t events)
{
	bool broken = events & (EPOLLHUP | EPOLLERR);
	int ready = (broken || events & EPOLLIN ? WATCH_READ : 0) |
		    (broken || events & EPOLLOUT ? WATCH_WRITE : 0);
	ready &= w->wanted;
	if (ready)
		w->ready(w->arg, ready);
	else if (!w->wanted)
		set_leave(w);
	else if (set_register(w, w->wanted) < 0)
		mem_lacks();
}

/* A descriptor may have been closed, and its number given to another, since the kernel told. */
static struct loop_watch *watch_of(const struct loop *loop, uint64_t key)
{
	struct loop_watch *w = loop->watch[(uint32_t)key];
	return w && w->serial == key >> 32 ? w : NULL;
}

static int tell_some(struct loop *loop)
{
	MEM_UNSET struct epoll_event events[EVENTS_A_TIME];
	int count = epoll_wait(loop->set_fd, events, EVENTS_A_TIME, 0);
	for (int i = 0; i < count; i++) {
		struct loop_watch *w = watch_of(loop, events[i].data.u64);
		if (w)
			watch_tell(w, events[i].events);
	}
	return count;
}

/* Who is alone in the set and waits for one thing is who is ready. */
static void on_set(uv_poll_t *set, int status, int events)
{
	struct loop *loop = set->data;
	struct loop_watch *w = loop->registered == 1 ? loop->last : NULL;
	(void)status;
	(void)events;
	if (w && w->known == w->wanted && (w->known == WATCH_READ || w->known == WATCH_WRITE)) {
		w->ready(w->arg, w->known);
		return;
	}
	uint64_t until = uv_now(&loop->uv) + EVENTS_TURN_MS;
	while (tell_some(loop) == EVENTS_A_TIME && uv_hrtime() / 1000000 < until)
		;
}

int loop_set_open(struct loop *loop)
{
	loop->set_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->set_fd < 0)
		return -errno;
	int rc = uv_poll_init(&loop->uv, &loop->set, loop->set_fd);
	if (rc < 0)
		return rc;
	loop->set.data = loop;
	uv_poll_start(&loop->set, UV_READABLE, on_set);
	uv_unref((uv_handle_t *)&loop->set);
	return 0;
}

static void watch_note(struct loop *loop, struct loop_watch *w)
{
	size_t before = loop->watch_room, fd = (size_t)w->fd;
	while (fd >= loop->watch_room)
		loop->watch_room = loop->watch_room ? loop->watch_room * 2 : 32;
	if (loop->watch_room > before) {
		loop->watch = mem_grow(loop->watch, loop->watch_room, sizeof(struct loop_watch *));
		memset(loop->watch + before, 0,
			(loop->watch_room - before) * sizeof(struct loop_watch *));
	}
	loop->watch[fd] = w;
}

int loop_watch_start(struct loop_watch *w, struct loop *loop, int fd, int events,
	void (*ready)(void *arg, int events), void *arg)
{
	*w = (struct loop_watch){
		.loop = loop, .ready = ready, .arg = arg, .fd = fd, .serial = ++loop->watch_serial};
	int rc = set_register(w, events);
	if (rc < 0) {
		w->loop = NULL;
		return rc;
	}
	watch_note(loop, w);
	set_wanted(w, events);
	return 0;
}

void loop_watch_set(struct loop_watch *w, int events)
{
	bool known = w->registered && !(events & ~w->known);
	set_wanted(w, events);
	if (events && !known && set_register(w, events) < 0)
		mem_lacks();
}

/* Ends the watch, except for what the kernel has. */
static void watch_end(struct loop_watch *w)
{
	set_wanted(w, 0);
	w->loop->watch[w->fd] = NULL;
	w->loop = NULL;
}

void loop_watch_stop(struct loop_watch *w)
{
	if (!w->loop)
		return;
	set_leave(w);
	watch_end(w);
}

void loop_watch_close(struct loop_watch *w)
{
	if (!w->loop)
		return;
	set_forget(w);
	watch_end(w);
	close(w->fd);
}

void loop_watch_move(struct loop_watch *to, struct loop_watch *from,
	void (*ready)(void *arg, int events), void *arg)
{
	struct loop *loop = from->loop;
	*to = *from;
	to->ready = ready;
	to->arg = arg;
	loop->watch[to->fd] = to;
	if (loop->last == from)
		loop->last = to;
	from->loop = NULL;
}

struct loop_watch *loop_watch_new(struct loop *loop, int fd, void (*ready)(void *arg, int events),
	void *arg, struct error *err)
{
	int flags = fcntl(fd, F_GETFL);
	if (flags >= 0 && !(flags & O_NONBLOCK))
		fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	return loop_watch_shared(loop, fd, ready, arg, err);
}

struct loop_watch *loop_watch_shared(struct loop *loop, int fd,
	void (*ready)(void *arg, int events), void *arg, struct error *err)
{
	struct loop_watch *w = mem_new(sizeof *w);
	int rc = loop_watch_start(w, loop, fd, 0, ready, arg);
	if (rc == 0)
		return w;
	free(w); /* the kernel refuses to watch it, or one more */
	error_set(err, STATUS_USAGE, "cannot wait for descriptor %d: %s", fd, uv_strerror(rc));
	return NULL;
}

void loop_watch_free(struct loop_watch *w)
{
	if (!w)
		return;
	loop_watch_stop(w);
	free(w);
}

/* ---- signals ---- */

static void signal_free_handle(uv_handle_t *handle)
{
	free(handle); /* the first member of what was allocated */
}

struct loop_signal {
	uv_signal_t signal;
	void (*fire)(void *arg, int signo);
	void *arg;
};

static void watch_on_signal(uv_signal_t *signal, int signo)
{
	struct loop_signal *s = (struct loop_signal *)signal;
	s->fire(s->arg, signo);
}

struct loop_signal *loop_signal_new(
	struct loop *loop, int signo, void (*fire)(void *arg, int signo), void *arg)
{
	struct loop_signal *s = mem_new(sizeof *s);
	uv_signal_init(&loop->uv, &s->signal);
	uv_signal_start(&s->signal, watch_on_signal, signo);
	uv_unref((uv_handle_t *)&s->signal);
	s->fire = fire;
	s->arg = arg;
	return s;
}

/* libuv only tells the loop, so its handler has ours before it. */
static volatile sig_atomic_t noticed[NSIG];
static void (*noticers[NSIG])(int signo);

static void watch_on_notice(int signo)
{
	noticed[signo] = 1;
	noticers[signo](signo);
}

void loop_signal_notice(int signo)
{
	struct sigaction action;
	sigaction(signo, NULL, &action);
	if (action.sa_handler == watch_on_notice)
		return;
	noticers[signo] = action.sa_handler;
	action.sa_handler = watch_on_notice;
	sigaction(signo, &action, NULL);
}

bool loop_signal_came(int signo)
{
	return noticed[signo];
}

void loop_signal_forget(int signo)
{
	noticed[signo] = 0;
}

void loop_signal_hold(struct loop_signal *s)
{
	uv_ref((uv_handle_t *)&s->signal);
}

void loop_signal_free(struct loop_signal *s)
{
	if (s)
		uv_close((uv_handle_t *)&s->signal, signal_free_handle);
}
