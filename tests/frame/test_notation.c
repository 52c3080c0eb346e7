/* What each wrong notation is told, and the checks: every CRC of the catalogue gives its own check
 * value, in pieces as in one.  The manual has all checks and transforms. */
#include "frame/check.h"
#include "frame/xform.h"
#include "lib/tap.h"
#include <stdio.h>
#include <stdlib.h>
#include <wilco/frame.h>

static struct frame_book *book;

static void refuses(const char *notation, size_t column, const char *what, const char *hint)
{
	struct error err = {0};
	struct frame *f = frame_compile(book, slice_str(notation), &err);
	bool good = !f && err.placed && err.column == column - 1 && strstr(err.what, what) &&
		    (!hint || strstr(err.hint, hint));
	if (!ok(good, "%s: column %zu: %s", notation, column, what))
		tap_note(
			"column %zu: %s (%s)", err.column + 1, f ? "accepted" : err.what, err.hint);
	frame_unref(f);
}

static void defines(const char *line, const char *wrong)
{
	struct error err = {0};
	bool good = frame_book_define(book, slice_str(line), &err);
	if (!ok(wrong ? !good && strstr(err.what, wrong) : good, "%s: %s", line,
		    wrong ? wrong : "taken"))
		tap_note("%s", err.what);
}

/* What people write who know other notations. */
static void test_other_spellings(void)
{
	refuses("payload crc16-modbs:le gap(3.5ch)", 9, "'crc16-modbs' is not a check",
		"did you mean crc16-modbus?");
	refuses("payload crc16-modbus gap(3.5ch)", 9, "crc16-modbus is 2 bytes: say :be or :le",
		"crc16-modbus:le sends the low byte first");
	refuses("0x1B payload CR", 1, "write bytes as bare hex", "here: 1B");
	refuses("STX payload xor8(payload) len:u8", 27, "nothing follows this len", NULL);
	refuses("STX payload xor8(payload)", 5, "nothing says where this ends", "add a terminator");
	refuses("payload CRLF", 9, "'CRLF' is not known here", "write CR LF");
	refuses("payload crlf", 9, "'crlf' is not known here", "write CR LF");
	refuses("payload \\r\\n", 9, "'\\\\' has no meaning here", "write CR LF");
	refuses("payload \\x9c\\e", 9, "'\\\\' has no meaning here", "write 9C ESC");
	refuses("payload \\q", 9, "'\\\\' has no meaning here", "put text to send in quotes");
	refuses("payload ^M", 9, "expected an item, not ^", "write CR");
	refuses("payload $0D", 9, "'$' has no meaning here", "write bytes as bare hex, here: 0D");
	refuses("payload 0Dh", 9, "'0Dh' is not known here", "write bytes as bare hex, here: 0D");
	refuses("payload cr", 9, "'cr' is not known here", "control names are in capitals: CR");
	refuses("<STX> payload <ETX>", 1, "",
		"control names stand alone, with blanks between: STX");
	refuses("[cr] payload LF", 1, "expected an item, not [", "with blanks between: CR");
	refuses("{STX} payload LF", 1, "'{' has no meaning here", "with blanks between: STX");
	refuses("STX payload <0D>", 13, "", "bytes stand alone, with blanks between: 0D");
	refuses("STX, payload LF", 4, "expected an item, not ,", "items stand side by side");
}

static void test_other_words(void)
{
	refuses("STX data ETX", 5, "'data' is not known here", "is payload");
	refuses("<data> CR", 1, "", "is payload");
	refuses("ESC text CR", 5, "'text' is not known here", "is payload");
	refuses("STX payload ETX XOR", 17, "'XOR' is not a check", "write xor8");
	refuses("len16 payload", 1, "'len16' is not known here", "len:u16be");
	refuses("len:u16 payload", 5, "expected a type, not u16", "u16be the high one, u16le");
	refuses("x:word payload LF", 3, "expected a type, not word", "write u16be or u16le");
	refuses("x:int16 payload LF", 3, "expected a type, not int16", "write i16be or i16le");
	refuses("x:float payload LF", 3, "expected a type, not float", "write f32be or f32le");
	refuses("x:uint16le payload LF", 3, "expected a type, not uint16le", "write u16le");
	refuses("x:uint24 payload LF", 3, "expected a type, not uint24",
		"u24be the high one, u24le");
	refuses("x:smallint payload LF", 3, "expected a type, not smallint", "types are u8");
}

