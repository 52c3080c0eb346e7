#!/usr/bin/env python3
"""The split screen on real terminals (tmux): golden screens of a scripted session in several sizes
and kinds of terminals, views, browsing, searching, comparing, saving, watches."""
import contextlib
import os
import re
import signal
import threading
import time

from golden import golden, steady
from wilcotest import (HOME, LIMIT, WRAP, Program, Recorder, Terminal, device, done, has, need, ok, read_until, same,
                       wait_for)

if not need("tmux"):
    done()

program = Program()


def last(t, text):
    t.wait_last(text, f"the line is {text!r}")


# Under valgrind each start takes seconds, and the sizes and terminals make no difference to it.
for columns, rows in ((80, 24), (132, 50), (40, 10))[:1 if WRAP else 3]:
    for view in ("text", "dump", "anatomy", "hex"):
        if view == "hex" and columns != 80:
            continue
        t = Terminal(f"{program} demo", columns=columns, rows=rows)
        last(t, "demo>")
        t.keys(f".view {view}", "Enter")
        t.wait(f"view {view}")
        # Each after the reply to the one before: a line that had to wait would have no time since it.
        for line, reply, spelled in (("STATUS", "READY", "52 45"), ("SPEED 1450", "OK", "4f 4b"),
                                     ("CAL?", "\\x12", "12 01")):
            t.keys(line, "Enter")
            t.wait(f"< {spelled if view == 'hex' else reply}", f"the reply to {line}")
        t.type("SPEED?")
        t.wait("53 50 45 45 44 3f", "the preview has the exact bytes")
        golden(t, f"{view}-{columns}x{rows}.txt", f"{view} at {columns}x{rows}")
        if view == "text":
            t.keys("C-o")
            t.wait("browsing   Esc live  Up/Down select" if columns == 40 else "browsing   Up/Down select  o open",
                   "who browses sees what the keys do, first of all the way out where there is little room")
            t.shows(lambda screen: "demo> " not in screen, "and no line that could be typed on")
            golden(t, f"browse-{columns}x{rows}.txt", f"browsing at {columns}x{rows}")
            if columns == 80:
                t.keys("k", "Enter")
                t.shows(lambda screen: re.search("4f 4b .* payload +OK", screen) and "52 45" not in screen,
                        "Enter shows the parts of an entry that has nothing folded")
                t.keys("Enter", "?")
                t.wait("rows 1 to ", "? is help here")
                t.keys("Escape")
                t.wait("browsing   ")
            t.keys("q")
            t.wait("53 50 45 45 44 3f", "and who types what is sent")
            t.keys("C-u", ".bind browse o off", "Enter", "C-o")
            t.wait("  Enter open" if columns > 40 else " Enter open", "the keys are those that are bound")
        t.close()

for term, env in (("vt100", {"TERM": "vt100"}), ("xterm", {"TERM": "xterm"}),
                  ("linux", {"TERM": "linux"}), ("screen", {"TERM": "screen"}),
                  ("no colours", {"NO_COLOR": "1"}), ("a C locale", {"LC_ALL": "C"}),
                  ("kitty", {"TERM": "xterm-kitty"}), ("foot", {"TERM": "foot"}),
                  ("ghostty", {"TERM": "xterm-ghostty"}), ("wezterm", {"TERM": "wezterm"}))[:1 if WRAP else 10]:
    t = Terminal(f"{program} demo", env=env)
    t.wait_last("demo>")
    t.keys("STATUS", "Enter")
    t.wait("< READY", f"{term}: a reply")
    t.shows(lambda screen: " 1 demo" in screen.splitlines()[0], f"{term}: the bar")
    t.close()


t = Terminal(f"{program} demo")
last(t, "demo>")
t.type("a\\q")
t.wait("! ", "a line that cannot be sent is told while it is typed")


def told():
    """The row above the line, with its colours."""
    return t.tmux("capture-pane", "-p", "-e").rstrip("\n").splitlines()[-2]


