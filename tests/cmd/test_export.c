/* Files that are written piece by piece: whole or not at all, whatever happens meanwhile. */
#include "base/mem.h"
#include "base/paths.h"
#include "cmd/cmd.h"
#include "cmd/export.h"
#include "cmd/watch.h"
#include "lib/tap.h"
#include "pane/pane.h"
#include "session/exchange.h"
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REPLY = 1000, MANY = 8000, PIECE_MOST = 160 * 1024 };

static struct loop *loop;
static struct context context;
static struct options options;
static struct shell *shell;
static struct session *session;
static struct record record;
static struct pane pane;
static struct bytes said;
static struct error err;
static char folder[] = "/tmp/wilcotest.XXXXXX", path[64];

/* ---- a screen that notes what is said ---- */

static void on_line(struct ui *ui, enum ui_kind kind, struct slice text)
{
	(void)ui;
	(void)kind;
	bytes_add(&said, text);
	bytes_add_str(&said, "\n");
}

static const struct ui_ops ops = {.line = on_line};
static struct ui ui = {.ops = &ops, .pane = &pane, .utf8 = true};

static bool has_said(const char *text)
{
	bool found = strstr(bytes_str(&said), text) != NULL;
	if (!found)
		tap_note("said: %s", bytes_str(&said));
	bytes_clear(&said);
	return found;
}

/* ---- a session with a past ---- */

static void add(size_t number)
{
	char command[32], reply[REPLY + 1];
	struct frame *frame = session_frame(session);
	snprintf(command, sizeof command, "C%zu", number);
	memset(reply, 'a' + (int)(number % 26), REPLY);
	reply[REPLY] = '\n';
	struct exchange *x = exchange_command(frame, slice_str(command), false);
	struct split_event event = {.kind = SPLIT_FRAME,
		.end = END_DELIMITER,
		.end_bytes = SLICE("\n"),
		.has_payload = true,
		.payload = slice_of(reply, REPLY),
		.raw = slice_of(reply, REPLY + 1)};
	exchange_take(x, &event);
	exchange_end(x, EXCHANGE_OK, 1, NULL, NULL);
	for (size_t i = 0; i < record.device_count; i++)
		if (record.devices[i]->session == session)
			pane_add_exchange(&pane, record.devices[i], x);
}

static void begin(size_t count)
{
	struct shell_device d;
	record_init(&record);
	pane_init(&pane, &record, true);
	shell = shell_new(loop, &context, &ui, false);
	shell_open(shell, "pump1", SLICE("127.0.0.1:1"), NAMED_BY_ARGUMENT, &err);
	shell_device(shell, 0, &d);
	session = d.session;
	for (size_t i = 0; i < count; i++)
		add(i);
	while (shell_busy(shell)) /* nobody is there */
		loop_step(loop, true);
	bytes_clear(&said);
}

static void end(void)
{
	shell_free(shell);
	pane_free(&pane);
	record_free(&record);
	unlink(path);
}

/* A command whose last word is the file. */
static void line(const char *verb)
{
	char text[128];
	snprintf(text, sizeof text, "%s %s", verb, path);
	shell_line(shell, slice_str(text));
}

static off_t size_now(void)
{
	struct stat st;
	return stat(path, &st) == 0 ? st.st_size : -1;
}

/* To its end; the most that the file grew in one turn. */
static off_t finish(void)
{
	off_t before = size_now(), most = 0;
	while (shell_exporting(shell)) {
		loop_step(loop, true);
		off_t now = size_now();
		most = now - before > most ? now - before : most;
		before = now;
	}
	return most;
}

static bool file_is(struct slice text)
{
	struct bytes got;
	bytes_init(&got, LIMIT_FRAME_MOST);
	path_read(path, PATH_FILE, LIMIT_FRAME_MOST - 1, &got, &err);
	bool same = slice_equal(bytes_slice(&got), text);
	if (!same)
		tap_note("%zu bytes instead of %zu", got.len, text.len);
	bytes_free(&got);
	return same;
}

