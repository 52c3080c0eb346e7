/* script.c - reads a device's file; see sim.h and script.h. */
#include "sim/script.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include <stdlib.h>

enum { DEVICES_MAX = 1000 };

struct reader {
	struct sim_script *script;
	char **devices;           /* that the file opens, in this order */
	int device_count, device; /* device: whose the lines are; -1: nobody's yet */
	int owner;                /* whose commands the script has; -1: there are none */
	const struct sim_source *from;
	struct sim_block *current; /* NULL: no command has come yet */
	struct sim_block **end;
	struct step **step_end;
	int64_t delay;
	struct bytes payload; /* holds a reply's payload while it is read */
	struct order order;
};

static struct frame_values *fields_copy(const struct frame_values *values)
{
	struct frame_values *copy = mem_new(sizeof *copy);
	*copy = *values;
	return copy;
}

static struct sim_block *block_new(struct slice command)
{
	struct sim_block *b = mem_new(sizeof *b);
	b->command = slice_of(mem_strn(command.at, command.len), command.len);
	return b;
}

static void block_free(struct sim_block *b)
{
	while (b->steps) {
		struct step *next = b->steps->next;
		free((void *)b->steps->payload.at);
		free(b->steps->with);
		free(b->steps);
		b->steps = next;
	}
	free((void *)b->command.at);
	free(b->with);
	free(b);
}

void sim_script_free(struct sim_script *script)
{
	if (!script)
		return;
	while (script->blocks) {
		struct sim_block *next = script->blocks->next;
		block_free(script->blocks);
		script->blocks = next;
	}
	if (script->otherwise)
		block_free(script->otherwise);
	if (script->greeting)
		block_free(script->greeting);
	frame_unref(script->frame);
	free(script);
}

struct frame *sim_frame(const struct sim_script *script)
{
	return script->frame;
}

/* Begins a block.  A listed block goes to the list of blocks; the script has any other already. */
static bool begin_block(struct reader *r, struct sim_block *b, bool listed, struct error *err)
{
	if (r->delay) {
		if (listed)
			block_free(b);
		return error_at(err, 0, 1, "the .delay above has no reply below it");
	}
	r->current = b;
	r->step_end = &b->steps;
	if (listed) {
		*r->end = b;
		r->end = &b->next;
		r->script->count++;
	}
	return true;
}

/* Begins a block of which a file may have only one. */
static bool take_once(
	struct reader *r, const struct order *o, struct sim_block **block, struct error *err)
{
	const char *name = o->verb->name;
	if (*block)
		return error_at(
			err, 0, strlen(name) + 1, ".%s may be used only once in a file", name);
	*block = block_new(SLICE(""));
	return begin_block(r, *block, false, err);
}

static bool is_same(const struct frame *a, const struct frame *b)
{
	return strcmp(frame_notation(a), frame_notation(b)) == 0;
}

static bool place_in_rest(const struct order *o, struct error *err)
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
		return frame_book_define(r->from->book, o->rest, err) || place_in_rest(o, err);
	struct frame *frame = frame_find(r->from->book, o->rest, err), *before = r->script->frame;
	if (!frame)
		return place_in_rest(o, err);
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

static bool take_reply(struct reader *r, const struct order *o, struct error *err)
{
	enum expect_kind kind;
	if (!r->current)
		return error_at(err, 0, o->rest_at, "this reply has no command above it");
	struct frame_values with;
	struct slice text = o->rest;
	bool any = false;
	if (r->script->frame && !reply_take_fields(&text, r->script->frame, NULL, &with, &any, err))
		return place_in_rest(o, err);
	if (!reply_parse(text, NULL, &r->payload, &kind, err)) {
		err->column += o->rest.len - text.len;
		return place_in_rest(o, err);
	}
	struct step *step = mem_new(sizeof *step);
	step->kind = kind;
	step->delay = r->delay;
	step->with = any ? fields_copy(&with) : NULL;
	step->payload = slice_of(mem_strn(r->payload.at, r->payload.len), r->payload.len);
	r->delay = 0;
	*r->step_end = step;
	r->step_end = &step->next;
	return true;
}

static struct sim_block *block_of(const struct order *o)
{
	struct sim_block *b = block_new(bytes_slice(&o->payload));
	b->wire = o->wire;
	b->with = o->fields ? fields_copy(&o->with) : NULL;
	return b;
}

