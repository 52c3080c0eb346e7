/* format.c - see format.h. */
#include "macro/format.h"

#include "macro/respell.h"

static bool format_place_behind(struct error *err, size_t offset)
{
	err->column += offset;
	return false;
}

/* Says whether both are the same bytes for a binary frame, under which typed text is a byte list.
 */
static bool is_same_list(struct slice before, struct slice after)
{
	struct bytes a, b;
	struct error unread;
	bytes_init(&a, LIMIT_LINE);
	bytes_init(&b, LIMIT_LINE);
	bool same = !respell_read_bytes(before, &a, &unread) ||
		    (respell_read_bytes(after, &b, &unread) &&
			    slice_equal(bytes_slice(&a), bytes_slice(&b)));
	bytes_free(&a);
	bytes_free(&b);
	return same;
}

/* A command that is text, or under a binary frame a byte list. */
static bool format_command(struct slice text, struct bytes *out, struct error *err)
{
	struct bytes spelled;
	bytes_init(&spelled, out->max);
	bool good = respell_text(text, 0, &spelled, err);
	struct slice s = bytes_slice(&spelled);
	if (good && !is_same_list(text, s)) {
		bytes_add(out, text);
	} else if (good) {
		bool comment = s.len && order_is_comment(s);
		bytes_add_str(out, comment ? "\\x23" : s.len && s.at[0] == '.' ? "." : "");
		bytes_add(out, slice_cut(s, comment, s.len));
	}
	bytes_free(&spelled);
	return good;
}

static bool format_words(struct format *f, struct slice text, struct bytes *out, struct error *err);

/* ---- what stands behind a verb ---- */

static bool is_name(uint8_t c)
{
	return is_alnum(c) || c == '_' || c == '-' || c == '.';
}

/* Returns where the value of F=V begins; 0: the word is not of this form. */
static size_t value_at(struct slice word)
{
	size_t n = 0;
	while (n < word.len && is_name(word.at[n]))
		n++;
	return n && n < word.len && word.at[n] == '=' ? n + 1 : 0;
}

/* The line behind the words F=V.  Behind more than one of them it may be a part of a text, which
 * only the frame knows: then it must mean the same either way. */
static bool format_behind_fields(
	struct format *f, struct slice rest, size_t words, struct bytes *out, struct error *err)
{
	struct bytes spelled;
	if (words < 2)
		return format_words(f, rest, out, err);
	f->headed = true;
	bytes_init(&spelled, out->max);
	bool good = respell_text(rest, 0, &spelled, err);
	bool verb = (rest.len && rest.at[0] == '.') || (spelled.len && spelled.at[0] == '.');
	bytes_add(out, verb ? rest : bytes_slice(&spelled));
	bytes_free(&spelled);
	return good || verb;
}

/* The words F=V of `.with`, and the line behind them.  A word that is none of them is spelled so
 * that it may be either. */
static bool format_fields(struct format *f, struct slice rest, struct bytes *out, struct error *err)
{
	size_t from = 0, words = 0;
	for (;; words++) {
		size_t begin = from;
		while (from < rest.len && is_blank(rest.at[from]))
			from++;
		struct slice left = slice_cut(rest, from, rest.len), word = slice_word(&left);
		size_t value = value_at(word);
		bytes_add(out, slice_cut(rest, begin, from));
		if (slice_is(word, "--") && words < 2) {
			bytes_add_str(out, "-- ");
			for (from += 2; from < rest.len && is_blank(rest.at[from]);)
				from++;
		}
		if (!value)
			break;
		bytes_add(out, slice_cut(word, 0, value));
		if (!respell_text(slice_cut(word, value, word.len), RESPELL_WORD, out, err))
			return format_place_behind(err, from + value);
		from += word.len;
	}
	return format_behind_fields(f, slice_cut(rest, from, rest.len), words, out, err) ||
	       format_place_behind(err, from);
}

