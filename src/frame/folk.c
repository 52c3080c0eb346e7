/* folk.c - see folk.h. */
#include "frame/folk.h"

#include "base/escape.h"
#include "base/inttype.h"
#include "base/text.h"
#include <stdio.h>
#include <string.h>

enum { FOLK_WORD_MAX = 24, FOLK_BYTES_MAX = 16 };

#define PAYLOAD "what is typed, and what is shown of a reply, is payload"
#define COMPLEMENT \
	"operators stand behind: sum8^0xFF is the one's complement (isum8), nsum8 the two's"
#define ALONE "control names stand alone, with blanks between"

/* Words in lower case. */
static const struct {
	char word[12], hint[128];
} words[] = {
	{"crlf", "write CR LF"},
	{"lfcr", "write LF CR"},
	{"crcr", "write CR CR"},
	{"eol", "write LF, CR or CR LF"},
	{"newline", "write LF, or CR LF"},
	{"nl", "write LF"},
	{"return", "write CR"},
	{"enter", "write CR"},
	{"null", "write NUL"},
	{"zero", "write NUL"},
	{"escape", "write ESC"},
	{"space", "write SP"},
	{"data", PAYLOAD},
	{"command", PAYLOAD},
	{"cmd", PAYLOAD "; a number in front of it is a field: cmd:u8=1"},
	{"message", PAYLOAD},
	{"msg", PAYLOAD},
	{"text", PAYLOAD},
	{"string", PAYLOAD},
	{"str", PAYLOAD},
	{"body", PAYLOAD},
	{"content", PAYLOAD},
	{"value", PAYLOAD "; a number beside it is a field: value:u8"},
	{"reply", PAYLOAD "; -> stands between what we send and what the device sends"},
	{"response", PAYLOAD "; -> stands between what we send and what the device sends"},
	{"byte", "a byte is hex (1B), and one that changes is a field: NAME:u8"},
	{"any", "any bytes are payload, or a field of that many: NAME:u8"},
	{"length", "len:u8 counts all bytes behind it, len(payload):u16be the payload alone"},
	{"size", "len:u8 counts all bytes behind it, len(payload):u16be the payload alone"},
	{"count", "len:u8 counts all bytes behind it, len(payload):u16be the payload alone"},
	{"xor", "write xor8, xor8(payload) or xor8(STX..ETX)"},
	{"sum", "write sum8, nsum8 (its two's complement) or isum8 (its one's complement)"},
	{"add8", "write sum8"},
	{"parity", "the parity of a serial line is a setting, as in serial:/dev/ttyUSB0?mode=7E1"},
	{"timeout", "silence ends a frame as gap(50ms)"},
	{"silence", "silence ends a frame as gap(50ms)"},
	{"pause", "silence ends a frame as gap(50ms)"},
	{"delay", "silence ends a frame as gap(50ms)"},
	{"close", "write eof where the peer closes the line"},
	{"end", "a frame ends with the last item; eof is the end of the connection"},
	{"optional", "an optional part stands in brackets with ? behind: (CR)?"},
};

/* Gives the word in lower case; false for one that is too long to be known. */
static bool lower(struct slice word, char out[FOLK_WORD_MAX])
{
	if (word.len >= FOLK_WORD_MAX)
		return false;
	for (size_t i = 0; i < word.len; i++)
		out[i] = (char)(word.at[i] >= 'A' && word.at[i] <= 'Z' ? word.at[i] | 32
								       : word.at[i]);
	out[word.len] = '\0';
	return true;
}

/* Returns the byte of a control name in whatever case, or -1. */
static int control_of(struct slice word)
{
	char name[FOLK_WORD_MAX];
	if (!lower(word, name))
		return -1;
	for (size_t i = 0; i < word.len; i++)
		if (name[i] >= 'a' && name[i] <= 'z')
			name[i] = (char)(name[i] & ~32);
	return control_find(slice_str(name));
}

/* Hints at "write CR LF" or, for what has no such names, "write 9c". */
static bool hint_bytes(struct slice bytes, struct error *err)
{
	struct bytes text;
	bytes_init(&text, 8 * FOLK_BYTES_MAX);
	for (size_t i = 0; i < bytes.len; i++) {
		const char *name = control_name(bytes.at[i]);
		bytes_add_str(&text, i ? " " : "");
		if (name)
			bytes_add_str(&text, name);
		else
			bytes_addf(&text, "%02X", bytes.at[i]);
	}
	error_hint(err, "write %s", bytes_str(&text));
	bytes_free(&text);
	return true;
}

static bool hint_byte(int byte, struct error *err)
{
	uint8_t one = (uint8_t)byte;
	return byte >= 0 && hint_bytes(slice_of(&one, 1), err);
}

/* "0Dh" of assemblers. */
static bool is_suffixed_hex(struct slice word)
{
	struct slice digits = slice_cut(word, 0, word.len - 1);
	return word.len > 2 && (word.at[word.len - 1] | 32) == 'h' && slice_is_hex(digits) &&
	       digits.len % 2 == 0;
}

/* "256-sum8", "0xFF-xor8" */
static bool is_number_minus(struct slice word)
{
	const uint8_t *minus = memchr(word.at, '-', word.len);
	size_t behind = minus ? (size_t)(minus - word.at) + 1 : word.len;
	return behind < word.len && is_digit(word.at[0]) && is_letter(word.at[behind]);
}

