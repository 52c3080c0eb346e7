/* guess.c - see guess.h. */
#include "cmd/guess.h"

#include "base/escape.h"
#include "base/number.h"
#include "base/text.h"

enum { TAIL_MOST = 32, WORD_MOST = 16, CHECK_LEAST = 2 };

static bool printable(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] < 0x20 || s.at[i] > 0x7e)
			return false;
	return s.len > 0;
}

/* Bytes as literals of the notation; in double quotes, so that a shell's single ones go around. */
static void add_literals(struct bytes *out, struct slice s)
{
	if (printable(s) && !memchr(s.at, '"', s.len) && !memchr(s.at, '\\', s.len)) {
		bytes_addf(out, "\"%.*s\"", (int)s.len, (const char *)s.at);
		return;
	}
	for (size_t i = 0; i < s.len; i++) {
		const char *name = control_name(s.at[i]);
		bytes_add_str(out, i ? " " : "");
		if (name)
			bytes_add_str(out, name);
		else
			bytes_addf(out, "%02x", s.at[i]);
	}
}

static bool ends_with_slice(struct slice s, struct slice end)
{
	return s.len >= end.len && memcmp(s.at + s.len - end.len, end.at, end.len) == 0;
}

static bool ends_with(struct slice s, const char *end)
{
	return ends_with_slice(s, slice_str(end));
}

/* Without control bytes that text does not have: those would make the reply binary, and its last
 * byte mean nothing. */
static bool is_text(struct slice s)
{
	static const char control[] = "\r\n\t\x02\x03\x04\x1b"; /* and its NUL */
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] == 0x7f ||
			(s.at[i] < 0x20 && !memchr(control, s.at[i], sizeof control)))
			return false;
	return true;
}

/* The delimiter at the end of the reply; empty: none is seen. */
static struct slice delimiter_of(struct slice reply)
{
	static const struct slice ends[] = {
		SLICE("\r\n"), SLICE("\n"), SLICE("\r"), SLICE("\0"), SLICE("\3"), SLICE("\4")};
	bool text = is_text(reply);
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
		if ((text || ends[i].len > 1) && ends_with_slice(reply, ends[i]))
			return slice_cut(reply, reply.len - ends[i].len, reply.len);
	return slice_of(NULL, 0);
}