static bool format_line_behind(
	struct format *f, struct slice rest, struct bytes *out, struct error *err)
{
	size_t from = 0;
	while (from < rest.len && is_blank(rest.at[from]))
		from++;
	return format_words(f, slice_cut(rest, from, rest.len), out, err) ||
	       format_place_behind(err, from);
}

static bool format_behind(struct format *f, const struct verb *verb, struct slice rest,
	struct bytes *out, struct error *err)
{
	switch (verb->behind) {
	case BEHIND_TEXT:
		return respell_text(rest, 0, out, err);
	case BEHIND_BYTES:
		return respell_bytes(rest, 0, out, err);
	case BEHIND_LINE:
		return format_line_behind(f, rest, out, err);
	case BEHIND_FIELDS:
		return format_fields(f, rest, out, err);
	case BEHIND_WORDS:
		return bytes_add(out, slice_trim(rest));
	default:
		return bytes_add(out, rest);
	}
}

/* ---- lines ---- */

/* Verbs may be cut as at a prompt. */
static bool format_verb(struct format *f, struct slice text, struct bytes *out, struct error *err)
{
	const struct reading r = {.verbs = f->verbs, .place = PLACE_PROMPT};
	size_t end = 1;
	while (end < text.len && !is_blank(text.at[end]))
		end++;
	const struct verb *verb = verb_find(slice_cut(text, 1, end), &r, err);
	if (!verb)
		return false;
	bool heads = verb->kind == ORDER_SEND || verb->heads;
	f->headed = f->headed || heads;
	bytes_addf(out, ".%s", verb->name);
	if (end == text.len)
		return true;
	size_t before = out->len;
	bytes_add_str(out, " ");
	bool good = format_behind(f, verb, slice_cut(text, end + 1, text.len), out, err);
	if (out->len == before + 1)
		out->len = before;
	return good || format_place_behind(err, end + 1);
}

/* A line, or one behind a verb: there blanks and # are text. */
static bool format_words(struct format *f, struct slice text, struct bytes *out, struct error *err)
{
	bool dot = text.len && text.at[0] == '.';
	uint8_t second = text.len > 1 ? text.at[1] | 32 : 0;
	if (dot && second >= 'a' && second <= 'z')
		return format_verb(f, text, out, err);
	if (dot && text.len > 1 && text.at[1] == '.') {
		f->headed = true;
		bytes_add_str(out, ".");
		return respell_text(slice_cut(text, 1, text.len), 0, out, err) ||
		       format_place_behind(err, 1);
	}
	if (dot)
		return order_refuse_dot(text, err);
	f->headed = true;
	return format_command(text, out, err);
}

/* ---- replies ---- */

/* The marks at the end of a reply that is a pattern. */
static const char *const ends[] = {" (re)", " (glob)", " (any)", NULL};

static const char *end_of(struct slice text)
{
	for (size_t i = 0; ends[i]; i++)
		if (slice_ends(text, slice_str(ends[i])))
			return ends[i];
	return NULL;
}

/* Returns the length of the `(with F=V ...) ` that the reply may begin with. */
static size_t with_length(struct slice text)
{
	size_t depth = 0;
	if (!slice_starts(text, SLICE("(with ")))
		return 0;
	for (size_t i = 0; i < text.len; i++) {
		struct slice rest = slice_cut(text, i, text.len);
		const uint8_t *end =
			slice_starts(rest, SLICE("\\{")) ? memchr(rest.at, '}', rest.len) : NULL;
		if (end)
			i += (size_t)(end - rest.at);
		depth += rest.at[0] == '(';
		depth -= rest.at[0] == ')';
		if (!depth)
			return i + 1 < text.len && text.at[i + 1] == ' ' ? i + 2 : 0;
	}
	return 0;
}

static bool begins_like_mark(struct slice text)
{
	return text.len > 1 && text.at[0] == '(' && text.at[1] >= 'a' && text.at[1] <= 'z';
}

