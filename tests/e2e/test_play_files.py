#!/usr/bin/env python3
"""The files that have to work: each plays against a device that answers as it says."""
import json
import time

from wilcotest import HOME, device, done, has, ok, run, same, simulated


def macro(text, name):
    path = f"{HOME}/{name}.wilco"
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def held(r, count, name):
    return ok(r.code == 0 and r.out.count("ok ") == count and "not ok" not in r.out, name, r)


def lines(answer):
    """A device that answers each line by the lines that answer(line) gives."""
    def serve(connection):
        for line in connection.makefile("rb"):
            for each in answer(line[:-1].decode()):
                connection.sendall(each.encode() + b"\n")
    return serve


# 1: a recording is a device, and plays against itself.
RECORDING = """# pump self test, recorded 2026-11-23 from pump1
.open pump1
.frame esc-cr
STATUS
  READY
# 12:01:02.125 +1.8 ms
SPEED 100
  OK
SPEED?
  SPEED=100
"""
with simulated(RECORDING) as pump:
    held(run("play", macro(RECORDING, "recording"), pump), 3, "a recording plays against itself")

# 2: patterns, time, numbers.
PATTERNS = r"""
.open 10.0.0.5:9100?timeout=2s
.frame line
TEMP? 1
.within 200ms
  T=\d+\.\d (re)
.capture temp /T=([0-9.]+)/
.expect /T=([0-9.]+)/ 20..25
*IDN?
  ACME,*,\{env:FW} (glob)
.expect-not /ERR/
""".lstrip()
path = macro(PATTERNS, "patterns")


def answers(temp="T=21.5", idn="ACME,17,v2.1", pause=0):
    def answer(line):
        time.sleep(pause if line.startswith("TEMP?") else 0)
        return {"TEMP? 1": [temp], "*IDN?": [idn]}.get(line, [f"? {line}"])
    return lines(answer)


for arguments, at in (({}, None), ({"temp": "T=26.0"}, ".expect"), ({"temp": "T=x"}, "pattern"),
                      ({"idn": "ACME,17,v2.2"}, "pattern"), ({"idn": "ACME,ERR,v2.1"}, ".expect-not"),
                      ({"pause": 0.3}, ".within")):
    with device(answers(**arguments)) as address:
        r = run("play", "--json", path, "--device", address, "--keep-going", env={"FW": "v2.1"})
        found = [d["at"] for line in r.out.splitlines() for d in json.loads(line)["differences"]]
        same((r.code, found[:1]), (1 if at else 0, [at] if at else []), f"patterns: {arguments} gives {at}")
r = run("play", path, "--device", "127.0.0.1:1")
same(r.code, 2, "a variable of the environment that is not there is exit status 2")
has(r.err, f"{path}:9:", "with its place")
has(r.err, "the environment has no FW", "and said")

# 3: binary, fields, masks.
BINARY = r"""
.open 10.0.0.7:502
.frame modbus-tcp
.set unit=17
.hex 03 00 00 00 02
  \<03 04 ?? ?? 00 2a>
.expect unit=17
.with unit=18 .hex 03 00 00 00 01
  (with unit=18) \<83 02>
""".lstrip()
PLC = r"""
.frame modbus-tcp
.hex 03 00 00 00 02
  (with unit=17) \<03 04 12 34 00 2a>
.hex 03 00 00 00 01
  (with unit=18) \<83 02>
""".lstrip()
with simulated(PLC) as plc:
    held(run("play", macro(BINARY, "binary"), plc), 2, "binary, fields, masks")
    r = run("play", "--json", macro(BINARY.replace("?? 00 2a", "?? 00 2b").replace("(with unit=18)", "(with unit=19)"),
                                    "binary2"), plc, "--keep-going")
    same([d["at"] for line in r.out.splitlines() for d in json.loads(line)["differences"]], ["byte 5", "field unit"],
         "what differs is told by its byte and by its field")

# 4: no reply, several, empty, out of turn.
NO_REPLY = """
.open 10.0.0.9:5025?timeout=2s
.frame payload LF ; times 2
.tell *RST
SYST:ERR?
  (empty)
  0,"No error"
  (unsolicited) ALARM 17
:OUTP?
  (none)
""".lstrip()
with simulated(NO_REPLY) as scope:
    held(run("play", "-t", "900ms", macro(NO_REPLY, "noreply"), scope), 3, "no reply, several, empty, out of turn")


def several(line):
    return {"SYST:ERR?": ["", '0,"No error"', "ALARM 17"], "": ["a", "b"]}.get(line, [])


with device(lines(several)) as scope:
    held(run("play", "-t", "900ms", macro(NO_REPLY + ".text\n  (any)\n", "noreply2"), scope), 4,
         "against another device, with (any)")

