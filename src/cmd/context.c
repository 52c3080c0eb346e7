/* context.c - see context.h. */
#include "cmd/context.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/paths.h"
#include "base/table.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "play/login.h"
#include "transport/ports.h"
#include <stdio.h>
#include <stdlib.h>

static void replace(char **text, struct slice value)
{
	free(*text);
	*text = value.len ? mem_strn(value.at, value.len) : NULL;
}

static bool set_view(struct context *c, struct slice value, struct error *err)
{
	char names[TABLE_NAMES_MAX];
	int view = table_prefix(value, view_name, NULL);
	if (view < 0)
		return error_set(err, STATUS_USAGE, "the view is %s, not '%s'",
			table_either(view_name, NULL, names), quote(value).text);
	c->view = view_at((size_t)view);
	return true;
}

const char *leave_name(const void *unused, size_t index)
{
	static const char names[][8] = {
		[LEAVE_LINE] = "line", [LEAVE_SCREEN] = "screen", [LEAVE_NOTHING] = "nothing"};
	(void)unused;
	return index < sizeof names / sizeof names[0] ? names[index] : NULL;
}

const char *mouse_name(const void *unused, size_t index)
{
	static const char names[][8] = {[MOUSE_WHEEL] = "wheel", [MOUSE_NOTHING] = "nothing"};
	(void)unused;
	return index < sizeof names / sizeof names[0] ? names[index] : NULL;
}

/* Returns the index of one of the names that a setting may have; -1: err lists them. */
static int choose(const char *name, table_names names, struct slice value, struct error *err)
{
	char either[TABLE_NAMES_MAX];
	int found = table_exact(value, names, NULL);
	if (found < 0)
		error_set(err, STATUS_USAGE, "%s is %s, not '%s'", name,
			table_either(names, NULL, either), quote(value).text);
	return found;
}

static bool set_leave(struct context *c, struct slice value, struct error *err)
{
	int found = choose("leave", leave_name, value, err);
	c->leave = found < 0 ? c->leave : (enum leave)found;
	return found >= 0;
}

static bool set_mouse(struct context *c, struct slice value, struct error *err)
{
	int found = choose("mouse", mouse_name, value, err);
	c->mouse = found < 0 ? c->mouse : (enum mouse)found;
	return found >= 0;
}

/* Sets exec.  "no" holds for everything that follows, whoever else says "yes". */
static bool set_exec(struct slice value, struct error *err)
{
	bool no = slice_is(value, "no");
	if (!no && !slice_is(value, "yes"))
		return error_set(
			err, STATUS_USAGE, "exec is yes or no, not '%s'", quote(value).text);
	if (no)
		transport_refuse_commands();
	return no || !transport_refuses_commands() ||
	       error_set(err, STATUS_USAGE,
		       "exec=no (--no-exec) holds until wilco ends: it cannot be taken back");
}

bool context_set(struct context *c, struct slice name, struct slice value, struct error *err)
{
	if (slice_is(name, "exec"))
		return set_exec(value, err);
	if (slice_is(name, "view"))
		return set_view(c, value, err);
	if (slice_is(name, "leave"))
		return set_leave(c, value, err);
	if (slice_is(name, "mouse"))
		return set_mouse(c, value, err);
	if (slice_is(name, SETTING_TRANSCRIPT))
		return size_parse(value, SETTING_TRANSCRIPT, LIMIT_FRAME_MOST, &c->transcript, err);
	if (slice_is(name, "device")) {
		replace(&c->device, value);
		return true;
	}
	if (slice_is(name, "log")) {
		replace(&c->log, slice_is(value, "off") ? SLICE("") : value);
		return true;
	}
	return setting_parse(NULL, name, value, &c->settings, err);
}

