/* vt.c - see vt.h. */
#include "adapter/vt.h"

#include <libtsm.h>
#include <stdlib.h>
#include <string.h>

enum { ESC = 0x1B, CSI_MAX = 64, CHARACTER_MAX = 4 };
/* Keysyms of X, which libtsm expects. */
enum { SYM_HOME = 0xFF50, SYM_LEFT, SYM_UP, SYM_RIGHT, SYM_DOWN, SYM_END = 0xFF57 };

struct vt {
	struct tsm_screen *screen;
	struct tsm_vte *machine;
	void (*answer)(void *owner, const char *bytes, size_t size);
	void *owner;
	char *typed; /* where the bytes of a key go; NULL: what comes is an answer */
	size_t typed_size;
	unsigned width, height, most;
	unsigned viewed; /* rows that were shown of those that are kept, */
	unsigned then;   /* when there were so many */
	struct vt_cell *row;
	bool marks_pastes;
	unsigned main_x, main_y; /* where the cursor was when the alternate screen was chosen */
	/* What is read of the device's stream. */
	enum { PLAIN, ESCAPED, SEQUENCE, STRING, STRING_ESCAPED } state;
	char csi[CSI_MAX];
	size_t csi_size;
	char last[CHARACTER_MAX]; /* the character that REP repeats */
	size_t last_size, last_needs;
};

static void on_write(struct tsm_vte *machine, const char *bytes, size_t size, void *data)
{
	struct vt *vt = data;
	(void)machine;
	if (!vt->typed) {
		vt->answer(vt->owner, bytes, size);
		return;
	}
	if (size > 8 - vt->typed_size)
		size = 8 - vt->typed_size;
	memcpy(vt->typed + vt->typed_size, bytes, size);
	vt->typed_size += size;
}

static unsigned within(unsigned value, unsigned least, unsigned most)
{
	return value < least ? least : value > most ? most : value;
}

static void vt_close(struct vt *vt)
{
	if (!vt)
		return;
	tsm_vte_unref(vt->machine);
	if (vt->screen)
		tsm_screen_clear_sb(vt->screen); /* libtsm would leave them */
	tsm_screen_unref(vt->screen);
	free(vt->row);
	free(vt);
}

static bool is_alternate(const struct vt *vt)
{
	return tsm_screen_get_flags(vt->screen) & TSM_SCREEN_ALTERNATE;
}

/* Resizes the main screen, which is shown.  libtsm takes rows of a lower screen away at its top and
 * keeps them; those below the cursor are to go first, and it takes rows of the screen that is not
 * shown away at the bottom. */
static bool resize_main(struct vt *vt, unsigned width, unsigned height)
{
	unsigned x = tsm_screen_get_cursor_x(vt->screen), y = tsm_screen_get_cursor_y(vt->screen);
	unsigned first = y < height ? height : y + 1;
	bool good = true;
	if (first < vt->height) {
		tsm_screen_set_flags(vt->screen, TSM_SCREEN_ALTERNATE);
		good = tsm_screen_resize(vt->screen, width, first) >= 0;
		tsm_screen_reset_flags(vt->screen, TSM_SCREEN_ALTERNATE);
		tsm_screen_move_to(vt->screen, x, y);
	}
	return good && tsm_screen_resize(vt->screen, width, height) >= 0;
}

/* What was on the main screen is seen again, while a program draws the alternate one anew. */
static bool take_size(struct vt *vt, unsigned width, unsigned height)
{
	unsigned x = tsm_screen_get_cursor_x(vt->screen), y = tsm_screen_get_cursor_y(vt->screen);
	bool alternate = is_alternate(vt);
	width = within(width, VT_WIDTH_MIN, VT_WIDTH_MAX);
	height = within(height, VT_HEIGHT_MIN, VT_HEIGHT_MAX);
	tsm_screen_set_margins(vt->screen, 0, 0);
	if (alternate) {
		tsm_screen_reset_flags(vt->screen, TSM_SCREEN_ALTERNATE);
		tsm_screen_move_to(vt->screen, vt->main_x, vt->main_y);
	}
	bool good = resize_main(vt, width, height);
	if (good) {
		vt->width = width;
		vt->height = height;
	}
	if (alternate) {
		vt->main_x = tsm_screen_get_cursor_x(vt->screen);
		vt->main_y = tsm_screen_get_cursor_y(vt->screen);
		tsm_screen_set_flags(vt->screen, TSM_SCREEN_ALTERNATE);
		tsm_screen_move_to(vt->screen, x, y);
	}
	return good;
}

