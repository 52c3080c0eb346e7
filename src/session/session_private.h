/* session_private.h - the state of a session, shared by the files of this folder. */
#ifndef WILCO_SESSION_PRIVATE_H
#define WILCO_SESSION_PRIVATE_H

#include "loop/loop.h"
#include "session/exchange.h"
#include "session/log.h"
#include <wilco/session.h>

/* Replies that were given up and may yet come (giving_up.c). */
struct late {
	bool waits;   /* nothing is sent before `until` */
	bool afresh;  /* the line is opened afresh before the next command */
	bool listens; /* the next line that opens is listened to first */
	bool told;    /* the user knows that a command waits for it */
	bool several; /* commands were out together: each that comes extends the wait */
	bool quiet;   /* all that were given up came: `until` follows the last byte */
	bool left;    /* the terminal left the line: bytes move `until` on */
	size_t owed;  /* replies that were given up on this line and did not come */
	struct reply_tracker tracker; /* tracks the late reply that is coming */
	int64_t until, most;          /* monotonic ns; most: the limit, whatever comes meanwhile */
};

/* What the device says because the line was opened (greeting.c). */
struct greeting {
	bool expected;       /* it may yet come */
	bool awaited;        /* no command goes out before it came, or before `until` */
	bool came;           /* bytes came, and only the setting waits for them */
	int64_t until, most; /* monotonic ns; most: the limit, whatever comes meanwhile */
};

/* What is wrong with bytes of the line (damage.c). */
enum { DAMAGE_PLACES = 8 };
struct damage {
	unsigned ever[DAMAGE_COUNT];  /* for this device */
	unsigned since[DAMAGE_COUNT]; /* the command in flight went out */
	uint64_t at[DAMAGE_PLACES];   /* places that no event had yet; if there are */
	uint64_t last;                /* more, all from the last of these to this one */
	size_t count;
	bool seen;    /* something since the command went out */
	bool here;    /* the event that is handled has a damaged byte */
	bool replied; /* a frame of the reply had one */
};
enum { DAMAGE_TEXT_MAX = 160 };

