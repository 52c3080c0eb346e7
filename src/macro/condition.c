/* condition.c - see condition.h. */
#include "macro/condition.h"

#include "base/mem.h"
#include "base/text.h"
#include "macro/variables.h"

#define ACCEPTED                                                                                \
	"it takes /PATTERN/ with or without a range, FIELD=RANGE, TYPE@OFFSET=RANGE, same, or " \
	"what the reply should be"

void condition_init(struct condition *c)
{
	*c = (struct condition){0};
	bytes_init(&c->shown, LIMIT_MESSAGE);
	bytes_init(&c->words, LIMIT_LINE);
	bytes_init(&c->source, PATTERN_MAX);
	expected_init(&c->reply);
}

void condition_free(struct condition *c)
{
	bytes_free(&c->shown);
	bytes_free(&c->words);
	bytes_free(&c->source);
	expected_free(&c->reply);
	pattern_free(c->pattern);
	c->pattern = NULL;
}

static bool condition_place_behind(struct error *err, size_t offset)
{
	err->placed = true;
	err->column += offset;
	return false;
}

static bool place_word(struct error *err, struct slice word)
{
	if (!err->placed) {
		err->placed = true;
		err->column = 0;
		err->width = word.len;
	}
	return false;
}

/* ---- reading ---- */

/* Compiles the pattern at the front.  A line of a loop is read again, with the same pattern.
 * Returns its length, 0 on error. */
static size_t take_pattern(
	struct condition *c, struct slice rest, const struct reading *r, struct error *err)
{
	struct bytes source;
	bytes_init(&source, PATTERN_MAX);
	size_t n = pattern_word(rest, r->names, &source, err);
	if (n && !(c->pattern && slice_equal(bytes_slice(&source), bytes_slice(&c->source)))) {
		pattern_free(c->pattern);
		c->pattern = pattern_new(bytes_slice(&source), PATTERN_BYTES, err);
		bytes_clear(&c->source);
		bytes_add(&c->source, bytes_slice(&source));
		bool same = source.len + 2 == n;
		err->column = same ? err->column + 1 : 0; /* else it is no place in the line */
		err->width = same ? err->width : n;
	}
	bytes_free(&source);
	return n && c->pattern ? n : 0;
}

static bool read_pattern_and_range(
	struct condition *c, struct slice rest, const struct reading *r, struct error *err)
{
	struct slice word;
	size_t n = take_pattern(c, rest, r, err);
	if (!n)
		return false;
	if (n < rest.len && !is_blank(rest.at[n])) {
		error_at(err, n, rest.len - n, "a blank is missing behind the pattern");
		return error_hint(err, "a slash inside of a pattern is written \\/");
	}
	struct slice left = slice_cut(rest, n, rest.len);
	int count = args_split(left, r->names, &c->words, &word, 1, err);
	if (count < 0)
		return condition_place_behind(err, n);
	c->kind = CONDITION_PATTERN;
	c->ranged = count > 0;
	bool later = r->names && r->names->later;
	if (!c->ranged || later || range_read(word, &c->range, err))
		return true;
	err->width = slice_trim(left).len;
	return condition_place_behind(err, (size_t)(slice_trim(left).at - rest.at));
}

/* Finds what stands before the = of a word. */
static struct slice name_of(struct slice word)
{
	const uint8_t *equals = word.len ? memchr(word.at, '=', word.len) : NULL;
	return slice_cut(word, 0, equals ? (size_t)(equals - word.at) : 0);
}

/* Finds what the name stands for: a field, or TYPE@OFFSET. */
static bool read_name(
	struct condition_item *item, struct slice name, const struct reading *r, struct error *err)
{
	item->name = name;
	item->field = r->frame ? frame_field_index(r->frame, name) : -1;
	if (item->field >= 0)
		return true;
	if (cut_is(name))
		return cut_read(name, &item->cut, err) || place_word(err, name);
	error_at(err, 0, name.len, "'%s' is no field of the frame and no TYPE@OFFSET",
		quote(name).text);
	return error_hint(err, "a number in the bytes of a reply is u8@0, u16be@2, ...");
}

/* Finds out whether the field is one of text or bytes, and the value one that it may have. */
static void read_text_field(struct condition_item *item, const struct reading *r)
{
	struct frame_values values = {0};
	struct error unused;
	if (item->field < 0 ||
		!frame_field_parse(r->frame, (size_t)item->field, item->value, values.at, &unused))
		return;
	item->text = field_is_text(&values.at[item->field]);
	item->hex = values.at[item->field].form == FIELD_BYTES;
}

