/* address_spelled.c - how an address is written: in messages, short, and to be read again. */
#include "transport/address_private.h"

#include "base/text.h"

static bool unverified(const struct address *a)
{
	return a->kind->uses & USE_TLS && !a->settings.at[SET_VERIFY].value;
}

static bool old_tls(const struct address *a)
{
	return a->kind->uses & USE_TLS && a->settings.at[SET_TLS_MIN].value < TLS_MIN_1_2;
}

/* Says whether what stands behind the kind's name is a path or a command: no host. */
static bool is_path(const struct address *a)
{
	return !address_takes_slashes(a->kind) || slice_starts(slice_str(a->host), SLICE("unix:"));
}

enum spelling { FOR_PEOPLE, AS_IT_IS };

static void add_where(const struct address *a, enum spelling spelling, struct bytes *out)
{
	struct slice host = slice_str(a->host);
	bool path = is_path(a);
	bool bracket = !path && strchr(a->host, ':') != NULL;
	bytes_add_str(out, bracket ? "[" : "");
	if (spelling == AS_IT_IS)
		bytes_add(out, host);
	else
		text_add(out, host, TEXT_PLAIN);
	bytes_add_str(out, bracket ? "]" : "");
	if (!path)
		bytes_addf(out, ":%u", a->port);
}

/* Returns a name without its domain; the numbers of an IP address are no domain. */
static struct slice without_domain(struct slice host)
{
	const uint8_t *dot = host.len ? memchr(host.at, '.', host.len) : NULL;
	bool name = false;
	for (size_t i = 0; i < host.len; i++)
		name = name || is_letter(host.at[i]);
	bool numbers = host.len && memchr(host.at, ':', host.len);
	return dot && name && !numbers ? slice_cut(host, 0, (size_t)(dot - host.at)) : host;
}

/* Returns what stands behind the last slash of the first n bytes, with all that follows these. */
static struct slice behind_slash(struct slice path, size_t n)
{
	const uint8_t *slash = n && n <= path.len ? memrchr(path.at, '/', n) : NULL;
	return slash ? slice_cut(path, (size_t)(slash - path.at) + 1, path.len) : path;
}

static bool is_number(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_digit(text.at[i]))
			return false;
	return text.len > 0;
}

void address_short(const struct address *a, struct bytes *out)
{
	struct slice host = slice_str(a->host);
	if (!is_path(a)) {
		bool bracket = strchr(a->host, ':') != NULL;
		bytes_add_str(out, bracket ? "[" : "");
		text_add(out, without_domain(host), TEXT_PLAIN);
		bytes_add_str(out, bracket ? "]" : "");
		if (a->port_said)
			bytes_addf(out, ":%u", a->port);
		return;
	}
	struct slice first = slice_word(&host); /* a command has more words */
	struct slice last = behind_slash(first, first.len);
	if (is_number(last)) /* "pts/3" */
		last = behind_slash(first, (size_t)(last.at - first.at) - 1);
	text_add(out, last.len ? last : first, TEXT_PLAIN);
}

void address_text(const struct address *a, struct bytes *out)
{
	bytes_addf(out, "%s ", a->kind->name);
	add_where(a, FOR_PEOPLE, out);
	if (a->text[TEXT_VIA])
		bytes_add_str(out, " (via a command)");
	if (unverified(a))
		bytes_add_str(out, " (not verified)");
	if (old_tls(a))
		bytes_add_str(out, " (old TLS allowed)");
}

static void add_url(const struct address *a, enum spelling spelling, struct bytes *out)
{
	bytes_addf(out, "%s:%s", a->kind->name, is_path(a) ? "" : "//");
	add_where(a, spelling, out);
}

void address_place(const struct address *a, struct bytes *out)
{
	add_url(a, FOR_PEOPLE, out);
	bytes_add_str(out, unverified(a) ? "?verify=no" : "");
	if (!old_tls(a))
		return;
	bytes_add_str(out, unverified(a) ? "&tls-min=" : "?tls-min=");
	setting_text(&a->settings, SET_TLS_MIN, out);
}

void address_url(const struct address *a, struct bytes *out)
{
	const char *mark = "?";
	add_url(a, AS_IT_IS, out);
	for (size_t i = 0; setting_name(i); i++)
		if (a->settings.at[i].set && setting_applies(a->kind, i)) {
			bytes_addf(out, "%s%s=", mark, setting_name(i));
			setting_text(&a->settings, i, out);
			mark = "&";
		}
	for (size_t i = 0; i < ADDRESS_TEXT_COUNT; i++)
		if (a->text[i]) {
			bytes_addf(out, "%s%s=%s", mark, address_text_name(i, a->kind->uses),
				a->text[i]);
			mark = "&";
		}
}