static struct vt *vt_open(unsigned width, unsigned height, unsigned kept,
	void (*answer)(void *owner, const char *bytes, size_t size), void *owner)
{
	struct vt *vt = calloc(1, sizeof *vt);
	if (!vt)
		return NULL;
	vt->answer = answer;
	vt->owner = owner;
	vt->most = kept;
	vt->row = calloc(VT_WIDTH_MAX, sizeof *vt->row);
	bool good = vt->row && tsm_screen_new(&vt->screen, NULL, NULL) == 0 &&
		    tsm_vte_new(&vt->machine, vt->screen, on_write, vt, NULL, NULL) == 0 &&
		    take_size(vt, width, height);
	if (!good) {
		vt_close(vt);
		return NULL;
	}
	tsm_screen_set_max_sb(vt->screen, kept);
	return vt;
}

/* ---- what is fed ---- */

/* Says whether libtsm means the same by a sequence as everybody else; from its first byte behind
 * CSI to its last one. */
static bool is_understood(const char *csi, size_t size)
{
	char prefix = csi[0] >= '<' && csi[0] <= '?' ? csi[0] : 0, between = 0,
	     last = csi[size - 1];
	for (size_t i = 0; i + 1 < size; i++)
		if (csi[i] >= ' ' && csi[i] <= '/')
			between = csi[i];
	if (between)
		return last == 'p' && !prefix && (between == '!' || between == '"');
	switch (prefix) {
	case 0:
		return true;
	case '?':
		return strchr("hlJKn", last) != NULL;
	case '>':
		return last == 'c';
	default:
		return false;
	}
}

static unsigned repeats(const struct vt *vt)
{
	unsigned long n = strtoul(vt->csi, NULL, 10);
	return n < 1 ? 1 : n > vt->width ? vt->width : (unsigned)n;
}

/* Says whether ?...h or ?...l names this mode. */
static bool names_mode(const char *csi, const char *mode)
{
	size_t size = strlen(mode);
	for (const char *at = csi; *at; at += strcspn(at, "0123456789")) {
		size_t digits = strspn(at, "0123456789");
		if (digits == size && memcmp(at, mode, size) == 0)
			return true;
		at += digits;
	}
	return false;
}

/* Gives libtsm a sequence.  It does not know that the main screen had another size meanwhile. */
static void hand_on(struct vt *vt)
{
	unsigned x = tsm_screen_get_cursor_x(vt->screen), y = tsm_screen_get_cursor_y(vt->screen);
	bool before = is_alternate(vt);
	if (vt->csi[0] == '?' && names_mode(vt->csi, "2004"))
		vt->marks_pastes = vt->csi[vt->csi_size - 1] == 'h';
	tsm_vte_input(vt->machine, "\033[", 2);
	tsm_vte_input(vt->machine, vt->csi, vt->csi_size);
	if (!before && is_alternate(vt)) {
		vt->main_x = x;
		vt->main_y = y;
	} else if (before && !is_alternate(vt) && names_mode(vt->csi, "1049")) {
		tsm_screen_move_to(vt->screen, vt->main_x, vt->main_y);
	}
}

/* Handles a whole sequence.  REP repeats within a row: nobody uses it for more. */
static void end_sequence(struct vt *vt)
{
	char last = vt->csi[vt->csi_size - 1];
	vt->state = PLAIN;
	if (last == 'b') {
		bool plain = strspn(vt->csi, "0123456789") == vt->csi_size - 1;
		for (unsigned n = plain && vt->last_size && !vt->last_needs ? repeats(vt) : 0; n;
			n--)
			tsm_vte_input(vt->machine, vt->last, vt->last_size);
	} else if (is_understood(vt->csi, vt->csi_size)) {
		hand_on(vt);
	}
}

