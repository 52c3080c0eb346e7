#!/usr/bin/env python3
"""What is recorded plays: as a device, and in a pipe; each exchange is in the file when it has ended."""
import fcntl
import os
import re
import resource
import signal
import subprocess
import time

from wilcotest import (ENV, HOME, Terminal, command, device, done, has, ok, read_until, run, same,
                       simulated, unused_port, wait_for)

PUMP = """.frame line
STATUS
  READY
SPEED 100
  OK
SELFTEST
  (none)
"""


def content(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def timeless(text):
    """A recording without what differs each time."""
    text = re.sub(r"^# recorded \d{4}-\d\d-\d\d$", "# recorded DAY", text, flags=re.M)
    text = re.sub(r"^# \d\d:\d\d:\d\d\.\d{3}( \+[\d.]+ [mu]?s)?$", r"# TIME", text, flags=re.M)
    return re.sub(r"127\.0\.0\.1:\d+", "DEVICE", text)


def waits(text):
    """The pauses in a recording, in milliseconds."""
    return [int(n) for n in re.findall(r"^\.wait (\d+)ms$", text, re.M)]


def example():
    """The recording that the manual shows."""
    with open(f"{os.environ['srcdir']}/doc/wilco.1", encoding="utf-8") as f:
        part = f.read().split(".Ss Recording\n")[1]
    return part.split(".Bd -literal -offset indent\n")[1].split(".Ed\n")[0].replace("\\&", "")


def again(recording, options=()):
    """Plays the recording as a device and sends its own commands to it; what is printed."""
    with simulated(recording) as address:
        lines = re.sub(r"^\.open \S+", f".open {address}", recording, flags=re.M)
        return run(*options, stdin=lines)


# ---- a pipe, as the manual shows it ----

path = f"{HOME}/pump.wilco"
with simulated(PUMP) as pump:
    r = run("-f", "line", "-t", "3s", pump, stdin=f".record {path}\n.record\nSTATUS\n.note the door is open\n"
            "SPEED 100\nSELFTEST\n.record stop\n.record\nSTATUS\n")
    same(r.out, f"{path}\nREADY\nOK\noff\nREADY\n", "a recording changes nothing, and says where it is")
    same(timeless(content(path)), timeless(example()), "and is what the manual shows")
    has(r.err, f"recording to {path}\n", "its beginning is said")
    has(r.err, f"recorded 3 commands to {path}\n", "and its end")
    has(r.err, "wilco: the door is open\n", "a note is a row, too")
    same(os.stat(path).st_mode & 0o777, 0o600, "nobody else may read it")
    r = again(content(path), ("-t", "3s"))
    same((r.out, r.code), ("READY\nOK\n", 4), "it is a device, and plays")
    has(r.err, "skipped 3 lines of expected replies", "its replies are skipped")

    # ---- where it goes ----
    r = run("-f", "line", pump, stdin=f".record {path}\nSTATUS\n")
    same((r.code, r.out), (6, "READY\n"), "a file that exists is refused")
    has(r.err, f"cannot record to {path}: File exists", "with the reason")
    has(r.err, "another name makes a new file; .record FILE --append writes to this one's end", "and what to do")
    before = content(path)
    run("-f", "line", pump, stdin=f".record {path} --append\nSTATUS\n")
    same(timeless(content(path)), timeless(before) + "# recorded DAY\n.frame line\n# TIME\nSTATUS\n  READY\n", "--append writes to the end, also when the pipe ends it")
    run("-f", "line", pump, stdin=".record self.test-1\nSTATUS\n")
    has(content(f"{HOME}/.local/share/wilco/macros/self.test-1.wilco"), "STATUS\n  READY\n", "a NAME is a macro")
    for name, reason in ((".hidden", "is no name of a macro"), ("a*b", "is no name of a macro"),
                         ("x --apend", "behind the name only --append and --timing may stand, not '--apend'"),
                         (f"{HOME}/none/x", "No such file or directory")):
        r = run("-f", "line", pump, stdin=f".record {name}\nSTATUS\n")
        has(r.err, reason, f".record {name} is refused")
        same(r.out, "READY\n", "and nothing else is")
    has(run(stdin=".record stop\n").err, "no recording runs", "none can be stopped")
    has(run(stdin=f".record {HOME}/one.wilco\n.record {HOME}/two.wilco\n").err,
        f"a recording runs already, to {HOME}/one.wilco: .record stop ends it", "one at a time")
    with open(path, "a", encoding="utf-8") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        r = run("-f", "line", pump, stdin=f".record {path} --append\nSTATUS\n")
        same((r.code, r.out), (2, "READY\n"), "two to one file are refused")
        has(r.err, f"another recording writes to {path}", "with the reason")
    with open(f"{HOME}/torn.wilco", "w", encoding="utf-8") as f:
        f.write("# torn")
    run("-f", "line", pump, stdin=f".record {HOME}/torn.wilco --append\nSTATUS\n")
    has(timeless(content(f"{HOME}/torn.wilco")), "# torn\n# recorded DAY\n", "a line that is open is ended first")

    # ---- a full disk ends the recording, not the session ----
    r = run("-f", "line", pump, stdin=".record /dev/full --append\nSTATUS\n")
    same((r.code, r.out), (6, "READY\n"), "a full disk is exit status 6")
    has(r.err, "cannot record to /dev/full: No space left on device", "and said")
    full = f"{HOME}/full.wilco"
    r = run("-f", "line", pump, stdin=f".record {full}\n" + "STATUS\n" * 100 + ".record\n",
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)))
    same((r.code, r.out), (6, "READY\n" * 100 + "off\n"), "so is one in the midst, and all else goes on")
    same(r.err.count("the recording has ended"), 1, "that is said once")
    ok(800 < len(content(full)) <= 1000 and content(full).endswith("STATUS\n  READY\n"),
       "and the file ends with a whole exchange", content(full)[-100:])

    # ---- send ----
    sent = f"{HOME}/sent.wilco"
    r = run("send", "-f", "line", "--record", sent, pump, "STATUS", "SPEED 100")
    same((r.code, r.out), (0, "READY\nOK\n"), "send records")
    same(timeless(content(sent)), "# recorded DAY\n.open DEVICE\n.frame line\n# TIME\nSTATUS\n  READY\n# TIME\n"
         "SPEED 100\n  OK\n", "the same lines")
    same(again(content(sent)).out, "READY\nOK\n", "that play")
    r = run("send", "-f", "line", "--record", sent, pump, "STATUS")
    same((r.code, r.out), (6, ""), "into a new file, or nothing is sent")
    r = run("send", "-f", "line", "--dry-run", "--record", f"{HOME}/dry.wilco", pump, "STATUS")
    ok(r.code == 0 and not os.path.exists(f"{HOME}/dry.wilco"), "--dry-run records nothing", r)
    has(run("--record", "x.wilco", pump).err, "--record works only with wilco send, play and tap", "elsewhere there is .record")

    # ---- two devices ----
    two = f"{HOME}/two.wilco"
    other = pump.replace("127.0.0.1", "127.1")
    run("-f", "line", pump, stdin=f".record {two}\nSTATUS\n.open {other}\n.frame esc-cr\n.frame line\nSTATUS\n.use 1\n"
        "STATUS\n")
    same(timeless(content(two)).replace(other, "OTHER"), "# recorded DAY\n.open DEVICE\n.frame line\n# TIME\nSTATUS\n"
         "  READY\n.open OTHER\n.frame line\n# TIME\nSTATUS\n  READY\n.use DEVICE\n# TIME\nSTATUS\n  READY\n",
         "the device is said where it changes")

    # ---- pauses ----
    lines = ".wait 120ms\nSTATUS\n.wait 80ms\nSPEED 100\n"
    for how in ("", " --timing"):
        paused = f"{HOME}/paused{len(how)}.wilco"
        run("-f", "line", pump, stdin=f"STATUS\n.record {paused}{how}\n{lines}")
        spent = waits(content(paused))
        ok(len(spent) == (1 if how else 0) and all(80 <= n for n in spent), f"pauses with{how or 'out'}", spent)
    has(content(paused), "ms\n# ", "a pause is there before the command, with its time")
    same(again(content(paused)).out, "READY\nOK\n", "and it plays, and is a device")
    run("send", "-f", "line", "--record", f"{HOME}/sent.timed", "--timing", pump, "STATUS", ".wait 70ms", "SPEED 100")
    ok([n >= 70 for n in waits(content(f"{HOME}/sent.timed"))] == [True], "send records them, too")
    has(run("send", "-f", "line", "--timing", pump, "STATUS").err, "--timing goes with --record FILE", "only there")

    # ---- killed ----
    killed = f"{HOME}/killed.wilco"
    p = subprocess.Popen(command("-f", "line", "-t", "60s", pump), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENV)
    p.stdin.write(f".record {killed}\nSTATUS\nSPEED 100\nSELFTEST\n".encode())
    p.stdin.flush()
    ok(wait_for(lambda: os.path.exists(killed) and "  OK\n" in content(killed), "two exchanges"),
       "an exchange is in the file when it has ended")
    p.send_signal(signal.SIGKILL)
    p.wait()
    ok(timeless(content(killed)).endswith("# TIME\nSPEED 100\n  OK\n"), "who is killed loses the one under way",
       content(killed))

