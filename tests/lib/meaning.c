/* meaning.c - see meaning.h. */
#include "lib/meaning.h"

#include "base/charset.h"
#include "base/escape.h"

/* Each name has a number as its value. */
static enum name_is get(
	struct names *n, struct slice name, bool optional, struct bytes *out, struct error *err)
{
	unsigned sum = 1;
	(void)n;
	(void)optional;
	(void)err;
	for (size_t i = 0; i < name.len; i++)
		sum = sum * 31 + name.at[i];
	bytes_addf(out, "%u", sum % 100);
	return NAME_KNOWN;
}

/* What stands in front of a pattern's mark; the whole where there is none. */
static struct slice pattern_of(struct slice reply)
{
	struct slice mark = SLICE(" (glob)");
	return slice_ends(reply, mark) ? slice_cut(reply, 0, reply.len - mark.len) : SLICE("");
}

static bool same_glob(struct slice before, struct slice after)
{
	struct bytes a, b;
	struct error err;
	before = pattern_of(before);
	after = pattern_of(after);
	bytes_init(&a, LIMIT_LINE);
	bytes_init(&b, LIMIT_LINE);
	bool same =
		!escape_decode(before, &a, &err) ||
		(escape_decode(after, &b, &err) && slice_equal(bytes_slice(&a), bytes_slice(&b)));
	bytes_free(&a);
	bytes_free(&b);
	return same;
}

static bool same_reply(struct slice before, struct slice after, const struct reading *r)
{
	struct bytes a, b;
	struct error err;
	enum expect_kind kind, other;
	bool wire, also;
	struct frame_values with;
	bool any = false, after_any = false, good = true;
	if (slice_equal(before, after))
		return true;
	bytes_init(&a, LIMIT_LINE);
	bytes_init(&b, LIMIT_LINE);
	if (r->frame && reply_take_fields(&before, r->frame, r->names, &with, &any, &err))
		good = reply_take_fields(&after, r->frame, r->names, &with, &after_any, &err) &&
		       any == after_any;
	if (good && pattern_of(before).len)
		good = same_glob(before, after);
	else if (good && reply_parse(before, r->frame, r->names, &a, &kind, &wire, &err))
		good = reply_parse(after, r->frame, r->names, &b, &other, &also, &err) &&
		       kind == other && wire == also &&
		       slice_equal(bytes_slice(&a), bytes_slice(&b));
	bytes_free(&a);
	bytes_free(&b);
	return good;
}

static bool same_value(const struct field_value *a, const struct field_value *b)
{
	return a->set == b->set &&
	       (!a->set || (field_is_text(a) == field_is_text(b) && a->number == b->number &&
				   slice_equal(slice_of(a->text, field_is_text(a) ? a->len : 0),
					   slice_of(b->text, field_is_text(b) ? b->len : 0))));
}

static bool same_order(const struct order *a, const struct order *b, const struct reading *r)
{
	bool same = a->kind == b->kind && a->verb == b->verb && a->tell == b->tell &&
		    a->now == b->now && a->wire == b->wire && a->fields == b->fields;
	for (size_t i = 0; same && a->fields && r->frame && i < frame_field_count(r->frame); i++)
		same = same_value(&a->with.at[i], &b->with.at[i]);
	if (same && a->kind == ORDER_REPLY)
		return same_reply(a->rest, b->rest, r);
	if (same && a->kind != ORDER_SEND)
		return slice_equal(slice_trim(a->rest), slice_trim(b->rest));
	return same && slice_equal(bytes_slice(&a->payload), bytes_slice(&b->payload));
}

static bool same_here(struct slice before, struct slice after, const struct reading *r)
{
	struct order a, b;
	struct error err;
	order_init(&a);
	order_init(&b);
	bool same = !order_read(&a, before, r, &err) ||
		    (order_read(&b, after, r, &err) && same_order(&a, &b, r));
	order_free(&a);
	order_free(&b);
	return same;
}

bool meaning_same(struct slice before, struct slice after, const struct verb *const *verbs,
	const struct frame *frame)
{
	static const unsigned places[] = {
		PLACE_PROMPT, PLACE_PROMPT | PLACE_PIPE, PLACE_COMMAND, PLACE_CONFIG, PLACE_DEVICE};
	struct names names = {.get = get};
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		for (unsigned how = 0; how < 4; how++) {
			struct reading r = {.verbs = verbs,
				.place = (enum line_place)places[i],
				.frame = frame,
				.names = how & 2 ? &names : NULL,
				.charset = how & 1 ? CHARSET_LATIN1 : CHARSET_UTF8};
			if (!same_here(before, after, &r))
				return false;
		}
	return true;
}
