#!/usr/bin/env python3
"""What the console looks like, and the mouse."""
import os
import re
import signal
import time

from golden import golden
from wilcotest import (HOME, WRAP, Program, Recorder, Terminal, device, done, has, need, ok, read_to_end, read_until,
                       wait_for)

if not need("tmux"):
    done()

program = Program()

# The wheel scrolls, and is no key: what is typed, asked or searched stays.
WHEEL_UP, WHEEL_DOWN, BUTTON = "\033[<64;10;5M", "\033[<65;10;5M", "\033[<0;10;5M"


def wheel(t, sequence, times=1):
    t.type(sequence * times)


t = Terminal(f"{program} demo", rows=14)
t.wait_last("demo>")
for number in range(12):
    t.keys(f"SPEED {number}", "Enter")
    t.wait(f"> SPEED {number}")
t.type("half a line")
t.wait_last("demo> half a line")
wheel(t, WHEEL_UP)
t.wait("held", "the wheel scrolls back")
t.shows(lambda screen: "> SPEED 11" not in screen and "demo> half a line" in screen, "and leaves the line alone")
wheel(t, WHEEL_UP, 9)
t.wait("try HELP", "up to the first entry")
wheel(t, WHEEL_DOWN, 10)
t.shows(lambda screen: "> SPEED 11" in screen and "held" not in screen, "and on again to what comes now")
wheel(t, WHEEL_UP)
t.wait("held")
t.keys("C-u", "C-o")
t.wait("browsing")
wheel(t, WHEEL_UP, 9)
t.shows(lambda screen: "try HELP" in screen and "browsing" in screen, "it scrolls while one browses, too")
t.keys("q", "C-r", "SPEED 7")
wheel(t, WHEEL_UP)
t.wait("held", "and while one searches the history, which goes on")
t.keys("C-c", ".bind WheelUp STATUS", "Enter")
t.wait("bound:")
wheel(t, WHEEL_UP)
t.wait("> STATUS", "it is bound as a key is")
t.close()

# Its modes are switched on where terminfo has a mouse, and off on every way out.
ON, OFF = b"\033[?1000h\033[?1006h", b"\033[?1006l\033[?1000l"


r = Recorder("demo")
got = r.until(b"demo>") + r.until_quiet()
has(got, ON, "the mouse's buttons are asked for")
r.type(BUTTON.encode())
got = r.until(OFF) + r.until_quiet()
ok(OFF in got and b"selects text" in got, "a button leaves the mouse to the terminal, and this is said", got)
r.type(b"x")
has(r.until(ON), ON, "until the next key")
r.type(b"\x15.set mouse=nothing\r")
has(r.until(OFF), OFF, "and for good with .set mouse=nothing")
r.type(b".set mouse=cat\r")
has(r.until(b"wheel or nothing"), b"mouse is wheel or nothing, not 'cat'", "what is wrong says what may be said")
r.type(b".set mouse=wheel\r")
has(r.until(ON), ON, "or wanted again")
r.type(b"\x04")
has(r.until_quiet(), OFF, "it is switched off at the end")
r.process.wait()

if not WRAP:
    for name, number in (("SIGTERM", signal.SIGTERM), ("SIGSEGV", signal.SIGSEGV)):
        r = Recorder("demo")
        got = r.until(b"demo>") + r.until_quiet()
        os.kill(r.process.pid, number)
        has(r.until_quiet(), OFF, f"{name} switches it off")
        r.process.wait()
    r = Recorder("demo")
    r.until(b"demo>"), r.until_quiet()
    r.type(b"\x1a")
    has(r.until(OFF), OFF, "Ctrl-Z switches it off")
    os.waitpid(r.process.pid, os.WUNTRACED)  # one that has not stopped yet would not be told to go on
    os.kill(r.process.pid, signal.SIGCONT)
    has(r.until(ON), ON, "and who goes on has it again")
    r.close()

for term in ("vt100", "linux", "dumb"):
    r = Recorder("demo", env={"TERM": term})
    got = r.until(b"demo>") + r.until_quiet()
    ok(b"?1000" not in got and b"?1006" not in got, f"{term} knows no mouse, and is told nothing of it", got)
    r.close()

# What is highlighted keeps its colour, rings or flashes.


