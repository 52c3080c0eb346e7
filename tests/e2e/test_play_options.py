#!/usr/bin/env python3
"""How a macro is played: again, in part, in folders, step by step, recorded; and what a person is asked."""
import os
import subprocess

from wilcotest import (ENV, HOME, LIMIT, WILCO, Terminal, checked_memory, command, device, done, has, ok, run, same,
                       simulated, wait_for)

PUMP = ".frame line\nSTATUS\n  READY\nSPEED 100\n  OK\nSPEED?\n  SPEED=100\n"


def macro(text, name="m"):
    path = f"{HOME}/{name}.wilco"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def steps(result):
    """The commands that were played."""
    return [line.split(" ", 2)[2] for line in result.out.splitlines() if line.startswith("ok ")]


with simulated(PUMP) as pump:
    def play(*words, **more):
        return run("play", "-f", "line", "--device", pump, *words, **more)

    lines = macro("STATUS\n  READY\nSPEED 100\n  OK\n.wait 1ms\nSPEED?\n  SPEED=100\n")
    same(steps(play("--times", "3", lines)), ["STATUS", "SPEED 100", "SPEED?"] * 3, "--times plays it again")
    same(steps(play("--from", "3", "--to", "4", lines)), ["SPEED 100"], "--from and --to play a part")
    same(steps(play("--from", "5", lines)), ["SPEED?"], "--from goes to the end")
    r = play("--from", "3", macro(".let s READY\n.repeat 2\nSTATUS\n  \\{s}\n.end\nSPEED?\n", "part"))
    same(steps(r), ["STATUS", "STATUS", "SPEED?"], "what lines before it define is known")
    for words in (("--from", "90"), ("--from", "4", "--to", "3"), ("--to", "0")):
        r = play(*words, lines)
        same((r.code, r.out), (2, ""), f"{words}: without a command in these lines nothing holds")
    same(play("--dry-run", "--from", "5", lines).out, "SPEED?\\n\n", "--dry-run prints what --from leaves")
    takes = macro("STATUS\n  READY\n.capture state /(.*)/\nNOTE \\{state}\n  \\{state}\nSPEED?\n  SPEED=100\n", "takes")
    same(steps(play("--from", "6", takes)), ["SPEED?"], "steps that are not played may name what was not captured")
    r = play("--from", "4", takes)
    ok((r.code, r.out) == (2, "") and "takes.wilco:4:8: \\{state} has no value" in r.err,
       "those that are played may not, which is known before anything is sent", r)
    for words in (("--times", "0"), ("--from", "x"), ("--to", "-1")):
        same(play(*words, lines).code, 2, f"{words} is refused")
    macro("STATUS\n  READY\n", "folder/b")
    macro("SPEED?\n  SPEED=100\n", "folder/a")
    macro("NO\n", "folder/.hidden")
    same(steps(play(f"{HOME}/folder")), ["SPEED?", "STATUS"], "the files of a folder are played in order")
    has(play(f"{HOME}/folder/").out, f"{HOME}/folder/a.wilco:", "whose name may end with a slash")
    os.makedirs(f"{HOME}/empty")
    r = play(f"{HOME}/empty")
    ok(r.code == 2 and "has no .wilco files" in r.err, "an empty folder is refused", r)
    os.chmod(macro(f"#!/usr/bin/env -S {os.path.abspath(WILCO)} play\n.open {pump}\n.frame line\nSTATUS\n  READY\n",
                   "script"), 0o755)
    p = subprocess.run([f"{HOME}/script.wilco"], capture_output=True, text=True, env=ENV, timeout=LIMIT, check=False)
    ok(p.returncode == 0 and p.stdout.startswith("ok "), "a macro may be a program", p)

    # ---- what would be success without a look ----
    named = macro(f".device pump {pump} frame=line\n.open pump\nSTATUS\n  READY\n", "named")
    r = run("play", named, "--device", f"pmup={pump}")
    ok((r.code, r.out) == (2, "") and "opens none; it opens pump" in r.err, "a misspelled --device is refused", r)
    same(run("play", named, "--device", f"pump={pump}", "--device", "other=127.0.0.1:1").code, 0,
         "one for another macro is not")
    quick = "?timeout=300ms"
    for text, code in ((".tell STATUS\n  (none)\n", 1), (".tell NO\n  (none)\n", 0), (".tell NO\n  (any)\n", 1),
                       (".tell STATUS\n  (any)\n", 0), ("STATUS\n.within 1us\n  (any)\n", 1),
                       ("STATUS\n.within 60s\n  (any)\n", 0), ("NO\n.within 60s\n  (none)\n", 2),
                       ("STATUS\n.within 60s\n  READY\n  (lost)\n", 1)):
        r = run("play", "-f", "line", macro(text, "quick"), "--device", pump + quick)
        same(r.code, code, f"{text!r} ends with {code}")
    for kind in ("--report-tap", "--report-junit"):
        r = play(kind, named, lines)
        ok(r.code == 2 and "would overwrite the macro" in r.err and os.path.getsize(named) > 0,
           f"{kind} does not write over a macro", r)

    # ---- recorded ----
    r = play("--record", f"{HOME}/rec.wilco", lines)
    with open(f"{HOME}/rec.wilco", encoding="utf-8") as f:
        again = [line for line in f.read().splitlines() if not line.startswith("#")]
    same(again[2:], ["STATUS", "  READY", "SPEED 100", "  OK", "SPEED?", "  SPEED=100"], "--record writes what came")
    same(run("play", f"{HOME}/rec.wilco").code, 0, "which plays")
    r = play("--record", f"{HOME}/rec.wilco", lines)
    same((r.code, r.out), (6, ""), "an existing file is refused, and nothing is sent")
    r = play(macro(f"STATUS\n  READY\n.log {HOME}/m.log\nSPEED?\n  SPEED=100\n", "logs"))
    with open(f"{HOME}/m.log", encoding="utf-8") as f:
        log = f.read()
    ok(r.code == 0 and "SPEED=100" in log and "READY" not in log, "a file may log", log)

    # ---- questions ----
    asks = macro("STATUS\n  READY\n.confirm Is the area of pump \\{1} clear?\nSPEED?\n  SPEED=100\n", "asks")
    inside = ["setsid", "--wait"]  # without a terminal

    def alone(*words):
        p = subprocess.run([*inside, *command("play", "-f", "line", "--device", pump, *words)], capture_output=True,
                           env=ENV, timeout=LIMIT, check=False, stdin=subprocess.DEVNULL)
        return p.returncode, p.stdout.decode(), p.stderr.decode()

    code, out, err = alone("--var", "1=7", asks)
    same((code, out), (2, ""), ".confirm without a terminal sends nothing")
    has(err, "asks.wilco:3:10: .confirm needs a person at a terminal, or --yes", "and says why")
    code, out, err = alone("--var", "1=7", "--yes", asks)
    same((code, out.count("ok ")), (0, 2), "--yes answers it")
    code, out, err = alone("--yes", asks)
    same((code, out), (2, ""), "an argument that is missing is refused")
    has(err, "argument 1 is missing", "and said")
    same(alone("--step", lines)[:2], (2, ""), "--step without a terminal is refused")

    def typed(words, *answers):
        """Runs it at a terminal; each answer is a question to wait for, and the key."""
        t = Terminal(" ".join(command("play", "-f", "line", "--device", pump, *words)), columns=150)
        for question, key in answers:
            t.wait(question)
            t.type(key)
            t.keys("Enter")
        return t

    t = typed([asks], ("argument 1:", "7"), ("Is the area of pump 7 clear? [y/N]", "y"))
    t.wait("2 steps, all of which hold", "an argument is asked for once, and a question goes on after y")
    t.close()
    t = typed(["--var", "1=8", asks], ("Is the area of pump 8 clear? [y/N]", "n"))
    t.wait("1 step, which holds; it was stopped before its end", "n ends it")
    t.close()
    t = typed(["--step", lines], ("m.wilco:1 STATUS [y/N]", "y"), ("m.wilco:3 SPEED 100 [y/N]", "y"),
              ("m.wilco:6 SPEED? [y/N]", "n"))
    t.wait("2 steps, all of which hold", "--step asks before each step")
    t.close()

