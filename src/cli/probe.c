/* probe.c - wilco check --probe: which line end wakes the device, whether it waits for a
 * half-close, who closes first, and the frame to try.
 *
 * The ways of ending a command are tried from the shortest, each on a connection of its own, until
 * one is answered: with "CR LF" first, a device that wants CR would answer too, and find an empty
 * command behind it.  On a line that opening does not clear (a serial port), and where the device
 * has to call, the command is sent once, and only what is missing behind it.
 */
#include "base/escape.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/check.h"
#include "cli/output.h"
#include "cmd/guess.h"
#include <stdio.h>
#include <stdlib.h>

static const int64_t WAIT = NS_PER_S;      /* for an answer, and for a banner before one */
static const int64_t QUIET = NS_PER_S / 2; /* ends an answer */
static const int64_t LONGEST = 10 * (int64_t)NS_PER_S; /* an answer that never ends */
enum { REPLY_MOST = 64 * 1024, SHOWN_MOST = 200 };

static const struct end {
	const char *name, *bytes;
	size_t size;
} ends[] = {{"nothing", "", 0}, {"CR", "\r", 1}, {"LF", "\n", 1}, {"CR LF", "\r\n", 2},
	{"NUL", "\0", 1}, {"ETX", "\3", 1}};
enum { TRIED = 4, ENDS = sizeof ends / sizeof ends[0] };

enum phase { OPENING, LISTENING, ASKING, ANSWERING };

struct probe {
	const struct cli *cli;
	const char *device;
	struct address address;
	struct transport *line;
	struct loop_timer timer;
	enum phase phase;
	struct bytes command;  /* without its end */
	bool asks;             /* there is one */
	const struct end *own; /* the end that it came with; NULL: find it */
	size_t attempt;
	bool same_line;                    /* every attempt is on one line */
	bool heard;                        /* listened once, before anything was sent */
	bool banner;                       /* the device speaks first, and stays */
	int64_t began, asked, first, last; /* connecting, sending, bytes came */
	int64_t listened;
	struct bytes reply;
	bool closed, answered, reached;
	bool talks;                 /* it did not stop in time */
	char broke[ERROR_WHAT_MAX]; /* how the line ended, where nobody closed it */
	bool echoes;                /* some attempt was only repeated */
};

static void again(struct probe *p);
static void unanswered(struct probe *p, const char *why);
static void next_attempt(struct probe *p);

static void let_go(struct probe *p)
{
	loop_timer_stop(&p->timer);
	transport_close(p->line);
	p->line = NULL;
}

static void done(struct probe *p)
{
	let_go(p);
	loop_stop(p->cli->loop);
}

static void tell(struct probe *p, const char *step, const char *where, bool good, int64_t took,
	const char *result)
{
	check_report(p->cli, &(struct check_step){p->device, step, where, good, result, took});
}

static int64_t now(const struct probe *p)
{
	return loop_now_fresh(p->cli->loop);
}

static int64_t wait_for(const struct probe *p)
{
	const struct setting *s = &p->address.settings.at[SET_TIMEOUT];
	return s->set || !p->asks ? s->value : WAIT;
}

/* ---- what is tried ---- */

static const struct end *attempt_end(const struct probe *p)
{
	return p->own ? p->own : &ends[p->attempt % TRIED];
}

static size_t attempt_count(const struct probe *p)
{
	size_t all = p->own ? 1 : TRIED;
	return address_half_closes(&p->address) ? 2 * all : all;
}

static bool attempt_half(const struct probe *p)
{
	return p->attempt >= (p->own ? 1 : TRIED);
}

/* "CR LF", "CR LF, half-close" */
static const char *attempt_name(const struct probe *p, char out[40])
{
	snprintf(out, 40, "%s%s", attempt_end(p)->name, attempt_half(p) ? ", half-close" : "");
	return out;
}

/* On one line: "cmd", CR, then LF makes CR LF, then the half-close; others would only add noise. */
static bool attempt_makes_sense(const struct probe *p)
{
	if (!p->same_line || p->own)
		return true;
	return attempt_half(p) ? p->attempt == attempt_count(p) - 1 : attempt_end(p) != &ends[2];
}

static void ask(struct probe *p)
{
	struct bytes wire;
	const struct end *end = attempt_end(p);
	struct slice tail = slice_of(end->bytes, end->size);
	bytes_init(&wire, LIMIT_LINE);
	if (!p->same_line || p->attempt == 0)
		bytes_add(&wire, bytes_slice(&p->command));
	if (p->same_line && attempt_half(p))
		tail.len = 0;
	else if (p->same_line && !p->own && end->size == 2)
		tail = slice_cut(tail, 1, 2);
	bytes_add(&wire, tail);
	p->phase = ASKING;
	p->reply.len = 0;
	p->asked = now(p);
	transport_send(p->line, bytes_slice(&wire), attempt_half(p));
	bytes_free(&wire);
	if (p->line)
		loop_timer_set(&p->timer, wait_for(p));
}

/* ---- what came ---- */

