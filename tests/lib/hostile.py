#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A tenant's host that means harm: raw frames, at a bounded rate.

  hostile.py ATTACK DEVICE GATEWAY-MAC PUBLIC VICTIM INTERNET [--rate N] [--seconds S]

PUBLIC is the tenant's own floating address, VICTIM another tenant's, INTERNET a host outside. ATTACK:
  sources     from the victim, the internet, private and reserved addresses: none may leave
  martians    to and from addresses that no packet may have
  flood       new TCP connections to the internet, each from another port and address
  ports       new UDP connections from one address to one port of the internet
  fragments   first and middle fragments that are never completed
  redirects   ICMP redirects to the gateway and, as the gateway, to the internet
  garbage     headers that lie about their lengths
"""
import argparse
import random
import socket
import struct
import time

PRIVATE = "10.0.0.7"
GATEWAY = "10.0.0.1"


def address(text):
    return socket.inet_aton(text)


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip(source, destination, protocol, payload, fragment=0, ident=0, length=None, words=5):
    head = struct.pack("!BBHHHBBH4s4s", 0x40 | words, 0, 20 + len(payload) if length is None else length,
                       ident & 0xFFFF, fragment, 64, protocol, 0, address(source), address(destination))
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def udp(source, destination, payload=b"x" * 32):
    return struct.pack("!HHHH", source, destination, 8 + len(payload), 0) + payload


def tcp_syn(src, dst, source, destination):
    head = struct.pack("!HHIIBBHHH", source, destination, random.getrandbits(32), 0, 0x50, 0x02, 64240, 0, 0)
    pseudo = address(src) + address(dst) + struct.pack("!BBH", 0, 6, len(head))
    return head[:16] + struct.pack("!H", checksum(pseudo + head)) + head[18:]


def icmp(kind, code, rest):
    head = struct.pack("!BBH", kind, code, 0) + rest
    return head[:2] + struct.pack("!H", checksum(head)) + head[4:]


def sources(own, victim, internet, number):
    wrong = [victim, internet, "192.168.1.1", "172.16.0.1", "203.0.113.99", "100.64.0.1", "240.0.0.1", "169.254.1.1"]
    return ip(wrong[number % len(wrong)], internet, 17, udp(1024 + number % 60000, 9))


def martians(own, victim, internet, number):
    pairs = [("127.0.0.1", internet), ("0.0.0.0", internet), ("224.0.0.1", internet), ("255.255.255.255", internet),
             (PRIVATE, "127.0.0.1"), (PRIVATE, "0.0.0.1"), (PRIVATE, "240.0.0.1"), (GATEWAY, internet),
             (PRIVATE, "172.16.0.12"), (PRIVATE, "10.255.0.1"), (internet, PRIVATE)]
    source, destination = pairs[number % len(pairs)]
    return ip(source, destination, 17, udp(1024 + number % 60000, 9))


def flood(own, victim, internet, number):
    source = f"10.0.0.{7 + number % 2}"
    return ip(source, internet, 6, tcp_syn(source, internet, 1024 + number % 60000, 9000 + number // 60000))


def ports(own, victim, internet, number):
    return ip("10.0.0.8", internet, 17, udp(1024 + number % 64000, 9))


def fragments(own, victim, internet, number):
    offset = 0x2000 | (0 if number % 2 else 64)  # more are to come
    return ip(PRIVATE, internet if number % 3 else victim, 17, b"f" * 1024, fragment=offset, ident=number)


def redirects(own, victim, internet, number):
    inner = ip(GATEWAY if number % 2 else internet, victim, 17, udp(9, 9, b""))
    target = GATEWAY if number % 2 else internet
    return ip(PRIVATE, target, 1, icmp(5, number % 4, address(PRIVATE) + inner))


def garbage(own, victim, internet, number):
    choices = [
        lambda: ip(PRIVATE, internet, 6, b"\0" * 3),
        lambda: ip(PRIVATE, internet, 17, udp(5, 6), length=1000),
        lambda: ip(PRIVATE, internet, 17, udp(5, 6), words=15),
        lambda: ip(PRIVATE, internet, 1, icmp(3, 3, b"\0" * 4 + random.randbytes(30))),
        lambda: ip(PRIVATE, internet, 132, random.randbytes(random.randrange(40))),
        lambda: ip(PRIVATE, victim, random.randrange(256), random.randbytes(random.randrange(64))),
        lambda: ip(PRIVATE, internet, 6, random.randbytes(20)),
        lambda: random.randbytes(random.randrange(1, 60)),
    ]
    return choices[number % len(choices)]()


ATTACKS = {attack.__name__: attack for attack in (sources, martians, flood, ports, fragments, redirects, garbage)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("attack", choices=ATTACKS)
    parser.add_argument("device")
    parser.add_argument("mac")
    parser.add_argument("public")
    parser.add_argument("victim")
    parser.add_argument("internet")
    parser.add_argument("--rate", type=int, default=1000, help="packets a second")
    parser.add_argument("--seconds", type=float, default=4)
    chosen = parser.parse_args()
    random.seed(7)
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.bind((chosen.device, 0))
    with open(f"/sys/class/net/{chosen.device}/address", encoding="ascii") as file:
        own = file.read().strip()
    ethernet = b"".join(bytes.fromhex(mac.replace(":", "")) for mac in (chosen.mac, own)) + b"\x08\x00"
    attack = ATTACKS[chosen.attack]
    start = time.monotonic()
    number = 0
    while (now := time.monotonic() - start) < chosen.seconds:
        while number < now * chosen.rate:
            sock.send(ethernet + attack(chosen.public, chosen.victim, chosen.internet, number))
            number += 1
        time.sleep(0.001)
    print(number)


main()
