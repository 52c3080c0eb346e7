/* module.h - adapters around heavy libraries.  Each is loaded when it is first used, so that a
 * start that does not need it does not pay for it.  configure --disable-modules links them in. */
#ifndef WILCO_ADAPTER_MODULE_H
#define WILCO_ADAPTER_MODULE_H

#include <wilco/error.h>

struct tls_functions;
struct capture_functions;
struct telnet_functions;
struct regex_functions;
struct jansson_functions;
struct vt_functions;

/* Return the functions of a module, which is loaded once and never unloaded; NULL: err says which
 * file is missing. */
const struct tls_functions *module_tls(struct error *err);
const struct capture_functions *module_capture(struct error *err);
const struct telnet_functions *module_telnet(struct error *err);
const struct regex_functions *module_regex(struct error *err);
const struct jansson_functions *module_jansson(struct error *err);
const struct vt_functions *module_vt(struct error *err);

#endif
