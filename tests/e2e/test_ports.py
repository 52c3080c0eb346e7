#!/usr/bin/env python3
"""Serial ports: which there are, who has them, how an address names one, and the next that is plugged in."""
import json
import os
import pty
import subprocess
import threading
import tty

from ports import Machine
from wilcotest import ENV, HOME, LIMIT, Terminal, command, done, end_of, has, ok, read_until, run, same, skip, wait_for

FTDI = "usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0"
CH340 = "usb-1a86_USB_Serial-if00-port0"
CP2102 = "usb-Silicon_Labs_CP2102_USB_to_UART_Bridge_Controller_0001-if00-port0"
ACM = "usb-Arduino__www.arduino.cc__0043_757353034313-if00"
PLACE = "pci-0000:00:14.0-usb-0:{}:1.0-port0"


def ports(machine, *words, **more):
    r = run("ports", "--json", *words, env=machine.env, **more)
    return {x["name"]: x for x in map(json.loads, r.out.splitlines())}


os.chmod(HOME, 0o755)
m = Machine(f"{HOME}/machine")
r = run("ports", env=m.env)
same((r.code, r.out, "no serial port is there" in r.err), (0, "", True), "a machine without ports")
r = run("send", "-f", "line", "serial:", "x", env=m.env)
same((r.code, "no serial port is there" in r.err), (2, True), "of which none is the only one")
m.isa("ttyS0", 0)
m.isa("ttyS1", 4)
m.usb("ttyUSB0", "1-1.2", "ftdi_sio", "0403:6001", "FTDI", "FT232R USB UART", "A50285BI", FTDI)
found = ports(m)
same(sorted(found), ["ttyS1", "ttyUSB0"], "ports that the machine lacks, consoles and ptys are none")
m.usb("ttyUSB10", "1-2", "cp210x", "10c4:ea60", "Silicon Labs", "CP2102 USB to UART Bridge Controller", "0001", CP2102)
m.usb("ttyUSB2", "1-1.3", "ch341", "1a86:7523", None, "USB Serial\x1b[31m", None, CH340)
m.usb("ttyACM0", "1-4", "cdc_acm", "2341:0043", "Arduino (www.arduino.cc)", None, "757353034313", ACM)
same(list(ports(m)), ["ttyACM0", "ttyS1", "ttyUSB0", "ttyUSB2", "ttyUSB10"], "they are in the order of their numbers")
m.program(4242, "minicom", "ttyUSB0")
m.lock("ttyACM0", os.getpid())
m.lock("ttyS1", 2 ** 22 + 1)  # no process has this number
found = ports(m)
f = found["ttyUSB0"]
same([f[k] for k in ("path", "address", "by_id", "by_path", "driver", "usb", "vendor_id", "product_id", "maker", "model",
                     "serial", "twin")],
     [f"{m.root}/dev/ttyUSB0", f"serial:{FTDI}", FTDI, PLACE.format("1.2"), "ftdi_sio", "1-1.2", "0403", "6001", "FTDI",
      "FT232R USB UART", "A50285BI", False], "an adapter: its names, driver, place and serial number")
same([f["holders"], found["ttyACM0"]["holders"][0]["pid"], found["ttyS1"]["holders"]],
     [[{"pid": 4242, "program": "minicom", "lock": False}], os.getpid(), []],
     "programs that have it open or have locked it, if they live")
same([found["ttyS1"][k] for k in ("driver", "usb", "serial", "address")], ["serial8250", None, None, "serial:ttyS1"],
     "a port of the board")
same((found["ttyACM0"]["driver"], found["ttyUSB2"]["maker"]), ("cdc_acm", None), "what is not said is null")
r = run("ports", env=m.env)
same(r.code, 0, "as text")
for text in (f"{m.root}/dev/ttyUSB0  serial:{FTDI}\n  FTDI FT232R USB UART, serial number A50285BI, driver ftdi_sio, "
             "USB port 1-1.2, ID 0403:6001\n  used by minicom (process 4242)\n", ", as its lock file says)",
             r"USB Serial\x1b[31m"):
    has(r.out, text, "the list has it all, and escapes what a device says")
