/* secret.c - see secret.h. */
#include "secret.h"

#include "mem.h"
#include "text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECRET_NAME_MOST = 64, SECRETS_MAX = 100 };

struct secret {
	char *name, *value;
	size_t len;
	bool doubted; /* it may be wrong, so whoever needs it asks again */
};

size_t secret_count;

static struct {
	struct secret at[SECRETS_MAX];
	secret_ask *ask;
	void (*note)(void *arg, const char *text);
	void *arg;
} secrets;

void secret_on_ask(secret_ask *ask, void (*note)(void *arg, const char *text), void *arg)
{
	secrets.ask = ask;
	secrets.note = note;
	secrets.arg = arg;
}

static struct secret *secret_find(struct slice name)
{
	for (size_t i = 0; i < secret_count; i++)
		if (slice_is(name, secrets.at[i].name))
			return &secrets.at[i];
	return NULL;
}

static void wipe(struct secret *s)
{
	explicit_bzero(s->value, s->len);
	free(s->value);
}

static void say_short(const struct secret *s)
{
	char text[200];
	snprintf(text, sizeof text,
		"the secret %s has fewer than %d bytes, so wilco cannot hide it in what comes",
		s->name, SECRET_LEAST);
	if (secrets.note)
		secrets.note(secrets.arg, text);
}

void secret_keep(struct slice name, struct slice value)
{
	struct secret *s = secret_find(name);
	if (!s && secret_count == SECRETS_MAX)
		return;
	if (s)
		wipe(s);
	else
		s = &secrets.at[secret_count++];
	if (!s->name)
		s->name = mem_strn(name.at, name.len);
	s->value = mem_strn(value.at, value.len);
	s->len = value.len;
	s->doubted = false;
	if (s->len < SECRET_LEAST)
		say_short(s);
}

void secret_doubt(struct slice name)
{
	struct secret *s = secret_find(name);
	if (s)
		s->doubted = true;
}

void secret_forget(void)
{
	while (secret_count) {
		struct secret *s = &secrets.at[--secret_count];
		wipe(s);
		free(s->name);
		*s = (struct secret){0};
	}
}

/* ---- finding out a value ---- */

static bool is_name_byte(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_' ||
	       c == '-';
}

static bool is_good(struct slice name, struct error *err)
{
	size_t i = 0;
	while (i < name.len && is_name_byte(name.at[i]))
		i++;
	return (i == name.len && i && i <= SECRET_NAME_MOST) ||
	       error_at(err, 0, name.len + 7,
		       "'%s' cannot be the name of a secret, which has letters, digits, _ and -",
		       quote(name).text);
}

static bool no_more(struct error *err, size_t width)
{
	return error_at(err, 0, width, "at most %d secrets", SECRETS_MAX);
}

bool secret_give(struct slice name, struct slice value, struct error *err)
{
	if (!is_good(name, err))
		return false;
	if (!value.len || value.len > SECRET_MOST)
		return error_set(err, STATUS_USAGE, "the secret %s has 1 to %d bytes, not %zu",
			quote(name).text, SECRET_MOST, value.len);
	if (!secret_find(name) && secret_count == SECRETS_MAX)
		return no_more(err, name.len);
	secret_keep(name, value);
	return true;
}

/* Takes the value out of the environment, where other programs could see it. */
static bool take_environment(struct slice name)
{
	char key[SECRET_NAME_MOST + sizeof "WILCO_SECRET_"];
	snprintf(key, sizeof key, "WILCO_SECRET_%.*s", SLICE_ARG(name));
	char *value = getenv(key);
	if (!value)
		return false;
	secret_keep(name, slice_str(value));
	explicit_bzero(value, strlen(value));
	unsetenv(key);
	return true;
}

static enum name_is ask_for(struct slice name, struct error *err)
{
	struct bytes value;
	bytes_init(&value, SECRET_MOST);
	enum name_is is = secrets.ask ? secrets.ask(secrets.arg, name, &value, err) : NAME_UNKNOWN;
	if (is == NAME_KNOWN)
		secret_keep(name, bytes_slice(&value));
	if (value.len)
		explicit_bzero(value.at, value.len);
	bytes_free(&value);
	return is;
}

