/* piped.c - see piped.h.
 *
 *   device -> session (session/direct.c) -> on_came() -> program's stdin
 *   device <- session <- on_written() <- program's stdout
 *
 * Whichever side reads nothing stops the other one: while more than PIPED_WAITING bytes wait, what
 * they come from is not read.  A program that only writes (cat FILE) and a device that echoes would
 * so wait for each other: then the program gets no more of what comes.
 */
#include "cmd/piped.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/headway.h"
#include "cmd/recorder.h"
#include "pane/pane.h"
#include <stdio.h>
#include <stdlib.h>

enum { PIPED_WAITING = 4096, PIPED_ROW = 256, FINDING = 512 };
static const int64_t STUCK_NS = NS_PER_S;
/* A receiver of blocks asks again after two seconds (U-Boot). */
static const int64_t ASKS_AGAIN_NS = 3ll * NS_PER_S;
enum { NAK = 0x15, CANCELS_MOST = 3 };
static const int64_t ARRIVES_NS = 5 * NS_PER_MS, ARRIVES_MOST_NS = 200 * NS_PER_MS;

struct piped {
	struct opened *device;
	struct piped_job *job;
	piped_over *over;
	void *arg;
	struct session_direct direct;
	struct transport *program; /* NULL: it has not begun */
	bool runs;                 /* it takes bytes; */
	struct bytes early;        /* those that came before */
	struct piped_end end;
	struct headway progress;
	bool asked; /* for all bytes to pass */
	int interrupts;
	bool line_held, program_held; /* it is not read */
	bool deaf;                    /* the program gets no more of what comes */
	struct loop_timer stuck;      /* both are held */
	char row[PIPED_ROW];          /* what its stderr would show */
	struct loop_timer again;      /* looks at the line from the loop */
	char why[ERROR_WHAT_MAX];
	bool ended;          /* the program has, and what it sent is to arrive */
	int cancels;         /* how often job->cancel was sent */
	int64_t look_within; /* after that it is asked again whether it did */
};

/* ---- the end ---- */

/* Shows the lines, and returns the last one. */
static struct slice say_over(const struct opened *device, enum status status, struct bytes *said)
{
	struct shell *sh = device->shell;
	struct slice rest = bytes_shown(said), line, last = SLICE("");
	while (slice_line(&rest, &line)) {
		last = line;
		shell_print(sh, status == STATUS_REPLY ? UI_ERROR : UI_NOTE, "%s: %.*s",
			session_name(device->session), (int)line.len, (const char *)line.at);
	}
	shell_raise_status(sh, status);
	return last;
}

/* Gives the line back.  Whoever is told may begin the next one. */
static void give_back(struct piped *p)
{
	struct opened *device = p->device;
	struct session *s = device->session;
	loop_timer_stop(&p->again);
	loop_timer_stop(&p->stuck);
	bytes_free(&p->early);
	transport_close(p->program);
	if (p->asked)
		session_binary(s, false);
	device->piped = NULL;
	session_direct_end(s);
	frame_unref(p->direct.frame);
	p->end.headway = &p->progress;
	struct bytes said;
	bytes_init(&said, LIMIT_MESSAGE);
	enum status status = p->job->ended(p->job, device, &p->end, &said);
	struct slice last = say_over(device, status, &said);
	if (p->over)
		p->over(p->arg, last);
	bytes_free(&said);
	shell_run_soon(device->shell);
	shell_refresh(device->shell);
	free(p);
}

static void fail(struct piped *p, const char *why)
{
	p->end.why = why;
	give_back(p);
}

static void count_unread(struct piped *p)
{
	if (p->program)
		p->end.count.unread += transport_unsent(p->program);
}

/* Gives the line back when what was sent has arrived.  The system does not tell, so it is asked,
 * ever more rarely. */
static void look_arrived(struct piped *p)
{
	if (p->end.gone || p->interrupts || !session_unsent(p->device->session)) {
		give_back(p);
		return;
	}
	p->look_within =
		p->look_within * 2 < ARRIVES_MOST_NS ? p->look_within * 2 : ARRIVES_MOST_NS;
	loop_timer_set(&p->again, p->look_within);
}

static void cancel(struct piped *p)
{
	struct error none;
	struct slice bytes = slice_str(p->job->cancel);
	p->cancels++;
	session_type(p->device->session, bytes, bytes.len, &none);
	loop_timer_set(&p->again, p->job->blocks ? ASKS_AGAIN_NS : 0);
}

static void program_ended(struct piped *p)
{
	count_unread(p);
	transport_close(p->program);
	p->program = NULL;
	p->ended = p->deaf = true;
	p->runs = false;
	loop_timer_stop(&p->stuck);
	p->line_held = p->program_held = false;
	session_hold(p->device->session, false);
	p->look_within = ARRIVES_NS / 2;
	if (p->interrupts && p->job->cancel)
		cancel(p);
	else
		look_arrived(p);
}

static void on_ended(void *owner)
{
	program_ended(owner);
}

