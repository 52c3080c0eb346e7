#!/usr/bin/env python3
"""wilco import makes macros of captures, logs and text that play and are devices; what is not there is
said.  wilco frame decode knows captures."""
import json
import re

from packets import (ACK, COOKED, COOKED2, DEVICE, ETHERNET, FIN, IPV4, LOOP, NULL, PROGRAM, RAW, SYN, Connection,
                     fragments, ip, linked, pcap, pcapng, tcp, udp)
from wilcotest import HOME, done, has, ok, run, same, simulated, some

PUMP = """.frame line
STATUS
  READY
SPEED 100
  OK
.tell NOTE
SPEED?
  SPEED=100
"""
LINES = [("STATUS", "READY"), ("SPEED 100", "OK"), ("SPEED?", "SPEED=100")]


def file(name, content):
    path = f"{HOME}/{name}"
    with open(path, "wb") as f:
        f.write(content.encode() if isinstance(content, str) else content)
    return path


def imported(content, *options):
    return run("import", "-", *options, stdin=content)


def lines(text, comments=False):
    """A macro without its times and, unless they are asked for, its other comments."""
    kept = [x for x in text.splitlines() if not re.match(r"# \d\d:\d\d:\d\d", x)]
    return [x for x in kept if comments or not x.startswith("#")]


def remarks(result):
    """What the macro says about what is not there."""
    return [x for x in lines(result.out, True) if re.match(r"# (\d+ bytes? |not whole)", x)]


def session(**more):
    c = Connection(**more)
    for command, reply in LINES:
        c.ask(command.encode() + b"\n", reply.encode() + b"\n")
    return c.close()


SAYS_LF = "payload LF -> payload (CR LF | LF) ; says LF"  # the frame `line`, of a device that says no CR


def macro(pairs=LINES, device="10.0.0.2:9100", frame=SAYS_LF):
    return [f".open {device}", f".frame {frame}"] + [x for c, r in pairs for x in (c, f"  {r}")]


whole = session().packets

# ---- what is written plays, and is the device ----

with simulated(PUMP) as pump:
    commands = [c for c, r in LINES]
    capture, log = f"{HOME}/session.pcap", f"{HOME}/session.log"
    run("send", "-f", "line", "--pcap", capture, pump, *commands)
    run("send", "-f", "line", "--log", log, pump, *commands)
    raw = [(c + r"\n", r + r"\r\n") for c, r in LINES]
    for source, options, pairs, frame in ((capture, ("-f", "line"), LINES, "line"), (capture, (), raw, "raw"),
                                          (log, ("-f", "line"), LINES, "line"), (log, (), raw, "raw")):
        name = f"{source.rsplit('.')[-1]}, {frame}"
        r = run("import", source, *options)
        same((r.code, r.err), (0, ""), f"{name}: all is there")
        same(lines(r.out), macro(pairs, pump, frame), f"{name}: the macro")
        path = file("imported.wilco", r.out)
        same(run("fmt", "--check", path).code, 0, f"{name}: it is in canonical form")
        same(run("play", path).code, 0, f"{name}: it plays against the same device")
        with simulated(r.out) as device:
            same(run("play", "--device", device, path).code, 0, f"{name}: it plays against itself")
has(run("import", capture).out, "# imported from session.pcap\n", "it says of which file it is")

# ---- files of others ----

for link in some((RAW, ETHERNET, NULL, LOOP, COOKED, COOKED2, IPV4)):
    for order in "<>":
        for nano in (False, True):
            both = (imported(pcap(whole, link, order, nano), "-f", "line"),
                    imported(pcapng(whole, (link,), order, nano), "-f", "line"))
            same([(r.code, lines(r.out)) for r in both], [(0, macro())] * 2,
                 f"link type {link}, {'big' if order == '>' else 'little'} endian{', nanoseconds' * nano}")
