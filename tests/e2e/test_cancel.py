#!/usr/bin/env python3
"""Giving up a command keeps its line: whoever is logged in there stays so.  Who ends a program that listens is
heard, however early."""
import contextlib
import signal
import subprocess

from peers import DO, IAC, WILL
from wilcotest import ENV, HOME, LIMIT, Terminal, command, device, done, has, ok, same


class Login:
    """A host that wants a login on each connection; `ping` prints nothing of its reply until Ctrl-C."""

    def __init__(self, telnet=False):
        self.telnet, self.got = telnet, b""

    def __call__(self, connection):
        if self.telnet:
            connection.sendall(bytes([IAC, WILL, 3, IAC, DO, 31]))
        connection.sendall(b"login: ")
        line, user = b"", b""
        with contextlib.suppress(OSError):
            while byte := connection.recv(1):
                if byte == bytes([IAC]):
                    connection.recv(2)
                    continue
                self.got += byte
                line += byte
                if byte == b"\x03":
                    line = b""
                    connection.sendall(b"3 packets\n")
                if byte == b"\n":
                    word, line = line.strip(), b""
                    if not user:
                        user = word
                        connection.sendall(b"welcome\n")
                    elif word != b"ping":
                        connection.sendall(user + b" says " + word + b"\n")


def session(host, settings, address):
    """Logs in, gives up a ping, and asks for something else."""
    where = f"{address}?timeout=60s&greet=20s{settings}"
    t = Terminal(" ".join(command("-f", "line", f"'{where}'")))
    t.wait("login:")
    t.type("root")
    t.keys("Enter")
    t.wait("< welcome")
    t.type("ping")
    t.keys("Enter")
    t.wait("; Ctrl-\\ sends Ctrl-C", "a command that takes long")
    t.keys("C-c")
    t.wait("given up while waiting for the reply", "is given up")
    t.type("whoami")
    t.keys("Enter")
    t.wait("waits", "the next one waits for its time to be over")
    t.keys("C-\\")
    t.wait("3 packets", "a Ctrl-C for the device need not wait")
    t.wait("< root says whoami", "the line is still logged in")
    ok("opened again" not in t.screen(), "nothing was opened afresh", t.screen())
    t.close()
    has(host.got, b"root\nping\n\x03whoami\n", "all came, once")


for scheme in ("telnet://", "tcp://"):
    host = Login(scheme == "telnet://")
    with device(host) as address:
        session(host, "", f"{scheme}{address}")
        same(address.connections, 1, f"{scheme} has one connection")

# ---- in the middle of a command that goes out slowly ----

host = Login()
with device(host) as address:
    t = Terminal(" ".join(command("-f", "line", f"'tcp://{address}?timeout=10s&greet=20s'")), columns=160)
    t.wait("login:")
    t.type("root")
    t.keys("Enter")
    t.wait("< welcome")
    t.keys(".set char-delay=2s", "Enter")
    t.type("a line that is long")
    t.keys("Enter")
    t.wait("> a line")
    t.keys("C-c")
    t.wait("given up while it was being sent", "a command is cut")
    t.wait("may take what follows for the rest of it", "which is said")
    t.keys(".set char-delay=0s", "Enter")
    t.type("x")
    t.keys("Enter")
    t.wait("< root says ", "the line stays all the same")
    t.close()
    same(address.connections, 1, "with one connection")

# ---- by who has just read that it listens ----

with open(f"{HOME}/device.wilco", "w", encoding="ascii") as f:
    f.write("A\n  B\n")


def ends_at_once(*words):
    """A signal is ignored where nobody has asked for it yet, as in jobs of a script."""
    p = subprocess.Popen(command(*words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         env=ENV, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
    with p.stdout:
        has(p.stdout.readline().decode(), "listening on", f"{words[0]} listens")
        p.send_signal(signal.SIGINT)
        same(p.wait(LIMIT), 130, f"{words[0]} ends, however early it is told to")


for _ in range(5):
    ends_at_once("tap", "127.0.0.1:0", "127.0.0.1:1")
    ends_at_once("simulate", f"{HOME}/device.wilco", "127.0.0.1:0")
done()
