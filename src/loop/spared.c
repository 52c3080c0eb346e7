/* spared.c - stands for what of libuv's archive a start is spared, because wilco does not use it.
 *
 * Each object of the archive that is linked brings names of the C library, and each name is looked
 * up at each start.  Some objects come only because another names something in them: closing a
 * handle names all kinds of handles.  What they name is here instead.  configure tries whether the
 * archive goes with this, and has it linked (UV_LIBS).
 */
#include <stdlib.h>
#include <time.h>
#include <uv.h>

/* ---- files that are looked at again and again (and with them all calls for files) ---- */

void uv__fs_poll_close(uv_fs_poll_t *handle);
void uv__fs_poll_close(uv_fs_poll_t *handle)
{
	(void)handle;
	abort(); /* uv_fs_poll_init() is not linked, so there is none */
}

/* ---- the pool of threads: nothing is given to it ---- */

void uv__work_done(uv_async_t *async);
void uv__work_done(uv_async_t *async)
{
	(void)async;
}

void uv__threadpool_cleanup(void);
void uv__threadpool_cleanup(void)
{
}

/* ---- the title of the process: it stays ---- */

void uv__process_title_cleanup(void);
void uv__process_title_cleanup(void)
{
}

/* ---- locks: what libuv's own do, without the rest of its file about threads ---- */

int uv_mutex_init(uv_mutex_t *mutex)
{
	return -pthread_mutex_init(mutex, NULL);
}

void uv_mutex_destroy(uv_mutex_t *mutex)
{
	pthread_mutex_destroy(mutex);
}

void uv_mutex_lock(uv_mutex_t *mutex)
{
	if (pthread_mutex_lock(mutex) != 0)
		abort();
}

void uv_mutex_unlock(uv_mutex_t *mutex)
{
	if (pthread_mutex_unlock(mutex) != 0)
		abort();
}

int uv_rwlock_init(uv_rwlock_t *lock)
{
	return -pthread_rwlock_init(lock, NULL);
}

void uv_rwlock_destroy(uv_rwlock_t *lock)
{
	pthread_rwlock_destroy(lock);
}

void uv_rwlock_wrlock(uv_rwlock_t *lock)
{
	if (pthread_rwlock_wrlock(lock) != 0)
		abort();
}

void uv_rwlock_wrunlock(uv_rwlock_t *lock)
{
	if (pthread_rwlock_unlock(lock) != 0)
		abort();
}

void uv_once(uv_once_t *guard, void (*callback)(void))
{
	pthread_once(guard, callback);
}

/* ---- names for which a start has to look into other pages ---- */

#define OURS __attribute__((visibility("hidden"))) /* libraries have that of the C library */

extern const struct in6_addr in6addr_any OURS; /* the linker would copy it */
const struct in6_addr in6addr_any = IN6ADDR_ANY_INIT;

/* The C library's is looked up in the vDSO, for a function of libuv's that nobody calls. */
int gettimeofday(struct timeval *restrict now, void *restrict zone) OURS;
int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec t;
	(void)zone;
	clock_gettime(CLOCK_REALTIME, &t);
	now->tv_sec = t.tv_sec;
	now->tv_usec = (suseconds_t)(t.tv_nsec / 1000);
	return 0;
}
