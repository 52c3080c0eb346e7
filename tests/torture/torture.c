/* torture.c - a library to preload, in which calls of a program to the system fail.
 *
 * WILCO_TORTURE=CALL:ERROR:N makes the Nth such call fail, CALL:ERROR:N+ every one from the Nth on.
 * "short" is an ERROR, too: a single byte is read or written.  The file of
 * WILCO_TORTURE_COUNTS=FILE always holds how many calls could have failed so; a driver reads from
 * it what N may be.  Only a program whose name begins with "wilco" is tortured, but not the
 * programs that it starts.
 *
 * The faults are those that Linux gives (see each call's manual): EAGAIN only on a descriptor that
 * does not block, ENOSPC on a file, ECONNRESET on a socket, and none of these on the pipes,
 * eventfds and files in memory that a program made for itself.  Other faults of a kernel are not
 * tested.
 */
#undef _FILE_OFFSET_BITS /* both names of a call are here, and each means its own */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

/* ---- which faults there are ---- */

/* The places where a fault is possible. */
enum {
	FILES = 1,   /* regular files */
	STREAMS = 2, /* terminals, and pipes that others made */
	SOCKETS = 4, /* stream sockets */
	DATAGRAMS = 8,
	OWN = 16, /* the program's own pipes, eventfds and files in memory */
	ANY = 31,
	WAITLESS = 32, /* only where the descriptor does not block */
	PARTS = 64,    /* only where a part of the bytes can be moved */
	WRITTEN = 128, /* only where the descriptor was opened for writing */
};

enum { SHORT = -1 };

struct fault {
	const char *call, *error;
	int code;
	unsigned where;
};

#define FAULT(call, code, where)         \
	{                                \
		call, #code, code, where \
	}
static const struct fault faults[] = {
	FAULT("malloc", ENOMEM, ANY),
	FAULT("read", EIO, FILES | STREAMS),
	FAULT("read", ECONNRESET, SOCKETS),
	FAULT("read", ECONNREFUSED, DATAGRAMS),
	FAULT("read", EINTR, ANY),
	FAULT("read", EAGAIN, (ANY & ~FILES) | WAITLESS),
	{"read", "short", SHORT, FILES | STREAMS | SOCKETS | OWN | PARTS},
	FAULT("write", EIO, FILES | STREAMS),
	FAULT("write", ENOSPC, FILES),
	FAULT("write", EPIPE, STREAMS | SOCKETS),
	FAULT("write", ECONNRESET, SOCKETS),
	FAULT("write", ECONNREFUSED, DATAGRAMS),
	FAULT("write", ENOBUFS, DATAGRAMS),
	FAULT("write", EINTR, ANY),
	FAULT("write", EAGAIN, STREAMS | SOCKETS | DATAGRAMS | WAITLESS),
	{"write", "short", SHORT, FILES | STREAMS | SOCKETS | OWN | PARTS},
	FAULT("open", EMFILE, ANY),
	FAULT("open", EACCES, ANY),
	FAULT("open", EIO, ANY),
	FAULT("open", EINTR, ANY),
	FAULT("close", EIO, FILES | WRITTEN),
	FAULT("close", ENOSPC, FILES | WRITTEN),
	FAULT("close", EINTR, ANY),
	FAULT("fsync", EIO, FILES),
	FAULT("fstat", EIO, FILES),
	FAULT("lseek", EIO, FILES),
	FAULT("ftruncate", EIO, FILES),
	FAULT("flock", ENOLCK, ANY),
	FAULT("rename", EIO, ANY),
	FAULT("rename", ENOSPC, ANY),
	FAULT("mkdir", ENOSPC, ANY),
	FAULT("unlink", EIO, ANY),
	FAULT("stat", EACCES, ANY),
	FAULT("fcntl", EMFILE, ANY),
	FAULT("ioctl", EIO, STREAMS),
	FAULT("pipe", EMFILE, ANY),
	FAULT("eventfd", EMFILE, ANY),
	FAULT("memfd_create", EMFILE, ANY),
	FAULT("epoll_create", EMFILE, ANY),
	FAULT("epoll_ctl", ENOSPC, ANY),
	FAULT("epoll_wait", EINTR, ANY),
	FAULT("poll", EINTR, ANY),
	FAULT("socket", EMFILE, ANY),
	FAULT("socket", ENOBUFS, ANY),
	FAULT("bind", EADDRINUSE, ANY),
	FAULT("listen", EADDRINUSE, ANY),
	FAULT("accept", EMFILE, ANY),
	FAULT("accept", ENOBUFS, ANY),
	FAULT("accept", ECONNABORTED, ANY),
	FAULT("accept", EINTR, ANY),
	FAULT("connect", ECONNREFUSED, ANY),
	FAULT("connect", ETIMEDOUT, ANY),
	FAULT("connect", EADDRNOTAVAIL, ANY),
	FAULT("connect", EINTR, ANY),
	FAULT("getsockname", ENOBUFS, ANY),
	FAULT("getpeername", ENOTCONN, ANY),
	FAULT("setsockopt", EINVAL, ANY),
	FAULT("shutdown", ENOTCONN, ANY),
	FAULT("fork", EAGAIN, ANY),
	FAULT("pthread_create", EAGAIN, ANY),
	FAULT("getaddrinfo", EAI_MEMORY, ANY),
	FAULT("getaddrinfo", EAI_AGAIN, ANY),
	FAULT("fopen", EMFILE, ANY),
	FAULT("fwrite", ENOSPC, ANY),
	FAULT("fflush", ENOSPC, ANY),
	FAULT("fclose", EIO, ANY),
};

