/* xform.h - the transforms of a notation: how plain bytes are written so that they cannot be taken
 * for something else, and back.
 *
 * Sources: slip RFC 1055; cobs Cheshire and Baker 1999; hdlc, ppp RFC 1662; xbee Digi XBee API mode
 * 2; dle AB 1770-6.5.16; telnet RFC 854; gdb "GDB Remote Serial Protocol", with run lengths on
 * input; sml BSI TR-03109-1; dxl ROBOTIS Protocol 2.0; midi7 Firmata; nib Datecs; add DL/T 645.
 */
#ifndef WILCO_XFORM_H
#define WILCO_XFORM_H

#include <wilco/bytes.h>
#include <wilco/error.h>

/* How to search wire bytes for an end that begins with `first`: step over escape pairs that begin
 * with the lead, or not. */
enum xform_search { SEARCH_PLAIN, SEARCH_PAIRS, SEARCH_SML };

enum xform_result { XFORM_DONE, XFORM_MORE, XFORM_BAD };

struct xform;

/* An algorithm. */
struct stuffing {
	/* Adds the wire bytes of `plain`; false: `out` is over its cap. */
	bool (*encode)(const struct xform *x, struct slice plain, struct bytes *out);
	/* Does the same as xform_decode(), but `wire` is never in `out`. */
	enum xform_result (*decode)(const struct xform *x, struct slice wire, size_t *used,
		struct bytes *out, size_t from, size_t most);
	enum xform_search (*search)(const struct xform *x, uint8_t first);
	/* Returns the part of the wire bytes that the plain bytes are; NULL: they are none. */
	struct slice (*part)(struct slice wire);
	unsigned ratio; /* wire bytes for each plain byte; 0: it depends */
	bool streams;   /* plain bytes can be known before the end of the wire bytes */
	bool loses;     /* decoding drops some bytes */
};

struct xform {
	const struct stuffing *how;
	const char *name;
	/* Only with an escape byte: */
	uint8_t lead;
	bool escaped[256];
	bool strict;       /* a bare byte that should be escaped is an error */
	uint8_t code[256]; /* the code of an escaped byte */
	int16_t back[256]; /* the byte of a code; -1: there is none */
	size_t chunk;      /* chunk: payload bytes of each repetition; 0: not chunk */
	/* add and xor: `key` bytes of `code`, again and again; added, or XORed */
	uint8_t key;
	bool adds;
};

/* Finds a transform by its name; false: there is none ("esc" is xform_escape). */
bool xform_find(struct slice name, struct xform *x);
/* Returns the index-th name: those of xform_find, then those with square brackets; NULL at the
 * end. */
const char *xform_name(size_t index);
/* Makes "esc[lead^mask: bytes]" or "esc[lead: byte=code ...]", one pair at a time. */
void xform_escape(struct xform *x, uint8_t lead);
void xform_escape_add(struct xform *x, uint8_t byte, uint8_t code);
/* Has codes that are not in the list undone by the mask as well. */
void xform_escape_mask(struct xform *x, uint8_t mask);
/* Makes "chunk[size]". */
void xform_chunk(struct xform *x, size_t size);
enum { XFORM_KEY_MAX = 32 };
/* Makes "add[key]" or "xor[key]", one byte of the key, of which there is at least one, at a time.
 */
void xform_map(struct xform *x, bool adds);
void xform_map_key(struct xform *x, uint8_t byte);

/* Decodes `wire` from *used on and adds plain bytes to `out`, until `most` are there (counted from
 * out->len at `from`) or the input ends.  XFORM_MORE: it ends inside an escape.  XFORM_BAD: the
 * bytes at *used are not allowed.  `wire` may be in `out`, which moves when it grows: then it is
 * copied. */
enum xform_result xform_decode(const struct xform *x, struct slice wire, size_t *used,
	struct bytes *out, size_t from, size_t most);

#endif
