/* passed.c - see passed.h. */
#include "pane/passed.h"

#include "pane/block.h"

const struct reply *passed_of(const struct exchange *x)
{
	const struct reply *r = x->broke ? x->broke : x->replies;
	return r && r->kind != SPLIT_STRAY ? r : NULL;
}

/* Returns what is said of a frame that passed. */
static const char *passed_detail(const struct exchange *x, const struct reply *r, bool whole)
{
	bool broken = x->broke ? !x->torn : x->status == EXCHANGE_DAMAGED;
	if (x->end)
		return x->end;
	if (!r)
		return x->command ? "bytes of the program, of no frame"
				  : "bytes of the device, of no frame";
	if (!whole)
		return !broken      ? "cut off"
		       : x->command ? "the program broke it"
				    : "the device broke it";
	return r->kind == SPLIT_ACK    ? "acknowledgement"
	       : r->mark == MARK_ASYNC ? "unsolicited"
				       : "";
}

void passed_block(const struct entry *e, const struct look *look, int64_t since, struct rows *out)
{
	static const char *const marks[2][2] = {{"<", "<!"}, {">", ">!"}};
	const struct exchange *x = e->exchange;
	const struct reply *r = passed_of(x);
	struct slice stray = x->broke ? x->broke->raw : x->stray;
	bool whole = r && (r->kind == SPLIT_FRAME || r->kind == SPLIT_ACK);
	bool unasked = r && r->mark == MARK_ASYNC;
	char end[SPLIT_TEXT_MAX];
	struct block b = {.look = look,
		.mark = marks[x->command][!whole],
		.style = !whole       ? STYLE_WRONG
			 : x->command ? STYLE_SENT
			 : unasked    ? STYLE_EVENT
				      : STYLE_PLAIN,
		.time = e->time,
		.session = e->device->session,
		.link = x->link,
		.frame = r ? x->frame : NULL,
		.side = x->command ? SIDE_COMMAND : SIDE_REPLY,
		.payload = r ? view_bytes(r) : stray,
		.charset = x->charset,
		.raw = r ? r->raw : stray,
		.hidden = r && r->hidden,
		.open = e->open,
		.came = true,
		.unframed = !r,
		.since = since,
		.detail = passed_detail(x, r, whole),
		.end = r ? view_end(r, end) : NULL};
	block_rows(&b, out);
}
