#!/usr/bin/env python3
"""What wilco play writes for other programs: TAP and JUnit's XML, with what differs and what was not run."""
import os
import re
import xml.etree.ElementTree as ET

from wilcotest import HOME, done, has, ok, on_pty, run, same, simulated

DEVICE = ".frame line\nSTATUS\n  READY\nSPEED?\n  SPEED=100\nTEMP?\n  <20> & \"x\"\nGONE\n  (none)\n"
GOOD = ".frame line\nSTATUS\n  READY\nSPEED?\n  SPEED=1\\d\\d (re)\n.repeat 2\nTEMP?\n.end\n"
BAD = ".frame line\nSTATUS\n  READY\nSPEED?\n  SPEED=200\nTEMP?\n  <20> & \"x\"\n#1 & 'y'\n"


def put(name, text):
    path = f"{HOME}/{name}.wilco"
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def content(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def timeless(text):
    return re.sub(r' time="\d+\.\d{6}"', ' time=""', text)


good, bad, wrong = put("good", GOOD), put("bad", BAD), put("wrong", ".frame line\nSTATUS\n  \\q\n")
quiet = put("quiet", ".frame line\nGONE\n  OK\nSTATUS\n")
tap, junit = f"{HOME}/r.tap", f"{HOME}/r.xml"
with simulated(DEVICE) as device:
    r = run("play", good, bad, "--device", device, "--report-tap", tap, "--report-junit", junit)
    same(r.code, 1, "the status is that of the verdict")
    has(r.out, f"ok {good}:2 STATUS", "what is printed stays")
    same(content(tap), f"""TAP version 13
# {good}
ok 1 - {good}:2 STATUS
ok 2 - {good}:4 SPEED?
ok 3 - {good}:7 TEMP?
ok 4 - {good}:7 TEMP?
# {bad}
ok 5 - {bad}:2 STATUS
not ok 6 - {bad}:4 SPEED?
#   at byte 6
#     expected SPEED=200
#     got SPEED=100
ok 7 - {bad}:6 TEMP? # SKIP not run
ok 8 - {bad}:8 \\#1 & 'y' # SKIP not run
1..8
""", "TAP has a line for each step, what differs, and what was not run")
    same(timeless(content(junit)), f"""<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
<testsuite name="{good}" tests="4" failures="0" errors="0" skipped="0" time="">
<testcase classname="{good}" name="2 STATUS" time=""/>
<testcase classname="{good}" name="4 SPEED?" time=""/>
<testcase classname="{good}" name="7 TEMP? [1]" time=""/>
<testcase classname="{good}" name="7 TEMP? [2]" time=""/>
</testsuite>
<testsuite name="{bad}" tests="4" failures="1" errors="0" skipped="2" time="">
<testcase classname="{bad}" name="2 STATUS" time=""/>
<testcase classname="{bad}" name="4 SPEED?" time="">
<failure type="mismatch" message="differs at byte 6">at byte 6
  expected SPEED=200
  got      SPEED=100
</failure>
</testcase>
<testcase classname="{bad}" name="6 TEMP?" time="">
<skipped message="not run"/>
</testcase>
<testcase classname="{bad}" name="8 #1 &amp; 'y'" time="">
<skipped message="not run"/>
</testcase>
</testsuite>
</testsuites>
""", "JUnit has a suite for each file and a case for each step")
    ET.parse(junit)
    r = run("play", bad, device, "--keep-going", "--report-tap", "-")
    lines = r.out.splitlines()
    same((lines[0], lines[-1]), ("TAP version 13", "1..4"), "- writes the report to standard output, and nothing else")
    same(sum("# SKIP" in line for line in lines), 0, "with --keep-going nothing is skipped")
    r = run("play", quiet, f"{device}?timeout=50ms", "--report-tap", "-", "--report-junit", junit)
    has(r.out, f"not ok 1 - {quiet}:2 GONE\n#   status timeout\n", "no reply is no mismatch")
    has(content(junit), '<failure type="timeout"', "in JUnit neither")
    r = run("play", wrong, good, "--device", device, "--report-tap", "-", "--report-junit", junit)
    same(r.code, 2, "a file that cannot be read is a usage error")
    has(r.out, f"not ok 1 - {wrong}:3:3: '\\q' is not an escape\n# {good}\nok 2", "its error is in TAP")
    has(content(junit), 'name="the macro can be played"', "and in JUnit")
    same([s.get("failures") for s in ET.parse(junit).getroot()], ["1", "0"], "where it counts")
    r = run("play", good, device, "--report-junit", f"{HOME}/none/r.xml")
    same((r.code, r.out), (6, ""), "a report that cannot be written is found before anything is sent")
    has(r.err, f"cannot write the report {HOME}/none/r.xml: No such file or directory", "with the reason")
    r = run("play", good, device, "--report-junit", "-", "--report-tap", "-")
    has(r.err, "only one report can be written to standard output", "two reports cannot share it")
    if os.path.exists("/dev/full"):
        r = run("play", good, device, "--report-tap", "/dev/full")
        same(r.code, 6, "a full disk is a failure")
        has(r.err, "cannot write the report /dev/full: No space left on device", "and says so")

# ---- what is printed: bytes side by side, and the parts of the frame ----

REGISTERS = ".frame modbus-rtu\n.hex 03 00 00 00 02\n  \\<03 04 00 2a 00 07>\n"
with simulated(REGISTERS) as device:
    for reply in ("\\<03 04 00 2b 00 07>", "\\<03 ?? 00 2b 00 07>"):
        path = put("modbus", f".frame modbus-rtu\n.hex 03 00 00 00 02\n  {reply}\n")
        r = run("play", path, device)
        same(r.out, f"""not ok {path}:2 .hex 03 00 00 00 02
       at       byte 3
       expected {reply}
       got      \\<03 04 00 2a 00 07>
       6 and 6 bytes, 1 differ
       0000 03 04 00 2b ...+|03 04 00 2a ...*
                     ^^
       0004 00 07       ..  |00 07       ..
       0000  unit         01                   01
       0001  payload      03 04 00 2b 00 07  * 03 04 00 2a 00 07
       0007  crc16-modbus cb f9              * 9a 39
""", f"{reply}: bytes side by side, parts with their offsets")
    path = put("pattern", ".frame modbus-rtu\n.hex 03 00 00 00 02\n  A.* (re)\n")
    r = run("play", path, device)
    same(r.out.count("\n"), 4, "a pattern has no bytes to compare")

# ---- on a terminal ----

LONG = ".frame line\n" + ".wait 250ms\nSTATUS\n  READY\n" * 7
with simulated(DEVICE) as device:
    path = put("long", LONG)
    seen = on_pty("play", path, device).decode()
    ok(re.search(r"\r\[#* *\] \d of 7, [\d.]+ s: \S*long.wilco:\d+ STA\S*\x1b\[K", seen),
       "a long run shows how far it has come", seen)
    ok(re.search(r"ok \S*:3 STATUS  [\d.]+ [mu]?s\r\n", seen), "each step has its time", seen)
    same(seen.count("\r\x1b[K"), seen.count("\r["), "the row is taken away before anything else is printed")
    seen = on_pty("play", "--plain", path, device).decode()
    same("\x1b" in seen, False, "--plain has none")

done()
