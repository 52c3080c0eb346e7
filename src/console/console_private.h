/* console_private.h - the console's state, and what its files do for each other.
 *
 *   console.c   the outer loop: edit a line, run it; beginning and end
 *   typing.c    the key layer: the terminal's keys to the editor's
 *   several.c   lines that come together: pasted, or typed with breaks between them
 *   recall.c    history, search and completion, on the editor's request
 *   paint.c     line mode: lines above the prompt, and the row that is typed on
 *   full.c      the split screen: its layout, and the transcript
 *   status.c    of it the bar and the status
 *   panel.c     of it the numbers that are watched
 *   prompt.c    of it the preview and what is typed
 *   actions.c   what keys and commands do with the transcript
 *   clipboard.c the terminal's clipboard
 */
#ifndef WILCO_CONSOLE_PRIVATE_H
#define WILCO_CONSOLE_PRIVATE_H

#include "cmd/history.h"
#include "console/bind.h"
#include "console/console.h"
#include "console/editor.h"
#include "console/keys.h"
#include "console/row.h"
#include "console/screen.h"
#include "console/terminal.h"
#include "pane/pane.h"
#include <wilco/limits.h>

enum { PASTE_MAX = 1024 * 1024, SPELLED_MOST = 10 /* characters of a byte's escape */ };
/* Of one paint: what was asked for is shown whole; of what a device says unasked as much as a
 * terminal over a slow link takes in that time, so that typing stays visible in a flood. */
enum {
	OUTPUT_MAX = 8 * 1024 * 1024,
	UNASKED_MAX = 8 * 1024,
	UNASKED_LINE_MAX = 1024 * 1024,
	PAINT_MAX = OUTPUT_MAX + 4 * UNASKED_LINE_MAX /* all of it, and the row */
};

struct console {
	struct ui ui; /* first: the shell's view of it */
	struct loop *loop;
	struct shell *shell;
	struct terminal *terminal;
	struct editor *editor;
	struct keys keys;
	struct loop_timer escape_timer, paint_timer;
	struct loop_signal *term, *hangup, *interrupt;
	int signo; /* that ended us; 0: none */
	bool quitting;
	enum status status;
	int64_t leave_by;  /* ns: a signal waits no longer; 0: nobody wants to leave yet */
	size_t leaving_at; /* entries there were then */
	bool unfinished;   /* a file was being written then */

	/* Keys that were typed, done one by one: each finds the line as the one before left it. */
	struct typed {
		uint32_t code;
		bool alt;
	} * typed_keys;
	size_t typed_at, typed_count, typed_room;
	wchar_t *queue; /* keys for the editor */
	size_t queue_at, queue_count, queue_room;
	size_t pane_at;    /* the row where the transcript begins */
	size_t input_rows; /* of the lines that are typed: they have that many rows */
	bool unmatched;    /* the search has no match */
	bool literal;      /* Ctrl-V: the next key is spelled as an escape */
	bool pasting;
	struct bytes paste;
	wchar_t *replacement; /* for KEY_SET_LINE */
	wchar_t *insertion;   /* for KEY_INSERT */

	struct row painted;
	struct bytes output;  /* lines to stand above the prompt */
	struct bytes unasked; /* the last ones of them: what a device said unasked */
	size_t dropped;       /* lines in front of those that found no room */
	bool dirty;
	int64_t paint_credit, credited_at; /* ns: see console_paint_later() */

	char *unkept; /* the last line, not yet in its history; NULL: none */
	struct history *unkept_in;
	size_t history_at; /* the line recalled; history_count(): the one being typed */
	char *typed;       /* that one, while the history is searched */
	struct suggested {
		const struct history *of;
		size_t count; /* its lines then */
		char *typed;  /* for which was found */
		size_t at;    /* this line, from 1; 0: none */
	} suggested;
	struct edit *edits; /* recalled lines that were changed (recall.c) */
	const struct history *edits_of;
	bool searching; /* Ctrl-R: keys go to the needle */
	struct bytes needle;

	struct pane pane; /* what happened; in line mode it is only listed and saved */
	struct keymap keymap;
	char *ask; /* a question that waits for y or n; NULL: none */
	void (*on_yes)(struct console *c);
	void (*on_edit)(struct console *c); /* for e, where that can be answered, too */
	char *again;                        /* of the question: the line to send again */
	const struct session *again_at;
	bool browsing; /* keys walk through the transcript */
	char *draft;   /* what was typed before a key asked for a line of wilco's; NULL: none did */

	struct screen *screen; /* NULL: line mode */
	bool pane_dirty;       /* more than the row that is typed on is to be painted */
	struct bytes notes;    /* of the start: shown when there is a shell; of the end */
	struct bytes message;  /* stands in the status row until the next key */
	struct styled preview;
	int64_t previewed_at;
	struct loop_timer preview_timer;
	struct loop_timer keep_timer;  /* the last line goes to its history */
	struct loop_timer clock_timer; /* what shows a time is to be painted again */
};

