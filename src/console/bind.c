/* bind.c - see bind.h. */
#include "console/bind.h"

#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"
#include "console/keys.h"
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static const struct {
	const char *name, *help;
} actions[ACTION_COUNT] = {
	[ACT_NOTHING] = {"nothing", "does nothing"},
	[ACT_HELP] = {"help", "help: keys, commands, settings, frames"},
	[ACT_BROWSE] = {"browse", "walk through the transcript"},
	[ACT_INPUT] = {"input", "back to the line, at the transcript's end"},
	[ACT_PAGE_UP] = {"page-up", "one page back"},
	[ACT_PAGE_DOWN] = {"page-down", "one page on"},
	[ACT_LINE_UP] = {"line-up", "one row back"},
	[ACT_LINE_DOWN] = {"line-down", "one row on"},
	[ACT_SCROLL_UP] = {"scroll-up", "three rows back"},
	[ACT_SCROLL_DOWN] = {"scroll-down", "three rows on"},
	[ACT_TOP] = {"top", "the beginning"},
	[ACT_END] = {"end", "the end; the transcript follows what comes"},
	[ACT_PREVIOUS] = {"previous", "select the entry above"},
	[ACT_NEXT] = {"next", "select the entry below"},
	[ACT_PREVIOUS_COMMAND] = {"previous-command", "the command before"},
	[ACT_NEXT_COMMAND] = {"next-command", "the next command"},
	[ACT_PREVIOUS_DAMAGED] = {"previous-damaged", "the last entry with something wrong"},
	[ACT_NEXT_DAMAGED] = {"next-damaged", "the next entry with something wrong"},
	[ACT_PREVIOUS_FOUND] = {"previous-found", "what was searched for, further back"},
	[ACT_NEXT_FOUND] = {"next-found", "what was searched for, further on"},
	[ACT_FIND] = {"find", "search: text, /regular expression/ or .x BYTES"},
	[ACT_GOTO] = {"goto", "go to a time of day"},
	[ACT_FILTER] = {"filter", "show all, this session, sent, damaged, found"},
	[ACT_FOLD] = {"fold", "open or fold the selected entry, or show its parts"},
	[ACT_FOLD_ALL] = {"fold-all", "open or fold all"},
	[ACT_VIEW] = {"view", "the next view"},
	[ACT_COPY] = {"copy", "copy the selected entry to the terminal's clipboard"},
	[ACT_COPY_REPLY] = {"copy-reply", "copy only what came, as text with its lines"},
	[ACT_SAVE] = {"save", "save the selected exchange to a file of commands"},
	[ACT_RESEND] = {"resend", "send the selected command again, after a question"},
	[ACT_MARK] = {"mark", "mark the selected exchange, to compare another with it"},
	[ACT_COMPARE] = {"compare", "the bytes of this reply beside those of the marked one"},
	[ACT_BREAK] = {"new-line", "type one more line; Enter sends them one by one"},
	[ACT_SEND_INTERRUPT] = {"send-interrupt", "send Ctrl-C to the device, at once"},
	[ACT_SEND_BREAK] = {"send-break", "send a break to the device, at once"},
	[ACT_TAKE] = {"take", "set the frame that is proposed"},
	[ACT_NEXT_SESSION] = {"next-session", "the next open device"},
	[ACT_OVERVIEW] = {"overview", "all open devices, with what each said last"},
	[ACT_REDRAW] = {"redraw", "paint the screen afresh"},
	[ACT_CLOSE] = {"close", "close what covers the transcript"},
	[ACT_CHOOSE] = {"choose", "take what is selected in a list"},
	[ACT_GIVE_UP] = {"give-up", "give up what is under way"},
	[ACT_COMMAND] = {"command", "type a command of wilco's own"},
	[ACT_FOLLOW] = {"follow", "go to the end of the file, and show what is added to it"},
	[ACT_LEAVE] = {"leave", "leave wilco"},
	[ACT_TERMINAL] = {"terminal", "terminal mode: keys go to the device as they are typed"},
	[ACT_LINE] = {"", ""},
};

