#!/usr/bin/env python3
"""Without a terminal the console takes lines from standard input, with the same results."""
import json

from wilcotest import device, done, has, ok, read_until, run, same, simulated

PUMP = """.frame payload LF
STATUS
  READY
BYTES
  \\x01\\xff
.x
  dot
  (unsolicited) ALARM
.else
  ERR
""".replace(".x\n", "..x\n")

with simulated(PUMP) as pump:
    r = run("-f", "payload LF", pump, stdin="STATUS\n.view hex\nBYTES\n.view text\nSTATUS\n")
    same((r.code, r.out), (0, "READY\n01ff\nREADY\n"), "lines in, replies out")
    r = run("-f", "payload LF", pump, stdin="..x\n.wait 100ms\nSTATUS\n")
    same(r.out, "dot\nREADY\n", "a line that begins with a dot is typed with two")
    has(r.err, "unsolicited: ALARM", "what nobody asked for goes to standard error")
    same(run("-f", "payload LF", pump, stdin=".hex 53 54 41 54 55 53\n.x 'STATUS'\n.text STATUS\n"
             ".t STATUS\n.literal STATUS\n.wire 'STATUS' LF\n").out, "READY\n" * 6,
         "six ways to say STATUS")
    r = run("-f", "payload LF", pump, stdin=".literal a\\b\n.text\n")
    same(r.out, "ERR\nERR\n", ".literal keeps backslashes, .text alone sends nothing but the frame")
    r = run("-f", "payload LF", pump, stdin=".frame\n.frame esc-cr\n.frame\n.help frame\n")
    has(r.out, "frame payload LF\n", ".frame shows the frame")
    has(r.out, "frame esc-cr = ESC payload CR eof", "and chooses another")
    has(r.out, "define a named one", ".help explains a command")
    r = run("-f", "payload LF", pump, stdin=".frame my = payload CR LF\n.frame my\n.frame\n")
    has(r.out, "frame my = payload CR LF", ".frame NAME = NOTATION defines")
    r = run("-f", "payload LF", pump, stdin="a\\q\nSTATUS\n")
    same((r.code, r.out), (2, "READY\n"), "a bad line is said and the next one runs")
    has(r.err, "is not an escape", "with its reason")
    r = run("-f", "payload LF", pump, stdin="  READY\n.hlep\n.opne x\nSTATUS")
    same(r.out, "READY\n", "the last line needs no line end")
    has(r.err, "this is an expected reply; nothing sent", "an expected reply is not sent")
    has(r.err, "did you mean .help?", "a misspelt command is named")
    r = run("-f", "payload LF", pump, stdin=".set timeout=2s\n.set timeout\n.set nope=1\n")
    has(r.out, "timeout          2s", ".set changes and shows a setting")
    has(r.err, "no setting 'nope'", "an unknown one is refused")
    r = run("-f", "payload LF", pump, stdin=".set\n.history\n.close\n.open\nSTATUS\n.quit\nSTATUS\n")
    same(r.out.splitlines()[-1], "READY", ".close and .open, and .quit ends")
    r = run("-f", "payload LF", "-o", "json", pump, stdin="STATUS\n")
    same(json.loads(r.out)["reply"], "READY", "-o json in a pipe")
    r = run("-f", "payload LF", "-o", "dump", pump, stdin="BYTES\n")
    has(r.out, "0000  01 ff", "-o dump in a pipe")
    r = run(stdin=f"STATUS\n.open {pump}\n.frame payload LF\nSTATUS\n")
    same((r.code, r.out), (2, "READY\n"), "without a device a line is refused until .open")
    has(r.err, ".open HOST opens one", "and the message says how")
r = run("127.0.0.1:1", stdin="X\n")
same(r.code, 3, "a device that cannot be reached is exit status 3")


def lines(connection):
    while read_until(connection, b"\n"):
        connection.sendall(b"yes\n")


with device(lines) as address:
    r = run("-f", "payload LF", address, stdin="x\n" * 20)
    same((r.out, address.connections), ("yes\n" * 20, 1), "20 lines go over one connection")


def vanishes(connection):
    read_until(connection, b"\n")
    connection.sendall(b"bye\n")


with device(vanishes) as address:
    r = run("-f", "payload LF", address, stdin="x\n.wait 50ms\ny\n.wait 50ms\nz\n")
    same(r.out, "bye\nbye\nbye\n", "a line that was lost is opened again for the next command")
    ok(address.connections == 3, "once each", address.connections)
done()
