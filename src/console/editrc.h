/* editrc.h - the user's settings of the line editor: ~/.editrc, or what $EDITRC names. */
#ifndef WILCO_EDITRC_H
#define WILCO_EDITRC_H

#include "console/vi.h"
#include <histedit.h>
#include <wilco/bytes.h>

/* What `bind` made of keys there. */
struct editrc_keys {
	bool alt[128]; /* Alt and the letter (ESC and the letter) have a meaning */
	struct vi_keys vi;
};

/* Runs the lines of the file.  `notes` says, a line each, which were refused, or why there are
 * none. */
void editrc_read(EditLine *el, struct editrc_keys *keys, struct bytes *notes);

#endif
