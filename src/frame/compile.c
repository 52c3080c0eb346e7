/* compile.c - finds what ends each item of unknown size, by the first rule that applies: a length
 * before it, a literal or alternatives after it with only known sizes between, the end of the
 * transform around it, or its content (WHERE A FRAME ENDS in wilco-frame(5)). */
#include "frame/compile.h"

#include "frame/folk.h"
#include <stdlib.h>

/* ---- sizes ---- */

static long xform_fixed(const struct variant *v, const struct item *item)
{
	const struct level *l = &v->levels[item->inner];
	long sum = 0, ratio = (long)item->xform->how->ratio;
	for (size_t i = l->first; i < (size_t)l->first + l->count; i++) {
		if (v->items[i].fixed < 0 || v->items[i].group)
			return -1;
		sum += v->items[i].fixed;
	}
	return ratio ? ratio * sum : -1;
}

static long fixed_size(const struct variant *v, const struct item *item)
{
	switch (item->kind) {
	case ITEM_BYTES:
		return (long)item->bytes.len;
	case ITEM_PAYLOAD:
		return item->least == item->most ? (long)item->least : -1;
	case ITEM_FIELD:
	case ITEM_REF:
	case ITEM_LEN:
	case ITEM_CHECK:
	case ITEM_BITS:
		return item->bits ? 0 : item->type.size ? item->type.size : -1;
	case ITEM_EOF:
	case ITEM_GAP:
		return 0;
	case ITEM_XFORM:
		return xform_fixed(v, item);
	default:
		return -1;
	}
}

static bool is_variable(const struct item *item)
{
	return item->fixed < 0 && (item->kind == ITEM_PAYLOAD || item->kind == ITEM_XFORM);
}

/* ---- what comes after ---- */

/* Adds an item after the variable one; false: its size cannot be known. */
static bool step_over(const struct variant *v, struct level *l, size_t i)
{
	const struct item *item = &v->items[i];
	bool beside = item->group && item->group == v->items[l->variable].group;
	if (beside && l->in_group)
		return item->fixed >= 0;
	if ((item->group && !beside) || item->kind == ITEM_FILL || item->kind == ITEM_ALIGN) {
		l->back = true;
		if (item->kind == ITEM_FILL && item->quantifier == '+')
			l->least += item->bytes.len;
		return item->kind == ITEM_FILL || item->kind == ITEM_ALIGN || item->fixed >= 0;
	}
	if (item->fixed < 0)
		return false;
	l->least += (size_t)item->fixed;
	return true;
}

static bool is_end(const struct item *item)
{
	return !item->group && (item->kind == ITEM_BYTES || item->kind == ITEM_END ||
				       item->kind == ITEM_EOF || item->kind == ITEM_GAP);
}

static void choose_search(const struct variant *v, struct level *l)
{
	const struct item *end = &v->items[l->ends_item], *item = &v->items[l->variable];
	l->search = SEARCH_PLAIN;
	if (item->kind != ITEM_XFORM)
		return;
	size_t count = end->kind == ITEM_END ? end->ends->count : end->kind == ITEM_BYTES;
	for (size_t i = 0; i < count; i++) {
		uint8_t first = end->kind == ITEM_BYTES ? end->bytes.at[0] : end->ends->at[i].at[0];
		/* What is between must be stepped over unseen: only pairs allow that. */
		enum xform_search search = item->xform->how->search(item->xform, first);
		if (search > l->search)
			l->search = search;
	}
}

static bool find_end_behind(const struct variant *v, struct level *l)
{
	l->least = 0;
	l->back = false;
	for (size_t i = l->variable + 1u; i < compile_level_end(l); i++) {
		if (is_end(&v->items[i])) {
			l->ends_by = ENDS_SEARCH;
			l->ends_item = (uint8_t)i;
			choose_search(v, l);
			return true;
		}
		if (!step_over(v, l, i))
			return false;
	}
	return false;
}

static bool find_end_around(const struct variant *v, struct level *l, bool enclosed)
{
	l->least = 0;
	l->back = false;
	if (!enclosed)
		return false;
	for (size_t i = l->variable + 1u; i < compile_level_end(l); i++)
		if (!step_over(v, l, i))
			return false;
	l->ends_by = ENDS_ENCLOSING;
	return true;
}

/* ---- levels ---- */

static bool compile_level(struct variant *v, size_t index, bool enclosed, struct error *err);

static bool find_end_inside(struct variant *v, struct level *l, struct error *err)
{
	const struct item *item = &v->items[l->variable];
	if (item->kind != ITEM_XFORM || !item->xform->how->streams)
		return false;
	const struct level *inner = &v->levels[item->inner];
	for (size_t i = inner->first; i < compile_level_end(inner); i++)
		if (v->items[i].kind == ITEM_FILL)
			return false;
	l->ends_by = ENDS_CONTENT;
	return compile_level(v, item->inner, false, err);
}

