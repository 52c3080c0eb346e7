#!/usr/bin/env python3
"""A program has the line of a device (.pipe): bytes pass both ways, are in the log, and neither side can fill
memory; the line is taken back however the program ends.  So files are sent and received (.upload, .download)."""
import binascii
import contextlib
import os
import re
import select
import signal
import socket
import subprocess
import threading
import time
import tty
import zlib

from wilcotest import (ENV, HOME, Terminal, command, device, done, end_of, has, need, ok, read_to_end, run,
                       same, wait_for)

DATA = os.urandom(300_000)


def path(name):
    return os.path.join(HOME, name)


def write(name, data):
    with open(path(name), "wb") as f:
        f.write(data)
    return path(name)


def content(name):
    with open(path(name), "rb") as f:
        return f.read()


def shouts(connection):
    """Says again in capitals what it gets."""
    while data := connection.recv(65536):
        connection.sendall(data.upper())


# Bytes pass both ways, with what the program says on its stderr, and its status.

with device(shouts) as address:
    log = path("pipe.log")
    r = run("-f", "line", "--log", log, address,
            stdin=".pipe printf 'abc\\n'; read x; echo \"got $x\" >&2; exit 3\nhello\n")
    same((r.code, r.out), (4, "HELLO\n"), "the next line has the line again, and the status is told")
    has(r.err, "the program says: got ABC", "the program has what the device says")
    has(r.err, "ended with status 3: 4 bytes were sent, 4 bytes came", "how it ended, and how much passed")
    has(content("pipe.log").decode(), "> abc\\n", "the log has what went")
    has(content("pipe.log").decode(), "< ABC\\n", "and what came")
    r = run("-f", "line", address, stdin=".pipe printf x\n.pipe true\n.find x\n.find X\n")
    same(r.code, 0, "a program that ends with status 0 is no error")
    has(r.out, "> x", "the record has what went")

    for words, lines, why in (["--no-exec"], ".pipe touch ran\n", "--no-exec"), (
            [], ".set exec=no\n.pipe touch ran\n", ".set exec=no"):
        r = run(*words, "-f", "line", address, stdin=lines, cwd=HOME)
        same((r.code, os.path.exists(path("ran"))), (2, False), f"{why}: nothing runs")
        has(r.err, ".pipe runs a command; commands are refused", f"{why}: that is said")
    has(run("-f", "line", address, stdin=".pipe\n").err, ".pipe needs a command", ".pipe alone says what is missing")

    # A secret that is known might be among the bytes of the program.
    env = {"WILCO_SECRET_PW": "hunter2"}
    r = run("-f", "line", "--log", path("secret.log"), address, env=env,
            stdin=".tell \\{secret:PW}\n.pipe printf hunter2\n")
    ok(b"unter2" not in content("secret.log"), "where a secret is known, the program's bytes are in no log")
    has(content("secret.log").decode(), "(7 bytes)", "but how many they were")

# All of it arrives, also at a device that echoes into a program that reads nothing: each waits for the other
# then, and the program gets no more of what comes.

got = {}


