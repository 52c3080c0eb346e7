#!/usr/bin/env python3
"""Rules about replies on real connections: ack, nak, bid, echo, times, until, while, async."""
import contextlib
import json
import threading
import time
from functools import reduce

from wilcotest import LIMIT, device, done, has, ok, read_until, run, same


def lrc(body):
    return bytes([reduce(lambda a, b: a ^ b, body, 0)])


def frame(text):
    return b"\x02" + text + b"\x03" + lrc(text + b"\x03")


def exactly(connection, n):
    got = b""
    while len(got) < n:
        data = connection.recv(n - len(got))
        if not data:
            raise OSError
        got += data
    return got


class Log(list):
    """What the device saw, in order."""


def session(words, handler):
    log, over = Log(), threading.Event()

    def serve(connection):
        with contextlib.suppress(OSError):
            handler(connection, log)
            log.append(connection.recv(100))
        over.set()
    with device(serve) as address:
        result = run("send", "-t", "20s", *words[:-1], address, words[-1])
        over.wait(LIMIT)
    return result, log


COMMAND = frame(b"GO")


def refuses_twice(c, log):
    for answer in (b"\x15", b"\x15", b"\x06" + frame(b"DONE")):
        log.append(exactly(c, len(COMMAND)))
        c.sendall(answer)


# ---- replies of named frames that go on ----


def in_parts(*parts):
    def handler(connection):
        with contextlib.suppress(OSError):
            connection.recv(100)
            for part in parts:
                connection.sendall(part)
                time.sleep(0.1)
            connection.recv(100)
    return handler


for name, parts, replies in (
        ("marlin", (b"Error:Line Number\nResend: 3\n", b"ok\n"), ["Error:Line Number", "Resend: 3", "ok"]),
        ("gdb", (b"+$O6869#2c", b"$OK#9a"), ["O6869", "OK"]),
        ("gdb", (b"+$OK#9a",), ["OK"])):
    with device(in_parts(*parts)) as where:
        r = run("send", "--json", "-t", "20s", "-f", name, where, "X")
    same([x["reply"] for x in json.loads(r.out)["replies"] if x["reply"]], replies, f"{name} goes on to the end")


def only_acks(connection):
    exactly(connection, len(COMMAND))
    connection.sendall(b"\x06")
    connection.recv(100)


for setting in ("", "&silence=100ms"):
    with device(only_acks) as where:
        r = run("send", "-f", "stx-lrc", f"{where}?timeout=3s{setting}", "GO")
    same((r.code, r.out), (4, ""), f"an acknowledgement is no reply {setting}")
    has(r.err, "no reply within 3 s: the device acknowledged the command", "nor the beginning of one")

r, log = session(["-f", "stx-lrc", "GO"], refuses_twice)
same((r.out, r.code), ("DONE\n", 0), "a command that is refused twice is sent three times")
same(log[:3], [COMMAND] * 3, "each time the same bytes")
same(log[3:], [b"\x06"], "the reply is acknowledged")


def refuses_always(c, log):
    while True:
        log.append(exactly(c, len(COMMAND)))
        c.sendall(b"\x15")


r, log = session(["-f", "stx-lrc", "GO"], refuses_always)
same(r.code, 5, "a command that is always refused is damaged")
has(r.err, "three resends", "and says why")
same(len([x for x in log if x]), 4, "it was sent four times, not more")


def damaged_once(c, log):
    log.append(exactly(c, len(COMMAND)))
    c.sendall(b"\x06" + frame(b"DONE")[:-1] + b"?")
    log.append(exactly(c, 1))
    c.sendall(frame(b"DONE"))


r, log = session(["--json", "-f", "stx-lrc", "GO"], damaged_once)
x = json.loads(r.out)
same((x["status"], x["reply"], r.code), ("ok", "DONE", 0), "a damaged reply is asked for again")
same(log[1:], [b"\x15", b"\x06"], "by a nak; the good one is acknowledged")

CIV = bytes.fromhex("fefe94e003fd")


def echoes(c, log):
    log.append(exactly(c, len(CIV)))
    c.sendall(CIV[:3])
    c.sendall(CIV[3:] + bytes.fromhex("fefee09403 00 00 50 14 00 fd"))


r, log = session(["-f", "civ", "03"], echoes)
same((r.out, r.code), ("03 00 00 50 14 00\n", 0), "the echo is swallowed")


def collides(c, log):
    log.append(exactly(c, len(CIV)))
    c.sendall(bytes.fromhex("fefe95e003fd"))


r, log = session(["-f", "civ", "03"], collides)
same(r.code, 5, "a wrong echo is exit status 5")
has(r.err, "collision: sent 94 at byte 2, got 95", "and called a collision")


