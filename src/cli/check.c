/* check.c - wilco check DEVICE...: looks up the name and connects to each address, and reports each
 * step with the time that it took. */
#include "cli/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/out.h"
#include "cmd/probe_plan.h"
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <wilco/macro.h>

static const int64_t SETTLES = NS_PER_S / 4;

struct checking {
	struct cli *cli;
	const char *device;
	struct address address;
	struct loop_lookup *lookup;
	struct transport *line;
	struct loop_timer timer;  /* limits the lookup */
	struct loop_timer settle; /* waits whether a command that was started fails */
	char **hosts;             /* numeric addresses, in the order in which they are tried */
	size_t count, at;
	char *trying; /* the address as it is shown */
	int64_t began;
	bool reached;
	struct probe *probe; /* goes on with the first line that opens; NULL: all are tried */
};

static void try_next(struct checking *c);

static void step_json(struct json *o, const void *arg)
{
	const struct check_step *s = arg;
	json_text(o, "device", slice_str(s->device));
	json_text(o, "step", slice_str(s->step));
	json_text(o, "address", slice_str(s->where));
	json_bool(o, "ok", s->good);
	json_text(o, "result", slice_str(s->result));
	if (s->took < 0)
		json_none(o, "ms");
	else
		json_ms(o, "ms", s->took);
}

static void step_plain(const struct output *format, const void *arg)
{
	const struct check_step *s = arg;
	char time[DURATION_TEXT_MAX];
	struct bytes raw;
	(void)format;
	bytes_init(&raw, LIMIT_MESSAGE);
	bytes_addf(&raw, "%s: %-7s %s: %s", s->device, s->step, s->where, s->result);
	if (s->took >= 0)
		bytes_addf(&raw, " (%s)", duration_text(s->took, time));
	text_add(out_begin(), bytes_shown(&raw), TEXT_PLAIN | out_spelling());
	out_end();
	bytes_free(&raw);
}

void check_report(const struct check_step *s)
{
	out_result(&(struct result){step_plain, step_json, s});
}

void check_line_step(
	const char *device, const char *where, enum transport_step step, const char *text)
{
	static const char names[][12] = {[STEP_LISTENING] = "listen",
		[STEP_SECURED] = "tls",
		[STEP_WARNING] = "warning",
		[STEP_SAID] = "said"};
	if (step == STEP_LISTENING)
		check_report(&(struct check_step){
			device, "listen", text, true, "waiting for the device to call", -1});
	else if (step >= STEP_SECURED)
		check_report(&(struct check_step){device, names[step], where, true, text, -1});
}

int64_t check_connect_timeout(const struct address *a)
{
	const struct settings *s = &a->settings;
	return s->at[SET_CONNECT_TIMEOUT].set ? s->at[SET_CONNECT_TIMEOUT].value
					      : s->at[SET_TIMEOUT].value;
}

static void report(
	struct checking *c, const char *step, const char *where, bool good, const char *result)
{
	int64_t took = loop_now_fresh(c->cli->loop) - c->began;
	check_report(&(struct check_step){c->device, step, where, good, result, took});
}

static void check_done(struct checking *c)
{
	loop_timer_stop(&c->timer);
	loop_stop(c->cli->loop);
}

static void line_close(struct checking *c)
{
	transport_close(c->line);
	c->line = NULL;
	loop_timer_stop(&c->settle);
}

static void is_open(struct checking *c)
{
	c->reached = true;
	report(c, "connect", c->trying, true,
		address_datagrams(&c->address)
			? "ready: only an answer shows whether anybody is there"
			: "open");
	if (c->probe) {
		struct transport *line = c->line;
		c->line = NULL;
		probe_begin(c->probe, &c->address, line);
		return;
	}
	line_close(c);
	try_next(c);
}

/* A line over a command counts as open when the command has not ended for a while. */
static void check_on_open(void *owner)
{
	struct checking *c = owner;
	if (c->probe || address_resolves(&c->address) || address_listens(&c->address))
		is_open(c);
	else
		loop_timer_set(&c->settle, SETTLES);
}

