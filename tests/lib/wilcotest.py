"""What the tests of the programs share: TAP output, running wilco, simulated and fake devices, a
terminal in tmux.  Every wait is for a condition, with a limit far above what it takes."""
import contextlib
import fcntl
import itertools
import json
import os
import pty
import random
import select
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

LIMIT = float(os.environ.get("WILCO_TEST_LIMIT", "60"))
WILCO = os.environ.get("WILCO", "build/wilco")
WRAP = os.environ.get("WILCO_WRAP", "").split()
SAMPLED = bool(WRAP)  # else whoever fills it means every start
HOME = tempfile.mkdtemp(prefix="wilcotest.")
# No test leans on the machine's certificates, and reading all of them takes long under valgrind.
ENV = {**os.environ, "HOME": HOME, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color",
       "XDG_CONFIG_HOME": f"{HOME}/config", "XDG_STATE_HOME": f"{HOME}/state",
       "SSL_CERT_FILE": os.devnull, "SSL_CERT_DIR": f"{HOME}/certificates"}
ENV.pop("NO_COLOR", None)

_count = _failed = 0
_starts, _dice = itertools.count(1), random.Random(1)


def ok(condition, name, detail=None):
    """Reports one assertion; detail is shown when it fails."""
    global _count, _failed
    _count += 1
    name = name.replace("#", "no.")
    print(f"{'ok' if condition else 'not ok'} {_count} - {name}", flush=True)
    if not condition:
        _failed += 1
        for line in str(detail).splitlines()[:40]:
            print(f"#   {line[:2000]}", flush=True)
    return condition


def same(got, expected, name):
    return ok(got == expected, name, f"     got: {got!r}\nexpected: {expected!r}")


def has(text, part, name):
    return ok(part in text, name, f"{part!r} is not in {text!r}")


def skip(reason, privilege=False):
    """Skips a test because this machine lacks something.  Where CI is set, that is a failure, unless
    a privilege is missing."""
    global _count, _failed
    _count += 1
    bad = bool(os.environ.get("CI")) and not privilege
    _failed += bad
    print(f"{'not ok' if bad else 'ok'} {_count} # SKIP {reason}", flush=True)


def done():
    print(f"1..{_count}", flush=True)
    shutil.rmtree(HOME, ignore_errors=True)
    sys.exit(1 if _failed else 0)


def need(program):
    if shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin"):
        return True
    skip(f"{program} is not installed")
    return False


def localhost():
    """Returns a name of 127.0.0.1, which may have other addresses, too; where this machine knows none,
    the address itself."""
    with contextlib.suppress(OSError):
        if "127.0.0.1" in [a[4][0] for a in socket.getaddrinfo("localhost", None)]:
            return "localhost"
    skip("this machine does not know localhost: no names are looked up")
    return "127.0.0.1"


# ---- running wilco ----

def checked_memory():
    """Says whether valgrind or a sanitizer is at work, whose memory hides how much wilco needs."""
    with open(WILCO, "rb") as f:
        return bool(WRAP) or b"__asan_init" in f.read()


class Result:
    def __init__(self, code, out, err):
        self.code, self.raw, self.out = code, out, out.decode("utf-8", "backslashreplace")
        self.err = err.decode("utf-8", "backslashreplace")

    def __repr__(self):
        return f"exit {self.code}\nstdout {self.out!r}\nstderr {self.err!r}"


def asked_and_told(result):
    """Returns (command, reply) of each JSON object."""
    objects = [json.loads(line) for line in result.out.splitlines()]
    return [(x["command"], x["reply"]) for x in objects]


def some(cases):
    """Returns all cases; under valgrind, where each start takes a second, every eighth.  The
    sanitizers see them all."""
    return list(cases)[::8] if WRAP else cases


def checker():
    """What a program is started behind.  Under valgrind, where each start takes a second, the first
    start of a test is checked and then ever fewer, by a fixed dice so that no rhythm of the test
    hides one kind: about four of two hundred; the sanitizers check them all."""
    number = next(_starts)
    return WRAP if not SAMPLED or number == 1 or number * _dice.random() < 0.5 else []


