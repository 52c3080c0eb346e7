/* script.c - reads a device's file; see sim.h and script.h. */
#include "sim/script_private.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include <stdlib.h>

static struct frame_values *fields_copy(const struct frame_values *values)
{
	struct frame_values *copy = mem_new(sizeof *copy);
	*copy = *values;
	return copy;
}

static void blocks_free(struct sim_block *blocks)
{
	while (blocks) {
		struct sim_block *next = blocks->next;
		sim_block_free(blocks);
		blocks = next;
	}
}

void sim_script_free(struct sim_script *script)
{
	if (!script)
		return;
	blocks_free(script->blocks);
	blocks_free(script->patterns);
	blocks_free(script->talk);
	if (script->otherwise)
		sim_block_free(script->otherwise);
	if (script->greeting)
		sim_block_free(script->greeting);
	while (script->faults) {
		struct sim_fault *next = script->faults->all;
		sim_fault_free(script->faults);
		script->faults = next;
	}
	frame_unref(script->frame);
	variables_free(&script->first);
	free(script);
}

struct slice sim_command(const struct sim_script *script, size_t index)
{
	const struct sim_block *b = script->blocks;
	while (b && index--)
		b = b->next;
	return b ? b->command : SLICE("");
}

struct frame *sim_frame(const struct sim_script *script)
{
	return script->frame;
}

/* Returns the verb above that waits for its reply; NULL: there is none. */
static const char *above_reply(const struct reader *r)
{
	return r->delay ? "delay" : r->faults ? "fault" : NULL;
}

/* Says whether a block may begin here: nothing above waits for a line. */
static bool may_begin(const struct reader *r, struct error *err)
{
	const char *above = above_reply(r);
	return !above || error_at(err, 0, 1, "the .%s above has no reply below it", above);
}

static void begin_block(struct reader *r, struct sim_block *b)
{
	r->current = b;
	b->index = r->script->all++;
	r->begun = true;
	r->step_end = &b->steps;
	r->last = NULL;
	variables_clear_arguments(&r->script->first);
}

static void add_step(struct reader *r, struct step *step)
{
	*r->step_end = r->last = step;
	r->step_end = &step->next;
	r->current->named = r->current->named || step->text.len;
}

/* Begins a block of which a file may have only one. */
static bool take_once(
	struct reader *r, const struct order *o, struct sim_block **block, struct error *err)
{
	const char *name = o->verb->name;
	if (*block)
		return error_at(
			err, 0, strlen(name) + 1, ".%s may be used only once in a file", name);
	if (!may_begin(r, err))
		return false;
	*block = sim_block_new(SLICE(""));
	begin_block(r, *block);
	return true;
}

static bool is_same(const struct frame *a, const struct frame *b)
{
	return strcmp(frame_notation(a), frame_notation(b)) == 0;
}

bool script_place(const struct order *o, struct error *err)
{
	err->column += o->rest_at;
	return false;
}

/* Takes the frame.  A session that was saved bit by bit gives its frame each time, which is
 * allowed. */
static bool script_take_frame(struct reader *r, const struct order *o, struct error *err)
{
	bool others = r->owner >= 0 && r->device != r->owner;
	if (r->from->frame || (others && !frame_book_defines(o->rest)))
		return true;
	if (frame_book_defines(o->rest))
		return frame_book_define(r->from->book, o->rest, err) || script_place(o, err);
	struct frame *frame = frame_find(r->from->book, o->rest, err), *before = r->script->frame;
	if (!frame)
		return script_place(o, err);
	if (r->current && !(before && is_same(frame, before))) {
		frame_unref(frame);
		error_at(err, o->rest_at, o->rest.len,
			"a device has one frame, which must come before the first command");
		return error_hint(err, "use -f FRAME to put the whole file into one frame");
	}
	frame_unref(before);
	r->script->frame = frame;
	return true;
}

static bool take_delay(struct reader *r, const struct order *o, struct error *err)
{
	if (!r->current)
		return error_at(err, 0, 6, ".delay must come after a command and before a reply");
	return duration_parse(slice_trim(o->rest), ".delay", &r->delay, err);
}

/* Adds a step of (and) to the reply above it. */
static bool take_more(struct reader *r, const struct order *o, struct step *step, struct error *err)
{
	bool good = r->last && step_is_sent(r->last) && !above_reply(r);
	if (!good)
		error_at(err, o->rest_at, 5, "(and) goes on with the reply line above it");
	else if (step->text.len || r->last->text.len)
		good = error_at(err, o->rest_at, o->rest.len,
			"a reply with names cannot go on: it has to be one line");
	else
		step_join(r->last, step);
	step_free(step);
	return good;
}

