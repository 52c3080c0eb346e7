#!/usr/bin/env python3
"""A login is played at each opening, before the first command, and one that fails ends the opening with its reason."""
import contextlib
import hashlib
import json
import os
import socket
import subprocess

from wilcotest import (ENV, HOME, LIMIT, WILCO, Terminal, checker, command, device, done, end_of, has, ok, read_until, run,
                       same, simulated, wait_for)

VALUE, SEED = "hunter2-q9", "498e4a67"
GIVEN = {"WILCO_SECRET_PW": VALUE}
FRAME = "payload CR -> payload CR LF 'sw1# '"
SWITCH = """# logs in at a switch
.frame payload CR -> payload ('Username: ' | 'Password: ' | 'sw1# ')
.greeting
  .*Welcome.* (re)
admin
  \\r\\n
\\{secret:PW}
  \\r\\n
"""
DIGEST = hashlib.md5((SEED + VALUE).encode()).hexdigest()
PJLINK = """.frame payload CR
.greeting
  PJLINK 1 [0-9a-f]+ (re)
.capture seed /PJLINK 1 (.*)/
\\{md5:seed+secret:PW}%1CLSS ?
  %1CLSS=[12] (re)
"""


def write(name, text):
    path = f"{HOME}/{name}.wilco"
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


@contextlib.contextmanager
def switch(hangs=False, closes=False, password=VALUE):
    """A switch that echoes nothing; gives its address and what it was told, one list a connection."""
    told = []

    def serve(connection):
        lines = []
        told.append(lines)

        def ask(text):
            connection.sendall(text)
            line = read_until(connection, b"\r")
            lines.append(line)
            return line

        ask(b"Welcome to sw1\r\n\r\nUsername: ")
        if closes:
            return
        if hangs:
            read_until(connection, b"never")
        if ask(b"\r\nPassword: ") != password.encode() + b"\r":
            ask(b"\r\nLogin incorrect\r\n\r\nUsername: ")
            return
        line = ask(b"\r\nsw1# ")
        while line:
            if line == b"reload\r":
                connection.sendall(b"bye\r\nsw1# ")
                return
            line = ask(b"did " + line[:-1] + b"\r\nsw1# ")

    with device(serve) as address:
        yield address, told


def searched(*results):
    """Says in which file below HOME, or output, the secret or what is made of it is."""
    found = [repr(r) for r in results for word in (VALUE, DIGEST) if word in r.out + r.err]
    for folder, _, names in os.walk(HOME):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                with open(path, "rb") as f:
                    data = f.read()
                found += [path for word in (VALUE, DIGEST) for spelled in (word.encode(), word.encode().hex().encode())
                          if spelled in data]
    return found


