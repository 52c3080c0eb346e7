/* order.c - finds out what a line of the language asks for, by its place and the frame; see
 * macro.h. */
#include <wilco/macro.h>

#include "base/escape.h"
#include "base/mem.h"
#include "base/named.h"
#include "base/number.h"
#include "base/table.h"
#include "base/text.h"
#include <stdio.h>

enum { ARGS_MAX = 16 };

static bool order_place_behind(struct error *err, size_t offset)
{
	err->column += offset;
	return false;
}

bool order_is_comment(struct slice text)
{
	return text.at[0] == '#' && (text.len == 1 || is_blank(text.at[1]) || text.at[1] == '!');
}

bool order_is_above(struct slice text)
{
	struct slice word = slice_word(&text);
	return slice_is(word, ".fault") || slice_is(word, ".delay");
}

/* Finds a verb that may stand here, else one that may elsewhere.  Files need its whole name. */
static int order_find_name(struct slice word, const struct reading *r)
{
	const struct verb_names here = {r->verbs, r->place}, all = {r->verbs, ~0u};
	bool in_file =
		r->place & (PLACE_CONFIG | PLACE_DEVICE | PLACE_PLAY) && !(r->place & PLACE_PROMPT);
	for (int i = 0; r->verbs[i]; i++)
		if (r->verbs[i]->alias && slice_is(word, r->verbs[i]->alias))
			return i;
	int found = table_exact(word, verb_name, &all);
	return found >= 0 || in_file ? found : table_prefix(word, verb_name, &here);
}

const struct verb *verb_find(struct slice word, const struct reading *r, struct error *err)
{
	const struct verb_names here = {r->verbs, r->place};
	char list[200];
	int found = order_find_name(word, r);
	if (found >= 0)
		return r->verbs[found];
	const char *near = table_near(word, verb_name, &here);
	error_at(err, 0, word.len + 1,
		found == TABLE_AMBIGUOUS ? "'.%s' could be several commands"
					 : "'.%s' is not a wilco command",
		quote(word).text);
	if (found == TABLE_AMBIGUOUS)
		error_hint(
			err, "could be: %s", table_list(word, verb_name, &here, list, sizeof list));
	else if (near && *near)
		error_hint(err, "did you mean .%s? ..%s sends .%s to the device", near,
			quote(word).text, quote(word).text);
	else
		error_hint(err, "..%s sends .%s to the device; .help lists wilco's commands",
			quote(word).text, quote(word).text);
	return NULL;
}

static bool refuse_place(const struct verb *verb, enum line_place place, struct error *err)
{
	char there[PLACE_NAMES_MAX], here[PLACE_NAMES_MAX];
	error_at(err, 0, strlen(verb->name) + 1, ".%s cannot be used %s", verb->name,
		place_names(place, here));
	return error_hint(err, "it can be used %s", place_names(verb->places, there));
}

static bool parse_verb(
	struct slice text, const struct reading *r, struct order *o, struct error *err)
{
	size_t end = 1;
	while (end < text.len && !is_blank(text.at[end]))
		end++;
	const struct verb *verb = verb_find(slice_cut(text, 1, end), r, err);
	if (!verb)
		return false;
	if (!(verb->places & r->place))
		return refuse_place(verb, r->place, err);
	o->kind = verb->kind;
	o->verb = verb;
	o->rest_at = end < text.len ? end + 1 : end;
	o->rest = slice_cut(text, o->rest_at, text.len);
	return !verb->read || verb->read(o, r, err) || order_place_behind(err, o->rest_at);
}

bool order_refuse_dot(struct slice text, struct error *err)
{
	error_at(err, 0, text.len > 1 ? 2 : 1, "a dot begins a wilco command, such as .help");
	return error_hint(err, "to send a line that begins with a dot, type .%s",
		quote(slice_cut(text, 0, 20)).text);
}

static bool parse_dot(
	struct slice text, const struct reading *r, struct order *o, struct error *err)
{
	if (text.len > 1 && is_letter(text.at[1]))
		return parse_verb(text, r, o, err);
	if (text.len > 1 && text.at[1] == '.') {
		o->kind = ORDER_SEND;
		return escape_typed(slice_cut(text, 1, text.len), r->charset, r->names, &o->payload,
			       err) ||
		       order_place_behind(err, 1);
	}
	return order_refuse_dot(text, err);
}

bool order_refuse_indent(struct error *err)
{
	return error_at(err, 0, 1,
		"indent a reply by two blanks; a command that begins with a blank is written "
		"\\x20");
}

