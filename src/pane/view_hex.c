/* view_hex.c - shows the bytes on the wire in hex; those that are not payload are dim. */
#include "base/mem.h"
#include "base/text.h"
#include "pane/block.h"
#include <stdlib.h>

/* What is inside a transform counts as payload: it is the payload in its code. */
static size_t find_spans(const struct block *b, struct span spans[FRAME_PARTS_MAX])
{
	struct frame_part *parts = mem_new(FRAME_PARTS_MAX * sizeof *parts);
	struct bytes scratch;
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	size_t count = frame_parts(b->frame, b->side, b->raw, NULL, &scratch, parts), spanned = 0;
	for (const struct frame_part *p = parts; p < parts + count; p++) {
		bool payload = p->kind == PART_PAYLOAD || p->kind == PART_TRANSFORM;
		if (p->level == 0)
			spans[spanned++] =
				(struct span){(size_t)(p->bytes.at - b->raw.at) + p->bytes.len,
					payload ? b->style : STYLE_DIM};
	}
	bytes_free(&scratch);
	free(parts);
	return spanned;
}

/* A command that was not sent shows the payload that it would have had. */
static void hex_view(const struct block *b, size_t indent, struct rows *out)
{
	struct spelled s = block_payload(b);
	struct span *spans = NULL;
	s.digits = &digits_hex;
	if (b->raw.len) {
		s.bytes = b->raw;
		s.marks = b->on_wire;
	}
	if (b->raw.len && out->row && b->frame && !b->unframed) {
		s.spans = spans = mem_new(FRAME_PARTS_MAX * sizeof *spans);
		s.span_count = find_spans(b, spans);
	}
	block_spelled(b, &s, indent, out);
	free(spans);
}

static bool view_hex_spell(struct bytes *out, struct slice bytes, unsigned flags)
{
	(void)flags;
	return text_add_hex(out, bytes, false);
}

static void hex_lines(const struct shown *s, view_sink *sink, void *arg)
{
	view_spell(s->payload, view_hex_spell, 0, sink, arg);
}

const struct view view_hex = {.name = "hex", .wire = true, .rows = hex_view, .lines = hex_lines};
