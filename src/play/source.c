/* source.c - see source.h. */
#include "play/source.h"

#include "base/fd.h"
#include "base/mem.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wilco/limits.h>

enum { SOURCE_READ = 64 * 1024 };

struct source {
	char *name;
	int fd;
	struct stat as_opened;
	struct bytes buffer; /* a window of the file */
	uint64_t from;       /* where it begins in the file */
	size_t next;         /* where the next line begins in it */
	bool ended;          /* it reaches to the end of the file */
	struct source_place here;
};

static bool source_cannot(const char *name, struct error *err)
{
	return error_set(err, STATUS_USAGE, "cannot read %s: %s", quote(slice_str(name)).text,
		strerror(errno));
}

/* Where no folder takes one, it is in memory. */
int source_nameless(void)
{
	const char *folder = getenv("TMPDIR");
	int fd = open(folder && *folder ? folder : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	return fd >= 0 ? fd : memfd_create("wilco", MFD_CLOEXEC);
}

static volatile sig_atomic_t source_signal;

static void source_on_signal(int number)
{
	source_signal = number;
}

/* Waits for something to read, or for a signal that ends the program; false: that came. */
static bool source_wait(int fd)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
	const struct sigaction caught = {.sa_handler = source_on_signal};
	struct sigaction before[3];
	struct pollfd p = {.fd = fd, .events = POLLIN};
	sigset_t blocked, mask;
	sigemptyset(&blocked);
	for (size_t i = 0; i < 3; i++)
		sigaddset(&blocked, ends[i]);
	sigprocmask(SIG_BLOCK, &blocked, &mask); /* it is looked for only while it is waited */
	source_signal = 0;
	for (size_t i = 0; i < 3; i++)
		sigaction(ends[i], &caught, &before[i]);
	while (ppoll(&p, 1, NULL, &mask) < 0 && errno == EINTR && !source_signal)
		;
	sigprocmask(SIG_SETMASK, &mask, NULL);
	for (size_t i = 0; i < 3; i++)
		sigaction(ends[i], &before[i], NULL);
	return !source_signal;
}

/* Reads like fd_read(); a signal that ends the program ends it. */
static ssize_t source_read(int fd, void *to)
{
	errno = EINTR;
	return source_wait(fd) ? fd_read(fd, to, SOURCE_READ) : -1;
}

static bool source_cannot_spool(struct source *s, struct error *err)
{
	source_cannot(s->name, err);
	if (source_signal)
		err->status = (enum status)(128 + source_signal);
	return false;
}

/* Copies what can be read only once. */
static bool source_spool(struct source *s, struct error *err)
{
	int from = s->fd;
	struct bytes piece;
	uint64_t size = 0;
	ssize_t n = -1;
	bool good = (s->fd = source_nameless()) >= 0;
	bytes_init(&piece, SOURCE_READ);
	uint8_t *to = bytes_space(&piece, SOURCE_READ);
	while (good && (n = source_read(from, to)) > 0) {
		size += (uint64_t)n;
		good = size <= LIMIT_SPOOL || (errno = EFBIG, false);
		good = good && fd_write(s->fd, slice_of(to, (size_t)n), FD_FOR_EVER);
	}
	if (!good || n < 0)
		good = source_cannot_spool(s, err);
	bytes_free(&piece);
	close(from);
	return good;
}

/* Only what is played first may be a pipe, for which it waits. */
static bool source_begin(struct source *s, bool stream, struct error *err)
{
	if (fstat(s->fd, &s->as_opened) < 0)
		return source_cannot(s->name, err);
	if (S_ISDIR(s->as_opened.st_mode))
		return error_set(
			err, STATUS_USAGE, "%s is a folder", quote(slice_str(s->name)).text);
	if (S_ISREG(s->as_opened.st_mode))
		return true;
	if (!stream)
		return error_set(
			err, STATUS_USAGE, "%s is no file", quote(slice_str(s->name)).text);
	return source_spool(s, err) &&
	       (fstat(s->fd, &s->as_opened) == 0 || source_cannot(s->name, err));
}

struct source *source_open(const char *path, bool stream, struct error *err)
{
	struct source *s = mem_new(sizeof *s);
	bool standard = strcmp(path, "-") == 0;
	s->name = mem_str(standard ? "standard input" : path);
	bytes_init(&s->buffer, SOURCE_READ + LIMIT_LINE + 2);
	s->fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
			 : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	bool good = s->fd >= 0 ? source_begin(s, stream, err) : source_cannot(s->name, err);
	if (good) {
		source_rewind(s);
		return s;
	}
	source_close(s);
	return NULL;
}

struct source *source_text(struct slice text, struct error *err)
{
	struct source *s = mem_new(sizeof *s);
	s->name = mem_str("typed");
	bytes_init(&s->buffer, SOURCE_READ + LIMIT_LINE + 2);
	s->fd = source_nameless();
	if (s->fd >= 0 && fd_write(s->fd, text, FD_FOR_EVER) && fstat(s->fd, &s->as_opened) == 0) {
		source_rewind(s);
		return s;
	}
	error_set(err, STATUS_OUTPUT, "cannot keep what was typed: %s", strerror(errno));
	source_close(s);
	return NULL;
}

