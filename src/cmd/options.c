/* options.c - see options.h. */
#include "cmd/options.h"

#include "base/number.h"
#include "base/table.h"
#include "base/text.h"
#include <stdio.h>

enum option_id {
	OPT_FRAME,
	OPT_PORT,
	OPT_TIMEOUT,
	OPT_OUTPUT,
	OPT_JSON,
	OPT_LOG,
	OPT_PCAP,
	OPT_RECORD,
	OPT_TIMING,
	OPT_DRY_RUN,
	OPT_VERBOSE,
	OPT_QUIET,
	OPT_PLAIN,
	OPT_NO_EXEC,
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
	OPT_DEMO,
	OPT_COUNT
};

static const struct {
	const char *name;
	char letter;
	const char *argument; /* NULL: the option takes none */
	const char *help;     /* NULL: the option is not for users */
} table[OPT_COUNT] = {
	[OPT_FRAME] = {"frame", 'f', "NAME|NOTATION", "the frame around commands and replies"},
	[OPT_PORT] = {"port", 'p', "N", "the port, for addresses that name none (9100)"},
	[OPT_TIMEOUT] = {"timeout", 't', "DURATION", "how long to wait for a reply (5s)"},
	[OPT_OUTPUT] = {"output", 'o', "FORMAT", ""},
	[OPT_JSON] = {"json", 0, NULL, "the same as --output json"},
	[OPT_LOG] = {"log", 0, "FILE", "write all that is sent and received to FILE"},
	[OPT_PCAP] = {"pcap", 0, "FILE", "the same as a capture, for Wireshark"},
	[OPT_RECORD] = {"record", 0, "FILE",
		"send, play, tap: write commands and replies to a new macro"},
	[OPT_TIMING] = {"timing", 0, NULL, "with --record, and import: the pauses, too, as .wait"},
	[OPT_DRY_RUN] = {"dry-run", 0, NULL, "print the bytes that would be sent, send nothing"},
	[OPT_VERBOSE] = {"verbose", 'v', NULL, "say what happens on the line"},
	[OPT_QUIET] = {"quiet", 'q', NULL, "no notes on standard error"},
	[OPT_PLAIN] = {"plain", 0, NULL, "no colours and no control of the cursor"},
	[OPT_NO_EXEC] = {"no-exec", 0, NULL, "refuse addresses that run a command (exec:, via=)"},
	[OPT_HEX] = {"hex", 0, NULL, "frame: payloads, or standard input, are hex"},
	[OPT_SET] = {"set", 0, "FIELD=VALUE", "frame: a field's value; may be repeated"},
	[OPT_REPLY] = {"reply", 0, NULL, "frame encode: as the device"},
	[OPT_COMMAND] = {"command", 0, NULL, "frame decode: commands, not replies"},
	[OPT_COUNTED] = {"count", 0, NULL, "frame decode: only count"},
	[OPT_FORCE] = {"force", 0, NULL, "frame encode: even what the frame cannot carry"},
	[OPT_RAW] = {"raw", 0, NULL, "frame decode: a capture is bytes like any other"},
	[OPT_STREAM] = {"stream", 0, "N|all", "import: one of the streams of FILE, or all"},
	[OPT_IDLE_LIMIT] = {"idle-limit", 0, "DURATION|off",
		"simulate: close a client that is silent this long (10m)"},
	[OPT_SEED] = {"seed", 0, "N", "simulate, tap: which faults happen at random (1)"},
	[OPT_FAULT] = {"fault", 0, "'KIND [ARG] [P%]'",
		"tap: what goes wrong, as .fault has it; may be repeated"},
	[OPT_TOWARD] = {"toward", 0, "program|device",
		"tap: with frames of which direction; one for all, or for each --fault"},
	[OPT_PROBE] = {"probe", 0, NULL, "check: find out how the device wants to be spoken to"},
	[OPT_ASK] = {"command", 0, "TEXT", "check --probe: what to send; without it, only listen"},
	[OPT_DEVICE] = {"device", 0, "[NAME=]ADDRESS",
		"play: instead of the file's; simulate: which of the file's"},
	[OPT_VAR] = {"var", 0, "NAME=VALUE",
		"play: a value for \\{NAME}; NAME may be an argument's number"},
	[OPT_ACCEPT] = {"accept", 0, NULL, "play: write the replies that came into the macros"},
	[OPT_REPORT_TAP] = {"report-tap", 0, "FILE|-", "play: write a report in TAP"},
	[OPT_REPORT_JUNIT] = {"report-junit", 0, "FILE|-", "play: write a report as JUnit's XML"},
	[OPT_VARS_FILE] = {"vars-file", 0, "FILE", "play: lines NAME=VALUE"},
	[OPT_STEP] = {"step", 0, NULL, "play: ask before each step"},
	[OPT_TIMES] = {"times", 0, "N", "play: play each file so often"},
	[OPT_JOBS] = {"jobs", 'j', "N", "play: so many files at the same time"},
	[OPT_FROM] = {"from", 0, "LINE", "play: send nothing of the lines before this one"},
	[OPT_TO] = {"to", 0, "LINE", "play: nor of those behind this one"},
	[OPT_KEEP_GOING] = {"keep-going", 0, NULL, "play: go on after a step that does not hold"},
	[OPT_STRICT] = {"strict", 0, NULL, "play: what comes and is not listed is a difference"},
	[OPT_CHECK_ONLY] = {"check-only", 0, NULL, "play: only check the files"},
	[OPT_CHECK] = {"check", 0, NULL, "fmt: change nothing, and say what would change"},
	[OPT_INVENTORY] = {"inventory", 0, "FILE|-",
		"fleet: TARGETS is a pattern for this JSON of Ansible's"},
	[OPT_PLAY] = {"play", 0, "MACRO", "fleet: play a macro with each device"},
	[OPT_LIMIT] = {"limit", 0, "N", "fleet: devices at a time (as many as there may be)"},
	[OPT_RATE] = {"rate", 0, "N/s", "fleet: devices that are begun in a second"},
	[OPT_PER_GATEWAY] = {"per-gateway", 0, "N",
		"fleet: devices at a time that share an address"},
	[OPT_CANARY] = {"canary", 0, "N", "fleet: the first N alone, the others if all is well"},
	[OPT_STOP_AFTER] = {"stop-after", 0, "N|P%", "fleet: begin no more when so many failed"},
	[OPT_GROUP_BY] = {"group-by", 0, "/RE/", "fleet: compare only what this finds"},
	[OPT_IGNORE] = {"ignore", 0, "/RE/", "fleet: do not compare what this finds"},
	[OPT_BASELINE] = {"baseline", 0, "FILE", "fleet: compare with this output of --json"},
	[OPT_EVERY] = {"every", 0, "DURATION", "fleet: again and again, sessions stay open"},
	[OPT_FAILED] = {"failed", 0, "FILE", "fleet: write the targets that failed to FILE"},
	[OPT_YES] = {"yes", 0, NULL,
		"do not ask: fleet, before many devices get a command; play, at .confirm"},
	[OPT_VERSION] = {"version", 0, NULL, "print the version"},
	[OPT_HELP] = {"help", 'h', NULL, "print this"},
	[OPT_DEMO] = {"demo", 0, NULL, NULL},
};

