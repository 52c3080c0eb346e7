/* editor.c - see editor.h.
 *
 * This avoids faults of libedit (3.1-20221030): its history search truncates characters and its
 * recall of long lines gives NULs, so history is ours; vi `v` forks an editor onto the terminal,
 * and `$` and End on an empty line go out of bounds, so they are bound to our functions.
 */
#include "console/editor.h"
#include "console/editrc.h"

#include "base/mem.h"
#include "console/keys.h"
#include "console/lines.h"
#include <errno.h>
#include <fcntl.h>
#include <histedit.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct editor {
	EditLine *el;
	FILE *null;
	int pty, pty_end;
	const struct editor_events *events;
	void *owner;
	struct editrc_keys keys;
	bool vi, commands; /* vi's keys are used, and are commands now */
	bool looks_up;     /* and the next key is looked up, so that libedit can be asked that */
};

static struct editor *editor_of(EditLine *el)
{
	struct editor *e = NULL;
	el_get(el, EL_CLIENTDATA, &e);
	return e;
}

/* Moves the cursor into the line: some vi commands leave it to the left of an empty one. */
static void mend_cursor(EditLine *el)
{
	const LineInfoW *info = el_wline(el);
	if (info->cursor < info->buffer)
		el_cursor(el, (int)(info->buffer - info->cursor));
}

/* Answers for a history: ours is elsewhere, but vi commands such as `_` call libedit's without
 * asking whether there is one. */
static int no_history(void *unused, HistEventW *event, int operation, ...)
{
	(void)unused;
	(void)event;
	(void)operation;
	return -1;
}

static int on_getc(EditLine *el, wchar_t *key)
{
	struct editor *e = editor_of(el);
	mend_cursor(el);
	if (e->vi && e->looks_up) {
		e->looks_up = false;
		*key = KEY_VI_MODE;
		return 1;
	}
	bool got = e->events->key(e->owner, key);
	e->looks_up = e->vi && vi_looks_up(&e->keys.vi, *key);
	return got;
}

static wchar_t *no_prompt(EditLine *el)
{
	static wchar_t empty[] = L"";
	(void)el;
	return empty;
}

/* ---- commands ---- */

static unsigned char on_command(EditLine *el, wint_t key)
{
	struct editor *e = editor_of(el);
	e->events->command(e->owner, (wchar_t)key);
	return CC_REFRESH;
}

/* KEY_VI_MODE was looked up where keys insert, or where they are commands.  What is under way there
 * (a count, an operator) goes on. */
static unsigned char on_inserting(EditLine *el, wint_t key)
{
	(void)key;
	editor_of(el)->commands = false;
	return CC_ARGHACK;
}

static unsigned char on_commanding(EditLine *el, wint_t key)
{
	(void)key;
	editor_of(el)->commands = true;
	return CC_ARGHACK;
}

/* Returns the line with the cursor, because Home and End mean that where there are several. */
static struct line_at line_now(EditLine *el)
{
	const LineInfoW *info = el_wline(el);
	return lines_at(info->buffer, (size_t)(info->lastchar - info->buffer),
		(size_t)(info->cursor - info->buffer));
}

static void go_to(EditLine *el, size_t to)
{
	const LineInfoW *info = el_wline(el);
	el_cursor(el, (int)((ptrdiff_t)to - (info->cursor - info->buffer)));
}

static unsigned char on_begin(EditLine *el, wint_t key)
{
	(void)key;
	go_to(el, line_now(el).from);
	return CC_REFRESH;
}

static unsigned char editor_on_end(EditLine *el, wint_t key)
{
	(void)key;
	go_to(el, line_now(el).to);
	return CC_REFRESH;
}

static unsigned char on_nothing(EditLine *el, wint_t key)
{
	(void)el;
	(void)key;
	return CC_NORM;
}

static void bind_key(EditLine *el, bool command_map, wchar_t key, const wchar_t *function)
{
	wchar_t text[2] = {key, 0};
	if (command_map)
		el_wset(el, EL_BIND, L"-a", text, function, NULL);
	else
		el_wset(el, EL_BIND, text, function, NULL);
}

