#!/usr/bin/env python3
"""wilco fmt: files in their canonical form, by rename; and every device and macro of these tests means the same."""
import ast
import glob
import os
import subprocess

from wilcotest import HOME, WILCO, WRAP, done, has, ok, on_pty, run, same

ROUGH = ("#!/usr/bin/env -S wilco play\r\n# a  remark\t\n.open  host\n\n\n.x 1B410D\n  \\<0203>\n.t \\e[A\n"
         "  \\x41\\x20(re)\nlast")
FINE = ("#!/usr/bin/env -S wilco play\n# a  remark\n.open host\n\n\n.hex 1b 41 0d\n  \\<02 03>\n.text \\x1b[A\n"
        "  A (re\\x29\nlast\n")
BAD = "# one\nSTATUS\n  \\x41\n.tell .hex 01 0g\n"


def content(path):
    with open(path, encoding="utf-8", newline="") as f:
        return f.read()


def put(name, text, mode=0o640):
    path = f"{HOME}/{name}"
    with open(path, "w", encoding="utf-8", newline="") as f:
        f.write(text)
    os.chmod(path, mode)
    return path


# ---- in place ----

rough, fine, bad = put("rough.wilco", ROUGH), put("fine.wilco", FINE), put("bad.wilco", BAD)
os.symlink("rough.wilco", f"{HOME}/link")
before = os.stat(fine).st_ino, os.stat(fine).st_mtime_ns
r = run("fmt", "--check", fine, rough)
same((r.code, r.out, content(rough)), (1, f"{rough}\n", ROUGH), "--check names what would change, and changes nothing")
r = run("fmt", f"{HOME}/link", fine)
same((r.code, r.out, r.err), (0, "", ""), "it writes in place, and says nothing")
same(content(rough), FINE, "the file is in its canonical form")
same(os.stat(rough).st_mode & 0o777, 0o640, "its mode is kept")
ok(os.path.islink(f"{HOME}/link"), "a link stays a link")
same((os.stat(fine).st_ino, os.stat(fine).st_mtime_ns), before, "a file that is canonical is not touched")
same(run("fmt", "--check", fine, rough).code, 0, "--check has nothing to say about them")
same(sorted(n for n in os.listdir(HOME) if n.startswith("rough")), ["rough.wilco"], "nothing is left beside it")

# ---- standard input ----

r = run("fmt", "-", stdin=ROUGH)
same((r.code, r.out), (0, FINE), "- writes standard input to standard output")
r = run("fmt", "--check", "-", stdin=ROUGH)
same((r.code, r.out), (1, "-\n"), "--check - only says so")
same(run("fmt", "-", stdin=".literal a\x1b[2Jb\n").raw, b".literal a\x1b[2Jb\n", "what .literal has stays")
ok(b"\x1b[2J" not in on_pty("fmt", "-", stdin=b"# a\x1b[2Jb\n"), "but controls no terminal")

# ---- what it cannot read ----

r = run("fmt", rough, bad, put("rough2.wilco", ROUGH))
same((r.code, content(bad)), (2, BAD), "a file that cannot be read is not touched")
has(r.err, f"wilco: {bad}:4:15: '0g' is not a byte", "the line and the column are said")
has(r.err, "\n  .tell .hex 01 0g\n                ^~\n", "and the place is shown")
same(content(f"{HOME}/rough2.wilco"), FINE, "the others are written")
for text, error in (("  READY\n", ":1:1: this reply has no command above it"),
                    ("A\n READY\n", ":2:1: indent a reply by two blanks"),
                    ("A\n  (emtpy)\n", ":2:3: '(emtpy)' is no mark"),
                    ("A\xff\n", ":1:2: not valid UTF-8: byte ff"),
                    (".stauts\n", ":1:1: '.stauts' is not a wilco command")):
    r = run("fmt", "-", stdin=text.encode("latin-1"))
    same((r.code, r.out), (2, ""), f"{text!r} is refused")
    has(r.err, f"-{error}", "with its place")
r = run("fmt", f"{HOME}/none")
same(r.code, 2, "there is no such file")
has(r.err, f"no file {HOME}/none", "and it says so")
r = run("fmt", HOME)
has(r.err, "this must be a file, but is a directory", "a folder is refused")
os.mkdir(f"{HOME}/sub", 0o700)
locked = put("sub/locked.wilco", ROUGH)
os.chmod(f"{HOME}/sub", 0o500)
if os.geteuid():
    r = run("fmt", locked)
    same((r.code, content(locked)), (6, ROUGH), "a folder that cannot be written leaves the file as it was")
    has(r.err, f"cannot write {locked}: Permission denied", "and says why")
os.chmod(f"{HOME}/sub", 0o700)
r = run("--check", "127.0.0.1:1", stdin="")
same(r.code, 2, "--check elsewhere is refused")
has(r.err, "--check works only with wilco simulate and fmt", "and says so")

PLAYED = """.let pump \\{1|1}
.open 10.0.0.\\{2|5}
.frame line
.retry 10 500ms
STATUS \\{pump}
  READY
.within 200ms
  T=\\d+\\.\\d (re)
.capture temp /T=([0-9.]+)/
.expect /T=([0-9.]+)/ 20..25
.expect-not  /ERR \\d/
.repeat 3
SPEED \\{n}00
.end
.every 1s
  (unsolicited) A
.end
.note  two blanks
.play selftest \\{pump}
"""
r = run("fmt", "-", stdin=PLAYED)
same((r.code, r.out), (0, PLAYED.replace("not  /", "not /")), "verbs of macros stay, with what stands behind them")

# ---- each .wilco text in the tests means the same ----

root, texts = os.environ["srcdir"], []
for path in sorted(glob.glob(f"{root}/tests/**/*.py", recursive=True)):
    for node in ast.walk(ast.parse(content(path))):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and "\n" in text and "\0" not in text:
            texts.append(text)
for path in sorted(glob.glob(f"{root}/**/*.wilco", recursive=True) + glob.glob(f"{root}/tests/cases/*.t")):
    texts.append(content(path))
everything = put("everything", "".join(t.encode("utf-8", "replace").decode() + "\n" for t in texts))
ok(len(texts) > 200, f"the tests have {len(texts)} texts")
p = subprocess.run([*WRAP, f"{os.path.dirname(WILCO)}/tests/macro/test_format", everything], capture_output=True,
                   encoding="utf-8", check=False)
ok(p.returncode == 0, "each of their lines means the same", p.stdout + p.stderr)

done()
