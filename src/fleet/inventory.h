/* inventory.h - targets out of Ansible's inventory: the JSON that `ansible-inventory --list`
 * prints.
 *
 * Of the variables only ansible_host and wilco_address, _port, _frame, _timeout and _fields are
 * read.
 */
#ifndef WILCO_FLEET_INVENTORY_H
#define WILCO_FLEET_INVENTORY_H

#include "fleet/targets.h"

/* Adds the hosts that Ansible's pattern means: names, groups and globs, separated by , or :, with !
 * for those that it does not mean, and & for those that it means only where others do, too.  On
 * failure *line is the line of the JSON, 0: it is not known. */
bool inventory_add(struct targets *t, struct slice json, struct slice pattern, unsigned *line,
	struct error *err);

#endif
