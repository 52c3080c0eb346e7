#!/usr/bin/env python3
"""What covers the transcript for a while: help, the settings, what Tab could type; and the keys in the two
bottom rows while keys are commands."""
import os
import re
import socket

from golden import golden
from wilcotest import HOME, Program, Terminal, device, done, need, ok, read_until, same, wait_for

if not need("tmux"):
    done()

program = Program()


def bottom(screen):
    return "\n".join(screen.splitlines()[-2:])


def timeless(screen):
    """The screen without the status row, in which the time goes on."""
    return [line for line in screen.splitlines() if "──" not in line]


asked = []


def busy(connection):
    """Says something by itself after each command but the first."""
    while line := read_until(connection, b"\n"):
        asked.append(line)
        connection.sendall(b"ok " + line + b"ALARM\n" * (len(asked) > 1))


with device(busy) as address:
    t = Terminal(f"{program} -f 'payload LF' {address}")
    prompt = f"{address}>"
    t.wait_last(prompt)
    t.keys("first", "Enter")
    t.wait("< ok first")
    t.type("half a line")
    t.wait("12 bytes")
    before = timeless(t.screen())
    t.keys("F1")
    t.wait("rows 1 to ", "F1 covers the transcript")
    t.shows(lambda screen: "Esc close" in bottom(screen) and "half a line" not in screen,
            "the bottom rows say what the keys do, in the place of the line")
    t.keys("G")
    t.shows(lambda screen: re.search(r"rows \d+ to (\d+) of \1\b", screen), "G goes to the end")
    t.keys("g", "NPage", "PPage", "Down", "Up", "j", "k")
    t.wait("rows 1 to ", "the keys of a pager move over it")
    t.keys("x")
    t.wait("Esc closes this", "a letter without a meaning says how to go on")
    t.keys("/")
    t.type("TIMEX")
    t.wait("/TIMEX", "/ searches")
    t.keys("BSpace")
    t.shows(lambda screen: re.search(r"found 1 of \d+", screen), "at once, whatever the case")
    t.keys("Enter", "n")
    t.shows(lambda screen: re.search(r"found 2 of \d+", screen), "n finds the next one")
    t.keys("N", "N")
    t.shows(lambda screen: re.search(r"found (\d+) of \1\b", screen), "N goes back, round the beginning")
    t.keys("/")
    t.type("no such word " + "x" * 90)
    t.shows(lambda screen: re.match("/x+$", screen.splitlines()[-1]), "the end of a long search is seen")
    t.keys("Enter")
    t.wait("not found", "what is not there is said")
    t.keys("F1")
    t.wait_last(f"{prompt} half a line", "F1 closes it, and the line is as it was")
    t.shows(lambda screen: timeless(screen) == before, "so is the transcript")

    # The transcript goes on beneath it.
    t.keys("C-u")
    t.keys(".bind F5 second", "Enter", "F5")
    t.wait("* ALARM", "what comes is in the record")
    t.keys(".wait 1s", "Enter", "third", "Enter", "F1")
    t.wait("rows 1 to ")
    wait_for(lambda: len(asked) == 3, "the command that waited")
    t.shows(lambda screen: "rows 1 to " in screen and "ok third" not in screen, "help stays while something comes")
    t.keys("q")
    t.wait("ok third", "which stands there when it is closed")
    t.shows(lambda screen: screen.count("* ALARM") == 2 and "rows 1" not in screen, "all of it")

    # A size for it, and none.
    t.keys("F1")
    for columns, rows in ((40, 10), (20, 3), (10, 1), (132, 50), (80, 24)):
        t.tmux("resize-window", "-x", str(columns), "-y", str(rows))
        t.shows(lambda screen, rows=rows: len(screen.splitlines()) <= rows, f"{columns}x{rows}")
    t.wait("rows 1 to ", "it is drawn anew for each size")

    # A dot begins a command; a paste is for the line.
    t.keys(".")
    t.shows(lambda screen: screen.splitlines()[-1].startswith(f"{prompt} ."), "a dot closes it and begins a command")
    t.keys("C-u", ".set", "Enter")
    t.wait("timeout", ".set is such a sheet, too")
    t.shows(lambda screen: re.search(r"^ settings ", screen, re.M), "with its name")
    t.tmux("set-buffer", "pasted")
    t.tmux("paste-buffer", "-p")
    t.wait_last(f"{prompt} pasted", "a paste closes it and stands on the line")
    t.keys("C-u")

    # What Tab could type stands above the line, which goes on.
    t.type(".f")
    t.keys("Tab")
    t.shows(lambda screen: ".filter" in screen and ".fleet" in screen and screen.splitlines()[-1] == f"{prompt} .f",
            "Tab lists what could follow, and the line stays")
    t.shows(lambda screen: "ok third" in screen, "in no more rows than it needs")
    t.type("i")
    t.wait_last(f"{prompt} .fi")
    t.shows(lambda screen: ".fleet" not in screen, "the next key closes the list, and is typed")
    t.keys("Tab")
    t.wait(".filter")
    t.keys("Escape")
    t.shows(lambda screen: ".filter" not in screen and screen.splitlines()[-1] == f"{prompt} .fi", "Esc closes it, too")
    t.keys("C-u", ".")
    t.keys("Tab")
    t.wait(".all")
    t.tmux("resize-window", "-x", "40", "-y", "10")
    t.wait("rows 1 to ")
    t.keys("Tab")
    t.shows(lambda screen: "rows 1 to " not in screen and "rows" in screen, "Tab shows the next ones")
    t.tmux("resize-window", "-x", "80", "-y", "24")
    t.keys("C-u")

    # Browsing beneath it.
    t.keys("C-o")
    t.wait("browsing   Up/Down", "who browses sees the keys")
    t.keys("h")
    t.wait("rows 1 to ", "h is help")
    t.keys("Escape")
    t.wait("browsing   Up/Down", "and Esc goes back to browsing")
    t.keys("Escape")
    t.wait_last(prompt, "and then to the line")
    t.close()

