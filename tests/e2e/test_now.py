#!/usr/bin/env python3
"""A command that goes out at once while another one waits, and what comes belongs to that one."""
import contextlib
import json
import subprocess
import threading
import time

from wilcotest import ENV, LIMIT, Terminal, command, device, done, end_of, has, read_until, run, same


def objects(result):
    return [json.loads(line) for line in result.out.splitlines()]


def told(result):
    return [(x["command"], x["status"], x["reply"]) for x in objects(result)]


def busy(connection):
    """Runs `run` until it gets a Ctrl-C or `noidle`, and answers everything else."""
    got = b""
    with contextlib.suppress(OSError):
        while data := connection.recv(100):
            got += data
            while b"\n" in got or b"\x03" in got:
                if got[:1] == b"\x03":
                    line, got = got[:1], got[1:]
                else:
                    line, got = got.split(b"\n", 1)
                if line in (b"\x03", b"noidle"):
                    connection.sendall(b"stopped\n")
                elif line != b"run":
                    connection.sendall(b"re " + line + b"\n")


# ---- a pipe reads one line ahead for it ----

LONG = f"{LIMIT:.0f}s"
with device(busy) as address:
    r = run("--json", "-t", LONG, "-f", "line", address, stdin="a\nrun\n.now .wire 03\nb\n")
    same(told(r), [("a", "ok", "re a"), ("03", "ok", None), ("run", "ok", "stopped"), ("b", "ok", "re b")],
         "Ctrl-C to a device that is busy")
    same((r.code, objects(r)[1]["end"], address.connections), (0, "none expected", 1), "on its line, without a reply")
    for line in (".now noidle", " .now  .text noidle", ".now .hex 6e 6f 69 64 6c 65"):
        r = run("-t", LONG, "-f", "line", address, stdin=f"run\n{line}\nb\n")
        same((r.code, r.out), (0, "stopped\nre b\n"), f"any line that sends: {line}")
    r = run("--json", "-t", LONG, "-f", "line", address, stdin=".now a\n.wait 300ms\n.now b\n")
    same(told(r), [("a", "ok", "re a"), ("b", "ok", "re b")], "with no command waiting it is one as any")
    r = run("-t", LONG, "-f", "line", address, stdin="a\nb\nc\nd\n.quit\n")
    same((r.code, r.out), (0, "re a\nre b\nre c\nre d\n"), "the other lines have their turn, .quit too")
    r = run("-t", LONG, "-f", "line", address, stdin="a\n" * 3000)
    same((r.code, r.out), (0, "re a\n" * 3000), "however many")
    r = run("send", "-f", "line", address, ".now a")
    same((r.code, ".now cannot be used as a COMMAND" in r.err), (2, True), "wilco send has no turn to leave")
    for line, why in ((".now", "needs the command"), (".now .help", "needs a command to send"),
                      (".all .now a", "at the beginning of a line"), (".watch w 1s '.now a'", "at the beginning")):
        r = run("-f", "line", address, stdin=line + "\n")
        same((r.code, why in r.err), (2, True), f"refused: {line}")
    r = run("-t", LONG, "-f", "line", address, stdin="run\n.now .break\n.now noidle\n")
    has(r.err, "tcp lines have no break", ".break needs a line that has one")
    same(r.out, "stopped\n", "which disturbs nothing")



def greets(connection):
    """Says late that it is there."""
    time.sleep(0.3)
    connection.sendall(b"HELLO\n")
    busy(connection)


for setting in ("", "?connection=each"):
    with device(greets) as address:
        r = run("-q", "-t", LONG, "-f", "payload LF ; greet 'HELLO'", address + setting,
                stdin="run\n.now noidle\nb\nrun\n.now noidle\n")
        same((r.code, r.out), (0, "stopped\nre b\nstopped\n"),
             f"while the command waits for a greeting, it goes behind that one {setting}")

asked = threading.Event()


def slow(connection):
    read_until(connection, b"\r")
    asked.wait(LIMIT)
    connection.sendall(b"done\0")


with device(slow) as address:
    p = subprocess.Popen(command("-t", LONG, address), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, env=ENV)
    p.stdin.write(b"a\n.now b\n")
    p.stdin.flush()
    has(p.stderr.readline().decode(), "the connection is half-closed", "when our side is closed it is refused, with the reason")
    asked.set()
    r = end_of(p)
    same((r.code, r.out), (2, "done\n"), "and the one before it is answered")

# ---- the console ----

with device(busy) as address:
    t = Terminal(" ".join(command("-t", LONG, "-f", "line", address)))
    t.wait(f"{address}>")
    t.type("run")
    t.keys("Enter")
    t.wait("; Ctrl-\\ sends Ctrl-C", "the row of the command that waits names a key for it")
    t.type(".now .wire 03")
    t.wait("1 byte, no reply expected", "the preview knows that it has no reply")
    t.keys("Enter")
    t.wait("< stopped", "it goes out at once")
    t.type("run")
    t.keys("Enter")
    t.type("b")
    t.keys("Enter")
    t.type(".now noidle")
    t.keys("Enter")
    t.wait("< re b", "a line that waits goes behind")
    t.tmux("set-buffer", "b\nrun\n.now noidle\nc")
    t.tmux("paste-buffer", "-p")
    t.wait("[y/n")
    t.type("y")
    t.wait("< re c", "in a paste it goes out while the line before it waits")
    t.type(".now .br")
    t.keys("Tab")
    t.wait(".now .break", "Tab completes behind it")
    t.close()
done()
