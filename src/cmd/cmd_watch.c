/* cmd_watch.c - .watch: a number that is asked for again and again. */
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/export.h"
#include "cmd/watch.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>

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
		shell_print(sh, UI_OUTPUT, "%s every %s: %s: %s", w->name,
			duration_text(w->every, every), w->command, bytes_str(&words));
		bytes_free(&words);
	}
	return true;
}

/* ---- CSV ---- */

/* The numbers as they were when they were asked for: watches go on, and end. */
struct csv {
	struct series {
		char *name;
		struct sample *samples;
		size_t count;
	} series[WATCHES_MAX];
	size_t count, of, at; /* of, at: the next sample */
	size_t all;           /* samples */
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

/* Names stand in the status and in a column of CSV. */
static bool is_name(struct slice name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!isalnum(name.at[i]) && !strchr("_-.%", name.at[i]))
			return false;
	return name.len > 0 && name.len <= NAME_MOST;
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	int64_t every;
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
			".watch NAME EVERY COMMAND [PATTERN], such as .watch speed 1s 'SPEED?'");
	if (!is_name(call->args[0]))
		return error_set(err, STATUS_USAGE,
			"a watch's name has up to %d letters, digits, _ - . and %%, not %s",
			NAME_MOST, quote(call->args[0]).text);
	if (!duration_parse(call->args[1], ".watch", &every, err))
		return false;
	if (every < SHORTEST)
		return error_set(err, STATUS_USAGE, "a device is asked every 10ms at most, not %s",
			quote(call->args[1]).text);
	return watch_start(sh, call->args[0], every, call->args[2],
		call->count == 4 ? call->args[3] : SLICE(""), err);
}

static const char *complete(const struct shell *sh, size_t index)
{
	const struct watch *w = shell_watch(sh, index);
	return w ? w->name : NULL;
}

const struct cmd cmd_watch = {.verb = VERB_WATCH,
	.files = true,
	.most = 4,
	.at_once = true,
	.run = run,
	.complete = complete};
