#!/usr/bin/env python3
"""counts.py - what can be counted instead of timed: instructions in user space (callgrind), bytes,
calls to the system (strace), and processor time where many devices are open.

    make bench-counts                          from the build folder
    WILCO=OTHER/wilco PYTHONPATH=tests/lib tests/bench/counts.py [SECTION...]   another build

Sections: start, decode, send, fleet, idle, bar, enter, keys, lines, quiet.  A figure over its bar is marked, and ends
it with 1.
"""
import os
import re
import resource
import subprocess
import sys
import time

import wilcotest
from wilcotest import ENV, HOME, LIMIT, WILCO, Recorder, device, need, read_to_end, read_until, \
    wait_for

FRAMES = {"delimiter": ("payload NUL", b"x" * 63 + b"\0"),
          "length": ("len:u16be payload", b"\0\x3e" + b"x" * 62),
          "SLIP": ("C0* slip(payload) C0", b"x" * 63 + b"\xc0")}
ENTERS = 9
KEYS = b"ABCDEFGHIJKLMNOPQRSTUVWX"
LINES = 1000000
QUIET_S = 10
over = 0


def figure(name, value, bar=None):
    """A line of the table."""
    global over
    bad = bar is not None and value > bar
    over += bad
    print(f"{name:<58}{value:>11,.0f}{'' if bar is None else f'{bar:,}':>11}{'  over' if bad else ''}", flush=True)


