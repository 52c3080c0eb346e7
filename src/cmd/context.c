/* context.c - see context.h. */
#include "cmd/context.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/paths.h"
#include "base/table.h"
#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <wilco/macro.h>
#include <wilco/session.h>

static void replace(char **text, struct slice value)
{
	free(*text);
	*text = value.len ? mem_strn(value.at, value.len) : NULL;
}

static bool set_view(struct context *c, struct slice value, struct error *err)
{
	int view = table_prefix(value, view_name, NULL);
	if (view < 0)
		return error_set(err, STATUS_USAGE,
			"the view is text, hex, dump or anatomy, not '%s'", quote(value).text);
	c->view = (enum view)view;
	return true;
}

bool context_set(struct context *c, struct slice name, struct slice value, struct error *err)
{
	if (slice_is(name, "view"))
		return set_view(c, value, err);
	if (slice_is(name, "device")) {
		replace(&c->device, value);
		return true;
	}
	return setting_parse(NULL, name, value, &c->settings, err);
}

/* "NAME=VALUE" of `.set`. */
static bool config_set(struct context *c, struct slice rest, struct error *err)
{
	const uint8_t *equals = rest.len ? memchr(rest.at, '=', rest.len) : NULL;
	if (!equals)
		return error_at(err, 0, rest.len, ".set needs NAME=VALUE, such as .set timeout=2s");
	size_t at = (size_t)(equals - rest.at);
	return context_set(c, slice_trim(slice_cut(rest, 0, at)),
		slice_trim(slice_cut(rest, at + 1, rest.len)), err);
}

bool context_defines_frame(struct slice rest)
{
	const uint8_t *equals = rest.len ? memchr(rest.at, '=', rest.len) : NULL;
	struct slice name = slice_trim(slice_cut(rest, 0, equals ? (size_t)(equals - rest.at) : 0));
	struct slice behind = name;
	if (slice_is(slice_word(&behind), "crc") && slice_trim(behind).len)
		name = slice_trim(behind);
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.at[i];
		bool alnum = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
		if (!alnum && (i == 0 || (c != '_' && c != '.' && c != '-')))
			return false;
	}
	return name.len > 0;
}

bool context_define_frame(
	struct context *c, struct slice rest, struct bytes *warnings, struct error *err)
{
	if (!frame_book_define(c->book, rest, err))
		return false;
	const uint8_t *equals = memchr(rest.at, '=', rest.len);
	struct slice name = slice_trim(slice_cut(rest, 0, (size_t)(equals - rest.at)));
	struct frame *frame = frame_find(c->book, name, err); /* a CRC is no frame */
	for (size_t i = 0; frame; i++) {
		size_t before = warnings->len;
		bytes_addf(warnings, "frame %s: ", frame_name(frame));
		if (!frame_warning(frame, i, warnings)) {
			warnings->len = before;
			break;
		}
		bytes_add_byte(warnings, '\n');
	}
	frame_unref(frame);
	return true;
}

static bool config_frame(struct context *c, struct slice rest, struct error *err)
{
	if (context_defines_frame(rest))
		return context_define_frame(c, rest, &c->warnings, err);
	struct frame *frame = frame_find(c->book, rest, err);
	if (!frame)
		return false;
	frame_unref(frame);
	replace(&c->frame, rest);
	return true;
}

static bool config_line(struct context *c, struct slice text, struct error *err)
{
	struct bytes payload;
	struct line line;
	bytes_init(&payload, LIMIT_LINE);
	bool good = line_parse(text, PLACE_CONFIG, 0, &payload, &line, err);
	if (good && line.kind == LINE_VERB) {
		good = line.verb == VERB_SET ? config_set(c, line.rest, err)
		       : line.verb == VERB_BIND
			       ? bytes_addf(&c->binds, "%.*s\n", SLICE_ARG(line.rest))
		       : line.verb == VERB_DEVICE ? devices_define(&c->devices, line.rest, err)
						  : config_frame(c, line.rest, err);
		if (!good)
			err->column += line.rest_at;
	}
	bytes_free(&payload);
	return good;
}

