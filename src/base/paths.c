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
	size_t room = strlen(base ? base : "") + strlen(home ? home : "") + strlen(name);
	bytes_init(&path, room + sizeof "/.local/share/wilco/");
	/* A relative path is ignored, because the XDG Base Directory Specification calls it
	 * invalid. */
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

static bool cannot_read(struct error *err, const char *path, const char *why)
{
	return error_set(err, STATUS_USAGE, "cannot read %s: %s", quote(slice_str(path)).text, why);
}

static bool is_file(const struct stat *st, const char *path, struct error *err)
{
	mode_t kind = st->st_mode & S_IFMT;
	const char *what = kind == S_IFDIR                      ? "a directory"
			   : kind == S_IFIFO                    ? "a pipe"
			   : kind == S_IFSOCK                   ? "a socket"
			   : kind == S_IFCHR || kind == S_IFBLK ? "a device"
								: NULL;
	char why[64];
	if (!what)
		return true;
	snprintf(why, sizeof why, "this must be a file, but is %s", what);
	return cannot_read(err, path, why);
}

bool path_check_file(const char *path, struct error *err)
{
	struct stat st;
	return stat(path, &st) < 0 || is_file(&st, path, err);
}

static bool read_all(int fd, const char *path, size_t max, struct bytes *out, struct error *err)
{
	char why[64];
	for (;;) {
		size_t room = max + 1 - out->len < 65536 ? max + 1 - out->len : 65536;
		uint8_t *to = bytes_space(out, room);
		if (!to || !room)
			break;
		ssize_t n = read(fd, to, room);
		if (n == 0)
			return true;
		if (n < 0 && errno != EINTR)
			return cannot_read(err, path, strerror(errno));
		if (n > 0)
			out->len += (size_t)n;
	}
	snprintf(why, sizeof why, "it has more than %zu bytes", max);
	return cannot_read(err, path, why);
}

static bool read_open(int fd, const char *path, enum path_source from, size_t max,
	struct bytes *out, struct error *err)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return cannot_read(err, path, strerror(errno));
	/* Checked once more, because another file may have come there since the first look. */
	return (from == PATH_STREAM || is_file(&st, path, err)) &&
	       read_all(fd, path, max, out, err);
}

int path_read(
	const char *path, enum path_source from, size_t max, struct bytes *out, struct error *err)
{
	if (from == PATH_FILE && !path_check_file(path, err))
		return -1;
	int how = O_RDONLY | O_CLOEXEC | O_NOCTTY | (from == PATH_FILE ? O_NONBLOCK : 0);
	int fd = open(path, how);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0) {
		cannot_read(err, path, strerror(errno));
		return -1;
	}
	bool good = read_open(fd, path, from, max, out, err);
	close(fd);
	return good ? 1 : -1;
}

static bool cannot_write(struct error *err, const char *path)
{
	return error_set(err, STATUS_OUTPUT, "cannot write %s: %s", quote(slice_str(path)).text,
		strerror(errno));
}

/* Opens the file; *made says that it did not exist before. */
static int open_to_write(const char *path, enum path_mode mode, bool *made)
{
	const int how = O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	int fd = mode == PATH_APPEND ? open(path, how | O_APPEND) : -1;
	if (fd >= 0 || (mode == PATH_APPEND && errno != ENOENT))
		return fd;
	fd = open(path, how | O_APPEND | O_CREAT | O_EXCL, 0600);
	*made = fd >= 0;
	/* Another program made it first, or the name is a link to a file that does not exist
	 * yet. */
	if (fd < 0 && errno == EEXIST && mode == PATH_APPEND)
		fd = open(path, how | O_APPEND | O_CREAT, 0600);
	return fd;
}

static void paths_forget(struct path_file *f)
{
	free(f->path);
	f->path = NULL;
	f->fd = -1;
}

/* Says whether nobody else has changed the file meanwhile. */
static bool is_ours(const struct path_file *f)
{
	struct stat st;
	return f->regular && fstat(f->fd, &st) == 0 && st.st_size == f->before + f->added;
}

/* Takes back what was written, because half of a text would read as if it were all.  What others
 * wrote after it is theirs and stays. */
bool path_cancel(struct path_file *f)
{
	bool ours = f->fd >= 0 && is_ours(f);
	bool good = !f->regular || !f->added || (ours && ftruncate(f->fd, f->before) == 0);
	if (f->fd >= 0)
		close(f->fd);
	if (f->made && ours)
		unlink(f->path);
	paths_forget(f);
	return good;
}

static bool paths_fail(struct path_file *f, struct error *err)
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
		       error_hint(
			       err, "choose a name that no file has yet, so that nothing is lost");
	f->path = mem_str(path);
	if (f->fd < 0 || fstat(f->fd, &st) < 0)
		return paths_fail(f, err);
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
			return paths_fail(f, err);
		f->added += n;
		*text = slice_cut(*text, (size_t)n, text->len);
	}
	return true;
}

bool path_end(struct path_file *f, struct error *err)
{
	int again = fcntl(f->fd, F_DUPFD_CLOEXEC, 0), closed = f->fd;
	f->fd = again; /* so that the text can still be taken back */
	if (close(closed) < 0)
		return paths_fail(f, err);
	f->fd = -1;
	if (again >= 0 && close(again) < 0)
		return paths_fail(f, err);
	paths_forget(f);
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
	return paths_fail(&f, err);
}

/* Writes a new file beside the old one, and puts it into its place. */
static bool replace_with(
	const char *path, const char *beside, struct slice text, const struct stat *old, int fd)
{
	while (text.len) {
		ssize_t n = write(fd, text.at, text.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text = slice_cut(text, (size_t)n, text.len);
	}
	/* The owner may be another one: then whoever may write the folder owns the new file. */
	bool owned = fchown(fd, old->st_uid, old->st_gid) == 0 || errno == EPERM;
	return owned && fchmod(fd, old->st_mode & 07777) == 0 && fsync(fd) == 0 &&
	       rename(beside, path) == 0;
}

bool path_replace(const char *path, struct slice text, struct error *err)
{
	struct stat old;
	char *real = realpath(path, NULL), *beside = NULL;
	bool good = real && stat(real, &old) == 0;
	if (good && !is_file(&old, path, err)) {
		free(real);
		return false;
	}
	int fd =
		good && asprintf(&beside, "%s.XXXXXX", real) > 0 ? mkostemp(beside, O_CLOEXEC) : -1;
	good = fd >= 0 && replace_with(real, beside, text, &old, fd);
	if (!good)
		cannot_write(err, path);
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && !good)
		unlink(beside);
	free(beside);
	free(real);
	return good;
}
