/* keys.h - turns the terminal's bytes into keys, in whatever pieces they come.
 *
 * Characters and control keys are their own code; special keys have codes from KEY_SPECIAL up.
 * Unknown sequences and a terminal's replies are dropped whole, but nothing of a paste is.
 */
#ifndef WILCO_KEYS_H
#define WILCO_KEYS_H

#include <wilco/bytes.h>

enum key {
	KEY_NONE = 0,
	KEY_SEARCH = 18, /* Ctrl-R */
	/* U+0080 to U+009F cannot be typed; to the editor they are special keys (editor.c). */
	KEY_SPECIAL = 0x80,
	KEY_UP = KEY_SPECIAL,
	KEY_DOWN,
	KEY_LEFT,
	KEY_RIGHT,
	KEY_HOME,
	KEY_END,
	KEY_DELETE,
	KEY_WORD_LEFT,
	KEY_WORD_RIGHT,
	KEY_COMPLETE,
	KEY_ESCAPE, /* a lone ESC */
	KEY_SET_LINE,
	KEY_INSERT,      /* inserts text that is not typed key by key */
	KEY_DELETE_WORD, /* Alt-D */
	KEY_DELETE_WORD_BACK,
	KEY_UPPER,
	KEY_LOWER,
	KEY_CAPITAL,
	KEY_VI_MODE, /* asks which of vi's modes holds (vi.h) */
	KEY_LAST = 0x9F,
	/* The editor does not get these. */
	KEY_PASTE_BEGIN = 0x110000,
	KEY_PASTE_END,
	KEY_PAGE_UP,
	KEY_PAGE_DOWN,
	KEY_LINE_UP, /* Ctrl or Shift and an arrow */
	KEY_LINE_DOWN,
	KEY_TOP, /* Ctrl-Home, Ctrl-End */
	KEY_BOTTOM,
	KEY_BACK_TAB,
	KEY_F1, /* and on to F12 */
	KEY_F12 = KEY_F1 + 11,
	KEY_WHEEL_UP,
	KEY_WHEEL_DOWN,
	KEY_BUTTON,            /* a button of the mouse was pressed */
	KEY_PASTED = 0x110100, /* a byte of a paste as it is, up to KEY_PASTED + 0xFF */
};

enum { KEYS_PENDING_MAX = 64, ESCAPE_DELAY_MS = 40 };

struct keys {
	uint8_t pending[KEYS_PENDING_MAX]; /* a sequence that is not complete yet */
	size_t count;
	bool swallowing; /* dropping a string such as a terminal's reply, up to its end */
	bool pasting;    /* all is bytes up to KEY_PASTE_END */
};

/* Takes bytes and calls key() for each key; alt: ESC came before it. */
void keys_feed(struct keys *k, struct slice bytes, void (*key)(void *arg, uint32_t code, bool alt),
	void *arg);
/* Ends a sequence: nothing came for ESCAPE_DELAY_MS, so what waits is a lone ESC. */
void keys_timeout(struct keys *k, void (*key)(void *arg, uint32_t code, bool alt), void *arg);
/* Reads the sequence at the front, which begins with ESC.  Returns its length, 0: it is none, or
 * not whole; *code: KEY_NONE where it is not known. */
size_t keys_sequence(struct slice bytes, uint32_t *code);
/* Adds the bytes of a key, as a terminal gives them; the mouse has none. */
void keys_spell(uint32_t code, bool alt, struct bytes *out);
/* Says whether a sequence is not complete, so that the timer should run. */
bool keys_waiting(const struct keys *k);

#endif
