"""Real device programs from Debian, each started on loopback with a folder of its own.  Tests skip
programs that are not installed.  A device is a context manager that gives its address."""
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

from wilcotest import ok, unused_port, wait_for

PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"
ENV = {**os.environ, "PATH": PATH, "LC_ALL": "C"}


class Folder:
    """The folder of one device, with the programs that run in it."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="wilcodev.")
        os.chmod(self.path, 0o755)
        self.programs = []

    def __call__(self, name, text=None):
        path = os.path.join(self.path, name)
        if text is not None:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        return path

    def start(self, *words, env=None):
        """Starts a program in a session of its own, so that its children are stopped with it."""
        with open(self(f"log.{len(self.programs)}"), "wb") as log:
            p = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                 env={**ENV, **(env or {})}, start_new_session=True,
                                 cwd=self.path)
        self.programs.append(p)
        return p

    def run(self, *words):
        subprocess.run(words, check=True, capture_output=True, env=ENV, cwd=self.path)

    def log(self, number):
        with open(self(f"log.{number}"), encoding="utf-8", errors="replace") as f:
            return f.read()

    def close(self):
        for p in self.programs:
            with contextlib.suppress(OSError):
                os.killpg(p.pid, signal.SIGTERM)
        for p in self.programs:
            try:
                p.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(p.pid, signal.SIGKILL)
                p.wait()
        shutil.rmtree(self.path, ignore_errors=True)


@contextlib.contextmanager
def folder():
    f = Folder()
    try:
        yield f
    except Exception:
        for i in range(len(f.programs)):
            print(*("# " + line for line in f.log(i).splitlines()[-10:]), sep="\n", flush=True)
        raise
    finally:
        f.close()


def there(*programs):
    """Says whether all programs are installed; each is a name or a path."""
    return all(os.path.exists(p) if "/" in p else shutil.which(p, path=PATH) for p in programs)


def listens(port):
    """Looks for a listener on 127.0.0.1 without a connection, which might disturb it."""
    want = f"0100007F:{port:04X}"
    with open("/proc/net/tcp", encoding="ascii") as f:
        return any(line.split()[1] == want and line.split()[3] == "0A" for line in f.readlines()[1:])


def answers(port, what):
    ok(wait_for(lambda: listens(port), what), f"{what} listens")
    return f"127.0.0.1:{port}"


def certificate(f, name, subject="localhost", names="DNS:localhost,IP:127.0.0.1", days=30,
                issuer=None):
    """Makes NAME.pem and NAME.key, self-signed or signed by issuer.  names None: only the subject
    has a name."""
    f.run("openssl", "req", "-x509" if not issuer else "-new", "-newkey", "ec", "-pkeyopt",
          "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={subject}",
          *(["-addext", f"subjectAltName={names}", "-days", str(days)] if not issuer else []),
          "-keyout", f(f"{name}.key"), "-out", f(f"{name}.csr" if issuer else f"{name}.pem"))
    if issuer:
        f(f"{name}.ext", f"subjectAltName={names}\n" if names else "")
        f.run("openssl", "x509", "-req", "-in", f(f"{name}.csr"), "-CA", f(f"{issuer}.pem"),
              "-CAkey", f(f"{issuer}.key"), "-CAcreateserial", "-days", str(days),
              "-extfile", f(f"{name}.ext"), "-out", f(f"{name}.pem"))
    return f(f"{name}.pem")


# ---- the devices ----

@contextlib.contextmanager
def rigctld():
    with folder() as f:
        port = unused_port()
        f.start("rigctld", "-m", "1", "-T", "127.0.0.1", "-t", str(port))
        yield answers(port, "rigctld")


@contextlib.contextmanager
def redis():
    with folder() as f:
        port = unused_port()
        f.start("redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "",
                "--appendonly", "no", "--dir", f.path)
        yield answers(port, "redis")


@contextlib.contextmanager
def snmpd():
    """An SNMP agent; what it says about itself does not change."""
    with folder() as f:
        port = unused_port()
        f.start("snmpd", "-f", "-Lo", "-C", "-c", f("snmpd.conf", "rocommunity public 127.0.0.1\n"
                "syscontact noc@example\nsyslocation roof\n"), f"udp:127.0.0.1:{port}",
                env={"SNMP_PERSISTENT_DIR": f("state"), "MIBS": ""})
        ok(wait_for(lambda: "NET-SNMP version" in f.log(0), "snmpd"), "snmpd answers")
        yield f"udp://127.0.0.1:{port}"


@contextlib.contextmanager
def mosquitto():
    with folder() as f:
        port = unused_port()
        user = subprocess.run(["id", "-un"], capture_output=True, text=True,
                              check=True).stdout.strip()
        f.start("mosquitto", "-c", f("m.conf", f"listener {port} 127.0.0.1\nallow_anonymous true\n"
                                     f"persistence false\nuser {user}\n"))
        yield answers(port, "mosquitto")


@contextlib.contextmanager
def upsd():
    with folder() as f:
        port = unused_port()
        user = subprocess.run(["id", "-un"], capture_output=True, text=True,
                              check=True).stdout.strip()
        f("etc/ups.conf", "maxretry = 1\n[bench]\n  driver = dummy-ups\n  port = bench.dev\n"
          '  desc = "bench supply"\n')
        f("etc/bench.dev", "device.mfr: Acme\nups.status: OL\nbattery.charge: 97\n")
        f("etc/upsd.conf", f"LISTEN 127.0.0.1 {port}\nMAXAGE 15\n")
        f("etc/upsd.users", "[admin]\n  password = secret\n  actions = SET\n")
        f("etc/nut.conf", "MODE=standalone\n")
        for name in os.listdir(f("etc")):
            os.chmod(f(f"etc/{name}"), 0o640)
        os.mkdir(f("run"))
        env = {"NUT_CONFPATH": f("etc"), "NUT_STATEPATH": f("run"), "NUT_ALTPIDPATH": f("run")}
        f.start("/lib/nut/dummy-ups", "-a", "bench", "-u", user, "-D", env=env)
        ok(wait_for(lambda: os.path.exists(f("run/dummy-ups-bench")), "the driver"), "nut's driver")
        f.start("/lib/nut/upsd", "-u", user, "-F", env=env)
        yield answers(port, "upsd")


@contextlib.contextmanager
def gpsd():
    """Runs gpsd, which gpsfake feeds with NMEA."""
    def sentence(body):
        check = 0
        for c in body.encode():
            check ^= c
        return f"${body}*{check:02X}\r\n"
    with folder() as f:
        port = unused_port()
        track = "".join(
            sentence(f"GPGGA,1200{i:02}.00,4807.0380,N,01131.0000,E,1,08,0.9,545.4,M,46.9,M,,")
            + sentence(f"GPRMC,1200{i:02}.00,A,4807.0380,N,01131.0000,E,000.5,054.7,230426,,,A")
            for i in range(60))
        f.start("gpsfake", "-q", "-n", "-c", "0.1", "-P", str(port), f("track.nmea", track))
        yield answers(port, "gpsd")


@contextlib.contextmanager
def swtpm():
    with folder() as f:
        port = unused_port()
        os.mkdir(f("tpm"))
        f.start("swtpm", "socket", "--tpm2", "--tpmstate", f"dir={f('tpm')}", "--server",
                f"type=tcp,port={port},bindaddr=127.0.0.1", "--ctrl",
                f"type=unixio,path={f('ctrl')}", "--flags", "not-need-init,startup-clear")
        yield answers(port, "swtpm")


@contextlib.contextmanager
def owserver():
    with folder() as f:
        port = unused_port()
        f.start("owserver", "--foreground", "--fake=10,28,29", "-p", f"127.0.0.1:{port}",
                "--nozero")
        yield answers(port, "owserver")


@contextlib.contextmanager
def xinetd():
    """Yields the addresses (echo, daytime, chargen)."""
    with folder() as f:
        ports = {name: unused_port() for name in ("echo", "daytime", "chargen")}
        user = subprocess.run(["id", "-un"], capture_output=True, text=True,
                              check=True).stdout.strip()
        text = "defaults\n{\n}\n" + "".join(
            f"service {name}\n{{\n type = INTERNAL UNLISTED\n id = {name}-stream\n"
            f" socket_type = stream\n protocol = tcp\n wait = no\n bind = 127.0.0.1\n"
            f" port = {port}\n user = {user}\n disable = no\n}}\n"
            for name, port in ports.items())
        f.start("xinetd", "-dontfork", "-f", f("x.conf", text), "-pidfile", f("pid"), "-filelog",
                f("log"))
        yield [answers(port, f"xinetd's {name}") for name, port in ports.items()]


MODBUS = """
import asyncio, sys
from pymodbus.datastore import ModbusSequentialDataBlock as B
from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext
from pymodbus.server import StartAsyncSerialServer, StartAsyncTcpServer
from pymodbus.transaction import ModbusAsciiFramer, ModbusRtuFramer, ModbusSocketFramer
mode, where = sys.argv[1:]
def slave():
    return ModbusSlaveContext(hr=B(0, [0x1000 + n for n in range(200)]),
                              ir=B(0, [0x2000 + n for n in range(200)]), zero_mode=True)
