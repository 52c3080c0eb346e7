/* probe.c - wilco check --probe: finds out which line end wakes the device, whether it waits for a
 * half-close, who closes first, and which frame to try.
 *
 * It goes on with the connection that `check` made.  The command is sent without an end first, and
 * then what is missing behind it, LF: that costs the device no second connection and no second
 * command.  CR, and what makes CR LF of it, are tried on another one: with CR LF first, a device
 * that wants CR would answer, too, and find an empty command after it.  Where the command was only
 * echoed, a person types there, and CR is what Enter sends.  On a line that opening does not clear
 * (a serial port), and where the device has to call, everything is sent on one line.
 */
#include "cli/probe_private.h"

#include "base/mem.h"
#include <stdio.h>
#include <stdlib.h>

static const int64_t WAIT = NS_PER_S; /* for an answer, and for a banner before it */
static const int64_t LONGEST = 10 * (int64_t)NS_PER_S; /* cuts an endless answer */
enum { REPLY_MOST = 64 * 1024 };

static void again(struct probe *p);
static void unanswered(struct probe *p, const char *why);
static void next_attempt(struct probe *p);

static void probe_let_go(struct probe *p)
{
	loop_timer_stop(&p->timer);
	transport_close(p->line);
	p->line = NULL;
}

static void probe_done(struct probe *p)
{
	probe_let_go(p);
	loop_stop(p->cli->loop);
}

int64_t probe_now(const struct probe *p)
{
	return loop_now_fresh(p->cli->loop);
}

static int64_t wait_for(const struct probe *p)
{
	const struct setting *s = &p->address.settings.at[SET_TIMEOUT];
	return s->set || !p->asks ? s->value : WAIT;
}

/* ---- what is tried ---- */

const struct probe_attempt *probe_attempt(const struct probe *p)
{
	return &p->plan->at[p->attempt];
}

/* Sends the attempt, or what is missing of it on this line. */
static void probe_ask(struct probe *p)
{
	struct bytes wire;
	bytes_init(&wire, LIMIT_LINE + PROBE_END_MOST);
	probe_add(&p->command, probe_attempt(p), &wire);
	struct slice missing = bytes_slice(&wire);
	if (slice_starts(missing, bytes_slice(&p->sent)) && !address_datagrams(&p->address))
		missing = slice_cut(missing, p->sent.len, missing.len);
	if (!p->echoes || !p->sent.len) /* else the echo is the beginning of what comes */
		p->reply.len = p->came = 0;
	p->phase = ASKING;
	p->asked = probe_now(p);
	bytes_clear(&p->sent);
	bytes_add(&p->sent, bytes_slice(&wire));
	transport_send(p->line, missing, probe_attempt(p)->half ? SEND_END : 0);
	bytes_free(&wire);
	if (p->line)
		loop_timer_set(&p->timer, wait_for(p));
}

/* ---- what came ---- */

static void answered(struct probe *p)
{
	probe_tell_answer(p);
	p->answered = true;
	if (!probe_tell_protocol(p))
		probe_tell_frame(p);
	probe_done(p);
}

/* Says whether lines came before anything ended the command.  Either the device needs no end, or
 * that was a greeting, and late. */
static bool is_early(const struct probe *p)
{
	return p->plan == &probe_plan_lines && p->attempt == 0 && !p->doubted && !p->closed &&
	       !p->talks && slice_ends(bytes_slice(&p->reply), SLICE("\n"));
}

/* Sends LF behind the command.  If nothing comes, that is how commands can end, which those of
 * several letters may need. */
static void complete(struct probe *p)
{
	p->phase = COMPLETING;
	transport_send(p->line, SLICE("\n"), 0);
	if (p->line)
		loop_timer_set(&p->timer, PROBE_QUIET);
}

static void completed(struct probe *p)
{
	p->attempt = 1;
	answered(p);
}

/* Something came behind the LF.  Another line, on which nothing is sent, shows whether the device
 * says by itself what came before. */
static void doubt(struct probe *p)
{
	p->doubts = p->doubted = true;
	loop_timer_stop(&p->timer);
	again(p);
}

/* Handles a reply that silence or the close has ended. */
static void came(struct probe *p)
{
	if (!probe_only_echo(&p->command, probe_attempt(p), bytes_slice(&p->reply))) {
		if (is_early(p))
			complete(p);
		else
			answered(p);
		return;
	}
	p->echoes = true;
	if (p->plan == &probe_plan_lines && p->attempt == 0)
		p->plan = &probe_plan_typed;
	unanswered(p, "it only repeats the command");
}

