/* module.h - adapters around heavy libraries, loaded when they are first used, so that those who do
 * not need them do not pay for them at every start.  configure --disable-modules links them in. */
#ifndef WILCO_ADAPTER_MODULE_H
#define WILCO_ADAPTER_MODULE_H

#include <wilco/error.h>

struct tls_functions;
struct capture_functions;
struct telnet_functions;
struct regex_functions;

/* NULL: err says which file is missing.  Loaded once, never unloaded. */
const struct tls_functions *module_tls(struct error *err);
const struct capture_functions *module_capture(struct error *err);
const struct telnet_functions *module_telnet(struct error *err);
const struct regex_functions *module_regex(struct error *err);

#endif