# ---- what does not go well ----

ODD = """.frame line
.greeting
  HELLO
A
  (damaged) half
B
  B
C
  (lost)
D
  (none)
.delay 4s
  (late) old
E
  (empty)
"""
odd = f"{HOME}/odd.wilco"
with simulated(ODD) as address:
    r = run("-f", "line", "-t", "3s", f"{address}?greet=20s&resync=20s",
            stdin=f".record {odd}\nB\nE\nC\nD\nE\nA\n.open 127.0.0.1:{unused_port()}\n.frame line\nX\n")
    text = timeless(content(odd))
    # The first greeting may come before the recording begins; then it is that of the second line.
    has(text, "# TIME\n.greeting\n  HELLO\n", "a greeting")
    has(text, "# TIME\nB\n  B\n# TIME\nE\n  (empty)\n# TIME\nC\n  (lost)\n", "a lost line")
    has(text, "D\n  (none)\n", "a command without a reply")
    has(text, "A\n  (damaged) half\n", "a part of a frame")
    has(text, "# not sent (connect): X\n", "what was not sent is a comment")
    same(text.count(".greeting"), 1, "a file has one greeting")
    with simulated(content(odd)) as player:
        r = run("-f", "line", f"{player}?greet=20s", stdin="B\nC\n")
        same(r.out, "B\n", "all of that is a device")

