/* secrets.c - the names that have a value where commands are typed: \{secret:NAME}. */
#include "base/secret.h"
#include "base/text.h"
#include <wilco/macro.h>

static enum name_is secrets_get(
	struct names *n, struct slice name, bool optional, struct bytes *out, struct error *err)
{
	struct slice prefix = SLICE("secret:");
	struct slice secret = slice_cut(name, prefix.len, name.len);
	(void)optional;
	if (!slice_starts(name, prefix)) {
		error_at(err, 0, name.len, "\\{%s} has no value here", quote(name).text);
		error_hint(err,
			"only \\{secret:NAME} has one where commands are typed; others have "
			"one in macro files");
		return NAME_FAILED;
	}
	return secret_add(n, secret, out, err);
}

struct names *secret_names(void)
{
	static struct names names = {.get = secrets_get};
	return &names;
}
