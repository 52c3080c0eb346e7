/* targets.h - the list of the devices that a fleet is for: names, and what their lines say.
 *
 * Pure: it opens nothing, and asks a book which names are groups.  A target takes 16 bytes beside
 * its text, and 4 to 16 in a table that finds names.
 */
#ifndef WILCO_FLEET_TARGETS_H
#define WILCO_FLEET_TARGETS_H

#include <wilco/bytes.h>
#include <wilco/error.h>

enum {
	TARGETS_MAX = 1000000,
	TARGETS_TEXT_MAX = 512 * 1024 * 1024, /* bytes of names and lines */
	TARGET_LINE_MAX = 8192,               /* bytes of a line */
	TARGET_NAME_MAX = 255,                /* bytes of a name with an address behind it */
};

/* Returns the members of a group, separated by blanks; false: there is no such group. */
typedef bool targets_group(void *arg, struct slice name, struct slice *members);

struct target_entry;
struct targets {
	struct bytes text;
	struct target_entry *at;
	size_t count, room;
	uint32_t *slots; /* a hash table of indexes + 1 */
	size_t slot_count;
	struct bytes excluded; /* lines "NUMBER WORD" */
	size_t named;          /* names that ranges and groups gave */
	targets_group *group;
	void *arg;
};

void targets_init(struct targets *t, targets_group *group, void *arg);
void targets_free(struct targets *t);
/* Says whether the text is a list, and not the name of a file. */
bool targets_is_list(struct slice text);
/* Adds what a list names: parts between commas outside of ranges. */
bool targets_add_list(struct targets *t, struct slice text, struct error *err);
/* Says whether a name can stand before an address in a line, so that a line, a list and what
 * fold.h makes read back as the same name. */
bool targets_name_check(struct slice name, struct error *err);
/* Adds what a line of a file names, without its LF: an address, a name, a range, a group, `!NAME`,
 * or NAME ADDRESS KEY=VALUE...; number counts from 1.  A blank line and one that begins with # say
 * nothing.  Errors are placed in the line. */
bool targets_add_line(struct targets *t, struct slice line, unsigned number, struct error *err);
/* Adds a name and what follows it in a line; line 0: of no file. */
bool targets_add_named(
	struct targets *t, struct slice name, struct slice rest, unsigned line, struct error *err);
bool targets_find(const struct targets *t, struct slice name, size_t *index);
/* Takes out what was excluded.  On failure *number is the line, 0: there are no lines. */
bool targets_end(struct targets *t, unsigned *number, struct error *err);

struct slice targets_name(const struct targets *t, size_t index);
/* Returns what follows the name in its line: ADDRESS KEY=VALUE...; empty: the name says all. */
struct slice targets_rest(const struct targets *t, size_t index);
/* Returns the line that names this target alone. */
struct slice targets_text(const struct targets *t, size_t index);
unsigned targets_line(const struct targets *t, size_t index); /* 0: of no file */

#endif
