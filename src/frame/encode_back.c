/* encode_back.c - reads a frame back before it is given out. */
#include "frame/encode_private.h"

#include "base/mem.h"
#include "base/text.h"
#include "frame/match.h"

/* Returns the index-th end that is searched for the level's variable item; NULL: there are no more.
 */
static struct slice level_end(const struct encoder *e, const struct level *l, size_t index)
{
	if (l->ends_by != ENDS_SEARCH)
		return slice_str(NULL);
	const struct item *item = &e->v->items[l->ends_item];
	if (item->kind == ITEM_BYTES && index == 0)
		return item->bytes;
	return item->kind == ITEM_END && index < item->ends->count ? item->ends->at[index]
								   : slice_str(NULL);
}

/* Refuses a payload in which one of the level's ends stands. */
static bool refuse_end(const struct encoder *e, const struct level *l)
{
	for (size_t i = 0;; i++) {
		struct slice end = level_end(e, l, i);
		if (!end.at)
			return false;
		const uint8_t *found =
			e->payload.len ? memmem(e->payload.at, e->payload.len, end.at, end.len)
				       : NULL;
		if (!found)
			continue;
		error_set(e->err, STATUS_USAGE,
			"the payload holds its own terminator, %s, at byte %zu", quote(end).text,
			(size_t)(found - e->payload.at));
		error_hint(e->err, "the device would take it as the end of the command; "
				   ".wire sends bytes as they are, without the frame");
		return true;
	}
}

/* Refuses a payload with the variable item's terminator in it, if no transform protects that. */
static bool refuse_terminator(const struct encoder *e)
{
	const struct level *l = &e->v->levels[e->v->items[e->v->payload].level];
	while (!refuse_end(e, l)) {
		if (l->parent == NONE)
			return false;
		l = &e->v->levels[e->v->items[l->parent].level];
	}
	return true;
}

static bool trims(const struct encoder *e)
{
	for (size_t i = 0; i < e->v->count; i++)
		if (e->v->items[i].kind == ITEM_XFORM && e->v->items[i].xform->how->loses)
			return true;
	return false;
}

bool encode_back(const struct encoder *e, struct slice wire)
{
	struct split_event event = {0};
	MEM_UNSET struct split_try try;
	MEM_UNSET struct frame_values values;
	memset(values.at, 0, e->frame->field_count * sizeof *values.at);
	struct matching r = {.v = e->v,
		.in = wire,
		.gap = true,
		.silent = true,
		.closed = true,
		.last = true,
		.max = SIZE_MAX / 4,
		.t = &try,
		.scratch = e->scratch,
		.sent = e->used.at,
		.values = values.at,
		.event = &event};
	MEM_UNSET char text[SPLIT_TEXT_MAX];
	match_begin(&try, 0);
	enum match m = match_run(&r);
	/* A filler at the end belongs to a frame that is sent, but to none that comes. */
	const struct item *last = &e->v->items[e->v->levels[0].count - 1];
	size_t size =
		r.size + (last->kind == ITEM_FILL && last->quantifier != '+' ? last->bytes.len : 0);
	if (m == MATCH_FRAME && size == wire.len &&
		(trims(e) || slice_equal(event.payload, e->payload)))
		return true;
	if (e->v->payload >= 0 && refuse_terminator(e))
		return false;
	error_set(e->err, STATUS_USAGE, "the frame cannot carry this payload: %s",
		m == MATCH_FRAME ? "the receiver would read another one"
				 : split_error_text(&event, text));
	return error_hint(e->err, "%s",
		m == MATCH_FRAME && event.payload.len < 64 ? quote(event.payload).text
							   : "--force sends it all the same");
}
