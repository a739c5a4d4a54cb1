#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Streams whose every byte says whose it is, over TCP and UDP, to show that no two flows are mixed up.

  tuples.py serve NAME ADDRESS:PORT [--together N] [--device VRF]
  tuples.py talk NAME SOURCE:PORT DESTINATION:PORT=PEER[,SEEN]... [--kilobytes N] [--datagrams N]

Each block of a stream carries its sender's name and its number; the receiver checks every byte. A server
made with --together N holds every TCP stream back until N are open at once. `talk` opens all of its flows
from the one source port; PEER is the name that the destination must answer with, SEEN the address and
port (or only the address) that it must have seen. Exit status 0: every byte was right.
"""
import argparse
import socket
import sys
import threading
import time

BLOCK = 1024
TIMEOUT = 20.0


def block(name, number):
    text = f"{name}:{number}|".encode()
    return (text * (BLOCK // len(text) + 1))[:BLOCK]


def endpoint(text):
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def show(address):
    return f"{address[0]}:{address[1]}"


def open_socket(kind, source, device=""):
    made = socket.socket(socket.AF_INET6 if ":" in source[0] else socket.AF_INET, kind)
    if device:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode() + b"\0")
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.settimeout(TIMEOUT)
    made.bind(source)
    return made


def read_line(stream):
    line = stream.readline(512)
    if not line.endswith(b"\n"):
        raise OSError(f"ended in its first line: {line!r}")
    return line.decode().split()


def exchange(sock, stream, name, peer, count):
    """Sends count blocks and receives as many, at the same time. Raises on the first wrong byte."""
    def send():
        for number in range(count):
            sock.sendall(block(name, number))

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    for number in range(count):
        got = stream.read(BLOCK)
        if got != block(peer, number):
            raise OSError(f"block {number} of {peer}'s stream is wrong: {got[:40]!r}")
    sender.join(TIMEOUT)


class Server:
    def __init__(self, name, where, together, device):
        self.name = name
        self.tcp = open_socket(socket.SOCK_STREAM, where, device)
        self.udp = open_socket(socket.SOCK_DGRAM, where, device)
        self.tcp.settimeout(None)
        self.udp.settimeout(None)
        self.barrier = threading.Barrier(together, timeout=TIMEOUT)

    def stream(self, sock, peer):
        try:
            with sock, sock.makefile("rb") as incoming:
                sock.settimeout(TIMEOUT)
                other, count = read_line(incoming)
                self.barrier.wait()
                sock.sendall(f"{self.name} {show(peer)}\n".encode())
                exchange(sock, incoming, self.name, other, int(count))
                sock.shutdown(socket.SHUT_WR)
                incoming.read(1)
        except (OSError, threading.BrokenBarrierError, ValueError) as error:
            print(f"{self.name}: {show(peer)}: {error!r}", file=sys.stderr, flush=True)

    def datagrams(self):
        while True:
            data, peer = self.udp.recvfrom(65535)
            self.udp.sendto(f"{self.name} {show(peer)} ".encode() + data, peer)

    def run(self):
        threading.Thread(target=self.datagrams, daemon=True).start()
        self.tcp.listen(64)
        while True:
            threading.Thread(target=self.stream, args=self.tcp.accept(), daemon=True).start()


class Flow:
    """One TCP stream and the datagrams to one destination."""

    def __init__(self, text):
        where, _, expected = text.partition("=")
        self.where = endpoint(where)
        self.peer, _, self.seen = expected.partition(",")
        self.lost = 0

    def check_seen(self, seen):
        if self.seen and seen != self.seen and seen.rpartition(":")[0] != self.seen:
            raise OSError(f"{show(self.where)} saw {seen}, not {self.seen}")

    def check_peer(self, name):
        if name != self.peer:
            raise OSError(f"{show(self.where)} is {name}, not {self.peer}")


def talk_tcp(name, source, flows, count):
    for flow in flows:
        flow.sock = open_socket(socket.SOCK_STREAM, source)
        flow.sock.connect(flow.where)
        flow.stream = flow.sock.makefile("rb")
        flow.sock.sendall(f"{name} {count}\n".encode())
    errors = []

    def one(flow):
        try:
            peer, seen = read_line(flow.stream)
            flow.check_peer(peer)
            flow.check_seen(seen)
            exchange(flow.sock, flow.stream, name, flow.peer, count)
            flow.sock.close()
        except (OSError, ValueError) as error:
            errors.append(f"{show(flow.where)}: {error!r}")

    threads = [threading.Thread(target=one, args=(flow,)) for flow in flows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise OSError("; ".join(errors))


def talk_udp(name, source, flows, count):
    """Asks each destination in turn, all from one socket; an answer that does not come is asked for again."""
    sock = open_socket(socket.SOCK_DGRAM, source)
    sock.settimeout(0.5)
    by_address = {socket.getaddrinfo(*flow.where)[0][4][:2]: flow for flow in flows}
    for number in range(count):
        waiting = set(by_address)
        ends = time.monotonic() + TIMEOUT
        question = f"{name}#{number}".encode()
        while waiting:
            for where in waiting:
                sock.sendto(question, where)
            try:
                while waiting:
                    data, sender = sock.recvfrom(65535)
                    flow = by_address.get(sender[:2])
                    if flow is None:
                        raise ValueError(f"a stranger answered: {show(sender)}: {data[:60]!r}")
                    peer, seen, rest = data.split(b" ", 2)
                    owner, _, answered = rest.decode().partition("#")
                    flow.check_peer(peer.decode())
                    flow.check_seen(seen.decode())
                    if owner != name:
                        raise ValueError(f"an answer to {owner} came to {name}")
                    if int(answered) == number:
                        waiting.discard(sender[:2])
            except TimeoutError:
                for where in waiting:
                    by_address[where].lost += 1
                if time.monotonic() > ends:
                    raise OSError(f"no answer from {sorted(map(show, waiting))} to datagram {number}") from None


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve")
    serve.add_argument("name")
    serve.add_argument("where", type=endpoint)
    serve.add_argument("--together", type=int, default=1)
    serve.add_argument("--device", default="")
    talk = commands.add_parser("talk")
    talk.add_argument("name")
    talk.add_argument("source", type=endpoint)
    talk.add_argument("flow", nargs="+", type=Flow)
    talk.add_argument("--kilobytes", type=int, default=256)
    talk.add_argument("--datagrams", type=int, default=100)
    given = parser.parse_args()
    if given.command == "serve":
        Server(given.name, given.where, given.together, given.device).run()
        return 0
    try:
        if given.kilobytes:
            talk_tcp(given.name, given.source, given.flow, given.kilobytes)
        if given.datagrams:
            talk_udp(given.name, given.source, given.flow, given.datagrams)
    except (OSError, ValueError) as error:
        print(f"{given.name}: {error}", file=sys.stderr)
        return 1
    lost = sum(flow.lost for flow in given.flow)
    print(f"{given.name}: {given.kilobytes} kB each way over TCP and {given.datagrams} datagrams "
          f"with each of {', '.join(show(flow.where) for flow in given.flow)}; {lost} datagrams lost")
    return 0


if __name__ == "__main__":
    sys.exit(main())
