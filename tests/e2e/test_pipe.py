#!/usr/bin/env python3
"""Without a terminal the console takes lines from standard input, with the same results."""
import json
import os
import re
import resource
import socket
import threading

from wilcotest import HOME, device, done, has, ok, read_until, run, same, simulated, unused_port

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
    r = run("-f", "payload LF", pump, stdin="..x\n.wait 2s\nSTATUS\n")
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
    has(r.out, "(at a prompt, in a macro, in the file of a device or in the configuration)", "and says where it may stand")
    r = run(stdin=".help s\n")
    ok(r.out.startswith("commands that begin with s:\n  .save FILE\n") and "  ubx " not in r.out and "\n  srec " in r.out,
       "of one letter .help shows the commands that begin so, and what has it as a word", r)
    has(run(stdin=".help x\n").out, ".hex or .x BYTES\n", "or the command that is called so in short")
    r = run(stdin=".help\n.help delay\n")
    has(r.out, "in files only (.help VERB explains them): .", ".help names the verbs of files")
    has(r.out, "(in a macro or in the file of a device)", "and explains them, too")
    r = run("-f", "payload LF", pump, stdin=".frame my = payload CR LF\n.frame my\n.frame\n")
    has(r.out, "frame my = payload CR LF", ".frame NAME = NOTATION defines")
    r = run("-f", "payload LF", pump, stdin="a\\q\nSTATUS\n")
    same((r.code, r.out), (2, "READY\n"), "a bad line is said and the next one runs")
    has(r.err, "is not an escape", "with its reason")
    r = run("-f", "payload LF", pump, stdin=".watch speed often SPEED?\n.quit now\n")
    has(r.err, "the time between two questions is a duration of at most 24h, a number with us, ms, s, m or h "
        "(without a unit: seconds), not 'often'\n", "a message says which word it is about")
    has(r.err, "nothing may stand here\nwilco:   .quit now\nwilco:         ^~~\n", "or that there may be none")
    r = run("-f", "payload LF", pump, stdin="  READY\n.hlep\n.opne x\nSTATUS")
    same(r.out, "READY\n", "the last line needs no line end")
    has(r.err, "wilco: skipped 1 line of expected replies", "an expected reply is not sent")
    has(r.err, "did you mean .help?", "a misspelt command is named")
    r = run("-f", "payload LF", pump, stdin=".greeting\n  HELLO\n.delay 9s\n.else\n  x\nSTATUS\n  (none)\n")
    same((r.code, r.out, r.err), (0, "READY\n", "wilco: skipped 3 lines of expected replies\n"),
         "the lines of a device are skipped, too, and nothing is wrong with that")
    r = run("-f", "modbus-tcp", pump, stdin=".set unit=17\n.set\n.set tid\n.set field.len=9\n"
            ".set timeout 2s\n.set foo bar\n")
    ok(re.search(r"^unit +17 +a field of the frame$", r.out, re.M), ".set shows fields with what was set", r)
    ok(re.search(r"^tid +a field of the frame, as the frame has it$", r.out, re.M), "and those that were not", r)
    has(r.err, "it has tid, unit; what it computes cannot be set", "a length is none to set")
    same(r.err.count("did you mean .set timeout=2s?"), 1, "a blank instead of = is named, where there is such a name")
    same(r.err.count("did you mean"), 1, "and only there")
    r = run("-f", "payload LF", f"{pump}?max=3", stdin=".set max=100\nSTATUS\n")
    ok((r.code, r.out) == (0, "READY\n"), ".set max= raises the limit of a frame, as the message says", r)
    r = run("-f", "payload LF", pump, stdin="STATUS\n.set max=3\nSTATUS\n")
    ok((r.code, r.out) == (5, "READY\n"), "and lowers it, on an open line, too", r)
    has(r.err, "over the limit of 3 bytes; .set max= raises it", "which is said")
    r = run("-f", "payload LF ; max 3", pump, stdin="STATUS\n.set max=100\nSTATUS\n")
    ok("over the limit of 3 bytes; max in the frame raises it" in r.err and "max= raises" not in r.err,
       "a frame's own limit is raised in the frame", r)
    has(r.err, "max= is for other frames: this one has max 3 itself", "and .set max= says so")
    r = run("-f", "payload LF", pump, stdin=".set timeout=2s\n.set timeout\n.set nope=1\n")
    has(r.out, "timeout          2s", ".set changes and shows a setting")
    has(r.err, "no setting 'nope'", "an unknown one is refused")
    r = run("-f", "payload LF", pump, stdin=".set\n.history\n.close\n.open\nSTATUS\n.quit\nSTATUS\n")
    same(r.out.splitlines()[-1], "READY", ".close and .open, and .quit ends")
    r = run("-f", "payload LF", "-o", "json", pump, stdin="STATUS\n")
    same(json.loads(r.out)["reply"], "READY", "-o json in a pipe")
    r = run("-f", "payload LF", "--json", pump, stdin=".devices\nSTATUS\n.set timeout\n.find READY\n.help .set\n")
    same([json.loads(line)["reply"] for line in r.out.splitlines()], ["READY"], "what commands list is no object")
    ok("timeout" in r.err and pump in r.err and ".set" in r.err, "and goes to standard error", r)
    r = run("-f", "payload LF", "-o", "dump", pump, stdin="BYTES\n")
    has(r.out, "0000  01 ff", "-o dump in a pipe")
    r = run(stdin=f"STATUS\n.open {pump}\n.frame payload LF\nSTATUS\n")
    same((r.code, r.out), (2, "READY\n"), "without a device a line is refused until .open")
    has(r.err, ".open HOST opens one", "and the message says how")


