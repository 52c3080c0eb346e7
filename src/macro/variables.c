/* variables.c - see variables.h. */
#include "macro/variables.h"

#include "adapter/module.h"
#include "adapter/tls.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/table.h"
#include "base/text.h"
#include <stdio.h>
#include <wilco/limits.h>

enum { NAME_MOST = 64 };

struct variable {
	char *name;
	struct bytes value;
	bool later;  /* it has no value yet, but will have one */
	bool passed; /* or would have one, if the step that takes it were played */
};

static enum name_is get(
	struct names *n, struct slice name, bool optional, struct bytes *out, struct error *err);

void variables_init(struct variables *v)
{
	*v = (struct variables){.names.get = get};
}

/* Forgets the arguments, or the others. */
static void forget(struct variables *v, bool arguments)
{
	size_t kept = 0;
	for (size_t i = 0; i < v->count; i++)
		if ((v->vars[i].name[0] <= '9') == arguments) {
			free(v->vars[i].name);
			bytes_free(&v->vars[i].value);
		} else {
			v->vars[kept++] = v->vars[i];
		}
	v->count = kept;
}

void variables_clear_arguments(struct variables *v)
{
	forget(v, true);
	v->arguments = 0;
}

void variables_clear(struct variables *v)
{
	forget(v, false);
}

void variables_free(struct variables *v)
{
	variables_clear(v);
	variables_clear_arguments(v);
	free(v->vars);
	v->vars = NULL;
}

static struct variable *variable_of(const struct variables *v, struct slice name)
{
	for (size_t i = 0; i < v->count; i++)
		if (slice_is(name, v->vars[i].name))
			return &v->vars[i];
	return NULL;
}

/* Finds the variable or makes a new one without a value. */
static struct variable *variable_new(struct variables *v, struct slice name, struct error *err)
{
	struct variable *var = variable_of(v, name);
	if (var)
		return var;
	if (v->count == VARIABLES_MAX) {
		error_at(err, 0, name.len, "a macro has at most %d variables", VARIABLES_MAX);
		return NULL;
	}
	v->vars = mem_grow(v->vars, v->count + 1, sizeof *v->vars);
	var = &v->vars[v->count++];
	*var = (struct variable){.name = mem_strn(name.at, name.len)};
	bytes_init(&var->value, LIMIT_LINE);
	return var;
}

bool variables_set(struct variables *v, struct slice name, struct slice value, struct error *err)
{
	struct variable *var = variable_new(v, name, err);
	if (!var)
		return false;
	var->later = var->passed = false;
	bytes_clear(&var->value);
	return bytes_add(&var->value, value) ||
	       error_at(err, 0, name.len, "the value of %s has %zu bytes; at most %d fit",
		       var->name, value.len, LIMIT_LINE);
}

bool variables_set_later(struct variables *v, struct slice name, struct error *err)
{
	struct variable *var = variable_new(v, name, err);
	if (!var)
		return false;
	var->later = true;
	var->passed = false;
	return true;
}

bool variables_set_passed(struct variables *v, struct slice name, struct error *err)
{
	if (!variables_set_later(v, name, err))
		return false;
	variable_of(v, name)->passed = true;
	return true;
}

void variables_forget_passed(struct variables *v)
{
	size_t kept = 0;
	for (size_t i = 0; i < v->count; i++)
		if (v->vars[i].passed) {
			free(v->vars[i].name);
			bytes_free(&v->vars[i].value);
		} else {
			v->vars[kept++] = v->vars[i];
		}
	v->count = kept;
}

bool variables_find(const struct variables *v, struct slice name, struct slice *value)
{
	const struct variable *var = variable_of(v, name);
	if (!var || var->later)
		return false;
	*value = bytes_slice(&var->value);
	return true;
}

void variables_copy(struct variables *to, const struct variables *from)
{
	struct error full; /* not possible: they fit already */
	for (size_t i = 0; i < from->count; i++)
		if (!from->vars[i].later)
			variables_set(to, slice_str(from->vars[i].name),
				bytes_slice(&from->vars[i].value), &full);
}

bool variables_add_argument(struct variables *v, struct slice value, struct error *err)
{
	char name[16];
	snprintf(name, sizeof name, "%zu", v->arguments + 1);
	if (!variables_set(v, slice_str(name), value, err))
		return false;
	v->arguments++;
	return true;
}

void variables_skip_argument(struct variables *v)
{
	v->arguments++;
}

static bool is_name_byte(uint8_t c)
{
	return is_alnum(c) || c == '_' || c == '-';
}

static bool is_name(struct slice name)
{
	if (!name.len || name.len > NAME_MOST || is_digit(name.at[0]) || name.at[0] == '-')
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!is_name_byte(name.at[i]))
			return false;
	return true;
}

