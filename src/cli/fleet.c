/* fleet.c - wilco fleet TARGETS COMMAND...: sends the commands to many devices at once. */
#include "cli/fleet.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/paths.h"
#include "base/text.h"
#include "cli/out.h"
#include "cmd/runner.h"
#include "fleet/fleet.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	LIMIT_DEFAULT = 10000,
	DESCRIPTORS_KEPT = 24, /* for files, the terminal, lookups and libuv */
	ASKS_ABOVE = 20,       /* devices */
};

struct fleet_run {
	struct cli *cli;
	struct fleet_list list;
	struct fleet *fleet;
	enum status status;
	uint8_t *failed;                     /* a bit for each target */
	size_t counts[EXCHANGE_SKIPPED + 1]; /* targets by how they ended */
	int64_t began;
	bool interrupted;
};

static void fleet_raise_status(struct fleet_run *r, enum status status)
{
	if (status > r->status)
		r->status = status;
}

/* ---- what is told ---- */

static void fleet_begin(void *owner, size_t target, const struct session_events *events,
	void *session_owner, struct fleet_device *device)
{
	struct fleet_run *r = owner;
	device->session = fleet_list_session(&r->list, target, events, session_owner);
	device->orders = fleet_list_orders(&r->list, device->session);
}

static void fleet_on_result(void *owner, const struct fleet_result *result)
{
	struct fleet_run *r = owner;
	const struct options *o = &r->cli->options;
	fleet_raise_status(r, exchange_exit(result->exchange->status));
	if (result->exchange->lost)
		fleet_raise_status(r, STATUS_DAMAGED);
	out_round(result->session, result->exchange, o->quiet, o->every ? result->round : 0);
}

static void fleet_on_unasked(void *owner, const struct session *s, const struct exchange *x)
{
	struct fleet_run *r = owner;
	if (x->lost)
		fleet_raise_status(r, STATUS_DAMAGED);
	if (r->cli->options.verbose && !out_objects())
		out_exchange(s, x, r->cli->options.quiet, true);
}

static void fleet_on_note(void *owner, const struct session *s, bool warning, const char *text)
{
	struct fleet_run *r = owner;
	if (warning || r->cli->options.verbose)
		cli_note(r->cli, "%s: %s", session_name(s), text);
}

static void fleet_on_target_over(void *owner, const struct fleet_outcome *outcome)
{
	struct fleet_run *r = owner;
	uint8_t bit = (uint8_t)(1 << outcome->target % 8);
	r->counts[outcome->worst]++;
	if (outcome->worst == EXCHANGE_OK)
		r->failed[outcome->target / 8] &= (uint8_t)~bit;
	else
		r->failed[outcome->target / 8] |= bit;
}

static void summary(const struct fleet_run *r)
{
	char took[DURATION_TEXT_MAX];
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	for (int status = 0; status <= EXCHANGE_SKIPPED; status++)
		if (r->counts[status])
			bytes_addf(&text, ", %zu %s", r->counts[status],
				exchange_status_name((enum exchange_status)status));
	cli_note(r->cli, "%zu device%s in %s%s", r->list.targets.count,
		plural(r->list.targets.count),
		duration_text(loop_now_fresh(r->cli->loop) - r->began, took), bytes_str(&text));
	bytes_free(&text);
}

static void fleet_on_round_over(void *owner, uint64_t round)
{
	struct fleet_run *r = owner;
	(void)round;
	out_flush();
	summary(r);
	memset(r->counts, 0, sizeof r->counts);
	r->began = loop_now(r->cli->loop);
}

static void fleet_on_over(void *owner)
{
	struct fleet_run *r = owner;
	loop_stop(r->cli->loop);
}

static const struct fleet_events fleet_events = {.begin = fleet_begin,
	.result = fleet_on_result,
	.unasked = fleet_on_unasked,
	.note = fleet_on_note,
	.target_over = fleet_on_target_over,
	.round_over = fleet_on_round_over,
	.over = fleet_on_over};

/* ---- options ---- */

/* Says how many descriptors there may be, after asking for as many as the system allows. */
static size_t descriptors(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return DESCRIPTORS_KEPT + 1;
	rlim_t soft = limit.rlim_cur;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return (size_t)soft;
	return (size_t)limit.rlim_cur;
}

/* Takes no more devices at a time than there are descriptors for. */
static void fit_limit(const struct fleet_run *r, struct fleet_config *config)
{
	size_t all = descriptors(), kept = DESCRIPTORS_KEPT;
	size_t most = all > kept + r->list.descriptors ? (all - kept) / r->list.descriptors : 1;
	size_t wanted = config->limit < config->targets ? config->limit : config->targets;
	if (wanted <= most)
		return;
	config->limit = most;
	cli_note(r->cli,
		"%zu devices at a time, because this process may have %zu descriptors "
		"(ulimit -n)",
		most, all);
}

static bool read_rate(const char *text, int64_t *pause, struct error *err)
{
	struct slice rate = slice_str(text);
	uint64_t number;
	if (slice_ends(rate, SLICE("/s")))
		rate.len -= 2;
	if (!number_parse(rate, "--rate", 1, NS_PER_S, &number, err))
		return false;
	*pause = (int64_t)(NS_PER_S / number);
	return true;
}

