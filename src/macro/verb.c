/* verb.c - the table of wilco's own commands: help, completion, the manual and the checks of where
 * a verb may stand are walks over it. */
#include <wilco/macro.h>

const struct verb verbs[VERB_COUNT] = {
	[VERB_ALL] = {"all", NULL, PLACE_PROMPT, "[NAME,NAME... --] COMMAND",
		"send a command to all open devices, or to the named ones",
		".all STATUS\n.all pump1,pump2 -- STATUS"},
	[VERB_BIND] = {"bind", NULL, PLACE_PROMPT | PLACE_CONFIG,
		"[[browse] KEY ACTION | LINE | off]",
		"list the keys, or let one do something else: an action, or a line as if it were "
		"typed",
		".bind\n.bind F5 STATUS\n.bind Ctrl-T view\n.bind browse x copy"},
	[VERB_BREAK] = {"break", NULL, PLACE_PROMPT, "[DURATION]",
		"hold a serial, telnet or rfc2217 line in the break state (250ms)",
		".break\n.break 1s"},
	[VERB_CLOSE] = {"close", NULL, PLACE_PROMPT, "",
		"close the line to the device; a command in flight is given up", ".close"},
	[VERB_COPY] = {"copy", NULL, PLACE_PROMPT, "[FILE]",
		"copy the selected entry (or the last exchange) as it is shown: to the terminal's "
		"clipboard, or to the end of a file",
		".copy\n.copy notes.txt"},
	[VERB_DELAY] = {"delay", NULL, PLACE_DEVICE, "DURATION",
		"wait before the next reply of the block", ".delay 3s"},
	[VERB_DEVICE] = {"device", NULL, PLACE_PROMPT | PLACE_CONFIG, "NAME ADDRESS [KEY=VALUE...]",
		"put a device into the device book: frame=, settings, fields of its frame",
		".device pump1 10.0.0.5 frame=esc-cr timeout=2s\n.device plc 10.0.0.7:502 "
		"frame=modbus-tcp unit=17"},
	[VERB_DEVICES] = {"devices", NULL, PLACE_PROMPT, "",
		"list the open devices and the device book", ".devices"},
	[VERB_DO] = {"do", NULL, PLACE_PROMPT, "ACTION", "what a key does (.bind lists them)",
		".do page-up\n.do next-damaged"},
	[VERB_ELSE] = {"else", NULL, PLACE_DEVICE, "",
		"the replies below answer every command that has none of its own",
		".else\n  ERROR"},
	[VERB_FILTER] = {"filter", NULL, PLACE_PROMPT, "[all | session | sent | damaged | found]",
		"show only a part of the transcript; nothing is lost; without a split screen, "
		"list "
		"it, and of what comes print only such exchanges",
		".filter damaged\n.filter all"},
	[VERB_FIND] = {"find", NULL, PLACE_PROMPT, "[TEXT | /REGEX/ | .x BYTES]",
		"search the transcript backwards, or without a split screen list what is found; "
		"without an argument end the search",
		".find ERR\n.find /E[0-9]+/\n.find .x 1b 41"},
	[VERB_FRAME] = {"frame", NULL, PLACE_PROMPT | PLACE_CONFIG | PLACE_DEVICE,
		"[NAME | NOTATION | NAME = NOTATION]",
		"show or choose the frame around commands and replies, or define a named one",
		".frame esc-cr-nul\n.frame payload CR LF\n.frame acme = STX payload ETX"},
	[VERB_GOTO] = {"goto", NULL, PLACE_PROMPT, "TIME | top | end",
		"go to a time of day in the transcript, to its beginning, or its end; without a "
		"split screen, list it from there on",
		".goto 12:01\n.goto 12:01:30.250\n.goto end"},
	[VERB_HELP] = {"help", NULL, PLACE_PROMPT, "[VERB]", "list the commands, or explain one",
		".help\n.help frame"},
	[VERB_HEX] = {"hex", "x", PLACE_PROMPT | PLACE_COMMAND | PLACE_DEVICE, "BYTES",
		"send a payload given as bytes: hex pairs, control names, 'text', TYPE(NUMBER)",
		".hex 02 30 31 03\n.x STX '01' ETX\n.x 01 03 u16be(107,3)"},
	[VERB_HISTORY] = {"history", NULL, PLACE_PROMPT, "[COUNT]",
		"list the lines typed at this device", ".history\n.history 20"},
	[VERB_LITERAL] = {"literal", "r", PLACE_PROMPT | PLACE_COMMAND | PLACE_DEVICE, "TEXT",
		"send text as it stands: a backslash is a backslash", ".literal C:\\data\\new"},
	[VERB_LOG] = {"log", NULL, PLACE_PROMPT, "[FILE | off]",
		"write everything from now on to a file: text, or a capture if it ends in .pcap; "
		"\\{device} and \\{date} are filled in",
		".log pump1.log\n.log \\{device}-\\{date}.pcap\n.log off"},
	[VERB_OPEN] = {"open", NULL, PLACE_PROMPT, "[DEVICE]",
		"open one more device, or open the line of the current one again",
		".open 10.0.0.5\n.open tcp://10.0.0.5:4001?timeout=2s\n.open listen://:9100"},
	[VERB_QUIT] = {"quit", NULL, PLACE_PROMPT, "", "leave wilco", ".quit"},
	[VERB_SAVE] = {"save", NULL, PLACE_PROMPT, "FILE",
		"write the selected exchange, or all of this device's, to the end of a file, as "
		"commands "
		"and expected replies",
		".save selftest.wilco"},
	[VERB_SET] = {"set", NULL, PLACE_PROMPT | PLACE_CONFIG, "[NAME[=VALUE]]",
		"show the settings, or change one; or set a field of the frame",
		".set\n.set timeout=2s\n.set unit=17"},
	[VERB_TEXT] = {"text", "t", PLACE_PROMPT | PLACE_COMMAND | PLACE_DEVICE, "TEXT",
		"send text with escapes; without TEXT the empty payload", ".text STATUS\n.text"},
	[VERB_USE] = {"use", NULL, PLACE_PROMPT, "[NAME | N]",
		"make another open device the current one, or list them", ".use pump2\n.use 1"},
	[VERB_VIEW] = {"view", NULL, PLACE_PROMPT, "[text | hex | dump | anatomy]",
		"show or choose how replies are shown", ".view dump\n.view anatomy"},
	[VERB_WAIT] = {"wait", NULL, PLACE_PROMPT | PLACE_COMMAND, "DURATION",
		"wait before the next command", ".wait 500ms"},
	[VERB_WATCH] = {"watch", NULL, PLACE_PROMPT,
		"[NAME EVERY COMMAND [PATTERN] | NAME off | --export FILE]",
		"ask for a number again and again and draw it; PATTERN is a regular expression "
		"whose "
		"group is the number",
		".watch speed 1s 'SPEED?'\n.watch temp 5s 'TEMP? 1' 'T=([0-9.]+)'\n.watch speed "
		"off\n"
		".watch --export speed.csv"},
	[VERB_WIRE] = {"wire", NULL, PLACE_PROMPT | PLACE_COMMAND, "BYTES",
		"send bytes as they are, without the frame", ".wire 18\n.wire ETX"},
	[VERB_WITH] = {"with", NULL, PLACE_PROMPT | PLACE_COMMAND, "FIELD=VALUE... LINE",
		"send one command with other values of the frame's fields",
		".with unit=17 03 00 6b 00 03\n.with unit=17 -- a=1"},
};

const char *verb_name(const void *table, size_t index)
{
	const unsigned *places = table;
	if (index >= VERB_COUNT)
		return NULL;
	return places && !(verbs[index].places & *places) ? "" : verbs[index].name;
}
