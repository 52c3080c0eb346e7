#!/usr/bin/env python3
"""wilco simulate is the device: many clients, its frame's command side, answers from a file."""
import os
import socket
import subprocess
import sys
import threading
import time

from wilcotest import ENV, LIMIT, command, done, has, ok, read_to_end, run, same, simulated

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


refused("  A\n", ":1: 1: a reply without a command", "a reply without a command has file and line")
refused("A\n B\n", "indent a reply by two blanks", "one blank is explained")
refused("A\n  x (re)\n", "cannot answer with a pattern", "a pattern cannot be played")
refused("A\n  x\\q\n", ":2: 4: ", "a bad escape has its column")
refused(".delai 3s\n", "not a wilco command", "files need whole verbs")
refused(".frame payload LF\nA\n  a\\nb\n", "holds its own terminator", "a reply that the frame cannot carry")
refused(".frame payload XX\n", "XX", "a bad frame")
refused("A\n.delay 1s\n", ".delay without a reply", "a delay of nothing")
r = run("simulate", "/no/such/file")
same(r.code, 2, "a file that is not there")
with simulated("A\n  B\n") as address:
    path = f"{ENV['HOME']}/again.wilco"
    with open(path, "w", encoding="utf-8") as f:
        f.write("A\n  B\n")
    r = run("simulate", path, address)
    same(r.code, 3, "a port in use is exit status 3")
    has(r.err, "in use", "and said")
done()
