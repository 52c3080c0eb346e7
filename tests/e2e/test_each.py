#!/usr/bin/env python3
"""connection=each: devices that close the line behind each reply lose nothing, or one command that is told."""
import collections
import json
import shutil
import socket
import struct
import subprocess
import threading
import time

from wilcotest import (LIMIT, WILCO, WRAP, Terminal, device, done, has, ok, read_until, run, same, simulated,
                       skip, unused_port, wait_for)


class Closer:
    """Answers one command of each connection, which it closes so many seconds later; got: all that came."""
    def __init__(self, after=0, reset=False, lose=False):
        self.got, self.after, self.reset, self.lose = [], after, reset, lose

    def __call__(self, connection):
        line = read_until(connection, b"\n")
        self.got.append(line)
        if not line:
            return
        connection.sendall(b"got " + line)
        if self.lose:  # the next command is there before the end is seen
            self.got.append(connection.recv(100))
        time.sleep(self.after)
        if self.reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def statuses(result):
    return [x["status"] for x in map(json.loads, result.out.splitlines()) if x["command"] is not None]


def never_twice(closer, name):
    count = collections.Counter(line for line in closer.got if line)
    same([line for line, n in count.items() if n > 1], [], f"{name}: none is sent twice")


COMMANDS = ("a", "b", "c", "d")
ALL = "".join(f"got {c}\n" for c in COMMANDS)

# ---- the device of the issue ----

if shutil.which("socat"):
    port = unused_port()
    p = subprocess.Popen(["socat", f"TCP-LISTEN:{port},bind=127.0.0.1,fork,reuseaddr", "SYSTEM:read x; echo got $x"],
                         stderr=subprocess.DEVNULL)

    def listens():
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", port)) == 0

    try:
        ok(wait_for(listens, "socat"), "a device that closes behind each reply")
        r = run("send", "-f", "line", f"127.0.0.1:{port}?connection=each", *COMMANDS)
        same((r.code, r.out, r.err), (0, ALL, ""), "each: all four are answered")
        r = run("send", "--json", "-f", "line", f"127.0.0.1:{port}", *COMMANDS)
        ends = collections.Counter(statuses(r))
        ok(ends["lost"] <= 1 and ends["lost"] + ends["ok"] == 4, "keep: one is lost at most", r)
        same("closes the line after each reply" in r.err, bool(ends["lost"]), "which is told")
    finally:
        p.terminate()
        p.wait(LIMIT)
else:
    skip("socat is not installed")

# ---- learnt ----

def one_loss(closer, setting):
    """On a busy machine the end may come later than a second behind the reply, and then shows nothing."""
    for _ in range(8):
        closer.got.clear()
        with device(closer) as address:
            r = run("send", "--json", "-f", "line", f"{address}?timeout={LIMIT:.0f}s{setting}", *COMMANDS)
        if statuses(r).count("lost") == 1:
            break
    return r


for name, closer in (("closed", Closer(lose=True)), ("reset", Closer(lose=True, reset=True))):
    for setting in ("", "&connection=keep"):
        r = one_loss(closer, setting)
        same(statuses(r), ["ok", "lost", "ok", "ok"], f"{name}{setting}: one loss shows it")
        same(r.err.count("the device closes the line after each reply"), 1, "which is told, once")
        has(r.err, "the lost command is not sent again", "with what it means")
        never_twice(closer, name)
for _ in range(8):
    with device(Closer(lose=True)) as address:
        r = run("-f", "line", address, stdin="a\nb\nc\n.set connection\n.set connection=keep\n.set connection\n")
    if "connection=each" in r.err:
        break
same([line.split()[:2] for line in r.out.splitlines()],
     [["got", "a"], ["got", "c"], ["connection", "each"], ["connection", "keep"]], "it holds for the session")


def second_is_slow(connection):
    """A device that goes down some time after its reply, like one to which a person says exit."""
    connection.sendall(read_until(connection, b"\n"))
    read_until(connection, b"\n")
    time.sleep(1.2)


with device(second_is_slow) as address:
    r = run("send", "--json", "-f", "line", f"{address}?timeout={LIMIT:.0f}s", *COMMANDS)
    same(statuses(r), ["ok", "lost"] * 2, "a line that ends later says nothing about the others")
    has(r.out, "connection=each", "but the error names the setting")


