#!/usr/bin/env python3
"""TLS: real stunnel and real certificates; who is refused, and how a line ends."""
import contextlib
import json
import os
import socket
import ssl
import threading
import warnings

import devices
import wilcotest
from wilcotest import LIMIT, asked_and_told, device, done, has, localhost, ok, read_until, same, skip, wait_for



def run(verb, *words, **more):
    """A handshake takes a while under valgrind on a busy machine: there is time for it."""
    limited = "-t" in words or any("timeout=" in word for word in words)
    return wilcotest.run(verb, *(() if limited else ("-t", f"{LIMIT:.0f}s")), *words, **more)


if not devices.there("openssl"):
    skip("openssl is not installed")
    done()


def tls_device(handler, certificate, only=None):
    """A device of our own behind TLS; only: the one version that it speaks."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if only:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Python's, about old versions
            context.minimum_version = context.maximum_version = only
        context.set_ciphers("ALL:@SECLEVEL=0")
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


def two_records(connection, certificate, closes=False):
    """Answers by a reply and an event, or by a reply and close_notify, two records of TLS in one segment."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.replace(".pem", ".key"))
    received, to_send = ssl.MemoryBIO(), ssl.MemoryBIO()
    engine = context.wrap_bio(received, to_send, server_side=True)

    def until(done):
        while True:
            try:
                value = done()
                connection.sendall(to_send.read())
                return value
            except ssl.SSLWantReadError:
                connection.sendall(to_send.read())
                received.write(connection.recv(65536))

    until(engine.do_handshake)
    while line := until(lambda: engine.read(4096)):
        engine.write(b"ok " + line)
        if closes:
            with contextlib.suppress(ssl.SSLWantReadError):
                engine.unwrap()
            connection.sendall(to_send.read())
            break
        engine.write(b"event\n")


def refused(name, address, part, *options):
    r = run("send", "-f", "payload LF", *options, address, "hello")
    same((r.code, r.out), (3, ""), f"{name}: nothing is sent")
    has(r.err, part, f"{name}: the reason")


