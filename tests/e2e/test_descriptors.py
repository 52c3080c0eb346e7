#!/usr/bin/env python3
"""Few descriptors (`ulimit -n`): wilco says what it lacks and ends; libuv would end it by a signal,
or turn for ever in the place where callers are accepted."""
import contextlib
import resource
import signal
import socket
import subprocess

from wilcotest import ENV, HOME, LIMIT, WRAP, command, device, done, end_of, localhost, ok, read_until, \
    run, same, skip

if WRAP:
    skip("valgrind needs descriptors of its own", privilege=True)
    done()

ENV["ASAN_OPTIONS"] = "detect_leaks=0"  # LeakSanitizer wants descriptors of its own
MOST = 16  # from here on nothing is lacking


def few(limit):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))


def lines(connection):
    while line := read_until(connection, b"\n"):
        connection.sendall(b"ok " + line)


def honest(r, out, reason):
    """All of the output, or the reason why not."""
    return (r.code == 0 and r.out == out) or (r.code in (2, 3, 4, 6) and reason in r.err)


def with_few(name, out, *words, stdin=b"", reason="oo many open files"):
    bad = [(n, r) for n in range(4, MOST + 1)
           for r in [run(*words, stdin=stdin, preexec_fn=few(n))] if not honest(r, out, reason)]
    ok(not bad, f"{name}: {4} to {MOST} descriptors", bad)
    r = run(*words, stdin=stdin, preexec_fn=few(MOST + 8))
    same((r.code, r.out), (0, out), f"{name}: and all of it with {MOST + 8}")


with device(lines) as address:
    port = address.split(":")[1]
    with_few("send", "ok a\nok b\n", "send", "-f", "payload LF", address, "a", "b")
    with_few("send by name", "ok a\n", "send", "-f", "payload LF", f"{localhost()}:{port}", "a")
    with_few("telnet", "ok a\n", "send", "-f", "payload LF", f"telnet://{address}", "a")
    with_few("console without a terminal", "ok a\nok b\n", "-f", "payload LF", address,
             stdin=b"a\nb\n")
with_few("exec", "a\n", "send", "-f", "payload LF", "exec:cat", "a")
with_few("frame decode", "a\nb\n", "frame", "decode", "payload LF", stdin=b"a\nb\n")
# Its device may have to turn its client away.
with_few("demo", run("demo").out, "demo", reason="wilco: ")

# ---- a device that is called while it has no descriptor left ----

with open(f"{HOME}/pump.wilco", "w", encoding="utf-8") as f:
    f.write(".frame payload LF\nSTATUS\n  READY\n")


def simulate(limit):
    return subprocess.Popen(command("simulate", f"{HOME}/pump.wilco", "127.0.0.1:0"), env=ENV,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=few(limit))


def call(port):
    """What a caller is told: the reply, or b"" when it is turned away."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), LIMIT) as s:
        s.settimeout(LIMIT)
        s.sendall(b"STATUS\n")
        return read_until(s, b"\n")
    return b""


for limit in range(4, MOST + 1):
    p = simulate(limit)
    first = p.stdout.readline().decode()
    if first:
        with contextlib.ExitStack() as held:
            for _ in range(MOST):
                with contextlib.suppress(OSError):
                    held.enter_context(socket.create_connection(
                        ("127.0.0.1", int(first.rsplit(":", 1)[1])), LIMIT))
            answer = call(int(first.rsplit(":", 1)[1]))
        p.send_signal(signal.SIGTERM)
    r = end_of(p)
    # Where it ends by itself, the signal may come when it waits for none any more.
    ok((r.code == 143 and first) or (r.code in (2, 3, 6, -signal.SIGTERM) and "oo many open files" in r.err),
       f"simulate: {limit} descriptors and {MOST} callers: it listens and ends when it is told to, "
       "or says what it lacks", (first, r))
done()
