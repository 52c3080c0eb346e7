#!/usr/bin/env python3
"""wilco tap stands between a program and its device: neither notices, and both are shown."""
import contextlib
import os
import random
import re
import resource
import select
import signal
import socket
import struct
import subprocess
import threading
import tty

from crc import X25, crc16
from taps import Tap, reset, tapped, was_reset
from wilcotest import (ENV, HOME, LIMIT, WRAP, Recorder, command, device, done, has, ok, read_to_end, read_until, run, same, simulated,
                       unused_port, wait_for)

DICE = random.Random(7)
LINES = """.frame line
STATUS
  READY
SPEED?
  SPEED=100
"""


def is_turned_away(tap):
    try:
        with tap.connect() as s:
            return was_reset(s)
    except ConnectionResetError:
        return True


# ---- what is shown ----

with simulated(LINES) as address:
    with tapped(address, "-f", "line") as tap:
        same(run("send", "-f", "line", tap.address, "STATUS", "SPEED?").out, "READY\nSPEED=100\n",
             "a program gets its replies through the tap")
    lines = [re.sub(r"^\d\d:\d\d:\d\d\.\d{3} ", "", line) for line in tap.text.splitlines()]
    same(lines, ["1 > STATUS", "1 < READY", "1 > SPEED?", "1 < SPEED=100"],
         "lines have time, number and direction")
    same(tap.code, 130, "Ctrl-C ends it with its status")
    has(tap.notes, "1 connection; > 2 frames, 14 bytes; < 2 frames, 18 bytes\n", "and with a summary")
    with tapped(address, "-f", "line", "-o", "dump") as tap:
        run("send", "-f", "line", tap.address, "STATUS")
    ok(re.search(r"1 < +0+  52 45 41 44 59", tap.text), "a view shows both sides", tap.text)
    with tapped(address, "-f", "line", "--json") as tap:
        run("send", "-f", "line", tap.address, "STATUS")
        with tap.connect() as s:
            s.sendall(b"abc")
            s.shutdown(socket.SHUT_WR)
            read_to_end(s)
    got = [(x["connection"], x["direction"], x["status"], x["payload"], x["raw_hex"]) for x in tap.objects()]
    same(got, [(1, ">", "ok", "STATUS", b"STATUS\n".hex()), (1, "<", "ok", "READY", b"READY\r\n".hex()),
               (2, ">", "partial", None, b"abc".hex())], "an object for each frame")
    same(tap.objects()[0]["device"], address, "which names the device")
    has(tap.notes, "2: the program broke a frame: no LF came\n", "it says which side broke a frame")
    has(tap.notes, "2: the program closed its side\n", "and which one closed first")
    ok("2: the device closed its side" not in tap.notes, "the other one only follows", tap.notes)

    log, capture = f"{HOME}/tap.log", f"{HOME}/tap.pcap"
    with tapped(address, "-f", "line", "--log", log) as tap, tap.connect() as one, tap.connect() as other:
        for s in (one, other, one):
            s.sendall(b"STATUS\n")
            read_until(s, b"\n")
    with open(log, encoding="utf-8") as f:
        lines = [line.split(" ", 1)[1] for line in f.read().splitlines() if " - " not in line]
    command_line, reply = "> STATUS\\n", "< READY\\r\\n"
    same(lines, [f"{address} {command_line}", f"{address} {reply}", f"{address}#2 {command_line}",
                 f"{address}#2 {reply}", f"{address} {command_line}", f"{address} {reply}"],
         "--log has all bytes, and tells connections apart")
    os.unlink(log)
    with tapped(address, "-f", "line", "--log", log, "--pcap", capture) as tap, tap.connect() as one, \
            tap.connect() as other:
        same(os.path.getsize(capture), 24, "a capture can be looked at before anything has passed")
        for s in (one, other, one):
            s.sendall(b"STATUS\n")
            read_until(s, b"\n")
    with open(log, encoding="utf-8") as f:
        same([line.split(" ", 1)[1] for line in f.read().splitlines() if " - " not in line], lines,
             "and with --pcap it is written, too")
    with open(capture, "rb") as f:
        f.read(24)
        ports = {}
        while header := f.read(16):
            packet = f.read(struct.unpack("<IIII", header)[2])
            source, target = struct.unpack(">HH", packet[20:24])
            port = int(address.rsplit(":", 1)[1])
            program = source if target == port else target
            ports[program] = ports.get(program, b"") + packet[40:]
    same(sorted(ports.values()), [b"STATUS\nREADY\r\n", b"STATUS\nREADY\r\n" * 2],
         "--pcap has a stream for each connection")

