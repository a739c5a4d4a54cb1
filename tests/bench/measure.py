#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs inside the native-speed kernel: makes every set-up in a network namespace of its own, checks that it translates,
and times the same traffic through all of them in turn. Prints one JSON object a line; progress is not JSON.

usage: measure.py CASES.json
"""

import ctypes
import json
import os
import socket
import struct
import subprocess
import sys
import time

import frames

HERE = os.path.dirname(os.path.abspath(__file__))
GENERATOR = "/sys/kernel/debug/nvi_bench/"
WINDOW_NS = 60e6
CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def enter(space):
    with open(f"/run/netns/{space}") as file:
        if libc.setns(file.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns", space)


class Case:
    """One set-up: its name, its script in setups/, and what it is told."""

    def __init__(self, number, name, script, tenants=1, overlay="gretap", flowtable="no", rules=0, way="routes", hosts=1):
        self.name, self.script, self.tenants = name, script, tenants
        self.overlay, self.flowtable = overlay, flowtable
        self.rules = rules  # of each tenant's firewall
        self.way, self.hosts = way, hosts  # routes, map, shared; hosts of each tenant
        self.space = f"bench{number}"
        self.pace = {}
        self.rows = {}

    def make(self):
        started = time.monotonic()
        subprocess.run(["ip", "netns", "add", self.space], check=True)
        environment = dict(os.environ, TENANTS=str(self.tenants), OVERLAY=self.overlay, FLOWTABLE=self.flowtable, RULES=str(self.rules),
                           WAY=self.way, HOSTS=str(self.hosts),
                           SPACE=self.space, REPOSITORY=os.path.dirname(os.path.dirname(HERE)))
        script = f"source {HERE}/setups/common.sh; source {HERE}/setups/{self.script}.sh"
        # Not "ip netns exec": namespaces that the script makes would be lost with its mounts.
        subprocess.run(["nsenter", f"--net=/run/netns/{self.space}", "bash", "-c", script], env=environment, check=True)
        say(f"{self.name}: made in {time.monotonic() - started:.1f} s")

    def frames(self, flows, direction):
        """Rows of (device, frame)."""
        overlay = "none" if self.script == "forward" else self.overlay
        rows = []
        for flow in range(flows):
            if direction in ("in", "both"):
                rows.append(("up0", frames.inbound(flow, self.tenants)))
            if direction in ("out", "both"):
                rows.append(("un0", frames.outbound(flow, self.tenants, overlay, self.way == "shared")))
        return rows

    def encode(self, rows):
        """As the generator wants them."""
        enter(self.space)
        index = {name: socket.if_nametoindex(name) for name in ("up0", "un0")}
        return b"".join(struct.pack("=II", index[device], len(frame)) + frame for device, frame in rows)

    def load(self, flows, direction):
        """Hands these flows' frames to the generator, where they stay until the next load."""
        key = (flows, direction)
        if key not in self.rows:
            self.rows[key] = self.encode(self.frames(flows, direction))
        self.hand_over(self.rows[key])

    def hand_over(self, data):
        enter(self.space)
        with open(GENERATOR + "frames", "wb", buffering=0) as file:
            if file.write(data) != len(data):
                raise OSError("frames were not taken")

    def sent(self):
        """Packets that the two cards have sent."""
        enter(self.space)
        with open("/proc/thread-self/net/dev") as file:
            fields = {name.strip(): rest.split() for name, _, rest in (line.partition(":") for line in file)}
        return sum(int(fields[device][9]) for device in ("up0", "un0"))

    def offloaded(self):
        enter(self.space)
        with open("/proc/thread-self/net/nf_conntrack") as file:
            return sum("[OFFLOAD]" in line for line in file)


def say(text):
    print(text, flush=True)


def run(packets):
    with open(GENERATOR + "run", "w") as file:
        file.write(f"{packets}\n")
    with open(GENERATOR + "nanoseconds") as file:
        return int(file.read())


