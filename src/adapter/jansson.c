/* jansson.c - see jansson.h. */
#include "adapter/jansson.h"

#include <jansson.h>
#include <stdio.h>

static json_t *json_of(const struct jansson *value)
{
	return (json_t *)value;
}

static struct jansson *value_of(json_t *json)
{
	return (struct jansson *)json;
}

static struct jansson *jansson_read(
	const char *text, size_t length, char *why, size_t size, unsigned *line)
{
	json_error_t error;
	json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
	if (json)
		return value_of(json);
	snprintf(why, size, "%s", error.text);
	*line = error.line > 0 ? (unsigned)error.line : 1;
	return NULL;
}

static void jansson_free(struct jansson *document)
{
	json_decref(json_of(document));
}

static struct jansson *jansson_member(const struct jansson *object, const char *key)
{
	return value_of(json_object_get(json_of(object), key));
}

static void *jansson_next(struct jansson *object, void *iterator)
{
	return iterator ? json_object_iter_next(json_of(object), iterator)
			: json_object_iter(json_of(object));
}

static const char *jansson_key(void *iterator)
{
	return json_object_iter_key(iterator);
}

static struct jansson *jansson_value(void *iterator)
{
	return value_of(json_object_iter_value(iterator));
}

static size_t jansson_count(const struct jansson *list)
{
	return json_array_size(json_of(list));
}

static struct jansson *jansson_element(const struct jansson *list, size_t index)
{
	return value_of(json_array_get(json_of(list), index));
}

static const char *jansson_string(const struct jansson *value)
{
	return json_string_value(json_of(value));
}

static bool jansson_integer(const struct jansson *value, int64_t *number)
{
	*number = json_integer_value(json_of(value));
	return json_is_integer(json_of(value));
}

static bool jansson_truth(const struct jansson *value, bool *truth)
{
	*truth = json_is_true(json_of(value));
	return json_is_boolean(json_of(value));
}

static bool jansson_is_list(const struct jansson *value)
{
	return json_is_array(json_of(value));
}

static bool jansson_is_object(const struct jansson *value)
{
	return json_is_object(json_of(value));
}

static bool jansson_is_null(const struct jansson *value)
{
	return json_is_null(json_of(value));
}

const struct jansson_functions jansson_functions = {.version = JANSSON_FUNCTIONS_VERSION,
	.read = jansson_read,
	.free = jansson_free,
	.member = jansson_member,
	.next = jansson_next,
	.key = jansson_key,
	.value = jansson_value,
	.count = jansson_count,
	.element = jansson_element,
	.string = jansson_string,
	.integer = jansson_integer,
	.truth = jansson_truth,
	.is_object = jansson_is_object,
	.is_list = jansson_is_list,
	.is_null = jansson_is_null};
