#!/usr/bin/env python3
"""Secrets: wherever the value of \\{secret:NAME} would be seen, its name is. All that wilco writes is searched."""
import json
import os
import re
import subprocess
import time

from wilcotest import (ENV, HOME, WRAP, Terminal, command, device, done, has, ok, read_until, run, same, simulated,
                       some, unused_port, wait_for)

VALUE = "hunter2-q9"
GIVEN = {"WILCO_SECRET_PW": VALUE}
FILE = f"""LOGIN {VALUE}
  HI {VALUE} welcome
WHO
  {VALUE}
  (unsolicited) {VALUE} is here
QUIT
  BYE
"""
BINARY = "modbus-ascii", "df1-crc"
LINES = "LOGIN \\{secret:PW}\nWHO\nQUIT\n"


def file_of(frame):
    """The device in this frame; in a binary one its lines are bytes, and text is in quotes."""
    lines = FILE if frame not in BINARY else re.sub(r"(?m)^(  (?:\(unsolicited\) )?)?(.+)$", r"\1'\2'", FILE)
    return f".frame {frame}\n{lines}"


def spellings(value=VALUE):
    """The value as bytes, in hex in both cases, with blanks between."""
    raw = value.encode()
    return [raw, raw.hex().encode(), raw.hex().upper().encode(), raw.hex(" ").encode(), raw.hex(":").encode()]


def found(data, value=VALUE):
    data = data if isinstance(data, bytes) else data.encode()
    return [s for s in spellings(value) if s in data]


def written():
    """All files below HOME but those of the devices."""
    for folder, _, names in os.walk(HOME):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and not name.startswith("device"):
                with open(path, "rb") as f:
                    yield path, f.read()


def is_clean(name, *outputs):
    leaks = [f"{out[:300]!r}: {found(out)}" for out in outputs if found(out)]
    leaks += [f"{path}: {found(data)}" for path, data in written() if found(data)]
    ok(not leaks, f"{name}: nowhere is the value", "\n".join(leaks))


# ---- wilco send: every output, log, capture, recording ----

for frame in some(("line", "stx-lrc", "gdb", "slip", "netstring", "modbus-ascii", "df1-crc")):
    with simulated(file_of(frame)) as address:
        base = f"{HOME}/{frame}"
        words = [".text LOGIN \\{secret:PW}", ".text WHO", ".text QUIT"]
        for options in ((), ("--json",), ("-o", "hex"), ("-o", "dump"), ("-o", "anatomy"), ("-o", "raw"), ("--dry-run",),
                        ("--dry-run", "--json"), ("-v",)):
            if frame != "line" and options not in ((), ("--json",)):
                continue
            r = run("send", *options, "-f", frame, "-t", "5s", address, *words, env=GIVEN)
            same(r.code, 0, f"{frame} {' '.join(options)}: it is sent")
            is_clean(f"{frame} {' '.join(options)}", r.raw, r.err)
            has(r.out, "\\{secret:PW}", "its name is there")
        r = run("send", "-f", frame, "--log", f"{base}.log", "--record", f"{base}.wilco", address, *words, env=GIVEN)
        is_clean(f"{frame}: log and recording", r.raw, r.err)
        with open(f"{base}.log", encoding="utf-8") as f:
            log = f.read()
        has(log, "> xxxxxxxxxx", "in the log there are x")
        with open(f"{base}.wilco", encoding="utf-8") as f:
            recording = f.read()
        bin_frame = ".hex" in recording
        has(recording, ".hex 4c 4f 47 49 4e 20 \\{secret:PW}\n" if bin_frame else "\nLOGIN \\{secret:PW}\n",
            "the recording has the name")
        has(recording, "\\{secret:PW}", "also where it came")
        again = run("-f", frame, stdin=recording, env=GIVEN)
        same(again.code, 0, "and can be run again")
        is_clean(f"{frame}: a pipe", again.raw, again.err)
        r = run("send", "-f", frame, "--pcap", f"{base}.pcap", address, *words, env=GIVEN)
        is_clean(f"{frame}: capture", r.raw, r.err)