# ---- what help says ----

for columns, rows in ((80, 24), (132, 50), (40, 10)):
    t = Terminal(f"{program} demo", columns=columns, rows=rows)
    t.wait_last("demo>")
    t.keys("F1")
    t.wait("keys while a line is typed", f"{columns}x{rows}: keys come first")
    golden(t, f"help-{columns}x{rows}.txt", f"help at {columns}x{rows}")
    if columns >= 80:
        t.shows(lambda screen: re.search(r"^ \.open .*^ \.record ", screen, re.M | re.S) and "PageUp " in screen,
                "the commonest keys and the ten commonest commands are on the first page")
    t.keys("/")
    t.type("commonest c")
    t.wait("found 1 of 1")
    t.keys("Enter")
    golden(t, f"common-{columns}x{rows}.txt", f"the commonest commands at {columns}x{rows}")
    t.keys("Escape")
    t.shows(lambda screen: "found 1" not in screen, "Esc closes it")
    t.keys(".set", "Enter")
    if columns < 132:  # there all of them stand, and the next one would change the picture
        golden(t, f"set-{columns}x{rows}.txt", f"the settings at {columns}x{rows}")
    t.wait("settings")
    t.keys("Escape")
    t.shows(lambda screen: "settings" not in screen, "Esc closes them")
    t.keys("Tab")
    t.wait("Tab could type")
    golden(t, f"words-{columns}x{rows}.txt", f"the words of Tab at {columns}x{rows}")
    t.close()

t = Terminal(f"{program} demo")
t.wait_last("demo>")
for word, parts in (("modbus", ("modbus-tcp    Modbus TCP", "frames (.frame NAME)")),
                    ("log", (".log [FILE | off]", "for example:", "settings (.set NAME=VALUE)")),
                    ("baud", ("bits a second",)), ("Ctrl-X", ("the next open device (next-session)",)),
                    ("alarm", (".highlight [/PATTERN/",)),
                    ("LATE REPLY", ("resync", "how long a late reply is waited for")),
                    ("frames", ("esc-cr-nul", "the same on a line that stays open")), ("settings", ("from the last byte sent",)),
                    ("keys", ("keys while a line is typed",))):
    t.keys(f".help {word}", "Enter")
    for part in parts:
        t.wait(part, f".help {word} has {part!r}")
    t.keys("Escape")
    t.shows(lambda screen: "Esc close" not in screen, "it is closed")
