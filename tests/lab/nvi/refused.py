#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""refused.py SOURCE DESTINATION PORT: sends datagrams until an ICMP error comes back, at most five seconds. Prints the error's
name and the address of who sent it, as the socket's error queue tells them."""
import errno
import ipaddress
import select
import socket
import struct
import sys

IP_RECVERR, IPV6_RECVERR, SOL_IP, SOL_IPV6 = 11, 25, 0, 41

source, destination, port = sys.argv[1:]
six = ":" in destination
sock = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
sock.setsockopt(SOL_IPV6 if six else SOL_IP, IPV6_RECVERR if six else IP_RECVERR, 1)
sock.bind((source, 0))
sock.connect((destination, int(port)))
poll = select.poll()
poll.register(sock, 0)  # errors only
for _ in range(10):
    try:
        sock.send(b"is there anybody?")
    except OSError:
        pass  # of the datagram before: it is in the queue
    if poll.poll(500):
        break
else:
    sys.exit("no error came back")
_, messages, _, _ = sock.recvmsg(512, 512, socket.MSG_ERRQUEUE)
for _, _, data in messages:
    # struct sock_extended_err, then the offender's socket address: port, (flow label,) address.
    number = struct.unpack_from("I", data)[0]
    offender = data[24:40] if six else data[20:24]
    print(errno.errorcode[number], ipaddress.ip_address(offender))
