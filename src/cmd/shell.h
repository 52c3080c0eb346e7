/* shell.h - the console without its screen: sessions, settings and the meaning of a typed line.
 *
 * A screen (src/console/) or a pipe (src/cli/) makes a shell, gives it a struct ui, feeds it
 * lines and interrupts, and runs the loop.  The shell never blocks and never reads keys.
 */
#ifndef WILCO_SHELL_H
#define WILCO_SHELL_H

#include "cmd/context.h"
#include "cmd/ui.h"
#include "pane/view.h"
#include <wilco/error.h>

struct shell;
struct loop;
struct history;

/* Borrows all three for its life.  history: keep the typed lines of each device in a file. */
struct shell *shell_new(struct loop *loop, struct context *context, struct ui *ui, bool history);
void shell_free(struct shell *sh); /* NULL is allowed */
/* Opens a device; `name` is what it is called. */
bool shell_open(struct shell *sh, const char *name, struct slice device, enum named_by by,
	struct error *err);
/* What to do when a console begins without one. */
void shell_explain_no_device(struct shell *sh);
/* The highest exit status of what happened so far. */
enum status shell_status(const struct shell *sh);
/* The lines typed at the current device; never NULL. */
struct history *shell_history(struct shell *sh);

/* One typed line, without its line end.  Work that takes time goes on after it returns; a line
 * that has to wait for it is queued. */
void shell_line(struct shell *sh, struct slice line);
/* The same, for one of several lines that come together: even .quit waits for those before it. */
void shell_line_together(struct shell *sh, struct slice line);
/* The same, for this device. */
void shell_line_at(struct shell *sh, const struct session *session, struct slice line);
/* What Enter would do with this line now. */
enum preview {
	PREVIEW_NOTHING, /* blank, a comment */
	PREVIEW_BYTES,   /* it sends `wire` */
	PREVIEW_VERB,    /* a command of wilco's own; `wire` gets its help, safe text */
	PREVIEW_WRONG,   /* err says why, placed in the line */
};
enum preview shell_preview(
	struct shell *sh, struct slice line, struct bytes *wire, struct error *err);
/* Whether a line only changes how things are shown: whoever looks at something looks on. */
bool shell_stays(struct slice line);
/* The open devices in their order; false at the end. */
struct shell_device {
	unsigned number;
	struct session *session;
	bool current, unseen; /* unseen: something came since it was the current one */
};
bool shell_device(const struct shell *sh, size_t index, struct shell_device *out);
bool shell_use_next(struct shell *sh);
int64_t shell_waits_until(const struct shell *sh); /* of `.wait`, monotonic ns; 0: no wait */
size_t shell_queued(const struct shell *sh);       /* lines that wait for the current device */
size_t shell_unsent(const struct shell *sh);       /* lines that wait for any device */
/* Nothing more is sent, and the screen is told to end. */
void shell_quit(struct shell *sh);
/* Spells an exchange as lines, as is done without an `exchange` of the ui. */
void shell_show(struct shell *sh, const struct session *s, const struct exchange *x);
struct watch;
const struct watch *shell_watch(const struct shell *sh, size_t index); /* NULL at the end */
enum view shell_view(const struct shell *sh);
void shell_set_view(struct shell *sh, enum view view);
/* Ctrl-C on an empty line: gives up what the current device is waited for and the lines that wait
 * for it, or where there is nothing of it what the others are waited for; false when there was
 * nothing to give up. */
bool shell_interrupt(struct shell *sh);
/* A command is in flight or queued, or a file is being written. */
bool shell_busy(const struct shell *sh);
bool shell_exporting(const struct shell *sh); /* the latter */
/* "saving to x: 34 %", once it takes long; false: there is nothing to say. */
bool shell_progress(const struct shell *sh, struct bytes *out);
/* "pump1> ", safe text; valid until the next call. */
const char *shell_prompt(struct shell *sh);
/* Completion of the word that ends at `cursor`: calls add() with each candidate that could stand
 * in its place, sets *start to where the word begins. */
void shell_complete(struct shell *sh, struct slice line, size_t cursor, size_t *start,
	void (*add)(void *arg, const char *candidate), void *arg);

#endif
