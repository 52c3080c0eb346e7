#!/usr/bin/env python3
"""Files that are sent as they are: over when they have been delivered, and every other end says how much arrived."""
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading

from peers import serial
from wilcotest import ENV, HOME, LIMIT, Terminal, command, device, done, has, ok, read_to_end, read_until, run, same, \
    simulated, wait_for

JOB = bytes(range(256)) * 1200
SMALL = b"%-12345X@PJL\r\n\xff\x00\x1b"


def path(name, data):
    full = os.path.join(HOME, name)
    with open(full, "wb") as f:
        f.write(data)
    return full


fifo = os.path.join(HOME, "fifo")
os.mkfifo(fifo)
job, small = path("job.prn", JOB), path("small.prn", SMALL)
got = []


def keeps(connection):
    got.append(read_to_end(connection))


def taken():
    ok(wait_for(lambda: got), "the device has it all")
    return got.pop()


def slow(connection):
    """Reads little at a time, so that the kernel's queues are full."""
    all_of_it = b""
    while data := connection.recv(3000):
        all_of_it += data
    got.append(all_of_it)


def narrow(handler):
    """A device whose queue, and ours for it, are short."""
    def inside(connection):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        handler(connection)
    return inside


def objects(result):
    return [json.loads(line) for line in result.out.splitlines()]


def reads_some(then):
    def handler(connection):
        left = 100000
        while left > 0:
            left -= len(connection.recv(min(left, 4000)))
        then(connection)
    return handler


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


# ---- wilco send --file: a printer ----

with device(narrow(slow)) as address:
    r = run("send", "-f", "line", "--json", address, "--file", job)
    same((r.code, taken()), (0, JOB), "a slow device gets all of it, and then our end")
    x = objects(r)[0]
    same([x[k] for k in ("status", "end", "command", "file", "bytes", "sent_hex", "error")],
         ["ok", "delivered, and the device closed the line", f"(file {job}, {len(JOB)} bytes)", job, len(JOB), None, None],
         "the object says what was sent")
    r = run("send", address, "--file", small)
    same((r.code, r.out, r.err, taken()), (0, "", "", SMALL), "as text there is nothing to say")

with device(keeps) as address:
    r = run("send", "-f", "line", address, "--file", "-", stdin=JOB)
    same((r.code, taken()), (0, JOB), "- is standard input: a pipe")
    with open(job, "rb") as f:
        f.seek(1000)
        r = subprocess.run(command("send", address, "--file", "-"), stdin=f, env=ENV, check=False, timeout=LIMIT)
    same((r.returncode, taken()), (0, JOB[1000:]), "or a file, from where it stands")
    r = run("send", "--json", address, "--file", path("empty", b""))
    same((r.code, taken(), objects(r)[0]["command"]), (0, b"", f"(file {HOME}/empty, 0 bytes)"), "an empty one")
    r = run("send", "--json", address, "--file", "/proc/version")
    with open("/proc/version", "rb") as f:
        same((r.code, taken()), (0, f.read()), "one that does not say how long it is")

quiet = threading.Event()
with device(reads_some(lambda connection: quiet.wait(LIMIT))) as address:
    big = path("big.bin", JOB * 40)
    r = run("send", "-f", "line", "-t", "300ms", "--json", address, "--file", big)
    x = objects(r)[0]
    same((r.code, x["status"]), (4, "timeout"), "a device that stops reading")
    has(x["error"], "the device took nothing more within 300 ms; of 12288000 bytes at least ", "is a failure that says so")
    ok(100000 <= x["bytes"] < len(JOB) * 40, "with what arrived at least", x["bytes"])
    same(x["command"], f"(file {big}, {x['bytes']} of 12288000 bytes)", "and so does the entry")
    quiet.set()

with device(narrow(reads_some(reset))) as address:
    r = run("send", "-f", "line", address, "--file", big)
    same(r.code, 4, "a device that resets the line in the middle")
    has(r.err, "connection reset by the peer; of 12288000 bytes at least ", "is a failure, too")
    has(r.err, "the device may hold a part of the file", "that says what to expect")

