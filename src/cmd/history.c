/* history.c - see history.h. */
#include "cmd/history.h"

#include "base/fd.h"
#include "base/mem.h"
#include "base/paths.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wilco/limits.h>

struct history {
	char *path;          /* NULL: in memory only */
	struct slice *lines; /* owned; each ends in NUL */
	size_t count, room;
	bool failed; /* a write failed and was reported */
};

enum { TRIES = 8, REOPENS_MOST = 10, LATE_MAX = 1024 * 1024 };

static void history_keep(struct history *h, struct slice line)
{
	if (h->count == HISTORY_LINES_MAX) { /* many, so that each line costs little */
		size_t gone = HISTORY_LINES_MAX / 8;
		for (size_t i = 0; i < gone; i++)
			free((void *)h->lines[i].at);
		memmove(h->lines, h->lines + gone, (h->count - gone) * sizeof *h->lines);
		h->count -= gone;
	}
	h->lines = mem_more(h->lines, h->count, &h->room, sizeof *h->lines);
	h->lines[h->count++] = slice_of(mem_strn(line.at, line.len), line.len);
}

static bool is_line(struct slice line)
{
	return line.len && line.len <= LIMIT_LINE && !memchr(line.at, 0, line.len) &&
	       text_is_utf8(line);
}

/* Makes a device's name a file name: what could leave the folder or surprise a shell is in hex. */
static void file_name(const char *device, struct bytes *out)
{
	bytes_add_str(out, "history/");
	if (!*device)
		bytes_add_str(out, "_");
	for (const char *c = device; *c; c++) {
		bool plain = is_alnum((uint8_t)*c) || *c == '-' || (*c == '.' && c != device) ||
			     *c == ':';
		if (plain)
			bytes_add_byte(out, (uint8_t)*c);
		else
			bytes_addf(out, "%%%02x", (unsigned char)*c);
	}
}

static char *history_path(const char *device, struct error *err)
{
	struct bytes name;
	char *path = NULL;
	bytes_init(&name, 200); /* a file name has at most 255 bytes */
	file_name(device, &name);
	if (name.over)
		error_set(err, STATUS_OUTPUT, "the device's name is too long for a file name");
	else if (!(path = path_of(PATH_STATE, bytes_str(&name))))
		error_set(err, STATUS_OUTPUT, "neither XDG_STATE_HOME nor HOME is set");
	bytes_free(&name);
	return path;
}

static void load(struct history *h, struct error *err)
{
	struct bytes file;
	bytes_init(&file, 2 * HISTORY_FILE_MAX + 1);
	if (path_read(h->path, PATH_FILE, 2 * HISTORY_FILE_MAX, &file, err) >= 0) {
		struct slice rest = bytes_slice(&file), line;
		while (slice_line(&rest, &line))
			if (is_line(line))
				history_keep(h, line);
	}
	bytes_free(&file);
}

struct history *history_open(const char *device, struct error *err)
{
	struct history *h = mem_new(sizeof *h);
	if (!device)
		return h;
	h->path = history_path(device, err);
	if (!h->path)
		return h;
	if (!path_check_file(h->path, err)) {
		free(h->path);
		h->path = NULL;
		return h;
	}
	load(h, err);
	if (!path_make_parents(h->path, err)) {
		free(h->path);
		h->path = NULL;
	}
	return h;
}

void history_close(struct history *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->count; i++)
		free((void *)h->lines[i].at);
	free(h->lines);
	free(h->path);
	free(h);
}

/* Says whether the path names the open file, which another console may have replaced. */
static bool is_there(const char *path, int fd)
{
	struct stat mine, there;
	return fstat(fd, &mine) == 0 && stat(path, &there) == 0 && there.st_ino == mine.st_ino &&
	       there.st_dev == mine.st_dev;
}

/* Opens the file and locks it; again where another console replaced it by a shorter one meanwhile.
 * It does not wait for a lock that another one holds: a line is added by one write. */
static int open_locked(const char *path, bool *locked)
{
	for (int tries = 0;; tries++) {
		int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
			0600);
		*locked = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
		if (!*locked || is_there(path, fd) || tries == REOPENS_MOST)
			return fd;
		close(fd);
	}
}

