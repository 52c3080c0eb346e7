#!/usr/bin/env python3
"""The trial of five minutes: somebody new, with nothing but `wilco demo` and its screen, comes to an answer, its
anatomy, a copy, a search, yesterday's command, a log and another device.  Each step is told by the screen
before it is done."""
import os

from wilcotest import HOME, WRAP, Program, Terminal, done, need, ok, wait_for

if not need("tmux"):
    done()

program = Program()


def trial(columns, rows):
    def told(text):
        t.wait(text, f"{size}: the screen tells {text!r}")

    size = f"{columns}x{rows}"
    state = f"{HOME}/{size}"
    log = f"{state}.log"
    t = Terminal(f"{program} demo", columns=columns, rows=rows, env={"XDG_STATE_HOME": state})
    t.wait_last("demo>")
    t.keys("ID?", "Enter")
    t.wait("WILCO DEMO PUMP", f"{size}: the day before")
    t.keys("C-d")
    wait_for(t.ended, "the end")
    t.close()

    t = Terminal(f"{program} demo", columns=columns, rows=rows, env={"XDG_STATE_HOME": state})
    t.tmux("set-option", "-s", "set-clipboard", "on")
    t.wait_last("demo>")
    told("try HELP, STATUS, SPEED?")
    t.keys("STATUS", "Enter")
    t.wait("< READY", f"{size}: an answer")
    told("try Ctrl-O: look into a reply, copy it")
    t.keys("C-o")
    told("o open")
    t.keys("Enter")
    t.wait("literal", f"{size}: the anatomy")
    told("y copy")
    t.keys("y")
    ok(wait_for(lambda: "READY" in t.tmux("show-buffer"), "the clipboard"), f"{size}: a copy")
    told("/ search")
    t.keys("/")
    t.wait_last("demo> .find")
    t.keys("READY", "Enter")
    t.wait("match 1 of 1", f"{size}: a search")
    told("Esc live")
    t.keys("Escape")
    t.wait_last("demo>")
    told("try Up, or Ctrl-R: lines typed before")
    t.keys("C-r", "ID")
    t.shows(lambda screen: screen.endswith("ID?"), f"{size}: yesterday's command")
    t.keys("Enter")
    t.wait("DEMO PUMP", f"{size}: and its answer")
    told("try .log demo.log: a log of all this")
    t.keys(f".log {log}", "Enter")
    told("try .open demo2: one more device")
    t.keys(".open de", "Tab")
    t.wait_last("demo> .open demo2", f"{size}: Tab knows the other device")
    t.keys("Enter")
    t.wait_last("demo2>", f"{size}: another device")
    told("try Ctrl-X: from device to device")
    t.keys("HOU", "Tab")
    t.wait_last("demo2> HOURS?", f"{size}: which has its commands, too")
    t.keys("Enter")
    t.wait("HOURS=18233")
    t.keys("C-x")
    t.wait_last("demo>", f"{size}: and back")
    told("try F1: all the rest; Ctrl-D leaves")
    t.keys("TEMP?", "Enter")
    t.wait("TEMP=41.5 C")
    ok(wait_for(lambda: os.path.exists(log) and "TEMP=41.5 C" in open(log, encoding="utf-8").read(), "the log"),
       f"{size}: a log")
    t.keys("C-d")
    ok(wait_for(t.ended, "the end"), f"{size}: and out", t.screen())
    t.close()


for window in ((80, 24), (132, 50), (40, 10))[:1 if WRAP else 3]:
    trial(*window)
done()
