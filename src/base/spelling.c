/* spelling.c - see spelling.h.
 *
 * Each byte has one of two spellings, and its number is found for all bytes of a piece first: bytes
 * that begin a character are looked for sixteen at a time, and of those that do, few are left to be
 * looked at.  Then the spellings are copied one after the other, whatever they are.
 */
#include "spelling.h"

#include "combining.h"
#include "mem.h"
#include "secret.h"
#include "text.h"
#include <endian.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* The bytes of a piece; those that are looked at together; those that may follow the first one of
 * a character. */
enum { PIECE = 1024, TOGETHER = 64, FOLLOWING = 3 };

struct spelling {
	uint8_t text[TEXT_MOST];
	uint32_t len;
};
#define DIGIT(n)    ((n) < 10 ? '0' + (n) : 'a' - 10 + (n))
#define IS_PLAIN(b) ((b) >= 0x20 && (b) < 0x7F && (b) != '\\')
#define LETTER(b) \
	((b) == '\t' ? 't' : (b) == '\n' ? 'n' : (b) == '\r' ? 'r' : (b) == '\\' ? '\\' : 'x')
#define ESCAPED(b)                                                                     \
	{                                                                              \
		{IS_PLAIN(b) ? (b) : '\\', LETTER(b), DIGIT((b) >> 4), DIGIT((b)&15)}, \
			IS_PLAIN(b)        ? 1                                         \
			: LETTER(b) == 'x' ? 4                                         \
					   : 2                                         \
	}
#define ITSELF(b)      \
	{              \
		{b}, 1 \
	}
#define OF_4(how, b)  how(b), how((b) + 1), how((b) + 2), how((b) + 3)
#define OF_16(how, b) OF_4(how, b), OF_4(how, (b) + 4), OF_4(how, (b) + 8), OF_4(how, (b) + 12)
#define OF_64(how, b) \
	OF_16(how, b), OF_16(how, (b) + 16), OF_16(how, (b) + 32), OF_16(how, (b) + 48)
#define OF_ALL(how) OF_64(how, 0), OF_64(how, 64), OF_64(how, 128), OF_64(how, 192)
/* What each byte is by itself, and then what it is as a part of what is shown as itself. */
enum { AS_ITSELF = 256 };
static const struct spelling spellings[2 * AS_ITSELF] = {OF_ALL(ESCAPED), OF_ALL(ITSELF)};

/* A piece, with zeroes behind it, and the number of each byte's spelling. */
struct piece {
	size_t len;
	uint8_t bytes[PIECE + TOGETHER + FOLLOWING];
	uint16_t spelling[PIECE + TOGETHER];
};

static uint8_t *put(uint8_t *at, size_t spelling)
{
	memcpy(at, spellings[spelling].text, TEXT_MOST);
	return at + spellings[spelling].len;
}

uint8_t *spelling_put(uint8_t *at, uint8_t byte)
{
	return put(at, byte);
}

/* What becomes of a character beyond ASCII; marks stand behind some letters only. */
enum kind { UNKNOWN, SPELLED, SHOWN, MARK };

static enum kind find_kind(uint32_t code)
{
	return code > 0x10FFFF           ? SPELLED
	       : text_width(code)        ? SHOWN
	       : combining_is_mark(code) ? MARK
					 : SPELLED;
}

/* Looks it up once for most of them. */
static enum kind kind_of(uint32_t code)
{
	static uint8_t known[0x10000];
	if (code >= sizeof known)
		return find_kind(code);
	if (known[code] == UNKNOWN)
		known[code] = (uint8_t)find_kind(code);
	return (enum kind)known[code];
}

/* Returns where the character begins that ends in front of a place. */
static size_t character_before(const uint8_t *bytes, size_t place)
{
	size_t at = place;
	while (at && place - at <= FOLLOWING && (bytes[--at] & 0xC0) == 0x80)
		;
	return at;
}

/* Has a mark and those behind it shown, if they may stand behind what comes before. */
static void look_at_mark(struct piece *p, size_t i)
{
	size_t from = character_before(p->bytes, i);
	bool bears =
		p->bytes[from] < 0x80 ? is_alnum(p->bytes[from]) : p->spelling[from] >= AS_ITSELF;
	uint32_t code;
	if (!bears || from + text_decode(slice_of(p->bytes + from, i - from), &code) != i)
		return;
	size_t end = i + combining_behind(code, slice_of(p->bytes + i, p->len - i));
	for (; i < end; i++)
		p->spelling[i] |= AS_ITSELF;
}

/* Gives the character that begins here its spelling. */
static void look_at(struct piece *p, size_t i, bool marks)
{
	const uint8_t *at = p->bytes + i;
	uint32_t two = (at[0] & 0x1Fu) << 6 | (at[1] & 0x3Fu);
	uint32_t three = (two & 0x3FF) << 6 | (at[2] & 0x3Fu), code = at[0] < 0xE0 ? two : three;
	size_t len = at[0] < 0xE0 ? 2 : three < 0x800 ? 0 : 3;
	if (at[0] >= 0xF0)
		len = text_decode(slice_of(at, 1 + FOLLOWING), &code);
	enum kind kind = len ? kind_of(code) : SPELLED;
	uint16_t spelling = kind == SHOWN ? AS_ITSELF : 0;
	p->spelling[i] |= spelling;
	p->spelling[i + 1] |= spelling;
	p->spelling[i + 2] |= len > 2 ? spelling : 0;
	p->spelling[i + 3] |= len > 3 ? spelling : 0;
	if (kind == MARK && marks)
		look_at_mark(p, i);
}

typedef int8_t sixteen __attribute__((vector_size(16)));

