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

/* ---- words ---- */

static void trouble(const struct watch *w, char out[WATCH_WORD_MAX])
{
	bool open = session_state(w->device->session) == SESSION_OPEN;
	out[0] = 0;
	if (!open)
		snprintf(out, WATCH_WORD_MAX, "paused");
	else if (w->missed)
		snprintf(out, WATCH_WORD_MAX, "%llu missed", (unsigned long long)w->missed);
}

bool watch_word(const struct watch *w, enum watch_word which, char out[WATCH_WORD_MAX])
{
	if (which == WATCH_TROUBLE)
		trouble(w, out);
	else if (!w->total)
		snprintf(out, WATCH_WORD_MAX, "%s", which == WATCH_LAST ? "no number yet" : "");
	else if (which == WATCH_LAST)
		snprintf(out, WATCH_WORD_MAX, "%.6g", w->last);
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
	if (w->count == w->room) {
		w->room = w->room ? w->room * 2 : 64;
		w->samples = mem_grow(w->samples, w->room, sizeof *w->samples);
	}
	w->samples[w->count++] = (struct sample){time, value};
	shell_refresh(w->shell);
}

static void keep(struct watch *w, struct timespec time, double value)
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

/* What goes wrong each time is said once, and again when it had worked in between. */
static void miss(struct watch *w, struct timespec time, const char *why)
{
	if (!w->missed++)
		shell_print(w->shell, UI_ERROR, "watch %s: %s", w->name, why);
	add_gap(w, time);
}

/* ---- asking ---- */

/* One gap for an outage, however long it is. */
static void on_outage(struct watch *w)
{
	if (w->count && !isnan(w->samples[w->count - 1].value))
		add_gap(w, (struct timespec){0});
}

/* Nothing is asked while the line is down: a watch is no reason to call a device.  Nor while typed
 * lines wait for it: several watches of a slow device would never let them through. */
static void on_time(void *arg)
{
	struct watch *w = arg;
	struct error err;
	const struct session *s = w->device->session;
	loop_timer_set(&w->timer, w->every);
	if (session_state(s) != SESSION_OPEN)
		on_outage(w);
	if (w->waiting || session_state(s) != SESSION_OPEN ||
		queue_count(&w->shell->queue, w->device))
		return;
	w->waiting = session_next_number(s); /* the answer may come before the call is over */
	if (!shell_send(w->shell, w->device, slice_str(w->command), false, &err)) {
		w->waiting = 0;
		miss(w, (struct timespec){0}, err.what);
	}
}

static bool waits_for(const struct watch *w, const struct session *s, const struct exchange *x)
{
	return w->device->session == s && w->waiting && w->waiting == x->number;
}

/* Also by one that ended meanwhile. */
bool watch_asked(const struct shell *sh, const struct session *s, const struct exchange *x)
{
	const struct watch *w = sh->watches;
	const struct opened *device = sh->opened;
	while (w && !waits_for(w, s, x))
		w = w->next;
	while (device && device->session != s)
		device = device->next;
	return w || (device && device->unwatched == x->number);
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

static const struct reply *answer_of(const struct exchange *x)
{
	const struct reply *found = NULL;
	for (const struct reply *r = x->replies; r; r = r->next)
		if (view_counts(r))
			found = r;
	return found;
}

static void take_number(struct watch *w, struct timespec time, double value)
{
	char number[WATCH_WORD_MAX];
	keep(w, time, value);
	watch_word(w, WATCH_LAST, number);
	if (!w->shell->ui->draws)
		shell_print(w->shell, UI_OUTPUT, "%s %s", w->name, number);
}

static void miss_number(struct watch *w, const struct exchange *x, const struct reply *r)
{
	char why[ERROR_WHAT_MAX];
	snprintf(why, sizeof why, "no number%s in the reply %s", w->chosen ? " like PATTERN" : "",
		r ? quote(r->payload).text : "(none came)");
	miss(w, x->time, x->error ? x->error : why);
}

static void take(struct watch *w, const struct exchange *x)
{
	const struct reply *r = x->status == EXCHANGE_OK ? answer_of(x) : NULL;
	struct bytes text;
	double value;
	bytes_init(&text, LIMIT_FRAME_MOST);
	/* As it is shown. */
	if (r && frame_rules(x->frame)->bin)
		text_add_hex(&text, r->payload, true);
	else if (r)
		text_add(&text, r->payload, 0);
	if (r && number_in(w, bytes_slice(&text), &value))
		take_number(w, x->time, value);
	else if (x->status == EXCHANGE_CANCELLED)
		add_gap(w, x->time); /* that was the user */
	else
		miss_number(w, x, r);
	bytes_free(&text);
}

/* What comes too late answers the last command that was given up. */
static bool is_late_for(const struct watch *w, const struct exchange *x)
{
	return w->gave_up && x->status == EXCHANGE_LATE;
}

bool watch_alone(const struct opened *device)
{
	const struct exchange *x = session_current(device->session);
	if (!x || session_pending(device->session) != 1)
		return false;
	for (const struct watch *w = device->shell->watches; w; w = w->next)
		if (w->device == device && w->waiting && w->waiting == x->number)
			return true;
	return false;
}

bool watch_takes(struct opened *device, const struct exchange *x)
{
	struct shell *sh = device->shell;
	bool taken = x->number && x->number == device->unwatched;
	for (struct watch *w = sh->watches; w; w = w->next) {
		bool answer = waits_for(w, device->session, x);
		if (w->device != device)
			continue;
		taken |= answer || is_late_for(w, x);
		if (x->number)
			w->gave_up = answer && x->status != EXCHANGE_OK;
		if (!answer)
			continue;
		w->waiting = 0;
		take(w, x);
	}
	return taken;
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

/* In slashes as .find has it, or without them. */
static struct pattern *number_pattern(struct slice text, struct error *err)
{
	bool slashes = text.len > 2 && text.at[0] == '/' && text.at[text.len - 1] == '/';
	if (slashes)
		text = slice_cut(text, 1, text.len - 1);
	return pattern_new(text.len ? text : SLICE(NUMBER), false, err);
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
	struct pattern *number = number_pattern(pattern, err);
	if (!number) {
		err->placed = false; /* it is a word among others */
		return false;
	}
	struct watch *w = mem_new(sizeof *w);
	w->pattern = number;
	w->chosen = pattern.len > 0;
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
	gone->device->unwatched = gone->waiting ? gone->waiting : gone->device->unwatched;
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
