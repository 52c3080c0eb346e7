#!/usr/bin/env python3
"""The console of wilco tap: both directions in the pane, and frames of one's own among them."""
import contextlib
import re
import socket
import struct

from golden import golden
from hostile import foreign, replies
from wilcotest import (HOME, LIMIT, WRAP, Recorder, Terminal, command, device, done, has, need, ok, read_to_end,
                       read_until, run, same, wait_for)

if not need("tmux"):
    done()


@contextlib.contextmanager
def console(where, *options, **size):
    """A tap's console, and where programs call."""
    t = Terminal(" ".join(command("tap", *options, "127.0.0.1:0", where)), **size)
    t.wait_last("tap>")
    port = int(re.search(r"listening on 127\.0\.0\.1:(\d+)", t.screen())[1])
    try:
        yield t, port
    finally:
        t.close()


def call(port):
    return socket.create_connection(("127.0.0.1", port), timeout=LIMIT)


def reset(s):
    """Closes as a program does that has crashed."""
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


class Instrument:
    """Answers, and remembers what it was told."""

    def __init__(self):
        self.heard = []

    def __call__(self, s):
        while text := read_until(s, b"\n"):
            for line in text.splitlines():
                self.heard.append(line)
                if line == b"CRASH":
                    reset(s)
                    return
                if line != b"QUIET":
                    s.sendall(b"answer to " + line + b"\r\n")


def exchange(t, s, text, reply):
    s.sendall(text)
    t.wait(reply)


class Timeless:
    """A screen without the time since the line above, which is shown from a millisecond on."""

    def __init__(self, t):
        self.t = t

    def screen(self):
        return re.sub(r" +(\+[\d.]+ \w+ +)?(length \d|the \w+ broke it)", r" \2", self.t.screen())


# ---- what is seen ----

BINARY = "type:u8=0 len(payload):u8 payload xor8(payload) ; bin"


def lamp(s):
    """Of a binary protocol; its second reply is broken."""
    for reply in (b"\x80\x02OK\x04", b"\x80\x02NO\x77"):
        s.recv(6, socket.MSG_WAITALL)
        s.sendall(reply)
    read_to_end(s)


for columns, rows in ((80, 24), (132, 50))[:1 if WRAP else 2]:
    for view in ("text", "dump", "anatomy"):
        with device(lamp) as address, console(address, "-f", f"'{BINARY}'", columns=columns, rows=rows) as (t, port):
            t.keys(f".view {view}", "Enter")
            t.wait(f" {view}  live")
            with call(port) as s:
                s.sendall(b"\x07\x03abc\x60")
                t.wait("< 4f 4b")
                s.sendall(b"\x07\x03abd\x60")
                t.wait("<! 4e 4f")
                s.recv(10, socket.MSG_WAITALL)
            t.wait("waits for a call")
            golden(Timeless(t), f"tap-{view}-{columns}x{rows}.txt", f"{view} at {columns}x{rows}")

