/* frame.c - a compiled frame: its life, and answers about it. */
#include "frame/frame_private.h"

#include "base/escape.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include <stdlib.h>

static void item_free(struct item *item)
{
	free(item->name);
	free((void *)item->bytes.at);
	for (size_t i = 0; item->ends && i < item->ends->count; i++)
		free((void *)item->ends->at[i].at);
	for (size_t i = 0; item->covers && i < item->covers->count; i++) {
		free((void *)item->covers->at[i].bytes.at);
		free((void *)item->covers->at[i].from.bytes.at);
		free((void *)item->covers->at[i].to.bytes.at);
	}
	free(item->ends);
	free(item->covers);
	free(item->xform);
}

void variant_forget(struct variant *v)
{
	for (size_t i = 0; i < v->mark_count; i++)
		free(v->marks[i].name);
	free(v->marks);
	v->marks = NULL;
	v->mark_count = 0;
}

static void side_free(struct side *side)
{
	for (size_t v = 0; v < side->count; v++) {
		variant_forget(&side->variants[v]);
		for (size_t i = 0; i < side->variants[v].count; i++)
			item_free(&side->variants[v].items[i]);
		free(side->variants[v].items);
	}
}

static void checks_free(struct frame *frame)
{
	for (size_t i = 0; i < frame->check_count; i++) {
		free((void *)frame->checks[i]->name);
		free((void *)frame->checks[i]->crc);
		free(frame->checks[i]);
	}
	free(frame->checks);
}

static void rules_free(struct frame *frame)
{
	free((void *)frame->rules.ack.at);
	free((void *)frame->rules.nak.at);
	free((void *)frame->rules.says_end.at);
	for (size_t i = 0; i < 3; i++)
		free((void *)frame->rules.bid[i].at);
	for (size_t i = 0; i < frame->reply_count; i++) {
		free(frame->replies[i].what.at);
		free(frame->replies[i].on.at);
	}
	free(frame->replies);
	free(frame->async.at);
	free(frame->greet.at);
}

struct frame *frame_ref(struct frame *frame)
{
	frame->references++;
	return frame;
}

void frame_unref(struct frame *frame)
{
	if (!frame || --frame->references)
		return;
	if (frame->of) {
		frame_unref(frame->of);
		free((void *)frame->rules.says_end.at);
		free(frame->name);
		free(frame->notation);
		free(frame);
		return;
	}
	side_free(&frame->sides[SIDE_COMMAND]);
	side_free(&frame->sides[SIDE_REPLY]);
	checks_free(frame);
	rules_free(frame);
	for (size_t i = 0; i < frame->field_count; i++)
		free(frame->fields[i]);
	free(frame->name);
	free(frame->notation);
	free(frame);
}

struct frame *frame_compile(const struct frame_book *book, struct slice notation, struct error *err)
{
	struct frame *frame = mem_new(sizeof *frame);
	frame->references = 1;
	frame->more = -1;
	frame->notation = mem_strn(notation.at, notation.len);
	frame->name = mem_str(frame->notation);
	if (parse_frame(book, frame, notation, err) && compile_frame(frame, err))
		return frame;
	frame_unref(frame);
	return NULL;
}

bool side_may_end(const struct side *side, struct slice end)
{
	for (size_t v = 0; v < side->count; v++)
		for (size_t i = 0; i < side->variants[v].count; i++) {
			const struct item *item = &side->variants[v].items[i];
			for (size_t k = 0; item->kind == ITEM_END && k < item->ends->count; k++)
				if (slice_equal(item->ends->at[k], end))
					return true;
		}
	return false;
}

/* Says whether a device that is told nothing more uses another one of its ends. */
static bool ends_otherwise(const struct side *side, struct slice says, struct slice end)
{
	for (size_t v = 0; !says.len && v < side->count; v++)
		for (size_t i = 0; i < side->variants[v].count; i++) {
			const struct item *item = &side->variants[v].items[i];
			if (item->kind == ITEM_END && item->ends->count &&
				slice_equal(item->ends->at[0], end))
				return false;
		}
	return !slice_equal(says, end);
}

struct frame *frame_saying(struct frame *frame, struct slice end)
{
	const struct side *side = frame_side_of(frame, SIDE_REPLY);
	struct bytes notation;
	if (!side_may_end(side, end) || !ends_otherwise(side, frame->rules.says_end, end))
		return NULL;
	bytes_init(&notation, LIMIT_NOTATION);
	bytes_addf(&notation, "%s ; says ", frame->notation);
	say_bytes(&notation, end);
	struct frame *saying = NULL;
	if (!notation.over) {
		saying = mem_new(sizeof *saying);
		*saying = *frame;
		saying->references = 1;
		saying->of = frame_ref(frame);
		saying->rules.says_end = slice_of(mem_strn(end.at, end.len), end.len);
		saying->notation = mem_str(bytes_str(&notation));
		saying->name = mem_str(saying->notation);
	}
	bytes_free(&notation);
	return saying;
}

