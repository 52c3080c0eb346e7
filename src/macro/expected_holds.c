/* expected_holds.c - compares what a device answered with what a file expects; see expected.h. */
#include "macro/expected.h"

#include "base/mem.h"
#include "base/text.h"
#include <stdio.h>

/* ---- spelling ---- */

void expected_spell_bytes(struct slice bytes, bool hex, struct bytes *out)
{
	if (!bytes.len) {
		bytes_add_str(out, "(empty)");
		return;
	}
	if (hex) {
		bytes_add_str(out, "\\<");
		text_add_hex(out, bytes, true);
		bytes_add_str(out, ">");
		return;
	}
	/* A bracket at either end would be taken for a mark. */
	bool begins = bytes.at[0] == '(',
	     ends = bytes.len > begins && bytes.at[bytes.len - 1] == ')';
	bytes_add_str(out, begins ? "\\x28" : "");
	text_add(out, slice_cut(bytes, begins, bytes.len - ends), TEXT_EDGES);
	bytes_add_str(out, ends ? "\\x29" : "");
}

static bool is_damaged(const struct reply *r)
{
	return r->kind == SPLIT_DAMAGED || r->kind == SPLIT_PARTIAL || r->kind == SPLIT_OVERSIZE;
}

void expected_spell_reply(const struct reply *r, const struct frame *frame, struct bytes *out)
{
	bool whole = r->kind == SPLIT_FRAME;
	bytes_add_str(out, whole ? "" : r->kind == SPLIT_STRAY ? "(stray) " : "(damaged) ");
	expected_spell_bytes(whole ? r->payload : r->raw, frame_rules(frame)->bin, out);
}

static void spell_fields(const struct expected *e, const struct frame *frame, struct bytes *out)
{
	if (!e->has_fields)
		return;
	bytes_add_str(out, "(with");
	for (size_t i = 0; i < frame_field_count(frame); i++)
		if (e->with.at[i].set) {
			bytes_addf(out, " %s=", frame_field_name(frame, i));
			frame_field_text(&e->with.at[i], out);
		}
	bytes_add_str(out, ") ");
}

static void spell_glob(const struct expected *e, struct bytes *out)
{
	for (size_t i = 0, n; i < e->payload.len; i += n) {
		n = 1;
		uint8_t c = e->payload.at[i];
		bool literal = e->kinds.at[i] == EXPECTED_BYTE;
		bool mark = !i && c == '('; /* it would be taken for one */
		if (!literal || mark || c == '*' || c == '?') {
			bytes_addf(out, literal ? "\\x%02x" : "%c", c);
			continue;
		}
		while (i + n < e->payload.len && e->kinds.at[i + n] == EXPECTED_BYTE &&
			!strchr("*?", e->payload.at[i + n]))
			n++;
		text_add(out, slice_of(e->payload.at + i, n), TEXT_EDGES);
	}
	bytes_add_str(out, " (glob)");
}

static void spell_mask(const struct expected *e, struct bytes *out)
{
	bytes_add_str(out, "\\<");
	for (size_t i = 0; i < e->payload.len; i++)
		if (e->kinds.at[i] == EXPECTED_BYTE)
			bytes_addf(out, i ? " %02x" : "%02x", e->payload.at[i]);
		else
			bytes_add_str(out, i ? " ??" : "??");
	bytes_add_str(out, ">");
}

static void spell_body(const struct expected *e, bool hex, struct bytes *out)
{
	if (e->secret) {
		text_add(out, bytes_slice(&e->typed), TEXT_PLAIN);
		return;
	}
	switch (e->form) {
	case EXPECTED_RE:
		text_add(out, bytes_slice(&e->source), TEXT_PLAIN);
		bytes_add_str(out, " (re)");
		break;
	case EXPECTED_ANY: /* (empty) would be the mark */
		if (e->payload.len)
			expected_spell_bytes(bytes_slice(&e->payload), hex, out);
		bytes_add_str(out, " (any)");
		break;
	case EXPECTED_GLOB:
		spell_glob(e, out);
		break;
	case EXPECTED_MASK:
		spell_mask(e, out);
		break;
	case EXPECTED_EXACT:
		expected_spell_bytes(bytes_slice(&e->payload), hex, out);
		break;
	}
}

