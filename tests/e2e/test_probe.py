#!/usr/bin/env python3
"""wilco check --probe finds out how a device wants to be spoken to, and the frame it prints works."""
import concurrent.futures
import json
import re
import shlex

from wilcotest import WRAP, device, done, has, ok, run, same, some, unused_port, wait_for

# Long enough for a device of ours to answer on a busy machine; the waits go on beside each other.
WAIT = "3s"
pool = concurrent.futures.ThreadPoolExecutor(8)


def until(c, end):
    got = b""
    while not got.endswith(end):
        more = c.recv(1)
        if not more:
            return None
        got += more
    return got


def lines(end, answer):
    """A device that takes lines that end so."""
    def serve(c):
        while True:
            line = until(c, end)
            if line is None:
                return
            c.sendall(answer(line))
    return serve


def once(end, answer):
    """A device that answers one line of each connection."""
    def serve(c):
        line = until(c, end)
        if line is not None:
            c.sendall(answer(line))
    return serve


def whole(answer):
    """A device that waits for our half-close."""
    def serve(c):
        while c.recv(4096):
            pass
        if answer:
            c.sendall(answer)
    return serve


def probe(serve, *words):
    with device(serve) as address:
        r = run("check", "--probe", "-t", WAIT, address, *words)
        return address, r


def tried(serve, command):
    """(the device's address, the probe, the line to try, what came of it)."""
    with device(serve) as address:
        r = run("check", "--probe", "-t", WAIT, address, "--command", command)
        line = re.search(r"^try: wilco -f (.*)$", r.out, re.M)
        words = shlex.split(line[1]) if line else None
        return address, r, words, words and run("send", "-f", words[0], words[1], "*IDN?")


def finds(seen, notation, reply, what, wakes):
    """The frame line that is printed is `notation`, and really gives `reply`."""
    address, r, words, got = seen
    same(r.code, 0, f"{what}: exit status 0")
    has(r.out, f"try     {wakes}: ", f"{what}: what wakes it")
    if not ok(words, f"{what}: a line to try is printed", r.out):
        return
    same(words, [notation, address], f"{what}: the frame")
    same((got.code, got.out), (0, reply), f"{what}: a session with that frame works")


cases = some([
    (lines(b"\r", lambda x: b"OK " + x), "payload CR -> payload CR", "OK *IDN?\n", "CR", "CR"),
    (lines(b"\n", lambda x: b"OK\r\n"), "payload LF -> payload CR LF", "OK\n", "LF", "LF"),
    (lines(b"\r\n", lambda x: b"1\n"), "payload CR LF -> payload LF", "1\n", "CR LF", "CR LF"),
    (lines(b"?", lambda x: b"yes\3"), "payload gap(50ms) -> payload ETX", "yes\n", "no end", "nothing"),
    (whole(b"ID=7\0"), "payload eof -> payload NUL", "ID=7\n", "a printer", "nothing, half-close"),
    (whole(b"one\ntwo"), "payload eof -> payload eof", "one\\ntwo\n", "to the close",
     "nothing, half-close"),
    (lines(b"\r", lambda x: x + b"\x021.5\x03"), "payload CR -> STX payload ETX ; echo", "1.5\n",
     "an echo", "CR"),
    (lines(b"\n", lambda x: b"a> \r\nb\r\nbox> "), 'payload LF -> payload CR LF "box" 3e SP',
     "a> \\r\\nb\n", "a prompt", "LF"),
    (lines(b"\n", lambda x: b"2-a\n2-b\n2 OK\n"), 'payload LF -> payload LF ; until "2" SP *',
     "2-a\n2-b\n2 OK\n", "several lines", "LF"),
    (lines(b"\n", lambda x: b"same\nsame\n"), "payload LF -> payload LF ; times 2",
     "same\nsame\n", "lines that are all alike", "LF"),
    (lines(b"\n", lambda x: b"1\n"), "payload LF -> payload LF", "1\n", "an end that is brought",
     "LF", r"*IDN?\n"),
    (lines(b"\r", lambda x: x + b"\n=> "), 'payload CR -> payload LF "=" 3e SP ; echo', "\n",
     "an echo, and a prompt alone", "CR"),
    (once(b"\n", lambda x: b"got " + x), "payload LF -> payload LF eof", "got *IDN?\n", "a line for each", "LF"),
    (lines(b"\r", lambda x: x + b"\nOK\n"), "payload CR -> payload LF ; echo", "OK\n", "a terminal's echo", "CR"),
])
for seen, case in zip(pool.map(lambda case: tried(case[0], (*case, "*IDN?")[5]), cases), cases):
    finds(seen, *case[1:5])


def flood(c):
    """Never silent: what it said for a while has to do."""
    while True:
        c.sendall(b"tick\n" * 1000)


def silent(taken):
    return lambda c: [taken.append(x) for x in iter(lambda: c.recv(99), b"")]


heard, taken, taken_whole = [], [], []
greets, says_bye, is_mute, negotiates, is_evil, is_silent, is_silent_whole, floods = pool.map(
    lambda case: probe(*case), [
        (lambda c: (c.sendall(b"hello\r\n"), heard.append(c.recv(100))),),
        (lambda c: c.sendall(b"bye\n"),),
        (lambda c: None,),
        (lambda c: (c.sendall(b"\xff\xfd\x18\xff\xfb\x01"), c.recv(9)),),
        (lines(b"\n", lambda x: b"\x1b]0;evil\x07\x9b31m\n"), "--command", "x"),
        (silent(taken), "--command", "Q"),
        (silent(taken_whole), "--command", r"Q\n"),
        (flood, "--command", r"Q\n")])

