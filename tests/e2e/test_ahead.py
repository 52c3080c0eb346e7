#!/usr/bin/env python3
"""ahead=N: several commands are out before the first is answered.  Whatever the device does, each command
is told once, in order, and none is sent twice."""
import contextlib
import json
import random
import signal
import socket
import subprocess
import threading

from wilcotest import ENV, HOME, WRAP, command, device, done, end_of, has, ok, read_until, run, same, unused_port, \
    wait_for


def objects(result):
    return [json.loads(line) for line in result.out.splitlines()]


def told(result):
    """Returns (status, command, reply) of each JSON object."""
    return [(x["status"], x["command"], x["reply"]) for x in objects(result)]


def lines(first, last):
    return "".join(f"c{i}\n" for i in range(first, last + 1))


class Peer:
    """A device that takes lines.  play(connection, peer) says what it does; `got` has what came, over all
    connections."""
    def __init__(self, play):
        self.play, self.got = play, []
        self.lock = threading.Lock()

    def __call__(self, connection):
        self.play(connection, self)

    def take(self, connection, count):
        """Returns the next lines, without LF; fewer at the end."""
        some = []
        while len(some) < count and (line := read_until(connection, b"\n")).endswith(b"\n"):
            some.append(line[:-1].decode())
            with self.lock:
                self.got.append(some[-1])
        return some


class ReadOne:
    """A connection of which read_until() takes no more than its line, because several may come at once."""
    def __init__(self, connection):
        self.connection = connection

    def recv(self, _):
        return self.connection.recv(1)

    def sendall(self, data):
        self.connection.sendall(data)

    def close(self):
        self.connection.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def peer(play):
    p = Peer(lambda connection, peer: play(ReadOne(connection), peer))
    with device(p) as address:
        address.peer = p
        yield address


def at(address, ahead=4, more=""):
    return ["-f", "line", f"{address}?ahead={ahead}{more}"]


# ---- a device that answers in order ----

def four_at_a_time(connection, p):
    """Says nothing before four commands have come."""
    while some := p.take(connection, 4):
        connection.sendall("".join(f"{x}!\n" for x in some).encode())


with peer(four_at_a_time) as address:
    r = run("send", *at(address), "-", stdin=lines(1, 12))
    same((r.code, r.out), (0, "".join(f"c{i}!\n" for i in range(1, 13))), "four commands are out before the first reply")
    same(address.peer.got, [f"c{i}" for i in range(1, 13)], "each went out once, in order")
    r = run("send", "--json", *at(address), "a", "b", "c", "d")
    same(told(r), [("ok", x, f"{x}!") for x in "abcd"], "so do words")
    ok(all(x["rtt_ms"] > 0 for x in objects(r)), "and each has its time")


def one_by_one(connection, p):
    while some := p.take(connection, 1):
        connection.sendall(f"{some[0]}!\n".encode())


with peer(one_by_one) as address:
    r = run("send", *at(address, 16), "-", stdin=lines(1, 100))
    same((r.code, r.out), (0, "".join(f"c{i}!\n" for i in range(1, 101))), "a device that answers at once")
    r = run("send", *at(address, 3), "-", stdin="a\n\n# a comment\nb\n.wait 20ms\nc\n.bogus\nd\n")
    same(r.out, "a!\nb!\nc!\nd!\n", "waits and lines that are wrong stand between commands")
    ok(r.code == 2 and "bogus" in r.err, "and count", r)
    r = run("send", *at(address, 3, "&char-delay=1ms"), "abc", "def", "ghi")
    same(r.out, "abc!\ndef!\nghi!\n", "bytes that go out slowly")
    r = run("send", *at(address, 1), "a", "b")
    same(r.out, "a!\nb!\n", "ahead=1 is one by one")
    log = f"{HOME}/ahead.log"
    run("send", "--log", log, *at(address), "a", "b", "c")
    with open(log, encoding="utf-8") as f:
        sent = [line.split(" > ")[1].strip() for line in f if " > " in line]
    same(sent, ["a\\n", "b\\n", "c\\n"], "the log has each command")


def twice(connection, p):
    """Answers each command twice."""
    while some := p.take(connection, 1):
        connection.sendall(f"{some[0]}!\n{some[0]}?\n".encode())


with peer(twice) as address:
    r = run("send", "--json", *at(address, 2), "a", "b", "c", ".wait 200ms")
    same([x[:2] for x in told(r) if x[1]], [("ok", "a"), ("ok", "b"), ("ok", "c")], "a device that answers twice")
    has(r.err, "replies may be shifted by one", "is warned of")

# ---- the oldest is not ok ----


def only_second(connection, p):
    p.take(connection, 1)
    connection.sendall(f"{p.take(connection, 1)[0]}!\n".encode())
    p.take(connection, 1)


with peer(only_second) as address:
    r = run("send", "--json", *at(address, 3, "&timeout=300ms"), "a", "b")
    same(told(r), [("ok", "a", "b!"), ("timeout", "b", None)],
         "a device that leaves out one breaks what the user asserts")


def never(connection, p):
    while p.take(connection, 1):
        pass


