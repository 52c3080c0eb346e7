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
struct sim_script;

/* Makes a shell, which borrows all three for its life.  history: keep typed lines in files. */
struct shell *shell_new(struct loop *loop, struct context *context, struct ui *ui, bool history);
/* Frees a shell; NULL is allowed.  False: the end of a log could not be written, which was said. */
bool shell_free(struct shell *sh);
/* Opens a device and calls it `name`. */
bool shell_open(struct shell *sh, const char *name, struct slice device, enum named_by by,
	struct error *err);
/* The names of the demo's devices, of which the second one is in the device book; the first name is
 * a word of the command line, as which no book takes it. */
#define SHELL_DEMO        "demo"
#define SHELL_DEMO_SECOND "demo2"
bool shell_is_demo(const char *name);
/* Opens the built-in device of `wilco demo` and says what it can be asked; both are borrowed.
 */
bool shell_open_demo(
	struct shell *sh, const struct sim_script *script, const char *address, struct error *err);
/* Frees the devices that were taken away and of which no entry is left, and says whether there were
 * any.  For whoever turns the loop: none of their callbacks may be under way. */
bool shell_rest(struct shell *sh);
/* Begins new files where logs were moved away; false: there is no log. */
bool shell_reopen_logs(struct shell *sh);
/* Says what to do when a console begins without a device. */
void shell_explain_no_device(struct shell *sh);
/* Returns the highest exit status of what happened so far. */
enum status shell_status(const struct shell *sh);
/* Returns the lines typed at the current device; never NULL. */
struct history *shell_history(const struct shell *sh);

/* Checks a macro that was edited, and says what is wrong with it. */
void shell_edited(struct shell *sh, const char *path);

/* Runs one typed line, which has no line end.  Work that takes time goes on after the call returns;
 * a line that has to wait for such work is queued. */
void shell_line(struct shell *sh, struct slice line);
/* Returns the line that this one stands for, which the history keeps: a number that was offered may
 * mean another device tomorrow. */
struct slice shell_meant(const struct shell *sh, struct slice line);
/* The secret that ui_ops.secret() asked for is known, or was not given. */
void shell_secret(struct shell *sh, bool given);
/* What ui_ops.ask() asked for; not given: it was n, or no line. */
void shell_answer(struct shell *sh, bool given, struct slice text);
/* A question is over, and there is none now: another may be asked. */
void shell_asks_again(struct shell *sh);
/* Runs one of several lines that come together: even .quit waits for those before it. */
void shell_line_together(struct shell *sh, struct slice line);
/* Says how many lines of those that came together, or through a pipe, were replies of a file, which
 * nobody compares. */
void shell_tell_skipped(struct shell *sh);
/* Says that a loop was begun and has no .end, where that is so: nothing more comes. */
void shell_tell_unended(struct shell *sh);
/* Runs a line at this device. */
void shell_line_at(struct shell *sh, const struct session *session, struct slice line);
/* Says whether the line is a `.now` that would go out while a command waits. */
bool shell_goes_now(struct shell *sh, struct slice line);
/* What Enter would do with this line now. */
enum preview {
	PREVIEW_NOTHING, /* the line is blank or a comment */
	PREVIEW_BYTES,   /* it sends the bytes in `wire` */
	PREVIEW_TELL,    /* it sends them, and no reply is expected */
	PREVIEW_AS,      /* it sends nothing; the last command would be these bytes from then on */
	PREVIEW_VERB,    /* a command of wilco's own; `wire` gets its help, safe text */
	PREVIEW_WRONG,   /* err says why, placed in the line */
};
enum preview shell_preview(
	struct shell *sh, struct slice line, struct bytes *wire, struct error *err);
/* The same for a line of several that come together. */
enum preview shell_preview_together(
	struct shell *sh, struct slice text, struct bytes *wire, struct error *err);
