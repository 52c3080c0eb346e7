/* history.c - see history.h. */
#include "cmd/history.h"

#include "base/escape.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/paths.h"
#include "base/text.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <wilco/limits.h>

/* Its memory ends in NUL, and is owned. */
struct kept {
	struct slice line;
	int64_t time;       /* seconds since 1970; 0: it is not known */
	const char *device; /* in the history of all devices; owned by that */
	size_t order;       /* there: of lines of the same minute */
};

struct history {
	char *path; /* NULL: in memory only */
	struct kept *lines;
	size_t count, room;
	int64_t stamped; /* the minute that stands above the last line of ours in the file */
	bool failed;     /* a write failed and was reported */
	char **devices;  /* of history_open_all() */
	size_t device_count, device_room;
};

enum { TRIES = 8, REOPENS_MOST = 10, LATE_MAX = 1024 * 1024 };

static void history_keep(struct history *h, struct slice line, int64_t time)
{
	if (h->count == HISTORY_LINES_MAX) { /* many, so that each line costs little */
		size_t gone = HISTORY_LINES_MAX / 8;
		for (size_t i = 0; i < gone; i++)
			free((void *)h->lines[i].line.at);
		memmove(h->lines, h->lines + gone, (h->count - gone) * sizeof *h->lines);
		h->count -= gone;
	}
	h->lines = mem_more(h->lines, h->count, &h->room, sizeof *h->lines);
	h->lines[h->count++] = (struct kept){
		.line = slice_of(mem_strn(line.at, line.len), line.len), .time = time};
}

static bool is_line(struct slice line)
{
	return line.len && line.len <= LIMIT_LINE && !memchr(line.at, 0, line.len) &&
	       text_is_utf8(line);
}

/* ---- when ---- */

static void add_stamp(struct bytes *out, int64_t minute)
{
	struct tm tm;
	time_t time = (time_t)(minute * 60);
	char text[32];
	gmtime_r(&time, &tm);
	if (strftime(text, sizeof text, " %Y-%m-%dT%H:%MZ", &tm))
		bytes_addf(out, "%s\n", text);
}

/* Reads what add_stamp() wrote; 0: the line is something else. */
static int64_t read_stamp(struct slice line)
{
	char text[sizeof " 2026-11-30T22:05Z"] = "";
	struct tm tm = {0};
	if (line.len != sizeof text - 1)
		return 0;
	slice_copy(text, line);
	const char *end = strptime(text + 1, "%Y-%m-%dT%H:%MZ", &tm);
	time_t time = end && !*end ? timegm(&tm) : 0;
	return time > 0 ? time : 0;
}

/* ---- the file ---- */

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
		int64_t time = 0;
		while (slice_line(&rest, &line)) {
			if (line.len && line.at[0] == ' ')
				time = read_stamp(line);
			else if (is_line(line))
				history_keep(h, line, time);
		}
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
		free((void *)h->lines[i].line.at);
	for (size_t i = 0; i < h->device_count; i++)
		free(h->devices[i]);
	free(h->devices);
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

/* Writes lines.  Those that did not fit are taken back, so that the next one does not join them. */
static bool write_lines(int fd, struct slice lines, off_t size, bool locked)
{
	struct bytes text;
	char last = '\n';
	bytes_init(&text, LIMIT_LINE + 64);
	if (size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n')
		bytes_add_byte(&text, '\n'); /* somebody left the last line without its end */
	bytes_add(&text, lines);
	bool good = fd_write(fd, bytes_slice(&text), 0);
	int error = errno;
	if (!good && locked && ftruncate(fd, size) < 0)
		good = false; /* the part stays in the file */
	bytes_free(&text);
	errno = error;
	return good;
}

/* Appends lines; *again: they went into a file that was replaced meanwhile. */
static bool append_once(const char *path, struct slice lines, bool *again)
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
	good = good && write_lines(fd, lines, st.st_size, locked);
	*again = good && !is_there(path, fd);
	int error = errno;
	if (fd >= 0)
		close(fd);
	errno = error;
	return good;
}

static bool history_append(const char *path, struct slice lines)
{
	bool again = true, good = true;
	for (int i = 0; i < TRIES && again; i++)
		good = append_once(path, lines, &again);
	if (again)
		errno = EAGAIN;
	return good && !again;
}

/* Writes a line, and above it the minute, where another one stands above the line before it. */
static bool add_to_file(struct history *h, struct slice line, int64_t minute)
{
	struct bytes text;
	bytes_init(&text, LIMIT_LINE + 32);
	if (h->stamped != minute)
		add_stamp(&text, minute);
	bytes_add(&text, line);
	bytes_add_byte(&text, '\n');
	bool good = history_append(h->path, bytes_slice(&text));
	h->stamped = good ? minute : h->stamped;
	bytes_free(&text);
	return good;
}

bool history_add(struct history *h, struct slice line, struct error *err)
{
	if (!is_line(line) || line.at[0] == ' ')
		return true;
	if (h->count && slice_equal(line, h->lines[h->count - 1].line))
		return true;
	int64_t now = time_now();
	history_keep(h, line, now);
	if (!h->path || add_to_file(h, line, now / 60))
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
	return n < h->count ? h->lines[n].line : SLICE("");
}

