#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets of somebody who should not send them. All go to the gateway, 172.16.0.1:4789.

  forge.py data VNI MAC ADDRESS [COUNT]               an inner ping, as that MAC and address
  forge.py arp VNI MAC ADDRESS [COUNT]                a gratuitous ARP of that address
  forge.py ethertype VNI MAC NUMBER                   an inner frame of that type
  forge.py keepalive VNI MAC ADDRESS SECRET [COUNT [SOURCES]]
                                                      signed with a secret of hexadecimal digits; from so many addresses
                                                      of 198.18.0.0/15 in turn, not this machine's; tells how many a second
  forge.py capture DEVICE FILE                        the next keepalive that leaves by the device
  forge.py replay FILE [COUNT]

From the UDP port 4789 of this machine, like its vxlan device: in a node's place it comes from that node's binding.
"""
import hashlib
import hmac
import socket
import struct
import sys
import time

GATEWAY = "172.16.0.1"
GATEWAY_MAC = bytes.fromhex("026e76000001")
PORT = 4789


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def send(payload, count=1, sources=0):
    """From port 4789, which the vxlan device holds: so by a raw socket."""
    udp = struct.pack(">HHHH", PORT, PORT, 8 + len(payload), 0) + payload
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes(4), socket.inet_aton(GATEWAY))
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    # The kernel writes its own address where there is none.
    packets = [ip + udp]
    if sources:
        packets = [ip[:12] + struct.pack(">I", 0xC6120001 + i) + ip[16:] + udp for i in range(sources)]
    began = time.monotonic()
    for i in range(count):
        raw.sendto(packets[i % len(packets)], (GATEWAY, 0))
    return count / (time.monotonic() - began)


def vxlan(vni, frame):
    return struct.pack(">II", 0x08000000, vni << 8) + frame


def arp(source, address):
    address = socket.inet_aton(address)
    return b"\xff" * 6 + source + struct.pack(">HHHBBH", 0x0806, 1, 0x0800, 6, 4, 1) + source + address + bytes(6) + address


def ping(source, address):
    icmp = struct.pack(">BBHHH", 8, 0, 0, 1, 1)
    icmp = struct.pack(">BBHHH", 8, 0, checksum(icmp), 1, 1)
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28, 0, 0, 64, 1, 0, socket.inet_aton(address), socket.inet_aton("10.0.0.1"))
    ip = ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:]
    return GATEWAY_MAC + source + struct.pack(">H", 0x0800) + ip + icmp


def keepalive(vni, source, address, secret):
    body = arp(source, address) + b"NVIK" + bytes([1, 1, 0, 0]) + struct.pack(">Q", time.time_ns()) + bytes(6)
    return body + hmac.new(secret, struct.pack(">I", vni) + body, hashlib.sha256).digest()


def main(verb, *words):
    if verb == "capture":
        sniff = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        sniff.bind((words[0], 0))
        sniff.settimeout(20)
        while True:
            packet = sniff.recv(2048)
            if packet[12:14] == b"\x08\x00" and packet[92:96] == b"NVIK" and packet[97] == 1:
                with open(words[1], "wb") as file:
                    file.write(packet[42:])
                return
    if verb == "replay":
        with open(words[0], "rb") as file:
            send(file.read(), int(words[1]) if len(words) > 1 else 1)
        return
    vni, source = int(words[0]), mac(words[1])
    if verb == "data":
        send(vxlan(vni, ping(source, words[2])), int(words[3]) if len(words) > 3 else 1)
    elif verb == "arp":
        send(vxlan(vni, arp(source, words[2])), int(words[3]) if len(words) > 3 else 1)
    elif verb == "ethertype":
        send(vxlan(vni, GATEWAY_MAC + source + struct.pack(">H", int(words[2], 0)) + bytes(46)))
    elif verb == "keepalive":
        count, sources = (int(word) for word in (*words[4:], *("1", "0")[len(words) - 4 :]))
        rate = send(vxlan(vni, keepalive(vni, source, words[2], bytes.fromhex(words[3]))), count, sources)
        print(f"{rate:.0f} a second")
    else:
        sys.exit(__doc__)


main(*sys.argv[1:])
