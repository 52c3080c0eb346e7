/* sim.h - plays a device: a macro file says what answers which command. */
#ifndef WILCO_SIM_H
#define WILCO_SIM_H

#include <wilco/error.h>
#include <wilco/frame.h>
#include <wilco/transport.h>

struct loop;
struct sim_script;
struct sim;
struct verb;

/* Where a device's file comes from, and what it is read with. */
struct sim_source {
	const char *name; /* its name in errors */
	/* The device to be, of a file that opens several; NULL: it opens one. */
	const char *device;
	/* The frame of -f, which wins; NULL: the file's own, else esc-cr. */
	const char *frame;
	struct frame_book *book;         /* named frames; the file may define more */
	const struct verb *const *verbs; /* all verbs (macro.h) */
};

/* Reads a device's file (doc/wilco.1, AS A DEVICE).  Errors are added to `shown` with line and
 * column.  Returns NULL when the file cannot be played. */
struct sim_script *sim_script_read(
	const struct sim_source *from, struct slice text, struct bytes *shown, struct error *err);
void sim_script_free(struct sim_script *script);          /* NULL is allowed */
struct frame *sim_frame(const struct sim_script *script); /* borrowed */

/* Takes one line of the log: who ("127.0.0.1:54321"), a direction ('>' command, '<' reply, '!'
 * note), and the bytes. */
typedef void (*sim_log)(void *arg, const char *who, char direction, struct slice bytes);

/* Serves any number of clients until sim_close(); the script is borrowed. */
struct sim *sim_open(struct loop *loop, const struct sim_script *script, const struct address *a,
	sim_log log, void *log_arg, struct error *err);
/* Lets the device be at one more address; all clients meet the same device. */
bool sim_listen(struct sim *sim, const struct address *a, struct error *err);
void sim_close(struct sim *sim); /* NULL is allowed */
/* Sets a limit in ns: a client that sends nothing for so long, or takes nothing of what waits for
 * it, is closed.  0, as at first, means never.  It applies to clients that come later. */
void sim_limit_idle(struct sim *sim, int64_t ns);
/* Sets what decides about faults that happen at random; 1 at first. */
void sim_seed(struct sim *sim, uint64_t seed);
/* Lets the device end with its first client: others are turned away, and when that one has gone,
 * the listeners are closed, so that the loop ends as soon as all has been sent.  It belongs before
 * the first client.  A pty has no clients that come and go: false. */
bool sim_serve_once(struct sim *sim, struct error *err);
/* What came although the file does not have it. */
struct sim_unknown {
	uint64_t commands; /* those that only `.else` answers included */
	uint64_t odd;      /* times that bytes came that are no frame, or a broken one */
};
/* Has each of these told by the log; without it only `odd` is. */
void sim_strict(struct sim *sim);
struct sim_unknown sim_unknown(const struct sim *sim);
/* Says whether the file has faults. */
bool sim_has_faults(const struct sim_script *script);
/* Returns the index-th of its addresses, with the actual port or path; NULL at the end. */
const char *sim_address(const struct sim *sim, size_t index);
/* Returns the fingerprint of the certificate there; empty: it has none. */
const char *sim_certificate(const struct sim *sim, size_t index);
/* Returns why it accepts no clients any more; the loop is stopped then.  NULL: it accepts
 * clients. */
const struct error *sim_failure(const struct sim *sim);

/* Returns the index-th command that the file answers, in its order; empty at the end.  A command
 * that stands there several times comes as often. */
struct slice sim_command(const struct sim_script *script, size_t index);

/* Returns the file of the built-in device of `wilco demo`, which is compiled in. */
struct slice sim_demo(void);

#endif
