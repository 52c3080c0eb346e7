/* fd.c - see fd.h. */
#include "fd.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

/* Called after a failed read or write: says whether it can be made again, for which it may wait. */
static bool fd_go_on(int fd, short events, int patience)
{
	struct pollfd p = {.fd = fd, .events = events};
	int n;
	if (errno == EINTR)
		return true;
	if (errno != EAGAIN && errno != EWOULDBLOCK)
		return false;
	do
		n = poll(&p, 1, patience);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		errno = ETIMEDOUT;
	return n > 0;
}

bool fd_write(int fd, struct slice bytes, int patience)
{
	while (bytes.len) {
		ssize_t n = write(fd, bytes.at, bytes.len);
		if (n == 0)
			errno = EIO; /* a full device may return 0 */
		if (n <= 0 && !fd_go_on(fd, POLLOUT, patience))
			return false;
		bytes = slice_cut(bytes, n > 0 ? (size_t)n : 0, bytes.len);
	}
	return true;
}

/* A pipe, socket or terminal that is ready takes so much without blocking; a file, and a device as
 * /dev/null is, takes all, which matters, and is asked for, only where there is more. */
static size_t fd_piece(int fd, size_t len)
{
	struct stat st;
	if (len <= PIPE_BUF || fstat(fd, &st) < 0)
		return PIPE_BUF;
	bool all = S_ISREG(st.st_mode) || (S_ISCHR(st.st_mode) && !isatty(fd));
	return all ? SSIZE_MAX : PIPE_BUF;
}

ssize_t fd_write_ready(int fd, struct slice bytes)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	size_t piece = fd_piece(fd, bytes.len), done = 0;
	while (done < bytes.len && poll(&p, 1, 0) != 0) {
		struct slice part = slice_cut(bytes, done, bytes.len);
		ssize_t n = write(fd, part.at, part.len < piece ? part.len : piece);
		if (n == 0)
			errno = EIO; /* a full device may return 0 */
		if (n <= 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (n <= 0 && errno != EINTR)
			return done ? (ssize_t)done : -1;
		done += n > 0 ? (size_t)n : 0;
	}
	return (ssize_t)done;
}

ssize_t fd_read(int fd, void *to, size_t size)
{
	ssize_t n;
	do
		n = read(fd, to, size);
	while (n < 0 && fd_go_on(fd, POLLIN, FD_FOR_EVER));
	return n;
}
