/* verdict.c - compares what came with what a macro expects. */
#include "play/play_private.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include <stdio.h>

bool verdict_counts(const struct reply *r)
{
	return r->mark != MARK_ECHO && r->kind != SPLIT_ACK;
}

const struct reply *verdict_next(const struct step *s)
{
	const struct exchange *x = s->exchange ? s->exchange : s->flight;
	if (!x || s->all)
		return NULL;
	const struct reply *r = s->last ? s->last->next : x->replies;
	while (r && !verdict_counts(r))
		r = r->next;
	return r;
}

const struct reply *verdict_last(const struct exchange *x)
{
	const struct reply *last = NULL;
	for (const struct reply *r = x ? x->replies : NULL; r; r = r->next)
		if (verdict_counts(r) && r->kind == SPLIT_FRAME)
			last = r;
	return last;
}

static const struct frame *frame_of(const struct play *p)
{
	return session_frame(p->step.device->session);
}

static bool spells_hex(const struct play *p)
{
	return frame_rules(frame_of(p))->bin;
}

static bool is_done(const struct expected *e)
{
	return e->kind == EXPECT_NONE || e->kind == EXPECT_LOST;
}

/* Adds a difference; what came is r, or else `got` (NULL: nothing). */
static APART void differ(struct play *p, const char *at, const struct expected *e,
	const struct reply *r, const char *got)
{
	struct bytes expected, came;
	bytes_init(&expected, LIMIT_MESSAGE);
	bytes_init(&came, LIMIT_MESSAGE);
	if (e)
		expected_spell(e, frame_of(p), &expected);
	if (r)
		expected_spell_reply(r, frame_of(p), &came);
	struct slice text = r ? bytes_shown(&came) : slice_str(got);
	difference_add(
		&p->step.differences, at, e ? bytes_shown(&expected) : slice_str(NULL), text);
	bytes_free(&expected);
	bytes_free(&came);
}

/* Compares how the command ended. */
static void expect_end(struct play *p, const struct expected *e)
{
	struct step *s = &p->step;
	enum exchange_status status = s->exchange->status;
	bool none = e->kind == EXPECT_NONE;
	bool fits = status == (none ? EXCHANGE_TIMEOUT : EXCHANGE_LOST) ||
		    (none && status == EXCHANGE_OK && !s->frames);
	if (s->next)
		differ(p, "reply", e, s->next, NULL);
	else if (!fits)
		differ(p, "end", e, NULL, exchange_status_name(status));
	s->excused |= !s->next && fits;
	s->all = true;
}

/* The time runs from the last byte sent to the frame. */
static APART void expect_time(struct play *p, int64_t took)
{
	struct step *s = &p->step;
	char most[DURATION_TEXT_MAX], came[DURATION_TEXT_MAX];
	int64_t within = s->within;
	s->within = 0;
	if (took <= within)
		return;
	difference_add(&s->differences, ".within", slice_str(duration_text(within, most)),
		slice_str(duration_text(took, came)));
}

static void expect_frame(struct play *p, const struct expected *e)
{
	struct step *s = &p->step;
	const struct reply *r = s->next;
	bool several = s->frames || r->next || s->block.replies > 1;
	s->next = r->next;
	s->frames++;
	if (expected_holds(e, r, frame_of(p), several ? s->frames : 0, &s->differences) &&
		e->kind == EXPECT_DAMAGED)
		s->excused = s->exchange->status != EXCHANGE_LOST;
	if (s->within)
		expect_time(p, step_came(s) - (s->exchange ? s->exchange : s->flight)->sent_at);
}

void verdict_reply(struct play *p, const struct expected *e)
{
	struct step *s = &p->step;
	s->compares = true;
	if (e->kind == EXPECT_ANY) {
		s->all = true;
		if (s->within)
			expect_time(p, s->exchange->came_at - s->exchange->sent_at);
	} else if (is_done(e)) {
		expect_end(p, e);
	} else if (e->kind == EXPECT_STRAY) {
		s->stray = true;
		expected_holds_bytes(e, s->exchange->stray, spells_hex(p), 0, &s->differences);
	} else if (s->next) {
		expect_frame(p, e);
	} else {
		verdict_missing(p, e);
	}
}

bool verdict_other(struct play *p, const struct expected *e, const struct other *o)
{
	static struct differences ignored;
	const struct exchange *x = o->exchange;
	bool holds;
	if (e->kind == EXPECT_STRAY)
		holds = expected_holds_bytes(e, x->stray, spells_hex(p), 0, &ignored);
	else if (!x->replies || (e->kind == EXPECT_LATE) != (x->status == EXCHANGE_LATE))
		return false;
	else
		holds = expected_holds(e, x->replies, frame_of(p), 0, &ignored);
	differences_clear(&ignored);
	if (holds && p->step.within)
		expect_time(p, o->came - step_sent_at(&p->step));
	return holds;
}

/* Returns what came instead of an unasked frame that was waited for. */
static const struct reply *other_instead(const struct step *s)
{
	for (size_t i = 0; i < s->other_count; i++)
		if (!s->others[i].listed && s->others[i].exchange->replies)
			return s->others[i].exchange->replies;
	return NULL;
}

