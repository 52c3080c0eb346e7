/* address.c - where a device is: parsed; see transport.h and doc/wilco.1, ADDRESSES. */
#include "transport/transport_private.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/table.h"
#include "base/text.h"
#include <stdlib.h>

static const struct transport_kind *const kinds[] = {&transport_tcp, &transport_tls, &transport_udp,
	&transport_unix, &transport_serial, &transport_exec, &transport_telnet, &transport_rfc2217,
	&transport_listen};

enum { KINDS = sizeof kinds / sizeof kinds[0], HOST_MAX = 255 };

static const struct {
	const char *name;
	unsigned uses;
} texts[ADDRESS_TEXT_COUNT] = {
	[TEXT_CA] = {"ca", USE_TLS},
	[TEXT_CERT] = {"cert", USE_TLS},
	[TEXT_KEY] = {"key", USE_TLS},
	[TEXT_SNI] = {"sni", USE_TLS},
	[TEXT_VIA] = {"via", USE_VIA},
};

const char *address_text_name(size_t index, unsigned uses)
{
	if (index >= ADDRESS_TEXT_COUNT)
		return NULL;
	return texts[index].uses & uses ? texts[index].name : "";
}

const char *transport_kind_name(size_t index)
{
	return index < KINDS ? kinds[index]->name : NULL;
}

const char *transport_kind_help(size_t index)
{
	return kinds[index]->help;
}

static const char *kind_at(const void *unused, size_t index)
{
	(void)unused;
	return transport_kind_name(index);
}

/* What a parse knows besides the address. */
struct reading {
	struct slice text; /* all of it, for the places of errors */
	bool local;        /* where to listen */
	struct address *a;
	struct error *err;
};

static size_t place(const struct reading *r, struct slice part)
{
	return (size_t)(part.at - r->text.at);
}

/* ---- scheme ---- */

static bool unknown_kind(struct reading *r, struct slice scheme)
{
	char list[120];
	const char *near = table_near(scheme, kind_at, NULL);
	error_at(r->err, 0, scheme.len, "no kind of line is called '%s'", quote(scheme).text);
	return error_hint(r->err, "%s%s%skinds are %s", near ? "did you mean " : "",
		near ? near : "", near ? "? " : "",
		table_list(SLICE(""), kind_at, NULL, list, sizeof list));
}

static bool takes_slashes(const struct transport_kind *kind)
{
	return kind->form == FORM_HOST || kind->form == FORM_LISTEN;
}

/* "tcp://HOST", "unix:PATH", "/dev/ttyS0", "HOST": the kind, and what stands behind. */
static bool parse_scheme(struct reading *r, struct slice *rest)
{
	const uint8_t *colon = rest->len ? memchr(rest->at, ':', rest->len) : NULL;
	struct slice scheme = slice_cut(*rest, 0, colon ? (size_t)(colon - rest->at) : 0);
	struct slice behind = slice_cut(*rest, scheme.len + 1, rest->len);
	bool slashes = colon && slice_starts(behind, SLICE("//"));
	int found = colon ? table_exact(scheme, kind_at, NULL) : -1;
	r->a->kind = &transport_tcp;
	if (found < 0 && slashes)
		return unknown_kind(r, scheme);
	if (found < 0) {
		if (slice_starts(*rest, SLICE("/dev/")))
			r->a->kind = &transport_serial;
		else if (slice_starts(*rest, SLICE("/")))
			return error_at(r->err, 0, rest->len,
				"a path is unix:%s for a socket or serial:%s for a port",
				quote(*rest).text, quote(*rest).text);
		return true;
	}
	r->a->kind = kinds[found];
	bool named = takes_slashes(r->a->kind);
	if (named && !slashes && !slice_starts(behind, SLICE("unix:")))
		return error_at(r->err, scheme.len, 1, "%s is followed by ://, as in %s://%s",
			r->a->kind->name, r->a->kind->name,
			r->a->kind->listens ? ":9100" : "10.0.0.5:9100");
	*rest = slice_cut(behind, named && slashes ? 2 : 0, behind.len);
	return true;
}

/* ---- settings ---- */

static int text_index(const struct address *a, struct slice name)
{
	for (size_t i = 0; i < ADDRESS_TEXT_COUNT; i++)
		if (texts[i].uses & a->kind->uses && slice_is(name, texts[i].name))
			return (int)i;
	return -1;
}

bool address_has(const struct address *a, struct slice name)
{
	for (size_t i = 0; setting_name(i); i++)
		if (slice_is(name, setting_name(i)) && setting_applies(a->kind, i))
			return true;
	return text_index(a, name) >= 0;
}

