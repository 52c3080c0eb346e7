/* A log is whole, or a failure is told: long lines, files that are closed late, and the end. */
#include "base/number.h"
#include "base/text.h"
#include "lib/tap.h"
#include "loop/loop.h"
#include "session/log.h"
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct error err;
static struct address address;
static char folder[] = "/tmp/wilcotest.XXXXXX", path[64];
static struct bytes text;

/* A file system that says only when a file is closed that it has no room.  In place of libc's, to
 * which it does nothing else. */
static bool no_room;

int close(int fd)
{
	long rc = syscall(SYS_close, fd);
	if (rc == 0 && no_room) {
		errno = EDQUOT;
		rc = -1;
	}
	return (int)rc;
}

/* The wall clock stands still where a test has set it; the loop's clock goes on. */
static time_t wall;

int clock_gettime(clockid_t clock, struct timespec *now)
{
	if (!wall || clock != CLOCK_REALTIME)
		return (int)syscall(SYS_clock_gettime, clock, now);
	*now = (struct timespec){.tv_sec = wall};
	return 0;
}

static struct log *begin(const char *device)
{
	unlink(path);
	struct log *l = log_open(NULL, path, NULL, device, &address, &err);
	if (!l)
		tap_note("%s", err.what);
	return l;
}

/* What is in the file. */
static struct slice written_to(const char *name)
{
	FILE *f = fopen(name, "r");
	size_t n;
	bytes_clear(&text);
	while (f && (n = fread(bytes_space(&text, 4096), 1, 4096, f)) > 0)
		text.len += n;
	if (f)
		fclose(f);
	return bytes_slice(&text);
}

static struct slice written(void)
{
	return written_to(path);
}

static size_t count(struct slice in, const char *what)
{
	size_t found = 0, n = strlen(what);
	const uint8_t *at;
	while (in.len && (at = memmem(in.at, in.len, what, n))) {
		found++;
		in = slice_cut(in, (size_t)(at - in.at) + n, in.len);
	}
	return found;
}

/* Of what is longer than the log holds back nothing is missing. */
static void test_long_lines(void)
{
	enum { LONG = 300000 };
	char *note = malloc(LONG + 1), *device = malloc(LIMIT_ADDRESS + 1);
	memset(note, 'n', LONG);
	memset(device, '\x01', LIMIT_ADDRESS);
	note[LONG] = device[LIMIT_ADDRESS] = 0;
	struct log *l = begin(device);
	log_note(l, note);
	for (int i = 0; i < 50; i++)
		log_bytes(l, false, slice_of(device, LIMIT_ADDRESS), false);
	log_note(l, "the end");
	ok(log_close(l, &err), "a log with very long lines");
	struct slice all = written();
	is_int((long)count(all, "\n"), 52, "has each of them");
	is_int((long)count(all, "n"), LONG + 1, "a note");
	is_int((long)count(all, "\\x01"), (50 + 52) * LIMIT_ADDRESS, "names and bytes whole");
	ok(count(all, "the end\n") == 1, "and in order");
	free(note);
	free(device);
}

static void test_closed(void)
{
	struct log *l = begin("pump1");
	log_note(l, "a note");
	no_room = true;
	ok(!log_close(l, &err) && strstr(err.what, "cannot write the log"),
		"a file that cannot be closed is said: %s", err.what);
	no_room = false;
}

/* ---- a file for each day ---- */

/* Makes the name of a day's file, or of all of them. */
static const char *day(const char *date, const char *ending)
{
	static char name[128];
	snprintf(name, sizeof name, "%s/%s%s", folder, date, ending);
	return name;
}

static struct log *begin_day(const char *ending)
{
	struct log *l =
		log_open(NULL, day("\\{device}-\\{date}", ending), NULL, "p", &address, &err);
	ok(l != NULL, "a log with a date in its name: %s", l ? log_path(l, 0) : err.what);
	log_connected(l, "127.0.0.1:9100");
	log_bytes(l, true, SLICE("before"), false);
	return l;
}

/* The day is that of a clock on the wall, which is five hours ahead of UTC here. */
static void test_midnight(void)
{
	setenv("TZ", "XYZ-5", 1);
	wall = 1798743599; /* 2026-12-31T18:59:59Z */
	struct log *l = begin_day(".log");
	wall++;
	log_bytes(l, false, SLICE("after"), false);
	log_disconnected(l);
	wall += 24 * 3600 - 1;
	log_note(l, "still the first");
	wall++;
	log_note(l, "the second");
	is_str(log_path(l, 0), day("p-2027-01-02", ".log"), "the name is that of the day");
	ok(log_close(l, &err), "a log of three days");
	struct slice old = written_to(day("p-2026-12-31", ".log"));
	ok(count(old, "before\n") == 1 && count(old, "\n") == 2, "the old year");
	struct slice first = written_to(day("p-2027-01-01", ".log"));
	ok(count(first, "- connected to 127.0.0.1:9100\n") == 1 && count(first, "< after\n") == 1 &&
			count(first, "still") == 1 && count(first, "\n") == 4,
		"the new year begins at local midnight, with the line that is open");
	struct slice second = written_to(day("p-2027-01-02", ".log"));
	ok(count(second, "the second\n") == 1 && count(second, "\n") == 1,
		"a line that is closed is not open in the next file");
	wall = 0;
}

