#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Bursts of datagrams that a receiver's GRO makes one packet of, and who counts those that arrive whole.

  bursts.py serve ADDRESS PORT
  bursts.py send ADDRESS PORT BURSTS     20 datagrams of 1,000 bytes each; prints how many were right
"""
import socket
import sys

SIZE, SEGMENTS, UDP_SEGMENT = 1000, 20, 103


def datagram(number):
    return (b"%8d|" % number * (SIZE // 9 + 1))[:SIZE]


def serve(address, port):
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, int(port)))
    right = set()
    while True:
        data, peer = sock.recvfrom(65536)
        if data == b"how many?":
            sock.sendto(b"%d" % len(right), peer)
            right.clear()
        elif len(data) == SIZE and data == datagram(int(data[:8])):
            right.add(int(data[:8]))


def send(address, port, bursts):
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((address, int(port)))
    sock.settimeout(10)
    sock.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, SIZE)
    right = 0
    for burst in range(int(bursts)):
        sock.send(b"".join(datagram(burst * SEGMENTS + n) for n in range(SEGMENTS)))
        # The receiver's buffer does not hold many bursts.
        sock.send(b"how many?")
        right += int(sock.recv(64))
    print(right)


{"serve": serve, "send": send}[sys.argv[1]](*sys.argv[2:])
