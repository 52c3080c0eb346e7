/* tally.c - see tally.h. */
#include "fleet/tally.h"

#include "base/number.h"
#include "base/text.h"

void tally_begin(struct tally *t, size_t targets, int64_t now)
{
	*t = (struct tally){.targets = targets, .began = now};
}

void tally_result(struct tally *t, const struct fleet_result *result)
{
	if (result->connect >= 0)
		times_add(&t->connect, result->connect);
	if (exchange_rtt(result->exchange) >= 0)
		times_add(&t->rtt, exchange_rtt(result->exchange));
}

void tally_over(struct tally *t, const struct fleet_outcome *outcome)
{
	t->counts[outcome->worst]++;
	t->ended++;
}

static size_t skipped_or_failed(const struct tally *t)
{
	size_t count = 0;
	for (int status = 0; status <= EXCHANGE_SKIPPED; status++)
		if (status != EXCHANGE_OK)
			count += t->counts[status];
	return count;
}

size_t tally_failed(const struct tally *t)
{
	return skipped_or_failed(t) - t->counts[EXCHANGE_SKIPPED];
}

static void add_time_left(const struct tally *t, int64_t took, struct bytes *out)
{
	char left[DURATION_TEXT_MAX];
	if (!t->ended || took < NS_PER_S)
		return;
	int64_t ns = (int64_t)((double)took / (double)t->ended * (double)(t->targets - t->ended));
	if (ns >= NS_PER_S)
		bytes_addf(out, "  %s left", duration_text(ns / NS_PER_S * NS_PER_S, left));
}

void tally_progress(const struct tally *t, const struct answers *a, int64_t now, struct bytes *out)
{
	size_t done = t->ended * TALLY_CELLS / t->targets;
	bytes_add_byte(out, '[');
	for (size_t i = 0; i < TALLY_CELLS; i++)
		bytes_add_byte(out, i < done ? '#' : '.');
	size_t odd = a ? answers_odd(a) : 0;
	bytes_addf(out, "] %zu of %zu  ok %zu", t->ended, t->targets, t->counts[EXCHANGE_OK] - odd);
	if (a)
		bytes_addf(out, "  odd %zu", odd);
	bytes_addf(out, "  failed %zu", skipped_or_failed(t));
	add_time_left(t, now - t->began, out);
}

void tally_summary(const struct tally *t, const struct answers *a, int64_t now, struct bytes *out)
{
	char took[DURATION_TEXT_MAX];
	bytes_addf(out, "%zu device%s in %s", t->targets, plural(t->targets),
		duration_text(now - t->began, took));
	for (int status = 0; status <= EXCHANGE_SKIPPED; status++)
		if (t->counts[status])
			bytes_addf(out, ", %zu %s", t->counts[status],
				exchange_status_name((enum exchange_status)status));
	if (a && answers_odd(a))
		bytes_addf(out, ", %zu odd", answers_odd(a));
}

static void add_times(const char *what, const struct times *t, struct bytes *out)
{
	static const unsigned percents[] = {50, 95, 99};
	char text[DURATION_TEXT_MAX];
	if (!t->count)
		return;
	bytes_addf(out, "%s%s", out->len ? "; " : "", what);
	for (size_t i = 0; i < 3; i++)
		bytes_addf(out, " %u %% %s,", percents[i],
			duration_text(times_percent(t, percents[i]), text));
	bytes_addf(out, " most %s", duration_text(t->most, text));
}

void tally_times(const struct tally *t, struct bytes *out)
{
	add_times("connecting:", &t->connect, out);
	add_times("replies:", &t->rtt, out);
}
