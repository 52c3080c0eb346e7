/* ansible_expect.c - compares what came with what a task expects: reply lines, as macros have them,
 * each for one frame; see ansible.h. */
#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/ansible.h"
#include "macro/expected.h"
#include "pane/view.h"
#include <stdio.h>
#include <stdlib.h>

struct ansible_expect {
	struct reading reading;
	struct expected expected; /* the line that was read last */
};

struct ansible_expect *ansible_expect_new(const struct session *s)
{
	struct ansible_expect *e = mem_new(sizeof *e);
	e->reading = (struct reading){.verbs = verbs,
		.place = PLACE_PLAY,
		.frame = session_frame(s),
		.names = secret_names(),
		.charset = (unsigned)session_settings(s)->at[SET_CHARSET].value};
	expected_init(&e->expected);
	return e;
}

void ansible_expect_free(struct ansible_expect *e)
{
	if (!e)
		return;
	expected_free(&e->expected);
	free(e);
}

/* Reads a line.  Where the value of a secret stands in what came, there is its name, so it is in
 * the line, too. */
static bool read_line(struct ansible_expect *e, struct slice line, struct error *err)
{
	struct bytes named;
	bytes_init(&named, LIMIT_LINE);
	secret_hide(line, &named);
	bool good = named.over
			    ? error_at(err, 0, line.len, "a line has at most %d bytes", LIMIT_LINE)
			    : expected_read(&e->expected, bytes_slice(&named), &e->reading, err);
	bytes_free(&named);
	return good;
}

static bool is_for_task(const struct expected *e, struct slice line, struct error *err)
{
	bool good = e->kind == EXPECT_EXACT || e->kind == EXPECT_EMPTY || e->kind == EXPECT_ANY ||
		    e->kind == EXPECT_NONE;
	return good ||
	       error_at(err, 0, line.len,
		       "a task expects a reply, (empty), (any) or (none): other marks are for "
		       "macros");
}

/* Says whether the line that was read says all of the reply. */
static bool stands_alone(const struct expected *e)
{
	return e->kind == EXPECT_ANY || e->kind == EXPECT_NONE;
}

static bool check_line(struct ansible_expect *e, struct slice line, bool only, struct error *err)
{
	if (!read_line(e, line, err) || !is_for_task(&e->expected, line, err))
		return false;
	return only || !stands_alone(&e->expected) ||
	       error_at(err, 0, line.len, "no other line can stand beside this one");
}

bool ansible_expect_check(struct ansible_expect *e, const char *lines, struct error *err)
{
	struct slice rest = slice_str(lines), line;
	if (!rest.len)
		return error_set(err, STATUS_USAGE, "a reply without a payload is written (empty)");
	while (slice_line(&rest, &line)) {
		bool only = !rest.len && line.at == (const uint8_t *)lines;
		if (!check_line(e, line, only, err))
			return false;
	}
	return true;
}

/* ---- comparing ---- */

static const struct reply *counts_from(const struct reply *r)
{
	while (r && !view_counts(r))
		r = r->next;
	return r;
}

static size_t count_from(const struct reply *r)
{
	size_t count = 0;
	for (; (r = counts_from(r)); r = r->next)
		count++;
	return count;
}

static void differ_at(const struct expected *e, const struct exchange *x, const char *at,
	const char *got, struct differences *d)
{
	struct bytes spelled;
	bytes_init(&spelled, LIMIT_MESSAGE);
	expected_spell(e, x->frame, &spelled);
	difference_add(d, at, bytes_shown(&spelled), slice_str(got));
	bytes_free(&spelled);
}

/* Compares with a line that says all. */
static void compare_alone(const struct expected *e, const struct exchange *x, struct differences *d)
{
	size_t came = count_from(x->replies);
	bool silent = x->status == EXCHANGE_TIMEOUT || x->status == EXCHANGE_OK;
	if (e->kind == EXPECT_ANY ? !came : came || !silent)
		differ_at(e, x, came ? "reply" : "end",
			came ? "a reply" : exchange_status_name(x->status), d);
}

/* Compares a frame (NULL: there is none) with the line that was read. */
static void compare_frame(const struct expected *e, const struct reply *r, const struct exchange *x,
	size_t number, struct differences *d)
{
	char at[40];
	snprintf(at, sizeof at, "frame %zu", number ? number : 1);
	if (r)
		expected_holds(e, r, x->frame, number, d);
	else
		differ_at(e, x, at, NULL, d);
}

static void compare_number(size_t expected, size_t came, struct differences *d)
{
	char wanted[24], got[24];
	snprintf(wanted, sizeof wanted, "%zu", expected);
	snprintf(got, sizeof got, "%zu", came);
	if (came > expected)
		difference_add(d, "number of frames", slice_str(wanted), slice_str(got));
}

bool ansible_expect_holds(struct ansible_expect *e, const char *lines, const struct exchange *x,
	struct differences *d)
{
	struct slice rest = slice_str(lines), line;
	struct error unused; /* it was checked */
	const struct reply *r = counts_from(x->replies);
	size_t came = count_from(r), number = 0;
	while (slice_line(&rest, &line) && read_line(e, line, &unused)) {
		number++;
		if (stands_alone(&e->expected)) {
			compare_alone(&e->expected, x, d);
			return !d->count;
		}
		compare_frame(&e->expected, r, x, came > 1 || rest.len ? number : 0, d);
		r = r ? counts_from(r->next) : NULL;
	}
	compare_number(number, came, d);
	return !d->count;
}

void ansible_expect_spell(const struct exchange *x, struct bytes *out)
{
	for (const struct reply *r = x->replies; (r = counts_from(r)); r = r->next) {
		expected_spell_reply(r, x->frame, out);
		bytes_add_byte(out, '\n');
	}
}
