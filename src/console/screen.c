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
/* These come last, because they define short names of their own. */
#include <term.h>

enum { LEAVE_MAX = 96 };

struct screen {
	SCREEN *curses;
	FILE *memory; /* where ncurses writes */
	attr_t attributes[STYLE_COUNT];
	short pairs[STYLE_COUNT];
	char leave[LEAVE_MAX];
	bool offers;
	struct bytes *shown; /* for each row what it was drawn with last; empty: unknown */
	struct bytes next;   /* what the row is to be drawn with */
	size_t height;
	bool cursor;       /* it is shown */
	struct mix *mixes; /* pairs of colours that programs chose; NULL: none did yet */
	int mix_count, mix_next;
};

/* A pair of colours: those of styles come first, then these; the oldest makes room. */
enum { MIXES_MAX = 512 };
struct mix {
	int16_t fore, ground;
};

/* ---- styles ---- */

static const struct {
	attr_t plain;    /* without colours */
	attr_t coloured; /* in addition to the colour */
	short colour;    /* -1: the terminal's own, which may be dark or light */
	bool ground;     /* the colour is behind the text, which is black or white */
} looks[STYLE_COUNT] = {
	[STYLE_PLAIN] = {A_NORMAL, A_NORMAL, -1},
	[STYLE_DIM] = {A_DIM, A_DIM, -1},
	[STYLE_SENT] = {A_BOLD, A_BOLD, COLOR_CYAN},
	[STYLE_EVENT] = {A_UNDERLINE, A_NORMAL, COLOR_MAGENTA}, /* yellow is not seen on white */
	[STYLE_WRONG] = {A_STANDOUT, A_BOLD, COLOR_RED},
	[STYLE_GOOD] = {A_NORMAL, A_NORMAL, COLOR_GREEN},
	[STYLE_LITERAL] = {A_NORMAL, A_NORMAL, COLOR_BLUE},
	[STYLE_FIELD] = {A_NORMAL, A_NORMAL, COLOR_MAGENTA},
	[STYLE_PAYLOAD] = {A_BOLD, A_BOLD, -1},
	[STYLE_BAR] = {A_REVERSE, A_REVERSE, -1},
	[STYLE_CURRENT] = {A_BOLD, A_BOLD, -1},
	[STYLE_FOUND] = {A_REVERSE, A_NORMAL, COLOR_YELLOW, true},
	[STYLE_HERE] = {A_REVERSE | A_BOLD | A_UNDERLINE, A_BOLD, COLOR_MAGENTA, true},
	[STYLE_RED] = {A_REVERSE | A_BOLD, A_BOLD, COLOR_RED, true},
	[STYLE_YELLOW] = {A_REVERSE, A_NORMAL, COLOR_YELLOW, true},
	[STYLE_GREEN] = {A_BOLD, A_NORMAL, COLOR_GREEN, true},
	[STYLE_CYAN] = {A_BOLD | A_UNDERLINE, A_NORMAL, COLOR_CYAN, true},
	[STYLE_BLUE] = {A_UNDERLINE, A_NORMAL, COLOR_BLUE, true},
	[STYLE_MAGENTA] = {A_REVERSE | A_UNDERLINE, A_NORMAL, COLOR_MAGENTA, true},
	[STYLE_SUGGESTION] = {A_DIM, A_DIM, -1},
};

enum { GREY = 244 }; /* one of 256 colours; readable on dark and light */

static bool has_string(const char *name)
{
	char *value = tigetstr((char *)(uintptr_t)name);
	return value && value != (char *)-1;
}

/* Chooses how a suggestion looks: not as if it were typed.  A vt100 has no dim. */
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

bool screen_mark(enum style style, short *ground, short *text)
{
	short colour = looks[style].colour;
	bool light = colour == COLOR_YELLOW || colour == COLOR_GREEN || colour == COLOR_CYAN;
	*ground = colour;
	*text = light ? COLOR_BLACK : COLOR_WHITE;
	return looks[style].ground;
}

static void take_pair(struct screen *s, size_t style)
{
	short pair = (short)(style + 1), ground, text;
	if (!screen_mark((enum style)style, &ground, &text)) {
		ground = -1;
		text = looks[style].colour;
	}
	if (init_pair(pair, text, ground) == OK)
		s->pairs[style] = pair;
}