ok("31m" not in told(), "not in red, because one may not have typed all of it", told())
t.keys("Enter")
t.wait("nothing was sent", "when it is sent it is refused")
ok(wait_for(lambda: "31m" in told(), "red"), "and then it is red", told())
t.keys("Right")
ok(wait_for(lambda: "31m" not in told(), "dim"), "until one types on", told())
t.close()

r = Recorder("demo")
got = r.until(b"demo>") + r.until_quiet()
ok(b"\x1b[?1007s\x1b[?1007l" in got, "the mouse's wheel recalls no lines", got[-300:])
r.type(b"\x04")
got = r.until(b"\x1b[?2004l") + r.until_quiet()
ok(b"\x1b[?1007h\x1b[?1007r" in got, "and does what it did when wilco has left", got[-300:])
r.close()

asked = []


def pump(connection):
    """Replies of many kinds."""
    while line := read_until(connection, b"\n"):
        asked.append(line)
        if line.startswith(b"LONG"):
            connection.sendall(b"x" * 3000 + b"\n")
        elif line.startswith(b"N"):
            connection.sendall(b"N=%d.5 rpm\n" % len(asked))
        elif line.startswith(b"BAD"):
            connection.sendall(b"half")
            return
        elif line.startswith(b"ERR"):
            connection.sendall(b"ERR 42 overheat\nALARM 7\n")
        else:
            connection.sendall(b"ok " + line)