def command(*words):
    """What starts wilco."""
    return [*checker(), WILCO, *words]


class Program:
    """What starts wilco, in a line for a shell: each line is checked or not, as checker() has it."""

    def __str__(self):
        return " ".join(command())


def run(*words, stdin=b"", env=None, timeout=LIMIT, **more):
    """Runs wilco to its end; a hang is reported as a failure."""
    if isinstance(stdin, str):
        stdin = stdin.encode()
    p = subprocess.Popen(command(*words), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, env={**ENV, **(env or {})}, **more)
    return end_of(p, stdin, timeout)


def end_of(p, stdin=None, timeout=LIMIT):
    """Waits for a program that was started with pipes."""
    try:
        out, err = p.communicate(stdin, timeout=timeout)
    except subprocess.TimeoutExpired:
        p.kill()
        out, err = p.communicate()
        return Result("hang", out, err)
    return Result(p.returncode, out, err)


def on_pty(*words, stdin=b"", env=None, columns=80, stdout=None):
    """Runs wilco with its output on a terminal and returns the bytes that the terminal got.  stdout:
    a file that gets standard output instead."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
    p = subprocess.Popen(command(*words), stdin=subprocess.PIPE, stdout=stdout or slave, stderr=slave,
                         env={**ENV, **(env or {})}, start_new_session=True)
    os.close(slave)
    p.stdin.write(stdin)
    p.stdin.close()
    got, end = b"", time.monotonic() + LIMIT
    while time.monotonic() < end:
        if select.select([master], [], [], 0.2)[0]:
            try:
                data = os.read(master, 65536)
            except OSError:
                break
            if not data:
                break
            got += data
    p.wait(LIMIT)
    os.close(master)
    return got


def wait_for(condition, what="a condition", limit=LIMIT):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    print(f"# waited in vain for {what}", flush=True)
    return None


# ---- devices ----

@contextlib.contextmanager
def simulated(macro, *options, at="127.0.0.1:0", inside=(), once=False):
    """Runs `wilco simulate` with this file and yields its address.  inside: a command that runs it.
    once: it ends by itself."""
    path = os.path.join(HOME, f"device{time.monotonic_ns()}.wilco")
    options += ("--once",) * once
    with open(path, "w", encoding="utf-8") as f:
        f.write(macro)
    p = subprocess.Popen([*inside, *command("simulate", *options, path, at)],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=ENV)
    first = p.stdout.readline().decode()
    log = []
    reader = threading.Thread(target=lambda: log.extend(p.stdout), daemon=True)
    reader.start()
    try:
        address = Address(first.strip().removeprefix("listening on "))
        address.log, address.pid = log, p.pid
        yield address
    finally:
        if not once:
            p.terminate()
        address.code = p.wait(LIMIT)
        reader.join(LIMIT)


class Address(str):
    """The HOST:PORT of a device, with other things known about it as attributes."""


@contextlib.contextmanager
def device(handler, port=0, host="127.0.0.1"):
    """Runs a fake device, which calls handler(connection) for each connection in a thread.  The
    address has `.connections`."""
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((host, port))
    server.listen(64)
    address = Address(f"127.0.0.1:{server.getsockname()[1]}")
    address.connections = 0

    def serve(connection):
        with contextlib.suppress(OSError), connection:
            handler(connection)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                address.connections += 1
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield address
    finally:
        # Otherwise a thread that still waits would accept on whatever gets this descriptor next.
        server.shutdown(socket.SHUT_RDWR)
        accepting.join(LIMIT)
        server.close()


def read_until(connection, mark):
    got = b""
    while not got.endswith(mark):
        data = connection.recv(4096)
        if not data:
            break
        got += data
    return got


def read_to_end(connection):
    got = b""
    while data := connection.recv(65536):
        got += data
    return got


_kept = []


def unused_port():
    """Returns a port on which nobody listens and which stays ours to the end of the test.  A program
    with SO_REUSEADDR, which servers set, may listen on it; the system gives it to no other."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", 0))
    _kept.append(s)
    return s.getsockname()[1]


