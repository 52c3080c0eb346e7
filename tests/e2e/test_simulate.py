#!/usr/bin/env python3
"""wilco simulate is the device: many clients, its frame's command side, answers from a file."""
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time

from wilcotest import ENV, HOME, LIMIT, done, has, ok, read_to_end, read_until, run, same, simulated, wait_for

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "script.py")

DEVICE = """# a projector
PWR?
  PWR=ON
PWR?
  PWR=OFF
SLOW
.delay 400ms
  DONE
QUIET
  (none)
NOTHING
  (empty)
TWO
  ONE
  (unsolicited) ALARM
BYTES
  \\x01\\xff\\<STX 'x'>
.else
  ERR
"""


def connect(address):
    host, port = address.rsplit(":", 1)
    s = socket.create_connection((host, int(port)), timeout=LIMIT)
    return s


def script(address, text):
    p = subprocess.run([sys.executable, SCRIPT, address, text], capture_output=True, text=True,
                       timeout=LIMIT, check=False, env=ENV)
    return p.stdout


with simulated(DEVICE) as address:
    same(script(address, "PWR?"), "PWR=ON\n", "the script gets its reply from the simulator")
    same(script(address, "PWR?"), "PWR=OFF\n", "a repeated command cycles through its replies")
    same(script(address, "PWR?"), "PWR=ON\n", "and begins again")
    same(script(address, "NO SUCH"), "ERR\n", ".else answers the rest")
    same(script(address, "QUIET"), "\n", "(none) sends nothing and the simulator closes")
    same(run("send", "-o", "hex", address, "BYTES").out, "01ff0278\n", "escapes are bytes")
    with connect(address) as s:
        s.sendall(b"\x1bNOTHING\r")
        same(s.recv(10), b"\0", "(empty) sends an empty frame")
        s.sendall(b"\x1bPWR")
        s.sendall(b"?\r\x1bTWO\r")
        got = b""
        while got.count(b"\0") < 3:
            got += s.recv(100)
        same(got, b"PWR=OFF\0ONE\0ALARM\0", "commands in any cut, answers in their order")
        s.shutdown(socket.SHUT_WR)
        same(read_to_end(s), b"", "after half-close the simulator closes")

    # A slow answer of one client delays no other.
    began = time.monotonic()
    with connect(address) as slow:
        slow.sendall(b"\x1bSLOW\r")
        same(script(address, "NO SUCH"), "ERR\n", "another client is served meanwhile")
        same(slow.recv(100), b"DONE\0", ".delay waits before the reply")
        ok(time.monotonic() - began >= 0.4, "for its time")

    results = []

    def client():
        with connect(address) as c:
            c.sendall(b"\x1bBYTES\r" * 50)
            c.shutdown(socket.SHUT_WR)
            results.append(read_to_end(c))

    threads = [threading.Thread(target=client) for _ in range(40)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(LIMIT)
    same(results, [b"\x01\xff\x02x\0" * 50] * 40, "40 clients with 50 commands each at once")

    # More commands than answers may wait, from a client that does not read.
    with connect(address) as c:
        many = 20000
        sender = threading.Thread(target=lambda: (c.sendall(b"\x1bBYTES\r" * many),
                                                  c.shutdown(socket.SHUT_WR)))
        sender.start()
        same(len(read_to_end(c)), 5 * many, "20,000 commands in one go are all answered")
        sender.join(LIMIT)
log = b"".join(address.log).decode()
has(log, " > PWR?\n", "each command is logged")
has(log, " < PWR=ON\n", "each reply is logged")
has(log, "\\x01\\xff\\x02x", "the log shows no raw byte")
same(address.code, 143, "SIGTERM ends it")


def refused(text, part, name, *options):
    path = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"wilcotest{os.getpid()}.wilco")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    r = run("simulate", *options, path, "127.0.0.1:0")
    os.unlink(path)
    ok(r.code == 2 and part in r.err, name, r)


