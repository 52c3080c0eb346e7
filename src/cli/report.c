/* report.c - see report.h. */
#include "cli/report.h"

#include "base/mem.h"
#include "base/text.h"
#include "cli/out.h"
#include <errno.h>
#include <stdlib.h>
#include <wilco/limits.h>

enum { REPORT_BUFFER = 64 * 1024, PLANNED_MAX = 512 };

/* A step that was found when the macro was checked. */
struct planned {
	unsigned line;
	uint16_t file, command; /* lengths of the texts behind it */
};

struct reports {
	struct report *at[REPORT_KINDS];
	bool any;   /* there is a report; otherwise nothing is done here */
	FILE *plan; /* what was planned; NULL: nothing */
	char *last; /* the file of the last step; NULL: none has run */
	unsigned line;
	bool unchecked; /* the macro was found to be wrong before its first step */
};

/* ---- one report ---- */

static void put(void *arg, struct slice part)
{
	struct report *r = arg;
	FILE *file = r->body ? r->body : r->file;
	if (!file && !r->apart)
		out_text(part);
	else if (!file)
		r->broken = true;
	else if (fwrite(part.at, 1, part.len, file) != part.len && !r->broken) {
		r->broken = true;
		r->error = errno;
	}
}

static bool cannot_report(const char *path, int code, struct error *err)
{
	return error_set(err, STATUS_OUTPUT, "cannot write the report %s: %s",
		quote(slice_str(path)).text, strerror(code));
}

static void report_free(struct report *r)
{
	bytes_free(&r->out);
	free(r->name);
	free(r->path);
	free(r);
}

static struct report *report_open(
	const struct report_format *format, const char *path, struct error *err)
{
	struct report *r = mem_new(sizeof *r);
	r->format = format;
	r->path = mem_str(path);
	r->drain = (struct bytes_drain){put, r};
	bytes_stream(&r->out, REPORT_BUFFER, &r->drain);
	if (slice_ends(slice_str(path), SLICE(".wilco"))) {
		error_set(err, STATUS_USAGE, "the report would overwrite the macro %s",
			quote(slice_str(path)).text);
		error_hint(err, "--report-tap and --report-junit need a file to write, or -");
		report_free(r);
		return NULL;
	}
	if (strcmp(path, "-") != 0 && !(r->file = fopen(path, "we"))) {
		cannot_report(path, errno, err);
		report_free(r);
		return NULL;
	}
	format->begin(r);
	return r;
}

static bool report_close(struct report *r, struct error *err)
{
	r->format->end(r);
	bytes_pass(&r->out);
	if (r->file && fclose(r->file) != 0 && !r->broken) {
		r->broken = true;
		r->error = errno;
	}
	bool good = !r->broken || cannot_report(r->path, r->error, err);
	report_free(r);
	return good;
}

/* ---- all of them ---- */

struct reports *reports_open(const char *tap, const char *junit, struct error *err)
{
	static const struct report_format *const formats[] = {&report_tap, &report_junit};
	const char *const paths[] = {tap, junit};
	struct reports *all = mem_new(sizeof *all);
	all->any = tap || junit;
	bool good =
		!tap || !junit || strcmp(tap, "-") != 0 || strcmp(junit, "-") != 0 ||
		error_set(err, STATUS_USAGE, "only one report can be written to standard output");
	for (size_t i = 0; i < REPORT_KINDS && good; i++)
		if (paths[i])
			good = (all->at[i] = report_open(formats[i], paths[i], err)) != NULL;
	if (good)
		return all;
	struct error ignored;
	reports_close(all, &ignored);
	return NULL;
}

bool reports_any(const struct reports *all)
{
	return all->any;
}

bool reports_on_output(const struct reports *all)
{
	bool any = false;
	for (size_t i = 0; i < REPORT_KINDS; i++)
		any |= all->at[i] && !all->at[i]->file;
	return any;
}

void reports_macro(struct reports *all, const char *name)
{
	if (!all->any)
		return;
	all->plan = tmpfile();
	all->unchecked = false;
	for (size_t i = 0; i < REPORT_KINDS; i++)
		if (all->at[i]) {
			free(all->at[i]->name);
			all->at[i]->name = mem_str(name);
			all->at[i]->format->macro(all->at[i], name);
		}
}

static uint16_t length_of(size_t n)
{
	return n > PLANNED_MAX ? PLANNED_MAX : (uint16_t)n;
}

void reports_planned(struct reports *all, const struct step_result *s)
{
	struct planned p;
	if (!all->plan)
		return;
	memset(&p, 0, sizeof p);
	p.line = s->line;
	p.file = length_of(strlen(s->file));
	p.command = length_of(s->command.len);
	fwrite(&p, sizeof p, 1, all->plan);
	fwrite(s->file, 1, p.file, all->plan);
	fwrite(s->command.at, 1, p.command, all->plan);
}

