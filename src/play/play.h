/* play.h - plays macros: sends their commands, and compares what comes with what they expect.
 *
 * One interpreter goes through a file twice.  First it checks all of it: each line is read, each
 * command encoded, and nothing is sent.  Then it runs it.  It never prints: whoever plays is told.
 */
#ifndef WILCO_PLAY_H
#define WILCO_PLAY_H

#include "macro/variables.h"
#include <wilco/difference.h>
#include <wilco/macro.h>
#include <wilco/session.h>

struct play;

/* A step is a command with what stands below it.  All of it is borrowed. */
struct step_result {
	const char *file;
	unsigned line;
	uint64_t step;        /* counts from 1 */
	uint64_t iteration;   /* of the innermost loop, from 1; 0: there is none */
	struct slice command; /* as it stands in the file */
	bool expects;         /* something stands below it that is compared */
	enum status status;   /* STATUS_OK: it holds */
	const struct differences *differences;
	const struct session *session;
	const struct exchange *exchange; /* NULL: it is not known yet, or nothing was sent */
	int64_t elapsed;                 /* ns */
	const struct block *block;       /* private */
};
/* Gives the index-th line of the replies that stand below the command, as it stands there; false at
 * the end. */
bool step_expected(const struct step_result *r, size_t index, struct slice *line);
/* Adds what step it is, and its first difference, if it has one: "FILE:LINE COMMAND: byte 4: ...".
 */
void step_summary(const struct step_result *r, struct bytes *out);

struct play_events {
	/* While the file is checked: a step was found, in a loop once.  NULL: nobody asks. */
	void (*planned)(void *owner, const struct step_result *r);
	/* While the file is checked: a device was opened.  NULL: nobody asks. */
	void (*device)(void *owner, const struct session *s);
	/* A step begins (may be NULL), or has ended. */
	void (*begins)(void *owner, const struct step_result *r);
	void (*step)(void *owner, const struct step_result *r);
	/* Something came that answers no command; listed: it stands in the file.  NULL: nobody
	 * asks. */
	void (*unasked)(void *owner, struct session *s, const struct exchange *x, bool listed);
	/* Takes each exchange when the step is over that needed it; as exchange_told.  NULL: none
	 * is taken. */
	bool (*exchange)(void *owner, struct session *s, struct exchange *x);
	/* Instead of sending (dry run): the bytes on the wire.  NULL: nobody asks. */
	void (*wire)(
		void *owner, const struct session *s, const struct order *o, struct slice wire);
	/* A remark of the macro (s NULL), or what happens on a line.  NULL: nobody asks. */
	void (*note)(void *owner, const struct session *s, bool warning, struct slice text);
	/* A line that cannot be read or run; `shown` is what error_show() made. */
	void (*failed)(void *owner, enum status status, struct bytes *shown);
	/* Asks a person (.confirm, before a step); false: no.  NULL: there is nobody. */
	bool (*confirm)(void *owner, struct slice question);
	/* Asks in the place of confirm(), and does not wait: play_answer() follows.  May be NULL.
	 */
	void (*question)(void *owner, struct slice question);
	/* All is over; only play_free() may follow, from the loop. */
	void (*ended)(void *owner, enum status status);
};

/* What only those above know. */
struct play_host {
	/* Finds a device that a line names, or (name empty) the one to use where none does. instead
	 * (may be NULL): the address or device that takes its place.  On failure *wrong is what
	 * err's place refers to. */
	bool (*target)(void *owner, struct slice name, const char *instead, struct target *t,
		struct slice *wrong, struct error *err);
	/* Gives an open session for a device of the file (name empty: the one to use where none is
	 * opened), whose unasked exchanges and frames the owner hands on; NULL: err says why.  The
	 * member is NULL where the run makes sessions of its own. */
	struct session *(*session)(
		void *owner, struct slice name, const char *instead, struct error *err);
	/* Takes a device into the device book of this run. */
	bool (*define)(void *owner, struct slice line, struct error *err);
};

enum play_flags {
	PLAY_KEEP_GOING = 1, /* goes on after a step that does not hold */
	PLAY_STRICT = 2,     /* what came and is not listed is a difference */
	PLAY_CHECK = 4,      /* only checks */
	PLAY_DRY = 8,        /* only checks, and gives the bytes that would be sent */
	PLAY_FRAMED = 16,    /* the first .frame of the file does not count (-f) */
	PLAY_VERBOSE = 32,
	PLAY_STEPS = 128,     /* asks before each step */
	PLAY_YES = 256,       /* .confirm asks nobody */
	PLAY_STREAM = 512,    /* it may come through a pipe, for which is waited */
	PLAY_TOGETHER = 1024, /* other macros run at the same time: nobody is asked meanwhile */
	PLAY_LOGIN = 2048,    /* .greeting waits for what the device says at first */
	PLAY_TYPED = 64,      /* its lines were typed: they may be cut, and be byte lists */
};

struct play_config {
	struct loop *loop;
	struct frame_book *book;
	const struct verb *const *verbs;
	const struct settings *said; /* on the command line; they win over those of the file */
	/* What takes the place of the devices of the file: ADDRESS or NAME=ADDRESS. */
	const char *const *instead;
	size_t instead_count;
	const char *const *vars; /* NAME=VALUE, which win over those of the file */
	size_t var_count;
	uint32_t from, to;        /* lines of the file outside of which nothing is sent; 0: none */
	const struct slice *args; /* \{1} and so on; copied */
	size_t arg_count;
	variables_ask *ask; /* NULL: there is nobody to ask */
	unsigned flags;
	const struct play_host *host;
	const struct play_events *events;
	void *owner;
};

/* Opens a macro; NULL: err says why. */
struct play *play_new(const struct play_config *config, const char *path, struct error *err);
/* Does the same with lines that are in no file. */
struct play *play_new_text(const struct play_config *config, struct slice text, struct error *err);
/* Checks it and begins to run it; `ended` may be called before this returns. */
void play_go(struct play *p);
/* Says whether it is still checked: nothing was sent. */
bool play_checks(const struct play *p);
/* Gives the answer to a question; not from inside of question(). */
void play_answer(struct play *p, bool yes);
/* Ends it: nothing more is sent. */
void play_stop(struct play *p);
void play_free(struct play *p); /* NULL is allowed */

/* Hand on what happens on a session of the owner's; the first returns whether it was taken, to come
 * back by the event `exchange`. */
bool play_unasked(struct play *p, struct session *s, struct exchange *x);
void play_frame(struct play *p, struct session *s, const struct exchange *x);
void play_state(struct play *p);

struct play_counts {
	/* Those that began, those of them that are over, and of these those that do not hold. */
	uint64_t steps, over, bad;
};
/* Adds how many steps held, a sentence's end; false: there was none. */
bool play_summary(const struct play *p, struct bytes *out);

#endif
