/* book.c - finds frames by name: those of the catalogue, then the user's own. */
#include "frame/catalog.h"
#include "frame/frame_private.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/table.h"
#include "base/text.h"
#include <stdlib.h>

enum { OWN_MAX = 1000 };

struct own {
	char *name, *notation;
};

struct own_crc {
	char *name;
	struct crc_params params;
};

/* A frame that was found lately.  A compiled frame does not change, and many sessions share one. */
struct recent {
	char *text;
	struct frame *frame;
};

enum { RECENT = 32 };

struct frame_book {
	const struct frame_book *below; /* has what is not here; NULL: none */
	struct own *own;
	size_t count;
	struct own_crc *crcs;
	size_t crc_count;
	struct recent *recent; /* an array of RECENT */
	size_t *next_recent;   /* the one to replace next */
};

struct frame_book *frame_book_new(void)
{
	struct frame_book *book = mem_new(sizeof *book);
	book->recent = mem_new(RECENT * sizeof *book->recent);
	book->next_recent = mem_new(sizeof *book->next_recent);
	return book;
}

struct frame_book *frame_book_over(const struct frame_book *below)
{
	struct frame_book *book = frame_book_new();
	book->below = below;
	return book;
}

static void recent_drop(struct recent *r)
{
	free(r->text);
	frame_unref(r->frame);
	*r = (struct recent){.text = NULL};
}

static struct frame *recent_find(const struct frame_book *book, struct slice text)
{
	for (size_t i = 0; i < RECENT; i++)
		if (book->recent[i].text && slice_is(text, book->recent[i].text))
			return frame_ref(book->recent[i].frame);
	return NULL;
}

static void recent_keep(const struct frame_book *book, struct slice text, struct frame *frame)
{
	struct recent *r = &book->recent[*book->next_recent];
	*book->next_recent = (*book->next_recent + 1) % RECENT;
	recent_drop(r);
	r->text = mem_strn(text.at, text.len);
	r->frame = frame_ref(frame);
}

/* Forgets the recent frames, because a text may mean something else now. */
static void recent_forget(struct frame_book *book)
{
	for (size_t i = 0; i < RECENT; i++)
		recent_drop(&book->recent[i]);
}

void frame_book_free(struct frame_book *book)
{
	recent_forget(book);
	free(book->recent);
	free(book->next_recent);
	for (size_t i = 0; i < book->count; i++) {
		free(book->own[i].name);
		free(book->own[i].notation);
	}
	for (size_t i = 0; i < book->crc_count; i++)
		free(book->crcs[i].name);
	free(book->own);
	free(book->crcs);
	free(book);
}

static size_t catalog_size(void)
{
	size_t n = 0;
	while (catalog_frame(n))
		n++;
	return n;
}

const char *frame_book_name(
	const struct frame_book *book, size_t index, const char **group, const char **what)
{
	const struct catalog_frame *known = catalog_frame(index);
	if (what)
		*what = known ? known->what : NULL;
	*group = known ? known->group : "your own";
	if (known)
		return known->name;
	index -= catalog_size();
	for (; book->below && index >= book->count; book = book->below)
		index -= book->count;
	return index < book->count ? book->own[index].name : NULL;
}

static const char *name_at(const void *book, size_t index)
{
	const char *group;
	return frame_book_name(book, index, &group, NULL);
}

const char *frame_book_notation(const struct frame_book *book, struct slice name)
{
	const struct catalog_frame *known;
	for (const struct frame_book *b = book; b; b = b->below)
		for (size_t i = b->count; i-- > 0;)
			if (slice_is(name, b->own[i].name))
				return b->own[i].notation;
	for (size_t i = 0; (known = catalog_frame(i)); i++)
		if (slice_is(name, known->name))
			return known->notation;
	return NULL;
}

bool frame_book_defines(struct slice rest)
{
	const uint8_t *equals = rest.len ? memchr(rest.at, '=', rest.len) : NULL;
	struct slice name = slice_trim(slice_cut(rest, 0, equals ? (size_t)(equals - rest.at) : 0));
	struct slice behind = name;
	if (slice_is(slice_word(&behind), "crc") && slice_trim(behind).len)
		name = slice_trim(behind);
	return slice_is_name(name);
}

static bool in_catalog(const struct frame *frame)
{
	const struct catalog_frame *known;
	for (size_t i = 0; (known = catalog_frame(i)); i++)
		if (strcmp(known->name, frame_name(frame)) == 0)
			return strcmp(known->notation, frame_notation(frame)) == 0;
	return false;
}

/* ---- CRCs ---- */

const struct crc_params *book_crc(const struct frame_book *book, struct slice name)
{
	const struct crc_params *params;
	for (const struct frame_book *b = book; b; b = b->below)
		for (size_t i = b->crc_count; i-- > 0;)
			if (slice_is(name, b->crcs[i].name))
				return &b->crcs[i].params;
	for (size_t i = 0; (params = crc_catalog(i)); i++)
		if (slice_is(name, params->name))
			return params;
	return NULL;
}