static bool read_options(const struct options *o, struct fleet_config *config, struct error *err)
{
	uint64_t limit = LIMIT_DEFAULT;
	if (o->limit && !number_parse(slice_str(o->limit), "--limit", 1, TARGETS_MAX, &limit, err))
		return false;
	config->limit = (size_t)limit;
	if (o->every && !duration_parse(slice_str(o->every), "--every", &config->every, err))
		return false;
	if (o->every && config->every <= 0)
		return error_set(err, STATUS_USAGE, "--every needs a duration, such as 60s");
	/* Sessions stay open from round to round. */
	if (o->every && !o->limit)
		config->limit = TARGETS_MAX;
	return !o->rate || read_rate(o->rate, &config->pause, err);
}

/* Asks a person, if there is one, before many devices get a command. */
static bool may_send(const struct fleet_run *r)
{
	char answer[16] = "";
	size_t count = r->list.targets.count;
	const struct options *o = &r->cli->options;
	if (o->yes || o->dry_run || count <= ASKS_ABOVE || !isatty(STDERR_FILENO))
		return true;
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return true;
	dprintf(fd, "wilco: send to %zu devices? [y/N] ", count);
	ssize_t n = read(fd, answer, sizeof answer - 1);
	close(fd);
	return n > 0 && (answer[0] == 'y' || answer[0] == 'Y');
}

/* ---- the targets that failed ---- */

static void add_failed(const struct fleet_run *r, struct bytes *out)
{
	for (size_t i = 0; i < r->list.targets.count; i++)
		if (r->failed[i / 8] >> i % 8 & 1) {
			bytes_add(out, targets_text(&r->list.targets, i));
			bytes_add_byte(out, '\n');
		}
}

/* Writes the file anew, and puts it into place when it is whole: it may be the one that was read.
 */
static bool write_failed(const struct fleet_run *r, const char *name, struct error *err)
{
	struct bytes text, path;
	bytes_init(&text, TARGETS_TEXT_MAX);
	bytes_init(&path, LIMIT_LINE);
	add_failed(r, &text);
	bytes_addf(&path, "%s.%ld", name, (long)getpid());
	bool good = path_write(bytes_str(&path), PATH_NEW, bytes_slice(&text), err);
	if (good && rename(bytes_str(&path), name) < 0) {
		good = error_set(
			err, STATUS_OUTPUT, "cannot write %s: %m", quote(slice_str(name)).text);
		unlink(bytes_str(&path));
	}
	bytes_free(&text);
	bytes_free(&path);
	return good;
}

/* ---- running ---- */

static void fleet_on_signal(void *arg)
{
	struct fleet_run *r = arg;
	bool again = r->interrupted;
	r->interrupted = true;
	if (cli_signalled() == STATUS_INTERRUPT && !again)
		fleet_stop(r->fleet, "not tried: interrupted");
	else
		fleet_cancel(r->fleet, "not tried: interrupted");
	if (!again && fleet_running(r->fleet))
		cli_note(r->cli,
			"interrupted: %zu device%s still under way; once more gives them up",
			fleet_running(r->fleet), plural(fleet_running(r->fleet)));
}

static enum status run_fleet(struct fleet_run *r, const struct fleet_config *config)
{
	r->failed = mem_new(config->targets / 8 + 1);
	memset(r->failed, 0xff, config->targets / 8 + 1);
	r->fleet = fleet_new(config);
	r->began = loop_now_fresh(config->loop);
	cli_watch_signals(config->loop, fleet_on_signal, r);
	fleet_start(r->fleet);
	while (!fleet_is_over(r->fleet) && !out_failed())
		loop_run(config->loop); /* a signal ends it, too */
	cli_unwatch_signals();
	fleet_free(r->fleet);
	struct error err;
	const char *failed = r->cli->options.failed;
	if (failed && !write_failed(r, failed, &err))
		fleet_raise_status(r, cli_error(&err, SLICE("")));
	free(r->failed);
	return cli_signalled() ? cli_signalled() : r->status;
}

static enum status with_targets(struct fleet_run *r, struct fleet_config *config)
{
	config->targets = r->list.targets.count;
	config->commands = r->list.command_count;
	if (r->cli->options.dry_run)
		return fleet_list_dry_run(&r->list);
	if (!may_send(r)) {
		cli_note(r->cli, "nothing was sent");
		return STATUS_INTERRUPT;
	}
	fit_limit(r, config);
	return run_fleet(r, config);
}

static enum status run(struct cli *cli)
{
	struct fleet_run r = {.cli = cli};
	struct fleet_config config = {.loop = cli->loop,
		.together = !out_objects(),
		.events = &fleet_events,
		.owner = &r};
	struct error err;
	if (!out_binary_fits(&err) || !read_options(&cli->options, &config, &err))
		return cli_error(&err, SLICE(""));
	enum status status = fleet_list_open(&r.list, cli, cli->words[0])
				     ? with_targets(&r, &config)
				     : STATUS_USAGE;
	fleet_list_close(&r.list);
	return status;
}

const struct cli_command cli_fleet = {"fleet", "TARGETS COMMAND...",
	"send each COMMAND to many devices; TARGETS: a file, a group, a list", 2, -1, run};
