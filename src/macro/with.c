/* with.c - `.with F=V ... LINE`: sets fields of the frame for one command. */
#include "base/calc.h"
#include "base/escape.h"
#include "base/inttype.h"
#include <wilco/macro.h>

static bool read(struct order *o, const struct reading *r, struct error *err);

const struct verb verb_with = {
	.name = "with",
	.places = PLACE_PROMPT | PLACE_COMMAND | PLACE_DEVICE | PLACE_PLAY,
	.args = "FIELD=VALUE... LINE",
	.help = "send one command with other values of the frame's fields",
	.examples = ".with unit=17 03 00 6b 00 03\n.with unit=17 -- a=1",
	.behind = BEHIND_FIELDS,
	.kind = ORDER_SEND,
	.read = read,
};

static bool with_place_behind(struct error *err, size_t offset)
{
	if (err->placed)
		err->column += offset;
	return false;
}

/* Says whether the text is a number, an operator and another number, and so on; then it gives the
 * result. */
static bool is_calculated(struct slice text, char out[CALC_TEXT_MAX], struct error *err)
{
	uint64_t value = 0;
	size_t from = 0, i = 0;
	uint8_t sign = 0;
	for (; i <= text.len; i++) {
		if (i < text.len && !calc_is_sign(text.at[i]))
			continue;
		struct slice number = slice_cut(text, from, i);
		if (!(sign ? calc_apply(&value, sign, number, false, err)
			   : calc_number(number, false, &value, err)))
			return false;
		sign = i < text.len ? text.at[i] : 0;
		from = i + 1;
	}
	calc_text(value, false, out);
	return true;
}

/* Does the same for TYPE(NUMBER), as in byte lists. */
static bool is_number(struct slice text, char out[CALC_TEXT_MAX], struct error *err)
{
	const uint8_t *open = text.len ? memchr(text.at, '(', text.len) : NULL;
	uint8_t raw[INTTYPE_BYTES_MAX];
	struct inttype type;
	uint64_t value;
	if (!open || text.at[text.len - 1] != ')')
		return is_calculated(text, out, err);
	size_t n = (size_t)(open - text.at);
	return inttype_parse(slice_cut(text, 0, n), &type) &&
	       is_calculated(slice_cut(text, n + 1, text.len - 1), out, err) &&
	       calc_number(slice_str(out), false, &value, err) && inttype_put(type, value, raw);
}

/* Reads the V of F=V, with escapes and names, and where it is a number, with operators.  A value
 * that will be known only later is 0 for now.  On failure err is placed in the word. */
static bool take_field(const struct frame *frame, size_t field, struct slice text,
	struct names *names, struct field_value *values, struct error *err)
{
	struct bytes decoded;
	char result[CALC_TEXT_MAX];
	struct error unused;
	const struct names before = names ? *names : (struct names){0};
	bytes_init(&decoded, LIMIT_LINE);
	names_begin(names);
	bool good = escape_typed(text, CHARSET_UTF8, names, &decoded, err);
	if (good && names && names->secret) {
		names->secret = false; /* the error quotes no value */
		good = error_set(err, STATUS_USAGE,
			"a secret can only stand in a payload: fields are shown");
	}
	struct slice value = bytes_slice(&decoded);
	if (names && names->later)
		value = SLICE("0");
	if (names) {
		names->later |= before.later;
		names->secret |= before.secret;
	}
	if (good && !frame_field_parse(frame, field, value, values, err))
		good = is_number(value, result, &unused) &&
		       frame_field_parse(frame, field, slice_str(result), values, err);
	bytes_free(&decoded);
	return good;
}

