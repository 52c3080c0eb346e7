/* watch.c - descriptors and signals; see loop.h. */
#include "loop/loop_private.h"

#include "base/mem.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

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

struct loop_watch {
	uv_poll_t poll;
	void (*ready)(void *arg, int events);
	void *arg;
};

static void watch_free_handle(uv_handle_t *handle)
{
	free(handle); /* the first member of what was allocated */
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct loop_watch *w = (struct loop_watch *)poll;
	int ready = 0;
	if (status < 0 || events & (UV_READABLE | UV_DISCONNECT))
		ready |= WATCH_READ;
	if (status < 0 || events & UV_WRITABLE)
		ready |= WATCH_WRITE;
	w->ready(w->arg, ready);
}

struct loop_watch *loop_watch_new(struct loop *loop, int fd, void (*ready)(void *arg, int events),
	void *arg, struct error *err)
{
	struct loop_watch *w = mem_new(sizeof *w);
	int rc = uv_poll_init(&loop->uv, &w->poll, fd);
	if (rc < 0) { /* the kernel refuses to watch it, or one more */
		free(w);
		error_set(err, STATUS_USAGE, "cannot wait for descriptor %d: %s", fd,
			uv_strerror(rc));
		return NULL;
	}
	w->ready = ready;
	w->arg = arg;
	return w;
}

void loop_watch_set(struct loop_watch *w, int events)
{
	int uv_events =
		(events & WATCH_READ ? UV_READABLE : 0) | (events & WATCH_WRITE ? UV_WRITABLE : 0);
	if (!events)
		uv_poll_stop(&w->poll);
	else if (uv_poll_start(&w->poll, uv_events, on_poll) < 0 ||
		 loop_reserve((uv_handle_t *)&w->poll) < 0)
		mem_lacks();
}

void loop_watch_free(struct loop_watch *w)
{
	if (w)
		uv_close((uv_handle_t *)&w->poll, watch_free_handle);
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

void loop_signal_hold(struct loop_signal *s)
{
	uv_ref((uv_handle_t *)&s->signal);
}

void loop_signal_free(struct loop_signal *s)
{
	if (s)
		uv_close((uv_handle_t *)&s->signal, watch_free_handle);
}
