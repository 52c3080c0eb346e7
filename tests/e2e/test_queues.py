#!/usr/bin/env python3
"""What waits in wilco is bounded: a device that makes wilco answer, and reads none of it, is not read
any more; when it reads, each of its questions was answered once."""
import contextlib
import os
import pty
import resource
import select
import socket
import ssl
import subprocess
import threading
import tty

import devices
from wilcotest import (ENV, HOME, LIMIT, WRAP, Recorder, command, device, done, has, ok, read_until,
                       run, same, simulated, skip, wait_for)

IAC, DO, WONT, WILL, SB, SE = 255, 253, 252, 251, 250, 240
ENQ, ACK = b"\x05", b"\x06"
# What may lie in the kernel's buffers is the system's choice; far more is no buffer of its.
MOST = 64 << 20
ENV["ASAN_OPTIONS"] = "quarantine_size_mb=1"  # what a sanitizer keeps of what was freed does not count
MEMORY = 128 << 20  # half of it is for what devices said
WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
MEASURED = not WRAP and not os.environ.get("WILCO_SANITIZED")


class Console:
    """wilco without a terminal, with a device that it is not asked for anything."""
    def __init__(self, flood, *words):
        self.lines, self.flood = [], flood
        self.p = subprocess.Popen(command("-v", *words), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, env=ENV)
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.p.stderr:
            if b"unsolicited" not in line:
                self.lines.append(line.decode())
            if b"connected to" in line:
                self.flood.begin.set()
            if b"nothing more is read" in line:
                self.flood.full.set()

    def close(self):
        self.p.stdin.close()
        return self.p.wait(LIMIT)


def memory(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        peak = f.read().partition("VmHWM:")[2].split()
    return int(peak[0]) * 1024 if peak else 0  # it is gone


class Flood:
    """Writes until nothing goes in and wilco has said that it reads no more; then reads until all
    that it asked was answered."""
    def __init__(self, unit, answer):
        self.answer, self.unit, self.block = answer, unit, unit * 512
        self.written = self.heard = 0
        self.begin, self.full, self.stopped = (threading.Event() for _ in range(3))
        self.go, self.over = threading.Event(), threading.Event()

    def __call__(self, connection):
        self.serve(connection.fileno())

    def serve(self, to, back=None, write=os.write, read=os.read):
        """Two descriptors; None: the same."""
        with contextlib.suppress(OSError):
            self.flood(to, back, write, read)

    def flood(self, to, back, write, read):
        os.set_blocking(to, False)
        self.begin.wait(LIMIT)
        rest = b""
        while self.written < MOST:
            rest = rest or self.block
            try:
                n = write(to, rest)
                self.written += n
                rest = rest[n:]
            except WOULD_BLOCK:
                if self.full.is_set():
                    break
                select.select([], [to], [], 0.1)
        self.stopped.set()
        self.go.wait(LIMIT)
        self.finish(to, to if back is None else back, rest, write, read)
        self.over.set()

    def expected(self):
        return self.written // len(self.unit) * len(self.answer)

    def finish(self, to, back, rest, write, read):
        """What the last write left, and all answers."""
        while rest or self.heard < self.expected():
            select.select([back], [to] if rest else [], [], LIMIT)
            with contextlib.suppress(*WOULD_BLOCK):
                if rest:
                    n = write(to, rest)
                    self.written += n
                    rest = rest[n:]
            with contextlib.suppress(*WOULD_BLOCK):
                got = read(back, 65536)
                self.heard += len(got)
                if not got:
                    return


def holds(name, flood, *words):
    """The flood is stopped, costs little, and is answered to the end."""
    console = Console(flood, *words)
    ok(flood.stopped.wait(LIMIT), f"{name}: the device cannot write any more")
    ok(flood.full.is_set() and flood.written < MOST, f"{name}: because nothing more is read",
       (flood.written, console.lines))
    if MEASURED:
        ok(memory(console.p.pid) < MEMORY, f"{name}: memory is bounded", memory(console.p.pid))
    flood.go.set()
    flood.over.wait(LIMIT)
    same(flood.heard, flood.expected(), f"{name}: when it reads, each of its questions was answered")
    same(console.close(), 0, f"{name}: and the line is still whole")


@contextlib.contextmanager
def unix_device(handler):
    path = f"{HOME}/flood.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen(1)

        def serve():
            connection, _ = server.accept()
            with contextlib.suppress(OSError), connection:
                handler(connection)
        threading.Thread(target=serve, daemon=True).start()
        yield f"unix:{path}"
    os.unlink(path)


BID = "STX payload ETX ; bid ENQ, ACK, EOT"
flood = Flood(ENQ, ACK)
with unix_device(flood) as where:
    holds("a bid", flood, "-f", BID, where)

LINE, THANKS = b"x" * 999 + b"\n", b"+" * 600
ACKNOWLEDGES = f"payload LF ; ack '{THANKS.decode()}'"
flood = Flood(LINE, THANKS)
with device(flood) as where:
    holds("frames that are acknowledged", flood, "-f", ACKNOWLEDGES, where)

if devices.there("openssl"):
    with devices.folder() as f:
        devices.certificate(f, "server")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f("server.pem"), f("server.key"))
        flood = Flood(LINE, THANKS)

        def secured(connection):
            line = context.wrap_socket(connection, server_side=True)
            line.setblocking(False)
            flood.serve(line.fileno(), None, lambda _, data: line.send(data),
                        lambda _, size: line.recv(size))

        with device(secured) as where:
            holds("TLS", flood, "-f", ACKNOWLEDGES,
                  f"tls://{where}?verify=no&connect-timeout={LIMIT:.0f}s")
