#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""TCP connections that are held, to see whether they go on.

  hold.py serve PORT…                answers every byte with itself
  hold.py hold ADDRESS PORT FILE     one byte ten times a second; FILE has the number of the last answer
  hold.py many ADDRESS PORT N SECONDS  as many connections at the same time; prints how many were answered, and the tenths of
                                     seconds until SECONDS were over or all were
  hold.py try ADDRESS PORT           0: connected and answered, 3: refused or unreachable at once, 4: no answer
"""
import selectors
import socket
import sys
import threading
import time

TRY = 3.0      # seconds without an answer are none
AT_ONCE = 2.0  # seconds

open_ones = []  # kept open until the end


def answer(sock):
    with sock:
        while data := sock.recv(4096):
            sock.sendall(data)


def listen(port):
    server = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)
    while True:
        threading.Thread(target=answer, args=server.accept()[:1], daemon=True).start()


def serve(ports):
    for port in ports[1:]:
        threading.Thread(target=listen, args=(int(port),), daemon=True).start()
    listen(int(ports[0]))


def hold(address, port, path):
    number = 0
    with socket.create_connection((address, int(port)), timeout=60) as sock:
        while True:
            sock.sendall(b"x")
            if not sock.recv(1):
                return 1
            number += 1
            with open(path, "w", encoding="ascii") as file:
                file.write(f"{number}\n")
            time.sleep(0.1)


def many(address, port, number, seconds):
    start = time.monotonic()
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    poll = selectors.DefaultSelector()
    for _ in range(int(number)):
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setblocking(False)
        sock.connect_ex((address, int(port)))
        poll.register(sock, selectors.EVENT_WRITE)
    answered = 0
    while answered < int(number) and (left := start + float(seconds) - time.monotonic()) > 0:
        for key, events in poll.select(left):
            try:
                if events & selectors.EVENT_WRITE:
                    key.fileobj.send(b"x")
                    poll.modify(key.fileobj, selectors.EVENT_READ)
                elif key.fileobj.recv(1):
                    answered += 1
                    poll.unregister(key.fileobj)
                    open_ones.append(key.fileobj)
            except OSError:
                poll.unregister(key.fileobj)
    print(answered, int((time.monotonic() - start) * 10))


def attempt(address, port):
    start = time.monotonic()
    try:
        with socket.create_connection((address, int(port)), timeout=TRY) as sock:
            sock.sendall(b"x")
            return 0 if sock.recv(1) == b"x" else 4
    except OSError as error:
        print(error)
        return 3 if time.monotonic() - start < AT_ONCE else 4


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    sys.exit({"serve": lambda: serve(rest), "hold": lambda: hold(*rest),
              "many": lambda: many(*rest), "try": lambda: attempt(*rest)}[what]())
