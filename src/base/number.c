/* number.c - see number.h. */
#include "number.h"

#include "escape.h"
#include "text.h"
#include <stdio.h>
#include <time.h>

/* Takes the digits at the front of *text; false when there are none or they pass 64 bits. */
static bool take_digits(struct slice *text, uint64_t *value, unsigned base, unsigned *count)
{
	size_t i = 0;
	*value = 0;
	for (; i < text->len; i++) {
		int digit = hex_digit(text->at[i]);
		if (digit < 0 || (unsigned)digit >= base)
			break;
		if (*value > (UINT64_MAX - (unsigned)digit) / base)
			return false;
		*value = *value * base + (unsigned)digit;
	}
	*text = slice_cut(*text, i, text->len);
	*count = (unsigned)i;
	return i > 0;
}

bool number_parse(struct slice text, const char *name, uint64_t min, uint64_t max, uint64_t *value,
	struct error *err)
{
	struct slice rest = text;
	unsigned count, base = 10;
	if (slice_starts(rest, SLICE("0x"))) {
		rest = slice_cut(rest, 2, rest.len);
		base = 16;
	}
	if (take_digits(&rest, value, base, &count) && !rest.len && *value >= min && *value <= max)
		return true;
	return error_set(err, STATUS_USAGE, "%s is a number from %llu to %llu, not '%s'", name,
		(unsigned long long)min, (unsigned long long)max, quote(text).text);
}

static bool unit_scale(struct slice unit, int64_t *scale)
{
	static const struct {
		char name[8];
		int64_t ns;
	} units[] = {{"us", NS_PER_US}, {"ms", NS_PER_MS}, {"", NS_PER_S}, {"s", NS_PER_S},
		{"m", 60LL * NS_PER_S}, {"h", 3600LL * NS_PER_S}};
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (slice_is(unit, units[i].name)) {
			*scale = units[i].ns;
			return true;
		}
	return false;
}

/* Takes "12" or "1.5" as whole + fraction / tens, with at most nine decimals. */
static bool take_decimal(struct slice *text, uint64_t *whole, uint64_t *fraction, uint64_t *tens)
{
	unsigned count;
	*fraction = 0;
	*tens = 1;
	if (!take_digits(text, whole, 10, &count))
		return false;
	if (!text->len || text->at[0] != '.')
		return true;
	*text = slice_cut(*text, 1, text->len);
	if (!take_digits(text, fraction, 10, &count) || count > 9)
		return false;
	while (count--)
		*tens *= 10;
	return true;
}

bool duration_parse(struct slice text, const char *name, int64_t *ns, struct error *err)
{
	const int64_t most = 24 * 3600LL * NS_PER_S;
	struct slice rest = text;
	uint64_t whole, fraction, tens;
	int64_t scale;
	if (take_decimal(&rest, &whole, &fraction, &tens) && unit_scale(rest, &scale) &&
		whole <= (uint64_t)(most / scale)) {
		*ns = (int64_t)whole * scale +
		      (int64_t)((double)fraction / (double)tens * (double)scale);
		return true;
	}
	return error_set(err, STATUS_USAGE,
		"%s is a duration of at most 24h, a number with us, ms, s, m or h (without a unit: "
		"seconds), not '%s'",
		name, quote(text).text);
}

bool size_parse(
	struct slice text, const char *name, uint64_t max, uint64_t *bytes, struct error *err)
{
	static const struct {
		char name[4];
		unsigned shift;
	} units[] = {{"", 0}, {"B", 0}, {"K", 10}, {"KiB", 10}, {"M", 20}, {"MiB", 20}, {"G", 30},
		{"GiB", 30}};
	struct slice rest = text;
	unsigned count;
	if (take_digits(&rest, bytes, 10, &count))
		for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
			if (slice_is(rest, units[i].name) && *bytes >= 1 &&
				*bytes <= max >> units[i].shift) {
				*bytes <<= units[i].shift;
				return true;
			}
	return error_set(err, STATUS_USAGE,
		"%s is a number of bytes from 1 to %llu, with K, M or G, not '%s'", name,
		(unsigned long long)max, quote(text).text);
}

const char *duration_text(int64_t ns, char out[DURATION_TEXT_MAX])
{
	static const struct {
		int64_t from, unit;
		const char *name;
	} scales[] = {{7200LL * NS_PER_S, 3600LL * NS_PER_S, "h"},
		{120LL * NS_PER_S, 60LL * NS_PER_S, "m"}, {NS_PER_S, NS_PER_S, "s"},
		{NS_PER_MS, NS_PER_MS, "ms"}, {0, NS_PER_US, "us"}};
	size_t i = 0;
	while (ns < scales[i].from)
		i++;
	int64_t unit = scales[i].unit, whole = ns / unit, rest = ns % unit;
	int64_t steps = rest == 0 || whole >= 100 ? 1 : 10; /* of a unit, to the nearest */
	int64_t part = (rest * steps + unit / 2) / unit;
	whole += part / steps;
	if (steps == 1)
		snprintf(out, DURATION_TEXT_MAX, "%lld %s", (long long)whole, scales[i].name);
	else
		snprintf(out, DURATION_TEXT_MAX, "%lld.%lld %s", (long long)whole,
			(long long)(part % steps), scales[i].name);
	return out;
}

const char *size_text(uint64_t bytes, char out[SIZE_TEXT_MAX])
{
	static const char units[][4] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	double value = (double)bytes / 1024;
	size_t unit = 0;
	if (bytes < 1024) {
		snprintf(out, SIZE_TEXT_MAX, "%u byte%s", (unsigned)bytes, plural(bytes));
		return out;
	}
	for (; value >= 1024; value /= 1024)
		unit++;
	snprintf(out, SIZE_TEXT_MAX, "%.1f %s", value, units[unit]);
	return out;
}

static void two_digits(char *out, int number)
{
	out[0] = (char)('0' + number / 10 % 10);
	out[1] = (char)('0' + number % 10);
}

/* Without a format: there is one for every row. */
const char *clock_text(const struct timespec *t, bool ms, char out[CLOCK_TEXT_MAX])
{
	struct tm local;
	int fraction = (int)(t->tv_nsec / NS_PER_MS);
	localtime_r(&t->tv_sec, &local);
	memcpy(out, "hh:mm:ss.mmm", sizeof "hh:mm:ss.mmm");
	two_digits(out, local.tm_hour);
	two_digits(out + 3, local.tm_min);
	two_digits(out + 6, local.tm_sec);
	out[9] = (char)('0' + fraction / 100);
	two_digits(out + 10, fraction);
	out[8] = ms ? '.' : 0;
	return out;
}

/* Each start would look up time() in the vDSO, where clock_gettime() is found anyway. */
int64_t time_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec;
}

const char *time_text(const struct timespec *t, char out[TIME_TEXT_MAX])
{
	struct tm utc;
	gmtime_r(&t->tv_sec, &utc);
	size_t n = strftime(out, TIME_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(out + n, TIME_TEXT_MAX - n, ".%06uZ", (unsigned)(t->tv_nsec / 1000) % 1000000);
	return out;
}