with device(pump) as address:
    name = str(address)
    t = Terminal(f"{program} -f 'payload LF' {address}")
    prompt = f"{name}>"
    last(t, prompt)
    for line in ("first", "ERR?", "BAD", "LONG", "last one"):
        t.keys(line, "Enter")
        t.wait(f"> {line}", f"{line} is in the transcript")
        if line == "ERR?":
            t.wait("* ALARM 7", "what came unasked stands out")
            t.wait("one more frame came right after a reply", "and is warned of")
        if line == "BAD":
            t.wait("the line was opened again", "a line opened afresh is said")
    t.wait("ok last one")
    t.wait("! half", "so does a reply that broke off")
    t.wait("more bytes: Ctrl-O, then o opens", "a long reply is folded")
    t.keys("C-o")
    t.wait("browsing", "Ctrl-O browses")
    t.keys("g")
    t.keys("d")
    t.wait("> ERR?")
    t.keys("f", "f", "f")
    t.wait("only damaged", "a filter shows what is damaged")
    t.shows(lambda screen: "> first" not in screen and "! half" in screen, "and nothing else")
    t.keys("f")
    t.wait("showing all", "and all is there again")
    t.wait("ok last one")
    t.keys("/")
    t.wait_last(f"{prompt} .find", "/ asks what to search for")
    t.type("ERR")
    t.keys("Enter")
    t.wait("match 2 of 2", "the search counts")
    t.keys("q", ".find first", "Enter", "x")
    last(t, f"{prompt} x")
    t.shows(lambda screen: "browsing" not in screen, "who types .find goes on typing")
    t.keys("C-u")
    t.keys("C-o", "/", "/l[ao]st|first/", "Enter")
    t.wait("match 4 of 4; N goes back", "a regular expression, from the end")
    t.shows(lambda screen: "n/N next" in screen, "and the keys that go on are told now")
    t.keys("N")
    t.wait("match 3 of 4", "N goes further back, place by place")
    t.keys("N", "N", "N")
    t.wait("no more further back (4 in all); n goes on", "and says when there is no more")
    t.keys("/", ".x 6f 6b 20 6c", "Enter")
    t.wait("match 1 of 1", "bytes are found")
    ok(wait_for(lambda: re.search("\x1b\\[[0-9;]*4[35][0-9;]*m(\x1b\\[[^m]*m)*ok l\x1b",
                                  t.tmux("capture-pane", "-ep")), "the colour"),
       "and marked where they are spelled", t.tmux("capture-pane", "-ep"))
    t.keys("o")
    t.keys("/", "LONG", "Enter")
    t.wait("match 1 of 1")
    t.keys("o", "G")
    t.shows(lambda screen: "more bytes" not in screen, "o opens a long reply")
    t.keys("q")
    t.keys(".goto 99:00", "Enter")
    t.wait("where to? A time", "a wrong time is refused")
    t.keys(".goto top", "Enter")
    t.wait("> first", ".goto top")
    t.keys(".view hex", "Enter")
    t.wait("hex  held", "who changes the view goes on looking at the same place")
    t.keys(".view text", "Enter")
    t.wait("text  held")
    t.keys(".goto end", "Enter")
    t.keys("NA\\q", "Enter")
    t.wait("nothing was sent", "a line that cannot be sent stays on the line")
    t.keys("DC", "DC", "Enter")
    t.wait("N=6.5 rpm")
    t.keys("NB", "Enter")
    t.wait("N=7.5 rpm", "each NA and NB has its own number")
    t.keys("C-o", "k", "m", "j", "=")
    t.wait("1 differ", "two replies are compared byte by byte")
    t.wait("^^", "and the difference is marked")
    t.keys("/", "/^NB/", "Enter")
    t.wait("match")
    t.keys("r")
    t.wait_last(f'send again to {address}: NB [y/n]', "r asks before it sends again")
    t.keys("n")
    t.wait("browsing   Up")
    ok("N=8.5" not in t.screen(), "and n sends nothing")
    t.keys("r")
    t.wait_last(f'send again to {address}: NB [y/n]', "browsing went on: keys are no text")
    t.keys("y")
    t.wait("N=8.5 rpm", "y sends it")
    t.keys("g", "=")
    t.wait("only exchanges can be compared, and this entry is none", "a note is compared to nothing")
    t.keys("j")
    t.shows(lambda screen: "only exchanges" not in screen, "and says so in the status row alone")
    t.keys("g", "m")
    t.wait("only exchanges can be compared", "and one browses on; a note is nothing to compare")
    t.keys(f".save {HOME}/saved.wilco", "Enter")
    t.wait("saved to", ".save")
    with open(f"{HOME}/saved.wilco", encoding="utf-8") as f:
        saved = f.read()
    ok(re.match(r"\.open \S+\n\.frame payload LF\n", saved), "a new file begins with the device and its frame", saved)
    has(saved, "first\n  ok first\n", "commands and expected replies are in the file")
    has(saved, "BAD\n  (damaged) half\n  (lost)\n", "and what did not end well is said")
    t.keys(f".copy {HOME}/copied.txt", "Enter")
    t.wait("copied to")
    with open(f"{HOME}/copied.txt", encoding="utf-8") as f:
        has(f.read(), "< N=8.5 rpm", ".copy writes an entry as it is shown")
    t.tmux("set-option", "-s", "set-clipboard", "on")
    t.keys("C-o", "y")
    t.wait("the entry was sent to the terminal's clipboard", "a copy is said")
    ok(wait_for(lambda: "N=8.5 rpm" in t.tmux("show-buffer"), "the clipboard"),
       "y copies to the terminal's clipboard (OSC 52)", t.tmux("show-buffer"))
    ok(not t.tmux("show-buffer").endswith("\n"), "without a line feed at its end, which a paste would run")
    t.keys("q")
    t.keys(".copy /dev/full", "Enter")
    t.wait("cannot write", "a full disk is said")
    t.keys(".bind Ctrl-T first", "Enter", "C-t")
    t.shows(lambda screen: screen.count("ok first") >= 1, ".bind binds a line")
    t.keys(".bind F9", "Enter")
    t.wait("the key needs something to do", "and says what it needs")
    t.keys(".bind Enter nothing", "Enter")
    t.wait("Enter runs the line", "what nobody could undo is refused")
    t.keys(".bind a STATUS", "Enter")
    t.wait("a character is typed into the line", "and what would make a letter useless")
    t.keys(".bind", "Enter")
    t.wait("keys while a line is typed", ".bind lists the keys")
    t.keys("q")
    other = address.replace("127.0.0.1", "127.1")
    t.keys(f".open {other}", "Enter")
    t.wait(" 2 127.1", "a second device is in the bar")
    t.keys("hello", "Enter")
    t.wait(f"~{other[-9:]} <", "entries say whose they are")
    t.keys("C-x")
    last(t, prompt)
    t.keys(".watch rpm 20ms N", "Enter")
    t.wait("rpm ", "a watch")
    t.wait("mean", "has its numbers")
    t.shows(lambda screen: re.search("[\u2801-\u28ff]{3}", screen), "and a chart")
    t.keys(f".watch --export {HOME}/n.csv", "Enter")
    t.wait("written to")
    with open(f"{HOME}/n.csv", encoding="utf-8") as f:
        lines = f.read().splitlines()
    ok(lines[0] == "time,name,value" and re.fullmatch(r"\d{4}-.*Z,rpm,\d+\.5", lines[1]),
       "the numbers as CSV", lines[:3])
    t.keys(f".watch --export {HOME}/n.csv", "Enter")
    t.wait("File exists", "a file that is there is not written over")
    t.keys(".watch a,b 1s N", "Enter")
    t.wait("a watch's name has", "a name that CSV could not hold is refused")
    def frame_is(notation, seen):
        """It is refused while a command of the watch has no answer yet."""
        def tried():
            t.keys(f".frame {notation}", "Enter")
            return wait_for(seen, notation, limit=1)
        return ok(wait_for(tried, notation), f"the frame is {notation}", t.screen())

    def rpm():
        """The last number that the watch shows; None while it has none, or is being painted."""
        shown = re.search(r"^ rpm ([0-9.]+) ", t.screen(), re.M)
        return shown and float(shown[1])
    frame_is("payload[5] LF -> payload LF", lambda: "watch rpm:" in t.screen())
    before = wait_for(rpm, "a number of the watch")
    frame_is("payload LF", lambda: (rpm() or 0) > before)
    t.keys(".watch rpm off", "Enter")
    t.shows(lambda screen: "mean" not in screen, "and .watch NAME off ends it")
    t.tmux("resize-window", "-x", "20", "-y", "3")
    t.shows(lambda screen: len(screen.splitlines()) <= 3, "a window of three rows")
    t.tmux("resize-window", "-x", "80", "-y", "24")
    t.keys("again", "Enter")
    t.wait("ok again", "and back")
    t.keys(".goto top", "Enter")
    t.wait("> first")
    t.keys(".view text", "M-Enter", "both", "Enter")
    t.wait("< ok both", "who types more lines behind .view sees what they do")
    t.keys("C-d")
    ok(wait_for(t.ended, "the end"),
       "Ctrl-D leaves")
    t.close()

    t = Terminal(f"{program} -f 'payload LF' listen://127.0.0.1:0")
    t.wait("waits for its call")
    t.keys("HELLO", "Enter")
    t.wait("waits for the line", "a command is seen before there is a line for it")
    t.wait("> HELLO", "as what it is")
    t.close()

    # Configured: keys and the view; what is wrong is said on the screen.
    os.makedirs(f"{HOME}/config/wilco", exist_ok=True)
    with open(f"{HOME}/config/wilco/config", "w", encoding="utf-8") as f:
        f.write(".set view=dump\n.bind F5 refreshed\n.bind nonsense view\n")
    t = Terminal(f"{program} -f 'payload LF' {address}")
    t.wait_last(prompt)
    t.wait("nonsense is no key", "a wrong .bind of the configuration is said")
    t.keys("F5")
    t.wait("< ok refreshed", "a bound function key sends its line")
    t.wait("0000  6f 6b 20 72", "in the configured view")
    if not WRAP:  # valgrind cannot be continued as a shell does it
        os.kill(t.pid(), signal.SIGSTOP)
        t.tmux("resize-window", "-x", "100", "-y", "30")
        os.kill(t.pid(), signal.SIGCONT)
        t.keys("on", "Enter")
        t.wait("< ok on", "after SIGSTOP, a resize and SIGCONT the screen is whole")
        t.shows(lambda screen: len(screen.splitlines()) == 30, "and has the new size")
    t.close()
    os.unlink(f"{HOME}/config/wilco/config")