with simulated(f".frame line\n{FILE}") as address:
    r = run("send", "--json", "-f", "line", address, "LOGIN \\{secret:PW}", "QUIT", env=GIVEN)
    first, second = [json.loads(line) for line in r.out.splitlines()]
    same((first["command"], first["sent_hex"], first["reply"], first["reply_hex"]),
         ("LOGIN \\{secret:PW}", None, "HI \\{secret:PW} welcome", None), "JSON has the name, and no bytes")
    same(second["sent_hex"], b"QUIT\n".hex(), "of other commands it has them")
    ok(wait_for(lambda: f"LOGIN {VALUE}" in b"".join(address.log).decode(), "the command"), "the device gets the value",
       address.log)
    path = f"{HOME}/slow.log"
    r = run("send", "-f", "line", "--log", path, f"{address}?char-delay=1ms", "LOGIN \\{secret:PW}", env=GIVEN)
    is_clean("byte by byte", r.raw, r.err)
    with open(path, encoding="utf-8") as f:
        same(f.read().count("> x\n"), len(f"LOGIN {VALUE}\n"), "each byte is an x")
    r = run("-f", "line", address, stdin=f".log {HOME}/pipe.log\n.record {HOME}/pipe.wilco\n{LINES}.wait 200ms\n.find HI\n"
            f".save {HOME}/pipe.saved\n.copy {HOME}/pipe.txt\n", env=GIVEN)
    same(r.code, 0, "a pipe knows it, too")
    is_clean("a pipe with all that writes", r.raw, r.err)
    r = run("send", "-f", "line", address, "-", stdin=LINES, env=GIVEN)
    has(r.out, "HI \\{secret:PW} welcome\n", "and so do lines of standard input")
    r = run("fleet", "-f", "line", address, "LOGIN \\{secret:PW}", env=GIVEN)
    has(r.out, "HI \\{secret:PW} welcome", "and a fleet")
    is_clean("a fleet", r.raw, r.err)

# ---- wilco play ----

MACRO = r"""LOGIN \{secret:PW}
  HI \{secret:PW} welcome
LOGIN \{secret:PW}
  HI \{secret:PW} * (glob)
LOGIN \{secret:PW}
  H. \{secret:PW} wel.* (re)
.expect /\{secret:PW}/
.capture x /HI (.*) welcome/
.note \{x}
WHO
  \{secret:PW}
  (unsolicited) \{secret:PW} is here
"""
with simulated(f".frame line\n{FILE}") as address:
    path = f"{HOME}/macro.wilco"
    for bad in ("", "LOGIN \\{secret:PW}\n  HI \\{secret:PW} what\n.expect-not /\\{secret:PW}/\n"):
        with open(path, "w", encoding="utf-8") as f:
            f.write(f".frame line\n{MACRO}{bad}")
        for options in ((), ("--json",), ("-v",), ("--dry-run",), ("--report-tap", "-"), ("--report-tap", f"{HOME}/tap"),
                        ("--report-junit", f"{HOME}/junit"), ("--record", f"{HOME}/played{len(bad)}.wilco")):
            r = run("play", *options, path, "--device", address, env=GIVEN)
            same(r.code, 1 if bad and "--dry-run" not in options else 0, f"play {' '.join(options)}: its verdict")
            is_clean("play", r.raw, r.err)
    r = run("play", path, "--device", address, start_new_session=True)
    ok(r.code == 2 and ":2:9: the secret PW is not known" in r.err, "nothing is played without it", r)
    for line in (".let x \\{secret:PW}", ".note \\{secret:PW}"):
        with open(path, "w", encoding="utf-8") as f:
            f.write(f".frame line\n{line}\nQUIT\n")
        r = run("play", path, "--device", address, env=GIVEN)
        ok(r.code == 2 and "a secret can only stand in a command" in r.err, f"{line} is refused", r)
        is_clean("what is refused in a macro", r.raw, r.err)