bool context_define_frame(
	struct context *c, struct slice rest, struct bytes *warnings, struct error *err)
{
	if (!frame_book_define(c->book, rest, err))
		return false;
	const uint8_t *equals = memchr(rest.at, '=', rest.len);
	struct slice name = slice_trim(slice_cut(rest, 0, (size_t)(equals - rest.at)));
	struct frame *frame = frame_find(c->book, name, err); /* NULL: the line defines a CRC */
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

static bool config_line(struct context *c, struct slice text, struct error *err)
{
	static const struct reading reading = {.verbs = verbs, .place = PLACE_CONFIG};
	struct order order;
	order_init(&order);
	bool good = order_read(&order, text, &reading, err);
	if (good && order.kind == ORDER_VERB) {
		good = cmd_of(order.verb)->configure(c, order.rest, err);
		if (!good)
			err->column += order.rest_at;
	}
	order_free(&order);
	return good;
}

static bool config_read(struct context *c, const char *path, struct bytes *shown, struct error *err)
{
	struct bytes file;
	bytes_init(&file, LIMIT_FILE + 1);
	bool good = true;
	if (path_read(path, PATH_FILE, LIMIT_FILE, &file, err) < 0) {
		good = false;
	} else {
		struct slice rest = bytes_slice(&file), line;
		for (unsigned number = 1; good && slice_line(&rest, &line); number++) {
			good = config_line(c, line, err);
			if (!good)
				error_show_line(err, path, number, line, text_locale_utf8(), shown);
		}
	}
	bytes_free(&file);
	return good;
}

bool context_open(
	struct context *c, const struct options *o, struct bytes *shown, struct error *err)
{
	*c = (struct context){.options = *o,
		.book = frame_book_new(),
		.view = &view_auto,
		.transcript = LIMIT_TRANSCRIPT};
	if (o->no_exec)
		transport_refuse_commands();
	bytes_init(&c->binds, LIMIT_FILE);
	bytes_init(&c->highlights, LIMIT_FILE);
	bytes_init(&c->warnings, LIMIT_MESSAGE);
	settings_init(&c->settings);
	settings_init(&c->said);
	logins_begin(&(struct logins_config){c->book, verbs});
	char *path = path_of(PATH_CONFIG, "config");
	bool good = !path || config_read(c, path, shown, err);
	free(path);
	if (o->output_said && o->output->view)
		c->view = o->output->view;
	if (good && o->timeout)
		good = setting_parse(NULL, SLICE("timeout"), slice_str(o->timeout), &c->said, err);
	return good;
}

void context_close(struct context *c)
{
	logins_end();
	frame_book_free(c->book);
	devices_free(&c->devices);
	groups_free(&c->groups);
	bytes_free(&c->binds);
	bytes_free(&c->highlights);
	bytes_free(&c->warnings);
	free(c->frame);
	free(c->device);
	free(c->log);
}

/* Returns the frame of the script from before wilco, where the line can be half-closed. */
static const char *default_frame(const struct address *a)
{
	if (address_listens(a))
		return "raw";
	if (address_datagrams(a))
		return "payload gap(1ms) -> payload eof"; /* a datagram */
	return address_half_closes(a) ? "esc-cr" : "esc-cr-nul";
}

/* Says which line of the device book is meant, where it is one. */
static void name_device(const struct context *c, const struct device *device, struct error *err)
{
	struct error named;
	if (devices_find(&c->devices, slice_str(device->name)) != device ||
		strncmp(err->what, "device ", 7) == 0)
		return;
	error_set(&named, err->status, "device %s of the device book: %s", device->name, err->what);
	memcpy(err->what, named.what, sizeof err->what);
}

/* Finds the address that the text means; its settings override those of the configuration. */
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
	if (!ports_choose(a, err)) {
		address_free(a);
		return false;
	}
	if (!address_may_open(a, err)) {
		if (device)
			name_device(c, device, err);
		address_free(a);
		return false;
	}
	struct settings merged = c->settings;
	settings_merge(&merged, &a->settings);
	settings_merge(&merged, &c->said);
	if (c->options.term && address_runs(a) && !merged.at[SET_TTY].set)
		merged.at[SET_TTY].value = true; /* a shell without one would show no prompt */
	a->settings = merged;
	if (settings_agree(&merged, err))
		return true;
	address_free(a);
	return false;
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

static bool find_target(const struct context *c, struct slice text, const struct device *device,
	enum named_by by, struct target *t, struct slice *wrong, struct error *err)
{
	*t = (struct target){.frame = NULL};
	*wrong = text;
	if (!find_address(c, text, device, &t->address, err))
		return false;
	const char *name = find_frame(c, device, by, t);
	t->default_frame = !c->options.frame && !c->frame && !(device && device->frame);
	*wrong = slice_str(name);
	t->frame = frame_find(c->book, *wrong, err);
	bool good = t->frame && session_frame_fits(&t->address, t->frame, err) &&
		    (!device || device_fields(device, t->frame, t->fields.at, err));
	/* The mistake is in the device's line, not in what was typed. */
	if (!good && device && name == device->frame)
		name_device(c, device, err);
	if (!good)
		target_free(t);
	return good;
}

bool context_target(const struct context *c, struct slice text, enum named_by by, struct target *t,
	struct slice *wrong, struct error *err)
{
	return find_target(c, text, devices_find(&c->devices, text), by, t, wrong, err);
}

bool context_target_of(const struct context *c, const struct device *device, enum named_by by,
	struct target *t, struct error *err)
{
	struct slice wrong;
	return find_target(c, slice_str(device->name), device, by, t, &wrong, err);
}

bool context_target_at(const struct context *c, struct slice name, struct slice place,
	enum named_by by, struct target *t, struct slice *wrong, struct error *err)
{
	const struct device *device = devices_find(&c->devices, place);
	const struct device *named = device ? NULL : devices_find(&c->devices, name);
	if (!named)
		return find_target(c, place, device, by, t, wrong, err);
	struct device moved = *named;
	struct settings settings = named->address.settings;
	*wrong = place;
	if (!address_parse(place, c->options.port, &moved.address, err))
		return false;
	settings_merge(&settings, &moved.address.settings);
	moved.address.settings = settings;
	bool good = find_target(c, place, &moved, by, t, wrong, err);
	address_free(&moved.address);
	return good;
}
