"""Compares the device's record of one run with wilco's own; each check yields what is wrong."""
import collections
import datetime
import itertools
import os

from protocol import answer_in
from record import entries, spelled

EXIT = {"ok": 0, "refused": 2, "connect": 3, "timeout": 4, "lost": 4, "damaged": 5, "cancelled": 130,
        "unsolicited": 0, "late": 0}
# After these ends of a connection the device or wilco may not have read everything.
UNHEARD = {"reset", "dropped", "close", "pulled"}
UNREAD = {"dropped", "pulled", "end", None}
NOT_SENT = {"refused", "connect"}


class Run:
    """One process of wilco; test_chaos.py makes it."""
    def __init__(self, lane, numbers):
        self.name, self.protocol, self.times = lane.name, lane.protocol, lane.times
        self.own, self.serial = lane.own, lane.serial
        self.stops = lane.stops  # it ends at the first command without a line
        self.numbers = numbers
        self.fates = lane.fates
        self.objects, self.record, self.log = [], [], []
        self.code, self.err, self.signal = None, "", None
        self.slow = 0  # replies that were too late because the machine was slow

    def results(self):
        """Returns (number, object) of each command that ended."""
        return [(self.protocol.number(x["command"]), x) for x in self.objects if x["command"]]

    def arrived(self):
        """Returns the numbers of the commands that the device got, in order."""
        got = collections.defaultdict(bytes)
        for event in self.record:
            if event.kind == "got":
                got[event.connection] += event.data
        return [n for data in got.values() for n, _ in self.protocol.cut(data)[0]]

    def read_log(self, path):
        if os.path.exists(path):
            self.log = [(when, mark, spelled(text) if mark in "<>" else text)
                        for when, _, mark, text in entries(path)]


def opens(mark, text):
    return mark == "-" and text.startswith("connected to ")


def seconds(stamp):
    return datetime.datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S.%fZ").replace(
        tzinfo=datetime.timezone.utc).timestamp()


def raw_of(x):
    return b"".join(bytes.fromhex(r["raw_hex"]) for r in x["replies"])


# ---- each command once, and one result of each ----

def once(run):
    for n, times in collections.Counter(run.arrived()).items():
        if times > 1:
            yield f"COMMAND-{n} arrived {times} times"


def one_result(run):
    results = run.results()
    counts = collections.Counter(n for n, _ in results)
    for n in counts.keys() - set(run.numbers):
        yield f"a result of COMMAND-{n}, which nobody asked for"
    early = run.signal or run.stops and any(x["status"] == "connect" for _, x in results)
    expected = run.numbers[:len(counts)] if early else run.numbers
    for n in expected:
        if counts[n] != 1:
            yield f"COMMAND-{n} has {counts[n]} results"
    for n in set(run.arrived()) - set(counts):
        yield f"COMMAND-{n} arrived and has no result"


def reasons(run):
    """Checks that each command was sent, or was not sent with a reason."""
    arrived = set(run.arrived())
    cut = any(event.kind == "cut" for event in run.record)
    for n, x in run.results():
        if x["status"] != "ok" and not x["error"]:
            yield f"COMMAND-{n}: {x['status']} without a reason"
        if x["status"] in NOT_SENT and x["sent_hex"] or n in arrived and not x["sent_hex"]:
            yield f"COMMAND-{n}: {x['status']}, but it was sent"
        if x["status"] not in NOT_SENT | {"cancelled"} and not x["sent_hex"]:
            yield f"COMMAND-{n}: {x['status']}, but it was not sent"
        if x["sent_hex"] and n not in arrived and not cut:
            yield f"COMMAND-{n}: {x['status']}, but it never arrived"


# ---- replies ----

def over(run, n, when):
    """Says whether wilco no longer waits at that time for the answer to a command that it gave up."""
    x = dict(run.results()).get(n)
    if not x or x["status"] == "ok":
        return False
    if x["status"] == "timeout":
        return when > seconds(x["time"]) + run.times.timeout + run.times.resync
    opened = [at for at, mark, text in run.log if opens(mark, text) and at > x["time"]]
    return bool(opened) and when > seconds(opened[0]) + run.times.listens


def received_behind(run, n):
    """Returns the bytes that came between the sending and the end of this command."""
    came = None
    for _, mark, text in run.log:
        if mark == ">":
            came = b"" if n in [m for m, _ in run.protocol.cut(text)[0]] else None
        elif mark == "<" and came is not None:
            came += text
        elif mark == "=" and came:
            return came
    return b""


