#!/usr/bin/env python3
"""What goes wrong on a line: each fault, and after it that no command was sent twice, no reply was
given to the wrong command, and the log has every byte that the device saw and sent."""
import collections
import contextlib
import json
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import threading
import time
import tty

from record import Tape, entries, logged
from wilcotest import (ENV, HOME, LIMIT, command, device, done, has, ok, run, same, simulated,
                       skip, unused_port, wait_for)


def vanish(connection):
    """A reset instead of a close."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Faulty(Tape):
    """Answers `ok LINE`; what begins with `bad` is answered by fault(self, connection, line)."""
    def __init__(self, fault):
        super().__init__(lambda line: b"ok " + line)
        self.fault = fault

    def __call__(self, connection):
        while line := self.take(connection):
            if line.startswith(b"bad"):
                self.fault(self, connection, line)
            else:
                self.give(connection, self.reply(line))


def check(name, fault, expected, frame="payload LF", commands=("a", "bad", "b"), status=4):
    """Sends the commands; `expected`: the status of each.  Gives the objects of the replies."""
    tape = Faulty(fault)
    log = f"{HOME}/{name.replace(' ', '-')}.log"
    with device(tape) as address:
        r = run("send", "--json", "--log", log, "-f", frame, f"{address}?timeout={LIMIT:.0f}s",
                *commands)
    found = [json.loads(line) for line in r.out.splitlines()]
    events = [x["reply"] for x in found if x["status"] == "unsolicited"]
    found = [x for x in found if x["command"] is not None]
    same([x["status"] for x in found], expected, f"{name}: how each command ended")
    same(r.code, status, f"{name}: the exit status")
    lines = tape.got.decode().splitlines()
    same([c for c, n in collections.Counter(lines).items() if n > 1], [], f"{name}: none sent twice")
    for x, sent in zip(found, commands):
        if x["status"] == "ok" and not sent.startswith("bad"):
            same(x["reply"], "ok " + sent, f"{name}: '{sent}' got its own reply")
    sent, received = logged(log)
    same(sent, tape.got, f"{name}: the log has what the device got")
    same(received, tape.sent, f"{name}: and what it sent")
    return found, events


def half(tape, connection, line):
    tape.give(connection, b"half of a re")
    connection.shutdown(socket.SHUT_RDWR)


found, events = check("killed in the middle of a reply", half, ["ok", "lost", "ok"])
same([bytes.fromhex(x["raw_hex"]) for x in found[1]["replies"]], [b"half of a re"],
     "with what had come")


def reset(tape, connection, line):
    vanish(connection)


found, events = check("a reset", reset, ["ok", "lost", "ok"])
has(json.dumps(found[1]), "reset", "with its reason")


def drops(tape, connection, line):
    connection.close()


check("closed without a reply", drops, ["ok", "lost", "ok"])


def bytewise(tape, connection, line):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in b"ok " + line:
        tape.give(connection, bytes([byte]))


found, events = check("single bytes", bytewise, ["ok"] * 4, commands=["a", "bad", "b", "bad luck"],
                 status=0)
same(found[1]["reply"], "ok bad", "a reply in single bytes is one reply")


def both(tape, connection, line):
    """Two replies in one segment: the next command's is another line."""
    tape.give(connection, b"ok " + line + b"event\n")


# The second frame came before the next command was sent: it is nobody's.
found, events = check("two frames in one segment", both, ["ok"] * 3, status=0)
same((found[1]["reply"], events), ("ok bad", ["event"]), "the first is the reply")
check("two replies in one segment", lambda t, c, line: t.give(c, b"ok " + line + b"end\n"),
      ["ok"] * 3, frame="payload LF ; until 'end' | 'nothing' *", status=0,
      commands=["bad1", "bad2", "bad3"])


def flood(tape, connection, line):
    for _ in range(100):
        tape.give(connection, b"".join(b"!event %d\n" % i for i in range(100)))
    tape.give(connection, b"ok " + line)


found, events = check("a flood while waiting", flood, ["ok"] * 3, status=0,
                 frame="payload LF -> payload LF ; async '!' *")
same(found[1]["replies"][-1]["reply"], "ok bad", "the reply comes behind the events")
same(events, [f"!event {i}" for i in range(100)] * 100, "and none of 10,000 is missing")


def late(tape, connection, line):
    """An answer that comes after its time: to the next command's connection it must not."""
    time.sleep(5.5)
    with contextlib.suppress(OSError):
        connection.sendall(b"ok " + line)


