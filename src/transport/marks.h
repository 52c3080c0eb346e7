/* marks.h - what the driver of a port says about bytes that came damaged, in between them (PARMRK,
 * POSIX.1-2017 section 11.2.2): ff ff is the byte ff; ff 00 X is X with a wrong parity or stop bit;
 * ff 00 00 may also be a break. */
#ifndef WILCO_TRANSPORT_MARKS_H
#define WILCO_TRANSPORT_MARKS_H

#include <wilco/bytes.h>

struct marks {
	uint8_t held; /* the begin of a mark that came: 1: ff, 2: ff 00; 0: none */
};

/* Is told about a byte that came damaged and would be the at-th of those that came; false: it is no
 * byte and is left out. */
typedef bool marks_bad(void *arg, size_t at, uint8_t byte);
/* Takes the marks out of n bytes, in place, and returns how many are left.  There is room for one
 * more. */
size_t marks_take(struct marks *m, uint8_t *bytes, size_t n, marks_bad *bad, void *arg);

#endif
