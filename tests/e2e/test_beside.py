#!/usr/bin/env python3
"""Code beside the program: whose modules and whose console are run, and what is said of others'."""
import contextlib
import os
import shutil
import time

import wilcotest
from wilcotest import HOME, LIMIT, WILCO, Recorder, done, has, ok, run, skip, unused_port

BUILT = os.path.dirname(os.path.abspath(WILCO))
MODULES = os.path.isdir(f"{BUILT}/modules")
NOBODY, OTHER = 65534, 65533
PORT = unused_port()
RUNS, REFUSED = "nothing listens there", "others may have put it there: "


@contextlib.contextmanager
def copy(mode=0o755):
    """A folder with the program and what belongs beside it, all of this mode."""
    folder = os.path.join(HOME, f"copy{time.monotonic_ns()}")
    os.mkdir(folder)
    for name in ("wilco", "wilco-console"):
        shutil.copy(f"{BUILT}/{name}", f"{folder}/{name}")
    if MODULES:
        shutil.copytree(f"{BUILT}/modules", f"{folder}/modules")
    for name in below(folder):
        os.chmod(name, mode)
    wilcotest.WILCO = f"{folder}/wilco"
    yield folder
    wilcotest.WILCO = WILCO
    shutil.rmtree(folder)


def below(folder):
    return [folder] + [os.path.join(where, name) for where, folders, files in os.walk(folder)
                       for name in folders + files]


def tls(*options, **more):
    """Needs the module, and finds nobody there."""
    return run("send", *options, f"tls://127.0.0.1:{PORT}", "X", **more).err


def console():
    t = Recorder("--plain", f"127.0.0.1:{PORT}")
    got = t.until(RUNS.encode(), LIMIT).decode("utf-8", "replace")
    if RUNS in got:
        t.type(b".quit\r")
        t.until_quiet()
    t.process.wait(LIMIT)
    os.close(t.fd)
    return " ".join(got.split())


def runs(name, get=tls):
    has(get(), RUNS, name)


def refuses(name, *parts, get=tls):
    got = get()
    ok(all(part in got for part in (REFUSED, *parts)), f"refused: {name}", f"{parts}\n{got}")


def test_console():
    with copy() as f:
        runs("the console beside the program", console)
        os.chmod(f, 0o1777)
        refuses("a console in a folder like /tmp", f"everybody may write to {f}/ ", get=console)
        os.chmod(f, 0o755)
        os.chmod(f"{f}/wilco-console", 0o757)
        refuses("a console that everybody may write", "/wilco-console (chmod o-w)", get=console)
        os.rename(f"{f}/wilco-console", f"{f}/other")
        os.symlink("other", f"{f}/wilco-console")
        has(console(), "/wilco-console is a symbolic link", "a link in its place is none")


def test_modes():
    with copy() as f:
        runs("a module beside the program")
        has(tls("--pcap", f"{f}/x.pcap"), RUNS, "two of them are two")
        for place in ("", "modules/", "modules/tls.so"):
            os.chmod(f"{f}/{place}", 0o757)
            refuses(f"'{place}' that everybody may write", f"everybody may write to {f}/{place} ")
            os.chmod(f"{f}/{place}", 0o775)
            refuses(f"'{place}' that its group may write",
                    f"group {os.getegid()} may write to {f}/{place} ")
            os.chmod(f"{f}/{place}", 0o755)
        os.chmod(f, 0o1777)
        refuses("a folder like /tmp", f"everybody may write to {f}/ ")
    with copy(0o775):
        runs("a build of a group, as the program itself is")
    with copy(0o777):
        runs("where everybody may write the program, nothing is gained by others")


def test_what_is_there():
    with copy() as f:
        os.rename(f"{f}/modules", f"{f}/elsewhere")
        os.symlink("elsewhere", f"{f}/modules")
        runs("a link to a folder of ours")
        os.chmod(f"{f}/elsewhere", 0o777)
        refuses("a link to a folder of everybody's", f"{f}/modules/ ")
        os.chmod(f"{f}/elsewhere", 0o755)
        module = f"{f}/modules/tls.so"
        os.rename(module, f"{f}/tls.so")
        os.symlink(f"{f}/tls.so", module)
        has(tls(), f"{module} is a symbolic link", "a link in the place of a module is none")
        os.unlink(module)
        os.mkfifo(module)
        has(tls(), f"{module} is not a file", "a FIFO is none, and is not waited for")
        os.unlink(module)
        with open(module, "w", encoding="ascii") as broken:
            broken.write("not a module")
        has(tls(), "for tls: tls.so: ", "what cannot be loaded is named as it is")


def test_owners():
    os.chmod(HOME, 0o711)
    with copy() as f:
        has(tls(user=NOBODY, group=NOBODY, extra_groups=[]), RUNS, "root's build, run by another user")
        for place in ("modules/tls.so", "modules", ""):
            os.chown(f"{f}/{place}", NOBODY, 0)
            refuses(f"'{place}' is another user's", f"{f}/{place}", f"belongs to user {NOBODY}, ")
        for name in below(f):
            os.chown(name, NOBODY, NOBODY)
        runs("root runs the build of somebody, as sudo does")
        has(tls(user=OTHER, group=OTHER, extra_groups=[]), RUNS, "and another user does")
        os.chown(f"{f}/modules/tls.so", 0, 0)
        runs("a module of root's in that build")
        os.chown(f"{f}/modules/tls.so", OTHER, 0)
        refuses("a third user's", f"belongs to user {OTHER}, ", f"(user {NOBODY})")
    with copy(0o775) as f:
        os.chown(f"{f}/modules", 0, OTHER)
        refuses("a group that may not write the program", f"group {OTHER} may write to {f}/modules/ ")
        os.chmod(f"{f}/wilco", 0o777)
        runs("unless everybody may")


def test_nothing_there():
    """False: others are installed where this build looks next."""
    with copy() as f:
        os.unlink(f"{f}/wilco-console")
        shutil.rmtree(f"{f}/modules", ignore_errors=True)
        if RUNS in console() or (MODULES and RUNS in tls()):
            return False
        has(console(), "/wilco-console: No such file", "without a console, the installed one is missed")
        if MODULES:
            has(tls(), "/modules/tls.so: cannot open", "and without a module")
    return True


if not test_nothing_there():
    skip("another wilco is installed, and would be run instead", privilege=True)
    done()
test_console()
if MODULES:
    test_modes()
    test_what_is_there()
if MODULES and os.geteuid() == 0:
    test_owners()
elif MODULES:
    skip("only root has files of several users", privilege=True)
done()
