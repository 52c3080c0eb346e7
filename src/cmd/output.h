/* output.h - the formats of standard output (-o): the views, and forms that are not for people.
 *
 * A format is a view, or a row of the table in output.c.  A result can be written as lines or as an
 * object of JSON; the format chooses.
 */
#ifndef WILCO_OUTPUT_H
#define WILCO_OUTPUT_H

#include "base/json.h"
#include "pane/view.h"
#include <wilco/error.h>

struct output;

struct result {
	/* Writes the result as lines; a device's bytes go through output->bytes(). */
	void (*plain)(const struct output *output, const void *arg);
	/* Writes the members of its object; NULL: what it says is in other objects already. */
	void (*members)(struct json *o, const void *arg);
	const void *arg;
};

struct output {
	const char *name;
	const struct view *view; /* shows people what devices said; NULL: not for people */
	bool binary; /* it writes a device's bytes as they are, which no terminal should get */
	void (*write)(const struct output *output, const struct result *r, struct bytes *out);
	void (*bytes)(
		const struct output *output, const struct shown *s, view_sink *sink, void *arg);
};
#define OUTPUT_DECLARED(name) extern const struct output output_##name;
VIEWS(OUTPUT_DECLARED)
extern const struct output output_json;

/* Returns the format of a view: each has one, of its name. */
const struct output *output_of(const struct view *view);
/* Returns the view that shows a device's bytes in notes on standard error. */
const struct view *output_notes(const struct output *output);
const struct output *output_parse(struct slice name, struct error *err); /* NULL: there is none */
const char *output_name(const void *unused, size_t index);

#endif
