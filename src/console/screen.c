/* screen.c - see screen.h.
 *
 * ncurses is the second line of defence: what comes here is printable already, and a character
 * whose width it would count differently is shown as '?'.
 */
#include "console/screen.h"

#include "base/mem.h"
#include "base/text.h"
#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wchar.h>
/* Last: it defines short names of its own. */
#include <term.h>

enum { LEAVE_MAX = 96 };

struct screen {
	SCREEN *curses;
	FILE *memory; /* what ncurses writes to */
	attr_t attributes[STYLE_COUNT];
	short pairs[STYLE_COUNT];
	char leave[LEAVE_MAX];
	bool offers;
};

/* ---- styles ---- */

static const struct {
	attr_t plain;    /* without colours */
	attr_t coloured; /* besides the colour */
	short colour;    /* -1: the terminal's own */
} looks[STYLE_COUNT] = {
	[STYLE_PLAIN] = {A_NORMAL, A_NORMAL, -1},
	[STYLE_DIM] = {A_DIM, A_DIM, -1},
	[STYLE_SENT] = {A_BOLD, A_BOLD, COLOR_CYAN},
	[STYLE_EVENT] = {A_UNDERLINE, A_NORMAL, COLOR_YELLOW},
	[STYLE_WRONG] = {A_STANDOUT, A_BOLD, COLOR_RED},
	[STYLE_GOOD] = {A_NORMAL, A_NORMAL, COLOR_GREEN},
	[STYLE_LITERAL] = {A_NORMAL, A_NORMAL, COLOR_BLUE},
	[STYLE_FIELD] = {A_NORMAL, A_NORMAL, COLOR_MAGENTA},
	[STYLE_PAYLOAD] = {A_BOLD, A_BOLD, -1},
	[STYLE_BAR] = {A_REVERSE, A_REVERSE, -1},
	[STYLE_CURRENT] = {A_BOLD, A_BOLD, -1},
	[STYLE_FOUND] = {A_REVERSE, A_REVERSE, COLOR_YELLOW},
	[STYLE_SUGGESTION] = {A_DIM, A_DIM, -1},
};

enum { GREY = 244 }; /* of 256 colours: readable on dark and on light */

static bool has_string(const char *name)
{
	char *value = tigetstr((char *)(uintptr_t)name);
	return value && value != (char *)-1;
}

/* What is offered must not look as if it were typed; a vt100 has no dim. */
static void take_suggestion_style(struct screen *s, bool colours)
{
	attr_t *attribute = &s->attributes[STYLE_SUGGESTION];
	short pair = STYLE_SUGGESTION + 1;
	bool grey = colours && COLORS >= 256 && init_pair(pair, GREY, -1) == OK;
	s->pairs[STYLE_SUGGESTION] = grey ? pair : 0;
	if (grey)
		*attribute = A_NORMAL;
	else if (!has_string("dim"))
		*attribute = A_UNDERLINE;
	s->offers = grey || has_string("dim") || has_string("smul");
}

static void take_styles(struct screen *s, bool colours)
{
	bool can = colours && has_colors() && start_color() == OK && COLORS >= 8;
	if (can)
		use_default_colors();
	for (size_t i = 0; i < STYLE_COUNT; i++) {
		s->attributes[i] = can ? looks[i].coloured : looks[i].plain;
		s->pairs[i] = 0;
		if (can && looks[i].colour >= 0 &&
			init_pair((short)(i + 1), looks[i].colour, -1) == OK)
			s->pairs[i] = (short)(i + 1);
	}
	take_suggestion_style(s, can);
}

/* ---- opening ---- */

static void add_capability(char *out, const char *name)
{
	char *value = tigetstr((char *)(uintptr_t)name);
	if (value && value != (char *)-1 && !strstr(value, "$<") &&
		strlen(out) + strlen(value) < LEAVE_MAX)
		strcat(out, value);
}

/* Widths are counted by ours (base/text.h); ncurses needs a locale to take wide characters. */
static void take_locale(bool utf8)
{
	if (!utf8)
		setlocale(LC_CTYPE, "C");
	else if (!setlocale(LC_CTYPE, "") || MB_CUR_MAX < 4)
		setlocale(LC_CTYPE, "C.UTF-8");
}

