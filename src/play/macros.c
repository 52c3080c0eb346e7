/* macros.c - see macros.h. */
#include "play/macros.h"

#include "base/mem.h"
#include "base/paths.h"
#include "base/text.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ENDING ".wilco"
enum { HEAD_MAX = 4096 }; /* a first comment is looked for in so many bytes */

static bool is_macro_name(struct slice name)
{
	return slice_is_name(name) && name.len <= MACROS_NAME_MAX;
}

char *macros_path(struct slice name, struct error *err)
{
	char file[MACROS_NAME_MAX + 32];
	if (memchr(name.at, '/', name.len) || slice_ends(name, SLICE(ENDING)))
		return path_named(name);
	if (!is_macro_name(name)) {
		error_set(err, STATUS_USAGE,
			"'%s' is no name of a macro, which has at most %d letters, digits and, "
			"behind the first, _ . -; a file has a slash in its name or ends in .wilco",
			quote(name).text, MACROS_NAME_MAX);
		return NULL;
	}
	snprintf(file, sizeof file, "macros/%.*s" ENDING, SLICE_ARG(name));
	char *path = path_of(PATH_DATA, file);
	if (!path)
		error_set(
			err, STATUS_USAGE, "neither HOME nor XDG_DATA_HOME says where macros are");
	return path;
}

char *macros_path_to_write(struct slice name, struct error *err)
{
	char *path = macros_path(name, err);
	bool file = name.len && memchr(name.at, '/', name.len);
	if (!path || file || slice_ends(name, SLICE(ENDING)) || path_make_parents(path, err))
		return path;
	free(path);
	return NULL;
}

char *macros_find(struct slice name)
{
	struct error unnamed;
	char *path = is_macro_name(name) ? macros_path(name, &unnamed) : NULL;
	if (path && access(path, F_OK) == 0)
		return path;
	free(path);
	return NULL;
}

char *macros_file(struct slice name)
{
	char *path = path_named(name), *found;
	bool file = memchr(name.at, '/', name.len) || access(path, F_OK) == 0;
	if (file || !(found = macros_find(name)))
		return path;
	free(path);
	return found;
}

char *macros_folder(void)
{
	return path_of(PATH_DATA, "macros");
}

/* Finds the text of the first comment; a first line #! is none. */
static struct slice first_comment(struct slice head)
{
	struct slice line;
	while (slice_line(&head, &line))
		if (slice_starts(line, SLICE("# ")))
			return slice_trim(slice_cut(line, 2, line.len));
	return SLICE("");
}

/* Reads the beginning of a file.  What is no file, or cannot be read, has no comment. */
static struct slice read_head(int folder, const char *file, char head[HEAD_MAX])
{
	int fd = openat(folder, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n = fd >= 0 ? read(fd, head, HEAD_MAX) : -1;
	if (fd >= 0)
		close(fd);
	return slice_of(head, n > 0 ? (size_t)n : 0);
}

static int is_listed(const struct dirent *entry)
{
	struct slice name = slice_str(entry->d_name);
	bool ends = slice_ends(name, SLICE(ENDING));
	return ends && is_macro_name(slice_cut(name, 0, name.len - strlen(ENDING)));
}

static bool tell_one(int folder, const char *file,
	bool (*told)(void *arg, const char *name, struct slice comment), void *arg)
{
	char head[HEAD_MAX];
	char *name = mem_strn(file, strlen(file) - strlen(ENDING));
	bool more = told(arg, name, first_comment(read_head(folder, file, head)));
	free(name);
	return more;
}

bool macros_each(bool (*told)(void *arg, const char *name, struct slice comment), void *arg,
	struct error *err)
{
	struct dirent **entries = NULL;
	char *path = macros_folder();
	int folder = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int count = folder >= 0 ? scandir(path, &entries, is_listed, alphasort) : -1;
	bool good = count >= 0 || !path || errno == ENOENT, more = true;
	if (!good)
		error_set(err, STATUS_USAGE, "cannot read the folder %s: %s",
			quote(slice_str(path)).text, strerror(errno));
	for (int i = 0; i < count; i++) {
		more = more && tell_one(folder, entries[i]->d_name, told, arg);
		free(entries[i]);
	}
	free(entries);
	if (folder >= 0)
		close(folder);
	free(path);
	return good;
}
