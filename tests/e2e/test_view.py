#!/usr/bin/env python3
"""wilco view shows captures, logs and texts of others in the console: all views, search, comparison,
filters, streams; nothing can be sent, and what is large is read part by part."""
import os
import re
import shlex

from golden import golden
from packets import Connection, pcap, pcapng
from wilcotest import (HOME, LIMIT, WRAP, Recorder, Terminal, checked_memory, command, done, has, need, ok, run, same,
                       simulated, wait_for)



def file(name, content):
    path = f"{HOME}/{name}"
    with open(path, "wb") as f:
        f.write(content.encode() if isinstance(content, str) else content)
    return path


def log(count, device="pump1", first=0):
    """Exchanges, one each second, as wilco logs them."""
    lines = []
    for i in range(first, first + count):
        time = f"2026-11-23T{i // 3600 % 24:02}:{i // 60 % 60:02}:{i % 60:02}"
        lines.append(f"{time}.000000Z {device} > STATUS {i}?\\n\n{time}.001500Z {device} < READY {i}\\n\n")
    return "".join(lines)


def view(*words, columns=80, rows=24, env=None):
    t = Terminal(" ".join(command("view", *words)), columns, rows, env=env)
    t.shows(lambda s: " file " in "\n".join(s.splitlines()[-2:]), "the bottom rows say what the keys do")
    return t


def leave(t, name="q leaves"):
    t.keys("q")
    ok(wait_for(t.ended, name), name)
    t.close()


# ---- without a terminal ----

small = file("small.log", log(50))
r = run("view", small)
same(r.code, 2, "without a terminal it is refused")
for word in ("wilco frame decode", "wilco import", "wilco dump"):
    has(r.err, word, f"and names {word}")
if not need("tmux"):
    done()

# ---- standard input ----


def piped(shell, name):
    t = Terminal(f"sh -c {shlex.quote(shell)}")
    t.wait("STATUS 0?", name)
    t.wait("standard input      ", "the title says what it is")
    t.keys("G")
    t.wait("READY 49", "keys come from the terminal")
    leave(t)


wilco = " ".join(command("view", "-"))
piped(f"cat {small} | {wilco}", "a pipe is shown, too")
piped(f"{wilco} < {small}", "or a file that is standard input")
t = Terminal(f"sh -c '{wilco}; sleep 100'")
t.wait("wilco: - is standard input, which is the terminal here", "the terminal itself is refused")
t.close()
with open(small, encoding="utf-8") as f:
    r = run("view", "-", stdin=f.read())
ok(r.code == 2 and "wilco view needs a terminal" in r.err, "and without a terminal all of it", r)

# ---- a log ----

os.environ["TZ"] = "UTC"
t = view(small)
t.wait("STATUS 0?", "a log is shown from its beginning")
t.wait("entry 1 of 50", "the status says where it is")
t.keys("G")
t.wait("READY 49", "G: the end")
t.wait("entry 50 of 50", "and says so")
t.keys("g")
t.wait("entry 1 of 50", "g: the beginning")
for name, part in (("text", "view text"), ("hex", "53 54 41 54"), ("dump", "0000  53 54 41 54"), ("anatomy", "payload")):
    t.keys("v")
    t.wait(part, f"the view {name}")
t.keys("v")
t.wait("view auto", "and the first one again")
t.type("/READY 3")
t.keys("Enter")
t.wait("match 1 of 11", "a search")
t.wait("entry 4 of 50", "goes on from where it was")
t.keys("n")
t.wait("match 2 of 11", "n: the next one")
t.keys("N")
t.wait("match 1 of 11", "N: the one before")
t.keys("m", "j", "=")
t.wait("8 and 8 bytes, 1 differ", "two replies are compared, on a page beside the file")
t.wait("q goes back to the file", "which says how to go back")
t.keys("q")
t.wait("entry 5 of 50", "q goes back to where the file was left")
t.type(".goto 00:00:30")
t.keys("Enter")
t.wait("entry 31 of 50", ".goto: a time of day")
t.type(f".save {HOME}/saved.wilco")
t.keys("Enter")
t.wait("saved to", ".save: the selected exchange")
with open(f"{HOME}/saved.wilco", encoding="utf-8") as f:
    saved = f.read()
