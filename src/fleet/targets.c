/* targets.c - see targets.h. */
#include "fleet/targets.h"

#include "base/combining.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "fleet/bracket.h"
#include <stdlib.h>
#include <wilco/limits.h>

enum {
	GROUP_DEPTH = 16,
	SLOTS_LEAST = 64,
	/* Names that ranges and groups give, those included that were there already: what names the
	 * same again and again would take for ever. */
	NAMED_MAX = 4 * TARGETS_MAX,
	NAME_LEN_MAX = UINT16_MAX,
};

struct target_entry {
	uint64_t at : 48; /* in the text: the name, then a blank and the rest, if there is one */
	uint64_t name_len : 16;
	uint32_t rest_len : 31;
	uint32_t merges : 1; /* a range or a group named it: it may be named again */
	uint32_t line;
};

void targets_init(struct targets *t, targets_group *group, void *arg)
{
	*t = (struct targets){.group = group, .arg = arg};
	bytes_init(&t->text, TARGETS_TEXT_MAX);
	bytes_init(&t->excluded, TARGETS_TEXT_MAX);
}

void targets_free(struct targets *t)
{
	bytes_free(&t->text);
	bytes_free(&t->excluded);
	free(t->at);
	free(t->slots);
	t->at = NULL;
	t->slots = NULL;
	t->count = t->room = t->slot_count = 0;
}

static struct slice at_text(const struct targets *t, size_t from, size_t len)
{
	return slice_of(t->text.at + from, len);
}

struct slice targets_name(const struct targets *t, size_t index)
{
	return at_text(t, t->at[index].at, t->at[index].name_len);
}

struct slice targets_rest(const struct targets *t, size_t index)
{
	const struct target_entry *e = &t->at[index];
	return at_text(t, e->at + e->name_len + !!e->rest_len, e->rest_len);
}

struct slice targets_text(const struct targets *t, size_t index)
{
	const struct target_entry *e = &t->at[index];
	return at_text(t, e->at, e->name_len + !!e->rest_len + (size_t)e->rest_len);
}

unsigned targets_line(const struct targets *t, size_t index)
{
	return t->at[index].line;
}

/* ---- finding a name ---- */

/* Returns the slot of a name, or the empty one where it belongs. */
static uint32_t *slot_of(const struct targets *t, struct slice name)
{
	size_t mask = t->slot_count - 1, at = hash_bytes(HASH_BEGIN, name) & mask;
	while (t->slots[at] && !slice_equal(targets_name(t, t->slots[at] - 1), name))
		at = (at + 1) & mask;
	return &t->slots[at];
}

/* Makes the table anew: twice the entries at least, and at most four times. */
static void make_slots(struct targets *t, size_t least)
{
	t->slot_count = SLOTS_LEAST;
	while (t->slot_count < least)
		t->slot_count *= 2;
	free(t->slots);
	t->slots = mem_new(t->slot_count * sizeof *t->slots);
	for (size_t i = 0; i < t->count; i++)
		*slot_of(t, targets_name(t, i)) = (uint32_t)i + 1;
}

/* ---- adding ---- */

/* What is added now. */
struct adding {
	struct targets *targets;
	unsigned line, depth;
	bool merges;
};

static bool put_text(struct targets *t, struct target_entry *e, struct slice name,
	struct slice rest, struct error *err)
{
	e->at = t->text.len;
	e->name_len = name.len & 0xffff;
	e->rest_len = rest.len & 0x7fffffff;
	return (bytes_add(&t->text, name) && (!rest.len || bytes_add_byte(&t->text, ' ')) &&
		       bytes_add(&t->text, rest)) ||
	       error_set(
		       err, STATUS_USAGE, "the targets have more than %d bytes", TARGETS_TEXT_MAX);
}