def ansible(task):
    """Runs wilco as a module of Ansible's; gives the result and its object."""
    args, module = f"{HOME}/args", f"{HOME}/AnsiballZ_wilco"
    if not os.path.exists(module):
        os.symlink(os.path.abspath(WILCO), module)
    with open(args, "w", encoding="utf-8") as f:
        json.dump(task, f)
    p = subprocess.Popen([*checker(), module, args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         env=ENV)
    r = end_of(p)
    os.remove(args)
    return r, json.loads(r.out)


login = write("sw1", SWITCH)
book = f"{HOME}/config/wilco/config"
os.makedirs(os.path.dirname(book))


def configure(address, more=""):
    with open(book, "w", encoding="utf-8") as f:
        f.write(f'.device sw1 {address} login={login} frame="{FRAME}" {more}\n')


# ---- a switch ----

with switch() as (address, told):
    for kind in ("tcp", "telnet"):
        configure(f"{kind}://{address}")
        told.clear()
        log = ("--pcap", f"{HOME}/{kind}.pcap") if kind == "tcp" else ("--log", f"{HOME}/{kind}.log")
        r = run("send", "-v", *log, "--record", f"{HOME}/{kind}.wilco", "sw1", "show version", "show clock", env=GIVEN)
        same((r.code, r.out), (0, "did show version\ndid show clock\n"), f"{kind}: the commands come after the login")
        same(told[0][:4], [b"admin\r", VALUE.encode() + b"\r", b"show version\r", b"show clock\r"],
             "which sent its lines first, once")
        same(searched(r), [], "the password is in no output, log, capture or recording")
    with open(f"{HOME}/telnet.log", encoding="utf-8") as f:
        has(f.read(), "xxxxxxxxxxx", "in the log its bytes are x")
    with open(f"{HOME}/tcp.wilco", encoding="utf-8") as f:
        same([line for line in f if "admin" in line], [], "a recording has the commands alone")
    r = run("send", "--json", f"{address}?login={login}", "-f", FRAME, "a", env=GIVEN)
    same([json.loads(line)["reply"] for line in r.out.splitlines()], ["did a"], "an address has a login, too")
    macros = f"{HOME}/.local/share/wilco/macros"
    os.makedirs(macros)
    os.symlink(login, f"{macros}/in.wilco")
    same(run("send", f"{address}?login=in", "-f", FRAME, "a", env={**GIVEN, "XDG_DATA_HOME": ""}).out, "did a\n",
         "and a macro of the folder")
    configure(address)
    macro = write("asks", ".open sw1\nshow version\n  did show version\n")
    same(run("play", macro, env=GIVEN).code, 0, "play logs in")
    r = run("fleet", "sw1", "show version", env=GIVEN)
    same((r.code, r.out.split()), (0, ["sw1", "did", "show", "version"]), "fleet does")
    same(run("fleet", "sw1", "--play", macro, env=GIVEN).code, 0, "and a macro for each device")

    # Ansible: the settings of a task, and of a host in the inventory.
    task = {"_ansible_module_name": "wilco", "_ansible_verbosity": 3, "device": address, "frame": FRAME,
            "settings": {"login": login}, "command": f"show {VALUE}", "secrets": {"PW": VALUE}}
    r, answer = ansible(task)
    same((r.code, answer["stdout"], answer["changed"]), (0, "did show \\{secret:PW}", True), "a task of Ansible's logs in")
    same(searched(r), [], "and shows the password nowhere")
    r, answer = ansible({**task, "secrets": {}, "command": "show"})
    same((r.code, answer["msg"]), (2, f"the login: {login}:7:3: the secret PW is not known"), "without the secret it says so")
    r, answer = ansible({**task, "settings": {"login": f"{login}.none"}, "_ansible_check_mode": True})
    has(answer["msg"], "No such file", "a check finds a login that is not there")
    inventory = {"_meta": {"hostvars": {"sw2": {"wilco_address": address, "wilco_frame": FRAME,
                                                "wilco_settings": {"login": login, "timeout": "4s"}}}},
                 "all": {"hosts": ["sw2"]}}
    r = run("fleet", "--inventory", "-", "-v", "sw2", "show version", stdin=json.dumps(inventory), env=GIVEN)
    same((r.code, r.out), (0, "sw2\tdid show version\n"), "a host of an inventory has a login in its settings")
    same(searched(r), [], "whose password is nowhere")
    inventory["_meta"]["hostvars"]["sw2"]["wilco_settings"] = {"login": {"__ansible_vault": "x"}}
    has(run("fleet", "--inventory", "-", "sw2", "a", stdin=json.dumps(inventory)).err, "host sw2: wilco_settings is vaulted",
        "a vaulted setting is an error")
    told.clear()
    configure(address, "connection=each")
    same(run("send", "sw1", "a", "b", env=GIVEN).out, "did a\ndid b\n", "a line for each command")
    same([len(lines) >= 3 for lines in told], [True, True], "has a login for each")
    configure(address)
    told.clear()
    r = run("sw1", stdin="reload\n.wait 200ms\na\n", env=GIVEN)
    same((r.code, r.out), (0, "bye\ndid a\n"), "a line that was opened again is logged in again")
    same([lines[:2] for lines in told], [[b"admin\r", VALUE.encode() + b"\r"]] * 2, "and nothing else was sent first")
    told.clear()
    r = run("check", "sw1")
    wait_for(lambda: told, "its connection")
    has(r.out, f"login   {login}: not played", "check says that it plays none")
    told.clear()
    r = run("send", "sw1", "a")
    same((r.code, told), (2, []), "without the secret nothing is connected")
    has(r.err, "the secret PW is not known", "and it is said what is missing")
    same(searched(r), [], "again the password is nowhere")

# ---- it fails ----

with switch(password="another one") as (address, told):
    configure(address)
    r = run("send", "sw1", "a", "b", env=GIVEN)
    same((r.code, r.out, len(told)), (3, "", 1), "a wrong password ends the opening, and is sent once")
    has(r.err, f"Failed to connect to device sw1: the login failed: {login}:7 \\{{secret:PW}}: ", "with its line")
    has(r.err, "Login incorrect", "and what was said")
    told.clear()
    r = run("--json", "sw1", stdin="a\nb\n", env=GIVEN)
    same(([json.loads(line)["status"] for line in r.out.splitlines()], len(told)), (["connect"] * 2, 1),
         "the next command does not try it again, because that might lock an account")
    ok(all(b"a\r" not in lines for lines in told), "nothing was sent before it was done", told)
    t = Terminal(" ".join(command("sw1")), columns=160, env=GIVEN)
    t.wait("the login failed")
    told_then = len(told)
    t.type(".open")
    t.keys("Enter")
    wait_for(lambda: len(told) > told_then, "a person can try it again")
    t.wait("only .open tries it again")
    t.close()
    same(searched(), [], "the password is in no history")
with switch(hangs=True) as (address, told):
    configure(address, "timeout=300ms")
    r = run("send", "sw1", "a", env=GIVEN)
    same((r.code, told[0][0]), (3, b"admin\r"), "a device that hangs")
    has(r.err, "the login failed", "ends the opening")
    has(r.err, "no reply within 300 ms", "when its time is over")
with switch(closes=True) as (address, told):
    configure(address)
    r = run("send", "sw1", "a", env=GIVEN)
    same(r.code, 3, "a device that closes")
    has(r.err, "peer closed without a reply", "ends the opening, too")
with device(lambda c: c.close()) as address:
    configure(address, "timeout=10s")
    r = run("send", "sw1", "a", env=GIVEN)
    same(r.code, 3, "one that closes at once")
    has(r.err, "expected a frame, got the end of the line", "is not waited for")
with device(lambda c: read_until(c, b"never")) as address:
    for greeting in (".greeting\n", ".greeting\n  (any)\n", ".greeting\n.capture x /./\n"):
        silent = write("silent", f".frame line\n{greeting}x\n")
        r = run("send", f"{address}?login={silent}&timeout=300ms", "-f", "line", "a")
        same((r.code, "the login failed" in r.err), (3, True), f"one that says nothing is waited for as long as timeout: {greeting!r}")
with device(lambda c: [c.sendall(b"%d\n" % i) for i in range(5000)] and read_until(c, b"x\n") and not c.sendall(b"y\nz\n")
            and read_until(c, b"a\n") and c.sendall(b"b\n")) as address:
    long = write("long", ".frame line\n.greeting\n  17\n  4999\nx\n  y\n")
    same(run("send", f"{address}?login={long}", "-f", "line", ".wait 50ms", "a").out, "b\n", "a long message of the day is passed over")
with switch() as (address, told):
    for text, why in ((".frame nonsense\nx\n", "nonsense"), ("a\n  b (re\n.bogus\n", "bogus"), (None, "No such file"),
                      (".device x 1.2.3.4\na\n", "has one device"), (".open a\n1\n.open b\n2\n", "talks to one device"),
                      (".confirm sure?\na\n", "a login asks nobody"), (".greeting\n  (none)\n", "whole and right"),
                      (".let x 1\n\\{md5:x+y}\n", "y} has no value"), (f".frame esc-cr\n.greeting\n  (any)\n{'x' * 8}\n", None)):
        if text is None:
            os.remove(login)
        else:
            write("sw1", text)
        told.clear()
        r = run("send", f"{address}?login={login}&timeout=300ms", "-f", FRAME, "a", env=GIVEN)
        if why:
            same((r.code, told), (2, []), f"nothing is connected where the macro is wrong: {why}")
            has(r.err, why, "and it is said why")
        else:
            same((r.code, "a\r" in str(told)), (3, False), "a frame that half-closes cannot log in")
            has(r.err, "the login failed", "and it is said")
write("sw1", SWITCH)

# ---- a projector ----

def projector(connection):
    connection.sendall(f"PJLINK 1 {SEED}\r".encode())
    if read_until(connection, b"\r") != f"{DIGEST}%1CLSS ?\r".encode():
        connection.sendall(b"PJLINK ERRA\r")
        return
    connection.sendall(b"%1CLSS=1\r")
    while line := read_until(connection, b"\r"):
        connection.sendall(line[:6] + b"=1\r")


pjlink = write("pjlink", PJLINK)
with device(projector) as address:
    words = "send", "-v", "-f", "pjlink", "--log", f"{HOME}/pj.log", f"{address}?login={pjlink}", "POWR ?"
    r = run(*words, env=GIVEN)
    same((r.code, r.out), (0, "POWR=1\n"), "PJLink's digest of the seed and the password")
    wrong = run(*words, env={"WILCO_SECRET_PW": "nope-nope"})
    same(wrong.code, 3, "a wrong password")
    has(wrong.err, "\\{md5:seed+secret:PW}%1CLSS ?: pattern: expected %1CLSS=[12] (re), got PJLINK ERRA", "is said, by names")
    same(searched(r, wrong), [], "neither the password nor the digest is anywhere")
    r = run("play", "--device", address, write("plain", ".frame line\n.let a x\n.let b \\{md5:a}\n\\{b}\n"), "--dry-run")
    has(r.out, hashlib.md5(b"x").hexdigest(), "the digest of what is no secret is plain")

# ---- other lines ----

shell = write("sh", ".frame payload LF -> payload ('Username: ' | 'Password: ' | 'ok> ')\n.greeting\nadmin\n  (empty)\n"
              "\\{secret:PW}\n  (empty)\n")
script = f"{HOME}/login.sh"
with open(script, "w", encoding="utf-8") as f:
    f.write("printf 'Username: '; read u; printf 'Password: '; read p; printf 'ok> '\n"
            "while read l; do printf 'did %s\\nok> ' \"$l\"; done\n")
for more in ("", "ahead=4"):
    with open(book, "w", encoding="utf-8") as f:
        f.write(f""".device box "exec:sh {script}" login={shell} {more} frame="payload LF -> payload LF 'ok> '"\n""")
    r = run("send", "box", "one", "two", "three", env=GIVEN)
    same((r.code, r.out), (0, "did one\ndid two\ndid three\n"), f"a command as the device {more}")
p = subprocess.Popen(command("send", "-f", "payload LF -> payload LF 'ok> '", f"listen://127.0.0.1:0?login={shell}", "one"),
                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**ENV, **GIVEN})
