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

enum end_name { NOTHING, CR, LF, CR_LF, NUL, ETX };
static const struct line_end {
	const char *name, *bytes;
	size_t size;
} ends[] = {[NOTHING] = {"nothing", "", 0},
	[CR] = {"CR", "\r", 1},
	[LF] = {"LF", "\n", 1},
	[CR_LF] = {"CR LF", "\r\n", 2},
	[NUL] = {"NUL", "\0", 1},
	[ETX] = {"ETX", "\3", 1}};
enum { END_MOST = 2, ENDS = sizeof ends / sizeof ends[0] };

/* One attempt.  It goes on with the line, on which only what is missing is sent, unless it is
 * `fresh`. */
struct attempt {
	enum end_name end;
	bool fresh, half;
};
struct plan {
	size_t count, halves; /* the attempts, and those behind them that half-close */
	struct attempt at[8];
};
static const struct plan plan_lines = {4, 4,
	{{NOTHING, false, false}, {LF, false, false}, {CR, true, false}, {CR_LF, false, false},
		{NOTHING, true, true}, {CR, true, true}, {LF, true, true}, {CR_LF, true, true}}};
/* All on one line, where each may have an effect. */
static const struct plan plan_one_line = {3, 1,
	{{NOTHING, false, false}, {CR, false, false}, {CR_LF, false, false}, {CR_LF, false, true}}};
static const struct plan plan_datagrams = {
	4, 0, {{NOTHING, true, false}, {LF, true, false}, {CR, true, false}, {CR_LF, true, false}}};
/* The command brings its end, or is binary and has none. */
static const struct plan plan_own = {1, 1, {{NOTHING, false, false}, {NOTHING, true, true}}};
/* A person types there. */
static const struct plan plan_typed = {
	3, 0, {{NOTHING, false, false}, {CR, false, false}, {CR_LF, false, false}}};

enum phase { OPENING, LISTENING, ASKING, ANSWERING, COMPLETING, DOUBTING };

