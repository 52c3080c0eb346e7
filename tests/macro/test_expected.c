/* Reply lines of a file: what they mean, whether a frame is so, and what a wrong one is told. */
#include "lib/tap.h"
#include "macro/expected.h"
#include "macro/variables.h"
#include <stdlib.h>

static struct error err;
static struct expected e;
static struct variables v;
static struct frame_book *book;
static struct frame *line, *bin, *frame;
static struct differences d;

static bool reads(const char *text)
{
	const struct reading r = {.frame = frame, .names = &v.names};
	return expected_read(&e, slice_str(text), &r, &err);
}

static struct reply reply_of(struct slice payload, struct field_value *fields)
{
	return (struct reply){.kind = SPLIT_FRAME,
		.has_payload = true,
		.payload = payload,
		.raw = payload,
		.fields = fields};
}

static bool compare(const char *text, struct slice got)
{
	const struct reply r = reply_of(got, NULL);
	differences_clear(&d);
	return reads(text) && expected_holds(&e, &r, frame, 0, &d);
}

static void holds(const char *text, struct slice got)
{
	*err.what = 0;
	if (!ok(compare(text, got) && !d.count, "'%s' holds", text))
		tap_note("%s %s", err.what, d.count ? d.at[0].at : "");
}

static void differs(
	const char *text, struct slice got, const char *at, const char *expected, const char *came)
{
	*err.what = 0;
	ok(!compare(text, got) && d.count == 1, "'%s' does not hold %s", text, err.what);
	is_str(d.count ? d.at[0].at : "", at, "the place");
	is_str(d.count ? d.at[0].expected : "", expected, "what was expected");
	is_str(d.count ? d.at[0].got : "", came, "what came");
}

static void refuses(const char *text, size_t column, size_t width, const char *part)
{
	*err.what = *err.hint = 0;
	bool good = !reads(text) && err.placed && err.column == column && err.width == width &&
		    (strstr(err.what, part) || strstr(err.hint, part));
	if (!ok(good, "'%s' is refused at %zu: %s", text, column, part))
		tap_note("%zu+%zu: %s (%s)", err.column, err.width, err.what, err.hint);
}

static void test_exact(void)
{
	frame = line;
	holds("READY", SLICE("READY"));
	holds("a\\x0d\\<01 02>", SLICE("a\r\1\2"));
	holds("\\x28empty)", SLICE("(empty)"));
	holds("(empty)", SLICE(""));
	holds("(Alarm)", SLICE("(Alarm)"));
	holds("SPEED=\\{1}", SLICE("SPEED=3*"));
	differs("READY", SLICE("READZ\x01"), "byte 4", "READY", "READZ\\x01");
	differs("READY", SLICE("READ"), "byte 4", "READY", "READ");
	differs("(empty)", SLICE("(x)"), "byte 0", "(empty)", "\\x28x\\x29");
	differs("x", SLICE(""), "byte 0", "x", "(empty)");
	differs(" x", SLICE("x "), "byte 0", "\\x20x", "x\\x20");
	frame = bin;
	differs("\\<03 06>", SLICE("\3\7"), "byte 1", "\\<03 06>", "\\<03 07>");
}

