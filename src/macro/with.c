/* with.c - `.with F=V ... LINE`: fields of the frame for one command. */
#include <wilco/frame.h>
#include <wilco/macro.h>

#include "base/text.h"

static bool place_behind(struct error *err, size_t offset)
{
	if (err->placed)
		err->column += offset;
	return false;
}

/* Leading words F=V whose F is a field; where the line behind them begins. */
static bool take_fields(struct slice rest, const struct frame *frame, struct frame_values *values,
	size_t *from, struct error *err)
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
		if (!frame_field_parse(
			    frame, (size_t)field, slice_cut(word, n + 1, word.len), values, err)) {
			err->placed = true;
			err->column = at;
			err->width = word.len;
			return false;
		}
	}
	return true;
}

bool line_with(struct line *line, const struct frame *frame, enum line_place place, unsigned flags,
	struct frame_values *values, struct error *err)
{
	struct slice rest = line->rest;
	size_t rest_at = line->rest_at, from;
	bool any = false;
	*values = (struct frame_values){0};
	if (!take_fields(rest, frame, values, &from, err))
		return place_behind(err, rest_at);
	for (size_t i = 0; i < frame_field_count(frame); i++)
		any |= values->at[i].set;
	while (from < rest.len && (rest.at[from] == ' ' || rest.at[from] == '\t'))
		from++;
	struct slice text = slice_cut(rest, from, rest.len);
	if (!any || !text.len) {
		error_at(err, rest_at + (any ? from : 0), any ? 1 : rest.len,
			any ? "the command to send is missing"
			    : "expected FIELD=VALUE of a field of this frame");
		return error_hint(err, ".with unit=17 03 00 6b; .set lists the frame's fields");
	}
	/* It is the command itself: its blanks and # are text. */
	if (!line_parse(text, place, flags | LINE_EXACT, line->payload, line, err))
		return place_behind(err, rest_at + from);
	if (line->has_payload)
		return true;
	return error_at(err, rest_at + from, text.len, ".with stands before a command to send");
}