/* Says whether a line only changes how things are shown: whoever browses goes on browsing. */
bool shell_stays(struct shell *sh, struct slice line);
/* Gives the index-th open device; false at the end. */
struct shell_device {
	size_t number; /* counts from 1 */
	struct session *session;
	bool current, unseen; /* unseen: something came since it was the current one */
};
bool shell_device(const struct shell *sh, size_t index, struct shell_device *out);
/* Returns its state in a word or a few: "open", "down". */
const char *shell_state_name(const struct session *s);
size_t shell_current_index(const struct shell *sh); /* beyond the last: there is none */
bool shell_use_next(struct shell *sh);
int64_t shell_waits_until(const struct shell *sh); /* when `.wait` ends, monotonic ns; 0: no wait */
size_t shell_queued(const struct shell *sh);       /* lines that wait for the current device */
size_t shell_unsent(const struct shell *sh);       /* lines that wait for any device */
/* Takes over what is proposed for the current device: runs its lines, and adds what to put on the
 * line then, which stays proposed where that is not empty.  False: nothing is proposed. */
bool shell_take(struct shell *sh, bool empty, struct bytes *typed);
/* Sends nothing more, and tells the screen to end. */
void shell_quit(struct shell *sh);
/* Does so for a person, who is asked to stop a program first that has a device's line: the device
 * would wait for the rest of a file. */
void shell_leave(struct shell *sh);
/* Returns the index-th watch; NULL at the end. */
struct watch;
const struct watch *shell_watch(const struct shell *sh, size_t index);
enum leave shell_leaves(const struct shell *sh);
bool shell_uses_mouse(const struct shell *sh); /* its wheel scrolls */
const struct view *shell_view(const struct shell *sh);
void shell_set_view(struct shell *sh, const struct view *view);
/* Handles Ctrl-C on an empty line: gives up what the current device is waited for and the lines
 * that wait for it; where there is nothing, the same of all other devices.  False: there was
 * nothing at all. */
bool shell_interrupt(struct shell *sh);
/* Says whether a command is in flight or queued, or a file is being written. */
bool shell_busy(const struct shell *sh);
bool shell_exporting(const struct shell *sh); /* a file is being written */
bool shell_recording(const struct shell *sh); /* `.record` runs */
/* Adds how far a file that is written is, or a fleet; false: there is nothing to say. */
bool shell_progress(const struct shell *sh, struct bytes *out);
bool shell_listens(const struct shell *sh); /* it is a tap, or shows a file */
/* Add what bar and status say of a shell that only listens, not safe yet; false: it is no such
 * one. */
bool shell_title(const struct shell *sh, struct bytes *out);
bool shell_status_text(const struct shell *sh, struct bytes *out);
/* Returns where what is said at a device is logged; NULL: nowhere. */
const char *shell_log_path(const struct shell *sh, const struct session *s, size_t index);
/* Adds what was done here; false: it only listens, and nothing was. */
bool shell_summary(const struct shell *sh, size_t commands, struct bytes *out);
/* The console ends: says whether something still goes out, for a short while. */
bool shell_finishes(struct shell *sh);
/* A line is over: something may be put on the next one. */
void shell_offer(struct shell *sh);
/* What was put there stands aside: a person types something else, or does not want what was made of
 * it.  False: nothing was put there. */
bool shell_aside(struct shell *sh);
/* Adds the short name of a device, not safe yet: its own, or a part of its address. */
void shell_short_name(const struct session *s, struct bytes *out);
/* Returns "pump1> " as safe text, valid until the next call. */
/* Returns what else Enter does with an empty line, or with one that sends bytes, for the row of the
 * preview; NULL: nothing. */
const char *shell_hint(const struct shell *sh, bool empty);
const char *shell_prompt(struct shell *sh);
/* Carries out `.highlight` lines of the configuration, without the verb. */
void shell_highlight(struct shell *sh, struct slice lines);
/* Completes the word that ends at `cursor`: calls add() with each candidate for its place, and sets
 * *start to where the word begins. */
void shell_complete(struct shell *sh, struct slice line, size_t cursor, size_t *start,
	void (*add)(void *arg, const char *candidate), void *arg);

#endif
