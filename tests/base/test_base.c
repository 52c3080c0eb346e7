/* The base layer: spelling of bytes both ways, numbers, tables, growing buffers, files. */
#include "base/escape.h"
#include "base/inttype.h"
#include "base/json.h"
#include "base/number.h"
#include "base/paths.h"
#include "base/table.h"
#include "base/text.h"
#include "lib/tap.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct bytes out;
static struct error err;

static const char *spelled(struct slice in, unsigned flags)
{
	bytes_clear(&out);
	text_add(&out, in, flags);
	return bytes_str(&out);
}

static void test_bytes_cap(void)
{
	struct bytes b;
	bytes_init(&b, 100);
	ok(bytes_add_str(&b, "0123456789"), "an addition below the cap fits");
	ok(!bytes_space(&b, 91) && b.over, "one byte over the cap is refused and remembered");
	is_int(b.len, 10, "a refused addition adds nothing");
	ok(bytes_space(&b, 90) != NULL, "exactly the cap fits");
	ok(!bytes_space(&b, SIZE_MAX), "a size that would wrap is refused");
	bytes_drop(&b, 4);
	is_str(bytes_str(&b), "456789", "dropping forgets the front");
	bytes_free(&b);
}

static void test_spelling(void)
{
	is_str(spelled(SLICE("PWR?\r\n\t\\ \0\x1b\x7f"), 0), "PWR?\\r\\n\\t\\\\ \\x00\\x1b\\x7f",
		"control bytes and backslash are escapes");
	is_str(spelled(SLICE("gr\xc3\xbc\xc3\x9f \xe6\xbc\xa2"), 0),
		"gr\xc3\xbc\xc3\x9f \xe6\xbc\xa2", "printable UTF-8 stands for itself");
	is_str(spelled(SLICE("gr\xc3\xbc\xc3\x9f"), TEXT_ASCII), "gr\\u{fc}\\u{df}",
		"a terminal without UTF-8 gets \\u{}");
	is_str(spelled(SLICE("\x9b\xc2\x9b\xc0\x80"), 0), "\\x9b\\xc2\\x9b\\xc0\\x80",
		"C1 as byte and as UTF-8, and overlong forms, are escaped");
	is_str(spelled(SLICE("a\xe2\x80\xae\xe2\x80\x8b\xef\xbb\xbf"), 0),
		"a\\xe2\\x80\\xae\\xe2\\x80\\x8b\\xef\\xbb\\xbf",
		"bidirectional and zero-width marks are escaped");
	is_str(spelled(SLICE("e\xcc\x81"), 0), "e\\xcc\\x81", "combining marks are escaped");
	is_str(spelled(SLICE(" a "), TEXT_EDGES), "\\x20a\\x20", "edge blanks are visible");
	is_str(spelled(SLICE(" "), TEXT_EDGES), "\\x20", "a single blank is one edge");
	is_str(spelled(SLICE("a\\b"), TEXT_PLAIN), "a\\b", "text for people keeps its backslash");
	is_int(text_cells(SLICE("a\xe6\xbc\xa2")), 3, "a wide character takes two cells");
}

static void test_round_trip(void)
{
	struct bytes back;
	uint8_t raw[48];
	bool same = true;
	bytes_init(&back, 1000);
	srand(7);
	for (int round = 0; round < 20000 && same; round++) {
		size_t n = (size_t)rand() % sizeof raw;
		for (size_t i = 0; i < n; i++)
			raw[i] = (uint8_t)(rand() % 3 ? rand() : "\\\xe2\x82\xac \r"[rand() % 6]);
		unsigned flags = (unsigned)rand() % 2 ? TEXT_EDGES : TEXT_EDGES | TEXT_ASCII;
		spelled(slice_of(raw, n), flags);
		bytes_clear(&back);
		same = escape_decode(bytes_slice(&out), &back, &err) &&
		       slice_equal(bytes_slice(&back), slice_of(raw, n));
	}
	ok(same, "what is shown reads back to the same bytes, 20,000 random strings");
	bytes_free(&back);
}