def echoes(connection):
    """Says each byte four times, and reads only while it can write."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    all_of_it = got["bytes"] = bytearray()
    while data := connection.recv(65536):
        all_of_it.extend(data)
        connection.sendall(data * 4)


with device(echoes) as address:
    many = DATA * 30
    r = run("-f", "raw", address, stdin=f".pipe cat {write('many', many)}\n")
    ok(wait_for(lambda: len(got["bytes"]) == len(many), "all bytes"), "all of a file arrives", len(got["bytes"]))
    ok(got["bytes"] == many, "byte by byte")
    same(r.code, 0, "and that ends well")
    has(r.err, "it did not read the last", "what the program did not read is counted")


def says(connection):
    connection.recv(1)
    connection.sendall(DATA)


with device(says) as address:
    r = run("-f", "raw", address, stdin=f".pipe printf x; cat >{path('said')}\n")
    ok(content("said") == DATA, "a device that closes ends the program's input, and all has come before")
    has(r.err, "the line was closed first", "that is said")
    r = run("-f", "raw", address, stdin=".pipe printf x; cat >/dev/null; echo late; echo late\n")
    has(r.err, "10 bytes more were not sent", "what the program says afterwards is counted")

# Ctrl-C ends the program, and neither side fills memory.


def floods(connection):
    got["flooded"] = 0
    connection.settimeout(60)
    while True:
        got["flooded"] += connection.send(bytes(65536))


def interrupted(name, handler, line, ready):
    """Interrupts wilco while a program runs, and returns its result and how much memory it had."""
    with device(handler) as at:
        p = subprocess.Popen(command("-f", "raw", at), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, env=ENV)
        p.stdin.write(line.encode() + b"\n")
        p.stdin.flush()
        ok(wait_for(ready, name), f"{name}: it has begun")
        with open(f"/proc/{p.pid}/statm", encoding="ascii") as f:
            pages = int(f.read().split()[1])
        p.send_signal(signal.SIGINT)
        return end_of(p, b""), pages * os.sysconf("SC_PAGE_SIZE")


def took(least):
    """Waits until the device can say no more."""
    last = []

    def quiet():
        last.append(got.get("flooded", 0))
        return last[-1] > least and last[-30:] == [last[-1]] * 30
    return quiet


r, memory = interrupted("a program that reads nothing", floods, ".pipe sleep 1000", took(0))
has(r.err, "ended by Ctrl-C", "Ctrl-C ends a program that reads nothing")
ok(got["flooded"] < 32 << 20, "and the device was held up", got["flooded"])


def takes_nothing(connection):
    got["taken"] = connection.recv(1)
    threading.Event().wait(60)


r, memory = interrupted("a program that floods", takes_nothing, ".pipe yes", lambda: got.get("taken"))
has(r.err, "ended by Ctrl-C", "Ctrl-C ends a program that floods a device that takes nothing")
r, memory = interrupted("a program that does not end", shouts,
                        f".pipe trap '' TERM; touch {path('traps')}; while :; do sleep 1; done",
                        lambda: os.path.exists(path("traps")))
has(r.err, "was ended by signal 9" if "signal 9" in r.err else "ended by Ctrl-C",
    "one that does not end at SIGTERM is killed")

# Files: rz and sz, and what they are told to do.

BLOB = DATA[:100_000]


def rz(connection, *words, slow=0, folder=None, more=False):
    """Has lrzsz on the device's side of a connection; slow: bytes of a read, with a pause; more: reads to
    the end of the connection."""
    with subprocess.Popen([*words, "-b"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          cwd=folder or path("device"), bufsize=0) as p:
        def back():
            with contextlib.suppress(OSError, ValueError):
                while data := p.stdout.read(65536):
                    connection.sendall(data)
        threading.Thread(target=back, daemon=True).start()
        while p.poll() is None:
            if select.select([connection], [], [], 0.05)[0]:
                data = connection.recv(slow or 65536)
                if not data:
                    break
                got["rz"] = got.get("rz", 0) + len(data)
                time.sleep(0.02 if slow else 0)
                try:
                    p.stdin.write(data)
                except OSError:
                    break
        p.stdin.close()
    while more and connection.recv(65536):
        pass


class Port:
    """The device's side of a serial line."""

    def __init__(self, fd):
        self.fd = fd

    def fileno(self):
        return self.fd

    def sendall(self, data):
        while data:
            data = data[os.write(self.fd, data):]

    def recv(self, most):
        select.select([self.fd], [], [], 60)
        return os.read(self.fd, most)