# ---- round trips, by frame ----

DEVICES = {
    "line": ("STATUS\n  READY\n\\x23 x\n  \\x28a\\x29\n..dot\n  \\xff\\x00\\x20\n.text\n  (empty)\n",
             "STATUS\n\\x23 x\n..dot\n.text\nSTATUS\n"),
    "modbus-tcp": (".hex 03 00 00 00 01\n  (with unit=17) \\<03 02 00 2a>\n"
                   ".with unit=18 .hex 03 00 00 00 01\n  \\<83 02>\n",
                   ".set unit=17\n03 00 00 00 01\n.with unit=18 03 00 00 00 01\n03 00 00 00 01\n"),
    "slip": (".hex c0 db 01\n  \\<db c0 c0 00>\nPING\n  PONG\n", ".hex c0 db 01\n.x 'PING'\n.hex c0 db 01\n"),
    "stx-lrc": ("STATUS\n  READY\nPUMP\n  ON\n", "STATUS\nPUMP\nSTATUS\n"),
    "scpi": ("*IDN?\n  ACME,1\nCURV?\n  \\x00\\x01x\n.tell OUTP ON\n", "*IDN?\nCURV?\n.tell OUTP ON\n*IDN?\n"),
}
for frame, (file, lines) in DEVICES.items():
    path = f"{HOME}/{frame}.wilco"
    with simulated(f".frame {frame}\n{file}") as address:
        first = run("-f", frame, address, stdin=f".record {path}\n{lines}.record stop\n")
    ok(first.code == 0 and first.out, f"{frame}: a session is recorded", first)
    second = again(content(path))
    same((second.code, second.out), (0, first.out), f"{frame}: replayed against itself it has the same replies")
    with simulated(content(path)) as address:
        third = f"{path}.wilco"
        run(stdin=re.sub(r"^\.open \S+", f".record {third}\n.open {address}", content(path), flags=re.M))
    same(timeless(content(third)), timeless(content(path)), f"{frame}: and is recorded as the same lines")
