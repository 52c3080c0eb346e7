/* jansson.h - reads JSON (jansson) behind a table of functions, so that its library is loaded only
 * for a program that gets some. */
#ifndef WILCO_ADAPTER_JANSSON_H
#define WILCO_ADAPTER_JANSSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JANSSON_FUNCTIONS_VERSION = 2 };

/* A value, or a part of one. */
struct jansson;

struct jansson_functions {
	int version;
	/* Reads a document.  Returns NULL where `why` (of `size` bytes) says what is wrong, and
	 * *line where. */
	struct jansson *(*read)(
		const char *text, size_t length, char *why, size_t size, unsigned *line);
	void (*free)(struct jansson *document); /* NULL is allowed */
	/* Returns a member of an object; NULL: there is none, or the value is no object. */
	struct jansson *(*member)(const struct jansson *object, const char *key);
	/* Return the members of an object, in their order, after an iterator (NULL: from the
	 * beginning); NULL: there are no more. */
	void *(*next)(struct jansson *object, void *iterator);
	const char *(*key)(void *iterator);
	struct jansson *(*value)(void *iterator);
	/* Return the elements of a list; 0 and NULL for other values. */
	size_t (*count)(const struct jansson *list);
	struct jansson *(*element)(const struct jansson *list, size_t index);
	/* Returns a string, valid while the document is; NULL: the value is none. */
	const char *(*string)(const struct jansson *value);
	bool (*integer)(const struct jansson *value, int64_t *number);
	bool (*truth)(const struct jansson *value, bool *truth);
	bool (*is_object)(const struct jansson *value);
	bool (*is_list)(const struct jansson *value);
	bool (*is_null)(const struct jansson *value);
};

extern const struct jansson_functions jansson_functions;

#endif
