#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bench.py GWCTL [TENANTS...]: how long gwctl takes, and ip, tc and nft for the same work; in the lab, as root.
tests/bench/control/run starts it there.

Each size begins with nothing. Printed are seconds elapsed, and the program's peak of memory. `mark` tells `run`, outside, to
read how much of the host's processors the machine has had: that, unlike time elapsed, is the same on a busy host.
The tools' files are prepared beforehand and their time is that of `ip`, `tc` and `nft` together, over the gateway's own
objects, which are there already. They do a little less: iproute2 6.1 cannot say an address's protocol, and the devices get
no alias. NVI_TOOLS_UP_TO: the largest size that they do behind gwctl (1000). NVI_TOOLS_ALONE: they do one size, and gwctl none."""

import os
import resource
import subprocess
import sys
import time

GWCTL = sys.argv[1]
TOOLS_UP_TO = int(os.environ.get("NVI_TOOLS_UP_TO", 1000))
TOOLS_ALONE = "NVI_TOOLS_ALONE" in os.environ
SIZES = [int(word) for word in sys.argv[2:]] or [10, 1000, 10000]
HERE = os.path.dirname(os.path.abspath(__file__))
WORK = "/tmp/bench-control"


def run(*command, output=None):
    """MiB at most."""
    process = subprocess.Popen(command, stdout=open(output, "w") if output else subprocess.DEVNULL,
                               stderr=open(f"{WORK}.errors", "w"))
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(command)}: status {status}\n{open(f'{WORK}.errors').read()[-2000:]}")
    return usage.ru_maxrss / 1024


def mark(*words):
    print("mark", *words, flush=True)
    time.sleep(0.03)  # idle, until it is read


def measure(tenants, what, *commands, times=1, between=None):
    """The mean of so many times; what is done in between does not count."""
    elapsed = memory = 0
    for _ in range(times):
        mark("begin")
        start = time.monotonic()
        memory = max([memory] + [run(*command) for command in commands])
        elapsed += time.monotonic() - start
        mark("end")
        if between:
            run(*between)
    mark("show", tenants, times, f"{elapsed / times:.3f}", f"{memory:.1f}", what)


def by_tools(tenants, directory, gwctl):
    tools = f"{directory}/tools"
    parts = len([name for name in os.listdir(tools) if name.startswith("ip-")])
    measure(tenants, "ip, tc and nft, from nothing", *(("ip", "-batch", f"{tools}/ip-{part}") for part in range(parts)),
            ("ip", "-6", "-batch", f"{tools}/ip6"), ("tc", "-batch", f"{tools}/tc"), ("nft", "-f", f"{tools}/nft"))
    left = subprocess.run([*gwctl, "plan", "--exit-code"], stdout=subprocess.PIPE, text=True)
    print(f"{tenants:6} tenants  what differs after the tools: {left.stdout.splitlines()[-1]}", flush=True)


def size(tenants):
    directory = f"{WORK}/{tenants}"
    config = f"{directory}/gateway.toml"
    run("python3", f"{HERE}/generate.py", "files", directory, str(tenants))
    gwctl = (GWCTL, "--config", config)
    run("python3", f"{HERE}/generate.py", "files", f"{directory}/empty", "0")
    empty = (GWCTL, "--config", f"{directory}/empty/gateway.toml")

    run(*empty, "apply")
    run(*gwctl, "--json", "plan", output=f"{directory}/plan.json")
    run("python3", f"{HERE}/generate.py", "tools", f"{directory}/plan.json", f"{directory}/tools")
    if TOOLS_ALONE:
        by_tools(tenants, directory, gwctl)
        return
    measure(tenants, "apply from nothing", (*gwctl, "apply"))
    measure(tenants, "apply, nothing has changed", (*gwctl, "apply"), times=3)
    add = (*gwctl, "tenant", "add", "another", "--id", "60000", "--gateway", "10.0.0.1/24",
           "--host", "10.0.0.7=172.16.0.7", "--host", "10.0.0.8=172.16.0.7",
           "--floating", "100.127.0.1=10.0.0.7", "--snat", "10.0.0.0/24=100.127.0.2")
    remove = (*gwctl, "tenant", "remove", "another")
    run(*add)
    run(*remove)
    measure(tenants, "tenant add", add, times=20, between=remove)
    run(*add)
    measure(tenants, "tenant changed, by host move", (*gwctl, "host", "move", "another", "10.0.0.7=172.16.0.9"), times=10,
            between=(*gwctl, "host", "move", "another", "10.0.0.7=172.16.0.7"))
    measure(tenants, "tenant remove", remove, times=10, between=add)
    run(*remove)
    with open(f"{directory}/tenants.d/t0.toml", "a") as f:
        f.write('[[host]]\naddress = "10.0.0.9"\nnode = "172.16.0.9"\n')
    measure(tenants, "one file changed, apply", (*gwctl, "apply"))
    if tenants > TOOLS_UP_TO:
        return  # the last size: emptying the kernel takes minutes
    run(*empty, "apply")

    by_tools(tenants, directory, gwctl)
    run(*empty, "apply")
    run(*gwctl, "down")


subprocess.run(["ip", "link", "add", "eth0", "type", "dummy"], check=True)
subprocess.run(["ip", "link", "set", "eth0", "up"], check=True)
subprocess.run(["ip", "address", "add", "172.16.0.1/16", "dev", "eth0"], check=True)
resource.setrlimit(resource.RLIMIT_NOFILE, (65536, 65536))
for number, tenants_now in enumerate(SIZES):
    if SIZES[number - 1] > TOOLS_UP_TO and number > 0:
        sys.exit("the sizes that the tools do come first, and one more")
    size(tenants_now)
