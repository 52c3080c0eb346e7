/* offer.h - the devices that a console without one offers: those of the book, and those that were
 * used last.  A number opens one.
 *
 * On a split screen they are a list first, of which one is chosen; when that is closed they are
 * printed, as elsewhere. */
#ifndef WILCO_CMD_OFFER_H
#define WILCO_CMD_OFFER_H

#include <wilco/bytes.h>

struct shell;
struct offer;

/* Shows them, each with its number, and what to do.  NULL: there are none. */
struct offer *offer_new(struct shell *sh);
void offer_free(struct offer *offer); /* NULL is allowed */
/* Returns the line that opens the device whose number was typed, else what was typed. */
struct slice offer_line(const struct offer *offer, struct slice typed);
/* Adds the line that opens a device; runs it as if it had been typed. */
void offer_spell(const char *device, struct bytes *line);
void offer_open(struct shell *sh, struct slice line);

#endif