enum { FAULTS = sizeof faults / sizeof faults[0], DESCRIPTORS = 4096 };

/* ---- counting ---- */

struct record {
	char name[32]; /* "read:EIO" */
	_Atomic uint64_t count;
};

static struct record own_records[FAULTS], *records = own_records;
static atomic_bool made_here[DESCRIPTORS]; /* descriptors of the place OWN */
static enum { NEW, STARTING, PASSIVE, ACTIVE } state;
static int armed = -1; /* the fault to cause; -1: none */
static uint64_t armed_at;
static bool armed_on; /* from armed_at on, every time */

static void arm(const char *text)
{
	for (int i = 0; i < FAULTS; i++) {
		size_t n = strlen(records[i].name);
		if (strncmp(text, records[i].name, n) == 0 && text[n] == ':') {
			char *end;
			armed = i;
			armed_at = strtoull(text + n + 1, &end, 10);
			armed_on = *end == '+';
		}
	}
}

static void share_counts(const char *path)
{
	int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || syscall(SYS_ftruncate, fd, sizeof own_records) != 0)
		return;
	void *map = mmap(NULL, sizeof own_records, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	syscall(SYS_close, fd);
	if (map != MAP_FAILED)
		records = map;
}

static void on_fork(void)
{
	state = PASSIVE;
}

static bool active(void)
{
	if (state != NEW)
		return state == ACTIVE;
	state = STARTING;
	const char *text = getenv("WILCO_TORTURE"), *counts = getenv("WILCO_TORTURE_COUNTS");
	if (strncmp(program_invocation_short_name, "wilco", 5) != 0) {
		state = PASSIVE;
		return false;
	}
	if (counts)
		share_counts(counts);
	for (int i = 0; i < FAULTS; i++) {
		stpcpy(stpcpy(stpcpy(records[i].name, faults[i].call), ":"), faults[i].error);
		records[i].count = 0;
	}
	if (text)
		arm(text);
	pthread_atfork(NULL, NULL, on_fork);
	state = ACTIVE;
	return true;
}

static void note_made(int fd)
{
	if (fd >= 0 && fd < DESCRIPTORS)
		made_here[fd] = true;
}

/* Notes that a descriptor is something else from now on. */
static int fresh(int fd)
{
	if (fd >= 0 && fd < DESCRIPTORS)
		made_here[fd] = false;
	return fd;
}