with device(narrow(reads_some(lambda connection: connection.shutdown(socket.SHUT_WR)))) as address:
    r = run("send", "-f", "line", address, "--file", big)
    same((r.code, "closed before" in r.err or "reset" in r.err), (4, True), "so is one that closes it")


def resets_at_end(connection):
    read_to_end(connection)
    connection.sendall(b"x")
    reset(connection)


with device(resets_at_end) as address:
    r = run("send", address, "--file", small)
    same((r.code, "reset" in r.err), (4, True), "a reset behind our end is a failure under a frame that closes our side")

# ---- with commands, in a pipe ----


def instrument(connection):
    """Takes lines, and says one when it has got the small file."""
    while line := read_until(connection, b"\n"):
        if b"\x1b" in line:
            connection.sendall(b"stored\n")
        for each in line.splitlines():
            if each.endswith(b"?"):
                connection.sendall(b"re " + each.split(b"\x1b")[-1] + b"\n")


with device(instrument) as address:
    file = path("with end", SMALL + b"\n")
    r = run("send", "-f", "line", "--json", address, "--file", file, ".wait 200ms", "VOLT?")
    same([(x["status"], x["reply"]) for x in objects(r)], [("ok", None), ("unsolicited", "stored"), ("ok", "re VOLT?")],
         "commands follow on the same line, and what comes meanwhile answers nothing")
    same(address.connections, 1, "which stays open")
    path("with end", b"a\xff\n")
    macro = os.path.join(HOME, "rec.wilco")
    log = os.path.join(HOME, "files.log")
    r = run("-f", "line", address, "--log", log,
            stdin=f".record {macro}\n.sendfile '{file}' 1M\nVOLT?\n.record stop\n")
    same((r.code, "re VOLT?" in r.out), (0, True), ".sendfile in a pipe")
    with open(macro, encoding="utf-8") as f:
        text = f.read()
    has(text, f"\n.sendfile '{file}' 1048576\n", "a recording has it")
    with open(log, encoding="utf-8") as f:
        has(f.read(), r"> a\xff\n", "a log has the bytes of the line")
    r = run("play", macro)
    same(r.code, 0, "the recording can be played")
    os.unlink(file)
    before = address.connections
    r = run("play", macro)
    same((r.code, f"cannot send {file}: No such file" in r.err, address.connections), (2, True, before),
         "where the file is not there, nothing is sent")
    with simulated(text) as played:
        same(run("send", "-f", "line", played, "VOLT?").out, "re VOLT?\n", "a simulated device passes over it")

log = os.path.join(HOME, "secret.log")
r = run("send", "-f", "line", "--log", log, "exec:cat > /dev/null", r".tell \{secret:PW}",
        f".sendfile {path('router.cfg', b'password hunter22')}", env={"WILCO_SECRET_PW": "hunter22"})
with open(log, encoding="utf-8") as f:
    text = f.read()
same((r.code, "hunter22" in text, "x" * 17 in text), (0, False, True), "where a secret is known, the log hides the file")

with device(keeps) as first, device(keeps) as second:
    r = run("fleet", "-f", "line", "--yes", f"{first},{second}", f".sendfile {small}")
    same(r.code, 0, "a fleet")
    wait_for(lambda: len(got) == 2)
    same(got, [SMALL, SMALL], "gives it to each device")
    got.clear()
r = run("fleet", "127.0.0.1:1,127.0.0.1:2", f".sendfile {fifo}")
same((r.code, "each of several devices would get a part" in r.err), (2, True), "which a pipe cannot be")
r = run("fleet", "127.0.0.1:1", "--file", small)
same((r.code, "--file works only with wilco send" in r.err), (2, True), "--file is for send alone")

# ---- refused before anything is sent ----

