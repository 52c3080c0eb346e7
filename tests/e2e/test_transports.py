#!/usr/bin/env python3
"""Kinds of lines against devices of our own: unix, udp, serial, exec, telnet, rfc2217, listen."""
import contextlib
import fcntl
import json
import os
import socket
import struct
import subprocess
import termios
import threading
import time

from crc import crc16
from peers import IAC, com_port, datagrams, serial, telnet, unix
from wilcotest import (ENV, HOME, LIMIT, asked_and_told, command, device, done, has, ok, read_until, run, same,
                       skip, unused_port, wait_for)


def echo(connection):
    while data := connection.recv(4096):
        connection.sendall(data.upper())


@contextlib.contextmanager
def other_port(at="127.0.0.1"):
    """A device that answers from a port of its own choice: what it got, and from which port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hears, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as answers:
        hears.bind((at, 0))

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    data, who = hears.recvfrom(4096)
                    answers.sendto(data + b" %d" % who[1], who)

        threading.Thread(target=serve, daemon=True).start()
        yield hears.getsockname()[1]


# ---- unix ----

path = f"{HOME}/echo.sock"
with unix(path, echo) as where:
    r = run("send", "-f", "payload LF", where, "hello", "again")
    same((r.code, r.out), (0, "HELLO\nAGAIN\n"), "a unix socket")
    r = run("send", "-f", "payload LF eof -> payload LF", where, "a", "b")
    same((r.code, r.out), (0, "A\nB\n"), "with half-close")
r = run("send", "-f", "payload LF", f"unix:{path}", "hello")
same(r.code, 3, "nobody listens there any more")
has(r.err, "nothing listens there", "and that is said")
has(run("send", "unix:/nowhere", "x").err, "no such socket", "no such socket")
has(run("send", "unix:/" + "x" * 200, "x").err, "name too long", "a path too long for a socket")
has(run("send", "unix:/dev/null", "x").err, "/dev/null", "a file that is no socket")

# ---- udp ----

with datagrams(lambda data: data.upper().split(b"|")) as where:
    r = run("send", "-f", "payload eof -> payload eof", where, "x")
    same(r.code, 2, "a frame that half-closes is refused on udp")
    r = run("send", "-f", "payload gap(1ms) -> payload eof", where, "hello", "again")
    same((r.code, r.out), (0, "HELLO\nAGAIN\n"), "a datagram is a frame that ends by close")
    r = run("send", "-f", "payload gap(1ms) -> payload eof ; times 2", where, "one|two")
    same((r.code, r.out), (0, "ONE\nTWO\n"), "two datagrams are two frames")
    big = "x" * 60000
    r = run("send", "-f", "payload gap(1ms) -> payload eof", where, big)
    same((r.code, r.out), (0, big.upper() + "\n"), "a large datagram")

DATAGRAM = "payload gap(1ms) -> payload eof"


def answered(*words, says=None):
    """The kernel drops a datagram now and then where others flood the loopback interface."""
    for _ in range(5):
        r = run("send", "-t", "2s", "-f", DATAGRAM, *words)
        if r.code == 0 or (says and says in r.err):
            break
    return r


with other_port() as port:
    r = run("send", "-t", "300ms", "-f", DATAGRAM, f"udp://127.0.0.1:{port}", "x")
    same(r.code, 4, "a datagram from another port is not the device's")
    r = answered(f"udp://127.0.0.1:{port}?from=127.0.0.1", "x")
    same((r.code, r.out[:2]), (0, "x "), "unless from= takes it")
    r = answered(f"udp://127.0.0.1:{port}?from=any&bind=127.0.0.1", "y")
    same((r.code, r.out[:2]), (0, "y "), "or everybody's are taken")
    r = answered(f"udp://127.0.0.1:{port}?from=10.0.0.0/8", "x", says="a datagram from 127.0.0.1:")
    same(r.code, 4, "from= leaves out the others")
    has(r.err, "a datagram from 127.0.0.1:", "which is said")
    free = unused_port()
    r = answered(f"udp://127.0.0.1:{port}?from=any&bind=:{free}", "z")
    same((r.code, r.out), (0, f"z {free}\n"), "the local port is the one of bind=")
    r = run("send", "-f", DATAGRAM, f"udp://127.0.0.1:{port}?bind=[::1]", "z")
    same(r.code, 3, "bind= of another family is refused")
    has(r.err, "another family", "with the reason")
with other_port("0.0.0.0") as port:
    r = answered(f"udp://127.255.255.255:{port}", "all")
    same((r.code, r.out[:4]), (0, "all "), "to a broadcast address, whoever answers is taken")
with device(lambda c: read_until(c, b"\n") and c.sendall(b"%d\n" % c.getpeername()[1])) as where:
    free = unused_port()
    r = run("send", "-f", "payload LF", f"{where}?bind=127.0.0.1:{free}", "x")
    same((r.code, r.out), (0, f"{free}\n"), "bind= is for connections, too")
    r = run("send", "-f", "payload LF", f"{where}?bind=192.0.2.1", "x")
    same(r.code, 3, "an address that is not this machine's is refused")
    has(r.err, "no such address", "with the reason")
r = run("send", "-f", "line", "fe80::1%nocard:9", "x")
same(r.code, 3, "a zone that is no network card")
has(r.err, "no such network card", "is said to be none")
for wrong in ("x", "10.0.0.7:", "10.0.0.7:0", "[::1", "[::1]5", "10.0.0.256", ""):
    r = run("send", "-f", "line", f"127.0.0.1:9?bind={wrong}", "x")
    same(r.code, 2, f"bind={wrong} is refused")

# A socket that has another peer keeps the port, so that no other program gets it, and takes nothing from us.
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unused:
    unused.bind(("127.0.0.1", 0))
    unused.connect(("127.0.0.1", 9))
    nobody = f"udp://127.0.0.1:{unused.getsockname()[1]}"
    r = run("send", "-t", "2s", "-f", "payload gap(1ms) -> payload eof", nobody, "x")
    same(r.code, 4, "a refused datagram is a loss")
    has(r.err, "refused", "with its reason")


# ---- serial ----

def upper(master):
    with contextlib.suppress(OSError):
        while data := os.read(master, 4096):
            os.write(master, data.upper())


def in_lumps(master):
    """Twenty registers of Modbus RTU, 16 bytes every 16 ms, as a USB adapter delivers them."""
    reply = bytes([1, 3, 40]) + bytes(range(40))
    reply += crc16(reply)
    with contextlib.suppress(OSError):
        os.read(master, 4096)  # once: the next port may get the same descriptor
        for at in range(0, len(reply), 16):
            os.write(master, reply[at:at + 16])
            time.sleep(0.016)


LOCKS = "/run/lock"


def lock_of(port):
    return f"{LOCKS}/LCK..{os.path.realpath(port).removeprefix('/dev/').replace('/', '_')}"


def locked(port):
    """What a lock file says while wilco has the port open."""
    with subprocess.Popen(command("-f", "payload CR", f"serial:{port}"), env=ENV, stdin=subprocess.PIPE,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as p:
        wait_for(lambda: os.path.exists(lock_of(port)), "a lock file")
        with open(lock_of(port), encoding="ascii") as f:
            return f.read() == f"{p.pid:10}\n"


if os.access(LOCKS, os.W_OK):
    with serial(upper) as (name, _, _):
        os.symlink(name, f"{HOME}/port")
        ok(locked(f"{HOME}/port"), "a port that is used is locked under its own name")
        ok(not os.path.exists(lock_of(name)), "and free afterwards")
        for pid, code, what in ((os.getpid(), 3, "a process that lives"), (2 ** 22 + 1, 0, "one that is gone"),
                                ("x", 3, "no process")):
            with open(lock_of(name), "w", encoding="ascii") as f:
                f.write(f"{pid:>10}\n")
            r = run("send", "-f", "payload CR", f"serial:{name}", "x")
            same(r.code, code, f"a lock file of {what}")
            has(r.err, lock_of(name) if code else "", "is named")
        os.remove(lock_of(name))
        with open(name, "rb+", buffering=0) as other:
            fcntl.ioctl(other, termios.TIOCEXCL)
            r = run("send", "-f", "payload CR", f"serial:{name}", "x")
            same(r.code, 3, "a port that another program wants for itself")
            fcntl.ioctl(other, termios.TIOCNXCL)
else:
    skip(f"{LOCKS} is not to be written to by this user", privilege=True)

for _ in range(8):  # on a busy machine the device may pause for longer than a frame may
    with serial(in_lumps) as (name, _, _):
        r = run("send", "--json", "-f", "modbus-rtu", f"serial:{name}?baud=9600", "03 00 00 00 14")
    if r.code == 0:
        break
same((r.code, json.loads(r.out)["reply_hex"]), (0, "0328" + bytes(range(40)).hex()),
     "a long reply in lumps is one frame")

with serial(upper) as (name, slave, before):
    r = run("send", "-f", "payload CR", f"serial:{name}", "hello", "again")
    same((r.code, r.out), (0, "HELLO\nAGAIN\n"), "a serial line, raw")
    same(termios.tcgetattr(slave), before, "its settings are put back")
    r = run("send", "--json", "-f", "payload CR", f"serial:{name}", ".hex ff 00 ff ff 00")
    same(json.loads(r.out)["reply_hex"], "ff00ffff00", "and whatever bytes")
    os.symlink(name, f"{HOME}/tty")
    for path in (f"{HOME}/tty", f"{HOME}/tty?baud=300&mode=7E1"):
        same(run("send", "-f", "payload CR", path, "x").out, "X\n", "a path that is a terminal")
    same(run("send", "-f", "payload CR", os.path.relpath(f"{HOME}/tty"), "x").out, "X\n",
         "one from here")
    has(run("send", f"{HOME}/no", "x").err, f"a path is unix:{HOME}/no", "and one that is none")
    r = run("send", "-f", "payload CR", f"serial:{name}?baud=250000&mode=7E2", "x")
    same((r.code, r.out), (0, "X\n"), "a rate without a name in POSIX")
    same(termios.tcgetattr(slave), before, "and they are put back again")
    fcntl.flock(slave, fcntl.LOCK_EX | fcntl.LOCK_NB)
    r = run("send", "-f", "payload CR", f"serial:{name}", "x")
    same(r.code, 3, "a locked port is refused")
    has(r.err, "another program uses the port", "and says why")
    same(termios.tcgetattr(slave), before, "and left alone")
    fcntl.flock(slave, fcntl.LOCK_UN)
    r = run("send", "-f", "payload CR", f"serial:{name}?dtr=on", "x")
    ok(r.code == 3 and "DTR" in r.err or r.code == 0, "a port without DTR says so", r)
    r = run("send", "-f", "payload gap(3.5ch) -> payload gap(3.5ch)", name, "x")
    same((r.code, r.out), (0, "X\n"), "/dev/... is a serial line, and a gap ends a frame")
    r = run("send", name, "x", "-t", "300ms")
    ok("esc-cr" not in r.err or r.code == 4, "the default frame does not half-close", r)


# ---- another rate behind a command ----

class Meter:
    """A meter at a pty: for each line it keeps the rate of the port when it came and 100 ms later."""
    def __init__(self):
        self.seen = []

    def rate(self, master):
        TCGETS2, size = 0x802c542a, 44  # struct termios2, which ends with the rates
        return struct.unpack("=36xII", fcntl.ioctl(master, TCGETS2, bytes(size)))[1]

    def __call__(self, master):
        line = b""
        with contextlib.suppress(OSError):
            while data := os.read(master, 1):
                line += data
                if data == b"\r":
                    first = self.rate(master)
                    os.write(master, line.upper())
                    time.sleep(0.1)
                    self.seen.append((first, self.rate(master)))
                    line = b""


meter = Meter()
with serial(meter) as (name, _, _):
    began = time.monotonic()
    r = run("-f", "payload CR", f"serial:{name}?baud=110&mode=7E1",
            stdin="tenletters1234567890\n.set baud=9600\nnext\n.set baud=1200\nlast\n")
    took = time.monotonic() - began
    same((r.code, r.out.split()), (0, ["TENLETTERS1234567890", "NEXT", "LAST"]), "other rates")
    wait_for(lambda: len(meter.seen) == 3, "the last line")
    same(meter.seen[0], (110, 110), "the bytes leave at the rate at which they were sent")
    same([first for first, _ in meter.seen], [110, 9600, 1200], "and the next ones at the new rate")
    ok(took >= 21 * 10 / 110, "which waits for the last of them", took)


class ModeC(Meter):
    """A meter of IEC 62056-21: what follows the acknowledgement comes at the rate that it names."""
    def __call__(self, master):
        with contextlib.suppress(OSError):
            self.read(master)
            os.write(master, b"/ABC5METER\r\n")
            self.read(master)
            first = self.rate(master)
            ok(wait_for(lambda: self.rate(master) == 9600, "the rate"), "behind .tell the rate changes")
            self.seen.append(first)
            os.write(master, b"1.8.0(42*kWh)\r\n")

    def read(self, master):
        line = b""
        while not line.endswith(b"\n"):
            line += os.read(master, 1)


meter = ModeC()
with serial(meter) as (name, _, _):
    with subprocess.Popen(command("--json", "-f", "payload CR LF", f"serial:{name}?baud=300&mode=7E1"), env=ENV,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
        p.stdin.write(b"/?!\n.tell \\x06050\n.set baud=9600\n")
        p.stdin.flush()
        objects = [json.loads(p.stdout.readline()) for _ in range(3)]
    same([(o["status"], o["reply"]) for o in objects],
         [("ok", "/ABC5METER"), ("ok", None), ("unsolicited", "1.8.0(42*kWh)")], "IEC 62056-21 mode C")
    same(meter.seen, [300], "which is acknowledged at the old rate")

has(run("send", "serial:/dev/null", "x").err, "not a serial port", "/dev/null is no serial port")
has(run("send", "/dev/nothing", "x").err, "plugged in", "no such port")
r = run("send", "-f", "payload eof", "/dev/ttyS0", "x")
same(r.code, 2, "a frame that half-closes is refused on a serial line")

# ---- exec ----

r = run("send", "-f", "payload LF", "exec:cat", "hello", "again")
same((r.code, r.out), (0, "hello\nagain\n"), "a command as the line")
r = run("send", "-f", "payload LF eof -> payload (LF|eof)", "exec:tr a-z A-Z", "a", "b")
same((r.code, r.out), (0, "A\nB\n"), "with half-close: a command a command")
r = run("send", "-f", "payload LF", "exec:printf 'oops\\033[31m\\n' >&2; exit 3", "x")
same(r.code, 4, "a command that fails")
has(r.err, "ended with status 3", "its exit status is said")
has(r.err, "the command says: oops\\x1b[31m", "what it writes to stderr is shown, escaped")
r = run("send", "-f", "payload LF", "exec:kill -9 $$", "x")
has(r.err, "ended by signal 9", "one that was killed")
r = run("send", "-f", "payload LF", "exec:echo x > /dev/stderr; cat", "y")
same((r.code, r.out), (0, "y\n"), "its stderr can be opened by name")


def outlives(name, command_line):
    """What is asked of a command that has said who it is, and then says nothing."""
    pid_file = f"{HOME}/{name}.pid"
    r = run("send", "-t", "2s", "-f", "payload LF", f"exec:echo $$ > {pid_file}; {command_line}", "x")
    same(r.code, 4, f"{name}: a command that says nothing")
    with open(pid_file, encoding="ascii") as f:
        pid = int(f.read())

    def gone():
        try:
            os.kill(pid, 0)
        except OSError:
            return True
        return False
    return not wait_for(gone, "the command")


ok(not outlives("quiet", "exec sleep 1000"), "does not outlive its line")
ok(not outlives("deaf", "trap '' TERM HUP INT; while :; do sleep 1; done"), "nor does one that will not hear of it")
with device(echo) as address:
    host, port = address.split(":")
    relay = (f"{HOME}/relay.py")
    with open(relay, "w", encoding="utf-8") as f:
        f.write("import socket, sys, threading, os\n"
                "s = socket.create_connection((sys.argv[1], int(sys.argv[2])))\n"
                "def up():\n"
                "    while data := os.read(0, 4096): s.sendall(data)\n"
                "    s.shutdown(socket.SHUT_WR)\n"
                "threading.Thread(target=up, daemon=True).start()\n"
                "while data := s.recv(4096): os.write(1, data)\n")
    r = run("send", "-f", "payload LF", f"tcp://{address}?via=python3 {relay} %h %p", "a", "b")
    same((r.code, r.out), (0, "A\nB\n"), "via= leads through a command")
    r = run("send", "--json", "-f", "payload LF", f"{address}?via=python3 {relay} %h %p", "a")
    has(r.out, f'"address":"tcp://{address}"', "and the address stays the device's")


# ---- telnet ----

with device(telnet) as address:
    r = run("send", "-f", "payload LF", f"telnet://{address}", "hello", r"a\xffb")
    same(r.out, "reply\\r\\xffhello\nreply\\r\\xffa\\xffb\n", "telnet: negotiation is no data")


def parts(connection):
    """A reply and what nobody asked for in one segment, with a command of telnet between them."""
    while line := read_until(connection, b"\n"):
        connection.sendall(b"ok " + line + bytes([IAC, 241]) + b"event\n")


with device(parts) as address:
    r = run("send", "--json", "-f", "payload LF", f"telnet://{address}?timeout={LIMIT:.0f}s", "a", "b",
            "c")
    same(asked_and_told(r),
         [("a", "ok a"), (None, "event"), ("b", "ok b"), (None, "event"), ("c", "ok c"), (None, "event")],
         "telnet: what came with a reply does not answer the next command")


# ---- rfc2217 ----

asked = []
with device(com_port({}, asked)) as address:
    r = run("send", "-f", "payload LF", f"rfc2217://{address}?baud=115200&mode=7O2&flow=rtscts&rts=off",
            "hello")
    same((r.code, r.out), (0, "HELLO\n"), "rfc2217: the line is open when all is confirmed")
    same(sorted(asked), [(1, (115200).to_bytes(4, "big")), (2, b"\x07"), (3, b"\x02"),
                         (4, b"\x02"), (5, b"\x03"), (5, b"\x0c")], "what was asked for")
asked.clear()
with device(com_port({}, asked)) as address:
    began = time.monotonic()
    r = run("-f", "payload LF", f"rfc2217://{address}?baud=300&mode=7E1",
            stdin="tenletters1234567890\n.set baud=9600\nnext\n")
    took = time.monotonic() - began
    same((r.code, r.out), (0, "TENLETTERS1234567890\nNEXT\n"), "another rate behind a command")
    same([int.from_bytes(value, "big") for key, value in asked if key == 1], [300, 9600], "is asked for")
    ok(took >= 21 * 10 / 300, "when its bytes must have left the port", took)
with device(com_port({1: (9600).to_bytes(4, "big")}, [])) as address:
    r = run("send", "-f", "payload LF", f"rfc2217://{address}?baud=115200", "hello")
    same(r.code, 3, "a rate that the server does not set")
    has(r.err, "baud rate: it answers 9600", "is said")
with device(com_port(None, [])) as address:
    r = run("send", "-f", "payload LF", f"rfc2217://{address}", "hello")
    same(r.code, 3, "a telnet server without serial settings")
    has(r.err, "COM-PORT-OPTION", "is said")
with device(lambda c: c.recv(1) and threading.Event().wait(LIMIT)) as address:
    r = run("send", "-t", "1s", "-f", "payload LF", f"rfc2217://{address}", "hello")
    has(r.err, "did not confirm the serial settings (RFC 2217) within 1 s", "one that is silent")

# ---- listen on a unix socket ----

path = f"{HOME}/called.sock"
p = subprocess.Popen(command("send", "-f", "payload LF", f"listen:unix:{path}", "hello"),
                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
has(p.stderr.readline().decode(), "listening on", "it listens")
with socket.socket(socket.AF_UNIX) as s:
    s.connect(path)
    same(read_until(s, b"\n"), b"hello\n", "listen:unix: the device calls, and is asked")
    s.sendall(b"I am here\n")
    out, _ = p.communicate(timeout=LIMIT)
same((p.returncode, out), (0, b"I am here\n"), "and its answer is printed")
ok(not os.path.exists(path), "the socket is gone afterwards")
done()
