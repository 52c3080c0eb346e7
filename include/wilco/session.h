/* session.h - one device: its line, its frame, and the exchanges with it.
 *
 * A session stays while its line comes and goes.  One command is in flight, the next one waits;
 * with the setting `ahead` several are.  Commands are told in the order in which they were asked.
 * No command is ever sent twice: one that was in flight when the line died ends as `lost`.
 *
 * Ownership: a session owns its exchanges.  Whoever is told that one has ended may take it over.
 * The pointers given to callbacks are valid during the call.  Callbacks may send, close and cancel,
 * but not free the session.
 */
#ifndef WILCO_SESSION_H
#define WILCO_SESSION_H

#include "frame.h"
#include "transport.h"
#include <time.h>

struct session;

enum session_state {
	SESSION_CLOSED,     /* the user closed it, or nothing was asked yet: nothing is tried */
	SESSION_CONNECTING, /* lookup, connect, or waiting to be called */
	SESSION_OPEN,
	SESSION_RETRYING, /* the line is lost; waiting for the next try */
};

/* How an exchange ended; the names are those of JSON's "status". */
enum exchange_status {
	EXCHANGE_WAITING, /* not ended */
	EXCHANGE_OK,
	EXCHANGE_REFUSED,     /* the frame cannot carry the command: nothing was sent */
	EXCHANGE_CONNECT,     /* no line: nothing was sent */
	EXCHANGE_TIMEOUT,     /* no complete reply in time */
	EXCHANGE_LOST,        /* the line, or with `ahead` a command before it, ended first */
	EXCHANGE_DAMAGED,     /* the reply is not what the frame says */
	EXCHANGE_CANCELLED,   /* the user gave up */
	EXCHANGE_UNSOLICITED, /* the frame answers no command */
	EXCHANGE_LATE,        /* the frame came after its command was given up */
	EXCHANGE_GREETING,    /* the device said it because the line was opened */
	EXCHANGE_MISMATCH,    /* a macro expects another reply */
	EXCHANGE_SKIPPED,     /* nobody tried: `error` says why */
};
const char *exchange_status_name(enum exchange_status status);
/* Returns the exit status that an ended exchange asks for. */
enum status exchange_exit(enum exchange_status status);

/* One frame, or what was left of one. */
struct reply {
	struct reply *next;
	enum split_kind kind;
	enum split_mark mark;
	enum split_end ended_by; /* see reply_end() */
	bool has_payload;
	struct slice payload; /* the members from here on are owned by the reply */
	struct slice raw;
	struct slice delimiter;     /* the delimiter that ended it; borrowed from the frame */
	char *error;                /* what is wrong; NULL: nothing */
	struct field_value *fields; /* frame_field_count() of them, NULL when the frame has none */
	/* A secret came in it: `payload` has the name in its place, and is owned here; `raw` is
	 * overwritten.  NULL: none did. */
	uint8_t *hidden;
};

/* Returns why the reply ended, such as "delimiter NUL".  The text is spelled only when it is asked
 * for, because replies come fast. */
const char *reply_end(const struct reply *r, char out[SPLIT_TEXT_MAX]);

/* A file that is sent as it is, without the frame (`.sendfile`). */
struct exchange_file {
	char *path;     /* as it was opened; owned */
	char *name;     /* as it was typed; owned */
	char *label;    /* the exchange's payload: "(file job.prn, 1234 bytes)"; owned */
	uint64_t rate;  /* bytes a second at most; 0: as many as the line takes */
	bool standard;  /* it is standard input */
	bool ends;      /* our side is closed behind it */
	bool sized;     /* it is known how long it is: */
	uint64_t size;  /* so many bytes */
	uint64_t given; /* bytes that were handed to the line, */
	/* and those of them that are known to have arrived, as transport_unsent() knows it. */
	uint64_t arrived;
};
/* Returns how much of it has arrived, where its size is known. */
static inline unsigned exchange_file_percent(const struct exchange_file *f)
{
	return (unsigned)((double)f->arrived * 100 / (double)f->size);
}

struct exchange;
/* Tells whoever asked for a command how it ended.  Returns true when the asker takes the exchange
 * over and frees it by exchange_free(); after false it is gone when the call returns. */