tape = Faulty(late)
with device(tape) as address:
    r = run("send", "--json", "-f", "payload LF", f"{address}?timeout=5s", "a", "bad", "b", "c")
    found = [json.loads(line) for line in r.out.splitlines()]
same([x["status"] for x in found], ["ok", "timeout", "ok", "ok"], "a late reply: a timeout")
same([x["reply"] for x in found][2:], ["ok b", "ok c"], "and nobody else's reply")

# ---- half-open: the peer is there and says nothing any more ----


class Console:
    """wilco on a terminal of its own, in line mode, step by step."""
    def __init__(self, *words):
        self.fd, inside = pty.openpty()
        tty.setraw(inside)
        self.p = subprocess.Popen(command(*words, "--plain"), stdin=inside, stdout=inside,
                                  stderr=inside, env=ENV, start_new_session=True)
        os.close(inside)
        self.text = ""

    def say(self, line):
        os.write(self.fd, line.encode() + b"\r")

    def until(self, part):
        """Waits for this text behind what was waited for before."""
        end = time.monotonic() + LIMIT
        while part not in self.text and time.monotonic() < end:
            if select.select([self.fd], [], [], 1)[0]:
                try:
                    self.text += os.read(self.fd, 65536).decode("utf-8", "backslashreplace")
                except OSError:  # it ended
                    break
        before, found, self.text = self.text.partition(part)
        if not found:
            self.text = before
            print(f"# waited in vain for {part!r} in {before!r}", flush=True)
        return before + found if found else None

    def close(self):
        self.say(".quit")
        rest = self.text
        with contextlib.suppress(OSError):
            while data := os.read(self.fd, 65536):
                rest += data.decode("utf-8", "backslashreplace")
        self.p.wait(LIMIT)
        os.close(self.fd)
        return rest


with simulated("a\n  ok a\nb\n  ok b\nc\n  ok c\n", "-f", "payload LF") as address:
    c = Console(f"{address}?timeout=60s")
    c.say(".frame payload LF")
    c.say("a")
    ok(c.until("< ok a"), "a device answers")
    os.kill(address.pid, signal.SIGSTOP)
    c.say(".set timeout=2s")
    c.say("b")
    ok(c.until("no reply within 2 s"), "it is stopped: a timeout")
    os.kill(address.pid, signal.SIGCONT)
    c.say(".set timeout=60s")
    c.say("c")
    ok(c.until("< ok c"), "it goes on: the next command gets its own reply")
    rest = c.close()
    ok("< ok b" not in rest, "and the late one answers nothing", rest)


class Network:
    """A host of its own behind a cable that can be cut; None without the privilege."""
    def __init__(self):
        self.name = f"wilco{os.getpid()}"
        self.cable = f"wl{os.getpid()}"
        net = f"198.18.{os.getpid() // 64 % 256}"  # RFC 2544: for benchmarks, routed nowhere
        host = os.getpid() % 64 * 4
        self.ours, self.theirs = f"{net}.{host + 1}", f"{net}.{host + 2}"

    def ip(self, words):
        return subprocess.run(["ip", *words.split()], capture_output=True, check=False).returncode == 0

    def __enter__(self):
        name, cable = self.name, self.cable
        good = all(self.ip(words) for words in (
            f"netns add {name}", f"link add {cable} type veth peer name {cable}p netns {name}",
            f"addr add {self.ours}/30 dev {cable}", f"link set {cable} up",
            f"-n {name} addr add {self.theirs}/30 dev {cable}p",
            f"-n {name} link set {cable}p up"))
        return self if good else None

    def cut(self, cut):
        self.ip(f"-n {self.name} link set {self.cable}p {'down' if cut else 'up'}")

    def __exit__(self, *_):
        self.ip(f"link del {self.cable}")
        self.ip(f"netns del {self.name}")


def reaches(address):
    host, port = address.rsplit(":", 1)
    with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
        return True
    return False


with Network() as net:
    if not net:
        skip("no privilege to make a network namespace", privilege=True)
    else:
        with simulated("a\n  ok a\nb\n  ok b\nc\n  ok c\n", "-f", "payload LF", at=f"{net.theirs}:0",
                       inside=("ip", "netns", "exec", net.name)) as address:
            c = Console(f"{address}?timeout=60s&connect-timeout=30s&keepalive=1s")
            c.say(".frame payload LF")
            c.say("a")
            ok(c.until("< ok a"), "a device on another host answers")
            net.cut(True)
            c.say(".set timeout=2s")
            c.say("b")
            ok(c.until("no reply within 2 s"), "the cable is cut: a timeout")
            net.cut(False)
            # The system may hold the host for unreachable a little longer.
            wait_for(lambda: reaches(address), "the cable to be whole")
            c.say(".set timeout=60s")
            c.say("c")
            ok(c.until("< ok c"), "it is whole again: the next command gets its own reply")
            net.cut(True)
            ok(c.until("not there any more"), "cut while nothing is asked: keepalive finds out")
            net.cut(False)
            rest = c.close()
            ok("< ok b" not in rest, "no late reply is taken for another", rest)

