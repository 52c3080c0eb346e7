/* check.c - wilco check DEVICE...: can it be reached?  Name, addresses, and a connection to each,
 * step by step with the time of each. */
#include "base/json.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/output.h"
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

struct check {
	struct cli *cli;
	const char *device;
	struct address address;
	struct loop_lookup *lookup;
	struct transport *line;
	struct loop_timer timer; /* the lookup's, and the wait for a caller */
	char **hosts;            /* numeric, in the order to try them */
	size_t count, at;
	char *trying; /* as it is shown */
	int64_t began;
	bool reached;
};

static void try_next(struct check *c);

/* One step: what was done, how it went, how long it took. */
static void report(
	struct check *c, const char *step, const char *where, bool good, const char *result)
{
	char time[DURATION_TEXT_MAX];
	struct bytes line;
	int64_t took = loop_now_fresh(c->cli->loop) - c->began;
	bytes_init(&line, LIMIT_MESSAGE);
	if (c->cli->options.output == OUTPUT_JSON) {
		json_open(&line, NULL, '{');
		json_text(&line, "device", slice_str(c->device));
		json_text(&line, "step", slice_str(step));
		json_text(&line, "address", slice_str(where));
		json_bool(&line, "ok", good);
		json_text(&line, "result", slice_str(result));
		json_ms(&line, "ms", took);
		json_close(&line, '}');
	} else {
		struct bytes raw;
		bytes_init(&raw, LIMIT_MESSAGE);
		bytes_addf(&raw, "%s: %-7s %s: %s (%s)", c->device, step, where, result,
			duration_text(took, time));
		text_add(&line, bytes_slice(&raw), TEXT_PLAIN | (out_utf8() ? 0 : TEXT_ASCII));
		bytes_free(&raw);
	}
	out_line(bytes_slice(&line));
	bytes_free(&line);
}

static void done(struct check *c)
{
	loop_timer_stop(&c->timer);
	loop_stop(c->cli->loop);
}

static void line_close(struct check *c)
{
	transport_close(c->line);
	c->line = NULL;
}

static void on_open(void *owner)
{
	struct check *c = owner;
	c->reached = true;
	report(c, "connect", c->trying, true, "open");
	line_close(c);
	try_next(c);
}

static void on_fail(void *owner, const struct error *err)
{
	struct check *c = owner;
	report(c, "connect", c->trying, false, err->what);
	line_close(c);
	try_next(c);
}

static void on_step(void *owner, enum transport_step step, const char *text)
{
	struct check *c = owner;
	if (step == STEP_LISTENING)
		report(c, "listen", text, true, "waiting for the device to call");
	if (step == STEP_CONNECTED && address_listens(&c->address)) {
		free(c->trying);
		c->trying = mem_str(text);
	}
}

static void ignore_data(void *owner, struct slice bytes)
{
	(void)owner;
	(void)bytes;
}

static void ignore_end(void *owner)
{
	(void)owner;
}

static const struct transport_events events = {
	.step = on_step, .open = on_open, .data = ignore_data, .end = ignore_end, .fail = on_fail};

static int64_t connect_timeout(const struct check *c)
{
	const struct settings *s = &c->address.settings;
	return s->at[SET_CONNECT_TIMEOUT].set ? s->at[SET_CONNECT_TIMEOUT].value
					      : s->at[SET_TIMEOUT].value;
}

static void try_next(struct check *c)
{
	struct bytes text;
	if (c->at == c->count) {
		done(c);
		return;
	}
	free(c->address.host);
	c->address.host = mem_str(c->hosts[c->at++]);
	bytes_init(&text, LIMIT_MESSAGE);
	bytes_addf(&text, strchr(c->address.host, ':') ? "[%s]:%u" : "%s:%u", c->address.host,
		c->address.port);
	free(c->trying);
	c->trying = mem_str(bytes_str(&text));
	bytes_free(&text);
	c->began = loop_now_fresh(c->cli->loop);
	c->line = transport_open(c->cli->loop, &c->address, connect_timeout(c), &events, c);
}

static void on_lookup_time(void *arg)
{
	struct check *c = arg;
	char limit[DURATION_TEXT_MAX], result[128];
	loop_lookup_cancel(c->lookup);
	c->lookup = NULL;
	snprintf(result, sizeof result, "no answer from the name service within %s",
		duration_text(connect_timeout(c), limit));
	report(c, "name", c->address.host, false, result);
	done(c);
}

static void keep_host(struct check *c, const struct sockaddr_storage *a, struct bytes *list)
{
	char host[NI_MAXHOST];
	socklen_t size =
		a->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
	if (getnameinfo((const struct sockaddr *)a, size, host, sizeof host, NULL, 0,
		    NI_NUMERICHOST) != 0)
		return;
	c->hosts = mem_grow(c->hosts, c->count + 1, sizeof *c->hosts);
	c->hosts[c->count++] = mem_str(host);
	bytes_addf(list, "%s%s", list->len ? ", " : "", host);
}

static void on_lookup(
	void *arg, const struct sockaddr_storage *list, size_t count, const struct error *err)
{
	struct check *c = arg;
	struct bytes text;
	c->lookup = NULL;
	loop_timer_stop(&c->timer);
	if (!list || !count) {
		report(c, "name", c->address.host, false, err->what);
		done(c);
		return;
	}
	bytes_init(&text, LIMIT_MESSAGE);
	for (size_t i = 0; i < count; i++)
		keep_host(c, &list[i], &text);
	if (c->count != 1 || strcmp(c->hosts[0], c->address.host) != 0)
		report(c, "name", c->address.host, true, bytes_str(&text));
	bytes_free(&text);
	try_next(c);
}

static void begin(struct check *c)
{
	struct loop *loop = c->cli->loop;
	c->began = loop_now_fresh(loop);
	if (!address_resolves(&c->address)) {
		c->trying = mem_str(c->device);
		c->line = transport_open(loop, &c->address, connect_timeout(c), &events, c);
		return;
	}
	c->lookup = loop_lookup_new(loop, c->address.host, c->address.port, on_lookup, c);
	loop_timer_set(&c->timer, connect_timeout(c));
}

static void on_signal(void *arg)
{
	done(arg);
}

static enum status check_one(struct cli *cli, const char *device)
{
	struct check c = {.cli = cli, .device = device};
	struct target target;
	struct error err;
	struct slice wrong;
	if (!context_target(&cli->context, slice_str(device), &target, &wrong, &err))
		return cli_error(&err, wrong);
	address_copy(&c.address, &target.address);
	target_free(&target);
	loop_timer_init(&c.timer, cli->loop, on_lookup_time, &c);
	cli_watch_signals(cli->loop, on_signal, &c);
	begin(&c);
	loop_run(cli->loop);
	cli_unwatch_signals();
	loop_timer_stop(&c.timer);
	if (c.lookup)
		loop_lookup_cancel(c.lookup);
	line_close(&c);
	for (size_t i = 0; i < c.count; i++)
		free(c.hosts[i]);
	free(c.hosts);
	free(c.trying);
	address_free(&c.address);
	return c.reached ? STATUS_OK : STATUS_CONNECT;
}

static enum status run(struct cli *cli)
{
	enum status worst = STATUS_OK;
	for (int i = 0; i < cli->count && !cli_signalled() && !out_failed(); i++) {
		enum status status = check_one(cli, cli->words[i]);
		out_flush();
		if (status > worst)
			worst = status;
	}
	return cli_signalled() ? cli_signalled() : worst;
}

const struct cli_command cli_check = {"check", "DEVICE...",
	"can it be reached? name, addresses, a connection to each, with times", 1, -1, run};