static void on_failed(void *owner, const struct error *err)
{
	struct piped *p = owner;
	snprintf(p->why, sizeof p->why, "%s", err->what);
	p->end.why = p->why;
	program_ended(p);
}

/* ---- the program ---- */

static void add_progress(const void *arg, struct bytes *out)
{
	const struct piped *p = arg;
	p->job->progress(p->job, &p->end.count, &p->progress, p->row, out);
}

/* Programs find each other first: the rate counts from then on. */
static void passed(struct piped *p)
{
	if (p->end.count.sent + p->end.count.came < FINDING)
		headway_begin(&p->progress, p->device->shell);
	headway_tell(&p->progress, p->device->shell, add_progress, p);
}

static void look_stuck(struct piped *p)
{
	if (!p->line_held || !p->program_held)
		loop_timer_stop(&p->stuck);
	else if (!loop_timer_running(&p->stuck))
		loop_timer_set(&p->stuck, STUCK_NS);
}

static void hold_line(struct piped *p, bool on)
{
	if (p->line_held != on)
		session_hold(p->device->session, on);
	p->line_held = on;
	look_stuck(p);
}

static void hold_program(struct piped *p, bool on)
{
	p->program_held = on;
	transport_read(p->program, !on);
	look_stuck(p);
}

static void on_stuck(void *arg)
{
	struct piped *p = arg;
	p->deaf = true;
	shell_print(p->device->shell, UI_NOTE,
		"%s: the program does not read what the device says: from here on only the record "
		"has it",
		session_name(p->device->session));
	hold_line(p, false);
}

/* Gives what came to the program; what it cannot take now holds the line. */
static void give(struct piped *p, struct slice bytes)
{
	transport_send(p->program, bytes, 0);
	hold_line(p, transport_queued(p->program) > PIPED_WAITING);
}

static void on_open(void *owner)
{
	struct piped *p = owner;
	p->runs = true;
	give(p, bytes_slice(&p->early));
	bytes_free(&p->early);
	if (p->end.gone)
		transport_send(p->program, SLICE(""), SEND_END);
}

static void on_written(void *owner, struct slice bytes)
{
	struct piped *p = owner;
	struct session *s = p->device->session;
	struct error none;
	if (p->interrupts && p->job->cancel)
		return;
	if (session_type(s, bytes, bytes.len, &none))
		p->end.count.sent += bytes.len;
	else
		p->end.count.lost += bytes.len;
	if (session_waiting(s) > PIPED_WAITING)
		hold_program(p, true);
	passed(p);
}

static void on_program_drained(void *owner)
{
	hold_line(owner, false);
}

static void on_step(void *owner, enum transport_step step, const char *text)
{
	struct piped *p = owner;
	if (step == STEP_PROGRESS) {
		snprintf(p->row, sizeof p->row, "%s", text);
		passed(p);
	} else if (step == STEP_SAID && !(p->job->said && p->job->said(p->job, text))) {
		shell_print(p->device->shell, UI_NOTE, "%s: the program says: %s",
			session_name(p->device->session), text);
	}
}

static void run(struct piped *p)
{
	static const struct transport_events events = {.step = on_step,
		.open = on_open,
		.data = on_written,
		.drained = on_program_drained,
		.end = on_ended,
		.fail = on_failed};
	const struct program program = {.words = p->job->words, .folder = p->job->folder};
	headway_begin(&p->progress, p->device->shell);
	p->program = transport_run(p->device->shell->loop, &program, &events, p);
}

/* ---- the line ---- */

static void on_came(void *owner, struct slice bytes)
{
	struct piped *p = owner;
	uint8_t last = bytes.at[bytes.len - 1];
	p->end.count.came += bytes.len;
	if (p->cancels && p->job->blocks && p->cancels < CANCELS_MOST &&
		(last == NAK || last == 'C'))
		cancel(p);
	if (p->runs && !p->deaf)
		give(p, bytes);
	else if (!p->ended && (p->deaf || !bytes_add(&p->early, bytes)))
		p->end.count.unread += bytes.len;
	/* An answer about BINARY must be read. */
	if (!p->runs && p->program)
		hold_line(p, true);
	passed(p);
}

static void on_line_drained(void *owner)
{
	struct piped *p = owner;
	if (p->program)
		hold_program(p, false);
}

/* The program sees the end of its input, and what it writes from now on is counted only. */
static void on_gone(void *owner)
{
	struct piped *p = owner;
	p->end.gone = true;
	p->line_held = false;
	if (!p->program) {
		loop_timer_set(&p->again, 0);
		return;
	}
	if (p->runs)
		transport_send(p->program, SLICE(""), SEND_END);
	hold_program(p, false);
}

static void on_binary(void *owner, bool granted)
{
	struct piped *p = owner;
	if (granted)
		run(p);
	else
		fail(p, "not begun: the telnet server does not pass all bytes as they are "
			"(BINARY, RFC 856), so a file would arrive damaged");
}

