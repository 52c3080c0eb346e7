/* port.h - a terminal device as a serial port: opened, locked (flock and TIOCEXCL, as other
 * terminal programs do), made raw with the settings of a line, and put back as it was. */
#ifndef WILCO_TRANSPORT_PORT_H
#define WILCO_TRANSPORT_PORT_H

#include <wilco/transport.h>

enum { PORT_STATE_MAX = 64 };

struct port {
	int fd; /* -1: not open */
	bool changed, locked;
	_Alignas(8) char before[PORT_STATE_MAX]; /* the settings to be put back */
};

/* On failure too the descriptor, if there is one, stays open for port_put_back() and close(). */
bool port_open(
	struct port *p, const char *path, const struct settings *settings, struct error *err);
bool port_apply(struct port *p, const struct settings *settings, struct error *err);
void port_put_back(struct port *p);
bool port_break(struct port *p, bool on);

#endif