/* Returns the place of a descriptor over which `size` bytes go. */
static unsigned place_of(int fd, size_t size)
{
	struct stat st;
	int type = 0;
	socklen_t len = sizeof type;
	int flags = (int)syscall(SYS_fcntl, fd, F_GETFL);
	unsigned place = flags >= 0 && flags & O_NONBLOCK ? WAITLESS : 0;
	place |= flags >= 0 && (flags & O_ACCMODE) != O_RDONLY ? WRITTEN : 0;
	if (syscall(SYS_newfstatat, fd, "", &st, AT_EMPTY_PATH) != 0)
		return ANY;
	if (S_ISSOCK(st.st_mode)) {
		syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, &type, &len);
		return place | (type == SOCK_DGRAM ? DATAGRAMS : SOCKETS | (size > 1 ? PARTS : 0));
	}
	if (fd < DESCRIPTORS && made_here[fd])
		place |= OWN;
	else
		place |= S_ISREG(st.st_mode) ? FILES : STREAMS;
	if (!(st.st_mode & S_IFMT)) /* an eventfd, which takes everything at once */
		return place & ~WAITLESS;
	/* A pipe takes up to PIPE_BUF bytes as a whole. */
	if (size > 1 && !(S_ISFIFO(st.st_mode) && size <= PIPE_BUF))
		place |= PARTS;
	return place;
}

static bool possible(const struct fault *f, unsigned place)
{
	unsigned needed = f->where & (WAITLESS | PARTS | WRITTEN);
	return f->where & place & ANY && (needed & place) == needed;
}

/* Returns what happens to this call: 0 (nothing), an errno, or SHORT. */
static int strike_at(const char *call, unsigned place)
{
	int happens = 0;
	if (!active())
		return 0;
	for (int i = 0; i < FAULTS; i++) {
		if (strcmp(faults[i].call, call) != 0 || !possible(&faults[i], place))
			continue;
		uint64_t n = atomic_fetch_add(&records[i].count, 1) + 1;
		if (i == armed && (n == armed_at || (armed_on && n > armed_at)))
			happens = faults[i].code;
	}
	return happens;
}

static int strike(const char *call)
{
	return strike_at(call, ANY);
}

/* Returns what happens to a call on a descriptor.  When one call says that a connection is broken,
 * it is broken for both sides and for the next call. */
static int strike_fd(const char *call, int fd, size_t size)
{
	if (state == PASSIVE)
		return 0;
	unsigned place = place_of(fd, size);
	int happens = strike_at(call, place);
	if (place & SOCKETS && (happens == ECONNRESET || happens == EPIPE))
		syscall(SYS_shutdown, fd, SHUT_RDWR);
	return happens;
}

/* ---- the calls ---- */

/* Finds the function that ours replaces. */
#define REAL(name)                     \
	static __typeof__(&name) real; \
	if (!real)                     \
	real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

/* Sets errno and says whether the call fails; otherwise the call itself is made. */
static bool struck(int happens)
{
	if (happens > 0)
		errno = happens;
	return happens > 0;
}

/* Set inside a function of the C library that a function below called, and during a lookup. */
static _Thread_local bool sparing;

/* Says whether a caller that asks for memory crashes where there is none and is not our code:
 * libedit, ncurses, libtelnet, and the C library while it looks up a name. */
static bool spared(const void *caller)
{
	static const char *const names[] = {
		"/libedit.", "/libtinfo.", "/libncurses", "/libtelnet."};
	struct dl_find_object where;
	if (sparing)
		return true;
	/* dladdr() would search all symbols of the object, each time. */
	if (_dl_find_object((void *)caller, &where) != 0)
		return false;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strstr(where.dlfo_link_map->l_name, names[i]))
			return true;
	return false;
}

/* Says whether the caller of the function in which this is used gets no memory. */
#define NO_MEMORY (active() && !spared(__builtin_return_address(0)) && struck(strike("malloc")))

void *malloc(size_t size)
{
	REAL(malloc);
	return NO_MEMORY ? NULL : real(size);
}

void *calloc(size_t count, size_t size)
{
	REAL(calloc);
	return NO_MEMORY ? NULL : real(count, size);
}

void *realloc(void *old, size_t size)
{
	REAL(realloc);
	return NO_MEMORY ? NULL : real(old, size);
}

void *reallocarray(void *old, size_t count, size_t size)
{
	REAL(reallocarray);
	return NO_MEMORY ? NULL : real(old, count, size);
}

#define COPY(type, name)                               \
	REAL(name);                                    \
	sparing = spared(__builtin_return_address(0)); \
	type copy = real(text);                        \
	sparing = false;                               \
	return copy

char *strdup(const char *text)
{
	COPY(char *, strdup);
}

wchar_t *wcsdup(const wchar_t *text)
{
	COPY(wchar_t *, wcsdup);
}

