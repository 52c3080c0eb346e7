/* The frame layer: what a notation sends, how a stream is cut into frames in any pieces, and what
 * each wrong notation is told. */
#include "lib/tap.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wilco/frame.h>

static struct frame_book *book;
static struct error err;

/* ---- events as text: "ok payload", "stray raw", ... separated by ", " ---- */

static void add_event(struct bytes *out, const struct split_event *e)
{
	static const char *const kinds[] = {"ok", "bad", "partial", "oversize", "stray", "ack"};
	struct slice shown = e->kind == SPLIT_FRAME ? e->payload : e->raw;
	bytes_addf(out, "%s%s ", out->len ? ", " : "", kinds[e->kind]);
	for (size_t i = 0; i < shown.len; i++)
		bytes_addf(out, shown.at[i] >= 0x20 && shown.at[i] < 0x7f ? "%c" : "<%02x>",
			shown.at[i]);
}

static void take_all(struct split *s, struct bytes *out, size_t *covered)
{
	struct split_event e;
	while (split_next(s, &e)) {
		add_event(out, &e);
		*covered += e.raw.len;
	}
}

enum ending { GOES_ON, SILENCE, CLOSES };

/* The events of `wire` fed in pieces: [0, cut) and [cut, len), or byte by byte when cut is
 * SIZE_MAX. */
static const char *events(const struct frame *f, enum frame_side side, struct slice wire,
	size_t cut, enum ending ending, struct bytes *out, size_t *covered)
{
	struct bytes pending, scratch;
	struct split s;
	bytes_init(&pending, LIMIT_FRAME_MOST);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	bytes_clear(out);
	*covered = 0;
	split_init(&s, f, side, NULL, 0, &pending, &scratch);
	for (size_t at = 0; at < wire.len;) {
		size_t n = cut == SIZE_MAX ? 1 : at < cut ? cut - at : wire.len - at;
		split_feed(&s, slice_cut(wire, at, at + n));
		take_all(&s, out, covered);
		at += n;
	}
	if (ending == CLOSES)
		split_close(&s);
	if (ending == SILENCE)
		split_silence(&s);
	take_all(&s, out, covered);
	bytes_free(&pending);
	bytes_free(&scratch);
	return bytes_str(out);
}

/* Whole, byte by byte and at every two-part cut; the input ends at a page that cannot be read. */
static void splits(
	const char *notation, struct slice wire, enum ending ending, const char *expected)
{
	struct frame *f = frame_find(book, slice_str(notation), &err);
	if (!ok(f != NULL, "%s compiles", notation)) {
		tap_note("%s", err.what);
		return;
	}
	struct bytes out;
	size_t page = (size_t)sysconf(_SC_PAGESIZE), covered;
	uint8_t *map =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mprotect(map + page, page, PROT_NONE);
	memcpy(map + page - wire.len, wire.at, wire.len);
	struct slice guarded = slice_of(map + page - wire.len, wire.len);
	bytes_init(&out, 1 << 20);
	is_str(events(f, SIDE_REPLY, guarded, wire.len, ending, &out, &covered), expected,
		"%s: whole", notation);
	bool same = strcmp(events(f, SIDE_REPLY, guarded, SIZE_MAX, ending, &out, &covered),
			    expected) == 0;
	for (size_t cut = 1; cut < wire.len && same; cut++)
		same = strcmp(events(f, SIDE_REPLY, guarded, cut, ending, &out, &covered),
			       expected) == 0;
	if (!ok(same, "%s: byte by byte and at every cut", notation))
		tap_note("%s", bytes_str(&out));
	bytes_free(&out);
	munmap(map, 2 * page);
	frame_unref(f);
}