t.keys(".help nosuchword", "Enter")
t.wait("nothing is known about 'nosuchword'", "what nobody knows is said")
t.keys("C-u", "C-o")
t.wait("browsing   Up")
t.keys("F1")
t.wait("the commonest keys while browsing (Ctrl-O)", "who browses sees those keys first")
t.shows(lambda screen: re.search(r"^ \.open .*^ \.record ", screen, re.M | re.S), "and the commands beside them")
t.shows(lambda screen: "keys while a line is typed" not in screen, "and no others")
t.close()

# The manual, and the rows of browsing, say the same.
t = Terminal(f"{program} --plain demo", columns=132, rows=150)
t.wait_last("demo>")
t.keys(".help keys", "Enter")
t.wait("keys while help covers the transcript:")
t.wait_last("demo>")
told = {}
for line in t.screen().splitlines():
    if head := re.fullmatch(r"keys (.*):", line):
        told[head[1]] = []
    elif told and line.startswith("  "):
        named = re.fullmatch(r"[a-z-]+ {2,}(.*)", line[30:])
        told[list(told)[-1]].append((line[2:29].strip(), named[1] if named else line[30:]))
t.close()
with open(f"{os.environ['srcdir']}/doc/wilco.1", encoding="utf-8") as f:
    manual = f.read()
for mode, keys in told.items():
    listed = manual.split(f"\nKeys {mode}:\n.Bl ")[1].split("\n.El\n")[0]
    plain = listed.replace("\\e", "\\").replace("\\&", "")
    same(re.findall(r'^\.It "(.*)"\n(.*)', plain, re.M), keys, f"the manual lists the keys {mode}")
ok(len(told) == 4, "there are four uses of keys", list(told))

# ---- a tap, a file, and one's own names ----

with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
with device(busy) as address:
    t = Terminal(f"{program} tap -f 'payload LF' 127.0.0.1:{port} {address}")
    t.wait_last("tap>")
    t.keys("F1", "/", "commonest", "Enter")
    t.wait(".hold > SPEED", "in a tap help has what taps do")
    t.shows(lambda screen: ".open" not in screen, "and not what they cannot do")
    t.keys("/", "send a break", "Enter")
    t.wait("not found", "nor keys for a device")
    t.keys("q")
    t.wait_last("tap>")
    t.close()
with open(f"{HOME}/one.hex", "w", encoding="utf-8") as f:
    f.write("> 41 0a\n< 42 0a\n")
t = Terminal(f"{program} view -f 'payload LF' {HOME}/one.hex")
t.wait(" file ", "a file has its keys in the bottom rows")
t.shows(lambda screen: "q leave" in bottom(screen) and "send again" not in bottom(screen), "those that do something")
t.keys("F1")
t.wait("keys while browsing (Ctrl-O)", "help is there, too")
t.keys("/", "leave wilco", "Enter")
t.shows(lambda screen: re.search(r"^ q, Ctrl-D +leave wilco", screen, re.M), "with the keys of a file")
t.keys("Escape")
t.shows(lambda screen: "found" not in screen and "> A" in screen, "and Esc goes back to it")
t.close()
hostile = f"{HOME}/hostile"
os.makedirs(hostile, exist_ok=True)
for name in ("a\033[2Jb", "a\n.quit", "a\u202eb", "aok", "aoh"):
    with open(f"{hostile}/{name}", "w", encoding="utf-8"):
        pass
t = Terminal(f"{program} demo")
t.wait_last("demo>")
t.type(f".save {hostile}/a")
t.keys("Tab")
t.shows(lambda screen: screen.splitlines()[-1].endswith("/ao"), "Tab types what they have in common")
t.keys("Tab")
t.wait("/aoh  ", "names of files are listed")
t.shows(lambda screen: "[2J" not in screen and ".quit" not in screen, "but none that is no plain text")
t.close()
done()
