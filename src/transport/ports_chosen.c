/* ports_chosen.c - which port an address means that has no path: serial:usb-FTDI*, serial:ttyUSB0,
 * serial: (see ports.h). */
#include "transport/ports.h"
#include "transport/transport_private.h"

#include "base/mem.h"
#include "base/paste.h"
#include "base/text.h"
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

enum { LISTED_MAX = 200 }; /* bytes of the ports that a message lists */

static bool is_named(const char *name, const char *pattern)
{
	return name && fnmatch(pattern, name, 0) == 0;
}

bool port_is_meant(const struct port_info *p, const char *pattern)
{
	return !*pattern || is_named(p->by_id, pattern) || is_named(p->by_path, pattern) ||
	       is_named(p->name, pattern);
}

/* Finds the ports that are meant: how many, and one of them. */
static size_t find_meant(
	const struct ports *ports, const char *pattern, const struct port_info **found)
{
	size_t count = 0;
	for (size_t i = 0; i < ports->count; i++)
		if (port_is_meant(&ports->at[i], pattern)) {
			*found = &ports->at[i];
			count++;
		}
	return count;
}

/* Adds the addresses of the ports that are meant, as many as fit. */
static void add_meant(const struct ports *ports, const char *pattern, struct bytes *out)
{
	size_t count = 0, left = 0, from = out->len;
	for (size_t i = 0; i < ports->count; i++) {
		struct pasted name = paste(slice_str(port_address(&ports->at[i])));
		if (!port_is_meant(&ports->at[i], pattern))
			continue;
		left += out->len - from + strlen(name.text) > LISTED_MAX;
		if (!left)
			bytes_addf(out, "%sserial:%s", count ? ", " : "", name.text);
		count++;
	}
	if (left)
		bytes_addf(out, " and %zu more", left);
}

bool ports_none(const struct ports *ports, const char *pattern, struct error *err)
{
	struct bytes list;
	if (!ports->count)
		return error_set(err, STATUS_CONNECT, "no serial port is there: is it plugged in?");
	bytes_init(&list, LIMIT_MESSAGE);
	add_meant(ports, "", &list);
	error_set(err, STATUS_CONNECT,
		"no serial port is called %s: is it plugged in? There %s %.*s",
		paste(slice_str(pattern)).text, ports->count == 1 ? "is" : "are",
		SLICE_ARG(bytes_shown(&list)));
	bytes_free(&list);
	return false;
}

/* Says that there is none, or which there are. */
static bool not_clear(
	const struct ports *ports, const char *pattern, size_t count, struct error *err)
{
	struct bytes list;
	if (!count)
		return ports_none(ports, pattern, err);
	if (!*pattern)
		error_set(err, STATUS_CONNECT,
			"serial: is the only port of this machine, which has %zu", count);
	else
		error_set(err, STATUS_CONNECT,
			"serial:%s is not clear, because %zu ports are "
			"called so",
			paste(slice_str(pattern)).text, count);
	bytes_init(&list, LIMIT_MESSAGE);
	add_meant(ports, pattern, &list);
	error_hint(err, "there are %.*s", SLICE_ARG(bytes_shown(&list)));
	bytes_free(&list);
	return false;
}

static bool has_path(const char *host)
{
	return strchr(host, '/');
}

bool ports_choose(struct address *a, struct error *err)
{
	struct ports ports;
	const struct port_info *found = NULL;
	bool empty = !*a->host;
	if (a->kind != &transport_serial || has_path(a->host))
		return true;
	if (!ports_list(&ports, err))
		return !empty; /* opening it will say so */
	size_t count = find_meant(&ports, a->host, &found);
	bool good = count == 1 || (!count && !empty) || not_clear(&ports, a->host, count, err);
	if (!good)
		err->status = STATUS_USAGE;
	if (good && empty) {
		free(a->host);
		a->host = mem_str(port_address(found));
	}
	ports_free(&ports);
	return good;
}

char *ports_path(const char *host, struct error *err)
{
	struct ports ports;
	const struct port_info *found = NULL;
	if (has_path(host))
		return mem_str(host);
	if (!ports_list(&ports, err))
		return NULL;
	size_t count = find_meant(&ports, host, &found);
	char *path = count == 1 ? mem_str(found->path) : NULL;
	if (!path)
		not_clear(&ports, host, count, err);
	ports_free(&ports);
	return path;
}
