#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A TCP service, in a VRF where one is named, and one who asks it for its bytes back.

  echo.py [--vrf VRF] serve ADDRESS PORT
  echo.py ask SOURCE ADDRESS PORT MEBIBYTES
"""
import contextlib
import socket
import sys
import threading


def serve(vrf, address, port):
    listener = socket.socket()
    if vrf:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, vrf.encode() + b"\0")
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, int(port)))
    listener.listen()
    while True:
        peer, _ = listener.accept()
        threading.Thread(target=echo, args=(peer,), daemon=True).start()


def echo(peer):
    # Who is killed in the middle of a transfer resets it: no reason to stop serving others.
    with peer, contextlib.suppress(ConnectionError):
        while data := peer.recv(1 << 20):
            peer.sendall(data)


def ask(source, address, port, mebibytes):
    sock = socket.create_connection((address, int(port)), timeout=20, source_address=(source, 0))
    data = bytes(range(256)) * (int(mebibytes) << 12)
    threading.Thread(target=lambda: (sock.sendall(data), sock.shutdown(socket.SHUT_WR)), daemon=True).start()
    got = bytearray()
    while part := sock.recv(1 << 20):
        got += part
    if got != data:
        sys.exit(f"{len(got)} bytes came back, not the {len(data)} that were sent")


arguments = sys.argv[1:]
device = None
if arguments[0] == "--vrf":
    device, arguments = arguments[1], arguments[2:]
if arguments[0] == "serve":
    serve(device, *arguments[1:])
else:
    ask(*arguments[1:])