with device(keeps) as address:
    for words, why in ((("--file", f"{HOME}/none"), "No such file"), (("--file", HOME), "it is a folder"),
                       ((".sendfile",), "needs the name of a file"), ((f".sendfile {small} x",), "number of bytes"),
                       (("--file", "-", "-"), "cannot have the commands, too"), ((), "too few words"),
                       ((".tell .sendfile x",), ".tell needs a command"), (("A", f".sendfile {HOME}/none"), "No such file"),
                       (("--file", small, "-f", "line", ".with x=1 y"), "x")):
        r = run("send", address, *words)
        same((r.code, why in r.err), (2, True), f"refused: {' '.join(words)}")
    same(address.connections, 0, "and nobody was called")
    r = run("send", "-f", "line", address, ".sendfile /dev/stdin", stdin=b"data")
    same((r.code, taken()), (0, b"data"), "but /dev/stdin is a file where the lines are arguments")
for line in (("-f", "line", "exec:cat"), ("send", "-f", "line", "exec:cat", "-")):
    r = run(*line, stdin=".sendfile /dev/stdin\nA\n")
    same((r.code, r.out, "standard input has the lines" in r.err), (2, "A\n", True), "lines and a file cannot be one")
r = run("send", "udp://127.0.0.1:1", "--file", small)
same((r.code, "datagrams" in r.err), (2, True), "datagrams take no file")
r = run("frame", "encode", "line", f".sendfile {small}")
same((r.code, "a file cannot be sent here" in r.err), (2, True), "nor does a line that only asks for bytes")
r = run("send", "--dry-run", "127.0.0.1:1", "--file", small)
same((r.code, r.out), (0, f"(file {small})\n"), "--dry-run sends nothing")
r = run("send", "127.0.0.1:1", "--file", path("a\x1b[31mb", b""))
same((r.code, "\x1b" in r.err), (3, False), "what is in a name does not reach the terminal")

# ---- other lines ----

def writes():
    with open(fifo, "wb", buffering=0) as f:
        f.write(b"one,")
        again.wait(LIMIT)
        f.write(b"two")


def at_first(connection):
    """Lets the writer go on when far more time than the timeout is over."""
    got.append(connection.recv(100))
    again.wait(0.5)
    again.set()
    got.append(read_to_end(connection))


with device(keeps) as address:
    r = run("send", "-f", "line", f"tcp://{address}?char-delay=100us", "--file", path("paced", JOB[:700]))
    same((r.code, taken()), (0, JOB[:700]), "with pauses between the bytes")
    r = run("send", "-f", "line", f"tcp://{address}?char-delay=100us", f".sendfile {HOME}/paced")
    same((r.code, taken()), (0, JOB[:700]), "whose last one is waited for, too")

again = threading.Event()
threading.Thread(target=writes, daemon=True).start()
with device(at_first) as address:
    r = run("send", "-t", "200ms", "-f", "line", address, "--file", fifo)
    same(r.code, 0, "who writes to a FIFO may take its time")
    wait_for(lambda: len(got) == 2)
    same(got, [b"one,", b"two"], "all of it arrives")
    got.clear()

IAC, DONT, DO, WONT, WILL, BINARY = 255, 254, 253, 252, 251, 0
heard = bytearray()


def telnet(grants):
    """Takes or refuses BINARY, notes what comes, and closes behind our end."""
    heard.clear()

    def handler(connection):
        while more := connection.recv(4096):
            for offer, yes, no in ((WILL, DO, DONT), (DO, WILL, WONT)):
                if bytes([IAC, offer, BINARY]) in more:
                    connection.sendall(bytes([IAC, yes if grants else no, BINARY]))
            heard.extend(more)
    return handler


def data():
    return re.sub(rb"\xff[\xfb-\xfe].", b"", heard, flags=re.S).replace(b"\xff\xff", b"\xff")


