#!/usr/bin/env python3
"""The program, its help, its manual and the README agree; their examples are accepted.  So is HACKING's table of layers."""
import glob
import json
import os
import re
import shlex
import subprocess

from wilcotest import ENV, done, has, need, ok, run, same, some

ROOT = os.environ["srcdir"]


def read(name):
    with open(f"{ROOT}/{name}", encoding="utf-8") as f:
        return f.read()


manual, readme = read("doc/wilco.1"), read("README.md")
plain = re.sub(r"\\(e|-|&)", lambda m: {"e": "\\", "-": "-", "&": ""}[m[1]], manual)
top = run("--help").out
commands = re.findall(r"^  wilco ([a-z]+)", top, re.M)
help_text = top + "".join(run(command, "--help").out for command in commands)

for option in re.findall(r"--([a-z-]+)", help_text):
    has(manual, f"Fl -{option}", f"the manual knows --{option}")
for option in re.findall(r"Fl -([a-z-]+)", manual):
    has(help_text, f"--{option}", f"--help knows --{option}")
for letter in set(re.findall(r"\.It Fl ([a-z]) ", manual)):
    has(help_text, f"-{letter}, --", f"--help knows -{letter}")
for command in commands:
    has(manual, f".Cm {command}", f"the manual knows the sub-command {command}")

verbs = re.findall(r"^\.([a-z]+)(?: or \.([a-z]))?", run(stdin=".help\n").out, re.M)
ok(len(verbs) > 10, "the console lists its commands")
for verb, short in some(verbs):
    has(manual, f".It Cm .{verb}", f"the manual knows .{verb}")
    if short:
        has(manual, f".{short}", f"the manual knows .{short}")
    r = run(stdin=f".help {verb}\n")
    has(r.out, "for example:", f".help {verb} has an example")
    r = run("-f", "line", "exec:cat", stdin=f"x\n.{verb}\n")
    ok(r.code in range(8), f".{verb} does without a terminal", r)
for verb in set(re.findall(r"^\.It Cm \.([a-z]+)", manual, re.M)) - {"verb"}:
    ok(verb in [v for v, _ in verbs], f".help lists .{verb}")
settings = [line.split()[0] for line in run(stdin=".set\n").out.splitlines()]
for setting in settings:
    has(manual, setting, f"the manual knows the setting {setting}")

# The kinds of addresses, the views and the formats, as the program's messages list them.
kinds = re.search(r"kinds are (.*)", run("send", "ftp://h", "x").err)[1].split(", ")
addresses = re.findall(r"^\.It (.*)", manual.split(".Sh ADDRESSES\n")[1].split("\n.El\n")[0], re.M)
for kind in kinds:
    has(" ".join(addresses), f"{kind}:", f"the manual knows {kind} addresses")
views = re.search(r"the view is (.*), not", run("127.0.0.1:1", stdin=".view ?\n").err)[1]
formats = re.search(r"the output is (.*), not", run("send", "-o", "?", "h", "x").err)[1]
has(" ".join(readme.split()), f"`.view` chooses {views}", "the README names the views")
for item, names in ((".It Cm .view ", views), (".It Fl o ", formats)):
    words = re.findall(r"^\.Cm (.*)", manual.split(f"\n{item}")[1].split("\n.It ")[0], re.M)
    same(re.findall("[a-z]+", " ".join(words)), re.split(", | or ", names), f"the manual names those of '{item}'")

# Frames that are named or shown: all of them compile, those in the manual are what it says.
for name, notation in some(re.findall(r"^\.It Cm ([a-z0-9-]+)\n(?:.*\n){0,2}?\.Li (.*?) \.$", manual,
                                      re.M)):
    r = run("-f", name, "127.0.0.1:1", stdin=".frame\n")
    has(r.out, f"frame {name} = {notation}", f"the manual's {name} is the program's")
for name in some(("line", "line-cr", "line-crlf", "raw", "raw-eof", "lp8", "lp16be", "lp16le", "lp32be",
                  "lp32le", "netstring", "esc-cr", "esc-cr-nul")):
    has(manual, name, f"the manual knows the frame {name}")
    same(run("send", "--dry-run", "-f", name, "h", "x").code, 0, f"the frame {name} sends")

# JSON: every member is named, and so is every word of a closed set.
section = manual.split(".Sh JSON\n")[1].split("\n.Sh ")[0]
words = set(re.findall(r"[a-z_-]+", section))


def members(value):
    if isinstance(value, dict):
        return {*value, *(name for key, part in value.items() if key != "fields" for name in members(part))}
    return {name for part in value for name in members(part)} if isinstance(value, list) else set()


