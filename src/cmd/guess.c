/* guess.c - see guess.h.
 *
 * A reply is walked through a few times, never once for each of its bytes or lines: whoever waited
 * in vain for 240 KB should not have to wait for the hint, too.
 */
#include "cmd/guess.h"

#include "base/escape.h"
#include "base/number.h"
#include "base/paste.h"
#include "base/text.h"

enum { TAIL_MOST = 32, WORD_MOST = 16, CHECK_LEAST = 2 };

static bool printable(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] < 0x20 || s.at[i] > 0x7e)
			return false;
	return s.len > 0;
}

/* Adds bytes as literals of the notation.  People may paste it between quotes of their own, which
 * ours would end, so a byte that means something to a shell is written as a number or a name. */
static void add_literals(struct bytes *out, struct slice s)
{
	for (size_t i = 0, n; i < s.len; i += n ? n : 1) {
		const char *name = control_name(s.at[i]);
		for (n = 0; i + n < s.len && paste_plain(s.at[i + n]);)
			n++;
		bytes_add_str(out, i ? " " : "");
		if (n)
			bytes_addf(out, "\"%.*s\"", (int)n, (const char *)s.at + i);
		else if (name)
			bytes_add_str(out, name);
		else
			bytes_addf(out, "%02x", s.at[i]);
	}
}

/* Says whether there are no control bytes that text does not have.  They would make the reply
 * binary, and its last byte would mean nothing. */
static bool is_text(struct slice s)
{
	static const char control[] = "\r\n\t\x02\x03\x04\x1b"; /* and the NUL at the end */
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] == 0x7f ||
			(s.at[i] < 0x20 && !memchr(control, s.at[i], sizeof control)))
			return false;
	return true;
}

/* Returns the delimiter at the end of the reply; empty: there is none. */
static struct slice delimiter_of(struct slice reply)
{
	static const struct slice ends[] = {
		SLICE("\r\n"), SLICE("\n"), SLICE("\r"), SLICE("\0"), SLICE("\3"), SLICE("\4")};
	bool text = is_text(reply);
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
		if ((text || ends[i].len > 1) && slice_ends(reply, ends[i]))
			return slice_cut(reply, reply.len - ends[i].len, reply.len);
	return slice_of(NULL, 0);
}

/* Returns a prompt: a few characters after the last line end that end as prompts do. */
static struct slice prompt_of(struct slice reply)
{
	size_t from = reply.len, least = reply.len > TAIL_MOST ? reply.len - TAIL_MOST - 1 : 0;
	while (from > least && reply.at[from - 1] != '\n' && reply.at[from - 1] != '\r')
		from--;
	struct slice tail = slice_cut(reply, from, reply.len);
	bool like = tail.len && tail.len <= TAIL_MOST && from && printable(tail) &&
		    (slice_ends(tail, SLICE("> ")) || slice_ends(tail, SLICE(">")) ||
			    slice_ends(tail, SLICE("$ ")) || slice_ends(tail, SLICE("# ")) ||
			    slice_ends(tail, SLICE(": ")) || slice_ends(tail, SLICE(">>")));
	return like ? tail : slice_of(NULL, 0);
}

static size_t count_of(struct slice s, struct slice what)
{
	size_t n = 0;
	for (size_t i = 0; what.len && i + what.len <= s.len; i++)
		if (memcmp(s.at + i, what.at, what.len) == 0) {
			n++;
			i += what.len - 1;
		}
	return n;
}

/* Returns the last of several lines, without its end. */
static struct slice last_line(struct slice reply, struct slice end)
{
	struct slice body = slice_cut(reply, 0, reply.len - end.len);
	size_t from = body.len;
	while (from && !slice_ends(slice_cut(body, 0, from), end))
		from--;
	return slice_cut(body, from, body.len);
}

/* Returns the length of the first line with its end. */
static size_t first_line(struct slice lines, struct slice end)
{
	size_t i = 0;
	while (i < lines.len && !slice_starts(slice_cut(lines, i, lines.len), end))
		i++;
	return i < lines.len ? i + end.len : i;
}

/* Returns how many of its first bytes the last line shares with another line, at most.  No more
 * bytes of a line are compared than make a word. */
static size_t shared_most(struct slice lines, struct slice end, struct slice last)
{
	size_t most = 0;
	while (lines.len) {
		size_t n = 0, room = lines.len < last.len ? lines.len : last.len;
		while (n < room && n <= WORD_MOST && lines.at[n] == last.at[n])
			n++;
		most = n > most ? n : most;
		lines = slice_cut(lines, first_line(lines, end), lines.len);
	}
	return most;
}

