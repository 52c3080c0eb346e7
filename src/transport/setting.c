/* setting.c - the settings of a line and a session: one table; see transport.h. */
#include <wilco/transport.h>

#include "base/number.h"
#include "base/table.h"
#include "base/text.h"

enum setting_type { TYPE_DURATION, TYPE_DURATION_OR_OFF, TYPE_SIZE };

static const struct {
	const char *name;
	enum setting_type type;
	int64_t standard, least;
	const char *help;
} table[SETTING_COUNT] = {
	[SET_TIMEOUT] = {"timeout", TYPE_DURATION, 5ll * NS_PER_S, 1,
		"from the last byte sent to the complete reply"},
	[SET_CONNECT_TIMEOUT] = {"connect-timeout", TYPE_DURATION, 5ll * NS_PER_S, 1,
		"name and connection; as timeout unless set"},
	[SET_KEEPALIVE] = {"keepalive", TYPE_DURATION_OR_OFF, -1, NS_PER_S,
		"TCP keepalive after this idle time"},
	[SET_GAP] = {"gap", TYPE_DURATION, 50ll * NS_PER_MS, 1,
		"stands for a gap in characters where the line has no baud rate"},
	[SET_IDLE] = {"idle", TYPE_DURATION, 1ll * NS_PER_S, 1,
		"silence that ends a pending frame while no command waits"},
	[SET_MAX] = {"max", TYPE_SIZE, LIMIT_FRAME, 1, "bytes of a frame at most"},
	[SET_RESYNC] = {"resync", TYPE_DURATION_OR_OFF, 500ll * NS_PER_MS, 1,
		"quiet time after a reply was given up, where the line cannot be opened afresh"},
};

static const char *name_at(const void *unused, size_t index)
{
	(void)unused;
	return setting_name(index);
}

const char *setting_name(size_t index)
{
	return index < SETTING_COUNT ? table[index].name : NULL;
}

const char *setting_help(size_t index)
{
	return table[index].help;
}

void settings_init(struct settings *s)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		s->at[i] = (struct setting){.set = false, .value = table[i].standard};
}

void settings_merge(struct settings *s, const struct settings *over)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (over->at[i].set)
			s->at[i] = over->at[i];
}

static bool parse_value(size_t index, struct slice text, int64_t *value, struct error *err)
{
	uint64_t size;
	if (table[index].type == TYPE_DURATION_OR_OFF && slice_is(text, "off")) {
		*value = -1;
		return true;
	}
	if (table[index].type == TYPE_SIZE) {
		if (!size_parse(text, table[index].name, LIMIT_FRAME_MOST, &size, err))
			return false;
		*value = (int64_t)size;
	} else if (!duration_parse(text, table[index].name, value, err)) {
		return false;
	}
	if (*value < table[index].least)
		return error_set(err, STATUS_USAGE, "%s is more than '%s'%s", table[index].name,
			quote(text).text,
			table[index].type == TYPE_DURATION_OR_OFF ? "; off turns it off" : "");
	return true;
}

bool setting_parse(struct slice name, struct slice text, struct settings *s, struct error *err)
{
	char list[256];
	int index = table_exact(name, name_at, NULL);
	if (index < 0) {
		const char *near = table_near(name, name_at, NULL);
		error_set(err, STATUS_USAGE, "no setting '%s'; the settings are %s",
			quote(name).text, table_list(SLICE(""), name_at, NULL, list, sizeof list));
		return near ? error_hint(err, "did you mean %s?", near) : false;
	}
	int64_t value;
	if (!parse_value((size_t)index, text, &value, err))
		return false;
	s->at[index] = (struct setting){.set = true, .value = value};
	return true;
}

void setting_text(const struct settings *s, size_t index, struct bytes *out)
{
	static const struct {
		int64_t ns;
		const char *name;
	} units[] = {{NS_PER_S, "s"}, {NS_PER_MS, "ms"}, {NS_PER_US, "us"}, {1, "ns"}};
	int64_t value = s->at[index].value;
	size_t unit = 0;
	if (value < 0) {
		bytes_add_str(out, "off");
	} else if (table[index].type == TYPE_SIZE) {
		bytes_addf(out, "%lld", (long long)value);
	} else {
		while (value % units[unit].ns)
			unit++;
		bytes_addf(out, "%lld%s", (long long)(value / units[unit].ns), units[unit].name);
	}
}
