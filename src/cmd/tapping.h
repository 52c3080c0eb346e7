/* tapping.h - a tap with its device and its log, for whoever shows what passes: lines of
 * `wilco tap`, or its console. */
#ifndef WILCO_TAPPING_H
#define WILCO_TAPPING_H

#include "cmd/context.h"
#include "tap/tap.h"

struct loop;
struct tapping;

/* Callbacks may not close the tap. */
struct tapping_events {
	/* fault: which side broke the frame, and why; NULL: neither did. */
	void (*frame)(void *owner, const struct tap_link *l, enum tap_side from,
		struct split_event *e, const char *fault);
	/* As in struct tap_events. */
	bool (*holds)(
		void *owner, struct tap_link *l, enum tap_side from, const struct split_event *e);
	void (*held)(void *owner, struct tap_link *l, enum tap_side from,
		const struct split_event *e, uint64_t number);
	void (*exchange)(void *owner, struct tap_link *l, struct exchange *x);
	void (*note)(void *owner, const struct tap_link *l, bool warning, const char *text);
	/* The link is gone after this call. */
	void (*closed)(void *owner, const struct tap_link *l);
	/* The log could not be written, and is closed now. */
	void (*log_failed)(void *owner, const struct error *err);
	/* Nobody can call any more. */
	void (*failed)(void *owner, const struct error *err);
};

/* Listens at `at` for programs that want `device`, with the options of the context (--log, --fault,
 * --toward, --seed).  All that is given is borrowed.  On failure *wrong is the text that the
 * error's place refers to. */
struct tapping *tapping_open(struct loop *loop, const struct context *context, const char *at,
	const char *device, const struct tapping_events *events, void *owner, struct slice *wrong,
	struct error *err);
/* Closes all connections, which are told as closed, and the log; *counts is all that there was.
 * False: the end of the log could not be written. */
bool tapping_close(struct tapping *t, struct tap_counts *counts, struct error *err);
/* Tells as notes what whoever looks needs to know first: the certificate that programs are shown,
 * and the seed of the faults. */
void tapping_tell(struct tapping *t);
struct tap *tapping_tap(const struct tapping *t);
/* Without -f, the frame is that of a run of bytes. */
const struct target *tapping_target(const struct tapping *t);
/* Write everything from now on to another log, and return the names of its files: as session_log()
 * and session_log_path(). */
bool tapping_log(struct tapping *t, const char *name, const char *capture, struct error *err);
const char *tapping_log_path(const struct tapping *t, size_t index);
/* Changes the settings; those that a connection began with stay. */
void tapping_set(struct tapping *t, const struct settings *settings);
/* Begins a new file where the log was moved away; false: there is no log. */
bool tapping_reopen_log(struct tapping *t);
/* Adds "1 connection; > 2 frames, 6 bytes; < 2 frames, 8 bytes". */
void tapping_summary(const struct tap_counts *c, struct bytes *out);
/* Tells the session of which a recording takes the settings what the exchange says about them. */
void tapping_learn(struct session *s, const struct exchange *x);

#endif
