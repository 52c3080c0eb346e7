/* take.c - takes over what the shell proposes, and names the key that does. */
#include "console/console_private.h"

#include "base/table.h"
#include "base/text.h"

void console_take(struct console *c)
{
	struct bytes typed;
	const wchar_t *line;
	size_t length, cursor;
	bytes_init(&typed, LIMIT_LINE);
	editor_now(c->editor, &line, &length, &cursor);
	if (!shell_take(c->shell, !length, &typed))
		console_say(c, "nothing is proposed: wilco proposes a frame when a reply does not "
			       "fit");
	else if (typed.len && !length)
		console_type_line(c, bytes_slice(&typed));
	else if (typed.len)
		console_say(c, "something is typed: the same key puts '%s' on an empty line",
			quote(bytes_slice(&typed)).text);
	bytes_free(&typed);
}

bool console_key_of(struct ui *ui, const char *action, char out[KEY_TEXT_MAX])
{
	const struct console *c = (const struct console *)ui;
	int which = table_exact(slice_str(action), action_name, NULL);
	const struct binding *b =
		which < 0 ? NULL : keymap_key(&c->keymap, MODE_INPUT, (enum action)which);
	if (b)
		key_text(b->key, b->alt, out);
	return b != NULL;
}
