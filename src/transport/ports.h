/* ports.h - the serial ports of this machine, as sysfs, udev's names and /proc show them.
 *
 * Nothing is opened, because that raises DTR and may restart a device. What a device says about
 * itself (maker, model, serial number) is bytes of the device, which whoever shows them escapes.
 */
#ifndef WILCO_TRANSPORT_PORTS_H
#define WILCO_TRANSPORT_PORTS_H

#include <wilco/transport.h>

enum { PORT_HOLDERS_MAX = 8, PORT_PROGRAM_MAX = 32 };

/* A program that has the port open, or says so by a lock file. */
struct port_holder {
	long pid;
	char program[PORT_PROGRAM_MAX]; /* empty: it cannot be seen */
	bool locks;                     /* only its lock file says so */
};

/* All texts are owned; NULL: there is none. */
struct port_info {
	char *name;            /* "ttyUSB0" */
	char *path;            /* "/dev/ttyUSB0" */
	char *by_id, *by_path; /* its names in /dev/serial/by-id and by-path */
	char *driver;          /* "ftdi_sio" */
	char *usb;       /* where it is plugged in: "1-1.2" is bus 1, port 1 of it, port 2 of the
			    hub there */
	char *interface; /* of an adapter with several ports: "00" */
	char *vendor, *product; /* "0403", "6001" */
	char *maker, *model, *serial;
	/* Another one where it was pulled out and came again under the same name. */
	uint64_t instance;
	bool twin; /* another one is the same but for its place, so by_id may be either */
	struct port_holder holders[PORT_HOLDERS_MAX];
	size_t holder_count;
};

struct ports {
	struct port_info *at; /* in the order of their names; owned */
	size_t count;
	bool unseen; /* there are programs whose files this user cannot see */
};

/* Lists the ports that are there; false: the system does not say. */
bool ports_list(struct ports *p, struct error *err);
/* Finds out who has them, which takes a look at all programs. */
void ports_find_holders(struct ports *p);
void ports_free(struct ports *p);
/* Returns the name that means this port and no other one, as `serial:NAME` has it. */
const char *port_address(const struct port_info *port);
/* Returns the size of `serial:` in front of a name; 0: it is not there. */
static inline size_t port_prefix(struct slice name)
{
	return slice_starts(name, SLICE("serial:")) ? sizeof "serial:" - 1 : 0;
}
/* Says whether a name or pattern, as `serial:` has it, means the port; an empty one means all. */
bool port_is_meant(const struct port_info *port, const char *pattern);
/* Returns false: err says that the pattern means none, and which there are. */
bool ports_none(const struct ports *ports, const char *pattern, struct error *err);
/* Says whether this user may open it; if not, adds why and what to do. */
bool port_may_open(const struct port_info *port, struct bytes *why);
/* Adds that this user has no permission to open the file, and what to do about it. */
void ports_add_remedy(const char *path, struct bytes *why);

/* An address of a serial port may have a name or a pattern in the place of its path, or nothing:
 * the only port there is.  Says whether it is clear which port is meant; that there is none yet is
 * no error of a name, because it may be plugged in.  An empty one gets its name. */
bool ports_choose(struct address *a, struct error *err);
/* Returns the path that the host of such an address stands for now, as a new string; NULL: err says
 * why there is none. */
char *ports_path(const char *host, struct error *err);

/* ---- waiting for one that is plugged in ---- */

struct loop;
struct ports_watch;
/* Calls `came` once, from the loop, with the first port that was not there before, when udev has
 * named it and given it its permission.  It may then free the watch.  NULL: err says why. */
struct ports_watch *ports_watch_new(struct loop *loop,
	void (*came)(void *arg, const struct port_info *port), void *arg, struct error *err);
void ports_watch_free(struct ports_watch *w); /* NULL is allowed */

/* Returns what stands in front of /sys, /dev, /proc and /run: nothing, or for tests the folder
 * WILCO_PORTS_ROOT. */
const char *ports_root(void);

#endif
