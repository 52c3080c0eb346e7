/* direct.c - bytes pass without a frame, as terminal mode or a program has the line.
 *
 * What passes becomes entries, as a person reads them: what was typed, then what came until both
 * directions were quiet.  Passwords are typed here, so nobody keeps which keys they were, unless
 * log-keys=yes; where a secret is known, not even then, because keys come one by one and a secret
 * could not be found in them.  A program's bytes are kept, unless a secret is known.
 */
#include "base/mem.h"
#include "base/number.h"
#include "base/secret.h"
#include "session/session_private.h"
#include <stdio.h>
#include <stdlib.h>

static const int64_t QUIET = NS_PER_S;

struct direct {
	struct session *session;
	const struct session_direct *to;
	struct bytes came, typed, answers; /* of this entry; typed: with log-keys alone */
	struct timespec began, typed_at, answered_at;
	int64_t sent_at;         /* the first of them, monotonic ns */
	size_t keys, unlogged;   /* that were typed in it; those that the log does not know yet */
	struct loop_timer quiet; /* looks whether it is over */
	int64_t last;            /* when something passed */
	bool held;               /* the line is not read */
};

static bool keeps_keys(const struct session *s)
{
	bool wanted = s->direct->to->program || s->settings.at[SET_LOG_KEYS].value;
	return wanted && !secret_any();
}

/* ---- the log ---- */

/* The log gets keys before what comes next, in the order of the wire. */
static void log_typed(struct direct *d)
{
	if (d->session->log && d->unlogged)
		log_keys(d->session->log, d->unlogged, d->to->program ? "byte" : "key");
	d->unlogged = 0;
}

/* ---- entries ---- */

static struct split_event all_that_came(const struct direct *d)
{
	struct slice bytes = bytes_slice(&d->came);
	return (struct split_event){.kind = SPLIT_FRAME,
		.end = END_SILENCE,
		.has_payload = true,
		.raw = bytes,
		.payload = bytes};
}

static void tell_typed(struct direct *d)
{
	struct session *s = d->session;
	size_t keys = d->keys;
	d->keys = 0;
	if (!d->typed.len) {
		if (keys)
			d->to->keys(d->to->owner, s, keys, &d->typed_at);
		return;
	}
	struct exchange *x = exchange_of_bytes(d->to->frame, bytes_slice(&d->typed));
	bool both = d->to->program && d->came.len;
	bytes_free(&d->typed);
	x->tell = !both;
	x->charset = (unsigned)s->settings.at[SET_CHARSET].value;
	x->time = d->typed_at;
	x->sent_at = d->sent_at;
	if (both) {
		const struct split_event came = all_that_came(d);
		exchange_take(x, &came);
		bytes_clear(&d->came);
	}
	exchange_end(x, EXCHANGE_OK, loop_now(s->loop), both ? NULL : "none expected", NULL);
	d->to->entry(d->to->owner, s, x);
}

static void tell_answers(struct direct *d)
{
	if (d->answers.len)
		d->to->answered(
			d->to->owner, d->session, bytes_slice(&d->answers), &d->answered_at);
	bytes_clear(&d->answers);
	d->answers.over = false;
}

static void tell_came(struct direct *d)
{
	struct session *s = d->session;
	const struct split_event event = all_that_came(d);
	if (!event.raw.len)
		return;
	struct exchange *x = exchange_alone(&s->shelf, d->to->frame, d->began, &event);
	x->charset = (unsigned)s->settings.at[SET_CHARSET].value;
	exchange_end(x, EXCHANGE_UNSOLICITED, loop_now(s->loop), NULL, NULL);
	bytes_clear(&d->came);
	d->to->entry(d->to->owner, s, x);
}

static void end_entry(struct direct *d)
{
	log_typed(d);
	tell_typed(d);
	tell_came(d);
	tell_answers(d);
	session_log_flush(d->session);
}

static void on_quiet(void *arg)
{
	struct direct *d = arg;
	int64_t left = d->last + QUIET - loop_now(d->session->loop);
	if (left > 0)
		loop_timer_set(&d->quiet, left);
	else
		end_entry(d);
}

static void passed(struct direct *d)
{
	d->last = loop_now(d->session->loop);
	if (!loop_timer_running(&d->quiet))
		loop_timer_set(&d->quiet, QUIET);
}

/* ---- what passes ---- */

void direct_heard(struct session *s)
{
	log_typed(s->direct);
}

void direct_came(struct session *s, struct slice bytes)
{
	struct direct *d = s->direct;
	if (s->unlogged.len)
		session_log_came(s, false);
	passed(d);
	for (struct slice rest = bytes; rest.len;) {
		struct slice part = slice_cut(rest, 0, LIMIT_DIRECT - d->came.len);
		if (!d->came.len)
			d->began = loop_wall(s->loop);
		bytes_add(&d->came, part);
		rest = slice_cut(rest, part.len, rest.len);
		if (d->came.len == LIMIT_DIRECT)
			end_entry(d);
	}
	d->to->came(d->to->owner, bytes);
}