void verdict_missing(struct play *p, const struct expected *e)
{
	struct step *s = &p->step;
	char at[40] = "unasked";
	if (e->kind == EXPECT_EXACT || e->kind == EXPECT_EMPTY || e->kind == EXPECT_DAMAGED)
		snprintf(at, sizeof at, "frame %zu", ++s->frames);
	else if (e->kind == EXPECT_STRAY)
		snprintf(at, sizeof at, "stray bytes");
	s->within = 0;
	differ(p, at, e, other_instead(s), NULL);
}

static void frames_left(struct play *p)
{
	struct step *s = &p->step;
	char expected[24], got[24];
	size_t more = 0;
	for (const struct reply *r = s->next; r; r = r->next)
		more += verdict_counts(r);
	if (!more)
		return;
	snprintf(expected, sizeof expected, "%zu", s->frames);
	snprintf(got, sizeof got, "%zu", s->frames + more);
	difference_add(&s->differences, "number of frames", slice_str(expected), slice_str(got));
}

static void stray_unlisted(struct play *p, struct slice stray)
{
	struct bytes got;
	bytes_init(&got, LIMIT_MESSAGE);
	bytes_add_str(&got, "(stray) ");
	expected_spell_bytes(stray, spells_hex(p), &got);
	difference_add(&p->step.differences, "stray bytes", slice_str(NULL), bytes_shown(&got));
	bytes_free(&got);
}

/* What came and is listed nowhere. */
static APART void unlisted(struct play *p)
{
	struct step *s = &p->step;
	if (s->exchange->stray.len && !s->stray)
		stray_unlisted(p, s->exchange->stray);
	for (size_t i = 0; i < s->other_count; i++) {
		const struct exchange *x = s->others[i].exchange;
		if (s->others[i].listed || x->status == EXCHANGE_GREETING)
			continue;
		if (x->replies)
			differ(p, "unasked", NULL, x->replies, NULL);
		else
			stray_unlisted(p, x->stray);
	}
}

void verdict_end(struct play *p)
{
	if (p->step.compares && p->step.next)
		frames_left(p);
	if (p->config.flags & PLAY_STRICT)
		unlisted(p);
}

void step_summary(const struct step_result *r, struct bytes *out)
{
	text_add(out, slice_str(r->file), TEXT_PLAIN);
	bytes_addf(out, ":%u ", r->line);
	text_add(out, r->command, TEXT_PLAIN);
	if (!r->differences->count)
		return;
	bytes_add_str(out, ": ");
	difference_spell(&r->differences->at[0], out);
}

/* ---- .expect and .capture ---- */

static struct kept *kept_of(const struct play *p)
{
	const struct play_device *d = p->step.device;
	for (size_t i = 0; i < d->kept_count; i++)
		if (slice_equal(d->kept[i].command, p->step.exchange->payload))
			return &d->kept[i];
	return NULL;
}

/* Makes room for what this command is answered; the first of too many goes. */
static struct kept *kept_new(struct play *p)
{
	struct play_device *d = p->step.device;
	struct slice command = p->step.exchange->payload;
	if (d->kept_count == KEPT_MAX) {
		free((void *)d->kept[0].command.at);
		bytes_free(&d->kept[0].reply);
		memmove(&d->kept[0], &d->kept[1], --d->kept_count * sizeof *d->kept);
	} else {
		d->kept = mem_grow(d->kept, d->kept_count + 1, sizeof *d->kept);
	}
	struct kept *k = &d->kept[d->kept_count++];
	k->command = slice_of(mem_strn(command.at, command.len), command.len);
	bytes_init(&k->reply, LIMIT_EXCHANGE);
	return k;
}

void verdict_keep(struct play *p)
{
	const struct reply *r = verdict_last(p->step.exchange);
	if (!r)
		return;
	struct kept *k = kept_of(p);
	if (!k)
		k = kept_new(p);
	bytes_clear(&k->reply);
	bytes_add(&k->reply, r->payload);
}

void verdict_forget(struct play_device *d)
{
	for (size_t i = 0; i < d->kept_count; i++) {
		free((void *)d->kept[i].command.at);
		bytes_free(&d->kept[i].reply);
	}
	free(d->kept);
}

static struct condition_about about(const struct play *p, struct slice *before)
{
	const struct kept *k = p->step.same ? kept_of(p) : NULL;
	if (k)
		*before = bytes_slice(&k->reply);
	return (struct condition_about){.reply = verdict_last(p->step.exchange),
		.frame = frame_of(p),
		.before = k ? before : NULL};
}

void verdict_condition(struct play *p, struct condition *c)
{
	struct slice before;
	p->step.same |= c->kind == CONDITION_SAME;
	const struct condition_about what = about(p, &before);
	condition_holds(c, &what, &p->step.differences);
}

bool verdict_value(struct play *p, struct condition *c, struct bytes *out)
{
	struct slice before;
	const struct condition_about what = about(p, &before);
	return condition_value(c, &what, out, &p->step.differences);
}
