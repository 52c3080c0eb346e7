"""wilco tap as a process, and sockets that end badly."""
import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
import threading

from wilcotest import ENV, LIMIT, command, ok, wait_for


class Tap:
    """A tap that runs: `address` is where programs call."""

    def __init__(self, where, *options, at="127.0.0.1:0", reads=("out", "err"), one=False,
                 out=subprocess.PIPE, **more):
        """reads: what is read from the start; one: standard error goes where standard output goes."""
        self.process = subprocess.Popen(command("tap", *options, at, where), stdout=out,
                                        stderr=subprocess.STDOUT if one else subprocess.PIPE, env=ENV, bufsize=0,
                                        **more)
        first = (self.process.stdout if one else self.process.stderr).readline().decode()
        self.address = first.removeprefix("wilco: listening on ").split(" for ")[0].strip()
        self.out, self.err = bytearray(), bytearray(first.encode())
        self.readers = []
        for name in reads:
            self.read(name)

    def read(self, name):
        """Begins to read its standard output, or standard error."""
        self.readers.append(threading.Thread(target=self.take, args=(name,), daemon=True))
        self.readers[-1].start()

    def take(self, name):
        file = getattr(self.process, "std" + name)
        while data := os.read(file.fileno(), 65536):
            getattr(self, name).extend(data)

    def connect(self):
        host, port = self.address.rsplit(":", 1)
        return socket.create_connection((host, int(port)), timeout=LIMIT)

    def said(self, text, name):
        """Waits until it has said this."""
        return ok(wait_for(lambda: text.encode() in self.err, repr(text)), name, self.err)

    def end(self, signo=signal.SIGINT):
        if self.process.poll() is None:
            self.process.send_signal(signo)
        self.code = self.process.wait(LIMIT)
        for reader in self.readers:
            reader.join(LIMIT)
        self.text, self.notes = self.out.decode(), self.err.decode()

    def objects(self):
        return [json.loads(line) for line in self.out.splitlines()]


@contextlib.contextmanager
def tapped(where, *options, **more):
    tap = Tap(where, *options, **more)
    try:
        yield tap
    finally:
        tap.end()


def reset(s):
    """Closes as a program does that has crashed."""
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


def was_reset(s):
    try:
        while s.recv(65536):
            pass
        return False
    except ConnectionResetError:
        return True
