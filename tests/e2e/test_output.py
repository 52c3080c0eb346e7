#!/usr/bin/env python3
"""What wilco writes is whole, or it says that it is not and fails: whatever stands behind standard
output and standard error, behind a log, and however much there is."""
import array
import contextlib
import fcntl
import json
import os
import pty
import resource
import signal
import subprocess
import termios

from record import Tape, logged
from wilcotest import ENV, HOME, LIMIT, WRAP, Recorder, checked_memory, command, device, done, \
    has, ok, read_until, run, same, wait_for

LONG = b"0123456789abcdef" * (8192 if WRAP else 65536)


def answers(reply):
    def handler(connection):
        while read_until(connection, b"\n"):
            connection.sendall(reply + b"\n")
    return handler


# ---- descriptors that others made non-blocking ----

def waiting(fd):
    """Bytes in a pipe."""
    count = array.array("i", [0])
    fcntl.ioctl(fd, termios.FIONREAD, count)
    return count[0]


def unblocking():
    """A pipe whose writing end does not block, and which holds little."""
    out, into = os.pipe()
    os.set_blocking(into, False)
    fcntl.fcntl(into, fcntl.F_SETPIPE_SZ, 8192)
    return out, into


def read_when_full(fd, name):
    """All that comes, but nothing is read before the pipe has no room for another line."""
    ok(wait_for(lambda: waiting(fd) > 3500), f"{name}: the reader is slow")
    got = b""
    while data := os.read(fd, 65536):
        got += data
    os.close(fd)
    return got


def slowly(name, *words, stream="stdout"):
    out, into = unblocking()
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, stream: into}
    p = subprocess.Popen(command(*words), stdin=subprocess.PIPE, env=ENV, **streams)
    p.stdin.close()
    os.close(into)
    got = read_when_full(out, name)
    return p.wait(LIMIT), got


with device(answers(LONG)) as address:
    code, got = slowly("a reply", "send", "-f", "payload LF", address + "?max=2M", "X")
    same((code, got == LONG + b"\n"), (0, True), "nothing of a reply is lost")
    code, got = slowly("hex", "send", "-o", "hex", "-f", "payload LF", address + "?max=2M", "X")
    same((code, got == LONG.hex().encode() + b"\n"), (0, True), "nor of its hex")
    code, got = slowly("a dump of a damaged one", "send", "-o", "dump", "-f", "payload LF",
                       address + "?max=64K", "X", stream="stderr")
    # How much of what comes behind the limit is seen depends on the time.
    rows = [line for line in got.splitlines() if b" 30 31 32 33 " in line]
    ok(code == 5 and len(rows) >= 65536 // 16 and all(row.endswith(b"0123456789abcdef") for row in rows),
       "nor of what goes to standard error", f"exit {code}, {len(rows)} rows")

LISTED = subprocess.run(command("frame", "list"), env=ENV, capture_output=True, check=False).stdout
code, got = slowly("a list", "frame", "list")
same((code, got), (0, LISTED), "nor of what needs no device")

# A terminal server's other program may have made standard input non-blocking, too.
out, into = os.pipe()
os.set_blocking(out, False)
p = subprocess.Popen(command("frame", "decode", "payload LF"), stdin=out, stdout=subprocess.PIPE,
                     stderr=subprocess.PIPE, env=ENV)
os.close(out)
for line in (b"one\n", b"two\n"):
    os.write(into, line)
    same(p.stdout.readline(), line, "standard input that does not block is waited for")
os.close(into)
same((p.wait(LIMIT), p.stderr.read()), (0, b""), "to its end")

