#!/usr/bin/env python3
"""Terminal mode: keys go to a device as they are typed, an emulation shows what it says, and the
record has what passed, but not which keys were typed."""
import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios

from peers import DO, IAC, SB, SE, WILL
from wilcotest import (ENV, HOME, LIMIT, WILCO, Program, Terminal, checked_memory, command, device, done, has, need,
                       ok, read_until, run, same, wait_for)

SECRET = "hunter2pass"
if not need("tmux"):
    done()
program = Program()
heard = bytearray()  # what devices got, byte by byte


class Shell:
    """A login and a few commands behind it, as a device on a serial line has them."""

    def __init__(self, connection):
        self.connection = connection

    def key(self):
        data = self.connection.recv(1)
        heard.extend(data)
        if not data:
            raise OSError("closed")
        return data

    def say(self, data):
        self.connection.sendall(data)

    def line(self, echo=True):
        got = b""
        while (key := self.key()) != b"\r":
            got = got[:-1] if key in b"\x7f\x08" else got + key
            if echo:
                self.say(b"\b \b" if key in b"\x7f\x08" else key)
        self.say(b"\r\n")
        return got.decode("latin1")

    def answer(self):
        """What the terminal says by itself."""
        got = b""
        while not got[-1:].isalpha():
            got += self.key()
        return got

    def run(self, name):
        if name == "seq":
            self.say(b"".join(b"row %d\r\n" % i for i in range(1, 101)))
        elif name == "ask":
            self.say(b"\x1b[6n")
            self.say(b"answer " + self.answer()[1:] + b"\r\n")
        elif name == "title":
            self.say(b"\x1b]0;pwned\x07\x1b]52;c;cHduZWQ=\x07still here\r\n")
        elif name == "full":
            self.say(b"\x1b[?1049h\x1b[?1h\x1b[2J\x1b[3;5Hthe editor\x1b[1;1H")
            got = b""
            while not got.endswith(b":q"):
                got += self.key()
            self.say(b"\x1b[?1049l\x1b[?1lgot " + got.hex(" ").encode() + b"\r\n")
        elif name == "colour":
            self.say(b"\x1b[31mred\x1b[0m \x1b[38;5;196mred too\x1b[0m \x1b(0qqq\x1b(B \x1b[4munder\x1b[0m x\x1b[9b|\r\n")

    def serve(self):
        self.say(b"\x1b[1mboot\x1b[0m\r\nlogin: ")
        self.line()
        self.say(b"Password: ")
        good = self.line(echo=False) == SECRET
        self.say(b"Welcome\r\n" if good else b"Login incorrect\r\n")
        while True:
            self.say(b"dev$ ")
            self.run(self.line())


def login(connection):
    Shell(connection).serve()


def slow_echo(connection):
    """Answers no line, and says each byte again."""
    while data := connection.recv(100):
        heard.extend(data)
        connection.sendall(data)


def files():
    """All that wilco wrote, by name."""
    for folder, _, names in os.walk(HOME):
        for name in names:
            with open(os.path.join(folder, name), "rb") as f:
                yield os.path.join(folder, name), f.read()


LIBRARIES = re.compile(r"/(libtsm\.so|vt\.so)")


def mapped(t):
    """Of the emulation's files, those that the console has in its memory."""
    with open(f"/proc/{t.pid()}/maps", encoding="utf8") as f:
        return sorted(set(LIBRARIES.findall(f.read())))


def modules():
    """Those that it should have before terminal mode and in it; without modules all from the start."""
    there = ["libtsm.so", "vt.so"] if os.path.exists(f"{os.path.dirname(WILCO)}/modules/vt.so") else ["libtsm.so"]
    return [] if "vt.so" in there else there, there


def leave(t):
    t.keys("C-]")
    t.wait("Enter: leave", "Ctrl-] shows a menu")
    t.keys("Enter")
    t.wait("F1 help", "Enter leaves terminal mode")


