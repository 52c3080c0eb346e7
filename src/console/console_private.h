/* console_private.h - the console's state, and what its files do for each other.
 *
 *   console.c   the outer loop: edit a line, run it; beginning and end
 *   events.c    what the terminal tells, and the turns of the loop until there is a key
 *   typing.c    the key layer: turns the terminal's keys into the editor's
 *   mouse.c     its wheel and its buttons
 *   several.c   lines that come together: pasted, or typed with breaks between them
 *   recall.c    what the editor asks for: history, search, suggestions
 *   complete.c  Tab
 *   paint.c     line mode: lines above the prompt, and the row that is typed on
 *   full.c      the split screen: its layout, and the transcript
 *   status.c    its bar and its status
 *   panel.c     its watches
 *   waiting.c   commands that wait, and what has come of their replies
 *   sheet.c     what covers the transcript for a while: help, settings (sheet_text.c: its text)
 *   choose.c    such a sheet, of which a row is chosen
 *   keyrows.c   its keys, in the place of preview and input
 *   tour.c      what the demo proposes to try
 *   prompt.c    its preview and its input, and what stands before the input
 *   alarm.c     what rings or flashes
 *   actions.c   what keys and commands do with the transcript
 *   say.c       messages and questions to whoever types
 *   edit.c      the editor that has the terminal for a while
 *   viewing.c   a file instead of devices
 *   clipboard.c the terminal's clipboard
 *   take.c      what is proposed
 *   term_screen.c, term_keys.c, term_paint.c: terminal mode
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

enum { PASTE_MAX = 1024 * 1024 };
/* Limits of one paint.  What was asked for is shown whole.  Of what a device says unasked it has as
 * much as a slow link takes in that time, so that typing stays visible in a flood. */
enum {
	OUTPUT_MAX = 8 * 1024 * 1024,
	UNASKED_MAX = 8 * 1024,
	UNASKED_LINE_MAX = 1024 * 1024,
	PAINT_MAX = OUTPUT_MAX + 4 * UNASKED_LINE_MAX /* all of that, and the row */
};

enum { DEVICE_KEYS_MAX = 64 }; /* "Ctrl-X sends Ctrl-C, Ctrl-Y a break" */

/* The use of the next key. */
enum typing_mode {
	TYPING_LINE,    /* it edits the line */
	TYPING_BROWSE,  /* letters are commands in the transcript */
	TYPING_ASKED,   /* it edits the line that a key of the transcript asked for */
	TYPING_LITERAL, /* it is typed as an escape (Ctrl-V) */
	TYPING_SEARCH,  /* it searches the history (Ctrl-R) */
	TYPING_SHEET,   /* it moves over the sheet that covers the transcript */
	TYPING_ANSWER,  /* it answers a question */
	TYPING_SECRET,  /* it is typed and not shown */
	TYPING_PASTE,
	TYPING_MODES
};

/* What rings or flashes: at most once a second, and what comes meanwhile when that is over. */
struct alarm {
	struct loop_timer timer; /* runs for that second */
	bool rings, flashes;     /* what is to be told when it is over */
	struct bytes text;       /* what flashes, safe; empty: nothing does */
	struct bytes next;       /* what will */
};

struct console {
	struct ui ui; /* first, so that it can be cast */
	struct loop *loop;
	struct shell *shell;
	struct terminal *terminal;
	struct editor *editor;
	struct keys keys;
	struct loop_timer escape_timer, paint_timer;
	struct loop_signal *term, *hangup, *interrupt;
	int signo;       /* the signal that ended us; 0: none */
	bool term_left;  /* terminal mode was left once */
	int exit_status; /* of the command whose end ended us; 0: there is none */
	bool quitting;
	struct external *external; /* the editor that has the terminal; NULL: none */
	enum status status;
	int64_t leave_by;    /* ns: a signal waits no longer; 0: nobody wants to leave yet */
	uint64_t leaving_at; /* number of entries then */
	uint64_t left_at;    /* and when it was left */
	int64_t began;       /* ns */
	size_t commands;     /* that have ended */
	size_t tour;         /* the step of the demo's, from 1; 0: it is no demo */
	enum leave leaves;
	bool unfinished; /* a file was still being written then */

