/* play.c - wilco play MACRO... [DEVICE]: plays macros and says what differs. */
#include "cli/playing.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/paste.h"
#include "base/paths.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/differ.h"
#include "cli/out.h"
#include "cli/record.h"
#include "cmd/recorder.h"
#include "play/macros.h"
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

void playing_raise(struct playing *a, enum status status)
{
	if (status > a->status)
		a->status = status;
}

/* ---- what is printed ---- */

/* Spells "ok FILE:", which is mostly that of the step before. */
static struct slice held_head(const char *file)
{
	static struct bytes head;
	static char *of;
	if (of && strcmp(of, file) == 0)
		return bytes_slice(&head);
	free(of);
	of = mem_str(file);
	bytes_free(&head);
	bytes_init(&head, LIMIT_MESSAGE);
	bytes_add_str(&head, "ok ");
	text_add(&head, slice_str(file), TEXT_PLAIN | out_spelling());
	bytes_add_byte(&head, ':');
	return bytes_slice(&head);
}

/* Writes the number and a blank in front of `end`, and returns where they begin. */
static char *number_before(char *end, unsigned number)
{
	*--end = ' ';
	do
		*--end = (char)('0' + number % 10);
	while (number /= 10);
	return end;
}

/* Prints a step that holds; false: it is too long, or has to be spelled.  Long macros have many. */
static bool print_short(const struct step_result *r)
{
	MEM_UNSET char line[512], number[16];
	struct slice head = held_head(r->file);
	char *at = line, *digits = number_before(number + sizeof number, r->line);
	size_t digits_len = (size_t)(number + sizeof number - digits);
	if (head.len + r->command.len + sizeof number + 1 > sizeof line ||
		!text_stays(r->command, TEXT_PLAIN))
		return false;
	memcpy(at, head.at, head.len);
	at += head.len;
	memcpy(at, digits, digits_len);
	at += digits_len;
	memcpy(at, r->command.at, r->command.len);
	at += r->command.len;
	*at++ = '\n';
	out_write(slice_of(line, (size_t)(at - line)));
	return true;
}

static void print_step(const struct output *output, const void *arg)
{
	const struct step_result *r = arg;
	struct bytes *out = out_begin();
	char took[DURATION_TEXT_MAX];
	(void)output;
	if (!r->status && !out_by_line() && print_short(r))
		return;
	bytes_add_str(out, r->status ? "not " : "");
	bytes_add(out, held_head(r->file));
	bytes_addf(out, "%u ", r->line);
	text_add(out, r->command, TEXT_PLAIN | out_spelling());
	if (out_by_line()) /* somebody looks on */
		bytes_addf(out, "  %s", duration_text(r->elapsed, took));
	out_end();
	differ_print(r);
}

static void playing_on_begin(void *owner, const struct step_result *r)
{
	struct playing *a = owner;
	progress_step(&a->progress, a->cli, r);
}

static void playing_on_planned(void *owner, const struct step_result *r)
{
	struct playing *a = owner;
	progress_planned(&a->progress);
	reports_planned(a->reports, r);
}

static void playing_on_step(void *owner, const struct step_result *r)
{
	struct playing *a = owner;
	out_to(a->spool);
	cli_row_end();
	reports_step(a->reports, r);
	if (a->accept)
		accept_step(a->accept, r);
	a->stopped |= r->status && !a->cli->options.keep_going && !a->cli->options.accept;
	if (a->silent)
		return;
	if (out_objects()) {
		out_step(r, 0);
		return;
	}
	out_result(&(struct result){print_step, NULL, r});
	if (!r->expects)
		out_exchange(r->session, r->exchange, a->cli->options.quiet, false);
	else if (r->status && exchange_failed(r->exchange))
		out_failure(r->session, r->exchange);
}

static void playing_on_unasked(
	void *owner, struct session *s, const struct exchange *x, bool listed)
{
	struct playing *a = owner;
	out_to(a->spool);
	cli_row_end();
	if (x->lost)
		playing_raise(a, STATUS_DAMAGED);
	if ((!listed || out_objects()) && !a->silent)
		out_exchange(s, x, a->cli->options.quiet, false);
}

static bool playing_on_exchange(void *owner, struct session *s, struct exchange *x)
{
	struct playing *a = owner;
	playing_raise(a, cli_record(&a->recorder, s, x));
	return false;
}

/* ---- questions ---- */

static bool playing_confirm(void *owner, struct slice question)
{
	struct bytes text, answer;
	(void)owner;
	bytes_init(&text, LIMIT_LINE + 8);
	bytes_init(&answer, LIMIT_LINE);
	bytes_add(&text, question);
	bytes_add_str(&text, " [y/N]");
	bool yes = cli_ask(bytes_slice(&text), &answer) && answer.len && (answer.at[0] | 32) == 'y';
	bytes_free(&text);
	bytes_free(&answer);
	return yes;
}

