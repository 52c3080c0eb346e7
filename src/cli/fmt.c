/* fmt.c - wilco fmt FILE...: writes macros in their canonical form. */
#include "base/paste.h"
#include "base/paths.h"
#include "cli/cli.h"
#include "cli/out.h"
#include "cmd/cmd.h"
#include "macro/format.h"
#include <stdio.h>

/* Adds the canonical form of a whole file; what cannot be read goes to `shown`. */
static bool format_all(const char *name, struct slice text, struct bytes *out, struct bytes *shown)
{
	struct format f = {.verbs = verbs};
	struct slice line;
	struct error err;
	for (unsigned number = 1; slice_line(&text, &line); number++) {
		if (!format_line(&f, line, out, &err)) {
			error_show_line(&err, name, number, line, cli_stderr_utf8(), shown);
			return false;
		}
		bytes_add_byte(out, '\n');
	}
	return true;
}

/* Says whose form is another one. */
static void print_name(const char *name)
{
	paste_add(out_begin(), slice_str(name), out_spelling());
	out_end();
}

static enum status put(
	const struct cli *cli, const char *name, struct slice before, struct slice after)
{
	struct error err;
	bool same = slice_equal(before, after), check = cli->options.check;
	if (slice_is(slice_str(name), "-") && !check)
		out_text(after);
	else if (!same && check)
		print_name(name);
	else if (!same && !path_replace(name, after, &err))
		return cli_error(&err, SLICE(""));
	return check && !same ? STATUS_DIFFERS : STATUS_OK;
}

static enum status fmt_file(const struct cli *cli, const char *name)
{
	bool standard = slice_is(slice_str(name), "-");
	struct bytes before, after, shown;
	struct error err;
	enum status status;
	bytes_init(&before, LIMIT_FILE + 1);
	bytes_init(&after, 8 * (size_t)LIMIT_FILE);
	bytes_init(&shown, LIMIT_MESSAGE);
	int found = path_read(standard ? "/dev/stdin" : name, standard ? PATH_STREAM : PATH_FILE,
		LIMIT_FILE, &before, &err);
	if (found == 0)
		error_set(&err, STATUS_USAGE, "no file %s", quote(slice_str(name)).text);
	if (found <= 0)
		status = cli_error(&err, SLICE(""));
	else if (!format_all(name, bytes_slice(&before), &after, &shown))
		status = cli_shown(&shown, STATUS_USAGE);
	else
		status = put(cli, name, bytes_slice(&before), bytes_slice(&after));
	bytes_free(&before);
	bytes_free(&after);
	bytes_free(&shown);
	return status;
}

static enum status run(struct cli *cli)
{
	enum status worst = STATUS_OK;
	for (int i = 0; i < cli->count && !out_failed(); i++) {
		enum status status = fmt_file(cli, cli->words[i]);
		worst = status > worst ? status : worst;
	}
	return worst;
}

const struct cli_command cli_fmt = {.name = "fmt",
	.args = "FILE...",
	.help = "write macros in their canonical form",
	.about = "Writes macros and device files in their canonical form, in place. "
		 "The FILE - is standard input, which is written to standard output.",
	.example = "fmt --check pump.wilco",
	.least = 1,
	.most = -1,
	.by = BY_FMT,
	.words = {WORD_FILE, WORD_FILE},
	.run = run};
