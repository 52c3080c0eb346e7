/* The command layer: options, the history's file, the configuration's words. */
#include "base/paths.h"
#include "cmd/cmd.h"
#include "cmd/context.h"
#include "cmd/history.h"
#include "cmd/queue.h"
#include "cmd/shell.h"
#include "lib/tap.h"
#include "loop/loop.h"
#include "pane/pane.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct error err;

static bool options(struct options *o, char **words, int *count, const char *const *argv)
{
	char *copy[16];
	int argc = 0;
	while (argv[argc])
		argc++;
	memcpy(copy, argv, sizeof *argv * (size_t)argc);
	return options_parse(argc, copy, o, words, count, &err);
}

#define ARGS(...) ((const char *const[]){"wilco", __VA_ARGS__, NULL})

static void test_options(void)
{
	struct options o;
	char *words[16];
	int n;
	ok(options(&o, words, &n, ARGS("send", "-p80", "h", "-t", "2s", "x", "--json", "-")) &&
			n == 4 && o.port == 80 && strcmp(o.timeout, "2s") == 0 &&
			o.output == &output_json,
		"options stand anywhere");
	ok(options(&o, words, &n, ARGS("--", "-x")) && n == 1, "-- ends them");
	ok(options(&o, words, &n, ARGS("--frame=a b", "-qv")) && o.quiet && o.verbose &&
			strcmp(o.frame, "a b") == 0,
		"values behind =, letters together");
	ok(options(&o, words, &n, ARGS("--out", "hex")) && o.output->view == &view_hex,
		"a unique prefix");
	ok(!options(&o, words, &n, ARGS("--v")) && strstr(err.what, "could be several"),
		"no other");
	ok(!options(&o, words, &n, ARGS("--jsno")) && strstr(err.what, "--json"),
		"a near one is named");
	ok(!options(&o, words, &n, ARGS("-p")) && strstr(err.what, "needs N"),
		"a value is missing");
	ok(!options(&o, words, &n, ARGS("-p", "0")) && strstr(err.what, "1 to 65535"),
		"a bad port");
	ok(!options(&o, words, &n, ARGS("--json=x")) && strstr(err.what, "takes no value"),
		"a value too much");
	ok(!options(&o, words, &n, ARGS("-o", "xml")) && strstr(err.what, "not 'xml'"),
		"a bad format");
}

/* ---- another console, between what this one asks of the system ---- */

static void (*before_lock)(int fd), (*before_rename)(const char *to);

/* In place of libc's, to which it does nothing else. */
int flock(int fd, int how)
{
	if (before_lock)
		before_lock(fd);
	return (int)syscall(SYS_flock, fd, how);
}

