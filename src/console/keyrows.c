/* keyrows.c - the two bottom rows where keys are commands: what the keys do.
 *
 * They stand in the place of the line and its preview, so that nobody takes one for the other.
 */
#include "base/mem.h"
#include "base/text.h"
#include "console/console_private.h"
#include "console/sheet.h"
#include <stdio.h>

/* What is told of a mode, the commonest first: two actions, of which the second one may be
 * ACT_NOTHING, do what `does` says; NULL: the list says it. */
struct told {
	enum action action, other;
	const char *does;
};

/* Keys that cannot be bound have no action, but a use. */
#define FIXED(use) ((enum action)(ACTION_COUNT + (use)))

/* Keys of a line have no rows at the bottom; help begins with them. */
static const struct told of_typing[] = {{FIXED(USE_RUN), ACT_NOTHING, "run"},
	{FIXED(USE_COMPLETE), ACT_NOTHING, "complete"}, {FIXED(USE_OLDER), ACT_NOTHING, "recall"},
	{FIXED(USE_SEARCH), ACT_NOTHING, "history"}, {FIXED(USE_GIVE_UP), ACT_NOTHING, "give up"},
	{FIXED(USE_LEAVE), ACT_NOTHING, "leave"}, {ACT_BROWSE, ACT_NOTHING, "browse"},
	{ACT_PAGE_UP, ACT_NOTHING, "scroll"}, {ACT_VIEW, ACT_NOTHING, "view"},
	{ACT_TAKE, ACT_NOTHING, "take"}, {ACT_BREAK, ACT_NOTHING, "new line"},
	{ACT_OVERVIEW, ACT_NOTHING, "devices"}, {ACT_NEXT_SESSION, ACT_NOTHING, "device"},
	{ACT_TERMINAL, ACT_NOTHING, "terminal"}};

static const struct told of_browsing[] = {{ACT_PREVIOUS, ACT_NEXT, "select"},
	{ACT_FOLD, ACT_NOTHING, "open"}, {ACT_INPUT, ACT_NOTHING, "live"},
	{ACT_HELP, ACT_NOTHING, "help"}, {ACT_FIND, ACT_NOTHING, "search"},
	{ACT_NEXT_FOUND, ACT_PREVIOUS_FOUND, "next"}, {ACT_COPY, ACT_NOTHING, "copy"},
	{ACT_VIEW, ACT_NOTHING, "view"}, {ACT_COPY_REPLY, ACT_NOTHING, "copy reply"},
	{ACT_NEXT_SESSION, ACT_NOTHING, "next device"}, {ACT_SAVE, ACT_NOTHING, "save"},
	{ACT_FILTER, ACT_NOTHING, "filter"}, {ACT_MARK, ACT_NOTHING, "mark"},
	{ACT_COMPARE, ACT_NOTHING, "compare"}, {ACT_RESEND, ACT_NOTHING, "send again"},
	{ACT_GOTO, ACT_NOTHING, "go to a time"},
	{ACT_PREVIOUS_DAMAGED, ACT_NEXT_DAMAGED, "damaged"}, {ACT_TOP, ACT_END, "to the ends"}};

static const struct told of_file[] = {{ACT_PREVIOUS, ACT_NEXT, "select"},
	{ACT_FOLD, ACT_NOTHING, "open"}, {ACT_LEAVE, ACT_NOTHING, "leave"},
	{ACT_HELP, ACT_NOTHING, "help"}, {ACT_FIND, ACT_NOTHING, "search"},
	{ACT_NEXT_FOUND, ACT_PREVIOUS_FOUND, "next"}, {ACT_VIEW, ACT_NOTHING, "view"},
	{ACT_FILTER, ACT_NOTHING, "filter"}, {ACT_COPY, ACT_NOTHING, "copy"},
	{ACT_COPY_REPLY, ACT_NOTHING, "copy reply"}, {ACT_SAVE, ACT_NOTHING, "save"},
	{ACT_MARK, ACT_NOTHING, "mark"}, {ACT_COMPARE, ACT_NOTHING, "compare"},
	{ACT_GOTO, ACT_NOTHING, "go to a time"}, {ACT_TOP, ACT_END, "to the ends"}};

static const struct told of_page[] = {{ACT_PREVIOUS, ACT_NEXT, "scroll"},
	{ACT_PAGE_UP, ACT_PAGE_DOWN, "pages"}, {ACT_INPUT, ACT_NOTHING, "back to the file"}};

static const struct told of_sheet[] = {{ACT_LINE_UP, ACT_LINE_DOWN, "scroll"},
	{ACT_PAGE_UP, ACT_PAGE_DOWN, "pages"}, {ACT_FIND, ACT_NOTHING, "search"},
	{ACT_CLOSE, ACT_NOTHING, "close"}, {ACT_NEXT_FOUND, ACT_PREVIOUS_FOUND, "next"},
	{ACT_TOP, ACT_END, "to the ends"}};

