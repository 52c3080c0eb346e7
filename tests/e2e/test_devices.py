#!/usr/bin/env python3
"""Real device programs, each with its frame: a session over many commands."""
import json

import devices
from wilcotest import device, done, has, ok, run, same, skip


def session(name, address, frame, commands, expected, *options):
    """Sends the commands over one session and compares the printed replies."""
    r = run("send", *options, "-f", frame, address, *commands)
    ok(r.code == 0 and r.out == "".join(e + "\n" for e in expected), f"{name}: the replies", r)
    return r


def records(*words, **more):
    r = run("send", "--json", *words, **more)
    return r, [json.loads(line) for line in r.out.splitlines()]


def rigctld():
    with devices.rigctld() as address:
        session("rigctld", address, "payload LF", ["F 14250000", "f", "F 7000000", "f"],
                ["RPRT 0", "14250000", "RPRT 0", "7000000"])
        r = run("send", "-f", "payload LF -> payload 'RPRT ' code:dec LF", address, *["+f"] * 20)
        ok(r.code == 0 and r.out.count("Frequency: 7000000") == 20, "rigctld: blocks of lines", r)


def upsd():
    with devices.upsd() as address:
        session("upsd", address, "payload LF",
                ["NETVER", "GET VAR nope x", "FOO"] * 5,
                ["1.3", "ERR UNKNOWN-UPS", "ERR UNKNOWN-COMMAND"] * 5)
        r = run("send", "-f", "payload LF ; until 'END ' * | 'ERR ' *", address, "LIST UPS")
        same(r.out, 'BEGIN LIST UPS\nUPS bench "bench supply"\nEND LIST UPS\n',
             "upsd: a list to its end")


def redis():
    with devices.redis() as address:
        session("redis", address, "payload CR LF", ["SET k 1", "INCR k", "GET nope", "PING"] * 5,
                ["+OK", ":2", "$-1", "+PONG"] * 5)


def mosquitto():
    with devices.mosquitto() as address:
        r, got = records("-f", "mqtt", address, ".with type=0x10 00 04 4d 51 54 54 04 02 00 3c 00 "
                         "02 77 31", ".text", ".text")
        same([(x["status"], x["fields"] and x["fields"]["type"]) for x in got],
             [("ok", 0x20), ("ok", 0xD0), ("ok", 0xD0)], "mosquitto: connect and pings")


def gpsd():
    with devices.gpsd() as address:
        r, got = records("-f", "payload CR LF ; async '{\"class\":\"TPV\"' * | '{\"class\":\"SKY\"' * "
                         "| '{\"class\":\"WATCH\"' * | '{\"class\":\"DEVICE\"' * | '$' *",
                         address, ".wait 2s", '?WATCH={"enable":true,"nmea":true};', ".wait 5s",
                         "?VERSION;", "?VERSION;")
        commands = [x for x in got if x["command"]]
        ok(all('"VERSION"' in x["reply"] for x in commands[-2:]),
           "gpsd: replies among unsolicited lines", r)
        ok(any((x["reply"] or "").startswith("$GP") for x in got if not x["command"]),
           "gpsd: NMEA is unsolicited", r)


def gdbserver():
    if not devices.there("gdbserver"):
        skip("gdbserver is not installed")
        return
    r, got = records("-f", "gdb", "exec:gdbserver --multi stdio", "!", "qAttached",
                     "vMustReplyEmpty")
    same([(x["status"], x["reply"]) for x in got], [("ok", "OK"), ("ok", "E01"), ("ok", "")],
         "gdbserver over its stdio")


def swtpm():
    with devices.swtpm() as address:
        frame = "tag:u16be=0x8001 len(all):u32be payload -> tag:u16be len(all):u32be payload ; bin"
        r, got = records("-f", frame, address,
                         *["00 00 01 7b 00 08"] * 10, "00 00 01 43")
        ok([len(x["reply_hex"]) // 2 for x in got] == [14] * 10 + [4], "swtpm: random bytes", r)
        same(len({x["reply_hex"] for x in got}), 11, "swtpm: each reply once")


def owserver():
    with devices.owserver() as address:
        frame = ("00000000 len(payload):u32be type:u32be=7 00000106 00000000 00000000 payload "
                 "-> version:u32be len(payload):u32be code:u32be flags:u32be size:u32be "
                 "offset:u32be payload")
        r = run("send", "-f", frame, address, r"/\x00", r"/\x00")
        ok(r.code == 0 and r.out.count("/10.67C6697351FF") == 2,
           "owserver: two directories over one line", r)


def modbus():
    if not devices.has_pymodbus() or not devices.there("socat"):
        skip("python3-pymodbus or socat is not installed")
        return
    with devices.modbus_tcp() as address:
        r, got = records("-f", "modbus-tcp", address, *["03 00 00 00 02"] * 10,
                         ".with unit=17 04 00 05 00 01", "03 ff 00 00 02")
        same([x["reply_hex"] for x in got], ["030410001001"] * 10 + ["04022005", "8302"],
             "Modbus TCP")
    for mode, frame in (("rtu", "modbus-rtu"), ("ascii", "modbus-ascii")):
        with devices.modbus_serial(mode) as address:
            r, got = records("-f", frame, f"{address}?baud=9600", *["03 00 00 00 02"] * 5,
                             ".with unit=17 04 00 05 00 01")
            same([x["reply_hex"] for x in got], ["030410001001"] * 5 + ["04022005"],
                 f"Modbus {mode.upper()} over a serial line")


def ser2net():
    with devices.ser2net() as address:
        r = run("send", "-v", "-f", "payload CR", f"rfc2217://{address}?baud=19200&mode=7E1&dtr=on",
                "hello", r"a\xffb", "x")
        same(r.out, "hello\na\\xffb\nx\n", "rfc2217 over ser2net, with a byte that telnet escapes")
        same(r.code, 0, "and its exit status")
        r = run("send", "-f", "payload CR", f"telnet://{address}", "hello", r"a\xffb")
        same(r.out, "hello\na\\xffb\n", "telnet over ser2net")


def xinetd():
    with devices.xinetd() as (echo, daytime, chargen):
        session("xinetd's echo", echo, "payload LF", ["a", "b"] * 10, ["a", "b"] * 10)
        r = run("send", "-f", "payload LF -> payload CR LF", daytime, "what time is it")
        ok(r.code in (0, 4), "xinetd's daytime says something or is gone before we ask", r)
        r = run("send", "-f", "payload LF -> payload 01", chargen, "x")
        same(r.code, 5, "xinetd's chargen: an endless flood ends at the size limit")
        longest = max(map(len, r.err.splitlines()))
        ok(longest < 2300, "and is not poured over the terminal: each note is cut", longest)


def chosen(*needed):
    if devices.there(*needed):
        return True
    skip(f"{needed[0]} is not installed")
    return False


for test, needed in ((rigctld, ["rigctld"]), (upsd, ["/lib/nut/upsd", "/lib/nut/dummy-ups"]),
                     (redis, ["redis-server"]), (mosquitto, ["mosquitto"]),
                     (gpsd, ["gpsd", "gpsfake"]), (gdbserver, ["gdbserver"]),
                     (swtpm, ["swtpm"]), (owserver, ["owserver"]), (modbus, ["socat"]),
                     (ser2net, ["ser2net", "socat"]), (xinetd, ["xinetd"])):
    if chosen(*needed):
        test()
done()
