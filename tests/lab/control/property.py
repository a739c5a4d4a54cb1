#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""property.py [PAIRS [SEED [STEP]]]: for random sets of tenants A and B, applying B over A leaves the kernel as applying B over
nothing does; also when the run from A to B was refused, or killed, in front of any one of its changes, and run again.

                 one network namespace, no packets: only what the kernel holds
    nothing ──► B     =     A ──► B     =     A ──► stopped at change K ──► B     for every K, or every STEPth"""

import os
import random
import re
import shutil
import subprocess
import sys

GWCTL = os.environ.get("NVI_BUILD", "build/release") + "/gateway/cli/gwctl"
WORK = "/tmp/property"
PUBLICS = [f"203.0.113.{n}" for n in range(10, 40)]


def tenants(rng):
    """Name to text. Few names, ids and public addresses: what is in both sets shall often differ."""
    publics = rng.sample(PUBLICS, len(PUBLICS))
    keys = rng.sample(range(1, 20), 4)
    result = {}
    for name, number in rng.sample([("acme", 1001), ("globex", 1002), ("initech", 1003)], rng.randint(0, 3)):
        kind = rng.choice(["gretap", "gretap", "vxlan", "gre", "ipip"])
        text = f'id = {number}\n[overlay]\ntype = "{kind}"\ngateway = ["10.0.0.{rng.choice([1, 254])}/24"]\n'
        if kind != "ipip":
            text += f"key = {keys.pop()}\n"
        if kind == "vxlan":
            text += f"port = {rng.choice([4789, 8472])}\n"
        if kind in ("gretap", "vxlan"):
            text += f'destinations = "{rng.choice(["routes", "routes", "map"])}"\n'
        hosts = rng.sample(range(7, 12), rng.randint(1, 3))
        for host in hosts:
            text += f'[[host]]\naddress = "10.0.0.{host}"\nnode = "172.16.0.{number - 980 if kind == "ipip" else rng.choice([11, 12])}"\n'
            if rng.random() < 0.5 and kind in ("gretap", "vxlan"):
                text += f'mac = "02:00:00:00:00:{rng.randint(1, 3):02x}"\n'
        for host in hosts:
            if rng.random() < 0.5:
                text += f'[[floating]]\npublic = "{publics.pop()}"\nprivate = "10.0.0.{host}"\n'
        if rng.random() < 0.7:
            pool = ", ".join(f'"{publics.pop()}"' for _ in range(rng.randint(1, 3)))
            text += f'[[snat]]\nfrom = "10.0.0.0/24"\nto = [{pool}]\n'
        if rng.random() < 0.5:
            text += (f'[[forward]]\nprotocol = "{rng.choice(["tcp", "udp"])}"\npublic = "{publics.pop()}:80"\n'
                     f'private = "10.0.0.{hosts[0]}:{rng.choice([80, 8080])}"\n')
        result[name] = text + filters(rng, hosts)
    return result


def filters(rng, hosts):
    """Of a tenant with these hosts: its firewall and limits, or none."""
    text = ""
    if rng.random() < 0.3:
        text += f'[firewall]\nin = "{rng.choice(["drop", "reject"])}"\nout = "{rng.choice(["accept", "drop"])}"\n'
        text += f'log = {rng.choice(["true", "false"])}\n'
    for _ in range(rng.choice([0, 0, 1, 2])):
        direction = rng.choice(["in", "out"])
        text += f'[[rule]]\ndirection = "{direction}"\naction = "{rng.choice(["accept", "drop", "reject"])}"\n'
        text += f'protocol = "tcp"\nports = [{rng.choice([22, 80])}, "8000-{rng.choice([8010, 8020])}"]\n'
        if rng.random() < 0.5:
            text += f'{"from" if direction == "in" else "to"} = ["198.51.100.0/24"]\n'
        elif rng.random() < 0.5:
            text += f'{"to" if direction == "in" else "from"} = ["10.0.0.{rng.choice(hosts)}"]\n'
    if rng.random() < 0.4:
        text += "[limits]\n" + "".join(f"{key} = {value}\n" for key, value in rng.sample(
            [("connections", rng.choice([100, 1000])), ("new-connections", rng.choice([50, 500])), ("rate-in", rng.choice(['"50M"', '"80M"'])), ("rate-out", '"1500k"'),
             ("packets-in", 20000), ("packets-out", rng.choice([9000, 10000]))], rng.randint(1, 3)))
    return text


def write(name, files):
    shutil.rmtree(f"{WORK}/{name}", ignore_errors=True)
    os.makedirs(f"{WORK}/{name}/tenants.d")
    with open(f"{WORK}/{name}/gateway.toml", "w") as f:
        f.write('[gateway]\noutside = ["eth0"]\npublic = ["203.0.113.0/24"]\ntenants = "tenants.d"\n'
                'state = "state"\n[underlay]\naddress = "172.16.0.1"\n')
    for tenant, text in files.items():
        with open(f"{WORK}/{name}/tenants.d/{tenant}.toml", "w") as f:
            f.write(text)


def gwctl(name, *verb, expect=(0,), **environment):
    run = subprocess.run([GWCTL, "--config", f"{WORK}/{name}/gateway.toml", *verb], capture_output=True, text=True,
                         env={**os.environ, **environment})
    if run.returncode not in expect:
        sys.exit(f"gwctl {' '.join(verb)} ({name}, {environment}): status {run.returncode}\n{run.stdout}{run.stderr}")
    return run


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def kernel():
    """What the kernel holds, as text that is the same for the same objects."""
    # The l3mdev rule comes with the first VRF that the kernel ever makes, and stays until `down`; later it is ours.
    rules = [line.replace("[l3mdev-table] proto 110", "[l3mdev-table]") for family in ((), ("-6",)) for line in output("ip", *family, "rule").splitlines()
             if "l3mdev" not in line or "vrf" in output("ip", "-br", "link")]
    links = re.sub(r"^\d+: |link/ether \S+ brd|(?<=\n) +promiscuity.*|if\d+(?=:)", "", output("ip", "-d", "link"), flags=re.M)
    # The hardware address of a tunnel is ours, that of a VRF is anybody's.
    macs = sorted(line for line in output("ip", "-br", "link").splitlines() if line.startswith(("gt", "vx")))
    # Devices in the order of their making, which differs.
    links = sorted(re.split(r"\n(?=\S)", links.strip()))
    lines = rules
    for command in (("ip", "route", "show", "table", "all"), ("ip", "-6", "route", "show", "table", "all", "proto", "110"),
                    ("ip", "address"), ("ip", "neighbour", "show", "nud", "permanent"), ("bridge", "vni", "show")):
        lines += sorted(re.sub(r"^\d+: ", "", line).strip() for line in output(*command).splitlines()
                        if "link/" not in line and "mtu" not in line)
    table = subprocess.run(["nft", "-nn", "list", "ruleset"], capture_output=True, text=True).stdout
    sets = sorted(" ".join(sorted(re.split(r",\s*", re.sub(r"\s+", " ", part)))) for part in table.split("\n\n"))
    # Which devices have the program of a map, whose number is the kernel's choice, and what is in the maps.
    steering = [f"{name} " + re.sub(r":\[\d+\]| id \d+", "", line) for name in re.findall(r"^(?:gt|vx)\d+", output("ip", "-br", "link"), flags=re.M)
                for line in re.findall(r"bpf.*steer", output("tc", "filter", "show", "dev", name, "egress"))]
    for root, _, files in sorted(os.walk("/sys/fs/bpf/nvi-steering")):
        for name in sorted(files):
            steering += [name] + sorted(output("bpftool", "map", "dump", "pinned", f"{root}/{name}").splitlines())
    return "\n".join(links + macs + lines + sets + steering)


def same(got, wanted, what):
    if got != wanted:
        with open("/tmp/wanted", "w") as f:
            f.write(wanted + "\n")
        with open("/tmp/got", "w") as f:
            f.write(got + "\n")
        subprocess.run(["diff", "-u", "/tmp/wanted", "/tmp/got"])
        sys.exit(f"{what}: the kernel is not as after B over nothing")


def pair(seed):
    rng = random.Random(seed)
    write("A", tenants(rng))
    write("B", tenants(rng))
    gwctl("B", "apply")
    wanted = kernel()
    gwctl("B", "plan", "--exit-code")
    gwctl("B", "down")
    gwctl("A", "apply")
    gwctl("B", "apply")
    same(kernel(), wanted, f"seed {seed}: B over A")
    stops = 0
    for kind, status in (("NVI_FAIL_BEFORE", 1), ("NVI_KILL_BEFORE", -9)):
        change = 1 - step
        while True:
            change += step
            gwctl("A", "apply")
            run = gwctl("B", "apply", expect=(0, status), **{kind: str(change)})
            if run.returncode == 0:
                break
            if kind == "NVI_FAIL_BEFORE" and "failure injected" not in run.stderr:
                sys.exit(f"seed {seed}, change {change}: no word of the failure\n{run.stderr}")
            gwctl("B", "apply")
            same(kernel(), wanted, f"seed {seed}: {kind}={change}")
            stops += 1
    gwctl("B", "down")
    print(f"seed {seed}: {len(os.listdir(f'{WORK}/A/tenants.d'))} tenants to {len(os.listdir(f'{WORK}/B/tenants.d'))}, "
          f"stopped {stops} times", flush=True)


pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
for module in ("nvi", "ip_gre", "vxlan", "sit"):
    subprocess.run(["modprobe", module], check=True)
subprocess.run(["ip", "link", "add", "eth0", "type", "dummy"], check=True)
subprocess.run(["ip", "link", "set", "eth0", "up"], check=True)
subprocess.run(["ip", "address", "add", "172.16.0.1/24", "dev", "eth0"], check=True)
step = int(sys.argv[3]) if len(sys.argv) > 3 else 1
before = kernel()
for number in range(first, first + pairs):
    pair(number)
same(kernel(), before, "after down")
