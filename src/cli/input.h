/* input.h - reads lines of standard input, without ever blocking the loop on a pipe or terminal.
 *
 * A regular file cannot be polled and is read directly.  Anything else is read through a file
 * description of its own, because libuv makes what it watches non-blocking, and other programs
 * share standard input.
 */
#ifndef WILCO_INPUT_H
#define WILCO_INPUT_H

#include "loop/loop.h"

struct input;

struct input_events {
	/* Says that the walk may go on. */
	void (*ready)(void *arg);
	/* Takes a line without its end, valid during the call; false: the next line has to wait. */
	bool (*line)(void *arg, struct slice text);
	/* Takes an error.  After a line that is too long the input goes on. */
	void (*failed)(void *arg, const struct error *err);
};

struct input *input_open(struct loop *loop, const struct input_events *events, void *arg);
void input_close(struct input *in); /* NULL is allowed */
/* Hands on one line after the other until something has to be waited for; false: there are no more
 * lines, or standard output cannot be written any more. */
bool input_walk(struct input *in);

#endif