	/* Typed keys, handled one by one, so that each finds the line as the one before left it. */
	struct typed {
		uint32_t code;
		bool alt;
	} * typed_keys;
	size_t typed_at, typed_count, typed_room;
	wchar_t *queue; /* keys for the editor */
	size_t queue_at, queue_count, queue_room;
	size_t pane_at;        /* the row where the transcript begins */
	size_t input_rows;     /* rows of the input, one for each line that is typed */
	enum typing_mode over; /* LITERAL, SEARCH or PASTE over other uses; LINE: none of them */
	struct bytes paste;
	bool over_line;       /* the line has run; the editor has not begun the next one */
	int64_t typed_last;   /* when a key was typed, monotonic ns */
	wchar_t *replacement; /* for KEY_SET_LINE */
	wchar_t *insertion;   /* for KEY_INSERT */

	struct row painted;
	struct bytes output;   /* lines to print above the prompt */
	struct bytes unasked;  /* the last of them, which a device said unasked */
	size_t dropped;        /* lines before those for which there was no room */
	size_t unspelled;      /* exchanges that came unasked, whose lines are not made yet, */
	uint64_t unspelled_at; /* and the entry of the first of them */
	bool dirty;
	int64_t paint_credit, credited_at; /* ns; see console_paint_later() */

	char *unkept; /* the last line, while it is not yet in its history; NULL: none */
	struct history *unkept_in;
	size_t history_at; /* the recalled line; history_count(): the line being typed */
	char *typed;       /* the line being typed, while the history is searched */
	struct suggested {
		const struct history *of;
		size_t count; /* number of its lines then */
		char *typed;  /* the text to complete */
		size_t at;    /* the line found, from 1; 0: none */
	} suggested;
	struct edit *edits; /* recalled lines that were changed (recall.c) */
	const struct history *edits_of;
	bool sought;         /* a search ended at history_at, and nothing was recalled since */
	char *recalled;      /* what the lines that Up recalls begin with; NULL: any */
	struct bytes needle; /* text to search for */
	bool unmatched;      /* no line has it */
	struct history *all; /* of all devices, while that is searched; NULL: this device's is */

	struct record record;
	struct pane pane; /* the transcript; line mode only lists and saves it */
	struct highlights highlights;
	struct alarm alarm;
	struct keymap keymap;
	struct question {
		char *text; /* a question that waits for y or n; NULL: none */
		bool typed; /* it waits for a line instead, */
		bool shown; /* which is shown, and no secret */
		void (*yes)(struct console *c);
		void (*no)(struct console *c);   /* NULL: nothing happens */
		void (*edit)(struct console *c); /* called for e; NULL: that is no answer */
		char *again;                     /* the line to send again, */
		const struct session *at;        /* and its device */
	} question;
	struct bytes secret_name, secret; /* which was missed last; what is typed of it */
	bool mouse_lent;                  /* to the terminal, until a key is typed */
	bool browsing;                    /* keys walk through the transcript */
	struct viewing *viewing;          /* a file is shown; NULL: none is */
	struct term_screen *term_screen;  /* terminal mode; NULL: it is off */
	char *draft; /* what was typed before a key asked for another line; NULL: none did */
	bool put;    /* the line is what somebody else put there, and no key has worked on it */

	struct screen *screen;       /* NULL: line mode */
	struct sheet *sheet;         /* covers the pane; NULL: none does */
	size_t sheet_rows;           /* rows of the pane that it covered when it was painted */
	struct sheet_text *printing; /* what a command prints onto a sheet; NULL: none does */
	bool pane_dirty;             /* more than the row that is typed on must be painted, */
	bool ticked;                 /* or the status row alone */
	struct bytes notes;   /* messages of the start, until there is a shell; then of the end */
	struct bytes message; /* in the status row until the next key */
	struct styled preview;
	size_t preview_rows; /* rows that it has, from 1 */
	int64_t previewed_at;
	bool refused; /* by Enter: the line cannot be sent, and nothing was typed since */
	struct loop_timer preview_timer;
	struct loop_timer keep_timer;  /* writes the last line to its history */
	struct loop_timer clock_timer; /* paints what shows a time */
	bool waits;                    /* a command waited when it was painted last, */
	size_t coming;                 /* with so many bytes of replies */
	char device_keys[DEVICE_KEYS_MAX];
};

