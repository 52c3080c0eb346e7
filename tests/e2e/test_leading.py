#!/usr/bin/env python3
"""The console leads to the right frame: it proposes one, one key takes it over, and .probe finds it."""
import contextlib
import fcntl
import os
import re
import struct

from golden import golden
from peers import serial, telnet, datagrams
from wilcotest import WRAP, Terminal, command, device, done, has, need, ok, run, same, skip, unused_port, wait_for

if WRAP:
    skip("what is shown here depends on times that valgrind does not keep", privilege=True)
    done()
if not need("tmux"):
    done()


def lines(end, answer, heard=None):
    """Plays a device whose commands end so; `heard` gets all that came."""
    def serve(connection):
        got = b""
        with contextlib.suppress(OSError):
            while data := connection.recv(100):
                got += data
                if heard is not None:
                    heard.append(data)
                while end in got:
                    line, got = got.split(end, 1)
                    connection.sendall(answer(line))
    return serve


def start(*words, **more):
    t = Terminal(" ".join(command(*words)), **more)
    t.shows(lambda screen: screen.rstrip().endswith(">"), "a prompt")
    return t


def flat(t):
    """The screen without the breaks of its lines."""
    return re.sub(r"\n {15}", " ", t.screen())


def says(t, text, name):
    return t.shows(lambda _: text in flat(t), name)


class Timeless:
    """The screen without the times since the line above, which depend on how busy the machine is."""
    def __init__(self, t):
        self.t = t

    def screen(self):
        return re.sub(r" +\+\d+(\.\d+)? (us|ms|s)\b", "", self.t.screen())


# ---- a serial port: several lines behind an echo, and a prompt ----

def board(master):
    got = b""
    with contextlib.suppress(OSError):
        while data := os.read(master, 100):
            os.write(master, data.replace(b"\r", b"\r\n"))
            got += data
            while b"\r" in got:
                _, got = got.split(b"\r", 1)
                os.write(master, b"U-Boot 2023.01\r\nboard: x7\r\n=> ")


UBOOT = '.frame payload CR -> payload (CR LF "=" 3e SP | LF "=" 3e SP) ; echo'
with serial(board) as (port, _, _):
    t = start(port, rows=40)
    says(t, 'the line begins with the frame tty: text and CR go out, and a line is the reply; ".frame raw"',
         "a serial port begins with plain lines, and says so")
    t.ask("version")
    says(t, f"more came behind the reply; this frame might take all of it: {UBOOT}",
         "several lines and a prompt are seen")
    has(flat(t), "F2 sets this frame, and puts the command on the line again; Enter sends it", "with a key")
    # Who did not press it has it again when all of the next reply came; until then the key has nothing.
    t.ask("version")
    wait_for(lambda: t.keys("F2") or f"- {UBOOT[1:]}" in flat(t), "the frame")
    t.wait_last(f"{port.split('/dev/')[1]}> version", "which puts the command on the line")
    has(flat(t), f"- {UBOOT[1:]}", "sets the frame")
    same(flat(t).count("more came behind the reply"), 1, "which is said once")
    same(flat(t).count("> version"), 3, "and sends nothing")
    t.keys("Enter")
    t.shows(lambda screen: re.search(r"< U-Boot 2023.01↵\n +board: x7 .* delimiter CR LF 3d 3e SP", screen),
            "the next reply is whole")
    t.close()


# ---- another speed ----

class Fast:
    """Speaks at 115200 baud only."""
    def __init__(self):
        self.rates = []

    def __call__(self, master):
        got = b""
        with contextlib.suppress(OSError):
            while data := os.read(master, 100):
                rate = struct.unpack("=36xII", fcntl.ioctl(master, 0x802c542a, bytes(44)))[1]
                self.rates.append(rate)
                got = got + data if rate == 115200 else b""
                if rate != 115200:
                    os.write(master, b"\x80\xfe\x00")
                elif b"\r" in got:
                    os.write(master, b"got " + got.replace(b"\r", b"\r\n"))
                    got = b""


