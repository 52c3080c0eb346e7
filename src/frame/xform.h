/* xform.h - the transforms of a notation: how plain bytes are written so that they cannot be taken
 * for something else, and back.
 *
 * Sources: slip RFC 1055; cobs Cheshire and Baker 1999; hdlc, ppp RFC 1662; xbee Digi XBee API mode
 * 2; dle AB 1770-6.5.16; telnet RFC 854; gdb "GDB Remote Serial Protocol", with run lengths on
 * input; sml BSI TR-03109-1; dxl ROBOTIS Protocol 2.0; midi7 Firmata.
 */
#ifndef WILCO_XFORM_H
#define WILCO_XFORM_H

#include <wilco/bytes.h>
#include <wilco/error.h>

enum xform_kind {
	XFORM_ESCAPE, /* a lead byte and a code stand for a byte */
	XFORM_GDB,    /* the same, and run lengths on input */
	XFORM_COBS,
	XFORM_SML,
	XFORM_DXL,
	XFORM_MIDI7,
	XFORM_HEX_LOWER,
	XFORM_HEX_UPPER,
	XFORM_TRIM,
	XFORM_CHUNK, /* done by the caller, who knows the items */
};

struct xform {
	enum xform_kind kind;
	const char *name;
	/* XFORM_ESCAPE, XFORM_GDB */
	uint8_t lead;
	bool escaped[256];
	bool strict;       /* an escaped byte that stands bare is an error */
	uint8_t code[256]; /* of an escaped byte */
	int16_t back[256]; /* of a code; -1: no such code */
	size_t chunk;      /* XFORM_CHUNK: payload bytes of each repetition */
};

/* A transform by its name; false when it is none ("esc" is xform_escape). */
bool xform_find(struct slice name, struct xform *x);
/* The index-th name, NULL at the end: those of xform_find, then "esc" and "chunk". */
const char *xform_name(size_t index);
/* "esc[lead^mask: bytes]" (map NULL), "esc[lead: byte=code ...]": one pair at a time. */
void xform_escape(struct xform *x, uint8_t lead);
void xform_escape_add(struct xform *x, uint8_t byte, uint8_t code);
/* Codes that are not in the list are undone by the mask as well. */
void xform_escape_mask(struct xform *x, uint8_t mask);

/* Wire bytes for each plain byte when that is always the same number; 0: it depends. */
unsigned xform_ratio(const struct xform *x);
/* Plain bytes can be known before the end of the wire bytes is. */
bool xform_streams(const struct xform *x);

/* Adds the wire bytes of `plain`; false over the cap of `out`. */
bool xform_encode(const struct xform *x, struct slice plain, struct bytes *out);

enum xform_result { XFORM_DONE, XFORM_MORE, XFORM_BAD };
/* Undoes `wire` from *used on and adds plain bytes to `out`, until `most` are there (counted from
 * out->len at `from`) or the input ends.  XFORM_MORE: it ends inside an escape.  XFORM_BAD: what
 * stands at *used is not allowed. */
enum xform_result xform_decode(const struct xform *x, struct slice wire, size_t *used,
	struct bytes *out, size_t from, size_t most);

/* How to search wire bytes for what ends them, when that begins with `first`: step over escape
 * pairs that begin with the lead, or not. */
enum xform_search { SEARCH_PLAIN, SEARCH_PAIRS, SEARCH_SML };
enum xform_search xform_search(const struct xform *x, uint8_t first);

#endif
