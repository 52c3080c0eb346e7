/* options.c - see options.h. */
#include "cmd/options.h"

#include "base/number.h"
#include "base/table.h"
#include "base/text.h"

enum option_id {
	OPT_FRAME,
	OPT_PORT,
	OPT_TIMEOUT,
	OPT_OUTPUT,
	OPT_JSON,
	OPT_LOG,
	OPT_PCAP,
	OPT_RECORD,
	OPT_FILE,
	OPT_TIMING,
	OPT_DRY_RUN,
	OPT_VERBOSE,
	OPT_QUIET,
	OPT_PLAIN,
	OPT_NO_EXEC,
	OPT_TERM,
	OPT_HEX,
	OPT_SET,
	OPT_REPLY,
	OPT_COMMAND,
	OPT_COUNTED,
	OPT_FORCE,
	OPT_RAW,
	OPT_STREAM,
	OPT_IDLE_LIMIT,
	OPT_SEED,
	OPT_FAULT,
	OPT_TOWARD,
	OPT_PROBE,
	OPT_ASK,
	OPT_DEVICE,
	OPT_VAR,
	OPT_VARS_FILE,
	OPT_ACCEPT,
	OPT_REPORT_TAP,
	OPT_REPORT_JUNIT,
	OPT_STEP,
	OPT_TIMES,
	OPT_JOBS,
	OPT_FROM,
	OPT_TO,
	OPT_KEEP_GOING,
	OPT_STRICT,
	OPT_CHECK_ONLY,
	OPT_CHECK,
	OPT_ONCE,
	OPT_INVENTORY,
	OPT_PLAY,
	OPT_LIMIT,
	OPT_PER_GATEWAY,
	OPT_CANARY,
	OPT_STOP_AFTER,
	OPT_GROUP_BY,
	OPT_IGNORE,
	OPT_BASELINE,
	OPT_RATE,
	OPT_EVERY,
	OPT_FAILED,
	OPT_YES,
	OPT_VERSION,
	OPT_HELP,
	OPT_HIDDEN, /* not for users: this one and those behind it */
	OPT_DEMO = OPT_HIDDEN,
	OPT_TAP,
	OPT_VIEW,
	OPT_COUNT
};

/* Those that talk with a device or play one, and those that print what a device said. */
#define BY_SPEAKERS (BY_CONSOLE | BY_SEND | BY_PLAY | BY_FLEET | BY_CHECK | BY_TAP)
#define BY_CODERS   (BY_FRAME_ENCODE | BY_FRAME_DECODE)

