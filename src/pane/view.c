/* view.c - see view.h. */
#include "pane/view.h"

#include "base/number.h"
#include "base/text.h"

enum { NAME_SHOWN = 200, PART = 16 * 1024 };

#define VIEW_OF(name) &view_##name,
static const struct view *const views[] = {&view_auto, VIEWS(VIEW_OF)};
enum { VIEW_COUNT = sizeof views / sizeof views[0] };

const struct view *view_at(size_t index)
{
	return index < VIEW_COUNT ? views[index] : NULL;
}

const char *view_name(const void *unused, size_t index)
{
	(void)unused;
	return index < VIEW_COUNT ? views[index]->name : NULL;
}

const struct view *view_after(const struct view *view)
{
	size_t i = 0;
	while (views[i] != view)
		i++;
	return views[(i + 1) % VIEW_COUNT];
}

static void take_part(void *arg, struct slice part)
{
	const struct view_target *target = arg;
	target->sink(target->arg, part, false);
}

void view_spell(struct slice bytes, view_speller *spell, unsigned flags, view_sink *sink, void *arg)
{
	struct view_target target = {sink, arg};
	const struct bytes_drain drain = {take_part, &target};
	struct bytes text;
	bytes_stream(&text, PART, &drain);
	spell(&text, bytes, flags);
	sink(arg, bytes_slice(&text), true);
	bytes_free(&text);
}

struct shown view_shown(const struct frame *frame, const struct reply *r, unsigned flags)
{
	return (struct shown){.frame = frame,
		.side = SIDE_REPLY,
		.payload = view_bytes(r),
		.raw = r->raw,
		.flags = flags,
		.hidden = r->hidden};
}

bool view_counts(const struct reply *r)
{
	return r->kind == SPLIT_FRAME && r->mark != MARK_ECHO;
}

const struct reply *view_answer(const struct exchange *x)
{
	const struct reply *last = NULL;
	for (const struct reply *r = x->replies; r; r = r->next)
		if (view_counts(r))
			last = r;
	return last;
}

struct slice view_bytes(const struct reply *r)
{
	return r->has_payload ? r->payload : r->raw;
}

void view_about(const struct exchange *x, const struct reply *r, struct bytes *out)
{
	char text[DURATION_TEXT_MAX];
	int64_t rtt = exchange_rtt(x);
	bool timed = x->command && rtt >= 0 && r == x->last;
	bool unasked = x->status >= EXCHANGE_UNSOLICITED;
	if (timed)
		bytes_add_str(out, duration_text(rtt, text));
	if (unasked)
		bytes_addf(out, "%s%s", timed ? "  " : "", exchange_status_name(x->status));
}

const char *view_end(const struct reply *r, char out[SPLIT_TEXT_MAX])
{
	return r->kind == SPLIT_FRAME ? reply_end(r, out) : r->error ? r->error : "";
}

const char *view_reason(const struct exchange *x)
{
	return x->error ? x->error : exchange_status_name(x->status);
}

void view_failure(const char *device, const struct exchange *x, struct bytes *out)
{
	bool connect = x->status == EXCHANGE_CONNECT;
	struct slice name = slice_str(device), begin = text_cut(name, NAME_SHOWN);
	bytes_addf(out, "Failed to %s device %.*s%s: %s",
		connect ? "connect to" : "communicate with", SLICE_ARG(begin),
		begin.len < name.len ? "..." : "", view_reason(x));
}
