/* term_file.c - files in terminal mode: which way and with which protocol, the path, and the row
 * while one passes.  The program has the keyboard's Ctrl-C then, and the device no keys. */
#include "console/term_screen.h"

#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/transfer.h"
#include <string.h>

enum { CTRL_C = 3, CTRL_U = 21, ESC = 27, DELETE = 0x7F };

/* ---- the way ---- */

void term_file_way(struct term_screen *t, uint32_t code)
{
	static const char ways[] = "zyxZYX";
	const char *way = code && code < DELETE ? strchr(ways, (int)code) : NULL;
	t->use = way ? TERM_PATH : TERM_KEYS;
	if (!way)
		return;
	t->uploads = *way >= 'a';
	t->protocol = transfer_protocol(NULL, (size_t)(way - ways) % 3);
	t->path_size = 0;
}

/* ---- the path ---- */

static void add_path(const struct term_screen *t, struct bytes *out)
{
	uint8_t utf8[4];
	for (size_t i = 0; i < t->path_size; i++)
		bytes_add(out, slice_of(utf8, text_encode(t->path[i], utf8)));
}

static void set_path(struct term_screen *t, struct slice path)
{
	uint32_t code;
	t->path_size = 0;
	for (size_t n; t->path_size < TERM_PATH_MAX && (n = text_decode(path, &code)) > 0;
		path = slice_cut(path, n, path.len))
		t->path[t->path_size++] = code;
}

/* What all candidates have in common. */
static void on_candidate(void *arg, const char *candidate)
{
	struct bytes *common = arg;
	size_t n = 0;
	if (common->len)
		while (n < common->len && candidate[n] && common->at[n] == (uint8_t)candidate[n])
			n++;
	else
		n = strlen(candidate);
	while (n && candidate[n] && ((uint8_t)candidate[n] & 0xC0) == 0x80)
		n--; /* no part of a character */
	bytes_clear(common);
	bytes_add(common, slice_of(candidate, n));
}

static void complete_path(struct term_screen *t)
{
	struct bytes path, common;
	bytes_init(&path, LIMIT_MESSAGE);
	bytes_init(&common, LIMIT_MESSAGE);
	add_path(t, &path);
	const struct completion c = {.shell = t->console->shell,
		.word = bytes_slice(&path),
		.add = on_candidate,
		.arg = &common};
	complete_files(&c);
	if (common.len > path.len)
		set_path(t, bytes_slice(&common));
	bytes_free(&path);
	bytes_free(&common);
}

static void on_over(void *owner, struct slice said)
{
	struct term_screen *t = owner;
	t->use = TERM_KEYS;
	console_say(t->console, "%.*s", (int)said.len, (const char *)said.at);
	term_screen_changed(t);
}

static void begin(struct term_screen *t)
{
	struct bytes path;
	struct error err;
	bytes_init(&path, LIMIT_MESSAGE);
	add_path(t, &path);
	t->use = TERM_PASSES;
	if (t->uploads && !path.len)
		t->use = TERM_KEYS;
	else if (!term_transfer(t->term, t->uploads, slice_str(t->protocol), bytes_slice(&path),
			 on_over, &err)) {
		t->use = TERM_KEYS;
		console_say(t->console, err.hint[0] ? "%s: %s" : "%s", err.what, err.hint);
	}
	bytes_free(&path);
}

void term_file_path(struct term_screen *t, uint32_t code)
{
	if (code == ESC || code == CTRL_C)
		t->use = TERM_KEYS;
	else if (code == '\r' || code == '\n')
		begin(t);
	else if (code == '\t')
		complete_path(t);
	else if (code == CTRL_U)
		t->path_size = 0;
	else if ((code == DELETE || code == '\b') && t->path_size)
		t->path_size--;
	else if (text_width(code) > 0 && t->path_size < TERM_PATH_MAX)
		t->path[t->path_size++] = code;
}

/* ---- while it passes ---- */

void term_file_passes(struct term_screen *t, uint32_t code)
{
	if (code == CTRL_C)
		shell_interrupt(t->console->shell);
}

/* ---- the row ---- */

static void add_asked(struct term_screen *t, struct styled *row)
{
	struct bytes path;
	bool xmodem = slice_is(slice_str(t->protocol), "xmodem");
	bytes_init(&path, LIMIT_MESSAGE);
	add_path(t, &path);
	styled_addf(row, STYLE_CURRENT, t->uploads ? " %s, file: " : " %s, into %s: ", t->protocol,
		xmodem ? "file" : "folder (here)");
	/* Of a long path the end is typed. */
	struct slice shown = bytes_slice(&path);
	size_t width = terminal_columns(t->console->terminal);
	while (shown.len && row->cells + text_cells(shown) + 2 > width) {
		uint32_t code;
		shown = slice_cut(shown, text_decode(shown, &code), shown.len);
	}
	styled_add(row, STYLE_PLAIN, shown);
	bytes_free(&path);
}

static void add_passing(struct term_screen *t, struct styled *row)
{
	struct bytes raw;
	bytes_init(&raw, LIMIT_MESSAGE);
	styled_add(row, STYLE_CURRENT, SLICE(" "));
	if (shell_progress(t->console->shell, &raw))
		full_add_safe(t->console, row, STYLE_CURRENT, bytes_str(&raw));
	bytes_free(&raw);
}

void term_file_row(struct term_screen *t, struct styled *row)
{
	if (t->use == TERM_WAY)
		styled_add(row, STYLE_CURRENT,
			full_is_narrow(t->console)
				? SLICE(" up z y x  down Z Y X")
				: SLICE(" upload z: ZMODEM y: YMODEM x: XMODEM  download Z Y X"));
	else if (t->use == TERM_PATH)
		add_asked(t, row);
	else
		add_passing(t, row);
}