/* Says why a length that covers the item does not say where that ends; false: there is none. */
static bool explain_length(const struct variant *v, size_t at, struct error *err)
{
	for (size_t k = 0; k < v->count; k++) {
		const struct item *len = &v->items[k];
		if (len->kind != ITEM_LEN || !compile_covers(len, at))
			continue;
		if (!compile_undoes(len->covers)) {
			error_at(err, len->column, len->width,
				"this length cannot be computed back to a size");
			error_hint(err, "%% and & lose what the size was; + - * / | ^ do not");
			return true;
		}
		if (len->group && compile_is_before(v, k, at)) {
			error_at(err, len->column, len->width,
				"this length may not be there, so it cannot say where the payload "
				"ends");
			error_hint(err, "put it in front of the brackets, or write two layouts, "
					"with it and without: A | B");
			return true;
		}
	}
	return false;
}

/* Returns a field that is called like a length, and counts nothing; NULL: there is none. */
static const char *field_like_length(const struct variant *v)
{
	for (size_t k = 0; k < v->count; k++)
		if (v->items[k].kind == ITEM_FIELD && v->items[k].name &&
			folk_is_length(slice_str(v->items[k].name)))
			return v->items[k].name;
	return NULL;
}

static bool no_end(const struct variant *v, const struct level *l, struct error *err)
{
	size_t at = l->variable;
	if (v->items[at].kind == ITEM_XFORM && v->payload >= 0 &&
		level_holds(v, v->items[at].inner, (uint8_t)v->payload))
		at = (size_t)v->payload;
	if (explain_length(v, at, err))
		return false;
	error_at(err, v->items[at].column, v->items[at].width, "nothing says where this ends");
	const char *field = field_like_length(v);
	if (field)
		return error_hint(err,
			"%s is a field that you set; a length that counts is len:TYPE or "
			"len(payload):TYPE",
			field);
	return error_hint(err, "add a terminator after it, a length field before it, [n], gap(...) "
			       "or eof");
}

static bool find_variable(const struct variant *v, struct level *l, struct error *err)
{
	for (size_t i = l->first; i < compile_level_end(l); i++) {
		if (!is_variable(&v->items[i]))
			continue;
		if (l->variable != NONE)
			return error_at(err, v->items[i].column, v->items[i].width,
				"two items of unknown size are on one level");
		l->variable = (uint8_t)i;
	}
	return true;
}

static bool compile_find_end(struct variant *v, struct level *l, bool enclosed, struct error *err)
{
	bool chunk = l->parent != NONE && v->items[l->parent].xform->chunk;
	l->in_group = v->group_payload[v->items[l->variable].group];
	if (chunk && find_end_around(v, l, enclosed)) /* a length gives the size of all pieces */
		return true;
	l->ends_item = compile_length(v, l->variable);
	if (l->ends_item != NONE) {
		l->ends_by = ENDS_LENGTH;
		compile_length_exact(v, l);
		return true;
	}
	l->ends_item = compile_length_plain(v, l->variable);
	if (l->ends_item != NONE) {
		l->ends_by = ENDS_PLAIN;
		return true;
	}
	return find_end_behind(v, l) || find_end_around(v, l, enclosed) ||
	       (!l->in_group && find_end_inside(v, l, err)) || no_end(v, l, err);
}

/* Sizes numbers of variable width that a len before them measures, and aligns that need a len. */
static bool size_items(struct variant *v, struct level *l, struct error *err)
{
	for (size_t i = l->first; i < compile_level_end(l); i++) {
		struct item *item = &v->items[i];
		bool number = item->kind == ITEM_FIELD || item->kind == ITEM_REF ||
			      item->kind == ITEM_LEN || item->kind == ITEM_CHECK;
		if (number && !item->type.size)
			item->sized_by = compile_length(v, i);
		if (number && item->type.kind == INT_BYTES && !item->type.size &&
			item->sized_by == NONE) {
			error_at(err, item->column, item->width,
				"nothing says how many bytes this is");
			return error_hint(err,
				"say it, x6, or add a length in front: len(%s):u8 ...", item->name);
		}
		bool walked = l->variable != NONE && i > l->variable &&
			      (l->ends_by == ENDS_SEARCH || l->ends_by == ENDS_ENCLOSING);
		size_t end = l->ends_by == ENDS_SEARCH ? l->ends_item : compile_level_end(l);
		if (item->kind == ITEM_ALIGN && walked && i < end &&
			!compile_length_align(v, l, i, end, err))
			return false;
	}
	return true;
}

static bool check_chunk(const struct variant *v, const struct item *item, struct error *err)
{
	const struct level *l = &v->levels[item->inner];
	bool payload = false;
	for (size_t i = l->first; i < compile_level_end(l); i++) {
		const struct item *in = &v->items[i];
		payload |= in->kind == ITEM_PAYLOAD && in->least == 0 && in->most == SIZE_MAX;
		if ((in->kind != ITEM_PAYLOAD && in->fixed < 0) || in->group ||
			in->kind == ITEM_XFORM || in->kind == ITEM_FIELD || in->kind == ITEM_BITS ||
			in->kind == ITEM_REF)
			return error_at(err, in->column, in->width,
				"chunk holds payload, literals, lens and checks of fixed size");
	}
	return payload || error_at(err, item->column, item->width, "chunk must hold payload");
}