with simulated(".frame line\nPIN 12\n  12 bottles\n") as address:
    with open(path, "w", encoding="utf-8") as f:
        f.write(".frame line\nPIN \\{secret:PIN}\n  \\{secret:PIN} bottles\n")
    same(run("play", path, "--device", address, env={"WILCO_SECRET_PIN": "12"}).code, 0, "a short one is compared, too")

# ---- in pieces, with an echo, short, in what cannot be sent ----


def in_pieces(connection):
    while read_until(connection, b"\n"):
        for piece in (b"OK ", VALUE[:4].encode(), VALUE[4:].encode(), b" done\n"):
            connection.sendall(piece)
            time.sleep(0.05)


with device(in_pieces) as address:
    r = run("send", "-f", "line", "--log", f"{HOME}/pieces.log", address, "LOGIN \\{secret:PW}", env=GIVEN)
    same(r.out, "OK \\{secret:PW} done\n", "a value that comes in pieces is hidden")
    is_clean("in pieces", r.raw, r.err)


def echoes(connection):
    while line := read_until(connection, b"\n"):
        connection.sendall(line + b"OK\n")


with device(echoes) as address:
    r = run("send", "--json", "-f", "payload LF ; echo", "--log", f"{HOME}/echo.log", address, "LOGIN \\{secret:PW}",
            env=GIVEN)
    same(r.code, 0, "an echo is known")
    is_clean("an echo", r.raw, r.err)

with simulated(".frame line\nPIN 12\n  12 bottles\n") as address:
    r = run("send", "-f", "line", "--json", "--log", f"{HOME}/pin.log", address, "PIN \\{secret:PIN}",
            "PIN \\{secret:PIN}", env={"WILCO_SECRET_PIN": "12"})
    same([json.loads(x)["command"] for x in r.out.splitlines()], ["PIN \\{secret:PIN}"] * 2, "a short one is hidden")
    has(r.out, "12 bottles", "but not looked for in what comes")
    same(r.err.count("the secret PIN has fewer than 4 bytes"), 1, "which is said once")
    with open(f"{HOME}/pin.log", encoding="utf-8") as f:
        has(f.read(), "> xxxxxxx\n", "and its length is all that the log has")

for words, reason in (((".hex u8(\\{secret:PW})",), "it stands for text, and for nothing that is calculated"), (("a\\{secret:PW}\\n",), "with its secret"),
                      (("\\{secret:a b}",), "cannot be the name of a secret"),
                      (("\\{foo}",), "only \\{secret:NAME} has one")):
    r = run("send", "-f", "line", f"127.0.0.1:{unused_port()}", *words, env=GIVEN)
    same(r.code, 2, f"{words[0]} is refused")
    has(r.err, reason, "with the reason")
    is_clean("what is refused", r.raw, r.err)
r = run("send", "-f", "unit:u8=1 payload LF", f"127.0.0.1:{unused_port()}", ".with unit=\\{secret:N} x",
        env={"WILCO_SECRET_N": "17"})
ok(r.code == 2 and "a secret can only stand in a payload" in r.err, "a field cannot be one", r)

# ---- who gives it ----

asked = []


def counts(connection):
    asked.append(1)
    while read_until(connection, b"\n"):
        connection.sendall(b"OK\n")


with device(counts) as address:
    r = run("send", "-f", "line", address, "QUIT", "LOGIN \\{secret:PW}", start_new_session=True)
    same((r.code, asked), (2, []), "without a terminal and the variable nothing is sent, not even a connection made")
    has(r.err, "WILCO_SECRET_PW in the environment", "and what to do is said")


def waits(connection):
    read_until(connection, b"\n")
    read_until(connection, b"\n")


