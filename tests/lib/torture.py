"""Runs programs with a preloaded library in which their calls to the system fail, once or from
then on (tests/torture/torture.c).

Each program runs once untouched, which counts the calls that could fail, then once for each call.
No run may end by a signal, hang, or fail without a message; a run with the untouched run's exit
status must have the same output.  `make check` takes a sample spread over all calls, `make torture`
all.  WILCO_TORTURE_ONLY=REGEX takes the faults whose name matches, such as 'send:read:EIO:3$'; a
failure prints its name.
"""
import contextlib
import os
import re
import signal
import struct
import time
from concurrent.futures import ThreadPoolExecutor

from record import logged
from wilcotest import HOME, LIMIT, checked_memory, device, done, ok, read_until, run, skip

LIBRARY = os.environ.get("WILCO_TORTURE_LIBRARY", "build/tests/torture/torture.so")
WHOLE = bool(os.environ.get("WILCO_TORTURE_WHOLE"))
ONLY = os.environ.get("WILCO_TORTURE_ONLY")
SAMPLE = 4  # runs of one kind of fault with one program
LARGE = 1000  # with more calls (a library makes so many) a sample is always taken
PATIENCE = "5s"  # how long wilco waits for a device
AT_ONCE = 12  # programs at the same time: most of their time they wait

# Faults after which trying again is enough: one of these may have no effect.
PASSING = {"read:EINTR", "read:EAGAIN", "read:short", "write:EINTR", "write:EAGAIN", "write:short",
           "connect:EINTR", "accept:EINTR", "epoll_wait:EINTR", "poll:EINTR"}
# These fail only once: if they failed from the Nth call on, nothing would ever go on.
ONCE = PASSING - {"read:short", "write:short"} | {"accept:ECONNABORTED"}
# What was written to a file before is lost then.
WRITTEN = {"close:EIO", "close:ENOSPC", "fsync:EIO"}
STATUSES = {1, 2, 3, 4, 5, 6, 127, 129, 130, 143}  # 127: the loader failed, 129: the terminal is gone
BIG = b"ok " + b"0123456789" * 200


def steady(text):
    """Returns the text without what differs from run to run: times, ports, processes."""
    text = re.sub(r"(\d{4}-\d\d-\d\dT)?\d\d:\d\d:\d\d(\.\d+)?Z?", "TIME", text)
    text = re.sub(r" *\+\d+(\.\d+)? (ns|us|ms|s)\b", "", text)
    text = re.sub(r" *\b\d+(\.\d+)? (ns|us|ms|s)\b", " DURATION", text)
    text = re.sub(r'"(rtt_ms|end_ms|ms)":[\d.]+', r'"\1":0', text)
    return re.sub(r"(127\.0\.0\.1|\[::1\]|localhost):\d+", r"\1:PORT", text)


def content(path):
    """Returns the content to compare: of a log the bytes that went over the line, however they were
    cut; of a capture nothing, because it is full of times."""
    with contextlib.suppress(OSError, ValueError):
        if path.endswith(".log"):
            return repr(logged(path))
        if path.endswith(".pcap"):
            return str(os.path.getsize(path) > 0)
        with open(path, "rb") as f:
            text = f.read().decode("utf-8", "backslashreplace")
        # A recording has times in its comments, and the device's address.
        return re.sub(r"^(# |\.open ).*\n", "", text, flags=re.M) if path.endswith(".wilco") else text
    return ""


class Outcome:
    """How a run ended.  seen: all that must be the same where the exit status is the same."""
    def __init__(self, code, err, seen, got=b""):
        self.code, self.err, self.seen, self.got = code, err, [steady(x) for x in seen], got


class Tape:
    """A device that answers lines and keeps what it got."""
    def __init__(self):
        self.got = b""

    def reply(self, line):
        self.got += line
        return (BIG if line == b"big\n" else b"ok " + line[:-1]) + b"\n"

    def __call__(self, connection):
        while line := read_until(connection, b"\n"):
            connection.sendall(self.reply(line))


class Program:
    """A command line of wilco, in which DEVICE stands for the address that over(tape) gives, with
    its standard input and the files that it writes.  Each run has a device of its own, because
    bytes of the run before may still be on their way."""
    def __init__(self, name, *words, over=device, stdin="", files=(), reports=False, code=0,
                 lossy=False):
        self.name, self.words, self.over, self.code = name, words, over, code
        self.stdin, self.files = stdin, files
        self.lossy = lossy
        self.reports = reports  # it prints what is wrong as its output

    def run(self, env):
        tape = Tape()
        for path in self.files:
            with contextlib.suppress(OSError):
                os.remove(path)
        with self.over(tape) as address:
            r = run(*(word.replace("DEVICE", address) for word in self.words), stdin=self.stdin,
                    env=env)
        return Outcome(r.code, r.err + (r.out if self.reports else ""),
                       [r.out, *map(content, self.files)], tape.got)


