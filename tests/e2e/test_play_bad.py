#!/usr/bin/env python3
"""Malformed macros: each is refused before anything is sent, at its file:line:column, with what is accepted."""
import contextlib
import re
import socket

from wilcotest import HOME, done, ok, run, same, some

BIN = ".frame modbus-tcp\n"
S2 = ".frame cmd:s2='Q' len(payload):u8 payload\n"

# A macro; the line and column of the error; a part of what it says.
BAD = [
    # ---- lines ----
    ("\\q\n", "1:1", "'\\q' is not an escape"),
    ("A\n  B\nA \\x4\n", "3:3", "hex is \\x and two digits"),
    ("A\\\n", "1:2", "backslash at the end"),
    ("A \\033\n", "1:3", "octal"),
    ("\\u{d800}\n", "1:1", "character is"),
    ("\\<01 0>\n", "1:6", "half a byte"),
    ("\\<01\n", "1:1", "no closing >"),
    ("\\<u8(256)>\n", "1:6", "not a number that fits u8"),
    ("\\<u8(1+)>\n", "1:8", "expected a number"),
    ("\\<u8(3-5)>\n", "1:8", "below 0"),
    ("\\<u8(3/0)>\n", "1:8", "0 has no meaning"),
    ("\\<u17(1)>\n", "1:3", "not a number type"),
    ("\\<ESCC>\n", "1:3", "did you mean ESC?"),
    (b"caf\xe9\n", "1:4", "not valid UTF-8"),
    ("\ufeffSTATUS\n", "1:1", "save the file as UTF-8 without it"),
    (b"a\0b\n", "1:2", "\\x00"),
    (b"x" * 65537 + b"\n", "1:65537", "at most 65536 bytes"),
    (" STATUS\n", "1:1", "two blanks"),
    ("\tSTATUS\n", "1:1", "two blanks"),
    (".\n", "1:1", "wilco command"),
    (".-x\n", "1:1", "..-x"),
    # ---- verbs ----
    (".statsu\n", "1:1", "..statsu sends"),
    (".repaet 3\n", "1:1", "did you mean .repeat"),
    (".fram line\n", "1:1", "did you mean .frame"),
    (".quit\n", "1:1", "cannot be used"),
    (".hex 03 zz\n", "1:9", "not a byte"),
    (".hex 0\n", "1:6", "half a byte"),
    (".wire\n", "1:6", "needs the bytes"),
    (".wire 18 1\n", "1:10", "half a byte"),
    (".text \\q\n", "1:7", "not an escape"),
    (".tell\n", "1:6", "needs the command"),
    (".tell .wait 1s\n", "1:7", "needs a command"),
    (".tell .tell A\n", "1:7", "needs a command"),
    (".with\n", "1:6", "FIELD=VALUE"),
    (BIN + ".with unit=17\n", "2:", "missing"),
    (BIN + ".with unit=300 .hex 03\n", "2:7", "unit"),
    (BIN + ".with unti=1 .hex 03\n", "2:7", "FIELD=VALUE"),
    (BIN + ".with unit=1 .wait 1s\n", "2:14", "needs a command"),
    (".wait\n", "1:", "DURATION|duration"),
    (".wait soon\n", "1:7", "duration|such as|500ms"),
    (".break 1x\n", "1:8", "is a duration of at most"),
    ("A\n.now\n", "2:5", "needs the command"),
    # ---- frames, devices, settings ----
    (".frame payload LFF\n", "1:16", "LFF"),
    (".frame\n", "1:", "NOTATION"),
    (".frame x = payload (\n", "1:", "x =|."),
    (".frame netstring\n" + "." + "text " + "x" * 3 + "\n.frame lien\n", "3:8", "lien"),
    (".frame line\nA\\nB\n", "2:", "line"),
    (".set timeuot=1s\n", "1:6", "timeuot"),
    (".set timeout=soon\n", "1:", "timeout"),
    (".set\n", "1:", "NAME=VALUE|."),
    (".device\n", "1:", "a name and an address"),
    (".device pump\n", "1:", "ADDRESS|address|pump"),
    (".device pump ftp://h\n", "1:", "ftp"),
    (".use psu\n", "1:6", "psu"),
    (".use\n", "1:", "NAME|name"),
    # ---- replies ----
    ("  READY\n", "1:1", "no command above it"),
    (".set timeout=1s\n  READY\n", "2:1", "no command above it"),
    ("A\n  \\q\n", "2:3", "not an escape"),
    ("A\n  (empyt)\n", "2:3", "marks are (empty)"),
    ("A\n  (a|b) (re)\n", "2:3", "(?:...) (re)"),
    ("A\n  (none) x\n", "2:3", "nothing can stand behind"),
    ("A\n  (lost) x\n", "2:3", "nothing can stand behind"),
    ("A\n  (unsolicited)\n", "2:3", "needs what came"),
    ("A\n  (any) x\n", "2:3", "stands alone"),
    ("A\n  (late) (none)\n", "2:10", "one mark is enough"),
    ("A\n  (with unit=1) x\n", "2:3", "(with FIELD=VALUE ...)"),
    (BIN + ".hex 03\n  (with unit=x) \\<83>\n", "3:9", "unit"),
    (BIN + ".hex 03\n  (with unit=1 \\<83>\n", "3:3", "no closing bracket"),
    (BIN + ".hex 03\n  (with unit=u8(1) \\<83>\n", "3:3", "no closing bracket"),
    (BIN + ".hex 03\n  (with unit=u8(256)) \\<83>\n", "3:9", "unit"),
    (BIN + ".hex 03\n  (with unit=1) (none)\n", "3:3", "has no fields"),
    (BIN + ".hex 03\n  \\<83 ?>\n", "3:8", "written ??"),
    (BIN + ".hex 03\n  \\<83 ?? z>\n", "3:11", "not a byte"),
    ("A\n  x( (re)\n", "2:5", "regular expression"),
    ("A\n  [z-a] (re)\n", "2:6", "regular expression"),
    ("A\n  *\\q (glob)\n", "2:4", "not an escape"),
    # ---- names ----
    ("SPEED \\{sped}\n", "1:9", "has no value"),
    (".let speed 1\nSPEED \\{sped}\n", "2:9", "did you mean \\{speed}"),
    ("A \\{1}\n", "1:5", "argument 1 is missing"),
    ("A \\{\n", "1:3", "\\{name|default}"),
    ("A \\{}\n", "1:3", "\\{name|default}"),
    ("A \\{n}\n", "1:5", "has no value"),
    ("A \\{env:WILCO_NOT_THERE}\n", "1:5", "environment has no WILCO_NOT_THERE"),
    ("A\n  \\{x}\n", "2:5", "has no value"),
    ("A\n  \\{x} (re)\n", "2:5", "has no value"),
    (".let x abc\n.hex \\{x:u8}\n", "2:8", "not the bytes of one u8"),
    (".let x abc\n.hex \\{x:u17}\n", "2:10", "not a number type"),
    (".let x abc\n.hex u8(\\{x})\n", "2:9", "not a number that fits u8"),
    (".let\n", "1:", "NAME|name"),
    (".let 1 x\n", "1:6", "cannot be the name"),
    (".let n x\n", "1:6", "number of the loop"),
    (BIN + ".let unit 1\n", "2:6", "a field of the frame"),
    (".let x \\q\n", "1:8", "not an escape"),
    # ---- what is said about a reply ----
    (".expect /A/\n", "1:", "command above"),
    ("A\n.expect\n", "2:", "say what is expected"),
    ("A\n.expect /T=(/\n", "2:13", "regular expression"),
    ("A\n.expect /T=\n", "2:9", "no / at its end"),
    ("A\n.expect /T/ 5..3\n", "2:13", "lower end"),
    ("A\n.expect /T/ warm\n", "2:13", "A..B"),
    ("A\n.expect /T/20\n", "2:12", "blank is missing"),
    ("A\n.expect (none)\n", "2:9", "last whole reply"),
    ("A\n.expect-not\n", "2:", "say what is expected"),
    ("A\n.expect-not u17@2=1\n", "2:13", "type of numbers"),
    (BIN + ".hex 03\n.expect unit=high\n", "3:14", "A..B"),
    (BIN + ".hex 03\n.expect unit=1 func=3\n", "3:16", "no field"),
    ("A\n.capture\n", "2:", "name of the variable"),
    ("A\n.capture t\n", "2:", "takes /PATTERN/"),
    ("A\n.capture t temp\n", "2:12", "TYPE@OFFSET"),
    ("A\n.capture 1 /a/\n", "2:10", "cannot be the name"),
    (BIN + ".hex 03\n.capture unit u8@0\n", "3:10", "field of the frame"),
    (".capture t /a/\n", "1:", "command above"),
    ("A\n.within\n", "2:", "DURATION|duration"),
    ("A\n.within soon\n  B\n", "2:9", "is a duration of at most"),
    ("A\n.within 1s\nB\n", "2:1", "no reply below it"),
    ("A\n  B\n.delay 1s\n", "3:1", "no reply below it"),
    (".retry\nA\n", "1:", "N"),
    (".retry 0 1s\nA\n", "1:8", "number|from 1"),
    (".retry 3 soon\nA\n", "1:8", "is a duration of at most"),
    (".retry 3 1s\n", "1:", "command"),
    (".when\n", "1:6", "needs /PATTERN/"),
    (".when A B\n", "1:7", "needs /PATTERN/"),
    (".when /(/ A\n", "1:9", "regular expression"),
    (".when /A/\n", "1:10", "a command to send"),
    (".when /A/ .wait 1s\n", "1:11", "a command to send"),
    (".confirm\n", "1:9", "needs the question"),
    # ---- loops and other macros ----
    (".repeat\n.end\n", "1:", "number of turns"),
    (".repeat x\n.end\n", "1:9", "number"),
    ("\n.repeat 3\nA\n", "2:", "no .end below it"),
    (".repeat 2\nA\n.wait \\{x|1ms}\n.let x zz\n.end\n", "3:7", "not 'zz'"),
    (".every 1s\nA\n.wait \\{x|1ms}\n.let x zz\n.end\n", "3:7", "not 'zz'"),
    (".end\n", "1:1", ".repeat"),
    (".repeat 2\n.end\n.end\n", "3:1", ".repeat"),
    (".every\n", "1:", "DURATION|duration"),
    (".every soon A\n", "1:8", "is a duration of at most"),
    (".every 1s 0\n.end\n", "1:11", "number|from 1"),
    (".play\n", "1:", "NAME|name"),
    (".play not-there\n", "1:7", "not-there"),
    (".include not-there.wilco\n", "1:10", "not-there"),
    (".include\n", "1:", "FILE|file"),
    # ---- what a device alone does ----
    (".delay 1s\n", "1:1", "after a command"),
    ("A\n.delay soon\n  B\n", "2:8", "duration"),
    (".fault\n", "1:7", "needs what goes wrong"),
    ("A\n.fault lose\n  B\n", "2:8", "no kind of fault"),
    ("A\n.fault delay\n  B\n", "2:13", "needs a duration"),
    ("A\n.fault delay every 3\n  B\n", "2:14", "needs a duration"),
    (".fault split soon\n", "1:14", "duration"),
    (".fault truncate 0\n", "1:17", "from 1"),
    (".fault corrupt x\n", "1:16", "the number of bytes"),
    (".fault drop 5\n", "1:13", "cannot stand here"),
    (".fault drop 0%\n", "1:13", "from 1 to 100"),
    (".fault  drop nth\n", "1:17", "is a number from 1"),
    (".fault drop every two\n", "1:19", "the N of every"),
    (".fault truncate 2 every 3 x\n", "1:27", "at most 4|cannot stand"),
]


