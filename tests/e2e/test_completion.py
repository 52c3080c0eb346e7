#!/usr/bin/env python3
"""Completion in shells: what `wilco __complete` offers, and bash, zsh and fish with the installed files."""
import os
import shutil

from wilcotest import HOME, WILCO, Terminal, done, need, ok, run, same, skip, some, wait_for

CONFIG = f"""\
.device pump1 10.0.0.5:9100
.device pump2 exec:{HOME}/open
.device meter /dev/ttyUSB0
.group pumps = pump1 pump2
.frame acme = STX payload ETX
"""
HOSTILE = "$(touch pwned) a.wilco"


def put(name, text):
    path = f"{HOME}/{name}"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


os.chmod(put("open", f"#!/bin/sh\n: >{HOME}/opened\n"), 0o700)
put("config/wilco/config", CONFIG)
put("data/wilco/macros/selftest.wilco", "# \033[31mchecks\t`touch pwned`\nSTATUS\n")
put("data/wilco/macros/$(touch pwned).wilco", "# no name\n")
put(f"here/{HOSTILE}", "STATUS\n")
put("here/plain.wilco", "STATUS\n")
data = {"XDG_DATA_HOME": f"{HOME}/data"}


def offers(*words):
    """Returns what the first line says, and word -> what it is."""
    r = run("__complete", "--", *words, env=data)
    same((r.code, r.err), (0, ""), f"{' '.join(words)}: nothing is said")
    lines = [line.split("\t") for line in r.out.splitlines()]
    return lines[0][0], {line[0]: line[1] for line in lines[1:]}


subs = {"send", "play", "fleet", "check", "simulate", "tap", "import", "frame", "fmt", "dump", "ports", "demo", "view"}
same(set(offers("")[1]), subs | {"help", "pump1", "pump2", "meter"}, "first sub-commands and devices")
for words, expected in some((
        (["fr"], {"frame"}), (["help", "f"], {"fleet", "frame", "fmt"}), (["demo", ""], set()), (["pump1", ""], set()),
        (["frame", ""], {"list", "show", "encode", "decode"}), (["frame", "list", ""], {"crc"}),
        (["frame", "list", "crc", ""], set()), (["frame", "show", "ac"], {"acme"}), (["frame", "show", "acme", ""], set()),
        (["send", "pu"], {"pump1", "pump2"}), (["send", "pump1", ".he"], {".hex"}), (["check", "x", "me"], {"meter"}),
        (["tap", "127.0.0.1:0", "pump1"], {"pump1"}), (["tap", "pu"], set()), (["tap", "a", "b", ""], set()),
        (["send", "-f", "ac"], {"acme"}), (["send", "-qvf", "ac"], {"acme"}), (["send", "-fline", "pump1"], {"pump1"}),
        (["send", "--fra", "ac"], {"acme"}), (["send", "--frame=ac"], {"--frame=acme"}), (["--frame", "ac"], {"acme"}),
        (["send", "-o", "j"], {"json"}), (["send", "--out=j"], {"--out=json"}), (["send", "-t", "pu"], set()),
        (["send", "--dr"], {"--dry-run"}), (["demo", "--dr"], set()), (["send", "--", "--dr"], set()),
        (["frame", "encode", "--fo"], {"--force"}), (["frame", "show", "--fo"], set()), (["frame", "--fo"], {"--force"}),
        (["check", "--command", ".he"], {".hex"}), (["frame", "decode", "--command", "ac"], {"acme"}),
        (["fleet", "pu"], {"pump1", "pump2", "pumps"}), (["fleet", "a,pumps"], {"a,pumps"}), (["fleet", "x", ".he"], {".hex"}),
        (["play", "se"], {"selftest"}), (["play", "x", "pump1"], {"pump1"}), (["fleet", "x", "--play=s"], {"--play=selftest"}),
        (["import", "--stream", ""], {"all"}), (["tap", "--toward="], {"--toward=program", "--toward=device"}),
        (["simulate", "--idle-limit", "o"], {"off"}), (["send", "--nonsense=x"], set()), (["send", "--nonsense", "pump1"], {"pump1"}), (["play", "$"], set()))):
    same(set(offers(*words)[1]), expected, f"after {words}")
same(set(offers("--")[1]) & {"--json", "--pcap", "--version", "--jobs", "--demo"}, {"--json", "--pcap", "--version"},
     "before a sub-command, the options of the console and the commonest ones")
for words, files in some(((["fmt", ""], True), (["play", ""], True), (["send", ""], False), (["send", "--log", ""], True),
                          (["send", "--log="], True), (["fleet", ""], True), (["fleet", "a,"], False),
                          (["import", "x", ""], False), (["simulate", ""], True), (["simulate", "x", ""], False))):
    same(offers(*words)[0], "files" if files else "words", f"{words}: files or not")
