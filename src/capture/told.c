/* told.c - see told.h. */
#include "capture/told.h"

#include "base/escape.h"
#include "base/text.h"
#include <wilco/limits.h>

static const struct told_kind *const kinds[] = {&told_log, &told_socat, &told_hex};

bool told_says_nothing(struct slice line)
{
	struct slice text = slice_trim(line);
	return !text.len || text.at[0] == '#';
}

const struct told_kind *told_kind_of(struct slice line)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (kinds[i]->begins(line))
			return kinds[i];
	return NULL;
}

bool told_unknown(const char *name, struct slice line, struct error *err)
{
	return error_set(err, STATUS_USAGE,
		"%s is no capture and no text that wilco knows; it begins %s",
		quote(slice_str(name)).text, quote(line).text);
}

void told_begin(struct told_reader *r, const struct told_kind *kind)
{
	*r = (struct told_reader){.kind = kind};
	bytes_init(&r->bytes, LIMIT_LINE);
}

bool told_line(struct told_reader *r, struct slice line, struct told *told, struct error *err)
{
	*told = (struct told){0};
	bytes_clear(&r->bytes);
	return r->kind->line(r, line, told, err);
}

bool told_rest(struct told_reader *r, struct told *told)
{
	return r->kind->rest && r->kind->rest(r, told);
}

void told_end(struct told_reader *r)
{
	bytes_free(&r->bytes);
}

int64_t told_number(struct slice *text, size_t most)
{
	int64_t number = 0;
	size_t n = 0;
	while (n < text->len && n < most && is_digit(text->at[n]))
		number = number * 10 + (text->at[n++] - '0');
	*text = slice_cut(*text, n, text->len);
	return n ? number : -1;
}

bool told_char(struct slice *text, char c)
{
	if (!text->len || text->at[0] != (uint8_t)c)
		return false;
	*text = slice_cut(*text, 1, text->len);
	return true;
}

bool told_date(struct slice *text, const char *behind, struct tm *tm)
{
	/* Beyond these years there is no number of nanoseconds since 1970 in 64 bits. */
	static const int64_t least[6] = {1970, 1, 1}, most[6] = {2261, 12, 31, 23, 59, 60};
	int64_t part[6];
	for (size_t i = 0; i < 6; i++)
		if ((part[i] = told_number(text, i ? 2 : 4)) < least[i] || part[i] > most[i] ||
			(i < strlen(behind) && !told_char(text, behind[i])))
			return false;
	*tm = (struct tm){.tm_year = (int)part[0] - 1900,
		.tm_mon = (int)part[1] - 1,
		.tm_mday = (int)part[2],
		.tm_hour = (int)part[3],
		.tm_min = (int)part[4],
		.tm_sec = (int)part[5],
		.tm_isdst = -1};
	return true;
}

bool told_hex_bytes(struct slice text, struct bytes *out, struct error *err)
{
	for (size_t i = 0; i < text.len; i++) {
		if (is_blank(text.at[i]))
			continue;
		int high = hex_digit(text.at[i]);
		int low = i + 1 < text.len ? hex_digit(text.at[i + 1]) : -1;
		if (high < 0 || low < 0)
			return error_at(err, i, 1, "bytes are pairs of hex digits, not '%s'",
				quote(slice_cut(text, i, i + 2)).text);
		bytes_add_byte(out, (uint8_t)(high << 4 | low));
		i++;
	}
	return true;
}
