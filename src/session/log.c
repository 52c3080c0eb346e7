/* log.c - see log.h. */
#include "session/log.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "session/packets.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { LOG_BUFFER = 64 * 1024, LOG_LINE = 4096 };

struct log {
	char *path, *device; /* device: spelled */
	int fd;              /* -1: a capture, or failed */
	struct packets *packets;
	struct bytes buffer;
	int error; /* errno of the first failure */
	bool told;
};

/* ---- the name ---- */

static void add_date(struct bytes *out)
{
	struct timespec now;
	char text[TIME_TEXT_MAX];
	clock_gettime(CLOCK_REALTIME, &now);
	bytes_add(out, slice_of(time_text(&now, text), 10)); /* 2026-11-23 */
}

/* A device may be an address: its slashes are no folders. */
static void add_device(const char *device, struct bytes *out)
{
	for (; *device; device++)
		bytes_add_byte(out, *device == '/' ? '_' : (uint8_t)*device);
}

static bool fill_in(const char *name, const char *device, struct bytes *out, struct error *err)
{
	struct slice rest = slice_str(name);
	while (rest.len) {
		if (slice_starts(rest, SLICE("\\{device}"))) {
			add_device(device, out);
			rest = slice_cut(rest, 9, rest.len);
		} else if (slice_starts(rest, SLICE("\\{date}"))) {
			add_date(out);
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
	return true;
}

/* ---- opening ---- */

static bool open_file(struct log *l, bool capture, const struct address *a, struct error *err)
{
	struct slice path = slice_str(l->path), end = SLICE(".pcap");
	capture |= path.len > end.len &&
		   slice_equal(slice_cut(path, path.len - end.len, path.len), end);
	int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (capture ? O_EXCL : O_APPEND);
	int fd = open(l->path, flags | O_NONBLOCK, 0600); /* a FIFO nobody reads must not hang */
	if (fd < 0 && errno == EEXIST)
		return error_set(err, STATUS_OUTPUT,
			"%s is there already: a capture begins a new file", quote(path).text);
	if (fd < 0)
		return error_set(err, STATUS_OUTPUT, "cannot open the log %s: %s", quote(path).text,
			strerror(errno));
	if (!capture) {
		l->fd = fd;
		return true;
	}
	l->packets = packets_open(fd, a, err);
	return l->packets != NULL;
}

struct log *log_open(const char *name, bool capture, const char *device, const struct address *a,
	struct error *err)
{
	struct log *l = mem_new(sizeof *l);
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	bytes_init(&l->buffer, LOG_BUFFER + 16 * LOG_LINE);
	l->fd = -1;
	bool good = fill_in(name, device, &text, err);
	l->path = mem_str(bytes_str(&text));
	bytes_clear(&text);
	text_add(&text, slice_str(device), 0);
	l->device = mem_str(bytes_str(&text));
	bytes_free(&text);
	if (good && open_file(l, capture, a, err))
		return l;
	struct error ignored;
	log_close(l, &ignored);
	return NULL;
}

const char *log_path(const struct log *l)
{
	return l->path;
}

/* ---- writing ---- */

static void write_out(struct log *l)
{
	size_t done = 0;
	while (done < l->buffer.len && !l->error) {
		ssize_t n = write(l->fd, l->buffer.at + done, l->buffer.len - done);
		if (n > 0)
			done += (size_t)n;
		else if (errno != EINTR)
			l->error = errno ? errno : EIO;
	}
	bytes_clear(&l->buffer);
}

bool log_flush(struct log *l, struct error *err)
{
	if (l->packets && !packets_flush(l->packets) && !l->error)
		l->error = errno ? errno : EIO;
	if (l->fd >= 0)
		write_out(l);
	if (!l->error || l->told)
		return true;
	l->told = true;
	return error_set(err, STATUS_OUTPUT, "cannot write the log %s: %s",
		quote(slice_str(l->path)).text, strerror(l->error));
}

static void begin_line(struct log *l, char mark)
{
	struct timespec now;
	char text[TIME_TEXT_MAX];
	if (l->buffer.len > LOG_BUFFER)
		write_out(l);
	clock_gettime(CLOCK_REALTIME, &now);
	bytes_addf(&l->buffer, "%s %s %c ", time_text(&now, text), l->device, mark);
}

static void add_line(struct log *l, bool sent, struct slice bytes, bool hex)
{
	begin_line(l, sent ? '>' : '<');
	if (hex) {
		bytes_add_str(&l->buffer, "\\<");
		text_add_hex(&l->buffer, bytes, true);
		bytes_add_str(&l->buffer, ">");
	} else {
		text_add(&l->buffer, bytes, TEXT_EDGES);
	}
	bytes_add_byte(&l->buffer, '\n');
}

void log_bytes(struct log *l, bool sent, struct slice bytes, bool hex)
{
	if (l->packets)
		packets_data(l->packets, sent, bytes);
	while (l->fd >= 0 && bytes.len) {
		struct slice part = slice_cut(bytes, 0, LOG_LINE);
		add_line(l, sent, part, hex);
		bytes = slice_cut(bytes, part.len, bytes.len);
	}
}

void log_connected(struct log *l, const char *peer)
{
	if (l->packets)
		packets_begin(l->packets, peer);
	if (l->fd >= 0) {
		begin_line(l, '-');
		bytes_add_str(&l->buffer, "connected to ");
		text_add(&l->buffer, slice_str(peer), 0);
		bytes_add_byte(&l->buffer, '\n');
	}
}

void log_disconnected(struct log *l)
{
	if (l->packets)
		packets_end(l->packets);
	log_note(l, "closed");
}

void log_note(struct log *l, const char *text)
{
	if (l->fd < 0)
		return;
	begin_line(l, '-');
	text_add(&l->buffer, slice_str(text), TEXT_PLAIN);
	bytes_add_byte(&l->buffer, '\n');
}

void log_exchange(struct log *l, const struct exchange *x)
{
	char text[DURATION_TEXT_MAX];
	int64_t rtt = exchange_rtt(x);
	if (l->fd < 0)
		return;
	begin_line(l, '=');
	bytes_add_str(&l->buffer, exchange_status_name(x->status));
	if (x->command && rtt >= 0)
		bytes_addf(&l->buffer, "  %s", duration_text(rtt, text));
	if (x->end)
		bytes_addf(&l->buffer, "  %s", x->end);
	if (x->error)
		bytes_addf(&l->buffer, "  %s", x->error);
	bytes_add_byte(&l->buffer, '\n');
}

bool log_close(struct log *l, struct error *err)
{
	if (!l)
		return true;
	bool good = log_flush(l, err);
	if (l->packets && !packets_close(l->packets) && good)
		good = error_set(err, STATUS_OUTPUT, "cannot write the log %s",
			quote(slice_str(l->path)).text);
	if (l->fd >= 0)
		close(l->fd);
	bytes_free(&l->buffer);
	free(l->path);
	free(l->device);
	free(l);
	return good;
}