static void unanswered(struct probe *p, const char *why)
{
	probe_tell_silence(p, why);
	next_attempt(p);
}

/* Gives the device as an address of telnet: as it was given where that says the port, for a name
 * means nothing else. */
static bool telnet_place(const struct probe *p, struct bytes *out, struct address *a)
{
	struct slice given = slice_str(p->device), tcp = SLICE("tcp://");
	struct error err;
	if (slice_starts(given, tcp))
		given = slice_cut(given, tcp.len, given.len);
	bytes_addf(out, "telnet://%.*s", SLICE_ARG(given));
	if (address_parse(bytes_slice(out), 0, a, &err)) {
		if (a->port_said && a->port == p->address.port)
			return true;
		address_free(a);
	}
	struct bytes url;
	bytes_init(&url, LIMIT_LINE);
	address_place(&p->address, &url);
	bool good = slice_starts(bytes_slice(&url), tcp);
	bytes_clear(out);
	bytes_addf(out, "telnet://%s", bytes_str(&url) + (good ? tcp.len : 0));
	bytes_free(&url);
	return good && address_parse(bytes_slice(out), 0, a, &err);
}

/* Goes on with the same address as a line of telnet.  False: it is none that can be that. */
static bool go_on_with_telnet(struct probe *p)
{
	struct address address;
	struct bytes place;
	bytes_init(&place, LIMIT_LINE);
	bool good = telnet_place(p, &place, &address);
	if (good) {
		probe_tell(p, "hint", "telnet", true, -1,
			"it negotiates like telnet: put telnet:// in front of the address; wilco "
			"does so from here on");
		bytes_clear(&p->place);
		bytes_add(&p->place, bytes_slice(&place));
		settings_merge(&address.settings, &p->address.settings);
		address_free(&p->address);
		p->address = address;
		p->heard = false;
		again(p);
	}
	bytes_free(&place);
	return good;
}

/* Handles the end of listening: its time is over, or the device closed. */
static void listened(struct probe *p)
{
	p->heard = true;
	p->banner = p->reply.len > 0 && !p->closed;
	probe_tell_banner(p);
	if (probe_is_telnet(bytes_slice(&p->reply)) && go_on_with_telnet(p))
		return;
	bytes_clear(&p->spoke);
	if (p->banner)
		bytes_add(&p->spoke, bytes_slice(&p->reply));
	bool known = p->reply.len && probe_tell_protocol(p);
	if (!p->asks) {
		p->answered = true;
		p->spoke.len = 0;
		if (p->reply.len && !known)
			probe_tell_frame(p);
		probe_done(p);
	} else if (!p->closed) {
		probe_ask(p);
	} else if (p->same_line) {
		probe_done(p);
	} else {
		again(p); /* it may be impatient: asked at once it may answer */
	}
}

static void next_attempt(struct probe *p)
{
	p->attempt++;
	if (p->attempt >= probe_plan_attempts(p->plan, &p->address) ||
		(p->same_line && p->closed)) {
		probe_tell_reason(p);
		probe_done(p);
	} else if (p->same_line || !(probe_attempt(p)->fresh || p->closed)) {
		probe_ask(p);
	} else if (address_datagrams(&p->address) && !p->closed) {
		probe_ask(p);
	} else {
		again(p);
	}
}

/* ---- the line ---- */

static void probe_on_time(void *arg)
{
	struct probe *p = arg;
	if (p->phase == COMPLETING)
		completed(p);
	else if (p->phase == DOUBTING)
		answered(p); /* it says nothing by itself */
	else if (p->phase == LISTENING && p->heard)
		probe_ask(p); /* the banner is over, or there is none */
	else if (p->phase == LISTENING)
		listened(p);
	else if (p->phase == ASKING)
		unanswered(p, "no answer");
	else
		came(p);
}

static void probe_on_open(void *owner)
{
	struct probe *p = owner;
	bytes_clear(&p->sent);
	if (p->doubts) { /* a greeting comes as late again, or there is none */
		p->phase = DOUBTING;
		loop_timer_set(&p->timer, p->first - p->began + PROBE_QUIET);
		p->began = probe_now(p);
		return;
	}
	p->began = probe_now(p);
	p->phase = LISTENING;
	p->closed = p->talks = false;
	p->broke[0] = 0;
	p->reply.len = p->came = 0;
	p->listened = p->heard && !p->banner ? 0 : wait_for(p);
	p->reached = true;
	loop_timer_set(&p->timer, p->listened);
}

