#!/usr/bin/env python3
"""wilco simulate is the device of real programs, with files that wilco tap recorded between each program and a
device of it.  What was added by hand, the file says."""
import concurrent.futures
import contextlib
import glob
import os
import pwd
import re
import signal
import subprocess

from devices import folder, listens, redis, rigctld, there, upsd
from wilcotest import ENV, HOME, LIMIT, checked_memory, command, done, ok, run, same, simulated, skip, unused_port, wait_for

FILES = os.path.join(os.path.dirname(__file__), "..", "clients")
USER = pwd.getpwuid(os.getuid()).pw_name
BACKEND = "/usr/lib/cups/backend-available/socket"


def satisfied(f, number, mark):
    """Waits until a program has said that it is satisfied, or has ended."""
    p = f.programs[number]
    wait_for(lambda: re.search(mark, f.log(number)) or p.poll() is not None, mark)
    return re.search(mark, f.log(number))


def run_one(f, mark, *words, env=None):
    f.start(*words, env=env)
    return satisfied(f, 0, mark)


def avrdude(f, device):
    return run_one(f, "device signature = 0x1e950f", "avrdude", "-c", "stk500v1", "-p", "m328p", "-P", f"net:{device}", "-q")


def cups(f, device):
    """It half-closes after the job, and reads until the printer closes."""
    job = f("job", "\x1b%-12345X@PJL INFO STATUS\r\n")
    return run_one(f, "back-channel data", BACKEND, "1", "someone", "title", "1", "", job,
                   env={"DEVICE_URI": f"socket://{device}"})


def gdb(f, device):
    return run_one(f, r"Remote target\) detached", "gdb", "-nx", "-q", "-batch", "-ex", f"target remote {device}",
                   "-ex", "x/2xw 0", "-ex", "info registers pc", "-ex", "detach")


def gpsd(f, device):
    port = unused_port()
    f.start("gpsd", "-N", "-n", "-S", str(port), f"tcp://{device}")
    wait_for(lambda: listens(port), "gpsd")
    f.start("gpspipe", "-w", "-n", "12", f"127.0.0.1:{port}")
    return satisfied(f, 1, '"lat":48.1173')


def lcdd(f, device):
    drivers = os.path.dirname(glob.glob(CFONTZ)[0])
    config = (f"[server]\nDriverPath={drivers}/\nDriver=CFontzPacket\nBind=127.0.0.1\nPort={unused_port()}\nReportLevel=3\n"
              f"ReportToSyslog=no\nUser={USER}\nForeground=yes\nServerScreen=on\n"
              f"[CFontzPacket]\nDevice={device}\nModel=635\nSpeed=115200\n")
    return (run_one(f, "Listening for queries", "LCDd", "-c", f("lcdd.conf", config), "-f") and
            wait_for(lambda: any(b"LCDproc Server" in line for line in device.log), "the first screen"))


def lxi(f, device):
    host, port = device.rsplit(":", 1)
    words = ("lxi", "scpi", "-a", host, "-p", port, "-r")
    return run_one(f, "ACME", *words, "*IDN?") and f.start(*words, "MEAS:VOLT?") and satisfied(f, 1, r"1\.2345")


def mbpoll(f, device):
    where = (["-m", "rtu", "-b", "9600", "-P", "none", device] if device.startswith("/") else
             ["-m", "tcp", "-p", device.rsplit(":", 1)[1], device.rsplit(":", 1)[0]])
    return run_one(f, r"(?m)^\[2\]: *.*515", "mbpoll", "-a", "1", "-r", "1", "-c", "4", "-1", *where)


def ups(driver, mark, *options):
    def start(f, device):
        os.mkdir(f("state"))
        return run_one(f, mark, f"/lib/nut/{driver}", "-s", "bench", "-u", USER, "-x", f"port={device}", *options,
                       "-d", "1", env={"NUT_STATEPATH": f("state"), "NUT_ALTPIDPATH": f("state")})
    return start


def hamlib(program, model, mark, *words):
    return lambda f, device: run_one(f, f"(?m)^{mark}$", program, "-m", model, "-r", device, "-s", "9600", *words)


