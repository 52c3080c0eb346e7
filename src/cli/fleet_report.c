/* fleet_report.c - what `wilco fleet` tells: replies as they come, or on a terminal the progress,
 * and then groups of equal answers with the odd ones named. */
#include "cli/fleet.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/paths.h"
#include "base/text.h"
#include "cli/out.h"
#include "fleet/fold.h"
#include <stdlib.h>
#include <unistd.h>

enum {
	ANSWER_SHOWN = 200, /* bytes of an answer in the line of its group */
	NAMES_SHOWN = 16 * 1024,
	NAMED_ONE_BY_ONE = 10,
	BAR_CELLS = 20,
	BASELINE_MAX = 1024 * 1024 * 1024,
};
static const int64_t BAR_EVERY = 200ll * NS_PER_MS;

/* ---- the progress ---- */

static size_t skipped_or_failed(const struct fleet_report *r)
{
	size_t count = 0;
	for (int status = 0; status <= EXCHANGE_SKIPPED; status++)
		if (status != EXCHANGE_OK)
			count += r->counts[status];
	return count;
}

size_t fleet_report_failed(const struct fleet_report *r)
{
	return skipped_or_failed(r) - r->counts[EXCHANGE_SKIPPED];
}

static void add_time_left(const struct fleet_report *r, struct bytes *out)
{
	char left[DURATION_TEXT_MAX];
	size_t all = r->list->targets.count;
	int64_t took = loop_now(r->cli->loop) - r->began;
	if (!r->ended || took < NS_PER_S)
		return;
	int64_t ns = (int64_t)((double)took / (double)r->ended * (double)(all - r->ended));
	if (ns >= NS_PER_S)
		bytes_addf(out, "  %s left", duration_text(ns / NS_PER_S * NS_PER_S, left));
}

static void show_bar(struct fleet_report *r)
{
	struct bytes line;
	size_t all = r->list->targets.count, done = r->ended * BAR_CELLS / all;
	bytes_init(&line, LIMIT_MESSAGE);
	bytes_add_str(&line, "\r[");
	for (size_t i = 0; i < BAR_CELLS; i++)
		bytes_add_byte(&line, i < done ? '#' : '.');
	bytes_addf(&line, "] %zu of %zu  ok %zu  odd %zu  failed %zu", r->ended, all,
		r->counts[EXCHANGE_OK] - answers_odd(r->answers), answers_odd(r->answers),
		skipped_or_failed(r));
	add_time_left(r, &line);
	bytes_add_str(&line, "\x1b[K");
	cli_stderr(bytes_slice(&line));
	bytes_free(&line);
	r->shown = true;
}

static void report_on_time(void *arg)
{
	struct fleet_report *r = arg;
	show_bar(r);
	loop_timer_set(&r->timer, BAR_EVERY);
}

void fleet_report_hide(struct fleet_report *r)
{
	if (r->shown)
		cli_stderr(SLICE("\r\x1b[K"));
	r->shown = false;
}

/* ---- what is not as it was before ---- */

/* Writes "NAME TAB what", or says so on standard error where standard output has objects. */
static void write_differing(struct fleet_report *r, struct slice name, struct slice what)
{
	struct bytes line;
	bytes_init(&line, LIMIT_MESSAGE);
	text_add(&line, name, TEXT_PLAIN | text_charset(out_utf8()));
	bytes_add_str(&line, out_objects() ? ": " : "\t");
	bytes_add(&line, what);
	fleet_report_hide(r);
	if (out_objects())
		cli_note(r->cli, "%s", bytes_str(&line));
	else
		out_line(bytes_shown(&line));
	bytes_free(&line);
	r->differs = true;
}