# ---- the listener is gone for 10 s, and back ----

class Mortal(Tape):
    """Can be taken away with all its connections."""
    def __init__(self):
        super().__init__(lambda line: b"ok " + line)
        self.open = []

    def __call__(self, connection):
        self.open.append(connection)
        super().__call__(connection)

    def die(self):
        for connection in self.open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.open.clear()


port, tape = unused_port(), Mortal()
log = f"{HOME}/gone.log"
with device(tape, port) as address:
    c = Console(address, "-f", "payload LF", "-v", "--log", log)
    c.say("a")
    ok(c.until("ok a"), "a listener that will be gone")
tape.die()
ok(c.until("closed the line"), "its end is said")
c.say("b")
ok(c.until("Failed to connect"), "a command without a listener fails")
time.sleep(10)
with device(tape, port) as address:
    ok(wait_for(lambda: address.connections, "a connection"), "it is back: the line is opened again")
    c.say("c")
    ok(c.until("ok c"), "and the session goes on")
    c.close()
same(tape.got, b"a\nc\n", "nothing is sent again")
sent, received = logged(log)
same((sent, received), (tape.got, tape.sent), "and the log has all")

# ---- a serial device that is unplugged, and comes back ----


def plug(path):
    """A serial port at this path, and the device's end of it."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    os.symlink(os.ttyname(slave), path)
    return master, slave  # without a slave, reading the master fails


def unplug(path, ends):
    """The name goes first: the next terminal of any test gets the number of this one."""
    os.unlink(path)
    for fd in ends:
        os.close(fd)


def answer_serial(master, tape):
    """Until the first line that begins with `bad`, of which a half is answered."""
    line = b""
    while not line.startswith(b"bad"):
        line = b""
        while not line.endswith(b"\n"):
            line += os.read(master, 1)
        tape.got += line
        out = b"half" if line.startswith(b"bad") else b"ok " + line
        tape.sent += out
        os.write(master, out)


path, tape = f"{HOME}/ttyUSB0", Tape(None)
log = f"{HOME}/serial.log"
master, slave = plug(path)
device_end = threading.Thread(target=answer_serial, args=(master, tape), daemon=True)
device_end.start()
c = Console(f"serial:{path}?resync=off", "-f", "payload LF", "-v", "--log", log)
c.say("a")
ok(c.until("ok a"), "a serial device")
c.say("bad")
ok(wait_for(lambda: "half" in open(log, encoding="utf-8").read(), "half a reply"), "is answering")
device_end.join(LIMIT)
unplug(path, (master, slave))
ok(c.until("Failed to communicate"), "and is unplugged: the command is lost")
master, slave = plug(path)
device_end = threading.Thread(target=answer_serial, args=(master, tape), daemon=True)
device_end.start()
ok(c.until("connected") or c.until("open"), "plugged in again: the port is opened")
c.say("b")
ok(c.until("ok b"), "and the session goes on")
c.say("bad end")
device_end.join(LIMIT)
c.close()
unplug(path, (master, slave))
same(tape.got, b"a\nbad\nb\nbad end\n", "nothing is sent twice")


def goes(port):
    """Answers one line, and is unplugged at the next."""
    os.read(port, 100)
    os.write(port, b"ok\n")
    os.read(port, 100)
    unplug(path, (port,))


master, slave = plug(path)
device_end = threading.Thread(target=goes, args=(master,), daemon=True)
device_end.start()
r = run("send", "-f", "line", f"serial:{path}", "a", "b")
device_end.join(LIMIT)
os.close(slave)
same((r.code, r.out), (4, "ok\n"), "unplugged behind a reply: the next command is lost")
ok("connection=each" not in r.err, "with no advice that a serial line cannot follow", r.err)


def another_unit(connection):
    """Unit 0x8c answers what was asked of another one, and nobody else does."""
    while connection.recv(64):
        connection.sendall(bytes.fromhex("8c 03 02 00 41 54 6b"))


# Its frame ends by a gap, after the call in which its address was read.
with device(another_unit) as address:
    r = run("send", "--json", "-f", "modbus-rtu", f"{address}?timeout=3s&gap=20ms",
            "03 00 01 00 01", "03 00 02 00 01")
found = [json.loads(line) for line in r.out.splitlines()]
same([x["status"] for x in found if x["command"]], ["timeout"] * 2,
     "another unit of the bus answers no command")
same(r.code, 4, "which is no reply, and no crash")
has(found[-1]["error"] or "", "that answer", "and said so")

# ---- a reply that answers another command ----


def always(reply):
    def handler(connection):
        while connection.recv(100):
            connection.sendall(reply)
    return handler


for wrong, names in ((b"\x01\x05x", "vv 5, not 2"), (b"\x07\x02x", "uu 7, not 1")):
    with device(always(wrong)) as where:
        r = run("send", "-t", "3s", "-f",
                "uu:u8=1 vv:u8=2 payload gap(20ms) -> uu vv payload gap(20ms)", where, "x")
        has(r.err, names, f"the field that differs is named, also where silence ends the frame: {names}")

# ---- what was opened afresh is told ----


def counts(connection, each=99, answers=True):
    """Numbers the commands of a connection, and closes it after so many: in one segment with the last
    reply, so that the end is seen before the next command."""
    for n in range(1, each + 1):
        if not (line := connection.recv(100)):
            return
        if answers or line != b"bad\n":
            connection.send(b"%d\n" % n, socket.MSG_MORE if n == each else 0)


AFRESH = "opened again: what was set on it before"
with device(lambda c: counts(c, 2)) as where:
    r = run("send", "-f", "line", where, "a", "b", ".wait 300ms", "c", "d")
    same((r.code, r.out, r.err.count(AFRESH)), (0, "1\n2\n1\n2\n", 1), "a line that was closed while idle, in send")
    same(run("send", "-q", "-f", "line", where, "a", "b", ".wait 300ms", "c").err, "", "but not with -q")
    r = run("-f", "line", where, stdin="a\nb\n.wait 300ms\nc\n")
    same(r.err.count(AFRESH), 1, "in a pipe")
    c = Console(where, "-f", "line")
    c.say("a")
    c.say("b")
    ok(c.until("closed the line"), "at the console, its end")
    ok(c.until(AFRESH), "and its beginning")
    c.close()
with device(lambda c: counts(c, answers=False)) as where:
    r = run("send", "-t", "3s", "-f", "line", where, "a", "bad", "b")
    same((r.out, r.err.count("opened again, because a reply did not come")), ("1\n1\n", 1), "one after a timeout")
for closes in (lambda c: c.close(), vanish):
    with device(lambda c, closes=closes: (c.recv(100), c.recv(100), closes(c))) as where:
        r = run("send", "-f", "payload LF eof -> payload LF", where, "a")
        has(r.err, "wilco half-closed the connection: try a frame without eof", "a reply that was lost behind a half-close")
        r = run("send", "-f", "line", where, "a")
        ok("half-closed" not in r.err, "which others have not", r)
        r = run("send", "-f", "payload LF eof -> payload LF", where, "a", "b", "c")
        ok("opened again" not in r.err, "each of its commands has a line of its own, which is not told", r)

# ---- a device that never stops ----


def chatters(connection):
    """A modem that prints a line every 50 ms and never an OK."""
    while True:
        connection.sendall(b"NOISE\r\n")
        time.sleep(0.05)


with device(chatters) as where:
    r = run("send", "-t", "500ms", "-f", "at", where, "AT+CPIN?")
    same(r.code, 4, "frames that go on coming do not make the timeout longer")
    has(r.err, "within 500 ms", "which is said")
    r = run("send", "--json", "-f", "at", f"{where}?timeout=20s&silence=20s&deadline=900ms", "AT")
    same(r.code, 4, "nor the deadline")
    has(r.err + r.out, "900 ms (deadline)", "which is said, too")



def chatters_when_asked(connection):
    connection.recv(100)
    chatters(connection)


with device(chatters_when_asked) as where:
    for notation in ("payload LF -> payload gap(20s)", "payload LF -> payload (LF LF | gap(20s))"):
        r = run("send", "--json", "-t", "3s", "-f", notation, where, "x")
        x = next(x for x in map(json.loads, r.out.splitlines()) if x["command"])  # behind it may be late ones
        same((r.code, x["status"], x["reply"]), (4, "timeout", None), f"silence that did not come ends no reply: {notation}")
        has(x["error"], "bytes were still coming", "which is said")
r = run("send", "-f", "line", "127.0.0.1:9?deadline=5s", "x")
same(r.code, 2, "a deadline without silence is refused")
has(r.err, "silence", "with what is missing")

done()