/* In a block the fields of the command, and how often it has answered, have a value when it does.
 */
static void names_inside(struct reader *r, bool on)
{
	r->script->first.frame = on ? r->script->frame : NULL;
	r->script->first.iteration = on ? NAME_LATER : NAME_UNKNOWN;
}

static bool take_reply(struct reader *r, const struct order *o, struct error *err)
{
	struct variables *v = &r->script->first;
	if (!r->current)
		return error_at(err, 0, o->rest_at, "this reply has no command above it");
	names_inside(r, true);
	struct step *step = step_reply(o->rest, r->script->frame, &v->names, err);
	names_inside(r, false);
	if (!step)
		return script_place(o, err);
	if (step->kind == EXPECT_AND)
		return take_more(r, o, step, err);
	step->delay = r->delay;
	step->faults = r->faults;
	r->delay = 0;
	r->faults = NULL;
	add_step(r, step);
	return !step->faults || step_is_sent(step) ||
	       error_at(err, o->rest_at, o->rest.len,
		       "the .fault above is for a reply that is sent");
}

/* Adds the fault to those of the next reply, or of all replies. */
static void add_fault(struct reader *r, struct sim_fault *f)
{
	f->index = r->script->fault_count++;
	*r->fault_end = f;
	r->fault_end = &f->all;
	const struct sim_fault **end = r->begun ? &r->faults : &r->script->general;
	while (*end)
		end = (const struct sim_fault **)&(*end)->next;
	*end = f;
}

static bool take_fault(struct reader *r, const struct order *o, struct error *err)
{
	struct fault fault;
	if (r->begun && !r->current) {
		error_at(err, 0, 6, "a .fault for all replies must come before the first command");
		return error_hint(err, "one for a single reply stands between its command and it");
	}
	if (!fault_parse(o->rest, &r->script->first.names, &fault, err))
		return script_place(o, err);
	if (fault.later)
		return error_at(err, o->rest_at, o->rest.len,
			".fault needs what is known before the first command comes");
	add_fault(r, sim_fault_new(slice_trim(o->rest), &fault));
	return true;
}

static bool take_command(struct reader *r, const struct order *o, struct error *err)
{
	if (!may_begin(r, err))
		return false;
	struct sim_block *b = sim_block_new(bytes_slice(&o->payload));
	b->wire = o->wire;
	b->with = o->fields ? fields_copy(&o->with) : NULL;
	begin_block(r, b);
	*r->end = b;
	r->end = &b->next;
	r->script->count++;
	return true;
}

/* ---- .on, .every and .let ---- */

/* The lines up to .end belong to the block. */
static void take_lines(struct reader *r, const struct order *o)
{
	r->head = r->number;
	r->head_line = r->line;
	r->head_verb = o->verb->name;
}

static bool take_on(struct reader *r, const struct order *o, struct error *err)
{
	const struct reading reading = {.verbs = r->from->verbs,
		.place = PLACE_DEVICE,
		.frame = r->script->frame,
		.names = &r->script->first.names};
	struct slice text = slice_trim(o->rest);
	if (!may_begin(r, err))
		return false;
	struct sim_match *on = match_new(text, &reading, err);
	if (!on) {
		err->column += text.len ? (size_t)(text.at - o->rest.at) : 0;
		return script_place(o, err);
	}
	struct sim_block *b = sim_block_new(text);
	b->on = on;
	begin_block(r, b);
	match_declare(on, &r->script->first);
	*r->on_end = b;
	r->on_end = &b->next;
	take_lines(r, o);
	return true;
}

/* Checks a .let of a block: its name has a value when the block has been an answer. */
static bool let_check(struct variables *v, struct slice name, struct error *err)
{
	struct slice value;
	return variables_find(v, name, &value) || variables_set_later(v, name, err);
}

/* Takes .let, which gives a value at once, or as a part of a block when that answers. */
static bool take_let(struct reader *r, const struct order *o, struct error *err)
{
	struct variables *v = &r->script->first;
	struct slice name;
	struct bytes value;
	bytes_init(&value, LIMIT_LINE);
	names_inside(r, r->head);
	bool good = let_read(o->rest, r->script->frame, v, &name, &value, err);
	names_inside(r, false);
	if (good && r->head) {
		add_step(r, step_let(o->rest));
		good = let_check(v, name, err);
	} else if (good) {
		r->current = NULL; /* as when it is played */
		good = may_begin(r, err) && variables_set(v, name, bytes_slice(&value), err);
	}
	bytes_free(&value);
	return good || script_place(o, err);
}

