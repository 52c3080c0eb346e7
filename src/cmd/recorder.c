/* recorder.c - see recorder.h. */
#include "cmd/recorder.h"

#include "base/fd.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/paths.h"
#include "base/text.h"
#include "pane/written.h"
#include "play/macros.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { RECORD_PIECE = 64 * 1024 };
/* How long to wait for a reader of a FIFO or terminal; nothing else goes on meanwhile. */
enum { RECORD_PATIENCE_MS = 5000 };

struct recorder {
	char *path;
	int fd;
	struct written written;
	struct bytes text; /* what is not in the file yet */
	uint64_t commands, left_out;
};

/* ---- the file ---- */

static bool cannot_record(const struct recorder *r, int code, struct error *err)
{
	return error_set(err, STATUS_OUTPUT, "cannot record to %s: %s",
		quote(slice_str(r->path)).text, strerror(code));
}

static bool begin_file(struct recorder *r, bool append, struct error *err)
{
	int how = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	r->fd = open(r->path, how | (append ? 0 : O_EXCL), 0600);
	int code = errno;
	if (r->fd < 0) {
		cannot_record(r, code, err);
		if (code == EEXIST)
			error_hint(err, "another name makes a new file; .record FILE --append "
					"writes to this one's end");
		return false;
	}
	if (flock(r->fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return error_set(err, STATUS_USAGE, "another recording writes to %s",
			quote(slice_str(r->path)).text);
	return true;
}

/* Cuts the file off where it was before an exchange that does not fit. */
static void take_back(const struct recorder *r, off_t before)
{
	struct stat st;
	if (fstat(r->fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > before &&
		ftruncate(r->fd, before) < 0)
		return; /* the half stays; the failure itself is said anyway */
}

/* Writes what waits. */
static bool put(struct recorder *r, off_t before, struct error *err)
{
	bool good = !r->text.over && fd_write(r->fd, bytes_slice(&r->text), RECORD_PATIENCE_MS);
	if (!good) {
		cannot_record(r, r->text.over ? ENOMEM : errno, err);
		take_back(r, before);
	}
	bytes_clear(&r->text);
	return good;
}

static off_t size_now(const struct recorder *r)
{
	struct stat st;
	return fstat(r->fd, &st) == 0 ? st.st_size : 0;
}

struct recorder *recorder_open(struct slice name, unsigned how, struct error *err)
{
	struct recorder *r = mem_new(sizeof *r);
	time_t now = time_now();
	struct tm day;
	struct error ignored;
	r->fd = -1;
	bytes_init(&r->text, LIMIT_FRAME_MOST);
	r->path = macros_path_to_write(name, err);
	bool good = r->path && begin_file(r, how & RECORD_APPEND, err);
	if (good) {
		localtime_r(&now, &day);
		written_begin(&r->written, r->path);
		r->written.times = true;
		r->written.pauses = how & RECORD_TIMING;
		r->written.exact = how & RECORD_EXACT;
		bytes_addf(&r->text, "%s# recorded %04d-%02d-%02d\n",
			r->written.open_line ? "\n" : "", day.tm_year + 1900, day.tm_mon + 1,
			day.tm_mday);
		r->written.open_line = false;
		good = put(r, size_now(r), err);
	}
	if (good)
		return r;
	recorder_close(r, &ignored);
	return NULL;
}

const char *recorder_path(const struct recorder *r)
{
	return r->path;
}

uint64_t recorder_count(const struct recorder *r)
{
	return r->commands;
}

uint64_t recorder_left_out(const struct recorder *r)
{
	return r ? r->left_out : 0;
}

bool recorder_close(struct recorder *r, struct error *err)
{
	bool good = true;
	if (!r)
		return true;
	written_rest(&r->written, &r->text);
	if (r->fd >= 0 && r->text.len)
		good = put(r, size_now(r), err);
	if (r->fd >= 0 && close(r->fd) < 0) /* some file systems report a full disk only now */
		good = cannot_record(r, errno, err);
	written_end(&r->written);
	bytes_free(&r->text);
	free(r->path);
	free(r);
	return good;
}

/* ---- the lines ---- */

bool recorder_exchange(
	struct recorder *r, const struct session *s, const struct exchange *x, struct error *err)
{
	struct entry_at at = {0};
	off_t before = size_now(r);
	bool good = true, more;
	do {
		more = written_next(&r->written, s, x, &at, &r->text);
		if (!more || r->text.len >= RECORD_PIECE)
			good = put(r, before, err);
	} while (more && good);
	r->commands += good && x->command;
	r->left_out += good ? at.left_out : 0;
	return good;
}

bool recorder_note(struct recorder *r, struct slice safe, struct error *err)
{
	bytes_add_str(&r->text, "# ");
	bytes_add(&r->text, safe);
	bytes_add_str(&r->text, "\n");
	return put(r, size_now(r), err);
}
