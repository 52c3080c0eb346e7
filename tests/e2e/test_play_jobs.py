#!/usr/bin/env python3
"""Several macros at the same time: wilco play -j N."""
import json
import os
import subprocess
import threading
from contextlib import ExitStack

from wilcotest import ENV, HOME, LIMIT, Terminal, checked_memory, command, device, done, has, ok, run, same, wait_for


def macro(text, name):
    path = f"{HOME}/{name}.wilco"
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


class Meeting:
    """Devices of which none answers MEET before `count` of them were asked; and who was connected."""

    def __init__(self, count=1):
        self.barrier = threading.Barrier(count)
        self.lock = threading.Lock()
        self.connected = self.most = 0
        self.asked = []

    def serve(self, connection):
        with self.lock:
            self.connected += 1
            self.most = max(self.most, self.connected)
        for line in connection.makefile("rb"):
            self.asked.append(line.decode().strip())
            if line == b"NEVER\n":
                continue
            if line == b"MEET\n":
                self.barrier.wait(LIMIT)
            if line == b"BYE\n":  # before the client knows that it may close
                with self.lock:
                    self.connected -= 1
            connection.sendall(b"OK\n")


def lines(out):
    """Which commands of which files were printed."""
    return [line.split("/")[-1].replace(".wilco", "") for line in out.splitlines() if line.startswith("ok ")]


def play(*words, **more):
    return run("play", "-f", "line", *words, **more)


# ---- at the same time, and printed in order ----
with ExitStack() as stack:
    meeting = Meeting(3)
    where = [stack.enter_context(device(meeting.serve)) for _ in range(3)]
    # The first is over last.
    files = [macro(f".open {where[i]}\n.note this is {i}\nMEET\n  OK\n" + f"AGAIN\n  OK\n" * (30 - 10 * i), f"m{i}")
             for i in range(3)]
    r = play("-j", "3", *files)
    order = [f"m{i}:{4 + 1 - 2 if k == 0 else 3 + 2 * k} {'AGAIN' if k else 'MEET'}"
             for i in range(3) for k in range(31 - 10 * i)]
    same(r.code, 0, "three macros run at the same time")
    same(lines(r.out), order, "and are printed one after the other")
    notes = [line for line in r.err.splitlines() if "this is" in line or "hold" in line]
    ok(len(notes) == 6 and all(f"this is {i}" in notes[2 * i] and f"m{i}.wilco" in notes[2 * i + 1] for i in range(3)),
       "with their notes", r.err)
    r = play("-j", "3", "--json", *files)
    objects = [json.loads(line) for line in r.out.splitlines()]
    same([os.path.basename(o["file"]) for o in objects if "step" in o],
         [f"m{i}.wilco" for i in range(3) for k in range(31 - 10 * i)], "objects come by macro")

    # ---- reports ----
    bad = macro(f".open {where[1]}\nMEET\n  NO\nAGAIN\n  OK\n", "bad")
    words = ["-j", "3", files[0], bad, files[2]]
    r = play(*words, "--report-tap", f"{HOME}/tap", "--report-junit", f"{HOME}/junit")
    with open(f"{HOME}/tap", encoding="utf-8") as f:
        tap = f.read().splitlines()
    with open(f"{HOME}/junit", encoding="utf-8") as f:
        junit = f.read()
    numbers = [int(line.replace("not ", "").split()[1]) for line in tap if line.startswith(("ok", "not ok"))]
    same(numbers, list(range(1, 31 + 2 + 11 + 1)), "the steps of a TAP report are counted through")
    has(tap[-1], f"1..{len(numbers)}", "and all are in its plan")
    same([line.split("/")[-1] for line in tap if line.startswith("# /")], ["m0.wilco", "bad.wilco", "m2.wilco"],
         "its macros stand in the order of the command line")
    ok(f"not ok 32 - {bad}:2 MEET" in tap and f"ok 33 - {bad}:4 AGAIN # SKIP not run" in tap, "each with its steps", tap)
    places = [junit.find(f'name="{name}"') for name in (files[0], bad, files[2])]
    ok(0 < places[0] < places[1] < places[2], "so do the suites of JUnit's", junit)
    has(junit, f'<testsuite name="{bad}" tests="2" failures="1" errors="0" skipped="1"', "which are counted apart")
    same(r.code, 1, "the exit status is the highest")
    r = play(*words, "--report-tap", "-")
    same([line.split(" # ")[0] for line in r.out.splitlines()], [line.split(" # ")[0] for line in tap],
         "a report may go to standard output")

    # ---- what is refused ----
    meeting.asked.clear()
    for other in (["--record", f"{HOME}/r"], ["--accept"], ["--step"]):
        r = play("-j", "2", *other, *files)
        ok(r.code == 2 and "does not go with -j" in r.err, f"{other[0]} is refused", r)
    for number in ("0", "x", "65"):
        same(play("-j", number, *files).code, 2, f"-j {number} is refused")
    r = play("-j", "2", files[0], "-", stdin="X\n")
    ok(r.code == 2 and "has to be a file, not a pipe" in r.err, "so is a macro from a pipe", r)
    asks = macro(f".open {where[0]}\nX\n  OK\n.confirm Go?\nY\n", "asks")
    r = play("-j", "2", asks)
    ok(r.code == 2 and "asks.wilco:4:10: .confirm asks nobody" in r.err, "nobody is asked while macros run", r)
    same(meeting.asked, [], "and nothing is sent")
    same(lines(play("-j", "2", "--yes", asks).out), ["asks:2 X", "asks:5 Y"], "--yes answers it")
    wrong = macro(f".open {where[0]}\nX\n  OK\n.open\n Y\n", "wrong")
    r = play("-j", "2", wrong, asks, "--yes")
    same((r.code, lines(r.out)), (2, ["asks:2 X", "asks:5 Y"]), "a file with a mistake does not keep the others")
    same(play("-j", "2", f"{HOME}/nowhere.wilco", asks, "--yes").code, 2, "nor does one that is not there")

