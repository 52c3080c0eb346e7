/* output.c - see output.h. */
#include "cmd/output.h"

#include "base/table.h"
#include "base/text.h"

static void write_plain(const struct output *output, const struct result *r, struct bytes *out)
{
	(void)out;
	r->plain(output, r->arg);
}

static void write_object(const struct output *output, const struct result *r, struct bytes *out)
{
	struct json o = {.out = out};
	(void)output;
	if (!r->members)
		return;
	json_open(&o, NULL, '{');
	r->members(&o, r->arg);
	json_close(&o, '}');
	bytes_add_byte(out, '\n');
}

static void as_lines(const struct output *output, const struct shown *s, view_sink *sink, void *arg)
{
	(s->hidden ? &view_text : output->view)->lines(s, sink, arg);
}

static void as_they_are(
	const struct output *output, const struct shown *s, view_sink *sink, void *arg)
{
	(void)output;
	sink(arg, s->payload, false);
}

#define OUTPUT_OF_VIEW(name)                  \
	const struct output output_##name = { \
		#name, &view_##name, .write = write_plain, .bytes = as_lines};
VIEWS(OUTPUT_OF_VIEW)
static const struct output output_raw = {
	"raw", .binary = true, .write = write_plain, .bytes = as_they_are};
const struct output output_json = {"json", .write = write_object};

#define OUTPUT_TABLED(name) &output_##name,
static const struct output *const table[] = {
	VIEWS(OUTPUT_TABLED) OUTPUT_TABLED(raw) OUTPUT_TABLED(json)};
enum { OUTPUTS = sizeof table / sizeof table[0] };

const char *output_name(const void *unused, size_t index)
{
	(void)unused;
	return index < OUTPUTS ? table[index]->name : NULL;
}

const struct output *output_of(const struct view *view)
{
	size_t i = 0;
	if (view == &view_auto) /* a frame is one line */
		view = &view_text;
	while (table[i]->view != view)
		i++;
	return table[i];
}

const struct view *output_notes(const struct output *output)
{
	return output->view && !output->view->parts ? output->view : &view_text;
}

const struct output *output_parse(struct slice name, struct error *err)
{
	char names[TABLE_NAMES_MAX];
	int found = table_prefix(name, output_name, NULL);
	if (found >= 0)
		return table[found];
	error_set(err, STATUS_USAGE, "the output is %s, not '%s'",
		table_either(output_name, NULL, names), quote(name).text);
	return NULL;
}
