/* context.h - what every way of using wilco starts from: configuration and options put together.
 *
 * Precedence: command line over the device's address over the configuration over defaults.
 */
#ifndef WILCO_CONTEXT_H
#define WILCO_CONTEXT_H

#include "cmd/devices.h"
#include "cmd/options.h"
#include <wilco/frame.h>
#include <wilco/transport.h>

struct context {
	struct options options;
	struct frame_book *book;
	struct devices devices;   /* the device book */
	struct settings settings; /* of the configuration */
	struct settings said;     /* of the command line */
	char *frame;              /* the frame chosen by the configuration, NULL: none */
	char *device;             /* the default device, NULL: none */
	enum view view;
	struct bytes binds;    /* `.bind` lines of the configuration, without the verb */
	struct bytes warnings; /* of frames that the configuration defines; lines */
};

/* Reads the configuration and applies the options; err.what names file and line. */
bool context_open(
	struct context *c, const struct options *o, struct bytes *shown, struct error *err);
void context_close(struct context *c);

/* What a session with a device begins with. */
struct target {
	struct address address; /* with all settings that count */
	struct frame *frame;    /* a reference */
	bool default_frame;     /* nobody chose it */
	struct frame_values fields;
};

/* Who named a device: -f is meant for those of the command line. */
enum named_by { NAMED_BY_ARGUMENT, NAMED_BY_LINE };

/* A device of the book, or an address: where it is, and its frame: that of -f, else its own (for
 * one that a line names, its own first), else the configuration's, else the default of its kind of
 * line.  On failure *wrong is the text that the error's place is in: the device's, or the
 * frame's. */
bool context_target(const struct context *c, struct slice text, enum named_by by, struct target *t,
	struct slice *wrong, struct error *err);
void target_free(struct target *t);

/* Whether the rest of `.frame` is NAME = NOTATION: in a notation something that no frame name
 * holds (a blank, a colon) stands before the first `=`. */
bool context_defines_frame(struct slice rest);

/* Does so; what is allowed and fragile about the frame is added to `warnings`, a line each. */
bool context_define_frame(
	struct context *c, struct slice rest, struct bytes *warnings, struct error *err);

/* One line of the configuration, or of `.set` at the prompt when it is not the session's. */
bool context_set(struct context *c, struct slice name, struct slice value, struct error *err);

#endif
