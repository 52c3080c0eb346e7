/* expected.c - reads what a file says that a device answers; see expected.h. */
#include "macro/expected.h"

#include "base/escape.h"
#include "base/mem.h"
#include "base/named.h"
#include "base/table.h"
#include "base/text.h"

static bool expected_place_behind(struct error *err, size_t offset)
{
	err->column += offset;
	return false;
}

/* ---- marks ---- */

/* The marks with which a reply may begin; `text` is what stands for the reply behind it. */
static const struct mark {
	const char *name;
	enum expect_kind kind;
	bool text;
} marks[] = {{"(empty)", EXPECT_EMPTY, false}, {"(none)", EXPECT_NONE, false},
	{"(any)", EXPECT_ANY, false}, {"(unsolicited)", EXPECT_UNSOLICITED, true},
	{"(late)", EXPECT_LATE, true}, {"(damaged)", EXPECT_DAMAGED, true},
	{"(stray)", EXPECT_STRAY, true}, {"(lost)", EXPECT_LOST, false},
	{"(and)", EXPECT_AND, true}, {NULL}};
/* Stands in front of a reply, or behind its mark, as (with ...) does. */
static const char wire_mark[] = "(wire) ";

static const char *mark_name(const void *unused, size_t index)
{
	(void)unused;
	return marks[index].name;
}

static bool begins_as_mark(struct slice text)
{
	return text.len > 1 && text.at[0] == '(' && text.at[1] >= 'a' && text.at[1] <= 'z';
}

/* A group of a pattern looks like a mark, too. */
static bool unknown_mark(struct slice word, struct slice text, struct error *err)
{
	char list[200];
	if (slice_is(word, "(wire)"))
		return error_at(err, 0, word.len,
			"(wire) needs the bytes of a whole frame behind it, and no (with ...)");
	error_at(err, 0, word.len, "'%s' is no mark of a reply", quote(word).text);
	if (slice_ends(text, SLICE(" (re)")))
		return error_hint(
			err, "a pattern that begins with a group is written (?:...) (re)");
	return error_hint(err,
		"marks are %s, (wire), (with FIELD=VALUE); a reply that begins so is "
		"written \\x28",
		table_list(SLICE(""), mark_name, NULL, list, sizeof list));
}

/* A mark at the wrong place is told apart from no mark. */
static bool misplaced_mark(const struct mark *m, struct slice word, bool end, struct error *err)
{
	if (m->text && end)
		error_at(err, 0, word.len, "%s needs what came behind it", m->name);
	else if (m->kind == EXPECT_ANY)
		error_at(err, 0, word.len, "(any) stands alone, or behind a reply");
	else
		error_at(err, 0, word.len, "nothing can stand behind %s", m->name);
	return error_hint(err, "a reply that begins so is written \\x28");
}

/* Takes the mark off the front of the reply; *m is NULL where there is none. */
static bool take_mark(struct slice *text, const struct mark **m, struct error *err)
{
	*m = NULL;
	if (!begins_as_mark(*text))
		return true;
	const uint8_t *end = memchr(text->at, ' ', text->len);
	struct slice word = slice_cut(*text, 0, end ? (size_t)(end - text->at) : text->len);
	int found = table_exact(word, mark_name, NULL);
	if (found < 0)
		return unknown_mark(word, *text, err);
	*m = &marks[found];
	if ((*m)->text != (end != NULL))
		return misplaced_mark(*m, word, !end, err);
	*text = slice_cut(*text, word.len + 1, text->len);
	return true;
}

static bool take_wire(struct slice *text)
{
	bool wire = slice_starts(*text, slice_str(wire_mark));
	*text = slice_cut(*text, wire ? strlen(wire_mark) : 0, text->len);
	return wire;
}

/* ---- patterns ---- */

/* Adds a value to a pattern, in which it stands for itself. */
static bool add_quoted(struct slice value, struct bytes *source)
{
	for (size_t i = 0; i < value.len; i++) {
		uint8_t c = value.at[i];
		if (!(is_alnum(c) ? bytes_add_byte(source, c) : bytes_addf(source, "\\x%02x", c)))
			return false;
	}
	return true;
}