def too_slow(run, n, x, raw):
    """Says whether the machine was so busy that the device, or something between it and wilco, was
    later than it should be: the answer to this command came after the command and after all of the
    time that wilco waits."""
    waited = any(over(run, m, seconds(x["time"])) for m in range(n - 3, n))
    return waited and raw in received_behind(run, n)


def around(run, n):
    """Returns the lines of the log about a command, for a person who has to find what went wrong."""
    at = next((i for i, (_, mark, text) in enumerate(run.log)
               if mark == ">" and n in [m for m, _ in run.protocol.cut(text)[0]]), 0)
    return "".join(f"\n    {when[11:]} {mark} {str(text)[:80]}"
                   for when, mark, text in run.log[max(at - 8, 0):at + 6])


def own_replies(run):
    for n, x in run.results():
        if x["status"] != "ok":
            continue
        # The rest of a frame that was torn may come before it.
        raw = bytes.fromhex("".join(r["raw_hex"] for r in x["replies"]
                                    if not (r["error"] and run.protocol.binary)))
        if n in run.fates and raw == run.fates[n].answer:
            continue
        if too_slow(run, n, x, raw):
            run.slow += 1
            return  # everything after it is shifted, too
        fates = [f"{m}: {run.fates[m].name}, {y['status']}" for m, y in run.results()
                 if n - 3 <= m <= n and m in run.fates]
        yield f"COMMAND-{n}: ok by {raw[:60]!r} ({'; '.join(fates)}){around(run, n)}"


def late_is_late(run):
    """Checks that the answer to a command that was given up is called late, where no number shows
    which command it answers."""
    if run.own or run.protocol.matched:
        return
    given_up = {n for n, x in run.results() if x["status"] in ("timeout", "lost")}
    for x in run.objects:
        n = None if x["command"] else answer_in(raw_of(x))
        whole = n in given_up and raw_of(x) == run.fates[n].answer
        if whole and x["status"] != "late" and not over(run, n, seconds(x["time"])):
            yield f"ANSWER-{n} ({run.fates[n].name}) came late and is called {x['status']}{around(run, n)}"


def surplus(run):
    """Checks for the warning: another frame right after a reply may mean that replies are shifted.  One that a
    slow machine hands on later than `gap` is no longer right after it."""
    def behind(x, y):
        return (raw_of(y).startswith(b"SURPLUS") and x["status"] == "ok" and y["status"] == "unsolicited" and
                seconds(y["time"]) - seconds(x["time"]) - x["end_ms"] / 1000 < run.times.gap / 2)

    came = sum(behind(x, y) for x, y in itertools.pairwise(run.objects))
    told = run.err.count("replies may be shifted")
    if told < came:
        yield f"{came} frames came after a reply, {told} warnings were given"


# ---- bytes ----

def of_device(run):
    """Returns [(got, sent, how it ended)] by connection.  A port that was pulled out before anybody
    opened it is no connection."""
    found = {event.connection: (b"", b"", None) for event in run.record if event.kind == "open"}
    for event in run.record:
        if event.connection not in found:
            continue
        got, sent, end = found[event.connection]
        if event.kind == "got":
            got += event.data
        elif event.kind == "sent":
            sent += event.data
        elif event.kind in ("cut", "end"):
            end = event.data.decode() or event.kind
        found[event.connection] = got, sent, end
    return list(found.values())


def of_wilco(run):
    """Returns [(sent, received, how the last command ended)] by connection."""
    found = []
    for _, mark, text in run.log:
        if opens(mark, text):
            found.append([b"", b"", None])
        elif mark in "<>":
            found[-1][mark == "<"] += text
        elif mark == "=" and found:
            found[-1][2] = text.split()[0]
    return found


