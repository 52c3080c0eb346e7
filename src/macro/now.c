/* now.c - `.now LINE`: sends a command, or a break, while another command waits. */
#include <wilco/macro.h>

static bool read(struct order *o, const struct reading *r, struct error *err);

const struct verb verb_now = {
	.name = "now",
	.places = PLACE_PROMPT | PLACE_PLAY,
	.args = "LINE",
	.help = "send at once, while another command waits: what comes belongs to that one",
	.examples = ".now .wire 03\n.now noidle\n.now .break",
	.behind = BEHIND_LINE,
	.kind = ORDER_SEND,
	.read = read,
};

static bool may_follow(const struct order *o)
{
	return !o->now && !o->file && (o->kind == ORDER_SEND || (o->verb && o->verb->out_of_turn));
}

static bool read(struct order *o, const struct reading *r, struct error *err)
{
	if (!order_read_behind(o, may_follow, r, err))
		return false;
	o->now = true;
	return true;
}
