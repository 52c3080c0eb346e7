#!/usr/bin/env python3
"""A command without a reply: it is over when it has arrived, and no reply is taken for it."""
import contextlib
import json
import socket
import time

from peers import serial
from wilcotest import HOME, LIMIT, Terminal, command, device, done, has, ok, read_to_end, read_until, \
    run, same, simulated, wait_for


def objects(result):
    return [json.loads(line) for line in result.out.splitlines()]


def told(result):
    """(status, end, command, reply) of each exchange."""
    return [(x["status"], x["end"], x["command"], x["reply"]) for x in objects(result)]


def instrument(connection):
    """Answers what ends in a question mark, and says a word of its own to what begins with `!`."""
    while line := read_until(connection, b"\n"):
        for each in line.splitlines():
            if each.endswith(b"?"):
                connection.sendall(b"re " + each + b"\n")
            elif each.startswith(b"!"):
                connection.sendall(b"done\n")


TOLD = ("ok", "none expected")

with device(instrument) as address:
    r = run("send", "--json", "-t", "20s", "-f", "line", address, ".tell OUTP ON", "VOLT?", ".tell .wire 03 0a")
    same(told(r), [(*TOLD, "OUTP ON", None), ("ok", "delimiter LF", "VOLT?", "re VOLT?"), (*TOLD, "03 0a", None)],
         "a command without a reply ends at once, and the next has its own")
    same((r.code, objects(r)[0]["sent_hex"], objects(r)[0]["rtt_ms"]), (0, b"OUTP ON\n".hex(), None), "it was sent")
    same(address.connections, 1, "on one line")
    r = run("send", "-f", "line", address, ".tell OUTP ON")
    same((r.code, r.out, r.err), (0, "", ""), "as text nothing is printed")
    r = run("send", "-f", "line", address, "-", stdin=".tell A\nB?\n.tell .text C\n")
    same((r.code, r.out), (0, "re B?\n"), "from standard input, too")
    r = run("--json", "-f", "line", address, stdin=".tell A\nB?\n.tell .hex 43\n")
    same([x[2:] for x in told(r)], [("A", None), ("B?", "re B?"), ("C", None)], "and in a pipe")
    r = run("send", "--json", "-f", "line", address, ".tell !X", ".wait 3s", "B?")
    same(told(r), [(*TOLD, "!X", None), ("unsolicited", "delimiter LF", None, "done"),
                   ("ok", "delimiter LF", "B?", "re B?")], "what comes before the next command answers nothing")
    same(r.err, "", "and is no warning")



def answers_late(connection):
    read_until(connection, b"B\n")
    connection.sendall(b"A\n")
    time.sleep(0.2)
    connection.sendall(b"B\n")
    connection.recv(1)


with device(answers_late) as address:
    r = run("send", "--json", "-f", "line", address, ".tell A", "B", ".wait 3s")
    same([x[0] for x in told(r)], ["ok", "ok", "unsolicited"], "a device that answers all the same")
    has(r.err, "replies may be shifted by one", "is warned of, though it takes 200 ms")

for line in (".tell .with unit=17 03 00", ".tell  .with unit=17 .hex 0300"):
    r = run("send", "--dry-run", "-o", "hex", "-f", "modbus-rtu", "/dev/x", line)
    same(r.out[:6], "110300", f".with works behind it: {line}")
for line, why in ((".tell", "needs the command"), (".tell .wait 1s", "needs a command to send"),
                  (".tell .tell x", "needs a command to send")):
    r = run("send", "127.0.0.1:1", line)
    same((r.code, why in r.err), (2, True), f"refused: {line}")

# ---- frames that say it by command ----

with device(instrument) as address:
    r = run("send", "--json", "-t", "20s", "-f", "scpi", address, ":OUTP ON", "*IDN?", "MEAS:VOLT? CH1;*OPC?", ":OUTP OFF")
    same(told(r), [(*TOLD, ":OUTP ON", None), ("ok", "delimiter LF", "*IDN?", "re *IDN?"),
                   ("ok", "delimiter LF", "MEAS:VOLT? CH1;*OPC?", "re MEAS:VOLT? CH1;*OPC?"), (*TOLD, ":OUTP OFF", None)],
         "scpi: only queries are answered")
    same((r.code, address.connections), (0, 1), "on one line")
    r = run("send", "--json", "-f", "payload LF ; times 0", address, "a?", ".wait 2s", ".wire 'b?' 0a", ".wait 2s")
    same(sorted(x[0] for x in told(r)), ["ok", "ok", "unsolicited", "unsolicited"], "times 0: what comes answers nothing")


def munin(connection):
    while line := read_until(connection, b"\n"):
        connection.sendall(b"a 1\nb 2\n.\n" if line.startswith(b"fetch ") else b"one line\n")


MUNIN = "payload LF ; until '.' on 'fetch ' * | 'config ' * ; times 1"
with device(munin) as address:
    r = run("send", "-f", MUNIN, address, "version", "fetch cpu", "list")
    same((r.code, r.out), (0, "one line\na 1\nb 2\n.\none line\n"), "munin: until for some commands, one frame for others")
    r = run("-f", MUNIN, address, stdin="fetch cpu\nversion\n")
    same(r.out, "a 1\nb 2\n.\none line\n", "in a pipe, too")


def typed(connection):
    while line := read_until(connection, b"\n"):
        connection.sendall(b"A1\nA2\n" if line[:1] == b"X" else b"A1\n")


with device(typed) as address:
    r = run("send", "-f", "type:s1='Q' payload LF -> type:s1='A' payload LF ; times 2 on type='X' ; times 1", address,
            "a", ".with type=X b", "c")
    same((r.code, r.out), (0, "1\n1\n2\n1\n"), "a field of the command may decide")
