/* input.c - see input.h. */
#include "cli/input.h"

#include "base/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wilco/limits.h>

struct input {
	struct loop_watch *watch; /* NULL: read directly */
	void (*ready)(void *arg);
	void *arg;
	int fd;
	bool ended, skipping; /* skipping: the rest of a line that is too long */
	int error;
	struct bytes buffer;
	size_t at; /* of the next line in the buffer */
};

enum { READ_SIZE = 64 * 1024 };

static void on_ready(void *arg, int events)
{
	struct input *in = arg;
	(void)events;
	loop_watch_set(in->watch, 0);
	in->ready(in->arg);
}

/* A description of our own, so that O_NONBLOCK stays ours. */
static int own_description(void)
{
	/* Standard input was closed: see keep_standard_descriptors(). */
	if ((fcntl(STDIN_FILENO, F_GETFL) & O_ACCMODE) == O_WRONLY)
		return STDIN_FILENO;
	int fd = open("/proc/self/fd/0", O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	return fd >= 0 ? fd : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
}

struct input *input_open(struct loop *loop, void (*ready)(void *arg), void *arg)
{
	struct input *in = mem_new(sizeof *in);
	struct stat st;
	struct error ignored;
	in->ready = ready;
	in->arg = arg;
	in->fd = STDIN_FILENO;
	bytes_init(&in->buffer, 2 * LIMIT_LINE + READ_SIZE);
	if (fstat(STDIN_FILENO, &st) == 0 && !S_ISREG(st.st_mode)) {
		in->fd = own_description();
		if (in->fd > STDIN_FILENO)
			in->watch = loop_watch_new(loop, in->fd, on_ready, in, &ignored);
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

/* Takes a line out of the buffer; at the end of input also one without a line end. */
static bool take(struct input *in, struct slice *line)
{
	struct slice rest = slice_cut(bytes_slice(&in->buffer), in->at, in->buffer.len);
	if (!rest.len || (!in->ended && !memchr(rest.at, '\n', rest.len)))
		return false;
	struct slice all = rest;
	slice_line(&rest, line);
	in->at += all.len - rest.len;
	return true;
}

/* More bytes into the buffer; false when none are there now, or no more will come. */
static bool fill(struct input *in)
{
	bytes_drop(&in->buffer, in->at);
	in->at = 0;
	uint8_t *to = bytes_space(&in->buffer, READ_SIZE);
	ssize_t n;
	do
		n = read(in->fd, to, READ_SIZE);
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

static enum input_state too_long(struct input *in, struct error *err)
{
	in->at = in->buffer.len;
	in->skipping = true;
	error_set(err, STATUS_USAGE, "a line of the input has more than %d bytes: not sent",
		LIMIT_LINE);
	return INPUT_FAILED;
}

enum input_state input_line(struct input *in, struct slice *line, struct error *err)
{
	for (;;) {
		if (take(in, line)) {
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
