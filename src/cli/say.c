/* say.c - writes to standard error; see cli.h. */
#include "base/text.h"
#include "cli/cli.h"
#include "cli/outlet.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool has_row; /* one that the next message takes away */

bool cli_stderr_utf8(void)
{
	return !isatty(STDERR_FILENO) || text_locale_utf8();
}

unsigned cli_stderr_spelling(void)
{
	return text_charset(cli_stderr_utf8()) | (isatty(STDERR_FILENO) ? 0 : TEXT_MARKS);
}

/* Says how many messages were left out before this one. */
static void say_left_out(void)
{
	char text[OUTLET_TEXT_MAX], line[OUTLET_TEXT_MAX + 16];
	if (!outlet_left_out(SPOOL_ERR, "message", false, text))
		return;
	snprintf(line, sizeof line, "wilco: %s\n", text);
	outlet_write(SPOOL_ERR, slice_str(line));
}

void cli_row_end(void)
{
	if (has_row)
		outlet_write(SPOOL_ERR, SLICE("\r\x1b[K"));
	has_row = false;
}

void cli_stderr(struct slice text)
{
	if (spool_takes(SPOOL_ERR, text) || !outlet_room(SPOOL_ERR))
		return;
	cli_row_end();
	say_left_out();
	outlet_write(SPOOL_ERR, text);
}

void cli_row(struct slice text)
{
	struct bytes row;
	bytes_init(&row, LIMIT_MESSAGE);
	bytes_add_byte(&row, '\r');
	bytes_add(&row, text);
	bytes_add_str(&row, "\x1b[K");
	has_row = false; /* it is written over, which does not flicker */
	cli_stderr(bytes_slice(&row));
	has_row = true;
	bytes_free(&row);
}

enum status cli_shown(struct bytes *shown, enum status status)
{
	struct bytes whole; /* a message may be left out, but not a part of it */
	struct slice text = bytes_shown(shown);
	bytes_init(&whole, text.len + 16);
	bytes_add_str(&whole, "wilco: ");
	bytes_add(&whole, text);
	cli_stderr(bytes_slice(&whole));
	bytes_free(&whole);
	return status;
}

void cli_say(struct slice text)
{
	struct bytes line;
	bytes_init(&line, text.len * TEXT_MOST + 1);
	text_add(&line, text, TEXT_PLAIN | cli_stderr_spelling());
	bytes_add_byte(&line, '\n');
	cli_shown(&line, STATUS_OK);
	bytes_free(&line);
}

enum status cli_error(const struct error *err, struct slice text)
{
	struct bytes shown;
	bytes_init(&shown, LIMIT_MESSAGE);
	error_show(err, NULL, text, cli_stderr_utf8(), &shown);
	cli_shown(&shown, err->status);
	bytes_free(&shown);
	return err->status;
}

void cli_note(const struct cli *cli, const char *format, ...)
{
	struct bytes raw;
	va_list args;
	if (cli->options.quiet)
		return;
	bytes_init(&raw, LIMIT_MESSAGE);
	va_start(args, format);
	bytes_addv(&raw, format, args);
	va_end(args);
	cli_say(bytes_shown(&raw));
	bytes_free(&raw);
}

void cli_note_settings(const struct cli *cli, const char *device)
{
	struct address a;
	struct error err;
	struct bytes list;
	struct slice text = slice_str(device);
	if (!strchr(device, '?') || devices_find(&cli->context->devices, text) ||
		!address_parse(text, cli->options.port, &a, &err))
		return;
	bytes_init(&list, LIMIT_MESSAGE);
	for (size_t i = 0; setting_name(i); i++)
		if (a.settings.at[i].set && setting_needs_term(i))
			bytes_addf(&list, "%s%s", list.len ? ", " : "", setting_name(i));
	if (list.len)
		cli_note(cli, "only terminal mode (wilco --term) uses %s", bytes_str(&list));
	bytes_free(&list);
	address_free(&a);
}