/* How often a line of the file begins so. */
static size_t count(const char *begin)
{
	struct bytes got;
	bytes_init(&got, LIMIT_FRAME_MOST);
	path_read(path, PATH_FILE, LIMIT_FRAME_MOST - 1, &got, &err);
	size_t found = 0;
	struct slice rest = bytes_slice(&got), each;
	while (slice_line(&rest, &each))
		found += slice_starts(each, slice_str(begin));
	bytes_free(&got);
	return found;
}

/* ---- tests ---- */

static void test_save(void)
{
	struct bytes whole;
	begin(MANY);
	bytes_init(&whole, LIMIT_FRAME_MOST);
	bytes_addf(&whole, ".open %s\n.frame %s\n", session_name(session),
		frame_name(session_frame(session)));
	for (size_t i = 0; i < record.count; i++)
		entry_lines(&record.at[i], &whole);
	line(".save");
	ok(shell_exporting(shell) && shell_busy(shell), "a large file takes many turns");
	line(".copy");
	ok(has_said("file is still being written"), "and another one has to wait");
	off_t most = finish();
	ok(has_said("saved to"), "its end is said");
	ok(most > 0 && most < PIECE_MOST, "it grew in pieces, of %ld bytes at most", (long)most);
	ok(file_is(bytes_slice(&whole)), "and is what it would be, written at once");
	shell_line(shell, SLICE(".save /dev/full"));
	ok(has_said("cannot write /dev/full") && !shell_exporting(shell), "a full disk is said");
	bytes_free(&whole);
	end();
}

/* Each command is played in the frame in which it was sent. */
static void test_frames(void)
{
	struct bytes whole;
	begin(0);
	bytes_init(&whole, LIMIT_FRAME_MOST);
	shell_line(shell, SLICE(".frame payload LF"));
	add(0);
	shell_line(shell, SLICE(".frame payload CR"));
	add(1);
	add(2);
	line(".save");
	bytes_addf(&whole, ".open %s\n", session_name(session));
	for (size_t i = 0; i < record.count; i++) {
		const struct entry *e = &record.at[i];
		if (e->kind == ENTRY_EXCHANGE && e->exchange->payload.at[1] != '2')
			bytes_addf(&whole, ".frame %s\n", frame_notation(e->exchange->frame));
		entry_lines(e, &whole);
	}
	ok(file_is(bytes_slice(&whole)), "a frame stands where it changes");
	const char *first = strstr(bytes_str(&whole), ".frame payload LF\nC0\n"),
		   *second = strstr(bytes_str(&whole), ".frame payload CR\nC1\n");
	ok(first && second && first < second, "in front of what was sent in it");
	record.cap = 1; /* those in front of the next one go */
	add(2);
	line(".save");
	bytes_add_str(&whole, ".frame payload CR\n");
	entry_lines(&record.at[0], &whole);
	ok(file_is(bytes_slice(&whole)), "and in front of what is added to a file");
	bytes_free(&whole);
	end();
}

/* What cannot be read back is not written, and that is said. */
static void test_left_out(void)
{
	struct bytes payload;
	begin(1);
	bytes_init(&payload, LIMIT_LINE);
	memset(bytes_space(&payload, LIMIT_LINE), 0xff, LIMIT_LINE);
	payload.len = LIMIT_LINE;
	struct exchange *x = exchange_command(session_frame(session), bytes_slice(&payload), false);
	exchange_end(x, EXCHANGE_REFUSED, 1, NULL, NULL);
	pane_add_exchange(&pane, record.devices[1], x);
	line(".save");
	ok(has_said(", without 1 line of more than 65536 bytes (.log keeps all)") &&
			count("C") == 1 && count("# a command of 65536 bytes is longer") == 1,
		"a command that is longer than a line may be is left out, and counted");
	bytes_free(&payload);
	end();
}