/* Adds the value of the name at the front of `text`.  One that comes later matches nothing, but in
 * such a way that what follows it can be compiled. */
static size_t add_named(
	struct slice text, struct names *names, struct bytes *source, struct error *err)
{
	struct bytes value;
	bool before = names->later;
	names->later = false;
	bytes_init(&value, LIMIT_LINE);
	size_t n = named_add(text, names, &value, err);
	bool good = names->later ? bytes_add_str(source, "(?:)")
				 : add_quoted(bytes_slice(&value), source);
	names->later |= before;
	bytes_free(&value);
	return n && !good ? error_at(err, 0, n, "this pattern is too long") : n;
}

/* Adds the pattern at the front of `text`, up to an unescaped `stop` (0: to the end).  Returns its
 * length, or -1. */
static long add_pattern(struct slice text, uint8_t stop, struct names *names, struct bytes *source,
	struct error *err)
{
	size_t i = 0;
	while (i < text.len && (!stop || text.at[i] != stop)) {
		struct slice rest = slice_cut(text, i, text.len);
		bool escape = rest.at[0] == '\\' && rest.len > 1;
		size_t n = escape ? 2 : 1;
		if (names && named_begins(rest))
			n = add_named(rest, names, source, err);
		else if (escape && stop && rest.at[1] == stop)
			bytes_add_byte(source, stop);
		else
			bytes_add(source, slice_cut(rest, 0, n));
		if (!n) {
			expected_place_behind(err, i);
			return -1;
		}
		i += n;
	}
	if (!source->over)
		return (long)i;
	error_at(err, 0, i, "a pattern has at most %d bytes", PATTERN_MAX);
	return -1;
}

size_t pattern_word(struct slice text, struct names *names, struct bytes *source, struct error *err)
{
	long n = add_pattern(slice_cut(text, 1, text.len), '/', names, source, err);
	if (n < 0)
		return expected_place_behind(err, 1);
	size_t length = (size_t)n + 2;
	if (length > text.len) {
		error_at(err, 0, text.len, "the pattern has no / at its end");
		return error_hint(err, "a slash inside of a pattern is written \\/");
	}
	if (!n)
		return error_at(err, 0, length, "the pattern between the slashes is empty");
	return length;
}

/* Compiles the pattern.  The same line is often read again, with the same pattern. */
static bool read_pattern(
	struct expected *e, struct slice text, const struct reading *r, struct error *err)
{
	struct bytes source;
	bytes_init(&source, PATTERN_MAX);
	bool good = add_pattern(text, 0, r->names, &source, err) >= 0;
	if (good && !(e->pattern && slice_equal(bytes_slice(&source), bytes_slice(&e->source)))) {
		pattern_free(e->pattern);
		e->pattern = pattern_new(bytes_slice(&source), PATTERN_BYTES | PATTERN_WHOLE, err);
		good = e->pattern != NULL;
		if (!good && !slice_equal(bytes_slice(&source), text)) {
			err->column = 0; /* it is a place in the source */
			err->width = text.len;
		}
		bytes_clear(&e->source);
		bytes_add(&e->source, bytes_slice(&source));
	}
	bytes_free(&source);
	return good;
}

/* ---- masks and globs ---- */

/* Returns the length of the quoted text at the front of `text`, or of what there is of it. */
static size_t quoted_length(struct slice text)
{
	size_t i = 1;
	while (i < text.len && text.at[i] != text.at[0])
		i += text.at[i] == '\\' ? 2 : 1;
	return i + 1;
}

/* Returns the length of the escape at the front of `text`, or of what there is of it.  *masked: it
 * is a byte list with ??. */
static size_t escape_length(struct slice text, bool *masked)
{
	uint8_t kind = text.len > 1 ? text.at[1] : 0;
	size_t i = 2;
	*masked = false;
	if (kind == '{')
		while (i < text.len && text.at[i] != '}')
			i++;
	else if (kind == '<')
		while (i < text.len && text.at[i] != '>') {
			bool quoted = text.at[i] == '\'' || text.at[i] == '"';
			*masked |= text.at[i] == '?';
			i += quoted ? quoted_length(slice_cut(text, i, text.len)) : 1;
		}
	else
		return i < text.len ? i : text.len;
	return i < text.len ? i + 1 : text.len;
}