static void test_misplaced(void)
{
	refuses("length:u8 payload", 11, "nothing says where this ends",
		"length is a field that you set; a length that counts is len:TYPE");
	refuses("STX payload ETX xor8(2..5)", 22, "half a byte", "cmd..payload, STX..ETX");
	refuses("STX payload ETX xor8(STX,ETX)", 25, "not ,", "a range is a..b");
	refuses("STX payload ETX xor8(all)", 17, "a loop of names", "a check alone covers");
	refuses("len:u8(payload) payload", 7, "stands before the colon", "len(payload):TYPE");
	refuses("payload sum16:be(payload) CR", 17, "stands before the colon",
		"sum16(payload):TYPE");
	refuses("payload len:u8", 9, "nothing follows this len",
		"len(payload):u8 counts the payload");
	refuses("payload(5)", 8, "in square brackets", "payload[5]");
	refuses("payload sum8&7F CR", 14, "expected a number after the operator, not 7F", "0x7F");
	refuses("cmd:u8=FF payload CR", 8, "expected a default value, not FF", "0xFF");
	refuses("cmd:u8=1G payload CR", 8, "expected a default value, not 1G", NULL);
	refuses("payload ~sum8 CR", 9, "'~' has no meaning here", "sum8^0xFF is the one's");
	refuses("payload 256-sum8 CR", 9, "'256-sum8' is not known here", "nsum8 the two's");
	refuses("payload CR => payload LF", 12, "expected an item, not =", "-> stands between");
}

static void test_ambiguous(void)
{
	refuses("STX payload ETX lrc", 17, "'lrc' alone is ambiguous", "write nsum8");
	refuses("STX payload ETX bcc", 17, "'bcc' alone is ambiguous", "write xor8");
	refuses("payload crc16:le CR", 9, "'crc16' alone is ambiguous", "crc16-modbus");
	refuses("payload ccitt:be CR", 9, "'ccitt' alone is ambiguous", "crc16-xmodem");
	refuses("1d:u8=1 payload LF", 1, "reads as bytes, so it cannot be a name", "not all hex");
	refuses("ad:u8=1 payload LF -> ad payload LF", 23, "'ad' is a byte, and a name here",
		"not all hex");
	refuses("payload cc:sum8 xor8(cc) LF", 22, "'cc' is a byte, and a name here", NULL);
	refuses("cc:(payload FF) sum8(cc)", 22, "'cc' is a byte, and a name here", NULL);
	refuses("ad:u8=5 payload LF ; until ad=5", 28, "ad is bytes here", NULL);
	refuses("STX payload xor8(a) LF", 18, "'a' names nothing", "hex digits come in pairs");
	refuses("STX payload xor8(3) LF", 18, "half a byte", NULL);
	refuses("c payload LF", 1, "half a byte", NULL);
	refuses("c:u8 c payload LF", 6, "a bare name such as 'c' can only follow ->", NULL);
}

