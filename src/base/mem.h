/* mem.h - memory that is there or ends the program: small, fixed-size objects only.
 *
 * What grows with input lives in struct bytes under a cap.  For the rest, a program without memory
 * can do nothing sensible but say so once and exit with STATUS_OUTPUT.  mem_on_failure() lets the
 * console restore the terminal first.
 */
#ifndef WILCO_MEM_H
#define WILCO_MEM_H

#include <stddef.h>
#include <stdlib.h>

/* Marks a large variable that every command passes and that is filled before it is read.  The
 * compiler would zero it first (configure asks for that), which takes longer than the work on
 * it. */
#if defined __has_attribute
#if __has_attribute(uninitialized)
#define MEM_UNSET __attribute__((uninitialized))
#endif
#endif
#ifndef MEM_UNSET
#define MEM_UNSET
#endif

/* A function that is seldom needed on the way of every command or frame: where it is no part of its
 * caller, that has more registers, and no large variables. */
#define APART __attribute__((noinline))

void *mem_new(size_t size); /* zeroed; free() it */
void *mem_grow(void *old, size_t count, size_t size);
/* Grows a large buffer, of which the first `kept` bytes count, that the kernel fills.  It begins at
 * a multiple of MEM_LINE: malloc() puts large memory 16 bytes behind a page's start, and some
 * processors (AMD's with FSRM) copy pages to 1 to 63 bytes behind one at a third of their speed. */
enum { MEM_LINE = 64 };
void *mem_grow_line(void *old, size_t kept, size_t size);
/* Makes room for one more in an array of `count`, which has *room and doubles when it is full. */
static inline void *mem_more(void *array, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return array;
	*room = *room ? *room * 2 : 8;
	return mem_grow(array, *room, size);
}
/* Does the same as free(), without a call for what is seldom there. */
static inline void mem_drop(void *memory)
{
	if (memory)
		free(memory);
}
char *mem_str(const char *text);
char *mem_strn(const void *text, size_t len); /* adds the NUL */
void mem_on_failure(void (*hook)(void));
/* Ends the program as these do, where the kernel has no memory for something. */
_Noreturn void mem_lacks(void);

#endif
