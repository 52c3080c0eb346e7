#!/usr/bin/env python3
"""A macro is checked, then its commands are sent, and what comes is compared."""
import json
import os

from wilcotest import HOME, done, has, ok, run, same, simulated

PUMP = """.frame line
STATUS
  READY
SPEED 100
  OK
SPEED?
  SPEED=100
EVENT
  OK
  (unsolicited) ALARM 17
SELFTEST
  (none)
BYE
  (lost)
HALF
  (damaged) half
EMPTY
  (empty)
"""


def macro(text, name="m.wilco"):
    path = f"{HOME}/{name}"
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def play(text, address, *options):
    return run("play", "-f", "line", "-t", "700ms", *options, macro(text), address)


def objects(result):
    return [json.loads(line) for line in result.out.splitlines()]


with simulated(PUMP) as pump:
    # ---- a file that is a device plays against it ----
    r = play(PUMP, pump)
    same(r.code, 0, "a device's own file holds")
    same(r.out, "".join(f"ok {HOME}/m.wilco:{n} {c}\n" for n, c in (
        (2, "STATUS"), (4, "SPEED 100"), (6, "SPEED?"), (8, "EVENT"), (11, "SELFTEST"), (13, "BYE"), (15, "HALF"),
        (17, "EMPTY"))), "each step is a line")
    has(r.err, "8 steps, all of which hold", "and the sum is told")

    # ---- differences ----
    r = play("STATUS\n  READY\nSPEED?\n  SPEED=90\nSTATUS\n", pump)
    same(r.code, 1, "a reply that differs is exit status 1")
    ok(r.out.startswith(f"ok {HOME}/m.wilco:1 STATUS\nnot ok {HOME}/m.wilco:3 SPEED?\n       at       byte 6\n"
                        "       expected SPEED=90\n       got      SPEED=100\n") and r.out.count("ok ") == 2,
       "the difference is shown, and nothing more is sent", r)
    r = play("SPEED?\n  SPEED=90\nSTATUS\n  READY\n", pump, "--keep-going")
    ok(r.code == 1 and r.out.endswith(":3 STATUS\n"), "--keep-going goes on", r)
    for text, code, at in (
            ("STATUS\n  (none)\n", 1, "reply"), ("STATUS\n  READY\n  MORE\n", 1, "frame 2"),
            ("STATUS\n  (empty)\n", 1, "byte 0"), ("STATUS\n  (lost)\n", 1, "reply"),
            ("STATUS\n  (damaged) READY\n", 1, "frame"), ("STATUS\n  READY\n  (unsolicited) X\n", 1, "unasked"),
            ("SELFTEST\n  READY\n", 4, "frame 1"), ("SELFTEST\n", 4, None), ("BYE\n  READY\n", 4, "frame 1"),
            ("SELFTEST\n  (any)\n", 4, None), ("HALF\n  half\n", 4, "frame"), ("SELFTEST\n  (lost)\n", 4, "end")):
        r = play(text, pump, "--json")
        o = objects(r)[-1]
        same((r.code, [d["at"] for d in o["differences"]]), (code, [at] if at else []), f"{text!r} differs")
    for text in ("STATUS\n  X (any)\n", "STATUS\n  (any)\n", "STATUS\n", "EVENT\n", "# x\n\nSTATUS\n\n# y\n  READY\n",
                 ".greeting\n  HELLO\n.else\n.delay 2s\n  NO\nSTATUS\n  READY\n", ".hex 53 54 41 54 55 53\n  READY\n",
                 "STATUS\r\n  READY\r\n", ".tell SPEED 100\n  (unsolicited) OK\n", ".text STATUS\n  \\x52EADY",
                 ".wait 1ms\nSTATUS\n.wait 1ms\n  READY\n.wait 1ms\n", ".set timeout=3s\nSTATUS\n  READY\n"):
        same(play(text, pump).code, 0, f"{text!r} holds")

    # ---- JSON ----
    r = play("STATUS\n  READY\nSPEED?\n  SPEED=90\n", pump, "--json")
    first, second = objects(r)
    same([first[k] for k in ("step", "file", "line", "iteration", "differences", "expected", "status", "reply")],
         [1, f"{HOME}/m.wilco", 1, None, [], ["READY"], "ok", "READY"], "an object is that of send, and the step's")
    same([second[k] for k in ("step", "line", "status", "differences")],
         [2, 3, "mismatch", [{"at": "byte 6", "expected": "SPEED=90", "got": "SPEED=100"}]], "with what differs")

    # ---- what is not listed ----
    r = play("EVENT\n  OK\n", pump)
    ok(r.code == 0, "a frame that is not listed is no difference", r)
    r = play("EVENT\n  OK\n.wait 50ms\nSTATUS\n  READY\n", pump)
    has(r.err, "unsolicited: ALARM 17", "it is reported")
    r = play("EVENT\n  OK\n.wait 50ms\nSTATUS\n  READY\n", pump, "--strict")
    same(r.code, 1, "under --strict it is a difference")

    # ---- nothing is sent ----
    r = play("STATUS\n  READY\nSPEED 100\n", pump, "--dry-run", "-o", "hex")
    same((r.code, r.out), (0, "5354415455530a\n5350454544203130300a\n"), "--dry-run prints the bytes")
    same((lambda r: (r.code, r.out, r.err))(play("STATUS\n", pump, "--check-only")), (0, "", ""),
         "--check-only prints nothing")
    before = len(pump.log)
    for text, place, message in (
            ("STATUS\n READY\n", "2:1", "indent a reply by two blanks"), (".set timeout=1s\n  READY\n", "2:1", "no command above it"),
            ("STATUS\n  READY\n.wait x\n", "3:7", ".wait"), (".nosuch\n", "1:1", "'.nosuch' is not a wilco command"),
            ("STATUS\n  \\xREADY\n", "2:3", "'\\x' is not an escape"), ("STATUS\n  (nothing)\n", "2:3", "no mark"),
            (".use other\n", "1:6", "no device 'other' was opened"), (".frame nosuch\n", "1:8", "nosuch"),
            (".set nosuch=1\n", "1:6", "no setting 'nosuch'"), (".st\n", "1:1", "'.st' is not a wilco command"),
            (".quit\n", "1:1", ".quit cannot be used in a macro")):
        r = play("STATUS\n  READY\n" + text, pump)
        line, column = map(int, place.split(":"))
        same((r.code, r.out), (2, ""), f"{text!r} is refused before anything is sent")
        has(r.err, f"wilco: {HOME}/m.wilco:{line + 2}:{column}: ", "with its place")
        has(r.err, message, "and the reason")
    same(len(pump.log), before, "nothing was sent")

    # ---- where the device is ----
    path = macro(f".open {pump}\n.frame line\nSTATUS\n  READY\n")
    same(run("play", path).code, 0, "the file names its device")
    path = macro(".open 10.0.0.1\n.frame line\nSTATUS\n  READY\n")
    same(run("play", path, "--device", pump).code, 0, "--device takes its place")
    same(run("play", "-", pump, "-f", "line", stdin="STATUS\n  READY\n").out, "ok standard input:1 STATUS\n",
         "a macro may come through a pipe")
    same(run("play", "-f", "line", macro(".frame esc-cr\nSTATUS\n  READY\n"), pump).code, 0,
         "-f takes the place of the frame")
    r = run("play", "-f", "modbus-tcp", "--dry-run", "-o", "hex", macro(".with unit=18 .hex 03 00 00 00 01\n"), pump)
    has(r.out, "0006120300000001", "fields of the frame are known where the file opens no device")
    has(run("play", macro("STATUS\n")).err, "no device is open", "without a device it is refused")
    has(run("play", f"{HOME}/none.wilco").err, "No such file", "a file that is not there")
    os.makedirs(f"{HOME}/.local/share/wilco/macros")
    os.rename(macro(f".open {pump}\n.frame line\nSTATUS\n  READY\n"), f"{HOME}/.local/share/wilco/macros/self.wilco")
    same(run("play", "self").code, 0, "a macro of the folder has a name")
    r = run("play", "-f", "line", macro("SPEED?\n  SPEED=90\n", "a.wilco"), macro("STATUS\n  READY\n", "b.wilco"), pump)
    ok(r.code == 1 and r.out.endswith("/b.wilco:1 STATUS\n"), "several macros are played one after the other", r)

same(play("STATUS\n  READY\n", "127.0.0.1:1").code, 3, "a device that is not there is exit status 3")
# ---- another frame behind a step ----
with simulated(PUMP) as pump:
    r = run("play", macro(".frame line\nSTATUS\n  READY\n.frame payload LF -> payload CR LF\n.set timeout=2s\nSPEED?\n  SPEED=100\n"), pump)
    same((r.code, r.out.count("ok ")), (0, 2), "the frame may change between two steps")
done()
