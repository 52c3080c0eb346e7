/* guess.c - see guess.h.
 *
 * A reply is walked through a few times, never once for each of its bytes or lines: whoever waited
 * in vain for 240 KB should not have to wait for the hint, too.
 */
#include "cmd/guess_private.h"

#include "base/escape.h"
#include "base/number.h"
#include "base/paste.h"
#include "base/text.h"
#include "frame/echo.h"
#include <strings.h>

enum { TAIL_MOST = 32, WORD_MOST = 16, TYPED_MOST = 24 };

static bool printable(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] < 0x20 || s.at[i] > 0x7e)
			return false;
	return s.len > 0;
}

/* Adds bytes as literals of the notation.  People may paste it between quotes of their own, which
 * ours would end, so a byte that means something to a shell is written as a number or a name. */
void guess_add_literals(struct bytes *out, struct slice s)
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

/* Control bytes that text may have.  A NUL may end a piece of text, and an empty piece has none. */
bool guess_is_text(struct slice s)
{
	static const char control[] = {'\r', '\n', '\t', 2, 3, 4, 0x1a, 0x1b};
	for (size_t i = 0; i < s.len; i++) {
		bool ends = s.at[i] == 0 && i && printable(slice_cut(s, i - 1, i));
		if (s.at[i] == 0x7f ||
			(s.at[i] < 0x20 && !ends && !memchr(control, s.at[i], sizeof control)))
			return false;
	}
	return true;
}

void guess_add_sent(const struct guess_seen *seen, struct bytes *out)
{
	bytes_add(out, seen->command);
	bytes_add(out, seen->end);
}

void guess_add_typed(const struct guess_seen *seen, struct slice payload, struct bytes *because)
{
	if (!seen->asked || slice_equal(payload, seen->command))
		return;
	bytes_add_str(because, "; the command is ");
	if (payload.len && guess_is_text(payload)) {
		bytes_addf(because, "'%s' in it", quote(payload).text);
		return;
	}
	for (size_t i = 0; i < payload.len && i < TYPED_MOST; i++)
		bytes_addf(because, "%02x ", payload.at[i]);
	bytes_add_str(because, !payload.len               ? "empty in it"
			       : payload.len > TYPED_MOST ? "... in it"
							  : "in it");
}

struct slice guess_delimiter(struct slice reply)
{
	static const struct slice ends[] = {
		SLICE("\r\n"), SLICE("\n"), SLICE("\r"), SLICE("\0"), SLICE("\3"), SLICE("\4")};
	bool text = guess_is_text(reply);
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
		if ((text || ends[i].len > 1) && slice_ends(reply, ends[i]))
			return slice_cut(reply, reply.len - ends[i].len, reply.len);
	return slice_of(NULL, 0);
}

/* Returns what stands behind the last line end. */
static struct slice last_piece(struct slice s)
{
	size_t from = s.len, least = s.len > TAIL_MOST ? s.len - TAIL_MOST - 1 : 0;
	while (from > least && s.at[from - 1] != '\n' && s.at[from - 1] != '\r')
		from--;
	return slice_cut(s, from, s.len);
}