def entries(text):
    """The entries that were listed, without their times, and the count."""
    return [re.sub(r"^\d\d:\d\d:\d\d\.\d{3} (.*?)(  .*)?$", r"\1", line)
            for line in text.splitlines()]


# What happened is searched, filtered and saved as in the console.
with simulated(PUMP) as pump:
    words = ("-f", "payload LF", pump)
    r = run(*words, stdin="STATUS\nBYTES\nx\n.find ready\n.find .x 01 ff\n.find /^E.R$/\n.find nope\n")
    same(entries(r.out)[3:], ["> STATUS", "< READY", "1 of 3 entries", "> BYTES", "< \\x01\\xff",
                              "1 of 3 entries", "> x", "< ERR", "1 of 3 entries", "0 of 3 entries"],
         ".find lists what it finds, by text, bytes and a regular expression")
    r = run(*words, stdin=".find\n.find x\n.find\n.find /(/\n")
    has(r.err, ".find needs TEXT, /REGEX/ or .x BYTES", ".find alone says what it needs")
    has(r.err, "the search is over", "or ends the search")
    r = run(*words, stdin="STATUS\nBYTES\n.find ready\n.filter found\nBYTES\nSTATUS\n.filter all\nBYTES\n")
    same(entries(r.out)[2:], ["> STATUS", "< READY", "1 of 2 entries"] * 2 + ["READY", "\\x01\\xff"],
         ".filter lists what there is, and then only such are printed")
    r = run(*words, stdin="STATUS\n..x\n.wait 2s\n.filter sent\n..x\n.wait 2s\nSTATUS\n")
    same(entries(r.out)[2:], ["> STATUS", "> ..x".replace("..", "."), "2 of 3 entries", "dot", "READY"],
         ".filter sent lists the commands")
    same(r.err.count("ALARM"), 1, "and what comes unasked is not printed any more")
    r = run(*words, stdin=".filter x\n.filter found\nSTATUS\n")
    has(r.err, "a filter is all, session, sent, damaged or found, not x", "a filter that is none")
    has(r.err, "there is no search yet", "and one that needs a search")
    same(r.out, "READY\n", "change nothing")
    r = run(*words, stdin="STATUS\n.view hex\n.goto top\n.goto end\n.goto 00:00\n.goto 24:00\n")
    same(entries(r.out)[1:], ["> 53 54 41 54 55 53 0a", "< 52 45 41 44 59 0a"] * 3,
         ".goto lists what there is from there on, in the chosen view")
    has(r.err, "where to? A time such as 12:01", "a time that is none is refused")
    r = run(*words, stdin="STATUS\n" * 600 + ".goto top\n.find stat\n")
    listed = entries(r.out)[600:]
    same((listed.count("> STATUS"), listed[-1]), (1000, "600 of 600 entries"), "a list has an end")
    more = re.search(r"100 more entries: (\.goto \S+) goes on", r.err)
    ok(more, "and says how to see the rest", r.err)
    has(r.err, "the last 500 are listed", "of what was found the newest are listed")
    r = run("-f", "payload LF", pump, stdin=f"STATUS\n.open {pump.replace('127.0.0.1', '127.1')}\n"
            "BYTES\n.filter session\n.all STATUS\n.use 1\nSTATUS\n")
    same([re.sub(r"\S*:\d+", "DEVICE", line) for line in entries(r.out)[1:]],
         ["DEVICE\t\\x01\\xff", "DEVICE > BYTES", "DEVICE < \\x01\\xff", "1 of 2 entries",
          "DEVICE\tREADY", "DEVICE\tREADY"], ".filter session is the current device's")
    path = f"{HOME}/pipe"
    r = run(*words, stdin=f"STATUS\nBYTES\n.save {path}.wilco\n.copy {path}.txt\n.copy\n")
    with open(f"{path}.wilco", encoding="utf-8") as f:
        same(f.read(), f".open {pump}\n.frame payload LF\nSTATUS\n  READY\nBYTES\n  \\x01\\xff\n", ".save in a pipe")
    run(*words, stdin=f"..x\n.wait 2s\n.save {path}.unasked\n")
    with open(f"{path}.unasked", encoding="utf-8") as f:
        same(f.read(), f".open {pump}\n.frame payload LF\n..x\n  dot\n  (unsolicited) ALARM\n",
             "and what answers no command")
    with open(f"{path}.txt", encoding="utf-8") as f:
        same(entries(f.read()), ["> BYTES", "< \\x01\\xff"], ".copy FILE in a pipe")
    has(r.err, "there is no clipboard here: .copy FILE", "without one it says what it needs")
    # A file that was saved is played, and is a device, as long as it has one frame.
    run(*words, stdin=f"STATUS\n.save {path}.two\n")
    run(*words, stdin=f"BYTES\n.save {path}.two\n")
    with open(f"{path}.two", encoding="utf-8") as f:
        two = f.read()
    same(two, f".open {pump}\n.frame payload LF\nSTATUS\n  READY\n.frame payload LF\nBYTES\n  \\x01\\xff\n",
         "what is added to a file has its frame, too, and the device once")
    same(run(pump, stdin=two).out, "READY\n\\x01\\xff\n", "such a file is played")
    with simulated(two) as again:
        same(run(*words[:2], again, stdin="BYTES\n").out, "\\x01\\xff\n", "and is a device")
    with open(f"{path}.open", "w", encoding="utf-8") as f:
        f.write("# without an end")
    run(*words, stdin=f"STATUS\n.save {path}.open\n")
    with open(f"{path}.open", encoding="utf-8") as f:
        same(f.read(), f"# without an end\n.open {pump}\n.frame payload LF\nSTATUS\n  READY\n",
             "a line that is open is ended first")
    run("-t", "1s", *words, stdin=f".frame payload CR LF\nx\n.save {path}.two\n")
    r = run("simulate", f"{path}.two", "127.0.0.1:0")
    same(r.code, 2, "one with two frames is none")
    has(r.err, "a device has one frame, which must come before the first command", "and that is said")
    r = run(*words, stdin=".bind\n.do view\nSTATUS\n")
    same((r.out, r.err.count("there are no keys here")), ("READY\n", 2), "keys are for the console")
    r = run(*words, stdin="STATUS\n.save /dev/full\n")
    same(r.code, 6, "a full disk is exit status 6")
    has(r.err, "cannot write /dev/full", "and said")
    r = run("-f", "payload LF", f"127.0.0.1:{unused_port()}", stdin=".find x\n.filter found\nSTATUS\n")
    has(r.err, "Failed to connect", "what failed is said whatever the filter")
    r = run("--json", "-f", "payload LF", nobody := f"127.0.0.1:{unused_port()}", stdin="STATUS\n")
    has(r.err, f"wilco: Failed to connect to device {nobody}: connection refused", "in JSON, too")
    same(json.loads(r.out)["time"], None, "whose time is null where nothing was sent")
    r = run("-f", "payload LF", "exec:sleep 9", "-t", "200ms", stdin="STATUS\n")
    has(r.err, "wilco: Failed to communicate with device exec:sleep 9: no reply within 200 ms", "and no reply")