static bool config_read(struct context *c, const char *path, struct bytes *shown, struct error *err)
{
	struct bytes file;
	bytes_init(&file, LIMIT_FILE + 1);
	bool good = true;
	if (path_read(path, LIMIT_FILE, &file, err) < 0) {
		good = false;
	} else {
		struct slice rest = bytes_slice(&file), line;
		for (unsigned number = 1; good && slice_line(&rest, &line); number++) {
			good = config_line(c, line, err);
			if (!good) {
				bytes_addf(shown, "%s:%u: ", path, number);
				error_show(err, "", line, text_locale_utf8(), shown);
			}
		}
	}
	bytes_free(&file);
	return good;
}

bool context_open(
	struct context *c, const struct options *o, struct bytes *shown, struct error *err)
{
	*c = (struct context){.options = *o, .book = frame_book_new()};
	bytes_init(&c->binds, LIMIT_FILE);
	bytes_init(&c->warnings, LIMIT_MESSAGE);
	settings_init(&c->settings);
	settings_init(&c->said);
	char *path = path_of(PATH_CONFIG, "config");
	bool good = !path || config_read(c, path, shown, err);
	free(path);
	if (o->output_said && o->output < OUTPUT_RAW)
		c->view = (enum view)o->output;
	if (good && o->timeout)
		good = setting_parse(NULL, SLICE("timeout"), slice_str(o->timeout), &c->said, err);
	return good;
}

void context_close(struct context *c)
{
	frame_book_free(c->book);
	devices_free(&c->devices);
	bytes_free(&c->binds);
	bytes_free(&c->warnings);
	free(c->frame);
	free(c->device);
}

/* The frame of the script that users had, where the line can be half-closed. */
static const char *default_frame(const struct address *a)
{
	if (address_listens(a))
		return "raw";
	if (address_datagrams(a))
		return "payload gap(1ms) -> payload eof"; /* what is sent and what comes: a datagram
							   */
	return address_half_closes(a) ? "esc-cr" : "esc-cr-nul";
}

/* The address of the text, with its settings over those of the configuration. */
static bool find_address(const struct context *c, struct slice text, const struct device *device,
	struct address *a, struct error *err)
{
	if (device) {
		address_copy(a, &device->address);
		if (!a->port_said && c->options.port)
			a->port = c->options.port;
	} else if (!address_parse(text, c->options.port, a, err)) {
		const char *near = table_near(text, device_name_at, &c->devices);
		return near && !err->hint[0] ? error_hint(err, "did you mean %s?", near) : false;
	}
	struct settings merged = c->settings;
	settings_merge(&merged, &a->settings);
	settings_merge(&merged, &c->said);
	a->settings = merged;
	return true;
}

static const char *find_frame(const struct context *c, const struct device *device,
	enum named_by by, const struct target *t)
{
	const char *own = device ? device->frame : NULL;
	if (own && (by == NAMED_BY_LINE || !c->options.frame))
		return own;
	if (c->options.frame)
		return c->options.frame;
	return c->frame ? c->frame : default_frame(&t->address);
}

static void name_device(const struct device *device, struct error *err)
{
	char what[ERROR_WHAT_MAX];
	if (strncmp(err->what, "device ", 7) == 0)
		return;
	snprintf(what, sizeof what, "%s", err->what);
	snprintf(err->what, sizeof err->what, "device %.60s of the device book: %.400s",
		device->name, what);
}

bool context_target(const struct context *c, struct slice text, enum named_by by, struct target *t,
	struct slice *wrong, struct error *err)
{
	const struct device *device = devices_find(&c->devices, text);
	*t = (struct target){.frame = NULL};
	*wrong = text;
	if (!find_address(c, text, device, &t->address, err))
		return false;
	const char *name = find_frame(c, device, by, t);
	t->default_frame = !c->options.frame && !c->frame && !(device && device->frame);
	*wrong = slice_str(name);
	t->frame = frame_find(c->book, *wrong, err);
	bool good = t->frame && session_frame_fits(&t->address, t->frame, err) &&
		    (!device || device_fields(device, t->frame, &t->fields, err));
	/* In the device's line, not in what was typed. */
	if (!good && device && name == device->frame)
		name_device(device, err);
	if (!good)
		target_free(t);
	return good;
}

void target_free(struct target *t)
{
	frame_unref(t->frame);
	t->frame = NULL;
	address_free(&t->address);
}
