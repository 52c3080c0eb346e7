/* check.c - wilco check DEVICE...: can it be reached?  Name, addresses, and a connection to each,
 * step by step with the time of each. */
#include "cli/check.h"
#include "base/escape.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/output.h"
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static const int64_t SETTLES = NS_PER_S / 4;

struct check {
	struct cli *cli;
	const char *device;
	struct address address;
	struct loop_lookup *lookup;
	struct transport *line;
	struct loop_timer timer;  /* the lookup's, and the wait for a caller */
	struct loop_timer settle; /* a command that is running may yet fail */
	char **hosts;             /* numeric, in the order to try them */
	size_t count, at;
	char *trying; /* as it is shown */
	int64_t began;
	bool reached;
};

static void try_next(struct check *c);

void check_report(const struct cli *cli, const struct check_step *s)
{
	char time[DURATION_TEXT_MAX];
	struct bytes line;
	bytes_init(&line, LIMIT_MESSAGE);
	if (cli->options.output == OUTPUT_JSON) {
		json_open(&line, NULL, '{');
		json_text(&line, "device", slice_str(s->device));
		json_text(&line, "step", slice_str(s->step));
		json_text(&line, "address", slice_str(s->where));
		json_bool(&line, "ok", s->good);
		json_text(&line, "result", slice_str(s->result));
		if (s->took < 0)
			json_null(&line, "ms");
		else
			json_ms(&line, "ms", s->took);
		json_close(&line, '}');
	} else {
		struct bytes raw;
		bytes_init(&raw, LIMIT_MESSAGE);
		bytes_addf(&raw, "%s: %-7s %s: %s", s->device, s->step, s->where, s->result);
		if (s->took >= 0)
			bytes_addf(&raw, " (%s)", duration_text(s->took, time));
		text_add(&line, bytes_slice(&raw), TEXT_PLAIN | (out_utf8() ? 0 : TEXT_ASCII));
		bytes_free(&raw);
	}
	out_line(bytes_slice(&line));
	bytes_free(&line);
}

void check_line_step(const struct cli *cli, const char *device, const char *where,
	enum transport_step step, const char *text)
{
	static const char *const names[] = {[STEP_LISTENING] = "listen",
		[STEP_SECURED] = "tls",
		[STEP_WARNING] = "warning",
		[STEP_SAID] = "said"};
	if (step == STEP_LISTENING)
		check_report(cli, &(struct check_step){device, "listen", text, true,
					  "waiting for the device to call", -1});
	else if (step >= STEP_SECURED)
		check_report(cli, &(struct check_step){device, names[step], where, true, text, -1});
}

int64_t check_connect_timeout(const struct address *a)
{
	const struct settings *s = &a->settings;
	return s->at[SET_CONNECT_TIMEOUT].set ? s->at[SET_CONNECT_TIMEOUT].value
					      : s->at[SET_TIMEOUT].value;
}

static void report(
	struct check *c, const char *step, const char *where, bool good, const char *result)
{
	int64_t took = loop_now_fresh(c->cli->loop) - c->began;
	check_report(c->cli, &(struct check_step){c->device, step, where, good, result, took});
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
	loop_timer_stop(&c->settle);
}

static void is_open(struct check *c)
{
	c->reached = true;
	report(c, "connect", c->trying, true,
		address_datagrams(&c->address)
			? "ready: whether anybody is there is known only when it answers"
			: "open");
	line_close(c);
	try_next(c);
}

/* What a command leads to is known when it has not ended for a while. */
static void on_open(void *owner)
{
	struct check *c = owner;
	if (address_resolves(&c->address) || address_listens(&c->address))
		is_open(c);
	else
		loop_timer_set(&c->settle, SETTLES);
}

