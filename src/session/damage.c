/* damage.c - what a serial port saw that is wrong with the bytes of a reply; see session.h.
 *
 * A byte with a wrong parity bit in a reply makes the reply a damaged one, even if its frame has no
 * check.  Outside of frames such bytes are common where a line changes its direction, and are only
 * counted.
 */
#include "base/mem.h"
#include "base/text.h"
#include "session/session_private.h"
#include <stdio.h>

/* Adds "2 parity errors, 1 break"; nothing where all counts are 0. */
static void add_counts(const unsigned counts[DAMAGE_COUNT], struct bytes *out)
{
	static const char names[][16] = {[DAMAGE_BYTE] = "damaged byte",
		[DAMAGE_PARITY] = "parity error",
		[DAMAGE_FRAMING] = "framing error",
		[DAMAGE_OVERRUN] = "overrun",
		[DAMAGE_BREAK] = "break"};
	const char *comma = "";
	for (size_t i = 0; i < DAMAGE_COUNT; i++)
		if (counts[i]) {
			bytes_addf(out, "%s%u %s%s", comma, counts[i], names[i], plural(counts[i]));
			comma = ", ";
		}
}

/* A place is twice the offset of a byte in the stream, plus one; before it is one less. */
void damage_came(struct session *s, enum line_damage what, unsigned count, size_t at)
{
	if (!s->damage)
		s->damage = mem_new(sizeof *s->damage);
	struct damage *d = s->damage;
	d->ever[what] += count;
	d->since[what] += count;
	d->seen = true;
	d->last = 2 * (split_offset(s->split) + at) + (what != DAMAGE_BREAK);
	if (d->count < DAMAGE_PLACES)
		d->at[d->count++] = d->last;
}

void damage_begin(struct damage *d)
{
	memset(d->since, 0, sizeof d->since);
	d->seen = d->replied = false;
}

void damage_forget(struct damage *d)
{
	d->count = 0;
	d->here = false;
}

void damage_see(struct damage *d, const struct split_event *event)
{
	uint64_t from = 2 * event->offset, to = from + 2 * event->raw.len;
	size_t kept = 0;
	d->here = false;
	if (!d->count)
		return;
	for (size_t i = 0; i < d->count; i++) {
		d->here |= d->at[i] > from && d->at[i] < to;
		if (d->at[i] >= to)
			d->at[kept++] = d->at[i];
	}
	if (!kept && d->last >= to) /* where the others are was not kept */
		d->at[kept++] = to + 1;
	d->count = kept;
}

static const char *counted(const unsigned counts[DAMAGE_COUNT], char out[DAMAGE_TEXT_MAX])
{
	struct bytes text;
	bytes_init(&text, DAMAGE_TEXT_MAX - 1);
	add_counts(counts, &text);
	snprintf(out, DAMAGE_TEXT_MAX, "%s", bytes_str(&text));
	bytes_free(&text);
	return out;
}

const char *damage_judge(const struct damage *d, enum exchange_status *status, const char *error,
	char out[ERROR_WHAT_MAX])
{
	char text[DAMAGE_TEXT_MAX];
	if (!d->seen || (*status == EXCHANGE_OK && !d->replied))
		return error;
	if (*status == EXCHANGE_OK) {
		*status = EXCHANGE_DAMAGED;
		error = "the line damaged the reply";
	}
	snprintf(out, ERROR_WHAT_MAX, "%s: %s", error, counted(d->since, text));
	return out;
}

void session_add_wires(const struct session *s, struct bytes *out)
{
	char text[DAMAGE_TEXT_MAX];
	if (s->line && s->line_open)
		transport_wires(s->line, out);
	if (s->damage && *counted(s->damage->ever, text))
		bytes_addf(out, "%s%s", out->len ? ", " : "", text);
}
