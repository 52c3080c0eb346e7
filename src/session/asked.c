/* asked.c - answers questions about a session, its settings and its log; see session.h. */
#include "base/secret.h"
#include "session/session_private.h"

void target_free(struct target *t)
{
	frame_unref(t->frame);
	t->frame = NULL;
	address_free(&t->address);
}

const char *session_name(const struct session *s)
{
	return s->name;
}

const struct address *session_address(const struct session *s)
{
	return &s->address;
}

struct frame *session_frame(const struct session *s)
{
	return s->frame;
}

enum session_state session_state(const struct session *s)
{
	return s->state;
}

const struct settings *session_settings(const struct session *s)
{
	return &s->settings;
}

bool session_change(struct session *s, const struct settings *settings, struct error *err)
{
	struct address changed = s->address; /* borrows its texts */
	changed.settings = *settings;
	if (!settings_agree(settings, err) || !session_frame_fits(&changed, s->frame, err))
		return false;
	if (s->line && s->line_open && !transport_change(s->line, settings, err))
		return false;
	s->settings = s->address.settings = *settings;
	split_limit(s->split, (size_t)settings->at[SET_MAX].value);
	each_chosen(s);
	return true;
}

bool session_break(struct session *s, int64_t ns, struct error *err)
{
	if (!s->line || !s->line_open)
		return error_set(err, STATUS_CONNECT, "the line is not open");
	return transport_break(s->line, ns, err);
}

struct field_value *session_fields(struct session *s)
{
	return s->set;
}

size_t session_pending(const struct session *s)
{
	return s->queued + (s->current != NULL) + ahead_count(s);
}

bool session_all(const struct session *s, bool (*is)(const struct exchange *x))
{
	if (s->current && !is(s->current))
		return false;
	for (const struct exchange *x = s->queue; x; x = x->next)
		if (!is(x))
			return false;
	return ahead_all(s, is);
}

const struct exchange *session_current(const struct session *s)
{
	return s->current;
}

struct session_coming session_coming(const struct session *s)
{
	struct session_coming coming = {0};
	uint64_t offset = split_offset(s->split);
	size_t pending = split_pending(s->split);
	if (!s->current || s->current->tell || s->received <= s->elsewhere ||
		offset <= s->answers_from)
		return coming;
	coming.bytes = s->received - s->elsewhere;
	/* What came before the command left is not among them. */
	size_t answers =
		offset - s->answers_from < pending ? (size_t)(offset - s->answers_from) : pending;
	if (!secret_any())
		coming.rest = split_rest(s->split);
	if (coming.rest.len > answers)
		coming.rest = slice_cut(coming.rest, coming.rest.len - answers, coming.rest.len);
	return coming;
}

const struct exchange *session_next(const struct session *s)
{
	return s->queue;
}

int64_t session_opened_at(const struct session *s)
{
	return s->line_open ? s->opened_at : 0;
}

int64_t session_since(const struct session *s)
{
	return s->since;
}

int64_t session_retry_at(const struct session *s)
{
	return loop_timer_running(&s->retry_timer) ? s->retry_timer.due : 0;
}

int64_t session_rtt(const struct session *s)
{
	return s->rtt;
}

/* ---- the log ---- */

static void tell_log_failed(struct session *s, const struct error *err)
{
	s = s->lender ? s->lender : s;
	if (s->events->log_failed)
		s->events->log_failed(s->owner, s, err);
}

void session_log_end(struct session *s)
{
	struct error err;
	struct log *log = s->log;
	s->log = NULL;
	if (!log_close(log, &err))
		tell_log_failed(s, &err);
}

void session_log_came(struct session *s, bool hidden)
{
	struct slice bytes = bytes_slice(&s->unlogged);
	hidden = hidden || secret_in(bytes);
	if (s->log && hidden)
		log_hidden(s->log, false, bytes.len);
	else if (s->log)
		log_bytes(s->log, false, bytes, frame_rules(s->frame)->bin);
	if (hidden)
		explicit_bzero(s->unlogged.at, s->unlogged.len);
	bytes_clear(&s->unlogged);
	s->unlogged.over = false;
}

void session_log_flush(struct session *s)
{
	struct error err, ignored;
	if (!s->log || log_flush(s->log, &err))
		return;
	log_close(s->log, &ignored);
	s->log = NULL;
	tell_log_failed(s, &err);
}

/* During a login the log is that of the session on which it is played. */
static struct session *logging(struct session *s)
{
	return s->login && s->login->on ? s->login->on : s;
}

bool session_log(struct session *s, const char *name, const char *capture, struct error *err)
{
	s = logging(s);
	bool logs = name || capture;
	struct log *log = logs ? log_open(s->loop, name, capture, s->name, &s->address, err) : NULL;
	if (logs && !log)
		return false;
	bool good = log_close(s->log, err);
	s->log = log;
	s->line_told = false;
	if (s->line_open)
		session_line_told(s, transport_peer(s->line));
	return good;
}

const char *session_log_path(const struct session *s, size_t index)
{
	const struct log *log = s->login && s->login->on ? s->login->on->log : s->log;
	return log ? log_path(log, index) : NULL;
}

bool session_reopen_log(struct session *s)
{
	s = logging(s);
	if (!s->log)
		return false;
	log_reopen(s->log);
	session_log_flush(s);
	return true;
}
