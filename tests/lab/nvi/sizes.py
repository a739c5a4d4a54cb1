#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""sizes.py DEVICE[,DEVICE…] COMMAND…: captures TCP packets on the devices while COMMAND runs. Prints a line for each device:
its name, packets seen, the largest, and how many were longer than 1,500 bytes, all from the IP header on. Status: the
command's. Under load a capture misses packets, never changes one."""
import select
import socket
import subprocess
import sys

ETH_P_ALL, IPV4, TCP = 3, 0x0800, 6
devices, command = sys.argv[1].split(","), sys.argv[2:]
taps = []
for device in devices:
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
    tap.bind((device, ETH_P_ALL))
    tap.setblocking(False)
    taps.append(tap)
lengths = {device: [] for device in devices}


def drain():
    for device, tap in zip(devices, taps):
        try:
            while True:
                header = bytearray(20)
                # The length of the packet, of which only the header is copied.
                length, _, _, (_, protocol, *_) = tap.recvmsg_into([header], 0, socket.MSG_TRUNC)
                if protocol == IPV4 and header[9] == TCP:
                    lengths[device].append(length)
        except BlockingIOError:
            pass


with subprocess.Popen(command) as running:
    while running.poll() is None:
        select.select(taps, [], [], 0.1)
        drain()
    drain()
for device, seen in lengths.items():
    print(device, len(seen), max(seen, default=0), sum(length > 1500 for length in seen))
sys.exit(running.returncode)
