/* exchange.h - makes and ends the record of an exchange; the session's own side of it. */
#ifndef WILCO_EXCHANGE_H
#define WILCO_EXCHANGE_H

#include <wilco/session.h>

struct exchange *exchange_new(struct frame *frame, struct timespec time);
/* Makes an exchange of a frame that answers no command; on a shelf, if possible, for floods. */
struct exchange *exchange_alone(struct shelf **shelf, struct frame *frame, struct timespec time,
	const struct split_event *event);
/* Makes an exchange for a command, whose bytes are copied. */
struct exchange *exchange_command(struct frame *frame, struct slice payload, bool wire);
/* Makes the exchange of a command that is these bytes on the wire. */
struct exchange *exchange_of_bytes(struct frame *frame, struct slice raw);
/* Makes the command a file, which has no reply. */
void exchange_set_file(struct exchange *x, const struct request_file *file);
/* Makes its payload; ended: that says how many bytes arrived. */
void exchange_file_label(struct exchange *x, bool ended);
/* What is sent of a command with a secret. */
struct exchange_hidden {
	struct slice payload, sent; /* owned */
	uint8_t *shown;             /* the exchange's payload; owned */
};
/* Hides the payload: from now on `shown` is the exchange's. */
void exchange_hide(struct exchange *x, struct slice shown);
/* Return what is sent. */
static inline struct slice exchange_real_payload(const struct exchange *x)
{
	return x->hidden ? x->hidden->payload : x->payload;
}
static inline struct slice exchange_real_sent(const struct exchange *x)
{
	return x->hidden ? x->hidden->sent : x->sent;
}
/* Takes the bytes on the wire; *wire is empty then.  Few are copied, because there is room for them
 * behind the exchange; many, and secrets, are taken over with their memory. */
void exchange_wire(struct exchange *x, struct bytes *wire);
/* Copies values of the frame's fields, which the caller owns then; NULL: there are none. */
struct field_value *exchange_fields_copy(
	const struct frame *frame, const struct field_value *values);
/* Copies an event of the splitter.  Returns false if the exchange holds too much already; the bytes
 * of the event are then counted as lost. */
bool exchange_take(struct exchange *x, const struct split_event *event);
/* Says that the command is this event, which is no whole frame. */
void exchange_broken(struct exchange *x, const struct split_event *event);
/* Copies bytes that belong to no frame, in the same way. */
bool exchange_stray(struct exchange *x, struct slice bytes);
/* Ends an exchange; status does not consider lost bytes. */
void exchange_end(struct exchange *x, enum exchange_status status, int64_t now, const char *end,
	const char *error);

#endif
