/* ui.h - what the console's commands need of a screen; the only way from commands to one.
 *
 * Implementations: the split screen and the lines of a terminal (src/console/), the pipe
 * (src/cli/), and a recorder in the tests.  Text is safe already (base/text.h), in UTF-8, without a
 * line end.
 */
#ifndef WILCO_UI_H
#define WILCO_UI_H

#include <wilco/bytes.h>
#include <wilco/error.h>

enum ui_kind {
	UI_REPLY,       /* what a device answered, and views of it */
	UI_UNSOLICITED, /* what it said unasked, or too late */
	UI_OUTPUT,      /* what a wilco command was asked to print */
	UI_NOTE,        /* what wilco wants to say */
	UI_ERROR,       /* what went wrong */
};

struct ui;
struct pane;
struct session;
struct exchange;

struct ui_ops {
	/* What of a command is done with keys, a clipboard or a window: .bind, .do, .copy without a
	 * file; .find and .goto, when the pane is at the place.  NULL: there are none. */
	bool (*screen)(struct ui *ui, int verb, struct slice rest, struct error *err);
	/* What a key may do, for completion: the index-th name, NULL at the end.  NULL: no keys. */
	const char *(*action)(const void *unused, size_t index);
	/* An exchange has ended, and is in the pane.  NULL: the shell spells it as lines in the
	 * chosen view. */
	void (*exchange)(struct ui *ui, const struct session *s, const struct exchange *x,
		bool labelled); /* several devices are open: say whose it is */
	/* One line; `detail` (may be empty) is less important and stands at the right if it fits.
	 */
	void (*line)(struct ui *ui, enum ui_kind kind, struct slice text, struct slice detail);
	/* What was just done, for a moment.  NULL: as a note. */
	void (*say)(struct ui *ui, struct slice text);
	/* The prompt, the session's state or the history may be another one now. */
	void (*refresh)(struct ui *ui);
	/* The console is to end with this exit status. */
	void (*quit)(struct ui *ui, int status);
};

struct ui {
	const struct ui_ops *ops;
	struct pane *pane; /* what happened; the shell adds exchanges to it */
	bool utf8;         /* characters beyond ASCII can be shown */
	bool interactive;  /* a person types */
	bool draws;        /* numbers that are watched */
	bool window;       /* shows the pane; else what is asked of it is listed */
};

#endif
