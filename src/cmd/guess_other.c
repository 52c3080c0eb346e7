/* guess_other.c - finds the frame for a reply that the present frame did not take. */
#include "cmd/guess_private.h"

#include "base/number.h"

/* Less quiet than this may only be a pause of a device that is slow. */
static const int64_t QUIET = NS_PER_S / 2;

/* Returns what ended the command on the wire. */
static struct slice line_end_of(struct slice sent)
{
	static const struct slice ends[] = {SLICE("\r\n"), SLICE("\n"), SLICE("\r")};
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
		if (slice_ends(sent, ends[i]))
			return slice_cut(sent, sent.len - ends[i].len, sent.len);
	return slice_of(NULL, 0);
}

/* Adds the side of the commands as it is, with its arrow. */
static void add_side(const struct frame *frame, struct bytes *notation)
{
	const char *text = frame_notation(frame), *arrow = strstr(text, " -> "),
		   *rules = strstr(text, " ;");
	size_t side = arrow   ? (size_t)(arrow - text)
		      : rules ? (size_t)(rules - text)
			      : strlen(text);
	bytes_addf(notation, "%.*s -> ", (int)side, text);
}

/* Tries one notation for the replies: the one that is seen at their end, or silence or the close.
 */
static bool try_reply(const struct frame_book *book, const struct guess_missed *missed,
	const struct guess_seen *seen, bool silence, struct bytes *notation)
{
	struct bytes because;
	size_t echo = guess_echo_size(seen);
	bytes_init(&because, LIMIT_MESSAGE);
	bytes_clear(notation);
	add_side(missed->frame, notation);
	bool good = true;
	if (silence)
		bytes_add_str(notation, seen->closed ? "payload eof" : "payload gap(200ms)");
	else
		good = guess_add_reply(
			seen, guess_behind_echo(seen, echo), echo, notation, &because);
	bytes_add_str(notation, echo ? " ; echo" : "");
	bytes_free(&because);
	return good && !notation->over &&
	       guess_try(book, bytes_slice(notation), seen, missed->payload);
}

void guess_name(const struct frame_book *book, const struct guess_seen *seen, struct slice payload,
	struct bytes *notation)
{
	static const char *const names[] = {"line", "line-cr", "line-crlf"};
	/* Those have no rules, and keep their line. */
	if (seen->closed || !guess_delimiter(seen->reply).len ||
		memchr(notation->at, ';', notation->len))
		return;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct error err;
		struct frame *frame = frame_find(book, slice_str(names[i]), &err);
		bool holds = frame && guess_holds(frame, seen, payload, NULL);
		frame_unref(frame);
		if (!holds)
			continue;
		bytes_clear(notation);
		bytes_add_str(notation, names[i]);
		return;
	}
}

bool guess_other(
	const struct frame_book *book, const struct guess_missed *missed, struct bytes *notation)
{
	struct slice end = line_end_of(missed->sent), came = missed->came;
	struct guess_seen seen = {.asked = true,
		.command = slice_cut(missed->sent, 0, missed->sent.len - end.len),
		.end = end,
		.half_close = frame_half_closes(missed->frame, SIDE_COMMAND),
		.reply = came,
		.cut = missed->cut,
		.closed = missed->closed,
		.varies = true,
		.silence = missed->silence};
	bool ends = guess_delimiter(came).len > 0;
	bool quiet = guess_is_text(came) && (missed->closed || missed->silence >= QUIET);
	if (!came.len || !(ends || quiet))
		return false;
	bool good = (ends || guess_prompt(came, SLICE("")).len) &&
		    try_reply(book, missed, &seen, false, notation);
	/* Nothing is known of the beginning, and so nothing of what silence would have cut. */
	good = good || (quiet && !missed->cut && try_reply(book, missed, &seen, true, notation));
	if (good)
		guess_name(book, &seen, missed->payload, notation);
	else
		bytes_clear(notation);
	return good;
}
