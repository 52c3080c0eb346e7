"""A machine with serial ports, for tests: the folders of sysfs, udev and /proc that wilco reads, below WILCO_PORTS_ROOT."""
import os


class Machine:
    """The tree is made as Linux has it: a port is a link of /sys/class/tty into the devices."""

    def __init__(self, root):
        self.root, self.gone = root, 0
        self.env = {"WILCO_PORTS_ROOT": root}
        for folder in ("sys/class/tty", "sys/bus/drivers", "dev/serial/by-id", "dev/serial/by-path", "proc", "run/lock"):
            os.makedirs(f"{root}/{folder}")
        for name in ("tty0", "console", "ptmx"):  # no ports
            os.makedirs(f"{root}/sys/devices/virtual/tty/{name}")
            os.symlink(f"../../devices/virtual/tty/{name}", f"{root}/sys/class/tty/{name}")

    def _write(self, path, text):
        os.makedirs(os.path.dirname(f"{self.root}/{path}"), exist_ok=True)
        with open(f"{self.root}/{path}", "w", encoding="utf-8") as f:
            f.write(text)

    def _driver(self, folder, name):
        os.makedirs(f"{self.root}/sys/bus/drivers/{name}", exist_ok=True)
        os.symlink(f"{self.root}/sys/bus/drivers/{name}", f"{self.root}/{folder}/driver")

    def usb(self, name, place, driver, ids, maker=None, model=None, serial=None, by_id=None, node=True):
        """Plugs an adapter in; place: "1-1.2"."""
        device = f"sys/devices/pci0000:00/0000:00:14.0/usb1/{place}"
        interface = f"{device}/{place}:1.0"
        for key, value in (("idVendor", ids[:4]), ("idProduct", ids[5:]), ("manufacturer", maker), ("product", model),
                           ("serial", serial)):
            if value is not None:
                self._write(f"{device}/{key}", f"{value}\n")
        self._write(f"{interface}/bInterfaceNumber", "00\n")
        acm = name.startswith("ttyACM")
        holder = interface if acm else f"{interface}/{name}"
        os.makedirs(f"{self.root}/{holder}/tty/{name}")
        self._driver(holder, driver)
        if not acm:
            self._driver(interface, driver)
        os.symlink(f"{self.root}/{holder}", f"{self.root}/{holder}/tty/{name}/device")
        os.symlink(f"{self.root}/{holder}/tty/{name}", f"{self.root}/sys/class/tty/{name}")
        if node:
            self.node(name)
            self.names(name, place, by_id)

    def names(self, name, place, by_id):
        """What udev does a moment later."""
        os.symlink(f"../../{name}", f"{self.root}/dev/serial/by-path/pci-0000:00:14.0-usb-0:{place[2:]}:1.0-port0")
        link = f"{self.root}/dev/serial/by-id/{by_id}"
        if by_id and os.path.lexists(link):
            os.remove(link)  # of the same adapters the last one has it
        if by_id:
            os.symlink(f"../../{name}", link)

    def node(self, name, to=None):
        path = f"{self.root}/dev/{name}"
        if to:
            os.symlink(to, path)
        else:
            self._write(f"dev/{name}", "")

    def isa(self, name, kind):
        device = "sys/devices/platform/serial8250"
        self._write(f"{device}/tty/{name}/type", f"{kind}\n")
        if not os.path.lexists(f"{self.root}/{device}/driver"):
            self._driver(device, "serial8250")
        os.symlink(f"{self.root}/{device}", f"{self.root}/{device}/tty/{name}/device")
        os.symlink(f"{self.root}/{device}/tty/{name}", f"{self.root}/sys/class/tty/{name}")
        self.node(name)

    def program(self, pid, name, port):
        """A program that has the port open."""
        self._write(f"proc/{pid}/comm", f"{name}\n")
        os.makedirs(f"{self.root}/proc/{pid}/fd")
        os.symlink("/dev/null", f"{self.root}/proc/{pid}/fd/0")
        os.symlink(f"{self.root}/dev/{port}", f"{self.root}/proc/{pid}/fd/3")

    def lock(self, port, pid):
        self._write(f"run/lock/LCK..{port}", f"{pid:10}\n")

    def unplug(self, name):
        for folder in ("by-id", "by-path"):
            for link in os.listdir(f"{self.root}/dev/serial/{folder}"):
                path = f"{self.root}/dev/serial/{folder}/{link}"
                if os.readlink(path).endswith(f"/{name}"):
                    os.remove(path)
        # It keeps its inode, because the kernel gives the number of one that has gone to no other soon.
        self.gone += 1
        os.rename(f"{self.root}/sys/class/tty/{name}", f"{self.root}/gone{self.gone}")
        os.remove(f"{self.root}/dev/{name}")
