/* inttype.h - how numbers are written on the wire: u8 i8 u16be ... f64le varint vlq ber dec decN
 * hexN HEXN bcdN nibN sN xN.  One table for byte lists, frame fields, lengths and checks.
 *
 * Sources: LEB128 (DWARF 5, 7.6) for varint, MIDI 1.0 for vlq, ITU-T X.690 8.1.3 for ber.
 */
#ifndef WILCO_INTTYPE_H
#define WILCO_INTTYPE_H

#include <wilco/bytes.h>
#include <wilco/error.h>

enum inttype_kind {
	INT_NONE,
	INT_UNSIGNED,
	INT_SIGNED,
	INT_FLOAT,
	INT_VARINT,
	INT_VLQ,
	INT_BER,
	INT_DEC, /* digits 0: as many as the value needs */
	INT_HEX_LOWER,
	INT_HEX_UPPER,
	INT_BCD,
	INT_NIBBLES, /* a byte 30h to 3Fh for each half byte */
	INT_TEXT,    /* sN: N bytes, padded with blanks on the right */
	INT_BYTES,   /* xN: N bytes; x: as many as something else says */
};

struct inttype {
	enum inttype_kind kind;
	uint8_t size; /* bytes on the wire; 0: as many as the value needs */
	bool little;  /* low byte first */
};

enum { INTTYPE_BYTES_MAX = 32 };
/* What to say to whoever gave a wrong name. */
#define INTTYPE_NAMES                                                                            \
	"types are u8 u16be u16le u24be ... i8 ... f32be ... varint vlq ber dec decN hexN HEXN " \
	"bcdN nibN"

/* Reads a type's name such as "u16be"; returns false where it is none (no error is set). */
bool inttype_parse(struct slice name, struct inttype *type);
/* Says whether its values are numbers: not text, and not just bytes. */
static inline bool inttype_is_number(struct inttype type)
{
	return type.kind != INT_TEXT && type.kind != INT_BYTES;
}
/* Returns the type's name. */
const char *inttype_name(struct inttype type, char out[16]);
/* Writes a value.  Returns the bytes used, 0 where the value does not fit the type. */
size_t inttype_put(struct inttype type, uint64_t value, uint8_t out[INTTYPE_BYTES_MAX]);
/* Writes the number whose text is typed in TYPE(NUMBER): -2, 0x1f, 1.5.  Errors are placed in
 * it. */
size_t inttype_put_text(struct inttype type, struct slice number, uint8_t out[INTTYPE_BYTES_MAX],
	struct error *err);
/* Reads a value.  Returns the bytes used, 0 when more are needed, -1 when `in` cannot begin one.
 * `at_end` says that no more bytes will come, so that digits of INT_DEC may end there.  hexN reads
 * both cases.  Only unsigned kinds are read (fields are never signed). */
int inttype_get(struct inttype type, struct slice in, bool at_end, uint64_t *value);
/* Reads a value of any kind of number, which may be no number (NaN) where floats are read;
 * false: there is none. */
bool inttype_get_number(struct inttype type, struct slice in, double *value);
enum { INTTYPE_TEXT_MAX = 32 };
/* Writes the shortest decimal number that reads back as the same. */
void inttype_float_text(double value, bool single, char out[INTTYPE_TEXT_MAX]);
/* Writes the value at the front of `in`, of any kind of number, as a decimal number that reads
 * back as the same.  Returns the bytes used, 0 or less: there is none. */
int inttype_get_text(struct inttype type, struct slice in, char out[INTTYPE_TEXT_MAX]);

#endif
