/* address.c - parses where a device is; see transport.h and doc/wilco.1, ADDRESSES. */
#include "transport/transport_private.h"

#include "base/escape.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/paste.h"
#include "base/table.h"
#include "base/text.h"
#include "transport/bind.h"
#include "transport/from.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/stat.h>

#define KIND_OF(name) &transport_##name,
static const struct transport_kind *const kinds[] = {TRANSPORT_KINDS(KIND_OF)};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static const struct {
	const char *name;
	unsigned uses;
} texts[ADDRESS_TEXT_COUNT] = {
	[TEXT_CA] = {"ca", USE_TLS},
	[TEXT_CERT] = {"cert", USE_TLS},
	[TEXT_KEY] = {"key", USE_TLS},
	[TEXT_SNI] = {"sni", USE_TLS},
	[TEXT_FROM] = {"from", USE_FROM},
	[TEXT_BIND] = {"bind", USE_BIND},
	[TEXT_OPEN] = {"open", USE_ALL},
	[TEXT_LOGIN] = {"login", USE_ALL},
	[TEXT_VIA] = {"via", USE_VIA},
};

const char *address_text_name(size_t index, unsigned uses)
{
	if (index >= ADDRESS_TEXT_COUNT)
		return NULL;
	return texts[index].uses & (uses | USE_ALL) ? texts[index].name : "";
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

/* The state of a parse, besides the address. */
struct address_reading {
	struct slice text; /* the whole text, for the places of errors */
	bool local;        /* it says where to listen */
	struct address *a;
	struct error *err;
};

static size_t place(const struct address_reading *r, struct slice part)
{
	return (size_t)(part.at - r->text.at);
}

/* ---- scheme ---- */

static bool unknown_kind(struct address_reading *r, struct slice scheme)
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

/* Says whether a path is that of a device, such as a pty or a link to a port. */
static bool is_device(struct slice path)
{
	struct stat st;
	const uint8_t *mark = memchr(path.at, '?', path.len);
	char *name = mem_strn(path.at, mark ? (size_t)(mark - path.at) : path.len);
	bool device = stat(name, &st) == 0 && S_ISCHR(st.st_mode);
	free(name);
	return device;
}

/* Finds the kind of "tcp://HOST", "unix:PATH", "/dev/ttyS0", "HOST", and leaves the rest in
 * *rest. */
static bool parse_scheme(struct address_reading *r, struct slice *rest)
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
		bool path = slice_starts(*rest, SLICE("/")) || slice_starts(*rest, SLICE("./")) ||
			    slice_starts(*rest, SLICE("../"));
		if (slice_starts(*rest, SLICE("/dev/")) || (path && is_device(*rest)))
			r->a->kind = &transport_serial;
		else if (path)
			return error_at(r->err, 0, rest->len,
				"a path is unix:%s for a socket or serial:%s for a port",
				paste(*rest).text, paste(*rest).text);
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

/* Limits a text, because a longer one would fill every message that contains it. */
static bool check_length(struct slice text, const char *what, struct error *err)
{
	return text.len <= LIMIT_ADDRESS ||
	       error_at(err, LIMIT_ADDRESS, 1, "%s has at most %d bytes, this one has %zu", what,
		       LIMIT_ADDRESS, text.len);
}

static int text_index(const struct address *a, struct slice name)
{
	for (size_t i = 0; i < ADDRESS_TEXT_COUNT; i++)
		if (texts[i].uses & (a->kind->uses | USE_ALL) && slice_is(name, texts[i].name))
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

static bool check_from(const struct address *a, struct slice value, struct error *err)
{
	struct from from;
	if (slice_starts(slice_str(a->host), SLICE("unix:")))
		return error_set(err, STATUS_USAGE,
			"from is for calls over TCP; for a path, the permissions of its folder say "
			"who may call");
	return from_parse(value, &from, err);
}

/* Checks the value of `open`.  A blank would end the word that an address is. */
static bool check_open(struct slice value, struct error *err)
{
	struct bytes bytes;
	if (memchr(value.at, ' ', value.len))
		return error_set(err, STATUS_USAGE,
			"open is a list of bytes without blanks, such as 1b41 or ESC,'A', not '%s'",
			quote(value).text);
	bytes_init(&bytes, LIMIT_ADDRESS);
	bool good = escape_bytes(value, &bytes, err);
	bytes_free(&bytes);
	return good;
}

/* The texts that are not names of files or commands. */
static bool check_text(const struct address *a, int index, struct slice value, struct error *err)
{
	struct bind bind;
	if (index == TEXT_FROM)
		return check_from(a, value, err);
	if (index == TEXT_OPEN)
		return check_open(value, err);
	return index != TEXT_BIND || bind_parse(value, &bind, err);
}

bool address_set(struct address *a, struct slice name, struct slice value, struct error *err)
{
	int index = text_index(a, name);
	if (index < 0)
		return setting_parse(a->kind, name, value, &a->settings, err);
	/* In an address an ampersand ends the value; only a text that takes the rest can hold
	 * one. */
	bool ends = index != TEXT_VIA && value.len && memchr(value.at, '&', value.len);
	if (!value.len || memchr(value.at, 0, value.len) || ends)
		return error_set(err, STATUS_USAGE, "%s needs a value without NUL%s, not '%s'",
			texts[index].name, index == TEXT_VIA ? "" : " or &", quote(value).text);
	if (!check_length(value, texts[index].name, err) || !check_text(a, index, value, err))
		return false;
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

/* Parses "key=value&key=value"; via takes everything that follows it. */
static bool parse_settings(struct address_reading *r, struct slice list)
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
			return error_at(r->err, place(r, pair), n, "the setting %s is given twice",
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

static bool parse_port(struct address_reading *r, struct slice text)
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

/* Says whether the host is a link-local address without its zone: then the kernel cannot know which
 * card is meant (RFC 4007, section 6). */
static bool lacks_zone(struct slice host)
{
	char text[INET6_ADDRSTRLEN] = "";
	struct in6_addr address;
	if (!host.len || host.len >= sizeof text || !memchr(host.at, ':', host.len))
		return false;
	slice_copy(text, host);
	return inet_pton(AF_INET6, text, &address) == 1 && IN6_IS_ADDR_LINKLOCAL(&address);
}

static bool check_host(struct address_reading *r, struct slice host)
{
	if (!host.len && !r->local && !r->a->kind->listens)
		return error_at(r->err, place(r, host), 1,
			"an address needs a host, such as 10.0.0.5 or pump1.local");
	if (host.len > LIMIT_HOST)
		return error_at(r->err, place(r, host), host.len, "a host has at most %d bytes",
			LIMIT_HOST);
	/* The command of a `via` would take it for an option. */
	if (slice_starts(host, SLICE("-")))
		return error_at(r->err, place(r, host), 1, "a host cannot begin with '-'");
	if (!text_is_utf8(host))
		return error_at(r->err, place(r, host), host.len,
			"a host is UTF-8, such as pump1.local, and '%s' is not", quote(host).text);
	for (size_t i = 0; i < host.len; i++) {
		uint8_t c = host.at[i];
		bool good = is_alnum(c) || c >= 0x80 || strchr(".-_:%", c);
		if (!good || !c)
			return error_at(r->err, place(r, host) + i, 1,
				"'%s' cannot be part of a host",
				quote(slice_cut(host, i, i + 1)).text);
	}
	if (lacks_zone(host))
		return error_at(r->err, place(r, host), host.len,
			"a link-local address needs the name of its network card, such as "
			"[fe80::1%%eth0]:9100");
	return true;
}

/* Parses HOST, HOST:PORT, [::1]:PORT or ::1. */
static bool address_parse_host(struct address_reading *r, struct slice rest)
{
	struct slice host = rest, port = slice_cut(rest, rest.len, rest.len);
	bool bracket = rest.len && rest.at[0] == '[';
	if (bracket) {
		const uint8_t *close = memchr(rest.at, ']', rest.len);
		if (!close)
			return error_at(
				r->err, place(r, rest), 1, "the '[' has no ']': write [::1]:9100");
		host = slice_cut(rest, 1, (size_t)(close - rest.at));
		port = slice_cut(rest, (size_t)(close - rest.at) + 1, rest.len);
	} else if (rest.len) {
		const uint8_t *colon = memrchr(rest.at, ':', rest.len);
		const uint8_t *zone = memchr(rest.at, '%', rest.len);
		bool only = colon && memchr(rest.at, ':', rest.len) == colon;
		/* Several colons are an address of IPv6 without a port; a zone holds none. */
		if (only || (zone && colon > zone)) {
			host = slice_cut(rest, 0, (size_t)(colon - rest.at));
			port = slice_cut(rest, host.len, rest.len);
		}
	}
	if (!check_host(r, host))
		return false;
	r->a->host = mem_strn(host.at, host.len);
	if (port.len && port.at[0] != ':')
		return error_at(r->err, place(r, port), port.len,
			"'%s' after the host is no port: write :PORT", quote(port).text);
	if (port.len)
		return parse_port(r, slice_cut(port, 1, port.len));
	if (r->a->port || r->local)
		return true;
	return error_at(r->err, place(r, port), 1, "%s needs a port: %s://%s:PORT, or -p PORT",
		r->a->kind->name, r->a->kind->name, paste(host).text);
}

static bool parse_path(struct address_reading *r, struct slice path)
{
	const char *what = r->a->kind->form == FORM_COMMAND ? "a command" : "a path";
	if ((!path.len && !r->a->kind->nameless) || (path.len && memchr(path.at, 0, path.len)))
		return error_at(r->err, place(r, path), 1, "%s needs %s without NUL",
			r->a->kind->name, what);
	r->a->host = mem_strn(path.at, path.len);
	r->a->port = 0;
	return true;
}

static bool parse_where(struct address_reading *r, struct slice where)
{
	enum address_form form = r->a->kind->form;
	if (form == FORM_LISTEN && slice_starts(where, SLICE("unix:")))
		return parse_path(r, where);
	return form == FORM_HOST || form == FORM_LISTEN ? address_parse_host(r, where)
							: parse_path(r, where);
}

/* ---- the whole ---- */

static bool parse(
	struct slice text, uint16_t port, bool local, struct address *a, struct error *err)
{
	struct address_reading r = {text, local, a, err};
	struct slice rest = text;
	*a = (struct address){0};
	settings_init(&a->settings);
	bool good = check_length(text, "an address", err) && parse_scheme(&r, &rest);
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

static bool old_tls(const struct address *a)
{
	return a->kind->uses & USE_TLS && a->settings.at[SET_TLS_MIN].value < TLS_MIN_1_2;
}

enum spelling { FOR_PEOPLE, AS_IT_IS };

static void add_where(const struct address *a, enum spelling spelling, struct bytes *out)
{
	struct slice host = slice_str(a->host);
	bool path = !takes_slashes(a->kind) || slice_starts(host, SLICE("unix:"));
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
		name = name || ((host.at[i] | 32) >= 'a' && (host.at[i] | 32) <= 'z');
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
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
	return text.len > 0;
}

void address_short(const struct address *a, struct bytes *out)
{
	struct slice host = slice_str(a->host);
	bool path = !takes_slashes(a->kind) || slice_starts(host, SLICE("unix:"));
	if (!path) {
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
	bool slashes = takes_slashes(a->kind) && !slice_starts(slice_str(a->host), SLICE("unix:"));
	bytes_addf(out, "%s:%s", a->kind->name, slashes ? "//" : "");
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

bool address_runs(const struct address *a)
{
	return a->kind->form == FORM_COMMAND;
}

/* Nobody knows when a device calls: only a time that somebody set limits the wait. */
int64_t address_patience(const struct address *a)
{
	const struct setting *connect = &a->settings.at[SET_CONNECT_TIMEOUT];
	const struct setting *timeout = &a->settings.at[SET_TIMEOUT];
	if (address_listens(a) && !connect->set && !timeout->set)
		return 0;
	return connect->set ? connect->value : timeout->value;
}

bool address_is_local(const struct address *a)
{
	return a->kind->form == FORM_PATH;
}

bool address_is_direct(const struct address *a)
{
	return a->kind->direct;
}

bool address_breaks(const struct address *a)
{
	return a->kind->send_break;
}

bool address_datagrams(const struct address *a)
{
	return a->kind->datagrams;
}

bool address_has_each(const struct address *a)
{
	return a->kind->uses & USE_EACH;
}

bool address_resolves(const struct address *a)
{
	return a->kind->form == FORM_HOST && !a->text[TEXT_VIA];
}

int64_t settings_byte_time(const struct settings *s)
{
	int64_t mode = s->at[SET_MODE].value;
	int bits = 1 + SERIAL_BITS(mode) + (SERIAL_PARITY(mode) != 'N') + SERIAL_STOP(mode);
	return bits * (int64_t)NS_PER_S / s->at[SET_BAUD].value;
}

int64_t address_byte_time(const struct address *a)
{
	return a->kind->uses & USE_SERIAL ? settings_byte_time(&a->settings) : 0;
}