static bool named_twice(const struct adding *a, struct slice name, unsigned line, struct error *err)
{
	if (!a->line)
		return error_set(
			err, STATUS_USAGE, "%s stands twice in the list", quote(name).text);
	error_at(err, 0, 1, "%s stands in line %u already", quote(name).text, line);
	return error_hint(err, "a name is for one device; two names may have the same address");
}

/* Names a target once more: ranges and groups may overlap with what is there. */
static bool put_again(const struct adding *a, struct target_entry *e, struct slice name,
	struct slice rest, struct error *err)
{
	if (!a->merges && !e->merges)
		return named_twice(a, name, e->line, err);
	e->merges &= a->merges;
	if (!a->merges)
		e->line = a->line;
	return !rest.len || put_text(a->targets, e, name, rest, err);
}

static bool put(const struct adding *a, struct slice name, struct slice rest, struct error *err)
{
	struct targets *t = a->targets;
	if (name.len > NAME_LEN_MAX)
		return error_set(err, STATUS_USAGE, "a name has at most %d bytes", NAME_LEN_MAX);
	if (2 * (t->count + 1) > t->slot_count)
		make_slots(t, 2 * (t->count + 1));
	uint32_t *slot = slot_of(t, name);
	if (*slot)
		return put_again(a, &t->at[*slot - 1], name, rest, err);
	if (t->count == TARGETS_MAX)
		return error_set(err, STATUS_USAGE, "there are more than %d targets", TARGETS_MAX);
	t->at = mem_more(t->at, t->count, &t->room, sizeof *t->at);
	struct target_entry *e = &t->at[t->count];
	*e = (struct target_entry){.line = a->line, .merges = a->merges};
	if (!put_text(t, e, name, rest, err))
		return false;
	*slot = (uint32_t)++t->count;
	return true;
}

static bool add_word(const struct adding *a, struct slice word, struct error *err);

static bool add_members(
	const struct adding *a, struct slice group, struct slice members, struct error *err)
{
	struct adding inside = *a;
	struct slice member;
	inside.merges = true;
	if (inside.depth++ == GROUP_DEPTH)
		return error_set(err, STATUS_USAGE,
			"the group %s has groups in groups deeper than %d: does one name itself?",
			quote(group).text, GROUP_DEPTH);
	while ((member = slice_word(&members)).len)
		if (!add_word(&inside, member, err)) {
			err->placed = false; /* its place is in the group's line */
			return false;
		}
	return true;
}

/* Counts a name that a range or a group gives; false: there are too many. */
static bool count_name(struct targets *t, struct error *err)
{
	return t->named++ < NAMED_MAX ||
	       error_set(err, STATUS_USAGE,
		       "ranges and groups name more than %d targets, the same ones again included",
		       NAMED_MAX);
}

static bool add_name(void *arg, struct slice name, struct error *err)
{
	const struct adding *a = arg;
	struct slice members;
	if (!name.len)
		return error_set(err, STATUS_USAGE, "there is an empty name");
	if (!count_name(a->targets, err))
		return false;
	if (a->targets->group && a->targets->group(a->targets->arg, name, &members))
		return add_members(a, name, members, err);
	return put(a, name, SLICE(""), err);
}

static bool exclude(struct targets *t, struct slice word, unsigned line, struct error *err)
{
	if (!word.len)
		return error_set(err, STATUS_USAGE, "behind ! stands a name: !pump7");
	return bytes_addf(&t->excluded, "%u ", line) && bytes_add(&t->excluded, word) &&
	       bytes_add_byte(&t->excluded, '\n');
}

/* Adds what one word names: a device, an address, a range, a group; or excludes that. */
static bool add_word(const struct adding *a, struct slice word, struct error *err)
{
	struct adding inside = *a;
	size_t from, to;
	if (slice_starts(word, SLICE("!")))
		return exclude(a->targets, slice_cut(word, 1, word.len), a->line, err);
	inside.merges |= bracket_find(word, &from, &to);
	return bracket_walk(word, add_name, &inside, err);
}

/* ---- lists ---- */

