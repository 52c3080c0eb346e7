/* mem.h - memory that is there or ends the program: small, fixed-size objects only.
 *
 * What grows with input lives in struct bytes under a cap; for the rest, running out of memory
 * leaves nothing sensible to do but say so once and exit with STATUS_OUTPUT.  mem_on_failure()
 * lets the console restore the terminal first.
 */
#ifndef WILCO_MEM_H
#define WILCO_MEM_H

#include <stddef.h>

void *mem_new(size_t size); /* zeroed; free() it */
void *mem_grow(void *old, size_t count, size_t size);
char *mem_str(const char *text);
char *mem_strn(const void *text, size_t len); /* adds the NUL */
void mem_on_failure(void (*hook)(void));

#endif
