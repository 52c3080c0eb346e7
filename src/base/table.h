/* table.h - words looked up in tables: exactly, by a unique prefix, or by "did you mean". */
#ifndef WILCO_TABLE_H
#define WILCO_TABLE_H

#include <wilco/bytes.h>

/* Returns the index-th name, NULL at the end. */
typedef const char *(*table_names)(const void *table, size_t index);

enum { TABLE_NONE = -1, TABLE_AMBIGUOUS = -2 };

int table_exact(struct slice word, table_names names, const void *table);
/* Returns the index of the name that equals `word`, else of the only one that begins with it. */
int table_prefix(struct slice word, table_names names, const void *table);
/* Returns the nearest name if it is near enough to suggest, else NULL. */
const char *table_near(struct slice word, table_names names, const void *table);
/* Writes "a, b, c": all names that begin with `word` (empty: all names), cut with "..." to
 * `size`. */
const char *table_list(
	struct slice word, table_names names, const void *table, char *out, size_t size);
/* Writes "a, b or c": all names of a table whose names are few and short. */
enum { TABLE_NAMES_MAX = 128 };
const char *table_either(table_names names, const void *table, char out[TABLE_NAMES_MAX]);

#endif
