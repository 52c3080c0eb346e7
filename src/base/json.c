/* json.c - see json.h. */
#include "json.h"

#include "number.h"
#include "text.h"
#include <inttypes.h>

enum { SPELLED_HELD = 4096 };

static void begin_value(struct json *j, const char *key)
{
	if (j->comma)
		bytes_add_byte(j->out, ',');
	if (key) {
		bytes_add_byte(j->out, '"');
		bytes_add_str(j->out, key);
		bytes_add_str(j->out, "\":");
	}
	j->comma = true;
}

void json_open(struct json *j, const char *key, char bracket)
{
	begin_value(j, key);
	bytes_add_byte(j->out, (uint8_t)bracket);
	j->comma = false;
}

void json_close(struct json *j, char bracket)
{
	bytes_add_byte(j->out, (uint8_t)bracket);
	j->comma = true;
}

void json_none(struct json *j, const char *key)
{
	begin_value(j, key);
	bytes_add_str(j->out, "null");
}

void json_bool(struct json *j, const char *key, bool value)
{
	begin_value(j, key);
	bytes_add_str(j->out, value ? "true" : "false");
}

void json_uint(struct json *j, const char *key, uint64_t value)
{
	begin_value(j, key);
	bytes_addf(j->out, "%" PRIu64, value);
}

void json_number(struct json *j, const char *key, struct slice digits)
{
	begin_value(j, key);
	bytes_add(j->out, digits);
}

void json_ms(struct json *j, const char *key, int64_t ns)
{
	begin_value(j, key);
	bytes_addf(j->out, "%.3f", (double)ns / NS_PER_MS);
}

/* Adds one UTF-8 character of a JSON string (RFC 8259, 7).  Beyond ASCII it becomes UTF-16
 * escapes. */
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

static void add_chars(struct bytes *out, struct slice utf8)
{
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
}

void json_text(struct json *j, const char *key, struct slice utf8)
{
	begin_value(j, key);
	bytes_add_byte(j->out, '"');
	add_chars(j->out, utf8);
	bytes_add_byte(j->out, '"');
}

/* Takes a part of a text.  It never ends inside a character, because text_add() adds whole ones. */
static void take_spelled(void *arg, struct slice part)
{
	add_chars(arg, part);
}

void json_canon(struct json *j, const char *key, struct slice raw)
{
	const struct bytes_drain drain = {take_spelled, j->out};
	struct bytes spelled;
	begin_value(j, key);
	bytes_add_byte(j->out, '"');
	bytes_stream(&spelled, SPELLED_HELD, &drain);
	text_add(&spelled, raw, TEXT_EDGES);
	bytes_pass(&spelled);
	bytes_free(&spelled);
	bytes_add_byte(j->out, '"');
}

void json_hex(struct json *j, const char *key, struct slice raw)
{
	begin_value(j, key);
	bytes_add_byte(j->out, '"');
	text_add_hex(j->out, raw, false);
	bytes_add_byte(j->out, '"');
}
