/* verdict.c - compares what came with what a macro expects. */
#include "play/play_private.h"

#include "base/mem.h"
#include "base/text.h"
#include <stdio.h>

/* Reads ` (any)` behind a reply, or `(any)` alone. */
static bool take_any(struct slice *text, struct expectation *e)
{
	struct slice mark = SLICE(" (any)");
	e->whatever = slice_is(*text, "(any)");
	e->any = e->whatever || slice_ends(*text, mark);
	if (e->any)
		*text = slice_cut(*text, 0, e->whatever ? 0 : text->len - mark.len);
	return e->any;
}

bool verdict_read(struct play *p, struct slice text, struct expectation *e, struct error *err)
{
	struct slice all = text;
	const struct frame *frame = session_frame(p->current->session);
	e->kind = EXPECT_EXACT;
	e->fields = e->any = e->whatever = false;
	e->spelled = text;
	bytes_clear(&p->scratch);
	if (slice_starts(text, SLICE("(with ")) &&
		!reply_take_fields(&text, frame, p->names, &e->with, &e->fields, err))
		return false;
	if (take_any(&text, e))
		return true;
	if (reply_parse(text, p->names, &p->scratch, &e->kind, err))
		return true;
	err->column += all.len - text.len;
	return false;
}

bool verdict_counts(const struct reply *r)
{
	return r->mark != MARK_ECHO && r->kind != SPLIT_ACK;
}

/* ---- how things are spelled ---- */

static unsigned spelling(const struct play *p)
{
	return TEXT_EDGES | frame_spelling(session_frame(p->step.device->session));
}

static void spell_reply(const struct play *p, const struct reply *r, struct bytes *out)
{
	bool whole = r->kind == SPLIT_FRAME;
	struct slice bytes = whole && r->has_payload ? r->payload : r->raw;
	bytes_add_str(out, whole ? "" : "(damaged) ");
	if (bytes.len)
		text_add(out, bytes, spelling(p));
	else
		bytes_add_str(out, "(empty)");
}

static void spell_expected(const struct play *p, const struct expectation *e, struct bytes *out)
{
	bool plain = e->kind == EXPECT_EXACT && !e->any && !e->fields;
	if (plain && p->scratch.len)
		text_add(out, bytes_slice(&p->scratch), spelling(p));
	else
		bytes_add(out, e->spelled);
}

static void differ(struct play *p, const char *at, const struct expectation *e, const char *got,
	const struct reply *r)
{
	struct bytes expected, came;
	bytes_init(&expected, LIMIT_LINE);
	bytes_init(&came, LIMIT_LINE);
	if (e)
		spell_expected(p, e, &expected);
	if (r)
		spell_reply(p, r, &came);
	else
		bytes_add_str(&came, got);
	if (!e)
		bytes_add_str(&expected, "nothing");
	difference_add(&p->step.differences, at, bytes_shown(&expected), bytes_shown(&came));
	bytes_free(&expected);
	bytes_free(&came);
}

/* ---- comparing ---- */

static size_t first_difference(struct slice a, struct slice b)
{
	size_t i = 0;
	while (i < a.len && i < b.len && a.at[i] == b.at[i])
		i++;
	return i;
}

static bool field_holds(const struct field_value *want, const struct field_value *got)
{
	if (!want->set)
		return true;
	return got && got->set && want->is_text == got->is_text &&
	       (want->is_text ? want->len == got->len && !memcmp(want->text, got->text, got->len)
			      : want->number == got->number);
}

/* Returns the index of the first field that differs; -1: none does. */
static int field_differs(const struct play *p, const struct expectation *e, const struct reply *r)
{
	size_t count = e->fields ? frame_field_count(session_frame(p->step.device->session)) : 0;
	for (size_t i = 0; i < count; i++)
		if (!field_holds(&e->with.at[i], r->fields ? &r->fields[i] : NULL))
			return (int)i;
	return -1;
}

static bool bytes_hold(const struct play *p, const struct expectation *e, const struct reply *r)
{
	bool whole = r->kind == SPLIT_FRAME;
	if (e->kind == EXPECT_DAMAGED)
		return !whole && slice_equal(r->raw, bytes_slice(&p->scratch));
	if (!whole)
		return false;
	struct slice payload = r->has_payload ? r->payload : r->raw;
	return e->any || slice_equal(payload, bytes_slice(&p->scratch));
}

