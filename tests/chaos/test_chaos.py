#!/usr/bin/env python3
"""wilco sends thousands of commands to devices that are late, lose replies, cut them up and break
off, by a seed, behind terminal servers and at serial ports.  Then its record is compared with theirs.

    test_chaos.py [SEED COMMANDS]      without arguments a small run with a fixed seed and one with any"""
import asyncio
import collections
import json
import random
import signal
import sys
import time

from compare import CHECKS, Run, raw_of
from device import Listener, Port
from doctored import examine
from plan import Plan, Times
from protocol import Lines, ModbusRtu, ModbusTcp
from wilcotest import ENV, HOME, LIMIT, WILCO, WRAP, command, done, ok

LINE = ("line", (b"\n", b"\r\n"))
CRLF = ("line-crlf", (b"\r\n",))
MARKED = ("payload LF -> payload LF ; async '!' *", (b"\n",), True)


class Lane:
    """One device, its plan, and a way to give commands to wilco."""
    PROCESS = 120  # commands of a process at most

    def __init__(self, seed, times, name, protocol, driver):
        front = name.split()[0]
        self.name, self.protocol, self.times = f"{name} {driver.__name__}", protocol, times
        self.driver, self.stops = driver, driver is send
        self.own, self.serial = front == "tcp", front == "serial"
        self.plan = Plan(f"{seed}/{self.name}", protocol, times, self.own, self.serial)
        self.rng = self.plan.rng("lane")
        self.fates, self.runs = {}, []
        self.path = f"{HOME}/{self.name}.{seed}".replace(" ", "-")
        self.awaited = self.on_arrival = None
        if self.serial:
            self.front = Port(self, self.path)
        else:
            self.front = Listener(self, self.own, front == "telnet")

    # ---- for the device ----

    def fate(self, n, key):
        self.fates[n] = self.plan.fate(n, key)
        return self.fates[n]

    def arrived(self, n):
        if n == self.awaited:
            self.on_arrival()

    def pause(self, most):
        return self.rng.random() * most

    def cut_at(self, size):
        return self.rng.randrange(size + 1)

    # ---- for the test ----

    def words(self, log):
        address = f"{self.front.address}?{self.times.settings()}"
        if not self.own and self.front.address.startswith("tcp"):
            address += "&gateway=yes"
        return ["--json", "--log", log, "-f", self.protocol.frame, address]

    async def go(self, count):
        numbers = list(range(1, count + 1))
        while numbers:
            run = await self.process(numbers[:self.PROCESS])
            self.runs.append(run)
            ended = {n for n, _ in run.results()} | set(run.arrived())
            if not ended:
                break
            numbers = [n for n in numbers if n not in ended]

    async def process(self, numbers):
        run = Run(self, numbers)
        log = f"{self.path}.{len(self.runs)}.log"
        self.front.renew()
        begin = len(self.front.record)
        words = self.driver.words + self.words(log)
        p = await asyncio.create_subprocess_exec(
            *command(*words, *self.driver.commands), stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=ENV, limit=1 << 24)
        self.interrupt(run, p)
        err = asyncio.ensure_future(p.stderr.read())
        try:
            await asyncio.wait_for(self.driver(self, run, p), LIMIT * 4)
            run.code = await asyncio.wait_for(p.wait(), LIMIT)
            await asyncio.wait_for(self.front.settle(), LIMIT)
        except asyncio.TimeoutError:
            p.kill()
            run.code = "hang"
        run.err = (await err).decode()
        run.record = self.front.record[begin:]
        run.read_log(log)
        return run

    def interrupt(self, run, p):
        """Interrupts some runs while a command is under way."""
        self.awaited = None
        if self.driver is stepped or self.rng.random() > 0.3:
            return
        number = self.rng.choice((signal.SIGINT, signal.SIGTERM))
        self.awaited = self.rng.choice(run.numbers)

        def on_arrival():
            if p.returncode is None:
                run.signal = number
                p.send_signal(number)
        self.on_arrival = on_arrival


# ---- ways to give commands ----

async def until(run, p, found):
    while (line := await p.stdout.readline()).endswith(b"\n"):
        run.objects.append(json.loads(line))
        if found(run.objects[-1]):
            return run.objects[-1]
    return None


async def to_the_end(run, p):
    await until(run, p, lambda _: False)