static sixteen load(const uint8_t *at)
{
	sixteen v;
	memcpy(&v, at, sizeof v);
	return v;
}

/* Returns the top bit of each byte, that of the first one lowest. */
static uint64_t top_bits(sixteen v)
{
#ifdef __SSE2__ /* it has an instruction for this */
	return (uint64_t)_mm_movemask_epi8((__m128i)v);
#else
	uint64_t halves[2];
	memcpy(halves, &v, sizeof halves);
	for (size_t i = 0; i < 2; i++)
		halves[i] =
			(le64toh(halves[i]) >> 7 & 0x0101010101010101) * 0x0102040810204080 >> 56;
	return halves[0] | halves[1] << 8;
#endif
}

/* Returns a bit for each of sixteen bytes: whether it begins a character of UTF-8 or, seldom, only
 * looks like it.  Bytes are numbers with a sign here: those that go on (80 to bf) are the lowest.
 */
static uint64_t beginnings(const uint8_t *at)
{
	const int8_t of_two = (int8_t)0xC2, of_three = (int8_t)0xE0, of_four = (int8_t)0xF0;
	sixteen v = load(at), fourth = (v < of_four) | (load(at + 3) < (int8_t)0xC0);
	sixteen third = (v < of_three) | ((load(at + 2) < (int8_t)0xC0) & fourth);
	sixteen is = v & ~(v < of_two) & (load(at + 1) < (int8_t)0xC0) & third;
	return top_bits(is);
}

/* Finds the spelling of all bytes. */
static void look(struct piece *p, unsigned flags)
{
	bool marks = (flags & TEXT_MARKS) && !(flags & TEXT_ASCII);
	for (size_t from = 0; from < p->len; from += TOGETHER)
		for (size_t i = 0; i < TOGETHER; i++)
			p->spelling[from + i] = p->bytes[from + i];
	for (size_t from = 0; from < p->len; from += TOGETHER) {
		uint64_t begins = 0;
#pragma GCC unroll 4
		for (size_t i = 0; i < TOGETHER; i += sizeof(sixteen))
			begins |= beginnings(p->bytes + from + i) << i;
		for (; begins; begins &= begins - 1)
			look_at(p, from + (size_t)__builtin_ctzll(begins), marks);
	}
	if (flags & TEXT_PLAIN)
		for (size_t i = 0; i < p->len; i++)
			p->spelling[i] |= p->bytes[i] == '\\' ? AS_ITSELF : 0;
}

static bool is_mark(struct slice in)
{
	uint32_t code;
	text_decode(in, &code);
	return kind_of(code) == MARK;
}

/* Returns where a long text is cut: not in a character, and not between a letter and its marks. */
static size_t cut_of(struct slice in)
{
	size_t cut = character_before(in.at, PIECE + 1), i = 0;
	if ((in.at[cut] & 0xC0) == 0x80) /* they go on with nothing */
		cut = PIECE;
	size_t at = cut;
	for (; i < COMBINING_MOST && is_mark(slice_cut(in, at, in.len)); i++) {
		uint32_t code;
		size_t from = character_before(in.at, at);
		if (from + text_decode(slice_cut(in, from, at), &code) != at)
			return at; /* no letter is in front of it */
		at = from;
	}
	return i == COMBINING_MOST ? cut : at; /* so many have no letter any more */
}

/* Returns how many bytes of a text are looked at as one piece. */
static size_t piece_of(struct slice in)
{
	size_t len = in.len > PIECE ? cut_of(in) : in.len;
	const uint8_t *slash = secret_any() ? memchr(in.at, '\\', len) : NULL;
	return slash ? (size_t)(slash - in.at) : len;
}

static uint8_t *put_code(uint8_t *at, uint32_t code)
{
	int digit = 20;
	while (!(code >> digit))
		digit -= 4;
	memcpy(at, "\\u{", 3);
	for (at += 3; digit >= 0; digit -= 4)
		*at++ = (uint8_t)DIGIT(code >> digit & 15);
	*at++ = '}';
	return at;
}

/* Writes all where no character beyond ASCII may be shown. */
static uint8_t *put_ascii(uint8_t *at, const struct piece *p)
{
	size_t n;
	for (size_t i = 0; i < p->len; i += n) {
		uint32_t code = 0;
		n = p->spelling[i] < AS_ITSELF + 0x80
			    ? 1
			    : text_decode(slice_of(p->bytes + i, 1 + FOLLOWING), &code);
		at = code ? put_code(at, code) : put(at, p->spelling[i]);
	}
	return at;
}

static uint8_t *put_all(uint8_t *at, const struct piece *p)
{
	size_t i = 0, len = p->len; /* the compiler knows that this one stays */
	for (; len - i >= 8; i += 8)
#pragma GCC unroll 8
		for (size_t k = 0; k < 8; k++)
			at = put(at, p->spelling[i + k]);
	for (; i < len; i++)
		at = put(at, p->spelling[i]);
	return at;
}

size_t spelling_add(struct bytes *out, struct slice in, unsigned flags)
{
	MEM_UNSET struct piece p;
	p.len = piece_of(in);
	/* A spelling is written with all of its room. */
	size_t room = p.len * TEXT_MOST + TEXT_MOST;
	if (!p.len || room > out->max || (!out->drain && out->len > out->max - room))
		return 0;
	uint8_t *at = bytes_space(out, room);
	if (!at)
		return 0;
	slice_copy(p.bytes, slice_cut(in, 0, p.len));
	memset(p.bytes + p.len, 0, TOGETHER + FOLLOWING);
	look(&p, flags);
	at = flags & TEXT_ASCII ? put_ascii(at, &p) : put_all(at, &p);
	out->len = (size_t)(at - out->at);
	return p.len;
}
