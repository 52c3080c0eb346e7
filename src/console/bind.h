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
	ACT_FOLLOW,
	ACT_LEAVE,
	ACT_TERMINAL,
	ACT_LINE, /* runs a line as if it were typed */
	ACTION_COUNT
};

/* Spells a key: "Ctrl-O", "PageUp", "Alt-x". */
enum { KEY_TEXT_MAX = 16, KEYS_TEXT_MAX = 64 };
void key_text(uint32_t key, bool alt, char out[KEY_TEXT_MAX]);

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
/* Gives help the index-th thing that keys do: those that do the same in a mode come together, the
 * fixed ones first.  False at the end. */
struct told_keys {
	enum key_mode mode;
	char keys[KEYS_TEXT_MAX]; /* "Up, k" */
	enum action action;       /* ACT_NOTHING: the keys are fixed */
	const char *does;         /* ACT_LINE: the line */
};
bool keymap_tell(const struct keymap *m, size_t index, struct told_keys *out);

/* What keys do to the line that cannot be bound to others.  One that has no use here goes to the
 * line editor. */
enum key_use {
	USE_NONE,
	USE_RUN,
	USE_COMPLETE,
	USE_SUGGESTION, /* only at the end of the line */
	USE_OLDER,
	USE_NEWER,
	USE_SEARCH,
	USE_LITERAL,
	USE_GIVE_UP,
	USE_LEAVE,
	USE_SUSPEND,
	USE_COUNT
};
enum key_use key_use(uint32_t key);

#endif
