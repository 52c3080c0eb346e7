/* paths.c - see paths.h. */
#include "paths.h"

#include "mem.h"
#include "text.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

char *path_of(enum path_kind kind, const char *name)
{
	static const struct {
		const char *variable, *below_home;
	} places[] = {[PATH_CONFIG] = {"XDG_CONFIG_HOME", ".config"},
		[PATH_DATA] = {"XDG_DATA_HOME", ".local/share"},
		[PATH_STATE] = {"XDG_STATE_HOME", ".local/state"}};
	const char *base = getenv(places[kind].variable), *home = getenv("HOME");
	struct bytes path;
	bytes_init(&path, 4096);
	/* A relative path is invalid there (XDG Base Directory Specification). */
	if (base && *base == '/')
		bytes_addf(&path, "%s/wilco/%s", base, name);
	else if (home && *home == '/')
		bytes_addf(&path, "%s/%s/wilco/%s", home, places[kind].below_home, name);
	char *result = path.len ? mem_str(bytes_str(&path)) : NULL;
	bytes_free(&path);
	return result;
}

char *path_named(struct slice name)
{
	const char *home = getenv("HOME");
	if (!home || !slice_starts(name, SLICE("~/")))
		return mem_strn(name.at, name.len);
	struct bytes path;
	bytes_init(&path, strlen(home) + name.len + 1);
	bytes_addf(&path, "%s%.*s", home, SLICE_ARG(slice_cut(name, 1, name.len)));
	char *result = mem_str(bytes_str(&path));
	bytes_free(&path);
	return result;
}

bool path_make_parents(const char *path, struct error *err)
{
	char *part = mem_str(path);
	bool good = true;
	for (char *slash = strchr(part + 1, '/'); slash && good; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (mkdir(part, 0700) < 0 && errno != EEXIST)
			good = error_set(err, STATUS_OUTPUT, "cannot make the folder %s: %s",
				quote(slice_str(part)).text, strerror(errno));
		*slash = '/';
	}
	free(part);
	return good;
}

static bool read_all(int fd, size_t max, struct bytes *out)
{
	for (;;) {
		size_t room = max + 1 - out->len < 65536 ? max + 1 - out->len : 65536;
		uint8_t *to = bytes_space(out, room);
		if (!to || !room) {
			errno = EFBIG;
			return false;
		}
		ssize_t n = read(fd, to, room);
		if (n == 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			out->len += (size_t)n;
	}
}

int path_read(const char *path, size_t max, struct bytes *out, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 && errno == ENOENT)
		return 0;
	bool good = fd >= 0 && read_all(fd, max, out) && out->len <= max;
	if (!good)
		error_set(err, STATUS_USAGE, "cannot read %s: %s", quote(slice_str(path)).text,
			strerror(errno ? errno : EFBIG));
	if (fd >= 0)
		close(fd);
	return good ? 1 : -1;
}

static bool cannot_write(struct error *err, const char *path)
{
	return error_set(err, STATUS_OUTPUT, "cannot write %s: %s", quote(slice_str(path)).text,
		strerror(errno));
}

/* *made: it was not there before. */
static int open_to_write(const char *path, enum path_mode mode, bool *made)
{
	const int how = O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	int fd = mode == PATH_APPEND ? open(path, how | O_APPEND) : -1;
	if (fd >= 0 || (mode == PATH_APPEND && errno != ENOENT))
		return fd;
	fd = open(path, how | O_APPEND | O_CREAT | O_EXCL, 0600);
	*made = fd >= 0;
	/* Somebody was faster, or the name is a link to a file that is not there yet. */
	if (fd < 0 && errno == EEXIST && mode == PATH_APPEND)
		fd = open(path, how | O_APPEND | O_CREAT, 0600);
	return fd;
}

static void forget(struct path_file *f)
{
	free(f->path);
	f->path = NULL;
	f->fd = -1;
}

/* Whether nobody else changed the file meanwhile. */
static bool is_ours(const struct path_file *f)
{
	struct stat st;
	return f->regular && fstat(f->fd, &st) == 0 && st.st_size == f->before + f->added;
}

/* Half of it would read as if it were all; but what others wrote behind it is theirs. */
bool path_cancel(struct path_file *f)
{
	bool ours = f->fd >= 0 && is_ours(f);
	bool good = !f->regular || !f->added || (ours && ftruncate(f->fd, f->before) == 0);
	if (f->fd >= 0)
		close(f->fd);
	if (f->made && ours)
		unlink(f->path);
	forget(f);
	return good;
}

static bool fail(struct path_file *f, struct error *err)
{
	cannot_write(err, f->path);
	if (!path_cancel(f))
		error_hint(err, PATH_PART_STAYS);
	return false;
}

bool path_begin(struct path_file *f, const char *path, enum path_mode mode, struct error *err)
{
	struct stat st;
	*f = (struct path_file){.fd = -1};
	f->fd = open_to_write(path, mode, &f->made);
	if (f->fd < 0 && errno == EEXIST)
		return cannot_write(err, path) ||
		       error_hint(err, "a name that no file has yet, so that nothing is lost");
	f->path = mem_str(path);
	if (f->fd < 0 || fstat(f->fd, &st) < 0)
		return fail(f, err);
	f->regular = S_ISREG(st.st_mode);
	f->before = st.st_size;
	return true;
}

bool path_add(struct path_file *f, struct slice *text, struct error *err)
{
	while (text->len) {
		ssize_t n = write(f->fd, text->at, text->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return true;
		if (n <= 0)
			return fail(f, err);
		f->added += n;
		*text = slice_cut(*text, (size_t)n, text->len);
	}
	return true;
}

bool path_end(struct path_file *f, struct error *err)
{
	int again = fcntl(f->fd, F_DUPFD_CLOEXEC, 0), closed = f->fd;
	f->fd = again; /* to take it back by */
	if (close(closed) < 0)
		return fail(f, err);
	if (again >= 0)
		close(again);
	forget(f);
	return true;
}

bool path_write(const char *path, enum path_mode mode, struct slice text, struct error *err)
{
	struct path_file f;
	if (!path_begin(&f, path, mode, err) || !path_add(&f, &text, err))
		return false;
	if (!text.len)
		return path_end(&f, err);
	errno = EAGAIN;
	return fail(&f, err);
}
