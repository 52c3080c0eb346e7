/* .expect, .expect-not and .capture: what they mean, whether they hold, what a wrong one is told.
 */
#include "lib/tap.h"
#include "macro/condition.h"
#include "macro/variables.h"
#include <stdlib.h>

static struct error err;
static struct condition c;
static struct variables v;
static struct frame_book *book;
static struct frame *line, *bin, *frame;
static struct differences d;
static const struct slice *before;
static struct field_value *fields;

static bool reads(const char *text, bool negative)
{
	const struct reading r = {.frame = frame, .names = &v.names};
	return condition_read(&c, slice_str(text), negative, &r, &err);
}

static bool compare(const char *text, bool negative, struct slice got)
{
	const struct reply r = {.kind = SPLIT_FRAME,
		.has_payload = true,
		.payload = got,
		.raw = got,
		.fields = fields};
	const struct condition_about about = {&r, frame, before};
	differences_clear(&d);
	*err.what = 0;
	return reads(text, negative) && condition_holds(&c, &about, &d);
}

static void holds(const char *text, struct slice got)
{
	bool good = compare(text, false, got);
	ok(good && !d.count, ".expect %s holds %s", text, err.what);
	ok(!compare(text, true, got) && d.count, ".expect-not %s does not", text);
}

static void differs(
	const char *text, struct slice got, const char *at, const char *expected, const char *came)
{
	ok(compare(text, true, got) && !d.count, ".expect-not %s holds %s", text, err.what);
	ok(!compare(text, false, got) && d.count == 1, ".expect %s does not", text);
	is_str(d.count ? d.at[0].at : "", at, "the place");
	is_str(d.count ? d.at[0].expected : "", expected, "what was expected");
	is_str(d.count && d.at[0].got ? d.at[0].got : "", came, "what came");
}

static void refuses(const char *text, size_t column, size_t width, const char *part)
{
	*err.what = *err.hint = 0;
	bool good = !reads(text, false) && err.placed && err.column == column &&
		    err.width == width && (strstr(err.what, part) || strstr(err.hint, part));
	if (!ok(good, ".expect %s is refused at %zu: %s", text, column, part))
		tap_note("%zu+%zu: %s (%s)", err.column, err.width, err.what, err.hint);
}

static void test_patterns(void)
{
	frame = line;
	holds("/READY/", SLICE("IS READY"));
	holds("/^b$/", SLICE("a\nb\nc"));
	holds("/a b\\/c/", SLICE("a b/c"));
	holds("/T=([0-9.]+)/ 20..25", SLICE("T=21.5"));
	holds("/T=([0-9.]+)/ ..25", SLICE("T=25"));
	holds("/T=([0-9.]+)/ 20..", SLICE("T=20"));
	holds("/[-0-9.]+/ -0.5+-0.1", SLICE("x -0.4 y"));
	holds("/[0-9.]+/ 0.3+-0.1", SLICE("0.4"));
	holds("/0x[0-9a-f]+/ 255", SLICE("0xff"));
	holds("/\\d+/ 0x10", SLICE("16"));
	holds("/\\{half}/ \\{half}..8", SLICE("5"));
	differs("/T=([0-9.]+)/ 20..25", SLICE("T=26"), ".expect", "/T=([0-9.]+)/ 20..25", "26");
	differs("/T=/", SLICE("ERR\1"), ".expect", "/T=/", "ERR\\x01");
	differs("/T=([0-9.]+)/ 20..\\{half}0", SLICE("ERR"), ".expect", "/T=([0-9.]+)/ 20..50",
		"ERR");
	ok(!compare("/T=(.*)/ 1..2", false, SLICE("T=abc")), "no number is in no range");
	ok(!compare("/T=(.*)/ 1..2", true, SLICE("T=abc")), "nor outside of it");
}

static void test_numbers(void)
{
	struct field_value got[] = {{.set = true, .number = 17},
		{.set = true, .form = FIELD_TEXT, .len = 2, .text = "Q "}};
	frame = bin;
	fields = got;
	holds("unit=17", SLICE("x"));
	holds("unit=16..18 cmd=Q", SLICE("x"));
	holds("unit=0x11 u16be@1=258 i8@3=-1", SLICE("x\1\2\xff"));
	holds("f32be@0=0.1+-0.001", SLICE("\x3d\xcc\xcc\xcd"));
	holds("u64be@0=18446744073709551615", SLICE("\xff\xff\xff\xff\xff\xff\xff\xff"));
	differs("unit=18", SLICE("x"), ".expect unit", "18", "17");
	differs("unit=17 cmd=R", SLICE("x"), ".expect cmd", "R", "Q ");
	differs("u16be@1=1..", SLICE("x\1"), ".expect u16be@1", "1..", "");
	fields = NULL;
	frame = line;
}

static void test_same(void)
{
	const struct slice old = SLICE("v1");
	ok(compare("same", false, SLICE("v1")) && compare("same", true, SLICE("v1")),
		"the first time is ok");
	before = &old;
	holds("same", SLICE("v1"));
	differs("same", SLICE("v2"), ".expect", "v1", "v2");
	before = NULL;
}