CFONTZ = "/usr/lib/*/lcdproc/CFontzPacket.so"
CLIENTS = {  # file: where its device is, what has to be installed, how it is run
    "avrdude-stk500v1": ("127.0.0.1:0", ["avrdude"], avrdude),
    "nut-apcsmart": ("pty:", ["/lib/nut/apcsmart"], ups("apcsmart", "device.model: Smart-UPS 700")),
    "lcdd-cfontz": ("pty:", ["LCDd", *(glob.glob(CFONTZ) or [CFONTZ])], lcdd),
    "gdb-remote": ("127.0.0.1:0", ["gdb"], gdb),
    "cups-socket": ("127.0.0.1:0", [BACKEND], cups),
    "gpsd-nmea": ("127.0.0.1:0", ["gpsd", "gpspipe"], gpsd),
    "lxi-scpi": ("127.0.0.1:0", ["lxi"], lxi),
    "mbpoll-rtu": ("pty:", ["mbpoll"], mbpoll),
    "mbpoll-tcp": ("127.0.0.1:0", ["mbpoll"], mbpoll),
    "nut-megatec": ("pty:", ["/lib/nut/blazer_ser"], ups("blazer_ser", "input.voltage: 230.1", "-x", "protocol=megatec")),
    "rigctl-ts2000": ("pty:", ["rigctl"], hamlib("rigctl", "2014", "14250000", "f", "m", "F", "7050000")),
    "rotctl-easycomm": ("pty:", ["rotctl"], hamlib("rotctl", "202", "123.40", "p", "P", "10", "20")),
    "rotctl-gs232b": ("pty:", ["rotctl"], hamlib("rotctl", "603", "123.00", "p", "P", "10", "20")),
}


def play(name, device):
    """Returns whether the program was satisfied, and what it and the device said."""
    with folder() as f:
        good = CLIENTS[name][2](f, device)
        said = [f.log(i) for i in range(len(f.programs))]
    return good, "\n".join([*said, *(line.decode(errors="replace").rstrip() for line in device.log)])


def odd(device):
    return [line for line in device.log if b" ! " in line]


def be_devices(macros, what):
    """Lets each program talk to the device that its macro is."""
    with contextlib.ExitStack() as stack:
        devices = {}
        for name, macro in macros.items():
            device = stack.enter_context(simulated(macro, at=CLIENTS[name][0]))
            devices[name] = type(device)(device.removeprefix("pty:"))
            devices[name].log = device.log
        with concurrent.futures.ThreadPoolExecutor(len(CLIENTS)) as pool:
            runs = [(name, pool.submit(play, name, devices[name])) for name in macros]
        for name, result in runs:
            good, said = result.result()
            ok(good, f"{name} is satisfied by {what}", said)
            ok(not odd(devices[name]), f"{name} says nothing that is not in the frame", odd(devices[name]))


def recorded_macro(name):
    with open(f"{FILES}/{name}.wilco", encoding="utf-8") as file:
        return file.read()


chosen = list(CLIENTS)[::6] if checked_memory() else list(CLIENTS)
for name in chosen:
    if not there(*CLIENTS[name][1]):
        skip(f"{' or '.join(CLIENTS[name][1])} is not installed")
chosen = [name for name in chosen if there(*CLIENTS[name][1])]
be_devices({name: recorded_macro(name) for name in chosen}, "the recording")

# ---- what tshark wrote of five of them (-i lo -f 'tcp portrange 9001-9005') imports, replays, and is the device ----

CAPTURED = {"avrdude-stk500v1": (9001, None), "cups-socket": (9002, None), "gdb-remote": (9003, "gdb"),
            "lxi-scpi": (9004, "scpi"), "mbpoll-tcp": (9005, "modbus-tcp")}
imported = {}
for name in [name for name in CAPTURED if name in chosen]:
    port, frame = CAPTURED[name]
    r = run("import", f"{FILES}/five.pcapng", "--port", str(port), "--stream", "all", *(["-f", frame] if frame else []))
    same((r.code, r.err), (0, ""), f"the capture of {name} is imported whole")
    imported[name] = r.out
    path = f"{HOME}/{name}.wilco"
    with open(path, "w", encoding="utf-8") as f:
        f.write(r.out)
    with simulated(r.out) as where:
        r = run("play", path, "--device", f"127.0.0.1:{port}={where}")
        ok(r.code == 0 and " hold" in r.err, "replays", r)
