"""Plans by the seed what happens to each command: a list of steps for the device.

    ("wait", SECONDS)
    ("say", BYTES ...)         sends to whoever is connected, in one segment
    ("cut", HOW, REFUSE)       ends the connection ("reset" or "close"), and refuses new ones for REFUSE
                               seconds
    ("banner", BYTES)          greets the next connection
    ("next", SECONDS)          waits for the next connection, and then this long

A device whose replies cannot be told from one another is never so late that wilco has stopped
waiting for late replies, because after that wilco cannot know.  device.py keeps it to that even
when the machine is slow."""
import random

GREETED = 0.15  # seconds after connecting within which everything unasked comes


class Times:
    """The times of one run, in seconds; slow: how many times slower wilco is than a native program."""
    def __init__(self, slow):
        self.slow = slow
        self.timeout, self.resync, self.gap = 0.06 * slow, 0.3 * slow, 0.02 * slow
        # Bytes that come so soon after a lost line was opened again are no reply.
        self.listens = min(0.5, self.resync)
        self.latest = self.timeout + self.resync * 2 / 3  # the rest is left for a slow machine

    def settings(self):
        ms = {"timeout": self.timeout, "resync": self.resync, "gap": self.gap, "idle": self.resync / 2}
        return "&".join([*(f"{key}={value * 1000:.0f}ms" for key, value in ms.items()),
                         "connect-timeout=1m"])


class Fate:
    def __init__(self, name, steps, answer):
        self.name, self.steps, self.answer = name, steps, answer


# How often each fate is taken, of 1000; all other commands are answered at once.  SHARED is for a
# shared line, where late bytes come to the next connection, too; ENDING for connections that can end.
COMMON = {"pieces": 200, "stall": 60, "late": 50, "half late": 20, "lost": 20, "torn": 15}
ENDING = {"cut before": 10, "cut within": 15, "cut behind": 10, "cut later": 5, "refused": 2}
SHARED = {"cut twice": 5, "cut while late": 10, "cut behind late": 5}
# After these fates the device is between two frames.
WHOLE = {"prompt", "pieces", "stall", "late", "half late", "lost"}


def halves(rng, data):
    at = rng.randrange(1, len(data))
    return data[:at], data[at:]


def pieces(rng, data):
    """Cuts the data at any bytes, now and then at each one."""
    if len(data) < 40 and rng.random() < 0.1:
        cuts = range(1, len(data))
    else:
        cuts = sorted(rng.sample(range(1, len(data)), min(len(data) - 1, rng.randrange(1, 8))))
    return [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)])]