static void test_patterns(void)
{
	frame = line;
	holds("T=\\d+\\.\\d (re)", SLICE("T=21.5"));
	holds("(?:A|B)x (re)", SLICE("Bx"));
	holds("a.b (re)", SLICE("a\nb"));
	holds("\\x80.\\xff (re)", SLICE("\x80\x81\xff"));
	holds("\\{1} (re)", SLICE("3*"));
	holds("\\x7b\\} (re)", SLICE("{}"));
	differs("T=\\d+ (re)", SLICE("T=21.5"), "pattern", "T=\\d+ (re)", "T=21.5");
	differs("\\{1} (re)", SLICE("33"), "pattern", "3\\x2a (re)", "33");
	differs("(?:x+x+)+[yz] (re)", SLICE("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
		"pattern (it takes too long)", "(?:x+x+)+[yz] (re)",
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
	holds("ACME,*,1.? (glob)", SLICE("ACME,x,y,1.0"));
	holds("* (glob)", SLICE(""));
	holds("a** (glob)", SLICE("a"));
	holds("\\{1} (glob)", SLICE("3*"));
	holds("\\x2a* (glob)", SLICE("*x"));
	holds("*ab*ab* (glob)", SLICE("abababa"));
	differs("\\{1} (glob)", SLICE("3x"), "pattern", "3\\x2a (glob)", "3x");
	differs("a\\<2a '?'>?*b (glob)", SLICE("a"), "pattern", "a\\x2a\\x3f?*b (glob)", "a");
	differs("\\x28x* (glob)", SLICE("x"), "pattern", "\\x28x* (glob)", "x");
	differs("? (glob)", SLICE(""), "pattern", "? (glob)", "(empty)");
	holds("what it was (any)", SLICE("else"));
	holds("(any)", SLICE("else"));
}

static void test_masks(void)
{
	frame = bin;
	holds("\\<03 04 ?? ?? 00 2a>", SLICE("\3\4\x80\0\0\x2a"));
	holds("a\\<?\?>b", SLICE("a\0b"));
	holds("\\<????, u16be(258) ?\?>", SLICE("ab\1\2c"));
	holds("\\<?? '?' \\{1}>", SLICE("x?3*"));
	differs("\\<03 ?? 05>", SLICE("\3\4\6"), "byte 2", "\\<03 ?? 05>", "\\<03 04 06>");
	differs("\\<03 ?\?>", SLICE("\3"), "byte 1", "\\<03 ?\?>", "\\<03>");
	frame = line;
	holds("what? <\\x01>", SLICE("what? <\1>"));
	differs("what? \\<01>", SLICE("x"), "byte 0", "what? \\x01", "x");
}

static void test_kinds(void)
{
	struct reply r = reply_of(SLICE("A"), NULL);
	differences_clear(&d);
	frame = line;
	ok(reads("(unsolicited) A 17") && e.kind == EXPECT_UNSOLICITED, "(unsolicited)");
	ok(reads("(unsolicited) A * (glob)") && e.form == EXPECTED_GLOB, "(unsolicited) (glob)");
	ok(reads("(late) (empty)") && e.kind == EXPECT_LATE && !e.payload.len, "(late) (empty)");
	ok(reads("(none)") && e.kind == EXPECT_NONE, "(none)");
	ok(!expected_holds(&e, &r, frame, 2, &d), "nothing is not a frame");
	is_str(d.at[0].at, "frame 2", "the place is a frame");
	differences_clear(&d);
	ok(reads("(lost)") && e.kind == EXPECT_LOST, "(lost)");
	ok(reads("(stray) \\<00 ?\?>") && e.kind == EXPECT_STRAY, "(stray)");
	ok(expected_holds_bytes(&e, SLICE("\0x"), false, 0, &d), "stray bytes may be masked");
	r.kind = SPLIT_DAMAGED;
	ok(reads("(damaged) A") && expected_holds(&e, &r, frame, 0, &d), "(damaged)");
	ok(reads("A") && !expected_holds(&e, &r, frame, 0, &d), "a damaged frame is none");
	is_str(d.at[0].got, "(damaged) A", "and is shown so");
	differences_clear(&d);
}

static void test_fields(void)
{
	struct field_value got[] = {{.set = true, .number = 0x45}};
	struct reply r = reply_of(SLICE("\3"), got);
	frame = bin;
	ok(reads("(with type=\\{five}|0x40) \\<03>") && e.has_fields &&
			expected_holds(&e, &r, frame, 0, &d),
		"a field is as expected");
	ok(reads("(with type=6) (empty)") && !expected_holds(&e, &r, frame, 1, &d) && d.count == 2,
		"field and payload differ");
	is_str(d.at[0].at, "frame 1, field type", "the field is named");
	is_str(d.at[0].expected, "6", "what it should be");
	is_str(d.at[0].got, "69", "what it is");
	differences_clear(&d);
	ok(reads("(unsolicited) (with type=69) \\<03>") && e.has_fields, "behind a mark");
	ok(reads("(with type=69) (unsolicited) \\<03>") && e.has_fields, "before a mark");
	struct bytes out;
	bytes_init(&out, LIMIT_LINE);
	expected_spell(&e, frame, &out);
	is_str(bytes_str(&out), "(with type=69) (unsolicited) \\<03>", "it is spelled");
	bytes_free(&out);
}

static void test_later(void)
{
	frame = line;
	variables_set_later(&v, SLICE("temp"), &err);
	ok(reads("T=\\{temp}") && e.later, "a value that comes later");
	ok(reads("\\{temp}+ (re)") && e.later, "in a pattern, too");
	ok(reads("a\\{temp}* (glob)") && e.later, "and in a glob");
	ok(reads("a") && !e.later, "the next line is not");
}

static enum name_is answer(
	void *arg, struct slice name, bool secret, struct bytes *value, struct error *error)
{
	(void)arg;
	(void)name;
	(void)error;
	bytes_add_str(value, "1234");
	return secret ? NAME_KNOWN : NAME_UNKNOWN;
}

static void test_secrets(void)
{
	v.ask = answer;
	holds("PIN \\{secret:PIN}", SLICE("PIN \\{secret:PIN}"));
	ok(e.secret, "that is a secret");
	differs("PIN \\{secret:PIN}", SLICE("PIN ?"), "byte 4", "PIN \\{secret:PIN}", "PIN ?");
	differs("P\\{secret:PIN}\\d (re)", SLICE("x"), "pattern", "P\\{secret:PIN}\\d (re)", "x");
	v.ask = NULL;
}

static void test_errors(void)
{
	frame = line;
	refuses("(foo) x", 0, 5, "marks are (empty), (none), (any)");
	refuses("(a|b) (re)", 0, 5, "(?:...)");
	refuses("(none) x", 0, 6, "nothing can stand behind (none)");
	refuses("(unsolicited)", 0, 13, "needs what came");
	refuses("(any) x", 0, 5, "(any) stands alone");
	refuses("(late) (none)", 7, 6, "one mark is enough");
	refuses("(with unit=1) x", 0, 13, "(with FIELD=VALUE ...)");
	refuses("a( (re)", 2, 1, "regular expression");
	refuses("x[z-a] (re)", 4, 1, "regular expression");
	refuses("a\\q (glob)", 1, 2, "is not an escape");
	refuses("*\\q (glob)", 1, 2, "is not an escape");
	refuses("\\<01 ?>", 5, 1, "written ??");
	refuses("\\<01 ?? zz>", 8, 2, "is not a byte");
	refuses("\\<01 ??", 0, 2, "no closing >");
	refuses("T=\\{tmp}", 4, 3, "did you mean");
	refuses("x\\{tmp} (re)", 3, 3, "did you mean");
	refuses("(unsolicited) \\q", 14, 2, "is not an escape");
	frame = NULL;
	refuses("(with unit=1) x", 0, 5, ".frame");
	frame = bin;
	refuses("(with type=300) x", 6, 8, "type");
	refuses("(with type=1", 0, 6, "no closing bracket");
	refuses("(with type=1) (lost)", 0, 20, "has no fields");
}

static size_t word(const char *text, struct bytes *source)
{
	bytes_clear(source);
	return pattern_word(slice_str(text), &v.names, source, &err);
}

static void test_words(void)
{
	struct bytes source;
	bytes_init(&source, PATTERN_MAX);
	is_int(word("/T=([0-9.]+)/ 20..25", &source), 13, "a pattern ends at its slash");
	is_bytes(bytes_slice(&source), SLICE("T=([0-9.]+)"), "its source");
	is_int(word("/a b\\/c\\\\/ x", &source), 10, "blanks and escaped slashes belong to it");
	is_bytes(bytes_slice(&source), SLICE("a b/c\\\\"), "its source");
	is_int(word("/\\{1}x/", &source), 7, "names stand in it");
	is_bytes(bytes_slice(&source), SLICE("3\\x2ax"), "their values are quoted");
	ok(!word("/abc", &source) && strstr(err.what, "no / at its end"), "no end");
	ok(!word("//", &source) && strstr(err.what, "empty"), "nothing in it");
	ok(!word("/\\{tmp}/", &source) && err.column == 3, "an unknown name");
	bytes_free(&source);
}

/* A glob with many stars is tried for a limited time. */
static void test_work(void)
{
	char got[20001];
	differences_clear(&d);
	memset(got, 'a', sizeof got - 1);
	frame = line;
	const struct reply r = reply_of(slice_of(got, sizeof got - 1), NULL);
	char text[402];
	for (size_t i = 0; i < 396; i++)
		text[i] = i % 2 ? 'a' : '*';
	strcpy(text + 392, "b (glob)");
	ok(reads(text) && !expected_holds(&e, &r, frame, 0, &d), "a hard glob is given up");
	ok(d.count == 1 && strstr(d.at[0].at, "pattern"), "or does not match");
	differences_clear(&d);
}

int main(void)
{
	expected_init(&e);
	variables_init(&v);
	book = frame_book_new();
	line = frame_find(book, SLICE("line"), &err);
	bin = frame_find(book, SLICE("type:u8=0 len(payload):u8 payload ; bin"), &err);
	variables_add_argument(&v, SLICE("3*"), &err);
	variables_set(&v, SLICE("five"), SLICE("5"), &err);
	test_exact();
	test_patterns();
	test_masks();
	test_kinds();
	test_fields();
	test_later();
	test_secrets();
	test_errors();
	test_words();
	test_work();
	differences_clear(&d);
	expected_free(&e);
	variables_free(&v);
	frame_unref(line);
	frame_unref(bin);
	frame_book_free(book);
	return tap_done();
}
