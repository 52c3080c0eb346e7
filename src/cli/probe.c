/* probe.c - wilco check --probe: finds out which line end wakes the device, whether it waits for a
 * half-close, who closes first, and which frame to try.
 *
 * The ways to end a command are tried from the shortest on, each on a connection of its own, until
 * one is answered: with "CR LF" first, a device that wants CR would answer too, and find an empty
 * command after it.  On a line that opening does not clear (a serial port), and where the device
 * has to call, the command is sent only once, and then whatever is missing after it.
 */
#include "base/escape.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/paste.h"
#include "base/text.h"
#include "cli/check.h"
#include "cli/out.h"
#include "cmd/guess.h"
#include <stdio.h>
#include <stdlib.h>

static const int64_t WAIT = NS_PER_S;      /* limit for an answer, and for a banner before it */
static const int64_t QUIET = NS_PER_S / 2; /* ends an answer */
static const int64_t LONGEST = 10 * (int64_t)NS_PER_S; /* cuts an endless answer */
enum { REPLY_MOST = 64 * 1024, SHOWN_MOST = 200 };

static const struct line_end {
	const char *name, *bytes;
	size_t size;
} ends[] = {{"nothing", "", 0}, {"CR", "\r", 1}, {"LF", "\n", 1}, {"CR LF", "\r\n", 2},
	{"NUL", "\0", 1}, {"ETX", "\3", 1}};
enum { TRIED = 4, END_MOST = 2, ENDS = sizeof ends / sizeof ends[0] };

enum phase { OPENING, LISTENING, ASKING, ANSWERING };

struct probe {
	const struct cli *cli;
	const char *device;
	struct address address;
	struct transport *line;
	struct loop_timer timer;
	enum phase phase;
	struct bytes command;       /* without its end */
	bool asks;                  /* there is one */
	const struct line_end *own; /* the end with which it was given; NULL: find one */
	size_t attempt;
	bool same_line;                    /* all attempts are on one line */
	bool heard;                        /* it was listened before anything was sent */
	bool banner;                       /* the device speaks first and keeps the line open */
	int64_t began, asked, first, last; /* connecting, sending, first and last bytes */
	int64_t listened;
	struct bytes spoke; /* the beginning of what it says when it is connected */
	struct bytes reply; /* its first REPLY_MOST bytes */
	size_t came;        /* the length of the whole reply */
	bool closed, answered, reached;
	bool talks;                 /* it did not stop in time */
	char broke[ERROR_WHAT_MAX]; /* how the line broke, if nobody closed it */
	bool echoes;                /* an answer to some attempt only repeated it */
};

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