const char *action_name(const void *unused, size_t index)
{
	(void)unused;
	return index < ACT_LINE ? actions[index].name : NULL;
}

const char *action_help(enum action action)
{
	return actions[action].help;
}

/* No action needs a function key (a proposal can be typed), Alt, Ctrl-W, Ctrl-S or Ctrl-Q. */
static const struct {
	enum key_mode mode;
	uint32_t key;
	enum action action;
} keys[] = {
	{MODE_INPUT, KEY_F1, ACT_HELP},
	{MODE_INPUT, KEY_F1 + 1, ACT_TAKE},
	{MODE_INPUT, KEY_F1 + 2, ACT_OVERVIEW},
	{MODE_INPUT, 15, ACT_BROWSE}, /* Ctrl-O */
	{MODE_INPUT, KEY_PAGE_UP, ACT_PAGE_UP},
	{MODE_INPUT, KEY_PAGE_DOWN, ACT_PAGE_DOWN},
	{MODE_INPUT, KEY_LINE_UP, ACT_LINE_UP},
	{MODE_INPUT, KEY_LINE_DOWN, ACT_LINE_DOWN},
	{MODE_INPUT, KEY_WHEEL_UP, ACT_SCROLL_UP},
	{MODE_INPUT, KEY_WHEEL_DOWN, ACT_SCROLL_DOWN},
	{MODE_INPUT, KEY_TOP, ACT_TOP},
	{MODE_INPUT, KEY_BOTTOM, ACT_END},
	{MODE_INPUT, 24, ACT_NEXT_SESSION}, /* Ctrl-X */
	{MODE_INPUT, 12, ACT_REDRAW},       /* Ctrl-L */
	{MODE_INPUT, KEY_BACK_TAB, ACT_VIEW},
	{MODE_INPUT, 20, ACT_TERMINAL},       /* Ctrl-T */
	{MODE_INPUT, 28, ACT_SEND_INTERRUPT}, /* Ctrl-\ */
	{MODE_INPUT, 29, ACT_SEND_BREAK},     /* Ctrl-] */
	{MODE_BROWSE, 'h', ACT_HELP},
	{MODE_BROWSE, KEY_F1, ACT_HELP},
	{MODE_BROWSE, 'l', ACT_OVERVIEW},
	{MODE_BROWSE, KEY_F1 + 2, ACT_OVERVIEW},
	{MODE_BROWSE, '?', ACT_HELP},
	{MODE_BROWSE, KEY_ESCAPE, ACT_INPUT},
	{MODE_BROWSE, 15, ACT_INPUT},
	{MODE_BROWSE, 'q', ACT_INPUT},
	{MODE_BROWSE, 'i', ACT_INPUT},
	{MODE_BROWSE, KEY_PAGE_UP, ACT_PAGE_UP},
	{MODE_BROWSE, 'b', ACT_PAGE_UP},
	{MODE_BROWSE, KEY_PAGE_DOWN, ACT_PAGE_DOWN},
	{MODE_BROWSE, ' ', ACT_PAGE_DOWN},
	{MODE_BROWSE, KEY_LINE_UP, ACT_LINE_UP},
	{MODE_BROWSE, 'K', ACT_LINE_UP},
	{MODE_BROWSE, KEY_LINE_DOWN, ACT_LINE_DOWN},
	{MODE_BROWSE, 'J', ACT_LINE_DOWN},
	{MODE_BROWSE, KEY_WHEEL_UP, ACT_SCROLL_UP},
	{MODE_BROWSE, KEY_WHEEL_DOWN, ACT_SCROLL_DOWN},
	{MODE_BROWSE, KEY_UP, ACT_PREVIOUS},
	{MODE_BROWSE, 'k', ACT_PREVIOUS},
	{MODE_BROWSE, KEY_DOWN, ACT_NEXT},
	{MODE_BROWSE, 'j', ACT_NEXT},
	{MODE_BROWSE, KEY_HOME, ACT_TOP},
	{MODE_BROWSE, KEY_TOP, ACT_TOP},
	{MODE_BROWSE, 'g', ACT_TOP},
	{MODE_BROWSE, KEY_END, ACT_END},
	{MODE_BROWSE, KEY_BOTTOM, ACT_END},
	{MODE_BROWSE, 'G', ACT_END},
	{MODE_BROWSE, '{', ACT_PREVIOUS_COMMAND},
	{MODE_BROWSE, '}', ACT_NEXT_COMMAND},
	{MODE_BROWSE, 'D', ACT_PREVIOUS_DAMAGED},
	{MODE_BROWSE, 'd', ACT_NEXT_DAMAGED},
	{MODE_BROWSE, '/', ACT_FIND},
	{MODE_BROWSE, 'n', ACT_NEXT_FOUND},
	{MODE_BROWSE, 'N', ACT_PREVIOUS_FOUND},
	{MODE_BROWSE, 't', ACT_GOTO},
	{MODE_BROWSE, 'f', ACT_FILTER},
	{MODE_BROWSE, 'o', ACT_FOLD},
	{MODE_BROWSE, '\r', ACT_FOLD},
	{MODE_BROWSE, 'O', ACT_FOLD_ALL},
	{MODE_BROWSE, 'v', ACT_VIEW},
	{MODE_BROWSE, KEY_BACK_TAB, ACT_VIEW},
	{MODE_BROWSE, 'y', ACT_COPY},
	{MODE_BROWSE, 'Y', ACT_COPY_REPLY},
	{MODE_BROWSE, 's', ACT_SAVE},
	{MODE_BROWSE, 'r', ACT_RESEND},
	{MODE_BROWSE, 'm', ACT_MARK},
	{MODE_BROWSE, '=', ACT_COMPARE},
	{MODE_BROWSE, 24, ACT_NEXT_SESSION},
	{MODE_BROWSE, '\t', ACT_NEXT_SESSION},
	{MODE_BROWSE, 12, ACT_REDRAW},
	{MODE_FILE, 'q', ACT_LEAVE},
	{MODE_FILE, 4, ACT_LEAVE}, /* Ctrl-D */
	{MODE_FILE, KEY_ESCAPE, ACT_GIVE_UP},
	{MODE_FILE, 3, ACT_GIVE_UP}, /* Ctrl-C */
	{MODE_FILE, '.', ACT_COMMAND},
	{MODE_FILE, 'F', ACT_FOLLOW},
	{MODE_SHEET, KEY_ESCAPE, ACT_CLOSE},
	{MODE_SHEET, 'q', ACT_CLOSE},
	{MODE_SHEET, KEY_F1, ACT_CLOSE},
	{MODE_SHEET, 3, ACT_CLOSE}, /* Ctrl-C */
	{MODE_SHEET, 4, ACT_CLOSE}, /* Ctrl-D */
	{MODE_SHEET, KEY_UP, ACT_LINE_UP},
	{MODE_SHEET, 'k', ACT_LINE_UP},
	{MODE_SHEET, KEY_LINE_UP, ACT_LINE_UP},
	{MODE_SHEET, KEY_DOWN, ACT_LINE_DOWN},
	{MODE_SHEET, 'j', ACT_LINE_DOWN},
	{MODE_SHEET, KEY_LINE_DOWN, ACT_LINE_DOWN},
	{MODE_SHEET, '\r', ACT_LINE_DOWN},
	{MODE_SHEET, KEY_PAGE_UP, ACT_PAGE_UP},
	{MODE_SHEET, 'b', ACT_PAGE_UP},
	{MODE_SHEET, KEY_PAGE_DOWN, ACT_PAGE_DOWN},
	{MODE_SHEET, ' ', ACT_PAGE_DOWN},
	{MODE_SHEET, KEY_WHEEL_UP, ACT_SCROLL_UP},
	{MODE_SHEET, KEY_WHEEL_DOWN, ACT_SCROLL_DOWN},
	{MODE_SHEET, KEY_HOME, ACT_TOP},
	{MODE_SHEET, KEY_TOP, ACT_TOP},
	{MODE_SHEET, 'g', ACT_TOP},
	{MODE_SHEET, KEY_END, ACT_END},
	{MODE_SHEET, KEY_BOTTOM, ACT_END},
	{MODE_SHEET, 'G', ACT_END},
	{MODE_SHEET, '/', ACT_FIND},
	{MODE_SHEET, 'n', ACT_NEXT_FOUND},
	{MODE_SHEET, 'N', ACT_PREVIOUS_FOUND},
	{MODE_SHEET, '.', ACT_COMMAND},
	{MODE_SHEET, 12, ACT_REDRAW},
	{MODE_CHOOSE, '\r', ACT_CHOOSE},
	{MODE_CHOOSE, KEY_ESCAPE, ACT_CLOSE},
	{MODE_CHOOSE, 'l', ACT_CLOSE},
	{MODE_CHOOSE, KEY_F1 + 2, ACT_CLOSE},
};