static void test_steps(void)
{
	static const unsigned flags[] = {0, TEXT_ASCII, TEXT_PLAIN};
	uint8_t raw[4] = {0};
	bool same = true;
	size_t cells, length = 0;
	for (uint32_t code = 0; code <= 0x10ffff && same; code++)
		for (size_t i = 0; i < 3 && same; i++) {
			size_t n = text_encode(code, raw);
			length = text_step(slice_of(raw, n ? n : 1), flags[i], &cells);
			spelled(slice_of(raw, length), flags[i]);
			same = length && cells == text_cells(bytes_slice(&out));
		}
	ok(same, "a step knows the cells of every character");
	is_int(text_step(SLICE("\xe6\xbc"), 0, &cells), 1, "of a broken one the first byte");
	is_int(cells, 4, "which is an escape");
	is_int(text_step(SLICE(""), 0, &cells), 0, "and none of nothing");
}

static void decodes(const char *text, struct slice expected)
{
	bytes_clear(&out);
	bool good = escape_decode(slice_str(text), &out, &err);
	is_bytes(good ? bytes_slice(&out) : SLICE("(error)"), expected, "text %s", text);
}

static void lists(const char *text, struct slice expected)
{
	bytes_clear(&out);
	bool good = escape_bytes(slice_str(text), &out, &err);
	is_bytes(good ? bytes_slice(&out) : SLICE("(error)"), expected, "byte list %s", text);
}

static void refuses(bool (*parse)(struct slice, struct bytes *, struct error *), const char *text,
	size_t column, const char *what)
{
	bytes_clear(&out);
	err = (struct error){.column = 999};
	bool good = parse(slice_str(text), &out, &err);
	ok(!good && err.column == column && (strstr(err.what, what) || strstr(err.hint, what)),
		"%s is refused at %zu: %s", text, column, what);
	if (good || err.column != column)
		tap_note("column %zu, %s, %s", err.column, err.what, err.hint);
}

static void test_escapes(void)
{
	decodes("PWR\\r\\n\\t\\e\\0", SLICE("PWR\r\n\t\033\0"));
	decodes("\\x1bID\\x00", SLICE("\033ID\0"));
	decodes("\\u{20ac}", SLICE("\xe2\x82\xac"));
	decodes("\\<STX>01\\<ETX>", SLICE("\x02"
					  "01\x03"));
	decodes("set \\<u16be(300)>", SLICE("set \x01\x2c"));
	decodes("\\<1b 41 'x' >", SLICE("\033Ax"));
	lists("1b 41 0d", SLICE("\033A\r"));
	lists("1b410d", SLICE("\033A\r"));
	lists("0x1b,0x41", SLICE("\033A"));
	lists("ESC 'A' CR", SLICE("\033A\r"));
	lists("01 03 u16be(107,3)", SLICE("\x01\x03\x00\x6b\x00\x03"));
	lists("i16be(-2) u8(10) dec4(42) bcd2(1234) varint(300) ber(200) f32be(1.5)",
		SLICE("\xff\xfe\x0a"
		      "0042\x12\x34\xac\x02\x81\xc8\x3f\xc0\0\0"));
	lists("", SLICE(""));
	refuses(escape_decode, "ab\\1b", 2, "\\x1b");
	refuses(escape_decode, "\\033", 0, "octal");
	refuses(escape_decode, "a\\q", 1, "not an escape");
	refuses(escape_decode, "a\\", 1, "backslash at the end");
	refuses(escape_decode, "\\x1", 0, "two digits");
	refuses(escape_decode, "\\<1b", 0, "without its >");
	refuses(escape_decode, "\\<1b zz>", 5, "not a byte");
	refuses(escape_decode, "\\u{d800}", 0, "character is");
	refuses(escape_bytes, "1b 4", 3, "half a byte");
	refuses(escape_bytes, "ESCC", 0, "ESC");
	refuses(escape_bytes, "u8(256)", 3, "fits u8");
	refuses(escape_bytes, "u17(1)", 0, "not a number type");
	refuses(escape_bytes, "'abc", 0, "closing");
	refuses(escape_bytes, "u8(1 2)", 5, "commas");
}

