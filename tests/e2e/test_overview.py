#!/usr/bin/env python3
"""All open devices in one list, which stays true while it is open; and the list of devices that a console
without one begins with."""
import os
import re
import threading

from golden import golden
from wilcotest import HOME, WRAP, Program, Terminal, device, done, has, need, ok, read_until, run, unused_port, wait_for

if not need("tmux"):
    done()

program = Program()
SPEEDS = (1400, 1420, 1450, 1500, 1480, 1460, 1410, 1450)
EVIL = b"a\x1b[2J\x9b31m\xe2\x80\xaeb \xe4\xb8\xad\xe6\x96\x87 \xff"
# At 80 columns a name of 31 cells leaves no room for the round trip, whatever it is.
speak = threading.Event()


def pump(connection):
    """Tells its speed eight times, and then nothing more."""
    told = 0
    while line := read_until(connection, b"\n"):
        if line != b"SPEED?\n":
            connection.sendall(b"READY\n")
        elif told < len(SPEEDS):
            connection.sendall(b"%d rpm\n" % SPEEDS[told])
            told += 1


def scope(connection):
    while read_until(connection, b"\n"):
        connection.sendall(EVIL + b"\n")


def meter(connection):
    """Says something by itself, when it is told to."""
    connection.sendall(b"hello\n")
    while read_until(connection, b"\n"):
        speak.wait(60)
        speak.clear()
        connection.sendall(b"x" * 5000 + b"\n")


def rows_of(screen):
    """Returns the rows of the list: number, and what follows."""
    return dict(re.findall(r"^[ >]([1-9]) (.*)$", screen, re.M))


