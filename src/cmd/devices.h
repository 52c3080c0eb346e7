/* devices.h - the device book: names for addresses, each with its frame, settings and fields. */
#ifndef WILCO_DEVICES_H
#define WILCO_DEVICES_H

#include <wilco/frame.h>
#include <wilco/transport.h>

enum { DEVICE_NAME_MAX = 64 };

struct device {
	struct device *next;
	char *name;
	struct address address; /* with the settings of the line */
	char *frame;            /* NULL: none of its own */
	char *fields;           /* "F=V" separated by NUL, for a frame to parse */
	size_t fields_len;
};

struct devices {
	struct device *first, *last;
};

/* "NAME ADDRESS key=value...": key is frame, a setting of the address, or else a field of the
 * frame.  A name that is there already gets the new meaning.  Errors are placed in `rest`. */
bool devices_define(struct devices *d, struct slice rest, struct error *err);
const struct device *devices_find(const struct devices *d, struct slice name);
void devices_free(struct devices *d);
/* Its fields into values of this frame; errors name device and field. */
bool device_fields(const struct device *device, const struct frame *frame,
	struct frame_values *values, struct error *err);
/* For completion and "did you mean": the index-th name; NULL at the end. */
const char *device_name_at(const void *devices, size_t index);

#endif