/* Gives the bytes that were added since the last call their kind. */
static bool add_kinds(struct expected *e, uint8_t kind, struct error *err)
{
	size_t more = e->payload.len - e->kinds.len;
	uint8_t *at = bytes_space(&e->kinds, more);
	if (!at || e->payload.over)
		return error_at(err, 0, 0, "too long: this does not fit below the limit");
	memset(at, kind, more);
	e->kinds.len += more;
	return true;
}

/* Adds one byte that may be any, or any bytes. */
static bool add_wild(struct expected *e, uint8_t kind, struct error *err)
{
	if (!bytes_add_byte(&e->payload, kind == EXPECTED_SOME ? '*' : '?'))
		return error_at(err, 0, 0, "too long: this does not fit below the limit");
	return add_kinds(e, kind, err);
}

/* Adds the element of a masked list at the front of `list`.  Returns its length, 0 on error. */
static size_t add_masked_element(
	struct expected *e, struct slice list, struct names *names, struct error *err)
{
	if (list.at[0] == ' ' || list.at[0] == '\t' || list.at[0] == ',')
		return 1;
	if (slice_starts(list, SLICE("??")))
		return add_wild(e, EXPECTED_ONE, err) ? 2 : 0;
	if (list.at[0] == '?')
		return error_at(err, 0, 1, "a byte that may be any is written ??");
	size_t n = escape_element(list, names, &e->payload, err);
	return n && add_kinds(e, EXPECTED_BYTE, err) ? n : 0;
}

/* Adds \<...> with ?? in it. */
static bool add_masked(
	struct expected *e, struct slice escape, struct names *names, struct error *err)
{
	if (escape.at[escape.len - 1] != '>')
		return error_at(err, 0, 2, "\\< has no closing >");
	struct slice list = slice_cut(escape, 0, escape.len - 1);
	for (size_t i = 2, n; i < list.len; i += n) {
		n = add_masked_element(e, slice_cut(list, i, list.len), names, err);
		if (!n)
			return expected_place_behind(err, i);
	}
	return true;
}

/* Adds text in which nothing is wild. */
static bool add_text(
	struct expected *e, struct slice text, const struct reading *r, struct error *err)
{
	return escape_typed(text, r->charset, r->names, &e->payload, err) &&
	       add_kinds(e, EXPECTED_BYTE, err);
}

/* Returns the length of the piece at the front of `text`: text in which nothing is wild, *wild 0;
 * a masked list, '<'; or '*' and '?' of a glob. */
static size_t piece_length(struct slice text, bool glob, uint8_t *wild)
{
	size_t i = 0;
	*wild = 0;
	while (i < text.len) {
		bool masked = false, sign = glob && (text.at[i] == '*' || text.at[i] == '?');
		size_t n = text.at[i] == '\\' ? escape_length(slice_cut(text, i, text.len), &masked)
					      : 1;
		if ((sign || masked) && i)
			return i;
		if (sign || masked) {
			*wild = sign ? text.at[0] : '<';
			return n;
		}
		i += n;
	}
	return text.len;
}

static bool add_pieces(struct expected *e, struct slice text, bool glob, const struct reading *r,
	struct error *err)
{
	uint8_t wild;
	for (size_t i = 0, n; i < text.len; i += n) {
		struct slice rest = slice_cut(text, i, text.len);
		n = piece_length(rest, glob, &wild);
		struct slice piece = slice_cut(rest, 0, n);
		bool good = wild == '<'   ? add_masked(e, piece, r->names, err)
			    : wild == '*' ? add_wild(e, EXPECTED_SOME, err)
			    : wild == '?' ? add_wild(e, EXPECTED_ONE, err)
					  : add_text(e, piece, r, err);
		if (!good)
			return expected_place_behind(err, i);
	}
	return true;
}

