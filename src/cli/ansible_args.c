/* ansible_args.c - reads the parameters of a task of Ansible's; see ansible.h.
 *
 * Templates make strings, so numbers and truth values may be strings, too.  The other way round a
 * truth value is no text: YAML makes one of ON, OFF, yes and no, and nobody would see that another
 * word was sent.
 */
#include "cli/ansible.h"

#include "adapter/jansson.h"
#include "adapter/module.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/secret.h"
#include "base/table.h"
#include "base/text.h"
#include <stdio.h>
#include <strings.h>

enum { WHY_MAX = 160, WHERE_MAX = 160, NAMES_MAX = 200 };

enum kind {
	KIND_TEXT,
	KIND_PORT,
	KIND_TRUTH,
	KIND_TEXTS,  /* a list, or one text */
	KIND_PAIRS,  /* a value for each name */
	KIND_SECRETS /* the same, for nobody to see */
};

enum text_is {
	TEXT_SEEN = 1, /* it would be shown with a secret in it */
	TEXT_LINE =
		2, /* one line; a block of YAML has a line feed at its end, which is none of it */
};

#define IN_ARGS(member) offsetof(struct ansible_args, member)
static const struct parameter {
	char name[24]; /* empty: the end */
	enum kind kind;
	size_t at;   /* in the struct */
	unsigned is; /* enum text_is */
} parameters[] = {
	{"command", KIND_TEXTS, IN_ARGS(command), TEXT_LINE},
	{"device", KIND_TEXT, IN_ARGS(device), TEXT_SEEN | TEXT_LINE},
	{"expect", KIND_TEXTS, IN_ARGS(expect), 0},
	{"fields", KIND_PAIRS, IN_ARGS(fields), TEXT_SEEN},
	{"frame", KIND_TEXT, IN_ARGS(frame), TEXT_SEEN | TEXT_LINE},
	{"macro", KIND_TEXT, IN_ARGS(macro), TEXT_SEEN},
	{"port", KIND_PORT, IN_ARGS(port), 0},
	{"query", KIND_TEXT, IN_ARGS(query), TEXT_LINE},
	{"read_only", KIND_TRUTH, IN_ARGS(read_only), 0},
	{"secrets", KIND_SECRETS, 0, 0},
	{"settings", KIND_PAIRS, IN_ARGS(settings), TEXT_SEEN},
	{"timeout", KIND_TEXT, IN_ARGS(timeout), TEXT_SEEN | TEXT_LINE},
	{"vars", KIND_PAIRS, IN_ARGS(vars), TEXT_SEEN},
	{"want", KIND_TEXT, IN_ARGS(want), 0},
	{"", KIND_TEXT, 0, 0},
};

struct args_reader {
	const struct jansson_functions *json;
	struct ansible_args *args;
	const struct parameter *parameter;
	char where[WHERE_MAX]; /* "port", "command[2]", "fields.unit" */
	struct error *err;
};

static const char *args_name(const void *unused, size_t index)
{
	(void)unused;
	return parameters[index].name[0] ? parameters[index].name : NULL;
}

static bool wrong(struct args_reader *r, const char *what)
{
	return error_set(r->err, STATUS_USAGE, "%s %s", r->where, what);
}

/* ---- values ---- */

static bool take_digits(int64_t number, char **text)
{
	char digits[24];
	snprintf(digits, sizeof digits, "%lld", (long long)number);
	*text = mem_str(digits);
	return true;
}

/* Whatever is shown must not have a secret in it; commands and what is expected hide theirs. */
static bool may_be_seen(struct args_reader *r, struct slice text)
{
	return !(r->parameter->is & TEXT_SEEN) || !secret_in(text) ||
	       error_set(r->err, STATUS_USAGE,
		       "%s would show a secret: its value stands in it; in a command, "
		       "\\{secret:NAME} stands for it",
		       r->where);
}

/* Takes the line feed off the end of a line; false: there are others. */
static bool is_one_line(struct args_reader *r, struct slice *text)
{
	if (!(r->parameter->is & TEXT_LINE))
		return true;
	while (text->len && text->at[text->len - 1] == '\n')
		text->len--;
	return !text->len || !memchr(text->at, '\n', text->len) ||
	       wrong(r, "is one line; \\n stands for a line feed that the device gets");
}

