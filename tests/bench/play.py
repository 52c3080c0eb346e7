#!/usr/bin/env python3
"""play.py - what a step of a macro costs, compared with the same command of `wilco send -`: instructions
in user space (callgrind), and the memory of a long macro (peak of the resident set).

    make bench-play                                       from the build folder
    WILCO=OTHER/wilco PYTHONPATH=tests/lib tests/bench/play.py    another build
"""
import os
import re
import subprocess
import sys

from wilcotest import ENV, HOME, LIMIT, WILCO, device

over = 0


def figure(name, value, bar):
    global over
    over += value > bar
    print(f"{name:<64}{value:>10,.2f}{bar:>10,.2f}{'  over' if value > bar else ''}", flush=True)


def echo(connection):
    for line in connection.makefile("rb"):
        connection.sendall(line)


def macro(steps):
    path = f"{HOME}/steps{steps}.wilco"
    with open(path, "w", encoding="ascii") as f:
        f.write("STATUS\n  STATUS\n" * steps)
    return path


def instructions(*words, stdin=b""):
    path = f"{HOME}/callgrind"
    subprocess.run(["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={path}", WILCO, *words], input=stdin,
                   capture_output=True, env=ENV, timeout=LIMIT, check=True)
    with open(path, encoding="utf-8") as f:
        return int(re.search(r"^summary: (\d+)", f.read(), re.M)[1])


def peak(path, address):
    """Peak of the resident set in KiB."""
    p = subprocess.Popen([WILCO, "play", "-q", "-f", "line", path, address], stdout=subprocess.DEVNULL, env=ENV)
    _, status, used = os.wait4(p.pid, 0)
    assert status == 0, status
    return used.ru_maxrss


with device(echo) as address:
    send, play = ((run(3000) - run(1000)) / 2000 for run in (
        lambda n: instructions("send", "-f", "line", address, "-", stdin=b"STATUS\n" * n),
        lambda n: instructions("play", "-f", "line", macro(n), address)))
    figure("a step: instructions", play, 1.5 * send)
    figure("a step, to a command of wilco send -: ratio of instructions", play / send, 1.5)
    figure("100,000 steps: KiB of memory more than 1,000 steps",
           peak(macro(100000), address) - peak(macro(1000), address), 1024)
sys.exit(over > 0)
