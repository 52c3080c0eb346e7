#!/usr/bin/env python3
"""tap.py - what a tap costs those between whom it stands, compared with socat as a relay: the time of an
exchange of 64 bytes, and the throughput towards the program and the device.

    make bench-tap                                        from the build folder
    WILCO=OTHER/wilco PYTHONPATH=tests/lib tests/bench/tap.py     another build

Each figure is the best of some rounds, in turns, because other work on the machine only adds to it.
"""
import contextlib
import random
import re
import socket
import subprocess
import sys
import threading
import time

from wilcotest import ENV, WILCO, unused_port

ROUNDS, EXCHANGES, SIZE = 7, 3000, 256 << 20
PIECE = b"a line of text that a device says, as long as 64 bytes .......\r\n" * 1024
BINARY = random.Random(1).randbytes(len(PIECE))
over = 0


def figure(name, value, bar, better):
    """Prints a ratio; better is "least" or "most"."""
    global over
    bad = value > bar if better == "least" else value < bar
    over += bad
    print(f"{name:<64}{value:>10.2f}{bar:>10.2f}{'  over' if bad else ''}", flush=True)


def serve(handler):
    server = socket.create_server(("127.0.0.1", 0), backlog=16)

    def accept():
        while True:
            s, _ = server.accept()
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=handler, args=(s,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return server.getsockname()[1]


def echo(s):
    with contextlib.suppress(OSError):
        while data := s.recv(4096):
            s.sendall(data)


def pour(s):
    """Sends SIZE bytes when it is asked to, and counts what comes."""
    what = s.recv(1)
    if what and what in b"<*":
        for _ in range(SIZE // len(PIECE)):
            s.sendall(PIECE if what == b"<" else BINARY)
        s.shutdown(socket.SHUT_WR)
        s.recv(1)
    else:
        room, got = bytearray(1 << 20), 0
        while n := s.recv_into(room):
            got += n
        s.sendall(str(got).encode())
    s.close()


def connect(port):
    s = socket.create_connection(("127.0.0.1", port), timeout=60)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


def latency(port):
    """The median time of an exchange in us."""
    with connect(port) as s:
        message, times = b"x" * 63 + b"\n", []
        for _ in range(EXCHANGES):
            began = time.perf_counter()
            s.sendall(message)
            s.recv(64, socket.MSG_WAITALL)
            times.append(time.perf_counter() - began)
    return sorted(times)[EXCHANGES // 2] * 1e6


def throughput(port, direction):
    """MiB a second."""
    with connect(port) as s:
        began = time.perf_counter()
        s.sendall(direction)
        if direction in b"<*":
            room = bytearray(1 << 20)
            while s.recv_into(room):
                pass
        else:
            for _ in range(SIZE // len(PIECE)):
                s.sendall(PIECE)
            s.shutdown(socket.SHUT_WR)
            assert s.recv(100) == str(SIZE).encode()
        return SIZE / (1 << 20) / (time.perf_counter() - began)


@contextlib.contextmanager
def relays(device):
    """Yields the ports of socat and of a tap in front of the device."""
    port = unused_port()
    socat = subprocess.Popen(["socat", f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork,nodelay",
                              f"TCP:127.0.0.1:{device},nodelay"])
    tap = subprocess.Popen([WILCO, "tap", "-q", "127.0.0.1:0", f"127.0.0.1:{device}"],
                           stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=ENV)
    try:
        here = int(re.search(rb":(\d+) for", tap.stderr.readline())[1])
        while True:
            with contextlib.suppress(OSError), connect(port):
                break
            time.sleep(0.01)
        yield port, here
    finally:
        for p in (socat, tap):
            p.terminate()
            p.wait(10)


def best(measure, choose, ports):
    got = [[measure(port) for port in ports] for _ in range(ROUNDS)]
    return [choose(column) for column in zip(*got)]


with relays(serve(echo)) as both:
    theirs, ours = best(latency, min, both)
    print(f"an exchange: socat {theirs:.0f} us, tap {ours:.0f} us")
    figure("an exchange through a tap, to socat: ratio of times", ours / theirs, 1.3, "least")
with relays(serve(pour)) as both:
    for way, name in ((b"<", "to the program"), (b">", "to the device"), (b"*", "of binary data, as text")):
        theirs, ours = best(lambda port, way=way: throughput(port, way), max, both)
        print(f"throughput {name}: socat {theirs:.0f} MiB/s, tap {ours:.0f} MiB/s")
        figure(f"throughput {name}, to socat: ratio", ours / theirs, 0.7, "most")
sys.exit(over > 0)
