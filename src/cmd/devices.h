/* devices.h - the device book: names for addresses, each with its frame, settings and fields. */
#ifndef WILCO_DEVICES_H
#define WILCO_DEVICES_H

#include <wilco/frame.h>
#include <wilco/transport.h>

enum { DEVICE_NAME_MAX = 64, DEVICES_MAX = 100000 };

struct device {
	size_t index; /* in the book */
	char *name;
	struct address address; /* with the settings of the line */
	char *frame;            /* NULL: none of its own */
	char *fields;           /* pairs "F=V", each ended by NUL, which a frame parses */
	size_t fields_len;
};

struct devices {
	struct device **at; /* in the order in which they were defined; owned */
	size_t count, room;
	void *names;                 /* the same devices as a tree of tsearch(3) */
	const struct devices *below; /* has what is not here; NULL: none */
};

/* Reads "ADDRESS key=value...", where a key is frame, a setting of the address, or else a field of
 * the frame.  It gets the name as it is.  NULL: err, placed in `rest`, says why. */
struct device *device_read(struct slice name, struct slice rest, struct error *err);
/* Says whether a device, or a group, of the book can have that name. */
bool device_name_check(struct slice name, struct error *err);
void device_free(struct device *device); /* NULL is allowed */
/* Reads "NAME ADDRESS key=value..." for the book, where it replaces a device of the same name; the
 * book owns it.  NULL: err, placed in `rest`, says why. */
const struct device *devices_define(struct devices *d, struct slice rest, struct error *err);
/* Adds the line that defines the device, `.device NAME ADDRESS key=value...`, which a
 * configuration, a prompt and a macro read.  flags: those of text_add(). */
void device_add_line(const struct device *device, struct bytes *out, unsigned flags);
const struct device *devices_find(const struct devices *d, struct slice name);
void devices_free(struct devices *d);
/* Puts the device's fields into values of this frame; errors name device and field. */
bool device_fields(const struct device *device, const struct frame *frame,
	struct field_value *values, struct error *err);
/* Returns the index-th name, for completion and "did you mean"; NULL at the end. */
const char *device_name_at(const void *devices, size_t index);

#endif