/* A reply as it is shown: spelled, a long one cut. */
static void show_bytes(struct bytes *out, struct slice s)
{
	bytes_add_str(out, "\"");
	text_add(out, slice_cut(s, 0, s.len < SHOWN_MOST ? s.len : SHOWN_MOST),
		out_utf8() ? 0 : TEXT_ASCII);
	bytes_addf(out, s.len > SHOWN_MOST ? "...\"" : "\"");
}

/* "34 bytes, the first after 3 ms: "...", then it closed" */
static void describe(const struct probe *p, int64_t since, struct bytes *out)
{
	char first[DURATION_TEXT_MAX];
	bytes_addf(out, "%zu byte%s, the first after %s: ", p->reply.len,
		p->reply.len == 1 ? "" : "s", duration_text(p->first - since, first));
	show_bytes(out, bytes_slice(&p->reply));
	if (p->broke[0])
		bytes_addf(out, "; then the line breaks: %s", p->broke);
	else
		bytes_add_str(out, p->closed  ? "; then the device closes"
				   : p->talks ? "; it does not stop talking"
					      : "; it leaves the line open");
}

/* What came is what was sent, or the beginning of it. */
static bool only_echo(const struct probe *p)
{
	const struct end *end = attempt_end(p);
	struct bytes sent;
	bytes_init(&sent, LIMIT_LINE);
	bytes_add(&sent, bytes_slice(&p->command));
	bytes_add(&sent, slice_of(end->bytes, end->size));
	bool echo = sent.len && slice_starts(bytes_slice(&sent), bytes_slice(&p->reply));
	bytes_free(&sent);
	return echo;
}

static void tell_telnet(struct probe *p)
{
	struct slice r = bytes_slice(&p->reply);
	if (r.len >= 3 && r.at[0] == 0xff && r.at[1] >= 0xfb && r.at[1] <= 0xfe)
		tell(p, "hint", "telnet", true, -1,
			"it negotiates as telnet does: try telnet:// in front of the address");
}

static void tell_frame(struct probe *p)
{
	struct bytes notation, text, names;
	const struct end *end = attempt_end(p);
	struct slice reply = bytes_slice(&p->reply);
	struct guess_seen seen = {.command = bytes_slice(&p->command),
		.end = slice_of(end->bytes, end->size),
		.half_close = attempt_half(p),
		.reply = reply,
		.closed = p->closed && !p->broke[0],
		.datagrams = address_datagrams(&p->address),
		.silence = QUIET};
	bytes_init(&notation, LIMIT_NOTATION);
	bytes_init(&text, LIMIT_MESSAGE);
	bytes_init(&names, LIMIT_MESSAGE);
	bool good = guess_frame(p->cli->context.book, &seen, &notation, &text);
	tell(p, "frame", bytes_str(&notation), good, -1, bytes_str(&text));
	guess_checked(p->cli->context.book, reply, &names);
	if (names.len) {
		text.len = 0;
		bytes_addf(&text, "the reply is a whole frame of it, and its check is right");
		tell(p, "frame", bytes_str(&names), true, -1, bytes_str(&text));
	}
	if (good && p->cli->options.output != OUTPUT_JSON) {
		text.len = 0;
		bytes_addf(&text, "try: wilco -f '%s' '%s'", bytes_str(&notation), p->device);
		out_line(bytes_slice(&text));
	}
	bytes_free(&notation);
	bytes_free(&text);
	bytes_free(&names);
}

static void answered(struct probe *p)
{
	char name[40];
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	describe(p, p->asked, &text);
	tell(p, "try", attempt_name(p, name), true, p->last - p->asked, bytes_str(&text));
	bytes_free(&text);
	p->answered = true;
	tell_telnet(p);
	tell_frame(p);
	done(p);
}

/* Silence, or the close, behind what came. */
static void came(struct probe *p)
{
	if (!only_echo(p)) {
		answered(p);
		return;
	}
	p->echoes = true;
	unanswered(p, "it only repeats the command");
}

static void unanswered(struct probe *p, const char *why)
{
	char name[40];
	tell(p, "try", attempt_name(p, name), false, now(p) - p->asked, why);
	next_attempt(p);
}

/* The time to listen is over, or the device closed. */
static void listened(struct probe *p)
{
	struct bytes text;
	char limit[DURATION_TEXT_MAX];
	bytes_init(&text, LIMIT_MESSAGE);
	p->heard = true;
	p->banner = p->reply.len > 0 && !p->closed;
	if (p->reply.len)
		describe(p, p->began, &text);
	else if (p->closed)
		bytes_add_str(&text, "the device closes without a word");
	else
		bytes_addf(&text, "it says nothing by itself within %s",
			duration_text(p->listened, limit));
	tell(p, "banner", p->device, true, now(p) - p->began, bytes_str(&text));
	bytes_free(&text);
	if (p->reply.len)
		tell_telnet(p);
	if (!p->asks) {
		p->answered = true;
		done(p);
	} else if (!p->closed) {
		ask(p);
	} else if (p->same_line) {
		done(p);
	} else {
		again(p); /* it may not wait long: asked at once it may answer */
	}
}

