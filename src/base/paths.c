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

static bool write_all(int fd, struct slice text)
{
	while (text.len) {
		ssize_t n = write(fd, text.at, text.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text = slice_cut(text, (size_t)n, text.len);
	}
	return true;
}

bool path_write(const char *path, enum path_mode mode, struct slice text, struct error *err)
{
	struct stat before = {0};
	int how = mode == PATH_NEW ? O_EXCL : O_APPEND;
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | how, 0600);
	if (fd < 0 && errno == EEXIST)
		return cannot_write(err, path) ||
		       error_hint(err, "a name that no file has yet, so that nothing is lost");
	if (fd < 0)
		return cannot_write(err, path);
	bool good = fstat(fd, &before) == 0 && write_all(fd, text);
	if (!good)
		cannot_write(err, path);
	/* Half of it would read as if it were all. */
	if (!good && S_ISREG(before.st_mode) && ftruncate(fd, before.st_size) < 0)
		good = false;
	if (close(fd) < 0 && good)
		good = cannot_write(err, path);
	return good;
}
