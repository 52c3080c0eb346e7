/* parts.c - takes a frame's bytes apart: names each literal, field, length, check and payload. */
#include "frame/match.h"

#include "base/mem.h"
#include <stdio.h>
#include <stdlib.h>

const char *frame_part_name(const struct frame_part *p)
{
	static const char names[][12] = {[PART_LITERAL] = "literal",
		[PART_FILLER] = "filler",
		[PART_PAYLOAD] = "payload",
		[PART_FIELD] = "field",
		[PART_LENGTH] = "length",
		[PART_CHECK] = "check",
		[PART_TRANSFORM] = "coded",
		[PART_END] = "end",
		[PART_ALIGN] = "padding"};
	return p->name ? p->name : names[p->kind];
}

static enum part_kind kind_of(const struct item *item)
{
	static const enum part_kind kinds[] = {[ITEM_BYTES] = PART_LITERAL,
		[ITEM_FILL] = PART_FILLER,
		[ITEM_PAYLOAD] = PART_PAYLOAD,
		[ITEM_FIELD] = PART_FIELD,
		[ITEM_REF] = PART_FIELD,
		[ITEM_LEN] = PART_LENGTH,
		[ITEM_CHECK] = PART_CHECK,
		[ITEM_XFORM] = PART_TRANSFORM,
		[ITEM_END] = PART_END,
		[ITEM_EOF] = PART_END,
		[ITEM_GAP] = PART_END,
		[ITEM_ALIGN] = PART_ALIGN,
		[ITEM_BITS] = PART_FIELD};
	return kinds[item->kind];
}

static const char *name_of(const struct item *item)
{
	if (item->kind == ITEM_XFORM)
		return item->xform->name;
	if (item->kind == ITEM_CHECK)
		return item->check->name;
	if (item->kind == ITEM_BITS && !item->name)
		return "bits";
	return item->name ? item->name : item->kind == ITEM_LEN ? "len" : NULL;
}

struct walk {
	struct matching *r;
	struct frame_part *parts;
	size_t count;
};

static void add_level(struct walk *w, size_t level, unsigned depth);

static void add_item(struct walk *w, size_t i, unsigned depth)
{
	const struct item *item = &w->r->v->items[i];
	struct slice level = match_level_bytes(w->r, item->level);
	struct slice bytes =
		slice_cut(level, w->r->t->from[i], w->r->t->from[i] + w->r->t->size[i]);
	if (w->count == FRAME_PARTS_MAX || item->kind == ITEM_EOF || item->kind == ITEM_GAP)
		return;
	struct frame_part *p = &w->parts[w->count++];
	*p = (struct frame_part){
		.kind = kind_of(item), .name = name_of(item), .level = depth, .bytes = bytes};
	if (p->kind == PART_FIELD || p->kind == PART_LENGTH || p->kind == PART_CHECK) {
		p->bits = item->bits;
		if (item->bits)
			snprintf(p->type_text, sizeof p->type_text, "%u bits", item->bits);
		else
			inttype_name(item->type, p->type_text);
		p->type = p->type_text;
		p->number = w->r->t->number[i];
		p->digits = p->kind == PART_CHECK ? match_hex_digits(item) : 0;
		if (p->kind == PART_FIELD)
			value_take(item->type, bytes, p->number, &p->value);
	}
	if (item->covers && !item->trusted)
		p->wrong = !match_verify_one(w->r, i, &p->expected);
	if (item->kind == ITEM_XFORM && !item->xform->chunk)
		add_level(w, item->inner, depth + 1);
}

static void add_level(struct walk *w, size_t level, unsigned depth)
{
	const struct level *l = &w->r->v->levels[level];
	for (size_t i = l->first; i < (size_t)l->first + l->count; i++)
		if (!match_is_absent(w->r->t, &w->r->v->items[i]))
			add_item(w, i, depth);
}

size_t frame_parts(const struct frame *frame, enum frame_side side, struct slice raw,
	const struct field_value *sent, struct bytes *scratch,
	struct frame_part parts[FRAME_PARTS_MAX])
{
	const struct side *s = frame_side_of(frame, side);
	struct field_value *values = mem_new(LIMIT_NAMES * sizeof *values);
	struct split_event event = {0};
	struct split_try t;
	struct walk w = {.parts = parts};
	for (size_t i = 0; i < s->count && !w.count; i++) {
		struct matching r = {.v = &s->variants[i],
			.in = raw,
			.gap = true,
			.silent = true,
			.closed = true,
			.last = true,
			.max = SIZE_MAX / 4,
			.t = &t,
			.scratch = scratch,
			.sent = sent,
			.values = values,
			.event = &event};
		match_begin(&t, 0);
		enum match m = match_run(&r);
		w.r = &r;
		if ((m == MATCH_FRAME || m == MATCH_BAD) && r.size <= raw.len)
			add_level(&w, 0, 0);
	}
	free(values);
	return w.count;
}