def long_lines(connection):
    while read_until(connection, b"\n"):
        connection.sendall(b"0123456789" * 5000 + b"\n")


# A file that takes its time: the next line waits for it, and a reader may be slow.
with device(long_lines) as address:
    path, got = f"{HOME}/fifo", []
    os.mkfifo(path)

    def read_fifo():
        with open(path, "rb") as f:
            while data := f.read(10000):
                got.append(data)

    reader = threading.Thread(target=read_fifo)
    reader.start()
    r = run("-f", "payload LF", address, stdin="x\n" * 20 + f".save {path}\n.frame\n.save {path}.wilco\n")
    reader.join()
    with open(f"{path}.wilco", "rb") as f:
        saved = f.read()
    same(len(saved), len(f".open {address}\n") + 18 + 20 * 50005, "a large file is whole")
    ok(b"".join(got) == saved, "so is what a slow reader gets",
       (len(b"".join(got)), len(saved)))
    before = saved

    def small_disk():
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 300000,) * 2)

    r = run("-f", "payload LF", address, stdin="x\n" * 20 + f".save {path}.wilco\n", preexec_fn=small_disk)
    same(r.code, 6, "a disk that is full in the midst: exit status 6")
    has(r.err, "cannot write", "and a message")
    with open(f"{path}.wilco", "rb") as f:
        ok(f.read() == before, "and the file is as it was")

