#!/usr/bin/env python3
"""The collection for Ansible, built, installed and used by a real Ansible: its three playbooks, with
devices of which some refuse, are silent or answer damaged frames."""
import contextlib
import json
import os
import re
import subprocess

import devices
from wilcotest import (ENV, HOME, LIMIT, WILCO, WRAP, device, done, end_of, has, ok, read_until, run, same,
                       skip, unused_port)

if not devices.there("ansible-playbook", "ansible-galaxy", "ansible-doc"):
    skip("ansible-core is not installed")
    done()
if not devices.there("sshd", "ssh-keygen", "ssh"):
    skip("sshd is not installed")
    done()
if WRAP:
    skip("Ansible starts the programs itself, and so without valgrind; test_ansible_module.py uses it", privilege=True)
    done()

COLLECTION = os.path.join(os.environ["srcdir"], "doc/ansible")
PROGRAM = os.path.join(os.path.dirname(os.path.abspath(WILCO)), "ansible/wilco")
SECRET = "tops3cret!x"
# wilco_secrets: {pin: 'tops3cret!x'}, by ansible-vault encrypt.
VAULT = """$ANSIBLE_VAULT;1.1;AES256
32656564626163373338323865373738373563656431313939613837303739633063323966333937
3837303436373235643834383866633533616665663235660a356239393234343037383332336232
34353531393962386336303936373139643230343736626461663631323132363137613263316233
3563626662643331650a666434663562336230303330343737313962366566303835613661396362
63663534623066386364313538326564393862633966663137643335636666363866353239353662
3966613630653332633464333836313934366334306537613436
"""
HERE = {**ENV, "ANSIBLE_COLLECTIONS_PATH": f"{HOME}/collections", "ANSIBLE_LOCAL_TEMP": f"{HOME}/local",
        "ANSIBLE_REMOTE_TEMP": f"{HOME}/remote", "ANSIBLE_PIPELINING": "1", "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LOCALHOST_WARNING": "0", "ANSIBLE_HOST_KEY_CHECKING": "0", "ANSIBLE_CONFIG": f"{HOME}/ansible.cfg",
        "PATH": devices.PATH, "WILCO_SECRET_pin": SECRET}
with open(HERE["ANSIBLE_CONFIG"], "w", encoding="utf-8"):
    pass  # nobody else's configuration


def begin(*words):
    return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            cwd=HOME, env=HERE)


def ansible(*words):
    return end_of(begin(*words), timeout=2 * LIMIT)


def play(name, *words, **variables):
    return begin("ansible-playbook", "-v", "-i", inventory, f"wilco.device.{name}", "-e", json.dumps(variables), *words)


def no_secret(name, result):
    ok(not any(x in result.out + result.err for x in (SECRET, SECRET.encode().hex())), f"{name}: the secret is not shown", result)


def results(result):
    """Returns (word, object) of each host."""
    heads = re.finditer(r"^(\w+): \[(\w+)(?: -> \w+)?\](?:: \w+!)? => ", result.out, re.MULTILINE)
    return {head[2]: (head[1], json.JSONDecoder().raw_decode(result.out, head.end())[0]) for head in heads}


# ---- devices ----

FRAME = "ESC payload CR -> len(payload):u8 payload crc16-modbus:le"
record = []  # (device, command)
speed = {}


def framed(text):
    frame, crc = bytes([len(text)]) + text.encode(), 0xffff
    for byte in frame:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xa001 if crc & 1 else crc >> 1
    return frame + crc.to_bytes(2, "little")


def pump(name):
    def handler(connection):
        while command := read_until(connection, b"\r").strip(b"\x1b\r").decode():
            record.append((name, command))
            if command.startswith("SPEED "):
                speed[name] = command[6:]
            answer = framed({"SPEED?": f"SPEED {speed.get(name, 50)}", "STATUS": f"READY {name}"}.get(
                command, "hello " + command[6:] if command.startswith("LOGIN ") else "OK"))
            if name == "pump5":
                answer = answer[:-1] + bytes([answer[-1] ^ 1])
            if name != "pump4":
                connection.sendall(answer)
    return handler


LOGIN = """.frame payload CR -> payload ('Password: ' | 'sw1# ')
.greeting
\\{secret:pin}
  \\r\\n
"""
SWITCH = "payload CR -> payload CR LF 'sw1# '"


def switch(connection):
    """Wants a password first, and shows it to whoever has it wrong."""
    connection.sendall(b"Password: ")
    given = read_until(connection, b"\r")[:-1]
    if given != SECRET.encode():
        connection.sendall(b"\r\n" + given + b" is wrong\r\nPassword: ")
        return
    connection.sendall(b"\r\nsw1# ")
    while command := read_until(connection, b"\r")[:-1]:
        connection.sendall(b"did " + command + b"\r\nsw1# ")


