#!/usr/bin/env python3
"""wilco frame: list, show, encode, decode."""
import json
import os
import re

from wilcotest import ENV, done, has, ok, run, same, some

# ---- list ----
r = run("frame", "list")
same(r.code, 0, "list exits 0")
names = re.findall(r"^  (\S+)", r.out, re.M)
ok(len(names) >= 92, f"{len(names)} frames have a name")
has(r.out, "\n  modbus-rtu   Modbus RTU", "a frame is described")
for name in some(names):
    r = run("frame", "show", name)
    ok(r.code == 0 and "A reply is complete" in r.out and "ends by" in r.out, f"show {name}", r)

listed = [json.loads(line) for line in run("frame", "list", "--json").out.splitlines()]
same([x["frame"] for x in listed], names, "--json lists the same")
ok(all(sorted(x) == ["frame", "group", "help", "notation"] for x in listed), "with their notations")
crcs = [json.loads(line) for line in run("frame", "list", "crc", "--json").out.splitlines()]
same([line.split()[0] for line in run("frame", "list", "crc").out.splitlines()], [x["crc"] for x in crcs],
     "list crc lists the CRCs")
ok(all(sorted(x) == ["also", "crc", "help", "parameters"] for x in crcs), "with their parameters")
has([x["also"] for x in crcs if x["crc"] == "crc16-ibm-3740"][0], "crc16-ccitt-false", "and their other names")
r = run("frame", "list", "crcs")
ok(r.code == 2 and "wilco frame list [crc], not 'crcs'" in r.err, "nothing else is listed", r)
o = json.loads(run("frame", "encode", "--json", "esc-cr", "PWR?").out)
same(o, {"frame": "esc-cr", "payload": "PWR?", "wire_hex": "1b5057523f0d"}, "encode in JSON")
o = json.loads(run("frame", "show", "--json", "esc-cr").out)
same((o["frame"], o["text"]), ("esc-cr", run("frame", "show", "esc-cr").out), "show in JSON")
same([json.loads(x)["status"] for x in run("demo", "--json").out.splitlines()], ["ok"] * 5,
     "the demo in JSON")

# ---- show ----
r = run("frame", "show", "payload crc16-modbus:le CR")
has(r.out, "warning: crc16-modbus comes before the terminator", "a check before its end")
r = run("frame", "show", "len:u16be payload")
has(r.out, "warning: a length without a check or literal", "a length alone")
r = run("frame", "show", "payload CR | '>' payload CR")
has(r.out, "warning: layout 1 does not begin with a literal", "a layout that takes all")
r = run("frame", "show", "payload LFF")
same(r.code, 2, "a wrong notation is exit status 2")
has(r.err, "^~~", "with its place")

# ---- of one's own, in the configuration ----
os.makedirs(f"{ENV['HOME']}/config/wilco")
with open(f"{ENV['HOME']}/config/wilco/config", "w", encoding="utf-8") as f:
    f.write(".frame crc crc16-mine = width=16 poly=0x8005 init=0xffff refin=true refout=true "
            "xorout=0 check=0x4b37\n.frame acme = payload crc16-mine:le CR\n")
r = run("frame", "encode", "--hex", "acme", "313233343536373839")
same(r.out, "313233343536373839374b0d\n", "a frame with a CRC of one's own")
has(r.err, "frame acme: crc16-mine comes before the terminator", "warned of at load")
same(run("-q", "frame", "list").err, "", "-q does not warn")
has(run("frame", "list").out, "your own\n  acme", "it is listed")
has(run("frame", "list", "crc").out, "crc16-mine                 your own", "so is its CRC")
r = run(stdin=".frame two = len:u16be payload\n")
has(r.out + r.err, "frame two: a length without a check or literal", "and at a prompt")
os.unlink(f"{ENV['HOME']}/config/wilco/config")

# ---- fields of bytes, and numbers with a sign ----
MAC = "mac:x6 t:i16le f:f32be payload LF"
same(run("frame", "encode", "--set", "mac=AAbbccddeeff", "--set", "t=-7", "--set", "f=2.25", MAC, "x").out,
     "aabbccddeefff9ff40100000780a\n", "set to bytes, to a negative number and to a fraction")