# Files that call each other: the first is played.  Which file is to blame, and from where.
CALLS = [
    ({"self": "A\n.play self\n"}, "self", "2:7", "cannot play itself", ""),
    ({"a": ".play b\n", "b": "B\n.play a\n"}, "b", "2:7", "cannot play itself", "a.wilco:1"),
    ({"c": "A\n.play bad 1 2\n", "bad": "B \\{3}\n"}, "bad", "1:5", "2 arguments were given", "c.wilco:2"),
    ({"d": "\n\n.include bad.wilco\n", "bad": "B\n  (foo)\n"}, "bad", "2:3", "marks are", "d.wilco:3"),
    ({f"deep{i}": f".play deep{i + 1}\n" for i in range(30)}, "deep", "1:7", "deep", "deep"),
]


def refused(number, text):
    """Plays a macro; returns what was said."""
    path = f"{HOME}/m{number}.wilco"
    with open(path, "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())
    return path, run("play", "--device", ADDRESS, path)


listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen()
listener.setblocking(False)
ADDRESS = f"127.0.0.1:{listener.getsockname()[1]}"

ok(len(BAD) >= 80, f"{len(BAD)} malformed macros")
for i, (macro, place, part) in some(list(enumerate(BAD))):
    m, r = refused(i, macro)
    shown = macro if isinstance(macro, str) else macro[:20].decode("latin1")
    said = re.search(f"^wilco: {re.escape(m)}:([0-9]+:[0-9]+): (.*)", r.err, re.S)
    at = said and any(said[1].startswith(p) if p.endswith(":") else said[1] == p for p in place.split("|"))
    told = said and any(p in said[2] for p in part.split("|"))
    ok(r.code == 2 and r.out == "" and at and told, f"{place} {part}: {shown.encode('unicode_escape').decode()[:60]}", r)
for files, wrong, place, part, caller in CALLS:
    for name, text in files.items():
        with open(f"{HOME}/{name}.wilco", "w", encoding="utf-8") as f:
            f.write(text)
    r = run("play", "--device", ADDRESS, f"{HOME}/{next(iter(files))}.wilco")
    at = re.search(rf"^wilco: {re.escape(HOME)}/{wrong}[0-9]*\.wilco:{place}: ", r.err)
    ok(r.code == 2 and r.out == "" and at and part in r.err and caller in r.err, f"{wrong}.wilco:{place} {part}", r)
with contextlib.suppress(BlockingIOError):
    listener.accept()
    ok(False, "nothing was sent, and no line was opened")
done()
