/* console_private.h - the console's state, and what its files do for each other.
 *
 *   console.c   the outer loop: edit a line, run it; beginning and end
 *   typing.c    the key layer: the terminal's keys to the editor's
 *   recall.c    history, search and completion, on the editor's request
 *   paint.c     lines above the prompt, and the row that is typed on
 */
#ifndef WILCO_CONSOLE_PRIVATE_H
#define WILCO_CONSOLE_PRIVATE_H

#include "cmd/history.h"
#include "console/console.h"
#include "console/editor.h"
#include "console/keys.h"
#include "console/row.h"
#include "console/terminal.h"
#include <wilco/limits.h>

enum { PASTE_MAX = 1024 * 1024 };
/* Of one paint: what was asked for is shown whole; of what a device says unasked as much as a
 * terminal over a slow link takes in that time, so that typing stays visible in a flood. */
enum { OUTPUT_MAX = 8 * 1024 * 1024, UNASKED_MAX = 8 * 1024 };

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

	wchar_t *queue; /* keys for the editor */
	size_t queue_at, queue_count, queue_room;
	bool literal; /* Ctrl-V: the next key is spelled as an escape */
	bool pasting;
	struct bytes paste;
	wchar_t *replacement; /* for KEY_SET_LINE */

	struct row painted;
	struct bytes output; /* lines to stand above the prompt */
	size_t dropped;      /* lines that found no room there */
	bool dirty;
	int64_t painted_at;

	size_t history_at; /* the line recalled; history_count(): the one being typed */
	char *typed;       /* that one, while another is recalled */
	char *needle;      /* what Ctrl-R looks for, while it is pressed again; NULL: nothing */
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

/* ---- typing.c ---- */

extern const struct terminal_events console_terminal_events;
/* The editor asks: the loop turns until there is a key for it. */
bool console_next_key(void *owner, wchar_t *key);
void console_on_escape_time(void *arg);
/* Text for editor_replace() and editor_insert(), in c->replacement. */
void console_set_line(struct console *c, struct slice text);

/* ---- recall.c ---- */

void console_command(void *owner, wchar_t key);
/* A new string. */
char *console_utf8(const wchar_t *line, size_t length);

#endif
