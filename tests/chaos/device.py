"""The device of the chaos test and the ways to reach it, all in one asyncio loop.

    Worker   does what the plan says for one command after the other, as a serial device does
    Listener TCP, raw or telnet: the device itself, with a Worker for each connection (`own`), or a
             terminal server in front of one Worker, whose answers go to whoever is connected
    Port     a serial port (a pty); it is pulled out and comes back under the same name

A front records each byte with its time and connection (`record`)."""
import asyncio
import collections
import contextlib
import fcntl
import os
import socket
import struct
import termios
import time
import tty

from plan import GREETED

Event = collections.namedtuple("Event", "time connection kind data")  # kind: open got sent cut end
Job = collections.namedtuple("Job", "number key came")

SIOCOUTQNSD = 0x894B
IAC, SB, SE, NOP, WILL, DONT = 255, 250, 240, 241, 251, 254


class Worker:
    """Does one command after the other; `line` is the front or the connection to speak through."""
    def __init__(self, lane, line):
        self.lane, self.line = lane, line
        # Being late matters only where a late reply could be taken for another one.
        self.endless = lane.protocol.matched or line.own and not lane.protocol.quiet
        self.jobs = asyncio.Queue()
        self.rest = b""
        self.task = asyncio.ensure_future(self.work())

    def take(self, data):
        commands, self.rest = self.lane.protocol.cut(self.rest + data)
        for n, key in commands:
            self.jobs.put_nowait(Job(n, key, time.monotonic()))
            self.lane.arrived(n)

    def reset(self):
        self.task.cancel()
        self.jobs = asyncio.Queue()
        self.rest = b""
        self.task = asyncio.ensure_future(self.work())

    def stop(self):
        self.task.cancel()

    async def work(self):
        while True:
            job = await self.jobs.get()
            fate = self.lane.fate(job.number, job.key)
            with contextlib.suppress(OSError):  # raised by a line of its own that is gone
                await self.serve(fate, job.came)

    async def serve(self, fate, came):
        times = self.lane.times
        limit = float("inf") if self.endless else came + times.latest
        for verb, argument, *more in fate.steps:
            if verb == "wait":
                await asyncio.sleep(argument)
            elif verb == "say":
                await self.line.say(limit, argument, *more)
            elif verb == "banner":
                self.line.front.greet_next(argument, limit, came)
            elif verb == "cut":
                self.line.cut(argument, *more)
            elif await self.line.front.reopened():
                limit = min(limit, time.monotonic() + times.listens * 2 / 3)
                await asyncio.sleep(argument)
            else:
                return


async def write_all(fd, data, done):
    """Writes all of it and calls done(part) for each part that the system took."""
    loop = asyncio.get_running_loop()
    while data:
        try:
            n = os.write(fd, data)
        except BlockingIOError:
            room = loop.create_future()
            loop.add_writer(fd, lambda future=room: future.done() or future.set_result(None))
            try:
                await room
            finally:
                loop.remove_writer(fd)
            continue
        done(data[:n])
        data = data[n:]


class Front:
    """The common part: the record, the greeting, waiting for the next connection."""
    def __init__(self, lane, own):
        self.lane, self.own, self.front = lane, own, self
        self.record, self.count = [], 0
        self.banner = None
        self.current = None
        self.waiting = []
        self.worker = None if own else Worker(lane, self)

    def note(self, kind, data=b"", connection=None):
        self.record.append(Event(time.time(), connection or self.count, kind, data))

    def greet_next(self, banner, limit, came):
        """Greets the next connection, if this one can end while a command waits."""
        if self.own or time.monotonic() < came + self.lane.times.timeout / 2:
            self.banner = banner, limit

    def opened(self):
        """Wakes whoever waits for a connection; returns its banner and until when that may come."""
        for future in self.waiting:
            if not future.done():
                future.set_result(True)
        self.waiting.clear()
        banner, self.banner = self.banner, None
        if not banner:
            return None
        return banner[0], min(banner[1], time.monotonic() + self.lane.times.listens * 2 / 3)

    async def reopened(self):
        if self.current:
            return True
        future = asyncio.get_running_loop().create_future()
        self.waiting.append(future)
        with contextlib.suppress(asyncio.TimeoutError):
            return await asyncio.wait_for(future, 2 * self.lane.times.slow)
        return False

    async def say(self, limit, *parts):
        """Says it to whoever is connected, but not after the limit, when it would be too late."""
        if self.current and time.monotonic() < limit:
            await self.current.put(*parts)

    async def say_now(self, data):
        """Sends the parts; returns False when nobody is connected."""
        here = self.current is not None
        await self.say(float("inf"), data)
        return here