with device(telnet(True)) as address:
    r = run("send", "-f", "line", f"telnet://{address}", "--file", job)
    wait_for(lambda: len(data()) >= len(JOB))
    same((r.code, data() == JOB), (0, True), "over telnet, with BINARY")
with device(telnet(False)) as address:
    r = run("send", "-f", "line", f"telnet://{address}", "--file", job)
    same((r.code, "BINARY" in r.err, bytes(data())), (2, True, b""), "nothing is sent where that is not granted")


def port(master):
    data = b""
    while len(data) < 40000:
        data += os.read(master, 200)
    got.append(data)


with serial(port) as (name, slave, before):
    r = run("send", "-f", "line", f"{name}?baud=921600", "--file", path("port", JOB[:40000]))
    same((r.code, taken()), (0, JOB[:40000]), "a serial port")

target = os.path.join(HOME, "target")
r = run("send", "-f", "line", f"exec:cat > '{target}'", "--file", job)
same(r.code, 0, "a command")
with open(target, "rb") as f:
    same(f.read(), JOB, "has read it")

# ---- a file that changes, and Ctrl-C ----


def changes(how, then=keeps):
    def handler(connection):
        connection.recv(10)
        how()
        then(connection)
    return handler


with device(changes(lambda: os.truncate(job, 20), read_to_end)) as address:
    r = run("send", "-f", "line", address, f".sendfile {job} 50K")
    same((r.code, "became shorter" in r.err), (4, True), "a file that shrinks is a failure")


def grow():
    with open(job, "ab") as f:
        f.write(b"more")


path("job.prn", JOB[:40000])
with device(changes(grow)) as address:
    r = run("send", "-f", "line", address, f".sendfile {job} 50K")
    same((r.code, "grew while it was sent: only the 40000 bytes" in r.err), (0, True), "one that grows is sent as it was")
    same(taken()[-3:], JOB[39997:40000], "to its old end")

path("job.prn", JOB)
with device(keeps) as address:
    p = subprocess.Popen(command("send", "-f", "line", address, f".sendfile {job} 1K"), stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, env=ENV)
    wait_for(lambda: address.connections)
    p.send_signal(signal.SIGINT)
    out, err = p.communicate(timeout=LIMIT)
    same(p.returncode, 130, "an interrupt")
    if b"bytes at least" in err:
        has(err.decode(), f"of {len(JOB)} bytes at least", "says how much arrived")
    got.clear()

# ---- the console ----

with device(keeps) as address:
    path("hostile\x1b[2J.prn", JOB)
    t = Terminal(f"sh -c 'cd {HOME} && exec {' '.join(command())} -f line {address}'")
    t.wait("Ctrl-D leaves")
    t.type(".sendfile job")
    t.wait("> .sendfile job")
    t.keys("Tab")
    t.wait("> .sendfile job.prn", "Tab completes the name of a file")
    t.wait(".sendfile FILE [RATE]", "the row above the line says what it does")
    t.type(" 20K")
    t.keys("Enter")
    t.shows(lambda s: re.search(r"> \(file job\.prn\) +\d+ %, [\d.]+ KiB of 300\.0 KiB, [\d.]+ KiB/s, [\d.]+ s left", s),
            "bytes, rate and the time that is left")
    t.wait("sending job.prn: ")
    t.tmux("resize-window", "-x", "40", "-y", "10")
    t.shows(lambda s: re.search(r"\d+ %, [\d.]+ KiB of 300\.0 KiB", s), "in a narrow window, too")
    t.keys("C-c")
    t.tmux("resize-window", "-x", "80", "-y", "24")
    t.wait("of 307200 bytes at least", "Ctrl-C stops it")
    t.shows(lambda s: re.search(r"> \(file job\.prn, \d+ of 307200 bytes\)", s), "and the entry says how far it came")
    t.ask(r".sendfile 'hostile\x1b[2J.prn'")
    t.wait(r"(file hostile\x1b[2J.prn, 307200 bytes)", "a name with control characters is shown escaped")
    t.wait("delivered in")
    t.close()

done()