/* Says whether the rest of an address may have any character. */
static bool takes_rest(struct slice text)
{
	static const char via[] = "via=";
	return slice_starts(text, SLICE("exec:")) ||
	       (text.len && memmem(text.at, text.len, via, sizeof via - 1));
}

static bool has_port(struct slice text)
{
	const uint8_t *colon = text.len ? memrchr(text.at, ':', text.len) : NULL;
	if (!colon || colon == text.at || colon + 1 == text.at + text.len)
		return false;
	for (const uint8_t *c = colon + 1; c < text.at + text.len; c++)
		if (*c < '0' || *c > '9')
			return *c == '?' && c > colon + 1;
	return true;
}

static bool has_prefix(struct slice text)
{
	static const char prefixes[][8] = {
		"/dev/", "serial:", "unix:", "exec:", "pty:", "listen:", "!"};
	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
		if (slice_starts(text, slice_str(prefixes[i])))
			return true;
	return false;
}

bool targets_is_list(struct slice text)
{
	struct slice rest = text, part;
	size_t from, to;
	return (bracket_part(&rest, &part) && rest.at) || bracket_find(text, &from, &to) ||
	       (text.len && memmem(text.at, text.len, "://", 3)) || has_prefix(text) ||
	       has_port(text);
}

bool targets_add_list(struct targets *t, struct slice text, struct error *err)
{
	const struct adding adding = {.targets = t};
	struct slice part;
	if (takes_rest(text))
		return add_word(&adding, text, err);
	while (bracket_part(&text, &part)) {
		part = slice_trim(part);
		if (part.len && !add_word(&adding, part, err)) {
			err->placed = false;
			return false;
		}
	}
	return true;
}

/* ---- lines ---- */

/* Says whether a line that begins with this word is an address, which may have blanks, or excludes
 * something. */
static bool begins_address(struct slice word)
{
	return has_prefix(word) || takes_rest(word) ||
	       (word.len && memmem(word.at, word.len, "://", 3));
}

/* Says whether a character can be in a name: blanks and commas end one, brackets are ranges, and
 * quotes and backslashes would read back as something else, or look so. */
static bool is_of_name(uint32_t code)
{
	bool blank = code == ' ' || code == 0xA0 || code == 0x1680 ||
		     (code >= 0x2000 && code <= 0x200A) || code == 0x202F || code == 0x205F ||
		     code == 0x3000;
	return !blank && text_width(code) && !(code < 0x80 && memchr("\"'`,[]\\", (int)code, 7));
}

static bool is_name(struct slice word)
{
	uint32_t code;
	for (struct slice rest = word; rest.len;) {
		size_t n = text_decode(rest, &code);
		if (!is_of_name(code))
			return false;
		rest = slice_cut(rest, n, rest.len);
		rest = slice_cut(rest, combining_behind(code, rest), rest.len);
	}
	return word.len && word.len <= TARGET_NAME_MAX && word.at[0] != '#';
}

bool targets_name_check(struct slice name, struct error *err)
{
	if (begins_address(name))
		return error_set(err, STATUS_USAGE,
			"a target's name cannot look like an address with a prefix, or begin with "
			"'!', as '%s' does",
			quote(name).text);
	return is_name(name) ||
	       error_set(err, STATUS_USAGE,
		       "a target's name is printable characters without blanks, quotes, commas, "
		       "brackets and backslashes, at most %d bytes, and begins with no '#', not "
		       "'%s'",
		       TARGET_NAME_MAX, quote(name).text);
}

/* Adds a line that has a name, an address, and perhaps more. */
static bool add_named(
	const struct adding *a, struct slice name, struct slice rest, struct error *err)
{
	struct error why;
	if (targets_name_check(name, &why))
		return put(a, name, rest, err);
	return error_at(err, 0, name.len, "%s", why.what);
}

