/* door.h - TLS for callers (tls.c). */
#ifndef WILCO_TRANSPORT_DOOR_H
#define WILCO_TRANSPORT_DOOR_H

#include "adapter/tls.h"
#include "transport/transport_private.h"

/* What the lines of all callers at an address share: certificate and key. */
struct tls_door;
struct tls_door *tls_door_open(
	const struct address *a, char fingerprint[TLS_FINGERPRINT_MAX], struct error *err);
/* NULL is allowed; lines that are there stay. */
void tls_door_close(struct tls_door *door);
/* Stands on a caller's line, and is open when the handshake is over, for which it waits `patience`
 * ns. */
struct transport *tls_accept(
	const struct tls_door *door, struct loop *loop, struct transport *line, int64_t patience);

#endif
