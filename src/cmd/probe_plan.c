/* probe_plan.c - see probe_plan.h.
 *
 * The shortest end comes first: with CR LF first, a device that wants CR would answer, too, and
 * find an empty command after it.  The command is sent without an end, and then what is missing
 * behind it, which costs the device no second command. */
#include "cmd/probe_plan.h"

#include "cmd/context.h"
#include "cmd/guess.h"
#include <stdio.h>
#include <wilco/macro.h>

const struct probe_end probe_ends[PROBE_ENDS] = {[PROBE_NOTHING] = {"nothing", "", 0},
	[PROBE_CR] = {"CR", "\r", 1},
	[PROBE_LF] = {"LF", "\n", 1},
	[PROBE_CR_LF] = {"CR LF", "\r\n", 2},
	[PROBE_NUL] = {"NUL", "\0", 1},
	[PROBE_ETX] = {"ETX", "\3", 1}};

const struct probe_plan probe_plan_lines = {4, 4,
	{{PROBE_NOTHING, false, false}, {PROBE_LF, false, false}, {PROBE_CR, true, false},
		{PROBE_CR_LF, false, false}, {PROBE_NOTHING, true, true}, {PROBE_CR, true, true},
		{PROBE_LF, true, true}, {PROBE_CR_LF, true, true}}};
/* All on one line, where each may have an effect. */
static const struct probe_plan plan_one_line = {3, 1,
	{{PROBE_NOTHING, false, false}, {PROBE_CR, false, false}, {PROBE_CR_LF, false, false},
		{PROBE_CR_LF, false, true}}};
static const struct probe_plan plan_datagrams = {4, 0,
	{{PROBE_NOTHING, true, false}, {PROBE_LF, true, false}, {PROBE_CR, true, false},
		{PROBE_CR_LF, true, false}}};
/* The command brings its end, or is binary and has none. */
static const struct probe_plan plan_own = {
	1, 1, {{PROBE_NOTHING, false, false}, {PROBE_NOTHING, true, true}}};
const struct probe_plan probe_plan_typed = {3, 0,
	{{PROBE_NOTHING, false, false}, {PROBE_CR, false, false}, {PROBE_CR_LF, false, false}}};
const struct probe_plan probe_plan_speed = {
	2, 0, {{PROBE_CR, true, false}, {PROBE_CR_LF, false, false}}};

const struct probe_plan *probe_plan_for(const struct address *a, bool own, bool same_line)
{
	return own                    ? &plan_own
	       : address_datagrams(a) ? &plan_datagrams
	       : same_line            ? &plan_one_line
				      : &probe_plan_lines;
}

size_t probe_plan_attempts(const struct probe_plan *plan, const struct address *a)
{
	return plan->count + (address_half_closes(a) ? plan->halves : 0);
}

bool probe_read(struct slice text, struct order *o, struct error *err)
{
	static const struct reading reading = {
		.verbs = verbs, .place = PLACE_COMMAND, .flags = ORDER_EXACT};
	if (!order_read(o, text, &reading, err) || !order_sends(o, text, err))
		return false;
	if (o->verb == &verb_wire || o->verb == &verb_with)
		return error_at(err, 0, text.len,
			".%s needs a frame, and a probe is looking for one", o->verb->name);
	return o->payload.len ||
	       error_set(err, STATUS_USAGE,
		       "the command needs some text; without a command a probe only listens");
}

void probe_asked_init(struct probe_asked *asked, struct slice command)
{
	bool text = guess_is_text(command);
	bytes_init(&asked->command, LIMIT_LINE);
	bytes_add(&asked->command, command);
	asked->own = text ? NULL : &probe_ends[PROBE_NOTHING];
	for (size_t i = 0; text && i < PROBE_ENDS; i++)
		if (probe_ends[i].size && (!asked->own || probe_ends[i].size > asked->own->size) &&
			slice_ends(command, slice_of(probe_ends[i].bytes, probe_ends[i].size)))
			asked->own = &probe_ends[i];
	if (asked->own)
		asked->command.len -= asked->own->size;
}

void probe_asked_free(struct probe_asked *asked)
{
	bytes_free(&asked->command);
}

const struct probe_end *probe_end_of(
	const struct probe_asked *asked, const struct probe_attempt *attempt)
{
	return asked->own ? asked->own : &probe_ends[attempt->end];
}

void probe_add(
	const struct probe_asked *asked, const struct probe_attempt *attempt, struct bytes *out)
{
	const struct probe_end *end = probe_end_of(asked, attempt);
	bytes_add(out, bytes_slice(&asked->command));
	bytes_add(out, slice_of(end->bytes, end->size));
}

const char *probe_name(const struct probe_asked *asked, const struct probe_attempt *attempt,
	char out[PROBE_NAME_MAX])
{
	snprintf(out, PROBE_NAME_MAX, "%s%s", probe_end_of(asked, attempt)->name,
		attempt->half ? ", half-close" : "");
	return out;
}

bool probe_only_echo(
	const struct probe_asked *asked, const struct probe_attempt *attempt, struct slice reply)
{
	struct bytes sent;
	bytes_init(&sent, LIMIT_LINE + PROBE_END_MOST);
	probe_add(asked, attempt, &sent);
	bool echo = sent.len && (slice_starts(bytes_slice(&sent), reply) ||
					guess_is_echo(bytes_slice(&sent), reply));
	bytes_free(&sent);
	return echo;
}

struct slice probe_whole_lines(struct slice reply, bool endless)
{
	size_t n = reply.len;
	while (endless && n && reply.at[n - 1] != '\n' && reply.at[n - 1] != '\r')
		n--;
	return slice_cut(reply, 0, n ? n : reply.len);
}