/* ---- paint.c ---- */

extern const struct ui_ops console_ops;
void console_paint(struct console *c);
/* A device's output is painted at once when it comes alone, and gathered when it floods. */
void console_paint_later(struct console *c);
void console_on_paint_time(void *arg);
void console_paint_row(
	struct console *c, const wchar_t *line, size_t length, size_t cursor, struct bytes *out);
void console_paint_output(struct console *c, struct bytes *out);
/* A line above the prompt. */
void console_print(struct ui *ui, enum ui_kind kind, struct slice text, struct slice detail);

/* ---- full.c ---- */

extern const struct ui_ops full_ops;
bool full_open(struct console *c, struct error *err);
void full_close(struct console *c);
void full_resize(struct console *c);
void full_leave(struct console *c);
void full_paint(struct console *c);
void full_on_clock(void *arg);
/* The layout. */
size_t full_height(const struct console *c);
bool full_is_narrow(const struct console *c);
bool full_has_bar(const struct console *c);
size_t full_below(const struct console *c); /* rows below the pane */
/* Text that is not safe yet. */
void full_add_safe(struct console *c, struct styled *row, enum style style, const char *text);

/* ---- status.c, panel.c, prompt.c ---- */

void status_paint_bar(struct console *c);
void status_paint(struct console *c);
size_t panel_rows(const struct console *c);
void panel_paint(struct console *c);
void prompt_size(struct console *c, const wchar_t *text, size_t length);
void prompt_paint(struct console *c, const wchar_t *text, size_t length, size_t cursor);
void prompt_paint_preview(struct console *c, const wchar_t *line, size_t length, size_t cursor);

/* ---- actions.c ---- */

void console_act(struct console *c, enum action action);
bool console_screen_verb(struct ui *ui, int verb, struct slice rest, struct error *err);
/* Asks a question; yes() is called for y. */
void console_ask(struct console *c, void (*yes)(struct console *c), const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The session of the current device; NULL: none is open. */
const struct session *console_current(const struct console *c);
/* Stands in the status row, or above the prompt. */
void console_say(struct console *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Keys are for the transcript, not for the line. */
bool console_browses(const struct console *c);
/* The line that a key asked for is done: what was typed before comes back. */
void console_end_asking(struct console *c);

/* ---- clipboard.c ---- */

/* The chosen entry as it is shown, or only what came. */
bool console_copy(struct console *c, bool replies, struct error *err);

/* ---- console.c ---- */

/* False: something is still to be done before. */
bool console_may_leave(struct console *c);
/* By a signal; nothing more is sent. */
void console_end(struct console *c, int signo);
/* The last line goes to its history, if it has not yet; soon: when the terminal has what was
 * painted and had the time to show it. */
void console_keep(struct console *c);
void console_keep_soon(struct console *c);

/* ---- typing.c ---- */

extern const struct terminal_events console_terminal_events;
/* The editor asks: the loop turns until there is a key for it. */
bool console_next_key(void *owner, wchar_t *key);
void console_on_escape_time(void *arg);
/* Text for editor_replace() and editor_insert(), in c->replacement. */
void console_set_line(struct console *c, struct slice text);

/* Whether Ctrl-C is among the keys that nobody does any more. */
bool console_interrupted(struct console *c);

/* Puts the text on the line, from the key layer. */
void console_type_line(struct console *c, struct slice text);
/* Inserts it as if it were typed, a line feed as a break; false: there is no room for it. */
bool console_type(struct console *c, struct slice text);

/* Text as it would be typed: what cannot be shown as escapes. */
void console_spell(struct slice text, struct bytes *out);

/* ---- several.c ---- */

void console_paste_key(struct console *c, uint32_t code);
/* What was pasted is forgotten, and why is said. */
void console_refuse_paste(struct console *c, const char *why, ...)
	__attribute__((format(printf, 2, 3)));
/* Enter: whether what is typed is to be run now. */
bool console_enter(struct console *c);
void console_break_line(struct console *c);
/* Each line waits in the shell for the reply to the one before. */
void console_run_lines(struct console *c, struct slice lines);

/* ---- recall.c ---- */

/* Ctrl-R and what is typed after it; false: the key ended the search and is to be done. */
bool console_search_key(struct console *c, uint32_t code);
/* The rest of the line as the history has it, while the cursor is at its end; empty: none. */
struct slice console_suggestion(
	struct console *c, const wchar_t *line, size_t length, size_t cursor);
/* What stands in front of the line: the prompt, a question, or what is searched. */
void console_prompt(struct console *c, struct bytes *out);

void console_command(void *owner, wchar_t key);
void console_forget_edits(struct console *c);
/* A new string. */
char *console_utf8(const wchar_t *line, size_t length);

#endif
