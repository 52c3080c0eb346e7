/* bracket.h - names with ranges: "pump[01-20]", "10.0.0.[1-5,9]:9100".
 *
 * A range is a bracket of digits, commas and dashes; so "[::1]:9100" has none.  Several multiply.
 * Zeros in front of the first number keep their width.
 */
#ifndef WILCO_FLEET_BRACKET_H
#define WILCO_FLEET_BRACKET_H

#include <wilco/bytes.h>
#include <wilco/error.h>

/* Finds the first range in `text`: *from is its bracket, *to the place after it. */
bool bracket_find(struct slice text, size_t *from, size_t *to);
/* Takes a name, which is valid during the call; false ends the walk, with err. */
typedef bool bracket_each(void *arg, struct slice name, struct error *err);
/* Gives all names; a text without a range is one.  Errors of its own are placed in `text`. */
bool bracket_walk(struct slice text, bracket_each *each, void *arg, struct error *err);
/* Takes the next part off the front of *rest: up to a comma outside of ranges.  False at the end.
 */
bool bracket_part(struct slice *rest, struct slice *part);

#endif
