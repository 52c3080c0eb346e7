/* editrc.h - the user's settings of the line editor: ~/.editrc, or what $EDITRC names. */
#ifndef WILCO_EDITRC_H
#define WILCO_EDITRC_H

#include <histedit.h>
#include <wilco/bytes.h>

/* Runs the lines of the file.  `notes` says, a line each, which were refused, or why there are
 * none. alt[C] becomes true where `bind` gave Alt and the letter C (ESC C) a meaning. */
void editrc_read(EditLine *el, bool alt[128], struct bytes *notes);

#endif
