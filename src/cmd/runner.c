/* runner.c - see runner.h. */
#include "cmd/runner.h"

#include "base/number.h"
#include "cmd/cmd.h"
#include "macro/request.h"

static bool has_session(const struct runner *r, struct error *err)
{
	return r->session || shell_session(r->shell, err);
}

static bool is_later(const struct order *o, struct error *err)
{
	if (o->later)
		error_set(err, STATUS_USAGE,
			"not sent: wilco asks for a secret only where one command is typed");
	return o->later;
}

static enum run_state runner_ask(const struct runner *r, const struct order *o, struct error *err)
{
	struct request request = order_request(o, r->answered, r->asker);
	if (!has_session(r, err) || is_later(o, err))
		return RUN_REFUSED;
	session_ask(r->session, &request);
	return RUN_GOES_ON;
}

static bool read_wait(const struct order *o, int64_t *ns, struct error *err)
{
	return duration_parse(slice_trim(o->rest), ".wait", ns, err);
}

static enum run_state wait(const struct runner *r, const struct order *o, struct error *err)
{
	int64_t ns;
	if (!read_wait(o, &ns, err))
		return RUN_REFUSED;
	loop_timer_set(r->wait, ns);
	return RUN_GOES_ON;
}

/* Runs the command of wilco's own, or (wire not NULL) only adds what it would send. */
static bool call_command(
	struct shell *sh, const struct order *o, struct bytes *wire, struct error *err)
{
	const struct cmd *cmd = cmd_of(o->verb);
	struct cmd_call call = {.rest = slice_trim(o->rest)};
	struct bytes store;
	bytes_init(&store, LIMIT_LINE);
	bool good = true;
	if (!cmd->takes_rest) {
		call.count =
			cmd->patterns
				? args_split_patterns(o->rest, &store, call.args, cmd->most, err)
				: args_split(o->rest, NULL, &store, call.args, cmd->most, err);
		good = call.count >= 0;
	}
	good = good && (wire ? cmd->wire(sh, &call, wire, err) : cmd->run(sh, &call, err));
	if (!good && err->placed)
		err->column += o->rest_at;
	bytes_free(&store);
	return good;
}

bool runner_wire(struct shell *sh, const struct order *o, struct bytes *wire, struct error *err)
{
	return call_command(sh, o, wire, err);
}

enum run_state runner_run(const struct runner *r, const struct order *o, struct error *err)
{
	switch (o->kind) {
	case ORDER_SEND:
		return runner_ask(r, o, err);
	case ORDER_WAIT:
		return wait(r, o, err);
	case ORDER_VERB:
		return call_command(r->shell, o, NULL, err) ? RUN_OVER : RUN_REFUSED;
	default:
		return RUN_OVER;
	}
}

static bool runner_preview(
	const struct runner *r, const struct order *o, struct bytes *wire, struct error *err)
{
	struct request request = order_request(o, r->answered, r->asker);
	return has_session(r, err) && session_preview(r->session, &request, wire, err);
}

bool runner_check(
	const struct runner *r, const struct order *o, struct bytes *wire, struct error *err)
{
	struct bytes unused;
	int64_t ns;
	if (o->kind != ORDER_SEND)
		return o->kind != ORDER_WAIT || read_wait(o, &ns, err);
	if (o->later) /* a secret is asked for when it goes out */
		return true;
	bytes_init(&unused, LIMIT_FRAME_MOST);
	bool good = runner_preview(r, o, wire ? wire : &unused, err);
	if (!good && o->secret) { /* the error might quote it */
		error_set(err, STATUS_USAGE, "the frame cannot carry this command with its secret");
		err->placed = false;
	}
	if (o->secret && unused.len)
		explicit_bzero(unused.at, unused.len);
	bytes_free(&unused);
	return good;
}
