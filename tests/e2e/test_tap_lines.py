#!/usr/bin/env python3
"""wilco tap between other lines than TCP: a pseudo-terminal, TLS, datagrams."""
import errno
import os
import re
import select
import threading

from taps import tapped
from wilcotest import HOME, LIMIT, device, done, has, ok, run, same, unused_port, wait_for


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
        tap.said("1: the device closed its side", "the device closes its side")
        same(read_lines(fd), b"ok bye\n", "what a device says last arrives")
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

done()
