/* demo.c - wilco demo: the console on the built-in device; without a terminal a scripted exchange,
 * with a line for each command and each reply. */
#include "cli/cli.h"
#include "cli/out.h"
#include "pane/view.h"
#include "sim/sim.h"
#include <unistd.h>

static const char commands[][12] = {"ID?", "STATUS", "SPEED 1450", "SPEED?", "PRESSURE?"};

struct demo {
	struct cli *cli;
	struct session *session;
	size_t at;
	enum status status;
};

static bool demo_on_answer(void *asker, struct session *s, struct exchange *x);

static void next(struct demo *d)
{
	if (d->at == sizeof commands / sizeof commands[0] || d->status) {
		loop_stop(d->cli->loop);
		return;
	}
	struct request r = {
		.payload = slice_str(commands[d->at++]), .ended = demo_on_answer, .asker = d};
	session_ask(d->session, &r);
}

static void show_replies(const struct exchange *x)
{
	for (const struct reply *r = x->replies; r; r = r->next) {
		bytes_add_str(out_begin(), "< ");
		view_text.lines(&(struct shown){.payload = view_bytes(r)}, out_part, NULL);
	}
}

static bool shows_lines(const struct demo *d)
{
	return d->cli->options.output == &output_text;
}

static void demo_show(const struct demo *d, const struct session *s, const struct exchange *x)
{
	if (shows_lines(d) && !exchange_failed(x))
		show_replies(x);
	else
		out_exchange(s, x, false, false);
}

static bool demo_on_answer(void *asker, struct session *s, struct exchange *x)
{
	struct demo *d = asker;
	if (shows_lines(d)) {
		bytes_add_str(out_begin(), "> ");
		exchange_spell(x, out_begin());
		out_end();
	}
	demo_show(d, s, x);
	d->status = exchange_exit(x->status);
	next(d);
	return false;
}

static bool demo_on_unasked(void *owner, struct session *s, struct exchange *x)
{
	demo_show(owner, s, x);
	return false;
}

static const struct session_events events = {.unasked = demo_on_unasked};

static enum status exchange_all(struct cli *cli, const char *where)
{
	struct demo d = {.cli = cli};
	struct target target;
	struct error err;
	struct slice wrong;
	if (!context_target(
		    cli->context, slice_str(where), NAMED_BY_ARGUMENT, &target, &wrong, &err))
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
	const struct sim_source from = {"demo", NULL, NULL, cli->context->book, verbs};
	struct sim_script *script = sim_script_read(&from, sim_demo(), &shown, &err);
	if (!script)
		return cli_shown(&shown, STATUS_USAGE);
	address_parse_local(SLICE("127.0.0.1:0"), 0, &address, &err);
	struct sim *sim = sim_open(cli->loop, script, &address, NULL, NULL, &err);
	cli->context->options.frame = frame_notation(sim_frame(script));
	if (sim)
		status = exchange_all(cli, sim_address(sim, 0));
	const struct error *failure = sim ? sim_failure(sim) : &err;
	if (failure)
		status = cli_error(failure, SLICE(""));
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

const struct cli_command cli_demo = {.name = "demo",
	.args = "",
	.help = "the console on a built-in device",
	.about = "Opens the console on a built-in device. Without a terminal it runs a script.",
	.example = "demo",
	.by = BY_DEMO,
	.run = run};
