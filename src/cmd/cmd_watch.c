/* cmd_watch.c - .watch: asks for a number again and again. */
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/export.h"
#include "cmd/watch.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>

static cmd_run run;
static cmd_complete complete;

const struct cmd cmd_watch = {
	.verb = {.name = "watch",
		.places = PLACE_PROMPT,
		.args = "[NAME EVERY COMMAND [/PATTERN/ | FIELD | TYPE@OFFSET] [*FACTOR] [UNIT] | "
			"NAME off | --export FILE]",
		.help = "ask for a number again and again and draw it; PATTERN is a regular "
			"expression whose group is the number, TYPE@OFFSET says where it is in "
			"bytes",
		.examples = ".watch speed 1s 'SPEED?'\n"
			    ".watch temp 5s 'TEMP? 1' /T = ([0-9.]+)/\n"
			    ".watch t 1s '03 00 00 00 01' u16be@2*0.1 C\n"
			    ".watch speed off\n"
			    ".watch --export speed.csv"},
	.most = 6,
	.patterns = true,
	.at_once = true,
	.talks = true,
	.run = run,
	.complete = complete,
};

enum { NAME_MOST = 24 };
static const int64_t SHORTEST = 10 * (int64_t)NS_PER_MS;

static void add_words(const struct watch *w, struct bytes *out)
{
	char word[WATCH_WORD_MAX];
	for (enum watch_word i = WATCH_LAST; watch_word(w, i, word); i++)
		bytes_addf(out, "%s%s", i && word[0] ? ", " : "", word);
	if (w->total)
		bytes_addf(out, " of %llu", (unsigned long long)w->total);
}

static bool list(struct shell *sh)
{
	char every[DURATION_TEXT_MAX];
	struct bytes words;
	if (!sh->watches)
		shell_print(sh, UI_OUTPUT, "nothing is watched");
	for (const struct watch *w = sh->watches; w; w = w->next) {
		bytes_init(&words, LIMIT_MESSAGE);
		add_words(w, &words);
		const char *source = measure_source(w->measure);
		shell_print(sh, UI_OUTPUT, "%s every %s: %s%s%s: %s", w->name,
			duration_text(w->every, every), w->command, *source ? " " : "", source,
			bytes_str(&words));
		bytes_free(&words);
	}
	return true;
}

/* ---- CSV ---- */

/* A copy of the samples, because watches go on and end while the file is written. */
struct csv {
	struct series {
		char *name;
		struct sample *samples;
		size_t count;
	} series[WATCHES_MAX];
	size_t count, of, at; /* of, at: series and index of the next sample */
	size_t all;           /* samples of all series */
	bool begun;
};

static bool next(void *arg, struct export *e, struct error *err)
{
	struct csv *csv = arg;
	char time[TIME_TEXT_MAX];
	(void)err;
	if (!csv->begun)
		bytes_add_str(&e->piece, "time,name,value\n");
	csv->begun = true;
	while (csv->of < csv->count && csv->at == csv->series[csv->of].count) {
		csv->of++;
		csv->at = 0;
	}
	if (csv->of == csv->count)
		return false;
	const struct series *series = &csv->series[csv->of];
	const struct sample *sample = &series->samples[csv->at++];
	bytes_addf(&e->piece, "%s,%s,", time_text(&sample->time, time), series->name);
	if (!isnan(sample->value))
		bytes_addf(&e->piece, "%.15g", sample->value);
	bytes_add_str(&e->piece, "\n");
	e->at++;
	e->all = csv->all;
	return true;
}

static void free_csv(void *arg)
{
	struct csv *csv = arg;
	for (size_t i = 0; i < csv->count; i++) {
		free(csv->series[i].name);
		free(csv->series[i].samples);
	}
	free(csv);
}

static struct csv *copy_samples(const struct shell *sh)
{
	struct csv *csv = mem_new(sizeof *csv);
	for (const struct watch *w = sh->watches; w; w = w->next) {
		struct series *series = &csv->series[csv->count++];
		series->name = mem_str(w->name);
		series->samples = mem_grow(NULL, w->count + 1, sizeof *w->samples);
		series->count = w->count;
		csv->all += w->count;
		if (w->count)
			memcpy(series->samples, w->samples, w->count * sizeof *w->samples);
	}
	return csv;
}

static bool export(struct shell *sh, struct slice file, struct error *err)
{
	static const struct export_source source = {next, free_csv, "writing to", "written to"};
	return export_begin(sh, file, PATH_NEW, &source, copy_samples(sh), err);
}

/* ---- the command ---- */

/* Checks a name, which stands in the status and in a column of the CSV file. */
static bool is_name(struct slice name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!isalnum(name.at[i]) && !strchr("_-.%", name.at[i]))
			return false;
	return name.len > 0 && name.len <= NAME_MOST;
}

/* Sorts the words behind the command. */
static bool words_of(const struct cmd_call *call, struct measure_words *words, struct error *err)
{
	int i = 3;
	*words = (struct measure_words){.source = SLICE("")};
	if (i < call->count && !slice_starts(call->args[i], SLICE("*")))
		words->source = call->args[i++];
	if (i < call->count && slice_starts(call->args[i], SLICE("*")))
		words->factor = call->args[i++];
	if (i < call->count)
		words->unit = call->args[i++];
	return i == call->count ||
	       error_set(err, STATUS_USAGE, "'%s' is one word too many behind the unit '%s'",
		       quote(call->args[i]).text, quote(words->unit).text);
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	int64_t every;
	struct measure_words words;
	if (!call->count)
		return list(sh);
	if (slice_is(call->args[0], "--export"))
		return call->count == 2
			       ? export(sh, call->args[1], err)
			       : error_set(err, STATUS_USAGE, ".watch --export needs a file");
	if (call->count == 2 && slice_is(call->args[1], "off"))
		return watch_stop(sh, call->args[0], err);
	if (call->count < 3)
		return error_set(err, STATUS_USAGE,
			".watch NAME EVERY COMMAND [PATTERN | FIELD | TYPE@OFFSET] [*FACTOR] "
			"[UNIT], such as .watch speed 1s 'SPEED?'");
	if (!is_name(call->args[0]))
		return error_set(err, STATUS_USAGE,
			"a watch's name has up to %d letters, digits, _ - . and %%, not %s",
			NAME_MOST, quote(call->args[0]).text);
	if (!duration_parse(call->args[1], "the time between two questions", &every, err))
		return false;
	if (every < SHORTEST)
		return error_set(err, STATUS_USAGE, "a device is asked at most every 10ms, not %s",
			quote(call->args[1]).text);
	return words_of(call, &words, err) &&
	       watch_start(sh, call->args[0], every, call->args[2], &words, err);
}

static void complete(const struct completion *c)
{
	const struct session *s = shell_now(c->shell);
	struct slice before = c->before;
	if (slice_is(slice_word(&before), "--export")) {
		complete_files(c);
		return;
	}
	if (!c->nth)
		complete_add(c, "--export");
	if (c->nth == 1)
		complete_add(c, "off");
	for (size_t i = 0; s && c->nth >= 3 && i < frame_field_count(session_frame(s)); i++)
		complete_add(c, frame_field_name(session_frame(s), i));
	for (const struct watch *w = c->shell->watches; w && !c->nth; w = w->next)
		complete_add(c, w->name);
}
