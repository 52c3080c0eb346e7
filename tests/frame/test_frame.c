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
	static const char *const kinds[] = {"ok", "bad", "partial", "oversize", "stray", "token"};
	static const char *const tokens[] = {"", "ack:", "nak:", "bid:", "may:", "end:"};
	struct slice shown = e->kind == SPLIT_FRAME ? e->payload : e->raw;
	char error[SPLIT_TEXT_MAX];
	bytes_addf(out, "%s%s ", out->len ? ", " : "", kinds[e->kind]);
	if (e->kind == SPLIT_FRAME) /* nothing is wrong with it */
		bytes_add_str(out, split_error_text(e, error));
	bytes_add_str(out, e->token <= TOKEN_BID_END ? tokens[e->token] : "?");
	for (size_t i = 0; i < shown.len; i++)
		bytes_addf(out, shown.at[i] >= 0x20 && shown.at[i] < 0x7f ? "%c" : "<%02x>",
			shown.at[i]);
}

/* The splitter must not count on what the caller's event holds. */
static bool next_event(struct split *s, struct split_event *e)
{
	memset(e, 0xa5, sizeof *e);
	return split_next(s, e);
}

static void take_all(struct split *s, struct bytes *out, size_t *covered)
{
	struct split_event e;
	while (next_event(s, &e)) {
		add_event(out, &e);
		*covered += e.raw.len;
	}
}

enum ending { GOES_ON, SILENCE, CLOSES };

static struct slice echoed; /* what was sent, where an echo is expected */

/* The events of `wire` fed in pieces: [0, cut) and [cut, len), or byte by byte when cut is
 * SIZE_MAX. */