with devices.folder() as f:
    ca = devices.certificate(f, "ca", subject="Test CA", names="DNS:ca.test")
    devices.certificate(f, "server", issuer="ca")
    devices.certificate(f, "other", issuer="ca", names="DNS:other.test")
    devices.certificate(f, "common", issuer="ca", subject="localhost", names=None)
    devices.certificate(f, "client", issuer="ca", subject="technician")
    own = devices.certificate(f, "own")
    host = localhost()
    devices.certificate(f, "expired", issuer="ca", days=-1)

    with device(lambda c: two_records(c, f("server.pem"))) as address:
        r = run("send", "--json", "-f", "payload LF", f"tls://{address}?ca={ca}&timeout={LIMIT:.0f}s", "a", "b",
                "c")
        same(asked_and_told(r),
             [("a", "ok a"), (None, "event"), ("b", "ok b"), (None, "event"), ("c", "ok c"), (None, "event")],
             "what came with a reply does not answer the next command")

    with device(lambda c: two_records(c, f("server.pem"), closes=True)) as address:
        r = run("send", "-f", "payload LF", f"tls://{address}?ca={ca}", "a", "b", "c")
        same((r.code, r.out, address.connections), (0, "ok a\nok b\nok c\n", 3),
             "a close_notify that came with a reply ends the line before the next command")

    job, taken = bytes(range(256)) * 2000, []
    with open(f("job.prn"), "wb") as file:
        file.write(job)

    def keep(connection):
        got = b""
        while data := connection.recv(2000):
            got += data
        taken.append(got)
        connection.unwrap()

    with tls_device(keep, f("server.pem")) as address:
        r = run("send", "--json", "-f", "line", f"tls://{address}?ca={ca}", "--file", f("job.prn"))
        wait_for(lambda: taken)
        same((r.code, taken == [job], json.loads(r.out)["end"]), (0, True, "delivered, and the device closed the line"),
             "a file is delivered over TLS")

    with tls_device(answer, f("server.pem")) as address:
        port = address.rsplit(":", 1)[1]
        r = run("send", "-f", "payload LF", f"tls://{host}:{port}?ca={ca}", "a", "b", "c")
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
        r = run("check", "--probe", "-t", "3s",
                f"tls://{host}:{port}?ca={ca}&connect-timeout=20s",
                "--command", "hello")
        same(r.code, 0, "check --probe over TLS")
        has(r.out, "tls     127.0.0.1", "says what protects the line")
        has(r.out, "issued by CN=Test CA", "and what the certificate says")
        has(r.out, "payload LF -> payload LF", "and the frame to try")
        r = run("check", f"tls://{host}:{port}?verify=no")
        has(r.out, "warning", "verify=no is a step of its own")
        r = run("check", f"tls://{host}:{port}")
        same(r.code, 3, "a certificate that is not trusted: exit status 3")
        has(r.out, "unable to get local issuer", "with the reason")
    with tls_device(answer, f("other.pem")) as address:
        port = address.rsplit(":", 1)[1]
        refused("a wrong name", f"tls://{host}:{port}?ca={ca}", "mismatch")
        refused("a wrong address", f"tls://{address}?ca={ca}", "IP address mismatch")
        r = run("send", "-f", "payload LF", f"tls://{address}?ca={ca}&sni=other.test", "a")
        same(r.out, "you said a\n", "sni= says which name it has")
    with tls_device(answer, own) as address:
        refused("a self-signed certificate", f"tls://{address}", "self-signed certificate")
    with tls_device(answer, f("common.pem")) as address:
        port = address.rsplit(":", 1)[1]
        refused("a name in the common name alone", f"tls://{host}:{port}?ca={ca}",
                "it names no host (subjectAltName), and a common name does not count")
        r = run("check", f"tls://{host}:{port}?ca={ca}")
        has(r.out, "a common name does not count", "check says it, too")
        refused("nor is an address taken from there", f"tls://{address}?ca={ca}", "names no host")
    with tls_device(answer, f("expired.pem")) as address:
        refused("an expired certificate", f"tls://{address}?ca={ca}",
                "certificate has expired")

    VERSIONS = ssl.TLSVersion
    for version, name in ((VERSIONS.TLSv1, "1.0"), (VERSIONS.TLSv1_1, "1.1")):
        with tls_device(answer, f("server.pem"), version) as address:
            refused(f"TLS {name}", f"tls://{address}?ca={ca}", "tls-min=")
            refused(f"TLS {name} with tls-min=1.2", f"tls://{address}?ca={ca}&tls-min=1.2", "tls-min=")
            r = run("send", "-v", "-f", "payload LF", f"tls://{address}?ca={ca}&tls-min={name}", "a")
            same((r.code, r.out), (0, "you said a\n"), f"tls-min={name} speaks it")
            has(r.err, f"protected by TLSv{name.removesuffix('.0')}", "-v says which version it is")
            r = run("send", "--json", "-f", "payload LF", f"tls://{address}?ca={ca}&tls-min={name}", "a")
            has(r.out, f'"address":"tls://{address}?tls-min={name}"', "JSON says that it is allowed")
            has(r.err, "TLS below 1.2 is allowed (tls-min)", "and a warning without -v")
    with tls_device(answer, f("server.pem"), VERSIONS.TLSv1_2) as address:
        r = run("send", "-f", "payload LF", f"tls://{address}?ca={ca}", "a")
        same((r.code, r.out, r.err), (0, "you said a\n", ""), "TLS 1.2 needs no setting")
        refused("TLS 1.2 with tls-min=1.3", f"tls://{address}?ca={ca}&tls-min=1.3", "tls-min=")
        where = f"tls://{address}?verify=no&tls-min=1.0"
        r = run("check", where)
        has(r.out, "warning", "check warns")
        has(r.out, "TLS below 1.2 is allowed", "of what is allowed, whatever came of it")
        lines = [json.loads(line) for line in run("check", "--json", where).out.splitlines()]
        same([x["step"] for x in lines], ["tls", "warning", "warning", "connect"], "in JSON, too")
        r = run("send", "--json", "-f", "payload LF", where, "a")
        has(r.out, f'"address":"tls://{address}?verify=no&tls-min=1.0"', "with verify=no, both are said")
    lower = f("openssl.cnf")
    with open(lower, "w", encoding="ascii") as config:
        config.write("openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n"
                     "[c]\nMinProtocol = TLSv1\nCipherString = ALL:@SECLEVEL=0\n")
    with tls_device(answer, f("server.pem"), VERSIONS.TLSv1_1) as address:
        r = run("send", "-f", "payload LF", f"tls://{address}?ca={ca}", "a", env={"OPENSSL_CONF": lower})
        same((r.code, r.out), (3, ""), "a system that allows TLS 1.0 does not allow it wilco")
    higher = f("higher.cnf")
    with open(lower, encoding="ascii") as old, open(higher, "w", encoding="ascii") as config:
        config.write(old.read().replace("MinProtocol = TLSv1", "MinProtocol = TLSv1.3"))
    with tls_device(answer, f("server.pem"), VERSIONS.TLSv1_2) as address:
        r = run("send", "-f", "payload LF", f"tls://{address}?ca={ca}", "a", env={"OPENSSL_CONF": higher})
        same((r.code, r.out), (3, ""), "one that wants TLS 1.3 gets it")
        r = run("send", "-f", "payload LF", f"tls://{address}?ca={ca}&tls-min=1.2", "a",
                env={"OPENSSL_CONF": higher})
        same((r.code, r.out), (0, "you said a\n"), "unless tls-min says what else")

    def cut(connection):
        read_until(connection, b"\n")
        connection.sendall(b"half a reply")
        connection.detach_socket = socket.socket(fileno=os.dup(connection.fileno()))
        connection.detach_socket.shutdown(socket.SHUT_RDWR)

    with tls_device(cut, f("server.pem")) as address:
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
                "the TLS handshake was not complete within 1 s")
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