ok("10.0.0.5:9100" in offers("send", "pump1")[1]["pump1"], "a device has its address beside it")
same(offers("play", "selftest")[1]["selftest"], "\\x1b[31mchecks\\t`touch pwned`", "a comment is escaped")
same(offers("send", "--var\033=")[1], {}, "what is typed is not repeated to a terminal as it is")
put("config/wilco/config", f"{CONFIG}.nonsense\n.device late 10.0.0.9\n")
same(set(offers("send", "")[1]), {"pump1", "pump2", "meter"}, "of a wrong configuration what comes before the mistake")
put("config/wilco/config", CONFIG)
same(run("__complete", stdin="").code != 0, True, "without words it is the name of a device like any other")

# ---- the shells ----

COMPLETION = f"{os.path.abspath(os.environ['srcdir'])}/src/completion"
os.makedirs(f"{HOME}/bin", exist_ok=True)
os.symlink(os.path.abspath(WILCO), f"{HOME}/bin/wilco")
for part, where in (("bash/wilco", "data/bash-completion/completions"), ("zsh/_wilco", "zsh"),
                    ("fish/wilco.fish", "share/fish/vendor_completions.d")):
    os.makedirs(f"{HOME}/{where}", exist_ok=True)
    shutil.copy(f"{COMPLETION}/{part}", f"{HOME}/{where}")
BASH = "/usr/share/bash-completion/bash_completion"
begin = put("bashrc", f"PS1='> '\nPS2=\n. {BASH}\nbind 'set show-all-if-ambiguous on'\nbind 'set bell-style none'\n")
put("zsh/.zshrc", "PS1='> '\nfpath=($ZDOTDIR $fpath)\nautoload -U compinit\ncompinit -u -D\n")
put("config/fish/config.fish", "set -g fish_greeting\nset -g fish_autosuggestion_enabled 0\n"
    "function fish_prompt\n    echo -n '> '\nend\n")


def cleared(t):
    """Empties line and screen."""
    t.keys("C-u")
    t.keys("C-l")
    ok(wait_for(lambda: t.screen().strip() == ">", "an empty screen"), "the line is empty again", t.screen())


def try_shell(name, start, status):
    env = {**data, "PATH": f"{HOME}/bin:{os.environ['PATH']}", "ZDOTDIR": f"{HOME}/zsh",
           "XDG_DATA_DIRS": f"{HOME}/share:/usr/share"}
    t = Terminal(f"sh -c 'cd {HOME}/here && exec {start}'", 100, 40, env)
    t.wait(">", f"{name} begins")
    cleared(t)
    for typed, expected in some((
            ("wilco si", "wilco simulate"), ("wilco send pump1 --dr", "wilco send pump1 --dry-run"),
            ("wilco send --frame=ac", "wilco send --frame=acme"),
            ("wilco fleet pump1,me", "wilco fleet pump1,meter"), ("wilco play se", "wilco play selftest"),
            ("wilco play pl", "wilco play plain.wilco"), ("wilco send --log=pl", "wilco send --log=plain.wilco"),
            ("wilco send pump1 .he", "wilco send pump1 .hex"), ("wilco send 'me", "wilco send 'meter'"))):
        t.type(typed)
        t.keys("Tab")
        t.shows(lambda s: f"> {expected}" in [line.rstrip() for line in s.splitlines()], f"{name}: {typed}")
        cleared(t)
    t.type("wilco fleet pump")
    t.keys("Tab")
    t.shows(lambda s: all(word in s for word in ("pump1", "pump2", "pumps")), f"{name}: several are listed")
    cleared(t)
    t.type("wilco fmt --check \\$")
    t.keys("Tab")
    t.shows(lambda s: "a.wilco" in s, f"{name}: the name of a file is quoted")
    t.keys("Enter")
    t.type(f"echo code-${status}")
    t.keys("Enter")
    t.wait("\ncode-0", f"{name}: it is that file")
    t.close()


shells = (("bash", f"bash --rcfile {begin} -i", "?"), ("zsh", "zsh -i", "?"), ("fish", "fish -i", "status"))
if need("tmux"):
    for shell, how, code in shells:
        if shell == "bash" and not os.path.exists(BASH):
            skip("bash-completion is not installed")
        elif need(shell):
            try_shell(shell, how, code)
made = [os.path.join(path, name) for path, _, names in os.walk(HOME) for name in names if name in ("pwned", "opened")]
same(made, [], "nothing was run, and nothing opened")
done()