static const char *events(const struct frame *f, enum frame_side side, struct slice wire,
	size_t cut, enum ending ending, struct bytes *out, size_t *covered)
{
	struct bytes pending, scratch;
	struct frame_values came;
	bytes_init(&pending, LIMIT_FRAME_MOST);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	bytes_clear(out);
	*covered = 0;
	struct split *s = split_new(f, side, NULL, came.at, 0, &pending, &scratch);
	split_expect_echo(s, echoed);
	for (size_t at = 0; at < wire.len;) {
		size_t n = cut == SIZE_MAX ? 1 : at < cut ? cut - at : wire.len - at;
		split_feed(s, slice_cut(wire, at, at + n));
		take_all(s, out, covered);
		at += n;
	}
	if (ending == CLOSES)
		split_close(s);
	if (ending == SILENCE)
		split_silence(s);
	take_all(s, out, covered);
	split_free(s);
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

static void echoes(const char *notation, struct slice sent, struct slice wire, enum ending ending,
	const char *expected)
{
	echoed = sent;
	splits(notation, wire, ending, expected);
	echoed = (struct slice){0};
}

#define QEMU "i\x1b[K\x1b[Din\x1b[K\x1b[D\x1b[Dinf\x1b[K\x1b[D\x1b[D\x1b[Dinfo\x1b[K\r\n"

static void test_echo(void)
{
	const char *line = "payload CR ; echo", *lf = "payload LF ; echo";
	echoes(line, SLICE("AT\r"), SLICE("AT\rOK\r"), GOES_ON, "ok AT<0d>, ok OK");
	echoes(line, SLICE("AT\r"), SLICE("AT\r\nOK\r"), GOES_ON, "ok AT<0d>, ok OK");
	echoes(line, SLICE("AT\r"), SLICE("AT\r\n\nOK\r"), GOES_ON, "ok AT<0d>, ok <0a>OK");
	echoes("payload CR -> LF payload CR ; echo", SLICE("AT\r"), SLICE("AT\r\nOK\r"), GOES_ON,
		"ok AT<0d>, ok OK");
	echoes("payload LF '=> ' ; echo", SLICE("AT\r"), SLICE("AT\r\n=> "), GOES_ON,
		"ok AT<0d>, ok ");
	echoes("payload LF '=> ' ; echo", SLICE("AT\r"), SLICE("AT\r\n=x\r\n=> "), GOES_ON,
		"ok AT<0d>, ok =x<0d>");
	echoes("payload (LF '=> ' | LF '$ ') ; echo", SLICE("AT\r"), SLICE("AT\r\n$ "), GOES_ON,
		"ok AT<0d>, ok ");
	echoes(line, SLICE("a\rb\r"), SLICE("a\r\nb\r\n1\r"), GOES_ON, "ok a<0d><0a>b<0d>, ok 1");
	echoes(lf, SLICE("a\n"), SLICE("a\r\n1\n"), GOES_ON, "ok a<0d><0a>, ok 1");
	echoes(lf, SLICE("a\n"), SLICE("a\rb\n"), GOES_ON, "bad , ok a<0d>b");
	echoes(lf, SLICE("ab\n"), SLICE("xb\n"), GOES_ON, "bad , ok xb");
	echoes(lf, SLICE("ab\n"), SLICE("a"), SILENCE, "bad , partial a");
	echoes("payload CR ; echo ; bin", SLICE("AT\r"), SLICE("AT\r\nOK\r"), GOES_ON,
		"ok AT<0d>, ok <0a>OK");
	/* qemu's monitor */
	echoes(lf, SLICE("info\n"), SLICE(QEMU "VM\n"), GOES_ON,
		"ok i<1b>[K<1b>[Din<1b>[K<1b>[D<1b>[Dinf<1b>[K<1b>[D<1b>[D<1b>[Dinfo<1b>[K<0d>, ok "
		"VM");
	echoes(lf, SLICE("infx\n"), SLICE(QEMU "VM\n"), GOES_ON,
		"bad , ok "
		"i<1b>[K<1b>[Din<1b>[K<1b>[D<1b>[Dinf<1b>[K<1b>[D<1b>[D<1b>[Dinfo<1b>[K<0d>, ok "
		"VM");
	/* a shell that draws its prompt again, one that goes to the next row, one that rubs out */
	echoes(line, SLICE("echo x\r"), SLICE("ec\r\x1b[K=> echo x\r\nx\r"), GOES_ON,
		"ok ec<0d><1b>[K=> echo x<0d>, ok x");
	echoes(line, SLICE("echoing\r"), SLICE("echo \ring\r\nx\r"), GOES_ON,
		"ok echo <0d>ing<0d>, ok x");
	echoes(line, SLICE("ab\r"), SLICE("a\b \bab\rx\r"), GOES_ON, "ok a<08> <08>ab<0d>, ok x");
	echoes(line, SLICE("a\xc3\xa9\r"), SLICE("a\xc3\xa9\x1b[2D\x1b[Ka\xc3\xa9\r\nx\r"), GOES_ON,
		"ok a<c3><a9><1b>[2D<1b>[Ka<c3><a9><0d>, ok x");
	echoes(line, SLICE("ab\r"), SLICE("a\x1b[31mb\rx\r"), GOES_ON, "ok a<1b>[31mb<0d>, ok x");
	echoes(line, SLICE("ab\r"), SLICE("a\x1b]0;x\ab\rx\r"), GOES_ON,
		"bad , ok a<1b>]0;x<07>b, ok x");
	/* one that is too narrow: bash on a dumb terminal, a switch that pads with blanks */
	echoes(line, SLICE("echo 0123456789 b\r"), SLICE("\r<456789 b\r\nx\r"), GOES_ON,
		"ok <0d><456789 b<0d>, ok x");
	echoes(line, SLICE("show 0123456789\r"),
		SLICE("show 012345\b\b\b\b\b\b\b\b\b\b\b$012345    \b\b\b\b6789\r\nx\r"), GOES_ON,
		"ok show 012345<08><08><08><08><08><08><08><08><08><08><08>$012345    "
		"<08><08><08><08>6789<0d>, ok x");
	echoes(line, SLICE("echo 0123456789 b\r"), SLICE("\r<456788 b\r\nx\r"), GOES_ON,
		"bad , ok , ok <456788 b, ok <0a>x");
	echoes(line, SLICE("echo 0123456789 b\r"), SLICE("\r<789 b\r\nx\r"), GOES_ON,
		"bad , ok , ok <789 b, ok <0a>x");
	/* one that may come */
	echoes("payload CR ; echo?", SLICE("AT\r"), SLICE("AT\r\nOK\r"), GOES_ON,
		"ok AT<0d>, ok OK");
	echoes("payload CR ; echo?", SLICE("AT\r"), SLICE("AOK\r"), GOES_ON, "ok AOK");
	echoes("payload CR ; echo?", SLICE("AT\r"), SLICE("OK\r"), GOES_ON, "ok OK");
	echoes("payload CR ; echo?", SLICE("AT\r"), SLICE("A"), CLOSES, "partial A");
	echoes("payload CR ; echo?", SLICE("AT\r"), SLICE("A\bAT\rOK\r"), GOES_ON,
		"ok A<08>AT, ok OK");
}

/* Another unit answers: which field says so is known though its bytes came in an earlier call. */
static void test_not_ours(void)
{
	struct frame *f =
		frame_find(book, SLICE("uu:u8=1 vv:u8=2 payload LF -> uu vv payload LF"), &err);
	struct slice wire = SLICE("\x01\x05yes\n");
	struct bytes pending, scratch, command;
	struct frame_values sent = {0};
	struct split_event e;
	bytes_init(&pending, LIMIT_FRAME);
	bytes_init(&scratch, LIMIT_FRAME);
	bytes_init(&command, LIMIT_FRAME);
	frame_encode(f, SIDE_COMMAND, SLICE("x"), NULL, sent.at, 0, &scratch, &command, &err);
	for (size_t cut = 0; cut < wire.len; cut++) {
		struct frame_values came;
		struct split *s = split_new(f, SIDE_REPLY, sent.at, came.at, 0, &pending, &scratch);
		split_feed(s, slice_cut(wire, 0, cut));
		bool early = next_event(s, &e);
		split_feed(s, slice_cut(wire, cut, wire.len));
		ok(!early && next_event(s, &e) && e.mark == MARK_NOT_OURS && e.other == 1,
			"a reply to another unit says by which field, cut at byte %zu", cut);
		bytes_clear(&pending);
		split_free(s);
	}
	bytes_free(&pending);
	bytes_free(&scratch);
	bytes_free(&command);
	frame_unref(f);
}

static void test_ends(void)
{
	splits("esc-cr", SLICE("READY\0"), GOES_ON, "ok READY");
	splits("esc-cr", SLICE("  READY \r\n"), CLOSES, "ok READY");
	splits("esc-cr", SLICE(""), CLOSES, "");
	splits("esc-cr-nul", SLICE("A\0B\0C"), CLOSES, "ok A, ok B, partial C");
	splits("payload LF", SLICE("one\ntwo\n\n3"), GOES_ON, "ok one, ok two, ok ");
	splits("payload (CR LF | LF)", SLICE("a\r\nb\nc\rd\r\n"), GOES_ON, "ok a, ok b, ok c<0d>d");
	splits("payload ('.' CR LF | CR LF | LF)", SLICE("a.\r\nb\r\n.\r\n\r\n\nc.\n"), GOES_ON,
		"ok a, ok b, ok , ok , ok , ok c.");
	splits("n:u8 payload m:u8 (CR LF | LF)", SLICE("\x0a\rA\r\n\x01\r\n\x02xyB\n"), GOES_ON,
		"ok <0d>, ok , ok xy");
	splits("payload (CR | CR LF)", SLICE("a\r\nb\rc\r\n"), GOES_ON, "ok a, ok b, ok c");
	splits("STX payload ETX",
		SLICE("xx\x02"
		      "a\x03y\x02"
		      "b\x03z"),
		CLOSES, "stray xx, ok a, stray y, ok b, stray z");
	splits("STX payload ETX ; ack 'A' ; nak 'N' ; bid 'B', 'M', 'E'", SLICE("AN\2xB\3BME"),
		GOES_ON, "token ack:A, token nak:N, ok xB, token bid:B, token may:M, token end:E");
	splits("'AB' payload 'CD'", SLICE("ABxCCDABCD"), GOES_ON, "ok xC, ok ");
	splits("'AB' payload CR", SLICE("AxABy\r"), GOES_ON, "bad A, stray x, ok y");
	splits("payload (CR LF)* (CR | LF) LF", SLICE("x\r\n\r\ny\r\n"), GOES_ON,
		"ok x, ok , ok y");
	splits("payload (CR LF)+ (CR | LF) LF", SLICE("x\r\n\r\ny\r\n"), GOES_ON, "stray x, ok ");
	splits("n:dec payload LF", SLICE("12x\nyy\n"), SILENCE, "ok x, stray yy<0a>");
}

static void test_lengths(void)
{
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
}

static void test_kinds_of_ends(void)
{
	splits("scpi", SLICE("#15ab\ncd\n#0x\nplain\r\n"), GOES_ON, "ok ab<0a>cd, ok x, ok plain");
	splits("pjlink", SLICE("%1POWR=0\rPJLINK 0\r"), GOES_ON, "ok POWR=0, ok 0");
	splits("payload[3]", SLICE("abcdef"), GOES_ON, "ok abc, ok def");
	splits("raw", SLICE("ab\0c"), SILENCE, "ok ab<00>c");
	splits("raw-eof", SLICE("ab"), CLOSES, "ok ab");
	splits("raw-eof", SLICE("ab"), GOES_ON, "");
	splits("unit:u8=1 payload LF -> unit payload LF", SLICE("\1x\n"), GOES_ON, "ok x");
	splits("xbee-api2", SLICE("\x7e\0\2#}1\xcb"), GOES_ON, "ok #<11>");
	splits("FF* 01 payload[2] align(4) 02", SLICE("\1ab\0\2\xff\xff\1cd\0\2"), GOES_ON,
		"ok ab, ok cd");
	splits("01 FF* 03 payload[2] align(4) 02", SLICE("\1\3ab\2\1\xff\3cd\2"), GOES_ON,
		"ok ab, ok cd");
}

static void test_transforms(void)
{
	/* What is undone from what was undone: both are in one buffer, which moves when it grows.
	 */
	splits("7e slip(hex(payload LF))",
		SLICE("~4142434445464748494A4B4C4D4E4F505152535455565758595A0a"), GOES_ON,
		"ok ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	splits("7e slip(hex(payload) LF)",
		SLICE("~4142434445464748494A4B4C4D4E4F505152535455565758595A\n"), GOES_ON,
		"ok ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	splits("7e hex(gdb(payload LF))", SLICE("~4142432a5a44450a~410a"), GOES_ON,
		"ok ABCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCDE, ok A");
	splits("7e slip(hex(len:u8 payload)) CR", SLICE("~0441424344\r~0141\r~0341424G\r"), GOES_ON,
		"ok ABCD, ok A, bad ~0341424G<0d>");
	splits("7e hex(len(payload):u8 chunk[3](payload xor8))", SLICE("~0741424340444546474747"),
		GOES_ON, "ok ABCDEFG");
}

static void test_groups(void)
{
	splits("A5 ('L' len(n):u8 n:dec)? payload 7e",
		SLICE("\xa5L\00212ab~\xa5"
		      "ab~"),
		GOES_ON, "ok ab, ok ab");
	splits("A5 (hdlc(x:u8 payload))? xor8(x..payload) 7e", SLICE("\xa5\1ab\2~\xa5\0~"), GOES_ON,
		"ok ab, ok ");
	splits("A5 len(payload):u8 (chunk[2](payload sum8))? 7e",
		SLICE("\xa5\3ab\xc3"
		      "cc~\xa5\0~"),
		GOES_ON, "ok abc, ok ");
	splits("payload[2] ('x' slip(n:u8 m:u8) 07)? 7e", SLICE("abxCD\7~ab~abxCDE\7~"), GOES_ON,
		"ok ab, ok ab, bad abxCDE<07>~");
	splits("payload[2] ('x' slip(n:u8 m:u8) 07)? FF* 7e", SLICE("abxCD\7\xff~"), GOES_ON,
		"ok ab");
	splits("payload[2] len('x'..07):u8 ('x' slip(n:u8 m:u8) 07)?",
		SLICE("ab\5x\xdb\xdc"
		      "D\7ab\5xCDE\7"),
		GOES_ON, "ok ab, bad ab<05>xCDE");
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
					     slice_cut(one, at + 1, one.len), set.at, &err);
		ok(good, "%s: field %s", notation, fields);
	}
	bool good = f && frame_encode(f, SIDE_COMMAND, payload, set.at, sent.at, 0, &scratch, &wire,
				 &err);
	is_bytes(good ? bytes_slice(&wire) : SLICE("(error)"), expected, "%s %s", notation, fields);
	bytes_free(&wire);
	bytes_free(&scratch);
	frame_unref(f);
}