static void test_given_up(void)
{
	begin(MANY);
	path_write(path, PATH_NEW, SLICE("# mine\n"), &err);
	line(".save");
	for (int i = 0; i < 3; i++)
		loop_step(loop, true);
	ok(size_now() > PIECE_MOST && shell_exporting(shell), "in the midst of it");
	ok(shell_interrupt(shell) && !shell_exporting(shell), "Ctrl-C gives it up, says that");
	ok(has_said("the file is as it was") && file_is(SLICE("# mine\n")), "and it is");
	line(".save");
	loop_step(loop, true);
	off_t size = size_now();
	path_write(path, PATH_APPEND, SLICE("# theirs\n"), &err);
	shell_interrupt(shell);
	ok(has_said("a part of it stays in the file") && size_now() == size + 9,
		"what others wrote behind it is not cut off, and that is said");
	line(".save");
	end();
	ok(!strstr(bytes_str(&said), "saved to"), "a shell that ends in the midst of one");
	path_write(path, PATH_NEW, SLICE(""), &err);
	begin(3);
	line(".save");
	ok(!shell_exporting(shell) && has_said("saved to"), "a short one is written at once");
	end();
}

/* A full disk that everybody can have: the limit of a file's size. */
static void test_full(void)
{
	int status;
	begin(MANY);
	path_write(path, PATH_NEW, SLICE("# mine\n"), &err);
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		struct rlimit limit = {1000000, 1000000};
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		shell->worst = STATUS_OK;
		line(".save");
		bool begun = shell_exporting(shell);
		finish();
		_exit(begun && has_said("cannot write") ? (int)shell_status(shell) : 99);
	}
	ok(waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
			WEXITSTATUS(status) == STATUS_OUTPUT,
		"a disk that is full in the midst is said, and the exit status says it, too");
	ok(file_is(SLICE("# mine\n")), "and no half is left");
	end();
}

/* A source whose second piece is larger than any may be. */
static bool add_too_much(void *arg, struct export *e, struct error *why)
{
	int *piece = arg;
	(void)why;
	bytes_add_str(&e->piece, "a part\n");
	return ++*piece < 3 && !bytes_space(&e->piece, e->piece.max);
}

static void keep(void *arg)
{
	(void)arg;
}

static void test_too_much(void)
{
	static const struct export_source source = {add_too_much, keep, "writing to", "written to"};
	int piece = 0;
	begin(1);
	path_write(path, PATH_NEW, SLICE("# mine\n"), &err);
	ok(!export_begin(shell, slice_str(path), PATH_APPEND, &source, &piece, &err) &&
			strstr(err.what, "spelled with more than 1073741824 bytes") &&
			err.status == STATUS_OUTPUT,
		"what is too long to be spelled is said: %s", err.what);
	ok(file_is(SLICE("# mine\n")) && !has_said("written to"), "and no part of it is left");
	end();
}

static void test_pruned(void)
{
	begin(MANY);
	line(".save");
	record.cap = 100 * REPLY;
	for (size_t i = 0; shell_exporting(shell); i++) {
		add(MANY + i);
		loop_step(loop, true);
	}
	size_t whole = count("C") - count("# the rest is no longer in memory");
	char text[64];
	snprintf(text, sizeof text, "without %zu commands no longer in memory", MANY - whole);
	ok(whole < MANY && has_said(text), "exchanges that memory lost meanwhile are counted");
	ok(size_now() < (off_t)MANY * REPLY, "and are not there");
	unlink(path);
	line(".copy");
	ok(has_said("copied to") && size_now() > REPLY, "an entry is copied");
	end();
}

