#!/usr/bin/env python3
"""After a reply that did not come: how long the next command waits, and what ends the wait."""
import contextlib
import datetime
import json
import os
import pty
import re
import select
import threading
import tty

from record import entries
from wilcotest import HOME, LIMIT, WILCO, WRAP, Terminal, device, done, has, ok, read_until, run, same, skip, wait_for


def objects(result):
    return [json.loads(line) for line in result.out.splitlines()]


def statuses(result):
    return [(x["status"], x["command"], x["reply"]) for x in objects(result)]


def gaps(result):
    """Returns the seconds between the commands, by wilco's clock: on a busy machine the device is late to
    read them."""
    times = [datetime.datetime.fromisoformat(x["time"].rstrip("Z")) for x in objects(result) if x["command"]]
    return [(b - a).total_seconds() for a, b in zip(times, times[1:])]


class Timed:
    """Takes lines and answers those that `answers` knows: {line: (seconds, reply)}."""
    def __init__(self, answers):
        self.answers = answers

    def __call__(self, connection):
        while line := read_until(connection, b"\n"):
            after, reply = self.answers.get(line, (0, b""))
            threading.Timer(after, self.give, (connection, reply)).start()

    @staticmethod
    def give(connection, reply):
        with contextlib.suppress(OSError):
            connection.sendall(reply)


# ---- what ends the wait ----

# The example of the rules: the late reply, and `gap` of quiet behind it.
late = Timed({b"a\n": (0.7, b"A\n"), b"b\n": (0, b"B\n")})
with device(late) as address:
    r = run("send", "--json", "-f", "line", f"{address}?gateway=yes&timeout=500ms&resync={LIMIT:.0f}s", "a", "b")
    same(statuses(r), [("timeout", "a", None), ("late", None, "A"), ("ok", "b", "B")], "a reply 200 ms late")
    ok(0.74 < gaps(r)[0] < LIMIT / 2, "the next command leaves behind it and the gap", r)
    same(address.connections, 1, "on the same line")
never = Timed({b"b\n": (0, b"B\n")})
with device(never) as address:
    r = run("send", "--json", "-v", "-f", "line", f"{address}?gateway=yes&timeout=2s&resync=600ms", "a", "b")
    same(statuses(r), [("timeout", "a", None), ("ok", "b", "B")], "one that never comes")
    ok(gaps(r)[0] > 2.59, "is waited for as long as resync says", r)
    has(r.err, "waits for a late reply, at most", "which is said")
for setting, least in (("", 0.39), ("&silence=400ms", 0.59), ("&silence=50ms", 0.39)):
    never = Timed({b"b\n": (0, b"B\n")})
    with device(never) as address:
        r = run("send", "--json", "-f", "line", f"{address}?gateway=yes&timeout=200ms{setting}", "a", "b")
    ok(gaps(r)[0] > least, f"unless set it is the timeout, or silence if that is longer {setting}", r)

# ---- a serial line that never is silent ----


class Chatty:
    """A serial port that says NOISE all the time, without an end; got: the commands."""
    def __init__(self, noise, answers=()):
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        self.path, self.noise, self.answers = os.ttyname(self.slave), noise, dict(answers)
        self.got, self.over = [], False
        self.thread = threading.Thread(target=self.play, daemon=True)

    def play(self):
        line = b""
        while not self.over:
            if select.select([self.master], [], [], 0.01)[0]:
                line += os.read(self.master, 100)
            if line.endswith(b"\n"):
                self.got.append(line)
                os.write(self.master, self.answers.get(line, b""))
                line = b""
            if self.noise and select.select([], [self.master], [], 0)[1]:
                os.write(self.master, self.noise)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *what):
        self.over = True
        self.thread.join(LIMIT)
        os.close(self.master)
        os.close(self.slave)


for noise in (b"x", b"NOISE\n"):
    with Chatty(noise) as port:
        r = run("send", "--json", "-f", "payload LF -> '<' payload LF",
                f"serial:{port.path}?timeout=300ms&resync=400ms", "a", "b", "c")
    told = [x for x in statuses(r) if x[1]]
    same(port.got, [b"a\n", b"b\n", b"c\n"], f"commands go on being sent: {noise}")
    same([x[0] for x in told], ["timeout"] * 3, "each to its own end")
    same([gap > 0.69 for gap in gaps(r)], [True] * 2, "after its time and the wait")
