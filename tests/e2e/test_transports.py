#!/usr/bin/env python3
"""Kinds of lines against devices of our own: unix, udp, serial, exec, telnet, rfc2217, listen."""
import contextlib
import fcntl
import os
import pty
import socket
import subprocess
import termios
import threading
import tty

from wilcotest import (ENV, HOME, LIMIT, command, device, done, has, ok, read_until, run, same,
                       wait_for)


def serve(server, handler):
    def accept():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                with contextlib.suppress(OSError), connection:
                    handler(connection)
    threading.Thread(target=accept, daemon=True).start()


def echo(connection):
    while data := connection.recv(4096):
        connection.sendall(data.upper())


# ---- unix ----

path = f"{HOME}/echo.sock"
with socket.socket(socket.AF_UNIX) as server:
    server.bind(path)
    server.listen(4)
    serve(server, echo)
    r = run("send", "-f", "payload LF", f"unix:{path}", "hello", "again")
    same((r.code, r.out), (0, "HELLO\nAGAIN\n"), "a unix socket")
    r = run("send", "-f", "payload LF eof -> payload LF", f"unix:{path}", "a", "b")
    same((r.code, r.out), (0, "A\nB\n"), "with half-close")
    server.shutdown(socket.SHUT_RDWR)
r = run("send", "-f", "payload LF", f"unix:{path}", "hello")
same(r.code, 3, "nobody listens there any more")
has(r.err, "nothing listens there", "and that is said")
has(run("send", "unix:/nowhere", "x").err, "no such socket", "no such socket")
has(run("send", "unix:/" + "x" * 200, "x").err, "name too long", "a path too long for a socket")
has(run("send", "unix:/dev/null", "x").err, "/dev/null", "a file that is no socket")

# ---- udp ----

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", 0))
    where = f"udp://127.0.0.1:{server.getsockname()[1]}"

    def datagrams():
        with contextlib.suppress(OSError):
            while True:
                data, peer = server.recvfrom(65536)
                for part in data.upper().split(b"|"):
                    server.sendto(part, peer)
    threading.Thread(target=datagrams, daemon=True).start()
    r = run("send", "-f", "payload eof -> payload eof", where, "x")
    same(r.code, 2, "a frame that half-closes is refused on udp")
    r = run("send", "-f", "payload gap(1ms) -> payload eof", where, "hello", "again")
    same((r.code, r.out), (0, "HELLO\nAGAIN\n"), "a datagram is a frame that ends by close")
    r = run("send", "-f", "payload gap(1ms) -> payload eof ; times 2", where, "one|two")
    same((r.code, r.out), (0, "ONE\nTWO\n"), "two datagrams are two frames")
    big = "x" * 60000
    r = run("send", "-f", "payload gap(1ms) -> payload eof", where, big)
    same((r.code, r.out), (0, big.upper() + "\n"), "a large datagram")
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unused:
    unused.bind(("127.0.0.1", 0))
    nobody = f"udp://127.0.0.1:{unused.getsockname()[1]}"
r = run("send", "-t", "2s", "-f", "payload gap(1ms) -> payload eof", nobody, "x")
same(r.code, 4, "a refused datagram is a loss")
has(r.err, "refused", "with its reason")


# ---- serial ----

@contextlib.contextmanager
def serial(handler):
    """A pty whose master is the device: handler(master)."""
    master, slave = pty.openpty()
    tty.setcbreak(slave)
    before = termios.tcgetattr(slave)
    thread = threading.Thread(target=handler, args=(master,), daemon=True)
    thread.start()
    try:
        yield os.ttyname(slave), slave, before
    finally:
        os.close(slave)
        os.close(master)


def upper(master):
    with contextlib.suppress(OSError):
        while data := os.read(master, 4096):
            os.write(master, data.upper())


