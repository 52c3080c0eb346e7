/* words.c - see words.h. */
#include "fleet/words.h"

#include "base/text.h"
#include <limits.h>

enum { SHOWN_MAX = 60, DIFFERENCES_MAX = 4 };

static bool cuts(uint8_t c)
{
	return is_blank(c) || c == '\r' || c == '\n' || c == '=' || c == ',' || c == ';' ||
	       c == ':';
}

/* Takes the next word off the front of *text, and what cuts it off from the one before. */
static bool next_word(struct slice *text, struct slice *gap, struct slice *word)
{
	size_t from = 0, to;
	while (from < text->len && cuts(text->at[from]))
		from++;
	for (to = from; to < text->len && !cuts(text->at[to]); to++)
		;
	*gap = slice_cut(*text, 0, from);
	*word = slice_cut(*text, from, to);
	*text = slice_cut(*text, to, text->len);
	return word->len > 0;
}

static size_t word_count(struct slice text)
{
	struct slice gap, word;
	size_t count = 0;
	while (next_word(&text, &gap, &word))
		count++;
	return count;
}

/* Says whether a word names the one behind it: fw=2.1, or fw 2.1. */
static bool names(struct slice name, struct slice gap, struct slice word)
{
	bool sign = gap.len && (memchr(gap.at, '=', gap.len) || memchr(gap.at, ':', gap.len));
	bool listed = gap.len && (memchr(gap.at, ',', gap.len) || memchr(gap.at, ';', gap.len));
	return name.len && is_letter(name.at[0]) && !listed && (sign || is_digit(word.at[0]));
}

static void add_shown(struct slice text, unsigned flags, struct bytes *out)
{
	struct slice begin = text_cut(text, SHOWN_MAX);
	if (!text.len)
		bytes_add_str(out, "nothing");
	text_add(out, begin, flags);
	if (begin.len < text.len)
		bytes_add_str(out, "...");
}

static void add_difference(
	struct slice name, struct slice word, struct slice than, unsigned flags, struct bytes *out)
{
	if (name.len) {
		add_shown(name, flags, out);
		bytes_add_byte(out, ' ');
	}
	add_shown(word, flags, out);
	bytes_add_str(out, " instead of ");
	add_shown(than, flags, out);
}

size_t words_difference(struct slice text, struct slice than, unsigned flags, struct bytes *out)
{
	struct slice a = text, b = than, gap, other_gap, word, other, name = {0};
	size_t count = 0;
	if ((flags & TEXT_BIN) || word_count(text) != word_count(than) || !word_count(text)) {
		add_difference(name, text, than, flags, out);
		return 1;
	}
	while (next_word(&a, &gap, &word) && next_word(&b, &other_gap, &other)) {
		if (!slice_equal(word, other) && count++ < DIFFERENCES_MAX) {
			if (count > 1)
				bytes_add_str(out, ", ");
			add_difference(
				names(name, gap, word) ? name : SLICE(""), word, other, flags, out);
		}
		name = slice_equal(word, other) ? word : SLICE("");
	}
	if (count > DIFFERENCES_MAX)
		bytes_addf(out, " and %zu more", count - DIFFERENCES_MAX);
	if (!count) /* only what cuts the words differs */
		add_difference(SLICE(""), text, than, flags, out);
	return count ? count : 1;
}

/* ---- what is common ---- */

/* Returns the bytes at the front that are whole words of both. */
static size_t common_front(struct slice a, struct slice b)
{
	size_t common = 0;
	for (size_t n = 0;; n++) {
		bool ends = n == a.len || is_blank(a.at[n]);
		if (ends && (n == b.len || is_blank(b.at[n])))
			common = n;
		if (n == a.len || n == b.len || a.at[n] != b.at[n])
			return common;
	}
}

/* The same at the back. */
static size_t common_back(struct slice a, struct slice b)
{
	size_t common = 0;
	for (size_t n = 0;; n++) {
		bool begins = n == a.len || is_blank(a.at[a.len - n - 1]);
		if (begins && (n == b.len || is_blank(b.at[b.len - n - 1])))
			common = n;
		if (n == a.len || n == b.len || a.at[a.len - n - 1] != b.at[b.len - n - 1])
			return common;
	}
}

/* Says whether a text says the same without this part. */
static bool is_aside(struct slice part)
{
	return !part.len || (part.at[0] == '(' && part.at[part.len - 1] == ')');
}

static size_t blank_words(struct slice text)
{
	size_t count = 0;
	while (slice_word(&text).len)
		count++;
	return count;
}

void words_common(struct slice a, struct slice b, struct bytes *out)
{
	size_t front = common_front(a, b);
	struct slice begin = slice_cut(a, 0, front);
	struct slice rest = slice_cut(a, front, a.len), other = slice_cut(b, front, b.len);
	size_t back = common_back(rest, other);
	struct slice end = slice_cut(rest, rest.len - back, rest.len);
	rest = slice_trim(slice_cut(rest, 0, rest.len - back));
	other = slice_trim(slice_cut(other, 0, other.len - back));
	bool aside = is_aside(rest) && is_aside(other);
	size_t same = blank_words(begin) + blank_words(end);
	if (!same || (!aside && (same < blank_words(rest) || same < blank_words(other)))) {
		bytes_add_str(out, "several reasons");
		return;
	}
	bytes_add(out, begin);
	if (!aside)
		bytes_add_str(out, begin.len ? " ..." : "...");
	if (end.len)
		bytes_add_byte(out, ' ');
	bytes_add(out, slice_trim(end));
}