static const struct option table[OPT_COUNT] = {
	[OPT_FRAME] = {"frame", 'f', "NAME|NOTATION", "the frame around commands and replies",
		BY_SPEAKERS | BY_SIMULATE | BY_IMPORT | BY_VIEW, WORD_FRAME, .common = true},
	[OPT_PORT] = {"port", 'p', "N", "the port, for addresses that name none (9100)",
		BY_SPEAKERS | BY_SIMULATE | BY_IMPORT | BY_VIEW | BY_FRAME_DECODE | BY_DEMO,
		.common = true},
	[OPT_TIMEOUT] = {"timeout", 't', "DURATION", "how long to wait for a reply (5s)",
		BY_SPEAKERS | BY_DEMO, .common = true},
	[OPT_OUTPUT] = {"output", 'o', "FORMAT", "",
		BY_SPEAKERS | BY_FRAME | BY_DEMO | BY_VIEW | BY_PORTS, WORD_OUTPUT, .common = true},
	[OPT_JSON] = {"json", 0, "", "the same as --output json",
		BY_SPEAKERS | BY_FRAME | BY_DEMO | BY_PORTS, .common = true},
	[OPT_LOG] = {"log", 0, "FILE", "write all that is sent and received to FILE",
		BY_SEND | BY_TAP | BY_CONSOLE, WORD_FILE, .common = true},
	[OPT_PCAP] = {"pcap", 0, "FILE", "the same as a capture, for Wireshark",
		BY_SEND | BY_TAP | BY_CONSOLE, WORD_FILE},
	[OPT_RECORD] = {"record", 0, "FILE", "write commands and replies to a new macro",
		BY_SEND | BY_PLAY | BY_TAP, WORD_FILE, .instead = ".record"},
	[OPT_FILE] = {"file", 0, "FILE|-", "first send this file as it is; no COMMAND is needed",
		BY_SEND, WORD_FILE, .instead = ".sendfile"},
	[OPT_TIMING] = {"timing", 0, "", "with --record: the pauses, too, as .wait",
		BY_SEND | BY_PLAY | BY_TAP | BY_IMPORT},
	[OPT_DRY_RUN] = {"dry-run", 0, "", "print the bytes to send, and send nothing",
		BY_SEND | BY_PLAY | BY_FLEET, .common = true,
		.instead = "a line that shows the bytes before Enter sends them"},
	[OPT_VERBOSE] = {"verbose", 'v', "", "say what happens on the line",
		(BY_SPEAKERS & ~(unsigned)BY_CHECK) | BY_DEMO, .common = true},
	[OPT_QUIET] = {"quiet", 'q', "", "no notes on standard error", BY_ALL, .common = true},
	[OPT_PLAIN] = {"plain", 0, "", "no colours and no control of the cursor", BY_ALL,
		.common = true},
	[OPT_NO_EXEC] = {"no-exec", 0, "", "refuse addresses that run a command", BY_ALL,
		.common = true},
	[OPT_TERM] = {"term", 0, "", "begin in terminal mode: keys go to the device", BY_CONSOLE,
		.common = true, .instead = ".term"},
	[OPT_HEX] = {"hex", 0, "", "payloads are hex", BY_CODERS},
	[OPT_SET] = {"set", 0, "FIELD=VALUE", "a field's value; may be repeated",
		BY_FRAME_SHOW | BY_CODERS},
	[OPT_REPLY] = {"reply", 0, "", "encode as the device does", BY_FRAME_ENCODE},
	[OPT_COMMAND] = {"command", 0, "", "decode commands, not replies", BY_FRAME_DECODE},
	[OPT_COUNTED] = {"count", 0, "", "only count", BY_FRAME_DECODE},
	[OPT_FORCE] = {"force", 0, "", "encode even what the frame cannot carry", BY_FRAME_ENCODE},
	[OPT_RAW] = {"raw", 0, "", "a capture is bytes like any other", BY_FRAME_DECODE},
	[OPT_STREAM] = {"stream", 0, "N|all", "one of the streams of FILE, or all",
		BY_IMPORT | BY_VIEW},
	[OPT_IDLE_LIMIT] = {"idle-limit", 0, "DURATION|off",
		"close a client that is silent this long (10m)", BY_SIMULATE | BY_TAP},
	[OPT_SEED] = {"seed", 0, "N", "which faults happen at random (1)", BY_SIMULATE | BY_TAP},
	[OPT_FAULT] = {"fault", 0, "'KIND [ARG] [P%]'",
		"what goes wrong, as .fault has it; may be repeated", BY_TAP},
	[OPT_TOWARD] = {"toward", 0, "program|device",
		"which way the frames go; for all, or for each --fault", BY_TAP},
	[OPT_PROBE] = {"probe", 0, "", "find out how the device wants to be spoken to", BY_CHECK},
	[OPT_ASK] = {"command", 0, "TEXT", "with --probe: what to send", BY_CHECK, WORD_COMMAND},
	[OPT_DEVICE] = {"device", 0, "[NAME=]ADDRESS", "a device, instead of the file's",
		BY_PLAY | BY_SIMULATE, WORD_DEVICE},
	[OPT_VAR] = {"var", 0, "NAME=VALUE", "a value for \\{NAME}, or an argument by its number",
		BY_PLAY | BY_FLEET},
	[OPT_ACCEPT] = {"accept", 0, "", "write the replies that came into the macros", BY_PLAY},
	[OPT_REPORT_TAP] = {"report-tap", 0, "FILE|-", "write a report in TAP", BY_PLAY, WORD_FILE},
	[OPT_REPORT_JUNIT] = {"report-junit", 0, "FILE|-", "write a report as JUnit's XML", BY_PLAY,
		WORD_FILE},
	[OPT_VARS_FILE] = {"vars-file", 0, "FILE", "a file of lines NAME=VALUE", BY_PLAY,
		WORD_FILE},
	[OPT_STEP] = {"step", 0, "", "ask before each step", BY_PLAY},
	[OPT_TIMES] = {"times", 0, "N", "play each file so often (1)", BY_PLAY},
	[OPT_JOBS] = {"jobs", 'j', "N", "play so many files at the same time (1)", BY_PLAY},
	[OPT_FROM] = {"from", 0, "LINE", "send nothing of the lines before this one", BY_PLAY},
	[OPT_TO] = {"to", 0, "LINE", "send nothing of the lines behind this one", BY_PLAY},
	[OPT_KEEP_GOING] = {"keep-going", 0, "", "go on after a step that does not hold",
		BY_PLAY | BY_FLEET},
	[OPT_STRICT] = {"strict", 0, "", "what comes and is not listed is a difference",
		BY_PLAY | BY_FLEET},
	[OPT_CHECK_ONLY] = {"check-only", 0, "", "only check the files", BY_PLAY},
	[OPT_CHECK] = {"check", 0, "", "change nothing, and say what would change",
		BY_FMT | BY_SIMULATE},
	[OPT_ONCE] = {"once", 0, "", "end when the first client has gone", BY_SIMULATE},
	[OPT_INVENTORY] = {"inventory", 0, "FILE|-",
		"TARGETS is a pattern for this JSON of Ansible's", BY_FLEET, WORD_FILE},
	[OPT_PLAY] = {"play", 0, "MACRO", "play a macro with each device", BY_FLEET, WORD_MACRO},
	[OPT_LIMIT] = {"limit", 0, "N", "devices at a time (as many as there may be)", BY_FLEET},
	[OPT_RATE] = {"rate", 0, "N/s", "devices that are begun in a second (no limit)", BY_FLEET},
	[OPT_PER_GATEWAY] = {"per-gateway", 0, "N",
		"devices at a time at the same address (no limit)", BY_FLEET},
	[OPT_CANARY] = {"canary", 0, "N", "the first N alone, the others if all is well", BY_FLEET},
	[OPT_STOP_AFTER] = {"stop-after", 0, "N|P%", "begin no more when so many failed", BY_FLEET},
	[OPT_GROUP_BY] = {"group-by", 0, "/RE/", "compare only what this finds", BY_FLEET},
	[OPT_IGNORE] = {"ignore", 0, "/RE/", "do not compare what this finds", BY_FLEET},
	[OPT_BASELINE] = {"baseline", 0, "FILE", "compare with this output of --json", BY_FLEET,
		WORD_FILE},
	[OPT_EVERY] = {"every", 0, "DURATION", "again and again, sessions stay open", BY_FLEET},
	[OPT_FAILED] = {"failed", 0, "FILE", "write the targets that failed to FILE", BY_FLEET,
		WORD_FILE},
	[OPT_YES] = {"yes", 0, "", "do not ask before many devices get a command",
		BY_PLAY | BY_FLEET},
	[OPT_VERSION] = {"version", 0, "", "print the version", BY_ALL, .common = true},
	[OPT_HELP] = {"help", 'h', "", "print this", BY_ALL, .common = true},
	[OPT_DEMO] = {"demo", 0, "", "", BY_ALL},
	[OPT_TAP] = {"tap", 0, "", "", BY_ALL},
	[OPT_VIEW] = {"view", 0, "", "", BY_ALL},
};
_Static_assert(OPT_COUNT <= 64, "struct options has a bit for each");

