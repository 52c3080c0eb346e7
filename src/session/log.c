/* log.c - see log.h. */
#include "session/log.h"

#include "base/fd.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "loop/loop.h"
#include "session/packets.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOG_BUFFER = 64 * 1024, LOG_LINE = 4096 };
/* How long to wait for a reader of a FIFO or terminal; nothing else goes on meanwhile. */
enum { PATIENCE_MS = 5000 };
/* How long a line waits for the end of its exchange, which is written with it: who looks at the
 * file beside the screen sees both at once, and most replies are there by then. */
enum { SOON_MS = 50 };

struct log_line {
	char *device; /* escaped */
	char *peer;   /* of the open line; NULL: none is */
	struct packets_line *packets;
	struct log_line *beside; /* the same line in the other file */
};

struct log {
	char *name, *path; /* name: with \{device} and \{date} */
	const char *of;    /* the device; borrowed, as the address is */
	const struct address *address;
	struct log_line own, *line; /* line: the one that is spoken of */
	bool capture;
	int fd; /* -1: a capture, or failed */
	struct packets *packets;
	dev_t on; /* the file system and number of the file */
	ino_t number;
	time_t until; /* the end of the day in its name; 0: no day is in it */
	struct bytes_drain drain;
	struct bytes buffer; /* a stream, so that a longer line goes out in parts */
	bool failed, told;
	struct error why;   /* the first failure */
	struct log *beside; /* the other file, which gets the same; owned; NULL: there is none */
	struct loop *loop;  /* NULL: nobody turns one */
	struct loop_timer soon;
};

static void log_fails(struct log *l, int code)
{
	if (!l->failed)
		error_set(&l->why, STATUS_OUTPUT, "cannot write the log %s: %s",
			quote(slice_str(l->path)).text, strerror(code ? code : EIO));
	l->failed = true;
}

/* ---- the name ---- */

static time_t seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now); /* time() may still be in the old second */
	return now.tv_sec;
}

/* Adds the day, and notes when it ends. */
static void add_date(struct log *l, struct bytes *out)
{
	time_t now = seconds();
	struct tm day;
	localtime_r(&now, &day);
	bytes_addf(out, "%04d-%02d-%02d", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday);
	day.tm_hour = day.tm_min = day.tm_sec = 0;
	day.tm_mday++;
	day.tm_isdst = -1;
	l->until = mktime(&day);
	if (l->until <= now) /* where clocks are set forward at midnight */
		l->until = now + 60;
}

/* Adds a device's name.  It may be an address, whose slashes are not folders, or a command, whose
 * control characters must not be in a file's name. */
static void add_device(const char *device, struct bytes *out)
{
	struct slice rest = slice_str(device);
	uint32_t code;
	for (size_t n; (n = text_decode(rest, &code)) > 0; rest = slice_cut(rest, n, rest.len))
		if (code == '/' || text_width(code) == 0)
			bytes_add_byte(out, '_');
		else
			bytes_add(out, slice_cut(rest, 0, n));
}

static bool fill_in(struct log *l, struct bytes *out, struct error *err)
{
	struct slice rest = slice_str(l->name);
	while (rest.len) {
		if (slice_starts(rest, SLICE("\\{device}"))) {
			add_device(l->of, out);
			rest = slice_cut(rest, 9, rest.len);
		} else if (slice_starts(rest, SLICE("\\{date}"))) {
			add_date(l, out);
			rest = slice_cut(rest, 7, rest.len);
		} else if (slice_starts(rest, SLICE("\\{"))) {
			return error_set(err, STATUS_USAGE,
				"the name of a log may contain \\{device} and \\{date}, not '%s'",
				quote(rest).text);
		} else {
			bytes_add_byte(out, rest.at[0]);
			rest = slice_cut(rest, 1, rest.len);
		}
	}
	return !out->over ||
	       error_set(err, STATUS_USAGE, "the name of a log has at most %zu bytes, not '%s'",
		       out->max, quote(slice_str(l->name)).text);
}

/* ---- opening ---- */

static void write_part(void *arg, struct slice part)
{
	struct log *l = arg;
	if (!l->failed && !fd_write(l->fd, part, PATIENCE_MS))
		log_fails(l, errno);
}

