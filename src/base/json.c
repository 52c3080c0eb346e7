/* json.c - see json.h. */
#include "json.h"

#include "number.h"
#include "text.h"
#include <inttypes.h>

/* A comma is due unless the last byte opened something or nothing stands there yet. */
static void begin_value(struct bytes *out, const char *key)
{
	uint8_t last = out->len ? out->at[out->len - 1] : '\n';
	if (last != '{' && last != '[' && last != '\n')
		bytes_add_byte(out, ',');
	if (key)
		bytes_addf(out, "\"%s\":", key);
}

void json_open(struct bytes *out, const char *key, char bracket)
{
	begin_value(out, key);
	bytes_add_byte(out, (uint8_t)bracket);
}

void json_close(struct bytes *out, char bracket)
{
	bytes_add_byte(out, (uint8_t)bracket);
}

void json_null(struct bytes *out, const char *key)
{
	begin_value(out, key);
	bytes_add_str(out, "null");
}

void json_bool(struct bytes *out, const char *key, bool value)
{
	begin_value(out, key);
	bytes_add_str(out, value ? "true" : "false");
}

void json_uint(struct bytes *out, const char *key, uint64_t value)
{
	begin_value(out, key);
	bytes_addf(out, "%" PRIu64, value);
}

void json_ms(struct bytes *out, const char *key, int64_t ns)
{
	begin_value(out, key);
	bytes_addf(out, "%.3f", (double)ns / NS_PER_MS);
}

/* One UTF-8 character of a JSON string (RFC 8259, 7), beyond ASCII as UTF-16 escapes. */
static void add_char(struct bytes *out, uint32_t code)
{
	if (code == '"' || code == '\\') {
		bytes_add_byte(out, '\\');
		bytes_add_byte(out, (uint8_t)code);
	} else if (code >= 0x20 && code < 0x7F) {
		bytes_add_byte(out, (uint8_t)code);
	} else if (code < 0x10000) {
		bytes_addf(out, "\\u%04x", (unsigned)code);
	} else {
		code -= 0x10000;
		bytes_addf(out, "\\u%04x\\u%04x", 0xD800u + (unsigned)(code >> 10),
			0xDC00u + (unsigned)(code & 0x3FF));
	}
}

static bool is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

void json_text(struct bytes *out, const char *key, struct slice utf8)
{
	begin_value(out, key);
	bytes_add_byte(out, '"');
	while (utf8.len) {
		size_t n = 0;
		while (n < utf8.len && is_plain(utf8.at[n]))
			n++;
		bytes_add(out, slice_cut(utf8, 0, n));
		utf8 = slice_cut(utf8, n, utf8.len);
		uint32_t code;
		if ((n = text_decode(utf8, &code)) > 0)
			add_char(out, code == 0xFFFFFFFF ? 0xFFFD : code);
		utf8 = slice_cut(utf8, n, utf8.len);
	}
	bytes_add_byte(out, '"');
}

void json_canon(struct bytes *out, const char *key, struct slice raw)
{
	struct bytes spelled;
	bytes_init(&spelled, raw.len * 4 + 8);
	text_add(&spelled, raw, TEXT_EDGES);
	json_text(out, key, bytes_slice(&spelled));
	bytes_free(&spelled);
}

void json_hex(struct bytes *out, const char *key, struct slice raw)
{
	begin_value(out, key);
	bytes_add_byte(out, '"');
	text_add_hex(out, raw, false);
	bytes_add_byte(out, '"');
}