/* What an option does elsewhere than where the table says it. */
static const struct {
	enum option_id id;
	unsigned by;
	char help[56];
} elsewhere[] = {
	{OPT_PORT, BY_IMPORT | BY_FRAME_DECODE | BY_VIEW, "the device's port in a capture"},
	{OPT_IDLE_LIMIT, BY_TAP, "udp: forget a program that is silent this long (1m)"},
	{OPT_TIMING, BY_IMPORT, "the pauses, too, as .wait"},
	{OPT_HEX, BY_FRAME_DECODE, "standard input is hex"},
	{OPT_DEVICE, BY_SIMULATE, "which of the file's devices to be"},
	{OPT_CHECK, BY_SIMULATE, "report what the file does not have, and exit with 1"},
	{OPT_YES, BY_PLAY, "do not ask at .confirm, nor before --accept writes"},
};

bool options_log(const struct options *o)
{
	return o->log || o->capture;
}

const struct option *option_at(size_t index)
{
	return index < OPT_COUNT ? &table[index] : NULL;
}

bool option_hidden(const struct option *option)
{
	return option - table >= OPT_HIDDEN;
}

const char *option_help(size_t index, unsigned by, char names[TABLE_NAMES_MAX])
{
	if (index == OPT_OUTPUT)
		return table_either(output_name, NULL, names);
	by &= table[index].by;
	for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++)
		if (elsewhere[i].id == index && (by & ~elsewhere[i].by) == 0)
			return elsewhere[i].help;
	return table[index].help;
}

