#!/usr/bin/env python3
"""wilco as a module of Ansible's, started as Ansible starts it: by a name of its own, with a file of
parameters.  It prints one object, sends only what it should, and shows no secret."""
import json
import os
import re
import signal
import subprocess
import time

from wilcotest import (ENV, HOME, LIMIT, WILCO, checker, device, done, end_of, has, ok, read_until, run, same,
                       simulated, some, unused_port, wait_for)

MODULE = os.path.join(HOME, "AnsiballZ_wilco")
os.symlink(os.path.abspath(WILCO), MODULE)

DEVICE = """.frame esc-cr-nul
.let speed 50
STATUS
  READY
SPEED?
  SPEED \\{speed}
.on SPEED (\\d+) (re)
.let speed \\{1}
  OK
.end
STUCK
  OK
LOGIN hunter22
  hello hunter22
TWO
  a
  b
BROKEN
  (damaged) \\x1bhalf
QUIET
  (none)
"""


def start(content):
    path = os.path.join(HOME, f"args{time.monotonic_ns()}")
    with open(path, "wb") as f:
        f.write(content if isinstance(content, bytes) else json.dumps(content).encode())
    return subprocess.Popen([*checker(), MODULE, path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env=ENV)


def read(result, name):
    """Returns the object, which must be all that was printed."""
    text = result.raw
    ok(text.isascii() and text.endswith(b"}\n") and text.count(b"\n") == 1 and not result.err,
       f"{name}: one line of ASCII and nothing else", result)
    task = json.loads(text)
    ok(task["failed"] == (task["rc"] != 0) == (result.code != 0), f"{name}: failed is what rc says", task)
    return task


def call(name, **args):
    args = {"_ansible_module_name": "wilco.device.wilco", "_ansible_check_mode": False,
            "_ansible_verbosity": 3, **args}
    return read(end_of(start(args)), name)


# ---- commands ----

with simulated(DEVICE) as address:
    host, port = address.rsplit(":", 1)
    task = call("one command", device=address, command="STATUS")
    same([task[k] for k in ("changed", "failed", "rc", "msg", "response", "response_hex", "status", "end",
                            "fields", "stdout", "stdout_lines")],
         [True, False, 0, "", "READY", "5245414459", "ok", "delimiter NUL", None, "READY", ["READY"]],
         "what a command returns")
    ok(task["rtt_ms"] > 0, "the time from command to reply", task)
    same([(r["command"], r["status"], r["reply"]) for r in task["results"]], [("STATUS", "ok", "READY")],
         "the results have the command's object")
    one = json.loads(run("send", "--json", address, "STATUS").out)
    same(sorted(task["results"][0]), sorted(one), "with the members of send --json")

    task = call("strings as templates make them", device=host, port=port, frame="ESC payload CR -> payload NUL",
                timeout="2", settings={"connect-timeout": "2s", "silence": 1}, command=["STATUS", "TWO"],
                read_only="Yes", expect=["READY", "a"], vars=None)
    same([task["changed"], task["rc"], task["stdout"]], [False, 0, "READY\na"], "read_only changes nothing")
    same([r["frame"] for r in task["results"]], ["ESC payload CR -> payload NUL"] * 2, "the frame is the task's")

    task = call("blocks of YAML", device=f"{address}\n", command=["STATUS\n", "\\x53TATUS\n\n"], expect="READY\n")
    same([r["sent_hex"] for r in task["results"]], ["1b5354415455530d"] * 2, "a line feed at the end is not sent")
    task = call("a command that is answered wrongly", device=address,
                command=["SPEED 70", "STATUS", "SPEED 80"], expect="OK")
    same([task[k] for k in ("changed", "rc", "status", "response")], [True, 1, "mismatch", "READY"],
         "expect that does not hold fails")
    same(task["msg"], f"device {address} does not answer STATUS as expected: byte 0: expected OK, got READY",
         "and says what is expected")
    same([r["status"] for r in task["results"]], ["ok", "mismatch", "skipped"], "what follows is not sent")
    same(call("a pattern", device=address, command="SPEED?", expect=r"SPEED \d+ (re)", read_only=True)["rc"], 0,
         "expect may be a pattern")
    same(call("several waits", device=address, command=["STATUS", ".wait 1ms", "STATUS"])["stdout_lines"],
         ["READY", "READY"], "a wait is no result")

    # ---- query and want ----

    speed = {"device": address, "command": "SPEED 90", "query": "SPEED?", "want": "SPEED 90"}
    task = call("a check", **speed, _ansible_check_mode=True, _ansible_diff=True)
    same([task["changed"], task["failed"], task.get("skipped")], [True, False, None], "check mode says that it would change")
    same(task["diff"], {"before": "SPEED 70\n", "after": "SPEED 90\n", "before_header": f"{address} SPEED?",
                        "after_header": f"{address} SPEED?"}, "with the difference that is wanted")
    same(task["results"][0]["status"], "skipped", "and does not send")
    task = call("a change", **speed)
    same([task["changed"], task["rc"], task["response"], task["diff"]["before"], task["diff"]["after"]],
         [True, 0, "SPEED 90", "SPEED 70\n", "SPEED 90\n"], "a device that is not as it should be is changed")
    same([r["reply"] for r in task["results"]], ["OK"], "the results have the command alone")
    task = call("the same again", **speed)
    same([task["changed"], task["rc"], task["results"][0]["status"]], [False, 0, "skipped"],
         "the second time nothing is sent")
    same(task["diff"]["before"], task["diff"]["after"], "and nothing differs")
    task = call("a device that stays as it is", device=address, command="STUCK", query="SPEED?", want="SPEED 1")
    same([task["changed"], task["rc"], task["response"]], [True, 1, "SPEED 90"], "what did not help has failed")

    # ---- check mode ----

    with device(lambda c: None) as never:
        task = call("a check of a command", device=never, command=["SPEED 1", "SPEED 2"], _ansible_check_mode=True)
        macro = call("a check of a macro", device=never, macro="SPEED 1\n  OK\n", _ansible_check_mode=True)
        same(never.connections, 0, "in check mode the device is not even connected to")
    same([task["changed"], task["failed"], task["skipped"], [r["status"] for r in task["results"]]],
         [False, False, True, ["skipped"] * 2], "check mode skips commands")
    same([macro["changed"], macro["skipped"], macro["results"]], [False, True, []], "and macros")
    task = call("a check of a question", device=address, command="SPEED?", read_only=True, _ansible_check_mode=True)
    same([task["changed"], task["response"]], [False, "SPEED 90"], "a question is asked")
    task = call("a check that finds a mistake", device=address, macro="  OK\n", _ansible_check_mode=True)
    same(task["rc"], 2, "mistakes are found in check mode, too")

    # ---- macros ----

    task = call("a macro", device=address, macro="SPEED \\{v}\n  OK\nSPEED?\n  SPEED \\{v}\n", vars={"v": 33},
                query="SPEED?", want="SPEED 33")
    same([task["changed"], task["rc"], task["stdout_lines"]], [True, 0, ["SPEED 90", "OK", "SPEED 33", "SPEED 33"]],
         "a macro is played between the questions")
    same([(r["step"], r["command"], r["expected"], r["status"]) for r in task["results"]],
         [(1, "SPEED 33", ["OK"], "ok"), (2, "SPEED?", ["SPEED \\{v}"], "ok")], "its steps are the results")
    path = os.path.join(HOME, "task.wilco")
    with open(path, "w", encoding="utf-8") as f:
        f.write(".open pump1\nSTATUS\n  BUSY\nSPEED 1\n  OK\n")
    task = call("a macro in a file", device=address, macro=path, read_only=True)
    same([task["changed"], task["rc"], task["status"]], [False, 1, "mismatch"], "a step that does not hold fails")
    same(task["msg"], f"{path}:2 STATUS: byte 0: expected BUSY, got READY", "and is named")

    # ---- secrets ----

    secret = {"device": address, "secrets": {"pin": "hunter22"}}
    for name, more in (("by name", {"command": "LOGIN \\{secret:pin}", "expect": "hello \\{secret:pin}"}),
                       ("as it is", {"command": "LOGIN hunter22", "expect": "hello hunter22"}),
                       ("in a macro", {"macro": "LOGIN \\{secret:pin}\n  hello \\{secret:pin}\n"}),
                       ("asked", {"query": "LOGIN hunter22", "want": "hello hunter22", "command": "STATUS"}),
                       ("wanted", {"query": "STATUS", "want": "hunter22", "command": "STATUS"}),
                       ("in a mistake", {"command": "LOGIN \\{secret:nopin} hunter22 \\q"}),
                       ("that is expected", {"command": "STATUS", "expect": "hunter22"}),
                       ("in what is expected wrongly", {"command": "STATUS", "expect": "(stray) hunter22"}),
                       ("in a variable", {"macro": "LOGIN \\{v}\n", "vars": {"v": "hunter22"}}),
                       ("in a field", {"command": "STATUS", "fields": {"hunter22": 1}})):
        result = end_of(start({"_ansible_module_name": "wilco", **secret, **more}))
        ok(b"hunter22" not in result.raw and b"68756e7465723232" not in result.raw,
           f"a secret {name} is not shown", result)
        task = read(result, f"a secret {name}")
        good = name in ("by name", "as it is", "in a macro", "asked")
        same(task["failed"], not good, f"a secret {name} is {'sent' if good else 'refused or missed'}")
        if good:
            has(task["stdout"], "hello \\{secret:pin}", f"a secret {name}: what came has its name")
    has(call("a short secret", device=address, secrets={"p": "abc"}, command="STATUS").get("warnings", [""])[0],
        "fewer than 4 bytes", "a warning is in the object")

# ---- what goes wrong on the line ----

task = call("nobody there", device=f"127.0.0.1:{unused_port()}", command=["STATUS", "STATUS"])
same([task["changed"], task["rc"], task["status"], [r["status"] for r in task["results"]]],
     [False, 3, "connect", ["connect", "skipped"]], "a device that refuses")
has(task["msg"], "Failed to connect to device 127.0.0.1:", "in the words of the script from before")
with simulated(DEVICE) as address:
    task = call("a device that is silent", device=address, command="QUIET", timeout="300ms", frame="esc-cr-nul")
    same([task["changed"], task["rc"], task["status"]], [True, 4, "timeout"], "a silent device")
    has(task["msg"], f"Failed to communicate with device {address}: no reply within 300 ms", "in the script's words")
    same(call("silence", device=address, command="QUIET", timeout="300ms", frame="esc-cr-nul",
              expect="(none)")["rc"], 0,
         "silence can be expected")
with device(lambda c: (read_until(c, b"\r"), c.sendall(b"half"))) as address:
    task = call("a device that breaks off", device=address, command="STATUS", frame="esc-cr-nul")
    same([task["rc"], task["changed"]], [4, True], "a reply that breaks off")
    has(task["msg"], "Failed to communicate with device", "is told")
with device(lambda c: (read_until(c, b"\r"), c.sendall(b"\x02ab\xff\xff"), c.recv(1))) as address:
    task = call("a damaged reply", device=address, command="STATUS",
                frame="payload CR -> len(payload):u8 payload crc16-modbus:le")
    same([task["rc"], task["changed"], task["status"]], [5, True, "damaged"], "a damaged reply fails")
    has(task["msg"], "Failed to communicate with device", "in the script's words, too")
with device(lambda c: (read_until(c, b"\r"), c.recv(1))) as address:
    p = start({"_ansible_module_name": "wilco", "device": address, "command": ["STATUS", "STATUS"],
               "frame": "esc-cr-nul"})
    wait_for(lambda: address.connections, "the connection")
    p.send_signal(signal.SIGTERM)
    task = read(end_of(p), "a signal")
    same([task["rc"], task["msg"]], [143, "a signal ended the task"], "a signal ends it")

with device(lambda c: c.recv(1)) as address:
    p = start({"_ansible_module_name": "wilco", "device": address, "command": [".wait 1h", "STATUS"]})
    ok(wait_for(lambda: address.connections, "the connection"), "a wait before the first command opens the line")
    p.send_signal(signal.SIGTERM)
    task = read(end_of(p), "a signal during a wait")
    same([task["rc"], task["changed"], [r["status"] for r in task["results"]]], [143, False, ["skipped"]],
         "a signal ends it, too")
task = call("a wait for nobody", device=f"127.0.0.1:{unused_port()}", command=[".wait 1ms", "STATUS"])
same([task["rc"], task["status"]], [3, "connect"], "if the line cannot be opened, the command says why")

# ---- parameters that are wrong ----

GOOD = {"device": "127.0.0.1:9", "command": "STATUS"}
LIST = "there are command, device, expect, fields, frame, macro, port, query, read_only, secrets, settings, timeout, vars, want"
for args, part in some([
        ({**GOOD, "comand": 1}, f"unknown parameter 'comand'; {LIST}; did you mean command?"),
        ({**GOOD, "command": True}, "command is a truth value: YAML reads ON, OFF, yes and no as one"),
        ({**GOOD, "command": ["A", False]}, "command[1] is a truth value"),
        ({**GOOD, "command": [["A"]]}, "command[0] is a text"),
        ({**GOOD, "command": {"a": 1}}, "command is a text"),
        ({**GOOD, "command": "A\nB"}, "command is one line; \\n stands for a line feed that the device gets"),
        ({**GOOD, "command": 1.5}, "command is a text; a number with a point"),
        ({**GOOD, "command": []}, "either command or macro is required"),
        ({"device": "a"}, "either command or macro is required"),
        ({**GOOD, "macro": "A\n"}, "either command or macro"),
        ({"command": "A"}, "device is required"),
        ({**GOOD, "device": ""}, "device is required"),
        ({**GOOD, "device": None}, "device is required"),
        ({**GOOD, "device": ["a"]}, "device is a text"),
        ({**GOOD, "device": "tcp://h:99999"}, "99999"),
        ({**GOOD, "port": "0"}, "port"),
        ({**GOOD, "port": 65536}, "65536"),
        ({**GOOD, "port": "x"}, "port"),
        ({**GOOD, "timeout": "soon"}, "soon"),
        ({**GOOD, "frame": "payload nonsense"}, "nonsense"),
        ({**GOOD, "settings": {"baud": "x"}}, "baud"),
        ({**GOOD, "settings": ["a"]}, "settings is a dict"),
        ({**GOOD, "settings": {"timeout": False}}, "settings.timeout is a truth value"),
        ({**GOOD, "fields": {"unit": "1"}}, "has no field 'unit'"),
        ({**GOOD, "frame": "modbus-tcp", "fields": {"unit": "x"}}, "unit"),
        ({**GOOD, "secrets": {"a b": "x"}}, "cannot be the name of a secret"),
        ({**GOOD, "secrets": {"a": ""}}, "the secret a has 1 to 4096 bytes, not 0"),
        ({**GOOD, "secrets": {f"a{i}": "x" * 5 for i in range(101)}}, "at most 100 secrets"),
        ({**GOOD, "secrets": "x"}, "secrets is a dict"),
        ({**GOOD, "vars": {"a": 1}}, "vars goes with macro"),
        ({"device": "a", "macro": "A\n", "vars": {"=": "1"}}, "NAME=VALUE"),
        ({"device": "a", "macro": "A\n", "vars": {"n": "1"}}, "'n=1': n is the number of the loop's turn"),
        ({"device": "a", "macro": "A\n", "vars": {"a b": "1"}}, "'a b' cannot be the name of a variable"),
        ({"device": "a", "macro": "/nowhere/x.wilco"}, "/nowhere/x.wilco"),
        ({"device": "a", "macro": "A\n", "expect": "x"}, "expect goes with command"),
        ({**GOOD, "expect": ["a", "b"]}, "expect is one reply for all commands"),
        ({**GOOD, "expect": "(late) x"}, "expect: a task expects a reply"),
        ({**GOOD, "expect": "(any)\nx"}, "no other line can stand beside this one"),
        ({**GOOD, "expect": "( (re)"}, "expect: "),
        ({**GOOD, "expect": ""}, "(empty)"),
        ({**GOOD, "query": "A"}, "query and want go together"),
        ({**GOOD, "want": "A"}, "query and want go together"),
        ({**GOOD, "query": "A", "want": "B", "read_only": True}, "read_only does not go with query"),
        ({**GOOD, "query": ".wait 1s", "want": "B"}, "a query is a command"),
        ({**GOOD, "query": ".tell A", "want": "B"}, "a query is a command"),
        ({**GOOD, "read_only": "perhaps"}, "read_only is yes or no"),
        ({**GOOD, "read_only": 2}, "read_only is yes or no"),
        ({**GOOD, "_ansible_check_mode": "perhaps"}, "_ansible_check_mode is yes or no"),
        ({**GOOD, "command": ["A", "\\xZZ"]}, "command[1]: "),
        ({**GOOD, "command": "\\{name}"}, "has no value here"),
        ({**GOOD, "command": "x" * 70000}, "command: "),
        ({**GOOD, "query": "\\q", "want": "B"}, "query: "),
]):
    task = call(f"wrong: {part}", **args)
    same(task["rc"], 2, f"wrong: {part}")
    has(task["msg"], part, f"it says: {part}")

# The documentation and the playbook for one device have the same parameters.
DOCUMENTS = os.path.join(os.environ["srcdir"], "doc/ansible")
for name, pattern in (("plugins/modules/wilco.yml", r"^    (\w+):$"), ("playbooks/task.yml", r"^        (\w+): \"\{\{")):
    with open(os.path.join(DOCUMENTS, name), encoding="utf-8") as f:
        same(sorted(re.findall(pattern, f.read().split("\nEXAMPLES:")[0], re.MULTILINE)), LIST.removeprefix("there are ").split(", "),
             f"{name} has all parameters")

huge = b'{"_ansible_module_name":"w","device":"' + b"x" * (16 << 20) + b'"}'
for content, part in some([(b"", "no JSON"), (b"{", "no JSON"), (b"[1]", "_ansible_module_name"), (b"null", "no JSON"),
                           (b'{"device":"a","command":"b"}', "_ansible_module_name"),
                           (b'{"_ansible_module_name":1}', "_ansible_module_name"),
                           (b'{"_ansible_module_name":"w","device":"a\\u0000b","command":"c"}', "no JSON"),
                           (b'{"_ansible_module_name":"w","device":"a","device":"b"}', "no JSON"),
                           (b'{"_ansible_module_name":"w","device":"\xff"}', "no JSON"),
                           (b"[" * 100000, "no JSON"), (huge, "16777216")]):
    result = end_of(start(content))
    has(read(result, f"a file: {part}")["msg"], part, f"a file: {content[:40]!r}")
for path, part in ((f"{HOME}/none", "there is no file"), (HOME, "is a directory")):
    p = subprocess.Popen([*checker(), MODULE, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
    has(read(end_of(p), f"no file: {part}")["msg"], part, f"no file: {part}")

# Under its own name wilco is no module, whatever its argument is.
args = os.path.join(HOME, "own")
with open(args, "w", encoding="utf-8") as f:
    json.dump({"_ansible_module_name": "w", **GOOD}, f)
result = run(args, timeout=LIMIT)
ok(result.code and not result.out, "under its own name wilco is no module", result)
done()
