/* devices.c - see devices.h. */
#include "cmd/devices.h"

#include "base/escape.h"
#include "base/mem.h"
#include "base/text.h"
#include <search.h>
#include <stdlib.h>
#include <wilco/macro.h>

enum { DEVICE_ARGS_MAX = 64 };

void device_free(struct device *device)
{
	if (!device)
		return;
	address_free(&device->address);
	free(device->name);
	free(device->frame);
	free(device->fields);
	free(device);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct device *)a)->name, ((const struct device *)b)->name);
}

static void keep_device(void *device)
{
	(void)device;
}

void devices_free(struct devices *d)
{
	tdestroy(d->names, keep_device);
	for (size_t i = 0; i < d->count; i++)
		device_free(d->at[i]);
	free(d->at);
	*d = (struct devices){0};
}

const struct device *devices_find(const struct devices *d, struct slice name)
{
	char text[DEVICE_NAME_MAX + 1] = "";
	if (!name.len || name.len > DEVICE_NAME_MAX || memchr(name.at, 0, name.len))
		return NULL;
	slice_copy(text, name);
	struct device key = {.name = text}, **found = NULL;
	for (; d && !found; d = d->below)
		found = tfind(&key, &d->names, by_name);
	return found ? *found : NULL;
}

const char *device_name_at(const void *devices, size_t index)
{
	const struct devices *d = devices;
	for (; d->below && index >= d->count; d = d->below)
		index -= d->count;
	return index < d->count ? d->at[index]->name : NULL;
}

/* ---- one line ---- */

/* Says whether a name is a sub-command, which can be the first word of a command line, too. */
static bool is_reserved(struct slice name)
{
	static const char words[][12] = {"send", "play", "fleet", "check", "simulate", "tap",
		"import", "view", "frame", "fmt", "dump", "ports", "demo", "help", "all", "off",
		"next"};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (slice_is(name, words[i]))
			return true;
	return false;
}

bool device_name_check(struct slice name, struct error *err)
{
	if (!name.len || name.len > DEVICE_NAME_MAX)
		return error_set(err, STATUS_USAGE,
			"a device needs a name of at most %d characters: .device pump1 10.0.0.5",
			DEVICE_NAME_MAX);
	if (!slice_is_name(name))
		return error_set(err, STATUS_USAGE,
			"a device's name is letters, digits, '_', '.' and '-', not '%s'",
			quote(name).text);
	return !is_reserved(name) ||
	       error_set(err, STATUS_USAGE, "%s is a word of wilco's own and cannot name a device",
		       quote(name).text);
}

static void add_field(struct device *device, struct slice pair)
{
	device->fields = mem_grow(device->fields, device->fields_len + pair.len + 1, 1);
	slice_copy(device->fields + device->fields_len, pair);
	device->fields[device->fields_len + pair.len] = 0;
	device->fields_len += pair.len + 1;
}

/* Takes key=value; a key that is neither frame nor setting is left for the frame to check. */
static bool take_pair(struct device *device, struct slice pair, struct error *err)
{
	const uint8_t *equals = pair.len ? memchr(pair.at, '=', pair.len) : NULL;
	size_t n = equals ? (size_t)(equals - pair.at) : 0;
	struct slice key = slice_cut(pair, 0, n), value = slice_cut(pair, n + 1, pair.len);
	if (!n)
		return error_set(
			err, STATUS_USAGE, "expected key=value, not '%s'", quote(pair).text);
	if (slice_is(key, "frame")) {
		free(device->frame);
		device->frame = mem_strn(value.at, value.len);
		return true;
	}
	if (address_has(&device->address, key) || slice_is(key, SETTING_TRANSCRIPT))
		return address_set(&device->address, key, value, err);
	add_field(device, pair);
	return true;
}

/* Takes the address and the pairs. */
static bool parse(struct device *device, const struct slice *args, int count, struct error *err)
{
	if (!count)
		return error_set(err, STATUS_USAGE, "behind the device's name stands its address");
	if (!address_parse(args[0], 0, &device->address, err)) {
		err->placed = false; /* the error's place is in the address, not in the line */
		return false;
	}
	for (int i = 1; i < count; i++)
		if (!take_pair(device, args[i], err))
			return false;
	return true;
}