bool script_is_talk(const struct reader *r)
{
	struct slice left = r->left, line;
	while (slice_line(&left, &line))
		if (slice_trim(line).len && !order_is_comment(line) && !order_is_above(line))
			return slice_starts(line, SLICE("  "));
	return false;
}

static bool may_follow(const struct order *o)
{
	return o->kind == ORDER_SEND;
}

/* Takes the LINE behind `.every D [N]`: a command as any other. */
static bool take_behind(struct reader *r, struct slice line, struct error *err)
{
	struct order *o = &r->order;
	const struct reading reading = {.verbs = r->from->verbs,
		.place = PLACE_DEVICE,
		.frame = r->script->frame,
		.names = &r->script->first.names};
	size_t at = o->rest_at + (size_t)(line.at - o->rest.at);
	o->rest = line;
	o->rest_at = at;
	if (order_read_behind(o, may_follow, &reading, err))
		return take_command(r, o, err);
	err->column += at;
	return false;
}

/* Reads `D [N]`; *left is what follows.  Errors are placed in the word. */
static bool read_every(struct reader *r, const struct order *o, struct sim_block *b,
	struct slice *left, struct slice *word, struct error *err)
{
	*left = o->rest;
	*word = slice_word(left);
	if (!word->len)
		return error_at(err, 0, 0, ".every needs a duration, such as .every 1s");
	if (!order_duration(*word, o->verb, &r->script->first.names, &b->period, err))
		return false;
	if (b->period < NS_PER_MS)
		return error_at(err, 0, word->len, "a device can say something at most every 1ms");
	*left = slice_trim(*left);
	struct slice rest = *left, number = slice_word(&rest);
	if (!number.len || !is_digit(number.at[0]))
		return true;
	*word = number;
	*left = slice_trim(rest);
	return number_parse(number, "how often it is said", 1, UINT32_MAX, &b->times, err);
}

/* Takes .every with replies below it: what the device says by itself. */
static bool take_every(struct reader *r, const struct order *o, struct error *err)
{
	struct slice word, left;
	if (!may_begin(r, err))
		return false;
	if (r->script->talk_count == SIM_TALK_MAX)
		return error_at(
			err, 0, 6, "a device says at most %d things by itself", SIM_TALK_MAX);
	struct sim_block *b = sim_block_new(slice_trim(o->rest));
	if (!read_every(r, o, b, &left, &word, err)) {
		err->placed = true;
		err->column += o->rest_at + (word.len ? (size_t)(word.at - o->rest.at) : 0);
		err->width = word.len;
		sim_block_free(b);
		return false;
	}
	if (left.len) {
		sim_block_free(b);
		return take_behind(r, left, err);
	}
	begin_block(r, b);
	*r->talk_end = b;
	r->talk_end = &b->next;
	r->script->talk_count++;
	take_lines(r, o);
	return true;
}

static bool take_end(struct reader *r, struct error *err)
{
	if (!r->head)
		return true; /* of a loop, which does nothing here */
	if (!may_begin(r, err))
		return false;
	r->head = 0;
	r->current = NULL;
	return true;
}

static bool take_macro(struct reader *r, const struct order *o, struct error *err)
{
	if (o->verb == &verb_let)
		return take_let(r, o, err);
	if (o->verb == &verb_every && script_is_talk(r))
		return take_every(r, o, err);
	return o->verb != &verb_end || take_end(r, err);
}

/* Refuses what cannot stand between .on or .every and .end. */
static bool is_inside(
	const struct reader *r, const struct order *o, struct slice text, struct error *err)
{
	bool other = o->kind == ORDER_SEND || o->kind == ORDER_ON || o->kind == ORDER_ELSE ||
		     o->kind == ORDER_GREETING || o->kind == ORDER_FRAME ||
		     o->verb == &verb_repeat || o->verb == &verb_every;
	if (!r->head || !other)
		return true;
	error_at(err, 0, text.len, "the .%s of line %u has no .end above this", r->head_verb,
		r->head);
	return error_hint(
		err, "between .%s and .end stand replies, .delay, .fault and .let", r->head_verb);
}

