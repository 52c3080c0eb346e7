/* offer.h - the devices that a console without one offers: those of the book, and those that were
 * used last.  A number opens one. */
#ifndef WILCO_CMD_OFFER_H
#define WILCO_CMD_OFFER_H

#include <wilco/bytes.h>

struct shell;
struct offer;

/* Prints them, each with its number.  NULL: there are none. */
struct offer *offer_new(struct shell *sh);
void offer_free(struct offer *offer); /* NULL is allowed */
/* Returns the line that opens the device whose number was typed, else what was typed. */
struct slice offer_line(const struct offer *offer, struct slice typed);

#endif
