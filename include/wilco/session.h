/* session.h - one device: its line, its frame, and the exchanges with it.
 *
 * A session stays while its line comes and goes.  One command is in flight, the next waits.  No
 * command is ever sent twice: one that was in flight when the line died ends as `lost`.
 *
 * Ownership: a session owns its exchanges; the pointers given to callbacks are valid during the
 * call.  Callbacks may send, close and cancel, but not free the session.
 */
#ifndef WILCO_SESSION_H
#define WILCO_SESSION_H

#include "frame.h"
#include "transcript.h"
#include "transport.h"
#include <time.h>

struct session;

enum session_state {
	SESSION_CLOSED,     /* nothing is tried; the user said so, or nothing was asked yet */
	SESSION_CONNECTING, /* lookup, connect, or waiting to be called */
	SESSION_OPEN,
	SESSION_RETRYING, /* lost; waiting for the next try */
};

/* How an exchange ended; the names are those of JSON's "status". */
enum exchange_status {
	EXCHANGE_WAITING, /* not ended */
	EXCHANGE_OK,
	EXCHANGE_REFUSED,     /* the frame cannot carry the command: nothing was sent */
	EXCHANGE_CONNECT,     /* no line: nothing was sent */
	EXCHANGE_TIMEOUT,     /* no complete reply in time */
	EXCHANGE_LOST,        /* the line ended first */
	EXCHANGE_DAMAGED,     /* the reply is not what the frame says */
	EXCHANGE_CANCELLED,   /* the user gave up */
	EXCHANGE_UNSOLICITED, /* answers no command */
	EXCHANGE_LATE,        /* came after its command was given up */
};
const char *exchange_status_name(enum exchange_status status);
/* The exit status that an ended exchange asks for. */
enum status exchange_exit(enum exchange_status status);

/* One frame, or what was left of one. */
struct reply {
	struct reply *next;
	enum split_kind kind;
	enum split_mark mark;
	bool has_payload;
	struct slice payload; /* this and the rest: owned by the reply */
	struct slice raw;
	const char *end;            /* why it ended: "delimiter NUL" */
	char *error;                /* NULL: it verified */
	struct field_value *fields; /* frame_field_count() of them, NULL when the frame has none */
};

/* A command and all that answered it; command NULL: it answers none. */
struct exchange {
	enum exchange_status status;
	struct frame *frame;  /* a reference */
	char *command;        /* the payload in canonical spelling; for .wire its bytes as hex */
	struct slice payload; /* what the frame carries, or for .wire all that is sent; owned */
	uint64_t number;      /* of the command, in its session, from 1; 0: no command */
	bool wire;            /* sent as it is, without the frame */
	bool heard;           /* something came while it waited, if only for another command */
	bool shelved;         /* its memory and its frame are the transcript's; private */
	struct frame_values *with; /* fields of this command alone; NULL: none; owned */
	struct bytes sent;         /* on the wire */
	struct bytes stray;        /* bytes of no frame that came meanwhile */
	struct reply *replies, *last;
	const char *end;      /* why the whole ended: the last frame's reason, or "timeout ..." */
	char *end_text;       /* where it is not the last frame's */
	char *error;          /* a sentence when status is not ok */
	struct timespec time; /* of sending (of coming, without a command); wall clock */
	int64_t sent_at;      /* monotonic ns; 0: not sent */
	int64_t ended_at;
	size_t held; /* bytes held by replies and stray */
	struct exchange *next;
};
/* Nanoseconds from the last byte sent to the end; -1 when nothing was sent or nothing came. */
int64_t exchange_rtt(const struct exchange *x);

struct session_events {
	void (*state)(void *owner, struct session *s);
	/* What happens on the line, for people: "connecting to 10.0.0.5:9100", "lost: ...".  A
	 * warning is for everybody who looks, the rest for who asked. */
	void (*note)(void *owner, struct session *s, bool warning, const char *text);
	/* The log could not be written and is closed; may be NULL. */
	void (*log_failed)(void *owner, struct session *s, const struct error *err);
	/* Ended: every command gives exactly one of these; so do unsolicited and late frames. */
	void (*exchange)(void *owner, struct session *s, const struct exchange *x);
};

struct session_config {
	struct loop *loop;
	const char *name;              /* copied: what the user calls the device */
	const struct address *address; /* copied, with its settings merged over `settings` */
	const struct settings *settings;
	struct frame *frame;               /* a new reference is taken */
	const struct frame_values *fields; /* what the user set; NULL: nothing */
	bool keep_open;                    /* open at once, and again whenever the line is lost */
	bool keep;                         /* ended exchanges stay in the transcript */
	bool verbose;                      /* notes for every step of opening the line */
	const struct session_events *events;
	void *owner;
};

struct session *session_new(const struct session_config *config);
void session_free(struct session *s); /* NULL is allowed; what waits ends as cancelled, unheard */

const char *session_name(const struct session *s);
const struct address *session_address(const struct session *s);
struct frame *session_frame(const struct session *s); /* borrowed */
enum session_state session_state(const struct session *s);
int64_t session_since(const struct session *s);    /* when that began, monotonic ns */
int64_t session_retry_at(const struct session *s); /* the next try, monotonic ns; 0: none is due */
const struct settings *session_settings(const struct session *s);
/* Other settings from now on; a line that is open takes them at once, or refuses. */
bool session_change(struct session *s, const struct settings *settings, struct error *err);
struct frame_values *session_fields(struct session *s); /* what the user set */
/* Commands in flight and queued. */
size_t session_pending(const struct session *s);
int64_t session_rtt(const struct session *s); /* of the last exchange, ns; -1: none */

/* The command in flight; NULL: none. */
const struct exchange *session_current(const struct session *s);
/* The next one to be sent; NULL: none waits. */
const struct exchange *session_next(const struct session *s);
int64_t session_opened_at(const struct session *s); /* monotonic ns; 0: it is not open */

/* What happened so far; empty unless the session keeps it. */
const struct transcript *session_transcript(const struct session *s);
/* Writes everything from now on to a file as well (session/log.h says how); name NULL: no more. */
bool session_log(struct session *s, const char *name, bool capture, struct error *err);
const char *session_log_path(const struct session *s); /* NULL: there is none */
/* Holds the line in the break state. */
bool session_break(struct session *s, int64_t ns, struct error *err);

void session_open(struct session *s);  /* no effect when it is open or on its way */
void session_close(struct session *s); /* what waits ends as cancelled; nothing is re-opened */
/* Gives up the command in flight and those queued; false when there was none. */
bool session_cancel(struct session *s);
/* Whether the frame can be used at all on such a line; false: a hint says which one can. */
bool session_frame_fits(const struct address *a, const struct frame *frame, struct error *err);
/* Another frame from now on; refused while commands wait. */
bool session_set_frame(struct session *s, struct frame *frame, struct error *err);

/* Queues a command; opens the line when it is not open.  The answer comes by `exchange`. */
void session_send(struct session *s, struct slice payload, bool wire);
/* The same, with fields for this command alone; NULL: none. */
void session_send_with(
	struct session *s, struct slice payload, bool wire, const struct frame_values *with);
/* The number that the next command gets. */
uint64_t session_next_number(const struct session *s);
/* What would be sent now: adds the wire bytes; false when the frame cannot carry it. */
bool session_preview(struct session *s, struct slice payload, bool wire,
	const struct frame_values *with, struct bytes *out, struct error *err);

#endif
