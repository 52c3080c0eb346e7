/* file.c - a command that is a file: its bytes go out as they are, without the frame.
 *
 * The file is read a piece at a time, never far ahead of what the line takes: LIMIT_GIVEN bytes on
 * a network, AHEAD_NS of a serial line's time, so that whoever stops it stops the device soon.  A
 * file that was sent is a command without a reply (tell.c): it is over when it has arrived.  What
 * comes meanwhile answers nothing.
 *
 * The time of `timeout` runs only while the device takes nothing: each byte that arrives, and each
 * wait for who writes the file (a FIFO), begins it anew.
 */
#include "base/fd.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/secret.h"
#include "base/text.h"
#include "session/session_private.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 16 * 1024, PIECES_A_TURN = 16, SLOW_PIECE = 256, LEAST_AHEAD = 64 };
static const int64_t AHEAD_NS = 200 * NS_PER_MS;
static const int64_t LOOK_NS = 50 * NS_PER_MS;

struct file {
	int fd;
	struct loop_watch *watch; /* tells that there is more to read; NULL: there always is */
	struct loop_timer timer;
	bool waits;  /* for the watch */
	bool asks;   /* the peer was asked to pass all bytes as they are */
	bool busy;   /* it is being read: a line that drains meanwhile needs no more */
	bool binary; /* which it does now */
	bool ended;  /* all of it was handed to the line */
	int64_t began;
	uint8_t piece[PIECE];
};

/* ---- what can be sent ---- */

static bool cannot_read(const char *path, const char *why, struct error *err)
{
	return error_set(err, STATUS_USAGE, "cannot send %s: %s", quote(slice_str(path)).text, why);
}

static bool is_readable(const struct stat *st, const char *path, struct error *err)
{
	if (S_ISDIR(st->st_mode))
		return cannot_read(path, "it is a folder", err);
	return !S_ISSOCK(st->st_mode) || cannot_read(path, "it is a socket", err);
}

static bool look_at(const struct request_file *f, struct error *err)
{
	struct stat st;
	if (f->standard ? fstat(STDIN_FILENO, &st) < 0 : stat(f->path, &st) < 0)
		return cannot_read(f->name, strerror(errno), err);
	if (f->standard)
		return S_ISDIR(st.st_mode) ? is_readable(&st, f->name, err) : true;
	return is_readable(&st, f->name, err) &&
	       (access(f->path, R_OK) == 0 || cannot_read(f->name, strerror(errno), err));
}

bool file_check(const struct session *s, const struct request *r, struct error *err)
{
	if (address_datagrams(&s->address)) {
		error_set(err, STATUS_USAGE,
			"a file cannot be sent as datagrams: nobody says where to cut it");
		return error_hint(err, ".wire sends one datagram");
	}
	return (!ahead_is_set(s) || ahead_allows(s, r, NULL, err)) && look_at(r->file, err);
}

/* Opens what is named; nobody waits for who writes to a FIFO.  Standard input is shared with other
 * programs, which must not see that it is not waited for. */
static int open_source(const struct exchange_file *x)
{
	int how = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
	struct stat st;
	if (!x->standard)
		return open(x->path, how);
	bool regular = fstat(STDIN_FILENO, &st) == 0 && S_ISREG(st.st_mode);
	int fd = regular ? -1 : open("/proc/self/fd/0", how);
	return fd >= 0 ? fd : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
}

static void file_on_ready(void *arg, int events)
{
	struct session *s = arg;
	(void)events;
	loop_watch_set(s->file->watch, 0);
	s->file->waits = false;
	file_go_on(s);
}

static void file_on_time(void *arg)
{
	file_go_on(arg);
}

void file_free(struct session *s)
{
	struct file *f = s->file;
	s->file = NULL;
	if (!f)
		return;
	loop_timer_stop(&f->timer);
	loop_watch_free(f->watch);
	if (f->fd >= 0)
		close(f->fd);
	free(f);
}

/* A file that says nothing of its size (in /proc) is read to its end. */
static bool measure(struct file *f, struct exchange_file *x, struct error *err)
{
	struct stat st;
	off_t at;
	if (fstat(f->fd, &st) < 0)
		return cannot_read(x->name, strerror(errno), err);
	if (!is_readable(&st, x->name, err))
		return false;
	if (isatty(f->fd))
		return cannot_read(x->name,
			"it is a terminal, whose keys are for wilco; give a file or a pipe", err);
	at = S_ISREG(st.st_mode) ? lseek(f->fd, 0, SEEK_CUR) : -1;
	x->sized = at >= 0 && st.st_size > at;
	x->size = x->sized ? (uint64_t)(st.st_size - at) : 0;
	return true;
}

