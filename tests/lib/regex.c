/* For tests that link no more than PCRE2 itself: its module lies beside the program, not beside a
 * test. */
#include "adapter/regex.h"
#include "adapter/module.h"

const struct regex_functions *module_regex(struct error *err)
{
	(void)err;
	return &regex_functions;
}

/* Nothing in these tests makes a digest. */
const struct tls_functions *module_tls(struct error *err)
{
	error_set(err, STATUS_USAGE, "this test has no OpenSSL");
	return NULL;
}