static void next_attempt(struct probe *p)
{
	do
		p->attempt++;
	while (p->attempt < attempt_count(p) && !attempt_makes_sense(p));
	if (p->attempt >= attempt_count(p) || (p->same_line && p->closed)) {
		if (p->echoes)
			tell(p, "hint", "echo", true, -1,
				"nothing came but what was sent: an echo, or a line that loops "
				"back");
		done(p);
	} else if (p->same_line) {
		ask(p);
	} else {
		again(p);
	}
}

/* ---- the line ---- */

static void on_time(void *arg)
{
	struct probe *p = arg;
	if (p->phase == LISTENING && p->heard)
		ask(p); /* the banner is over, or there is none */
	else if (p->phase == LISTENING)
		listened(p);
	else if (p->phase == ASKING)
		unanswered(p, "no answer");
	else
		came(p);
}

static void on_open(void *owner)
{
	struct probe *p = owner;
	if (!p->reached && !address_resolves(&p->address)) /* else check did */
		tell(p, "connect", p->device, true, now(p) - p->began, "open");
	p->began = now(p);
	p->phase = LISTENING;
	p->closed = p->talks = false;
	p->broke[0] = 0;
	p->reply.len = 0;
	p->listened = p->heard && !p->banner ? 0 : wait_for(p);
	p->reached = true;
	loop_timer_set(&p->timer, p->listened);
}

static void on_data(void *owner, struct slice bytes)
{
	struct probe *p = owner;
	p->last = now(p);
	if (!p->reply.len)
		p->first = p->last;
	size_t room = REPLY_MOST - p->reply.len;
	bytes_add(&p->reply, slice_cut(bytes, 0, bytes.len < room ? bytes.len : room));
	if (p->phase == ASKING)
		p->phase = ANSWERING;
	int64_t since = p->phase == ANSWERING ? p->asked : p->began;
	if (p->asks && (p->reply.len == REPLY_MOST || p->last - since > LONGEST)) {
		p->talks = true; /* without an end: what it says now has to do */
		loop_timer_set(&p->timer, 0);
	} else if (p->phase == ANSWERING || (p->heard && p->phase == LISTENING))
		loop_timer_set(&p->timer, QUIET);
	else if (p->asks && p->last - p->began > p->listened - QUIET)
		loop_timer_set(&p->timer, QUIET); /* it still says something */
}

static void on_gone(struct probe *p, const char *why)
{
	p->closed = true;
	loop_timer_stop(&p->timer);
	if (p->phase == ANSWERING)
		came(p);
	else if (p->phase == ASKING || p->heard)
		unanswered(p, why);
	else
		listened(p);
}

static void on_end(void *owner)
{
	on_gone(owner, "the device closes without an answer");
}

static void on_fail(void *owner, const struct error *err)
{
	struct probe *p = owner;
	if (p->phase == OPENING) {
		tell(p, "connect", p->device, false, now(p) - p->began, err->what);
		done(p);
		return;
	}
	snprintf(p->broke, sizeof p->broke, "%s", err->what);
	on_gone(p, err->what);
}

static void on_step(void *owner, enum transport_step step, const char *text)
{
	struct probe *p = owner;
	if (!p->reached && !address_resolves(&p->address))
		check_line_step(p->cli, p->device, p->device, step, text);
}

static const struct transport_events events = {
	.step = on_step, .open = on_open, .data = on_data, .end = on_end, .fail = on_fail};

static void start(struct probe *p)
{
	p->phase = OPENING;
	p->began = now(p);
	p->line = transport_open(
		p->cli->loop, &p->address, check_connect_timeout(&p->address), &events, p);
}

static void again(struct probe *p)
{
	transport_close(p->line);
	p->line = NULL;
	start(p);
}

static void on_signal(void *arg)
{
	done(arg);
}

/* An end that the command brings along is the one to use. */
static void take_command(struct probe *p, const struct bytes *command)
{
	p->asks = command != NULL;
	if (!command)
		return;
	bytes_add(&p->command, bytes_slice(command));
	for (size_t i = 0; i < ENDS; i++)
		if (ends[i].size && p->command.len >= ends[i].size &&
			(!p->own || ends[i].size > p->own->size) &&
			memcmp(p->command.at + p->command.len - ends[i].size, ends[i].bytes,
				ends[i].size) == 0)
			p->own = &ends[i];
	if (p->own)
		p->command.len -= p->own->size;
}

enum status probe_device(const struct cli *cli, const char *device, const struct address *a,
	const struct bytes *command)
{
	struct probe p = {.cli = cli, .device = device};
	bytes_init(&p.command, LIMIT_LINE);
	bytes_init(&p.reply, REPLY_MOST);
	take_command(&p, command);
	address_copy(&p.address, a);
	p.same_line = address_listens(a) || (!address_reopens(a) && !address_datagrams(a));
	loop_timer_init(&p.timer, cli->loop, on_time, &p);
	cli_watch_signals(cli->loop, on_signal, &p);
	start(&p);
	loop_run(cli->loop);
	cli_unwatch_signals();
	let_go(&p);
	address_free(&p.address);
	bytes_free(&p.command);
	bytes_free(&p.reply);
	return !p.reached ? STATUS_CONNECT : p.answered ? STATUS_OK : STATUS_REPLY;
}
