/* module.c - see module.h. */
#include "adapter/module.h"

#include "adapter/capture.h"
#include "adapter/regex.h"
#include "adapter/telnet.h"
#include "adapter/tls.h"

#ifdef WILCO_MODULES
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* "modules/NAME.so" beside this program, so that a build runs in place; else where they are
 * installed. */
static void *open_module(const char *name)
{
	char path[4096], file[64];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - sizeof file);
	snprintf(file, sizeof file, "/modules/%s.so", name);
	if (n > 0) {
		path[n] = 0;
		char *slash = strrchr(path, '/');
		memcpy(slash ? slash : path, file, strlen(file) + 1);
		void *handle = access(path, R_OK) == 0 ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
		if (handle)
			return handle;
	}
	snprintf(path, sizeof path, "%s%s", PKGLIBDIR, file);
	return dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

/* `symbol` is a struct that begins with its version. */
static const void *load(const char *name, const char *symbol, int version, struct error *err)
{
	void *handle = open_module(name);
	const char *why = handle ? NULL : dlerror();
	const int *table = handle ? dlsym(handle, symbol) : NULL;
	if (table && *table == version)
		return table;
	error_set(err, STATUS_USAGE, "cannot load wilco's module for %s: %s", name,
		why ? why : "it belongs to another version of wilco");
	return NULL;
}

const struct tls_functions *module_tls(struct error *err)
{
	static const struct tls_functions *table;
	if (!table)
		table = load("tls", "tls_functions", TLS_FUNCTIONS_VERSION, err);
	return table;
}

const struct capture_functions *module_capture(struct error *err)
{
	static const struct capture_functions *table;
	if (!table)
		table = load("capture", "capture_functions", CAPTURE_FUNCTIONS_VERSION, err);
	return table;
}

const struct telnet_functions *module_telnet(struct error *err)
{
	static const struct telnet_functions *table;
	if (!table)
		table = load("telnet", "telnet_functions", TELNET_FUNCTIONS_VERSION, err);
	return table;
}

const struct regex_functions *module_regex(struct error *err)
{
	static const struct regex_functions *table;
	if (!table)
		table = load("regex", "regex_functions", REGEX_FUNCTIONS_VERSION, err);
	return table;
}
#else
const struct tls_functions *module_tls(struct error *err)
{
	(void)err;
	return &tls_functions;
}

const struct capture_functions *module_capture(struct error *err)
{
	(void)err;
	return &capture_functions;
}

const struct telnet_functions *module_telnet(struct error *err)
{
	(void)err;
	return &telnet_functions;
}

const struct regex_functions *module_regex(struct error *err)
{
	(void)err;
	return &regex_functions;
}
#endif
