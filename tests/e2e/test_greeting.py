#!/usr/bin/env python3
"""What a device says because it is connected answers no command: at once, late, again after each reconnect."""
import contextlib
import json
import os
import socket
import time

from wilcotest import HOME, LIMIT, WRAP, asked_and_told, device, done, has, ok, read_until, run, same, \
    simulated, skip


def greets(banner, answer, end=b"\r", after=0, closes=False):
    """Says the banner, at once or after so many seconds, then answers each command; closes: behind it."""
    def serve(connection):
        time.sleep(after)
        connection.sendall(banner)
        while command := read_until(connection, end):
            connection.send(answer(command), socket.MSG_MORE if closes else 0)  # one segment with the end
            if closes:
                break
    return device(serve)


def objects(result):
    return [json.loads(line) for line in result.out.splitlines()]


def statuses(result):
    return [(x["status"], x["command"], x["reply"]) for x in objects(result)]


def powr(command):
    return b"%1POWR=1\r"


for after in (0, 0.3):
    with greets(b"PJLINK 0\r", powr, after=after) as address:
        r = run("send", "-f", "pjlink", address, "POWR ?", "POWR ?")
        same((r.code, r.out), (0, "POWR=1\nPOWR=1\n"), f"a greeting after {after} s is no reply")
with greets(b"PJLINK 0\r", powr, after=1.5) as address:
    r = run("send", "--json", "-v", "-f", "pjlink", address, "POWR ?", "POWR ?")
    same(statuses(r), [("greeting", None, "0"), ("ok", "POWR ?", "POWR=1"), ("ok", "POWR ?", "POWR=1")],
         "nor is one that comes while the command is out")
    same([x["mark"] for x in objects(r)[0]["replies"]], ["greeting"], "it is marked")
    has(r.err, "no greeting came within 1 s", "and it is said that the command went without it")
with greets(b"PJLINK 0\r", powr, closes=True) as address:
    r = run("send", "--json", "-f", "pjlink", address, "POWR ?", ".wait 300ms", "POWR ?")
    same(statuses(r), [("greeting", None, "0"), ("ok", "POWR ?", "POWR=1")] * 2, "each connection has its own")
    r = run("-f", "pjlink", "--json", address, stdin=b"POWR ?\n.wait 300ms\nPOWR ?\n")
    same([x[1:] for x in statuses(r) if x[1]], [("POWR ?", "POWR=1")] * 2, "in a pipe, too")
with greets(b"PJLINK 1 604cc14d\r", powr) as address:
    same(statuses(run("send", "--json", "-f", "pjlink", address, "POWR ?"))[0], ("greeting", None, "1 604cc14d"),
         "another device's")
has(run("frame", "show", "pjlink").out, "1 SEED", "frame show says what that means")
has(run("frame", "show", "pjlink").out, "says first, when it is connected: 0, 1 *", "and that there is a greeting")

for after in (0, 1.5):
    with greets(b"220-one\r\n220 two\r\n", lambda c: b"250-a\r\n250 b\r\n", b"\r\n", after) as address:
        r = run("send", "--json", "-f", "smtp", address, "EHLO x")
        frames = [(x["status"], [y["reply"] for y in x["replies"]]) for x in objects(r)]
        told = [reply for status, replies in frames if status == "greeting" for reply in replies]
        same((told, frames[-1]), (["220-one", "220 two"], ("ok", ["250-a", "250 b"])),
             f"a greeting of two lines, after {after} s")
with greets(b'{"class":"VERSION","release":"3.22"}\r\n', lambda c: b'{"class":"DEVICES"}\r\n', b"\n") as address:
    same(statuses(run("send", "--json", "-f", "gpsd", address, "?DEVICES;"))[-1],
         ("ok", "?DEVICES;", '{"class":"DEVICES"}'), "gpsd has a frame of its own")
with greets(b"OK MPD 0.23.5\n", lambda c: b"volume: 3\nOK\n", b"\n") as address:
    same(run("send", "-f", "mpd", address, "status").out, "volume: 3\nOK\n", "and so has mpd")
with greets(b"# munin node at box\n", lambda c: b"a.value 1\nb.value 2\n.\n" if c.startswith(b"fetch") else b"2.0\n",
            b"\n") as address:
    same(run("send", "-f", "munin", address, "version", "fetch load", "cap x").out, "2.0\na.value 1\nb.value 2\n.\n2.0\n",
         "munin, whose commands have replies of one line and of several")
with greets(b"OK Pleased to meet you, process 7\n", lambda c: b"D 2.2\nOK\n" if c.startswith(b"GET") else b"ERR 1 x\n",
            b"\n") as address:
    same(run("send", "-f", "assuan", address, "GETINFO version", "BOGUS").out, "D 2.2\nOK\nERR 1 x\n", "and assuan")

# ---- the setting alone ----