struct screen *screen_open(size_t width, size_t height, bool utf8, bool colours, struct error *err)
{
	struct screen *s = mem_new(sizeof *s);
	int fd = memfd_create("wilco-screen", MFD_CLOEXEC);
	s->memory = fd >= 0 ? fdopen(fd, "w+") : NULL;
	take_locale(utf8);
	if (s->memory)
		s->curses = newterm(NULL, s->memory, stdin);
	if (!s->curses) {
		error_set(err, STATUS_USAGE, "no screen on this terminal: %s",
			s->memory ? "ncurses does not know it" : strerror(errno));
		if (s->memory)
			fclose(s->memory);
		free(s);
		return NULL;
	}
	take_styles(s, colours);
	add_capability(s->leave, "sgr0");
	add_capability(s->leave, "cnorm");
	add_capability(s->leave, has_string("rmcup") ? "rmcup" : "nel");
	nonl();
	typeahead(-1); /* keys are read by others */

	idlok(stdscr, TRUE);
	resizeterm((int)height, (int)width);
	return s;
}

/* Takes what ncurses wrote; what stands behind it in the memory is of earlier. */
static void collect(struct screen *s, struct bytes *out)
{
	int fd = fileno(s->memory);
	off_t size = lseek(fd, 0, SEEK_CUR), at = 0;
	char buffer[8192];
	while (at < size) {
		size_t want =
			(size_t)(size - at) < sizeof buffer ? (size_t)(size - at) : sizeof buffer;
		ssize_t n = pread(fd, buffer, want, at);
		if (n <= 0)
			break;
		bytes_add(out, slice_of(buffer, (size_t)n));
		at += n;
	}
	if (size)
		lseek(fd, 0, SEEK_SET);
}

void screen_rest(struct screen *s, struct bytes *out)
{
	/* What was typed on must not stand where the shell's prompt comes. */
	if (!has_string("rmcup") && move(LINES - 1, 0) != ERR) {
		clrtoeol();
		refresh();
	}
	endwin();
	collect(s, out);
}

void screen_close(struct screen *s, struct bytes *out)
{
	if (!s)
		return;
	screen_rest(s, out);
	delscreen(s->curses);
	fclose(s->memory);
	free(s);
}

const char *screen_leave(const struct screen *s)
{
	return s->leave;
}

bool screen_offers(const struct screen *s)
{
	return s->offers;
}

/* ---- drawing ---- */

void screen_size(struct screen *s, size_t width, size_t height)
{
	(void)s;
	resizeterm((int)height, (int)width);
	clearok(curscr, TRUE);
}

void screen_again(struct screen *s)
{
	(void)s;
	clearok(curscr, TRUE);
}

static void add_text(struct slice text)
{
	wchar_t wide[256];
	int count = 0;
	uint32_t code;
	for (size_t n; (n = text_decode(text, &code)) > 0; text = slice_cut(text, n, text.len)) {
		int width = text_width(code);
		if (code >= 0x80 && wcwidth((wchar_t)code) != width)
			code = '?';
		wide[count++] = (wchar_t)code;
		if (code == '?' && width == 2)
			wide[count++] = '?';
		if (count >= 254) {
			addnwstr(wide, count);
			count = 0;
		}
	}
	addnwstr(wide, count);
}

void screen_row(struct screen *s, size_t y, const struct styled *row, bool selected)
{
	if (move((int)y, 0) == ERR)
		return;
	for (size_t i = 0; i < row->run_count; i++) {
		const struct run *r = &row->runs[i];
		attr_t turned = selected ? A_REVERSE : 0; /* what was found is seen there, too */
		attr_set(s->attributes[r->style] ^ turned, s->pairs[r->style], NULL);
		add_text(slice_of(row->text.at + r->from, r->len));
	}
	attr_set(A_NORMAL, 0, NULL);
	if (row->cells < (size_t)COLS)
		clrtoeol();
}

void screen_scroll(struct screen *s, size_t y, size_t height, long rows)
{
	(void)s;
	if (wsetscrreg(stdscr, (int)y, (int)(y + height) - 1) == ERR)
		return;
	scrollok(stdscr, TRUE); /* else a character in the last cell of the window scrolls it */
	wscrl(stdscr, (int)rows);
	scrollok(stdscr, FALSE);
}

void screen_cursor(struct screen *s, size_t y, size_t x)
{
	(void)s;
	move((int)y, (int)x);
}

void screen_paint(struct screen *s, struct bytes *out)
{
	wnoutrefresh(stdscr);
	doupdate();
	collect(s, out);
}