bool address_set(struct address *a, struct slice name, struct slice value, struct error *err)
{
	int index = text_index(a, name);
	if (index < 0)
		return setting_parse(a->kind, name, value, &a->settings, err);
	if (!value.len || memchr(value.at, 0, value.len))
		return error_set(err, STATUS_USAGE, "%s needs a value without NUL, not '%s'",
			texts[index].name, quote(value).text);
	free(a->text[index]);
	a->text[index] = mem_strn(value.at, value.len);
	return true;
}

static bool is_given(const struct address *a, struct slice name)
{
	int index = text_index(a, name);
	for (size_t i = 0; setting_name(i); i++)
		if (slice_is(name, setting_name(i)))
			return a->settings.at[i].set;
	return index >= 0 && a->text[index];
}

/* "key=value&key=value"; via takes all that follows. */
static bool parse_settings(struct reading *r, struct slice list)
{
	while (list.len) {
		struct slice pair = list;
		const uint8_t *amp = memchr(list.at, '&', list.len);
		if (amp && !slice_starts(list, SLICE("via=")))
			pair.len = (size_t)(amp - list.at);
		const uint8_t *equals = pair.len ? memchr(pair.at, '=', pair.len) : NULL;
		size_t n = equals ? (size_t)(equals - pair.at) : 0;
		struct slice name = slice_cut(pair, 0, n);
		if (!equals)
			return error_at(r->err, place(r, pair), pair.len,
				"a setting is NAME=VALUE, not '%s'", quote(pair).text);
		if (is_given(r->a, name))
			return error_at(r->err, place(r, pair), n, "the setting %s stands twice",
				quote(name).text);
		if (!address_set(r->a, name, slice_cut(pair, n + 1, pair.len), r->err)) {
			r->err->placed = true;
			r->err->column = place(r, pair);
			r->err->width = pair.len;
			return false;
		}
		list = slice_cut(list, pair.len + 1, list.len);
	}
	return true;
}

/* ---- host and port ---- */

static bool parse_port(struct reading *r, struct slice text)
{
	uint64_t port;
	bool listens = r->local || r->a->kind->listens;
	if (number_parse(text, "a port", listens ? 0 : 1, 65535, &port, r->err)) {
		r->a->port = (uint16_t)port;
		r->a->port_said = true;
		return true;
	}
	r->err->placed = true;
	r->err->column = place(r, text);
	r->err->width = text.len;
	return false;
}

static bool check_host(struct reading *r, struct slice host)
{
	if (!host.len && !r->local && !r->a->kind->listens)
		return error_at(r->err, place(r, host), 1,
			"an address needs a host, such as 10.0.0.5 or pump1.local");
	if (host.len > HOST_MAX)
		return error_at(
			r->err, place(r, host), host.len, "a host has at most %d bytes", HOST_MAX);
	for (size_t i = 0; i < host.len; i++) {
		uint8_t c = host.at[i];
		bool good = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
			    c >= 0x80 || strchr(".-_:%", c);
		if (!good || !c)
			return error_at(r->err, place(r, host) + i, 1,
				"'%s' cannot stand in a host",
				quote(slice_cut(host, i, i + 1)).text);
	}
	return true;
}

