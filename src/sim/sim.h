/* sim.h - being the device: a macro file says what answers which command. */
#ifndef WILCO_SIM_H
#define WILCO_SIM_H

#include <wilco/error.h>
#include <wilco/frame.h>
#include <wilco/transport.h>

struct loop;
struct sim_script;
struct sim;

/* Reads a device's file (doc/wilco.1, AS A DEVICE).  `name` is what it is called in errors, which
 * are added to `shown` with line and column.  `frame`: -f, NULL: the file's own, else esc-cr.
 * NULL when it cannot be played. */
struct sim_script *sim_script_read(const struct frame_book *book, struct slice text,
	const char *name, const char *frame, struct bytes *shown, struct error *err);
void sim_script_free(struct sim_script *script);          /* NULL is allowed */
struct frame *sim_frame(const struct sim_script *script); /* borrowed */

/* One line of the log: who ("127.0.0.1:54321"), a direction ('>' command, '<' reply, '!' note),
 * and the bytes. */
typedef void (*sim_log)(void *arg, const char *who, char direction, struct slice bytes);

/* Serves any number of clients until sim_close(); the script is borrowed. */
struct sim *sim_open(struct loop *loop, const struct sim_script *script, const struct address *a,
	sim_log log, void *log_arg, struct error *err);
void sim_close(struct sim *sim); /* NULL is allowed */
const char *sim_address(const struct sim *sim);

/* The built-in device of `wilco demo`: its file, compiled in. */
struct slice sim_demo(void);

#endif