static void take_styles(struct screen *s, bool colours)
{
	bool can = colours && has_colors() && start_color() == OK && COLORS >= 8;
	if (can)
		use_default_colors();
	for (size_t i = 0; i < STYLE_COUNT; i++) {
		s->attributes[i] = can ? looks[i].coloured : looks[i].plain;
		s->pairs[i] = 0;
		if (can && looks[i].colour >= 0)
			take_pair(s, i);
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

/* Sets a locale, which ncurses needs for wide characters.  Widths are our own (base/text.h). */
static void take_locale(bool utf8)
{
	if (!utf8)
		setlocale(LC_CTYPE, "C");
	else if (!setlocale(LC_CTYPE, "") || MB_CUR_MAX < 4)
		setlocale(LC_CTYPE, "C.UTF-8");
}

enum { SHOWN_MAX = 2 * ROW_MAX };

/* Forgets what the rows [from, to) show. */
static void forget_shown(struct screen *s, size_t from, size_t to)
{
	for (size_t y = from; y < to && y < s->height; y++)
		bytes_clear(&s->shown[y]);
}

static void take_size(struct screen *s, size_t width, size_t height)
{
	for (size_t y = 0; y < s->height; y++)
		bytes_free(&s->shown[y]);
	s->shown = mem_grow(s->shown, height, sizeof *s->shown);
	s->height = height;
	for (size_t y = 0; y < height; y++)
		bytes_init(&s->shown[y], SHOWN_MAX);
	if (height)
		resizeterm((int)height, (int)width);
}

struct screen *screen_open(
	const char *name, size_t width, size_t height, bool utf8, bool colours, struct error *err)
{
	struct screen *s = mem_new(sizeof *s);
	int fd = memfd_create("wilco-screen", MFD_CLOEXEC);
	s->memory = fd >= 0 ? fdopen(fd, "w+") : NULL;
	take_locale(utf8);
	if (s->memory)
		s->curses = newterm(name, s->memory, stdin);
	if (!s->curses) {
		error_set(err, STATUS_USAGE, "no screen on this terminal: %s",
			s->memory ? "ncurses does not know it" : strerror(errno));
		if (s->memory)
			fclose(s->memory);
		free(s);
		return NULL;
	}
	s->cursor = true;
	bytes_init(&s->next, SHOWN_MAX);
	take_styles(s, colours);
	add_capability(s->leave, "sgr0");
	add_capability(s->leave, "cnorm");
	add_capability(s->leave, has_string("rmcup") ? "rmcup" : "nel");
	nonl();
	typeahead(-1); /* others read keys */

	idlok(stdscr, TRUE);
	take_size(s, width, height);
	return s;
}

/* Takes what ncurses wrote; what follows it in the memory is older. */
static void collect(struct screen *s, struct bytes *out)
{
	int fd = fileno(s->memory);
	off_t size = lseek(fd, 0, SEEK_CUR), at = 0;
	MEM_UNSET char buffer[8192];
	while (at < size) {
		size_t want =
			(size_t)(size - at) < sizeof buffer ? (size_t)(size - at) : sizeof buffer;
		ssize_t n = pread(fd, buffer, want, at);
		if (n < 0 && errno == EINTR)
			continue;
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
	/* The edited row must not stand where the shell's prompt comes. */
	if (!has_string("rmcup") && move(LINES - 1, 0) != ERR) {
		clrtoeol();
		refresh();
		forget_shown(s, s->height - 1, s->height);
	}
	endwin();
	collect(s, out);
}

void screen_close(struct screen *s, struct bytes *out)
{
	if (!s)
		return;
	screen_rest(s, out);
	take_size(s, 0, 0);
	free(s->shown);
	free(s->mixes);
	bytes_free(&s->next);
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
	take_size(s, width, height);
	clearok(curscr, TRUE);
}

void screen_again(struct screen *s)
{
	(void)s;
	clearok(curscr, TRUE);
}

/* A part of a row's text. */
struct part {
	size_t from, to;
};

/* Returns what differs between two texts of one length, in whole characters. */
static struct part differing(const uint8_t *was, const uint8_t *is, size_t len)
{
	struct part p = {0, len};
	while (p.from < len && was[p.from] == is[p.from])
		p.from++;
	while (p.to > p.from && was[p.to - 1] == is[p.to - 1])
		p.to--;
	while (p.from && (is[p.from] & 0xC0) == 0x80)
		p.from--;
	while (p.to < len && ((is[p.to] & 0xC0) == 0x80 || (was[p.to] & 0xC0) == 0x80))
		p.to++;
	return p;
}

/* Notes what the row is drawn with, behind its styles; returns where the text begins in that. */
static size_t note_row(const struct styled *row, bool selected, struct bytes *out)
{
	bytes_clear(out);
	bytes_add_byte(out, selected);
	for (size_t i = 0; i < row->run_count; i++) {
		const struct run *r = &row->runs[i];
		const uint8_t said[] = {
			(uint8_t)r->style, (uint8_t)(r->len & 0xFF), (uint8_t)(r->len >> 8)};
		bytes_add(out, slice_of(said, sizeof said));
	}
	size_t head = out->len;
	bytes_add(out, bytes_slice(&row->text));
	return head;
}

/* Gives the part of the text that the row does not show yet: all of it where its styles or its
 * cells are others.  False: it shows all; it often does, and to compare costs 1 % of drawing. */
static bool unshown(
	struct screen *s, size_t y, const struct styled *row, bool selected, struct part *p)
{
	size_t head = note_row(row, selected, &s->next);
	struct bytes was = s->shown[y];
	struct slice text = bytes_slice(&row->text),
		     before = slice_cut(bytes_slice(&was), head, was.len);
	*p = (struct part){0, text.len};
	if (slice_equal(bytes_slice(&was), bytes_slice(&s->next)))
		return false;
	bool alike = was.len == head + text.len && s->next.len == was.len &&
		     memcmp(was.at, s->next.at, head) == 0;
	if (alike)
		*p = differing(before.at, text.at, text.len);
	if (alike && text_cells(slice_cut(before, p->from, p->to)) !=
			     text_cells(slice_cut(text, p->from, p->to)))
		*p = (struct part){0, text.len};
	s->shown[y] = s->next;
	s->next = was;
	return true;
}

/* Adds a character beyond ASCII, and returns its length in bytes.  Lines are drawn with the same
 * one over and over, which is looked up once. */
static size_t add_wide(struct slice text, wchar_t *wide, int *count)
{
	static uint8_t last[4];
	static size_t last_len; /* 0: the last one was not shown as itself */
	static wchar_t last_wide;
	if (last_len && text.len >= last_len && memcmp(text.at, last, last_len) == 0) {
		wide[(*count)++] = last_wide;
		return last_len;
	}
	uint32_t code;
	size_t n = text_decode(text, &code);
	int width = text_width(code);
	if (wcwidth((wchar_t)code) != width)
		code = '?';
	wide[(*count)++] = (wchar_t)code;
	if (code == '?' && width == 2)
		wide[(*count)++] = '?';
	last_len = code == '?' ? 0 : n;
	last_wide = (wchar_t)code;
	memcpy(last, text.at, last_len);
	return n;
}

static void add_text(struct slice text)
{
	MEM_UNSET wchar_t wide[256];
	int count = 0;
	size_t n = 1;
	for (size_t i = 0; i < text.len; i += n, n = 1) {
		uint32_t code = text.at[i];
		if (code >= 0x80)
			n = add_wide(slice_cut(text, i, text.len), wide, &count);
		else
			wide[count++] = (wchar_t)code;
		if (count >= 254) {
			addnwstr(wide, count);
			count = 0;
		}
	}
	addnwstr(wide, count);
}

static bool is_blank_run(const struct styled *row, const struct run *r)
{
	for (size_t i = 0; i < r->len; i++)
		if (row->text.at[r->from + i] != ' ')
			return false;
	return true;
}

void screen_row(struct screen *s, size_t y, const struct styled *row, bool selected)
{
	struct part p;
	if (move((int)y, 0) == ERR || y >= s->height || !unshown(s, y, row, selected, &p))
		return;
	bool all = p.from == 0 && p.to == row->text.len;
	if (all)
		clrtoeol();
	else
		move((int)y, (int)text_cells(slice_cut(bytes_slice(&row->text), 0, p.from)));
	for (size_t i = 0; i < row->run_count; i++) {
		const struct run *r = &row->runs[i];
		size_t from = r->from > p.from ? r->from : p.from;
		size_t to = r->from + r->len < p.to ? r->from + r->len : p.to;
		if (from >= to)
			continue;
		if (all && r->style == STYLE_PLAIN && !selected && is_blank_run(row, r)) {
			move((int)y, getcurx(stdscr) + r->len);
			continue;
		}
		attr_t turned = selected ? A_REVERSE : 0; /* marks of a search stay visible */
		attr_set(s->attributes[r->style] ^ turned, s->pairs[r->style], NULL);
		add_text(slice_cut(bytes_slice(&row->text), from, to));
	}
	attr_set(A_NORMAL, 0, NULL);
}

/* ---- the cells of an emulated terminal ---- */

/* Returns the colour that this terminal has instead of one of 256. */
static int16_t colour_here(int16_t colour)
{
	static const int16_t steps[] = {0, 95, 135, 175, 215, 255};
	int16_t grey = (int16_t)((colour - 232) * 10 + 8), c = (int16_t)(colour - 16);
	if (colour < 0 || COLORS >= 256 || (colour < 16 && COLORS >= 16))
		return colour;
	if (colour < 16)
		return colour & 7;
	int r = colour >= 232 ? grey : steps[c / 36], g = colour >= 232 ? grey : steps[c / 6 % 6],
	    b = colour >= 232 ? grey : steps[c % 6];
	return (int16_t)((r > 120) + 2 * (g > 120) + 4 * (b > 120));
}

static short pair_of(struct screen *s, const struct screen_cell *cell)
{
	struct mix mix = {colour_here(cell->fore), colour_here(cell->ground)};
	int most = COLOR_PAIRS - STYLE_COUNT - 1;
	if ((mix.fore < 0 && mix.ground < 0) || !has_colors() || COLORS < 8 || most < 1)
		return 0;
	most = most < MIXES_MAX ? most : MIXES_MAX;
	if (!s->mixes)
		s->mixes = mem_grow(NULL, MIXES_MAX, sizeof *s->mixes);
	for (int i = 0; i < s->mix_count; i++)
		if (s->mixes[i].fore == mix.fore && s->mixes[i].ground == mix.ground)
			return (short)(STYLE_COUNT + 1 + i);
	int at = s->mix_next;
	s->mix_next = (at + 1) % most;
	s->mix_count = s->mix_count > at ? s->mix_count : at + 1;
	s->mixes[at] = mix;
	short pair = (short)(STYLE_COUNT + 1 + at);
	return init_pair(pair, mix.fore, mix.ground) == OK ? pair : 0;
}

static bool cell_looks_like(const struct screen_cell *a, const struct screen_cell *b)
{
	return a->bold == b->bold && a->underline == b->underline && a->inverse == b->inverse &&
	       a->blink == b->blink && a->fore == b->fore && a->ground == b->ground;
}

/* With eight colours the bright ones are bold. */
static attr_t attributes_of(const struct screen_cell *cell)
{
	bool bright = cell->fore >= 8 && cell->fore < 16 && COLORS < 16;
	return (cell->bold || bright ? A_BOLD : 0) | (cell->underline ? A_UNDERLINE : 0) |
	       (cell->inverse ? A_REVERSE : 0) | (cell->blink ? A_BLINK : 0);
}

void screen_cells(struct screen *s, size_t y, const struct screen_cell *cells, size_t count)
{
	MEM_UNSET wchar_t wide[256];
	forget_shown(s, y, y + 1);
	if (move((int)y, 0) == ERR)
		return;
	count = count < (size_t)COLS ? count : (size_t)COLS;
	for (size_t i = 0; i < count;) {
		const struct screen_cell *first = &cells[i];
		int n = 0;
		for (; i < count && n < 254 && cell_looks_like(&cells[i], first); i++)
			if (cells[i].code)
				wide[n++] = (wchar_t)cells[i].code;
		attr_set(attributes_of(first), pair_of(s, first), NULL);
		addnwstr(wide, n);
	}
	attr_set(A_NORMAL, 0, NULL);
	if (getcury(stdscr) == (int)y && getcurx(stdscr) < COLS - 1 && count < (size_t)COLS)
		clrtoeol();
}

void screen_forget(struct screen *s)
{
	forget_shown(s, 0, s->height);
	erase();
}

void screen_scroll(struct screen *s, size_t y, size_t height, long rows)
{
	forget_shown(s, y, y + height);
	if (wsetscrreg(stdscr, (int)y, (int)(y + height) - 1) == ERR)
		return;
	scrollok(stdscr, TRUE); /* otherwise its last cell would scroll it */
	wscrl(stdscr, (int)rows);
	scrollok(stdscr, FALSE);
}

void screen_cursor(struct screen *s, size_t y, size_t x)
{
	if (!s->cursor)
		curs_set(1);
	s->cursor = true;
	move((int)y, (int)x);
}

void screen_hide_cursor(struct screen *s)
{
	if (s->cursor)
		curs_set(0);
	s->cursor = false;
}

void screen_paint(struct screen *s, struct bytes *out)
{
	wnoutrefresh(stdscr);
	doupdate();
	collect(s, out);
}
