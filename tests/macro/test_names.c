/* \{name}: where it may stand, what it stands for, and what a wrong one is told. */
#include "base/escape.h"
#include "lib/tap.h"
#include "macro/variables.h"
#include <stdlib.h>
#include <wilco/macro.h>

static struct error err;
static struct bytes out;
static struct variables v;
static struct frame_book *book;
static struct frame *frame;
static struct order order;
static const struct verb *const verbs[] = {&verb_hex, &verb_literal, &verb_now, &verb_tell,
	&verb_text, &verb_wait, &verb_wire, &verb_with, NULL};

static bool text(const char *typed)
{
	bytes_clear(&out);
	names_begin(&v.names);
	return escape_typed(slice_str(typed), CHARSET_UTF8, &v.names, &out, &err);
}

static bool list(const char *typed)
{
	bytes_clear(&out);
	names_begin(&v.names);
	return escape_list(slice_str(typed), &v.names, &out, &err);
}

static void is_read(bool (*read)(const char *), const char *typed, struct slice expected)
{
	if (!is_bytes(read(typed) ? bytes_slice(&out) : SLICE("(error)"), expected, "%s", typed))
		tap_note("%s (%s)", err.what, err.hint);
}

static void refuses(bool (*read)(const char *), const char *typed, size_t column, size_t width,
	const char *part)
{
	*err.hint = 0;
	bool good = !read(typed) && err.placed && err.column == column && err.width == width &&
		    (strstr(err.what, part) || strstr(err.hint, part));
	if (!ok(good, "%s is refused at %zu: %s", typed, column, part))
		tap_note("%zu+%zu: %s (%s)", err.column, err.width, err.what, err.hint);
}

static void set(const char *name, struct slice value)
{
	ok(variables_set(&v, slice_str(name), value, &err), "%s is set", name);
}

static void test_text(void)
{
	set("pump", SLICE("P\\n\\{1}"));
	set("five", SLICE("5"));
	set("raw", SLICE("\x85"));
	set("float", SLICE("\x3d\xcc\xcc\xcd"));
	set("below", SLICE("\xff\xfe"));
	is_read(text, "SPEED \\{1}", SLICE("SPEED one two"));
	is_read(text, "\\{pump}\\r", SLICE("P\\n\\{1}\r"));
	is_read(text, "\\{3|}x", SLICE("x"));
	is_read(text, "\\{3|a|b \\n}x", SLICE("a|b \\nx"));
	is_read(text, "\\{1|x}", SLICE("one two"));
	is_read(text, "\\{raw:u8}", SLICE("133"));
	is_read(text, "\\{below:i16be}", SLICE("-2"));
	is_read(text, "\\{float:f32be}", SLICE("0.1"));
	is_read(text, "\\{five:dec}", SLICE("5"));
	is_read(text, "\\{nothing:u8|7}", SLICE("7"));
	is_read(text, "\\<\\{raw} u8(\\{five}|0x40) 'x\\{1}'>", SLICE("\x85\x45xone two"));
	setenv("WILCO_TEST_FW", "1.0", 1);
	unsetenv("WILCO_TEST_NOT");
	is_read(text, "\\{env:WILCO_TEST_FW}", SLICE("1.0"));
	is_read(text, "\\{env:WILCO_TEST_NOT|none}", SLICE("none"));
}

static void test_lists(void)
{
	is_read(list, "03 \\{raw} ff", SLICE("\x03\x85\xff"));
	is_read(list, "u8(\\{five})", SLICE("\x05"));
	is_read(list, "u8(\\{raw:u8}&0x7f)", SLICE("\x05"));
	is_read(list, "u16be(\\{five}*100+1,0x10|1)", SLICE("\x01\xf5\x00\x11"));
	is_read(list, "u8( 10 - 3 ) u8(7%4) u8(9/2) u8(6^3)", SLICE("\x07\x03\x04\x05"));
	is_read(list, "i8(3-5) i16be(-2*3)", SLICE("\xfe\xff\xfa"));
	is_read(list, "f32be(1e-1)", SLICE("\x3d\xcc\xcc\xcd"));
	is_read(list, "dec(12+30) hex4(255+1)",
		SLICE("42"
		      "0100"));
}

