#!/usr/bin/env python3
"""wilco simulate: devices with a memory, whose files have .on, .let and names in replies."""
import os
import socket
import time

from wilcotest import HOME, LIMIT, done, has, ok, read_to_end, run, same, simulated, some

# Files 9 and 10 of the issue.
PUMP = """.frame line
.let speed 0
.greeting
  PUMP v2.1 READY
.on SPEED (\\d+) (re)
.let speed \\{1}
  OK
.end
SPEED?
  SPEED=\\{speed}
"""
BINARY = """.frame type:u8=0 len(payload):u8 payload crc16-x25:le ; bin
.on \\x05(.) (re)
.fault truncate 2 every 3
  (with type=\\{type}|0x40) \\<05 u8(\\{1:u8}|0x80)>
.end
.else
  (with type=\\{type}|0x40) (empty)
"""
GREETED = "payload LF -> payload (CR LF | LF) ; greet 'PUMP' *"
BINARY_FRAME = BINARY.splitlines()[0].removeprefix(".frame ")


def written(text):
    path = os.path.join(HOME, "device.wilco")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def replies(address, *commands, options=("-f", "line")):
    return run("send", *options, address, *commands).out.splitlines()


# ---- a memory ----
with simulated(PUMP) as address:
    same(replies(address, "SPEED?", "SPEED 42", "SPEED?", options=("-f", GREETED)), ["SPEED=0", "OK", "SPEED=42"],
         ".let keeps what a command said, and a reply gives it back")
    same(replies(address, "SPEED?", options=("-f", GREETED)), ["SPEED=42"], "the memory is one for all clients")
    macro = written(f".open {address}\n.frame {GREETED}\nSPEED 7\n  OK\nSPEED?\n  SPEED=7\n")
    r = run("play", macro)
    same((r.code, r.out.count("ok ")), (0, 2), "a macro plays against it")
    r = run("send", "-f", GREETED, "-t", "200ms", address, "SPEED x")
    same(r.code, 4, "what matches neither a command nor a pattern has no answer")
with simulated(BINARY) as address:
    same(replies(address, "05 01", "06", options=("-o", "hex", "-f", BINARY_FRAME)), ["0581", ""],
         "groups are numbers in a byte list, and fields of the command those of the reply")
    r = run("send", "--json", "-f", BINARY_FRAME, address, ".with type=3 05 02")
    has(r.out, '"type":67', "type of the reply is calculated from that of the command")

# ---- lines of a binary frame ----
BYTES = """.frame len:u8 payload ; bin
01 03
  03 04 'AB'
.hex 02
  \\<05 06>
\\<09 0a>
  (unsolicited) 07
.on \\x08(.) (re)
  aa u8(\\{1:u8})
.end
"""
with simulated(BYTES) as address:
    same(replies(address, ".hex 01 03", ".hex 02", ".hex 09 0a", ".hex 08 10", options=("-o", "hex", "-f", "lp8")),
         ["03044142", "0506", "07", "aa10"], "in a binary frame lines without a verb are bytes")
    macro = written(f".open {address}\n.frame len:u8 payload ; bin\n01 03\n  03 04 'AB'\n02\n  \\<05 06>\n")
    r = run("play", macro)
    same((r.code, r.out.count("ok ")), (0, 2), "in a macro, too")
r = run("simulate", written(".frame len:u8 payload ; bin\nSTATUS\n"), "127.0.0.1:0")
same(r.code, 2, "and text is none")
has(r.err, "'STATUS' is not a byte", "which is said")

# ---- the echo, and replies in one piece ----
with simulated(".frame payload CR -> payload CR LF ; echo\nID?\n  PUMP 7\n  READY\n") as address:
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=LIMIT) as s:
        s.sendall(b"ID")
        same(s.recv(99), b"ID", "a frame with echo repeats what comes, as it comes")
        s.sendall(b"?\r")
        got = b""
        while not got.endswith(b"READY\r\n"):
            got += s.recv(99)
        same(got, b"?\rPUMP 7\r\nREADY\r\n", "before it answers")
    same(replies(address, "ID?", options=("-f", "payload CR -> payload CR LF ; echo ; times 2")), ["PUMP 7", "READY"],
         "and wilco takes it for the echo")

# ---- the order of matching ----
ORDERED = """.frame line
.let count 1
A 1
  exact
.on A (.*) (re)
  first \\{1}
.end
.on A * (glob)
  never
.end
.on /B([0-9]+)-(x?)/
.delay 1ms
  found \\{1} [\\{2}]
  \\{count}
.let count \\{count}1
.end
.on C \\<01 ?? 03>
  mask
.end
.on D\\{count}
  named
.end
.else
  else
"""
with simulated(ORDERED) as address:
    same(replies(address, "A 1", "A 2", "E", "D1"), ["exact", "first 2", "else", "named"],
         "an exact command, then .on in the order of the file, then .else")
    same(replies(address, "xB12-y", "B3-x"), ["found 12 []", "found 3 [x]"], "/PATTERN/ is searched")
    same(replies(address, "C \\<01 ff 03>"), ["mask"], "a mask")
