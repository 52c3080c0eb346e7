/* sheet.c - see sheet.h. */
#include "console/sheet.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "console/console_private.h"
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { NEEDLE_MAX = 256 };
enum { TITLED_FROM = 3 }; /* rows of a pane that has room for a title */
enum { PAUSE_MS = 250 };  /* between two paints of a sheet that changes by itself */

struct sheet {
	const struct sheet_source *source;
	void *arg;
	char *title;
	size_t top;           /* the first row that is shown */
	size_t total, height; /* rows in all, and in the window, when it was measured */
	size_t width;         /* cells, then */
	bool titled;
	struct bytes needle;     /* what is searched for; empty: nothing */
	bool seeking;            /* it is being typed */
	size_t origin;           /* the row where the search began */
	size_t found, which;     /* rows that have it; the one that was gone to, from 1, 0: none */
	size_t found_at;         /* that row */
	size_t selected;         /* the row that Enter chooses, where one can be chosen */
	size_t number;           /* the number that was typed so far; 0: none */
	struct loop_timer timer; /* paints what changes by itself */
	int64_t painted_at;      /* ns */
	bool fresh;              /* it has to be painted now */
};

/* ---- opening and closing ---- */

static void sheet_on_time(void *arg)
{
	struct console *c = arg;
	c->sheet->fresh = c->dirty = c->pane_dirty = true;
}

bool sheet_open(struct console *c, const struct sheet_source *source, void *arg, struct slice title)
{
	if (!c->screen)
		return false;
	sheet_close(c);
	struct sheet *s = c->sheet = mem_new(sizeof *s);
	s->source = source;
	s->arg = arg;
	s->title = mem_strn(title.at, title.len);
	bytes_init(&s->needle, NEEDLE_MAX);
	loop_timer_init(&s->timer, c->loop, sheet_on_time, c);
	s->fresh = true;
	sheet_measure(c);
	c->dirty = c->pane_dirty = true;
	return true;
}

void sheet_close(struct console *c)
{
	struct sheet *s = c->sheet;
	if (!s)
		return;
	c->sheet = NULL;
	loop_timer_stop(&s->timer);
	if (s->source->free)
		s->source->free(s->arg);
	bytes_free(&s->needle);
	free(s->title);
	free(s);
	c->dirty = c->pane_dirty = true;
}

bool sheet_is_open(const struct console *c)
{
	return c->sheet != NULL;
}

bool sheet_takes_keys(const struct console *c)
{
	return c->sheet && !c->sheet->source->passes;
}

/* ---- its place ---- */

static size_t width_of(const struct console *c)
{
	return terminal_columns(c->terminal);
}

static size_t last_top(const struct sheet *s)
{
	return s->total > s->height ? s->total - s->height : 0;
}

static void scroll_to(struct sheet *s, size_t top)
{
	s->top = top < last_top(s) ? top : last_top(s);
}

static void scroll_by(struct sheet *s, long rows)
{
	size_t back = rows < 0 ? (size_t)-rows : 0;
	scroll_to(s, back > s->top ? 0 : rows < 0 ? s->top - back : s->top + (size_t)rows);
}

static void keep_in_sight(struct sheet *s, size_t row)
{
	if (row < s->top)
		scroll_to(s, row);
	else if (row >= s->top + s->height)
		scroll_to(s, row - s->height + 1);
}

/* Returns how many rows can be chosen. */
static size_t choices_of(const struct sheet *s)
{
	return s->source->count ? s->source->count(s->arg) : 0;
}

static void select_row(struct sheet *s, size_t row)
{
	size_t count = choices_of(s);
	s->selected = row < count ? row : count ? count - 1 : 0;
}

void sheet_show(struct console *c, size_t row)
{
	struct sheet *s = c->sheet;
	if (!s)
		return;
	select_row(s, row);
	keep_in_sight(s, row);
	s->fresh = c->dirty = c->pane_dirty = true;
}

bool sheet_has_choice(const struct console *c)
{
	return c->sheet && choices_of(c->sheet);
}

const char *sheet_choice_does(const struct console *c)
{
	return c->sheet->source->does(c->sheet->arg, c->sheet->selected);
}

void sheet_choose(struct console *c)
{
	if (sheet_has_choice(c))
		c->sheet->source->choose(c->sheet->arg, c->sheet->selected);
}

/* Goes so many rows on: the selection does, or else the window. */
static void go_by(struct sheet *s, long rows)
{
	size_t back = rows < 0 ? (size_t)-rows : 0;
	if (!choices_of(s))
		scroll_by(s, rows);
	else
		select_row(s, back > s->selected ? 0
			      : back             ? s->selected - back
						 : s->selected + (size_t)rows);
}