static bool parse_indented(
	struct slice *text, enum line_place place, struct order *o, struct error *err)
{
	bool two = text->len > 1 && text->at[0] == ' ' && text->at[1] == ' ';
	bool typed = place & (PLACE_PROMPT | PLACE_COMMAND);
	if (two && place & (PLACE_DEVICE | PLACE_PIPE | PLACE_PLAY)) {
		o->kind = ORDER_REPLY;
		o->rest_at = 2;
		o->rest = slice_cut(*text, 2, text->len);
		return true;
	}
	if (typed && two)
		return error_at(err, 0, 2, "two blanks begin an expected reply: nothing was sent");
	if (typed && text->at[0] == ' ') {
		*text = slice_cut(*text, 1, text->len);
		o->quiet = true;
		return true;
	}
	return order_refuse_indent(err);
}

/* Returns where the text is not UTF-8; its length: nowhere. */
static size_t first_wrong(struct slice text)
{
	size_t i = 0, n = 1;
	for (uint32_t code = 0; i < text.len; i += n, n = 1) {
		if (text.at[i] < 0x80)
			continue;
		n = text_decode(slice_cut(text, i, text.len), &code);
		if (code == 0xFFFFFFFF)
			break;
	}
	return i;
}

/* Says whether the line is ASCII without NUL, as nearly all are. */
static inline bool is_plain(struct slice text)
{
	const uint8_t *at = text.at, *end = at + text.len;
	while (at < end && (uint8_t)(*at - 1) < 0x7f)
		at++;
	return at == end && text.len <= LIMIT_LINE;
}

static APART bool check_any_bytes(struct slice text, struct error *err)
{
	if (text.len > LIMIT_LINE)
		return error_at(err, LIMIT_LINE, 1, "a line has at most %d bytes, this one has %zu",
			LIMIT_LINE, text.len);
	const uint8_t *nul = text.len ? memchr(text.at, 0, text.len) : NULL;
	if (nul) {
		error_at(err, (size_t)(nul - text.at), 1, "a line cannot hold a NUL byte");
		return error_hint(err, "a NUL to send is written \\x00");
	}
	if (slice_starts(text, SLICE("\xef\xbb\xbf"))) {
		error_at(err, 0, 3, "a byte order mark, which nobody sees, would be sent");
		return error_hint(
			err, "save the file as UTF-8 without it; \\xef\\xbb\\xbf sends it");
	}
	size_t i = first_wrong(text);
	if (i < text.len) {
		error_at(err, i, 1, "not valid UTF-8: byte %02x", text.at[i]);
		return error_hint(err, "a byte to send is written \\x%02x", text.at[i]);
	}
	return true;
}

bool order_check_bytes(struct slice text, struct error *err)
{
	return is_plain(text) || check_any_bytes(text, err);
}

bool order_is_bytes(struct slice text, const struct frame *frame)
{
	bool group = text.len && slice_starts(text, SLICE("\\<")) &&
		     memchr(text.at, '>', text.len) == text.at + text.len - 1;
	return frame && frame_rules(frame)->bin && !group;
}

/* Reads what is to be sent.  What is typed in a binary frame are bytes; in a file they may be
 * escapes, too. */
static bool parse_text(
	struct slice text, const struct reading *r, struct order *o, struct error *err)
{
	bool typed = r->place & (PLACE_PROMPT | PLACE_COMMAND);
	bool bytes =
		typed ? r->frame && frame_rules(r->frame)->bin : order_is_bytes(text, r->frame);
	o->kind = ORDER_SEND;
	o->rest = text;
	return bytes ? escape_list(text, r->names, &o->payload, err)
		     : escape_typed(text, r->charset, r->names, &o->payload, err);
}

/* Removes the blanks at the end, and a comment. */
static struct slice strip(struct slice text, unsigned flags)
{
	if (flags & ORDER_EXACT)
		return text;
	while (text.len && is_blank(text.at[text.len - 1]))
		text.len--;
	return text.len && order_is_comment(text) ? slice_cut(text, text.len, text.len) : text;
}

void order_init(struct order *o)
{
	*o = (struct order){.kind = ORDER_NOTHING};
	bytes_init(&o->payload, LIMIT_LINE);
	bytes_init(&o->shown, LIMIT_LINE);
}

