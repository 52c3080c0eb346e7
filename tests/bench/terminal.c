/* terminal.c - an interactive program seen from its terminal, with a device that it talks to.
 *
 *   terminal enter ROUNDS PROGRAM ARG...   types a word key by key, then Enter; the device answers
 *                                          with the word reversed
 *   terminal flood BYTES PROGRAM ARG...    the device sends that much at once, then a last frame
 *   terminal keys COUNT PROGRAM ARG...     types while the device never stops (about 10 MB/s)
 *
 * In an ARG, {} is the device's port on 127.0.0.1.  Prints one line of numbers:
 *   enter: median key to echo, median Enter to answer (microseconds), bytes to the terminal a word
 *   flood: milliseconds to the last frame on the screen, bytes to the terminal
 *   keys:  median, 99th percentile and worst of key to echo (microseconds)
 *
 * Commands are ESC text CR, replies text NUL.
 */
#include <netinet/in.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROWS = 24, COLUMNS = 80, WORD = 12, QUIET_MS = 400, PATIENCE_MS = 20000 };
static const char LAST[] = "xQ7zEndK4wV";

static void fail(const char *what)
{
	fprintf(stderr, "terminal: %s\n", what);
	exit(2);
}

static double now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* ---- the device ---- */

static void send_all(int fd, const char *at, size_t n)
{
	while (n) {
		ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);
		if (sent <= 0)
			_exit(0);
		at += sent;
		n -= (size_t)sent;
	}
}

static void answer_reversed(int fd)
{
	char in[256], out[260];
	size_t have = 0;
	for (ssize_t n; (n = read(fd, in + have, sizeof in - have)) > 0;) {
		have += (size_t)n;
		char *end = memchr(in, '\r', have);
		if (!end)
			continue;
		size_t len = (size_t)(end - in) - 1, to = 0;
		for (size_t i = len; i > 0; i--)
			out[to++] = in[i];
		out[to++] = 0;
		send_all(fd, out, to);
		have = 0;
	}
}

/* Frames of 32 to 96 bytes; pause_us between blocks of a megabyte's 64th part. */
static void talk(int fd, uint64_t bytes, useconds_t pause_us)
{
	static char block[16384];
	size_t size = 0;
	uint32_t seed = 1;
	while (size < sizeof block - 128) {
		seed = seed * 1103515245 + 12345;
		size_t n = 32 + (seed >> 16) % 64;
		for (size_t i = 0; i < n; i++)
			block[size++] = (char)('a' + (seed >> 8) % 7 + i % 19);
		block[size++] = 0;
	}
	for (uint64_t sent = 0; sent < bytes; sent += size) {
		send_all(fd, block, size);
		if (pause_us)
			usleep(pause_us);
	}
	send_all(fd, LAST, sizeof LAST);
}

static pid_t start_device(char mode, uint64_t bytes, int *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (void *)&a, sizeof a) < 0 || listen(fd, 1) < 0 ||
		getsockname(fd, (void *)&a, &len) < 0)
		fail("no socket");
	*port = ntohs(a.sin_port);
	pid_t pid = fork();
	if (pid != 0) {
		close(fd);
		return pid;
	}
	int line = accept(fd, NULL, NULL);
	if (mode == 'e')
		answer_reversed(line);
	else
		talk(line, mode == 'f' ? bytes : UINT64_MAX / 2, mode == 'f' ? 0 : 1600);
	pause(); /* the line stays open */
	_exit(0);
}

/* ---- the terminal ---- */

static int screen;
static char got[1 << 17];
static size_t got_len;
static uint64_t got_total;

/* 1: something came, 0: nothing for that long, -1: the program is gone */
static int take(int ms)
{
	struct pollfd p = {.fd = screen, .events = POLLIN};
	int rc = poll(&p, 1, ms);
	if (rc <= 0)
		return rc;
	if (got_len > sizeof got / 2) { /* what is looked for is at the end */
		memmove(got, got + got_len - 4096, 4096);
		got_len = 4096;
	}
	ssize_t n = read(screen, got + got_len, sizeof got - got_len);
	if (n <= 0)
		return -1;
	got_len += (size_t)n;
	got_total += (uint64_t)n;
	return 1;
}

static void take_all(int quiet_ms)
{
	while (take(quiet_ms) > 0)
		;
}

/* Microseconds from `since` until the text is on the screen. */
static double wait_for(const void *text, size_t n, double since)
{
	while (!memmem(got, got_len, text, n))
		if (take(PATIENCE_MS) <= 0)
			fail("what was waited for never came to the screen");
	return now_us() - since;
}

