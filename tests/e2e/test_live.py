#!/usr/bin/env python3
"""A reply that grows is on the screen while it grows; keys reach the device meanwhile."""
import contextlib
import re

from golden import golden
from wilcotest import WRAP, Terminal, command, device, done, need, ok

if not need("tmux"):
    done()

FRAME = 'payload LF -> payload LF "=> "'


def port(i):
    return b"interface GigabitEthernet0/%d\r\n description port %d\r\n!\r\n" % (i, i)


def board(connection):
    """Begins replies, and ends them when it gets a Ctrl-C."""
    begins = {b"dots": b"." * 15, b"show run": b"".join(port(i) for i in range(30)), b"words": b"one\r\ntwo",
              b"dump": bytes(range(200, 240)), b"evil": b"a\x1b[2J\x9b31m\xe2\x80\xaeb\r", b"hunter22": b"hunter22 it is"}
    got = b""
    with contextlib.suppress(OSError):
        while data := connection.recv(100):
            got += data
            while b"\n" in got or b"\x03" in got:
                cut = min(i for i in (got.find(b"\n"), got.find(b"\x03")) if i >= 0)
                line, end, got = got[:cut], got[cut:cut + 1], got[cut + 1:]
                connection.sendall(b"^C\r\n=> " if end == b"\x03" else begins.get(line, b"fine\n=> "))


def start(address, *options, **more):
    t = Terminal(" ".join(command("-f", f"'{FRAME}'", "-t", "60s", *options, address)), **more)
    t.shows(lambda screen: screen.rstrip().endswith(">"), "a prompt")
    return t


def counted(count):
    return f"▌ {count} bytes so far"


RUN = len(b"".join(port(i) for i in range(30)))
with device(board) as address:
    # Under valgrind each start takes seconds, and sizes make no difference to it.
    for size in ("80x24", "132x50", "40x10")[:1 if WRAP else 3]:
        columns, rows = map(int, size.split("x"))
        for line, count in (("dots", 15), ("show run", RUN)):
            t = start(address, columns=columns, rows=rows)
            t.ask(line)
            t.wait(counted(count), f"{line}: what has come")
            t.shows(lambda screen, wide=columns > 40: re.search(
                r"waiting \d+ s; Ctrl-\\ sends Ctrl-C" if wide else r"waiting \d+ s", screen), "and what can be done")
            name = line.split(maxsplit=1)[0]
            golden(t, f"live-{name}-{size}.txt", f"a reply to {line} that grows at {size}")
            t.keys("C-\\")
            t.shows(lambda screen: "so far" not in screen and "^C" in screen, "a key sends Ctrl-C, which ends it")
            t.close()

    t = start(address)
    t.ask("dots")
    t.wait("‹ ..............." + counted(15), "a reply that grows")
    for view, shown in (("hex", "‹ 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e▌"),
                        ("dump", "0000  2e 2e 2e 2e"), ("text", "‹ ...............▌")):
        t.ask(f".view {view}")
        t.wait(shown, f"in the view {view}")
    t.keys("C-c")
    t.wait("given up after 15 bytes of the reply", "giving up tells what had come")
    t.wait("! ............... ", "and shows it")
    t.ask("next")
    t.shows(lambda screen: re.search(r"> next .*waits \d+ s for a late reply; Ctrl-\\ sends Ctrl-C", screen),
            "what waits for a late reply says how long, and which key sends something now")
    t.keys("C-\\")
    t.wait("late", "which it does")
    t.wait("< fine", "and the next command is answered")
    t.close()

    # ---- other keys, a narrow row, hostile bytes ----

    t = start(address)
    t.ask(".bind Ctrl-G send-interrupt")
    t.ask(".bind Ctrl-\\ off")
    t.ask("words")
    t.shows(lambda screen: re.search(r"waiting \d+ s; Ctrl-G sends Ctrl-C", screen), "the row names the key that does it")
    t.shows(lambda screen: re.search(r"‹ one↵\n +two▌ 8 bytes so far", screen), "lines are lines while they come")
    t.keys("C-g")
    t.wait("^C", "and that key does it")
    t.ask("evil")
    t.wait("a\\x1b[2J\\x9b31m\\xe2\\x80\\xaeb\\r", "nothing of the device reaches the terminal while it comes")
    t.keys("C-g")
    t.ask(".view auto")
    t.ask("dump")
    t.wait("0020  e8 e9 ea", "bytes that are no text are dumped while they come")
    t.keys("C-g")
    t.close()

    # ---- a secret might be among what comes ----

    t = start(address, env={"WILCO_SECRET_PIN": "hunter22"})
    t.ask("\\{secret:PIN}")
    t.wait("‹ " + counted(14), "where a secret may be among what comes, its length is told")
    ok("hunter" not in t.screen(), "and not the secret", t.screen())
    t.keys("C-\\")
    t.wait("< \\{secret:PIN} it is", "before it is whole and has its name")
    t.close()

    # ---- lines ----

    t = start(address, env={"TERM": "dumb"})
    t.ask("words")
    t.shows(lambda screen: re.search(r"^‹ one\\r\\ntwo▌ 8 bytes so far, waiting \d+ s; Ctrl-\\ sends Ctrl-C$",
                                     screen, re.M), "in lines the row stands in the place of the prompt")
    t.type("x")
    t.wait_last(f"{address}> x", "which comes back with what is typed")
    t.keys("BSpace")
    t.wait("▌ 8 bytes so far")
    t.keys("C-\\")
    t.wait_last(f"{address}>", "and when the reply is there")
    t.shows(lambda screen: "so far" not in screen and "two^C" in screen, "the row has gone")
    t.close()

done()
