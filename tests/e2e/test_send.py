#!/usr/bin/env python3
"""wilco send does the job of the script: one command, one reply, an honest exit status."""
import json
import socket
import subprocess
import time

from wilcotest import ENV, LIMIT, command, device, done, has, ok, read_to_end, read_until, run, same, \
    simulated, unused_port

PUMP = """STATUS
  READY
SPEED?
  SPEED=100
BLANKS
  \\x20 padded \\x20
"""

with simulated(PUMP) as pump:
    r = run("send", pump, "STATUS")
    same((r.code, r.out, r.err), (0, "READY\n", ""), "a command prints its reply")
    same(run("send", pump, "BLANKS").out, "padded\n", "blanks around the reply are stripped")
    r = run("send", pump, "STATUS", "SPEED?")
    same(r.out, "READY\nSPEED=100\n", "several commands print a line each")
    r = run("send", pump, "-", stdin="STATUS\n\n# a comment\nSPEED?\n")
    same((r.code, r.out), (0, "READY\nSPEED=100\n"), "- reads commands from standard input")
    same(run("send", "-o", "hex", pump, "STATUS").out, "5245414459\n", "-o hex")
    same(run("send", "-o", "raw", pump, "STATUS").raw, b"READY", "-o raw writes the bytes")
    same(run("send", "-o", "dump", pump, "STATUS").out,
         "0000  52 45 41 44 59                                    READY\n", "-o dump")
    o = json.loads(run("send", "--json", pump, "STATUS").out)
    same((o["status"], o["reply"], o["reply_hex"], o["sent_hex"], o["end"], o["command"]),
         ("ok", "READY", "5245414459", "1b5354415455530d", "delimiter NUL", "STATUS"),
         "--json tells the exchange")
    same(json.loads(run("send", "--json", "-t", "7s", pump, "STATUS").out)["address"],
         f"tcp://{pump}", "the address is the same whatever the settings")
    same(sorted(o), sorted(["time", "device", "address", "frame", "command", "sent_hex", "status",
                            "end", "reply", "reply_hex", "fields", "replies", "handshake_hex", "stray_hex",
                            "rtt_ms", "end_ms", "expected", "error"]), "JSON has every key, known or null")
    o = json.loads(run("send", "--json", f"127.0.0.1:{unused_port()}", "STATUS").out)
    same((o["status"], o["time"], o["sent_hex"]), ("connect", None, None),
         "what was not sent has no time")
    r = run("send", "--dry-run", pump, "STATUS")
    same((r.code, r.out), (0, "\\x1bSTATUS\\r\n"), "--dry-run prints the exact bytes")
    ok(not any(b"dry" in line for line in pump.log), "--dry-run sends nothing")
    same(run("send", pump, "STATUS", "a\\q").code, 2, "a bad command among several is refused")
    same(run("send", pump, ".hex 53 54 41 54 55 53").out, "READY\n", ".hex sends bytes")
    same(run("send", pump, ".wait 1ms", "STATUS").out, "READY\n", ".wait waits")
    same(run("send", pump, ".frame raw").code, 2, "other verbs are usage errors")

with simulated(PUMP, "-f", "esc-cr-nul") as pump:
    r = run("send", "-f", "esc-cr-nul", pump, "-", stdin="STATUS\nSPEED?\n")
    same(r.out, "READY\nSPEED=100\n", "esc-cr-nul gives two lines")


def lines(connection):
    while read_until(connection, b"\n"):
        connection.sendall(b"yes\n")


with device(lines) as address:
    r = run("send", "-f", "payload LF", address, ".wait 1ms")
    same((r.code, address.connections), (0, 1), ".wait opens the line before it waits")
    r = run("send", "-f", "payload LF", address, "x", ".wait 1ms", ".wait 1ms", "x")
    same((r.out, address.connections), ("yes\nyes\n", 2), "once")
r = run("send", "-f", "payload LF", f"127.0.0.1:{unused_port()}", ".wait 1ms", "x")
same(r.code, 3, "where it cannot be opened, the next command says so")
has(r.err, "refused", "with the reason")

with device(lines) as address:
    r = run("send", "-f", "payload LF", address, *["x"] * 20)
    same((r.out, address.connections), ("yes\n" * 20, 1), "20 commands go over one connection")


def waits_for_end(connection):
    got = read_to_end(connection)
    connection.sendall(b"got %d bytes\0" % len(got))


with device(waits_for_end) as address:
    same(run("send", address, "PWR?").out, "got 6 bytes\n",
         "a device that waits for the end of input before it answers")


def to_end(connection):
    read_to_end(connection)
    connection.sendall(b"\r\n no NUL, just the end \r\n")


with device(to_end) as address:
    same(run("send", address, "X").out, "no NUL, just the end\n", "a reply that ends by close")

port = unused_port()
r = run("send", f"127.0.0.1:{port}", "X")
same(r.code, 3, "a refused connection is exit status 3")
has(r.err, f"wilco: Failed to connect to device 127.0.0.1:{port}: connection refused",
    "with the words that scripts look for")
r = run("send", "-p", str(port), "127.0.0.1", "X")
has(r.err, f"127.0.0.1:{port}", "-p gives the port")


def silent(connection):
    read_to_end(connection)
    time.sleep(LIMIT)


with device(silent) as address:
    r = run("send", "-t", "1s", address, "X")
    same((r.code, r.out), (4, ""), "a silent device is exit status 4")
    has(r.err, f"Failed to communicate with device {address}: no reply within 1 s",
        "and the message says how long was waited")
    o = json.loads(run("send", "--json", "-t", "1s", address, "X").out)
    same((o["status"], o["reply"], o["end"]), ("timeout", None, "timeout after 0 bytes"),
         "JSON says timeout")


# `-` with a slow pipe: the reply to the first line comes before the second is written.
with simulated(PUMP) as pump:
    p = subprocess.Popen(command("send", pump, "-"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         env=ENV)
    p.stdin.write(b"STATUS\n")
    p.stdin.flush()
    same(p.stdout.readline(), b"READY\n", "a reply is flushed before wilco waits for input")
    p.stdin.write(b"SPEED?\n")
    p.stdin.close()
    same(p.stdout.read(), b"SPEED=100\n", "and the next line goes on")
    p.wait(LIMIT)

with simulated(PUMP) as pump:
    r = run("send", "-v", pump, "STATUS")
    same(r.out, "READY\n", "-v changes no reply")
    has(r.err, f"connecting to {pump}", "and says what happens on the line")

with socket.socket() as s:
    r = run("sned", "host", "STATUS")
    has(r.err, "did you mean wilco send?", "a misspelt sub-command is named")
r = run("10.0.0.5", "STATUS")
has(r.err, "did you mean wilco send 10.0.0.5", "HOST COMMAND without send is explained")
r = run("--hlep")
same(r.code, 2, "an unknown option is a usage error")
has(r.err, "did you mean --help?", "that suggests the near one")
done()