/* Notes keys in the entry.  What came before without any is an entry of its own. */
static void note_keys(struct direct *d, struct slice bytes, size_t keys)
{
	struct session *s = d->session;
	if (!d->keys && d->came.len && !d->to->program)
		end_entry(d);
	if (keeps_keys(s) && d->typed.len + bytes.len > LIMIT_DIRECT)
		end_entry(d);
	if (!d->keys) {
		d->typed_at = loop_wall(s->loop);
		d->sent_at = loop_now(s->loop);
	}
	d->keys += keys;
	if (keeps_keys(s))
		bytes_add(&d->typed, bytes);
	if (s->log && keeps_keys(s)) {
		log_typed(d);
		log_bytes(s->log, true, bytes, false);
	} else {
		d->unlogged += keys;
	}
	if (s->log && !keeps_keys(s))
		log_keys_passed(s->log, bytes.len);
	passed(d);
}

struct slice session_enter(const struct session *s)
{
	const struct address *a = &s->address;
	struct slice end = frame_line_end(s->frame, SIDE_COMMAND);
	bool telnet = address_breaks(a) && !address_byte_time(a);
	switch (s->settings.at[SET_ENTER].value) {
	case LINE_LF:
		return SLICE("\n");
	case LINE_CRLF:
		return SLICE("\r\n");
	case LINE_CR:
		return SLICE("\r");
	default:
		if (address_has_terminal(a))
			return SLICE("\r");
		return end.len ? end : telnet ? SLICE("\r\n") : SLICE("\r");
	}
}

bool session_type(struct session *s, struct slice bytes, size_t keys, struct error *err)
{
	if (!s->line || !s->line_open)
		return error_set(err, STATUS_CONNECT, "not sent: the line is not open");
	if (!session_may_send(s, err))
		return false;
	note_keys(s->direct, bytes, keys);
	session_put(s, bytes, SEND_UNLOGGED);
	return true;
}

bool session_answers_wait(const struct session *s)
{
	return s->line && (transport_queued(s->line) > LIMIT_ANSWERS ||
				  session_pace_answers(s) > LIMIT_ANSWERS);
}

void session_answer(struct session *s, struct slice bytes)
{
	struct direct *d = s->direct;
	if (!s->line || !s->line_open)
		return;
	log_typed(d);
	if (s->log) {
		log_note(s->log, "auto: wilco's terminal answers by itself");
		log_bytes(s->log, true, bytes, false);
	}
	if (!d->answers.len)
		d->answered_at = loop_wall(s->loop);
	bytes_add(&d->answers, bytes);
	passed(d);
	session_put(s, bytes, SEND_UNLOGGED | SEND_ANSWER);
}

/* ---- beginning and end ---- */

void session_direct_begin(struct session *s, const struct session_direct *direct)
{
	struct direct *d = mem_new(sizeof *d);
	d->session = s;
	d->to = direct;
	bytes_init(&d->came, LIMIT_DIRECT);
	bytes_init(&d->typed, LIMIT_DIRECT);
	bytes_init(&d->answers, LIMIT_MESSAGE / 8);
	loop_timer_init(&d->quiet, s->loop, on_quiet, d);
	session_tell_rest(s);
	s->direct = d; /* from here on no command is taken */
	session_cancel(s);
	late_forget(s, false);
	greeting_over(s);
	session_open(s);
}

static void end_all(struct session *s)
{
	log_typed(s->direct);
	end_entry(s->direct);
}

void direct_line_gone(struct session *s)
{
	struct direct *d = s->direct;
	end_all(s);
	d->held = false; /* the next line is read */
	if (d->to->gone && s->line)
		d->to->gone(d->to->owner);
}

bool direct_ends(const struct session *s)
{
	return s->direct->to->gone != NULL;
}

void direct_drained(struct session *s)
{
	const struct session_direct *to = s->direct->to;
	if (to->drained && !session_waiting(s))
		to->drained(to->owner);
}

void direct_binary(struct session *s, bool granted)
{
	const struct session_direct *to = s->direct->to;
	if (to->binary)
		to->binary(to->owner, granted);
}

int session_exit_status(const struct session *s)
{
	return s->line ? transport_exit_status(s->line) : -1;
}

bool session_binary(struct session *s, bool on)
{
	return s->line && s->line_open && transport_binary(s->line, on);
}

bool direct_holds(const struct session *s)
{
	return s->direct && s->direct->held;
}

void session_hold(struct session *s, bool on)
{
	s->direct->held = on;
	if (s->line)
		transport_read(s->line, !on);
}

const char *direct_refuses(const struct session *s, char out[ERROR_WHAT_MAX])
{
	snprintf(out, ERROR_WHAT_MAX, "%s has the line: a command is taken when that is over",
		s->direct->to->who);
	return out;
}

void session_direct_free(struct session *s)
{
	struct direct *d = s->direct;
	s->direct = NULL;
	if (!d)
		return;
	loop_timer_stop(&d->quiet);
	if (d->typed.len)
		explicit_bzero(d->typed.at, d->typed.len);
	bytes_free(&d->came);
	bytes_free(&d->typed);
	bytes_free(&d->answers);
	free(d);
}

void session_direct_end(struct session *s)
{
	if (!s->direct)
		return;
	bool opens = direct_ends(s) && s->keep_open && !s->shut && !s->line;
	end_all(s);
	if (s->direct->held)
		session_hold(s, false);
	session_direct_free(s);
	session_split_begin(s);
	late_left(s);
	if (opens)
		session_line_start(s);
}

void session_window(struct session *s, unsigned columns, unsigned rows)
{
	s->address.columns = (uint16_t)columns;
	s->address.rows = (uint16_t)rows;
	if (s->line)
		transport_window(s->line, (uint16_t)columns, (uint16_t)rows);
}

bool session_is_direct(const struct session *s)
{
	return s->direct != NULL;
}
