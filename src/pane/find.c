/* find.c - see find.h. */
#include "pane/find.h"

#include "base/escape.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include <ctype.h>
#include <stdlib.h>
#include <time.h>

/* Limits for a regular expression: a search may take about a second's worth of steps, marks in one
 * painting a millisecond's, and in the long run a tenth of the time.  Spelling bytes costs steps,
 * too. */
enum {
	SEARCH_STEPS = 20 * 1000 * 1000,
	MARK_STEPS = 100 * 1000,
	NS_PER_STEP = 500,
	STEP_BYTES = 16
};

struct search {
	struct pattern *pattern;
	uint64_t left; /* steps that may still be taken */
	int64_t at;    /* when they were given, monotonic ns */
	bool gave_up;
};

/* A regular expression is searched for this far around the bytes in question; a longer match is
 * marked only in part. */
enum { REGEX_AROUND = 4096 };

/* ---- what to search for ---- */

static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * (int64_t)NS_PER_S + t.tv_nsec;
}

void find_end(struct find *f)
{
	if (f->search)
		pattern_free(f->search->pattern);
	free(f->search);
	bytes_free(&f->needle);
	bytes_free(&f->words);
	*f = (struct find){.kind = FIND_NOTHING};
}

static bool is_ascii(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] >= 0x80)
			return false;
	return true;
}

/* Asks the library, which knows all alphabets. */
static bool has_other_capital(struct slice text)
{
	struct error none;
	struct pattern_match match;
	uint64_t steps = MARK_STEPS;
	struct pattern *capital = pattern_new(SLICE("\\p{Lu}"), 0, &none);
	bool has =
		capital && text_is_utf8(text) && pattern_find(capital, text, 0, 0, &steps, &match);
	pattern_free(capital);
	return has;
}

/* Says whether there is a capital letter, of which an escape such as \D is none. */
static bool has_capital(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == '\\')
			i++;
		else if (text.at[i] >= 'A' && text.at[i] <= 'Z')
			return true;
	return !is_ascii(text) && has_other_capital(text);
}

static uint8_t lower(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
}

static void lower_all(struct bytes *text)
{
	for (size_t i = 0; i < text->len; i++)
		text->at[i] = lower(text->at[i]);
}

static bool find_regex(struct find *f, struct slice text, bool any_case, struct error *err)
{
	struct pattern *pattern = pattern_new(text, any_case ? PATTERN_ANY_CASE : 0, err);
	if (!pattern)
		return false;
	f->search = mem_new(sizeof *f->search);
	*f->search = (struct search){.pattern = pattern, .left = SEARCH_STEPS, .at = now()};
	f->kind = FIND_REGEX;
	return true;
}

bool find_gave_up(const struct find *f)
{
	return f->search && f->search->gave_up;
}

/* Leaves letters beyond ASCII to the library when case does not matter. */
static bool find_letters(struct find *f, struct slice text)
{
	struct error none;
	struct bytes quoted;
	bytes_init(&quoted, PATTERN_MAX);
	bytes_addf(&quoted, "\\Q%.*s\\E", SLICE_ARG(text));
	bool good = !quoted.over && find_regex(f, bytes_slice(&quoted), true, &none);
	bytes_free(&quoted);
	return good;
}

static void find_text(struct find *f, struct slice text, unsigned charset)
{
	struct error none;
	f->any_case = !has_capital(text);
	if (!charset && f->any_case && !is_ascii(text) && !memchr(text.at, '\\', text.len) &&
		find_letters(f, text))
		return;
	if (!escape_typed(text, charset, NULL, &f->needle, &none)) {
		bytes_clear(&f->needle); /* it is meant literally */
		bytes_add(&f->needle, text);
	}
	bytes_add(&f->words, text);
	if (f->any_case) {
		lower_all(&f->needle);
		lower_all(&f->words);
	}
	f->kind = f->needle.len ? FIND_TEXT : FIND_NOTHING;
}

