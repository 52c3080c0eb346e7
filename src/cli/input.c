/* input.c - see input.h. */
#include "cli/input.h"

#include "base/fd.h"
#include "base/mem.h"
#include "cli/out.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wilco/limits.h>

struct input {
	struct loop_watch *watch; /* NULL: a file, or what cannot be watched; reading waits */
	const struct input_events *events;
	void *arg;
	int fd;
	bool ended, skipping; /* skipping: a line was too long, and its rest is dropped */
	int error;
	struct bytes buffer;
	size_t at; /* where the next line begins in the buffer */
};

enum { READ_SIZE = 64 * 1024 };

static void input_on_ready(void *arg, int events)
{
	struct input *in = arg;
	(void)events;
	loop_watch_set(in->watch, 0);
	in->events->ready(in->arg);
}

/* Opens a file description that is ours alone, so that others do not see its O_NONBLOCK. */
static int own_description(void)
{
	/* Standard input was closed (keep_standard_descriptors()). */
	if ((fcntl(STDIN_FILENO, F_GETFL) & O_ACCMODE) == O_WRONLY)
		return STDIN_FILENO;
	int fd = open("/proc/self/fd/0", O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	return fd >= 0 ? fd : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
}

struct input *input_open(struct loop *loop, const struct input_events *events, void *arg)
{
	struct input *in = mem_new(sizeof *in);
	struct stat st;
	struct error unwatched;
	in->events = events;
	in->arg = arg;
	in->fd = STDIN_FILENO;
	bytes_init(&in->buffer, 2 * LIMIT_LINE + READ_SIZE);
	if (fstat(STDIN_FILENO, &st) == 0 && !S_ISREG(st.st_mode)) {
		in->fd = own_description();
		if (in->fd > STDIN_FILENO)
			in->watch = loop_watch_new(loop, in->fd, input_on_ready, in, &unwatched);
	}
	return in;
}

void input_close(struct input *in)
{
	if (!in)
		return;
	loop_watch_free(in->watch);
	if (in->fd > STDIN_FILENO)
		close(in->fd);
	bytes_free(&in->buffer);
	free(in);
}

/* Takes a line out of the buffer; at the end of the input even one without a line end. */
static bool input_take(struct input *in, struct slice *line)
{
	struct slice rest = slice_cut(bytes_slice(&in->buffer), in->at, in->buffer.len);
	if (!rest.len || (!in->ended && !memchr(rest.at, '\n', rest.len)))
		return false;
	struct slice all = rest;
	slice_line(&rest, line);
	in->at += all.len - rest.len;
	return true;
}

/* Reads more bytes into the buffer; false: there are none now, or there will be no more. */
static bool fill(struct input *in)
{
	bytes_drop(&in->buffer, in->at);
	in->at = 0;
	uint8_t *to = bytes_space(&in->buffer, READ_SIZE);
	ssize_t n;
	do
		n = in->watch ? read(in->fd, to, READ_SIZE) : fd_read(in->fd, to, READ_SIZE);
	while (n < 0 && errno == EINTR);
	if (n > 0) {
		in->buffer.len += (size_t)n;
		return true;
	}
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return false;
	in->error = n < 0 ? errno : 0;
	in->ended = true;
	return false;
}

enum input_state {
	INPUT_LINE,
	INPUT_WAIT, /* ready() will be called */
	INPUT_END,
	INPUT_FAILED, /* err says why */
};

static enum input_state too_long(struct input *in, struct error *err)
{
	in->at = in->buffer.len;
	in->skipping = true;
	error_set(err, STATUS_USAGE, "not sent: a line of the input has more than %d bytes",
		LIMIT_LINE);
	return INPUT_FAILED;
}

static enum input_state next_line(struct input *in, struct slice *line, struct error *err)
{
	for (;;) {
		if (input_take(in, line)) {
			if (!in->skipping)
				return INPUT_LINE;
			in->skipping = false;
			continue;
		}
		if (in->buffer.len - in->at > LIMIT_LINE) {
			if (!in->skipping)
				return too_long(in, err);
			in->at = in->buffer.len;
		}
		if (in->ended && in->error) {
			error_set(err, STATUS_USAGE, "cannot read standard input: %s",
				strerror(in->error));
			in->error = 0;
			return INPUT_FAILED;
		}
		if (in->ended)
			return INPUT_END;
		if (!fill(in) && !in->ended) {
			loop_watch_set(in->watch, WATCH_READ);
			return INPUT_WAIT;
		}
	}
}

bool input_walk(struct input *in)
{
	struct slice line;
	MEM_UNSET struct error err;
	while (!out_failed())
		switch (next_line(in, &line, &err)) {
		case INPUT_LINE:
			if (!in->events->line(in->arg, line))
				return true;
			break;
		case INPUT_WAIT:
			out_flush();
			return true;
		case INPUT_FAILED:
			in->events->failed(in->arg, &err);
			break;
		case INPUT_END:
			return false;
		}
	return false;
}
