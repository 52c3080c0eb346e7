/* secret.h - values that nobody may see: \{secret:NAME} in a command.
 *
 * They are known to the whole process, and only here.  Wherever one would be seen, its name stands.
 */
#ifndef WILCO_SECRET_H
#define WILCO_SECRET_H

#include <wilco/bytes.h>
#include <wilco/error.h>
#include <wilco/names.h>

/* A shorter one is not looked for in what comes: "0" would hide half of it. */
enum { SECRET_LEAST = 4, SECRET_MOST = 4096 };

/* Asks a person for the value.  NAME_UNKNOWN: there is nobody to ask; NAME_LATER: they are asked
 * before the command goes out. */
typedef enum name_is secret_ask(
	void *arg, struct slice name, struct bytes *value, struct error *err);
/* Says who asks, and says a remark (text) about a secret; NULL: nobody does. */
void secret_on_ask(secret_ask *ask, void (*note)(void *arg, const char *text), void *arg);

/* Adds the value, asked for if it is not known: the environment's WILCO_SECRET_NAME comes first. */
enum name_is secret_get(struct slice name, struct bytes *out, struct error *err);
/* Does what names->secrets says; get() of names calls it. */
enum name_is secret_add(
	struct names *names, struct slice name, struct bytes *out, struct error *err);
/* Makes a value known. */
void secret_keep(struct slice name, struct slice value);
/* Does the same with what somebody gave; false: it cannot be a secret. */
bool secret_give(struct slice name, struct slice value, struct error *err);
/* A person gave a value that seems to be wrong: it is still hidden, and asked for when it is
 * needed. */
void secret_doubt(struct slice name);
/* Forgets all values. */
void secret_forget(void);

extern size_t secret_count;
/* Says whether there is anything to hide. */
static inline bool secret_any(void)
{
	return secret_count > 0;
}
/* Says whether a value is in the bytes. */
bool secret_in(struct slice bytes);
/* Adds the bytes with names in the place of values. */
void secret_hide(struct slice bytes, struct bytes *out);
/* Returns the length of the \{secret:NAME} with which the text begins, of a known one, or of an
 * \{md5:...} with such a name in it; 0: it does not. */
size_t secret_named(struct slice text);

#endif
