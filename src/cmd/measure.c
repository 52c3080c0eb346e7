/* measure.c - see measure.h. */
#include "cmd/measure.h"

#include "adapter/pattern.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "macro/cut.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>

/* Steps of a search in one reply; digits of a number. */
enum { STEPS = 1000 * 1000, NUMBER_MOST = 63 };

#define NUMBER  "[-+]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
#define EXAMPLE "u16be@2, or a field of its frame"

struct measure {
	char *source;
	struct pattern *pattern; /* NULL: */
	char *field;             /* NULL: */
	struct cut cut;
	double factor;
	char unit[UNIT_MOST + 1];
};

/* ---- words ---- */

/* Reads a text that is a number to its end. */
static bool to_number(struct slice text, double *value)
{
	char number[NUMBER_MOST + 1] = "", *end;
	if (!text.len || text.len > NUMBER_MOST)
		return false;
	slice_copy(number, text);
	*value = strtod(number, &end);
	return end == number + text.len && isfinite(*value);
}

static bool parse_factor(struct measure *m, struct slice text, struct error *err)
{
	m->factor = 1;
	return !text.len ||
	       (text.at[0] == '*' && to_number(slice_cut(text, 1, text.len), &m->factor)) ||
	       error_set(err, STATUS_USAGE, "a factor is * and a number, such as *0.1, not '%s'",
		       quote(text).text);
}

/* Takes a unit that can be shown as it is. */
static bool parse_unit(struct measure *m, struct slice text, struct error *err)
{
	struct bytes shown;
	bytes_init(&shown, LIMIT_MESSAGE);
	text_add(&shown, text, TEXT_PLAIN);
	bool plain = text.len <= UNIT_MOST && slice_equal(bytes_slice(&shown), text);
	bytes_free(&shown);
	if (!plain)
		return error_set(err, STATUS_USAGE,
			"a unit is up to %d bytes that can be shown, such as rpm, not '%s'",
			UNIT_MOST, quote(text).text);
	memcpy(m->unit, text.at ? text.at : (const uint8_t *)"", text.len);
	return true;
}

static bool refuse_text(const struct frame *frame, struct error *err)
{
	return error_set(err, STATUS_USAGE,
		"replies of the frame %s are bytes: a watch needs to know where the number is, "
		"such as " EXAMPLE,
		frame_name(frame));
}

/* Makes a pattern of text in slashes, as for .find, or without them. */
static bool parse_pattern(
	struct measure *m, const struct frame *frame, struct slice text, struct error *err)
{
	bool slashes = text.len > 2 && text.at[0] == '/' && text.at[text.len - 1] == '/';
	if (frame_rules(frame)->bin)
		return refuse_text(frame, err);
	if (slashes)
		text = slice_cut(text, 1, text.len - 1);
	m->pattern = pattern_new(text.len ? text : SLICE(NUMBER), 0, err);
	err->placed = false; /* the pattern is only one word of the line */
	return m->pattern != NULL;
}

/* Reads FIELD or TYPE@OFFSET, with or without a factor; anything else is a pattern. */
static bool parse_source(struct measure *m, const struct frame *frame,
	const struct measure_words *words, struct error *err)
{
	struct slice word = words->source;
	const uint8_t *star = word.len ? memchr(word.at, '*', word.len) : NULL;
	struct slice head = slice_cut(word, 0, star ? (size_t)(star - word.at) : word.len);
	struct slice factor = slice_cut(word, head.len, word.len);
	bool cut = cut_is(head), field = frame_field_index(frame, head) >= 0;
	if (!cut && !field)
		return parse_pattern(m, frame, word, err) && parse_factor(m, words->factor, err);
	if (factor.len && words->factor.len)
		return error_set(err, STATUS_USAGE, "the factor is given twice");
	if (field)
		m->field = mem_strn(head.at, head.len);
	else if (!cut_read(head, &m->cut, err))
		return false;
	return parse_factor(m, factor.len ? factor : words->factor, err);
}

struct measure *measure_new(
	const struct frame *frame, const struct measure_words *words, struct error *err)
{
	struct measure *m = mem_new(sizeof *m);
	m->source = mem_strn(words->source.at, words->source.len);
	if (parse_source(m, frame, words, err) && parse_unit(m, words->unit, err))
		return m;
	measure_free(m);
	return NULL;
}