void expected_spell(const struct expected *e, const struct frame *frame, struct bytes *out)
{
	static const char names[][16] = {[EXPECT_EXACT] = "",
		[EXPECT_EMPTY] = "",
		[EXPECT_NONE] = "(none)",
		[EXPECT_UNSOLICITED] = "(unsolicited) ",
		[EXPECT_LATE] = "(late) ",
		[EXPECT_DAMAGED] = "(damaged) ",
		[EXPECT_STRAY] = "(stray) ",
		[EXPECT_LOST] = "(lost)",
		[EXPECT_ANY] = "(any)",
		[EXPECT_AND] = ""};
	spell_fields(e, frame, out);
	bytes_add_str(out, names[e->kind]);
	bytes_add_str(out, e->wire ? "(wire) " : "");
	if (e->kind != EXPECT_NONE && e->kind != EXPECT_LOST && e->kind != EXPECT_ANY)
		spell_body(e, frame_rules(frame)->bin, out);
}

/* ---- bytes ---- */

/* Finds the first byte that is not as expected; only for forms that have a byte for each. */
static size_t first_differing(const struct expected *e, struct slice got)
{
	size_t i = 0, most = e->payload.len < got.len ? e->payload.len : got.len;
	bool masked = e->form == EXPECTED_MASK;
	while (i < most &&
		(e->payload.at[i] == got.at[i] || (masked && e->kinds.at[i] == EXPECTED_ONE)))
		i++;
	return i;
}

/* Matches with the last * taking one byte more whenever the rest fails.  *steps limits the work. */
static bool glob_matches(const struct expected *e, struct slice got, uint64_t *steps)
{
	size_t i = 0, at = 0, star = SIZE_MAX, from = 0, end = e->payload.len;
	while (at < got.len && --*steps) {
		uint8_t kind = i < end ? e->kinds.at[i] : EXPECTED_SOME;
		if (i < end && kind == EXPECTED_SOME) {
			star = i++;
			from = at;
		} else if (i < end && (kind == EXPECTED_ONE || e->payload.at[i] == got.at[at])) {
			i++;
			at++;
		} else if (star != SIZE_MAX) {
			i = star + 1;
			at = ++from;
		} else {
			return false;
		}
	}
	while (i < end && e->kinds.at[i] == EXPECTED_SOME)
		i++;
	return at == got.len && i == end;
}

static bool pattern_matches(const struct expected *e, struct slice got, uint64_t *steps)
{
	struct pattern_match match;
	return pattern_find(e->pattern, got, 0, 0, steps, &match);
}

static bool bytes_match(const struct expected *e, struct slice got, uint64_t *steps)
{
	*steps = EXPECTED_STEPS;
	switch (e->form) {
	case EXPECTED_EXACT:
		return slice_equal(bytes_slice(&e->payload), got);
	case EXPECTED_MASK:
		return e->payload.len == got.len && first_differing(e, got) == got.len;
	case EXPECTED_GLOB:
		return glob_matches(e, got, steps);
	case EXPECTED_RE:
		return pattern_matches(e, got, steps);
	case EXPECTED_ANY:
		break;
	}
	return true;
}

/* Where something differs: "byte 4", "frame 2, byte 4". */
static const char *place_of(size_t number, const char *what, char out[96])
{
	if (number)
		snprintf(out, 96, "frame %zu%s%s", number, *what ? ", " : "", what);
	else
		snprintf(out, 96, "%s", *what ? what : "frame");
	return out;
}

static void add_difference(
	const char *at, struct bytes *expected, struct bytes *got, struct differences *d)
{
	difference_add(
		d, at, bytes_shown(expected), got->len ? bytes_shown(got) : (struct slice){0});
	bytes_free(expected);
	bytes_free(got);
}

static APART bool bytes_differ(const struct expected *e, struct slice got, bool hex, size_t number,
	uint64_t steps, struct differences *d)
{
	struct bytes expected, came;
	char what[48] = "pattern", at[96];
	bytes_init(&expected, LIMIT_MESSAGE);
	bytes_init(&came, LIMIT_MESSAGE);
	spell_body(e, hex, &expected);
	expected_spell_bytes(got, hex, &came);
	if (e->form == EXPECTED_EXACT || e->form == EXPECTED_MASK)
		snprintf(what, sizeof what, "byte %zu", first_differing(e, got));
	else if (!steps)
		snprintf(what, sizeof what, "pattern (it takes too long)");
	add_difference(place_of(number, what, at), &expected, &came, d);
	return false;
}