with peer(never) as address:
    r = run("send", "--json", *at(address, 3, "&timeout=300ms"), *[f"c{i}" for i in range(1, 6)])
    same([x[:2] for x in told(r)], [("timeout", "c1"), ("lost", "c2"), ("lost", "c3"), ("timeout", "c4"), ("lost", "c5")],
         "behind one that times out those that are out are lost")
    same(r.code, 4, "which is the status of a reply that did not come")
    has(objects(r)[1]["error"], "sent, outcome unknown", "and said")
    wait_for(lambda: len(address.peer.got) >= 5, "five commands")
    same(sorted(address.peer.got), [f"c{i}" for i in range(1, 6)], "none is sent twice")
    same(address.connections, 2, "the next ones go over a fresh line, as after any timeout")


def closes_behind(count):
    def play(connection, p):
        some = p.take(connection, 3)
        connection.sendall("".join(f"{x}!\n" for x in some[:count]).encode() + b"ha")
        connection.close()
    return play


with peer(closes_behind(1)) as address:
    r = run("send", "--json", *at(address, 3), "c1", "c2", "c3")
    same([x[:2] for x in told(r)], [("ok", "c1"), ("lost", "c2"), ("lost", "c3")],
         "a line that is closed loses those that are out")
    same(sorted(address.peer.got), ["c1", "c2", "c3"], "and none of them is sent again")
    same(r.code, 4, "which the exit status shows")

with peer(closes_behind(0)) as address:
    r = run("send", "--json", *at(address, 3), "c1", "c2", "c3", "c4", "c5", "c6")
    same([x[0] for x in told(r)], ["lost"] * 6, "all of them, where none was answered")
    same(sorted(address.peer.got), [f"c{i}" for i in range(1, 7)], "the next ones go over a fresh line, once")


def damaged(connection, p):
    for _ in range(2):
        if len(p.take(connection, 3)) == 3:
            connection.sendall(b"wrong00\n")


with peer(damaged) as address:
    r = run("send", "--json", "-f", "payload LF -> payload xor8(payload):hex2 LF", f"{address}?ahead=3&resync=300ms", "a", "b", "c")
    same([x[:2] for x in told(r) if x[1]], [("damaged", "a"), ("lost", "b"), ("lost", "c")], "a reply that is damaged")
    same(r.code, 5, "has the worst status")

# ---- names tell replies apart ----

NAMED = "tid:u8=65++ payload LF"


def answers_as(order, again=""):
    """Takes so many lines and answers those in this order; what they are called is their first byte."""
    def play(connection, p):
        while some := p.take(connection, 4):
            connection.sendall("".join(f"{some[i]}!\n" for i in order if i < len(some)).encode())
            connection.sendall(again.encode())
    return play


def named(address, *words, more=""):
    return run("send", "--json", "-f", NAMED, f"{address}?ahead=4{more}", *words)


with peer(answers_as([3, 1, 0, 2])) as address:
    r = named(address, "a", "b", "c", "d")
    same(told(r), [("ok", x, f"{x}!") for x in "abcd"], "replies out of order are told in the order of the commands")
with peer(answers_as([3, 2])) as address:
    r = named(address, "a", "b", "c", "d", more="&timeout=400ms")
    same(told(r), [("timeout", "a", None), ("lost", "b", None), ("ok", "c", "c!"), ("ok", "d", "d!")],
         "names tell what came, and the others are lost")
    same(r.code, 4, "which the exit status shows")
with peer(answers_as([0, 1, 2, 3], "Zstray\n" * 3)) as address:
    r = named(address, "a", "b", "c", "d", ".wait 100ms")
    same([x for x in told(r) if x[1]], [("ok", x, f"{x}!") for x in "abcd"], "frames that name no command")
    same([x[0] for x in told(r) if not x[1]], ["unsolicited"] * 3, "answer none")


def modbus(connection):
    """Answers pairs of requests in turned order."""
    while True:
        pair = [connection.recv(12, socket.MSG_WAITALL) for _ in range(2)]
        if len(pair[1]) < 12:
            return
        for request in reversed(pair):
            connection.sendall(request[:4] + b"\0\5" + request[6:8] + b"\2" + request[8:10])


with device(modbus) as address:
    r = run("send", "--json", "-f", "modbus-tcp", f"{address}?ahead=2", "03 0001 0001", "03 0002 0001", "03 0003 0001",
            "03 0004 0001")
    same([(x["status"], x["reply_hex"].replace(" ", "")) for x in objects(r)],
         [("ok", f"0302000{i}") for i in range(1, 5)], "modbus-tcp, with the transaction number")

# ---- who gives up ----


def holds(connection, p):
    some = p.take(connection, 1)
    connection.sendall(f"{some[0]}!\n".encode())
    p.take(connection, 100)