def half(connection):
    connection.sendall(read_until(connection, b"\n"))
    read_until(connection, b"\n")
    connection.sendall(b"half")


with device(half) as address:
    same(statuses(run("send", "--json", "-f", "line", address, *COMMANDS)), ["ok", "lost"] * 2,
         "nor does one that ends in a reply")

# ---- asked for ----

for after in (0, 0.2):
    closer = Closer(after)
    with device(closer) as address:
        r = run("send", "-f", "line", f"{address}?connection=each", *COMMANDS)
        same((r.code, r.out, r.err), (0, ALL, ""), f"each: closed {after} s behind the reply")
        same(address.connections, 4, "a connection for each")
    never_twice(closer, "each")


def stays(connection):
    """Never closes, and counts the commands of the connection."""
    n = 0
    while read_until(connection, b"\n"):
        n += 1
        connection.sendall(b"%d\n" % n)


with device(stays) as address:
    same(run("send", "-f", "line", f"{address}?connection=each", "a", "b").out, "1\n1\n", "the line is ours to close")
    same(run("send", "-f", "line", address, "a", "b").out, "1\n2\n", "which a kept one is not")
    same(run("send", "-f", "payload LF -> payload LF eof", address, "a", "b").out, "1\n1\n", "eof behind -> says each")
    same(run("send", "-f", "payload LF -> payload (LF | eof)", address, "a", "b").out, "1\n2\n", "(LF | eof) does not")
    same(run("send", "-f", "payload LF -> 'x' payload LF eof | payload LF", address, "a", "b").out, "1\n2\n",
         "nor does eof in one layout of two")
    same(run("send", "-f", "payload LF -> payload LF eof", f"{address}?connection=keep", "a", "b").out, "1\n2\n",
         "and keep wins over the frame")
    r = run("-f", "line", address, stdin="a\nb\n.set connection=each\nc\nd\n.set connection=keep\ne\nf\n")
    same(r.out, "1\n2\n1\n1\n1\n2\n", "the setting holds from the next command on")
    r = run("send", "-f", "payload LF -> payload LF ; ack ACK", f"{address}?connection=each", "a", "b")
    same(r.out, "1\n1\n", "a frame that acknowledges, too")
has(run("frame", "show", "payload LF -> payload eof").out, "each command has a line of its own", "frame show says so")
with simulated("A\n  x\n", "-f", "payload LF -> payload eof") as address:
    same(run("send", "-f", "payload LF -> payload eof", address, "A", "A").out, "x\nx\n",
         "a simulated device closes behind each reply")
same(run("send", "-f", "line", "exec:read x; echo got $x", *COMMANDS[:1]).out, "got a\n", "a command as the line")
r = run(stdin=".open 'exec:read x; echo $$'\n.frame line\n.set connection=each\na\nb\n")
ok(len(set(r.out.split())) == 2, "exec starts anew for each command", r)
for where in ("udp://127.0.0.1:9", "listen://:0", "serial:/dev/null"):
    r = run("send", f"{where}?connection=each", "x")
    same(r.code, 2, f"{where} is refused")
    has(r.err, "wilco cannot reconnect", "with why")

# ---- a watch, and the console ----

with device(stays) as address:
    r = run("-f", "line", f"{address}?connection=each",
            stdin=".watch n 20ms x\na\n.wait 3s\n.watch\nb\n.close\n.wait 100ms\n.devices\n")
    has(r.out, "n 1\n", "a watch asks on lines of its own")
    ok("missed" not in r.out and "paused" not in r.out and address.connections > 2, "again and again", r)
    has(r.err, " closed", "until the line is closed")
if WRAP or not shutil.which("tmux"):
    skip("no terminal here", privilege=True)
else:
    with device(Closer()) as address:
        t = Terminal(f"{WILCO} -f line {address}?connection=each", columns=100)
        t.wait("open each", "the bar says it")
        t.type("hello")
        t.keys("Enter")
        t.wait("got hello")
        t.wait("  each  line", "also when the line is closed")
        t.close()
done()