bool file_open(struct session *s, struct exchange *x, struct error *err)
{
	struct error unwatched;
	const struct request_file asked = {
		.path = x->file->path, .name = x->file->name, .standard = x->file->standard};
	const struct request r = {.tell = true, .wire = true, .file = &asked};
	if (!file_check(s, &r, err))
		return false;
	struct file *f = mem_new(sizeof *f);
	s->file = f;
	loop_timer_init(&f->timer, s->loop, file_on_time, s);
	f->fd = open_source(x->file);
	if (f->fd < 0 ? !cannot_read(x->file->name, strerror(errno), err)
		      : !measure(f, x->file, err)) {
		file_free(s);
		return false;
	}
	if (!x->file->sized)
		f->watch = loop_watch_new(s->loop, f->fd, file_on_ready, s, &unwatched);
	return true;
}

bool file_closes(const struct session *s, const struct exchange *x)
{
	return (x->file->ends || frame_half_closes(s->frame, SIDE_COMMAND)) &&
	       address_half_closes(&s->address);
}

/* ---- how far it is ---- */

void file_look(struct session *s)
{
	struct exchange_file *x = s->current->file;
	size_t left = session_unsent(s);
	uint64_t arrived = x->given > left ? x->given - left : 0;
	bool idle = s->file && (s->file->asks || (s->file->waits && arrived == x->given));
	if (arrived > x->arrived || idle || s->pace)
		session_wait(s);
	if (arrived > x->arrived)
		x->arrived = arrived;
}

/* Returns how many bytes the line may be given now. */
static size_t room(const struct session *s)
{
	const struct exchange_file *x = s->current->file;
	int64_t byte = address_byte_time(&s->address);
	uint64_t most = byte ? (uint64_t)(AHEAD_NS / byte) : LIMIT_GIVEN;
	most = most > LIMIT_GIVEN ? LIMIT_GIVEN : most < LEAST_AHEAD ? LEAST_AHEAD : most;
	if (session_is_slow(s))
		most = s->pace ? 0 : SLOW_PIECE;
	uint64_t waits = byte ? session_unsent(s) : session_waiting(s);
	most = most > waits ? most - waits : 0;
	if (x->rate) {
		int64_t now = loop_now_fresh(s->loop) - s->file->began;
		double may = (double)x->rate * ((double)(now + LOOK_NS) / NS_PER_S);
		uint64_t allowed = may > (double)x->given ? (uint64_t)may - x->given : 0;
		most = allowed < most ? allowed : most;
	}
	if (x->sized && x->size - x->given < most)
		most = x->size - x->given;
	return most < PIECE ? most : PIECE;
}

/* ---- how it goes on ---- */

static void broke_off(struct session *s, const char *why)
{
	char text[ERROR_WHAT_MAX];
	snprintf(text, sizeof text, "cannot read %s: %s",
		quote(slice_str(s->current->file->name)).text, why);
	session_current_end(s, EXCHANGE_LOST, NULL, text);
	session_pump(s);
}

/* Says where the file has more than it had at the beginning. */
static void tell_grown(struct session *s)
{
	const struct exchange_file *x = s->current->file;
	struct stat st;
	off_t at = lseek(s->file->fd, 0, SEEK_CUR);
	if (x->sized && at >= 0 && fstat(s->file->fd, &st) == 0 && st.st_size > at)
		session_warn(s,
			"%s grew while it was sent: only the %llu bytes that it had at first went "
			"out",
			quote(slice_str(x->name)).text, (unsigned long long)x->size);
}

/* All of it was handed to the line. */
static void has_ended(struct session *s)
{
	tell_grown(s);
	loop_watch_free(s->file->watch);
	s->file->watch = NULL;
	s->file->ended = true;
	if (file_closes(s, s->current)) {
		s->spent = true;
		session_put(s, SLICE(""), SEND_END);
	}
	if (s->file)
		session_command_left(s);
}

enum went { WENT_ON, WENT_WAITS, WENT_OVER };

static bool is_all(const struct exchange_file *x)
{
	return x->sized && x->given == x->size;
}

static enum went at_end(struct session *s)
{
	const struct exchange_file *x = s->current->file;
	if (x->sized && x->given < x->size) {
		broke_off(s, "it became shorter while it was sent");
		return WENT_OVER;
	}
	has_ended(s);
	return WENT_OVER;
}

