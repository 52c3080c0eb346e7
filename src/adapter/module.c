/* module.c - see module.h. */
#include "adapter/module.h"

#include "adapter/capture.h"
#include "adapter/jansson.h"
#include "adapter/regex.h"
#include "adapter/telnet.h"
#include "adapter/tls.h"
#include "adapter/vt.h"

#if defined WILCO_MODULES && !defined WILCO_WHOLE
#include "base/beside.h"
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Opens a module beside the program.  On failure returns NULL; why->what is empty when there is
 * none. */
static void *open_beside(const char *file, struct error *why)
{
	char path[128];
	int folder = beside_open("modules", file, why);
	if (folder < 0)
		return NULL;
	/* The path does not go through a descriptor of the file: the linker takes an equal name for
	 * the same module, and the numbers of descriptors are used again. */
	int before = snprintf(path, sizeof path, "/proc/self/fd/%d/", folder);
	snprintf(path + before, sizeof path - (size_t)before, "%s", file);
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	close(folder);
	if (handle)
		return handle;
	const char *said = dlerror();
	bool of_it = strncmp(said, path, (size_t)before) == 0;
	error_set(why, STATUS_USAGE, "%s", of_it ? said + before : said);
	return NULL;
}

/* Opens a module beside this program, so that a build runs in place, else an installed one. */
static void *open_module(const char *name, struct error *why)
{
	char file[64], path[4096];
	snprintf(file, sizeof file, "%s.so", name);
	void *handle = open_beside(file, why);
	if (handle)
		return handle;
	snprintf(path, sizeof path, "%s/modules/%s", PKGLIBDIR, file);
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!handle && !why->what[0])
		error_set(why, STATUS_USAGE, "%s", dlerror());
	return handle;
}

/* Loads a module whose `symbol` is a struct that begins with its version. */
static const void *module_load(const char *name, const char *symbol, int version, struct error *err)
{
	struct error why;
	void *handle = open_module(name, &why);
	const int *table = handle ? dlsym(handle, symbol) : NULL;
	if (table && *table == version)
		return table;
	if (handle)
		error_set(&why, STATUS_USAGE, "it belongs to another version of wilco");
	error_set(err, STATUS_USAGE, "cannot load wilco's module for %s: %s", name, why.what);
	error_hint(err, "%s", why.hint);
	return NULL;
}

const struct tls_functions *module_tls(struct error *err)
{
	static const struct tls_functions *table;
	if (!table)
		table = module_load("tls", "tls_functions", TLS_FUNCTIONS_VERSION, err);
	return table;
}

const struct capture_functions *module_capture(struct error *err)
{
	static const struct capture_functions *table;
	if (!table)
		table = module_load("capture", "capture_functions", CAPTURE_FUNCTIONS_VERSION, err);
	return table;
}

const struct telnet_functions *module_telnet(struct error *err)
{
	static const struct telnet_functions *table;
	if (!table)
		table = module_load("telnet", "telnet_functions", TELNET_FUNCTIONS_VERSION, err);
	return table;
}

const struct regex_functions *module_regex(struct error *err)
{
	static const struct regex_functions *table;
	if (!table)
		table = module_load("regex", "regex_functions", REGEX_FUNCTIONS_VERSION, err);
	return table;
}

const struct jansson_functions *module_jansson(struct error *err)
{
	static const struct jansson_functions *table;
	if (!table)
		table = module_load("jansson", "jansson_functions", JANSSON_FUNCTIONS_VERSION, err);
	return table;
}

const struct vt_functions *module_vt(struct error *err)
{
	static const struct vt_functions *table;
	if (!table)
		table = module_load("vt", "vt_functions", VT_FUNCTIONS_VERSION, err);
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
#ifdef WILCO_WHOLE
	error_set(err, STATUS_USAGE, "wilco as a module of Ansible's writes no captures");
	return NULL;
#else
	(void)err;
	return &capture_functions;
#endif
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

const struct jansson_functions *module_jansson(struct error *err)
{
	(void)err;
	return &jansson_functions;
}

const struct vt_functions *module_vt(struct error *err)
{
#ifdef WILCO_WHOLE
	error_set(err, STATUS_USAGE, "wilco as a module of Ansible's has no terminal");
	return NULL;
#else
	(void)err;
	return &vt_functions;
#endif
}
#endif
