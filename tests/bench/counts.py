#!/usr/bin/env python3
"""counts.py - what can be counted instead of timed: instructions in user space (callgrind), bytes,
calls to the system (strace), and processor time where many devices are open.

    make bench-counts                          from the build folder
    WILCO=OTHER/wilco PYTHONPATH=tests/lib tests/bench/counts.py [SECTION...]   another build

Sections: start, decode, send, fleet, idle, bar, enter.  A figure over its bar is marked, and ends it with 1.
"""
import os
import re
import resource
import subprocess
import sys

import wilcotest
from wilcotest import ENV, HOME, LIMIT, WILCO, Recorder, device, need, read_to_end, read_until, \
    wait_for

FRAMES = {"delimiter": ("payload NUL", b"x" * 63 + b"\0"),
          "length": ("len:u16be payload", b"\0\x3e" + b"x" * 62),
          "SLIP": ("C0* slip(payload) C0", b"x" * 63 + b"\xc0")}
ENTERS = 9
over = 0


def figure(name, value, bar=None):
    """A line of the table."""
    global over
    bad = bar is not None and value > bar
    over += bad
    print(f"{name:<58}{value:>11,.0f}{f'{bar:>11,}' if bar else '':>11}{'  over' if bad else ''}", flush=True)


# ---- instructions ----

def callgrind(path):
    """The text of what callgrind wrote, and its instructions."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    return text, int(re.search(r"^summary: (\d+)", text, re.M)[1])


def instructions(*words, stdin=b""):
    """Of one run, from the dynamic linker on."""
    path = f"{HOME}/callgrind"
    r = subprocess.run(["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={path}", WILCO, *words],
                       input=stdin, capture_output=True, env=ENV, timeout=LIMIT, check=True)
    return callgrind(path)[1], r.stdout


def each(count, run):
    """Of one thing, where run(n) does n of them: what start and end cost goes out."""
    return (run(3 * count) - run(count)) / (2 * count)


def start():
    figure("wilco --version: instructions", instructions("--version")[0])


def decode():
    for name, (frame, one) in FRAMES.items():
        def run(n, frame=frame, one=one):
            count, out = instructions("frame", "decode", "--count", frame, stdin=one * n)
            assert out.startswith(b"%d frames, 0 damaged" % n), out
            return count
        figure(f"decoding a frame of 64 bytes ({name}): instructions", each(1000, run))


def echo(connection):
    while line := read_until(connection, b"\n"):
        connection.sendall(line)


def send():
    def run(n):
        count, out = instructions("send", "-f", "line", address, "-", stdin=b"STATUS\n" * n)
        assert out == b"STATUS\n" * n, out[:1000]
        return count
    with device(echo) as address:
        figure("a command of wilco send -: instructions", each(1000, run), 5000)


def at_the_end(connection):
    """Answers when the other side is closed, as devices of the frame esc-cr do."""
    read_to_end(connection)
    connection.sendall(b"OK\0")


def fleet():
    path = f"{HOME}/fleet"

    def words(n):
        with open(f"{path}.targets", "w", encoding="ascii") as f:
            f.writelines(f"d{i} {address}\n" for i in range(n))
        return "fleet", "-f", "esc-cr", "--limit", "50", f"{path}.targets", "STATUS"

    def counted(n):
        count, out = instructions(*words(n))
        assert out.count(b"\tOK\n") == n, out[:1000]
        return count

    def calls_of(n):
        r = subprocess.run(["strace", "-f", "-qq", "-o", path, WILCO, *words(n)], capture_output=True, env=ENV,
                           timeout=LIMIT, check=True)
        assert r.stdout.count(b"\tOK\n") == n, r.stdout[:1000]
        with open(path, encoding="utf-8") as f:
            # How often it waits depends on how the devices' replies come together.
            return sum("epoll_wait" not in line and "epoll_pwait" not in line for line in f)
    with device(at_the_end) as address:
        figure("a device of wilco fleet: instructions", each(200, counted), 33000)
        figure("a device of wilco fleet: calls to the system", each(200, calls_of), 10)


# ---- sessions ----

def idle():
    test = os.path.join(os.path.dirname(WILCO), "tests/session/test_many")
    out = subprocess.run([test], capture_output=True, text=True, timeout=LIMIT, check=True).stdout
    figure("an idle session: bytes on the heap", int(re.search(r"of (\d+) allocated", out)[1]), 6 * 1024)


def used(pid):
    """Processor time of all threads, in ms."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as f:
            total += int(f.read().split()[0])
    return total / 1e6


