/* watch.c - see watch.h. */
#include "cmd/watch.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/probing.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const int64_t SOON = 100 * NS_PER_MS;

/* ---- words ---- */

/* Says whether the device can be asked without calling one that is down. */
static bool is_up(const struct watch *w)
{
	const struct session *s = w->device->session;
	enum session_state state = session_state(s);
	return state == SESSION_OPEN || session_rests(s) ||
	       (state == SESSION_CONNECTING && session_each(s));
}

static void trouble(const struct watch *w, char out[WATCH_WORD_MAX])
{
	out[0] = 0;
	if (!is_up(w))
		snprintf(out, WATCH_WORD_MAX, "paused");
	else if (w->missed)
		snprintf(out, WATCH_WORD_MAX, "%llu missed", (unsigned long long)w->missed);
}

bool watch_word(const struct watch *w, enum watch_word which, char out[WATCH_WORD_MAX])
{
	const char *unit = measure_unit(w->measure);
	if (which == WATCH_TROUBLE)
		trouble(w, out);
	else if (!w->total)
		snprintf(out, WATCH_WORD_MAX, "%s", which == WATCH_LAST ? "no number yet" : "");
	else if (which == WATCH_LAST)
		snprintf(out, WATCH_WORD_MAX, "%.6g%s%s", w->last, *unit ? " " : "", unit);
	else if (which == WATCH_MIN)
		snprintf(out, WATCH_WORD_MAX, "min %.6g", w->least);
	else if (which == WATCH_MAX)
		snprintf(out, WATCH_WORD_MAX, "max %.6g", w->most);
	else if (which == WATCH_MEAN)
		snprintf(out, WATCH_WORD_MAX, "mean %.6g", w->sum / (double)w->total);
	return which <= WATCH_MEAN;
}

/* ---- samples ---- */

static void add_sample(struct watch *w, struct timespec time, double value)
{
	if (w->count == SAMPLES_MAX) {
		w->count /= 2;
		memmove(w->samples, w->samples + SAMPLES_MAX / 2, w->count * sizeof *w->samples);
	}
	w->samples = mem_more(w->samples, w->count, &w->room, sizeof *w->samples);
	w->samples[w->count++] = (struct sample){time, value};
	shell_refresh(w->shell);
}

static void watch_keep(struct watch *w, struct timespec time, double value)
{
	w->least = w->total && w->least < value ? w->least : value;
	w->most = w->total && w->most > value ? w->most : value;
	w->last = value;
	w->sum += value;
	w->total++;
	w->missed = 0;
	add_sample(w, time, value);
}

static void add_gap(struct watch *w, struct timespec time)
{
	if (!time.tv_sec) /* it was not sent */
		clock_gettime(CLOCK_REALTIME, &time);
	add_sample(w, time, NAN);
}

/* Counts a number that did not come.  The reason is said only the first time in a row. */
static void miss(struct watch *w, struct timespec time, const char *why)
{
	if (!w->missed++)
		shell_print(w->shell, UI_ERROR, "watch %s: %s", w->name, why);
	add_gap(w, time);
}

/* ---- asking ---- */

/* Adds one gap for an outage, however long it is. */
static void on_outage(struct watch *w)
{
	if (w->count && !isnan(w->samples[w->count - 1].value))
		add_gap(w, (struct timespec){0});
}

/* Says whether the watch may ask.  It does not while the line is down, because a watch is no reason
 * to call a device; nor while it is probed, or typed lines wait for it, which several watches of a
 * slow device would never let through; nor while a reply that was given up may still come. */
static bool may_ask(struct watch *w)
{
	struct session *s = w->device->session;
	return is_up(w) && !probing_at(w->device) && !session_is_direct(s) &&
	       !queue_count(&w->shell->queue, w->device) && session_synchronised(s);
}

static void watch_ask(struct watch *w)
{
	struct error err;
	w->waiting = true; /* the answer may come before the call returns */
	if (!shell_ask(w->device, slice_str(w->command), watch_answered, w, &err)) {
		w->waiting = false;
		miss(w, (struct timespec){0}, err.what);
	}
}

/* Asks when it is time.  A turn that something short prevented is made up for soon; one that fell
 * into an outage is not, because that may last a night. */
static void watch_on_time(void *arg)
{
	struct watch *w = arg;
	enum session_state state = session_state(w->device->session);
	bool down = !is_up(w) && state != SESSION_CONNECTING;
	bool late = !w->waiting && !down && !may_ask(w);
	loop_timer_set(&w->timer, late && w->every > SOON ? SOON : w->every);
	if (!is_up(w))
		on_outage(w);
	if (!w->waiting && !down && !late)
		watch_ask(w);
}

void watches_give_way(struct opened *device)
{
	for (struct watch *w = device->shell->watches; w; w = w->next)
		if (w->device == device && session_take_back(device->session, w)) {
			w->waiting = false;
			loop_timer_set(&w->timer, w->every < SOON ? w->every : SOON);
			shell_run_soon(device->shell);
		}
}

