/* told_hex.c - hex text with direction marks.
 *
 *     line     = blank | "#" comment | [blanks] [mark] {blanks} pairs [blanks] ["#" comment]
 *     mark     = ">" to the device | "<" from it; without one the line goes on with the last one
 *     pairs    = two hex digits a byte, with or without blanks between them
 */
#include "capture/told.h"

#include "base/text.h"

static struct slice without_comment(struct slice line)
{
	const uint8_t *hash = line.len ? memchr(line.at, '#', line.len) : NULL;
	return hash ? slice_cut(line, 0, (size_t)(hash - line.at)) : line;
}

static bool takes(struct told_reader *r, struct slice line, struct told *told, struct error *err)
{
	struct slice text = without_comment(line);
	size_t blanks = 0;
	while (blanks < text.len && is_blank(text.at[blanks]))
		blanks++;
	text = slice_cut(text, blanks, text.len);
	if (!text.len)
		return true;
	bool to = told_char(&text, '>'), from = !to && told_char(&text, '<');
	if (to || from)
		r->device = from;
	else if (!r->marked)
		return error_at(err, blanks, 1,
			"a line begins with > (to the device) or < (from it), not '%s'",
			quote(slice_cut(text, 0, 8)).text);
	r->marked = true;
	if (!told_hex_bytes(text, &r->bytes, err)) {
		err->column += (size_t)(text.at - line.at);
		return false;
	}
	*told = (struct told){
		.kind = TOLD_BYTES, .device = r->device, .bytes = bytes_slice(&r->bytes)};
	return true;
}

static bool begins(struct slice line)
{
	struct told_reader r;
	struct told told = {0};
	struct error ignored;
	told_begin(&r, &told_hex);
	bool good = takes(&r, line, &told, &ignored) && told.kind == TOLD_BYTES;
	told_end(&r);
	return good;
}

const struct told_kind told_hex = {"hex text with > and <", begins, takes, NULL};