/* A login that is played, or is about to be (login.c). */
struct login {
	void *run;          /* of who plays it; NULL: it has not begun, or is over */
	struct session *on; /* has the line meanwhile */
	bool hears;         /* it gets what comes at once, */
	struct bytes early; /* and what came before that */
};

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
	int64_t since;          /* when the state began */
	struct transport *line; /* NULL: closed, or waiting for the next try */
	bool line_open;         /* bytes can be sent */
	bool line_told;         /* the log knows that this line is connected */
	bool spent;             /* our side is half-closed */
	bool single;            /* the line takes no command after the one in flight */
	bool shut;              /* the user closed the line */
	bool again;             /* the line ended by itself: that it is open again is told */
	bool awaited;           /* the line was opened for a command that has not gone out yet */
	bool unused;            /* the line before it, too, ended before that */
	bool gathers;           /* what is asked waits for more (session_gather()) */
	bool busy; /* events are being drained, or queues walked: nothing is sent from inside */
	int64_t opened_at;
	int64_t retry_pause; /* 0: the next try comes at once */
	char *down; /* why the line could not be opened, as it was told; NULL: nothing was told */
	int64_t quiet_until; /* end of the frame's own gap after the last command */

	struct shelf *shelf;   /* for frames that answer nothing; NULL: there was none yet */
	struct log *log;       /* NULL: none */
	struct bytes unlogged; /* what came and may hold a secret, until its frame is known */
	struct pace *pace;     /* bytes that go out slowly; NULL: none */
	struct exchange *current;
	struct exchange *queue, *queue_last;
	struct exchange *now;         /* go out of turn, when the frame in progress is out */
	struct exchange *now_out;     /* went out of turn; the device has to acknowledge it */
	struct field_value *counters; /* sent last, where they differ from `sent`; NULL: nowhere */
	struct bytes echo;            /* of what went out of turn; lent: the splitter expects it */
	bool echo_lent;
	struct bytes
		wire; /* of the command that goes out, until its exchange has them; else empty */
	size_t queued;
	size_t answered;                /* commands that were answered on this line, */
	int64_t answered_at;            /* the last one at this time */
	size_t received;                /* bytes since the command in flight went out */
	size_t elsewhere;               /* those of whole frames that do not answer it */
	size_t others;                  /* frames among them that answer another command, */
	unsigned other;                 /* as this field of the last one shows, */
	struct field_value other_value; /* whose value was this */
	int64_t rtt;
	bool acked;      /* the device acknowledged the frame that went out last (`ack`) */
	bool told;       /* a command without a reply went before: one may come all the same */
	int64_t left_at; /* when the last byte of the command in flight went out */
	size_t unsent;   /* bytes of a command without a reply that had not arrived */

	struct split *split;
	struct bytes pending, scratch; /* lent to the splitter */
	struct reply_tracker tracker;
	enum { BID_NONE, BID_ASKED, BID_GRANTED } bid; /* for the command in flight */
	unsigned resends;  /* resends of our frame or bid, because the device said nak */
	unsigned refusals; /* naks that we sent for this reply */
	struct field_value *set, *sent, *came; /* one for each field; one block of memory */

	struct late late;
	struct greeting greeting;
	struct login *login;    /* NULL: none is played */
	struct session *lender; /* whose login is played on this one; NULL: it is no lent one */
	char *barred;           /* why the login is not tried again by itself; NULL: it is */
	struct damage *damage;  /* NULL: nothing came damaged yet */
	struct ahead *ahead;    /* commands that are out behind `current`; NULL: never were any */
	int64_t turn_at;        /* when the one in flight became the oldest; 0: it was sent so */
	uint64_t answers_from;  /* stream offset where replies may begin; UINT64_MAX: nowhere yet */
	int64_t surplus_until;  /* until then a frame is one too many; 0: no frame is */

	int64_t came_at;    /* when the last bytes came; the clock was read with them */
	int64_t due_before; /* when the reply's time is up if what is pending is not part of it */
	bool counted;       /* the last bytes were a part of the reply */

	struct file *file;     /* the command in flight is one (file.c); NULL: it is not */
	struct direct *direct; /* bytes pass without a frame (direct.c); NULL: they do not */

	struct loop_timer reply_timer;   /* the reply's time is up */
	struct loop_timer silence_timer; /* nothing came for the gap, then for the idle time */
	struct loop_timer send_timer;    /* the wait before a command is over */
	struct loop_timer retry_timer;
	bool gap_over; /* the gap has passed; the silence timer waits for the idle time */
};