# ---- a terminal ----

class Recorder:
    """A terminal that shows nothing and gives the bytes that wilco sends to it."""

    def __init__(self, *words, rows=24, columns=80, env=None):
        self.fd, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.modes = termios.tcgetattr(inside)  # as the program found them
        self.process = subprocess.Popen(command(*words), stdin=inside, stdout=inside, stderr=inside,
                                        env={**ENV, **(env or {})}, start_new_session=True)
        os.close(inside)

    def type(self, keys):
        os.write(self.fd, keys)

    def some(self, seconds):
        """Returns the bytes that come next; None: nothing came for that long; empty: the program is
        gone."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return None
        try:
            return os.read(self.fd, 65536)
        except OSError:
            return b""

    def works(self):
        """Says whether the program has work and perhaps only waits for its turn on a busy machine."""
        with contextlib.suppress(OSError), open(f"/proc/{self.process.pid}/stat", encoding="ascii") as f:
            return f.read().rsplit(")", 1)[1].split()[0] in "RD"
        return False

    def until_quiet(self, seconds=0.3):
        """Returns all that comes, until nothing has come for so long and the program sleeps."""
        got, end = b"", time.monotonic() + LIMIT
        while time.monotonic() < end:
            data = self.some(seconds)
            if data == b"" or (data is None and not self.works()):
                break
            got += data or b""
        return got

    def until(self, mark, limit=None):
        """Returns all that comes up to the mark, and the bytes read with it.  The mark must come, unless
        there is a limit to how long it is waited for."""
        got, end = b"", time.monotonic() + (limit or LIMIT)
        while mark not in got and time.monotonic() < end:
            data = self.some(0.5)
            if data == b"":
                break
            got += data or b""
        if mark not in got and not limit:
            ok(False, f"the terminal gets {mark!r}", got[-2000:])
        return got

    def close(self):
        self.type(b"\x03.quit\r")
        self.until_quiet()
        self.process.wait(LIMIT)
        os.close(self.fd)


class Terminal:
    """A tmux server of its own, with one window."""

    def __init__(self, program, columns=80, rows=24, env=None):
        self.name = f"wilco{os.getpid()}.{time.monotonic_ns()}"
        settings = {**ENV, **(env or {})}
        # tmux sets TERM itself, so the program's environment is set in the window.  Not each user's
        # shell runs the last command in its own process: the window's must be the program's.
        inside = " ".join(f"{k}='{settings[k]}'" for k in
                          ("TERM", "LC_ALL", "HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"))
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows),
                  f"exec env {inside} {program}", env={**settings, "LC_ALL": "C.UTF-8"})
        self.tmux("set-option", "-g", "remain-on-exit", "on")

    def tmux(self, *words, env=None):
        return subprocess.run(["tmux", "-L", self.name, *words], capture_output=True, text=True,
                              check=False, env=env, timeout=LIMIT).stdout

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def screen(self):
        return self.tmux("capture-pane", "-p").rstrip("\n")

    def ended(self):
        """Says whether the program has ended; its pane stays."""
        return self.tmux("list-panes", "-F", "#{pane_dead}").strip() == "1"

    def wait(self, text, name=None):
        seen = wait_for(lambda: text in self.screen(), repr(text))
        return ok(seen, name or f"the screen shows {text!r}", self.screen())

    def shows(self, condition, name):
        """Waits until condition(screen) holds: who waited for one thing does not know that another, which
        is painted with it or behind it, is there."""
        seen = wait_for(lambda: condition(self.screen()), name)
        return ok(seen, name, self.screen())

    def wait_last(self, text, name=None):
        """Waits until this is the last line that is not empty."""
        def last():
            return (self.screen().rstrip().splitlines() or [""])[-1]
        seen = wait_for(lambda: last() == text, repr(text))
        return ok(seen, name or f"the last line is {text!r}", self.screen())

    def ask(self, line):
        self.type(line)
        self.keys("Enter")

    def pid(self):
        return int(self.tmux("display-message", "-p", "#{pane_pid}"))

    def close(self):
        self.tmux("kill-server")
