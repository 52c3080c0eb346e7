#!/usr/bin/env python3
"""The tutorial: its files, its commands and what they print, from the first command to a report."""
import os
import re
import shlex
import subprocess

from wilcotest import ENV, HOME, LIMIT, command, done, ok, same

with open(f"{os.environ['srcdir']}/doc/tutorial.md", encoding="utf-8") as f:
    blocks = re.findall(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", f.read(), re.M | re.S)

os.mkdir(f"{HOME}/bin")
with open(f"{HOME}/bin/wilco", "w", encoding="utf-8") as f:
    f.write(f'#!/bin/sh\nexec {" ".join(map(shlex.quote, command()))} "$@"\n')
os.chmod(f"{HOME}/bin/wilco", 0o700)
env = {**ENV, "PATH": f"{HOME}/bin:{ENV['PATH']}"}
devices, real = [], {}  # the devices; the address of each as the tutorial has it, and as it is


def here(text):
    """The text with the addresses that the devices have."""
    for shown, address in real.items():
        text = text.replace(shown, address)
    return text


def timeless(text):
    text = re.sub(r"^# recorded \d{4}-\d\d-\d\d$", "# recorded DAY", text, flags=re.M)
    text = re.sub(r"^# \d\d:\d\d:\d\d\.\d{3} \+[\d.]+ [mu]?s$", "# TIME", text, flags=re.M)
    text = re.sub(r'time="[\d.]+"', 'time=""', text)
    return text.replace(HOME, "/home/you")


def simulate(words, expected):
    shown = expected.strip().removeprefix("listening on ")
    p = subprocess.Popen(command("simulate", words[2], "127.0.0.1:0"), stdout=subprocess.PIPE, env=env, cwd=HOME)
    devices.append(p)
    first = p.stdout.readline().decode().strip()
    ok(first.startswith("listening on ") and ":" in shown, f"{words[2]} is a device", first)
    real[shown] = first.removeprefix("listening on ")


def runs(line, expected):
    words = shlex.split(line)
    if words[:2] == ["wilco", "simulate"]:
        simulate(words, expected)
        return
    r = subprocess.run(["sh", "-c", here(line)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, env=env, cwd=HOME, timeout=LIMIT, check=False)
    if not same(timeless(r.stdout.decode()), timeless(here(expected)), f"$ {line}"):
        ok(False, "what it said", r.stderr.decode())


for kind, name, text in blocks:
    if kind == "wilco":
        with open(f"{HOME}/{name}", "w", encoding="utf-8") as f:
            f.write(here(text))
    elif kind == "typed":
        r = subprocess.run(command("-f", "line", here("127.0.0.1:9100")), input=here(text).encode(), env=env,
                           cwd=HOME, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT, check=False)
        same(r.returncode, 0, "what is typed in the console is run")
    else:
        for line, expected in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.M):
            runs(line, expected)
ok(len(devices) == 2 and len(blocks) > 10, "the tutorial has devices and commands", blocks)
for p in devices:
    p.terminate()
    p.wait(LIMIT)
    p.stdout.close()

done()
