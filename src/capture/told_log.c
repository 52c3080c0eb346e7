/* told_log.c - wilco's own logs (session/log.h):  TIME DEVICE > BYTES  and other lines. */
#include "capture/told.h"

#include "base/escape.h"
#include "base/text.h"

/* Reads the digits behind the decimal point of the seconds, six of them in a log of ours; -1: there
 * are none. */
static int64_t take_fraction(struct slice *word)
{
	size_t before = word->len;
	int64_t us = told_number(word, 6);
	for (size_t digits = before - word->len; us > 0 && digits < 6; digits++)
		us *= 10;
	return us;
}

/* "2026-11-23T12:01:02.123456Z" */
static bool take_time(struct slice word, struct timespec *time)
{
	struct tm tm;
	int64_t us;
	if (!told_date(&word, "--T::.", &tm) || (us = take_fraction(&word)) < 0 ||
		!told_char(&word, 'Z') || word.len)
		return false;
	*time = (struct timespec){timegm(&tm), (long)us * 1000};
	return true;
}

/* Finds the mark between the device and the rest, " > "; 0: there is none. */
static size_t find_mark(struct slice text)
{
	for (size_t i = 1; i + 1 < text.len; i++)
		if (text.at[i - 1] == ' ' && text.at[i + 1] == ' ' && text.at[i] &&
			strchr("><=-", text.at[i]))
			return i;
	return 0;
}

static bool no_line(struct error *err)
{
	return error_at(err, 0, 1, "a line of a log is TIME DEVICE > BYTES, or < = - for >");
}

/* Takes what a log notes of a side that says no more: a session's "closed", and a tap's words for
 * either side (tap/tap.c). */
static void take_note(struct slice text, struct told *told)
{
	told->device = slice_is(text, "the device closed its side");
	if (told->device || slice_is(text, "the program closed its side"))
		told->kind = TOLD_ENDED;
	else if (slice_is(text, "closed"))
		told->kind = TOLD_CLOSED;
}

static bool take_line(
	struct told_reader *r, struct slice line, struct told *told, struct error *err)
{
	struct slice rest = line, word = slice_word(&rest);
	struct timespec time;
	if (!line.len)
		return true;
	size_t mark = take_time(word, &time) ? find_mark(rest) : 0;
	if (!mark)
		return no_line(err);
	struct slice text = slice_cut(rest, mark + 2, rest.len);
	char c = (char)rest.at[mark];
	told->time = time;
	told->who = slice_trim(slice_cut(rest, 0, mark));
	if (c == '-')
		take_note(text, told);
	if (c != '>' && c != '<')
		return true;
	if (!escape_decode(text, &r->bytes, err)) {
		err->column += (size_t)(text.at - line.at);
		return false;
	}
	told->kind = TOLD_BYTES;
	told->device = c == '<';
	told->bytes = bytes_slice(&r->bytes);
	return true;
}

static bool begins(struct slice line)
{
	struct timespec time;
	return take_time(slice_word(&line), &time);
}

const struct told_kind told_log = {"a log of wilco's", begins, take_line, NULL};