const char *check_or_crc_name(const void *arg, size_t index)
{
	const struct frame_book *book = arg;
	size_t n = 0;
	for (; check_builtin(n); n++)
		if (n == index)
			return check_builtin(n)->name;
	index -= n;
	for (n = 0; crc_catalog(n); n++)
		if (n == index)
			return crc_catalog(n)->name;
	index -= n;
	for (; book && book->below && index >= book->crc_count; book = book->below)
		index -= book->crc_count;
	return book && index < book->crc_count ? book->crcs[index].name : NULL;
}

static bool crc_in_catalog(const struct check *check)
{
	const struct crc_params *own = &check->crc->params, *known;
	for (size_t i = 0; (known = crc_catalog(i)); i++)
		if (strcmp(known->name, check->name) == 0)
			return own->width == known->width && own->poly == known->poly &&
			       own->init == known->init && own->refin == known->refin &&
			       own->refout == known->refout && own->xorout == known->xorout;
	return false;
}

static void add_crc(const struct check *check, struct bytes *out)
{
	const struct crc_params *p = &check->crc->params;
	bytes_addf(out,
		"crc %s = width=%u poly=0x%llx init=0x%llx refin=%s refout=%s xorout=0x%llx",
		check->name, p->width, (unsigned long long)p->poly, (unsigned long long)p->init,
		p->refin ? "true" : "false", p->refout ? "true" : "false",
		(unsigned long long)p->xorout);
}

bool frame_definition(const struct frame *frame, size_t index, struct bytes *out)
{
	for (size_t i = 0; i < frame->check_count; i++)
		if (!crc_in_catalog(frame->checks[i]) && !index--) {
			add_crc(frame->checks[i], out);
			return true;
		}
	if (index || strcmp(frame->name, frame->notation) == 0 || in_catalog(frame))
		return false;
	bytes_addf(out, "%s = %s", frame->name, frame->notation);
	return true;
}

static bool is_one_word(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == ' ' || text.at[i] == '\t')
			return false;
	return text.len > 0;
}

static struct frame *compile_named(
	const struct frame_book *book, struct slice name, const char *notation, struct error *err)
{
	struct frame *frame = frame_compile(book, slice_str(notation), err);
	if (!frame)
		return NULL;
	free(frame->name);
	frame->name = mem_strn(name.at, name.len);
	return frame;
}

struct frame *frame_find(const struct frame_book *book, struct slice text, struct error *err)
{
	text = slice_trim(text);
	struct frame *frame = recent_find(book, text);
	if (frame)
		return frame;
	const char *notation = frame_book_notation(book, text);
	frame = notation ? compile_named(book, text, notation, err)
			 : frame_compile(book, text, err);
	if (frame)
		recent_keep(book, text, frame);
	if (frame || notation)
		return frame;
	const char *near = is_one_word(text) ? table_near(text, name_at, book) : NULL;
	if (!frame && near) {
		error_at(err, 0, text.len, "no frame is called '%s'", quote(text).text);
		error_hint(err, "did you mean %s?", near);
	}
	return frame;
}

static void book_keep(struct frame_book *book, struct slice name, struct slice notation)
{
	recent_forget(book);
	size_t i = 0;
	while (i < book->count && !slice_is(name, book->own[i].name))
		i++;
	if (i == book->count) {
		book->own = mem_grow(book->own, ++book->count, sizeof *book->own);
		book->own[i] = (struct own){.name = mem_strn(name.at, name.len)};
	}
	free(book->own[i].notation);
	book->own[i].notation = mem_strn(notation.at, notation.len);
}

/* ---- "crc NAME = width=16 poly=0x8005 ...": a line of the RevEng catalogue ---- */

static bool read_flag(struct slice text, bool *flag)
{
	*flag = slice_is(text, "true");
	return *flag || slice_is(text, "false");
}

