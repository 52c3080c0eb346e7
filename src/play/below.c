/* below.c - reads the lines below a command.
 *
 * They are read when the file is checked, and once more when they are walked, because only then do
 * their variables have values.
 */
#include "play/play_private.h"

bool below_urgent(struct play *p, struct slice text, struct error *err)
{
	const struct reading reading = play_reading(p);
	return order_read(&p->side, text, &reading, err);
}

bool below_condition(
	struct play *p, const struct block_line *l, struct slice text, struct error *err)
{
	const struct reading reading = play_reading(p);
	return condition_read(
		&p->condition, below_argument(l, text), l->kind == BLOCK_EXPECT_NOT, &reading, err);
}

bool below_capture(struct play *p, const struct block_line *l, struct slice text,
	struct slice *name, struct error *err)
{
	const struct reading reading = play_reading(p);
	return condition_read_capture(&p->condition, below_argument(l, text), &reading, name, err);
}

bool below_reply(struct play *p, const struct block_line *l, struct slice text, struct error *err)
{
	const struct reading reading = play_reading(p);
	return expected_read(&p->expected, below_argument(l, text), &reading, err);
}

bool below_rest(struct play *p, const struct block_line *l, struct error *err)
{
	const struct reading reading = play_reading(p);
	const struct block *b = &p->step.block;
	for (const struct block_line *more = l + 1;
		more < b->lines + b->count && more->kind == BLOCK_AND; more++)
		if (!expected_add(
			    &p->expected, below_argument(more, block_text(b, more)), &reading, err))
			return false;
	return true;
}

/* What a reply says is not kept while the file is checked, only how. */
static bool check_more(
	struct play *p, const struct block_line *l, struct slice text, struct error *err)
{
	const struct reading reading = play_reading(p);
	bytes_clear(&p->expected.payload);
	return expected_add(&p->expected, below_argument(l, text), &reading, err);
}

void below_check_plain(struct play *p)
{
	p->expected.kind = EXPECT_EXACT;
	p->expected.form = EXPECTED_EXACT;
}

static bool check_kind(
	struct play *p, const struct block_line *l, struct slice text, struct error *err)
{
	struct slice name;
	switch (l->kind) {
	case BLOCK_NOW:
		return below_urgent(p, text, err) &&
		       step_check_command(p, &p->side, p->current->session, err);
	case BLOCK_REPLY:
		return l->plain || (below_reply(p, l, text, err) &&
					   (!p->step.greets || greeted_fits(&p->expected,
								       text.len - l->column, err)));
	case BLOCK_AND:
		return check_more(p, l, text, err);
	case BLOCK_EXPECT:
	case BLOCK_EXPECT_NOT:
		return below_condition(p, l, text, err);
	case BLOCK_CAPTURE:
		if (!below_capture(p, l, text, &name, err))
			return false;
		return play_outside(p, p->step.place.line)
			       ? variables_set_passed(p->macro->vars, name, err)
			       : variables_set_later(p->macro->vars, name, err);
	default:
		return true;
	}
}

bool below_check(struct play *p, const struct block_line *l, struct slice text, struct error *err)
{
	if (check_kind(p, l, text, err))
		return true;
	err->column += err->placed ? l->column : 0;
	return false;
}

void below_wrong(struct play *p, const struct block_line *l, struct error *err)
{
	err->column += err->placed ? l->column : 0;
	play_complain(p, err, block_text(&p->step.block, l), l->line);
}
