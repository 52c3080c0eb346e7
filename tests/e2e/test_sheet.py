#!/usr/bin/env python3
"""What covers the transcript for a while: help, the settings, what Tab could type; and the keys in the two
bottom rows while keys are commands."""
import re

from wilcotest import Terminal, command, device, done, need, ok, read_until, wait_for

if not need("tmux"):
    done()

program = " ".join(command())


def bottom(screen):
    return "\n".join(screen.splitlines()[-2:])


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
    before = t.screen()
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
    t.type("no such word")
    t.keys("Enter")
    t.wait("not found", "what is not there is said")
    t.keys("F1")
    t.wait_last(f"{prompt} half a line", "F1 closes it, and the line is as it was")
    ok(t.screen() == before, "so is the transcript", t.screen())

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
    t.keys("Tab", "Escape")
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
done()