static void compare(struct fleet_report *r, const struct fleet_result *result)
{
	struct bytes what;
	const char *name = session_name(result->session);
	unsigned flags = text_charset(out_utf8());
	if (result->exchange->status == EXCHANGE_SKIPPED)
		return;
	bytes_init(&what, LIMIT_MESSAGE);
	bytes_add_str(&what, "changed: ");
	switch (baseline_compare(r->baseline, name, result->exchange, &r->compared, flags, &what)) {
	case BASELINE_CHANGED:
		write_differing(r, slice_str(name), bytes_shown(&what));
		break;
	case BASELINE_NEW:
		bytes_clear(&what);
		bytes_add_str(&what, "new: ");
		exchange_spell(result->exchange, &what);
		write_differing(r, slice_str(name), bytes_shown(&what));
		break;
	case BASELINE_SAME:
		break;
	}
	bytes_free(&what);
}

static void write_missing(struct fleet_report *r)
{
	struct slice device, command;
	struct bytes what;
	bytes_init(&what, LIMIT_MESSAGE);
	for (size_t at = 0; baseline_missing(r->baseline, &at, &device, &command);) {
		bytes_clear(&what);
		bytes_add_str(&what, "missing: ");
		text_add(&what, command, TEXT_PLAIN | text_charset(out_utf8()));
		write_differing(r, device, bytes_shown(&what));
	}
	bytes_free(&what);
}

/* ---- results ---- */

void fleet_report_result(struct fleet_report *r, const struct fleet_result *result)
{
	const struct options *o = &r->cli->options;
	if (result->connect >= 0)
		times_add(&r->connect, result->connect);
	if (exchange_rtt(result->exchange) >= 0)
		times_add(&r->rtt, exchange_rtt(result->exchange));
	if (r->answers)
		answers_add(r->answers, result->target, result->exchange);
	if (r->baseline)
		compare(r, result);
	if (r->baseline && !out_objects())
		out_failure(result->session, result->exchange);
	else if (!r->groups)
		out_round(
			result->session, result->exchange, o->quiet, o->every ? result->round : 0);
}

void fleet_report_over(struct fleet_report *r, const struct fleet_outcome *outcome)
{
	r->counts[outcome->worst]++;
	r->ended++;
	if (r->answers)
		answers_end(r->answers, outcome->target);
}

static void nulls(struct json *o, const char *const *keys)
{
	for (size_t i = 0; keys[i]; i++)
		json_none(o, keys[i]);
}

/* The members of an exchange that was not made. */
static void skipped_object(struct json *o, const void *arg)
{
	static const char *const before[] = {"address", "frame", "command", "sent_hex", NULL};
	static const char *const behind[] = {"end", "reply", "reply_hex", "fields", NULL};
	static const char *const last[] = {
		"handshake_hex", "stray_hex", "rtt_ms", "end_ms", "expected", NULL};
	const struct slice *texts = arg;
	json_none(o, "time");
	json_text(o, "device", texts[0]);
	nulls(o, before);
	json_text(o, "status", slice_str(exchange_status_name(EXCHANGE_SKIPPED)));
	nulls(o, behind);
	json_open(o, "replies", '[');
	json_close(o, ']');
	nulls(o, last);
	json_text(o, "error", texts[1]);
}

static void skipped_line(const struct output *output, const void *arg)
{
	(void)output;
	(void)arg;
}

void fleet_report_skipped(struct fleet_report *r, size_t target, const char *why)
{
	const struct slice texts[] = {targets_name(&r->list->targets, target), slice_str(why)};
	out_result(&(struct result){skipped_line, skipped_object, texts});
}

/* ---- groups ---- */

/* The groups on their way out. */
struct grouping {
	const struct fleet_report *report;
	const struct answers_group *groups;
	struct slice *names; /* of all targets, those of a group together */
	size_t *from;        /* of each group, its first name */
	struct bytes line;
};

/* Puts the names in the order of their groups, in one walk over the targets for all. */
static void sort_names(struct grouping *g, size_t count)
{
	const struct fleet_report *r = g->report;
	size_t targets = r->list->targets.count, at = 0;
	size_t *next = mem_new((count + 1) * sizeof *next);
	for (size_t i = 0; i < count; i++) {
		g->from[i] = next[i] = at;
		at += g->groups[i].count;
	}
	for (size_t i = 0; i < targets; i++) {
		size_t group = answers_group_of(r->answers, i);
		if (group < count)
			g->names[next[group]++] = targets_name(&r->list->targets, i);
	}
	free(next);
}

