/* telnet.h - libtelnet behind a table of functions, so that its library (and zlib, which it brings)
 * is loaded only for a telnet line.  The functions are libtelnet's own. */
#ifndef WILCO_ADAPTER_TELNET_H
#define WILCO_ADAPTER_TELNET_H

#include <stddef.h>

#include <libtelnet.h> /* needs size_t */

enum { TELNET_FUNCTIONS_VERSION = 1 };

struct telnet_functions {
	int version;
	telnet_t *(*init)(const telnet_telopt_t *options, telnet_event_handler_t handler,
		unsigned char flags, void *arg);
	void (*free)(telnet_t *telnet);
	void (*recv)(telnet_t *telnet, const char *bytes, size_t size);
	void (*iac)(telnet_t *telnet, unsigned char command);
	void (*negotiate)(telnet_t *telnet, unsigned char command, unsigned char option);
	void (*subnegotiation)(
		telnet_t *telnet, unsigned char option, const char *bytes, size_t size);
};

extern const struct telnet_functions telnet_functions;

#endif
