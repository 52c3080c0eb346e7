/* value.c - values of fields: on the wire, as text, and as a person types them. */
#include "frame/frame_private.h"

#include "base/escape.h"
#include "base/number.h"
#include "base/text.h"

static enum field_form form_of(struct inttype type)
{
	switch (type.kind) {
	case INT_SIGNED:
		return FIELD_SIGNED;
	case INT_FLOAT:
		return type.size == 4 ? FIELD_SINGLE : FIELD_DOUBLE;
	case INT_TEXT:
		return FIELD_TEXT;
	case INT_BYTES:
		return FIELD_BYTES;
	default:
		return FIELD_UNSIGNED;
	}
}

static double double_of(uint64_t bits)
{
	double value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

static uint64_t bits_of(double value)
{
	uint64_t bits;
	memcpy(&bits, &value, sizeof bits);
	return bits;
}

void value_clear(struct inttype type, struct field_value *value)
{
	*value = (struct field_value){.set = true, .form = (uint8_t)form_of(type)};
	value->len = value->form == FIELD_BYTES ? type.size : 0;
}

/* ---- on the wire ---- */

/* Says whether the number of a value is not the one of its bytes. */
static bool converts(struct inttype type)
{
	return type.kind == INT_SIGNED || type.kind == INT_FLOAT;
}

static uint64_t widen(struct inttype type, uint64_t raw)
{
	unsigned unused = 64 - 8u * type.size; /* bits before the sign */
	uint32_t bits = (uint32_t)raw;
	float single;
	if (type.kind == INT_SIGNED)
		return (uint64_t)((int64_t)(raw << unused) >> unused);
	memcpy(&single, &bits, sizeof single);
	return type.size == 4 ? bits_of((double)single) : raw;
}

/* Cuts a value to the bytes of its type; false: they do not hold it. */
static bool narrow(struct inttype type, uint64_t value, uint64_t *raw)
{
	uint64_t mask = type.size < 8 ? (UINT64_C(1) << 8 * type.size) - 1 : UINT64_MAX;
	float single = (float)double_of(value);
	uint32_t bits;
	memcpy(&bits, &single, sizeof bits);
	*raw = type.kind == INT_SIGNED ? value & mask : type.size == 4 ? bits : value;
	return type.kind == INT_FLOAT || widen(type, *raw) == value;
}

bool value_put(struct inttype type, const struct field_value *v, uint8_t raw[INTTYPE_BYTES_MAX],
	size_t *size)
{
	const struct inttype plain = {INT_UNSIGNED, type.size, type.little};
	uint64_t number = v->number;
	if (inttype_is_number(type)) {
		if (converts(type) && !narrow(type, v->number, &number))
			return false;
		*size = inttype_put(converts(type) ? plain : type, number, raw);
		return *size > 0;
	}
	*size = type.size ? type.size : v->len; /* a field of bytes may have any number */
	memset(raw, type.kind == INT_TEXT ? ' ' : 0, *size);
	memcpy(raw, v->text, v->len < *size ? v->len : *size);
	return true;
}

void value_take(struct inttype type, struct slice raw, uint64_t number, struct field_value *value)
{
	value->set = true;
	value->form = (uint8_t)form_of(type);
	value->number = converts(type) ? widen(type, number) : number;
	value->len = 0;
	if (!field_is_text(value))
		return;
	while (type.kind == INT_TEXT && raw.len && raw.at[raw.len - 1] == ' ')
		raw.len--;
	value->len = (uint8_t)raw.len;
	slice_copy(value->text, raw);
}

/* ---- as text ---- */

double frame_field_number(const struct field_value *value)
{
	if (value->form == FIELD_SIGNED)
		return (double)(int64_t)value->number;
	if (value->form == FIELD_SINGLE || value->form == FIELD_DOUBLE)
		return double_of(value->number);
	return (double)value->number;
}

void frame_field_text(const struct field_value *value, struct bytes *out)
{
	char text[INTTYPE_TEXT_MAX];
	switch (value->form) {
	case FIELD_SIGNED:
		bytes_addf(out, "%lld", (long long)(int64_t)value->number);
		break;
	case FIELD_SINGLE:
	case FIELD_DOUBLE:
		inttype_float_text(double_of(value->number), value->form == FIELD_SINGLE, text);
		bytes_add_str(out, text);
		break;
	case FIELD_BYTES:
		text_add_hex(out, slice_of(value->text, value->len), false);
		break;
	case FIELD_TEXT:
		text_add(out, slice_of(value->text, value->len), TEXT_EDGES);
		break;
	default:
		bytes_addf(out, "%llu", (unsigned long long)value->number);
	}
}

void value_show(const struct field_value *value, struct bytes *out)
{
	if (value->form == FIELD_TEXT)
		bytes_addf(out, "'%s'", quote(slice_of(value->text, value->len)).text);
	else if (value->form == FIELD_BYTES && !value->len)
		bytes_add_str(out, "no bytes");
	else
		frame_field_text(value, out);
}

/* ---- as typed ---- */

/* Reads a byte list for a field of bytes. */
static bool read_bytes(struct inttype type, struct slice text, struct field_value *value)
{
	struct bytes bytes;
	struct error ignored;
	bytes_init(&bytes, LIMIT_LINE);
	bool good = (!text.len || escape_bytes(text, &bytes, &ignored)) &&
		    bytes.len <= FIELD_TEXT_MAX && (!type.size || bytes.len == type.size);
	if (good)
		value_take(type, bytes_slice(&bytes), 0, value);
	bytes_free(&bytes);
	return good;
}

/* Reads the text of a number as that of its bytes. */
static bool read_number(struct inttype type, struct slice text, uint64_t *number)
{
	const struct inttype plain = {INT_UNSIGNED, type.size, type.little};
	uint8_t raw[INTTYPE_BYTES_MAX];
	struct error ignored;
	if (!converts(type))
		return number_parse(text, "", 0, UINT64_MAX, number, &ignored) &&
		       inttype_put(type, *number, raw);
	size_t n = inttype_put_text(type, text, raw, &ignored);
	return n && inttype_get(plain, slice_of(raw, n), true, number) > 0;
}

bool value_read(struct inttype type, struct slice text, struct field_value *value)
{
	uint64_t number;
	if (type.kind == INT_BYTES)
		return read_bytes(type, text, value);
	if (type.kind == INT_TEXT) {
		if (text.len > type.size)
			return false;
		value_clear(type, value);
		value->len = (uint8_t)text.len;
		slice_copy(value->text, text);
		return true;
	}
	if (!read_number(type, text, &number))
		return false;
	value_clear(type, value);
	value_take(type, (struct slice){0}, number, value);
	return true;
}

bool frame_field_parse(const struct frame *frame, size_t index, struct slice text,
	struct field_value *values, struct error *err)
{
	struct inttype type = frame->field_types[index];
	const char *field = frame->fields[index];
	char name[16];
	uint64_t number;
	if (value_read(type, text, &values[index]))
		return true;
	if (type.kind == INT_TEXT)
		return error_set(err, STATUS_USAGE, "%s has at most %u bytes, not %zu", field,
			type.size, text.len);
	if (type.kind == INT_BYTES)
		return error_set(err, STATUS_USAGE, "%s is %s%u bytes in hex, not '%s'", field,
			type.size ? "" : "at most ", type.size ? type.size : FIELD_TEXT_MAX,
			quote(text).text);
	if (!converts(type) && !number_parse(text, field, 0, UINT64_MAX, &number, err))
		return false;
	return error_set(err, STATUS_USAGE, "%s is %s: %s does not fit", field,
		inttype_name(type, name), quote(text).text);
}

/* Says of which field an escape is wrong; only the caller knows where the text stands. */
static void unreadable(const char *field, struct slice text, struct error *err)
{
	struct error reason = *err;
	error_set(err, STATUS_USAGE, "%s cannot be '%s': %s", field, quote(text).text, reason.what);
	error_hint(err, "%s", reason.hint);
}

bool frame_field_typed(const struct frame *frame, size_t index, struct slice text,
	struct field_value *values, struct error *err)
{
	struct bytes decoded;
	bytes_init(&decoded, LIMIT_LINE);
	bool good = escape_decode(text, &decoded, err);
	if (good)
		good = frame_field_parse(frame, index, bytes_slice(&decoded), values, err);
	else
		unreadable(frame->fields[index], text, err);
	bytes_free(&decoded);
	return good;
}
