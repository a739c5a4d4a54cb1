#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A steady flow of datagrams, to see how soon a change takes effect on it.

  steady.py serve ADDRESS:PORT FILE             answers every datagram; FILE says how many came, and when the last did
  steady.py send SOURCE:PORT ADDRESS:PORT RATE [COUNT] [SIZE]
                                                RATE datagrams a second of SIZE bytes (100); prints how many answers came

FILE is written anew at most every 20 ms: "COUNT SECONDS", by the monotonic clock, which all network namespaces share.
"""
import os
import select
import socket
import sys
import time


def endpoint(text):
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def bound(where):
    sock = socket.socket(socket.AF_INET6 if ":" in where[0] else socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    sock.bind(where)
    return sock


def serve(where, path):
    sock = bound(endpoint(where))
    count, last, written, dirty = 0, 0.0, 0.0, True
    while True:
        ready = select.select([sock], [], [], 0.02)[0]
        if ready:
            data, peer = sock.recvfrom(65535)
            count, last, dirty = count + 1, time.monotonic(), True
            try:
                sock.sendto(data, peer)
            except OSError:
                pass  # no way back at the moment
        if dirty and time.monotonic() - written > 0.02:
            with open(path + ".new", "w", encoding="ascii") as file:
                file.write(f"{count} {last:.3f}\n")
            os.rename(path + ".new", path)
            written, dirty = time.monotonic(), False


def send(source, destination, rate, count="0", size="100"):
    sock = bound(endpoint(source))
    sock.setblocking(False)
    answers, sent, start = 0, 0, time.monotonic()
    where, data, most = endpoint(destination), bytes(int(size)), int(count)
    while not most or sent < most:
        try:
            sock.sendto(data, where)
        except OSError:
            pass  # refused at the moment: sent all the same
        sent += 1
        wait = start + sent / float(rate) - time.monotonic()
        end = time.monotonic() + max(wait, 0)
        while True:
            if not select.select([sock], [], [], max(end - time.monotonic(), 0))[0]:
                break
            try:
                sock.recv(65535)
                answers += 1
            except OSError:
                pass
    end = time.monotonic() + 1
    while answers < most and select.select([sock], [], [], max(end - time.monotonic(), 0))[0]:
        sock.recv(65535)
        answers += 1
    print(f"{sent} sent, {answers} answered")
    return 0 if answers == most else 1


if __name__ == "__main__":
    sys.exit({"serve": serve, "send": send}[sys.argv[1]](*sys.argv[2:]))