/* Reads one KEY=VALUE; `seen` has a bit for each key that was given. */
static bool read_parameter(
	struct slice word, struct crc_params *p, unsigned *seen, struct error *err)
{
	static const char *const keys[] = {
		"width", "poly", "init", "xorout", "check", "refin", "refout", "residue", "name"};
	uint64_t *const numbers[] = {NULL, &p->poly, &p->init, &p->xorout, &p->check};
	const uint8_t *equals = memchr(word.at, '=', word.len);
	size_t at = equals ? (size_t)(equals - word.at) : word.len;
	struct slice value = slice_cut(word, at + 1, word.len);
	size_t key = 0;
	uint64_t width;
	while (key < 9 && !slice_is(slice_cut(word, 0, at), keys[key]))
		key++;
	if (key == 9) {
		error_at(err, 0, at, "'%s' is no parameter of a CRC",
			quote(slice_cut(word, 0, at)).text);
		return error_hint(err, "width= poly= init= refin= refout= xorout= check=");
	}
	if (*seen >> key & 1)
		return error_at(err, 0, at, "%s is given twice", keys[key]);
	*seen |= 1u << key;
	if (key >= 7)
		return true;
	if (key == 5 || key == 6)
		return read_flag(value, key == 5 ? &p->refin : &p->refout) ||
		       error_at(err, at + 1, value.len, "%s is true or false", keys[key]);
	if (!number_parse(value, keys[key], key ? 0 : 1, key ? UINT64_MAX : 64,
		    key ? numbers[key] : &width, err))
		return error_at(err, at + 1, value.len, "%s is not a number for %s",
			quote(value).text, keys[key]);
	if (!key)
		p->width = (uint8_t)width;
	return true;
}

static uint64_t crc_of_digits(const struct crc_params *p)
{
	struct crc *crc = mem_new(sizeof *crc);
	crc_build(crc, p);
	uint64_t value = crc_end(crc, crc_add(crc, crc->start, SLICE("123456789")));
	free(crc);
	return value;
}

static bool check_parameters(const struct crc_params *p, unsigned seen, struct error *err)
{
	uint64_t most = p->width == 64 ? UINT64_MAX : (UINT64_C(1) << p->width) - 1;
	if ((seen & 0x6B) != 0x6B)
		return error_at(err, 0, 1,
			"a CRC needs width= poly= refin= refout= and xorout=, "
			"and may say init= and check=");
	if (p->poly > most || p->init > most || p->xorout > most)
		return error_at(err, 0, 1, "poly, init or xorout has more than %u bits", p->width);
	uint64_t value = crc_of_digits(p);
	if (seen >> 4 & 1 && value != p->check)
		return error_at(err, 0, 1,
			"these parameters give check=0x%llx for 123456789, the line says 0x%llx",
			(unsigned long long)value, (unsigned long long)p->check);
	return true;
}

static void keep_crc(struct frame_book *book, struct slice name, const struct crc_params *params)
{
	size_t i = 0;
	while (i < book->crc_count && !slice_is(name, book->crcs[i].name))
		i++;
	recent_forget(book);
	if (i == book->crc_count) {
		book->crcs = mem_grow(book->crcs, ++book->crc_count, sizeof *book->crcs);
		book->crcs[i].name = mem_strn(name.at, name.len);
	}
	book->crcs[i].params = *params;
	book->crcs[i].params.name = book->crcs[i].name;
}

static bool define_crc(struct frame_book *book, struct slice name, struct slice line, size_t from,
	struct error *err)
{
	struct crc_params params = {0};
	struct slice rest = slice_cut(line, from, line.len), word;
	unsigned seen = 0;
	if (book->crc_count == OWN_MAX)
		return error_set(err, STATUS_USAGE, "at most %d CRCs of your own", OWN_MAX);
	while ((word = slice_word(&rest)).len)
		if (!read_parameter(word, &params, &seen, err)) {
			err->column += (size_t)(word.at - line.at);
			return false;
		}
	if (!check_parameters(&params, seen, err)) {
		err->column = from;
		err->width = line.len - from;
		return false;
	}
	keep_crc(book, name, &params);
	return true;
}

bool frame_book_define(struct frame_book *book, struct slice line, struct error *err)
{
	const uint8_t *equals = line.len ? memchr(line.at, '=', line.len) : NULL;
	size_t at = equals ? (size_t)(equals - line.at) : line.len;
	struct slice name = slice_trim(slice_cut(line, 0, at));
	struct slice notation = slice_trim(slice_cut(line, at + 1, line.len));
	struct slice words = name, first = slice_word(&words);
	bool crc = slice_is(first, "crc") && slice_trim(words).len;
	if (crc)
		name = slice_trim(words);
	if (!equals || !is_one_word(name))
		return error_at(err, 0, at, "a frame is defined by NAME = NOTATION");
	if (!slice_is_name(name))
		return error_at(err, (size_t)(name.at - line.at), name.len,
			"'%s' cannot be a name: letters, digits, _ - and . make one",
			quote(name).text);
	if (crc)
		return define_crc(book, name, line, at + 1, err);
	if (!notation.len)
		return error_at(err, at, 1, "the notation of %s is missing", quote(name).text);
	if (book->count == OWN_MAX)
		return error_set(err, STATUS_USAGE, "at most %d frames of your own", OWN_MAX);
	struct frame *frame = frame_compile(book, notation, err);
	if (!frame) {
		err->column += (size_t)(notation.at - line.at);
		return false;
	}
	frame_unref(frame);
	book_keep(book, name, notation);
	return true;
}