/* Asks for an argument that is missing. */
enum name_is playing_ask(
	void *owner, struct slice name, bool secret, struct bytes *out, struct error *err)
{
	struct bytes text;
	(void)owner;
	if (secret)
		return secret_get(name, out, err);
	if (!cli_can_ask())
		return NAME_UNKNOWN;
	bytes_init(&text, LIMIT_MESSAGE);
	bytes_addf(&text, "argument %s:", quote(name).text);
	bool good = cli_ask(bytes_slice(&text), out);
	bytes_free(&text);
	return good ? NAME_KNOWN : NAME_UNKNOWN;
}

static void playing_on_wire(
	void *owner, const struct session *s, const struct order *o, struct slice wire)
{
	const struct playing *a = owner;
	out_to(a->spool);
	out_wire(s, o, wire, false);
}

static void record_note(struct playing *a, struct slice text)
{
	struct bytes safe;
	struct error err;
	bytes_init(&safe, LIMIT_LINE * TEXT_MOST);
	text_add(&safe, text, TEXT_PLAIN);
	if (!recorder_note(a->recorder, bytes_slice(&safe), &err)) {
		playing_raise(a, cli_error(&err, SLICE("")));
		playing_raise(a, cli_record_end(&a->recorder));
	}
	bytes_free(&safe);
}

static void playing_on_note(void *owner, const struct session *s, bool warning, struct slice text)
{
	struct playing *a = owner;
	(void)warning;
	out_to(a->spool);
	cli_row_end();
	if (!s && a->recorder)
		record_note(a, text);
	if (s)
		cli_note(a->cli, "%s: %.*s", session_name(s), SLICE_ARG(text));
	else
		cli_note(a->cli, "%.*s", SLICE_ARG(text));
}

static void playing_on_failed(void *owner, enum status status, struct bytes *shown)
{
	struct playing *a = owner;
	out_to(a->spool);
	cli_row_end();
	a->stopped = true;
	reports_failed(a->reports, bytes_shown(shown));
	playing_raise(a, cli_shown(shown, status));
}

static void playing_on_end(void *owner, enum status status)
{
	struct playing *a = owner;
	cli_row_end();
	playing_raise(a, status);
	a->over = true;
	if (a->running) /* the next run would end at once */
		loop_stop(a->cli->loop);
}

static const struct play_events playing_events = {
	.planned = playing_on_planned,
	.step = playing_on_step,
	.unasked = playing_on_unasked,
	.exchange = playing_on_exchange,
	.wire = playing_on_wire,
	.note = playing_on_note,
	.failed = playing_on_failed,
	.ended = playing_on_end,
};

/* ---- devices ---- */

static bool playing_target(void *owner, struct slice name, const char *instead, struct target *t,
	struct slice *wrong, struct error *err)
{
	const struct playing *a = owner;
	const struct context *c = &a->context;
	struct slice place = instead     ? slice_str(instead)
			     : name.len  ? name
			     : c->device ? slice_str(c->device)
					 : SLICE("");
	if (!place.len)
		return error_set(err, STATUS_USAGE,
			"no device is open: .open above this line, or --device ADDRESS");
	return context_target_at(c, name, place, NAMED_BY_ARGUMENT, t, wrong, err);
}

static bool playing_define(void *owner, struct slice line, struct error *err)
{
	struct playing *a = owner;
	return devices_define(&a->context.devices, line, err);
}

static const struct play_host playing_host = {.target = playing_target, .define = playing_define};

void playing_begin_context(struct playing *a)
{
	a->context = *a->cli->context;
	a->context.book = frame_book_over(a->cli->context->book);
	a->context.devices = (struct devices){.below = &a->cli->context->devices};
}

void playing_end_context(struct playing *a)
{
	frame_book_free(a->context.book);
	devices_free(&a->context.devices);
}

/* ---- the macros ---- */

/* Returns the path of a macro: a file, or one of the folder of macros. */
char *cli_macro_path(const char *word)
{
	char *path = NULL;
	if (!strchr(word, '/') && access(word, F_OK) != 0 && strcmp(word, "-") != 0)
		path = macros_find(slice_str(word));
	return path ? path : mem_str(word);
}

static bool is_macro(const char *word)
{
	char *path = cli_macro_path(word);
	bool found = strcmp(path, "-") == 0 || access(path, F_OK) == 0;
	free(path);
	return found;
}

/* Says how many steps held; whoever reads JSON counts objects. */
static void say_counts(const struct playing *a, const char *word)
{
	struct bytes said;
	bytes_init(&said, LIMIT_MESSAGE);
	if (play_summary(a->play, &said)) {
		out_flush();
		cli_note(a->cli, "%s: %s", paste(slice_str(word)).text, bytes_str(&said));
	}
	bytes_free(&said);
}