void session_set_state(struct session *s, enum session_state state);
void session_tell(struct session *s, bool warning, const char *text);
void session_note(struct session *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void session_warn(struct session *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- turn.c ---- */

/* Sends the next command, if one waits and nothing prevents it. */
void session_pump(struct session *s);
void session_on_send_time(void *session);
/* Takes the first command from the queue. */
static inline struct exchange *session_queue_next(struct session *s)
{
	struct exchange *x = s->queue;
	s->queue = x->next;
	if (!s->queue)
		s->queue_last = NULL;
	s->queued--;
	return x;
}

/* ---- wire.c ---- */

/* Adds the bytes that a command has on the wire, with values for its fields that go on from
 * `sent`, which gets them. */
bool session_encode(struct session *s, const struct request *r, struct field_value *sent,
	struct bytes *out, struct error *err);
/* The same for an exchange, which gets the bytes. */
bool session_encode_command(
	struct session *s, struct exchange *x, struct field_value *sent, struct error *err);

/* ---- events.c ---- */

void session_split_begin(struct session *s);
/* Takes the splitter's events. */
void session_drain(struct session *s);
/* Takes back the buffers that are lent to the splitter, if nothing is pending. */
void session_take_back_buffers(struct session *s);
/* Notes that the command in flight has left: what comes from now on may answer it. */
void session_command_left(struct session *s);

/* ---- ending.c ---- */

/* Ends the command in flight. */
void session_current_end(
	struct session *s, enum exchange_status status, const char *end, const char *error);
void session_finish(struct session *s, struct exchange *x, enum exchange_status status,
	const char *end, const char *error);
/* Ends the commands that wait. */
void session_queue_end(struct session *s, enum exchange_status status, const char *error);

/* ---- asked.c ---- */

/* Closes the log; a failure is told even now. */
void session_log_end(struct session *s);
/* Gives the log what came; hidden: a secret is in it. */
void session_log_came(struct session *s, bool hidden);
/* Writes what the log has; a failure is told once, and ends it. */
void session_log_flush(struct session *s);

/* ---- pace.c ---- */

/* Beside SEND_END and SEND_ANSWER: bytes of the command in flight; a secret is in them; the log has
 * them, or will have them, otherwise. */
enum { SEND_COMMAND = 4, SEND_HIDDEN = 8, SEND_UNLOGGED = 16 };

/* Sends bytes, which also go into the log; how: enum send_how. */
void session_put(struct session *s, struct slice bytes, unsigned how);
bool session_is_slow(const struct session *s); /* its bytes go out with pauses */
/* Says whether a command can still be queued for a device that takes nothing. */
bool session_may_send(const struct session *s, struct error *err);
/* Drops what has not gone out of the command in flight, which ends. */
void session_pace_cut(struct session *s);
/* Says whether a part of the command in flight is still to go out, later. */
bool session_pace_goes_on(const struct session *s);
size_t session_pace_left(const struct session *s);    /* bytes that wait for their pause */
size_t session_pace_answers(const struct session *s); /* bytes that wait, and nobody asked for */
void session_pace_stop(struct session *s);            /* drops what has not gone out */

/* ---- silence.c ---- */

/* Waits for silence, if it would end something that is pending. */
void session_silence_start(struct session *s);
void session_on_silence(void *session);
int64_t session_gap(const struct session *s, struct frame_gap gap); /* ns */

/* ---- giving_up.c ---- */

/* Handles the end of the command in flight without a good reply: prepares the next one.  False:
 * that is not done, though it might be needed (resync=off). */
bool late_given_up(struct session *s, enum exchange_status status);
/* Expects so many replies more, of commands that were out behind the one that was given up. */
void late_owes_more(struct session *s, size_t replies);
/* The command was answered: what was given up before will not come any more. */
void late_answered(struct session *s);
/* Begins to listen to a line that was opened; returns whether that was told. */
bool late_line_opened(struct session *s);
/* The user closed the line; listens: something might come on the next one. */
void late_forget(struct session *s, bool listens);
/* A terminal had the line: what comes soon, and what follows without a pause, is late. */
void late_left(struct session *s);
bool late_waits(const struct session *s);
/* Says once that a late reply holds back a command. */
void late_holds(struct session *s);
/* Says whether the line must be opened afresh before the next command. */
bool late_wants_fresh_line(const struct session *s);
void late_bytes_came(struct session *s);
/* Takes an event that answers no command; true: it is late.  Marks asynchronous frames. */
bool late_takes(struct session *s, struct split_event *event);
/* Says whether a late reply could be taken for another one. */
bool late_matters(const struct session *s);

/* ---- patience.c ---- */

/* Starts the reply's time anew, because bytes went out that the protocol asked for. */
void session_wait(struct session *s);
/* Starts `silence` anew if the bytes that came belong to the reply. */
void session_reply_goes_on(struct session *s);
void session_on_reply_time(void *session);
/* Says why bytes have not left a serial port; false: there are none. */
bool session_explain_unsent(const struct session *s, char error[ERROR_WHAT_MAX]);

/* ---- tell.c ---- */

/* Says whether the command in flight is one without a reply. */
static inline bool tell_waits(const struct session *s)
{
	return s->current && s->current->tell;
}
/* Ends such a command if it is over, or looks again soon (the send timer). */
void tell_go_on(struct session *s);
void tell_time_is_up(struct session *s);
void tell_heard(struct session *s);       /* ends it if it has arrived: bytes came behind it */
void tell_peer_closed(struct session *s); /* the same for the peer's end, which ends an eof, too */

/* ---- now.c ---- */

/* Takes a command that goes out of turn; false: it has its turn, as no command waits. */
bool now_takes(struct session *s, struct exchange *x);
/* Sends what waits to go out of turn, if nothing prevents it. */
void now_pump(struct session *s);
/* Notes that the bytes of such a command went out: their echo is expected. */
void now_sent(struct session *s, const struct exchange *x);
void now_echo_came(struct session *s);
/* Ends the one that waits for the device's token; no effect when none does. */
void now_over(struct session *s, enum exchange_status status, const char *error);
/* sent: the bytes of the one that waits for the device had gone out. */
void now_current_ended(struct session *s, bool sent);
void now_cancel(struct session *s);
/* Returns the fields last sent, even out of turn: counters go on from them. */
const struct field_value *session_counters(const struct session *s);
/* Notes fields that were sent, which are not yet those with which replies are compared. */
void session_count_on(struct session *s, const struct field_value *sent);
/* Makes them those with which replies are compared. */
void now_merge_counters(struct session *s);

/* ---- greeting.c ---- */

void greeting_line_starts(struct session *s); /* before the line is open, something may come */
void greeting_line_opened(struct session *s);
/* Expects no greeting any more. */
void greeting_over(struct session *s);
/* Says whether an event that answers no command is part of the expected greeting, and marks it.
 * owed: a reply that was given up may come, too. */
bool greeting_takes(struct session *s, struct split_event *event, bool owed);
/* Notes that a part of the greeting was told; after the last one the opening bytes go out. */
void greeting_told(struct session *s);
/* Does the same for a frame that came while a command is out: the reply begins after it. */
bool greeting_came_late(struct session *s, struct split_event *event);
void greeting_bytes_came(struct session *s); /* while it is awaited */
/* Returns until when no command goes out, not before `until`, while the greeting is awaited: the
 * send timer ends the wait. */
int64_t greeting_until(const struct session *s, int64_t until);
/* Ends the wait when its time is over. */
void greeting_on_time(struct session *s);

/* ---- each.c ---- */

/* The setting or the frame was changed: an open line may have had its only command. */
void each_chosen(struct session *s);
bool each_is_possible(const struct session *s); /* it is allowed here, and not so already */
/* The line ended while a command was out: learns that the device closes each behind its reply. */
void each_line_lost(struct session *s);

/* ---- ahead.c ---- */

/* Says whether the setting is possible with this frame on such a line. */
bool ahead_fits(const struct address *a, const struct settings *settings, const struct frame *frame,
	struct error *err);
/* Says whether this command may go out with the setting; sent: its fields. */
bool ahead_allows(const struct session *s, const struct request *r, const struct field_value *sent,
	struct error *err);
static inline bool ahead_is_set(const struct session *s)
{
	return s->settings.at[SET_AHEAD].value > 1;
}
/* Says whether one more command can go out while `current` is not answered. */
bool ahead_has_room(const struct session *s);
/* Keeps bytes that are gathered; false: they go out by themselves. */
bool ahead_keeps(struct session *s, struct slice bytes);
/* Says whether it goes out now; else the send timer says when. */
bool ahead_is_due(struct session *s);
/* Gathers what goes out from now on; then sends it, with those of the queue that can go out, too.
 */
void ahead_gather(struct session *s);
void ahead_send(struct session *s);
size_t ahead_count(const struct session *s); /* commands that are out behind `current` */
/* Notes that all bytes of the newest of them went out; false: there is none. */
bool ahead_left(struct session *s);
/* The others are only for a session that has `ahead`.  Says whether what came can answer nothing
 * any more: the oldest was not ok, and this names no command. */
bool ahead_ignores(struct session *s, const struct split_event *event);
/* Finds out whether the frame answers the oldest: the splitter may have begun it before that one
 * was the oldest. */
void ahead_mark(const struct session *s, struct split_event *event);
/* Takes a frame that answers one behind the oldest, as it shows; false: it does not. */
bool ahead_takes(struct session *s, struct split_event *event);
bool ahead_stopped(const struct session *s); /* one before the oldest was not ok */
/* The oldest has ended so: makes the next one the oldest, or gives up those behind it.  Nobody is
 * told before ahead_tell(), which comes when the oldest was told, and then sends what may go. */
void ahead_turn(struct session *s, enum exchange_status status, const char *error);
void ahead_tell(struct session *s);
/* Says whether all of those behind the oldest are such. */
bool ahead_all(const struct session *s, bool (*is)(const struct exchange *x));
void ahead_hand_over(struct session *s, const void *from, exchange_told *ended, void *asker);
void ahead_free(struct session *s);

/* ---- damage.c ---- */

/* Notes what the line says about the at-th of the bytes that come next. */
void damage_came(struct session *s, enum line_damage what, unsigned count, size_t at);
/* The others are for a line that has damaged bytes. */
void damage_begin(struct damage *d);  /* a command goes out */
void damage_forget(struct damage *d); /* the stream begins anew */
/* Finds out whether the event has a damaged byte: `here`. */
void damage_see(struct damage *d, const struct split_event *event);
/* Says what to tell about a command that ends: a reply that came damaged is not ok. */
const char *damage_judge(const struct damage *d, enum exchange_status *status, const char *error,
	char out[ERROR_WHAT_MAX]);

/* ---- file.c ---- */

/* Says whether the request's file can be sent on this line; nothing is opened. */
bool file_check(const struct session *s, const struct request *r, struct error *err);
/* Opens the file of a command that is about to go out. */
bool file_open(struct session *s, struct exchange *x, struct error *err);
/* Says whether our side is closed behind it. */
bool file_closes(const struct session *s, const struct exchange *x);
/* The others are for the command in flight.  Begins to send it; goes on where the line takes more.
 */
void file_begin(struct session *s);
void file_go_on(struct session *s);
/* The line passes all bytes as they are, or it does not. */
void file_binary(struct session *s, bool granted);
/* Notes how much has arrived, and waits on where that is more than before. */
void file_look(struct session *s);
void file_time_is_up(struct session *s);
/* The command ends: returns what to say about it, where it failed. */
const char *file_ended(struct session *s, struct exchange *x, enum exchange_status status,
	const char *error, char out[ERROR_WHAT_MAX]);
void file_free(struct session *s);

/* ---- direct.c ---- */

void direct_heard(struct session *s); /* something came, which the log does not have yet */
void direct_came(struct session *s, struct slice bytes);
void direct_line_gone(struct session *s);   /* ends the entry */
bool direct_ends(const struct session *s);  /* its line is not opened again */
bool direct_holds(const struct session *s); /* the line is not read */
void direct_drained(struct session *s);
void direct_binary(struct session *s, bool granted);
/* Says why no command is taken. */
const char *direct_refuses(const struct session *s, char out[ERROR_WHAT_MAX]);
void session_direct_free(struct session *s); /* tells nothing more */

/* ---- line.c ---- */

void session_line_start(struct session *s);
void session_line_drop(struct session *s);
/* The log gets that the line is connected, once for each line. */
void session_line_told(struct session *s, const char *peer);
void session_on_retry(void *session);

/* Takes bytes that came. */
void session_take_bytes(struct session *s, struct slice bytes);
/* A login: the line is lent, comes back, or cannot be opened. */
void session_line_lent(struct session *on);
void session_line_back(struct session *s);
void session_line_failed(struct session *s, const struct error *err);

/* ---- login.c ---- */

/* Begins the login on a line that was just opened; false: there is none. */
bool login_begins(struct session *s);
/* Keeps bytes that come before the line is open, or its lent session hears them, for the login;
 * false: that is not so. */
bool login_keeps(struct session *s, struct slice bytes);
void login_drop(struct session *s);  /* ends the one that is played */
void login_allow(struct session *s); /* one that failed may be tried again */

/* ---- handshake.c: the tokens around frames (ack, nak, bid) ---- */

/* Sends the command in flight, or the token that asks for leave to send it. */
void handshake_begin(struct session *s);
/* Handles a token: for the command in flight, or because the device wants to send. */
void handshake_token(struct session *s, const struct split_event *event);
/* Acknowledges a good frame. */
void handshake_good(struct session *s);
/* Handles a damaged frame; true: it was refused, and should come again. */
bool handshake_damaged(struct session *s);

#endif
