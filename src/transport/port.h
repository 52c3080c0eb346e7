/* port.h - a terminal device as a serial port.  It is opened, locked (a lock file, flock and
 * TIOCEXCL, as other terminal programs do), made raw with the settings of a line, and put back as
 * it was. */
#ifndef WILCO_TRANSPORT_PORT_H
#define WILCO_TRANSPORT_PORT_H

#include <wilco/transport.h>

enum { PORT_STATE_MAX = 64 };

struct port {
	int fd; /* -1: not open */
	bool changed, locked;
	bool uncounted;                          /* the driver counts nothing */
	unsigned counts[DAMAGE_COUNT];           /* as the driver had counted them last */
	char *lock;                              /* our lock file; NULL: none */
	_Alignas(8) char before[PORT_STATE_MAX]; /* the settings to put back */
};

/* Opens a port.  On failure, too, a descriptor that was opened stays open for port_put_back() and
 * close(). */
bool port_open(
	struct port *p, const char *path, const struct settings *settings, struct error *err);
bool port_apply(struct port *p, const struct settings *settings, struct error *err);
void port_put_back(struct port *p);
bool port_break(struct port *p, bool on);
/* Adds what the driver counted since the last call. */
void port_count(struct port *p, unsigned since[DAMAGE_COUNT]);
/* Adds "CTS on, DSR off, DCD off, RI off"; nothing where the port has no such wires. */
void port_wires(const struct port *p, struct bytes *out);

#endif