r = imported(pcap(whole, nano=True), "-f", "line")
has(r.out, " +100 ms\n", "times are those of the capture")
tagged = [linked(ETHERNET, p)[:12] + bytes.fromhex("81000005 8100000a".replace(" ", "")) + linked(ETHERNET, p)[12:]
          for p in whole]
r = imported(pcap([t[14:] for t in tagged], RAW))
ok(r.code == 2, "packets that are no IP are no streams", r)


def ethernet(frames):
    """A capture of whole Ethernet frames."""
    out = pcap([], ETHERNET)
    for f in frames:
        out += (1790000000).to_bytes(4, "little") + bytes(4) + \
            len(f).to_bytes(4, "little") * 2 + f
    return out


same(lines(imported(ethernet(tagged), "-f", "line").out), macro(), "tags of VLANs, one in the other")
padded = [linked(ETHERNET, p) + bytes(max(0, 60 - len(linked(ETHERNET, p)))) for p in whole]
same(lines(imported(ethernet(padded), "-f", "line").out), macro(), "what fills short packets up is nobody's")
six = session(program=("::1", 4000), device=("fd00::5", 502), extensions=[(0, bytes(6)), (60, bytes(14))])
same(lines(imported(pcap(six.packets), "-f", "line").out), macro(device="[fd00::5]:502"),
     "IPv6 with extension headers")
options = [tcp(DEVICE, ("10.0.0.1", 1), 1, 1, ACK, options=bytes([1] * 12))]
same(lines(imported(pcap(options + whole), "-f", "line").out), macro(), "options of TCP; a stream without bytes")

r = imported(pcapng(whole, (RAW, ETHERNET)))
ok(r.code == 2 and "different from the type of the first" in r.err, "mixed link types are refused", r)
r = imported(pcap([], 127))
ok(r.code == 2 and "link type 127 (IEEE802_11_RADIO)" in r.err and "Ethernet" in r.err,
   "and so is a type that wilco does not read", r)
r = imported(pcap([], 299))
ok(r.code == 2 and "link type 299 (unknown)" in r.err, "also one that has no name", r)

# ---- which end is the device ----

for cut, name in (((), "whole"), ((0,), "without the SYN"), ((1,), "without the other SYN")):
    r = imported(pcap([p for i, p in enumerate(whole) if i not in cut]), "-f", "line")
    same((r.code, lines(r.out)), (0, macro()), f"{name}: the device got the SYN")
middle = pcap(whole[3:])
r = imported(middle, "-f", "line")
same(r.code, 2, "without any SYN nobody knows")
has(r.err, "--port 40000 or --port 9100", "what to do about it")
r = imported(middle, "-f", "line", "--port", "9100")
same((r.code, lines(r.out)), (0, macro()), "--port says it")
called = session(program=("10.0.0.2", 5000), device=("10.0.0.1", 23)).packets
same(lines(imported(pcap(called), "-f", "line", "-p", "23").out)[:1], [".open 10.0.0.1:23"], "--port agrees")

datagrams = [udp(("10.0.0.1", 4000), ("10.0.0.2", 161), b"A"), udp(("10.0.0.2", 161), ("10.0.0.1", 4000), b"B"),
             udp(("10.0.0.1", 4000), ("10.0.0.2", 161), b"C"), udp(("10.0.0.1", 4000), ("10.0.0.2", 161), b"D"),
             udp(("10.0.0.2", 161), ("10.0.0.1", 4000), b"E")]
same(imported(pcap(datagrams)).code, 2, "UDP does not tell which end is the device")
r = imported(pcap(datagrams), "--port", "161")
same((r.code, lines(r.out)), (0, [".open udp://10.0.0.2:161", ".frame raw", "A", "  B", ".tell C", "D", "  E"]),
     "each datagram is a command; one had no reply")

# ---- what TCP does, and what is missing ----

c = Connection()
c.say(0, b"STATUS\n")
at = c.next[1]
for place, part in ((2, b"ADY\n"), (1, b"xxxx"), (0, b"REzz"), (0, b"lost"), (4, b"Y\nz")):
    c.say(1, part, seq=at + place)