r = run(stdin=".ports\n", env=m.env)
has(r.out + r.err, f"serial:{FTDI}", ".ports says the same")

same(list(ports(m, "usb-*")), ["ttyACM0", "ttyUSB0", "ttyUSB2", "ttyUSB10"], "a pattern lists those that are called so")
same(list(ports(m, "serial:ttyS1")), ["ttyS1"], "a name as an address has it, too")
r = run("ports", "usb-Prolific*", env=m.env)
same((r.code, r.out), (3, ""), "where none is called so, that is a failure")
has(r.err, f"no serial port is called 'usb-Prolific*': is it plugged in? There are serial:{ACM}, serial:ttyS1, ",
    "which lists those that are there")
has(r.err, " and 1 more\n", "as many as a message has room for")
r = run(stdin=".ports ttyS*\n.ports nope\n", env=m.env)
has(r.out + r.err, "serial:ttyS1", ".ports takes a pattern, too")
has(r.err, "no serial port is called nope", "and says where there is none")

# ---- two that are the same ----

m.usb("ttyUSB3", "1-1.4", "ch341", "1a86:7523", None, "USB Serial", None, CH340)
found = ports(m)
same([(found[x]["twin"], found[x]["address"], found[x]["by_id"]) for x in ("ttyUSB2", "ttyUSB3")],
     [(True, f"serial:{PLACE.format(place)}", CH340) for place in ("1.3", "1.4")],
     "two adapters without serial numbers are told apart by their place")
r = run("send", "-f", "line", f"serial:{CH340}", "x", env=m.env)
same(r.code, 2, "their name means neither")
has(r.err, "2 ports are called so", "which is said")
has(r.err, f"there are serial:{PLACE.format('1.3')}, serial:{PLACE.format('1.4')}", "with what means one")

# ---- an address ----

r = run("send", "-f", "line", "serial:", "x", env=m.env)
same(r.code, 2, "serial: is the only port")
has(r.err, "which has 6", "and there are more")
has(r.err, f"serial:{FTDI}", "which are listed")
r = run("send", "-f", "line", "serial:usb-Prolific*", "x", env=m.env)
same((r.code, "no serial port is called" in r.err), (3, True), "one that is not there may be plugged in later")
has(r.err, f"There are serial:{ACM}, ", "those that are there are listed")
r = run("__complete", "--", "send", "serial:usb-F", env=m.env)
same(r.out, f"words\nserial:{FTDI}\tFT232R USB UART\n", "the shell completes their names")


def echoing(fd):
    """A device at a pty, which answers each line."""
    tty.setraw(fd)

    def serve():
        line = b""
        while True:
            try:
                byte = os.read(fd, 1)
            except OSError:
                return
            line += byte
            if byte == b"\n":
                os.write(fd, b"got " + line)
                line = b""
    threading.Thread(target=serve, daemon=True).start()


ours, theirs = pty.openpty()
echoing(ours)
os.remove(f"{m.root}/dev/ttyUSB0")
m.node("ttyUSB0", os.ttyname(theirs))
for address in (f"serial:{FTDI}", "serial:usb-FTDI*", "serial:ttyUSB0", "serial:ttyUSB0?baud=115200", "serial:*usb-0:1.2:*"):
    r = run("send", "-f", "line", address, "hi", env=m.env)
    same((r.code, r.out), (0, "got hi\n"), f"{address} opens it")
one = Machine(f"{HOME}/one")
one.usb("ttyUSB0", "1-1", "ftdi_sio", "0403:6001", "FTDI", "x", "y", FTDI, node=False)
one.node("ttyUSB0", os.ttyname(theirs))
one.names("ttyUSB0", "1-1", FTDI)
r = run("send", "-f", "line", "serial:", "hi", env=one.env)
same((r.code, r.out), (0, "got hi\n"), "serial: opens the only one")
r = run("send", "--json", "-f", "line", "serial:?baud=19200", "hi", env=one.env)
same(json.loads(r.out)["address"], f"serial:{FTDI}", "with settings, and says which it is")