int rename(const char *from, const char *to)
{
	if (before_rename)
		before_rename(to);
	return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

static volatile sig_atomic_t waited;

static void on_alarm(int number)
{
	(void)number;
	waited = 1;
}

/* Without SA_RESTART, so that a lock that is waited for fails instead of hanging. */
static bool adds_at_once(struct history *h, struct slice line)
{
	waited = 0;
	sigaction(SIGALRM, &(struct sigaction){.sa_handler = on_alarm}, NULL);
	alarm(5);
	bool good = history_add(h, line, &err);
	alarm(0);
	return good && !waited;
}

static void add_to(const char *path, const char *text)
{
	FILE *f = fopen(path, "a");
	fputs(text, f);
	fclose(f);
}

static char history_file[300];
static int holder;

/* It has the lock, and puts a new file in place of the one that was just opened. */
static void replace(int fd)
{
	(void)fd;
	before_lock = NULL;
	holder = open(history_file, O_RDWR | O_CLOEXEC);
	flock(holder, LOCK_EX);
	unlink(history_file);
	add_to(history_file, "of the other\n");
}

static void test_history_replaced(const char *folder)
{
	struct history *h = history_open("replaced", &err);
	snprintf(history_file, sizeof history_file, "%s/wilco/history/replaced", folder);
	history_add(h, SLICE("one"), &err);
	before_lock = replace;
	ok(adds_at_once(h, SLICE("two")) && !before_lock, "a file is replaced meanwhile");
	close(holder);
	history_close(h);
	h = history_open("replaced", &err);
	ok(history_count(h) == 2 && slice_is(history_line(h, 0), "of the other") &&
			slice_is(history_line(h, 1), "two"),
		"the line is in the new one");
	history_close(h);
}

static void test_history(const char *folder)
{
	char path[300];
	setenv("XDG_STATE_HOME", folder, 1);
	err.what[0] = 0;
	struct history *h = history_open("../evil\nname", &err);
	ok(history_add(h, SLICE("one"), &err) && history_add(h, SLICE("one"), &err) &&
			history_add(h, SLICE("tw\xc3\xb6"), &err) &&
			history_add(h, SLICE(""), &err),
		"lines are kept");
	is_int(history_count(h), 2, "but not twice in a row, and no empty ones");
	/* Another console at the same time. */
	struct history *other = history_open("../evil\nname", &err);
	is_int(history_count(other), 2, "another console reads them");
	history_add(other, SLICE("three"), &err);
	history_add(h, SLICE("four"), &err);
	history_close(other);
	history_close(h);
	snprintf(path, sizeof path, "%s/wilco/history/%%2e.%%2fevil%%0aname", folder);
	ok(access(path, R_OK) == 0, "the name cannot leave its folder");
	FILE *f = fopen(path, "a");
	fputs("\xff\xfe garbage\nfive\n", f);
	fclose(f);
	h = history_open("../evil\nname", &err);
	is_int(history_count(h), 5, "the next run has the lines of both, and no garbage");
	ok(slice_is(history_line(h, 3), "four") && slice_is(history_line(h, 4), "five"),
		"in order");
	f = fopen(path, "a");
	fputs("cut", f);
	fclose(f);
	f = fopen(path, "r");
	flock(fileno(f), LOCK_EX);
	ok(adds_at_once(h, SLICE("six")), "a lock that another one holds is not waited for");
	fclose(f);
	history_close(h);
	h = history_open("../evil\nname", &err);
	ok(slice_is(history_line(h, 5), "cut") && slice_is(history_line(h, 6), "six"),
		"a line without its end is not joined with the next");
	history_close(h);
}

static void add_late(const char *to)
{
	add_to(to, "late\n");
}

static void test_history_halved(const char *folder)
{
	char path[300], line[1000];
	struct stat st;
	struct history *h = history_open("big", &err);
	memset(line, 'x', sizeof line);
	before_rename = add_late;
	for (int i = 0; i < 9000; i++) {
		int n = snprintf(line, sizeof line, "%d", i);
		line[n] = ' ';
		history_add(h, slice_of(line, 900), &err);
	}
	history_close(h);
	snprintf(path, sizeof path, "%s/wilco/history/big", folder);
	ok(stat(path, &st) == 0 && st.st_size <= HISTORY_FILE_MAX + 1000,
		"a history that grows too large is halved");
	h = history_open("big", &err);
	struct slice last = history_line(h, history_count(h) - 1);
	ok(slice_starts(last, SLICE("8999 ")), "and keeps its newest lines");
	size_t late = 0;
	for (size_t i = 0; i < history_count(h); i++)
		late += slice_is(history_line(h, i), "late");
	ok(late > 0, "and what another console wrote while it was halved");
	before_rename = NULL;
	history_close(h);
}

/* A full disk: the limit of a file's size stands in for it. */
static void test_history_full(void)
{
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		struct rlimit limit = {60, 60}; /* room for the minute, too */
		struct history *h = history_open("full", &err);
		signal(SIGXFSZ, SIG_IGN);
		history_add(h, SLICE("first line"), &err);
		setrlimit(RLIMIT_FSIZE, &limit);
		bool said = !history_add(h,
			SLICE("a line that does not fit because it is so much longer than the "
			      "others"),
			&err);
		bool once = history_add(h, SLICE("another"), &err);
		bool kept = history_count(h) == 3;
		history_close(h);
		_exit(said && once && kept && strstr(err.what, "not kept") ? 0 : 1);
	}
	int status;
	waitpid(pid, &status, 0);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		"a full disk is said once, and the lines stay in memory");
	struct history *h = history_open("full", &err);
	ok(history_count(h) == 2 && slice_is(history_line(h, 1), "another"),
		"the file holds no torn line, and what fits again is kept");
	history_close(h);
}

