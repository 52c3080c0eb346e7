/* named.c - see named.h. */
#include "named.h"

#include "inttype.h"
#include "text.h"
#include <wilco/limits.h>

struct named {
	struct slice name, type, standard; /* standard: the default */
	bool has_type, has_default;
};

static bool named_room(bool added, struct error *err)
{
	return added || error_at(err, 0, 0, "too long: these bytes do not fit below the limit");
}

static size_t prefix_length(struct slice name)
{
	return slice_starts(name, SLICE("env:")) ? 4 : slice_starts(name, SLICE("secret:")) ? 7 : 0;
}

/* Cuts what stands between the braces into its parts. */
static struct named named_cut(struct slice inner)
{
	struct named n = {.name = inner};
	const uint8_t *bar = inner.len ? memchr(inner.at, '|', inner.len) : NULL;
	if (bar && !slice_starts(inner, SLICE("md5:"))) {
		n.has_default = true;
		n.name = slice_cut(inner, 0, (size_t)(bar - inner.at));
		n.standard = slice_cut(inner, n.name.len + 1, inner.len);
	}
	struct slice rest = slice_cut(n.name, prefix_length(n.name), n.name.len);
	if (slice_starts(inner, SLICE("md5:"))) /* names stand behind it */
		rest.len = 0;
	const uint8_t *colon = rest.len ? memchr(rest.at, ':', rest.len) : NULL;
	if (colon) {
		n.has_type = true;
		n.type = slice_cut(n.name, (size_t)(colon - n.name.at) + 1, n.name.len);
		n.name = slice_cut(n.name, 0, (size_t)(colon - n.name.at));
	}
	return n;
}

/* Makes the decimal text of the number that the bytes are. */
static bool number_of(
	struct inttype type, struct slice value, char out[INTTYPE_TEXT_MAX], struct error *err)
{
	char name[16];
	int used = inttype_get_text(type, value, out);
	return (used > 0 && (size_t)used == value.len) ||
	       error_at(err, 0, 0, "the value '%s' is not the bytes of one %s", quote(value).text,
		       inttype_name(type, name));
}

/* Adds the text of the number that the value's bytes are; \{name:u8}. */
static enum name_is add_typed(
	struct names *names, const struct named *n, struct bytes *out, struct error *err)
{
	struct inttype type;
	struct bytes value;
	char text[INTTYPE_TEXT_MAX];
	if (!inttype_parse(n->type, &type) || !inttype_is_number(type)) {
		error_at(err, n->name.len + 1, n->type.len, "'%s' is not a number type",
			quote(n->type).text);
		error_hint(err, INTTYPE_NAMES);
		return NAME_FAILED;
	}
	bytes_init(&value, LIMIT_LINE);
	enum name_is is = names->get(names, n->name, n->has_default, &value, err);
	if (is == NAME_KNOWN && !(number_of(type, bytes_slice(&value), text, err) &&
					named_room(bytes_add_str(out, text), err)))
		is = NAME_FAILED;
	bytes_free(&value);
	return is;
}

static bool bad_name(size_t width, struct error *err)
{
	error_at(err, 0, width, "a value is \\{name}, \\{name:TYPE} or \\{name|default}");
	return error_hint(err, "a brace that is text follows no backslash, or is \\x7b");
}

size_t named_add(struct slice text, struct names *names, struct bytes *out, struct error *err)
{
	const uint8_t *end = memchr(text.at, '}', text.len);
	if (!end)
		return bad_name(2, err);
	size_t length = (size_t)(end - text.at) + 1;
	struct named n = named_cut(slice_cut(text, 2, length - 1));
	if (!n.name.len)
		return bad_name(length, err);
	enum name_is is = n.has_type ? add_typed(names, &n, out, err)
				     : names->get(names, n.name, n.has_default, out, err);
	if (is == NAME_UNKNOWN && n.has_default)
		return named_room(bytes_add(out, n.standard), err) ? length : 0;
	names->later |= is == NAME_LATER;
	if (is == NAME_KNOWN || is == NAME_LATER)
		return out->over ? named_room(false, err) : length;
	err->placed = true;
	err->column += 2;
	if (!err->width)
		err->width = n.name.len;
	return 0;
}

bool named_text(struct slice text, struct names *names, struct bytes *out, struct error *err)
{
	size_t i = 0;
	while (i < text.len) {
		struct slice rest = slice_cut(text, i, text.len);
		bool good = named_begins(rest);
		size_t n = good ? named_add(rest, names, out, err) : 1;
		if (!good)
			good = bytes_add_byte(out, rest.at[0]) ||
			       error_at(err, 0, 1, "too long: this does not fit below the limit");
		if (!n || !good) {
			err->column += i;
			return false;
		}
		i += n;
	}
	return true;
}