static void type(const void *text, size_t n)
{
	if (write(screen, text, n) != (ssize_t)n)
		fail("cannot type");
}

static pid_t start_program(char **args, int port)
{
	struct winsize size = {.ws_row = ROWS, .ws_col = COLUMNS};
	char number[16];
	snprintf(number, sizeof number, "%d", port);
	pid_t pid = forkpty(&screen, NULL, NULL, &size);
	if (pid < 0)
		fail("no terminal");
	if (pid > 0)
		return pid;
	for (char **arg = args; *arg; arg++) {
		char *hole = strstr(*arg, "{}"), *filled;
		if (hole && asprintf(&filled, "%.*s%s%s", (int)(hole - *arg), *arg, number,
				    hole + 2) > 0)
			*arg = filled;
	}
	setenv("TERM", "xterm-256color", 1);
	execvp(args[0], args);
	_exit(127);
}

/* ---- what is measured ---- */

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double at_part(double *values, size_t count, double part)
{
	qsort(values, count, sizeof *values, by_size);
	size_t i = (size_t)((double)count * part);
	return values[i < count ? i : count - 1];
}

/* No run of its letters comes twice, so that a screen which sends what differs sends it whole. */
static void make_word(char word[WORD], char reversed[WORD])
{
	static uint32_t seed = 99;
	for (size_t i = 0; i < WORD; i++) {
		seed = seed * 1103515245 + 12345;
		word[i] = "abcdefghijklmnopqrstuvwxyz0123456789"[(seed >> 16) % 36];
		reversed[WORD - 1 - i] = word[i];
	}
}

static void measure_enter(size_t rounds)
{
	double *keys = calloc(rounds * WORD, sizeof *keys), *enter = calloc(rounds, sizeof *enter);
	char word[WORD], reversed[WORD];
	take_all(QUIET_MS);
	uint64_t before = got_total;
	for (size_t r = 0; r < rounds; r++) {
		make_word(word, reversed);
		for (size_t i = 0; i < WORD; i++) {
			double since = now_us();
			type(word + i, 1);
			if (take(PATIENCE_MS) <= 0)
				fail("no echo");
			keys[r * WORD + i] = now_us() - since;
		}
		take_all(1);
		got_len = 0;
		double since = now_us();
		type("\r", 1);
		enter[r] = wait_for(reversed, WORD, since);
		take_all(1);
	}
	printf("%.1f %.1f %.0f\n", at_part(keys, rounds * WORD, 0.5), at_part(enter, rounds, 0.5),
		(double)(got_total - before) / (double)rounds);
	free(keys);
	free(enter);
}

/* Letters that the device never says and no escape sequence contains.  Those of one line are not
 * those of the line before: what still stands on the screen would not be sent again. */
static void measure_keys(size_t count)
{
	double *keys = calloc(count, sizeof *keys);
	double until = now_us() + QUIET_MS * 1e3;
	while (now_us() < until) /* the flood runs */
		take(10);
	for (size_t i = 0; i < count; i++) {
		char letter[2] = {(char)0xc3, (char)(0x80 + i % 32)};
		got_len = 0;
		double since = now_us();
		type(letter, sizeof letter);
		keys[i] = wait_for(letter, sizeof letter, since);
		until = now_us() + 7e3;
		while (now_us() < until)
			take(1);
		if (i % 16 == 15) {
			type("\x15", 1); /* Ctrl-U */
			take(50);
		}
	}
	printf("%.1f %.1f ", at_part(keys, count, 0.5), at_part(keys, count, 0.99));
	printf("%.1f\n", keys[count - 1]);
	free(keys);
}

static void measure_flood(double since)
{
	double us = wait_for(LAST, sizeof LAST - 1, since);
	printf("%.1f %llu\n", us / 1e3, (unsigned long long)got_total);
}

int main(int argc, char **argv)
{
	int port;
	if (argc < 4 || !strchr("efk", argv[1][0]))
		fail("usage: terminal enter|flood|keys NUMBER PROGRAM ARG...");
	uint64_t number = strtoull(argv[2], NULL, 10);
	pid_t device = start_device(argv[1][0], number, &port);
	double since = now_us();
	pid_t program = start_program(argv + 3, port);
	if (argv[1][0] == 'e')
		measure_enter((size_t)number);
	else if (argv[1][0] == 'k')
		measure_keys((size_t)number);
	else
		measure_flood(since);
	kill(program, SIGHUP);
	kill(device, SIGKILL);
	close(screen);
	waitpid(program, NULL, 0);
	waitpid(device, NULL, 0);
	return 0;
}