static void go_to(struct sheet *s, size_t row)
{
	if (choices_of(s))
		select_row(s, row);
	else
		scroll_to(s, row);
}

size_t sheet_measure(struct console *c)
{
	MEM_UNSET struct rows rows;
	struct sheet *s = c->sheet;
	size_t room = c->pane.height;
	if (!s)
		return 0;
	rows_init(&rows, width_of(c), 0, (size_t)-1, NULL, NULL);
	s->source->rows(s->arg, &rows);
	/* Another width has other rows: the same part stays in sight. */
	if (s->total && s->total != rows.made && s->width != width_of(c))
		s->top = s->top * rows.made / s->total;
	s->fresh = s->fresh || s->total != rows.made || s->width != width_of(c);
	s->width = width_of(c);
	s->total = rows.made;
	rows_free(&rows);
	s->titled = room >= TITLED_FROM;
	size_t height = s->total < room - s->titled ? s->total : room - s->titled;
	s->fresh = s->fresh || s->height != height;
	s->height = height;
	scroll_to(s, s->top);
	if (choices_of(s)) {
		select_row(s, s->selected);
		if (s->selected + 1 == choices_of(s))
			keep_in_sight(s, s->total - 1); /* what stands below the last one */
		keep_in_sight(s, s->selected);
	}
	return s->height + s->titled;
}

/* ---- searching ---- */

/* Returns where the needle begins in the text, whatever the case of its letters; text.len: it is
 * not there. */
static size_t needle_in(const struct sheet *s, struct slice text, size_t from)
{
	size_t n = s->needle.len;
	for (size_t at = from; n && at + n <= text.len; at++)
		if (strncasecmp((const char *)text.at + at, (const char *)s->needle.at, n) == 0)
			return at;
	return text.len;
}

/* Looks for the row with the needle that is nearest to a place. */
struct seeking {
	struct sheet *sheet;
	size_t at;   /* the row in hand */
	size_t from; /* the first row that counts, going on; the last one, going back */
	bool back;
	size_t count; /* rows that have it, */
	size_t which; /* and the one that was sought, from 1; 0: none yet */
	size_t row;
};

static void look_at(void *arg, const struct styled *row)
{
	struct seeking *k = arg;
	struct slice text = bytes_slice(&row->text);
	size_t at = k->at++;
	if (needle_in(k->sheet, text, 0) == text.len)
		return;
	k->count++;
	if (k->back ? at <= k->from : at >= k->from && !k->which) {
		k->which = k->count;
		k->row = at;
	}
}

static struct seeking seek_from(struct console *c, size_t from, bool back)
{
	MEM_UNSET struct rows rows;
	struct sheet *s = c->sheet;
	struct seeking k = {.sheet = s, .from = from, .back = back};
	rows_init(&rows, width_of(c), 0, (size_t)-1, look_at, &k);
	s->source->rows(s->arg, &rows);
	rows_free(&rows);
	return k;
}

/* Goes to the next row with the needle; past the end it begins anew. */
static void go_to_found(struct console *c, size_t from, bool back)
{
	struct sheet *s = c->sheet;
	struct seeking k = seek_from(c, from, back);
	if (!k.which && k.count)
		k = seek_from(c, back ? (size_t)-1 : 0, back);
	s->found = k.count;
	s->which = k.which;
	if (!k.which)
		return;
	s->found_at = k.row;
	select_row(s, k.row);
	if (k.row < s->top || k.row >= s->top + s->height) /* with what stands around it */
		scroll_to(s, k.row > s->height / 3 ? k.row - s->height / 3 : 0);
}

/* Goes to the next one from where the selection is, or else the last one that was found. */
static void seek_next(struct console *c, bool back)
{
	struct sheet *s = c->sheet;
	if (!s->needle.len) {
		console_say(c, "there is no search yet; / begins one");
		return;
	}
	bool from_row = choices_of(s) || s->which;
	size_t here = choices_of(s) ? s->selected : s->which ? s->found_at : s->top;
	go_to_found(c, !back ? here + from_row : here ? here - 1 : (size_t)-1, back);
}

static void end_seeking(struct console *c, bool keep)
{
	struct sheet *s = c->sheet;
	s->seeking = false;
	if (keep && (s->which || !s->needle.len))
		return;
	if (keep)
		console_say(c, "not found");
	bytes_clear(&s->needle);
	s->found = s->which = 0;
	go_to(s, s->origin);
}

/* Drops the last character. */
static void shorten(struct bytes *needle)
{
	while (needle->len && (needle->at[needle->len - 1] & 0xC0) == 0x80)
		needle->len--;
	needle->len -= needle->len > 0;
}

