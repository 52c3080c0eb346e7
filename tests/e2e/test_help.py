#!/usr/bin/env python3
"""The help of the program and of each sub-command; an option that a sub-command does not use is refused."""
import re
import shlex

from wilcotest import checked_memory, done, has, ok, run, same, some

ARGUMENTS = {"FORMAT": "text", "N": "1", "DURATION": "1s", "DURATION|off": "1s", "LINE": "1"}

top = run("--help")
same((top.code, top.err), (0, ""), "--help is no error, and writes to standard output")
ok(len(top.out.splitlines()) <= 45, "--help is short", top.out)
names = re.findall(r"^  wilco ([a-z]+)", top.out, re.M)
for name in ("send", "fleet", "frame", "demo"):
    ok(name in names, f"--help knows {name}")
parts = re.findall(r"^  wilco (frame [a-z]+) ", run("frame", "--help").out.split("\nFor example")[0], re.M)
same(parts, ["frame list", "frame show", "frame encode", "frame decode"], "frame --help has its parts")

# What each sub-command takes, by its help: option -> argument.
takes, everything, examples = {}, {}, {}
for name in (*names, *parts):
    r = run(*name.split(), "--help")
    same((r.code, r.err), (0, ""), f"{name} --help is no error")
    same(r.out.split("\n", 1)[0].split(" ")[:1 + len(name.split())], ["wilco", *name.split()], f"{name}: its usage")
    examples[name] = r.out.split("\nFor example:\n  ")[-1].split("\n")[0]
    ok(examples[name].startswith(f"wilco {name}"), f"{name}: an example", r)
    same([line for line in (top.out + r.out).splitlines() if len(line) > 80], [], f"{name}: at most 80 columns")
    takes[name] = dict(re.findall(r"^ {2}(?:-[a-z], | {4})--([a-z-]+)(?: ([^ \n]+))?", r.out, re.M))
    everything.update(takes[name])
    same(run(*name.split(), "x", "--help").out, r.out, f"{name}: other words do not matter")
same(run("help", "send").out, run("send", "--help").out, "wilco help send does the same")
r = run(stdin="".join(f".device {name} h\n" for name in (*names, "help")))
for name in (*names, "help"):
    has(r.err, f"{name} is a word of wilco's own and cannot name a device", f"no device is called {name}")
for name, options in (("send", "log record dry-run"), ("fleet", "limit yes"), ("play", "jobs yes"), ("fmt", "check")):
    for option in options.split():
        ok(option in takes[name], f"{name} --help has --{option}", takes[name])
for name, options in (("send", "yes check force"), ("dump", "frame json"), ("frame show", "force"), ("fmt", "port")):
    for option in options.split():
        ok(option not in takes[name], f"{name} --help has no --{option}", takes[name])
same((takes["check"]["command"], takes["frame decode"]["command"]), ("TEXT", ""),
     "--command takes a text after check, and none after frame decode")
for name, example in ((name, examples[name]) for name in ("frame list", "frame show", "frame encode", "frame decode")):
    r = run(*shlex.split(example.split(" <")[0])[1:], stdin="$GPGSA,A,3*30\r\n" if "decode" in name else "")
    same((r.code, r.err), (0, ""), f"the example of {name} runs")
same(run(*shlex.split(examples["send"])[1:], "--dry-run").code, 0, "the example of send sends")
has(run("import", "--help").out, "the device's port in a capture", "an option may do another thing elsewhere")

# With too few or too many words nothing runs, but the options are read before that is said.
has(run("ports", "tty", "x\x01").err, "too many words: wilco ports [NAME], and then 'x\\x01'", "the first word too many is quoted")
words = {"demo": ["x"], "ports": ["x", "y"], "dump": ["x", "y"], "frame list": ["crc", "x"]}
cases = [(name, option) for name in takes for option in sorted(everything) if option not in ("help", "version")]
for name, option in some(cases[::5] if checked_memory() else cases):  # a thousand starts say no more about memory
    argument = takes[name].get(option, "" if option == "command" else everything[option])
    given = [f"--{option}"] + ([ARGUMENTS.get(argument, "x")] if argument else [])
    r = run(*name.split(), *given, *words.get(name, []))
    if option in takes[name]:
        ok(r.code == 2 and "works only" not in r.err, f"{name} takes --{option}", r)
    else:
        has(r.err, f"--{option} works only with wilco ", f"{name} does not take --{option}")
        same((r.code, r.out), (2, ""), "and nothing is done")
for given, told in (
        (("send", "--force", "127.0.0.1:1", "x"), "--force works only with wilco frame encode\n"),
        (("--stream", "1", "127.0.0.1:1"), "--stream works only with wilco import and view\n"),
        (("--record", "x", "127.0.0.1:1"), "--record works only with wilco send, play and tap; the console has .record\n"),
        (("--command", "check", "x"), "--command must stand behind the word check\n")):
    r = run(*given)
    same((r.code, r.out, r.err), (2, "", f"wilco: {told}"), f"{' '.join(given)} is refused")
done()