static bool take_text(struct args_reader *r, const struct jansson *value, char **text)
{
	int64_t number;
	bool truth;
	const char *string = r->json->string(value);
	if (r->json->truth(value, &truth))
		return wrong(r, "is a truth value: YAML reads ON, OFF, yes and no as one; put the "
				"text in quotes");
	if (!string && r->json->integer(value, &number))
		return take_digits(number, text);
	if (!string)
		return wrong(r, "is a text; a number with a point, a list or a dict has to be put "
				"in quotes");
	struct slice taken = slice_str(string);
	if (!may_be_seen(r, taken) || !is_one_line(r, &taken))
		return false;
	free(*text);
	*text = mem_strn(taken.at, taken.len);
	return true;
}

static bool take_port(struct args_reader *r, const struct jansson *value, uint16_t *port)
{
	char *text = NULL;
	uint64_t number = 0;
	bool good = take_text(r, value, &text) &&
		    number_parse(slice_str(text), r->where, 1, 65535, &number, r->err);
	*port = (uint16_t)number;
	free(text);
	return good;
}

/* The words that Ansible takes. */
static int truth_of(const char *text)
{
	static const char *const words[2][7] = {{"no", "off", "0", "false", "f", "n", NULL},
		{"yes", "on", "1", "true", "t", "y", NULL}};
	for (int truth = 0; text && truth < 2; truth++)
		for (size_t i = 0; words[truth][i]; i++)
			if (strcasecmp(text, words[truth][i]) == 0)
				return truth;
	return -1;
}

static bool take_truth(struct args_reader *r, const struct jansson *value, bool *truth)
{
	int64_t number;
	if (r->json->truth(value, truth))
		return true;
	int read = r->json->integer(value, &number) && number >= 0 && number <= 1
			   ? (int)number
			   : truth_of(r->json->string(value));
	*truth = read > 0;
	return read >= 0 || wrong(r, "is yes or no");
}

static bool take_one_of(
	struct args_reader *r, const struct jansson *value, struct ansible_texts *to)
{
	char *text = NULL;
	if (!take_text(r, value, &text))
		return false;
	to->at = mem_more(to->at, to->count, &to->room, sizeof *to->at);
	to->at[to->count++] = text;
	return true;
}

static bool take_texts(struct args_reader *r, const struct jansson *value, struct ansible_texts *to)
{
	if (!r->json->is_list(value))
		return take_one_of(r, value, to);
	for (size_t i = 0; i < r->json->count(value); i++) {
		snprintf(r->where, sizeof r->where, "%s[%zu]", r->parameter->name, i);
		if (!take_one_of(r, r->json->element(value, i), to))
			return false;
	}
	return true;
}

static void name_where(struct args_reader *r, const char *name)
{
	snprintf(r->where, sizeof r->where, "%s.%s", r->parameter->name,
		quote(slice_str(name)).text);
}

static bool take_pair(struct args_reader *r, const char *name, const struct jansson *value,
	struct ansible_pairs *to)
{
	char *text = NULL;
	name_where(r, name);
	if (!may_be_seen(r, slice_str(name)) || !take_text(r, value, &text))
		return false;
	to->at = mem_more(to->at, to->count, &to->room, sizeof *to->at);
	to->at[to->count++] = (struct ansible_pair){mem_str(name), text};
	return true;
}

static bool take_secret(struct args_reader *r, const char *name, const struct jansson *value)
{
	char *text = NULL;
	name_where(r, name);
	if (!take_text(r, value, &text))
		return false;
	bool good = secret_give(slice_str(name), slice_str(text), r->err);
	explicit_bzero(text, strlen(text));
	free(text);
	return good;
}

static bool take_pairs(struct args_reader *r, struct jansson *value, struct ansible_pairs *to)
{
	void *at = NULL;
	if (!r->json->is_object(value))
		return wrong(r, "is a dict: a value for each name");
	while ((at = r->json->next(value, at))) {
		const char *name = r->json->key(at);
		struct jansson *of = r->json->value(at);
		if (to ? !take_pair(r, name, of, to) : !take_secret(r, name, of))
			return false;
	}
	return true;
}

static bool take_value(struct args_reader *r, struct jansson *value)
{
	void *to = (char *)r->args + r->parameter->at;
	snprintf(r->where, sizeof r->where, "%s", r->parameter->name);
	if (r->json->is_null(value)) /* as Ansible has it: not given */
		return true;
	switch (r->parameter->kind) {
	case KIND_TEXT:
		return take_text(r, value, to);
	case KIND_PORT:
		return take_port(r, value, to);
	case KIND_TRUTH:
		return take_truth(r, value, to);
	case KIND_TEXTS:
		return take_texts(r, value, to);
	case KIND_PAIRS:
		return take_pairs(r, value, to);
	case KIND_SECRETS:
		return take_pairs(r, value, NULL);
	}
	return false;
}

