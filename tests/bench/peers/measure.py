#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs inside the machine: measure.py BUILD PEERS.

    up0 192.0.2.2 ── [gateway: vx1..vx50, no VRFs, no rules] ── un0 172.16.0.1 (── un1 on a stock kernel)

50 tenants with PEERS peers each, 10.TENANT.0.PEER, behind 198.18.0.0/15; one more tenant, VNI 2000, with a plain node.
Frames are handed to up0 and un0 as a driver would (tests/bench/README.md); what leaves is dropped by the device. A stock
kernel has no such generator: keepalives come from un1 there, and packets are not timed.
"""
import hashlib
import hmac
import os
import socket
import statistics
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import frames  # noqa: E402

BUILD, PEERS = sys.argv[1], int(sys.argv[2])
NATIVE = os.uname().machine == "x86_64" and "User Mode Linux" in open("/proc/cpuinfo").read()
TENANTS, PLAIN, ROUNDS, WINDOW_NS = 50, 2000, 9, 60e6
WORK = "/run/peers"
GENERATOR = "/sys/kernel/debug/nvi_bench/"
SOCKET = WORK + "/sock"
GATEWAY_MAC = bytes.fromhex("026e76000001")
OUTSIDE = socket.inet_aton("192.0.2.1")
cable = []
peers = [(tenant, peer) for tenant in range(1, TENANTS + 1) for peer in range(2, PEERS + 2)]


def run(*words):
    subprocess.run(words, check=True)


def secret(tenant, peer):
    return hashlib.sha256(f"{tenant} {peer}".encode()).digest()


def inner(tenant, peer):
    return bytes((10, tenant, 0, peer))


def mac(tenant, peer):
    return b"\x02\x4e" + inner(tenant, peer)


def endpoint(number, moved=0):
    return bytes((198, 18 + (number >> 16), number >> 8 & 255, number & 255)), 30000 + number % 20000 + moved


def outer(source, port, vni, frame):
    head = struct.pack("!HHHH", port, 4789, 16 + len(frame), 0) + struct.pack("!II", 0x08000000, vni << 8)
    return frames.ethernet(frames.UNDERLAY_MAC, frames.NODE_MAC, frames.ip(source, frames.UNDERLAY, 17, head + frame))


def inward(number, tenant, peer):
    body = frames.ip(inner(tenant, peer), OUTSIDE, 17,
                     frames.udp(inner(tenant, peer), OUTSIDE, 80, 10000, frames.PAYLOAD))
    return outer(*endpoint(number), tenant, frames.ethernet(GATEWAY_MAC, mac(tenant, peer), body))


def outward(destination):
    return frames.ethernet(frames.UPLINK_MAC, frames.UPLINK_NEXT_MAC,
                           frames.ip(OUTSIDE, destination, 17, frames.udp(OUTSIDE, destination, 10000, 80, frames.PAYLOAD)))


def keepalive(number, tenant, peer, moved=0):
    address = inner(tenant, peer)
    arp = struct.pack("!HHHBBH", 0x0806, 1, 0x0800, 6, 4, 1) + mac(tenant, peer) + address + bytes(6) + address
    body = b"\xff" * 6 + mac(tenant, peer) + arp + b"NVIK\1\1\0\0" + struct.pack("!Q", time.time_ns()) + bytes(6)
    digest = hmac.new(secret(tenant, peer), struct.pack("!I", tenant) + body, hashlib.sha256).digest()
    return outer(*endpoint(number, moved), tenant, body + digest)


def keepalives(rows):
    """Received by un0, one after the other."""
    if NATIVE:
        load([("un0", frame) for frame in rows])
        receive(len(rows))
        return
    # One for all: to close one takes the kernel an RCU grace period.
    if not cable:
        cable.append(socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
        cable[0].bind(("un1", 0))
    for frame in rows:
        cable[0].send(frame)


def load(rows):
    index = {name: socket.if_nametoindex(name) for name in ("up0", "un0")}
    data = b"".join(struct.pack("=II", index[device], len(frame)) + frame for device, frame in rows)
    with open(GENERATOR + "frames", "wb", buffering=0) as file:
        if file.write(data) != len(data):
            raise SystemExit("frames were not taken")


def receive(packets):
    """Processor time in ns."""
    with open(GENERATOR + "run", "w") as file:
        file.write(f"{packets}\n")
    with open(GENERATOR + "nanoseconds") as file:
        return int(file.read())


def sent(device):
    with open(f"/sys/class/net/{device}/statistics/tx_packets") as file:
        return int(file.read())


def nanoseconds(rows, device):
    """A packet, once; all must have left by the device."""
    load(rows)
    probe = max(len(rows), 2000)
    packets = int(max(WINDOW_NS / (receive(probe) / probe), len(rows)))
    before = sent(device)
    ns = receive(packets) / packets
    if sent(device) - before < 0.999 * packets:
        raise SystemExit(f"{sent(device) - before} of {packets} packets left by {device}")
    return ns


def ask():
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(SOCKET)
        client.sendall(b"peers\n")
        data = b""
        while chunk := client.recv(1 << 16):
            data += chunk
    return data


def make_network():
    run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0",
        "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1", "net.core.default_qdisc=noqueue")
    lines = ["link set lo up", "link add up0 address 02:00:00:00:01:01 type dummy",
             "link add un0 address 02:00:00:00:01:02 mtu 1600 type " + ("dummy" if NATIVE else "veth peer name un1"),
             "link set up0 up", "link set un0 up", *([] if NATIVE else ["link set un1 up"]),
             "address add 192.0.2.2/24 dev up0", "address add 172.16.0.1/24 dev un0",
             "neighbour add 192.0.2.1 lladdr 02:00:00:00:00:01 dev up0 nud permanent",
             "neighbour add 172.16.0.2 lladdr 02:00:00:00:00:02 dev un0 nud permanent",
             "route add default via 172.16.0.2"]
    vnis = []
    for vni in [*range(1, TENANTS + 1), PLAIN]:
        lines += [f"link add vx{vni} address 02:6e:76:00:00:01 type vxlan external vnifilter local 172.16.0.1 "
                  "dstport 4789 nolearning noudpcsum", f"link set vx{vni} up"]
        vnis.append(f"vni add dev vx{vni} vni {vni}")
    for tenant, peer in peers:
        lines += [f"route add 10.{tenant}.0.{peer} encap ip id {tenant} dst 100.{64 + (tenant & 63)}.0.{peer} dev vx{tenant}",
                  f"neighbour add 10.{tenant}.0.{peer} lladdr {mac(tenant, peer).hex(':')} dev vx{tenant} nud permanent"]
    lines += [f"route add 10.0.0.7 encap ip id {PLAIN} dst 172.16.0.2 dev vx{PLAIN}",
              f"neighbour add 10.0.0.7 lladdr 02:00:00:00:00:07 dev vx{PLAIN} nud permanent"]
    for program, batch in (("ip", lines), ("bridge", vnis)):
        subprocess.run([program, "-batch", "-"], input="\n".join(batch) + "\n", text=True, check=True)


def make_files():
    os.makedirs(WORK + "/tenants.d")
    os.makedirs(WORK + "/secrets")
    with open(WORK + "/gateway.toml", "w") as file:
        file.write(f'[gateway]\noutside = ["up0"]\npublic = ["203.0.113.0/24"]\nstate = "{WORK}"\n'
                   '[underlay]\naddress = "172.16.0.1"\n')
    for tenant in range(1, TENANTS + 1):
        with open(f"{WORK}/tenants.d/t{tenant}.toml", "w") as file:
            file.write(f'id = {1000 + tenant}\n[overlay]\ntype = "vxlan"\nkey = {tenant}\ngateway = ["10.{tenant}.0.1/24"]\n')
            for peer in range(2, PEERS + 2):
                file.write(f'[[peer]]\nname = "p{peer}"\nsecret-file = "secrets/{tenant}-{peer}"\nhosts = ["10.{tenant}.0.{peer}"]\n')
    for tenant, peer in peers:
        path = f"{WORK}/secrets/{tenant}-{peer}"
        with open(path, "w") as file:
            file.write(secret(tenant, peer).hex())
        os.chmod(path, 0o600)


def start():
    began = time.monotonic()
    daemon = subprocess.Popen([BUILD + "/peerd/nvi-peerd", "--config", WORK + "/gateway.toml", "--socket", SOCKET,
                               "--maps", WORK + "/bpf/peers"], stderr=open(WORK + "/log", "w"))
    while True:
        try:
            ask()
            return daemon, time.monotonic() - began
        except OSError:
            if daemon.poll() is not None:
                raise SystemExit("nvi-peerd ended: " + open(WORK + "/log").read()) from None
            time.sleep(0.001)


def bind_all():
    """The ring holds some 1,700 keepalives, and a second has room for 5,000."""
    for first in range(0, len(peers), 1000):
        keepalives([keepalive(first + i, *peer) for i, peer in enumerate(peers[first : first + 1000])])
        time.sleep(1 if NATIVE else 2)
    up = ask().count(b'"state":"up"')
    if up != len(peers):
        raise SystemExit(f"{up} of {len(peers)} peers are up")


def answers(tap, count):
    while count:
        frame, address = tap.recvfrom(2048)
        count -= address[2] == socket.PACKET_OUTGOING and frame[97:98] == b"\2"


def rebindings(count):
    """Seconds from a keepalive that moves its peer to the answer, which is sent when the maps are changed; each alone, and
    all at once."""
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    tap.bind(("un0", 3))
    tap.settimeout(20)
    alone = []
    for i in range(count):
        frame = keepalive(i, *peers[i], moved=20000)
        began = time.monotonic()
        keepalives([frame])
        answers(tap, 1)
        alone.append(time.monotonic() - began)
    # And back, for the frames of the packet bench.
    rows = [keepalive(i, *peers[i]) for i in range(count)]
    began = time.monotonic()
    keepalives(rows)
    answers(tap, count)
    return alone, time.monotonic() - began


def table(rows):
    for name, values in rows:
        quartiles = statistics.quantiles(values, n=4)
        print(f"  {name:44} {statistics.median(values):7.0f} ns  (quartiles {quartiles[0]:.0f}-{quartiles[2]:.0f})", flush=True)


def sweep(cases, found, rounds):
    for _ in range(rounds):
        for name, (rows_in, rows_out) in cases.items():
            found.setdefault((name, "in"), []).append(nanoseconds(rows_in, "up0"))
            found.setdefault((name, "out"), []).append(nanoseconds(rows_out, "un0"))


def main():
    if NATIVE:
        run("modprobe", "nvi_bench")
    os.makedirs(WORK + "/bpf")
    run("mount", "-t", "bpf", "bpf", WORK + "/bpf")
    make_files()
    make_network()
    plain_in = [("un0", outer(frames.NODE, 50000, PLAIN, frames.ethernet(
        GATEWAY_MAC, frames.HOST_MAC, frames.ip(frames.HOST, OUTSIDE, 17, frames.udp(frames.HOST, OUTSIDE, 80, 10000, frames.PAYLOAD)))))]
    plain_out = [("up0", outward(frames.HOST))]
    every_in = [("un0", inward(i, *peer)) for i, peer in enumerate(peers)]
    every_out = [("up0", outward(inner(*peer))) for peer in peers]
    # Without nvi-peerd the same frames are plain vxlan's: its device takes them from anywhere, and sends to the VTEP
    # addresses by the default route.
    cases = {"one": (every_in[:1], every_out[:1]), "all": (every_in, every_out)}
    before = {}
    if NATIVE:
        sweep(cases, before, ROUNDS)

    daemon, first = start()
    print(f"{len(peers)} peers: files read and packet path loaded in {first:.2f} s", flush=True)
    bind_all()
    alone, together = rebindings(100)
    print(f"one rebinding: median {statistics.median(alone) * 1000:.2f} ms, most {max(alone) * 1000:.2f} ms (100); "
          f"100 at once: {together * 1000:.2f} ms", flush=True)
    daemon.kill()
    daemon.wait()
    daemon, again = start()
    print(f"killed and started again with all of them bound: {again:.2f} s", flush=True)
    if not NATIVE:
        daemon.terminate()
        daemon.wait()
        return
    found = {}
    sweep({"plain": (plain_in, plain_out), **cases}, found, ROUNDS)
    daemon.terminate()
    daemon.wait()
    # Once more without, so that what the machine became slower or faster by is on both sides.
    run(BUILD + "/peerd/nvi-peerd", "--config", WORK + "/gateway.toml", "--maps", WORK + "/bpf/peers", "--remove")
    sweep(cases, before, ROUNDS)
    for way, title in (("in", "in, from the underlay:"), ("out", "out, to the underlay:")):
        print(title)
        table([("one host, plain vxlan", before["one", way]), ("one peer", found["one", way]),
               (f"{len(peers)} hosts in turn, plain vxlan", before["all", way]),
               (f"{len(peers)} peers in turn", found["all", way]),
               ("plain vxlan of another tenant beside them", found["plain", way])])
        for name, text in (("one", "one peer"), ("all", "peers in turn")):
            cost = statistics.median(found[name, way]) - statistics.median(before[name, way])
            print(f"  {text} over plain vxlan: {cost:.0f} ns", flush=True)


main()