# Without a frame what a side says in one go is a frame, however long it is.
with device(lambda s: (read_until(s, b"?"), s.sendall(b"A\r\nB\r\n"), read_to_end(s))) as address:
    with tapped(address, "--json") as tap, tap.connect() as s:
        s.sendall(b"WHO?")
        same(read_until(s, b"B\r\n"), b"A\r\nB\r\n", "without a frame bytes pass as well")
        wait_for(lambda: tap.out.count(b"\n") == 2, "both frames")
same([(x["frame"], x["status"], x["payload"]) for x in tap.objects()],
     [("raw", "ok", "WHO?"), ("raw", "ok", "A\\r\\nB\\r\\n")], "and each run of bytes is shown")

# ---- nobody reads what is shown ----

LONG = b"x" * 100000 + b"\n"
TIMES = 4 if WRAP else 120


def repeats(s):
    """A device that says the same."""
    while data := s.recv(65536):
        s.sendall(data)


def say_much(tap, times):
    """Says more than waits for a reader, and reads what comes back."""
    with tap.connect() as s:
        for _ in range(times):
            s.sendall(LONG)
            if read_until(s, b"\n") != LONG:
                return False
    return True


with device(repeats) as address:
    log = f"{HOME}/unread.log"
    with tapped(address, "-f", "line", "--log", log, reads=["err"]) as tap:
        ok(say_much(tap, TIMES), "a program does not notice that nobody reads standard output")
        if not WRAP:
            tap.said("wilco: nobody reads standard output: frames are left out", "it is said")
        tap.read("out")
        ok(wait_for(lambda: len(tap.out) > 4 * len(LONG), "the reader"), "what waited is shown when it is read")
        if not WRAP:
            ok(wait_for(lambda: len(tap.out) > 8 << 20, "the reader"), "to its end")
        same(run("send", "-f", "line", tap.address, "last").out, "last\n", "and all that comes then")
        wait_for(lambda: b"< last\n" in tap.out, "the last line")
    lines = tap.text.splitlines()
    lost = re.search(r"wilco: (\d+) frames were not shown, because nobody read standard output\n", tap.notes)
    same((tap.code, int(lost[1]) if lost else 0), (130, 2 * TIMES + 2 - len(lines)), "what was left out is counted")
    same({len(line) - 17 for line in lines[:-2]}, {len(LONG) - 1}, "each line is whole")
    with open(log, "rb") as f:
        same(f.read().count(b"x"), 2 * TIMES * (len(LONG) - 1), "the log has everything")
    for signo in (signal.SIGINT, signal.SIGTERM):
        tap = Tap(address, "-f", "line", "-v", reads=[], one=True)
        ok(say_much(tap, 4) and say_much(tap, 1), "nor that nobody reads standard error")
        tap.process.send_signal(signo)
        same(tap.process.wait(LIMIT), 128 + signo, f"signal {signo} ends the tap then")

# ---- a tap that ends while a side is slow ----


def sleeps(s):
    """A device that takes nothing until it is told to, and then all."""
    wakes.wait(LIMIT)
    with contextlib.suppress(ConnectionError):
        taken.append(len(read_to_end(s)))


def fill(s, tap):
    """Says more than the device takes, and waits until the tap does not read any more."""
    s.setblocking(False)
    stop = threading.Event()

    def say():
        while not stop.is_set():
            if select.select([], [s], [], 0.01)[1]:
                with contextlib.suppress(BlockingIOError):
                    s.send(bytes(65536))

    sayer = threading.Thread(target=say)
    sayer.start()
    tap.said("the device does not read", "a device that takes nothing")
    stop.set()
    sayer.join(LIMIT)


for wakes_up in (True, False):
    wakes, taken = threading.Event(), []
    with device(sleeps) as address, tapped(address, "-v", reads=["err"], out=subprocess.DEVNULL) as tap:
        with tap.connect() as s:
            fill(s, tap)
            tap.process.send_signal(signal.SIGINT)
            if wakes_up:
                wakes.set()
            tap.process.wait(LIMIT)
            wakes.set()
        wait_for(lambda: taken or not wakes_up, "the device's count")
    counted = int(re.search(r"> \d+ frames?, (\d+) bytes", tap.notes)[1])
    dropped = re.search(r"1: (\d+) bytes for the device were dropped: the tap ended before it took them", tap.notes)
    if wakes_up:
        same((taken, dropped), ([counted], None), "Ctrl-C lets out what waits for a side that takes it within a second")
    else:
        ok(dropped and int(dropped[1]) > 256 * 1024, "what it does not take is dropped, and counted", tap.notes)