bool find_begin(struct find *f, struct slice text, unsigned charset, struct error *err)
{
	*f = (struct find){.kind = FIND_NOTHING};
	bytes_init(&f->needle, FIND_MAX);
	bytes_init(&f->words, FIND_MAX);
	if (text.len > 2 && text.at[0] == '/' && text.at[text.len - 1] == '/') {
		struct slice pattern = slice_cut(text, 1, text.len - 1);
		bool good = find_regex(f, pattern, !has_capital(pattern), err);
		err->column += !good && err->placed;
		return good;
	}
	if (text.len > FIND_MAX)
		return error_at(err, FIND_MAX, 1,
			"the text to find has at most %d bytes, this one has %zu", FIND_MAX,
			text.len);
	if (slice_starts(text, SLICE(".x "))) {
		if (!escape_bytes(slice_cut(text, 3, text.len), &f->needle, err)) {
			err->column += err->placed ? 3 : 0;
			return false;
		}
		f->kind = f->needle.len ? FIND_BYTES : FIND_NOTHING;
		return true;
	}
	find_text(f, text, charset);
	return true;
}

/* ---- text and bytes ---- */

static bool same_in_lower(const uint8_t *at, struct slice needle)
{
	for (size_t i = 0; i < needle.len; i++)
		if (lower(at[i]) != needle.at[i])
			return false;
	return true;
}

/* Does memmem() for a needle in lower case.  It keeps the next place of the first letter in both
 * cases, because one of them may be nowhere.  A byte is compared at most FIND_MAX times, where a
 * device repeats all of the needle but its end. */
static const uint8_t *find_lower(struct slice in, struct slice needle)
{
	const uint8_t *end = in.at + in.len, *at = in.at;
	const uint8_t first[] = {needle.at[0], (uint8_t)toupper(needle.at[0])};
	const uint8_t *next[] = {NULL, NULL};
	for (; (size_t)(end - at) >= needle.len; at++) {
		size_t room = (size_t)(end - at) - needle.len + 1;
		for (size_t i = 0; i < 2; i++)
			if (!next[i] || next[i] < at) {
				next[i] = memchr(at, first[i], room);
				next[i] = next[i] ? next[i] : end;
			}
		at = next[0] < next[1] ? next[0] : next[1];
		if (at == end)
			return NULL;
		if (same_in_lower(at, needle))
			return at;
	}
	return NULL;
}

static struct slice needle_for(const struct find *f, bool safe)
{
	if (f->kind == FIND_BYTES && safe)
		return SLICE("");
	return bytes_slice(safe ? &f->words : &f->needle);
}

static const uint8_t *find_run(const struct find *f, struct slice in, struct slice needle)
{
	if (!needle.len || in.len < needle.len)
		return NULL;
	return f->any_case ? find_lower(in, needle) : memmem(in.at, in.len, needle.at, needle.len);
}

/* Finds the next place, and drops it and all before it from the front. */
static bool run_behind(
	const struct find *f, struct slice *bytes, struct slice needle, struct slice *place)
{
	const uint8_t *at = find_run(f, *bytes, needle);
	if (!at)
		return false;
	*place = slice_of(at, needle.len);
	*bytes = slice_cut(*bytes, (size_t)(at - bytes->at) + needle.len, bytes->len);
	return true;
}

/* Marks all places, even those that overlap, so that it does not matter where the search begins.  A
 * byte is marked at most FIND_MAX times. */
static void mark_runs(
	const struct find *f, struct slice bytes, bool safe, size_t from, size_t to, uint8_t *found)
{
	struct slice needle = needle_for(f, safe);
	size_t at = from > needle.len ? from - needle.len : 0, end = to + needle.len;
	const uint8_t *place;
	while ((place = find_run(f, slice_cut(bytes, at, end), needle))) {
		at = (size_t)(place - bytes.at);
		size_t a = at > from ? at : from, b = at + needle.len < to ? at + needle.len : to;
		if (a < b)
			memset(found + (a - from), 1, b - a);
		at++;
	}
}