with simulated(PUMP) as pump, simulated(PUMP) as other:
    first = f"BYTES\n.open {other}\n.set transcript=32K\n"
    r = run("-f", "payload LF", pump, stdin=first + "STATUS\n" * 300 + ".find READY\n.goto top\n")
    gone = re.findall(r"(\d+) entries are no longer in memory \(\.set transcript= says how much is\)", r.err)
    ok(len(gone) == 2 and 0 < int(gone[0]) < 301, ".find and .goto top say that the beginning is gone", r.err)
    kept = re.search(r"^(\d+) of (\d+) entries$", r.out, re.M)
    ok(kept and int(kept[2]) == 301 - int(gone[0]) == int(kept[1]) + 1,
       "the rest is there, and what the other device said before the flood", r.out)
    r = run("-f", "payload LF", pump, stdin=first.replace("32K", "1G") + "STATUS\n" * 300 + ".find READY\n")
    has(r.out, "\n300 of 301 entries\n", "with a larger cap all is there")
    ok("no longer in memory" not in r.err, "and nothing else is said", r.err)
    r = run("-f", "payload LF", pump, stdin=".set transcript\n.set transcript=1M\n.set transcript\n.set transcript=0\n"
            ".set transcript=2G\n.open %s?transcript=1M\n.device p 10.0.0.5 transcript=1M\n" % other)
    ok(re.search(r"^transcript +67108864 .*\ntranscript +1048576 ", r.out, re.M), "it is a setting of the console", r.out)
    same(r.err.count("transcript is a number of bytes from 1 to 1073741824"), 2, "a size")
    same(r.err.count("transcript is one for all devices together: .set transcript=1M in the configuration or at the prompt"),
         2, "neither of an address nor of a device in the book")
r = run(f"127.0.0.1:{unused_port()}", stdin="X\n")
same(r.code, 3, "a device that cannot be reached is exit status 3")


