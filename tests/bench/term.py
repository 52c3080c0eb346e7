#!/usr/bin/env python3
"""How long a key waits in terminal mode while a device says 50 MB/s: plain lines, colours and moves of the
cursor, and questions that the terminal answers by itself.  By hand, on a machine that does little else."""
import statistics
import threading
import time

from wilcotest import LIMIT, Recorder, device, done, ok, wait_for

RATE, KEYS = 50e6, 60
BAR_MS = 16  # for each key
FLOODS = {
    "lines": b"".join(b"%07d 0123456789abcdefghijklmnopqrstuvwxyz\r\n" % i for i in range(2000)),
    "colours and moves": b"\x1b[31mx\x1b[0m\x1b[5;5H" * 4000,
    "questions": b"\x1b[c\x1b[6n" * 8000,
}


class Flood:
    """A device that says this all the time, and notes when a key came."""

    def __init__(self, says):
        self.says, self.said, self.keys, self.over = says, 0, [], threading.Event()

    def hear(self, connection):
        try:
            while data := connection.recv(4096):
                self.keys += [time.monotonic()] * data.count(b"k")
        except OSError:
            pass  # the line is closed

    def serve(self, connection):
        threading.Thread(target=self.hear, args=(connection,), daemon=True).start()
        began = time.monotonic()
        while not self.over.is_set():
            connection.sendall(self.says)
            self.said += len(self.says)
            time.sleep(max(0, self.said / RATE - (time.monotonic() - began)))


def drain(terminal):
    while terminal.some(1) != b"":
        pass


def measure(says):
    """Returns how long each key took, in ms, and how many bytes a second came meanwhile."""
    flood, took = Flood(says), []
    with device(flood.serve) as address:
        t = Recorder("--term", "-f", "line", address)
        threading.Thread(target=drain, args=(t,), daemon=True).start()
        wait_for(lambda: flood.said > RATE / 10, "the flood")
        began, before = time.monotonic(), flood.said
        for i in range(KEYS):
            typed = time.monotonic()
            t.type(b"k")
            wait_for(lambda count=i: len(flood.keys) > count, "the key")
            took.append((flood.keys[i] - typed) * 1000)
            time.sleep(0.03)
        rate = (flood.said - before) / (time.monotonic() - began)
        flood.over.set()
        t.type(b"\x1dq")
        t.process.wait(LIMIT)
    return took, rate


for name, says in FLOODS.items():
    took, rate = measure(says)
    ok(max(took) <= BAR_MS, f"{name}: {rate / 1e6:.0f} MB/s, a key takes {statistics.median(took):.1f} ms "
       f"(median), at most {max(took):.1f} ms of {BAR_MS}")
done()
