/* demo.c - wilco demo: the console on the built-in device; without a terminal a scripted exchange,
 * a line each for command and reply. */
#include "cli/cli.h"
#include "cli/output.h"
#include "pane/view.h"
#include "sim/sim.h"
#include <unistd.h>

static const char *const commands[] = {"ID?", "STATUS", "SPEED 1450", "SPEED?", "PRESSURE?"};

struct demo {
	struct cli *cli;
	struct session *session;
	size_t at;
	enum status status;
};

static void next(struct demo *d)
{
	if (d->at == sizeof commands / sizeof commands[0] || d->status) {
		loop_stop(d->cli->loop);
		return;
	}
	session_send(d->session, slice_str(commands[d->at++]), false);
}

static void reply_line(void *arg, struct slice text)
{
	struct bytes *line = arg;
	bytes_clear(line);
	bytes_add_str(line, "< ");
	bytes_add(line, text);
	out_line(bytes_slice(line));
}

static void on_exchange(void *owner, struct session *s, const struct exchange *x)
{
	struct demo *d = owner;
	struct bytes line;
	bytes_init(&line, LIMIT_MESSAGE);
	if (x->command) {
		bytes_addf(&line, "> %s", x->command);
		out_line(bytes_slice(&line));
	}
	for (const struct reply *r = x->replies; r; r = r->next)
		view_lines(VIEW_TEXT, view_bytes(r), 0, reply_line, &line);
	bytes_free(&line);
	(void)s;
	d->status = exchange_exit(x->status);
	if (x->command)
		next(d);
}

static const struct session_events events = {.exchange = on_exchange};

static enum status exchange_all(struct cli *cli, const char *where)
{
	struct demo d = {.cli = cli};
	struct target target;
	struct error err;
	struct slice wrong;
	if (!context_target(
		    &cli->context, slice_str(where), NAMED_BY_ARGUMENT, &target, &wrong, &err))
		return cli_error(&err, SLICE(""));
	struct session_config config = {.loop = cli->loop,
		.name = "demo",
		.address = &target.address,
		.settings = &target.address.settings,
		.frame = target.frame,
		.events = &events,
		.owner = &d};
	d.session = session_new(&config);
	next(&d);
	loop_run(cli->loop);
	session_free(d.session);
	target_free(&target);
	return d.status;
}

static enum status scripted(struct cli *cli)
{
	struct error err;
	struct bytes shown;
	struct address address;
	enum status status = STATUS_CONNECT;
	bytes_init(&shown, LIMIT_MESSAGE);
	struct sim_script *script =
		sim_script_read(cli->context.book, sim_demo(), "demo", NULL, &shown, &err);
	if (!script)
		return cli_shown(&shown, STATUS_USAGE);
	address_parse_local(SLICE("127.0.0.1:0"), 0, &address, &err);
	struct sim *sim = sim_open(cli->loop, script, &address, NULL, NULL, &err);
	cli->context.options.frame = frame_notation(sim_frame(script));
	status = sim ? exchange_all(cli, sim_address(sim)) : cli_error(&err, SLICE(""));
	sim_close(sim);
	address_free(&address);
	sim_script_free(script);
	bytes_free(&shown);
	return status;
}

static enum status run(struct cli *cli)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return scripted(cli);
	cli->options.demo = true;
	return cli_console(cli);
}

const struct cli_command cli_demo = {"demo", "",
	"the console on a built-in device; without a terminal, a scripted exchange", 0, 0, run};
