#!/usr/bin/env python3
"""What wilco prints to be pasted is for a shell one word, whoever chose its bytes.  A device's prompt
once stood unquoted in the line that `check --probe` prints: pasted, a command in it ran."""
import concurrent.futures
import os
import re
import shutil
import subprocess

from wilcotest import HOME, device, done, has, ok, read_until, run, same, simulated, some

pool = concurrent.futures.ThreadPoolExecutor(8)
place = os.path.join(HOME, "paste")
os.mkdir(place)
with open(os.path.join(place, "wilco"), "w", encoding="ascii") as fake:
    fake.write('#!/bin/sh\nprintf "%s\\0" "$@" >"$SEEN"\n')
os.chmod(os.path.join(place, "wilco"), 0o755)
# Those that know $'...', and those that may refuse a word.
EXACT = [s for s in ("bash", "zsh", "ksh", "mksh") if shutil.which(s)]
OTHER = [s for s in ("sh", "dash", "fish", "tcsh") if shutil.which(s)]


def pasted(shell, line):
    """The arguments that a program gets from this line; None: it was not started.  And the files that
    anything else made."""
    folder = os.path.join(place, f"{shell}{pasted.count}")
    pasted.count += 1
    os.mkdir(folder)
    seen = os.path.join(place, f"seen{pasted.count}")
    subprocess.run([shell, "-c", line.encode()], cwd=folder, check=False, capture_output=True,
                   env={**os.environ, "SEEN": seen, "PATH": f"{place}:{os.environ['PATH']}"})
    words = None
    if os.path.exists(seen):
        with open(seen, "rb") as f:
            words = [w.decode("utf-8", "surrogateescape") for w in f.read().split(b"\0")[:-1]]
    return words, os.listdir(folder)


pasted.count = 0


def is_harmless(line, words, what):
    """One command with these arguments, in every shell; who does not know $'...' runs nothing else."""
    for shell in EXACT:
        same(pasted(shell, line), (words, []), f"{what}: {shell} gets the words")
    for shell in OTHER:
        got, made = pasted(shell, line)
        ok(made == [] and (got == words or "$'" in line), f"{what}: {shell} runs nothing else",
           (line, got, made))


def answers(reply):
    def serve(c):
        while read_until(c, b"\n"):
            c.sendall(reply)
    return serve


def probed(reply):
    with device(answers(reply)) as address:
        r = run("check", "--probe", "-t", "3s", address, "--command", r"x\n")
        return address, r, re.search(r"^try: (wilco -f .*)$", r.out, re.M)


# A prompt, a last line and an end that would leave any quotes.
replies = some([b"\r\n';touch${IFS}x;'$ ", b"1\n`touch x`> ", b"1\n$(touch x)# ", b"\r\n\";touch x;\"> ",
                b"\r\n\\';touch x;\\'> ", b"\r\n;touch x;> ", b"a 1\na 2\n';touch${IFS}x;' 3\n",
                b"a\na\n|touch>x b\n", b"\r\n!!:p> ", b"\r\n*?[a]{b,c}~&: "])
for (address, r, line), reply in zip(pool.map(probed, replies), replies):
    if not ok(line, f"{reply}: a line to try", r):
        continue
    notation = re.search(r"^\S+ frame   (.*?): ", r.out, re.M)[1]
    is_harmless(line[1], ["-f", notation, address], f"{reply}")
    for mark in ('"', "'"):
        got, made = pasted("sh", f"wilco -f {mark}{notation}{mark} x")
        same((made, (got or [])[-1:]), ([], ["x"]), f"{reply}: nor between {mark} and {mark}")

# A device's name.
names = [r"exec:read x; printf '1\n'; cat >/dev/null", "exec:read x; echo $(echo 1)",
         "exec:read x\necho 1 | cat; :", "exec:read x; echo '\\' \"!\" `echo 1`; : ü"]
runs = pool.map(lambda name: run("check", "--probe", "-t", "3s", name, "--command", r"x\n"), some(names))
for name, r in zip(some(names), runs):
    line = re.search(r"^try: (wilco -f .*)$", r.out, re.M)
    if ok(line, f"{name!r}: a line to try", r):
        is_harmless(line[1], ["-f", pasted("bash", line[1])[0][1], name], f"{name!r}")

r = run("a;touch x", "y")
is_harmless(re.search(r"did you mean (.*)\?$", r.err, re.M)[1], ["send", "a;touch x"],
            "a word that is no sub-command")
r = run("send", "/tmp/a;touch x", "y")
has(r.err, "unix:'/tmp/a;touch x'", "a path that is no address")

# Where a simulated device listens, and what is in the book and in files.
path = os.path.join(HOME, "it's $(touch x)")
with simulated("x\n  1\n", at=f"unix:{path}") as address:
    is_harmless(f"wilco {address}", [f"unix:{path}"], "the address of a simulated device")
r = run(stdin=".device p 'tcp://127.0.0.1:1?timeout=2s&via=cat; touch x' frame='payload LF'\n.devices\n")
line = re.search(r"^\.device p (\S.*?) frame=(.*)$", r.out, re.M)
if ok(line, "the device book is listed", r):
    is_harmless(f"wilco -f {line[2]} {line[1]}",
                ["-f", "payload LF", "tcp://127.0.0.1:1?timeout=2s&via=cat; touch x"], "its device")
path = os.path.join(HOME, "a;touch x")
with device(answers(b"1\n")) as address:
    r = run("-f", "line", address, stdin=f"y\n.log {path}\n.log\n.save {path}2\n")
is_harmless("wilco " + r.out.splitlines()[1], [path], "the name of a log")
is_harmless("wilco " + re.search(r"saved to (.*)$", r.out + r.err, re.M)[1], [path + "2"], "of a saved file")
done()