def same_bytes(run):
    devices, ours = of_device(run), of_wilco(run)
    if len(ours) > len(devices):  # a port was pulled out before the device knew that it was used
        devices, ours = ([way for way in ways if any(way[:2])] for ways in (devices, ours))
    pairs = itertools.zip_longest(devices, ours, fillvalue=(b"", b"", None))
    for i, ((got, said, end), (sent, received, last)) in enumerate(pairs, 1):
        # wilco does not read on when it leaves or gives a line up, whatever the device then does; it gives up
        # those of a device that had closed after each reply.
        each = run.own or "each command gets its own line" in run.err
        left = run.signal and i == len(ours) or each and last in ("timeout", "damaged")
        if sent != got and not (end in UNHEARD and sent.startswith(got)):
            yield f"connection {i}: the log says {sent[-80:]!r} was sent, the device got {got[-80:]!r}"
        if received != said and not ((left or end in UNREAD) and said.startswith(received)):
            yield (f"connection {i} ({end}): the log has {len(received)} bytes, {received[-50:]!r}, "
                   f"the device sent {len(said)}, {said[-50:]!r}")


def json_bytes(run):
    """Checks that all bytes of the log are in exactly one object, in order.  The exceptions: a damaged
    binary frame may contain another one, whose bytes are then in both, and stray bytes follow the
    frames."""
    received = b"".join(text for _, mark, text in run.log if mark == "<")
    told = b"".join(raw_of(x) + bytes.fromhex(x["stray_hex"]) for x in run.objects)
    missing = collections.Counter(received) - collections.Counter(told)
    if missing or received != told and not run.protocol.binary:
        at = len(os.path.commonprefix([received, told]))
        part = slice(max(at - 20, 0), at + 40)
        yield f"at {at} of {len(received)} the log has {received[part]!r}, JSON {told[part]!r}"


def log_results(run):
    logged = [text.split()[0] for _, mark, text in run.log if mark == "="]
    told = [x["status"] for x in run.objects]
    if logged != told:
        yield f"the log tells {collections.Counter(logged)}, JSON {collections.Counter(told)}"


def causes(run):
    """Checks that no answer is in the log before its command."""
    received = b""
    for _, mark, text in run.log:
        if opens(mark, text):
            received = b""
        elif mark == "<":
            received += text
        elif mark == ">":
            for n, _ in run.protocol.cut(text)[0]:
                if n in run.fates and run.fates[n].answer in received:
                    yield f"ANSWER-{n} is in the log before its command"


# ---- the line, and the end ----

def kept_open(run):
    """Checks that wilco does not open a shared line afresh, which would clean nothing there.  By a line
    that ends behind a reply, and a lost command behind that, the device may have shown that it wants a
    line for each command."""
    if any(mark == "-" and "connection=each" in text for _, mark, text in run.log):
        return
    cuts = sum(event.kind == "cut" for event in run.record)
    if not run.own and len(of_wilco(run)) > cuts + 1:
        yield f"{len(of_wilco(run))} connections, of which the device ended {cuts}"


def afresh(run):
    """Checks that wilco says that it listens to a fresh line, after a reply that did not come and
    before the next command."""
    if run.protocol.matched:
        return
    given_up = None
    for _, mark, text in run.log:
        if mark == "=" and text.split()[0] in ("lost", *(["timeout"] if run.own else [])):
            given_up = text
        elif mark == "-" and text.startswith("the line was opened again"):
            given_up = None
        elif mark == ">" and given_up:
            yield f"{text} was sent after '{given_up}', and nothing was said about a fresh line"
            given_up = None


def honest(run):
    worst = max([EXIT[x["status"]] for x in run.objects], default=0)
    # It may have been done before the signal came; while it exits, a signal just ends it.
    done = len(run.results()) == len(run.numbers) and worst != EXIT["cancelled"]
    signalled = {128 + run.signal, *([worst, -run.signal] if done else [])} if run.signal else None
    expected = signalled or {worst}
    if run.code not in expected:
        yield f"exit status {run.code}, not {expected}: {run.err[-1500:]}"
    for n, x in run.results():
        if x["status"] not in ("ok", "cancelled") and x["error"] not in run.err:
            yield f"COMMAND-{n}: {x['status']}, and nothing about it on standard error"


CHECKS = {
    "no command arrived twice": once,
    "each command has one result": one_result,
    "each was sent, or not, with the reason": reasons,
    "no reply is another command's": own_replies,
    "what came late is called late": late_is_late,
    "a frame behind a reply is warned of": surplus,
    "the log has each byte on its connection": same_bytes,
    "JSON has each byte of the log once": json_bytes,
    "the log and JSON tell the same": log_results,
    "no answer before its command": causes,
    "a line that is shared stays open": kept_open,
    "that a line was opened afresh is told": afresh,
    "the exit status is honest": honest,
}