static void probe_tell(struct probe *p, const char *step, const char *where, bool good,
	int64_t took, const char *result)
{
	check_report(&(struct check_step){p->device, step, where, good, result, took});
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

static const struct line_end *attempt_end(const struct probe *p)
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

/* Names the attempt: "CR LF", or "CR LF, half-close". */
static const char *attempt_name(const struct probe *p, char out[40])
{
	snprintf(out, 40, "%s%s", attempt_end(p)->name, attempt_half(p) ? ", half-close" : "");
	return out;
}

/* On one line "cmd" and CR are sent, LF, which makes CR LF, the half-close; others add noise. */
static bool attempt_makes_sense(const struct probe *p)
{
	if (!p->same_line || p->own)
		return true;
	return attempt_half(p) ? p->attempt == attempt_count(p) - 1 : attempt_end(p) != &ends[2];
}

static void probe_ask(struct probe *p)
{
	struct bytes wire;
	const struct line_end *end = attempt_end(p);
	struct slice tail = slice_of(end->bytes, end->size);
	bytes_init(&wire, LIMIT_LINE + END_MOST);
	if (!p->same_line || p->attempt == 0)
		bytes_add(&wire, bytes_slice(&p->command));
	if (p->same_line && attempt_half(p))
		tail.len = 0;
	else if (p->same_line && !p->own && end->size == 2)
		tail = slice_cut(tail, 1, 2);
	bytes_add(&wire, tail);
	p->phase = ASKING;
	p->reply.len = p->came = 0;
	p->asked = now(p);
	transport_send(p->line, bytes_slice(&wire), attempt_half(p));
	bytes_free(&wire);
	if (p->line)
		loop_timer_set(&p->timer, wait_for(p));
}

/* ---- what came ---- */

/* Adds a reply as it is shown: escaped, and cut if it is long. */
static void show_bytes(struct bytes *out, struct slice s)
{
	bytes_add_str(out, "\"");
	text_add(out, slice_cut(s, 0, s.len < SHOWN_MOST ? s.len : SHOWN_MOST),
		text_charset(out_utf8()));
	bytes_addf(out, s.len > SHOWN_MOST ? "...\"" : "\"");
}

/* Adds '34 bytes, the first after 3 ms: "..."; then the device closes'. */
static void describe(const struct probe *p, int64_t since, struct bytes *out)
{
	char first[DURATION_TEXT_MAX];
	bytes_addf(out, "%zu byte%s, the first after %s: ", p->came, plural(p->came),
		duration_text(p->first - since, first));
	show_bytes(out, bytes_slice(&p->reply));
	if (p->broke[0])
		bytes_addf(out, "; then the line breaks: %s", p->broke);
	else
		bytes_add_str(out, p->closed  ? "; then the device closes"
				   : p->talks ? "; it does not stop talking"
					      : "; it leaves the line open");
}

/* Says whether what came is what was sent, or the beginning of it. */
static bool only_echo(const struct probe *p)
{
	const struct line_end *end = attempt_end(p);
	struct bytes sent;
	bytes_init(&sent, LIMIT_LINE + END_MOST);
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
		probe_tell(p, "hint", "telnet", true, -1,
			"it negotiates like telnet: put telnet:// in front of the address");
}

struct proposal {
	const struct probe *probe;
	struct slice notation;
};

static void tell_line(const struct output *format, const void *arg)
{
	const struct proposal *proposal = arg;
	unsigned flags = text_charset(out_utf8());
	(void)format;
	bytes_add_str(out_begin(), "try: wilco -f ");
	paste_add(out_begin(), proposal->notation, flags);
	bytes_add_byte(out_begin(), ' ');
	paste_add(out_begin(), slice_str(proposal->probe->device), flags);
	out_end();
}

static void tell_frame(struct probe *p)
{
	struct bytes notation, text, names;
	const struct line_end *end = attempt_end(p);
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
	bool good = guess_frame(p->cli->context.book, &seen, &notation, &text) && !notation.over;
	bool greets = good && p->spoke.len &&
		      guess_greeting(p->cli->context.book, bytes_slice(&p->spoke), &notation);
	if (greets)
		bytes_add_str(&text, "; it speaks first");
	probe_tell(p, "frame", bytes_str(&notation), good, -1, bytes_str(&text));
	if (p->spoke.len && !greets)
		probe_tell(p, "hint", "greet", true, -1,
			"it speaks first: the setting greet=1s waits for that");
	guess_checked(p->cli->context.book, reply, &names);
	if (names.len) {
		text.len = 0;
		bytes_addf(&text, "the reply is a whole frame of it with a correct check");
		probe_tell(p, "frame", bytes_str(&names), true, -1, bytes_str(&text));
	}
	const struct proposal proposal = {p, bytes_slice(&notation)};
	if (good)
		out_result(&(struct result){.plain = tell_line, .arg = &proposal});
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
	probe_tell(p, "try", attempt_name(p, name), true, p->last - p->asked, bytes_str(&text));
	bytes_free(&text);
	p->answered = true;
	tell_telnet(p);
	tell_frame(p);
	probe_done(p);
}

/* Handles a reply that silence or the close has ended. */
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
	probe_tell(p, "try", attempt_name(p, name), false, now(p) - p->asked, why);
	next_attempt(p);
}

