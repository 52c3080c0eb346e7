/* say.c - says and asks something. */
#include "console/console_private.h"

#include "base/mem.h"
#include "base/text.h"
#include <stdlib.h>

void console_say(struct console *c, const char *format, ...)
{
	struct bytes raw;
	va_list args;
	bytes_init(&raw, LIMIT_MESSAGE);
	va_start(args, format);
	bytes_addv(&raw, format, args);
	va_end(args);
	bytes_clear(&c->message);
	text_add(&c->message, bytes_shown(&raw), TEXT_PLAIN | text_charset(c->ui.utf8));
	if (!c->screen) {
		console_print(&c->ui, UI_NOTE, bytes_shown(&c->message));
		bytes_clear(&c->message);
	}
	bytes_free(&raw);
	c->dirty = c->pane_dirty = true;
}

void console_ask(struct console *c, void (*yes)(struct console *c), const char *format, ...)
{
	struct bytes raw;
	va_list args;
	bytes_init(&raw, LIMIT_MESSAGE);
	va_start(args, format);
	bytes_addv(&raw, format, args);
	va_end(args);
	free(c->question.text);
	c->question.text = mem_str(bytes_str(&raw));
	c->question.yes = yes;
	c->question.edit = NULL;
	c->question.no = NULL;
	bytes_free(&raw);
	c->dirty = true;
	/* A question that does not fit before its answers is read above them. */
	const size_t answers = sizeof " [y/n] ";
	if (c->screen &&
		text_cells(slice_str(c->question.text)) + answers > terminal_columns(c->terminal))
		console_say(c, "%s", c->question.text);
}
