/* lines.c - loops: lines of a file that are run again. */
#include "play/play_private.h"

#include "base/number.h"
#include "base/text.h"

static struct loop_of_lines *innermost(const struct play *p)
{
	struct macro *m = p->macro;
	return m->loop_count ? &m->loops[m->loop_count - 1] : NULL;
}

/* Says which turn it is to the names of the file. */
static void tell_turn(struct play *p)
{
	const struct loop_of_lines *l = innermost(p);
	struct variables *v = p->macro->vars;
	v->iteration = !l ? NAME_UNKNOWN : p->checking ? NAME_LATER : NAME_KNOWN;
	v->n = l ? l->turn : 0;
}

uint64_t lines_turn(const struct play *p)
{
	for (const struct macro *m = p->macro; m; m = m->caller)
		if (m->loop_count)
			return m->loops[m->loop_count - 1].turn;
	return 0;
}

static bool loop_begin(struct play *p, struct loop_of_lines loop, struct error *err)
{
	struct macro *m = p->macro;
	if (m->loop_count == LOOPS_MAX)
		return error_set(
			err, STATUS_USAGE, "loops can be nested at most %d deep", LOOPS_MAX);
	loop.head = source_here(m->source);
	loop.due = loop_now(p->config.loop) + loop.period;
	loop.turn = 1;
	m->loops[m->loop_count++] = loop;
	tell_turn(p);
	return true;
}

enum went lines_repeat(struct play *p, const struct order *o, struct error *err)
{
	struct slice word;
	struct bytes store;
	struct loop_of_lines loop = {.turns = 1};
	bytes_init(&store, LIMIT_LINE);
	names_begin(&p->macro->vars->names);
	int count = args_split(o->rest, &p->macro->vars->names, &store, &word, 1, err);
	bool later = p->checking && p->macro->vars->names.later;
	bool good = later || (count == 1 && number_parse(word, "the number of turns", 1, UINT32_MAX,
						    &loop.turns, err));
	if (!count && !later)
		error_set(
			err, STATUS_USAGE, ".repeat needs the number of turns, such as .repeat 3");
	bytes_free(&store);
	if (!good || !loop_begin(p, loop, err)) {
		play_place(o, err);
		return WENT_WRONG;
	}
	return WENT_ON;
}

/* Says whether replies stand below: a device says them by itself, which nobody plays. */
static bool is_talk(struct play *p)
{
	struct error ignored;
	struct slice line;
	struct source_place here = source_here(p->macro->source);
	bool talk = false;
	while (source_next(p->macro->source, &line, &ignored) == SOURCE_LINE) {
		talk = slice_starts(line, SLICE("  "));
		if (slice_trim(line).len && slice_trim(line).at[0] != '#' && !order_is_above(line))
			break;
	}
	source_go(p->macro->source, here);
	source_next(p->macro->source, &p->text, &ignored);
	return talk;
}

static bool is_digits(struct slice word)
{
	for (size_t i = 0; i < word.len; i++)
		if (word.at[i] < '0' || word.at[i] > '9')
			return false;
	return word.len > 0;
}

static bool place_word(const struct order *o, struct slice word, struct error *err)
{
	err->placed = true;
	err->column = (size_t)(word.at - o->rest.at);
	err->width = word.len;
	return false;
}

/* Reads `D [N] `; *behind is where LINE begins in the rest, its end: there is none. */
static bool take_every(struct play *p, const struct order *o, struct loop_of_lines *loop,
	size_t *behind, struct error *err)
{
	struct slice left = o->rest, word = slice_word(&left);
	if (!word.len)
		return error_set(err, STATUS_USAGE, ".every needs a duration, such as .every 2s");
	if (!order_duration(word, o->verb, &p->macro->vars->names, &loop->period, err)) {
		err->column += (size_t)(word.at - o->rest.at);
		return false;
	}
	struct slice rest = left;
	word = slice_word(&left);
	if (is_digits(word)) {
		if (!number_parse(word, "the number of turns", 1, UINT32_MAX, &loop->turns, err))
			return place_word(o, word, err);
		rest = left;
	}
	rest = slice_trim(rest);
	*behind = rest.len ? (size_t)(rest.at - o->rest.at) : o->rest.len;
	return true;
}

static bool may_follow(const struct order *o)
{
	return o->kind == ORDER_SEND && !o->now;
}

/* Runs the line behind `.every D N`. */
static enum went run_single(struct play *p, size_t behind, struct error *err)
{
	if (!device_current(p, err))
		return WENT_WRONG;
	const struct reading reading = play_reading(p);
	struct order *o = &p->order;
	size_t rest_at = o->rest_at;
	innermost(p)->begun = true;
	o->rest = slice_cut(o->rest, behind, o->rest.len);
	o->rest_at += behind;
	if (!order_read_behind(o, may_follow, &reading, err)) {
		err->column += rest_at + behind;
		return WENT_WRONG;
	}
	return step_begin(p, err);
}

enum went lines_every(struct play *p, const struct order *o, struct error *err)
{
	struct loop_of_lines loop = {.timed = true};
	const struct loop_of_lines *l = innermost(p);
	size_t behind = 0;
	if (!take_every(p, o, &loop, &behind, err)) {
		play_place(o, err);
		return WENT_WRONG;
	}
	if (behind == o->rest.len && is_talk(p)) {
		p->skip_ends = 1;
		return WENT_ON;
	}
	bool again = l && l->single && l->head.offset == source_here(p->macro->source).offset;
	loop.single = behind < o->rest.len;
	if (!again && !loop_begin(p, loop, err)) {
		play_place(o, err);
		return WENT_WRONG;
	}
	return loop.single ? run_single(p, behind, err) : WENT_ON;
}

/* A check goes through two turns, because what a turn sets may be wrong for the next one. */
static bool is_last_turn(const struct play *p, const struct loop_of_lines *l)
{
	return (l->turns && l->turn == l->turns) || (p->checking && l->turn == 2);
}

bool lines_first_turns(const struct play *p)
{
	for (const struct macro *m = p->macro; m; m = m->caller)
		for (size_t i = 0; i < m->loop_count; i++)
			if (m->loops[i].turn > 1)
				return false;
	return true;
}

/* Begins the next turn, or leaves the loop. */
static enum went turn_over(struct play *p)
{
	struct macro *m = p->macro;
	struct loop_of_lines *l = innermost(p);
	int64_t now = loop_now_fresh(p->config.loop);
	if (is_last_turn(p, l)) {
		m->loop_count--;
		tell_turn(p);
		return WENT_ON;
	}
	l->turn++;
	tell_turn(p);
	source_go(m->source, l->head);
	if (!l->single) {
		struct slice head;
		struct error ignored;
		source_next(m->source, &head, &ignored);
	}
	if (!l->timed || p->checking)
		return WENT_ON;
	int64_t pause = l->due > now ? l->due - now : 0;
	l->due = now + pause + l->period;
	loop_timer_set(&p->timer, pause);
	return WENT_WAITS;
}

enum went lines_end(struct play *p, const struct order *o, struct error *err)
{
	if (slice_trim(o->rest).len) {
		error_at(err, o->rest_at, o->rest.len, "nothing can stand behind .end");
		return WENT_WRONG;
	}
	if (innermost(p))
		return turn_over(p);
	error_at(err, 0, 4, "this .end has no .repeat and no .every above it");
	return WENT_WRONG;
}

bool lines_single_over(struct play *p)
{
	struct loop_of_lines *l = innermost(p);
	if (!l || !l->single || !l->begun)
		return false;
	l->begun = false;
	turn_over(p);
	return true;
}
