/* address_private.h - shared by address.c (parses addresses), address_set.c (their settings) and
 * address_spelled.c (how they are written). */
#ifndef WILCO_TRANSPORT_ADDRESS_PRIVATE_H
#define WILCO_TRANSPORT_ADDRESS_PRIVATE_H

#include "transport/transport_private.h"

/* The state of a parse. */
struct address_reading {
	struct slice text; /* the whole text, for the places of errors */
	bool local;        /* it says where to listen */
	struct address *a;
	struct error *err;
};

/* Returns the column of a part of the text. */
static inline size_t address_column(const struct address_reading *r, struct slice part)
{
	return (size_t)(part.at - r->text.at);
}

/* Says whether a line of this kind is written with "//" behind its name. */
static inline bool address_takes_slashes(const struct transport_kind *kind)
{
	return kind->form == FORM_HOST || kind->form == FORM_LISTEN;
}

/* Limits a text, because a longer one would fill every message that contains it. */
bool address_check_length(struct slice text, const char *what, struct error *err);
/* Parses "key=value&key=value"; via takes everything that follows it. */
bool address_parse_settings(struct address_reading *r, struct slice list);

#endif