void source_close(struct source *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	bytes_free(&s->buffer);
	free(s->name);
	free(s);
}

bool source_changed(const struct source *s)
{
	struct stat now;
	const struct stat *then = &s->as_opened;
	return fstat(s->fd, &now) < 0 || now.st_size != then->st_size ||
	       now.st_mtim.tv_sec != then->st_mtim.tv_sec ||
	       now.st_mtim.tv_nsec != then->st_mtim.tv_nsec;
}

bool source_grow(struct source *s)
{
	struct stat now;
	if (fstat(s->fd, &now) < 0 || now.st_size < s->as_opened.st_size)
		return false;
	s->as_opened = now;
	s->from += s->next;
	s->next = 0;
	s->ended = false;
	bytes_clear(&s->buffer);
	return true;
}

const char *source_path(const struct source *s)
{
	return s->name;
}

bool source_same(const struct source *a, const struct source *b)
{
	return a->as_opened.st_dev == b->as_opened.st_dev &&
	       a->as_opened.st_ino == b->as_opened.st_ino;
}

int source_descriptor(const struct source *s)
{
	return s->fd;
}

const char *source_name(const struct source *s)
{
	return s->name;
}

/* Moves the window on and reads more; false: reading failed. */
static bool source_fill(struct source *s, struct error *err)
{
	bytes_drop(&s->buffer, s->next);
	s->from += s->next;
	s->next = 0;
	uint8_t *to = bytes_space(&s->buffer, SOURCE_READ);
	ssize_t n;
	do
		n = pread(s->fd, to, SOURCE_READ, (off_t)(s->from + s->buffer.len));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return source_cannot(s->name, err);
	s->buffer.len += (size_t)n;
	s->ended = n == 0;
	return true;
}

/* Takes the next line if it is in the window. */
static bool source_take(struct source *s, struct slice *line)
{
	size_t left = s->buffer.len - s->next;
	if (!left)
		return false;
	const uint8_t *at = s->buffer.at + s->next;
	const uint8_t *lf = memchr(at, '\n', left);
	size_t len = lf ? (size_t)(lf - at) : left;
	if ((!lf && !s->ended) || len > LIMIT_LINE)
		return false;
	s->here.offset = s->from + s->next;
	s->here.line++;
	s->next += len + (lf != NULL);
	*line = slice_of(at, len - (lf && len && at[len - 1] == '\r'));
	return true;
}

/* Looks for the end of the line that is next; returns its length, as far as it is in the window. */
static size_t source_length(const struct source *s, bool *whole)
{
	struct slice rest = slice_cut(bytes_slice(&s->buffer), s->next, s->buffer.len);
	const uint8_t *lf = rest.len ? memchr(rest.at, '\n', rest.len) : NULL;
	*whole = lf;
	return lf ? (size_t)(lf - rest.at) : rest.len;
}

bool source_skip(struct source *s)
{
	struct error unsaid;
	bool whole, good = source_length(s, &whole) > LIMIT_LINE;
	while (good) {
		s->next += source_length(s, &whole);
		s->next += whole;
		if (whole || s->ended)
			break;
		good = source_fill(s, &unsaid);
	}
	return good;
}

static APART enum source_state source_more(struct source *s, struct slice *line, struct error *err)
{
	do {
		bool whole;
		size_t length = source_length(s, &whole);
		if (!length && !whole && s->ended)
			return SOURCE_END;
		if (length > LIMIT_LINE) {
			s->here.offset = s->from + s->next;
			s->here.line++;
			*line = slice_of(s->buffer.at + s->next, LIMIT_LINE);
			error_at(err, LIMIT_LINE, 1, "a line has at most %d bytes", LIMIT_LINE);
			return SOURCE_FAILED;
		}
		if (!source_fill(s, err)) {
			*line = SLICE("");
			return SOURCE_FAILED;
		}
	} while (!source_take(s, line));
	return SOURCE_LINE;
}

enum source_state source_next(struct source *s, struct slice *line, struct error *err)
{
	return source_take(s, line) ? SOURCE_LINE : source_more(s, line, err);
}

int source_peek(const struct source *s)
{
	return s->next < s->buffer.len ? s->buffer.at[s->next] : -1;
}

struct source_place source_here(const struct source *s)
{
	return s->here;
}

struct source_place source_ahead(const struct source *s)
{
	return (struct source_place){s->from + s->next, s->here.line + 1};
}

void source_go(struct source *s, struct source_place place)
{
	bool inside = place.offset >= s->from && place.offset <= s->from + s->buffer.len;
	if (inside) {
		s->next = (size_t)(place.offset - s->from);
	} else {
		bytes_clear(&s->buffer);
		s->from = place.offset;
		s->next = 0;
		s->ended = false;
	}
	s->here = (struct source_place){place.offset, place.line - 1};
}

void source_rewind(struct source *s)
{
	source_go(s, (struct source_place){0, 1});
}

void source_unread(struct source *s)
{
	source_go(s, s->here);
}
