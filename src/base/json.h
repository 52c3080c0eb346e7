/* json.h - writes JSON objects, ASCII only, one a line (RFC 8259).
 *
 * Only the writing side: what it needs beyond printf is the escaping, which has to be ours
 * (base/text.h), and unsigned 64-bit field values, which jansson's signed integers cannot hold.
 */
#ifndef WILCO_JSON_H
#define WILCO_JSON_H

#include <wilco/bytes.h>

/* Values follow a key inside objects and stand alone inside arrays (key NULL). */
void json_open(struct bytes *out, const char *key, char bracket); /* '{' or '[' */
void json_close(struct bytes *out, char bracket);                 /* '}' or ']' */
void json_null(struct bytes *out, const char *key);
void json_bool(struct bytes *out, const char *key, bool value);
void json_uint(struct bytes *out, const char *key, uint64_t value);
void json_ms(struct bytes *out, const char *key, int64_t ns); /* milliseconds, 3 decimals */
void json_text(struct bytes *out, const char *key, struct slice utf8); /* a string as it is */
void json_canon(struct bytes *out, const char *key, struct slice raw); /* canonical spelling */
void json_hex(struct bytes *out, const char *key, struct slice raw);

#endif