class Telnet:
    """A telnet server's side of a connection, which grants BINARY, refuses it, or says nothing."""

    def __init__(self, connection, grants):
        self.connection, self.grants, self.rest = connection, grants, b""

    def fileno(self):
        return self.connection.fileno()

    def sendall(self, data):
        self.connection.sendall(data.replace(b"\xff", b"\xff\xff"))

    def recv(self, most):
        """Returns what came without the options; empty: the end."""
        out = bytearray()
        while not out and (data := self.connection.recv(most)):
            out = self.take(self.rest + data)
        return bytes(out)

    def take(self, data):
        out = bytearray()
        while data:
            if data[0] != 255:
                n = data.find(b"\xff")
                out += data[:n if n > 0 else len(data)]
                data = data[n:] if n > 0 else b""
            elif len(data) < 2 or (data[1] != 255 and len(data) < 3):
                break
            elif data[1] == 255:
                out.append(255)
                data = data[2:]
            else:
                self.negotiate(data[1], data[2])
                data = data[3:]
        self.rest = bytes(data)
        return out

    def negotiate(self, what, option):
        got["asked"].append((what, option))
        will, wont, do, dont = range(251, 255)
        answers = {"grants": {will: do, do: will, wont: dont, dont: wont},
                   "refuses": {will: dont, do: wont}, "is silent": {}}[self.grants]
        if what in answers and option == 0:
            self.connection.sendall(bytes([255, answers[what], option]))


@contextlib.contextmanager
def port():
    """Yields the address of a serial line, and the device's descriptor."""
    theirs, ours = os.openpty()
    tty.setraw(ours)
    yield f"serial:{os.ttyname(ours)}", theirs
    os.close(theirs)
    os.close(ours)


class Boot:
    """U-Boot's loady and crc32: a prompt, an echo of each key, and YMODEM, whose first C comes with the text of the
    command and which says how much came only when all is over."""
    SOH, STX, EOT, ACK, NAK, CAN = 1, 2, 4, 6, 21, 24

    def __init__(self, connection):
        self.connection, self.memory, self.number = connection, b"", 0

    def read(self, size):
        data = b""
        while len(data) < size:
            more = self.connection.recv(size - len(data))
            if not more:
                raise OSError("closed")
            data += more
        return data

    def line(self):
        got = b""
        while not got.endswith(b"\r"):
            got += (key := self.read(1))
            self.connection.sendall(key)
        return got[:-1].decode()

    def block(self, begins):
        """Returns a block; None: the end; empty: it was given up."""
        while True:
            if begins == self.EOT:
                return None
            if begins == self.CAN:
                return b""
            size = 1024 if begins == self.STX else 128
            head, data, check = self.read(2), self.read(size), self.read(2)
            self.number = head[0]
            if head[0] == 255 - head[1] and binascii.crc_hqx(data, 0) == int.from_bytes(check, "big"):
                return data
            self.connection.sendall(bytes([self.NAK]))
            begins = self.read(1)[0]

    def load(self):
        self.connection.sendall(b"\n## Ready for binary (ymodem) download to 0x41000000 at 115200 bps...\r\nCC")
        while not select.select([self.connection], [], [], 0.3)[0]:
            self.connection.sendall(b"C")
        name, size = (self.block(self.read(1)[0]) or b"\0").split(b"\0")[:2]
        self.connection.sendall(bytes([self.ACK]) + b"C")
        data, last = b"", 0
        while block := self.block(self.read(1)[0]):
            if self.number == last:  # again, for a C that had waited for sb; it has its one ACK
                continue
            data, last = data + block, self.number
            self.connection.sendall(bytes([self.ACK]))
        if block is None:
            self.connection.sendall(bytes([self.ACK]) + b"C")
            self.block(self.read(1)[0])  # no more files
            self.connection.sendall(bytes([self.ACK]))
            self.memory = data[:int(size.split()[0])]
            got["loaded"] = name
            self.say("## Total Size      = 0x%08x = %d Bytes" % (len(self.memory), len(self.memory)))
        else:
            self.say("\r\nCancelled\r\n## Binary (ymodem) download aborted")

    def say(self, text):
        self.connection.sendall(text.encode() + b"\r\n=> ")

    def serve(self):
        self.connection.sendall(b"=> ")
        while True:
            if self.line().startswith("loady"):
                self.load()
            else:
                self.say("\ncrc32 for 41000000 ... 410fffff ==> %08x" % zlib.crc32(self.memory))