static void test_encode(void)
{
	sends("esc-cr", "", SLICE("PWR?"), SLICE("\033PWR?\r"));
	sends("(NUL | SOH) payload LF", "", SLICE("x"), SLICE("\0x\n"));
	sends("FF* 01 payload[2] align(4) 02", "", SLICE("ab"), SLICE("\xff\1ab\0\2"));
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
	sends("payload (CR LF | LF)", "", SLICE("a\r"), SLICE("a\r\r\n"));
	sends("payload[2] '!' | '<' payload '>'", "", SLICE("abc"), SLICE("<abc>"));
	sends("len(payload):u8 chunk[3](payload xor8)", "", SLICE("abcde"),
		SLICE("\5abc\x60"
		      "de\1"));
}

static void test_covers(void)
{
	sends("STX payload ETX xor8(STX..ETX)", "", SLICE("A"), SLICE("\2A\3\x40"));
	sends("STX payload ETX xor8(..03)", "", SLICE("A"), SLICE("\2A\3\x40"));
	sends("len(payload..CR):u8 payload CR LF", "", SLICE("A"), SLICE("\2A\r\n"));
	sends("68 len(payload..CR):u8 payload sum8(68..) CR LF", "", SLICE("A"),
		SLICE("h\3A\xac\r\n"));
	sends("68 04 payload 01 16 sum8(04..01)", "", SLICE("A"), SLICE("h\4A\1\x16\x46"));
	sends("68 04 payload 0116 sum8(6804..01 16)", "", SLICE("A"), SLICE("h\4A\1\x16\xc4"));
	sends("'#AB' 'C' payload sum8('C'..payload) LF", "", SLICE("x"), SLICE("#ABCx\xbb\n"));
	sends("01 02 03 payload xor8(02..02) xor8(u8(2)..u8(3)) LF", "", SLICE("x"),
		SLICE("\1\2\3x\2\1\n"));
	sends("slip(STX payload ETX xor8(STX..ETX)) C0", "", SLICE("A"), SLICE("\2A\3\x40\xc0"));
}

