/* mem.c - see mem.h. */
#include "mem.h"

#include "fd.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wilco/error.h>

enum { LAST_WORDS_MS = 1000 };

static void (*on_failure)(void);

void mem_on_failure(void (*hook)(void))
{
	on_failure = hook;
}

_Noreturn void mem_lacks(void)
{
	static const char text[] = "wilco: out of memory\n";
	if (on_failure)
		on_failure();
	fd_write(STDERR_FILENO, slice_str(text), LAST_WORDS_MS);
	_exit(STATUS_OUTPUT);
}

/* What the C library keeps at hand for malloc() it does not give to calloc(), which takes three
 * times as long for a small object.  A large one is often fresh from the kernel, and zero as it is.
 */
enum { SMALL = 1024 };

void *mem_new(size_t size)
{
	size += size == 0;
	void *p = size > SMALL ? calloc(1, size) : malloc(size);
	if (!p)
		mem_lacks();
	return size > SMALL ? p : memset(p, 0, size);
}

void *mem_grow(void *old, size_t count, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, size, &bytes))
		mem_lacks();
	bytes += bytes == 0;
	void *p = old ? realloc(old, bytes) : malloc(bytes);
	if (!p)
		mem_lacks();
	return p;
}

static bool is_on_line(const void *memory)
{
	return (uintptr_t)memory % MEM_LINE == 0;
}

void *mem_grow_line(void *old, size_t kept, size_t size)
{
	if (old && is_on_line(old))
		old = mem_grow(old, size, 1);
	if (old && is_on_line(old))
		return old;
	size_t lines = size / MEM_LINE + 1;
	void *p = lines > SIZE_MAX / MEM_LINE ? NULL : aligned_alloc(MEM_LINE, lines * MEM_LINE);
	if (!p)
		mem_lacks();
	if (kept)
		memcpy(p, old, kept);
	mem_drop(old);
	return p;
}

char *mem_strn(const void *text, size_t len)
{
	char *copy = mem_grow(NULL, len + 1, 1);
	if (len)
		memcpy(copy, text, len);
	copy[len] = 0;
	return copy;
}

char *mem_str(const char *text)
{
	return mem_strn(text, strlen(text));
}