/* Takes a byte behind CSI.  Control characters act at once, as in a terminal; a sequence that is
 * longer than any terminal has does nothing. */
static void take_in_sequence(struct vt *vt, uint8_t c)
{
	bool full = vt->csi_size == CSI_MAX - 1;
	if (c == ESC) {
		vt->state = ESCAPED;
	} else if (c == 0x18 || c == 0x1A) {
		vt->state = PLAIN;
	} else if (c < 0x20 || c == 0x7F) {
		tsm_vte_input(vt->machine, (const char *)&c, c != 5);
	} else if (c >= 0x80 || (full && c >= 0x40)) {
		vt->state = PLAIN;
	} else if (!full) {
		vt->csi[vt->csi_size++] = (char)c;
		vt->csi[vt->csi_size] = 0;
		if (c >= 0x40)
			end_sequence(vt);
	}
}

static void take_escaped(struct vt *vt, uint8_t c)
{
	const char both[] = {ESC, (char)c};
	if (c == ESC)
		return;
	if (c == '[') {
		vt->state = SEQUENCE;
		vt->csi_size = 0;
		return;
	}
	vt->state = c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_' ? STRING : PLAIN;
	vt->last_size = 0;
	vt->marks_pastes = vt->marks_pastes && c != 'c';
	tsm_vte_input(vt->machine, both, 2);
}

/* Takes a byte of a title and the like, which BEL, ST, CAN or SUB ends; libtsm drops it. */
static void take_string(struct vt *vt, uint8_t c)
{
	if (vt->state == STRING_ESCAPED && c != '\\') {
		vt->state = ESCAPED;
		take_escaped(vt, c);
		return;
	}
	if (vt->state == STRING && c == ESC) {
		vt->state = STRING_ESCAPED;
		return;
	}
	if (vt->state == STRING_ESCAPED)
		tsm_vte_input(vt->machine, "\033", 1);
	if (vt->state == STRING_ESCAPED || c == 7 || c == 0x18 || c == 0x1A)
		vt->state = PLAIN;
	tsm_vte_input(vt->machine, (const char *)&c, 1);
}

/* Remembers the character that REP would repeat. */
static void remember(struct vt *vt, uint8_t c)
{
	if (c >= 0x80 && c < 0xC0 && vt->last_needs && vt->last_size < CHARACTER_MAX) {
		vt->last[vt->last_size++] = (char)c;
		vt->last_needs--;
		return;
	}
	vt->last_needs = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : 0;
	vt->last_size = c >= 0x20 && c != 0x7F && !(c >= 0x80 && c < 0xC0);
	vt->last[0] = (char)c;
}

/* Returns how many bytes at the front are plain text, which goes on in one piece. */
static size_t plain_length(struct vt *vt, const char *bytes, size_t size)
{
	size_t n = 0;
	for (; n < size && bytes[n] != ESC && bytes[n] != 5; n++)
		remember(vt, (uint8_t)bytes[n]);
	return n;
}

static void take_byte(struct vt *vt, uint8_t c)
{
	switch (vt->state) {
	case PLAIN:
		vt->state = c == ESC ? ESCAPED : PLAIN;
		break;
	case ESCAPED:
		take_escaped(vt, c);
		break;
	case SEQUENCE:
		take_in_sequence(vt, c);
		break;
	default:
		take_string(vt, c);
	}
}

static void vt_feed(struct vt *vt, const char *bytes, size_t size)
{
	while (size) {
		size_t n = vt->state == PLAIN ? plain_length(vt, bytes, size) : 0;
		if (n)
			tsm_vte_input(vt->machine, bytes, n);
		if (n < size)
			take_byte(vt, (uint8_t)bytes[n++]);
		bytes += n;
		size -= n;
	}
}