bool variables_name_is_good(struct slice name, const struct frame *frame, struct error *err)
{
	if (!is_name(name)) {
		error_at(err, 0, name.len, "'%s' cannot be the name of a variable",
			quote(name).text);
		return error_hint(err,
			"a name has letters, digits, _ and -, begins with a letter and has at most "
			"%d bytes",
			NAME_MOST);
	}
	if (slice_is(name, "n"))
		return error_at(err, 0, 1,
			"n is the number of the loop's turn, so no variable can have this name");
	if (frame && frame_field_index(frame, name) >= 0)
		return error_at(err, 0, name.len,
			"'%s' is a field of the frame, so no variable can have this name",
			quote(name).text);
	return true;
}

/* ---- \{name} ---- */

/* Lists what is known, for messages. */
static const char *known_name(const void *variables, size_t index)
{
	const struct variables *v = variables;
	if (index < v->count)
		return v->vars[index].name;
	index -= v->count;
	if (v->iteration != NAME_UNKNOWN && !index--)
		return "n";
	return v->frame && index < frame_field_count(v->frame) ? frame_field_name(v->frame, index)
							       : NULL;
}

static enum name_is unknown(const struct variables *v, struct slice name, struct error *err)
{
	char list[200];
	const char *near = table_near(name, known_name, v);
	error_at(err, 0, name.len, "\\{%s} has no value", quote(name).text);
	table_list(SLICE(""), known_name, v, list, sizeof list);
	if (near)
		error_hint(err, "did you mean \\{%s}?", near);
	else
		error_hint(err, "%s%s%sset one by .let or .capture, or use env:NAME, secret:NAME",
			*list ? "known here: " : "nothing is known here", *list ? list : "", "; ");
	return NAME_UNKNOWN;
}

static enum name_is add(struct bytes *out, struct slice value)
{
	bytes_add(out, value); /* whoever asked looks whether it went over */
	return NAME_KNOWN;
}

static enum name_is get_environment(struct slice name, struct bytes *out, struct error *err)
{
	if (slice_starts(name, SLICE("WILCO_SECRET_"))) {
		error_at(err, 0, name.len + 4, "%s is a secret, which would be shown",
			quote(name).text);
		error_hint(err, "secret:%s is its name", quote(slice_cut(name, 13, name.len)).text);
		return NAME_FAILED;
	}
	char *key = mem_strn(name.at, name.len);
	const char *value = getenv(key);
	free(key);
	if (value)
		return add(out, slice_str(value));
	error_at(err, 0, name.len + 4, "the environment has no %s", quote(name).text);
	return NAME_UNKNOWN;
}

static enum name_is get_secret(
	struct variables *v, struct slice name, struct bytes *out, struct error *err)
{
	struct bytes value;
	enum name_is is = NAME_UNKNOWN;
	bool needed = v->names.secrets == SECRETS_SENT || v->names.secrets == SECRETS_EXPECTED;
	bytes_init(&value, LIMIT_LINE);
	if (v->ask && needed)
		is = v->ask(v->ask_arg, name, true, &value, err);
	if (is == NAME_KNOWN)
		secret_keep(name, bytes_slice(&value));
	if (value.len)
		explicit_bzero(value.at, value.len);
	bytes_free(&value);
	if (is == NAME_LATER || is == NAME_FAILED)
		return is;
	is = secret_add(&v->names, name, out, err);
	if (is != NAME_LATER)
		return is;
	error_at(err, 0, name.len + 7, "the secret %s is not known", quote(name).text);
	error_hint(err, "a command at the prompt with \\{secret:%s} asks for it", quote(name).text);
	return NAME_FAILED;
}

/* Says whether it is one of those that were given, without a value. */
static bool is_skipped(const struct variables *v, struct slice name)
{
	return name.len == 1 && name.at[0] > '0' && (size_t)(name.at[0] - '0') <= v->arguments;
}

/* Asks for an argument that is missing, and keeps it. */
static enum name_is get_argument(
	struct variables *v, struct slice name, bool optional, struct bytes *out, struct error *err)
{
	struct bytes value;
	if (is_skipped(v, name))
		return optional ? NAME_UNKNOWN : NAME_KNOWN;
	bytes_init(&value, LIMIT_LINE);
	enum name_is is =
		optional || !v->ask ? NAME_UNKNOWN : v->ask(v->ask_arg, name, false, &value, err);
	if (is == NAME_KNOWN)
		is = variables_set(v, name, bytes_slice(&value), err)
			     ? add(out, bytes_slice(&value))
			     : NAME_FAILED;
	bytes_free(&value);
	if (is != NAME_UNKNOWN)
		return is;
	error_at(err, 0, name.len, "argument %s is missing", quote(name).text);
	error_hint(err, "%zu argument%s given; \\{%s|x} would have the default x", v->arguments,
		v->arguments == 1 ? " was" : "s were", quote(name).text);
	return NAME_UNKNOWN;
}

