/* marks.c - see marks.h. */
#include "transport/marks.h"

#include <string.h>

enum { MARK = 0xff };

size_t marks_take(struct marks *m, uint8_t *bytes, size_t n, marks_bad *bad, void *arg)
{
	size_t kept = 0, at = 0;
	/* A system that marks nothing sends any byte behind ff, which is data then. */
	if (n && m->held == 1 && bytes[0] != 0 && bytes[0] != MARK) {
		memmove(bytes + 1, bytes, n++);
		bytes[0] = MARK;
	}
	while (at < n) {
		uint8_t c = bytes[at++];
		if (m->held == 2) {
			m->held = 0;
			if (bad(arg, kept, c))
				bytes[kept++] = c;
		} else if (m->held == 1) {
			m->held = c == 0 ? 2 : 0;
			if (c != 0)
				bytes[kept++] = MARK;
			if (c != 0 && c != MARK)
				bytes[kept++] = c;
		} else if (c == MARK) {
			m->held = 1;
		} else {
			bytes[kept++] = c;
		}
	}
	return kept;
}
