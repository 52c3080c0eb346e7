#!/usr/bin/env python3
"""wilco tap between other lines than TCP: a pseudo-terminal, TLS, datagrams."""
import contextlib
import errno
import hashlib
import os
import re
import select
import socket
import ssl
import threading

from peers import datagrams
from taps import reset, tapped, was_reset
from wilcotest import HOME, LIMIT, device, done, has, ok, read_to_end, run, same, simulated, unused_port, wait_for


def lines(s):
    """A device that answers lines, and closes after `bye`."""
    for line in s.makefile("rb"):
        s.sendall(b"ok " + line)
        if line == b"bye\n":
            break


# ---- a pseudo-terminal: programs open it as a serial port ----

def read_lines(fd, count=1):
    """Reads so many lines, or what there is when the port is gone."""
    got = b""
    while got.count(b"\n") < count and select.select([fd], [], [], LIMIT)[0]:
        try:
            data = os.read(fd, 4096)
        except OSError as e:
            if e.errno != errno.EIO:
                raise
            break
        if not data:
            break
        got += data
    return got


def ask(path, *words):
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
    try:
        for word in words:
            os.write(fd, word)
        return read_lines(fd, len(words))
    finally:
        os.close(fd)


port = f"{HOME}/port"
with device(lines) as address:
    with tapped(address, "-v", "-f", "line", at=f"pty:{port}") as tap:
        same(tap.address, port, "the address of a pseudo-terminal is the link to it")
        same(ask(port, b"A\n", b"B\n"), b"ok A\nok B\n", "a program opens it, and talks to the device")
        same(ask(port, b"\x03\x11\x13\x1a\r\x7f\xff\n"), b"ok \x03\x11\x13\x1a\r\x7f\xff\n", "byte for byte")
        same(run("send", "-f", "line", f"serial:{port}", "C").out, "ok C\n", "another one opens it as a serial port")
        same(address.connections, 1, "the device does not notice that programs come and go")
        before = os.readlink(port)
        fd = os.open(port, os.O_RDWR | os.O_NOCTTY)
        os.write(fd, b"bye\n")
        same(read_lines(fd), b"ok bye\n", "what a device says last arrives")
        tap.said("1: the device closed its side", "the device closes its side")
        same(read_lines(fd), b"", "before the port is gone, because the device is")
        wait_for(lambda: os.path.lexists(port) and os.readlink(port) != before, "another port")
        os.close(fd)
        same(ask(port, b"D\n"), b"ok D\n", "another port is at the same link, with another connection")
        same(address.connections, 2, "to the device")
    ok(not os.path.lexists(port), "the link goes with the tap")
    has(tap.notes, f"the port is {port} from now on", "which says so")
    same(sorted(line[13:] for line in tap.text.splitlines()[:4]), ["1 < ok A", "1 < ok B", "1 > A", "1 > B"],
         "both sides are shown")
    with tapped(address, "-f", "line", at="pty:") as tap:
        ok(re.fullmatch(r"/dev/pts/\d+", tap.address), "without a name its own path is printed", tap.address)
        same(ask(tap.address, b"E\n"), b"ok E\n", "under which the device is")
    with open(port, "w", encoding="utf-8") as f:
        f.write("mine")
    r = run("tap", f"pty:{port}", address)
    ok(r.code == 3 and "File exists" in r.err, "a file that is there is not replaced", r)
    os.unlink(port)

# A device that is off: the port is there, and the device is tried again.
where = unused_port()
with tapped(f"127.0.0.1:{where}", "-f", "line", at=f"pty:{port}") as tap:
    tap.said("it is tried every second", "a device may be off")
    fd = os.open(port, os.O_RDWR | os.O_NOCTTY)
    os.write(fd, b"HELLO\n")
    with device(lines, where):
        same(read_lines(fd), b"ok HELLO\n", "and comes later, for what a program has said")
    os.close(fd)
same(tap.notes.count("cannot connect"), 1, "which is said once")

# What a device says while no program has the port open is dropped, as at a real port.


def chatters(s):
    """A device that answers SLOW only when its program has gone."""
    for line in s.makefile("rb"):
        if line == b"SLOW\n":
            closed.wait(LIMIT)
        s.sendall((b"late " if line == b"SLOW\n" else b"ok ") + line)


closed = threading.Event()
with device(chatters) as address, tapped(address, "-f", "line", at=f"pty:{port}") as tap:
    same(ask(port, b"A\n"), b"ok A\n", "a program that has the port open gets all")
    fd = os.open(port, os.O_RDWR | os.O_NOCTTY)
    os.write(fd, b"SLOW\n")
    wait_for(lambda: b"> SLOW" in tap.out, "the command")
    os.close(fd)
    closed.set()
    tap.said("no program has the port open: what the device says is dropped", "one that closed it gets nothing")
    same(ask(port, b"B\n"), b"ok B\n", "and the next one does not get it either")
    tap.said("no program had the port open: 10 bytes of the device were dropped\n", "how many bytes it was is said")
    fd = os.open(port, os.O_RDWR | os.O_NOCTTY)
    os.write(fd, b"UNREAD\n")
    wait_for(lambda: b"< ok UNREAD" in tap.out, "the reply")
    os.close(fd)
    wait_for(lambda: tap.err.count(b"no program has the port open") == 2, "the port to be closed")
    same(ask(port, b"C\n"), b"ok C\n", "what was not read is not for the next one")
    wait_for(lambda: tap.err.count(b": 10 bytes of the device were dropped\n") == 2, "the second note")
