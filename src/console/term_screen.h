/* term_screen.h - terminal mode: an emulated terminal in the place of the transcript, and keys that
 * go to the device.
 *
 *   term_screen.c  beginning and end; what comes, on its way to the emulation
 *   term_keys.c    what is typed: for the device, the menu behind Ctrl-], or the rows above
 *   term_file.c    files that go to the device or come from it
 *   term_paint.c   the cells, and the row below them
 */
#ifndef WILCO_TERM_SCREEN_H
#define WILCO_TERM_SCREEN_H

#include "adapter/vt.h"
#include "cmd/term.h"
#include "cmd/zmodem.h"
#include "console/console_private.h"

enum {
	TERM_KEPT = 2000,          /* rows that left the screen at its top */
	TERM_PENDING = 256 * 1024, /* bytes for the emulation between two paints */
	TERM_NEEDLE_MAX = 64,      /* characters to search for */
	TERM_PATH_MAX = 512,       /* of the path of a file */
	TERM_PASTE_END = 6,        /* bytes of the sequence that ends a paste */
	TERM_TORN_MAX = 3          /* bytes of a character that is not whole */
};

enum term_use {
	TERM_KEYS,   /* keys go to the device */
	TERM_MENU,   /* Ctrl-] was typed */
	TERM_FIND,   /* a text to search for is typed */
	TERM_WAY,    /* a file shall pass: which way, and how? */
	TERM_PATH,   /* its path is typed */
	TERM_PASSES, /* it passes */
};

struct term_screen {
	struct console *console;
	struct term *term;
	struct session *session;
	const struct vt_functions *is; /* the emulation */
	struct vt *vt;
	unsigned width, height;

	struct bytes pending;    /* what came and was not fed yet */
	uint64_t skipped;        /* bytes before that, which found no room */
	size_t fed;              /* since the last paint */
	struct loop_timer retry; /* feeds on when answers have gone out */
	struct loop_timer over;  /* ends terminal mode, because its command has ended */
	int exit_status;         /* of that; -1: it has none */
	bool line_begins;        /* the last byte that was fed ended a line */
	uint8_t begun;           /* of a character of two bytes that is not whole; 0: none is */

	struct zmodem zmodem; /* looks for a file in what comes */
	bool file_told;

	enum term_use use;
	char held[TERM_PASTE_END]; /* of a paste: perhaps its end */
	size_t held_size;
	bool pasting, marked;   /* a paste comes; the device has had the mark at its beginning */
	bool refuses;           /* a part of it was not sent, so nothing behind that is */
	struct error refused;   /* why */
	size_t lost;            /* bytes of it that were not sent */
	struct loop_timer hold; /* looks whether the device takes more of it */
	bool holds;             /* the keyboard is not read until then */
	size_t unsent;          /* when a byte was last taken */
	int64_t taken;          /* ns, monotonic: when that was seen */
	uint8_t torn[TERM_TORN_MAX]; /* of a character whose other bytes are yet to be read */
	size_t torn_size;
	unsigned view; /* rows above the screen that are shown */
	uint32_t needle[TERM_NEEDLE_MAX];
	size_t needle_size;
	bool uploads;         /* a file goes to the device, */
	const char *protocol; /* in this protocol */
	uint32_t path[TERM_PATH_MAX];
	size_t path_size;
	bool marks;     /* the needle is marked where it is seen */
	unsigned found; /* the row where it was found, counted from the last; 0: none was */
};

/* ---- term_screen.c ---- */

/* Has the emulation show bytes, which came or are the local echo. */
void term_screen_show(struct term_screen *t, struct slice bytes);
/* Feeds for a moment; false: more waits, and the rest comes before anything is painted. */
bool term_screen_feed(struct term_screen *t);
/* Says that something changed. */
void term_screen_changed(struct term_screen *t);

/* ---- term_keys.c ---- */

/* Returns what was typed behind the end of terminal mode, of which t is gone then. */
struct slice term_keys(struct term_screen *t, struct slice bytes);
/* Prepares the timer of a paste that the device takes slowly; ends the wait for it. */
void term_hold_init(struct term_screen *t);
void term_hold_stop(struct term_screen *t);
/* Shows so many rows of those that left the screen. */
void term_view(struct term_screen *t, long rows);
/* Says whether the needle stands in a row at this cell. */
bool term_finds(const struct term_screen *t, const struct vt_cell *cells, unsigned width);

/* ---- term_file.c ---- */

/* The keys of these uses, and their row. */
void term_file_way(struct term_screen *t, uint32_t code);
void term_file_path(struct term_screen *t, uint32_t code);
void term_file_passes(struct term_screen *t, uint32_t code);
void term_file_row(struct term_screen *t, struct styled *row);

/* ---- term_paint.c ---- */

void term_paint(struct term_screen *t);

#endif
