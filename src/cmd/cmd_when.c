/* cmd_when.c - .when: runs a line each time that a frame comes in which a pattern is found. */
#include "base/mem.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/when.h"
#include "macro/expected.h"
#include <stdlib.h>

static cmd_run run;

const struct cmd cmd_when = {
	.verb = {.name = "when",
		.places = PLACE_PROMPT | PLACE_PLAY,
		.args = "[/PATTERN/ LINE | off]",
		.help = "run a line each time that a frame comes in which the pattern is found",
		.examples = ".when /OVERHEAT/ .now STOP\n.when off"},
	.takes_rest = true,
	.at_once = true,
	.talks = true,
	.run = run,
};

enum { WHENS_MAX = 16 };

struct shell_when {
	struct shell_when *next;
	struct pattern *pattern;
	char *text;        /* as it was typed */
	struct slice line; /* a part of it */
};

void when_forget_all(struct shell *sh)
{
	while (sh->whens) {
		struct shell_when *w = sh->whens;
		sh->whens = w->next;
		pattern_free(w->pattern);
		free(w->text);
		free(w);
	}
}

static bool list(struct shell *sh)
{
	if (!sh->whens)
		shell_print(sh, UI_OUTPUT, "no .when waits for anything");
	for (const struct shell_when *w = sh->whens; w; w = w->next)
		shell_print(sh, UI_OUTPUT, ".when %s", w->text);
	return true;
}

static bool may_add(const struct shell *sh, struct error *err)
{
	size_t count = 0;
	for (const struct shell_when *w = sh->whens; w; w = w->next)
		count++;
	return count < WHENS_MAX ||
	       error_set(err, STATUS_USAGE,
		       "there can be at most %d .when lines; .when off removes them", WHENS_MAX);
}

/* Reads /PATTERN/ and finds LINE; NULL: err says what is wrong. */
static struct pattern *read_when(struct slice rest, struct slice *line, struct error *err)
{
	struct bytes source;
	if (rest.at[0] != '/') {
		error_at(err, 0, rest.len, ".when needs /PATTERN/ and the line to run then");
		return NULL;
	}
	bytes_init(&source, PATTERN_MAX);
	size_t n = pattern_word(rest, NULL, &source, err);
	*line = slice_trim(slice_cut(rest, n, rest.len));
	struct pattern *pattern = NULL;
	if (n && !line->len)
		error_at(err, 0, n, ".when needs the line to run behind its pattern");
	else if (n)
		pattern = pattern_new(bytes_slice(&source), PATTERN_BYTES, err);
	bytes_free(&source);
	return pattern;
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	struct slice line;
	if (!call->rest.len)
		return list(sh);
	if (slice_is(call->rest, "off")) {
		when_forget_all(sh);
		return true;
	}
	struct pattern *pattern = may_add(sh, err) ? read_when(call->rest, &line, err) : NULL;
	if (!pattern)
		return false;
	struct shell_when *w = mem_new(sizeof *w);
	w->pattern = pattern;
	w->text = mem_strn(call->rest.at, call->rest.len);
	w->line = slice_of(w->text + (line.at - call->rest.at), line.len);
	w->next = sh->whens;
	sh->whens = w;
	return true;
}

/* A line out of turn goes at once, before those that wait.  Another runs from the loop, because
 * this is inside of the session. */
static void when_run(struct opened *device, struct slice line)
{
	struct shell *sh = device->shell;
	if (slice_starts(line, SLICE(".now "))) {
		shell_line_at(sh, device->session, line);
	} else if (queue_add(&sh->queue, device, line, false)) {
		sh->queue.last->by_when = true;
		shell_run_soon(sh);
	}
}

bool when_answered(void *asker, struct session *s, struct exchange *x)
{
	return shell_answered(asker, s, x);
}

void when_frame_came(struct opened *device, const struct reply *r)
{
	struct pattern_match match;
	for (const struct shell_when *w = device->shell->whens; w; w = w->next) {
		uint64_t steps = EXPECTED_STEPS;
		if (r->kind == SPLIT_FRAME && r->mark != MARK_ECHO &&
			pattern_find(w->pattern, r->payload, 0, 0, &steps, &match))
			when_run(device, w->line);
	}
}