with simulated(".frame line\n.let n2 7\n.on X(.) (re)\n  \\<u8(\\{n2:u8})> \\{1:u16be}\n.end\nY\n  ok\n") as address:
    same(run("send", "-f", "line", "-t", "200ms", address, "X1").code, 4, "a value that is no number sends nothing")
    same(replies(address, "Y"), ["ok"], "and the device goes on")
has(b"".join(address.log).decode(), "is not the bytes of one u16be", "the log says why")

# ---- what it says by itself ----
TALK = ".frame payload LF\n.let level 3\n.every 5ms\n  (unsolicited) ALARM \\{level}\n.end\nSTATUS\n  READY\n"
with simulated(TALK) as address:
    macro = ".frame payload LF ; async 'ALARM' *\nSTATUS\n  READY\n  (unsolicited) ALARM 3\n"
    r = run("play", "--device", address, written(macro))
    same((r.code, r.out.count("ok ")), (0, 1), ".every with replies is what the device says by itself")
with simulated(BINARY + ".every 5ms\n  (unsolicited) \\<80 01>\n.end\n") as address:
    wire = bytes.fromhex(run("frame", "encode", BINARY_FRAME, "80 01").out)
    with socket.create_connection(address.rsplit(":", 1), timeout=LIMIT) as s:
        got = b""
        while len(got) < 3 * len(wire):
            got += s.recv(100)
        same(got[:3 * len(wire)], 3 * wire, "it goes on, in the frame")


def two_ticks_and_a(device_file):
    """What a device says that says two lines by itself, and is then asked A."""
    with simulated(device_file) as address, socket.create_connection(address.rsplit(":", 1), timeout=LIMIT) as s:
        got = b""
        while got.count(b"\n") < 2:
            got += s.recv(100)
        s.sendall(b"A\n")
        s.shutdown(socket.SHUT_WR)
        return got + read_to_end(s)


same(two_ticks_and_a(".frame payload LF\n.every 1ms 2\n  TICK\n.end\nA\n.delay 20ms\n  a\n"), b"TICK\nTICK\na\n",
     "as often as is asked for")
with simulated(".frame line\n.every 1s 2\nA\n  a\n.end\n.repeat 2\nB\n  b\n.end\n"
               ".every 1s 2 C\n  c\n") as address:
    same(replies(address, "A", "B", "C"), ["a", "b", "c"], "loops around commands are nothing to a device")

# ---- the same files elsewhere ----
for text in some((PUMP, BINARY, ORDERED, TALK)):
    same(run("fmt", "--check", written(text)).out, "", "its file is in the canonical form")
with simulated(".frame line\nSPEED?\n  SPEED=0\n") as address:
    r = run("play", "--device", address, written(PUMP.replace("\\{speed}", "0")))
    same((r.code, r.out.count("ok ")), (0, 1), "play passes over .on up to its .end")

# ---- faults ----
def told(address, count, command=b"A\n", until=None):
    """Sends one command after the other, each when the bytes of `until` came, and reads to the end."""
    with socket.create_connection(address.rsplit(":", 1), timeout=LIMIT) as s:
        got = b""
        for i in range(count):
            s.sendall(command)
            while until and got.count(until) <= i:
                got += s.recv(100)
        s.shutdown(socket.SHUT_WR)
        return got + read_to_end(s)


def faulty(fault, count=1, command=b"A\n", *options, reply="abcdef"):
    """What a device answers, and what its log says of faults."""
    with simulated(f".frame payload LF\nA\n.fault {fault}\n  {reply}\nB\n  good\n", *options) as address:
        got = told(address, count, command)
    return got, [line.split(b" ! ")[1].decode().strip() for line in address.log if b" ! fault" in line]


for fault, count, command, expected in some((
        ("drop", 1, b"A\nB\n", b"good\n"),
        ("drop nth 2", 3, b"A\n", b"abcdef\nabcdef\n"),
        ("truncate 2", 1, b"A\nB\n", b"abcdegood\n"),
        ("truncate", 1, b"A\n", b"abcdef"),
        ("truncate 99", 1, b"A\nB\n", b"good\n"),
        ("truncate 2 every 3", 6, b"A\n", 2 * b"abcdef\nabcdef\nabcde"),
        ("split 20ms", 1, b"A\nB\n", b"abcdef\ngood\n"),
        ("pace 2ms", 1, b"A\nB\n", b"abcdef\ngood\n"),
        ("delay 20ms", 1, b"A\nB\n", b"abcdef\ngood\n"),
        ("close", 1, b"A\nB\n", b"abc"),
        ("stall", 1, b"A\nB\n", b""),
        ("stall nth 2", 1, b"A\nB\nA\nB\n", b"abcdef\ngood\n"))):
    got, log = faulty(fault, count, command)
    same(got, expected, f".fault {fault}")
    same(set(log), {f"fault: {fault}"}, "is in the log")
