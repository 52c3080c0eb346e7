#!/usr/bin/env python3
"""wilco tap --fault: with frames of one direction exactly what was asked for goes wrong, by the seed."""
import contextlib
import random
import socket

from taps import reset, tapped, was_reset
from wilcotest import WRAP, device, done, has, ok, read_to_end, run, same, unused_port, wait_for

DICE = random.Random(3)
got = []  # what devices got


def listen(s):
    """A device that only takes what comes, until its end."""
    with contextlib.suppress(ConnectionResetError):
        got.append(read_to_end(s))


def faulty(fault, said, toward="device", *more):
    """Gives what arrives of what the other side says, and the objects of the tap."""
    def tell(s):
        s.sendall(said)
        s.shutdown(socket.SHUT_WR)
        read_to_end(s)

    got.clear()
    with device(listen if toward == "device" else tell) as address:
        with tapped(address, "--json", "-f", "line", "--fault", fault, "--toward", toward, *more) as tap, \
                tap.connect() as s:
            if toward == "device":
                s.sendall(said)
                s.shutdown(socket.SHUT_WR)
                read_to_end(s)
                arrived = wait_for(lambda: got, "the device's copy")[0]
            else:
                arrived = read_to_end(s)
                s.shutdown(socket.SHUT_WR)
    return arrived, tap


LINES = b"".join(b"line %d\n" % i for i in range(1, 8))
EVERY = LINES.splitlines(keepends=True)
for side in ("program", "device"):
    for fault, expected in (("drop nth 2", EVERY[:1] + EVERY[2:]), ("drop every 3", EVERY[:2] + EVERY[3:5] + EVERY[6:]),
                            ("truncate 3 nth 7", EVERY[:6] + [b"line"]), ("truncate 100 nth 1", EVERY[1:]),
                            ("close nth 3", EVERY[:2] + [b"lin"]), ("delay 1ms", EVERY), ("pace 1us nth 2", EVERY),
                            ("split 1us", EVERY), ("drop", [])):
        arrived, tap = faulty(fault, LINES, side)
        same(arrived, b"".join(expected), f"{fault} towards the {side}")
    has(tap.notes, f"1: fault towards the {side}: drop\n", "which is said")
    has(tap.notes, "wilco: faults by --seed 1\n", "and the seed is said")
    happened = [x for x in tap.objects() if x["faults"]]
    same([(x["direction"], x["faults"], x["sent_hex"], x["payload"]) for x in happened],
         [("><"[side == "program"], ["drop"], "", line.decode().strip()) for line in EVERY],
         "and an object says what came, and what went on instead")

# Bytes that are no whole frame, or are between frames, pass.
arrived, tap = faulty("drop", b"\nwhole\nno end")
same(arrived, b"no end", "what is no whole frame passes")
with device(listen) as address:
    with tapped(address, "-f", "STX payload ETX", "--fault", "drop", "--toward", "device") as tap, tap.connect() as s:
        got.clear()
        s.sendall(b"..\x02a\x03--\x02b\x03++")
        s.shutdown(socket.SHUT_WR)
        read_to_end(s)
        same(wait_for(lambda: got, "the rest"), [b"..--++"], "what is between frames, too")


def pairs(s):
    file = s.makefile("rb")
    for line in file:
        s.sendall(b"ok " + line)


def ask(s, words):
    file, replies = s.makefile("rb"), []
    for word in words:
        s.sendall(word + b"\n")
        replies.append(file.readline())
    return replies


# Several faults, of both directions, at programs that wait for each reply.
with device(pairs) as address:
    with tapped(address, "-f", "line", "--fault", "truncate 2 nth 2", "--toward", "device",
                "--fault", "corrupt nth 3", "--toward", "program") as tap, tap.connect() as s:
        s.sendall(b"A\nBB\nC\nD\nE\n")
        s.shutdown(socket.SHUT_WR)
        replies = read_to_end(s)
    ok(replies.startswith(b"ok A\nok BC\n") and replies[11:].count(b"ok") >= 1 and len(replies) == 21 and
       replies[11:16] != b"ok D\n" and replies[16:] == b"ok E\n", "each --fault has its own --toward", replies)
    with tapped(address, "-f", "line", "--fault", "delay 20ms", "--fault", "split 5ms", "--toward", "program") as tap, \
            tap.connect() as s:
        same(ask(s, [b"A"]), [b"ok A\n"], "one --toward is for all of them")
    has(tap.notes, "1: fault towards the program: delay 20ms\nwilco: 1: fault towards the program: split 5ms\n",
        "and all of them happen")

# A line that sends fillers while it has nothing to say.
with device(lambda s: (s.sendall(b"~" * 5000), read_to_end(s))) as address:
    with tapped(address, "-f", "fill:7e* payload 7e", "--fault", "drop", "--toward", "program") as tap, \
            tap.connect() as s:
        same(s.recv(5000, socket.MSG_WAITALL), b"~" * 5000, "fillers between frames do not wait for a frame")