int64_t history_time(const struct history *h, size_t n)
{
	return n < h->count ? h->lines[n].time : 0;
}

const char *history_time_text(const struct history *h, size_t n, char out[HISTORY_TIME_MAX])
{
	struct tm tm;
	time_t time = (time_t)history_time(h, n);
	localtime_r(&time, &tm);
	if (!time || !strftime(out, HISTORY_TIME_MAX, "%Y-%m-%d %H:%M", &tm))
		snprintf(out, HISTORY_TIME_MAX, "%16s", "");
	return out;
}

const char *history_short_time(int64_t time_then, char out[HISTORY_TIME_MAX])
{
	time_t then = (time_t)time_then, now = time_now();
	struct tm that, today;
	localtime_r(&then, &that);
	localtime_r(&now, &today);
	bool same = that.tm_yday == today.tm_yday && that.tm_year == today.tm_year;
	if (!strftime(out, HISTORY_TIME_MAX, same ? "%H:%M" : "%Y-%m-%d", &that))
		out[0] = 0;
	return out;
}

/* ---- all devices ---- */

/* Does the opposite of file_name(); false: that made no such file. */
static bool device_name(const char *file, struct bytes *out)
{
	bytes_clear(out);
	if (strcmp(file, "_") == 0)
		return true;
	for (; *file; file++) {
		int high = *file == '%' ? hex_digit((uint8_t)file[1]) : -1;
		int low = high >= 0 ? hex_digit((uint8_t)file[2]) : -1;
		if (*file == '%' && low < 0)
			return false;
		bytes_add_byte(out, low < 0 ? (uint8_t)*file : (uint8_t)(high << 4 | low));
		file += low < 0 ? 0 : 2;
	}
	return !out->over;
}

static int by_time(const void *a, const void *b)
{
	const struct kept *one = a, *other = b;
	if (one->time != other->time)
		return one->time < other->time ? -1 : 1;
	return one->order < other->order ? -1 : one->order > other->order;
}

/* Sorts the lines, and keeps the newest. */
static void keep_newest(struct history *all)
{
	if (all->count)
		qsort(all->lines, all->count, sizeof *all->lines, by_time);
	size_t gone = all->count > HISTORY_LINES_MAX ? all->count - HISTORY_LINES_MAX : 0;
	for (size_t i = 0; i < gone; i++)
		free((void *)all->lines[i].line.at);
	if (gone)
		memmove(all->lines, all->lines + gone, (all->count - gone) * sizeof *all->lines);
	all->count -= gone;
}

static void take_all(void *arg, const char *device, const struct stat *st)
{
	struct history *all = arg;
	struct error ignored;
	(void)st;
	struct history *h = mem_new(sizeof *h);
	h->path = history_path(device, &ignored);
	if (h->path)
		load(h, &ignored);
	all->devices =
		mem_more(all->devices, all->device_count, &all->device_room, sizeof *all->devices);
	const char *name = all->devices[all->device_count++] = mem_str(device);
	for (size_t i = 0; i < h->count; i++) {
		all->lines = mem_more(all->lines, all->count, &all->room, sizeof *all->lines);
		all->lines[all->count++] =
			(struct kept){h->lines[i].line, h->lines[i].time, name, i};
	}
	h->count = 0; /* they are in the other one now */
	history_close(h);
	if (all->count > 8 * HISTORY_LINES_MAX)
		keep_newest(all);
}

/* Tells of each file of a history; `device` is whose it is. */
static void each_file(void (*tell)(void *arg, const char *device, const struct stat *st), void *arg)
{
	struct bytes device;
	struct stat st;
	char *folder = path_of(PATH_STATE, "history");
	DIR *dir = folder ? opendir(folder) : NULL;
	bytes_init(&device, 256);
	for (struct dirent *d; dir && (d = readdir(dir));)
		if (d->d_name[0] != '.' && device_name(d->d_name, &device) &&
			fstatat(dirfd(dir), d->d_name, &st, 0) == 0)
			tell(arg, bytes_str(&device), &st);
	if (dir)
		closedir(dir);
	bytes_free(&device);
	free(folder);
}

struct history *history_open_all(void)
{
	struct history *all = mem_new(sizeof *all);
	each_file(take_all, all);
	keep_newest(all);
	return all;
}

struct last_used {
	struct history_use *at;
	size_t count, most;
};

/* Puts it in its place among the latest. */
static void note_use(void *arg, const char *device, const struct stat *st)
{
	struct last_used *u = arg;
	size_t i = u->count;
	int64_t time = st->st_mtime;
	if (i == u->most && (!i || u->at[i - 1].time >= time))
		return;
	if (i == u->most)
		free(u->at[--i].device);
	for (; i > 0 && u->at[i - 1].time < time; i--)
		u->at[i] = u->at[i - 1];
	u->at[i] = (struct history_use){mem_str(device), time};
	u->count += u->count < u->most;
}

size_t history_last_used(struct history_use *out, size_t most)
{
	struct last_used used = {out, 0, most};
	each_file(note_use, &used);
	return used.count;
}

const char *history_device(const struct history *h, size_t n)
{
	return n < h->count && h->lines[n].device ? h->lines[n].device : "";
}