class Plan:
    """The plan of one lane: a front (see device.py), a protocol, and a way to run wilco."""
    def __init__(self, seed, protocol, times, own, serial):
        self.seed, self.protocol, self.times = seed, protocol, times
        self.own, self.serial = own, serial
        kinds = {**COMMON, **ENDING, **({} if own else SHARED)}
        if not protocol.marked and not serial:
            kinds["surplus"] = 20
        if serial:
            del kinds["refused"]
        self.kinds, self.weights = list(kinds), list(kinds.values())

    def rng(self, *about):
        """Returns a generator for each thing, so that no choice depends on the order of events."""
        return random.Random(f"{self.seed}/{about}")

    def fate(self, n, key):
        rng = self.rng("fate", n)
        size = rng.choice((0, 0, 0, rng.randrange(60), rng.randrange(60), rng.randrange(3000)))
        filler = b" " + self.protocol.filler(rng, size) if size or self.protocol.binary else b""
        answer = self.protocol.frame_of(rng, b"ANSWER-%d" % n + filler, key)
        kinds, weights = [*self.kinds, "prompt"], [*self.weights, 1000 - sum(self.weights)]
        name = rng.choices(kinds, weights)[0]
        steps = getattr(self, name.replace(" ", "_"))(rng, answer)
        if self.protocol.marked and rng.random() < 0.15:
            steps = self.with_events(rng, steps, n, name in WHOLE)
        return Fate(name, steps, answer)

    # ---- answers that come ----

    @staticmethod
    def prompt(_, answer):
        return [("say", answer)]

    def pieces(self, rng, answer):
        steps = []
        for piece in pieces(rng, answer):
            steps += [("say", piece), ("wait", rng.choice((0, 0, rng.random() * 0.004)))]
        return steps

    def stall(self, rng, answer):
        one, two = halves(rng, answer)
        return [("say", one), ("wait", rng.uniform(0.1, 0.6) * self.times.timeout), ("say", two)]

    def surplus(self, rng, answer):
        """Adds a frame, which is there before another command can be sent."""
        return [("say", answer, self.protocol.event(rng, b"SURPLUS"))]

    # ---- and those that do not, or too late ----

    def lateness(self, rng):
        most = self.times.resync * (1.5 if self.protocol.matched else 0.5)
        return rng.uniform(self.times.timeout * 1.2, self.times.timeout + most)

    def greets(self, rng):
        """Says whether the device, which closes its line when wilco gives up, greets the next one."""
        if not self.own or self.protocol.binary or rng.random() < 0.5:
            return []
        return [("banner", self.banner(rng))]

    def banner(self, rng):
        return b"".join(self.protocol.frame_of(rng, text) for text in
                        rng.choice(((b"port 7",), (b"Welcome", b"port 7 ready"))))

    def late(self, rng, answer):
        return [*self.greets(rng), ("wait", self.lateness(rng)), *self.pieces(rng, answer)]

    def half_late(self, rng, answer):
        one, two = halves(rng, answer)
        return [("say", one), ("wait", self.lateness(rng)), ("say", two)]

    def lost(self, rng, _):
        return self.greets(rng)

    @staticmethod
    def torn(rng, answer):
        return [("say", halves(rng, answer)[0])]

    # ---- connections that end ----

    @staticmethod
    def cut(rng, refuse=0):
        return ("cut", rng.choice(("reset", "close")), refuse)

    def on_the_next(self, rng, rest):
        """Returns the steps after a cut.  On a shared line the rest of a reply comes to the next
        connection, which a terminal server greets first, or never."""
        steps = [("next", rng.random() * GREETED), *self.pieces(rng, rest)] if rest else []
        if self.own or rng.random() < 0.3:
            steps = []
        if not self.protocol.binary and rng.random() < 0.5:
            steps = [("banner", self.banner(rng)), *steps]
        return steps

    def cut_before(self, rng, answer):
        steps = self.on_the_next(rng, answer)
        banners = [step for step in steps if step[0] == "banner"]
        return [("wait", rng.random() * self.times.timeout / 3), *banners, self.cut(rng),
                *(step for step in steps if step not in banners)]

    def cut_within(self, rng, answer):
        one, two = halves(rng, answer)
        return [("say", one), *self.cut_before(rng, two)]

    def cut_twice(self, rng, answer):
        one, two = halves(rng, answer)
        return [("say", one), self.cut(rng), ("next", rng.random() * GREETED / 4), self.cut(rng),
                ("next", rng.random() * GREETED / 4), ("say", two)]

    def cut_while_late(self, rng, answer):
        return [("wait", self.times.timeout * 1.2), self.cut(rng),
                ("next", rng.random() * self.times.resync / 4), ("say", answer)]

    def cut_behind_late(self, rng, answer):
        return [("wait", self.lateness(rng)), ("say", answer), self.cut(rng)]

    def cut_behind(self, rng, answer):
        return [("say", answer), self.cut(rng)]

    def cut_later(self, rng, answer):
        return [("say", answer), ("wait", rng.random() * 0.005), self.cut(rng)]

    def refused(self, rng, answer):
        steps = rng.choice(([], [("say", halves(rng, answer)[0])], [("say", answer)]))
        return [*steps, self.cut(rng, rng.uniform(0.001, 0.003))]

    # ---- and what nobody asked for ----

    def with_events(self, rng, steps, n, whole):
        """Adds events before the answer, after it, or both, always between frames."""
        event = ("say", self.protocol.event(rng, b"EVENT-%d" % n))
        pause = rng.choice((0, rng.random() * self.times.timeout / 3))
        pause = ("wait", max(pause, self.protocol.quiet * self.times.gap))
        before = [event, pause] if rng.random() < 0.6 else []
        after = [pause, event] if whole and (not before or rng.random() < 0.3) else []
        return [*before, *steps, *after]
