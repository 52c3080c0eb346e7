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

/* The letter of a key that editrc(5) writes as ESC and a letter; 0: it is another key. */
static char alt_letter(const char *key)
{
	static const char *const escapes[] = {"^[", "\\e", "\\E", "\\033", "\033"};
	for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++) {
		size_t n = strlen(escapes[i]);
		if (strncmp(key, escapes[i], n) == 0 && key[n] > ' ' && !key[n + 1])
			return key[n];
	}
	return 0;
}

static void note_alt(int argc, const char **argv, bool alt[128])
{
	const char *colon = argc ? strrchr(argv[0], ':') : NULL;
	if (argc < 3 || strcmp(colon ? colon + 1 : argv[0], "bind") != 0)
		return;
	for (int i = 1; i < argc - 1; i++)
		alt[(int)alt_letter(argv[i])] = true;
	alt[0] = false;
}

static bool run_line(EditLine *el, Tokenizer *words, const char *line, bool alt[128])
{
	const char **argv;
	int argc;
	tok_reset(words);
	if (tok_str(words, line, &argc, &argv) != 0)
		return false;
	if (argc && el_parse(el, argc, argv) != 0)
		return false;
	note_alt(argc, argv, alt);
	return true;
}

static void run_lines(
	EditLine *el, struct slice rest, const char *path, bool alt[128], struct bytes *notes)
{
	struct slice line;
	Tokenizer *words = tok_init(NULL);
	for (size_t number = 1; slice_line(&rest, &line); number++) {
		char *text = mem_strn(line.at, line.len);
		const char *begin = text + strspn(text, " \t");
		if (*begin && *begin != '#' && !run_line(el, words, begin, alt))
			bytes_addf(notes, "%s:%zu: not understood by libedit (man editrc): %s\n",
				quote(slice_str(path)).text, number, quote(line).text);
		free(text);
	}
	tok_end(words);
}

void editrc_read(EditLine *el, bool alt[128], struct bytes *notes)
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
		run_lines(el, bytes_slice(&file), path, alt, notes);
	bytes_free(&file);
	free(path);
}