same(tap.notes.count("were dropped"), 2, "each time is said once")

# ---- TLS, on either side ----

def tls(address):
    """Connects by TLS without asking who it is."""
    host, where = address.removeprefix("tls://").rsplit(":", 1)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(socket.create_connection((host, int(where)), timeout=LIMIT), server_hostname=host)


LINES = ".frame line\nSTATUS\n  READY\n"
with device(lines) as address, tapped(address, "-f", "line", at="tls://127.0.0.1:0") as tap:
    with tls(tap.address) as s:
        print_of = hashlib.sha256(s.getpeercert(binary_form=True)).hexdigest()
        s.sendall(b"secret\n")
        same(s.recv(100), b"ok secret\n", "a program may come by TLS, without a certificate of ours")
        s.sendall(b"bye\n")
        same(read_to_end(s), b"ok bye\n", "and gets the device's end")
told = re.search(r"wilco: certificate SHA-256 ([0-9A-Fa-f:]+)\n", tap.notes)
same(told and told[1].replace(":", "").lower(), print_of, "the fingerprint of one made in memory is said at the start")
same([line[13:] for line in tap.text.splitlines()], ["1 > secret", "1 < ok secret", "1 > bye", "1 < ok bye"],
     "and what is said is shown as it is")
with simulated(LINES, at="tls://127.0.0.1:0") as address:
    with tapped(f"{address}?verify=no", "-f", "line", at="127.0.0.1:0") as tap, tap.connect() as s:
        s.sendall(b"STATUS\n")
        same(s.recv(100), b"READY\r\n", "the device may be there by TLS")
    with tapped(f"{address}?verify=no", "-f", "line", at="tls://127.0.0.1:0") as tap, tls(tap.address) as s:
        s.sendall(b"STATUS\n")
        same(s.recv(100), b"READY\r\n", "or both")
    with tapped(address, "-f", "line", at="127.0.0.1:0") as tap, tap.connect() as s:
        s.sendall(b"STATUS\n")
        ok(was_reset(s), "a device that cannot prove its name breaks the line")
        tap.said("1: cannot connect to the device: the certificate", "and the tap says why")
ends = []
with device(lambda s: ends.append(was_reset(s))) as address, tapped(address, at="tls://127.0.0.1:0") as tap:
    s = tls(tap.address)
    s.sendall(b"abc")
    wait_for(lambda: b"abc" in tap.out, "its bytes")
    reset(s)
    same(wait_for(lambda: ends, "the reset"), [True], "a reset passes on through TLS, too")

# ---- datagrams: each source has a connection ----

@contextlib.contextmanager
def tapped_datagrams(*options):
    """A device that answers datagrams; yields the tap and what the device got, with where it came from."""
    came = []
    with datagrams(lambda data: [b"ok " + data], came) as device_address, \
            tapped(device_address, *options, at="udp://127.0.0.1:0") as tap:
        yield tap, came


def source(tap):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(LIMIT)
    host, where = tap.address.removeprefix("udp://").rsplit(":", 1)
    s.connect((host, int(where)))
    return s


def asked(s, data):
    s.send(data)
    return s.recv(65536)


with tapped_datagrams("--json") as (tap, came), source(tap) as one, source(tap) as other:
    same(asked(one, b"first"), b"ok first", "the first datagram of a source passes, and its reply")
    same([asked(other, b"x" * n) for n in (0, 1, 60000)], [b"ok " + b"x" * n for n in (0, 1, 60000)],
         "datagrams pass as they are, empty and long ones, too")
    same(asked(one, b"again"), b"ok again", "and sources do not mix")
    same(len({peer for peer, _ in came}), 2, "each has a connection to the device")
same([(x["connection"], x["direction"], x["status"], len(x["raw_hex"]) // 2) for x in tap.objects()],
     [(1, ">", "ok", 5), (1, "<", "ok", 8), (2, "<", "ok", 3), (2, ">", "ok", 1), (2, "<", "ok", 4), (2, ">", "ok", 60000),
      (2, "<", "ok", 60003), (1, ">", "ok", 5), (1, "<", "ok", 8)], "a datagram is a frame")
with tapped_datagrams("-v", "-f", "line", "--idle-limit", "1s") as (tap, came), \
        source(tap) as one:
    same(asked(one, b"A\nB"), b"ok A\nB", "a datagram may hold more than a frame")
    tap.said("1: nothing came for 1 s\nwilco: 1: closed", "a source that is silent is forgotten")
    same(asked(one, b"C\n"), b"ok C\n", "and comes again")
    tap.said("2: called by", "as another one")
    same(len({peer for peer, _ in came}), 2, "with another connection")
has(tap.text, "1 >!B", "what a datagram cuts off is no whole frame")
has(tap.notes, "1: the program broke a frame: no LF came", "which is said")
with tapped_datagrams("-f", "line", "--fault", "drop nth 2", "--toward", "device") as (tap, _), \
        source(tap) as one:
    same([asked(one, b"A\n"), (one.send(b"B\n"), asked(one, b"C\n"))[1]], [b"ok A\n", b"ok C\n"],
         "a fault may drop a datagram")
where = unused_port()
with tapped(f"udp://127.0.0.1:{where}", at="udp://127.0.0.1:0") as tap, source(tap) as one:
    one.send(b"hello?")
    tap.said("1: the line of the device broke: connection refused", "a device that is not there is said")

done()
