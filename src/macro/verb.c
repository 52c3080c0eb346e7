/* verb.c - the verbs that belong to the language itself; `.with` is in with.c. */
#include "base/escape.h"
#include <stdio.h>
#include <wilco/macro.h>

enum {
	WHERE_SENT = PLACE_PROMPT | PLACE_COMMAND | PLACE_DEVICE | PLACE_PLAY,
	WHERE_ANSWERED = PLACE_DEVICE | PLACE_PIPE | PLACE_PLAY,
};

static bool read_text(struct order *o, const struct reading *r, struct error *err)
{
	return escape_typed(o->rest, r->charset, r->names, &o->payload, err);
}

static bool read_literal(struct order *o, const struct reading *r, struct error *err)
{
	return charset_encode(r->charset, o->rest, &o->payload, err);
}

static bool read_hex(struct order *o, const struct reading *r, struct error *err)
{
	return escape_list(o->rest, r->names, &o->payload, err);
}

static bool read_wire(struct order *o, const struct reading *r, struct error *err)
{
	o->wire = true;
	if (!escape_list(o->rest, r->names, &o->payload, err))
		return false;
	return o->payload.len ||
	       error_at(err, 0, 0, ".wire needs the bytes to send, such as .wire 18");
}

bool verb_read_frame(struct order *o, const struct reading *r, struct error *err)
{
	(void)err;
	if (r->place == PLACE_DEVICE)
		o->kind = ORDER_FRAME;
	return true;
}

const struct verb verb_text = {
	.name = "text",
	.alias = "t",
	.places = WHERE_SENT,
	.args = "TEXT",
	.help = "send text with escapes; without TEXT the empty payload",
	.examples = ".text STATUS\n.text",
	.behind = BEHIND_TEXT,
	.kind = ORDER_SEND,
	.read = read_text,
};

const struct verb verb_literal = {
	.name = "literal",
	.alias = "r",
	.places = WHERE_SENT,
	.args = "TEXT",
	.help = "send text as it stands: a backslash is a backslash",
	.examples = ".literal C:\\data\\new",
	.behind = BEHIND_VERBATIM,
	.kind = ORDER_SEND,
	.read = read_literal,
};

const struct verb verb_hex = {
	.name = "hex",
	.alias = "x",
	.places = WHERE_SENT,
	.args = "BYTES",
	.help = "send a payload given as bytes: hex pairs, control names, 'text', TYPE(NUMBER)",
	.examples = ".hex 02 30 31 03\n.x STX '01' ETX\n.x 01 03 u16be(107,3)",
	.behind = BEHIND_BYTES,
	.kind = ORDER_SEND,
	.read = read_hex,
};

const struct verb verb_wire = {
	.name = "wire",
	.places = WHERE_SENT,
	.args = "BYTES",
	.help = "send bytes as they are, without the frame",
	.examples = ".wire 18\n.wire ETX",
	.behind = BEHIND_BYTES,
	.kind = ORDER_SEND,
	.read = read_wire,
};

const struct verb verb_wait = {
	.name = "wait",
	.places = WHERE_SENT,
	.args = "DURATION",
	.help = "wait before the next command",
	.examples = ".wait 500ms",
	.kind = ORDER_WAIT,
};

const struct verb verb_delay = {
	.name = "delay",
	.places = WHERE_ANSWERED,
	.args = "DURATION",
	.help = "wait before the next reply of the block",
	.examples = ".delay 3s",
	.kind = ORDER_DELAY,
};

const struct verb verb_else = {
	.name = "else",
	.places = WHERE_ANSWERED,
	.help = "the replies below answer every command that has none of its own",
	.examples = ".else\n  ERROR",
	.heads = true,
	.kind = ORDER_ELSE,
};

const struct verb verb_greeting = {
	.name = "greeting",
	.places = WHERE_ANSWERED,
	.help = "the replies below are sent when a connection begins",
	.examples = ".greeting\n  220 mail.example",
	.heads = true,
	.kind = ORDER_GREETING,
};

const struct verb verb_on = {
	.name = "on",
	.places = PLACE_DEVICE | PLACE_PLAY,
	.args = "PATTERN",
	.help = "the replies below, up to .end, answer commands that match; \\{1} is the first "
		"group",
	.examples = ".on SPEED (\\d+) (re)\n.let speed \\{1}\n  OK\n.end",
	.behind = BEHIND_VERBATIM,
	.heads = true,
	.kind = ORDER_ON,
};

const char *verb_name(const void *verb_names, size_t index)
{
	const struct verb_names *names = verb_names;
	const struct verb *verb = names->verbs[index];
	return !verb ? NULL : verb->places & names->places ? verb->name : "";
}

/* The places, as they are listed. */
static const struct {
	enum line_place place;
	char name[28];
} places[] = {{PLACE_PROMPT, "at a prompt"}, {PLACE_COMMAND, "as a COMMAND of send"},
	{PLACE_PLAY, "in a macro"}, {PLACE_DEVICE, "in the file of a device"},
	{PLACE_CONFIG, "in the configuration"}};

enum { PLACES_NAMED = PLACE_PROMPT | PLACE_COMMAND | PLACE_PLAY | PLACE_DEVICE | PLACE_CONFIG };

const char *place_names(unsigned all, char out[PLACE_NAMES_MAX])
{
	size_t used = 0;
	*out = 0;
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		unsigned place = places[i].place;
		if (!(all & place))
			continue;
		all &= ~place;
		const char *between = !used ? "" : all & PLACES_NAMED ? ", " : " or ";
		used += (size_t)snprintf(
			out + used, PLACE_NAMES_MAX - used, "%s%s", between, places[i].name);
	}
	return out;
}