with device(waits) as address:
    p = subprocess.Popen(command("send", "-f", "line", address, "LOGIN \\{secret:PW}"), env={**ENV, **GIVEN},
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    ok(wait_for(lambda: b"LOGIN" in open(f"/proc/{p.pid}/cmdline", "rb").read(), "the process"), "it runs")

    def seen():
        with open(f"/proc/{p.pid}/environ", "rb") as f:
            return VALUE.encode() in f.read()
    if not WRAP:  # valgrind keeps the environment, too
        ok(wait_for(lambda: not seen(), "the environment"), "the value leaves its environment when it is used")
    with open(f"/proc/{p.pid}/cmdline", "rb") as f:
        ok(not found(f.read()), "and is not in the list of processes")
    p.terminate()
    p.communicate()

with simulated(f".frame line\n{FILE}") as address:
    words = " ".join(command("send", "-f", "line", address, "'LOGIN \\{secret:PW}'"))
    t = Terminal(f"sh -c \"{words}; echo status \\$?; stty -a; read x\"".replace("\\{", "\\\\{"))
    t.wait("PW (not shown):", "at a terminal it is asked for")
    t.type(VALUE)
    t.keys("Enter")
    t.wait("HI \\{secret:PW} welcome", "and sent")
    t.wait("status 0")
    t.shows(lambda screen: " echo " in screen, "the terminal echoes again")
    ok(VALUE not in t.screen(), "it is not on the screen", t.screen())
    t.close()
    t = Terminal(f"sh -c \"trap : INT; {words}; echo status \\$?; stty -a; read x\"".replace("\\{", "\\\\{"))
    t.wait("PW (not shown):")
    t.type(VALUE[:3])
    t.keys("C-c")
    t.wait("status 130", "Ctrl-C ends it")
    t.shows(lambda screen: " echo " in screen, "with the echo as it was")
    t.close()

# ---- the console: the split screen and lines ----

for plain in ("", "--plain "):
    with simulated(f".frame line\n{FILE}") as address:
        words = " ".join(command("-f", "line", "--log", f"{HOME}/typed{len(plain)}.log", address))
        t = Terminal(words.replace("-f line", f"{plain}-f line"))
        t.wait(f"{address}>")
        t.type(f".record {HOME}/typed{len(plain)}.wilco")
        t.keys("Enter")
        t.wait("recording to")
        t.type("LOGIN \\{secret:PW}")
        if not plain:
            t.wait("there is a secret in it", "the preview shows no bytes")
        t.keys("Enter")
        t.wait("PW (not shown):", f"{plain}a line with a secret asks for it")
        t.type("wrong")
        t.keys("C-u")
        t.type(VALUE + "x")
        t.keys("BSpace", "Enter")
        t.wait("HI \\{secret:PW} welcome", "and is sent then")
        t.type("WHO")
        t.keys("Enter")
        t.wait("\\{secret:PW} is here", "what comes has its name")
        t.type("LOGIN \\{secret:PW}")
        t.keys("Enter")
        t.shows(lambda screen: screen.count("HI \\{secret:PW} welcome") == 2, "it is asked for once")
        for view in ("hex", "dump", "anatomy") if not plain else ():
            t.type(f".view {view}")
            t.keys("Enter")
            t.shows(lambda screen, v=view: f"{v} " in screen.splitlines()[-3] or v in screen, f"the view {view}")
            is_clean(f"the view {view}", t.screen())
        t.type("LOGIN \\{secret:OTHER}")
        t.keys("Enter")
        t.wait("OTHER (not shown):")
        t.type("abc")
        t.keys("C-c")
        t.wait("not sent: the secret was not given", "Ctrl-C sends nothing")
        t.type(f".copy {HOME}/typed{len(plain)}.txt")
        t.keys("Enter")
        t.wait("copied")
        t.type(".record stop")
        t.keys("Enter")
        t.wait("recorded 3 commands")
        is_clean("the console", t.screen(), t.tmux("capture-pane", "-p", "-S", "-"))
        t.close()
        is_clean("and its files")

done()