# ---- one after the other ----
meeting = Meeting()
with device(meeting.serve) as shared:
    with device(meeting.serve) as other:
        first = macro(f".open {other}\nA\n  OK\nBYE\n  OK\n", "first")
        late = macro(f".open {other}\nB\n  OK\nBYE\n  OK\n.open {shared}\nC\n  OK\nBYE\n  OK\n", "late")
        last = macro(f".open {shared}\nD\n  OK\nBYE\n  OK\n", "last")
        r = play("-j", "8", first, late, last, "--times", "2")
        same((r.code, len(lines(r.out))), (0, 2 * 8), "macros with devices in common are played")
        same([a for a in meeting.asked if a != "BYE"], ["A", "A", "B", "C", "B", "C", "D", "D"],
             "one after the other, also where a device is opened below")
        same(meeting.most, 1, "so that each device has one client")
        meeting.asked.clear()
        r = play("-j", "8", "--device", shared, macro("A\n  OK\nBYE\n  OK\n", "a"), macro("B\n  OK\nBYE\n  OK\n", "b"))
        same((r.code, meeting.asked), (0, ["A", "BYE", "B", "BYE"]), "--device is one address for all")

# ---- many ----
with ExitStack() as stack:
    meeting = Meeting()
    where = [stack.enter_context(device(meeting.serve)) for _ in range(4)]
    os.makedirs(f"{HOME}/many")
    for i in range(150):
        macro(f".open {where[i % 4]}\nS{i}\n  OK\n", f"many/m{i:03}")
    r = play("-j", "4", f"{HOME}/many")
    same((r.code, lines(r.out)), (0, [f"m{i:03}:2 S{i}" for i in range(150)]), "the macros of a folder are played")

# ---- what is kept is limited ----
told = threading.Event()


def blast(connection):
    for number, line in enumerate(connection.makefile("rb"), 1):
        if line == b"FIRST\n":
            told.wait(LIMIT)
            connection.sendall(b"OK\n")
        else:
            connection.sendall(b"x" * 900000 + b"\n")
            if number == 80:
                told.set()


if not checked_memory():  # it is slow there
    with device(blast) as one, device(blast) as two:
        r = play("-t", "60s", "-j", "2", macro(f".open {one}\nFIRST\n", "kept0"),
                 macro(f".open {two}\n.repeat 80\nBLAST\n.end\n", "kept1"))
    ok(r.code == 6 and 60e6 < len(r.out) < 68e6, "of what waits 64 MiB are kept", (r.code, len(r.out)))
    has(r.err, "at most 64 MiB are kept", "and what is lost is said")

# ---- Ctrl-C ----
with ExitStack() as stack:
    meeting = Meeting()
    where = [stack.enter_context(device(meeting.serve)) for _ in range(2)]
    files = [macro(f".open {where[i]}\nX{i}\n  OK\nNEVER\n  OK\nLATER\n", f"never{i}") for i in range(2)]
    p = subprocess.Popen(command("play", "-f", "line", "-t", "60s", "-j", "2", *files, files[0]), env=ENV,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    ok(wait_for(lambda: meeting.asked.count("NEVER") == 2, "both wait"), "two macros wait", meeting.asked)
    p.send_signal(2)
    out, err = p.communicate(timeout=LIMIT)
    same(p.returncode, 130, "Ctrl-C ends all of them")
    same(lines(out), ["never0:2 X0", "never1:2 X1"], "and what they did is printed", )
    same(err.count("it was stopped before its end"), 2, "with their ends")
    same(meeting.asked.count("LATER"), 0, "nothing more is sent")

# ---- questions come first ----
meeting = Meeting()
with device(meeting.serve) as one, device(meeting.serve) as two:
    a = macro(f".open {one}\nA\n  OK\n", "qa")
    b = macro(f".open {two}\nB \\{{1}} \\{{secret:code}}\n  OK\n", "qb")
    t = Terminal(" ".join(command("play", "-f", "line", "-j", "2", a, b)))
    t.wait("argument 1:", "an argument that is missing is asked for")
    same(meeting.asked, [], "before anything is sent")
    t.type("seven")
    t.keys("Enter")
    t.wait("code (not shown):", "so is a secret")
    same(meeting.asked, [], "before anything is sent, too")
    t.type("hush-hush")
    t.keys("Enter")
    ok(wait_for(lambda: sorted(meeting.asked) == ["A", "B seven hush-hush"], "both"), "and both are used", meeting.asked)
    t.wait("qb.wilco: 1 step, which holds", "then all run")
    t.close()
done()