got, _ = faulty("corrupt 2")
same((len(got), sum(a != b for a, b in zip(got, b"abcdef\n"))), (7, 2), "corrupt changes so many bytes")
got, _ = faulty("corrupt 99")
same((len(got), sum(a != b for a, b in zip(got, b"abcdef\n"))), (7, 7), "or all")
with simulated(".frame payload LF\nA\n.fault reset\n  abcdef\n") as address:
    with socket.create_connection(address.rsplit(":", 1), timeout=LIMIT) as s:
        s.sendall(b"A\n")
        try:
            while s.recv(100):
                pass
            was_reset = False
        except ConnectionResetError:
            was_reset = True
        ok(was_reset, "reset is a reset of TCP")
for fault, pieces in (("split 50ms", 2), ("pace 50ms", 7)):
    with simulated(f".frame payload LF\nA\n.fault {fault}\n  abcdef\n") as address:
        began = time.monotonic()
        same(told(address, 1), b"abcdef\n", f"{fault} sends all")
        ok(time.monotonic() - began >= 0.05 * (pieces - 1), f"in {pieces} pieces, with the pause between them")
with simulated(".frame payload LF\nA\n.fault delay 50ms\n.fault truncate\n  abc\n.fault drop\n  d\n  e\n") as address:
    began = time.monotonic()
    same(told(address, 1), b"abce\n", "several faults for one reply; one for each reply of a block")
    ok(time.monotonic() - began >= 0.05, "delay is so long")
with simulated(".fault drop every 2\n.frame payload LF\n.greeting\n  hi\nA\n.fault truncate nth 3\n  a\nB\n  b\n"
               ".on N(.) (re)\n.fault truncate\n  \\{1}\n.end\n") as address:
    same(told(address, 1, b"A\nB\nA\nA\n"), b"hi\nb\na", "before the first block it is for all replies, in their order")
    same(told(address, 1, b"N7\nN8\n"), b"7", "also for those with names")
RANDOM = "drop 30%"
one, other = faulty(RANDOM, 40)[0], faulty(RANDOM, 40, b"A\n", "--seed", "2")[0]
same(faulty(RANDOM, 40, b"A\n", "--seed", "1")[0], one, "the same seed gives the same faults; it is 1 at first")
ok(0 < one.count(b"\n") < 40 and 0 < other.count(b"\n") < 40, "P% is sometimes", (one, other))
same(faulty("corrupt 3", 1, b"A\n", "--seed", "7"), faulty("corrupt 3", 1, b"A\n", "--seed", "7"), "corrupt, too")
ok(faulty("corrupt 3", 9, b"A\n", "--seed", "7") != faulty("corrupt 3", 9, b"A\n", "--seed", "8"),
   "another gives others")
with simulated(".frame line\n.fault drop 1%\nA\n  a\n", "--seed", "0x10") as address:
    pass
has(b"".join(address.log).decode(), "faults by --seed 16", "the seed is printed")
same(run("simulate", "--seed", "x", written(PUMP), "127.0.0.1:0").code, 2, "a seed is a number")

# File 10 of the issue, which says ALARM each second there.
WHOLE = BINARY + ".every 5ms\n  (unsolicited) \\<80 01>\n.end\n"
same(run("fmt", "--check", written(WHOLE)).out, "", "file 10 is in the canonical form")
same(run("play", "--device", "127.0.0.1:1", written(WHOLE)).code, 0, "nothing of it is played")
WIRE = bytes.fromhex(run("frame", "encode", BINARY_FRAME, "05 01").out)
with simulated(WHOLE.replace(".every 5ms", ".every 1h")) as address:
    answer = bytes.fromhex(run("frame", "encode", "--set", "type=64", BINARY_FRAME, "05 81").out)
    same(told(address, 1, 6 * WIRE), 2 * (answer + answer + answer[:-2]), "each third reply lacks its last two bytes")

with simulated(".frame line\nA\n  a\nB\n  b\n") as address:
    BOTH = ".frame line\n.fault delay 1ms 5%\nA\n.fault drop\n  {}\n" \
           ".every 1s\n.fault drop\n  TICK\n.end\nB\n.fault stall\n  b\n"
    r = run("play", "--device", address, written(BOTH.format("a")))
    same((r.code, r.out.count("ok ")), (0, 2), ".fault does nothing when the file is played")
    r = run("play", "--device", address, written(BOTH.format("c")))
    same((r.code, r.out.count("not ok ")), (1, 1), "and does not end a block")
    r = run("-f", "line", address, stdin="A\n.fault drop 5%\n  a\nB\n")
    same((r.code, r.out.splitlines()), (0, ["a", "b"]), "nor does it in a pipe")
    r = run("-f", "line", address, stdin="A\n.fault lose\n")
    same(r.code, 2, "where it is read, too")
    has(r.err, "no kind of fault", "which says what is wrong")
