#!/usr/bin/env python3
"""The device book, several devices at once, pacing, and log files that miss nothing."""
import datetime
import json
import os
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import time

from record import Tape, entries, logged
from wilcotest import (ENV, HOME, LIMIT, WRAP, command, device, done, has, ok, read_until, run, same,
                       simulated, skip, unused_port, wait_for)

os.makedirs(f"{HOME}/config/wilco", exist_ok=True)


def config(text):
    with open(f"{HOME}/config/wilco/config", "w", encoding="utf-8") as f:
        f.write(text)


def answers(name):
    def handler(connection):
        while line := read_until(connection, b"\n"):
            connection.sendall(name + b" heard " + line)
    return handler


# ---- the device book ----

with device(answers(b"one")) as one, device(answers(b"two")) as two:
    config(f".device pump1 {one} frame='payload LF' timeout=2s\n"
           f".device pump2 {two} frame='unit:u8=0x41 payload LF -> payload LF' unit=0x42\n"
           f".device sink {one} frame=line\n")
    r = run("send", "pump1", "STATUS")
    same((r.code, r.out), (0, "one heard STATUS\n"), "a device of the book")
    r = run("send", "pump2", "STATUS", "--dry-run")
    same(r.out, "BSTATUS\\n\n", "with fields of its frame")
    r = run("send", "pump1", "-f", "'x' payload LF", "STATUS", "--dry-run")
    same(r.out, "xSTATUS\\n\n", "-f wins over the book")
    r = run("-f", "'y' payload LF", stdin=".open pump2\nA\n")
    has(r.out, "two heard BA", "but not over that of a device that a line opens")
    r = run(stdin=".devices\n.open pump1\nA\n.open pump2\nB\n.use pump1\nC\n.use 2\nD\n.all E\n"
            ".all pump1 -- F\n.devices\n.use\n")
    same(r.code, 0, "several devices in one console")
    lines = [line for line in r.out.splitlines() if "heard" in line]
    same(lines[:4], ["one heard A", "pump2\ttwo heard BB", "pump1\tone heard C",
                     "pump2\ttwo heard BD"], "each answer is labelled as soon as there are two")
    same(sorted(lines[4:6]), ["pump1\tone heard E", "pump2\ttwo heard BE"], ".all asks both")
    same(lines[6:], ["pump1\tone heard F"], ".all NAME -- asks one")
    has(r.err, "to pump1, pump2\n", "it says to which")
    has(r.out, "*  2 pump2", "the current one is marked")
    r = run(stdin=".open pump1\n.open pump2\n.all pump9 -- x\n.use 7\n.all\n")
    has(r.err, "no open device 'pump9'; open are pump1, pump2", "an unknown name")
    has(r.err, "no open device '7'", "an unknown number")
    has(r.err, ".all needs a command", "no command")
    r = run(stdin=".open pump1\n.use pump2\n")
    has(r.err, "it is in the device book: .open pump2\n", "of one that the book has it is said how to open it")
    r = run(stdin=".open pump1\n.open pump2\n.open sink\n.use s\n.use\n.use pump\n.use q\n")
    has(r.out, "*  3 sink", "the first letters of a name are enough")
    has(r.err, "several open devices begin with 'pump': pump1, pump2", "unless several begin so")
    has(r.err, "no open device 'q'; open are pump1, pump2, sink", "or none")

    config(f".device pump1 {one} frame=line\n.device boiler-cellar-north {two} frame=line\n")
    r = run(stdin=".open pump1\n.open boiler-cellar-north\n.use\n")
    rows = [line for line in r.out.splitlines() if " tcp " in line]
    same((len(rows), len({row.index(" tcp ") for row in rows})), (2, 1), "a long name shifts nothing")

    # The configuration's log.
    config(f".device pump1 {one} frame='payload LF'\n.device pump2 {two} frame='payload LF'\n"
           f".set log=~/\\{{device}}.log\n")
    r = run(stdin=".set log\n.open pump1\nA\n.set log=off\n.open pump2\nB\n.log\n.use pump1\n.log\n")
    same(r.out.splitlines()[0].split()[:2], ["log", "~/\\{device}.log"], "the configuration has a log")
    same(r.out.splitlines()[-2:], ["off", f"{HOME}/pump1.log"], "each device gets its own, until that is off")
    has(open(f"{HOME}/pump1.log", encoding="utf-8").read(), "one heard A", "and all is in it")
    same(run(stdin=".set leave=there\n").err.splitlines()[0], "wilco: leave is line, screen or nothing, not 'there'",
         "what a console leaves has a few names")

# The book is written down as it is read.
config(".device a 127.0.0.1:7001 frame='payload LF'")
LINES = (".device 'b' 10.0.0.7:502?timeout=2s frame=modbus-tcp unit=17\n"
         ".device c 10.0.0.8 frame=\"k:u8=0x41 payload '\\x27'\" k=0x42\n.device d 'unix:/tmp/a b'\n")