def edits(t, name):
    """Opens and closes an editor in a shell whose prompt is `sh:`, in two sizes."""
    t.keys("clear; stty size; seq 9", "Enter")
    t.shows(lambda s: s.startswith("23 80\n1\n2\n") and "9\nsh:" in s, f"{name}: a shell knows the size that is shown")
    if not need("vi"):
        return
    with open(f"{HOME}/{name}.txt", "w", encoding="ascii") as f:
        f.write("one\ntwo\n")
    t.type(f"cd {HOME}; vi {name}.txt")
    before = t.screen().splitlines()[:10]
    t.keys("Enter")
    t.shows(lambda s: s.startswith("one\ntwo\n~") and s.count("\n~") > 18, f"{name}: vi draws its screen")
    t.keys("j", "x", ":wq", "Enter")
    t.shows(lambda s: s.splitlines()[:10] == before and "\nsh:" in s[s.index("vi "):],
            f"{name}: and gives back what was there")
    t.keys(f"vi {name}.txt", "Enter")
    t.shows(lambda s: s.startswith("one\nwo\n~"), f"{name}: what was typed in it was saved")
    t.tmux("resize-window", "-x", "60", "-y", "15")
    t.shows(lambda s: len(s.splitlines()) == 15 and s.startswith("one\nwo\n~") and 5 < s.count("\n~") < 14,
            f"{name}: vi draws another size, too")
    t.keys(":q!", "Enter")
    t.shows(lambda s: "\n~" not in s and f"vi {name}.txt" in s, f"{name}: and is left in it")
    t.keys("stty size", "Enter")
    t.wait("14 60", f"{name}: which the shell knows")


with device(login) as address:
    log = f"{HOME}/term.log"
    t = Terminal(f"{program} --term --log {log} -f tty {address}")
    t.wait("login:", "--term shows what the device says")
    t.wait("Ctrl-]: menu", "and says how to leave")
    t.keys("root", "Enter")
    t.wait("Password:")
    t.keys(SECRET, "Enter")
    t.wait("dev$", "a login works key by key")
    has(t.screen(), "Welcome", "the password arrived")

    t.keys("colour", "Enter")
    t.wait("under xxxxxxxxxx|", "REP repeats the character")
    has(t.screen(), "red red too ───", "lines are drawn")
    has(t.tmux("capture-pane", "-p", "-e"), "\x1b[31mred", "colours are shown")
    t.keys("title", "Enter")
    t.wait("still here")
    ok("pwned" not in t.screen() + t.tmux("display-message", "-p", "#{pane_title}"), "a title is not")

    t.keys("seq", "Enter")
    t.wait("row 100")
    t.keys("PageUp")
    t.wait("22 rows back", "PageUp shows rows that left the screen")
    t.keys("C-]")
    t.wait("find")
    t.keys("/")
    t.wait("search back:")
    t.keys("ROW 12", "Enter")
    t.shows(lambda s: re.search(r"^row 12$", s, re.M) and "rows back" in s, "a search goes back")
    t.keys("ask")
    t.wait("dev$ ask", "a key shows the end again")
    t.keys("Enter")
    t.wait("answer [23;", "the emulation answers where its cursor is")

    t.keys("full", "Enter")
    t.wait("the editor", "the other screen is shown")
    t.tmux("resize-window", "-x", "60", "-y", "15")
    t.shows(lambda s: "the editor" in s and len(s.splitlines()) == 15, "in another size")
    t.tmux("resize-window", "-x", "80", "-y", "24")
    t.keys("Up", "PageUp", "Escape", "x", ":q")
    t.wait("got 1b 4f 41 1b 5b 35 7e 1b 78 3a 71", "keys are those that it asked for; a lone Esc does not wait")

    t.keys("C-]", "]", "Enter")
    ok(wait_for(lambda: heard.endswith(b"\x1d\r"), "Ctrl-]"), "the menu sends Ctrl-]", bytes(heard[-5:]))
    t.keys("C-]", "b")
    t.wait("tcp lines have no break", "a line without a break says so")
    leave(t)
    t.keys(".goto top", "Enter")
    t.wait("keys)", "the record has how many keys were typed")
    t.keys(".goto end", "Enter")
    t.wait("auto \\x1b[23;", "and what wilco answered by itself")
    t.keys(f".save {HOME}/saved.wilco", "Enter")
    t.keys(".find Welcome", "Enter")
    t.wait("Welcome", "and what came as it is")
    t.keys("C-d")
    ok(wait_for(t.ended, "the end"), "the console ends")
    t.close()
    with open(log, encoding="utf8") as f:
        text = f.read()
    has(text, "(1 key)", "the log has how many keys were typed")
    has(text, "Password:", "and what came")
    has(text, "- auto:", "and what wilco answered")
    named = [name for name, data in files() if SECRET.encode() in data]
    same(named, [], "the password is in no file")