def coloured(t, colour, text):
    """The text stands on this colour (SGR 40 to 47)."""
    def seen():
        return re.search(rf"\x1b\[[0-9;]*{colour}m(\x1b\[[^m]*m)*{text}", t.tmux("capture-pane", "-ep"))
    return ok(wait_for(seen, f"{text} in {colour}"), f"{text!r} is on the colour {colour}", t.tmux("capture-pane", "-ep"))


def noisy(connection):
    """Says something unasked when it is told so."""
    while line := read_until(connection, b"\n"):
        connection.sendall(b"OK " + line)
        if line.startswith(b"alarm"):
            connection.sendall(b"ALARM 7 overheat \x1b[31m\n")


os.makedirs(f"{HOME}/config/wilco", exist_ok=True)
with open(f"{HOME}/config/wilco/config", "w", encoding="utf-8") as f:
    f.write(".highlight /overheat/ yellow\n.highlight /(/ red\n")
with device(noisy) as address:
    t = Terminal(f"{program} -f 'payload LF' {address}", columns=100)
    t.wait_last(f"{address}>")
    t.wait("the configuration's .highlight /(/ red: ", "a wrong one of the configuration is said")
    t.keys(".highlight /ALARM/ --flash", "Enter", ".highlight '/ok/' green", "Enter")
    t.wait(".highlight needs /PATTERN/ and a colour", "what is no pattern is refused")
    t.keys("C-u", ".highlight ALERT red", "Enter")
    t.wait("such as .highlight /ALARM/ red", "with an example")
    t.keys("C-u", ".highlight ALERT", "Enter")
    t.wait("such as .highlight /ALERT/ red", "with what was typed, where it is a word")
    t.keys("C-u", ".highlight /\\/ok/ pink", "Enter")
    t.wait("the colour is red, yellow, green, cyan, blue or magenta", "and what is no colour")
    t.keys("C-u", ".highlight /^ok/ green", "Enter", "alarm", "Enter")
    coloured(t, 41, "ALARM")
    coloured(t, 43, "overheat")
    coloured(t, 42, "OK")
    t.keys("x", "Enter")
    ok(wait_for(lambda: t.tmux("capture-pane", "-ep").count("ALARM 7") == 1, "the bar"),
       "after a second the bar is as it was", t.screen())
    t.keys("alarm", "Enter")
    t.shows(lambda screen: f"{address}: ALARM 7 overheat \\x1b[31m" in screen.splitlines()[0],
            "an alarm flashes in the bar, with what came")
    t.keys(".highlight", "Enter")
    t.wait(".highlight /overheat/ yellow", "it lists them")
    t.wait(".highlight /ALARM/ red --flash", "as lines that read back, in their order")
    t.keys(".highlight --drop 1", "Enter", ".highlight --drop /ALARM/", "Enter", ".highlight --drop 7", "Enter")
    t.wait("7 is not highlighted; .highlight lists what is, from 1 to 1", "and drops them")
    t.keys("C-u", "C-l", ".highlight", "Enter")
    t.shows(lambda screen: screen.rstrip().count(".highlight /^ok/ green") >= 2, "the others stay")
    t.close()

    t = Terminal(f"{program} -f 'payload LF' {address}", env={"NO_COLOR": "1"})
    t.wait_last(f"{address}>")
    t.keys(".highlight /ALARM/", "Enter", "alarm", "Enter")
    ok(wait_for(lambda: re.search("\x1b\\[[0-9;]*7m(\x1b\\[[^m]*m)*ALARM", t.tmux("capture-pane", "-ep")), "reverse"),
       "without colours it is reverse", t.tmux("capture-pane", "-ep"))
    t.close()

    # A device can be taken away; what happened there stays.
    with open(f"{HOME}/config/wilco/config", "w", encoding="utf-8") as f:
        f.write(f".device pump1 tcp://{address} frame='payload LF'\n")
    t = Terminal(f"{program} -f 'payload LF' tcp://{address}")
    t.wait_last(f"{address}>", "the prompt is a short name")
    t.keys("one", "Enter")
    t.wait("< OK one")
    t.keys(".open pump1", "Enter")
    t.wait_last("pump1>", "a device's own name is its short one")
    t.keys("two", "Enter")
    t.wait("< OK two")
    t.type(".close pu")
    t.keys("Tab")
    t.wait_last("pump1> .close pump1", "Tab completes what is open")
    t.keys("Enter")
    t.wait("pump1: closed; .open pump1 opens it again", "who closes a device is told how to open it again")
    t.wait_last(f"{address}>", "its neighbour is the current one")
    t.shows(lambda screen: "pump1" not in screen.splitlines()[0], "and it is no longer in the bar")
    t.shows(lambda screen: re.search(r"pump1 +< OK two", screen), "what it said has its name, and is not taken for its neighbour's")
    t.keys("C-o", "/", "two", "Enter")
    t.wait("match 2 of 2")
    t.keys("r")
    t.wait_last("send again to pump1: two [y/n]")
    t.keys("y")
    t.wait("not sent: pump1 is no longer open", "what was said there cannot be sent to another")
    t.keys("q", ".close 7", "Enter")
    t.wait("no open device '7'", "what is not open cannot be closed")
    t.keys("C-u", ".close 1", "Enter")
    t.wait("no device is open: .open HOST opens one", "nor is the last one needed")
    t.wait_last("wilco>")
    t.keys(".open pump1", "Enter", "three", "Enter")
    t.wait("< OK three", "a device is opened again")
    # One that said nothing is freed, whatever was about it.
    for number in "12":
        t.keys(f".device unheard {address}", "Enter", ".open unheard", "Enter")
        t.wait_last("unheard>")
        t.keys(".filter session", "Enter")
        t.wait("only session")
        t.keys(".close unheard", "Enter")
        t.wait_last("pump1>")
        t.keys("Up", "Up", "C-u", f"four{number}", "Enter")
        t.keys(".filter all", "Enter")
        t.wait(f"< OK four{number}", f"{number}: the others go on")
    t.close()

    for options, shown in (((), "screen"), (("--plain",), "lines")):
        r = Recorder(*options, "-f", "payload LF", str(address))
        r.until(b"> ")
        r.type(b".highlight /alarm/ --bell\r")
        r.until_quiet()
        for _ in range(20):
            r.type(b"alarm\r")
        got = r.until_quiet(0.8)
        ok(1 <= got.count(b"\a") <= 4, f"{shown}: an alarm rings, at most once a second", got.count(b"\a"))
        r.close()
