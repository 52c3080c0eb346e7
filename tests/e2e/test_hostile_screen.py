#!/usr/bin/env python3
"""A hostile device and the split screen: a recorder on the terminal shows that every byte comes from
wilco's own repertoire, whatever a device says; a tmux pane keeps its title, clipboard and modes."""
from hostile import ATTACKS, foreign, replies
from wilcotest import HOME, Recorder, Terminal, command, device, done, need, ok, read_until, same


def attack(connection):
    """Asked for `go`, everything; then it answers."""
    while line := read_until(connection, b"\n"):
        if line.startswith(b"go"):
            for reply in replies():
                connection.sendall(reply.replace(b"\n", b"") + b"\n")
        connection.sendall(b"THE END " + line)


def record(address, view):
    """What the terminal gets."""
    t = Recorder("-f", "payload LF", address)
    got = t.until(f"{address}>".encode()) + t.until_quiet()
    for line in (b".view " + view + b"\r", b"go\r", b"x\r"):
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
    if need("tmux"):
        t = Terminal(" ".join(command("-f", "'payload LF'", address)))
        t.wait_last(f"{address}>")
        t.tmux("set-option", "-s", "set-clipboard", "on")
        title = t.tmux("display-message", "-p", "#{pane_title}")
        t.keys("go", "Enter")
        t.wait("THE END go", "10,000 hostile replies are shown")
        same(t.tmux("display-message", "-p", "#{pane_title}"), title, "the title is what it was")
        same(t.tmux("show-buffer"), "", "nothing is in the clipboard")
        same(t.tmux("display-message", "-p", "#{mouse_any_flag}#{insert_flag}#{keypad_cursor_flag}"),
             "100\n", "no mode was changed but the wheel, which wilco asks for")
        t.keys("hello", "Enter")
        t.wait("THE END hello", "and the session goes on")
        t.close()

# ---- the same in files: a log whose device has a hostile name, and hex ----

def viewed(path, *options):
    """What the terminal gets while all of a file goes by in each view."""
    t = Recorder("view", *options, path)
    got = t.until(b"view>") + t.until_quiet()
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