static void test_words(void)
{
	refuses("payload:u8 LF", 1, "has a meaning of its own", NULL);
	refuses("sum8:u8 payload LF", 1, "nothing comes before this check", NULL);
	refuses("slip:u8 payload LF", 1, "has a meaning of its own", NULL);
	refuses("u8:u8 payload LF", 1, "has a meaning of its own", NULL);
	refuses("n:u8 n payload LF", 6, "a bare name such as 'n' can only follow ->", NULL);
	refuses("payload slipp(x) LF", 9, "not a check or transform", "did you mean slip?");
	refuses("STX ( payload ETX", 18, "expected ')'", NULL);
	refuses("slip(payload C0", 16, "expected ')'", NULL);
	refuses("slip payload C0", 6, "expected '(' and what it holds", NULL);
	refuses("slip() C0", 1, "this transform is empty", NULL);
	refuses("() payload LF", 1, "this bracket is empty", NULL);
	refuses("name:() payload LF", 6, "this bracket is empty", NULL);
	refuses("STX:u8 payload LF", 1, "reads as bytes, so it cannot be a name", NULL);
	refuses("x:123 payload LF", 3, "half a byte", NULL);
	refuses("payload (u8:u8)? LF", 10, "has a meaning of its own", NULL);
	refuses("payload (n:u8)? LF", 10, "nothing says whether this optional group is there",
		"begin it with a literal");
	refuses("(STX (ETX sum8)? payload)? LF", 26, "an optional group inside another one", NULL);
	refuses("A5 cmd:u8=0x50 (len(payload):u8 payload)?", 17, "this length may not be there",
		"two layouts");
	refuses("A5 ('L' len(payload):u8)? payload", 9, "this length may not be there", NULL);
	refuses("A5 (len(payload):u8 hex(payload))?", 5, "this length may not be there", NULL);
	refuses("A5 len(payload):u8 (n:dec payload sum8(payload))?", 21, "items of fixed size",
		NULL);
	refuses("FF*", 1, "may have no bytes at all", NULL);
	refuses("payload[0]", 1, "may have no bytes at all", NULL);
	refuses("('A' n:u8)? gap(5ms)", 2, "may have no bytes at all", NULL);
	refuses("payload align(0) LF", 9, "a multiple of 0", NULL);
	refuses("payload align(4) LF", 9, "nothing says how many bytes this is", "len(fill)");
	refuses("payload len:u8 align(4) LF", 16, "nothing says how many bytes", NULL);
	refuses("payload eof LF", 9, "nothing can follow eof or gap", NULL);
	refuses("slip(payload eof) C0", 14, "nothing can follow eof or gap", NULL);
	refuses("slip(payload) cobs(n:u8) 00", 15, "two items of unknown size", NULL);
}

