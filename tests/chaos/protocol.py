"""The protocols of the chaos test's device, which answers COMMAND-n by ANSWER-n, once.

A protocol makes the line to type, cuts the commands out of the bytes that the device receives, and
puts answers, banners and unasked events into frames.

    matched   a reply says which command it answers
    marked    an unasked event can be told from a reply
    binary    the rest of a torn frame can be told from a frame
    quiet     the silence between frames, in units of `gap`"""
import re
import struct

from crc import crc16


class Lines:
    """Text frames that cannot be told from one another, except for events where `marked`."""
    matched = binary = False
    quiet = 0

    def __init__(self, frame, ends, marked=False):
        self.frame, self.ends, self.marked = frame, ends, marked

    @staticmethod
    def typed(n):
        return f"COMMAND-{n}"

    @staticmethod
    def number(command):
        """Returns the number of a command as wilco shows it."""
        return int(command.removeprefix("COMMAND-"))

    @staticmethod
    def cut(data):
        """Returns ([(number, key of the reply)], the bytes left)."""
        *lines, rest = data.split(b"\n")
        return [(int(line.rstrip(b"\r").removeprefix(b"COMMAND-")), None) for line in lines], rest

    def frame_of(self, rng, text, key=None):
        del key
        return text + rng.choice(self.ends)

    def event(self, rng, text):
        return self.frame_of(rng, b"!" + text if self.marked else text)

    @staticmethod
    def filler(rng, size):
        """Returns bytes that end no frame, among them those that begin an event, a command of telnet or
        a command of a terminal."""
        return bytes(rng.choice(b"abcdefghij !\x00\x1b\x9b\xff\xc3\xa4\\") for _ in range(size))


class ModbusTcp:
    """Frames in which a reply has the number of its command, so that none is taken for another."""
    matched = marked = binary = True
    quiet, frame = 0, "modbus-tcp"

    @staticmethod
    def typed(n):
        return f"'COMMAND-{n} '"

    @staticmethod
    def number(command):
        return Lines.number(bytes.fromhex(command).decode())

    @staticmethod
    def cut(data):
        commands = []
        while len(data) >= 6 and len(data) >= 6 + (size := struct.unpack(">H", data[4:6])[0]):
            commands.append((Lines.number(data[7:6 + size].decode()), data[:2]))
            data = data[6 + size:]
        return commands, data

    @staticmethod
    def frame_of(rng, text, key=None):
        tid = key or struct.pack(">H", rng.randrange(0x8000, 0x10000))  # belongs to no command of ours
        return tid + struct.pack(">HHB", 0, len(text) + 1, 1) + text

    def event(self, rng, text):
        return self.frame_of(rng, text)

    @staticmethod
    def filler(rng, size):
        return rng.randbytes(size)


class ModbusRtu(ModbusTcp):
    """Frames that end by silence.  Other units share the bus, and their replies are not ours."""
    matched = False
    quiet, frame = 1.5, "modbus-rtu"

    @staticmethod
    def cut(data):
        commands = []
        while found := re.match(rb"\x01COMMAND-(\d+) ..", data, re.S):
            if crc16(found.group()) != b"\0\0":
                raise ValueError(data)
            commands.append((int(found.group(1)), None))
            data = data[found.end():]
        return commands, data

    @staticmethod
    def frame_of(rng, text, key=None, unit=b"\x01"):
        del rng, key
        return unit + text + crc16(unit + text)

    def event(self, rng, text):
        return self.frame_of(rng, text, None, b"\x8c")


def answer_in(data):
    """Returns the number of the first answer in these bytes; None: there is none."""
    found = re.search(rb"ANSWER-(\d+)\b", data)
    return int(found.group(1)) if found else None