void *memalign(size_t alignment, size_t size);
void *memalign(size_t alignment, size_t size)
{
	REAL(memalign);
	return struck(strike("malloc")) ? NULL : real(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	REAL(aligned_alloc);
	return struck(strike("malloc")) ? NULL : real(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
	REAL(posix_memalign);
	int happens = strike("malloc");
	return happens ? happens : real(out, alignment, size);
}

/* The body of a call that reads or writes `size` bytes, a parameter; a short call asks for one
 * byte. */
#define TRANSFER(call, name, ...)                \
	REAL(name);                              \
	int happens = strike_fd(call, fd, size); \
	if (struck(happens))                     \
		return -1;                       \
	if (happens == SHORT)                    \
		size = 1;                        \
	return real(__VA_ARGS__)

ssize_t read(int fd, void *to, size_t size)
{
	TRANSFER("read", read, fd, to, size);
}

ssize_t pread(int fd, void *to, size_t size, off_t at)
{
	TRANSFER("read", pread, fd, to, size, at);
}

ssize_t pread64(int fd, void *to, size_t size, off64_t at)
{
	TRANSFER("read", pread64, fd, to, size, at);
}

ssize_t recv(int fd, void *to, size_t size, int flags)
{
	TRANSFER("read", recv, fd, to, size, flags);
}

ssize_t write(int fd, const void *from, size_t size)
{
	TRANSFER("write", write, fd, from, size);
}

ssize_t pwrite(int fd, const void *from, size_t size, off_t at)
{
	TRANSFER("write", pwrite, fd, from, size, at);
}

ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at)
{
	TRANSFER("write", pwrite64, fd, from, size, at);
}

ssize_t send(int fd, const void *from, size_t size, int flags)
{
	TRANSFER("write", send, fd, from, size, flags);
}

ssize_t sendto(int fd, const void *from, size_t size, int flags, const struct sockaddr *to,
	socklen_t to_size)
{
	TRANSFER("write", sendto, fd, from, size, flags, to, to_size);
}

/* The fortified functions, for a program that is compiled with them. */
ssize_t __read_chk(int fd, void *to, size_t size, size_t room);
ssize_t __read_chk(int fd, void *to, size_t size, size_t room)
{
	if (size > room)
		abort();
	return read(fd, to, size);
}

ssize_t __pread_chk(int fd, void *to, size_t size, off_t at, size_t room);
ssize_t __pread_chk(int fd, void *to, size_t size, off_t at, size_t room)
{
	if (size > room)
		abort();
	return pread(fd, to, size, at);
}

ssize_t __pread64_chk(int fd, void *to, size_t size, off64_t at, size_t room);
ssize_t __pread64_chk(int fd, void *to, size_t size, off64_t at, size_t room)
{
	if (size > room)
		abort();
	return pread64(fd, to, size, at);
}

/* The body of a call with an iovec; a short call gets one part of one byte. */
#define VECTOR(call, name, ...)                                           \
	REAL(name);                                                       \
	size_t size = 0;                                                  \
	for (int i = 0; i < count; i++)                                   \
		size += parts[i].iov_len;                                 \
	int happens = strike_fd(call, fd, size);                          \
	if (struck(happens))                                              \
		return -1;                                                \
	struct iovec one = {.iov_base = parts[0].iov_base, .iov_len = 1}; \
	if (happens == SHORT && parts[0].iov_len) {                       \
		parts = &one;                                             \
		count = 1;                                                \
	}                                                                 \
	return real(__VA_ARGS__)

ssize_t readv(int fd, const struct iovec *parts, int count)
{
	VECTOR("read", readv, fd, parts, count);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
	VECTOR("write", writev, fd, parts, count);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	REAL(recvmsg);
	return struck(strike_fd("read", fd, 1)) ? -1 : real(fd, message, flags);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	REAL(sendmsg);
	return struck(strike_fd("write", fd, 1)) ? -1 : real(fd, message, flags);
}

/* The body of a call that returns a descriptor, or an error instead. */
#define DESCRIPTOR(call, name, ...) \
	REAL(name);                 \
	return struck(strike(call)) ? -1 : fresh(real(__VA_ARGS__))

#define MODE_OF_OPEN                                                            \
	va_list args;                                                           \
	va_start(args, flags);                                                  \
	mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0; \
	va_end(args)

int open(const char *path, int flags, ...)
{
	MODE_OF_OPEN;
	DESCRIPTOR("open", open, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	MODE_OF_OPEN;
	DESCRIPTOR("open", open64, path, flags, mode);
}

int openat(int at, const char *path, int flags, ...)
{
	MODE_OF_OPEN;
	DESCRIPTOR("open", openat, at, path, flags, mode);
}

int openat64(int at, const char *path, int flags, ...)
{
	MODE_OF_OPEN;
	DESCRIPTOR("open", openat64, at, path, flags, mode);
}

int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
	return open(path, flags);
}

int __open64_2(const char *path, int flags);
int __open64_2(const char *path, int flags)
{
	return open64(path, flags);
}

int socket(int domain, int type, int protocol)
{
	DESCRIPTOR("socket", socket, domain, type, protocol);
}

int accept(int fd, struct sockaddr *address, socklen_t *size)
{
	DESCRIPTOR("accept", accept, fd, address, size);
}

int accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
	DESCRIPTOR("accept", accept4, fd, address, size, flags);
}