class Connection:
    """A connection that was accepted."""
    own = True

    def __init__(self, listener, sock):
        self.front, self.sock, self.number = listener, sock, listener.count
        self.telnet = Telnet() if listener.telnet else None
        self.worker = Worker(listener.lane, self) if listener.own else listener.worker
        self.greeting = None
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        asyncio.get_running_loop().add_reader(sock, self.readable)

    def note(self, kind, data=b""):
        self.front.note(kind, data, self.number)

    def readable(self):
        try:
            data = self.sock.recv(65536)
        except OSError:
            data = b""
        if not data:
            self.note("end")
            self.close()
            return
        if self.telnet:
            data = self.telnet.data_of(data)
        if self.own_worker():
            self.front.banner = None  # this connection goes on
        self.note("got", data)
        self.worker.take(data)

    def own_worker(self):
        return self.worker is not self.front.worker

    async def say(self, limit, *parts):
        del limit
        await self.put(*parts)

    async def put(self, *parts):
        """Sends several parts as one segment, in telnet with a command between them."""
        if self.sock.fileno() < 0:
            return
        self.note("sent", b"".join(parts))
        segments = self.telnet.segments(self.front.lane, parts) if self.telnet else [b"".join(parts)]
        for segment in segments:
            with contextlib.suppress(OSError):
                await write_all(self.sock.fileno(), segment, lambda _: None)

    async def greet(self, banner, limit):
        await asyncio.sleep(self.front.lane.pause(GREETED))
        if time.monotonic() < limit and self is self.front.current:
            await self.put(banner)

    def unsent(self):
        """Returns how many bytes the kernel has not sent, which it will not send after a reset."""
        return any(fcntl.ioctl(self.sock, SIOCOUTQNSD, bytes(4)))

    def cut(self, how, refuse):
        if self.sock.fileno() < 0:
            return
        if refuse:
            self.front.refuse(refuse)
        if how == "reset" and self.unsent():
            how = "dropped"
        self.note("cut", how.encode())
        if how != "close":
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        if self.sock.fileno() < 0:
            return
        asyncio.get_running_loop().remove_reader(self.sock)
        self.sock.close()
        if self.greeting:
            self.greeting.cancel()
        if self.own_worker():
            self.worker.stop()
        if self.front.current is self:
            self.front.current = None


class Telnet:
    """The bytes of telnet, as far as a server needs them; options get no answer."""
    def __init__(self):
        self.state = None

    @staticmethod
    def segments(lane, parts):
        """Makes the segments; a single part may be split in the middle of a doubled byte."""
        wire = bytes([IAC, NOP]).join(part.replace(b"\xff", b"\xff\xff") for part in parts)
        at = lane.cut_at(len(wire)) if len(parts) == 1 else 0
        return wire[:at], wire[at:]

    def data_of(self, wire):
        data = bytearray()
        for byte in wire:
            if self.state is None and byte != IAC:
                data.append(byte)
            else:
                self.state = self.behind(byte, data)
        return bytes(data)

    def behind(self, byte, data):
        if self.state is None:
            return IAC
        if self.state == IAC:
            if byte == IAC:
                data.append(byte)
            return WILL if WILL <= byte <= DONT else SB if byte == SB else None
        if self.state == SB:
            return SE if byte == IAC else SB
        if self.state == SE:
            return None if byte == SE else SB
        return None