/* Leaves nothing of a secret in memory. */
static void order_wipe(struct order *o)
{
	if (o->secret && o->payload.len)
		explicit_bzero(o->payload.at, o->payload.len);
	o->secret = false;
	bytes_clear(&o->shown);
}

static APART void forget(struct order *o)
{
	order_wipe(o);
	if (o->file)
		order_forget_file(o);
}

void order_free(struct order *o)
{
	forget(o);
	bytes_free(&o->payload);
	bytes_free(&o->shown);
}

static void clear(struct order *o)
{
	o->kind = ORDER_NOTHING;
	o->verb = NULL;
	o->rest = (struct slice){0};
	o->rest_at = 0;
	o->quiet = o->wire = o->tell = o->now = o->fields = o->later = false;
	if (o->secret || o->file)
		forget(o);
	bytes_clear(&o->payload);
}

void order_plain(struct order *o, struct slice text)
{
	clear(o);
	o->kind = ORDER_SEND;
	o->rest = text;
	bytes_add(&o->payload, text);
}

static bool read_once(
	struct order *o, struct slice text, const struct reading *r, struct error *err)
{
	bool exact = r->flags & ORDER_EXACT, good;
	clear(o);
	names_begin(r->names);
	if (!(r->flags & ORDER_CHECKED) && !is_plain(text) && !check_any_bytes(text, err))
		return false;
	text = strip(text, r->flags);
	size_t before = text.len;
	if (!text.len && !exact)
		return true;
	if (text.len && !exact && is_blank(text.at[0])) {
		if (!parse_indented(&text, r->place, o, err))
			return false;
		if (o->kind == ORDER_REPLY)
			return true;
	}
	if (text.len && text.at[0] == '.')
		good = parse_dot(text, r, o, err);
	else if (r->place == PLACE_CONFIG)
		good = error_at(err, 0, text.len,
			"the configuration may hold only wilco commands and comments");
	else
		good = parse_text(text, r, o, err);
	if (r->names) {
		o->later |= r->names->later;
		o->secret |= r->names->secret;
	}
	return good || order_place_behind(err, before - text.len);
}

/* Says no more than that a secret cannot stand there, because the error might quote it. */
static APART bool refuse_secret(const struct reading *r, struct error *err)
{
	size_t column = err->column, width = err->width;
	if (!r->names || !r->names->secret)
		return false;
	error_at(err, column, width, "a secret cannot be read here");
	return error_hint(err, "it stands for text, and for nothing that is calculated");
}

/* Reads the line again, to know how it is shown: names stand for its secrets. */
static APART bool read_shown(
	struct order *o, struct slice text, const struct reading *r, struct error *err)
{
	struct order again;
	order_init(&again);
	r->names->secrets = SECRETS_SHOWN;
	bool good = read_once(&again, text, r, err);
	if (good)
		bytes_add(&o->shown, bytes_slice(&again.payload));
	else
		refuse_secret(r, err);
	order_free(&again);
	return good;
}

bool order_read(struct order *o, struct slice text, const struct reading *r, struct error *err)
{
	if (!r->names)
		return read_once(o, text, r, err);
	enum names_secrets before = r->names->secrets;
	r->names->secrets = SECRETS_SENT;
	bool good = read_once(o, text, r, err) || refuse_secret(r, err);
	good = good && (!o->secret || read_shown(o, text, r, err));
	r->names->secrets = before;
	return good;
}

bool order_read_behind(struct order *o, bool (*may_follow)(const struct order *o),
	const struct reading *r, struct error *err)
{
	struct reading inner = *r;
	const char *verb = o->verb->name;
	struct slice rest = o->rest;
	size_t rest_at = o->rest_at, from = 0;
	bool quiet = o->quiet;
	const struct names before = r->names ? *r->names : (struct names){0};
	while (from < rest.len && is_blank(rest.at[from]))
		from++;
	struct slice text = slice_cut(rest, from, rest.len);
	inner.flags |= ORDER_EXACT;
	if (!text.len)
		return error_at(err, 0, 0, ".%s needs the command to send behind it", verb);
	bool good = read_once(o, text, &inner, err);
	if (good && !may_follow(o))
		good = error_at(err, 0, text.len, ".%s needs a command to send behind it", verb);
	if (r->names) {
		r->names->later |= before.later;
		r->names->secret |= before.secret;
	}
	o->quiet = quiet;
	o->rest_at = good ? rest_at + from + o->rest_at : rest_at;
	return good || order_place_behind(err, from);
}