/* ---- a file of several devices ---- */

static bool is_ours(const struct reader *r)
{
	return r->device < 0 || !r->from->device ||
	       strcmp(r->devices[r->device], r->from->device) == 0;
}

/* Returns the number of an open device, by its name or number; -1: there is none. */
static int opened_find(const struct reader *r, struct slice name)
{
	struct error ignored;
	uint64_t number;
	for (int i = 0; i < r->device_count; i++)
		if (slice_is(name, r->devices[i]))
			return i;
	bool counted = r->device_count &&
		       number_parse(name, "", 1, (uint64_t)r->device_count, &number, &ignored);
	return counted ? (int)number - 1 : -1;
}

static bool opened_add(struct reader *r, struct slice name, struct error *err)
{
	if (r->device_count == DEVICES_MAX)
		return error_at(err, 0, 5, "a file opens at most %d devices", DEVICES_MAX);
	r->devices = mem_grow(r->devices, (size_t)r->device_count + 1, sizeof *r->devices);
	r->devices[r->device_count++] = mem_strn(name.at, name.len);
	return true;
}

/* Refuses a line for another device than those above are for. */
static bool is_owners(struct reader *r, const struct order *o, struct slice text, struct error *err)
{
	if (o->kind != ORDER_SEND && o->kind != ORDER_ELSE && o->kind != ORDER_GREETING)
		return true;
	if (r->owner < 0)
		r->owner = r->device;
	if (r->device == r->owner || r->from->device)
		return true;
	error_at(err, 0, text.len, "this is for another device than the commands above");
	return error_hint(err, "--device NAME says which one to be: %s or %s",
		quote(slice_str(r->devices[r->owner])).text,
		quote(slice_str(r->devices[r->device])).text);
}

/* Takes `.open` and `.use`, which say whose the next lines are. */
static bool take_device(struct reader *r, const struct order *o, struct error *err)
{
	struct bytes store;
	struct slice name;
	bytes_init(&store, LIMIT_LINE);
	int count = args_split(o->rest, NULL, &store, &name, 1, err);
	int found = count == 1 ? opened_find(r, name) : r->device, before = r->device;
	bool good = count >= 0;
	if (good && found < 0 && count) {
		good = opened_add(r, name, err);
		found = r->device_count - 1;
	}
	bytes_free(&store);
	if (!good || found == before)
		return good || place_in_rest(o, err);
	r->device = found;
	if (r->device_count > 1) /* a reply needs a command of the same device above it */
		r->current = NULL;
	return true;
}

/* Says whether a line matters that stands below another device: only what chooses a device, and
 * definitions. */
static bool concerns_all(struct slice text)
{
	struct slice rest = text, word = slice_word(&rest);
	return slice_is(word, ".open") || slice_is(word, ".use") ||
	       (slice_is(word, ".frame") && frame_book_defines(rest));
}

static bool found_device(const struct reader *r, struct error *err)
{
	struct bytes list;
	for (int i = 0; i < r->device_count; i++)
		if (!r->from->device || strcmp(r->devices[i], r->from->device) == 0)
			return true;
	if (!r->from->device)
		return true;
	error_set(err, STATUS_USAGE, "no device '%s' is opened here",
		quote(slice_str(r->from->device)).text);
	bytes_init(&list, LIMIT_MESSAGE);
	for (int i = 0; i < r->device_count; i++)
		bytes_addf(&list, "%s%s", i ? ", " : "", quote(slice_str(r->devices[i])).text);
	error_hint(err, "it is about %s", list.len ? bytes_str(&list) : "no device with a name");
	bytes_free(&list);
	return false;
}

static bool take_line(struct reader *r, struct slice text, struct error *err)
{
	if (!is_ours(r) && !concerns_all(text))
		return true;
	const struct reading reading = {
		.verbs = r->from->verbs, .place = PLACE_DEVICE, .frame = r->script->frame};
	struct order *o = &r->order;
	if (!order_read(o, text, &reading, err) || !is_owners(r, o, text, err))
		return false;
	switch (o->kind) {
	case ORDER_SEND:
		return begin_block(r, block_of(o), true, err);
	case ORDER_DELAY:
		return take_delay(r, o, err);
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
		       take_device(r, o, err);
	default:
		return true;
	}
}