typedef bool exchange_told(void *asker, struct session *s, struct exchange *x);

/* A command and everything that answered it. */
struct exchange {
	/* Private: lends the memory and the frame; NULL: they are the exchange's own.  It is the
	 * first member, because it is all that is read of an exchange that goes. */
	struct shelf *shelf;
	struct frame *frame; /* a reference */
	enum exchange_status status;
	bool command;         /* false: the frames answer no command */
	bool wire;            /* the payload is sent as it is, without the frame */
	bool tell;            /* no reply is expected: what comes answers nothing */
	bool now;             /* it went out while another command waited */
	bool hides;           /* a secret was in what came */
	bool heard;           /* something came while it waited, perhaps for another command */
	bool passed;          /* a frame that was seen to pass: exchange_passed() */
	bool closed;          /* seen to pass: behind it the device closed the line by itself */
	bool overheard;       /* a program said the command, and a device the replies: pairing.h */
	bool torn;            /* what was overheard ends inside of the command: nobody broke it */
	unsigned charset;     /* of its text on a screen, enum charset */
	uint32_t link;        /* the connection of which it is; 0: there is one only */
	struct slice payload; /* what the frame carries; with `wire` all that is sent; owned */
	/* Called with `asker` when the exchange has ended; NULL: nobody asked. */
	exchange_told *ended;
	void *asker;
	/* A secret was sent: what the session needs of it; `payload` has its name, `sent` is empty.
	 * Private; NULL: none was. */
	struct exchange_hidden *hidden;
	/* What is sent is a file, whose bytes are kept nowhere; owned; NULL: it is none. */
	struct exchange_file *file;
	struct field_value *with; /* fields for this command alone; owned; NULL: none */
	struct field_value *set;  /* those that were set for all commands; owned; NULL: none */
	struct slice sent;        /* the bytes on the wire; owned */
	struct slice stray;       /* bytes that came meanwhile and belong to no frame; owned */
	struct reply *replies, *last;
	/* The command, which was overheard and is no whole frame; owned; NULL: it is one. */
	struct reply *broke;
	char *end;             /* why it ended, where the last frame does not say it */
	char *error;           /* a sentence; NULL: the status is ok */
	struct timespec time;  /* wall clock of sending; without a command, of arrival */
	int64_t sent_at;       /* monotonic ns; 0: not sent */
	int64_t came_at;       /* monotonic ns of the last byte of the reply; 0: nothing came */
	int64_t ended_at;      /* monotonic ns: the reply was known to be whole, or was given up */
	int64_t closed_at;     /* overheard: when the device closed, as ended_at; 0: nobody knows */
	size_t held;           /* bytes held by replies and stray */
	size_t lost;           /* bytes that came and found no room; then `error` says so */
	struct exchange *next; /* in the session's queue */
};
void exchange_free(struct exchange *x);
/* Makes an exchange of one frame that passed between a program and a device.  The frame is its only
 * reply, whichever side it came from; of the program it is a command (`command`).  broken: a side
 * broke it, so that its status is EXCHANGE_DAMAGED. */
struct exchange *exchange_passed(struct frame *frame, enum frame_side side, uint32_t link,
	struct timespec time, const struct split_event *event, bool broken);
/* Makes the command that a frame is: what to type so that its bytes go out, with the fields that
 * have to be given; as `wire` where the frame would make other bytes, or (as_is) never. */
struct exchange *exchange_of_frame(
	struct frame *frame, enum frame_side side, const struct split_event *event, bool as_is);
/* Adds the payload in its canonical spelling.  A payload of `.wire` is added as hex, and so is one
 * where typed lines are byte lists. */
void exchange_spell(const struct exchange *x, struct bytes *out);
/* Reads the fields that the device got with the command. */
void exchange_sent_fields(const struct exchange *x, struct frame_values *values);
/* Returns why the exchange ended: the last frame's reason or "timeout ..."; NULL where there is
 * neither. */
const char *exchange_end_text(const struct exchange *x, char out[SPLIT_TEXT_MAX]);
/* Returns how many bytes of memory the exchange takes. */
size_t exchange_size(const struct exchange *x);
/* Says whether a person must be told: a command failed, or bytes came that were not kept. */
bool exchange_failed(const struct exchange *x);
/* Says whether exchange_failed() is true or anything in the exchange is damaged. */
bool exchange_is_wrong(const struct exchange *x);
/* Returns the nanoseconds from the last byte sent to the last byte of the reply, without the
 * silence that ended it; -1 when nothing was sent or nothing came. */
