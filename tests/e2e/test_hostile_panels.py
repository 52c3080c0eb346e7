#!/usr/bin/env python3
"""Hostile bytes in all that a console shows beside the transcript: sheets, lists, what Tab and the history
offer, the live row, browsing, watches, hints, the clipboard, files and the last screen.  A console walks through
all of it.  At 80x24 each place has to show the bytes of whoever said them; at 40x10, on a vt100 without UTF-8
and in lines it is only looked at what the terminal gets."""
import base64
import os
import re
import threading
import time
import unicodedata

from hostile import CANARIES, HIDDEN, OURS, OURS_VT100, foreign, plain
from ports import Machine
from wilcotest import HOME, LIMIT, WRAP, Program, Recorder, Terminal, device, done, need, ok, read_until, same

FOLDER = f"{HOME}/here"
REPLY = b" ".join(c for c in CANARIES if b"\n" not in c)
# What may stand in a line of a file: it is UTF-8, and no escape.
TEXT = " ".join(c.decode() for c in CANARIES[:-1] if not {*c} & {0, 10, 13, 92} and "\ufffd" not in c.decode(errors="replace"))
# Who said something: each has its number.
DEVICE, HISTORY, MACRO, FRAME, KEY, SOCKET, LOG, MARKED, NOTE, PASTED, WHEN, PROGRAM, PORT, EDITRC = range(31337, 31351)
halves = threading.Event()


def evil(who):
    return f"\x1b[{who}m{TEXT[:20]}\u202e\x9b{who}m"


def shown(who):
    return f"\\x1b[{who}m".encode()


def speak(connection):
    connection.sendall(REPLY[:200] + b" hello\n")
    while line := read_until(connection, b"\n"):
        word = line[:-1]
        if word == b"all":
            connection.sendall(b"\n".join(reversed(CANARIES)) + b"\n")
        elif word == b"edge":
            connection.sendall(b"".join(b"x" * n + "\u4e2d\u6587".encode() * 20 + b" " for n in range(12)) + b"\n")
        elif word == b"lines":
            connection.sendall(REPLY + b"\r\n" + CANARIES[0] + b"\r\n" + CANARIES[0] + b"> ")
        else:
            connection.sendall(REPLY[:300] if word == b"half" else b"14.5 ")
            if word == b"half":
                halves.wait(60)
            connection.sendall(REPLY + b"\n")


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as f:
        f.write(text)


def prepare(address):
    """What others may have chosen around the console."""
    for number, canary in enumerate(CANARIES):
        name = canary.translate(None, b"/\0\n")[:100]
        with open(FOLDER.encode() + b"/file%d" % number + name, "wb"):
            pass
    write(f"{FOLDER}/file", "")
    write(f"{HOME}/data/wilco/macros/checks.wilco", f"# {evil(MACRO)} {TEXT}\nnumber\n  {evil(MACRO)}\n")
    write(f"{HOME}/.editrc", f"bind {evil(EDITRC)} {evil(EDITRC)}\n")
    write(f"{FOLDER}/says", evil(PROGRAM) + "\n50 % " + evil(PROGRAM) + "\r")
    for name in ("good", "other"):
        write(f"{HOME}/state/wilco/history/{name}", " 2026-11-30T11:00Z\n" + "".join(
            f"{word} {TEXT} {evil(HISTORY)}\n" for word in ("yesterday", "h\x1b[31338m", "h")))
    write(f"{HOME}/config/wilco/config", f"""\
.device good {address} frame='payload LF' timeout=60s
.device other {address} frame='payload LF'
.device socket 'unix:{evil(SOCKET)}'
.frame evil = '{evil(FRAME)}' payload LF
.set log={evil(LOG)}
.set leave=screen
.highlight /3133[7]/ red
.highlight /{evil(MARKED)}/ cyan
.bind F5 .note {evil(KEY)}
""")


def safe_text(text):
    """Says whether nothing in a text rules whoever shows it, or ends a paste."""
    return all(c in "\n\t" or (unicodedata.category(c) not in HIDDEN - {"Mn"}) for c in text)