enum name_is secret_get(struct slice name, struct bytes *out, struct error *err)
{
	if (!is_good(name, err))
		return NAME_FAILED;
	const struct secret *known = secret_find(name);
	if ((!known || known->doubted) && !take_environment(name)) {
		enum name_is is = ask_for(name, err);
		if (is == NAME_UNKNOWN) {
			error_at(err, 0, name.len + 7, "the secret %s is not known",
				quote(name).text);
			error_hint(err,
				"there is no terminal to ask; WILCO_SECRET_%s in the environment "
				"gives it",
				quote(name).text);
		}
		if (is != NAME_KNOWN)
			return is;
	}
	const struct secret *s = secret_find(name);
	if (!s) {
		no_more(err, name.len + 7);
		return NAME_FAILED;
	}
	bytes_add(out, slice_of(s->value, s->len));
	return NAME_KNOWN;
}

static enum name_is spell(struct slice name, struct bytes *out)
{
	bytes_addf(out, "\\{secret:%.*s}", SLICE_ARG(name));
	return NAME_KNOWN;
}

/* A short one is not looked for in what comes, so it stands there itself. */
static enum name_is add_expected(struct slice name, struct bytes *out, struct error *err)
{
	struct bytes value;
	bytes_init(&value, SECRET_MOST);
	enum name_is is = secret_get(name, &value, err);
	if (is == NAME_KNOWN && value.len < SECRET_LEAST)
		bytes_add(out, bytes_slice(&value));
	else if (is == NAME_KNOWN)
		spell(name, out);
	if (value.len)
		explicit_bzero(value.at, value.len);
	bytes_free(&value);
	return is;
}

enum name_is secret_add(
	struct names *names, struct slice name, struct bytes *out, struct error *err)
{
	enum name_is is = NAME_FAILED;
	switch (names->secrets) {
	case SECRETS_REFUSED:
		error_at(err, 0, name.len + 7,
			"a secret can only stand in a command, and in what is expected below it");
		break;
	case SECRETS_SENT:
		is = secret_get(name, out, err);
		break;
	case SECRETS_SHOWN:
		is = spell(name, out);
		break;
	case SECRETS_EXPECTED:
		is = add_expected(name, out, err);
		break;
	}
	names->secret |= is == NAME_KNOWN;
	return is;
}

/* ---- hiding it ---- */

/* Returns the longest secret with which the bytes begin; NULL: none. */
static const struct secret *begins(struct slice bytes)
{
	const struct secret *found = NULL;
	for (size_t i = 0; i < secret_count; i++) {
		const struct secret *s = &secrets.at[i];
		bool longer = !found || s->len > found->len;
		if (s->len >= SECRET_LEAST && longer &&
			slice_starts(bytes, slice_of(s->value, s->len)))
			found = s;
	}
	return found;
}

bool secret_in(struct slice bytes)
{
	for (size_t i = 0; i < secret_count; i++)
		if (secrets.at[i].len >= SECRET_LEAST && bytes.len &&
			memmem(bytes.at, bytes.len, secrets.at[i].value, secrets.at[i].len))
			return true;
	return false;
}

void secret_hide(struct slice bytes, struct bytes *out)
{
	for (size_t i = 0; i < bytes.len;) {
		const struct secret *s = begins(slice_cut(bytes, i, bytes.len));
		if (s)
			spell(slice_str(s->name), out);
		else
			bytes_add_byte(out, bytes.at[i]);
		i += s ? s->len : 1;
	}
}

/* Says whether it is secret:NAME, or md5:NAME+... with one among them. */
static bool names_secret(struct slice inner)
{
	bool several = slice_starts(inner, SLICE("md5:"));
	for (size_t at = several ? 4 : 0; at < inner.len;) {
		struct slice rest = slice_cut(inner, at, inner.len);
		const uint8_t *plus = several ? memchr(rest.at, '+', rest.len) : NULL;
		struct slice part = slice_cut(rest, 0, plus ? (size_t)(plus - rest.at) : rest.len);
		if (slice_starts(part, SLICE("secret:")) &&
			secret_find(slice_cut(part, 7, part.len)))
			return true;
		at += part.len + 1;
	}
	return false;
}

size_t secret_named(struct slice text)
{
	if (!secret_count || !slice_starts(text, SLICE("\\{")))
		return 0;
	const uint8_t *end = memchr(text.at, '}', text.len);
	struct slice inner = slice_cut(text, 2, end ? (size_t)(end - text.at) : 2);
	return names_secret(inner) ? inner.len + 3 : 0;
}