static void test_calcs(void)
{
	refuses("len(payload) payload", 1, "len needs a type", "len:u8");
	refuses("len:s2 payload", 1, "a length is a number", NULL);
	refuses("len(nowhere):u8 payload", 5, "'nowhere' names nothing", NULL);
	refuses("len():u8 payload", 5, "this bracket is empty", NULL);
	refuses("sum8 payload LF", 1, "nothing comes before this check", NULL);
	refuses("STX payload xor8(payload ;) LF", 26, "a span holds names", NULL);
	refuses("m:u8 payload n:u8 xor8(n..m) LF", 24, "this span ends before it begins", NULL);
	refuses("m:u8 slip(n:u8 payload) xor8(m..n) C0", 30, "different levels", NULL);
	refuses("68 len:u8 68 payload sum8(68..payload) 16", 27, "68 stands 2 times as a literal",
		"edge:68");
	refuses("STX payload (CR | LF) xor8(STX..CR)", 28, "CR is no literal on the level",
		"label what is meant");
	refuses("'#AB' payload xor8('B'..payload) LF", 20, "'B' is no literal", NULL);
	refuses("STX payload ETX xor8(ETX..STX)", 22, "this span ends before it begins", NULL);
	refuses("7E 04 payload xor8(04..7E) LF", 20, "this span ends before it begins", NULL);
	refuses("STX payload xor8(STX..ETX) ETX", 13, "a loop of names", NULL);
	refuses("STX slip(payload) xor8(payload..STX) C0", 24, "STX is no literal", NULL);
	refuses("('*-' '+' payload)? xor8('+'..payload) LF", 26, "may not be there", NULL);
	refuses("x:sum8(y) payload y:sum8(x) LF", 3, "a loop of names", NULL);
	refuses("x:sum8(all) payload LF", 3, "a loop of names", NULL);
	refuses("xor8(payload)%0 payload LF", 15, "an operator with 0", NULL);
	refuses("payload xor8(payload)+x LF", 23, "expected a number", NULL);
	refuses("STX payload xor8(payload /) LF", 26, "a span holds names", NULL);
	refuses("n:u8 FF* xor8(n..) payload LF", 6, "a filler cannot be part", NULL);
	refuses("len(payload)&15:u8 payload", 1, "cannot be computed back", "lose what the size");
	refuses("payload xor8(all payload) LF", 18, "all covers this too", NULL);
	refuses("payload xor8(x:s2) LF", 14, "must be a number", NULL);
	refuses("<cmd:4 len:3> payload", 1, "these are 7 bits; whole bytes", NULL);
	refuses("<a:60 b:12> payload LF", 1, "these are 72 bits", NULL);
	refuses("<a:4=16 len:4> payload", 2, "16 does not fit into 4 bits", NULL);
	refuses("<a:0 b:8> payload LF", 4, "a part of no bits", NULL);
	refuses("<a:65> payload LF", 4, "65", NULL);
	refuses("<payload:8> LF", 2, "has a meaning of its own", NULL);
	refuses("<a:4 3:4> payload LF", 6, "expected NAME:BITS or len:BITS", NULL);
	refuses("<a:4 b> payload LF", 7, "expected ':' and the number of bits", NULL);
	refuses("<a:4", 5, "expected NAME:BITS", NULL);
	refuses("len:u8 chunk[2](<a:8> payload)", 17, "chunk holds payload", NULL);
	refuses("payload <len(payload):8> LF2", 26, "not known here", NULL);
	refuses("mac:x6=0011 payload LF", 8, "the default has 2 bytes, the field 6", NULL);
	refuses("mac:x33 payload LF", 5, "expected a type", NULL);
	refuses("m:x payload LF", 1, "nothing says how many bytes this is", "len(m):u8");
	refuses("payload len(m):u8 m:x LF", 1, "nothing says where this ends", NULL);
	refuses("len(payload):x2 payload", 14, "expected a type", NULL);
	refuses("payload sum8:i8 LF", 14, "expected a type", NULL);
	refuses("t:i8=-129 payload LF", 6, "'-129' is no value of its type", NULL);
	refuses("t:f32be=one payload LF", 9, "'one' is no value of its type", NULL);
	refuses("t:i8=5++ payload LF", 7, "only a number without a sign", NULL);
	refuses("t:x2++ payload LF", 5, "only a number without a sign", NULL);
	refuses("t:i8 payload LF ; until t=200", 27, "no value of its type", NULL);
	refuses("tag:u8=9++%64+300 payload LF", 14, "the counter and this do not fit", NULL);
	refuses("tag:u8++%0 payload LF", 9, "modulo 0", NULL);
	refuses("tag:s2++ payload LF", 7, "a text field cannot count up", NULL);
}

static void test_transforms(void)
{
	refuses("esc(payload) C0", 4, "esc needs its bytes", NULL);
	refuses("esc[7D^20: 7E](payload) 7E", 4, "the escape byte itself must be escaped", NULL);
	refuses("esc[DB: C0 DB=DD](payload) C0", 12, "a code after each byte", NULL);
	refuses("esc[DB: C0=DC C0=DD DB=DE](payload) C0", 15, "is given twice", NULL);
	refuses("esc[7D7D: 7D](payload) C0", 5, "expected a byte in esc", NULL);
	refuses("add[](payload) LF", 5, "add[...] needs at least one byte", NULL);
	refuses("xor[F](payload) LF", 5, "expected bytes in xor[...], not F", NULL);
	refuses("add payload LF", 1, "half a byte", NULL);
	refuses("chunk[0](payload) LF", 6, "chunks of 0 bytes", NULL);
	refuses("len:u8 chunk[4](crc8)", 17, "nothing comes before this check", NULL);
	refuses("len:u8 chunk[4](FF sum8)", 8, "chunk must hold payload", NULL);
	refuses("len:u8 chunk[4](payload n:u8)", 25, "chunk holds payload, literals", NULL);
	refuses("slip(hex(cobs(dle(hdlc(payload))))) C0", 19, "at most 4 transforms", NULL);
	refuses("cobs(payload)", 6, "nothing says where this ends", NULL);
}