listed = run(stdin=LINES + ".devices\n").out
same(len(listed.splitlines()), 4, "the book is listed")
same(run(stdin=listed + ".devices\n").out, listed, ".devices prints lines that read back")
r = run(stdin=LINES + ".open listen://127.0.0.1:0\n.devices\n")
same(r.out, listed, "and nothing else to standard output")
has(r.err, "*  1 listen://127.0.0.1:0", "what is open is told beside it")
r = run(stdin=LINES + ".device --keep b\n.device c --keep\n.device e 10.0.0.10 frame=line --keep\n"
        ".device --keep nobody\n")
has(r.err, "e is in " + f"{HOME}/config/wilco/config" + " now", ".device --keep says where a device is")
has(r.err, "a device needs a name and an address", "which may stand at the end, too; one that is not in the book needs an address")
kept = open(f"{HOME}/config/wilco/config", encoding="utf-8").read()
same(kept.splitlines()[1:], listed.splitlines()[1:3] + [".device e tcp://10.0.0.10:9100 frame=line"],
     "and the configuration has it, on a line of its own")
same(run(stdin=".devices\n").out.splitlines(), listed.splitlines()[:3] + kept.splitlines()[3:],
     "so that the next console knows it")
config("")
for line, part in ((".device", "needs a name and an address"), (".device x", "needs a name"),
                   (".device send h", "a word of wilco's own"), (".device 'a b' h", "letters"),
                   (".device x ftp://h", "kinds are"), (".device x h timeout=x", "a duration"),
                   (".device x h timeout", "key=value")):
    config(line + "\n")
    r = run("send", "h", "x")
    same(r.code, 2, f"'{line}' is refused")
    has(r.err, "config:1:", "with its place")
    has(r.err, part, "and the reason")
config(".device x 127.0.0.1 frame=esc-cr nope=3\n")
r = run("send", "x", "hi")
same(r.code, 2, "a key that is neither setting nor field")
has(r.err, "'nope' is no setting", "is named")
config("")

# ---- pacing ----


def paced(connection):
    if read_until(connection, b"!"):
        connection.sendall(b"done\n")


def sent_pieces(path):
    """[text of each write], [seconds between them], by the log: the device may be late to read."""
    pieces = [(datetime.datetime.fromisoformat(when.rstrip("Z")), text)
              for when, _, mark, text in entries(path) if mark == ">"]
    return ([text for _, text in pieces],
            [(b[0] - a[0]).total_seconds() for a, b in zip(pieces, pieces[1:])])


with device(paced) as address:
    for setting, text, expected, least in (
            ("char-delay=10ms", "hello", list("hello!"), 0.01),
            ("line-delay=50ms", r"ab\ncd\r\nef", [r"ab\n", r"cd\r\n", "ef!"], 0.05)):
        log = f"{HOME}/{setting}.log"
        r = run("send", "--log", log, "-f", "payload '!' -> payload LF", f"{address}?{setting}", text)
        same((r.code, r.out), (0, "done\n"), setting)
        pieces, gaps = sent_pieces(log)
        same(pieces, expected, f"{setting}: what goes out at once")
        ok(gaps and min(gaps) > 0.9 * least, f"{setting}: and waits before the next", gaps)

# ---- logs ----


every = bytes(range(256)).replace(b"\n", b"") + "é漢".encode()
for frame, commands in (("payload LF", ["a", " b ", r"\xff\x00\x1b[31m", "é"]),
                        ("payload LF ; bin", ["61 62", "ff 00"])):
    tape = Tape(lambda line: b"stray\x01\n" * 2 + every * 20 + line)
    log = f"{HOME}/all{len(commands)}.log"
    with device(tape) as address:
        r = run("send", "--log", log, "-f", frame, f"{address}?timeout={LIMIT:.0f}s", *commands)
    sent, received = logged(log)
    same(sent, tape.got, f"the log has every byte that was sent ({frame})")
    ok(received == tape.sent[:len(received)] and len(received) >= len(tape.sent) - 65536,
       "and those received, in order", (len(received), len(tape.sent)))
    with open(log, encoding="utf-8") as f:
        ok(" = ok  " in f.read(), "and how the exchanges ended")
same(os.stat(log).st_mode & 0o777, 0o600, "a log is for its owner")


def packets(path):
    """[(source port, destination port, flags, payload)] of a capture of raw IPv4."""
    with open(path, "rb") as f:
        magic, *_, link = struct.unpack("<IHHiIII", f.read(24))
        same((magic, link), (0xa1b23c4d, 101), "a capture with nanoseconds, of raw IP")
        found = []
        while head := f.read(16):
            size = struct.unpack("<IIII", head)[2]
            ip = f.read(size)
            source, target = struct.unpack(">HH", ip[20:24])
            found.append((source, target, ip[33], ip[40:]))
    return found


tape = Tape(lambda line: b"you said " + line)
capture = f"{HOME}/x.pcap"
with device(tape) as address:
    port = int(address.split(":")[1])
    run("send", "--pcap", capture, "-f", "payload LF eof -> payload LF", address, "a", "b", "c")