static bool read_item(struct condition *c, struct slice word, const struct reading *r, bool later,
	struct error *err)
{
	struct condition_item *item = &c->items[c->count++];
	struct slice name = name_of(word);
	*item = (struct condition_item){0};
	if (!name.len)
		return error_at(err, 0, word.len, "'%s' is no FIELD=RANGE", quote(word).text);
	if (!read_name(item, name, r, err))
		return false;
	item->value = slice_cut(word, name.len + 1, word.len);
	read_text_field(item, r);
	return item->text || later || range_read(item->value, &item->range, err) ||
	       condition_place_behind(err, name.len + 1);
}

/* Finds the word of the rest that was the index-th; names and quotes make it another. */
static struct slice word_at(struct slice rest, int index)
{
	struct slice word = {0};
	for (int i = 0; i <= index; i++)
		word = slice_word(&rest);
	return word;
}

static bool read_numbers(
	struct condition *c, struct slice rest, const struct reading *r, struct error *err)
{
	struct slice words[CONDITION_ITEMS_MAX];
	int count = args_split(rest, r->names, &c->words, words, CONDITION_ITEMS_MAX, err);
	bool later = r->names && r->names->later;
	c->kind = CONDITION_NUMBERS;
	c->count = 0;
	for (int i = 0; i < count; i++)
		if (!read_item(c, words[i], r, later, err)) {
			struct slice typed = word_at(rest, i);
			if (!slice_equal(typed, words[i])) {
				err->column = 0;
				err->width = typed.len;
			}
			return condition_place_behind(err, (size_t)(typed.at - rest.at));
		}
	return count >= 0;
}

/* Says whether the first word is FIELD=..., or TYPE@OFFSET=... */
static bool begins_numbers(struct slice rest, const struct reading *r)
{
	struct slice name = name_of(slice_word(&rest));
	return cut_is(name) || (name.len && r->frame && frame_field_index(r->frame, name) >= 0);
}

static bool read_reply(
	struct condition *c, struct slice rest, const struct reading *r, struct error *err)
{
	c->kind = CONDITION_REPLY;
	if (!expected_read(&c->reply, rest, r, err))
		return false;
	if (c->reply.kind == EXPECT_EXACT || c->reply.kind == EXPECT_EMPTY)
		return true;
	error_at(err, 0, rest.len, "this looks at the last whole reply to the command, not at '%s'",
		quote(rest).text);
	return error_hint(err, "such a line stands below the command, behind two blanks");
}

static bool read_kind(
	struct condition *c, struct slice rest, const struct reading *r, struct error *err)
{
	if (!rest.len) {
		error_at(err, 0, 0, "say what is expected");
		return error_hint(err, ACCEPTED);
	}
	if (rest.at[0] == '/')
		return read_pattern_and_range(c, rest, r, err);
	if (slice_is(rest, "same")) {
		c->kind = CONDITION_SAME;
		return true;
	}
	return begins_numbers(rest, r) ? read_numbers(c, rest, r, err)
				       : read_reply(c, rest, r, err);
}

/* Keeps what a person is shown: with the values of names, but for secrets. */
static void take_shown(struct condition *c, struct slice rest, const struct reading *r)
{
	c->later = r->names && r->names->later;
	c->secret = r->names && r->names->secret;
	bytes_clear(&c->shown);
	if (c->secret || c->kind == CONDITION_SAME || c->kind == CONDITION_REPLY) {
		text_add(&c->shown, rest, TEXT_PLAIN);
		return;
	}
	if (c->kind == CONDITION_PATTERN) {
		bytes_add_str(&c->shown, "/");
		text_add(&c->shown, bytes_slice(&c->source), TEXT_PLAIN);
		bytes_add_str(&c->shown, c->ranged ? "/ " : "/");
		text_add(&c->shown, c->ranged ? bytes_slice(&c->words) : SLICE(""), TEXT_PLAIN);
		return;
	}
	text_add(&c->shown, c->items[0].name, TEXT_PLAIN);
}

