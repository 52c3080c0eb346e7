/* editrc.c - see editrc.h.  It reads line by line, because el_source() stops silently at the first
 * line that it does not understand.
 *
 * Lines that libedit does not survive are refused: words of a thousand characters overrun its
 * buffers, a macro that types its own key runs for ever, and some functions take the terminal or
 * keys for themselves, or run the line without asking us.
 */
#include "console/editrc.h"

#include "base/mem.h"
#include "base/paths.h"
#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>

enum { EDITRC_MAX = 256 * 1024, WORD_MAX = 200, MACROS_MAX = 64, NOTES_MAX = 5 };

struct editrc_reading {
	EditLine *el;
	Tokenizer *words;
	struct editrc_keys *keys;
	struct macro {
		unsigned char key; /* the first byte of its key */
		char *types;
	} macros[MACROS_MAX];
	size_t macro_count;
	size_t wrong; /* lines that were refused */
};

/* Returns a new string; NULL: there is no home to look in. */
static char *editrc_path(void)
{
	const char *named = getenv("EDITRC"), *home = getenv("HOME");
	char *path;
	if (named)
		return mem_str(named);
	return home && asprintf(&path, "%s/.editrc", home) > 0 ? path : NULL;
}

/* Returns the letter of a key that editrc(5) writes as ESC and a letter; 0: it is another key. */
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

/* Says whether a line is `bind`, perhaps after the program's name. */
static bool is_bind(int argc, const char **argv)
{
	const char *colon = argc ? strrchr(argv[0], ':') : NULL;
	return argc && strcmp(colon ? colon + 1 : argv[0], "bind") == 0;
}

/* Says whether a `bind` has keys type a text (-s); libedit does not look further than that letter.
 */
static bool has_macro(int argc, const char **argv)
{
	bool macro = false;
	for (int i = 0; i < argc; i++)
		macro |= argv[i][0] == '-' && argv[i][1] == 's';
	return macro;
}

static void note_alt(struct editrc_reading *r, int argc, const char **argv)
{
	for (int i = 1; is_bind(argc, argv) && i < argc - 1; i++)
		r->keys->alt[(int)alt_letter(argv[i])] = true;
	r->keys->alt[0] = false;
}

/* Reads one character of editrc(5): itself, ^X, or a backslash and what it means. */
static const char *editrc_decode(const char *text, unsigned char *out)
{
	static const char names[] = "abefnrtv", bytes[] = "\a\b\033\f\n\r\t\v";
	const char *name = text[0] == '\\' && text[1] ? strchr(names, text[1]) : NULL;
	char *end = NULL;
	*out = (unsigned char)text[0];
	if (text[0] == '^' && text[1]) {
		*out = text[1] == '?' ? 0x7F : (unsigned char)(text[1] & 0x1F);
		return text + 2;
	}
	if (name) {
		*out = (unsigned char)bytes[name - names];
		return text + 2;
	}
	if (text[0] == '\\' && text[1] >= '0' && text[1] <= '7') {
		*out = (unsigned char)strtoul(text + 1, &end, 8);
		return end;
	}
	if (text[0] == '\\' && text[1])
		*out = (unsigned char)*++text;
	return text + 1;
}

/* Notes what vi's modes have to be asked around. */
static void note_vi(struct editrc_reading *r, int argc, const char **argv)
{
	uint8_t keys[WORD_MAX];
	size_t count = 0;
	if (!is_bind(argc, argv) || argc < 3)
		return;
	for (const char *at = argv[argc - 2]; *at && count < sizeof keys; count++)
		at = editrc_decode(at, &keys[count]);
	vi_bound(&r->keys->vi, slice_of(keys, count), argv[argc - 1], has_macro(argc, argv));
}

static bool types(const char *text, unsigned char key)
{
	unsigned char each;
	while (*text) {
		text = editrc_decode(text, &each);
		if (each == key)
			return true;
	}
	return false;
}

/* Checks `bind -s KEY TEXT`: no macro may type the first key of one, because they would loop. */
static bool is_safe_macro(struct editrc_reading *r, const char *key, const char *text)
{
	unsigned char first;
	editrc_decode(key, &first);
	bool safe = r->macro_count < MACROS_MAX && !types(text, first);
	for (size_t i = 0; i < r->macro_count && safe; i++)
		safe = !types(text, r->macros[i].key) && !types(r->macros[i].types, first);
	if (safe)
		r->macros[r->macro_count++] = (struct macro){first, mem_str(text)};
	return safe;
}

/* Says whether a function asks on the terminal, runs a program there, or is a search (ours). */
static bool is_ours(const char *word)
{
	static const char *const names[] = {"ed-command", "vi-histedit", "vi-redo",
		"vi-comment-out", "vi-search-next", "vi-search-prev", "em-inc-search-next",
		"em-inc-search-prev", "vi-alias"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(word, names[i]) == 0)
			return true;
	return false;
}

static bool is_safe(struct editrc_reading *r, int argc, const char **argv)
{
	for (int i = 0; i < argc; i++)
		if (strlen(argv[i]) > WORD_MAX)
			return false;
	if (!is_bind(argc, argv) || argc < 3)
		return true;
	if (has_macro(argc, argv))
		return is_safe_macro(r, argv[argc - 2], argv[argc - 1]);
	return !is_ours(argv[argc - 1]);
}

static bool editrc_run_line(struct editrc_reading *r, const char *line)
{
	const char **argv;
	int argc;
	tok_reset(r->words);
	if (tok_str(r->words, line, &argc, &argv) != 0)
		return false;
	if (argc && (!is_safe(r, argc, argv) || el_parse(r->el, argc, argv) != 0))
		return false;
	note_alt(r, argc, argv);
	note_vi(r, argc, argv);
	return true;
}

static void run_lines(
	struct editrc_reading *r, struct slice rest, const char *path, struct bytes *notes)
{
	struct slice line;
	for (size_t number = 1; slice_line(&rest, &line); number++) {
		char *text = mem_strn(line.at, line.len);
		const char *begin = text + strspn(text, " \t");
		if (*begin && *begin != '#' && !editrc_run_line(r, begin) && r->wrong++ < NOTES_MAX)
			bytes_addf(notes, "%s:%zu: not taken (man editrc): %s\n",
				quote(slice_str(path)).text, number, quote(line).text);
		free(text);
	}
	if (r->wrong > NOTES_MAX)
		bytes_addf(notes, "%s: and %zu more\n", quote(slice_str(path)).text,
			r->wrong - NOTES_MAX);
}

static void read_file(EditLine *el, struct slice text, const char *path, struct editrc_keys *keys,
	struct bytes *notes)
{
	struct editrc_reading r = {.el = el, .words = tok_init(NULL), .keys = keys};
	run_lines(&r, text, path, notes);
	tok_end(r.words);
	while (r.macro_count)
		free(r.macros[--r.macro_count].types);
}

void editrc_read(EditLine *el, struct editrc_keys *keys, struct bytes *notes)
{
	struct error err;
	struct bytes file;
	char *path = editrc_path();
	if (!path)
		return;
	bytes_init(&file, EDITRC_MAX + 1);
	if (path_read(path, PATH_FILE, EDITRC_MAX, &file, &err) < 0)
		bytes_addf(notes, "%s\n", err.what);
	else
		read_file(el, bytes_slice(&file), path, keys, notes);
	bytes_free(&file);
	free(path);
}