r = run("check", "--probe", "-t", WAIT, "exec:cat", "--command", "hello")
same(r.code, 4, "a line that loops back is no answer")
has(r.out, "it only repeats the command", "and said")
has(r.out, "nothing came but what was sent", "at the end, too")

address, r = greets
same(r.code, 0, "without a command it only listens")
has(r.out, 'hello\\r\\n"; it leaves the line open', "and shows what the device says by itself")
wait_for(lambda: heard, "the end of the line")
ok(heard and not any(heard), "and sends nothing", heard)
address, r = says_bye
has(r.out, "then the device closes", "who closes first")
address, r = is_mute
has(r.out, "the device closes without a word", "a device that closes at once")
address, r = negotiates
has(r.out, "put telnet://", "telnet is recognised")
address, r = is_evil
ok("\x1b" not in r.out and "\x9b" not in r.out, "nothing of a device reaches the terminal as it is")

address, r = is_silent
same(r.code, 4, "no answer at all: exit status 4")
wait_for(lambda: len(taken) >= 8, "the last one")
same(taken, [b"Q", b"Q\r", b"Q\n", b"Q\r\n"] * 2, "each way of ending was tried once")
wait_for(lambda: len(taken_whole) >= 2, "the last one")
same(taken_whole, [b"Q\n", b"Q\n"], "a command that brings its end is sent as it is")

r = run("check", "--probe", f"127.0.0.1:{unused_port()}", "--command", "x")
same(r.code, 3, "nothing listens: exit status 3")
r = run("check", "--command", "x", "127.0.0.1:9")
same(r.code, 2, "--command alone is refused")
has(r.err, "--probe", "and what it goes with is said")
r = run("check", "--probe", "--command=\\q", "127.0.0.1:9")
same(r.code, 2, "a wrong escape is refused before anything is sent")
for command, part in ((".wire 18", ".wire needs a frame"), (".with a=1 x", ".with needs a frame"),
                      (".wait 1s", "no command to send"), (".open x", "cannot be used as a COMMAND")):
    r = run("check", "--probe", "--command", command, "127.0.0.1:9")
    same(r.code, 2, f"so is {command}")
    has(r.err, part, "and why is said")
with device(lines(b"\r", lambda x: b"got " + x + b"\r")) as address:
    r = run("check", "--probe", "-t", WAIT, address, "--command", ".hex 51 31")
    has(r.out, '"got Q1', "what is sent may be given as bytes")

with device(lines(b"\r", lambda x: b"$GPTXT,1*53\r\n")) as address:
    r = run("check", "--json", "--probe", "-t", WAIT, address, "--command", "x")
    steps = [json.loads(x) for x in r.out.splitlines()]
    same([x["step"] for x in steps], ["connect", "banner", "try", "try", "frame"], "steps as JSON")
    same(steps[-1]["address"], "payload CR -> payload CR LF", "with the notation")

with device(lines(b"\n", lambda x: b"1\n")) as one, device(lines(b"\n", lambda x: b"2\n")) as two:
    r = run("check", "--probe", "-t", WAIT, "--command", r"Q\n", one, two)
    same((r.code, r.out.count("try: ")), (0, 2), "each of several devices is probed")
address, r = floods
has(r.out, "it does not stop talking", "a device that never stops is no reason to wait for ever")
LONG = "a" * (4096 if WRAP else 65536)
with device(lines(b"\r", lambda line: b"got %d\r" % len(line))) as address:
    r = run("check", "--probe", "-t", "10s", address, "--command", LONG)
    has(r.out, f'"got {len(LONG) + 1}\\r"', "the longest command is sent with its end")
with device(lambda c: c.sendall(b"x" * 100000)) as address:
    r = run("check", "--probe", "-t", WAIT, address)
    has(r.out, "100000 bytes, the first after", "of what comes unasked all is counted")
r = run("check", "--probe", "--command", "", "127.0.0.1:9")
same(r.code, 2, "an empty command is refused")
for words, part in ((("check", "--dry-run", "--probe", "127.0.0.1:9"), "--dry-run works only with"),
                    (("--dry-run", "127.0.0.1:9"), "--dry-run works only with"),
                    (("check", "--log", "x", "127.0.0.1:9"), "--log and --pcap work only with"),
                    (("send", "--log", "a", "--pcap", "b", "127.0.0.1:9", "x"), "one file")):
    r = run(*words)
    same(r.code, 2, f"{' '.join(words)}: refused instead of ignored")
    has(r.err, part, "and said")
for _ in range(8):  # on a busy machine a shell may end later than a command counts as open
    r = run("check", "exec:echo why >&2; exit 3")
    if r.code:
        break
same(r.code, 3, "a command that ends at once is not open")
has(r.out, "why", "what it said")
has(r.out, "ended with status 3", "and how")
for line in (f"127.0.0.1:{unused_port()}", "no-such-host.invalid"):
    r = run(stdin=f".open {line}\n")
    same(r.code, 3, f"a pipe that cannot open {line} says so by its exit status")
done()
