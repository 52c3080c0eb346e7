#!/usr/bin/env python3
"""Every example of wilco-frame(5) can be copied from the page as man shows it, in any locale and
width, and does what the page says.  mdoc once ate the quotes of five of them."""
import os
import re
import subprocess

from wilcotest import ENV, done, need, ok, run, same, some

PAGE = f"{os.environ['srcdir']}/doc/wilco-frame.5"
LETTERS = {r"\(aq": "'", r"\(ha": "^", r"\(ti": "~", r"\(ga": "`", r"\-": "-", r"\e": "\\", r"\&": ""}


def rendered(locale, width):
    """Returns the lines of the page."""
    p = subprocess.run(["man", "--warnings", "-P", "cat", "-l", PAGE], capture_output=True, check=False,
                       env={**ENV, "LC_ALL": locale, "MANWIDTH": width})
    same((p.returncode, p.stderr), (0, b""), f"the page formats without a warning: {locale}, {width}")
    return [line.strip() for line in re.sub(r".\x08|\x1b\[[0-9;]*m", "", p.stdout.decode()).split("\n")]


def shell_words(commands):
    """Returns the words of each command as a shell reads them."""
    script = "wilco() { for w; do printf '%s\\037' \"$w\"; done; printf '\\036'; }\n"
    p = subprocess.run(["sh"], input=script + "\n".join(commands), capture_output=True, text=True, check=False)
    same(p.stderr, "", "a shell takes the commands")
    return [each.split("\x1f")[:-1] for each in p.stdout.split("\x1e")[:-1]]


# What newer versions of groff turn into other characters, so that it cannot be copied.
with open(PAGE, encoding="utf-8") as f:
    source = f.read()
displays = re.findall(r"^\.Bd -literal.*\n((?:.*\n)+?)\.Ed$", source, re.M)
raw = "".join(displays).splitlines()
same([line for line in raw + re.findall(r"^\.Li .*", source, re.M) if re.search(r"['^`~]|(?<!\\)-", line)], [],
     "what is copied has its quotes, hyphens and carets escaped")
lines = [re.sub(r"\\(\(..|.)", lambda m: LETTERS[m[0]], line).strip() for line in raw]

copied = lines
if need("man"):
    for locale in "C.UTF-8", "C":
        for width in "60", "80", "132":
            page = rendered(locale, width)
            copied = [line for line in page if line in lines]
            same([line for line in lines if line not in page], [], f"all can be copied: {locale}, {width}")
            same(len(copied), len(lines), f"and nothing stands there twice: {locale}, {width}")

text = "".join(f"{line}\n" for line in copied)
commands = re.findall(r"^(wilco frame encode (?:.*\n)+?)=> ([0-9a-f]+)$", text, re.M)
ok(len(commands) >= 28, f"the page has {len(commands)} commands with their bytes")
for words, (_, wire) in some(list(zip(shell_words([command for command, _ in commands]), commands))):
    r = run(*words)
    same((r.code, r.out, r.err), (0, f"{wire}\n", ""), " ".join(words))
    if "--reply" not in words:
        r = run("frame", "decode", "--command", "--hex", "-o", "hex", words[-2], stdin=wire)
        same((r.code, r.err), (0, ""), f"and reads back: {words[-2]}")

tables = re.findall(r"^(\S.*\S) +=> ([0-9a-f]+)$", text, re.M)
ok(len(tables) >= 30, f"it has {len(tables)} notations with their bytes")
for frame, wire in some(tables):
    same(run("frame", "encode", frame, "AB").out, f"{wire}\n", frame)
    r = run("frame", "decode", "--command", "--hex", "-o", "raw", frame, stdin=wire)
    same((r.out, r.err), ("AB", ""), f"and reads back: {frame}")

rules = re.findall(r"^(payload .* ; .*)$", text, re.M)
ok(len(rules) >= 7, f"it has {len(rules)} with rules")
for frame in some(rules):
    same(run("frame", "show", frame).code, 0, f"it is a notation: {frame}")
definitions = re.findall(r"^\.frame .* = .*\n", text, re.M)
r = run(stdin="".join(definitions))
ok(len(definitions) >= 3 and r.code == 0 and not r.err, "definitions are accepted", r)

told = re.search(r"^echo (.*) \| (wilco frame decode .*)\n(wilco frame show .*)$", text, re.M)
decode, show = shell_words([told[2], told[3]])
same(run(*decode, stdin=told[1]).out, "OK\n", "bytes of a document are decoded")
same(run(*show).code, 0, "and a notation is explained")
done()