def lines(connection):
    while read_until(connection, b"\n"):
        connection.sendall(b"yes\n")


with device(lines) as address:
    r = run("-f", "payload LF", address, stdin="x\n" * 20)
    same((r.out, address.connections), ("yes\n" * 20, 1), "20 lines go over one connection")


def vanishes(connection):
    """The answer and the end are one segment: it is never there without its end."""
    read_until(connection, b"\n")
    connection.send(b"bye\n", socket.MSG_MORE)


with device(vanishes) as address:
    r = run("-f", "payload LF", address, stdin="x\n.wait 500ms\ny\n.wait 500ms\nz\n")
    same(r.out, "bye\nbye\nbye\n", "a line that was lost is opened again for the next command")
    ok(address.connections == 3, "once each", address.connections)
# ---- watches that get no answer ----


heard = []


def only_ping(connection):
    while line := read_until(connection, b"\n"):
        heard.append(line)
        if line == b"PING\n":
            connection.sendall(b"pong\n")


with device(only_ping) as where:
    r = run("-f", "line", "-t", "2s", where, stdin=".watch a 100ms SILENT\n.watch b 100ms SILENT\n"
            ".wait 300ms\nPING\n.watch c 100ms SILENT\nPING\n.quit\n")
    same(r.out, "pong\npong\n", "lines go first, whatever the watches do")
    heard.clear()
    watches = "".join(f".watch {name} 100ms SILENT\n" for name in "abcde")
    r = run("-f", "line", "-t", "2s", where, stdin=f"{watches}.wait 100ms\nPING\n.quit\n")
    same(r.out, "pong\n", "a line among many watches")
    ok(heard.index(b"PING\n") <= 2, "waits for the one that is out, and for no other", heard)

# ---- watches of bytes ----

REGISTERS = r""".frame modbus-tcp
.hex 03 00 00 00 01
  03 02 00 fa
.hex 03 00 00 00 02
  03 04 c1 48 00 00
"""
with simulated(REGISTERS) as where:
    def watched(words):
        return run("-f", "modbus-tcp", where, stdin=f".watch t 20ms {words}\n.wait 2s\n.watch\n")

    r = watched("'03 00 00 00 01' u16be@2")
    same(r.out.splitlines()[0], "t 250", "a register is watched")
    r = watched("'03 00 00 00 01' u16be@2*0.1 C")
    same(r.out.splitlines()[0], "t 25 C", "with a factor and a unit")
    r = watched("'03 00 00 00 02' f32be@2 *-2")
    same(r.out.splitlines()[0], "t 25", "a float")
    r = watched("'03 00 00 00 01' unit")
    same(r.out.splitlines()[0], "t 1", "a field of the frame")
    for pattern in ("", " ' ([0-9]+)$'"):
        r = watched(f"'03 00 00 00 01'{pattern}")
        same((r.out, r.code), ("nothing is watched\n", 2), f"bytes without a place are refused {pattern}")
        has(r.err, "such as u16be@2, or a field of its frame", "with what is wanted")
    r = run("-f", "payload gap(20ms)", where, stdin=".watch t 20ms x\n.wait 700ms\n")
    same(r.out, "", "nor is a number drawn from bytes in a frame of text")
with simulated(".frame line\nTEMP? 1\n  1: T = 21.5 C\n") as where:
    r = run("-f", "line", where, stdin=".watch t 20ms 'TEMP? 1' /T = (\\d+)/ *2 C\n.wait 2s\n.watch\n")
    same(r.out.splitlines()[0], "t 42 C", "a pattern in slashes is verbatim, blanks and backslashes too")
with device(lambda c: [c.sendall(b"\x03\x02\x00\xfa\n") for _ in iter(lambda: read_until(c, b"\n"), b"")]) as where:
    r = run("-f", "line", where, stdin=".watch t 20ms x\n.wait 2s\n.watch u 20ms x u16be@2\n.wait 2s\n")
    same(r.out.splitlines()[0], "u 250", "a line that holds bytes")
    has(r.err, "is bytes, not text", "whose digits are no number")

done()