def there(name, data=None):
    """Whether a file is there, with this in it."""
    return os.path.exists(name) and (data is None or content(name) == data)


for name in "device", "here":
    os.mkdir(path(name))
blob = write("a b.bin", BLOB)
write("-dash.bin", BLOB)


def upload(address, line, code, name, *words, **more):
    r = run("-f", "line", *words, address, stdin=line + "\n", cwd=HOME, **more)
    same(r.code, code, f"{name}: exit status {code}")
    return r


if need("rz"):
    for protocol, receive in ("", ["rz"]), ("xmodem", ["rx", "a b.bin"]):
        with device(lambda c, words=receive: rz(c, *words)) as address:
            r = upload(address, f".upload 'a b.bin' {protocol}", 0, f"upload {protocol}")
            has(r.err, "'a b.bin' is uploaded", "that is said")
            arrived = content("device/a b.bin")
            ok(arrived[:len(BLOB)] == BLOB and not arrived[len(BLOB):].strip(b"\x1a"), "the same bytes are there",
               len(arrived))
            os.unlink(path("device/a b.bin"))
    big = os.urandom(1 << 20)
    write("big.bin", big)
    with device(lambda c: Boot(c).serve()) as address:
        r = upload(address, f".tell loady 0x41000000\n.upload big.bin ymodem\n"
                            "crc32 0x41000000 100000", 0, "U-Boot", "-f", 'payload CR -> payload "\\n=> "')
        same(got.get("loaded"), b"big.bin", "loady gets a file")
        has(r.out, f"==> {zlib.crc32(big):08x}", "whose bytes are the same")
    with device(lambda c: rz(c, "rz")) as address:
        upload(address, ".upload -dash.bin", 0, "a name that begins with a dash")
        ok(there(path("device/-dash.bin"), BLOB), "is no option")
    with device(lambda c: rz(c, "rz", "-p")) as address:
        r = upload(address, ".upload -dash.bin", 4, "a file that the device does not want")
        has(r.err, "the device skipped it", "is not told as sent")
        for line, why in ((".upload nowhere", "No such file"), (".upload .", "it is no file"),
                          (".upload x kermit", "no protocol 'kermit'; there are zmodem, ymodem, xmodem"),
                          (".download xmodem", "does not tell the name"), (".download xmodem a/b", "has a folder"),
                          (".download ymodem a", "only xmodem needs one"), (".download into", ".download takes"),
                          (".download into /no/where", "cannot download into")):
            has(upload(address, line, 2, line).err, why, f"{line}: {why}")
        has(upload(address, ".upload -dash.bin", 2, "without lrzsz", env={"PATH": "/no"}).err,
            "apt-get install lrzsz", "what to install is said")
        has(upload(address, ".download", 2, "--no-exec", "--no-exec").err, "commands are refused", "--no-exec refuses it")

    for words, line in (["sz", "-dash.bin"], ".download into here"), (["sb", "a b.bin"], ".download ymodem into here"), (
            ["sx", "a b.bin"], ".download xmodem x.bin into here"):
        with device(lambda c, words=words: rz(c, words[0], "--", words[1], folder=HOME)) as address:
            upload(address, line, 0, line)
    ok(there(path("here/_dash.bin"), BLOB), "a device chooses no name that begins with a dash", os.listdir(path("here")))
    ok(there(path("here/a b.bin"), BLOB), "YMODEM tells the name and the size")
    ok(content("here/x.bin")[:len(BLOB)] == BLOB, "XMODEM has the name that was given")
    os.chmod(path("a b.bin"), 0o4755)
    with device(lambda c: rz(c, "sz", "a b.bin", folder=HOME)) as address:
        has(upload(address, ".download into here", 0, "a file that is there").err, "'a b.bin.1': 100000 bytes",
            "is not replaced")
    same(os.stat(path("here/a b.bin.1")).st_mode & 0o7111, 0, "a device chooses no mode")
    with device(lambda c: rz(c, "sz", "-f", path("a b.bin"), folder=HOME)) as address:
        r = upload(address, ".download into here", 4, "a path")
        ok(content("a b.bin") == BLOB and len(os.listdir(path("here"))) == 4, "leads nowhere", (r, os.listdir(path("here"))))

    # Over telnet all bytes must pass: BINARY is asked for, and given up again.
    for grants, code in ("grants", 0), ("refuses", 4), ("is silent", 4):
        got["asked"] = []
        with contextlib.suppress(OSError):
            os.unlink(path("device/a b.bin"))
        with device(lambda c, how=grants: rz(Telnet(c, how), "rz", more=True)) as address:
            r = upload(f"telnet://{address}", ".upload 'a b.bin'", code, f"a telnet server that {grants}")
            ok(wait_for(lambda n=4 - 2 * bool(code): len(got["asked"]) >= n, "options"), "it is asked", got["asked"])
            same(set(got["asked"]), {(251, 0), (253, 0)} | (set() if code else {(252, 0), (254, 0)}),
                 "for BINARY both ways, and it is given up again")
            same(there(path("device/a b.bin"), BLOB), not code, "the file is there only if it is granted")
            ok(code == 0 or "BINARY, RFC 856" in r.err, "a refusal is said", r.err)
    got["asked"] = []
    with device(lambda c: rz(Telnet(c, "grants"), "sz", "a b.bin", folder=HOME)) as address:
        upload(f"telnet://{address}", ".download into here", 0, "a download over telnet")
        ok(there(path("here/a b.bin.2"), BLOB), "has all bytes")

    with port() as (ours, theirs), subprocess.Popen(["rz", "-b"], stdin=theirs, stdout=theirs, cwd=path("here"),
                                                    stderr=subprocess.DEVNULL) as p:
        upload(ours, ".upload big.bin", 0, "a serial port")
        p.wait(60)
    ok(there(path("here/big.bin"), content("big.bin")), "1 MiB arrives at a serial port")

