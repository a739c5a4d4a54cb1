#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Throws broken packets at an nvi device.

  malformed.py packet DEVICE COUNT SEED   by AF_PACKET, straight at the device
  malformed.py offload DEVICE COUNT SEED  the same with random checksum and segmentation offload (virtio headers)
  malformed.py tun DEVICE COUNT SEED      as received from a tun device of that name, made for the purpose

A third are good packets, a third good ones with some bytes changed or cut off, a third noise. Prints how many the
kernel took and how many it refused.
"""
import fcntl
import os
import random
import socket
import struct
import subprocess
import sys

ADDRESSES = ["203.0.113.10", "203.0.113.20", "203.0.113.99", "10.0.0.7", "198.51.100.9", "224.0.0.1", "239.1.2.3",
             "255.255.255.255", "0.0.0.0", "127.0.0.1", "169.254.0.1"]
ADDRESSES6 = ["2001:db8:100::10", "2001:db8:100::20", "fd00::7", "2001:db8:51::9", "ff02::1", "ff0e::1", "fe80::1",
              "::", "::1", "::ffff:10.0.0.7"]
SOL_PACKET, PACKET_VNET_HDR = 263, 15
TUNSETIFF, IFF_TUN, IFF_NO_PI, IFF_VNET_HDR = 0x400454CA, 1, 0x1000, 0x4000


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def good4(rng):
    options = os.urandom(4 * rng.randrange(11)) if rng.random() < 0.2 else b""
    payload = struct.pack("!HHHH", rng.randrange(65536), 7001, 8 + 16, 0) + bytes(16)
    fields = [0x45 + len(options) // 4, 0, 20 + len(options) + len(payload), rng.randrange(65536),
              rng.choice([0, 0, 0x4000, 0x2000, 1, 0x1FFF]), rng.choice([0, 1, 2, 64, 255]),
              rng.choice([1, 6, 17, 47, 50, 132]), 0, socket.inet_aton(rng.choice(ADDRESSES)),
              socket.inet_aton(rng.choice(ADDRESSES))]
    header = struct.pack("!BBHHHBBH4s4s", *fields) + options
    fields[7] = checksum(header)
    return 0x0800, struct.pack("!BBHHHBBH4s4s", *fields) + options + payload


def good6(rng):
    payload = struct.pack("!HHHH", rng.randrange(65536), 7001, 8 + 16, 0) + bytes(16)
    follows = rng.choice([17, 6, 58, 0, 43, 44, 59, 60])
    return 0x86DD, struct.pack("!IHBB16s16s", 0x60000000, len(payload), follows, rng.choice([0, 1, 64, 255]),
                               socket.inet_pton(socket.AF_INET6, rng.choice(ADDRESSES6)),
                               socket.inet_pton(socket.AF_INET6, rng.choice(ADDRESSES6))) + payload


def packet(rng):
    kind = rng.randrange(3)
    if kind == 2:
        protocol = rng.choice([0x0800, 0x86DD, 0x0806, 0x8100, 0x8847, rng.randrange(0x600, 65536)])
        return protocol, rng.randbytes(rng.choice([1, 2, 19, 20, 21, 39, 40, 41, rng.randrange(1, 1400)]))
    protocol, data = rng.choice([good4, good6])(rng)
    if kind == 1:
        changed = bytearray(data)
        for _ in range(rng.randrange(1, 4)):
            changed[rng.randrange(min(len(changed), 44))] = rng.randrange(256)
        data = bytes(changed[:rng.randrange(1, len(changed) + 1)]) if rng.random() < 0.5 else bytes(changed)
        if rng.random() < 0.1:
            protocol = rng.choice([0x0800, 0x86DD])
    return protocol, data


def virtio(rng, data):
    """A virtio network header: needs-checksum, segmentation kind, header length, segment, where the checksum is."""
    segmentation = rng.choice([0, 0, 1, 3, 4, 5, 0x81, rng.randrange(256)])
    return struct.pack("BBHHHH", rng.choice([0, 1]), segmentation, rng.choice([0, 28, 40, rng.randrange(65536)]),
                       rng.choice([1, 8, 500, 1400, rng.randrange(65536)]), rng.choice([0, 20, 40, rng.randrange(len(data) + 8)]),
                       rng.choice([6, 16, rng.randrange(64)])) + data + (bytes(rng.randrange(20000)) if rng.random() < 0.3 else b"")


def by_packet_socket(device, rng, offload):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW if offload else socket.SOCK_DGRAM)
    if offload:
        sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        sock.bind((device, 0x0800))

    def send():
        protocol, data = packet(rng)
        if offload:
            sock.send(virtio(rng, data))
        else:
            sock.sendto(data, (device, protocol))
    return send


def by_tun(device, rng):
    tun = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH14x", device.encode(), IFF_TUN | IFF_NO_PI | IFF_VNET_HDR))
    subprocess.run(["ip", "link", "set", device, "up"], check=True)
    return lambda: os.write(tun, (lambda data: virtio(rng, data) if rng.random() < 0.5 else bytes(10) + data)(packet(rng)[1]))


def main(way, device, count, seed):
    rng = random.Random(int(seed))
    send = by_tun(device, rng) if way == "tun" else by_packet_socket(device, rng, way == "offload")
    refused = 0
    for _ in range(int(count)):
        try:
            send()
        except OSError:
            refused += 1
    print(int(count) - refused, refused)


main(*sys.argv[1:])
