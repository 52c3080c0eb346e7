/* json.h - writes JSON objects, ASCII only, one a line (RFC 8259).
 *
 * Any amount can be written to a stream (bytes.h); in a buffer with a cap the text is whole unless
 * the buffer is over.
 *
 * There is only the writing side.  Beyond printf it needs the escaping, which has to be ours
 * (base/text.h), and unsigned 64-bit field values, which jansson's signed integers cannot hold.
 */
#ifndef WILCO_JSON_H
#define WILCO_JSON_H

#include <wilco/bytes.h>

struct json {
	struct bytes *out;
	bool comma; /* a comma is due before the next value */
};

/* Inside an object a value follows a key; inside an array it stands alone (key NULL). */
void json_open(struct json *j, const char *key, char bracket); /* '{' or '[' */
void json_close(struct json *j, char bracket);                 /* '}' or ']' */
void json_none(struct json *j, const char *key);
void json_bool(struct json *j, const char *key, bool value);
void json_uint(struct json *j, const char *key, uint64_t value);
void json_number(struct json *j, const char *key, struct slice digits); /* as it is spelled */
void json_ms(struct json *j, const char *key, int64_t ns);          /* milliseconds, 3 decimals */
void json_text(struct json *j, const char *key, struct slice utf8); /* a string as it is */
void json_canon(struct json *j, const char *key, struct slice raw); /* canonical spelling */
void json_hex(struct json *j, const char *key, struct slice raw);

#endif
