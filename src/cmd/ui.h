/* ui.h - what the console's commands need of a screen.  Commands know a screen only through this.
 *
 * There are four: the split screen and the lines of a terminal (src/console/), the pipe (src/cli/),
 * and a recorder in the tests.  The text that they get is safe (base/text.h) and UTF-8, without a
 * line end.
 */
#ifndef WILCO_UI_H
#define WILCO_UI_H

#include "base/text.h"
#include <wilco/bytes.h>
#include <wilco/error.h>

enum ui_kind {
	UI_OUTPUT, /* what a wilco command was asked to print */
	UI_NOTE,   /* what wilco wants to say */
	UI_ERROR,  /* what went wrong */
};

struct ui;

/* Keys that do the same, for help. */
enum { UI_KEYS_MAX = 64 };
struct ui_keys {
	const char *mode;       /* "while a line is typed" */
	bool now;               /* that is what one does now */
	char keys[UI_KEYS_MAX]; /* "Up, k"; safe text */
	const char *action;     /* what .bind calls it; empty: it is fixed, or a line */
	const char *does;
};

struct pane;
struct highlights;
struct session;
struct exchange;
struct styled;
struct rows;

/* A list of which one row is chosen. */
struct choices {
	void (*rows)(void *arg, struct rows *rows); /* makes all rows (pane/rows.h) */
	size_t (*count)(void *arg);                 /* the first rows, so many, can be chosen */
	const char *(*does)(void *arg, size_t row); /* what Enter does there, for the key rows */
	/* Returns in how many ns the rows change by themselves; 0, or NULL: they do not. */
	int64_t (*due)(void *arg);
	/* The list is gone, and so is whatever uses arg. */
	void (*ended)(void *arg, size_t chosen);
};
#define CHOSEN_NONE SIZE_MAX /* it was closed */

struct ui_ops {
	/* For `.bind`, `.do`, and `.copy` without a file; NULL: there are no keys and no clipboard.
	 * action() gives completion the index-th thing that a key may do; NULL at the end. */
	bool (*bind)(struct ui *ui, struct slice rest, struct error *err);
	bool (*act)(struct ui *ui, struct slice name, struct error *err);
	bool (*copy)(struct ui *ui, struct error *err);
	const char *(*action)(const void *unused, size_t index);
	/* Spells the key that does this, "F2"; false: none does.  NULL: there are no keys. */
	bool (*key)(struct ui *ui, const char *action, char out[16]);
	/* Gives help the index-th thing that keys do, with its keys; false at the end. */
	bool (*keys)(struct ui *ui, size_t index, struct ui_keys *out);
	/* Lends the terminal to an editor; shell_edited() is called when it has ended.  NULL: there
	 * is no terminal. */
	bool (*edit)(struct ui *ui, const char *path, struct error *err);
	/* Asks for the secret that the reader missed last; shell_secret() is called with the
	 * answer. False: it cannot ask now.  NULL: whoever reads a line asks. */
	bool (*secret)(struct ui *ui);
	/* Asks a question (any bytes) for y or n, or for a line; shell_answer() is called. False:
	 * it cannot ask now; shell_asks_again() is called when it can.  NULL: there is nobody. */
	bool (*ask)(struct ui *ui, struct slice question, bool line);
	/* Puts text on the line, unless (replace: even if) something is typed there, or was just
	 * now, because the next keys would change it; false: it did not.  NULL: there is no line.
	 */
	bool (*put)(struct ui *ui, struct slice text, bool replace);
	/* Where there is a window: goes to what `.find` searches for; shows where `.goto` went. */
	void (*find)(struct ui *ui);
	void (*moved)(struct ui *ui);
	/* Where a file is shown: shows only one of its streams; 0: all of them. */
	bool (*stream)(struct ui *ui, uint32_t number, struct error *err);
	/* Shows what the current device says as a terminal would, and has the keys go to it, until
	 * the person leaves that.  NULL: there is no screen. */
	bool (*term)(struct ui *ui, struct error *err);
	/* Hears that an exchange has ended and is in the pane.  NULL: nobody looks. */
	void (*exchange)(struct ui *ui, const struct session *s, const struct exchange *x,
		bool labelled); /* several devices are open: say whose it is */
	/* Begins a sheet over the transcript, which takes the output of a command, and its items;
	 * title NULL: the sheet is complete, and is shown.  An item has a name, and in a column
	 * beside it what it is; without a name it is a heading.  NULL: output is printed. */
	void (*sheet)(struct ui *ui, const char *title);
	void (*item)(struct ui *ui, struct slice name, struct slice text);
	/* Prints onto it, in few rows, the keys that are used most here and now.  NULL: there is no
	 * sheet. */
	void (*brief)(struct ui *ui);
	/* Shows a list over the transcript, with this row selected; false: it cannot now, and
	 * ended() is not called.  NULL: there is no window. */
	bool (*choose)(struct ui *ui, const char *title, const struct choices *choices, void *arg,
		size_t selected);
	void (*line)(struct ui *ui, enum ui_kind kind, struct slice text);
	/* Prints a row of the transcript that a command asked for.  NULL: line() prints it. */
	void (*row)(struct ui *ui, const struct styled *row);
	/* Says for a moment what was just done.  NULL: line() prints it as a note. */
	void (*say)(struct ui *ui, struct slice text);
	/* Hears that the prompt, the session's state or the history may have changed. */
	void (*refresh)(struct ui *ui);
	/* Ends the console with this exit status. */
	void (*quit)(struct ui *ui, int status);
};

struct ui {
	const struct ui_ops *ops;
	struct pane *pane;             /* what happened; the shell adds exchanges to it */
	struct highlights *highlights; /* what is marked in it; NULL: there are no colours */
	bool utf8;                     /* characters beyond ASCII can be shown */
	bool marks;                    /* so can combining marks: no cells are counted */
	bool interactive;              /* a person types */
	bool draws;                    /* it draws the numbers of watches */
	bool window;                   /* it shows the pane; elsewhere commands list entries */
};

/* Returns the flags of text_add() for what it shows. */
static inline unsigned ui_spelling(const struct ui *ui)
{
	return text_charset(ui->utf8) | (ui->marks ? TEXT_MARKS : 0);
}

#endif
