/* login.c - see login.h.
 *
 *   begin (the line is open) --> play on the lent session --> over (from the loop): told, freed
 *                                    ^------ waits for a secret
 */
#include "play/login.h"

#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"
#include "loop/loop.h"
#include "play/macros.h"
#include "play/play.h"
#include <stdlib.h>

/* A login that is played; or one that is only checked (session NULL). */
struct login_run {
	struct session *session, *on;
	const struct target *target; /* of a check */
	struct play *play;
	struct play_config config;
	struct settings said; /* nothing */
	char *path;
	char *name;    /* by which the macro opens its device; NULL: it has not */
	char *asked;   /* the one that a person gave last; NULL: none was asked for */
	char *missing; /* the name of the secret that is asked for */
	bool waits;    /* for that secret */
	bool sent;     /* something went out */
	bool failed;   /* `why` says why */
	struct error why;
	struct loop_timer over;
	struct login_run *next; /* in the list of all that are played */
};

static struct {
	struct logins_config config;
	bool (*ask)(void *arg);
	void *ask_arg;
	struct login_run *runs;
	/* The target that was checked last: a fleet has thousands with the same login. */
	char *checked;
	struct frame *checked_frame;
} logins;

/* ---- what is told ---- */

static void fail(struct login_run *l, enum status status, struct slice why)
{
	if (!l->failed)
		error_set(&l->why, status, "%.*s", SLICE_ARG(why));
	l->failed = true;
}

static void login_on_step(void *owner, const struct step_result *r)
{
	struct login_run *l = owner;
	struct bytes text;
	l->sent |= r->exchange && r->exchange->sent_at;
	if (!r->status || l->failed)
		return;
	bytes_init(&text, LIMIT_MESSAGE);
	step_summary(r, &text);
	if (r->exchange && r->exchange->error)
		bytes_addf(&text, "%s %s", r->differences->count ? ";" : ":", r->exchange->error);
	fail(l, r->status, bytes_shown(&text));
	bytes_free(&text);
}

/* Of the lines about a line of the file the first says what is wrong. */
static void login_on_failed(void *owner, enum status status, struct bytes *shown)
{
	struct slice rest = bytes_shown(shown), line = SLICE("");
	slice_line(&rest, &line);
	fail(owner, status, line);
}

static void login_on_end(void *owner, enum status status)
{
	struct login_run *l = owner;
	if (status)
		fail(l, status, SLICE("its macro was ended"));
	if (l->session)
		loop_timer_set(&l->over, 0);
}

/* What was said is in the log, and notes of the line are told by the session whose login it is. */
static const struct play_events login_events = {
	.step = login_on_step, .failed = login_on_failed, .ended = login_on_end};

/* ---- its device ---- */

static bool is_its_device(struct login_run *l, struct slice name, struct error *err)
{
	if (name.len && l->name && !slice_is(name, l->name))
		return error_at(err, 0, name.len, "a login talks to one device, which is %s here",
			quote(slice_str(l->name)).text);
	if (name.len && !l->name)
		l->name = mem_strn(name.at, name.len);
	return true;
}

/* For the check, which has a session of its own. */
static bool login_target(void *owner, struct slice name, const char *instead, struct target *t,
	struct slice *wrong, struct error *err)
{
	struct login_run *l = owner;
	const struct session *on = l->on;
	(void)instead;
	*wrong = name;
	if (!is_its_device(l, name, err))
		return false;
	*t = (struct target){.frame = frame_ref(on ? session_frame(on) : l->target->frame)};
	address_copy(&t->address, on ? session_address(on) : &l->target->address);
	if (on)
		t->address.settings = *session_settings(on);
	session_login_settings(&t->address.settings);
	free(t->address.text[TEXT_LOGIN]); /* it is the login itself */
	t->address.text[TEXT_LOGIN] = NULL;
	size_t size = frame_field_count(t->frame) * sizeof t->fields.at[0];
	memcpy(t->fields.at, on ? session_fields(l->on) : l->target->fields.at, size);
	return true;
}

static struct session *login_session(
	void *owner, struct slice name, const char *instead, struct error *err)
{
	struct login_run *l = owner;
	(void)instead;
	return is_its_device(l, name, err) ? l->on : NULL;
}

static bool login_define(void *owner, struct slice line, struct error *err)
{
	(void)owner;
	(void)line;
	return error_set(err, STATUS_USAGE, "a login has one device, and defines no others");
}

static const struct play_host login_host = {
	.target = login_target, .session = login_session, .define = login_define};

/* ---- secrets ---- */

static enum name_is login_ask(
	void *owner, struct slice name, bool secret, struct bytes *out, struct error *err)
{
	struct login_run *l = owner;
	enum name_is is = secret ? secret_get(name, out, err) : NAME_UNKNOWN;
	if (is != NAME_LATER || !l->session)
		return is; /* who only checks may go on without it */
	free(l->missing);
	l->missing = mem_strn(name.at, name.len);
	error_set(err, STATUS_USAGE, "the secret %s was not given", quote(name).text);
	return NAME_FAILED;
}