int64_t exchange_rtt(const struct exchange *x);
/* Returns the nanoseconds from the last byte sent to the end; 0 when nothing was sent. */
int64_t exchange_took(const struct exchange *x);

struct session_events {
	void (*state)(void *owner, struct session *s);
	/* Tells people what happens on the line: "connecting to 10.0.0.5:9100", "lost: ...".  A
	 * warning concerns everybody who looks, any other note only whoever asked. */
	void (*note)(void *owner, struct session *s, bool warning, const char *text);
	/* The log could not be written and is closed now.  It may come while the session is freed.
	 * May be NULL. */
	void (*log_failed)(void *owner, struct session *s, const struct error *err);
	/* A frame of the reply to this command has come; perhaps more will.  May be NULL. */
	void (*frame)(void *owner, struct session *s, const struct exchange *x);
	/* Takes unsolicited and late frames, which nobody asked for. */
	exchange_told *unasked;
};

/* For a session that is never opened, which is there for its name, its address and its settings. */
extern const struct session_events session_unheard;

/* A file as a command. */
struct request_file {
	char *path;    /* copied; "~/" is resolved already */
	char *name;    /* copied: as people read it */
	uint64_t rate; /* bytes a second at most; 0: as many as the line takes */
	bool standard; /* it is standard input, not what `path` names */
	/* Our side is closed behind it, where the line can do that.  The frame may say that, too
	 * (eof). */
	bool ends;
};

/* A command, and whom to tell about its end. */
struct request {
	struct slice payload; /* copied; with `wire` all that is sent */
	bool wire;
	bool hidden;        /* a secret is in it: `shown` is shown instead */
	struct slice shown; /* copied */
	bool tell;          /* no reply is expected */
	bool now; /* goes out at once while another command waits, to which all that comes belongs
		   */
	const struct field_value *with; /* fields for this command alone; copied; NULL: none */
	/* Instead of a payload, with `tell`: a file; copied; NULL: none. */
	const struct request_file *file;
	/* Called exactly once when the command has ended (answered, refused, lost, timed out,
	 * cancelled), perhaps before session_ask() returns.  It is not called when the session is
	 * freed first. */
	exchange_told *ended;
	void *asker;
};

struct session_config {
	struct loop *loop;
	const char *name;              /* copied: what the user calls the device */
	const struct address *address; /* copied, with its settings merged over `settings` */
	const struct settings *settings;
	struct frame *frame;              /* a new reference is taken */
	const struct field_value *fields; /* set by the user; NULL: none */
	bool keep_open;                   /* opens at once, and again whenever the line is lost */
	bool verbose;                     /* gives a note for every step of opening the line */
	const struct session_events *events;
	void *owner;
};

/* What a session with a device begins with. */
struct target {
	struct address address; /* with all settings that apply */
	struct frame *frame;    /* a reference */
	bool default_frame;     /* nobody chose it */
	struct frame_values fields;
};
void target_free(struct target *t);

struct session *session_new(const struct session_config *config);
/* NULL is allowed; what waits is cancelled, and nobody is told. */
void session_free(struct session *s);

const char *session_name(const struct session *s);
const struct address *session_address(const struct session *s);
struct frame *session_frame(const struct session *s); /* borrowed */
enum session_state session_state(const struct session *s);
/* Says whether the line is closed only because each command opens its own (connection=each). */
bool session_rests(const struct session *s);
bool session_each(const struct session *s);        /* each command has a line of its own */
int64_t session_since(const struct session *s);    /* when the state began, monotonic ns */
int64_t session_retry_at(const struct session *s); /* the next try, monotonic ns; 0: none is due */
const struct settings *session_settings(const struct session *s);
/* Gives the session other settings.  An open line takes them at once; false where it cannot. */
bool session_change(struct session *s, const struct settings *settings, struct error *err);
struct field_value *session_fields(struct session *s); /* set by the user; borrowed */
/* Sets what NAME=VALUE names: a field of the frame, or else a setting of the line. */
bool session_set(struct session *s, struct slice name, struct slice value, struct error *err);
/* Finds the field that is meant: `field.NAME` names no setting.  *index is -1 where there is none;
 * false: there should be one. */
