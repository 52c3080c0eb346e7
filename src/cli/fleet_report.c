/* fleet_report.c - what `wilco fleet` tells: the progress, and replies as they come, or on a
 * terminal groups of equal answers with the odd ones named. */
#include "cli/fleet.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/paths.h"
#include "base/text.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "fleet/grouped.h"
#include <stdlib.h>
#include <unistd.h>

enum { BASELINE_MAX = 1024 * 1024 * 1024 };
static const int64_t BAR_EVERY = 200ll * NS_PER_MS;

/* ---- the progress ---- */

size_t fleet_report_failed(const struct fleet_report *r)
{
	return tally_failed(&r->tally);
}

/* Shows it in one row, which the next one replaces: where the terminal is narrow, without the bar,
 * because the counts say more. */
static void show_bar(struct fleet_report *r)
{
	size_t most = progress_columns() - 1;
	struct bytes line;
	bytes_init(&line, LIMIT_MESSAGE);
	tally_progress(&r->tally, r->answers, loop_now(r->cli->loop), &line);
	struct slice row = bytes_slice(&line);
	if (row.len > most)
		row = slice_cut(row, TALLY_BAR, row.len);
	cli_row(text_cut(row, most));
	bytes_free(&line);
}

static void report_on_time(void *arg)
{
	struct fleet_report *r = arg;
	show_bar(r);
	loop_timer_set(&r->timer, BAR_EVERY);
}

/* ---- what is not as it was before ---- */

/* Writes "NAME TAB what", or says so on standard error where standard output has objects. */
static void write_differing(struct fleet_report *r, struct slice name, struct slice what)
{
	struct bytes line;
	bytes_init(&line, LIMIT_MESSAGE);
	text_add(&line, name, TEXT_PLAIN | out_spelling());
	bytes_add_str(&line, out_objects() ? ": " : "\t");
	bytes_add(&line, what);
	cli_row_end();
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
	unsigned flags = out_spelling();
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
		text_add(&what, command, TEXT_PLAIN | out_spelling());
		write_differing(r, device, bytes_shown(&what));
	}
	bytes_free(&what);
}

/* ---- results ---- */

void fleet_report_result(struct fleet_report *r, const struct fleet_result *result)
{
	const struct options *o = &r->cli->options;
	tally_result(&r->tally, result);
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
	tally_over(&r->tally, outcome);
	if (r->answers)
		answers_end(r->answers, outcome->target);
}

static void nulls(struct json *o, const char *const *keys)
{
	for (size_t i = 0; keys[i]; i++)
		json_none(o, keys[i]);
}

/* A target whose macro was not played. */
struct skipped {
	struct slice name;
	const char *why;
	uint64_t round; /* 0: there are none */
};

/* The members of an exchange that was not made. */
static void skipped_object(struct json *o, const void *arg)
{
	static const char *const before[] = {"address", "frame", "command", "sent_hex", NULL};
	static const char *const behind[] = {"end", "reply", "reply_hex", "fields", NULL};
	static const char *const last[] = {
		"handshake_hex", "stray_hex", "rtt_ms", "end_ms", "expected", NULL};
	const struct skipped *s = arg;
	json_none(o, "time");
	json_text(o, "device", s->name);
	nulls(o, before);
	json_text(o, "status", slice_str(exchange_status_name(EXCHANGE_SKIPPED)));
	nulls(o, behind);
	json_open(o, "replies", '[');
	json_close(o, ']');
	nulls(o, last);
	json_text(o, "error", slice_str(s->why));
	if (s->round)
		json_uint(o, "round", s->round);
}

static void skipped_line(const struct output *output, const void *arg)
{
	(void)output;
	(void)arg;
}

void fleet_report_skipped(struct fleet_report *r, size_t target, const char *why)
{
	const struct skipped s = {targets_name(&r->list->targets, target), why, r->round};
	out_result(&(struct result){skipped_line, skipped_object, &s});
}

/* ---- groups ---- */

static void write_group_line(void *arg, struct slice line)
{
	(void)arg;
	out_line(line);
}

/* ---- the end ---- */

static void write_summary(const struct fleet_report *r)
{
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	tally_summary(&r->tally, r->answers, loop_now_fresh(r->cli->loop), &text);
	cli_note(r->cli, "%s", bytes_str(&text));
	bytes_clear(&text);
	tally_times(&r->tally, &text);
	if (text.len)
		cli_note(r->cli, "%s", bytes_str(&text));
	bytes_free(&text);
}

static void begin_round(struct fleet_report *r)
{
	tally_begin(&r->tally, r->list->targets.count, loop_now_fresh(r->cli->loop));
	if (r->answers)
		answers_begin(r->answers);
	if (r->baseline)
		baseline_begin(r->baseline);
}

void fleet_report_round_begins(struct fleet_report *r)
{
	r->tally.began = loop_now_fresh(r->cli->loop);
}

void fleet_report_round(struct fleet_report *r)
{
	cli_row_end();
	if (r->baseline)
		write_missing(r);
	if (r->groups)
		grouped_write(
			r->answers, &r->list->targets, out_spelling(), write_group_line, NULL);
	out_flush();
	write_summary(r);
	r->round += r->round > 0;
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

/* Says whether the progress is shown: where a terminal is, but no lines of results come between. */
static bool has_bar(const struct fleet_report *r)
{
	const struct options *o = &r->cli->options;
	return (r->groups || !out_by_line()) && isatty(STDERR_FILENO) && !o->quiet && !o->plain;
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
	loop_timer_init(&r->timer, cli->loop, report_on_time, r);
	if (!o->play && (r->groups || o->canary)) {
		const struct answers_config config = {
			list->targets.count, list->config.command_count, r->only, r->without};
		r->answers = answers_new(&config);
	}
	r->round = o->every ? 1 : 0;
	begin_round(r);
	if (has_bar(r))
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
