/* report_tap.c - a report in the Test Anything Protocol: a line a step. */
#include "base/text.h"
#include "cli/report.h"
#include <wilco/limits.h>

/* Adds text in which # would begin a directive. */
static void add_tap(struct slice text, struct bytes *out)
{
	struct bytes safe;
	bytes_init(&safe, LIMIT_MESSAGE);
	text_add(&safe, text, TEXT_PLAIN);
	struct slice s = bytes_shown(&safe);
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '#')
			bytes_add_byte(out, '\\');
		bytes_add_byte(out, s.at[i]);
	}
	bytes_free(&safe);
}

static void tap_begin(struct report *r)
{
	bytes_add_str(&r->out, "TAP version 13\n");
}

static void tap_macro(struct report *r, const char *name)
{
	bytes_add_str(&r->out, "# ");
	text_add(&r->out, slice_str(name), TEXT_PLAIN);
	bytes_add_byte(&r->out, '\n');
}

/* A line of a diagnosis. */
static void tap_told(struct report *r, const char *what, const char *text)
{
	bytes_addf(&r->out, "#   %s ", what);
	text_add(&r->out, slice_str(text ? text : "nothing"), TEXT_PLAIN);
	bytes_add_byte(&r->out, '\n');
}

static void tap_differences(struct report *r, const struct differences *d)
{
	for (size_t i = 0; i < d->count; i++) {
		tap_told(r, "at", d->at[i].at);
		tap_told(r, "  expected", d->at[i].expected);
		tap_told(r, "  got", d->at[i].got);
	}
	if (d->more)
		bytes_addf(&r->out, "#   and %zu more\n", d->more);
}

static void tap_number(struct report *r, const char *what)
{
	bytes_addf(&r->out, "%s ", what);
	if (r->apart)
		bytes_add_byte(&r->out, REPORT_NUMBER);
	else
		bytes_addf(&r->out, "%llu", (unsigned long long)++r->steps);
	bytes_add_str(&r->out, " - ");
}

static void tap_step(struct report *r, const struct report_step *step)
{
	const struct step_result *s = step->result;
	tap_number(r, s && s->status ? "not ok" : "ok");
	add_tap(slice_str(step->file), &r->out);
	bytes_addf(&r->out, ":%u ", step->line);
	add_tap(step->command, &r->out);
	bytes_add_str(&r->out, s ? "\n" : " # SKIP not run\n");
	if (!s || !s->status)
		return;
	if (s->exchange && s->exchange->status != EXCHANGE_OK)
		tap_told(r, "status", exchange_status_name(s->exchange->status));
	tap_differences(r, s->differences);
}

static void tap_failed(struct report *r, struct slice why)
{
	struct slice line;
	tap_number(r, "not ok");
	if (slice_line(&why, &line))
		add_tap(line, &r->out);
	bytes_add_byte(&r->out, '\n');
}

static void tap_over(struct report *r)
{
	bytes_pass(&r->out);
}

static void tap_end(struct report *r)
{
	bytes_addf(&r->out, "1..%llu\n", (unsigned long long)r->steps);
}

const struct report_format report_tap = {.name = "TAP",
	.begin = tap_begin,
	.macro = tap_macro,
	.step = tap_step,
	.failed = tap_failed,
	.macro_over = tap_over,
	.end = tap_end};
