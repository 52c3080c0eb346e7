#!/usr/bin/env python3
"""wilco play --accept: blocks that differ get the replies that came; everything else stays as it was."""
import json
import os

from wilcotest import HOME, Terminal, command, done, has, need, ok, run, same, simulated, wait_for

DEVICE = """.frame payload LF ; until 'OK'
STATUS
  READY (re)\\x20
  OK
LIST
  one
  two
  three
  OK
SPEED?
  SPEED=99
  OK
TURN
  first
  OK
TURN
  second
  OK
GONE
  (none)
"""
MACRO = """#!/usr/bin/env -S wilco play
# a remark
.frame payload LF ; until 'OK'
STATUS
  BUSY
  # not a remark
  OK

LIST
  o.e (re)
# between
  2
  OK
.expect /O(K)/
SPEED?
  SPEED=\\d+ (re)
  OK
STATUS
"""
WANTED = """#!/usr/bin/env -S wilco play
# a remark
.frame payload LF ; until 'OK'
STATUS
  READY (re)\\x20
  OK

LIST
  o.e (re)
# between
  two
  three
  OK
.expect /O(K)/
SPEED?
  SPEED=\\d+ (re)
  OK
STATUS
"""


def put(name, text, mode=0o640):
    path = f"{HOME}/{name}.wilco"
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, mode)
    return path


def content(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


# Bytes that are escaped and others, so that lines cannot be cut anywhere.
LONG = [f"{i:05d} \x01(" for i in range(9000)]
PIECE = 65536 // 5


def lines_of(text):
    """A reply as it stands in a file."""
    pieces = [text[i:i + PIECE] for i in range(0, len(text), PIECE)] if len(text) > 60000 else [text]
    return "".join(f"  {'(and) ' if i else ''}{spelled(piece)}\n" for i, piece in enumerate(pieces))


def spelled(text):
    """Its bytes in the language: a bracket and blanks at the edges would be taken for something else."""
    edge = {" ": "\\x20", "(": "\\x28"}
    text = edge.get(text[0], text[0]) + text[1:-1] + {" ": "\\x20"}.get(text[-1], text[-1])
    return text.replace("\x01", "\\x01")


ANSWER = "".join(LONG)
OTHER = "".join(reversed(LONG))
BLOCKS = [(f"BIG\n{lines_of(OTHER)}# a remark\n  OK\n", f"BIG\n{lines_of(ANSWER)}# a remark\n  OK\n", "a long one for a long one"),
          (f"BIG\n  short\n  OK\n", f"BIG\n{lines_of(ANSWER)}  OK\n", "a long one for a short one"),
          (f"SPEED?\n{lines_of(OTHER)}  OK\n", "SPEED?\n  99\n  OK\n", "a short one for a long one"),
          (f"BIG\n{lines_of(ANSWER)}  NO\n", f"BIG\n{lines_of(ANSWER)}  OK\n", "a long one that holds stays")]

with simulated(DEVICE) as device, \
        simulated(f".frame payload LF ; until 'OK'; max 1000000\nBIG\n{lines_of(ANSWER)}  OK\nSPEED?\n  99\n  OK\n") as big:
    macro = put("macro", MACRO)
    r = run("play", macro, device, "--accept", "--yes")
    same(content(macro), WANTED, "what differs is what came, patterns that match and remarks stay")
    same((r.code, os.stat(macro).st_mode & 0o777), (1, 0o640), "the verdict is that of the run; the mode stays")
    has(r.err, f"accepted 2 blocks in {macro}", "it says what it did")
    r = run("play", macro, device, "--accept", "--yes")
    same((r.code, content(macro)), (0, WANTED), "then nothing differs, and nothing changes")
    again = put("again", ".frame payload LF ; until 'OK'\n.repeat 2\nTURN\n  other\n  OK\n.end\n")
    before = content(again)
    r = run("play", again, device, "--accept", "--yes")
    same((r.code, content(again)), (1, before), "turns that are answered differently are not accepted")
    has(r.err, f"{again}:3: not accepted: the turns of its loop were answered differently", "which is said")
    gone = put("gone", ".frame payload LF ; until 'OK'\nGONE\n  there\n  OK\nSPEED?\n  1\n  OK\n")
    r = run("play", gone, f"{device}?timeout=500ms", "--accept", "--yes")
    same((r.code, content(gone).split("SPEED?")[0]), (4, ".frame payload LF ; until 'OK'\nGONE\n  there\n  OK\n"),
         "a timeout is never accepted")
    has(r.err, f"{gone}:2: not accepted: timeout", "which is said, too")
    same(content(gone).split("SPEED?")[1], "\n  SPEED=99\n  OK\n", "what follows is played and accepted")
    inner = put("inner", ".frame payload LF ; until 'OK'\nSPEED?\n  1\n  OK\n")
    outer = put("outer", f".frame payload LF ; until 'OK'\n.play {inner}\n")
    texts = content(inner), content(outer)
    run("play", outer, device, "--accept", "--yes")
    same((content(inner), content(outer)), texts, "only files of the command line change")
    r = run("play", inner, device, "--accept", start_new_session=True)
    same((r.code, r.out, content(inner)), (2, "", texts[0]), "without a terminal it needs --yes, before it begins")
    has(r.err, "--accept asks before it writes: without a terminal, --yes answers", "and says so")
    # Replies that are too long for a line go on in others.
    for words in BLOCKS:
        long = put("long", f".frame payload LF ; until 'OK'; max 1000000\n{words[0]}")
        wanted = f".frame payload LF ; until 'OK'; max 1000000\n{words[1]}"
        r = run("play", long, big, "--accept", "--yes")
        same((r.code, content(long) == wanted), (1, True), f"{words[2]}: what came is in the file")
        r = run("play", long, big, "--accept", "--yes")
        same((r.code, content(long) == wanted, r.err.count("accepted")), (0, True, 0), "then nothing differs")
    r = run("play", long, big, "--json")
    same(sum(line.startswith("(and) ") for line in json.loads(r.out.splitlines()[0])["expected"]) > 1, True,
         "JSON has these lines, too")
    for answer, name in (("n", "no"), ("y", "yes")) if need("tmux") else ():
        t = Terminal(" ".join(command("play", inner, device, "--accept")), columns=120)
        t.wait("accept 1 block in", f"on a terminal it asks: {name}")
        t.keys(answer, "Enter")
        ok(wait_for(t.ended, "the end"), "and ends", t.screen())
        same(content(inner), texts[0].replace("  1\n", "  SPEED=99\n" if answer == "y" else "  1\n"), "and does so")
        t.close()

done()
