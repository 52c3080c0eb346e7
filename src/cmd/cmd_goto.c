/* cmd_goto.c - .goto: goes to a time of day; without a window it lists entries from there on. */
#include "cmd/cmd.h"
#include "cmd/list.h"
#include <stdio.h>

static cmd_run run;
static cmd_complete complete;

const struct cmd cmd_goto = {
	.verb = {.name = "goto",
		.places = PLACE_PROMPT,
		.args = "TIME | top | end",
		.help = "go to a time of day in the transcript, to its beginning, or its end; "
			"without a split screen, list it from there on",
		.examples = ".goto 12:01\n.goto 12:01:30.250\n.goto end"},
	.takes_rest = true,
	.most = 1,
	.at_once = true,
	.run = run,
	.complete = complete,
};

/* Reads "12:01", "12:01:30" or "12:01:30.250" into milliseconds of the day; -1: it is no time. */
static long time_of_day(struct slice text)
{
	unsigned hour, minute, second = 0, ms = 0;
	char copy[16] = "";
	int used = 0;
	if (text.len >= sizeof copy)
		return -1;
	slice_copy(copy, text);
	int fields = sscanf(
		copy, "%2u:%2u%n:%2u%n.%3u%n", &hour, &minute, &used, &second, &used, &ms, &used);
	if (fields < 2 || (size_t)used != text.len || hour > 23 || minute > 59 || second > 59)
		return -1;
	if (fields == 4 && copy[text.len - 4] != '.')
		return -1;
	return ((hour * 60L + minute) * 60 + second) * 1000 + (long)ms;
}

/* Goes to entry i, or to the top or the end. */
static void go(struct shell *sh, struct slice where, long ms, size_t i)
{
	struct pane *p = sh->ui->pane;
	if (!sh->ui->window)
		list_from(sh, i);
	else if (slice_is(where, "top"))
		pane_top(p);
	else if (!slice_is(where, "end"))
		pane_seek_time(p, ms);
	else {
		pane_end(p);
		if (p->selecting)
			pane_select(p, true);
	}
}

/* Returns the last entry that the filter lets through. */
static size_t last_shown(struct pane *p)
{
	size_t count = p->record->count, i = count ? count - 1 : 0;
	while (i && !pane_shows(p, i))
		i--;
	return i;
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	struct slice where = call->rest;
	struct pane *p = sh->ui->pane;
	bool top = slice_is(where, "top"), end = slice_is(where, "end");
	long ms = top || end ? 0 : time_of_day(where);
	if (ms < 0)
		return error_at(err, 0, where.len,
			"where to? A time such as 12:01 or 12:01:30, top, or end");
	size_t i = top ? 0 : end ? last_shown(p) : pane_at_time(p, ms);
	if (!sh->ui->window && pane_above(p, p->record->count) == PANE_NONE)
		return error_set(err, STATUS_USAGE, "there is nothing%s",
			p->filter == FILTER_NONE ? " yet" : " that the filter shows");
	if (i == PANE_NONE)
		return error_at(err, 0, where.len, "nothing happened at or after that time");
	go(sh, where, ms, i);
	if (sh->ui->window)
		sh->ui->ops->moved(sh->ui);
	return true;
}

static void complete(const struct completion *c)
{
	complete_add(c, "top");
	complete_add(c, "end");
}