/* ---- names of keys ---- */

static const struct {
	const char *name;
	uint32_t key;
} names[] = {{"Enter", '\r'}, {"Tab", '\t'}, {"Space", ' '}, {"Esc", KEY_ESCAPE}, {"Up", KEY_UP},
	{"Down", KEY_DOWN}, {"Left", KEY_LEFT}, {"Right", KEY_RIGHT}, {"Home", KEY_HOME},
	{"End", KEY_END}, {"Delete", KEY_DELETE}, {"PageUp", KEY_PAGE_UP},
	{"PageDown", KEY_PAGE_DOWN}, {"Ctrl-Up", KEY_LINE_UP}, {"Ctrl-Down", KEY_LINE_DOWN},
	{"Ctrl-Home", KEY_TOP}, {"Ctrl-End", KEY_BOTTOM}, {"Shift-Tab", KEY_BACK_TAB},
	{"WheelUp", KEY_WHEEL_UP}, {"WheelDown", KEY_WHEEL_DOWN}};
enum { NAMES = sizeof names / sizeof names[0] };

void key_text(uint32_t key, bool alt, char out[KEY_TEXT_MAX])
{
	const char *before = alt ? "Alt-" : "";
	uint8_t raw[5] = {0};
	for (size_t i = 0; i < NAMES; i++)
		if (names[i].key == key) {
			snprintf(out, KEY_TEXT_MAX, "%s%s", before, names[i].name);
			return;
		}
	if (key >= KEY_F1 && key <= KEY_F12) {
		snprintf(out, KEY_TEXT_MAX, "%sF%u", before, key - KEY_F1 + 1);
	} else if (key < 0x20) {
		snprintf(out, KEY_TEXT_MAX, "%sCtrl-%c", before, (char)(key | 0x40));
	} else {
		text_encode(key, raw);
		snprintf(out, KEY_TEXT_MAX, "%s%s", before, (char *)raw);
	}
}

