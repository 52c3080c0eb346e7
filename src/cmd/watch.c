/* watch.c - see watch.h. */
#include "cmd/watch.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Of a reply; digits of a number. */
enum { STEPS = 1000 * 1000, NUMBER_MOST = 63 };

#define NUMBER "[-+]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][-+]?[0-9]+)?"

void watch_number(double value, char out[32])
{
	snprintf(out, 32, "%.6g", value);
}

/* ---- asking ---- */

/* What goes wrong each time is said once. */
static void complain(struct watch *w, const char *what)
{
	if (!w->missed++)
		shell_print(w->shell, UI_ERROR, "watch %s: %s", w->name, what);
}

/* Nothing is asked while the line is down: a watch is no reason to call a device. */
static void on_time(void *arg)
{
	struct watch *w = arg;
	struct error err;
	const struct session *s = w->device->session;
	loop_timer_set(&w->timer, w->every);
	if (w->waiting || session_state(s) != SESSION_OPEN)
		return;
	w->waiting = session_next_number(s); /* the answer may come before the call is over */
	if (!shell_send(w->shell, w->device, slice_str(w->command), false, &err)) {
		w->waiting = 0;
		complain(w, err.what);
	}
}

/* ---- answers ---- */

/* The number in the first group of the pattern, or in all of its match. */
static bool number_in(const struct watch *w, struct slice text, double *value)
{
	struct pattern_match m;
	uint64_t steps = STEPS;
	char number[NUMBER_MOST + 1] = "", *end;
	if (!pattern_find(w->pattern, text, 0, 0, &steps, &m))
		return false;
	struct slice found = slice_trim(m.grouped ? slice_cut(text, m.group_from, m.group_to)
						  : slice_cut(text, m.from, m.to));
	memcpy(number, found.at, found.len < NUMBER_MOST ? found.len : NUMBER_MOST);
	*value = strtod(number, &end);
	return end != number && isfinite(*value);
}

static void keep(struct watch *w, struct timespec time, double value)
{
	if (w->count == SAMPLES_MAX) {
		w->count /= 2;
		memmove(w->samples, w->samples + SAMPLES_MAX / 2, w->count * sizeof *w->samples);
	}
	if (w->count == w->room) {
		w->room = w->room ? w->room * 2 : 64;
		w->samples = mem_grow(w->samples, w->room, sizeof *w->samples);
	}
	w->samples[w->count++] = (struct sample){time, value};
	w->least = w->total && w->least < value ? w->least : value;
	w->most = w->total && w->most > value ? w->most : value;
	w->sum += value;
	w->total++;
}

static const struct reply *answer_of(const struct exchange *x)
{
	const struct reply *found = NULL;
	for (const struct reply *r = x->replies; r; r = r->next)
		if (view_counts(r))
			found = r;
	return found;
}

static void take(struct watch *w, const struct exchange *x)
{
	const struct reply *r = answer_of(x);
	struct bytes text;
	double value;
	char number[32], why[ERROR_WHAT_MAX];
	bytes_init(&text, LIMIT_FRAME_MOST);
	if (r)
		text_add(&text, r->payload, 0);
	if (r && number_in(w, bytes_slice(&text), &value)) {
		keep(w, x->time, value);
		watch_number(value, number);
		shell_refresh(w->shell);
		if (!w->shell->ui->draws)
			shell_print(w->shell, UI_OUTPUT, "%s %s", w->name, number);
	} else {
		snprintf(why, sizeof why, "no number in the reply %s",
			r ? quote(r->payload).text : "(none came)");
		complain(w, x->status == EXCHANGE_REFUSED ? x->error : why);
	}
	bytes_free(&text);
}

bool watch_takes(struct opened *device, const struct exchange *x)
{
	struct shell *sh = device->shell;
	for (struct watch *w = sh->watches; w; w = w->next)
		if (w->device == device && w->waiting && w->waiting == x->number) {
			w->waiting = 0;
			take(w, x);
			return x->status == EXCHANGE_OK || x->status == EXCHANGE_REFUSED;
		}
	return false;
}

/* ---- beginning and end ---- */

static void watch_free(struct watch *w)
{
	loop_timer_stop(&w->timer);
	pattern_free(w->pattern);
	free(w->samples);
	free(w->name);
	free(w->command);
	free(w);
}

static struct watch **find(struct shell *sh, struct slice name)
{
	struct watch **link = &sh->watches;
	while (*link && !slice_is(name, (*link)->name))
		link = &(*link)->next;
	return link;
}

bool watch_start(struct shell *sh, struct slice name, int64_t every, struct slice command,
	struct slice pattern, struct error *err)
{
	size_t count = 0;
	struct error unused;
	for (const struct watch *w = sh->watches; w; w = w->next)
		count++;
	if (!shell_session(sh, err) || !shell_send(sh, sh->current, command, true, err))
		return false;
	if (frame_half_closes(session_frame(sh->session), SIDE_COMMAND)) {
		error_set(err, STATUS_USAGE,
			"the frame %s closes the line behind each command, a watch needs one that "
			"stays open",
			frame_name(session_frame(sh->session)));
		return error_hint(err, "esc-cr-nul is esc-cr on a line that stays open");
	}
	if (count == WATCHES_MAX && !*find(sh, name))
		return error_set(err, STATUS_USAGE, "at most %d watches; .watch NAME off ends one",
			WATCHES_MAX);
	struct pattern *number = pattern_new(pattern.len ? pattern : SLICE(NUMBER), false, err);
	if (!number) {
		err->placed = false; /* it is a word among others */
		return false;
	}
	struct watch *w = mem_new(sizeof *w);
	w->pattern = number;
	if (*find(sh, name))
		watch_stop(sh, name, &unused);
	w->shell = sh;
	w->device = sh->current;
	w->name = mem_strn(name.at, name.len);
	w->command = mem_strn(command.at, command.len);
	w->every = every;
	loop_timer_init(&w->timer, sh->loop, on_time, w);
	loop_timer_set(&w->timer, 0);
	*find(sh, name) = w; /* at the end of the list */
	return true;
}

bool watch_stop(struct shell *sh, struct slice name, struct error *err)
{
	struct watch **link = find(sh, name), *gone = *link;
	if (!gone)
		return error_set(
			err, STATUS_USAGE, "no watch %s; .watch lists them", quote(name).text);
	*link = gone->next;
	watch_free(gone);
	return true;
}

void watch_stop_all(struct shell *sh)
{
	while (sh->watches) {
		struct watch *next = sh->watches->next;
		watch_free(sh->watches);
		sh->watches = next;
	}
}