static const char *option_name(const void *unused, size_t index)
{
	static const char none[] = ""; /* beside the table; a literal stands pages away */
	(void)unused;
	bool found = index < OPT_HIDDEN && index != OPT_ASK;
	return index < OPT_COUNT ? found ? table[index].name : none : NULL;
}

static bool take_one_more(
	enum option_id id, const char *value, struct option_list *list, struct error *err)
{
	if (list->count == OPTIONS_SET_MAX)
		return error_set(err, STATUS_USAGE, "at most %d times --%s", OPTIONS_SET_MAX,
			table[id].name);
	list->at[list->count++] = value;
	return true;
}

/* Returns where the text of an option is kept that whoever uses it reads; NULL: it is not one. */
static const char **text_of(enum option_id id, struct options *o)
{
	const char **const texts[OPT_COUNT] = {[OPT_FRAME] = &o->frame,
		[OPT_RECORD] = &o->record,
		[OPT_FILE] = &o->file,
		[OPT_STREAM] = &o->stream,
		[OPT_IDLE_LIMIT] = &o->idle_limit,
		[OPT_SEED] = &o->seed,
		[OPT_ASK] = &o->ask,
		[OPT_TIMEOUT] = &o->timeout,
		[OPT_INVENTORY] = &o->inventory,
		[OPT_PLAY] = &o->play,
		[OPT_LIMIT] = &o->limit,
		[OPT_PER_GATEWAY] = &o->per_gateway,
		[OPT_CANARY] = &o->canary,
		[OPT_STOP_AFTER] = &o->stop_after,
		[OPT_GROUP_BY] = &o->group_by,
		[OPT_IGNORE] = &o->ignore,
		[OPT_BASELINE] = &o->baseline,
		[OPT_RATE] = &o->rate,
		[OPT_EVERY] = &o->every,
		[OPT_FAILED] = &o->failed,
		[OPT_REPORT_TAP] = &o->report_tap,
		[OPT_REPORT_JUNIT] = &o->report_junit,
		[OPT_VARS_FILE] = &o->vars_file};
	return texts[id];
}

/* Returns the list of an option that may be given several times; NULL: it is not one. */
static struct option_list *list_of(enum option_id id, struct options *o)
{
	struct option_list *const lists[OPT_COUNT] = {[OPT_SET] = &o->set,
		[OPT_DEVICE] = &o->devices,
		[OPT_VAR] = &o->vars,
		[OPT_FAULT] = &o->faults,
		[OPT_TOWARD] = &o->toward};
	return lists[id];
}

static bool take_number(
	enum option_id id, const char *value, uint32_t most, uint32_t *number, struct error *err)
{
	uint64_t read;
	if (!number_parse(slice_str(value), table[id].name, 1, most, &read, err))
		return false;
	*number = (uint32_t)read;
	return true;
}

static bool take_port(const char *value, struct options *o, struct error *err)
{
	uint64_t number;
	if (!number_parse(slice_str(value), "the port", 1, 65535, &number, err))
		return false;
	o->port = (uint16_t)number;
	return true;
}