static void add_one_by_one(const struct slice *names, size_t count, struct bytes *out)
{
	for (size_t i = 0; i < count; i++) {
		if (i)
			bytes_add_str(out, ", ");
		text_add(out, names[i], TEXT_PLAIN);
	}
}

static void write_line(struct bytes *line)
{
	out_line(bytes_shown(line));
	bytes_clear(line);
}

/* Says what is odd about a group: "fw 2.0 instead of 2.1: pump3, pump9". */
static void write_difference(struct grouping *g, size_t index)
{
	const struct answers_group *group = &g->groups[index];
	struct slice *names = g->names + g->from[index];
	bytes_addf(&g->line, "%*s ", 6, "");
	if (!answers_difference(
		    g->report->answers, group, g->groups, text_charset(out_utf8()), &g->line)) {
		bytes_clear(&g->line);
		return;
	}
	bytes_add_str(&g->line, ": ");
	if (group->count <= NAMED_ONE_BY_ONE)
		add_one_by_one(names, group->count, &g->line);
	else
		fold_names(names, group->count, NAMES_SHOWN, &g->line);
	write_line(&g->line);
}

static void write_group(struct grouping *g, size_t index)
{
	const struct answers_group *group = &g->groups[index];
	struct bytes answer;
	bytes_init(&answer, LIMIT_MESSAGE);
	answers_text(g->report->answers, group, text_charset(out_utf8()), &answer);
	struct slice all = bytes_shown(&answer), shown = text_cut(all, ANSWER_SHOWN);
	bytes_addf(&g->line, "%6zu ", group->count);
	bytes_add(&g->line, shown);
	bytes_add_str(&g->line, shown.len < all.len ? "...: " : ": ");
	fold_names(g->names + g->from[index], group->count, NAMES_SHOWN, &g->line);
	write_line(&g->line);
	bytes_free(&answer);
	if (index && g->groups[0].status == EXCHANGE_OK && group->status == EXCHANGE_OK)
		write_difference(g, index);
}

static void write_groups(struct fleet_report *r)
{
	size_t count, unknown;
	struct grouping g = {.report = r, .groups = answers_groups(r->answers, &count, &unknown)};
	g.names = mem_new((r->list->targets.count + 1) * sizeof *g.names);
	g.from = mem_new((count + 1) * sizeof *g.from);
	bytes_init(&g.line, LIMIT_MESSAGE);
	sort_names(&g, count);
	for (size_t i = 0; i < count; i++)
		write_group(&g, i);
	if (unknown) {
		bytes_addf(&g.line, "and %zu more, which answered in other ways", unknown);
		write_line(&g.line);
	}
	bytes_free(&g.line);
	free(g.names);
	free(g.from);
}

/* ---- the end ---- */

static void add_times(const char *what, const struct times *t, struct bytes *out)
{
	static const unsigned percents[] = {50, 95, 99};
	char text[DURATION_TEXT_MAX];
	if (!t->count)
		return;
	bytes_addf(out, "%s%s", out->len ? "; " : "", what);
	for (size_t i = 0; i < 3; i++)
		bytes_addf(out, " %u %% %s,", percents[i],
			duration_text(times_percent(t, percents[i]), text));
	bytes_addf(out, " most %s", duration_text(t->most, text));
}