has(saved, "STATUS 30?", "is in the file")
t.type(f".copy {HOME}/copied.txt")
t.keys("Enter")
t.wait("copied to", ".copy: the same as it is shown")
with open(f"{HOME}/copied.txt", encoding="utf-8") as f:
    has(f.read(), "00:00:30.001 < READY 30", "is in the file")

# ---- nothing can be sent ----

t.keys("r")
t.wait("a file is shown, and no device is open to send to", "r sends nothing")
t.type(".open 10.0.0.1")
t.wait(".open talks to a device, and a view has none", "a command for devices is refused while it is typed")
t.keys("Enter")
t.wait(".open talks to a device", "and stays on the line")
t.keys("C-c")
t.keys("C-o")
t.type("STATUS")
t.wait("a file is shown, and no device is open: nothing can be sent", "so is a device command")
t.keys("Enter")
t.wait_last("view> STATUS", "which stays, too")
t.keys("C-c")
t.keys("C-o")
for line in (".play x", ".every 1s", ".tell x", ".watch x 1s", ".fleet a b"):
    t.type(line)
    t.shows(lambda s: "! " in s.splitlines()[-2], f"{line}: refused")
    t.keys("C-c")
t.type(".record x")
t.keys("Enter")
t.wait("nothing happens that could be recorded", "and so is .record")
t.keys("q")
t.keys("h")
t.wait("keys while browsing", "h: the keys, over the file")
t.keys("Escape")
t.shows(lambda s: "keys while browsing" not in s and "entry 31 of 50" in s, "Esc: back again")
leave(t)

# ---- filters, and a frame ----

bad = file("bad.hex", "> 02 51 31 03\n< 02 41 31 03\n" * 20 + "> 02 51 32 03\n< 78 02 41 32 03\n" +
           "> 02 51 33 03\n< 02 41 33 03\n")
t = view("-f", "'STX payload ETX'", bad)
t.wait("> Q1", "with a frame")
t.shows(lambda s: "\\x02" not in s and "delimiter ETX" in s, "its bytes are not shown as text")
t.type(".filter damaged")
t.keys("Enter")
t.wait("only damaged", "a filter")
t.shows(lambda s: "Q1" not in s and "Q3" not in s and "Q2" in s, "shows what is damaged")
t.wait("<! x  ", "and whose fault it is")
t.wait("bytes of the device, of no frame", "and why")
t.type(".filter all")
t.keys("Enter")
t.wait("Q1", "and all again")
leave(t)
t = view(small)
t.type(".filter damaged")
t.keys("Enter")
t.wait("only damaged")
t.keys("k")
t.wait("nothing is left by the filter", "where nothing is damaged, that is said")
t.keys("f", "f")
t.wait("entry 1 of 50", "f: all again")
leave(t)

# What a program broke is marked as in the console of a tap.
t = view("-f", "'STX len(payload):u8 payload xor8(payload) ; bin'", file(
    "broken.hex", "> 02 01 51 51\n< 02 01 41 41\n> 02 01 51 52\n< 02 01 41 42\n> 78\n> 02 05 51\n"))
t.shows(lambda s: [" ".join(line.split()) for line in s.splitlines()[1:7]] == [
    "> 51", "< 41 length 1", ">! 51 the program broke it xor8: expected 51, got 52",
    "<! 41 the device broke it xor8: expected 41, got 42", ">! x bytes of the program, of no frame",
    ">! 02 05 51 cut off 5 more bytes expected"], "a broken command is marked as in a tap, with its side and why")
