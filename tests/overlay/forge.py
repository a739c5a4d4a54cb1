#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sends tunnel packets that no honest node would send.

  forge.py gretap|gre|vxlan|ipip --key K [--flags HEX] [--cut BYTES] [--from ADDRESS] [--to ADDRESS[:PORT]]
           [--station MAC] [--tos BYTE]

The inner packet is a UDP datagram --from a host (10.0.0.7) --to port 9999 of the internet host. --flags:
the GRE flags, or the first 32 bits of the VXLAN header, in place of the right ones; checksum and sequence
fields follow their bits, and the checksum is right. --cut: only so many bytes of the tunnel's payload,
headers of GRE or VXLAN included. Three packets each, to the address in GATEWAY (172.16.0.1).
"""
import argparse
import os
import socket
import struct

GATEWAY = os.environ.get("GATEWAY", "172.16.0.1")
COUNT = 3
CSUM, KEY, SEQUENCE = 0x8000, 0x2000, 0x1000


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def inner(source, destination, port):
    payload = b"forged"
    udp = struct.pack("!HHHH", 9999, port, 8 + len(payload), 0) + payload
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, socket.IPPROTO_UDP, 0,
                         socket.inet_aton(source), socket.inet_aton(destination))
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + udp


def ethernet(packet, station):
    return bytes.fromhex(station.replace(":", "") + "020000000007") + struct.pack("!H", 0x0800) + packet


def gre(protocol, payload, key, flags):
    flags = KEY if flags is None else flags
    fields = b""
    if flags & CSUM:
        fields += b"\0\0\0\0"
    if flags & KEY:
        fields += struct.pack("!I", key)
    if flags & SEQUENCE:
        fields += struct.pack("!I", 1)
    packet = struct.pack("!HH", flags, protocol) + fields + payload
    if flags & CSUM:
        packet = packet[:4] + struct.pack("!H", checksum(packet)) + packet[6:]
    return packet


def vxlan(payload, vni, flags):
    return struct.pack("!II", 0x08000000 if flags is None else flags, vni << 8) + payload


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("overlay", choices=["gretap", "gre", "vxlan", "ipip"])
    parser.add_argument("--key", type=int, default=0)
    parser.add_argument("--flags", type=lambda text: int(text, 16))
    parser.add_argument("--cut", type=int)
    parser.add_argument("--from", dest="source", default="10.0.0.7")
    parser.add_argument("--to", default="198.51.100.9")
    # The tunnel device of tenant 1001.
    parser.add_argument("--station", default="02:6e:76:00:03:e9")
    parser.add_argument("--tos", type=int, default=0)  # of the outer header
    given = parser.parse_args()

    host, _, port = given.to.partition(":")
    packet = inner(given.source, host, int(port or 9999))
    if given.overlay == "vxlan":
        data = vxlan(ethernet(packet, given.station), given.key, given.flags)
        sock = socket.socket(socket.AF_INET6 if ":" in GATEWAY else socket.AF_INET, socket.SOCK_DGRAM)
    elif given.overlay == "ipip":
        data = packet
        sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_IPIP)
    else:
        tap = given.overlay == "gretap"
        data = gre(0x6558 if tap else 0x0800, ethernet(packet, given.station) if tap else packet, given.key, given.flags)
        sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_GRE)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, given.tos)
    for _ in range(COUNT):
        sock.sendto(data[:given.cut], (GATEWAY, 4789))


if __name__ == "__main__":
    main()
