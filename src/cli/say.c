/* say.c - writes to standard error; see cli.h. */
#include "base/fd.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/spool.h"
#include <unistd.h>

bool cli_stderr_utf8(void)
{
	return !isatty(STDERR_FILENO) || text_locale_utf8();
}

void cli_stderr(struct slice text)
{
	if (!spool_takes(SPOOL_ERR, text))
		fd_write(STDERR_FILENO, text, FD_FOR_EVER);
}

enum status cli_shown(struct bytes *shown, enum status status)
{
	cli_stderr(SLICE("wilco: "));
	cli_stderr(bytes_shown(shown));
	return status;
}

void cli_say(struct slice text)
{
	struct bytes line;
	bytes_init(&line, text.len * TEXT_MOST + 1);
	text_add(&line, text, TEXT_PLAIN | text_charset(cli_stderr_utf8()));
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
