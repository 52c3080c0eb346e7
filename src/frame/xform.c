/* xform.c - see xform.h. */
#include "frame/xform.h"

/* A byte list as text literal: escaped bytes, and for maps their codes. */
static const struct {
	const char *name;
	enum xform_kind kind;
	uint8_t lead;
	int mask; /* code = byte ^ mask; -1: `codes` */
	struct slice escaped;
	struct slice codes;
} table[] = {
	{"slip", XFORM_ESCAPE, 0xDB, -1, SLICE("\xC0\xDB"), SLICE("\xDC\xDD")},
	{"cobs", XFORM_COBS, 0, 0, {0}, {0}},
	{"hdlc", XFORM_ESCAPE, 0x7D, 0x20, SLICE("\x7D\x7E"), {0}},
	{"ppp", XFORM_ESCAPE, 0x7D, 0x20,
		SLICE("\x7D\x7E\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F"
		      "\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1A\x1B\x1C\x1D\x1E\x1F"),
		{0}},
	{"xbee", XFORM_ESCAPE, 0x7D, 0x20, SLICE("\x7D\x7E\x11\x13"), {0}},
	{"dle", XFORM_ESCAPE, 0x10, -1, SLICE("\x10"), SLICE("\x10")},
	{"telnet", XFORM_ESCAPE, 0xFF, -1, SLICE("\xFF"), SLICE("\xFF")},
	{"gdb", XFORM_GDB, 0x7D, 0x20, SLICE("}#$*"), {0}},
	{"sml", XFORM_SML, 0, 0, {0}, {0}},
	{"dxl", XFORM_DXL, 0, 0, {0}, {0}},
	{"midi7", XFORM_MIDI7, 0, 0, {0}, {0}},
	{"hex", XFORM_HEX_LOWER, 0, 0, {0}, {0}},
	{"HEX", XFORM_HEX_UPPER, 0, 0, {0}, {0}},
	{"trim", XFORM_TRIM, 0, 0, {0}, {0}},
};
enum { TABLE = sizeof table / sizeof table[0] };

void xform_escape(struct xform *x, uint8_t lead)
{
	*x = (struct xform){.kind = XFORM_ESCAPE, .name = "esc", .lead = lead, .strict = true};
	for (int i = 0; i < 256; i++)
		x->back[i] = -1;
}

void xform_escape_add(struct xform *x, uint8_t byte, uint8_t code)
{
	x->escaped[byte] = true;
	x->code[byte] = code;
	x->back[code] = byte;
}

void xform_escape_mask(struct xform *x, uint8_t mask)
{
	for (int i = 0; i < 256; i++)
		if (x->back[i] < 0)
			x->back[i] = (int16_t)(i ^ mask);
}

bool xform_find(struct slice name, struct xform *x)
{
	for (size_t i = 0; i < TABLE; i++) {
		if (!slice_is(name, table[i].name))
			continue;
		xform_escape(x, table[i].lead);
		x->kind = table[i].kind;
		x->name = table[i].name;
		/* A modem on the way may add control characters to ppp; the others are searched for
		 * their end. */
		x->strict = x->kind == XFORM_GDB || strcmp(x->name, "xbee") == 0;
		for (size_t k = 0; k < table[i].escaped.len; k++) {
			uint8_t byte = table[i].escaped.at[k];
			xform_escape_add(x, byte,
				table[i].mask < 0 ? table[i].codes.at[k]
						  : (uint8_t)(byte ^ table[i].mask));
		}
		if (table[i].mask > 0)
			xform_escape_mask(x, (uint8_t)table[i].mask);
		return true;
	}
	return false;
}

const char *xform_name(size_t index)
{
	if (index < TABLE)
		return table[index].name;
	return index == TABLE ? "esc" : index == TABLE + 1 ? "chunk" : NULL;
}

unsigned xform_ratio(const struct xform *x)
{
	switch (x->kind) {
	case XFORM_MIDI7:
	case XFORM_HEX_LOWER:
	case XFORM_HEX_UPPER:
		return 2;
	case XFORM_TRIM:
		return 1;
	default:
		return 0;
	}
}

bool xform_streams(const struct xform *x)
{
	return x->kind != XFORM_COBS && x->kind != XFORM_CHUNK && x->kind != XFORM_TRIM;
}

/* What the encoder always writes as an escape never stands bare inside; it can be searched for as
 * it is, unless the pair itself repeats it. */
enum xform_search xform_search(const struct xform *x, uint8_t first)
{
	if (x->kind == XFORM_SML)
		return first == 0x1B ? SEARCH_SML : SEARCH_PLAIN;
	if (x->kind != XFORM_ESCAPE && x->kind != XFORM_GDB)
		return SEARCH_PLAIN;
	bool doubled = x->code[x->lead] == x->lead;
	return x->escaped[first] && !(doubled && first == x->lead) ? SEARCH_PLAIN : SEARCH_PAIRS;
}

/* ---- encode ---- */

static bool encode_escape(const struct xform *x, struct slice in, struct bytes *out)
{
	for (size_t i = 0; i < in.len; i++) {
		uint8_t b = in.at[i];
		if (x->escaped[b] && !bytes_add_byte(out, x->lead))
			return false;
		if (!bytes_add_byte(out, x->escaped[b] ? x->code[b] : b))
			return false;
	}
	return true;
}