/* Checks that every reply fits the frame: a person should learn that at the start, not a client
 * later. */
static bool check_block(
	const struct sim_script *script, const struct sim_block *b, struct error *err)
{
	struct bytes scratch, wire;
	bool good = true;
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	bytes_init(&wire, LIMIT_WIRE);
	for (const struct step *step = b->steps; step && good; step = step->next) {
		struct frame_values sent = {0};
		if (step_is_framed(step))
			good = frame_encode(script->frame, SIDE_REPLY, step->payload,
				step_fields(step), sent.at, 0, &scratch, &wire, err);
		if (!good) {
			err->placed = false;
			error_hint(err, "this is the answer to '%s'; the frame is %s",
				quote(b->command).text, frame_notation(script->frame));
		}
	}
	bytes_free(&scratch);
	bytes_free(&wire);
	return good;
}

static bool script_check_all(const struct sim_script *script, struct error *err)
{
	for (const struct sim_block *b = script->blocks; b; b = b->next)
		if (!check_block(script, b, err))
			return false;
	return (!script->otherwise || check_block(script, script->otherwise, err)) &&
	       (!script->greeting || check_block(script, script->greeting, err));
}

/* ---- bytes without a frame ---- */

/* Notes the `.wire` lines with which no command of the file begins, so that they can be told from
 * commands as soon as they are there. */
static void find_wires(struct sim_script *script)
{
	struct bytes scratch, wire;
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	bytes_init(&wire, LIMIT_WIRE);
	for (struct sim_block *b = script->blocks; b; b = b->next)
		if (b->wire && script->wire_count < SIM_WIRES_MAX)
			script->wires[script->wire_count++] = b->command;
	for (struct sim_block *b = script->blocks; b && script->wire_count; b = b->next) {
		struct frame_values sent = {0};
		struct error ignored;
		bytes_clear(&wire);
		if (b->wire || !frame_encode(script->frame, SIDE_COMMAND, b->command,
				       b->with ? b->with->at : NULL, sent.at, 0, &scratch, &wire,
				       &ignored))
			continue;
		for (size_t i = script->wire_count; i-- > 0;)
			if (slice_starts(bytes_slice(&wire), script->wires[i]))
				script->wires[i] = script->wires[--script->wire_count];
	}
	bytes_free(&scratch);
	bytes_free(&wire);
}

static bool read_lines(struct reader *r, struct slice text, struct bytes *shown, struct error *err)
{
	const char *name = r->from->name;
	struct slice line;
	for (unsigned number = 1; slice_line(&text, &line); number++)
		if (!take_line(r, line, err)) {
			error_show_line(err, name, number, line, text_locale_utf8(), shown);
			return false;
		}
	bool good = r->delay == 0 ||
		    error_set(err, STATUS_USAGE, "the last .delay has no reply below it");
	good = good && found_device(r, err);
	if (good && !r->script->frame)
		good = (r->script->frame = frame_find(r->from->book, SLICE("esc-cr"), err)) != NULL;
	good = good && script_check_all(r->script, err);
	if (good)
		find_wires(r->script);
	if (!good) {
		bytes_addf(shown, "%s: ", name);
		error_show(err, NULL, SLICE(""), text_locale_utf8(), shown);
	}
	return good;
}

struct sim_script *sim_script_read(
	const struct sim_source *from, struct slice text, struct bytes *shown, struct error *err)
{
	struct sim_script *script = mem_new(sizeof *script);
	struct reader r = {
		.script = script, .from = from, .end = &script->blocks, .device = -1, .owner = -1};
	bytes_init(&r.payload, LIMIT_LINE);
	order_init(&r.order);
	if (from->frame) {
		script->frame = frame_find(from->book, slice_str(from->frame), err);
		if (!script->frame)
			error_show(
				err, "frame:", slice_str(from->frame), text_locale_utf8(), shown);
	}
	bool good = (!from->frame || script->frame) && read_lines(&r, text, shown, err);
	bytes_free(&r.payload);
	order_free(&r.order);
	while (r.device_count)
		free(r.devices[--r.device_count]);
	free(r.devices);
	if (good)
		return script;
	sim_script_free(script);
	return NULL;
}