static const struct told of_choosing[] = {{ACT_LINE_UP, ACT_LINE_DOWN, "select"},
	{ACT_CHOOSE, ACT_NOTHING, NULL}, {ACT_CLOSE, ACT_NOTHING, "close"},
	{ACT_FIND, ACT_NOTHING, "search"}, {ACT_NEXT_FOUND, ACT_PREVIOUS_FOUND, "next"},
	{ACT_PAGE_UP, ACT_PAGE_DOWN, "pages"}, {ACT_TOP, ACT_END, "to the ends"}};

/* What is told, and the modes whose keys do it. */
struct telling {
	const char *name;          /* of what one does here */
	enum key_mode mode, below; /* keys of `below` hold where those of `mode` are silent */
	const struct told *told;
	size_t count;
	enum action back; /* leads out of here */
};

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

/* Returns what is told where no sheet covers the transcript. */
static struct telling telling_beneath(const struct console *c)
{
	if (c->viewing)
		return (struct telling){
			"file", MODE_FILE, MODE_BROWSE, of_file, COUNT(of_file), ACT_LEAVE};
	if (c->browsing)
		return (struct telling){"browsing", MODE_BROWSE, MODE_BROWSE, of_browsing,
			COUNT(of_browsing), ACT_INPUT};
	return (struct telling){
		"", MODE_INPUT, MODE_INPUT, of_typing, COUNT(of_typing), ACT_NOTHING};
}

static struct telling telling_of(const struct console *c)
{
	if (sheet_takes_keys(c) && sheet_has_choice(c))
		return (struct telling){
			"", MODE_CHOOSE, MODE_SHEET, of_choosing, COUNT(of_choosing), ACT_CLOSE};
	if (sheet_takes_keys(c))
		return (struct telling){
			"", MODE_SHEET, MODE_SHEET, of_sheet, COUNT(of_sheet), ACT_CLOSE};
	if (viewing_is_aside(c))
		return (struct telling){"beside the file", MODE_BROWSE, MODE_BROWSE, of_page,
			COUNT(of_page), ACT_INPUT};
	return telling_beneath(c);
}

bool keyrows_are_shown(const struct console *c)
{
	enum typing_mode mode = console_mode(c);
	return c->screen && (mode == TYPING_BROWSE || mode == TYPING_SHEET);
}

/* ---- composing ---- */

/* Spells "Up/Down", or one key; false: none does this. */
static bool spell_keys(const struct console *c, const struct telling *t, const struct told *told,
	char out[2 * KEY_TEXT_MAX])
{
	const enum action actions[] = {told->action, told->other};
	struct told_keys fixed;
	char key[KEY_TEXT_MAX];
	out[0] = 0;
	if (told->action > ACTION_COUNT &&
		keymap_tell(&c->keymap, told->action - ACTION_COUNT - 1, &fixed)) {
		snprintf(out, 2 * KEY_TEXT_MAX, "%.*s", (int)strcspn(fixed.keys, ","), fixed.keys);
		return true;
	}
	for (size_t i = 0; i < COUNT(actions) && actions[i] != ACT_NOTHING; i++) {
		const struct binding *b = keymap_key(&c->keymap, t->mode, actions[i]);
		if (!b && t->below != t->mode)
			b = keymap_key(&c->keymap, t->below, actions[i]);
		if (!b)
			continue;
		key_text(b->key, b->alt, key);
		strcat(out, *out ? "/" : "");
		strcat(out, key);
	}
	return *out;
}

/* Says whether keys have something to do: the next place is there once something was searched for,
 * another device once two are open. */
static bool has_use(const struct console *c, const struct telling *t, const struct told *told)
{
	struct shell_device second;
	if (t->mode == MODE_SHEET)
		return true;
	if (told->action == ACT_NEXT_FOUND)
		return c->pane.find.kind != FIND_NOTHING;
	return told->action != ACT_NEXT_SESSION || shell_device(c->shell, 1, &second);
}

/* Returns what is told at place i.  Where there is little room, the way out comes first. */
static const struct told *told_at(const struct console *c, const struct telling *t, size_t i)
{
	size_t back = 0;
	if (!full_is_narrow(c))
		return &t->told[i];
	while (back + 1 < t->count && t->told[back].action != t->back)
		back++;
	return &t->told[i == 0 ? back : i <= back ? i - 1 : i];
}