# ---- long replies ----
# A reply is printed as it is spelled: of its text, which is several times as long, little is held.
SIZE = 10 * 1024 * 1024
LONGER = bytes(range(256)).replace(b"\n", b"") * (SIZE // 255)


def little_memory():
    """Room for the program, for the reply as it came and as it is kept, and for little more."""
    most = 3 * SIZE + (64 << 20)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def test_long(name, *words):
    limit = None if checked_memory() else little_memory
    r = run("send", *words, "-f", "payload LF", "-t", f"{LIMIT:.0f}s", long_address + "?max=64M", "X",
            preexec_fn=limit)
    same((r.code, r.err), (0, ""), f"a reply of {len(LONGER)} bytes {name} in little memory")
    return r.raw


if WRAP:
    LONGER = LONGER[:20000]
with device(answers(LONGER)) as long_address:
    out = test_long("as JSON", "--json")
    o = json.loads(out)
    raw = o["replies"][0]["raw_hex"]
    same((o["reply_hex"] == LONGER.hex(), raw == LONGER.hex() + "0a", o["status"], out.count(b"\n")),
         (True, True, "ok", 1), "is whole and valid")
    same(test_long("in hex", "-o", "hex") == LONGER.hex().encode() + b"\n", True, "is whole")
    same(test_long("raw", "-o", "raw") == LONGER, True, "is whole")
    out = test_long("as text")
    same(o["reply"].encode() + b"\n" == out, True, "is what JSON says")

# ---- a reader that never reads ----
# A signal ends what waits for it, with its status; what was not written is nobody's loss.


def unread():
    """A pipe that blocks, holds little, and is not read."""
    out, into = os.pipe()
    fcntl.fcntl(into, fcntl.F_SETPIPE_SZ, 8192)
    return out, into


def is_stuck(p):
    """Says whether the program waits for the reader."""
    with open(f"/proc/{p.pid}/stat", encoding="ascii") as f:
        return f.read().rsplit(")", 1)[1].split()[0] == "S"


def test_unread(name, signo, words, stdin=b"", stream="stdout"):
    out, into = unread()
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: into}
    p = subprocess.Popen(command(*words), stdin=subprocess.PIPE, env=ENV, **streams)
    os.close(into)
    with contextlib.suppress(BrokenPipeError):
        p.stdin.write(stdin)
        p.stdin.close()
    wait_for(lambda: waiting(out) > 3500 and is_stuck(p), f"{name} to fill the pipe")
    p.send_signal(signo)
    try:
        code = p.wait(LIMIT)
    except subprocess.TimeoutExpired:
        code = "hangs"
        p.kill()
        p.wait()
    same(code, 128 + signo, f"{name}: signal {signo} ends it although nobody reads")
    os.close(out)


MACRO = f"{HOME}/again.wilco"
with open(MACRO, "w", encoding="utf-8") as f:
    f.write(".repeat 100000\nX\n.end\n")
with device(answers(LONG[:50])) as address:
    at = ["-f", "payload LF", address]
    many = b"X\n" * 10000
    test_unread("send", signal.SIGINT, ["send", *at, "-"], many)
    test_unread("a pipe", signal.SIGTERM, at, many)
    test_unread("play", signal.SIGINT, ["play", "--json", "-f", "payload LF", MACRO, address])
    test_unread("standard error", signal.SIGTERM, ["send", "-f", "payload LF", address + "?max=20", "-"], many,
                "stderr")
    test_unread("a fleet", signal.SIGTERM, ["fleet", "--every", "1ms", "-f", "payload LF", address, "X"])

# ---- a log that is read slowly ----
FIFO = f"{HOME}/log"
os.mkfifo(FIFO)
with device(answers(LONG[:100000])) as address:
    reader = os.open(FIFO, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reader, True)
    fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 8192)
    p = subprocess.Popen(command("send", "--log", FIFO, "-f", "payload LF", address, "X"),
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=ENV)
    got = read_when_full(reader, "a log")
    same((p.wait(LIMIT), p.stderr.read()), (0, b""), "a slow reader of a log is waited for")
    got = b"".join(line.split(b" < ")[1] for line in got.splitlines() if b" < " in line)
    same(got == LONG[:100000] + rb"\n", True, "and gets all of it")

# ---- a log that cannot be written ----
# What is not recorded is not sent: the first that could not be recorded is the last.


def asked(name, lines, expected, *options, code=6):
    tape = Tape(lambda line: b"ok " + line)
    with device(tape) as first, device(tape) as second:
        text = "".join(line.format(first=first, second=second) + "\n" for line in lines)
        r = run("-f", "payload LF", *options, first, stdin=text)
    same((r.code, tape.got.decode().split()), (code, expected), f"{name}: what is sent")
    has(r.err, "No space left on device; nothing more is sent", f"{name}: and why no more")


asked("a log on a full disk", ["a", "b", "c"], ["a"], "--log", "/dev/full")
asked("one that a script begins", ["a", ".log /dev/full", "b", "c"], ["a", "b"])
asked("of one device among several", ["a", ".open {second}", ".log /dev/full", "b", ".use {first}",
                                      "c"], ["a", "b"])
tape = Tape(lambda line: b"ok " + line)
with device(tape) as address:
    os.mkdir(f"{HOME}/two.log")
    r = run("-f", "payload LF", "--log", rf"{HOME}/\{{device}}.log", address,
            stdin=f"a\n.device two {address}\n.open two\nb\n")
    same((r.code, tape.got), (6, b"a\n"), "a log that cannot be opened ends it before a command is sent")
    has(r.err, "cannot open the log", "and says so")
    tape.got = b""
    r = run("send", "-f", "payload LF", "--log", "/dev/full", address, "a", "b")
    same((r.code, tape.got, r.out), (6, b"a\n", "ok a\n"), "so is send: the reply that came is shown")