with serial(upper) as (name, slave, before):
    r = run("send", "-f", "payload CR", f"serial:{name}", "hello", "again")
    same((r.code, r.out), (0, "HELLO\nAGAIN\n"), "a serial line, raw")
    same(termios.tcgetattr(slave), before, "its settings are put back")
    r = run("send", "-f", "payload CR", f"serial:{name}?baud=250000&mode=7E2", "x")
    same((r.code, r.out), (0, "X\n"), "a rate without a name in POSIX")
    same(termios.tcgetattr(slave), before, "and they are put back again")
    fcntl.flock(slave, fcntl.LOCK_EX | fcntl.LOCK_NB)
    r = run("send", "-f", "payload CR", f"serial:{name}", "x")
    same(r.code, 3, "a locked port is refused")
    has(r.err, "another program uses the port", "and says why")
    same(termios.tcgetattr(slave), before, "and left alone")
    fcntl.flock(slave, fcntl.LOCK_UN)
    r = run("send", "-f", "payload CR", f"serial:{name}?dtr=on", "x")
    ok(r.code == 3 and "DTR" in r.err or r.code == 0, "a port without DTR says so", r)
    r = run("send", "-f", "payload gap(3.5ch) -> payload gap(3.5ch)", name, "x")
    same((r.code, r.out), (0, "X\n"), "/dev/... is a serial line, and a gap ends a frame")
    r = run("send", name, "x", "-t", "300ms")
    ok("esc-cr" not in r.err or r.code == 4, "the default frame does not half-close", r)
has(run("send", "serial:/dev/null", "x").err, "no serial port", "/dev/null is no serial port")
has(run("send", "/dev/nothing", "x").err, "plugged in", "no such port")
r = run("send", "-f", "payload eof", "/dev/ttyS0", "x")
same(r.code, 2, "a frame that half-closes is refused on a serial line")

# ---- exec ----

r = run("send", "-f", "payload LF", "exec:cat", "hello", "again")
same((r.code, r.out), (0, "hello\nagain\n"), "a command as the line")
r = run("send", "-f", "payload LF eof -> payload (LF|eof)", "exec:tr a-z A-Z", "a", "b")
same((r.code, r.out), (0, "A\nB\n"), "with half-close: a command a command")
r = run("send", "-f", "payload LF", "exec:printf 'oops\\033[31m\\n' >&2; exit 3", "x")
same(r.code, 4, "a command that fails")
has(r.err, "ended with status 3", "its exit status is said")
has(r.err, "the command says: oops\\x1b[31m", "what it writes to stderr is shown, escaped")
r = run("send", "-f", "payload LF", "exec:kill -9 $$", "x")
has(r.err, "ended by signal 9", "one that was killed")
r = run("send", "-f", "payload LF", "exec:echo x > /dev/stderr; cat", "y")
same((r.code, r.out), (0, "y\n"), "its stderr can be opened by name")


def outlives(name, command_line):
    """What is asked of a command that has said who it is, and then says nothing."""
    pid_file = f"{HOME}/{name}.pid"
    r = run("send", "-t", "2s", "-f", "payload LF", f"exec:echo $$ > {pid_file}; {command_line}", "x")
    same(r.code, 4, f"{name}: a command that says nothing")
    with open(pid_file, encoding="ascii") as f:
        pid = int(f.read())

    def gone():
        try:
            os.kill(pid, 0)
        except OSError:
            return True
        return False
    return not wait_for(gone, "the command")


ok(not outlives("quiet", "exec sleep 1000"), "does not outlive its line")
ok(not outlives("deaf", "trap '' TERM HUP INT; while :; do sleep 1; done"), "nor does one that will not hear of it")
with device(echo) as address:
    host, port = address.split(":")
    relay = (f"{HOME}/relay.py")
    with open(relay, "w", encoding="utf-8") as f:
        f.write("import socket, sys, threading, os\n"
                "s = socket.create_connection((sys.argv[1], int(sys.argv[2])))\n"
                "def up():\n"
                "    while data := os.read(0, 4096): s.sendall(data)\n"
                "    s.shutdown(socket.SHUT_WR)\n"
                "threading.Thread(target=up, daemon=True).start()\n"
                "while data := s.recv(4096): os.write(1, data)\n")
    r = run("send", "-f", "payload LF", f"tcp://{address}?via=python3 {relay} %h %p", "a", "b")
    same((r.code, r.out), (0, "A\nB\n"), "via= leads through a command")
    r = run("send", "--json", "-f", "payload LF", f"{address}?via=python3 {relay} %h %p", "a")
    has(r.out, f'"address":"tcp://{address}"', "and the address stays the device's")


# ---- telnet ----

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240


