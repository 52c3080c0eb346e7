/* table.c - see table.h. */
#include "table.h"

#include <stdio.h>

int table_exact(struct slice word, table_names names, const void *table)
{
	const char *name;
	for (size_t i = 0; word.len && (name = names(table, i)); i++)
		if (slice_is(word, name))
			return (int)i;
	return TABLE_NONE;
}

int table_prefix(struct slice word, table_names names, const void *table)
{
	int found = table_exact(word, names, table);
	if (found >= 0 || !word.len)
		return found;
	const char *name;
	for (size_t i = 0; (name = names(table, i)); i++) {
		if (!slice_starts(slice_str(name), word))
			continue;
		if (found >= 0)
			return TABLE_AMBIGUOUS;
		found = (int)i;
	}
	return found;
}

enum { NEAR_MAX = 32 };

static size_t least(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;
	return m < c ? m : c;
}

static uint8_t table_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

/* The Damerau-Levenshtein distance (adjacent swaps count one), with case folded. */
static size_t distance(struct slice a, struct slice b)
{
	size_t d[NEAR_MAX + 1][NEAR_MAX + 1];
	for (size_t i = 0; i <= a.len; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= b.len; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= a.len; i++)
		for (size_t j = 1; j <= b.len; j++) {
			bool same = table_lower(a.at[i - 1]) == table_lower(b.at[j - 1]);
			d[i][j] = least(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + !same);
			if (i > 1 && j > 1 &&
				table_lower(a.at[i - 1]) == table_lower(b.at[j - 2]) &&
				table_lower(a.at[i - 2]) == table_lower(b.at[j - 1]) &&
				d[i - 2][j - 2] + 1 < d[i][j])
				d[i][j] = d[i - 2][j - 2] + 1;
		}
	return d[a.len][b.len];
}

const char *table_near(struct slice word, table_names names, const void *table)
{
	const char *best = NULL, *name;
	size_t best_distance = word.len < 4 ? 1 : word.len < 7 ? 2 : 3;
	if (!word.len || word.len > NEAR_MAX)
		return NULL;
	for (size_t i = 0; (name = names(table, i)); i++) {
		struct slice other = slice_str(name);
		if (!other.len || other.len > NEAR_MAX)
			continue;
		size_t d = distance(word, other);
		if (d < best_distance || (d == best_distance && !best)) {
			best = name;
			best_distance = d;
		}
	}
	return best;
}

const char *table_list(
	struct slice word, table_names names, const void *table, char *out, size_t size)
{
	size_t used = 0;
	const char *name;
	out[0] = 0;
	for (size_t i = 0; (name = names(table, i)); i++) {
		if (!*name || !slice_starts(slice_str(name), word))
			continue;
		int n = snprintf(out + used, size - used, "%s%s", used ? ", " : "", name);
		if (n < 0 || (size_t)n >= size - used) {
			snprintf(out + used, size - used, "...");
			break;
		}
		used += (size_t)n;
	}
	return out;
}

const char *table_either(table_names names, const void *table, char out[TABLE_NAMES_MAX])
{
	size_t used = 0;
	const char *name;
	for (size_t i = 0; (name = names(table, i)) && used < TABLE_NAMES_MAX; i++)
		used += (size_t)snprintf(out + used, TABLE_NAMES_MAX - used, "%s%s",
			!i                    ? ""
			: names(table, i + 1) ? ", "
					      : " or ",
			name);
	return out;
}