/* A capture goes on in a new file, too, in which the stream begins anew. */
static void test_midnight_capture(void)
{
	enum { HEADER = 24, RECORD = 16, PACKET = 40 };
	wall = 1798743599;
	struct log *l = begin_day(".pcap");
	wall++;
	log_bytes(l, false, SLICE("after"), false);
	ok(log_close(l, &err), "a capture of two days");
	struct slice old = written_to(day("p-2026-12-31", ".pcap"));
	is_int((long)old.len, HEADER + 8 * (RECORD + PACKET) + 6, "is whole in each");
	struct slice first = written_to(day("p-2027-01-01", ".pcap"));
	is_int((long)first.len, HEADER + 8 * (RECORD + PACKET) + 5, "of its files");
	wall = 0;
}

static void test_midnight_failing(void)
{
	wall = 1798743599;
	struct log *l = begin_day(".log");
	unlink(day("p-2027-01-01", ".log"));
	ok(mkdir(day("p-2027-01-01", ".log"), 0700) == 0, "in place of the next day's file");
	wall++;
	log_note(l, "lost");
	ok(!log_flush(l, &err) && strstr(err.what, "p-2027-01-01.log: Is a directory"),
		"one that cannot be opened is said: %s", err.what);
	ok(log_flush(l, &err) && log_close(l, &err), "once");
	wall = 0;
}

static void test_reopened(void)
{
	struct log *l = begin("p");
	log_connected(l, "127.0.0.1:9100");
	log_note(l, "one");
	log_reopen(l);
	log_note(l, "two");
	rename(path, day("moved", ""));
	log_reopen(l);
	log_note(l, "three");
	ok(log_close(l, &err), "a log that is opened again");
	is_int((long)count(written_to(day("moved", "")), "\n"), 3, "stays where it is");
	struct slice now = written();
	ok(count(now, "connected") == 1 && count(now, "three\n") == 1 && count(now, "\n") == 2,
		"or begins anew where it was moved away");
}

/* ---- the end of a session ---- */

static int failures;

static void on_log_failed(void *owner, struct session *s, const struct error *why)
{
	(void)owner;
	(void)s;
	failures++;
	is_int(why->status, STATUS_OUTPUT, "%s", why->what);
}

static void frees(struct loop *loop, struct frame *frame, const char *log)
{
	static const struct session_events events = {.log_failed = on_log_failed};
	struct session_config config = {.loop = loop,
		.name = "pump1",
		.address = &address,
		.settings = &address.settings,
		.frame = frame,
		.events = &events};
	struct session *s = session_new(&config);
	unlink(path);
	ok(session_log(s, log, NULL, &err), "a session with a log");
	session_open(s);
	while (session_state(s) == SESSION_CONNECTING) /* nobody is there, and that is noted */
		loop_step(loop, true);
	failures = 0;
	no_room = strcmp(log, path) == 0;
	session_free(s);
	no_room = false;
	is_int(failures, 1, "that is freed tells once what could not be written");
}

static void test_freed(void)
{
	struct loop *loop = loop_new(&err);
	struct frame_book *book = frame_book_new();
	struct frame *frame = frame_find(book, SLICE("line"), &err);
	frees(loop, frame, "/dev/full");
	frees(loop, frame, path);
	frame_unref(frame);
	frame_book_free(book);
	loop_free(loop);
}

/* Says whether the file gets the text within a second, while the loop turns. */
static bool comes(struct loop *loop, const char *name, const char *what)
{
	int64_t now = loop_now(loop);
	for (int i = 0; i < 10 && !count(written_to(name), what); i++)
		loop_clock_set(loop, now += 100 * (int64_t)NS_PER_MS);
	return count(written_to(name), what) == 1;
}

static void test_written_soon(void)
{
	char capture[80];
	struct loop *loop = loop_new(&err);
	snprintf(capture, sizeof capture, "%s/soon.pcap", folder);
	unlink(path);
	struct log *l = log_open(loop, path, capture, "p", &address, &err);
	log_connected(l, "127.0.0.1:1");
	is_int(written().len, 0, "what happened waits for what belongs to it");
	ok(comes(loop, path, "- connected to 127.0.0.1:1\n"), "but only a moment: it is there");
	log_bytes(l, true, SLICE("SLOW?\n"), false);
	ok(comes(loop, path, "> SLOW?\\n\n"), "a command whose reply is awaited, too");
	ok(comes(loop, capture, "SLOW?\n"), "and in the capture beside it");
	log_note(l, "trying again");
	log_flush(l, &err);
	log_note(l, "and again");
	ok(comes(loop, path, "and again"), "what comes behind a flush is written as soon");
	log_note(l, "the end");
	ok(log_close(l, &err) && count(written(), "the end") == 1, "closing waits for nothing");
	loop_free(loop);
}

static int drop(const char *name, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(name);
}

int main(void)
{
	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof path, "%s/log", folder);
	bytes_init(&text, 64 * 1024 * 1024);
	address_parse(SLICE("127.0.0.1:1"), 0, &address, &err);
	test_long_lines();
	test_closed();
	test_freed();
	test_written_soon();
	test_midnight();
	test_midnight_capture();
	test_midnight_failing();
	test_reopened();
	address_free(&address);
	bytes_free(&text);
	nftw(folder, drop, 4, FTW_DEPTH | FTW_PHYS);
	return tap_done();
}
