/* line.c - what a line of the language is; see macro.h. */
#include <wilco/macro.h>

#include "base/escape.h"
#include "base/table.h"
#include "base/text.h"
#include <stdio.h>

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static bool is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool place_behind(struct error *err, size_t offset)
{
	err->column += offset;
	return false;
}

/* `# words`, `#` alone, `#!...`: a comment.  `#01` is command text, many devices begin so. */
static bool is_comment(struct slice text)
{
	return text.at[0] == '#' && (text.len == 1 || is_blank(text.at[1]) || text.at[1] == '!');
}

/* A verb by its alias, its name, or outside files a unique prefix; -1 and err when there is none.
 */
static int find_verb(struct slice word, enum line_place place, struct error *err)
{
	unsigned places = place;
	bool in_file = place & (PLACE_CONFIG | PLACE_DEVICE);
	char list[200];
	for (int i = 0; i < VERB_COUNT; i++)
		if (verbs[i].alias && slice_is(word, verbs[i].alias))
			return i;
	int found = table_exact(word, verb_name, NULL);
	if (found < 0 && !in_file)
		found = table_prefix(word, verb_name, &places);
	if (found >= 0)
		return found;
	const char *near = table_near(word, verb_name, &places);
	error_at(err, 0, word.len + 1,
		found == TABLE_AMBIGUOUS ? "'.%s' could be several commands"
					 : "'.%s' is not a wilco command",
		quote(word).text);
	if (found == TABLE_AMBIGUOUS)
		error_hint(err, "could be: %s",
			table_list(word, verb_name, &places, list, sizeof list));
	else if (near && *near)
		error_hint(err, "did you mean .%s? ..%s sends .%s to the device", near,
			quote(word).text, quote(word).text);
	else
		error_hint(err, "..%s sends .%s to the device; .help lists wilco's commands",
			quote(word).text, quote(word).text);
	return -1;
}

static bool refuse_place(enum verb_id verb, enum line_place place, struct error *err)
{
	static const struct {
		enum line_place place;
		const char *name;
	} names[] = {{PLACE_PROMPT, "at a prompt"}, {PLACE_COMMAND, "as a COMMAND of send"},
		{PLACE_CONFIG, "in the configuration"}, {PLACE_DEVICE, "in the file of a device"}};
	const char *here = "", *there = "";
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (names[i].place == place)
			here = names[i].name;
		if (verbs[verb].places & names[i].place && !*there)
			there = names[i].name;
	}
	error_at(err, 0, strlen(verbs[verb].name) + 1, ".%s cannot stand %s", verbs[verb].name,
		here);
	return error_hint(err, "it can stand %s", there);
}

/* The bytes of the verbs that send. */
static bool parse_payload(struct line *line, struct error *err)
{
	bool good = true;
	line->has_payload = true;
	switch (line->verb) {
	case VERB_HEX:
		good = escape_bytes(line->rest, line->payload, err);
		break;
	case VERB_WIRE:
		line->wire = true;
		good = escape_bytes(line->rest, line->payload, err);
		if (good && !line->payload->len)
			good = error_at(
				err, 0, 0, ".wire needs the bytes to send, such as .wire 18");
		break;
	case VERB_TEXT:
		good = escape_decode(line->rest, line->payload, err);
		break;
	case VERB_LITERAL:
		good = bytes_add(line->payload, line->rest);
		break;
	default:
		line->has_payload = false;
	}
	return good || place_behind(err, line->rest_at);
}

static bool parse_verb(
	struct slice text, enum line_place place, struct line *line, struct error *err)
{
	size_t end = 1;
	while (end < text.len && !is_blank(text.at[end]))
		end++;
	int verb = find_verb(slice_cut(text, 1, end), place, err);
	if (verb < 0)
		return false;
	if (!(verbs[verb].places & place))
		return refuse_place((enum verb_id)verb, place, err);
	line->kind = LINE_VERB;
	line->verb = (enum verb_id)verb;
	line->rest_at = end < text.len ? end + 1 : end;
	line->rest = slice_cut(text, line->rest_at, text.len);
	return parse_payload(line, err);
}

static bool parse_dot(
	struct slice text, enum line_place place, struct line *line, struct error *err)
{
	if (text.len > 1 && is_letter(text.at[1]))
		return parse_verb(text, place, line, err);
	if (text.len > 1 && text.at[1] == '.') {
		line->kind = LINE_TEXT;
		line->has_payload = true;
		return escape_decode(slice_cut(text, 1, text.len), line->payload, err) ||
		       place_behind(err, 1);
	}
	error_at(err, 0, text.len > 1 ? 2 : 1, "a dot begins a wilco command, such as .help");
	return error_hint(err, "a device's own line that begins with a dot is typed .%s",
		quote(slice_cut(text, 0, 20)).text);
}

static bool parse_indented(
	struct slice *text, enum line_place place, struct line *line, struct error *err)
{
	bool two = text->len > 1 && text->at[0] == ' ' && text->at[1] == ' ';
	bool typed = place & (PLACE_PROMPT | PLACE_COMMAND);
	if (typed && two)
		return error_at(err, 0, 2, "this is an expected reply; nothing sent");
	if (typed && text->at[0] == ' ') {
		*text = slice_cut(*text, 1, text->len);
		line->quiet = true;
		return true;
	}
	if (place == PLACE_DEVICE && two) {
		line->kind = LINE_REPLY;
		line->rest_at = 2;
		line->rest = slice_cut(*text, 2, text->len);
		return true;
	}
	return error_at(err, 0, 1,
		"indent a reply by two blanks; a command that begins with a blank is written "
		"\\x20");
}

