/* play_private.h - what the files of src/play/ share. */
#ifndef WILCO_PLAY_PRIVATE_H
#define WILCO_PLAY_PRIVATE_H

#include "loop/loop.h"
#include "macro/condition.h"
#include "macro/expected.h"
#include "macro/variables.h"
#include "play/play.h"
#include "play/source.h"

enum { MACROS_MAX = 16, LOOPS_MAX = 16 };

/* What a command was answered the time before. */
struct kept {
	struct slice command; /* owned */
	struct bytes reply;
};
enum { KEPT_MAX = 256 };

/* A device of the run. */
struct play_device {
	char *name;    /* by which the file calls it */
	bool ours;     /* the session */
	bool replaced; /* by --device */
	struct session *session;
	struct play *play;
	struct kept *kept; /* replies to be compared with later ones */
	size_t kept_count;
};

/* A line below a command. */
enum block_kind {
	BLOCK_REPLY,
	BLOCK_AND,    /* more of the reply above it */
	BLOCK_DELAY,  /* a device waits; the late reply below it may take so much longer */
	BLOCK_WITHIN, /* the frame below it has to come in this time */
	BLOCK_WAIT,
	BLOCK_NOW,
	BLOCK_EXPECT,
	BLOCK_EXPECT_NOT,
	BLOCK_CAPTURE,
};

struct block_line {
	enum block_kind kind;
	unsigned line;  /* in the file */
	size_t at, len; /* in the block's text */
	size_t column;  /* where its argument begins */
	int64_t ns;     /* of .delay, .within and .wait */
	bool plain;     /* a reply that is nothing but its text */
};

/* A command and what stands below it. */
struct block {
	struct bytes text; /* the lines, the command's first */
	struct block_line *lines;
	size_t count, room;
	size_t command; /* the length of the command's line */
	size_t replies; /* lines that stand for a frame */
	bool compares;  /* something is compared */
	bool within;    /* it has .within */
	bool paced;     /* a line of it cares when a frame comes */
	bool named;     /* a name stands in it */
	bool goes_on;   /* a reply of it has several lines */
	bool replied;   /* its last line is of a reply, which may go on */
};

/* What came and answers no command. */
struct other {
	struct session *session;
	struct exchange *exchange;
	int64_t came;
	bool listed;
};

enum { OTHERS_MAX = 1000 };

/* The step that is under way. */
struct step {
	bool active;
	struct block block;
	struct source_place place;
	struct play_device *device;
	size_t at; /* the next line of the block */
	int64_t began;
	uint64_t tries;
	bool timed;                    /* the line at `at` has waited long enough */
	bool waits;                    /* the timer runs for the line at `at` */
	bool pauses;                   /* the timer runs until the command is sent once more */
	bool closes;                   /* the line at `at` waits for the end of the line */
	bool greets;                   /* it has no command: .greeting of a login */
	size_t urgent;                 /* commands out of turn that are under way */
	const struct exchange *flight; /* the command, of which something has come */
	struct exchange *exchange;     /* how the command ended, or a greeting; NULL: not yet */
	const struct reply *last;      /* the last reply that was compared; NULL: none */
	const struct reply *next;      /* the one to compare; NULL: none is there */
	size_t frames;                 /* replies that were compared */
	bool compares;                 /* a line was compared with what answers the command */
	bool all;                      /* all that answers it is accepted */
	bool same;                     /* the reply is compared with the one before */
	bool stray;                    /* its stray bytes were listed */
	bool excused;                  /* that it did not go well was expected */
	int64_t delay, within;         /* of the lines above the next reply */
	int64_t *came;                 /* when its frames came */
	size_t came_count, came_room;
	enum status status;
	struct differences differences;
	struct other *others;
	size_t other_count, other_room;
	size_t before; /* of the others: those that came before the command ended */
};

/* A loop in which the file is. */
struct loop_of_lines {
	struct source_place head, body;
	bool single;          /* one line, which is its own end */
	bool begun;           /* its command of this turn */
	bool timed;           /* .every */
	int64_t period;       /* ns */
	int64_t due;          /* of the next turn */
	uint64_t turn, turns; /* turns 0: until it is interrupted */
};

/* A file that is played. */
struct macro {
	struct macro *caller;
	unsigned called; /* the caller's line */
	size_t depth;
	struct source *source;
	struct variables *vars; /* its own, or those of the file that includes it */
	bool included;
	struct play_device *device; /* the caller's */
	struct loop_of_lines loops[LOOPS_MAX];
	size_t loop_count;
};

/* What .retry said about the next command. */
struct retry {
	uint64_t times;
	int64_t pause;
	unsigned line; /* 0: nothing was said */
};