# At the console: lines wait, other devices do not, and the line is usable afterwards.

if need("tmux"):
    with device(shouts) as address, device(shouts) as other:
        t = Terminal(f"{' '.join(command())} -f line {address}")
        t.wait_last(f"{address}>")
        t.ask(".pipe while echo y; do sleep 0.1; done")
        t.wait("bytes sent", "the row says how much passed")
        t.ask("waits")
        t.ask(".term")
        t.wait("a program has this line", "terminal mode does not take the line meanwhile")
        t.ask(f".open {other}")
        t.ask("other")
        t.wait("OTHER", "another device answers meanwhile")
        t.ask(".use 1")
        t.ask(".quit")
        t.wait("Ctrl-C stops it", "nobody leaves while the device waits for a program")
        t.keys("C-d")
        t.keys("C-c")
        t.wait("1 waiting line not sent", "Ctrl-C drops what waits")
        t.wait("ended by Ctrl-C", "and ends the program")
        t.ask("again")
        t.wait("AGAIN", "the line is usable afterwards")
        t.keys("C-d")
        wait_for(t.ended, "the end")
        t.close()

    def begins(connection):
        """A shell whose sz and rz begin as those of lrzsz do, in pieces and again and again."""
        header = {b"sz": b"rz\r**\x18B00000000000000\r\x8a\x11", b"rz": b"rz waiting.**\x18B0100000023be50\r\x8a\x11"}
        while data := connection.recv(100):
            says = header.get(data.strip(), b"C") * 2
            connection.sendall(data.strip() + b"\r\n" + says[:7])
            connection.sendall(says[7:])

    with device(begins) as address:
        t = Terminal(f"{' '.join(command())} -f line {address}", columns=120)
        t.wait("open")
        t.ask("sz")
        t.wait("the device begins to send a file by ZMODEM: .download receives it (F2 puts it on the line)",
               "a download that a device begins is proposed")
        t.keys("F2")
        t.wait("> .download", "and put on the line by a key")
        t.keys("C-u")
        t.ask("rz")
        t.wait("the device waits for a file by ZMODEM: .upload FILE sends it", "so is an upload")
        same(t.screen().count("by ZMODEM"), 2, "each once")
        t.keys("C-t")
        t.wait("Ctrl-]: menu")
        t.keys("rz", "Enter")
        t.wait("a file is waited for by ZMODEM: Ctrl-] t z uploads one", "in terminal mode the last row says how")
        t.keys("sz", "Enter")
        t.wait("a file comes by ZMODEM: Ctrl-] t Z downloads it", "both ways")
        t.keys("x", "Enter")
        t.shows(lambda s: "by ZMODEM" not in s, "until the next key; a C is no YMODEM")
        t.keys("C-]", "q")
        wait_for(t.ended, "the end")
        t.close()

    def slowly(connection):
        """Receives a file over a slow line, and answers lines afterwards."""
        with contextlib.suppress(OSError):
            rz(connection, "rz", slow=400)
            shouts(connection)

    if need("rz"):
        with device(lambda c: Boot(c).serve()) as address:
            got["loaded"] = None
            t = Terminal(f"{' '.join(command())} --term -f tty {address}", columns=100)
            t.wait("=>")
            t.keys("loady 0x41000000", "Enter")
            t.wait("Ready for binary")
            t.keys("C-]")
            t.wait("t: transfer", "the menu of terminal mode has files")
            t.keys("t")
            t.wait("upload z: ZMODEM y: YMODEM", "it asks which way")
            t.keys("y", path("big.b"), "Tab")
            t.wait("big.bin", "Tab completes the path")
            t.keys("Enter")
            t.wait("big.bin is uploaded: 1.0 MiB", "a file passes in terminal mode")
            t.keys("crc32 0x41000000 100000", "Enter")
            t.wait(f"==> {zlib.crc32(big):08x}", "and keys go to the device again")
            t.keys("C-]", "t", "z", "nowhere", "Enter")
            t.wait("cannot upload 'nowhere'", "what does not begin says why")
            t.keys("C-]", "q")
            wait_for(t.ended, "the end")
            t.close()
        with device(read_to_end) as address:
            t = Terminal(f"{' '.join(command())} --term -f line {address}")
            t.wait("open")
            t.keys("C-]", "t", "Z", path("here"), "Enter")
            t.wait("download: waiting for the device", "the row says what is waited for")
            t.keys("x", "C-c")
            t.wait("the download was ended by Ctrl-C", "Ctrl-C ends it")
            t.keys("C-]", "q")
            wait_for(t.ended, "the end")
            t.close()
        same([n for n in os.listdir(path("here")) if n.startswith(".")], [], "no hidden folder stays")
        with port() as (ours, theirs):
            threading.Thread(target=slowly, args=(Port(theirs),), daemon=True).start()
            t = Terminal(f"{' '.join(command())} -f line {ours}")
            t.wait("open")
            t.ask(f".upload {path('big.bin')}")
            t.shows(lambda s: re.search(r"upload: ([2-9]|\d\d) % of 1\.0 MiB, [^ ]+ KiB/s, \d+ s left", s),
                    "the row says how far it is")
            t.keys("C-c")
            t.wait("big.bin was not uploaded: Ctrl-C ended it", "Ctrl-C ends an upload")
            t.ask(".tell again")  # behind what the device said of the end
            t.wait("> again")
            t.ask("once more")
            t.wait("ONCE MORE", "and the device has given up, too: the line is usable")
            ok(not there(path("device/big.bin")), "the device has no part of it")
            t.keys("C-d")
            wait_for(t.ended, "the end")
            t.close()

done()
