/* beside.c - see beside.h. */
#include "beside.h"

#include "text.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* The walk from the running program's folder to the file. */
struct way {
	struct stat program;
	int own; /* the program's folder; -1: it cannot be opened, errno says why */
	struct bytes path;
};

static void way_begin(struct way *w)
{
	char path[PATH_MAX];
	w->own = -1;
	bytes_init(&w->path, 3 * sizeof path);
	ssize_t n = readlink("/proc/self/exe", path, sizeof path);
	/* The program is not opened by its name, which may be another file's by now. */
	int program = n > 0 ? open("/proc/self/exe", O_PATH | O_CLOEXEC) : -1;
	if (program < 0)
		return;
	while (n > 1 && path[n - 1] != '/')
		n--;
	bytes_add(&w->path, slice_of(path, (size_t)n));
	if (fstat(program, &w->program) == 0)
		w->own = open(bytes_str(&w->path), O_PATH | O_DIRECTORY | O_CLOEXEC);
	close(program);
}

/* The sticky bit does not protect: others may put a file there before its owner does. */
static bool others_may_write(const struct stat *it, const struct stat *program)
{
	if (program->st_mode & S_IWOTH)
		return false;
	bool as_program = (program->st_mode & S_IWGRP) && program->st_gid == it->st_gid;
	return (it->st_mode & S_IWOTH) || ((it->st_mode & S_IWGRP) && !as_program);
}

static bool is_trusted(struct way *w, const struct stat *it, struct error *err)
{
	struct quoted name = quote(bytes_slice(&w->path));
	const char *why = "others may have put it there";
	if (it->st_uid != 0 && it->st_uid != w->program.st_uid)
		error_set(err, STATUS_USAGE,
			"%s: %s belongs to user %u, not to root or to wilco's owner (user %u)", why,
			name.text, it->st_uid, w->program.st_uid);
	else if (!others_may_write(it, &w->program))
		return true;
	else if (it->st_mode & S_IWOTH)
		error_set(err, STATUS_USAGE, "%s: everybody may write to %s (chmod o-w)", why,
			name.text);
	else
		error_set(err, STATUS_USAGE, "%s: group %u may write to %s (chmod g-w)", why,
			it->st_gid, name.text);
	return error_hint(err,
		"files that wilco runs from its own folder must belong to root or to "
		"wilco's owner, and nobody may write them who may not write wilco");
}

/* Checks the open folder (`file` is "") or a file in it.  The file must not be a link, which would
 * lead to a folder that nobody checked. */
static bool is_ours(struct way *w, int fd, const char *file, struct error *err)
{
	struct stat it;
	bytes_add_str(&w->path, file);
	struct quoted path = quote(bytes_slice(&w->path));
	if (fstatat(fd, file, &it, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) < 0)
		return error_set(
			err, STATUS_USAGE, "cannot look at %s: %s", path.text, strerror(errno));
	if (S_ISLNK(it.st_mode))
		return error_set(
			err, STATUS_USAGE, "%s is a symbolic link, but must be a file", path.text);
	if (*file && !S_ISREG(it.st_mode))
		return error_set(err, STATUS_USAGE, "%s is not a file", path.text);
	return is_trusted(w, &it, err);
}

int beside_open(const char *folder, const char *file, struct error *err)
{
	struct way way;
	struct stat it;
	*err = (struct error){.status = STATUS_USAGE};
	way_begin(&way);
	int fd = way.own;
	if (fd >= 0 && folder)
		fd = openat(way.own, folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool there = fd >= 0 && fstatat(fd, file, &it, AT_SYMLINK_NOFOLLOW) == 0;
	if (!there && errno != ENOENT && errno != ENOTDIR)
		error_set(err, STATUS_USAGE, "cannot look for %s beside wilco: %s", file,
			strerror(errno));
	/* Each folder is checked, so that nobody puts another file there between the check and the
	 * use. */
	bool good = there && is_ours(&way, way.own, "", err);
	if (good && folder) {
		bytes_addf(&way.path, "%s/", folder);
		good = is_ours(&way, fd, "", err);
	}
	good = good && is_ours(&way, fd, file, err);
	if (way.own >= 0 && way.own != fd)
		close(way.own);
	if (fd >= 0 && !good)
		close(fd);
	bytes_free(&way.path);
	return good ? fd : -1;
}