/* Adds keys as long as they fit into the row, and returns how many were looked at. */
static size_t add_keys(const struct console *c, const struct telling *t, size_t from, size_t width,
	struct styled *row)
{
	char keys[2 * KEY_TEXT_MAX];
	size_t i = from;
	for (; i < t->count; i++) {
		const struct told *told = told_at(c, t, i);
		if (!has_use(c, t, told) || !spell_keys(c, t, told, keys))
			continue;
		const char *does = told->does ? told->does : sheet_choice_does(c);
		if (row->cells + text_cells(slice_str(keys)) + strlen(does) + 3 > width)
			break;
		styled_addf(row, STYLE_CURRENT, "%s%s", row->cells ? "  " : " ", keys);
		styled_addf(row, STYLE_DIM, " %s", does);
	}
	return i;
}

/* Adds what one is doing here. */
static void add_name(const char *name, struct styled *row)
{
	if (*name)
		styled_addf(row, STYLE_BAR, " %s ", name);
}

/* ---- painting ---- */

static void paint_search(struct console *c, size_t y)
{
	MEM_UNSET struct styled row;
	const struct slice hint = SLICE("   Enter stay  Esc back");
	size_t width = terminal_columns(c->terminal);
	styled_init(&row);
	if (sheet_search(c, width - 1, &row)) {
		size_t cells = row.cells;
		if (cells + hint.len <= width)
			styled_add(&row, STYLE_DIM, hint);
		styled_cut(&row, width);
		screen_row(c->screen, y, &row, false);
		screen_cursor(c->screen, y, cells);
	}
	styled_free(&row);
}

void keyrows_paint(struct console *c)
{
	MEM_UNSET struct styled row;
	struct telling t = telling_of(c);
	size_t width = terminal_columns(c->terminal), last = full_height(c) - 1;
	bool two = full_below(c) > c->input_rows + 1;
	size_t told = 0;
	screen_hide_cursor(c->screen);
	styled_init(&row);
	add_name(t.name, &row);
	for (size_t y = two ? last - 1 : last; y <= last; y++) {
		told = add_keys(c, &t, told, width, &row);
		styled_cut(&row, width);
		screen_row(c->screen, y, &row, false);
		styled_clear(&row);
	}
	styled_free(&row);
	paint_search(c, last);
}

/* ---- for help ---- */

/* Says whether an action does nothing here: a tap and a file have no device to talk to. */
static bool is_idle(const struct console *c, const struct told_keys *told)
{
	switch (told->action) {
	case ACT_SEND_INTERRUPT:
	case ACT_SEND_BREAK:
	case ACT_NEXT_SESSION:
	case ACT_TERMINAL:
		return shell_listens(c->shell);
	case ACT_RESEND:
	case ACT_INPUT:
		return c->viewing && told->mode != MODE_FILE;
	default:
		return told->mode == MODE_FILE && !c->viewing;
	}
}

static bool is_now(const struct console *c, enum key_mode mode)
{
	return mode == MODE_BROWSE ? c->browsing
	       : mode == MODE_FILE ? c->viewing && c->browsing
				   : mode == MODE_INPUT && !c->browsing;
}

static const char *const modes[MODE_COUNT] = {[MODE_INPUT] = "while a line is typed",
	[MODE_BROWSE] = "while browsing (Ctrl-O)",
	[MODE_FILE] = "while a file is shown, too",
	[MODE_SHEET] = "while help covers the transcript",
	[MODE_CHOOSE] = "in a list, too (a digit takes the row of that number)"};

void keyrows_brief(struct ui *ui)
{
	struct console *c = (struct console *)ui;
	const struct telling t = telling_beneath(c);
	char keys[2 * KEY_TEXT_MAX], head[64];
	snprintf(head, sizeof head, "the commonest keys %s",
		modes[t.below == MODE_BROWSE ? MODE_BROWSE : MODE_INPUT]);
	sheet_text_item(ui, SLICE(""), slice_str(head));
	for (const struct told *told = t.told; told < t.told + t.count; told++) {
		const struct told_keys meant = {.mode = t.mode, .action = told->action};
		if (!is_idle(c, &meant) && has_use(c, &t, told) && spell_keys(c, &t, told, keys))
			sheet_text_key(c, keys, told->does);
	}
}

bool console_keys_line(struct ui *ui, size_t index, struct ui_keys *out)
{
	const struct console *c = (const struct console *)ui;
	struct told_keys told;
	for (size_t i = 0; keymap_tell(&c->keymap, i, &told); i++)
		if (!is_idle(c, &told) && !index--) {
			*out = (struct ui_keys){.mode = modes[told.mode],
				.now = is_now(c, told.mode),
				.action = action_name(NULL, told.action),
				.does = told.does};
			strcpy(out->keys, told.keys);
			if (!out->action || told.action == ACT_NOTHING)
				out->action = "";
			return true;
		}
	return false;
}
