/* Targets: lists, ranges, lines of a file, groups, what is excluded, and what is refused. */
#include "base/text.h"
#include "fleet/bracket.h"
#include "fleet/targets.h"
#include "tests/lib/tap.h"
#include <stdio.h>
#include <wilco/limits.h>

static bool find_group(void *arg, struct slice name, struct slice *members)
{
	(void)arg;
	if (slice_is(name, "pumps"))
		*members = SLICE("pump[1-3] spare");
	else if (slice_is(name, "site"))
		*members = SLICE("pumps plc 10.0.0.[1-2]:9100");
	else if (slice_is(name, "loop"))
		*members = SLICE("x loop");
	else
		return false;
	return true;
}

/* Makes one text of the targets: "name=rest" or "name", separated by blanks. */
static void add_all(const struct targets *t, struct bytes *out)
{
	for (size_t i = 0; i < t->count; i++) {
		if (i)
			bytes_add_byte(out, ' ');
		bytes_add(out, targets_name(t, i));
		if (targets_rest(t, i).len) {
			bytes_add_byte(out, '=');
			bytes_add(out, targets_rest(t, i));
		}
	}
}

static void note_error(const struct error *err, unsigned line, struct bytes *out)
{
	bytes_addf(out, "%u: %s", line, err->what);
}

static const char *list(const char *text)
{
	static struct bytes out;
	struct targets t;
	struct error err;
	unsigned line = 0;
	bytes_free(&out);
	bytes_init(&out, LIMIT_MESSAGE);
	targets_init(&t, find_group, NULL);
	if (targets_add_list(&t, slice_str(text), &err) && targets_end(&t, &line, &err))
		add_all(&t, &out);
	else
		note_error(&err, line, &out);
	targets_free(&t);
	return bytes_str(&out);
}

static const char *file_bytes(struct slice text)
{
	static struct bytes out;
	struct targets t;
	struct error err;
	unsigned line = 0;
	bool good = true;
	bytes_free(&out);
	bytes_init(&out, LIMIT_MESSAGE);
	targets_init(&t, find_group, NULL);
	while (good && text.len) {
		const uint8_t *end = memchr(text.at, '\n', text.len);
		size_t n = end ? (size_t)(end - text.at) : text.len;
		good = targets_add_line(&t, slice_cut(text, 0, n), ++line, &err);
		text = slice_cut(text, n + 1, text.len);
	}
	if (good && targets_end(&t, &line, &err))
		add_all(&t, &out);
	else
		note_error(&err, line, &out);
	targets_free(&t);
	return bytes_str(&out);
}

static const char *file(const char *text)
{
	return file_bytes(slice_str(text));
}

static void test_ranges(void)
{
	is_str(list("pump[1-3]"), "pump1 pump2 pump3", "a range");
	is_str(list("pump[08-11]"), "pump08 pump09 pump10 pump11", "zeros in front are kept");
	is_str(list("10.0.0.[1-2,9]:9100"), "10.0.0.1:9100 10.0.0.2:9100 10.0.0.9:9100",
		"a range inside an address");
	is_str(list("r[1-2]p[1-2]"), "r1p1 r1p2 r2p1 r2p2", "two ranges multiply");
	is_str(list("[::1]:9100,a"), "[::1]:9100 a", "brackets of IPv6 are no range");
	is_str(list("a[3-1]"),
		"0: a range is numbers, of at most 9 digits and rising, such as [1-20,25], not "
		"'3-1'",
		"a falling range");
	is_str(list("a[1,]"),
		"0: a range is numbers, of at most 9 digits and rising, such as [1-20,25], not ''",
		"an empty item");
	is_str(list("a[1-9999999999]"),
		"0: a range is numbers, of at most 9 digits and rising, such as [1-20,25], not "
		"'1-9999999999'",
		"a number that is too long");
	is_str(list("a[0-999999999]"), "0: there are more than 1000000 targets",
		"a range that is too large");
}

static void test_lists(void)
{
	is_str(list("a,b, c,"), "a b c", "a list");
	is_str(list("a,b,a"), "0: a stands twice in the list", "a name twice");
	is_str(list("a2,a[1-3],a[2-4]"), "a2 a1 a3 a4", "ranges overlap");
	is_str(list("a[1-4],!a3"), "a1 a2 a4", "one is excluded");
	is_str(list("!a[1-2],a[1-4]"), "a3 a4", "wherever it stands");
	is_str(list("a,!b"), "0: !b excludes nothing: no target has this name",
		"what excludes nothing is a mistake");
	is_str(list("tcp://h:1?via=ssh -W %h:%p a,b"), "tcp://h:1?via=ssh -W %h:%p a,b",
		"a proxy command takes the rest");
	ok(targets_is_list(SLICE("10.0.0.5:9100")), "HOST:PORT is a list");
	ok(targets_is_list(SLICE("10.0.0.5:9100?timeout=2s")), "with settings, too");
	ok(targets_is_list(SLICE("serial:/dev/ttyUSB0")), "a prefix makes a list");
	ok(targets_is_list(SLICE("pump,")), "a comma makes a list");
	ok(!targets_is_list(SLICE("pumps.txt")), "a name does not");
	ok(!targets_is_list(SLICE("c:/x")), "nor does a colon without a port");
}

