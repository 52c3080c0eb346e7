#!/usr/bin/env python3
"""Whatever goes wrong gives one clear message and the right exit status, and nothing hangs."""
import os
import re
import resource
import subprocess
import time

from wilcotest import ENV, HOME, LIMIT, checked_memory, command, device, done, has, ok, read_to_end, \
    read_until, run, same, simulated, some, unused_port

r = run("send", "no-such-host.invalid", "X")
same(r.code, 3, "an unknown host is exit status 3")
has(r.err, "Failed to connect to device no-such-host.invalid: no address for", "with its reason")
r = run("send", b"pump\xff.local", "X")
same((r.code, r.err.splitlines()[0]),
     (2, r"wilco: a host is UTF-8, such as pump1.local, and 'pump\xff.local' is not"),
     "a host that is not UTF-8 is refused before anything is asked")
r = run("send", f"127.0.0.1:{unused_port()}", "X")
same((r.code, r.err.count("\n")), (3, 1), "a refused port is one message")

# ---- what is read at a start, and is no file ----
FIFO = f"{HOME}/fifo"
os.mkfifo(FIFO)
for there, what in ((FIFO, "a pipe"), ("/dev/zero", "a device"), (HOME, "a directory")):
    config = f"{HOME}/{what.replace(' ', '-')}/wilco"
    os.makedirs(config)
    os.symlink(there, f"{config}/config")
    r = run("frame", "list", env={"XDG_CONFIG_HOME": os.path.dirname(config)})
    same(r.code, 2, f"{what} as configuration is refused")
    has(r.err, f"config: this must be a file, but is {what}", "and what it is is said")
for setting in ("ca", "cert", "key"):
    r = run("send", f"tls://127.0.0.1:{unused_port()}?{setting}={FIFO}", "X")
    same(r.code, 3, f"a FIFO as {setting}= is not waited for")
    has(r.err, f"cannot read {FIFO}: this must be a file, but is a pipe", "and said")
DEVICE = "/dev/stdin"
p = subprocess.Popen(command("simulate", DEVICE, "127.0.0.1:0"), stdin=subprocess.PIPE,
                     stdout=subprocess.PIPE, env=ENV)
p.stdin.write(b".frame payload LF\nID?\n  pump\n")
p.stdin.close()
address = p.stdout.readline().decode().split()[-1]
same(run("send", "-f", "payload LF", address, "ID?").out, "pump\n",
     "a device's file may be a pipe: a person named it")
p.terminate()
p.wait(LIMIT)

# ---- names that are too long for a message ----
for address in ("d" * 70000, "unix:/" + "d" * 70000, "tcp://" + "d" * 4090 + ":1"):
    r = run("send", address, "X")
    same(r.code, 2, f"a device's name of {len(address)} bytes is refused")
    has(r.err, f"an address has at most 4096 bytes, this one has {len(address)}", "with its cap")
r = run("send", f"127.0.0.1:1?via={'%h' * 2100}", "X")
has(r.err, "an address has at most 4096 bytes", "so is one with a long command in it")
r = run("send", "unix:/" + "d" * 4000, "X")
same(r.code, 3, "of a long one that is allowed")
has(r.err, "d...: name too long", "a message has the beginning, and the reason")
with device(lambda c: c.recv(1)) as address:
    for length in (65529, 65535, 65536, 65537, 100000):
        r = run("send", "--log", "n" * length, address, "X")
        same(r.code, 2 if length > 65536 else 6, f"a log's name of {length} bytes is refused")
        has(r.err, "n...", "and said, but not all of it")

with device(lambda c: c.recv(1)) as address:
    r = run("send", address, "X")
    same(r.code, 4, "a device that closes at once is exit status 4")
    ok("peer closed without a reply" in r.err or "reset" in r.err, "and is said to have closed",
       r)


def endless(connection):
    read_until(connection, b"\n")
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


r = run("frame", "decode", "payload LF", stdin=b"x" * (1 << 20) + b"\n" * 2)
has(r.err, "over the limit of 1 MiB; max in the frame raises it", "where no settings are, the limit is the frame's")

with device(huge) as address:
    p = subprocess.Popen(command("send", address, "X"), stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, env=ENV)
    out, err = p.communicate(timeout=LIMIT)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    same(p.returncode, 5, "a reply of 200 MiB is over the limit: exit status 5")
    has(err.decode(), "over the limit of 1 MiB; .set max= raises it", "the message names the limit")
    if not checked_memory():
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
    same(err, b"", "of which whoever closed it is not told")
    with open("/dev/full", "wb") as full:
        p = subprocess.run(command("send", pump, "A"), stdout=full, stderr=subprocess.PIPE,
                           env=ENV, timeout=LIMIT, check=False)
    same(p.returncode, 6, "a full disk is exit status 6")
    has(p.stderr.decode(), "No space left on device", "with the reason")

config = f"{HOME}/config/wilco/config"
os.makedirs(os.path.dirname(config))


def with_config(text, *words, **more):
    with open(config, "w", encoding="utf-8") as f:
        f.write(text)
    result = run(*words, **more)
    os.unlink(config)
    return result


r = with_config(".set timeout=2x\n", "send", "127.0.0.1:1", "X")
same(r.code, 2, "a configuration with an error is exit status 2")
has(r.err, "config:1: ", "with file and line")
r = with_config("STATUS\n", "send", "127.0.0.1:1", "X")
has(r.err, "only wilco commands and comments", "command text in the configuration is refused")
with simulated("A\n  B\n", "-f", "payload CR LF") as pump:
    r = with_config(f"# mine\n.frame mine = payload CR LF\n.frame mine\n.set device={pump}\n",
                    "send", pump, "A")
    same(r.out, "B\n", "the configuration defines and chooses a frame")
    r = with_config(".set transcript=2M\n", pump, stdin=".set transcript\n")
    ok(re.search(r"^transcript +2097152 ", r.out, re.M), "and how much is kept in memory", r)
    r = with_config(f".set transcript=2M\n.device pump {pump} transcript=1M\n", "send", "pump", "A")
    has(r.err, "config:2: transcript is one for all devices together", "which is no setting of a device")
os.mkdir(config)
r = run("send", "127.0.0.1:1", "X")
same(r.code, 2, "a configuration that cannot be read is exit status 2")
has(r.err, "cannot read", "and says so")
os.rmdir(config)

for text, part in some([("host:0", "port"), ("host:99999", "65535"), ("ftp://h", "kinds are"),
                        ("[::1", "has no ']'"), ("host?timeut=1", "the settings are"),
                        ("host?timeout=0", "timeout"), ("", "needs a host"), ("a b", "cannot be part")]):
    r = run("send", text, "X")
    ok(r.code == 2 and part in r.err, f"the address {text!r} is refused: {part}", r)
done()