def named(name):
    """Says who it is, and takes its time for what is slow."""
    def serve(connection):
        while line := read_until(connection, b"\n"):
            if line.startswith(b"slow"):
                time.sleep(0.5)
            connection.sendall(name + b" got " + line)
    return serve


# A line means the device at which it was typed, whatever is chosen meanwhile.
with device(named(b"ONE")) as one, device(named(b"TWO")) as two:
    t = Terminal(f"{program} -f 'payload LF' {one}")
    last(t, f"{one}>")
    t.keys(f".open {two}", "Enter", ".use 1", "Enter")
    last(t, f"{one}>")
    t.keys("slow", "Enter", "queued", "Enter", "C-x")
    last(t, f"{two}>")
    t.wait("ONE got queued", "a line that waits goes where it was typed")
    t.keys("C-o", "r")
    t.wait(f"send again to {one}: queued", "the question says to whom")
    t.keys("y")
    t.shows(lambda screen: screen.count("ONE got queued") == 2, "what is sent again goes to the same device")
    t.keys(".watch slow 60s slow", "Enter", "typed", "Enter")
    t.wait("TWO got typed", "a watch keeps no line waiting")
    t.keys(".bind F3 .bind F3 .bind F3 xyz", "Enter", "F3", "F3", ".bind", "Enter", "/", "xyz", "Enter")
    t.wait("found 1 of 1", "a key may bind itself anew")
    t.keys("q", "C-u", ".frame esc-cr", "Enter")
    t.wait("frame esc-cr =")
    t.keys(".watch x 1s N", "Enter")
    t.wait("esc-cr-nul is esc-cr on", "a watch needs a line that stays open")
    # Lines that a key asks for: what was typed comes back, what was selected stays.
    t.type("half a line")
    t.keys("C-o", "/")
    t.type("nothing like that")
    t.keys("Enter")
    t.wait("not found", "browsing goes on where nothing was found")
    t.keys("q")
    t.wait_last(f"{two}> half a line", "and what was typed before is there again")
    t.keys("C-o", "v", "v", "v", "v", "g", "}", "s")
    t.type(f"{HOME}/one.wilco")
    t.keys("Enter")
    t.wait("saved to")
    with open(f"{HOME}/one.wilco", encoding="utf-8") as f:
        same(f.read().split("\n", 1)[1], ".frame payload LF\nslow\n  ONE got slow\n", "s saves what is selected, and nothing else")
    t.keys("t", "C-v", "Escape")
    t.wait_last(f"{two}> .goto \\x1b", "Ctrl-V and Esc are typed into such a line, too")
    t.keys("C-c")
    t.wait("browsing   Up", "Ctrl-C gives such a line up, and one browses as before")
    t.tmux("set-option", "-s", "set-clipboard", "on")
    t.keys("Y")
    t.wait("the reply was sent to the terminal's clipboard", "Y copies only what came")
    ok(wait_for(lambda: t.tmux("show-buffer") == "ONE got slow", "the clipboard"),
       "and no line feed behind it, which would run what is pasted", repr(t.tmux("show-buffer")))
    t.keys("f", "f", "f", "f")
    t.wait("showing all")
    t.keys("q")
    t.wait_last(f"{two}> half a line", "filters that show nothing are passed over, keys stay keys")
    t.keys("C-u")
    for line in range(30):
        t.keys(f"fill {line}", "Enter")
    t.wait("TWO got \\x1bfill 29")
    t.keys("C-o", "g", "}", "r")
    t.wait(f"send again to {one}: slow")
    t.keys("y")
    t.wait("  live")
    t.wait("ONE got slow", "what is sent again is in sight")
    t.keys(".set transcript=4K", "Enter", "last", "Enter")
    t.wait("got \\x1blast")
    t.keys(".find fill 3", "Enter")
    t.wait("not found; ", "a search")
    t.shows(lambda screen: re.search(r"not found; \d+ entries are no longer in memory", screen),
            "says that the beginning is gone")
    t.keys(".find /(a+/", "Enter")
    t.wait("this is no regular expression: missing", "what is wrong with a pattern is said")
    t.close()


