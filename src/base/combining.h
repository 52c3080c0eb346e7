/* combining.h - combining marks that may stand behind a letter where no cells are counted.
 *
 * The rule: a mark of a script (Mn and Me that Unicode gives to scripts) stands for itself behind a
 * letter or a spacing mark of the same script, at most COMBINING_MOST in a row.  Any other mark is
 * escaped: alone, behind something else, and where there are more, it would be drawn over what
 * stands around it. */
#ifndef WILCO_COMBINING_H
#define WILCO_COMBINING_H

#include <wilco/bytes.h>

/* Thai has two marks behind a letter, Hebrew and Arabic four, Tibetan five. */
enum { COMBINING_MOST = 6 };

/* Returns the length in bytes of the marks behind the character `code`; rest: what follows it, in
 * UTF-8.  0: there are none that may stand there. */
size_t combining_behind(uint32_t code, struct slice rest);
/* Says whether a character is such a mark. */
bool combining_is_mark(uint32_t code);

#endif
