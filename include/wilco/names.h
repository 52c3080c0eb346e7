/* names.h - values that stand in text as \{name}.
 *
 * Whoever reads text (base/escape.h, macro.h) is given a struct names and asks it for each name.
 * NULL stands for none: then \{ is an error.  A value is bytes, and it is never scanned again.
 */
#ifndef WILCO_NAMES_H
#define WILCO_NAMES_H

#include "bytes.h"
#include "error.h"

enum name_is {
	NAME_UNKNOWN, /* err says what is known; a default may stand for it */
	NAME_KNOWN,   /* its value was added */
	/* It will have a value only when the macro runs: nothing was added. */
	NAME_LATER,
	NAME_FAILED, /* err says why it has no value, and no default may stand for it */
};

/* What get() gives for a secret. */
enum names_secrets {
	SECRETS_REFUSED,  /* nothing: it would be seen */
	SECRETS_SENT,     /* its value */
	SECRETS_SHOWN,    /* its name */
	SECRETS_EXPECTED, /* what stands for it in what came */
};

struct names {
	/* Adds the value of a name, which may begin with "env:" or "secret:".  `optional`: a
	 * default stands behind it, so nobody has to be asked.  Errors are placed in the name. */
	enum name_is (*get)(struct names *n, struct slice name, bool optional, struct bytes *out,
		struct error *err);
	/* Two facts about what was read since names_begin(): */
	bool later;  /* the bytes are not those that will be sent, because of NAME_LATER */
	bool secret; /* there is a secret in them; get() sets this */
	enum names_secrets secrets;
};

static inline void names_begin(struct names *n)
{
	if (n)
		n->later = n->secret = false;
}

/* Between these two calls a secret is what stands for it in what came. */
static inline enum names_secrets names_expect(struct names *n)
{
	enum names_secrets before = n ? n->secrets : SECRETS_REFUSED;
	if (n)
		n->secrets = SECRETS_EXPECTED;
	return before;
}

static inline void names_expected(struct names *n, enum names_secrets before)
{
	if (n)
		n->secrets = before;
}

#endif
