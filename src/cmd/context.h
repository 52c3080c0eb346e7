/* context.h - what every use of wilco starts from: configuration and options put together.
 *
 * The command line overrides the device's address, that the configuration, and that the defaults.
 */
#ifndef WILCO_CONTEXT_H
#define WILCO_CONTEXT_H

#include "cmd/devices.h"
#include "cmd/groups.h"
#include "cmd/options.h"
#include <wilco/session.h>

struct verb;
/* All verbs (cmd.c), sorted by name; NULL ends them. */
extern const struct verb *const verbs[];

/* What a console leaves in the terminal. */
enum leave { LEAVE_LINE, LEAVE_SCREEN, LEAVE_NOTHING };
const char *leave_name(const void *unused, size_t index); /* NULL at the end */

/* What a console uses the mouse for. */
enum mouse { MOUSE_WHEEL, MOUSE_NOTHING };
const char *mouse_name(const void *unused, size_t index); /* NULL at the end */

struct context {
	struct options options;
	struct frame_book *book;
	struct devices devices;   /* the device book */
	struct groups groups;     /* of its devices */
	struct settings settings; /* said by the configuration */
	struct settings said;     /* said by the command line */
	char *frame;              /* the frame chosen by the configuration, NULL: none */
	char *device;             /* the default device; NULL: none */
	char *log;                /* where each device of a console is logged; NULL: nowhere */
	const struct view *view;
	enum leave leave;
	enum mouse mouse;
	uint64_t transcript;     /* bytes of memory for what happened */
	struct bytes binds;      /* `.bind` lines of the configuration, without the verb, */
	struct bytes highlights; /* and its `.highlight` lines */
	struct bytes warnings;   /* about frames that the configuration defines; lines */
};

/* Reads the configuration and applies the options.  On failure `shown` may have the whole error. */
bool context_open(
	struct context *c, const struct options *o, struct bytes *shown, struct error *err);
void context_close(struct context *c);

/* Who named a device: -f is meant for a device of the command line. */
enum named_by { NAMED_BY_ARGUMENT, NAMED_BY_LINE };

/* Finds a device of the book, or an address, and its frame: that of -f, else its own (for a device
 * that a line names, its own first), else the configuration's, else the default for its kind of
 * line.  On failure *wrong is the text that the error's place refers to: the device's or the
 * frame's. */
bool context_target(const struct context *c, struct slice text, enum named_by by, struct target *t,
	struct slice *wrong, struct error *err);
/* Does the same for a device that a line describes, which is in no book. */
bool context_target_of(const struct context *c, const struct device *device, enum named_by by,
	struct target *t, struct error *err);
/* Does the same for a device whose place another address takes: frame, settings and fields that the
 * device book has for `name` stay, unless `place` is in the device book itself. */
bool context_target_at(const struct context *c, struct slice name, struct slice place,
	enum named_by by, struct target *t, struct slice *wrong, struct error *err);

/* Defines the frame.  `warnings` gets a line about each thing that is allowed but fragile. */
bool context_define_frame(
	struct context *c, struct slice rest, struct bytes *warnings, struct error *err);

/* Applies a setting of the configuration, or one of `.set` that does not belong to the session. */
bool context_set(struct context *c, struct slice name, struct slice value, struct error *err);

#endif
