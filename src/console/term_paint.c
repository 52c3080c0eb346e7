/* term_paint.c - the cells of the emulated terminal, and the row below them.
 *
 * Cells hold what a device chose: a character is shown only where the table of those that may be
 * shown (base/printable.h) has it, in as many cells as the emulation gave it. */
#include "console/term_screen.h"

#include "base/mem.h"
#include "base/text.h"

enum { REPLACEMENT = 0xFFFD, NARROW = 60 };

/* Returns a character of ASCII for one that draws lines; 0: it does not. */
static uint32_t line_in_ascii(uint32_t code)
{
	if (code < 0x2500 || code > 0x259F)
		return 0;
	if (code == 0x2500 || code == 0x2501 || code == 0x2550)
		return '-';
	if (code == 0x2502 || code == 0x2503 || code == 0x2551)
		return '|';
	return code < 0x2580 ? '+' : '#';
}

static uint32_t shown(const struct term_screen *t, const struct vt_cell *cell)
{
	uint32_t code = cell->code;
	if (!code)
		return ' ';
	if (code < 0x7F)
		return code >= 0x20 ? code : '?';
	if (!t->console->ui.utf8)
		return line_in_ascii(code) ? line_in_ascii(code) : '?';
	if (text_width(code) != cell->width)
		return cell->width == 2 ? '?' : REPLACEMENT;
	return code;
}

static void paint_cell(const struct term_screen *t, const struct vt_cell *from, bool marked,
	bool last, struct screen_cell *to)
{
	*to = (struct screen_cell){.code = shown(t, from),
		.bold = from->style & VT_BOLD,
		.underline = from->style & VT_UNDERLINE,
		.inverse = !!(from->style & VT_INVERSE) != marked,
		.blink = from->style & VT_BLINK,
		.fore = from->fore,
		.ground = from->ground};
	if (from->width == 2 && last)
		to->code = '?'; /* half of it would be outside */
}

static void on_row(void *arg, unsigned y, const struct vt_cell *cells, unsigned width)
{
	struct term_screen *t = arg;
	struct screen_cell out[VT_WIDTH_MAX];
	unsigned marked = 0;
	for (unsigned x = 0; x < width; x++) {
		if (t->marks && term_finds(t, cells + x, width - x))
			marked = (unsigned)t->needle_size;
		paint_cell(t, &cells[x], marked > 0, x + 1 == width, &out[x]);
		marked -= marked > 0;
		/* What a wide character covers has no cell of its own. */
		if (x && cells[x - 1].width == 2 && out[x - 1].code && !cells[x].code &&
			text_width(out[x - 1].code) == 2)
			out[x].code = 0;
	}
	screen_cells(t->console->screen, y, out, width);
}

/* ---- the row below ---- */

static const char *state_word(const struct session *s)
{
	switch (session_state(s)) {
	case SESSION_OPEN:
		return "open";
	case SESSION_CONNECTING:
		return "connecting";
	case SESSION_RETRYING:
		return "down, and tried again";
	default:
		return "closed";
	}
}

static void add_needle(struct term_screen *t, struct styled *row)
{
	uint8_t utf8[4];
	styled_add(row, STYLE_CURRENT, SLICE(" search back: "));
	for (size_t i = 0; i < t->needle_size; i++)
		styled_add(row, STYLE_PLAIN, slice_of(utf8, text_encode(t->needle[i], utf8)));
}

static void add_left(struct term_screen *t, struct styled *row)
{
	struct console *c = t->console;
	enum style style = session_state(t->session) == SESSION_OPEN ? STYLE_DIM : STYLE_EVENT;
	if (t->use >= TERM_WAY) {
		term_file_row(t, row);
	} else if (t->use == TERM_FIND) {
		add_needle(t, row);
	} else if (t->use == TERM_MENU) {
		styled_add(row, STYLE_CURRENT,
			full_is_narrow(c) ? SLICE(" Enter b t ] / n N r q")
					  : SLICE(" Enter: leave  b: break  t: transfer  ]: send "
						  "it  /: find  r: reset  q: quit"));
	} else if (c->message.len) {
		styled_add(row, STYLE_CURRENT, SLICE(" "));
		styled_add(row, STYLE_CURRENT, bytes_shown(&c->message));
	} else {
		/* What changes comes first: the rest is cut where there is no room. */
		styled_add(row, style, SLICE(" "));
		if (t->view)
			styled_addf(row, STYLE_EVENT, "%u rows back  ", t->view);
		styled_addf(row, style, "%s  ", state_word(t->session));
		full_add_safe(c, row, style, session_name(t->session));
	}
}

static struct slice hint_of(const struct term_screen *t)
{
	switch (t->use) {
	case TERM_FIND:
		return SLICE(" Enter: find  Esc: no ");
	case TERM_MENU:
	case TERM_WAY:
		return SLICE(" Esc: stay ");
	case TERM_PATH:
		return SLICE(" Enter: begin  Esc: no ");
	case TERM_PASSES:
		return SLICE("");
	default:
		return SLICE(" Ctrl-]: menu ");
	}
}

static void paint_status(struct term_screen *t)
{
	MEM_UNSET struct styled row;
	struct console *c = t->console;
	size_t width = terminal_columns(c->terminal);
	const struct slice hint = hint_of(t);
	styled_init(&row);
	add_left(t, &row);
	/* A menu says more than its hint does. */
	bool fits = width > row.cells + hint.len + 1 || t->use == TERM_KEYS;
	size_t room = fits && width > hint.len + 1 ? width - hint.len - 1 : width;
	styled_cut(&row, room);
	size_t cursor = row.cells;
	if (room < width) {
		styled_add(&row, STYLE_DIM, SLICE(" "));
		styled_repeat(&row, STYLE_DIM, c->ui.utf8 ? SLICE("\u2500") : SLICE("-"),
			room > cursor ? room - cursor : 0);
		styled_add(&row, STYLE_DIM, hint);
	}
	screen_row(c->screen, t->height, &row, false);
	if (t->use != TERM_KEYS)
		screen_cursor(c->screen, t->height, cursor);
	styled_free(&row);
}

static void paint_cursor(struct term_screen *t)
{
	struct vt_cursor at = t->is->cursor(t->vt);
	bool seen = at.y + t->view < t->height && !at.hidden;
	if (t->use == TERM_KEYS && seen)
		screen_cursor(t->console->screen, at.y + t->view, at.x);
	else if (t->use == TERM_KEYS)
		screen_hide_cursor(t->console->screen);
}

void term_paint(struct term_screen *t)
{
	struct console *c = t->console;
	struct bytes out;
	bytes_init(&out, OUTPUT_MAX);
	terminal_mouse(c->terminal, shell_uses_mouse(c->shell) && !c->mouse_lent);
	t->is->draw(t->vt, on_row, t);
	if (t->height < full_height(c))
		paint_status(t);
	paint_cursor(t);
	screen_paint(c->screen, &out);
	if (out.len)
		terminal_write(c->terminal, bytes_slice(&out));
	bytes_free(&out);
	c->dirty = c->pane_dirty = false;
	t->fed = 0;
	if (t->pending.len)
		console_paint_later(c);
}
