#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bench.py GWCTL [TENANTS...]: how long gwctl takes, and ip, tc and nft for the same work; in the lab, as root.
tests/bench/control/run starts it there.

Each size begins with nothing. Seconds: elapsed, and processor time of the program (its system calls included); memory:
the peak of the program. The tools' files are prepared beforehand and their time is that of `ip`, `tc` and `nft` together,
over the gateway's own objects, which are there already. They do a little less: iproute2 6.1 cannot say an address's
protocol, and the devices get no alias. Of `tenant add` and `tenant remove` the best of seven counts."""

import os
import resource
import subprocess
import sys
import time

GWCTL = sys.argv[1]
SIZES = [int(word) for word in sys.argv[2:]] or [10, 1000, 10000]
HERE = os.path.dirname(os.path.abspath(__file__))
WORK = "/tmp/bench-control"


def run(*command, output=None):
    """Seconds elapsed, seconds of processor, MiB at most."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=open(output, "w") if output else subprocess.DEVNULL,
                               stderr=open(f"{WORK}.errors", "w"))
    _, status, usage = os.wait4(process.pid, 0)
    elapsed = time.monotonic() - start
    if status != 0:
        sys.exit(f"{' '.join(command)}: status {status}\n{open(f'{WORK}.errors').read()[-2000:]}")
    return elapsed, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def show(tenants, what, *measured):
    elapsed, cpu, memory = (sum(column) for column in zip(*measured))
    memory = max(m for _, _, m in measured)
    print(f"{tenants:6} tenants  {what:28} {elapsed:9.3f} s  cpu {cpu:9.3f} s  {memory:7.1f} MiB", flush=True)
    return elapsed


def best(count, once):
    return min((once() for _ in range(count)), key=lambda measured: measured[0])


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
    ours = show(tenants, "from nothing", run(*gwctl, "apply"))
    show(tenants, "nothing has changed", best(3, lambda: run(*gwctl, "apply")))
    add = lambda: run(*gwctl, "tenant", "add", "another", "--id", "60000", "--gateway", "10.0.0.1/24",
                      "--host", "10.0.0.7=172.16.0.7", "--host", "10.0.0.8=172.16.0.7",
                      "--floating", "100.127.0.1=10.0.0.7", "--snat", "10.0.0.0/24=100.127.0.2")
    remove = lambda: run(*gwctl, "tenant", "remove", "another")
    both = []
    for _ in range(7):
        both.append((add(), remove()))
    adding[tenants] = show(tenants, "tenant add", min((pair[0] for pair in both), key=lambda m: m[0]))
    show(tenants, "tenant remove", min((pair[1] for pair in both), key=lambda m: m[0]))
    with open(f"{directory}/tenants.d/t0.toml", "a") as f:
        f.write('[[host]]\naddress = "10.0.0.9"\nnode = "172.16.0.9"\n')
    show(tenants, "one tenant changed, apply", run(*gwctl, "apply"))
    show(tenants, "down to no tenant", run(*empty, "apply"))

    tools = f"{directory}/tools"
    theirs = show(tenants, "ip, tc and nft, from nothing",
                  run("ip", "-batch", f"{tools}/ip"), run("ip", "-6", "-batch", f"{tools}/ip6"),
                  run("tc", "-batch", f"{tools}/tc"), run("nft", "-f", f"{tools}/nft"))
    print(f"{tenants:6} tenants  from nothing, ours : theirs = {ours / theirs:.2f}", flush=True)
    left = subprocess.run([*gwctl, "plan", "--exit-code"], stdout=subprocess.PIPE, text=True)
    print(f"{tenants:6} tenants  what differs after the tools: {left.stdout.splitlines()[-1]}", flush=True)
    run(*empty, "apply")
    run(*gwctl, "down")


subprocess.run(["ip", "link", "add", "eth0", "type", "dummy"], check=True)
subprocess.run(["ip", "link", "set", "eth0", "up"], check=True)
subprocess.run(["ip", "address", "add", "172.16.0.1/16", "dev", "eth0"], check=True)
resource.setrlimit(resource.RLIMIT_NOFILE, (65536, 65536))
adding = {}
for tenants_now in SIZES:
    size(tenants_now)
print(f"tenant add at {SIZES[-1]} : at {SIZES[0]} = {adding[SIZES[-1]] / adding[SIZES[0]]:.2f}")