static void login_put_question(struct login_run *l)
{
	struct bytes value;
	struct error err;
	bytes_init(&value, SECRET_MOST);
	enum name_is is = secret_get(slice_str(l->missing), &value, &err); /* it is noted */
	if (value.len)
		explicit_bzero(value.at, value.len);
	bytes_free(&value);
	if (is == NAME_LATER)
		logins.ask(logins.ask_arg);
	else
		logins_answer(true);
}

/* ---- its life ---- */

static struct login_run *login_new(struct loop *loop, const char *name, unsigned flags)
{
	struct login_run *l = mem_new(sizeof *l);
	settings_init(&l->said);
	l->path = macros_file(slice_str(name));
	l->config = (struct play_config){.loop = loop,
		.book = logins.config.book,
		.verbs = logins.config.verbs,
		.said = &l->said,
		.ask = login_ask,
		.flags = PLAY_LOGIN | flags,
		.host = &login_host,
		.events = &login_events,
		.owner = l};
	return l;
}

static void login_free(struct login_run *l)
{
	play_free(l->play);
	free(l->path);
	free(l->name);
	free(l->missing);
	free(l->asked);
	free(l);
}

/* Plays it, for the first time or with one more secret. */
static void login_go(struct login_run *l)
{
	struct error err;
	l->failed = l->waits = false;
	l->play = play_new(&l->config, l->path, &err);
	if (l->play) {
		play_go(l->play);
		if (l->session && !l->failed)
			session_lent_hears(l->on);
		return;
	}
	fail(l, err.status, slice_str(err.what));
	if (l->session)
		loop_timer_set(&l->over, 0);
}

static void login_leave(struct login_run *l)
{
	struct login_run **link = &logins.runs;
	while (*link != l)
		link = &(*link)->next;
	*link = l->next;
	loop_timer_stop(&l->over);
	login_free(l);
}

static void login_on_over(void *arg)
{
	struct login_run *l = arg;
	struct session *s = l->session;
	struct error why = l->why;
	bool failed = l->failed, again = !l->sent && why.status > STATUS_USAGE;
	play_free(l->play);
	l->play = NULL;
	if (l->missing && logins.ask) {
		l->waits = true;
		login_put_question(l);
		return;
	}
	if (failed && l->sent && l->asked)
		secret_doubt(slice_str(l->asked));
	login_leave(l);
	session_login_over(s, failed ? &why : NULL, again);
}

static void lent_on_state(void *owner, struct session *on)
{
	const struct login_run *l = owner;
	(void)on;
	if (l->play)
		play_state(l->play);
}

static void lent_on_frame(void *owner, struct session *on, const struct exchange *x)
{
	const struct login_run *l = owner;
	if (l->play)
		play_frame(l->play, on, x);
}

static bool lent_on_unasked(void *owner, struct session *on, struct exchange *x)
{
	const struct login_run *l = owner;
	return l->play && play_unasked(l->play, on, x);
}

static const struct session_events lent_events = {
	.state = lent_on_state, .frame = lent_on_frame, .unasked = lent_on_unasked};

static void *logins_play(void *arg, struct loop *loop, struct session *s)
{
	(void)arg;
	struct login_run *l = login_new(loop, session_login(s), 0);
	l->session = s;
	l->next = logins.runs;
	logins.runs = l;
	loop_timer_init(&l->over, loop, login_on_over, l);
	l->on = session_lend(s, &lent_events, l);
	login_go(l);
	return l;
}

static void logins_stop(void *run)
{
	login_leave(run);
}

static const struct session_logins player = {.begin = logins_play, .stop = logins_stop};

void logins_begin(const struct logins_config *config)
{
	logins.config = *config;
	session_play_logins(&player, NULL);
}

static void forget_checked(void)
{
	free(logins.checked);
	frame_unref(logins.checked_frame);
	logins.checked = NULL;
	logins.checked_frame = NULL;
}

void logins_end(void)
{
	session_play_logins(NULL, NULL);
	logins_on_ask(NULL, NULL);
	forget_checked();
}

bool login_check(struct loop *loop, const struct target *t, struct error *err)
{
	const char *name = t->address.text[TEXT_LOGIN];
	if (!name || (logins.checked && strcmp(logins.checked, name) == 0 &&
			     logins.checked_frame == t->frame))
		return true;
	forget_checked();
	struct login_run *l = login_new(loop, name, PLAY_CHECK);
	l->target = t;
	login_go(l);
	bool good = !l->failed;
	if (good) {
		logins.checked = mem_str(name);
		logins.checked_frame = frame_ref(t->frame);
	} else {
		error_set(err, STATUS_USAGE, "the login: %s", l->why.what);
	}
	login_free(l);
	return good;
}

void logins_on_ask(bool (*ask)(void *arg), void *arg)
{
	logins.ask = ask;
	logins.ask_arg = arg;
}

void logins_answer(bool given)
{
	for (struct login_run *l = logins.runs, *next; l; l = next) {
		next = l->next;
		if (!l->waits)
			continue;
		l->waits = false;
		free(l->asked);
		l->asked = l->missing;
		l->missing = NULL;
		if (given)
			login_go(l);
		else
			loop_timer_set(&l->over, 0);
	}
}

void logins_ask_again(void)
{
	struct login_run *l = logins.runs;
	while (l && !l->waits)
		l = l->next;
	if (l)
		login_put_question(l);
}