static void write_summary(const struct fleet_report *r)
{
	char took[DURATION_TEXT_MAX];
	struct bytes text;
	size_t all = r->list->targets.count;
	bytes_init(&text, LIMIT_MESSAGE);
	for (int status = 0; status <= EXCHANGE_SKIPPED; status++)
		if (r->counts[status])
			bytes_addf(&text, ", %zu %s", r->counts[status],
				exchange_status_name((enum exchange_status)status));
	if (r->answers && answers_odd(r->answers))
		bytes_addf(&text, ", %zu odd", answers_odd(r->answers));
	cli_note(r->cli, "%zu device%s in %s%s", all, plural(all),
		duration_text(loop_now_fresh(r->cli->loop) - r->began, took), bytes_str(&text));
	bytes_clear(&text);
	add_times("connecting:", &r->connect, &text);
	add_times("replies:", &r->rtt, &text);
	if (text.len)
		cli_note(r->cli, "%s", bytes_str(&text));
	bytes_free(&text);
}

static void begin_round(struct fleet_report *r)
{
	memset(r->counts, 0, sizeof r->counts);
	r->ended = 0;
	r->connect = r->rtt = (struct times){0};
	r->began = loop_now_fresh(r->cli->loop);
	if (r->answers)
		answers_begin(r->answers);
	if (r->baseline)
		baseline_begin(r->baseline);
}

void fleet_report_round(struct fleet_report *r)
{
	fleet_report_hide(r);
	if (r->baseline)
		write_missing(r);
	if (r->groups)
		write_groups(r);
	out_flush();
	write_summary(r);
	begin_round(r);
}

/* ---- opening ---- */

/* Reads "/RE/", or a pattern without slashes; text NULL: there is none. */
static bool read_pattern(const char *text, struct pattern **pattern, struct error *err)
{
	struct slice re = slice_str(text);
	if (!text)
		return true;
	if (re.len > 1 && re.at[0] == '/' && re.at[re.len - 1] == '/')
		re = slice_cut(re, 1, re.len - 1);
	return (*pattern = pattern_new(re, PATTERN_BYTES, err));
}

static bool read_baseline(struct fleet_report *r, const char *name, struct error *err)
{
	struct bytes text;
	struct error why;
	unsigned line = 0;
	bytes_init(&text, BASELINE_MAX + 1);
	int found = path_read(name, PATH_STREAM, BASELINE_MAX, &text, err);
	if (found == 0)
		error_set(err, STATUS_USAGE, "there is no file %s", quote(slice_str(name)).text);
	if (found > 0 && !(r->baseline = baseline_read(bytes_slice(&text), &line, &why)))
		error_set(err, STATUS_USAGE, "%s:%u: %s", quote(slice_str(name)).text, line,
			why.what);
	bytes_free(&text);
	return r->baseline;
}

bool fleet_report_open(
	struct fleet_report *r, struct cli *cli, const struct fleet_list *list, struct error *err)
{
	const struct options *o = &cli->options;
	*r = (struct fleet_report){.cli = cli, .list = list};
	if (o->group_by && o->ignore)
		return error_set(err, STATUS_USAGE,
			"--group-by compares only what it finds: --ignore cannot go with it");
	if (!read_pattern(o->group_by, &r->only, err) || !read_pattern(o->ignore, &r->without, err))
		return false;
	if (o->baseline && !read_baseline(r, o->baseline, err))
		return false;
	compared_init(&r->compared, r->only, r->without);
	bool people = o->output->view, asked = r->only || r->without;
	r->groups = people && !o->play && (asked || (out_by_line() && !o->verbose));
	r->bar = r->groups && out_by_line() && isatty(STDERR_FILENO) && !o->quiet && !o->plain;
	loop_timer_init(&r->timer, cli->loop, report_on_time, r);
	if (!o->play && (r->groups || o->canary)) {
		const struct answers_config config = {
			list->targets.count, list->command_count, r->only, r->without};
		r->answers = answers_new(&config);
	}
	begin_round(r);
	if (r->bar)
		loop_timer_set(&r->timer, BAR_EVERY);
	return true;
}

void fleet_report_close(struct fleet_report *r)
{
	if (r->cli)
		loop_timer_stop(&r->timer);
	answers_free(r->answers);
	baseline_free(r->baseline);
	compared_free(&r->compared);
	pattern_free(r->only);
	pattern_free(r->without);
}