# ---- a log that cannot be written any more ----


def little_disk():
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))


COMMANDS = 200
with simulated(LINES) as address:
    for option in ("--log", "--pcap", "--record", "stdout"):
        path = f"{HOME}/full{option}.wilco"
        words = ("--json",) if option == "stdout" else (option, path)
        if option == "--pcap":
            words = ("--log", f"{HOME}/beside.log", *words)
        with open(path if option == "stdout" else os.devnull, "wb") as out, \
                tapped(address, "-f", "line", *words, preexec_fn=little_disk, out=out, reads=["err"]) as tap:
            for _ in range(3):
                same(run("send", "-f", "line", tap.address, "-", stdin="STATUS\n" * COMMANDS).out, "READY\n" * COMMANDS,
                     f"{option}: a program does not notice that the disk is full")
        same((tap.code, tap.notes.count("File too large")), (6, 1), f"{option}: it is said once, and the tap fails at its end")
    log = f"{HOME}/again.log"
    os.symlink("/dev/full", log)
    with tapped(address, "-f", "line", "--log", log) as tap:
        run("send", "-f", "line", tap.address, "STATUS")
        tap.said("nothing more is logged; the tap goes on", "a log on a full disk")
        os.unlink(log)
        tap.process.send_signal(signal.SIGHUP)
        tap.said("logging again to", "begins again at SIGHUP")
        run("send", "-f", "line", tap.address, "SPEED?")
    with open(log, encoding="utf-8") as f:
        has(f.read(), "> SPEED?", "with what comes then")
    same(tap.code, 6, "and the tap fails at its end")

# A simulated device answers on, too.
with open(f"{HOME}/unread.wilco", "w", encoding="utf-8") as f:
    f.write(LINES)
p = subprocess.Popen(command("simulate", f"{HOME}/unread.wilco", "127.0.0.1:0"), stdout=subprocess.PIPE,
                     stderr=subprocess.PIPE, env=ENV)
where = p.stdout.readline().decode().split()[-1]
same(run("send", "-f", "line", where, "-", stdin="STATUS\n" * 3000).out, "READY\n" * 3000,
     "a simulated device answers although nobody reads what it says of it")
p.send_signal(signal.SIGINT)
same(p.wait(LIMIT), 130, "and ends with a signal")

# ---- a recording is a device for the same program ----

def packet(kind, payload):
    data = bytes([kind, len(payload)]) + payload
    return data + bytes(0xff ^ byte for byte in crc16(data, X25))


def display(s):
    """A display whose acknowledgement has a bit more in its type than the command."""
    while head := s.recv(2, socket.MSG_WAITALL):
        payload = s.recv(head[1] + 2, socket.MSG_WAITALL)[:-2]
        s.sendall(packet(head[0] | 0x40, payload[:1]))


def instrument(s):
    """An instrument that greets, and answers questions alone."""
    s.sendall(b"ACME ready\r\n")
    for line in s.makefile("rb"):
        if b"?" in line:
            s.sendall(b"answer to " + line.strip() + b"\r\n")


def meter(s):
    while head := s.recv(8, socket.MSG_WAITALL):
        s.sendall(head[:4] + b"\0\5" + head[6:8] + b"\2\0" + bytes([s.recv(4, socket.MSG_WAITALL)[1]]))


def show_text(s):
    got = b""
    for kind, payload in ((1, b"hello"), (7, b"hello"), (1, b""), (33, bytes(range(40)))):
        s.sendall(packet(kind, payload))
        got += s.recv(4 + min(len(payload), 1), socket.MSG_WAITALL)
    return got


def measure(s):
    file = s.makefile("rb")
    got = file.readline()
    for text in (b"*RST\n", b"VOLT 5\nVOLT?\n", b"OUTP ON\n", b"OUTP?\n"):
        s.sendall(text)
        if b"?" in text:
            got += file.readline()
    return got


def poll(s):
    first, got = DICE.randrange(60000), b""
    for i in range(5):
        s.sendall(struct.pack(">HHHBBHH", first + i, 0, 6, 17, 3, i, 1))
        got += s.recv(11, socket.MSG_WAITALL)[2:]
    return got


