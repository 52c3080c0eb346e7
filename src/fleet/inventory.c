/* inventory.c - see inventory.h. */
#include "fleet/inventory.h"

#include "adapter/jansson.h"
#include "adapter/module.h"
#include "base/mem.h"
#include "base/text.h"
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <wilco/limits.h>

enum { WHY_MAX = 160 };

/* What a part of the pattern says about a host. */
enum { WANTED = 1, FOUND = 2 };

struct inventory {
	const struct jansson_functions *json;
	struct jansson *all;   /* the document, */
	struct jansson *vars;  /* and in it the variables of each host; NULL: none */
	struct targets hosts;  /* names alone */
	uint8_t *marks;        /* of each host */
	struct targets groups; /* names of groups that this part of the pattern means, */
	size_t found;          /* and its hosts */
};

/* ---- hosts and groups ---- */

static bool add_host(struct inventory *v, const char *name, struct error *err)
{
	size_t index;
	struct slice text = slice_str(name);
	if (targets_find(&v->hosts, text, &index))
		return true;
	return targets_add_named(&v->hosts, text, SLICE(""), 0, err);
}

static bool add_hosts_of(struct inventory *v, struct jansson *group, struct error *err)
{
	const struct jansson *hosts = v->json->member(group, "hosts");
	for (size_t i = 0; i < v->json->count(hosts); i++) {
		const char *name = v->json->string(v->json->element(hosts, i));
		if (name && !add_host(v, name, err))
			return false;
	}
	return true;
}

/* Collects the hosts: those that have variables, and those of groups. */
static bool collect_hosts(struct inventory *v, struct error *err)
{
	void *at = NULL;
	v->vars = v->json->member(v->json->member(v->all, "_meta"), "hostvars");
	while (v->vars && (at = v->json->next(v->vars, at)))
		if (!add_host(v, v->json->key(at), err))
			return false;
	while ((at = v->json->next(v->all, at)))
		if (!add_hosts_of(v, v->json->value(at), err))
			return false;
	v->marks = mem_new(v->hosts.count + 1);
	return true;
}

/* ---- the pattern ---- */

static void find_host(struct inventory *v, const char *name)
{
	size_t index;
	if (!targets_find(&v->hosts, slice_str(name), &index) || v->marks[index] & FOUND)
		return;
	v->marks[index] |= FOUND;
	v->found++;
}

static bool find_group(struct inventory *v, const char *name, struct error *err)
{
	size_t index;
	struct slice text = slice_str(name);
	return targets_find(&v->groups, text, &index) ||
	       targets_add_named(&v->groups, text, SLICE(""), 0, err);
}

/* Finds the hosts of a group, and adds the groups in it behind those that were found. */
static bool find_members(struct inventory *v, struct slice group, struct error *err)
{
	char *name = mem_strn(group.at, group.len);
	struct jansson *of = v->json->member(v->all, name);
	const struct jansson *hosts = v->json->member(of, "hosts");
	const struct jansson *children = v->json->member(of, "children");
	bool good = true;
	free(name);
	for (size_t i = 0; i < v->json->count(hosts); i++) {
		const char *host = v->json->string(v->json->element(hosts, i));
		if (host)
			find_host(v, host);
	}
	for (size_t i = 0; good && i < v->json->count(children); i++) {
		const char *child = v->json->string(v->json->element(children, i));
		good = !child || find_group(v, child, err);
	}
	return good;
}

/* Finds the hosts of the groups that a name or glob means; each group is read once, however many
 * others it is in. */
static bool find_groups(struct inventory *v, const char *part, struct error *err)
{
	void *at = NULL;
	bool good = true;
	targets_init(&v->groups, NULL, NULL);
	while (good && (at = v->json->next(v->all, at)))
		if (fnmatch(part, v->json->key(at), 0) == 0)
			good = find_group(v, v->json->key(at), err);
	for (size_t i = 0; good && i < v->groups.count; i++)
		good = find_members(v, targets_name(&v->groups, i), err);
	targets_free(&v->groups);
	return good;
}

/* Marks what one name or glob means. */
static bool find_part(struct inventory *v, const char *part, struct error *err)
{
	bool all = strcmp(part, "all") == 0;
	v->found = 0;
	if (!find_groups(v, part, err))
		return false;
	for (size_t i = 0; i < v->hosts.count; i++) {
		struct slice name = targets_name(&v->hosts, i);
		char *text = mem_strn(name.at, name.len);
		if (all || fnmatch(part, text, 0) == 0)
			find_host(v, text);
		free(text);
	}
	return true;
}

