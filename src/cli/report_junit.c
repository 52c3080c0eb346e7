/* report_junit.c - a report as JUnit's XML: a suite a macro, a case a step. */
#include "base/text.h"
#include "cli/report.h"
#include <errno.h>
#include <wilco/limits.h>

/* Adds text, in which no control byte is left; XML could not hold it. */
static void add_xml(struct slice text, struct bytes *out)
{
	struct bytes safe;
	bytes_init(&safe, LIMIT_MESSAGE);
	text_add(&safe, text, TEXT_PLAIN);
	struct slice s = bytes_shown(&safe);
	for (size_t i = 0; i < s.len; i++)
		switch (s.at[i]) {
		case '&':
			bytes_add_str(out, "&amp;");
			break;
		case '<':
			bytes_add_str(out, "&lt;");
			break;
		case '>':
			bytes_add_str(out, "&gt;");
			break;
		case '"':
			bytes_add_str(out, "&quot;");
			break;
		default:
			bytes_add_byte(out, s.at[i]);
		}
	bytes_free(&safe);
}

static void add_seconds(int64_t ns, struct bytes *out)
{
	bytes_addf(out, "%lld.%06lld", (long long)(ns / 1000000000),
		(long long)(ns % 1000000000 / 1000));
}

static void junit_begin(struct report *r)
{
	bytes_add_str(&r->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
}

/* The suite's head has the totals, so its cases wait in a file. */
static void junit_macro(struct report *r, const char *name)
{
	(void)name;
	bytes_pass(&r->out);
	r->steps = r->bad = r->skipped = 0;
	r->elapsed = 0;
	r->body = tmpfile();
	if (!r->body && !r->broken) {
		r->broken = true;
		r->error = errno;
	}
}

static void add_differences(const struct differences *d, struct bytes *out)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct difference *at = &d->at[i];
		bytes_add_str(out, "at ");
		add_xml(slice_str(at->at), out);
		bytes_add_str(out, "\n  expected ");
		add_xml(slice_str(at->expected ? at->expected : "nothing"), out);
		bytes_add_str(out, "\n  got      ");
		add_xml(slice_str(at->got ? at->got : "nothing"), out);
		bytes_add_str(out, "\n");
	}
	if (d->more)
		bytes_addf(out, "and %zu more\n", d->more);
}

static void junit_failure(struct report *r, const struct step_result *s)
{
	bool went = !s->exchange || s->exchange->status == EXCHANGE_OK;
	const char *kind = went ? "mismatch" : exchange_status_name(s->exchange->status);
	bytes_addf(&r->out, ">\n<failure type=\"%s\" message=\"", kind);
	if (s->differences->count) {
		bytes_add_str(&r->out, "differs at ");
		add_xml(slice_str(s->differences->at[0].at), &r->out);
	} else {
		add_xml(slice_str(kind), &r->out);
	}
	bytes_add_str(&r->out, "\">");
	add_differences(s->differences, &r->out);
	bytes_add_str(&r->out, "</failure>\n</testcase>\n");
}

static void junit_step(struct report *r, const struct report_step *step)
{
	const struct step_result *s = step->result;
	r->steps++;
	r->bad += s && s->status;
	r->skipped += !s;
	r->elapsed += s ? s->elapsed : 0;
	bytes_add_str(&r->out, "<testcase classname=\"");
	add_xml(slice_str(step->file), &r->out);
	bytes_addf(&r->out, "\" name=\"%u ", step->line);
	add_xml(step->command, &r->out);
	if (s && s->iteration)
		bytes_addf(&r->out, " [%llu]", (unsigned long long)s->iteration);
	bytes_add_str(&r->out, "\" time=\"");
	add_seconds(s ? s->elapsed : 0, &r->out);
	if (!s)
		bytes_add_str(&r->out, "\">\n<skipped message=\"not run\"/>\n</testcase>\n");
	else if (s->status)
		bytes_add_str(&r->out, "\""), junit_failure(r, s);
	else
		bytes_add_str(&r->out, "\"/>\n");
}

static void junit_failed(struct report *r, struct slice why)
{
	struct slice line, rest = why;
	r->steps++;
	r->bad++;
	bytes_add_str(&r->out, "<testcase classname=\"");
	add_xml(slice_str(r->name), &r->out);
	bytes_add_str(&r->out, "\" name=\"the macro can be played\">\n<failure type=\"usage\" "
			       "message=\"");
	if (slice_line(&rest, &line))
		add_xml(line, &r->out);
	bytes_add_str(&r->out, "\">");
	while (slice_line(&why, &line)) {
		add_xml(line, &r->out);
		bytes_add_str(&r->out, "\n");
	}
	bytes_add_str(&r->out, "</failure>\n</testcase>\n");
}

static void add_body(struct report *r, FILE *body)
{
	char part[4096];
	rewind(body);
	for (size_t n; (n = fread(part, 1, sizeof part, body)) > 0;)
		bytes_add(&r->out, slice_of(part, n));
	fclose(body);
}

static void junit_over(struct report *r)
{
	FILE *body = r->body;
	bytes_pass(&r->out);
	r->body = NULL;
	bytes_add_str(&r->out, "<testsuite name=\"");
	add_xml(slice_str(r->name), &r->out);
	bytes_addf(&r->out,
		"\" tests=\"%llu\" failures=\"%llu\" errors=\"0\" skipped=\"%llu\" time=\"",
		(unsigned long long)r->steps, (unsigned long long)r->bad,
		(unsigned long long)r->skipped);
	add_seconds(r->elapsed, &r->out);
	bytes_add_str(&r->out, "\">\n");
	if (body)
		add_body(r, body);
	bytes_add_str(&r->out, "</testsuite>\n");
	bytes_pass(&r->out);
}

static void junit_end(struct report *r)
{
	bytes_add_str(&r->out, "</testsuites>\n");
}

const struct report_format report_junit = {.name = "JUnit",
	.begin = junit_begin,
	.macro = junit_macro,
	.step = junit_step,
	.failed = junit_failed,
	.macro_over = junit_over,
	.end = junit_end};
