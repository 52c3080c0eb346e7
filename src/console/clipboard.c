/* clipboard.c - the terminal's clipboard, which belongs to the person in front of it, even over
 * SSH. */
#include "console/console_private.h"

enum { CLIPBOARD_MAX = 64 * 1024 };

static void add_base64(struct slice in, struct bytes *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < in.len; i += 3) {
		uint32_t three = (uint32_t)in.at[i] << 16;
		three |= i + 1 < in.len ? (uint32_t)in.at[i + 1] << 8 : 0;
		three |= i + 2 < in.len ? in.at[i + 2] : 0;
		bytes_add_byte(out, (uint8_t)digits[three >> 18]);
		bytes_add_byte(out, (uint8_t)digits[three >> 12 & 63]);
		bytes_add_byte(out, i + 1 < in.len ? (uint8_t)digits[three >> 6 & 63] : '=');
		bytes_add_byte(out, i + 2 < in.len ? (uint8_t)digits[three & 63] : '=');
	}
}

/* Writes OSC 52 (xterm, ctlseqs). */
static bool to_clipboard(struct console *c, const struct bytes *text, struct error *err)
{
	struct bytes out;
	if (!terminal_can(c->terminal)->clipboard)
		return error_set(err, STATUS_USAGE,
			"this terminal has no clipboard; .copy FILE writes to a file");
	if (text->over || text->len > CLIPBOARD_MAX)
		return error_set(err, STATUS_USAGE,
			"%zu bytes%s are too many for a terminal's clipboard; .copy FILE writes to "
			"a file",
			text->len, text->over ? " and more" : "");
	bytes_init(&out, 2 * CLIPBOARD_MAX);
	bytes_add_str(&out, "\033]52;c;");
	add_base64(bytes_slice(text), &out);
	bytes_add_str(&out, "\a");
	bool taken = terminal_write(c->terminal, bytes_slice(&out));
	bytes_free(&out);
	return taken || error_set(err, STATUS_OUTPUT,
				"the terminal is too slow: nothing is in its clipboard");
}

/* Adds an entry as it is shown, or only its replies, to be read.  False: there are none.  The last
 * line has no line feed: pasted into a shell or another console, it would run what is
 * in the clipboard. */
static bool add_text(struct console *c, const struct entry *e, bool replies, struct bytes *text)
{
	if (replies)
		entry_readable(e, text);
	else
		pane_as_shown(&c->pane, e, text);
	bool any = text->len > 0 || text->over;
	if (text->len && !text->over && text->at[text->len - 1] == '\n')
		text->len--;
	return any;
}

bool console_copy(struct console *c, bool replies, struct error *err)
{
	struct bytes text;
	const struct entry *e = pane_chosen(&c->pane);
	if (!e)
		return error_set(err, STATUS_USAGE, "there is nothing to copy yet");
	bytes_init(&text, LIMIT_FRAME_MOST);
	bool good = add_text(c, e, replies, &text) ||
		    error_set(err, STATUS_USAGE, "nothing came: there is no reply to copy");
	good = good && to_clipboard(c, &text, err);
	if (good)
		console_say(c, "the %s was sent to the terminal's clipboard",
			replies ? "reply" : "entry");
	bytes_free(&text);
	return good;
}
