/* block.c - reads what stands below a command. */
#include "play/play_private.h"

#include "base/mem.h"
#include "base/number.h"
#include <stdio.h>

enum { BLOCK_LINES_MAX = 100000 };

bool step_expected(const struct step_result *r, size_t index, struct slice *line)
{
	for (size_t i = 0; i < r->block->count; i++) {
		const struct block_line *l = &r->block->lines[i];
		bool reply = l->kind == BLOCK_REPLY || l->kind == BLOCK_AND;
		if (!reply || index--)
			continue;
		*line = block_text(r->block, l);
		*line = slice_cut(*line, l->column, line->len);
		return true;
	}
	return false;
}

void block_free(struct block *b)
{
	bytes_free(&b->text);
	free(b->lines);
	b->lines = NULL;
	b->count = b->room = 0;
}

/* Says whether the reply is nothing but the bytes of its text: most are. */
static bool is_plain(struct slice text)
{
	return text.len && text.at[0] != '(' && text.at[text.len - 1] != ')' &&
	       !memchr(text.at, '\\', text.len);
}

static bool block_add(
	struct block *b, const struct block_line *line, struct slice text, struct error *err)
{
	if (b->count == BLOCK_LINES_MAX || b->text.len + text.len > LIMIT_FILE)
		return error_at(err, 0, text.len, "a command has at most %d lines below it",
			BLOCK_LINES_MAX);
	b->lines = mem_more(b->lines, b->count, &b->room, sizeof *b->lines);
	struct block_line *l = &b->lines[b->count++];
	*l = *line;
	l->at = b->text.len;
	l->len = text.len;
	bytes_add(&b->text, text);
	b->named |= !l->plain;
	b->goes_on |= l->kind == BLOCK_AND;
	b->replies += l->kind == BLOCK_REPLY;
	b->within |= l->kind == BLOCK_WITHIN;
	b->paced |= l->kind == BLOCK_WITHIN || l->kind == BLOCK_WAIT || l->kind == BLOCK_NOW;
	b->compares |=
		l->kind == BLOCK_REPLY || l->kind == BLOCK_EXPECT || l->kind == BLOCK_EXPECT_NOT;
	return true;
}

/* Reads the time behind the verb. */
static bool read_time(
	struct play *p, const struct order *o, struct block_line *l, struct error *err)
{
	bool timed = l->kind == BLOCK_DELAY || l->kind == BLOCK_WITHIN || l->kind == BLOCK_WAIT;
	if (!timed)
		return true;
	return order_duration(o->rest, o->verb, &p->macro->vars->names, &l->ns, err) ||
	       play_place(o, err);
}

/* What a line is to the block above it. */
enum belongs { BELONGS, ENDS, BELONGS_WRONG };

/* Only a reply that comes can come in time. */
static bool block_has_time(const struct expected *e, struct slice text, struct error *err)
{
	bool comes = e->kind != EXPECT_NONE && e->kind != EXPECT_LOST && e->kind != EXPECT_STRAY;
	return comes || error_at(err, 2, text.len - 2,
				"the .within above this line is for a reply that comes");
}

/* Checks the line, or keeps it for the step that runs. */
static enum belongs block_keep(struct play *p, struct block *b, const struct block_line *l,
	struct slice text, struct error *err)
{
	bool above = l->kind == BLOCK_DELAY || l->kind == BLOCK_WITHIN;
	bool within = b->within;
	if (p->checking && l->kind == BLOCK_REPLY) {
		b->count = 0; /* those that were above it have it below them */
		b->within = false;
	}
	bool good =
		p->checking && !above ? below_check(p, l, text, err) : block_add(b, l, text, err);
	if (good && p->checking && l->kind == BLOCK_REPLY && within)
		good = block_has_time(&p->expected, text, err);
	return good ? BELONGS : BELONGS_WRONG;
}

static APART enum belongs take_verb(
	struct play *p, struct block *b, struct slice text, struct error *err)
{
	const struct reading reading = play_reading(p);
	struct order *o = &p->side;
	struct block_line l = {.line = source_here(p->macro->source).line};
	if (!order_read(o, text, &reading, err))
		return ENDS; /* it is read again, and then refused */
	if (o->kind == ORDER_NOTHING || o->kind == ORDER_FAULT) /* that is a device's */
		return BELONGS;
	if (!verbs_in_block(o, &l.kind))
		return ENDS;
	b->replied = false;
	l.column = l.kind == BLOCK_NOW ? 0 : o->rest_at;
	return read_time(p, o, &l, err) ? block_keep(p, b, &l, text, err) : BELONGS_WRONG;
}

static enum belongs take_reply(
	struct play *p, struct block *b, struct slice text, struct error *err)
{
	bool plain = is_plain(slice_cut(text, 2, text.len));
	if (p->checking && !order_check_bytes(text, err))
		return BELONGS_WRONG;
	if (p->checking && plain) {
		b->count = 0;
		b->within = false;
		b->replied = true;
		below_check_plain(p);
		return BELONGS;
	}
	bool more = !plain && expected_goes_on(slice_cut(text, 2, text.len));
	if (more && !b->replied) {
		error_at(err, 2, 5, "(and) goes on with the reply line above it");
		return BELONGS_WRONG;
	}
	b->replied = true;
	const struct block_line l = {.kind = more ? BLOCK_AND : BLOCK_REPLY,
		.line = source_here(p->macro->source).line,
		.column = 2,
		.plain = plain};
	return block_keep(p, b, &l, text, err);
}

static enum belongs block_take(
	struct play *p, struct block *b, struct slice text, struct error *err)
{
	while (text.len && is_blank(text.at[text.len - 1]))
		text.len--;
	bool reply = text.len > 2 && text.at[0] == ' ' && text.at[1] == ' ';
	return reply ? take_reply(p, b, text, err) : take_verb(p, b, text, err);
}

/* Most lines that end a block are commands, which need not be read for that. */
static bool begins_command(int first)
{
	return first > ' ' && first != '.' && first != '#';
}

static void block_begin(struct block *b, struct slice command)
{
	bytes_clear(&b->text);
	if (command.len)
		bytes_add(&b->text, command);
	b->command = command.len;
	b->count = b->replies = 0;
	b->named = b->compares = b->within = b->paced = b->goes_on = b->replied = false;
}

/* A .within or .delay is for the reply below it. */
static APART bool refuse_above(struct play *p, const struct block *b, struct error *err)
{
	const struct block_line *l = &b->lines[0];
	error_set(err, STATUS_USAGE, "this .%s has no reply below it",
		l->kind == BLOCK_DELAY ? "delay" : "within");
	play_complain(p, err, block_text(b, l), l->line);
	return false;
}

static bool read_lines(struct play *p, struct block *b, struct error *err)
{
	struct source *source = p->macro->source;
	struct slice text;
	while (!begins_command(source_peek(source))) {
		enum source_state state = source_next(source, &text, err);
		enum belongs belongs = ENDS;
		if (state == SOURCE_END)
			return true;
		if (state == SOURCE_LINE)
			belongs = block_take(p, b, text, err);
		if (belongs == BELONGS)
			continue;
		if (belongs == BELONGS_WRONG)
			play_complain(p, err, text, source_here(source).line);
		else
			source_unread(source);
		return belongs == ENDS;
	}
	return true;
}

bool block_read(struct play *p, struct block *b, struct slice command, struct error *err)
{
	block_begin(b, p->checking ? slice_str(NULL) : command);
	if (!read_lines(p, b, err))
		return false;
	return !p->checking || !b->count || refuse_above(p, b, err);
}