static void test_clauses(void)
{
	refuses("payload LF ; untill 'ok'", 14, "expected a clause", "did you mean until?");
	refuses("payload LF ; times 1 ; times 0", 30, "given twice without `on`", NULL);
	refuses("payload LF ; until 'a' on 'b' ; until 'c' ; until 'd'", 51, "given twice", NULL);
	refuses("payload LF ; times 1 on", 24, "expected a pattern", NULL);
	refuses("payload LF ; times 1 on 'a' on 'b'", 29, "expected", NULL);
	refuses("payload LF ; async 'a' on 'b'", 24, "expected", NULL);
	refuses("payload LF ; times 1 off 'b'", 22, "expected", NULL);
	refuses("payload LF ; times x", 20, "expected a number", NULL);
	refuses("payload LF ; max 0", 18, "no frame fits", NULL);
	refuses("payload LF ; says 0", 19, "counted from 1", NULL);
	refuses("payload LF ; says 2", 19, "from 0 to 1", NULL);
	refuses("payload LF ; says", 18, "expected the number of a layout", NULL);
	refuses("payload LF -> payload (CR LF | LF) ; says CR", 43, "no choice of ends", NULL);
	refuses("payload LF ; says LF", 19, "no choice of ends", NULL);
	refuses("payload LF ; idle 5", 19, "idle needs its time", NULL);
	refuses("payload LF ; idle(5)", 19, "is not a time", NULL);
	refuses("payload LF ; idle(3ch)", 19, "is not a time", NULL);
	refuses("payload LF ; ack", 17, "expected bytes", NULL);
	refuses("payload LF ; bid ENQ, ACK, EOT, ETX", 33, "at most three tokens", NULL);
	refuses("payload LF ; until", 19, "expected a pattern", NULL);
	refuses("payload LF ; until 'a' | ", 26, "expected a pattern", NULL);
	refuses("payload LF ; until type='Z'", 20, "'type' is no field", "text to match in quotes");
	refuses("payload LF ; bin ; bin", 20, "this clause is given twice", NULL);
	refuses("payload LF ; echo 5", 19, "expected the end", NULL);
	refuses("n:u8 payload LF ; until n=300", 27, "does not fit", NULL);
}

static void test_crc_lines(void)
{
	defines("crc crc16-mine = width=16 poly=0x8005 init=0xffff refin=true refout=true "
		"xorout=0x0000 check=0x4b37",
		NULL);
	defines("mine = payload crc16-mine:le CR", NULL);
	defines("crc bad = width=16 poly=0x8005 init=0 refin=true refout=true xorout=0 check=0x1",
		"these parameters give check=0xbb3d");
	defines("crc bad = width=65 poly=1 refin=true refout=true xorout=0",
		"not a number for width");
	defines("crc bad = width=8 poly=0x107 refin=true refout=true xorout=0", "more than 8 bits");
	defines("crc bad = width=8 poly=7", "a CRC needs");
	defines("crc bad = width=8 poly=7 refin=yes refout=true xorout=0", "true or false");
	defines("crc bad = width=8 size=3", "is no parameter of a CRC");
	defines("crc bad = width=8 width=8", "is given twice");
	defines("so bad = payload LF", "a frame is defined by");
	defines("-bad = payload LF", "cannot be a name");
}

static void test_crcs(void)
{
	const struct crc_known *p;
	struct crc *crc = malloc(sizeof *crc);
	size_t n = 0;
	for (; (p = crc_catalog(n)); n++) {
		crc_build(crc, &p->params);
		uint64_t whole = crc_end(crc, crc_add(crc, crc->start, SLICE("123456789")));
		uint64_t state = crc->start;
		for (size_t i = 0; i < 9; i++)
			state = crc_add(crc, state, slice_cut(SLICE("123456789"), i, i + 1));
		ok(whole == p->params.check && crc_end(crc, state) == p->params.check, "%s",
			p->name);
		ok(!p->name[CRC_NAMES_MAX - 1] && !p->name[CRC_NAMES_MAX - 2] &&
				!p->users[CRC_USERS_MAX - 1],
			"%s: its texts fit", p->name);
	}
	ok(n == 113, "all 112 of the catalogue up to 64 bits, and that of MS/TP");
	free(crc);
}