else:
    skip("openssl is not installed")

flood = Flood(LINE, THANKS)
master, slave = pty.openpty()
tty.setraw(master)
threading.Thread(target=flood.serve, args=(master,), daemon=True).start()
holds("a serial line", flood, "-f", ACKNOWLEDGES, f"serial:{os.ttyname(slave)}")
os.close(slave)
os.close(master)

# A command as the line, whose other ends are ours.
def holds_piped(name, unit, answer, frame, where):
    """Each has pipes of its own: the commands of the last one may still be ending."""
    ways = [f"{HOME}/{name}-{way}".replace(" ", "-") for way in ("from", "to")]
    for way in ways:
        os.mkfifo(way)
    to, back = (os.open(way, os.O_RDWR | os.O_NONBLOCK) for way in ways)
    flood = Flood(unit, answer)
    threading.Thread(target=flood.serve, args=(to, back), daemon=True).start()
    holds(name, flood, "-f", frame, f"{where}cat {ways[0]} & exec cat > {ways[1]}")
    os.close(to)
    os.close(back)


holds_piped("a command", LINE, THANKS, ACKNOWLEDGES, "exec:")
holds_piped("telnet", LINE, THANKS, ACKNOWLEDGES, "telnet://device?via=")
holds_piped("telnet options", bytes([IAC, DO, 99]), bytes([IAC, WONT, 99]), "payload LF",
            "telnet://device?via=")


# ---- rfc2217 ----

def confirm(connection, more):
    """Takes all settings, then says more."""
    data, confirmed = b"", 0
    while confirmed < 5:
        data += connection.recv(4096)
        while len(data) >= 3 and (data[1] != SB or bytes([IAC, SE]) in data):
            if data[1] == WILL and data[2] == 44:
                connection.sendall(bytes([IAC, DO, 44]))
            end = data.find(bytes([IAC, SE])) if data[1] == SB else 1
            if data[1] == SB:
                connection.sendall(data[:3] + bytes([100 + data[3]]) + data[4:end + 2])
                confirmed += 1
            data = data[end + 2:]
    connection.sendall(more)
    return read_until(connection, b"never")