class Walk:
    """A console, and what its terminal got at each place."""

    def __init__(self, *words, columns=80, rows=24, term="xterm-256color", locale="C.UTF-8", looks=False, begins=b"good"):
        self.name, self.looks, self.ascii = f"{columns}x{rows} {term} {locale}", looks, "UTF-8" not in locale
        self.ours, self.clipboard = OURS_VT100 if term == "vt100" else OURS, []
        env = {"TERM": term, "LC_ALL": locale, "XDG_DATA_HOME": f"{HOME}/data", **machine.env}
        self.t = Recorder(*words, columns=columns, rows=rows, env=env)
        self.check("begin", self.t.until(begins))

    def type(self, keys):
        """Each key is painted."""
        got = b""
        for key in keys:
            self.t.type(key)
            got += self.t.until_quiet(0.02)
        return got

    def check(self, place, got, shows=True):
        for text in re.findall(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", got):
            self.clipboard.append(base64.b64decode(text).decode())
        rest = re.sub(rb"\x1b\]52;c;[A-Za-z0-9+/=]*\x07", b"", got)
        bad = foreign(rest, self.ours) or (self.ascii and not rest.isascii() and "bytes beyond ASCII")
        ok(shows and not bad, f"{self.name}: {place}", f"foreign: {bad!r}\nshows it: {shows}\n{plain(got)[-700:]!r}")

    def at(self, place, *keys, who=DEVICE, mark=None, after=()):
        """Types keys and waits until the place shows who said something, or the mark.  after: keys that lead back."""
        got, end, mark = self.type(keys), time.monotonic() + LIMIT, mark or shown(who)
        while self.looks and mark not in plain(got) and time.monotonic() < end:
            got += self.type([b"\x0c"])  # all is painted, not what differs
        self.check(place, got + self.type(after), not self.looks or mark in plain(got))

    def end(self, keys=b""):
        self.t.type(keys + b".quit\r")
        self.check("what stays when it ends", self.t.until_quiet())
        self.t.process.wait(LIMIT)


def timeless(screen):
    """The rows but the status row, in which the time goes on."""
    return [row for row in screen.splitlines() if "\u2500\u2500" not in row and not re.search("  up [0-9]", row)]


F1, F2, F3, UP, DOWN, BROWSE = b"\x1bOP", b"\x1bOQ", b"\x1bOR", b"\x1b[A", b"\x1b[B", b"\x0f"
ENTER, CANCEL, CLEAR = b"\r", b"\x03", b"\x15"


def paste(text):
    return b"\x1b[200~" + text.encode() + b"\x1b[201~"


def walk(w):
    halves.clear()
    w.at("a line of .editrc", who=EDITRC)
    w.at("what comes at once")
    w.at("everything", b"all\r")
    w.at("a line that was pasted", paste(f"x{evil(PASTED)}"), who=PASTED)
    w.at("the command that it is", ENTER, who=PASTED)
    w.at("what it is told that is wrong", paste(f".set x{evil(PASTED)}"), ENTER, who=PASTED)
    w.at("the row of a reply that is coming", b"half\r", mark=b"so far")
    halves.set()
    w.at("the same when it has come")
    w.at("help: keys", F1, b"/31341\r", who=KEY, after=[b"q"])
    w.at("a frame", b".frame evil\r", who=FRAME, after=[b".frame payload LF\r"])
    w.at("the settings", b".set\r", b"/31343\r", who=LOG, after=[b"q"])
    w.at("files that Tab offers", b".play file", b"\t", b"\t", mark=b"file", after=[CANCEL, CANCEL])
    w.at("verbs that it offers", b".", b"\t", mark=b".close", after=[CANCEL, CANCEL])
    w.at("settings", b".set l", b"\t", b"\t", mark=b"leave", after=[CANCEL, CANCEL])
    w.at("devices", b".open ", b"\t", b"\t", mark=b"socket", after=[CANCEL, CANCEL])
    typed = b"\\u{9b}31338m"  # the end of a line that is edited
    w.at("lines of the history", b"yes", UP, mark=typed, after=[CLEAR])
    w.at("what the history suggests", b"yes", b"\x05", mark=typed, after=[CLEAR])
    w.at("a search in the history", b"\x12", b"yes", mark=typed, after=[b"\x07", CLEAR])
    w.at("one in that of all devices", b"\x12\x12", b"yes", b"\x12", UP, mark=typed, after=[b"\x07", CLEAR])
    w.at("the history as a list", b".history\r", who=HISTORY)
    w.at("macros", b".macros\r", who=MACRO)
    w.at("the device book", b".devices\r", who=SOCKET)
    w.at("a log", b".log\r", mark=b"\\033[31343m")
    w.at("several devices", b".open socket\r", b".open other\r", b"x\r", b".use 1\r")
    w.at("all devices", F3, after=[b"j", b"/soc\r", b"q"])
    w.at("a number that is watched", b".watch w 60s number '([0-9]+) ' rpm\r", F3, mark=b"14", after=[b"q"])
    w.at("its chart", b".watch\r", mark=b"rpm", after=[b".watch w off\r"])
    w.at("a watch that finds no number", b".watch w 60s x nothing([0-9]+)\r", after=[b".watch w off\r"])
    w.at("a macro that is played", b".play checks\r", mark=b"does not hold")
    w.at("a fleet", b".fleet --yes good,other number\r", mark=b"2 devices in")
    w.at("a command to all", b".all good,other -- number\r", mark=b"other < 14.5")
    w.at("ports", b".ports\r", who=PORT)
    w.at("a program on the line", b".pipe cat says >&2; cat\r", who=PROGRAM, after=[CANCEL])
    w.at("what is highlighted", b".highlight\r", who=MARKED)
    w.at("a note", paste(f".note {evil(NOTE)}"), ENTER, who=NOTE)
    w.at("a key's line", b"\x1b[15~", who=KEY)
    for view in b"text", b"hex", b"dump", b"anatomy", b"auto":
        mark = shown(DEVICE) if view in (b"text", b"auto") else b"1b 5b 33"
        w.at(f"browsing in the view {view.decode()}", b".view " + view + b"\r", b"number\r", BROWSE, b"k", b"j", b"g",
             b"O", b"G", b"\r", b"O", b"k", mark=mark, after=[b"q"])
    w.at("a search", BROWSE, b"/31337\r", b"n", b"n", b"N", after=[b"q"])
    w.at("a search that was pasted", BROWSE, b"/", paste(evil(WHEN)), mark=b"\\u{9b}31347m", after=[ENTER, b"q"])
    w.at("two that are compared", BROWSE, b"{", b"m", b"{", b"=", mark=b"1b", after=[b"q"])
    w.at("a question", paste(f"x{evil(PASTED)}"), ENTER, BROWSE, b"{", b"r", mark=b"[y/n]", after=[b"n", b"q"])
    w.at("the clipboard", BROWSE, b"{", b"Y", b"y", mark=b"clipboard", after=[b"q"])
    w.at("a list of what is found", b".find 31337\r", b".filter found\r", b".filter all\r", b".goto top\r", after=[b".goto end\r"])
    w.at("what .when waits for", paste(f".when /nothing/ .note {evil(WHEN)}"), ENTER, b".when\r", who=WHEN,
         after=[b".when off\r"])
    w.at("files that are written", b".save report.md\r", b".save all.wilco\r", b".copy copy.txt\r", mark=b"copy.txt")
    w.at("more behind a reply", b"lines\r")
    w.at("a frame that does not fit, and what is proposed", b".frame payload ETX\r", b".set timeout=100ms\r", b"number\r",
         b"lines\r", F2, mark=b"ETX", after=[CLEAR])
    w.at("what a probe says", b".probe number\r", mark=b"probe:", after=[CANCEL])
    w.at("an address", paste(f".open unix:/tmp/{evil(SOCKET)}"), ENTER, who=SOCKET, after=[b".close\r"])
    w.end(b".use good\r")


machine = Machine(f"{HOME}/machine")
machine.usb("ttyUSB0", "1-1", "ftdi_sio", "0403:6001", maker=evil(PORT), model=evil(PORT), by_id=f"usb-{evil(PORT)}")
os.makedirs(FOLDER)
os.chdir(FOLDER)
with device(speak) as address:
    prepare(address)
    w = Walk("good", looks=True)
    walk(w)
    same(len(w.clipboard), 2, "two texts are in the clipboard")
    for text in w.clipboard:
        ok("\\x1b[31337m" in text and safe_text(text) and not text.endswith("\n"), "which may be pasted", text)
    for path in "report.md", "copy.txt", "all.wilco":
        with open(path, encoding="utf-8") as f:
            text = f.read()
        ok("\\x1b[31337m" in text and safe_text(text), f"{path} may be shown", text)
        if path == "report.md":
            ok(all(row.startswith("    ") or not re.search("313|LLL", row) for row in text.split("\n")),
               "and all that came is indented there", text)
        os.remove(path)
    w = Walk(looks=True)
    w.at("the devices that wilco alone shows", who=SOCKET)
    w.at("one of them", DOWN, b"/soc\r", ENTER, who=SOCKET)
    w.end()
    typed = "\u202e\x9b31337m\u200b\u0301\u4e1b".encode()  # what a person may type with an input method, or paste
    for options in ({"looks": True}, {"columns": 40, "rows": 10}, {"locale": "C"})[:1 if WRAP else 3]:
        w = Walk("--term", "good", begins=b"31337", **options)
        w.at("terminal mode: what is searched", b"\x1d", b"/", typed, paste(evil(PASTED)), mark=b"/", after=[ENTER, b"\x1b"])
        w.at("terminal mode: a file", b"\x1d", b"t", b"z", typed, b"\t", mark=b"file:", after=[b"\x07", b"\x1b"])
        w.end(b"\x1d\r")
    for words, options in () if WRAP else (
            (["good"], {"columns": 40, "rows": 10}), (["good"], {"term": "vt100", "locale": "de_DE.ISO-8859-1"}),
            (["good", "--plain"], {"locale": "C"})):
        walk(Walk(*words, **options))

    # ---- wide characters at the right edge: of a terminal that wraps another row would be the last one ----

    if need("tmux"):
        t = Terminal(f"{Program()} good", columns=40, rows=10)
        t.wait_last("good>")

        def painted(name):
            """What was painted bit by bit is what is painted afresh."""
            t.shows(lambda screen: "\u4e2d" in screen, name)
            before = timeless(t.screen())
            t.keys("C-l")
            t.shows(lambda screen: timeless(screen) == before and len(screen.splitlines()) <= 10, f"{name}: no row is wrapped")
        t.ask("edge")
        for view in "text", "anatomy", "auto":
            t.ask(f".view {view}")
            t.ask("edge")
            t.keys("C-o", "k", "k", "O", "j", "k")
            painted(f"wide characters in the view {view}")
            t.keys("q")
        t.keys("F3")
        painted("in the list of devices")
        t.close()
done()
