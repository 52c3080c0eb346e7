#!/usr/bin/env python3
"""No byte of a device reaches the terminal unescaped: the bytes that a terminal gets are compared
with what wilco may write."""
import os
import random

from hostile import CANARIES
from ports import Machine
from wilcotest import HOME, device, done, has, ok, on_pty, read_until, run, same, some

ATTACKS = {
    "clipboard (OSC 52)": b"\x1b]52;c;cm0gLXJmIC8=\x07",
    "clear screen": b"\x1b[2J\x1b[1;1H",
    "title": b"\x1b]0;pwned\x1b\\",
    "report request": b"\x1bP$q\"p\x1b\\\x1b[6n\x05",
    "C1 bytes": b"\x9b2J\x90\x9d52;c;AA\x9c",
    "C1 in UTF-8": b"\xc2\x9b2J",
    "bidirectional marks": "\u202egnp.exe\u2066\u200f".encode(),
    "zero width": "a\u200b\u0301\u0301\u0301".encode(),
    "marks over marks": ("\u0e17" + "\u0e35" * 40 + "a\u0e35 \u0645\u064f\u0651 \u0928\u094d\u0926").encode(),
    "charset switch": b"\x0e\x0f\x1b(0",
    "backspaces": b"OK\x08\x08NO\r\x0b\x0c",
    "broken UTF-8": b"\xff\xfe\xc0\x80\xe2\x80",
    "tag characters": "\U000e0041\U000e007f".encode(),
    "a NUL": b"a\0b",
}


def spelled_is_safe(data):
    """What a line-mode program of ours may write for a reply: printable characters and LF."""
    text = data.replace(b"\r\n", b"\n").decode("utf-8")
    return all(c == "\n" or (c.isprintable() and c not in "\u200b\u202e") for c in text)


def serve(reply):
    def handler(connection):
        while read_until(connection, b"\n"):
            connection.sendall(len(reply).to_bytes(2, "big") + reply)
    return handler


FRAME = "payload LF -> len:u16be payload"
for name, attack in some(ATTACKS.items()):
    with device(serve(attack)) as address:
        got = on_pty("send", "-f", FRAME, address, "X")
        ok(spelled_is_safe(got), f"{name}: the terminal gets only printable characters", got)
        piped = run("send", "-f", FRAME, address, "X")
        back = run("send", "--dry-run", "-o", "raw", "-f", "len:u16be payload", "h",
                   piped.out.removesuffix("\n")).raw
        same(back[2:], attack, f"{name}: and what is printed reads back to the same bytes")

random.seed(11)
replies = [bytes(random.choices(range(256), k=random.randrange(1, 60))) for _ in range(300)]


def many(connection):
    for reply in replies:
        if not read_until(connection, b"\n"):
            return
        connection.sendall(len(reply).to_bytes(2, "big") + reply)


with device(many) as address:
    got = on_pty("send", "-f", FRAME, address, "-", stdin=b"X\n" * len(replies))
    ok(spelled_is_safe(got), "300 random replies: only printable characters", got[:200])
    same(got.count(b"\n"), len(replies), "a line each")
with device(many) as address:
    got = on_pty("send", "-o", "json", "-f", FRAME, address, "-", stdin=b"X\n" * len(replies))
    ok(all(32 <= b < 127 or b in b"\r\n" for b in got), "JSON is ASCII")
with device(many) as address:
    got = on_pty("send", "-f", FRAME, address, "-", stdin=b"X\n" * len(replies),
                 env={"LC_ALL": "C"})
    ok(all(32 <= b < 127 or b in b"\r\n" for b in got), "a terminal without UTF-8 gets ASCII")

# Unsolicited and broken bytes go to standard error, which is a terminal too.
with device(lambda c: c.sendall(b"\x1b]0;x\x07\x1b[2J" * 3) or read_until(c, b"\n")) as address:
    got = on_pty("send", "-t", "3s", "-f", "payload LF -> STX payload ETX", address, "X")
    ok(spelled_is_safe(got), "stray bytes are escaped on standard error", got)
    has(got, b"\\x1b]0;x\\x07", "and shown")

# Names and files that others chose: frames, ports, targets, macros, logs.  In UTF-8 every CJK character has bytes
# that are C1 controls of a terminal with 8 bits: U+4E1B ends in CSI.
EVIL = "\x1b[31337m\u4e1b\u202e\x9b31337m\x07"
LINE = b"".join(c for c in CANARIES if not set(c) & {10, 13}) + EVIL.encode()
os.makedirs(f"{HOME}/config/wilco")
os.makedirs(f"{HOME}/data/wilco/macros")
machine = Machine(f"{HOME}/machine")
machine.usb("ttyUSB0", "1-1", "ftdi_sio", "0403:6001", maker=EVIL, model=EVIL, serial=EVIL, by_id=f"usb-{EVIL}")
machine.program(77, EVIL[:15], "ttyUSB0")


def write(path, data):
    with open(f"{HOME}/{path}", "wb") as f:
        f.write(data)


def talks(connection):
    while read_until(connection, b"\n"):
        connection.sendall(LINE + b"\n")


NAME = f"{HOME}/{EVIL}.wilco"
with device(talks) as address:
    write("config/wilco/config", f".frame evil = '{EVIL}' payload LF\n".encode())
    write(f"data/wilco/macros/{EVIL}.wilco", f"# {EVIL}\nX\n".encode())
    write(f"{EVIL}.wilco", f"# {EVIL}\nX{EVIL}\n  {EVIL}\n".encode())
    write(EVIL, f"d1 {address}\nd2 {address}\n".encode())
    write(f"{EVIL}.log", b"".join(b"2026-11-23T12:01:02.123456Z " + EVIL.encode() + b" %c " % way + b"".join(
        b"\\x%02x" % byte if byte < 32 else b"%c" % byte for byte in LINE) + b"\\x0a\n" for way in b"><"))
    for name, *words in some((
            ("the list of frames", "frame", "list"), ("a frame in words", "frame", "show", "evil"), ("ports", "ports"),
            ("what completion offers", "__complete", "--", "play", ""),
            ("steps", "play", "-f", "line", "--device", address, NAME),
            ("TAP", "play", "--report-tap", "-", "-f", "line", "--device", address, NAME),
            ("JUnit", "play", "--report-junit", "-", "-f", "line", "--device", address, NAME),
            ("groups of a fleet", "fleet", "-f", "line", f"{HOME}/{EVIL}", "X"),
            ("replies of a fleet", "fleet", "-v", "-f", "line", f"{HOME}/{EVIL}", "X"),
            ("a target that is wrong", "fleet", f"a\u4e1b,{EVIL}", "X"),
            ("a log as a macro", "import", f"{HOME}/{EVIL}.log"),
            ("a log as a macro with a frame", "import", "-f", "line", f"{HOME}/{EVIL}.log"))):
        for locale in ("C.UTF-8", "C", "de_DE.ISO-8859-1"):
            got = on_pty(*words, env={"LC_ALL": locale, "XDG_DATA_HOME": f"{HOME}/data", **machine.env})
            safe = spelled_is_safe(got.replace(b"\t", b" ")) and (got.isascii() or locale == "C.UTF-8")
            ok(safe and got, f"{name}, {locale}: the terminal gets only printable characters", got)
os.remove(f"{HOME}/config/wilco/config")

r = run("send", "h\x1b]0;x\x07", "X")
ok("\x1b" not in r.err and r.code == 2, "a control byte in an argument is escaped in the message", r)
done()
