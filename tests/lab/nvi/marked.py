#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""marked.py ADDRESS-OF-A ADDRESS-OF-B COUNT: datagrams to port 7777 of both, from one port, each beginning with the
name of whom it is for; some of several fragments."""
import random
import socket
import sys

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
sock.bind(("", 7776))
for _ in range(int(sys.argv[3])):
    for name, address in ((b"<a>", sys.argv[1]), (b"<b>", sys.argv[2])):
        try:
            sock.sendto(name + bytes(random.choice([0, 10, 1000, 3000])), (address, 7777))
        except OSError:
            pass  # an ICMP error for an earlier one