instrument = Instrument()
log, record = f"{HOME}/console.log", f"{HOME}/console.wilco"
with device(instrument) as address, \
        console(address, "-f", "line", "-t", "300ms", "--record", record) as (t, port), call(port) as s:
    exchange(t, s, b"*IDN?\n", "1  < answer to *IDN?")
    t.shows(lambda screen: "1  > *IDN?" in screen and "1 program  > 1  < 1  line" in screen,
            "frames of both sides have their direction and their connection")
    s.sendall(b"QUIET\n")
    t.wait("- 1: the program waits for the device: no reply for 300 ms", "it says who waits for whom")
    t.keys(f".log {log}", "Enter")
    t.wait("logging to")
    ok(wait_for(lambda: "- connected to" in open(log, encoding="utf-8").read(), "the log"), "a log says at once that the line is there")
    with call(port) as other:
        exchange(t, other, b"VOLT?\n", "2  < answer to VOLT?")
    t.keys(".filter sent", "Enter")
    t.shows(lambda screen: "> VOLT?" in screen and "< answer" not in screen, "a filter leaves what the program sent")
    t.keys(".filter all", "Enter", ".find answer", "Enter")
    t.wait("match 2 of 2", "a search finds what the device said")
    t.keys(f".save {HOME}/saved.wilco", "Enter")
    t.wait("saved to")
    t.keys(".log off", "Enter", ".set timeout=7s", "Enter", ".set timeout", "Enter")
    t.wait("timeout          7s", "a setting can be changed")
    t.keys(".record stop", "Enter")
    t.wait("recorded 3 commands to", "the last one is one that has no reply yet")

    # ---- nothing goes out by accident ----

    t.type("VOLT 5000")
    t.wait("! nothing was sent: .inject > LINE sends to the device, < LINE to the program", "text is refused while it is typed")
    t.keys("Enter")
    t.wait_last("tap> VOLT 5000", "and Enter leaves it there")
    for line in (".watch 1s VOLT?", ".all VOLT?", ".open 10.0.0.1", ".every 1s VOLT?", ".play x.wilco"):
        t.keys("C-u")
        t.type(line)
        t.wait(f"! {line.split()[0]} talks to a device, and a tap has none of its own", f"{line} is refused, too")
    t.keys("C-u", ".frame line-crlf", "Enter")
    t.wait("! a tap has the frame with which it began: -f line")
    same(instrument.heard, [b"*IDN?", b"QUIET", b"VOLT?"], "the device has heard nothing of all that")

    # ---- frames of one's own ----

    t.type(".inject > VOLT\\x20 5")
    t.wait("56 4f 4c 54 20 20 35 0a  8 bytes", "the preview has the bytes")
    t.keys("Enter")
    t.shows(lambda screen: re.search(r"1  > VOLT  5 .* injected ", screen), "an added frame is shown as such")
    s.settimeout(LIMIT)
    same(instrument.heard[-1], b"VOLT  5", "the device gets it")
    t.keys(".inject < hello", "Enter")
    t.shows(lambda screen: re.search(r"1  < hello .* injected ", screen), "one of the other direction, too")
    got = b""
    while b"hello" not in got:
        got += s.recv(100)
    same(got, b"answer to *IDN?\r\nanswer to VOLT  5\r\nhello\r\n", "the program gets it")
    t.keys(f".log {log}2", "Enter", f".record {record}2", "Enter")
    t.wait("recording to")
    s.sendall(b"half")
    t.keys(".inject > WHOLE", "Enter")
    t.shows(lambda screen: re.search(r"1  > WHOLE .* injected ", screen), "while a frame has begun")
    s.sendall(b" done\nBEHIND\n")
    t.wait("< answer to BEHIND")
    same(instrument.heard[-3:], [b"half done", b"WHOLE", b"BEHIND"], "it goes behind that")
    t.keys(".log off", "Enter", ".record stop", "Enter")
    t.wait("recorded 3 commands to")
    t.keys("C-o", "{", "{", "r")
    t.wait_last("tap> .inject >1 half done", "a frame that passed can be sent once more")
    t.keys("Enter", "q")
    t.shows(lambda screen: re.search(r"1  > half done .* injected ", screen), "as a frame of one's own")
    t.wait_last("tap>")
    with call(port) as other:
        t.wait("3: called by")
        t.keys(".inject > X", "Enter")
        t.wait("! 2 connections are open", "with two programs it must be said which one is meant")
        t.keys("C-u", ".inject >3 X", "Enter")
        same(other.recv(100), b"answer to X\r\n", "one is named by its number")
        t.keys(".inject >2 X", "Enter")
        t.wait("! connection 2 is not open", "one that is gone is refused")
    t.wait("1 program  ")
    for line, why in ((".inject X", "> sends to the device and < to the program"),
                      (".inject > .view dump", "this is no command to send"), (".inject > \\q", "\\q")):
        t.keys("C-u")
        t.type(line)
        t.shows(lambda screen, why=why: why in screen.splitlines()[-2], f"{line} is refused while it is typed")
    s.shutdown(socket.SHUT_WR)
    t.wait("waits for a call")
    t.keys("C-u", ".inject > X", "Enter")
    t.wait("! no program is connected")
    t.keys("C-u", ".quit", "Enter")
    t.shows(lambda screen: t.ended(), "it ends")

with open(log, encoding="utf-8") as f:
    lines = [line.split(" ", 2)[2].rstrip("\n") for line in f]
same([line for line in lines if line[0] in "<>"], ["> VOLT?\\n", "< answer to VOLT?\\r\\n"], ".log has what passed")
with open(record, encoding="utf-8") as f:
    same([line.rstrip("\n") for line in f if line[0] not in "#."], ["*IDN?", "  answer to *IDN?", "VOLT?",
         "  answer to VOLT?"], "the recording has commands with their replies")
with open(log + "2", encoding="utf-8") as f:
    said = re.findall(r" [>-] (.*)\n", f.read())
same(said[said.index("half"):], ["half", "\\x20done\\n", "injected, towards the device:", "WHOLE\\n", "BEHIND\\n"],
     "a log has what was added to a frame that had begun, where it went")