for banner in (b"login: ", b"Welcome\nlogin: ", b"Welcome\n"):
    with greets(banner, lambda c: b"ok\n", b"\n", 0.1) as address:
        before = time.monotonic()
        r = run("send", "--json", "-f", "line", f"{address}?greet={LIMIT:.0f}s", "a", "b")
        took = time.monotonic() - before
        same([x for x in statuses(r) if x[1]], [("ok", "a", "ok"), ("ok", "b", "ok")],
             f"greet= waits for what it says: {banner}")
        ok({x[0] for x in statuses(r)} == {"greeting", "ok"} and took < LIMIT / 2, "until that was quiet", r)
with device(lambda c: [c.sendall(b"ok\n") for _ in iter(lambda: read_until(c, b"\n"), b"")]) as address:
    r = run("send", "-v", "-f", "line", f"{address}?greet=200ms", "a", "b")
    same(r.out, "ok\nok\n", "a device that says nothing")
    same(r.err.count("no greeting came within 200 ms"), 1, "which is said once")

# ---- the bytes at opening, and telnet's beginning ----

def opened(connection, banner=b"", size=2):
    connection.sendall(banner)
    got = b""
    while len(got) < size:
        got += connection.recv(size - len(got))
    while command := read_until(connection, b"\n"):
        connection.sendall(got.hex().encode() + b" " + command)


with device(opened) as address:
    r = run("send", "-v", "-f", "line", f"{address}?open=+,26", "a")
    same(r.code, 2, "what is no byte cannot be sent at opening")
    r = run("send", "-v", "-f", "line", f"{address}?open='+',26", "a", ".wait 10ms", "b")
    same(r.out, "2b26 a\n2b26 b\n", "bytes are sent at opening")
    has(r.err, "sent at opening: 2b 26", "which is told")
    has(run("send", "-f", "line", f"{address}?open=2b 26", "a").err, "without blanks", "in one word")
with device(lambda c: opened(c, b"hello 1\n")) as address:
    r = run("send", "--json", "-v", "-f", "payload LF ; greet 'hello ' *", f"{address}?open=2b26", "a")
    same(statuses(r), [("greeting", None, "hello 1"), ("ok", "a", "2b26 a")], "behind the greeting, before the command")


def telnetd(connection):
    """Echoes what comes before it has negotiated, as a server does whose terminal is not set up yet."""
    connection.settimeout(0.02)
    for option in (b"\xff\xfd\x03", b"\xff\xfb\x03"):
        connection.sendall(option)
        with contextlib.suppress(TimeoutError):
            while data := connection.recv(100):
                connection.sendall(data.split(b"\xff")[-1][2:] if data[:1] == b"\xff" else data)
    connection.settimeout(LIMIT)
    while command := read_until(connection, b"\n"):
        connection.sendall(b"%d\n" % sum(map(int, command.strip().split(b"+"))))


with device(telnetd) as address:
    # On a busy machine the device pauses for longer than wilco waits.
    tries = (run("send", "-f", "line", f"telnet://{address}", "2+3", "4+5") for _ in range(8))
    if WRAP:
        skip("under valgrind wilco answers later than this device waits", privilege=True)
    else:
        ok(any((r.code, r.out) == (0, "5\n9\n") for r in tries),
           "telnet: nothing is sent before the negotiation was quiet")


def chatters(connection):
    with contextlib.suppress(OSError):
        for _ in range(3000):
            connection.sendall(b"\xff\xf1")
            time.sleep(0.02)


with device(chatters) as address:
    r = run("send", "-t", "100ms", "-f", "line", f"telnet://{address}", "x")
    same((r.code, "no reply within 100 ms" in r.err), (4, True), "but for no longer than 300 ms")

# ---- the probe, the simulator, the log ----

with greets(b"220 mail ready\r\n", lambda c: b"250 ok\r\n", b"\r\n") as address:
    r = run("check", "--probe", "-t", "3s", "--command", "NOOP\\r\\n", address)
    has(r.out, "greet", "the probe proposes it")
    notation = json.loads(run("check", "--probe", "-t", "3s", "--json", "--command", "NOOP\\r\\n", address).out.splitlines()[-1])
    same(run("send", "-f", notation["address"], address, "NOOP").out, "250 ok\n", "as a frame that works")
with greets(b"login: ", lambda c: b"ok\n", b"\n") as address:
    has(run("check", "--probe", "-t", "3s", "--command", "x\\n", address).out, "greet=1s", "or the setting")

FILE = """.frame payload CR LF ; greet '220 ' *
.greeting
  220 mail.example
NOOP
  250 ok
"""
with simulated(FILE) as address:
    log = f"{HOME}/greeting.log"
    r = run("send", "--json", "--log", log, "-f", "payload CR LF ; greet '220 ' *", address, "NOOP")
    same(statuses(r), [("greeting", None, "220 mail.example"), ("ok", "NOOP", "250 ok")], "a simulated device greets")
    with open(log, encoding="utf-8") as f:
        has(f.read(), r"< 220 mail.example", "and the log has its bytes")
    os.remove(log)
twice = f"{HOME}/twice.wilco"
with open(twice, "w", encoding="utf-8") as f:
    f.write(FILE + ".greeting\n  220 again\n")
has(run("simulate", twice, "127.0.0.1:0").err, ".greeting may be used only once in a file", "once in a file")
os.remove(twice)
done()