refused("  A\n", ":1:1: this reply has no command", "a reply without a command has file and line")
refused("A\n B\n", "indent a reply by two blanks", "one blank is explained")
refused("A\n  x (re)\n", "cannot answer with a pattern", "a pattern cannot be played")
refused("A\n  x\\q\n", ":2:4: ", "a bad escape has its column")
refused(".delai 3s\n", "not a wilco command", "files need whole verbs")
refused(".frame payload LF\nA\n  a\\nb\n", "holds its own terminator", "a reply that the frame cannot carry")
refused(".frame payload XX\n", "XX", "a bad frame")
refused("A\n.delay 2s\n", ".delay has no reply", "a delay of nothing")
r = run("simulate", "/no/such/file")
same(r.code, 2, "a file that is not there")
with simulated("A\n  B\n") as address:
    path = f"{ENV['HOME']}/again.wilco"
    with open(path, "w", encoding="utf-8") as f:
        f.write("A\n  B\n")
    r = run("simulate", path, address)
    same(r.code, 3, "a port in use is exit status 3")
    has(r.err, "in use", "and said")
# ---- clients that do nothing ----

SLOW = "A\n  B\nSLOW\n.delay 4s\n  DONE\nBIG\n  " + "y" * 60000 + "\n"
with simulated(SLOW, "--idle-limit", "3s") as address:
    with connect(address) as silent:
        same(silent.recv(1), b"", "--idle-limit closes a client that says nothing")
    with connect(address) as s:
        s.sendall(b"\x1bSLOW\r")
        same(s.recv(10), b"DONE\0", "but none that waits for a reply")
        same(s.recv(1), b"", "until it has come")
    with connect(address) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with contextlib.suppress(ConnectionError):
            while True:
                deaf.sendall(b"\x1bBIG\r" * 100)
    ok(True, "and one that takes nothing")
log = b"".join(address.log).decode()
same(log.count("closed: nothing came for 3 s (--idle-limit)"), 3, "the log says so each time")
with simulated(SLOW, "--idle-limit", "off") as address, connect(address) as s:
    s.sendall(b"\x1bA\r")
    same(s.recv(10), b"B\0", "--idle-limit off")


def kept_alive(address):
    """Whether a timer runs for the simulator's side of a connection that is idle."""
    port = ":%04X" % int(address.rsplit(":", 1)[1])

    def timers():
        with open("/proc/net/tcp", encoding="ascii") as f:
            sides = [line.split() for line in f.read().splitlines()[1:]]
        found = [side[5][:2] for side in sides if side[1].endswith(port) and side[3] == "01"]
        return None if "01" in found else found  # something is not acknowledged yet

    with connect(address) as s:
        s.sendall(b"\x1bA\r")
        s.recv(10)
        return wait_for(timers, "an idle connection") == ["02"]


with simulated(SLOW) as address:
    ok(kept_alive(address), "it is asked whether it is still there")
with simulated(SLOW, at="127.0.0.1:0?keepalive=off") as address:
    ok(not kept_alive(address), "unless the address says keepalive=off")
refused("A\n  B\n", "a duration", "an idle limit that is none", "--idle-limit", "soon")
refused("A\n  B\n", "off turns it off", "or is nothing", "--idle-limit", "0")
# A setting that says how wilco opens a line, or talks on it, means nothing where it is called.
for at, has_instead in (("127.0.0.1:0?login=x", "no setting 'login'; a tcp one has keepalive\n"),
                        ("telnet://127.0.0.1:0?keepalive=5s&timeout=3s", "'timeout'; a telnet one has keepalive\n"),
                        ("tls://127.0.0.1:0?sni=a", "'sni'; a tls one has keepalive, tls-min, ca, cert, key\n"),
                        ("udp://127.0.0.1:0?open=41", "'open'; a udp one has from\n"), ("pty:?baud=9600", "'baud'; a pty one has none\n")):
    r = run("simulate", os.devnull, at)
    same((r.code, r.out), (2, ""), f"{at}: a setting without a meaning is refused")
    has(r.err, has_instead, "with those that are taken")