static bool key_parse(struct slice text, uint32_t *key, bool *alt)
{
	unsigned number;
	char word[16] = "";
	*alt = text.len > 4 && strncasecmp((const char *)text.at, "Alt-", 4) == 0;
	if (*alt)
		text = slice_cut(text, 4, text.len);
	if (!text.len || text.len >= sizeof word)
		return false;
	slice_copy(word, text);
	for (size_t i = 0; i < NAMES; i++)
		if (strcasecmp(word, names[i].name) == 0) {
			*key = names[i].key;
			return true;
		}
	if ((word[0] | 32) == 'f' && sscanf(word + 1, "%u", &number) == 1 && number >= 1 &&
		number <= 12) {
		*key = KEY_F1 + number - 1;
		return true;
	}
	if (text.len == 6 && strncasecmp(word, "Ctrl-", 5) == 0 && (word[5] & 0x40)) {
		*key = (uint32_t)word[5] & 0x1f;
		return true;
	}
	return text_decode(text, key) == text.len && *key >= 0x20 && *key != 0xFFFFFFFF;
}

/* ---- the table ---- */

static struct binding **place(struct keymap *m, enum key_mode mode, uint32_t key, bool alt)
{
	struct binding **link = &m->first;
	while (*link && !((*link)->mode == mode && (*link)->key == key && (*link)->alt == alt))
		link = &(*link)->next;
	return link;
}

