#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""frames.py DEVICE COMMAND…: what a raw tap on an Ethernet device sees of received IP packets while COMMAND runs
must begin with an Ethernet header to the device's own address. Status 0: it saw some, and all did."""
import socket
import subprocess
import sys

device, command = sys.argv[1], sys.argv[2:]
tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
tap.bind((device, 0x0800))
tap.settimeout(0.5)
with open(f"/sys/class/net/{device}/address") as file:
    address = bytes.fromhex(file.read().strip().replace(":", ""))
subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
seen = 0
try:
    while True:
        frame, (_, _, kind, *_) = tap.recvfrom(65536)
        if kind == 4:  # outgoing
            continue
        if frame[:6] != address or frame[12:14] != b"\x08\x00" or frame[14] >> 4 != 4:
            sys.exit(f"not a frame to {address.hex()}: {frame[:34].hex()}")
        seen += 1
except TimeoutError:
    pass
print(f"{seen} frames")
sys.exit(0 if seen else "no frame was seen")