static void test_split(void)
{
	splits("esc-cr", SLICE("READY\0"), GOES_ON, "ok READY");
	splits("esc-cr", SLICE("  READY \r\n"), CLOSES, "ok READY");
	splits("esc-cr", SLICE(""), CLOSES, "");
	splits("esc-cr-nul", SLICE("A\0B\0C"), CLOSES, "ok A, ok B, partial C");
	splits("payload LF", SLICE("one\ntwo\n\n3"), GOES_ON, "ok one, ok two, ok ");
	splits("payload (CR LF | LF)", SLICE("a\r\nb\nc\rd\r\n"), GOES_ON, "ok a, ok b, ok c<0d>d");
	splits("payload (CR | CR LF)", SLICE("a\r\nb\rc\r\n"), GOES_ON, "ok a, ok b, ok c");
	splits("STX payload ETX",
		SLICE("xx\x02"
		      "a\x03y\x02"
		      "b\x03z"),
		CLOSES, "stray xx, ok a, stray y, ok b, stray z");
	splits("'AB' payload 'CD'", SLICE("ABxCCDABCD"), GOES_ON, "ok xC, ok ");
	splits("'AB' payload CR", SLICE("AxABy\r"), GOES_ON, "bad A, stray x, ok y");
	splits("len:u16be payload", SLICE("\0\3abc\0\0\0\1d\0"), SILENCE,
		"ok abc, ok , ok d, partial <00>");
	splits("len:u8 payload CR", SLICE("\2a\r"), GOES_ON, "ok a");
	splits("len(payload):u8 payload CR", SLICE("\2ab\r\2abX\r"), GOES_ON, "ok ab, bad <02>ab");
	splits("03 00 len(all):u16be payload", SLICE("\3\0\0\6ab"), GOES_ON, "ok ab");
	splits("len|0x80000000:u32be payload", SLICE("\x80\0\0\2ab"), GOES_ON, "ok ab");
	splits("len(payload)-1:u8 payload", SLICE("\1ab"), GOES_ON, "ok ab");
	splits("netstring", SLICE("3:abc,0:,2:abX"), CLOSES, "ok abc, ok , bad 2:ab, stray X");
	splits("syslog-oct", SLICE("5 hello12 hello world!"), GOES_ON, "ok hello, ok hello world!");
	splits("protobuf", SLICE("\2ab"), GOES_ON, "ok ab");
	splits("scpi", SLICE("#15ab\ncd\n#0x\nplain\r\n"), GOES_ON, "ok ab<0a>cd, ok x, ok plain");
	splits("pjlink", SLICE("%1POWR=0\rPJLINK 0\r"), GOES_ON, "ok POWR=0, ok 0");
	splits("payload[3]", SLICE("abcdef"), GOES_ON, "ok abc, ok def");
	splits("raw", SLICE("ab\0c"), SILENCE, "ok ab<00>c");
	splits("raw-eof", SLICE("ab"), CLOSES, "ok ab");
	splits("raw-eof", SLICE("ab"), GOES_ON, "");
	splits("unit:u8=1 payload LF -> unit payload LF", SLICE("\1x\n"), GOES_ON, "ok x");
	splits("n:dec payload LF", SLICE("12x\nyy\n"), SILENCE, "ok x, stray yy<0a>");
}

static void sends(
	const char *notation, const char *fields, struct slice payload, struct slice expected)
{
	struct frame *f = frame_find(book, slice_str(notation), &err);
	struct frame_values set = {0}, sent = {0};
	struct bytes wire, scratch;
	struct slice rest = slice_str(fields), one;
	bytes_init(&wire, 1 << 20);
	bytes_init(&scratch, 1 << 20);
	for (bool good = f; good && (one = slice_word(&rest)).len;) {
		const uint8_t *equals = memchr(one.at, '=', one.len);
		size_t at = (size_t)(equals - one.at);
		int index = frame_field_index(f, slice_cut(one, 0, at));
		good = index >= 0 && frame_field_parse(f, (size_t)index,
					     slice_cut(one, at + 1, one.len), &set, &err);
		ok(good, "%s: field %s", notation, fields);
	}
	bool good =
		f && frame_encode(f, SIDE_COMMAND, payload, &set, &sent, 0, &scratch, &wire, &err);
	is_bytes(good ? bytes_slice(&wire) : SLICE("(error)"), expected, "%s %s", notation, fields);
	bytes_free(&wire);
	bytes_free(&scratch);
	frame_unref(f);
}

