/* verbs.c - the lines of a macro that are no commands to a device. */
#include "play/play_private.h"

#include "base/escape.h"
#include "base/named.h"
#include "base/number.h"
#include "base/paths.h"
#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>

enum { ARGS_MAX = 16 };

/* Splits the arguments; -1: there are fewer than `least`, or more than `most`. */
static int verb_args(struct play *p, const struct order *o, struct bytes *store, struct slice *args,
	int least, int most, struct error *err)
{
	names_begin(&p->macro->vars->names);
	int count = args_split(o->rest, &p->macro->vars->names, store, args, most, err);
	if (count >= 0 && count < least) {
		error_at(err, 0, o->rest.len, ".%s needs %s", o->verb->name, o->verb->args);
		return -1;
	}
	return count;
}

/* Says whether a value in what was read is known only when the macro runs. */
static bool is_later(const struct play *p)
{
	return p->checking && p->macro->vars->names.later;
}

static bool refuse_later(const struct play *p, const struct order *o, struct error *err)
{
	return !is_later(p) ||
	       error_at(err, 0, o->rest.len,
		       ".%s needs what is known before the first command is sent", o->verb->name);
}

static bool run_named(struct play *p, const struct order *o,
	bool (*run)(struct play *p, struct slice name, struct error *err), struct error *err)
{
	struct slice args[1];
	struct bytes store;
	bytes_init(&store, LIMIT_LINE);
	bool good = verb_args(p, o, &store, args, 1, 1, err) == 1 && refuse_later(p, o, err) &&
		    run(p, args[0], err);
	bytes_free(&store);
	return good;
}

static bool run_open(struct play *p, const struct order *o, struct error *err)
{
	/* Without a name it opens the line of the current device, which happens anyway. */
	return slice_trim(o->rest).len ? run_named(p, o, device_open, err)
				       : device_current(p, err) != NULL;
}

static bool run_use(struct play *p, const struct order *o, struct error *err)
{
	return run_named(p, o, device_use, err);
}

static bool run_device(struct play *p, const struct order *o, struct error *err)
{
	return p->config.host->define(p->config.owner, o->rest, err);
}

static bool run_frame(struct play *p, const struct order *o, struct error *err)
{
	if (!slice_trim(o->rest).len)
		return error_at(err, 0, 0, ".frame needs NAME, NOTATION or NAME = NOTATION");
	return device_frame(p, o->rest, err);
}

static bool run_set(struct play *p, const struct order *o, struct error *err)
{
	struct bytes text;
	bytes_init(&text, LIMIT_LINE);
	struct names *names = &p->macro->vars->names;
	names_begin(names);
	bool good = named_text(slice_trim(o->rest), names, &text, err) &&
		    (is_later(p) || device_set(p, bytes_slice(&text), err));
	bytes_free(&text);
	return good;
}

static bool run_note(struct play *p, const struct order *o, struct error *err)
{
	struct slice text = slice_trim(o->rest);
	struct bytes said;
	if (!text.len)
		return error_at(err, 0, 0, ".note needs a text");
	bytes_init(&said, LIMIT_LINE);
	bool good = named_text(text, &p->macro->vars->names, &said, err);
	if (good && !p->checking)
		play_note(p, NULL, false, bytes_slice(&said));
	bytes_free(&said);
	return good;
}

/* Says whether the command line gave the variable of a file that it names a value, which wins. */
static bool is_given(const struct play *p, struct slice name)
{
	for (size_t i = 0; i < p->config.var_count && !p->macro->caller; i++) {
		struct slice pair = slice_str(p->config.vars[i]);
		if (pair.len > name.len && pair.at[name.len] == '=' && slice_starts(pair, name))
			return true;
	}
	return false;
}

static bool run_let(struct play *p, const struct order *o, struct error *err)
{
	struct variables *v = p->macro->vars;
	struct slice rest = o->rest, name = slice_word(&rest), text = slice_trim(rest);
	struct bytes value;
	if (!name.len)
		return error_at(err, 0, 0, ".let needs NAME VALUE, such as .let speed 100");
	size_t at = (size_t)(name.at - o->rest.at);
	if (!variables_name_is_good(name, play_reading(p).frame, err)) {
		err->column += at;
		return false;
	}
	bytes_init(&value, LIMIT_LINE);
	names_begin(&v->names);
	bool good = escape_typed(text, CHARSET_UTF8, &v->names, &value, err);
	if (!good)
		err->column += text.len ? (size_t)(text.at - o->rest.at) : 0;
	else if (!is_given(p, name))
		good = is_later(p) ? variables_set_later(v, name, err)
				   : variables_set(v, name, bytes_slice(&value), err);
	bytes_free(&value);
	return good;
}

static bool run_retry(struct play *p, const struct order *o, struct error *err)
{
	struct slice args[2];
	struct bytes store;
	struct retry retry = {.line = source_here(p->macro->source).line};
	bytes_init(&store, LIMIT_LINE);
	int count = verb_args(p, o, &store, args, 2, 2, err);
	bool good = count == 2;
	if (good && !is_later(p))
		good = number_parse(args[0], "how often", 1, UINT32_MAX, &retry.times, err) &&
		       duration_parse(args[1], ".retry", &retry.pause, err);
	bytes_free(&store);
	p->retry = retry;
	return good;
}

static bool call(struct play *p, const struct order *o, bool included, int most, struct error *err)
{
	struct slice args[ARGS_MAX];
	struct bytes store;
	bytes_init(&store, LIMIT_LINE);
	int count = verb_args(p, o, &store, args, 1, most, err);
	bool later = is_later(p);
	bool good = count > 0 && (args[0].len || refuse_later(p, o, err)) &&
		    macro_call(p, args[0], included, args + 1, count - 1, later, err);
	bytes_free(&store);
	return good;
}