static unsigned playing_flags(const struct options *o)
{
	return (o->keep_going || o->accept ? PLAY_KEEP_GOING : 0u) |
	       (o->strict ? PLAY_STRICT : 0u) | (o->check_only ? PLAY_CHECK : 0u) |
	       (o->dry_run ? PLAY_DRY : 0u) | (o->frame ? PLAY_FRAMED : 0u) |
	       (o->step ? PLAY_STEPS : 0u) | (o->yes ? PLAY_YES : 0u) |
	       (o->verbose ? PLAY_VERBOSE : 0u) | (o->jobs > 1 ? PLAY_TOGETHER : 0u) | PLAY_STREAM;
}

struct play *playing_open(struct playing *a, const char *path, const struct play_events *events,
	variables_ask *ask, unsigned flags, struct error *err)
{
	const struct options *o = &a->cli->options;
	const struct play_config config = {.loop = a->cli->loop,
		.book = a->context.book,
		.verbs = verbs,
		.said = &a->cli->context->said,
		.instead = a->instead,
		.instead_count = a->instead_count,
		.vars = a->vars,
		.var_count = a->var_count,
		.flags = playing_flags(o) | flags,
		.from = o->from,
		.to = o->to,
		.ask = ask,
		.host = &playing_host,
		.events = events,
		.owner = a};
	return play_new(&config, path, err);
}

/* Chooses what is told of this macro. */
static void choose_events(struct playing *a, struct play_events *events)
{
	*events = playing_events;
	if (cli_can_ask() && !a->jobs)
		events->confirm = playing_confirm;
	progress_begin(&a->progress, a->cli);
	a->progress.on &= !a->jobs;
	if (a->progress.on)
		events->begins = playing_on_begin;
	else if (!reports_any(a->reports))
		events->planned = NULL;
}

void playing_start(struct playing *a, const char *word)
{
	struct error err;
	playing_begin_context(a);
	choose_events(a, &a->events);
	char *path = cli_macro_path(word);
	a->play = playing_open(a, path, &a->events, a->jobs ? NULL : playing_ask, 0, &err);
	a->over = a->stopped = false;
	reports_macro(a->reports, path);
	a->accept = a->cli->options.accept ? accept_new(path) : NULL;
	free(path);
	if (a->play) {
		play_go(a->play);
		return;
	}
	out_to(a->spool);
	reports_failed(a->reports, slice_str(err.what));
	playing_raise(a, cli_error(&err, SLICE("")));
	a->over = true;
}

void playing_finish(struct playing *a, const char *word)
{
	out_to(a->spool);
	if (a->play)
		say_counts(a, word);
	reports_macro_over(a->reports, a->stopped || cli_signalled());
	if (a->accept && !cli_signalled())
		playing_raise(a, accept_over(a->accept, a->cli));
	accept_free(a->accept);
	a->accept = NULL;
	play_free(a->play);
	a->play = NULL;
	playing_end_context(a);
}

static void play_one(struct playing *a, const char *word)
{
	playing_start(a, word);
	a->running = true;
	if (!a->over)
		loop_run(a->cli->loop);
	a->running = false;
	playing_finish(a, word);
}

static void playing_on_signal(void *arg)
{
	struct playing *a = arg;
	if (a->jobs)
		jobs_stop(a->jobs);
	else if (a->play)
		play_stop(a->play);
}

/* Keeps the lines NAME=VALUE of --vars-file; those of --var win, because they come later. */
static bool read_vars(struct playing *a, struct bytes *file, struct error *err)
{
	const char *path = a->cli->options.vars_file;
	struct slice rest, line;
	int found = path ? path_read(path, PATH_STREAM, LIMIT_FILE, file, err) : 1;
	if (found == 0)
		error_set(err, STATUS_USAGE, "no file %s", quote(slice_str(path)).text);
	if (found <= 0)
		return false;
	for (rest = bytes_slice(file); slice_line(&rest, &line);) {
		line = slice_trim(line);
		if (!line.len || line.at[0] == '#')
			continue;
		a->vars = mem_grow(a->vars, a->var_count + 1, sizeof(const char *));
		a->vars[a->var_count++] = mem_strn(line.at, line.len);
	}
	return true;
}

static bool take_vars(struct playing *a, struct error *err)
{
	const struct option_list *said = &a->cli->options.vars;
	struct bytes file;
	bytes_init(&file, LIMIT_FILE + 1);
	bool good = read_vars(a, &file, err);
	for (size_t i = 0; i < said->count; i++) {
		a->vars = mem_grow(a->vars, a->var_count + 1, sizeof(const char *));
		a->vars[a->var_count++] = mem_str(said->at[i]);
	}
	bytes_free(&file);
	return good;
}