t.keys("d")
t.wait("entry 2 of 4", "d finds it")
leave(t)

# ---- several streams ----

two = file("two.log", "".join(log(1, f"pump{i % 2}", i) for i in range(40)))
t = view(two)
t.wait("pump1", "the devices of a log are named")
t.type(".filter 2")
t.keys("Enter")
t.wait("only stream 2", ".filter N: one of them")
t.shows(lambda s: "pump0" not in s and "STATUS 1?" in s, "the others are not shown")
t.type(".filter all")
t.keys("Enter")
t.wait("pump0", "and all again")
t.type(".filter 9")
t.keys("Enter")
t.wait("there is no stream 9", "one that is not there")
t.keys("q")
t.wait("entry 2 of 40", "the message is beside the file")
leave(t)

packets = []
connections = [Connection(program=("10.0.0.1", 40000 + n)) for n in range(3)]
for i in range(10):
    for n, c in enumerate(connections):
        c.ask(f"Q{i}.{n}\n".encode(), f"A{i}.{n}\n".encode())
for c in connections:
    packets += c.packets[:3]
for i in range(3, max(len(c.packets) for c in connections)):
    packets += [c.packets[i] for c in connections if i < len(c.packets)]
for name, content in (("pcap", pcap(packets)), ("pcapng", pcapng(packets))):
    t = view(file(f"three.{name}", content))
    t.wait("2  > Q0.1", f"{name}: each entry has the number of its connection")
    t.wait("entry 1 of 30", "all are shown")
    leave(t)
t = view("--stream", "3", f"{HOME}/three.pcap")
t.wait("Q0.2", "--stream N: one of them")
t.wait("entry 1 of 10", "alone")
t.shows(lambda s: "Q0.1" not in s, "without the others")
leave(t)

# ---- recordings, and other macros ----

METER = r"""# a meter
.frame modbus-tcp
.with unit=17 .hex 03 00 00 00 02
  (with unit=17) \<03 04 01 f4 00 2a>
.with unit=17 .hex 03 00 10 00 01
  (with unit=17) \<83 02>
"""
record, log_of = f"{HOME}/meter.wilco", f"{HOME}/meter.log"
with simulated(METER) as meter:
    r = run("send", "-f", "modbus-tcp", "--record", record, "--log", log_of, meter,
            ".with unit=17 .hex 03 00 00 00 02", ".with unit=17 .hex 03 00 10 00 01")
    same(r.code, 0, "a device is recorded")
with open(log_of, encoding="utf-8") as f:
    wires = [line.split("\\<")[1].strip().rstrip(">") for line in f if "\\<" in line]
same(len(wires), 4, "its log has the bytes of two exchanges")
t = view(record)
t.wait("a macro  modbus-tcp", "a recording is shown in its own frame")
t.wait("entry 1 of 2", "an entry for each exchange")
t.wait("< 83 02", "with its payloads")
with open(record, encoding="utf-8") as f:
    times = re.findall(r"^# (\d\d:\d\d:\d\d)\.\d{3} \+", f.read(), re.M)
t.shows(lambda s: len(times) == 2 and all(f"{time}." in s for time in times), f"and its times {times}")
t.type(".view hex")
t.keys("Enter")
for i, wire in enumerate(wires):
    t.wait(f"{'<' if i % 2 else '>'} {wire}", "and the bytes that were on the wire")
t.type(".view anatomy")
t.keys("Enter")
t.wait("unit         17  (u8)", "the anatomy has its fields")
leave(t)

PUMP = """.frame payload LF ; async 'ALARM ' *
RESET
  (none)
BAD
  (damaged) x\\x1by
WARM UP
  OK
  (unsolicited) ALARM 17
LAST
  one
  (and) two
"""
pump = file("pump.wilco", PUMP)
t = view(pump)
t.wait("entry 1 of 5", "each reply belongs to the command above it")
t.shows(lambda s: [" ".join(line.split()[:3]) for line in s.splitlines()[1:10] if line.strip()] == [
    "> RESET", "> BAD", "<! x\\x1by the", "> WARM UP", "< OK delimiter", "* ALARM 17", "> LAST", "< onetwo delimiter"],
    "also below one without a reply, or with a damaged one")
