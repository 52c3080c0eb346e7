/* xform.c - see xform.h. */
#include "frame/xform.h"

#include "base/escape.h"

#include "base/mem.h"

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

/* Writes blocks of at most 254 bytes without a zero; after a block of 254 there is no zero. */
static bool encode_cobs(const struct xform *x, struct slice in, struct bytes *out)
{
	(void)x;
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

static bool encode_sml(const struct xform *x, struct slice in, struct bytes *out)
{
	(void)x;
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

static bool encode_dxl(const struct xform *x, struct slice in, struct bytes *out)
{
	(void)x;
	for (size_t i = 0; i < in.len; i++) {
		if (!bytes_add_byte(out, in.at[i]))
			return false;
		if (i >= 2 && in.at[i] == 0xFD && in.at[i - 1] == 0xFF && in.at[i - 2] == 0xFF &&
			!bytes_add_byte(out, 0xFD))
			return false;
	}
	return true;
}

static bool encode_digits(const char *digits, struct slice in, struct bytes *out)
{
	uint8_t *to = bytes_space(out, 2 * in.len);
	if (!to)
		return false;
	for (size_t i = 0; i < in.len; i++) {
		*to++ = (uint8_t)digits[in.at[i] >> 4];
		*to++ = (uint8_t)digits[in.at[i] & 15];
	}
	out->len += 2 * in.len;
	return true;
}

static bool encode_hex(const struct xform *x, struct slice in, struct bytes *out)
{
	(void)x;
	return encode_digits("0123456789abcdef", in, out);
}

static bool encode_upper(const struct xform *x, struct slice in, struct bytes *out)
{
	(void)x;
	return encode_digits("0123456789ABCDEF", in, out);
}

static bool encode_nib(const struct xform *x, struct slice in, struct bytes *out)
{
	(void)x;
	return encode_digits("0123456789:;<=>?", in, out);
}

/* Writes bytes of which those of the key were added or XORed, one after the other. */
static bool encode_map(const struct xform *x, struct slice in, struct bytes *out)
{
	uint8_t *to = bytes_space(out, in.len);
	if (!to)
		return false;
	for (size_t i = 0; i < in.len; i++) {
		uint8_t key = x->code[i % x->key];
		to[i] = x->adds ? (uint8_t)(in.at[i] + key) : in.at[i] ^ key;
	}
	out->len += in.len;
	return true;
}

static bool encode_midi7(const struct xform *x, struct slice in, struct bytes *out)
{
	(void)x;
	for (size_t i = 0; i < in.len; i++)
		if (!bytes_add_byte(out, in.at[i] & 0x7F) || !bytes_add_byte(out, in.at[i] >> 7))
			return false;
	return true;
}

static bool encode_plain(const struct xform *x, struct slice in, struct bytes *out)
{
	(void)x;
	return bytes_add(out, in);
}

/* ---- decode ---- */

/* Returns the place of the first byte that should have been escaped, or the end. */
static size_t find_bare(const struct xform *x, struct slice in)
{
	size_t i = 0;
	while (i < in.len && !x->escaped[in.at[i]])
		i++;
	return i;
}

/* Copies everything before the next escape in one piece.  What comes out is never longer than what
 * went in. */
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

/* Decodes, with `c*n`: c, and n - 29 times more. */
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

static enum xform_result decode_cobs(const struct xform *x, struct slice wire, size_t *used,
	struct bytes *out, size_t from, size_t most)
{
	(void)x;
	(void)from;
	(void)most;
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

static enum xform_result decode_sml(const struct xform *x, struct slice wire, size_t *used,
	struct bytes *out, size_t from, size_t most)
{
	(void)x;
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

static enum xform_result decode_dxl(const struct xform *x, struct slice wire, size_t *used,
	struct bytes *out, size_t from, size_t most)
{
	(void)x;
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

static enum xform_result decode_hex(const struct xform *x, struct slice wire, size_t *used,
	struct bytes *out, size_t from, size_t most)
{
	(void)x;
	for (; *used < wire.len && out->len - from < most; *used += 2) {
		int high = hex_digit(wire.at[*used]), low;
		if (high < 0)
			return XFORM_BAD;
		if (wire.len - *used < 2)
			return XFORM_MORE;
		low = hex_digit(wire.at[*used + 1]);
		if (low < 0 || !bytes_add_byte(out, (uint8_t)(high << 4 | low)))
			return XFORM_BAD;
	}
	return XFORM_DONE;
}

static enum xform_result decode_nib(const struct xform *x, struct slice wire, size_t *used,
	struct bytes *out, size_t from, size_t most)
{
	(void)x;
	for (; *used < wire.len && out->len - from < most; *used += 2) {
		uint8_t high = wire.at[*used];
		if (high >> 4 != 3)
			return XFORM_BAD;
		if (wire.len - *used < 2)
			return XFORM_MORE;
		uint8_t low = wire.at[*used + 1];
		if (low >> 4 != 3 || !bytes_add_byte(out, (uint8_t)(high << 4 | (low & 15))))
			return XFORM_BAD;
	}
	return XFORM_DONE;
}

static enum xform_result decode_map(const struct xform *x, struct slice wire, size_t *used,
	struct bytes *out, size_t from, size_t most)
{
	size_t done = out->len - from, n = wire.len - *used;
	n = n < most - done ? n : most - done;
	uint8_t *to = bytes_space(out, n);
	if (!to)
		return XFORM_BAD;
	for (size_t i = 0; i < n; i++) {
		uint8_t key = x->code[(done + i) % x->key], c = wire.at[*used + i];
		to[i] = x->adds ? (uint8_t)(c - key) : c ^ key;
	}
	out->len += n;
	*used += n;
	return XFORM_DONE;
}

static enum xform_result decode_midi7(const struct xform *x, struct slice wire, size_t *used,
	struct bytes *out, size_t from, size_t most)
{
	(void)x;
	for (; *used < wire.len && out->len - from < most; *used += 2) {
		uint8_t low = wire.at[*used];
		if (low > 0x7F)
			return XFORM_BAD;
		if (wire.len - *used < 2)
			return XFORM_MORE;
		uint8_t high = wire.at[*used + 1];
		if (high > 1 || !bytes_add_byte(out, (uint8_t)(low | high << 7)))
			return XFORM_BAD;
	}
	return XFORM_DONE;
}

/* Leaves out white space and NUL at both ends. */
static struct slice part_trim(struct slice wire)
{
	static const bool blank[256] = {[0] = true,
		[' '] = true,
		['\t'] = true,
		['\n'] = true,
		['\v'] = true,
		['\f'] = true,
		['\r'] = true};
	while (wire.len && blank[wire.at[0]])
		wire = slice_cut(wire, 1, wire.len);
	while (wire.len && blank[wire.at[wire.len - 1]])
		wire.len--;
	return wire;
}

static enum xform_result decode_trim(const struct xform *x, struct slice wire, size_t *used,
	struct bytes *out, size_t from, size_t most)
{
	(void)x;
	(void)from;
	(void)most;
	*used = wire.len;
	return bytes_add(out, part_trim(wire)) ? XFORM_DONE : XFORM_BAD;
}

/* ---- searching for an end ---- */

static enum xform_search search_plain(const struct xform *x, uint8_t first)
{
	(void)x;
	(void)first;
	return SEARCH_PLAIN;
}

static enum xform_search search_sml(const struct xform *x, uint8_t first)
{
	(void)x;
	return first == 0x1B ? SEARCH_SML : SEARCH_PLAIN;
}

/* A byte that is always escaped never comes bare inside, so it can be searched for as it is, unless
 * the pair itself repeats it. */
static enum xform_search search_escape(const struct xform *x, uint8_t first)
{
	bool doubled = x->code[x->lead] == x->lead;
	return x->escaped[first] && !(doubled && first == x->lead) ? SEARCH_PLAIN : SEARCH_PAIRS;
}

/* ---- the table ---- */

enum how { ESCAPING, GDB, COBS, SML, DXL, MIDI7, LOWER, UPPER, NIB, MAP, TRIM, CHUNK };

static const struct stuffing stuffings[] = {
	[ESCAPING] = {encode_escape, decode_escape, search_escape, .streams = true},
	[GDB] = {encode_escape, decode_gdb, search_escape, .streams = true},
	[COBS] = {.encode = encode_cobs, .decode = decode_cobs, .search = search_plain},
	[SML] = {encode_sml, decode_sml, search_sml, .streams = true},
	[DXL] = {encode_dxl, decode_dxl, search_plain, .streams = true},
	[MIDI7] = {encode_midi7, decode_midi7, search_plain, .ratio = 2, .streams = true},
	[LOWER] = {encode_hex, decode_hex, search_plain, .ratio = 2, .streams = true},
	[UPPER] = {encode_upper, decode_hex, search_plain, .ratio = 2, .streams = true},
	[NIB] = {encode_nib, decode_nib, search_plain, .ratio = 2, .streams = true},
	[MAP] = {encode_map, decode_map, search_plain, .ratio = 1, .streams = true},
	[TRIM] = {encode_plain, decode_trim, search_plain, .part = part_trim, .loses = true},
	/* The caller decodes it, because it knows the items. */
	[CHUNK] = {.search = search_plain},
};

#define LIST(bytes) sizeof(bytes) - 1, bytes

/* A literal lists bytes: those that are escaped, and for maps their codes.  A modem on the way may
 * add control characters to ppp, and the end of the others is searched for: only few are strict. */
static const struct {
	char name[8];
	enum how how;
	uint8_t count; /* of the bytes that are escaped */
	char escaped[36];
	char codes[4];
	uint8_t lead;
	bool strict;
	int mask; /* code = byte ^ mask; -1: `codes` */
} table[] = {
	{"slip", ESCAPING, LIST("\xC0\xDB"), "\xDC\xDD", 0xDB, .mask = -1},
	{.name = "cobs", .how = COBS},
	{"hdlc", ESCAPING, LIST("\x7D\x7E"), "", 0x7D, .mask = 0x20},
	{"ppp", ESCAPING,
		LIST("\x7D\x7E\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F"
		     "\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1A\x1B\x1C\x1D\x1E\x1F"),
		"", 0x7D, .mask = 0x20},
	{"xbee", ESCAPING, LIST("\x7D\x7E\x11\x13"), "", 0x7D, .strict = true, .mask = 0x20},
	{"dle", ESCAPING, LIST("\x10"), "\x10", 0x10, .mask = -1},
	{"telnet", ESCAPING, LIST("\xFF"), "\xFF", 0xFF, .mask = -1},
	{"gdb", GDB, LIST("}#$*"), "", 0x7D, .strict = true, .mask = 0x20},
	{.name = "sml", .how = SML},
	{.name = "dxl", .how = DXL},
	{.name = "midi7", .how = MIDI7},
	{.name = "hex", .how = LOWER},
	{.name = "HEX", .how = UPPER},
	{.name = "nib", .how = NIB},
	{.name = "trim", .how = TRIM},
};
enum { TABLE = sizeof table / sizeof table[0] };

void xform_escape(struct xform *x, uint8_t lead)
{
	*x = (struct xform){
		.how = &stuffings[ESCAPING], .name = "esc", .lead = lead, .strict = true};
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

void xform_chunk(struct xform *x, size_t size)
{
	*x = (struct xform){.how = &stuffings[CHUNK], .name = "chunk", .chunk = size};
}

void xform_map(struct xform *x, bool adds)
{
	*x = (struct xform){.how = &stuffings[MAP], .name = adds ? "add" : "xor", .adds = adds};
}

void xform_map_key(struct xform *x, uint8_t byte)
{
	x->code[x->key++] = byte;
}

bool xform_find(struct slice name, struct xform *x)
{
	for (size_t i = 0; i < TABLE; i++) {
		if (!slice_is(name, table[i].name))
			continue;
		xform_escape(x, table[i].lead);
		x->how = &stuffings[table[i].how];
		x->name = table[i].name;
		x->strict = table[i].strict;
		for (size_t k = 0; k < table[i].count; k++) {
			uint8_t byte = (uint8_t)table[i].escaped[k];
			xform_escape_add(x, byte,
				table[i].mask < 0 ? (uint8_t)table[i].codes[k]
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
	static const char with_brackets[][8] = {"esc", "chunk", "add", "xor"};
	enum { BRACKETS = sizeof with_brackets / sizeof with_brackets[0] };
	return index < TABLE              ? table[index].name
	       : index < TABLE + BRACKETS ? with_brackets[index - TABLE]
					  : NULL;
}

/* Decodes wire bytes that are in the buffer to which it writes. */
static APART enum xform_result decode_copy(const struct xform *x, struct slice wire, size_t *used,
	struct bytes *out, size_t from, size_t most)
{
	struct bytes copy;
	bytes_init(&copy, wire.len);
	enum xform_result result = bytes_add(&copy, wire) ? x->how->decode(x, bytes_slice(&copy),
								    used, out, from, most)
							  : XFORM_BAD;
	bytes_free(&copy);
	return result;
}

enum xform_result xform_decode(const struct xform *x, struct slice wire, size_t *used,
	struct bytes *out, size_t from, size_t most)
{
	bool inside = out->at && wire.at >= out->at && wire.at < out->at + out->cap;
	return (inside ? decode_copy : x->how->decode)(x, wire, used, out, from, most);
}
