#!/usr/bin/env python3
"""Whatever goes wrong gives one clear message and the right exit status, and nothing hangs."""
import os
import resource
import subprocess
import time

from wilcotest import ENV, HOME, LIMIT, command, device, done, has, ok, read_to_end, read_until, \
    run, same, simulated, some, unused_port

r = run("send", "no-such-host.invalid", "X")
same(r.code, 3, "an unknown host is exit status 3")
has(r.err, "Failed to connect to device no-such-host.invalid: no address for", "with its reason")
r = run("send", f"127.0.0.1:{unused_port()}", "X")
same((r.code, r.err.count("\n")), (3, 1), "a refused port is one message")

with device(lambda c: c.recv(1)) as address:
    r = run("send", address, "X")
    same(r.code, 4, "a device that closes at once is exit status 4")
    ok("peer closed without a reply" in r.err or "reset" in r.err, "and is said to have closed",
       r)


def endless(connection):
    connection.sendall(b"x" * 100)
    time.sleep(LIMIT)


with device(endless) as address:
    r = run("send", "-t", "3s", "-f", "payload LF", address, "X")
    same(r.code, 4, "a reply without its end is exit status 4")
    has(r.err, "100 bytes came without an end", "with what came")


def huge(connection):
    read_until(connection, b"\r")
    block = b"y" * 1048576
    for _ in range(200):
        connection.sendall(block)


def limited():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


with device(huge) as address:
    p = subprocess.Popen(command("send", address, "X"), stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, env=ENV)
    out, err = p.communicate(timeout=LIMIT)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    same(p.returncode, 5, "a reply of 200 MiB is over the limit: exit status 5")
    has(err.decode(), "the limit is", "the message names the limit")
    if "valgrind" not in " ".join(command()) and not os.environ.get("WILCO_SANITIZED"):
        ok(usage.ru_maxrss < 64 * 1024, "and does not fill the memory", usage.ru_maxrss)


def trickle(connection):
    read_until(connection, b"\r")
    while True:
        connection.sendall(b"z")
        time.sleep(0.1)


with device(trickle) as address:
    began = time.monotonic()
    r = run("send", "-t", "1s", address, "X")
    same(r.code, 4, "one byte every 100 ms does not move the timeout")
    ok(time.monotonic() - began < LIMIT / 2, "it ends by its time")

with simulated("A\n  B\n") as pump:
    r = run("send", pump, b"a\xffb")
    same(r.code, 2, "an argument that is no UTF-8 is refused")
    has(r.err, "not valid UTF-8: byte ff", "with its place")
    same(run("send", pump, "-", stdin=b"a\0b\n").code, 2, "a NUL in a command is refused")
    r = run("send", pump, "a\\x00b")
    ok(r.code == 4 or r.code == 0, "a NUL written as an escape is sent", r)
    r = run("send", "-f", "payload LF", pump, "a\\nb")
    same(r.code, 2, "a payload that holds its own terminator is refused")
    has(r.err, "holds its own terminator", "and says so")
    r = run("send", "-f", "ESC payload CRR", pump, "x")
    same(r.code, 2, "a notation with an error is exit status 2")
    has(r.err, "CRR", "quotes what is wrong")
    has(r.err, "^~~", "and points at it")
    r = run("send", pump, "-", stdin=b"x" * 70000 + b"\nA\n")
    same((r.code, r.out), (2, "B\n"), "a line that is too long is refused, the next one is sent")

    p = subprocess.run(["bash", "-c", '"$@" <&-', "-", *command("send", pump, "-")],
                       capture_output=True, env=ENV, timeout=LIMIT, check=False)
    same(p.returncode, 2, "a closed standard input is not an empty one")
    has(p.stderr.decode(), "cannot read standard input", "and said")

    # Closed standard output.
    p = subprocess.Popen(["bash", "-c", 'set -o pipefail; "$@" | head -1', "-",
                          *command("send", pump, *["A"] * 3000)], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, env=ENV)
    out, err = p.communicate(timeout=LIMIT)
    same((p.returncode, out), (6, b"B\n"), "a closed standard output is exit status 6")
    same(err.count(b"\n"), 1, "and one message")
    with open("/dev/full", "wb") as full:
        p = subprocess.run(command("send", pump, "A"), stdout=full, stderr=subprocess.PIPE,
                           env=ENV, timeout=LIMIT, check=False)
    same(p.returncode, 6, "a full disk is exit status 6")
    has(p.stderr.decode(), "No space left on device", "with the reason")

config = f"{HOME}/config/wilco/config"
os.makedirs(os.path.dirname(config))


def with_config(text, *words):
    with open(config, "w", encoding="utf-8") as f:
        f.write(text)
    result = run(*words)
    os.unlink(config)
    return result


r = with_config(".set timeout=2x\n", "send", "127.0.0.1:1", "X")
same(r.code, 2, "a configuration with an error is exit status 2")
has(r.err, "config:1: ", "with file and line")
r = with_config("STATUS\n", "send", "127.0.0.1:1", "X")
has(r.err, "holds wilco commands and comments", "command text in the configuration is refused")
with simulated("A\n  B\n", "-f", "payload CR LF") as pump:
    r = with_config(f"# mine\n.frame mine = payload CR LF\n.frame mine\n.set device={pump}\n",
                    "send", pump, "A")
    same(r.out, "B\n", "the configuration defines and chooses a frame")
os.mkdir(config)
r = run("send", "127.0.0.1:1", "X")
same(r.code, 2, "a configuration that cannot be read is exit status 2")
has(r.err, "cannot read", "and says so")
os.rmdir(config)

for text, part in some([("host:0", "port"), ("host:99999", "65535"), ("ftp://h", "kinds are"),
                        ("[::1", "without its ']'"), ("host?timeut=1", "the settings are"),
                        ("host?timeout=0", "timeout"), ("", "needs a host"), ("a b", "cannot stand")]):
    r = run("send", text, "X")
    ok(r.code == 2 and part in r.err, f"the address {text!r} is refused: {part}", r)
done()
