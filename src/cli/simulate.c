/* simulate.c - wilco simulate FILE [ADDRESS...]: plays the device. */
#include "base/number.h"
#include "base/paste.h"
#include "base/paths.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/out.h"
#include "sim/sim.h"

/* Clients that are gone without a word, or stay and say nothing, must not occupy the device. */
static const int64_t IDLE_LIMIT = 600ll * NS_PER_S;

static void on_log(void *arg, const char *who, char direction, struct slice bytes)
{
	(void)arg;
	if (!out_room())
		return;
	bytes_addf(out_begin(), "%s %c ", who, direction);
	text_add(out_begin(), bytes, TEXT_EDGES | out_spelling());
	out_end();
}

static void simulate_on_signal(void *arg)
{
	loop_stop(arg);
}

static void say_listening(const struct sim *sim, const struct sim_script *script, uint64_t seed)
{
	const char *address;
	for (size_t i = 0; (address = sim_address(sim, i)); i++) {
		const char *certificate = sim_certificate(sim, i);
		bytes_add_str(out_begin(), "listening on ");
		paste_add(out_begin(), slice_str(address), out_spelling());
		out_end();
		if (*certificate) {
			bytes_addf(out_begin(), "certificate SHA-256 %s", certificate);
			out_end();
		}
	}
	if (sim_has_faults(script)) { /* with it the same faults happen again */
		bytes_addf(out_begin(), "faults by --seed %llu", (unsigned long long)seed);
		out_end();
	}
	out_flush();
}

/* Opens the device at one more address; the first one makes it. */
static bool serve_at(struct cli *cli, const struct sim_script *script, const char *where,
	struct sim **sim, enum status *status)
{
	struct address address;
	struct error err;
	struct slice text = slice_str(where);
	if (!address_parse_local(text, cli->options.port, &address, &err)) {
		*status = cli_error(&err, text);
		return false;
	}
	bool good =
		*sim ? sim_listen(*sim, &address, &err)
		     : (*sim = sim_open(cli->loop, script, &address, on_log, NULL, &err)) != NULL;
	if (!good)
		*status = cli_error(&err, SLICE(""));
	address_free(&address);
	return good;
}

/* Says with --check how much came that the file does not have. */
static enum status judge(struct cli *cli, const struct sim *sim)
{
	const struct sim_unknown unknown = sim_unknown(sim);
	struct error err;
	if (!cli->options.check)
		return cli_signalled();
	if (!unknown.commands && !unknown.odd)
		return STATUS_OK; /* a signal is how it usually ends */
	error_set(&err, STATUS_DIFFERS,
		"%llu command%s came that the file does not have, and %llu time%s bytes of no "
		"frame",
		(unsigned long long)unknown.commands, plural(unknown.commands),
		(unsigned long long)unknown.odd, plural(unknown.odd));
	return cli_error(&err, SLICE(""));
}

/* Serves until a signal comes, or with --once until the first client has gone. */
static enum status serve_clients(
	struct cli *cli, struct sim *sim, const struct sim_script *script, uint64_t seed)
{
	/* Before it is said that we listen: who reads that may end us. */
	cli_watch_signals(cli->loop, simulate_on_signal, cli->loop);
	say_listening(sim, script, seed);
	out_let_go("line", cli->options.quiet);
	loop_run(cli->loop);
	cli_unwatch_signals();
	const struct error *failure = sim_failure(sim);
	return failure ? cli_error(failure, SLICE("")) : judge(cli, sim);
}

static enum status serve(struct cli *cli, const struct sim_script *script)
{
	struct error err;
	struct sim *sim = NULL;
	enum status status = STATUS_OK;
	int64_t idle_limit = IDLE_LIMIT;
	uint64_t seed;
	bool good = true;
	if (!options_idle_limit(&cli->options, &idle_limit, &err) ||
		!options_seed(&cli->options, &seed, &err))
		return cli_error(&err, SLICE(""));
	if (cli->count == 1)
		good = serve_at(cli, script, "127.0.0.1", &sim, &status);
	for (int i = 1; good && i < cli->count; i++)
		good = serve_at(cli, script, cli->words[i], &sim, &status);
	if (good && cli->options.once && !sim_serve_once(sim, &err)) {
		good = false;
		status = cli_error(&err, SLICE(""));
	}
	if (good) {
		sim_limit_idle(sim, idle_limit);
		sim_seed(sim, seed);
		if (cli->options.check)
			sim_strict(sim);
		status = serve_clients(cli, sim, script, seed);
	}
	sim_close(sim);
	return status;
}

static enum status run(struct cli *cli)
{
	const char *path = cli->words[0];
	struct error err;
	struct bytes file, shown;
	enum status status;
	bytes_init(&file, LIMIT_FILE + 1);
	bytes_init(&shown, LIMIT_MESSAGE);
	int found = path_read(path, PATH_STREAM, LIMIT_FILE, &file, &err);
	if (found == 0)
		error_set(&err, STATUS_USAGE, "no file %s", quote(slice_str(path)).text);
	if (found <= 0) {
		status = cli_error(&err, SLICE(""));
	} else {
		const struct sim_source from = {path, cli->options.devices.at[0],
			cli->options.frame, cli->context->book, verbs};
		struct sim_script *script =
			sim_script_read(&from, bytes_slice(&file), &shown, &err);
		status = script ? serve(cli, script) : cli_shown(&shown, STATUS_USAGE);
		sim_script_free(script);
	}
	bytes_free(&shown);
	bytes_free(&file);
	return status;
}

const struct cli_command cli_simulate = {.name = "simulate",
	.args = "FILE [ADDRESS...]",
	.help = "be the device that FILE describes",
	.about = "Is the device that FILE describes, at 127.0.0.1:9100 or the addresses that are "
		 "given. Prints where it listens, and then what is said.",
	.example = "simulate pump.wilco 127.0.0.1:0",
	.least = 1,
	.most = -1,
	.by = BY_SIMULATE,
	.words = {WORD_FILE, WORD_ANY},
	.run = run};