/* Begins as soon as the line is open; where it cannot be opened, the session has said why. */
static void look(void *arg)
{
	struct piped *p = arg;
	struct session *s = p->device->session;
	enum session_state state = session_state(s);
	if (p->ended) {
		look_arrived(p);
		return;
	}
	if (p->program)
		return;
	if (p->end.gone && p->early.len && !p->asked && !p->interrupts)
		run(p); /* what the device said before it closed the line */
	else if (p->end.gone || state == SESSION_CLOSED || p->interrupts)
		fail(p, p->interrupts ? "not begun" : "not begun: the line is not open");
	else if (state != SESSION_OPEN || p->asked)
		return;
	else if (p->job->binary && session_binary(s, true))
		p->asked = true;
	else
		run(p);
}

void piped_state(struct opened *device)
{
	if (device->piped)
		loop_timer_set(&device->piped->again, 0);
}

/* ---- the record ---- */

/* On a screen each entry is shown; where lines are printed, a file that passes would be in the
 * way of all else. */
static void on_entry(void *owner, struct session *s, struct exchange *x)
{
	const struct piped *p = owner;
	struct ui *ui = p->device->shell->ui;
	(void)s;
	overview_frame(p->device, x, x->last);
	if (ui->window)
		shell_show(p->device, x);
	else
		pane_add_exchange(ui->pane, p->device->recorded, x);
}

static void on_bytes(void *owner, struct session *s, size_t count, const struct timespec *since)
{
	(void)since;
	const struct piped *p = owner;
	shell_print(p->device->shell, UI_NOTE,
		"%s: %zu byte%s of the program, which are not kept, as a secret is known",
		session_name(s), count, plural(count));
}

/* ---- beginning ---- */

static bool may_begin(struct shell *sh, struct error *err)
{
	const struct opened *device = shell_current(sh);
	if (!shell_session(sh, err))
		return false;
	if (device->piped)
		return error_set(
			err, STATUS_USAGE, "a program has this line already: Ctrl-C ends it");
	return !sh->recorder ||
	       error_set(err, STATUS_USAGE,
		       "a recording runs to %s, and what a program sends is no command that could "
		       "be played again: .record stop ends it",
		       shell_paste(sh, recorder_path(sh->recorder)));
}

bool piped_start(
	struct shell *sh, struct piped_job *job, piped_over *over, void *arg, struct error *err)
{
	struct frame *raw =
		may_begin(sh, err) ? frame_find(sh->context->book, SLICE("raw"), err) : NULL;
	if (!raw)
		return false;
	struct piped *p = mem_new(sizeof *p);
	p->device = shell_current(sh);
	p->job = job;
	p->over = over;
	p->arg = arg;
	p->direct = (struct session_direct){.frame = raw,
		.who = "a program",
		.program = true,
		.came = on_came,
		.entry = on_entry,
		.keys = on_bytes,
		.gone = on_gone,
		.drained = on_line_drained,
		.binary = on_binary,
		.owner = p};
	headway_begin(&p->progress, sh);
	bytes_init(&p->early, LIMIT_GATHERED);
	loop_timer_init(&p->again, sh->loop, look, p);
	loop_timer_init(&p->stuck, sh->loop, on_stuck, p);
	p->device->piped = p;
	session_direct_begin(p->device->session, &p->direct);
	piped_state(p->device);
	return true;
}

bool piped_at(const struct opened *device)
{
	return device->piped;
}

bool piped_any(const struct shell *sh)
{
	for (size_t i = 0; i < sh->device_count; i++)
		if (sh->devices[i]->piped)
			return true;
	return false;
}

static void interrupt(struct piped *p)
{
	p->end.interrupted = true;
	p->interrupts++;
	if (p->program)
		transport_terminate(p->program, p->interrupts > 1);
	else if (p->asked && !p->ended)
		fail(p, "not begun");
	else
		loop_timer_set(&p->again, 0);
}

bool piped_interrupt(struct shell *sh, const struct opened *device)
{
	bool any = false;
	for (size_t i = 0; i < sh->device_count; i++) {
		struct opened *each = sh->devices[i];
		if (each->piped && (!device || each == device)) {
			any = true;
			interrupt(each->piped);
		}
	}
	return any;
}

void piped_stop(struct opened *device)
{
	struct piped *p = device->piped;
	if (!p)
		return;
	count_unread(p);
	p->end.interrupted = true;
	fail(p, "the line was closed");
}

bool piped_progress(const struct shell *sh, struct bytes *out)
{
	const struct opened *device = shell_current(sh);
	const struct piped *p = device ? device->piped : NULL;
	if (!p)
		return false;
	add_progress(p, out);
	return true;
}

void piped_add_counts(const struct piped_end *end, struct bytes *out)
{
	const struct piped_count *n = &end->count;
	headway_add_size(n->sent, out);
	bytes_add_str(out, n->sent == 1 ? " was sent, " : " were sent, ");
	headway_add_size(n->came, out);
	bytes_add_str(out, " came");
	if (n->unread)
		bytes_addf(out, "; it did not read the last %llu of them",
			(unsigned long long)n->unread);
	if (end->gone)
		bytes_add_str(out, "; the line was closed first");
	if (n->lost)
		bytes_addf(out, ", and %llu byte%s more were not sent", (unsigned long long)n->lost,
			plural(n->lost));
}