has(content(f"{HOME}/modbus-tcp.wilco"), ".set field.unit=17\n", "fields of all commands are set")
has(content(f"{HOME}/modbus-tcp.wilco"), ".with unit=18 -- .hex 03 00 00 00 01\n  \\<83 02>\n",
    "those of one stand with it")
has(content(f"{HOME}/modbus-tcp.wilco"), "\n  (with unit=17) \\<03 02 00 2a>\n",
    "those of a reply, where a device would send others")

# A frame that is not in the catalogue is defined.
with simulated("A\n  B\n", "-f", "payload '!' CR") as address:
    mine = f"{HOME}/mine.wilco"
    run(address, stdin=f".frame mine = payload '!' CR\n.frame mine\n.record {mine}\nA\n")
    has(content(mine), ".frame mine = payload '!' CR\n.frame mine\n", "a frame of one's own is defined")
    same(again(content(mine)).out, "B\n", "so that the file says all")

MINE = """.frame crc crc16-mine = width=16 poly=0x1021 init=0x1234 refin=false refout=false xorout=0x0000 check=0xedeb
.frame mine = unit:u8=1 payload crc16-mine:be LF
"""
with simulated(f"{MINE}.frame mine\nA\n  B\n") as address:
    mine = f"{HOME}/crc.wilco"
    run(address, stdin=f"{MINE}.frame mine\n.set unit=7\n.record {mine}\nA\n.set unit=8\nA\n.frame mine\nA\n"
        f".save {mine}.saved\n")
    text = (f".open {address}\n{MINE}.frame mine\n.set field.unit=7\nA\n  B\n.set field.unit=8\nA\n  B\n"
            f"{MINE}.frame mine\nA\n  B\n")
    same(re.sub("^#.*\n", "", content(mine), flags=re.M), text,
         "a CRC of one's own is defined with it, fields are set and unset")
    same(content(f"{mine}.saved"), text, "and what is saved says the same")
    same(again(content(mine)).out, "B\nB\nB\n", "which is a device")

# ---- bytes without a frame, and what goes out of turn ----

with simulated(".frame line\nSTATUS\n  READY\n.wire 18\n  RESET\n.wire 1b 5b\n") as address:
    raw = f"{HOME}/wire.wilco"
    r = run("send", "-f", "line", "--record", raw, address, ".tell .wire 1b 5b", "STATUS", ".wire 18", "STATUS")
    same(r.out, "READY\nRESET\nREADY\n", "bytes without an end are told from the command behind them")
    has(timeless(content(raw)), ".tell .wire 1b 5b\n# TIME\nSTATUS\n  READY\n# TIME\n.wire 18\n  RESET\n", "and recorded")
    same(again(content(raw)).out, "READY\nRESET\nREADY\n", "the recording is such a device")


def machine(connection):
    while line := read_until(connection, b"\n"):
        if line == b"MEMTEST\n":
            line += read_until(connection, b"\n")
        connection.sendall({b"MEMTEST\nSTOP\n": b"aborted\n"}.get(line, b"OK\n"))


