#!/usr/bin/env python3
"""Macros and loops at a prompt: in the console and in pipes."""
from wilcotest import HOME, Terminal, command, device, done, has, ok, run, same, simulated, wait_for

PUMP = """.frame line
STATUS
  READY
SPEED 100
  OK
SPEED?
  SPEED=100
EVENT
  OK
  (unsolicited) ALARM 17
"""


def macro(text, name="m"):
    path = f"{HOME}/{name}.wilco"
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


good = macro("STATUS\n  READY\nSPEED \\{1|100}\n  OK\nEVENT\n  OK\n  (unsolicited) ALARM 17\n", "good")
bad = macro("STATUS\n  READY\nSPEED?\n  SPEED=90\nSTATUS\n", "bad")
wrong = macro("STATUS\n  READY\nSTATUS\n READY\n", "wrong")

# ---- pipes ----
with simulated(PUMP) as pump:
    def pipe(lines, *options):
        return run("-f", "line", *options, pump, stdin=lines)

    r = pipe(f".play {good} 100\nSPEED?\n")
    same((r.code, r.out), (0, "READY\nOK\nOK\nSPEED=100\n"), "a macro runs between the lines of a pipe")
    has(r.err, "good.wilco: 3 steps, all of which hold", "and its end is told")
    r = pipe(f".play {bad}\nSPEED?\n")
    same((r.code, r.out), (1, "READY\nSPEED=100\nSPEED=100\n"), "a step that does not hold ends it, and the lines go on")
    has(r.err, "not ok", "that is told")
    has(r.err, "at byte 6: expected SPEED=90, got SPEED=100", "with the difference")
    r = pipe(f".play {wrong}\nSPEED?\n")
    same((r.code, r.out), (2, "SPEED=100\n"), "a file with a mistake sends nothing")
    has(r.err, f"{wrong}:4:1:", "and has its place")
    has(pipe(".play nowhere\n").err, "No such file", "a macro that is not there")
    r = pipe(f".record {HOME}/rec.wilco\n.play {good}\n.record stop\n")
    with open(f"{HOME}/rec.wilco", encoding="utf-8") as f:
        recorded = [line for line in f.read().splitlines() if not line.startswith("#")]
    same(recorded[-3:], ["EVENT", "  OK", "  (unsolicited) ALARM 17"], "what a macro does is recorded, in its order")
    r = pipe(f".open 127.0.0.2:1\n.use 1\n.play {macro('.use 2', 'use')}\nSTATUS\n")
    has(r.out, "READY\n", "after a macro the device is the one before")

    # ---- loops ----
    r = pipe(".every 10ms 3 STATUS\nSPEED?\n")
    same((r.code, r.out), (0, "READY\n" * 3 + "SPEED=100\n"), ".every runs a line so often")
    r = pipe(".repeat 2\nSTATUS\n  READY\n.repeat 2\nSPEED \\{n}00\n.end\n.end\nSPEED?\n", "-t", "300ms")
    same((r.code, r.out), (4, "READY\nOK\nSPEED=100\n"), "lines up to .end are a macro, with its names")
    for lines, message in ((".end\n", "no .repeat and no .every above it"), (".repeat 3\nSTATUS\n", "no .end below it"),
                           (".repeat x\nSTATUS\n.end\n", "the number of turns"), (".every\nSTATUS\n.end\n", ".every needs")):
        r = pipe(lines)
        ok(r.code == 2 and message in r.err and not r.out, f"{lines!r} is refused", r)
    r = run("-f", "modbus-tcp", "exec:cat", "-t", "200ms", stdin=".every 1ms 1 03 00 zz\n")
    has(r.err, "typed:1:", "under a binary frame a typed line is bytes in a loop, too")

# ---- a frame runs a line ----
heard = []


def overheats(connection):
    for line in connection.makefile("rb"):
        heard.append(line)
        connection.sendall({b"RUN\n": b"10 %\nOVERHEAT\n", b"STOP\n": b"STOPPED\n"}.get(line, b"OK\nSTOPPED\n"))


with device(overheats) as address:
    r = run("-f", "payload LF ; until 'STOPPED'", address,
            stdin=".when /OVER(HEAT)/ .now STOP\n.when /10 %/ LATER\n.when\nRUN\n")
    same((r.code, heard), (0, [b"RUN\n", b"STOP\n", b"LATER\n"]), ".when runs a line while a command waits, or after it")
    has(r.out, ".when /10 %/ LATER\n.when /OVER(HEAT)/ .now STOP\n", "its lines are listed")
    heard.clear()
    r = run("-f", "payload LF ; until 'STOPPED'", address, stdin=".when /O/ STOP\n.when off\n.when\nSTATUS\n")
    same(heard, [b"STATUS\n"], "and forgotten")
    has(r.out, "no .when waits for anything\n", "then there are none")
    heard.clear()
    r = run("-f", "payload LF", address, stdin=".when /OK/ AGAIN\nSTATUS\n.wait 300ms\n")
    same((r.code, heard), (0, [b"STATUS\n", b"AGAIN\n"]), "what answers its line runs none")
    for line in (".when x", ".when /x/", ".when /(/ y"):
        same(run("-f", "line", address, stdin=f"{line}\n").code, 2, f"{line} is refused")

