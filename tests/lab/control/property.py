#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""property.py [PAIRS [SEED [STEP]]]: for random sets of tenants A and B, applying B over A leaves the kernel as applying B over
nothing does; also when the run from A to B was refused, or killed, in front of any one of its changes, and run again. Then B's
tenants are removed one by one: each time nothing differs from the files, at last from B without tenants over nothing.

                 one network namespace, no packets: only what the kernel holds
    nothing ──► B     =     A ──► B     =     A ──► stopped at change K ──► B     for every K, or every STEPth
    nothing ──► B without tenants     =     B ──► tenant remove X ──► tenant remove Y ..."""

import os
import random
import re
import shutil
import subprocess
import sys
import time

from sets import Set, UPLINKS

GWCTL = os.environ.get("NVI_BUILD", "build/release") + "/gateway/cli/gwctl"
WORK = "/tmp/property"
SYSCTLS = ["net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding", "net/ipv4/ip_early_demux", "net/ipv4/conf/all/send_redirects",
           "net/ipv4/ipfrag_time", "net/ipv4/ipfrag_high_thresh"]


def write(name, files):
    shutil.rmtree(f"{WORK}/{name}", ignore_errors=True)
    os.makedirs(f"{WORK}/{name}/tenants.d")
    for path, text in files.items():
        with open(f"{WORK}/{name}/{path}", "w") as f:
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
    # Duplicate address detection is left out, so this is soon over.
    while "tentative" in output("ip", "address"):
        time.sleep(0.02)
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
    sets = []
    for part in table.split("\n\n"):
        head, _, elements = re.sub(r"\s+", " ", part).partition("elements = {")
        sets += [head] + sorted(f"{head.split('{')[0]}{element.strip(' }')}" for element in elements.split(", "))
    sets.sort()
    # The filters of all devices' shared block, and what has it; what gwctl sets of the machine.
    links += sorted(re.sub(r"(qdisc \S+) [0-9a-f]+:|refcnt \d+", r"\1", line) for line in output("tc", "qdisc", "show").splitlines() if "clsact" in line)
    links += sorted(line.split("not_in_hw")[0] for line in subprocess.run(
        ["tc", "filter", "show", "block", "7239273"], capture_output=True, text=True).stdout.splitlines())
    for path in SYSCTLS:
        with open(f"/proc/sys/{path}") as f:
            lines.append(f"{path} = {f.read().strip()}")
    # Which devices have the program of a map, whose number is the kernel's choice, and what is in the maps.
    steering = [f"{name} " + re.sub(r":\[\d+\]| id \d+", "", line) for name in sorted(re.findall(r"^(?:gt|vx)\d+", output("ip", "-br", "link"), flags=re.M))
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


def tenants(name):
    return sorted(file.removesuffix(".toml") for file in os.listdir(f"{WORK}/{name}/tenants.d"))


def stop(verb, kind, change, status):
    """Whether this run was stopped in front of the change: false when it had fewer."""
    run = gwctl("B", *verb, expect=(0, status), **{kind: str(change)})
    if run.returncode != 0 and kind == "NVI_FAIL_BEFORE" and "failure injected" not in run.stderr:
        sys.exit(f"{verb}, change {change}: no word of the failure\n{run.stderr}")
    return run.returncode != 0


STOPS = (("NVI_FAIL_BEFORE", 1), ("NVI_KILL_BEFORE", -9))


def one_by_one(seed, rng, wanted, empty):
    """B's tenants are removed, the first one after a stop at each change of that; then the kernel is as without tenants."""
    stops = 0
    names = rng.sample(tenants("B"), len(tenants("B")))
    for kind, status in STOPS if names else ():
        change = 1
        # Stopped, its file is still there: apply brings all of it back.
        while stop(("tenant", "remove", names[0]), kind, change, status):
            gwctl("B", "apply")
            same(kernel(), wanted, f"seed {seed}: tenant remove {names[0]}, {kind}={change}")
            change, stops = change + step, stops + 1
        write("B", files["B"])
        gwctl("B", "apply")
    for name in names:
        gwctl("B", "tenant", "remove", name)
        gwctl("B", "plan", "--exit-code")
    same(kernel(), empty, f"seed {seed}: all tenants removed")
    return stops


def pair(seed):
    rng = random.Random(seed)
    files["A"], files["B"] = Set(rng).files, Set(rng).files
    write("A", files["A"])
    write("B", {"gateway.toml": files["B"]["gateway.toml"]})
    gwctl("B", "apply")
    empty = kernel()
    gwctl("B", "down")
    write("B", files["B"])
    gwctl("B", "apply")
    wanted = kernel()
    gwctl("B", "plan", "--exit-code")
    gwctl("B", "down")
    gwctl("A", "apply")
    gwctl("B", "apply")
    same(kernel(), wanted, f"seed {seed}: B over A")
    stops = 0
    for kind, status in STOPS:
        change = 1
        while True:
            gwctl("A", "apply")
            if not stop(("apply",), kind, change, status):
                break
            gwctl("B", "apply")
            same(kernel(), wanted, f"seed {seed}: {kind}={change}")
            change, stops = change + step, stops + 1
    counts = f"{len(tenants('A'))} tenants to {len(tenants('B'))}"
    stops += one_by_one(seed, rng, wanted, empty)
    gwctl("B", "down")
    print(f"seed {seed}: {counts}, stopped {stops} times", flush=True)


files = {}
pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
for module in ("nvi", "ip_gre", "vxlan", "sit"):
    subprocess.run(["modprobe", module], check=True)
for devices in ("all", "default"):
    with open(f"/proc/sys/net/ipv6/conf/{devices}/accept_dad", "w") as f:
        f.write("0")
for uplink in UPLINKS:
    subprocess.run(["ip", "link", "add", uplink, "type", "dummy"], check=True)
    subprocess.run(["ip", "link", "set", uplink, "up"], check=True)
subprocess.run(["ip", "address", "add", "172.16.0.1/24", "dev", "eth0"], check=True)
step = int(sys.argv[3]) if len(sys.argv) > 3 else 1
before = kernel()
for number in range(first, first + pairs):
    pair(number)
same(kernel(), before, "after down")