# ---- Ctrl-C, and a long macro ----
asked = []


def echo(connection):
    for line in connection.makefile("rb"):
        asked.append(line)
        connection.sendall(line)


with device(echo) as address:
    p = subprocess.Popen(command("play", "-f", "line", macro(".every 10ms AGAIN\n  AGAIN\n", "forever"), address),
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
    ok(wait_for(lambda: len(asked) > 3, "some turns"), "a loop without a number goes on")
    p.terminate()
    p.wait(LIMIT)
    same(p.returncode, 143, "until it is ended, which is the exit status")

    def peak(count):
        with open(f"{HOME}/long.wilco", "w", encoding="ascii") as f:
            f.write("STATUS\n  STATUS\n" * count)
        q = subprocess.Popen(command("play", "-q", "-f", "line", f"{HOME}/long.wilco", address),
                             stdout=subprocess.DEVNULL, env=ENV)
        _, status, used = os.wait4(q.pid, 0)
        return status, used.ru_maxrss

    if not checked_memory():
        (first, few), (second, many) = peak(1000), peak(20000)
        ok(first == second == 0 and many - few < 1024, "a long macro needs no more memory", (few, many))
    r = run("play", "-f", "line", "-", address, stdin="STATUS\n  STATUS\n" * 1000)
    ok(r.code == 0 and r.out.count("ok ") == 1000, "a long macro may come through a pipe", r.err)

    p = subprocess.Popen(command("play", "-f", "line", "--record", f"{HOME}/left-rec.wilco",
                                 macro("FIRST\n  FIRST\n.now SECOND\n.wait 60s\n", "left"), address),
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
    wait_for(lambda: b"SECOND\n" in asked, "the command behind the reply")
    p.terminate()
    p.communicate(timeout=LIMIT)
    with open(f"{HOME}/left-rec.wilco", encoding="utf-8") as f:
        has(f.read(), "FIRST\n  FIRST\n", "what was answered in a step that was left is recorded")

    # ---- lines that never come ----
    os.mkfifo(f"{HOME}/pipe.wilco")
    for word in (f"{HOME}/pipe.wilco", "-"):
        p = subprocess.Popen(command("play", "-f", "line", word, f"{HOME}/forever.wilco", address),
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
        ok(wait_for(lambda p=p: p.poll() is not None or p.terminate()), f"a signal ends the wait for {word}")
        ok(p.returncode in (143, -15) and not p.stdout.read(), "and nothing is played", p.returncode)
    r = run("play", "-f", "line", macro(f".include {HOME}/pipe.wilco\n", "includes"), address)
    ok(r.code == 2 and "is no file" in r.err, "what a macro includes is a file", r)
done()