found = packets(capture)
same(b"".join(p[3] for p in found if p[1] == port), tape.got, "the capture has what was sent")
same(b"".join(p[3] for p in found if p[0] == port), tape.sent, "and what was received")
same(len({p[0] for p in found if p[1] == port}), 3, "three connections are three streams")
same(sum(p[2] & 2 for p in found) // 2, 6, "each with its handshake")
r = run("send", "--pcap", capture, "-f", "payload LF", "127.0.0.1:1", "a")
same(r.code, 6, "a capture is not written over")
has(r.err, "exists already", "and says so")
if shutil.which("tshark"):
    p = subprocess.run(["tshark", "-r", capture, "-q", "-z", "follow,tcp,ascii,1"],
                       capture_output=True, text=True, check=False, timeout=LIMIT)
    has(p.stdout, "you said b", "tshark follows the second stream")
    p = subprocess.run(["tshark", "-r", capture, "-o", "tcp.check_checksum:TRUE", "-Y",
                        "tcp.checksum.status == 0 || tcp.analysis.flags"],
                       capture_output=True, text=True, check=False, timeout=LIMIT)
    same(p.stdout, "", "and finds nothing wrong with its packets")



def closes(connection):
    """The reply and the end are one segment: the next command never goes out between them."""
    connection.send(read_until(connection, b"\n"), socket.MSG_MORE)


with device(closes) as address:
    r = run("send", "-v", "-f", "line", address, "a", ".wait 300ms", "b", ".wait 300ms", "c")
    same((r.code, r.out, address.connections), (0, "a\nb\nc\n", 3), "a line that the device closed is opened afresh")


with device(answers(b"x")) as address:
    r = run("send", "--log", "/dev/full", "-f", "payload LF", address, "a", "b", "c")
    same(r.code, 6, "a full disk ends it")
    has(r.err, "cannot write the log /dev/full", "is said")
    same(r.err.count("cannot write"), 1, "once")
    r = run("send", "--log", f"{HOME}/no/such", "-f", "payload LF", address, "a")
    same((r.code, r.out), (6, ""), "a log that cannot be opened: nothing is sent")
    r = run("send", "--log", "\\{x}", "-f", "payload LF", address, "a")
    has(r.err, "may contain \\{device} and \\{date}", "an unknown name in braces")
    before = time.gmtime()
    r = run(stdin=f".open {address}\n.frame payload LF\n.log {HOME}/\\{{device}}-\\{{date}}.log\nhi\n"
            ".log\n.log off\n.log\n")
    days = [time.strftime(f"{address}-%Y-%m-%d.log", day) for day in (before, time.gmtime())]
    name = next((day for day in days if f"{HOME}/{day}" in r.out), "of today")
    has(r.out, f"{HOME}/{name}\noff\n", "the name of a log is filled in")
    has(open(f"{HOME}/{name}", encoding="utf-8").read(), "> hi\\n", "and it is written")

# kill -9 in the middle of a wait: everything of the exchanges before is there.
tape = Tape(lambda line: b"" if b"wait" in line else b"reply to " + line)
log = f"{HOME}/killed.log"
with device(tape) as address:
    p = subprocess.Popen(command("send", "--log", log, "-f", "payload LF", address,
                                 *[f"c{i}" for i in range(50)], "wait"),
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENV)
    ok(wait_for(lambda: b"wait" in tape.got, "the last command"), "the last command is out")
    ok(wait_for(lambda: "> wait" in open(log, encoding="utf-8").read(), "it in the log"), "and in the log, before its reply")
    p.send_signal(signal.SIGKILL)
    p.wait(LIMIT)
sent, received = logged(log)
same(received, tape.sent, "after kill -9 nothing received is missing")
ok(tape.got.startswith(sent) and b"c49" in sent, "nor of what was sent before", sent[-40:])

def room_for(descriptors):
    """Whether so many can be open here; raises the limit as far as it may be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < descriptors <= hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= descriptors


# ---- more devices than one would open by hand ----
MANY = 30 if WRAP else 1100
if room_for(MANY + 100):
    with simulated("X\n  y\n", "-f", "line") as address:
        opens = "".join(f".device d{i} {address} frame=line\n.open d{i}\n" for i in range(MANY))
        r = run(stdin=f"{opens}.all X\n")
    same((r.code, r.out.splitlines()), (0, [f"d{i}\ty" for i in range(MANY)]),
         f".all asks each of {MANY} devices")
    has(r.err, f"d19 and {MANY - 20} more\n", "and names the first")
else:
    skip("the limit of descriptors is too low for 1,100 devices", privilege=True)

many = 1001 if not WRAP else 20
r = run(stdin=f".open 127.0.0.1:{unused_port()}\nX\n.close 1\n" * many)
if not WRAP:
    has(r.err, "1000 devices were taken away already whose entries the transcript has", "the thousand and first device is not taken away")
same(r.err.count(" opens it again\n"), min(many, 1000), "because each stays in memory while it has entries")
r = run(stdin=".open listen://127.0.0.1:0\n.close 1\n" * (many + 100))
same((r.code, r.err.count(": closed; .open listen://127.0.0.1:0 opens it again\n")), (0, many + 100), "others are freed")

done()
