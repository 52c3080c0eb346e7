/* groups.h - names for several devices of the book: `.group pumps = pump1 pump2`. */
#ifndef WILCO_GROUPS_H
#define WILCO_GROUPS_H

#include <wilco/bytes.h>
#include <wilco/error.h>

enum { GROUPS_MAX = 10000 };

struct group {
	char *name;
	char *members; /* names, ranges, groups and addresses, separated by blanks */
};

struct groups {
	struct group *at;
	size_t count;
};

/* Defines "NAME = MEMBER...", in place of a group of the same name. */
bool groups_define(struct groups *g, struct slice rest, struct error *err);
/* Gives the members of a group; false: there is no such group. */
bool groups_find(const struct groups *g, struct slice name, struct slice *members);
/* Returns the index-th name; NULL at the end. */
const char *group_name_at(const void *groups, size_t index);
void groups_free(struct groups *g);

#endif