t.type(".filter damaged")
t.keys("Enter")
t.shows(lambda s: "> BAD" in s and "> LAST" not in s, "the filter finds what is damaged")
leave(t)
t = view("-f", "raw", pump)
t.wait("a macro without times  raw", "-f takes the place of its frames, and the status says that there are no times")
leave(t)

LOOPS = r""".open pump1
.frame line
.let speed 100
STATUS
  READY
.expect /READY/
SPEED \{speed}
  OK
.repeat 3
VERSION?
  ACME * (glob)
.wait 1s
.end
.open meter1
.frame modbus-tcp
.set unit=17
.hex 03 00 00 00 02
  (with unit=17) \<03 04 01 f4 00 2a>
.use pump1
AFTER
  \<01 02>
.include nothing.wilco
.play nothing
"""
loops = file("loops.wilco", LOOPS)
t = view(loops)
t.wait("10 lines are not shown, because nothing is played",
       "loops, expectations and values are not played, and counted")
t.shows(lambda s: s.count("VERSION?") == 1 and "SPEED" not in s and "READY" in s, "a loop is there once")
t.wait("meter1     > 03 00 00 00 02", "each device in its frame")
t.wait("entry 1 of 4", "all exchanges whose bytes are known")
leave(t)
t = view(file("broken.wilco", "STATUS\n  READY\n\tTABBED\nMORE\n  YES\n"))
t.wait("1 line cannot be read; the first is line 3", "a line that cannot be read is counted, with its place")
t.wait("< YES", "and the rest is shown")
leave(t)
t = view(file("reply.wilco", ".frame line\nSTATUS\n  RE\\nADY\nMORE\n  YES\n"))
t.wait("the first is line 3", "so is a reply that its frame cannot carry")
t.wait("> MORE", "without what follows it")
leave(t)

# ---- what it looks like ----

for columns, rows in ((80, 24), (132, 50))[:1 if WRAP else 2]:
    for name in ("text", "dump", "anatomy"):
        t = view(file("golden.wilco", METER), columns=columns, rows=rows)
        t.type(f".view {name}")
        t.keys("Enter")
        t.wait(f"view {name}")
        golden(t, f"view-{name}-{columns}x{rows}.txt", f"{name} at {columns}x{rows}")
        leave(t)

# ---- more than there is memory for ----