with peer(holds) as address:
    p = subprocess.Popen(command("send", "--json", *at(address, 3), "-"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, env=ENV)
    p.stdin.write(lines(1, 10).encode())
    p.stdin.flush()
    wait_for(lambda: len(address.peer.got) == 4, "four commands")
    p.send_signal(signal.SIGINT)
    r = end_of(p)
    same([x[:2] for x in told(r)], [("ok", "c1"), ("cancelled", "c2"), ("lost", "c3"), ("lost", "c4")],
         "Ctrl-C tells what became of those that were out")
    same((r.code, address.peer.got), (130, ["c1", "c2", "c3", "c4"]), "and nothing more is sent")

r = run("send", "--json", "-f", "line", f"127.0.0.1:{unused_port()}?ahead=4", "a", "b", "c")
same((r.code, [x[:2] for x in told(r)]), (3, [("connect", "a")]), "a line that cannot be opened is told once")

# ---- what is refused ----

for frame, why in (("esc-cr", "(eof)"), ("modbus-rtu", "(gap)"), ("payload LF ; echo", "(echo)"),
                   ("payload LF ; ack ACK", "(ack)"), ("payload LF ; bid ENQ, ACK, EOT", "(bid)")):
    r = run("send", "-f", frame, "127.0.0.1:1?ahead=4", "41")
    ok(r.code == 2 and why in r.err and "ahead=4" in r.err, f"ahead is refused with {frame}", r)
for words, why in ((["127.0.0.1:1?ahead=4&connection=each", "a"], "connection=each"),
                   (["127.0.0.1:1?ahead=0", "a"], "ahead"), (["127.0.0.1:1?ahead=99999", "a"], "1024"),
                   (["127.0.0.1:1?ahead=4", ".tell a"], ".tell")):
    r = run("send", "-f", "line", *words)
    ok(r.code == 2 and why in r.err, f"and with {' '.join(words)}", r)
r = run("send", "-f", "payload LF ; times 0", "127.0.0.1:1?ahead=4", "a")
ok(r.code == 2 and "times 0" in r.err, "and for commands without a reply", r)
for text in (".open 127.0.0.1:1?ahead=4\na\n", ".set ahead=4\n.open 127.0.0.1:1\na\n",
             ".open 127.0.0.1:1\n.set ahead=4\na\n"):
    path = f"{HOME}/ahead.wilco"
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    r = run("play", "-f", "line", path)
    ok(r.code == 2 and "wait for each reply" in r.err, "a macro compares one reply after the other", r)

with peer(one_by_one) as address:
    path = f"{HOME}/recorded.wilco"
    run("send", "-f", "line", f"{address}?ahead=4&timeout=30s", "--record", path, "a", "b", "c")
    r = run("play", path)
    same(r.code, 0, "what was recorded with it is played one by one")

# ---- a fleet ----

with peer(four_at_a_time) as one, peer(never) as other:
    targets = f"{one}?ahead=4,{other}?ahead=4&timeout=300ms,127.0.0.1:{unused_port()}?ahead=4"
    r = run("fleet", "--yes", "--json", "-f", "line", targets, "a", "b", "c", "d")
    by = {}
    for x in objects(r):
        by.setdefault(x["device"], []).append((x["status"], x["command"]))
    same(sorted(by.values()), sorted([
        [("ok", x) for x in "abcd"], [("timeout", "a"), ("lost", "b"), ("lost", "c"), ("lost", "d")],
        [("connect", "a"), ("skipped", "b"), ("skipped", "c"), ("skipped", "d")]]), "each target and command has one result")

# ---- whatever the device does ----


def chance(seed):
    """Answers, says nothing, says too much, damages, closes."""
    dice = random.Random(seed)

    def play(connection, p):
        while some := p.take(connection, dice.randrange(1, 5)):
            for line in some:
                what = dice.randrange(14)
                if what == 0:
                    connection.close()
                    return
                answer = {1: "", 2: f"{line}!\n{line}!\n", 3: "\0\x1b[31m", 4: f"x\n{line}!\n"}.get(what, f"{line}!\n")
                connection.sendall(answer.encode("latin-1"))
    return play


for seed in range(1 if WRAP else 4):
    with peer(chance(seed)) as address:
        for frame in ("line", NAMED):
            before = len(address.peer.got)
            r = run("send", "--json", "-f", frame, f"{address}?ahead=5&timeout=60ms&resync=60ms", "-", stdin=lines(1, 40))
            asked = [x[1] for x in told(r) if x[1]]
            bad = [x for x in told(r) if x[1] and x[0] not in ("ok", "timeout", "lost", "damaged", "connect")]
            got = [x[-2:].lstrip("c") if frame == "line" else x[1:] for x in address.peer.got[before:]]
            ok(asked == [f"c{i}" for i in range(1, 41)] and not bad and len(set(got)) == len(got),
               f"each command is told once, in order, and none is sent twice (seed {seed}, {frame})", (r, got))
            wrong = [x for x in told(r) if x[0] == "ok" and frame == NAMED and x[2].strip("!x") not in ("", x[1])]
            ok(not wrong, "and by its name no reply is another's", wrong)
            worst = max({"ok": 0, "connect": 3, "timeout": 4, "lost": 4, "damaged": 5}[x[0]] for x in told(r) if x[1])
            same(r.code, worst, "the exit status is the worst of them")

done()
