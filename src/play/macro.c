/* macro.c - the files that are played: one calls another. */
#include "play/macros.h"
#include "play/play_private.h"

#include "base/mem.h"
#include "base/text.h"
#include <stdio.h>
#include <unistd.h>

static bool macro_is_open(const struct play *p, const struct source *source)
{
	for (const struct macro *m = p->macro; m; m = m->caller)
		if (source_same(m->source, source))
			return true;
	return false;
}

static bool may_push(const struct play *p, const struct source *source, struct error *err)
{
	if (p->macro && macro_is_open(p, source))
		return error_set(err, STATUS_USAGE,
			"%s is being played already: a macro cannot play itself",
			quote(slice_str(source_name(source))).text);
	return !p->macro || p->macro->depth < MACROS_MAX ||
	       error_set(err, STATUS_USAGE, "macros call each other at most %d deep", MACROS_MAX);
}

static struct variables *new_scope(const struct play *p)
{
	struct variables *vars = mem_new(sizeof *vars);
	variables_init(vars);
	/* What another macro lacks, its caller has to say. */
	vars->ask = p->macro ? NULL : p->config.ask;
	vars->ask_arg = p->config.owner;
	return vars;
}

bool macro_push(struct play *p, struct source *source, bool included, struct error *err)
{
	if (!source || !may_push(p, source, err)) {
		source_close(source);
		return false;
	}
	struct macro *m = mem_new(sizeof *m);
	m->source = source;
	m->caller = p->macro;
	m->depth = p->macro ? p->macro->depth + 1 : 1;
	m->called = p->macro ? source_here(p->macro->source).line : 0;
	m->included = included;
	m->vars = included ? p->macro->vars : new_scope(p);
	m->device = p->current;
	p->macro = m;
	return true;
}

void macro_pop(struct play *p)
{
	struct macro *m = p->macro;
	p->macro = m->caller;
	if (!m->included) {
		variables_free(m->vars);
		free(m->vars);
		if (m->device)
			p->current = m->device;
	}
	source_close(m->source);
	free(m);
}

static char *is_there(char *path)
{
	if (access(path, F_OK) == 0)
		return path;
	free(path);
	return NULL;
}

/* Returns the path of a file beside this one, with or without its ending; NULL: there is none. */
static char *beside(const struct play *p, struct slice name)
{
	struct slice here = slice_str(source_path(p->macro->source));
	char path[LIMIT_ADDRESS];
	size_t n = name.len && name.at[0] == '/' ? 0 : here.len;
	while (n && here.at[n - 1] != '/')
		n--;
	if (n + name.len + 8 > sizeof path)
		return NULL;
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%.*s%.*s%s", (int)n, (const char *)here.at,
			SLICE_ARG(name), i ? ".wilco" : "");
		char *found = is_there(mem_str(path));
		if (found)
			return found;
	}
	return NULL;
}

static char *path_of_macro(const struct play *p, struct slice name, struct error *err)
{
	char *path = beside(p, name);
	if (!path)
		path = macros_find(name);
	if (!path)
		error_set(err, STATUS_USAGE,
			"there is no macro '%s' beside this file or among those of wilco",
			quote(name).text);
	return path;
}

bool macro_call(struct play *p, struct slice name, bool included, const struct slice *args,
	int count, bool later, struct error *err)
{
	char *path = path_of_macro(p, name, err);
	bool good = path && macro_push(p, source_open(path, false, err), included, err);
	free(path);
	for (int i = 0; i < count && good; i++) {
		char number[16];
		snprintf(number, sizeof number, "%d", i + 1);
		good = variables_add_argument(p->macro->vars, args[i], err) &&
		       (!later || variables_set_later(p->macro->vars, slice_str(number), err));
	}
	return good;
}

bool macro_args(struct play *p, struct error *err)
{
	for (size_t i = 0; i < p->config.arg_count; i++)
		if (!variables_add_argument(p->macro->vars, p->config.args[i], err))
			return false;
	return true;
}

bool macro_vars(struct play *p, struct error *err)
{
	struct variables *v = p->macro->vars;
	for (size_t i = 0; i < p->config.var_count; i++) {
		const char *text = p->config.vars[i], *equals = strchr(text, '=');
		struct slice name = slice_of(text, equals ? (size_t)(equals - text) : 0);
		bool digits = name.len && name.at[0] >= '1' && name.at[0] <= '9';
		struct error why;
		if (!name.len)
			return error_set(err, STATUS_USAGE,
				"--var needs NAME=VALUE, where NAME is one of a variable or the "
				"number of an argument, not '%s'",
				quote(slice_str(text)).text);
		if (!digits && !variables_name_is_good(name, NULL, &why))
			return error_set(err, STATUS_USAGE, "no variable for '%s': %s",
				quote(slice_str(text)).text, why.what);
		if (!variables_set(v, name, slice_str(equals + 1), err))
			return false;
	}
	return true;
}
