#!/usr/bin/env python3
"""wilco simulate on all kinds of lines: udp, tls, telnet, pty and Unix sockets, and on several at once."""
import contextlib
import hashlib
import os
import re
import select
import socket
import ssl
import subprocess
import threading

import devices
from wilcotest import (ENV, HOME, LIMIT, WRAP, command, done, has, ok, read_until, run, same, simulated, skip,
                       wait_for)

LINES = """.frame payload LF -> payload CR LF
.let said nothing
ID?
  PUMP 7
TWO
  1
  2
SAY?
  \\{said}
.on SAY (.*) (re)
.let said \\{1}
  OK
.end
LOSE
  (lost)
.else
  ERR
"""
FRAME = "payload LF -> payload CR LF"


def send(address, *commands, options=()):
    return run("send", "-t", f"{LIMIT:.0f}s", *options, "-f", FRAME, address, *commands)


def port_of(address):
    return int(address.rsplit(":", 1)[1])


def connect(address):
    return socket.create_connection(("127.0.0.1", port_of(address)), timeout=LIMIT)


@contextlib.contextmanager
def serving(text, *places, options=()):
    """Runs one device at several addresses; yields them, and its log."""
    path = os.path.join(HOME, "served.wilco")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    p = subprocess.Popen(command("simulate", *options, path, *places), stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, env=ENV)
    found, log = [], []
    while len(found) < len(places):
        line = p.stdout.readline().decode()
        if not line:
            break
        log.append(line)
        if line.startswith("listening on "):
            found.append(line.strip().removeprefix("listening on "))
    reader = threading.Thread(target=lambda: log.extend(x.decode() for x in p.stdout), daemon=True)
    reader.start()
    try:
        yield found, log
    finally:
        p.terminate()
        p.wait(LIMIT)
        reader.join(LIMIT)


# ---- datagrams ----
with simulated(LINES, at="udp://127.0.0.1:0") as address:
    ok(address.startswith("udp://127.0.0.1:"), "a device for datagrams says so in its address", address)
    same(send(address, "ID?", "X").out, "PUMP 7\nERR\n", "wilco asks it by datagrams")
    one, two = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    for s in (one, two):
        s.settimeout(LIMIT)
        s.connect(("127.0.0.1", port_of(address)))
    one.send(b"TWO\n")
    two.send(b"ID?\n")
    same([one.recv(99), one.recv(99)], [b"1\r\n", b"2\r\n"], "each reply is a datagram")
    same(two.recv(99), b"PUMP 7\r\n", "to whoever asked")
    one.send(b"ID")
    one.send(b"ID?\n")
    same(one.recv(99), b"PUMP 7\r\n", "a datagram ends what it begins")
    one.send(b"LOSE\n")
    one.send(b"ID?\n")
    same(one.recv(99), b"PUMP 7\r\n", "a line that is lost is begun anew by the next datagram")
    callers = 8 if WRAP else 1100
    for _ in range(callers):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(LIMIT)
            s.connect(("127.0.0.1", port_of(address)))
            s.send(b"ID?\n")
            last = s.recv(99)
    same(last, b"PUMP 7\r\n", f"after {callers} callers there is room for one more")
    one.close()
    two.close()

# ---- telnet ----
with simulated(".frame payload LF -> payload CR LF ; bin\n.hex ff 41\n  ff 42\n", at="telnet://127.0.0.1:0") as address:
    ok(address.startswith("telnet://"), "a telnet device says so in its address", address)
    same(run("send", "-o", "hex", "-f", FRAME, address, ".hex ff 41").out, "ff42\n", "wilco speaks telnet with it")
    with connect(address) as s:
        same(s.recv(3), b"\xff\xfb\x03", "it negotiates")
        s.sendall(b"\xff\xfd\x01\xff\xfd\x2c\xff\xff\x41\n")
        same(read_until(s, b"\n"), b"\xff\xfc\x01\xff\xfc\x2c\xff\xff\x42\r\n",
             "refuses what a device does not do, and doubles ff")

# ---- TLS ----
with simulated(LINES, at="tls://127.0.0.1:0") as address:
    where = ("127.0.0.1", port_of(address))
    said = wait_for(lambda: [x.decode() for x in address.log if x.startswith(b"certificate")], "the certificate")
    pem = ssl.get_server_certificate(where, timeout=LIMIT)
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest().upper()
    same(said and said[0].split()[-1].replace(":", ""), digest, "the fingerprint is that of the certificate it made")
    trusted = os.path.join(HOME, "made.pem")
    with open(trusted, "w", encoding="utf-8") as f:
        f.write(pem)
    r = send(f"{address}?ca={trusted}", "ID?", "SAY x", "SAY?")
    same((r.code, r.out), (0, "PUMP 7\nOK\nx\n"), "who trusts it is served")
    with connect(address) as garbage, connect(address) as silent:
        garbage.sendall(b"ID?\n" * 10)
        same(send(f"{address}?verify=no", "ID?").out, "PUMP 7\n", "others are served during a handshake")
        ok(wait_for(lambda: [x for x in address.log if b" ! " in x and b"TLS" in x], "the reason"),
           "what was no TLS is told", address.log)
    # OpenSSL reads our closing alert behind the reply.
    with ssl._create_unverified_context().wrap_socket(connect(address)) as s:
        s.sendall(b"LOSE\n")
        same(s.recv(99), b"", "a device that closes says close_notify")
