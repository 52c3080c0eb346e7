/* answers.h - which devices answered the same, and what the odd ones say instead.
 *
 * Answers are equal when status, number of frames, payloads and fields are, but for counters and
 * bare names, which differ each time.  Of a failure only the status counts,
 * and what is shown of its reason is common to all.  What devices said to
 * all of their commands is a path in a tree: a node for each answer to a command, below the node of
 * the answers before it.  A device keeps only the number of its node, a node one sample.
 */
#ifndef WILCO_FLEET_ANSWERS_H
#define WILCO_FLEET_ANSWERS_H

#include "adapter/pattern.h"
#include <wilco/session.h>

enum { ANSWERS_GROUPS_MAX = 1000 };

struct answers;

struct answers_config {
	size_t targets, commands;
	const struct pattern *only;    /* only what it finds is compared; borrowed; NULL: all */
	const struct pattern *without; /* what it finds is not compared; borrowed; NULL: nothing */
};
struct answers *answers_new(const struct answers_config *config);
void answers_free(struct answers *a); /* NULL is allowed */
/* Takes the results of a target, in the order of its commands. */
void answers_add(struct answers *a, size_t target, const struct exchange *x);
/* All results of the target have come. */
void answers_end(struct answers *a, size_t target);
/* Forgets all: another round begins. */
void answers_begin(struct answers *a);

/* The devices that answered the same. */
struct answers_group {
	uint32_t node;
	size_t count;
	enum exchange_status status; /* the worst */
};
/* Says into how many groups the targets that have ended fall. */
size_t answers_group_count(const struct answers *a);
/* Returns the groups, the biggest first; *unknown counts targets whose answers found no room. */
const struct answers_group *answers_groups(struct answers *a, size_t *count, size_t *unknown);
/* Returns the index of a target's group, of those that answers_groups() returned last; SIZE_MAX: it
 * is in none of them. */
size_t answers_group_of(const struct answers *a, size_t target);
/* Counts the targets that answered well, but not what most of them answered. */
size_t answers_odd(const struct answers *a);
/* Adds what a group answered, as one line; flags: those of base/text.h. */
void answers_text(
	const struct answers *a, const struct answers_group *g, unsigned flags, struct bytes *out);
/* Adds what is different from another group's answers: "fw 2.0 instead of 2.1"; false: they cannot
 * be compared. */
bool answers_difference(struct answers *a, const struct answers_group *g,
	const struct answers_group *than, unsigned flags, struct bytes *out);

#endif
