#!/usr/bin/env python3
""".fleet: many devices from the console, which goes on meanwhile, and from a pipe."""
import contextlib
import json
import os
import threading

from wilcotest import HOME, Terminal, command, device, done, ok, read_until, run, same, unused_port, wait_for


class Fleet:
    """Devices at 127.0.1.N, all at one port.  Each answers "fw VERSION COMMAND"; those of `mute` say nothing
    until `speak` is set."""
    def __init__(self, odd=(), mute=()):
        self.odd, self.mute, self.speak, self.got = odd, mute, threading.Event(), []

    def __call__(self, connection):
        number = int(connection.getsockname()[0].split(".")[3])
        while (line := read_until(connection, b"\n")).endswith(b"\n"):
            self.got.append((number, line[:-1].decode()))
            if number in self.mute:
                self.speak.wait()
            version = "2.0" if number in self.odd else "2.1"
            connection.sendall(f"fw {version} {line[:-1].decode()}\n".encode())


@contextlib.contextmanager
def fleet(**how):
    devices = Fleet(**how)
    with device(devices, host="0.0.0.0") as address:
        devices.port = address.rpartition(":")[2]
        yield devices
        devices.speak.set()


def at(devices, last):
    return f"127.0.1.[1-{last}]:{devices.port}"


# ---- a pipe ----

with fleet(odd=[2]) as d:
    r = run("-f", "line", stdin=f".fleet {at(d, 3)} SET LEVEL 5\n.fleet 127.0.1.1:{d.port} 'A' 'B'\n")
    lines = r.out.splitlines()
    same(sorted(lines[:3]), [f"127.0.1.{i}:{d.port}\tfw 2.{0 if i == 2 else 1} SET LEVEL 5" for i in (1, 2, 3)],
         "in a pipe each device's reply has its name; what follows TARGETS is one command")
    same(lines[3:], [f"127.0.1.1:{d.port}\tfw 2.1 A", f"127.0.1.1:{d.port}\tfw 2.1 B"],
         "several commands stand in quotes, and a line waits for the fleet before it")
    ok(r.code == 0 and "3 devices in" in r.err, "and the numbers are told", r)
    r = run("--json", "-f", "line", stdin=f".fleet 127.0.1.1:{d.port},127.0.0.1:{unused_port()} A\n")
    same(sorted((x["status"], x["command"]) for x in map(json.loads, r.out.splitlines())), [("connect", "A"), ("ok", "A")],
         "objects are those of wilco fleet")
    same(r.code, 3, "and so is the exit status")
    r = run("-f", "line", stdin=f".group pumps = 127.0.1.[1-2]:{d.port}\n.fleet pumps A\n")
    same(len(r.out.splitlines()), 2, "a group is a target")
fifo = f"{HOME}/fifo"
os.mkfifo(fifo)
for line, why in ((".fleet", "needs TARGETS"), (".fleet pumps", "needs TARGETS"), (".fleet nobody A", "no device, group or file"),
                  (".fleet - A", "no device, group or file"), (f".fleet {fifo} A", "is no file"),
                  (".fleet 127.0.0.1:1,127.0.0.2:1 'A' B", "each of several commands in quotes"),
                  (".fleet 127.0.0.1:1,127.0.0.2:1 'A", "each of several commands in quotes"),
                  (".fleet 127.0.0.1:1 --canary 1 A", "--canary is for `wilco fleet`"),
                  (".fleet --limit 2 127.0.0.1:1 A", "--limit is for `wilco fleet`"),
                  (".fleet 127.0.0.1:1,127.0.0.2:1 --yes A", "in front of TARGETS"),
                  (".fleet 10.[0-9].[0-9].[0-254]:1 A", "too many for a prompt"),
                  (".fleet 127.0.0.1:1,127.0.0.1:1 A", "twice"), (r".fleet 127.0.0.1:1,[::1]:1 \{nobody}", "nobody")):
    r = run("-f", "line", stdin=line + "\n")
    ok(r.code == 2 and why in r.err, f"{line} is an error", r)

# ---- a console ----


def console(d, *words):
    t = Terminal(" ".join(command("-f", "line", *words, f"127.0.1.1:{d.port}")))
    t.wait_last(f"127.0.1.1:{d.port}>", "a console")
    return t


with fleet(odd=[3], mute=[5]) as d:
    t = console(d)
    t.type(f".fleet {at(d, 5)} VERSION")
    t.keys("Enter")
    t.wait("4 of 5", "the progress stands in the status")
    t.shows(lambda s: "ok 3  odd 1  failed 0" in s, "with the odd ones")
    t.type("HELLO")
    t.keys("Enter")
    t.wait("fw 2.1 HELLO", "the console goes on meanwhile")
    t.type(f".fleet {at(d, 2)} AGAIN")
    t.keys("Enter")
    t.wait("a fleet is being asked already", "there is one fleet at a time")
    d.speak.set()
    t.shows(lambda s: f"4 fw 2.1 VERSION: 127.0.1.[1-2,4-5]:{d.port}" in s and f"1 fw 2.0 VERSION: 127.0.1.3:{d.port}" in s,
            "equal answers are groups")
    t.wait(f"fw 2.0 instead of 2.1: 127.0.1.3:{d.port}", "and the odd one is named")
    t.shows(lambda s: "5 devices in" in s and "5 ok, 1 odd" in s and " of 5 " not in s, "then the numbers, and no progress")
    t.type(f".fleet {at(d, 21)} A")
    t.keys("Enter")
    t.wait("send A to 21 devices?", "more than 20 devices are asked about")
    t.keys("n")
    t.wait("nothing was sent")
    ok(not [x for x in d.got if x[1] == "A"], "n sends nothing", d.got)
    t.type(f".fleet {at(d, 21)} B")
    t.keys("Enter")
    t.wait("send B to 21 devices?")
    t.keys("y")
    t.wait("21 devices in", "y sends")
    same(sorted(x[0] for x in d.got if x[1] == "B"), list(range(1, 22)), "to each of them, once")
    t.type(f".fleet --yes {at(d, 22)} C")
    t.keys("Enter")
    t.wait("22 devices in", "--yes asks nobody")
    t.type(f".fleet 127.0.1.1:{d.port},127.0.0.1:{unused_port()} D")
    t.keys("Enter")
    t.wait("1 ok, 1 connect", "one that cannot be reached is in a group of its own")
    t.type(".quit")
    t.keys("Enter")
    wait_for(t.ended, "the end")
    t.close()

with fleet(mute=range(2, 4)) as d:
    t = console(d)
    t.type(f".fleet {at(d, 3)} A")
    t.keys("Enter")
    t.wait("1 of 3")
    t.keys("C-c")
    t.wait("2 are still under way", "Ctrl-C begins no other device")
    t.keys("C-c")
    t.wait("1 ok, 2 cancelled", "once more gives up those under way")
    t.type("B")
    t.keys("Enter")
    t.wait("fw 2.1 B", "and the console goes on")
    t.type(f".fleet {at(d, 3)} A")
    t.keys("Enter")
    t.wait("1 of 3")
    t.type(".quit")
    t.keys("Enter")
    ok(wait_for(t.ended, "the end"), "a console may end while a fleet runs", t.screen())
    t.close()

with fleet() as d:
    t = console(d, "--plain")
    t.type(f".fleet {at(d, 3)} A")
    t.keys("Enter")
    t.shows(lambda s: f"3 fw 2.1 A: 127.0.1.[1-3]:{d.port}" in s and "3 devices in" in s, "lines of a terminal have groups, too")
    t.close()

done()
