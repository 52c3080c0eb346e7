/* main.c - wilco-console, which wilco starts with the same options. */
#include "base/fd.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cmd/context.h"
#include "cmd/tapped.h"
#include "console/console.h"
#include "sim/sim.h"
#include "viewed/pieces.h"
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

struct start {
	struct options options;
	struct context context;
	struct loop *loop;
	const char *device;
	char **words;              /* of wilco tap: LISTEN, DEVICE */
	struct sim_script *script; /* the demo's */
	struct sim *sim, *second;
	struct console_file file; /* of wilco view */
};

static enum status complain(const struct error *err, struct slice text)
{
	struct bytes shown;
	bytes_init(&shown, LIMIT_MESSAGE);
	bytes_add_str(&shown, "wilco: ");
	error_show(err, NULL, text, text_locale_utf8(), &shown);
	fd_write(STDERR_FILENO, bytes_shown(&shown), FD_FOR_EVER);
	bytes_free(&shown);
	return err->status;
}

static struct sim *start_sim(struct start *s, struct error *err)
{
	struct address a;
	if (!address_parse_local(SLICE("127.0.0.1:0"), 0, &a, err))
		return NULL;
	struct sim *sim = sim_open(s->loop, s->script, &a, NULL, NULL, err);
	address_free(&a);
	return sim;
}

/* Starts the built-in device in this process, and one more that can be opened: it is in the device
 * book.  Their connections are real. */
static bool start_demo(struct start *s, struct bytes *shown, struct error *err)
{
	const struct sim_source from = {"demo", NULL, NULL, s->context.book, verbs};
	s->script = sim_script_read(&from, sim_demo(), shown, err);
	if (!s->script || !(s->sim = start_sim(s, err)) || !(s->second = start_sim(s, err)))
		return false;
	s->context.options.frame = frame_notation(sim_frame(s->script));
	struct bytes line;
	bytes_init(&line, LIMIT_MESSAGE);
	bytes_addf(&line, SHELL_DEMO_SECOND " %s", sim_address(s->second, 0));
	bool good = devices_define(&s->context.devices, bytes_slice(&line), err);
	bytes_free(&line);
	return good;
}

/* Standard input was the file; whoever is started from here on gets the terminal. */
static void give_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0 && dup2(fd, STDIN_FILENO) == STDIN_FILENO)
		close(fd);
}

/* Opens the file that is to be viewed, before there is a screen. */
static bool read_file(const struct start *s, struct console_file *file, struct error *err)
{
	const struct options *o = &s->options;
	uint64_t stream = 0;
	if (o->stream && strcmp(o->stream, "all") != 0 &&
		!number_parse(slice_str(o->stream), "the stream", 1, LIMIT_STREAMS, &stream, err))
		return error_hint(err, "--stream all shows all of them");
	*file = (struct console_file){.path = s->words[1],
		.frame = frame_find(s->context.book, slice_str(o->frame ? o->frame : "raw"), err),
		.runs = !o->frame,
		.settings = &s->context.settings,
		.transcript = s->context.transcript};
	const struct pieces_config config = {.path = file->path,
		.port = o->port,
		.stream = (uint32_t)stream,
		.book = s->context.book,
		.verbs = verbs,
		.frame = file->runs ? NULL : file->frame};
	if (!file->frame || !(file->pieces = pieces_open(&config, err)))
		return false;
	if (strcmp(file->path, "-") != 0)
		return true;
	file->path = "standard input";
	give_terminal();
	return true;
}

/* On failure *wrong is the text that the error's place refers to. */
static bool open_device(struct start *s, struct console *console, struct shell *sh,
	struct slice *wrong, struct error *err)
{
	*wrong = slice_str(s->device ? s->device : "");
	if (s->options.view)
		return console_view(console, &s->file, err);
	if (s->options.tap)
		return tapped_open(sh, s->words[1], s->words[2], wrong, err);
	if (s->sim)
		return shell_open_demo(sh, s->script, sim_address(s->sim, 0), err);
	const char *device = s->device ? s->device : s->context.device;
	if (device)
		return shell_open(sh, device, slice_str(device), NAMED_BY_ARGUMENT, err);
	shell_explain_no_device(sh);
	return true;
}

static enum status run(struct start *s)
{
	struct error err;
	struct slice wrong;
	struct shell_device first;
	enum status status;
	if (s->options.view && !read_file(s, &s->file, &err)) {
		wrong = slice_str(s->options.frame ? s->options.frame : "");
		return complain(&err, err.placed ? wrong : SLICE(""));
	}
	struct console *console = console_new(s->loop, s->options.plain, &err);
	if (!console) {
		pieces_close(s->file.pieces);
		return complain(&err, SLICE(""));
	}
	struct shell *sh = shell_new(s->loop, &s->context, console_ui(console), true);
	console_attach(console, sh);
	console_bind(console, bytes_slice(&s->context.binds));
	shell_highlight(sh, bytes_slice(&s->context.highlights));
	bool opened = open_device(s, console, sh, &wrong, &err);
	if (s->sim)
		console_tour(console);
	if (opened && s->options.term && shell_device(sh, 0, &first))
		shell_line(sh, SLICE(".term"));
	status = opened ? console_run(console) : err.status;
	if (!shell_free(sh) && status < STATUS_OUTPUT)
		status = STATUS_OUTPUT;
	console_free(console);
	if (!opened)
		complain(&err, err.placed ? wrong : SLICE(""));
	return status;
}

static enum status main_begin(struct start *s)
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
	frame_unref(s->file.frame);
	sim_close(s->sim);
	sim_close(s->second);
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
	char **words = mem_new(((size_t)argc + 1) * sizeof *words);
	if (!options_parse(argc, argv, &s.options, words, &count, &err))
		return (int)complain(&err, SLICE(""));
	s.device = count && !s.options.tap && !s.options.view ? words[0] : NULL;
	s.words = words;
	/* It is wilco that starts it so, with them. */
	if ((s.options.tap && count < 3) || (s.options.view && count < 2))
		return (int)STATUS_USAGE;
	s.loop = loop_new(&err);
	enum status status = s.loop ? main_begin(&s) : complain(&err, SLICE(""));
	free(words);
	if (!s.loop)
		return (int)status;
	if (loop_busy_threads(s.loop))
		_exit((int)status); /* exit() waits for a lookup, which may take minutes */
	loop_free(s.loop);
	return (int)status;
}
