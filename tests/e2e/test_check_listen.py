#!/usr/bin/env python3
"""wilco check and listen:// do what `nc -vv ADDRESS PORT` and `nc -vlp 9100` are used for."""
import json
import os
import re
import socket
import subprocess

from wilcotest import ENV, LIMIT, command, device, done, has, localhost, ok, read_until, run, same, unused_port

with device(lambda c: c.recv(1)) as address:
    r = run("check", address)
    same(r.code, 0, "a port that is open is exit status 0")
    has(r.out, f"connect {address}: open (", "with the time it took")
    port = address.split(":")[1]
    if (name := localhost()) != "127.0.0.1":
        steps = run("check", f"{name}:{port}").out.splitlines()
        ok(re.search(rf"name    {name}: .*\b127\.0\.0\.1\b", steps[0]), "a name is resolved first", steps)
        has(steps[-1], f"connect {address}: open (", "and its addresses are tried until one answers")
    o = [json.loads(line) for line in run("check", "--json", address).out.splitlines()]
    same([(x["step"], x["ok"], x["result"]) for x in o], [("connect", True, "open")], "--json")
    r = run("check", f"127.0.0.1:{unused_port()}", address)
    same(r.code, 3, "with several devices the worst counts")
    has(r.out, "connection refused: nothing listens there", "refused is said")
    has(r.out, "open", "and the other is checked all the same")
r = run("check", "no-such-host.invalid")
same(r.code, 3, "an unknown name is exit status 3")
has(r.out, "no address for 'no-such-host.invalid'", "and said")


def full_listener():
    """A listening socket whose queue is full: it drops what comes, as a firewall does."""
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen(0)
    fill = []
    for _ in range(4):
        c = socket.socket()
        c.setblocking(False)
        c.connect_ex(s.getsockname())
        fill.append(c)
    return s, fill


server, waiting = full_listener()
r = run("check", "-t", "300ms", f"127.0.0.1:{server.getsockname()[1]}")
same(r.code, 3, "an address that does not answer is exit status 3")
has(r.out, "a firewall may drop the packets", "with what that may mean")
server.close()

p = subprocess.Popen(command("send", "-f", "payload CR LF", "listen://127.0.0.1:0", "HELLO"),
                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
line = p.stderr.readline().decode()
has(line, "listening on 127.0.0.1:", "listen:// says where to call, with the port it got")
with socket.create_connection(("127.0.0.1", int(line.rsplit(":", 1)[1])), timeout=LIMIT) as s:
    same(read_until(s, b"\n"), b"HELLO\r\n", "the caller gets the command")
    s.sendall(b"WORLD\r\n")
    out, err = p.communicate(timeout=LIMIT)
same((p.returncode, out), (0, b"WORLD\n"), "and its reply is printed")
has(err.decode(), "called by 127.0.0.1:", "who called is said")
p = subprocess.Popen(command("send", "-f", "payload LF", "listen://127.0.0.1:0", "A", ".wait 500ms", "B"),
                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
port = int(p.stderr.readline().decode().rsplit(":", 1)[1])
for line in (b"A\n", b"B\n"):
    with socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as s:
        same(read_until(s, b"\n"), line, "a device that calls again calls the same port")
        s.send(b"ok\n", socket.MSG_MORE)  # one segment with the close: no B goes out between them
    if line == b"A\n":
        has(p.stderr.readline().decode() + p.stderr.readline().decode(), f"listening on 127.0.0.1:{port}",
            "which is listened on again")
same((p.communicate(timeout=LIMIT)[0], p.returncode), (b"ok\nok\n", 0), "and both are answered")


def calls(port, source):
    """What a caller from this address of the machine is told, until he is turned away."""
    with socket.socket() as s:
        s.settimeout(LIMIT)
        s.bind((source, 0))
        s.connect(("127.0.0.1", port))
        try:
            return s.recv(100)
        except ConnectionError:
            return b""


p = subprocess.Popen(command("send", "-f", "payload LF", "listen://127.0.0.1:0?from=127.0.0.0/30", "A"),
                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
port = int(p.stderr.readline().decode().rsplit(":", 1)[1])
same([calls(port, "127.0.0.4") for _ in range(3)], [b""] * 3, "from= turns away who calls from elsewhere")
same([calls(port, f"127.0.1.{n}") for n in range(1, 21)], [b""] * 20, "however many they are")
with socket.create_connection(("127.0.0.1", port), timeout=LIMIT, source_address=("127.0.0.3", 0)) as s:
    same(read_until(s, b"\n"), b"A\n", "who may call gets the command")
    s.sendall(b"ok\n")
    out, err = p.communicate(timeout=LIMIT)
same((p.returncode, out), (0, b"ok\n"), "and is heard")
told = [line for line in err.decode().splitlines() if "turned away (from=127.0.0.0/30)" in line]
same(len(told), 16, "each host is told once, and no more than sixteen of them")
has(told[0], "127.0.0.4:", "with its address")
has(told[-1], "further ones are not named", "which is said")
r = run("send", "listen://127.0.0.1:0?from=1.2.3.4/33", "X")
same(r.code, 2, "bits that an address does not have")
has(r.err, "from 0 to 32", "are said")
r = run("check", "--json", "-t", "200ms", "listen://127.0.0.1:0?from=1.2.3.4")
same(r.code, 3, "check waits for who may call")
r = run("send", "listen://127.0.0.1:0?connect-timeout=200ms", "X")
same(r.code, 3, "nobody calls: exit status 3")
has(r.err, "nobody called within 200 ms", "and said")
r = run("send", "-t", "200ms", "listen://127.0.0.1:0", "X")
has(r.err, "nobody called within 200 ms", "a timeout that was given limits the wait too")
with socket.socket() as taken:
    taken.bind(("127.0.0.1", 0))
    taken.listen(1)
    r = run("send", f"listen://127.0.0.1:{taken.getsockname()[1]}", "X")
    same(r.code, 3, "a port in use cannot be listened on")
    has(r.err, "in use", "and said")
if os.path.exists("/proc/net/if_inet6"):
    with socket.socket(socket.AF_INET6) as six:
        try:
            six.bind(("::1", 0))
            six.listen(1)
            r = run("check", f"[::1]:{six.getsockname()[1]}")
            ok(r.code == 0 and "[::1]:" in r.out, "IPv6 in brackets", r)
        except OSError:
            ok(True, "IPv6 in brackets # SKIP no IPv6 here")
done()