r = run("frame", "decode", "--json", "--hex", MAC, stdin="aabbccddeefff9ff40100000780a")
same(json.loads(r.out)["fields"], {"mac": "aabbccddeeff", "t": -7, "f": 2.25}, "read as JSON has them")
r = run("frame", "decode", "--json", "--hex", MAC, stdin="aabbccddeefff9ff7f800000780a")
same(json.loads(r.out)["fields"]["f"], None, "what is no number is null")
has(run("frame", "decode", "--hex", "-o", "anatomy", MAC, stdin="aabbccddeefff9ff40100000780a").out, "-7  (i16le)",
    "and in their anatomy")
for wrong in ("mac=aabb", "mac=aabbccddeefff", "mac=x", "t=-32769", "t=1.5", "f=x"):
    r = run("frame", "encode", "--set", wrong, MAC, "x")
    ok(r.code == 2 and wrong.split("=")[0] in r.err and wrong.split("=")[1] in r.err, f"--set {wrong} is refused", r)

# ---- bits ----
r = run("frame", "decode", "--hex", "-o", "anatomy", "<cmd:4 len(payload):4> payload sum8", stdin="61 7a db")
ok("cmd          6  (4 bits)" in r.out and "len          1  (4 bits)" in r.out, "the anatomy has them", r)

# ---- encode ----
same(run("frame", "encode", "lp8", "a", "bc").out, "0161\n026263\n", "a line a payload")
same(run("frame", "encode", "-o", "raw", "lp8", "a").raw, b"\x01a", "raw bytes")
same(run("frame", "encode", "--set", r"name=\x41b\r", "name:s4 payload LF", "x").out, "41620d20780a\n",
     "a value has the escapes of a text")
r = run("frame", "encode", "--set", r"name=a\x4", "name:s4 payload LF", "x")
same(r.code, 2, "and is refused where they are wrong")
has(r.err, r"name cannot be 'a\\x4': '\x' is not an escape", "with the field and its value")
for notation, wire in (("payload LF -> payload (CR LF | LF) ; says LF", b"x\n"),
                       ("payload LF -> payload (CR LF | LF) ; says 1 CR LF", b"x\r\n"),
                       ("payload LF -> '=' payload LF | payload (LF | CR) ; says 2 CR", b"x\r"),
                       ("payload LF -> payload[3] LF | payload[2] LF | payload CR ; says 2", b"x\r"),
                       ("payload (LF | CR) ; says CR", b"x\r"), ("scpi", b"x\r\n")):
    same(run("frame", "encode", "--reply", "-o", "raw", notation, "x").raw, wire, f"a device says {wire} in {notation}")
same(run("frame", "encode", "-o", "raw", "payload (LF | CR) ; says CR", "x").raw, b"x\n", "and nobody else")
same(run("frame", "encode", "--reply", "-o", "raw", "scpi", "--hex", "410a42").raw, b"#13A\nB\n", "a layout that carries it is taken")
same(run("frame", "encode", "--reply", "unit:u8=17 payload LF -> unit payload LF", "x").out, "11780a\n",
     "a reply repeats the default of the command")
same(run("frame", "encode", "--reply", "--set", "unit=5", "unit:u8=17 payload LF -> unit payload LF", "x").out,
     "05780a\n", "or what is said")
same(run("frame", "encode", "--reply", "k:s2='ab' payload LF -> k payload LF", "x").out, "6162780a\n", "also text")
same(run("frame", "encode", "--set", "tid=7", "--reply", "--hex", "modbus-tcp", "03").out,
     "0007000000020103\n", "the reply repeats the counter")
same(run("frame", "encode", "tid:u8=1++ payload LF", "a", "b").out, "01610a\n02620a\n", "it counts up")
same(run("frame", "encode", "modbus-tcp", ".with tid=7 unit=2 03 00", "u16be(770)").out,
     "000700000003020300\n000800000003010302\n", "a payload is what send takes")
same(run("frame", "encode", "lp8", "..dot", ".x 41 42", ".wire 03").out, "042e646f74\n024142\n03\n",
     "so are the verbs that send")