fast = Fast()
with serial(fast) as (port, _, _):
    t = start(f"serial:{port}?timeout=2s", rows=40)
    t.ask(".probe status")
    says(t, "'status' goes out once, and line ends behind it", "a probe says before what it sends")
    says(t, "nothing readable came at 9600 baud.  Other speeds are 115200, 57600, 38400, 19200, 4800, 2400, 1200: "
            "the command would go out up to 7 times more", "what is no text may be another speed")
    t.wait("try the other speeds? [y/n]", "which a person is asked about")
    same(set(fast.rates), {9600}, "first")
    t.keys("y")
    says(t, "CR behind the command woke it: at 115200 baud", "the speed is found")
    says(t, "this fits (F2 sets it): .set baud=115200", "with what to type")
    t.ask(".set baud")
    t.shows(lambda screen: re.search(r"baud +9600 ", screen), "the speed was put back")
    t.keys("F2")
    t.ask(".set baud")
    t.shows(lambda screen: re.search(r"baud +115200 ", screen), "until the key sets it")
    t.ask("status")
    t.wait("< got status", "which is the right one")
    t.close()

    t = start(f"'serial:{port}?baud=1200&timeout=1s'", rows=40)
    t.ask(".probe status")
    t.wait("try the other speeds? [y/n]", "a question")
    t.keys("n")
    says(t, "probe: nothing readable came from serial", "which may be answered no")
    t.close()


# ---- a prompt in vain, twice; the preview of another frame ----

def prompts(line):
    return line + b"\r\nvalue of " + line + b"\r\nrouter> "


with device(lines(b"\r", prompts)) as address:
    t = start("-f", "'payload CR -> payload NUL'", "-t", "1s", address, rows=30)
    t.ask("temp")
    fits = '.frame payload CR -> payload (CR LF "router" 3e SP | LF "router" 3e SP) ; echo'
    says(t, f"what came does not fit the frame; this frame might fit: {fits}", "a prompt is proposed")
    ok("F2 sets" not in t.screen(), "without a key", t.screen())
    t.ask("temp")
    says(t, "F2 sets this frame, and puts the command on the line again", "and with one the second time")
    golden(Timeless(t), "leading-prompt-80x30.txt", "the screen of that")
    t.type(".frame line-crlf")
    t.wait("74 65 6d 70 0d 0a  6 bytes: the last command in this frame", "a frame that is typed shows what it sends")
    t.type("x")
    t.shows(lambda screen: "frame 'line-crlfx'" in screen or "line-crlfx" in screen.splitlines()[-2], "or what is wrong")
    t.keys("Enter")
    t.wait("nothing was sent", "a frame that is wrong stays on the line")
    t.keys("C-c")
    t.keys("F2")
    t.wait_last(f"{address}> temp", "the key puts the command on the line")
    t.keys("Enter")
    t.wait("< value of temp ", "and the frame takes its reply")
    t.keys("F2")
    t.wait("nothing is proposed", "then there is nothing to take")
    t.close()

# ---- nothing comes ----

heard = []
with device(lines(b"\r\n", lambda line: b"got " + line + b"\r\n", heard)) as address:
    t = start("-f", "line-cr", "-t", "300ms", address, rows=40)
    t.ask("hello")
    says(t, "nothing came: .probe hello tries the line ends", "silence is answered with a probe")
    t.ask("hello")
    says(t, "nothing came again: F2 puts .probe hello on the line", "the second time with a key")
    before = b"".join(heard)
    t.type("typed")
    t.keys("F2")
    t.wait("something is typed: the same key puts '.probe hello' on an empty line", "where the line is empty")
    t.wait_last(f"{address}> typed", "and what is typed stays")
    t.keys("C-c")
    t.wait_last(f"{address}>")
    t.keys("F2")
    t.wait_last(f"{address}> .probe hello", "that puts it there")
    t.wait("68 65 6c 6c 6f  5 bytes", "with what it sends")
    same(b"".join(heard), before, "and sends nothing")
    t.keys("Enter")
    says(t, "'hello' goes out at most 8 times, with one line end after the other, until something answers; "
            "Ctrl-C stops", "a probe says how often it sends")
    says(t, "probe: CR LF behind the command woke it: it ends in CR LF", "it finds out what wakes the device")
    says(t, "probe: this fits (F2 sets it): .frame line-crlf", "and which frame fits")
    same(b"".join(heard)[len(before):], b"hello\nhello\r\n", "what is missing goes out alone")
    t.keys("F2")
    t.wait("- frame line-crlf = payload CR LF", "one key takes it over")
    t.ask("again")
    t.wait("< got again", "and it works")
    t.ask(".probe")
    says(t, "listening for 300 ms; nothing is sent", "without a command it only listens")
    says(t, "it says nothing by itself", "and says so")
    t.close()

