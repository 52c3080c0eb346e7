/* ports_held.c - which programs have serial ports open: their descriptors in /proc, and the lock
 * files of those whose descriptors this user cannot see. */
#include "transport/ports.h"

#include "transport/uucp_lock.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void add_holder(struct port_info *p, long pid, bool locks)
{
	for (size_t i = 0; i < p->holder_count; i++)
		if (p->holders[i].pid == pid)
			return;
	if (p->holder_count == PORT_HOLDERS_MAX)
		return;
	struct port_holder *h = &p->holders[p->holder_count++];
	*h = (struct port_holder){.pid = pid, .locks = locks};
	uucp_program(ports_root(), pid, h->program);
}

static void take_file(struct ports *ports, long pid, const char *file)
{
	for (size_t i = 0; i < ports->count; i++)
		if (strcmp(ports->at[i].path, file) == 0)
			add_holder(&ports->at[i], pid, false);
}

/* Looks at the files of one program; it may end meanwhile. */
static void take_program(struct ports *ports, long pid)
{
	char path[PATH_MAX], link[PATH_MAX + 300], to[PATH_MAX];
	snprintf(path, sizeof path, "%s/proc/%ld/fd", ports_root(), pid);
	DIR *folder = opendir(path);
	const struct dirent *entry;
	ports->unseen |= !folder && (errno == EACCES || errno == EPERM);
	while (folder && (entry = readdir(folder))) {
		snprintf(link, sizeof link, "%s/%s", path, entry->d_name);
		ssize_t n = readlink(link, to, sizeof to - 1);
		to[n > 0 ? n : 0] = 0;
		take_file(ports, pid, to);
	}
	if (folder)
		closedir(folder);
}

/* A lock file whose process has gone says nothing. */
static void take_lock(struct port_info *p)
{
	long pid = uucp_holder(ports_root(), p->name);
	if (pid > 0 && (kill((pid_t)pid, 0) == 0 || errno != ESRCH))
		add_holder(p, pid, true);
}

void ports_find_holders(struct ports *ports)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/proc", ports_root());
	DIR *folder = ports->count ? opendir(path) : NULL;
	const struct dirent *entry;
	while (folder && (entry = readdir(folder))) {
		char *end;
		long pid = strtol(entry->d_name, &end, 10);
		if (pid > 0 && !*end)
			take_program(ports, pid);
	}
	if (folder)
		closedir(folder);
	for (size_t i = 0; i < ports->count; i++)
		take_lock(&ports->at[i]);
}
