/* secret.c - asks for a secret: what is typed is not shown. */
#include "base/secret.h"

#include "base/text.h"
#include "console/console_private.h"
#include <stdlib.h>

/* Notes which secret a line lacks.  It is asked for when the line runs, not while it is typed. */
static enum name_is note_missing(
	void *arg, struct slice name, struct bytes *value, struct error *err)
{
	struct console *c = arg;
	(void)value;
	(void)err;
	if (!c->question.typed) { /* else it is the name of what is being asked for */
		bytes_clear(&c->secret_name);
		bytes_add(&c->secret_name, name);
	}
	return NAME_LATER;
}

static void say_about(void *arg, const char *text)
{
	console_say(arg, "%s", text);
}

void console_secrets(struct console *c)
{
	bytes_init(&c->secret_name, LIMIT_MESSAGE);
	bytes_init(&c->secret, SECRET_MOST);
	secret_on_ask(note_missing, say_about, c);
}

static void secret_wipe(struct console *c)
{
	if (c->secret.len)
		explicit_bzero(c->secret.at, c->secret.len);
	bytes_free(&c->secret);
}

void console_secret_end(struct console *c)
{
	secret_wipe(c);
	bytes_free(&c->secret_name);
	secret_on_ask(NULL, NULL, NULL);
	secret_forget();
}

bool console_secret_line(struct ui *ui)
{
	struct console *c = (struct console *)ui;
	if (c->question.text)
		return false;
	console_ask(c, NULL, "%s (not shown):", bytes_str(&c->secret_name));
	c->question.typed = true;
	c->question.shown = false;
	return true;
}

static void say_yes(struct console *c)
{
	shell_answer(c->shell, true, SLICE(""));
}

static void say_no(struct console *c)
{
	shell_answer(c->shell, false, SLICE(""));
}

bool console_answer_line(struct ui *ui, struct slice question, bool line)
{
	struct console *c = (struct console *)ui;
	struct bytes text;
	if (c->question.text)
		return false;
	bytes_init(&text, LIMIT_MESSAGE);
	text_add(&text, question, TEXT_PLAIN | text_charset(c->ui.utf8));
	console_ask(c, say_yes, "%s", bytes_str(&text));
	c->question.no = say_no;
	c->question.typed = c->question.shown = line;
	bytes_free(&text);
	return true;
}

static void secret_over(struct console *c, bool given)
{
	struct bytes line = c->secret; /* of an answer that is shown */
	bool shown = c->question.shown;
	if (shown)
		bytes_init(&c->secret, SECRET_MOST);
	else if (given)
		secret_keep(bytes_slice(&c->secret_name), bytes_slice(&c->secret));
	if (!shown)
		secret_wipe(c);
	free(c->question.text);
	c->question.text = NULL;
	c->question.typed = c->question.shown = false;
	c->dirty = c->pane_dirty = true;
	if (shown) {
		shell_answer(c->shell, given, bytes_slice(&line));
		bytes_free(&line);
	} else {
		shell_secret(c->shell, given);
	}
	shell_asks_again(c->shell);
}

/* Takes the last character away. */
static void secret_back(struct bytes *typed)
{
	while (typed->len && (typed->at[typed->len - 1] & 0xC0) == 0x80)
		typed->len--;
	typed->len -= typed->len > 0;
}

void console_secret_key(struct console *c, uint32_t code)
{
	enum { CTRL_C = 3, CTRL_D = 4, CTRL_G = 7, BACKSPACE = 8, CTRL_U = 21, DELETE = 127 };
	uint8_t utf8[4];
	if (code == '\r' || code == '\n')
		secret_over(c, true);
	else if (code == CTRL_C || code == CTRL_D || code == CTRL_G || code == KEY_ESCAPE)
		secret_over(c, false);
	else if (code == BACKSPACE || code == DELETE)
		secret_back(&c->secret);
	else if (code == CTRL_U)
		bytes_clear(&c->secret);
	else if (code >= KEY_PASTED && code <= KEY_PASTED + 0xFF && code - KEY_PASTED >= ' ')
		bytes_add_byte(&c->secret, (uint8_t)(code - KEY_PASTED));
	else if (code >= ' ' && code < KEY_PASTE_BEGIN &&
		 !(code >= KEY_SPECIAL && code <= KEY_LAST))
		bytes_add(&c->secret, slice_of(utf8, text_encode(code, utf8)));
}
