#!/usr/bin/env python3
"""The program, its help, its manual and the README agree; their examples are accepted."""
import os
import re
import shlex
import subprocess

from wilcotest import ENV, done, has, need, ok, run, same, some

ROOT = os.environ["srcdir"]


def read(name):
    with open(f"{ROOT}/{name}", encoding="utf-8") as f:
        return f.read()


manual, readme = read("doc/wilco.1"), read("README.md")
plain = re.sub(r"\\(e|-|&)", lambda m: {"e": "\\", "-": "-", "&": ""}[m[1]], manual)
help_text = run("--help").out

for option in re.findall(r"--([a-z-]+)", help_text):
    has(manual, f"Fl -{option}", f"the manual knows --{option}")
for option in re.findall(r"Fl -([a-z-]+)", manual):
    has(help_text, f"--{option}", f"--help knows --{option}")
for letter in set(re.findall(r"\.It Fl ([a-z]) ", manual)):
    has(help_text, f"-{letter}, --", f"--help knows -{letter}")
for command in re.findall(r"^  wilco ([a-z]+)", help_text, re.M):
    has(manual, f".Cm {command}", f"the manual knows the sub-command {command}")

verbs = re.findall(r"^\.([a-z]+)(?: or \.([a-z]))?", run(stdin=".help\n").out, re.M)
ok(len(verbs) > 10, "the console lists its commands")
for verb, short in some(verbs):
    has(manual, f".It Cm .{verb}", f"the manual knows .{verb}")
    if short:
        has(manual, f".{short}", f"the manual knows .{short}")
    r = run(stdin=f".help {verb}\n")
    has(r.out, "for example:", f".help {verb} has an example")
for verb in set(re.findall(r"^\.It Cm \.([a-z]+)", manual, re.M)) - {"verb"}:
    ok(verb in [v for v, _ in verbs], f".help lists .{verb}")
settings = [line.split()[0] for line in run(stdin=".set\n").out.splitlines()]
for setting in settings:
    has(manual, setting, f"the manual knows the setting {setting}")

# Frames that are named or shown: all of them compile, those in the manual are what it says.
for name, notation in some(re.findall(r"^\.It Cm ([a-z0-9-]+)\n(?:.*\n){0,2}?\.Li (.*?) \.$", manual,
                                      re.M)):
    r = run("-f", name, "127.0.0.1:1", stdin=".frame\n")
    has(r.out, f"frame {name} = {notation}", f"the manual's {name} is the program's")
for name in some(("line", "line-cr", "line-crlf", "raw", "raw-eof", "lp8", "lp16be", "lp16le", "lp32be",
                  "lp32le", "netstring", "esc-cr", "esc-cr-nul")):
    has(manual, name, f"the manual knows the frame {name}")
    same(run("send", "--dry-run", "-f", name, "h", "x").code, 0, f"the frame {name} sends")

# Every send of README and manual, with --dry-run in front: the command must be accepted.
examples = [line.split("  ")[0].strip() for line in (readme + plain).splitlines()
            if re.match(r"\s*wilco send [^D]", line)]
ok(len(examples) >= 8, "there are examples", examples)
for example in some(examples):
    words = shlex.split(example)
    r = run("send", "--dry-run", *[w for w in words[2:] if w != "-"], "x")
    same(r.code, 0, f"accepted: {example}")

with open(f"{ENV['HOME']}/projector.wilco", "w", encoding="utf-8") as f:
    f.write(re.search(r"```\n(# a projector\n.*?)```", readme, re.S)[1])
p = subprocess.Popen([os.environ["WILCO"], "simulate", f"{ENV['HOME']}/projector.wilco",
                      "127.0.0.1:0"], stdout=subprocess.PIPE, env=ENV)
address = p.stdout.readline().decode().split()[-1]
same(run("send", address, "PWR?").out, "PWR=ON\n", "the README's device answers")
p.terminate()
p.wait()

r = run("demo")
same(r.code, 0, "wilco demo without a terminal exits 0")
ok(len(re.findall(r"^> ", r.out, re.M)) >= 2, "and shows at least two commands", r)
ok(len(re.findall(r"^< ", r.out, re.M)) >= 2, "with their replies", r)
same(run("--version").out, f"wilco {re.search(r'AC_INIT.*?, .([0-9.]+)', read('configure.ac'))[1]}\n",
     "--version is configure's")
if need("man"):
    p = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", f"{ROOT}/doc/wilco.1"],
                       capture_output=True, text=True, check=False)
    same(p.stderr, "", "the manual formats without a warning")
done()
