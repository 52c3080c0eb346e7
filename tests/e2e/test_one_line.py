#!/usr/bin/env python3
"""A name or a line from a file never becomes two lines.  A file that was called
log-x<LF>.open exec:... once ran that command: Tab typed its name, and Enter ran both lines."""
import os

from wilcotest import ENV, HOME, Recorder, Terminal, command, done, has, need, ok, run, same

# No slash may be in a file's name, and no blank in a word.
SECOND = ".open exec:cd;touch${IFS}OWNED"
owned = os.path.join(HOME, "OWNED")
folder = os.path.join(HOME, "names")
history = os.path.join(ENV["XDG_STATE_HOME"], "wilco", "history")
os.mkdir(folder)


def name(text):
    with open(os.path.join(folder, text), "w", encoding="utf-8"):
        pass


class Console:
    """A console in lines; what it wrote so far."""

    def __init__(self):
        self.terminal = Recorder("--plain")
        self.seen = ""
        self.until("wilco>")

    def until(self, mark):
        self.seen += self.terminal.until(mark.encode()).decode("utf-8", "backslashreplace")

    def type(self, text):
        self.seen = ""
        self.terminal.type(text.encode())

    def close(self):
        self.terminal.close()


def runs_nothing(console, keys, what):
    """These keys and Enter, and what ends the wait for what they did."""
    console.type(f"{keys}\r")
    console.type(".help wait\r")
    console.until(".wait DURATION")
    ok("OWNED" not in console.seen and not os.path.exists(owned), f"{what}: nothing is typed, nothing runs",
       console.seen)


c = Console()
for first, text in (("log-lf", f"\n{SECOND}"), ("log-sep", f"\u2028{SECOND}"), ("log-par", f"\u2029{SECOND}"),
                    ("log-cr", f"\r{SECOND}"), ("log-esc", f"\x1b{SECOND}")):
    name(first + text)
    runs_nothing(c, f".log {folder}/{first}\t", repr(text[0]))
name("good-one\nbad")
name("good-two")
c.type(f".log {folder}/good\t\r")
c.until("no device is open")
has(c.seen, "good-two", "a plain name is offered all the same")

# A device's name is what somebody else may have called it.
c.type(f".open 'exec:cat #\\n{SECOND}'\r")
c.until("cat> ")
c.type(".use exec:\t\r")
c.until("cat> ")
c.type(".use 1\r.close\r.help wait\r")
c.until(".wait DURATION")
ok(not os.path.exists(owned), "a device's name is not typed as two lines", c.seen)
c.close()

# Lines of the history are from a file.
os.makedirs(history, exist_ok=True)
with open(os.path.join(history, "_"), "w", encoding="utf-8") as f:
    f.write(f".view\u2028{SECOND}\n.help\u2028{SECOND}\n")
for keys, what in (("\x1b[A", "a line that is recalled"), ("\x12.help", "a line that is searched for")):
    c = Console()
    c.type(keys)
    c.until(".help\\u{2028}.open")
    has(c.seen, ".help\\u{2028}.open", f"{what} is spelled")
    c.type("\r")
    c.until("is not a wilco command")
    c.close()
    ok(not os.path.exists(owned), f"{what} is one line")
if need("tmux"):
    t = Terminal(" ".join(command()))
    t.wait("used ", "the device is offered")
    t.keys("Escape")
    t.wait_last("wilco>")
    t.type(".vie")
    t.wait(".view\\u{2028}.open", "a suggestion shows what is typed when it is taken")
    t.keys("Right", "x", "Enter")
    t.wait("is not a wilco command", "it is taken as one line")
    t.close()
    ok(not os.path.exists(owned), "so nothing else runs")

# The name of a log may hold that of the device.
r = run("-f", "line", "--", "exec:read x; echo 1 #\n\u2028", stdin=f".log {folder}/\\{{device}}.log\nx\n")
same(r.code, 0, "a log is named after a device")
ok("exec:read x; echo 1 #__.log" in os.listdir(folder), "what is no plain text is not in its name",
   os.listdir(folder))
done()