/* Encodes 123456789 with this check behind it: the value, most significant byte first. */
static uint64_t value_by_name(const char *name, bool wide, struct error *err)
{
	char notation[400];
	struct bytes wire, scratch;
	uint64_t value = 0;
	snprintf(notation, sizeof notation, "payload %s%s gap(5ms)", name, wide ? ":be" : "");
	struct frame *f = frame_compile(book, slice_str(notation), err);
	bytes_init(&wire, 4096);
	bytes_init(&scratch, 4096);
	if (f && frame_encode(
			 f, SIDE_COMMAND, SLICE("123456789"), NULL, NULL, 0, &scratch, &wire, err))
		for (size_t i = 9; i < wire.len; i++)
			value = value << 8 | wire.at[i];
	bytes_free(&wire);
	bytes_free(&scratch);
	frame_unref(f);
	return value;
}

static void test_crc_names(void)
{
	struct bytes others, line;
	struct frame_crc crc = {.others = &others, .line = &line};
	const struct crc_known *p;
	struct error err;
	bytes_init(&others, 4096);
	bytes_init(&line, 4096);
	for (size_t i = 0; (p = crc_catalog(i)); i++) {
		bool listed = frame_crc(book, i, &crc) && strcmp(crc.name, p->name) == 0;
		size_t before = others.len;
		for (const char *name = p->name; name; name = crc_next_name(name)) {
			char capitals[CRC_NAME_MAX], in_line[256];
			crc_catalog_name(name, capitals);
			snprintf(in_line, sizeof in_line, "crc[%s]", bytes_str(&line));
			bool wide = p->params.width > 8;
			uint64_t check = p->params.check;
			if (!ok(value_by_name(name, wide, &err) == check &&
					    value_by_name(capitals, wide, &err) == check &&
					    value_by_name(in_line, wide, &err) == check,
				    "%s, %s", name, capitals))
				tap_note("%s", err.what);
			before -= name == p->name ? 0 : strlen(name) + (before > strlen(name));
		}
		ok(listed && before == 0, "%s is listed, with its other names", p->name);
	}
	bytes_free(&others);
	bytes_free(&line);
}

static void test_bad_crcs(void)
{
	refuses("payload CRC-82/DARC:be LF", 9, "has 82 bits; at most 64", NULL);
	refuses("payload crc64-ecma-183:be LF", 9, "'crc64-ecma-183' is not a check",
		"A minus that subtracts needs a blank");
	refuses("payload CRC-16-MODBUS:le LF", 9, "is not a check", "did you mean crc16-modbus?");
	refuses("payload crc-16-modbus:le LF", 9, "is not a check", "did you mean crc16-modbus?");
	refuses("payload CRC_16_MODBUS:le LF", 9, "is not a check", "did you mean crc16-modbus?");
	refuses("payload crc-modbus:le LF", 9, "is not a check", "did you mean crc16-modbus?");
	refuses("payload CRC-16/KERMITT:le LF", 9, "is not a check", "crc16-kermit");
	refuses("payload crc16-ccitt:be LF", 9, "ambiguous", "crc16-ibm-3740 (init FFFF)");
	refuses("payload CRC16:be LF", 9, "'CRC16' alone is ambiguous", "crc16-arc");
	refuses("payload LRC LF", 9, "'LRC' alone is ambiguous", "nsum8");
	refuses("payload crc:u16le LF", 9, "'crc' alone is ambiguous", "wilco frame list crc");
	refuses("payload crc[width=8] LF", 13, "a CRC needs width= and poly=", NULL);
	refuses("payload crc[width=8 poly=7 inti=1] LF", 28, "'inti' is no parameter", NULL);
	refuses("payload crc[width=8 poly=7 refin=yes] LF", 34, "true or false", NULL);
	refuses("payload crc[width=8 poly=7 augment=true] LF", 36, "yes or no", NULL);
	refuses("payload crc[width=8 poly=7 check=0xF5] LF", 13, "give check=0xf4", NULL);
	refuses("payload crc[width=8 poly=7 LF", 9, "has no ']'", NULL);
}