/* Takes --device, and a last word that is no macro; returns the number of macros. */
static int take_devices(struct playing *a)
{
	struct cli *cli = a->cli;
	const struct option_list *said = &cli->options.devices;
	int count = cli->count;
	a->instead = mem_new((said->count + 1) * sizeof *a->instead);
	for (size_t i = 0; i < said->count; i++)
		a->instead[a->instead_count++] = said->at[i];
	if (!said->count && count > 1 && !is_macro(cli->words[count - 1]))
		a->instead[a->instead_count++] = cli->words[--count];
	return count;
}

static int is_macro_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && slice_ends(slice_str(entry->d_name), SLICE(".wilco"));
}

/* Says whether no other macro may follow: a person or a signal ended it, or nothing can be said. */
static bool is_over(const struct playing *a)
{
	return cli_signalled() || a->status >= STATUS_INTERRUPT || out_failed();
}

static void play_times(struct playing *a, const char *word)
{
	uint32_t times = a->cli->options.times ? a->cli->options.times : 1;
	for (uint32_t i = 0; i < times && !is_over(a); i++)
		play_one(a, word);
}

/* Gives the macros of a folder, in the order of their names; false: it is none. */
static bool each_of_folder(
	struct playing *a, const char *word, void (*each)(struct playing *a, const char *word))
{
	struct dirent **entries;
	char path[PATH_MAX];
	struct stat st;
	if (stat(word, &st) < 0 || !S_ISDIR(st.st_mode))
		return false;
	int count = scandir(word, &entries, is_macro_file, alphasort);
	struct error err;
	if (count <= 0)
		playing_raise(a, (error_set(&err, STATUS_USAGE, "the folder %s has no .wilco files",
					  quote(slice_str(word)).text),
					 cli_error(&err, SLICE(""))));
	const char *slash = word[strlen(word) - 1] == '/' ? "" : "/";
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof path, "%s%s%s", word, slash, entries[i]->d_name);
		each(a, path);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return true;
}

void playing_each(
	struct playing *a, const char *word, void (*each)(struct playing *a, const char *word))
{
	if (!each_of_folder(a, word, each))
		each(a, word);
}

/* Several macros at a time do not write one recording, nor ask anybody. */
static bool jobs_fit(const struct options *o, struct error *err)
{
	const char *other = o->record   ? "--record"
			    : o->accept ? "--accept"
			    : o->step   ? "--step"
					: NULL;
	return o->jobs < 2 || !other ||
	       error_set(err, STATUS_USAGE,
		       "%s needs one macro after the other, so it does not go with -j", other);
}

/* Begins what all macros share; false: it cannot be. */
static bool playing_begin(struct playing *a, struct error *err)
{
	const struct options *o = &a->cli->options;
	if (!jobs_fit(o, err) || !take_vars(a, err) || (o->accept && !accept_can_ask(a->cli, err)))
		return false;
	if (o->step && !cli_can_ask())
		return error_set(err, STATUS_USAGE, "--step needs a person at a terminal");
	return cli_record_begin(o, 0, &a->recorder, err);
}

static enum status run(struct cli *cli)
{
	struct playing a = {.cli = cli};
	struct error err;
	int count = take_devices(&a);
	a.reports = reports_open(cli->options.report_tap, cli->options.report_junit, &err);
	if (!a.reports || !playing_begin(&a, &err)) {
		a.status = cli_error(&err, SLICE(""));
		count = 0;
	}
	a.silent = a.reports && reports_on_output(a.reports);
	cli_watch_signals(cli->loop, playing_on_signal, &a);
	if (cli->options.jobs > 1)
		jobs_play(&a, count);
	else
		for (int i = 0; i < count && !is_over(&a); i++)
			playing_each(&a, cli->words[i], play_times);
	cli_unwatch_signals();
	playing_raise(&a, cli_record_end(&a.recorder));
	if (!reports_close(a.reports, &err))
		playing_raise(&a, cli_error(&err, SLICE("")));
	for (size_t i = 0; i < a.var_count; i++)
		free((void *)a.vars[i]);
	free(a.vars);
	free(a.instead);
	return cli_signalled() ? cli_signalled() : a.status;
}

const struct cli_command cli_play = {.name = "play",
	.args = "MACRO... [DEVICE]",
	.help = "play macros: send, and compare the replies",
	.about = "Sends the commands of macros and compares what comes with what they expect. "
		 "MACRO is a file, a name in the folder of macros, a folder, or - for standard "
		 "input.",
	.example = "play --device 10.0.0.5 acceptance.wilco",
	.least = 1,
	.most = -1,
	.by = BY_PLAY,
	.words = {WORD_MACRO, WORD_MACRO | WORD_DEVICE},
	.run = run};
