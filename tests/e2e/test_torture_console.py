#!/usr/bin/env python3
"""What the console asks of the system fails (tests/lib/torture.py says what must hold); however it
ends, the terminal is as it was."""
import os
import re
import subprocess
import termios

from torture import PATIENCE, Outcome, Tape, need_library, torture
from wilcotest import LIMIT, Recorder, device

ALTERNATE, BACK = b"\x1b[?1049h", b"\x1b[?1049l"


class Console:
    """Two commands and a search, then it is left: from the screen, or in lines."""
    code = 0

    def __init__(self, name, *words):
        self.name, self.words = name, words

    def run(self, env):
        tape = Tape()
        with device(tape) as address:
            return self.run_at(address, tape, env)

    def run_at(self, address, tape, env):
        r = Recorder(*self.words, address, env=env)
        got = b""
        for keys, mark in ((b"one\r", b"ok one"), (b"two\r", b"ok two"), (b".find ok\r", b"2")):
            r.type(keys)
            got += r.until(mark, LIMIT if env["WILCO_TORTURE"] == "none" else 1)  # where it failed there is none
        r.type(b"\x03.quit\r")
        try:
            code = r.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            r.process.kill()
            r.process.wait()
            code = "hang"
        got += r.until_quiet(0.01)
        modes = termios.tcgetattr(r.fd) == r.modes
        os.close(r.fd)
        left = got.rfind(ALTERNATE) <= got.rfind(BACK)
        # Where nothing reaches the terminal any more, or not what puts it back, it stays as it is.
        deaf = re.fullmatch(r"(write|ioctl):(EIO|EPIPE):.*|write:.*\+", env["WILCO_TORTURE"])
        return Outcome(code, got.decode("utf-8", "backslashreplace"),
                       [str({"modes": bool(deaf) or modes, "left": bool(deaf) or left})], tape.got)


need_library()
torture(
    Console("console", "-f", "payload LF", "-t", PATIENCE),
    Console("console-lines", "--plain", "-f", "payload LF", "-t", PATIENCE))