/* Lines of several devices, of which one has an older file, with the minute of each. */
static void test_history_all(void)
{
	char when[HISTORY_TIME_MAX], *folder = path_of(PATH_STATE, "history/"), path[4096];
	struct history *h = history_open("pump 1", &err);
	history_add(h, SLICE("now"), &err);
	history_close(h);
	snprintf(path, sizeof path, "%spump2", folder);
	FILE *f = fopen(path, "w");
	fputs("before there were dates\n 2024-02-29T12:34Z\nlate\n 2024-13-01T00:00Z\nunknown\n "
	      "x\n",
		f);
	fputs(" 2024-02-29T12:33Z\nearly\n", f);
	fclose(f);
	h = history_open("pump2", &err);
	setenv("TZ", "UTC", 1);
	ok(history_count(h) == 4 && !history_time(h, 0) && history_time(h, 1) == 1709210040 &&
			!history_time(h, 2) && history_time(h, 3) == 1709209980,
		"a line has the minute that stands above it, or none");
	ok(strcmp(history_time_text(h, 1, when), "2024-02-29 12:34") == 0 &&
			strcmp(history_time_text(h, 0, when), "                ") == 0,
		"which is shown");
	history_close(h);
	h = history_open_all();
	size_t at[3] = {0}, n = history_count(h);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < 3; k++)
			if (slice_is(history_line(h, i), k == 0   ? "early"
							 : k == 1 ? "late"
								  : "now"))
				at[k] = i;
	ok(at[0] < at[1] && at[1] < at[2], "the history of all devices is in the order of time");
	ok(strcmp(history_device(h, at[0]), "pump2") == 0 &&
			strcmp(history_device(h, at[2]), "pump 1") == 0,
		"and knows whose each line is");
	history_close(h);
	free(folder);
	remove(path);
}

/* More lines than the cap: the oldest go, an eighth at once. */
static void test_history_cap(void)
{
	struct history *h = history_open(NULL, &err);
	char line[16];
	for (int i = 0; i <= HISTORY_LINES_MAX; i++) {
		snprintf(line, sizeof line, "line %d", i);
		history_add(h, slice_str(line), &err);
		if (i == HISTORY_LINES_MAX - 1)
			is_int(history_count(h), HISTORY_LINES_MAX, "as many lines as the cap");
	}
	is_int(history_count(h), HISTORY_LINES_MAX - HISTORY_LINES_MAX / 8 + 1, "one more");
	snprintf(line, sizeof line, "line %d", HISTORY_LINES_MAX / 8);
	ok(slice_is(history_line(h, 0), line), "takes the place of the oldest");
	snprintf(line, sizeof line, "line %d", HISTORY_LINES_MAX);
	ok(slice_is(history_line(h, history_count(h) - 1), line), "and is there");
	history_close(h);
}

static void test_history_nowhere(void)
{
	setenv("XDG_STATE_HOME", "/dev/null/nowhere", 1);
	err.what[0] = 0;
	struct history *h = history_open("x", &err);
	ok(err.what[0] && history_add(h, SLICE("a"), &err) && history_count(h) == 1,
		"a folder that cannot be made: in memory only, and said");
	history_close(h);
	h = history_open(NULL, &err);
	ok(history_add(h, SLICE("a"), &err) && history_count(h) == 1, "or on purpose");
	history_close(h);
}

static void test_definitions(void)
{
	ok(frame_book_defines(SLICE("mine = payload LF")), "NAME = NOTATION defines");
	ok(frame_book_defines(SLICE("a-b.c=x")), "with or without blanks");
	ok(!frame_book_defines(SLICE("unit:u8=1 payload LF")), "a default is no definition");
	ok(!frame_book_defines(SLICE("payload LF")), "and neither is a notation");
}

/* ---- completion ---- */

static struct bytes words;

static void add_word(void *arg, const char *word)
{
	(void)arg;
	bytes_addf(&words, "%s%s", words.len ? " " : "", word);
}

/* What is offered where the device book has pump1 and pump2. */
static const struct {
	const char *line, *words, *why;
} places[] = {{".open next ", "", "a verb that has all its arguments gets no more"},
	{".view hex ", "", "nor does one of one word"},
	{".frame modbus-tcp mod", "", "a notation is not completed"},
	{".do page-up ", "", "nor is what stands behind an action"},
	{".bind F5 page-up p", "", "or behind that of a key"},
	{".bind browse x page-u", "page-up", "in browsing, too"},
	{".bind br", "browse", "which is one word"},
	{".highlight /x/ red re", "", "what stands there is not offered again"},
	{".highlight /x/ red --", "--bell --flash", "other words are"},
	{".highlight ", "--drop", "a pattern is no colour"},
	{".device a 10.0.0.5 frame=line fr", "", "nor is a setting"},
	{".device pum", "pump1 pump2", "a device may be defined again"},
	{".record x --", "--append --timing", "options of a recording"},
	{".record x --append --", "--timing", "each once"},
	{".fleet pump1 pu", "", "behind targets is a command"},
	{".fleet --yes pump", "pump1 pump2", "in front of which is an option"},
	{".watch x o", "off", "a watch can end"}, {".with unit=3 un", "", "a field is given once"}};