const char *frame_name(const struct frame *frame)
{
	return frame->name;
}

const char *frame_notation(const struct frame *frame)
{
	return frame->notation;
}

bool frame_half_closes(const struct frame *frame, enum frame_side side)
{
	return frame_side_of(frame, side)->half_closes;
}

/* Returns what an item at the end of a frame sends: of alternatives the first. */
static struct slice sent_last(const struct item *item)
{
	if (item->kind == ITEM_END)
		return item->ends->count ? item->ends->at[0] : SLICE("");
	return item->kind == ITEM_BYTES ? item->bytes : SLICE("");
}

struct slice frame_line_end(const struct frame *frame, enum frame_side side)
{
	const struct variant *v = &frame_side_of(frame, side)->variants[0];
	size_t i = v->levels[0].count;
	while (i && (v->items[i - 1].kind == ITEM_EOF || v->items[i - 1].kind == ITEM_GAP))
		i--;
	struct slice last = i ? sent_last(&v->items[i - 1]) : SLICE("");
	size_t n = last.len && last.at[last.len - 1] == '\n';
	n += last.len > n && last.at[last.len - 1 - n] == '\r';
	return slice_cut(last, last.len - n, last.len);
}

bool frame_closes_each(const struct frame *frame)
{
	return frame->closes_each;
}

struct frame_gap frame_gap_after(const struct frame *frame, enum frame_side side)
{
	return frame_side_of(frame, side)->gap_after;
}

struct frame_gap frame_gap_within(const struct frame *frame, enum frame_side side)
{
	return frame_side_of(frame, side)->gap_within;
}

bool frame_ends_by_close(const struct frame *frame, enum frame_side side)
{
	return frame_side_of(frame, side)->ends_by_close;
}

const struct frame_rules *frame_rules(const struct frame *frame)
{
	return &frame->rules;
}

unsigned frame_spelling(const struct frame *frame)
{
	return frame->rules.bin ? TEXT_BIN : 0;
}

/* Collects the fields that count, and those that a reply repeats. */
static void tying_fields(const struct frame *frame, uint64_t *counted, uint64_t *repeated)
{
	*counted = *repeated = 0;
	for (size_t s = 0; s < (frame->one_side ? 1 : 2); s++)
		for (size_t v = 0; v < frame->sides[s].count; v++)
			for (size_t i = 0; i < frame->sides[s].variants[v].count; i++) {
				const struct item *item = &frame->sides[s].variants[v].items[i];
				if (item->counts)
					*counted |= UINT64_C(1) << item->field;
				if (item->reply_echo || item->kind == ITEM_REF)
					*repeated |= UINT64_C(1) << item->field;
			}
}

bool frame_matches_replies(const struct frame *frame)
{
	uint64_t counted, repeated;
	tying_fields(frame, &counted, &repeated);
	return (counted & repeated) != 0;
}

bool field_value_same(const struct field_value *a, const struct field_value *b)
{
	return a->number == b->number && a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

bool frame_answers(const struct split_event *event, const struct field_value *sent, unsigned *other)
{
	for (uint64_t rest = event->tied; rest; rest &= rest - 1) {
		unsigned field = (unsigned)__builtin_ctzll(rest);
		if (!sent[field].set || field_value_same(&sent[field], &event->values[field]))
			continue;
		*other = field;
		return false;
	}
	return true;
}

bool frame_tells_apart(
	const struct frame *frame, const struct field_value *a, const struct field_value *b)
{
	uint64_t counted, repeated;
	tying_fields(frame, &counted, &repeated);
	for (uint64_t rest = counted & repeated; rest; rest &= rest - 1) {
		unsigned field = (unsigned)__builtin_ctzll(rest);
		if (a[field].set && b[field].set && !field_value_same(&a[field], &b[field]))
			return true;
	}
	return false;
}

bool frame_field_ties(const struct frame *frame, size_t index)
{
	uint64_t counted, repeated;
	tying_fields(frame, &counted, &repeated);
	return (counted | repeated) >> index & 1;
}

bool frame_field_counts(const struct frame *frame, size_t index)
{
	uint64_t counted, repeated;
	tying_fields(frame, &counted, &repeated);
	return counted >> index & 1;
}

size_t frame_field_count(const struct frame *frame)
{
	return frame->field_count;
}

const char *frame_field_name(const struct frame *frame, size_t index)
{
	return frame->fields[index];
}

int frame_field_index(const struct frame *frame, struct slice name)
{
	for (size_t i = 0; i < frame->field_count; i++)
		if (slice_is(name, frame->fields[i]))
			return (int)i;
	return -1;
}
