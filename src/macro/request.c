/* request.c - see request.h. */
#include "macro/request.h"

#include "session/exchange.h"

struct exchange *order_skipped(
	const struct order *o, struct frame *frame, int64_t now, const char *why)
{
	struct exchange *x = exchange_command(frame, bytes_slice(&o->payload), o->wire);
	if (o->file)
		exchange_set_file(x, o->file);
	if (o->secret)
		exchange_hide(x, bytes_slice(&o->shown));
	exchange_end(x, EXCHANGE_SKIPPED, now, NULL, why);
	return x;
}
