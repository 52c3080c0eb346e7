/* view.h - the views: how a device's bytes are shown, in rows of a window and in lines that go to a
 * pipe.  A view is a file (view_NAME.c) and a word of VIEWS; `auto` chooses one for each reply. */
#ifndef WILCO_PANE_VIEW_H
#define WILCO_PANE_VIEW_H

#include <wilco/session.h>

struct block;
struct rows;

/* A frame to show, or bytes that are none. */
struct shown {
	const struct frame *frame; /* NULL: no frame */
	enum frame_side side;
	struct slice payload, raw;
	unsigned flags; /* those of base/text.h */
	bool hidden;    /* a secret is in the bytes: only the text is shown */
};

/* Takes lines, long ones in parts, which do not cut characters; ends: the line is complete. */
typedef void view_sink(void *arg, struct slice part, bool ends);
struct view_target {
	view_sink *sink;
	void *arg;
};

struct view {
	const char *name;
	bool wire;  /* its rows show the bytes on the wire, else the payload */
	bool parts; /* its lines name the parts of a frame; notes, which have none, are text */
	/* Adds the rest of the head, whose text begins at cell `indent`, and the rows below. */
	void (*rows)(const struct block *b, size_t indent, struct rows *out);
	/* Gives the payload, or the parts of the frame.  An empty payload is one empty line. */
	void (*lines)(const struct shown *s, view_sink *sink, void *arg);
	/* The only member of `auto`: returns the view for a reply. */
	const struct view *(*choose)(
		const struct frame *frame, struct slice payload, unsigned charset);
};

/* The views in the order in which they follow each other: VIEW(name) is that of view_NAME.c. */
#define VIEWS(VIEW) \
	VIEW(text)  \
	VIEW(hex)   \
	VIEW(dump)  \
	VIEW(anatomy)

#define VIEW_DECLARED(name) extern const struct view view_##name;
VIEWS(VIEW_DECLARED)
extern const struct view view_auto;

/* Return a view and its name; NULL at the end.  The first is `auto`. */
const struct view *view_at(size_t index);
const char *view_name(const void *unused, size_t index);
/* Returns the next view; after the last comes the first. */
const struct view *view_after(const struct view *view);

/* Gives a text that may be long as one line, for lines(). */
typedef bool view_speller(struct bytes *out, struct slice bytes, unsigned flags);
void view_spell(
	struct slice bytes, view_speller *spell, unsigned flags, view_sink *sink, void *arg);
struct shown view_shown(const struct frame *frame, const struct reply *r, unsigned flags);

/* Add what stands beside a reply: "1.8 ms", "unsolicited"; and why it ended, or what is wrong. */
void view_about(const struct exchange *x, const struct reply *r, struct bytes *out);
const char *view_end(const struct reply *r, char out[SPLIT_TEXT_MAX]);
/* Says whether the reply is shown as an answer: an echo or an acknowledgement is not. */
bool view_counts(const struct reply *r);
/* Returns the last such reply; NULL: there is none. */
const struct reply *view_answer(const struct exchange *x);
/* Returns the bytes of a reply to show: the payload, if it has one, else the whole frame. */
struct slice view_bytes(const struct reply *r);
/* Returns why a command failed: "no reply within 5 s". */
const char *view_reason(const struct exchange *x);
/* Adds "Failed to connect to device NAME: REASON", for which scripts look; a long name is cut,
 * because it would hide the reason. */
void view_failure(const char *device, const struct exchange *x, struct bytes *out);

#endif
