/* mem.c - see mem.h. */
#include "mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wilco/error.h>

static void (*on_failure)(void);

void mem_on_failure(void (*hook)(void))
{
	on_failure = hook;
}

static _Noreturn void out_of_memory(void)
{
	static const char text[] = "wilco: out of memory\n";
	if (on_failure)
		on_failure();
	ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
	(void)ignored;
	_exit(STATUS_OUTPUT);
}

void *mem_new(size_t size)
{
	void *p = calloc(1, size ? size : 1);
	if (!p)
		out_of_memory();
	return p;
}

void *mem_grow(void *old, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		out_of_memory();
	size_t bytes = count * size;
	void *p = realloc(old, bytes > 0 ? bytes : 1);
	if (!p)
		out_of_memory();
	return p;
}

char *mem_strn(const void *text, size_t len)
{
	char *copy = mem_new(len + 1);
	if (len)
		memcpy(copy, text, len);
	return copy;
}

char *mem_str(const char *text)
{
	return mem_strn(text, strlen(text));
}