def answers(connection):
    """Each answer differs from the last one in every letter: all of it is painted."""
    number = 0
    while read_until(connection, b"\n"):
        connection.sendall(bytes([ord("A") + number % 26]) * 8 + b"\n")
        number += 1


def answer(number):
    return bytes([ord("A") + number]) * 8


def many(address, count):
    """A console with so many devices open."""
    os.makedirs(f"{HOME}/config/wilco", exist_ok=True)
    with open(f"{HOME}/config/wilco/config", "w", encoding="ascii") as f:
        f.writelines(f".device d{i} {address} frame=line\n" for i in range(count))
    t = Recorder("d0")
    for i in range(1, count + 1):
        wait_for(lambda: t.some(0) is None and address.connections == i, f"connection {i}")
        if i < count:
            t.type(f".open d{i}\r".encode())
    t.until_quiet()
    os.remove(f"{HOME}/config/wilco/config")
    return t


def bar():
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with device(answers) as address:
        t = many(address, 400)
        before = used(t.process.pid)
        for i in range(5):
            t.type(b"STATUS\r")
            t.until(answer(i))
        t.until_quiet()
        figure("five commands typed, 400 devices open: ms of CPU", used(t.process.pid) - before, 20)
        t.close()
    with device(answers) as address:
        t = many(address, 800)
        before = used(t.process.pid)
        for i in range(10):
            t.type(b"\x0c")
            assert b"d799" in t.until_quiet()
        figure("ten Ctrl-L, 800 devices open: ms of CPU", used(t.process.pid) - before, 100)
        t.close()


# ---- Enter ----

def console_under(address, *wrap):
    wilcotest.WRAP[:] = wrap
    t = Recorder("-f", "line", address)
    wilcotest.WRAP.clear()
    t.until(f"{address}>".encode())
    t.until_quiet()
    return t


def type_word(t):
    """The blank keeps it out of the history, which is written when the answer has been painted."""
    t.type(b" STATUS")
    t.until_quiet()


def ask(t, number):
    t.type(b"\r")
    t.until(answer(number))
    t.until_quiet()


def calls(text, function):
    """How often a function was called."""
    number = re.search(rf"\((\d+)\) {function}$", text, re.M)
    if not number:
        return 0
    return sum(int(n) for n in re.findall(rf"^cfn=\({number[1]}\).*\ncalls=(\d+)", text, re.M))


def enter_instructions(address):
    t = console_under(address, "valgrind", "-q", "--tool=callgrind", "--instr-atstart=no", "--trace-children=yes",
                      f"--vgdb-prefix={HOME}/vgdb", f"--callgrind-out-file={HOME}/enter")

    def monitor(order):
        subprocess.run(["vgdb", f"--vgdb-prefix={HOME}/vgdb", f"--pid={t.process.pid}", order],
                       capture_output=True, timeout=LIMIT, check=True)
    monitor("instrumentation on")
    parsed, counted = [], []
    for i in range(ENTERS):
        type_word(t)
        monitor("dump")
        ask(t, i)
        monitor("dump")
        text, count = callgrind(f"{HOME}/enter.{2 * i + 2}")
        counted.append(count)
        parsed.append(calls(text, "order_read") + calls(text, "line_parse"))
    t.close()
    figure("Enter to answer: the line is read, times", max(parsed), 1)
    # At most 60 % of what it was when all rows were drawn in each paint.  The least, because the second that passes
    # meanwhile, which the status row shows, is no part of it.
    figure("Enter to answer: instructions", min(counted), 322000)


def enter_calls(address):
    path = f"{HOME}/strace"
    t = console_under(address, "strace", "-D", "-qq", "-s", "65536", "-o", path)
    for i in range(ENTERS):
        type_word(t)
        ask(t, i)
    t.close()
    with open(path, encoding="utf-8") as f:
        lines = f.read().splitlines()
    keys = [i for i, line in enumerate(lines) if re.match(r'read\(\d+, "\\r"', line)]
    figure("Enter to answer: calls to the system", sorted(
        next(n for n, line in enumerate(lines[at:]) if line.startswith("write(") and answer(i).decode() in line)
        for i, at in enumerate(keys[:ENTERS]))[ENTERS // 2] + 1)


def enter():
    for part in enter_instructions, enter_calls:
        with device(answers) as address:
            part(address)


def main():
    sections = {f.__name__: f for f in (start, decode, send, fleet, idle, bar, enter)}
    if not all([need("valgrind"), need("strace")]):
        sys.exit(1)
    print(f"{'':58}{'counted':>11}{'at most':>11}")
    for name in sys.argv[1:] or sections:
        sections[name]()
    sys.exit(1 if over else 0)


main()