@contextlib.contextmanager
def nobody(tape):
    """Gives the address for a program that talks to no device of ours."""
    del tape
    yield ""


def tortured(program, fault):
    """Returns the program's environment, with a state folder of its own."""
    state = f"{HOME}/{program.name}"
    return {"LD_PRELOAD": LIBRARY, "WILCO_TORTURE_COUNTS": f"{state}.counts", "WILCO_TORTURE": fault,
            "XDG_STATE_HOME": state}


def counts(program):
    """Returns how many calls of each kind could have failed."""
    with open(f"{HOME}/{program.name}.counts", "rb") as f:
        return {name.rstrip(b"\0").decode(): count
                for name, count in struct.iter_unpack("32sQ", f.read()) if count}


def spread(count):
    """Returns the numbers up to count: all of them, or a sample."""
    most = count if ONLY else LARGE if WHOLE else SAMPLE
    if count <= most:
        return range(1, count + 1)
    return sorted({1 + round(i * (count - 1) / max(1, most - 1)) for i in range(most)})


def faults(kinds):
    for kind, count in kinds.items():
        for n in spread(count):
            yield kind, f"{kind}:{n}"
            if kind not in ONCE:
                yield kind, f"{kind}:{n}+"


def silenced(kind, outcome):
    """Says whether the program could not print what was wrong because printing failed."""
    return kind.startswith("write:") or outcome.code == 127


def twice(got):
    lines = got.splitlines()
    return len(lines) != len(set(lines))


def judge(kind, fault, reference, outcome, writes):
    """Returns what is wrong with a run; None: nothing."""
    if outcome.code == "hang":
        return "it hangs"
    if outcome.code < 0:
        return f"it ended by signal {-outcome.code} ({signal.Signals(-outcome.code).name})"
    if "Sanitizer" in outcome.err or outcome.code == 99:
        return f"memory: exit status {outcome.code}"
    if twice(outcome.got):
        return f"a command was sent twice: {outcome.got!r}"
    if outcome.code == reference.code and outcome.seen != reference.seen:
        return "success with other output"
    if outcome.code == reference.code:
        unsaid = writes and kind in WRITTEN and steady(outcome.err) == steady(reference.err)
        return "what was written may not be there, and that is not said" if unsaid else None
    if kind in PASSING and not fault.endswith("+"):
        return f"a passing fault was given up for: exit status {outcome.code}"
    if outcome.code not in STATUSES:
        return f"exit status {outcome.code}"
    if not outcome.err and not silenced(kind, outcome):
        return f"exit status {outcome.code} without a word"
    return None


def show(name, began, why, reference, outcome):
    """Prints a run for a person who looks into it (WILCO_TORTURE_SHOW)."""
    took = time.monotonic() - began
    if why or took > 1:
        print(f"# {name}: {took:.1f} s, exit {outcome.code}, {outcome.err!r}\n"
              f"#   expected {reference.seen!r:.2000}\n#   got      {outcome.seen!r:.2000}",
              flush=True)


def examine(program):
    """Runs the program untouched, then with each fault in turn.  Returns how it ended untouched, how
    many faults there were, in how many places, and what was wrong."""
    reference = program.run(tortured(program, "none"))
    kinds = counts(program)
    wrong, tried = [], 0
    for kind, fault in faults(kinds):
        name = f"{program.name}:{fault}"
        if ONLY and not re.search(ONLY, name):
            continue
        tried += 1
        began = time.monotonic()
        outcome = program.run(tortured(program, fault))
        why = judge(kind, fault, reference, outcome, getattr(program, "files", ()))
        # A busy machine drops datagrams, and at times it stalls for the five seconds of a timeout.
        if why and (getattr(program, "lossy", False) or "no reply within 5 s" in outcome.err):
            outcome = program.run(tortured(program, fault))
            why = judge(kind, fault, reference, outcome, getattr(program, "files", ()))
        if why:
            wrong.append(f"{name}: {why}\n    {outcome.err[:300]!r}")
        if os.environ.get("WILCO_TORTURE_SHOW"):
            show(name, began, why, reference, outcome)
    return reference, tried, sum(kinds.values()), wrong


def torture(*programs):
    programs = [x for x in programs if not ONLY or ONLY.startswith(x.name + ":")]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for program, found in zip(programs, pool.map(examine, programs)):
            reference, tried, places, wrong = found
            ok(reference.code == program.code,
               f"{program.name}: untouched, exit status {program.code}", vars(reference))
            ok(not wrong, f"{program.name}: {tried} faults in {places} places", "\n".join(wrong))
    done()


def need_library():
    if checked_memory():
        skip("valgrind and the sanitizers have memory of their own", privilege=True)
        done()
