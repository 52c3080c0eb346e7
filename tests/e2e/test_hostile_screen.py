#!/usr/bin/env python3
"""A hostile device and the split screen: a recorder on the terminal shows that every byte comes from
wilco's own repertoire, whatever a device says; a tmux pane keeps its title, clipboard and modes.

    make hostile SEED=n ROUNDS=n      other replies than the 10,000 of make check"""
import fcntl
import itertools
import os
import signal
import struct
import termios
import threading
import time

from hostile import ATTACKS, ROUNDS, foreign, replies
from wilcotest import HOME, LIMIT, Recorder, Terminal, command, device, done, need, ok, read_until, same


def attack(connection):
    """Asked for `go`, everything; then it answers."""
    while line := read_until(connection, b"\n"):
        if line.startswith(b"go"):
            for reply in replies():
                connection.sendall(reply.replace(b"\n", b"") + b"\n")
        connection.sendall(b"THE END " + line)


def modes(t):
    """Those of the terminal: wilco asks for the mouse itself."""
    return t.tmux("display-message", "-p", "#{mouse_any_flag}#{insert_flag}#{keypad_cursor_flag}")


def record(address, view, keys=b""):
    """What the terminal gets.  keys: typed while everything comes."""
    t = Recorder("-f", "payload LF", address)
    got = t.until(f"{address}>".encode()) + t.until_quiet()
    for line in (b".view " + view + b"\r", b"go\r" + keys, b"x\r"):
        t.type(line)
        got += t.until_quiet()
    got += t.until(b"THE END") if b"THE END" not in got[-20000:] else b""
    t.close()
    return got


with device(attack) as address:
    for view in (b"text", b"dump", b"anatomy"):
        output = record(address, view)
        name = view.decode()
        ok(b"THE END" in output, f"{name}: the console lives", output[-300:])
        same(foreign(output), None, f"{name}: every byte to the terminal is one of ours")
    output = record(address, b"text", b"\033OR")
    ok(b"devices: Enter" in output and b"THE END" in output, "the list of devices: the console lives", output[-300:])
    same(foreign(output), None, "the list of devices: every byte to the terminal is one of ours")
    if need("tmux"):
        t = Terminal(" ".join(command("-f", "'payload LF'", address)))
        t.wait_last(f"{address}>")
        t.tmux("set-option", "-s", "set-clipboard", "on")
        title, before = t.tmux("display-message", "-p", "#{pane_title}"), modes(t)
        t.keys("go", "Enter")
        t.wait("THE END go", "10,000 hostile replies are shown")
        same(t.tmux("display-message", "-p", "#{pane_title}"), title, "the title is what it was")
        same(t.tmux("show-buffer"), "", "nothing is in the clipboard")
        same(modes(t), before, "no mode was changed but the wheel, which wilco asks for")
        t.keys("hello", "Enter")
        t.wait("THE END hello", "and the session goes on")
        t.close()

# ---- the same in terminal mode, where its sequences mean something to an emulation ----

SANE = b"\x18\x1b\\\x1bc\x1b[0m\x1b[2J\x1b[H"  # whatever the bytes before began