# What a console notices when it leaves stands on the terminal behind it.
for options in ((), ("--plain",)):
    with device(tape) as address:
        t = Recorder("-f", "payload LF", "--log", "/dev/full", *options, address)
        t.until(f"{address}>".encode())
        t.type(b".quit\r")
        got = t.until_quiet()
        same(t.process.wait(LIMIT), 6, f"a console {' '.join(options)} that could not log to its end fails")
        has(got.decode("utf-8", "replace"), "cannot write the log /dev/full", "and says why")
        os.close(t.fd)

# ---- a line that a full disk tore ----


def little_disk():
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


torn = f"{HOME}/torn.log"
with device(answers(b"1234567890" * 500)) as address:
    words = ("send", "--log", torn, "-f", "payload LF", address, "X")
    same(run(*words, preexec_fn=little_disk).code, 6, "a disk that is full in the midst of a line")
    before = open(torn, "rb").read()
    ok(not before.endswith(b"\n"), "leaves a part of it")
    same(run(*words).code, 0, "the next session appends")
    after = open(torn, "rb").read()
    same((after.startswith(before + b"\n"), logged(torn)[1][-5001:]),
         (True, b"1234567890" * 500 + b"\n"), "and its first line does not join the torn one")
    same(run(*words).code, 0, "one that ends as it should")
    ok(b"\n\n" not in open(torn, "rb").read(), "is appended to without an empty line")

# ---- SIGHUP: a log that was moved away begins anew ----


def moved(name, path, p, ask):
    """Has the log moved away between two commands."""
    ask(p, "one")
    ok(wait_for(lambda: os.path.exists(path) and b"= ok" in open(path, "rb").read(), "the log"),
       f"{name}: a log")
    os.rename(path, f"{path}.1")
    p.send_signal(signal.SIGHUP)
    ok(wait_for(lambda: os.path.exists(path), "a new file"), f"{name}: SIGHUP begins a new one")
    ask(p, "two")
    ok(wait_for(lambda: b"= ok" in open(path, "rb").read(), "the log"), f"{name}: which goes on")
    same([[word for word in (b"one", b"two") if word + rb"\n" in open(each, "rb").read()]
          for each in (f"{path}.1", path)], [[b"one"], [b"two"]], f"{name}: each has its own")


def ask(p, text):
    p.stdin.write(text.encode() + b"\n")
    p.stdin.flush()


with device(Tape(lambda line: b"ok " + line)) as address:
    for name, words in (("a pipe", [address]), ("send", ["send", address, "-"])):
        path = f"{HOME}/moved {name}"
        p = subprocess.Popen(command("-f", "payload LF", "--log", path, *words),
                             stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=ENV,
                             start_new_session=True)
        moved(name, path, p, ask)
        p.stdin.close()
        same(p.wait(LIMIT), 0, "and ends as ever")
    t = Recorder("-f", "payload LF", "--log", f"{HOME}/moved.log", address)
    t.until(f"{address}>".encode())
    moved("a console", f"{HOME}/moved.log", t.process, lambda p, text: t.type(text.encode() + b"\r"))
    t.close()
    same(t.process.returncode, 0, "and ends as ever")
    t = Recorder("-f", "payload LF", address)
    t.until(f"{address}>".encode())
    t.process.send_signal(signal.SIGHUP)
    t.until_quiet()
    same(t.process.wait(LIMIT), 128 + signal.SIGHUP, "without a log SIGHUP ends a console")
    os.close(t.fd)

    # A script in a terminal's session, whose terminal is gone, ends in spite of its log.
    master, slave = pty.openpty()
    p = subprocess.Popen(command("-f", "payload LF", "--log", f"{HOME}/hup.log", address), env=ENV,
                         stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True,
                         preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0))
    os.close(slave)
    ask(p, "one")
    ok(wait_for(lambda: os.path.exists(f"{HOME}/hup.log") and b"= ok" in open(f"{HOME}/hup.log", "rb").read(),
                "the log"), "a script with a terminal")
    os.close(master)
    same(p.wait(LIMIT), 128 + signal.SIGHUP, "that is gone ends")
    p.stdin.close()

# ---- who reads no more ----

for words in (["frame", "list"], ["frame", "show", "line"], ["--json", "frame", "encode", "line", "x"], ["demo"],
              ["help"], ["version"], ["send", "-f", "line", "exec:cat", "x"], ["check", "127.0.0.1:1"],
              ["--json", "send", "-f", "line", "exec:cat", "x"]):
    reading, writing = os.pipe()
    os.close(reading)
    p = subprocess.Popen(command(*words), stdin=subprocess.DEVNULL, stdout=writing,
                         stderr=subprocess.PIPE, env=ENV)
    os.close(writing)
    said = p.communicate(timeout=LIMIT)[1]
    same((p.returncode, said), (6, b""), f"{' '.join(words)}: a reader that is gone is not told about it")

done()
