/* paste.c - see paste.h. */
#include "paste.h"

#include "text.h"
#include <stdio.h>

bool paste_plain(uint8_t byte)
{
	return is_alnum(byte) || (byte && strchr("%+,-./:=@_", byte));
}

/* Says whether a shell takes the word as it is.  zsh takes the rest of =word for a command, and
 * some shells take %word for a job. */
static bool all_plain(struct slice word)
{
	if (!word.len || word.at[0] == '=' || word.at[0] == '%')
		return false;
	for (size_t i = 0; i < word.len; i++)
		if (!paste_plain(word.at[i]))
			return false;
	return true;
}

/* Says whether the character at the front may be shown as itself. */
static bool paste_shows(struct slice in, unsigned flags, size_t *len)
{
	uint32_t code;
	*len = text_decode(in, &code);
	return text_width(code) > 0 && (code < 0x80 || !(flags & TEXT_ASCII));
}

static bool all_show(struct slice in, unsigned flags)
{
	for (size_t len; in.len; in = slice_cut(in, len, in.len))
		if (!paste_shows(in, flags, &len))
			return false;
	return true;
}

/* Says whether single quotes do not protect the byte everywhere: fish reads a backslash in them,
 * csh a '!'. */
static bool leaves_quotes(uint8_t byte)
{
	return byte == '\'' || byte == '\\' || byte == '!';
}

/* Adds the word in single quotes, and such bytes between them: 'it'\''s'. */
static void add_quoted(struct bytes *out, struct slice word)
{
	bool inside = false;
	if (!word.len)
		bytes_add_str(out, "''");
	for (size_t i = 0; i < word.len; i++) {
		bool leaves = leaves_quotes(word.at[i]);
		if (leaves == inside)
			bytes_add_byte(out, '\'');
		inside = !leaves;
		if (leaves)
			bytes_add_byte(out, '\\');
		bytes_add_byte(out, word.at[i]);
	}
	if (inside)
		bytes_add_byte(out, '\'');
}

/* Adds the word as $'a\015': all shells that know this form read three octal digits alike.  It
 * holds no quote and no backslash of the word, so a shell that does not know it still finds its
 * end. */
static void add_escaped(struct bytes *out, struct slice word, unsigned flags)
{
	bytes_add_str(out, "$'");
	for (size_t len; word.len; word = slice_cut(word, len, word.len)) {
		if (paste_shows(word, flags, &len) && !leaves_quotes(word.at[0]))
			bytes_add(out, slice_cut(word, 0, len));
		else
			for (size_t i = 0; i < len; i++)
				bytes_addf(out, "\\%03o", word.at[i]);
	}
	bytes_add_byte(out, '\'');
}

bool paste_add(struct bytes *out, struct slice word, unsigned flags)
{
	const uint8_t *nul = word.len ? memchr(word.at, 0, word.len) : NULL;
	if (nul)
		word.len = (size_t)(nul - word.at);
	if (all_plain(word))
		bytes_add(out, word);
	else if (all_show(word, flags))
		add_quoted(out, word);
	else
		add_escaped(out, word, flags);
	return !out->over;
}

struct pasted paste(struct slice word)
{
	struct pasted p;
	struct bytes out;
	bytes_init(&out, PASTED_MAX - 1);
	bool whole = paste_add(&out, word, TEXT_ASCII);
	snprintf(p.text, sizeof p.text, "%s", whole ? bytes_str(&out) : "...");
	bytes_free(&out);
	return p;
}