static void test_numbers(void)
{
	uint64_t n;
	int64_t ns;
	char text[DURATION_TEXT_MAX];
	ok(number_parse(SLICE("0x1f"), "n", 0, 99, &n, &err) && n == 31, "0x hex");
	ok(!number_parse(SLICE("12x"), "n", 0, 99, &n, &err), "a number is the whole text");
	ok(!number_parse(SLICE("18446744073709551616"), "n", 0, UINT64_MAX, &n, &err),
		"a number over 64 bits is refused");
	ok(duration_parse(SLICE("1.5s"), "t", &ns, &err) && ns == 1500000000, "1.5s");
	ok(duration_parse(SLICE("5"), "t", &ns, &err) && ns == 5000000000, "no unit: seconds");
	ok(duration_parse(SLICE("250us"), "t", &ns, &err) && ns == 250000, "250us");
	ok(!duration_parse(SLICE("5x"), "t", &ns, &err), "an unknown unit is refused");
	ok(!duration_parse(SLICE("9999999h"), "t", &ns, &err), "more than a day is refused");
	is_str(duration_text(1500000000, text), "1.5 s", "duration for people");
	is_str(duration_text(1234000, text), "1.2 ms", "milliseconds for people");
	ok(size_parse(SLICE("64K"), "max", 1 << 20, &n, &err) && n == 65536, "64K");
	ok(!size_parse(SLICE("2M"), "max", 1 << 20, &n, &err),
		"a size over its maximum is refused");
}

static void test_inttypes(void)
{
	static const char *const names[] = {"u8", "u16be", "u16le", "u24be", "u32le", "u64be",
		"varint", "vlq", "ber", "dec", "dec3", "hex4", "HEX2", "bcd2"};
	bool same = true;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		for (uint64_t value = 0; value < 70000; value = value * 3 + 1) {
			struct inttype type;
			uint8_t raw[INTTYPE_BYTES_MAX];
			uint64_t back = 0;
			inttype_parse(slice_str(names[i]), &type);
			size_t n = inttype_put(type, value, raw);
			if (n && (inttype_get(type, slice_of(raw, n), true, &back) != (int)n ||
					 back != value))
				same = false;
		}
	ok(same, "what inttype_put writes inttype_get reads, for every kind");
	struct inttype type;
	ok(!inttype_parse(SLICE("u12"), &type) && !inttype_parse(SLICE("dec0"), &type) &&
			!inttype_parse(SLICE("dec99"), &type),
		"names that are no type");
	uint64_t value;
	is_int(inttype_get((struct inttype){INT_DEC, 0, false}, SLICE("12"), false, &value), 0,
		"digits may go on while more can come");
	is_int(inttype_get((struct inttype){INT_BER, 0, false}, SLICE("\x80"), true, &value), -1,
		"an indefinite length is refused");
}

static const char *verb_at(const void *table, size_t index)
{
	(void)table;
	static const char *const verbs[] = {"open", "close", "hex", "help", "history"};
	return index < 5 ? verbs[index] : NULL;
}

static void test_tables(void)
{
	is_int(table_prefix(SLICE("o"), verb_at, NULL), 0, "a unique prefix is enough");
	is_int(table_prefix(SLICE("h"), verb_at, NULL), TABLE_AMBIGUOUS, "two names begin so");
	is_int(table_prefix(SLICE("hex"), verb_at, NULL), 2, "an exact name wins");
	is_str(table_near(SLICE("hlep"), verb_at, NULL), "help", "swapped letters are near");
	ok(!table_near(SLICE("zzzz"), verb_at, NULL), "nothing is near zzzz");
	char list[32];
	is_str(table_list(SLICE("h"), verb_at, NULL, list, sizeof list), "hex, help, history",
		"the names that could be meant");
}

static void test_json(void)
{
	bytes_clear(&out);
	json_open(&out, NULL, '{');
	json_text(&out, "a", SLICE("x\"\\\n\xe2\x82\xac\xf0\x9f\x98\x80"));
	json_canon(&out, "c", SLICE("\0\\"));
	json_null(&out, "n");
	json_open(&out, "l", '[');
	json_uint(&out, NULL, UINT64_MAX);
	json_bool(&out, NULL, true);
	json_close(&out, ']');
	json_ms(&out, "t", 1234567);
	json_hex(&out, "h", SLICE("\x01\xff"));
	json_close(&out, '}');
	is_str(bytes_str(&out),
		"{\"a\":\"x\\\"\\\\\\u000a\\u20ac\\ud83d\\ude00\",\"c\":\"\\\\x00\\\\\\\\\",\"n\":"
		"null,"
		"\"l\":[18446744073709551615,true],\"t\":1.235,\"h\":\"01ff\"}",
		"JSON is ASCII, with 64-bit numbers");
}

static void test_error(void)
{
	bytes_clear(&out);
	error_at(&err, 8, 4, "'%s' is wrong", quote(SLICE("wo\033d")).text);
	error_hint(&err, "use another");
	error_show(&err, "dev:", SLICE("payload wo\033d LF"), false, &out);
	is_str(bytes_str(&out),
		"dev:9: 'wo\\x1bd' is wrong\n  payload wo\\x1bd LF\n          ^~~~~~~\n  use "
		"another\n",
		"an error points at its column and shows no control byte");
}