static const char *completed(struct shell *sh, const char *line)
{
	size_t start;
	bytes_clear(&words);
	shell_complete(sh, slice_str(line), strlen(line), &start, add_word, NULL);
	return bytes_str(&words);
}

static void no_line(struct ui *ui, enum ui_kind kind, struct slice text)
{
	(void)ui, (void)kind, (void)text;
}

static const char *keys_do(const void *unused, size_t index)
{
	static const char *const names[] = {"page-up", "page-down"};
	(void)unused;
	return index < 2 ? names[index] : NULL;
}

static void type_lines(struct shell *sh, const char *const *lines)
{
	for (; *lines; lines++)
		shell_line(sh, slice_str(*lines));
}

/* ---- the device book ---- */

static bool define(struct devices *book, size_t number, const char *host)
{
	char line[100];
	snprintf(line, sizeof line, "pump%zu %s", number, host);
	return devices_define(book, slice_str(line), &err);
}

/* CPU time of a book of so many devices, ns. */
static int64_t time_of_book(size_t count)
{
	struct devices book = {0};
	struct timespec from, to;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	for (size_t i = 0; i < count; i++)
		define(&book, i, "10.0.0.5");
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
	devices_free(&book);
	return (to.tv_sec - from.tv_sec) * (int64_t)1000000000 + to.tv_nsec - from.tv_nsec;
}

/* Where each line walks through all before it, eight times as many take 64 times as long. */
static void test_long_book(void)
{
	enum { FEW = 2500, MANY = 8 * FEW };
	int64_t few = time_of_book(FEW), many = time_of_book(MANY);
	for (int i = tap_slow() ? 3 : 0; i < 4; i++) {
		int64_t again = time_of_book(FEW), much = time_of_book(MANY);
		few = again < few ? again : few;
		many = much < many ? much : many;
	}
	if (!ok(many < 24 * few, "eight times as many devices take about eight times as long"))
		tap_note("%d: %lld ns, %d: %lld ns", FEW, (long long)few, MANY, (long long)many);
}

static void test_book(void)
{
	struct devices book = {0};
	ok(!devices_find(&book, SLICE("pump1")) && !device_name_at(&book, 0), "an empty book");
	for (size_t i = 3; i > 0; i--)
		define(&book, i, "10.0.0.5");
	ok(define(&book, 2, "10.0.0.77"), "a name that is there may be given again");
	is_str(device_name_at(&book, 1), "pump2", "it keeps its place");
	is_str(device_name_at(&book, 2), "pump1", "and the others theirs");
	ok(!device_name_at(&book, 3), "there are no more of them");
	is_str(devices_find(&book, SLICE("pump2"))->address.host, "10.0.0.77",
		"it has the new meaning");
	ok(!devices_find(&book, SLICE("pump")) && !devices_find(&book, SLICE("pump22")) &&
			!devices_find(&book, SLICE("pump2\0")) && !devices_find(&book, SLICE("")),
		"no other name is found");
	devices_free(&book);
	size_t count = 0;
	while (count < DEVICES_MAX && define(&book, count, "h"))
		count++;
	ok(count == DEVICES_MAX && !define(&book, count, "h") &&
			strstr(err.what, "at most 100000 devices"),
		"a book has its cap: %s", err.what);
	ok(define(&book, 5, "other"), "a name that is there may still be given again");
	devices_free(&book);
}

