/* view_text.c - shows the payload in canonical spelling; in hex where the frame is binary. */
#include "base/text.h"
#include "pane/block.h"

static void text_view(const struct block *b, size_t indent, struct rows *out)
{
	struct spelled s = block_payload(b);
	block_spelled(b, &s, indent, out);
}

static void text_lines(const struct shown *s, view_sink *sink, void *arg)
{
	unsigned flags = s->flags | TEXT_EDGES;
	if (!(flags & TEXT_BIN) && text_stays(s->payload, flags))
		sink(arg, s->payload, true);
	else
		view_spell(s->payload, text_add, flags, sink, arg);
}

const struct view view_text = {.name = "text", .rows = text_view, .lines = text_lines};