static void bind_both(EditLine *el, wchar_t key, const wchar_t *function)
{
	bind_key(el, false, key, function);
	bind_key(el, true, key, function);
}

static bool is_vi(EditLine *el)
{
	const wchar_t *name = NULL;
	return el_wget(el, EL_EDITOR, &name) == 0 && name && wcscmp(name, L"vi") == 0;
}

/* Binds keys as other line editors have them.  ~/.editrc is read later, and may change them. */
static void bind_defaults(EditLine *el)
{
	el_wset(el, EL_ADDFN, L"wilco-command", L"a key of wilco's own", on_command);
	el_wset(el, EL_ADDFN, L"wilco-begin", L"to the beginning of the line", on_begin);
	el_wset(el, EL_ADDFN, L"wilco-end", L"to the end of the line", editor_on_end);
	el_wset(el, EL_ADDFN, L"wilco-nothing", L"does nothing", on_nothing);
	el_wset(el, EL_ADDFN, L"wilco-inserting", L"keys insert", on_inserting);
	el_wset(el, EL_ADDFN, L"wilco-commanding", L"keys are commands", on_commanding);
	bind_key(el, false, 1, L"wilco-begin");          /* Ctrl-A */
	bind_key(el, false, 5, L"wilco-end");            /* Ctrl-E */
	bind_key(el, false, 23, L"ed-delete-prev-word"); /* Ctrl-W */
}

static void bind_keys(EditLine *el)
{
	static const struct {
		wchar_t key;
		const wchar_t *function;
	} keys[] = {{KEY_UP, L"wilco-command"}, {KEY_DOWN, L"wilco-command"},
		{KEY_COMPLETE, L"wilco-command"}, {KEY_SET_LINE, L"wilco-command"},
		{KEY_INSERT, L"wilco-command"}, {KEY_LEFT, L"ed-prev-char"},
		{KEY_RIGHT, L"ed-next-char"}, {KEY_HOME, L"wilco-begin"}, {KEY_END, L"wilco-end"},
		{KEY_DELETE, L"ed-delete-next-char"}, {KEY_WORD_LEFT, L"ed-prev-word"},
		{KEY_WORD_RIGHT, L"em-next-word"}, {KEY_DELETE_WORD, L"em-delete-next-word"},
		{KEY_DELETE_WORD_BACK, L"ed-delete-prev-word"}, {KEY_UPPER, L"em-upper-case"},
		{KEY_LOWER, L"em-lower-case"}, {KEY_CAPITAL, L"em-capitol-case"},
		{L'\n', L"ed-newline"}, {L'\r', L"ed-newline"}};
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		bind_both(el, keys[i].key, keys[i].function);
	/* Not all locales know these letters; unbound they would be Alt with a letter. */
	for (wchar_t c = 0xA0; c <= 0xFF; c++)
		bind_key(el, false, c, L"ed-insert");
	if (!is_vi(el)) {
		bind_key(el, false, KEY_ESCAPE, L"wilco-nothing");
		bind_key(el, false, 16, L"wilco-command"); /* Ctrl-P, Ctrl-N: the history is ours */
		bind_key(el, false, 14, L"wilco-command");
		return;
	}
	bind_key(el, false, KEY_VI_MODE, L"wilco-inserting");
	bind_key(el, true, KEY_VI_MODE, L"wilco-commanding");
	bind_key(el, false, KEY_ESCAPE, L"vi-command-mode");
	bind_key(el, true, KEY_ESCAPE, L"wilco-nothing");
	bind_key(el, true, L'k', L"wilco-command");
	bind_key(el, true, L'j', L"wilco-command");
	bind_key(el, true, L'$', L"wilco-end");
	bind_key(el, true, L'v', L"wilco-nothing");
	bind_key(el, true, L':', L"wilco-nothing");
	bind_key(el, true, L'@', L"wilco-nothing");
	bind_key(el, true, L'#', L"wilco-nothing"); /* it would run the line without us */
	bind_key(el, true, L'.', L"wilco-nothing"); /* its macro may call itself for ever */
	bind_key(el, true, L'/', L"wilco-command");
	bind_key(el, true, L'?', L"wilco-command");
}

