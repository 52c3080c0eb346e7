/* output.h - standard output that notices when nobody listens any more.
 *
 * Text is flushed by line on a terminal, otherwise by out_flush(): before wilco waits for
 * standard input, 50 ms after it was written, and at the end.
 */
#ifndef WILCO_OUTPUT_H
#define WILCO_OUTPUT_H

#include "cmd/options.h"
#include "loop/loop.h"
#include <wilco/session.h>

/* loop may be NULL: then only out_flush() writes. */
void out_open(struct loop *loop, enum output format);
/* Another format from now on; json and raw stay. */
void out_view(enum output view);
void out_write(struct slice bytes);
void out_line(struct slice text); /* adds the LF */
bool out_flush(void);             /* false: an error, now or before */
/* Flushes; on failure says so once and gives STATUS_OUTPUT, else `status`. */
enum status out_close(enum status status);
bool out_failed(void);
bool out_utf8(void);
bool out_by_line(void); /* a terminal */

/* An exchange in the format of out_open(): replies on standard output, the rest as notes on
 * standard error unless quiet. */
void out_exchange(const struct session *s, const struct exchange *x, bool quiet, bool labelled);

/* The member "fields" of an object; NULL: null. */
void out_fields(struct bytes *o, const struct frame *frame, const struct field_value *fields);

#endif
