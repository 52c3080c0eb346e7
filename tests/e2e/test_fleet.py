#!/usr/bin/env python3
"""wilco fleet: many devices at once, and exactly one result for each target and command."""
import contextlib
import json
import os
import random
import re
import resource
import signal
import socket
import struct
import subprocess
import threading

from wilcotest import ENV, HOME, LIMIT, WILCO, WRAP, command, device, done, end_of, has, localhost, ok, on_pty, \
    read_until, run, same, simulated, skip, some, unused_port, wait_for

PUMP = """STATUS
  READY
ID
  pump
"""


def file_of(text, name="targets"):
    path = f"{HOME}/{name}"
    with open(path, "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())
    return path


def objects(r):
    return [json.loads(line) for line in r.out.splitlines()]


def lines(r):
    return sorted(r.out.splitlines())


with simulated(PUMP, at="0.0.0.0:0") as at:
    port = at.rsplit(":", 1)[1]
    three = f"127.0.0.[1-3]:{port}"
    r = run("fleet", three, "STATUS")
    same((r.code, lines(r)), (0, [f"127.0.0.{n}:{port}\tREADY" for n in (1, 2, 3)]), "a range of addresses")
    has(r.err, "3 devices in ", "a summary says how many")
    has(r.err, "3 ok", "and how they ended")
    same(run("fleet", "-q", three, "STATUS").err, "", "-q says nothing")
    r = run("fleet", three, "STATUS", ".wait 1ms", "ID")
    same([line.split("\t")[1] for line in r.out.splitlines()], ["READY", "pump"] * 3,
         "a device's lines stand together, in the order of the commands")
    path = file_of(f"# the pumps\npump1 127.0.0.1 timeout=2s\npump2 127.0.0.2:{port}\n127.0.0.3\n")
    r = run("fleet", "-p", port, path, "STATUS")
    same((r.code, lines(r)), (0, ["127.0.0.3\tREADY", "pump1\tREADY", "pump2\tREADY"]), "a file of targets")
    r = run("fleet", "-p", port, "-", "ID", stdin="127.0.0.[1-4]\n!127.0.0.2\n")
    same(lines(r), [f"127.0.0.{n}\tpump" for n in (1, 3, 4)], "- is standard input, ! excludes")

    os.makedirs(f"{HOME}/config/wilco", exist_ok=True)
    with open(f"{HOME}/config/wilco/config", "w", encoding="utf-8") as f:
        f.write(f".device pump1 127.0.0.1:{port}\n.device pump2 127.0.0.2:{port}\n"
                ".group pumps = pump[1-2]\n")
    same(lines(run("fleet", "pumps", "STATUS")), ["pump1\tREADY", "pump2\tREADY"], "a group")
    same(lines(run("fleet", "pump2", "STATUS")), ["pump2\tREADY"], "a known device")
    same(run("fleet", "pumps,!pump1", "STATUS").out, "pump2\tREADY\n", "a list of both")
    has(run(stdin=".group\n").out, "pumps = pump[1-2]", ".group lists")
    os.remove(f"{HOME}/config/wilco/config")

    # Names of Ansible's hosts are not only letters and digits, and read back from the file of those that failed.
    hosts = {"größe": {"ansible_host": "127.0.0.1", "wilco_port": port}, "::1": {"wilco_address": f"127.0.0.2:{port}"},
             "::2": {"ansible_host": "127.0.0.1", "wilco_port": unused_port(), "wilco_timeout": "2s"}, "a b": {}}
    path = file_of(json.dumps({"_meta": {"hostvars": hosts}}), "names.json")
    r = run("fleet", "--failed", f"{HOME}/again", "--inventory", path, "all,!a b", "STATUS")
    same((r.code, lines(r)), (3, ["::1\tREADY", "größe\tREADY"]), "names that are IPv6 addresses, or not ASCII")
    same(run("fleet", "--dry-run", f"{HOME}/again", "STATUS").out.split("\t")[0], "::2", "a file has them again")
    r = run("fleet", "--group-by", "/.+/", "--inventory", path, "!::2,all,!a*", "STATUS")
    has(r.out, "     2 READY: größe,::1\n", "and groups")
    r = run("fleet", "--inventory", path, "all", "STATUS")
    same((r.code, r.out), (2, ""), "a blank in one is refused")
    has(r.err, "names.json: a target's name is printable characters without blanks", "with what is accepted, and where")
    has(r.err, "not 'a b'", "and the name")

    one = json.loads(run("send", "--json", f"127.0.0.1:{port}", "ID").out)
    all_of = objects(run("fleet", "--json", three, "ID", "STATUS"))
    same(len(all_of), 6, "JSON has an object for each target and command")
    same([sorted(o) for o in all_of], [sorted(one)] * 6, "with the keys of send")
    same(sorted((o["device"], o["reply"]) for o in all_of),
         sorted((f"127.0.0.{n}:{port}", reply) for n in (1, 2, 3) for reply in ("READY", "pump")), "and their replies")

    nobody = unused_port()
    r = run("fleet", "--json", "--failed", f"{HOME}/failed", f"127.0.0.[1-2]:{port},127.0.0.1:{nobody}", "ID", "STATUS")
    same(r.code, 3, "the exit status is the highest of all")
    same(sorted(o["status"] for o in objects(r)), ["connect"] + ["ok"] * 4 + ["skipped"],
         "what could not be tried is skipped")
    skipped = next(o for o in objects(r) if o["status"] == "skipped")
    same((skipped["sent_hex"], skipped["reply"], skipped["replies"], skipped["time"]), (None, None, [], None),
         "and has no reply")
    has(skipped["error"], "could not be reached", "and says why")
    with open(f"{HOME}/failed", encoding="utf-8") as f:
        same(f.read(), f"127.0.0.1:{nobody}\n", "--failed writes a file of those that failed")
    same(run("fleet", "--failed", f"{HOME}/failed", f"{HOME}/failed", "ID").code, 3, "which are the next targets")

    r = run("fleet", "--dry-run", f"127.0.0.[1-2]:{port}", "ID", "STATUS")
    same(r.out, "".join(f"127.0.0.{n}:{port}\t\\x1b{c}\\r\n" for n in (1, 2) for c in ("ID", "STATUS")),
         "--dry-run prints the bytes for each")
    ok(not run("fleet", "--limit", "1", "--rate", "500/s", three, "ID").code, "--limit and --rate")

    # In rounds: sessions stay open, each round has its number.
    with simulated(PUMP, "-f", "line", at="0.0.0.0:0") as kept:
        p = subprocess.Popen(command("fleet", "--json", "-f", "line", "--every", "1s",
                                     f"127.0.0.[1-2]:{kept.rsplit(':', 1)[1]}", "ID"),
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
        rounds = [json.loads(p.stdout.readline())["round"] for _ in range(4)]
        p.send_signal(signal.SIGINT)
        r = end_of(p)
        same((r.code, rounds), (130, [1, 1, 2, 2]), "--every asks again and again")
        took, unit = re.findall(r"2 devices in ([0-9.]+) (\w+)", r.err)[1]
        ok(float(took) * {"us": 1e-6, "ms": 1e-3, "s": 1}[unit] < 0.9, "a round's time is its own, without the wait for it", r)


# ---- equal answers, and the odd ones ----

def versions(connection):
    """Answers by the last number of the address: 3 and 9 are old, 7 closes; each has a counter."""
    number = int(connection.getsockname()[0].rsplit(".", 1)[1])
    versions.count += 1
    read_until(connection, b"\r")
    if number != 7:
        connection.sendall(f"OK fw {'2.0' if number in (3, 9) else '2.1'} n={versions.count}\0".encode())


versions.count = 0
with device(versions, host="0.0.0.0") as at:
    ten = f"127.0.1.[1-10]:{at.rsplit(':', 1)[1]}"
    r = run("fleet", "--ignore", "/n=[0-9]+/", ten, "STATUS")
    port = at.rsplit(":", 1)[1]
    same(r.out.splitlines()[:3],
         [f"     7 OK fw 2.1 : 127.0.1.[1-2,4-6,8,10]:{port}", f"     2 OK fw 2.0 : 127.0.1.[3,9]:{port}",
          f"       fw 2.0 instead of 2.1: 127.0.1.3:{port}, 127.0.1.9:{port}"],
         "equal answers are a group, and the odd ones are named")
    has(r.out.splitlines()[3], "     1 lost (peer closed", "a failure is a group")
    has(r.err, "9 ok, 1 lost, 2 odd", "the summary counts them")
    has(r.err, "replies: 50 % ", "and has percentiles")
    gone = f"127.0.1.[1-20]:{unused_port()}"
    has(run("fleet", "--group-by", "/x/", gone, "ID").out, f"    20 connect (connection refused: nothing listens there): {gone}\n",
        "a group of failures has the address of none of them")
    r = run("fleet", "--group-by", r"/fw (\S+)/", ten, "STATUS", "STATUS")
    has(r.out, "       2.0 instead of 2.1: ", "--group-by compares only what it finds")
    r = run("fleet", "--json", "--canary", "2", "--group-by", "/fw/", ten, "ID")
    same((r.code, len(objects(r))), (4, 10), "canaries that are equal let the others begin")
    r = run("fleet", "--json", "--canary", "3", "--group-by", r"/fw (\S+)/", ten, "ID")
    same(sorted(o["status"] for o in objects(r)), ["ok"] * 3 + ["skipped"] * 7, "canaries that differ do not")
    same(r.code, 1, "which is exit status 1")
    has(r.err, "the first 3 answered differently", "and is said")
    r = run("fleet", "--json", "--limit", "1", "--stop-after", "1", f"127.0.1.[6-10]:{port}", "ID")
    same([o["status"] for o in objects(r)], ["ok", "lost", "skipped", "skipped", "skipped"],
         "--stop-after begins no other")
    r = run("fleet", "--json", "--limit", "1", "--stop-after", "30%", f"127.0.1.[6-8]:{port}", "ID")
    same([o["status"] for o in objects(r)], ["ok", "lost", "skipped"], "a part of all")
    shown = on_pty("fleet", "--yes", ten, "ID").decode()
    has(shown, "OK fw", "on a terminal there are groups")
    ok("\t" not in shown, "and no line for each device", shown)
    r = run("fleet", "--json", "--canary", "9", f"127.0.1.[1-3]:{port}", "ID")
    same((r.code, "canary" in r.err or "not tried" in r.err), (0, False), "canaries without others decide nothing")
    with device(lambda connection: read_until(connection, b"\0")) as mute:
        for columns in (80, 40):
            shown = on_pty("fleet", "-f", "line", "-t", "700ms", mute, "ID", columns=columns).decode()
            rows = [part.rpartition("\r")[2] for part in shown.split("\x1b[K")[:-1]]
            ok("0 of 1  ok 0  odd 0  failed 0" in rows[0] and max(map(len, rows)) < columns,
               f"the progress is one row of {columns} columns", shown)
        for words, row in some((((mute, "ID"), True), (("--json", mute, "ID"), True), (("-q", mute, "ID"), False),
                                ((mute, "--play", file_of("ID\n", "id.wilco")), True))):
            with open(f"{HOME}/out", "w+", encoding="utf-8") as out:
                shown = on_pty("fleet", "-f", "line", "-t", "500ms", *words, stdout=out).decode()
                same((" 0 of 1  ok 0  failed 0\x1b[K" in shown, "\x1b" in out.read()), (row, False),
                     f"{words[0]}: the progress where lines go to a file")
                has(shown.replace("\r\x1b[K", "\n").replace("\r\n", "\n"), "\nwilco: " if row else "",
                    "which the next message takes away")
        ok("\x1b" not in on_pty("fleet", "--json", "-f", "line", "-t", "500ms", mute, "ID").decode(),
           "lines on the terminal have none")
    for words in some((("--canary", "0"), ("--stop-after", "0%"), ("--group-by", "/(/"), ("--every", "0"),
                  ("--rate", "0/s"), ("--per-gateway", "x"), ("--group-by", "/a/", "--ignore", "/b/"))):
        r = run("fleet", *words, ten, "ID")
        same((r.code, r.out), (2, ""), f"{words} is refused")

    # Answers from before.
    def before(text):
        return run("fleet", "--json", "--ignore", "/n=[0-9]+/", "--baseline", file_of(text, "before"), ten, "STATUS")

    old = run("fleet", "--json", ten, "STATUS").out
    r = before(old)
    same((r.code, "changed" in r.err), (4, False), "--baseline: the same answers are no difference")
    lines_before = old.replace("fw 2.0", "fw 1.9").replace("667720322e30", "667720312e39").splitlines()
    r = before("\n".join(lines_before))
    has(r.err, f"127.0.1.3:{port}: changed: fw 2.0 instead of 1.9", "what changed is told")
    kept = [line for line in old.splitlines() if f'"127.0.1.1:{port}"' not in line and "127.0.1.7:" not in line]
    gone = next(line for line in old.splitlines() if f'"127.0.1.1:{port}"' in line).replace("127.0.1.1:", "127.0.1.99:")
    wanted = f"127.0.1.[1-6,8-10]:{port}"
    r = run("fleet", "--ignore", "/n=[0-9]+/", "--baseline", file_of("\n".join([*kept, gone]), "before"), wanted, "STATUS")
    same(r.code, 1, "a difference is exit status 1")
    same(r.out.splitlines()[:2], [f"127.0.1.1:{port}\tnew: STATUS", f"127.0.1.99:{port}\tmissing: STATUS"],
         "and so are what is new and what is missing")
    r = run("fleet", "--baseline", file_of(old.splitlines()[0] + "\nx\n", "before"), ten, "ID")
    same(r.code, 2, "a baseline that is none is refused")
    has(r.err, "before:2: this is no JSON", "with its line")


# ---- a macro for each device ----

MACRO = """# checks a pump
STATUS
  OK fw 2.1
ID
  OK fw (any)
"""


def pump(connection):
    number = int(connection.getsockname()[0].rsplit(".", 1)[1])
    read_until(connection, b"\r")
    connection.sendall(b"OK fw 2.0\0" if number == 3 else b"OK fw 2.1\0")


with device(pump, host="0.0.0.0") as at:
    port = at.rsplit(":", 1)[1]
    macro = file_of(MACRO.replace("OK fw (any)", "OK fw * (glob)"), "pump.wilco")
    targets = f"127.0.1.[1-4]:{port},127.0.0.1:{unused_port()}"
    r = run("fleet", "--failed", f"{HOME}/failed", targets, "--play", macro)
    verdicts = dict(line.split("\t", 1) for line in r.out.splitlines())
    same([verdicts.get(f"127.0.1.{n}:{port}") for n in (1, 2, 4)], ["ok"] * 3, "--play: a verdict for each device")
    has(verdicts.get(f"127.0.1.3:{port}", ""), f"mismatch\t{macro}:2 STATUS", "which names the first step that differs")
    has(verdicts.get(f"127.0.1.3:{port}", ""), "fw 2.0", "and how")
    same((r.code, len(verdicts)), (3, 5), "the exit status is the highest")
    has(r.err, "3 ok", "the summary counts them")
    with open(f"{HOME}/failed", encoding="utf-8") as f:
        has(f.read(), f"127.0.1.3:{port}\n", "a verdict is a failure for --failed")
    r = run("fleet", "--json", "--canary", "3", "--limit", "1", f"127.0.1.[1-6]:{port}", "--play", macro)
    same(sum(o["status"] == "skipped" for o in objects(r)), 3, "canaries whose verdict is bad hold back the others")
    same(sorted({o["device"] for o in objects(r)}), sorted(f"127.0.1.{n}:{port}" for n in range(1, 7)),
         "each device is in JSON")
    before = at.connections
    same(run("fleet", targets, "--play", file_of("STATUS\n.nonsense\n", "bad.wilco")).code, 2, "a bad macro is refused")
    same(at.connections, before, "before anything is sent")
    same(run("fleet", targets, "ID", "--play", macro).code, 2, "either commands or a macro")
    p = subprocess.Popen(command("fleet", "--json", "--every", "50ms", "--play", macro, f"127.0.1.[1-2]:{port}"),
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
    played = [json.loads(p.stdout.readline()) for _ in range(12)]
    p.send_signal(signal.SIGINT)
    same((end_of(p).code, [o["round"] for o in played]), (130, 4 * [1] + 4 * [2] + 4 * [3]), "--every plays it again and again")
    same(sorted(o["device"] for o in played), sorted(6 * [f"127.0.1.1:{port}", f"127.0.1.2:{port}"]),
         "both steps with each device in each round")
    p = subprocess.Popen(command("fleet", "--every", "50ms", "--play", macro, f"127.0.1.[2-3]:{port}"),
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
    played = [sorted(p.stdout.readline().decode().split("\t")[:2] for _ in range(2)) for _ in range(3)]
    p.send_signal(signal.SIGINT)
    end_of(p)
    same(played, 3 * [[[f"127.0.1.2:{port}", "ok\n"], [f"127.0.1.3:{port}", "mismatch"]]], "a verdict in each round")


def own_address(connection):
    read_until(connection, b"\r")
    connection.sendall(connection.getsockname()[0].encode() + b"\0")


if not WRAP:
    with device(own_address, host="0.0.0.0") as at:
        r = run("fleet", "--limit", "50", "--group-by", "/.+/", f"127.0.[1-11].[1-100]:{at.rsplit(':', 1)[1]}", "ID")
        same((r.code, r.out.splitlines()[-1]), (0, "and 100 more, which answered in other ways"),
             "beyond a thousand groups the others are counted")


def one_by_one(connection):
    """Notes how many are connected at a time."""
    with one_by_one.lock:
        one_by_one.now += 1
        one_by_one.most = max(one_by_one.most, one_by_one.now)
    read_until(connection, b"\r")
    with one_by_one.lock:
        one_by_one.now -= 1
    connection.sendall(b"ok\0")


one_by_one.lock, one_by_one.now, one_by_one.most = threading.Lock(), 0, 0
with device(one_by_one) as at:
    path = file_of("".join(f"unit{n} {at}\n" for n in range(20)))
    r = run("fleet", "--per-gateway", "1", path, "ID")
    same((r.code, len(r.out.splitlines()), one_by_one.most), (0, 20, 1),
         "--per-gateway 1: those that share an address go one after the other")


# ---- Ansible's inventory ----

INVENTORY = {
    "_meta": {"hostvars": {
        "pump1": {"ansible_host": "127.0.0.1", "ansible_port": 22, "wilco_frame": "line", "wilco_timeout": 7},
        "pump2": {"wilco_address": "127.0.0.2:4002", "ansible_host": "192.0.2.1"},
        "plc": {"ansible_host": "127.0.0.3", "wilco_port": 502, "wilco_frame": "modbus-tcp",
                "wilco_fields": {"unit": 17}},
        "six": {"ansible_host": "::1", "wilco_port": 7},
        "locked": {"wilco_frame": {"__ansible_vault": "$ANSIBLE_VAULT;1.1"}},
        "raw": {"wilco_address": "{{ x }}"}}},
    "all": {"children": ["ungrouped", "site"]},
    "site": {"children": ["pumps"], "hosts": ["plc"]},
    "pumps": {"hosts": ["pump1", "pump2"]},
    "ungrouped": {"hosts": ["six", "bare", "locked", "raw"]}}
inventory = file_of(json.dumps(INVENTORY, indent=1), "inventory.json")


def chosen(pattern, *words):
    r = run("fleet", "--inventory", inventory, "--dry-run", "--json", pattern, *(words or ("41",)))
    return sorted(o["device"] for o in objects(r)) if not r.code else r.err


for pattern, names in some((("pumps", ["pump1", "pump2"]), ("pump*", ["pump1", "pump2"]), ("site", ["plc", "pump1", "pump2"]),
                       ("site,!pump1", ["plc", "pump2"]), ("site:&pumps", ["pump1", "pump2"]),
                       ("all:!locked:!raw:!six", ["bare", "plc", "pump1", "pump2"]), ("bare", ["bare"]),
                       ("!site,!locked,!raw", ["bare", "six"]))):
    same(chosen(pattern), names, f"the pattern {pattern}")
has(chosen("nobody"), "no host or group matches 'nobody'", "a pattern that means nobody")
has(chosen("locked"), "host locked: wilco_frame is vaulted", "a vaulted value is an error")
has(chosen("raw"), "host raw: wilco_address is a template", "and so is a template")
for pattern in some(("", ",", " : ")):
    has(chosen(pattern), "names no host or group", f"the pattern '{pattern}' does not mean all")
r = run("fleet", "--inventory", inventory, "--dry-run", "--json", "plc", "03 00 6b 00 03")
same(objects(r)[0]["sent_hex"][12:], "1103006b0003", "frame and fields come from the inventory")
r = run("fleet", "--inventory", "-", "--json", "-t", "1s", "pump2,six", "41", stdin=json.dumps(INVENTORY))
same(sorted(o["address"] for o in objects(r)), ["tcp://127.0.0.2:4002", "tcp://[::1]:7"],
     "and so do addresses; ansible_port is not read")
has(run("fleet", "--inventory", file_of('{\n"a": ]\n', "bad.json"), "x", "y").err, "bad.json:2: this is no JSON",
    "bad JSON is an error with its line")
has(run("fleet", "--inventory", "/nonexistent", "x", "y").err, "there is no file", "a file that is not there")


def silent(connection):
    read_until(connection, b"\r")
    silent.asked.set()
    read_until(connection, b"\r")


silent.asked = threading.Event()
with device(silent) as at:
    path = file_of("".join(f"unit{n} {at}\n" for n in range(20)))
    p = subprocess.Popen(command("fleet", "--json", "-f", "esc-cr-nul", "--per-gateway", "1", "-t", "2s", path, "ID"),
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
    silent.asked.wait(60)
    p.send_signal(signal.SIGINT)
    r = end_of(p)
    same((r.code, sorted(o["status"] for o in objects(r))), (130, ["skipped"] * 19 + ["timeout"]),
         "an interrupt skips those that wait for their gateway, too")

# What is wrong with a file is said, with its line, and nothing is sent.
for text, part, name in some(((b"a 127.0.0.1\n\na 127.0.0.2\n", ":3:1: a stands in line 1 already", "a name twice"),
                         (b"a 127.0.0.1 foo=1\n", ":1: device a: 'foo' is no setting", "an unknown key"),
                         (b"\na 127.0.0.1:99999\n", ":2: a port is a number", "a bad port"),
                         (b"a 127.0.0.1\r\n", ":1:12: the line ends in CR LF", "CR LF"),
                         (b"a\nb\0\n", ":2:2: a NUL byte", "a NUL byte"),
                         (b"a[3-1]\n", ":1:3: a range is numbers", "a bad range"),
                         (b"a\n!b\n", ":2: !b excludes nothing", "what excludes nothing"),
                         (b"x" * 100000, ":1: a line has at most", "a line that is too long"),
                         (b"a 127.0.0.1 frame=nonsense\n", ":1: ", "an unknown frame"),
                         (b"\xef\xbb\xbfa 127.0.0.1\n", ":1:1: a byte order mark", "a byte order mark"),
                         (b"a\n!a\n", f"wilco: {HOME}/targets names no target", "all are excluded, which no line"),
                         (b"10.0.0.256:9\n", ":1: '10.0.0.256' is no address", "what is no address"),
                         (b"a[\n" * 11, "that is 10 errors; what comes behind was not looked at", "many errors"),
                         (b"# nothing\n", "names no target", "no target"))):
    path = file_of(text)
    r = run("fleet", path, "ID")
    same((r.code, r.out), (2, ""), f"{name}: exit 2")
    has(r.err, part, f"{name}: the line is named")
path = file_of(f"127.0.0.1:{unused_port()}\n# names\n{localhost()}:{unused_port()}\n"
               "no-such-host.invalid 127.0.0.1:9\nother no-such-host.invalid:9\n")
r = run("fleet", "--json", path, "ID")
same((r.code, r.out), (2, ""), "a name that nobody knows: nothing is sent")
has(r.err, ":5: no address for 'no-such-host.invalid'", "and its line is named")
has(run("fleet", "/nonexistent", "ID").err, "is no device, group or file", "a file that is not there")
has(run("fleet", HOME, "ID").err, "directory", "a directory")
has(run("fleet", "-f", "lp8", "127.0.0.[1-2]:9", "x" * 300).err, "127.0.0.1:9: the payload is too long", "a command that the frame cannot carry")
has(run("fleet", file_of("a 127.0.0.1:9 frame=line\n\nb 127.0.0.1:9 frame=lp8\n"), "x" * 300).err, "targets:3: the payload is too long",
    "and whose frame that is")
has(run("fleet", file_of("a 127.0.0.1:9 frame=line\nb 127.0.0.1:9 frame=lp8\n"), "X\\x").err, "wilco: '\\x' is not an escape",
    "a mistake in a command is one for all")
if not WRAP:
    path = file_of("".join(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}\n" for n in range(1000001)))
    has(run("fleet", path, "ID").err, ":1000001: there are more than 1000000 targets", "over a million lines")


# ---- nothing is lost ----

class Fleet:
    """Devices that answer, reset, are silent, send garbage or close, at every address of 127/8."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.bind(("0.0.0.0", 0))
        self.socket.listen(4096)
        self.port = self.socket.getsockname()[1]
        self.asked = 0
        self.open = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        chance = random.Random(1)
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                self.asked += 1
                self.answer(connection, chance.randrange(5))

    def answer(self, connection, kind):
        if kind == 0:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif kind == 1:
            self.open.append(connection)
            return
        elif kind == 2:
            connection.send(b"\x01garbage\x02")
        elif kind == 3:
            connection.send(b"yes\0")
        connection.close()


def counted(r):
    devices = [o["device"] for o in objects(r)]
    return len(devices), len(set(devices))


devices = Fleet()
count = 200 if WRAP else 10000
path = file_of("".join(f"127.1.{n // 250}.{n % 250 + 1}\n" for n in range(count)))
r = run("fleet", "--json", "-q", "-t", "2s", "-p", str(devices.port), path, "X")
same(counted(r), (count, count), f"{count} devices with resets, silence, garbage: one result for each")
statuses = {o["status"] for o in objects(r)}
ok({"lost", "timeout"} <= statuses, "of several kinds", statuses)
devices.open.clear()

few = 200


def with_256():
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))


path = file_of("".join(f"127.1.1.{n % 250 + 1}:{devices.port}\n" for n in range(few)) +
               "".join(f"127.1.2.{n % 250 + 1}:{devices.port}\n" for n in range(few)))
p = subprocess.Popen(command("fleet", "--json", "-t", "1s", path, "X"), stdout=subprocess.PIPE,
                     stderr=subprocess.PIPE, env=ENV, preexec_fn=with_256)
r = end_of(p)
same(counted(r), (2 * few, 2 * few), "with ulimit -n 256 there is one result for each")
has(r.err, " descriptors (ulimit -n)", "and a note says that fewer go at a time")
devices.open.clear()


def echoes(connection):
    while line := read_until(connection, b"\n"):
        connection.sendall(line)


with device(echoes, host="0.0.0.0") as at:
    p = subprocess.Popen(command("fleet", "--json", "-f", "line", "--every", "10ms", "--limit", "20",
                                 f"127.0.2.[1-250]:{at.rsplit(':', 1)[1]}", "X"), stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, env=ENV, preexec_fn=with_256)
    got = [json.loads(p.stdout.readline()) for _ in range(300)]
    p.send_signal(signal.SIGINT)
    r = end_of(p)
    same(({o["status"] for o in got}, max(o["round"] for o in got)), ({"ok"}, 2), "rounds do without open lines")
    has(r.err, "lines are closed after each round", "and a note says so")


def interrupted(times):
    """Interrupts a fleet of which some devices are silent."""
    before = devices.asked
    p = subprocess.Popen(command("fleet", "--json", "--limit", "20", "-t", "60s" if times > 1 else "1s", path, "X"),
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
    wait_for(lambda: devices.asked > before + 10, "devices that are asked")
    p.send_signal(signal.SIGINT)
    said = p.stderr.readline()
    while said and b"interrupted" not in said:
        said = p.stderr.readline()
    if times > 1:
        p.send_signal(signal.SIGINT)
    return end_of(p)


r = interrupted(1)
same((r.code, counted(r)), (130, (2 * few, 2 * few)), "after an interrupt there is one result for each")
has({o["status"] for o in objects(r)}, "skipped", "those that were not begun are skipped")
ok(not any(o["status"] == "cancelled" for o in objects(r)), "those under way go on")
devices.open.clear()
r = interrupted(2)
same((r.code, counted(r)), (130, (2 * few, 2 * few)), "after two interrupts, too")
has({o["status"] for o in objects(r)}, "cancelled", "those under way are given up")
# ---- a machine that has few ports ----

FEW_PORTS = 20


def without_ports():
    """In a network of one's own, which has FEW_PORTS ports to call from."""
    return ["unshare", "-rn", "sh", "-c",
            f"ip link set lo up && echo '40000 {40000 + FEW_PORTS - 1}' >/proc/sys/net/ipv4/ip_local_port_range &&"
            ' exec "$@"', "sh"]


if subprocess.run([*without_ports(), "true"], capture_output=True, check=False).returncode:
    skip("a network of one's own is not allowed here", privilege=True)
else:
    one = file_of("".join(f"d{i} 127.0.0.1:9100\n" for i in range(3 * FEW_PORTS)), "one")
    # The device keeps each line until it is asked again, so no port becomes free.
    pumps = file_of(".frame line\nSTATUS\n  .delay 300ms\n  READY\n", "slow.wilco")
    r = subprocess.run([*without_ports(), "sh", "-c",
                        '"$1" simulate "$2" 127.0.0.1:9100 >"$2.said" & '
                        'until [ -s "$2.said" ]; do sleep 0.05; done; '
                        '"$1" fleet -f line --json "$3" STATUS; kill $!', "sh", WILCO, pumps, one],
                       capture_output=True, text=True, env=ENV, timeout=LIMIT, check=False)
    ended = [json.loads(line) for line in r.stdout.splitlines()]
    same(sorted(o["device"] for o in ended), sorted(f"d{i}" for i in range(3 * FEW_PORTS)),
         "more devices at one address than there are ports: each has its result")
    same({o["status"] for o in ended}, {"ok", "connect"}, "some answer")
    has(next(o["error"] for o in ended if o["status"] == "connect"),
        "this machine has no free port left to call it from", "and the others say what is lacking")

# ---- what names too much, and what is not there ----

# Nobody waits for names that are given again and again: a range behind !, groups in groups, Ansible's groups.
os.makedirs(f"{HOME}/config/wilco", exist_ok=True)
with open(f"{HOME}/config/wilco/config", "w", encoding="utf-8") as f:
    for depth in range(9):
        f.write(f".group g{depth} = " + 10 * f"g{depth + 1} " + "\n")
    f.write(".group g9 = 127.0.0.1:1\n")
for targets in some(("pump[1-3],![1-999999999]", "g0", "pump" + 8 * ("[" + ",".join(10 * "1") + "]"))):
    r = run("fleet", targets, "X")
    same((r.code, "name more than 4000000 targets" in r.err), (2, True), f"{targets[:24]} ends")
os.remove(f"{HOME}/config/wilco/config")
nested = {f"g{i}": {"children": 2 * [f"g{i + 1}"]} for i in range(100)}
nested["g100"] = {"hosts": ["127.0.0.1"], "children": ["g0"]}
r = run("fleet", "--inventory", file_of(json.dumps(nested), "nested.json"), "--dry-run", "g0", "X")
same((r.code, r.out.count("127.0.0.1")), (0, 1), "Ansible's groups may be in each other, in a circle, too, and deep")
r = run("fleet", "-p", "1", "127.0.0.[254-257]", "X")
same((r.code, r.out, "127.0.0.256" in r.err), (2, "", True), "127.0.0.256 is no address, and nothing is sent")

# ---- files that are written and compared ----

def levels(connection):
    level = b"1"
    with connection:
        while line := read_until(connection, b"\n"):
            if line.startswith(b"SET "):
                level = line[4:-1]
            connection.sendall(level + b"\n")


with device(levels) as at:
    three = ("LEVEL?", "SET 5", "LEVEL?")
    before = file_of(run("fleet", "-f", "line", "--json", at, *three).out, "before")
    against = ("fleet", "-q", "-f", "line", "--baseline", before, at)
    r = run(*against, *three)
    same((r.code, r.out), (0, ""), "--baseline: the second answer is compared with the second one before")
    same(run(*against, *three[:2]).out, f"{at}\tmissing: LEVEL?\n", "which may be missing")
    secret = ("fleet", "-q", "-f", "line", at, "SET \\{secret:pin}")
    pins = [{**ENV, "WILCO_SECRET_pin": pin} for pin in ("tops3cret", "other7pin")]
    hidden = file_of(run(*secret, "--json", env=pins[0]).out, "hidden")
    r = run(*secret, "--baseline", hidden, env=pins[1])
    same((r.code, r.out), (0, ""), "--baseline: a reply with a secret in it is compared by its name")
    has(run("fleet", "-q", "-f", "line", "--baseline", hidden, at, "SET \\{secret:pin}x", env=pins[0]).out, "new: SET",
        "and has no value of it")
    same(run(*against, *three, "LEVEL?").out, f"{at}\tnew: LEVEL?\n", "or a third one be new")

    both = f"{at},127.0.0.1:{unused_port()}"
    target = f"{HOME}/to-be-failed"
    os.symlink(target, f"{HOME}/link")
    for name in ("link", "link"):
        same(run("fleet", "-f", "line", "--failed", f"{HOME}/{name}", both, "LEVEL?").code, 3, "--failed to a link")
        with open(target, encoding="utf-8") as f:
            same((f.read(), os.path.islink(f"{HOME}/link")), (both.split(",")[1] + "\n", True), "which stays one")
    os.mkfifo(f"{HOME}/fifo")
    reader = os.open(f"{HOME}/fifo", os.O_RDONLY | os.O_NONBLOCK)
    same(run("fleet", "-f", "line", "--failed", f"{HOME}/fifo", both, "LEVEL?").code, 3, "--failed to a pipe")
    same(os.read(reader, 100).decode(), both.split(",")[1] + "\n", "writes into it, and does not replace it")
    os.close(reader)
    r = run("fleet", "-f", "line", "--failed", f"{HOME}/no/such/folder", both, "LEVEL?")
    same((r.code, r.out), (2, ""), "--failed to what cannot be written: nothing is sent")
    r = run("fleet", "-f", "line", "--failed", HOME, both, "LEVEL?")
    same((r.code, r.out), (2, ""), "nor to a directory")

# A field has all 64 bits, in a baseline, too.
numbers = iter((2 ** 64 - 1, 2 ** 64 - 1, 2 ** 64 - 2))


def number(connection):
    read_until(connection, b"\n")
    connection.sendall(struct.pack(">Q", next(numbers)) + b"\n")


with device(number) as at:
    asks = ("fleet", "-q", "-f", "payload LF -> v:u64be payload LF", at, "X")
    before = file_of(run(*asks, "--json").out, "before")
    r = run(*asks, "--baseline", before)
    same((r.code, r.out), (0, ""), "--baseline: the same number of 64 bits")
    same(run(*asks, "--baseline", before).out, f"{at}\tchanged: v {2 ** 64 - 2} instead of {2 ** 64 - 1}\n",
         "and one less")

# An option that would do nothing is refused, and nothing is sent.
for words, part in some(((("send", "--every", "1s", "127.0.0.1:1", "X"), "--every works only with wilco fleet"),
                         (("play", "--limit", "2", "x.wilco"), "--limit works only with wilco fleet"),
                         (("--failed", "x", "127.0.0.1:1"), "--failed works only with wilco fleet"),
                         (("fleet", "--times", "3", "127.0.0.1:1", "X"), "--times works only with wilco play"),
                         (("send", "--step", "127.0.0.1:1", "X"), "--step works only with wilco play"),
                         (("fleet", "--play", "x.wilco", "--baseline", "x", "127.0.0.1:1"), "--play MACRO gives a verdict"),
                         (("fleet", "--play", "x.wilco", "--ignore", "/x/", "127.0.0.1:1"), "--play MACRO gives a verdict"))):
    r = run(*words)
    same((r.code, part in r.err), (2, True), f"{words[0]} {words[1]} is refused")

done()