# Entering gives up what waits, and a recording does not go together with it.


def silent(connection):
    while data := connection.recv(100):
        heard.extend(data)


with device(silent) as address:
    t = Terminal(f"{program} -f line {address}")
    t.wait_last(f"{address}>")
    before = mapped(t)
    t.keys("never answered", "Enter")
    t.wait("> never answered")
    t.keys(".term", "Enter")
    t.wait("Ctrl-]: menu", "a command that waits does not hold it up")
    if not checked_memory():  # valgrind maps files, too
        same((before, mapped(t)), modules(), "the emulation and its library are loaded when terminal mode begins")
    leave(t)
    t.wait("given up while waiting", "that command is given up")
    t.keys(f".record {HOME}/r.wilco", "Enter", ".term", "Enter")
    t.wait("a recording runs", "a recording does not go together with it")
    t.keys(".record stop", "Enter", ".set log-keys=yes", "Enter", f".log {HOME}/keys.log", "Enter", "C-t")
    t.wait("Ctrl-]: menu", "Ctrl-T begins it")
    t.keys("abc")
    ok(wait_for(lambda: heard.endswith(b"abc"), "abc"), "keys go to the device", bytes(heard[-9:]))
    leave(t)
    t.wait("> abc", "log-keys=yes records keys")
    t.keys("C-d")
    wait_for(t.ended, "the end")
    t.close()
    with open(f"{HOME}/keys.log", encoding="utf8") as f:
        has(f.read(), "> abc", "and logs them")

with device(slow_echo) as address:
    t = Terminal(f"{program} --term -f line {address}", env={"LC_ALL": "C"})
    t.wait("Ctrl-]: menu")
    t.type("\x1b[200~paste\x1dd\x1b[201~")
    t.wait("pasted", "a paste goes to the device without its marks, with all that is in it")
    ok(heard.endswith(b"paste\x1dd"), "as it is", bytes(heard[-12:]))
    t.keys("C-]", "q")
    ok(wait_for(t.ended, "the end"), "q ends wilco")
    t.close()
    for words, stdin in (((address,), b".term\n"), (("--term", address), b"")):
        r = run(*words, stdin=stdin)
        same(r.code, 2, f"{words} without a terminal is refused")
        has(r.err, "terminal", "with the reason")
    t = Terminal(f"{program} --plain --term {address}")
    t.wait("needs a terminal with a split screen", "in lines it is refused, with the reason")
    t.close()

# A paste that is larger than what may wait: a hole in it would join what does not belong together.
PASTE = b"".join(b"%07d\r" % i for i in range(1 << 18))  # 2 MiB
os.mkfifo(f"{HOME}/go")
os.makedirs(f"{HOME}/config/wilco", exist_ok=True)
with open(f"{HOME}/config/wilco/config", "w", encoding="ascii") as f:
    # The shell stays: a program without an output has closed the line.
    f.write(f".device slow 'exec:cat {HOME}/go; cat >{HOME}/took; exit' tty=no frame=line enter=cr\n")