/* Blocks of at most 254 bytes without a zero; a block of 254 stands for no zero behind it. */
static bool encode_cobs(struct slice in, struct bytes *out)
{
	size_t at = 0;
	for (;;) {
		size_t n = 0;
		while (at + n < in.len && n < 254 && in.at[at + n])
			n++;
		if (!bytes_add_byte(out, (uint8_t)(n + 1)) ||
			!bytes_add(out, slice_cut(in, at, at + n)))
			return false;
		at += n;
		if (at == in.len)
			return true;
		if (n < 254 && ++at == in.len) /* the zero that the block stands for */
			return bytes_add_byte(out, 1);
	}
}

static bool encode_sml(struct slice in, struct bytes *out)
{
	static const uint8_t mark[] = {0x1B, 0x1B, 0x1B, 0x1B};
	for (size_t i = 0; i < in.len;) {
		bool marked = in.len - i >= 4 && memcmp(in.at + i, mark, 4) == 0;
		if (marked && !bytes_add(out, slice_of(mark, 4)))
			return false;
		if (!bytes_add(out, slice_cut(in, i, i + (marked ? 4 : 1))))
			return false;
		i += marked ? 4 : 1;
	}
	return true;
}

static bool encode_dxl(struct slice in, struct bytes *out)
{
	for (size_t i = 0; i < in.len; i++) {
		if (!bytes_add_byte(out, in.at[i]))
			return false;
		if (i >= 2 && in.at[i] == 0xFD && in.at[i - 1] == 0xFF && in.at[i - 2] == 0xFF &&
			!bytes_add_byte(out, 0xFD))
			return false;
	}
	return true;
}

static bool encode_pairs(const struct xform *x, struct slice in, struct bytes *out)
{
	const char *digits = x->kind == XFORM_HEX_UPPER ? "0123456789ABCDEF" : "0123456789abcdef";
	bool midi = x->kind == XFORM_MIDI7;
	uint8_t *to = bytes_space(out, 2 * in.len);
	if (!to)
		return false;
	for (size_t i = 0; i < in.len; i++) {
		uint8_t b = in.at[i];
		*to++ = midi ? b & 0x7F : (uint8_t)digits[b >> 4];
		*to++ = midi ? b >> 7 : (uint8_t)digits[b & 15];
	}
	out->len += 2 * in.len;
	return true;
}

bool xform_encode(const struct xform *x, struct slice plain, struct bytes *out)
{
	switch (x->kind) {
	case XFORM_ESCAPE:
	case XFORM_GDB:
		return encode_escape(x, plain, out);
	case XFORM_COBS:
		return encode_cobs(plain, out);
	case XFORM_SML:
		return encode_sml(plain, out);
	case XFORM_DXL:
		return encode_dxl(plain, out);
	case XFORM_MIDI7:
	case XFORM_HEX_LOWER:
	case XFORM_HEX_UPPER:
		return encode_pairs(x, plain, out);
	default:
		return bytes_add(out, plain);
	}
}

/* ---- decode ---- */

/* The first byte that should have been escaped, or the end. */
static size_t find_bare(const struct xform *x, struct slice in)
{
	size_t i = 0;
	while (i < in.len && !x->escaped[in.at[i]])
		i++;
	return i;
}

/* Everything in front of the next escape goes over in one piece.  What comes out is never longer
 * than what went in. */
static enum xform_result decode_escape(const struct xform *x, struct slice wire, size_t *used,
	struct bytes *out, size_t from, size_t most)
{
	size_t room = most - (out->len - from), done = 0, at = *used;
	uint8_t *to = bytes_space(out, wire.len - at < room ? wire.len - at : room);
	enum xform_result result = to ? XFORM_DONE : XFORM_BAD;
	while (result == XFORM_DONE && at < wire.len && done < room) {
		size_t n = wire.len - at < room - done ? wire.len - at : room - done;
		const uint8_t *lead = memchr(wire.at + at, x->lead, n);
		n = lead ? (size_t)(lead - wire.at) - at : n;
		size_t good = x->strict ? find_bare(x, slice_of(wire.at + at, n)) : n;
		memcpy(to + done, wire.at + at, good);
		done += good;
		at += good;
		if (good < n)
			result = XFORM_BAD;
		if (good < n || !lead)
			continue;
		int16_t byte = wire.len - at < 2 ? 0 : x->back[wire.at[at + 1]];
		if (wire.len - at < 2 || byte < 0) {
			result = byte < 0 ? XFORM_BAD : XFORM_MORE;
			continue;
		}
		to[done++] = (uint8_t)byte;
		at += 2;
	}
	out->len += done;
	*used = at;
	return result;
}