bool condition_read(struct condition *c, struct slice rest, bool negative, const struct reading *r,
	struct error *err)
{
	struct slice text = slice_trim(rest);
	names_begin(r->names);
	c->negative = negative;
	enum names_secrets before = names_expect(r->names);
	bool good = read_kind(c, text, r, err);
	names_expected(r->names, before);
	if (!good)
		return condition_place_behind(err, text.len ? (size_t)(text.at - rest.at) : 0);
	take_shown(c, text, r);
	return true;
}

static bool read_source(
	struct condition *c, struct slice text, const struct reading *r, struct error *err)
{
	c->ranged = false;
	if (text.len && text.at[0] == '/') {
		size_t n = take_pattern(c, text, r, err);
		c->kind = CONDITION_PATTERN;
		return n && (n == text.len || error_at(err, n, text.len - n,
						      "nothing can stand behind the pattern"));
	}
	c->kind = CONDITION_NUMBERS;
	c->count = 1;
	bytes_clear(&c->words);
	bytes_add(&c->words, text);
	if (text.len && read_name(&c->items[0], bytes_slice(&c->words), r, err))
		return true;
	if (!text.len)
		error_at(err, 0, 0, "say where the value is");
	return error_hint(
		err, ".capture NAME takes /PATTERN/, a field of the frame or TYPE@OFFSET");
}

bool condition_read_capture(struct condition *c, struct slice rest, const struct reading *r,
	struct slice *name, struct error *err)
{
	struct slice text = slice_trim(rest);
	names_begin(r->names);
	c->negative = false;
	*name = slice_word(&text);
	if (!name->len) {
		error_at(err, 0, 0, "the name of the variable is missing");
		return error_hint(err, "as in .capture temp /T=([0-9.]+)/");
	}
	if (!variables_name_is_good(*name, r->frame, err))
		return condition_place_behind(err, (size_t)(name->at - rest.at));
	text = slice_trim(text);
	enum names_secrets before = names_expect(r->names);
	bool good = read_source(c, text, r, err);
	names_expected(r->names, before);
	if (!good)
		return condition_place_behind(
			err, text.len ? (size_t)(text.at - rest.at) : rest.len);
	take_shown(c, text, r);
	return true;
}

/* ---- holding ---- */

static const char *verb_of(const struct condition *c)
{
	return c->negative ? ".expect-not" : ".expect";
}

/* Adds what came in place of what is expected. */
static bool condition_differs(const struct condition *c, const char *verb,
	const struct condition_about *about, struct differences *d)
{
	struct bytes got, shown;
	bytes_init(&got, LIMIT_MESSAGE);
	bytes_init(&shown, LIMIT_MESSAGE);
	bytes_add(&shown, bytes_slice(&c->shown));
	if (c->kind == CONDITION_SAME && about->before) {
		bytes_clear(&shown);
		expected_spell_bytes(*about->before, frame_rules(about->frame)->bin, &shown);
	}
	if (about->reply)
		expected_spell_reply(about->reply, about->frame, &got);
	difference_add(
		d, verb, bytes_shown(&shown), about->reply ? bytes_shown(&got) : (struct slice){0});
	bytes_free(&got);
	bytes_free(&shown);
	return false;
}

/* Finds what the pattern takes; false: nothing. */
static bool pattern_value(const struct condition *c, const struct reply *r, struct slice *value)
{
	struct pattern_match match;
	uint64_t steps = EXPECTED_STEPS;
	if (!r || r->kind != SPLIT_FRAME ||
		!pattern_find(c->pattern, r->payload, 0, 0, &steps, &match))
		return false;
	*value = match.grouped ? slice_cut(r->payload, match.group_from, match.group_to)
			       : slice_cut(r->payload, match.from, match.to);
	return true;
}

/* Says whether a number that was found is in the range; what is no number never holds. */
static bool number_holds(const struct condition *c, struct slice value, const struct range *range)
{
	long double number;
	return range_number(value, &number) && range_has(range, number) != c->negative;
}

static bool pattern_holds(
	const struct condition *c, const struct condition_about *about, struct differences *d)
{
	struct slice value;
	struct bytes got;
	if (!pattern_value(c, about->reply, &value))
		return c->negative || condition_differs(c, verb_of(c), about, d);
	if (!c->ranged)
		return !c->negative || condition_differs(c, verb_of(c), about, d);
	if (number_holds(c, value, &c->range))
		return true;
	bytes_init(&got, LIMIT_MESSAGE);
	expected_spell_bytes(value, false, &got);
	difference_add(d, verb_of(c), bytes_slice(&c->shown), bytes_shown(&got));
	bytes_free(&got);
	return false;
}