/* ---- lines ---- */

void expected_init(struct expected *e)
{
	*e = (struct expected){0};
	bytes_init(&e->payload, LIMIT_EXCHANGE);
	bytes_init(&e->kinds, LIMIT_LINE);
	bytes_init(&e->source, PATTERN_MAX);
	bytes_init(&e->typed, LIMIT_LINE);
}

void expected_free(struct expected *e)
{
	bytes_free(&e->payload);
	bytes_free(&e->kinds);
	bytes_free(&e->source);
	bytes_free(&e->typed);
	pattern_free(e->pattern);
	e->pattern = NULL;
}

/* Takes the form's mark off the end of the text. */
static enum expected_form take_form(struct slice *text)
{
	static const struct {
		const char *name;
		enum expected_form form;
	} forms[] = {{" (re)", EXPECTED_RE}, {" (glob)", EXPECTED_GLOB}, {" (any)", EXPECTED_ANY}};
	if (!text->len || text->at[text->len - 1] != ')')
		return EXPECTED_EXACT;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		if (slice_ends(*text, slice_str(forms[i].name))) {
			text->len -= strlen(forms[i].name);
			return forms[i].form;
		}
	return EXPECTED_EXACT;
}

static bool is_maybe_masked(struct slice text)
{
	const uint8_t *at = text.len ? memchr(text.at, '?', text.len) : NULL;
	return at && memchr(text.at, '<', text.len);
}

/* Reads the text behind the marks. */
static bool read_body(
	struct expected *e, struct slice text, const struct reading *r, struct error *err)
{
	e->form = take_form(&text);
	if (e->form == EXPECTED_RE)
		return bytes_add(&e->payload, text) && read_pattern(e, text, r, err);
	bool exact = e->form == EXPECTED_EXACT && !is_maybe_masked(text);
	if (e->form == EXPECTED_ANY ||
		exact) /* what it may be is an example, which has to be read */
		return order_is_bytes(text, r->frame)
			       ? escape_list(text, r->names, &e->payload, err)
			       : escape_typed(text, r->charset, r->names, &e->payload, err);
	bytes_clear(&e->kinds);
	if (!add_pieces(e, text, e->form == EXPECTED_GLOB, r, err))
		return false;
	if (e->form == EXPECTED_EXACT && memchr(e->kinds.at, EXPECTED_ONE, e->kinds.len))
		e->form = EXPECTED_MASK;
	return true;
}

static bool take_with(
	struct expected *e, struct slice *text, const struct reading *r, struct error *err)
{
	if (e->has_fields || !slice_starts(*text, SLICE("(with ")))
		return true;
	if (!r->frame)
		return error_at(err, 0, 5, "the .frame whose fields these are must stand above");
	if (!reply_take_fields(text, r->frame, r->names, &e->with, &e->has_fields, err))
		return false;
	return e->has_fields ||
	       error_at(err, 0, 6, "(with FIELD=VALUE ...) has no closing bracket");
}

/* Refuses marks that cannot stand together: `front` is all of them. */
static bool check_marks(const struct expected *e, const struct mark *m, bool bare,
	struct slice front, struct error *err)
{
	bool framed = e->kind == EXPECT_EXACT || e->kind == EXPECT_EMPTY ||
		      e->kind == EXPECT_UNSOLICITED || e->kind == EXPECT_LATE;
	if (e->kind == EXPECT_AND)
		return error_at(err, 0, front.len, "(and) goes on with the reply line above it");
	if (e->has_fields && !framed)
		return error_at(err, 0, front.len,
			"%s has no fields: (with ...) is for a whole frame", m->name);
	if (e->wire && (!framed || bare || e->has_fields))
		return error_at(err, 0, front.len,
			"(wire) stands before all bytes of a whole frame, without other marks than "
			"(unsolicited) and (late)");
	return true;
}

