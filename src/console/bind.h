/* bind.h - which key does what: the table behind the help, and `.bind`.
 *
 * Keys without a binding go to the editor, or end browsing.
 */
#ifndef WILCO_BIND_H
#define WILCO_BIND_H

#include <wilco/bytes.h>
#include <wilco/error.h>

enum action {
	ACT_NOTHING,
	ACT_HELP,
	ACT_BROWSE,
	ACT_INPUT,
	ACT_PAGE_UP,
	ACT_PAGE_DOWN,
	ACT_LINE_UP,
	ACT_LINE_DOWN,
	ACT_SCROLL_UP,
	ACT_SCROLL_DOWN,
	ACT_TOP,
	ACT_END,
	ACT_PREVIOUS,
	ACT_NEXT,
	ACT_PREVIOUS_COMMAND,
	ACT_NEXT_COMMAND,
	ACT_PREVIOUS_DAMAGED,
	ACT_NEXT_DAMAGED,
	ACT_PREVIOUS_FOUND,
	ACT_NEXT_FOUND,
	ACT_FIND,
	ACT_GOTO,
	ACT_FILTER,
	ACT_FOLD,
	ACT_FOLD_ALL,
	ACT_VIEW,
	ACT_COPY,
	ACT_COPY_REPLY,
	ACT_SAVE,
	ACT_RESEND,
	ACT_MARK,
	ACT_COMPARE,
	ACT_BREAK,
	ACT_SEND_INTERRUPT,
	ACT_SEND_BREAK,
	ACT_TAKE,
	ACT_NEXT_SESSION,
	ACT_OVERVIEW,
	ACT_REDRAW,
	ACT_CLOSE,
	ACT_CHOOSE,
	ACT_GIVE_UP,
	ACT_COMMAND,
	ACT_LEAVE,
	ACT_TERMINAL,
	ACT_LINE, /* runs a line as if it were typed */
	ACTION_COUNT
};

/* Returns the name of an action; NULL at the end.  ACT_LINE has none. */
const char *action_name(const void *unused, size_t index);
const char *action_help(enum action action);

enum key_mode {
	MODE_INPUT,
	MODE_BROWSE,
	MODE_FILE,   /* browsing a file: these come before those of MODE_BROWSE */
	MODE_SHEET,  /* a sheet covers the transcript */
	MODE_CHOOSE, /* it has rows to choose from: these come before those of MODE_SHEET */
	MODE_COUNT
};

struct binding {
	struct binding *next;
	enum key_mode mode;
	uint32_t key;
	bool alt;
	enum action action;
	char *line; /* for ACT_LINE; owned */
};

enum { BINDINGS_MAX = 500 }; /* the list is searched for every key */
struct keymap {
	struct binding *first;
	size_t count;
};
void keymap_init(struct keymap *m); /* sets wilco's own keys */
void keymap_free(struct keymap *m);
/* Returns NULL where the key is not bound. */
const struct binding *keymap_find(
	const struct keymap *m, enum key_mode mode, uint32_t key, bool alt);
/* Returns a key that does this; NULL: there is none. */
const struct binding *keymap_key(const struct keymap *m, enum key_mode mode, enum action action);
/* Reads `[browse] KEY ACTION | LINE | off`; errors are placed in text. */
bool keymap_bind(struct keymap *m, struct slice text, struct error *err);
/* Adds lines "KEY  ACTION  what it does". */
void keymap_list(const struct keymap *m, struct bytes *out);
/* Spells a key: "Ctrl-O", "PageUp", "Alt-x". */
enum { KEY_TEXT_MAX = 16 };
void key_text(uint32_t key, bool alt, char out[KEY_TEXT_MAX]);

#endif