SUSPEND = bytes([IAC, SB, 44, 108, IAC, SE])
with device(lambda c: confirm(c, SUSPEND + ENQ * 70000)) as where:
    r = run("send", "-q", "-t", f"{LIMIT:.0f}", "-f", BID, f"rfc2217://{where}", "x")
    same(r.code, 4, "answers that a server holds up have a cap, too")
    has(r.err, "FLOWCONTROL-SUSPEND", "and what is wrong is said")

# ---- telnet ----

def packs(connection):
    connection.sendall(bytes([IAC, SB, 86, IAC, SE]) + b"x" * 100)
    read_until(connection, b"never")


with device(packs) as where:
    r = run("send", "-f", "payload LF", f"telnet://{where}", "x")
    same(r.code, 4, "a server that packs its bytes unasked")
    has(r.err, "MCCP2", "is told why it is not listened to")

# ---- the simulator ----

FILE = ".frame payload LF\nGIVE\n  " + "y" * 500 + "\nPING\n  PONG\nLATER\n.delay 1h\n  x\n"
with simulated(FILE) as where:
    host, port = where.rsplit(":", 1)
    with socket.create_connection((host, int(port))) as deaf, \
            socket.create_connection((host, int(port)), timeout=LIMIT) as other:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.setblocking(False)
        written = still = 0
        # Each answer to the other client shows that the simulator had time for this one.
        while written < MOST and still < 20:
            try:
                written += deaf.send(b"GIVE\n" * 1000)
                still = 0
            except BlockingIOError:
                still += 1
            other.sendall(b"PING\n")
            read_until(other, b"\n")
        ok(written < MOST, "the simulator does not read on from a client that does not read", written)
        if MEASURED:
            ok(memory(where.pid) < MEMORY, "and keeps little for it", memory(where.pid))
    # Answers that wait for their time hold up the commands behind them.
    with socket.create_connection((host, int(port))) as hasty, \
            socket.create_connection((host, int(port)), timeout=LIMIT) as other:
        hasty.sendall(b"LATER\n" * 300)

        def waiting():
            other.sendall(b"PING\n")
            read_until(other, b"\n")
            return sum(b"> LATER" in line for line in where.log)
        wait_for(lambda: waiting() >= 256, "the simulator's log")
        same([waiting() for _ in range(20)], [256] * 20, "the simulator takes 256 commands ahead, no more")

soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
CLIENTS = 4096
if hard != resource.RLIM_INFINITY and hard < 2 * CLIENTS:
    skip("at most that many descriptors: " + str(hard), privilege=True)
else:
    resource.setrlimit(resource.RLIMIT_NOFILE, (2 * CLIENTS, hard))
    with simulated(FILE) as where, contextlib.ExitStack() as stack:
        host, port = where.rsplit(":", 1)
        for _ in range(CLIENTS):
            last = stack.enter_context(socket.create_connection((host, int(port)), timeout=LIMIT))
        last.sendall(b"PING\n")
        same(read_until(last, b"\n"), b"PONG\n", "the simulator has 4096 clients")
        with socket.create_connection((host, int(port)), timeout=LIMIT) as one:
            same(one.recv(1), b"", "and turns one more away")
        ok(wait_for(lambda: any(b"too many clients" in line for line in where.log), "the log"),
           "which it says")

# ---- a command's stderr, a paste ----

r = run("send", "-t", str(LIMIT), "-f", "payload LF",
        "exec:head -c 5000 /dev/zero | tr '\\0' e >&2; echo >&2; read x", "x")
said = [line.partition("says: ")[2] for line in r.err.splitlines() if "says: " in line]
same([len(line) for line in said], [1023] * 4 + [908], "a long line of a command's stderr comes in pieces")
same("".join(said), "e" * 5000, "and nothing of it is lost")

recorder = Recorder()
recorder.until(b"\x1b[?2004h")
threading.Thread(target=lambda: recorder.type(b"\x1b[200~" + b"x" * ((1 << 20) + 1) + b"\x1b[201~"),
                 daemon=True).start()
ok(b"a paste has at most 1048576 bytes" in recorder.until(b"1048576 bytes"), "a paste has a limit, too")
recorder.close()
done()
