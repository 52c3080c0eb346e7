/* script_check.c - looks at a device's file that has been read. */
#include "sim/script_private.h"

#include "base/text.h"

static bool check_block(
	const struct sim_script *script, const struct sim_block *b, struct error *err)
{
	struct bytes scratch, wire;
	bool good = true;
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	bytes_init(&wire, LIMIT_WIRE);
	for (const struct step *step = b->steps; step && good; step = step->next) {
		struct frame_values sent = {0};
		if (step_is_framed(step) && !step->text.len) /* else its bytes are not known yet */
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

bool script_check_all(const struct sim_script *script, struct error *err)
{
	const struct sim_block *lists[] = {script->blocks, script->patterns, script->talk};
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
		for (const struct sim_block *b = lists[i]; b; b = b->next)
			if (!check_block(script, b, err))
				return false;
	return (!script->otherwise || check_block(script, script->otherwise, err)) &&
	       (!script->greeting || check_block(script, script->greeting, err));
}

/* ---- bytes without a frame ---- */

void script_find_wires(struct sim_script *script)
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