/* Applies a part of the pattern: `sign` is '!', '&' or 0. */
static bool apply_part(struct inventory *v, struct slice part, char sign, struct error *err)
{
	char *text = mem_strn(part.at, part.len);
	bool good = find_part(v, text, err);
	free(text);
	if (!good)
		return false;
	for (size_t i = 0; i < v->hosts.count; i++) {
		bool found = v->marks[i] & FOUND, wanted = v->marks[i] & WANTED;
		wanted = sign == '!' ? wanted && !found : sign ? wanted && found : wanted || found;
		v->marks[i] = wanted ? WANTED : 0;
	}
	return v->found ||
	       error_set(err, STATUS_USAGE, "no host or group matches '%s'", quote(part).text);
}

static bool has_sign(struct slice part)
{
	return part.len && (part.at[0] == '!' || part.at[0] == '&');
}

static size_t length_to(struct slice text, const char *ends)
{
	size_t n = 0;
	while (n < text.len && (!text.at[n] || !strchr(ends, text.at[n])))
		n++;
	return n;
}

/* Takes the next part off the front: up to a comma, or up to a colon that is not in the name of a
 * host, as those of an IPv6 address are. */
static struct slice pattern_part(const struct inventory *v, struct slice *rest)
{
	size_t index, n = length_to(*rest, ",");
	struct slice part = slice_trim(slice_cut(*rest, 0, n));
	if (!targets_find(&v->hosts, slice_cut(part, has_sign(part), part.len), &index)) {
		n = length_to(*rest, ",:");
		part = slice_trim(slice_cut(*rest, 0, n));
	}
	*rest = slice_cut(*rest, n + 1, rest->len);
	return part;
}

/* Applies all parts with this sign. */
static bool apply_sign(
	struct inventory *v, struct slice pattern, char sign, size_t *count, struct error *err)
{
	*count = 0;
	while (pattern.len) {
		struct slice part = pattern_part(v, &pattern);
		char own = has_sign(part) ? (char)part.at[0] : 0;
		if (!part.len || own != sign)
			continue;
		++*count;
		if (!apply_part(v, own ? slice_cut(part, 1, part.len) : part, sign, err))
			return false;
	}
	return true;
}

/* Says whether the pattern has a part; without one nobody may be meant, and not everybody. */
static bool has_parts(const struct inventory *v, struct slice pattern)
{
	while (pattern.len)
		if (pattern_part(v, &pattern).len)
			return true;
	return false;
}

/* Applies the pattern in Ansible's order: first what it names, then & and !. */
static bool apply_pattern(struct inventory *v, struct slice pattern, struct error *err)
{
	size_t count;
	if (!has_parts(v, pattern))
		return error_set(err, STATUS_USAGE,
			"the pattern '%s' names no host or group; all means all hosts",
			quote(pattern).text);
	if (!apply_sign(v, pattern, 0, &count, err))
		return false;
	if (!count && !apply_part(v, SLICE("all"), 0, err))
		return false;
	return apply_sign(v, pattern, '&', &count, err) && apply_sign(v, pattern, '!', &count, err);
}

/* ---- what a host says ---- */

/* Adds a value as one argument of a line. */
static void add_value(struct bytes *out, const char *value)
{
	bytes_add_byte(out, '\'');
	for (const char *c = value; *c; c++)
		if (*c == '\'')
			bytes_add_str(out, "\\x27");
		else
			text_add(out, slice_of(c, 1), 0);
	bytes_add_byte(out, '\'');
}

static bool bad_variable(struct slice host, const char *name, const char *what, struct error *err)
{
	return error_set(err, STATUS_USAGE, "host %s: %s %s", quote(host).text, name, what);
}

/* Gets a variable as text; *text is NULL where there is none. */
static bool get_text(const struct inventory *v, struct slice host, struct jansson *value,
	const char *name, char number[24], const char **text, struct error *err)
{
	int64_t integer;
	*text = NULL;
	if (!value || v->json->is_null(value))
		return true;
	if (v->json->member(value, "__ansible_vault"))
		return bad_variable(host, name, "is vaulted, and wilco has no key for it", err);
	if (v->json->integer(value, &integer)) {
		snprintf(number, 24, "%lld", (long long)integer);
		*text = number;
		return true;
	}
	*text = v->json->string(value);
	if (!*text)
		return bad_variable(host, name,
			"is a text or a whole number; a number with a point stands in quotes", err);
	return !strstr(*text, "{{") ||
	       bad_variable(
		       host, name, "is a template, which ansible-inventory does not fill in", err);
}