def check(case, flows):
    """A few packets each way must come out translated, in the right tunnel: a set-up that fails is no set-up."""
    count = min(flows, 64)
    enter(case.space)
    expected = {"un0": [], "up0": []}
    inner = frames.HOST
    for flow in range(count):
        tenant = flow % case.tenants
        key, host = frames.tenant_id(tenant), inner
        if case.script == "forward":
            key, host = None, frames.public(tenant)
        expected["un0"].append((key, frames.client(flow), host, frames.client_port(flow), 80))
        expected["up0"].append((None, frames.public(tenant), frames.client(flow), 80, frames.client_port(flow)))
    for direction, device in (("in", "un0"), ("out", "up0")):
        tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        tap.bind((device, 3))
        tap.settimeout(0.2)
        tap.setsockopt(socket.SOL_SOCKET, 33, 1 << 24)
        case.load(count, direction)
        run(count)
        got = []
        try:
            while len(got) < count:
                frame, address = tap.recvfrom(2048)
                if address[2] == socket.PACKET_OUTGOING:
                    got.append(frames.unwrap(frame, case.overlay))
        except TimeoutError:
            pass
        tap.close()
        if sorted(map(str, got)) != sorted(map(str, expected[device])):
            raise SystemExit(f"{case.name}: wrong packets on {device}: {got[:3]} ({len(got)}) instead of "
                             f"{expected[device][:3]} ({count})")


def warm(case, flows):
    """Every flow sees packets both ways, so that all are established, and offloaded where they can be."""
    for _ in range(2):
        for direction in ("in", "out"):
            case.load(flows, direction)
            run(flows)


def measure(case, flows, direction):
    """Nanoseconds a packet over one window."""
    key = (flows, direction)
    case.load(flows, direction)
    if key not in case.pace:
        probe = max(flows, 2000)
        case.pace[key] = int(max(WINDOW_NS / (run(probe) / probe), flows))
    else:
        run(int(min(case.pace[key] / 8, 2000)))
    packets = case.pace[key]
    before = case.sent()
    ns = run(packets) / packets
    arrived = (case.sent() - before) / packets
    if case.script != "drop" and arrived < 0.999:
        raise SystemExit(f"{case.name}: {arrived:.1%} of the packets arrived ({flows} flows, {direction})")
    return ns


def connect(case, flows):
    """Nanoseconds a new connection: its first packet in, the reply, and one more."""
    # Connections are tracked in the tenant's namespace where it has one.
    spaces = [name for name in os.listdir("/run/netns") if name == case.space or name.startswith(case.space + "-")]
    for space in spaces:
        enter(space)
        subprocess.run(["conntrack", "-F"], check=True, stderr=subprocess.DEVNULL)
    if "new" not in case.rows:
        rows = []
        for flow in range(flows):
            rows += [("up0", frames.inbound(flow, case.tenants)),
                     ("un0", frames.outbound(flow, case.tenants, case.overlay)),
                     ("up0", frames.inbound(flow, case.tenants))]
        case.rows["new"] = case.encode(rows)
    case.hand_over(case.rows["new"])
    return run(3 * flows) / flows


def main():
    with open(sys.argv[1]) as file:
        plan = json.load(file)
    for name, value in (("nf_conntrack_max", 2000000), ("nf_conntrack_buckets", 262144)):
        with open(f"/proc/sys/net/netfilter/{name}", "w") as file:
            file.write(str(value))
    subprocess.run(["sysctl", "-qw", "net.core.fb_tunnels_only_for_init_net=2",
                    "net.core.default_qdisc=noqueue"], check=True)
    subprocess.run(["modprobe", "nvi_bench"], check=True)
    cases = [Case(number, **case) for number, case in enumerate(plan["cases"])]
    working = []
    for case in cases:
        try:
            case.make()
            check(case, 64) if case.script != "drop" else None
            working.append(case)
        except (SystemExit, subprocess.CalledProcessError) as error:
            say(f"FAILED {case.name}: {error}")
            print(json.dumps({"case": case.name, "failed": str(error)}), flush=True)
    for flows in plan["flows"]:
        for case in working:
            if case.script != "drop":
                warm(case, flows)
            print(json.dumps({"case": case.name, "flows": flows, "offloaded": case.offloaded()}), flush=True)
        for round_number in range(plan["rounds"]):
            say(f"{flows} flows, round {round_number + 1} of {plan['rounds']}")
            for case in working:
                for direction in plan["directions"]:
                    ns = measure(case, flows, direction)
                    print(json.dumps({"case": case.name, "flows": flows, "direction": direction, "ns": round(ns, 1)}),
                          flush=True)
    for round_number in range(plan["rounds"] if plan.get("connections") else 0):
        say(f"new connections, round {round_number + 1} of {plan['rounds']}")
        for case in working:
            if case.script not in ("drop", "forward"):
                ns = connect(case, plan["connections"])
                print(json.dumps({"case": case.name, "flows": plan["connections"], "direction": "new", "ns": round(ns, 1)}),
                      flush=True)


main()