static bool check_bytes(struct slice text, struct error *err)
{
	if (text.len > LIMIT_LINE)
		return error_at(err, LIMIT_LINE, 1, "a line has at most %d bytes, this one has %zu",
			LIMIT_LINE, text.len);
	const uint8_t *nul = text.len ? memchr(text.at, 0, text.len) : NULL;
	if (nul) {
		error_at(err, (size_t)(nul - text.at), 1, "a line cannot hold a NUL byte");
		return error_hint(err, "a NUL to send is written \\x00");
	}
	uint32_t code;
	for (size_t i = 0, n; i < text.len; i += n) {
		n = text_decode(slice_cut(text, i, text.len), &code);
		if (code == 0xFFFFFFFF) {
			error_at(err, i, 1, "not valid UTF-8: byte %02x", text.at[i]);
			return error_hint(err, "a byte to send is written \\x%02x", text.at[i]);
		}
	}
	return true;
}

static bool parse_text(struct slice text, bool bin, struct line *line, struct error *err)
{
	line->kind = LINE_TEXT;
	line->has_payload = true;
	line->rest = text;
	if (bin)
		return escape_bytes(text, line->payload, err);
	return escape_decode(text, line->payload, err);
}

/* Without the blanks at the end, and without a line that says nothing. */
static struct slice strip(struct slice text, unsigned flags)
{
	if (flags & LINE_EXACT)
		return text;
	while (text.len && is_blank(text.at[text.len - 1]))
		text.len--;
	return text.len && is_comment(text) ? slice_cut(text, text.len, text.len) : text;
}

bool line_parse(struct slice text, enum line_place place, unsigned flags, struct bytes *payload,
	struct line *line, struct error *err)
{
	*line = (struct line){.payload = payload};
	bytes_clear(payload);
	if (!check_bytes(text, err))
		return false;
	text = strip(text, flags);
	size_t before = text.len;
	if (!text.len && !(flags & LINE_EXACT))
		return true;
	if (text.len && !(flags & LINE_EXACT) && is_blank(text.at[0])) {
		if (!parse_indented(&text, place, line, err))
			return false;
		if (line->kind == LINE_REPLY)
			return true;
	}
	bool good;
	if (text.len && text.at[0] == '.')
		good = parse_dot(text, place, line, err);
	else if (place == PLACE_CONFIG)
		good = error_at(
			err, 0, text.len, "the configuration holds wilco commands and comments");
	else
		good = parse_text(text, (flags & LINE_BIN) && place != PLACE_DEVICE, line, err);
	return good || place_behind(err, before - text.len);
}

int args_split(
	struct slice rest, struct bytes *store, struct slice *args, int max, struct error *err)
{
	size_t starts[16], ends[16];
	int count = 0;
	bytes_clear(store);
	for (size_t i = 0; i < rest.len;) {
		if (is_blank(rest.at[i])) {
			i++;
			continue;
		}
		if (count == max || count == 16) {
			error_at(err, i, rest.len - i, "at most %d argument%s here", max,
				max == 1 ? "" : "s");
			return -1;
		}
		starts[count] = store->len;
		while (i < rest.len && !is_blank(rest.at[i])) {
			struct slice from = slice_cut(rest, i, rest.len);
			bool quoted = from.at[0] == '\'' || from.at[0] == '"';
			size_t n = quoted ? escape_quoted(from, store, err)
					  : (size_t)bytes_add_byte(store, from.at[0]);
			if (!n) {
				err->column += i;
				return -1;
			}
			i += n;
		}
		ends[count++] = store->len;
	}
	for (int i = 0; i < count; i++)
		args[i] = slice_cut(bytes_slice(store), starts[i], ends[i]);
	return count;
}

static bool take_prefix(struct slice *text, const char *prefix)
{
	struct slice p = slice_str(prefix);
	if (!slice_starts(*text, p))
		return false;
	*text = slice_cut(*text, p.len, text->len);
	return true;
}

static bool ends_with(struct slice text, const char *mark)
{
	size_t n = strlen(mark);
	return text.len >= n && memcmp(text.at + text.len - n, mark, n) == 0;
}

bool reply_parse(
	struct slice text, struct bytes *payload, enum expect_kind *kind, struct error *err)
{
	static const char *const patterns[] = {" (re)", " (glob)", " (any)"};
	struct slice all = text;
	bytes_clear(payload);
	*kind = EXPECT_EXACT;
	if (slice_is(text, "(empty)") || slice_is(text, "(none)")) {
		*kind = text.at[1] == 'e' ? EXPECT_EMPTY : EXPECT_NONE;
		return true;
	}
	for (size_t i = 0; i < 3; i++)
		if (ends_with(text, patterns[i]))
			return error_at(err, text.len - strlen(patterns[i]) + 1,
				strlen(patterns[i]) - 1,
				"a device cannot answer with a pattern: write the bytes it sends");
	if (take_prefix(&text, "(unsolicited) "))
		*kind = EXPECT_UNSOLICITED;
	return escape_decode(text, payload, err) || place_behind(err, all.len - text.len);
}