bool expected_holds_bytes(
	const struct expected *e, struct slice got, bool hex, size_t number, struct differences *d)
{
	uint64_t steps;
	return bytes_match(e, got, &steps) || bytes_differ(e, got, hex, number, steps, d);
}

/* ---- frames ---- */

static struct slice text_of(const struct field_value *v)
{
	struct slice text = slice_of(v->text, v->len);
	while (text.len && text.at[text.len - 1] == ' ')
		text.len--; /* the frame pads it with blanks */
	return text;
}

static bool same_value(const struct field_value *a, const struct field_value *b)
{
	return field_is_text(a) ? slice_equal(text_of(a), text_of(b)) : a->number == b->number;
}

static void field_differs(const struct frame *frame, size_t field, const struct field_value *wanted,
	const struct field_value *got, size_t number, struct differences *d)
{
	struct bytes expected, came;
	char what[80], at[96];
	bytes_init(&expected, LIMIT_MESSAGE);
	bytes_init(&came, LIMIT_MESSAGE);
	frame_field_text(wanted, &expected);
	snprintf(what, sizeof what, "field %s", frame_field_name(frame, field));
	if (got)
		frame_field_text(got, &came);
	add_difference(place_of(number, what, at), &expected, &came, d);
}

static bool fields_hold(const struct expected *e, const struct reply *r, const struct frame *frame,
	size_t number, struct differences *d)
{
	bool good = true;
	for (size_t i = 0; i < frame_field_count(frame); i++) {
		const struct field_value *wanted = &e->with.at[i];
		const struct field_value *got =
			r->fields && r->fields[i].set ? &r->fields[i] : NULL;
		if (!wanted->set || (got && same_value(wanted, got)))
			continue;
		field_differs(frame, i, wanted, got, number, d);
		good = false;
	}
	return good;
}

static APART bool frame_differs(const struct expected *e, const struct reply *r,
	const struct frame *frame, size_t number, struct differences *d)
{
	struct bytes expected, came;
	char at[96];
	bytes_init(&expected, LIMIT_MESSAGE);
	bytes_init(&came, LIMIT_MESSAGE);
	expected_spell(e, frame, &expected);
	expected_spell_reply(r, frame, &came);
	add_difference(place_of(number, "", at), &expected, &came, d);
	return false;
}

/* Fillers before a frame are in no event, so they are not compared. */
static struct expected without_fillers(const struct expected *e, const struct frame *frame)
{
	struct expected rest = *e;
	struct slice all = bytes_slice(&e->payload),
		     bytes = frame_without_fillers(frame, SIDE_REPLY, all);
	size_t fillers = all.len - bytes.len;
	if (e->form != EXPECTED_EXACT)
		return rest;
	rest.payload.at += fillers;
	rest.payload.len -= fillers;
	return rest;
}

bool expected_holds(const struct expected *e, const struct reply *r, const struct frame *frame,
	size_t number, struct differences *d)
{
	bool whole = r->kind == SPLIT_FRAME, right = whole;
	if (e->kind == EXPECT_DAMAGED)
		right = is_damaged(r);
	else if (e->kind == EXPECT_STRAY)
		right = r->kind == SPLIT_STRAY;
	else if (e->kind == EXPECT_NONE || e->kind == EXPECT_LOST)
		right = false;
	if (!right)
		return frame_differs(e, r, frame, number, d);
	if (e->kind == EXPECT_ANY)
		return true;
	bool fields = !e->has_fields || fields_hold(e, r, frame, number, d),
	     hex = frame_rules(frame)->bin;
	if (whole && e->wire) {
		const struct expected wire = without_fillers(e, frame);
		return expected_holds_bytes(&wire, r->raw, hex, number, d);
	}
	return expected_holds_bytes(e, whole ? r->payload : r->raw, hex, number, d) && fields;
}
