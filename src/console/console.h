/* console.h - the console: a split screen, or lines above a prompt where a terminal has none. */
#ifndef WILCO_CONSOLE_H
#define WILCO_CONSOLE_H

#include "cmd/shell.h"
#include "loop/loop.h"

struct console;

struct console *console_new(struct loop *loop, bool plain, struct error *err);
void console_free(struct console *c); /* NULL is allowed; restores the terminal */
struct ui *console_ui(struct console *c);
/* Sets the shell whose prompt is painted, before anything else happens. */
void console_attach(struct console *c, struct shell *shell);
/* Takes `.bind` lines of the configuration, without the verb; the screen shows mistakes in them. */
void console_bind(struct console *c, struct slice lines);
/* Proposes one thing after the other to try with the demo, above an empty line. */
void console_tour(struct console *c);
/* Shows a file instead of devices; false: err says why it cannot. */
struct console_file {
	const char *path;
	struct pieces *pieces;           /* the file, open; it is taken over */
	struct frame *frame;             /* a reference is taken */
	bool runs;                       /* that is only to write down what was said */
	const struct settings *settings; /* borrowed */
	uint64_t transcript;             /* bytes of memory for what is shown */
};
bool console_view(struct console *c, const struct console_file *file, struct error *err);
/* Reads and runs lines until the end, and returns the exit status. */
enum status console_run(struct console *c);

#endif