for frame, machine, program in (("type:u8=0 len(payload):u8 payload crc16-x25:le ; bin", display, show_text),
                                ("line", instrument, measure),
                                ("modbus-tcp", meter, poll)):
    path = f"{HOME}/{machine.__name__}-{frame[:4].strip()}.wilco"
    with device(machine) as address:
        with tapped(address, "-f", frame, "--record", path) as tap, tap.connect() as s:
            first = program(s)
    same(tap.code, 130, f"{machine.__name__} is recorded in {frame.split()[0]}")
    with open(path, encoding="utf-8") as f:
        recorded = f.read()
    with simulated(recorded) as address:
        host, port = address.rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=LIMIT) as s:
            s.settimeout(5)
            same(program(s).replace(b"\r", b""), first.replace(b"\r", b""),
                 "and the recording is that device for the same program")
    r = run("tap", "-f", frame, "--record", path, "127.0.0.1:0", address)
    ok(r.code == 6 and "File exists" in r.err, "which is not written over", r)
with open(f"{HOME}/instrument-line.wilco", encoding="utf-8") as f:
    lines = [line.rstrip("\n") for line in f if line[0] != "#" and not line.startswith(".open")]
same(lines, [".set greet=1s", ".frame line", ".greeting", "  ACME ready", ".tell *RST", ".tell VOLT 5", "VOLT?",
             "  answer to VOLT?", ".tell OUTP ON", "OUTP?", "  answer to OUTP?"], "a reply belongs to the last command before it")

subscribed = []


def broker(s):
    """Says to who was there first what the others publish."""
    for line in s.makefile("rb"):
        if line.startswith(b"PUB ") and subscribed:
            subscribed[0].sendall(line[4:])
        else:
            subscribed.append(s)
        s.sendall(b"OK\n")


def written(name):
    with open(name, encoding="utf-8") as file:
        return file.read()


path = f"{HOME}/broker.wilco"
with device(broker) as address, tapped(address, "-f", "payload LF", "--record", path) as tap, tap.connect() as one:
    one.sendall(b"SUB\n")
    read_until(one, b"OK\n")
    wait_for(lambda: "SUB" in written(path), "the first exchange")
    with tap.connect() as other:
        other.sendall(b"PUB news\n")
        read_until(other, b"OK\n")
        read_until(one, b"news\n")
        other.sendall(b"PUB more\n")
        read_until(other, b"OK\n")
recorded = written(path)
ok("\n# connection 1:\n#   (unsolicited) news\n" in recorded and "\n  (unsolicited)" not in recorded,
   "what a device says on another connection answers none of this one", recorded)

# SLIP: an END at the front of a frame belongs to no frame.

def slip_device(s):
    read_until(s, b"HI\xc0")
    s.sendall(b"OK\xc0")


path = f"{HOME}/slip.wilco"
with device(slip_device) as address, tapped(address, "-f", "slip", "--record", path) as tap, tap.connect() as s:
    s.sendall(b"\xc0HI\xc0")
    read_until(s, b"OK\xc0")
ok("\nHI\n" in written(path), "a command with fillers at its front is recorded as its payload", written(path))
with simulated(written(path)) as address:
    for sent in b"\xc0HI\xc0", b"HI\xc0":
        with socket.create_connection(address.rsplit(":", 1), timeout=LIMIT) as s:
            s.sendall(sent)
            same(read_until(s, b"OK\xc0"), b"OK\xc0", "and the device of it answers it, with them and without")


def ends_before(*counts):
    """A device that sends so many ENDs before each reply, some of them in a piece of their own."""
    def handler(s):
        for n in counts:
            read_until(s, b"GO\xc0")
            for piece in (b"\xc0" * (n - 1), b"\xc0"[:n] + b"OK\xc0"):
                s.sendall(piece)
    return handler


def slip_talk(tap, counts):
    got = []
    with tap.connect() as s:
        for n in counts:
            s.sendall(b"\xc0GO\xc0")
            got.append(b"")
            while not got[-1].endswith(b"OK\xc0") and (data := s.recv(64)):
                got[-1] += data
    return got


def says_and_closes(connection):
    """A device whose answer is over when it closes, as that of finger or HTTP/1.0 is."""
    if read_until(connection, b"\n") == b"GET\n":
        connection.sendall(b"one\ntwo\n")


