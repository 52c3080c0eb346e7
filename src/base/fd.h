/* fd.h - whole reads and writes on descriptors that wilco did not open.
 *
 * Standard input and output are shared with other programs, and one of them may have made them
 * non-blocking for all.  So "not now" (EAGAIN) is not a failure: fd_write() and fd_read() wait.
 * None of the functions allocates; all are async-signal-safe.
 */
#ifndef WILCO_FD_H
#define WILCO_FD_H

#include <sys/types.h>
#include <wilco/bytes.h>

enum { FD_FOR_EVER = -1 };

/* Writes all of it.  On failure returns false and errno says why.  `patience` is how long to wait
 * each time for a reader that does not read, in ms; after that errno is ETIMEDOUT. */
bool fd_write(int fd, struct slice bytes, int patience);
/* Writes what goes without waiting, even where the descriptor is blocking, and returns how much
 * that was; below 0: nothing goes any more, and errno says why. */
ssize_t fd_write_ready(int fd, struct slice bytes);
/* Reads as read(2) does, but waits instead of failing with EAGAIN or EINTR. */
ssize_t fd_read(int fd, void *to, size_t size);

#endif
