/* Any text as an address: refused with a reason and a place in the text, or an address whose URL
 * parses back to the same, and whose words for people hold no control character. */
#include "fuzz/fuzz.h"
#include "fuzz/input.h"

#include <wilco/transport.h>

enum { LOCAL = 1, MORE = 2 };

static bool parse(unsigned flags, struct slice text, struct address *a, struct error *err)
{
	*err = (struct error){0};
	if (flags & LOCAL ? address_parse_local(text, 0, a, err) : address_parse(text, 0, a, err))
		return true;
	MUST(err->what[0] && (!err->placed || err->column <= text.len));
	return false;
}

static bool text_equal(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void check_same(const struct address *a, const struct address *b)
{
	MUST(a->kind == b->kind && a->port == b->port && strcmp(a->host, b->host) == 0);
	for (size_t i = 0; i < SETTING_COUNT; i++)
		MUST(a->settings.at[i].set == b->settings.at[i].set &&
			a->settings.at[i].value == b->settings.at[i].value);
	for (size_t i = 0; i < ADDRESS_TEXT_COUNT; i++)
		MUST(text_equal(a->text[i], b->text[i]));
}

static void check_url(const struct address *a, unsigned flags)
{
	struct address again;
	struct error err;
	struct bytes url, back;
	bytes_init(&url, 1 << 20);
	bytes_init(&back, 1 << 20);
	address_url(a, &url);
	if (!parse(flags, bytes_slice(&url), &again, &err)) {
		fprintf(stderr, "%s: %s\n", bytes_str(&url), err.what);
		MUST(!"the URL parses back");
	}
	check_same(a, &again);
	address_url(&again, &back);
	MUST(slice_equal(bytes_slice(&url), bytes_slice(&back)));
	address_free(&again);
	bytes_free(&url);
	bytes_free(&back);
}

static void check_words(
	const struct address *a, void (*add)(const struct address *, struct bytes *))
{
	struct bytes out;
	bytes_init(&out, 1 << 20);
	add(a, &out);
	MUST(out.len && !out.over);
	for (size_t i = 0; i < out.len; i++)
		MUST(out.at[i] >= 0x20 && out.at[i] != 0x7f);
	bytes_free(&out);
}

/* As in the device book: "key=value" words behind the address. */
static void set_more(struct address *a, struct slice pairs)
{
	struct slice word;
	while ((word = slice_word(&pairs)).len) {
		struct error err = {0};
		const uint8_t *equals = memchr(word.at, '=', word.len);
		size_t n = equals ? (size_t)(equals - word.at) : word.len;
		struct slice name = slice_cut(word, 0, n);
		bool had = address_has(a, name);
		bool good = address_set(a, name, slice_cut(word, n + 1, word.len), &err);
		MUST(good ? had : err.what[0]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct address a, copy;
	struct error err;
	struct slice in = slice_of(data, size), text;
	unsigned flags = input_byte(&in);
	if (size > 20000)
		return 0;
	text = flags & MORE ? input_run(&in) : in;
	if (!parse(flags, text, &a, &err))
		return 0;
	/* A device has more settings in its book; an address to listen at is in none. */
	if (flags & MORE && !(flags & LOCAL))
		set_more(&a, in);
	address_copy(&copy, &a);
	check_same(&a, &copy);
	address_free(&copy);
	check_url(&a, flags);
	check_words(&a, address_text);
	check_words(&a, address_place);
	MUST(address_byte_time(&a) >= 0);
	address_free(&a);
	return 0;
}