/* ---- paint.c ---- */

extern const struct ui_ops console_ops;
void console_paint(struct console *c);
/* Paints a device's output at once when it comes alone, and gathers it in a flood. */
void console_paint_later(struct console *c);
void console_on_paint_time(void *arg);
void console_paint_row(
	struct console *c, const wchar_t *line, size_t length, size_t cursor, struct bytes *out);
void console_paint_output(struct console *c, struct bytes *out);
/* Prints a line above the prompt. */
void console_print(struct ui *ui, enum ui_kind kind, struct slice text);

/* ---- full.c ---- */

extern const struct ui_ops full_ops;
bool full_open(struct console *c, struct error *err);
void full_close(struct console *c);
void full_resize(struct console *c);
void full_leave(struct console *c);
/* Prints, as lines, the entries that were in the window last; the screen has to be closed. */
void full_leave_rows(struct console *c);
void full_paint(struct console *c);
void full_on_clock(void *arg);
/* Describe the layout. */
size_t full_height(const struct console *c);
bool full_is_narrow(const struct console *c);
bool full_has_bar(const struct console *c);
size_t full_below(struct console *c); /* rows below the pane */
/* A line has run, and help of its verb leaves its rows to the pane. */
void full_line_over(struct console *c);
/* Adds text that is not safe yet. */
void full_add_safe(struct console *c, struct styled *row, enum style style, const char *text);

/* ---- status.c, panel.c, prompt.c ---- */

void status_paint_bar(struct console *c);
void status_paint(struct console *c);
/* Returns how many rows above the status a message has that is longer than that; 0: it is not. */
size_t status_said_rows(struct console *c);
/* Returns in how many ns the time that a line is up is another one; 0: it is not up. */
int64_t status_changes_in(const struct console *c);
size_t panel_rows(struct console *c);
void panel_paint(struct console *c);
void prompt_size(struct console *c, const wchar_t *text, size_t length);
void prompt_paint(struct console *c, const wchar_t *text, size_t length, size_t cursor);
/* Composes what the line with the cursor would send; more rows are another layout. */
void prompt_preview(struct console *c, const wchar_t *line, size_t length, size_t cursor);
void prompt_paint_preview(struct console *c);
/* Adds what stands before the line: the prompt, a question, or the text of a search. */
void console_prompt(struct console *c, struct bytes *out);

/* ---- keyrows.c ---- */

/* Says whether the two bottom rows say what keys do: there is no line, because keys are commands.
 */
bool keyrows_are_shown(const struct console *c);
void keyrows_paint(struct console *c);
/* As ui_ops.brief. */
void keyrows_brief(struct ui *ui);
/* As ui_ops.keys. */
bool console_keys_line(struct ui *ui, size_t index, struct ui_keys *out);

/* ---- tour.c ---- */

/* Returns what the demo proposes to try next; NULL, or an empty text: nothing. */
const char *tour_says(const struct console *c);
void tour_line(struct console *c); /* a line was run */
void tour_act(struct console *c, enum action action);

/* ---- waiting.c ---- */

/* Gives the pane the commands that wait. */
void waiting_take(struct console *c);
/* Says whether one of them shows seconds. */
bool waiting_counts(const struct console *c);
/* Returns in how many ns what is said of them changes. */
int64_t waiting_clock(const struct console *c);
/* Adds the row that stands for the prompt in lines; false: the prompt stands there. */
bool waiting_line(struct console *c, struct styled *line);
/* Says whether a typed command of the current device waits for its reply. */
bool waiting_for_reply(struct console *c);
/* Has painted what has come of their replies. */
void waiting_look(struct console *c);

/* ---- alarm.c ---- */