static void test_replies(void)
{
	holds("READY", SLICE("READY"));
	holds("READY * (glob)", SLICE("READY 1"));
	holds("T=\\d (re)", SLICE("T=1"));
	holds("(empty)", SLICE(""));
	holds("unit=17", SLICE("unit=17")); /* no field of this frame */
	holds("\\x73ame", SLICE("same"));
	differs("READY", SLICE("BUSY"), ".expect", "READY", "BUSY");
	const struct condition_about none = {NULL, line, NULL};
	differences_clear(&d);
	ok(reads("READY", false) && !condition_holds(&c, &none, &d), "no reply is not READY");
	ok(d.count == 1 && !d.at[0].got, "and nothing came");
	ok(reads("READY", true) && condition_holds(&c, &none, &d), "it is anything else");
	frame = bin;
	ok(reads("(with unit=17) \\<01 ?\?>", false) && c.reply.has_fields, "with fields");
	frame = line;
}

static void test_later(void)
{
	variables_set_later(&v, SLICE("temp"), &err);
	ok(reads("/x/ \\{temp}..", false) && c.later, "a range that comes later");
	ok(reads("/\\{temp}/", false) && c.later, "a pattern");
	frame = bin;
	ok(reads("unit=\\{temp}", false) && c.later, "a field");
	frame = line;
	ok(reads("\\{temp}", false) && c.later, "a reply");
	ok(reads("x", false) && !c.later, "the next is not");
}

static void test_errors(void)
{
	refuses("", 0, 0, "/PATTERN/");
	refuses("/abc", 0, 4, "no / at its end");
	refuses(" /a(/", 4, 1, "regular expression");
	refuses("/a/b", 3, 1, "blank is missing");
	refuses("/a/ b", 4, 1, "V, A..B");
	refuses("/a/ 5..3", 4, 4, "lower end");
	refuses("/a/ ..", 4, 2, "V, A..B");
	refuses("/a/ 1+-", 4, 3, "V, A..B");
	refuses("/a/ 1 2", 6, 1, "at most 1");
	refuses("/\\{tmp}/", 3, 3, "did you mean");
	refuses("(none)", 0, 6, "last whole reply");
	refuses("(foo)", 0, 5, "no mark");
	refuses("\\q", 0, 2, "not an escape");
	refuses("u17@2=1", 0, 5, "type of numbers");
	frame = bin;
	refuses("unit=x", 5, 1, "V, A..B");
	refuses("unit=1 foo=2", 7, 3, "no field");
	refuses("unit=1 foo", 7, 3, "FIELD=RANGE");
	frame = line;
}

static void takes(const char *text, struct slice payload, const char *name, const char *value)
{
	const struct reading r = {.frame = frame, .names = &v.names};
	const struct reply reply = {
		.kind = SPLIT_FRAME, .payload = payload, .raw = payload, .fields = fields};
	const struct condition_about about = {&reply, frame, NULL};
	struct slice called;
	struct bytes out;
	bytes_init(&out, LIMIT_LINE);
	*err.what = 0;
	differences_clear(&d);
	bool good = condition_read_capture(&c, slice_str(text), &r, &called, &err) &&
		    slice_is(called, name) && condition_value(&c, &about, &out, &d);
	is_str(good ? bytes_str(&out) : "(none)", value, ".capture %s %s", text, err.what);
	bytes_free(&out);
}

static void refuses_capture(const char *text, size_t column, const char *part)
{
	const struct reading r = {.frame = frame, .names = &v.names};
	struct slice name;
	*err.what = *err.hint = 0;
	bool good = !condition_read_capture(&c, slice_str(text), &r, &name, &err) && err.placed &&
		    err.column == column && (strstr(err.what, part) || strstr(err.hint, part));
	if (!ok(good, ".capture %s is refused at %zu: %s", text, column, part))
		tap_note("%zu+%zu: %s (%s)", err.column, err.width, err.what, err.hint);
}

static void test_capture(void)
{
	struct field_value got[] = {{.set = true, .number = 17}, {0}};
	frame = line;
	takes("temp /T=([0-9.]+)/", SLICE("T=21.5"), "temp", "21.5");
	takes("all /T=[0-9.]+/", SLICE("xT=21.5"), "all", "T=21.5");
	takes("t u16be@1", SLICE("x\1\2"), "t", "258");
	takes("t /x/", SLICE("y"), "t", "(none)");
	is_str(d.at[0].at, ".capture", "the difference is at .capture");
	frame = bin;
	fields = got;
	takes("t unit", SLICE("x"), "t", "17");
	takes("t cmd", SLICE("x"), "t", "(none)");
	fields = NULL;
	refuses_capture("unit /x/", 0, "field of the frame");
	refuses_capture("", 0, "name of the variable");
	refuses_capture("a", 1, "/PATTERN/");
	refuses_capture("a b", 2, "TYPE@OFFSET");
	refuses_capture("a /x/ y", 5, "behind the pattern");
	refuses_capture("1 /x/", 0, "begins with a letter");
	refuses_capture("a /(/", 4, "regular");
}

int main(void)
{
	condition_init(&c);
	variables_init(&v);
	book = frame_book_new();
	line = frame_find(book, SLICE("line"), &err);
	bin = frame_find(book, SLICE("unit:u8=0 cmd:s2='Q' len(payload):u8 payload ; bin"), &err);
	ok(line && bin, "the frames %s", line && bin ? "" : err.what);
	variables_set(&v, SLICE("half"), SLICE("5"), &err);
	test_patterns();
	test_numbers();
	test_same();
	test_replies();
	test_later();
	test_errors();
	test_capture();
	differences_clear(&d);
	condition_free(&c);
	variables_free(&v);
	frame_unref(line);
	frame_unref(bin);
	frame_book_free(book);
	return tap_done();
}
