/* play_jobs.c - wilco play -j N: several macros at the same time, over the one loop.
 *
 * All of them are checked first, to learn their devices and to ask what a person has to say: while
 * they run, nobody is asked.  Macros with an address in common run one after the other, in the
 * order of the command line.  In this order they are printed, too: the first that is not over
 * prints at once, and what those behind it print is kept.
 */
#include "cli/playing.h"

#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/out.h"
#include <stdlib.h>
#include <sys/stat.h>

/* How many macros may run or be over behind the one that prints: what each prints takes files. */
enum { JOBS_AHEAD = 2 * OPTIONS_JOBS_MAX };

enum job_state { JOB_WAITS, JOB_RUNS, JOB_OVER };

struct job {
	struct playing playing; /* first: the owner of the events */
	char *word;
	char **places; /* the addresses of its devices */
	size_t place_count;
	uint32_t rounds; /* to be played */
	enum job_state state;
};

struct jobs {
	struct playing *all;
	struct job *at;
	size_t count;
	size_t first;   /* the one that prints; those before it are over */
	size_t running; /* how many */
};

/* ---- before: who has which devices ---- */

static void job_add(struct playing *a, const char *word)
{
	struct jobs *jobs = a->jobs;
	uint32_t times = a->cli->options.times;
	jobs->at = mem_grow(jobs->at, jobs->count + 1, sizeof *jobs->at);
	struct job *job = &jobs->at[jobs->count++];
	*job = (struct job){.playing = *a, .word = mem_str(word), .rounds = times ? times : 1};
	job->playing.vars = NULL;
	job->playing.var_count = 0;
	for (size_t i = 0; i < a->var_count; i++) {
		job->playing.vars = mem_grow(job->playing.vars, i + 1, sizeof(const char *));
		job->playing.vars[job->playing.var_count++] = mem_str(a->vars[i]);
	}
}

static void job_free(struct job *job)
{
	for (size_t i = 0; i < job->playing.var_count; i++)
		free((void *)job->playing.vars[i]);
	for (size_t i = 0; i < job->place_count; i++)
		free(job->places[i]);
	free(job->playing.vars);
	free(job->places);
	free(job->word);
}

static void job_on_device(void *owner, const struct session *s)
{
	struct job *job = owner;
	struct bytes place;
	bytes_init(&place, LIMIT_MESSAGE);
	address_place(session_address(s), &place);
	job->places = mem_grow(job->places, job->place_count + 1, sizeof(char *));
	job->places[job->place_count++] = mem_str(bytes_str(&place));
	bytes_free(&place);
}

/* Asks for an argument that is missing, and keeps it for the run. */
static enum name_is job_ask(
	void *owner, struct slice name, bool secret, struct bytes *out, struct error *err)
{
	struct playing *a = owner;
	struct bytes pair;
	enum name_is is = playing_ask(owner, name, secret, out, err);
	if (secret || is != NAME_KNOWN)
		return is;
	bytes_init(&pair, LIMIT_LINE + LIMIT_MESSAGE);
	bytes_addf(&pair, "%.*s=", SLICE_ARG(name));
	bytes_add(&pair, bytes_slice(out));
	a->vars = mem_grow(a->vars, a->var_count + 1, sizeof(const char *));
	a->vars[a->var_count++] = mem_strn(pair.at, pair.len);
	bytes_free(&pair);
	return is;
}

/* What is wrong with a macro is told when its turn comes. */
static void job_on_failed(void *owner, enum status status, struct bytes *shown)
{
	(void)owner;
	(void)status;
	(void)shown;
}

static void job_on_checked(void *owner, enum status status)
{
	struct playing *a = owner;
	a->over = true;
	a->status = status;
}

static const struct play_events checking_events = {
	.device = job_on_device, .failed = job_on_failed, .ended = job_on_checked};

/* Checks a macro; false: a person has had enough of the questions. */
static bool job_check(struct job *job)
{
	struct playing *a = &job->playing;
	struct error err;
	char *path = cli_macro_path(job->word);
	playing_begin_context(a);
	a->play = playing_open(a, path, &checking_events, job_ask, PLAY_CHECK, &err);
	if (a->play)
		play_go(a->play);
	play_free(a->play);
	a->play = NULL;
	playing_end_context(a);
	free(path);
	bool asked = a->status != STATUS_INTERRUPT;
	a->status = STATUS_OK;
	loop_step(a->cli->loop, false); /* a signal may have ended a question */
	return asked && !cli_signalled();
}

/* A macro is read for the check and then once more. */
static bool job_can_be_read_again(const struct job *job, struct error *err)
{
	struct stat st;
	char *path = cli_macro_path(job->word);
	bool again = strcmp(path, "-") != 0 && (stat(path, &st) < 0 || S_ISREG(st.st_mode));
	free(path);
	return again || error_set(err, STATUS_USAGE,
				"-j reads each macro twice, so '%s' has to be a file, not a pipe",
				quote(slice_str(job->word)).text);
}

static bool jobs_check(struct jobs *jobs, struct error *err)
{
	for (size_t i = 0; i < jobs->count; i++)
		if (!job_can_be_read_again(&jobs->at[i], err))
			return false;
	for (size_t i = 0; i < jobs->count; i++)
		if (!job_check(&jobs->at[i]))
			return error_set(err, STATUS_INTERRUPT,
				"nothing was sent, because a question was not answered");
	secret_on_ask(NULL, NULL, NULL);
	return true;
}

