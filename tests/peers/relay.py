#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A UDP relay with the faults of a bad line: relay.py LISTEN:PORT REMOTE:PORT [--drop P] [--duplicate P] [--delay MS].

What comes to LISTEN goes to REMOTE from a socket of the sender's own, and back. Probabilities hold each way.
"""
import argparse
import heapq
import random
import selectors
import socket
import time


def endpoint(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("listen", type=endpoint)
    parser.add_argument("remote", type=endpoint)
    parser.add_argument("--drop", type=float, default=0)
    parser.add_argument("--duplicate", type=float, default=0)
    parser.add_argument("--delay", type=float, default=0)
    given = parser.parse_args()
    chance = random.Random(1)
    front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    front.bind(given.listen)
    selector = selectors.DefaultSelector()
    selector.register(front, selectors.EVENT_READ, None)
    senders, waiting, number = {}, [], 0
    while True:
        timeout = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        for key, _ in selector.select(timeout):
            data, source = key.fileobj.recvfrom(65535)
            if key.fileobj is front:
                if source not in senders:
                    senders[source] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                    selector.register(senders[source], selectors.EVENT_READ, source)
                way = senders[source], given.remote
            else:
                way = front, key.data
            if chance.random() < given.drop:
                continue
            for _ in range(2 if chance.random() < given.duplicate else 1):
                number += 1
                heapq.heappush(waiting, (time.monotonic() + given.delay / 1000, number, way, data))
        while waiting and waiting[0][0] <= time.monotonic():
            _, _, (sock, to), data = heapq.heappop(waiting)
            sock.sendto(data, to)


main()
