#!/usr/bin/env python3
"""What the console looks like, and the mouse."""
import os
import signal

from wilcotest import WRAP, Recorder, Terminal, command, done, has, need, ok, wait_for

if not need("tmux"):
    done()

program = " ".join(command())

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
    os.kill(r.process.pid, signal.SIGCONT)
    has(r.until(ON), ON, "and who goes on has it again")
    r.close()

for term in ("vt100", "linux", "dumb"):
    r = Recorder("demo", env={"TERM": term})
    got = r.until(b"demo>") + r.until_quiet()
    ok(b"?1000" not in got and b"?1006" not in got, f"{term} knows no mouse, and is told nothing of it", got)
    r.close()

done()