with Chatty(b"x\n", {b"b\n": b"<B\n"}) as port:
    r = run("send", "--json", "-f", "payload LF -> '<' payload LF", f"serial:{port.path}?timeout=2s", "a", "b")
    same([x for x in statuses(r) if x[1]], [("timeout", "a", None), ("ok", "b", "B")], "and may be answered")

# ---- how it ended, and where the device is ----

damaged = {b"a\n": (0, b"1xx\n"), b"b\n": (0, b"ok\n")}
CHECKED = "payload LF -> 'o' payload[1] LF | '1' payload xor8:hex2 LF"
for setting in ("", "gateway=yes&"):
    bad = Timed(damaged)
    with device(bad) as address:
        r = run("send", "--json", "-f", CHECKED, f"{address}?{setting}timeout={LIMIT:.0f}s&resync=300ms", "a", "b")
        same([x[0] for x in statuses(r) if x[1]], ["damaged", "ok"], f"a damaged reply {setting}")
        ok(gaps(r)[0] > 0.29 and address.connections == 1, "waits, and opens nothing afresh", r)
silent = Timed({b"b\n": (0, b"B\n")})
with device(silent) as address:
    r = run("send", "--json", "-f", "line", f"{address}?timeout=2s", "a", "b")
    same([x[0] for x in statuses(r)], ["timeout", "ok"], "a timeout on a line to the device itself")
    ok(gaps(r)[0] > 2.49 and address.connections == 2, "is opened afresh, and listened to", r)
    has(r.err, "opened again, because a reply did not come", "which is told")
silent = Timed({b"b\n": (0, b"B\n")})
with device(silent) as address:
    r = run("send", "--json", "-f", "line", f"{address}?timeout=2s&resync=off", "a", "b")
    same((address.connections, r.err.count("resync=off: a late reply will be taken")), (1, 1),
         "resync=off: neither, and the report says so")
silent = Timed({b"b\n": (0, b"B\n")})
with device(silent) as address:
    r = run("-f", "line", f"{address}?timeout=1s", stdin="a\n.probe b\n")
    ok("LF behind the command" in r.err and "opened again" not in r.err, "a probe behind it listens by itself", r)
# A reply that was given up twice is owed twice.
twice = Timed({b"a\n": (5, b"A\n"), b"c\n": (0, b"C\n")})
with device(twice) as address:
    r = run("send", "--json", "-f", "line", f"{address}?gateway=yes&timeout=1s&resync=2s", "a", "b", "c")
    same([x for x in statuses(r) if x[1]][2], ("ok", "c", "C"), "two are given up, one comes")
    ok(gaps(r)[1] > 2.99, "which does not end the wait for the other", r)

# ---- a watch ----

silent = Timed({b"PING\n": (0, b"pong\n")})
with device(silent) as address:
    log = f"{HOME}/watch.log"
    r = run("-f", "line", "--log", log, f"{address}?gateway=yes&timeout=2s&resync=500ms",
            stdin=".watch w 50ms SILENT\n.wait 6s\nPING\n.watch w off\n.quit\n")
    asked = [datetime.datetime.fromisoformat(when.rstrip("Z")) for when, _, mark, text in entries(log)
             if (mark, text) == (">", r"SILENT\n")]
    between = [(b - a).total_seconds() for a, b in zip(asked, asked[1:])]
    same(r.out, "pong\n", "a typed line is answered")
    ok(len(between) > 1 and min(between) > 2.49, "a watch that timed out waits until the line is synchronised", between)

# ---- at the console ----

def left(terminal):
    """How many seconds the row of the command that waits says; 0: it is not there."""
    found = re.search(r"waits (\d+) s for a late reply", terminal.screen())
    return int(found.group(1)) if found else 0


if WRAP:
    skip("a terminal is slow under valgrind", privilege=True)
else:
    with device(Timed({})) as address:
        t = Terminal(f"{WILCO} -f line '{address}?gateway=yes&timeout=200ms&resync=30s'", columns=100)
        t.wait("open")
        t.type("one")
        t.keys("Enter")
        t.wait("no reply within 200 ms")
        t.type("two")
        t.keys("Enter")
        t.wait("s for a late reply", "the next one says what it waits for")
        first = wait_for(lambda: left(t), "the seconds")
        ok(first and wait_for(lambda: 0 < left(t) < first, "less"), "the waiting row counts down", t.screen())
        t.close()
done()