/* `c*n`: c, and n - 29 times more. */
static enum xform_result decode_gdb(const struct xform *x, struct slice wire, size_t *used,
	struct bytes *out, size_t from, size_t most)
{
	while (*used < wire.len && out->len - from < most) {
		uint8_t c = wire.at[*used];
		if ((c == x->lead || c == '*') && wire.len - *used < 2)
			return XFORM_MORE;
		if (c == x->lead) {
			int16_t byte = x->back[wire.at[*used + 1]];
			if (byte < 0 || !bytes_add_byte(out, (uint8_t)byte))
				return XFORM_BAD;
			*used += 2;
		} else if (c == '*') {
			int n = wire.at[*used + 1] - 29;
			if (out->len == from || n < 3 || n > 97)
				return XFORM_BAD;
			uint8_t last = out->at[out->len - 1];
			for (; n > 0; n--)
				if (!bytes_add_byte(out, last))
					return XFORM_BAD;
			*used += 2;
		} else {
			if (x->escaped[c] || !bytes_add_byte(out, c))
				return XFORM_BAD;
			++*used;
		}
	}
	return XFORM_DONE;
}

static enum xform_result decode_cobs(struct slice wire, size_t *used, struct bytes *out)
{
	while (*used < wire.len) {
		uint8_t code = wire.at[*used];
		if (!code)
			return XFORM_BAD;
		if (wire.len - *used < code)
			return XFORM_MORE;
		if (!bytes_add(out, slice_of(wire.at + *used + 1, code - 1u)))
			return XFORM_BAD;
		*used += code;
		if (code < 255 && *used < wire.len && !bytes_add_byte(out, 0))
			return XFORM_BAD;
	}
	return wire.len ? XFORM_DONE : XFORM_MORE;
}

static enum xform_result decode_sml(
	struct slice wire, size_t *used, struct bytes *out, size_t from, size_t most)
{
	static const uint8_t mark[] = {0x1B, 0x1B, 0x1B, 0x1B};
	while (*used < wire.len && out->len - from < most) {
		struct slice rest = slice_cut(wire, *used, wire.len);
		bool marked = rest.len >= 4 && memcmp(rest.at, mark, 4) == 0;
		if (marked && rest.len < 8)
			return XFORM_MORE;
		if (marked && memcmp(rest.at + 4, mark, 4) != 0)
			return XFORM_BAD;
		if (!bytes_add(out, slice_cut(rest, 0, marked ? 4 : 1)))
			return XFORM_BAD;
		*used += marked ? 8 : 1;
	}
	return XFORM_DONE;
}

static enum xform_result decode_dxl(
	struct slice wire, size_t *used, struct bytes *out, size_t from, size_t most)
{
	while (*used < wire.len && out->len - from < most) {
		uint8_t b = wire.at[*used];
		bool marked = b == 0xFD && out->len - from >= 2 && out->at[out->len - 1] == 0xFF &&
			      out->at[out->len - 2] == 0xFF;
		if (marked && wire.len - *used < 2)
			return XFORM_MORE;
		if (marked && wire.at[*used + 1] != 0xFD)
			return XFORM_BAD;
		if (!bytes_add_byte(out, b))
			return XFORM_BAD;
		*used += marked ? 2 : 1;
	}
	return XFORM_DONE;
}

static int digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum xform_result decode_pairs(const struct xform *x, struct slice wire, size_t *used,
	struct bytes *out, size_t from, size_t most)
{
	for (; *used < wire.len && out->len - from < most; *used += 2) {
		uint8_t a = wire.at[*used];
		bool midi = x->kind == XFORM_MIDI7;
		if (midi ? a > 0x7F : digit(a) < 0)
			return XFORM_BAD;
		if (wire.len - *used < 2)
			return XFORM_MORE;
		uint8_t b = wire.at[*used + 1];
		if (midi ? b > 1 : digit(b) < 0)
			return XFORM_BAD;
		if (!bytes_add_byte(out, (uint8_t)(midi ? a | b << 7 : digit(a) << 4 | digit(b))))
			return XFORM_BAD;
	}
	return XFORM_DONE;
}

/* White space and NUL go, at both ends. */
static bool decode_trim(struct slice s, struct bytes *out)
{
	static const char blanks[] = " \t\n\v\f\r"; /* and its NUL */
	while (s.len && memchr(blanks, s.at[0], sizeof blanks))
		s = slice_cut(s, 1, s.len);
	while (s.len && memchr(blanks, s.at[s.len - 1], sizeof blanks))
		s.len--;
	return bytes_add(out, s);
}

enum xform_result xform_decode(const struct xform *x, struct slice wire, size_t *used,
	struct bytes *out, size_t from, size_t most)
{
	switch (x->kind) {
	case XFORM_ESCAPE:
		return decode_escape(x, wire, used, out, from, most);
	case XFORM_GDB:
		return decode_gdb(x, wire, used, out, from, most);
	case XFORM_COBS:
		return decode_cobs(wire, used, out);
	case XFORM_SML:
		return decode_sml(wire, used, out, from, most);
	case XFORM_DXL:
		return decode_dxl(wire, used, out, from, most);
	case XFORM_MIDI7:
	case XFORM_HEX_LOWER:
	case XFORM_HEX_UPPER:
		return decode_pairs(x, wire, used, out, from, most);
	default:
		*used = wire.len;
		return decode_trim(wire, out) ? XFORM_DONE : XFORM_BAD;
	}
}