static void tell_step(struct reports *all, const struct report_step *step)
{
	for (size_t i = 0; i < REPORT_KINDS; i++)
		if (all->at[i])
			all->at[i]->format->step(all->at[i], step);
}

void reports_step(struct reports *all, const struct step_result *s)
{
	const struct report_step step = {s->file, s->line, s->command, s};
	if (!all->any)
		return;
	free(all->last);
	all->last = mem_str(s->file);
	all->line = s->line;
	tell_step(all, &step);
}

void reports_failed(struct reports *all, struct slice why)
{
	all->unchecked |= !all->last;
	for (size_t i = 0; i < REPORT_KINDS; i++)
		if (all->at[i])
			all->at[i]->format->failed(all->at[i], why);
}

/* Reads the next planned step; its texts are in `text`. */
static bool next_planned(FILE *plan, char *text, struct report_step *step)
{
	struct planned p;
	if (fread(&p, sizeof p, 1, plan) != 1 || p.file > PLANNED_MAX || p.command > PLANNED_MAX)
		return false;
	size_t all = (size_t)p.file + p.command;
	if (fread(text, 1, p.file, plan) != p.file ||
		fread(text + p.file + 1, 1, p.command, plan) != p.command)
		return false;
	text[p.file] = 0;
	*step = (struct report_step){text, p.line, slice_of(text + p.file + 1, all - p.file), NULL};
	return true;
}

/* Tells what stands behind the last step. */
static void tell_skipped(struct reports *all)
{
	char text[2 * PLANNED_MAX + 1];
	struct report_step step;
	bool behind = !all->last;
	rewind(all->plan);
	while (next_planned(all->plan, text, &step)) {
		if (behind)
			tell_step(all, &step);
		behind |= all->last && step.line == all->line && strcmp(step.file, all->last) == 0;
	}
}

void reports_macro_over(struct reports *all, bool stopped)
{
	if (stopped && all->plan && !all->unchecked)
		tell_skipped(all);
	if (all->plan)
		fclose(all->plan);
	all->plan = NULL;
	free(all->last);
	all->last = NULL;
	for (size_t i = 0; i < REPORT_KINDS; i++)
		if (all->at[i])
			all->at[i]->format->macro_over(all->at[i]);
}

/* ---- of several macros at the same time ---- */

static void report_broke(struct report *r, int code)
{
	if (!r->broken)
		r->error = code;
	r->broken = true;
}

static struct report *report_apart(const struct report *of)
{
	struct report *r = mem_new(sizeof *r);
	r->format = of->format;
	r->path = mem_str(of->path);
	r->apart = true;
	r->drain = (struct bytes_drain){put, r};
	bytes_stream(&r->out, REPORT_BUFFER, &r->drain);
	r->file = tmpfile();
	if (!r->file)
		report_broke(r, errno);
	return r;
}

struct reports *reports_apart(const struct reports *all)
{
	struct reports *apart = mem_new(sizeof *apart);
	apart->any = all->any;
	for (size_t i = 0; i < REPORT_KINDS; i++)
		if (all->at[i])
			apart->at[i] = report_apart(all->at[i]);
	return apart;
}

static void join_part(struct report *r, struct slice part)
{
	const uint8_t *mark;
	while (part.len && (mark = memchr(part.at, REPORT_NUMBER, part.len))) {
		size_t at = (size_t)(mark - part.at);
		bytes_add(&r->out, slice_cut(part, 0, at));
		bytes_addf(&r->out, "%llu", (unsigned long long)++r->steps);
		part = slice_cut(part, at + 1, part.len);
	}
	bytes_add(&r->out, part);
}

static void report_join(struct report *r, struct report *apart)
{
	char part[4096];
	bytes_pass(&apart->out);
	if (apart->file)
		rewind(apart->file);
	for (size_t n; apart->file && (n = fread(part, 1, sizeof part, apart->file)) > 0;)
		join_part(r, slice_of(part, n));
	bytes_pass(&r->out);
	if (apart->broken)
		report_broke(r, apart->error);
	if (apart->file)
		fclose(apart->file);
	report_free(apart);
}

void reports_join(struct reports *all, struct reports *apart)
{
	for (size_t i = 0; i < REPORT_KINDS; i++)
		if (apart->at[i])
			report_join(all->at[i], apart->at[i]);
	free(apart->last);
	free(apart);
}

bool reports_close(struct reports *all, struct error *err)
{
	bool good = true;
	if (!all)
		return true;
	for (size_t i = 0; i < REPORT_KINDS; i++)
		if (all->at[i])
			good = report_close(all->at[i], err) && good;
	free(all->last);
	free(all);
	return good;
}