bool order_duration(struct slice rest, const struct verb *verb, struct names *names, int64_t *ns,
	struct error *err)
{
	char name[24];
	struct slice word = slice_trim(rest);
	const struct slice typed = word;
	struct bytes store;
	int count = 1;
	*ns = 0;
	snprintf(name, sizeof name, ".%s", verb->name);
	names_begin(names);
	bytes_init(&store, LIMIT_LINE);
	if (names && word.len && memchr(word.at, '\\', word.len))
		count = args_split(rest, names, &store, &word, 1, err);
	bool later = names && names->later;
	bool good = count == 1 && (later || duration_parse(word, name, ns, err));
	bytes_free(&store);
	if (!good && count == 1) {
		err->placed = true;
		err->column = typed.len ? (size_t)(typed.at - rest.at) : 0;
		err->width = typed.len;
	}
	return good;
}

bool order_sends(const struct order *o, struct slice text, struct error *err)
{
	if (o->kind == ORDER_SEND && o->file)
		return error_at(err, 0, text.len, "a file cannot be sent here");
	return o->kind == ORDER_SEND || error_at(err, 0, text.len, "this is no command to send");
}

/* Returns how many bytes at the front of `text` stand for themselves in a word. */
static size_t plain_length(struct slice text, bool named)
{
	size_t i = 0;
	while (i < text.len && !is_blank(text.at[i]) && text.at[i] != '\'' && text.at[i] != '"' &&
		!(named && named_begins(slice_cut(text, i, text.len))))
		i++;
	return i;
}

/* Adds the piece of a word at the front of `text`: something quoted, a name or bytes.  Returns its
 * length, 0 on error. */
static size_t add_piece(
	struct slice text, struct names *names, struct bytes *store, struct error *err)
{
	if (text.at[0] == '\'' || text.at[0] == '"')
		return escape_quoted(text, names, store, err);
	if (names && named_begins(text))
		return named_add(text, names, store, err);
	size_t n = plain_length(text, names);
	if (bytes_add(store, slice_cut(text, 0, n)))
		return n;
	error_at(err, 0, 0, "too long: this does not fit below the limit");
	return 0;
}

/* Returns the length of the pattern /.../ at the front of `text`, which may hold blanks; 0: there
 * is none. */
static size_t pattern_length(struct slice text)
{
	size_t i = 1;
	if (text.at[0] != '/')
		return 0;
	while (i < text.len && text.at[i] != '/')
		i += text.at[i] == '\\' ? 2 : 1;
	bool ends = i < text.len && (i + 1 == text.len || is_blank(text.at[i + 1]));
	return ends && i > 1 ? i + 1 : 0;
}

/* Adds the word at the front of `text`.  Returns its length, 0 on error. */
static size_t add_argument(struct slice text, struct names *names, bool patterns,
	struct bytes *store, struct error *err)
{
	size_t i = patterns ? pattern_length(text) : 0;
	bytes_add(store, slice_cut(text, 0, i));
	while (i < text.len && !is_blank(text.at[i])) {
		size_t n = add_piece(slice_cut(text, i, text.len), names, store, err);
		if (!n)
			return order_place_behind(err, i);
		i += n;
	}
	return i;
}

static int split(struct slice rest, struct names *names, bool patterns, struct bytes *store,
	struct slice *args, int max, struct error *err)
{
	size_t starts[ARGS_MAX], ends[ARGS_MAX], n;
	int count = 0;
	bytes_clear(store);
	for (size_t i = 0; i < rest.len; i += n) {
		n = 1;
		if (is_blank(rest.at[i]))
			continue;
		if (count == max || count == ARGS_MAX) {
			error_at(err, i, rest.len - i,
				max ? "at most %d argument%s here" : "nothing may stand here", max,
				plural((uint64_t)max));
			return -1;
		}
		starts[count] = store->len;
		n = add_argument(slice_cut(rest, i, rest.len), names, patterns, store, err);
		if (!n) {
			err->column += i;
			return -1;
		}
		ends[count++] = store->len;
	}
	for (int i = 0; i < count; i++)
		args[i] = slice_cut(bytes_slice(store), starts[i], ends[i]);
	return count;
}

int args_split(struct slice rest, struct names *names, struct bytes *store, struct slice *args,
	int max, struct error *err)
{
	return split(rest, names, false, store, args, max, err);
}

int args_split_patterns(
	struct slice rest, struct bytes *store, struct slice *args, int max, struct error *err)
{
	return split(rest, NULL, true, store, args, max, err);
}