# A stall and a reset.
with device(pairs) as address:
    with tapped(address, "-f", "line", "--fault", "stall nth 3", "--toward", "program") as tap, tap.connect() as s:
        same(ask(s, [b"A", b"B"]), [b"ok A\n", b"ok B\n"], "before a stall all is well")
        s.sendall(b"C\nD\n")
        tap.said("1: fault towards the program: stall nth 3", "a reply stalls")
        s.settimeout(0.2)
        try:
            rest = s.recv(100)
        except TimeoutError:
            rest = None
        same(rest, None, "and nothing comes any more")
        s.settimeout(5)
        s.shutdown(socket.SHUT_WR)
        same(read_to_end(s), b"", "until the program closes its side")
    with tapped(address, "-f", "line", "--fault", "reset nth 2", "--toward", "program") as tap, tap.connect() as s:
        same(ask(s, [b"A"]), [b"ok A\n"], "before a reset all is well")
        s.sendall(b"BBB\n")
        data = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := s.recv(100):
                data += piece
            data += b" and no reset"
        same(data, b"ok ", "a reset cuts the reply in two")

# A device that breaks off: what is late comes before the reset.
with device(lambda s: (s.sendall(b"late\n"), s.recv(1), reset(s))) as address:
    with tapped(address, "-f", "line", "--fault", "delay 300ms", "--toward", "program") as tap, tap.connect() as s:
        s.sendall(b".")
        tap.said("the line of the device broke", "the device breaks off")
        same(s.recv(100), b"late\n", "and what is late comes all the same")
        ok(was_reset(s), "before the reset")

# ---- by the seed ----

SAID = b"".join(b"%d %s\n" % (i, bytes(DICE.choices(b"abcdefgh", k=DICE.randrange(1, 30))))
                for i in range(60 if WRAP else 400))
ASKED = ("--fault", "corrupt 2 10%", "--fault", "drop 5%", "--fault", "truncate 3 20%", "--toward", "program")


def by_seed(*seed):
    def tell(s):
        left = SAID
        while left:
            n = DICE.randrange(1, 3000)
            s.sendall(left[:n])
            left = left[n:]
        s.shutdown(socket.SHUT_WR)
        read_to_end(s)

    with device(tell) as address:
        with tapped(address, "-q", "--json", "-f", "line", *ASKED, *seed) as tap, tap.connect() as s:
            arrived = read_to_end(s)
            s.shutdown(socket.SHUT_WR)
    return arrived, tap.objects()


first, objects = by_seed("--seed", "7")
same(b"".join(bytes.fromhex(x["raw_hex"]) for x in objects), SAID, "the tap shows what the device said")
same(b"".join(bytes.fromhex(x["raw_hex"] if x["sent_hex"] is None else x["sent_hex"]) for x in objects), first,
     "and what it changed is what arrived")


def as_asked(x):
    """Says whether what arrived of this frame is what its faults do to it."""
    came = bytes.fromhex(x["raw_hex"])
    sent = came if x["sent_hex"] is None else bytes.fromhex(x["sent_hex"])
    if "drop 5%" in x["faults"]:
        return sent == b""
    kept = len(came) - 3 * ("truncate 3 20%" in x["faults"])
    changed = sum(a != b for a, b in zip(came, sent))
    most = 2 * ("corrupt 2 10%" in x["faults"])
    return len(sent) == max(kept, 0) and (changed == most if kept == len(came) else changed <= most)


same([x for x in objects if not as_asked(x)], [], "each frame has the faults that it should have, and no other")
if not WRAP:
    counts = [sum(f in x["faults"] for x in objects) for f in ASKED[1:6:2]]
    ok(all(n * 0.5 < c < n * 1.7 for n, c in zip((40, 20, 80), counts)), "about as often as asked for", counts)
same(by_seed("--seed", "7")[0], first, "the same seed does the same again")
ok(by_seed("--seed", "8")[0] != first, "another one something else")
same(by_seed()[0], by_seed("--seed", "1")[0], "the seed is 1 where it is not said")

# ---- many frames, and few readers ----

MUCH = b"".join(b"frame %d of many\n" % i for i in range(3000 if WRAP else 100000))
arrived, tap = faulty("delay 100ms", MUCH, "device", "-q")
ok(arrived == MUCH, "a gate that is full loses nothing", len(arrived))
SHORT = b"\n" * (3000 if WRAP else 30000)
arrived, tap = faulty("drop nth 2", SHORT, "device", "-q")
same(len(arrived), len(SHORT) - 1, "nor does one that is full of the shortest frames")

# ---- what is refused ----

for words, part in ((["--fault", "drop"], "--fault needs --toward program or device, one for all or one for each"),
                    (["--toward", "program"], "--toward is about faults, and there is no --fault"),
                    (["--seed", "3"], "--seed is about faults, and there is no --fault"),
                    (["--fault", "drop", "--toward", "both"], "--toward is program or device, not 'both'"),
                    (["--fault", "melt 5%", "--toward", "device"], "'melt' is no kind of fault"),
                    (["--fault", "delay", "--toward", "device"], "delay needs a duration"),
                    (["--fault", "drop 101%", "--toward", "device"], "P%"),
                    (["--fault", "drop", "--toward", "device", "--seed", "x"], "--seed")):
    r = run("tap", *words, "127.0.0.1:0", f"127.0.0.1:{unused_port()}")
    ok(r.code == 2 and part in r.err, f"refused: {part}", r)

done()