be_devices(imported, "its capture")

# ---- the same of snmpd: requests have numbers, and mean another thing in another version ----

SNMP = (("snmpgetnext -v2c", "1.5.0", '.1.3.6.1.2.1.1.6.0 "bench"'),
        ("snmpgetnext -v1", "1.5.0", '.1.3.6.1.2.1.1.6.0 "bench"'),
        ("snmpget -v1", "1.5.0", '.1.3.6.1.2.1.1.5.0 "bench-device"'),
        ("snmpget -v1", "99.5.0", "noSuchName"))


def snmp(words, place, where):
    """One number of a request in 256 is shorter than four bytes, which the frame does not know: the next try has
    another one."""
    for _ in range(5):
        p = subprocess.run([*words.split(), "-c", "public", "-Oqn", "-r0", where, "1.3.6.1.2.1." + place], check=False,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**ENV, "MIBS": ""}, timeout=LIMIT)
        if b"Timeout" not in p.stdout:
            break
    return p.stdout.decode()


if not there("snmpget"):
    skip("snmpget is not installed")
elif not checked_memory():
    r = run("import", f"{FILES}/snmp.pcapng", "--port", "9161", "--stream", "all", "-f", "snmp")
    same((r.code, r.err), (0, ""), "the capture of snmpd is imported whole")
    with simulated(r.out, at="udp://127.0.0.1:0") as at:
        for words, place, answer in SNMP:
            said = snmp(words, place, at.removeprefix("udp://"))
            ok(answer in said, f"{words} {place} has its answer", said)

# ---- a recording of a real server is this server for the same program ----

REDIS = """PING
SET a 1
INCR a
GET a
GET nope
RPUSH l one two
LRANGE l 0 -1
HSET h f v
HGETALL h
MGET a nope
FOO
CONFIG GET *port*
MULTI
GET a
EXEC
"""
SERVERS = (  # server, frame (None: no one says it), program, what it is told
    (redis, "resp", "redis-cli -h {host} -p {port}", REDIS),  # asks for its documents first: 12,000 frames
    (redis, None, "redis-cli -h {host} -p {port}", REDIS),    # which are one reply of 170 KB here
    (rigctld, "line", "rigctl -m 2 -r {host}:{port} f m v", ""),
    (upsd, "line", "upsc bench@{host}:{port}", ""),
)


def talk(words, where, told):
    host, port = where.rsplit(":", 1)
    p = subprocess.run([word.format(host=host, port=port) for word in words.split()], input=told.encode(), check=False,
                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=LIMIT)
    return p.stdout.decode(errors="replace")


def recorded(server, frame, words, told):
    """Returns what the program said, and the recording."""
    path = f"{HOME}/{server.__name__}{frame}.wilco"
    with server() as where:
        tap = subprocess.Popen(command("tap", *(["-f", frame] if frame else []), "--record", path, "127.0.0.1:0", where),
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=ENV)
        at = tap.stderr.readline().decode().split("listening on ")[1].split(" for ")[0]
        said = talk(words, at, told)
        tap.send_signal(signal.SIGINT)
        tap.communicate(timeout=LIMIT)
    with open(path, encoding="utf-8") as file:
        return said, file.read()


for server, frame, words, told in SERVERS[:1] if checked_memory() else SERVERS:
    program = words.split()[0]
    needed = [program, *{redis: ["redis-server"], rigctld: ["rigctld"], upsd: ["/lib/nut/upsd"]}[server]]
    if not there(*needed):
        skip(f"{' or '.join(needed)} is not installed")
        continue
    said, macro = recorded(server, frame, words, told)
    ok(said, f"{program} is answered")
    with simulated(macro) as where:
        same(talk(words, where, told), said, f"{program} hears the same from the recording in {frame or 'no frame'}")
done()