/* Handles a key behind the /: what is typed is searched for at once. */
static void seeking_key(struct console *c, uint32_t code)
{
	struct sheet *s = c->sheet;
	uint8_t raw[4];
	if (code == '\r' || code == '\n' || code == KEY_ESCAPE || code == 3) {
		end_seeking(c, code == '\r' || code == '\n');
		return;
	}
	if (code == 0x7F || code == 8)
		shorten(&s->needle);
	else if (code == 21) /* Ctrl-U */
		bytes_clear(&s->needle);
	else if (code >= 0x20 && code < KEY_PASTE_BEGIN &&
		 !(code >= KEY_SPECIAL && code <= KEY_LAST) && text_width(code) > 0 &&
		 s->needle.len + sizeof raw <= NEEDLE_MAX)
		bytes_add(&s->needle, slice_of(raw, text_encode(code, raw)));
	s->found = s->which = 0;
	go_to(s, s->origin);
	if (s->needle.len)
		go_to_found(c, s->origin, false);
}

bool sheet_search(struct console *c, size_t cells, struct styled *row)
{
	struct sheet *s = c->sheet;
	uint32_t code;
	if (!s || !s->seeking)
		return false;
	struct slice text = bytes_shown(&s->needle);
	while (text.len && text_cells(text) + 1 > cells)
		text = slice_cut(text, text_decode(text, &code), text.len);
	styled_add(row, STYLE_PLAIN, SLICE("/"));
	styled_add(row, STYLE_PLAIN, text);
	return true;
}

/* ---- keys ---- */

static bool act(struct console *c, enum action action)
{
	struct sheet *s = c->sheet;
	long page = s->height > 2 ? (long)s->height - 1 : 1;
	switch (action) {
	case ACT_PAGE_UP:
		go_by(s, -page);
		return true;
	case ACT_PAGE_DOWN:
		go_by(s, page);
		return true;
	case ACT_LINE_UP:
		go_by(s, -1);
		return true;
	case ACT_LINE_DOWN:
		go_by(s, 1);
		return true;
	case ACT_SCROLL_UP:
		go_by(s, -SCROLL_ROWS);
		return true;
	case ACT_SCROLL_DOWN:
		go_by(s, SCROLL_ROWS);
		return true;
	case ACT_TOP:
		go_to(s, 0);
		return true;
	case ACT_END:
		go_to(s, choices_of(s) ? (size_t)-1 : last_top(s));
		return true;
	case ACT_FIND:
		s->seeking = true;
		s->origin = choices_of(s) ? s->selected : s->top;
		bytes_clear(&s->needle);
		return true;
	case ACT_NEXT_FOUND:
	case ACT_PREVIOUS_FOUND:
		seek_next(c, action == ACT_PREVIOUS_FOUND);
		return true;
	case ACT_CHOOSE:
	case ACT_CLOSE:
	case ACT_COMMAND:
	case ACT_REDRAW:
		console_act(c, action);
		return true;
	default:
		return false;
	}
}

/* Handles a digit of a row's number, which are counted from 1: it goes there, and chooses it if no
 * other number begins so. */
static bool digit_key(struct console *c, uint32_t code)
{
	struct sheet *s = c->sheet;
	size_t count = choices_of(s), digit = code - '0';
	if (code < '0' || code > '9')
		return false;
	size_t number = s->number * 10 + digit <= count ? s->number * 10 + digit : digit;
	if (!number || number > count)
		return false;
	s->number = number;
	select_row(s, number - 1);
	if (number * 10 > count)
		sheet_choose(c);
	return true;
}

/* Handles a key where rows can be chosen; false: it means the same as on any sheet. */
static bool choosing_key(struct console *c, uint32_t code, bool alt)
{
	struct sheet *s = c->sheet;
	if (!choices_of(s))
		return false;
	if (!alt && digit_key(c, code))
		return true;
	s->number = 0;
	const struct binding *b = keymap_find(&c->keymap, MODE_CHOOSE, code, alt);
	return b && act(c, b->action);
}

/* Handles a key below a list of words: only keys that would do nothing to the line are its own. */
static bool passing_key(struct console *c, uint32_t code, bool alt)
{
	struct sheet *s = c->sheet;
	const struct binding *b = keymap_find(&c->keymap, MODE_INPUT, code, alt);
	if (code == '\t' && s->total > s->height) {
		if (s->top == last_top(s))
			scroll_to(s, 0);
		else
			scroll_by(s, (long)s->height);
		return true;
	}
	if (b && b->action != ACT_REDRAW && b->action != ACT_FIND && act(c, b->action))
		return true;
	sheet_close(c);
	return code == KEY_ESCAPE;
}

