#!/usr/bin/env python3
"""wilco dump: any bytes as rows of sixteen, from a file, a pipe, or a pipe that nobody reads."""
import os
import random
import subprocess

from wilcotest import ENV, HOME, LIMIT, checked_memory, command, done, end_of, has, need, ok, run, same


def rows(content, digits):
    """The dump as it should be."""
    out = ""
    for at in range(0, len(content), 16):
        row = content[at:at + 16]
        halves = "".join(f"{b:02x} " for b in row[:8]), "".join(f"{b:02x} " for b in row[8:])
        shown = "".join(chr(b) if 0x20 <= b < 0x7f else "." for b in row)
        out += f"{at:0{digits}x}  {halves[0]:24} {halves[1]:24} {shown}\n"
    return out


def put(name, content):
    path = f"{HOME}/{name}"
    with open(path, "wb") as f:
        f.write(content)
    return path


noise = random.Random(5)
for size in (0, 1, 8, 15, 16, 17, 1000, 65536, 65537, 200001):
    content = noise.randbytes(size)
    path = put(f"{size}", content)
    same(run("dump", path).out, rows(content, 4 if size <= 65536 else 8), f"a file of {size} bytes")
    same(run("dump", stdin=content).out, rows(content, 8), "and as standard input, whose size is not known")
content = bytes(range(256))
same(run("dump", put("all", content)).out, rows(content, 4), "every byte")

# ---- bytes that come in pieces ----
p = subprocess.Popen(command("dump", "-"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                     stderr=subprocess.PIPE, env=ENV)
for piece in (b"0123456789", b"abcdefXY"):
    p.stdin.write(piece)
    p.stdin.flush()
same(p.stdout.readline().decode(), rows(b"0123456789abcdef", 8),
     "a row is shown as soon as it is whole")
r = end_of(p, b"Z")
same(r.out, rows(b"0123456789abcdefXYZ", 8).splitlines(True)[1], "and the rest at the end")

# ---- what goes wrong ----
for path, reason in ((f"{HOME}/none", "No such file or directory"), (HOME, "Is a directory")):
    r = run("dump", path)
    same((r.code, r.out), (2, ""), f"{reason}: exit status 2")
    has(r.err, f"wilco: cannot read {path}: {reason}", "and what cannot be read")
r = run("dump", "x", "y")
has(r.err, "too many words: wilco dump [FILE]", "one file only")
p = subprocess.Popen(command("dump", "/dev/zero"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
os.read(p.stdout.fileno(), 100)
p.stdout.close()
p.wait(60)
ok(not p.stderr.read(), "a reader that has gone is no error")
with open("/dev/full", "w", encoding="utf-8") as full:
    p = subprocess.Popen(command("dump", "/dev/zero"), stdout=full, stderr=subprocess.PIPE, env=ENV)
    has(p.stderr.read().decode(), "No space left on device", "a full disk is said")
    same(p.wait(60), 6, "and is exit status 6")
# What cannot block gets much at once: else a long dump is calls to the system more than anything else.
if need("strace") and not checked_memory():  # whose look for leaks cannot be traced
    with open(f"{HOME}/long", "wb") as f:
        f.write(os.urandom(1 << 20))
    subprocess.run(["strace", "-qq", "-e", "trace=write,poll", "-o", f"{HOME}/calls", *command("dump", f"{HOME}/long")],
                   stdout=subprocess.DEVNULL, env=ENV, timeout=LIMIT, check=True)
    with open(f"{HOME}/calls", encoding="utf-8") as f:
        calls = len(f.readlines())
    ok(0 < calls < 400, "/dev/null takes a large part of a dump at once", calls)
done()
