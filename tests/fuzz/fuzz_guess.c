/* What is concluded from a reply, and printed to be pasted: the notation compiles and holds no byte
 * of the device that a shell minds; and any word that is pasted is one word for a shell, with the
 * same bytes. */
#include "fuzz/fuzz.h"
#include "fuzz/input.h"

#include "base/paste.h"
#include "base/text.h"
#include "cmd/guess.h"

enum { HALF_CLOSE = 1, CLOSED = 2, DATAGRAMS = 4, ASKED = 8, OTHER = 16, CUT = 32, ENDLESS = 64 };

/* ---- a shell's reading of one word ---- */

static unsigned octal(struct slice *in)
{
	unsigned value = 0;
	MUST(in->len >= 3);
	for (int i = 0; i < 3; i++) {
		unsigned digit = input_byte(in);
		MUST(digit >= '0' && digit <= '7');
		value = value * 8 + digit - '0';
	}
	MUST(value && value < 256);
	return value;
}

/* Behind the first quote; escapes: it is $'...'. */
static void read_quoted(struct slice *in, bool escapes, struct bytes *word)
{
	for (;;) {
		MUST(in->len);
		unsigned c = input_byte(in);
		if (c == '\'')
			return;
		bytes_add_byte(word, (uint8_t)(c == '\\' && escapes ? octal(in) : c));
	}
}

/* What no shell's grammar minds inside a word (POSIX, XCU 2.2, with the brackets, the braces and
 * the history of others): a list of its own, so that a mistake in paste.c is seen. */
static bool is_harmless(uint8_t c)
{
	return c > 0x20 && c < 0x7f && !strchr("|&;<>()$`\\\"'*?[]#~{}!^", c);
}

static void read_word(struct slice in, struct bytes *word)
{
	MUST(in.len && in.at[0] != '=' && in.at[0] != '%' && in.at[0] != '#' && in.at[0] != '~');
	while (in.len) {
		unsigned c = input_byte(&in);
		if (c == '\'') {
			read_quoted(&in, false, word);
		} else if (c == '$') {
			MUST(input_byte(&in) == '\'');
			read_quoted(&in, true, word);
		} else if (c == '\\') {
			MUST(in.len && in.at[0] > 0x20 && in.at[0] < 0x7f);
			bytes_add_byte(word, (uint8_t)input_byte(&in));
		} else {
			MUST(is_harmless((uint8_t)c));
			bytes_add_byte(word, (uint8_t)c);
		}
	}
}

static void pastes(struct slice word, unsigned flags)
{
	struct bytes shown, read;
	const uint8_t *nul = word.len ? memchr(word.at, 0, word.len) : NULL;
	bytes_init(&shown, 1 << 20);
	bytes_init(&read, 1 << 20);
	MUST(paste_add(&shown, word, flags));
	for (size_t i = 0; i < shown.len; i++)
		MUST(shown.at[i] >= 0x20 && shown.at[i] != 0x7f &&
			(shown.at[i] < 0x7f || !(flags & TEXT_ASCII)));
	read_word(bytes_slice(&shown), &read);
	MUST(slice_equal(
		bytes_slice(&read), slice_cut(word, 0, nul ? (size_t)(nul - word.at) : word.len)));
	bytes_free(&shown);
	bytes_free(&read);
}

/* ---- a notation ---- */

/* Its texts are in double quotes, so that single ones of a shell go around it. */
static void check_notation(struct slice notation)
{
	bool inside = false;
	for (size_t i = 0; i < notation.len; i++) {
		uint8_t c = notation.at[i];
		MUST(c >= 0x20 && c < 0x7f && !strchr("'\\`$!", c));
		inside ^= c == '"';
		MUST(!inside || c == '"' || is_harmless(c));
	}
	MUST(!inside);
	pastes(notation, 0);
}

static void check_frame(struct slice notation)
{
	struct error err;
	struct frame *frame = frame_find(fuzz_book(), notation, &err);
	MUST(frame);
	frame_unref(frame);
}

static void guess(const struct guess_seen *seen)
{
	struct bytes notation, because;
	bytes_init(&notation, LIMIT_NOTATION);
	bytes_init(&because, LIMIT_MESSAGE);
	bool good = guess_frame(fuzz_book(), seen, &notation, &because);
	MUST(!notation.over && !because.over);
	check_notation(bytes_slice(&notation));
	for (size_t i = 0; i < because.len; i++)
		MUST(because.at[i] >= 0x20 && because.at[i] < 0x7f);
	if (good)
		check_frame(bytes_slice(&notation));
	bytes_free(&notation);
	bytes_free(&because);
}

static void guess_another(const struct frame *frame, const struct guess_seen *seen)
{
	struct bytes notation, sent;
	bytes_init(&notation, LIMIT_NOTATION);
	bytes_init(&sent, LIMIT_WIRE);
	bytes_add(&sent, seen->command);
	bytes_add(&sent, seen->end);
	const struct guess_missed missed = {.frame = frame,
		.payload = seen->command,
		.sent = bytes_slice(&sent),
		.came = seen->reply,
		.cut = seen->cut,
		.silence = seen->silence};
	if (guess_other(fuzz_book(), &missed, &notation))
		check_frame(bytes_slice(&notation));
	bytes_free(&sent);
	bytes_free(&notation);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct slice ends[] = {
		SLICE(""), SLICE("\r"), SLICE("\n"), SLICE("\r\n"), SLICE("\0"), SLICE("\3")};
	struct slice in;
	struct frame *frame = size < 20000 ? fuzz_frame(data, size, &in) : NULL;
	if (!frame)
		return 0;
	unsigned flags = input_byte(&in), end = input_byte(&in);
	struct slice said = flags & CUT ? input_run(&in) : SLICE("");
	struct guess_seen seen = {.asked = flags & ASKED,
		.command = flags & ASKED ? input_run(&in) : SLICE(""),
		.end = ends[end % (sizeof ends / sizeof ends[0])],
		.half_close = flags & HALF_CLOSE,
		.said = said,
		.reply = in,
		.closed = flags & CLOSED,
		.datagrams = flags & DATAGRAMS,
		.cut = flags & CUT,
		.endless = flags & ENDLESS,
		.silence = 500000000};
	guess(&seen);
	pastes(in, 0);
	pastes(in, TEXT_ASCII);
	if (flags & OTHER)
		guess_another(frame, &seen);
	frame_unref(frame);
	return 0;
}
