/* address.c - where a device is: parsed, spelled; see transport.h and doc/wilco.1, ADDRESSES. */
#include "transport/transport_private.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/table.h"
#include "base/text.h"
#include <stdlib.h>

static const struct transport_kind *const kinds[] = {&transport_tcp, &transport_listen};

enum { KINDS = sizeof kinds / sizeof kinds[0], HOST_MAX = 255 };

const char *transport_kind_name(size_t index)
{
	return index < KINDS ? kinds[index]->name : NULL;
}

static const char *kind_at(const void *unused, size_t index)
{
	(void)unused;
	return transport_kind_name(index);
}

static const uint8_t *find(struct slice s, const char *text)
{
	return s.len ? memmem(s.at, s.len, text, strlen(text)) : NULL;
}

/* "tcp://": the kind, and what stands behind. */
static bool parse_scheme(struct slice *rest, struct address *a, struct error *err)
{
	const uint8_t *mark = find(*rest, "://");
	a->kind = &transport_tcp;
	if (!mark)
		return true;
	struct slice scheme = slice_cut(*rest, 0, (size_t)(mark - rest->at));
	int found = table_exact(scheme, kind_at, NULL);
	if (found < 0) {
		char list[100];
		error_at(err, 0, scheme.len, "no kind of line is called '%s'", quote(scheme).text);
		return error_hint(err, "kinds are %s, as in tcp://10.0.0.5:9100",
			table_list(SLICE(""), kind_at, NULL, list, sizeof list));
	}
	a->kind = kinds[found];
	*rest = slice_cut(*rest, scheme.len + 3, rest->len);
	return true;
}

static bool has_setting(const struct settings *s, struct slice name)
{
	for (size_t i = 0; setting_name(i); i++)
		if (slice_is(name, setting_name(i)))
			return s->at[i].set;
	return false;
}

/* "key=value&key=value"; errors are placed in it. */
static bool parse_settings(struct slice list, struct settings *s, struct error *err)
{
	for (size_t at = 0; at < list.len;) {
		struct slice pair = slice_cut(list, at, list.len);
		const uint8_t *amp = memchr(pair.at, '&', pair.len);
		if (amp)
			pair.len = (size_t)(amp - pair.at);
		const uint8_t *equals = pair.len ? memchr(pair.at, '=', pair.len) : NULL;
		if (!equals)
			return error_at(err, at, pair.len, "a setting is NAME=VALUE, not '%s'",
				quote(pair).text);
		size_t n = (size_t)(equals - pair.at);
		struct slice name = slice_cut(pair, 0, n);
		if (has_setting(s, name))
			return error_at(
				err, at, n, "the setting %s stands twice", quote(name).text);
		if (!setting_parse(name, slice_cut(pair, n + 1, pair.len), s, err)) {
			err->placed = true;
			err->column = at;
			err->width = pair.len;
			return false;
		}
		at += pair.len + (amp ? 1 : 0);
	}
	return true;
}

static bool parse_port(
	struct slice text, size_t at, bool local, struct address *a, struct error *err)
{
	uint64_t port;
	bool listens = local || a->kind->listens;
	if (number_parse(text, "a port", listens ? 0 : 1, 65535, &port, err)) {
		a->port = (uint16_t)port;
		a->port_said = true;
		return true;
	}
	err->placed = true;
	err->column = at;
	err->width = text.len;
	return false;
}

static bool check_host(struct slice host, size_t at, bool may_be_empty, struct error *err)
{
	if (!host.len && !may_be_empty)
		return error_at(
			err, at, 1, "an address needs a host, such as 10.0.0.5 or pump1.local");
	if (host.len > HOST_MAX)
		return error_at(err, at, host.len, "a host has at most %d bytes", HOST_MAX);
	for (size_t i = 0; i < host.len; i++) {
		uint8_t c = host.at[i];
		bool good = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
			    c >= 0x80 || strchr(".-_:%", c);
		if (!good || !c)
			return error_at(err, at + i, 1, "'%s' cannot stand in a host",
				quote(slice_cut(host, i, i + 1)).text);
	}
	return true;
}