os.unlink(f"{HOME}/config/wilco/config")

# A message that is longer than the status has rows of its own.
for columns, rows in ((80, 24), (132, 50), (40, 10))[:1 if WRAP else 3]:
    t = Terminal(f"{program} demo", columns=columns, rows=rows)
    t.wait_last("demo>")
    t.type("SPEED 1\\q")
    t.wait(" ..\n" if columns < 132 else "<BYTES>", f"{columns}: while one types, whole words of it are there")
    t.keys("Enter")
    t.shows(lambda screen: "nothing was sent" in screen and "\\<BYTES>" in screen, "after Enter all of it is there")
    golden(t, f"said-{columns}x{rows}.txt", f"a long message at {columns}x{rows}")
    t.keys("Left")
    t.shows(lambda screen: "nothing was sent" not in screen, "until the next key")
    t.close()

# Help of a verb has as many rows as it needs, up to three; what a narrow window has no room for leaves whole words.
for columns, rows in ((80, 24), (132, 50), (40, 10))[:1 if WRAP else 3]:
    t = Terminal(f"{program} demo", columns=columns, rows=rows)
    t.wait_last("demo>")
    t.type(".highlight ")
    t.wait("mark a pattern in a", f"{columns}: a verb says what it does")
    golden(t, f"verb-{columns}x{rows}.txt", f"help of a verb at {columns}x{rows}")
    t.keys("C-u")
    t.shows(lambda screen: "mark a pattern" not in screen, "while it is typed")
    t.close()

