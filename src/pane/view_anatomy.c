/* view_anatomy.c - names the parts of a frame (anatomy.h), and dumps what is no frame. */
#include "base/text.h"
#include "pane/anatomy.h"
#include "pane/block.h"

enum { ANATOMY_CELLS = 78, ANATOMY_INDENT = 13 };

static bool parts(const struct block *b, struct rows *out)
{
	const struct look *look = b->look;
	struct anatomy a = {.frame = b->frame,
		.side = b->side,
		.raw = b->raw,
		.utf8 = look->utf8,
		.folded = look->fold && !b->open,
		.list = look->lines,
		.marks = b->on_wire};
	return !b->unframed && b->frame &&
	       anatomy_rows(&a, out->width >= BLOCK_WIDE ? ANATOMY_INDENT : 2, out);
}

/* The head shows the beginning of the text. */
static void anatomy_view(const struct block *b, size_t indent, struct rows *out)
{
	(void)indent;
	block_head(b, out);
	if (!parts(b, out))
		block_dump(b, out);
}

static void view_anatomy_on_row(void *arg, const struct styled *row)
{
	const struct view_target *target = arg;
	target->sink(target->arg, bytes_slice(&row->text), true);
}

static void anatomy_lines(const struct shown *s, view_sink *sink, void *arg)
{
	struct view_target target = {sink, arg};
	struct rows rows;
	struct anatomy a = {.frame = s->frame,
		.side = s->side,
		.raw = s->raw,
		.utf8 = !(s->flags & TEXT_ASCII)};
	rows_init(&rows, ANATOMY_CELLS, 0, (size_t)-1, view_anatomy_on_row, &target);
	bool good = s->frame && anatomy_rows(&a, 0, &rows);
	rows_free(&rows);
	if (!good)
		view_dump.lines(&(struct shown){.payload = s->raw}, sink, arg);
}

const struct view view_anatomy = {.name = "anatomy",
	.wire = true,
	.parts = true,
	.rows = anatomy_view,
	.lines = anatomy_lines};
