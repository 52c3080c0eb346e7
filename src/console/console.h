/* console.h - the console: a split screen, or on terminals that cannot, lines above a prompt. */
#ifndef WILCO_CONSOLE_H
#define WILCO_CONSOLE_H

#include "cmd/shell.h"
#include "loop/loop.h"

struct console;

struct console *console_new(struct loop *loop, bool plain, struct error *err);
void console_free(struct console *c); /* NULL is allowed; restores the terminal */
struct ui *console_ui(struct console *c);
/* The shell whose prompt is painted; before anything else happens. */
void console_attach(struct console *c, struct shell *shell);
/* `.bind` lines of the configuration, without the verb; what is wrong is said on the screen. */
void console_bind(struct console *c, struct slice lines);
/* Reads and runs lines until the end; the exit status. */
enum status console_run(struct console *c);

#endif
