#!/usr/bin/env python3
"""Macros at the prompt: .macros lists them, .edit lends the terminal to an editor and checks what it wrote, and their
names are completed."""
import os

from wilcotest import HOME, Terminal, command, done, has, need, run, same, simulated, some

FOLDER = f"{HOME}/.local/share/wilco/macros"
DEVICE = ".frame line\nSTATUS\n  READY\n"

# An editor that shows what it was given, takes a line from the terminal, and writes the text that is prepared.
EDITOR = f"""#!/bin/sh
printf 'editing %s\\n' "$1"
read -r line
printf '%s' "$line" >{HOME}/typed
[ "$line" = stop ] && kill -STOP 0
[ "$line" = fail ] && exit 3
[ "$line" = nothing ] || cp {HOME}/prepared "$1"
"""


def put(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


# ---- .macros ----

r = run(stdin=".macros\n")
same((r.code, r.out), (0, ""), "without macros, .macros lists none")
has(r.err, f"there are no macros in {FOLDER} yet: .record NAME makes one", "and says how to get one")
put(f"{FOLDER}/selftest.wilco", "#!/usr/bin/env -S wilco play\n\n# the pump's self \x1b[31m test\n# more\nSTATUS\n")
put(f"{FOLDER}/alpha.wilco", "STATUS\n  READY\n")
for other in ("notes.txt", ".hidden.wilco", "a b.wilco"):
    put(f"{FOLDER}/{other}", "# not a macro\n")
os.mkdir(f"{FOLDER}/folder.wilco")
r = run(stdin=".macros\n")
same(r.out, "alpha\nfolder\nselftest             the pump's self \\x1b[31m test\n",
     "each has its first comment beside it, escaped")
r = run(stdin=".edit selftest\n")
same(r.code, 2, "a pipe has no editor")
has(r.err, "an editor needs a terminal", "and says so")

# ---- .edit ----

put(f"{HOME}/editor", EDITOR)
os.chmod(f"{HOME}/editor", 0o700)
if need("tmux"):
    for words, name in some((((), "split screen"), (("--plain",), "lines"))):
        with simulated(DEVICE) as device:
            program = " ".join(command(*words, "-f", "line", device))
            t = Terminal(f"env VISUAL={HOME}/editor {program}", columns=140)
            t.wait(f"{device}>", f"{name}: the console begins")
            new = f"{FOLDER}/{name.split()[0]}.wilco"
            put(f"{HOME}/prepared", "# by hand\nSTATUS\n  \\q\n")
            t.type(f".edit {name.split()[0]}")
            t.keys("Enter")
            t.wait(f"editing {new}", "the editor has the terminal")
            t.type("hello there")
            t.keys("Enter")
            t.wait(f"{new}:3:3: '\\q' is not an escape", "what it wrote is checked when it ends")
            t.shows(lambda s: "  ^" in s and "STATUS" not in s.splitlines()[-1], "with a mark below the place")
            same(open(f"{HOME}/typed", encoding="utf-8").read(), "hello there", "the editor got the keys")
            t.type("STATUS")
            t.keys("Enter")
            t.wait("READY", "the console is back, and its line is open")
            put(f"{HOME}/prepared", "# by hand\nSTATUS\n  READY\n")
            t.type(f".edit {name.split()[0]}")
            t.keys("Enter")
            t.shows(lambda s: s.rstrip().splitlines()[-1].startswith("editing"), "the editor comes again")
            t.type("again")
            t.keys("Enter")
            t.wait(f"{new}: checked", "a macro that is right is called so")
            t.type(".edit other")
            t.keys("Enter")
            t.wait(f"editing {FOLDER}/other.wilco", "a file that is not there yet is edited, too")
            t.type("nothing")
            t.keys("Enter")
            t.wait("other.wilco was not written", "a macro that was not written is no error")
            t.type(".edit other")
            t.keys("Enter")
            t.shows(lambda s: s.rstrip().splitlines()[-1].startswith("editing"), "once more")
            t.type("fail")
            t.keys("Enter")
            t.wait("the editor ended with status 3", "an editor that fails is named")
            t.type(".edit other")
            t.keys("Enter")
            t.shows(lambda s: s.rstrip().splitlines()[-1].startswith("editing"), "and once more")
            t.type("stop")
            t.keys("Enter")
            t.wait("other.wilco: checked", "an editor that stops itself goes on")
            t.type(".edit sel")
            t.keys("Tab")
            t.wait(".edit selftest", "Tab completes names of macros")
            t.keys("C-u")
            t.type(".quit")
            t.keys("Enter")
            t.close()
            os.unlink(f"{FOLDER}/other.wilco")
    t = Terminal(f"env -u VISUAL EDITOR={HOME}/none {' '.join(command())}", columns=140)
    t.wait("used ", "the devices are offered")
    t.keys("Escape")
    t.wait("wilco>")
    t.type(".edit selftest")
    t.keys("Enter")
    t.wait("the editor was not found: VISUAL or EDITOR names it", "an editor that is not there is reported")
    t.close()

done()