/* A file is written whole or not at all. */
static void test_paths(void)
{
	char folder[] = "/tmp/wilcotest.XXXXXX", path[64];
	struct path_file f;
	struct slice text = SLICE("more");
	ok(mkdtemp(folder) != NULL, "a folder");
	snprintf(path, sizeof path, "%s/file", folder);
	ok(path_begin(&f, path, PATH_APPEND, &err) && path_add(&f, &text, &err) && !text.len,
		"a file is begun");
	path_cancel(&f);
	ok(access(path, F_OK) != 0, "given up, one that was made is gone again");
	ok(path_write(path, PATH_NEW, SLICE("first\n"), &err), "one that is new");
	ok(!path_write(path, PATH_NEW, SLICE("x"), &err) && strstr(err.hint, "no file has yet"),
		"is not written over");
	text = SLICE("more");
	ok(path_begin(&f, path, PATH_APPEND, &err) && path_add(&f, &text, &err), "more of it");
	path_cancel(&f);
	bytes_clear(&out);
	path_read(path, 100, &out, &err);
	is_str(bytes_str(&out), "first\n", "given up, it is as it was before");
	ok(path_write(path, PATH_APPEND, SLICE("second\n"), &err) &&
			(bytes_clear(&out), path_read(path, 100, &out, &err)) == 1 &&
			slice_is(bytes_slice(&out), "first\nsecond\n"),
		"at the end of a file");
	ok(!path_write("/dev/full", PATH_APPEND, SLICE("x"), &err) &&
			strstr(err.what, "cannot write /dev/full"),
		"a full disk is said");
	unlink(path);
	rmdir(folder);
}

/* What others write to the same file is theirs, whatever becomes of ours. */
static void test_paths_shared(void)
{
	char folder[] = "/tmp/wilcotest.XXXXXX", path[64];
	struct path_file f;
	struct slice text = SLICE("mine");
	ok(mkdtemp(folder) != NULL, "a folder");
	snprintf(path, sizeof path, "%s/file", folder);
	ok(path_begin(&f, path, PATH_APPEND, &err), "a file is made");
	path_write(path, PATH_APPEND, SLICE("theirs\n"), &err);
	ok(path_cancel(&f), "given up before anything was written");
	bytes_clear(&out);
	path_read(path, 100, &out, &err);
	is_str(bytes_str(&out), "theirs\n", "it is there, because others wrote to it");
	ok(path_begin(&f, path, PATH_APPEND, &err) && path_add(&f, &text, &err), "more of it");
	path_write(path, PATH_APPEND, SLICE("more\n"), &err);
	ok(!path_cancel(&f), "given up when others have written behind it");
	bytes_clear(&out);
	path_read(path, 100, &out, &err);
	is_str(bytes_str(&out), "theirs\nminemore\n", "nothing of theirs is cut off");
	unlink(path);
	rmdir(folder);
}

/* A full disk that everybody can have: the limit of a file's size. */
static void test_paths_full(void)
{
	char path[] = "/tmp/wilcotest.XXXXXX";
	struct stat st;
	int status, fd = mkstemp(path);
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		struct rlimit limit = {1000, 1000};
		struct path_file f;
		struct slice half = SLICE("half of it"), rest = slice_of(out.at, 2000);
		signal(SIGXFSZ, SIG_IGN);
		bool good = path_begin(&f, path, PATH_APPEND, &err) && path_add(&f, &half, &err);
		setrlimit(RLIMIT_FSIZE, &limit);
		_exit(good && !path_add(&f, &rest, &err) && f.fd < 0 ? 0 : 1);
	}
	ok(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0,
		"a disk that is full in the midst is said");
	ok(fstat(fd, &st) == 0 && st.st_size == 0, "and no half is left");
	close(fd);
	unlink(path);
}

int main(void)
{
	bytes_init(&out, 1 << 20);
	test_bytes_cap();
	test_spelling();
	test_round_trip();
	test_steps();
	test_escapes();
	test_numbers();
	test_inttypes();
	test_tables();
	test_json();
	test_error();
	test_paths();
	test_paths_shared();
	bytes_clear(&out);
	memset(bytes_space(&out, 2000), 'x', 2000);
	test_paths_full();
	bytes_free(&out);
	return tap_done();
}
