#!/usr/bin/env python3
"""What each start of wilco costs before main() is counted in the built program: the names that are looked up, and
the tables in which addresses are written.   (doc/HACKING.md, Two programs; `make
bench-counts` counts its instructions.)"""
import os
import platform
import re
import shlex
import subprocess

from wilcotest import WILCO, done, need, ok, skip

BUILT = os.path.dirname(os.path.abspath(WILCO))
# A little more than there are.  Who needs more finds out what for, and whether it is worth a start's time.
NAMES, TABLES = 242, 18000
# Such a name takes a look into the vDSO, and into pages of the C library that a start has no other use for.
VDSO = {"gettimeofday", "time"}
# Variables of the C library that the linker copies into ours; only libuv has more use for them than we have.
COPIED = {"__environ", "stderr"}


def configured():
    """The options of configure."""
    return set(shlex.split(subprocess.run([f"{BUILT}/config.status", "--config"], capture_output=True, text=True,
                                          check=True).stdout))


def readelf(*words):
    return subprocess.run(["readelf", "-W", *words, f"{BUILT}/wilco"], capture_output=True, text=True, check=True,
                          env={**os.environ, "LC_ALL": "C"}).stdout


def test_names():
    names = set(re.findall(r" UND (\w+)", readelf("--dyn-syms")))
    ok(names and len(names) <= NAMES, f"a start looks up at most {NAMES} names", f"{len(names)}: {sorted(names)}")
    ok(not names & VDSO, "none of them is looked up in the vDSO, too", names & VDSO)
    copied = set(re.findall(r"_COPY .* (\w+)@", readelf("--relocs")))
    ok(copied <= COPIED, "nothing is copied out of the C library's pages", copied - COPIED)


def test_tables():
    size = int(re.search(r" \.data\.rel\.ro\s+PROGBITS\s+\w+ \w+ (\w+)", readelf("--sections"))[1], 16)
    ok(size <= TABLES, f"tables with addresses take at most {TABLES} bytes", size)


OPTIONS = configured()
if not need("readelf"):
    done()
with open(f"{BUILT}/Makefile", encoding="utf-8") as makefile:
    SPARES = re.search(r"^UV_LIBS = .*-u,uv__work_done", makefile.read(), re.M)
if platform.machine() != "x86_64" or not SPARES or OPTIONS & {"--enable-sanitizers", "--disable-modules"}:
    skip("a start has other costs in such a build", privilege=True)
else:
    test_names()
    test_tables()
done()