/* ---- all of them ---- */

static bool unknown(struct args_reader *r, const char *name)
{
	char names[NAMES_MAX];
	const char *near = table_near(slice_str(name), args_name, NULL);
	error_set(r->err, STATUS_USAGE, "unknown parameter '%s'; there are %s",
		quote(slice_str(name)).text,
		table_list(SLICE(""), args_name, NULL, names, sizeof names));
	return near ? error_hint(r->err, "did you mean %s?", near) : false;
}

/* Ansible's own begin with an underscore, and other releases have others. */
static bool take_own(struct args_reader *r, const char *name, const struct jansson *value)
{
	static const struct parameter check = {"_ansible_check_mode", KIND_TRUTH, 0, 0};
	if (strcmp(name, check.name) != 0)
		return true;
	snprintf(r->where, sizeof r->where, "%s", name);
	return take_truth(r, value, &r->args->check_mode);
}

static bool take_parameter(struct args_reader *r, const char *name, struct jansson *value)
{
	if (strncmp(name, "_ansible_", 9) == 0)
		return take_own(r, name, value);
	int found = table_exact(slice_str(name), args_name, NULL);
	if (found < 0)
		return unknown(r, name);
	r->parameter = &parameters[found];
	return r->parameter->kind == KIND_SECRETS || take_value(r, value);
}

/* Takes the secrets first, because the others are searched for them. */
static bool take_all(struct args_reader *r, struct jansson *all)
{
	void *at = NULL;
	int secrets = table_exact(SLICE("secrets"), args_name, NULL);
	struct jansson *value = r->json->member(all, "secrets");
	r->parameter = &parameters[secrets];
	if (value && !take_value(r, value))
		return false;
	while ((at = r->json->next(all, at)))
		if (!take_parameter(r, r->json->key(at), r->json->value(at)))
			return false;
	return true;
}

/* Says whether the parameters go together. */
static bool fit(const struct ansible_args *a, struct error *err)
{
	const char *wrong = NULL;
	if (!a->device || !*a->device)
		wrong = "device is required: the address of the device, or its name";
	else if (!a->command.count == !a->macro)
		wrong = "either command or macro is required, and not both: what is sent to the "
			"device";
	else if (!a->query != !a->want)
		wrong = "query and want go together: what is asked, and the reply of a device that "
			"is as it should be";
	else if (a->query && a->read_only)
		wrong = "read_only does not go with query, whose commands are sent to change "
			"something";
	else if (a->macro && a->expect.count)
		wrong = "expect goes with command; a macro has what it expects below its commands";
	else if (a->vars.count && !a->macro)
		wrong = "vars goes with macro, in which \\{NAME} stands for a value";
	else if (a->expect.count > 1 && a->expect.count != a->command.count)
		wrong = "expect is one reply for all commands, or a list with one for each";
	return !wrong || error_set(err, STATUS_USAGE, "%s", wrong);
}

static bool from_ansible(struct args_reader *r, const struct jansson *all)
{
	return r->json->string(r->json->member(all, "_ansible_module_name")) ||
	       error_set(r->err, STATUS_USAGE,
		       "the file has no parameters of Ansible's: an object with "
		       "_ansible_module_name in it");
}

bool ansible_args_read(struct slice json, struct ansible_args *a, struct error *err)
{
	char why[WHY_MAX];
	unsigned line;
	struct args_reader r = {.json = module_jansson(err), .args = a, .err = err};
	*a = (struct ansible_args){.port = 0};
	if (!r.json)
		return false;
	struct jansson *all = r.json->read(
		json.len ? (const char *)json.at : "", json.len, why, sizeof why, &line);
	if (!all)
		return error_set(err, STATUS_USAGE, "the parameters are no JSON: line %u: %s", line,
			quote(slice_str(why)).text);
	bool good = from_ansible(&r, all) && take_all(&r, all) && fit(a, err);
	r.json->free(all);
	return good;
}

static void free_texts(struct ansible_texts *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->at[i]);
	free(t->at);
}

static void free_pairs(struct ansible_pairs *p)
{
	for (size_t i = 0; i < p->count; i++) {
		free(p->at[i].name);
		free(p->at[i].value);
	}
	free(p->at);
}

void ansible_args_free(struct ansible_args *a)
{
	char *const texts[] = {a->device, a->frame, a->timeout, a->macro, a->query, a->want};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		free(texts[i]);
	free_texts(&a->command);
	free_texts(&a->expect);
	free_pairs(&a->settings);
	free_pairs(&a->fields);
	free_pairs(&a->vars);
	*a = (struct ansible_args){.port = 0};
}
