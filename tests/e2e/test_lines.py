#!/usr/bin/env python3
"""Replies of several lines: on a terminal each line is one, elsewhere a frame is, and files keep all bytes."""
import re

from golden import golden
from wilcotest import HOME, WRAP, Program, Terminal, device, done, has, need, ok, read_until, run, same

if not need("tmux"):
    done()

program = Program()
PROMPT = b"=> "
FRAME = 'payload LF -> payload LF "=> "'
MEMORY = bytes.fromhex("1b0010ff") + b"ABCDEFGHIJKL" + bytes(range(16)) + b"U-Boot 2023.01\0\0" + b"\xff" * 16
RUN = b"""Building configuration...

Current configuration : 1337 bytes
!
version 15.2
service timestamps debug datetime msec
hostname sw1
!
interface GigabitEthernet0/1
 description uplink to the core switch in the rack on the third floor, port 17 of panel B
 switchport mode trunk
 spanning-tree portfast trunk
!
interface Vlan1
 ip address 10.0.0.2 255.255.255.0
!
end

Port\tName\tStatus
Gi0/1\tuplink\tconnected
""".replace(b"\n", b"\r\n")


def memory():
    """What U-Boot says to md.b: rows of 76 characters, which a terminal has room for."""
    text = b""
    for at in range(0, len(MEMORY), 16):
        row = MEMORY[at:at + 16]
        shown = bytes(b if 32 <= b < 127 else ord(".") for b in row)
        text += b"%08x: %s    %s\r\n" % (at, row.hex(" ").encode(), shown)
    return text


REPLIES = {b"md.b 0 40\n": memory(), b"show run\n": RUN, b"blob\n": MEMORY + b"\n"}


def board(connection):
    while line := read_until(connection, b"\n"):
        connection.sendall(REPLIES.get(line, b"?\n") + PROMPT)


def ask(t, line, seen):
    t.keys(line, "Enter")
    t.wait(seen, f"the reply to {line}")


with device(board) as address:
    # Under valgrind each start takes seconds, and sizes make no difference to it.
    for size in ("80x24", "132x50", "40x10")[:1 if WRAP else 3]:
        columns, rows = map(int, size.split("x"))
        t = Terminal(f"{program} -f '{FRAME}' {address}", columns=columns, rows=rows)
        t.wait_last(f"{address}>")
        ask(t, "blob", "0040 " if columns > 40 else "0030 ")
        ask(t, "md.b 0 40", "................")
        golden(t, f"boot-{size}.txt", f"U-Boot's md.b at {size}")
        ask(t, "show run", "connected")
        golden(t, f"switch-{size}.txt", f"a switch's configuration at {size}")
        t.close()

    t = Terminal(f"{program} --plain -f '{FRAME}' {address}")
    t.wait_last(f"{address}>")
    ask(t, "md.b 0 40", "\n00000030: ff ff")
    t.shows(lambda screen: "\n00000000: 1b 00 10 ff 41 " in screen and "....ABCDEFGHIJKL↵\n" in screen,
            "lines are lines without a split screen, too")
    saved = f"{HOME}/saved.wilco"
    ask(t, f".save {saved}", "saved to")
    t.close()
    with open(saved, encoding="utf-8") as f:
        text = f.read()
    has(text, "\n  00000000: 1b 00 10 ff", "a file has the reply")
    ok(text.count("\\r\\n00000") == 3 and "↵" not in text, "as one line, with all of its bytes", text)

    # A report for people: with real lines, and nothing of the device is Markdown.
    report = f"{HOME}/report.md"
    result = run("-f", FRAME, address, stdin=f"show run\nblob\n# no heading\n.view auto\n.save {report}\n")
    with open(report, encoding="utf-8") as f:
        text = f.read()
    has(text, f"# Report\n\n    device   {address}\n    address  tcp://{address}\n    view     auto\n", "a report has a head")
    ok(re.search(r"\n## \d{4}-\d\d-\d\d\n\n    frame    payload LF -> payload LF \"=> \"\n\n", text), "the day and the frame",
       text)
    ok(re.search(r"\n    \d\d:\d\d:\d\d\.\d{3} > show run\n    \d\d:\d\d:\d\d\.\d{3} < +\S+ .?s  delimiter LF 3d 3e SP\n"
                 r"      Building configuration\.\.\.\n", text), "when, what was sent, what came, and how", text)
    has(text, "\n       description uplink to the core switch in the rack on the third floor, port 17 of panel B\n"
        "       switchport mode trunk\n", "as lines, without marks")
    has(text, "\n      Port    Name    Status\n", "which have their tabs")
    has(text, "\n                 0000  1b 00 10 ff", "or as a dump")
    ok(all(line.startswith(("    ", "# Report", "## 2")) or not line for line in text.split("\n")),
       "nothing of the device can be Markdown", text)
    same((result.code, "the report is in" in result.err), (0, True), "and it is said where it is")

    out = run("-f", FRAME, str(address), stdin=b".view auto\nmd.b 0 40\nblob\n").out
    same([line[:12] for line in out.splitlines()], ["00000000: 1b", "\\x1b\\x00\\x10"],
         "in a pipe a frame is one line")

done()