static void test_encode(void)
{
	sends("esc-cr", "", SLICE("PWR?"), SLICE("\033PWR?\r"));
	sends("(NUL | SOH) payload LF", "", SLICE("x"), SLICE("\0x\n"));
	sends("lp16be", "", SLICE("abc"), SLICE("\0\3abc"));
	sends("lp32le", "", SLICE("abc"), SLICE("\3\0\0\0abc"));
	sends("netstring", "", SLICE("hello world!"), SLICE("12:hello world!,"));
	sends("03 00 len(all):u16be payload", "", SLICE("ab"), SLICE("\3\0\0\6ab"));
	sends("len(all):varint payload", "", SLICE("ab"), SLICE("\3ab"));
	sends("tid:u16be=1++ 0000 len:u16be unit:u8=1 payload", "unit=17",
		SLICE("\x03\x00\x6b\x00\x03"), SLICE("\0\1\0\0\0\6\x11\x03\x00\x6b\x00\x03"));
	sends("type:s1='Q' len(len payload):u32be payload", "", SLICE("x"), SLICE("Q\0\0\0\5x"));
	sends("n:dec3=7 payload LF", "n=42", SLICE("x"), SLICE("042x\n"));
	sends("payload[2] '!' | '<' payload '>'", "", SLICE("ab"), SLICE("ab!"));
	sends("payload[2] '!' | '<' payload '>'", "", SLICE("abc"), SLICE("<abc>"));
	sends("len(payload):u8 chunk[3](payload xor8)", "", SLICE("abcde"),
		SLICE("\5abc\x60"
		      "de\1"));
	splits("len(payload):u8 chunk[3](payload xor8)",
		SLICE("\5abc\x60"
		      "de\1\5abc\x61"
		      "de\1"),
		GOES_ON, "ok abcde, bad <05>abcade<01>");
	splits("chunk[3](payload xor8) CR",
		SLICE("abc\x60"
		      "de\1\r"),
		GOES_ON, "ok abcde");
}

static void test_counter(void)
{
	struct frame *f = frame_find(book, SLICE("n:u8=1++ payload LF"), &err);
	struct frame_values sent = {0};
	struct bytes wire, scratch;
	bytes_init(&wire, 1 << 20);
	bytes_init(&scratch, 1 << 20);
	for (int i = 0; i < 3; i++)
		frame_encode(f, SIDE_COMMAND, SLICE(""), NULL, &sent, 0, &scratch, &wire, &err);
	is_bytes(bytes_slice(&wire), SLICE("\1\n\2\n\3\n"), "++ counts up from the default");
	bytes_free(&wire);
	bytes_free(&scratch);
	frame_unref(f);
}

static void refuses_payload(const char *notation, struct slice payload, const char *part)
{
	struct frame *f = frame_find(book, slice_str(notation), &err);
	struct frame_values sent = {0};
	struct bytes wire, scratch;
	bytes_init(&wire, 1 << 20);
	bytes_init(&scratch, 1 << 20);
	bool good = frame_encode(f, SIDE_COMMAND, payload, NULL, &sent, 0, &scratch, &wire, &err);
	ok(!good && strstr(err.what, part) && wire.len == 0, "%s refuses: %s", notation, part);
	bytes_free(&wire);
	bytes_free(&scratch);
	frame_unref(f);
}

static void refuses(const char *notation, size_t column, const char *part)
{
	struct frame *f = frame_compile(book, slice_str(notation), &err);
	bool good = !f && err.placed && err.column == column &&
		    (strstr(err.what, part) || strstr(err.hint, part));
	if (!ok(good, "%s: column %zu: %s", notation, column + 1, part))
		tap_note("column %zu: %s (%s)", err.column + 1, err.what, err.hint);
	frame_unref(f);
}