/* ---- regular expressions ---- */

/* Returns how bytes are spelled for a regular expression: escaped, so that it always gets UTF-8,
 * which its library does not check; wilco's own text stays as it is. */
static unsigned spelling(bool safe)
{
	return safe ? TEXT_PLAIN : 0;
}

static struct slice as_seen(struct slice bytes, bool safe, struct bytes *text)
{
	bytes_init(text, bytes.len * 4 + 1);
	text_add(text, bytes, spelling(safe));
	return bytes_slice(text);
}

/* Returns where the character of this byte begins, so that none is cut. */
static size_t character_at(struct slice bytes, size_t at)
{
	if (at >= bytes.len)
		return bytes.len;
	for (size_t n = 0; n < 3 && at && (bytes.at[at] & 0xC0) == 0x80; n++)
		at--;
	return at;
}

static size_t after_character(struct slice text, size_t at)
{
	do
		at++;
	while (at < text.len && (text.at[at] & 0xC0) == 0x80);
	return at;
}

/* Returns the byte whose spelling is at this place, in large steps as long as that is far away. */
static size_t byte_at(struct slice bytes, bool safe, size_t in_text)
{
	struct bytes text;
	size_t at = 0, shown = 0, each = REGEX_AROUND, cells;
	bytes_init(&text, REGEX_AROUND * 4 + 1);
	while (at < bytes.len) {
		size_t end = character_at(bytes, at + each);
		if (each == 1)
			end = at +
			      text_step(slice_cut(bytes, at, bytes.len), spelling(safe), &cells);
		bytes_clear(&text);
		text_add(&text, slice_cut(bytes, at, end), spelling(safe));
		if (shown + text.len > in_text && each == 1)
			break;
		if (shown + text.len > in_text) {
			each = 1;
			continue;
		}
		shown += text.len;
		at = end;
	}
	bytes_free(&text);
	return at;
}

/* Says whether more may be tried now. */
static bool may_try(struct search *s, size_t bytes)
{
	int64_t time = now();
	uint64_t cost = bytes / STEP_BYTES;
	s->left += (uint64_t)(time - s->at) / NS_PER_STEP;
	s->left = s->left < SEARCH_STEPS ? s->left : SEARCH_STEPS;
	s->at = time;
	s->gave_up = s->gave_up || s->left <= cost;
	s->left -= s->left <= cost ? s->left : cost;
	return s->left > 0;
}

/* Walks over the matches in the spelling of the bytes, and returns how many there are, at most
 * `most`; *last is the last of them. */
static size_t walk_matches(
	const struct find *f, struct slice text, size_t most, struct pattern_match *last)
{
	struct search *s = f->search;
	size_t count = 0, at = 0;
	while (count < most && pattern_find(s->pattern, text, at, 0, &s->left, last)) {
		count++;
		at = last->to > last->from ? last->to : after_character(text, last->to);
		if (at >= text.len)
			break;
	}
	s->gave_up = s->gave_up || !s->left;
	return count;
}

static size_t count_matches(const struct find *f, struct slice bytes, bool safe, size_t most)
{
	struct bytes text;
	struct pattern_match last;
	if (!may_try(f->search, bytes.len))
		return 0;
	size_t count = walk_matches(f, as_seen(bytes, safe, &text), most, &last);
	bytes_free(&text);
	return count;
}

static bool find_match(
	const struct find *f, struct slice bytes, bool safe, size_t before, struct slice *place)
{
	struct bytes text;
	struct pattern_match last;
	if (!may_try(f->search, bytes.len))
		return false;
	bool found = walk_matches(f, as_seen(bytes, safe, &text), before + 1, &last) == before + 1;
	if (found) {
		size_t from = byte_at(bytes, safe, last.from);
		*place = slice_cut(bytes, from, byte_at(bytes, safe, last.to));
	}
	bytes_free(&text);
	return found;
}

