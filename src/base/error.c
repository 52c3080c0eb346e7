/* error.c - see error.h. */
#include <wilco/error.h>
#include <wilco/limits.h>

#include "text.h"
#include <stdio.h>

bool error_set(struct error *e, enum status status, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	*e = (struct error){.status = status};
	text_format(e->what, sizeof e->what, format, args);
	va_end(args);
	return false;
}

bool error_at(struct error *e, size_t column, size_t width, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	*e = (struct error){
		.status = STATUS_USAGE, .placed = true, .column = column, .width = width};
	text_format(e->what, sizeof e->what, format, args);
	va_end(args);
	return false;
}

bool error_hint(struct error *e, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	text_format(e->hint, sizeof e->hint, format, args);
	va_end(args);
	return false;
}

/* The text is shown through a window of this many bytes around the place, so that a place far to
 * the right stays visible. */
enum { WINDOW_BEFORE = 40, WINDOW_AFTER = 36 };

static void show_place(const struct error *e, struct slice text, unsigned flags, struct bytes *out)
{
	size_t column = e->column < text.len ? e->column : text.len;
	size_t width = e->width ? e->width : 1;
	size_t from = column > WINDOW_BEFORE ? column - WINDOW_BEFORE : 0;
	size_t end = text.len - from > WINDOW_BEFORE + WINDOW_AFTER
			     ? from + WINDOW_BEFORE + WINDOW_AFTER
			     : text.len;
	if (column + width > end)
		width = end > column ? end - column : 1;
	bytes_add_str(out, from ? "\n  ..." : "\n  ");
	text_add(out, slice_cut(text, from, end), flags);
	bytes_add_str(out, end < text.len ? "...\n  " : "\n  ");
	struct bytes before, under;
	bytes_init(&before, LIMIT_MESSAGE);
	bytes_init(&under, LIMIT_MESSAGE);
	text_add(&before, slice_cut(text, from, column), flags);
	text_add(&under, slice_cut(text, column, column + width), flags);
	size_t lead = text_cells(bytes_slice(&before)) + (from ? 3 : 0);
	size_t cells = text_cells(bytes_slice(&under));
	bytes_addf(out, "%*s^", (int)lead, "");
	for (size_t i = 1; i < cells; i++)
		bytes_add_byte(out, '~');
	bytes_free(&before);
	bytes_free(&under);
}

void error_show(
	const struct error *e, const char *where, struct slice text, bool utf8, struct bytes *out)
{
	unsigned flags = TEXT_PLAIN | text_charset(utf8);
	if (where)
		text_add(out, slice_str(where), flags);
	if (where && e->placed && text.len) /* in a file; elsewhere the mark below shows it */
		bytes_addf(out, "%zu: ", e->column + 1);
	text_add(out, slice_str(e->what), flags);
	if (e->placed && text.len)
		show_place(e, text, flags, out);
	if (e->hint[0]) {
		bytes_add_str(out, "\n  ");
		text_add(out, slice_str(e->hint), flags);
	}
	bytes_add_byte(out, '\n');
}

void error_show_line(const struct error *e, const char *file, unsigned line, struct slice text,
	bool utf8, struct bytes *out)
{
	text_add(out, slice_str(file), TEXT_PLAIN | text_charset(utf8));
	bytes_addf(out, e->placed && text.len ? ":%u:" : ":%u: ", line);
	error_show(e, "", text, utf8, out);
}