class Listener(Front):
    """The address to which wilco connects."""
    # The bytes with which a telnet server begins.
    OPTIONS = (b"", b"\xff\xfb\x01\xff\xfb\x03", b"\xff\xfd\x18\xff\xfb\x01",
               b"\xff\xfb\x00\xff\xfd\x00")

    def __init__(self, lane, own, telnet=False):
        super().__init__(lane, own)
        self.telnet = telnet
        # This socket holds the port, so that nobody else gets it while we do not listen.
        self.held = self.bound(("127.0.0.1", 0))
        self.address = f"{'telnet' if telnet else 'tcp'}://127.0.0.1:{self.held.getsockname()[1]}"
        self.socket = None
        self.listen()

    @staticmethod
    def bound(where):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(where)
        return sock

    def listen(self):
        self.socket = self.bound(self.held.getsockname())
        self.socket.setblocking(False)
        self.socket.listen(8)
        asyncio.get_running_loop().add_reader(self.socket, self.acceptable)

    def deaf(self):
        asyncio.get_running_loop().remove_reader(self.socket)
        self.socket.close()

    def acceptable(self):
        with contextlib.suppress(BlockingIOError):
            sock, _ = self.socket.accept()
            self.count += 1
            self.note("open")
            self.current = connection = Connection(self, sock)
            if self.telnet:
                sock.send(self.OPTIONS[self.count % len(self.OPTIONS)])
            banner = self.opened()
            if banner:
                connection.greeting = asyncio.ensure_future(connection.greet(*banner))

    def refuse(self, seconds):
        """Refuses connections; called while the line is still open, so that nobody is in the queue."""
        self.deaf()
        asyncio.get_running_loop().call_later(seconds, self.listen)

    def cut(self, how, refuse):
        if self.current:
            self.current.cut(how, refuse)

    async def settle(self):
        """Called when wilco is gone: accepts the calls that wait and reads what it sent to the end."""
        for _ in range(4):
            await asyncio.sleep(0)
        while self.current:
            await asyncio.sleep(0.001)

    def renew(self):
        """Called before the next wilco: the device forgets the commands that it got."""
        self.banner = None
        if self.current:
            self.current.close()
        if self.worker:
            self.worker.reset()


class Port(Front):
    """The device's end of a pty, under a name that stays the same when it is pulled out."""
    UNUSED = termios.B300  # the rate until wilco has opened it

    def __init__(self, lane, path):
        super().__init__(lane, False)
        self.path, self.address = path, f"serial:{path}"
        self.master = self.slave = self.polling = None
        self.renew()

    def plug(self):
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        mode = termios.tcgetattr(self.slave)
        mode[4] = mode[5] = self.UNUSED
        termios.tcsetattr(self.slave, termios.TCSANOW, mode)
        os.set_blocking(self.master, False)
        os.symlink(os.ttyname(self.slave), f"{self.path}.new")
        os.replace(f"{self.path}.new", self.path)
        self.count += 1
        loop = asyncio.get_running_loop()
        loop.add_reader(self.master, self.readable)
        self.polling = loop.call_later(0.001, self.poll)

    def poll(self):
        """Looks whether the port's settings changed, the only sign that somebody has opened it."""
        if termios.tcgetattr(self.slave)[4] == self.UNUSED:
            self.polling = asyncio.get_running_loop().call_later(0.002, self.poll)
        else:
            self.used()

    def used(self):
        self.polling.cancel()
        if self.current:
            return
        self.current = self
        self.note("open")
        banner = self.opened()
        if banner:
            asyncio.ensure_future(self.greet(*banner))

    def readable(self):
        data = os.read(self.master, 65536)
        self.used()
        self.note("got", data)
        self.worker.take(data)

    async def greet(self, banner, limit):
        await self.say(limit, banner)

    async def put(self, *parts):
        await write_all(self.master, b"".join(parts), lambda part: self.note("sent", part))

    def cut(self, how, refuse):
        del how, refuse
        self.unplug()

    def unplug(self):
        """Pulls the port out: whoever has it open learns that, and bytes not read yet are lost."""
        old = self.master, self.slave
        if self.master is not None:
            self.poll()
            self.polling.cancel()
            asyncio.get_running_loop().remove_reader(self.master)
            self.note("cut", b"pulled")
        self.current = None
        self.plug()
        if old[0] is not None:
            for fd in old:
                os.close(fd)

    async def settle(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                self.readable()

    def renew(self):
        self.banner = None
        self.worker.reset()
        self.unplug()
