/* pipe.c - the console without a terminal: lines from standard input, replies to standard output.
 *
 * The shell is the console's; this is its screen.  It reads a line when the one before is done.
 */
#include "cli/cli.h"
#include "cli/input.h"
#include "cli/out.h"
#include "cmd/shell.h"
#include "pane/pane.h"

struct pipe {
	struct ui ui; /* first, so that it can be cast */
	struct cli *cli;
	struct shell *shell;
	struct record record;
	struct pane pane;
	struct input *input;
	struct bytes held; /* a line that was read ahead, to see whether it is a `.now` */
	bool holds;
	struct loop_timer timer; /* reads on, from the loop instead of from inside a callback */
	bool quitting;
	enum status status;
};

static void pipe_on_line(struct ui *ui, enum ui_kind kind, struct slice text)
{
	struct pipe *p = (struct pipe *)ui;
	bool asked = kind == UI_OUTPUT;
	if (asked && !out_objects()) {
		out_line(text);
		return;
	}
	if (asked || kind == UI_ERROR || !p->cli->options.quiet) {
		cli_stderr(asked ? SLICE("") : SLICE("wilco: "));
		cli_stderr(text);
		cli_stderr(SLICE("\n"));
	}
}

static void pipe_on_exchange(
	struct ui *ui, const struct session *s, const struct exchange *x, bool labelled)
{
	struct pipe *p = (struct pipe *)ui;
	out_view(p->cli->context->view);
	out_exchange(s, x, p->cli->options.quiet, labelled);
	if (x->command)
		loop_timer_set(&p->timer, 0);
}

static void pipe_on_refresh(struct ui *ui)
{
	struct pipe *p = (struct pipe *)ui;
	if (p->input && !loop_timer_running(&p->timer))
		loop_timer_set(&p->timer, 0);
}

static void pipe_on_quit(struct ui *ui, int status)
{
	struct pipe *p = (struct pipe *)ui;
	(void)status;
	p->quitting = true;
	loop_stop(p->cli->loop);
}

static const struct ui_ops ops = {.line = pipe_on_line,
	.exchange = pipe_on_exchange,
	.refresh = pipe_on_refresh,
	.quit = pipe_on_quit};

static void run_held(struct pipe *p)
{
	p->holds = false;
	shell_line(p->shell, bytes_slice(&p->held)); /* reads no other line meanwhile */
	bytes_clear(&p->held);
}

static bool may_read(const struct pipe *p)
{
	return !p->quitting && !p->holds;
}

static void read_on(void *arg)
{
	struct pipe *p = arg;
	if (p->holds && !p->quitting && !shell_busy(p->shell))
		run_held(p);
	if (may_read(p) && !input_walk(p->input) && !shell_busy(p->shell))
		pipe_on_quit(&p->ui, 0);
}

static bool on_text(void *arg, struct slice text)
{
	struct pipe *p = arg;
	shell_rest(p->shell);
	p->holds = shell_busy(p->shell) && !shell_goes_now(p->shell, text);
	if (p->holds)
		bytes_add(&p->held, text);
	else
		shell_line(p->shell, text);
	return may_read(p);
}

static void pipe_on_input_failed(void *arg, const struct error *err)
{
	struct pipe *p = arg;
	p->status = cli_error(err, SLICE(""));
}

static const struct input_events input_events = {
	.ready = read_on, .line = on_text, .failed = pipe_on_input_failed};

static void pipe_on_signal(void *arg)
{
	struct pipe *p = arg;
	p->quitting = true;
	shell_interrupt(p->shell);
}

static bool pipe_reopen(void *arg)
{
	struct pipe *p = arg;
	return shell_reopen_logs(p->shell);
}

static enum status run(struct pipe *p, const char *device)
{
	struct error err;
	if (device && !shell_open(p->shell, device, slice_str(device), NAMED_BY_ARGUMENT, &err))
		return cli_error(&err, err.placed ? slice_str(device) : SLICE(""));
	if (device)
		cli_note_settings(p->cli, device);
	cli_watch_signals(p->cli->loop, pipe_on_signal, p);
	cli_reopen_on_hangup(pipe_reopen);
	p->input = input_open(p->cli->loop, &input_events, p);
	loop_timer_set(&p->timer, 0);
	loop_run(p->cli->loop);
	cli_unwatch_signals();
	shell_tell_unended(p->shell);
	enum status worst = shell_status(p->shell);
	return cli_signalled() ? cli_signalled() : worst > p->status ? worst : p->status;
}

enum status cli_pipe(struct cli *cli, const char *device)
{
	struct pipe p = {.ui = {.ops = &ops, .utf8 = out_utf8()}, .cli = cli};
	/* What is printed goes to both. */
	p.ui.marks = (out_spelling() & cli_stderr_spelling() & TEXT_MARKS) != 0;
	p.ui.pane = &p.pane;
	record_init(&p.record);
	pane_init(&p.pane, &p.record, p.ui.utf8);
	p.pane.look.marks = p.ui.marks;
	p.pane.look.canonical = !out_by_line();
	bytes_init(&p.held, LIMIT_LINE);
	loop_timer_init(&p.timer, cli->loop, read_on, &p);
	p.shell = shell_new(cli->loop, cli->context, &p.ui, false);
	enum status status = run(&p, device);
	p.quitting = true;
	loop_timer_stop(&p.timer);
	input_close(p.input);
	p.input = NULL;
	if (!shell_free(p.shell) && status < STATUS_OUTPUT)
		status = STATUS_OUTPUT;
	loop_timer_stop(&p.timer);
	bytes_free(&p.held);
	pane_free(&p.pane);
	record_free(&p.record);
	return status;
}
