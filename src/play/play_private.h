/* play_private.h - what the files of src/play/ share. */
#ifndef WILCO_PLAY_PRIVATE_H
#define WILCO_PLAY_PRIVATE_H

#include "loop/loop.h"
#include "play/play.h"
#include "play/source.h"

/* A device of the run. */
struct play_device {
	char *name; /* by which the file calls it */
	struct session *session;
	struct play *play;
};

/* A line below a command. */
enum block_kind {
	BLOCK_REPLY,
	BLOCK_DELAY, /* a device waits; the late reply below it may take so much longer */
	BLOCK_WAIT,
	BLOCK_NOW,
};

struct block_line {
	enum block_kind kind;
	unsigned line;  /* in the file */
	size_t at, len; /* in the block's text */
	size_t column;  /* where its argument begins */
	int64_t ns;     /* of .delay and .wait */
};

/* A command and what stands below it. */
struct block {
	struct bytes text; /* the lines, the command's first */
	struct block_line *lines;
	size_t count, room;
	size_t command; /* the length of the command's line */
	bool expects;   /* something below it is compared */
};

/* What came and answers no command. */
struct other {
	struct session *session;
	struct exchange *exchange;
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
	bool timed;                /* the line at `at` has waited long enough */
	bool waits;                /* the timer runs for the line at `at` */
	size_t urgent;             /* commands out of turn that are under way */
	struct exchange *exchange; /* how the command ended; NULL: not yet */
	const struct reply *next;  /* the next reply to compare */
	size_t frames;             /* replies that were compared */
	bool compares;             /* a line was compared with what answers the command */
	int64_t delay;             /* ns that a late reply may take longer */
	bool stray;                /* its stray bytes were listed */
	bool excused;              /* that it did not go well was expected */
	enum status status;
	struct differences differences;
	struct other *others;
	size_t other_count, other_room;
};

/* A file that is played. */
struct macro {
	struct macro *caller;
	struct source *source;
};

struct play {
	struct play_config config;
	struct macro *macro;
	bool checking, running, ended;
	bool skipping; /* what only a device does; its replies follow */
	bool framed;   /* the first .frame has passed */
	enum status status;
	struct play_counts counts;
	struct play_device **devices;
	size_t device_count;
	struct play_device *current;
	struct frame *frame;        /* for devices that are not open yet; NULL: none was chosen */
	struct settings settings;   /* the same */
	struct frame_values fields; /* of `frame`, the same */
	struct names *names;        /* what \{name} stands for */
	struct order order, side;   /* the line that was read last; a line inside a block */
	struct step step;
	struct loop_timer timer;
	bool held;    /* .wait begins when the line is open */
	int64_t wait; /* and takes so long */
	struct bytes scratch;
	struct bytes line; /* that was read last, for errors */
};

/* Goes on with the lines of the file. */
void play_advance(struct play *p);
void play_end(struct play *p, enum status status);
void play_raise(struct play *p, enum status status);
/* Tells what is wrong with a line, and ends the run. */
void play_complain(struct play *p, struct error *err, struct slice text, unsigned line);
/* Places an error of an argument in the line; returns false. */
bool play_place(const struct order *o, struct error *err);
struct reading play_reading(const struct play *p);

/* What a line did. */
enum went {
	WENT_ON,    /* the next line may follow */
	WENT_WAITS, /* play_advance() will be called */
	WENT_WRONG, /* err says why, placed in the line */
};

/* verbs.c: runs a line that is no command. */
enum went verbs_run(struct play *p, const struct order *o, struct error *err);

/* device.c */
/* Returns the device of the next command; NULL: err says why there is none. */
struct play_device *device_current(struct play *p, struct error *err);
bool device_open(struct play *p, struct slice name, struct error *err);
bool device_use(struct play *p, struct slice name, struct error *err);
bool device_frame(struct play *p, struct slice text, struct error *err);
bool device_set(struct play *p, struct slice rest, struct error *err);
void devices_close(struct play *p);

/* block.c: reads what stands below a command. */
bool block_read(struct play *p, struct block *b, struct slice command, struct error *err);
struct slice block_text(const struct block *b, const struct block_line *l);
void block_free(struct block *b);

/* step.c */
enum went step_begin(struct play *p, struct error *err);
/* Goes on with the step that is under way; false: it waits. */
bool step_walk(struct play *p);
void step_unasked(struct play *p, struct session *s, struct exchange *x);
void step_forget(struct play *p);
void step_timer(struct play *p);

/* verdict.c */
struct expectation {
	enum expect_kind kind;
	bool any;      /* any frame */
	bool whatever; /* any complete reply */
	bool fields;   /* `with` is compared */
	struct frame_values with;
	struct slice spelled; /* as it stands in the file */
};
/* Reads an expected reply; its payload is in p->scratch until the next call. */
bool verdict_read(struct play *p, struct slice text, struct expectation *e, struct error *err);
/* Says whether a reply is compared: an echo or an acknowledgement is not. */
bool verdict_counts(const struct reply *r);
/* Compares what answered the command, or how that ended. */
void verdict_reply(struct play *p, const struct expectation *e);
/* Says whether an exchange without a command is what is expected. */
bool verdict_other(struct play *p, const struct expectation *e, const struct exchange *x);
/* Adds that it did not come. */
void verdict_missing(struct play *p, const struct expectation *e);
/* Judges what is left when all lines were compared; with --strict also what was not listed. */
void verdict_end(struct play *p);

#endif