shown = run("frame", "show", "scpi").out
has(shown, "after 1 frame, where the command matches *?, *? *, *?;*\n  else at once: none is expected",
    "frame show says which commands have a reply")
has(run("frame", "show", "payload LF ; times 0").out, "at once: none is expected", "or that none has")

# ---- a frame that closes our side ----

heard = []


def closes(connection, answer=b"", after=0):
    heard.append(read_to_end(connection))
    connection.sendall(answer)
    time.sleep(after)


with device(closes) as address:
    r = run("send", "--json", "-t", "20s", address, ".tell LABEL", ".tell .text B")
    same((told(r), r.code), ([(*TOLD, "LABEL", None), (*TOLD, "B", None)], 0), "our side is closed behind it")
    wait_for(lambda: len(heard) == 2, "the second one")
    same(heard, [b"\x1bLABEL\r", b"\x1bB\r"], "each has a connection")
with device(lambda c: closes(c, b"OK\0")) as address:
    r = run("send", "--json", "-t", "20s", address, ".tell LABEL")
    same(told(r), [(*TOLD, "LABEL", None)], "what comes is dropped")
with device(lambda c: closes(c, b"", LIMIT)) as address:
    before = time.monotonic()
    r = run("send", "--json", "-t", f"{LIMIT:.0f}s", address, ".tell LABEL")
    took = time.monotonic() - before
    same(told(r), [(*TOLD, "LABEL", None)], "a peer that does not close")
    ok(1 <= took < LIMIT / 2, "is waited for one second", took)

# ---- arrived ----

with socket.socket() as deaf:
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    deaf.bind(("127.0.0.1", 0))
    deaf.listen(1)
    where = f"127.0.0.1:{deaf.getsockname()[1]}"
    for frame in ("line", "esc-cr"):
        r = run("send", "--json", "-t", "300ms", "-f", frame, where, ".tell " + "x" * 65000)
        same((r.code, told(r)[0][:2]), (4, ("timeout", None)), f"{frame}: a peer whose system does not take it all")
        has(r.err, "did not arrive within 300 ms", "is no success")
with device(lambda c: None) as address:
    r = run("send", "-t", "300ms", "-f", "line", address, ".tell " + "x" * 60000)
    ok(r.code in (0, 4), "a peer that closes at once either took it or did not", r)

with serial(lambda master: None) as (name, _, _):
    r = run("send", "--json", "-f", "payload CR", f"serial:{name}", ".tell GO", ".tell STOP")
    same(told(r), [(*TOLD, "GO", None), (*TOLD, "STOP", None)], "a serial line")
# What was read was not written yet when wilco ends its command.
r = run("send", "--json", "-f", "line", f"exec:trap '' TERM HUP; cat > {HOME}/told; sleep {LIMIT:.0f}", ".tell hello")
same(told(r), [(*TOLD, "hello", None)], "a command's input")
ok(wait_for(lambda: open(f"{HOME}/told", encoding="utf-8").read() == "hello\n", "the file"), "was read by it")

# ---- tokens and echo ----

with device(lambda c: read_until(c, b"#6b")) as address:
    r = run("send", "--json", "-t", "20s", "-f", "gdb", address, ".tell k")
    same((r.code, told(r)), (0, [(*TOLD, "k", None)]), "gdb's k, after which the peer is gone")


def acknowledges(connection):
    for answer in (b"-", b"+", b"+$OK#9a"):
        heard.append(read_until(connection, b"#6b" if answer[:1] != b"+" or len(answer) == 1 else b"#3f"))
        connection.sendall(answer)
    connection.recv(1)


heard.clear()
with device(acknowledges) as address:
    r = run("send", "--json", "-t", "20s", "-f", "gdb", address, ".tell k", "?")
    same([x[2:] for x in told(r)], [("k", None), ("?", "OK")], "what the device refuses is sent again")
    same(heard, [b"$k#6b", b"$k#6b", b"$?#3f"], "as the protocol wants it")


def repeats(connection):
    with contextlib.suppress(OSError):
        while data := connection.recv(100):
            connection.sendall(data)


with device(repeats) as address:
    r = run("send", "--json", "-t", "20s", "-f", "payload CR ; echo", address, ".tell GO", ".tell STOP")
    same([(x["status"], x["reply"], [y["mark"] for y in x["replies"]]) for x in objects(r)],
         [("ok", None, ["echo"])] * 2, "the echo belongs to the command")

# ---- the console, and files ----

with simulated(".frame line\nA?\n  1\n.tell OUTP ON\n") as address:
    t = Terminal(" ".join(command("-f", "line", address)))
    t.wait(f"{address}>")
    t.type(".tell OUTP ON")
    t.wait("8 bytes, no reply expected", "the preview says that no reply is expected")
    t.keys("Enter")
    t.wait("> OUTP ON", "the transcript shows the command")
    t.wait("no reply expected", "and that it has no reply")
    t.type(".frame scpi")
    t.keys("Enter")
    t.type(":OUTP OFF")
    t.wait("10 bytes, no reply expected", "it knows the rules of the frame")
    t.keys("C-u")
    t.type(f".save {HOME}/saved.wilco")
    t.keys("Enter")
    t.wait("saved to")
    t.type(".tell .te")
    t.keys("Tab")
    t.wait(".tell .text", "Tab completes behind it")
    t.close()
with open(f"{HOME}/saved.wilco", encoding="utf-8") as f:
    has(f.read(), ".tell OUTP ON\n", "what is saved reads back")
done()