if devices.there("openssl"):
    with devices.folder() as f:
        devices.certificate(f, "own")
        pem, key = f("own.pem"), f("own.key")
        with simulated(LINES, at=f"tls://127.0.0.1:0?cert={pem}&key={key}&ca={pem}") as address:
            r = send(f"{address}?ca={pem}", "ID?")
            ok(r.code != 0, "with ca a caller needs a certificate", r)
            r = send(f"{address}?ca={pem}&cert={pem}&key={key}", "ID?")
            same((r.code, r.out), (0, "PUMP 7\n"), "and with one it is served, by the certificate that was given")
else:
    skip("openssl is not installed")
r = run("simulate", os.devnull, "tls://127.0.0.1:0?cert=/nonexistent")
ok(r.code != 0 and "/nonexistent" in r.err, "a certificate that is not there is an error", r)

# ---- a pseudo-terminal ----
link = os.path.join(HOME, "port")


def ask(path, text):
    """Asks like a program that opens a serial port."""
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
    try:
        os.write(fd, text)
        got = b""
        while not got.endswith(b"\n") and select.select([fd], [], [], LIMIT)[0]:
            got += os.read(fd, 99)
        return got
    finally:
        os.close(fd)


with simulated(LINES, "--idle-limit", "1ms", at=f"pty:{link}") as address:
    same(address, link, "a pseudo-terminal's address is the link to it")
    before = os.readlink(link)
    same(ask(link, b"ID?\n"), b"PUMP 7\r\n", "it answers who opens it, byte for byte")
    same(ask(link, b"ID?\n"), b"PUMP 7\r\n", "and whoever opens it next, however idle it was")
    same(send(f"serial:{link}", "ID?", "X").out, "PUMP 7\nERR\n", "wilco opens it as a serial port")
    fd = os.open(link, os.O_RDWR | os.O_NOCTTY)
    os.write(fd, b"LOSE\n")
    ok(wait_for(lambda: os.path.lexists(link) and os.readlink(link) != before, "another one"),
       "a device that is lost comes back at the same link")
    os.close(fd)
    same(ask(link, b"ID?\n"), b"PUMP 7\r\n", "and answers there")
ok(not os.path.lexists(link), "the link goes with the device")
with open(link, "w", encoding="utf-8") as f:
    f.write("mine")
r = run("simulate", os.devnull, f"pty:{link}")
ok(r.code == 3 and "File exists" in r.err, "a file that is there is not replaced", r)
with simulated(LINES, at="pty:") as address:
    ok(re.fullmatch(r"/dev/pts/\d+", address), "without a name its own path is printed", address)
    same(ask(address, b"TWO\n")[:3], b"1\r\n", "under which it answers")

# A session on a pseudo-terminal: a program opens the other end.
os.unlink(link)
p = subprocess.Popen(command("send", "-t", f"{LIMIT:.0f}s", "-f", FRAME, f"pty:{link}", "-"), stdin=subprocess.PIPE,
                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
p.stdin.write(b"STATUS\n")
p.stdin.flush()
ok(wait_for(lambda: os.path.lexists(link), "the port"), "wilco makes a port as a client, too")
fd = os.open(link, os.O_RDWR | os.O_NOCTTY)
same(os.read(fd, 99), b"STATUS\n", "a program that opens it gets the commands")
os.write(fd, b"READY\r\n")
p.stdin.close()
p.stdin = None
same((p.communicate(timeout=LIMIT)[0], p.returncode), (b"READY\n", 0), "and answers them")
os.close(fd)

# ---- one device at several addresses ----
with serving(LINES, "127.0.0.1:0", "udp://127.0.0.1:0", f"unix:{HOME}/served", f"pty:{link}") as (places, log):
    same(len(places), 4, "a device may have several addresses")
    same(send(places[0], "SAY here").out, "OK\n", "and what one client says")
    for place in (places[1], places[2], f"serial:{places[3]}"):
        same(send(place, "SAY?").out, "here\n", f"is known at {place.split(':')[0]}")
r = run("simulate", os.devnull, "127.0.0.1:0", "exec:cat")
same(r.code, 2, "what nobody can call is refused")
has(r.err, "listens on tcp, tls, telnet, udp, unix and pty", "with what can be called")
done()
