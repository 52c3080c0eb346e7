"""Captures for tests: pcap and pcapng in either byte order, with the packets of TCP and UDP."""
import struct

ETHERNET, RAW, NULL, LOOP, COOKED, COOKED2, IPV4, IPV6 = 1, 101, 0, 108, 113, 276, 228, 229
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
PROGRAM, DEVICE = ("10.0.0.1", 40000), ("10.0.0.2", 9100)


def host(text):
    """The bytes of an address."""
    if ":" not in text:
        return bytes(int(n) for n in text.split("."))
    left, _, right = text.partition("::")
    words = [[int(w, 16) for w in part.split(":") if w] for part in (left, right)]
    words = words[0] + [0] * (8 - len(words[0]) - len(words[1])) + words[1]
    return struct.pack(">8H", *words)


def ip(source, target, protocol, content, extensions=(), fragment=0):
    """An IP packet; extensions: (number, bytes) of IPv6; fragment: the field of IPv4."""
    if ":" not in source:
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(content), 1, fragment, 64, protocol, 0)
        return head + host(source) + host(target) + content
    first = protocol
    for number, body in reversed(extensions):
        content = bytes([first, (len(body) + 2) // 8 - 1]) + body + content
        first = number
    return struct.pack(">IHBB", 6 << 28, len(content), first, 64) + host(source) + host(target) + content


def tcp(source, target, seq, ack, flags, data=b"", options=b"", **more):
    head = struct.pack(">HHIIBBHHH", source[1], target[1], seq & 0xffffffff, ack & 0xffffffff,
                       (20 + len(options)) // 4 << 4, flags, 65535, 0, 0)
    return ip(source[0], target[0], 6, head + options + data, **more)


def udp(source, target, data, **more):
    return ip(source[0], target[0], 17, struct.pack(">HHHH", source[1], target[1], 8 + len(data), 0) + data, **more)


def fragments(packet, size, number=7):
    """The fragments of an IP packet, each with so many bytes (a multiple of 8)."""
    six = packet[0] >> 4 == 6
    head, content, parts = packet[:40 if six else 20], packet[40 if six else 20:], []
    for at in range(0, len(content), size):
        part, more = content[at:at + size], at + size < len(content)
        if six:
            parts.append(head[:4] + struct.pack(">HB", 8 + len(part), 44) + head[7:] +
                         struct.pack(">BBHI", head[6], 0, at | more, number) + part)
        else:
            parts.append(head[:2] + struct.pack(">HHH", 20 + len(part), number, more << 13 | at // 8) + head[8:] + part)
    return parts


def linked(link, packet):
    """What stands in front of IP."""
    six = packet[0] >> 4 == 6
    kind = struct.pack(">H", 0x86dd if six else 0x0800)
    return {ETHERNET: b"\2" * 12 + kind, RAW: b"", IPV4: b"", IPV6: b"",
            NULL: struct.pack("<I", 30 if six else 2), LOOP: struct.pack(">I", 30 if six else 2),
            COOKED: bytes(14) + kind, COOKED2: kind + bytes(18)}[link] + packet


class Connection:
    """The packets of one connection; each call adds one and returns it."""

    def __init__(self, program=PROGRAM, device=DEVICE, begin=(1000, 5000), open_it=True, **more):
        self.ends, self.next, self.more, self.packets = (program, device), list(begin), more, []
        if open_it:
            self.say(0, flags=SYN)
            self.say(1, flags=SYN | ACK)
            self.say(0)

    def say(self, side, data=b"", flags=ACK, seq=None, ack=None):
        """The packet of a side: 0 the program, 1 the device.  seq: a segment that came before."""
        now = self.next[side] if seq is None else seq
        flags |= 0 if flags & SYN and not side else ACK
        answered = (self.next[1 - side] if ack is None else ack) if flags & ACK else 0
        packet = tcp(self.ends[side], self.ends[1 - side], now, answered, flags, data, **self.more)
        if seq is None:
            self.next[side] += len(data) + bool(flags & (SYN | FIN))
        self.packets.append(packet)
        return packet

    def ask(self, command, reply):
        self.say(0, command)
        self.say(1, reply)
        return self

    def close(self):
        for side in (0, 1):
            self.say(side, flags=FIN)
        self.say(0)
        return self


def pcap(packets, link=RAW, order="<", nano=False, snap=262144):
    """A capture; packets: bytes, which come a tenth of a second after each other."""
    magic = 0xa1b23c4d if nano else 0xa1b2c3d4
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snap, link)
    for i, packet in enumerate(packets):
        packet = linked(link, packet)
        second, tenth = 1790000000 + i // 10, i % 10
        part = tenth * (100000000 if nano else 100000)
        kept = packet[:snap]
        out += struct.pack(order + "IIII", second, part, len(kept), len(packet)) + kept
    return out


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def pcapng(packets, links=(RAW,), order="<", nano=False, begin=1790000000):
    """The same as pcapng; the packets go through the interfaces in turn.  begin: a second."""
    out = block(order, 0x0a0d0d0a, struct.pack(order + "IHHq", 0x1a2b3c4d, 1, 0, -1))
    for link in links:
        options = struct.pack(order + "HHBxxxHH", 9, 1, 9 if nano else 6, 0, 0)
        out += block(order, 1, struct.pack(order + "HHI", link, 0, 0) + options)
    for i, packet in enumerate(packets):
        packet = linked(links[i % len(links)], packet)
        time = (begin * 10 + i) * (100000000 if nano else 100000)
        out += block(order, 6, struct.pack(order + "IIIII", i % len(links), time >> 32, time & 0xffffffff,
                                           len(packet), len(packet)) + packet)
    return out
