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

/* Returns the index-th CRC of the user's own. */
static const struct own_crc *own_crc(const struct frame_book *book, size_t index)
{
	for (; book && book->below && index >= book->crc_count; book = book->below)
		index -= book->crc_count;
	return book && index < book->crc_count ? &book->crcs[index] : NULL;
}

const struct crc_params *book_crc(const struct frame_book *book, struct slice name)
{
	for (const struct frame_book *b = book; b; b = b->below)
		for (size_t i = b->crc_count; i-- > 0;)
			if (slice_is(name, b->crcs[i].name))
				return &b->crcs[i].params;
	return crc_find(name);
}

const char *check_or_own_name(const void *book, size_t index)
{
	size_t n = 0;
	for (; check_builtin(n); n++)
		if (n == index)
			return check_builtin(n)->name;
	const struct own_crc *own = own_crc(book, index - n);
	return own ? own->name : NULL;
}

bool frame_crc(const struct frame_book *book, size_t index, struct frame_crc *crc)
{
	size_t count = 0;
	while (crc_catalog(count))
		count++;
	const struct crc_known *known = crc_catalog(index);
	const struct own_crc *own = known ? NULL : own_crc(book, index - count);
	bytes_clear(crc->others);
	bytes_clear(crc->line);
	if (!known && !own)
		return false;
	crc->name = known ? known->name : own->name;
	crc->users = known ? known->users : NULL;
	for (const char *n = known ? crc_next_name(known->name) : NULL; n; n = crc_next_name(n))
		bytes_addf(crc->others, "%s%s", crc->others->len ? " " : "", n);
	crc_line_add(known ? &known->params : &own->params, crc->line);
	return true;
}

static bool is_own_crc(const struct check *check)
{
	const struct crc_params *known = crc_find(slice_str(check->name));
	return !check->in_line && !(known && crc_same(known, &check->crc->params));
}

bool frame_definition(const struct frame *frame, size_t index, struct bytes *out)
{
	for (size_t i = 0; i < frame->check_count; i++)
		if (is_own_crc(frame->checks[i]) && !index--) {
			bytes_addf(out, "crc %s = ", frame->checks[i]->name);
			crc_line_add(&frame->checks[i]->crc->params, out);
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

/* ---- definitions ---- */

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
}

static bool define_crc(struct frame_book *book, struct slice name, struct slice line, size_t from,
	struct error *err)
{
	struct crc_params params;
	if (book->crc_count == OWN_MAX)
		return error_set(err, STATUS_USAGE, "at most %d CRCs of your own", OWN_MAX);
	if (!crc_line_parse(slice_cut(line, from, line.len), true, &params, err)) {
		err->column += from;
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