with simulated("A\n  B\n", at="listen://127.0.0.1:0?from=127.0.0.2") as address:
    with connect(address) as s:
        same(read_to_end(s), b"", "from= closes who calls from elsewhere")
    with socket.create_connection(address.rsplit(":", 1), timeout=LIMIT, source_address=("127.0.0.2", 0)) as s:
        s.sendall(b"\x1bA\r")
        same(s.recv(10), b"B\0", "and takes the others")
has(b"".join(address.log).decode(), "called and was turned away (from=127.0.0.2)", "which the log says")
# What went wrong is played as it was; what is for whoever sends is read and does nothing.
MARKS = """# recorded
.open 10.0.0.5
.use 10.0.0.5
.set max=100
.log off
.frame mine = payload LF
.frame mine
.wait 9s
A
  (damaged) \\<'half'>
B
  (stray) \\x00x
  B
  (none)
C
  (none)
.delay 100ms
  (late) C
  (late) (empty)
D
  D
  (lost)
.tell E
.wire 18
  woken
"""
with simulated(MARKS) as address, connect(address) as s:
    for asked, reply in ((b"A", b"half"), (b"B", b"\0xB\n"), (b"C", b"C\n\n"), (b"D", b"D\n")):
        s.sendall(asked + b"\n")
        got = b""
        while len(got) < len(reply):
            got += s.recv(100)
        same(got, reply, f"the marks of {asked.decode()} are played")
    same(read_to_end(s), b"", "(lost) closes the line")
    with connect(address) as s:
        s.sendall(b"\x18")
        same(s.recv(100), b"woken\n", ".wire stands for bytes of no frame")
FIELDS = """.frame modbus-tcp
.hex 03 00
  \\<03 01>
.with unit=17 .hex 03 00
  \\<03 11>
.with unit=17 .hex 03 00
  \\<03 12>
"""
with simulated(FIELDS) as address:
    r = run("send", "-f", "modbus-tcp", "-o", "json", address, ".hex 03 00", *[".with unit=17 .hex 03 00"] * 3)
    same([json.loads(line)["reply_hex"] for line in r.out.splitlines()], ["0301", "0311", "0312", "0311"],
         "a command with fields is the one whose fields are given")
with simulated(".frame modbus-tcp\n.hex 03 00\n  (with unit=17) \\<03 01>\n") as address:
    r = run("send", "-f", "modbus-tcp", "-o", "json", address, ".hex 03 00")
    same(json.loads(r.out)["fields"], {"tid": 1, "unit": 17}, "the fields of a reply are those that are given")
for line, at, reason in (("  (stary) x", "3:3", "'(stary)' is no mark of a reply"), ("  (none) x", "3:3", "nothing can stand behind (none)"),
                         ("  (late)", "3:3", "(late) needs what came behind it"), ("  (lost) (re)", "3:10", "cannot answer with a pattern"),
                         (".with unit=1 x", "3:7", "expected FIELD=VALUE"), ("  (with unit=1) x", "3:3", "expected (with FIELD=VALUE ...)")):
    path = f"{HOME}/wrong.wilco"
    with open(path, "w", encoding="utf-8") as f:
        f.write(f".frame line\nA\n{line}\n")
    r = run("simulate", path, "127.0.0.1:0")
    same(r.code, 2, f"{line} is refused")
    has(r.err, reason, "with its reason")
    has(r.err, f"{path}:{at}: ", "and its place")
with open(path, "w", encoding="utf-8") as f:
    f.write(".frame line\nA\n  B\n")
for kind in ("rfc2217://127.0.0.1:0", "exec:cat", "serial:/dev/ttyS0"):
    r = run("simulate", path, kind)
    ok(r.code == 2 and f"cannot listen on {kind.split(':')[0]}" in r.err, f"nobody is told that {kind} is served", r)

def checked(address, *lines):
    """A client of a device that is played with --once, and how that one ended."""
    with connect(address) as s:
        s.sendall(b"".join(lines))
        s.shutdown(socket.SHUT_WR)
        return read_to_end(s)


def once(macro, *options, **more):
    return simulated(macro, *options, once=True, **more)


def told(address):
    return b"".join(address.log).decode()