/* ---- the private terminal ---- */

static bool open_pty(struct editor *e, struct error *err)
{
	/* For every key libedit fills the edited row with blanks: rows are short, and there are
	 * enough for the longest line. */
	struct winsize size = {.ws_row = 512, .ws_col = 512};
	e->pty = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	e->pty_end = -1;
	if (e->pty < 0 || grantpt(e->pty) < 0 || unlockpt(e->pty) < 0)
		return error_set(
			err, STATUS_USAGE, "no pseudo-terminal to edit on: %s", strerror(errno));
	/* It stays open: the master answers for its modes only while there is another end. */
	e->pty_end = open(ptsname(e->pty), O_RDWR | O_NOCTTY | O_CLOEXEC);
	ioctl(e->pty, TIOCSWINSZ, &size);
	e->null = fopen("/dev/null", "r+e");
	return e->null ||
	       error_set(err, STATUS_USAGE, "cannot open /dev/null: %s", strerror(errno));
}

struct editor *editor_new(
	const struct editor_events *events, void *owner, struct bytes *notes, struct error *err)
{
	struct editor *e = mem_new(sizeof *e);
	e->events = events;
	e->owner = owner;
	e->pty = e->pty_end = -1;
	if (!open_pty(e, err)) {
		editor_free(e);
		return NULL;
	}
	e->el = el_init_fd("wilco", e->null, e->null, e->null, e->pty, e->pty, e->pty);
	if (!e->el) {
		error_set(err, STATUS_USAGE, "the line editor does not start");
		editor_free(e);
		return NULL;
	}
	el_set(e->el, EL_CLIENTDATA, e);
	el_set(e->el, EL_SIGNAL, 0);
	el_set(e->el, EL_TERMINAL, "dumb"); /* keys.c decodes keys */
	el_wset(e->el, EL_EDITOR, L"emacs");
	el_wset(e->el, EL_PROMPT, no_prompt);
	el_wset(e->el, EL_HIST, no_history, e);
	bind_defaults(e->el);
	vi_init(&e->keys.vi);
	editrc_read(e->el, &e->keys, notes);
	e->vi = is_vi(e->el);
	el_set(e->el, EL_EDITMODE, 1);
	el_wset(e->el, EL_GETCFN, on_getc);
	bind_keys(e->el);
	return e;
}

void editor_free(struct editor *e)
{
	if (!e)
		return;
	if (e->el)
		el_end(e->el);
	if (e->null)
		fclose(e->null);
	if (e->pty_end >= 0)
		close(e->pty_end);
	if (e->pty >= 0)
		close(e->pty);
	free(e);
}

bool editor_line(struct editor *e, const wchar_t **line, size_t *length)
{
	int count = 0;
	e->commands = false; /* each line begins so */
	e->looks_up = false;
	*line = el_wgets(e->el, &count);
	*length = count > 0 ? (size_t)count : 0;
	if (*length && (*line)[*length - 1] == L'\n')
		--*length;
	return *line && count > 0;
}

bool editor_is_vi(struct editor *e)
{
	return e->vi;
}

bool editor_commands(struct editor *e)
{
	return e->commands;
}

bool editor_has_alt(struct editor *e, uint32_t letter)
{
	return letter < sizeof e->keys.alt && e->keys.alt[letter];
}

void editor_now(struct editor *e, const wchar_t **line, size_t *length, size_t *cursor)
{
	const LineInfoW *info = el_wline(e->el);
	*line = info->buffer;
	*length = (size_t)(info->lastchar - info->buffer);
	*cursor = (size_t)(info->cursor - info->buffer);
}

void editor_go_to(struct editor *e, size_t cursor)
{
	go_to(e->el, cursor);
}

void editor_replace(struct editor *e, const wchar_t *line)
{
	const LineInfoW *info = el_wline(e->el);
	go_to(e->el, (size_t)(info->lastchar - info->buffer));
	if (info->lastchar > info->buffer)
		el_deletestr(e->el, (int)(info->lastchar - info->buffer));
	editor_insert(e, line);
}

void editor_insert(struct editor *e, const wchar_t *text)
{
	if (*text)
		el_winsertstr(e->el, text);
}