/* Sets a binding; false: there are BINDINGS_MAX already. */
static bool set(struct keymap *m, enum key_mode mode, uint32_t key, bool alt, enum action action,
	struct slice line)
{
	struct binding **link = place(m, mode, key, alt);
	if (!*link) {
		if (m->count == BINDINGS_MAX)
			return false;
		m->count++;
		*link = mem_new(sizeof **link);
		(*link)->mode = mode;
		(*link)->key = key;
		(*link)->alt = alt;
	}
	free((*link)->line);
	(*link)->line = action == ACT_LINE ? mem_strn(line.at, line.len) : NULL;
	(*link)->action = action;
	return true;
}

static void bind_forget(struct keymap *m, enum key_mode mode, uint32_t key, bool alt)
{
	struct binding **link = place(m, mode, key, alt), *gone = *link;
	if (!gone)
		return;
	m->count--;
	*link = gone->next;
	free(gone->line);
	free(gone);
}

void keymap_init(struct keymap *m)
{
	*m = (struct keymap){0};
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		set(m, keys[i].mode, keys[i].key, false, keys[i].action, SLICE(""));
	set(m, MODE_INPUT, '\r', true, ACT_BREAK, SLICE("")); /* so does a backslash before Enter */
}

void keymap_free(struct keymap *m)
{
	while (m->first)
		bind_forget(m, m->first->mode, m->first->key, m->first->alt);
}

const struct binding *keymap_find(
	const struct keymap *m, enum key_mode mode, uint32_t key, bool alt)
{
	return *place((struct keymap *)m, mode, key, alt);
}

const struct binding *keymap_key(const struct keymap *m, enum key_mode mode, enum action action)
{
	const struct binding *b = m->first;
	while (b && (b->mode != mode || b->action != action))
		b = b->next;
	return b;
}

/* Says why a key cannot be bound: without it nobody could undo that; NULL: the key is free. */
static const char *taken(uint32_t key)
{
	if (key == '\r' || key == '\n')
		return "Enter runs the line that is typed";
	if (key == 3)
		return "Ctrl-C gives up what is under way";
	if (key >= 0x20 && key != 0x7F && !(key >= KEY_SPECIAL && key <= KEY_LAST) &&
		key < KEY_PASTE_BEGIN)
		return "a character is typed into the line";
	return NULL;
}

bool keymap_bind(struct keymap *m, struct slice text, struct error *err)
{
	struct slice rest = text, word = slice_word(&rest);
	enum key_mode mode = MODE_INPUT;
	uint32_t key;
	bool alt;
	if (slice_is(word, "browse")) {
		mode = MODE_BROWSE;
		word = slice_word(&rest);
	}
	if (!key_parse(word, &key, &alt)) {
		error_at(err, word.len ? (size_t)(word.at - text.at) : text.len, word.len,
			"%s is no key", quote(word).text);
		return error_hint(err,
			"keys are characters, Ctrl-X, Alt-x, F1 to F12, PageUp, Enter, Space, ...");
	}
	const char *why = mode == MODE_INPUT && !alt ? taken(key) : NULL;
	if (why)
		return error_at(
			err, (size_t)(word.at - text.at), word.len, "%s; choose another key", why);
	rest = slice_trim(rest);
	if (!rest.len)
		return error_at(err, text.len, 1,
			"the key needs something to do: an action, a line, or off");
	int action = table_exact(rest, action_name, NULL);
	if (slice_is(rest, "off"))
		bind_forget(m, mode, key, alt);
	else if (!set(m, mode, key, alt, action < 0 ? ACT_LINE : (enum action)action, rest))
		return error_set(err, STATUS_USAGE, "at most %d keys can be bound: off frees one",
			BINDINGS_MAX);
	return true;
}