/* Commands that are gone when it begins, among those of another device. */
static void test_pruned_before(void)
{
	struct shell_device d;
	begin(10);
	struct session *first = session;
	shell_open(shell, "pump2", SLICE("127.0.0.1:1"), NAMED_BY_ARGUMENT, &err);
	shell_device(shell, 1, &d);
	session = d.session;
	for (size_t i = 0; i < 5; i++)
		add(i);
	session = first;
	record.cap = 1;
	add(10);
	line(".save");
	ok(has_said("no command to save is in memory any more") && size_now() < 0,
		"a file of nothing is not made");
	shell_line(shell, SLICE(".use 1"));
	bytes_clear(&said);
	line(".save");
	finish();
	ok(count("C") == 1 && has_said("without 10 commands no longer in memory"),
		"commands that went before are counted, those of this device");
	end();
}

/* An exchange that goes while it is copied. */
static void test_copy_gone(void)
{
	const size_t many = tap_slow() ? MANY / 8 : MANY;
	begin(1);
	struct exchange *x = record_find(&record, record.newest)->exchange;
	char reply[REPLY] = "";
	struct split_event event = {.kind = SPLIT_FRAME,
		.has_payload = true,
		.payload = slice_of(reply, REPLY),
		.raw = slice_of(reply, REPLY)};
	for (size_t i = 0; i < many; i++)
		exchange_take(x, &event);
	line(".copy");
	ok(shell_exporting(shell) && size_now() > 0, "a huge entry is copied in pieces");
	off_t most = finish();
	ok(has_said("copied to") && most < size_now() / 4 && size_now() > (off_t)many * REPLY,
		"up to its end");
	off_t whole = size_now();
	line(".copy");
	record.cap = 1;
	add(2);
	finish();
	ok(has_said("the exchange is no longer in memory") && size_now() == whole,
		"one that is gone meanwhile is said, and nothing of it is left");
	end();
}

static void test_numbers(void)
{
	struct watch *w;
	begin(0);
	shell_line(shell, SLICE(".frame payload LF"));
	shell_line(shell, SLICE(".watch rpm 1h N"));
	w = shell->watches;
	w->samples = mem_grow(w->samples, MANY, sizeof *w->samples);
	w->count = w->room = w->total = MANY;
	for (size_t i = 0; i < MANY; i++)
		w->samples[i] = (struct sample){{1700000000, 0}, i == 1 ? NAN : (double)i};
	line(".watch --export");
	ok(shell_exporting(shell), "the numbers of a watch");
	shell_line(shell, SLICE(".watch rpm off"));
	finish();
	struct bytes got;
	bytes_init(&got, LIMIT_FRAME_MOST);
	path_read(path, PATH_FILE, LIMIT_FRAME_MOST - 1, &got, &err);
	size_t lines = 0;
	struct slice rest = bytes_slice(&got), each, last = {0}, missed = {0};
	for (; slice_line(&rest, &each); lines++) {
		missed = lines == 2 ? each : missed;
		last = each;
	}
	ok(lines == MANY + 1 && slice_is(last, "2023-11-14T22:13:20.000000Z,rpm,7999"),
		"are written whole, though it ends meanwhile");
	ok(slice_is(missed, "2023-11-14T22:13:20.000000Z,rpm,"),
		"one that did not come has no value");
	bytes_free(&got);
	end();
}

int main(void)
{
	struct bytes shown;
	if (!mkdtemp(folder))
		return 1;
	setenv("HOME", folder, 1);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("XDG_STATE_HOME");
	snprintf(path, sizeof path, "%s/file", folder);
	bytes_init(&shown, LIMIT_MESSAGE);
	bytes_init(&said, LIMIT_FRAME_MOST);
	loop = loop_new(&err);
	ok(context_open(&context, &options, &shown, &err), "a configuration");
	test_save();
	test_frames();
	test_left_out();
	test_given_up();
	test_full();
	test_too_much();
	test_pruned();
	test_pruned_before();
	test_copy_gone();
	test_numbers();
	context_close(&context);
	loop_free(loop);
	bytes_free(&shown);
	bytes_free(&said);
	rmdir(folder);
	return tap_done();
}
