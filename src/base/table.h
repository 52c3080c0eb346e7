/* table.h - words looked up in tables: exact, by unique prefix, or "did you mean". */
#ifndef WILCO_TABLE_H
#define WILCO_TABLE_H

#include <wilco/bytes.h>

/* The index-th name, NULL at the end. */
typedef const char *(*table_names)(const void *table, size_t index);

enum { TABLE_NONE = -1, TABLE_AMBIGUOUS = -2 };

int table_exact(struct slice word, table_names names, const void *table);
/* Exact wins; else the only name that begins with word. */
int table_prefix(struct slice word, table_names names, const void *table);
/* The nearest name, if it is near enough to suggest; NULL otherwise. */
const char *table_near(struct slice word, table_names names, const void *table);
/* "a, b, c": all names that begin with word (empty: all); cut with "..." to `size`. */
const char *table_list(
	struct slice word, table_names names, const void *table, char *out, size_t size);

#endif
