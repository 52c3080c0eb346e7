#!/usr/bin/env python3
"""What users have today: sends ESC command CR to port 9100, reads once, prints the reply."""
import socket
import sys


def device_command(host, command, port=9100):
    with socket.socket() as sock:
        sock.settimeout(10)
        try:
            sock.connect((host, port))
        except OSError as e:
            raise ConnectionError(f"Failed to connect to device {host}: {e}") from e
        try:
            sock.sendall(b"\x1b" + command.encode() + b"\x0d")
            sock.shutdown(socket.SHUT_WR)
            return sock.recv(1024).split(b"\0")[0].decode().strip()
        except OSError as e:
            raise ConnectionError(f"Failed to communicate with device {host}: {e}") from e


if __name__ == "__main__":
    where, _, given = sys.argv[1].partition(":")
    try:
        print(device_command(where, sys.argv[2], int(given or 9100)))
    except ConnectionError as error:
        sys.exit(str(error))