/* Handles the end of listening: its time is over, or the device closed. */
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
	probe_tell(p, "banner", p->device, true, now(p) - p->began, bytes_str(&text));
	bytes_free(&text);
	if (p->banner)
		bytes_add(&p->spoke, bytes_slice(&p->reply));
	if (p->reply.len)
		tell_telnet(p);
	if (!p->asks) {
		p->answered = true;
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
	do
		p->attempt++;
	while (p->attempt < attempt_count(p) && !attempt_makes_sense(p));
	if (p->attempt >= attempt_count(p) || (p->same_line && p->closed)) {
		if (p->echoes)
			probe_tell(p, "hint", "echo", true, -1,
				"nothing came but what was sent: an echo, or a line that loops "
				"back");
		probe_done(p);
	} else if (p->same_line) {
		probe_ask(p);
	} else {
		again(p);
	}
}

/* ---- the line ---- */

static void probe_on_time(void *arg)
{
	struct probe *p = arg;
	if (p->phase == LISTENING && p->heard)
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
	if (!p->reached && !address_resolves(&p->address)) /* otherwise check did it */
		probe_tell(p, "connect", p->device, true, now(p) - p->began, "open");
	p->began = now(p);
	p->phase = LISTENING;
	p->closed = p->talks = false;
	p->broke[0] = 0;
	p->reply.len = p->came = 0;
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
	p->came += bytes.len;
	size_t room = REPLY_MOST - p->reply.len;
	bytes_add(&p->reply, slice_cut(bytes, 0, bytes.len < room ? bytes.len : room));
	if (p->phase == ASKING)
		p->phase = ANSWERING;
	int64_t since = p->phase == ANSWERING ? p->asked : p->began;
	if (p->asks && (p->reply.len == REPLY_MOST || p->last - since > LONGEST)) {
		p->talks = true; /* it has no end: take what there is */
		loop_timer_set(&p->timer, 0);
	} else if (p->phase == ANSWERING || (p->heard && p->phase == LISTENING))
		loop_timer_set(&p->timer, QUIET);
	else if (p->asks && p->last - p->began > p->listened - QUIET)
		loop_timer_set(&p->timer, QUIET); /* it is still talking */
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

static void probe_on_end(void *owner)
{
	on_gone(owner, "the device closes without an answer");
}

static void probe_on_fail(void *owner, const struct error *err)
{
	struct probe *p = owner;
	if (p->phase == OPENING) {
		probe_tell(p, "connect", p->device, false, now(p) - p->began, err->what);
		probe_done(p);
		return;
	}
	snprintf(p->broke, sizeof p->broke, "%s", err->what);
	on_gone(p, err->what);
}

static void probe_on_step(void *owner, enum transport_step step, const char *text)
{
	struct probe *p = owner;
	if (!p->reached && !address_resolves(&p->address))
		check_line_step(p->device, p->device, step, text);
}

static const struct transport_events events = {.step = probe_on_step,
	.open = probe_on_open,
	.data = on_data,
	.end = probe_on_end,
	.fail = probe_on_fail};

static void probe_start(struct probe *p)
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
	probe_start(p);
}

static void probe_on_signal(void *arg)
{
	probe_done(arg);
}

/* Takes the command; if it brings its own end, that one is used. */
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
	bytes_init(&p.spoke, REPLY_MOST);
	take_command(&p, command);
	address_copy(&p.address, a);
	p.same_line = address_listens(a) || (!address_reopens(a) && !address_datagrams(a));
	loop_timer_init(&p.timer, cli->loop, probe_on_time, &p);
	cli_watch_signals(cli->loop, probe_on_signal, &p);
	probe_start(&p);
	loop_run(cli->loop);
	cli_unwatch_signals();
	probe_let_go(&p);
	address_free(&p.address);
	bytes_free(&p.command);
	bytes_free(&p.reply);
	bytes_free(&p.spoke);
	return !p.reached ? STATUS_CONNECT : p.answered ? STATUS_OK : STATUS_REPLY;
}