/* "len16", "length8" */
static bool is_sized_length(const char *word)
{
	size_t n = strcspn(word, "0123456789");
	return word[n] && strspn(word + n, "0123456789") == strlen(word + n) &&
	       (folk_is_length(slice_of(word, n)) || slice_equal(slice_of(word, n), SLICE("len")));
}

bool folk_is_length(struct slice name)
{
	static const char names[][8] = {"length", "size", "count", "bytes", "nbytes"};
	char plain[FOLK_WORD_MAX];
	for (size_t i = 0; lower(name, plain) && i < sizeof names / sizeof names[0]; i++)
		if (strcmp(plain, names[i]) == 0)
			return true;
	return false;
}

bool folk_word(struct slice word, struct error *err)
{
	char plain[FOLK_WORD_MAX];
	if (!lower(word, plain))
		return false;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(plain, words[i].word) == 0)
			return !error_hint(err, "%s", words[i].hint);
	if (control_of(word) >= 0)
		return !error_hint(err, "control names are in capitals: %s",
			control_name((uint8_t)control_of(word)));
	if (is_number_minus(word))
		return !error_hint(err, COMPLEMENT);
	if (is_suffixed_hex(word))
		return !error_hint(err, "write bytes as bare hex, here: %.*s", (int)word.len - 1,
			(const char *)word.at);
	if (is_sized_length(plain))
		return !error_hint(err, "a length says how it is written: len:u8, len:u16be, "
					"len(payload):dec");
	return false;
}

/* "\r\n", "\x1b" */
static bool hint_escapes(struct slice text, struct error *err)
{
	struct bytes found;
	struct error unused;
	size_t n;
	bytes_init(&found, FOLK_BYTES_MAX);
	while (text.len && text.at[0] == '\\' && (n = escape_one(text, NULL, &found, &unused)) != 0)
		text = slice_cut(text, n, text.len);
	bool known = found.len && hint_bytes(bytes_slice(&found), err);
	bytes_free(&found);
	return known;
}

/* "<STX>", "[CR]", "{data}" */
static bool hint_bracketed(struct slice text, struct error *err)
{
	static const char opening[] = "<[{", closing[] = ">]}";
	const char *bracket = text.len && text.at[0] ? strchr(opening, text.at[0]) : NULL;
	const uint8_t *end = bracket ? memchr(text.at, closing[bracket - opening], text.len) : NULL;
	if (!end)
		return false;
	struct slice word = slice_trim(slice_of(text.at + 1, (size_t)(end - text.at) - 1));
	if (control_of(word) >= 0)
		return !error_hint(err, ALONE ": %s", control_name((uint8_t)control_of(word)));
	if (word.len && slice_is_hex(word) && word.len % 2 == 0)
		return !error_hint(
			err, "bytes stand alone, with blanks between: %.*s", SLICE_ARG(word));
	return folk_word(word, err);
}

bool folk_text(struct slice text, struct error *err)
{
	uint8_t first = text.len ? text.at[0] : 0, second = text.len > 1 ? text.at[1] : 0;
	struct slice pair = slice_cut(text, 1, 3);
	if (first == '\\')
		return hint_escapes(text, err);
	if (first == '^' && (is_letter(second) || (second >= '[' && second <= '_')))
		return hint_byte(second & 31, err);
	if ((first == '$' || first == '#' || first == '%') && pair.len == 2 && slice_is_hex(pair))
		return !error_hint(err, "write bytes as bare hex, here: %.*s", SLICE_ARG(pair));
	if (first == '>' || (first == '=' && second == '>'))
		return !error_hint(err, "-> stands between what we send and what the device sends");
	if ((first == '!' || first == '~') && is_letter(second))
		return !error_hint(err, COMPLEMENT);
	if (first == '+' || first == ',' || first == '&')
		return !error_hint(err, "items stand side by side, with blanks between");
	return hint_bracketed(text, err);
}

bool folk_type(struct slice word, struct error *err)
{
	struct inttype type;
	char plain[FOLK_WORD_MAX], name[FOLK_WORD_MAX], ordered[FOLK_WORD_MAX + 2];
	static const struct {
		char word[8], type[56];
	} others[] = {{"byte", "u8"}, {"int8", "i8"}, {"uint8", "u8"}, {"char", "s1"},
		{"word", "u16be or u16le"}, {"int16", "i16be or i16le"},
		{"uint16", "u16be or u16le"}, {"short", "i16be or i16le"},
		{"dword", "u32be or u32le"}, {"int32", "i32be or i32le"},
		{"uint32", "u32be or u32le"}, {"int", "i32be or i32le"},
		{"float", "f32be or f32le"}, {"double", "f64be or f64le"},
		{"ascii", "dec (as many digits as needed) or dec4"}, {"bcd", "bcd2 for two bytes"},
		{"hex", "hex4 for four digits, HEX4 in capitals"},
		{"string", "s8 for eight bytes"}};
	if (!lower(word, plain))
		return false;
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (strcmp(plain, others[i].word) == 0)
			return !error_hint(err, "write %s", others[i].type);
	bool spelled = strncmp(plain, "uint", 4) == 0;
	snprintf(name, sizeof name, "%s%s", spelled ? "u" : "", plain + (spelled ? 4 : 0));
	if (spelled && inttype_parse(slice_str(name), &type))
		return !error_hint(err, "write %s", name);
	snprintf(ordered, sizeof ordered, "%sbe", name);
	return inttype_parse(slice_str(ordered), &type) &&
	       !error_hint(err, "say which byte comes first: %sbe the high one, %sle the low one",
		       name, name);
}