def sent(command):
    return sorted(name for name, what in record if what == command)


FAILED = {"pump3": ("Failed to connect to device", 3), "pump4": ("Failed to communicate with device", 4),
          "pump5": ("Failed to communicate with device", 5)}
STATUS = {"pump1": "ok", "pump2": "ok", "pump3": "connect", "pump4": "timeout", "pump5": "damaged"}

with contextlib.ExitStack() as stack:
    lines = ["[pumps]"]
    for number in range(1, 6):
        host = f"127.0.0.{number + 1}"
        port = (unused_port() if number == 3
                else stack.enter_context(device(pump(f"pump{number}"), host=host)).rsplit(":", 1)[1])
        lines.append(f"pump{number} ansible_host={'127.0.0.1' if number == 3 else host} wilco_port={port}")
    lines += ["[pumps:vars]", f"wilco_frame='{FRAME}'", "wilco_timeout=1s", "[pumps1]", "pump1", "pump3", "pump5",
              "[pumps2]", "pump4", "[pumps3]", "pump2", "[quoted]",
              "plc ansible_host=127.0.0.9 wilco_port=9100 wilco_frame=\"'>' payload 5C LF\"", "[sites]"]
    # Nobody is at the third site, and the fourth has no wilco.
    for number, its in enumerate(("pumps1", "pumps2", "pumps3", "pump1"), 1):
        if number < 4:
            ssh, user = stack.enter_context(devices.sshd(stack.enter_context(devices.folder())))
        port = unused_port() if number == 3 else ssh.split()[-1]
        program = os.path.abspath(WILCO) if number < 4 else "/nowhere/wilco"
        lines.append(f"site{number} ansible_host=127.0.0.1 ansible_port={port} ansible_user={user.split('@')[0]} "
                     f"ansible_ssh_private_key_file={ssh.split()[-3]} wilco_devices={its} wilco_program={program}")
    lines += ["[sites:vars]", "ansible_ssh_common_args='-F /dev/null -o UserKnownHostsFile=/dev/null'",
              "ansible_ssh_args='-o ControlMaster=no'", f"ansible_remote_tmp={HOME}/remote"]
    with open(f"{HOME}/login.wilco", "w", encoding="utf-8") as f:
        f.write(LOGIN)
    lines += ["[switches]", f"sw1 wilco_address={stack.enter_context(device(switch))} wilco_frame=\"{SWITCH}\" "
              f"wilco_settings='{{\"login\": \"{HOME}/login.wilco\"}}'"]
    inventory = os.path.join(HOME, "inventory.ini")
    with open(inventory, "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")

    # ---- the collection ----

    with open(f"{HOME}/password", "w", encoding="utf-8") as f:
        f.write("password of the vault\n")
    with open(f"{HOME}/secrets.yml", "w", encoding="utf-8") as f:
        f.write(VAULT)
    built = ansible(f"{COLLECTION}/collection.sh", PROGRAM, HOME)
    ok(built.code == 0, "the collection is built", built)
    version = run("--version").out.split()[1]
    installed = ansible("ansible-galaxy", "collection", "install", "--offline", "-p", f"{HOME}/collections",
                        f"{HOME}/wilco-device-{version}.tar.gz")
    has(installed.out, f"wilco.device:{version} was installed successfully",
        "it is installed without a network, and has the version of wilco")
    documentation = begin("ansible-doc", "wilco.device.wilco")

    # ---- a task for each device ----

    state = {"wilco_devices": "pumps", "wilco_query": "SPEED?", "wilco_want": "SPEED 100",
             "wilco_commands": ["LOGIN \\{secret:pin}", "SPEED 100"], "wilco_expect": ["hello \\{secret:pin}", "OK"]}
    secrets = ("-e", f"@{HOME}/secrets.yml", "--vault-password-file", f"{HOME}/password")

    def task(name, *words, changed):
        result = end_of(play("task", *secrets, *words, **state), timeout=2 * LIMIT)
        no_secret(name, result)
        got = results(result)
        same({host: (word, task["changed"]) for host, (word, task) in got.items()},
             {host: ("fatal", False) if host in FAILED else ("changed" if changed else "ok", changed) for host in STATUS},
             f"{name}: which devices change, and which fail")
        same({host: (host in got and got[host][1]["status"]) for host in STATUS}, STATUS, f"{name}: the status of each")
        for host, (message, rc) in FAILED.items():
            task = got.get(host, ("", {"msg": "", "rc": None}))[1]
            ok(task["msg"].startswith(message) and task["rc"] == rc, f"{name}: {host} is told", task)
        return result, got

    result, got = task("a check", "--check", "--diff", changed=True)
    ok("-SPEED 50\n+SPEED 100\n" in result.out, "--diff shows the reply that is wanted", result)
    same(sorted({what for _, what in record}), ["SPEED?"], "a check only asks")
    result, got = task("a change", "-vvv", changed=True)
    same((sent(f"LOGIN {SECRET}"), sent("SPEED 100")), (["pump1", "pump2"],) * 2, "a change is sent to those that answer")
    same([got[host][1]["results"][0]["reply"] for host in got if host not in FAILED], ["hello \\{secret:pin}"] * 2,
         "what came has the secret's name")
    result, got = task("the same again", "--diff", changed=False)
    ok("+SPEED" not in result.out and sent("SPEED 100") == ["pump1", "pump2"], "the second time nothing is sent", result)
    shown = end_of(documentation).out
    for part in ("= device", "YAML reads `ON'", "rtt_ms", "Set the speed where it is another"):
        has(shown, part, f"ansible-doc shows {part}")

    # ---- a fleet, and sites ----

    record.clear()
    with open(f"{HOME}/then.yml", "w", encoding="utf-8") as f:
        f.write("- ansible.builtin.copy: {dest: '" + HOME + "/answers', content: '{{ wilco_answers | to_json }}'}\n")
    commands = {"wilco_commands": ["STATUS", "SPEED?"]}
    here = {"wilco_devices": "pumps:switches:!pump2", "wilco_then": f"{HOME}/then.yml", **commands,
            "wilco_program": os.path.abspath(WILCO)}
    merged = {"wilco_results": f"{HOME}/merged", **commands}
    both = {"wilco_devices": "pumps:quoted", "wilco_commands": ["STATUS", "-h"]}
    result = end_of(play("fleet", "--check", **{**here, **both}), timeout=2 * LIMIT)
    ok("changed=1" not in result.out and b"\x1bSTATUS\r".hex() in result.out, "a check shows what would be sent", result)
    has(result.out, b">-h\\\n".hex(), "frames may have quotes, and a command may begin with a dash")
    same(record, [], "and sends nothing")
    plays = play("fleet", "-vvv", **here), play("sites", **merged)
    login = play("task", *secrets, "-vvv", wilco_devices="sw1", wilco_commands=["show \\{secret:pin}"])
    result = end_of(plays[0], timeout=2 * LIMIT)
    with open(f"{HOME}/answers", encoding="utf-8") as f:
        answers = json.load(f)
    same({host: [x["status"] for x in objects] for host, objects in answers.items()},
         {host: [status] * 2 if status == "ok" else [status, "skipped" if status == "connect" else answers[host][1]["status"]]
          for host, status in {**STATUS, "sw1": "ok"}.items() if host != "pump2"}, "a fleet: one dict of what each device answered")
    same([x["reply"] for x in answers["pump1"]], ["READY pump1", "SPEED 100"], "with all objects of a device")
    same([x["reply"] for x in answers["sw1"]], ["did STATUS", "did SPEED?"], "one that has a login in its settings, too")
    no_secret("a fleet with -vvv", result)
    has(result.out, "pump3: connection refused", "the play fails because of the bad ones, and names them")
    result = end_of(plays[1], timeout=2 * LIMIT)
    with open(f"{HOME}/merged", encoding="utf-8") as f:
        objects = [json.loads(line) for line in f]
    same(sorted((x["site"], x["device"], x["status"]) for x in objects if x.get("command") != "SPEED?"),
         [("site1", "pump1", "ok"), ("site1", "pump3", "connect"), ("site1", "pump5", "damaged"),
          ("site2", "pump4", "timeout"), ("site3", "pump2", "unreachable"),
          ("site4", "pump1", "unreachable")], "sites: all results in one file")
    same({x["device"]: x["reply"] for x in objects if x["status"] == "ok" and x["command"] == "STATUS"},
         {"pump1": "READY pump1"}, "with the replies")
    same([(host, int(failed)) for host, failed in re.findall(r"^(site\d) .* failed=(\d)", result.out, re.MULTILINE)],
         [("site1", 0), ("site2", 0), ("site3", 1), ("site4", 1)], "and the sites that could not have failed")
    result = end_of(login, timeout=2 * LIMIT)
    has(result.out, "did show \\\\{secret:pin}", "a task for a device that has a login in its settings")
    no_secret("its task", result)
done()