def ask_to_end(address):
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=LIMIT) as s:
        s.sendall(b"GET\n")
        return read_to_end(s)


def said_in(macro):
    return re.findall(r"^[^#.].*", macro, re.M)


path, capture = f"{HOME}/closes.wilco", f"{HOME}/closes.pcap"
with device(says_and_closes) as address, tapped(address, "-f", "line", "--record", path, "--pcap", capture) as tap:
    same(ask_to_end(tap.address), b"one\ntwo\n", "a program that reads up to the end")
recorded = written(path)
same(said_in(recorded), ["GET", "  one", "  (unsolicited) two", "  (lost)"],
     "that the device closes behind its reply is recorded")
same(said_in(run("import", capture, "-f", "line").out), said_in(recorded), "and a capture of the tap says it, too")
with simulated(recorded) as again:
    same(ask_to_end(again), b"one\ntwo\n", "so the program works with a device of it")
    r = run("play", path, "--device", again)
    same(r.code, 0, "and play waits for the close")
with simulated(recorded.replace("  (lost)\n", "")) as again:
    r = run("play", path, "--device", again, "-t", "200ms")
    ok(r.code == 1 and "       expected (lost)\n       got      ok\n" in r.out, "which is a difference where it does not come", r)


def closes_behind(connection):
    """Answers and closes when the program has closed its side."""
    read_to_end(connection)
    connection.sendall(b"one\n")


with device(closes_behind) as address, tapped(address, "-f", "line", "--record", path + "2") as tap, tap.connect() as s:
    s.sendall(b"GET\n")
    s.shutdown(socket.SHUT_WR)
    read_to_end(s)
ok("(lost)" not in written(path + "2"), "a device that closes because the program has closed does not close by itself", written(path + "2"))



def closes(rude):
    """A device that never answers: it closes, or resets, when it is asked."""
    def handler(connection):
        read_until(connection, b"\n")
        if rude:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return handler


for rude in (False, True):
    capture = f"{HOME}/closes{rude}.pcap"
    with device(closes(rude)) as address, tapped(address, "-f", "line", "--pcap", capture) as tap:
        with contextlib.suppress(ConnectionResetError):
            ask_to_end(tap.address)
    same(said_in(run("import", capture, "-f", "line").out), ["GET", "  (lost)"],
         f"a capture says that the device {'reset' if rude else 'closed'} the line instead of a reply")
with device(closes(False)) as address:
    capture = f"{HOME}/sent.pcap"
    same(run("send", "-f", "line", "--pcap", capture, address, "GET").code, 4, "so does one of wilco's own session,")
    same(said_in(run("import", capture, "-f", "line").out), ["GET", "  (lost)"], "which the device closed")


def closes_late(connection):
    """A device that answers, and whose close is no part of the answer."""
    if read_until(connection, b"\n") == b"GET\n":
        connection.sendall(b"one\n")
        wait_for(lambda: recorded_so_far().endswith("  one\n"), "the reply in the recording")


path = f"{HOME}/late.wilco"
recorded_so_far = lambda: written(path) if os.path.exists(path) else ""  # noqa: E731
with device(closes_late) as address, tapped(address, "-f", "line", "--record", path) as tap:
    same(ask_to_end(tap.address), b"one\n", "a device that closes when its reply has been recorded")
recorded = written(path)
same(said_in(recorded), ["GET", "  one", "  (lost)"], "the close is recorded behind it,")
ok(re.search(r"^\.delay [4-9][0-9]{2,}ms\n  \(lost\)\n\Z|^\.delay [0-9]{4,}ms\n  \(lost\)\n\Z", recorded, re.M),
   "with its time", recorded)
with simulated(recorded) as again:
    same(ask_to_end(again), b"one\n", "and the device of it closes, too")
    same(run("play", path, "--device", again).code, 0, "for which play waits")

COUNTS = (1, 0, 1, 3, 1, 2)
path = f"{HOME}/ends.wilco"
with device(ends_before(*COUNTS)) as address, tapped(address, "-f", "slip", "--record", path) as tap:
    said = slip_talk(tap, COUNTS)
    same(said, [b"\xc0" * n + b"OK\xc0" for n in COUNTS], "SLIP replies with ENDs before them")
recorded = written(path)
same(re.findall(r"^  .*", recorded, re.M), ["  OK", r"  (wire) OK\xc0", "  OK", r"  (wire) \xc0\xc0\xc0OK\xc0", "  OK",
                                            r"  (wire) \xc0\xc0OK\xc0", "  (lost)"], "are recorded with them")