with device(machine) as address:
    urgent = f"{HOME}/urgent.wilco"
    r = run("-f", "line", address, stdin=f".record {urgent}\nA\nMEMTEST\n.now STOP\nA\n")
    same(r.out, "OK\naborted\nOK\n", "a command goes out of turn")
    text = re.sub(r"^\.wait \d+ms\n", "", timeless(content(urgent)), flags=re.M)
    has(text, "MEMTEST\n.now STOP\n  aborted\n# TIME\nA\n  OK\n", "and is recorded below the one that waited")
    r = run("play", urgent)
    same(r.code, 0, "so that it plays")

# ---- what two devices say ----

with simulated(".frame line\n.greeting\n  ONE\nA\n  a\n") as one, \
        simulated(".frame line\n.greeting\n  TWO\nB\n  b\n.delay 50ms\n  (unsolicited) ALARM\n") as two:
    both = f"{HOME}/both.wilco"
    run("-f", "line", stdin=f".record {both}\n.open {one}?greet=5s\nA\n.open {two}?greet=5s\nB\n.use 1\nA\n.wait 300ms\n"
        f".close\nA\n")
    text = timeless(content(both))
    has(text, "# recorded DAY\n.open DEVICE?greet=5s\n.frame line\n# TIME\n.greeting\n  ONE\n# TIME\nA\n  a\n"
        ".open DEVICE?greet=5s\n.frame line\n# TIME\n.greeting\n  TWO\n# TIME\nB\n  b\n", "each has its greeting")
    has(text, "# unsolicited, DEVICE?greet=5s:\n#   (unsolicited) ALARM\n", "what comes aside is a comment")
    has(text, "# greeting, once more:\n#   ONE\n", "and so is a second greeting")
    r = run("simulate", both, "127.0.0.1:0")
    ok(r.code == 2 and "both.wilco:13:1: " in r.err, "as a device it is told which one it is", r.err)
    has(r.err, f"--device NAME says which one to be: {one}?greet=5s or {two}?greet=5s", "by --device")
    r = run("simulate", both, "127.0.0.1:0", "--device", "nobody")
    ok(r.code == 2 and "no device 'nobody'" in r.err, "which must be one of them", r.err)
    for name, said in ((one, "a"), (two, "b")):
        with simulated(content(both), "--device", f"{name}?greet=5s") as address:
            same(run("-f", "line", "-t", "300ms", f"{address}?greet=5s", stdin="A\nB\n").out,
                 f"{said}\n", "then it answers for that one")

# ---- the console ----

with simulated(PUMP) as pump:
    typed = f"{HOME}/typed.wilco"
    t = Terminal(" ".join(command("-f", "line", pump)))
    t.wait(f"{pump}>")
    t.type(f".record {typed}")
    t.keys("Enter")
    t.wait("recording  ", "the bar shows that a recording runs")
    for line, mark in (("STATUS", "READY"), (".note by hand", "by hand"), ("SPEED 100", "OK")):
        t.type(line)
        t.keys("Enter")
        t.wait(mark)
    t.type(".record stop")
    t.keys("Enter")
    t.wait("recorded 2 commands", "its end is said")
    ok(wait_for(lambda: "recording  " not in t.screen(), "the bar"), "and the bar shows none", t.screen())
    same(timeless(content(typed)), "# recorded DAY\n.open DEVICE\n.frame line\n# TIME\nSTATUS\n  READY\n# by hand\n"
         "# TIME\nSPEED 100\n  OK\n", "a person's session is recorded")
    t.tmux("load-buffer", typed)
    t.tmux("paste-buffer", "-p")
    t.wait("[y/n, e edits]")
    t.keys("y")
    t.wait("skipped 2 lines of expected replies", "it pastes, and its replies are skipped")
    ok(wait_for(lambda: t.screen().count("< OK") == 2, "two replies"), "its commands are sent", t.screen())
    t.type("  READY")
    t.keys("Enter")
    t.wait("two blanks begin an expected reply", "a reply that is typed is refused")
    t.close()

done()
