#!/usr/bin/env python3
"""The round trip: sessions with all that can come, recorded, played by a device that is the recording, and
recorded again there: each time the same came, and `wilco play` says that all of it holds.

The sessions are made here, with a seed for each frame, and what came is compared with that."""
import concurrent.futures
import json
import os
import random
import re

from wilcotest import HOME, LIMIT, WRAP, done, ok, run, same, simulated

COMMANDS = 40 if WRAP else 500
TIMES = "gateway=yes&timeout=2s&resync=1s"
LATE = "2300ms"
ANY = bytes(range(256))


def but(*excluded):
    return bytes(sorted(set(ANY) - set(b"".join(excluded))))


class Kind:
    """A frame: what its payloads may be, and what makes a reply of several frames."""
    def __init__(self, frame, alphabet=ANY, least=0, most=40, more=None, last=None, numbered=False, checked=True,
                 first=None):
        self.frame, self.alphabet, self.least, self.most = frame, alphabet, least, most
        self.more, self.last = more, last  # make a frame that is not the last, and the last one
        self.numbered = numbered           # replies repeat a number: nothing is waited for after a timeout
        self.checked = checked             # a wrong byte shows
        self.first = first                 # what payloads may begin with

    def payload(self, rng):
        size = rng.choice((self.least, rng.randint(self.least, 8), rng.randint(self.least, self.most)))
        text = bytes(rng.choice(self.alphabet) for _ in range(max(size, self.least)))
        return bytes([rng.choice(self.first)]) + text[1:] if self.first and text else text


TEXT = bytes(range(0x21, 0x7f))
KINDS = [
    Kind("line", but(b"\n"), checked=False),
    Kind("mpd", TEXT, 1, more=lambda rng: b"key: " + rng.choice((b"a", b"\xc3\xa9", b"\xff")), last=lambda rng: b"OK",
         checked=False),
    Kind("stx-lrc", but(b"\x02\x03\x05\x06\x15")),
    Kind("gdb", least=1, first=but(b"O", b"S"), more=lambda rng: b"O" + rng.choice((b"6f6b", b"0a"))),
    Kind("modbus-ascii", least=1),
    Kind("df1-crc", least=1),
    Kind("zwave", least=1, most=30),
    Kind("slip", least=1, checked=False),
    Kind("cobs", checked=False),
    Kind("hdlc", least=1),
    Kind("kiss", checked=False),
    Kind("xbee-api2"),
    Kind("lp16be", checked=False),
    Kind("netstring", checked=False),
    Kind("modbus-tcp", least=1, numbered=True, checked=False),
    Kind("visca-ip", least=4, numbered=True, checked=False,
         more=lambda rng: bytes((0x90, 0x40 | rng.randint(1, 2), 0xff))),
    Kind("ubx"),
    Kind("osdp", most=100),
]


def on_the_wire(kind, payload):
    """The bytes of a reply."""
    r = run("frame", "encode", "--reply", "--hex", kind.frame, payload.hex())
    return bytes.fromhex(r.out.strip())


def spelled(payload):
    return f"\\<{payload.hex()}>" if payload else "(empty)"


