#!/usr/bin/env python3
"""The console on a real terminal (tmux): typing, editing, history, replies, interrupts, stops,
resize, line mode, and the terminal as it was afterwards."""
import os
import re
import signal
import subprocess
import time

from wilcotest import (HOME, WILCO, WRAP, Program, Terminal, command, device as flooding, done, has, need, ok,
                       read_until, same, simulated, unused_port, wait_for)

if not need("tmux"):
    done()

DEVICE = """.frame payload LF
STATUS
  READY
SLOW
.delay 500ms
  DONE
ALARM
  OK
.delay 300ms
  (unsolicited) OVERHEAT
NEVER
  (none)
EVIL
  \\x1b]0;pwned\\x07\\x1b[2J\\x9b31m\\u{202e}x
Grüße 漢字
  schön 漢
.else
  ERROR
"""
program = Program()


def has_ended(pid):
    """Also when nobody has asked for its exit status yet."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            return f.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def found(t, part, line, name):
    t.shows(lambda screen: re.search(rf"\(search '{part}' (\d\d:\d\d|[-\d]{{10}})\) {line}$", screen.rstrip()), name)


os.umask(0o077)
os.makedirs(f"{HOME}/state/wilco/history")
with open(f"{HOME}/state/wilco/history/pump9", "w", encoding="ascii") as f:
    f.write(" 2024-02-29T12:34Z\nVERSION?\n")
os.environ["TZ"] = "UTC"

with simulated(DEVICE) as device:
    start = f"{program} -f 'payload LF' -t 60s {device}"
    prompt = f"{device}>"

    t = Terminal(start)
    t.wait_last(prompt, "the prompt appears")
    t.keys("STATUS", "Enter")
    t.wait("< READY", "a reply stands below its command")
    t.wait("delimiter LF", "with why it ended")
    t.wait_last(prompt, "and the prompt below that")

    t.type("ATUS")
    t.keys("Home")
    t.type("ST")
    t.keys("End")
    t.type("X")
    t.wait_last(f"{prompt} STATUSX", "Home and End move, letters are inserted")
    t.keys("BSpace", "Left", "Left", "Delete")
    t.wait_last(f"{prompt} STATS", "backspace and delete")
    t.keys("C-u")
    t.wait_last(prompt, "Ctrl-U clears the line")
    t.type("one two three")
    t.keys("C-w")
    t.wait_last(f"{prompt} one two", "Ctrl-W deletes a word")
    t.keys("C-a", "M-f", "C-k")
    t.wait_last(f"{prompt} one", "Alt-F moves by a word, Ctrl-K deletes to the end")
    t.keys("C-c")
    t.wait_last(prompt, "Ctrl-C cancels the line")
    t.keys("C-v", "Escape")
    t.wait_last(f"{prompt} \\x1b", "Ctrl-V types a key as an escape, Esc as well")
    t.keys("C-v", "F5")
    t.wait("that key is no character", "and says of a key that is no character that it is none")
    t.keys("C-u")
    t.wait_last(prompt)

    t.keys("Up")
    t.wait_last(f"{prompt} STATUS", "Up recalls the last line")
    t.keys("Down")
    t.wait_last(prompt, "Down comes back to the empty line")
    t.type("TAT")
    t.keys("C-r")
    found(t, "TAT", "STATUS", "Ctrl-R recalls a line by a part of it, and says when it was typed")
    t.keys("C-g")
    t.wait_last(f"{prompt} TAT", "Ctrl-G gives the line back")
    t.keys("C-u", "C-r", "C-d")
    t.wait_last(prompt, "Ctrl-D ends a search, not wilco")
    t.keys("C-r")
    t.type("TAT")
    found(t, "TAT", "STATUS", "Ctrl-R without a word before it")
    t.keys("M-b")
    t.type("x")
    t.wait_last(f"{prompt} xSTATUS", "Alt and a key work on the line that was found")
    t.keys("C-u")
    t.keys("C-r")
    t.type("TAT")
    t.keys("Escape")
    t.wait_last(f"{prompt} STATUS", "Esc takes the line, too")
    t.keys("C-u")
    t.type("ST")
    t.keys("Up")
    t.wait("53 54 41 54 55 53 0a  7 bytes", "Up behind a word recalls what begins so")
    t.keys("Down")
    t.wait("53 54 0a  3 bytes", "Down comes back to the word")
    t.keys("C-u")
    t.type("TAT")
    t.keys("Up")
    t.wait("no earlier line begins so; Ctrl-R searches inside", "where none begins so, that is said")
    t.keys("C-u", "C-r")
    t.wait("type a part of it; Ctrl-R: all devices", "a search says what it waits for")
    t.keys("C-r")
    t.type("VER")
    t.wait_last("(all 'VER' pump9 2024-02-29) VERSION?", "Ctrl-R twice searches the lines of all devices")
    t.keys("C-r")
    t.wait("(no further 'VER'", "which have their end, too")
    t.keys("C-g", "C-u", "C-r")
    t.type("VER")
    t.wait("(no further 'VER'", "this device has none")
    t.keys("C-r")
    t.wait_last("(all 'VER' pump9 2024-02-29) VERSION?", "Ctrl-R goes on with all devices")
    t.keys("Escape")
    t.wait_last(f"{prompt} VERSION?", "Esc takes a line of another device, too")
    t.keys("C-u", "C-r")
    t.type("äST")
    t.wait_last("(no further 'äST')", "a search in any script")
    t.keys("BSpace", "BSpace", "BSpace")
    t.type("TUS")
    found(t, "TUS", "STATUS", "that can be mended")
    t.keys("Home")
    t.type("X")
    t.wait_last(f"{prompt} XSTATUS", "any other key takes the line and goes on with it")
    t.keys("C-u")
    t.type(".he")
    t.keys("Tab")
    t.wait(".help", "Tab lists what could follow")
    t.type("l")
    t.keys("Tab")
    t.wait_last(f"{prompt} .help", "Tab completes a wilco command")
    t.keys("Enter")
    t.wait("keys while a line is typed", ".help begins with the keys")
    t.keys("End")
    t.wait("keys in a list, too", "End shows the rest")
    t.keys("C-l")
    t.wait("keys in a list, too", "Ctrl-L paints the screen afresh")
    t.keys("Escape")
    t.wait_last(prompt, "Esc closes the help")

    t.keys("ALARM", "Enter")
    t.type("half a li")
    t.wait("* OVERHEAT", "what comes unasked stands above the line")
    t.wait_last(f"{prompt} half a li", "and the line that is being typed is not torn")
    t.keys("C-u")
    t.keys("EVIL", "Enter")
    t.wait("\\x1b]0;pwned\\x07\\x1b[2J\\x9b31m\\xe2\\x80\\xaex", "terminal escapes are shown")
    ok("pwned" not in t.tmux("display-message", "-p", "#{pane_title}"), "and not obeyed")
    t.type("Grüße 漢字")
    t.keys("Left", "Left", "Right", "Right")
    t.wait_last(f"{prompt} Grüße 漢字", "wide characters are edited")
    t.keys("Enter")
    t.wait("< schön 漢", "and sent and received")

    t.keys(".set timeout=12s", "Enter")
    t.keys("NEVER", "Enter")
    t.wait("> NEVER")
    t.keys("C-c")
    t.wait("given up while", "Ctrl-C gives up the wait for a reply")
    t.keys("STATUS", "Enter")
    t.wait("for a late reply", "the next command waits until the time of the reply is over")
    t.shows(lambda screen: screen.count("< READY") == 1, "and the session goes on")

    t.tmux("resize-window", "-x", "40", "-y", "10")
    t.type("after the resize, a line longer than forty cells, to scroll")
    t.wait("to scroll", "a long line scrolls in a narrow window")
    t.shows(lambda screen: (last := screen.splitlines()[-1]).startswith(prompt + " <") and len(last) < 40,
            "and its beginning is marked")
    t.keys("C-a")
    t.wait("after the", "Home shows the beginning again")
    t.keys("C-u")
    t.tmux("resize-window", "-x", "132", "-y", "50")
    t.keys("STATUS", "Enter")
    t.wait_last(prompt, "a wide window")

    asked = f"send 3 lines to {device} ('STATUS' ...) one by one? [y/n, e edits]"
    t.tmux("set-buffer", "STATUS\nSLOW\nSTATUS\n")
    t.tmux("paste-buffer", "-p")
    t.wait_last(asked, "a paste of many lines asks first")
    t.keys("n")
    t.wait_last(prompt, "n forgets them")
    t.tmux("paste-buffer", "-p")
    t.wait_last(asked)
    t.keys("y")
    t.wait("< DONE", "y sends one after the other")
    t.tmux("paste-buffer", "-p")
    t.wait_last(asked)
    t.keys("e")
    t.wait_last("   3> STATUS".rjust(len(prompt) + 7), "e puts them where they can be edited")
    t.keys("Up", "Home")
    t.type("NOT ")
    t.wait("2> NOT SLOW", "Up and Home go to a line and its beginning")
    t.wait("4e 4f 54 20 53 4c 4f 57 0a", "the preview is that of this line")
    t.keys("C-c")
    t.wait_last(prompt, "Ctrl-C drops them")
    t.tmux("set-buffer", "UNSENT\nSTA\\qTUS\nUNSENT\n")
    t.tmux("paste-buffer", "-p")
    t.wait("('UNSENT' ...) one by one?")
    t.keys("y")
    t.wait("nothing was sent: line 2: '\\q' is not an escape", "of pasted lines all are right or none is sent")
    t.wait_last("   3> UNSENT".rjust(len(prompt) + 7), "and they can be mended")
    t.shows(lambda screen: "> UNSENT +" not in screen and screen.count("UNSENT") == 2, "none was")
    t.keys("C-c")
    t.wait_last(prompt)
    with open(f"{HOME}/much", "w", encoding="ascii") as f:
        f.write("a\\q\n" + ("0123456789" * 20 + "\n") * 100)
    t.tmux("load-buffer", f"{HOME}/much")
    t.tmux("paste-buffer", "-p")
    t.wait("send 101 lines")
    t.keys("y")
    t.wait("nothing was taken: line 1: '\\q' is not an escape", "what is too much to be edited is refused")
    t.wait_last(prompt)
    t.type("STATUS \\")
    t.keys("Enter")
    t.wait_last("   2>".rjust(len(prompt)), "a backslash before Enter begins one more line")
    t.type("\\q")
    t.keys("M-Enter")
    t.type("ALARM")
    t.wait_last("   3> ALARM".rjust(len(prompt) + 6), "so does Alt-Enter")
    t.keys("Enter")
    t.wait("nothing was sent: line 2: '\\q' is not an escape", "of several lines all are right or none is sent")
    t.keys("End", "BSpace", "BSpace")
    t.type("SLOW \\\\")
    t.keys("Enter")
    t.wait_last(prompt, "an escaped backslash begins none")
    t.wait("* OVERHEAT", "Enter sends them, each after the reply to the one before")
    t.type(".literal C:\\")
    t.keys("Enter")
    t.wait_last(prompt, "a backslash that can be sent is sent")
    t.wait("> C:\\\\")
    t.keys("SLOW", "Enter", "STATUS", "Enter")
    t.wait_last(prompt)
    t.type("AB")
    t.keys("Left")
    t.tmux("set-buffer", "one line")
    t.tmux("paste-buffer", "-p")
    t.wait_last(f"{prompt} Aone lineB", "a paste stands where the cursor is")
    t.keys("C-u", "C-k")
    t.tmux("set-buffer", "a\x1b[31mb")
    t.tmux("paste-buffer", "-p")
    t.wait_last(f"{prompt} a\\x1b[31mb", "an escape sequence in a paste is text")
    t.keys("C-u")
    with open(f"{HOME}/long", "w", encoding="ascii") as f:
        f.write("z" * 20000)
    t.tmux("load-buffer", f"{HOME}/long")
    t.tmux("paste-buffer", "-p")
    t.wait("nothing was taken: a line has at most 16000 characters", "a line that does not fit is refused whole")
    t.wait_last(prompt, "and nothing of it stands there")
    t.keys(" secret line", "Enter")
    t.wait("< ERROR", "a leading blank is taken away")
    pid = t.pid()
    t.keys("C-d")
    ok(wait_for(lambda: has_ended(pid), "the end"), "Ctrl-D on an empty line leaves", t.screen())
    t.close()

    t = Terminal(start)
    t.wait_last(prompt)
    t.keys("Up")
    t.wait_last(f"{prompt} STATUS", "the next run remembers the lines, but not the one with a blank")
    t.keys("Up")
    t.type("X")
    t.keys("Down", "Up")
    t.wait_last(f"{prompt} SLOWX", "a recalled line that was changed stays so while others are recalled")
    t.keys("Down", "Down")
    t.wait_last(prompt)
    t.type("S")
    t.wait_last(f"{prompt} STATUS", "what the history suggests stands behind the line")
    t.type("X")
    t.wait_last(f"{prompt} SX", "where there is something")
    t.keys("BSpace")
    t.wait_last(f"{prompt} STATUS", "with less typed it is the newest again")
    t.type("L")
    t.wait_last(f"{prompt} SLOW", "with more an older one")
    t.keys("Right")
    t.type("X")
    t.wait_last(f"{prompt} SLOWX", "Right takes it")
    t.keys("C-u")
    t.keys("C-r")
    t.type("S")
    t.keys("C-r", "Down")
    t.wait("(search 'S' ", "Ctrl-R searches")
    t.keys("Down")
    t.wait("(no further 'S')", "Down goes to newer lines, as far as there are some")
    t.keys("C-g", "C-u")
    t.type("one two")
    t.keys("C-w")
    t.type("x")
    t.wait_last(f"{prompt} one x", "Ctrl-W deletes a word")
    t.keys("C-u")
    t.keys(".history 3", "Enter")
    t.wait("SLOW", ".history lists them")
    t.close()
    folder = f"{HOME}/state/wilco/history"
    same([oct(os.stat(p).st_mode & 0o777) for p in (folder, f"{folder}/{device}")],
         ["0o700", "0o600"], "the history is private")

    # In a shell: Ctrl-Z, fg, signals, and the modes of the terminal before and after.
    t = Terminal("bash --norc --noprofile -i", env={"PS1": "$ "})
    t.keys("PS1='$ '; stty -a >before; clear", "Enter")
    t.wait_last("$")
    endings = [(".quit", ".quit"), (signal.SIGTERM, "SIGTERM"), (signal.SIGHUP, "SIGHUP"),
               (signal.SIGUSR1, "SIGUSR1")]
    if not WRAP:  # valgrind keeps a SIGSEGV that was sent until the program wakes up
        endings.append((signal.SIGSEGV, "SIGSEGV"))
    for ending, name in endings:
        t.keys(f"clear; {start}", "Enter")
        t.wait_last(prompt)
        if isinstance(ending, str):
            t.keys(ending, "Enter")
        else:
            pids = subprocess.run(["pgrep", "-P", str(t.pid())], capture_output=True, text=True,
                                  check=True).stdout.split()
            os.kill(int(pids[-1]), ending)
        t.shows(lambda screen: (screen.splitlines() or [""])[-1].strip() == "$", f"after {name} the shell is back")
        t.keys("stty -a >after; cmp before after && echo SAME MODES", "Enter")
        t.wait("\nSAME MODES", f"after {name} the terminal has its modes again")
    t.keys(f"clear; {start}", "Enter")
    t.wait_last(prompt)
    t.type("half")
    t.keys("C-z")
    t.wait("Stopped", "Ctrl-Z stops")
    t.keys("stty -a >after; cmp before after && echo STOPPED MODES", "Enter")
    t.wait("\nSTOPPED MODES", "with the terminal as it was")
    t.keys("fg", "Enter")
    t.wait_last(f"{prompt} half", "fg comes back to the line")
    t.keys("C-u", "STATUS", "Enter")
    t.wait("< READY", "which goes on")
    t.close()
    for left in ("before", "after"):
        if os.path.exists(left):
            os.unlink(left)

    for name, env in (("vt100", {"TERM": "vt100"}), ("dumb", {"TERM": "dumb"}),
                      ("an unknown terminal", {"TERM": "no-such-terminal"}),
                      ("--plain", None)):
        t = Terminal(start.replace(WILCO, WILCO + " --plain") if env is None else start, env=env)
        t.wait_last(prompt)
        t.type("STAT")
        t.keys("BSpace", "BSpace")
        t.type("ATUS")
        t.wait_last(f"{prompt} STATUS", f"{name}: editing")
        t.keys("Enter")
        t.wait("< READY", f"{name}: a reply")
        t.close()
    # Lines have no window: what is asked of the transcript is listed.
    t = Terminal(start.replace(WILCO, WILCO + " --plain"))
    t.wait_last(prompt)
    t.keys("STATUS", "Enter", "EVIL", "Enter")
    t.wait("pwned")
    t.keys(".find ready", "Enter")
    t.wait("1 of 2 entries", "lines: .find lists what it finds")
    t.shows(lambda screen: re.search(r"\d > STATUS\n\d\d:\d\d:\d\d\.\d{3} < READY", screen), "lines: with its times")
    t.keys(".filter damaged", "Enter")
    t.wait("0 of 2 entries", "lines: .filter lists what there is")
    t.keys(".filter found", "Enter")
    t.wait("showing only what was found")
    before = t.screen().count("< READY")
    t.keys("clear", "Enter", "STATUS", "Enter")
    t.shows(lambda screen: screen.count("< READY") > before and "ERROR" not in screen,
            "lines: and then only such are printed")
    t.keys(".filter all", "Enter")
    t.wait("showing all")
    t.keys(".goto end", "Enter")
    t.shows(lambda screen: screen.count(" > STATUS") >= 3, "lines: .goto lists from there on")
    # What comes is printed as it is listed: the rows that a window would draw.
    t.keys(".view dump", "Enter", "STATUS", "Enter")
    t.wait("0000  52 45 41 44 59 0a", "lines: a dump is that of the wire")
    t.wait_last(prompt)
    rows = re.findall(r"^(?:\d.* [<>] .*| +0000  .*)$", t.screen(), re.M)[-4:]
    ok(re.search(r" > STATUS.*53 54.* < READY .*52 45", " ".join(rows)), "lines: the command is above it", rows)
    t.keys(".goto end", "Enter")
    t.shows(lambda screen: screen.count("\n".join(rows)) == 2, "lines: and so they are listed")
    t.close()
    t = Terminal(start, env={"LC_ALL": "C"})
    t.wait_last(prompt)
    t.type("Grüße 漢字")
    t.wait_last(f"{prompt} Gr\\u{{fc}}\\u{{df}}e \\u{{6f22}}\\u{{5b57}}", "a C locale: escapes")
    t.keys("Enter")
    t.wait("< sch\\u{f6}n \\u{6f22}", "a C locale: the same bytes were sent, the reply is escaped")
    t.close()

def flood(connection):
    """Under valgrind what comes at once may keep the program from its keys for minutes."""
    block = b"a line of a device that never stops\n" * (200 if WRAP else 2000)
    while True:
        connection.sendall(block)
        time.sleep(0.1 if WRAP else 0)


with flooding(flood) as device:
    t = Terminal(f"{program} -f 'payload LF' {device}")
    t.wait("unsolicited  delimiter LF", "a flood is shown")
    t.type("typed in a flood")
    t.wait(f"{device}> typed in a flood", "typing stays visible meanwhile")
    t.keys("C-u")
    t.type(".close")
    t.keys("Enter")
    t.wait(".open opens it again", ".close ends it")
    t.close()

# vi mode: keys that once crashed libedit, or left the cursor outside the line.
with open(f"{HOME}/.editrc", "w", encoding="ascii") as f:
    f.write("bind -v\n")
with simulated(DEVICE) as device:
    t = Terminal(f"{program} -f 'payload LF' {device}")
    t.wait_last(f"{device} (ins)>", "vi mode: the prompt says that keys insert")
    t.keys("Escape")
    t.wait_last(f"{device} (cmd)>", "vi mode: and that they are commands")
    t.type("h_Gx$kj~^0bwWBEe$hlDdd/?Uu")
    t.keys("Escape")
    t.type("ddaSTATUSX")
    t.keys("Escape")
    t.type("x")
    t.wait_last(f"{device} (cmd)> STATUS", "vi mode: commands on an empty line, then editing")
    t.keys("Enter")
    t.wait("< READY", "vi mode: the line is sent")
    t.wait_last(f"{device} (ins)>", "vi mode: the next line begins with inserting")
    t.type("a bad one")
    t.keys("Escape")
    t.type("bbcw")
    t.wait_last(f"{device} (ins)> a  one", "vi mode: cw inserts")
    t.keys("Escape")
    t.type("0fo")
    t.wait_last(f"{device} (cmd)> a  one", "vi mode: f reads its character")
    t.type("Djj")
    t.wait_last(f"{device} (cmd)> a", "from there D deletes")
    t.close()
os.unlink(f"{HOME}/.editrc")
def burst(connection):
    """20,000 lines that nobody asked for, at once."""
    read_until(connection, b"\n")
    connection.sendall(b"ok\n" + b"".join(b"event %d\n" % i for i in range(20000)) + b"THE LAST ONE\n")
    connection.recv(1)


# What is too much for one paint is said, and nothing of it vanishes without a word.
with flooding(lambda c: (read_until(c, b"\n"), c.sendall(b"x" * 2500000 + b"\n"), c.recv(1))) as device:
    t = Terminal(f"{program} --plain -o dump -f 'payload LF' -t 60s '{device}?max=4M'")
    t.wait_last(f"{device}>")
    t.keys("go", "Enter")
    t.wait("lines are not shown: they came too fast", "--plain: of a very long answer it is said what is missing")
    t.close()

# Several lines that come together are done in their order; what is not sent is said.
with simulated(DEVICE) as device:
    t = Terminal(f"sh -c '{program} -f line -t 60s {device}; cat'")
    t.wait_last(f"{device}>")
    t.tmux("set-buffer", f"STATUS\nSLOW\n.save {HOME}/pasted.wilco\nNEVER\nSTATUS\n")
    t.tmux("paste-buffer", "-p")
    t.wait("[y/n, e edits]")
    t.keys("y")
    t.wait("saved to")
    with open(f"{HOME}/pasted.wilco", encoding="utf-8") as f:
        same(f.read(), f".open {device}\n.set timeout=60s\n.frame line\nSTATUS\n  READY\nSLOW\n  DONE\n",
             "a command of wilco's in a paste waits for those before it")
    t.wait("waiting", "NEVER has no answer")
    t.keys("C-d")
    t.wait("1 waiting line was not sent", "who leaves is told what was not sent")
    t.close()

with flooding(burst) as device:
    t = Terminal(f"{program} --plain -f 'payload LF' {device}")
    t.wait_last(f"{device}>")
    t.keys("go", "Enter")
    t.wait("* THE LAST ONE", "--plain: of a flood the newest lines are shown")
    ok(wait_for(lambda: "not shown: they came too fast" in t.tmux("capture-pane", "-p", "-S", "-"),
                "how many"), "and how many there were before them is said")
    t.close()
# What stays in the terminal.
os.makedirs(f"{HOME}/config/wilco")
# Two devices have one log, which is named once.
for leave, stays, said in (("line", False, True), ("screen", True, True), ("nothing", False, False)):
    with open(f"{HOME}/config/wilco/config", "w", encoding="ascii") as f:
        f.write(f".set leave={leave}\n.set log=~/left.log\n")
    with simulated(DEVICE) as device:
        t = Terminal(f"{program} -f 'payload LF' {device}")
        t.wait_last(f"{device}>")
        t.keys("STATUS", "Enter")
        t.wait("< READY")
        t.ask(f".device second {device}")
        t.ask(".open second")
        t.wait_last("second>")
        pid = t.pid()
        t.keys("C-d")
        ok(wait_for(lambda: has_ended(pid), "the end"), f"leave={leave}: it ends")
        # The words of tmux about a program that has ended take a row, so that the first one goes.
        left = wait_for(lambda: t.ended() and t.tmux("capture-pane", "-p", "-S", "-"), "its end")
        same("< READY" in left, stays, "the last screen stays if asked")
        told = re.compile(rf"^- (\d+ s|\d+ min.*), 1 command; logged in {HOME}/left.log *$", re.M)
        same(bool(told.search(left)), said, "and a line says how long it was, how much, and where the log is")
        t.close()

# A console without a device offers those that it knows.
with simulated(DEVICE) as device:
    with open(f"{HOME}/config/wilco/config", "w", encoding="ascii") as f:
        f.write(f".device pump1 {device} frame='payload LF'\n.device plc 10.0.0.7:502 frame=modbus-tcp\n")
    used = f"{HOME}/state/wilco/history/%2fdev%2fttyUSB7"
    with open(used, "w", encoding="ascii") as f:
        f.write("x\n")
    os.utime(used, (1709210040, 1709210040))
    with open(f"{HOME}/state/wilco/history/demo", "w", encoding="ascii") as f:
        f.write("STATUS\n")
    for other in os.listdir(os.path.dirname(used)):
        if other.startswith("127."):
            os.remove(os.path.join(os.path.dirname(used), other))
    for words, name in ((("--plain",), "lines"), ((), "split screen")):
        t = Terminal(" ".join(command(*words)))
        t.shows(lambda screen: re.search(rf"^  1  pump1 +tcp {device}", screen, re.M), f"{name}: the device book is offered")
        t.shows(lambda screen: re.search(r"^ +\d+  /dev/ttyUSB7 +used 2024-02-29$", screen, re.M),
                "and what was used, and when")
        t.shows(lambda screen: len({m.start(1) - m.start() for m in re.finditer(
            r"^ +\d+  (?:pump1|/dev/ttyUSB7) +(tcp|used) ", screen, re.M)}) == 1, "in one column")
        t.shows(lambda screen: "demo " not in screen, "but not the demo's device, which is not there")
        t.wait("open a device: Enter, or its number" if not words else "a number opens one of these", "with what to do")
        t.keys("1", "Enter")
        t.wait_last("pump1>", "a number opens it")
        t.keys("1", "Enter")
        t.wait("< ERROR", "and then numbers are for the device")
        with open(f"{HOME}/state/wilco/history/_", encoding="utf-8") as f:
            same(f.read().splitlines()[-1], ".open pump1", "the history has the device: the number may be another's tomorrow")
        t.close()
os.remove(f"{HOME}/config/wilco/config")

# vi's own search is that of the history.
with open(f"{HOME}/.editrc", "w", encoding="ascii") as f:
    f.write("bind -v\n")
with simulated(DEVICE) as device:
    t = Terminal(f"{program} -f 'payload LF' {device}")
    t.wait_last(f"{device} (ins)>")
    t.keys("SLOW", "Enter", "STATUS", "Enter")
    t.wait("< READY")
    t.keys("x", "Escape", ":")
    t.wait_last(f"{device} (cmd)> x", "vi mode: there is no : to get lost in")
    t.keys("D", "d", "d", "/")
    t.wait_last("(search '')", "vi mode: / searches the history")
    t.type("LO")
    found(t, "LO", "SLOW", "and finds one")
    t.keys("C-g", "d", "d", "i")
    t.type(".find")
    t.keys("Escape", ".", "#")
    t.wait_last(f"{device} (cmd)> .find", "vi mode: . repeats nothing (it hung), # sends nothing")
    t.keys("d", "d")
    t.tmux("set-buffer", "#dd STATUS")
    t.tmux("paste-buffer", "-p")
    t.wait_last(f"{device} (cmd)> #dd STATUS", "vi mode: what is pasted is text, not commands")
    t.close()
# A wrong line is said, and the others hold; so is a file that cannot be read.
with open(f"{HOME}/.editrc", "w", encoding="ascii") as f:
    f.write("# a comment\nbind ^G em-kill-line\nbidn -v\n\nbind '^Y\nbind ^O ed-move-to-beg\n"
            "bind ^[k em-kill-line\nbind -s '\\eg' STAT\n"
            # What libedit does not survive: it overran a buffer, ran for ever, asked on the terminal.
            f"bind -s q {'a' * 2000}\nbind -sx x yx\nbind -s y y\nbind x ed-command\n")
with simulated(DEVICE) as device:
    t = Terminal(f"{program} -f 'payload LF' {device}")
    t.wait(".editrc:3:", "a wrong line of ~/.editrc")
    t.wait(".editrc:5:", "and one with an open quote")
    t.wait(".editrc:9:", "a word that is too long is refused")
    t.wait(".editrc:10:", "and a macro that types its own key")
    t.wait(".editrc: and 1 more", "but not all is told")
    t.type("nothing xy")
    t.keys("C-g")
    t.type("nor this")
    t.keys("M-k", "M-g")
    t.type("US")
    t.wait_last(f"{device}> STATUS", "the others hold, keys with Alt among them")
    t.keys("Enter")
    t.wait("< READY")
    t.close()
    os.unlink(f"{HOME}/.editrc")
    os.mkfifo(f"{HOME}/.editrc")
    t = Terminal(f"{program} -f 'payload LF' {device}")
    t.wait("cannot read ", "a ~/.editrc that cannot be read is said")
    t.wait_last(f"{device}>", "and the console goes on")
    t.close()
    os.unlink(f"{HOME}/.editrc")
t = Terminal(f"{program} 127.0.0.1:{unused_port()}")
t.wait("connection refused", "a device that is not there is said")
t.wait("esc-cr sends ESC text CR", "the default frame is explained once")
t.keys("X", "Enter")
t.wait("> X  ", "a command to it is not sent")
t.wait("! connection refused: nothing listens there", "and the reason is said in a row")
t.close()
# It is tried again until it is there, and said once.
port = unused_port()
t = Terminal(f"{program} -f 'payload LF' 127.0.0.1:{port}")
t.wait("trying again until", "that it is tried again is said")
time.sleep(1)  # for several tries, of which nothing may be said
with flooding(lambda connection: read_until(connection, b"\n"), port=port):
    t.wait("the line is open", "and that it came")
    t.shows(lambda screen: screen.count("cannot connect") == 1, "once each")
    t.close()
t = Terminal(f"{program} demo")
t.wait_last("demo>", "wilco demo opens the console on the built-in device")
t.wait("try HELP, STATUS, SPEED? or Tab", "and says what to try")
t.keys("Tab")
t.wait("HELP        STOP", "Tab lists its commands")
t.keys("S", "P", "Tab")
t.wait_last("demo> SPEED", "and types what they have in common")
t.keys("?", "Enter")
t.wait("< SPEED=1450", "which are answered")
t.keys("exit", "Enter")
t.wait("> exit", "a word without a dot goes to the device")
t.wait('"exit" went to the device; .help is wilco\'s, Ctrl-D leaves', "with a hint")
t.keys("help", "Enter")
t.wait("> help")
t.shows(lambda screen: screen.count("UNKNOWN COMMAND") == 2, "each is answered")
t.shows(lambda screen: screen.count("went to the device") == 1, "and the hint comes once")
t.keys(".devices", "Enter", ".history", "Enter", ".history", "Enter", ".history", "Enter")
for key, line in (("Escape", ""), ("End", ""), ("Escape", "xy")):
    if line:
        t.keys(line)
        t.wait_last(f"demo> {line}")
    t.keys("PPage")
    t.shows(lambda screen: bool(re.search(r"held( \+\d+)?, Esc: live", screen)), "PageUp holds the screen")
    t.keys(key)
    t.wait("  live", f"{key} goes back to what comes now")
t.wait_last("demo> xy", "what is typed stays")
t.keys("C-u", ".close demo", "Enter")
t.wait(".open demo opens it again", "who takes the demo's device away is told how it comes back")
t.keys(".open demo", "Enter", "ID?", "Enter")
t.wait("< WILCO DEMO PUMP", "and it does")
t.close()
with flooding(lambda connection: read_until(connection, b"\n")) as plain:
    t = Terminal(f"{program} -f 'payload LF' {plain}")
    t.wait("type to send; .help lists commands", "other devices are no demo")
    t.keys("Tab", "ST", "Tab", "U")
    t.wait_last(f"{plain}> STU", "and have no commands that wilco knows")
    t.close()
done()