/* HOST, HOST:PORT, [::1]:PORT, ::1 */
static bool parse_host(struct reading *r, struct slice rest)
{
	struct slice host = rest, port = slice_cut(rest, rest.len, rest.len);
	bool bracket = rest.len && rest.at[0] == '[';
	if (bracket) {
		const uint8_t *close = memchr(rest.at, ']', rest.len);
		if (!close)
			return error_at(r->err, place(r, rest), 1,
				"a '[' without its ']': write [::1]:9100");
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
	if (!check_host(r, host))
		return false;
	r->a->host = mem_strn(host.at, host.len);
	if (port.len && port.at[0] != ':')
		return error_at(r->err, place(r, port), port.len,
			"'%s' behind the host: a port is :PORT", quote(port).text);
	if (port.len)
		return parse_port(r, slice_cut(port, 1, port.len));
	if (r->a->port || r->local)
		return true;
	return error_at(r->err, place(r, port), 1, "%s needs a port: %s://%s:PORT, or -p PORT",
		r->a->kind->name, r->a->kind->name, r->a->host);
}

static bool parse_path(struct reading *r, struct slice path)
{
	const char *what = r->a->kind->form == FORM_COMMAND ? "a command" : "a path";
	if (!path.len || memchr(path.at, 0, path.len))
		return error_at(r->err, place(r, path), 1, "%s needs %s without NUL",
			r->a->kind->name, what);
	r->a->host = mem_strn(path.at, path.len);
	r->a->port = 0;
	return true;
}

static bool parse_where(struct reading *r, struct slice where)
{
	enum address_form form = r->a->kind->form;
	if (form == FORM_LISTEN && slice_starts(where, SLICE("unix:")))
		return parse_path(r, where);
	return form == FORM_HOST || form == FORM_LISTEN ? parse_host(r, where)
							: parse_path(r, where);
}

/* ---- the whole ---- */

static bool parse(
	struct slice text, uint16_t port, bool local, struct address *a, struct error *err)
{
	struct reading r = {text, local, a, err};
	struct slice rest = text;
	*a = (struct address){0};
	settings_init(&a->settings);
	bool good = parse_scheme(&r, &rest);
	if (good) {
		a->port = port ? port : a->kind->port;
		const uint8_t *mark = rest.len ? memchr(rest.at, '?', rest.len) : NULL;
		if (a->kind->form == FORM_COMMAND)
			mark = NULL;
		size_t n = mark ? (size_t)(mark - rest.at) : rest.len;
		good = parse_where(&r, slice_cut(rest, 0, n)) &&
		       (!mark || parse_settings(&r, slice_cut(rest, n + 1, rest.len)));
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
	for (size_t i = 0; i < ADDRESS_TEXT_COUNT; i++) {
		free(a->text[i]);
		a->text[i] = NULL;
	}
}

void address_copy(struct address *to, const struct address *from)
{
	*to = *from;
	to->host = mem_str(from->host);
	for (size_t i = 0; i < ADDRESS_TEXT_COUNT; i++)
		to->text[i] = from->text[i] ? mem_str(from->text[i]) : NULL;
}

/* ---- spelling ---- */

static bool unverified(const struct address *a)
{
	return a->kind->uses & USE_TLS && !a->settings.at[SET_VERIFY].value;
}

static void add_where(const struct address *a, struct bytes *out)
{
	struct slice host = slice_str(a->host);
	bool path = !takes_slashes(a->kind) || slice_starts(host, SLICE("unix:"));
	bool bracket = !path && strchr(a->host, ':') != NULL;
	bytes_add_str(out, bracket ? "[" : "");
	text_add(out, host, TEXT_PLAIN);
	bytes_add_str(out, bracket ? "]" : "");
	if (!path)
		bytes_addf(out, ":%u", a->port);
}

void address_text(const struct address *a, struct bytes *out)
{
	bytes_addf(out, "%s ", a->kind->name);
	add_where(a, out);
	if (a->text[TEXT_VIA])
		bytes_add_str(out, " (via a command)");
	if (unverified(a))
		bytes_add_str(out, " (not verified)");
}

static void add_url(const struct address *a, struct bytes *out)
{
	bool slashes = takes_slashes(a->kind) && !slice_starts(slice_str(a->host), SLICE("unix:"));
	bytes_addf(out, "%s:%s", a->kind->name, slashes ? "//" : "");
	add_where(a, out);
}

void address_place(const struct address *a, struct bytes *out)
{
	add_url(a, out);
	bytes_add_str(out, unverified(a) ? "?verify=no" : "");
}

void address_url(const struct address *a, struct bytes *out)
{
	const char *mark = "?";
	add_url(a, out);
	for (size_t i = 0; setting_name(i); i++)
		if (a->settings.at[i].set && setting_applies(a->kind, i)) {
			bytes_addf(out, "%s%s=", mark, setting_name(i));
			setting_text(&a->settings, i, out);
			mark = "&";
		}
	for (size_t i = 0; i < ADDRESS_TEXT_COUNT; i++)
		if (a->text[i]) {
			bytes_addf(out, "%s%s=%s", mark, texts[i].name, a->text[i]);
			mark = "&";
		}
}

/* ---- what an address says of its line ---- */

bool address_listens(const struct address *a)
{
	return a->kind->listens;
}

bool address_half_closes(const struct address *a)
{
	return a->kind->half_closes;
}

bool address_reopens(const struct address *a)
{
	return a->kind->reopens;
}

bool address_datagrams(const struct address *a)
{
	return a->kind == &transport_udp;
}

bool address_resolves(const struct address *a)
{
	return a->kind->form == FORM_HOST && !a->text[TEXT_VIA];
}

int64_t address_byte_time(const struct address *a)
{
	int64_t mode = a->settings.at[SET_MODE].value;
	int bits = 1 + SERIAL_BITS(mode) + (SERIAL_PARITY(mode) != 'N') + SERIAL_STOP(mode);
	if (!(a->kind->uses & USE_SERIAL))
		return 0;
	return bits * (int64_t)NS_PER_S / a->settings.at[SET_BAUD].value;
}