# ---- the console ----
asked = []


def serve(connection):
    for line in connection.makefile("rb"):
        asked.append(line)
        connection.sendall(b"READY\n")


with device(serve) as address:
    t = Terminal(" ".join(command("-f", "line", address)))
    t.wait(f"{address}>")
    three = macro("STATUS\n  READY\nSPEED?\n  SPEED=90\nSTATUS\n", "three")
    t.type(f".play {three}")
    t.keys("Enter")
    t.wait("three.wilco: 1 of 2 steps does not hold", "a macro runs in the console")
    t.wait("< READY", "its steps are shown")
    t.wait("expected SPEED=90, got READY", "and what differs")
    t.type(".every 20ms AGAIN")
    t.keys("Enter")
    ok(wait_for(lambda: asked.count(b"AGAIN\n") > 3, "some turns"), ".every without a number goes on")
    t.type("LATER")
    t.keys("Enter")
    t.keys("C-c")
    t.wait("waiting line", "Ctrl-C ends it, and what waits")
    ok(wait_for(lambda: "AGAIN" in t.screen(), "the record"), "the record stays", t.screen())
    t.type("DONE")
    t.keys("Enter")
    ok(wait_for(lambda: b"DONE\n" in asked, "the next command"), "and the console goes on", t.screen())
    same(asked.count(b"LATER\n"), 0, "the line that waited was not sent")
    t.type(".repeat 2")
    t.keys("Enter")
    t.wait("the loop begins when .end is typed", "lines of a loop are kept")
    for line in ("TURN \\{n}", ".end"):
        t.type(line)
        t.wait(line)
        t.keys("Enter")
    ok(wait_for(lambda: asked[-2:] == [b"TURN 1\n", b"TURN 2\n"], "two turns"), "and run", asked[-3:])
    t.close()

# ---- questions ----
asks = macro("STATUS\n  READY\n.confirm Is the area of pump \\{1} clear?\nSPEED \\{2} \\{secret:code}\n  READY\n", "asks")
with device(serve) as address:
    for plain in ((), ("--plain",)):
        t = Terminal(" ".join(command(*plain, "-f", "line", address)), columns=150)

        def key(question, *keys, text="", t=t):
            t.wait(question)
            t.type(text)
            t.keys(*keys)

        t.wait(f"{address}>")
        del asked[:]
        key(">", "Enter", text=f".play {asks}")
        key("argument 1:", "C-u", text="wrong")
        key("argument 1:", "Enter", text="ab\u00e4x")
        key("argument 2:", "Enter", text="9z")
        key("code (not shown):", "Enter", text="hush-hush")
        t.wait("Is the area of pump ab\u00e4x clear? [y/n]", f"{plain} .confirm is asked for in the console")
        same(asked, [b"STATUS\n"], "what is missing was asked for before the first command")
        t.keys("y")
        t.wait("asks.wilco: 2 steps, all of which hold", "y goes on")
        same(asked[-1], b"SPEED 9z hush-hush\n", "with the answers")
        ok("hush" not in t.screen(), "the secret is not on the screen", t.screen())
        key(">", "Enter", text=f".play {asks} 7 8")
        key("pump 7 clear? [y/n]", "n")
        t.wait("1 step, which holds; it was stopped before its end", "n ends it, and a secret is asked for once")
        del asked[:]
        key(">", "Enter", text=f".play {asks} 5 6")
        key("pump 5 clear? [y/n]", "C-c")
        t.shows(lambda screen: screen.count("it was stopped before its end") == 2, "so does Ctrl-C")
        key(">", "Enter", text=f".play {asks} 5")
        key("argument 2:", "C-c")
        t.wait("nothing was sent, because a question was not answered", "without an answer it does not begin")
        key(">", "Enter", text="DONE")
        ok(wait_for(lambda: b"DONE\n" in asked, "the next command"), "and the console goes on", t.screen())
        same(asked, [b"STATUS\n", b"DONE\n"], "nothing else was sent")
        t.close()
    del asked[:]
    for line, message in ((f".play {asks} 1 2", ":3:10: .confirm needs a person in the console"),
                          (f".play {asks}", "argument 1 is missing")):
        r = run("-f", "line", address, stdin=f"{line}\n", env={"WILCO_SECRET_code": "hush-hush"})
        same(r.code, 2, f"in a pipe {line} is refused")
        has(r.err, message, "with the reason")
    r = run("-f", "line", address, stdin=f".play {macro('X {secret:no}'.replace('{', chr(92) + '{'), 'hidden')}\n",
            start_new_session=True)
    ok(r.code == 2 and "the secret no is not known" in r.err, "a secret that nobody can give, too", r)
    same(asked, [], "and nothing is sent")
done()