/* It was a greeting: the command is asked again behind it. */
static void doubt_was_right(struct probe *p)
{
	p->doubts = p->heard = false;
	p->phase = LISTENING;
	p->listened = 0;
	p->reply.len = p->came = 0;
}

/* Says whether what comes is waited for until it is quiet. */
static bool ends_in_silence(const struct probe *p)
{
	return p->phase == ANSWERING || (p->heard && p->phase == LISTENING) || p->doubted ||
	       (p->asks &&
		       p->last - p->began > p->listened - PROBE_QUIET); /* it is still talking */
}

static void on_data(void *owner, struct slice bytes)
{
	struct probe *p = owner;
	p->any = true;
	if (p->phase == COMPLETING) {
		doubt(p);
		return;
	}
	p->last = probe_now(p);
	if (p->phase == DOUBTING)
		doubt_was_right(p);
	if (!p->reply.len || p->phase == ASKING)
		p->first = p->last;
	p->came += bytes.len;
	size_t room = REPLY_MOST - p->reply.len;
	bytes_add(&p->reply, slice_cut(bytes, 0, bytes.len < room ? bytes.len : room));
	if (p->phase == ASKING)
		p->phase = ANSWERING;
	int64_t since = p->phase == ANSWERING ? p->asked : p->began;
	bool long_enough = p->reply.len == REPLY_MOST || p->last - since > LONGEST;
	p->talks = p->talks || long_enough; /* it has no end: take what there is */
	if (p->asks && long_enough)
		loop_timer_set(&p->timer, 0);
	else if (ends_in_silence(p))
		loop_timer_set(&p->timer, PROBE_QUIET);
}

static void on_gone(struct probe *p, const char *why)
{
	loop_timer_stop(&p->timer);
	if (p->phase == DOUBTING || p->phase == COMPLETING) {
		answered(p);
		return;
	}
	p->closed = true;
	p->closes = p->closes || (p->phase == ASKING && !probe_attempt(p)->half);
	if (p->phase == ANSWERING)
		came(p);
	else if (p->phase == ASKING || p->heard)
		unanswered(p, why);
	else
		listened(p);
}

static void probe_on_end(void *owner)
{
	on_gone(owner, "the device closes without an answer");
}

static void probe_on_fail(void *owner, const struct error *err)
{
	struct probe *p = owner;
	if (p->phase == OPENING && p->doubts) {
		answered(p);
		return;
	}
	if (p->phase == OPENING) {
		probe_tell(p, "connect", p->device, false, probe_now(p) - p->began, err->what);
		probe_done(p);
		return;
	}
	snprintf(p->broke, sizeof p->broke, "%s", err->what);
	on_gone(p, err->what);
}

static const struct transport_events events = {
	.open = probe_on_open, .data = on_data, .end = probe_on_end, .fail = probe_on_fail};

static void again(struct probe *p)
{
	transport_close(p->line);
	p->phase = OPENING;
	p->began = p->doubts ? p->began : probe_now(p);
	p->line = transport_open(
		p->cli->loop, &p->address, check_connect_timeout(&p->address), &events, p);
}

struct probe *probe_new(const struct cli *cli, const char *device, const struct bytes *command)
{
	struct probe *p = mem_new(sizeof *p);
	p->cli = cli;
	p->device = device;
	bytes_init(&p->place, LIMIT_LINE);
	bytes_init(&p->sent, LIMIT_LINE + PROBE_END_MOST);
	bytes_init(&p->reply, REPLY_MOST);
	bytes_init(&p->spoke, REPLY_MOST);
	bytes_add_str(&p->place, device);
	p->asks = command != NULL;
	probe_asked_init(&p->command, command ? bytes_slice(command) : SLICE(""));
	loop_timer_init(&p->timer, cli->loop, probe_on_time, p);
	return p;
}

void probe_begin(struct probe *p, const struct address *a, struct transport *line)
{
	address_copy(&p->address, a);
	p->same_line = address_listens(a) || (!address_reopens(a) && !address_datagrams(a));
	p->plan = probe_plan_for(a, p->command.own, p->same_line);
	p->line = line;
	transport_adopt(line, &events, p);
	probe_on_open(p);
}

enum status probe_end(struct probe *p)
{
	enum status status = !p->reached ? STATUS_CONNECT : p->answered ? STATUS_OK : STATUS_REPLY;
	probe_let_go(p);
	address_free(&p->address);
	bytes_free(&p->place);
	probe_asked_free(&p->command);
	bytes_free(&p->sent);
	bytes_free(&p->reply);
	bytes_free(&p->spoke);
	free(p);
	return status;
}
