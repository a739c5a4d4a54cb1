#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""stack.py DEVICE DESTINATION…: how deep the kernel's stack gets when a tenant's packet is received by DEVICE, a tun device
that is made for it and enslaved to vrf1001: it is written by this process, whose stack it is received on. Prints for
each DESTINATION, IPv4 or IPv6, the bytes of stack at the deepest place, and how many crossings are under way there."""
import fcntl
import os
import re
import socket
import struct
import subprocess
import sys
from pathlib import Path

TRACING = Path("/sys/kernel/tracing")
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
# Where the depth is looked at: leaves of the path, so that other tasks' depth does not count.
LEAVES = ["fib_table_lookup", "fib6_table_lookup", "nft_do_chain", "nvi_xmit", "__dev_queue_xmit", "veth_xmit",
          "nf_conntrack_in", "nf_nat_inet_fn", "kfree_skb_reason", "sk_skb_reason_drop"]


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def datagram(destination):
    """From the tenant's host to port 9, 16 bytes of data."""
    udp = struct.pack("!HHHH", 9, 9, 24, 0) + bytes(16)
    if ":" in destination:
        pseudo = socket.inet_pton(socket.AF_INET6, "fd00::7") + socket.inet_pton(socket.AF_INET6, destination)
        udp = udp[:6] + struct.pack("!H", checksum(pseudo + struct.pack("!II", 24, 17) + udp)) + udp[8:]
        return struct.pack("!IHBB", 0x60000000, 24, 17, 64) + pseudo + udp
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 44, 0, 0, 64, 17, 0, socket.inet_aton("10.0.0.7"),
                         socket.inet_aton(destination))
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + udp


def measure(tun, destination):
    (TRACING / "stack_max_size").write_text("0")
    for _ in range(20):
        os.write(tun, datagram(destination))
    # "  N)  DEPTH  SIZE  FUNCTION+OFFSET", the deepest function first.
    functions = re.findall(r"^ *\d+\) +\d+ +\d+ +(\w+)", (TRACING / "stack_trace").read_text(), re.MULTILINE)
    print(destination, (TRACING / "stack_max_size").read_text().strip(), functions.count("nvi_xmit"))


def main(device, *destinations):
    tun = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH14x", device.encode(), IFF_TUN | IFF_NO_PI))
    subprocess.run(["ip", "link", "set", device, "master", "vrf1001", "up"], check=True)
    known = set((TRACING / "available_filter_functions").read_text().split())
    (TRACING / "stack_trace_filter").write_text(" ".join(name for name in LEAVES if name in known))
    Path("/proc/sys/kernel/stack_tracer_enabled").write_text("1")
    try:
        for destination in destinations:
            measure(tun, destination)
    finally:
        Path("/proc/sys/kernel/stack_tracer_enabled").write_text("0")


main(*sys.argv[1:])