/* Returns the length of the mark at the front and the blank behind it, -1 with err where there is
 * no such mark. */
static long mark_length(struct slice text, struct error *err)
{
	struct slice left = text, word = slice_word(&left);
	struct bytes sample, payload;
	enum expect_kind kind;
	bool wire, marked = begins_like_mark(text);
	bool text_follows = word.len < text.len;
	if (!marked || slice_is(text, "(any)"))
		return marked ? (long)text.len : 0;
	bytes_init(&sample, LIMIT_LINE + 2);
	bytes_init(&payload, LIMIT_LINE);
	bytes_addf(&sample, "%.*s%s", SLICE_ARG(word), text_follows ? " x" : "");
	bool good = reply_parse(bytes_slice(&sample), NULL, NULL, &payload, &kind, &wire, err);
	bytes_free(&sample);
	bytes_free(&payload);
	return good ? (long)(word.len + text_follows) : -1;
}

/* What a reply says.  It must not look like a mark where it did not before it was spelled anew. */
static bool format_said(struct slice text, struct bytes *out, struct error *err)
{
	struct bytes spelled;
	const char *end = end_of(text);
	size_t n = text.len - (end ? strlen(end) : 0);
	bool glob = end && strcmp(end, " (glob)") == 0;
	if (end && !glob)
		return bytes_add(out, text);
	bytes_init(&spelled, out->max);
	bool good = respell_text(
		slice_cut(text, 0, n), RESPELL_MASK | (glob ? RESPELL_GLOB : 0), &spelled, err);
	struct slice s = bytes_slice(&spelled);
	if (good && !is_same_list(text, s)) {
		bytes_free(&spelled);
		return bytes_add(out, text);
	}
	bool front = begins_like_mark(s) && !begins_like_mark(text), back = !end && end_of(s);
	bytes_add_str(out, front ? "\\x28" : "");
	bytes_add(out, slice_cut(s, front, s.len - back));
	bytes_add_str(out, back ? "\\x29" : end ? end : "");
	bytes_free(&spelled);
	return good;
}

static bool format_reply(struct format *f, struct slice text, struct bytes *out, struct error *err)
{
	size_t with = with_length(text);
	struct slice said = slice_cut(text, with, text.len);
	if (!f->headed)
		return error_at(err, 0, 2, "this reply has no command above it");
	long mark = mark_length(said, err);
	if (mark < 0)
		return format_place_behind(err, 2 + with);
	with += (size_t)mark;
	bytes_add_str(out, "  ");
	bytes_add(out, slice_cut(text, 0, with));
	return format_said(slice_cut(text, with, text.len), out, err) ||
	       format_place_behind(err, 2 + with);
}

static bool format_any(struct format *f, struct slice text, struct bytes *out, struct error *err)
{
	if (!text.len || order_is_comment(text))
		return bytes_add(out, text);
	if (slice_starts(text, SLICE("  ")))
		return format_reply(f, slice_cut(text, 2, text.len), out, err);
	if (is_blank(text.at[0]))
		return order_refuse_indent(err);
	return format_words(f, text, out, err);
}

bool format_line(struct format *f, struct slice line, struct bytes *out, struct error *err)
{
	struct bytes spelled;
	if (!order_check_bytes(line, err))
		return false;
	while (line.len && is_blank(line.at[line.len - 1]))
		line.len--;
	bytes_init(&spelled, 8 * LIMIT_LINE);
	bool good = format_any(f, line, &spelled, err);
	while (spelled.len && is_blank(spelled.at[spelled.len - 1]))
		spelled.len--;
	/* A longer line could not be read. */
	bool fits = !spelled.over && spelled.len <= LIMIT_LINE;
	if (good)
		bytes_add(out, fits ? bytes_slice(&spelled) : line);
	bytes_free(&spelled);
	return good;
}