# 5: what went wrong on the line.
WRONG = r"""
.open /dev/ttyUSB0?baud=19200&mode=8E1&timeout=300ms
.frame modbus-rtu
.hex 03 00 01 00 01
  (damaged) \<01 03 02 00 2a 00 00>
.hex 03 00 02 00 01
  (none)
.delay 450ms
  (late) \<03 02 00 07>
.hex 03 00 03 00 01
  \<03 02 00 08>
""".lstrip()
with simulated(WRONG) as slave:
    held(run("play", macro(WRONG, "wrong"), f"{slave}?timeout=300ms"), 3, "what went wrong on the line")

# 6: arguments, a secret, a question, waiting for a state, another macro.
CALLING = r"""
#!/usr/bin/env -S wilco play
.let pump \{1|1}
.open 10.0.0.\{2|5}
.frame line
LOGIN \{env:PIN}
  OK
.retry 10 50ms
STATUS \{pump}
  READY
.play selftest \{pump}
""".lstrip()
macro("SELFTEST \\{1}\n  PASS \\{1}\n", "selftest")
asked = []


def boots(line):
    asked.append(line)
    return {"LOGIN 1234": ["OK"], "STATUS 7": ["READY" if asked.count("STATUS 7") > 2 else "BUSY"],
            "SELFTEST 7": ["PASS 7"]}.get(line, ["?"])


with device(lines(boots)) as address:
    path = macro(CALLING, "calling")
    r = run("play", path, "--device", address, "--var", "1=7", env={"PIN": "1234"})
    held(r, 3, "arguments, waiting for a state, another macro")
    same(asked, ["LOGIN 1234", "STATUS 7", "STATUS 7", "STATUS 7", "SELFTEST 7"], "each is sent as often as it has to")
    has(r.out, f"ok {HOME}/selftest.wilco:1 SELFTEST ", "the other macro's steps are told by its file")
    with open(f"{HOME}/vars", "w", encoding="utf-8") as f:
        f.write("# of this pump\npump=7\n")
    r = run("play", path, "--device", address, "--vars-file", f"{HOME}/vars", env={"PIN": "1234"})
    held(r, 3, "values may come from a file")

# 7: loops.
LOOPS = r"""
.open pump1
.frame line
.repeat 3
SPEED \{n}00
  OK
SPEED?
  SPEED=\{n}00
.end
.every 20ms 5
VERSION?
.expect same
.end
.every 1ms 2 VERSION?
  v1
""".lstrip()
speeds, versions = [], []


def pump(line, last="v1"):
    if line.startswith("SPEED "):
        speeds.append(line[6:])
        return ["OK"]
    versions.extend(["v1"] if line == "VERSION?" else [])
    return ["SPEED=" + speeds[-1] if line == "SPEED?" else last if len(versions) == 4 else "v1"]


with device(lines(pump)) as address:
    r = run("play", macro(LOOPS, "loops"), address, "--json")
    same((r.code, [(o["line"], o["iteration"]) for o in map(json.loads, r.out.splitlines())]),
         (0, [(4, 1), (6, 1), (4, 2), (6, 2), (4, 3), (6, 3), *((10, i) for i in range(1, 6)), (13, 1), (13, 2)]),
         "loops")
speeds.clear()
versions.clear()
with device(lines(lambda line: pump(line, "v2"))) as address:
    r = run("play", macro(LOOPS, "loops"), address)
    ok(r.code == 1 and r.out.count("not ok") == 1, "a reply that is not the same differs", r)
    has(r.out, "at       .expect\n", "which is said")

# 8: two devices, an urgent line.
TWO = """
.device psu 10.0.0.20:5025 frame=scpi
.device dut /dev/ttyUSB0?baud=115200 frame=line
.open psu
.open dut
.use psu
.tell OUTP ON
.use dut
MEMTEST
.wait 20ms
.now STOP
  aborted at * (glob)
""".lstrip()
outputs = []
with device(lines(lambda line: outputs.append(line) or [])) as psu, \
        device(lines(lambda line: ["aborted at 17"] if line == "STOP" else [])) as dut:
    held(run("play", macro(TWO, "two"), "--device", f"psu={psu}", "--device", f"dut={dut}"), 2,
         "two devices, an urgent line")
    same(outputs, ["OUTP ON"], "each device got its own")
    r = run("play", macro(TWO, "two"), "--device", str(psu))
    same(r.code, 2, "one address for two devices is refused")
    has(r.err, "--device dut=", "and what to write is said")

# A frame that matches runs a line.
heard = []


def overheats(line):
    heard.append(line)
    return {"RUN": ["10 %", "OVERHEAT"], "STOP": ["STOPPED"], "STATUS": ["HOT"], "COOL": ["COOLING"]}.get(line, [])