/* ---- answers ---- */

static void take_number(struct watch *w, struct timespec time, double value)
{
	char number[WATCH_WORD_MAX];
	watch_keep(w, time, value);
	watch_word(w, WATCH_LAST, number);
	if (!w->shell->ui->draws)
		shell_print(w->shell, UI_OUTPUT, "%s %s", w->name, number);
}

static void watch_take(struct watch *w, const struct exchange *x)
{
	const struct reply *r = x->status == EXCHANGE_OK ? view_answer(x) : NULL;
	struct error err;
	double value;
	if (x->status == EXCHANGE_CANCELLED)
		add_gap(w, x->time); /* the user gave it up */
	else if (!r)
		miss(w, x->time, x->error ? x->error : "no number in the reply (none came)");
	else if (measure_read(w->measure, x->frame, r, &value, &err))
		take_number(w, x->time, value);
	else
		miss(w, x->time, err.what);
}

bool watch_answered(void *asker, struct session *s, struct exchange *x)
{
	struct watch *w = asker;
	(void)s;
	w->waiting = false;
	w->device->gave_up = x->status == EXCHANGE_OK ? NULL : w;
	overview_ended(w->device, x);
	watch_take(w, x);
	shell_run_soon(w->shell);
	return false;
}

bool watch_takes_late(const struct opened *device, const struct exchange *x)
{
	return device->gave_up && x->status == EXCHANGE_LATE;
}

/* Ends a command whose watch is gone; lines may wait for it. */
static bool on_unwatched(void *asker, struct session *s, struct exchange *x)
{
	struct opened *device = asker;
	(void)s;
	(void)x;
	shell_run_soon(device->shell);
	return false;
}

bool watch_asked(const struct exchange *x)
{
	return x->ended == watch_answered || x->ended == on_unwatched;
}

bool watch_gave_up(const struct opened *device)
{
	return device->gave_up && device->gave_up->missed > 1;
}

bool watch_alone(const struct opened *device)
{
	return session_pending(device->session) > 0 && session_all(device->session, watch_asked);
}

/* ---- beginning and end ---- */

static void watch_free(struct watch *w)
{
	if (w->device->gave_up == w)
		w->device->gave_up = NULL;
	session_hand_over(w->device->session, w, on_unwatched, w->device);
	loop_timer_stop(&w->timer);
	measure_free(w->measure);
	free(w->samples);
	free(w->name);
	free(w->command);
	free(w);
}

static struct watch **watch_find(struct shell *sh, struct slice name)
{
	struct watch **link = &sh->watches;
	while (*link && !slice_is(name, (*link)->name))
		link = &(*link)->next;
	return link;
}

bool watch_start(struct shell *sh, struct slice name, int64_t every, struct slice command,
	const struct measure_words *words, struct error *err)
{
	size_t count = 0;
	struct error unused;
	for (const struct watch *w = sh->watches; w; w = w->next)
		count++;
	if (!shell_session(sh, err) || !shell_can_ask(shell_current(sh), command, err))
		return false;
	if (frame_half_closes(session_frame(shell_now(sh)), SIDE_COMMAND)) {
		error_set(err, STATUS_USAGE,
			"the frame %s closes the line after each command; a watch needs one that "
			"stays open",
			frame_name(session_frame(shell_now(sh))));
		return error_hint(err, "esc-cr-nul is esc-cr on a line that stays open");
	}
	if (count == WATCHES_MAX && !*watch_find(sh, name))
		return error_set(err, STATUS_USAGE, "at most %d watches; .watch NAME off ends one",
			WATCHES_MAX);
	struct measure *measure = measure_new(session_frame(shell_now(sh)), words, err);
	if (!measure)
		return false;
	struct watch *w = mem_new(sizeof *w);
	w->measure = measure;
	if (*watch_find(sh, name))
		watch_stop(sh, name, &unused);
	w->shell = sh;
	w->device = shell_current(sh);
	w->name = mem_strn(name.at, name.len);
	w->command = mem_strn(command.at, command.len);
	w->every = every;
	loop_timer_init(&w->timer, sh->loop, watch_on_time, w);
	loop_timer_set(&w->timer, 0);
	*watch_find(sh, name) = w; /* this is the end of the list */
	return true;
}

bool watch_stop(struct shell *sh, struct slice name, struct error *err)
{
	struct watch **link = watch_find(sh, name), *gone = *link;
	if (!gone)
		return error_set(
			err, STATUS_USAGE, "no watch %s; .watch lists them", quote(name).text);
	*link = gone->next;
	watch_free(gone);
	return true;
}

void watch_stop_of(struct shell *sh, const struct opened *device)
{
	struct watch **link = &sh->watches;
	while (*link) {
		struct watch *w = *link;
		if (device && w->device != device) {
			link = &w->next;
			continue;
		}
		*link = w->next;
		watch_free(w);
	}
}
