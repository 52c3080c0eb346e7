#!/usr/bin/env python3
"""A program has the line of a device (.pipe): bytes pass both ways, are in the log, and neither side can fill
memory; the line is taken back however the program ends."""
import os
import signal
import socket
import subprocess
import threading

from wilcotest import (ENV, HOME, Terminal, command, device, done, end_of, has, need, ok, read_to_end, run, same,
                       wait_for)

DATA = os.urandom(300_000)


def path(name):
    return os.path.join(HOME, name)


def write(name, data):
    with open(path(name), "wb") as f:
        f.write(data)
    return path(name)


def content(name):
    with open(path(name), "rb") as f:
        return f.read()


def shouts(connection):
    """Says again in capitals what it gets."""
    while data := connection.recv(65536):
        connection.sendall(data.upper())


# Bytes pass both ways, with what the program says on its stderr, and its status.

with device(shouts) as address:
    log = path("pipe.log")
    r = run("-f", "line", "--log", log, address,
            stdin=".pipe printf 'abc\\n'; read x; echo \"got $x\" >&2; exit 3\nhello\n")
    same((r.code, r.out), (4, "HELLO\n"), "the next line has the line again, and the status is told")
    has(r.err, "the program says: got ABC", "the program has what the device says")
    has(r.err, "ended with status 3: 4 bytes were sent, 4 bytes came", "how it ended, and how much passed")
    has(content("pipe.log").decode(), "> abc\\n", "the log has what went")
    has(content("pipe.log").decode(), "< ABC\\n", "and what came")
    r = run("-f", "line", address, stdin=".pipe printf x\n.pipe true\n.find x\n.find X\n")
    same(r.code, 0, "a program that ends with status 0 is no error")
    has(r.out, "> x", "the record has what went")

    for words, lines, why in (["--no-exec"], ".pipe touch ran\n", "--no-exec"), (
            [], ".set exec=no\n.pipe touch ran\n", ".set exec=no"):
        r = run(*words, "-f", "line", address, stdin=lines, cwd=HOME)
        same((r.code, os.path.exists(path("ran"))), (2, False), f"{why}: nothing runs")
        has(r.err, ".pipe runs a command; commands are refused", f"{why}: that is said")
    has(run("-f", "line", address, stdin=".pipe\n").err, ".pipe needs a command", ".pipe alone says what is missing")

    # A secret that is known might be among the bytes of the program.
    env = {"WILCO_SECRET_PW": "hunter2"}
    r = run("-f", "line", "--log", path("secret.log"), address, env=env,
            stdin=".tell \\{secret:PW}\n.pipe printf hunter2\n")
    ok(b"unter2" not in content("secret.log"), "where a secret is known, the program's bytes are in no log")
    has(content("secret.log").decode(), "(7 bytes)", "but how many they were")

# All of it arrives, also at a device that echoes into a program that reads nothing: each waits for the other
# then, and the program gets no more of what comes.

got = {}


def echoes(connection):
    """Says each byte four times, and reads only while it can write."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    all_of_it = got["bytes"] = bytearray()
    while data := connection.recv(65536):
        all_of_it.extend(data)
        connection.sendall(data * 4)


with device(echoes) as address:
    many = DATA * 30
    r = run("-f", "raw", address, stdin=f".pipe cat {write('many', many)}\n")
    ok(wait_for(lambda: len(got["bytes"]) == len(many), "all bytes"), "all of a file arrives", len(got["bytes"]))
    ok(got["bytes"] == many, "byte by byte")
    same(r.code, 0, "and that ends well")
    has(r.err, "it did not read the last", "what the program did not read is counted")


def says(connection):
    connection.sendall(DATA)


with device(says) as address:
    r = run("-f", "raw", address, stdin=f".pipe cat >{path('said')}\n")
    ok(content("said") == DATA, "a device that closes ends the program's input, and all has come before")
    has(r.err, "the device closed the line", "that is said")
    r = run("-f", "raw", address, stdin=".pipe cat >/dev/null; echo late; echo late\n")
    has(r.err, "10 bytes more were not sent", "what the program says afterwards is counted")

# Ctrl-C ends the program, and neither side fills memory.


def floods(connection):
    got["flooded"] = 0
    connection.settimeout(60)
    while True:
        got["flooded"] += connection.send(bytes(65536))


def interrupted(name, handler, line, ready):
    """Interrupts wilco while a program runs, and returns its result and how much memory it had."""
    with device(handler) as at:
        p = subprocess.Popen(command("-f", "raw", at), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, env=ENV)
        p.stdin.write(line.encode() + b"\n")
        p.stdin.flush()
        ok(wait_for(ready, name), f"{name}: it has begun")
        with open(f"/proc/{p.pid}/statm", encoding="ascii") as f:
            pages = int(f.read().split()[1])
        p.send_signal(signal.SIGINT)
        return end_of(p, b""), pages * os.sysconf("SC_PAGE_SIZE")


def took(least):
    """Waits until the device can say no more."""
    last = []

    def quiet():
        last.append(got.get("flooded", 0))
        return last[-1] > least and last[-30:] == [last[-1]] * 30
    return quiet


r, memory = interrupted("a program that reads nothing", floods, ".pipe sleep 1000", took(0))
has(r.err, "ended by Ctrl-C", "Ctrl-C ends a program that reads nothing")
ok(got["flooded"] < 32 << 20, "and the device was held up", got["flooded"])


def takes_nothing(connection):
    got["taken"] = connection.recv(1)
    threading.Event().wait(60)


r, memory = interrupted("a program that floods", takes_nothing, ".pipe yes", lambda: got.get("taken"))
has(r.err, "ended by Ctrl-C", "Ctrl-C ends a program that floods a device that takes nothing")
r, memory = interrupted("a program that does not end", shouts,
                        f".pipe trap '' TERM; touch {path('traps')}; while :; do sleep 1; done",
                        lambda: os.path.exists(path("traps")))
has(r.err, "was ended by signal 9" if "signal 9" in r.err else "ended by Ctrl-C",
    "one that does not end at SIGTERM is killed")

# At the console: lines wait, other devices do not, and the line is usable afterwards.

if need("tmux"):
    with device(shouts) as address, device(shouts) as other:
        t = Terminal(f"{' '.join(command())} -f line {address}")
        t.wait_last(f"{address}>")
        t.ask(".pipe while echo y; do sleep 0.1; done")
        t.wait("bytes sent", "the row says how much passed")
        t.ask("waits")
        t.ask(".term")
        t.wait("a program has this line", "terminal mode does not take the line meanwhile")
        t.ask(f".open {other}")
        t.ask("other")
        t.wait("OTHER", "another device answers meanwhile")
        t.ask(".use 1")
        t.keys("C-c")
        t.wait("1 waiting line not sent", "Ctrl-C drops what waits")
        t.wait("ended by Ctrl-C", "and ends the program")
        t.ask("again")
        t.wait("AGAIN", "the line is usable afterwards")
        t.keys("C-d")
        wait_for(t.ended, "the end")
        t.close()

done()
