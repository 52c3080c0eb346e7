/* overview.h - the open devices, a row each: what each said last, and how long ago.
 *
 * A device keeps the beginning of its last frame, because the transcript may have lost it, and has
 * none of what only a watch asked for.
 */
#ifndef WILCO_CMD_OVERVIEW_H
#define WILCO_CMD_OVERVIEW_H

#include <wilco/session.h>

enum { HEARD_MAX = 240 };

/* What a device said last. */
struct heard {
	uint8_t bytes[HEARD_MAX]; /* the beginning of the payload */
	size_t len;
	bool more;         /* it was longer */
	bool wrong;        /* it is not what the frame says */
	unsigned spelling; /* flags of text_add() */
	int64_t at;        /* monotonic ns; 0: it has said nothing yet */
	enum exchange_status
		trouble; /* how a command failed since then; EXCHANGE_WAITING: none did */
};

struct opened;
struct rows;
struct shell;

/* Notes a frame that came; how a command ended. */
void overview_frame(struct opened *device, const struct exchange *x, const struct reply *r);
void overview_ended(struct opened *device, const struct exchange *x);
/* Makes a row for each open device, and, with_known, for those of the device book that are not
 * open, of which the first KNOWN_MOST are looked at. */
void overview_rows(const struct shell *sh, bool with_known, struct rows *rows);
/* Returns how many of these rows are devices; the name of the known one in that row, NULL where an
 * open one or none is. */
size_t overview_count(const struct shell *sh);
const char *overview_known(const struct shell *sh, size_t row);
/* Returns in how many ns one of these rows changes because time passes; 0: none does. */
int64_t overview_due(const struct shell *sh);

#endif
