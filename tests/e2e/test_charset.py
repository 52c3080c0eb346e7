#!/usr/bin/env python3
"""charset= stands between the keyboard, or a screen, and a device's bytes: files, JSON and pipes have
bytes as ever."""
import json

from wilcotest import HOME, Terminal, command, device, done, has, need, ok, on_pty, read_until, run, same, wait_for

got = []


def meter(connection):
    while line := read_until(connection, b"\n"):
        got.append(line[:-1])
        connection.sendall(line)


def wire(charset, text):
    return run("send", "--dry-run", "-o", "hex", "-f", "payload LF", f"127.0.0.1:1?charset={charset}", text)


for charset, text, expected in (("latin1", "Grüße", "4772fcdf65"), ("windows-1252", "5 €", "352080"),
                                ("cp437", "│é", "b382"), ("shift-jis", "表示~\\\\", "955c8ea67e5c"),
                                ("utf-8", "ü", "c3bc"), ("latin1", r"\xc3\xbc\u{fc}", "c3bcfc"),
                                ("latin1", ".literal ü\\n", "fc5c6e"), ("latin1", "..ü", "2efc"),
                                ("latin1", ".hex fc", "fc")):
    same(wire(charset, text).out.strip(), expected + "0a", f"{charset}: {text}")
r = wire("latin1", "a €")
same(r.code, 2, "a character that the charset lacks is refused")
has(r.err, "charset=latin1 has no \\u{20ac}\n  a €\n    ^\n", "with its place")
has(wire("koi8-r", "x").err, "charset is utf-8, latin1, windows-1252, cp437 or shift-jis", "a wrong name")

with device(meter) as address:
    at = f"{address}?charset=latin1"
    words = ("-f", "payload LF", "--log", f"{HOME}/log", at, r"Grüße\x9b2J")
    has(on_pty("send", *words).decode(), "Grüße\\x9b2J\r\n", "a terminal shows it, but no control characters")
    same(got[-1], b"Gr\xfc\xdfe\x9b2J", "the device got its own bytes")
    same(run("send", *words).out, "Gr\\xfc\\xdfe\\x9b2J\n", "a pipe gets canonical bytes")
    o = json.loads(run("send", "--json", *words).out)
    same((o["command"], o["reply"]), ("Gr\\xfc\\xdfe\\x9b2J",) * 2, "so does JSON")
    with open(f"{HOME}/log", encoding="utf-8") as f:
        has(f.read(), "> Gr\\xfc\\xdfe\\x9b2J\\n", "and a log")
    run("-f", "payload LF", at, stdin="ü\\xfc\n")
    same(got[-1], b"\xc3\xbc\xfc", "lines of a pipe are bytes")
    run("send", "-f", "payload LF", at, "-", stdin="ü\n")
    same(got[-1], b"\xc3\xbc", "and those of send -")

    # Marks of a script are shown where no cells are counted.
    thai, spelled = "ที่ปิด", "ท\\xe0\\xb8\\xb5\\xe0\\xb9\\x88ป\\xe0\\xb8\\xb4ด"
    words = ("-f", "payload LF", "--log", f"{HOME}/thai.log", str(address))
    same(run("send", *words, thai).out, thai + "\n", "a pipe gets marks behind their letters")
    same(got[-1], thai.encode(), "the device got its bytes")
    same(run("send", *words, spelled).out, thai + "\n", "in whatever way they are typed")
    has(on_pty("send", *words, thai).decode(), spelled + "\r\n", "a terminal gets bytes, because a mark could deface a row")
    same(json.loads(run("send", "--json", *words, thai).out)["reply"], spelled, "JSON has one spelling")
    with open(f"{HOME}/thai.log", encoding="utf-8") as f:
        has(f.read(), f"> {thai}\\n", "a log has marks")
    out = run(*words[:2], str(address), stdin=f"{thai}\n.find ป\n.save {HOME}/thai.md\n.save {HOME}/thai.wilco\n")
    same(out.out.count(thai), 3, "so has what a pipe finds")
    with open(f"{HOME}/thai.md", encoding="utf-8") as f:
        same(f.read().count(thai), 2, "and a report")
    with open(f"{HOME}/thai.wilco", encoding="utf-8") as f:
        has(f.read(), f"\n{spelled}\n  {spelled}\n", "a macro has one spelling")
    with open(f"{HOME}/typed.wilco", "w", encoding="utf-8") as f:
        f.write(f"{thai}\n  {thai}\n")
    for name in ("thai", "typed"):
        r = run("play", "-f", "payload LF", f"{HOME}/{name}.wilco", str(address))
        same((r.code, got[-1]), (0, thai.encode()), f"what is read back from {name}.wilco is the same")
    same(run("fmt", "--check", f"{HOME}/typed.wilco").code, 0, "fmt leaves marks that were typed")

    if need("tmux"):
        t = Terminal(" ".join(command("-f", "'payload LF'", f"'{at}'")))
        t.wait(">")
        t.type("Grüße")
        t.wait("47 72 fc df 65", "the preview shows the bytes")
        t.keys("Enter")
        t.wait("< Grüße", "and the reply is text")
        t.keys(".find ", "ü", "Enter")
        t.wait("match 2 of 2", "what is searched for is text of the device")
        t.keys(".find", "Enter")
        t.keys(".set charset=shift-jis", "Enter")
        t.type("表示 €")
        t.wait("charset=shift-jis has no", "what it lacks is refused before Enter")
        t.keys("BSpace", "BSpace", "Enter")
        t.wait("< 表示", "another charset")
        same(got[-1], b"\x95\x5c\x8e\xa6", "whose characters have two bytes")
        t.wait("> Grüße", "what was sent before is shown as it was")
        t.keys(f".save {HOME}/saved", "Enter")
        ok(wait_for(lambda: "saved" in t.screen() and open(f"{HOME}/saved", "rb").read(), "the file"), "a file")
        with open(f"{HOME}/saved", encoding="utf-8") as f:
            has(f.read(), "Gr\\xfc\\xdfe\n  Gr\\xfc\\xdfe\n", "has bytes")
        t.keys(".quit", "Enter")
        t.close()
        t = Terminal(" ".join(command("--plain", "-f", "'payload LF'", f"'{at}'")), env={"LC_ALL": "C"})
        t.wait(">")
        t.type("ü")
        t.keys("Enter")
        t.wait("< \\u{fc}", "a terminal without UTF-8")
        same(got[-1], b"\xfc", "sends the same")
        t.close()
        t = Terminal(" ".join(command("--plain", "-f", "'payload LF'", f"'{address}'")))
        t.wait(">")
        t.keys(spelled, "Enter")
        t.wait(f"< {thai}", "with --plain, which counts no cells, marks are shown, too")
        t.close()
done()