/* Adds the text of a field or of a number in the payload; false: there is none. */
static bool item_value(const struct condition_item *item, const struct reply *r, struct bytes *out)
{
	char text[INTTYPE_TEXT_MAX];
	if (!r || r->kind != SPLIT_FRAME)
		return false;
	if (item->field < 0) {
		struct slice rest = slice_cut(r->payload, item->cut.at, r->payload.len);
		return inttype_get_text(item->cut.type, rest, text) > 0 && bytes_add_str(out, text);
	}
	const struct field_value *v = r->fields ? &r->fields[item->field] : NULL;
	if (!v || !v->set)
		return false;
	if (v->form == FIELD_TEXT)
		return bytes_add(out, slice_of(v->text, v->len));
	frame_field_text(v, out);
	return !out->over;
}

static bool item_is_so(const struct condition_item *item, struct slice value)
{
	long double number;
	struct slice wanted = slice_trim(item->value);
	value = slice_trim(value);
	if (item->hex)
		return value.len == wanted.len &&
		       strncasecmp((const char *)value.at, (const char *)wanted.at, value.len) == 0;
	if (item->text)
		return slice_equal(value, wanted);
	return range_number(value, &number) && range_has(&item->range, number);
}

static void item_differs(const struct condition *c, const struct condition_item *item,
	struct bytes *value, struct differences *d)
{
	struct bytes wanted, got;
	bytes_init(&wanted, LIMIT_MESSAGE);
	bytes_init(&got, LIMIT_MESSAGE);
	text_add(&wanted, c->secret ? SLICE("a secret") : item->value, 0);
	text_add(&got, bytes_slice(value), 0);
	difference_addf(d, bytes_shown(&wanted), got.len ? bytes_shown(&got) : (struct slice){0},
		"%s %.*s", verb_of(c), SLICE_ARG(item->name));
	bytes_free(&wanted);
	bytes_free(&got);
}

/* All have to be so; with .expect-not, not all of them. */
static bool numbers_hold(
	const struct condition *c, const struct condition_about *about, struct differences *d)
{
	bool all = true;
	struct bytes value;
	bytes_init(&value, LIMIT_LINE);
	for (size_t i = 0; i < c->count; i++) {
		bytes_clear(&value);
		item_value(&c->items[i], about->reply, &value);
		if (item_is_so(&c->items[i], bytes_slice(&value)))
			continue;
		all = false;
		if (!c->negative)
			item_differs(c, &c->items[i], &value, d);
	}
	for (size_t i = 0; i < c->count && c->negative && all; i++) {
		bytes_clear(&value);
		item_value(&c->items[i], about->reply, &value);
		item_differs(c, &c->items[i], &value, d);
	}
	bytes_free(&value);
	return all != c->negative;
}

static bool same_holds(
	const struct condition *c, const struct condition_about *about, struct differences *d)
{
	if (!about->before)
		return true; /* there is nothing to compare with */
	bool same = about->reply && about->reply->kind == SPLIT_FRAME &&
		    slice_equal(about->reply->payload, *about->before);
	return same != c->negative || condition_differs(c, verb_of(c), about, d);
}

static bool reply_holds(
	const struct condition *c, const struct condition_about *about, struct differences *d)
{
	struct differences parts = {0};
	bool so = about->reply && expected_holds(&c->reply, about->reply, about->frame, 0, &parts);
	differences_clear(&parts);
	return so != c->negative || condition_differs(c, verb_of(c), about, d);
}

bool condition_holds(
	struct condition *c, const struct condition_about *about, struct differences *d)
{
	switch (c->kind) {
	case CONDITION_PATTERN:
		return pattern_holds(c, about, d);
	case CONDITION_NUMBERS:
		return numbers_hold(c, about, d);
	case CONDITION_SAME:
		return same_holds(c, about, d);
	default:
		return reply_holds(c, about, d);
	}
}

bool condition_value(struct condition *c, const struct condition_about *about, struct bytes *out,
	struct differences *d)
{
	struct slice value;
	if (c->kind == CONDITION_NUMBERS)
		return item_value(&c->items[0], about->reply, out) ||
		       condition_differs(c, ".capture", about, d);
	if (!pattern_value(c, about->reply, &value))
		return condition_differs(c, ".capture", about, d);
	return bytes_add(out, value) || condition_differs(c, ".capture", about, d);
}
