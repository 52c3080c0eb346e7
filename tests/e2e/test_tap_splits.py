#!/usr/bin/env python3
"""A tapped program and its device notice nothing: streams in random pieces, with half-closes and resets, arrive byte for
byte both ways, and the tap's record agrees with both sides.

    make tap-splits                      10,000 rounds (ROUNDS=n), from the build folder
    make tap-splits SEED=n ROUNDS=n      the rounds of a failure again"""
import collections
import concurrent.futures
import contextlib
import json
import os
import random
import select
import socket
import threading
import time

from taps import reset, tapped
from wilcotest import HOME, LIMIT, WRAP, device, done, has, same

ROUNDS = int(os.environ.get("WILCO_ROUNDS") or (12 if WRAP else 300))
SEED = int(os.environ.get("WILCO_SEED") or 1)
FRAMES = ("raw", "line", "len(payload):u16be payload crc16-modbus:le ; bin")
SIZES = [0, 1, 10, 300, 3000, 3000, 20000, 400000]
ENDS = ["half", "half", "wait", "reset"]  # how a side ends: when it has spoken, behind the other one, by a reset


class Side:
    """What a side says, in which pieces, and how it ends; and what it got."""

    def __init__(self, dice, end):
        self.end, self.got, self.was_reset, self.deaf = end, bytearray(), False, False
        self.said = dice.randbytes(dice.choice(SIZES))
        if dice.random() < 0.5:  # lines
            self.said = self.said.replace(b"\x00", b"\n").replace(b"\x01", b"\r\n")
        self.cuts = sorted(dice.randrange(len(self.said) + 1) for _ in range(dice.randrange(12)))
        self.pauses = [dice.random() < 0.1 for _ in self.cuts]

    def pieces(self):
        for start, end, pause in zip([0, *self.cuts], [*self.cuts, len(self.said)], [*self.pauses, False]):
            yield self.said[start:end]
            if pause:
                time.sleep(0.001)

    def send(self, s):
        try:
            for piece in self.pieces():
                s.sendall(piece)
            if self.end != "reset":
                s.shutdown(socket.SHUT_WR)
        except OSError:
            self.was_reset = True

    def read(self, s):
        try:
            while data := s.recv(65536):
                self.got += data
        except ConnectionError:
            self.was_reset = True

    def talk(self, s):
        s.settimeout(LIMIT)
        if self.end == "wait":
            self.read(s)
            self.send(s)
        elif self.end == "half":
            sender = threading.Thread(target=self.send, args=(s,))
            sender.start()
            self.read(s)
            sender.join(LIMIT)
        else:
            self.send_and_reset(s)

    def send_and_reset(self, s):
        """Takes what comes meanwhile, so that both cannot wait for each other."""
        s.setblocking(False)
        for piece in self.pieces():
            while piece:
                readable, writable, _ = select.select([s], [s], [])
                if readable:
                    self.got += s.recv(65536)
                if writable:
                    piece = piece[s.send(piece):]
        reset(s)


def wrong(program, machine, record):
    """Says what is wrong with a round; record: what the tap had of each."""
    for one, other, direction in ((program, machine, ">"), (machine, program, "<")):
        passed = record[direction]
        if other.end == "reset" and not one.end == "reset":
            if not (one.said.startswith(passed) and passed.startswith(other.got)):
                return f"{direction}: {len(other.got)} bytes arrived of {len(passed)} of {len(one.said)}, then it reset"
        elif one.end == "reset":
            if not (one.said.startswith(passed) and (other.got == passed or other.deaf)):
                return f"{direction}: {len(other.got)} bytes arrived, not {len(passed)} of {len(one.said)}, before a reset"
            if not other.was_reset:
                return f"{direction}: the reset did not arrive"
        elif not one.said == passed == other.got:
            return f"{direction}: {len(other.got)} bytes arrived of {len(one.said)}, and the tap saw {len(passed)}"
    return None


def objects(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def some_rounds(worker, count):
    """Plays rounds through a tap of their own, and gives what was wrong."""
    dice, frame = random.Random(f"{SEED} {worker}"), FRAMES[worker % len(FRAMES)]
    played, waiting = [], []

    def serve(s):
        machine, over = waiting.pop()
        with contextlib.suppress(TimeoutError):
            machine.talk(s)
        over.set()

    # To a file: of what is told to a pipe that nobody reads for a while, a tap leaves frames out.
    with open(f"{HOME}/told{worker}", "w+b") as told, device(serve) as address, \
            tapped(address, "--json", "-f", frame, out=told, reads=("err",)) as tap:
        for _ in range(count):
            ends = dice.choice([(one, other) for one in ENDS for other in ENDS
                                if (one, other) != ("wait", "wait") and not one == other == "reset"])
            program, machine, over = Side(dice, ends[0]), Side(dice, ends[1]), threading.Event()
            waiting.append((machine, over))
            try:
                with tap.connect() as s:
                    program.talk(s)
            except ConnectionResetError:  # before connect() was over; what came until then cannot be read
                program.was_reset = program.deaf = True
            except TimeoutError:
                pass
            if not over.wait(LIMIT):
                return [f"round {len(played) + 1} of {frame.split()[0]}: the device hangs, {ends}"]
            played.append((program, machine))
    records = collections.defaultdict(lambda: {">": bytearray(), "<": bytearray()})
    for x in objects(f"{HOME}/told{worker}"):
        records[x["connection"]][x["direction"]] += bytes.fromhex(x["raw_hex"])
    if frame != "raw":  # other frames have bytes that are in no event, such as the LF behind a CR
        return totals(tap, played)
    found = [(i, wrong(*sides, records[i])) for i, sides in enumerate(played, 1)]
    return [f"round {i} of {frame.split()[0]}, {[s.end for s in played[i - 1]]}: {what}" for i, what in found if what]


def totals(tap, played):
    """Compares what the sides got with each other, and with the sums that the tap prints at the end."""
    found = []
    for i, (program, machine) in enumerate(played, 1):
        record = {">": bytes(machine.got), "<": bytes(program.got)}
        what = wrong(program, machine, record)
        if what:
            found.append(f"round {i}, {program.end} {machine.end}: {what}")
    if f"wilco: {len(played)} connections;" not in tap.notes:
        found.append(tap.notes[-200:])
    return found


workers = 3 if ROUNDS < 1000 else 6
with concurrent.futures.ThreadPoolExecutor(workers) as pool:
    counts = [(ROUNDS + i) // workers for i in range(workers)]
    results = [pool.submit(some_rounds, i, count) for i, count in enumerate(counts)]
for i, result in enumerate(results):
    same(result.result(), [], f"{counts[i]} rounds in {FRAMES[i % len(FRAMES)].split()[0]} (seed {SEED})")
done()
