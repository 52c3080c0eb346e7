/* tell.c - `.tell LINE`: sends a command that has no reply. */
#include <wilco/macro.h>

static bool read(struct order *o, const struct reading *r, struct error *err);

const struct verb verb_tell = {
	.name = "tell",
	.places = PLACE_PROMPT | PLACE_COMMAND | PLACE_DEVICE | PLACE_PLAY,
	.args = "LINE",
	.help = "send a command that has no reply",
	.examples = ".tell OUTP ON\n.tell .with unit=17 05 00 01 ff 00",
	.behind = BEHIND_LINE,
	.kind = ORDER_SEND,
	.read = read,
};

static bool may_follow(const struct order *o)
{
	return o->kind == ORDER_SEND && !o->tell && !o->now;
}

static bool read(struct order *o, const struct reading *r, struct error *err)
{
	if (!order_read_behind(o, may_follow, r, err))
		return false;
	o->tell = true;
	return true;
}