silent = True


def moody(connection):
    """Has numbers, and sometimes none."""
    while line := read_until(connection, b"\n"):
        if not (silent and line.startswith(b"S")):
            connection.sendall(b"7\n")


# A watch that fails is said once, is never in the transcript, and leaves a gap; of several watches
# as many are shown as there is room for, and the rest is counted.
with device(moody) as address:
    t = Terminal(f"{program} -f 'payload LF' '{address}?timeout=3s'")
    t.wait(" 1 127")
    t.keys(".watch sil 1100ms S", "Enter")
    t.wait("watch sil: no reply within 3 s", "a watch without an answer is said")
    t.shows(lambda screen: re.search(r"^ sil no number yet  ([3-9]|\d\d) missed", screen, re.M), "and counted")
    t.shows(lambda screen: screen.count("no reply") == 1, "but not each time")
    ok("> S" not in t.screen(), "it is not in the transcript", t.screen())
    silent = False
    t.wait(" sil 7  min 7  max 7  mean 7", "an answer ends that")
    t.shows(lambda screen: re.search(r"^\s*7 [\u2800-\u28ff ]+\n\s*7 .*\n\s+\d\d:\d\d:\d\d", screen, re.M),
            "and the chart has an axis")
    silent = True
    t.shows(lambda screen: screen.count("no reply") == 2, "the next failure is said again")
    for i in range(5):
        t.keys(f".watch w{i} 60s N", "Enter")
    t.wait(" w4 7", "all fit when they have no charts")
    t.shows(lambda screen: " sil 7" in screen and "more" not in screen, "none is hidden")
    t.tmux("resize-window", "-x", "40", "-y", "10")
    t.wait("+3 more: .watch", "those that do not fit are counted")
    t.wait(" w1 7  min 7  max 7      +3 more", "and numbers stand whole")
    t.shows(lambda screen: not re.search(" (S|N) +waiting", screen), "nor is what waits")
    t.tmux("resize-window", "-x", "80", "-y", "24")
    t.keys(".watch", "Enter")
    t.wait("missed, min 7, max 7, mean 7 of", "and .watch has the same words")
    t.close()