static enum name_is md5_of(struct slice bytes, struct bytes *out, struct error *err)
{
	char digits[TLS_MD5_MAX];
	const struct tls_functions *tls = module_tls(err);
	if (!tls)
		return NAME_FAILED;
	if (!tls->md5(bytes.at, bytes.len, digits)) {
		error_set(err, STATUS_USAGE, "OpenSSL does not offer MD5 on this machine");
		return NAME_FAILED;
	}
	return add(out, slice_str(digits));
}

/* Joins the values of NAME+NAME+...; the secrets among them are the values themselves. */
static enum name_is join(
	struct variables *v, struct slice list, struct bytes *out, struct error *err)
{
	enum name_is all = NAME_KNOWN;
	for (size_t at = 0; at <= list.len;) {
		struct slice rest = slice_cut(list, at, list.len);
		const uint8_t *plus = rest.len ? memchr(rest.at, '+', rest.len) : NULL;
		struct slice part = slice_cut(rest, 0, plus ? (size_t)(plus - rest.at) : rest.len);
		enum name_is is = get(&v->names, part, false, out, err);
		if (is == NAME_UNKNOWN || is == NAME_FAILED) {
			err->column += at;
			return NAME_FAILED;
		}
		all = is == NAME_LATER ? is : all;
		at += part.len + 1;
	}
	return all;
}

/* \{md5:seed+secret:PASSWORD}: 32 hex digits, as hidden as what they are made of. */
static enum name_is get_md5(
	struct variables *v, struct slice list, struct bytes *out, struct error *err)
{
	enum names_secrets secrets = v->names.secrets;
	bool before = v->names.secret;
	struct bytes joined;
	bytes_init(&joined, LIMIT_LINE);
	v->names.secret = false;
	if (secrets == SECRETS_SHOWN || secrets == SECRETS_EXPECTED)
		v->names.secrets = SECRETS_SENT;
	enum name_is is = join(v, list, &joined, err);
	v->names.secrets = secrets;
	if (is == NAME_FAILED)
		err->column += 4;
	else if (joined.over) {
		error_at(err, 4, list.len, "together they have more than %d bytes", LIMIT_LINE);
		is = NAME_FAILED;
	} else if (v->names.secret && secrets == SECRETS_SHOWN)
		bytes_addf(out, "\\{md5:%.*s}", SLICE_ARG(list));
	else if (is == NAME_KNOWN)
		is = md5_of(bytes_slice(&joined), out, err);
	v->names.secret |= before;
	if (joined.len)
		explicit_bzero(joined.at, joined.len);
	bytes_free(&joined);
	return is;
}

static enum name_is get_field(const struct variables *v, int field, struct bytes *out)
{
	if (!v->fields)
		return NAME_LATER;
	const struct field_value *value = &v->fields[field];
	if (value->form == FIELD_TEXT)
		return add(out, slice_of(value->text, value->len));
	frame_field_text(value, out);
	return NAME_KNOWN;
}

static bool is_number(struct slice name)
{
	size_t i = 0;
	while (i < name.len && is_digit(name.at[i]))
		i++;
	return i && i == name.len;
}

static enum name_is get(
	struct names *n, struct slice name, bool optional, struct bytes *out, struct error *err)
{
	struct variables *v = (struct variables *)n;
	const struct variable *var = variable_of(v, name);
	if (var)
		return var->later ? NAME_LATER : add(out, bytes_slice(&var->value));
	if (slice_starts(name, SLICE("env:")))
		return get_environment(slice_cut(name, 4, name.len), out, err);
	if (slice_starts(name, SLICE("md5:")))
		return get_md5(v, slice_cut(name, 4, name.len), out, err);
	if (slice_starts(name, SLICE("secret:")))
		return get_secret(v, slice_cut(name, 7, name.len), out, err);
	if (is_number(name))
		return get_argument(v, name, optional, out, err);
	if (slice_is(name, "n") && v->iteration != NAME_UNKNOWN) {
		if (v->iteration == NAME_KNOWN)
			bytes_addf(out, "%llu", (unsigned long long)v->n);
		return v->iteration;
	}
	int field = v->frame ? frame_field_index(v->frame, name) : -1;
	return field >= 0 ? get_field(v, field, out) : unknown(v, name, err);
}