silent = unused_port()
with device(pump) as one, device(scope) as two, device(meter) as three:
    os.makedirs(f"{HOME}/config/wilco", exist_ok=True)

    def book(spares):
        """Writes a configuration with four devices, and so many others."""
        with open(f"{HOME}/config/wilco/config", "w", encoding="ascii") as f:
            f.write(f".device pump1 {one} frame='payload LF' timeout=60s\n"
                    f".device oscilloscope-in-the-main-cellar {two} frame='payload LF'\n"
                    f".device plc 127.0.0.1:{silent} frame='payload LF'\n"
                    f".device meter {three} frame='payload LF' timeout=60s\n")
            for number in range(spares):
                f.write(f".device spare{number} 127.0.0.1:{silent}\n")

    book(2)
    opened = ".open pump1\n.open oscilloscope-in-the-main-cellar\n.open meter\n"


    # Without a window it is printed.
    r = run(stdin=".overview\n")
    has(r.err, "no device is open", "without a device it says how to get one")
    r = run(stdin=opened + ".use 1\nx\n.use 2\nx\n.overview\n")
    rows = rows_of(r.out)
    ok(re.fullmatch(r"pump1 +open +\d+ s  READY", rows.get("1")), "a pipe gets it as lines", r)
    ok(re.fullmatch(r"oscilloscope-in-the-main-cellar +open +\d+ s  a\\x1b\[2J\\x9b31m\\xe2\\x80\\xaeb 中文 \\xff",
                    rows.get("2")), "what came is escaped", r)
    ok(re.search("^>2", r.out, re.M), "the current device is marked", r)

    def look(size, env=None):
        """Opens a console of this size, with all four devices and a list over the transcript."""
        columns, rows = map(int, size.split("x"))
        t = Terminal(f"{program} pump1", columns=columns, rows=rows, env=env)
        t.wait_last("pump1>")
        t.keys(".watch speed 10ms 'SPEED?' /([0-9]+)/ rpm", "Enter")
        t.wait("speed 1450 rpm")
        for name in ("oscilloscope-in-the-main-cellar", "plc", "meter"):
            t.keys(f".open {name}", "Enter")
            t.shows(lambda screen, name=name: name.endswith(screen.splitlines()[-1].strip("~>")),
                    f"{name} is open")
        t.keys(".use 2", "Enter", "x", "Enter")
        t.wait("> x")
        t.keys("F3")
        t.shows(lambda screen: re.search(r"^ 4 meter.*hello", screen, re.M), "F3 shows all devices")
        return t

    for size in ("80x24", "132x50", "40x10")[:1 if WRAP else 3]:
        t = look(size)
        golden(t, f"devices-{size}.txt", f"the list at {size}")
        t.close()
    t = look("80x24", {"LC_ALL": "C"})
    t.shows(lambda screen: re.search(r"^ 1 pump1 .* 1450 rpm +1450 rpm$", screen, re.M),
            "without UTF-8 the number stands there without a chart")
    t.close()

    # It stays true while it is open, and takes keys.
    t = look("80x24")
    t.keys("F3", ".use meter", "Enter", "ASK", "Enter", ".use 2", "Enter", "F3")
    t.shows(lambda screen: re.search(r"^meter  .* hello", rows_of(screen).get("4", "")), "nothing new has come")
    speak.set()
    t.shows(lambda screen: re.search(r"^meter\* .* 0 s .*x~$", rows_of(screen).get("4", "")),
            "what comes is in it at once, and a star says so")
    t.shows(lambda screen: re.search(r"^meter\* .* [1-9] s ", rows_of(screen).get("4", "")), "and its age goes on")
    t.keys("Down", "Down", "Enter")
    t.wait_last("meter>", "Enter goes to the selected device")
    t.keys(".over", "Enter")
    t.wait("devices: Enter or a number goes there", "the verb shows it, too")
    t.keys("g", "Up", "Enter")
    t.wait_last("pump1>", "the selection stops at the first one")
    t.keys("F3", "G")
    t.shows(lambda screen: re.search(r"^spare1 +Enter opens  tcp 127", rows_of(screen).get("6", "")) and
            "Enter open  " in screen, "devices of the book that are not open follow")
    t.keys("Up", "Enter")
    t.wait_last("spare0>", "and Enter opens one")
    t.keys("F3")
    t.shows(lambda screen: re.search(r"^spare0 +(connecting|down|closed) ", rows_of(screen).get("5", "")) and
            "Enter go there  " in screen, "which is one of the open ones then")
    t.keys("1")
    t.wait_last("pump1>")
    t.keys("F3", "9", "0", "x")
    t.wait("Esc closes this", "a number that no device has does nothing")
    t.keys("2")
    t.wait_last("oscilloscope-in-the-main-cellar>", "a digit goes there at once")
    t.keys("C-o", "l")
    t.keys("/")
    t.type("plc")
    t.keys("Enter", "Enter")
    t.wait("browsing", "who browses comes back to browsing")
    t.keys("Escape")
    t.wait_last("plc>", "and a search selects what it finds")
    t.keys("F3", "F3")
    t.shows(lambda screen: "devices: Enter" not in screen, "F3 closes it")
    t.keys("F3")
    for columns, rows in ((40, 10), (20, 3), (10, 1), (132, 50), (80, 24)):
        t.tmux("resize-window", "-x", str(columns), "-y", str(rows))
        t.shows(lambda screen, rows=rows: len(screen.splitlines()) <= rows, f"{columns}x{rows}")
    t.wait("devices: Enter or a number goes there", "it is drawn anew for each size")
    t.keys("C-d", "C-d")
    ok(wait_for(t.ended, "the end"), "Ctrl-D closes it, and then leaves")
    t.close()

    book(30)
    # More than nine: a digit waits for the next one where another number begins so.
    t = Terminal(f"{program} pump1", rows=14)
    t.wait_last("pump1>")
    for number in range(2, 13):
        t.keys(f".open spare{number}", "Enter")
        t.wait_last(f"spare{number}>")
    t.keys("F3", "1")
    t.shows(lambda screen: re.search(r"^ +1 pump1", screen, re.M) and "devices: Enter" in screen,
            "1 may be the beginning of 12")
    t.keys("1")
    t.wait_last("spare11>", "and another digit goes to 11")
    t.keys("F3", "/", "spare3")
    t.wait("Esc back", "a search")
    t.keys("Escape")
    t.shows(lambda screen: "Esc back" not in screen, "is given up")
    t.keys("Enter")
    t.shows(lambda screen: "devices: Enter" not in screen and screen.endswith("spare11>"),
            "and the device is selected that was before")
    t.keys("F3", "/", "spare", "Enter", "g", "n", "Enter")
    t.wait_last("spare2>", "n goes on from the device that is selected")
    t.keys("F3", "1", "Enter")
    t.wait_last("pump1>", "or Enter to 1")
    t.close()

    # A tap only listens.
    t = Terminal(f"{program} tap -f line 127.0.0.1:0 {two}")
    t.wait_last("tap>")
    t.keys("F3")
    t.wait("a tap opens no devices of its own", "a tap has no such list")
    t.close()

    # A console without a device.
    t = Terminal(program, rows=10)
    t.wait("open a device: Enter, or its number", "a console without a device begins with a list")
    t.keys("Up", "Down", "Up", "Enter")
    t.wait_last("pump1>", "Enter opens one")
    t.close()
    book(230)
    t = Terminal(program)
    t.wait("open a device: Enter, or its number")
    t.keys("G")
    t.wait("214 more in the device book; .devices lists them", "what there is no room for is said")
    t.keys("Escape")
    t.wait("a number opens one of these", "who closes it has it as lines")
    t.keys("F3")
    t.shows(lambda screen: re.search(r"^ +1 pump1 +Enter opens  tcp", screen, re.M),
            "F3 has the book, too")
    t.keys("End")
    t.wait("34 more in the device book; .devices lists them", "of which there are many")
    t.keys("Escape")
    t.shows(lambda screen: "devices: Enter" not in screen, "Esc closes it")
    t.keys("2", "Enter")
    t.wait_last("oscilloscope-in-the-main-cellar>", "and types a number")
    t.close()
done()
