/* line_read.c - see line_read.h. */
#include "cmd/line_read.h"

#include "base/mem.h"
#include "cmd/context.h"
#include <stdlib.h>

struct line_read {
	struct bytes text;
	struct typed_for typed; /* with a reference, so that no other frame gets its address */
	bool there, good;       /* there: a line was read */
	struct order order;
	struct error err;
};

struct line_read *line_read_new(void)
{
	struct line_read *l = mem_new(sizeof *l);
	bytes_init(&l->text, LIMIT_LINE);
	order_init(&l->order);
	return l;
}

void line_read_free(struct line_read *l)
{
	if (!l)
		return;
	frame_unref(l->typed.frame);
	bytes_free(&l->text);
	order_free(&l->order);
	free(l);
}

static void read_anew(struct line_read *l, struct slice text, const struct typed_for *typed)
{
	const struct reading reading = {.verbs = verbs,
		.place = PLACE_PROMPT | (typed->piped ? PLACE_PIPE : 0),
		.frame = typed->frame,
		.names = secret_names(),
		.charset = typed->charset};
	if (typed->frame)
		frame_ref(typed->frame);
	frame_unref(l->typed.frame);
	l->typed = *typed;
	bytes_clear(&l->text);
	l->there = bytes_add(&l->text, text);
	/* A line that is too long is an error, and is not kept. */
	l->good = order_read(&l->order, l->there ? bytes_slice(&l->text) : text, &reading, &l->err);
}

const struct order *line_read(
	struct line_read *l, struct slice text, const struct typed_for *typed, struct error *err)
{
	bool again = l->there && !l->order.later && l->typed.frame == typed->frame &&
		     l->typed.charset == typed->charset && l->typed.piped == typed->piped &&
		     slice_equal(text, bytes_slice(&l->text));
	if (!again)
		read_anew(l, text, typed);
	if (!l->good)
		*err = l->err;
	return l->good ? &l->order : NULL;
}
