/* shell.h - the console without its screen: sessions, settings and the meaning of a typed line.
 *
 * A screen (src/console/) or a pipe (src/cli/) makes a shell, gives it a struct ui, feeds it
 * lines and interrupts, and runs the loop.  The shell never blocks and never reads keys.
 */
#ifndef WILCO_SHELL_H
#define WILCO_SHELL_H

#include "cmd/ui.h"
#include <wilco/error.h>

struct shell;
struct loop;
struct context;
struct history;

/* Borrows all three for its life.  history: keep the typed lines of each device in a file. */
struct shell *shell_new(struct loop *loop, struct context *context, struct ui *ui, bool history);
void shell_free(struct shell *sh); /* NULL is allowed */
/* Opens a device, as `.open` does; `name` is what it is called. */
bool shell_open(struct shell *sh, const char *name, struct slice device, struct error *err);
/* The highest exit status of what happened so far. */
enum status shell_status(const struct shell *sh);
/* The lines typed at the current device; never NULL. */
struct history *shell_history(struct shell *sh);

/* One typed line, without its line end.  Work that takes time goes on after it returns; a line
 * that has to wait for it is queued. */
void shell_line(struct shell *sh, struct slice line);
/* Ctrl-C on an empty line: gives up the wait for a reply; false when there was nothing to give
 * up. */
bool shell_interrupt(struct shell *sh);
/* A command is in flight or queued. */
bool shell_busy(const struct shell *sh);
/* "pump1> ", safe text; valid until the next call. */
const char *shell_prompt(struct shell *sh);
/* Completion of the word that ends at `cursor`: calls add() with each candidate that could stand
 * in its place, sets *start to where the word begins. */
void shell_complete(struct shell *sh, struct slice line, size_t cursor, size_t *start,
	void (*add)(void *arg, const char *candidate), void *arg);

#endif