static void test_groups(void)
{
	is_str(list("pumps"), "pump1 pump2 pump3 spare", "a group");
	is_str(list("site,!pump2"), "pump1 pump3 spare plc 10.0.0.1:9100 10.0.0.2:9100",
		"a group in a group");
	is_str(list("site,!pumps"), "plc 10.0.0.1:9100 10.0.0.2:9100", "a group is excluded");
	is_str(list("pumps,pump2,pump[3-4]"), "pump1 pump2 pump3 spare pump4",
		"groups overlap with names and ranges");
	is_str(list("loop"),
		"0: the group loop has groups in groups deeper than 16: does one name itself?",
		"a group that names itself");
}

static void test_files(void)
{
	is_str(file("# pumps\n\npump1 10.0.0.1 timeout=2s\n  10.0.0.2:9100\n"),
		"pump1=10.0.0.1 timeout=2s 10.0.0.2:9100", "lines of a file");
	is_str(file("a 10.0.0.1\nb 10.0.0.1\n"), "a=10.0.0.1 b=10.0.0.1",
		"two names for one address");
	is_str(file("a 10.0.0.1\n\na 10.0.0.2\n"), "3: a stands in line 1 already",
		"a name twice, with both lines");
	is_str(file("a[1-3]\na2 10.0.0.2 frame=line\n"), "a1 a2=10.0.0.2 frame=line a3",
		"a line says more about one of a range");
	is_str(file("a[1-3]\n!a2\n!a9\n"), "3: !a9 excludes nothing: no target has this name",
		"the line that excludes nothing");
	is_str(file("a\r\n"), "1: the line ends in CR LF, not in LF alone", "CR LF");
	is_str(file_bytes(SLICE("a\nb\0c\n")), "2: a NUL byte: this is no text file", "a NUL");
	is_str(file("tcp://h:1?via=ssh -W %h:%p j\n"), "tcp://h:1?via=ssh -W %h:%p j",
		"a line that is an address with blanks");
}

static const char *checked(struct slice name)
{
	static struct error err;
	err = (struct error){0};
	return targets_name_check(name, &err) ? "" : err.what;
}

static bool reads_back(struct slice name)
{
	struct bytes line;
	struct targets t;
	struct error err;
	size_t index;
	bytes_init(&line, LIMIT_MESSAGE);
	targets_init(&t, NULL, NULL);
	bytes_add(&line, name);
	bytes_add_str(&line, " 10.0.0.1 timeout=2s");
	bool good =
		targets_add_line(&t, bytes_slice(&line), 1, &err) && targets_find(&t, name, &index);
	targets_free(&t);
	bytes_free(&line);
	return good;
}

static void test_names(void)
{
	static const char good[][12] = {"pump-1_a.b", "::1", "größe", "a=b", "demo", "h:22", "ที่"};
	static const char bad[][12] = {"", "a b", "a,b", "a'b", "a\"b", "a[1]", "a\\b", "#a", "!a",
		"a\tb", "a\x1b", "a\xff", "\xc2\xa0.", "a\xe2\x80\xae", "\xcc\x88", "unix:a",
		"tcp://a", "exec:a", "a?via=b"};
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		is_str(checked(slice_str(good[i])), "", "a name");
		ok(reads_back(slice_str(good[i])), "which reads back in a line");
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(checked(slice_str(bad[i]))[0], "'%s' is none", quote(slice_str(bad[i])).text);
	ok(checked(SLICE("a\0b"))[0], "nor is one with a NUL");
	is_str(file("ok 10.0.0.1\npu'mp 10.0.0.2\n"),
		"2: a target's name is printable characters without blanks, quotes, commas, "
		"brackets and backslashes, at most 255 bytes, and begins with no '#', not 'pu'mp'",
		"a line says what a name is");
	is_str(file("unix:/a b\nexec:cat x\n"), "unix:/a b exec:cat x",
		"what begins as an address is none");
}

static void add_many(size_t n)
{
	struct targets t;
	struct error err;
	char line[64];
	targets_init(&t, NULL, NULL);
	for (size_t i = 0; i < n; i++) {
		int len = snprintf(line, sizeof line, "pump%zu 10.%zu.%zu.%zu", i, i >> 16,
			i >> 8 & 255, i & 255);
		if (!targets_add_line(&t, slice_of(line, (size_t)len), (unsigned)i + 1, &err))
			ok(false, "line %zu: %s", i, err.what);
	}
	targets_free(&t);
}

static void test_many(void)
{
	struct targets t;
	struct error err;
	size_t n = tap_slow() ? 20000 : TARGETS_MAX;
	char text[64];
	is_linear(add_many, 20000, "each line costs the same");
	targets_init(&t, NULL, NULL);
	snprintf(text, sizeof text, "10.0.0.[1-%zu]:9100", n);
	ok(targets_add_list(&t, slice_str(text), &err), "a million targets");
	is_int(t.count, n, "all of them");
	size_t each = (t.text.cap + t.room * 16 + t.slot_count * sizeof *t.slots) / n;
	ok(each <= 200, "a target takes %zu bytes, at most 200", each);
	if (!tap_slow())
		ok(!targets_add_line(&t, SLICE("one.more"), 1, &err), "not one more");
	targets_free(&t);
}

int main(void)
{
	test_ranges();
	test_lists();
	test_groups();
	test_files();
	test_names();
	test_many();
	return tap_done();
}