static void test_crc_values(void)
{
	struct error err;
	ok(value_by_name("crc64-ecma-182 - 1", true, &err) == 0x6c40df5f0b497346,
		"behind a blank a minus subtracts");
	ok(value_by_name("crc[width=16 poly=0x1021 augment=no](payload 0000)", true, &err) ==
			0x31c3,
		"without zero bits of its own, but with two zero bytes: CRC-16/XMODEM");
	ok(value_by_name("crc[width=64 poly=0x1b augment=no](8000000000000000 00)", true, &err) ==
			0xd80,
		"64 bits without zero bits: x^71 modulo x^64 + 1b");
	ok(value_by_name("crc[width=5 poly=0x05 augment=no](u8(0x20))", false, &err) == 5,
		"five bits: x^5 modulo x^5 + 5");
	ok(value_by_name("crc[width=8 poly=0x1D refin=true refout=true augment=no](payload 00)",
		   false, &err) ==
			value_by_name("crc[width=8 poly=0x1D refin=true refout=true]", false, &err),
		"reflected");
	ok(value_by_name("fcs:crc16-x25", true, &err) == 0x906e &&
			value_by_name("lrc:xor8(payload)", false, &err) == 0x31,
		"what is no check alone can be a label");
}

static uint64_t sum(const char *name, struct slice bytes)
{
	const struct check *check;
	struct check_state state;
	for (size_t i = 0; (check = check_builtin(i)); i++)
		if (strcmp(check->name, name) == 0) {
			check_begin(check, &state);
			check_add(check, &state, slice_cut(bytes, 0, 3)); /* an odd cut */
			check_add(check, &state, slice_cut(bytes, 3, bytes.len));
			return check_end(check, &state);
		}
	return 0;
}

static void test_sums(void)
{
	static const struct {
		const char *name;
		uint64_t value;
	} sums[] = {{"sum8", 0xDD}, {"sum16", 0x1DD}, {"sum32", 0x1DD}, {"nsum8", 0x23},
		{"nsum16", 0xFE23}, {"nsum32", 0xFFFFFE23}, {"isum8", 0x22}, {"isum16", 0xFE22},
		{"isum32", 0xFFFFFE22}, {"xor8", 0x31}, {"fletcher16", 0x1EDE},
		{"fletcher8", 0x15DD}, {"adler32", 0x091E01DE}, {"inet16", 0xF62A},
		{"kermit6", 0x20}};
	for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++) {
		uint64_t got = sum(sums[i].name, SLICE("123456789"));
		if (!ok(got == sums[i].value, "%s of 123456789", sums[i].name))
			tap_note("got %llx", (unsigned long long)got);
	}
}

/* ---- the manual ---- */

/* Reads doc/wilco-frame.5 from this section on. */
static char *manual_from(const char *section)
{
	static char text[128 * 1024];
	char path[4096];
	const char *srcdir = getenv("srcdir");
	snprintf(path, sizeof path, "%s/doc/wilco-frame.5", srcdir ? srcdir : ".");
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
	text[n] = 0;
	if (f)
		fclose(f);
	return strstr(text, section);
}

/* Says whether the heads of a section's list have this word. */
static bool is_listed(const char *section, const char *name)
{
	char *text = manual_from(section), *save, *word;
	char *end = text ? strstr(text, "\n.El\n") : NULL;
	if (!end)
		return false;
	*end = 0;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		while (strncmp(line, ".It Li ", 7) == 0 && (word = strrchr(line, ' '))) {
			if (strcmp(word + 1, name) == 0)
				return true;
			*word = 0;
		}
	return false;
}

static void test_manual(void)
{
	for (size_t i = 0; xform_name(i); i++)
		ok(is_listed(".Sh TRANSFORMS", xform_name(i)), "the manual knows %s()",
			xform_name(i));
	for (size_t i = 0; check_builtin(i); i++)
		ok(is_listed(".Sh CHECKS", check_builtin(i)->name), "the manual knows %s",
			check_builtin(i)->name);
}

int main(void)
{
	book = frame_book_new();
	test_other_spellings();
	test_other_words();
	test_misplaced();
	test_ambiguous();
	test_words();
	test_calcs();
	test_transforms();
	test_clauses();
	test_crc_lines();
	test_crcs();
	test_crc_names();
	test_bad_crcs();
	test_crc_values();
	test_sums();
	test_manual();
	frame_book_free(book);
	return tap_done();
}
