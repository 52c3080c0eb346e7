/* input.h - lines of standard input, without ever blocking the loop on a pipe or terminal.
 *
 * A regular file cannot be polled and is read directly.  Anything else is read through a
 * description of its own, because libuv makes what it watches non-blocking and standard input is
 * shared with other programs.
 */
#ifndef WILCO_INPUT_H
#define WILCO_INPUT_H

#include "loop/loop.h"

enum input_state {
	INPUT_LINE,
	INPUT_WAIT, /* ready() will be called */
	INPUT_END,
	INPUT_FAILED, /* err says why; the input goes on behind a line that is too long */
};

struct input;

struct input *input_open(struct loop *loop, void (*ready)(void *arg), void *arg);
void input_close(struct input *in); /* NULL is allowed */
/* The next line without its end, valid until the next call. */
enum input_state input_line(struct input *in, struct slice *line, struct error *err);

#endif