# ---- a device that is not the current one ----

with device(lines(b"\r\n", lambda line: b"")) as address, device(lines(b"\n", lambda line: b"on\n")) as other:
    t = start("-f", "line", "-t", "1s", address, rows=40)
    t.keys(f".open {other}", "Enter", ".use 1", "Enter", "hello", "Enter", ".use 2", "Enter")
    says(t, f"- {address}: nothing came: .probe hello tries the line ends", "advice for another device has its name")
    t.keys(".use 1", "Enter", "hello", "Enter", ".use 2", "Enter")
    t.shows(lambda screen: screen.count("no reply within 1 s") == 2, "the second time")
    t.keys("F2")
    t.wait("nothing is proposed", "the key has nothing for this device")
    ok("again: F2" not in t.screen(), "and that is not said", t.screen())
    t.keys(".use 1", "Enter", "F2")
    t.wait_last(f"{address}> .probe hello", "but for the other one")
    t.keys("Enter", ".use 2", "Enter")
    says(t, f"- {address}: probe: nothing answers at tcp", "so has what a probe says")
    t.close()

silent = lines(b"\r\n", lambda line: b"")
with device(silent) as address, device(silent) as other:
    t = start("-t", "1s", address, rows=40)
    t.wait("the frame esc-cr sends", "the default frame is explained")
    t.ask("hello")
    t.wait("! peer closed without a reply", "a command in vain")
    t.keys(f".open {other}", "Enter", ".frame line", "Enter", "hello", "Enter", ".use 1", "Enter")
    says(t, f"- {other}: nothing came: .probe hello", "a command in vain in another frame")
    same(t.screen().count("the frame esc-cr sends"), 1, "is no reason to explain it again")
    t.close()

# ---- a line for each command ----

with device(lambda c: [c.recv(99), c.sendall(b"12.5 V"), c.close()]) as address:
    t = start("-f", "line", address, rows=30)
    t.ask("volt")
    says(t, "this frame might fit: .frame payload LF -> payload eof", "a reply that ends with its line is seen, too")
    t.keys("F2", "Enter")
    t.wait("< 12.5 V", "and is one then")
    t.close()

# ---- how a probe looks ----

for size in ("80x24", "132x50", "40x10")[:1 if WRAP else 3]:
    columns, rows = map(int, size.split("x"))
    with device(lines(b"\r\n", lambda line: b"got " + line + b"\r\n")) as address:
        t = start("-f", "line-cr", "-t", "300ms", address, columns=columns, rows=rows)
        t.ask(".probe ID?")
        t.shows(lambda screen: ".frame line-crlf" in screen.replace("\n           ", " "), f"a probe at {size}")
        golden(Timeless(t), f"leading-probe-{size}.txt", f"the screen of a probe at {size}")
        t.close()

quiet = []
with device(lines(b"\n", lambda line: b"" if line == b"off" else b"on\n", quiet)) as address:
    t = start("-f", "line", "-t", "300ms", address, rows=40)
    t.ask("on")
    t.wait("< on", "a device that answers")
    t.ask("off")
    t.wait("no reply within 300 ms", "and does not")
    t.ask("on")
    t.shows(lambda screen: screen.count("< on") == 2, "and does")
    ok("nothing came" not in t.screen(), "gets no advice about line ends", t.screen())
    t.ask(".probe off")
    t.wait("probing ", "a probe is under way")
    t.keys("C-c")
    t.wait("probe: stopped; the frame and the settings are as before", "Ctrl-C stops it")
    t.ask(".probe off")
    t.shows(lambda screen: screen.count("goes out at most") == 2, "another one")
    t.keys(".term", "Enter")
    t.wait("! a probe has this line: Ctrl-C stops it", "is not ended by terminal mode, whose line it would close")
    t.keys("C-c")
    t.shows(lambda screen: screen.count("probe: stopped") == 2, "but by Ctrl-C")
    t.ask(".frame")
    t.wait("frame line = payload LF", "the frame is as before")
    t.ask(".set timeout")
    t.shows(lambda screen: re.search(r"timeout +300ms", screen), "and the settings")
    t.close()

# ---- a line that is not open ----

