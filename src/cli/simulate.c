/* simulate.c - wilco simulate FILE [ADDRESS]: be the device. */
#include "base/paths.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "sim/sim.h"

static void on_log(void *arg, const char *who, char direction, struct slice bytes)
{
	struct bytes *line = arg;
	bytes_clear(line);
	bytes_addf(line, "%s %c ", who, direction);
	text_add(line, bytes, TEXT_EDGES | (out_utf8() ? 0 : TEXT_ASCII));
	out_line(bytes_slice(line));
}

static void on_signal(void *arg)
{
	loop_stop(arg);
}

static enum status serve(struct cli *cli, const struct sim_script *script, const char *where)
{
	struct address address;
	struct error err;
	struct bytes line;
	if (!address_parse_local(slice_str(where), cli->options.port, &address, &err))
		return cli_error(&err, slice_str(where));
	bytes_init(&line, LIMIT_FRAME_MOST);
	struct sim *sim = sim_open(cli->loop, script, &address, on_log, &line, &err);
	if (sim) {
		bytes_addf(&line, "listening on %s", sim_address(sim));
		out_line(bytes_slice(&line));
		out_flush();
		cli_watch_signals(cli->loop, on_signal, cli->loop);
		loop_run(cli->loop);
		cli_unwatch_signals();
	}
	sim_close(sim);
	address_free(&address);
	bytes_free(&line);
	return sim ? cli_signalled() : cli_error(&err, SLICE(""));
}

static enum status run(struct cli *cli)
{
	const char *path = cli->words[0];
	struct error err;
	struct bytes file, shown;
	enum status status;
	bytes_init(&file, LIMIT_FILE + 1);
	bytes_init(&shown, LIMIT_MESSAGE);
	int found = path_read(path, LIMIT_FILE, &file, &err);
	if (found == 0)
		error_set(&err, STATUS_USAGE, "no file %s", quote(slice_str(path)).text);
	if (found <= 0) {
		status = cli_error(&err, SLICE(""));
	} else {
		struct sim_script *script = sim_script_read(cli->context.book, bytes_slice(&file),
			path, cli->options.frame, &shown, &err);
		status = script ? serve(cli, script, cli->count > 1 ? cli->words[1] : "127.0.0.1")
				: cli_shown(&shown, STATUS_USAGE);
		sim_script_free(script);
	}
	bytes_free(&shown);
	bytes_free(&file);
	return status;
}

const struct cli_command cli_simulate = {"simulate", "FILE [ADDRESS]",
	"be the device that FILE describes (127.0.0.1:9100)", 1, 2, run};