static void test_fields(void)
{
	sends("mac:x6=001122334455 payload LF", "", SLICE(""), SLICE("\0\x11\x22\x33\x44\x55\n"));
	sends("mac:x3 payload LF", "mac=a1b2c3", SLICE(""), SLICE("\xa1\xb2\xc3\n"));
	sends("mac:x3 payload LF", "", SLICE(""), SLICE("\0\0\0\n"));
	sends("len(m):u8 len(payload):u8 m:x=4142 payload", "", SLICE("z"), SLICE("\2\1ABz"));
	sends("len(m):u8 len(payload):u8 m:x=4142 payload", "m=", SLICE("z"), SLICE("\0\1z"));
	sends("t:i16be=-5 n:i8=-128 payload LF", "t=-32768", SLICE(""), SLICE("\x80\0\x80\n"));
	sends("t:i24le=-2 u:f32be=1.5 v:f64le=-0.25 payload LF", "", SLICE(""),
		SLICE("\xfe\xff\xff\x3f\xc0\0\0\0\0\0\0\0\0\xd0\xbf\n"));
	sends("t:f32le=1e3 i:i56be=-1 payload LF", "", SLICE(""),
		SLICE("\0\0\x7a\x44\xff\xff\xff\xff\xff\xff\xff\n"));
	splits("t:i8=-3 payload LF -> t payload LF", SLICE("\xfdx\n"), GOES_ON, "ok x");
	splits("m:x2=4142 payload LF -> m payload LF ; until m=4142", SLICE("ABx\n"), GOES_ON,
		"ok x");
	splits("len(m):u8 len(payload):u8 m:x payload", SLICE("\2\1ABz\0\0\41\0"), GOES_ON,
		"ok z, ok ");
}