static bool take_log(enum option_id id, const char *value, struct options *o, struct error *err)
{
	const char **name = id == OPT_PCAP ? &o->capture : &o->log;
	if (*name)
		return error_set(err, STATUS_USAGE, "--%s is one file, and is given only once",
			table[id].name);
	*name = value;
	return true;
}

static bool take_value(enum option_id id, const char *value, struct options *o, struct error *err)
{
	const char **text = text_of(id, o);
	struct option_list *list = list_of(id, o);
	if (text) {
		*text = value;
		return true;
	}
	if (list)
		return take_one_more(id, value, list, err);
	switch (id) {
	case OPT_TIMES:
		return take_number(id, value, UINT32_MAX, &o->times, err);
	case OPT_JOBS:
		return take_number(id, value, OPTIONS_JOBS_MAX, &o->jobs, err);
	case OPT_FROM:
		return take_number(id, value, UINT32_MAX, &o->from, err);
	case OPT_TO:
		return take_number(id, value, UINT32_MAX, &o->to, err);
	case OPT_LOG:
	case OPT_PCAP:
		return take_log(id, value, o, err);
	case OPT_PORT:
		return take_port(value, o, err);
	default:
		o->output_said = true;
		o->output = output_parse(slice_str(value), err);
		return o->output;
	}
}

static void take_flag(enum option_id id, struct options *o)
{
	bool *const flags[OPT_COUNT] = {[OPT_DRY_RUN] = &o->dry_run,
		[OPT_TIMING] = &o->timing,
		[OPT_VERBOSE] = &o->verbose,
		[OPT_QUIET] = &o->quiet,
		[OPT_PLAIN] = &o->plain,
		[OPT_TERM] = &o->term,
		[OPT_NO_EXEC] = &o->no_exec,
		[OPT_HEX] = &o->hex,
		[OPT_REPLY] = &o->reply,
		[OPT_COMMAND] = &o->command,
		[OPT_COUNTED] = &o->count,
		[OPT_FORCE] = &o->force,
		[OPT_RAW] = &o->raw,
		[OPT_PROBE] = &o->probe,
		[OPT_KEEP_GOING] = &o->keep_going,
		[OPT_STRICT] = &o->strict,
		[OPT_CHECK_ONLY] = &o->check_only,
		[OPT_ACCEPT] = &o->accept,
		[OPT_CHECK] = &o->check,
		[OPT_ONCE] = &o->once,
		[OPT_STEP] = &o->step,
		[OPT_YES] = &o->yes,
		[OPT_VERSION] = &o->version,
		[OPT_HELP] = &o->help,
		[OPT_DEMO] = &o->demo,
		[OPT_TAP] = &o->tap,
		[OPT_VIEW] = &o->view};
	if (id == OPT_JSON) {
		o->output = &output_json;
		o->output_said = true;
	} else {
		*flags[id] = true;
	}
}

/* Finds an option that is not for users; OPT_COUNT: it is none. */
static int find_hidden(struct slice name)
{
	int i = OPT_HIDDEN;
	while (i < OPT_COUNT && !slice_is(name, table[i].name))
		i++;
	return i;
}

static int find_long(struct slice name, const char *shown, struct error *err)
{
	int hidden = find_hidden(name);
	int found = hidden < OPT_COUNT ? hidden : table_prefix(name, option_name, NULL);
	if (found >= 0)
		return found;
	char list[200];
	const char *near = table_near(name, option_name, NULL);
	if (found == TABLE_AMBIGUOUS)
		error_set(err, STATUS_USAGE, "option %s could be several: %s",
			quote(slice_str(shown)).text,
			table_list(name, option_name, NULL, list, sizeof list));
	else if (near && *near)
		error_set(err, STATUS_USAGE, "no option %s; did you mean --%s?",
			quote(slice_str(shown)).text, near);
	else
		error_set(err, STATUS_USAGE, "no option %s; --help lists the options",
			quote(slice_str(shown)).text);
	return -1;
}

static int find_letter(char letter, struct error *err)
{
	for (int i = 0; i < OPT_COUNT; i++)
		if (table[i].letter && table[i].letter == letter)
			return i;
	error_set(err, STATUS_USAGE, "no option -%s; --help lists the options",
		quote(slice_of(&letter, 1)).text);
	return -1;
}