with open(record + "2", encoding="utf-8") as f:
    same([line.rstrip("\n") for line in f if line[0] not in "#."],
         [x for word in ("half done", "WHOLE", "BEHIND") for x in (word, f"  answer to {word}")], "and so has a recording")
exact = [f"{HOME}/exact-{how}.wilco" for how in ("option", "command")]
with device(lambda s: [s.sendall(b"OK\n") for _ in s.makefile("rb")]) as address:
    for options, file in (("--record", exact[0]), exact[0]), ((), exact[1]):
        with console(address, "-f", "line", *options) as (t, port), call(port) as s:
            if not options:
                t.keys(f".record {file}", "Enter")
                t.wait("recording to")
            exchange(t, s, b"STATUS\n", "1  < OK")
            t.keys(".quit", "Enter")
            t.shows(lambda screen: t.ended(), "it ends")
for file in exact:
    with open(file, encoding="utf-8") as f:
        has(f.read(), "; says LF\n", "a recording has the line end of the device")
with open(f"{HOME}/saved.wilco", encoding="utf-8") as f:
    has(f.read(), "*IDN?\n  answer to *IDN?\nQUIET\nVOLT?\n  answer to VOLT?\n", ".save writes what was seen")

with device(Instrument()) as address:
    r = run("-f", "line", address, stdin=".inject > X\n")
ok(r.code == 2 and ".inject is for the console of a tap: wilco tap LISTEN DEVICE on a terminal" in r.err,
   "there is nothing to inject into elsewhere", r)

# ---- frames that are held ----


def held(t, line, where="held 1 >"):
    """This stands on the line of a frame that is held."""
    t.wait_last(f"{where} {line}", f"{line} is held")


