"""What a device saw, and what wilco's log says that it saw."""
import re

from wilcotest import read_until

_SHORT = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"\\": b"\\"}


def _unescape(match):
    part = match.group(1)
    return _SHORT.get(part) or bytes([int(part[1:], 16)])


def entries(path):
    """Yields the lines of a log file: (time, device, mark, text)."""
    with open(path, encoding="utf-8") as f:
        for line in f:
            when, name, mark, text = line.rstrip("\n").split(" ", 3)
            if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", when):
                raise ValueError(line)
            yield when, name, mark, text


def spelled(text):
    """Returns the bytes that a log spells like this."""
    if text.startswith("\\<"):
        return bytes.fromhex(text[2:-1])
    return re.sub(rb"\\(x[0-9a-f]{2}|.)", _unescape, text.encode())


def logged(path):
    """Returns (sent, received) as bytes."""
    ways = {">": b"", "<": b""}
    for _, _, mark, text in entries(path):
        if mark in ways:
            ways[mark] += spelled(text)
    return ways[">"], ways["<"]


class Tape:
    """A device that takes lines and keeps what it got and what it sent; reply(line) returns the
    bytes of the answer."""
    def __init__(self, reply):
        self.got, self.sent, self.reply = b"", b"", reply

    def __call__(self, connection):
        while line := self.take(connection):
            self.give(connection, self.reply(line))

    def take(self, connection):
        line = read_until(connection, b"\n")
        self.got += line
        return line

    def give(self, connection, data):
        self.sent += data
        connection.sendall(data)