static bool compile_level(struct variant *v, size_t index, bool enclosed, struct error *err)
{
	struct level *l = &v->levels[index];
	l->variable = NONE;
	if (!find_variable(v, l, err))
		return false;
	if (l->variable != NONE && !compile_find_end(v, l, enclosed, err))
		return false;
	if (!size_items(v, l, err))
		return false;
	for (size_t i = l->first; i < compile_level_end(l); i++) {
		const struct item *item = &v->items[i];
		bool content = i == l->variable && l->ends_by == ENDS_CONTENT;
		if (item->kind != ITEM_XFORM)
			continue;
		if (item->xform->chunk && !check_chunk(v, item, err))
			return false;
		if (!content && !compile_level(v, item->inner, true, err))
			return false;
	}
	return true;
}

/* ---- variants ---- */

static bool check_spans(const struct variant *v, struct error *err)
{
	for (size_t k = 0; k < v->count; k++) {
		const struct item *item = &v->items[k];
		for (size_t i = 0; item->covers && i < v->count; i++)
			if (v->items[i].kind == ITEM_FILL && compile_covers(item, i))
				return error_at(err, v->items[i].column, v->items[i].width,
					"a filler cannot be part of what a len or check covers");
	}
	return true;
}

/* Checks that what is left for the payload of an optional group tells whether the group is there.
 */
static bool check_groups(const struct variant *v, struct error *err)
{
	for (size_t i = 0; i < v->count; i++) {
		const struct item *item = &v->items[i];
		bool fixed = item->fixed >= 0 || i == v->levels[item->level].variable;
		if (item->group && v->group_payload[item->group] && !fixed)
			return error_at(err, item->column, item->width,
				"beside the payload an optional group has only items of fixed "
				"size");
	}
	return true;
}

/* Checks that eof and gap are at the end of the wire. */
static bool check_ends(const struct variant *v, struct error *err)
{
	for (size_t i = 0; i < v->count; i++) {
		const struct item *item = &v->items[i];
		bool ends = item->kind == ITEM_EOF || item->kind == ITEM_GAP ||
			    (item->kind == ITEM_END && (item->ends->eof || item->ends->gap));
		bool last = item->level == 0;
		for (size_t k = i + 1; last && k < compile_level_end(&v->levels[0]); k++)
			last = v->items[k].kind == ITEM_EOF || v->items[k].kind == ITEM_GAP;
		if (ends && !last)
			return error_at(err, item->column, item->width,
				"nothing can follow eof or gap, and no transform can hold it");
	}
	return true;
}

static bool in_chunk_level(const struct variant *v, const struct item *item)
{
	uint8_t parent = v->levels[item->level].parent;
	return parent != NONE && v->items[parent].xform->chunk;
}

/* Checks that something shows that a frame is there. */
static bool check_content(const struct variant *v, struct error *err)
{
	for (size_t i = 0; i < v->levels[0].count; i++) {
		const struct item *item = &v->items[i];
		bool nothing = item->kind == ITEM_FILL || item->kind == ITEM_EOF ||
			       item->kind == ITEM_GAP || item->kind == ITEM_ALIGN;
		if (!nothing && item->fixed != 0 && (!item->group || (int)i == v->payload))
			return true;
	}
	return error_at(err, v->items[0].column, v->items[0].width,
		"a frame that may have no bytes at all cannot be recognised");
}

static bool compile_variant(struct frame *frame, struct variant *v, struct error *err)
{
	if (!resolve_variant(frame, v, err))
		return false;
	for (size_t i = v->count; i-- > 0;) /* the content of a transform has higher numbers */
		v->items[i].fixed = fixed_size(v, &v->items[i]);
	if (!check_spans(v, err) || !check_content(v, err) || !compile_level(v, 0, false, err) ||
		!check_groups(v, err) || !check_ends(v, err))
		return false;
	for (size_t i = 0; i < v->count; i++)
		if (v->items[i].covers && !v->items[i].trusted && !in_chunk_level(v, &v->items[i]))
			v->verify[v->verify_count++] = (uint8_t)i;
	return true;
}

/* ---- sides ---- */

bool compile_frame(struct frame *frame, struct error *err)
{
	frame->tokens = frame->rules.ack.len || frame->rules.nak.len || frame->rules.bids;
	for (size_t s = 0; s < (frame->one_side ? 1 : 2); s++) {
		struct side *side = &frame->sides[s];
		for (size_t i = 0; i < side->count; i++) {
			struct variant *v = &side->variants[i];
			if (!compile_variant(frame, v, err))
				return false;
			for (size_t k = 0; k < v->count; k++)
				v->items[k].reply_echo = v->items[k].counts && frame->one_side;
		}
		compile_side(frame, side);
	}
	frame->closes_each = compile_closes_each(frame);
	return true;
}
