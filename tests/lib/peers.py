"""Fake devices behind lines other than a TCP connection."""
import contextlib
import os
import pty
import socket
import termios
import threading
import tty

from wilcotest import LIMIT

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240


def serve(server, handler):
    def accept():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                with contextlib.suppress(OSError), connection:
                    handler(connection)
    threading.Thread(target=accept, daemon=True).start()


@contextlib.contextmanager
def unix(path, handler):
    """Serves a Unix socket at this path and yields its address."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen(4)
        serve(server, handler)
        yield f"unix:{path}"
        server.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def datagrams(reply, came=None):
    """Answers each datagram with the datagrams that reply(data) returns; what came, and where from, goes to the list
    `came`."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def answer():
            with contextlib.suppress(OSError):
                while True:
                    data, peer = server.recvfrom(65536)
                    if came is not None:
                        came.append((peer, data))
                    for part in reply(data):
                        server.sendto(part, peer)
        threading.Thread(target=answer, daemon=True).start()
        yield f"udp://127.0.0.1:{server.getsockname()[1]}"


@contextlib.contextmanager
def serial(handler):
    """Makes a pty whose master is the device, which handler(master) plays."""
    master, slave = pty.openpty()
    tty.setcbreak(slave)
    before = termios.tcgetattr(slave)
    thread = threading.Thread(target=handler, args=(master,), daemon=True)
    thread.start()
    try:
        yield os.ttyname(slave), slave, before
    finally:
        os.close(slave)
        thread.join(LIMIT)  # else it would read from whatever gets this descriptor next
        os.close(master)


def telnet(connection):
    """Asks for several options, sends CR NUL, doubles IAC, and echoes all but negotiation."""
    connection.sendall(bytes([IAC, DO, 24, IAC, WILL, 1, IAC, DO, 44, IAC, SB, 24, 1, IAC, SE]))
    data, line = b"", b""
    while chunk := connection.recv(4096):
        data += chunk
        while data:
            if data[:2] == b"\xff\xff" or data[0] != IAC:
                line += data[:1]
                data = data[2 if data[0] == IAC else 1:]
            elif len(data) < 3:
                break
            else:
                data = data[3:]
            if line.endswith(b"\n"):
                connection.sendall(b"re" + bytes([IAC, 241]) + b"ply\r\x00\xff\xff"
                                   + line.replace(b"\xff", b"\xff\xff"))
                line = b""


def com_port(answers, asked):
    """Returns the handler of a server that confirms the settings or answers with its own."""
    def handler(connection):
        data = b""
        while chunk := connection.recv(4096):
            data += chunk
            while data:
                if data[0] != IAC:
                    end = data.find(b"\n")
                    if end < 0:
                        break
                    connection.sendall(data[:end].upper() + b"\n")
                    data = data[end + 1:]
                elif data[1:2] and data[1] in (DO, DONT, WILL, WONT):
                    if len(data) < 3:
                        break
                    if data[1] == WILL and data[2] == 44:
                        connection.sendall(bytes([IAC, DO if answers is not None else DONT, 44]))
                    data = data[3:]
                else:
                    end = data.find(bytes([IAC, SE]))
                    if end < 0:
                        break
                    option, key, value = data[2], data[3], data[4:end]
                    asked.append((key, value))
                    connection.sendall(bytes([IAC, SB, option, 100 + key])
                                       + answers.get(key, value) + bytes([IAC, SE]))
                    data = data[end + 2:]
    return handler