/* Adds the pairs of a variable that is an object, such as the fields. */
static bool add_pairs(const struct inventory *v, struct slice host, const char *variable,
	struct jansson *pairs, struct bytes *line, struct error *err)
{
	char number[24];
	const char *text;
	void *at = NULL;
	if (!pairs || v->json->is_null(pairs))
		return true;
	if (!v->json->is_object(pairs) || v->json->member(pairs, "__ansible_vault"))
		return bad_variable(host, variable, "has a value for each name", err);
	while ((at = v->json->next(pairs, at))) {
		const char *name = v->json->key(at);
		if (!get_text(v, host, v->json->value(at), variable, number, &text, err))
			return false;
		bytes_add_byte(line, ' ');
		text_add(line, slice_str(name), 0);
		bytes_add_byte(line, '=');
		add_value(line, text ? text : "");
	}
	return true;
}

/* The variables that a target is made of. */
enum { VAR_ADDRESS, VAR_HOST, VAR_PORT, VAR_FRAME, VAR_TIMEOUT, VAR_COUNT };
static const char *const var_names[VAR_COUNT] = {
	"wilco_address", "ansible_host", "wilco_port", "wilco_frame", "wilco_timeout"};

/* Adds a host; an IPv6 address stands in brackets. */
static void add_host_name(struct bytes *out, struct slice host)
{
	const uint8_t *colon = host.len ? memchr(host.at, ':', host.len) : NULL;
	bool six = colon && host.at[0] != '[' && colon != memrchr(host.at, ':', host.len);
	if (six)
		bytes_add_byte(out, '[');
	bytes_add(out, host);
	if (six)
		bytes_add_byte(out, ']');
}

static void add_address(const char *const *vars, struct slice host, struct bytes *line)
{
	struct bytes address;
	bytes_init(&address, LIMIT_ADDRESS);
	if (vars[VAR_ADDRESS]) {
		bytes_add_str(&address, vars[VAR_ADDRESS]);
	} else {
		add_host_name(&address, vars[VAR_HOST] ? slice_str(vars[VAR_HOST]) : host);
		if (vars[VAR_PORT])
			bytes_addf(&address, ":%s", vars[VAR_PORT]);
	}
	add_value(line, bytes_str(&address));
	bytes_free(&address);
}

static bool add_line(
	const struct inventory *v, struct slice host, struct bytes *line, struct error *err)
{
	char numbers[VAR_COUNT][24];
	const char *vars[VAR_COUNT];
	char *name = mem_strn(host.at, host.len);
	struct jansson *all = v->vars ? v->json->member(v->vars, name) : NULL;
	free(name);
	for (size_t i = 0; i < VAR_COUNT; i++)
		if (!get_text(v, host, v->json->member(all, var_names[i]), var_names[i], numbers[i],
			    &vars[i], err))
			return false;
	add_address(vars, host, line);
	if (vars[VAR_FRAME]) {
		bytes_add_str(line, " frame=");
		add_value(line, vars[VAR_FRAME]);
	}
	if (vars[VAR_TIMEOUT]) {
		bytes_add_str(line, " timeout=");
		add_value(line, vars[VAR_TIMEOUT]);
	}
	return add_pairs(v, host, "wilco_settings", v->json->member(all, "wilco_settings"), line,
		       err) &&
	       add_pairs(
		       v, host, "wilco_fields", v->json->member(all, "wilco_fields"), line, err) &&
	       (!line->over || bad_variable(host, "and its variables", "are too long", err));
}

static bool add_wanted(const struct inventory *v, struct targets *t, struct error *err)
{
	struct bytes line;
	bool good = true;
	bytes_init(&line, TARGET_LINE_MAX);
	for (size_t i = 0; good && i < v->hosts.count; i++) {
		struct slice host = targets_name(&v->hosts, i);
		bytes_clear(&line);
		if (v->marks[i])
			good = targets_name_check(host, err) && add_line(v, host, &line, err) &&
			       targets_add_named(t, host, bytes_slice(&line), 0, err);
	}
	bytes_free(&line);
	return good;
}

/* ---- all of it ---- */

bool inventory_add(struct targets *t, struct slice json, struct slice pattern, unsigned *line,
	struct error *err)
{
	char why[WHY_MAX];
	struct inventory v = {.json = module_jansson(err)};
	*line = 0;
	if (!v.json)
		return false;
	v.all = v.json->read(
		json.len ? (const char *)json.at : "", json.len, why, sizeof why, line);
	if (!v.all)
		return error_set(err, STATUS_USAGE,
			"this is no JSON of ansible-inventory --list: %s",
			quote(slice_str(why)).text);
	targets_init(&v.hosts, NULL, NULL);
	bool good = v.json->is_object(v.all) ||
		    error_set(err, STATUS_USAGE, "this is no JSON of ansible-inventory --list");
	good = good && collect_hosts(&v, err) && apply_pattern(&v, pattern, err) &&
	       add_wanted(&v, t, err);
	free(v.marks);
	targets_free(&v.hosts);
	v.json->free(v.all);
	return good;
}
