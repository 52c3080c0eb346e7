/* signals.c - the signals that end a sub-command; see cli.h. */
#include "cli/cli.h"
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static struct {
	struct loop_signal *watches[3];
	struct loop *loop;
	void (*hook)(void *arg);
	bool (*reopen)(void *arg);
	void *arg;
	bool terminal; /* there was one when the program began */
	int signo;
} signals;

static bool has_terminal(void)
{
	int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void signals_on_signal(void *arg, int signo)
{
	(void)arg;
	bool gone = signals.terminal && !has_terminal();
	if (signo == SIGHUP && !gone && signals.reopen && signals.reopen(signals.arg)) {
		loop_signal_forget(SIGHUP);
		return;
	}
	signals.signo = signo;
	if (signals.hook)
		signals.hook(signals.arg);
	loop_stop(signals.loop);
}

static const int watched[] = {SIGINT, SIGTERM, SIGHUP};

void cli_watch_signals(struct loop *loop, void (*hook)(void *arg), void *arg)
{
	signals.loop = loop;
	signals.hook = hook;
	signals.arg = arg;
	for (size_t i = 0; i < 3; i++) {
		signals.watches[i] = loop_signal_new(loop, watched[i], signals_on_signal, NULL);
		loop_signal_notice(watched[i]);
	}
}

bool cli_ending(void)
{
	bool hangs_up = loop_signal_came(SIGHUP) &&
			(!signals.reopen || (signals.terminal && !has_terminal()));
	return hangs_up || loop_signal_came(SIGINT) || loop_signal_came(SIGTERM);
}

void cli_reopen_on_hangup(bool (*reopen)(void *arg))
{
	signals.reopen = reopen;
	signals.terminal = has_terminal();
}

void cli_unwatch_signals(void)
{
	for (size_t i = 0; i < 3; i++)
		loop_signal_free(signals.watches[i]);
}

enum status cli_signalled(void)
{
	return signals.signo ? (enum status)(128 + signals.signo) : STATUS_OK;
}
