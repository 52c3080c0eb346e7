/* told_socat.c - what `socat -x` writes, with -v or without.
 *
 *     > 2026/11/23 12:01:02.000123456  length=7 from=0 to=6
 *      53 54 41 54 55 53 0a                             STATUS.
 *     --
 *
 * Each direction has offsets of its own, so it is seen when a part of the file is gone.  The digits
 * behind the second are microseconds, however many there are.
 */
#include "capture/told.h"

#include "base/escape.h"
#include "base/text.h"

enum { NUMBER = 18 };

/* "2026/11/23 12:01:02", local time */
static bool take_second(struct slice *text, time_t *second)
{
	struct tm tm;
	if (!told_date(text, "// ::", &tm))
		return false;
	*second = mktime(&tm);
	return true;
}

static int64_t take_value(struct slice *text, struct slice name)
{
	while (told_char(text, ' '))
		;
	if (!slice_starts(*text, name))
		return -1;
	*text = slice_cut(*text, name.len, text->len);
	return told_number(text, NUMBER);
}

/* What stands in front of some bytes. */
struct header {
	bool device;
	time_t second;
	int64_t us, length, from;
};

static bool take_header(struct slice line, struct header *h)
{
	h->device = line.len && line.at[0] == '<';
	if (!(told_char(&line, '>') || told_char(&line, '<')) || !told_char(&line, ' ') ||
		!take_second(&line, &h->second) || !told_char(&line, '.'))
		return false;
	h->us = told_number(&line, NUMBER);
	h->length = take_value(&line, SLICE("length="));
	h->from = take_value(&line, SLICE("from="));
	return h->us >= 0 && h->length >= 0 && h->from >= 0 && take_value(&line, SLICE("to=")) >= 0;
}

/* Returns the header's place: what is printed without a line end stands in front of it. */
static size_t find_header(struct slice line, struct header *h)
{
	for (size_t i = 0; i < line.len; i++)
		if ((line.at[i] == '>' || line.at[i] == '<') &&
			take_header(slice_cut(line, i, line.len), h))
			return i;
	return line.len;
}

static void begin(struct told_reader *r, const struct header *h, struct told *told)
{
	uint64_t *got = &r->offsets[h->device], from = (uint64_t)h->from;
	r->device = h->device;
	r->time = (struct timespec){h->second, h->us < 1000000 ? (long)h->us * 1000 : 0};
	if (from > *got) /* less: another connection has begun */
		*told = (struct told){.kind = TOLD_MISSING, .missing = from - *got};
	told->device = r->device;
	told->time = r->time;
	*got = from;
	r->announced[r->device] = from + (uint64_t)h->length;
}

static uint64_t awaited(const struct told_reader *r)
{
	return r->announced[r->device] - r->offsets[r->device];
}

/* Adds the bytes of a line: " 53 54", and behind two blanks what they are as text. */
static void add_row(struct told_reader *r, struct slice line)
{
	uint64_t most = awaited(r);
	for (size_t i = 0; i + 2 < line.len && r->bytes.len < most; i += 3) {
		int high = hex_digit(line.at[i + 1]), low = hex_digit(line.at[i + 2]);
		if (line.at[i] != ' ' || high < 0 || low < 0)
			return;
		bytes_add_byte(&r->bytes, (uint8_t)(high << 4 | low));
	}
}

static bool take_line(
	struct told_reader *r, struct slice line, struct told *told, struct error *err)
{
	struct header h;
	(void)err;
	add_row(r, line);
	if (!r->bytes.len) { /* any other line is socat's own message */
		if (find_header(line, &h) < line.len)
			begin(r, &h, told);
		return true;
	}
	r->offsets[r->device] += r->bytes.len;
	*told = (struct told){.kind = TOLD_BYTES,
		.device = r->device,
		.bytes = bytes_slice(&r->bytes),
		.time = r->time};
	return true;
}

static bool rest(struct told_reader *r, struct told *told)
{
	for (int device = 0; device < 2; device++) {
		uint64_t missing = r->announced[device] - r->offsets[device];
		r->offsets[device] = r->announced[device];
		*told = (struct told){.kind = TOLD_MISSING, .device = device, .missing = missing};
		if (missing)
			return true;
	}
	return false;
}

static bool begins(struct slice line)
{
	struct header h;
	struct slice text = line;
	time_t second;
	bool message = take_second(&text, &second) && slice_starts(text, SLICE(" socat["));
	return message || find_header(line, &h) < line.len;
}

const struct told_kind told_socat = {"text of socat -x", begins, take_line, rest};