instrument = Instrument()
with device(instrument) as address, console(address, "-f", "line", "-t", "100ms") as (t, port), call(port) as s:
    s.settimeout(LIMIT)
    t.keys(f".log {log}3", "Enter", ".hold > VOLT", "Enter")
    t.wait("  holds >  line")
    exchange(t, s, b"*IDN?\n", "1  < answer to *IDN?")
    s.sendall(b"VOLT 5\n*RST\n")
    held(t, "VOLT 5")
    t.shows(lambda screen: re.search(r"1  > VOLT 5 .* held ", screen), "the frame that is sought stops")
    t.wait("56 4f 4c 54 20 35 0a  7 bytes; an empty line drops it", "the preview has its bytes, and how to drop it")
    t.keys("BSpace", "3", "Enter")
    t.shows(lambda screen: re.search(r"1  > VOLT 3 .* changed ", screen), "it goes on as it was changed")
    t.wait("1  < answer to *RST")
    same(instrument.heard, [b"*IDN?", b"VOLT 3", b"*RST"], "and what is behind it, too, in its order")
    ok("no reply for" not in t.screen(), "nobody is said to wait meanwhile", t.screen())
    s.sendall(b"VOLT 7\n")
    held(t, "VOLT 7")
    t.keys("Enter")
    t.wait("1  < answer to VOLT 7")
    same(instrument.heard[-1], b"VOLT 7", "one that is not changed goes on as it came")
    for keys in (("Enter",), (".drop", "Enter")):
        s.sendall(b"VOLT 9\n")
        held(t, "VOLT 9")
        t.keys("C-u")
        t.wait("Enter drops the frame; .hold off lets all go on", "an empty line says what it does")
        t.keys(*keys)
        t.wait_last("tap>")
    t.shows(lambda screen: screen.count("1: a frame of the program was dropped") == 2, "an empty line and .drop drop it")
    s.sendall(b"VOLT 9\n")
    held(t, "VOLT 9")
    t.type(".view hex")
    t.keys("Enter")
    t.wait(" hex  ", "a command that is typed while a frame stands on the line is not a part of it")
    held(t, "VOLT 9")
    t.type("VOLT 6")
    t.wait("56 4f 4c 54 20 36 0a  7 bytes; in place of the frame that is held", "another text takes its place")
    t.keys("C-u")
    held(t, "VOLT 9")
    t.type(".view text")
    t.keys("Enter")
    t.wait(" text  live")
    held(t, "VOLT 9")
    for keys, line in ((("End", "1"), "VOLT 91"), (("C-u",), "")):
        t.keys(*keys)
        t.wait_last(f"held 1 > {line}".rstrip())
        t.keys("C-c")
        held(t, "VOLT 9")
    ok("was dropped" not in "\n".join(t.screen().splitlines()[-6:]), "Ctrl-C puts an edit aside, and the frame is there as it came", t.screen())
    t.keys("End", "0", "Enter")
    t.shows(lambda screen: re.search(r"1  > VOLT 90 .* changed ", screen), "End and what is typed then edit it")
    t.wait_last("tap>")
    t.keys(".drop", "Enter")
    t.wait("! no frame is held")
    t.keys("C-u", ".hold < /^answer to [A-F]/", "Enter")
    t.wait("  holds ><  line")
    s.sendall(b"CURR?\nVOLT?\n")
    t.shows(lambda screen: screen.count(" held ") >= 2, "both directions hold")
    held(t, "VOLT?")
    t.keys("C-u", ".view hex", "Enter")
    t.wait(" hex  ")
    held(t, "VOLT?")
    t.keys("Enter")
    held(t, "answer to CURR?", "held 1 <")
    t.keys("C-u")
    t.type("\\x00")
    t.keys("Enter")
    t.wait("1  < 00 0d 0a")
    t.keys(".view text", "Enter")
    t.wait(" text  live")
    got = b""
    while b"to VOLT?" not in got:
        got += s.recv(100)
    has(got, b"answer to VOLT 7\r\nanswer to VOLT 90\r\n\0\r\nanswer to VOLT?\r\n", "a reply can be changed")
    t.type(".view")
    s.sendall(b"VOLT 8\n")
    t.shows(lambda screen: screen.splitlines()[-1].startswith("held 1 > .view"),
            "a frame does not come under the fingers of somebody who types")
    t.type(" text")
    t.keys("Enter")
    held(t, "VOLT 8")
    t.keys("Enter")
    t.wait("1  < answer to VOLT 8")
    s.sendall(b"VOLT 1\nVOLT 2\n")
    held(t, "VOLT 1")
    t.keys("C-u", ".hold off", "Enter")
    t.wait("1  < answer to VOLT 2", "without a hold all goes on")
    same(instrument.heard[-2:], [b"VOLT 1", b"VOLT 2"], "as it came")
    t.wait_last("tap>")
    t.keys(".hold", "Enter")
    t.wait("  holds ><  line")
    s.sendall(b"A\n")
    held(t, "A")
    s.shutdown(socket.SHUT_WR)
    t.keys("C-u")
    t.type("B")
    t.keys("Enter")
    held(t, "answer to B", "held 1 <")
    t.keys("Enter")
    t.wait("waits for a call")
    same(read_to_end(s), b"answer to VOLT 8\r\nanswer to VOLT 1\r\nanswer to VOLT 2\r\nanswer to B\r\n", "an end waits behind the frame")
    t.keys(".hold off", "Enter", ".hold > GONE", "Enter")
    t.wait("  holds >  line", "the pattern is another one")
    with call(port) as other:
        other.sendall(b"GONE 1\n")
        held(t, "GONE 1", "held 2 >")
        t.keys("Enter")
        t.wait("2  < answer to GONE 1")
        other.sendall(b"CRASH\nGONE 2\n")
        t.wait("2: closed, with 1 frame held")
    t.wait_last("tap>", "and its text is gone from the line")
    with open(log + "3", encoding="utf-8") as f:
        said = f.read()
    for note in ("went on as VOLT 3\\n", "did not go on"):
        has(said, f" - a held frame towards the device {note}\n", "the log has what became of a held frame")
    t.type("GONE")
    t.wait("! nothing was sent: .inject > LINE sends to the device, < LINE to the program", "text is refused again")

instrument = Instrument()
with device(instrument) as address, console(address, "-f", "line") as (t, port), call(port) as s:
    t.keys(".hold > LONG", "Enter")
    t.wait("  holds >  line")
    text = b"LONG " + b"x" * 9000
    s.sendall(text + b"\n")
    held(t, "# 9006 bytes are too many to edit: Enter sends them as they came")
    t.keys("Enter")
    t.wait_last("tap>")
    wait_for(lambda: instrument.heard, "the device hears it")
    same(b"".join(instrument.heard), text, "a frame that is too long for the line goes on as it came")

with device(Instrument()) as address, \
        console(address, "-f", "line", "--fault", "'stall nth 2'", "--toward", "program") as (t, port), call(port) as s:
    exchange(t, s, b"A\n", "1  < answer to A")
    exchange(t, s, b"B\n", "1: fault towards the program: stall nth 2")
    t.keys(".inject < C", "Enter")
    t.wait("! nothing goes to the program on connection 1: a fault stalls it", "what would go nowhere is refused")

