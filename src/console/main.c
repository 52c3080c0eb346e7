/* main.c - wilco-console: started by wilco with the same options. */
#include "base/text.h"
#include "cmd/context.h"
#include "console/console.h"
#include "sim/sim.h"
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

struct start {
	struct options options;
	struct context context;
	struct loop *loop;
	const char *device;
	struct sim_script *script; /* of the demo */
	struct sim *sim;
};

static enum status complain(const struct error *err, struct slice text)
{
	struct bytes shown;
	bytes_init(&shown, LIMIT_MESSAGE);
	bytes_add_str(&shown, "wilco: ");
	error_show(err, NULL, text, text_locale_utf8(), &shown);
	ssize_t ignored = write(STDERR_FILENO, shown.at, shown.len);
	(void)ignored;
	bytes_free(&shown);
	return err->status;
}

/* The built-in device lives in this process, behind a real connection. */
static bool start_demo(struct start *s, struct bytes *shown, struct error *err)
{
	struct address a;
	s->script = sim_script_read(s->context.book, sim_demo(), "demo", NULL, shown, err);
	if (!s->script || !address_parse_local(SLICE("127.0.0.1:0"), 0, &a, err))
		return false;
	s->sim = sim_open(s->loop, s->script, &a, NULL, NULL, err);
	address_free(&a);
	if (s->sim)
		s->context.options.frame = frame_notation(sim_frame(s->script));
	return s->sim != NULL;
}

static bool open_device(struct start *s, struct shell *sh, struct error *err)
{
	if (s->sim)
		return shell_open(
			sh, "demo", slice_str(sim_address(s->sim)), NAMED_BY_ARGUMENT, err);
	const char *device = s->device ? s->device : s->context.device;
	if (device)
		return shell_open(sh, device, slice_str(device), NAMED_BY_ARGUMENT, err);
	shell_explain_no_device(sh);
	return true;
}

static enum status run(struct start *s)
{
	struct error err;
	enum status status;
	struct console *console = console_new(s->loop, s->options.plain, &err);
	if (!console)
		return complain(&err, SLICE(""));
	struct shell *sh = shell_new(s->loop, &s->context, console_ui(console), true);
	console_attach(console, sh);
	console_bind(console, bytes_slice(&s->context.binds));
	bool opened = open_device(s, sh, &err);
	status = opened ? console_run(console) : err.status;
	shell_free(sh);
	console_free(console);
	if (!opened)
		complain(&err, err.placed && s->device ? slice_str(s->device) : SLICE(""));
	return status;
}

static enum status begin(struct start *s)
{
	struct error err;
	struct bytes shown;
	enum status status;
	bytes_init(&shown, LIMIT_MESSAGE);
	if (!context_open(&s->context, &s->options, &shown, &err))
		status = complain(&err, SLICE(""));
	else if (s->options.demo && !start_demo(s, &shown, &err))
		status = complain(&err, SLICE(""));
	else
		status = run(s);
	sim_close(s->sim);
	sim_script_free(s->script);
	context_close(&s->context);
	bytes_free(&shown);
	return status;
}

int main(int argc, char **argv)
{
	struct start s = {0};
	struct error err;
	int count;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	char **words = calloc((size_t)argc + 1, sizeof *words);
	if (!words || !options_parse(argc, argv, &s.options, words, &count, &err))
		return (int)complain(&err, SLICE(""));
	s.device = count ? words[0] : NULL;
	s.loop = loop_new();
	enum status status = begin(&s);
	free(words);
	if (loop_busy_threads(s.loop))
		_exit((int)status); /* exit() would wait for a lookup that may take minutes */
	loop_free(s.loop);
	return (int)status;
}