/* Takes the marks off the front; *bare: nothing stands for the reply but they. */
static bool take_marks(struct expected *e, struct slice *text, const struct reading *r, bool *bare,
	struct error *err)
{
	struct slice all = *text;
	const struct mark *m = NULL;
	e->wire = take_wire(text);
	if (!e->wire && (!take_with(e, text, r, err) || !take_mark(text, &m, err)))
		return expected_place_behind(err, all.len - text->len);
	e->kind = m ? m->kind : EXPECT_EXACT;
	*bare = m && !m->text;
	size_t at = all.len - text->len;
	if (m && m->text && !(e->wire = take_wire(text)) && !take_with(e, text, r, err))
		return expected_place_behind(err, at);
	if (m && m->text && slice_is(*text, "(empty)"))
		*bare = true;
	if (!check_marks(e, m, *bare, slice_cut(all, 0, all.len - text->len), err))
		return false;
	return !(m || e->wire) || *bare || !begins_as_mark(*text) ||
	       error_at(err, all.len - text->len, text->len,
		       "one mark is enough: a reply that begins so is written \\x28");
}

static bool read_expected(
	struct expected *e, struct slice text, const struct reading *r, struct error *err)
{
	struct slice all = text;
	bool bare;
	names_begin(r->names);
	e->form = EXPECTED_EXACT;
	e->has_fields = e->later = e->secret = false;
	bytes_clear(&e->payload);
	if (!take_marks(e, &text, r, &bare, err))
		return false;
	if (!bare && !read_body(e, text, r, err))
		return expected_place_behind(err, all.len - text.len);
	if (r->names) {
		e->later = r->names->later;
		e->secret = r->names->secret;
	}
	if (e->secret) {
		bytes_clear(&e->typed);
		bytes_add(&e->typed, text);
	}
	return true;
}

bool expected_read(
	struct expected *e, struct slice text, const struct reading *r, struct error *err)
{
	enum names_secrets before = names_expect(r->names);
	bool good = read_expected(e, text, r, err);
	names_expected(r->names, before);
	return good;
}

bool expected_goes_on(struct slice text)
{
	const struct mark *m;
	struct error ignored;
	return take_mark(&text, &m, &ignored) && m && m->kind == EXPECT_AND;
}

bool expected_add(struct expected *e, struct slice text, const struct reading *r, struct error *err)
{
	struct slice all = text;
	const struct mark *m;
	bool exact = e->form == EXPECTED_EXACT && e->kind != EXPECT_NONE &&
		     e->kind != EXPECT_LOST && e->kind != EXPECT_ANY;
	if (!take_mark(&text, &m, err))
		return false;
	if (!exact)
		return error_at(err, 0, 5, "(and) goes on with the bytes of the reply above it");
	bool good = order_is_bytes(text, r->frame)
			    ? escape_list(text, r->names, &e->payload, err)
			    : escape_typed(text, r->charset, r->names, &e->payload, err);
	return good || expected_place_behind(err, all.len - text.len);
}

/* ---- replies of a simulated device ---- */

static bool refuse_patterns(struct slice text, struct error *err)
{
	struct slice left = text;
	bool pattern = take_form(&left) != EXPECTED_EXACT;
	if (!pattern && !slice_is(text, "(any)"))
		return true;
	size_t at = pattern ? left.len + 1 : 0;
	return error_at(err, at, text.len - at,
		"a device cannot answer with a pattern: write the bytes it sends");
}

bool reply_parse(struct slice text, const struct frame *frame, struct names *names,
	struct bytes *payload, enum expect_kind *kind, bool *wire, struct error *err)
{
	struct slice all = text;
	const struct mark *m = NULL;
	bytes_clear(payload);
	*wire = take_wire(&text);
	if (!refuse_patterns(text, err) || (!*wire && !take_mark(&text, &m, err)))
		return expected_place_behind(err, all.len - text.len);
	*kind = m ? m->kind : EXPECT_EXACT;
	*wire = *wire || (m && m->text && take_wire(&text));
	if (m && m->text && slice_is(text, "(empty)"))
		return true;
	bool good = order_is_bytes(text, frame)
			    ? escape_list(text, names, payload, err)
			    : escape_typed(text, CHARSET_UTF8, names, payload, err);
	return good || expected_place_behind(err, all.len - text.len);
}