static bool run_play(struct play *p, const struct order *o, struct error *err)
{
	return call(p, o, false, ARGS_MAX, err);
}

static bool run_include(struct play *p, const struct order *o, struct error *err)
{
	return call(p, o, true, 1, err);
}

static const char *why_nobody(const struct play *p)
{
	if (p->config.flags & PLAY_TOGETHER)
		return ".confirm asks nobody while several macros run (-j): it needs --yes";
	if (p->config.flags & PLAY_LOGIN)
		return "a login asks nobody, so .confirm has no place in it";
	if (p->config.host->session)
		return ".confirm needs a person in the console, or wilco play --yes";
	return ".confirm needs a person at a terminal, or --yes";
}

/* Asks; false: err says that there is nobody. */
static bool ask(struct play *p, struct slice question, struct error *err)
{
	const struct play_events *events = p->config.events;
	if (p->config.flags & PLAY_YES)
		return true;
	if (!events->confirm && !events->question)
		return error_set(err, STATUS_USAGE, "%s", why_nobody(p));
	if (p->checking)
		return true;
	p->asked = events->question != NULL;
	if (p->asked)
		events->question(p->config.owner, question);
	else
		p->stopped = !events->confirm(p->config.owner, question);
	return true;
}

static enum went run_confirm(struct play *p, const struct order *o, struct error *err)
{
	struct slice text = slice_trim(o->rest);
	struct bytes question;
	bytes_init(&question, LIMIT_LINE);
	bool good = (text.len || error_at(err, 0, 0, ".confirm needs the question")) &&
		    named_text(text, &p->macro->vars->names, &question, err) &&
		    ask(p, bytes_slice(&question), err);
	bytes_free(&question);
	if (p->stopped)
		play_end(p, STATUS_INTERRUPT);
	if (!good)
		play_place(o, err);
	return !good ? WENT_WRONG : p->asked ? WENT_WAITS : WENT_ON;
}

static bool run_log(struct play *p, const struct order *o, struct error *err)
{
	struct slice name = slice_trim(o->rest);
	bool off = slice_is(name, "off");
	if (!name.len)
		return error_at(err, 0, 0, ".log needs FILE or off");
	if (!device_current(p, err) || p->checking)
		return p->current != NULL;
	char *path = off ? NULL : path_named(name);
	bool good = session_log(p->current->session, path, NULL, err);
	free(path);
	return good;
}

static bool run_break(struct play *p, const struct order *o, struct error *err)
{
	int64_t ns = 250ll * NS_PER_MS;
	struct slice text = slice_trim(o->rest);
	if ((text.len && !duration_parse(text, ".break", &ns, err)) || !device_current(p, err))
		return false;
	return p->checking || session_break(p->current->session, ns, err);
}

/* What a verb does in a macro.  The verbs that may stand there and are not here do nothing. */
static const struct verb_run {
	const char *name;
	bool (*run)(struct play *p, const struct order *o, struct error *err);
} runs[] = {
	{"break", run_break},
	{"device", run_device},
	{"frame", run_frame},
	{"include", run_include},
	{"let", run_let},
	{"log", run_log},
	{"note", run_note},
	{"open", run_open},
	{"play", run_play},
	{"retry", run_retry},
	{"set", run_set},
	{"use", run_use},
	{"when", when_begin},
};

/* Those that go to another line, or wait. */
static const struct verb_walk {
	const char *name;
	enum went (*run)(struct play *p, const struct order *o, struct error *err);
} walks[] = {{"confirm", run_confirm}, {"end", lines_end}, {"every", lines_every},
	{"repeat", lines_repeat}};

/* Those that belong to the command above them. */
static const struct verb_below {
	char name[12];
	enum block_kind kind;
} below[] = {{"capture", BLOCK_CAPTURE}, {"delay", BLOCK_DELAY}, {"expect", BLOCK_EXPECT},
	{"expect-not", BLOCK_EXPECT_NOT}, {"wait", BLOCK_WAIT}, {"within", BLOCK_WITHIN}};

bool verbs_in_block(const struct order *o, enum block_kind *kind)
{
	if (o->kind == ORDER_SEND) {
		*kind = BLOCK_NOW;
		return o->now;
	}
	for (size_t i = 0; o->verb && i < sizeof below / sizeof below[0]; i++)
		if (strcmp(below[i].name, o->verb->name) == 0) {
			*kind = below[i].kind;
			return true;
		}
	return false;
}

static enum went refuse_alone(const struct order *o, struct error *err)
{
	error_at(err, 0, strlen(o->verb->name) + 1, ".%s has no command above it", o->verb->name);
	return WENT_WRONG;
}

/* Says whether a line does something that is left out beyond --from and --to. */
static bool acts_outside(const char *name)
{
	static const char names[][8] = {"break", "confirm", "note", "play", "retry"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

enum went verbs_run(struct play *p, const struct order *o, struct error *err)
{
	enum block_kind kind;
	const char *name = o->verb->name;
	if (acts_outside(name) && play_passes(p, source_here(p->macro->source).line))
		return WENT_ON;
	for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++)
		if (strcmp(runs[i].name, name) == 0) {
			bool good = runs[i].run(p, o, err) || play_place(o, err);
			return good ? WENT_ON : WENT_WRONG;
		}
	for (size_t i = 0; i < sizeof walks / sizeof walks[0]; i++)
		if (strcmp(walks[i].name, name) == 0)
			return walks[i].run(p, o, err);
	return verbs_in_block(o, &kind) && !p->skipping ? refuse_alone(o, err) : WENT_ON;
}