/* A prompt: behind the last line end a few characters that end as prompts do. */
static struct slice prompt_of(struct slice reply)
{
	size_t from = reply.len;
	while (from && reply.at[from - 1] != '\n' && reply.at[from - 1] != '\r')
		from--;
	struct slice tail = slice_cut(reply, from, reply.len);
	bool like =
		tail.len && tail.len <= TAIL_MOST && from && printable(tail) &&
		(ends_with(tail, "> ") || ends_with(tail, ">") || ends_with(tail, "$ ") ||
			ends_with(tail, "# ") || ends_with(tail, ": ") || ends_with(tail, ">>"));
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

/* The last of several lines, without its end. */
static struct slice last_line(struct slice reply, struct slice end)
{
	struct slice body = slice_cut(reply, 0, reply.len - end.len);
	size_t from = body.len;
	while (from && !ends_with_slice(slice_cut(body, 0, from), end))
		from--;
	return slice_cut(body, from, body.len);
}

/* Whether a line before the last begins so. */
static bool begins_another(struct slice reply, struct slice end, struct slice word, size_t last)
{
	for (size_t i = 0; i < last; i++)
		if ((i == 0 || ends_with_slice(slice_cut(reply, 0, i), end)) &&
			slice_starts(slice_cut(reply, i, last), word))
			return true;
	return false;
}

/* Several lines are one reply: up to a last one that begins as no other does, or so many. */
static void add_lines_rule(struct bytes *notation, struct bytes *because, struct slice reply,
	struct slice end, size_t lines)
{
	struct slice last = last_line(reply, end);
	size_t at = (size_t)(last.at - reply.at), size = 0;
	while (size < last.len && last.at[size] != ' ')
		size++;
	while (size < last.len && begins_another(reply, end, slice_cut(last, 0, size), at))
		size++;
	struct slice word = slice_cut(last, 0, size);
	bytes_addf(because, ", %zu of them", lines);
	if (printable(word) && size <= WORD_MOST && !begins_another(reply, end, word, at)) {
		bytes_add_str(notation, " ; until ");
		add_literals(notation, word);
		bytes_add_str(notation, size < last.len ? " *" : "");
		bytes_addf(because, ", and only the last begins with %s", quote(word).text);
	} else {
		bytes_addf(notation, " ; times %zu", lines);
	}
}

/* echoes: the CR of an empty line may have gone with the echo. */
static void add_reply_side(const struct guess_seen *seen, struct slice reply, bool echoes,
	struct bytes *notation, struct bytes *because)
{
	char text[DURATION_TEXT_MAX];
	struct slice end = delimiter_of(reply), prompt = prompt_of(reply);
	size_t lines = count_of(reply, end);
	bool stx = reply.len > 2 && reply.at[0] == 2 && reply.at[reply.len - 1] == 3;
	if (seen->datagrams) {
		bytes_add_str(notation, "payload eof");
		bytes_add_str(because, "a datagram is a reply");
	} else if (end.len && !(seen->closed && lines > 1)) {
		bytes_add_str(notation, stx ? "STX payload " : "payload ");
		add_literals(notation, end);
		bytes_add_str(because, stx ? "it begins with STX and ends in " : "it ends in ");
		add_literals(because, end);
		if (lines > 1)
			add_lines_rule(notation, because, reply, end, lines);
	} else if (prompt.len) {
		/* A prompt stands at the beginning of a line; elsewhere it is text. */
		size_t from = (size_t)(prompt.at - reply.at);
		struct slice before = slice_cut(reply, 0, from);
		bytes_add_str(notation, "payload ");
		if (!echoes && ends_with(before, "\r\n"))
			bytes_add_str(notation, "CR ");
		bytes_addf(notation, "%s ", ends_with(before, "\n") ? "LF" : "CR");
		add_literals(notation, prompt);
		bytes_addf(because, "a prompt %s follows", quote(prompt).text);
	} else if (seen->closed) {
		bytes_add_str(notation, "payload eof");
		bytes_add_str(because, "the device closes behind it");
	} else {
		bytes_add_str(notation, "payload gap(200ms)");
		bytes_addf(because, "no end is seen but silence, %s of it",
			duration_text(seen->silence, text));
	}
}

/* Whether every byte of the reply is in a whole frame. */
static bool reads(const struct frame *frame, struct slice echo, struct slice reply, bool checked)
{
	struct split split;
	struct split_event e;
	struct bytes pending, scratch;
	struct frame_part parts[FRAME_PARTS_MAX];
	size_t frames = 0, checks = 0;
	bool whole = true;
	bytes_init(&pending, LIMIT_FRAME_MOST);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	split_init(&split, frame, SIDE_REPLY, NULL, LIMIT_FRAME, &pending, &scratch);
	if (echo.len)
		split_expect_echo(&split, echo);
	split_feed(&split, reply);
	for (int ended = 0; ended < 2; ended++) {
		while (split_next(&split, &e)) {
			whole = whole && e.kind == SPLIT_FRAME;
			frames += e.kind == SPLIT_FRAME && e.mark != MARK_ECHO;
			size_t n = !checked || !whole ? 0
						      : frame_parts(frame, SIDE_REPLY, e.raw, NULL,
								&scratch, parts);
			for (size_t i = 0; i < n; i++)
				checks += parts[i].kind == PART_CHECK &&
					  parts[i].bytes.len >= CHECK_LEAST;
		}
		split_gap(&split);
		split_close(&split);
	}
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
		bytes_add_str(because, "it repeats the command first; ");
	}
	bytes_add_str(notation, seen->end.len ? "payload " : "payload");
	add_literals(notation, seen->end);
	/* Something has to end what is sent; silence adds no byte. */
	bytes_add_str(notation, seen->half_close ? " eof" : seen->end.len ? "" : " gap(50ms)");
	bytes_add_str(notation, " -> ");
	add_reply_side(seen, reply, echo.len > 0, notation, because);
	if (echo.len)
		bytes_add_str(notation, " ; echo");
	struct frame *frame = frame_compile(book, bytes_slice(notation), &err);
	bool good = frame && reads(frame, echo, seen->reply, false);
	frame_unref(frame);
	bytes_free(&sent);
	return good;
}

bool guess_other(const struct frame_book *book, const struct frame *frame, struct slice came,
	struct bytes *notation)
{
	struct error err;
	struct guess_seen seen = {.reply = came};
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
	add_reply_side(&seen, came, false, notation, &because);
	struct frame *other = frame_compile(book, bytes_slice(notation), &err);
	bool good = other && reads(other, SLICE(""), came, false);
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
		if (frame && reads(frame, slice_of(NULL, 0), reply, true))
			bytes_addf(names, "%s%s", names->len ? ", " : "", name);
		frame_unref(frame);
	}
}