async def send(lane, run, p):
    """Runs `wilco send DEVICE -` with all lines at once."""
    p.stdin.write("".join(f"{lane.protocol.typed(n)}\n" for n in run.numbers).encode())
    p.stdin.close()
    await to_the_end(run, p)

send.words, send.commands = ["send"], ["-"]


async def piped(lane, run, p):
    """Runs the console in a pipe."""
    await send(lane, run, p)

piped.words, piped.commands = [], []


async def stepped(lane, run, p):
    """Runs the console in a pipe, with each line after the reply to the one before; now and then the
    device says something by itself."""
    for n in run.numbers:
        p.stdin.write(f"{lane.protocol.typed(n)}\n".encode())
        x = await until(run, p, lambda x: x["command"])
        if not x:
            break
        quiet = n in lane.fates and lane.fates[n].name in ("prompt", "pieces")
        if x["status"] == "ok" and quiet and lane.rng.random() < 0.2:
            event = lane.protocol.event(lane.rng, b"IDLE-%d" % n)
            if await lane.front.say_now(event):
                await until(run, p, lambda x, event=event: event in raw_of(x))
    p.stdin.close()
    await to_the_end(run, p)

stepped.words, stepped.commands = [], []


# ---- all of it ----

def lanes(seed, times):
    for driver in (send, piped, stepped):
        for front in ("tcp", "gateway", "telnet", "serial"):
            yield Lane(seed, times, f"{front} line", Lines(*LINE), driver)
    for front, driver in (("gateway", send), ("telnet", piped), ("serial", send)):
        yield Lane(seed, times, f"{front} line-crlf", Lines(*CRLF), driver)
    for front, driver in (("tcp", piped), ("gateway", send), ("serial", piped)):
        yield Lane(seed, times, f"{front} marked", Lines(*MARKED), driver)
    for front, driver in (("tcp", send), ("gateway", piped)):
        yield Lane(seed, times, f"{front} modbus-tcp", ModbusTcp(), driver)
    for front, driver in (("serial", send), ("gateway", piped), ("tcp", send)):
        yield Lane(seed, times, f"{front} modbus-rtu", ModbusRtu(), driver)


def slowness():
    """Returns how many times slower valgrind or sanitizers make wilco."""
    with open(WILCO, "rb") as f:
        return 15 if WRAP else 3 if b"__asan_init" in f.read() else 1


async def all_lanes(seed, commands):
    every = list(lanes(seed, Times(slowness())))
    if WRAP:  # each start takes seconds
        every = random.Random(seed).sample(every, 5)
    share, more = divmod(commands, len(every))
    await asyncio.gather(*(lane.go(share + (i < more)) for i, lane in enumerate(every)))
    return every


def chaos(seed, commands):
    print(f"# seed {seed}, {commands} commands: make chaos SEED={seed} COMMANDS={commands}", flush=True)
    began = time.monotonic()
    every = asyncio.run(all_lanes(seed, commands))
    runs = [run for lane in every for run in lane.runs]
    for name, check in CHECKS.items():
        problems = [f"{run.name}: {problem}" for run in runs for problem in check(run)]
        ok(not problems, f"seed {seed}: {name}", f"{len(problems)} of them\n" + "\n".join(problems))
    results = [x["status"] for run in runs for _, x in run.results()]
    fates = [fate.name for lane in every for fate in lane.fates.values()]
    print(f"# {len(results)} results in {time.monotonic() - began:.1f} s, {len(runs)} processes: "
          f"{dict(collections.Counter(results))}", flush=True)
    print(f"# {dict(collections.Counter(fates))}; too late because the machine was slow: "
          f"{sum(run.slow for run in runs)}", flush=True)
    ok(results.count("ok") > commands / 3, f"seed {seed}: most of them were answered")
    return runs


def small():
    """Makes a run for which `make check` has time."""
    runs = chaos("12", 100 if WRAP else 400)
    shared = [run for run in runs if not (run.own or run.serial or run.protocol.binary)]
    examine(max(shared, key=lambda run: len(run.results())))
    chaos(random.SystemRandom().randrange(10 ** 6), 60 if WRAP else 200)


if len(sys.argv) > 1:
    chaos(sys.argv[1] or random.SystemRandom().randrange(10 ** 6), int(sys.argv[2]))
else:
    small()
done()
