/* say.c - puts events into words. */
#include "frame/frame_private.h"

#include "base/escape.h"
#include "base/text.h"
#include <stdio.h>

void say_bytes(struct bytes *out, struct slice bytes)
{
	for (size_t i = 0; i < bytes.len && i < 24; i++) {
		const char *name = control_name(bytes.at[i]);
		if (i)
			bytes_add_byte(out, ' ');
		if (name)
			bytes_add_str(out, name);
		else
			text_add_hex(out, slice_cut(bytes, i, i + 1), false);
	}
}

/* Copies the text without a format, because this happens for every reply. */
static const char *say_finish(struct bytes *text, char *out)
{
	bool cut = text->over || text->len >= SPLIT_TEXT_MAX;
	struct slice begin = bytes_slice(text), end = cut ? SLICE(BYTES_CUT) : SLICE("");
	if (cut)
		begin = text_cut(begin, SPLIT_TEXT_MAX - sizeof BYTES_CUT);
	slice_copy(out, begin);
	slice_copy(out + begin.len, end);
	out[begin.len + end.len] = 0;
	bytes_free(text);
	return out;
}

const char *split_end_text(const struct split_event *event, char out[SPLIT_TEXT_MAX])
{
	static const char words[][20] = {[END_LITERAL] = "literal",
		[END_CLOSE] = "peer closed",
		[END_SILENCE] = "silence",
		[END_CONTENT] = "content complete",
		[END_BREAK] = "not ended",
		[END_TURN] = ""};
	struct bytes text;
	bytes_init(&text, 4096);
	if (event->end == END_DELIMITER) {
		bytes_add_str(&text, "delimiter ");
		say_bytes(&text, event->end_bytes);
	} else if (event->end == END_LENGTH || event->end == END_FIXED) {
		bytes_addf(&text, "%s %zu", event->end == END_LENGTH ? "length" : "fixed size",
			event->payload.len);
	} else {
		bytes_add_str(&text, words[event->end]);
	}
	return say_finish(&text, out);
}

/* Adds the place; inside a transform byte numbers count plain bytes. */
static void add_place(struct bytes *text, const struct split_event *event)
{
	bytes_addf(text, " at byte %zu", event->at);
	if (event->within)
		bytes_addf(text, " inside %s", event->within);
}

void frame_value_add(struct bytes *text, uint64_t value, unsigned digits)
{
	if (digits)
		bytes_addf(text, "%0*llx", (int)digits, (unsigned long long)value);
	else
		bytes_addf(text, "%llu", (unsigned long long)value);
}

static void add_checks(struct bytes *text, const struct split_event *event)
{
	for (size_t i = 0; i < event->check_count; i++) {
		const struct split_check *c = &event->checks[i];
		bytes_addf(text, "%s%s: expected ", i ? "; " : "", c->name);
		frame_value_add(text, c->expected, c->digits);
		bytes_add_str(text, ", got ");
		frame_value_add(text, c->got, c->digits);
	}
}

static void add_expected(struct bytes *text, const struct split_event *event, const char *verb)
{
	bytes_add_str(text, verb);
	say_bytes(text, event->expected);
	add_place(text, event);
	bytes_add_str(text, ", got ");
	say_bytes(text, event->got);
	if (!event->got.len)
		bytes_add_str(text, "nothing");
}

static void add_size(struct bytes *text, size_t size)
{
	bool mega = size >= 1 << 20 && size % (1 << 20) == 0;
	bool kilo = size >= 1 << 10 && size % (1 << 10) == 0;
	if (mega || kilo)
		bytes_addf(text, "%zu %s", size >> (mega ? 20 : 10), mega ? "MiB" : "KiB");
	else
		bytes_addf(text, "%zu byte%s", size, plural(size));
}

/* Says that there are too many bytes, or for a size in the notation too few. */
static void add_limit(struct bytes *text, const struct split_event *event)
{
	if (event->kind == SPLIT_OVERSIZE && event->within && event->b < LIMIT_FRAME_MOST) {
		bytes_add_str(text, "over the limit of ");
		add_size(text, event->b);
		bytes_addf(text, "; %s raises it", event->within);
		return;
	}
	add_size(text, event->a);
	if (event->kind == SPLIT_OVERSIZE) {
		bytes_add_str(text, ", over the limit of ");
		add_size(text, event->b);
		return;
	}
	bytes_addf(text, ", %s ", event->a > event->b ? "at most" : "at least");
	add_size(text, event->b);
	bytes_add_str(text, event->a > event->b ? " fit" : " are needed");
}

static void add_fault(struct bytes *text, const struct split_event *event)
{
	switch (event->fault) {
	case FAULT_EXPECTED:
		add_expected(text, event, "expected ");
		break;
	case FAULT_ECHO:
		add_expected(text, event, "collision: sent ");
		break;
	case FAULT_NUMBER:
		bytes_add_str(text, "expected a number");
		add_place(text, event);
		bytes_add_str(text, ", got ");
		say_bytes(text, event->got);
		break;
	case FAULT_LENGTH:
		bytes_addf(text, "the length says %zu, which is impossible", event->a);
		add_place(text, event);
		break;
	case FAULT_LIMIT:
		add_limit(text, event);
		break;
	case FAULT_MISSING:
		bytes_addf(text, "%zu more byte%s expected", event->a, plural(event->a));
		break;
	case FAULT_UNENDED:
		bytes_add_str(text, "no ");
		say_bytes(text, event->expected);
		bytes_add_str(text, event->expected.len ? " came" : "end came");
		break;
	case FAULT_CHECK:
		add_checks(text, event);
		break;
	case FAULT_ESCAPE:
		bytes_addf(text, "%s cannot hold ", event->within ? event->within : "this");
		say_bytes(text, event->got);
		bytes_addf(text, " at byte %zu", event->at);
		break;
	case FAULT_REST:
		bytes_addf(text, "%zu byte%s too many", event->a, plural(event->a));
		add_place(text, event);
		break;
	default:
		break;
	}
}

const char *split_error_text(const struct split_event *event, char out[SPLIT_TEXT_MAX])
{
	struct bytes text;
	bytes_init(&text, 4096);
	add_fault(&text, event);
	/* Everything that an end by close or silence needs is there, but the line broke instead. */
	if (event->kind == SPLIT_PARTIAL && !text.len)
		bytes_add_str(&text, "cut off before its end");
	if (event->given_up)
		bytes_addf(&text, "%sresynchronisation given up", text.len ? "; " : "");
	return say_finish(&text, out);
}
