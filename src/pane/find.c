/* find.c - see find.h. */
#include "pane/find.h"

#include "base/escape.h"
#include "base/mem.h"
#include "base/pattern.h"
#include "base/text.h"
#include <ctype.h>
#include <stdlib.h>
#include <wilco/limits.h>

/* A regular expression is looked for so far around the bytes that are asked for: a match that is
 * longer is marked in part. */
enum { REGEX_AROUND = 4096 };

/* ---- what is searched for ---- */

void find_end(struct find *f)
{
	if (f->kind == FIND_REGEX)
		regfree(&f->regex);
	bytes_free(&f->needle);
	bytes_free(&f->words);
	*f = (struct find){.kind = FIND_NOTHING};
}

static bool has_capital(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (isupper(text.at[i]))
			return true;
	return false;
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

static bool find_regex(struct find *f, struct slice text, struct error *err)
{
	char why[PATTERN_WHY_MAX];
	if (!pattern_compile(
		    &f->regex, text, REG_NEWLINE | (has_capital(text) ? 0 : REG_ICASE), why))
		return error_at(err, 0, text.len + 2, "no regular expression: %s", why);
	f->kind = FIND_REGEX;
	return true;
}

static void find_text(struct find *f, struct slice text)
{
	struct error none;
	if (!escape_decode(text, &f->needle, &none)) {
		bytes_clear(&f->needle); /* it is meant as it stands */
		bytes_add(&f->needle, text);
	}
	bytes_add(&f->words, text);
	f->any_case = !has_capital(text);
	if (f->any_case) {
		lower_all(&f->needle);
		lower_all(&f->words);
	}
	f->kind = f->needle.len ? FIND_TEXT : FIND_NOTHING;
}

bool find_begin(struct find *f, struct slice text, struct error *err)
{
	*f = (struct find){.kind = FIND_NOTHING};
	bytes_init(&f->needle, LIMIT_LINE);
	bytes_init(&f->words, LIMIT_LINE);
	if (slice_starts(text, SLICE(".x "))) {
		if (!escape_bytes(slice_cut(text, 3, text.len), &f->needle, err)) {
			err->column += err->placed ? 3 : 0;
			return false;
		}
		f->kind = f->needle.len ? FIND_BYTES : FIND_NOTHING;
		return true;
	}
	if (text.len > 2 && text.at[0] == '/' && text.at[text.len - 1] == '/')
		return find_regex(f, slice_cut(text, 1, text.len - 1), err);
	find_text(f, text);
	return true;
}

/* ---- runs of bytes ---- */

static bool same_in_lower(const uint8_t *at, struct slice needle)
{
	for (size_t i = 0; i < needle.len; i++)
		if (lower(at[i]) != needle.at[i])
			return false;
	return true;
}

/* memmem() for a needle in lower case.  Where the first letter stands next is kept for both cases:
 * one of them may be nowhere. */
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

/* Places may overlap: so it does not matter where one begins to look. */
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

/* As a regular expression sees them: spelled, with a NUL behind. */
static const char *as_seen(struct slice bytes, bool safe, struct bytes *text)
{
	bytes_init(text, bytes.len * 4 + 1);
	if (safe)
		bytes_add(text, bytes);
	else
		text_add(text, bytes, 0);
	return bytes_str(text);
}

static bool is_matched(const struct find *f, struct slice bytes, bool safe)
{
	struct bytes text;
	bool found = regexec(&f->regex, as_seen(bytes, safe, &text), 0, NULL, 0) == 0;
	bytes_free(&text);
	return found;
}

static void mark_matches(const struct find *f, const char *text, int flags, uint8_t *found)
{
	regmatch_t m;
	for (size_t at = 0; text[at] && regexec(&f->regex, text + at, 1, &m, flags) == 0;
		flags |= REG_NOTBOL) {
		size_t from = at + (size_t)m.rm_so, end = at + (size_t)m.rm_eo;
		memset(found + from, 1, end - from);
		at = end > from ? end : end + (text[end] != 0);
	}
}

/* What was found in the spelling, for the bytes: of a character all, when any part was. */
static void take_back(struct slice bytes, const uint8_t *in_text, uint8_t *found)
{
	struct bytes one;
	size_t shown = 0, cells;
	bytes_init(&one, QUOTE_MAX);
	for (size_t at = 0, n; at < bytes.len; at += n) {
		n = text_step(slice_cut(bytes, at, bytes.len), 0, &cells);
		bytes_clear(&one);
		text_add(&one, slice_cut(bytes, at, at + n), 0);
		memset(found + at, memchr(in_text + shown, 1, one.len) != NULL, n);
		shown += one.len;
	}
	bytes_free(&one);
}

static void mark_part(const struct find *f, struct slice part, bool safe, int flags, uint8_t *found)
{
	struct bytes text;
	const char *seen = as_seen(part, safe, &text);
	uint8_t *in_text = mem_new(text.len + 1);
	mark_matches(f, seen, flags, in_text);
	if (safe)
		memcpy(found, in_text, part.len);
	else
		take_back(part, in_text, found);
	free(in_text);
	bytes_free(&text);
}

static size_t character_at(struct slice bytes, size_t at)
{
	for (size_t n = 0; n < 3 && at && (bytes.at[at] & 0xC0) == 0x80; n++)
		at--;
	return at;
}

static void mark_regex(
	const struct find *f, struct slice bytes, bool safe, size_t from, size_t to, uint8_t *found)
{
	size_t first = from > REGEX_AROUND ? character_at(bytes, from - REGEX_AROUND) : 0;
	struct slice part = slice_cut(bytes, first, to + REGEX_AROUND);
	int flags = (first ? REG_NOTBOL : 0) | (first + part.len < bytes.len ? REG_NOTEOL : 0);
	uint8_t *in_part = mem_new(part.len + 1);
	mark_part(f, part, safe, flags, in_part);
	memcpy(found, in_part + (from - first), to - from);
	free(in_part);
}

/* ---- both ---- */

bool find_in(const struct find *f, struct slice bytes, bool safe)
{
	switch (f->kind) {
	case FIND_NOTHING:
		return false;
	case FIND_REGEX:
		return is_matched(f, bytes, safe);
	default:
		return find_run(f, bytes, needle_for(f, safe)) != NULL;
	}
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