LONG = "the-meter-in-the-cellar-of-building-17-north"
with device(read_to_end) as address:
    with open(f"{HOME}/config/wilco/config", "w", encoding="utf-8") as f:
        f.write(f".device {LONG} tcp://{address}\n")
    t = Terminal(f"{program} demo", columns=40, rows=10)
    t.wait_last("demo>")
    t.keys(".open demo2", "Enter")
    t.wait_last("demo2>")
    t.shows(lambda screen: screen.startswith(" 1 demo  2 demo2     F1 help  ^O browse\n"),
            "the bar tells the keys beside two devices")
    t.keys("C-r", "nowhere")
    t.wait_last("(no 'nowhere')", "a search says in short what a narrow window has no room for")
    t.keys("C-g", "C-u", f".open {LONG}", "Enter")
    t.wait_last("~uilding-17-north>")
    t.shows(lambda screen: re.search(r"\n ~ilding-17-north  open .* auto  live\n", screen),
            "a long name leaves room for the state, the view and live")
    t.shows(lambda screen: screen.startswith("< 3 the-meter-in-the-cellar-of~ F1 help\n"), "and for help")
    t.keys(".highlight READY red", "Enter")
    t.shows(lambda screen: ".highlight needs /PATTERN/" in screen and "  red\n" in screen and " live\n" in screen,
            "an error for which there is room is shown as a whole")
    t.tmux("resize-window", "-x", "40", "-y", "9")
    t.shows(lambda screen: screen.startswith("< 3 "), "the window is lower")
    t.keys(".highlight READY red", "Enter")
    t.shows(lambda screen: re.search(r" \+\d+, Esc: live$", screen, re.M),
            "one with more rows than the window is shown from its beginning, and how to get back is said")
    for columns, said in ((24, " Esc: live"), (12, " Esc")):
        t.tmux("resize-window", "-x", str(columns))
        t.shows(lambda screen, said=said: any(line.endswith(said) for line in screen.splitlines()),
                f"{columns} columns say how to get back, too")
    t.tmux("resize-window", "-x", "24")
    t.keys("C-o")
    t.wait("Esc live", "so do the keys of browsing")
    t.keys("q")
    t.tmux("resize-window", "-x", "40")
    t.wait("F1 help")
    t.keys(".highlight", "Enter")
    t.wait("nothing is highlighted", "what the next line prints is in sight")
    t.keys("F10")
    t.wait("F10 does nothing: F1 tells the keys", "a key without a meaning says so")
    t.keys(".highlight /READY/", "Enter")
    t.wait("1 pattern is highlighted; .highlight", "so does a pattern of which nothing is in sight")
    t.close()
os.unlink(f"{HOME}/config/wilco/config")

# With --plain nothing moves the cursor, and there is no prompt while a reply is waited for.


def slow(connection):
    while line := read_until(connection, b"\n"):
        connection.sendall(b"half")
        time.sleep(0.5)
        connection.sendall(b" of " + line + b"by itself\n")


with device(slow) as address:
    prompt = f"{address}> ".encode()
    r = Recorder("--plain", "-f", "payload LF", str(address))
    got = r.until(prompt) + r.until_quiet()
    edited = b""
    for keys, seen in ((b"one", b"one"), (b"\x7f\x7f", b"\b \b\b \b"), (b"x", b"x"), (b"\x01y", b"yox")):
        r.type(keys)
        edited += r.until(seen)
    has(edited, b"e\b \b\b \bx", "what is deleted at the end is wiped out as a terminal does it")
    has(edited, b"\n" + prompt + b"yox", "what is typed elsewhere is a row of its own")
    r.type(b"\r")
    answer = r.until(b"by itself") + r.until_quiet()
    ok(prompt not in answer.split(b"< half")[0], "there is no prompt while a reply is waited for", answer)
    ok(answer.endswith(b"\n" + prompt), "and one behind it", answer)
    r.type(b"typed")
    r.until(b"typed")
    r.type(b" on\r")
    r.type(b"ahead")
    ahead = r.until(b"by itself") + r.until_quiet()
    ok(ahead.endswith(b"\n" + prompt + b"ahead"), "what is typed meanwhile stands below what comes", ahead)
    all_of = got + edited + answer + ahead
    ok(not re.search(rb"\x1b|\r(?![\r\n])|\x08(?! \x08)(?<! \x08)", all_of), "and nothing moves the cursor", all_of)
    r.close()

# Of what comes unasked in a flood the newest frames are printed, and the others counted.
FRAMES = 20000


def flood(connection):
    read_until(connection, b"\n")
    connection.sendall(b"ok\n" + b"".join(b"event %d\n" % n for n in range(FRAMES)))
    connection.recv(1)


with device(flood) as address:
    r = Recorder("--plain", "-f", "payload LF", str(address))
    r.until(b"> ")
    r.type(b"go\r")
    got = r.until(b"event %d " % (FRAMES - 1)) + r.until_quiet()
    missing = sum(int(n) for n in re.findall(rb"- (\d+) frames? (?:is|are) not shown", got))
    ok(len(re.findall(rb"\* event \d+", got)) + missing == FRAMES, "lines: each frame is printed or counted", missing)
    r.close()

done()