bool field_chosen(const struct frame *frame, struct slice *name, int *index, struct error *err);
/* Returns the number of commands in flight and queued. */
size_t session_pending(const struct session *s);
/* Time from command to reply of the last exchange, ns; -1: none. */
int64_t session_rtt(const struct session *s);

/* Says whether all commands in flight and queued are such; it is true where there are none. */
bool session_all(const struct session *s, bool (*is)(const struct exchange *x));

/* Returns the command in flight, the oldest of those that are; NULL: none. */
const struct exchange *session_current(const struct session *s);
/* What has come of the reply to that command so far: its frames and stray bytes are in the
 * exchange. Where a secret is known, which might be among them, the others are not told. */
struct session_coming {
	size_t bytes;      /* all of them */
	struct slice rest; /* in no frame yet; valid until the loop turns */
};
struct session_coming session_coming(const struct session *s);
/* Returns the next command to be sent; NULL: none waits. */
const struct exchange *session_next(const struct session *s);
int64_t session_opened_at(const struct session *s); /* monotonic ns; 0: it is not open */

/* Returns until when nothing is sent because a reply that was given up may still come, in monotonic
 * ns; 0: the session does not wait. */
int64_t session_waits_until(const struct session *s);
/* Says whether a reply that was given up can no longer be taken for the reply to a command sent
 * now. If it can, the session begins to get out of that: it opens the line afresh, or waits on. */
bool session_synchronised(struct session *s);

/* Writes everything from now on to a file as well, and to a capture (session/log.h describes them);
 * each may be NULL, and both stop that. */
bool session_log(struct session *s, const char *name, const char *capture, struct error *err);
/* Returns the name of a file of the log; NULL: there are no more. */
const char *session_log_path(const struct session *s, size_t index);
/* Begins a new file where the log was moved away; false: there is no log. */
bool session_reopen_log(struct session *s);
/* Holds the line in the break state for `ns` nanoseconds. */
bool session_break(struct session *s, int64_t ns, struct error *err);

/* Adds what the wires of a serial line say, and how often it damaged bytes; nothing for others. */
void session_add_wires(const struct session *s, struct bytes *out);

void session_open(struct session *s);  /* no effect on a line that is open or being opened */
void session_close(struct session *s); /* what waits is cancelled; nothing is re-opened */
/* Ends reading: an incomplete frame is told as the part that has come. */
void session_tell_rest(struct session *s);
/* Gives up the command in flight and those queued; false when there was none. */
bool session_cancel(struct session *s);
/* Says whether the frame can be used at all on such a line; if not, err's hint names one that
 * can. */
bool session_frame_fits(const struct address *a, const struct frame *frame, struct error *err);
/* Says whether the session is calling somebody about what came; it takes no other frame before that
 * is over. */
bool session_is_telling(const struct session *s);
/* Gives the session another frame; refused while commands wait. */
bool session_set_frame(struct session *s, struct frame *frame, struct error *err);

/* ---- a login: the setting `login` of an address ---- */

/* Somebody above plays it, on each line before the first command goes out. */
struct session_logins {
	/* Begins; session_lend() gives what it is played on.  Returns what stop() gets. */
	void *(*begin)(void *arg, struct loop *loop, struct session *s);
	/* Ends it, and frees what begin() returned; session_login_over() follows no more. */
	void (*stop)(void *run);
};
/* Has all sessions of the process played their logins so; `by` is borrowed, NULL: nobody does. */
void session_play_logins(const struct session_logins *by, void *arg);
/* Returns the name of the macro; NULL: there is no login. */
const char *session_login(const struct session *s);
/* Makes the session that has the line of `s` during the login; it belongs to `s`.  Its notes are
 * told as those of `s`. Its owner must not close or free `s` inside of its events. */
struct session *session_lend(struct session *s, const struct session_events *events, void *owner);
/* From now on it hears what comes.  What came before is kept until then, so that its first frame
 * is the one that was chosen meanwhile. */