with simulated(recorded) as address, tapped(address, "-f", "slip") as tap:
    same(slip_talk(tap, COUNTS), said, "and the device of it says the same bytes")
with simulated(recorded) as address:
    r = run("play", path, address)
    same(r.code, 0, "for which play looks")


def late_answer(s):
    data = read_to_end(s)
    s.sendall(data.upper())


path = f"{HOME}/long.wilco"
with device(late_answer) as address, tapped(address, "-q", "--record", path) as tap, tap.connect() as s:
    s.sendall(b"\1" * 40000)
    s.shutdown(socket.SHUT_WR)
    read_to_end(s)
ok("# a command of 40000 bytes is longer than a line may be" in written(path) and "1 line is left out" in tap.notes,
   "a command that no line can hold is left out, and that is said", tap.notes)

# ---- neither side notices ----

def say(s, data, cuts):
    with contextlib.suppress(OSError):
        for start, end in zip([0, *cuts], [*cuts, len(data)]):
            s.sendall(data[start:end])
        s.shutdown(socket.SHUT_WR)


def cut(data):
    return sorted(DICE.randrange(len(data) + 1) for _ in range(DICE.randrange(20)))


def both_ways(tap, plans, arrived, rounds):
    """Lets a program and a device say random bytes at the same time, in random pieces."""
    for _ in range(rounds):
        ours = DICE.randbytes(DICE.choice([0, 1, 100, 5000, 300000]))
        theirs = DICE.randbytes(DICE.choice([0, 1, 100, 5000, 300000]))
        plans.append((theirs, cut(theirs)))
        with tap.connect() as s:
            sender = threading.Thread(target=say, args=(s, ours, cut(ours)))
            sender.start()
            got = read_to_end(s)
            sender.join(LIMIT)
        if got != theirs or wait_for(lambda: arrived, "the device's copy") != [ours]:
            return False
        arrived.clear()
    return True


def talking(plans, arrived):
    def talk(s):
        theirs, cuts = plans.pop()
        sender = threading.Thread(target=say, args=(s, theirs, cuts))
        sender.start()
        arrived.append(read_to_end(s))
        sender.join(LIMIT)
    return talk


for frame in ("raw", "line", "len:u16be payload crc16-modbus:le ; bin"):
    all_plans, all_arrived = [], []
    with device(talking(all_plans, all_arrived)) as address, tapped(address, "-q", "-f", frame, "-o", "json") as tap:
        ok(both_ways(tap, all_plans, all_arrived, 5 if WRAP else 60),
           f"streams are byte-identical both ways, and both ends pass, in {frame.split()[0]}")


with device(late_answer) as address, tapped(address) as tap, tap.connect() as s:
    s.sendall(b"whole")
    s.shutdown(socket.SHUT_WR)
    same(read_to_end(s), b"WHOLE", "a program that closed its half gets the answer")

heard = []


def early_end(s):
    s.sendall(b"bye")
    s.shutdown(socket.SHUT_WR)
    heard.append(read_to_end(s))


with device(early_end) as address, tapped(address) as tap, tap.connect() as s:
    same(read_to_end(s), b"bye", "the device's end passes on")
    s.sendall(b"and more")
    s.shutdown(socket.SHUT_WR)
    same(wait_for(lambda: heard, "the rest"), [b"and more"], "while the program goes on")

with device(lambda s: (read_until(s, b"!"), s.sendall(b"x" * 1000), reset(s))) as address:
    with tapped(address) as tap, tap.connect() as s:
        s.sendall(b"!")
        got = s.recv(1000, socket.MSG_WAITALL)
        ok(got == b"x" * 1000 and was_reset(s), "a reset of the device passes on, behind its bytes")
        tap.said("1: the line of the device broke: connection reset by the peer", "and is said")

resets = []
with device(lambda s: resets.append(was_reset(s))) as address, tapped(address) as tap:
    s = tap.connect()
    s.sendall(b"abc")
    tap.said("called by", "the program has called")
    wait_for(lambda: b"abc" in tap.out, "its bytes")
    reset(s)
    same(wait_for(lambda: resets, "the reset"), [True], "a reset of the program passes on")