int epoll_create1(int flags)
{
	DESCRIPTOR("epoll_create", epoll_create1, flags);
}

int memfd_create(const char *name, unsigned flags)
{
	REAL(memfd_create);
	int fd = struck(strike("memfd_create")) ? -1 : real(name, flags);
	note_made(fd);
	return fd;
}

int eventfd(unsigned value, int flags)
{
	REAL(eventfd);
	int fd = struck(strike("eventfd")) ? -1 : real(value, flags);
	note_made(fd);
	return fd;
}

int pipe2(int fds[2], int flags)
{
	REAL(pipe2);
	if (struck(strike("pipe")) || real(fds, flags) != 0)
		return -1;
	note_made(fds[0]);
	note_made(fds[1]);
	return 0;
}

int pipe(int fds[2])
{
	return pipe2(fds, 0);
}

static int fcntl_any(int fd, int command, long argument)
{
	bool makes = command == F_DUPFD || command == F_DUPFD_CLOEXEC;
	if (makes && struck(strike("fcntl")))
		return -1;
	int rc = (int)syscall(SYS_fcntl, fd, command, argument);
	return makes ? fresh(rc) : rc;
}

#define ARGUMENT_BEHIND(last)               \
	va_list args;                       \
	va_start(args, last);               \
	long argument = va_arg(args, long); \
	va_end(args)

int fcntl(int fd, int command, ...)
{
	ARGUMENT_BEHIND(command);
	return fcntl_any(fd, command, argument);
}

int fcntl64(int fd, int command, ...)
{
	ARGUMENT_BEHIND(command);
	return fcntl_any(fd, command, argument);
}

/* FIONBIO never fails on a descriptor, so nothing strikes it. */
int ioctl(int fd, unsigned long request, ...)
{
	ARGUMENT_BEHIND(request);
	if (request != FIONBIO && struck(strike_fd("ioctl", fd, 1)))
		return -1;
	return (int)syscall(SYS_ioctl, fd, request, argument);
}

/* The descriptor is closed even when the call fails (close(2)). */
int close(int fd)
{
	REAL(close);
	int happens = strike_fd("close", fd, 1);
	int rc = real(fd);
	return struck(rc == 0 ? happens : 0) ? -1 : rc;
}

/* Only a descriptor that is not watched yet can be one too many; changing and removing never
 * fail. */
int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
	REAL(epoll_ctl);
	int rc = real(epoll, operation, fd, event);
	if (rc != 0 || operation != EPOLL_CTL_ADD || !struck(strike("epoll_ctl")))
		return rc;
	int code = errno;
	real(epoll, EPOLL_CTL_DEL, fd, event);
	errno = code;
	return -1;
}

/* All other calls: the type, the name, the result when it is struck, its parameters and its
 * arguments. */
#define CALL(type, name, kind, parameters, arguments)              \
	type name parameters                                       \
	{                                                          \
		REAL(name);                                        \
		return struck(strike(kind)) ? -1 : real arguments; \
	}
#define CALL_FD(type, name, kind, parameters, arguments)                     \
	type name parameters                                                 \
	{                                                                    \
		REAL(name);                                                  \
		return struck(strike_fd(kind, fd, 1)) ? -1 : real arguments; \
	}

CALL(int, epoll_wait, "epoll_wait", (int fd, struct epoll_event *events, int most, int ms),
	(fd, events, most, ms))