c.next[1] += 7
same(lines(imported(pcap(c.packets)).out)[2:], ["STATUS\\n", "  RxADY\\nz"],
     "segments in another order, doubled, overlapping: the first bytes win")
twice = [p for packet in whole for p in (packet, packet)]
same(lines(imported(pcap(twice), "-f", "line").out), macro(), "all packets twice")
wrapped = session(begin=(0xfffffff0, 0xfffffffa)).packets
same(lines(imported(pcap(wrapped), "-f", "line").out), macro(), "sequence numbers begin again at 0")
for packet in some(range(3, len(whole) - 4)):
    side, data = (packet - 3) % 2, [len(x) + 1 for pair in LINES for x in pair]
    r = imported(pcap(whole[:packet] + whole[packet + 1:]), "-f", "line")
    size = data[packet - 3]
    offset = sum(data[side:packet - 3:2])
    has(r.out, f"# {size} bytes of the {('program', 'device')[side]} are missing at offset {offset}\n",
        f"without packet {packet}: what is missing")
    same(r.code, 5, f"without packet {packet}: the status says so")
    kept = LINES[:(packet - 3) // 2] + LINES[(packet - 3) // 2 + 1:]
    expected = macro(kept)
    if side:
        expected.insert(2 + (packet - 3) // 2 * 2, LINES[(packet - 3) // 2][0])
    same(lines(r.out), expected, f"without packet {packet}: all else, and a command whose reply is not there")

c = Connection()
c.say(0, b"STATUS\n")
c.say(1, b"READ")
c.next[1] += 3
c.say(1, b"E\n")
c.ask(b"SPEED?\n", b"SPEED=100\n").close()
r = imported(pcap(c.packets), "-f", "line")
same(remarks(r), ["# 3 bytes of the device are missing at offset 4"], "a hole in a reply")
same(lines(r.out), [".open 10.0.0.2:9100", f".frame {SAYS_LF}", "STATUS", "SPEED?", "  SPEED=100"],
     "its ends are no reply")
ok(re.search(r"^#   READ", r.out, re.M), "but are shown", r)
c = Connection()
c.say(0, b"STA")
c.next[0] += 3
c.say(0, b"S\n")
c.say(1, b"READY\n")
c.ask(b"SPEED?\n", b"SPEED=100\n")
r = imported(pcap(c.packets), "-f", "line")
same(lines(r.out)[-2:], ["SPEED?", "  SPEED=100"], "a hole in a command")
ok("missing at offset 3" in r.out and re.search("^# not whole:.* 53 54 41 53 0a", r.out, re.M) and
   "# not whole:   READY" in r.out, "it is not sent, and shown", r)
r = imported(pcap(Connection().ask(b"A\n", b"B\n").packets + [tcp(DEVICE, ("10.0.0.1", 40000), 5003, 1003, ACK | FIN)]),
             "-f", "line")
same((r.code, remarks(r)), (0, []), "a FIN is no byte")
c = Connection().ask(b"A\n", b"B\n")
c.next[1] += 10
c.say(0, b"C\n")
r = imported(pcap(c.packets), "-f", "line")
same((r.code, remarks(r)), (5, ["# 10 bytes of the device are missing at offset 2"]),
     "bytes that only their acknowledgement shows")
r = imported(pcap(whole, snap=44), "-f", "line")
ok(r.code == 5 and sum(int(n) for n in re.findall(r"# (\d+) bytes", r.out)) == sum(
    max(0, len(x) + 1 - 4) for pair in LINES for x in pair), "packets that were snapped", r)
r = imported(pcap(whole, snap=30), "-f", "line")
ok(r.code == 2 and "headers are not whole" in r.err, "in their headers", r)
# ---- streams whose commands differ in their fields alone ----
def asks(unit, value, port):
    """A request of Modbus TCP, and its response."""
    c = Connection(program=("10.0.0.1", port))
    return c.ask(bytes.fromhex(f"000100000006{unit:02x}0300000001"), bytes.fromhex(f"000100000005{unit:02x}0302{value:04x}")).packets


r = imported(pcap(asks(17, 0x1111, 40000) + asks(18, 0x2222, 40001)), "-f", "modbus-tcp", "--stream", "all")
same((r.code, [x for x in lines(r.out) if x.startswith(".with")]),
     (0, [".with unit=17 -- .hex 03 00 00 00 01", ".with unit=18 -- .hex 03 00 00 00 01"]), "each says its unit")
with simulated(r.out) as at:
    same(run("-f", "modbus-tcp", at, stdin=".with unit=18 03 00 00 00 01\n.with unit=17 03 00 00 00 01\n").out,
         "03 02 22 22\n03 02 11 11\n", "so a device can tell them apart")
r = imported(pcap(asks(17, 0x1111, 40000) + asks(17, 0x1111, 40001)), "-f", "modbus-tcp", "--stream", "all")
same(lines(r.out).count(".set field.unit=17"), 1, "what all have in common is set once")

# ---- fragments of IP ----
six_device = ("fd00::5", 502)
for name, packets, at in (("IPv4", whole, "10.0.0.2:9100"),
                          ("IPv6", session(program=("fd00::1", 40000), device=six_device).packets, "[fd00::5]:502")):
    parts = [fragments(x, 8, number) for number, x in enumerate(packets)]
    for order, kept in (("in order", [x for p in parts for x in p]), ("backwards", [x for p in parts for x in p[::-1]]),
                        ("twice", [x for p in parts for x in p + p]),
                        ("among each other", [x for p in zip(parts[::2], parts[1::2]) for both in p for x in both])):
        r = imported(pcap(kept), "-f", "line")
        same((r.code, lines(r.out)), (0, macro(device=at)), f"fragments of {name}, {order}")
datagrams = [udp(PROGRAM, DEVICE, b"A" * 3000), udp(DEVICE, PROGRAM, b"B" * 5000)]
asked, answered = (fragments(x, 1480, i) for i, x in enumerate(datagrams))
r = imported(pcap(asked + answered), "--port", "9100")
same((r.code, lines(r.out)[2:]), (0, ["A" * 3000, "  " + "B" * 5000]), "datagrams")
r = imported(pcap(asked + answered[:1] + answered[2:]), "--port", "9100")
same((r.code, remarks(r)[0]), (5, "# 3528 bytes of the device are missing at offset 1472"), "one of which is missing")
ok("of 1 packet not all fragments are there" in r.err, "and that is said", r)
r = imported(pcap(asked[1:] + fragments(whole[0], 8)[:2] + whole), "-f", "line")
ok(r.code == 5 and "of 2 packets not all fragments are there" in r.err and lines(r.out) == macro(), "beginnings that are missing", r)
r = imported(pcap([fragments(whole[3], 8, i)[0] for i in range(1000)] + whole), "-f", "line")
ok(r.code == 5 and "of 1000 packets" in r.err and lines(r.out) == macro(), "a flood of them", r)
far = ip("10.0.0.1", "10.0.0.2", 17, bytes(1480), fragment=0x1fff)
ok(imported(pcap([far] + whole), "-f", "line").code == 5, "one behind the end of all packets")

all_of_it = pcap(whole)
codes = {}
for size in some(range(0, len(all_of_it), 7)):
    r = imported(all_of_it[:size], "-f", "line", "--port", "9100")
    codes.setdefault(r.code, []).append(size)
    if r.code not in (0, 2, 5) or (size and r.code == 5 and "breaks off" not in r.err + r.out and "missing" not in r.err):
        ok(False, f"the capture cut off at {size}", r)
ok(5 in codes and 2 in codes, "a capture that was cut off anywhere", codes)

# ---- replies and their commands ----

c = Connection()
c.say(0, b"A\nB\n")
c.say(0, b"C\n")
c.say(1, b"1\n")
c.say(0, b"D\n")
c.say(1, b"2\n3\n4\n")
same(lines(imported(pcap(c.packets), "-f", "line").out)[2:], ["A", "  1", "B", "  2", "C", "  3", "D", "  4"],
     "replies to commands that did not wait: by order")
c = Connection()
c.say(0, b"RST\n")
c.ask(b"ID?\n", b"acme\n").say(0, b"X\n")
c.ask(b"Y?\n", b"1\n")
same(lines(imported(pcap(c.packets), "-f", "line").out)[2:], [".tell RST", "ID?", "  acme", ".tell X", "Y?", "  1"],
     "commands that have no reply")
c = Connection()
c.say(1, b"HELLO\n")
c.ask(b"A\n", b"1\n").say(1, b"ALARM\n")
c.say(0, b"B\n")
c.say(1, flags=FIN)
r = imported(pcap(c.packets), "-f", "line")
same([x for x in lines(r.out) if not x.startswith(".set")][2:],
     [".greeting", "  HELLO", "A", "  1", "  (unsolicited) ALARM", "B", ".delay 100ms", "  (lost)"],
     "a greeting, what nobody asked for, a device that closes")
has(r.out, ".set greet=1s\n", "and the setting without which the greeting would be a reply")


def modbus(number, unit, hexes):
    body = bytes.fromhex(hexes)
    return number.to_bytes(2, "big") + bytes(2) + (len(body) + 1).to_bytes(2, "big") + bytes([unit]) + body


c = Connection(device=("10.0.0.2", 502))
for number in (1, 2, 3):
    c.say(0, modbus(number, 17, f"0300 0{number} 0001"))
for number in (3, 1, 2):
    c.say(1, modbus(number, 17, f"0302 000{number}"))
r = imported(pcap(c.packets), "-f", "modbus-tcp")
same((r.code, lines(r.out)), (0, [".open 10.0.0.2:502", ".frame modbus-tcp", ".set field.unit=17",
                                  ".hex 03 00 03 00 01", r"  (with unit=17) \<03 02 00 03>",
                                  ".hex 03 00 01 00 01", r"  (with unit=17) \<03 02 00 01>",
                                  ".hex 03 00 02 00 01", r"  (with unit=17) \<03 02 00 02>"]),
     "replies in another order: by their counter")
c = Connection(device=("10.0.0.2", 502))
c.ask(modbus(1, 17, "0300000001"), modbus(1, 17, "03020001")).ask(modbus(2, 18, "0300000001"), modbus(2, 18, "8302"))
c.ask(b"\0\3\0\0\0", b"")
r = imported(pcap(c.packets), "-f", "modbus-tcp")
ok(".with unit=17 -- .hex 03 00 00 00 01" in lines(r.out) and ".with unit=18 -- .hex 03 00 00 00 01" in lines(r.out)
   and ".tell .wire 00 03 00 00 00" in lines(r.out) and r.code == 5,
   "fields that differ stand with their command; what is no frame goes as it is", r)
same(run("fmt", "-", stdin=r.out).out, r.out, "in canonical form")

c = Connection()
c.ask(bytes([16, 1, 65]), bytes([32, 0])).say(0, bytes([224, 0]))
c.ask(bytes([48, 1, 66]), b"\x40\x90\x4e" + bytes(10000))
r = imported(pcap(c.packets), "-f", "mqtt")
ok(".tell .with type=224 -- .hex" in lines(r.out), "a command without a payload has no blank at its end", r)
same(run("fmt", "-", stdin=r.out).out, r.out, "in canonical form")
c = Connection()
c.ask(b"A\n", b"\1\2" * 9000 + b"\n")
r = imported(pcap(c.packets), "-f", "line")
has(r.out, "  \\<01 02 01 02 ", "what is too long as text is hex")
same(run("fmt", "-", stdin=r.out).out, r.out, "with blanks, in canonical form")

# ---- several streams ----

MANY = 1000
connections = [Connection(program=("10.0.1.1", 10000 + i)).ask(b"STATUS\n", b"READY\n").close().packets
               for i in range(MANY)]
many = file("many.pcap", pcap([c[i] for i in range(len(connections[0])) for c in connections]))
r = run("import", many, "-f", "line")
listed = [x for x in r.err.splitlines() if re.match(r" *\d+  10\.0\.0\.2:9100 from 10\.0\.1\.1:\d+: 7 bytes to it, 6 back, "
                                                    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d, ", x)]
same((r.code, r.out, len(listed)), (2, "", MANY), "a thousand streams are listed with sizes and times")
has(r.err, "--stream N", "how to take one")
r = run("import", many, "-f", "line", "--stream", str(MANY))
same((r.code, lines(r.out)), (0, macro(LINES[:1])), "the last one")
has(r.out, f"10.0.1.1:{9999 + MANY}", "whose program is named")
r = run("import", many, "-f", "line", "--stream", "all")
same((r.code, lines(r.out)), (0, macro(LINES[:1] * MANY)), "all of them")
r = run("import", many, "--stream", str(MANY + 1))
ok(r.code == 2 and f"the last one is {MANY}" in r.err, "there are no more", r)
for wrong in ("0", "x", "-1"):
    r = run("import", many, "--stream", wrong)
    ok(r.code == 2 and "--stream all" in r.err, f"--stream {wrong}", r)
two = session().packets + session(program=("10.0.0.1", 7), device=("10.0.0.3", 502)).packets
same(lines(imported(pcap(two), "-f", "line", "--port", "502").out), macro(device="10.0.0.3:502"),
     "--port takes the streams of its port")
again = session().packets + session(begin=(90000, 70000)).packets
r = imported(pcap(again), "-f", "line", "--stream", "2")
same((r.code, lines(r.out)), (0, macro()), "the same ends once more are another stream")

# ---- text ----

SOCAT = """2026/11/30 18:53:12 socat[20427] N listening on AF=2 127.0.0.1:7713
> 2026/11/30 18:53:12.000530146  length=7 from=0 to=6
 53 54 41 54 55 53 0a
< 2026/11/30 18:53:12.000530404  length=6 from=0 to=5
 52 45 41 44 59 0a
2026/11/30 18:53:12 socat[20427] N socket 1 (fd 6) is at EOF
"""
r = imported(SOCAT, "-f", "line")
same((r.code, lines(r.out)), (0, [f".frame {SAYS_LF}", "STATUS", "  READY"]), "socat -x")
has(r.out, "# 18:53:12.530 +258 us", "with its times")
VERBOSE = """> 2026/11/30 18:53:11.000282030  length=18 from=0 to=17
 53 54 41 54 55 53 0a                             STATUS.
 20 31 20 32 20 33 20 34 20 35 0a                 1 2 3 4 5.
--
< 2026/11/30 18:53:11.000287791  length=2 from=0 to=1
 4f 4b                                            OK
--
"""
same(lines(imported(VERBOSE).out), [".frame raw", "STATUS\\n 1 2 3 4 5\\n", "  OK"], "socat -x -v")
r = imported(SOCAT + "> 2026/11/30 18:53:13.000000001  length=3 from=9 to=11\n 41 42\n")
same((r.code, remarks(r)), (5, ["# 2 bytes of the program are missing at offset 7",
                                "# 1 byte of the program is missing at offset 11", "# not whole: AB"]), "a part of it is gone")
HEX = "# by hand\n> 53 54\n\n< 5245 # the device\n41\n  > 0d\n< 4f4B\n"
same(lines(imported(HEX).out), [".frame raw", "ST", "  REA", "\\r", "  OK"], "hex with marks")
r = imported("> 53 54\n< 4f4\n>41\n")
ok(r.code == 5 and "line 2" in r.err and "pairs of hex digits" in r.err, "a line that is not hex", r)
r = imported("> 41\n> " + "41" * 40000 + "\n< 42\n")
ok(r.code == 5 and "1 line cannot be read; the first is line 2: a line has at most 65536 bytes" in r.err and
   lines(r.out)[-2:] == ["A", "  B"], "a line that is too long is left out, and what follows is not", r)
r = imported(pcapng(whole, begin=10**13), "-f", "line")
ok(r.code == 0 and lines(r.out) == macro() and "from 10.0.0.1:40000, -\n" in r.out and "# 0" not in r.out,
   "a packet of the year 318857 has no time", r)
LOG = """2026-11-23T12:01:02.000000Z pump1 - connected to 10.0.0.5:9100
2026-11-23T12:01:02.100000Z pump1 > STATUS\\n
2026-11-23T12:01:02.150000Z pump1 < READY\\n
2026-11-23T12:01:02.150000Z pump1 = ok  50 ms  delimiter LF
2026-11-23T12:01:03.100000Z pump1 > \\<53 50 0a>
2026-11-23T12:01:03.150000Z pump1 - closed
"""
r = imported(LOG, "-f", "line")
same((r.code, lines(r.out)), (0, [".open pump1", f".frame {SAYS_LF}", "STATUS", "  READY", ".tell SP"]), "a log")
same(lines(imported(LOG.replace("- closed", "- the device closed its side"), "-f", "line").out)[-3:], ["SP", ".delay 50ms", "  (lost)"],
     "a tap's log says that the device closed, and how late")
LATE = LOG.replace("53 50 0a>", "53 50 0a>\n2026-11-23T12:01:03.101000Z pump1 < OK\\n")
same(lines(imported(LATE.replace("- closed", "- the device closed its side"), "-f", "line").out)[-4:],
     ["SP", "  OK", ".delay 49ms", "  (lost)"], "also behind its reply")
r = imported(re.sub(r"(\.\d)\d+Z", r"\1Z", LOG), "-f", "line")
has(r.out, "# 12:01:02.100", "digits behind the point are a fraction, however many")
r = imported(LOG + LOG.replace("pump1", "pump2"), "-f", "line")
ok(r.code == 2 and "    2  pump2: 10 bytes to it, 6 back, 2026-11-23 " in r.err, "of two devices", r)
same(lines(imported(LOG + LOG.replace("pump1", "pump2"), "--stream", "2").out)[0], ".open pump2", "the other one")
r = imported(LOG + "2026-11-23T12:01:04.000000Z pump1 > STA", "-f", "line")
ok(r.code == 5 and "has no line end" in r.err, "a log that breaks off", r)
for date in ("9999-11-23", "0001-01-01", "2026-13-01", "2026-01-32"):
    r = imported(LOG + date + "T12:01:04.000000Z pump1 > X\\n\n", "-f", "line")
    ok(r.code == 5 and "1 line cannot be read; the first is line 7" in r.err, f"no time: {date}", r)
r = imported("2026-11-23T12:01:0" + LOG[20:] + "\n2026-11-23T12:01:04.000000Z pump1 > \\q\n", "-f", "line")
ok(r.code in (2, 5), "lines that are none", r)
for content, part in (("hello\n", "it begins hello"), ("", "nobody says anything"), ("# only this\n", "nobody says"),
                      (b"\x00\x01\x02\x1b[2J", "\\x1b[2J")):
    r = imported(content)
    ok(r.code == 2 and part in r.err and "\x1b" not in r.err, f"no such file: {content!r}", r)
ok(run("import", f"{HOME}/nothing").code == 2, "a file that is not there")
ok(run("import", HOME).code == 2, "a folder")
r = imported(pcap(Connection().ask(b"\x1b[2J\n", b"\x1b]0;x\x07\n").packets), "-f", "line")
ok("\x1b" not in r.out and "\\x1b[2J" in r.out, "no byte of the capture is there but in its spelling", r)
c = Connection().ask(b"A\n", b"\x01" * 35000)
c.say(1, b"\x01" * 35000 + b"\n")
r = imported(pcap(c.packets), "-f", "line")
ok(r.code == 0 and "\n  (and) " in r.out and max(map(len, r.out.splitlines())) < 1 << 16, "a reply that no line can hold is several", r)
LONG = f"{HOME}/long.wilco"
with open(LONG, "w", encoding="utf-8") as f:
    f.write(r.out)
same(run("fmt", "--check", LONG).code, 0, "in canonical form")
with simulated(r.out) as at:
    same(run("send", "-o", "raw", "-f", "line", at, "A").raw, b"\x01" * 70000, "which a device of it says whole")
    same(run("play", LONG, "--device", f"10.0.0.2:9100={at}").code, 0, "and which is compared whole")
with simulated(r.out.replace("01>", "02>")) as at:
    r = run("play", LONG, "--device", f"10.0.0.2:9100={at}")
    ok(r.code == 1 and "byte 16383" in r.out + r.err, "to its last byte", r)
r = imported(pcap(Connection().ask(b"\x01" * 35000 + b"\n", b"OK\n").packets), "-f", "line")
ok(r.code == 5 and "longer than" in r.err and "35000 bytes" in r.out, "a command that no line can hold is left out, and that is said", r)

# ---- frame decode ----


def decoded(content, *options):
    return run("frame", "decode", *options, stdin=content)


for name, content in (("pcap", pcap(whole)), ("pcapng", pcapng(whole)), ("pcapng, big endian", pcapng(whole, order=">"))):
    r = decoded(content, "line", "--json")
    seen = [json.loads(x) for x in r.out.splitlines()]
    same([(x["stream"], x["direction"], bytes.fromhex(x["payload_hex"]).decode()) for x in seen],
         [(1, way, text) for pair in LINES for way, text in zip("><", pair)], f"decode: {name}")
same([x["offset"] for x in seen], [0, 0, 7, 6, 17, 9], "offsets count in each direction")
same(decoded(pcap(whole), "line").out.split("\n"), [f"1 {way} {x}" for pair in LINES for way, x in zip("><", pair)] + [""],
     "as text")
same(decoded(pcap(whole), "line", "-o", "raw").out, "".join(x for pair in LINES for x in pair), "as they are")
r = decoded(pcap(whole[:6] + whole[7:]), "line", "--json")
seen = [json.loads(x) for x in r.out.splitlines()]
same((r.code, [x for x in seen if x["event"] == "missing"]),
     (5, [{"stream": 1, "direction": "<", "event": "missing", "offset": 6, "bytes": 3}]), "what is missing")
same(seen[-1]["offset"], 9, "and counts")
r = decoded(pcap(whole), "line", "--count")
same(r.out, "6 frames, 0 damaged, 0 partial, 0 oversize, 0 stray bytes\n", "--count")
r = decoded(pcap(whole), "raw", "--raw", "--json")
same(bytes.fromhex(json.loads(r.out)["raw_hex"]), pcap(whole), "--raw: bytes like any other")
same("stream" in json.loads(r.out), False, "without a stream")
for other in (b"\n\r\r\nhello", b"\n\r\r\n" + bytes(8), b"\xa1\xb2\xc3", b"\n"):
    r = decoded(other, "raw", "--json")
    same(bytes.fromhex(json.loads(r.out)["raw_hex"]), other, f"no capture: {other!r}")
r = decoded(middle, "line")
ok(r.code == 2 and "--port" in r.err, "decode does not know the device, either", r)
same(decoded(middle, "line", "-p", "9100").code, 0, "--port tells it")
r = decoded(pcap(two), "line", "--json")
same({x["stream"] for x in map(json.loads, r.out.splitlines())}, {1, 2}, "all streams")

for words in (("send", "--stream", "1", "127.0.0.1:9", "x"), ("fmt", "--raw", many)):
    ok(run(*words).code == 2, f"{words[0]} {words[1]} is refused")

done()
