/* curses.c - the least that a split screen can cost: a scrolling pane and a line below it, one
 * connection, one poll loop.  console.sh measures wilco against it.
 *
 *   curses PORT
 *
 * Paints at once for a key and for a single answer, else at most 60 times a second.
 */
#include <arpa/inet.h>
#include <curses.h>
#include <locale.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { KEPT = 256, WIDTH = 256, PAINTS = 60, SMALL = 4096 };
static char lines[KEPT][WIDTH], typed[WIDTH], in[256 * 1024];
static size_t line_count, shown, typed_len, in_len;
static WINDOW *pane, *input;

static void add_line(const char *at, size_t n)
{
	char *to = lines[line_count++ % KEPT];
	if (n >= WIDTH)
		n = WIDTH - 1;
	for (size_t i = 0; i < n; i++)
		to[i] = at[i] >= 0x20 && at[i] < 0x7f ? at[i] : '.';
	to[n] = 0;
}

static void paint(void)
{
	size_t rows = (size_t)LINES - 1;
	if (line_count - shown > rows)
		shown = line_count - rows;
	for (; shown < line_count; shown++)
		wprintw(pane, "\n%.*s", COLS - 1, lines[shown % KEPT]);
	wnoutrefresh(pane);
	mvwaddnstr(input, 0, 0, "> ", 2);
	waddnstr(input, typed, (int)typed_len);
	wclrtoeol(input);
	wnoutrefresh(input);
	doupdate();
}

static void take_keys(int line)
{
	char keys[64], out[WIDTH + 2] = {27};
	ssize_t n = read(0, keys, sizeof keys);
	if (n <= 0) {
		endwin();
		exit(0);
	}
	for (ssize_t i = 0; i < n; i++) {
		if (keys[i] == 0x15) {
			typed_len = 0;
		} else if (keys[i] != '\r') {
			typed[typed_len] = keys[i];
			typed_len += typed_len < WIDTH - 2;
		} else {
			memcpy(out + 1, typed, typed_len);
			out[typed_len + 1] = '\r';
			add_line(typed, typed_len);
			if (write(line, out, typed_len + 2) < 0)
				exit(1);
			typed_len = 0;
		}
	}
}

/* false: the line is closed */
static bool take_bytes(int line, bool *single)
{
	ssize_t n = recv(line, in + in_len, sizeof in - in_len, MSG_DONTWAIT);
	if (n <= 0)
		return false;
	char *at = in, *end = in + in_len + n;
	for (char *nul; (nul = memchr(at, 0, (size_t)(end - at))); at = nul + 1)
		add_line(at, (size_t)(nul - at));
	in_len = (size_t)(end - at) < sizeof in ? (size_t)(end - at) : 0;
	memmove(in, at, in_len);
	*single = !in_len && n < SMALL;
	return true;
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int line = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	a.sin_port = htons((uint16_t)(argc > 1 ? atoi(argv[1]) : 0));
	if (connect(line, (void *)&a, sizeof a) < 0)
		return 2;
	setsockopt(line, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	setlocale(LC_CTYPE, "");
	initscr();
	raw();
	noecho();
	nonl();
	pane = newwin(LINES - 1, COLS, 0, 0);
	input = newwin(1, COLS, LINES - 1, 0);
	scrollok(pane, TRUE);
	idlok(pane, TRUE);
	struct pollfd p[2] = {{.fd = 0, .events = POLLIN}, {.fd = line, .events = POLLIN}};
	for (double painted = 0, due = 1;;) {
		if (due > 0 && now() >= painted + due) {
			paint();
			painted = now();
			due = 0;
		}
		poll(p, 2, due > 0 ? 1 : -1);
		bool single = false;
		if (p[0].revents) {
			take_keys(line);
			due = 1e-9;
		}
		if (p[1].revents) {
			if (!take_bytes(line, &single))
				p[1].fd = -1;
			due = single ? 1e-9 : due > 0 ? due : 1.0 / PAINTS;
		}
	}
}
