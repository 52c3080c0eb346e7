/* vt.h - the emulation of a terminal as plain functions: it is fed with what a device says, and has
 * the cells that such a terminal would show.  A leaf: it knows libtsm and nothing of wilco.
 *
 * It understands what ECMA-48, DEC's VT220 and xterm have in common, with REP (CSI b) and without
 * what would change the emulation by mistake: libtsm ignores prefixes and intermediate bytes that
 * it does not know and would take, for example, xterm's CSI > 4;2 m for attributes.  ENQ has no
 * answer, because bytes that are no text contain it by chance.
 *
 * Cells hold what a device chose, unchecked: whoever shows them decides which characters may be
 * shown.  Titles and clipboards (OSC, DCS) end here.
 */
#ifndef WILCO_ADAPTER_VT_H
#define WILCO_ADAPTER_VT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VT_FUNCTIONS_VERSION = 2 };

/* The fewest and most cells of a row and rows of a screen; other sizes become these.  In one column
 * a character of two cells has libtsm move memory that is not its own (insert mode). */
enum { VT_WIDTH_MIN = 2, VT_WIDTH_MAX = 512, VT_HEIGHT_MIN = 1, VT_HEIGHT_MAX = 256 };

enum vt_style { VT_BOLD = 1, VT_ITALIC = 2, VT_UNDERLINE = 4, VT_INVERSE = 8, VT_BLINK = 16 };
enum { VT_DEFAULT_COLOUR = -1 };

struct vt_cell {
	uint32_t code;        /* the character; 0 or ' ': blank */
	uint8_t width;        /* cells that it takes; 0: it is covered by the one before */
	uint8_t style;        /* enum vt_style */
	int16_t fore, ground; /* of 256 colours, or VT_DEFAULT_COLOUR */
};

/* Keys whose bytes depend on what the device asked for. */
enum vt_key { VT_UP, VT_DOWN, VT_RIGHT, VT_LEFT, VT_HOME, VT_END };

struct vt_cursor {
	unsigned x, y;
	bool hidden;
	bool alternate; /* the alternate screen is shown, as editors and pagers use it */
};

struct vt;

struct vt_functions {
	int version;
	/* Opens an emulation that keeps so many rows that have left the screen at its top.
	 * answer() gets what a terminal says by itself, such as where its cursor is; it comes while
	 * vt is fed and must not call it.  NULL: no memory. */
	struct vt *(*open)(unsigned width, unsigned height, unsigned kept,
		void (*answer)(void *owner, const char *bytes, size_t size), void *owner);
	void (*close)(struct vt *vt); /* NULL is allowed */
	void (*feed)(struct vt *vt, const char *bytes, size_t size);
	/* Gives the bytes of a key, as they are to be sent; their number. */
	size_t (*key)(struct vt *vt, enum vt_key key, char out[8]);
	/* Says whether the device asked for marks around what is pasted (ESC [ 200 ~, 201 ~). */
	bool (*marks_pastes)(const struct vt *vt);
	/* False: no memory, and the size stayed. */
	bool (*resize)(struct vt *vt, unsigned width, unsigned height);
	/* Begins anew: modes, attributes and the screen; the rows that were kept stay. */
	void (*reset)(struct vt *vt);
	struct vt_cursor (*cursor)(struct vt *vt);
	/* Calls row() for each row from the top, with `width` cells that are valid in the call. */
	void (*draw)(struct vt *vt,
		void (*row)(void *arg, unsigned y, const struct vt_cell *cells, unsigned width),
		void *arg);
	/* Returns the number of rows that are kept; *view: how many of them are shown above the
	 * screen's own. */
	unsigned (*kept)(struct vt *vt, unsigned *view);
	/* Shows so many of them (at most all that there are). */
	void (*view)(struct vt *vt, unsigned rows);
	/* Returns all rows as UTF-8 text, those that are kept first, with a line feed behind each
	 * but the last; free() frees it.  NULL: no memory. */
	char *(*text)(struct vt *vt);
};

extern const struct vt_functions vt_functions;

#endif
