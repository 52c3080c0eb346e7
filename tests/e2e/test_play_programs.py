#!/usr/bin/env python3
"""Procedures that were recorded with real programs replay against them, started afresh, and against their
recording as a device."""
import contextlib

import devices
from devices import folder, there
from wilcotest import HOME, done, ok, run, simulated, skip, unused_port, wait_for


@contextlib.contextmanager
def gdbserver():
    with folder() as f:
        port = unused_port()
        f.start("gdbserver", "--once", f"127.0.0.1:{port}", "/bin/true")
        ok(wait_for(lambda: "Listening on port" in f.log(0), "gdbserver"), "gdbserver listens")
        yield f"127.0.0.1:{port}"


@contextlib.contextmanager
def modbus_rtu():
    with devices.modbus_serial("rtu") as address:
        yield address


def pymodbus():
    return devices.has_pymodbus()


def snmp_get(request, number):
    """A get-request of SNMP v2c for sysContact (4) or sysLocation (6), as it is typed."""
    return (f"02 01 01 04 06 'public' a0 19 02 01 {request:02x} 02 01 00 02 01 00 "
            f"30 0e 30 0c 06 08 2b 06 01 02 01 01 {number:02x} 00 05 00\n")


# Name, what it needs, how it is started, its frame, what is typed, and how many commands that are.
PROGRAMS = (
    ("rigctld", lambda: there("rigctld"), devices.rigctld, "line",
     "F 14074000\nf\nM USB 2400\n.note the dial\nF 7074000\nf\n\\x20bad\nT 1\nt\n", 8),
    ("redis", lambda: there("redis-server"), devices.redis, "resp",
     "SET speed 100\nGET speed\nGET none\nINCR speed\nNOSUCH\nRPUSH list a b c\nLRANGE list 0 -1\n", 7),
    ("pymodbus-tcp", pymodbus, devices.modbus_tcp, "modbus-tcp",
     ".set unit=17\n03 00 00 00 02\n06 00 01 12 34\n03 00 01 00 01\n.with unit=1 04 00 05 00 03\n03 ff f0 00 7d\n", 5),
    ("pymodbus-rtu", pymodbus, modbus_rtu, "modbus-rtu",
     ".set unit=17\n03 00 00 00 02\n06 00 01 12 34\n03 00 01 00 01\n.with unit=1 04 00 05 00 03\n", 4),
    ("gdbserver", lambda: there("gdbserver"), gdbserver, "gdb",
     "vMustReplyEmpty\nqAttached\nqTStatus\nvCont?\nqSymbol::\n", 5),
    ("snmpd", lambda: there("snmpd"), devices.snmpd, "ber", snmp_get(1, 4) + snmp_get(2, 6) + snmp_get(3, 99), 3),
)
for name, installed, start, frame, typed, count in PROGRAMS:
    if not installed():
        skip(f"{name} is not installed")
        continue
    path = f"{HOME}/{name}.wilco"
    with start() as address:
        r = run("-f", frame, address, stdin=f".record {path}\n{typed}")
    ok(r.code == 0, f"{name}: a procedure is recorded", r)
    with start() as address:
        r = run("play", "--strict", path, "--device", address)
    ok(r.code == 0 and r.out.count("ok ") == count, f"{name}: it replays against the program, started afresh", r)
    with open(path, encoding="utf-8") as f:
        recording = f.read()
    with simulated(recording) as address:
        r = run("play", "--strict", path, "--device", address)
    ok(r.code == 0 and r.out.count("ok ") == count, f"{name}: and against its recording", r)
    with start() as address:
        with open(f"{path}.changed.wilco", "w", encoding="utf-8") as f:
            f.write(recording[:recording.rindex("\n  ")] + "\n  \\<00 'other'>\n")
        r = run("play", f"{path}.changed.wilco", "--device", address)
    ok(r.code == 1 and r.out.count("not ok") == 1, f"{name}: another reply than was recorded differs", r)
done()