static void test_errors(void)
{
	refuses(text, "a\\{pomp}", 3, 4, "did you mean \\{pump}?");
	refuses(text, "a\\{other}", 3, 5, "known here: 1, pump, five");
	refuses(text, "\\{3}", 2, 1, "argument 3 is missing");
	refuses(text, "\\{env:WILCO_SECRET_PIN}", 2, 20,
		"WILCO_SECRET_PIN is a secret, which would be shown");
	refuses(text, "\\{env:WILCO_TEST_NOT}", 2, 18, "the environment has no WILCO_TEST_NOT");
	refuses(text, "\\{secret:PIN}", 2, 10, "the secret PIN is not known");
	refuses(text, "x\\{pump", 1, 2, "\\{name|default}");
	refuses(text, "\\{}", 0, 3, "a value is");
	refuses(text, "\\{n}", 2, 1, "has no value");
	refuses(text, "\\{pump:u17}", 7, 3, "not a number type");
	refuses(text, "\\{pump:u8}", 2, 4, "not the bytes of one u8");
	refuses(list, "u8(\\{pump})", 3, 7, "not a number that fits u8");
	refuses(list, "u8(\\{five}+\\{pump})", 11, 7, "the number behind an operator");
	refuses(list, "u8(200+100)", 3, 7, "not a number that fits u8");
	refuses(list, "u8(3-5)", 5, 1, "below 0");
	refuses(list, "u8(3/0)", 5, 1, "an operator with 0");
	refuses(list, "u8(3+)", 5, 1, "expected a number");
	refuses(list, "\\n", 0, 1, "is not a byte");
	ok(!escape_decode(SLICE("\\{x}"), &out, &err) && strstr(err.hint, "macro"),
		"where there are no names, none is found");
}

static void test_later(void)
{
	ok(variables_set_later(&v, SLICE("temp"), &err), "a value that will be captured");
	is_read(text, "a\\{temp}b", SLICE("ab"));
	ok(v.names.later, "that is later");
	is_read(list, "01 u16be(\\{temp}*2)", SLICE("\x01\x00\x00"));
	ok(v.names.later, "that is later, too");
	is_read(text, "a", SLICE("a"));
	ok(!v.names.later, "that is not");
	v.iteration = NAME_LATER;
	is_read(text, "\\{n}", SLICE(""));
	v.iteration = NAME_KNOWN;
	v.n = 12;
	is_read(text, "\\{n}00", SLICE("1200"));
	v.iteration = NAME_UNKNOWN;
	variables_set(&v, SLICE("temp"), SLICE("21"), &err);
	is_read(text, "\\{temp}", SLICE("21"));
}

static enum name_is answer(
	void *arg, struct slice name, bool secret, struct bytes *value, struct error *error)
{
	int *asked = arg;
	(*asked)++;
	(void)error;
	bytes_addf(value, "%s%.*s", secret ? "secret " : "", SLICE_ARG(name));
	return NAME_KNOWN;
}

static void test_asked(void)
{
	int asked = 0;
	v.ask = answer;
	v.ask_arg = &asked;
	is_read(text, "\\{4}", SLICE("4"));
	is_read(text, "\\{4}", SLICE("4"));
	is_int(asked, 1, "an argument is asked for once");
	is_read(text, "\\{5|x}", SLICE("x"));
	is_int(asked, 1, "a default is not asked for");
	is_read(text, "\\{secret:PIN}", SLICE("secret PIN"));
	ok(v.names.secret, "that is secret");
	is_read(text, "\\{pump}", SLICE("P\\n\\{1}"));
	ok(!v.names.secret, "that is not");
	v.ask = NULL;
}

static void test_names_of_variables(void)
{
	ok(variables_name_is_good(SLICE("a_b-9"), frame, &err), "a good name");
	ok(!variables_name_is_good(SLICE("9"), frame, &err), "an argument's name");
	ok(!variables_name_is_good(SLICE("n"), frame, &err), "the loop's name");
	ok(!variables_name_is_good(SLICE("env:X"), frame, &err), "a prefix");
	ok(!variables_name_is_good(SLICE("type"), frame, &err) &&
			strstr(err.what, "field of the frame"),
		"a field's name");
}

static bool line(const char *typed)
{
	const struct reading r = {
		.verbs = verbs, .place = PLACE_DEVICE, .frame = frame, .names = &v.names};
	bool good = order_read(&order, slice_str(typed), &r, &err);
	bytes_clear(&out);
	bytes_add(&out, bytes_slice(&order.payload));
	return good;
}

