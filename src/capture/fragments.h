/* fragments.h - puts packets of IP together that were sent in fragments (RFC 791, RFC 8200).
 *
 * Of two fragments that have the same bytes the first counts.  Few packets at a time are incomplete
 * in a real capture; beyond LIMIT_FRAGMENTED the oldest is given up, so that memory has a bound.
 */
#ifndef WILCO_CAPTURE_FRAGMENTS_H
#define WILCO_CAPTURE_FRAGMENTS_H

#include "capture/packet.h"
#include <time.h>

struct fragments;
struct fragments *fragments_new(void);
void fragments_free(struct fragments *f); /* NULL is allowed */
/* Says whether there is room for this one; if not, one has to be given up first. */
bool fragments_has_room(const struct fragments *f, const struct packet *p);
/* Takes a packet that is PACKET_FRAGMENT.  Where it was the last one that was missing, *p is the
 * whole packet, of the kind that is returned; else PACKET_FRAGMENT.  Slices of *p are valid until
 * the next call. */
enum packet_kind fragments_take(struct fragments *f, struct packet *p, const struct timespec *time);
/* Gives the oldest up: *p is what there is from its beginning on, as of a packet that the capture
 * has cut off.  PACKET_FRAGMENT: its beginning is not there.  False: none waits. */
bool fragments_give_up(
	struct fragments *f, struct packet *p, enum packet_kind *kind, struct timespec *time);

#endif