for line, stdin in (("send -f line exec:cat a", ""), ("send --dry-run -f line h a", ""), ("demo", ""),
                    ("check 127.0.0.1:1", ""), ("check --probe exec:cat --command a -t 100ms", ""),
                    ("frame list", ""), ("frame show modbus-rtu", ""), ("frame encode line a", ""),
                    ("frame decode line", "a\nb"), ("-f line exec:cat", "a\nb\n")):
    objects = [json.loads(each) for each in run("--json", *line.split(), stdin=stdin).out.splitlines()]
    ok(objects, f"{line} prints objects")
    same(members(objects) - words, set(), f"{line}: the manual names all members")
    named = {o[key] for o in objects for key in ("status", "step", "event") if key in o}
    same(named - words, set(), f"{line}: and the words for what happened")

# Every send of README and manual, with --dry-run in front: the command must be accepted.
plain = re.sub(r"\\\((dq|:u|ss)", lambda m: {"dq": '"', ":u": "ü", "ss": "ß"}[m[1]], plain)
examples = [line.split("  ")[0].strip()
            for line in re.findall(r"^\s*(?:\.[DQ]l )?(wilco send [^D].*?)(?: [.;])?$", readme + plain, re.M)]
new = "silence deadline gap-more greet resync gateway connection charset open bind tls-min"
for setting in new.split():
    ok(any(f"{setting}=" in example for example in examples), f"there is an example of {setting}", examples)
ok(len(examples) >= 8, "there are examples", examples)
for example in some(examples):
    words = [word.replace("$device", "h") for word in shlex.split(example)[2:] if word not in ("-", "--dry-run")]
    r = run("send", "--dry-run", *words, "41")
    same(r.code, 0, f"accepted: {example}")

with open(f"{ENV['HOME']}/projector.wilco", "w", encoding="utf-8") as f:
    f.write(re.search(r"```\n(# a projector\n.*?)```", readme, re.S)[1])
p = subprocess.Popen([os.environ["WILCO"], "simulate", f"{ENV['HOME']}/projector.wilco",
                      "127.0.0.1:0"], stdout=subprocess.PIPE, env=ENV)
address = p.stdout.readline().decode().split()[-1]
same(run("send", address, "PWR?").out, "PWR=ON\n", "the README's device answers")
p.terminate()
p.wait()

r = run("demo")
same(r.code, 0, "wilco demo without a terminal exits 0")
ok(len(re.findall(r"^> ", r.out, re.M)) >= 2, "and shows at least two commands", r)
ok(len(re.findall(r"^< ", r.out, re.M)) >= 2, "with their replies", r)
same(run("--version").out, f"wilco {re.search(r'AC_INIT.*?, .([0-9.]+)', read('configure.ac'))[1]}\n",
     "--version is configure's")
same(run("version").out, run("--version").out, "wilco version says the same")
same(run("help").out, top, "wilco help says what --help does")
if need("man"):
    p = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", f"{ROOT}/doc/wilco.1"],
                       capture_output=True, text=True, check=False)
    same(p.stderr, "", "the manual formats without a warning")

# A layer includes itself and what its row names, and all that those may use.
rows = re.findall(r"^\| `src/(\w+)/` \|.*\| (.*?) \|$", read("doc/HACKING.md"), re.M)
layers = {name: set(re.findall(r"\w+", may)) for name, may in rows}
of_header = {header: library for library, files in re.findall(r"_lib(\w+)_a_SOURCES = \\\n((?:\t.*\n)*)", read("src/local.mk"))
             for header in re.findall(r"include/(wilco/\w+\.h)", files)}


def below(name):
    return {name}.union(*(below(layer) for layer in layers[name] if layer in layers))


for name in sorted(layers):
    used = {}
    for path in glob.glob(f"{ROOT}/src/{name}/*.[ch]"):
        for header in re.findall(r"^#include [<\"](\w+/\w+\.h)", read(os.path.relpath(path, ROOT)), re.M):
            used[of_header.get(header, header.split("/")[0])] = f"{path}: {header}"
    ok(name in used or name == "adapter", f"the includes of src/{name} are read", used)
    same([used[layer] for layer in used if layer in layers and layer not in below(name)], [],
         f"src/{name} includes nothing of a layer that is not below it")
same(sorted({os.path.basename(os.path.dirname(path)) for path in glob.glob(f"{ROOT}/src/*/*.c")} - set(layers)), [],
     "each folder is in the table of layers")
# Made by a script: base/printable.h, base/scripts.h.
long = [path for path in glob.glob(f"{ROOT}/src/*/*.[ch]") if os.path.basename(path) not in ("printable.h", "scripts.h")
        and len(read(os.path.relpath(path, ROOT)).splitlines()) > 600]
same(long, [], "no source file has over 600 lines")
done()