CALL(int, epoll_pwait, "epoll_wait",
	(int fd, struct epoll_event *events, int most, int ms, const sigset_t *mask),
	(fd, events, most, ms, mask))
CALL(int, poll, "poll", (struct pollfd * fds, nfds_t count, int ms), (fds, count, ms))
CALL(int, bind, "bind", (int fd, const struct sockaddr *a, socklen_t size), (fd, a, size))
CALL(int, listen, "listen", (int fd, int backlog), (fd, backlog))
CALL(int, connect, "connect", (int fd, const struct sockaddr *a, socklen_t size), (fd, a, size))
CALL(int, getsockname, "getsockname", (int fd, struct sockaddr *a, socklen_t *size), (fd, a, size))
CALL(int, getpeername, "getpeername", (int fd, struct sockaddr *a, socklen_t *size), (fd, a, size))
CALL(int, setsockopt, "setsockopt",
	(int fd, int level, int option, const void *value, socklen_t size),
	(fd, level, option, value, size))
CALL(int, shutdown, "shutdown", (int fd, int how), (fd, how))
CALL(int, flock, "flock", (int fd, int operation), (fd, operation))
CALL(int, rename, "rename", (const char *from, const char *to), (from, to))
CALL(int, mkdir, "mkdir", (const char *path, mode_t mode), (path, mode))
CALL(int, unlink, "unlink", (const char *path), (path))
CALL(int, stat, "stat", (const char *path, struct stat *st), (path, st))
CALL(int, stat64, "stat", (const char *path, struct stat64 *st), (path, st))
CALL(pid_t, fork, "fork", (void), ())
CALL_FD(int, fstat, "fstat", (int fd, struct stat *st), (fd, st))
CALL_FD(int, fstat64, "fstat", (int fd, struct stat64 *st), (fd, st))
CALL_FD(int, fsync, "fsync", (int fd), (fd))
CALL_FD(int, fdatasync, "fsync", (int fd), (fd))
CALL_FD(int, ftruncate, "ftruncate", (int fd, off_t size), (fd, size))
CALL_FD(int, ftruncate64, "ftruncate", (int fd, off64_t size), (fd, size))
CALL_FD(off_t, lseek, "lseek", (int fd, off_t to, int whence), (fd, to, whence))
CALL_FD(off64_t, lseek64, "lseek", (int fd, off64_t to, int whence), (fd, to, whence))
CALL_FD(int, tcgetattr, "ioctl", (int fd, struct termios *t), (fd, t))
CALL_FD(int, tcsetattr, "ioctl", (int fd, int when, const struct termios *t), (fd, when, t))

/* These calls return their error. */
int pthread_create(
	pthread_t *thread, const pthread_attr_t *how, void *(*run)(void *), void *argument)
{
	REAL(pthread_create);
	int happens = strike("pthread_create");
	return happens ? happens : real(thread, how, run, argument);
}

int getaddrinfo(
	const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
	REAL(getaddrinfo);
	int happens = strike("getaddrinfo");
	struct addrinfo one = {0};
	if (hints)
		one = *hints;
	/* With a second address a failure to connect is none: localhost may have ::1, too. */
	if (host && strcmp(host, "localhost") == 0)
		one.ai_family = AF_INET;
	sparing = true;
	int rc = happens ? happens : real(host, service, &one, out);
	sparing = false;
	return rc;
}

/* ---- the C library's files ---- */

FILE *fopen(const char *path, const char *mode)
{
	REAL(fopen);
	return struck(strike("fopen")) ? NULL : real(path, mode);
}

FILE *fopen64(const char *path, const char *mode)
{
	REAL(fopen64);
	return struck(strike("fopen")) ? NULL : real(path, mode);
}

size_t fwrite(const void *from, size_t size, size_t count, FILE *file)
{
	REAL(fwrite);
	if (!struck(strike("fwrite")))
		return real(from, size, count, file);
	file->_flags |= _IO_ERR_SEEN;
	return 0;
}

int fflush(FILE *file)
{
	REAL(fflush);
	return struck(strike("fflush")) ? EOF : real(file);
}

int fclose(FILE *file)
{
	REAL(fclose);
	int happens = strike("fclose"), rc = real(file);
	return struck(happens) ? EOF : rc;
}
