/* tour.c - what `wilco demo` proposes to try next, in the row above an empty line.
 *
 * A step is over when it was done or when another line was run instead, so that nobody is nagged.
 */
#include "console/console_private.h"

/* Nothing is longer than the 39 cells that a window of 40 has for it. */
static const struct {
	const char *says;
	enum action action;     /* which does it; ACT_NOTHING: a line does */
} steps[] = {{"", ACT_NOTHING}, /* the greeting says what can be asked */
	{"try Ctrl-O: look into a reply, copy it", ACT_BROWSE},
	{"try Up, or Ctrl-R: lines typed before", ACT_NOTHING},
	{"try .log demo.log: a log of all this", ACT_NOTHING},
	{"try .open demo2: one more device", ACT_NOTHING},
	{"try Ctrl-X: from device to device", ACT_NEXT_SESSION},
	{"try F1: all the rest; Ctrl-D leaves", ACT_HELP}};

static bool is_under_way(const struct console *c)
{
	return c->tour && c->tour <= sizeof steps / sizeof steps[0];
}

void console_tour(struct console *c)
{
	c->tour = 1;
}

const char *tour_says(const struct console *c)
{
	return is_under_way(c) ? steps[c->tour - 1].says : NULL;
}

void tour_line(struct console *c)
{
	c->tour += is_under_way(c) && !c->draft; /* who browses asks with a line, too */
}

void tour_act(struct console *c, enum action action)
{
	c->tour += is_under_way(c) && action == steps[c->tour - 1].action;
}