/* Explains a group that the pattern does not have, and refuses secrets, which the log would show.
 */
static enum name_is ask(
	void *arg, struct slice name, bool secret, struct bytes *out, struct error *err)
{
	(void)arg;
	(void)out;
	if (secret) {
		error_at(err, 0, name.len, "the file of a device has no secrets");
		return NAME_FAILED;
	}
	error_at(err, 0, name.len, "there is no group %s here", quote(name).text);
	error_hint(err, "\\{1} is what the first (...) of the .on above matches, where it is a "
			"regular expression");
	return NAME_FAILED;
}

static bool take_line(struct reader *r, struct slice text, struct error *err)
{
	if (!owner_is_meant(r) && !owner_concerns_all(text))
		return true;
	const struct reading reading = {.verbs = r->from->verbs,
		.place = PLACE_DEVICE,
		.frame = r->script->frame,
		.names = &r->script->first.names};
	struct order *o = &r->order;
	if (!order_read(o, text, &reading, err) || !owner_may_have(r, o, text, err) ||
		!is_inside(r, o, text, err))
		return false;
	switch (o->kind) {
	case ORDER_SEND:
		return take_command(r, o, err);
	case ORDER_ON:
		return take_on(r, o, err);
	case ORDER_DELAY:
		return take_delay(r, o, err);
	case ORDER_FAULT:
		return take_fault(r, o, err);
	case ORDER_ELSE:
		return take_once(r, o, &r->script->otherwise, err);
	case ORDER_GREETING:
		return take_once(r, o, &r->script->greeting, err);
	case ORDER_FRAME:
		return script_take_frame(r, o, err);
	case ORDER_REPLY:
		return take_reply(r, o, err);
	case ORDER_VERB:
		return (strcmp(o->verb->name, "open") != 0 && strcmp(o->verb->name, "use") != 0) ||
		       owner_take(r, o, err);
	case ORDER_MACRO:
		return take_macro(r, o, err);
	default:
		return true;
	}
}

static bool finish_script(struct reader *r, struct error *err)
{
	struct sim_script *script = r->script;
	const char *above = above_reply(r);
	if (above)
		return error_set(err, STATUS_USAGE, "the last .%s has no reply below it", above);
	if (!owner_found(r, err))
		return false;
	if (!script->frame)
		script->frame = frame_find(r->from->book, SLICE("esc-cr"), err);
	if (!script->frame || !script_check_all(script, err))
		return false;
	variables_clear_arguments(&script->first);
	script_find_wires(script);
	return true;
}

/* Takes all lines; where one is wrong, r->line is this one. */
static bool take_all(struct reader *r, struct error *err)
{
	for (r->number = 1; slice_line(&r->left, &r->line); r->number++)
		if (!take_line(r, r->line, err))
			return false;
	if (!r->head)
		return true;
	r->number = r->head;
	r->line = r->head_line;
	return error_at(
		err, 0, strlen(r->head_verb) + 1, "this .%s has no .end below it", r->head_verb);
}

static bool read_lines(struct reader *r, struct slice text, struct bytes *shown, struct error *err)
{
	const char *name = r->from->name;
	r->left = text;
	if (!take_all(r, err)) {
		error_show_line(err, name, r->number, r->line, text_locale_utf8(), shown);
		return false;
	}
	if (finish_script(r, err))
		return true;
	bytes_addf(shown, "%s: ", name);
	error_show(err, NULL, SLICE(""), text_locale_utf8(), shown);
	return false;
}

struct sim_script *sim_script_read(
	const struct sim_source *from, struct slice text, struct bytes *shown, struct error *err)
{
	struct sim_script *script = mem_new(sizeof *script);
	struct reader r = {.script = script,
		.from = from,
		.end = &script->blocks,
		.on_end = &script->patterns,
		.talk_end = &script->talk,
		.fault_end = &script->faults,
		.device = -1,
		.owner = -1};
	variables_init(&script->first);
	script->first.ask = ask;
	order_init(&r.order);
	if (from->frame) {
		script->frame = frame_find(from->book, slice_str(from->frame), err);
		if (!script->frame)
			error_show(
				err, "frame:", slice_str(from->frame), text_locale_utf8(), shown);
	}
	bool good = (!from->frame || script->frame) && read_lines(&r, text, shown, err);
	order_free(&r.order);
	while (r.device_count)
		free(r.devices[--r.device_count]);
	free(r.devices);
	if (good)
		return script;
	sim_script_free(script);
	return NULL;
}