def took():
    """What the program got, which takes nothing before somebody writes to the FIFO."""
    if not os.path.exists(f"{HOME}/took"):
        return b""
    with open(f"{HOME}/took", "rb") as got:
        return got.read()


def pasted(*settings):
    terminal = Terminal(f"{program} --term slow")
    terminal.wait("Ctrl-]: menu")
    for setting in settings:
        leave(terminal)
        terminal.keys(setting, "Enter", "C-t")
        terminal.wait("Ctrl-]: menu")
    with open(f"{HOME}/paste", "wb") as file:
        file.write(PASTE)
    terminal.tmux("load-buffer", f"{HOME}/paste")
    terminal.tmux("paste-buffer", "-p", "-r")
    return terminal


def go():
    os.close(os.open(f"{HOME}/go", os.O_WRONLY | os.O_NONBLOCK))


def over(terminal):
    terminal.keys("C-]", "q")
    wait_for(terminal.ended, "the end")
    terminal.close()


t = pasted(".set timeout=60s")
go()
ok(wait_for(lambda: len(took()) >= len(PASTE), "the paste", 4 * LIMIT), "who takes it slowly gets all of a paste", len(took()))
ok(took() == PASTE, "as it is")
over(t)
t = pasted(".set timeout=200ms")
t.wait("not sent: the device takes nothing (the last ", "who takes nothing gets its beginning, which is said")
whole = len(PASTE) - int(re.search(r"the last (\d+) bytes", t.screen())[1])
go()
ok(wait_for(lambda: len(took()) >= whole, "the beginning"), "the rest does not follow", (len(took()), whole))
t.type("k")
ok(wait_for(lambda: took().endswith(b"k"), "k"), "the next key is sent")
ok(took() == PASTE[:whole] + b"k", "and nothing is missing before it", (len(took()), whole))
over(t)
os.unlink(f"{HOME}/config/wilco/config")


def wants_marks(connection):
    """Wants to know what is pasted, as shells and editors do, and echoes nothing."""
    connection.sendall(b"\x1b[?2004hready")
    while data := connection.recv(100):
        heard.extend(data)


with device(wants_marks) as address:
    t = Terminal(f"{program} --term -f tty {address}")
    t.wait("ready")
    t.type("\x1b[200~two\rlines\x1b[201~")
    ok(wait_for(lambda: heard.endswith(b"\x1b[200~two\rlines\x1b[201~"), "the paste"),
       "a paste has its marks for a device that wants them", bytes(heard[-30:]))
    t.close()

# ---- what a device wants otherwise ----


def as_it_likes(connection):
    """Says lines that end in LF alone, and echoes nothing."""
    connection.sendall(b"one\ntwo\n")
    while data := connection.recv(100):
        heard.extend(data)
        connection.sendall(b"three\n" if b"\n" in data else b"")


with device(as_it_likes) as address:
    t = Terminal(f"{program} --term -f line '{address}?newline=lf&backspace=bs&local-echo=yes&line-times=yes'")
    t.shows(lambda s: re.match(r"\d\d:\d\d:\d\d\.\d{3} one\n\d\d:\d\d:\d\d\.\d{3} two\n", s),
            "newline=lf begins lines, line-times=yes says when")
    t.keys("ab", "BSpace", "c", "Enter")
    t.wait("three")
    ok(heard.endswith(b"ab\x08c\n"), "Enter sends what ends a command in the frame, Backspace what was set", bytes(heard[-9:]))
    has(t.screen(), " ac\n", "local-echo=yes shows what is typed")
    t.close()


# Keys in one read, of which one begins or ends terminal mode.
with device(silent) as address:
    t = Terminal(f"{program} -f line {address}")
    t.wait_last(f"{address}>")
    t.type(".term\rs3cret\x1b[A")
    ok(wait_for(lambda: heard.endswith(b"s3cret\x1b[A"), "keys"), "keys behind .term go to the device", bytes(heard[-12:]))
    t.type("more\x1d\r.frame line-cr\r")
    t.wait("- frame line-cr", "keys behind the end of terminal mode are typed in the console")
    ok(heard.endswith(b"more"), "and those before it went to the device", bytes(heard[-12:]))
    ok("s3cret" not in t.screen(), "what was typed in it is not in the record", t.screen())
    t.close()

