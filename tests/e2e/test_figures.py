#!/usr/bin/env python3
"""What the split screen may cost, where it can be counted: bytes to the terminal for a key, its
preview and a flood; wake-ups while nothing happens.  (Times are tests/bench/console.sh's.)"""
import os
import time

from wilcotest import LIMIT, WRAP, Recorder, device, done, ok, read_until, wait_for

KEY, PREVIEW, PAINTS, TICK = 8, 64, 30, 64
TIMES = 2 if WRAP else 16
FLOOD = b"".join(b"frame %06d %s\n" % (i, b"x" * (i % 60)) for i in range(20000))


def answer(connection):
    while line := read_until(connection, b"\n"):
        connection.sendall(b"<" + line)
        if line == b"flood\n":
            for _ in range(TIMES):
                connection.sendall(FLOOD)
            connection.sendall(b"THE LAST ONE\n")


def switches(pid):
    """How often the program went to sleep, all its threads."""
    count = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status", encoding="utf-8") as status:
            count += sum(int(line.split()[1]) for line in status if line.startswith("voluntary"))
    return count


def test_keys(t):
    t.type(b"a")
    t.until_quiet()
    costs = []
    for key in b"bcdefghijklmnopq":
        t.type(bytes([key]))
        costs.append(len((t.some(LIMIT) or b"") + t.until_quiet()))
    # During some of them the up time may have changed.
    ok(max(costs) <= KEY + PREVIEW + TICK and min(costs) > 0, "a key costs its echo and a preview", costs)
    begin, total, keys = time.monotonic(), 0, b"rstuvwxyzabcdefghijklmnopqrst"
    for key in keys:
        t.type(bytes([key]))
        total += len(t.some(LIMIT) or b"")
    total += len(t.until_quiet())
    previews = 2 + int((time.monotonic() - begin) * PAINTS)
    ok(total <= len(keys) * KEY + previews * PREVIEW,
       "keys that come fast are echoed at once, and previewed at most 30 times a second",
       f"{len(keys)} keys, {total} bytes, {previews} previews")
    t.type(b"\x15")
    t.until_quiet()


def test_flood(t):
    t.type(b"flood\r")
    got = t.until(b"THE LAST ONE")
    ok(b"THE LAST ONE" in got and len(got) < len(FLOOD), "a flood reaches the terminal as a few screens",
       f"{TIMES * len(FLOOD)} bytes came, {len(got)} went to the terminal")
    t.until_quiet()


def test_idle(t, seconds):
    """The up time changes every second, and after a minute once a minute."""
    pid, most = t.process.pid, seconds + 2
    costs = []

    def quiet():
        before, end, got = switches(pid), time.monotonic() + seconds, b""
        while (left := end - time.monotonic()) > 0:
            got += t.some(left) or b""
        costs[:] = [switches(pid) - before, len(got)]
        return costs[0] <= most and costs[1] <= most * TICK
    ok(wait_for(quiet), f"an idle console sleeps: it wakes once a second, and paints {TICK} bytes at most", costs)


with device(answer) as address:
    terminal = Recorder("-f", "payload LF", address)
    terminal.until(f"{address}>".encode())
    terminal.until_quiet()
    test_keys(terminal)
    test_flood(terminal)
    test_idle(terminal, 4)
    terminal.close()
done()
