/* ports.c - see ports.h.
 *
 * A port is a folder of /sys/class/tty with a `device`; that of a console or a pty has none. From
 * there up to the root of the devices stand its driver, its USB interface and its USB device.
 */
#include "transport/ports.h"

#include "base/mem.h"
#include "base/text.h"
#include "transport/uucp_lock.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PORTS_MAX = 1000, ATTRIBUTE_MAX = 256 };

const char *ports_root(void)
{
	const char *root = getenv("WILCO_PORTS_ROOT");
	return root ? root : "";
}

static void port_free(struct port_info *p)
{
	char *texts[] = {p->name, p->path, p->by_id, p->by_path, p->driver, p->usb, p->interface,
		p->vendor, p->product, p->maker, p->model, p->serial};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		free(texts[i]);
}

void ports_free(struct ports *p)
{
	for (size_t i = 0; i < p->count; i++)
		port_free(&p->at[i]);
	free(p->at);
	*p = (struct ports){0};
}

/* ---- sysfs ---- */

/* Reads a file of one line as a new string; NULL: there is none, or nothing in it. */
static char *attribute(const char *folder, const char *name)
{
	char path[PATH_MAX + 64], text[ATTRIBUTE_MAX];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof text) : -1;
	if (fd >= 0)
		close(fd);
	struct slice value = slice_trim(slice_of(text, n > 0 ? (size_t)n : 0));
	const uint8_t *end = value.len ? memchr(value.at, '\n', value.len) : NULL;
	value.len = end ? (size_t)(end - value.at) : value.len;
	return value.len && !memchr(value.at, 0, value.len) ? mem_strn(value.at, value.len) : NULL;
}

static void take_attribute(char **text, const char *folder, const char *name)
{
	if (!*text)
		*text = attribute(folder, name);
}

static const char *last_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* Newer kernels have devices of their own between a port and its controller, whose drivers say
 * nothing. */
static void take_driver(struct port_info *p, const char *folder)
{
	char path[PATH_MAX + 64], real[PATH_MAX];
	snprintf(path, sizeof path, "%s/driver", folder);
	if (p->driver || !realpath(path, real))
		return;
	const char *name = last_name(real);
	if (strcmp(name, "port") != 0 && strcmp(name, "ctrl") != 0)
		p->driver = mem_str(name);
}

/* Looks at a folder on the way up; true: it is the USB device, above which is nothing of it. */
static bool take_folder(struct port_info *p, const char *folder)
{
	take_driver(p, folder);
	take_attribute(&p->interface, folder, "bInterfaceNumber");
	take_attribute(&p->vendor, folder, "idVendor");
	if (!p->vendor)
		return false;
	p->usb = mem_str(last_name(folder));
	take_attribute(&p->product, folder, "idProduct");
	take_attribute(&p->maker, folder, "manufacturer");
	take_attribute(&p->model, folder, "product");
	take_attribute(&p->serial, folder, "serial");
	return true;
}

static void look_upwards(struct port_info *p, char *folder, const char *top)
{
	size_t most = strlen(top);
	while (strncmp(folder, top, most) == 0 && strlen(folder) > most && !take_folder(p, folder))
		*strrchr(folder, '/') = 0;
}

/* The kernel has names for ports that a machine might have; those that it lacks are of no type. */
static bool is_there(const char *folder)
{
	char *type = attribute(folder, "type");
	bool unknown = type && strcmp(type, "0") == 0;
	free(type);
	return !unknown;
}

static bool port_read(struct port_info *p, const char *name)
{
	char folder[PATH_MAX], device[PATH_MAX + 64], real[PATH_MAX], top[PATH_MAX];
	struct stat st;
	snprintf(folder, sizeof folder, "%s/sys/class/tty/%s", ports_root(), name);
	snprintf(device, sizeof device, "%s/device", folder);
	snprintf(top, sizeof top, "%s/sys", ports_root());
	if (!realpath(device, real) || !is_there(folder))
		return false;
	if (lstat(folder, &st) < 0)
		return false;
	*p = (struct port_info){.name = mem_str(name), .instance = st.st_ino};
	if (asprintf(&p->path, "%s/dev/%s", ports_root(), name) < 0)
		abort();
	char root[PATH_MAX];
	look_upwards(p, real, realpath(top, root) ? root : top);
	return true;
}