void alarm_init(struct console *c);
void alarm_end(struct console *c);
/* Looks for what has to be told in an exchange that has just ended. */
void alarm_hear(struct console *c, const struct session *s, const struct exchange *x);
/* Adds what flashes; false: nothing does. */
bool alarm_row(struct console *c, struct styled *row);

/* ---- actions.c ---- */

enum { SCROLL_ROWS = 3 }; /* of the wheel, as elsewhere */

void console_act(struct console *c, enum action action);
/* Do what commands of the shell ask for, as in struct ui_ops. */
bool console_bind_line(struct ui *ui, struct slice rest, struct error *err);
bool console_do_line(struct ui *ui, struct slice name, struct error *err);
bool console_copy_line(struct ui *ui, struct error *err);
void console_find_line(struct ui *ui);
/* Says in the status what the search found; puts a command on the line, to be finished there. */
void console_say_found(struct console *c, bool found, bool back);
void console_ask_line(struct console *c, const char *command);
void console_moved(struct ui *ui);
/* The members of struct ui_ops that are the same with a split screen and in lines. */
#define CONSOLE_OPERATIONS                                                               \
	.bind = console_bind_line, .act = console_do_line, .copy = console_copy_line,    \
	.edit = console_edit_line, .action = action_name, .secret = console_secret_line, \
	.ask = console_answer_line, .put = console_put_line, .key = console_key_of,      \
	.keys = console_keys_line
bool console_put_line(struct ui *ui, struct slice text, bool replace);
/* Returns the session of the current device; NULL: none is open. */
const struct session *console_current(const struct console *c);
/* Says whether keys are for the transcript, not for the line. */
bool console_browses(const struct console *c);
/* Ends the line that a key asked for: what was typed before comes back. */
void console_end_asking(struct console *c);

/* ---- say.c ---- */