static size_t vt_key(struct vt *vt, enum vt_key key, char out[8])
{
	static const uint32_t syms[] = {[VT_UP] = SYM_UP,
		[VT_DOWN] = SYM_DOWN,
		[VT_RIGHT] = SYM_RIGHT,
		[VT_LEFT] = SYM_LEFT,
		[VT_HOME] = SYM_HOME,
		[VT_END] = SYM_END};
	vt->typed = out;
	vt->typed_size = 0;
	tsm_vte_handle_keyboard(vt->machine, syms[key], 0, 0, TSM_VTE_INVALID);
	vt->typed = NULL;
	return vt->typed_size;
}

static bool vt_marks_pastes(const struct vt *vt)
{
	return vt->marks_pastes;
}

static void vt_reset(struct vt *vt)
{
	vt->state = PLAIN;
	vt->last_size = 0;
	vt->marks_pastes = false;
	tsm_vte_reset(vt->machine);
	tsm_screen_erase_screen(vt->screen, false);
	tsm_screen_move_to(vt->screen, 0, 0);
}

/* ---- what is shown ---- */

static struct vt_cursor vt_cursor(struct vt *vt)
{
	unsigned flags = tsm_screen_get_flags(vt->screen);
	struct vt_cursor at = {.x = tsm_screen_get_cursor_x(vt->screen),
		.y = tsm_screen_get_cursor_y(vt->screen),
		.hidden = flags & TSM_SCREEN_HIDE_CURSOR,
		.alternate = flags & TSM_SCREEN_ALTERNATE};
	if (at.x >= vt->width) /* the next character begins a row */
		at.x = vt->width - 1;
	return at;
}

/* The steps of a colour in the cube of 256 colours. */
static int step_of(int value)
{
	return value < 48 ? 0 : value < 115 ? 1 : (value - 35) / 40;
}

static int16_t nearest(int r, int g, int b)
{
	static const int levels[] = {0, 95, 135, 175, 215, 255};
	int x = step_of(r), y = step_of(g), z = step_of(b), mean = (r + g + b) / 3;
	bool exact = levels[x] == r && levels[y] == g && levels[z] == b;
	if (!exact && abs(r - mean) < 8 && abs(g - mean) < 8 && abs(b - mean) < 8 && mean >= 3 &&
		mean < 243)
		return (int16_t)(232 + (mean - 3) / 10);
	return (int16_t)(16 + 36 * x + 6 * y + z);
}

static int16_t colour_of(int code, int r, int g, int b)
{
	if (code < 0)
		return nearest(r, g, b);
	return (int16_t)(code < TSM_COLOR_FOREGROUND ? code : VT_DEFAULT_COLOUR);
}

struct drawing {
	struct vt *vt;
	void (*row)(void *arg, unsigned y, const struct vt_cell *cells, unsigned width);
	void *arg;
};

static int on_cell(struct tsm_screen *screen, uint64_t id, const uint32_t *ch, size_t len,
	unsigned int width, unsigned int x, unsigned int y, const struct tsm_screen_attr *attr,
	tsm_age_t age, void *data)
{
	struct drawing *d = data;
	(void)screen, (void)id, (void)age;
	if (x >= VT_WIDTH_MAX)
		return 0;
	d->vt->row[x] = (struct vt_cell){.code = len ? ch[0] : 0,
		.width = (uint8_t)width,
		.style = (uint8_t)((attr->bold ? VT_BOLD : 0) | (attr->italic ? VT_ITALIC : 0) |
				   (attr->underline ? VT_UNDERLINE : 0) |
				   (attr->inverse ? VT_INVERSE : 0) | (attr->blink ? VT_BLINK : 0)),
		.fore = colour_of(attr->fccode, attr->fr, attr->fg, attr->fb),
		.ground = colour_of(attr->bccode, attr->br, attr->bg, attr->bb)};
	if (x + 1 == d->vt->width)
		d->row(d->arg, y, d->vt->row, d->vt->width);
	return 0;
}