static const char *option_name(const void *unused, size_t index)
{
	(void)unused;
	bool found = index < OPT_COUNT && table[index].help && index != OPT_ASK;
	return index < OPT_COUNT ? found ? table[index].name : "" : NULL;
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
		[OPT_FAILED] = &o->failed};
	return texts[id];
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

static bool take_value(enum option_id id, const char *value, struct options *o, struct error *err)
{
	const char **text = text_of(id, o);
	uint64_t number;
	if (text) {
		*text = value;
		return true;
	}
	switch (id) {
	case OPT_SET:
		return take_one_more(id, value, &o->set, err);
	case OPT_DEVICE:
		return take_one_more(id, value, &o->devices, err);
	case OPT_VAR:
		return take_one_more(id, value, &o->vars, err);
	case OPT_FAULT:
		return take_one_more(id, value, &o->faults, err);
	case OPT_TOWARD:
		return take_one_more(id, value, &o->toward, err);
	case OPT_REPORT_TAP:
		o->report_tap = value;
		return true;
	case OPT_REPORT_JUNIT:
		o->report_junit = value;
		return true;
	case OPT_TIMES:
		return take_number(id, value, UINT32_MAX, &o->times, err);
	case OPT_JOBS:
		return take_number(id, value, OPTIONS_JOBS_MAX, &o->jobs, err);
	case OPT_FROM:
		return take_number(id, value, UINT32_MAX, &o->from, err);
	case OPT_TO:
		return take_number(id, value, UINT32_MAX, &o->to, err);
	case OPT_VARS_FILE:
		o->vars_file = value;
		return true;
	case OPT_LOG:
	case OPT_PCAP:
		if (o->log)
			return error_set(
				err, STATUS_USAGE, "one file: either --log or --pcap, once");
		o->log = value;
		o->capture = id == OPT_PCAP;
		return true;
	case OPT_PORT:
		if (!number_parse(slice_str(value), "the port", 1, 65535, &number, err))
			return false;
		o->port = (uint16_t)number;
		return true;
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
		[OPT_STEP] = &o->step,
		[OPT_YES] = &o->yes,
		[OPT_VERSION] = &o->version,
		[OPT_HELP] = &o->help,
		[OPT_DEMO] = &o->demo};
	if (id == OPT_JSON) {
		o->output = &output_json;
		o->output_said = true;
	} else {
		*flags[id] = true;
	}
}

static int find_long(struct slice name, const char *shown, struct error *err)
{
	int found = slice_is(name, "demo") ? OPT_DEMO : table_prefix(name, option_name, NULL);
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

static bool take_long(struct option_walk *w, const char *arg, struct error *err)
{
	const char *equals = strchr(arg, '=');
	struct slice name =
		slice_of(arg + 2, equals ? (size_t)(equals - arg - 2) : strlen(arg + 2));
	int id = find_long(name, arg, err);
	if (id < 0)
		return false;
	/* After `check` it is the command itself, after `frame decode` a flag. */
	if (id == OPT_COMMAND && w->first && strcmp(w->first, "check") == 0)
		id = OPT_ASK;
	if (table[id].argument)
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
		if (table[id].argument)
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

bool options_seed(const struct options *o, uint64_t *seed, struct error *err)
{
	*seed = 1;
	return !o->seed || number_parse(slice_str(o->seed), "--seed", 0, UINT64_MAX, seed, err);
}

void options_help(struct bytes *out)
{
	for (size_t i = 0; i < OPT_COUNT; i++) {
		char left[64], letter[5] = "    ", names[TABLE_NAMES_MAX];
		if (!table[i].help)
			continue;
		if (table[i].letter)
			snprintf(letter, sizeof letter, "-%c, ", table[i].letter);
		snprintf(left, sizeof left, "%s--%s%s%s", letter, table[i].name,
			table[i].argument ? " " : "", table[i].argument ? table[i].argument : "");
		bytes_addf(out, "  %-30s %s\n", left,
			i == OPT_OUTPUT ? table_either(output_name, NULL, names) : table[i].help);
	}
}
