/* What groups are shown with: folded names, words that differ, percentiles. */
#include "fleet/fold.h"
#include "fleet/times.h"
#include "fleet/words.h"
#include "lib/tap.h"
#include <wilco/limits.h>

enum { NAMES_MAX = 32 };

/* Folds the words of a text. */
static const char *fold(const char *text)
{
	static struct bytes out;
	struct slice names[NAMES_MAX], rest = slice_str(text);
	size_t count = 0;
	bytes_free(&out);
	bytes_init(&out, LIMIT_MESSAGE);
	while ((names[count] = slice_word(&rest)).len)
		count++;
	fold_names(names, count, LIMIT_MESSAGE, 0, &out);
	return bytes_str(&out);
}

static void test_fold(void)
{
	is_str(fold("pump1 pump2 pump3 pump5"), "pump[1-3,5]", "a range");
	is_str(fold("pump10 pump9 pump8"), "pump[8-10]", "by number, not by letter");
	is_str(fold("pump08 pump09 pump10"), "pump[08-10]", "zeros in front");
	is_str(fold("pump1 pump01 pump2"), "pump01,pump[1-2]", "other widths stand apart");
	is_str(fold("10.0.0.1:9100 10.0.0.3:9100"), "10.0.0.[1,3]:9100", "not the port");
	is_str(fold("h:1 h:2"), "h:[1-2]", "the port, where the host has no number");
	is_str(fold("a b a1"), "a,b,a1", "names without a number");
	is_str(fold("plc"), "plc", "one");
	is_str(fold("größe2 größe1 ::1"), "::1,größe[1-2]", "names beyond ASCII");
	is_str(fold(""), "", "none");
	is_str(fold("x12345678901 x12345678902"), "x12345678901,x12345678902",
		"numbers that are too long");
}

static const char *common(const char *a, const char *b)
{
	static struct bytes out;
	bytes_free(&out);
	bytes_init(&out, LIMIT_MESSAGE);
	words_common(slice_str(a), slice_str(b), &out);
	return bytes_str(&out);
}

static void test_common(void)
{
	is_str(common("refused: nobody (10.0.0.1:1)", "refused: nobody (10.0.0.2:1)"),
		"refused: nobody", "what stands in brackets differs");
	is_str(common("refused: nobody", "refused: nobody (10.0.0.3:1)"), "refused: nobody",
		"a third one");
	is_str(common("refused (::1) (the last)", "refused (::2) (the last)"), "refused (the last)",
		"in the middle");
	is_str(common("no reply within 5 s", "no reply within 30 s"), "no reply within ... s",
		"a word differs");
	is_str(common("no reply within ... s", "no reply within 7 s"), "no reply within ... s",
		"and another");
	is_str(common("'a' is unknown", "'b' is unknown"), "... is unknown", "the first word");
	is_str(common("unknown: 'a'", "unknown: 'b'"), "unknown: ...", "the last word");
	is_str(common("refused: nobody (a)", "no route to its network (b)"), "several reasons",
		"nothing is common");
	is_str(common("several reasons", "no route to its network (b)"), "several reasons",
		"which stays so");
	is_str(common("a", ""), "several reasons", "one says nothing");
	is_str(common("a b", "a b"), "a b", "the same");
}

static const char *words(const char *text, const char *than)
{
	static struct bytes out;
	bytes_free(&out);
	bytes_init(&out, LIMIT_MESSAGE);
	words_difference(slice_str(text), slice_str(than), 0, &out);
	return bytes_str(&out);
}

static void test_words(void)
{
	is_str(words("fw 2.0", "fw 2.1"), "fw 2.0 instead of 2.1", "a number and its name");
	is_str(words("OK v2.0", "OK v2.1"), "v2.0 instead of v2.1", "a word");
	is_str(words("a=1;b=off", "a=1;b=on"), "b off instead of on", "a value and its name");
	is_str(words("1,2,3", "1,5,6"), "2 instead of 5, 3 instead of 6", "two of a list");
	is_str(words("READY now", "READY"), "READY now instead of READY",
		"another number of words");
	is_str(words("", "READY"), "nothing instead of READY", "nothing");
	is_str(words("a\x1b", "b"), "a\\x1b instead of b", "bytes are spelled");
	is_str(words("a  b", "a b"), "a  b instead of a b", "only blanks differ");
}

static void test_times(void)
{
	struct times t = {0};
	is_int(times_percent(&t, 50), 0, "no time");
	for (int64_t i = 1; i <= 1000; i++)
		times_add(&t, i * 1000);
	int64_t half = times_percent(&t, 50);
	ok(half >= 500000 && half < 570000, "half of them: %lld", (long long)half);
	is_int(times_percent(&t, 100), 1000000, "all of them");
	times_add(&t, INT64_MAX);
	is_int(times_percent(&t, 100), INT64_MAX, "the longest time of all");
}

int main(void)
{
	test_fold();
	test_common();
	test_words();
	test_times();
	return tap_done();
}