def middle(values):
    """Of what is not the same each time: the second passes, or the echo is painted together with the preview."""
    values = sorted(values)
    return values[len(values) // 2]


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


def pages(*words):
    """How often a program touches a page that it has not got yet; the least, as the kernel moves addresses."""
    counts = []
    for _ in range(20):
        pid = os.posix_spawn(words[0], words, ENV, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
        counts.append(os.wait4(pid, 0)[2].ru_minflt)
    return min(counts)


def start():
    figure("wilco --version: instructions", instructions("--version")[0], 320_000)
    figure("wilco --version: pages more than /bin/true", pages(WILCO, "--version") - pages("/bin/true"), 9)


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


class Counted:
    """A console under callgrind, which counts between two calls of dump()."""

    def __init__(self, address):
        self.t = console_under(address, "valgrind", "-q", "--tool=callgrind", "--instr-atstart=no", "--trace-children=yes",
                               f"--vgdb-prefix={HOME}/vgdb", f"--callgrind-out-file={HOME}/console")
        self.dumps = 0
        self.monitor("instrumentation on")

    def monitor(self, order):
        subprocess.run(["vgdb", f"--vgdb-prefix={HOME}/vgdb", f"--pid={self.t.process.pid}", order],
                       capture_output=True, timeout=LIMIT, check=True)

    def dump(self):
        self.monitor("dump")
        self.dumps += 1
        return callgrind(f"{HOME}/console.{self.dumps}")


def enter_instructions(address):
    counter = Counted(address)
    t = counter.t
    parsed, counted = [], []
    for i in range(ENTERS):
        type_word(t)
        counter.dump()
        ask(t, i)
        text, count = counter.dump()
        counted.append(count)
        parsed.append(calls(text, "order_read") + calls(text, "line_parse"))
    t.close()
    figure("Enter to answer: the line is read, times", max(parsed), 1)
    # At most 60 % of what it was when all rows were drawn in each paint.  The least, because the second that passes
    # meanwhile, which the status row shows, is no part of it.
    figure("Enter to answer: instructions", min(counted), 322000)


def traced(address, path):
    return console_under(address, "strace", "-D", "-qq", "-s", "65536", "-o", path)


def enter_calls(address):
    path = f"{HOME}/strace"
    t = traced(address, path)
    for i in range(ENTERS):
        type_word(t)
        ask(t, i)
    t.close()
    with open(path, encoding="utf-8") as f:
        lines = f.read().splitlines()
    keys = [i for i, line in enumerate(lines) if re.match(r'read\(\d+, "\\r"', line)]
    figure("Enter to answer: calls to the system", 1 + middle(
        next(n for n, line in enumerate(lines[at:]) if line.startswith("write(") and answer(i).decode() in line)
        for i, at in enumerate(keys[:ENTERS])))


def enter():
    for part in enter_instructions, enter_calls:
        with device(answers) as address:
            part(address)


# ---- keys ----

def keys():
    """A letter, its echo and what Enter would send; the transcript has 20,000 entries."""
    path = f"{HOME}/keys"
    with device(floods(20000)) as address:
        counter = Counted(address)
        t, counted = counter.t, []
        flood(t)
        type_word(t)
        for key in KEYS:
            counter.dump()
            t.type(bytes([key]))
            t.until_quiet()
            counted.append(counter.dump()[1])
        t.close()
    figure("a key: instructions", middle(counted), 220000)
    with device(floods(20000)) as address:
        t = traced(address, path)
        flood(t)
        type_word(t)
        sizes = [len(type_and_see(t, key)) for key in KEYS]
        t.close()
    with open(path, encoding="utf-8") as f:
        lines = f.read().splitlines()
    at = [next(i for i, line in enumerate(lines) if re.match(rf'read\(\d+, "{key:c}"', line)) for key in KEYS]
    figure("a key: calls to the system", middle(b - a for a, b in zip(at, at[1:])), 14)
    figure("a key: bytes to the terminal", middle(sizes), 72)


def type_and_see(t, key):
    t.type(bytes([key]))
    return t.until_quiet()


# ---- a flood of lines ----

LAST = b"THE LAST LINE"


def floods(count):
    """A device that says so many lines when it is asked, and a last one."""
    some = b"".join(b"%04d temperature 21.5 C, pressure 1013 hPa, ok\n" % i for i in range(1000))

    def serve(connection):
        while line := read_until(connection, b"\n"):
            for _ in range(count // 1000):
                connection.sendall(some)
            connection.sendall(LAST + b"\n")
            if line == b"close\n":
                break
    return serve


def flood(t):
    t.type(b"go\r")
    got = t.until(LAST)
    return got + t.until_quiet()


def peak(pid):
    """The most memory that it had at any time, in KiB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return int(re.search(r"VmHWM:\s+(\d+)", f.read())[1])


def reads(address):
    """What it takes to read the same lines and count them: ms of CPU."""
    host, port = address.split(":")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = subprocess.run(["bash", "-c", f"exec 3<>/dev/tcp/{host}/{port}; echo close >&3; exec wc -l <&3"],
                         capture_output=True, timeout=LIMIT, check=True).stdout
    assert int(out) == LINES + 1, out
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def lines():
    with device(floods(LINES)) as address:
        t = console_under(address)
        pid, took, read, most = t.process.pid, [], [], []
        for _ in range(3):
            before = used(pid)
            size = len(flood(t))
            took.append(used(pid) - before)
            read.append(reads(address))
            most.append(peak(pid))
        figure("1,000,000 lines come to a console: ms of CPU", min(took), 1000)
        figure("the same lines, only read and counted (wc -l): ms of CPU", min(read))
        figure("1,000,000 lines: times what wc takes", min(took) / min(read), 40)
        figure("1,000,000 lines: bytes to the terminal", size, 1000000)
        figure("1,000,000 lines: the most memory, KiB", most[0], 96 * 1024)
        figure("2,000,000 more: what that has grown by, KiB", most[-1] - most[0], 1024)
        t.close()


# ---- nothing happens ----

def quiet_for(t, path, seconds):
    """Returns how many calls to the system, and bytes to the terminal, there are meanwhile."""
    with open(path, encoding="utf-8") as f:
        before = len(f.read().splitlines())
    end, got = time.monotonic() + seconds, b""
    while (left := end - time.monotonic()) > 0:
        got += t.some(left) or b""
    with open(path, encoding="utf-8") as f:
        return len(f.read().splitlines()) - before, len(got)


def quiet():
    """In the first minute the time that the line is up is told each second, then each minute."""
    path = f"{HOME}/quiet"
    with device(answers) as address:
        t, began = traced(address, path), time.monotonic()
        calls_made, size = quiet_for(t, path, QUIET_S)
        figure(f"{QUIET_S} s without anything: calls to the system", calls_made, 10 * QUIET_S)
        figure(f"{QUIET_S} s without anything: bytes to the terminal", size, 64 * QUIET_S)
        quiet_for(t, path, max(0, began + 62 - time.monotonic()))
        calls_made, size = quiet_for(t, path, QUIET_S)
        figure(f"{QUIET_S} s after the first minute: calls to the system", calls_made, 0)
        figure(f"{QUIET_S} s after the first minute: bytes to the terminal", size, 0)
        t.close()


def main():
    sections = {f.__name__: f for f in (start, decode, send, fleet, idle, bar, enter, keys, lines, quiet)}
    if not all([need("valgrind"), need("strace")]):
        sys.exit(1)
    print(f"{'':58}{'counted':>11}{'at most':>11}")
    for name in sys.argv[1:] or sections:
        sections[name]()
    sys.exit(1 if over else 0)


main()
