/* ask.c - asks for secrets at the terminal, without an echo.
 *
 * It waits for the person, and nothing else goes on.  Whatever ends the wait, the terminal is as it
 * was: signals are caught meanwhile, and come again afterwards.
 */
#include "cli/ask.h"

#include "base/fd.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/out.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t ask_signal;

static void ask_on_signal(int number)
{
	ask_signal = number;
}

/* Signals that would end or stop wilco while the terminal has no echo. */
static const int ask_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU};
enum { ASK_SIGNALS = sizeof ask_signals / sizeof ask_signals[0] };

static void catch_signals(struct sigaction before[ASK_SIGNALS])
{
	struct sigaction caught = {.sa_handler = ask_on_signal}; /* a read is interrupted */
	sigemptyset(&caught.sa_mask);
	ask_signal = 0;
	for (size_t i = 0; i < ASK_SIGNALS; i++)
		sigaction(ask_signals[i], &caught, &before[i]);
}

static void release_signals(const struct sigaction before[ASK_SIGNALS])
{
	for (size_t i = 0; i < ASK_SIGNALS; i++)
		sigaction(ask_signals[i], &before[i], NULL);
}

/* Reads a line; false: it ended before, or a signal came. */
static bool read_line(int tty, struct bytes *value)
{
	char c;
	ssize_t n;
	while ((n = read(tty, &c, 1)) == 1 && c != '\n' && c != '\r')
		bytes_add_byte(value, (uint8_t)c);
	return n == 1 && !value->over;
}

static bool ask_quietly(int tty, struct bytes *value)
{
	struct termios before, quiet;
	struct sigaction actions[ASK_SIGNALS];
	bool good = false;
	if (tcgetattr(tty, &before) < 0)
		return false;
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	catch_signals(actions);
	if (tcsetattr(tty, TCSAFLUSH, &quiet) == 0)
		good = read_line(tty, value);
	tcsetattr(tty, TCSAFLUSH, &before);
	fd_write(tty, SLICE("\n"), 1000);
	release_signals(actions);
	return good;
}

static enum name_is ask_secret(void *arg, struct slice name, struct bytes *value, struct error *err)
{
	struct bytes question;
	(void)arg;
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (tty < 0)
		return NAME_UNKNOWN;
	out_flush();
	bytes_init(&question, LIMIT_MESSAGE);
	bytes_addf(&question, "%.*s (not shown): ", SLICE_ARG(name));
	fd_write(tty, bytes_slice(&question), 1000);
	bytes_free(&question);
	bool good = ask_quietly(tty, value);
	close(tty);
	if (!good && (ask_signal == SIGTSTP || ask_signal == SIGTTIN || ask_signal == SIGTTOU)) {
		raise(ask_signal);
		bytes_clear(value);
		return ask_secret(arg, name, value, err); /* wilco was stopped, and goes on */
	}
	if (good)
		return NAME_KNOWN;
	error_set(err, ask_signal ? STATUS_INTERRUPT : STATUS_USAGE, "the secret %s was not given",
		quote(name).text);
	if (ask_signal)
		raise(ask_signal);
	return NAME_FAILED;
}

static void note_secret(void *arg, const char *text)
{
	cli_note(arg, "%s", text);
}

void cli_ask_secrets(struct cli *cli)
{
	secret_on_ask(ask_secret, note_secret, cli);
}

bool cli_can_ask(void)
{
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (tty >= 0)
		close(tty);
	return tty >= 0;
}

bool cli_ask(struct slice question, struct bytes *answer)
{
	struct sigaction actions[ASK_SIGNALS];
	struct bytes text;
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (tty < 0)
		return false;
	out_flush();
	bytes_init(&text, LIMIT_MESSAGE);
	text_add(&text, question, TEXT_PLAIN | text_charset(text_locale_utf8()));
	bytes_add_byte(&text, ' ');
	fd_write(tty, bytes_shown(&text), 1000);
	bytes_free(&text);
	catch_signals(actions);
	bool good = read_line(tty, answer);
	release_signals(actions);
	close(tty);
	if (ask_signal)
		raise(ask_signal);
	return good;
}