def block(kind, rng, what):
    """Returns the lines below a command, the status of its exchange and the payloads that come, and what comes
    besides: (status, payload)."""
    replies = [kind.payload(rng)] if not kind.last else [kind.last(rng)]
    if kind.more and rng.random() < 0.3:
        replies = [kind.more(rng) for _ in range(rng.randint(1, 5))] + replies
    lines = [f"  {spelled(p)}" for p in replies]
    other = replies[-1] if kind.last else kind.payload(rng)
    if what == "none":
        return ["  (none)"], "timeout", [], []
    if what == "lost":
        return ["  (lost)"], "lost", [], []
    if what == "late":
        return ["  (none)", f".delay {LATE}", f"  (late) {spelled(other)}"], "timeout", [], [("late", other)]
    if what in ("half", "wrong"):
        wire = on_the_wire(kind, b"\x31\x32\x33\x34\x35\x36")
        wire = wire[:len(wire) // 2 + 1] if what == "half" else wire[:4] + bytes([wire[4] ^ 1]) + wire[5:]
        return [f"  (damaged) \\<{wire.hex()}>"], None, None, []
    if what == "unasked":
        lines.append(f"  (unsolicited) {spelled(other)}")
        return lines, "ok", replies, [("unsolicited", other)]
    return lines, "ok", replies, []


def session(kind):
    """Returns the file of the device, the commands, and the exchanges: (command, status, replies)."""
    rng = random.Random(kind.frame)
    pool = [kind.payload(rng) for _ in range(COMMANDS // 4)]
    odd = ["half", "none", "late", "lost"] + (["wrong"] if kind.checked else [])
    places = dict(zip(rng.sample(range(COMMANDS // 4, COMMANDS), len(odd)), odd))
    file, typed, exchanges = [f".frame {kind.frame}"], [], []
    for i in range(COMMANDS):
        command = rng.choice(pool)
        what = places.get(i, "unasked" if rng.random() < 0.05 else "")
        lines, status, replies, besides = block(kind, rng, what)
        file += [f".hex {command.hex()}" if command else ".text", *lines]
        typed.append(f".hex {command.hex()}" if command else ".text")
        if kind.numbered and what == "late":
            typed.append(".wait 1s")
        exchanges.append((command, status, replies))
        exchanges += [(None, status, [payload]) for status, payload in besides]
    return "\n".join(file) + "\n", "\n".join(typed) + "\n", exchanges


def told(result):
    """What came, of JSON."""
    objects = [json.loads(line) for line in result.out.splitlines()]
    return [(x["status"], [(r["reply_hex"], r["raw_hex"], r["error"]) for r in x["replies"] if r["mark"] != "echo"
                           and r["reply_hex"] is not None], x["stray_hex"]) for x in objects]


def is_as_made(came, exchanges):
    """Compares what came with what was made; of damage only that it came is known."""
    if len(came) != len(exchanges):
        return f"{len(came)} exchanges came, {len(exchanges)} were made"
    for (status, replies, _), (command, made, payloads) in zip(came, exchanges):
        if made is None:
            if status in ("ok", "refused", "connect"):
                return f"{command!r}: damage is {status}"
        elif (status, [bytes.fromhex(r[0]) for r in replies]) != (made, payloads):
            return f"{command!r}: {status} {replies}, not {made} {payloads}"
    return None


def timeless(text):
    """A recording without what differs each time."""
    text = re.sub(r"^#.*\n", "", text, flags=re.M)
    text = re.sub(r"^\.delay \d+ms$", ".delay", text, flags=re.M)
    return re.sub(r"127\.0\.0\.1:\d+", "DEVICE", text)


def recorded(kind, number, file, typed):
    """Runs the session with this device; returns what came and the recording."""
    path = f"{HOME}/{kind.frame}{number}.wilco"
    with simulated(file) as address:
        r = run("send", "--json", "-f", kind.frame, "--record", path, f"{address}?{TIMES}", "-", stdin=typed,
                timeout=4 * LIMIT)
    with open(path, encoding="utf-8") as f:
        return r, f.read()


def round_trip(kind):
    """Returns (name, trouble or None) of each assertion."""
    file, typed, exchanges = session(kind)
    results = []
    first, recording = recorded(kind, 1, file, typed)
    results.append(("a session is as it was made", is_as_made(told(first), exchanges)))
    second, again = recorded(kind, 2, recording, typed)
    results.append(("a device that is its recording says the same",
                    next((f"{n}: {a} {b}" for n, (a, b) in enumerate(zip(told(first), told(second))) if a != b), None)
                    or (None if len(told(first)) == len(told(second)) else second)))
    lines, others = timeless(recording).splitlines(), timeless(again).splitlines()
    results.append(("and is recorded as the same", None if lines == others else
                    "\n".join(f"{a!r} {b!r}" for a, b in zip(lines, others) if a != b)[:2000]))
    with simulated(recording) as address:
        path = f"{HOME}/{kind.frame}3.wilco"
        played = run("play", f"{HOME}/{kind.frame}1.wilco", "--record", path, "--device", f"{address}?{TIMES}",
                     timeout=4 * LIMIT)
    holds = played.code == 0 and f": {COMMANDS} steps, all of which hold" in played.err
    results.append(("which holds when it is played", None if holds else
                    f"exit {played.code}\n" + "\n".join(x for x in played.out.splitlines() if not x.startswith("ok "))
                    + "\n" + played.err))
    with open(path, encoding="utf-8") as f:
        lines, others = timeless(recording).splitlines(), timeless(f.read()).splitlines()
    results.append(("and is recorded as the same while it is played", None if lines == others else
                    "\n".join(f"{a!r} {b!r}" for a, b in zip(lines, others) if a != b)[:2000]))
    return results


kinds = KINDS[::8] if WRAP else KINDS
only = os.environ.get("ROUND_TRIP")
if only:
    kinds = [k for k in KINDS if k.frame in only.split()]
with concurrent.futures.ThreadPoolExecutor(len(kinds)) as pool:
    for kind, results in zip(kinds, pool.map(round_trip, kinds)):
        for name, trouble in results:
            ok(trouble is None, f"{kind.frame}: {name}", trouble)
same(len(kinds) >= 15, not WRAP and not only, "all frames have had their turn")
done()