/* Takes the leading words F=V whose F is a field; *from is where the line after them begins. */
static bool take_fields(struct slice rest, const struct frame *frame, struct names *names,
	struct field_value *values, size_t *from, struct error *err)
{
	struct slice left = rest, word;
	*from = 0;
	while (*from = rest.len - left.len, (word = slice_word(&left)).len) {
		size_t at = (size_t)(word.at - rest.at);
		const uint8_t *equals = memchr(word.at, '=', word.len);
		size_t n = equals ? (size_t)(equals - word.at) : 0;
		int field = equals ? frame_field_index(frame, slice_cut(word, 0, n)) : -1;
		if (slice_is(word, "--")) {
			*from = at + 2;
			return true;
		}
		if (field < 0)
			return true;
		if (!take_field(frame, (size_t)field, slice_cut(word, n + 1, word.len), names,
			    values, err)) {
			err->placed = true;
			err->column = at;
			err->width = word.len;
			return false;
		}
	}
	return true;
}

static bool has_any(const struct frame *frame, const struct field_value *values)
{
	for (size_t i = 0; i < frame_field_count(frame); i++)
		if (values[i].set)
			return true;
	return false;
}

static bool may_follow(const struct order *o)
{
	return o->kind == ORDER_SEND && !o->tell && !o->now && !o->fields;
}

/* Reads the command itself, in which blanks and # are text. */
static bool take_command(
	struct order *o, struct slice text, const struct reading *r, struct error *err)
{
	struct frame_values with = o->with;
	o->rest = text;
	if (!order_read_behind(o, may_follow, r, err))
		return false;
	o->fields = true;
	o->with = with;
	return true;
}

static bool read(struct order *o, const struct reading *r, struct error *err)
{
	struct slice rest = o->rest;
	size_t rest_at = o->rest_at, from;
	bool any, good;
	if (!r->frame && r->place & (PLACE_DEVICE | PLACE_PLAY))
		return error_at(err, 0, rest.len,
			"the .frame whose fields these are must stand above: .with needs "
			"FIELD=VALUE and a command");
	if (!r->frame)
		return true; /* there is no device, so it is not sent either */
	o->with = (struct frame_values){0};
	if (!take_fields(rest, r->frame, r->names, o->with.at, &from, err))
		return false;
	any = has_any(r->frame, o->with.at);
	while (from < rest.len && (rest.at[from] == ' ' || rest.at[from] == '\t'))
		from++;
	struct slice text = slice_cut(rest, from, rest.len);
	if (!any || !text.len) {
		error_at(err, any ? from : 0, any ? 1 : rest.len,
			any ? "the command to send is missing"
			    : "expected FIELD=VALUE of a field of this frame");
		return error_hint(err, ".with unit=17 03 00 6b; .set lists the frame's fields");
	}
	good = take_command(o, text, r, err) || with_place_behind(err, from);
	o->rest = rest;
	o->rest_at = rest_at;
	return good;
}

/* Finds the bracket that closes the one at the front; NULL: none does. */
static const uint8_t *closing(struct slice text)
{
	size_t depth = 0;
	for (size_t i = 0; i < text.len; i++) {
		depth += text.at[i] == '(';
		if (text.at[i] == ')' && !--depth)
			return text.at + i;
	}
	return NULL;
}

bool reply_take_fields(struct slice *text, const struct frame *frame, struct names *names,
	struct frame_values *with, bool *any, struct error *err)
{
	struct slice mark = SLICE("(with ");
	const uint8_t *end = slice_starts(*text, mark) ? closing(*text) : NULL;
	size_t from;
	*any = end != NULL;
	*with = (struct frame_values){0};
	if (!end)
		return true;
	size_t n = (size_t)(end - text->at);
	struct slice words = slice_cut(*text, mark.len, n);
	if (!take_fields(words, frame, names, with->at, &from, err))
		return with_place_behind(err, mark.len);
	if (slice_trim(slice_cut(words, from, words.len)).len || !has_any(frame, with->at) ||
		n + 1 == text->len || text->at[n + 1] != ' ')
		return error_at(err, 0, n + 1,
			"expected (with FIELD=VALUE ...) with fields of the frame, and the reply "
			"behind it");
	*text = slice_cut(*text, n + 2, text->len);
	return true;
}