static APART void reply_differs(struct play *p, const struct expectation *e, const struct reply *r)
{
	struct step *s = &p->step;
	char at[80], frame[32] = "";
	int field = field_differs(p, e, r);
	if (s->frames > 1 || r->next)
		snprintf(frame, sizeof frame, "frame %zu, ", s->frames);
	if (!bytes_hold(p, e, r))
		snprintf(at, sizeof at, "%sbyte %zu", frame,
			first_difference(
				r->has_payload ? r->payload : r->raw, bytes_slice(&p->scratch)));
	else
		snprintf(at, sizeof at, "%sfield %s", frame,
			frame_field_name(session_frame(s->device->session), (size_t)field));
	differ(p, at, e, NULL, r);
}

static void expect_end(struct play *p, const struct expectation *e, enum exchange_status status)
{
	struct step *s = &p->step;
	bool fits = s->exchange->status == status ||
		    (e->kind == EXPECT_NONE && s->exchange->status == EXCHANGE_OK && !s->frames);
	if (s->next)
		differ(p, "reply", e, NULL, s->next);
	else if (!fits)
		differ(p, "end", e, exchange_status_name(s->exchange->status), NULL);
	s->excused |= !s->next && fits;
	s->next = NULL;
}

static void expect_stray(struct play *p, const struct expectation *e)
{
	struct step *s = &p->step;
	struct bytes got;
	s->stray = true;
	if (slice_equal(s->exchange->stray, bytes_slice(&p->scratch)))
		return;
	bytes_init(&got, LIMIT_LINE);
	bytes_add_str(&got, "(stray) ");
	text_add(&got, s->exchange->stray, spelling(p));
	difference_add(&s->differences, "stray bytes",
		e->spelled.len ? e->spelled : SLICE("nothing"), bytes_shown(&got));
	bytes_free(&got);
}

void verdict_reply(struct play *p, const struct expectation *e)
{
	struct step *s = &p->step;
	const struct reply *r = s->next;
	s->compares = true;
	if (e->whatever) {
		s->next = NULL;
	} else if (e->kind == EXPECT_NONE || e->kind == EXPECT_LOST) {
		expect_end(p, e, e->kind == EXPECT_NONE ? EXCHANGE_TIMEOUT : EXCHANGE_LOST);
	} else if (e->kind == EXPECT_STRAY) {
		expect_stray(p, e);
	} else if (!r) {
		verdict_missing(p, e);
	} else {
		s->next = r->next;
		s->frames++;
		if (!bytes_hold(p, e, r) || field_differs(p, e, r) >= 0)
			reply_differs(p, e, r);
		else if (e->kind == EXPECT_DAMAGED)
			s->excused = s->exchange->status != EXCHANGE_LOST;
	}
}

bool verdict_other(struct play *p, const struct expectation *e, const struct exchange *x)
{
	const struct reply *r = x->replies;
	bool late = x->status == EXCHANGE_LATE;
	if (e->kind == EXPECT_STRAY)
		return slice_equal(x->stray, bytes_slice(&p->scratch));
	if (!r || (e->kind == EXPECT_LATE) != late)
		return false;
	return bytes_hold(p, e, r) && field_differs(p, e, r) < 0;
}

/* Returns what came instead of an unasked frame that was waited for. */
static const struct reply *other_instead(const struct step *s)
{
	for (size_t i = 0; i < s->other_count; i++)
		if (!s->others[i].listed && s->others[i].exchange->replies)
			return s->others[i].exchange->replies;
	return NULL;
}

void verdict_missing(struct play *p, const struct expectation *e)
{
	char at[40];
	struct step *s = &p->step;
	bool frame = e->kind == EXPECT_EXACT || e->kind == EXPECT_EMPTY;
	snprintf(at, sizeof at, frame ? "frame %zu" : "unasked", ++s->frames);
	differ(p, at, e, "nothing", other_instead(s));
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

/* What came and is listed nowhere. */
static APART void unlisted(struct play *p)
{
	struct step *s = &p->step;
	static const struct expectation stray = {.kind = EXPECT_STRAY};
	bytes_clear(&p->scratch);
	if (s->exchange->stray.len && !s->stray)
		expect_stray(p, &stray);
	for (size_t i = 0; i < s->other_count; i++)
		if (!s->others[i].listed && s->others[i].exchange->status != EXCHANGE_GREETING)
			differ(p, "unasked", NULL, "stray bytes", s->others[i].exchange->replies);
}

void verdict_end(struct play *p)
{
	if (p->step.compares && p->step.next)
		frames_left(p);
	if (p->config.flags & PLAY_STRICT)
		unlisted(p);
}