def tall(connection):
    while line := read_until(connection, b"\n"):
        connection.sendall(b"0123456789" * (5000 if line.startswith(b"tall") else 1) + b"\n")


# A file that takes its time, here because its reader takes none of it: progress is shown, keys and
# devices are served, Ctrl-C gives it up, and leaving waits for it.
with device(tall) as address:
    for options, name in (("", "the screen"), ("--plain ", "lines")):
        path = f"{HOME}/{name.replace(' ', '')}"
        os.mkfifo(path)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        t = Terminal(f"{program} {options}-f 'payload LF' {address}")
        last(t, f"{address}>")
        for i in range(6):
            t.keys("tall", "Enter")
        t.keys(f"mark{name[:3]}", "Enter")
        t.wait("0123456789 ")
        t.keys(f".save {path}", "Enter")
        t.wait(f"saving to {path}: ", f"{name}: progress is shown")
        t.keys("x", "BSpace", "small", "Enter")
        t.shows(lambda screen: screen.count("0123456789 ") >= 2, f"{name}: keys and the device are served meanwhile")
        t.keys(".save other", "Enter")
        t.wait("file is still being written", f"{name}: one file at a time")
        t.keys("C-c")
        t.wait("given up", f"{name}: Ctrl-C gives it up")
        os.close(reader)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        t.keys(f".save {path}", "Enter")
        t.wait(f"saving to {path}: ")
        t.keys(".quit", "Enter")
        got = b""

        def grows():
            global got
            with contextlib.suppress(BlockingIOError):
                got += os.read(reader, 65536)
            return got.endswith(b"small\n  0123456789\n")
        ok(wait_for(grows, "the file"), f"{name}: who leaves gets the whole file", got[-200:])
        ok(wait_for(t.ended, "the end"),
           f"{name}: and wilco is gone", t.screen())
        same(len(got), got.index(b"\n") + 1 + 18 + 6 * (5 + 50003) + 2 * 13 + len(f"mark{name[:3]}small") + 2, f"{name}: of the right size")
        os.close(reader)
        t.close()
    # What fails when the screen is about to go is said behind it.
    path = f"{HOME}/broken"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    t = Terminal(f"sh -c \"{program} -f 'payload LF' {address}; echo status \\$?; read x\"")
    last(t, f"{address}>")
    for i in range(6):
        t.keys("tall", "Enter")
    t.keys("mark", "Enter")
    t.wait("0123456789 ")
    t.keys(f".save {path}", "Enter")
    t.wait(f"saving to {path}: ")
    t.keys(".quit")
    last(t, f"{address}> .quit")
    t.keys("Enter")
    last(t, f"{address}>")
    os.close(reader)
    t.wait("! cannot write", "a file that fails while wilco leaves is said")
    t.wait("status 6", "and is the exit status")
    t.close()