static struct device *make_device(
	struct slice name, const struct slice *args, int count, struct error *err)
{
	struct device *device = mem_new(sizeof *device);
	device->name = mem_strn(name.at, name.len);
	if (parse(device, args, count, err))
		return device;
	device_free(device);
	return NULL;
}

static void devices_append(struct devices *d, struct device *device)
{
	d->at = mem_more(d->at, d->count, &d->room, sizeof *d->at);
	device->index = d->count;
	d->at[d->count++] = device;
}

/* A book of many thousands is read at every start: no line may cost a walk through all others. */
static bool devices_put(struct devices *d, struct device *device, struct error *err)
{
	struct device **found = tfind(device, &d->names, by_name);
	if (found) { /* it replaces the device of the same name */
		device->index = (*found)->index;
		device_free(*found);
		*found = d->at[device->index] = device;
		return true;
	}
	if (d->count == DEVICES_MAX)
		return error_set(
			err, STATUS_USAGE, "the device book has at most %d devices", DEVICES_MAX);
	if (!tsearch(device, &d->names, by_name))
		return error_set(err, STATUS_OUTPUT, "no memory for the device book");
	devices_append(d, device);
	return true;
}

struct device *device_read(struct slice name, struct slice rest, struct error *err)
{
	struct slice args[DEVICE_ARGS_MAX];
	struct bytes store;
	bytes_init(&store, LIMIT_LINE);
	int count = args_split(rest, NULL, &store, args, DEVICE_ARGS_MAX, err);
	struct device *device = count < 0 ? NULL : make_device(name, args, count, err);
	bytes_free(&store);
	return device;
}

/* Reads a line of the book. */
static struct device *read_line(struct slice line, struct error *err)
{
	struct slice args[DEVICE_ARGS_MAX];
	struct bytes store;
	bool good = false;
	bytes_init(&store, LIMIT_LINE);
	int count = args_split(line, NULL, &store, args, DEVICE_ARGS_MAX, err);
	if (count >= 2)
		good = device_name_check(args[0], err);
	else if (count >= 0)
		error_set(err, STATUS_USAGE,
			"a device needs a name and an address: .device pump1 10.0.0.5 timeout=2s");
	struct device *device = good ? make_device(args[0], args + 1, count - 1, err) : NULL;
	bytes_free(&store);
	return device;
}

const struct device *devices_define(struct devices *d, struct slice rest, struct error *err)
{
	struct device *device = read_line(rest, err);
	if (device && devices_put(d, device, err))
		return device;
	device_free(device);
	return NULL;
}

void device_add_line(const struct device *device, struct bytes *out, unsigned flags)
{
	struct bytes word;
	bytes_init(&word, LIMIT_LINE);
	address_url(&device->address, &word);
	bytes_addf(out, ".device %s ", device->name);
	escape_add_word(out, bytes_slice(&word), flags);
	if (device->frame) {
		bytes_add_str(out, " frame=");
		escape_add_word(out, slice_str(device->frame), flags);
	}
	for (size_t at = 0; at < device->fields_len; at += strlen(device->fields + at) + 1) {
		bytes_add_byte(out, ' ');
		escape_add_word(out, slice_str(device->fields + at), flags);
	}
	bytes_free(&word);
}

bool device_fields(const struct device *device, const struct frame *frame,
	struct field_value *values, struct error *err)
{
	for (size_t at = 0; at < device->fields_len;) {
		struct slice pair = slice_str(device->fields + at);
		size_t n = (size_t)((const uint8_t *)memchr(pair.at, '=', pair.len) - pair.at);
		struct slice key = slice_cut(pair, 0, n);
		int field = frame_field_index(frame, key);
		if (field < 0)
			return error_set(err, STATUS_USAGE,
				"device %s: '%s' is no setting of its line and no field of the "
				"frame %s",
				quote(slice_str(device->name)).text, quote(key).text,
				frame_name(frame));
		if (!frame_field_typed(
			    frame, (size_t)field, slice_cut(pair, n + 1, pair.len), values, err))
			return false;
		at += pair.len + 1;
	}
	return true;
}
