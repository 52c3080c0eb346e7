#!/usr/bin/env python3
"""wilco check --probe finds out how a device wants to be spoken to, and the frame it prints works."""
import concurrent.futures
import json
import re
import shlex
import socket

from peers import datagrams
from wilcotest import WRAP, device, done, has, ok, read_until, run, same, some, unused_port, wait_for

# Long enough for a device of ours to answer on a busy machine; the waits go on beside each other.
WAIT, WAIT_IN_VAIN = "2s", "200ms"
pool = concurrent.futures.ThreadPoolExecutor(24)


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


def probe(serve, *words, wait=WAIT):
    with device(serve) as address:
        r = run("check", "--probe", "-t", wait, address, *words)
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
all_tried = [pool.submit(tried, case[0], (*case, "*IDN?")[5]) for case in cases]


def flood(c):
    """Never silent: what it said for a while has to do."""
    while True:
        c.sendall(b"tick\n" * 1000)


def silent(taken):
    return lambda c: [taken.append(x) for x in iter(lambda: c.recv(99), b"")]


def letters(c):
    """A device that answers the letter as soon as it is there, and minds no line end."""
    for letter in iter(lambda: c.recv(1), b""):
        if letter == b"f":
            c.sendall(b"145000000\n")


def errors(c):
    """The same, but each line end is a command, too."""
    for letter in iter(lambda: c.recv(1), b""):
        c.sendall(b"1\n" if letter == b"f" else b"?\n")


def late():
    """Greets its first client only when that has said something."""
    calls = []

    def serve(c):
        calls.append(c)
        if len(calls) == 1:
            c.recv(1, socket.MSG_PEEK)
        c.sendall(b"# ready\n")
        lines(b"\n", lambda x: b"got " + x)(c)
    return serve


def console(typed):
    """One console behind all connections, which keeps a line that was not finished."""
    def serve(c):
        line = b""
        for key in iter(lambda: c.recv(1), b""):
            typed.append(key)
            if key == b"\r":
                c.sendall(b"\r\n" + line.removeprefix(b"echo ") + b"\r\n=> ")
                line = b""
            elif key >= b" ":
                line += key
                c.sendall(key)
    return serve


def telnet(c):
    c.sendall(b"\xff\xfb\x01\xff\xfb\x03\r\nbox\r\n=> ")
    line = b""
    for key in iter(lambda: c.recv(1), b""):
        line += key
        if key == b"\xff":
            line = c.recv(2)[:0]
        elif key == b"\r":
            c.sendall(line + b"\nyes\r\n=> ")
            line = b""


def munin(c):
    c.sendall(b"# munin node at box\n")
    lines(b"\n", lambda x: b"2.0\n")(c)


def modbus(c):
    """Modbus TCP: how much it reads is said by the length."""
    while head := c.recv(6, socket.MSG_WAITALL):
        pdu = c.recv(head[5], socket.MSG_WAITALL)
        c.sendall(head[:5] + b"\x07" + pdu[:2] + b"\x04\x10\x00\x10\x01")


def talks(text):
    def serve(c):
        c.sendall(text)
        c.recv(1)
    return serve


def probe_datagrams(answer, came, *words):
    with datagrams(lambda data: [answer(data)], came) as address:
        return address, run("check", "--probe", "-t", WAIT, address, *words)


def proposed(seen, notation, what, where="{}"):
    address, r = seen
    line = re.search(r"^try: wilco -f (.*)$", r.out, re.M)
    same(line and shlex.split(line[1]), [notation, where.format(address)], what)


heard, taken, taken_whole, typed, asked = [], [], [], [], []
LONG = "a" * (4096 if WRAP else 65536)
in_vain = [pool.submit(probe, silent(heap), "--command", command, wait=WAIT_IN_VAIN)
           for heap, command in ((taken, "Q"), (taken_whole, r"Q\n"))]
loops = pool.submit(run, "check", "--probe", "-t", WAIT, "exec:cat", "--command", "hello")
gone = pool.submit(probe_datagrams, lambda x: x[:1] + b"\1\1\0", asked, "--command", ".hex 06 09 00")
(greets, says_bye, is_mute, negotiates, is_evil, floods, is_letters, is_errors, is_late, is_console,
 is_telnet, is_munin, is_modbus, is_nmea, is_chargen, is_alert, closes, is_binary, as_bytes, as_json, longest,
 is_much, is_first) = pool.map(
    lambda case: probe(*case), [
        (lambda c: (c.sendall(b"hello\r\n"), heard.append(c.recv(100))),),
        (lambda c: c.sendall(b"bye\n"),),
        (lambda c: None,),
        (lines(b"\r", lambda x: b"\xff\xfd\x18\xff\xfb\x01"), "--command", "x"),
        (lines(b"\n", lambda x: b"\x1b]0;evil\x07\x9b31m\n"), "--command", "x"),
        (flood, "--command", r"Q\n"),
        (letters, "--command", "f"),
        (errors, "--command", "f"),
        (late(), "--command", "name"),
        (console(typed), "--command", "echo hello"),
        (telnet, "--command", "id"),
        (munin, "--command", "version"),
        (modbus, "--command", ".hex 00 01 00 00 00 06 01 03 00 00 00 02"),
        (talks(b"$GPTXT,1*52\r\n$GPTXT,2*51\r\n"),),
        (flood,),
        (once(b"\n", lambda x: b"\x15\x03\x01\x00\x02\x02\x46"), "--command", "Q"),
        (once(b"\n", lambda x: b""), "--command", "Q"),
        (lambda c: c.sendall(c.recv(99)[:1] + b"\1\1\0"), "--command", ".hex 05 09 00"),
        (lines(b"\r", lambda x: b"got " + x + b"\r"), "--command", ".hex 51 31"),
        (lines(b"\r", lambda x: b"$GPTXT,1*53\r\n"), "--json", "--command", "x"),
        (lambda c: c.sendall(b"got %d\r" % len(read_until(c, b"\r"))), "--command", LONG),
        (lambda c: c.sendall(b"x" * 100000),),
        (lines(b"\n", lambda x: b"= 1\n\n"), "--command", "name")])