/* Gives the line one piece. */
static enum went give_piece(struct session *s, size_t most)
{
	struct file *f = s->file;
	struct exchange_file *x = s->current->file;
	if (is_all(x))
		return at_end(s);
	ssize_t n = f->watch ? read(f->fd, f->piece, most) : fd_read(f->fd, f->piece, most);
	if (n == 0)
		return at_end(s);
	if (n < 0 && f->watch && (errno == EAGAIN || errno == EINTR)) {
		f->waits = true;
		loop_watch_set(f->watch, WATCH_READ);
		return WENT_WAITS;
	}
	if (n < 0) {
		broke_off(s, strerror(errno));
		return WENT_OVER;
	}
	x->given += (uint64_t)n;
	/* A secret might be cut by two pieces: where one is known, the log has none of them. */
	session_put(s, slice_of(f->piece, (size_t)n), secret_any() ? SEND_HIDDEN : 0);
	return s->file ? WENT_ON : WENT_OVER;
}

void file_go_on(struct session *s)
{
	struct file *f = s->file;
	if (f->busy || f->ended || f->asks)
		return;
	const struct exchange_file *x = s->current->file;
	enum went went = f->waits ? WENT_WAITS : WENT_ON;
	size_t most = 0;
	file_look(s);
	f->busy = true;
	for (int i = 0; went == WENT_ON && i < PIECES_A_TURN; i++) {
		most = room(s);
		went = most || (is_all(x) && !s->pace) ? give_piece(s, most) : WENT_WAITS;
	}
	if (!s->file)
		return;
	f->busy = false;
	if (!f->ended && (!f->waits || x->arrived < x->given))
		loop_timer_set(&f->timer, went == WENT_ON ? 0 : LOOK_NS);
}

static void start(struct session *s)
{
	struct file *f = s->file;
	f->began = loop_now_fresh(s->loop);
	/* Nobody has written to a FIFO that was just opened: reading it would find its end. */
	f->waits = f->watch != NULL;
	if (f->waits)
		loop_watch_set(f->watch, WATCH_READ);
	loop_timer_set(&f->timer, 0);
}

void file_begin(struct session *s)
{
	s->single |= file_closes(s, s->current);
	s->file->asks = session_binary(s, true);
	if (!s->file->asks)
		start(s);
}

void file_binary(struct session *s, bool granted)
{
	struct file *f = s->file;
	if (!f->asks)
		return;
	f->asks = false;
	f->binary = granted;
	if (granted) {
		session_wait(s);
		start(s);
		return;
	}
	session_current_end(s, EXCHANGE_REFUSED, NULL,
		"not sent: the peer does not pass all bytes as they are (telnet: BINARY, RFC 856), "
		"so the file would arrive damaged; .pipe cat FILE sends it all the same");
	session_pump(s);
}

void file_time_is_up(struct session *s)
{
	char time[DURATION_TEXT_MAX], held[ERROR_WHAT_MAX], text[ERROR_WHAT_MAX];
	file_look(s);
	if (loop_timer_running(&s->reply_timer))
		return;
	duration_text(s->settings.at[SET_TIMEOUT].value, time);
	bool why = session_explain_unsent(s, held);
	snprintf(text, sizeof text, "the device took nothing more within %s%s%.*s", time,
		why ? "; " : "", why ? (int)strlen(held) : 0, held);
	session_current_end(s, EXCHANGE_TIMEOUT, NULL, text);
}

/* ---- its end ---- */

const char *file_ended(struct session *s, struct exchange *x, enum exchange_status status,
	const char *error, char out[ERROR_WHAT_MAX])
{
	struct exchange_file *f = x->file;
	bool broke = status != EXCHANGE_OK;
	if (!broke)
		f->arrived = f->given;
	if (s->pace && !s->file->ended) { /* what waits to be paced is not sent */
		f->given -= session_pace_left(s);
		session_pace_stop(s);
		if (s->line)
			transport_read(s->line, true);
	}
	if (s->file->binary && s->line && s->line_open)
		session_binary(s, false);
	file_free(s);
	exchange_file_label(x, true);
	if (!broke || !f->given)
		return error;
	char all[48] = "";
	if (f->sized)
		snprintf(all, sizeof all, "of %llu byte%s ", (unsigned long long)f->size,
			plural(f->size));
	snprintf(out, ERROR_WHAT_MAX,
		"%s; %sat least %llu%s arrived, and at most %llu went out: the device "
		"may hold a part of the file",
		error, all, (unsigned long long)f->arrived, f->sized ? "" : " bytes",
		(unsigned long long)f->given);
	return out;
}
