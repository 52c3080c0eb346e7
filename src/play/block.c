/* block.c - reads what stands below a command. */
#include "play/play_private.h"

#include "base/mem.h"
#include "base/number.h"
#include <stdio.h>

enum { BLOCK_LINES_MAX = 100000 };

/* Says whether a name may stand in the text. */
static bool has_name(struct slice text)
{
	const uint8_t *at = memchr(text.at, '{', text.len);
	return at && memchr(text.at, '\\', text.len);
}

struct slice block_text(const struct block *b, const struct block_line *l)
{
	return slice_cut(bytes_slice(&b->text), l->at, l->at + l->len);
}

bool step_expected(const struct step_result *r, size_t index, struct slice *line)
{
	for (size_t i = 0; i < r->block->count; i++) {
		const struct block_line *l = &r->block->lines[i];
		if ((l->kind != BLOCK_REPLY || index--))
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

static bool block_add(struct play *p, struct block *b, enum block_kind kind, struct slice text,
	size_t column, struct error *err)
{
	if (b->count == BLOCK_LINES_MAX || b->text.len + text.len > LIMIT_FILE)
		return error_at(err, 0, text.len, "a command has at most %d lines below it",
			BLOCK_LINES_MAX);
	if (b->count == b->room) {
		b->room = b->room ? 2 * b->room : 8;
		b->lines = mem_grow(b->lines, b->room, sizeof *b->lines);
	}
	b->lines[b->count++] = (struct block_line){.kind = kind,
		.line = source_here(p->macro->source).line,
		.at = b->text.len,
		.len = text.len,
		.column = column};
	bytes_add(&b->text, text);
	b->named |= has_name(text);
	return true;
}

/* Adds a line that waits for the time behind its verb. */
static bool add_time(struct play *p, struct block *b, enum block_kind kind, const struct order *o,
	struct slice text, struct error *err)
{
	char verb[16];
	int64_t ns;
	snprintf(verb, sizeof verb, ".%s", o->verb->name);
	if (!duration_parse(slice_trim(o->rest), verb, &ns, err))
		return play_place(o, err);
	if (!block_add(p, b, kind, text, o->rest_at, err))
		return false;
	b->lines[b->count - 1].ns = ns;
	return true;
}

static bool has_time(enum block_kind kind)
{
	return kind == BLOCK_DELAY || kind == BLOCK_WITHIN || kind == BLOCK_WAIT;
}

/* What a line is to the block above it. */
enum belongs { BELONGS, ENDS, BELONGS_WRONG };

static enum belongs block_take(
	struct play *p, struct block *b, struct slice text, struct error *err)
{
	const struct reading reading = play_reading(p);
	struct order *o = &p->side;
	enum block_kind kind;
	bool good;
	if (!order_read(o, text, &reading, err))
		return ENDS; /* it is read again, and then refused */
	switch (o->kind) {
	case ORDER_NOTHING:
		return BELONGS;
	case ORDER_REPLY:
		b->replies++;
		b->compares = true;
		good = block_add(p, b, BLOCK_REPLY, slice_cut(text, 0, o->rest_at + o->rest.len),
			o->rest_at, err);
		break;
	default:
		if (!verbs_in_block(o, &kind))
			return ENDS;
		good = has_time(kind) ? add_time(p, b, kind, o, text, err)
				      : block_add(p, b, kind, text,
						kind == BLOCK_NOW ? 0 : o->rest_at, err);
		b->compares |= kind == BLOCK_EXPECT || kind == BLOCK_EXPECT_NOT;
	}
	return good ? BELONGS : BELONGS_WRONG;
}

/* Most lines that end a block are commands, which need not be read for that. */
static bool begins_command(struct slice text)
{
	return text.len && !strchr(" \t.#", text.at[0]);
}

bool block_read(struct play *p, struct block *b, struct slice command, struct error *err)
{
	struct slice text;
	bytes_clear(&b->text);
	bytes_add(&b->text, command);
	b->command = command.len;
	b->count = 0;
	b->replies = 0;
	b->named = b->compares = false;
	for (;;) {
		enum source_state state = source_next(p->macro->source, &text, err);
		enum belongs belongs = ENDS;
		if (state == SOURCE_END)
			return true;
		if (state == SOURCE_LINE && !begins_command(text))
			belongs = block_take(p, b, text, err);
		if (belongs == BELONGS)
			continue;
		if (belongs == BELONGS_WRONG)
			play_complain(p, err, text, source_here(p->macro->source).line);
		else
			source_unread(p->macro->source);
		return belongs == ENDS;
	}
}