with device(lines(overheats)) as address:
    r = run("play", "-f", "payload LF ; until 'STOPPED' | 'HOT' | 'COOLING'", macro(
        ".when /OVER(HEAT)/ .now STOP\n.when /HOT/ COOL\nRUN\n  10 %\n  OVERHEAT\n  STOPPED\nSTATUS\n  HOT\n", "when"),
            address)
    same((r.code, heard), (0, ["RUN", "STOP", "STATUS", "COOL"]), ".when runs a line while a command waits, and after")
    heard.clear()
    r = run("play", "-f", "line", macro(".when /HOT/ STATUS\nSTATUS\n  HOT\n", "again"), address)
    same((r.code, heard), (0, ["STATUS", "STATUS"]), "what answers it runs no other")

# All of them can be formatted, and play then as before; those that a device can be are recorded as they are.
for number, text in enumerate((RECORDING, PATTERNS, BINARY, NO_REPLY, WRONG, CALLING, LOOPS, TWO), 1):
    path = macro(text, f"formatted{number}")
    r = run("fmt", path)
    with open(path, encoding="utf-8") as f:
        same((r.code, f.read()), (0, text), f"file {number} is in its canonical form")


def commands(text):
    """What is sent and what comes, without where and when."""
    return [line for line in text.splitlines() if not line.startswith(("#", ".open", ".frame", ".set timeout"))]


for number, text in ((1, RECORDING), (4, NO_REPLY), (5, WRONG)):
    path = f"{HOME}/again{number}.wilco"
    with simulated(text) as address:
        more = "?timeout=300ms" if number == 5 else ""
        r = run("play", *(("-t", "900ms") if number == 4 else ()), "--record", path, macro(text, f"file{number}"),
                f"{address}{more}")
    with open(path, encoding="utf-8") as f:
        again = commands(f.read())
    times = [line for line in again if line.startswith(".delay")]
    same([line for line in again if line not in times],
         [line for line in commands(text) if not line.startswith(".delay")], f"file {number} is recorded as it is")

# Cycles, depth, places in files that are called.
macro(".play b\n", "a")
macro("STATUS\n.play a\n", "b")
macro(".play bad\n", "calls")
macro("STATUS\n  \\q\n", "bad")
with simulated(".frame line\nSTATUS\n  READY\n") as address:
    r = run("play", "-f", "line", f"{HOME}/a.wilco", address)
    same((r.code, r.out), (2, ""), "a cycle is refused before anything is sent")
    has(r.err, f"{HOME}/b.wilco:2:7: ", "with its place")
    has(r.err, f"called at {HOME}/a.wilco:1", "and that of the call")
    r = run("play", "-f", "line", f"{HOME}/calls.wilco", address)
    has(r.err, f"{HOME}/bad.wilco:2:3: ", "a mistake in a macro that is called has its place")
    has(r.err, f"called at {HOME}/calls.wilco:1", "and that of the call")
    for i in range(20):
        macro(f".play deep{i + 1}\n", f"deep{i}")
    macro("STATUS\n", "deep20")
    has(run("play", "-f", "line", f"{HOME}/deep0.wilco", address).err, "at most 16 deep", "too deep is refused")
    held(run("play", "-f", "line", f"{HOME}/deep6.wilco", address), 1, "deep is not")
    macro(".let state READY\n", "common")
    held(run("play", "-f", "line", macro(".include common\nSTATUS\n  \\{state}\n", "includes"), address), 1,
         "a file is included with its variables")
    r = run("play", "-f", "line", macro("STATUS\n.capture s /(.*)/\nSTATUS\n  \\{s}\nSTATUS\n.expect \\{s}\n", "c"), address)
    held(r, 3, "what was captured is used")
    for text, message in ((".repeat 2\nSTATUS\n", "no .end below it"), (".end\n", "no .repeat and no .every above"),
                          (".repeat\n.end\n", ".repeat needs"), (".retry 1 1s\n", "no command below it"),
                          (".retry 1 1s\n.note x\nSTATUS\n", "the command to repeat is missing"),
                          (".expect x\nSTATUS\n", ".expect has no command above it"),
                          (".let n 1\n", "no variable can have this name"), ("\\{x}\n", "\\{x} has no value"),
                          (".when STOP\n", ".when needs /PATTERN/"), (".when /x/\n", ""), (".when /x/ .note y\n", ""),
                          (".when /(/ STOP\n", ""), (".play nowhere\n", "no macro 'nowhere'"), ("STATUS\n.capture x /(/\n", "")):
        r = run("play", "-f", "line", macro(text, "m"), address)
        ok(r.code == 2 and r.out == "" and message in r.err and f"{HOME}/m.wilco:" in r.err, f"{text!r} is refused", r)
done()
