/* saved.h - what the pane target sent, by number, and what a file that .save wrote reads back to.
 */
#ifndef WILCO_FUZZ_SAVED_H
#define WILCO_FUZZ_SAVED_H

#include "record/record.h"

void saved_begin(void);
void saved_end(void);
/* One more command with all that answered it: kept, and its number in the exchange. */
void saved_add(struct exchange *x);
/* A file is to have the commands of this device among entries [first, end); how many there are. */
size_t saved_expect(
	const struct record *r, const struct record_device *device, uint64_t first, uint64_t end);
/* The file has them, each with its replies, in their frames; lossy: of those that memory lost
 * meanwhile some, or none. */
void saved_check(struct slice file, bool lossy);

#endif
