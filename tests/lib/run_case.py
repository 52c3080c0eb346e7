#!/usr/bin/env python3
"""Runs tests that are text files (tests/cases/*.t).  A file describes a device and runs of wilco:

    words before the first section: what the case proves
    == device -f 'payload CR LF'     options of `wilco simulate`; the device's file follows
    == run send DEVICE STATUS        the arguments of wilco; DEVICE becomes the simulator's address
    == in                            what is written to standard input
    == out                           what must come on standard output, to the byte
    == err                           lines, each of which must be somewhere on standard error
    == exit 0

`device` and `in` may be left out.  There may be several runs, all against the one device; each has
the sections that follow it.  Without `err` standard error must be empty."""
import contextlib
import os
import shlex
import sys

from wilcotest import done, has, ok, run, same, simulated

HEADINGS = ("device", "run", "in", "out", "err", "exit")


def sections_of(path):
    """Returns [heading, argument, text] of each section; ends the program at a wrong one."""
    sections = [["", "", ""]]
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            if not line.startswith("== "):
                sections[-1][2] += line
                continue
            heading, _, argument = line[3:].strip().partition(" ")
            if heading not in HEADINGS:
                sys.exit(f"{path}:{number}: a section is {', '.join(HEADINGS)}, not {heading!r}")
            sections.append([heading, argument, ""])
    return sections


def runs_of(sections):
    """Returns the sections of each run, by heading."""
    runs = []
    for heading, argument, text in sections:
        if heading == "run":
            runs.append({"words": argument, "in": "", "out": "", "err": "", "exit": None})
        elif heading == "exit":
            runs[-1]["exit"] = int(argument)
        elif heading in ("in", "out", "err"):
            runs[-1][heading] = text
    return runs


def judge(case, address):
    words = [w.replace("DEVICE", address) for w in shlex.split(case["words"])]
    result = run(*words, stdin=case["in"])
    name = f"wilco {case['words']}"
    same(result.out, case["out"].replace("DEVICE", address), f"{name}: output")
    if not case["err"]:
        same(result.err, "", f"{name}: nothing on standard error")
    for line in case["err"].splitlines():
        has(result.err, line.replace("DEVICE", address), f"{name}: standard error")
    same(result.code, case["exit"], f"{name}: exit status")


def main(path):
    sections = sections_of(path)
    runs = runs_of(sections)
    device = [s for s in sections if s[0] == "device"]
    ok(runs, f"{os.path.basename(path)} runs something")
    with contextlib.ExitStack() as stack:
        address = ""
        if device:
            address = stack.enter_context(simulated(device[0][2], *shlex.split(device[0][1])))
        for case in runs:
            judge(case, address)
    done()


main(sys.argv[1])