static void test_refusals(void)
{
	refuses("", 0, "expected an item");
	refuses("payload", 0, "nothing says where this ends");
	refuses("STX payload", 4, "add a terminator");
	refuses("payload LFF", 8, "not known here");
	refuses("0x1B payload CR", 0, "here: 1B");
	refuses("1B4 payload CR", 0, "half a byte");
	refuses("ad:u8=1 payload LF", 0, "reads as bytes");
	refuses("payload payload LF", 8, "payload stands twice");
	refuses("payload LF ->", 13, "expected an item");
	refuses("payload LF | | CR", 13, "expected an item");
	refuses("payload (CR LF", 14, "expected ')'");
	refuses("payload (CR | )", 14, "expected bytes");
	refuses("payload 'abc", 8, "closing");
	refuses("payload 'a\\q'", 10, "not an escape");
	refuses("payload ''", 8, "empty text");
	refuses("payload gap", 11, "gap(50ms)");
	refuses("payload gap(5)", 12, "not a time");
	refuses("payload gap(x)", 12, "not a time");
	refuses("len payload", 0, "len needs a type");
	refuses("len:u17 payload", 4, "expected a type");
	refuses("len:i8 payload", 4, "expected a type");
	refuses("payload LF len:u8", 11, "nothing follows this len");
	refuses("len(x):u8 payload", 4, "names nothing");
	refuses("len(payload:u8 payload", 4, "has a meaning of its own");
	refuses("len(payload)*0:u8 payload", 13, "0 has no meaning");
	refuses("len(payload)%3:u8 payload", 0, "cannot be computed back");
	refuses("n:u8=300 payload LF", 5, "does not fit");
	refuses("n:u8=x payload LF", 5, "expected a default value");
	refuses("n:s2='abc' payload LF", 5, "3 bytes");
	refuses("payload[5..2] LF", 0, "wrong way round");
	refuses("payload[x] LF", 8, "expected a number");
	refuses("payload[5 LF", 10, "expected ']'");
	refuses("trim() LF", 0, "nothing stands in this");
	refuses("trim payload LF", 5, "expected '('");
	refuses("payload LF \xc3\xa4", 11, "has no meaning");
	refuses("payload LF ~", 11, "has no meaning");
	refuses("payload LF )", 11, "expected an item");
	refuses("payload LF ;", 12, "expected a clause");
	refuses("foo payload LF", 0, "not known here");
	refuses("payloda LF", 0, "did you mean payload?");
	refuses("payload LF -> nam payload LF", 14, "not known here");
	refuses_payload("payload LF", SLICE("a\nb"), "holds its own terminator, \\n, at byte 1");
	refuses_payload("payload[2] LF", SLICE("abc"), "at most 2 bytes");
	refuses_payload("payload[2] LF", SLICE("a"), "at least 2 bytes");
	char many[LIMIT_NOTATION + 10];
	memset(many, ' ', sizeof many);
	ok(!frame_compile(book, slice_of(many, sizeof many), &err) && strstr(err.what, "at most"),
		"a notation that is too long");
	struct frame *f = frame_find(book, SLICE("esc-crr"), &err);
	ok(!f && strstr(err.hint, "did you mean esc-cr?"), "a near name is suggested");
	ok(!frame_book_define(book, SLICE("mine = payload LFF"), &err) && err.column == 15,
		"an error in a definition is placed in its line");
	ok(frame_book_define(book, SLICE("mine = payload LF"), &err), "a definition");
	f = frame_find(book, SLICE("mine"), &err);
	is_str(f ? frame_name(f) : NULL, "mine", "is found by its name");
	frame_unref(f);
}

