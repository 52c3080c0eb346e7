/* view.h - replies as lines of text: the same for the console, a pipe and the command line. */
#ifndef WILCO_PANE_VIEW_H
#define WILCO_PANE_VIEW_H

#include <wilco/session.h>

enum view { VIEW_TEXT, VIEW_HEX, VIEW_DUMP, VIEW_ANATOMY, VIEW_COUNT };
/* "text", "hex", "dump", "anatomy"; NULL at the end. */
const char *view_name(const void *unused, size_t index);

/* Calls line() for each line of `bytes` in the view text, hex or dump; `flags` of base/text.h.
 * An empty payload is one empty line. */
void view_lines(enum view view, struct slice bytes, unsigned flags,
	void (*line)(void *arg, struct slice text), void *arg);
/* The same for a frame as it came: in the anatomy its parts, else its payload. */
void view_reply(enum view view, const struct frame *frame, const struct reply *r, unsigned flags,
	void (*line)(void *arg, struct slice text), void *arg);
/* "1.8 ms  delimiter NUL": what stands beside a reply. */
void view_detail(const struct exchange *x, const struct reply *r, struct bytes *out);
/* The same in two: "1.8 ms", "unsolicited"; and why it ended, or what is wrong with it. */
void view_about(const struct exchange *x, const struct reply *r, struct bytes *out);
const char *view_end(const struct reply *r);
/* Whether the reply is one to show as an answer: not an echo, not an acknowledgement. */
bool view_counts(const struct reply *r);
/* The bytes to show of a reply: the payload where it could be delimited. */
struct slice view_bytes(const struct reply *r);
/* Why a command failed: "no reply within 5 s". */
const char *view_reason(const struct exchange *x);
/* "Failed to connect to device NAME: REASON": the wording that scripts look for. */
void view_failure(const char *device, const struct exchange *x, struct bytes *out);

#endif