def telnet(connection):
    """Asks for this and that, sends CR NUL, doubles IAC, and echoes what is no negotiation."""
    connection.sendall(bytes([IAC, DO, 24, IAC, WILL, 1, IAC, DO, 44, IAC, SB, 24, 1, IAC, SE]))
    data, line = b"", b""
    while chunk := connection.recv(4096):
        data += chunk
        while data:
            if data[:2] == b"\xff\xff" or data[0] != IAC:
                line += data[:1]
                data = data[2 if data[0] == IAC else 1:]
            elif len(data) < 3:
                break
            else:
                data = data[3:]
            if line.endswith(b"\n"):
                connection.sendall(b"re" + bytes([IAC, 241]) + b"ply\r\x00\xff\xff"
                                   + line.replace(b"\xff", b"\xff\xff"))
                line = b""


with device(telnet) as address:
    r = run("send", "-f", "payload LF", f"telnet://{address}", "hello", r"a\xffb")
    same(r.out, "reply\\r\\xffhello\nreply\\r\\xffa\\xffb\n", "telnet: negotiation is no data")


# ---- rfc2217 ----

def com_port(answers, asked):
    """A server that confirms the settings, or says what it has instead."""
    def handler(connection):
        data = b""
        while chunk := connection.recv(4096):
            data += chunk
            while data:
                if data[0] != IAC:
                    end = data.find(b"\n")
                    if end < 0:
                        break
                    connection.sendall(data[:end].upper() + b"\n")
                    data = data[end + 1:]
                elif data[1:2] and data[1] in (DO, DONT, WILL, WONT):
                    if len(data) < 3:
                        break
                    if data[1] == WILL and data[2] == 44:
                        connection.sendall(bytes([IAC, DO if answers is not None else DONT, 44]))
                    data = data[3:]
                else:
                    end = data.find(bytes([IAC, SE]))
                    if end < 0:
                        break
                    option, key, value = data[2], data[3], data[4:end]
                    asked.append((key, value))
                    connection.sendall(bytes([IAC, SB, option, 100 + key])
                                       + answers.get(key, value) + bytes([IAC, SE]))
                    data = data[end + 2:]
    return handler


asked = []
with device(com_port({}, asked)) as address:
    r = run("send", "-f", "payload LF", f"rfc2217://{address}?baud=115200&mode=7O2&flow=rtscts&rts=off",
            "hello")
    same((r.code, r.out), (0, "HELLO\n"), "rfc2217: the line is open when all is confirmed")
    same(sorted(asked), [(1, (115200).to_bytes(4, "big")), (2, b"\x07"), (3, b"\x02"),
                         (4, b"\x02"), (5, b"\x03"), (5, b"\x0c")], "what was asked for")
with device(com_port({1: (9600).to_bytes(4, "big")}, [])) as address:
    r = run("send", "-f", "payload LF", f"rfc2217://{address}?baud=115200", "hello")
    same(r.code, 3, "a rate that the server does not set")
    has(r.err, "baud rate: it says 9600", "is said")
with device(com_port(None, [])) as address:
    r = run("send", "-f", "payload LF", f"rfc2217://{address}", "hello")
    same(r.code, 3, "a telnet server without serial settings")
    has(r.err, "COM-PORT-OPTION", "is said")
with device(lambda c: c.recv(1) and threading.Event().wait(LIMIT)) as address:
    r = run("send", "-t", "1s", "-f", "payload LF", f"rfc2217://{address}", "hello")
    has(r.err, "did not confirm the serial settings (RFC 2217) within 1 s", "one that is silent")

# ---- listen on a unix socket ----

path = f"{HOME}/called.sock"
p = subprocess.Popen(command("send", "-f", "payload LF", f"listen:unix:{path}", "hello"),
                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
has(p.stderr.readline().decode(), "listening on", "it listens")
with socket.socket(socket.AF_UNIX) as s:
    s.connect(path)
    same(read_until(s, b"\n"), b"hello\n", "listen:unix: the device calls, and is asked")
    s.sendall(b"I am here\n")
    out, _ = p.communicate(timeout=LIMIT)
same((p.returncode, out), (0, b"I am here\n"), "and its answer is printed")
ok(not os.path.exists(path), "the socket is gone afterwards")
done()