/* The state of the walk over argv. */
struct option_walk {
	int argc, at;
	char **argv;
	struct options *o;
	const char *first; /* first word so far; NULL: none yet */
};

static bool need_value(
	struct option_walk *w, enum option_id id, const char *inside, struct error *err)
{
	if (!inside && w->at + 1 >= w->argc)
		return error_set(
			err, STATUS_USAGE, "--%s needs %s", table[id].name, table[id].argument);
	return take_value(id, inside ? inside : w->argv[++w->at], w->o, err);
}

/* After `check` --command is the command itself, after `frame decode` a flag. */
static int as_it_stands(int id, const char *first)
{
	return id == OPT_COMMAND && first && strcmp(first, "check") == 0 ? OPT_ASK : id;
}

const struct option *option_awaits(const char *word, const char *first)
{
	struct error unknown;
	int id = -1;
	if (word[0] != '-' || strchr(word, '='))
		return NULL;
	if (word[1] == '-')
		id = as_it_stands(find_long(slice_str(word + 2), word, &unknown), first);
	else /* the first letter that takes a value has the rest of the word, if there is any */
		for (const char *at = word + 1; *at && (id < 0 || !table[id].argument[0]); at++)
			id = find_letter(*at, &unknown), word = at;
	return id >= 0 && table[id].argument[0] && (word[1] == '-' || !word[1]) ? &table[id] : NULL;
}

static bool take_long(struct option_walk *w, const char *arg, struct error *err)
{
	const char *equals = strchr(arg, '=');
	struct slice name =
		slice_of(arg + 2, equals ? (size_t)(equals - arg - 2) : strlen(arg + 2));
	int id = find_long(name, arg, err);
	if (id < 0)
		return false;
	id = as_it_stands(id, w->first);
	w->o->given |= UINT64_C(1) << id;
	if (table[id].argument[0])
		return need_value(w, (enum option_id)id, equals ? equals + 1 : NULL, err);
	if (equals)
		return error_set(err, STATUS_USAGE, "--%s takes no value", table[id].name);
	take_flag((enum option_id)id, w->o);
	return true;
}

static bool take_letters(struct option_walk *w, const char *arg, struct error *err)
{
	for (const char *letter = arg + 1; *letter; letter++) {
		int id = find_letter(*letter, err);
		if (id < 0)
			return false;
		w->o->given |= UINT64_C(1) << id;
		if (table[id].argument[0])
			return need_value(
				w, (enum option_id)id, letter[1] ? letter + 1 : NULL, err);
		take_flag((enum option_id)id, w->o);
	}
	return true;
}

bool options_parse(
	int argc, char **argv, struct options *o, char **words, int *count, struct error *err)
{
	struct option_walk w = {.argc = argc, .at = 1, .argv = argv, .o = o};
	bool words_only = false;
	*o = (struct options){.output = &output_text};
	*count = 0;
	for (; w.at < argc; w.at++) {
		char *arg = argv[w.at];
		w.first = *count ? words[0] : NULL;
		if (words_only || arg[0] != '-' || !arg[1])
			words[(*count)++] = arg;
		else if (strcmp(arg, "--") == 0)
			words_only = true;
		else if (arg[1] == '-' ? !take_long(&w, arg, err) : !take_letters(&w, arg, err))
			return false;
	}
	return true;
}

bool options_idle_limit(const struct options *o, int64_t *limit, struct error *err)
{
	struct slice text = slice_str(o->idle_limit);
	if (!o->idle_limit)
		return true;
	*limit = 0;
	return slice_is(text, "off") ||
	       (duration_parse(text, "--idle-limit", limit, err) &&
		       (*limit > 0 || error_set(err, STATUS_USAGE,
					      "--idle-limit must be more than '%s'; off turns it "
					      "off",
					      quote(text).text)));
}

bool options_seed(const struct options *o, uint64_t *seed, struct error *err)
{
	*seed = 1;
	return !o->seed || number_parse(slice_str(o->seed), "--seed", 0, UINT64_MAX, seed, err);
}