struct slice guess_prompt(struct slice reply, struct slice said)
{
	static const char ends[][4] = {"> ", ">", "$ ", "# ", "#", ": ", ":", ">>", ") "};
	struct slice tail = last_piece(reply);
	bool like = slice_equal(tail, last_piece(said));
	if (!tail.len || tail.len > TAIL_MOST || tail.len == reply.len || !printable(tail))
		return slice_of(NULL, 0);
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
		like = like || slice_ends(tail, slice_str(ends[i]));
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

/* Says whether the line is a word with which replies end. */
static bool is_end_word(struct slice line)
{
	static const char words[][12] = {"OK", "END", "DONE", "READY", "SUCCESS", "ERROR", "FAIL",
		"FAILED", "EOF", "COMPLETE", "COMPLETED", "FINISHED"};
	while (line.len && strchr(".!:", line.at[line.len - 1]))
		line = slice_cut(line, 0, line.len - 1);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (line.len == strlen(words[i]) &&
			strncasecmp((const char *)line.at, words[i], line.len) == 0)
			return true;
	return false;
}

static size_t digits_of(struct slice s)
{
	size_t n = 0;
	while (n < s.len && is_digit(s.at[n]))
		n++;
	return n;
}

/* Says whether the line begins with a code, as replies end with: "250 ok", "2 OK" below "2-a". */
static bool is_coded(struct slice line, size_t shared)
{
	size_t n = digits_of(line);
	struct slice rest = slice_cut(line, n, line.len);
	return n && rest.len && rest.at[0] == ' ' &&
	       (n == 3 || shared >= n || is_end_word(slice_cut(rest, 1, rest.len)));
}

/* Says whether the beginning of the last line is a value, which is another one next time. */
static bool is_value(struct slice last, size_t size, size_t shared)
{
	bool letters = true, digits = false;
	for (size_t i = 0; i < size; i++) {
		letters = letters && is_letter(last.at[i]);
		digits = digits || is_digit(last.at[i]);
	}
	return digits ? !is_coded(last, shared) : letters && size == last.len && !is_end_word(last);
}

/* Returns the short text with which only the last line begins, at least a word; empty: none, or it
 * is a value.  A line whose first word is another's, too, and goes on as that one does ("pump on",
 * "pump off"), is one more of its kind and no end. */
static struct slice last_word(struct slice reply, struct slice end)
{
	struct slice last = last_line(reply, end);
	size_t at = (size_t)(last.at - reply.at), size = 0;
	size_t shared = shared_most(slice_cut(reply, 0, at), end, last);
	while (size < last.len && size <= WORD_MOST && last.at[size] != ' ')
		size++;
	bool like = shared > size && !is_coded(last, shared);
	size = size > shared ? size : shared + 1;
	bool good = !like && size <= WORD_MOST && size <= last.len &&
		    printable(slice_cut(last, 0, size)) && !is_value(last, size, shared);
	return slice_cut(last, 0, good ? size : 0);
}

/* Says whether the last line is empty, and no other is. */
static bool is_only_empty(struct slice lines, struct slice end)
{
	size_t n = 0;
	if (last_line(lines, end).len)
		return false;
	for (; lines.len; lines = slice_cut(lines, n, lines.len)) {
		n = first_line(lines, end);
		if (n == end.len)
			return n == lines.len;
	}
	return false;
}

/* Says whether some line begins with these bytes; '#' stands for any digit. */
static bool begins_one(struct slice lines, struct slice end, const char *with)
{
	for (size_t n = strlen(with); lines.len;
		lines = slice_cut(lines, first_line(lines, end), lines.len)) {
		size_t i = 0;
		while (i < n && i < lines.len &&
			(with[i] == '#' ? is_digit(lines.at[i]) : lines.at[i] == with[i]))
			i++;
		if (i == n)
			return true;
	}
	return false;
}

/* Adds how such devices end a reply when something is wrong: beside OK with ERR, beside a code of
 * three digits with one that begins with 4 or 5.  Unless lines of this reply begin so. */
static void add_failures(
	struct bytes *notation, struct slice reply, struct slice end, struct slice word)
{
	struct slice before = slice_cut(reply, 0, (size_t)(word.at - reply.at));
	if (slice_is(word, "OK") && !begins_one(before, end, "ERR"))
		bytes_add_str(notation, " | \"ERR\" *");
	if (slice_is(word, "ok") && !begins_one(before, end, "err"))
		bytes_add_str(notation, " | \"err\" *");
	if (word.len == 3 && digits_of(word) == 3 && !begins_one(before, end, "4## ") &&
		!begins_one(before, end, "5## "))
		bytes_add_str(notation, " | \"4\" ?? ?? SP * | \"5\" ?? ?? SP *");
}

/* Adds the rule by which several lines are one reply: they end with a line that begins as no other
 * does, or after a number of lines.  False: their number is not known. */
static bool add_lines_rule(const struct guess_seen *seen, struct bytes *notation,
	struct bytes *because, struct slice reply, struct slice end, size_t lines)
{
	struct slice word = last_word(reply, end);
	bytes_addf(because, ", %zu of them", lines);
	if (is_only_empty(reply, end)) {
		bytes_add_str(notation, " ; until \"\"");
		bytes_add_str(because, ", and only the last is empty");
		return true;
	}
	if (word.len) {
		bool more = word.len < last_line(reply, end).len;
		bytes_add_str(notation, " ; until ");
		guess_add_literals(notation, word);
		bytes_add_str(notation, more ? " *" : "");
		add_failures(notation, reply, end, word);
		bytes_addf(because, ", and only the last begins with %s", quote(word).text);
	} else if (!seen->cut && !seen->varies) {
		bytes_addf(notation, " ; times %zu", lines);
	}
	return word.len || (!seen->cut && !seen->varies);
}

/* Adds the end of a reply that a prompt follows.  It stands at the beginning of a line; elsewhere
 * it is text.  The CR of an empty reply's only line end may have gone with the echo. */
static void add_prompt(struct bytes *notation, struct slice reply, struct slice prompt, bool echoes)
{
	struct slice before = slice_cut(reply, 0, (size_t)(prompt.at - reply.at));
	bool pair = slice_ends(before, SLICE("\r\n"));
	bytes_add_str(notation, pair && echoes ? "payload (" : "payload ");
	bytes_add_str(notation, pair ? "CR LF " : slice_ends(before, SLICE("\n")) ? "LF " : "CR ");
	guess_add_literals(notation, prompt);
	if (!pair || !echoes)
		return;
	bytes_add_str(notation, " | LF ");
	guess_add_literals(notation, prompt);
	bytes_add_str(notation, ")");
}

bool guess_add_reply(const struct guess_seen *seen, struct slice reply, bool echoes,
	struct bytes *notation, struct bytes *because)
{
	char text[DURATION_TEXT_MAX];
	struct slice end = guess_delimiter(reply), prompt = guess_prompt(reply, seen->said);
	size_t lines = count_of(reply, end);
	bool stx = !seen->cut && reply.len > 2 && reply.at[0] == 2 && reply.at[reply.len - 1] == 3;
	if (seen->datagrams) {
		bytes_add_str(notation, "payload eof");
		bytes_add_str(because, "a datagram is a reply");
	} else if (end.len && !(seen->closed && lines > 1)) {
		bytes_add_str(notation, stx ? "STX payload " : "payload ");
		guess_add_literals(notation, end);
		bytes_add_str(because, stx ? "it begins with STX and ends in " : "it ends in ");
		guess_add_literals(because, end);
		if (seen->closed && !seen->half_close) { /* else the next command would be lost */
			bytes_add_str(notation, " eof");
			bytes_add_str(because, ", and the device closes the line");
		}
		if (lines > 1 && seen->asked && !seen->endless)
			return add_lines_rule(seen, notation, because, reply, end, lines);
		if (seen->asked && !seen->closed && !seen->varies && guess_is_text(reply))
			bytes_add_str(because, "; a command that is answered by several lines may "
					       "need another: probe that, too");
	} else if (prompt.len) {
		add_prompt(notation, reply, prompt, echoes);
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

/* Compares what came with the echo of what was sent, whose size is given where it is whole. */
static enum echo_is compare_echo(struct slice sent, struct slice came, size_t *size)
{
	struct echo echo = {0};
	echo_expect(&echo, sent);
	enum echo_is is = echo_compare(&echo, ECHO_TERMINAL, came, size);
	echo_expect(&echo, slice_of(NULL, 0));
	return is;
}

bool guess_is_echo(struct slice sent, struct slice came)
{
	struct bytes typed;
	size_t size = 0;
	bytes_init(&typed, sent.len + 1);
	bytes_add(&typed, sent);
	/* A line that is drawn again is known by its end. */
	if (!slice_ends(sent, SLICE("\r")) && !slice_ends(sent, SLICE("\n")))
		bytes_add_str(&typed, "\r");
	enum echo_is is = sent.len ? compare_echo(bytes_slice(&typed), came, &size) : ECHO_OTHER;
	bytes_free(&typed);
	struct slice rest = slice_cut(came, size, came.len);
	return is == ECHO_WAITS || (is == ECHO_WHOLE && (!rest.len || slice_is(rest, "\n")));
}

size_t guess_echo_size(const struct guess_seen *seen)
{
	struct bytes sent;
	size_t size = 0;
	bytes_init(&sent, LIMIT_WIRE);
	guess_add_sent(seen, &sent);
	bool whole = sent.len && seen->reply.len &&
		     compare_echo(bytes_slice(&sent), seen->reply, &size) == ECHO_WHOLE;
	bytes_free(&sent);
	return whole && size < seen->reply.len ? size : 0;
}

struct slice guess_behind_echo(const struct guess_seen *seen, size_t echo)
{
	struct slice reply = slice_cut(seen->reply, echo, seen->reply.len);
	bool cr = echo && seen->end.len == 1 && seen->end.at[0] == '\r';
	if (cr && slice_starts(reply, SLICE("\n")) &&
		guess_delimiter(slice_cut(reply, 1, reply.len)).len)
		reply = slice_cut(reply, 1, reply.len);
	return reply;
}

/* Adds the side of commands, with what ends them. */
static void add_command_side(const struct guess_seen *seen, struct bytes *notation)
{
	bytes_add_str(notation, seen->end.len ? "payload " : "payload");
	guess_add_literals(notation, seen->end);
	/* Something must end what is sent; silence adds no byte. */
	bytes_add_str(notation, seen->half_close ? " eof" : seen->end.len ? "" : " gap(50ms)");
	bytes_add_str(notation, " -> ");
}

static void add_rules(const struct guess_seen *seen, bool echo, struct bytes *notation)
{
	struct slice typed = seen->asked ? seen->command : seen->reply;
	if (echo)
		bytes_add_str(notation, " ; echo");
	if (!guess_is_text(typed))
		bytes_add_str(notation, " ; bin");
}

void guess_add_any(const struct guess_seen *seen, struct bytes *notation)
{
	add_command_side(seen, notation);
	bytes_add_str(notation, "payload gap(500ms)");
	add_rules(seen, false, notation);
}

/* Takes off the command what both sides end in: a mark that no text ends in otherwise. */
static void take_common_end(struct guess_seen *seen, struct bytes *because)
{
	struct slice c = seen->command, r = seen->reply;
	if (seen->end.len || c.len < 2 || !r.len || c.at[c.len - 1] != r.at[r.len - 1] ||
		!guess_is_text(c) || !guess_is_text(r))
		return;
	uint8_t last = c.at[c.len - 1];
	if (!last || !(last < 0x20 || strchr(";!#|~*", last)) || memchr(c.at, last, c.len - 1))
		return;
	seen->end = slice_cut(c, c.len - 1, c.len);
	seen->command = slice_cut(c, 0, c.len - 1);
	bytes_add_str(because, "the command ends in ");
	guess_add_literals(because, seen->end);
	bytes_addf(because, " ('%s' is typed without it), and ", quote(seen->command).text);
}

/* Returns the end of the replies where it is the same as that of the command. */
static bool add_same_end(const struct guess_seen *seen, struct slice reply, struct bytes *notation,
	struct bytes *because)
{
	if (!slice_ends(reply, seen->end) || guess_delimiter(reply).len || !seen->end.len ||
		seen->closed || count_of(reply, seen->end) > 1)
		return false;
	bytes_add_str(notation, "payload ");
	guess_add_literals(notation, seen->end);
	bytes_add_str(because, "the reply ends in the same");
	return true;
}

/* Guesses from the ends of lines, prompts, and silence. */
static bool guess_plain(const struct frame_book *book, const struct guess_seen *given,
	struct bytes *notation, struct bytes *because)
{
	struct guess_seen seen = *given;
	take_common_end(&seen, because);
	size_t echo = seen.asked ? guess_echo_size(&seen) : 0;
	struct slice reply = guess_behind_echo(&seen, echo);
	if (!seen.asked)
		seen.end = guess_delimiter(reply);
	if (echo)
		bytes_add_str(because, "it repeats the command first; ");
	add_command_side(&seen, notation);
	bool good = add_same_end(&seen, reply, notation, because) ||
		    guess_add_reply(&seen, reply, echo, notation, because);
	add_rules(&seen, echo, notation);
	return good && guess_try(book, bytes_slice(notation), &seen, seen.command);
}

/* What is left when nothing else holds: silence, or the close. */
static bool guess_silence(const struct frame_book *book, const struct guess_seen *seen,
	struct bytes *notation, struct bytes *because)
{
	size_t echo = seen->asked ? guess_echo_size(seen) : 0;
	add_command_side(seen, notation);
	bytes_add_str(notation, seen->closed ? "payload eof" : "payload gap(200ms)");
	bytes_add_str(because, seen->closed ? "the device closes after it"
					    : "its end is not known: silence has to do");
	add_rules(seen, echo, notation);
	return guess_try(book, bytes_slice(notation), seen, seen->command);
}

typedef bool guess_way(const struct frame_book *book, const struct guess_seen *seen,
	struct bytes *notation, struct bytes *because);

bool guess_frame(const struct frame_book *book, const struct guess_seen *seen,
	struct bytes *notation, struct bytes *because)
{
	static guess_way *const ways[] = {guess_known, guess_length, guess_plain, guess_silence};
	for (size_t i = 0; seen->reply.len && i < sizeof ways / sizeof ways[0]; i++) {
		notation->len = because->len = 0;
		if (ways[i](book, seen, notation, because) && !notation->over)
			return true;
	}
	notation->len = because->len = 0;
	return false;
}

enum { GREETING_SHOWN = 16 };

/* Adds the greeting's pattern: the first word of the last frame said, and what follows. */
static bool add_greeting(struct slice payload, struct bytes *notation)
{
	size_t n = 0;
	while (n < payload.len && n < GREETING_SHOWN && (!n || payload.at[n - 1] != ' '))
		n++;
	bytes_add_str(notation, " ; greet ");
	guess_add_literals(notation, slice_cut(payload, 0, n));
	bytes_add_str(notation, n < payload.len ? " *" : "");
	return n > 0;
}

bool guess_greeting(const struct frame_book *book, struct slice said, struct bytes *notation)
{
	struct error err;
	struct bytes last;
	struct frame *frame = frame_find(book, bytes_slice(notation), &err), *greets = NULL;
	bool has = frame && frame_greets(frame);
	bytes_init(&last, LIMIT_FRAME_MOST);
	size_t before = notation->len;
	if (frame && !has && guess_reads(frame, said, &last) &&
		add_greeting(bytes_slice(&last), notation))
		greets = frame_compile(book, bytes_slice(notation), &err);
	if (!greets)
		notation->len = before;
	bytes_free(&last);
	frame_unref(frame);
	frame_unref(greets);
	return has || greets;
}