with device(Instrument()) as address, console(f"{address}?max=40MiB", "-f", "line") as (t, port), call(port) as s:
    t.keys(".hold", "Enter")
    t.wait("  holds ><  line")
    s.sendall(b"x" * (33 << 20) + b"\n")
    held(t, "# 34603009 bytes are too many to edit: Enter sends them as they came")
    t.type(".inject > A")
    t.keys("Enter")
    t.wait("! nothing was sent: too much waits behind a frame that is held on", "there is a limit to what waits, which is said")
    t.keys("C-u", ".drop", "Enter")
    t.wait("1: a frame of the program was dropped")
    s.sendall(b"STAYS\n")
    held(t, "STAYS")
    t.type(".quit")
    t.keys("Enter")
    wait_for(t.ended, "the end")
    left = t.tmux("capture-pane", "-p", "-S", "-")  # tmux scrolls, to say that the program has ended
    has(left, "! 1: closed, with 1 frame held, which did not go on\n", "who leaves is told what became of a frame")
    has(left, " s, 1 connection; > 2 frames, 34603015 bytes; < 0 frames, 0 bytes\n", "and what passed")

with device(Instrument()) as address:
    for line in (".hold", ".drop"):
        r = run("-f", "line", address, stdin=line + "\n")
        ok(r.code == 2 and f"{line} is for the console of a tap: wilco tap LISTEN DEVICE on a terminal" in r.err,
           f"there is nothing for {line} elsewhere", r)

# Fields that were not typed stay as they came.
def meter(s):
    while query := s.recv(12, socket.MSG_WAITALL):
        heard.append(query)
        s.sendall(query[:4] + b"\0\5" + query[6:8] + b"\2\0\7")


heard = []
with device(meter) as address, console(address, "-f", "modbus-tcp") as (t, port), call(port) as s:
    s.settimeout(LIMIT)
    t.keys(".hold", "Enter")
    t.wait("  holds ><  modbus-tcp")
    s.sendall(bytes.fromhex("1234 0000 0006 11 03 006b 0001"))
    held(t, ".with unit=17 -- .hex 03 00 6b 00 01")
    t.keys("BSpace", "4", "Enter")
    held(t, ".with unit=17 -- .hex 03 02 00 07", "held 1 <")
    same(heard, [bytes.fromhex("1234 0000 0006 11 03 006b 0004")], "the counter and the unit are those of the frame")
    t.keys("BSpace", "8", "Enter")
    same(s.recv(11, socket.MSG_WAITALL), bytes.fromhex("1234 0000 0005 11 03 02 0008"), "in both directions")

with device(Instrument()) as address:
    t = Terminal(" ".join(command("tap", "-f", "line", f"pty:{HOME}/port", address)))
    t.wait(" a port  > 0  < 0  line", "a port is not said to be a program, because none may have it open")
    t.close()

# ---- a line of text is all that a terminal without a screen has ----

with device(Instrument()) as address, console(address, "-f", "line", "--plain") as (t, port), call(port) as s:
    exchange(t, s, b"*IDN?\n", "1  < answer to *IDN?")
    t.keys(".inject > VOLT?", "Enter")
    t.wait("1  < answer to VOLT?", "lines show both sides, and take frames, too")

# ---- hostile sides ----

if not WRAP:
    def attack(s):
        for reply in replies():
            s.sendall(reply.replace(b"\n", b"") + b"\n")
        s.sendall(b"THE END\n")
        read_to_end(s)

    for view in (b"text", b"dump", b"anatomy"):
        with device(attack) as address:
            t = Recorder("tap", "-f", "payload LF", "127.0.0.1:0", address, columns=120)
            got = t.until(b"tap>") + t.until_quiet()
            port = int(re.search(rb"listening on 127\.0\.0\.1:(\d+)", got)[1])
            t.type(b".view " + view + b"\r")
            got += t.until_quiet()
            with call(port) as s:
                for reply in replies():
                    s.sendall(reply.replace(b"\n", b"") + b"\n")
                    s.setblocking(False)
                    with contextlib.suppress(BlockingIOError):
                        s.recv(1 << 20)
                    s.setblocking(True)
                s.sendall(b"LAST\n")
                got += t.until_quiet()
            got += t.until_quiet()
            t.type(b".find LAST\r")
            got += t.until_quiet()
            t.close()
        ok(b"match 1 of 1" in got, f"{view.decode()}: the console lives", got[-300:])
        same(foreign(got), None, f"{view.decode()}: every byte to the terminal is one of ours")
done()
