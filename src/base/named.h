/* named.h - reads the values that stand in text as \{name}, \{name:TYPE} and \{name|default}. */
#ifndef WILCO_NAMED_H
#define WILCO_NAMED_H

#include <wilco/names.h>

/* Says whether the text begins with \{. */
static inline bool named_begins(struct slice text)
{
	return text.len > 1 && text.at[0] == '\\' && text.at[1] == '{';
}

/* Adds the value of the name at the front of `text`, for which named_begins() is true.  Returns its
 * length with the braces, 0 on error (placed in `text`). */
size_t named_add(struct slice text, struct names *names, struct bytes *out, struct error *err);

/* Adds the text, in which nothing but names is replaced. */
bool named_text(struct slice text, struct names *names, struct bytes *out, struct error *err);

#endif
