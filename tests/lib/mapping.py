#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What NAT makes of a source: the other end says which address and port it saw.

  mapping.py reflect PORT [FILE]   answers over TCP, UDP and SCTP; FILE has a line "SOURCE IDENTIFIER" for each ICMP echo
  mapping.py open PROTOCOL SOURCE PORT ADDRESS PORT [N] [SECONDS]
                                   from N ports of SOURCE (port 0: any), one after the other; prints a line
                                   "ADDRESS PORT" for each, or "none" without an answer in SECONDS
  mapping.py echo SOURCE ADDRESS IDENTIFIER
                                   one ICMP echo with this identifier; exit status 0: it was answered
  mapping.py refused SOURCE ADDRESS PORT
                                   UDP; exit status 0: an ICMP error about it came to its socket
  mapping.py fragments SOURCE ADDRESS PORT
                                   UDP in two fragments, the last one first; exit status 0: it was answered. IPv4

SCTP is INIT and INIT ACK (RFC 9260) by raw sockets, checksums looked at: the kernel need not have it. IPv4.
"""
import os
import random
import socket
import struct
import sys
import threading
import time

INIT, INIT_ACK, COOKIE = 1, 2, 7


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def sctp_packet(source, destination, tag, kind, own_tag, cookie=b""):
    parameters = struct.pack("!HH", COOKIE, 4 + len(cookie)) + cookie + b"\0" * (-len(cookie) % 4) if cookie else b""
    chunk = struct.pack("!BBHIIHHI", kind, 0, 20 + len(parameters), own_tag, 65536, 1, 1, 1) + parameters
    head = struct.pack("!HHI", source, destination, tag)
    return head + struct.pack("<I", crc32c(head + b"\0\0\0\0" + chunk)) + chunk


def sctp_parse(data):
    """(source port, destination port, kind, initiate tag, cookie); None: no such packet, or a wrong checksum."""
    packet = data[(data[0] & 15) * 4:]
    if len(packet) < 32 or struct.unpack_from("<I", packet, 8)[0] != crc32c(packet[:8] + b"\0\0\0\0" + packet[12:]):
        return None
    source, destination = struct.unpack_from("!HH", packet)
    length = struct.unpack_from("!H", packet, 14)[0]
    return source, destination, packet[12], struct.unpack_from("!I", packet, 16)[0], packet[36:12 + length]


def answer_tcp(server):
    while True:
        sock, peer = server.accept()
        sock.sendall(f"{peer[0]} {peer[1]}\n".encode())
        threading.Thread(target=lambda held=sock: held.recv(1), daemon=True).start()


def answer_sctp(port):
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_SCTP)
    while True:
        data, peer = raw.recvfrom(65535)
        found = sctp_parse(data)
        if found is None or found[1] != port or found[2] != INIT:
            continue
        seen = f"{peer[0]} {found[0]}".encode()
        raw.sendto(sctp_packet(port, found[0], found[3], INIT_ACK, 1, seen), (peer[0], 0))


def note_echoes(path):
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    with open(path, "a", encoding="ascii") as file:
        while True:
            data, peer = raw.recvfrom(65535)
            packet = data[(data[0] & 15) * 4:]
            if packet[0] == 8:
                print(peer[0], struct.unpack_from("!H", packet, 4)[0], file=file, flush=True)


def reflect(port, path=""):
    threading.Thread(target=answer_sctp, args=(int(port),), daemon=True).start()
    if path:
        threading.Thread(target=note_echoes, args=(path,), daemon=True).start()
    udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    udp.bind(("::", int(port)))
    server = socket.create_server(("::", int(port)), family=socket.AF_INET6, dualstack_ipv6=True, backlog=1024)
    threading.Thread(target=answer_tcp, args=(server,), daemon=True).start()
    while True:
        _, peer = udp.recvfrom(2048)
        udp.sendto(f"{peer[0]} {peer[1]}\n".encode(), peer)


def open_tcp(source, where, seconds):
    sock = socket.socket(socket.AF_INET6 if ":" in where[0] else socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(source)
    sock.settimeout(seconds)
    sock.connect(where)
    return sock, sock.recv(200).decode()


def ask(sock, question, where, seconds, accept):
    """Asks until there is an answer: what is lost to a neighbour's being looked up is no answer's absence."""
    end = time.monotonic() + seconds
    while True:
        try:
            sock.sendto(question, where)
        except OSError:
            pass  # an error of the last one
        sock.settimeout(0.5)
        try:
            while True:
                if (answer := accept(sock.recvfrom(2048)[0])) is not None:
                    return answer
        except OSError:
            if time.monotonic() > end:
                raise


def open_udp(source, where, seconds):
    sock = socket.socket(socket.AF_INET6 if ":" in where[0] else socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(source)
    return sock, ask(sock, b"who am I\n", where, seconds, bytes.decode)


def open_sctp(source, where, seconds):
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_SCTP)
    raw.bind((source[0], 0))
    port = source[1] or random.randrange(32768, 60000)

    def accept(data):
        found = sctp_parse(data)
        return found[4].rstrip(b"\0").decode() if found and found[1] == port and found[2] == INIT_ACK else None

    return raw, ask(raw, sctp_packet(port, where[1], 0, INIT, 7), (where[0], 0), seconds, accept)


def open_all(protocol, source, port, address, to, number="1", seconds="20"):
    held = []
    for _ in range(int(number)):
        try:
            one = {"tcp": open_tcp, "udp": open_udp, "sctp": open_sctp}[protocol]
            sock, seen = one((source, int(port)), (address, int(to)), float(seconds))
            held.append(sock)
            print(seen.strip().removeprefix("::ffff:"))
        except OSError as error:
            print("none")
            print(error, file=sys.stderr)


def echo(source, address, identifier):
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    raw.bind((source, 0))
    number = os.getpid() & 0xFFFF
    packet = struct.pack("!BBHHH", 8, 0, 0, int(identifier), number)
    total = sum(struct.unpack("!4H", packet))
    total = (total & 0xFFFF) + (total >> 16)
    packet = packet[:2] + struct.pack("!H", ~(total + (total >> 16)) & 0xFFFF) + packet[4:]

    def accept(data):
        got = data[(data[0] & 15) * 4:]
        return True if got[0] == 0 and struct.unpack_from("!HH", got, 4) == (int(identifier), number) else None

    ask(raw, packet, (address, 0), 20.0, accept)


def refused(source, address, port):
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((source, 0))
    sock.connect((address, int(port)))
    sock.settimeout(0.5)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            sock.send(b"anybody?")
            sock.recv(100)
        except TimeoutError:
            pass
        except ConnectionRefusedError:
            return
    raise SystemExit("no error came")


def fragments(source, address, port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((source, 0))
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    ends = socket.inet_aton(source) + socket.inet_aton(address)
    for identifier in range(1, 40):
        # Without a checksum, which is optional with IPv4 (RFC 768).
        datagram = struct.pack("!HHHH", sock.getsockname()[1], int(port), 408, 0) + b"x" * 400
        for offset, more in ((200, 0), (0, 0x2000)):
            part = datagram[offset:offset + 200] if more else datagram[offset:]
            head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(part), 4000 + identifier, offset // 8 | more, 64, 17, 0)
            raw.sendto(head + ends + part, (address, 0))
        sock.settimeout(0.5)
        try:
            sock.recv(200)
            return
        except TimeoutError:
            pass
    raise SystemExit("no answer")


if __name__ == "__main__":
    {"reflect": reflect, "open": open_all, "echo": echo, "refused": refused,
     "fragments": fragments}[sys.argv[1]](*sys.argv[2:])