bool sheet_key(struct console *c, uint32_t code, bool alt)
{
	struct sheet *s = c->sheet;
	if (!s)
		return false;
	s->fresh = c->dirty = c->pane_dirty = true;
	sheet_measure(c); /* several keys may come before it is painted */
	if (s->source->passes)
		return passing_key(c, code, alt);
	if (s->seeking && code != KEY_WHEEL_UP && code != KEY_WHEEL_DOWN) {
		seeking_key(c, code);
		return true;
	}
	if (s->source->key && s->source->key(s->arg, code, alt))
		return true;
	if (choosing_key(c, code, alt))
		return true;
	const struct binding *b = keymap_find(&c->keymap, MODE_SHEET, code, alt);
	if (b && act(c, b->action))
		return true;
	if (!alt && code == 26) /* Ctrl-Z */
		terminal_suspend(c->terminal);
	else if (code >= 0x20 && code < KEY_SPECIAL)
		console_say(c, "Esc closes this; a dot begins a command");
	return true;
}

/* ---- painting ---- */

struct sheet_drawing {
	struct console *c;
	size_t y, at; /* its row of the screen, and of the sheet */
};

/* Draws a row with what the search found in it; one that is selected is as wide as the screen. */
static void draw_marked(struct sheet_drawing *d, const struct styled *row, bool selected)
{
	MEM_UNSET struct styled marked;
	const struct sheet *s = d->c->sheet;
	struct slice text = bytes_slice(&row->text);
	uint8_t *found = mem_new(text.len + 1);
	for (size_t at = 0; (at = needle_in(s, text, at)) < text.len; at += s->needle.len)
		memset(found + at, STYLE_FOUND, s->needle.len);
	styled_init(&marked);
	for (const struct run *r = row->runs; r < row->runs + row->run_count; r++)
		styled_add_marked(&marked, r->style, slice_cut(text, r->from, r->from + r->len),
			found + r->from);
	styled_pad(&marked, STYLE_PLAIN, selected ? width_of(d->c) : 0);
	screen_row(d->c->screen, d->y, &marked, selected);
	styled_free(&marked);
	free(found);
}

static void draw_row(void *arg, const struct styled *row)
{
	struct sheet_drawing *d = arg;
	struct slice text = bytes_slice(&row->text);
	bool selected = choices_of(d->c->sheet) && d->at == d->c->sheet->selected;
	if (selected || needle_in(d->c->sheet, text, 0) < text.len)
		draw_marked(d, row, selected);
	else
		screen_row(d->c->screen, d->y, row, false);
	d->y++;
	d->at++;
}

/* Adds which rows are shown, and what the search found. */
static void add_place(const struct sheet *s, bool narrow, struct styled *row)
{
	if (s->needle.len)
		styled_addf(row, STYLE_BAR, "  found %zu of %zu", s->which, s->found);
	if (s->total > s->height && (!narrow || !s->needle.len))
		styled_addf(row, STYLE_BAR, "  rows %zu to %zu of %zu", s->top + 1,
			s->top + s->height, s->total);
	styled_add(row, STYLE_BAR, SLICE(" "));
}

static void draw_title(struct sheet_drawing *d)
{
	MEM_UNSET struct styled row, place;
	const struct sheet *s = d->c->sheet;
	size_t width = width_of(d->c);
	styled_init(&row);
	styled_init(&place);
	styled_addf(&row, STYLE_BAR, " %s", s->title);
	add_place(s, full_is_narrow(d->c), &place);
	styled_cut(&row, width > place.cells ? width - place.cells : 0);
	styled_pad(&row, STYLE_BAR, width > place.cells ? width - place.cells : 0);
	styled_add(&row, STYLE_BAR, bytes_slice(&place.text));
	styled_cut(&row, width);
	screen_row(d->c->screen, d->y++, &row, false);
	styled_free(&row);
	styled_free(&place);
}

/* Says whether a sheet that changes by itself was painted a moment ago, and has that done later. */
static bool rests(struct console *c)
{
	struct sheet *s = c->sheet;
	int64_t now = loop_now_fresh(c->loop), due = PAUSE_MS * (int64_t)NS_PER_MS;
	bool soon = !s->fresh && now - s->painted_at < due;
	if (soon) {
		due -= now - s->painted_at;
	} else {
		s->painted_at = now;
		s->fresh = false;
		due = s->source->due(s->arg);
	}
	if (due)
		loop_timer_set(&s->timer, due);
	return soon;
}

void sheet_paint(struct console *c)
{
	MEM_UNSET struct rows rows;
	struct sheet *s = c->sheet;
	if (!s || (s->source->due && rests(c)))
		return;
	struct sheet_drawing d = {c, c->pane_at + c->pane.height - s->height - s->titled, s->top};
	if (s->titled)
		draw_title(&d);
	rows_init(&rows, width_of(c), s->top, s->height, draw_row, &d);
	s->source->rows(s->arg, &rows);
	rows_free(&rows);
}