static void test_bits(void)
{
	sends("<cmd:4=6 len(payload):4> cmd2:u8=12 payload sum8", "", SLICE("\1"),
		SLICE("\x61\x0c\1\x6e"));
	sends("h:<cmd:4 n:len(payload)-1:4> payload xor8(h) xor8(n..payload) xor8(cmd)", "cmd=15",
		SLICE("ab"),
		SLICE("\xf1"
		      "ab\xf1\xf2\xf1"));
	sends("<a:1=1 c:3=1++ cc:4> <x:64> payload LF", "cc=5 x=1", SLICE(""),
		SLICE("\x95\0\0\0\0\0\0\0\1\n"));
	sends("slip(<a:1=1 len(payload):15>le payload) C0", "", SLICE("\xc0"),
		SLICE("\1\x80\xdb\xdc\xc0"));
	splits("<cmd:4=6 len(payload):4> payload sum8", SLICE("\x21z\x9b\x60\x60\x21z\x9c"),
		GOES_ON, "ok z, ok , bad !z<9c>");
	splits("a5 ('x' <a:4 len(n):4> n:dec)? payload 7e",
		SLICE("\xa5x\"12ab~\xa5"
		      "ab~"),
		GOES_ON, "ok ab, ok ab");
	splits("<a:4 n:4=1++%4+2> payload LF", SLICE("\x12x\n\x11x\n"), SILENCE,
		"ok x, bad <11>, ok ");
}

static void test_maps_and_counters(void)
{
	sends("payload sum8(payload):nib2 CR", "", SLICE("AZ"), SLICE("AZ9;\r"));
	sends("n:nib3=10 nib(payload) CR", "n=4095", SLICE("\xfa"), SLICE("????:\r"));
	sends("add[33](payload) 16", "", SLICE("\0\0\1\0"), SLICE("3343\x16"));
	sends("len(payload):u8 xor[FF 01](payload x:u8=5)", "", SLICE("AB"),
		SLICE("\2\xbe\x43\xfa"));
	sends("add:u8=4 xor:u40le=5 payload LF", "", SLICE("x"), SLICE("\4\5\0\0\0\0x\n"));
	sends("n:u8=1++%4+32 payload LF", "n=3", SLICE("x"), SLICE("#x\n"));
	splits("n:u8=1++%4+32 payload LF", SLICE("#x\n\x1fx\n"), SILENCE, "ok x, stray <1f>, ok ");
	splits("7e n:u8=1++%4+32 payload LF -> 7e n payload LF", SLICE("~#x\n~\x1fx\n"), SILENCE,
		"ok x, bad ~, stray <1f>x<0a>");
	splits("len(payload):u8 xor[FF 01](payload x:u8)", SLICE("\2\xbe\x43\xfa\1\xbe\x04"),
		GOES_ON, "ok AB, ok A");
	splits("nib(payload) CR", SLICE("41\r4\r4a\r"), GOES_ON, "ok A, bad 4<0d>, bad 4a<0d>");
	splits("7e nib(n:nib1 payload[1] LF) CR", SLICE("~3741\x30:\r"), GOES_ON, "ok A");
	splits("STX add[80 01](payload ETX)", SLICE("\2\xc1\x43\xc3\4\2\xc1\x42\x83"), GOES_ON,
		"ok ABC, ok AA");
}

