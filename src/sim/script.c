/* script.c - reads a device's file; see sim.h and script.h. */
#include "sim/script.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include <stdlib.h>

struct reader {
	struct sim_script *script;
	const struct frame_book *book;
	bool frame_given;      /* by -f, which wins */
	struct block *current; /* NULL: no command yet */
	struct block **end;
	struct step **step_end;
	int64_t delay;
	struct bytes payload;
};

static struct block *block_new(struct slice command)
{
	struct block *b = mem_new(sizeof *b);
	b->command = slice_of(mem_strn(command.at, command.len), command.len);
	return b;
}

static void block_free(struct block *b)
{
	while (b->steps) {
		struct step *next = b->steps->next;
		free((void *)b->steps->payload.at);
		free(b->steps);
		b->steps = next;
	}
	free((void *)b->command.at);
	free(b);
}

void sim_script_free(struct sim_script *script)
{
	if (!script)
		return;
	while (script->blocks) {
		struct block *next = script->blocks->next;
		block_free(script->blocks);
		script->blocks = next;
	}
	if (script->otherwise)
		block_free(script->otherwise);
	frame_unref(script->frame);
	free(script);
}

struct frame *sim_frame(const struct sim_script *script)
{
	return script->frame;
}

static bool begin_block(struct reader *r, struct block *b, bool listed, struct error *err)
{
	if (r->delay)
		return error_at(err, 0, 1, "a .delay without a reply below it");
	r->current = b;
	r->step_end = &b->steps;
	if (listed) {
		*r->end = b;
		r->end = &b->next;
		r->script->count++;
	}
	return true;
}

static bool take_else(struct reader *r, struct error *err)
{
	if (r->script->otherwise)
		return error_at(err, 0, 5, ".else stands once in a file");
	r->script->otherwise = block_new(SLICE(""));
	return begin_block(r, r->script->otherwise, false, err);
}

static bool is_same(const struct frame *a, const struct frame *b)
{
	return strcmp(frame_notation(a), frame_notation(b)) == 0;
}

/* What was saved bit by bit says its frame each time. */
static bool take_frame(struct reader *r, const struct line *line, struct error *err)
{
	if (r->frame_given)
		return true;
	struct frame *frame = frame_find(r->book, line->rest, err), *before = r->script->frame;
	if (!frame)
		return false;
	if (r->current && !(before && is_same(frame, before))) {
		frame_unref(frame);
		error_at(err, 0, line->rest.len,
			"a device has one frame, and it stands before the first command");
		return error_hint(err, "-f FRAME, if all of the file is to be in one");
	}
	frame_unref(before);
	r->script->frame = frame;
	return true;
}

static bool take_delay(struct reader *r, const struct line *line, struct error *err)
{
	if (!r->current)
		return error_at(err, 0, 6, ".delay stands above a reply, inside a command's block");
	return duration_parse(slice_trim(line->rest), ".delay", &r->delay, err);
}

static bool take_verb(struct reader *r, const struct line *line, struct error *err)
{
	switch (line->verb) {
	case VERB_ELSE:
		return take_else(r, err);
	case VERB_FRAME:
		if (take_frame(r, line, err))
			return true;
		err->column += line->rest_at;
		return false;
	default:
		return take_delay(r, line, err);
	}
}

static bool take_reply(struct reader *r, const struct line *line, struct error *err)
{
	enum expect_kind kind;
	if (!r->current)
		return error_at(err, 0, line->rest_at, "a reply without a command above it");
	if (!reply_parse(line->rest, &r->payload, &kind, err)) {
		err->column += line->rest_at;
		return false;
	}
	struct step *step = mem_new(sizeof *step);
	step->kind = kind;
	step->delay = r->delay;
	step->payload = slice_of(mem_strn(r->payload.at, r->payload.len), r->payload.len);
	r->delay = 0;
	*r->step_end = step;
	r->step_end = &step->next;
	return true;
}

static bool take_line(struct reader *r, struct slice text, struct error *err)
{
	struct line line;
	if (!line_parse(text, PLACE_DEVICE, 0, &r->payload, &line, err))
		return false;
	if (line.kind == LINE_REPLY)
		return take_reply(r, &line, err);
	if (line.has_payload)
		return begin_block(r, block_new(bytes_slice(&r->payload)), true, err);
	return line.kind == LINE_NOTHING || take_verb(r, &line, err);
}

/* Every reply must fit the frame: better said at the start than to a client. */
static bool check_block(const struct sim_script *script, const struct block *b, struct error *err)
{
	struct bytes scratch, wire;
	bool good = true;
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	bytes_init(&wire, LIMIT_FRAME_MOST);
	for (const struct step *step = b->steps; step && good; step = step->next) {
		struct frame_values sent = {0};
		if (step->kind != EXPECT_NONE)
			good = frame_encode(script->frame, SIDE_REPLY, step->payload, NULL, &sent,
				0, &scratch, &wire, err);
		if (!good) {
			err->placed = false;
			error_hint(err, "it is the answer to '%s', frame %s",
				quote(b->command).text, frame_notation(script->frame));
		}
	}
	bytes_free(&scratch);
	bytes_free(&wire);
	return good;
}

static bool check_all(const struct sim_script *script, struct error *err)
{
	for (const struct block *b = script->blocks; b; b = b->next)
		if (!check_block(script, b, err))
			return false;
	return !script->otherwise || check_block(script, script->otherwise, err);
}

static bool read_lines(struct reader *r, struct slice text, const char *name, struct bytes *shown,
	struct error *err)
{
	struct slice line;
	for (unsigned number = 1; slice_line(&text, &line); number++)
		if (!take_line(r, line, err)) {
			bytes_addf(shown, "%s:%u: ", name, number);
			error_show(err, "", line, text_locale_utf8(), shown);
			return false;
		}
	bool good =
		r->delay == 0 || error_set(err, STATUS_USAGE, "a .delay without a reply below it");
	if (good && !r->script->frame)
		good = (r->script->frame = frame_find(r->book, SLICE("esc-cr"), err)) != NULL;
	good = good && check_all(r->script, err);
	if (!good) {
		bytes_addf(shown, "%s: ", name);
		error_show(err, NULL, SLICE(""), text_locale_utf8(), shown);
	}
	return good;
}

struct sim_script *sim_script_read(const struct frame_book *book, struct slice text,
	const char *name, const char *frame, struct bytes *shown, struct error *err)
{
	struct sim_script *script = mem_new(sizeof *script);
	struct reader r = {.script = script, .book = book, .end = &script->blocks};
	bytes_init(&r.payload, LIMIT_LINE);
	if (frame) {
		script->frame = frame_find(book, slice_str(frame), err);
		r.frame_given = true;
		if (!script->frame)
			error_show(err, "frame:", slice_str(frame), text_locale_utf8(), shown);
	}
	bool good = (!frame || script->frame) && read_lines(&r, text, name, shown, err);
	bytes_free(&r.payload);
	if (good)
		return script;
	sim_script_free(script);
	return NULL;
}