ASKS, ANSWER = b"\x1b[5n", b"\x1b[0n"
emulated = threading.Event()
PATIENCE = LIMIT * max(1, ROUNDS // 10000)


def attack_keys(connection):
    """A key brings everything, a piece behind the terminal's answer to the one before, so that none is
    skipped; from then on it echoes."""
    connection.sendall(b"ready")
    while data := connection.recv(100):
        if data.startswith(b"g"):
            rest = replies()
            while piece := b"".join(itertools.islice(rest, 500)):
                connection.sendall(piece + SANE + ASKS)
                read_until(connection, ANSWER)
            emulated.set()
            connection.sendall(SANE + b"THE END ")
        elif data.isascii() and data.isalpha():  # and no answer of the emulation
            connection.sendall(SANE + b"alive: " + data)  # no cell is the same as in THE END


with device(attack_keys) as address:
    t = Recorder("--term", "-f", "line", address)
    output = t.until(b"ready") + t.until_quiet()
    t.type(b"g")
    until = time.monotonic() + PATIENCE
    for rows, columns in itertools.cycle(((3, 2), (50, 132), (1, 1), (24, 80))):  # meanwhile
        if (emulated.is_set() or time.monotonic() > until) and rows == 3:
            break
        fcntl.ioctl(t.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.kill(t.process.pid, signal.SIGWINCH)
        output += t.some(0.05) or b""
    output += t.until_quiet()
    t.type(b"y")
    output += t.until(b"alive: y")
    t.type(b"\x1b[5~\x1b[5~\x1d/alive\r")
    output += t.until_quiet()
    t.type(b"\x1d\r")
    output += t.until_quiet()
    t.close()
    ok(emulated.is_set() and b"skipped" not in output, "terminal mode: all is emulated", output[-300:])
    ok(b"alive: y" in output, "terminal mode: the console lives", output[-300:])
    same(foreign(output), None, "terminal mode: every byte to the terminal is one of ours")
    if need("tmux"):
        t = Terminal(" ".join(command("--term", "-f", "line", address)))
        t.wait("ready")
        t.tmux("set-option", "-s", "set-clipboard", "on")
        title, before = t.tmux("display-message", "-p", "#{pane_title}"), modes(t)
        emulated.clear()
        t.keys("g")
        ok(emulated.wait(PATIENCE), f"{ROUNDS} hostile replies are emulated")
        t.wait("THE END", "and the screen shows what comes behind them")
        same(t.tmux("display-message", "-p", "#{pane_title}"), title, "the title is what it was")
        same(t.tmux("show-buffer"), "", "nothing is in the clipboard")
        same(modes(t), before, "no mode was changed but the wheel, which wilco asks for")
        t.close()

# ---- the same in files: a log whose device has a hostile name, and hex ----

def viewed(path, *options):
    """What the terminal gets while all of a file goes by in each view."""
    t = Recorder("view", *options, path)
    got = t.until(b"read only") + t.until_quiet()
    for _ in range(5):
        for key in (b"G", b"g", b"O", b" ", b" ", b"v"):
            t.type(key)
            got += t.until_quiet(0.1)
    t.type(b"/END\r")
    got += t.until(b"match 1 of 1") + t.until_quiet()
    t.close()
    return got


def hexed(direction, data):
    return f"{direction} {data.hex(' ')}\n".encode()


hostile = [r.replace(b"\n", b"") for r in replies()][:2000]
with open(f"{HOME}/hostile.hex", "wb") as f:
    f.writelines(hexed("><"[i % 2], r + b"\n") for i, r in enumerate(hostile) if r)
    f.write(hexed(">", b"THE END\n"))
with open(f"{HOME}/hostile.log", "wb") as f:
    for i, r in enumerate(hostile):
        name = ATTACKS[i % len(ATTACKS)].replace(b"\n", b"").replace(b"\r", b"")[:40]
        spelled = "".join(f"\\x{byte:02x}" for byte in r).encode()
        f.write(b"2026-11-23T12:01:02.123456Z " + name + b" " + b"><"[i % 2:i % 2 + 1] + b" " + spelled + b"\n")
        f.write(b"2026-11-23T12:01:02.123456Z " + r.replace(b"\r", b"") + b"\n")
    f.write(b"2026-11-23T12:01:02.123456Z x > THE END\n")
for path, options in ((f"{HOME}/hostile.hex", ()), (f"{HOME}/hostile.log", ("-f", "payload LF")),
                      (f"{HOME}/hostile.log", ())):
    output = viewed(path, *options)
    ok(b"match 1 of 1" in output, f"{path.rsplit('/')[-1]} {options}: the console lives", output[-300:])
    same(foreign(output), None, f"{path.rsplit('/')[-1]} {options}: every byte to the terminal is one of ours")
done()
