/* editrc.c - see editrc.h.  Line by line and not by el_source(), which stops silently at the first
 * line that it does not understand. */
#include "console/editrc.h"

#include "base/mem.h"
#include "base/paths.h"
#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>

enum { EDITRC_MAX = 256 * 1024 };

/* A new string; NULL: there is no home to look in. */
static char *editrc_path(void)
{
	const char *named = getenv("EDITRC"), *home = getenv("HOME");
	char *path;
	if (named)
		return mem_str(named);
	return home && asprintf(&path, "%s/.editrc", home) > 0 ? path : NULL;
}

static bool run_line(EditLine *el, Tokenizer *words, const char *line)
{
	const char **argv;
	int argc;
	tok_reset(words);
	if (tok_str(words, line, &argc, &argv) != 0)
		return false;
	return argc == 0 || el_parse(el, argc, argv) == 0;
}

static void run_lines(EditLine *el, struct slice rest, const char *path, struct bytes *notes)
{
	struct slice line;
	Tokenizer *words = tok_init(NULL);
	for (size_t number = 1; slice_line(&rest, &line); number++) {
		char *text = mem_strn(line.at, line.len);
		const char *begin = text + strspn(text, " \t");
		if (*begin && *begin != '#' && !run_line(el, words, begin))
			bytes_addf(notes, "%s:%zu: not understood by libedit (man editrc): %s\n",
				quote(slice_str(path)).text, number, quote(line).text);
		free(text);
	}
	tok_end(words);
}

void editrc_read(EditLine *el, struct bytes *notes)
{
	struct error err;
	struct bytes file;
	char *path = editrc_path();
	if (!path)
		return;
	bytes_init(&file, EDITRC_MAX + 1);
	if (path_read(path, EDITRC_MAX, &file, &err) < 0)
		bytes_addf(notes, "%s\n", err.what);
	else
		run_lines(el, bytes_slice(&file), path, notes);
	bytes_free(&file);
	free(path);
}