/* Returns the short text with which only the last line begins, at least a word; empty: none. */
static struct slice last_word(struct slice reply, struct slice end)
{
	struct slice last = last_line(reply, end);
	size_t at = (size_t)(last.at - reply.at), size = 0;
	size_t shared = shared_most(slice_cut(reply, 0, at), end, last);
	while (size < last.len && size <= WORD_MOST && last.at[size] != ' ')
		size++;
	size = size > shared ? size : shared + 1;
	bool good = size <= WORD_MOST && size <= last.len && printable(slice_cut(last, 0, size));
	return slice_cut(last, 0, good ? size : 0);
}

/* Adds the rule by which several lines are one reply: they end with a line that begins as no other
 * does, or after a number of lines.  False: their number is not known. */
static bool add_lines_rule(const struct guess_seen *seen, struct bytes *notation,
	struct bytes *because, struct slice reply, struct slice end, size_t lines)
{
	struct slice word = last_word(reply, end);
	bytes_addf(because, ", %zu of them", lines);
	if (word.len) {
		bool more = word.len < last_line(reply, end).len;
		bytes_add_str(notation, " ; until ");
		add_literals(notation, word);
		bytes_add_str(notation, more ? " *" : "");
		bytes_addf(because, ", and only the last begins with %s", quote(word).text);
	} else if (!seen->cut) {
		bytes_addf(notation, " ; times %zu", lines);
	}
	return word.len || !seen->cut;
}

/* echoes: the CR of an empty line may have gone with the echo.  Returns false if nothing fits. */
static bool add_reply_side(const struct guess_seen *seen, struct slice reply, bool echoes,
	struct bytes *notation, struct bytes *because)
{
	char text[DURATION_TEXT_MAX];
	struct slice end = delimiter_of(reply), prompt = prompt_of(reply);
	size_t lines = count_of(reply, end);
	bool stx = !seen->cut && reply.len > 2 && reply.at[0] == 2 && reply.at[reply.len - 1] == 3;
	if (seen->datagrams) {
		bytes_add_str(notation, "payload eof");
		bytes_add_str(because, "a datagram is a reply");
	} else if (end.len && !(seen->closed && lines > 1)) {
		bytes_add_str(notation, stx ? "STX payload " : "payload ");
		add_literals(notation, end);
		bytes_add_str(because, stx ? "it begins with STX and ends in " : "it ends in ");
		add_literals(because, end);
		if (seen->closed && !seen->half_close) { /* else the next command would be lost */
			bytes_add_str(notation, " eof");
			bytes_add_str(because, ", and the device closes the line");
		}
		if (lines > 1)
			return add_lines_rule(seen, notation, because, reply, end, lines);
	} else if (prompt.len) {
		/* A prompt stands at the beginning of a line; elsewhere it is text. */
		size_t from = (size_t)(prompt.at - reply.at);
		struct slice before = slice_cut(reply, 0, from);
		bytes_add_str(notation, "payload ");
		if (!echoes && slice_ends(before, SLICE("\r\n")))
			bytes_add_str(notation, "CR ");
		bytes_addf(notation, "%s ", slice_ends(before, SLICE("\n")) ? "LF" : "CR");
		add_literals(notation, prompt);
		bytes_addf(because, "a prompt %s follows", quote(prompt).text);
	} else if (seen->closed) {
		bytes_add_str(notation, "payload eof");
		bytes_add_str(because, "the device closes after it");
	} else {
		bytes_add_str(notation, "payload gap(200ms)");
		bytes_addf(because, "no end is seen but silence, %s of it",
			duration_text(seen->silence, text));
	}
	return true;
}

/* Says whether every byte of the reply is in a whole frame.  This costs as much as splitting it.
 * `last` gets the payload of the last frame; NULL: it is not wanted. */
static bool reads(const struct frame *frame, struct slice echo, struct slice reply, bool checked,
	struct bytes *last)
{
	struct frame_values came;
	struct split_event e;
	struct bytes pending, scratch;
	struct frame_part parts[FRAME_PARTS_MAX];
	size_t frames = 0, checks = 0;
	bool whole = true;
	bytes_init(&pending, LIMIT_FRAME_MOST);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	struct split *split =
		split_new(frame, SIDE_REPLY, NULL, came.at, LIMIT_FRAME, &pending, &scratch);
	if (echo.len)
		split_expect_echo(split, echo);
	split_feed(split, reply);
	for (int ended = 0; ended < 2; ended++) {
		while (split_next(split, &e)) {
			whole = whole && e.kind == SPLIT_FRAME;
			if (last) {
				bytes_clear(last);
				bytes_add(last, e.payload);
			}
			frames += e.kind == SPLIT_FRAME && e.mark != MARK_ECHO;
			size_t n = !checked || !whole ? 0
						      : frame_parts(frame, SIDE_REPLY, e.raw, NULL,
								&scratch, parts);
			for (size_t i = 0; i < n; i++)
				checks += parts[i].kind == PART_CHECK &&
					  parts[i].bytes.len >= CHECK_LEAST;
		}
		split_gap(split);
		split_close(split);
	}
	split_free(split);
	bytes_free(&pending);
	bytes_free(&scratch);
	return whole && frames && (!checked || checks);
}

