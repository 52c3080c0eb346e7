/* Any configuration: it is read, or refused with its file and line; the devices of its book are
 * found by their names, and a device that a line names is one that can be opened, or is refused. */
#include "fuzz/fuzz.h"
#include "fuzz/home.h"
#include "fuzz/input.h"

#include "cmd/context.h"

static void check_book(const struct context *c)
{
	for (size_t i = 0; i < c->devices.count; i++) {
		const struct device *d = c->devices.at[i];
		struct target t;
		struct slice wrong;
		struct error err = {0};
		MUST(devices_find(&c->devices, slice_str(d->name)) == d && d->index == i);
		if (context_target(c, slice_str(d->name), NAMED_BY_LINE, &t, &wrong, &err))
			target_free(&t);
		else
			MUST(err.what[0]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct options options = {0};
	struct context c;
	struct bytes shown;
	struct error err = {0};
	if (size > 20000)
		return 0;
	bytes_init(&shown, LIMIT_MESSAGE);
	home_put("config/wilco/config", slice_of(data, size));
	if (context_open(&c, &options, &shown, &err))
		check_book(&c);
	else
		MUST(shown.len > 0 || err.what[0]);
	for (size_t i = 0; i < shown.len; i++)
		MUST(shown.at[i] >= 0x20 || shown.at[i] == '\n' || shown.at[i] == '\t');
	context_close(&c);
	bytes_free(&shown);
	return 0;
}
