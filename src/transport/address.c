/* address.c - parses where a device is; see transport.h and doc/wilco.1, ADDRESSES. */
#include "transport/address_private.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/paste.h"
#include "base/table.h"
#include "base/text.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/stat.h>

#define KIND_OF(name) &transport_##name,
static const struct transport_kind *const kinds[] = {TRANSPORT_KINDS(KIND_OF)};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

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
	bool named = address_takes_slashes(r->a->kind);
	if (named && !slashes && !slice_starts(behind, SLICE("unix:")))
		return error_at(r->err, scheme.len, 1, "%s is followed by ://, as in %s://%s",
			r->a->kind->name, r->a->kind->name,
			r->a->kind->listens ? ":9100" : "10.0.0.5:9100");
	*rest = slice_cut(behind, named && slashes ? 2 : 0, behind.len);
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
	r->err->column = address_column(r, text);
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

/* Says whether the host looks like an IPv4 address and is none: a name server would be asked for
 * it, for seconds, and no name ends in a number (URL Standard, host parsing).  Short forms (10.1)
 * are addresses, too. */
static bool is_no_address(struct slice host)
{
	unsigned part = 0, parts = 1, digits = 0;
	bool odd = false;
	for (size_t i = 0; i < host.len; i++) {
		uint8_t c = host.at[i];
		if (c != '.' && !is_digit(c))
			return false;
		odd |= c == '.' && (!digits || part > 255);
		parts += c == '.';
		digits = c == '.' ? 0 : digits + 1;
		part = c == '.' ? 0 : part > 255 ? part : part * 10 + (c - '0');
	}
	return host.len && (odd || !digits || parts > 4 || (parts == 4 && part > 255));
}

static bool check_host(struct address_reading *r, struct slice host)
{
	if (!host.len && !r->local && !r->a->kind->listens)
		return error_at(r->err, address_column(r, host), 1,
			"an address needs a host, such as 10.0.0.5 or pump1.local");
	if (host.len > LIMIT_HOST)
		return error_at(r->err, address_column(r, host), host.len,
			"a host has at most %d bytes", LIMIT_HOST);
	/* The command of a `via` would take it for an option. */
	if (slice_starts(host, SLICE("-")))
		return error_at(r->err, address_column(r, host), 1, "a host cannot begin with '-'");
	if (!text_is_utf8(host))
		return error_at(r->err, address_column(r, host), host.len,
			"a host is UTF-8, such as pump1.local, and '%s' is not", quote(host).text);
	for (size_t i = 0; i < host.len; i++) {
		uint8_t c = host.at[i];
		bool good = is_alnum(c) || c >= 0x80 || strchr(".-_:%", c);
		if (!good || !c)
			return error_at(r->err, address_column(r, host) + i, 1,
				"'%s' cannot be part of a host",
				quote(slice_cut(host, i, i + 1)).text);
	}
	if (is_no_address(host))
		return error_at(r->err, address_column(r, host), host.len,
			"'%s' is no address: 10.0.0.5 has four numbers from 0 to 255",
			quote(host).text);
	if (lacks_zone(host))
		return error_at(r->err, address_column(r, host), host.len,
			"a link-local address needs the name of its network card, such as "
			"[fe80::1%%eth0]:9100");
	return true;
}

/* Cuts HOST, HOST:PORT, [::1]:PORT or ::1; *port is what stands behind the host. */
static bool cut_host(
	struct address_reading *r, struct slice rest, struct slice *host, struct slice *port)
{
	*host = rest;
	*port = slice_cut(rest, rest.len, rest.len);
	if (rest.len && rest.at[0] == '[') {
		const uint8_t *close = memchr(rest.at, ']', rest.len);
		if (!close)
			return error_at(r->err, address_column(r, rest), 1,
				"the '[' has no ']': write [::1]:9100");
		*host = slice_cut(rest, 1, (size_t)(close - rest.at));
		*port = slice_cut(rest, (size_t)(close - rest.at) + 1, rest.len);
	} else if (rest.len) {
		const uint8_t *colon = memrchr(rest.at, ':', rest.len);
		const uint8_t *zone = memchr(rest.at, '%', rest.len);
		bool only = colon && memchr(rest.at, ':', rest.len) == colon;
		/* Several colons are an address of IPv6 without a port; a zone holds none. */
		if (only || (zone && colon > zone)) {
			*host = slice_cut(rest, 0, (size_t)(colon - rest.at));
			*port = slice_cut(rest, host->len, rest.len);
		}
	}
	return true;
}

static bool parse_host(struct address_reading *r, struct slice rest)
{
	struct slice host, port;
	if (!cut_host(r, rest, &host, &port) || !check_host(r, host))
		return false;
	r->a->host = mem_strn(host.at, host.len);
	if (port.len && port.at[0] != ':')
		return error_at(r->err, address_column(r, port), port.len,
			"'%s' after the host is no port: write :PORT", quote(port).text);
	if (port.len)
		return parse_port(r, slice_cut(port, 1, port.len));
	if (r->a->port || r->local)
		return true;
	return error_at(r->err, address_column(r, port), 1,
		"%s needs a port: %s://%s:PORT, or -p PORT", r->a->kind->name, r->a->kind->name,
		paste(host).text);
}

static bool parse_path(struct address_reading *r, struct slice path)
{
	const char *what = r->a->kind->form == FORM_COMMAND ? "a command" : "a path";
	if ((!path.len && !r->a->kind->nameless) || (path.len && memchr(path.at, 0, path.len)))
		return error_at(r->err, address_column(r, path), 1, "%s needs %s without NUL",
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
	return form == FORM_HOST || form == FORM_LISTEN ? parse_host(r, where)
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
	bool good = address_check_length(text, "an address", err) && parse_scheme(&r, &rest);
	if (good) {
		a->port = port ? port : a->kind->port;
		const uint8_t *mark = rest.len ? memchr(rest.at, '?', rest.len) : NULL;
		if (a->kind->form == FORM_COMMAND)
			mark = NULL;
		size_t n = mark ? (size_t)(mark - rest.at) : rest.len;
		good = parse_where(&r, slice_cut(rest, 0, n)) &&
		       (!mark || address_parse_settings(&r, slice_cut(rest, n + 1, rest.len)));
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

/* ---- what an address says of its line ---- */

bool address_listens(const struct address *a)
{
	return a->kind->listens;
}

/* A terminal has no end that is sent.  Its character for the end of a file is a byte as any other
 * for a program that reads keys, and ends nothing behind a line that is not over. */
bool address_half_closes(const struct address *a)
{
	return a->kind->half_closes && !address_has_terminal(a);
}

bool address_has_terminal(const struct address *a)
{
	return a->kind->uses & USE_RUN && a->settings.at[SET_TTY].value;
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