/* HOST, HOST:PORT, [::1]:PORT, ::1 */
static bool parse_host(
	struct slice rest, size_t at, bool local, struct address *a, struct error *err)
{
	struct slice host = rest, port = {0};
	bool bracket = rest.len && rest.at[0] == '[';
	if (bracket) {
		const uint8_t *close = memchr(rest.at, ']', rest.len);
		if (!close)
			return error_at(err, at, 1, "a '[' without its ']': write [::1]:9100");
		host = slice_cut(rest, 1, (size_t)(close - rest.at));
		port = slice_cut(rest, (size_t)(close - rest.at) + 1, rest.len);
	} else if (rest.len) {
		const uint8_t *colon = memrchr(rest.at, ':', rest.len);
		bool only = colon && memchr(rest.at, ':', rest.len) == colon;
		if (only) { /* more than one: IPv6 without a port */
			host = slice_cut(rest, 0, (size_t)(colon - rest.at));
			port = slice_cut(rest, host.len, rest.len);
		}
	}
	size_t host_at = at + (bracket ? 1 : 0);
	if (!check_host(host, host_at, a->kind->listens || local, err))
		return false;
	a->host = mem_strn(host.at, host.len);
	size_t port_at = at + rest.len - port.len;
	if (port.len && port.at[0] != ':')
		return error_at(err, port_at, port.len, "'%s' behind the host: a port is :PORT",
			quote(port).text);
	return !port.len || parse_port(slice_cut(port, 1, port.len), port_at + 1, local, a, err);
}

static bool parse(
	struct slice text, uint16_t port, bool local, struct address *a, struct error *err)
{
	struct slice rest = text;
	*a = (struct address){.port = port ? port : PORT_DEFAULT};
	settings_init(&a->settings);
	bool good = parse_scheme(&rest, a, err);
	size_t at = text.len - rest.len;
	if (good) {
		const uint8_t *mark = rest.len ? memchr(rest.at, '?', rest.len) : NULL;
		struct slice where = slice_cut(rest, 0, mark ? (size_t)(mark - rest.at) : rest.len);
		good = parse_host(where, at, local, a, err);
		if (good && mark) {
			good = parse_settings(
				slice_cut(rest, where.len + 1, rest.len), &a->settings, err);
			if (!good)
				err->column += at + where.len + 1;
		}
	}
	if (!good)
		address_free(a);
	return good;
}

bool address_parse(struct slice text, uint16_t port, struct address *a, struct error *err)
{
	return parse(text, port, false, a, err);
}

bool address_parse_local(struct slice text, uint16_t port, struct address *a, struct error *err)
{
	return parse(text, port, true, a, err);
}

void address_free(struct address *a)
{
	free(a->host);
	a->host = NULL;
}

void address_copy(struct address *to, const struct address *from)
{
	*to = *from;
	to->host = mem_str(from->host);
}

static void add_host_port(const struct address *a, struct bytes *out)
{
	struct slice host = slice_str(a->host);
	bool bracket = strchr(a->host, ':') != NULL;
	bytes_add_str(out, bracket ? "[" : "");
	text_add(out, host, TEXT_PLAIN);
	bytes_addf(out, "%s:%u", bracket ? "]" : "", a->port);
}

void address_text(const struct address *a, struct bytes *out)
{
	bytes_addf(out, "%s ", a->kind->name);
	add_host_port(a, out);
}

void address_url(const struct address *a, struct bytes *out)
{
	bool first = true;
	bytes_addf(out, "%s://", a->kind->name);
	add_host_port(a, out);
	for (size_t i = 0; setting_name(i); i++)
		if (a->settings.at[i].set) {
			bytes_addf(out, "%c%s=", first ? '?' : '&', setting_name(i));
			setting_text(&a->settings, i, out);
			first = false;
		}
}

bool address_listens(const struct address *a)
{
	return a->kind->listens;
}

bool address_half_closes(const struct address *a)
{
	return a->kind->half_closes;
}
