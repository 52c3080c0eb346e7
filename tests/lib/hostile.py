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
# Each names itself: no parameter of ours is 31337 or one of the numbers behind it, by which a test knows who said
# something, and nothing of ours is written over by itself.
CANARIES = [
    b"\x1b[31337m", b"\x1b]0;31337\x07", b"\x1b]52;c;31337\x1b\\", b"\x1bP31337\x1b\\", b"\x9b31337m", b"\xc2\x9b31337m",
    b"\x9d0;31337\x9c", b"31337\r31337", b"31337\b\b\x0731337", b"a\0b\x0e\x0f\x7f", "\u202e31337\u202c".encode(),
    "\u202ax\u202bx\u202dx\u2066x\u2067x\u2068x\u2069\u200f".encode(), ("a" + "\u0301\u0488\u20dd" * 9).encode(),
    "\u200b\u200d\ufeff\U000e0041\u2028\u2029\x85".encode(), b"\xff\xfe\xc0\x80\xe2\x80 \xed\xa0\x80 \xf4\x90\x80\x80",
    "\u4e2d\u6587\u6f22\u5b57\U00020000\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467\u00e9".encode() * 7, b"L" * 3000,
]
CANARY = re.compile(rb"\x1b[\[\]P][?>]?[0-9;c]*313[34][0-9]|31337\r31337|31337[\b]")
# What ncurses and the console say to an xterm: cursor, colours, modes of their own, line editing.
OURS = re.compile(
    rb"\x1b\[[0-9;]*[ABCDGHJKLMPXdfmrST@]|\x1b\[\?(?:1049|2004|25|12|7|1|1h\x1b=)[hl]|\x1b\[\?1007[hlrs]|\x1b\[\?12;25h"
    rb"|\x1b\[[0-9;]*t|\x1b[()][0B]|\x1b[78=>M]|\x1b\[[0-9]*b|\x1b\[4l|\x1b\[\?12l|\x1b\[\?1;?[0-9]*[hl]"
    rb"|[\r\n\b]|[\x20-\x7e]")
# To a vt100: its other letters for lines, too.
OURS_VT100 = re.compile(OURS.pattern + rb"|[\x0e\x0f]")
# What a vt100 gets besides: the end of an attribute is the end of other letters, too.
OURS_VT100 = re.compile(rb"\x1b\[[0-9;]*m\x0f|\x1b\)0|" + OURS.pattern)
# A character that takes no cell, that nobody sees, or that rules the others is never shown as itself.
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Mn", "Me"}


def plain(output):
    """The text that a terminal was sent, with a blank for what may have moved the cursor."""
    output = re.sub(rb"\x1b\[[0-9;]*m|\x1b\(B|\x0f", b"", output)
    return re.sub(rb"\x1b\][^\x07]*\x07|\x1b\[[?>]?[0-9;]*[@-~]|\x1b[()].|\x1b.", b" ", output)


def foreign(output, ours=None):
    """The first bytes that are none of ours; None: there are none."""
    at = 0
    if canary := CANARY.search(output):
        return output[max(0, canary.start() - 40):canary.end() + 40]
    while at < len(output):
        match = (ours or OURS).match(output, at)
        if match:
            at = match.end()
            continue
        size = 4 if output[at] >= 0xf0 else 3 if output[at] >= 0xe0 else 2 if output[at] >= 0xc0 else 1
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