static void test_labels(void)
{
	sends("SOH h:(payload ETX) xor8(h)", "", SLICE("A"), SLICE("\1A\3B"));
	sends("STX payload end:ETX xor8(STX..end)", "", SLICE("A"), SLICE("\2A\3\x40"));
	sends("start:68 len(payload):u8 68 payload sum8(start..payload) 16", "", SLICE("A"),
		SLICE("h\1hA\x12\x16"));
	sends("payload end:CR LF sum8(payload..end) sum8(end..end) sum8(end..LF)", "", SLICE("A"),
		SLICE("A\r\nN\r\x17"));
	sends("A5 h:(n:u8 (m:u8) 07) payload xor8(h..payload) xor8(n..h) LF", "n=1", SLICE("A"),
		SLICE("\xa5\1\0\7AG\6\n"));
	sends("h:(slip(payload) C0) xor8(h)", "", SLICE("\xdb"), SLICE("\xdb\xdd\xc0\xc6"));
	sends("hdlc(h:(x:u8=1 payload)) sum8(h) 7E", "", SLICE("A"), SLICE("\1AB~"));
	sends("payload mark:'*' sum8(mark) x:u16be(300) xor8(x) LF", "", SLICE("A"),
		SLICE("A**\1\x2c\x2d\n"));
	sends("payload opt:('*' xor8(payload):HEX2)? sum8(opt) CR LF", "", SLICE("A"),
		SLICE("A*41\x8f\r\n"));
	sends("x:7E* a:u8=1 payload c:crc8(a..payload) LF", "a=2", SLICE("A"), SLICE("~\2A\xea\n"));
	sends("cc:u8=1 ad:dec1=3 payload LF", "cc=2", SLICE("A"), SLICE("\0023A\n"));
	sends("b:dec2=3 payload LF ; until b=4", "b=4", SLICE("A"), SLICE("04A\n"));
}

static void test_split_covers(void)
{
	splits("c:u8=5 payload LF -> c payload LF", SLICE("\5A\n"), GOES_ON, "ok A");
	splits("payload end:CR LF sum8(payload..end)", SLICE("A\rB\r\n\x9d"), GOES_ON, "ok A<0d>B");
	splits("68 04 payload 01 16 sum8(04..01)", SLICE("h\4A\1\x16\x46h\4A\1\x16\x47"), GOES_ON,
		"ok A, bad h<04>A<01><16>G");
	splits("len(payload..CR):u8 payload CR LF", SLICE("\3A\r\r\n\3AB\n\n"), GOES_ON,
		"ok A<0d>, bad <03>AB");
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
		frame_encode(f, SIDE_COMMAND, SLICE(""), NULL, sent.at, 0, &scratch, &wire, &err);
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
	bool good = frame_encode(f, SIDE_COMMAND, payload, NULL, sent.at, 0, &scratch, &wire, &err);
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
	refuses("DC5 payload CR", 0, "half a byte");
	refuses("payload payload LF", 8, "payload is given twice");
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
	refuses("trim() LF", 0, "this transform is empty");
	refuses("trim payload LF", 5, "expected '('");
	refuses("payload LF \xc3\xa4", 11, "has no meaning");
	refuses("payload LF ~", 11, "has no meaning");
	refuses("payload LF )", 11, "expected an item");
	refuses("payload LF ;", 12, "expected a clause");
	refuses("foo payload LF", 0, "not known here");
	refuses("payloda LF", 0, "did you mean payload?");
}

