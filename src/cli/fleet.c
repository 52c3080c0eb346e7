/* fleet.c - wilco fleet TARGETS COMMAND...: sends the commands to many devices at once. */
#include "cli/fleet.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/paths.h"
#include "base/text.h"
#include "cli/out.h"
#include "cmd/runner.h"
#include "fleet/fleet.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	LIMIT_DEFAULT = 10000,
	ASKS_ABOVE = 20, /* devices */
};

struct fleet_run {
	struct cli *cli;
	struct fleet_list list;
	struct fleet *fleet;
	struct fleet_report report;
	struct fleet_plays *plays; /* NULL: commands are sent */
	enum status status;
	uint8_t *failed;   /* a bit for each target */
	size_t stop_after; /* so many that failed end it; 0: any number may */
	char why[160];     /* no other device is begun */
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
	if (r->plays) {
		device->job = fleet_play_new(r->plays, target, r->report.round, session_owner);
		return;
	}
	device->session = fleet_list_session(&r->list, target, events, session_owner);
	device->orders = fleet_list_orders(&r->list, device->session);
}

static void fleet_on_result(void *owner, const struct fleet_result *result)
{
	struct fleet_run *r = owner;
	fleet_raise_status(r, exchange_exit(result->exchange->status));
	if (result->exchange->lost)
		fleet_raise_status(r, STATUS_DAMAGED);
	fleet_report_result(&r->report, result);
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
	if (!warning && !r->cli->options.verbose)
		return;
	cli_note(r->cli, "%s: %s", session_name(s), text);
}

static void fleet_on_target_over(void *owner, const struct fleet_outcome *outcome)
{
	struct fleet_run *r = owner;
	uint8_t bit = (uint8_t)(1 << outcome->target % 8);
	if (outcome->worst == EXCHANGE_OK)
		r->failed[outcome->target / 8] &= (uint8_t)~bit;
	else
		r->failed[outcome->target / 8] |= bit;
	fleet_report_over(&r->report, outcome);
	size_t failed = fleet_report_failed(&r->report);
	if (!r->stop_after || failed < r->stop_after)
		return;
	snprintf(r->why, sizeof r->why, "not tried: %zu device%s failed (--stop-after)", failed,
		plural(failed));
	fleet_stop(r->fleet, r->why);
}

/* Says why the others do not follow the canaries; NULL: they do. */
static const char *fleet_on_canary_over(void *owner)
{
	struct fleet_run *r = owner;
	size_t failed = fleet_report_failed(&r->report), ended = r->report.tally.ended;
	if (failed)
		snprintf(r->why, sizeof r->why, "not tried: %zu of the first %zu failed", failed,
			ended);
	else if (r->report.answers && answers_group_count(r->report.answers) > 1)
		snprintf(r->why, sizeof r->why, "not tried: the first %zu answered differently",
			ended);
	else
		return NULL;
	fleet_raise_status(r, STATUS_DIFFERS);
	cli_note(r->cli, "the others were %s", r->why);
	return r->why;
}

static void fleet_on_round_begins(void *owner)
{
	struct fleet_run *r = owner;
	fleet_report_round_begins(&r->report);
}

static void fleet_on_round_over(void *owner, uint64_t round)
{
	struct fleet_run *r = owner;
	(void)round;
	fleet_report_round(&r->report);
	if (r->report.differs)
		fleet_raise_status(r, STATUS_DIFFERS);
}

static void fleet_on_job(void *owner, void *job)
{
	(void)owner;
	fleet_play_run(job);
}

static void fleet_on_job_stop(void *owner, void *job)
{
	(void)owner;
	fleet_play_stop(job);
}

static void fleet_on_job_free(void *owner, void *job)
{
	(void)owner;
	fleet_play_free(job);
}

static void fleet_on_job_skipped(void *owner, size_t target, const char *why)
{
	struct fleet_run *r = owner;
	fleet_report_skipped(&r->report, target, why);
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
	.canary_over = fleet_on_canary_over,
	.job_run = fleet_on_job,
	.job_stop = fleet_on_job_stop,
	.job_free = fleet_on_job_free,
	.job_skipped = fleet_on_job_skipped,
	.round_begins = fleet_on_round_begins,
	.round_over = fleet_on_round_over,
	.over = fleet_on_over};

/* ---- options ---- */

/* Takes no more devices at a time than there are descriptors for, and keeps no lines open from
 * round to round where there are too few for all. */