/* Says whether the file ends in the middle of a line: a disk was full, or a program was killed. */
static bool is_torn(const struct log *l)
{
	struct stat st;
	char last = '\n';
	if (fstat(l->fd, &st) < 0 || !S_ISREG(st.st_mode) || !st.st_size)
		return false;
	int fd = open(l->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	bool read = fd >= 0 && pread(fd, &last, 1, st.st_size - 1) == 1;
	if (fd >= 0)
		close(fd);
	return read && last != '\n';
}

static bool begin_capture(struct log *l, int fd, struct error *err)
{
	l->packets = packets_open(fd, l->address, err);
	if (l->packets)
		packets_use(l->packets, l->line->packets);
	if (l->packets && l->line->peer)
		packets_begin(l->packets, l->line->peer);
	return l->packets != NULL;
}

static bool open_file(struct log *l, struct error *err)
{
	struct slice path = slice_str(l->path);
	struct stat st;
	int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (l->capture ? O_EXCL : O_APPEND);
	int fd = open(l->path, flags | O_NONBLOCK, 0600); /* no reader of a FIFO must not hang us */
	if (fd < 0 && errno == EEXIST)
		return error_set(err, STATUS_OUTPUT,
			"%s exists already, and a capture needs a new file", quote(path).text);
	if (fd < 0 || fstat(fd, &st) < 0) {
		error_set(err, STATUS_OUTPUT, "cannot open the log %s: %s", quote(path).text,
			strerror(errno));
		if (fd >= 0)
			close(fd);
		return false;
	}
	l->on = st.st_dev;
	l->number = st.st_ino;
	if (l->capture)
		return begin_capture(l, fd, err);
	l->fd = fd;
	if (is_torn(l)) /* otherwise the lines would join */
		bytes_add_byte(&l->buffer, '\n');
	return true;
}

static void log_on_time(void *arg);

static struct log *open_one(struct loop *loop, const char *name, bool capture, const char *device,
	const struct address *a, struct error *err)
{
	struct log *l = mem_new(sizeof *l);
	struct bytes text;
	struct slice end = SLICE(".pcap");
	bytes_init(&text, LIMIT_MESSAGE);
	l->loop = loop;
	if (loop)
		loop_timer_init(&l->soon, loop, log_on_time, l);
	l->drain = (struct bytes_drain){write_part, l};
	bytes_stream(&l->buffer, LOG_BUFFER + 16 * LOG_LINE, &l->drain);
	l->fd = -1;
	l->name = mem_str(name);
	l->of = device;
	l->address = a;
	l->line = &l->own;
	bool good = fill_in(l, &text, err);
	l->path = mem_str(bytes_str(&text));
	l->capture =
		capture || (text.len > end.len && slice_equal(slice_cut(bytes_slice(&text),
								      text.len - end.len, text.len),
							  end));
	bytes_clear(&text);
	text_add(&text, slice_str(device), 0);
	l->own.device = mem_str(bytes_str(&text));
	bytes_free(&text);
	if (good && open_file(l, err))
		return l;
	struct error ignored;
	log_close(l, &ignored);
	return NULL;
}

struct log *log_open(struct loop *loop, const char *name, const char *capture, const char *device,
	const struct address *a, struct error *err)
{
	struct error ignored;
	struct log *l = open_one(loop, name ? name : capture, !name, device, a, err);
	if (!l || !name || !capture)
		return l;
	l->beside = open_one(loop, capture, true, device, a, err);
	if (l->beside)
		return l;
	log_close(l, &ignored);
	return NULL;
}

const char *log_path(const struct log *l, size_t index)
{
	while (l && index--)
		l = l->beside;
	return l ? l->path : NULL;
}

/* ---- writing ---- */

static void write_out(struct log *l)
{
	if (l->packets && !packets_flush(l->packets))
		log_fails(l, errno);
	if (l->fd >= 0)
		bytes_pass(&l->buffer);
}

static bool flush_one(struct log *l, struct error *err)
{
	write_out(l);
	if (!l->failed || l->told)
		return true;
	l->told = true;
	*err = l->why;
	return false;
}

/* Has what is noted now written a moment later at the latest. */
static void write_soon(struct log *l)
{
	if (l->loop && !loop_timer_running(&l->soon))
		loop_timer_set(&l->soon, SOON_MS * (int64_t)NS_PER_MS);
}

/* Whoever flushes next is told that it failed. */
static void log_on_time(void *arg)
{
	write_out(arg);
}

bool log_flush(struct log *l, struct error *err)
{
	bool good = true;
	for (; l; l = l->beside)
		good = (good ? flush_one(l, err) : flush_one(l, &(struct error){0})) && good;
	return good;
}

static void begin_line(struct log *l, char mark)
{
	struct timespec now;
	char text[TIME_TEXT_MAX];
	/* Only whole lines are written, so that a killed program leaves no half of one. */
	if (l->buffer.len > LOG_BUFFER)
		bytes_pass(&l->buffer);
	clock_gettime(CLOCK_REALTIME, &now);
	bytes_addf(&l->buffer, "%s %s %c ", time_text(&now, text), l->line->device, mark);
}

static void add_line(struct log *l, bool sent, struct slice bytes, bool hex)
{
	begin_line(l, sent ? '>' : '<');
	if (hex) {
		bytes_add_str(&l->buffer, "\\<");
		text_add_hex(&l->buffer, bytes, true);
		bytes_add_str(&l->buffer, ">");
	} else {
		text_add(&l->buffer, bytes, TEXT_EDGES | TEXT_MARKS);
	}
	bytes_add_byte(&l->buffer, '\n');
}

static void add_connected(struct log *l)
{
	if (l->fd < 0)
		return;
	begin_line(l, '-');
	bytes_add_str(&l->buffer, "connected to ");
	text_add(&l->buffer, slice_str(l->line->peer), 0);
	bytes_add_byte(&l->buffer, '\n');
}

static void add_note(struct log *l, const char *text)
{
	if (l->fd < 0)
		return;
	begin_line(l, '-');
	text_add(&l->buffer, slice_str(text), TEXT_PLAIN | TEXT_MARKS);
	bytes_add_byte(&l->buffer, '\n');
}

/* ---- another file ---- */

/* Closes the file.  Some file systems report a full disk only now. */
static void end_file(struct log *l)
{
	if (l->packets && !packets_close(l->packets))
		log_fails(l, errno);
	if (l->fd >= 0)
		bytes_pass(&l->buffer);
	if (l->fd >= 0 && close(l->fd) < 0)
		log_fails(l, errno);
	l->packets = NULL;
	l->fd = -1;
}

static void reopen_one(struct log *l)
{
	struct bytes path;
	struct stat st;
	bytes_init(&path, LIMIT_MESSAGE);
	fill_in(l, &path, &l->why); /* which was possible before; a date has always one length */
	bool same =
		stat(bytes_str(&path), &st) == 0 && st.st_dev == l->on && st.st_ino == l->number;
	if (!same && !l->failed) {
		end_file(l);
		free(l->path);
		l->path = mem_str(bytes_str(&path));
		l->failed = l->failed || !open_file(l, &l->why);
		if (l->line->peer)
			add_connected(l);
	}
	bytes_free(&path);
}

void log_reopen(struct log *l)
{
	for (; l; l = l->beside) {
		reopen_one(l);
		write_soon(l);
	}
}

/* Begins a new file after midnight, where the day is in the name. */
static void follow_day(struct log *l)
{
	if (l->until && seconds() >= l->until)
		reopen_one(l);
}

/* ---- what happens ---- */

static void begin_event(struct log *l)
{
	follow_day(l);
	write_soon(l);
}

static void bytes_one(struct log *l, bool sent, struct slice bytes, bool hex)
{
	begin_event(l);
	if (l->packets)
		packets_data(l->packets, sent, bytes);
	while (l->fd >= 0 && bytes.len) {
		struct slice part = slice_cut(bytes, 0, LOG_LINE);
		add_line(l, sent, part, hex);
		bytes = slice_cut(bytes, part.len, bytes.len);
	}
}

void log_bytes(struct log *l, bool sent, struct slice bytes, bool hex)
{
	for (; l; l = l->beside)
		bytes_one(l, sent, bytes, hex);
}

static void hidden_one(struct log *l, bool sent, size_t len)
{
	char xs[256];
	memset(xs, 'x', sizeof xs);
	for (size_t n; len; len -= n) {
		n = len < sizeof xs ? len : sizeof xs;
		bytes_one(l, sent, slice_of(xs, n), false);
	}
}

void log_hidden(struct log *l, bool sent, size_t len)
{
	for (; l; l = l->beside)
		hidden_one(l, sent, len);
}

void log_keys_passed(struct log *l, size_t len)
{
	for (; l; l = l->beside)
		if (l->packets)
			hidden_one(l, true, len);
}

void log_keys(struct log *l, size_t keys, const char *what)
{
	char text[32];
	snprintf(text, sizeof text, "(%zu %s%s)", keys, what, plural(keys));
	log_note(l, text);
}

struct log_line *log_line_new(struct log *l, unsigned n)
{
	struct log_line *line = mem_new(sizeof *line);
	struct bytes name;
	bytes_init(&name, LIMIT_MESSAGE);
	bytes_add_str(&name, l->own.device);
	if (n > 1)
		bytes_addf(&name, "#%u", n);
	line->device = mem_str(bytes_str(&name));
	line->packets = packets_line_new();
	line->beside = l->beside ? log_line_new(l->beside, n) : NULL;
	bytes_free(&name);
	return line;
}

void log_line_free(struct log_line *line)
{
	if (!line)
		return;
	log_line_free(line->beside);
	packets_line_free(line->packets);
	free(line->device);
	free(line->peer);
	free(line);
}

void log_use(struct log *l, struct log_line *line)
{
	for (; l; l = l->beside) {
		l->line = line ? line : &l->own;
		if (l->packets)
			packets_use(l->packets, l->line->packets);
		line = line ? line->beside : NULL;
	}
}

void log_connected(struct log *l, const char *peer)
{
	for (; l; l = l->beside) {
		begin_event(l);
		free(l->line->peer);
		l->line->peer = mem_str(peer);
		if (l->packets)
			packets_begin(l->packets, peer);
		add_connected(l);
	}
}

void log_side_ended(struct log *l, bool sent, bool broke)
{
	for (; l; l = l->beside) {
		begin_event(l);
		if (l->packets)
			packets_side_end(l->packets, sent, broke);
	}
}

void log_disconnected(struct log *l)
{
	for (; l; l = l->beside) {
		free(l->line->peer);
		l->line->peer = NULL;
		if (l->packets)
			packets_end(l->packets);
		begin_event(l);
		add_note(l, "closed");
	}
}

void log_note(struct log *l, const char *text)
{
	for (; l; l = l->beside) {
		begin_event(l);
		add_note(l, text);
	}
}

static void exchange_one(struct log *l, const struct exchange *x)
{
	char text[DURATION_TEXT_MAX], reason[SPLIT_TEXT_MAX];
	const char *end = exchange_end_text(x, reason);
	int64_t rtt = exchange_rtt(x);
	begin_event(l);
	if (l->fd < 0)
		return;
	begin_line(l, '=');
	bytes_add_str(&l->buffer, exchange_status_name(x->status));
	if (x->command && rtt >= 0)
		bytes_addf(&l->buffer, "  %s", duration_text(rtt, text));
	if (end)
		bytes_addf(&l->buffer, "  %s", end);
	if (x->error)
		bytes_addf(&l->buffer, "  %s", x->error);
	bytes_add_byte(&l->buffer, '\n');
}

void log_exchange(struct log *l, const struct exchange *x)
{
	for (; l; l = l->beside)
		exchange_one(l, x);
}

bool log_close(struct log *l, struct error *err)
{
	if (!l)
		return true;
	bool others = log_close(l->beside, err);
	if (l->loop)
		loop_timer_stop(&l->soon);
	end_file(l);
	bool good = flush_one(l, err) && others;
	bytes_free(&l->buffer);
	free(l->name);
	free(l->path);
	free(l->own.device);
	free(l->own.peer);
	free(l);
	return good;
}