/* ---- udev's names ---- */

/* Finds the first link in this folder that leads to the port. */
static char *link_to(const char *folder, const struct port_info *p)
{
	char path[PATH_MAX], to[PATH_MAX];
	struct dirent **entries;
	char *found = NULL;
	snprintf(path, sizeof path, "%s/dev/serial/%s", ports_root(), folder);
	int count = scandir(path, &entries, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		char link[PATH_MAX + 300];
		snprintf(link, sizeof link, "%s/%s", path, entries[i]->d_name);
		ssize_t n = readlink(link, to, sizeof to - 1);
		to[n > 0 ? n : 0] = 0;
		if (!found && n > 0 && strcmp(last_name(to), p->name) == 0)
			found = mem_str(entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return found;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool are_twins(const struct port_info *a, const struct port_info *b)
{
	return a->usb && b->usb && same_text(a->vendor, b->vendor) &&
	       same_text(a->product, b->product) && same_text(a->serial, b->serial) &&
	       same_text(a->interface, b->interface);
}

/* Of adapters that are the same udev names one, whichever came last: the name means all of them. */
static void find_twins(struct ports *p)
{
	for (size_t i = 0; i < p->count; i++)
		for (size_t j = 0; j < p->count; j++) {
			struct port_info *a = &p->at[i], *b = &p->at[j];
			if (i == j || !are_twins(a, b))
				continue;
			a->twin = true;
			if (!a->by_id && b->by_id)
				a->by_id = mem_str(b->by_id);
		}
}

static int is_name(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

bool ports_list(struct ports *p, struct error *err)
{
	char path[PATH_MAX];
	struct dirent **entries;
	*p = (struct ports){0};
	snprintf(path, sizeof path, "%s/sys/class/tty", ports_root());
	int count = scandir(path, &entries, is_name, versionsort);
	if (count < 0)
		return error_set(err, STATUS_CONNECT,
			"the system does not say which ports there are: %s: %s",
			quote(slice_str(path)).text, strerror(errno));
	p->at = mem_new(((size_t)count + 1) * sizeof *p->at);
	for (int i = 0; i < count; i++) {
		struct port_info *port = &p->at[p->count];
		if (p->count < PORTS_MAX && port_read(port, entries[i]->d_name)) {
			port->by_id = link_to("by-id", port);
			port->by_path = link_to("by-path", port);
			p->count++;
		}
		free(entries[i]);
	}
	free(entries);
	find_twins(p);
	return true;
}

const char *port_address(const struct port_info *p)
{
	if (p->by_id && !p->twin)
		return p->by_id;
	return p->by_path ? p->by_path : p->name;
}

/* ---- who may open it ---- */

static bool is_member(const struct group *g)
{
	const struct passwd *user = getpwuid(geteuid());
	for (char **name = g->gr_mem; user && *name; name++)
		if (strcmp(*name, user->pw_name) == 0)
			return true;
	return false;
}

void ports_add_remedy(const char *path, struct bytes *why)
{
	struct stat st;
	bool by_group = stat(path, &st) == 0 && (st.st_mode & 060) == 060 && st.st_gid != 0;
	const struct group *g = by_group ? getgrgid(st.st_gid) : NULL;
	if (!g) {
		bytes_add_str(why, "no permission: only root may open it");
		return;
	}
	const struct quoted name = quote(slice_str(g->gr_name));
	if (is_member(g))
		bytes_addf(why,
			"no permission: you are in the group %s, but your session began before "
			"that: log in again",
			name.text);
	else
		bytes_addf(why,
			"no permission: it is for the group %s: sudo usermod -aG %s \"$USER\", and "
			"log in again",
			name.text, name.text);
}

bool port_may_open(const struct port_info *p, struct bytes *why)
{
	if (faccessat(AT_FDCWD, p->path, R_OK | W_OK, AT_EACCESS) == 0)
		return true;
	int code = errno;
	if (code == EACCES)
		ports_add_remedy(p->path, why);
	else if (code == ENOENT)
		bytes_add_str(why, "it has no file in /dev: udev has not made it yet, or this "
				   "container was not given it");
	else
		bytes_add_str(why, strerror(code));
	return false;
}
