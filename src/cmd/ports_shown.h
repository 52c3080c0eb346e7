/* ports_shown.h - the serial ports as lines for a person: .ports and wilco ports. */
#ifndef WILCO_PORTS_SHOWN_H
#define WILCO_PORTS_SHOWN_H

#include "transport/ports.h"

/* Adds the lines about one port, each ended by LF: its address, what it is, who has it, and why it
 * cannot be opened. flags: those of text_add(). */
void port_show(const struct port_info *port, unsigned flags, struct bytes *out);

#endif