r = run("frame", "encode", "lp8", ".wait 1s")
ok(r.code == 2 and "no command to send" in r.err, "and no others", r)
r = run("frame", "encode", "payload LF", "a\\nb")
same(r.code, 2, "a payload with its own terminator is refused")
has(r.err, "terminator, \\n, at byte 1", "and where")
same(run("frame", "encode", "--force", "payload LF", "a\\nb").out, "610a620a\n", "--force sends it")
for words in (["encode", "payload LF"], ["encode", "--set", "x=1", "payload LF", "a"],
              ["show"], ["shov", "raw"], ["decode"], ["encode", "--hex", "lp8", "1"]):
    r = run("frame", *words)
    ok(r.code == 2 and r.err.startswith("wilco: "), "usage: " + " ".join(words), r)

# ---- decode ----
r = run("frame", "decode", "payload NUL", stdin=b"one\0two\0\0")
same((r.out, r.code), ("one\ntwo\n\n", 0), "a payload a line")
r = run("frame", "decode", "--json", "nmea", stdin=b"xx$GPTXT*01\r\n$PASHR,PONG\r\n$A")
events = [json.loads(line) for line in r.out.splitlines()]
same([e["event"] for e in events], ["stray", "damaged", "frame", "partial"], "events as JSON")
has(events[1]["error"], "xor8: expected", "a damaged frame says what was expected")
same(events[1]["payload_hex"], b"GPTXT".hex(), "and has its payload")
same(r.code, 5, "exit status 5")
same((events[2]["offset"], events[2]["mark"], events[2]["end"]), (13, None, "delimiter CR LF"),
     "offset, mark and end")
r = run("frame", "decode", "--count", "nmea", stdin=b"xx$GPTXT*01\r\n$PASHR,PONG\r\n")
same(r.out, "1 frames, 1 damaged, 0 partial, 0 oversize, 2 stray bytes\n", "--count")
r = run("frame", "decode", "--hex", "lp8", stdin=b"01 6\n1 02 62 63")
same((r.out, r.code), ("a\nbc\n", 0), "hex on standard input, a byte across lines")
r = run("frame", "decode", "--hex", "lp8", stdin=b"01 6x")
same(r.code, 2, "what is no hex is refused")
r = run("frame", "decode", "--json", "--hex", "--set", "tid=5", "modbus-tcp", stdin=b"0006000000020103")
same(json.loads(r.out)["mark"], "not-ours", "another transaction is not ours")
r = run("frame", "decode", "--json", "--hex", "xbee-api2", stdin=b"7e000408014150657e0002237d31cb")
same([(e["event"], e["error"]) for e in map(json.loads, r.out.splitlines())], [("frame", None)] * 2,
     "good frames have no error")
r = run("frame", "decode", "--json", "grbl", stdin=b"<Idle>\r\nok\r\n")
same([json.loads(line)["mark"] for line in r.out.splitlines()], ["async", None], "async is marked")
# A lying length inside: the frame in it is found.
r = run("frame", "decode", "--json", "--hex", "ubx",
        stdin=b"b562 0a04 0c00 b5620a0400000e34 00000000 0000".replace(b" ", b""))
marks = [(e["event"], e["mark"]) for e in map(json.loads, r.out.splitlines())]
ok(("damaged", None) in marks and ("frame", "inside") in marks, "a frame inside a damaged one", marks)
r = run("frame", "decode", "-o", "anatomy", "payload LF", stdin=b"hi\n")
same([line.split() for line in r.out.splitlines()], [["68", "69", "payload", "hi"], ["0a", "literal", "\\n"]],
     "-o anatomy names the parts of what is decoded")
r = run("send", "--dry-run", "-o", "anatomy", "-f", "payload LF", "127.0.0.1:1", "hi")
same([line.split()[-2:] for line in r.out.splitlines()], [["payload", "hi"], ["literal", "\\n"]],
     "and of what would be sent")
big = run("frame", "decode", "--count", "payload NUL", stdin=b"x" * 3_000_000)
has(big.out, "2 oversize", "no end: oversize at the limit")
done()
