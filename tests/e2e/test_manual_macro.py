#!/usr/bin/env python3
"""doc/wilco-macro.5: every example of the rendered page is run, and its table of verbs is the program's."""
import hashlib
import os
import re
import subprocess

from wilcotest import ENV, HOME, device, done, has, need, ok, read_until, run, same, simulated, some

PAGE = f"{os.environ['srcdir']}/doc/wilco-macro.5"
INDENT = 11
SECRET = {**ENV, "WILCO_SECRET_PIN": "1234"}
PLACES = {"at a prompt": "prompt", "as a COMMAND of send": "send", "in a macro": "macro",
          "in the file of a device": "device", "in the configuration": "configuration"}


def rendered():
    p = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", PAGE], capture_output=True, text=True, check=False,
                       env={**os.environ, "MANWIDTH": "120", "MANPAGER": "cat", "LC_ALL": "C.UTF-8"})
    same(p.stderr, "", "the manual formats without a warning")
    return re.sub("(.\x08)|(\x1b\\[[0-9;]*m)", "", p.stdout)


def examples(text):
    """The files of the page: from a line with the name to the next blank line."""
    blocks = re.findall(rf"^ {{{INDENT}}}# ([a-z-]+\.wilco)(.*)\n((?:.+\n)+)", text, re.M)
    return {name: (head, "".join(f"{line[INDENT:]}\n" for line in lines.splitlines())) for name, head, lines in blocks}


def section(text, name):
    return re.split(r"\n(?=[A-Z])", text.split(f"\n{name}\n")[1])[0] + "\n"


def explained(verb):
    """What .help says of a verb: how it is written, and its places."""
    lines = run(stdin=f".help {verb}\n").out.splitlines()
    return lines[0], [PLACES[p] for p in re.split(", | or ", lines[2].strip(" ()"))]


if not need("man"):
    done()
page = rendered()
files = examples(page)
ok(len(files) >= 15, f"the page has {len(files)} examples")
for name, (_, text) in files.items():
    with open(f"{HOME}/{name}", "w", encoding="utf-8") as f:
        f.write(text)

# ---- every example plays, and is a file that can be formatted ----
logins = {name: files.pop(name) for name in ("switch.wilco", "projector.wilco")}
for name, (head, text) in some(files.items()):
    with simulated(files["pump.wilco"][1]) as pump, simulated(files["meter.wilco"][1]) as meter:
        several = [f"--device=pump={pump}", f"--device=meter={meter}"]
        one = ["--device", meter if "modbus-tcp" in text else pump]
        r = run("play", "--yes", *(several if ".device" in text else one), f"{HOME}/{name}", env=SECRET)
        ok(r.code == 0 and "not ok" not in r.out and "ok " in r.out, f"{name} plays{head}", r)
with simulated(files["memory.wilco"][1]) as memory:
    r = run("send", "-f", "line", memory, "SPEED?", "SPEED 20", "SPEED?")
    same(r.out, "SPEED=100\nOK\nSPEED=20\n", "memory.wilco is a device with a memory")
for name in some({**files, **logins}):
    r = run("fmt", f"{HOME}/{name}")
    same((r.code, r.err), (0, ""), f"{name} can be formatted")
    same(run("fmt", "--check", f"{HOME}/{name}").code, 0, f"{name} is formatted then")

# ---- every login logs in ----
SAYS = {"switch.wilco": (b"Hello\r\nUsername: ", {b"admin": b"\r\nPassword: ", b"1234": b"\r\nsw1# "}),
        "projector.wilco": (b"PJLINK 1 a\r", {hashlib.md5(b"a1234").hexdigest().encode() + b"%1CLSS ?": b"%1CLSS=1\r"})}
for name, (greeting, answers) in SAYS.items():
    def serve(connection, greeting=greeting, answers=answers):
        connection.sendall(greeting)
        while line := read_until(connection, b"\r"):
            connection.sendall(answers.get(line[:-1], b"hello\r"))
    with device(serve) as address:
        r = run("send", "-f", "payload CR", f"{address}?login={HOME}/{name}", "hi", env=SECRET)
        same((r.code, r.out), (0, "hello\n"), f"{name} logs in")

# ---- the table of verbs ----
table = dict(re.findall(r"^ {5}(\.\S.*?)(?:\n {13}| {2,})(\S.*)$", section(page, "VERBS"), re.M))
ok(len(table) >= 30, f"the table has {len(table)} verbs")
listed = run(stdin=".help\n").out
of_files = re.findall(r"\.([a-z-]+)", listed.split("explains them):")[1])
of_prompt = re.findall(r"^\.([a-z-]+)", listed, re.M)
for verb in some(of_files + of_prompt):
    usage, places = explained(verb)
    if set(places) & {"macro", "device", "configuration"}:
        has(list(table), usage, f"the page knows {usage}")
        same(re.findall("[a-z]+", table.get(usage, "")), places, f"and where .{verb} may stand")
done()