/* ---- which may run ---- */

static bool jobs_share(const struct job *a, const struct job *b)
{
	for (size_t i = 0; i < a->place_count; i++)
		for (size_t k = 0; k < b->place_count; k++)
			if (strcmp(a->places[i], b->places[k]) == 0)
				return true;
	return false;
}

/* Says whether no macro before it that is not over has one of its devices. */
static bool job_may_run(const struct jobs *jobs, size_t index)
{
	for (size_t i = jobs->first; i < index; i++)
		if (jobs->at[i].state != JOB_OVER && jobs_share(&jobs->at[i], &jobs->at[index]))
			return false;
	return true;
}

static void job_start(struct jobs *jobs, size_t index)
{
	struct job *job = &jobs->at[index];
	struct playing *a = &job->playing;
	if (job->state == JOB_WAITS) {
		a->spool = index == jobs->first ? NULL : spool_new();
		a->reports = reports_apart(jobs->all->reports);
		jobs->running++;
	}
	job->state = JOB_RUNS;
	a->running = false;
	playing_start(a, job->word);
	a->running = true;
}

static void jobs_start(struct jobs *jobs)
{
	size_t most = jobs->all->cli->options.jobs;
	for (size_t i = jobs->first; i < jobs->count && i < jobs->first + JOBS_AHEAD; i++)
		if (jobs->running < most && jobs->at[i].state == JOB_WAITS && job_may_run(jobs, i))
			job_start(jobs, i);
}

/* ---- when one is over ---- */

static void give_kept(enum spool_kind kind, struct slice part)
{
	if (kind == SPOOL_OUT)
		out_write(part);
	else
		out_flush(), cli_stderr(part);
}

/* Prints what was kept; from now on the macro prints at once. */
static void job_print(struct job *job)
{
	struct error err;
	out_to(NULL);
	if (job->playing.spool && !spool_give(job->playing.spool, give_kept)) {
		error_set(&err, STATUS_OUTPUT,
			"%s: a part of its output is lost: at most %d MiB are kept while it waits "
			"for the macros before it",
			quote(slice_str(job->word)).text, LIMIT_KEPT >> 20);
		playing_raise(&job->playing, cli_error(&err, SLICE("")));
	}
	spool_free(job->playing.spool);
	job->playing.spool = NULL;
}

static void job_leave(struct jobs *jobs, struct job *job)
{
	reports_join(jobs->all->reports, job->playing.reports);
	playing_raise(jobs->all, job->playing.status);
	jobs->first++;
}

/* Prints those whose turn has come. */
static void jobs_print(struct jobs *jobs)
{
	while (jobs->first < jobs->count && jobs->at[jobs->first].state != JOB_WAITS) {
		struct job *job = &jobs->at[jobs->first];
		job_print(job);
		if (job->state != JOB_OVER)
			return;
		job_leave(jobs, job);
	}
}

/* Ends those that are over, or plays them once more; false: none was. */
static bool jobs_finish(struct jobs *jobs)
{
	bool any = false;
	for (size_t i = jobs->first; i < jobs->count; i++) {
		struct job *job = &jobs->at[i];
		if (job->state != JOB_RUNS || !job->playing.over)
			continue;
		any = true;
		playing_finish(&job->playing, job->word);
		if (--job->rounds && !cli_signalled()) {
			job_start(jobs, i);
			continue;
		}
		job->state = JOB_OVER;
		jobs->running--;
	}
	jobs_print(jobs);
	return any;
}

void jobs_stop(struct jobs *jobs)
{
	for (size_t i = jobs->first; i < jobs->count; i++)
		if (jobs->at[i].playing.play)
			play_stop(jobs->at[i].playing.play);
}

/* Ends all: those that run, too, where a signal came or nobody reads standard output any more. */
static void jobs_end(struct jobs *jobs)
{
	for (size_t i = 0; i < jobs->count; i++)
		jobs->at[i].playing.running =
			false; /* the loop does not run, so it need not stop */
	jobs_stop(jobs);
	jobs_finish(jobs);
	for (size_t i = jobs->first; i < jobs->count && i < jobs->first + JOBS_AHEAD; i++)
		if (jobs->at[i].state == JOB_OVER) {
			job_print(&jobs->at[i]);
			reports_join(jobs->all->reports, jobs->at[i].playing.reports);
			playing_raise(jobs->all, jobs->at[i].playing.status);
		}
	out_to(NULL);
}

static void jobs_run(struct jobs *jobs)
{
	while (jobs->first < jobs->count && !cli_signalled() && !out_failed()) {
		jobs_start(jobs);
		if (!jobs_finish(jobs))
			loop_run(jobs->all->cli->loop);
	}
	jobs_end(jobs);
}

void jobs_play(struct playing *a, int count)
{
	struct jobs jobs = {.all = a};
	struct error err;
	a->jobs = &jobs;
	for (int i = 0; i < count; i++)
		playing_each(a, a->cli->words[i], job_add);
	if (jobs_check(&jobs, &err))
		jobs_run(&jobs);
	else
		playing_raise(a, cli_error(&err, SLICE("")));
	for (size_t i = 0; i < jobs.count; i++)
		job_free(&jobs.at[i]);
	free(jobs.at);
	a->jobs = NULL;
}
