#!/usr/bin/env python3
"""What the programs ask of the system fails: send, frame, check, a piped console, simulate, demo
(tests/lib/torture.py says what must hold)."""
import contextlib
import os
import signal
import socket
import subprocess

from torture import PATIENCE, Outcome, Program, need_library, nobody, torture
from wilcotest import ENV, HOME, LIMIT, command, end_of

PUMP = """.frame payload LF
one
  ok one
two
  ok two
  (unsolicited) ALARM
"""


class Simulated:
    """`wilco simulate` with a client; it ends when it is told to."""
    name, code = "simulate", 143

    def __init__(self):
        self.path = f"{HOME}/pump.wilco"
        with open(self.path, "w", encoding="utf-8") as f:
            f.write(PUMP)

    def ask(self, port):
        """What a client gets that it should not: a client that is turned away, or whose line ends,
        sees that for itself."""
        right, got = b"ok one\nok two\nALARM\n", b""
        try:
            with socket.create_connection(("127.0.0.1", port), LIMIT) as s:
                for line, lines in ((b"one\n", 1), (b"two\n", 3)):
                    s.sendall(line)
                    while got.count(b"\n") < lines and (data := s.recv(4096)):
                        got += data
        except TimeoutError:
            return [f"hangs behind {got}"]
        except OSError:
            pass
        return [] if right.startswith(got) else [got.decode()]

    def run(self, env):
        p = subprocess.Popen(command("simulate", self.path, "127.0.0.1:0"), stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, env={**ENV, **env})
        first = p.stdout.readline().decode()
        wrong = self.ask(int(first.rsplit(":", 1)[1])) if first.endswith("\n") else []
        p.send_signal(signal.SIGTERM)
        r = end_of(p)
        # One that is ending already takes no signals any more.
        return Outcome(143 if r.code == -signal.SIGTERM else r.code, r.err, wrong)


def config():
    """So that there is one to be read."""
    os.makedirs(f"{ENV['XDG_CONFIG_HOME']}/wilco", exist_ok=True)
    with open(f"{ENV['XDG_CONFIG_HOME']}/wilco/config", "w", encoding="utf-8") as f:
        f.write(".frame mine = payload LF\n.set keepalive=30s\n.device pump 127.0.0.1:1 frame=line\n")


LINE = ("-f", "mine", "-t", PATIENCE)
LOG, PCAP, SAVED, RECORDED = f"{HOME}/a.log", f"{HOME}/a.pcap", f"{HOME}/saved", f"{HOME}/recorded.wilco"

need_library()
config()
torture(
    Program("send", "send", *LINE, "DEVICE", "one", "two", "big"),
    Program("send-json", "send", "--json", *LINE, "DEVICE", "one", "-", stdin="two\nbig\n"),
    Program("send-log", "send", "--log", LOG, *LINE, "DEVICE", "one", "big", files=[LOG]),
    Program("send-pcap", "send", "--pcap", PCAP, *LINE, "DEVICE", "one", "big", files=[PCAP]),
    Program("send-record", "send", "--record", RECORDED, *LINE, "DEVICE", "one", "big", files=[RECORDED]),
    Program("pipe", *LINE, "DEVICE", files=[SAVED],
            stdin=f"one\n.view hex\ntwo\n.find 6f\n.find ok\n.save {SAVED}\nbig\n.devices\n"),
    Program("check", "check", "DEVICE", reports=True),
    Program("decode", "frame", "decode", "nmea", over=nobody,
            stdin="xx$GPTXT*01\r\n$PASHR,PONG*32\r\n" * 9, code=5),
    Program("encode", "frame", "encode", "--hex", "modbus-rtu", "0300010001", over=nobody),
    Program("show", "frame", "show", "modbus-tcp", over=nobody),
    Program("demo", "demo", over=nobody),
    Simulated())
