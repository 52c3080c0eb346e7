/* pipe.c - the console without a terminal: lines from standard input, replies to standard output.
 *
 * The shell is the same one; this is its screen.  A line is read when the one before is done.
 */
#include "cli/cli.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cmd/shell.h"
#include "pane/pane.h"

struct pipe {
	struct ui ui; /* first: the shell's view of it */
	struct cli *cli;
	struct shell *shell;
	struct pane pane;
	struct input *input;
	struct loop_timer timer; /* reads on, from the loop instead of from inside a callback */
	bool quitting;
	enum status status;
};

static void on_line(struct ui *ui, enum ui_kind kind, struct slice text, struct slice detail)
{
	struct pipe *p = (struct pipe *)ui;
	(void)detail;
	if (kind == UI_REPLY || kind == UI_OUTPUT) {
		out_line(text);
		return;
	}
	if (kind == UI_ERROR || !p->cli->options.quiet) {
		cli_stderr(SLICE("wilco: "));
		cli_stderr(text);
		cli_stderr(SLICE("\n"));
	}
}

static void on_exchange(
	struct ui *ui, const struct session *s, const struct exchange *x, bool labelled)
{
	struct pipe *p = (struct pipe *)ui;
	out_view((enum output)p->cli->context.view);
	out_exchange(s, x, p->cli->options.quiet, labelled);
	if (x->command)
		loop_timer_set(&p->timer, 0);
}

static void on_refresh(struct ui *ui)
{
	struct pipe *p = (struct pipe *)ui;
	if (p->input && !loop_timer_running(&p->timer))
		loop_timer_set(&p->timer, 0);
}

static void on_quit(struct ui *ui, int status)
{
	struct pipe *p = (struct pipe *)ui;
	(void)status;
	p->quitting = true;
	loop_stop(p->cli->loop);
}

static const struct ui_ops ops = {
	.line = on_line, .exchange = on_exchange, .refresh = on_refresh, .quit = on_quit};

/* Lines until one has to be waited for. */
static void read_on(void *arg)
{
	struct pipe *p = arg;
	struct slice text;
	struct error err;
	while (!p->quitting && !out_failed() && !shell_busy(p->shell)) {
		switch (input_line(p->input, &text, &err)) {
		case INPUT_LINE:
			shell_line(p->shell, text);
			break;
		case INPUT_FAILED:
			p->status = cli_error(&err, SLICE(""));
			break;
		case INPUT_WAIT:
			out_flush();
			return;
		case INPUT_END:
			on_quit(&p->ui, 0);
			return;
		}
	}
}

static void on_signal(void *arg)
{
	struct pipe *p = arg;
	p->quitting = true;
	shell_interrupt(p->shell);
}

static enum status run(struct pipe *p, const char *device)
{
	struct error err;
	if (device && !shell_open(p->shell, device, slice_str(device), NAMED_BY_ARGUMENT, &err))
		return cli_error(&err, err.placed ? slice_str(device) : SLICE(""));
	cli_watch_signals(p->cli->loop, on_signal, p);
	p->input = input_open(p->cli->loop, read_on, p);
	loop_timer_set(&p->timer, 0);
	loop_run(p->cli->loop);
	cli_unwatch_signals();
	enum status worst = shell_status(p->shell);
	return cli_signalled() ? cli_signalled() : worst > p->status ? worst : p->status;
}

enum status cli_pipe(struct cli *cli, const char *device)
{
	struct pipe p = {.ui = {.ops = &ops, .utf8 = out_utf8()}, .cli = cli};
	p.ui.pane = &p.pane;
	pane_init(&p.pane, p.ui.utf8);
	loop_timer_init(&p.timer, cli->loop, read_on, &p);
	p.shell = shell_new(cli->loop, &cli->context, &p.ui, false);
	enum status status = run(&p, device);
	p.quitting = true;
	loop_timer_stop(&p.timer);
	input_close(p.input);
	p.input = NULL;
	shell_free(p.shell);
	loop_timer_stop(&p.timer);
	pane_free(&p.pane);
	return status;
}
