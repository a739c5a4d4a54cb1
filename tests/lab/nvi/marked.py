#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""marked.py COUNT NAME=ADDRESS…: COUNT datagrams to port 7777 of each address, from one port, each beginning with "<NAME>";
some of several fragments."""
import random
import socket
import sys

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
sock.bind(("", 7776))
marks = [word.split("=") for word in sys.argv[2:]]
for _ in range(int(sys.argv[1])):
    for name, address in marks:
        try:
            sock.sendto(f"<{name}>".encode() + bytes(random.choice([0, 10, 1000, 3000])), (address, 7777))
        except OSError:
            pass  # an ICMP error for an earlier one