void measure_free(struct measure *m)
{
	if (!m)
		return;
	pattern_free(m->pattern);
	free(m->field);
	free(m->source);
	free(m);
}

const char *measure_unit(const struct measure *m)
{
	return m->unit;
}

const char *measure_source(const struct measure *m)
{
	return m->source;
}

/* ---- replies ---- */

/* Says whether the payload is text, in any charset.  Digits among other bytes are no number. */
static bool is_text(struct slice payload)
{
	for (size_t i = 0; i < payload.len; i++)
		if (iscntrl(payload.at[i]) && !isspace(payload.at[i]))
			return false;
	return true;
}

/* Adds the text that is searched.  A pattern is for the reply as it is shown; no number begins in
 * the spelling of a byte. */
static void add_searched(const struct measure *m, struct slice payload, struct bytes *out)
{
	if (*m->source)
		text_add(out, payload, 0);
	else
		for (size_t i = 0; i < payload.len; i++)
			bytes_add_byte(out, payload.at[i] < 0x80 ? payload.at[i] : '?');
}

/* Finds the number in the first group of the pattern, or in its whole match. */
static bool find_number(const struct measure *m, struct slice text, double *value)
{
	struct pattern_match match;
	uint64_t steps = STEPS;
	char number[NUMBER_MOST + 1] = "", *end;
	if (!pattern_find(m->pattern, text, 0, 0, &steps, &match))
		return false;
	struct slice found =
		slice_trim(match.grouped ? slice_cut(text, match.group_from, match.group_to)
					 : slice_cut(text, match.from, match.to));
	memcpy(number, found.at, found.len < NUMBER_MOST ? found.len : NUMBER_MOST);
	*value = strtod(number, &end);
	bool cut = end == number + NUMBER_MOST && found.len > NUMBER_MOST;
	return end != number && !cut && isfinite(*value);
}

static bool read_text(const struct measure *m, const struct frame *frame, const struct reply *r,
	double *value, struct error *err)
{
	if (frame_rules(frame)->bin)
		return refuse_text(frame, err);
	if (!*m->source && !is_text(r->payload))
		return error_set(err, STATUS_DAMAGED,
			"the reply %s is bytes, not text: the watch needs to know where the "
			"number is, such as " EXAMPLE,
			quote(r->payload).text);
	struct bytes text;
	bytes_init(&text, LIMIT_FRAME_MOST);
	add_searched(m, r->payload, &text);
	bool found = !text.over && find_number(m, bytes_slice(&text), value);
	bytes_free(&text);
	return found || error_set(err, STATUS_DAMAGED, "no number%s in the reply %s",
				*m->source ? " like PATTERN" : "", quote(r->payload).text);
}

static bool read_field(const struct measure *m, const struct frame *frame, const struct reply *r,
	double *value, struct error *err)
{
	int index = frame_field_index(frame, slice_str(m->field));
	const struct field_value *v = index >= 0 && r->fields ? &r->fields[index] : NULL;
	bool there = v && v->set;
	if (there && !field_is_text(v))
		*value = frame_field_number(v);
	else if (!there || !to_number(slice_trim(slice_of(v->text, v->len)), value))
		return error_set(err, STATUS_DAMAGED, "no number in the field %s of the reply %s",
			m->field, quote(r->raw).text);
	return true;
}

static bool read_cut(
	const struct measure *m, const struct reply *r, double *value, struct error *err)
{
	struct slice rest = slice_cut(r->payload, m->cut.at, r->payload.len);
	return inttype_get_number(m->cut.type, rest, value) ||
	       error_set(err, STATUS_DAMAGED, "no %s in the reply of %zu byte%s", m->source,
		       r->payload.len, plural(r->payload.len));
}

bool measure_read(const struct measure *m, const struct frame *frame, const struct reply *r,
	double *value, struct error *err)
{
	bool good = m->pattern ? read_text(m, frame, r, value, err)
		    : m->field ? read_field(m, frame, r, value, err)
			       : read_cut(m, r, value, err);
	*value = good ? *value * m->factor : 0;
	return good && (isfinite(*value) || error_set(err, STATUS_DAMAGED,
						    "what %s says is no number", m->source));
}
