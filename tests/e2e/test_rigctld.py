#!/usr/bin/env python3
"""A real device program: hamlib's rigctld with its dummy rig."""
import re
import socket
import subprocess
import threading

from wilcotest import LIMIT, done, has, need, ok, run, same, unused_port, wait_for

if not need("rigctld"):
    done()
port = unused_port()
rig = subprocess.Popen(["rigctld", "-m", "1", "-T", "127.0.0.1", "-t", str(port)],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def answers():
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def pump(a, b):
    try:
        while data := a.recv(65536):
            b.sendall(data)
        b.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def count(server, connections):
    try:
        while True:
            c, _ = server.accept()
            connections.append(c)
            d = socket.create_connection(("127.0.0.1", port))
            threading.Thread(target=pump, args=(c, d), daemon=True).start()
            threading.Thread(target=pump, args=(d, c), daemon=True).start()
    except OSError:
        pass


try:
    ok(wait_for(answers, "rigctld"), "rigctld answers")
    r = run("send", "-f", "payload LF", f"127.0.0.1:{port}", "f")
    same(r.code, 0, "wilco send asks the frequency")
    ok(re.fullmatch(r"\d{6,}\n", r.out), "and prints it", r)
    r = run("send", "-f", "payload LF", f"127.0.0.1:{port}", "F 14250000", "f")
    same(r.out, "RPRT 0\n14250000\n", "and sets it")
    # The connections are counted by a listener in between.
    connections, server = [], socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(8)
    threading.Thread(target=count, args=(server, connections), daemon=True).start()
    between = f"127.0.0.1:{server.getsockname()[1]}"
    r = run("-f", "payload LF", between, stdin="f\n" * 20)
    same(r.out, "14250000\n" * 20, "line mode gets 20 answers to 20 commands")
    same(len(connections), 1, "over one connection")
    server.close()
    r = run("send", "-f", "payload LF", f"127.0.0.1:{port}", "+f")
    has(r.out, "get_freq:", "the first line of a long answer is the reply")
finally:
    rig.terminate()
    rig.wait(LIMIT)
done()