struct probe {
	const struct cli *cli;
	const char *device; /* as it was given */
	struct bytes place; /* the same in what is proposed, with telnet:// where it is that */
	struct address address;
	struct transport *line;
	struct loop_timer timer;
	enum phase phase;
	struct bytes command;       /* without its end */
	bool asks;                  /* there is one */
	const struct line_end *own; /* the end with which it was given; NULL: find one */
	const struct plan *plan;
	size_t attempt;
	struct bytes sent;                 /* of this attempt, on this line */
	bool same_line;                    /* all attempts are on one line */
	bool heard;                        /* it was listened before anything was sent */
	bool banner;                       /* the device speaks first and keeps the line open */
	int64_t began, asked, first, last; /* connecting, sending, first and last bytes */
	int64_t listened;
	struct bytes spoke; /* the beginning of what it says when it is connected */
	struct bytes reply; /* its first REPLY_MOST bytes */
	size_t came;        /* the length of the whole reply */
	bool closed, answered, reached;
	bool doubts, doubted;       /* is it what the device says by itself, late? */
	bool talks;                 /* it did not stop in time */
	bool closes;                /* it closed the line instead of an answer */
	bool any;                   /* something came, at some time */
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

static const struct attempt *attempt_now(const struct probe *p)
{
	return &p->plan->at[p->attempt];
}

static const struct line_end *attempt_end(const struct probe *p)
{
	return p->own ? p->own : &ends[attempt_now(p)->end];
}

static size_t attempt_count(const struct probe *p)
{
	return p->plan->count + (address_half_closes(&p->address) ? p->plan->halves : 0);
}

/* Names the attempt: "CR LF", or "CR LF, half-close". */
static const char *attempt_name(const struct probe *p, char out[40])
{
	snprintf(out, 40, "%s%s", attempt_end(p)->name, attempt_now(p)->half ? ", half-close" : "");
	return out;
}

static void add_attempt(const struct probe *p, struct bytes *out)
{
	const struct line_end *end = attempt_end(p);
	bytes_add(out, bytes_slice(&p->command));
	bytes_add(out, slice_of(end->bytes, end->size));
}

/* Sends the attempt, or what is missing of it on this line. */
static void probe_ask(struct probe *p)
{
	struct bytes wire;
	bytes_init(&wire, LIMIT_LINE + END_MOST);
	add_attempt(p, &wire);
	struct slice missing = bytes_slice(&wire);
	if (slice_starts(missing, bytes_slice(&p->sent)) && !address_datagrams(&p->address))
		missing = slice_cut(missing, p->sent.len, missing.len);
	if (!p->echoes || !p->sent.len) /* else the echo is the beginning of what comes */
		p->reply.len = p->came = 0;
	p->phase = ASKING;
	p->asked = now(p);
	bytes_clear(&p->sent);
	bytes_add(&p->sent, bytes_slice(&wire));
	transport_send(p->line, missing, attempt_now(p)->half ? SEND_END : 0);
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

/* Says whether what came is what was sent, as the line repeats it, or the beginning of it. */
static bool only_echo(const struct probe *p)
{
	struct bytes sent;
	struct slice reply = bytes_slice(&p->reply);
	bytes_init(&sent, LIMIT_LINE + END_MOST);
	add_attempt(p, &sent);
	bool echo = sent.len && (slice_starts(bytes_slice(&sent), reply) ||
					guess_is_echo(bytes_slice(&sent), reply));
	bytes_free(&sent);
	return echo;
}

static bool is_telnet(struct slice r)
{
	return r.len >= 3 && r.at[0] == 0xff && r.at[1] >= 0xfb && r.at[1] <= 0xfe;
}

/* Says whether it is an alert of TLS, which answers what is no handshake. */
static bool is_tls_alert(struct slice r)
{
	return r.len >= 7 && r.at[0] == 0x15 && r.at[1] == 3 && r.at[2] <= 4 && r.at[3] == 0 &&
	       r.at[4] == 2 && (r.at[5] == 1 || r.at[5] == 2);
}

/* Says what the bytes are of; true: no frame is to be sought in them. */
static bool tell_protocol(struct probe *p)
{
	struct slice r = bytes_slice(&p->reply);
	if (is_tls_alert(r))
		probe_tell(p, "hint", "tls", true, -1,
			"it answers with an alert of TLS: try tls:// in front of the address");
	else if (is_telnet(r))
		probe_tell(p, "hint", "telnet", true, -1,
			"it negotiates like telnet: put telnet:// in front of the address");
	return is_tls_alert(r);
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
	paste_add(out_begin(), bytes_slice(&proposal->probe->place), flags);
	out_end();
}

/* Cuts a reply that has no end behind its last line. */
static struct slice whole_lines(const struct probe *p)
{
	size_t n = p->reply.len;
	while (p->talks && n && p->reply.at[n - 1] != '\n' && p->reply.at[n - 1] != '\r')
		n--;
	return slice_of(p->reply.at, n ? n : p->reply.len);
}

static void tell_frame(struct probe *p)
{
	struct bytes notation, text;
	const struct frame_book *book = p->cli->context.book;
	const struct line_end *end = attempt_end(p);
	struct guess_seen seen = {.asked = p->asks,
		.command = bytes_slice(&p->command),
		.end = slice_of(end->bytes, p->asks ? end->size : 0),
		.half_close = p->asks && attempt_now(p)->half,
		.said = bytes_slice(&p->spoke),
		.reply = whole_lines(p),
		.closed = p->closed && !p->broke[0],
		.datagrams = address_datagrams(&p->address),
		.endless = p->talks,
		.silence = QUIET};
	bytes_init(&notation, LIMIT_NOTATION);
	bytes_init(&text, LIMIT_MESSAGE);
	bool good = guess_frame(book, &seen, &notation, &text);
	bool greets =
		good && p->spoke.len && guess_greeting(book, bytes_slice(&p->spoke), &notation);
	if (greets)
		bytes_add_str(&text, "; it speaks first");
	if (good)
		probe_tell(p, "frame", bytes_str(&notation), true, -1, bytes_str(&text));
	else
		probe_tell(p, "frame", "none", false, -1, "no frame fits what came");
	if (p->spoke.len && !greets)
		probe_tell(p, "hint", "greet", true, -1,
			"it speaks first: the setting greet=1s waits for that");
	const struct proposal proposal = {p, bytes_slice(&notation)};
	if (good)
		out_result(&(struct result){.plain = tell_line, .arg = &proposal});
	bytes_free(&notation);
	bytes_free(&text);
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
	if (!tell_protocol(p))
		tell_frame(p);
	probe_done(p);
}

/* Says whether lines came before anything ended the command.  Either the device needs no end, or
 * that was a greeting, and late. */
static bool is_early(const struct probe *p)
{
	return p->plan == &plan_lines && p->attempt == 0 && !p->doubted && !p->closed &&
	       !p->talks && slice_ends(bytes_slice(&p->reply), SLICE("\n"));
}

/* Sends LF behind the command.  If nothing comes, that is how commands can end, which those of
 * several letters may need. */
static void complete(struct probe *p)
{
	p->phase = COMPLETING;
	transport_send(p->line, SLICE("\n"), 0);
	if (p->line)
		loop_timer_set(&p->timer, QUIET);
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
	if (!only_echo(p)) {
		if (is_early(p))
			complete(p);
		else
			answered(p);
		return;
	}
	p->echoes = true;
	if (p->plan == &plan_lines && p->attempt == 0)
		p->plan = &plan_typed;
	unanswered(p, "it only repeats the command");
}

static void unanswered(struct probe *p, const char *why)
{
	char name[40];
	probe_tell(p, "try", attempt_name(p, name), false, now(p) - p->asked, why);
	next_attempt(p);
}

static void tell_banner(struct probe *p)
{
	struct bytes text;
	char limit[DURATION_TEXT_MAX];
	bytes_init(&text, LIMIT_MESSAGE);
	if (p->reply.len)
		describe(p, p->began, &text);
	else if (p->closed)
		bytes_add_str(&text, "the device closes without a word");
	else
		bytes_addf(&text, "it says nothing by itself within %s",
			duration_text(p->listened, limit));
	probe_tell(p, "banner", p->device, true, now(p) - p->began, bytes_str(&text));
	bytes_free(&text);
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
			"it negotiates like telnet: put telnet:// in front of the address, as is "
			"done from here on");
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
	tell_banner(p);
	if (is_telnet(bytes_slice(&p->reply)) && go_on_with_telnet(p))
		return;
	bytes_clear(&p->spoke);
	if (p->banner)
		bytes_add(&p->spoke, bytes_slice(&p->reply));
	bool known = p->reply.len && tell_protocol(p);
	if (!p->asks) {
		p->answered = true;
		p->spoke.len = 0;
		if (p->reply.len && !known)
			tell_frame(p);
		probe_done(p);
	} else if (!p->closed) {
		probe_ask(p);
	} else if (p->same_line) {
		probe_done(p);
	} else {
		again(p); /* it may be impatient: asked at once it may answer */
	}
}

/* Says what may be the reason when no attempt was answered. */
static void tell_reason(struct probe *p)
{
	if (p->echoes)
		probe_tell(p, "hint", "echo", true, -1,
			"nothing came but what was sent: an echo, or a line that loops back");
	else if (p->closes && !p->any && address_resolves(&p->address))
		probe_tell(p, "hint", "tls", true, -1,
			"it closes the line instead of an answer: is that a port with TLS? then "
			"try tls:// in front of the address");
	else if (!p->any && !p->closes && address_half_closes(&p->address))
		probe_tell(p, "hint", "busy", true, -1,
			"it takes the line and says nothing: another client may hold this port, or "
			"the device behind it is off");
}

static void next_attempt(struct probe *p)
{
	p->attempt++;
	if (p->attempt >= attempt_count(p) || (p->same_line && p->closed)) {
		tell_reason(p);
		probe_done(p);
	} else if (p->same_line || !(attempt_now(p)->fresh || p->closed)) {
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
		loop_timer_set(&p->timer, p->first - p->began + QUIET);
		p->began = now(p);
		return;
	}
	p->began = now(p);
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
	       (p->asks && p->last - p->began > p->listened - QUIET); /* it is still talking */
}

static void on_data(void *owner, struct slice bytes)
{
	struct probe *p = owner;
	p->any = true;
	if (p->phase == COMPLETING) {
		doubt(p);
		return;
	}
	p->last = now(p);
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
		loop_timer_set(&p->timer, QUIET);
}

static void on_gone(struct probe *p, const char *why)
{
	loop_timer_stop(&p->timer);
	if (p->phase == DOUBTING || p->phase == COMPLETING) {
		answered(p);
		return;
	}
	p->closed = true;
	p->closes = p->closes || (p->phase == ASKING && !attempt_now(p)->half);
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
		probe_tell(p, "connect", p->device, false, now(p) - p->began, err->what);
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
	p->began = p->doubts ? p->began : now(p);
	p->line = transport_open(
		p->cli->loop, &p->address, check_connect_timeout(&p->address), &events, p);
}

/* Takes the command; if it brings its own end, that one is used.  Binary bytes have none. */
static void take_command(struct probe *p, const struct bytes *command)
{
	p->asks = command != NULL;
	if (!command)
		return;
	bytes_add(&p->command, bytes_slice(command));
	bool text = guess_is_text(bytes_slice(command));
	p->own = text ? NULL : &ends[NOTHING];
	for (size_t i = 0; text && i < ENDS; i++)
		if (ends[i].size && (!p->own || ends[i].size > p->own->size) &&
			slice_ends(bytes_slice(command), slice_of(ends[i].bytes, ends[i].size)))
			p->own = &ends[i];
	if (p->own)
		p->command.len -= p->own->size;
}

struct probe *probe_new(const struct cli *cli, const char *device, const struct bytes *command)
{
	struct probe *p = mem_new(sizeof *p);
	p->cli = cli;
	p->device = device;
	bytes_init(&p->place, LIMIT_LINE);
	bytes_init(&p->command, LIMIT_LINE);
	bytes_init(&p->sent, LIMIT_LINE + END_MOST);
	bytes_init(&p->reply, REPLY_MOST);
	bytes_init(&p->spoke, REPLY_MOST);
	bytes_add_str(&p->place, device);
	take_command(p, command);
	loop_timer_init(&p->timer, cli->loop, probe_on_time, p);
	return p;
}

void probe_begin(struct probe *p, const struct address *a, struct transport *line)
{
	address_copy(&p->address, a);
	p->same_line = address_listens(a) || (!address_reopens(a) && !address_datagrams(a));
	p->plan = p->own                 ? &plan_own
		  : address_datagrams(a) ? &plan_datagrams
		  : p->same_line         ? &plan_one_line
					 : &plan_lines;
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
	bytes_free(&p->command);
	bytes_free(&p->sent);
	bytes_free(&p->reply);
	bytes_free(&p->spoke);
	free(p);
	return status;
}
