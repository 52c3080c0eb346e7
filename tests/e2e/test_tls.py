#!/usr/bin/env python3
"""TLS: real stunnel and real certificates; who is refused, and how a line ends."""
import os
import socket
import ssl
import threading

import devices
from wilcotest import LIMIT, device, done, has, ok, read_until, run, same, skip

if not devices.there("openssl"):
    skip("openssl is not installed")
    done()


def tls_device(handler, certificate, f):
    """A device of our own behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.replace(".pem", ".key"))

    def serve(connection):
        try:
            handler(context.wrap_socket(connection, server_side=True))
        except (ssl.SSLError, OSError):
            pass
    return device(serve)


def answer(connection):
    while True:
        line = read_until(connection, b"\n")
        if not line:
            break
        connection.sendall(b"you said " + line)
    connection.unwrap()


def refused(name, address, part, *options):
    r = run("send", "-f", "payload LF", *options, address, "hello")
    same((r.code, r.out), (3, ""), f"{name}: nothing is sent")
    has(r.err, part, f"{name}: the reason")


with devices.folder() as f:
    ca = devices.certificate(f, "ca", subject="Test CA", names="DNS:ca.test")
    devices.certificate(f, "server", issuer="ca")
    devices.certificate(f, "other", issuer="ca", names="DNS:other.test")
    devices.certificate(f, "client", issuer="ca", subject="technician")
    own = devices.certificate(f, "own")
    devices.certificate(f, "expired", issuer="ca", days=-1)

    with tls_device(answer, f("server.pem"), f) as address:
        port = address.rsplit(":", 1)[1]
        r = run("send", "-f", "payload LF", f"tls://localhost:{port}?ca={ca}", "a", "b", "c")
        same((r.code, r.out), (0, "you said a\nyou said b\nyou said c\n"),
             "a certificate of a trusted issuer for the name")
        r = run("send", "-v", "-f", "payload LF", f"tls://127.0.0.1:{port}?ca={ca}", "a")
        same(r.code, 0, "and for the numeric address")
        has(r.err, "TLSv1.3", "-v says the version")
        has(r.err, "issued by CN=Test CA", "and who vouches")
        r = run("send", "-f", "payload LF eof -> payload LF", f"tls://{address}?ca={ca}", "a", "b")
        same((r.code, r.out), (0, "you said a\nyou said b\n"), "half-close, a connection a command")
        refused("an issuer nobody trusts", f"tls://{address}", "unable to get local issuer")
        r = run("send", "-f", "payload LF", f"tls://{address}?verify=no", "a")
        same((r.code, r.out), (0, "you said a\n"), "verify=no takes it")
        has(r.err, "not verified (verify=no)", "and says so")
        r = run("send", "--json", "-f", "payload LF", f"tls://{address}?verify=no", "a")
        has(r.out, f'"address":"tls://{address}?verify=no"', "in JSON too")
        refused("a file without certificates", f"tls://{address}?ca=/dev/null", "ca=/dev/null")
        r = run("check", "--probe", "-t", "1s",
                f"tls://localhost:{port}?ca={ca}&connect-timeout=20s",
                "--command", "hello")
        same(r.code, 0, "check --probe over TLS")
        has(r.out, "tls     127.0.0.1", "says what protects the line")
        has(r.out, "issued by CN=Test CA", "and what the certificate says")
        has(r.out, "payload LF -> payload LF", "and the frame to try")
        r = run("check", f"tls://localhost:{port}?verify=no")
        has(r.out, "warning", "verify=no is a step of its own")
        r = run("check", f"tls://localhost:{port}")
        same(r.code, 3, "a certificate that is not trusted: exit status 3")
        has(r.out, "unable to get local issuer", "with the reason")
    with tls_device(answer, f("other.pem"), f) as address:
        port = address.rsplit(":", 1)[1]
        refused("a wrong name", f"tls://localhost:{port}?ca={ca}", "hostname mismatch")
        refused("a wrong address", f"tls://{address}?ca={ca}", "IP address mismatch")
        r = run("send", "-f", "payload LF", f"tls://{address}?ca={ca}&sni=other.test", "a")
        same(r.out, "you said a\n", "sni= says which name it has")
    with tls_device(answer, own, f) as address:
        refused("a self-signed certificate", f"tls://{address}", "self-signed certificate")
    with tls_device(answer, f("expired.pem"), f) as address:
        refused("an expired certificate", f"tls://{address}?ca={ca}",
                "certificate has expired")

    def cut(connection):
        read_until(connection, b"\n")
        connection.sendall(b"half a reply")
        connection.detach_socket = socket.socket(fileno=os.dup(connection.fileno()))
        connection.detach_socket.shutdown(socket.SHUT_RDWR)

    with tls_device(cut, f("server.pem"), f) as address:
        r = run("send", "-f", "payload LF -> payload (LF|eof)", f"tls://{address}?ca={ca}", "a")
        same((r.code, r.out), (4, ""), "a line that ends without close_notify is no reply")
        has(r.err, "close_notify", "and says what is missing")

    def close_at_once(connection):
        connection.recv(10)

    with device(close_at_once) as address:
        refused("closed during the handshake", f"tls://{address}", "TLS")
    with device(lambda c: c.sendall(b"220 hello\r\n")) as address:
        refused("a port without TLS", f"tls://{address}", "is that a port without TLS?")
    stop = threading.Event()
    with device(lambda c: stop.wait(LIMIT)) as address:
        refused("a peer that says nothing", f"tls://{address}?timeout=1s",
                "the TLS handshake was not over within 1 s")
        stop.set()

    if devices.there("stunnel4", "rigctld"):
        with devices.rigctld() as rig:
            with devices.stunnel(f, rig) as address:
                r = run("send", "-f", "payload LF", f"tls://{address}?ca={ca}", *["f"] * 20)
                same((r.code, r.out), (0, "145000000\n" * 20), "rigctld behind stunnel")
            with devices.stunnel(f, rig, client_ca=ca) as address:
                where = f"tls://{address}?ca={ca}"
                r = run("send", "-f", "payload LF",
                        f"{where}&cert={f('client.pem')}&key={f('client.key')}", "f", "f")
                same((r.code, r.out), (0, "145000000\n" * 2), "with a client certificate")
                r = run("send", "-f", "payload LF", where, "f")
                ok(r.code in (3, 4) and not r.out, "without one it is refused", r)
                has(r.err, "cert=FILE", "and wilco says what to do")
    else:
        skip("stunnel4 or rigctld is not installed")

    if devices.there("/usr/sbin/sshd", "ssh", "rigctld"):
        with devices.rigctld() as rig, devices.sshd(f) as (ssh, who):
            r = run("send", "-f", "payload LF", f"tcp://{rig}?via={ssh} -W %h:%p {who}", *["f"] * 10)
            same((r.code, r.out), (0, "145000000\n" * 10), "rigctld through ssh, by via=")
            r = run("send", "-f", "payload LF", f"exec:{ssh} {who} cat", "over ssh", "again")
            same((r.code, r.out), (0, "over ssh\nagain\n"), "a command over ssh, by exec:")
    else:
        skip("sshd is not installed")
done()