MANY = 6000 if WRAP else 60000
large = file("large.hex", "> 02 51 03\n< 02 41 03\n" * (MANY // 2) + "> 02 51 31 03\n< 78 02 41 31 03\n" +
             "> 02 51 03\n< 02 41 03\n" * (MANY // 2) + "> 02 4e 03\n< 02 4f 03\n")
settings = f"{HOME}/settings"
os.makedirs(f"{settings}/wilco", exist_ok=True)
with open(f"{settings}/wilco/config", "w", encoding="utf-8") as f:
    f.write(".set transcript=262144\n")
t = view("-f", "'STX payload ETX'", large, env={"XDG_CONFIG_HOME": settings})
t.wait(f"entry 1 of {MANY + 2}", "a file is read through behind the first screen")
t.shows(lambda s: "reading" not in s, "to its end")
t.keys("G")
t.wait("> N", "G: its end")
t.wait(f"entry {MANY + 2} of {MANY + 2}", "which is counted")
t.keys("m", "g")
t.wait("entry 1 of", "g: its beginning")
t.keys("j", "=")
t.wait("1 and 1 bytes, 1 differ", "an entry that is not in memory is compared")
t.keys("q")
t.wait("entry 2 of", "and the place stays")
t.keys("d")
t.wait(f"found: entry {MANY // 2 + 1} of", "d: what is damaged, far on")
t.keys("d")
t.wait("no more further on", "and that is all")
t.type("/N")
t.keys("Enter")
t.wait(f"found: entry {MANY + 2} of", "a search through the rest of the file")
t.keys("N")
t.wait("no more further back", "and back through all of it")
t.type(".filter damaged")
t.keys("Enter")
t.wait("of no frame", "a filter that lets one entry of all through")
t.shows(lambda s: s.count("> Q") == 1, "alone")
t.type(".filter all")
t.keys("Enter")
t.shows(lambda s: s.count("> Q") > 5, "and all again")
t.keys("g")
t.wait("entry 1 of")
t.keys("PageDown", "PageDown")
t.wait("entry 29 of", "a page has 19 rows more")
t.keys("PageUp")
t.wait("entry 20 of", "and back")
t.shows(lambda s: s.count("> Q") > 8, "they are full")
with open(f"/proc/{t.pid()}/status", encoding="ascii") as f:
    peak = int(next(x for x in f if x.startswith("VmHWM")).split()[1])
ok(WRAP or checked_memory() or peak < 32 * 1024, "in bounded memory", f"{peak} KiB")
leave(t)

# ---- a search within a filter ----

t = view("-f", "line", small)
t.keys("f", "f")
t.wait("only sent")
t.type(".find READY 7")
t.keys("Enter")
t.wait(" not found ", "replies that a filter hides are not searched")
t.type(".find STATUS 4")
t.keys("Enter")
t.wait("match 1 of 11", "commands are, and only they count")
t.type(".find READY 7")
t.keys("Enter", "g", "f", "f", "f", "n")
t.shows(lambda s: "match 1 of 1 " in s and " auto  entry 8 of 50" in s, "without the filter the reply is found")
leave(t)

# ---- a file that changes, and has no times ----

growing = file("growing.txt", "> 41 0a\n< 42 0a\n> 43 0a\n< 44 0a\n")
t = view("-f", "line", growing, columns=100)
t.wait("entry 1 of 2")
ok("has changed" not in t.screen(), "a file that stays as it was", t.screen())
with open(growing, "a", encoding="ascii") as f:
    f.write("> 45 0a\n< 46 0a\n")
t.keys("j")
t.wait("the file has changed since it was opened", "of one that grew it is said that not all is shown")
t.keys("m", "k", "=")
t.shows(lambda s: "left:  > C\n" in s and "right: > A\n" in s, "what has no time is compared without one")
t.keys("q", "F")
t.wait("follows, entry 3 of 3", "F shows what was added")
t.shows(lambda s: "> E" in s and "< F" in s and "has changed" not in s, "to its end")
with open(growing, "a", encoding="ascii") as f:
    f.write("> 47 0a\n< 4")
    f.flush()
    t.wait("> G", "and what is added while it is followed")
    f.write("8 0a\n")
t.wait("< H", "a line that was not whole, too")
t.wait("follows, entry 4 of 4")
t.keys("k")
t.shows(lambda s: "entry 3 of 4" in s and "follows" not in s, "a key ends that")
leave(t)

# Parts in front of the end stay as they were, with their numbers.
growing = file("growing.log", log(6000))
t = view("-f", "line", growing)
t.keys("F")
t.wait("follows, entry 6000 of 6000")
for count in (3, 2500):
    with open(growing, "a", encoding="ascii") as f:
        f.write(log(count, first=6000 if count == 3 else 6003))
    t.wait(f"follows, entry {6000 + count if count == 3 else 8503} of {6000 + count if count == 3 else 8503}")
t.keys("g")
t.wait("entry 1 of 8503", "all of it is there")
t.wait("> STATUS 0?")
t.type(".find STATUS 6001?")
t.keys("Enter")
t.wait("entry 6002 of 8503", "and is found")
t.keys("F")
with open(growing, "w", encoding="ascii") as f:
    f.write(log(2))
t.wait("the file became shorter; leave, and open it again")
leave(t)
t = view("-f", "line", file("still.wilco", "A\n  1\n"))
t.keys("F")
t.wait("only a capture is followed, or a text such as a log")
leave(t)

# A capture grows by records, which may be half written, also when it is opened.
c = Connection()
for i in range(2500):
    c.ask(b"Q%d\n" % i, b"A%d\n" % i)
for name, make in (("pcap", pcap), ("pcapng", pcapng)):
    whole, less = make(c.packets), len(make(c.packets[:7]))
    growing = file(f"growing.{name}", whole[:less + 9])
    t = view("-f", "line", growing)
    t.wait("the capture breaks off", f"{name}: a record that is half written")
    t.keys("F")
    t.wait("follows, entry 2 of 2", "is waited for")
    for until in (less + 90, len(whole) - 3, len(whole)):
        with open(growing, "ab") as f:
            f.write(whole[f.tell():until])
        if until == less + 90:
            t.wait("> Q2", "and is shown when it is whole")
    t.wait("< A2499", "with all that follows")
    t.wait("follows, entry 2500 of 2500")
    t.keys("g")
    t.wait("entry 1 of 2500", "the beginning is there, too")
    t.wait("> Q0")
    leave(t)

# ---- days and colours ----

os.makedirs(f"{HOME}/config/wilco", exist_ok=True)
with open(f"{HOME}/config/wilco/config", "w", encoding="utf-8") as f:
    f.write(".highlight /ALARM/ red\n.highlight /[0-9]+ rpm/ yellow\n.highlight /READY/ green\n.highlight /SET/ cyan\n"
            ".highlight /[?]/ blue\n.highlight /ERR/ magenta\n")
days = file("days.log", r"""2026-03-01T12:00:00.000Z pump1 - connected to 10.0.0.5:9100
2026-03-01T12:00:01.000Z pump1 > STATUS\n
2026-03-01T12:00:01.002Z pump1 < READY\n
2026-03-01T12:00:01.002Z pump1 = ok 2.0 ms LF
2026-03-01T23:59:59.000Z pump1 > SPEED?\n
2026-03-02T00:00:00.002Z pump1 < 1450 rpm\n
2026-03-02T00:00:00.002Z pump1 = ok 1.0 s LF
2026-03-04T12:00:03.000Z pump1 < ALARM 7 overheat\n
2026-03-04T12:00:04.000Z pump1 > SET LEVEL 5\n
2026-03-04T12:00:04.002Z pump1 < ERR 3 \x1b[31m ALARM READY\n
2026-03-04T12:00:04.002Z pump1 = ok 2.0 ms LF
""")
for columns, rows in ((80, 24), (132, 50), (40, 10))[:1 if WRAP else 3]:
    t = view("-f", "line", days, columns=columns, rows=rows)
    golden(t, f"view-days-{columns}x{rows}.txt", f"a rule between days, and colours, at {columns}x{rows}", colours=True)
    leave(t)
os.remove(f"{HOME}/config/wilco/config")

# ---- what cannot be opened ----

os.mkdir(f"{HOME}/folder")
for name, content, said in (("missing", None, b"No such file"), ("folder", None, b"is a folder"),
                            ("wrong.wilco", "# one\n.nonsense\n", b"wrong.wilco:2:"),
                            ("orders.wilco", ".wait 1s\n", b"no command and no reply"), ("empty", "", b"says nothing"),
                            ("text", "hello\n", b"no capture and no text that wilco knows")):
    t = Recorder("view", file(name, content) if content is not None else f"{HOME}/{name}")
    got = t.until_quiet()
    ok(said in got and b"\x1b" not in got, f"{name}: refused in a line, with the reason, and no screen is opened", got)
    same(t.process.wait(LIMIT), 2, "as wrong usage")
    os.close(t.fd)
done()
