/* verb_play.c - the verbs of a file that is played.  A device's file is often the same file, in
 * which they do nothing. */
#include <wilco/macro.h>

enum {
	WHERE_PLAYED = PLACE_PLAY | PLACE_DEVICE,
	WHERE_TYPED = WHERE_PLAYED | PLACE_PROMPT, /* also at a prompt */
};

const struct verb verb_capture = {
	.name = "capture",
	.places = WHERE_PLAYED,
	.args = "NAME /PATTERN/ | FIELD | TYPE@OFFSET",
	.help = "give a name to a part of the last reply",
	.examples = ".capture temp /T=([0-9.]+)/\n.capture speed u16be@2",
	.kind = ORDER_MACRO,
};

const struct verb verb_confirm = {
	.name = "confirm",
	.behind = BEHIND_VERBATIM,
	.places = WHERE_PLAYED,
	.args = "QUESTION",
	.help = "ask a person, and go on only after a yes",
	.examples = ".confirm Is the area clear?",
	.kind = ORDER_MACRO,
};

const struct verb verb_end = {
	.name = "end",
	.places = WHERE_TYPED,
	.help = "the end of the lines of .repeat or .every",
	.examples = ".repeat 3\nSTATUS\n.end",
	.kind = ORDER_MACRO,
};

const struct verb verb_every = {
	.name = "every",
	.places = WHERE_TYPED,
	.args = "DURATION [N] [LINE]",
	.heads = true,
	.help = "run LINE, or the lines up to .end, again and again in this interval, N times",
	.examples = ".every 2s 5 VERSION?\n.every 1m\nSTATUS\n.end",
	.kind = ORDER_MACRO,
};

const struct verb verb_expect = {
	.name = "expect",
	.places = WHERE_PLAYED,
	.args = "/PATTERN/ [RANGE] | FIELD=RANGE... | same | REPLY",
	.help = "what the last reply to the command above has to be",
	.examples = ".expect /T=([0-9.]+)/ 20..25\n.expect unit=17\n.expect same",
	.kind = ORDER_MACRO,
};

const struct verb verb_expect_not = {
	.name = "expect-not",
	.places = WHERE_PLAYED,
	.args = "/PATTERN/ [RANGE] | FIELD=RANGE... | same | REPLY",
	.help = "what the last reply to the command above must not be",
	.examples = ".expect-not /ERR/",
	.kind = ORDER_MACRO,
};

const struct verb verb_include = {
	.name = "include",
	.places = PLACE_PLAY,
	.args = "FILE",
	.help = "run the lines of another file as if they stood here",
	.examples = ".include common.wilco",
	.kind = ORDER_MACRO,
};

const struct verb verb_let = {
	.name = "let",
	.places = WHERE_PLAYED,
	.args = "NAME VALUE",
	.help = "give a name to a value, which then stands for \\{NAME}",
	.examples = ".let speed 100\n.let pump \\{1|pump1}",
	.kind = ORDER_MACRO,
};

const struct verb verb_repeat = {
	.name = "repeat",
	.places = WHERE_TYPED,
	.args = "N",
	.help = "run the lines up to .end so often; \\{n} is the number of the turn",
	.examples = ".repeat 3\nSPEED \\{n}00\n.end",
	.kind = ORDER_MACRO,
};

const struct verb verb_retry = {
	.name = "retry",
	.places = WHERE_PLAYED,
	.args = "N DURATION",
	.help = "send the next command up to N times more, in this interval, until its replies "
		"hold",
	.examples = ".retry 10 500ms\nSTATUS\n  READY",
	.kind = ORDER_MACRO,
};

const struct verb verb_within = {
	.name = "within",
	.places = WHERE_PLAYED,
	.args = "DURATION",
	.help = "the next reply of the block has to come in this time",
	.examples = "TEMP?\n.within 200ms\n  T=20",
	.kind = ORDER_MACRO,
};