static void test_limits(void)
{
	struct frame *f = frame_find(book, SLICE("payload LF"), &err);
	struct bytes pending, scratch;
	struct split s;
	struct split_event e;
	char text[SPLIT_TEXT_MAX];
	bytes_init(&pending, LIMIT_FRAME_MOST);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	split_init(&s, f, SIDE_REPLY, NULL, 100, &pending, &scratch);
	uint8_t block[60] = {0};
	split_feed(&s, slice_of(block, sizeof block));
	ok(!split_next(&s, &e), "60 of at most 100 bytes: more is needed");
	split_feed(&s, slice_of(block, sizeof block));
	ok(split_next(&s, &e) && e.kind == SPLIT_OVERSIZE && e.raw.len == 100,
		"without an end they are oversize: the limit, in one event");
	ok(strstr(split_error_text(&e, text), "the limit is 100"), "which names the limit");
	split_feed(&s, SLICE("a\n"));
	ok(split_next(&s, &e) && e.kind == SPLIT_FRAME && e.offset == 100,
		"and decoding goes on behind them");
	is_str(split_end_text(&e, text), "delimiter LF", "why it ended");
	frame_unref(f);
	f = frame_find(book, SLICE("lp32be"), &err);
	bytes_clear(&pending);
	split_init(&s, f, SIDE_REPLY, NULL, 0, &pending, &scratch);
	split_feed(&s, SLICE("\x7f\xff\xff\xff"
			     "abc"));
	ok(split_next(&s, &e) && e.kind == SPLIT_DAMAGED,
		"a length over the limit is refused at once");
	frame_unref(f);
	bytes_free(&pending);
	bytes_free(&scratch);
}

/* Every byte is in exactly one event, whatever comes. */
static void test_random(void)
{
	static const char *const notations[] = {"esc-cr", "scpi", "netstring", "lp8",
		"STX payload ETX", "payload (CR | CR LF)", "pjlink", "n:dec payload LF", "mllp"};
	struct bytes out;
	bool all = true;
	bytes_init(&out, 1 << 20);
	srand(3);
	for (int round = 0; round < 3000 && all; round++) {
		struct frame *f = frame_find(book, slice_str(notations[round % 9]), &err);
		uint8_t wire[64];
		size_t n = (size_t)rand() % sizeof wire, covered;
		for (size_t i = 0; i < n; i++)
			wire[i] = (uint8_t) "\0\1\2\3\r\n#159:,%AB\x0b\x1c"[rand() % 18];
		const char *got =
			events(f, SIDE_REPLY, slice_of(wire, n), n, CLOSES, &out, &covered);
		size_t lf = 0; /* absorbed line feeds are in no event */
		for (size_t i = 1; i < n; i++)
			lf += wire[i] == '\n' && wire[i - 1] == '\r';
		all = covered == n || (round % 9 == 5 && covered + lf >= n);
		if (!all)
			tap_note("%s: %zu of %zu bytes: %s", notations[round % 9], covered, n, got);
		char *whole = strdup(got);
		got = events(f, SIDE_REPLY, slice_of(wire, n), SIZE_MAX, CLOSES, &out, &covered);
		if (all && strcmp(whole, got) != 0) {
			all = false;
			tap_note("%s: whole %s\n# bytewise %s", notations[round % 9], whole, got);
		}
		free(whole);
		frame_unref(f);
	}
	ok(all, "3,000 random streams: every byte in one event, the same whole and byte by byte");
	bytes_free(&out);
}

int main(void)
{
	book = frame_book_new();
	test_split();
	test_encode();
	test_counter();
	test_refusals();
	test_limits();
	test_random();
	const char *group, *name;
	for (size_t i = 0; (name = frame_book_name(book, i, &group, NULL)); i++) {
		struct frame *f = frame_find(book, slice_str(name), &err);
		ok(f != NULL, "%s of the catalogue compiles", name);
		frame_unref(f);
	}
	frame_book_free(book);
	return tap_done();
}