with simulated(BOTH.format("a")) as address:
    same(told(address, 1, b"A\r\nB\r\n"), b"", "as a device it has these faults")
same(two_ticks_and_a(".frame payload LF\n.every 1ms 3\n.fault drop nth 2\n  TICK\n.end\n.every 1h A\n  a\n"),
     b"TICK\nTICK\na\n", "what the device says by itself has faults, too")

# ---- bytes that the frame would not make, and long ones ----
LONG = "".join(f"  {i}\n" for i in range(30000))
BACKSLASH = "C\n  \\\\{1\n  (and) \\\\{2}\n"  # spelled so, it begins no name
with simulated(f""".frame payload LF -> '=' payload CR LF
.greeting
  (wire) hello\\n
A
  1
  (wire) 2\\x00
  (and) 3
  (and) 4\\n
  5
  (and) 6
  (unsolicited) (wire) 7\\n
{BACKSLASH}B
{LONG}""") as address:
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=LIMIT) as s:
        s.sendall(b"A\nC\nB\n")
        s.shutdown(socket.SHUT_WR)
        same(read_to_end(s), b"hello\n=1\r\n2\x0034\n=56\r\n7\n=\\{1\\{2}\r\n" +
             b"".join(b"=%d\r\n" % i for i in range(30000)),
             "(wire), (and), and more than the line takes at once")

# ---- mistakes ----
for text, place, said in some((
        (".on\n", "1:4", "needs the pattern"),
        (".on ( (re)\n", "1:6", "no regular expression"),
        (".on /x\n", "1:5", "no / at its end"),
        (".on /x/ y\n", "1:8", "nothing can stand behind"),
        (".on (lost)\n  A\n.end\n", "1:5", "this mark is for a reply"),
        (".on A\n  B\nC\n", "3:1", "the .on of line 1 has no .end"),
        (".on A\n  B\n", "1:1", "this .on has no .end"),
        (".on A\n.delay 1s\n.end\n", "3:1", "the .delay above has no reply"),
        (".on A(.) (re)\n  \\{2}\n.end\n", "2:5", "no group 2"),
        (".on A\n.let 1x 2\n.end\n", "2:6", "cannot be the name"),
        (".let\n", "1:5", "needs NAME VALUE"),
        (".frame modbus-tcp\n.let unit 2\n", "2:6", "is a field of the frame"),
        (".every\n  A\n.end\n", "1:7", "needs a duration"),
        (".every 1x\n  A\n.end\n", "1:8", "1x"),
        (".every 1us\n  A\n.end\n", "1:8", "at most every 1ms"),
        (".every 1s 0\n  A\n.end\n", "1:11", "how often"),
        (".every 1s .now X\n  A\n", "1:11", "cannot be used in the file of a device"),
        (".every 1s\n  A\nB\n", "3:1", "the .every of line 1 has no .end"),
        ("A\n.let x 1\n  B\n", "3:1", "no command above"),
        ("A\n  \\{speed}\n", "2:5", "has no value"),
        ("A \\{1}\n  B\n", "1:5", "no group 1"),
        ("A\n  \\{secret:PIN}\n", "2:5", "secret"),
        (".fault\n", "1:7", "needs what goes wrong"),
        (".fault lose\nA\n  B\n", "1:8", "corrupt [N]"),
        ("A\n.fault drop\nB\n  C\n", "3:1", "the .fault above has no reply"),
        ("A\n.fault drop\n  (none)\n", "3:3", "for a reply that is sent"),
        (".on A(.) (re)\n  B\n.end\n.fault drop\n", "4:1", "before the first command"),
        (".on A(.) (re)\n.fault truncate \\{1}\n  B\n.end\n", "2:8", "before the first command comes"),
        ("A\n  (and) B\n", "2:3", "the reply line above"),
        ("A\n  (none)\n  (and) B\n", "3:3", "the reply line above"),
        ("A\n  B\n.delay 1s\n  (and) C\n", "4:3", "the reply line above"),
        (".on A(.) (re)\n  \\{1}\n  (and) C\n.end\n", "3:3", "has to be one line"),
        ("A\n  (wire)\n", "2:3", "(wire)"),
        (".on A\n  \\q\n.end\n", "2:3", "escape"))):
    r = run("simulate", written(text), "127.0.0.1:0")
    same(r.code, 2, f"{text!r} is refused")
    has(r.err, f"device.wilco:{place}", "with its place")
    has(r.err, said, "and what is wrong")
done()