/* Says something in the status row, or above the prompt. */
void console_say(struct console *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Asks a question; yes() is called for y. */
void console_ask(struct console *c, void (*yes)(struct console *c), const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- secret.c ---- */

/* Has secrets asked for when they are missing. */
void console_secrets(struct console *c);
bool console_secret_line(struct ui *ui);
/* Asks for y or n, or for a line that is shown, as ui_ops.ask. */
bool console_answer_line(struct ui *ui, struct slice question, bool line);
void console_secret_key(struct console *c, uint32_t code);
void console_secret_end(struct console *c);

/* ---- edit.c ---- */

bool console_edit_line(struct ui *ui, const char *path, struct error *err);
/* Lets go of an editor that still runs. */
void console_edit_end(struct console *c);

/* ---- viewing.c ---- */

/* Without a file these do nothing, and return false. */
bool viewing_line(struct console *c, enum ui_kind kind, struct slice text); /* what is printed */
/* Seeks on in the file, in the background; says what was found where not all of it is in memory. */
bool viewing_seek(struct console *c, bool back, pane_test *test);
bool viewing_found(struct console *c, bool found, bool back);
bool viewing_find(struct console *c);
bool viewing_filter(struct console *c);
/* Goes to the end of the file, and shows what is added to it until a key is typed. */
void viewing_follow(struct console *c);
bool viewing_compare(struct console *c, uint64_t id, const struct entry *with, struct bytes *out);
bool viewing_key(struct console *c, uint32_t code, bool alt); /* false: it is a key as always */
bool viewing_is_aside(const struct console *c); /* what is printed stands in its place */
bool viewing_stop(struct console *c);           /* gives up what is sought */
void viewing_again(struct console *c);          /* a line has run */
bool viewing_where(struct console *c, struct bytes *out);
bool viewing_progress(struct console *c, struct bytes *out);
const char *viewing_hint(const struct console *c);
void viewing_free(struct console *c);
/* As ui_ops.stream. */
bool viewing_stream(struct ui *ui, uint32_t number, struct error *err);

/* ---- take.c ---- */

/* Takes the proposal over.  What is typed stays. */
void console_take(struct console *c);
/* As ui_ops.key. */
bool console_key_of(struct ui *ui, const char *action, char out[KEY_TEXT_MAX]);

/* ---- term_screen.c ---- */

/* As ui_ops.term. */
bool console_term(struct ui *ui, struct error *err);
/* While c->term_screen is set: */
void console_term_resize(struct console *c);
/* Takes what is typed, and returns what was typed behind the end of terminal mode. */
struct slice console_term_keys(struct console *c, struct slice bytes);
void console_term_key(struct console *c, uint32_t code, bool alt);
void console_term_paint(struct console *c);
void console_term_end(struct console *c); /* without it, too */

/* ---- clipboard.c ---- */

/* Copies the chosen entry as it is shown, or only its replies. */
bool console_copy(struct console *c, bool replies, struct error *err);

/* ---- console.c ---- */

/* Returns false where something must be done before. */
bool console_may_leave(struct console *c);
/* Ends the console because of a signal; nothing more is sent. */
void console_end(struct console *c, int signo);
/* Writes the last line to its history, if that is not done; soon: when the terminal has had time to
 * show what was painted. */
void console_keep(struct console *c);
void console_keep_soon(struct console *c);

/* ---- events.c ---- */

enum { KEYS_MAX = 1024 * 1024 };

extern const struct terminal_events console_terminal_events;
/* Turns the loop until there is a key for the editor, which asks. */
bool console_next_key(void *owner, wchar_t *key);
void console_on_escape_time(void *arg);
/* Drops keys that wait, and says whether Ctrl-C was among them. */
bool console_interrupted(struct console *c);

/* ---- typing.c ---- */

/* Handles a key of the terminal. */
void console_key(struct console *c, uint32_t code, bool alt);
/* Runs a binding; false: the key has none. */
bool console_run_bound(struct console *c, enum key_mode mode, uint32_t code, bool alt);
/* Returns the use of keys here and now. */
enum typing_mode console_mode(const struct console *c);
size_t console_line_length(struct console *c);
void console_say_full(struct console *c);
/* Puts text for editor_replace() and editor_insert() into c->replacement. */
void console_set_line(struct console *c, struct slice text);

/* Puts the text on the line, from the key layer. */
void console_type_line(struct console *c, struct slice text);
/* Inserts text as if it were typed, a line feed as a break; false: there is no room for it. */
bool console_type(struct console *c, struct slice text);

/* Adds text as it would be typed: as escapes where it cannot be shown. */
void console_spell(struct slice text, struct bytes *out);

/* ---- mouse.c ---- */

/* Handles the mouse, which types nothing, whatever keys are for; false: it is a key. */
bool mouse_key(struct console *c, uint32_t code);

/* ---- several.c ---- */

void console_paste_key(struct console *c, uint32_t code);
/* Forgets what was pasted, and says why. */
void console_refuse_paste(struct console *c, const char *why, ...)
	__attribute__((format(printf, 2, 3)));
/* Handles Enter, and says whether to run what is typed now. */
bool console_enter(struct console *c);
void console_break_line(struct console *c);
/* Runs lines; each waits in the shell for the reply to the line before. */
void console_run_lines(struct console *c, struct slice lines);

/* ---- recall.c ---- */

/* Handles Ctrl-R and what is typed after it; false: the key ended the search and is not handled. */
bool console_search_key(struct console *c, uint32_t code);
/* Ends a search; the line that it found stays on the row. */
void console_end_search(struct console *c);
/* Adds what stands before that line. */
void console_search_prompt(const struct console *c, struct bytes *out);
/* Returns what can be typed in a search, if one runs; NULL: none does. */
const char *console_search_says(const struct console *c);
/* Returns how the history continues the line, if the cursor is at its end; empty: not at all. */
struct slice console_suggestion(
	struct console *c, const wchar_t *line, size_t length, size_t cursor);

/* Handles a key for which the editor asks. */
void console_command(void *owner, wchar_t key);
void console_forget_edits(struct console *c);
/* Returns a new string. */
char *console_utf8(const wchar_t *line, size_t length);

/* ---- complete.c ---- */

void console_complete(struct console *c);

#endif
