/* uucp_lock.c - see uucp_lock.h. */
#include "transport/uucp_lock.h"

#include "base/mem.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOCK_FOLDER "/run/lock"
enum { PID_TEXT = 11 }; /* ten characters and a line feed */

/* "/dev/serial/by-id/x" -> "ttyUSB0", "/dev/pts/3" -> "pts_3"; a new string, NULL: no device. */
static char *lock_name(const char *port)
{
	char path[PATH_MAX], name[PATH_MAX];
	if (!realpath(port, path) || strncmp(path, "/dev/", 5) != 0)
		return NULL;
	for (char *c = path + 5; (c = strchr(c, '/'));)
		*c = '_';
	int n = snprintf(name, sizeof name, LOCK_FOLDER "/LCK..%s", path + 5);
	return n < (int)sizeof name ? mem_str(name) : NULL;
}

static long holder(const char *lock)
{
	char text[PID_TEXT + 1] = "";
	int fd = open(lock, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	ssize_t n = fd >= 0 ? read(fd, text, PID_TEXT) : 0;
	if (fd >= 0)
		close(fd);
	return n > 0 ? strtol(text, NULL, 10) : 0;
}

long uucp_holder(const char *root, const char *name)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s" LOCK_FOLDER "/LCK..%s", root, name);
	return holder(path);
}

void uucp_program(const char *root, long pid, char name[UUCP_PROGRAM_MAX])
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/proc/%ld/comm", root, pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, name, UUCP_PROGRAM_MAX - 1) : 0;
	if (fd >= 0)
		close(fd);
	name[n > 0 ? n : 0] = 0;
	name[strcspn(name, "\n")] = 0;
}

static bool is_used(const char *lock, long pid, struct error *err)
{
	char name[UUCP_PROGRAM_MAX];
	if (pid <= 0)
		return error_set(err, STATUS_CONNECT,
			"the port is locked by %s, which names no process: remove the file if no "
			"program uses the port",
			lock);
	uucp_program("", pid, name);
	return error_set(err, STATUS_CONNECT, "process %ld (%s) uses the port, as %s says", pid,
		quote(slice_str(*name ? name : "?")).text, lock);
}

static bool write_pid(const char *path)
{
	char text[32];
	snprintf(text, sizeof text, "%10ld\n", (long)getpid());
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return false;
	bool good = write(fd, text, PID_TEXT) == PID_TEXT;
	return close(fd) == 0 && good;
}

/* The file gets its name once it names its process: nobody reads an empty one. */
static bool link_lock(const char *lock, bool *there)
{
	char draft[64];
	snprintf(draft, sizeof draft, LOCK_FOLDER "/LTMP.%ld", (long)getpid());
	unlink(draft); /* of a process that had this number before */
	bool drafted = write_pid(draft), made = drafted && link(draft, lock) == 0;
	*there = drafted && !made && errno == EEXIST;
	unlink(draft);
	return made;
}

/* Makes the lock file; one whose process has gone is removed first, once. */
static bool uucp_lock_take(char **lock, bool again, struct error *err)
{
	bool there = false;
	if (link_lock(*lock, &there))
		return true;
	if (!there) {
		free(*lock);
		*lock = NULL;
		return true;
	}
	long pid = holder(*lock);
	bool gone = pid > 0 && kill((pid_t)pid, 0) < 0 && errno == ESRCH;
	if (gone && again && unlink(*lock) == 0)
		return uucp_lock_take(lock, false, err);
	return is_used(*lock, pid, err);
}

bool uucp_lock(const char *port, char **lock, struct error *err)
{
	*lock = lock_name(port);
	if (!*lock || uucp_lock_take(lock, true, err))
		return true;
	free(*lock);
	*lock = NULL;
	return false;
}

void uucp_unlock(char **lock)
{
	if (*lock)
		unlink(*lock);
	free(*lock);
	*lock = NULL;
}