def slow(connection):
    """Takes longer for each line than a watch waits for the next turn."""
    while line := read_until(connection, b"\n"):
        time.sleep(0.1)
        connection.sendall(b"1 " + line)


with device(slow) as address:
    t = Terminal(f"{program} -f 'payload LF' {address}")
    last(t, f"{address}>")
    t.keys(".watch a 20ms a", "Enter", ".watch b 20ms b", "Enter")
    t.wait("b 1")
    t.keys("typed", "Enter")
    t.wait("< 1 typed", "watches that keep a slow device busy let a typed line through")
    t.close()

gate = threading.Event()


def gated(connection):
    """Answers when it is told to."""
    while line := read_until(connection, b"\n"):
        gate.wait(10 * LIMIT)
        connection.sendall(b"GATE got " + line)


# A device that is busy keeps no line of another waiting, and leaving waits for nobody.
with device(gated) as busy, device(named(b"FREE")) as free:
    t = Terminal(f"{program} -f 'payload LF' -t 60s {busy}")
    last(t, f"{busy}>")
    t.keys("one", "Enter", "two", "Enter", "three", "Enter")
    t.wait("2 lines are waiting; Ctrl-C drops them")
    t.keys(f".open {free}", "Enter")
    last(t, f"{free}>")
    t.keys("at once", "Enter")
    t.wait("FREE got at once", "a device that is free gets its line while another one is busy")
    t.shows(lambda screen: "GATE got" not in screen, "which is")
    t.keys(".close", "Enter")
    t.wait(f"{free}: closed")
    t.shows(lambda screen: "given up" not in screen and "not sent" not in screen, ".close is for its device alone")
    t.keys("C-c")
    t.wait("2 waiting lines not sent", "Ctrl-C gives up what others are waited for, where there is nothing else")
    t.keys("C-x")
    last(t, f"{busy}>")
    t.keys(".watch w 1h ask", "Enter", "C-c")
    t.wait("Ctrl-D or .quit leaves wilco", "Ctrl-C lets a watch wait for its answer")
    t.keys("again", "Enter", ".quit", "Enter")
    ok(wait_for(t.ended, "the end"),
       ".quit leaves at once", t.screen())
    gate.set()
    t.close()

# A terminal that is gone ends the console, and nothing is lost.
with device(named(b"LAST")) as address:
    r = Recorder("-f", "payload LF", "--log", f"{HOME}/gone.log", address)
    r.until(f"{address}>".encode())
    r.type(b"the last words\r")
    r.until(b"LAST got")
    os.close(r.fd)
    same(r.process.wait(LIMIT), 128 + signal.SIGHUP, "a terminal that is gone ends the console")
    with open(f"{HOME}/state/wilco/history/{address}", encoding="utf-8") as f:
        same(f.readlines()[-1], "the last words\n", "the history is whole")  # the port may come again
    with open(f"{HOME}/gone.log", encoding="utf-8") as f:
        has(f.read(), "LAST got the last words", "and so is the log")
done()