with tapped(f"127.0.0.1:{unused_port()}") as tap:
    ok(is_turned_away(tap), "where the device refuses, the program is reset")
    tap.said("1: cannot connect to the device: connection refused", "and the tap says why")

# ---- who does not read is waited for ----

sent = []


def flood(s):
    data, s_total = b"0123456789abcdef" * 4096, 0
    s.settimeout(1)
    with contextlib.suppress(TimeoutError):
        while s_total < 256 << 20:
            s_total += s.send(data[s_total % 16:][:65536])
    sent.append(s_total)
    s.settimeout(LIMIT)
    s.shutdown(socket.SHUT_WR)
    read_to_end(s)


with device(flood) as address, tapped(address, "-q", "-v") as tap, tap.connect() as s:
    total = wait_for(lambda: sent, "the flood to stop")[0]
    ok(total < 64 << 20, "a device whose program does not read is not read either", total)
    got = read_to_end(s)
    ok(got == (b"0123456789abcdef" * (total // 16 + 1))[:total], "and nothing of it is lost")

with device(lambda s: (s.sendall(read_to_end(s)))) as address, tapped(address) as tap, tap.connect() as other:
    other.sendall(b"a")
    s = tap.connect()
    s.sendall(b"half of it")
    tap.said("2: called by", "a second program has called")
    reset(s)
    tap.said("2: the line of the program broke", "and is killed")
    other.sendall(b"b")
    other.shutdown(socket.SHUT_WR)
    same(read_to_end(other), b"ab", "which the first one does not notice")

with device(read_to_end) as address, tapped(address, "-f", "line", "-t", "100ms") as tap, tap.connect() as s:
    s.sendall(b"HELLO\n")
    tap.said("1: the program waits for the device: no reply for 100 ms", "it says who waits for whom")
    s.sendall(b"AND")
    tap.said("1: the device waits for the program, which has begun a frame (3 bytes)", "the other way, too")

# ---- what a device sends reaches no terminal unescaped ----

HOSTILE = bytes(range(256)) + b"\x1b]0;title\x07\x1b[2J\x9b31m\n\xc2\x9b\xe2\x80\xae\n"
# On a terminal all other formats are the console's: test_tap_console.py.
for options in (["-o", "json"],):
    port = unused_port()
    with device(lambda s: (s.sendall(HOSTILE), read_to_end(s))) as address:
        terminal = Recorder("tap", "-f", "line", *options, f"127.0.0.1:{port}", address, columns=200)
        shown = terminal.until(b"listening on")
        with socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as s:
            s.sendall(HOSTILE)
            s.recv(len(HOSTILE), socket.MSG_WAITALL)
            shown += terminal.until_quiet()
        terminal.process.send_signal(signal.SIGINT)
        shown += terminal.until(b"1 connection;")
        terminal.process.wait(LIMIT)
    bad = [b for b in shown if (b < 32 and b not in b"\r\n") or b == 127]
    ok(not bad and b"\xc2\x9b" not in shown and len(shown) > 500,
       f"a terminal gets no control characters {options}", shown)

# ---- other lines ----

with tapped("exec:tr a-z A-Z") as tap, tap.connect() as s:
    s.sendall(b"loud")
    s.shutdown(socket.SHUT_WR)
    same(read_to_end(s), b"LOUD", "the device may be a command")

master, slave = os.openpty()
tty.setraw(slave)
with tapped(f"serial:{os.ttyname(slave)}", "-f", "line") as tap:
    with tap.connect() as s:
        s.sendall(b"HELLO\n")
        same(os.read(master, 100), b"HELLO\n", "or a serial port")
        os.write(master, b"WORLD\n")
        same(read_until(s, b"\n"), b"WORLD\n", "both ways")
        ok(is_turned_away(tap), "which has one program at a time")
        tap.said("called and was turned away: the device has one line, which is in use", "and says so")
    def is_taken():  # the first one has closed its half, which makes room as soon as it is seen
        try:
            with tap.connect() as s:
                s.sendall(b"AGAIN\n")
                return select.select([master], [], [], 0.5)[0]
        except OSError:
            return False
    wait_for(is_taken, "room for another one")
    ok(os.read(master, 100).startswith(b"AGAIN\n"), "and takes another one behind it")
os.close(master)
os.close(slave)

with simulated(LINES, at=f"unix:{HOME}/device") as address, tapped(address, "-f", "line", at=f"unix:{HOME}/tap") as tap:
    same(run("send", "-f", "line", f"unix:{HOME}/tap", "STATUS").out, "READY\n", "Unix sockets are taken, too")
with simulated(LINES) as address, tapped(address, "-f", "line", at="tls://127.0.0.1:0") as tap:
    same(run("send", "-f", "line", f"{tap.address}?verify=no", "STATUS").out, "READY\n", "a program may come by TLS")

# A command that has begun is one command, whatever the device says meanwhile, and however long: that is recorded.
path = f"{HOME}/begun.wilco"
begun = threading.Event()


def talks(s):
    s.recv(3, socket.MSG_WAITALL)
    for _ in range(1 if WRAP else 25):
        s.sendall(b"x\n" * 5000)
    begun.wait(LIMIT)
    s.sendall(b"y\n")
    s.recv(4, socket.MSG_WAITALL)
    s.sendall(b"ok\n")
    read_to_end(s)


with device(talks) as address, tapped(address, "-q", "-f", "line", "--record", path) as tap, tap.connect() as s:
    s.settimeout(LIMIT)
    s.sendall(b"abc")
    wait_for(lambda: "x\n" in written(path), "a recording of a device that talks")
    begun.set()
    wait_for(lambda: "y\n" in written(path), "what it says after a silence is recorded, too")
    s.sendall(b"def\n")
    read_until(s, b"ok\n")
text = written(path)
same((text.count("x\n"), text.count("abc"), text.count("\nabcdef\n  ok\n")), (5000 if WRAP else 125000, 1, 1),
     "a command that was typed meanwhile is whole")

# ---- what is refused ----

with tapped("127.0.0.1:9?char-delay=1ms&ahead=4&open=41", "-f", "line") as tap:
    tap.said("ahead, char-delay, open: not used by a tap, because programs talk in their own way", "settings without a use are told")
with tapped("127.0.0.1:9?login=x&timeout=3s", "-f", "line") as tap:
    tap.said("the login of the device is not played", "so is a login")
    ok(b"not used by" not in tap.err, "and a setting that is used is not", tap.err)
for words, part in ((["127.0.0.1:0", "udp://127.0.0.1:9"], "a tap has datagrams (udp://) at both ends, or at none"),
                    (["udp://127.0.0.1:0", "127.0.0.1:9"], "a tap has datagrams (udp://) at both ends, or at none"),
                    *(([at, to], f"the tap would call itself: {to} is where it listens") for at, to in (
                        ("127.0.0.1:9109", "127.0.0.1:9109"), ("127.0.0.1:9109", "tls://localhost:9109"),
                        ("0.0.0.0:9109", "127.0.0.1:9109"), ("udp://127.0.0.1:9109", "udp://127.0.0.1:9109"),
                        ("unix:/tmp/none", "unix:/tmp/none"), ("pty:/tmp/none", "serial:/tmp/none"))),
                    (["--idle-limit", "1m", "127.0.0.1:0", "127.0.0.1:9"], "--idle-limit is for datagrams"),
                    (["-o", "raw", "127.0.0.1:0", "127.0.0.1:9"], "-o raw cannot say which side"),
                    (["serial:/dev/null", "127.0.0.1:9"], "wilco cannot listen on serial"),
                    (["127.0.0.1:0?login=x", "127.0.0.1:9"], "no setting 'login'; a tcp one has keepalive"),
                    (["127.0.0.1:0"], "too few words: wilco tap LISTEN DEVICE"),
                    (["-f", "line", "--pcap", capture, "127.0.0.1:0", "127.0.0.1:9"], "exists already")):
    r = run("tap", *words)
    ok(r.code in (2, 6) and part in r.err, f"refused: {part}", r)

# Without a console nobody holds or adds frames: lines for that are refused, and not read.
with open(f"{HOME}/lines", "w+", encoding="utf-8") as lines:
    lines.write(".hold >\n")
    lines.seek(0)
    for name, given in (("a pipe", subprocess.PIPE), ("a file", lines), ("nothing", subprocess.DEVNULL)):
        t = Tap("127.0.0.1:1", stdin=given)
        if given == subprocess.PIPE:
            t.process.stdin.write(b".inject > X\n")
        if given != subprocess.DEVNULL:
            t.said("standard input is not read: .hold and .inject need a terminal", f"{name} is refused")
        t.end()
        same(t.notes.count("standard input is not read"), int(name != "nothing"), f"{name}: said once, or not at all")
    same(lines.read(), ".hold >\n", "what stands there is for others")
done()