static void on_settled(void *arg)
{
	is_open(arg);
}

static void check_on_fail(void *owner, const struct error *err)
{
	struct checking *c = owner;
	report(c, "connect", c->trying, false, err->what);
	line_close(c);
	try_next(c);
}

static void check_on_step(void *owner, enum transport_step step, const char *text)
{
	struct checking *c = owner;
	check_line_step(c->device, c->trying, step, text);
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

static void check_on_end(void *owner)
{
	struct checking *c = owner;
	if (!loop_timer_running(&c->settle))
		return;
	report(c, "connect", c->trying, false, "the peer closes at once");
	line_close(c);
	try_next(c);
}

static const struct transport_events events = {.step = check_on_step,
	.open = check_on_open,
	.data = ignore_data,
	.end = check_on_end,
	.fail = check_on_fail};

static void try_next(struct checking *c)
{
	struct bytes text;
	if (c->at == c->count) {
		check_done(c);
		return;
	}
	/* The certificate is for the name, not for the address that takes its place here. */
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
	struct checking *c = arg;
	char limit[DURATION_TEXT_MAX], result[128];
	loop_lookup_cancel(c->lookup);
	c->lookup = NULL;
	snprintf(result, sizeof result, "no answer from the name service within %s",
		duration_text(check_connect_timeout(&c->address), limit));
	report(c, "name", c->address.host, false, result);
	check_done(c);
}

static void keep_host(struct checking *c, const struct sockaddr_storage *a, struct bytes *list)
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
	struct checking *c = arg;
	struct bytes text;
	c->lookup = NULL;
	loop_timer_stop(&c->timer);
	if (!list || !count) {
		report(c, "name", c->address.host, false, err->what);
		check_done(c);
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

static void begin(struct checking *c)
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

static void check_on_signal(void *arg)
{
	check_done(arg);
}

static enum status reach(
	struct cli *cli, const char *device, const struct address *a, struct probe *probe)
{
	struct checking c = {.cli = cli, .device = device, .probe = probe};
	address_copy(&c.address, a);
	loop_timer_init(&c.timer, cli->loop, on_lookup_time, &c);
	loop_timer_init(&c.settle, cli->loop, on_settled, &c);
	cli_watch_signals(cli->loop, check_on_signal, &c);
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
	struct target target;
	struct error err;
	struct slice wrong;
	if (!context_target(
		    cli->context, slice_str(device), NAMED_BY_ARGUMENT, &target, &wrong, &err))
		return cli_error(&err, wrong);
	cli_note_settings(cli, device);
	if (target.address.text[TEXT_LOGIN])
		check_report(&(struct check_step){device, "login", target.address.text[TEXT_LOGIN],
			true, "not played: check only connects, and --probe asks on its own", -1});
	struct probe *probe = cli->options.probe ? probe_new(cli, device, command) : NULL;
	enum status status = reach(cli, device, &target.address, probe);
	if (probe)
		status = probe_end(probe);
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
	struct error err;
	struct order o;
	const char *text = cli->options.ask;
	if (!text)
		return check_all(cli, NULL);
	if (!cli->options.probe) {
		error_set(&err, STATUS_USAGE, "check takes --command only with --probe");
		return cli_error(&err, slice_of(NULL, 0));
	}
	order_init(&o);
	enum status status = probe_read(slice_str(text), &o, &err)
				     ? check_all(cli, &o.payload)
				     : cli_error(&err, slice_str(text));
	order_free(&o);
	return status;
}

const struct cli_command cli_check = {.name = "check",
	.args = "DEVICE...",
	.help = "can it be reached? each step with its time",
	.about = "Looks a device's name up and connects to each of its addresses, with the time of "
		 "each step. With --probe it finds out how the device wants to be spoken to.",
	.example = "check --probe --command 'STATUS?' 10.0.0.5:4001",
	.least = 1,
	.most = -1,
	.by = BY_CHECK,
	.words = {WORD_DEVICE, WORD_DEVICE},
	.run = run};