port = unused_port()
t = start("-f", "line", "-t", "30ms", f"127.0.0.1:{port}", rows=40)
t.ask(".probe")
says(t, "probe: the line did not open, so nothing could be heard", "a line that is down says nothing, and that is told")
t.ask(".probe on")
says(t, "probe: it cannot go on: connection refused", "nothing can be sent on it")
with device(lines(b"\n", lambda line: b"on\n"), port=port):
    t.wait("  open  line", "it is tried again as before the probe")
    t.close()

t = start("-f", "line", "-t", "30s", "listen://127.0.0.1:0", rows=40)
t.wait("listening on 127", "a device that has not called yet")
t.ask(".probe on")
t.wait("'on' goes out once", "is probed")
t.keys(".close", "Enter")
t.wait("probe: stopped", "which .close ends")
t.ask(".frame")
t.wait("frame line = payload LF", "for good")
same(t.screen().count("listening on"), 1, "and the line stays closed")
has(t.screen(), "  closed  line", "as the status says")
t.close()

# ---- several lines ----

with device(lines(b"\n", lambda line: b"eth0 up\neth1 down\nOK\n")) as address:
    t = start("-f", "line", address, rows=30)
    t.ask("ifs")
    says(t, 'this frame might take all of it: .frame payload LF -> payload LF ; until "OK" | "ERR" *',
         "several lines end where one says so")
    t.keys("F2", "Enter")
    t.shows(lambda screen: re.search(r"< eth0 up .*\n.*< eth1 down .*\n.*< OK .* delimiter", screen),
            "and are one reply then")
    t.close()

# ---- telnet, a device that greets, datagrams, wilco's own ----

with device(telnet) as address:
    t = start(f"telnet://{address}", rows=30)
    says(t, "the line begins with the frame tty-crlf: text and CR LF go out", "telnet begins with plain lines, too")
    t.ask("x")
    t.wait("< reply", "which fit")
    t.ask(".frame raw")
    t.wait("- frame raw", "and can be changed")
    t.close()
    r = run(f"telnet://{address}", stdin=".frame\n")
    has(r.out, "frame esc-cr =", "a pipe has the frame that it had")
    t = start("-f", "line-crlf", f"telnet://{address}")
    ok("the line begins" not in t.screen(), "and so has who chose one", t.screen())
    t.close()


def login(connection):
    connection.sendall(b"Welcome\r\nlogin: ")
    lines(b"\r", lambda line: b"\r\nlogin: ")(connection)


with device(login) as address:
    r = run("-f", "line-cr", "-t", "700ms", address, stdin=".probe root\n")
    has(r.err, 'this fits: .frame payload CR -> payload CR LF "login:" SP', "a greeting is not taken for an answer")
    same(r.code, 0, "a probe works in a pipe, too")
with datagrams(lambda data: [b"pong"] if data == b"ping\n" else []) as address:
    r = run(address, "-t", "300ms", stdin=".probe ping\\n\n")
    has(r.err, "'ping' goes out once, as it is; Ctrl-C stops", "a command with its own end has one attempt")
    r = run(address, "-t", "300ms", stdin=".probe ping\n")
    has(r.err, "LF behind the command woke it: a datagram is a reply", "each datagram has the whole command")
with device(lambda c: [c.recv(99), c.sendall(b"12.5\n"), c.close()]) as address:
    r = run("-f", "line", "-t", "300ms", address, stdin=".probe volt\n")
    has(r.err, "this fits: .frame payload gap(50ms) -> payload LF eof", "a frame says that the line ends with the reply")
with device(lambda c: [c.recv(99), c.close()]) as address:
    r = run("-f", "line", "-t", "300ms", address, stdin=".probe x\n.frame\n")
    has(r.err, "probe: nothing answers at tcp", "nobody answers")
    has(r.out, "frame line = ", "the frame is as before")
    same(r.code, 4, "the exit status tells")
r = run("127.0.0.1:1", stdin=".probe x\n")
has(r.err, "probe: it cannot go on: ", "a line that cannot be opened is no reason to try more")
same(r.code, 3, "and the exit status tells that apart")
r = run("127.0.0.1:1", stdin=".probe .wire 01\n")
has(r.err, ".wire needs a frame", "what a frame would do is refused")

t = start("demo", rows=30)
t.ask(".probe SPEED?")
says(t, "LF behind the command woke it: it ends in LF", "the demo is probed")
says(t, "probe: the frame fits as it is", "and has the right frame")
ok("UNKNOWN" not in t.screen(), "the end comes before the device forgets the command", t.screen())
t.close()
done()
