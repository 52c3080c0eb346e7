/* login.c - what is done on each line before the first command goes out; see session.h.
 *
 * A login is played by somebody above, on a session of its own that has the line meanwhile (`on`).
 * The session itself is still connecting, so nothing of it can go out, and frame, settings, fields
 * and queues of the login are its own.  Only the log is handed over, and notes go to the owner.
 *
 * A login that failed after something was sent is not tried again before somebody opens the line:
 * a password that is wrong again and again locks an account.
 */
#include "base/mem.h"
#include "base/text.h"
#include "session/session_private.h"
#include <stdio.h>
#include <stdlib.h>

static const struct session_logins *logins;
static void *logins_arg;

void session_play_logins(const struct session_logins *by, void *arg)
{
	logins = by;
	logins_arg = arg;
}

const char *session_login(const struct session *s)
{
	return s->address.text[TEXT_LOGIN];
}

/* ---- the session that has the line meanwhile ---- */

void session_login_settings(struct settings *s)
{
	/* It has one line, asks one by one, and waits for what is late. */
	s->at[SET_CONNECTION] = (struct setting){true, CONNECTION_KEEP};
	s->at[SET_AHEAD] = (struct setting){true, 1};
	s->at[SET_GATEWAY] = (struct setting){true, 1};
}

void session_lent_hears(struct session *on)
{
	struct login *l = on->lender->login;
	struct bytes early = l->early;
	l->hears = true;
	bytes_init(&l->early, LIMIT_ANSWERS);
	if (early.len)
		session_take_bytes(on, bytes_slice(&early));
	bytes_free(&early);
}

struct session *session_lend(struct session *s, const struct session_events *events, void *owner)
{
	const struct session_config config = {.loop = s->loop,
		.name = s->name,
		.address = &s->address,
		.settings = &s->settings,
		.frame = s->frame,
		.fields = s->set,
		.verbose = s->verbose,
		.events = events,
		.owner = owner};
	struct session *on = session_new(&config);
	session_login_settings(&on->settings);
	on->lender = s;
	on->line = s->line;
	on->line_open = on->line_told = true;
	on->log = s->log;
	s->log = NULL;
	s->login->on = on;
	session_line_lent(on);
	return on;
}

/* ---- the session itself ---- */

static struct login *login_of(struct session *s)
{
	if (!s->login) {
		s->login = mem_new(sizeof *s->login);
		bytes_init(&s->login->early, LIMIT_ANSWERS);
	}
	return s->login;
}

bool login_keeps(struct session *s, struct slice bytes)
{
	struct session *of = s->lender ? s->lender : s;
	if (!session_login(of) || (s->lender && of->login->hears))
		return false;
	struct login *l = login_of(of);
	if (!l->early.over && !bytes_add(&l->early, bytes))
		session_warn(s, "the device says so much before the login that the rest is lost");
	return true;
}

bool login_begins(struct session *s)
{
	struct error err;
	if (!session_login(s))
		return false;
	s->line_open = false;
	greeting_over(s);
	struct login *l = login_of(s);
	if (!logins) { /* a program that only looks at lines */
		error_set(&err, STATUS_CONNECT, "nobody plays its login here");
		session_line_failed(s, &err);
		return true;
	}
	session_note(s, "logging in by %s", quote(slice_str(session_login(s))).text);
	l->run = logins->begin(logins_arg, s->loop, s);
	return true;
}

/* Takes the log back, with all that belongs into it. */
static void take_back(struct session *s, struct session *on)
{
	if (on->unlogged.len)
		session_log_came(on, false);
	s->log = on->log;
	s->line_told = on->line_told;
	on->log = NULL;
}

void login_drop(struct session *s)
{
	struct login *l = s->login;
	if (!l)
		return;
	s->login = NULL;
	if (l->on)
		take_back(s, l->on);
	if (l->run)
		logins->stop(l->run);
	session_free(l->on);
	bytes_free(&l->early);
	free(l);
}

void login_allow(struct session *s)
{
	free(s->barred);
	s->barred = NULL;
}

/* Says how the login failed, and whether it may be tried again. */
static void login_failed(struct session *s, const struct error *why, bool again)
{
	struct error err;
	error_set(&err, STATUS_CONNECT, "the login failed: %s", why->what);
	login_allow(s);
	if (!again)
		s->barred = mem_str(err.what);
	session_line_failed(s, &err);
}

void session_login_over(struct session *s, const struct error *why, bool again)
{
	struct error ended;
	struct session *on = s->login->on;
	struct bytes rest;
	bool lost = !on->line;
	if (lost && !why) {
		error_set(&ended, STATUS_CONNECT, "the line ended with it%s",
			frame_half_closes(session_frame(on), SIDE_COMMAND)
				? ", because its frame half-closes it (eof)"
				: "");
		why = &ended;
	}
	bytes_init(&rest, LIMIT_PENDING);
	bytes_add(&rest, split_rest(on->split));
	split_reset(on->split);
	s->login->run = NULL;
	login_drop(s);
	if (why) {
		login_failed(s, why, again);
	} else {
		session_line_back(s);
		if (rest.len)
			session_take_bytes(s, bytes_slice(&rest));
	}
	bytes_free(&rest);
}