# ---- who may open it ----

if os.geteuid():
    skip("only root can be another user", privilege=True)
else:
    os.chown(f"{m.root}/dev/ttyUSB2", 0, 20)
    os.chmod(f"{m.root}/dev/ttyUSB2", 0o660)
    os.chmod(f"{m.root}/dev/ttyUSB3", 0o600)
    os.remove(f"{m.root}/dev/ttyUSB10")
    os.chmod(f"{m.root}/proc/4242/fd", 0o700)
    nobody = {"user": 65534, "group": 65534, "extra_groups": []}
    found = ports(m, **nobody)
    if not found:
        skip("another user cannot start wilco here", privilege=True)
    else:
        same(found["ttyUSB2"]["problem"],
             'no permission: it is for the group dialout: sudo usermod -aG dialout "$USER", and log in again',
             "without permission it says what to do")
        same(found["ttyUSB3"]["problem"], "no permission: only root may open it", "or that nothing can be done")
        has(found["ttyUSB10"]["problem"], "no file in /dev", "or that there is no file")
        r = run("ports", env=m.env, **nobody)
        has(r.err, "only root sees what the programs of others use", "and that some is not seen")
        same(ports(m, user=65534, group=20, extra_groups=[])["ttyUSB2"]["permitted"], True, "the group may")

# ---- the next one ----

def plug(machine, name, place, slow=False):
    """Plugs an adapter in that is the pty; slow: as with udev, which names it a moment later."""
    machine.usb(name, place, "ftdi_sio", "0403:6001", "FTDI", "x", name, None, node=False)
    machine.node(name, os.ttyname(theirs))
    if not slow:
        machine.names(name, place, f"usb-FTDI_{name}-if00-port0")


def start(text, machine):
    p = subprocess.Popen(command("-f", "line"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         env={**ENV, **machine.env})
    p.stdin.write(text)
    p.stdin.close()
    p.stdin = None
    ok("plug the adapter in" in p.stderr.readline().decode(), "it waits")
    return p


p = start(b".open next?baud=115200\nhello\n", one)
plug(one, "ttyUSB7", "1-3")
r = end_of(p)
same((r.code, r.out), (0, "got hello\n"), "a script goes on when a port is plugged in")
p = start(b".open next\n.set\n.devices\n", one)
plug(one, "ttyUSB8", "1-4", slow=True)
one.names("ttyUSB8", "1-4", "usb-FTDI_slow-if00-port0")
r = end_of(p)
has(r.out + r.err, "usb-FTDI_slow-if00-port0", "which has its name by then")
one.unplug("ttyUSB7")
p = start(b".open next\nhello\n", one)
one.unplug("ttyUSB8")
os.rename(f"{one.root}/sys/devices/pci0000:00/0000:00:14.0/usb1/1-4", f"{one.root}/old")
plug(one, "ttyUSB8", "1-4")
same(end_of(p).out, "got hello\n", "one that was pulled out and comes again is new")
t = Terminal(" ".join(["env", f"WILCO_PORTS_ROOT={one.root}", *command("-f", "line")]))
t.wait("wilco>")
t.type(".open next")
t.keys("Enter")
t.wait("plug the adapter in; Ctrl-C gives up")
t.keys("C-c")
t.wait("no port is waited for any more", "Ctrl-C ends it")
t.type(".open next")
t.keys("Enter")
t.shows(lambda screen: screen.count("plug the adapter in") == 2, "it can be asked for again")
plug(one, "ttyUSB9", "1-5")
t.wait("ttyUSB9>", "the console opens it")
t.type("hi")
t.keys("Enter")
t.wait("got hi")
t.close()
done()