static void mark_matches(const struct find *f, struct slice text, unsigned flags, uint8_t *found)
{
	struct pattern_match m;
	uint64_t steps = MARK_STEPS;
	for (size_t at = 0;
		at < text.len && pattern_find(f->search->pattern, text, at, flags, &steps, &m);) {
		memset(found + m.from, 1, m.to - m.from);
		at = m.to > at ? m.to : after_character(text, at);
	}
}

/* Marks the bytes whose spelling was found, even in part. */
static void take_back(struct slice bytes, bool safe, const uint8_t *in_text, uint8_t *found)
{
	struct bytes one;
	size_t shown = 0, cells;
	bytes_init(&one, QUOTE_MAX);
	for (size_t at = 0, n; at < bytes.len; at += n) {
		n = text_step(slice_cut(bytes, at, bytes.len), spelling(safe), &cells);
		bytes_clear(&one);
		text_add(&one, slice_cut(bytes, at, at + n), spelling(safe));
		memset(found + at, memchr(in_text + shown, 1, one.len) != NULL, n);
		shown += one.len;
	}
	bytes_free(&one);
}

static void mark_part(
	const struct find *f, struct slice part, bool safe, unsigned flags, uint8_t *found)
{
	struct bytes text;
	struct slice seen = as_seen(part, safe, &text);
	uint8_t *in_text = mem_new(text.len + 1);
	mark_matches(f, seen, flags, in_text);
	take_back(part, safe, in_text, found);
	free(in_text);
	bytes_free(&text);
}

static void mark_regex(
	const struct find *f, struct slice bytes, bool safe, size_t from, size_t to, uint8_t *found)
{
	size_t first = from > REGEX_AROUND ? character_at(bytes, from - REGEX_AROUND) : 0;
	struct slice part = slice_cut(bytes, first, character_at(bytes, to + REGEX_AROUND));
	unsigned flags = (first ? PATTERN_NOT_BEGIN : 0) |
			 (first + part.len < bytes.len ? PATTERN_NOT_END : 0);
	uint8_t *in_part = mem_new(part.len + 1);
	mark_part(f, part, safe, flags, in_part);
	memcpy(found, in_part + (from - first), to - from);
	free(in_part);
}

/* ---- both ---- */

bool find_in(const struct find *f, struct slice bytes, bool safe)
{
	if (f->kind == FIND_NOTHING)
		return false;
	if (f->kind == FIND_REGEX)
		return count_matches(f, bytes, safe, 1) > 0;
	return find_run(f, bytes, needle_for(f, safe)) != NULL;
}

size_t find_count(const struct find *f, struct slice bytes, bool safe)
{
	size_t count = 0;
	struct slice place, needle = needle_for(f, safe);
	if (f->kind == FIND_NOTHING)
		return 0;
	if (f->kind == FIND_REGEX)
		return count_matches(f, bytes, safe, SIZE_MAX);
	while (run_behind(f, &bytes, needle, &place))
		count++;
	return count;
}

bool find_place(
	const struct find *f, struct slice bytes, bool safe, size_t before, struct slice *place)
{
	struct slice needle = needle_for(f, safe);
	if (f->kind == FIND_NOTHING)
		return false;
	if (f->kind == FIND_REGEX)
		return find_match(f, bytes, safe, before, place);
	for (; run_behind(f, &bytes, needle, place); before--)
		if (!before)
			return true;
	return false;
}

void find_mark(
	const struct find *f, struct slice bytes, bool safe, size_t from, size_t to, uint8_t *found)
{
	to = to < bytes.len ? to : bytes.len;
	if (from >= to || f->kind == FIND_NOTHING)
		return;
	if (f->kind == FIND_REGEX)
		mark_regex(f, bytes, safe, from, to, found);
	else
		mark_runs(f, bytes, safe, from, to, found);
}