static void fit_limit(const struct fleet_run *r, struct fleet_config *config)
{
	size_t all = fleet_list_fit(&r->list, &config->limit), open = config->targets;
	size_t rounds = config->every && !config->jobs ? fleet_list_fit(&r->list, &open) : 0;
	config->closes = rounds;
	if (all)
		cli_note(r->cli,
			"%zu device%s at a time, because this process may have %zu descriptors "
			"(ulimit -n)",
			config->limit, plural(config->limit), all);
	if (rounds)
		cli_note(r->cli,
			"lines are closed after each round, because this process may have %zu "
			"descriptors (ulimit -n)",
			rounds);
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

/* Reads "N" or "P%" of all targets. */
static bool read_stop_after(const char *text, size_t targets, size_t *count, struct error *err)
{
	struct slice number = slice_str(text);
	bool percent = slice_ends(number, SLICE("%"));
	uint64_t value;
	number.len -= percent;
	if (!number_parse(number, "--stop-after", 1, percent ? 100 : TARGETS_MAX, &value, err))
		return false;
	*count = percent ? (targets * (size_t)value + 99) / 100 : (size_t)value;
	return true;
}

/* Reads an option that is a number of devices; text NULL: it was not given. */
static bool read_count(const char *text, const char *name, size_t *count, struct error *err)
{
	uint64_t value = *count;
	bool good = !text || number_parse(slice_str(text), name, 1, TARGETS_MAX, &value, err);
	*count = (size_t)value;
	return good;
}

static bool read_options(const struct options *o, struct fleet_config *config, struct error *err)
{
	/* Sessions stay open from round to round; a macro has its own. */
	config->limit = o->every && !o->play ? TARGETS_MAX : LIMIT_DEFAULT;
	if (!read_count(o->limit, "--limit", &config->limit, err) ||
		!read_count(o->canary, "--canary", &config->canary, err))
		return false;
	if (o->every && !duration_parse(slice_str(o->every), "--every", &config->every, err))
		return false;
	if (o->every && config->every <= 0)
		return error_set(err, STATUS_USAGE, "--every needs a duration, such as 60s");
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

/* Replaces a file only when the new one is whole: it may be the one that was read.  A pipe or a
 * device gets the text. */
static bool write_failed(const struct fleet_run *r, const char *name, struct error *err)
{
	struct bytes text;
	struct stat st;
	bool file = stat(name, &st) == 0 && S_ISREG(st.st_mode);
	bytes_init(&text, TARGETS_TEXT_MAX);
	add_failed(r, &text);
	bool good = file ? path_replace(name, bytes_slice(&text), err)
			 : path_write(name, PATH_APPEND, bytes_slice(&text), err);
	bytes_free(&text);
	return good;
}

/* Says whether the file can be written at all, before devices get what nobody could tell then. */
static bool may_write_failed(const char *name, struct error *err)
{
	const char *slash = strrchr(name, '/');
	struct stat st;
	if (stat(name, &st) == 0 && S_ISDIR(st.st_mode))
		return error_set(err, STATUS_USAGE, "cannot write %s: it is a directory",
			quote(slice_str(name)).text);
	char *folder =
		slash ? mem_strn((const uint8_t *)name, (size_t)(slash - name) + 1) : mem_str(".");
	bool may = access(name, F_OK) == 0 ? access(name, W_OK) == 0
					   : *name && access(folder, W_OK | X_OK) == 0;
	free(folder);
	return may || error_set(err, STATUS_USAGE, "cannot write %s: %s",
			      quote(slice_str(name)).text, strerror(errno));
}

/* ---- --dry-run ---- */

static void dry_run_one(const struct fleet_list *l, struct session *s)
{
	const struct order *orders = fleet_list_orders(l, s);
	struct runner runner = {.session = s};
	struct error err;
	struct bytes wire;
	bytes_init(&wire, LIMIT_FRAME_MOST);
	for (size_t i = 0; i < l->config.command_count; i++) {
		bytes_clear(&wire);
		if (orders[i].kind == ORDER_SEND && runner_check(&runner, &orders[i], &wire, &err))
			out_wire(s, &orders[i], bytes_slice(&wire), true);
	}
	bytes_free(&wire);
}

static enum status fleet_dry_run(const struct fleet_list *l)
{
	for (size_t i = 0; i < l->targets.count && !out_failed(); i++) {
		struct session *s = fleet_list_session(l, i, &fleet_list_unopened, NULL);
		dry_run_one(l, s);
		session_free(s);
	}
	return STATUS_OK;
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
	cli_row_end();
	if (!again && fleet_running(r->fleet))
		cli_note(r->cli,
			"interrupted: %zu device%s still under way; Ctrl-C again gives them up",
			fleet_running(r->fleet), plural(fleet_running(r->fleet)));
}

static void finish(struct fleet_run *r)
{
	struct error err;
	const char *failed = r->cli->options.failed;
	if (failed && !write_failed(r, failed, &err))
		fleet_raise_status(r, cli_error(&err, SLICE("")));
}

static void run_fleet(struct fleet_run *r, const struct fleet_config *config)
{
	r->failed = mem_new(config->targets / 8 + 1);
	memset(r->failed, 0xff, config->targets / 8 + 1);
	r->fleet = fleet_new(config);
	cli_watch_signals(config->loop, fleet_on_signal, r);
	fleet_start(r->fleet);
	while (!fleet_is_over(r->fleet) && !out_failed())
		loop_run(config->loop); /* a signal ends it, too */
	cli_unwatch_signals();
	cli_row_end();
	fleet_free(r->fleet);
	if (r->plays)
		fleet_raise_status(r, fleet_plays_status(r->plays));
	finish(r);
	free(r->failed);
}

static enum status with_targets(struct fleet_run *r, struct fleet_config *config)
{
	const struct options *o = &r->cli->options;
	struct error err;
	config->targets = r->list.targets.count;
	config->commands = r->list.config.command_count;
	config->after = r->list.gateways.after;
	if (o->dry_run)
		return fleet_dry_run(&r->list);
	if ((o->stop_after &&
		    !read_stop_after(o->stop_after, config->targets, &r->stop_after, &err)) ||
		(o->failed && !may_write_failed(o->failed, &err)) ||
		!fleet_report_open(&r->report, r->cli, &r->list, &err))
		return cli_error(&err, SLICE(""));
	if (!fleet_names_check(&r->list))
		return STATUS_USAGE;
	const char *macro = o->play;
	if (macro && !(r->plays = fleet_plays_open(r->cli, &r->list, macro)))
		return STATUS_USAGE;
	config->jobs = macro;
	if (!may_send(r)) {
		cli_note(r->cli, "nothing was sent");
		return STATUS_INTERRUPT;
	}
	fit_limit(r, config);
	run_fleet(r, config);
	return cli_signalled() ? cli_signalled() : r->status;
}

/* There are commands, or a macro. */
static bool check_words(const struct cli *cli, struct error *err)
{
	const char *macro = cli->options.play;
	if (!macro && cli->count < 2)
		return error_set(
			err, STATUS_USAGE, "too few words: wilco fleet TARGETS COMMAND...");
	if (macro && strcmp(macro, "-") == 0)
		return error_set(err, STATUS_USAGE,
			"--play needs a file, which is read again for each device");
	if (macro && (cli->count > 1 || cli->options.dry_run))
		return error_set(err, STATUS_USAGE,
			"--play MACRO sends what the macro says: no COMMAND or --dry-run goes with "
			"it");
	if (macro && (cli->options.group_by || cli->options.ignore || cli->options.baseline))
		return error_set(err, STATUS_USAGE,
			"--play MACRO gives a verdict: --group-by, --ignore and --baseline, which "
			"compare answers, do not go with it");
	return true;
}

static void fleet_on_error(void *owner, struct bytes *shown, enum status status)
{
	(void)owner;
	cli_shown(shown, status);
}

static enum status run(struct cli *cli)
{
	struct fleet_run r = {.cli = cli};
	struct fleet_config config = {.loop = cli->loop,
		.together = !out_objects(),
		.events = &fleet_events,
		.owner = &r};
	struct error err;
	size_t per_gateway = 0;
	if (!check_words(cli, &err) || !out_binary_fits(&err) ||
		!read_options(&cli->options, &config, &err) ||
		!read_count(cli->options.per_gateway, "--per-gateway", &per_gateway, &err))
		return cli_error(&err, SLICE(""));
	const struct fleet_list_config list = {.loop = cli->loop,
		.context = cli->context,
		.commands = cli->words + 1,
		.command_count = (size_t)(cli->count - 1),
		.per_gateway = per_gateway,
		.utf8 = cli_stderr_utf8(),
		.tell = fleet_on_error};
	enum status status = fleet_list_open(&r.list, &list, cli->words[0])
				     ? with_targets(&r, &config)
				     : STATUS_USAGE;
	fleet_plays_close(r.plays);
	fleet_report_close(&r.report);
	fleet_list_close(&r.list);
	return status;
}

const struct cli_command cli_fleet = {.name = "fleet",
	.args = "TARGETS COMMAND...",
	.help = "send each COMMAND to many devices",
	.about = "Sends each COMMAND to many devices at once, or plays a macro with each. TARGETS "
		 "is a file, a group, or a list such as 10.0.0.[1-20]:9100.",
	.example = "fleet -f line pumps 'VERSION?'",
	.least = 1,
	.most = -1,
	.by = BY_FLEET,
	.words = {WORD_TARGETS, WORD_COMMAND},
	.run = run};
