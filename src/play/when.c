/* when.c - `.when /PATTERN/ LINE`: a frame that matches runs the line. */
#include "play/play_private.h"

#include "base/mem.h"
#include "base/text.h"
#include "macro/request.h"

enum { WHENS_MAX = 16 };

/* A pattern, and the line that runs. */
struct when {
	struct when *next;
	struct pattern *pattern;
	struct source_place place;
	struct bytes line; /* the whole line, for errors */
	size_t behind;     /* where LINE begins in it */
};

void when_forget(struct play *p)
{
	while (p->whens) {
		struct when *w = p->whens;
		p->whens = w->next;
		pattern_free(w->pattern);
		bytes_free(&w->line);
		free(w);
	}
}

static bool may_follow(const struct order *o)
{
	return o->kind == ORDER_SEND;
}

/* Reads LINE, as it is read when a frame matches. */
static bool read_line(struct play *p, const struct when *w, struct error *err)
{
	const struct reading reading = play_reading(p);
	struct slice text = slice_cut(bytes_slice(&w->line), w->behind, w->line.len);
	if (order_read(&p->side, text, &reading, err) && may_follow(&p->side))
		return true;
	if (p->side.kind != ORDER_SEND && !err->what[0])
		error_at(err, 0, text.len, ".when needs a command to send behind its pattern");
	err->column += w->behind;
	return false;
}

static struct pattern *read_pattern(
	struct play *p, struct slice rest, size_t *length, struct error *err)
{
	struct bytes source;
	struct slice word = slice_trim(rest);
	size_t at = word.len ? (size_t)(word.at - rest.at) : 0;
	if (!word.len || word.at[0] != '/') {
		error_at(err, at, word.len, ".when needs /PATTERN/ and the command to send then");
		return NULL;
	}
	bytes_init(&source, PATTERN_MAX);
	size_t n = pattern_word(word, &p->macro->vars->names, &source, err);
	struct pattern *pattern = n ? pattern_new(bytes_slice(&source), PATTERN_BYTES, err) : NULL;
	if (!pattern)
		err->column += at + (n ? 1 : 0);
	bytes_free(&source);
	*length = at + n;
	return pattern;
}

static size_t when_count(const struct play *p)
{
	size_t count = 0;
	for (const struct when *w = p->whens; w; w = w->next)
		count++;
	return count;
}

/* A line of a loop is one, however often it is run. */
static bool is_known(const struct play *p, struct source_place place)
{
	for (const struct when *w = p->whens; w; w = w->next)
		if (w->place.offset == place.offset && slice_equal(bytes_slice(&w->line), p->text))
			return true;
	return false;
}

bool when_begin(struct play *p, const struct order *o, struct error *err)
{
	size_t length;
	struct source_place place = source_here(p->macro->source);
	if (is_known(p, place))
		return true;
	if (when_count(p) == WHENS_MAX)
		return error_set(
			err, STATUS_USAGE, "there can be at most %d .when lines", WHENS_MAX);
	if (!device_current(p, err))
		return false;
	struct pattern *pattern = read_pattern(p, o->rest, &length, err);
	if (!pattern)
		return false;
	struct when *w = mem_new(sizeof *w);
	w->pattern = pattern;
	w->place = place;
	bytes_init(&w->line, LIMIT_LINE);
	bytes_add(&w->line, p->text);
	while (length < o->rest.len && is_blank(o->rest.at[length]))
		length++;
	w->behind = o->rest_at + length;
	w->next = p->whens;
	p->whens = w;
	err->what[0] = 0;
	if (read_line(p, w, err))
		return true;
	err->column -= err->placed ? o->rest_at : 0; /* it is placed in the rest by the caller */
	return false;
}

static bool when_told(void *asker, struct session *s, struct exchange *x)
{
	struct play *p = asker;
	p->when_pending--;
	play_raise(p, exchange_exit(x->status));
	bool taken = play_give_unasked(p, s, x, false);
	play_advance(p);
	return taken;
}

static void when_run(struct play *p, const struct when *w, struct session *s)
{
	struct error err;
	if (!read_line(p, w, &err)) {
		play_complain(p, &err, bytes_slice(&w->line), w->place.line);
		return;
	}
	const struct request request = order_request(&p->side, when_told, p);
	p->when_pending++;
	session_ask(s, &request);
}

bool when_asked(const struct exchange *x)
{
	return x->ended == when_told;
}

void when_frame(struct play *p, struct session *s, const struct reply *r)
{
	struct pattern_match match;
	for (const struct when *w = p->whens; w && !p->ended; w = w->next) {
		uint64_t steps = EXPECTED_STEPS;
		struct slice text = r->has_payload ? r->payload : r->raw;
		if (pattern_find(w->pattern, text, 0, 0, &steps, &match))
			when_run(p, w, s);
	}
}