# Characters of other charsets, which come in pieces.
NIHON = "日本語テスト".encode("shift-jis")


def in_pieces(connection):
    for at in range(len(NIHON)):
        connection.sendall(NIHON[at:at + 1])
        connection.recv(1)
    connection.sendall(b" all")
    silent(connection)


with device(in_pieces) as address:
    t = Terminal(f"{program} --term -f line '{address}?charset=shift-jis&log-keys=yes'")
    t.wait("Ctrl-]: menu")
    t.type("." * len(NIHON))
    t.wait("日本語テスト all", "a character whose bytes come one by one is whole")
    t.type("本")
    leave(t)
    t.shows(lambda s: re.search(r"> \.*本", s), "what was typed is shown in the charset of the device")
    t.keys(".term", "Enter")
    t.wait("Ctrl-]: menu")
    t.type("\x1b[200~" + "x" * 4000 + "語" * 100 + "\x1b[201~")
    ok(wait_for(lambda: heard.endswith("語".encode("shift-jis") * 100), "a paste"),
       "a paste is converted although a read ends in one of its characters", bytes(heard[-12:]))
    t.close()


def player(connection):
    """mpd: `idle` has no reply until something changes, or until `noidle` ends it."""
    connection.sendall(b"OK MPD 0.23.5\n")
    idle = False
    while line := read_until(connection, b"\n"):
        heard.extend(line)
        if idle != (line == b"noidle\n"):
            return  # as mpd does with a command while it is idle
        idle = line == b"idle\n"
        if not idle:
            connection.sendall(b"volume: 40\nOK\n" if line == b"status\n" else b"OK\n")


with device(player) as address:
    t = Terminal(f"{program} --term -f line '{address}?newline=lf&local-echo=yes'")
    t.wait("OK MPD 0.23.5")
    t.keys("idle", "Enter")
    t.shows(lambda s: "\nidle\n" in s and "idle\nOK" not in s, "mpd's idle has no reply")
    t.keys("noidle", "Enter")
    t.wait("noidle\nOK", "and is left by noidle")
    t.keys("status", "Enter")
    t.wait("volume: 40\nOK", "another command is answered")
    same(bytes(heard[-18:]), b"idle\nnoidle\nstatus\n"[-18:], "lines end as mpd wants them")
    leave(t)
    times = re.findall(r"^\d\d:\d\d:\d\d\.\d+(?= [-*])", t.screen(), re.M)[1:]
    ok(len(times) > 2 and times == sorted(times), "the record has keys and answers in the order of their times", t.screen())
    t.keys("ping", "Enter")
    t.wait("> ping", "the same line has commands then")
    t.shows(lambda s: "OK" in s[s.index("> ping"):], "which are answered")
    same(address.connections, 1, "over the same connection")
    t.keys(".term", "Enter")
    t.wait("Ctrl-]: menu")
    t.keys("status", "Enter")
    t.wait("volume: 40\nOK")
    leave(t)
    t.keys("F3")
    t.shows(lambda s: re.search(r"^>1 .* s  .*volume: 40", s, re.M), "the list of devices knows what was said there")
    t.close()

TTYPE, NAWS = 24, 31


