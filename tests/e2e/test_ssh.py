#!/usr/bin/env python3
"""The console over a real sshd: it works, a reader that stops stops no device, and a connection that
is cut leaves history and log whole."""
import grp
import os
import pty
import signal
import threading
import time

import devices
from record import Tape, logged
from wilcotest import (ENV, HOME, Terminal, command, device, done, need, ok, read_until, same, skip,
                       wait_for, WRAP)

# Seconds for which nobody reads; where the program runs under other tools it is slow enough.
STOPPED = 30 if "CI" in os.environ and not WRAP else 3
# Between 100 events; as fast as can be, what comes at once keeps a program under valgrind from its keys
# for minutes.
PAUSE = 0.1 if WRAP else 0

if not need("tmux") or not devices.there("sshd", "ssh-keygen", "ssh"):
    skip("sshd is not installed")
    done()


def gives_terminals():
    """Says whether sshd can give its user a terminal.  Without root it cannot change the group of one,
    so terminals must have the right one from the beginning."""
    one, other = pty.openpty()
    good = os.getuid() == 0 or os.fstat(other).st_gid == grp.getgrnam("tty").gr_gid
    os.close(one)
    os.close(other)
    return good


if not gives_terminals():
    skip("terminals here are not of the group tty: sshd needs root", privilege=True)
    done()


class Talker(Tape):
    """Answers, and after `go` talks without an end; counts what was taken from it."""
    def __init__(self):
        super().__init__(lambda line: b"ok " + line)
        self.taken = 0

    def __call__(self, connection):
        while line := self.take(connection):
            self.give(connection, self.reply(line))
            if line == b"go\n":
                threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        try:
            while True:
                connection.sendall(b"event of a device that never stops\n" * 100)
                self.taken += 100
                time.sleep(PAUSE)
        except OSError:
            pass


def script(name, text):
    path = f"{HOME}/{name}"
    with open(path, "w", encoding="utf-8") as f:
        f.write("#!/bin/sh\n" + text + "\n")
    os.chmod(path, 0o755)
    return path


with devices.folder() as f, devices.sshd(f) as (ssh, host):
    settings = " ".join(f"{k}='{ENV[k]}'" for k in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME",
                                                    "PATH"))
    tape, log = Talker(), f"{HOME}/ssh.log"
    with device(tape) as address:
        inside = script("inside", f"cd {os.getcwd()}; exec env LC_ALL=C.UTF-8 {settings} "
                        + " ".join(command("-f", "'payload LF'", "--log", log, address)))
        t = Terminal(script("outside", f"echo $$ >{HOME}/ssh.pid; exec {ssh} -tt {host} {inside}"))
        t.wait_last(f"{address}>", "the console over ssh")
        t.keys("hello", "Enter")
        t.wait("< ok hello", "sends and shows")
        with open(f"{HOME}/ssh.pid", encoding="ascii") as pid_file:
            client = int(pid_file.read())
        t.keys("go", "Enter")
        ok(wait_for(lambda: tape.taken > 1000, "events"), "a device that never stops")
        os.kill(client, signal.SIGSTOP)
        before = tape.taken
        time.sleep(STOPPED)
        ok(wait_for(lambda: tape.taken > before + 1000, "more events"),
           "is still read while nobody reads the terminal", (before, tape.taken))
        os.kill(client, signal.SIGCONT)
        t.keys("again", "Enter")
        t.wait_last(f"{address}>", "the reader goes on, and so does the console")
        t.keys(".close", "Enter")
        t.wait(".open opens it again", "and does what is typed")
        t.close()

    tape, log = Tape(lambda line: b"ok " + line), f"{HOME}/cut.log"
    with device(tape) as address:
        inside = script("inside", f"cd {os.getcwd()}; exec env LC_ALL=C.UTF-8 {settings} "
                        + " ".join(command("-f", "'payload LF'", "--log", log, address)))
        t = Terminal(script("outside", f"echo $$ >{HOME}/ssh.pid; exec {ssh} -tt {host} {inside}"))
        t.wait_last(f"{address}>")
        for line in ("one", "two", "three"):
            t.keys(line, "Enter")
            t.wait(f"< ok {line}")
        with open(f"{HOME}/ssh.pid", encoding="ascii") as pid_file:
            os.kill(int(pid_file.read()), signal.SIGKILL)
        t.close()
        ok(wait_for(lambda: logged(log) == (tape.got, tape.sent), "the log"),
           "a connection that is cut: the log is whole", logged(log))

        def history():
            with open(f"{HOME}/state/wilco/history/{address}", encoding="utf-8") as lines:
                return [line for line in lines.read().splitlines() if line[0] != " "]  # without the times
        wait_for(lambda: history() == ["one", "two", "three"], "the history")  # which is written after the log
        same(history(), ["one", "two", "three"], "and the history")
done()