is_silent, is_silent_whole = (x.result() for x in in_vain)
for seen, case in zip(all_tried, cases):
    finds(seen.result(), *case[1:5])

r = loops.result()
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
proposed(is_telnet, 'payload CR -> payload (CR LF "=" 3e SP | LF "=" 3e SP) ; echo ; greet CR LF "box"',
         "telnet is spoken as soon as it is seen, with the prompt and the echo", "telnet://{}")
proposed(is_console, 'payload CR -> payload (CR LF "=" 3e SP | LF "=" 3e SP) ; echo', "a console is finished on its line")
same(b"".join(typed), b"echo hello\r", "so that no lines are joined")
proposed(is_letters, "payload LF -> payload LF", "LF is proposed where it only does no harm")
proposed(is_errors, "payload gap(50ms) -> payload LF", "not where it has an answer of its own")
proposed(is_late, 'payload LF -> payload LF ; greet 23 SP *', "a greeting that is late is no answer")
proposed(is_munin, "munin", "a greeting that only one kind of device has says which it is")
proposed(is_modbus, "modbus-tcp", "a frame whose lengths are right is the one to try")
has(is_modbus[1].out, "the command is 03 00 00 00 02 in it", "and what is typed in it is said")
proposed(is_nmea, "nmea", "a device that talks by itself is recognised")
proposed(is_chargen, "payload LF -> payload LF", "even where it does not stop")
proposed(is_binary, "payload gap(50ms) -> payload eof ; bin", "binary has no line ends")
for seen, what in ((is_alert, "an alert of TLS"), (closes, "a line that is closed for an answer")):
    same(re.findall(r"^try: .*$", seen[1].out, re.M), [], f"{what} is no reply")
    has(seen[1].out, "try tls://", "and what it may mean is said")
proposed(gone.result(), "payload gap(50ms) -> payload eof ; bin", "a datagram has no end, either")
same([x[1] for x in asked], [b"\x06\t\0"], "and is sent once")
address, r = is_evil
ok("\x1b" not in r.out and "\x9b" not in r.out, "nothing of a device reaches the terminal as it is")

address, r = is_silent
same(r.code, 4, "no answer at all: exit status 4")
wait_for(lambda: len(b"".join(taken)) >= 13, "the last one")
same(b"".join(taken), b"Q\nQ\r\nQQ\rQ\nQ\r\n", "each way of ending was tried once, with LF on the same line")
has(r.out, "another client may hold this port", "what may be the reason")
wait_for(lambda: len(taken_whole) >= 2, "the last one")
same(taken_whole, [b"Q\n", b"Q\n"], "a command that brings its end is sent as it is")

proposed(is_first, 'payload LF -> payload LF ; until ""', "a blank line ends a reply")
same(is_first[0].connections, 1, "and all of that needs one connection")
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
has(as_bytes[1].out, '"got Q1', "what is sent may be given as bytes")
steps = [json.loads(x) for x in as_json[1].out.splitlines()]
same([x["step"] for x in steps], ["connect", "banner", "try", "try", "try", "frame"], "steps as JSON")
same(steps[-1]["address"], "payload CR -> payload CR LF", "with the notation")

with device(lines(b"\n", lambda x: b"1\n")) as one, device(lines(b"\n", lambda x: b"2\n")) as two:
    r = run("check", "--probe", "-t", WAIT, "--command", r"Q\n", one, two)
    same((r.code, r.out.count("try: ")), (0, 2), "each of several devices is probed")
address, r = floods
has(r.out, "it does not stop talking", "a device that never stops is no reason to wait for ever")
has(longest[1].out, f'"got {len(LONG) + 1}\\r"', "the longest command is sent with its end")
has(is_much[1].out, "100000 bytes, the first after", "of what comes unasked all is counted")
r = run("check", "--probe", "--command", "", "127.0.0.1:9")
same(r.code, 2, "an empty command is refused")
for words, part in ((("check", "--dry-run", "--probe", "127.0.0.1:9"), "--dry-run works only with"),
                    (("--dry-run", "127.0.0.1:9"), "--dry-run works only with"),
                    (("check", "--log", "x", "127.0.0.1:9"), "--log works only with"),
                    (("send", "--log", "a", "--log", "b", "127.0.0.1:9", "x"), "--log is one file, and is given only once")):
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