static void test_line_ends(void)
{
	static const struct {
		const char *notation, *end;
	} frames[] = {{"line", "\n"}, {"tty", "\r"}, {"payload (CR LF | LF)", "\r\n"},
		{"payload LF eof -> payload eof", "\n"},
		{"payload CR gap(5ms) -> payload LF", "\r"}, {"nmea", "\r\n"}, {"payload ETX", ""},
		{"modbus-rtu", ""}, {"raw", ""}};
	for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
		struct frame *f = frame_find(book, slice_str(frames[i].notation), &err);
		struct slice end = f ? frame_line_end(f, SIDE_COMMAND) : SLICE("?");
		ok(slice_is(end, frames[i].end), "how lines of %s end", frames[i].notation);
		frame_unref(f);
	}
}

static void test_bad_payloads(void)
{
	refuses("payload LF -> nam payload LF", 14, "not known here");
	refuses_payload("payload LF", SLICE("a\nb"), "holds its own terminator, \\n, at byte 1");
	refuses_payload("<len(payload):4 a:4> payload", SLICE("0123456789abcdef"),
		"len, 16, does not fit into 4 bits");
	refuses_payload("payload[2] LF", SLICE("abc"), "at most 2 bytes");
	refuses_payload("FF* payload eof", SLICE(""), "only fillers");
	refuses_payload("payload[2] LF", SLICE("a"), "at least 2 bytes");
}

