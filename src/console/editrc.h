/* editrc.h - the user's settings of the line editor: ~/.editrc, or what $EDITRC names. */
#ifndef WILCO_EDITRC_H
#define WILCO_EDITRC_H

#include <histedit.h>
#include <wilco/bytes.h>

/* Runs its lines; a file that cannot be read and lines that are not understood are told in `notes`,
 * a line each. */
void editrc_read(EditLine *el, struct bytes *notes);

#endif