struct play {
	struct play_config config;
	struct macro *macro; /* the innermost */
	bool checking, running, ended;
	bool stopped;     /* a person ended it */
	bool asked;       /* a person is asked, and has not answered */
	bool skipping;    /* what only a device does; its replies follow */
	size_t skip_ends; /* .end lines up to which nothing is done */
	bool framed;      /* the first .frame has passed */
	enum status status;
	struct play_counts counts;
	uint64_t checked;   /* lines */
	uint64_t chosen;    /* steps that were checked and are to be played */
	bool *instead_used; /* of the config's `instead`, those that took the place of a device */
	struct play_device **devices;
	size_t device_count;
	struct play_device *current;
	struct frame *frame;        /* for devices that are not open yet; NULL: none was chosen */
	struct settings settings;   /* the same */
	struct frame_values fields; /* of `frame`, the same */
	struct order order, side;   /* the line that was read last; a line inside a block */
	struct expected expected;
	struct condition condition;
	struct frame_values sent; /* the fields of the command, as it was sent */
	struct retry retry;
	struct step step;
	struct loop_timer timer;
	struct when *whens;  /* what .when said; owned */
	size_t when_pending; /* commands of theirs that are under way */
	bool held;           /* .wait begins when the line is open */
	int64_t wait;        /* and takes so long */
	struct bytes scratch;
	struct slice text; /* the line that was read last, for errors */
};

/* Goes on with the lines of the file. */
void play_advance(struct play *p);
void play_end(struct play *p, enum status status);
void play_raise(struct play *p, enum status status);
/* Tells what is wrong with a line, and ends the run. */
void play_complain(struct play *p, struct error *err, struct slice text, unsigned line);
/* Places an error of an argument in the line; returns false. */
bool play_place(const struct order *o, struct error *err);
/* Says whether the line lies beyond --from and --to. */
bool play_outside(const struct play *p, unsigned line);
/* The same, while the macro runs: nothing is sent for it. */
bool play_passes(const struct play *p, unsigned line);
struct reading play_reading(const struct play *p);
/* Gives an exchange to the owner of the run; false: it was not taken. */
static inline bool play_give(const struct play *p, struct session *s, struct exchange *x)
{
	const struct play_events *e = p->config.events;
	return e->exchange && e->exchange(p->config.owner, s, x);
}
/* The same for one that answers no command; listed: it stands in the file. */
bool play_give_unasked(const struct play *p, struct session *s, struct exchange *x, bool listed);
/* Tells a remark of the macro (s NULL), or what happens on a line. */
void play_note(const struct play *p, const struct session *s, bool warning, struct slice text);

/* What a line did. */
enum went {
	WENT_ON,    /* the next line may follow */
	WENT_WAITS, /* play_advance() will be called */
	WENT_WRONG, /* err says why, placed in the line */
};

/* verbs.c: runs a line that is no command. */
enum went verbs_run(struct play *p, const struct order *o, struct error *err);
/* Says whether a line with this verb belongs to the command above it. */
bool verbs_in_block(const struct order *o, enum block_kind *kind);

/* macro.c: the files */
/* Takes the source, also where it is NULL or fails. */
bool macro_push(struct play *p, struct source *source, bool included, struct error *err);
void macro_pop(struct play *p);
/* Gives the file the values of the command line. */
bool macro_args(struct play *p, struct error *err);
bool macro_vars(struct play *p, struct error *err);
/* Plays another file: beside this one, or in the folder of macros.  later: its arguments are known
 * only when it runs. */
bool macro_call(struct play *p, struct slice name, bool included, const struct slice *args,
	int count, bool later, struct error *err);

/* lines.c: loops of lines */
enum went lines_repeat(struct play *p, const struct order *o, struct error *err);
enum went lines_every(struct play *p, const struct order *o, struct error *err);
enum went lines_end(struct play *p, const struct order *o, struct error *err);
/* Says whether the line that was a loop of its own is over, and then ends its turn. */
bool lines_single_over(struct play *p);
uint64_t lines_turn(const struct play *p);    /* of the innermost loop; 0: there is none */
bool lines_first_turns(const struct play *p); /* all loops are in their first turn */

/* device.c */
/* Returns the device of the next command; NULL: err says why there is none. */
struct play_device *device_current(struct play *p, struct error *err);
bool device_open(struct play *p, struct slice name, struct error *err);
bool device_use(struct play *p, struct slice name, struct error *err);
bool device_frame(struct play *p, struct slice text, struct error *err);
bool device_set(struct play *p, struct slice rest, struct error *err);
void devices_close(struct play *p);
/* Says whether each --device NAME=ADDRESS took a place, as far as one was left. */
bool devices_as_asked(const struct play *p, struct error *err);

/* block.c: reads what stands below a command. */
bool block_read(struct play *p, struct block *b, struct slice command, struct error *err);
/* Returns the line.  Each step asks, so it is inline. */
static inline struct slice block_text(const struct block *b, const struct block_line *l)
{
	return slice_cut(bytes_slice(&b->text), l->at, l->at + l->len);
}
void block_free(struct block *b);

