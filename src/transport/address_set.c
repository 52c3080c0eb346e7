/* address_set.c - the settings of an address, those that are text with what their values may be. */
#include "transport/address_private.h"

#include "base/escape.h"
#include "base/mem.h"
#include "base/text.h"
#include "transport/bind.h"
#include "transport/from.h"
#include <stdlib.h>

static const struct {
	const char *name;
	unsigned uses;
} texts[ADDRESS_TEXT_COUNT] = {
	[TEXT_CA] = {"ca", USE_TLS | USE_LOCAL},
	[TEXT_CERT] = {"cert", USE_TLS | USE_LOCAL},
	[TEXT_KEY] = {"key", USE_TLS | USE_LOCAL},
	[TEXT_SNI] = {"sni", USE_TLS},
	[TEXT_FROM] = {"from", USE_FROM | USE_LOCAL},
	[TEXT_BIND] = {"bind", USE_BIND},
	[TEXT_OPEN] = {"open", USE_ALL},
	[TEXT_LOGIN] = {"login", USE_ALL},
	[TEXT_VIA] = {"via", USE_VIA},
};

const char *address_text_name(size_t index, unsigned uses)
{
	if (index >= ADDRESS_TEXT_COUNT)
		return NULL;
	return texts[index].uses & (uses | USE_ALL) ? texts[index].name : "";
}

unsigned address_text_uses(size_t index)
{
	return texts[index].uses;
}

bool address_check_length(struct slice text, const char *what, struct error *err)
{
	return text.len <= LIMIT_ADDRESS ||
	       error_at(err, LIMIT_ADDRESS, 1, "%s has at most %d bytes, this one has %zu", what,
		       LIMIT_ADDRESS, text.len);
}

static int text_index(const struct address *a, struct slice name)
{
	for (size_t i = 0; i < ADDRESS_TEXT_COUNT; i++)
		if (texts[i].uses & (a->kind->uses | USE_ALL) && slice_is(name, texts[i].name))
			return (int)i;
	return -1;
}

bool address_has(const struct address *a, struct slice name)
{
	for (size_t i = 0; setting_name(i); i++)
		if (slice_is(name, setting_name(i)) && setting_applies(a->kind, i))
			return true;
	return text_index(a, name) >= 0;
}

static bool check_from(const struct address *a, struct slice value, struct error *err)
{
	struct from from;
	if (slice_starts(slice_str(a->host), SLICE("unix:")))
		return error_set(err, STATUS_USAGE,
			"from is for calls over TCP; for a path, the permissions of its folder say "
			"who may call");
	return from_parse(value, &from, err);
}

/* Checks the value of `open`.  A blank would end the word that an address is. */
static bool check_open(struct slice value, struct error *err)
{
	struct bytes bytes;
	if (memchr(value.at, ' ', value.len))
		return error_set(err, STATUS_USAGE,
			"open is a list of bytes without blanks, such as 1b41 or ESC,'A', not '%s'",
			quote(value).text);
	bytes_init(&bytes, LIMIT_ADDRESS);
	bool good = escape_bytes(value, &bytes, err);
	bytes_free(&bytes);
	return good;
}

/* The texts that are not names of files or commands. */
static bool check_text(const struct address *a, int index, struct slice value, struct error *err)
{
	struct bind bind;
	if (index == TEXT_FROM)
		return check_from(a, value, err);
	if (index == TEXT_OPEN)
		return check_open(value, err);
	return index != TEXT_BIND || bind_parse(value, &bind, err);
}

bool address_set(struct address *a, struct slice name, struct slice value, struct error *err)
{
	int index = text_index(a, name);
	if (index < 0)
		return setting_parse(a->kind, name, value, &a->settings, err);
	/* In an address an ampersand ends the value; only a text that takes the rest can hold
	 * one. */
	bool ends = index != TEXT_VIA && value.len && memchr(value.at, '&', value.len);
	if (!value.len || memchr(value.at, 0, value.len) || ends)
		return error_set(err, STATUS_USAGE, "%s needs a value without NUL%s, not '%s'",
			texts[index].name, index == TEXT_VIA ? "" : " or &", quote(value).text);
	if (!address_check_length(value, texts[index].name, err) ||
		!check_text(a, index, value, err))
		return false;
	free(a->text[index]);
	a->text[index] = mem_strn(value.at, value.len);
	return true;
}

static bool is_given(const struct address *a, struct slice name)
{
	int index = text_index(a, name);
	for (size_t i = 0; setting_name(i); i++)
		if (slice_is(name, setting_name(i)))
			return a->settings.at[i].set;
	return index >= 0 && a->text[index];
}

bool address_parse_settings(struct address_reading *r, struct slice list)
{
	while (list.len) {
		struct slice pair = list;
		const uint8_t *amp = memchr(list.at, '&', list.len);
		if (amp && !slice_starts(list, SLICE("via=")))
			pair.len = (size_t)(amp - list.at);
		const uint8_t *equals = pair.len ? memchr(pair.at, '=', pair.len) : NULL;
		size_t n = equals ? (size_t)(equals - pair.at) : 0;
		struct slice name = slice_cut(pair, 0, n);
		if (!equals)
			return error_at(r->err, address_column(r, pair), pair.len,
				"a setting is NAME=VALUE, not '%s'", quote(pair).text);
		if (is_given(r->a, name))
			return error_at(r->err, address_column(r, pair), n,
				"the setting %s is given twice", quote(name).text);
		if ((r->local && !setting_is_local(r->a->kind, name, r->err)) ||
			!address_set(r->a, name, slice_cut(pair, n + 1, pair.len), r->err)) {
			r->err->placed = true;
			r->err->column = address_column(r, pair);
			r->err->width = pair.len;
			return false;
		}
		list = slice_cut(list, pair.len + 1, list.len);
	}
	return true;
}