def terminal(echo, frame, *commands, answers=True, options=("-t", "20s")):
    """Sends the commands to a device that echoes each line by echo(), and answers with its number."""
    def serve(c):
        n = 0
        while line := read_until(c, b"\r"):
            n += 1
            c.sendall(echo(line) + (b"%d\r\n" % n if answers else b""))
    with device(serve) as address:
        return run("send", *options, "-f", frame, address, *commands)


def redrawn(line):
    """As qemu's monitor echoes: the whole line, for each character."""
    shown = line.rstrip(b"\r")
    return b"".join(shown[:n] + b"\x1b[K" + b"\x1b[D" * n for n in range(1, len(shown))) + shown + b"\x1b[K\r\n"


for what, echo in (("CR", lambda line: line), ("CR LF", lambda line: line + b"\n"), ("again", redrawn),
                   ("with its prompt", lambda line: line[:2] + b"\r=> " + line + b"\n")):
    r = terminal(echo, "payload CR -> payload CR LF ; echo", "info", "status 1")
    same((r.out, r.code), ("1\n2\n", 0), f"a terminal's echo: {what}")
for what, echo in (("echoes", lambda line: line), ("echoes CR LF", lambda line: line + b"\n"), ("does not", lambda _: b"")):
    r = terminal(echo, "payload CR -> payload CR LF ; echo?", "info", "2x")
    same((r.out, r.code), ("1\n2\n", 0), f"echo?: a modem that {what}, whose answer may begin like the command")
r = terminal(lambda line: line, "payload CR -> payload CR LF ; echo", "a", answers=False, options=("-t", "200ms"))
has(r.err, "no reply within 200 ms", "an echo is no part of a reply")
r = run("send", "-f", "payload CR ; echo? ; bin", "127.0.0.1:1", "61")
same(r.code, 2, "echo? is not for bytes")
has(run("frame", "show", "payload CR ; echo?").out, "warning: echo?: a reply that begins with all that was sent",
    "and frame show warns of it")


def answers_bid(c, log):
    log.append(exactly(c, 1))
    c.sendall(b"\x06")
    got = b""
    while not got.endswith(b"\r\n"):
        got += exactly(c, 1)
    log.append(got)
    c.sendall(b"\x06")
    log.append(exactly(c, 1))
    c.sendall(b"\x05")
    log.append(exactly(c, 1))
    body = b"1R|1|ok\x03"
    c.sendall(b"\x02" + body + b"%02X\r\n" % (sum(body) % 256))
    log.append(exactly(c, 1))
    c.sendall(b"\x04")


r, log = session(["-f", "astm", "Q|1"], answers_bid)
same((r.out, r.code), ("R|1|ok\n", 0), "asked for leave, sent, asked, answered")
same([log[0], log[1][:2], log[2], log[3], log[4]], [b"\x05", b"\x021", b"\x04", b"\x06", b"\x06"],
     "ENQ, the frame, EOT; ACK for the device's ENQ, ACK for its frame")

r, _ = session(["--json", "-f", "astm", "Q|1"], answers_bid)
told = json.loads(r.out)
same(([x["reply"] for x in told["replies"]], told["handshake_hex"]), (["R|1|ok"], "060605"),
     "the bytes of the handshake are no replies, and are told")


def says(*pieces):
    def handler(c, log):
        log.append(c.recv(100))
        for piece in pieces:
            c.sendall(piece)
    return handler


r, _ = session(["-f", "grbl", "$$"], says(b"$0=10\r\n<Idle|x>\r\n$1=25", b"\r\nok\r\n"))
same((r.out, r.code), ("$0=10\n$1=25\nok\n", 0), "until: up to ok; what came by itself is not in it")
has(r.err, "<Idle|x>", "but it is told")
r, _ = session(["-f", "smtp", "EHLO x"], says(b"250-a\r\n250-b\r\n250 c\r\n"))
same(r.out, "250-a\n250-b\n250 c\n", "while: to the first line that does not go on")
r, _ = session(["-f", "zpl-hs", "~HS"], says(b"\x02a\x03\r\n\x02b\x03", b"\r\n\x02c\x03\r\n"))
same(r.out, "a\nb\nc\n", "times 3")
r, _ = session(["-f", "resp", "KEYS *"], says(b"*2\r\n$1\r\na\r\n$2\r\nbc\r\n"))
same(r.out, "\na\nbc\n", "more: an array of two")
r, _ = session(["-f", "at", "AT+CSQ"], says(b"\r\n+CSQ: 21,99\r\n\r\nRING\r\n\r\nOK\r\n"))
same(r.out, "+CSQ: 21,99\nOK\n", "a modem's lines up to OK")
r, _ = session(["--json", "-f", "modbus-tcp", "03"], says(bytes.fromhex("0009 0000 0003 01 83 02 0001 0000 0003 01 83 02".replace(" ", ""))))
lines = [json.loads(line) for line in r.out.splitlines()]
ok(len(lines) == 2 and lines[-1]["status"] == "ok" and lines[-1]["reply_hex"] == "8302",
   "a reply to another transaction does not answer", r)
done()
