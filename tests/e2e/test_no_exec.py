#!/usr/bin/env python3
"""Whoever lets others name the devices can refuse commands: exec: and via= would run them."""
import os

from wilcotest import ENV, HOME, Recorder, done, has, ok, run, same, some

marker = os.path.join(HOME, "ran")
RUNS = f"touch {marker}; cat"
REFUSED = "commands are refused in this process"
CONFIG = os.path.join(ENV["XDG_CONFIG_HOME"], "wilco", "config")


def did_not_run(what):
    ok(not os.path.exists(marker), f"{what}: nothing ran")


def is_refused(r, what, code=2):
    same(r.code, code, f"{what}: exit status {code}")
    has(r.err, REFUSED, f"{what}: that is said")
    did_not_run(what)


def config(text):
    os.makedirs(os.path.dirname(CONFIG), exist_ok=True)
    with open(CONFIG, "w", encoding="utf-8") as f:
        f.write(text)


r = run("send", "-f", "line", f"exec:touch {marker}.not; cat", "x")
same((r.code, r.out), (0, "x\n"), "without the option a command is run")
for address in some([f"exec:{RUNS}", f"tcp://h:1?via={RUNS}", f"tls://h:1?via={RUNS}",
                     f"telnet://h:1?via={RUNS}", f"rfc2217://h:1?via={RUNS}"]):
    is_refused(run("send", "--no-exec", "-f", "line", address, "x"), address)
is_refused(run("check", "--no-exec", "--probe", f"exec:{RUNS}", "--command", "x"), "check")
is_refused(run("send", "--no-exec", "--dry-run", "-f", "line", f"exec:{RUNS}", "x"), "--dry-run")
is_refused(run("--no-exec", stdin=f".open 'exec:{RUNS}'\n"), "a pipe")

r = run(stdin=f".set exec\n.set exec=no\n.set exec\n.set exec=yes\n.set exec=maybe\n.open 'exec:{RUNS}'\n")
is_refused(r, ".set exec=no")
same([line.split()[1] for line in r.out.splitlines()], ["yes", "no"], ".set exec says what holds")
has(r.err, "cannot be taken back", "it is not taken back")
has(r.err, "exec is yes or no, not 'maybe'", "what it takes is said")

# This frame closes the line after each command.
counted = os.path.join(HOME, "count")
r = run("-f", "payload LF eof -> payload LF", f"exec:echo x >>{counted}; cat",
        stdin="one\n.set exec=no\ntwo\n")
same(r.out, "one\n", "what was opened before is used")
has(r.err, REFUSED, "and not opened again")
with open(counted, encoding="utf-8") as f:
    same(f.read(), "x\n", "its command ran once")

config(f".device bad 'exec:{RUNS}'\n.device good 127.0.0.1:1\n")
r = run("send", "--no-exec", "-f", "line", "bad", "x")
is_refused(r, "the device book")
has(r.err, "device bad of the device book", "whose device it is")
r = run("send", "--no-exec", "-f", "line", "good", "x")
same(r.code, 3, "other devices of the book are opened")
config(f".set exec=no\n.device bad 'exec:{RUNS}'\n")
is_refused(run("send", "-f", "line", "bad", "x"), "the configuration refuses commands")
is_refused(run("send", "-f", "line", f"exec:{RUNS}", "x"), "also those of the command line")
is_refused(run(stdin=f".set exec=yes\n.open 'exec:{RUNS}'\n"), "and nobody takes it back")
config(".set exec=no\n.set exec=yes\n")
same(run("send", "-f", "line", "h", "x").code, 2, "not even the configuration")
config("")

r = Recorder("--plain", "--no-exec")
r.until(b"wilco>")
r.type(f".open 'exec:{RUNS}'\r".encode())
has(r.until(REFUSED.encode()).decode(), REFUSED, "the console is told by wilco")
r.close()
did_not_run("the console")

# To ssh a host that begins so is an option.
for address in some(["-oProxyCommand=x", "-x:22", "tcp://-x:22", f"tcp://-x:22?via={RUNS} %h",
                     f"tls://[-x]:22?via={RUNS} %h"]):
    r = run("send", "--", address, "x")
    same(r.code, 2, f"{address} is refused")
    has(r.err, "a host cannot begin with '-'", f"{address}: why")
did_not_run("such a host")
config(f".device bad 'tcp://-x:22?via={RUNS} %h'\n")
r = run("send", "bad", "x")
has(r.err, "a host cannot begin with '-'", "the device book has no such host")
done()
