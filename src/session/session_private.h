/* session_private.h - the state of a session, shared by session.c and handshake.c. */
#ifndef WILCO_SESSION_PRIVATE_H
#define WILCO_SESSION_PRIVATE_H

#include "loop/loop.h"
#include "session/exchange.h"
#include "session/log.h"
#include <wilco/session.h>

struct session {
	struct loop *loop;
	char *name;
	struct address address;
	struct settings settings;
	struct frame *frame;
	bool keep_open, verbose;
	const struct session_events *events;
	void *owner;

	enum session_state state;
	int64_t since;          /* when it began */
	struct transport *line; /* NULL: closed, or waiting for the next try */
	bool line_open;         /* bytes can be sent */
	bool spent;             /* our side is half-closed */
	bool unsynced;
	bool busy; /* events are being drained, or queues walked: nothing is sent from inside */
	int64_t opened_at;
	int64_t retry_pause; /* 0: the next try comes at once */
	char *down;          /* why it could not be opened, as it was told; NULL: it was not */
	int64_t quiet_until; /* the frame's own gap behind the last command */

	struct transcript transcript;
	struct log *log;   /* NULL: none */
	struct pace *pace; /* what goes out slowly; NULL: nothing */
	struct exchange *current;
	struct exchange *queue, *queue_last;
	size_t queued;
	uint64_t numbered;              /* commands so far */
	bool answered;                  /* a command, on this line */
	size_t received;                /* bytes since the command in flight went out */
	size_t elsewhere;               /* of these: of whole frames that do not answer it */
	size_t others;                  /* frames among them that answer another one, */
	unsigned other;                 /* by this field of the last of them, */
	struct field_value other_value; /* which was this */
	int64_t rtt;

	struct split split;
	struct bytes pending, scratch; /* lent to the splitter */
	struct reply_tracker tracker;
	enum { BID_NONE, BID_ASKED, BID_GRANTED } bid; /* of the command in flight */
	unsigned resends;  /* of our frame, or of our bid, because the device said nak */
	unsigned refusals; /* naks that we sent for this reply */
	struct frame_values set, sent;

	struct loop_timer reply_timer;   /* the reply's time is up */
	struct loop_timer silence_timer; /* nothing came for the gap, then for the idle time */
	struct loop_timer send_timer;    /* the quiet time before a command is over */
	struct loop_timer retry_timer;
	bool gap_over; /* the gap has passed; the silence timer waits for the idle time */
};

/* Ends the command in flight. */
void session_current_end(
	struct session *s, enum exchange_status status, const char *end, const char *error);
/* The reply's time starts anew. */
void session_wait(struct session *s);

/* The next command, if one waits and nothing stands in its way. */
void session_pump(struct session *s);
/* Takes the splitter's events. */
void session_drain(struct session *s);
void session_split_begin(struct session *s);
void session_set_state(struct session *s, enum session_state state);
void session_tell(struct session *s, bool warning, const char *text);
void session_note(struct session *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Ends the commands that wait. */
void session_queue_end(struct session *s, enum exchange_status status, const char *error);

/* Writes what the log has; a failure is told once, and ends it. */
void session_log_flush(struct session *s);

/* ---- pace.c ---- */

/* Bytes onto the line, and into the log. */
void session_put(struct session *s, struct slice bytes, bool half_close);
void session_pace_stop(struct session *s); /* what has not gone out is dropped */

/* ---- silence.c ---- */

/* Silence is waited for, if something is pending that it ends. */
void session_silence_start(struct session *s);
void session_on_silence(void *session);
int64_t session_gap(const struct session *s, struct frame_gap gap); /* ns */

/* ---- line.c ---- */

void session_line_start(struct session *s);
void session_line_drop(struct session *s);
void session_on_retry(void *session);

/* ---- handshake.c: the tokens around frames (ack, nak, bid) ---- */

/* The command in flight goes out, or the token that asks for leave to send it. */
void handshake_begin(struct session *s);
/* A token came. */
void handshake_token(struct session *s, const struct split_event *event);
/* A good frame came: it is acknowledged. */
void handshake_good(struct session *s);
/* A damaged one: true when it was refused and is expected to come again. */
bool handshake_damaged(struct session *s);

#endif