static bool check_line(struct slice line, struct error *err)
{
	const uint8_t *nul = line.len ? memchr(line.at, 0, line.len) : NULL;
	if (nul)
		return error_at(
			err, (size_t)(nul - line.at), 1, "a NUL byte: this is no text file");
	if (slice_ends(line, SLICE("\r"))) {
		error_at(err, line.len - 1, 1, "the line ends in CR LF, not in LF alone");
		return error_hint(err, "tr -d '\\r' <FILE takes the CRs out");
	}
	if (slice_starts(line, SLICE("\xef\xbb\xbf"))) {
		error_at(err, 0, 3, "a byte order mark, which nobody sees, would be in the name");
		return error_hint(err, "save the file as UTF-8 without it");
	}
	return line.len <= TARGET_LINE_MAX ||
	       error_set(err, STATUS_USAGE, "a line has at most %d bytes", TARGET_LINE_MAX);
}

bool targets_add_line(struct targets *t, struct slice line, unsigned number, struct error *err)
{
	const struct adding adding = {.targets = t, .line = number};
	if (!check_line(line, err))
		return false;
	struct slice text = slice_trim(line), rest = text, word = slice_word(&rest);
	if (!text.len || text.at[0] == '#')
		return true;
	rest = slice_trim(rest);
	bool good = rest.len && !begins_address(word) ? add_named(&adding, word, rest, err)
						      : add_word(&adding, text, err);
	if (!good && err->placed)
		err->column += (size_t)(text.at - line.at);
	return good;
}

bool targets_add_named(
	struct targets *t, struct slice name, struct slice rest, unsigned line, struct error *err)
{
	const struct adding adding = {.targets = t, .line = line};
	return put(&adding, name, rest, err);
}

bool targets_find(const struct targets *t, struct slice name, size_t *index)
{
	const uint32_t *slot = t->slot_count ? slot_of(t, name) : NULL;
	if (slot && *slot)
		*index = *slot - 1;
	return slot && *slot;
}

/* ---- the end ---- */

struct excluding {
	struct targets *targets;
	unsigned depth;
	bool found;
};

static bool exclude_word(struct excluding *x, struct slice word, struct error *err);

static bool exclude_name(void *arg, struct slice name, struct error *err)
{
	struct excluding *x = arg;
	struct targets *t = x->targets;
	struct slice members, member;
	if (!count_name(t, err))
		return false;
	if (t->group && x->depth < GROUP_DEPTH && t->group(t->arg, name, &members)) {
		x->depth++;
		while ((member = slice_word(&members)).len)
			if (!exclude_word(x, member, err))
				return false;
		x->depth--;
		return true;
	}
	uint32_t *slot = t->slot_count ? slot_of(t, name) : NULL;
	if (slot && *slot) {
		t->at[*slot - 1].line = UINT32_MAX;
		x->found = true;
	}
	return true;
}

static bool exclude_word(struct excluding *x, struct slice word, struct error *err)
{
	return bracket_walk(word, exclude_name, x, err);
}

/* Closes the gaps; the names that are found are those that are left. */
static void take_out(struct targets *t)
{
	size_t kept = 0;
	for (size_t i = 0; i < t->count; i++)
		if (t->at[i].line != UINT32_MAX)
			t->at[kept++] = t->at[i];
	t->count = kept;
	make_slots(t, 2 * kept);
}

bool targets_end(struct targets *t, unsigned *number, struct error *err)
{
	struct slice rest = bytes_slice(&t->excluded), line;
	if (!rest.len)
		return true;
	while (slice_line(&rest, &line)) {
		struct excluding x = {.targets = t};
		*number = (unsigned)strtoul((const char *)slice_word(&line).at, NULL, 10);
		line = slice_trim(line);
		if (!exclude_word(&x, line, err))
			return false;
		if (!x.found)
			return error_set(err, STATUS_USAGE,
				"!%s excludes nothing: no target has this name", quote(line).text);
	}
	take_out(t);
	bytes_free(&t->excluded);
	return true;
}
