/* book.c - frames by name: the catalogue, then the user's own. */
#include "frame/frame_private.h"

#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"
#include <stdlib.h>

static const struct {
	const char *group, *name, *notation;
} catalog[] = {
	{"text lines", "esc-cr", "ESC payload CR eof -> trim(payload) (NUL | eof)"},
	{"text lines", "esc-cr-nul", "ESC payload CR -> trim(payload) NUL"},
	{"text lines", "line", "payload LF -> payload (CR LF | LF)"},
	{"text lines", "line-cr", "payload CR -> payload (CR | CR LF)"},
	{"text lines", "line-crlf", "payload CR LF"},
	{"text lines", "extron-w", "payload CR -> payload CR LF"},
	{"text lines", "scpi",
		"payload LF -> '#0' payload LF | '#' len(n):dec1 n:len(payload):dec payload LF | "
		"payload "
		"(CR LF | LF)"},
	{"text lines", "elm327", "payload CR -> trim(payload) '>'"},
	{"text lines", "christie", "'(' payload ')'"},
	{"text lines", "pjlink", "'%1' payload CR -> '%1' payload CR | 'PJLINK ' payload CR"},
	{"text lines", "slcan", "payload CR -> payload (CR | BEL)"},
	{"text lines", "openocd-tcl", "payload SUB"},
	{"text lines", "jsonrpc-nul", "payload NUL"},
	{"text lines", "ndjson", "payload (LF | CR LF)"},
	{"text lines", "mllp", "0B payload 1C 0D"},
	{"without an end", "raw", "payload gap(50ms)"},
	{"without an end", "raw-eof", "payload eof"},
	{"length fields", "lp8", "len:u8 payload"},
	{"length fields", "lp16be", "len:u16be payload"},
	{"length fields", "lp16le", "len:u16le payload"},
	{"length fields", "lp32be", "len:u32be payload"},
	{"length fields", "lp32le", "len:u32le payload"},
	{"length fields", "protobuf", "len:varint payload"},
	{"length fields", "netstring", "len(payload):dec ':' payload ','"},
	{"length fields", "syslog-oct", "len(payload):dec SP payload"},
	{"length fields", "lsp", "'Content-Length: ' len(payload):dec CR LF CR LF payload"},
};

enum { CATALOG = sizeof catalog / sizeof catalog[0], OWN_MAX = 1000 };

struct own {
	char *name, *notation;
};

struct frame_book {
	struct own *own;
	size_t count;
};

struct frame_book *frame_book_new(void)
{
	return mem_new(sizeof(struct frame_book));
}

void frame_book_free(struct frame_book *book)
{
	for (size_t i = 0; i < book->count; i++) {
		free(book->own[i].name);
		free(book->own[i].notation);
	}
	free(book->own);
	free(book);
}

const char *frame_book_name(const struct frame_book *book, size_t index, const char **group)
{
	if (index < CATALOG) {
		*group = catalog[index].group;
		return catalog[index].name;
	}
	*group = "your own";
	return index - CATALOG < book->count ? book->own[index - CATALOG].name : NULL;
}

static const char *name_at(const void *book, size_t index)
{
	const char *group;
	return frame_book_name(book, index, &group);
}

const char *frame_book_notation(const struct frame_book *book, struct slice name)
{
	for (size_t i = book->count; i-- > 0;)
		if (slice_is(name, book->own[i].name))
			return book->own[i].notation;
	for (size_t i = 0; i < CATALOG; i++)
		if (slice_is(name, catalog[i].name))
			return catalog[i].notation;
	return NULL;
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
	const char *notation = frame_book_notation(book, text);
	if (notation)
		return compile_named(book, text, notation, err);
	struct frame *frame = frame_compile(book, text, err);
	const char *near = is_one_word(text) ? table_near(text, name_at, book) : NULL;
	if (!frame && near) {
		error_at(err, 0, text.len, "no frame is called '%s'", quote(text).text);
		error_hint(err, "did you mean %s?", near);
	}
	return frame;
}

static void keep(struct frame_book *book, struct slice name, struct slice notation)
{
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

bool frame_book_define(struct frame_book *book, struct slice line, struct error *err)
{
	const uint8_t *equals = line.len ? memchr(line.at, '=', line.len) : NULL;
	size_t at = equals ? (size_t)(equals - line.at) : line.len;
	struct slice name = slice_trim(slice_cut(line, 0, at));
	struct slice notation = slice_trim(slice_cut(line, at + 1, line.len));
	if (!equals || !is_one_word(name))
		return error_at(err, 0, at, "a frame is defined by NAME = NOTATION");
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
	keep(book, name, notation);
	return true;
}