context = ModbusServerContext(slaves={1: slave(), 17: slave()}, single=False)
async def main():
    if mode == "tcp":
        await StartAsyncTcpServer(context=context, framer=ModbusSocketFramer,
                                  address=("127.0.0.1", int(where)), allow_reuse_address=True)
    else:
        framer = ModbusRtuFramer if mode == "rtu" else ModbusAsciiFramer
        server = await StartAsyncSerialServer(context=context, framer=framer, port=where, baudrate=9600,
                                              timeout=1, defer_start=True)
        await server.start()  # empties what the port has received
        print("started", flush=True)
        await server.serve_forever()
asyncio.run(main())
"""


def has_pymodbus():
    return os.path.exists("/usr/bin/python3") and subprocess.run(
        ["/usr/bin/python3", "-c", "import pymodbus, serial_asyncio"], capture_output=True,
        check=False).returncode == 0


@contextlib.contextmanager
def modbus_tcp():
    with folder() as f:
        port = unused_port()
        f.start("/usr/bin/python3", f("server.py", MODBUS), "tcp", str(port))
        yield answers(port, "pymodbus")


@contextlib.contextmanager
def pty_pair(f):
    """Yields the two ends of a serial line: (ours, the device's)."""
    f.start("socat", f"pty,raw,echo=0,link={f('ours')}", f"pty,raw,echo=0,link={f('device')}")
    ok(wait_for(lambda: os.path.exists(f("ours")) and os.path.exists(f("device")), "socat"),
       "a serial line")
    yield f("ours"), f("device")


@contextlib.contextmanager
def modbus_serial(mode):
    with folder() as f, pty_pair(f) as (ours, device):
        f.start("/usr/bin/python3", f("server.py", MODBUS), mode, device)
        ok(wait_for(lambda: "started" in f.log(1), "pymodbus"), "pymodbus starts")
        yield f"serial:{ours}"


def has_child(pid):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return f.read().strip() != ""
    return False


@contextlib.contextmanager
def ser2net():
    """Yields the rfc2217 and telnet addresses of ser2net, with an echo at its serial port."""
    with folder() as f, pty_pair(f) as (ours, device):
        port = unused_port()
        echo = f.start("socat", f"{device},raw,echo=0", "EXEC:cat")
        # Before it starts cat, socat opens and sets the port.
        ok(wait_for(lambda: has_child(echo.pid), "socat's cat"), "an echo behind it")
        f("s.yaml", "%YAML 1.1\n---\n"
          f"connection: &bench\n  accepter: telnet(rfc2217),tcp,127.0.0.1,{port}\n"
          f"  connector: serialdev,{ours},9600n81,local\n  options:\n    kickolduser: true\n")
        f.start("ser2net", "-n", "-u", "-c", f("s.yaml"))
        yield answers(port, "ser2net")


@contextlib.contextmanager
def stunnel(f, backend, cert="server", client_ca=None):
    """Puts TLS in front of an address; the certificates are in the folder."""
    port = unused_port()
    text = (f"foreground = yes\npid =\nsyslog = no\n[rig]\naccept = 127.0.0.1:{port}\n"
            f"connect = {backend}\ncert = {f(cert + '.pem')}\nkey = {f(cert + '.key')}\n")
    if client_ca:
        text += f"CAfile = {client_ca}\nverifyChain = yes\nrequireCert = yes\n"
    p = f.start("stunnel4", f(f"st{port}.conf", text))
    yield answers(port, "stunnel")
    p.terminate()


@contextlib.contextmanager
def sshd(f):
    """Yields the words of an ssh command that reaches sshd without questions."""
    port = unused_port()
    os.chmod(f.path, 0o700)
    for name in ("host", "id"):
        f.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f(name))
    shutil.copy(f("id.pub"), f("auth"))
    if os.getuid() == 0:
        os.makedirs("/run/sshd", exist_ok=True)
    f("sshd.conf", f"ListenAddress 127.0.0.1:{port}\nHostKey {f('host')}\n"
      f"AuthorizedKeysFile {f('auth')}\nPidFile none\nUsePAM no\nStrictModes no\n"
      "PasswordAuthentication no\nPermitRootLogin prohibit-password\n")
    f.start("/usr/sbin/sshd", "-D", "-e", "-f", f("sshd.conf"))
    answers(port, "sshd")
    user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    yield (f"ssh -q -F /dev/null -o BatchMode=yes -o StrictHostKeyChecking=no "
           f"-o UserKnownHostsFile=/dev/null -i {f('id')} -p {port}", f"{user}@127.0.0.1")