with socket.create_connection(("127.0.0.1", int(p.stderr.readline().split(b":")[-1])), LIMIT) as caller:
    for says, hears in ((b"Username: ", b"admin\n"), (b"Password: ", VALUE.encode() + b"\n"), (b"ok> ", b"one\n")):
        caller.sendall(says)
        same(read_until(caller, b"\n"), hears, f"a device that calls is logged in: {says}")
    caller.sendall(b"did one\nok> ")
    same(end_of(p).out, "did one\n", "and then asked")

# ---- one file is both ----

with simulated(".frame payload LF ; greet *\n.greeting\n  login?\nme\n  hello\nwork\n  done\n") as address:
    both = write("both", ".frame payload LF\n.set timeout=3s\n.greeting\n  login?\nme\n  hello\n")
    same(run("send", "-f", "line", f"{address}?login={both}", "work").out, "done\n", "a simulated device")

# ---- the console asks for the secret when the device does ----

with switch() as (address, told):
    configure(address)
    t = Terminal(" ".join(command("sw1")))
    t.wait("PW (not shown):")
    t.type("mistyped")
    t.keys("Enter")
    t.wait("the login failed")
    t.type(".open")
    t.keys("Enter")
    t.shows(lambda s: s.rstrip().endswith("PW (not shown):"), "a secret that was wrong is asked for again")
    t.type(VALUE)
    t.keys("Enter")
    t.type("show version")
    t.keys("Enter")
    t.wait("did show version")
    same([lines[1] for lines in told], [b"mistyped\r", VALUE.encode() + b"\r"], "the console logs in")
    t.close()
    same(searched(), [], "what was typed is in no file")
done()
