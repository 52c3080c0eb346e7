"""What a hostile device says, and what of it may reach a terminal."""
import os
import random
import re
import unicodedata

ATTACKS = [
    b"\x1b]52;c;cHduZWQ=\x07", b"\x1b]0;pwned\x07", b"\x1b]2;pwned\x1b\\", b"\x1b[21t", b"\x1b[6n",
    b"\x1bP$q\"p\x1b\\", b"\x1b[?1049h", b"\x1b[2J\x1b[H", b"\x1bc", b"\x1b[!p", b"\x1b(0lqk\x0e",
    b"\x9b2J", b"\x9d0;pwned\x9c", b"\x90$q\"p\x9c", b"\xc2\x9b31m", b"\xc2\x9d0;pwned\xc2\x9c",
    "\u202eevil\u202c".encode(), "\u2066x\u2069".encode(), "a\u0300\u0301\u0302\u0303".encode() * 20,
    "\u200b\u200d\ufeff".encode() * 50, "\U000e0041\U000e007f".encode(), b"\x00\x01\x02\x7f\xff\xfe",
    b"\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9", b"\r\r\r\x08\x08\x0b\x0c", b"\x05", b"\x1b[?2004h",
    b"\x1b[?1000h\x1b[?1006h", b"\x1b[4h", b"\x1b[20h", b"\x1b]8;;http://x\x07x\x1b]8;;\x07",
    b"\x1b[100000b", b"\x1b[>4;1m", b"\x1b#8",
]
# What ncurses and the console say to an xterm: cursor, colours, modes of their own, line editing.
OURS = re.compile(
    rb"\x1b\[[0-9;]*[ABCDGHJKLMPXdfmrST@]|\x1b\[\?(?:1049|2004|25|12|7|1|1h\x1b=)[hl]|\x1b\[\?1007[hlrs]|\x1b\[\?12;25h"
    rb"|\x1b\[[0-9;]*t|\x1b[()][0B]|\x1b[78=>M]|\x1b\[[0-9]*b|\x1b\[4l|\x1b\[\?12l|\x1b\[\?1;?[0-9]*[hl]"
    rb"|[\r\n\b]|[\x20-\x7e]")
# A character that takes no cell, that nobody sees, or that rules the others is never shown as itself.
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Mn", "Me"}


def foreign(output):
    """The first bytes that are none of ours; None: there are none."""
    at = 0
    while at < len(output):
        match = OURS.match(output, at)
        if match:
            at = match.end()
            continue
        size = 4 if output[at] >= 0xf0 else 3 if output[at] >= 0xe0 else 2
        try:
            character = output[at:at + size].decode()
        except UnicodeDecodeError:
            return output[max(0, at - 40):at + 40]
        if unicodedata.category(character) in HIDDEN:
            return output[max(0, at - 40):at + 40]
        at += size
    return None


SEED = int(os.environ.get("WILCO_SEED") or 5)
ROUNDS = int(os.environ.get("WILCO_ROUNDS") or 10000)


def replies():
    dice = random.Random(SEED)
    for attack in ATTACKS:
        yield attack
    for _ in range(ROUNDS):
        kind = dice.randrange(3)
        size = dice.randrange(60)
        if kind == 0:
            yield dice.randbytes(size)
        elif kind == 1:
            yield b"\x1b" + dice.choice(b"[]P^_X()#c78=>").to_bytes() + dice.randbytes(size)
        else:
            yield "".join(chr(dice.choice((dice.randrange(0xd800), dice.randrange(0xe000, 0x11000),
                                           0x202e, 0x9b, 0x200b, 0x1b))) for _ in range(size)).encode()