static void test_completion(const char *folder)
{
	static const struct ui_ops ops = {.line = no_line, .action = keys_do};
	struct record record;
	struct pane pane;
	struct ui ui = {.ops = &ops, .pane = &pane, .utf8 = true};
	struct options o = {.frame = "modbus-tcp"};
	struct context context;
	struct bytes shown;
	char path[300];
	bytes_init(&words, LIMIT_MESSAGE);
	bytes_init(&shown, LIMIT_MESSAGE);
	setenv("XDG_STATE_HOME", folder, 1);
	setenv("XDG_CONFIG_HOME", folder, 1);
	record_init(&record);
	pane_init(&pane, &record, true);
	struct loop *loop = loop_new(&err);
	ok(context_open(&context, &o, &shown, &err), "a console without a configuration");
	struct shell *sh = shell_new(loop, &context, &ui, true);
	is_str(completed(sh, ".wat"), ".watch", "a command");
	is_str(completed(sh, ".do page"), "page-up page-down", "what a key does");
	is_str(completed(sh, ".bind F5 page-u"), "page-up", "also for a key");
	is_str(completed(sh, ".goto "), "top end", "places");
	is_str(completed(sh, ".filter s"), "session sent", "filters");
	is_str(completed(sh, ".view a"), "auto anatomy", "views");
	is_str(completed(sh, ".frame modbus-t"), "modbus-tcp", "frames");
	is_str(completed(sh, ".device a 10.0.0.5 frame=modbus-t"), "frame=modbus-tcp",
		"frames of a device of the book");
	is_str(completed(sh, ".device a 10.0.0.5 fr"), "frame=", "and its settings");
	is_str(completed(sh, ".device a /dev/ttyS0 bau"), "baud=", "of every kind");
	type_lines(sh, (const char *const[]){".device pump1 10.0.0.5", ".device pump2 10.0.0.6",
			       ".open listen://127.0.0.1:0", NULL});
	is_str(completed(sh, ".open pu"), "pump1 pump2", "devices of the book");
	is_str(completed(sh, ".use l"), "listen://127.0.0.1:0", "open devices");
	is_str(completed(sh, ".with un"), "unit=", "fields of the frame");
	is_str(completed(sh, ".set un"), "unit=", "which .set takes, too");
	is_str(completed(sh, ".set bau"), "", "beside the settings of the line alone");
	is_str(completed(sh, ".set view=h"), "view=hex", "and the view");
	ok(history_add(shell_history(sh), SLICE("SPEED 1450"), &err), "a line of the history");
	is_str(completed(sh, "SP"), "SPEED", "a word that was sent before");
	snprintf(path, sizeof path, ".save %s/wil", folder);
	ok(strstr(completed(sh, path), "/wilco/"), "files and folders");
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		is_str(completed(sh, places[i].line), places[i].words, "%s", places[i].why);
	is_str(completed(sh, ".nonsense x"), "", "behind what is no command there is nothing");
	shell_free(sh);
	pane_free(&pane);
	record_free(&record);
	context_close(&context);
	loop_free(loop);
	bytes_free(&shown);
	bytes_free(&words);
}

/* What a file of a command may forget, and the compiler does not see. */
static bool is_whole(const struct verb *v)
{
	const struct cmd *cmd = cmd_of(v);
	bool said = v->places && v->help && v->examples;
	return said && (!cmd || (cmd->run && !cmd->configure == !(v->places & PLACE_CONFIG)));
}

static void test_verbs(void)
{
	for (size_t i = 0; verbs[i]; i++) {
		ok(!i || strcmp(verbs[i - 1]->name, verbs[i]->name) < 0,
			".%s stands where its name puts it", verbs[i]->name);
		ok(is_whole(verbs[i]), ".%s has all that a verb needs", verbs[i]->name);
	}
}

static void test_queue(void)
{
	struct queue q = {0};
	size_t count = 0;
	while (queue_add(&q, NULL, SLICE("x"), false))
		count++;
	is_int(count, LIMIT_COMMANDS, "so many lines wait for a busy device");
	is_int(queue_drop(&q, NULL), LIMIT_COMMANDS, "and not one more");
}

static void test_zmodem(void)
{
	static const struct {
		const char *said;
		enum zmodem_start start;
	} cases[] = {{"rz\r**\x18"
		      "B00000000000000\r\x8a\x11",
			     ZMODEM_SENDS},
		{"rz waiting to receive.***\x18"
		 "B0100000023be50\r\x8a\x11",
			ZMODEM_WAITS},
		{"***\x18*\x18"
		 "B0 **\x18"
		 "B0200",
			ZMODEM_NONE},
		{"**\x18"
		 "B**\x18"
		 "B00",
			ZMODEM_SENDS},
		{"CCC", ZMODEM_NONE}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct slice said = slice_str(cases[i].said);
		struct zmodem whole = {0}, bytes = {0};
		enum zmodem_start last = ZMODEM_NONE, start;
		for (size_t n = 0; n < said.len; n++)
			last = (start = zmodem_look(&bytes, slice_cut(said, n, n + 1))) ? start
											: last;
		ok(zmodem_look(&whole, said) == cases[i].start && last == cases[i].start,
			"a file by ZMODEM is seen to begin, however its header is cut: case %zu",
			i);
	}
}

int main(void)
{
	char folder[] = "/tmp/wilcotest.XXXXXX", command[64];
	if (!mkdtemp(folder))
		return 1;
	test_options();
	test_zmodem();
	test_history(folder);
	test_history_replaced(folder);
	test_history_halved(folder);
	test_history_all();
	test_history_full();
	test_history_cap();
	test_history_nowhere();
	test_definitions();
	test_book();
	test_long_book();
	test_completion(folder);
	test_queue();
	test_verbs();
	snprintf(command, sizeof command, "rm -rf %s", folder);
	ok(system(command) == 0, "cleaned up");
	return tap_done();
}