/* Copies what a console that did not wait for the lock wrote before the other file took the place
 * of this one.  A console that writes later sees that, and writes again. */
static bool add_late(int to, int fd, off_t size)
{
	struct bytes text;
	bytes_init(&text, LATE_MAX);
	ssize_t n = pread(fd, bytes_space(&text, LATE_MAX), LATE_MAX, size);
	text.len = n > 0 ? (size_t)n : 0;
	bool good = n >= 0 && fd_write(to, bytes_slice(&text), 0);
	bytes_free(&text);
	return good;
}

/* Puts a file with the newer half of the lines in place of the one open as fd, whose lock keeps
 * other consoles from doing the same meanwhile. */
static bool halve(const char *path, int fd, off_t size)
{
	struct bytes text, temporary;
	size_t half = HISTORY_FILE_MAX / 2;
	bytes_init(&text, half);
	bytes_init(&temporary, strlen(path) + sizeof ".new");
	ssize_t n = pread(fd, bytes_space(&text, half), half, size - (off_t)half);
	text.len = n > 0 ? (size_t)n : 0;
	struct slice rest = bytes_slice(&text), cut_line;
	slice_line(&rest, &cut_line);
	bytes_addf(&temporary, "%s.new", path);
	int to = open(
		bytes_str(&temporary), O_WRONLY | O_APPEND | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool good = n > 0 && to >= 0 && fd_write(to, rest, 0) &&
		    rename(bytes_str(&temporary), path) == 0 && add_late(to, fd, size);
	if (to >= 0)
		close(to);
	bytes_free(&text);
	bytes_free(&temporary);
	return good;
}

/* Writes a line.  A line that did not fit is taken back, so that the next one does not join it. */
static bool write_line(int fd, struct slice line, off_t size, bool locked)
{
	struct bytes text;
	char last = '\n';
	bytes_init(&text, LIMIT_LINE + 3);
	if (size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n')
		bytes_add_byte(&text, '\n'); /* somebody left the last line without its end */
	bytes_add(&text, line);
	bytes_add_byte(&text, '\n');
	bool good = fd_write(fd, bytes_slice(&text), 0);
	int error = errno;
	if (!good && locked && ftruncate(fd, size) < 0)
		good = false; /* the part stays in the file */
	bytes_free(&text);
	errno = error;
	return good;
}

/* Appends a line; *again: it went into a file that was replaced meanwhile. */
static bool append_once(const char *path, struct slice line, bool *again)
{
	struct stat st;
	bool locked;
	int fd = open_locked(path, &locked);
	bool good = fd >= 0 && fstat(fd, &st) == 0;
	if (good && locked && st.st_size > HISTORY_FILE_MAX) {
		good = halve(path, fd, st.st_size);
		close(fd);
		fd = good ? open_locked(path, &locked) : -1;
		good = fd >= 0 && fstat(fd, &st) == 0;
	}
	good = good && write_line(fd, line, st.st_size, locked);
	*again = good && !is_there(path, fd);
	int error = errno;
	if (fd >= 0)
		close(fd);
	errno = error;
	return good;
}

static bool history_append(const char *path, struct slice line)
{
	bool again = true, good = true;
	for (int i = 0; i < TRIES && again; i++)
		good = append_once(path, line, &again);
	if (again)
		errno = EAGAIN;
	return good && !again;
}

bool history_add(struct history *h, struct slice line, struct error *err)
{
	if (!is_line(line))
		return true;
	if (h->count && slice_equal(line, h->lines[h->count - 1]))
		return true;
	history_keep(h, line);
	if (!h->path || history_append(h->path, line))
		return true;
	if (h->failed)
		return true;
	h->failed = true;
	return error_set(err, STATUS_OUTPUT, "the history is not kept: %s: %s",
		quote(slice_str(h->path)).text, strerror(errno));
}

size_t history_count(const struct history *h)
{
	return h->count;
}

struct slice history_line(const struct history *h, size_t n)
{
	return n < h->count ? h->lines[n] : SLICE("");
}