void session_lent_hears(struct session *on);
/* Sets what is different on such a session. */
void session_login_settings(struct settings *s);
/* The login is over, which is told from the loop: the line is open, or (`why`) it failed as one
 * that cannot be connected.  The lent session, which nobody may use any more, is freed, and of the
 * run that begin() returned nothing more is wanted.  again: it may be tried again by itself. */
void session_login_over(struct session *s, const struct error *why, bool again);

/* ---- without a frame, as a terminal has the line ---- */

struct session_direct {
	struct frame *frame; /* of the entries; borrowed as long as the mode lasts */
	const char *who;     /* has the line, for messages: "terminal mode" */
	/* A program has it, not a person: what is typed are its bytes, which are kept as long as no
	 * secret is known, and an entry has what went and what came, both. */
	bool program;
	/* Bytes came.  They are in the log already. */
	void (*came)(void *owner, struct slice bytes);
	/* What came, and with log-keys=yes what was typed, as an exchange that the owner takes
	 * over: whole after a second of quiet in both directions, or in pieces of LIMIT_DIRECT. */
	void (*entry)(void *owner, struct session *s, struct exchange *x);
	/* So many keys were typed before what came next, from this time on; which ones nobody
	 * keeps. */
	void (*keys)(void *owner, struct session *s, size_t count, const struct timespec *since);
	/* wilco answered these bytes by itself, from this time on. */
	void (*answered)(
		void *owner, struct session *s, struct slice bytes, const struct timespec *since);
	/* The line has ended, and is opened again only when the mode is over; NULL: it is opened
	 * again at once. */
	void (*gone)(void *owner);
	/* For a program.  What was sent has gone out; what session_binary() asked for is granted,
	 * or it is not. */
	void (*drained)(void *owner);
	void (*binary)(void *owner, bool granted);
	void *owner;
};
/* Has bytes pass as they are from now on, and opens the line.  A command that waits ends as
 * cancelled, and none is taken meanwhile.  `direct` is borrowed until session_direct_end(). */
void session_direct_begin(struct session *s, const struct session_direct *direct);
/* Ends that, with the last entry.  The session is not synchronised then: it listens first. */
void session_direct_end(struct session *s);
bool session_is_direct(const struct session *s);
/* Returns how many bytes wait to be sent. */
size_t session_waiting(const struct session *s);
/* Returns how many bytes have not arrived, as far as the line can tell (transport_unsent()). */
size_t session_unsent(const struct session *s);
/* Has the line not be read while a program reads nothing; it is read at first. */
void session_hold(struct session *s, bool on);
/* As transport_exit_status(), inside of gone(). */
int session_exit_status(const struct session *s);
/* As transport_binary(): the answer comes by `binary`.  False: all bytes pass already. */
bool session_binary(struct session *s, bool on);
/* Tells the peer the size of the terminal that is shown, now and at each opening; 0: none is. */
void session_window(struct session *s, unsigned columns, unsigned rows);
/* Returns what Enter sends (SET_ENTER): what ends a command of the frame; CR where that is no end
 * of a line (by telnet CR LF, RFC 854) and where the line is a terminal, which makes LF of it. */
struct slice session_enter(const struct session *s);
/* Sends what was typed, `keys` of them; false: the line is not open, or takes nothing. */
bool session_type(struct session *s, struct slice bytes, size_t keys, struct error *err);
/* Sends what a terminal answers by itself; the line is not read while too much of it waits. */
void session_answer(struct session *s, struct slice bytes);
/* Says whether so much of that waits that no more should be made. */
bool session_answers_wait(const struct session *s);

/* Queues a command; opens the line when it is not open. */
void session_ask(struct session *s, const struct request *r);
/* With `ahead`: on: what is asked from now on waits; off: it goes out, together.  Without that
 * setting each command goes out, if it can, when it is asked. */
void session_gather(struct session *s, bool on);
/* Takes back the queued commands of this asker, who is not told; false: there were none. */
bool session_take_back(struct session *s, const void *asker);
/* Hands the commands of `from` that have not ended to another asker, because `from` is about to
 * go. */
void session_hand_over(struct session *s, const void *from, exchange_told *ended, void *asker);
/* Adds the wire bytes that would be sent now; false when the frame cannot carry the payload. */
bool session_preview(
	struct session *s, const struct request *r, struct bytes *out, struct error *err);

#endif