class TelnetLogin(Shell):
    """The same login behind telnet, which wants to know the terminal, and whose lines end CR LF."""

    def __init__(self, connection):
        super().__init__(connection)
        self.told = {}
        self.say(bytes([IAC, DO, TTYPE, IAC, DO, NAWS, IAC, WILL, 1, IAC, WILL, 3]))
        while TTYPE not in self.told or NAWS not in self.told:
            self.command(super().key())

    def command(self, byte):
        if byte != b"\xff":
            return byte
        if (what := super().key()[0]) != SB:
            option = super().key()[0]
            if (what, option) == (WILL, TTYPE):
                self.say(bytes([IAC, SB, TTYPE, 1, IAC, SE]))
            return b""
        got = super().key()
        while not got.endswith(bytes([IAC, SE])):
            got += super().key()
        self.told[got[0]] = got[1:-2]
        return b""

    def key(self):
        while not (got := self.command(super().key())):
            pass
        return self.key() if got == b"\n" else got

    def size(self):
        return struct.unpack(">HH", self.told[NAWS])

    def run(self, name):
        if name == "terminal":
            self.say(b"%s %dx%d\r\n" % (self.told[TTYPE][1:], *self.size()))
        elif name == "shell":
            self.shell()
        else:
            super().run(name)

    def shell(self):
        """A real shell behind a terminal of its own, which has the size that NAWS says."""
        outside, inside = pty.openpty()
        kind = self.told[TTYPE][1:].decode().lower()
        with subprocess.Popen(("setsid", "-c", "sh"), stdin=inside, stdout=inside, stderr=inside,
                              env={**ENV, "PS1": "sh:", "TERM": kind}) as p:
            os.close(inside)
            with contextlib.suppress(OSError):  # the shell has ended
                self.pass_bytes(outside)
        os.close(outside)

    def pass_bytes(self, outside):
        while True:
            columns, rows = self.size()
            fcntl.ioctl(outside, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            ready = select.select((self.connection, outside), (), ())[0]
            if outside in ready:
                self.say(os.read(outside, 4096).replace(b"\xff", b"\xff\xff"))
            if self.connection in ready and (byte := self.command(super().key())) not in (b"", b"\n"):
                os.write(outside, byte)


with device(lambda connection: TelnetLogin(connection).serve()) as address:
    t = Terminal(f"{program} --term telnet://{address}")
    t.wait("login:", "a telnet server is told what it asks")
    t.keys("root", "Enter")
    t.wait("Password:")
    t.keys(SECRET, "Enter")
    t.wait("Welcome", "and a login works")
    t.keys("terminal", "Enter")
    t.wait("XTERM-256COLOR 80x23", "it knows the kind of terminal and its size")
    t.tmux("resize-window", "-x", "70", "-y", "15")
    t.shows(lambda s: len(s.splitlines()) == 15, "another size")
    t.keys("terminal", "Enter")
    t.wait("XTERM-256COLOR 70x14", "and hears of another one")
    t.tmux("resize-window", "-x", "80", "-y", "24")
    t.shows(lambda s: len(s.splitlines()) == 24, "the first size again")
    t.keys("shell", "Enter")
    edits(t, "telnet")
    t.keys("exit", "Enter")
    t.wait("dev$", "the device is there when the shell has ended")
    t.close()

# A command with a terminal of its own.
os.makedirs(f"{HOME}/config/wilco", exist_ok=True)
with open(f"{HOME}/config/wilco/config", "w", encoding="ascii") as f:
    f.write(".device shell 'exec:exec sh' tty=yes frame=line\n")
t = Terminal(f"{program} --term shell")
t.wait("Ctrl-]: menu")
t.keys("PS1=sh:; tty; echo $TERM", "Enter")
t.wait("/dev/pts/", "tty=yes gives a command a terminal")
t.wait("xterm-256color", "of the kind that is shown")
edits(t, "exec")
t.keys("exit 7", "Enter")
ok(wait_for(t.ended, "the end"), "its end is the end of wilco")
t.close()
t = Terminal("sh", columns=100)
t.type(f"{program} --term 'exec:exec sh'; echo status $?")
t.keys("Enter")
t.wait("Ctrl-]: menu")
t.keys("echo the last row; exit 7", "Enter")
t.shows(lambda s: "exec:exec sh ended with status 7\nstatus 7\n" in s, "which says so, and has its status")
has(t.screen(), "\nthe last row\n", "with what a command that failed had on its screen")
t.type(f"clear; {program} shell")
t.keys("Enter")
t.wait("shell>")
t.keys("C-t")
t.wait("Ctrl-]: menu")
t.keys("exit", "Enter")
t.wait("and terminal mode with it; .open starts it again", "where terminal mode was begun by a key, only that ends")
has(t.screen(), "shell: the command has ended", "the command is no peer")
t.keys("echo a''live", "Enter")
t.wait("alive", "a line for it starts it again")
t.keys(".set reopen=yes", "Enter", "C-t")
t.wait("Ctrl-]: menu")
t.keys("exit", "Enter")
t.wait("opened again", "with reopen=yes terminal mode does")
t.close()

with open(f"{HOME}/config/wilco/config", "w", encoding="ascii") as f:
    f.write(".device cat 'exec:exec cat' tty=yes frame='payload LF eof -> payload eof'\n.device plain 'exec:exec cat' tty=no\n")
NO_END = "half-closes the connection after a command (eof), which a command with a terminal (tty=yes) cannot do"
for words, stdin in ((("send", "cat", "x"), b""), (("exec:exec cat",), b".set tty=yes\n"),
                     (("-f", "tty", "exec:exec cat"), b".set tty=yes\n.frame payload LF eof\n")):
    r = run(*words, stdin=stdin)
    same(r.code, 2, f"{words} {stdin}: a terminal has no end that is sent")
    has(r.err, NO_END, "which is said")
for command_line, said in (("exec cat?tty=yes", True), ("exit 3 #?charset=latin1&tty=yes", True), ("false ?tty", False),
                           ("false ?host=yes", False), ("false ?tty=yes&x", False)):
    same(" is a part of it: .set or .device" in run("send", "-f", "line", f"exec:{command_line}", "x").err, said,
         f"{command_line}: who looks for settings behind a command is told where they belong")
with device(slow_echo) as address:
    for words, more in ((("send",), ["x"]), (("check",), []), ((), [])):
        r = run(*words, f"{address}?enter=lf&log-keys=yes&timeout=5s", *more, "-f", "line", stdin=b"")
        has(r.err, "only terminal mode (wilco --term) uses log-keys, enter\n", f"{words}: a setting that does nothing is told")
    ok("terminal" not in run("send", "-q", "-f", "line", f"{address}?enter=lf", "x").err, "unless --quiet")
t = Terminal(f"{program} --term 'exec:exec sh'")
t.wait("Ctrl-]: menu")
t.keys("tty", "Enter")
t.wait("/dev/pts/", "--term gives a command a terminal")
leave(t)
t.wait("  tty  ", "whose frame is tty then")
t.close()
t = Terminal(f"{program} --term")
t.wait("open a device: Enter, or its number", "--term without a device asks for one")
t.keys("Down", "Enter")
t.wait("Ctrl-]: menu", "and begins with that")
t.close()
t = Terminal(f"{program} --term plain", columns=100)
t.wait("the command has no terminal; .set tty=yes gives it one", "unless tty=no was said")
t.close()

# A device that says more than anyone can read.
def flooding(connection):
    """Says 30 MB at once, then echoes."""
    connection.sendall(b"ready")
    connection.recv(1)
    line = b"".join(b"%07d 0123456789abcdefghijklmnopqrstuvwxyz\r\n" % i for i in range(20000))
    for _ in range(30):
        connection.sendall(line)
    connection.sendall(b"\x18\x1bcTHE END ")
    while data := connection.recv(100):
        connection.sendall(data)


with device(flooding) as address:
    t = Terminal(f"{program} --term -f line {address}")
    t.wait("ready")
    t.keys("x")
    t.wait("THE END", "a flood ends")
    t.keys("y")
    t.wait("THE END y", "and keys are sent")
    leave(t)
    t.wait("THE END", "the record has its end")
    t.close()
done()
