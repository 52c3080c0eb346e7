/* recorder.c - see recorder.h. */
#include "cmd/recorder.h"

#include "base/fd.h"
#include "base/mem.h"
#include "base/paths.h"
#include "base/text.h"
#include "pane/pane.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { RECORD_PIECE = 64 * 1024, MACRO_NAME_MAX = 200 };
/* How long to wait for a reader of a FIFO or terminal; nothing else goes on meanwhile. */
enum { RECORD_PATIENCE_MS = 5000 };

/* A device of which the file has lines. */
struct recorded {
	char *name;
	struct frame *frame; /* to which the fields belong; a reference; NULL: none */
	struct frame_values fields;
};

struct recorder {
	char *path;
	int fd;
	struct written written;
	struct bytes text; /* what is not in the file yet */
	struct recorded *devices;
	size_t count, current; /* current: whose the lines above are */
	uint64_t commands;
};

/* ---- the file ---- */

static bool is_macro_name(struct slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.at[i];
		bool alnum = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
		if (!alnum && (i == 0 || !memchr("_.-", c, 3)))
			return false;
	}
	return name.len > 0;
}

/* Returns the path of a file, or of a macro, whose folder is made; NULL with err. */
static char *recorder_path_of(struct slice name, struct error *err)
{
	char file[300], *path;
	if (memchr(name.at, '/', name.len) || slice_ends(name, SLICE(".wilco")))
		return path_named(name);
	if (!is_macro_name(name) || name.len > MACRO_NAME_MAX) {
		error_set(err, STATUS_USAGE,
			"'%s' is no name of a macro, which has at most %d letters, digits and, "
			"behind the first, _ . -; a file has a slash in its name or ends in .wilco",
			quote(name).text, MACRO_NAME_MAX);
		return NULL;
	}
	snprintf(file, sizeof file, "macros/%.*s.wilco", SLICE_ARG(name));
	path = path_of(PATH_DATA, file);
	if (!path)
		error_set(
			err, STATUS_USAGE, "neither HOME nor XDG_DATA_HOME says where macros are");
	else if (path_make_parents(path, err))
		return path;
	free(path);
	return NULL;
}

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
			error_hint(
				err, "--append writes to its end, another name makes a new file");
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

struct recorder *recorder_open(struct slice name, bool append, struct error *err)
{
	struct recorder *r = mem_new(sizeof *r);
	time_t now = time(NULL);
	struct tm day;
	struct error ignored;
	r->fd = -1;
	r->current = SIZE_MAX;
	bytes_init(&r->text, LIMIT_FRAME_MOST);
	r->path = recorder_path_of(name, err);
	bool good = r->path && begin_file(r, append, err);
	if (good) {
		localtime_r(&now, &day);
		written_begin(&r->written, r->path);
		r->written.times = true;
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

bool recorder_close(struct recorder *r, struct error *err)
{
	bool good = true;
	if (!r)
		return true;
	if (r->fd >= 0 && close(r->fd) < 0) /* some file systems report a full disk only now */
		good = cannot_record(r, errno, err);
	for (size_t i = 0; i < r->count; i++) {
		free(r->devices[i].name);
		frame_unref(r->devices[i].frame);
	}
	free(r->devices);
	written_end(&r->written);
	bytes_free(&r->text);
	free(r->path);
	free(r);
	return good;
}

/* ---- the lines ---- */

/* Adds a device's name as one argument. */
static void add_argument(struct slice name, struct bytes *out)
{
	bool quoted = false;
	for (size_t i = 0; i < name.len; i++)
		quoted |= name.at[i] <= ' ' || strchr("'\"\\", name.at[i]);
	if (!quoted) {
		bytes_add(out, name);
		return;
	}
	struct bytes text;
	bytes_init(&text, LIMIT_LINE);
	text_add(&text, name, 0);
	bytes_add_byte(out, '\'');
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == '\'')
			bytes_add_str(out, "\\x27");
		else
			bytes_add_byte(out, text.at[i]);
	bytes_add_byte(out, '\'');
	bytes_free(&text);
}

/* Says whose the next lines are: the first time it is opened. */
static struct recorded *add_device(struct recorder *r, const struct session *s)
{
	size_t i = 0;
	while (i < r->count && strcmp(r->devices[i].name, session_name(s)) != 0)
		i++;
	bool opens = i == r->count;
	if (opens) {
		r->devices = mem_grow(r->devices, ++r->count, sizeof *r->devices);
		r->devices[i] = (struct recorded){.name = mem_str(session_name(s))};
	}
	if (i != r->current) {
		bytes_add_str(&r->text, opens ? ".open " : ".use ");
		add_argument(slice_str(session_name(s)), &r->text);
		bytes_add_str(&r->text, "\n");
		/* Another device has a frame of its own. */
		written_end(&r->written);
	}
	r->current = i;
	return &r->devices[i];
}

static bool is_value(const struct field_value *a, const struct field_value *b)
{
	return a->set == b->set && a->is_text == b->is_text && a->number == b->number &&
	       slice_equal(slice_of(a->text, a->len), slice_of(b->text, b->len));
}

/* Adds the fields that were set for all commands and changed. */
static void add_fields(struct recorder *r, struct recorded *d, struct session *s)
{
	struct frame *frame = session_frame(s);
	const struct field_value *now = session_fields(s);
	if (d->frame != frame) {
		frame_unref(d->frame);
		d->frame = frame_ref(frame);
		d->fields = (struct frame_values){0};
	}
	for (size_t i = 0; i < frame_field_count(frame); i++) {
		if (now[i].set && !is_value(&now[i], &d->fields.at[i])) {
			bytes_addf(&r->text, ".set field.%s=", frame_field_name(frame, i));
			language_value(&now[i], &r->text);
			bytes_add_str(&r->text, "\n");
		}
		d->fields.at[i] = now[i];
	}
}

bool recorder_exchange(
	struct recorder *r, struct session *s, const struct exchange *x, struct error *err)
{
	struct entry_at at = {0};
	off_t before = size_now(r);
	struct recorded *d = add_device(r, s);
	bool good = true, more;
	written_frame(&r->written, x->frame, &r->text);
	if (x->command && x->frame == session_frame(s))
		add_fields(r, d, s);
	do {
		more = written_next(&r->written, x, &at, &r->text);
		if (!more || r->text.len >= RECORD_PIECE)
			good = put(r, before, err);
	} while (more && good);
	r->commands += good && x->command;
	return good;
}

bool recorder_note(struct recorder *r, struct slice safe, struct error *err)
{
	bytes_add_str(&r->text, "# ");
	bytes_add(&r->text, safe);
	bytes_add_str(&r->text, "\n");
	return put(r, size_now(r), err);
}
