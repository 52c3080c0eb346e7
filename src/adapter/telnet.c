/* telnet.c - see telnet.h. */
#include "adapter/telnet.h"

const struct telnet_functions telnet_functions = {
	.version = TELNET_FUNCTIONS_VERSION,
	.init = telnet_init,
	.free = telnet_free,
	.recv = telnet_recv,
	.iac = telnet_iac,
	.negotiate = telnet_negotiate,
	.subnegotiation = telnet_subnegotiation,
};