/* step.c */
enum went step_begin(struct play *p, struct error *err);
/* Checks that the order can be sent on s, and with --dry-run tells its bytes. */
bool step_check_command(
	struct play *p, const struct order *o, struct session *s, struct error *err);
/* Says whether a step that has just begun can go on already. */
static inline bool step_may_walk(const struct step *s)
{
	return s->active && (s->exchange || s->block.paced || s->greets);
}
/* Says whether nothing more can come of the command: it was not even sent. */
static inline bool step_is_void(const struct step *s)
{
	return s->exchange && (s->exchange->status == EXCHANGE_CONNECT ||
				      s->exchange->status == EXCHANGE_REFUSED ||
				      s->exchange->status == EXCHANGE_CANCELLED);
}
/* Goes on with the step that is under way; false: it waits. */
bool step_walk(struct play *p);
/* Takes what answers no command; false: no step is under way. */
bool step_unasked(struct play *p, struct session *s, struct exchange *x);
void step_frame(struct play *p, const struct exchange *x);
int64_t step_came(const struct step *s); /* when the last frame that was compared came */
/* Gives an exchange to the owner of the run. */
void step_give_one(struct play *p, struct session *session, struct exchange *x);
/* Returns when the command, or for a greeting the step, began. */
int64_t step_sent_at(const struct step *s);
/* Gives away what came in the step that is under way and will not be over. */
void step_leave(struct play *p);
void step_forget(struct play *p);
void step_timer(struct play *p);

/* below.c: reads the lines below a command */
/* Returns what stands behind the verb, or behind the indent of a reply. */
static inline struct slice below_argument(const struct block_line *l, struct slice text)
{
	return slice_cut(text, l->column, text.len);
}
/* Reads a command out of turn into p->side. */
bool below_urgent(struct play *p, struct slice text, struct error *err);
/* Reads .expect and .expect-not into p->condition. */
bool below_condition(
	struct play *p, const struct block_line *l, struct slice text, struct error *err);
/* Reads .capture into p->condition; name lies in text. */
bool below_capture(struct play *p, const struct block_line *l, struct slice text,
	struct slice *name, struct error *err);
/* Reads a reply into p->expected. */
bool below_reply(struct play *p, const struct block_line *l, struct slice text, struct error *err);
/* Adds to it the lines with which the reply at this line goes on. */
bool below_rest(struct play *p, const struct block_line *l, struct error *err);
/* Checks a line, while the file is checked or what is below the command is passed over. */
bool below_check(struct play *p, const struct block_line *l, struct slice text, struct error *err);
/* Notes that a reply was checked, which is nothing but its text. */
void below_check_plain(struct play *p);
/* Tells what is wrong with a line that is walked, and ends the run. */
void below_wrong(struct play *p, const struct block_line *l, struct error *err);

/* walk.c: walks the lines below a command */
/* Goes on with them; false: one waits, or the run is over. */
bool walk_block(struct play *p);
/* Runs the timer for the line that is walked, for so many nanoseconds; true: it has run out. */
bool walk_waited(struct play *p, int64_t ns);

/* greeted.c: what a device says because the line was opened, where it is a step of a login */
/* Says whether the order is such a step. */
bool greeted_is(const struct play *p, const struct order *o);
/* Says whether a reply below it can be waited for. */
bool greeted_fits(const struct expected *e, size_t width, struct error *err);
/* Waits for the first frame that is what e says (NULL: for any); false: it still waits. */
bool greeted_walk(struct play *p, const struct expected *e);

/* when.c */
bool when_begin(struct play *p, const struct order *o, struct error *err);
/* Runs the lines whose pattern the frame matches. */
void when_frame(struct play *p, struct session *s, const struct reply *r);
/* Says whether a .when asked: what answers it runs none, because that would never end. */
bool when_asked(const struct exchange *x);
void when_forget(struct play *p);

/* verdict.c */
/* Says whether a reply is compared: an echo or an acknowledgement is not. */
bool verdict_counts(const struct reply *r);
/* Returns the reply to compare next; NULL: none is there, or all are accepted. */
const struct reply *verdict_next(const struct step *s);
/* Returns the last whole reply; NULL: there is none. */
const struct reply *verdict_last(const struct exchange *x);
/* Compares what answered the command, or how that ended. */
void verdict_reply(struct play *p, const struct expected *e);
/* Says whether an exchange without a command is what is expected. */
bool verdict_other(struct play *p, const struct expected *e, const struct other *o);
/* Adds that it did not come. */
void verdict_missing(struct play *p, const struct expected *e);
/* Looks at the last reply: .expect and .capture. */
void verdict_condition(struct play *p, struct condition *c);
/* Keeps the reply for the next time that it should be the same. */
void verdict_keep(struct play *p);
void verdict_forget(struct play_device *d);
bool verdict_value(struct play *p, struct condition *c, struct bytes *out);
/* Judges what is left when all lines were compared; with --strict also what was not listed. */
void verdict_end(struct play *p);

#endif
