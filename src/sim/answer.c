/* answer.c - see answer.h. */
#include "sim/answer.h"

#include "base/escape.h"
#include "base/mem.h"
#include "base/named.h"
#include "base/text.h"
#include <stdlib.h>

static struct slice owned(struct slice text)
{
	return slice_of(mem_strn(text.at, text.len), text.len);
}

static bool has_names(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (named_begins(slice_cut(text, i, text.len)))
			return true;
		i += text.at[i] == '\\'; /* so that a backslash that is spelled begins none */
	}
	return false;
}

void step_free(struct step *step)
{
	free((void *)step->payload.at);
	free((void *)step->text.at);
	free(step->with);
	free(step);
}

/* ---- reading ---- */

static void take_fields(struct step *step, const struct frame_values *with)
{
	step->with = mem_new(sizeof *step->with);
	*step->with = *with;
}

static bool read_reply(struct step *step, struct slice text, const struct frame *frame,
	struct names *names, struct error *err)
{
	struct slice all = text;
	struct frame_values with;
	struct bytes payload;
	bool any = false;
	if (frame && !reply_take_fields(&text, frame, names, &with, &any, err))
		return false;
	bytes_init(&payload, LIMIT_LINE);
	bool good = reply_parse(text, frame, names, &payload, &step->kind, &step->wire, err);
	if (!good)
		err->column += all.len - text.len;
	if (good)
		step->payload = owned(bytes_slice(&payload));
	if (good && any)
		take_fields(step, &with);
	bytes_free(&payload);
	return good;
}

struct step *step_reply(
	struct slice text, const struct frame *frame, struct names *names, struct error *err)
{
	struct step *step = mem_new(sizeof *step);
	if (!read_reply(step, text, frame, names, err)) {
		step_free(step);
		return NULL;
	}
	if (has_names(text))
		step->text = owned(text);
	return step;
}

void step_join(struct step *step, const struct step *more)
{
	size_t before = step->payload.len, all = before + more->payload.len;
	uint8_t *payload = mem_grow((void *)step->payload.at, all + 1, 1);
	if (more->payload.len)
		memcpy(payload + before, more->payload.at, more->payload.len);
	step->payload = slice_of(payload, all);
	if (step->kind == EXPECT_EMPTY)
		step->kind = EXPECT_EXACT;
}

bool let_read(struct slice rest, const struct frame *frame, struct variables *v, struct slice *name,
	struct bytes *value, struct error *err)
{
	struct slice left = rest;
	*name = slice_word(&left);
	if (!name->len)
		return error_at(err, 0, 0, ".let needs NAME VALUE, such as .let speed 100");
	if (!variables_name_is_good(*name, frame, err)) {
		err->column += (size_t)(name->at - rest.at);
		return false;
	}
	left = slice_trim(left);
	names_begin(&v->names);
	if (escape_typed(left, CHARSET_UTF8, &v->names, value, err))
		return true;
	err->column += left.len ? (size_t)(left.at - rest.at) : 0;
	return false;
}

struct step *step_let(struct slice rest)
{
	struct step *step = mem_new(sizeof *step);
	step->let = true;
	step->kind = EXPECT_NONE;
	step->text = owned(rest);
	return step;
}

struct sim_block *sim_block_new(struct slice command)
{
	struct sim_block *b = mem_new(sizeof *b);
	b->command = owned(command);
	return b;
}

void sim_block_free(struct sim_block *b)
{
	while (b->steps) {
		struct step *next = b->steps->next;
		step_free(b->steps);
		b->steps = next;
	}
	free((void *)b->command.at);
	free(b->with);
	match_free(b->on);
	free(b);
}

/* ---- answering ---- */

static bool let_run(
	struct slice rest, const struct frame *frame, struct variables *v, struct error *err)
{
	struct slice name;
	struct bytes value;
	bytes_init(&value, LIMIT_LINE);
	bool good = let_read(rest, frame, v, &name, &value, err) &&
		    variables_set(v, name, bytes_slice(&value), err);
	bytes_free(&value);
	return good;
}

/* Makes the step as it is now. */
static struct step *step_now(
	const struct step *from, const struct frame *frame, struct variables *v, struct error *err)
{
	if (from->text.len)
		return step_reply(from->text, frame, &v->names, err);
	struct step *step = mem_new(sizeof *step);
	step->kind = from->kind;
	step->wire = from->wire;
	step->payload = owned(from->payload);
	if (from->with)
		take_fields(step, from->with);
	return step;
}

struct sim_block *answer_make(const struct sim_block *b, const struct frame *frame,
	struct variables *v, bool *good, struct error *err)
{
	struct sim_block *made = sim_block_new(SLICE(""));
	struct step **end = &made->steps;
	made->made = true;
	*good = true;
	for (const struct step *from = b->steps; from && *good; from = from->next) {
		if (from->let) {
			*good = let_run(from->text, frame, v, err);
			continue;
		}
		struct step *step = step_now(from, frame, v, err);
		*good = step != NULL;
		if (!step)
			break;
		step->delay = from->delay;
		step->faults = from->faults;
		*end = step;
		end = &step->next;
	}
	return made;
}
