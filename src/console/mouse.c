/* mouse.c - its wheel, and its buttons, which are the terminal's.
 *
 * A button leaves the mouse to the terminal, so that the next drag selects text; the next key takes
 * it again.
 */
#include "console/console_private.h"
#include "console/sheet.h"

bool mouse_key(struct console *c, uint32_t code)
{
	enum key_mode mode = console_browses(c) ? MODE_BROWSE : MODE_INPUT;
	if (code == KEY_BUTTON) {
		c->mouse_lent = true;
		console_say(c, "the mouse selects text now, and the wheel scrolls again after a "
			       "key; Shift selects at any time");
		return true;
	}
	if (code != KEY_WHEEL_UP && code != KEY_WHEEL_DOWN)
		return false;
	if (!sheet_key(c, code, false))
		console_run_bound(c, mode, code, false);
	return true;
}