static void on_settled(void *arg)
{
	is_open(arg);
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
	check_line_step(c->cli, c->device, c->trying, step, text);
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

static void on_end(void *owner)
{
	struct check *c = owner;
	if (!loop_timer_running(&c->settle))
		return;
	report(c, "connect", c->trying, false, "the peer closes at once");
	line_close(c);
	try_next(c);
}

static const struct transport_events events = {
	.step = on_step, .open = on_open, .data = ignore_data, .end = on_end, .fail = on_fail};

static void try_next(struct check *c)
{
	struct bytes text;
	if (c->at == c->count) {
		done(c);
		return;
	}
	/* The certificate is for the name, not for the address that we put in its place. */
	if (address_has(&c->address, slice_str("sni")) && !c->address.text[TEXT_SNI])
		c->address.text[TEXT_SNI] = mem_str(c->address.host);
	free(c->address.host);
	c->address.host = mem_str(c->hosts[c->at++]);
	bytes_init(&text, LIMIT_MESSAGE);
	bytes_addf(&text, strchr(c->address.host, ':') ? "[%s]:%u" : "%s:%u", c->address.host,
		c->address.port);
	free(c->trying);
	c->trying = mem_str(bytes_str(&text));
	bytes_free(&text);
	c->began = loop_now_fresh(c->cli->loop);
	c->line = transport_open(
		c->cli->loop, &c->address, check_connect_timeout(&c->address), &events, c);
}

static void on_lookup_time(void *arg)
{
	struct check *c = arg;
	char limit[DURATION_TEXT_MAX], result[128];
	loop_lookup_cancel(c->lookup);
	c->lookup = NULL;
	snprintf(result, sizeof result, "no answer from the name service within %s",
		duration_text(check_connect_timeout(&c->address), limit));
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
		c->line = transport_open(
			loop, &c->address, check_connect_timeout(&c->address), &events, c);
		return;
	}
	c->lookup = loop_lookup_new(loop, c->address.host, c->address.port, on_lookup, c);
	loop_timer_set(&c->timer, check_connect_timeout(&c->address));
}

static void on_signal(void *arg)
{
	done(arg);
}

static enum status reach(struct cli *cli, const char *device, const struct address *a)
{
	struct check c = {.cli = cli, .device = device};
	address_copy(&c.address, a);
	loop_timer_init(&c.timer, cli->loop, on_lookup_time, &c);
	loop_timer_init(&c.settle, cli->loop, on_settled, &c);
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

static enum status check_one(struct cli *cli, const char *device, const struct bytes *command)
{
	enum status status = STATUS_OK;
	struct target target;
	struct error err;
	struct slice wrong;
	if (!context_target(
		    &cli->context, slice_str(device), NAMED_BY_ARGUMENT, &target, &wrong, &err))
		return cli_error(&err, wrong);
	/* A line without a name to look up is opened once only. */
	bool probes = cli->options.probe;
	if (!probes || address_resolves(&target.address))
		status = reach(cli, device, &target.address);
	if (probes && status == STATUS_OK && !cli_signalled())
		status = probe_device(cli, device, &target.address, command);
	target_free(&target);
	return status;
}

static enum status check_all(struct cli *cli, const struct bytes *command)
{
	enum status worst = STATUS_OK;
	for (int i = 0; i < cli->count && !cli_signalled() && !out_failed(); i++) {
		enum status status = check_one(cli, cli->words[i], command);
		out_flush();
		if (status > worst)
			worst = status;
	}
	return cli_signalled() ? cli_signalled() : worst;
}

static enum status run(struct cli *cli)
{
	enum status status;
	struct error err;
	struct bytes command;
	const char *text = cli->options.ask;
	if (!text)
		return check_all(cli, NULL);
	if (!cli->options.probe) {
		error_set(&err, STATUS_USAGE, "--command TEXT of check goes with --probe");
		return cli_error(&err, slice_of(NULL, 0));
	}
	bytes_init(&command, LIMIT_LINE);
	bool good = escape_decode(slice_str(text), &command, &err) &&
		    (command.len ||
			    error_set(&err, STATUS_USAGE,
				    "--command needs some text; without it --probe only listens"));
	status = good ? check_all(cli, &command) : cli_error(&err, slice_str(text));
	bytes_free(&command);
	return status;
}

const struct cli_command cli_check = {"check", "DEVICE...",
	"can it be reached? name, addresses, a connection to each, with times", 1, -1, run};