/* ---- keys that are fixed ---- */

static const struct {
	uint32_t key;
	enum key_use use;
} fixed[] = {{'\r', USE_RUN}, {'\n', USE_RUN}, {'\t', USE_COMPLETE}, {KEY_RIGHT, USE_SUGGESTION},
	{KEY_END, USE_SUGGESTION}, {5, USE_SUGGESTION}, {6, USE_SUGGESTION}, {KEY_UP, USE_OLDER},
	{16, USE_OLDER}, {KEY_DOWN, USE_NEWER}, {14, USE_NEWER}, {KEY_SEARCH, USE_SEARCH},
	{22, USE_LITERAL}, {3, USE_GIVE_UP}, {4, USE_LEAVE}, {26, USE_SUSPEND}};
enum { FIXED = sizeof fixed / sizeof fixed[0] };

static const char *const uses[USE_COUNT] = {[USE_RUN] = "run the line",
	[USE_COMPLETE] = "complete the word, or list what could follow",
	[USE_SUGGESTION] = "at the end of the line: take what the history suggests",
	[USE_OLDER] = "the line typed before; behind a word, the one before that begins so",
	[USE_NEWER] = "the line typed after it",
	[USE_SEARCH] = "search the history; twice: that of all devices",
	[USE_LITERAL] = "the next key is typed as an escape",
	[USE_GIVE_UP] = "give up the line, or the wait for a reply",
	[USE_LEAVE] = "on an empty line: leave wilco",
	[USE_SUSPEND] = "stop wilco; the shell's fg goes on"};

enum key_use key_use(uint32_t key)
{
	for (size_t i = 0; i < FIXED; i++)
		if (fixed[i].key == key)
			return fixed[i].use;
	return USE_NONE;
}

/* ---- telling ---- */

static void add_key(struct told_keys *told, uint32_t key, bool alt)
{
	char text[KEY_TEXT_MAX];
	key_text(key, alt, text);
	if (strlen(told->keys) + strlen(text) + 3 > sizeof told->keys)
		return;
	strcat(told->keys, told->keys[0] ? ", " : "");
	strcat(told->keys, text);
}

/* Says whether a binding is the first one of its mode that does what it does. */
static bool is_first(const struct keymap *m, const struct binding *b)
{
	const struct binding *other = m->first;
	while (other != b && (other->mode != b->mode || other->action != b->action))
		other = other->next;
	return other == b || b->action == ACT_LINE;
}

static void tell_bound(const struct binding *b, struct told_keys *out)
{
	*out = (struct told_keys){
		.mode = b->mode, .action = b->action, .does = action_help(b->action)};
	add_key(out, b->key, b->alt);
	if (b->action == ACT_LINE) {
		out->does = b->line;
		return;
	}
	for (const struct binding *other = b->next; other; other = other->next)
		if (other->mode == b->mode && other->action == b->action)
			add_key(out, other->key, other->alt);
}

static bool tell_fixed(size_t index, struct told_keys *out)
{
	enum key_use use = (enum key_use)(index + 1);
	if (use >= USE_COUNT)
		return false;
	*out = (struct told_keys){.action = ACT_NOTHING, .does = uses[use]};
	for (size_t i = 0; i < FIXED; i++)
		if (fixed[i].use == use && fixed[i].key != '\n') /* nobody knows it as Ctrl-J */
			add_key(out, fixed[i].key, false);
	return true;
}

bool keymap_tell(const struct keymap *m, size_t index, struct told_keys *out)
{
	if (tell_fixed(index, out))
		return true;
	index -= USE_COUNT - 1;
	for (int mode = 0; mode < MODE_COUNT; mode++)
		for (const struct binding *b = m->first; b; b = b->next)
			if ((int)b->mode == mode && b->action != ACT_NOTHING && is_first(m, b) &&
				!index--) {
				tell_bound(b, out);
				return true;
			}
	return false;
}
