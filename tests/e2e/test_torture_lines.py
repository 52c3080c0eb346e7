#!/usr/bin/env python3
"""What the kinds of lines ask of the system fails (tests/lib/torture.py says what must hold)."""
import contextlib
import os
import socket
import ssl
import subprocess
import threading

import devices
from peers import com_port, datagrams, serial, telnet, unix
from torture import PATIENCE, Outcome, Program, Tape, need_library, nobody, torture
from wilcotest import ENV, HOME, LIMIT, command, device, end_of, localhost, need

SEND = ("send", "-f", "payload LF", "-t", PATIENCE)


class Called:
    """`wilco send listen://`: the device calls, at a path or at the port that wilco says."""
    code = 0

    def __init__(self, name, where):
        self.name, self.where = name, where

    def call(self, said, tape):
        """said: the line with the place."""
        place = said.rsplit(" ", 1)[-1].strip()
        unix_path = place.removeprefix("unix:")
        with contextlib.suppress(OSError, ValueError, IndexError):
            with socket.socket(socket.AF_UNIX if unix_path != place else socket.AF_INET) as s:
                s.settimeout(LIMIT)
                s.connect(unix_path if unix_path != place else
                          ("127.0.0.1", int(place.rsplit(":", 1)[1])))
                tape(s)

    def run(self, env):
        with contextlib.suppress(OSError):
            os.remove(self.where.removeprefix("listen:unix:"))
        tape = Tape()
        p = subprocess.Popen(command(*SEND, self.where, "one", "two"), stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, env={**ENV, **env})
        said = p.stderr.readline().decode()
        caller = threading.Thread(target=self.call, args=(said, tape))
        caller.start()
        r = end_of(p)
        caller.join()
        return Outcome(r.code, said + r.err, [r.out], tape.got)


@contextlib.contextmanager
def at_port(tape):
    with device(tape) as address:
        yield address.rsplit(":", 1)[1]


@contextlib.contextmanager
def at_serial_port(tape):
    def handler(fd):
        data = b""
        with contextlib.suppress(OSError):
            while chunk := os.read(fd, 4096):
                data += chunk
                while end := data.find(b"\n") + 1:
                    os.write(fd, tape.reply(data[:end]))
                    data = data[end:]
    with serial(handler) as (name, _, _):
        yield name


def at_path(tape):
    with contextlib.suppress(OSError):
        os.remove(f"{HOME}/tape.sock")
    return unix(f"{HOME}/tape.sock", tape)


def over_tls(pem, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)

    def secured(tape):
        def serve(connection):
            with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as s:
                tape(s)
                s.unwrap()
        return device(serve)
    return secured


def tls(f):
    """The program with a certificate in this folder, where there is what makes one."""
    if not need("openssl"):
        return []
    pem = devices.certificate(f, "own")
    return [Program("tls", *SEND, f"tls://DEVICE?ca={pem}", "one", "big",
                    over=over_tls(pem, f("own.key")))]


need_library()
name = localhost()
with devices.folder() as folder:
    torture(
        Program("name", *SEND, f"{name}:DEVICE", "one", "two", over=at_port),
        Program("check-name", "check", f"{name}:DEVICE", over=at_port, reports=True),
        *tls(folder),
        Program("telnet", *SEND, "telnet://DEVICE", "one", "two", over=lambda tape: device(telnet)),
        Program("rfc2217", *SEND, "rfc2217://DEVICE?baud=115200", "one", "two",
                over=lambda tape: device(com_port({}, []))),
        Program("unix", *SEND, "DEVICE", "one", "big", over=at_path),
        Program("udp", *SEND, "DEVICE", "one", "two",
                over=lambda tape: datagrams(lambda data: [tape.reply(data)]), lossy=True),
        Program("serial", *SEND, "serial:DEVICE", "one", "two", over=at_serial_port),
        Program("exec", *SEND, "exec:cat", "one", "two", over=nobody),
        Called("listen", "listen://127.0.0.1:0"),
        Called("listen-unix", f"listen:unix:{HOME}/called"))
