#!/usr/bin/env python3
"""What configure says of hardening is in the built programs and modules."""
import glob
import os
import platform
import re
import shlex
import subprocess

from wilcotest import WILCO, done, need, ok, skip

BUILT = os.path.dirname(os.path.abspath(WILCO))
PROGRAMS = ["wilco", "wilco-console"]
MODULES = sorted(glob.glob("modules/*.so", root_dir=BUILT))
LIBRARIES = sorted(glob.glob("src/*.a", root_dir=BUILT))
IN_USE = set(os.environ.get("WILCO_HARDENING", "").split())
FLAGS = {"stack-protector": "-fstack-protector-strong", "stack-clash": "-fstack-clash-protection",
         "cf-protection": "-fcf-protection", "auto-init": "-ftrivial-auto-var-init=zero"}


def asked_for():
    """All that this processor has and the options of configure did not switch off."""
    options = subprocess.run([f"{BUILT}/config.status", "--config"], capture_output=True, text=True,
                             check=True).stdout
    options = set(shlex.split(options))
    asked = {*FLAGS, "shadow-stack", "relro", "now", "pie", "fortify"}
    if platform.machine() != "x86_64":
        asked -= {"cf-protection", "shadow-stack"}
    if "--enable-sanitizers" in options:
        asked -= {"auto-init", "fortify"}
    if "--disable-auto-init" in options:
        asked -= {"auto-init"}
    return asked if "--disable-hardening" not in options else set()


def readelf(*words):
    return subprocess.run(["readelf", "-W", *words], cwd=BUILT, capture_output=True, text=True,
                          check=True, env={**os.environ, "LC_ALL": "C"}).stdout


def all_have(name, files, what):
    """what(file): None, or what is wrong with it."""
    wrong = [f"{f}: {why}" for f in files if (why := what(f))]
    ok(files and not wrong, name, "\n".join(wrong) or "no file")


def lacks(pattern, *words):
    def what(file):
        text = readelf(*words, file)
        return None if re.search(pattern, text) else f"no {pattern} in\n{text}"
    return what


def has_any(pattern, *words):
    def what(file):
        found = re.search(pattern, readelf(*words, file))
        return f"{found.group()}" if found else None
    return what


def unmarked(library):
    """Its objects without the mark for indirect branches.  Programs have it only if the C library's
    start files have."""
    objects = readelf("-n", library).split("\nFile: ")[1:]
    if not objects:
        return "it has no objects"
    return " ".join(o.splitlines()[0] for o in objects if "IBT, SHSTK" not in o)


def units(file):
    """How each of its sources was compiled, as gcc notes it in the debugging information."""
    return re.findall(r"DW_AT_producer.*: (GNU C\d.*)",
                      readelf("--debug-dump=info", "--dwarf-depth=1", file))


def compiled(flag, wanted):
    def what(file):
        return next((u for u in units(file) if (flag in u) != wanted), None)
    return what


def test_always():
    files = PROGRAMS + MODULES
    all_have("no stack is executable", files, lacks(r"GNU_STACK .* RW +0x", "-l"))
    all_have("no code is writable", files, has_any(r"LOAD .* RWE ", "-l"))
    all_have("no code is relocated", files, has_any(r"\(?TEXTREL\)?", "-d"))


def test_linked():
    files = PROGRAMS + MODULES
    if "pie" in IN_USE:
        all_have("programs run at any address", PROGRAMS, lacks(r"FLAGS_1.* PIE", "-d"))
    if "relro" in IN_USE:
        all_have("tables of the linker become read-only", files, lacks(r"GNU_RELRO ", "-l"))
    if "now" in IN_USE:
        all_have("all of them, because all names are found at the start", files,
                 lacks(r"FLAGS_1.* NOW", "-d"))
    if "shadow-stack" in IN_USE:
        all_have("a shadow stack may be used", files, lacks(r"x86 feature: .*SHSTK", "-n"))


def test_compiled():
    if "stack-protector" in IN_USE:
        all_have("an overrun of the stack ends the program", PROGRAMS,
                 lacks(r"UND __stack_chk_fail\b", "--dyn-syms"))
    if "fortify" in IN_USE:
        all_have("the C library checks sizes", PROGRAMS, lacks(r"UND __mem\w+_chk\b", "--dyn-syms"))
    if "cf-protection" in IN_USE:
        all_have("every object says where it may be jumped to", LIBRARIES, unmarked)
    if not units("wilco"):
        skip("without debugging information by gcc it does not say how it was compiled", privilege=True)
        return
    for name, flag in FLAGS.items():
        wanted = name in IN_USE
        all_have(f"all is compiled {'with' if wanted else 'without'} {flag}", PROGRAMS + MODULES,
                 compiled(flag, wanted))


if not need("readelf"):
    done()
test_always()
ASKED = asked_for()
for part in sorted(ASKED - IN_USE):
    skip(f"the compiler has no {part}")
if ASKED:
    test_linked()
    test_compiled()
else:
    skip("configured with --disable-hardening", privilege=True)
done()
