/* exchange.h - making and ending the record of an exchange; the session's own side of it. */
#ifndef WILCO_EXCHANGE_H
#define WILCO_EXCHANGE_H

#include <wilco/session.h>

struct exchange *exchange_new(struct frame *frame, struct timespec time);
/* Of what answers no command; on a shelf of the transcript, which has to get it next, where it
 * can be: floods come by the million. */
struct exchange *exchange_alone(struct transcript *t, struct frame *frame, struct timespec time,
	const struct split_event *event);
/* With the bytes of a command. */
struct exchange *exchange_command(struct frame *frame, struct slice payload, bool wire);
void exchange_free(struct exchange *x);
/* Copies an event of the splitter; false when the exchange holds too much already. */
bool exchange_take(struct exchange *x, const struct split_event *event);
void exchange_end(struct exchange *x, enum exchange_status status, int64_t now, const char *end,
	const char *error);

#endif