/* The cursor is shown by whoever draws; libtsm would turn its cell. */
static void vt_draw(struct vt *vt,
	void (*row)(void *arg, unsigned y, const struct vt_cell *cells, unsigned width), void *arg)
{
	struct drawing d = {vt, row, arg};
	bool hidden = tsm_screen_get_flags(vt->screen) & TSM_SCREEN_HIDE_CURSOR;
	tsm_screen_set_flags(vt->screen, TSM_SCREEN_HIDE_CURSOR);
	tsm_screen_draw(vt->screen, on_cell, &d);
	if (!hidden)
		tsm_screen_reset_flags(vt->screen, TSM_SCREEN_HIDE_CURSOR);
}

/* ---- the rows that are kept ---- */

static void show(struct vt *vt, unsigned rows)
{
	tsm_screen_set_flags(vt->screen, TSM_SCREEN_FIXED_POS);
	tsm_screen_sb_reset(vt->screen);
	tsm_screen_sb_up(vt->screen, rows);
}

/* Says whether a row's text ends in a character of two cells. */
static bool ends_wide(const char *text, size_t size)
{
	static const uint32_t first_bits[] = {0x7F, 0x7F, 0x1F, 0x0F, 0x07};
	size_t n = 1;
	while (n < size && n < CHARACTER_MAX && ((uint8_t)text[size - n] & 0xC0) == 0x80)
		n++;
	if (n > size || n < 2)
		return false;
	uint32_t code = (uint8_t)text[size - n] & first_bits[n];
	for (size_t i = size - n + 1; i < size; i++)
		code = code << 6 | ((uint8_t)text[i] & 0x3F);
	return tsm_ucs4_get_width(code) == 2;
}

static size_t without_blanks(const char *text, size_t size)
{
	while (size && text[size - 1] == ' ')
		size--;
	return size;
}

/* Makes text of libtsm's copy, in which empty and covered cells are NUL; returns its rows. */
static unsigned tidy(char *text, size_t size)
{
	size_t out = 0;
	unsigned rows = 1;
	for (size_t i = 0; i < size; i++) {
		char c = text[i];
		if (c == '\n') {
			out = without_blanks(text, out);
			rows++;
		} else if (!c) {
			if (ends_wide(text, out))
				continue;
			c = ' ';
		}
		text[out++] = c;
	}
	text[without_blanks(text, out)] = 0;
	return rows;
}

/* libtsm counts its rows and does not tell: the text of a selection of all of them does.  Rows that
 * came since they were counted last are below those that are looked at. */
static char *vt_text(struct vt *vt)
{
	char *text = NULL;
	show(vt, vt->most);
	tsm_screen_selection_start(vt->screen, 0, 0);
	tsm_screen_sb_reset(vt->screen);
	tsm_screen_selection_target(vt->screen, vt->width - 1, vt->height - 1);
	int size = tsm_screen_selection_copy(vt->screen, &text);
	tsm_screen_selection_reset(vt->screen);
	if (size >= 0) {
		unsigned rows = tidy(text, (size_t)size);
		unsigned count = rows > vt->height ? rows - vt->height : 0;
		if (vt->viewed && count > vt->then)
			vt->viewed += count - vt->then;
		vt->then = count;
	}
	vt->viewed = vt->viewed < vt->then ? vt->viewed : vt->then;
	show(vt, vt->viewed);
	return size < 0 ? NULL : text;
}

static unsigned vt_kept(struct vt *vt, unsigned *view)
{
	free(vt_text(vt));
	*view = vt->viewed;
	return vt->then;
}

static void vt_view(struct vt *vt, unsigned rows)
{
	unsigned view = 0, count = rows ? vt_kept(vt, &view) : 0;
	vt->viewed = rows < count ? rows : count;
	show(vt, vt->viewed);
}

const struct vt_functions vt_functions = {.version = VT_FUNCTIONS_VERSION,
	.open = vt_open,
	.close = vt_close,
	.feed = vt_feed,
	.key = vt_key,
	.marks_pastes = vt_marks_pastes,
	.resize = take_size,
	.reset = vt_reset,
	.cursor = vt_cursor,
	.draw = vt_draw,
	.kept = vt_kept,
	.view = vt_view,
	.text = vt_text};