bool guess_frame(const struct frame_book *book, const struct guess_seen *seen,
	struct bytes *notation, struct bytes *because)
{
	struct bytes sent;
	struct error err;
	struct slice reply = seen->reply, echo = {0};
	bytes_init(&sent, LIMIT_LINE);
	bytes_add(&sent, seen->command);
	bytes_add(&sent, seen->end);
	if (reply.len > sent.len && slice_starts(reply, bytes_slice(&sent))) {
		echo = slice_cut(reply, 0, sent.len);
		reply = slice_cut(reply, sent.len, reply.len);
		/* A terminal's echo ends in CR LF; where no line ends, that stands before a prompt.
		 */
		if (slice_ends(bytes_slice(&sent), SLICE("\r")) &&
			slice_starts(reply, SLICE("\n")) &&
			delimiter_of(slice_cut(reply, 1, reply.len)).len)
			reply = slice_cut(reply, 1, reply.len);
		bytes_add_str(because, "it repeats the command first; ");
	}
	bytes_add_str(notation, seen->end.len ? "payload " : "payload");
	add_literals(notation, seen->end);
	/* Something must end what is sent; silence adds no byte. */
	bytes_add_str(notation, seen->half_close ? " eof" : seen->end.len ? "" : " gap(50ms)");
	bytes_add_str(notation, " -> ");
	bool good = add_reply_side(seen, reply, echo.len > 0, notation, because);
	if (echo.len)
		bytes_add_str(notation, " ; echo");
	struct frame *frame = frame_compile(book, bytes_slice(notation), &err);
	good = good && frame && reads(frame, echo, seen->reply, false, NULL);
	frame_unref(frame);
	bytes_free(&sent);
	return good;
}

enum { GREETING_SHOWN = 16 };

/* Adds the greeting's pattern: the first word of the last frame said, and what follows. */
static bool add_greeting(struct slice payload, struct bytes *notation)
{
	size_t n = 0;
	while (n < payload.len && n < GREETING_SHOWN && (!n || payload.at[n - 1] != ' '))
		n++;
	bytes_add_str(notation, " ; greet ");
	add_literals(notation, slice_cut(payload, 0, n));
	bytes_add_str(notation, n < payload.len ? " *" : "");
	return n > 0;
}

bool guess_greeting(const struct frame_book *book, struct slice said, struct bytes *notation)
{
	struct error err;
	struct bytes last;
	struct frame *frame = frame_compile(book, bytes_slice(notation), &err), *greets = NULL;
	bytes_init(&last, LIMIT_FRAME_MOST);
	size_t before = notation->len;
	if (frame && reads(frame, SLICE(""), said, false, &last) &&
		add_greeting(bytes_slice(&last), notation))
		greets = frame_compile(book, bytes_slice(notation), &err);
	if (!greets)
		notation->len = before;
	bytes_free(&last);
	frame_unref(frame);
	frame_unref(greets);
	return greets;
}

bool guess_other(const struct frame_book *book, const struct frame *frame, struct slice came,
	bool cut, struct bytes *notation)
{
	struct error err;
	struct guess_seen seen = {.reply = came, .cut = cut};
	struct bytes because;
	const char *text = frame_notation(frame), *arrow = strstr(text, " -> "),
		   *rules = strstr(text, " ;");
	size_t side = arrow   ? (size_t)(arrow - text)
		      : rules ? (size_t)(rules - text)
			      : strlen(text);
	if (!delimiter_of(came).len)
		return false;
	bytes_init(&because, LIMIT_MESSAGE);
	bytes_addf(notation, "%.*s -> ", (int)side, text);
	bool good = add_reply_side(&seen, came, false, notation, &because);
	struct frame *other = frame_compile(book, bytes_slice(notation), &err);
	good = good && other && reads(other, SLICE(""), came, false, NULL);
	frame_unref(other);
	bytes_free(&because);
	return good;
}

void guess_checked(const struct frame_book *book, struct slice reply, struct bytes *names)
{
	struct error err;
	const char *name, *group;
	for (size_t i = 0; (name = frame_book_name(book, i, &group, NULL)); i++) {
		struct frame *frame = frame_find(book, slice_str(name), &err);
		if (frame && reads(frame, slice_of(NULL, 0), reply, true, NULL))
			bytes_addf(names, "%s%s", names->len ? ", " : "", name);
		frame_unref(frame);
	}
}