static void test_book(void)
{
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

/* A fault that takes many words ends in a mark. */
static void test_long_fault(void)
{
	char text[SPLIT_TEXT_MAX], name[SPLIT_TEXT_MAX];
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = 0;
	struct split_event e = {.kind = SPLIT_DAMAGED, .fault = FAULT_CHECK, .check_count = 2};
	e.checks[0] = e.checks[1] = (struct split_check){name, 1, 2, 2};
	split_error_text(&e, text);
	ok(strlen(text) < SPLIT_TEXT_MAX && strcmp(text + strlen(text) - 4, BYTES_CUT) == 0,
		"what is wrong is not cut in silence: %s", text);
}

/* What finds no room is never left out of a frame: it is said. */
static void test_no_room(void)
{
	struct frame *f = frame_find(book, SLICE("payload LF"), &err);
	struct bytes pending, scratch;
	struct frame_values came;
	struct split_event e;
	char text[SPLIT_TEXT_MAX];
	bytes_init(&pending, 10);
	bytes_init(&scratch, 10);
	struct split *s = split_new(f, SIDE_REPLY, NULL, came.at, 1000, &pending, &scratch);
	split_feed(s, SLICE("ok\n12345"));
	split_feed(s, SLICE("67890"));
	split_feed(s, SLICE("\n"));
	ok(split_next(s, &e) && e.kind == SPLIT_FRAME && slice_is(e.payload, "ok"),
		"a frame in front of what finds no room");
	ok(split_next(s, &e) && e.kind == SPLIT_OVERSIZE && slice_is(e.raw, "12345") &&
			e.offset == 3,
		"what was kept of the next one is oversize");
	ok(strstr(split_error_text(&e, text), "11 bytes, over the limit of 5 bytes"),
		"and how much there was");
	ok(!split_next(s, &e) && split_offset(s) == 14, "once");
	split_feed(s, SLICE("next\n"));
	ok(split_next(s, &e) && e.kind == SPLIT_FRAME && slice_is(e.payload, "next") &&
			e.offset == 14,
		"decoding goes on behind it");
	split_free(s);
	frame_unref(f);
	bytes_free(&pending);
	bytes_init(&pending, 1000);
	f = frame_find(book, SLICE("slip(payload) C0"), &err);
	s = split_new(f, SIDE_REPLY, NULL, came.at, 1000, &pending, &scratch);
	split_feed(s, SLICE("0123456789\xc0"));
	ok(split_next(s, &e) && e.kind == SPLIT_FRAME && slice_is(e.payload, "0123456789"),
		"as much inside a transform as there is room for");
	split_feed(s, SLICE("0123456789a\xc0"));
	ok(split_next(s, &e) && e.kind == SPLIT_DAMAGED, "one byte more is no good frame");
	is_str(split_error_text(&e, text), "11 bytes, at most 10 bytes fit", "and why");
	frame_unref(f);
	split_free(s);
	bytes_free(&pending);
	bytes_free(&scratch);
}

static void test_limits(void)
{
	struct frame *f = frame_find(book, SLICE("payload LF"), &err);
	struct bytes pending, scratch;
	struct frame_values came;
	struct split_event e;
	char text[SPLIT_TEXT_MAX];
	bytes_init(&pending, LIMIT_FRAME_MOST);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	struct split *s = split_new(f, SIDE_REPLY, NULL, came.at, 100, &pending, &scratch);
	uint8_t block[60] = {0};
	split_feed(s, slice_of(block, sizeof block));
	ok(!split_next(s, &e), "60 of at most 100 bytes: more is needed");
	split_feed(s, slice_of(block, sizeof block));
	ok(split_next(s, &e) && e.kind == SPLIT_OVERSIZE && e.raw.len == 100,
		"without an end they are oversize: the limit, in one event");
	ok(strstr(split_error_text(&e, text), "over the limit of 100 bytes; .set max= raises it"),
		"which names the limit");
	split_feed(s, SLICE("a\n"));
	ok(split_next(s, &e) && e.kind == SPLIT_FRAME && e.offset == 100,
		"and decoding goes on behind them");
	is_str(split_end_text(&e, text), "delimiter LF", "why it ended");
	frame_unref(f);
	split_free(s);
	for (size_t set = 0; set <= 100; set += 100) {
		f = frame_find(book, SLICE("payload LF ; max 10"), &err);
		bytes_clear(&pending);
		s = split_new(f, SIDE_REPLY, NULL, came.at, set, &pending, &scratch);
		split_feed(s, slice_of(block, sizeof block));
		ok(split_next(s, &e) && e.kind == SPLIT_OVERSIZE &&
				strstr(split_error_text(&e, text),
					"over the limit of 10 bytes; max in the frame raises it"),
			"a limit of the frame's own is raised there, whatever is set");
		frame_unref(f);
		split_free(s);
	}
	f = frame_find(book, SLICE("lp32be"), &err);
	bytes_clear(&pending);
	s = split_new(f, SIDE_REPLY, NULL, came.at, 0, &pending, &scratch);
	split_feed(s, SLICE("\x7f\xff\xff\xff"
			    "abc"));
	ok(split_next(s, &e) && e.kind == SPLIT_DAMAGED,
		"a length over the limit is refused at once");
	frame_unref(f);
	split_free(s);
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

/* ---- what hostile bytes cost ---- */

/* `head`, and n times the byte, in pieces. */
static void feed(const char *notation, const char *head, uint8_t byte, size_t n, size_t piece)
{
	struct bytes pending, scratch, wire;
	struct frame_values came;
	struct split_event e;
	struct frame *f = frame_find(book, slice_str(notation), &err);
	bytes_init(&pending, LIMIT_FRAME_MOST);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	bytes_init(&wire, n + 100);
	bytes_add_str(&wire, head);
	memset(bytes_space(&wire, n), byte, n);
	wire.len += n;
	struct split *s = split_new(f, SIDE_REPLY, NULL, came.at, 0, &pending, &scratch);
	for (size_t at = 0; at < wire.len; at += piece) {
		split_feed(s, slice_cut(bytes_slice(&wire), at, at + piece));
		while (split_next(s, &e))
			;
	}
	split_free(s);
	bytes_free(&pending);
	bytes_free(&scratch);
	bytes_free(&wire);
	frame_unref(f);
}

static void fillers_one_by_one(size_t n)
{
	feed("7e FF* 01 payload[2] 02", "~", 0xFF, n, 1);
}

static void fillers_inside_damage(size_t n)
{
	feed("7e 01 7e 02 FF* 03 payload[2] 04", "~\1~\1~\2", 0xFF, n, 1);
}

static void inside_two_transforms(size_t n)
{
	feed("7e slip(hex(payload LF))", "~", '4', n, n);
}

static void delimiter_one_by_one(size_t n)
{
	feed("7e slip(payload) CR LF", "~", '\r', n, 1);
}

static void test_cost(void)
{
	size_t n = tap_slow() ? 1024 : 8 * 1024;
	is_linear(fillers_one_by_one, n, "fillers that come one by one are looked at once each");
	is_linear(fillers_inside_damage, n, "so are those inside a damaged frame");
	is_linear(inside_two_transforms, 2 * n,
		"what is inside two transforms is undone a few times");
	is_linear(delimiter_one_by_one, n, "and the begin of a terminator that does not come");
}

int main(void)
{
	book = frame_book_new();
	test_ends();
	test_lengths();
	test_kinds_of_ends();
	test_transforms();
	test_groups();
	test_echo();
	test_not_ours();
	test_encode();
	test_covers();
	test_fields();
	test_bits();
	test_maps_and_counters();
	test_labels();
	test_split_covers();
	test_counter();
	test_refusals();
	test_line_ends();
	test_bad_payloads();
	test_book();
	test_limits();
	test_no_room();
	test_long_fault();
	test_random();
	test_cost();
	const char *group, *name;
	for (size_t i = 0; (name = frame_book_name(book, i, &group, NULL)); i++) {
		struct frame *f = frame_find(book, slice_str(name), &err);
		ok(f != NULL, "%s of the catalogue compiles", name);
		frame_unref(f);
	}
	frame_book_free(book);
	return tap_done();
}