static void test_lines(void)
{
	is_read(line, "SPEED \\{five}", SLICE("SPEED 5"));
	is_read(line, ".hex 03 \\{raw}", SLICE("\x03\x85"));
	is_read(line, ".text \\{five}", SLICE("5"));
	is_read(line, ".wire \\{raw}", SLICE("\x85"));
	is_read(line, ".literal \\{five}", SLICE("\\{five}"));
	is_read(line, ".with type=\\{five}|0x40 \\{five}", SLICE("5"));
	is_int(order.with.at[0].number, 0x45, "a field is calculated");
	is_read(line, ".tell .with type=\\{five} .hex \\{raw}", SLICE("\x85"));
	variables_set_later(&v, SLICE("temp"), &err);
	is_read(line, ".with type=\\{temp} x", SLICE("x"));
	ok(order.later, "a field may be known later");
	is_read(line, ".tell \\{temp}", SLICE(""));
	ok(order.later, "and what is sent");
	is_read(line, "x", SLICE("x"));
	ok(!order.later, "the next line is not");
	refuses(line, ".with type=\\{five}|x y", 6, 14, "type");
	refuses(line, ".tell \\{fife}", 8, 4, "did you mean");
}

static void test_fields(void)
{
	const struct field_value values[] = {{.set = true, .number = 7}};
	v.frame = frame;
	is_read(text, "\\{type}", SLICE(""));
	ok(v.names.later, "a field's value comes later");
	v.fields = values;
	is_read(text, "\\{type}", SLICE("7"));
	is_read(list, "u8(\\{type}|0x40)", SLICE("\x47"));
	struct slice reply = SLICE("(with type=\\{type}|0x40) x");
	struct frame_values with;
	bool any;
	ok(reply_take_fields(&reply, frame, &v.names, &with, &any, &err) && any &&
			with.at[0].number == 0x47 && slice_is(reply, "x"),
		"(with type=\\{type}|0x40)");
	reply = SLICE("(with type=u8(\\{type}*2)) (x)");
	ok(reply_take_fields(&reply, frame, &v.names, &with, &any, &err) && any &&
			with.at[0].number == 14 && slice_is(reply, "(x)"),
		"(with type=u8(\\{type}*2))");
	reply = SLICE("(with type=u8(200+100)) x");
	ok(!reply_take_fields(&reply, frame, &v.names, &with, &any, &err) && err.column == 6,
		"a number that does not fit its type");
}

static bool split_words(const char *typed)
{
	struct slice args[3];
	struct bytes store;
	bytes_init(&store, LIMIT_LINE);
	bytes_clear(&out);
	int n = args_split(slice_str(typed), &v.names, &store, args, 3, &err);
	for (int i = 0; i < n; i++) {
		bytes_addf(&out, "[");
		bytes_add(&out, args[i]);
		bytes_addf(&out, "]");
	}
	bytes_free(&store);
	return n >= 0;
}

static void test_arguments(void)
{
	is_read(split_words, "a \\{1} b", SLICE("[a][one two][b]"));
	is_read(split_words, "x\\{five}y\\x41 '\\{five} \\x41'", SLICE("[x5y\\x41][5 A]"));
	is_read(split_words, "\\{9|} \\{9|a b}", SLICE("[][a b]"));
	refuses(split_words, "a b\\{fife}", 5, 4, "did you mean");
}

static bool duration(const char *typed, int64_t *ns)
{
	return order_duration(slice_str(typed), &verb_wait, &v.names, ns, &err);
}

static void test_durations(void)
{
	int64_t ns;
	ok(duration(" 5ms ", &ns) && ns == 5000000, "a duration");
	ok(duration("\\{five}ms", &ns) && ns == 5000000, "a name stands in it");
	variables_set_later(&v, SLICE("temp"), &err);
	ok(duration("\\{temp}", &ns) && !ns && v.names.later, "its value may come later");
	ok(!duration(" soon", &ns) && err.column == 1 && err.width == 4, "this is none");
	ok(!duration("\\{fife}", &ns) && err.column == 2, "nor is this");
	ok(!duration("", &ns) && strstr(err.what, ".wait"), "it is missing");
}

int main(void)
{
	bytes_init(&out, LIMIT_LINE);
	order_init(&order);
	variables_init(&v);
	v.names.secrets = SECRETS_SENT;
	book = frame_book_new();
	frame = frame_find(book, SLICE("type:u8=0 len(payload):u8 payload"), &err);
	ok(frame != NULL, "the frame");
	variables_add_argument(&v, SLICE("one two"), &err);
	test_text();
	test_lists();
	test_errors();
	test_later();
	test_asked();
	test_names_of_variables();
	test_lines();
	test_fields();
	test_arguments();
	test_durations();
	variables_free(&v);
	order_free(&order);
	frame_unref(frame);
	frame_book_free(book);
	bytes_free(&out);
	return tap_done();
}