METER = ".frame line\nA\n  B\n.on C(\\d) (re)\n  D\\{1}\n.end\n"
with once(METER, "--check") as address:
    same(checked(address, b"A\nC7\n"), b"B\r\nD7\r\n", "a device that is checked answers as ever")
same(address.code, 0, "where all is in the file --check is content, and --once ends")
with once(METER, "--check") as address:
    same(checked(address, b"A\nX\nA\nC\n"), b"B\r\nB\r\n", "what the file does not have is not answered")
same(address.code, 1, "and --check says so")
has(told(address), "! the file has no such command; nothing answers it", "where it comes")
has(told(address), "wilco: 2 commands came that the file does not have, and 0 times bytes of no frame", "and at the end")
with once(METER + ".else\n  ERR\n", "--check") as address:
    same(checked(address, b"X\nA\n"), b"ERR\r\nB\r\n", ".else answers with --check, too")
same(address.code, 1, "and is no match")
with once(METER + ".else\n  ERR\n") as address:
    checked(address, b"X\n")
same(address.code, 0, "without --check nothing is wrong with it")
ok("no such command" not in told(address), "and nothing is said", told(address))
with once(".frame modbus-rtu\n.hex 03 00 01 00 01\n  \\<03 02 00 01>\n", "--check") as address:
    checked(address, bytes.fromhex("010300010001d5cb"))
same(address.code, 1, "a frame that is broken is no command of the file")
has(told(address), "0 commands came that the file does not have, and 1 time bytes of no frame", "and is counted apart")
with once("LONG\n  " + "x" * 60000 + "\n", "-f", "line") as address:
    with connect(address) as first, connect(address) as second:
        same(read_to_end(second), b"", "with --once a second client is turned away")
        first.sendall(b"LONG\n" * 40)
        first.shutdown(socket.SHUT_WR)
        same(len(read_to_end(first)), 40 * 60002, "and the first one gets all before it ends")
same(address.code, 0, "--once ends well")
has(told(address), "turned away: --once is for one client", "the second one was told of")
with once(METER, "--check", "--idle-limit", "100ms", at="udp://127.0.0.1:0") as address:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(LIMIT)
        host, port = address.removeprefix("udp://").rsplit(":", 1)
        s.sendto(b"A\n", (host, int(port)))
        same(s.recv(100), b"B\r\n", "a source of datagrams is a client")
same(address.code, 0, "that has gone when it was silent for long")
with simulated(".frame line\n.on IN(?: (\\w*))?(!)? (re)\n  <\\{1|none}> <\\{1}> <\\{2}>\n.end\n") as address:
    same(run("send", "-f", "line", address, "IN", "IN bob", "IN ", "IN!").out,
         "<none> <> <>\n<bob> <bob> <>\n<> <> <>\n<none> <> <!>\n", "a group that took no part has its default, else it is empty")
COUNTER = r""".frame line
A
  A \{n}
.on B(.) (re)
.let last \{n}
  B\{1} \<u8(0x40+\{n})>
.end
LAST
  \{last}
.every 20ms 3
  (unsolicited) ALARM \{n}
.end
"""
with simulated(COUNTER) as address:
    for name in ("a client", "another one"):
        with connect(address) as s:
            same(read_until(s, b"3\r\n"), b"ALARM 1\r\nALARM 2\r\nALARM 3\r\n", f"{name} is told how often it was told")
    same(run("send", "-f", "line", address, "A", "B1", "A", "B2", "LAST").out, "A 1\nB1 A\nA 2\nB2 B\n2\n",
         "and a block answers with how often it has answered")
path = f"{HOME}/pump.wilco"
with open(path, "w", encoding="utf-8") as f:
    f.write(METER)
r = run("simulate", "--once", path, f"pty:{HOME}/port")
same(r.code, 2, "--once is refused where nobody calls")
has(r.err, "--once is for clients that call and go", "and why")
with simulated(METER, "--check") as address:
    script(address, "A")  # a client of another frame
same(address.code, 1, "a device that is ended by a signal says what it found")
with simulated(METER, "--check") as address:
    run("send", "-f", "line", address, "A")
same(address.code, 0, "and when it found nothing")
done()
